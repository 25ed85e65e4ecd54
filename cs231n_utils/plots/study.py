"""A controlled study in one picture: one hyperparameter varies, everything else stays."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cs231n_utils.plots.style import BLUE, COLOURS, GREY, MARKERS, ORANGE, new_axes, say_source, tidy


def show_study(
    runs: Mapping[Any, Any], name: str, title: str | None = None, *, ax: Any = None, source: str | None = None
) -> None:
    """Draw the accuracies of each training by epoch, and beside them the final ones against the value that was varied.

    Parameters
    ----------
    runs : dict of number to dict
        For each value of the hyperparameter, a training's ``train_acc_history`` and ``val_acc_history``, and what was
        measured in the end, ``train_acc`` and ``val_acc``.
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
        If there are no trainings.
    """
    if not runs:
        raise ValueError("there are no trainings to show")
    training, validation, last = new_axes(1, 3, figsize=(13, 3.8)) if ax is None else ax
    for panel, what, where in (
        (training, "train_acc_history", "training"),
        (validation, "val_acc_history", "validation"),
    ):
        for (value, run), colour, marker in zip(runs.items(), COLOURS, MARKERS, strict=False):
            history = np.asarray(run[what], dtype=float)
            panel.plot(
                history,
                color=colour,
                marker=marker,
                markersize=5,
                markevery=max(len(history) // 10, 1),
                linewidth=1.5,
                label=f"{value:g}",
            )
        panel.set(xlabel="epoch", ylabel=f"{where} accuracy", title=f"{where.capitalize()} accuracy")
        panel.xaxis.get_major_locator().set_params(integer=True)
        tidy(panel)
    training.legend(frameon=False, fontsize=9, title=name)
    top = 1.05 * max(
        *(panel.get_ylim()[1] for panel in (training, validation)), *(run["train_acc"] for run in runs.values())
    )
    for panel in (training, validation):
        panel.set_ylim(0, top)

    places = np.arange(len(runs))
    ends = {what: np.array([run[what] for run in runs.values()]) for what in ("train_acc", "val_acc")}
    last.vlines(places, *ends.values(), color=GREY, linewidth=4, zorder=1)
    last.plot(places, ends["train_acc"], "o", color=BLUE, label="training")
    last.plot(places, ends["val_acc"], "s", color=ORANGE, label="validation")
    for place, accuracy in zip(places, ends["val_acc"], strict=True):
        last.annotate(
            f"{accuracy:.3f}",
            (place, accuracy),
            xytext=(0, -14),
            textcoords="offset points",
            ha="center",
            fontsize=9,
            color=ORANGE,
        )
    last.set_xticks(places, [f"{value:g}" for value in runs])
    last.set(xlabel=name, ylabel="accuracy", title="In the end", ylim=(0, top))
    last.margins(x=0.15)
    last.legend(frameon=False, fontsize=9)
    tidy(last)
    if title is not None:
        last.figure.suptitle(title)
    say_source(last, source)
