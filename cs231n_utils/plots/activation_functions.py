"""What activation functions do, in pictures: their curves and slopes, gradients through depth, and zig-zag paths."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from cs231n_utils.plots.style import COLOURS, GREY, LINE_STYLES, MARKERS, new_axes, tidy


def plot_activation_functions(
    functions: Mapping[str, tuple[Callable[..., Any], Callable[..., Any]]],
    low: float = -4.0,
    high: float = 4.0,
    ax: Sequence[Any] | None = None,
) -> None:
    """Draw activation functions with their slopes, a panel for each.

    Parameters
    ----------
    functions : dict of str to pair of callables
        By name, forward and backward: `forward(x) -> out, cache` and `backward(dout, cache) -> dx`. Where one of
        them gives None, the panel says that it is not written yet.
    low, high : float
        Where the curves begin and end.
    ax : matplotlib Axes, one for each function, optional
        Where to draw; a new figure if not given.

    Raises
    ------
    ValueError
        If there is nothing to draw, or a function does not give one number for each number.
    """
    if not functions:
        raise ValueError("there are no functions to draw")
    x = np.linspace(low, high, 401)
    curves: dict[str, tuple[Any, Any] | None] = {}
    for name, (forward, backward) in functions.items():
        out, cache = forward(x)
        slope = None if out is None else backward(np.ones_like(x), cache)
        if out is None or slope is None:
            curves[name] = None
            continue
        for what, values in (("forward", out), ("backward", slope)):
            if np.shape(values) != x.shape:
                raise ValueError(f"{name}: {what} should give {len(x)} numbers for {len(x)} numbers")
        curves[name] = out, slope
    if ax is None:
        columns = min(3, len(functions))
        rows = -(-len(functions) // columns)
        ax = new_axes(rows, columns, figsize=(3.6 * columns, 2.7 * rows), sharex=True, sharey=True, squeeze=False)
    panels = np.ravel(ax)
    for panel in panels[len(curves) :]:
        panel.axis("off")
    for panel, (name, pair) in zip(panels, curves.items()):
        if pair is None:
            panel.text(0.5, 0.5, "not written yet", transform=panel.transAxes, ha="center", va="center", color=GREY)
            panel.set_title(name)
            continue
        out, slope = pair
        panel.axhline(0, color=GREY, linewidth=0.8)
        panel.axvline(0, color=GREY, linewidth=0.8)
        panel.plot(x, out, color=COLOURS[0], linewidth=2.2, label="out")
        panel.plot(x, slope, color=COLOURS[1], linewidth=2, linestyle="--", label="slope")
        panel.set_title(name)
        panel.set(ylim=(-1.6, 2.6), xlabel="x")
        tidy(panel)
    if first := next((panel for panel in panels if panel.lines), None):
        first.legend(frameon=False, loc="upper left")


def plot_lines(
    lines: Mapping[str, np.ndarray],
    xlabel: str,
    ylabel: str,
    title: str | None = None,
    ax: Any = None,
    *,
    log: bool = False,
    start: int = 0,
    every: int = 1,
) -> None:
    """Draw a few rows of numbers against their position, in colours and line styles that are easy to tell apart.

    Parameters
    ----------
    lines : dict of str to array
        By name, numbers of shape (T,), or of shape (R, T) for R runs: these are drawn thin, their mean thick.
    xlabel, ylabel : str
        What the axes show.
    title : str, optional
        Above the picture.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    log : bool
        Whether the vertical axis is logarithmic.
    start : int
        The position of the first number.
    every : int
        How far apart two neighbouring numbers are.

    Raises
    ------
    ValueError
        If there is nothing to draw.
    """
    if not lines:
        raise ValueError("there are no lines to draw")
    ax = new_axes(figsize=(7.5, 3.6)) if ax is None else ax
    for number, (name, values) in enumerate(lines.items()):
        runs = np.atleast_2d(np.asarray(values, dtype=float))
        places = start + every * np.arange(runs.shape[1])
        look = {"color": COLOURS[number % len(COLOURS)], "linestyle": LINE_STYLES[number % len(LINE_STYLES)]}
        if len(runs) > 1:
            ax.plot(places, runs.T, color=look["color"], linewidth=0.7, alpha=0.5)
        marks = {"marker": MARKERS[number % len(MARKERS)], "markersize": 5, "markevery": max(runs.shape[1] // 10, 1)}
        ax.plot(places, runs.mean(axis=0), linewidth=2.2, label=name, **look, **marks)
    if log:
        ax.set_yscale("log")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if title is not None:
        ax.set_title(title)
    ax.xaxis.get_major_locator().set_params(integer=True)
    tidy(ax)
    ax.legend(frameon=False, fontsize=9)


def plot_zigzag(
    paths: Mapping[str, np.ndarray], target: np.ndarray, title: str | None = None, ax: Sequence[Any] | None = None
) -> None:
    """Draw the paths that two weights take while they learn, a panel for each.

    Parameters
    ----------
    paths : dict of str to array of shape (T, 2)
        By name, the weights after each step.
    target : array of shape (2,)
        Where they should go.
    title : str, optional
        Above all panels.
    ax : matplotlib Axes, one for each path, optional
        Where to draw; a new figure if not given.

    Raises
    ------
    ValueError
        If there is nothing to draw.
    """
    if not paths:
        raise ValueError("there are no paths to draw")
    if ax is None:
        ax = new_axes(1, len(paths), figsize=(4.6 * len(paths), 4.2), sharex=True, sharey=True)
    for number, (panel, (name, path)) in enumerate(zip(np.ravel(ax), paths.items())):
        path = np.asarray(path, dtype=float)
        panel.plot(*path.T, color=COLOURS[number], linewidth=1.2, marker=".", markersize=6, zorder=3)
        panel.plot(*path[0], "s", color="#404040", markersize=7, zorder=4)
        panel.plot(*np.asarray(target), "*", color="#404040", markersize=15, zorder=2)
        left = np.linalg.norm(path[-1] - target)
        panel.set_title(f"{name}\n{len(path) - 1} steps, {left:.2g} left to go", fontsize=10)
        panel.set(xlabel="first weight", ylabel="second weight", aspect="equal")
        tidy(panel)
    if title is not None:
        np.ravel(ax)[0].figure.suptitle(title)
