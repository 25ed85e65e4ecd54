"""Checks: what is asked of a notebook's code, cell by cell.

A rubric is a module `solutions/<assignment>/<notebook>/rubric.py` with one `Rubric` in it, `rubric`. Each check
draws inputs and returns a *probe*, a function of a namespace: run on the student's notebook and on the
reference, it must give the same values. Where no value is *the* right one (random initialization,
training), it returns a probe and a *judge*, which looks at the values and says what is wrong.

Examples
--------
>>> rubric = Rubric()
>>> @rubric.check(cell="double", points=1)
... def doubles_every_entry(draw):
...     '''double multiplies every entry by two'''
...     x = draw.normal(3, 4)
...     return lambda code: code.double(x)
>>> rubric.points("double")
1.0
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from autograder.authoring.content import load_beside
from autograder.course import Course
from autograder.settings import CourseError

Probe = Callable[[Any], Any]  # of a namespace, see `autograder.sandbox.proxy`
Judge = Callable[[Any], str | None]
Function = TypeVar("Function", bound=Callable[..., Any])  # what a decorator hands back as it got it

# Relative to the largest expected entry, so that entries which are small by cancellation need not be
# exact. Right answers differ from one another by 1e-12 in float64 and 1e-6 in float32; the smallest
# mistake that a check is meant to see is larger than 1e-3.
TOLERANCE = 1e-6


class Draw:
    """Random inputs for one check of one student: the same on every regrade, unknown beforehand.

    Parameters
    ----------
    secret : bytes
        The course's secret.
    *labels : str
        Whatever the inputs should depend on: student, notebook, check.
    """

    def __init__(self, secret: bytes, *labels: str):
        digest = hmac.new(secret, "\0".join(labels).encode(), hashlib.sha256).digest()
        self._random = np.random.Generator(np.random.PCG64(int.from_bytes(digest, "little")))

    def normal(self, *shape: int, scale: float = 1.0) -> np.ndarray:
        """Standard normal numbers times `scale`, float64."""
        return scale * self._random.standard_normal(shape)

    def signed(self, *shape: int, low: float = 0.2, high: float = 1.5) -> np.ndarray:
        """Numbers of random sign, with sizes between `low` and `high`: none is near zero."""
        numbers: np.ndarray = self._random.uniform(low, high, shape) * self._random.choice([-1.0, 1.0], shape)
        return numbers

    def labels(self, count: int, classes: int) -> np.ndarray:
        """Class labels (count,), int64, with at least two different ones if count and classes allow."""
        labels = self._random.integers(classes, size=count)
        if count > 1 and classes > 1 and np.all(labels == labels[0]):
            labels[0] = (labels[0] + 1) % classes
        return labels

    def integers(self, low: int, high: int) -> int:
        """One whole number, `low` <= n < `high`."""
        return int(self._random.integers(low, high))

    def clear(self, make: Callable[[], Any], gaps: Callable[..., np.ndarray], least: float = 1e-3) -> Any:
        """What `make()` returns, drawn again until all of `gaps(*made)` are at least `least` away from zero.

        At a kink, rounding decides; a right answer in single precision must fall on the same side as all the others.
        """
        while np.abs(gaps(*(made := make()))).min() < least:
            pass
        return made


@dataclass(frozen=True)
class Check:
    """One question about the code of a cell.

    Attributes
    ----------
    name : str
        In snake case, unique in its notebook.
    cell : str
        The grade id of the check cell that it belongs to.
    title : str
        One line that says what should hold.
    points : float
    make : callable
        Takes a `Draw`; returns a probe, or a probe and a judge.
    may_change : bool
        Whether the code may change its arguments in place.
    tolerance : float
        See `autograder.grading.compare.difference`.
    exact : tuple of str
        Entries of a judged value, by key, that must still equal the reference's, so that a judge can rely on them.
    """

    name: str
    cell: str
    title: str
    points: float
    make: Callable[[Draw], Probe | tuple[Probe, Judge]]
    may_change: bool = False
    tolerance: float = TOLERANCE
    exact: tuple[str, ...] = ()

    def prepare(self, draw: Draw) -> tuple[Probe, Judge | None]:
        """The probe for these inputs, and its judge if it has one."""
        made = self.make(draw)
        return made if isinstance(made, tuple) else (made, None)


@dataclass(frozen=True)
class SavedNet:
    """A question about a file in the hand-in: how well do the saved weights classify?

    Attributes
    ----------
    file : str
        Name of the npz file beside the notebook.
    accuracy : float
        What the net has to reach on held-out images, from 0 to 1.
    shapes : dict of str to tuple
        The parameters' shapes; a letter stands for a size that is free but the same wherever it occurs.
    scores : callable
        `scores(code, params, images)` gives class scores (N, C), from the reference's code, of images as `inputs`
        prepares them.
    inputs : callable
        `inputs(images, training)` gives what a net is fed: of held-out images and of all training images, as the
        course's `held_out` module gives them.
    classes : tuple of int
        The classes to tell apart, in the order of the scores; all of the data's if left out.
    """

    name: str
    cell: str
    title: str
    points: float
    file: str
    accuracy: float
    shapes: dict[str, tuple[int | str, ...]]
    scores: Callable[[Any, dict[str, np.ndarray], np.ndarray], Any]
    inputs: Callable[[np.ndarray, np.ndarray], np.ndarray]
    classes: tuple[int, ...] | None = None


@dataclass
class Rubric:
    """The checks of one notebook, in the order in which they are run."""

    checks: list[Check | SavedNet] = field(default_factory=list)
    dependencies: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    continued: dict[str, str] = field(default_factory=dict)

    def depends_on(self, cell: str, functions: dict[str, tuple[str, ...]]) -> None:
        """Say which functions a cell's code calls, so that a mistake in them costs their own points only.

        Parameters
        ----------
        cell : str
            Grade id of a check cell.
        functions : dict of str to tuple of str
            Names as `autograder.sandbox.worker.host.Host.repair` takes them, and the check cells that judge each.
            If one of those has failed, the cell's checks are run with the reference answering for the function.
            Functions that share a cache belong together: list the same cells for both.
        """
        self.dependencies[cell] = functions

    def continues(self, cell: str, earlier: str) -> None:
        """Say that a cell's code continues inside a function where an earlier cell's stops, so that no call can be
        answered for it. What is right apart from a named mistake in the earlier one counts as right."""
        self.continued[cell] = earlier

    def check(self, cell: str, points: float, **options: Any) -> Callable[[Function], Function]:
        """Add the decorated function as a check; its docstring's first line is the title.

        Parameters
        ----------
        cell : str
            Grade id of the check cell.
        points : float
        **options
            `may_change` and `tolerance`: see `Check`.
        """

        def add(make: Function) -> Function:
            title = (make.__doc__ or make.__name__).strip().splitlines()[0]
            self._add(Check(make.__name__, cell, title, float(points), make, **options))
            return make

        return add

    def saved_net(
        self,
        cell: str,
        file: str,
        thresholds: dict[float, float],
        shapes: dict[str, tuple[int | str, ...]],
        inputs: Callable[[np.ndarray, np.ndarray], np.ndarray],
        classes: tuple[int, ...] | None = None,
    ) -> Callable[[Function], Function]:
        """Add a check for each accuracy in `thresholds` (accuracy: points) of the weights in `file`.

        Parameters
        ----------
        inputs, classes
            See `SavedNet`.
        """

        def add(scores: Function) -> Function:
            for accuracy, points in thresholds.items():
                self._add(
                    SavedNet(
                        f"{cell}_reaches_{accuracy * 100:.0f}_percent",
                        cell,
                        f"the saved net classifies {accuracy:.0%} of held-out images correctly",
                        float(points),
                        file,
                        accuracy,
                        shapes,
                        scores,
                        inputs,
                        classes,
                    )
                )
            return scores

        return add

    def _add(self, check: Check | SavedNet) -> None:
        if any(check.name == other.name for other in self.checks):
            raise ValueError(f"two checks are called {check.name}")
        self.checks.append(check)

    def cells(self) -> list[str]:
        """Grade ids that have checks, in order."""
        return list(dict.fromkeys(check.cell for check in self.checks))

    def of(self, cell: str) -> list[Check | SavedNet]:
        """The checks of one cell."""
        return [check for check in self.checks if check.cell == cell]

    def points(self, cell: str) -> float:
        """The points of one cell's checks together."""
        return sum(check.points for check in self.of(cell))

    def files(self) -> list[str]:
        """Files beside the notebook that are part of the hand-in."""
        return list(dict.fromkeys(check.file for check in self.checks if isinstance(check, SavedNet)))


def load_rubric(notebook: Path) -> Rubric:
    """The rubric of a notebook.

    Parameters
    ----------
    notebook : Path
        The solution notebook.

    Raises
    ------
    CourseError
        If there is none, or something is wrong with it.
    """
    module = load_beside(notebook, "rubric")
    if module is None:
        name = f"{notebook.parent.name}/{notebook.stem}"
        raise CourseError(f"there is no rubric for {name}: expected solutions/{name}/rubric.py")
    rubric = getattr(module, "rubric", None)
    if not isinstance(rubric, Rubric):
        raise CourseError(f"{module.__file__} has no rubric: expected `rubric = Rubric()`")
    return rubric


def declared_files(course: Course, assignment: str) -> list[str]:
    """Names of the files that a hand-in consists of: each notebook, followed by what it saves.

    Raises
    ------
    CourseError
        If there is no such assignment, or a notebook of it has no rubric.
    """
    return [
        file
        for name in course.notebooks(assignment)
        for file in (f"{name}.ipynb", *load_rubric(course.source(assignment, name)).files())
    ]
