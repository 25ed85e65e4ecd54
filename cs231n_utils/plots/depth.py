"""What becomes of numbers on their way through a deep network: pictures of every layer at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cs231n_utils.plots.style import BLUE, COLOURS, GREY, MARKERS, ORANGE, new_axes, say_source, tidy


def show_depth(
    runs: Mapping[str, Sequence[np.ndarray]],
    title: str | None = None,
    *,
    limits: tuple[float, float] = (-1, 1),
    ax: Any = None,
    source: str | None = None,
) -> None:
    """Draw histograms of layers' outputs: a row for each network, a column each for layers 1, 2, 4, ... and the last.

    Above each is the root mean square of the layer's outputs. Entries that are exactly 0 are left out of the bars,
    and their share is written out; those beyond the limits are counted at the edge. Each panel is as high as its
    highest bar.

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
        raise ValueError(f"the networks need the same depth: got {sorted(depths) or 'none'}")
    depth = depths.pop()
    shown = sorted({depth, *(2**power for power in range(depth.bit_length()))})
    columns = len(shown)
    if ax is None:
        ax = new_axes(len(runs), columns, figsize=(2.3 * columns + 0.6, 1.6 * len(runs) + 0.5), sharex=True)
    grid = np.reshape(ax, (len(runs), columns))
    for place, (row, (name, outputs)) in enumerate(zip(grid, runs.items(), strict=True)):
        for number, panel in zip(shown, row, strict=True):
            values = np.asarray(outputs[number - 1], dtype=float)
            off = values == 0
            bars, edges = np.histogram(np.clip(values[~off], *limits), bins=40, range=limits)
            panel.stairs(100 * bars / max(values.size, 1), edges, fill=True, color=BLUE)
            panel.axvline(0, color=GREY, linewidth=0.8)
            words = f"layer {number}\n" if place == 0 else ""
            panel.set_title(
                f"{words}rms {np.sqrt(np.mean(values**2)):.2g}"
                + (f", {100 * off.mean():.0f} % zero" if off.any() else ""),
                fontsize=10,
            )
            panel.set(yticks=[], xlim=limits)
            panel.tick_params(labelsize=9)
            panel.spines[["top", "right", "left"]].set_visible(False)
        row[0].set_ylabel(name, fontsize=10)
    if title is not None:
        grid[0, 0].figure.suptitle(title)
    grid[0, 0].figure.supxlabel("output of a unit", fontsize=9)
    say_source(grid[0, 0], source)


def plot_sizes(
    sizes: Mapping[str, Sequence[float]],
    ylabel: str,
    title: str | None = None,
    *,
    ax: Any = None,
    source: str | None = None,
) -> None:
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
    ax = new_axes(figsize=(8, 3.8)) if ax is None else ax
    for (name, values), colour, marker in zip(sizes.items(), COLOURS, MARKERS, strict=False):
        heights = np.asarray(values, dtype=float)
        label = name if (heights > 0).any() else f"{name}: 0 in every layer"
        ax.plot(
            np.arange(1, len(heights) + 1),
            np.where(heights > 0, heights, np.nan),
            color=colour,
            marker=marker,
            label=label,
        )
    ax.set(yscale="log", xlabel="layer", ylabel=ylabel)
    ax.set_xticks(np.arange(1, 1 + max(map(len, sizes.values()))))
    if title is not None:
        ax.set_title(title)
    ax.legend(frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.0, 0.5))
    tidy(ax)
    say_source(ax, source)


def show_clouds(
    clouds: Mapping[str, np.ndarray],
    names: tuple[str, str] = ("first feature", "second feature"),
    *,
    ax: Any = None,
    source: str | None = None,
) -> None:
    """Draw clouds of examples with two features each, side by side, with the same scale on both axes of a panel.

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
        If there are no clouds, or one does not have two features.
    """
    if not clouds or any(np.ndim(cloud) != 2 or np.shape(cloud)[1] != 2 for cloud in clouds.values()):
        raise ValueError(
            "clouds of shape (N, 2), please: "
            + (", ".join(f"{name} has {np.shape(cloud)}" for name, cloud in clouds.items()) or "there are none")
        )
    ax = new_axes(1, len(clouds), figsize=(4 * len(clouds), 3.8)) if ax is None else ax
    for panel, (name, cloud) in zip(np.ravel(ax), clouds.items(), strict=True):
        cloud = np.asarray(cloud, dtype=float)
        panel.axhline(0, color=GREY, linewidth=1)
        panel.axvline(0, color=GREY, linewidth=1)
        panel.scatter(*cloud.T, s=6, alpha=0.35, color=BLUE, linewidths=0)
        panel.plot(*cloud.mean(axis=0), "o", markersize=11, fillstyle="none", markeredgewidth=2, color=COLOURS[1])
        reach = 1.05 * max(np.abs(cloud).max(), 1e-12)
        panel.set(
            xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", title=name, xlabel=names[0], ylabel=names[1]
        )
        tidy(panel)
    say_source(np.ravel(ax)[0], source)


def show_activations(
    activations: Mapping[str, np.ndarray],
    title: str | None = None,
    ax: Sequence[Any] | None = None,
    *,
    source: str | None = None,
) -> None:
    """Show how the outputs of each layer are distributed, a histogram for each.

    A dashed line marks the mean. Below the name of a layer are its mean and standard deviation and, if there are any,
    how many entries are exactly 0 and how many units are 0 for every example (after a ReLU these are dead: no gradient
    reaches them).

    Parameters
    ----------
    activations : dict of str to ndarray, shape (N, H)
        What each layer gave for N examples, by its name, from the first to the last.
    title : str, optional
        Above all panels.
    ax : matplotlib Axes, one for each layer, optional
        Where to draw; a new figure if not given.
    source : str, optional
        The data in use, `data["source"]`; written below.

    Raises
    ------
    ValueError
        If there are no activations.

    Examples
    --------
    >>> hidden = np.maximum(0, X @ net.params["W1"] + net.params["b1"])             # doctest: +SKIP
    >>> show_activations({"hidden layer": hidden, "scores": net.loss(X)})           # doctest: +SKIP
    """
    if not activations:
        raise ValueError("there are no activations to show")
    if ax is None:
        ax = new_axes(1, len(activations), figsize=(min(4.2 * len(activations), 12), 3.4))
    for panel, (name, values) in zip(np.ravel(ax), activations.items(), strict=True):
        values = np.asarray(values, dtype=float)
        finite = values[np.isfinite(values)]
        off = values == 0
        lines = [name, f"mean {_rounded(values.mean(), values.std())}, standard deviation {values.std():.3g}"]
        if off.any():
            dead = off.reshape(len(off), -1).all(axis=0)
            lines.append(
                f"{100 * off.mean():.0f} % are 0"
                + (f"; {dead.sum()} of {dead.size} units always" if dead.any() else "")
            )
        if finite.size < values.size:
            lines.append(f"{100 - 100 * finite.size / values.size:.0f} % are not finite")
        # Zeros would dwarf all the rest: their share is written out, and the bars show the others.
        shown = finite[finite != 0] if off.any() else finite
        panel.hist(shown, bins=50, weights=np.full(shown.size, 100 / max(values.size, 1)), color=BLUE)
        panel.axvline(0, color=GREY, linewidth=1)
        if np.isfinite(values.mean()):
            panel.axvline(values.mean(), color=ORANGE, linestyle="--", linewidth=1.5)
        panel.set_title("\n".join(lines), fontsize=10)
        panel.set(xlabel="activation", ylabel="share of the entries in %")
        tidy(panel)
    first = np.ravel(ax)[0]
    if title is not None:
        first.figure.suptitle(title)
    say_source(first, source)


def _rounded(mean: float, deviation: float) -> str:
    """A mean in three digits, without those that the deviation makes meaningless.

    0.000637 with a deviation of 0.9 is 0.0006.
    """
    if np.isfinite(mean) and np.isfinite(deviation) and deviation > 0:
        mean = round(float(mean), 3 - int(np.floor(np.log10(deviation)))) + 0.0  # no minus before a zero
    return f"{mean:.3g}"
