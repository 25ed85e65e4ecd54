"""What others have published about these exercises on CIFAR-10, and what the solution notebooks give there.

A module `solutions/<assignment>/published.py` has a function `claims()`. It runs the code of the assignment's
solution notebooks on CIFAR-10 itself and yields, one by one, what was published beside what was found. They are run
by `python -m autograder.evidence.reproduce`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autograder.course import Course
from autograder.grading.reference import Reference
from cs231n_utils.training import Solver
from cs231n_utils.training.solver import UpdateRule

NEAR = 0.03  # accuracies: two standard errors of 1000 images, 0.016 each


@dataclass(frozen=True)
class Claim:
    """A published result beside our own.

    Attributes
    ----------
    what : str
        What was trained or measured, and how.
    published, measured : str
    holds : bool
        Whether the two agree.
    """

    what: str
    published: str
    measured: str
    holds: bool

    def __str__(self) -> str:
        """A row of a table in Markdown."""
        return f"| {self.what} | {self.published} | {self.measured} | {'✓' if self.holds else '✗'} |"


def near(what: str, published: float, measured: float, apart: float = NEAR, digits: int = 3) -> Claim:
    """A claim that two numbers are at most `apart` from each other."""
    return Claim(what, f"{published:.{digits}f}", f"{measured:.{digits}f}", bool(abs(measured - published) <= apart))


def at_least(what: str, published: float, measured: float, least: float) -> Claim:
    """A claim that a number reaches what students are asked for, or what was published, less an error of chance."""
    return Claim(f"{what} (at least {least:g})", f"{published:.3f}", f"{measured:.3f}", bool(measured >= least))


def ranges_meet(what: str, published: tuple[float, float], found: list[float]) -> Claim:
    """A claim that what was published, lowest and highest, and what several runs gave are at most `NEAR` apart."""
    apart = max(published[0] - max(found), min(found) - published[1], 0.0)
    return Claim(what, _range(*published), _range(min(found), max(found)), apart <= NEAR)


def sides_meet(what: str, published: list[tuple[float, float]], runs: list[tuple[float, float]]) -> Iterator[Claim]:
    """`ranges_meet` for the training and for the validation accuracies of some trainings."""
    for side, theirs, ours in zip(("training", "validation"), zip(*published), zip(*runs)):
        yield ranges_meet(f"{what}: {side} accuracy, {len(runs)} runs", (min(theirs), max(theirs)), list(ours))


def trainings(
    make: Callable[[], Any], data: dict[str, np.ndarray], rule: UpdateRule, rate: float, **length: Any
) -> list[tuple[float, float]]:
    """The best training and the best validation accuracy of five trainings by the Solver, each with its own seed."""
    found = []
    for seed in range(5):
        np.random.seed(seed)
        solver = Solver(make(), data, update_rule=rule, optim_config={"learning_rate": rate}, **length, verbose=False)
        solver.train()
        found.append((max(solver.train_acc_history), max(solver.val_acc_history)))
    return found


def first_images(count: int, data: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The data with the first training images only."""
    return data | {name: data[name][:count] for name in ("X_train", "y_train")}


def _range(low: float, high: float) -> str:
    return f"{low:.3f}" if low == high else f"{low:.3f} to {high:.3f}"


def share(predicted: np.ndarray, y: np.ndarray) -> float:
    """Of right predictions."""
    return float(np.mean(predicted == y))


def solution(assignment: str, notebook: str) -> Callable[[str], Any]:
    """What a solution notebook defines, by name."""
    path: Path = Course.find().solutions / assignment / f"{notebook}.ipynb"
    return Reference(path).host.namespace.__getitem__
