"""A controlled study in one picture: one hyperparameter varies, everything else stays."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cs231n_utils.plots.style import BLUE, COLOURS, GREY, MARKERS, ORANGE, new_axes, say_source, tidy


def show_study(
    runs: Mapping[Any, Any], name: str, title: str | None = None, *, ax: Any = None, source: str | None = None
) -> None:
    """Draw the losses and validation accuracies of each run, and the final accuracies against what was varied.

    A loss that leaves the picture does so at the top; a cross there marks where it is no longer a number.

    Parameters
    ----------
    runs : dict of number to dict
        For each value of the hyperparameter, a run's ``loss_history`` and ``val_acc_history``, and what was measured
        at the end, ``train_acc`` and ``val_acc``.
    name : str
        What the hyperparameter is called.
    title : str, optional
        Above all panels.
    ax : three matplotlib Axes, optional
        Where to draw; a new figure if not given.
    source : str, optional
        The data in use, `data["source"]`; written below.

    Raises
    ------
    ValueError
        If there are no runs.
    """
    if not runs:
        raise ValueError("there are no runs to show")
    left, middle, last = new_axes(1, 3, figsize=(12, 3.8)) if ax is None else ax
    histories = {value: np.asarray(run["loss_history"], dtype=float) for value, run in runs.items()}
    top = 1.3 * max(losses[0] for losses in histories.values())
    window = max(max(map(len, histories.values())) // 50, 1)
    for (value, losses), colour, marker in zip(histories.items(), COLOURS, MARKERS, strict=False):
        length = min(window, len(losses))
        means = np.convolve(losses, np.full(length, 1 / length), mode="valid")
        steps = np.arange(length, len(losses) + 1)
        style = {"color": colour, "marker": marker, "markersize": 5, "linewidth": 1.5}
        left.plot(steps, means, markevery=max(len(means) // 8, 1), label=f"{value:g}", **style)
        if (lost := np.flatnonzero(~np.isfinite(losses))).size:
            left.plot(lost[0] + 1, top, "x", color=colour, markersize=10, markeredgewidth=3, clip_on=False)
            left.annotate(
                f"{value:g}: no number\nfrom step {lost[0] + 1} on", (lost[0] + 1, top), xytext=(8, -6),
                textcoords="offset points", va="top", fontsize=9, color=colour,
            )  # fmt: skip
        accuracies = np.asarray(runs[value]["val_acc_history"], dtype=float)
        middle.plot(accuracies, markevery=max(len(accuracies) // 10, 1), label=f"{value:g}", **style)
    smoothed = f" (mean of {window} steps)" if window > 1 else ""
    left.set(xlabel="step", ylabel=f"loss{smoothed}", title="Loss", ylim=(0, top))
    left.legend(frameon=False, fontsize=9, title=name, loc="lower left")
    middle.set(xlabel="epoch", ylabel="validation accuracy", title="Validation accuracy")
    middle.xaxis.get_major_locator().set_params(integer=True)

    places = np.arange(len(runs))
    ends = {what: np.array([run[what] for run in runs.values()]) for what in ("train_acc", "val_acc")}
    last.vlines(places, *ends.values(), color=GREY, linewidth=4, zorder=1)
    last.plot(places, ends["train_acc"], "o", color=BLUE, label="training")
    last.plot(places, ends["val_acc"], "s", color=ORANGE, label="validation")
    for place, training, accuracy in zip(places, ends["train_acc"], ends["val_acc"], strict=True):
        last.annotate(
            f"{accuracy:.3f}",
            (place, min(training, accuracy)),  # below both marks, and the bar between them
            xytext=(0, -14),
            textcoords="offset points",
            ha="center",
            fontsize=9,
            color=ORANGE,
        )
    last.set_xticks(places, [f"{value:g}" for value in runs])
    last.set(xlabel=name, ylabel="accuracy", title="At the end")
    last.margins(x=0.15)
    last.legend(frameon=False, fontsize=9)
    highest = 1.05 * max(middle.get_ylim()[1], ends["train_acc"].max())
    for panel in (middle, last):
        panel.set_ylim(0, highest)
    for panel in (left, middle, last):
        tidy(panel)
    if title is not None:
        last.figure.suptitle(title)
    say_source(last, source)
