"""How far apart right answers and known mistakes are, in the measure that `autograder.grading.compare` uses.

For each check that compares values: the largest error of any right variant, the smallest error of a known mistake
that fails it, and its tolerance in between. An answer on the wrong side of the tolerance would be an accident of the
drawn inputs; at least a factor of 100 between the two sides says that there are none.
"""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.markup import escape
from rich.table import Table

from autograder.authoring.notebook import check_cells
from autograder.authoring.rubric import Check, Draw, load_rubric
from autograder.authoring.variant import load_corpus
from autograder.course import Course
from autograder.grading.compare import NEAR_ZERO, same
from autograder.grading.reference import Reference
from autograder.sandbox.proxy import run_probe
from autograder.sandbox.worker.host import Host
from autograder.terminal import Console

DRAWS = 10  # of each check's inputs
FACTOR = 100.0


@dataclass
class Margin:
    """How far off right answers and known mistakes are in one check.

    Attributes
    ----------
    notebook, check : str
    tolerance : float
    right, single : float
        Largest error of a right variant in double precision, and in single precision.
    mistake : float
        Smallest error of a known mistake that fails the check because of its numbers; infinite if there is none.
    nearest : str
        The mistake's name.
    wrong : list of str
        What was said of right variants that fail.
    at_times : list of str
        Mistakes whose numbers come within the tolerance in some draws. Another check of the cell has to catch them.
    caught : set of str
        Mistakes that fail in every draw.
    """

    notebook: str
    check: str
    tolerance: float
    right: float = 0.0
    single: float = 0.0
    mistake: float = math.inf
    nearest: str = ""
    wrong: list[str] = field(default_factory=list)
    at_times: list[str] = field(default_factory=list)
    caught: set[str] = field(default_factory=set)

    @property
    def problems(self) -> list[str]:
        """Why this check is not reliable, a sentence for each reason."""
        found = [f"{self.notebook}, {self.check}: {one}" for one in self.wrong]
        if self.mistake < FACTOR * max(self.right, self.single):
            found.append(
                f"{self.notebook}, {self.check}: the known mistake {self.nearest} is only "
                f"{self.mistake / max(self.right, self.single):.2g} times as far off as a right answer"
            )
        return found


def check_margins(course: Course, assignment: str | None, console: Console) -> bool:
    """Measure all margins and print them.

    Returns
    -------
    bool
        Whether right answers and mistakes are far enough apart in every check.
    """
    wide = True
    for name in [assignment] if assignment else course.assignments():
        for notebook in course.notebooks(name):
            with console.status(f"{name}/{notebook} ..."):
                found = margins(course.source(name, notebook))
            table = Table(
                "check", title=f"{name}/{notebook}: errors of right answers and of mistakes", title_justify="left"
            )
            for head in (
                "right",
                "in single precision",
                "tolerance",
                "nearest mistake",
                "mistake / tolerance",
                "tolerance / right",
            ):
                table.add_column(head, justify="right")
            table.add_column("which")
            for margin in found:
                table.add_row(
                    margin.check,
                    *map(
                        _short,
                        (
                            margin.right,
                            margin.single,
                            margin.tolerance,
                            margin.mistake,
                            margin.mistake / margin.tolerance,
                            margin.tolerance / margin.right if margin.right else math.inf,
                        ),
                    ),
                    margin.nearest,
                )
            console.print(table)
            for margin in found:
                for remark in margin.at_times:
                    console.print(f"{margin.check}: {escape(remark)}", soft_wrap=True)
            for problem in (problem for margin in found for problem in margin.problems):
                console.print(f"[red]✗[/red] {escape(problem)}", soft_wrap=True)
                wide = False
    return wide


def _short(number: float) -> str:
    return "–" if number == math.inf else "0" if number == 0 else f"{number:.1e}"


def margins(path: Path, draws: int = DRAWS) -> list[Margin]:
    """The margins of a notebook's checks: those without a judge whose value holds numbers with a fraction."""
    reference = Reference(path)
    rubric = load_rubric(reference.path)
    found: list[Margin] = []
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        np.random.seed(0)
        caught: dict[str, set[str]] = {}
        for todo, cells in check_cells(path).items():
            right = {
                variant.name: reference.edited({f"{cell}_code": variant.code(cell) for cell in variant.cells})
                for variant in load_corpus(reference.path)
                if todo in variant.cells
            }
            mistaken = {one.name: reference.mistaken(one) for one in reference.catalogue if one.cell == todo}
            for check in (one for cell in cells for one in rubric.of(cell) if isinstance(one, Check)):
                # What the cell that this one continues has caught is that cell's to see.
                own = {
                    name: host
                    for name, host in mistaken.items()
                    if name not in caught.get(rubric.continued.get(check.cell, ""), ())
                }
                if (margin := margin_of(check, reference, right, own, draws)) is not None:
                    found.append(margin)
                    caught.setdefault(check.cell, set()).update(margin.caught)
    return found


def margin_of(
    check: Check, reference: Reference, right: dict[str, Host], mistaken: dict[str, Host], draws: int
) -> Margin | None:
    margin = Margin(reference.notebook, check.name, check.tolerance)
    times_failed = dict.fromkeys(mistaken, 0)
    for number in range(draws):
        probe, judge = check.prepare(Draw(b"margins", check.name, str(number)))
        expected = run_probe(probe, reference.host).value
        if judge is not None or not any(array.dtype.kind == "f" for _, array in _pairs(expected, expected)):
            return None
        for name, host in right.items():
            outcome = run_probe(probe, host)
            if outcome.error or outcome.changed or not same(outcome.value, expected, check.tolerance):
                margin.wrong.append(f"the right variant {name} fails ({outcome.error or outcome.changed or 'numbers'})")
            for got, wanted in () if outcome.error else _pairs(outcome.value, expected):
                kind = "single" if got.dtype.itemsize <= 4 else "right"
                setattr(margin, kind, max(getattr(margin, kind), error(got, wanted)))
        for name, host in mistaken.items():
            outcome = run_probe(probe, host)
            failed = outcome.error or outcome.changed or not same(outcome.value, expected, check.tolerance)
            times_failed[name] += bool(failed)
            if failed and not outcome.error and not outcome.changed:
                largest = max((error(got, wanted) for got, wanted in _pairs(outcome.value, expected)), default=math.inf)
                if largest < margin.mistake:
                    margin.mistake, margin.nearest = largest, name
    margin.at_times = [
        f"{name} fails it in {times} of {draws} draws" for name, times in times_failed.items() if 0 < times < draws
    ]
    margin.caught = {name for name, times in times_failed.items() if times == draws}
    margin.wrong = list(dict.fromkeys(margin.wrong))
    return margin


def error(got: np.ndarray, expected: np.ndarray) -> float:
    """The smallest tolerance at which `autograder.grading.compare.same` finds no difference; infinite if there is none.

    |got − expected| as a share of |expected| plus the largest |expected| plus `NEAR_ZERO`, in the worst entry.
    """
    if got.shape != expected.shape or not np.isfinite(got).all():
        return math.inf
    if not got.size:
        return 0.0
    got, expected = got.astype(np.float64), expected.astype(np.float64)
    return float(np.max(np.abs(got - expected) / (np.abs(expected) + np.abs(expected).max() + NEAR_ZERO)))


def _pairs(got: Any, expected: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The arrays and numbers in a probe's value, each with the one that is expected in its place.

    A value that cannot be compared gives an empty array, whose error is infinite.
    """
    if isinstance(expected, dict):
        for key, value in expected.items():
            yield from _pairs(got.get(key) if isinstance(got, dict) else None, value)
    elif isinstance(expected, (tuple, list)):
        for index, value in enumerate(expected):
            yield from _pairs(
                got[index] if isinstance(got, (tuple, list)) and len(got) == len(expected) else None, value
            )
    elif isinstance(expected, (np.ndarray, float, int)):
        number = isinstance(got, (np.ndarray, float, int, list))
        yield (np.asarray(got) if number else np.full((0, 0, 0), math.nan)), np.asarray(expected)
