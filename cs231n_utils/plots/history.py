"""How training went: the loss of every step and the accuracies of every epoch."""

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cs231n_utils.plots.style import BLUE, GREY, ORANGE, new_axes, say_source, tidy
from cs231n_utils.training.reading import what_the_curve_says


def plot_history(
    stats: Mapping[str, Any] | object,
    ax: Sequence[Any] | None = None,
    title: str | None = None,
    *,
    source: str | None = None,
    advice: bool = False,
) -> None:
    """Show how training went: the loss of every step on the left, the accuracies of every epoch on the right.

    Parameters
    ----------
    stats : dict or Solver
        With ``loss_history``, ``train_acc_history`` and ``val_acc_history``.
    ax : two matplotlib Axes, optional
        Where to draw; a new figure if not given.
    title : str, optional
        Above both panels.
    source : str, optional
        The data in use, `data["source"]`; written below. A Solver knows it.
    advice : bool
        Print what the curves say, if something looks wrong: see `cs231n_utils.training.what_the_curve_says`.
    """
    losses, train_acc, val_acc = (
        np.asarray(stats[name] if isinstance(stats, Mapping) else getattr(stats, name), dtype=float)
        for name in ("loss_history", "train_acc_history", "val_acc_history")
    )
    left, right = new_axes(1, 2, figsize=(11, 3.8)) if ax is None else ax
    if title is not None:
        left.figure.suptitle(title)

    steps = np.arange(1, len(losses) + 1)
    window = max(len(losses) // 50, 1)
    if window > 1:
        # Single losses fluctuate, so the eye is given their running mean to follow; the losses themselves are grey.
        left.plot(steps, losses, color=GREY, linewidth=0.6, alpha=0.6, label="each step")
        means = np.convolve(losses, np.full(window, 1 / window), mode="valid")
        left.plot(steps[window - 1 :], means, color=BLUE, linewidth=2, label=f"mean of {window} steps")
        left.legend(frameon=False)
    else:
        left.plot(steps, losses, color=BLUE, marker=".")
    broken = np.flatnonzero(~np.isfinite(losses))
    lost = f": not a number from step {steps[broken[0]]} on" if broken.size else ""
    left.set(xlabel="step", ylabel="loss", title=f"Loss{lost}", xlim=(0, len(losses) + 1))

    right.plot(train_acc, color=BLUE, marker=".", label="training")
    right.plot(val_acc, color=ORANGE, marker="s", markersize=4, linestyle="--", label="validation")
    if val_acc.size and np.isfinite(val_acc).any():
        best = int(np.nanargmax(val_acc))
        right.plot(
            best, val_acc[best], "o", color=ORANGE, markersize=9, fillstyle="none", linestyle="none",
            label=f"best: {val_acc[best]:.3f}",
        )  # fmt: skip
    right.legend(frameon=False)
    right.xaxis.get_major_locator().set_params(integer=True)
    right.set(xlabel="epoch", ylabel="accuracy", title="Accuracy")
    right.margins(y=0.15)
    for panel in (left, right):
        tidy(panel)
    say_source(left, source or getattr(stats, "source", None))
    if advice and (cause := what_the_curve_says(stats)) is not None:
        print(f"What the curves say: {cause.sentence}")


def history_as_png(stats: Mapping[str, Any] | object) -> str:
    """Return the picture of `plot_history` as a PNG file in base64, without touching the figures that are open."""
    from matplotlib.figure import Figure

    figure, file = Figure(figsize=(11, 3.8), layout="constrained"), io.BytesIO()
    plot_history(stats, ax=figure.subplots(1, 2))
    figure.savefig(file, format="png", dpi=72)
    return base64.b64encode(file.getvalue()).decode()
