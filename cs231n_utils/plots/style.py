"""What all plots have in common: their paper, their colours, their axes, and the line that says which data is in use.

Pictures bring their own light paper, so that they look the same in a light and in a dark notebook. The hues are close
to Okabe and Ito's, but dark enough to read: each has a contrast of at least 4.5 : 1 with the paper. Wherever many are
needed, each has its own marker or line style as well, so nothing is said by colour alone.
"""

from typing import Any

import numpy as np

PAPER, INK = "#F5F4F0", "#202020"
BLUE, ORANGE, GREY = "#0072B2", "#B84D00", "#6B6B6B"
COLOURS = (BLUE, ORANGE, "#007A5A", "#A8437F", "#7A5C00", "#6A51A3", "#000000")
MARKERS = "osD^vPX"
HATCHES = ("", "///", "...", "xxx")
LINE_STYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))


# Matplotlib's settings for pictures that a notebook draws by itself.
SETTINGS: dict[Any, Any] = {
    "figure.figsize": (9, 3.2),
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "axes.prop_cycle": f"cycler(color={[*COLOURS]})",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


def new_axes(*shape: int, figsize: tuple[float, float], **options: Any) -> Any:
    """A new figure's axes, or an array of them, laid out so that no text is cut off."""
    import matplotlib.pyplot as plt  # imported late: half a second, only for pictures

    return plt.subplots(*shape, figsize=figsize, layout="constrained", **options)[1]


def contrast(one: Any, other: Any) -> float:
    """Return the contrast ratio of two colours, as WCAG 2 defines it: 1 for equal ones, 21 for black and white."""
    from matplotlib.colors import to_rgb

    def luminance(colour: Any) -> float:
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
        return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(colour: Any) -> str:
    """Return "black" or "white", whichever is better to read on a colour."""
    return max(("black", "white"), key=lambda ink: contrast(ink, colour))


def tidy(ax: Any) -> None:
    """Leave only what helps to read a plot: two of the four edges, and a faint grid behind all that is drawn."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25)
    ax.set_axisbelow(True)


def say_source(ax: Any, source: str | None) -> None:
    """Write the data in use below the picture, in a strip of its own."""
    if source is not None:
        figure = ax.figure
        figure.text(0.995, 0.005, f"data: {source}", ha="right", va="bottom", fontsize=9, color=GREY)
        if (layout := figure.get_layout_engine()) is not None and "rect" in layout.get():
            strip = 0.18 / figure.get_figheight()
            layout.set(rect=(0, strip, 1, 1 - strip))


def say_source_below(axes: Any, source: str | None) -> None:
    """Write the data in use below everything else, where there are no labels that leave room for it."""
    if source is not None:
        room = 0.2 / axes.figure.get_figheight()
        axes.figure.get_layout_engine().set(rect=(0, room, 1, 1 - room))
        say_source(axes, source)
        axes.figure.texts[-1].set_in_layout(True)  # else a notebook, which crops pictures, would cut it off


def bare(axes: Any) -> None:
    """Leave nothing around a picture but its name: with two of four lines drawn, it would look cut off."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def rectangle(*args: Any, **options: Any) -> Any:
    """A frame around a field; see Matplotlib's Rectangle."""
    from matplotlib.patches import Rectangle

    return Rectangle(*args, **options)
