"""Pictures of linear classifiers: the template of each class, a kink, a few weights, ways down.

Those that show what was made from the images take a `source`, the name of the data in use, and write it below.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from cs231n_utils.plots.images import as_pictures
from cs231n_utils.plots.style import (
    BLUE,
    COLOURS,
    GREY,
    LINE_STYLES,
    ORANGE,
    new_axes,
    say_source,
    say_source_below,
    tidy,
)


def show_templates(
    W: np.ndarray, classes: Sequence[str], title: str | None = None, *, source: str | None = None
) -> None:
    """Show the weights of each class as a picture, each stretched to the full range of brightness by itself.

    Parameters
    ----------
    W : ndarray, shape (3072, C) or (3073, C)
        One column per class; a last row of biases is left out.
    classes : sequence of str
        The name of each column.
    title : str, optional
        Above the pictures.
    source : str, optional
        Written below.

    Raises
    ------
    ValueError
        If W does not have a row for each of 32 * 32 * 3 numbers and a column for each class.
    """
    W = np.asarray(W)
    if W.ndim != 2 or W.shape[0] not in (3072, 3073) or W.shape[1] != len(classes):
        raise ValueError(
            f"W should have the shape (3072, {len(classes)}), or (3073, {len(classes)}) with the biases as its "
            f"last row; it has {W.shape}"
        )
    columns = (len(classes) + 1) // 2
    panels = np.ravel(new_axes(2, columns, figsize=(1.9 * columns, 4.3)))
    for axes in panels:
        axes.axis("off")
    for axes, picture, name in zip(panels, as_pictures(W[:3072].T), classes):
        axes.imshow(picture, interpolation="nearest")
        axes.set_title(name, fontsize=10)
    if title is not None:
        panels[0].figure.suptitle(title)
    say_source_below(panels[0], source)


def plot_kink(f: Callable[[float], float], slope: float, h: float, title: str | None = None) -> None:
    """Show a function around 0, its slope there, and the slope that a centred difference of half width `h` sees.

    Parameters
    ----------
    f : callable
        Takes a number, returns a number.
    slope : float
        What is said to be the derivative of `f` at 0.
    h : float
    title : str, optional
        Above the picture.
    """
    moves = np.linspace(-2.5 * h, 2.5 * h, 201)
    centre = float(f(0.0))
    ends = np.array([float(f(-h)), float(f(h))])
    axes = new_axes(figsize=(7, 3.8))
    axes.plot(moves, [float(f(move)) - centre for move in moves], color="black", linewidth=2.5, label="the loss")
    axes.plot(moves, slope * moves, color=BLUE, linestyle="--", label=f"your gradient: slope {slope:.3g}")
    axes.plot(
        [-h, h],
        ends - centre,
        color=ORANGE,
        marker="o",
        label=f"centred difference: slope {(ends[1] - ends[0]) / (2 * h):.3g}",
    )
    axes.axvline(0, color=GREY, linewidth=1, zorder=0)
    axes.set(xlabel="how far one weight is moved", ylabel="change of the loss", title=title or "")
    axes.ticklabel_format(axis="both", style="sci", scilimits=(0, 0))
    axes.legend(frameon=False)
    tidy(axes)


def plot_weights(
    weights: Mapping[str, np.ndarray], title: str | None = None, names: Sequence[str] | None = None
) -> None:
    """Show a few vectors of weights as bars, a panel for each, all on the same scale.

    Parameters
    ----------
    weights : dict of str to ndarray, shape (D,)
        By name.
    title : str, optional
        Above all panels.
    names : sequence of str, optional
        What the D weights belong to.
    """
    row = np.ravel(new_axes(1, len(weights), figsize=(4 * len(weights), 3), sharey=True))
    for axes, (name, values) in zip(row, weights.items()):
        values = np.asarray(values, dtype=float)
        axes.bar(np.arange(len(values)), values, color=BLUE)
        axes.axhline(0, color=GREY, linewidth=1)
        small = np.mean(np.abs(values) < 0.01 * np.abs(values).max())
        axes.set_title(f"{name}\n{100 * small:.0f} % of the weights are below 1 % of the largest", fontsize=10)
        axes.set_xticks(np.arange(len(values)), names, rotation=90, fontsize=9) if names is not None else None
        axes.set_xlabel("input")
        tidy(axes)
    row[0].set_ylabel("weight")
    if title is not None:
        row[0].figure.suptitle(title)


def plot_descent(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    xlabel: str,
    title: str | None = None,
    *,
    source: str | None = None,
) -> None:
    """Show several ways down: the loss against what it cost to get there.

    Parameters
    ----------
    curves : dict of str to (costs, losses)
        By name.
    xlabel : str
        What the cost is.
    title : str, optional
        Above the picture.
    source : str, optional
        Written below.
    """
    axes = new_axes(figsize=(8, 3.8))
    for (name, (costs, losses)), colour, style in zip(curves.items(), COLOURS, LINE_STYLES):
        axes.plot(costs, losses, color=colour, linestyle=style, linewidth=2, label=name)
    axes.set(xlabel=xlabel, ylabel="loss", title=title or "")
    axes.legend(frameon=False)
    tidy(axes)
    say_source(axes, source)
