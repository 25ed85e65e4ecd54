"""Weights that a student saved, evaluated in the grader on images the notebook does not use.

Training takes minutes and is not repeated; the hand-in contains the trained parameters. They are plain
numbers in an npz file: reading them runs nothing, and the reference's code turns them into scores.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from autograder.authoring.rubric import SavedNet
from autograder.sandbox.proxy import HostLike, run_probe
from autograder.settings import FILE, CourseError, Settings
from cs231n_utils.checks.unmoved import at_zero
from cs231n_utils.submit.nets import read_saved_net

if TYPE_CHECKING:
    from autograder.grading.reference import Reference

Inputs = Callable[[np.ndarray, np.ndarray], np.ndarray]


class CannotGrade(Exception):
    """A saved net that may be good but cannot be judged here; the message says why."""


def saved_net_verdict(check: SavedNet, folder: Path, reference: Reference) -> str | None:
    """What is wrong with a saved net, in a sentence; None if it is as accurate as the check asks.

    Raises
    ------
    CannotGrade
        If the net was trained on data that this machine does not have.
    """
    path = folder / check.file
    if not path.is_file() or path.is_symlink():
        return f"{check.file} was not handed in: the cell after the tuning cell saves it"
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").digest()
    key = content, check.file, check.scores, check.inputs, check.classes, repr(check.shapes)
    if key not in reference.accuracies:  # the thresholds of one net are checks of their own
        reference.accuracies = {key: _accuracy_in(path, check, reference)}
    found = reference.accuracies[key]
    if isinstance(found, str):
        return found
    share, remark = found
    return None if share >= check.accuracy else f"it classifies {share:.1%} of them correctly{remark}"


def _accuracy_in(path: Path, check: SavedNet, reference: Reference) -> tuple[float, str] | str:
    """A net's accuracy, with a remark for the case that it is too low; or what is wrong with its file."""
    try:
        params, info = read_saved_net(path)
    except ValueError as error:
        return str(error)
    examples = held_out(reference.settings, str(info.get("data", "")), check.inputs, check.classes)
    found = accuracy(check, params, examples, reference.host)
    zeros = [name for name, value in params.items() if not value.any()]
    remark = f"; {at_zero(zeros)}" if zeros else ""
    return found if isinstance(found, str) else (found, remark)


def accuracy(check: SavedNet, params: dict[str, np.ndarray], examples: Examples, host: HostLike) -> float | str:
    """A net's accuracy on given images, or what is wrong with it, in a sentence."""
    shapes = ", ".join(f"{_shown(name)} {value.shape}" for name, value in list(params.items())[:8])
    shapes += f" and {len(params) - 8} more" if len(params) > 8 else ""
    another_kind = f"the parameters in {check.file} do not make a net of this kind ({shapes})"
    if not _fits(params, check.shapes):
        return another_kind
    for name, value in params.items():
        if not np.isfinite(value).all():
            return (
                f"{name} in {check.file} contains NaN or infinity: the training diverged. The accuracy of such a "
                f"net, {np.mean(examples.labels == 0):.3f}, is the share of class 0 ({examples.names[0]}), its only "
                "answer; a smaller learning rate helps"
            )
    scores = _scores(check, params, examples, host)
    if scores is None:
        return another_kind
    return float(np.mean(np.argmax(scores, axis=1) == examples.labels))


def _shown(name: str) -> str:
    """An array's name, made printable: whoever saved it could choose anything."""
    plain = "".join(sign if sign.isprintable() else "?" for sign in name[:40])
    return plain + "…" * (len(name) > 40)


def _fits(params: dict[str, np.ndarray], shapes: dict[str, tuple[int | str, ...]]) -> bool:
    """Whether the parameters have the required shapes: others could fill the grader's own memory."""
    free: dict[str, int] = {}
    return params.keys() == shapes.keys() and all(
        len(params[name].shape) == len(shape)
        and all(
            size == (free.setdefault(wanted, size) if isinstance(wanted, str) else wanted)
            for size, wanted in zip(params[name].shape, shape)
        )
        for name, shape in shapes.items()
    )


def _scores(check: SavedNet, params: dict[str, np.ndarray], examples: Examples, host: HostLike) -> np.ndarray | None:
    """Class scores (N, C) of the images, or None if the parameters do not fit."""
    parts = []
    for part in np.array_split(examples.inputs, max(1, len(examples.inputs) // 500)):
        outcome = run_probe(lambda code: check.scores(code, params, part), host)  # noqa: B023 - called here and now
        scores = outcome.value
        if outcome.error or not isinstance(scores, np.ndarray) or scores.shape != (len(part), len(examples.names)):
            return None
        parts.append(scores)
    return np.concatenate(parts)


@dataclass(frozen=True, eq=False)
class Examples:
    """Held-out images as fed to a net, (N, ...), their labels (N,), and the classes' names by label."""

    inputs: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]


@lru_cache(maxsize=4)
def held_out(settings: Settings, source: str, inputs: Inputs, classes: tuple[int, ...] | None) -> Examples:
    """Held-out images of some classes; their labels are indices into `classes`.

    Parameters
    ----------
    source : str
        The data that the net was trained on, as the net's file says.
    inputs, classes
        See `autograder.authoring.rubric.SavedNet`.

    Raises
    ------
    CannotGrade
        If this machine does not have the data.
    CourseError
        If the course does not say where the data is.
    """
    module = settings.held_out_data()
    if module is None:
        raise CourseError(
            f"{settings.solutions / FILE} should say where the data for saved nets is: the setting held_out"
        )
    try:
        data = module.load(source)
    except LookupError as error:
        raise CannotGrade(error.args[0]) from None
    classes = classes or tuple(range(len(data.names)))
    place = np.full(len(data.names), -1)
    place[list(classes)] = np.arange(len(classes))
    wanted = place[data.labels] >= 0
    return Examples(
        inputs(data.images[wanted], data.training),
        place[data.labels[wanted]],
        tuple(data.names[label] for label in classes),
    )
