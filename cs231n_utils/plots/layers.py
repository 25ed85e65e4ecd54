"""A network drawn as a chain of layers: what goes in, what each layer takes and gives, and what comes back."""

from collections.abc import Sequence
from typing import Any

from cs231n_utils.plots.style import BLUE, GREY, INK, ORANGE, new_axes

_GAP, _HEIGHT, _LETTER = 0.46, 0.5, 0.105  # in inches: between stages, of a box, of one letter


def draw_layers(
    stages: Sequence[tuple[str, str]],
    backward: Sequence[str] | None = None,
    repeat: tuple[int, int, str] | None = None,
    title: str | None = None,
    ax: Any = None,
) -> None:
    """Draw a network from left to right.

    Parameters
    ----------
    stages : sequence of (str, str)
        The name of each stage, and a word about it. ``("[affine]", "W1, b1")``, in brackets, is a layer, drawn as a
        box with its parameters above; ``("scores", "(N, C)")`` is a value with its shape below.
    backward : sequence of str, optional
        For each stage, the gradient that arrives there on the way back; "" for none. Written in orange below.
    repeat : (int, int, str), optional
        The first and the last of the stages that come several times, and how often: ``(1, 3, "× (L − 1)")``.
    title : str, optional
        Above the picture.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if not given.

    Raises
    ------
    ValueError
        If there are no stages, or not one gradient for each.

    Examples
    --------
    >>> draw_layers([("X", "(N, D)"), ("[affine]", "W, b"), ("scores", "(N, C)")])      # doctest: +SKIP
    """
    if not stages or (backward is not None and len(backward) != len(stages)):
        raise ValueError(f"a gradient for each of {len(stages)} stages, please; there are {len(backward or ())}")
    names = [name.strip("[]") for name, _ in stages]
    lengths = [max(map(len, words)) for words in zip(names, backward or names, strict=True)]
    widths = [
        _LETTER * max(length, 0.9 * len(about)) + 0.24 for length, (_, about) in zip(lengths, stages, strict=True)
    ]
    left = [sum(widths[:place]) + place * _GAP for place in range(len(stages))]
    right = left[-1] + widths[-1]
    low = -1.0 if backward is not None else -0.62
    if ax is None:
        ax = new_axes(figsize=(right + 0.3, 0.75 - low + 0.3 * (title is not None)))
    for (stage, about), name, x, width in zip(stages, names, left, widths, strict=True):
        middle, box = x + width / 2, stage.startswith("[")
        if box:
            ax.add_patch(_box(x, -_HEIGHT / 2, width, _HEIGHT))
        ax.text(middle, 0, name, ha="center", va="center", color=INK, fontsize=11, style="normal" if box else "italic")
        ax.text(
            middle, 0.36 if box else -0.24, about, ha="center", va="center", color=BLUE if box else GREY, fontsize=9
        )
    for start, width, end in zip(left, widths, left[1:]):
        _arrow(ax, (start + width, 0), (end, 0), INK)
    if backward is not None:
        for words, x, width in zip(backward, left, widths, strict=True):
            ax.text(x + width / 2, -0.72, words, ha="center", va="center", color=ORANGE, fontsize=10)
        told = [place for place, words in enumerate(backward) if words]
        for here, there in zip(told, told[1:]):
            _arrow(ax, (left[there], -0.72), (left[here] + widths[here], -0.72), ORANGE, linestyle="--")
    if repeat is not None:
        first, last, often = repeat
        x0, x1 = left[first] - 0.16, left[last] + widths[last] + 0.16
        ax.plot([x0, x0, x1, x1], [-0.3, -0.4, -0.4, -0.3], color=INK, linewidth=1.2)
        ax.text((x0 + x1) / 2, -0.52, often, ha="center", va="center", color=INK, fontsize=10)
    ax.set(xlim=(-0.1, right + 0.1), ylim=(low, 0.6), aspect="equal")
    ax.axis("off")
    if title is not None:
        ax.set_title(title, fontsize=12)
    ax.set_label(_in_words(stages, names, backward, repeat))


def _in_words(
    stages: Sequence[tuple[str, str]],
    names: Sequence[str],
    backward: Sequence[str] | None,
    repeat: tuple[int, int, str] | None,
) -> str:
    parts = [
        name + (f" with {about}" if about and stage.startswith("[") else f" {about}" if about else "")
        for name, (stage, about) in zip(names, stages, strict=True)
    ]
    words = f"a network from left to right: {', then '.join(parts)}"
    if repeat is not None:
        first, last, often = repeat
        words += f". From {names[first]} to {names[last]} {often}"
    if backward is not None:
        words += f". And back, from right to left: {', then '.join(word for word in reversed(backward) if word)}"
    return words


def _box(x: float, y: float, width: float, height: float) -> Any:
    from matplotlib.patches import FancyBboxPatch

    style = "round,pad=0,rounding_size=0.1"
    return FancyBboxPatch((x, y), width, height, boxstyle=style, facecolor="white", edgecolor=INK, linewidth=1.3)


def _arrow(ax: Any, start: tuple[float, float], end: tuple[float, float], colour: str, linestyle: str = "-") -> None:
    options = {
        "arrowstyle": "-|>",
        "color": colour,
        "linewidth": 1.4,
        "linestyle": linestyle,
        "shrinkA": 3,
        "shrinkB": 3,
    }
    ax.annotate("", end, start, arrowprops=options)
