"""Several trainings side by side, in one picture."""

from collections.abc import Mapping

import numpy as np

from cs231n_utils.surfaces import COLOURS, MARKERS
from cs231n_utils.vis import _new_axes, _say_source, _tidy


def plot_runs(runs: Mapping[str, Mapping | object], title: str | None = None, *, log: bool = False, ax=None,
              source: str | None = None) -> None:
    """Draw the losses of several trainings on the left, their validation accuracies on the right.

    Parameters
    ----------
    runs : dict of str to dict or Solver
        Each with ``loss_history``, and ``val_acc_history`` if it has one, by the name of the training.
    title : str, optional
        Above both panels.
    log : bool
        Draw the losses on a logarithmic scale.
    ax : two matplotlib Axes, optional
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
    left, right = _new_axes(1, 2, figsize=(12, 4.2)) if ax is None else ax
    for (name, run), colour, marker in zip(runs.items(), COLOURS, MARKERS, strict=False):
        losses, accuracies = (np.asarray(_history(run, what), dtype=float) for what in ("loss_history", "val_acc_history"))
        source = source or getattr(run, "source", None)
        window = max(len(losses) // 20, 1)
        steps = np.arange(window, len(losses) + 1)
        # The mean of the last few losses: single ones jump about, and six jumping lines are none.
        means = np.convolve(losses, np.full(window, 1 / window), mode="valid") if len(losses) else losses
        lost = np.flatnonzero(~np.isfinite(losses))
        label = f"{name} (no number from step {lost[0] + 1} on)" if lost.size else name
        left.plot(steps, means, color=colour, marker=marker, markevery=max(len(steps) // 8, 1), markersize=5, label=label)
        if accuracies.size:
            right.plot(accuracies, color=colour, marker=marker, markersize=5, label=name)
    left.set(xlabel="step", ylabel="loss", title="Loss", yscale="log" if log else "linear")
    left.legend(frameon=False, fontsize=9)
    right.set(xlabel="epoch", ylabel="validation accuracy", title="Validation accuracy")
    right.xaxis.get_major_locator().set_params(integer=True)
    for panel in (left, right):
        _tidy(panel)
    if title is not None:
        left.figure.suptitle(title)
    _say_source(left, source)


def _history(run: Mapping | object, what: str):
    return run.get(what, []) if isinstance(run, Mapping) else getattr(run, what, [])
