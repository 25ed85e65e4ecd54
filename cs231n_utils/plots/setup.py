"""How a notebook shows pictures: on the course's paper, and with a description for those who cannot see them."""

from typing import Any

from cs231n_utils.frontend import on_display
from cs231n_utils.plots.style import SETTINGS
from cs231n_utils.plots.words import in_words


def set_up_pictures() -> None:
    """Give all pictures of this notebook the course's colours, and an alternative text in words.

    Each picture that is shown carries its description as "alt" in the metadata of its image, which exported pages
    use, and as "text/plain", which is shown where images are not.
    """
    import matplotlib.pyplot as plt  # imported late: half a second, only for pictures
    from matplotlib.figure import Figure

    plt.rcParams.update(SETTINGS)
    on_display(Figure, _described)


def _described(figure: Any) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    words = in_words(figure)
    return {"text/plain": words}, {"image/png": {"alt": words}}
