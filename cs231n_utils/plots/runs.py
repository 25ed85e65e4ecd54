"""Several trainings side by side, in one picture: their curves, or an accuracy against what was varied."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cs231n_utils.plots.style import COLOURS, MARKERS, new_axes, say_source, tidy


def plot_runs(
    runs: Mapping[str, Mapping[str, Any] | object],
    title: str | None = None,
    *,
    log: bool = False,
    training: bool = False,
    ax: Any = None,
    source: str | None = None,
) -> None:
    """Draw the losses of several runs on the left, their validation accuracies on the right.

    Each point of a loss curve is the mean of the last twentieth of all steps, as the axis says. Losses over twenty
    times the largest first one are not plotted; the legend says where they begin.

    Parameters
    ----------
    runs : dict of str to dict or Solver
        Each with ``loss_history``, and ``val_acc_history`` if it has one, by the name of the training.
    title : str, optional
        Above both panels.
    log : bool
        Draw the losses on a logarithmic scale.
    training : bool
        Draw the training accuracies as well, between the two.
    ax : two matplotlib Axes, or three, optional
        Where to draw; a new figure if not given.
    source : str, optional
        The data in use, `data["source"]`; written below. A Solver knows it.

    Raises
    ------
    ValueError
        If there are no trainings.
    """
    if not runs:
        raise ValueError("there are no trainings to show")
    panels = (
        (new_axes(1, 3, figsize=(12, 3.8)) if training else new_axes(1, 2, figsize=(12, 4.2))) if ax is None else ax
    )
    left, *middle, right = panels
    windows = set()
    firsts = [float(losses[0]) for run in runs.values() if len(losses := _history(run, "loss_history"))]
    ceiling = 20 * max((abs(first) for first in firsts if np.isfinite(first)), default=np.inf)
    for (name, run), colour, marker in zip(runs.items(), COLOURS, MARKERS, strict=False):
        losses, accuracies = (
            np.asarray(_history(run, what), dtype=float) for what in ("loss_history", "val_acc_history")
        )
        source = source or getattr(run, "source", None)
        window = max(len(losses) // 20, 1)
        windows.add(window)
        steps = np.arange(window, len(losses) + 1)
        # The mean of the last few losses: single ones fluctuate, and six such lines cannot be told apart.
        means = np.convolve(losses, np.full(window, 1 / window), mode="valid") if len(losses) else losses
        lost, high = np.flatnonzero(~np.isfinite(losses)), np.flatnonzero(losses > ceiling)
        label = name
        if lost.size:
            label += f" (no number from step {lost[0] + 1} on)"
        elif high.size:
            label += f" (beyond the picture from step {high[0] + 1} on)"
        means = np.where(means <= ceiling, means, np.nan)  # a loss of 1e100 would leave no room for the others
        left.plot(
            steps, means, color=colour, marker=marker, markevery=max(len(steps) // 8, 1), markersize=5, label=label
        )
        shown = [(right, accuracies)] + [(panel, _history(run, "train_acc_history")) for panel in middle]
        for panel, values in shown:
            if len(values):
                panel.plot(values, color=colour, marker=marker, markersize=5, label=name)
    smoothed = "" if windows == {1} else f" (mean of {windows.pop()} steps)" if len(windows) == 1 else " (running mean)"
    left.set(xlabel="step", ylabel=f"loss{smoothed}", title="Loss", yscale="log" if log else "linear")
    left.legend(frameon=False, fontsize=9)
    for panel, what in [(right, "validation"), *((panel, "training") for panel in middle)]:
        panel.set(xlabel="epoch", ylabel=f"{what} accuracy", title=f"{what.capitalize()} accuracy")
        panel.xaxis.get_major_locator().set_params(integer=True)
    for panel in panels:
        tidy(panel)
    if title is not None:
        left.figure.suptitle(title)
    say_source(left, source)


def plot_against(
    values: Sequence[float],
    panels: Mapping[str, Mapping[str, Sequence[Any]]],
    xlabel: str,
    ylabel: str = "accuracy",
    title: str | None = None,
    *,
    log: bool = True,
    ax: Any = None,
    source: str | None = None,
) -> None:
    """Draw an accuracy, or another number, against what was varied: a panel for each kind, a line for each name.

    Parameters
    ----------
    values : sequence of float
        What was varied, along the horizontal axis.
    panels : dict of str to dict of str to sequence
        ``{"validation": {"with": [...], "without": [...]}}``: for each panel its lines, with a number for each of
        `values`, or several numbers for each (repeated trainings): then the line is their mean, and a band goes from
        the smallest to the largest.
    xlabel, ylabel : str
    title : str, optional
        Above all panels.
    log : bool
        Whether the horizontal axis is logarithmic.
    ax : matplotlib Axes, one for each panel, optional
        Where to draw; a new figure if not given.
    source : str, optional
        The data in use, `data["source"]`; written below.

    Raises
    ------
    ValueError
        If there is nothing to draw, or a line does not have one entry for each value.
    """
    if not panels:
        raise ValueError("there are no panels to draw")
    if ax is None:
        ax = new_axes(1, len(panels), figsize=(min(6.0 * len(panels), 12), 4.0))
    for panel, (name, lines) in zip(np.ravel(ax), panels.items(), strict=True):
        for (label, numbers), colour, marker in zip(lines.items(), COLOURS, MARKERS, strict=False):
            line = np.asarray(numbers, dtype=float)
            if len(line) != len(values):
                raise ValueError(f"{label} has {len(line)} entries for {len(values)} values")
            if line.ndim == 2:
                panel.fill_between(values, line.min(axis=1), line.max(axis=1), color=colour, alpha=0.2, linewidth=0)
                line = line.mean(axis=1)
            panel.plot(values, line, color=colour, marker=marker, label=label)
        alone = title is not None and len(panels) == 1
        panel.set(
            xlabel=xlabel, ylabel=ylabel, title=f"{title}: {name}" if alone else name, xscale="log" if log else "linear"
        )
        if log and len(values) <= 8:  # few enough to label each of them
            panel.set_xticks(values, [f"{value:g}" if value >= 1 else f"{value:.3g}" for value in values])
            panel.minorticks_off()
        panel.legend(frameon=False)
        tidy(panel)
    first = np.ravel(ax)[0]
    if title is not None and len(panels) > 1:
        first.figure.suptitle(title)
    say_source(first, source)


def _history(run: Mapping[str, Any] | object, what: str) -> Any:
    return run.get(what, []) if isinstance(run, Mapping) else getattr(run, what, [])
