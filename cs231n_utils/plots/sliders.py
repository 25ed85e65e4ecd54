"""A picture whose numbers can be moved. Where sliders don't run, it is a still picture like any other."""

import base64
import io
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from cs231n_utils.frontend import Place, in_notebook
from cs231n_utils.plots.words import in_words


def slide(draw: Callable[..., object], **values: Sequence[float]) -> None:
    """Draw a picture, and draw it again whenever a slider is moved.

    The picture is an output of its own, which the sliders replace: it is there without ipywidgets, too, and in a
    page that was exported.

    Parameters
    ----------
    draw : callable
        Draws one figure. It takes a number for each slider, by its name. Where there are no sliders, readers are told
        to call it by its own name.
    **values : sequence of float
        For each slider the numbers that it can be set to. It begins in the middle.

    Examples
    --------
    >>> slide(lambda power: plt.plot(np.arange(5.0) ** power), power=(0.5, 1, 2))       # doctest: +SKIP
    """
    chosen = {name: options[len(options) // 2] for name, options in values.items()}
    if not in_notebook():
        draw(**chosen)
        return
    place = Place()
    place.show(_picture(draw, chosen))
    try:
        ipywidgets = import_module("ipywidgets")
    except ImportError:
        settings = ", ".join(f"{name}={options[-1]:g}" for name, options in values.items())
        call = f"{draw.__name__}({settings})"
        print(f"Sliders need the package ipywidgets. Without it, try {call} in a cell of your own.")
        return

    def move(change: Any) -> None:
        chosen[change["owner"].description] = change["new"]
        place.show(_picture(draw, chosen))

    sliders = [_slider(ipywidgets, name, options, chosen[name]) for name, options in values.items()]
    for slider in sliders:
        slider.observe(move, "value")
    Place().show(ipywidgets.HBox(sliders)._repr_mimebundle_())


def _slider(ipywidgets: Any, name: str, options: Sequence[float], value: float) -> Any:
    labelled = [(f"{option:g}", option) for option in options]
    return ipywidgets.SelectionSlider(
        options=labelled, value=value, description=name, continuous_update=False, style={"description_width": "initial"}
    )


def _picture(draw: Callable[..., object], numbers: dict[str, float]) -> dict[str, str | bytes]:
    import matplotlib.pyplot as plt

    draw(**numbers)
    figure, file = plt.gcf(), io.BytesIO()
    figure.savefig(file, format="png", bbox_inches="tight")
    plt.close(figure)
    settings = ", ".join(f"{name} {number:g}" for name, number in numbers.items())
    return {
        "image/png": base64.b64encode(file.getvalue()).decode(),
        "text/plain": f"{in_words(figure)} With {settings}.",
    }
