"""What the curves of a training say about it: a likely reason if it goes wrong, nothing if it goes well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cs231n_utils.checks.unmoved import stands_still

LITTLE = 0.03  # of log C: a loss that has fallen by less has hardly moved
FAR = 2.0  # times the loss at the beginning: beyond it, a loss runs away
LEARNED = 0.05  # over guessing: an accuracy that shows that something was learned
GAP = 0.18  # between training and validation accuracy, if nothing else is wrong
EXAMPLES = 500  # of a Solver's that are looked at
MOST = 0.9  # of the hidden units: if more are dead, that is the reason
LEAK = 0.08  # by which a test set may be easier than a validation set by chance


class Cause(NamedTuple):
    """Why a training goes wrong.

    Attributes
    ----------
    name : str
        The same words for the same cause, such as "the learning rate is too low".
    sentence : str
        What shows it, and what to try.
    """

    name: str
    sentence: str


def what_the_curve_says(
    history: Mapping[str, Any] | object,
    *,
    num_classes: int | None = None,
    reg: float | None = None,
    params: Mapping[str, np.ndarray] | None = None,
    first_params: Mapping[str, np.ndarray] | None = None,
    X: np.ndarray | None = None,
    test_accuracy: float | None = None,
) -> Cause | None:
    """Name the likely reason why a training of a classifier with the softmax loss goes wrong.

    The more is known, the more can be told apart. A loss that stands still, say, is due to a learning rate that is too
    low, unless the parameters show that all units are dead: without them, the name says only that it stands still.

    Parameters
    ----------
    history : dict or Solver
        With ``loss_history``, the loss of each step, and ``train_acc_history`` and ``val_acc_history``, accuracies in
        0..1 in the order of time, the training accuracies measured on many examples. They may be empty. A Solver
        knows its parameters, its examples and, if its model has a ``reg``, that too.
    num_classes : int, optional
        If left out, that of the last bias in `params`, or 10.
    reg : float, optional
        Strength of the penalty that is in the losses.
    params : dict of str to ndarray, optional
        The parameters at the end, a two-layer network's as ``W1`` (D, H), ``b1``, ``W2``, ``b2``.
    first_params : dict of str to ndarray, optional
        Those of them that are meant to move, as they were before the first step.
    X : ndarray, shape (N, D), optional
        Some of the training examples, as the network gets them.
    test_accuracy : float, optional
        At the end.

    Returns
    -------
    Cause or None
        None if nothing looks wrong. That is no praise: curves do not show everything.
    """
    if (model := getattr(history, "model", None)) is not None:
        params = model.params if params is None else params
        first_params = getattr(history, "first_params", None) if first_params is None else first_params
        reg = getattr(model, "reg", None) if reg is None else reg
        examples = getattr(history, "X_train", None)
        X = examples[:EXAMPLES].reshape(len(examples[:EXAMPLES]), -1) if X is None and examples is not None else X
    curves = _Curves(history, num_classes, reg, dict(params or {}), X, test_accuracy, dict(first_params or {}))
    if not len(curves.losses):
        return None
    return next((cause for look in _LOOKS if (cause := look(curves)) is not None), None)


@dataclass
class _Curves:
    """A training's curves, and what they are compared with."""

    history: Mapping[str, Any] | object
    num_classes: int | None
    reg: float | None
    params: dict[str, np.ndarray]
    X: np.ndarray | None
    test_accuracy: float | None
    first_params: dict[str, np.ndarray]

    def __post_init__(self) -> None:
        self.losses, self.train, self.val = (
            np.asarray(self.history[name] if isinstance(self.history, Mapping) else getattr(self.history, name), float)
            for name in ("loss_history", "train_acc_history", "val_acc_history")
        )
        last_bias = max((name for name in self.params if name.startswith("b")), default="")
        classes = self.num_classes or (self.params[last_bias].size if last_bias else 10)
        self.guessing, self.uniform = 1 / classes, float(np.log(classes))
        finite = np.isfinite(self.losses)
        self.broken = None if finite.all() else int(np.argmin(finite))  # the step whose loss is no number
        self.window = max(len(self.losses) // 20, 1)
        whole = self.losses[: self.broken]
        self.means = (
            np.convolve(whole, np.full(min(self.window, len(whole)), 1 / min(self.window, len(whole))), mode="valid")
            if len(whole)
            else whole
        )

    @property
    def first(self) -> float:
        return float(self.losses[0])

    @property
    def end(self) -> float:
        """The mean of the last losses."""
        return float(self.means[-1])

    @property
    def hidden(self) -> np.ndarray | None:
        """What the hidden units of a two-layer network make of the examples."""
        W1, b1 = self.params.get("W1"), self.params.get("b1")
        if self.X is None or W1 is None or b1 is None or W1.ndim != 2 or self.X.shape[1:] != W1.shape[:1]:
            return None
        with np.errstate(all="ignore"):
            return np.asarray(np.maximum(self.X @ W1 + b1, 0))

    @property
    def dead(self) -> float | None:
        """The share of hidden units that are 0 for every example."""
        return None if self.hidden is None else float((self.hidden <= 0).all(axis=0).mean())

    @property
    def alike(self) -> bool:
        """Whether all hidden units have the same weights."""
        W1 = self.params.get("W1")
        if W1 is None or W1.ndim != 2:
            return False
        return bool(np.ptp(W1, axis=1).max() <= 1e-3 * max(float(np.abs(W1).max()), 1e-9))

    @property
    def penalty(self) -> float:
        """What the penalty is at the end, without the factor ½ that it may have; 0 if it is not known."""
        with np.errstate(all="ignore"):
            return (self.reg or 0.0) * float(
                sum((value**2).sum() for name, value in self.params.items() if name[0] == "W")
            )

    @property
    def in_trouble(self) -> bool:
        """Whether the loss has broken off, has jumped far up, or is no better than guessing at the end."""
        return self.broken is not None or self.end > self.uniform or self.losses.max() > 2 * FAR * self.uniform

    def at_end(self, accuracies: np.ndarray) -> float | None:
        return float(accuracies[-1]) if len(accuracies) else None


def _test_set_used(c: _Curves) -> Cause | None:
    train, val, test = c.at_end(c.train), c.at_end(c.val), c.test_accuracy
    if train is None or val is None or test is None or test - val < LEAK or test - val < 0.4 * (train - val):
        return None
    return Cause(
        "the test set was trained on",
        f"The net gets {test:.0%} of the test set right and only {val:.0%} of the validation set, though it should "
        "know neither: are images of the test set in the training set, or were the weights chosen by it?",
    )


def _not_normalized(c: _Curves) -> Cause | None:
    if c.X is None or not c.in_trouble:
        return None
    mean, deviation = float(np.mean(c.X)), float(np.std(c.X))
    if abs(mean) < deviation:
        return None
    return Cause(
        "the images are not normalized",
        f"The inputs have the mean {mean:.3g} and the deviation {deviation:.3g}, so all of them push each unit in one "
        "direction: subtract the mean image of the training set from every image.",
    )


def _first_loss(c: _Curves) -> Cause | None:
    if c.broken == 0:
        return Cause(
            "the loss is computed carelessly",
            "The very first loss is no number: exp overflows for large scores, or the logarithm of 0 is taken. "
            "Subtract the largest score of each row first, and begin with small weights.",
        )
    if c.first < FAR * c.uniform:
        return None
    if c.broken is None and c.end < 1.2 * c.uniform:
        return Cause(
            "the penalty is too strong",
            f"The first loss is {c.first:.3g} where guessing gives log C = {c.uniform:.3g}: the rest is the penalty, "
            "and making the weights small is most of what is learned. Try a tenth of reg.",
        )
    return Cause(
        "the first weights are too large",
        f"The first loss is {c.first:.3g} where guessing gives log C = {c.uniform:.3g}: the net is sure of itself "
        "before it has seen anything. Begin with smaller weights.",
    )


def _runs_away(c: _Curves) -> Cause | None:
    if c.broken is not None and c.means.max(initial=0) < FAR * max(c.first, c.uniform):
        return Cause(
            "the loss is computed carelessly",
            f"The loss is no number from step {c.broken + 1} on, and was {c.losses[c.broken - 1]:.3g} just before: "
            "look for the logarithm of 0, or a division by 0.",
        )
    limit = FAR * max(c.first, c.uniform)
    if c.broken is None and c.end < limit:
        return None
    calm = np.flatnonzero(c.losses[: c.broken] <= limit)
    since = int(calm[-1]) + 2 if calm.size else 1
    story = (
        f"From step {since} on the loss runs away: each step leads further than the slope is worth. Divide the learning"
    )
    if c.X is None:
        return Cause("the loss runs away", f"{story} rate by 10; if it is small already, are the images normalized?")
    return Cause("the learning rate is too high", f"{story} rate by 10.")


def _stands_still(c: _Curves) -> Cause | None:
    if c.first - float(c.means.min()) > LITTLE * c.uniform or c.end > c.first + LITTLE * c.uniform:
        return None
    dead = c.dead
    if c.alike:
        return Cause(
            "the first weights are all the same",
            "All hidden units have the same weights, so they get the same gradients and stay the same: draw the first "
            "weights at random.",
        )
    if dead is not None and dead > MOST:
        return Cause(
            "units are dead",
            f"{dead:.0%} of the hidden units are 0 for every example, so no gradient passes through them: look at the "
            "biases they begin with, and at steps that were too large.",
        )
    train, val = c.at_end(c.train), c.at_end(c.val)
    if train is not None and val is not None and train > c.guessing + 2 * LEARNED and val < c.guessing + LEARNED:
        return None  # something is learned after all
    moved = f"In {len(c.losses)} steps the loss has moved from {c.first:.4g} to {c.end:.4g}"
    story = f"{moved}: multiply the learning rate by 10"
    if dead is None:
        return Cause(
            "the loss stands still",
            f"{story}. If that changes nothing, no gradient arrives: are all units dead, or all weights the same?",
        )
    return Cause("the learning rate is too low", f"{story}.")


def _layer_stands_still(c: _Curves) -> Cause | None:
    both = [(name, value, c.params[name]) for name, value in c.first_params.items() if name in c.params]
    still = [name for name, before, now in both if np.array_equal(before, now)]
    moving = [name for name, *_ in both if name not in still]
    if not still or not moving or c.alike or (c.dead or 0.0) > MOST:
        return None
    return Cause(
        "a layer stands still",
        f"{stands_still(still, moving)} Look whether the update goes over all parameters, and whether loss gives a "
        "gradient for each.",
    )


def _learned_by_heart(c: _Curves) -> Cause | None:
    train, val = c.at_end(c.train), c.at_end(c.val)
    if train is None or val is None or val > c.guessing + LEARNED or train < max(val, c.guessing) + LEARNED:
        return None
    return Cause(
        "the labels do not belong to the images",
        f"The training accuracy has risen to {train:.0%}, but that on new images is {val:.0%}, no better than "
        "guessing: what is learned by heart says nothing. Are images and labels shuffled, or chosen, together?",
    )


def _penalty_grows(c: _Curves) -> Cause | None:
    lowest = int(c.means.argmin())
    rises = c.end > c.means[lowest] + LITTLE * c.uniform and lowest < 0.8 * len(c.means)
    learns = len(c.train) > 1 and c.train[-1] > c.guessing + LEARNED and c.train[-1] >= c.train.max() - LEARNED
    if c.reg == 0 or not learns or not (rises or c.penalty > 0.4 * c.end):
        return None
    return Cause(
        "the penalty has no gradient",
        f"The loss was {c.means[lowest]:.3g} and is {c.end:.3g} now while the training accuracy rises: it is the "
        "penalty that grows. Is its gradient added to those of the weights?",
    )


def _overfits(c: _Curves) -> Cause | None:
    train, val = c.at_end(c.train), c.at_end(c.val)
    if train is None or val is None or train - val < GAP or len(c.val) < 4:
        return None
    if val > c.val[: 2 * len(c.val) // 3].max() + 0.02:
        return None  # it still learns something of use
    return Cause(
        "it overfits",
        f"The training accuracy is {train:.0%}, that on new images {val:.0%}, and it does not rise any more: more "
        "regularization, more data, or fewer epochs.",
    )


def _stops_early(c: _Curves) -> Cause | None:
    """A loss that has come down and stays where it is, high, for training and validation alike."""
    train, val = c.at_end(c.train), c.at_end(c.val)
    middle = float(c.means[len(c.means) // 2])
    late = middle - c.end
    flat = abs(late) < LITTLE * c.uniform and late < 0.15 * (c.first - middle)
    if train is None or val is None or not flat or c.end < 0.75 * c.uniform or train - val > 2 * LEARNED:
        return None
    if c.reg is None or not c.params:
        return Cause(
            "the loss stops early",
            f"The loss has stayed near {c.end:.3g} for half of the steps, for the images that the net has seen and "
            "for new ones alike: it has too few hidden units, or the penalty keeps its weights too small.",
        )
    if c.penalty > LITTLE * c.uniform:
        return Cause(
            "the penalty is too strong",
            f"The loss has stayed near {c.end:.3g} for half of the steps, and {c.penalty:.2g} of it is the penalty, "
            "which keeps the weights too small to tell the classes apart. Try a tenth of reg.",
        )
    return Cause(
        "there is too little capacity",
        f"The loss has stayed near {c.end:.3g} for half of the steps, and the net does no better on the images it has "
        f"seen ({train:.0%}) than on new ones ({val:.0%}): give it more hidden units.",
    )


_LOOKS: tuple[Callable[[_Curves], Cause | None], ...] = (
    _test_set_used,
    _not_normalized,
    _first_loss,
    _runs_away,
    _layer_stands_still,
    _stands_still,
    _learned_by_heart,
    _penalty_grows,
    _overfits,
    _stops_early,
)
