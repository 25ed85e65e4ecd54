"""What becomes of numbers on their way through a deep network: pictures of every layer at once."""

from collections.abc import Mapping, Sequence

import numpy as np

from cs231n_utils.surfaces import COLOURS, MARKERS
from cs231n_utils.vis import _BLUE, _GREY, _new_axes, _say_source, _tidy


def show_depth(runs: Mapping[str, Sequence[np.ndarray]], title: str | None = None, *, limits: tuple[float, float] = (-1, 1),
               ax=None, source: str | None = None) -> None:
    """Draw a histogram for each layer: a row for each network, a column for each layer.

    Above each is the standard deviation of the layer's outputs. Entries that are exactly 0 are left out of the bars, and
    their share is written out; those beyond the limits are counted at the edge.

    Parameters
    ----------
    runs : dict of str to list of ndarray
        The outputs of the layers, from the first to the last, by the name of the network.
    title : str, optional
        Above all panels.
    limits : tuple of two floats
        What the horizontal axes show.
    ax : matplotlib Axes, shape (networks, layers), optional
        Where to draw; a new figure if not given.
    source : str, optional
        The data in use, `data["source"]`; written below.

    Raises
    ------
    ValueError
        If there is nothing to show, or the networks differ in depth.
    """
    depths = {len(outputs) for outputs in runs.values()}
    if len(depths) != 1 or 0 in depths:
        raise ValueError(f"networks of one and the same depth, please: got {sorted(depths) or 'none'}")
    columns = depths.pop()
    if ax is None:
        ax = _new_axes(len(runs), columns, figsize=(1.55 * columns + 0.6, 1.5 * len(runs) + 0.5), sharex=True)
    grid = np.reshape(ax, (len(runs), columns))
    for place, (row, (name, outputs)) in enumerate(zip(grid, runs.items(), strict=True)):
        for number, (panel, values) in enumerate(zip(row, outputs, strict=True), 1):
            values = np.asarray(values, dtype=float)
            off = values == 0
            bars, edges = np.histogram(np.clip(values[~off], *limits), bins=40, range=limits)
            panel.stairs(100 * bars / max(values.size, 1), edges, fill=True, color=_BLUE)
            panel.axvline(0, color=_GREY, linewidth=0.8)
            words = f"layer {number}\n" if place == 0 else ""
            panel.set_title(f"{words}std {values.std():.2g}" + (f", {100 * off.mean():.0f} % zero" if off.any() else ""),
                            fontsize=8)
            panel.set(yticks=[], xlim=limits)
            panel.tick_params(labelsize=8)
            panel.spines[["top", "right", "left"]].set_visible(False)
        row[0].set_ylabel(name, fontsize=9)
    if title is not None:
        grid[0, 0].figure.suptitle(title)
    grid[0, 0].figure.supxlabel("output of a unit", fontsize=9)
    _say_source(grid[0, 0], source)


def plot_sizes(sizes: Mapping[str, Sequence[float]], ylabel: str, title: str | None = None, *, ax=None,
               source: str | None = None) -> None:
    """Draw a size for each layer, on a logarithmic scale; what is exactly 0 cannot be drawn there and is written out.

    Parameters
    ----------
    sizes : dict of str to sequence of float
        A number for each layer, from the first to the last, by the name of the network.
    ylabel : str
        What the numbers are.
    title : str, optional
    ax : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    source : str, optional
        The data in use, `data["source"]`; written below.

    Raises
    ------
    ValueError
        If there is nothing to show.
    """
    if not sizes:
        raise ValueError("there is nothing to show")
    ax = _new_axes(figsize=(8, 3.8)) if ax is None else ax
    for (name, values), colour, marker in zip(sizes.items(), COLOURS, MARKERS, strict=False):
        values = np.asarray(values, dtype=float)
        label = name if (values > 0).any() else f"{name}: 0 in every layer"
        ax.plot(np.arange(1, len(values) + 1), np.where(values > 0, values, np.nan), color=colour, marker=marker, label=label)
    ax.set(yscale="log", xlabel="layer", ylabel=ylabel)
    ax.set_xticks(np.arange(1, 1 + max(map(len, sizes.values()))))
    if title is not None:
        ax.set_title(title)
    ax.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.0, 0.5))
    _tidy(ax)
    _say_source(ax, source)


def show_clouds(clouds: Mapping[str, np.ndarray], names: tuple[str, str] = ("first feature", "second feature"), *, ax=None,
                source: str | None = None) -> None:
    """Draw clouds of examples with two features each, side by side on the same scale for both axes of a panel.

    A cross marks the origin, a ring the mean of the cloud.

    Parameters
    ----------
    clouds : dict of str to ndarray, shape (N, 2)
        The examples, by the title of the panel.
    names : tuple of two str
        What the features are called.
    ax : matplotlib Axes, one for each cloud, optional
        Where to draw; a new figure if not given.
    source : str, optional
        The data in use, `data["source"]`; written below.

    Raises
    ------
    ValueError
        If there are no clouds, or one has not two features.
    """
    if not clouds or any(np.ndim(cloud) != 2 or np.shape(cloud)[1] != 2 for cloud in clouds.values()):
        raise ValueError("clouds of shape (N, 2), please: "
                         + (", ".join(f"{name} has {np.shape(cloud)}" for name, cloud in clouds.items()) or "there are none"))
    ax = _new_axes(1, len(clouds), figsize=(4 * len(clouds), 3.8)) if ax is None else ax
    for panel, (name, cloud) in zip(np.ravel(ax), clouds.items(), strict=True):
        cloud = np.asarray(cloud, dtype=float)
        panel.axhline(0, color=_GREY, linewidth=1)
        panel.axvline(0, color=_GREY, linewidth=1)
        panel.scatter(*cloud.T, s=6, alpha=0.35, color=_BLUE, linewidths=0)
        panel.plot(*cloud.mean(axis=0), "o", markersize=11, fillstyle="none", markeredgewidth=2, color=COLOURS[1])
        reach = 1.05 * max(np.abs(cloud).max(), 1e-12)
        panel.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", title=name, xlabel=names[0], ylabel=names[1])
        _tidy(panel)
    _say_source(np.ravel(ax)[0], source)
