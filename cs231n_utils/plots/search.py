"""Pictures of a search for hyperparameters: where it looked, what it found, and how much of each axis it saw."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cs231n_utils.plots.style import BLUE, COLOURS, GREY, ORANGE, new_axes, say_source, tidy

Setting = Mapping[str, float]


def show_coverage(searches: Mapping[str, Sequence[Setting]], names: tuple[str, str], *, ax: Any = None) -> None:
    """Draw where searches look: a point for each setting, and below it the values of the first hyperparameter alone.

    Parameters
    ----------
    searches : dict of str to list of dict
        The settings that each search tries, by its name.
    names : tuple of two str
        The hyperparameters to draw, to the right and upwards, both on logarithmic scales.
    ax : matplotlib Axes, one for each search, optional
        Where to draw; a new figure if not given.

    Raises
    ------
    ValueError
        If there are no searches, or one tries nothing.
    """
    if not searches or not all(len(settings) for settings in searches.values()):
        raise ValueError("there are no settings to show")
    ax = new_axes(1, len(searches), figsize=(5.2 * len(searches), 4), sharex=True, sharey=True) if ax is None else ax
    every = [setting for settings in searches.values() for setting in settings]
    floor = min(setting[names[1]] for setting in every) / 3
    for panel, (name, settings) in zip(np.ravel(ax), searches.items(), strict=True):
        x, y = (np.array([setting[one] for setting in settings], dtype=float) for one in names)
        panel.vlines(x, floor, y, color=GREY, linewidth=0.8)
        panel.plot(x, y, "o", color=BLUE, markersize=7)
        panel.plot(x, np.full(len(x), floor), "|", color=ORANGE, markersize=16, markeredgewidth=2)
        different = len(np.unique(np.round(np.log10(x), 9)))
        panel.set(
            xscale="log",
            yscale="log",
            xlabel=names[0],
            ylabel=names[1],
            title=f"{name}: {len(x)} runs,\n{different} different values of {names[0]}",
        )
        tidy(panel)


def plot_search(
    results: Sequence[tuple[Setting, float]],
    names: tuple[str, str],
    title: str | None = None,
    *,
    limits: tuple[float | None, float | None] = (None, None),
    ax: Any = None,
    source: str | None = None,
) -> None:
    """Draw the settings that were tried, coloured by their score; a ring for the best, a cross for those that diverged.

    Parameters
    ----------
    results : list of (dict, float)
        Settings with their scores, in any order.
    names : tuple of two str
        The hyperparameters to draw, to the right and upwards, both on logarithmic scales.
    title : str, optional
    limits : lowest and highest score, optional
        The ends of the colour scale: the same for pictures that are to be compared.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    source : str, optional
        The data in use, `data["source"]`; written below.

    Raises
    ------
    ValueError
        If there are no results.
    """
    if not results:
        raise ValueError("there are no results to show: has the search been run?")
    ax = new_axes(figsize=(7, 4.2)) if ax is None else ax
    x, y = (np.array([setting[name] for setting, _ in results], dtype=float) for name in names)
    scores = np.array([score for _, score in results], dtype=float)
    good = np.isfinite(scores)
    if not good.all():
        ax.plot(x[~good], y[~good], "x", color=COLOURS[1], markersize=8, markeredgewidth=2, label="diverged")
    if good.any():
        scale = {"c": scores[good], "cmap": "viridis", "vmin": limits[0], "vmax": limits[1]}
        points = ax.scatter(x[good], y[good], s=80, edgecolors="black", linewidths=0.5, **scale)
        ax.figure.colorbar(points, ax=ax).set_label("validation accuracy")
        best = int(np.nanargmax(np.where(good, scores, -np.inf)))
        ax.plot(
            x[best],
            y[best],
            "o",
            markersize=16,
            fillstyle="none",
            markeredgewidth=2.5,
            color=ORANGE,
            label=f"best: {scores[best]:.3f}",
        )
    ax.set(xscale="log", yscale="log", xlabel=names[0], ylabel=names[1])
    if title is not None:
        ax.set_title(title)
    ax.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(0, -0.14), ncols=2)
    tidy(ax)
    say_source(ax, source)
