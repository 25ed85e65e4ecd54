"""Does the grader call mistakes by their names? Measured on those that we know.

The checks are run on every known mistake three times: as it is, with its entry taken out of the catalogue (any name
given then is wrong, unless it is declared to mean the same mistake), and together with a mistake in another function.
Right answers must get no name at all.
"""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from rich.box import SIMPLE_HEAD
from rich.progress import track
from rich.table import Table

from autograder.authoring.misconception import Misconception, right_names
from autograder.course import Course
from autograder.grading.reference import Reference
from autograder.proof.check import ask
from autograder.sandbox.proxy import HostLike
from autograder.terminal import Console

ENOUGH = 0.9  # share of the catalogue that must be diagnosed
PAIRS = 30  # in each notebook
T = TypeVar("T")


@dataclass
class Diagnosis:
    """What was measured in one notebook.

    Attributes
    ----------
    known : int
        Mistakes in the catalogue.
    own, equivalent : int
        How many got their own name and no other, and how many got one that is declared to mean the same.
    unnamed, misnamed : list of str
        Sentences about those that got no name, and those that got a wrong one, in all three measurements.
    pairs, both : int
        Pairs of mistakes in different functions, and how many had both mistakes named.
    half : list of str
        Sentences about the other pairs.
    """

    known: int = 0
    own: int = 0
    equivalent: int = 0
    unnamed: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)
    pairs: int = 0
    both: int = 0
    half: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether it is good enough."""
        return (
            self.own + self.equivalent >= ENOUGH * self.known and not self.misnamed and self.both >= ENOUGH * self.pairs
        )


def check_diagnosis(course: Course, assignment: str | None, console: Console) -> bool:
    """Measure one assignment, or all; print the table, and return whether everything is good enough."""
    good = True
    for name in [assignment] if assignment else course.assignments():
        table = Table(
            title=f"{name}: are mistakes called by their names?", title_justify="left", pad_edge=False, box=SIMPLE_HEAD
        )
        for column in ("", "known", "own name", "equal name", "no name", "wrong name", "two at once", "both named"):
            table.add_column(column, justify="right" if column else "left", no_wrap=not column)
        remarks = []
        for notebook in course.notebooks(name):
            found = diagnose(Reference(course.source(name, notebook)), console=console)
            table.add_row(
                notebook,
                *map(
                    str,
                    (
                        found.known,
                        found.own,
                        found.equivalent,
                        len(found.unnamed),
                        len(found.misnamed),
                        found.pairs,
                        found.both,
                    ),
                ),
            )
            remarks += [f"{notebook}: {one}" for one in [*found.unnamed, *found.misnamed, *found.half]]
            good &= found.good
        console.print(table)
        for remark in remarks:
            console.print(f"  {remark}", markup=False, soft_wrap=True)
    return good


def diagnose(
    reference: Reference, secret: bytes = b"diagnosis", pairs: int = PAIRS, console: Console | None = None
) -> Diagnosis:
    """Measure one notebook."""
    found = Diagnosis()
    right = right_names(reference.path)

    def shown(things: list[T], what: str) -> Iterable[T]:
        return track(
            things,
            f"{reference.notebook}: {what}",
            console=console,
            transient=True,
            disable=console is None or not console.is_terminal,
        )

    for mistake in shown(reference.catalogue, "one at a time"):
        host, group = reference.mistaken(mistake), right[mistake.name]
        found.known += 1
        names = named(reference, host, secret)
        if names == {mistake.name}:
            found.own += 1
        elif names and names <= group:
            found.equivalent += 1
        elif not names & group:
            found.unnamed.append(f"{mistake.name} gets no name")
        found.misnamed += [f"{mistake.name} is called {name}" for name in sorted(names - group)]
        with without(reference, mistake):
            names = named(reference, host, secret) - group
        found.misnamed += [
            f"{mistake.name}, were it not in the catalogue, would be called {name}" for name in sorted(names)
        ]
    for one, other in shown(sample_of_pairs(reference.catalogue, pairs), "two at once"):
        names = named(reference, reference.mistaken(one, other), secret)
        groups = right[one.name], right[other.name]
        found.pairs += 1
        found.both += all(names & group for group in groups)
        if not all(names & group for group in groups):
            found.half.append(
                f"{one.name} and {other.name} together are called {', '.join(sorted(names)) or 'nothing'}"
            )
        found.misnamed += [
            f"{one.name} and {other.name} together are called {name}" for name in sorted(names.difference(*groups))
        ]
    return found


def named(reference: Reference, host: HostLike, secret: bytes) -> set[str]:
    """The mistakes that the grader names in a namespace."""
    return {
        check.misconception
        for cell in ask(reference, host, secret)
        for check in cell.result.checks
        if check.misconception
    }


@contextlib.contextmanager
def without(reference: Reference, mistake: Misconception) -> Iterator[None]:
    """A catalogue that does not know the mistake."""
    before = reference.catalogue
    reference.catalogue = [one for one in before if one is not mistake]
    try:
        yield
    finally:
        reference.catalogue = before


def sample_of_pairs(catalogue: Iterable[Misconception], count: int) -> list[tuple[Misconception, Misconception]]:
    """The same `count` pairs each time, of mistakes in different functions."""
    written = [mistake for mistake in catalogue if not mistake.cell.startswith("inline_question")]
    pairs = [(one, other) for one, other in itertools.combinations(written, 2) if one.cell != other.cell]
    return random.Random(0).sample(pairs, min(count, len(pairs)))
