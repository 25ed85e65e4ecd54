"""Does the grader call mistakes by their names? Measured on those that we know.

Every known mistake goes the way of a hand-in: its cells are run in a sandbox, and the checks are put to that. Then
names are given three times: with the whole catalogue, without the mistake's own entry (any name given then is wrong,
unless it is declared to mean the same mistake), and for the mistake together with one in another function.
"""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from autograder.authoring.misconception import Misconception, right_names
from autograder.course import Course
from autograder.grading.reference import Reference, reference_of
from autograder.proof.check import ask
from autograder.proof.jobs import in_jobs
from autograder.sandbox.isolation import best_level
from autograder.sandbox.process import Sandbox
from autograder.sandbox.proxy import OutOfReach
from autograder.terminal import Console

ENOUGH = 0.9  # share of the catalogue that must be diagnosed
PAIRS = 30  # in each notebook
SECONDS = 20.0  # for a cell, or a call of a probe


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
    """Measure one notebook.

    Parameters
    ----------
    console : Console, optional
        For a bar; then the work is done in several jobs, each of which reads the notebook's catalogue anew.
    """
    found, right, level = Diagnosis(), right_names(reference.path), best_level()
    put = [
        (mistake.name, other)
        for mistake in reference.catalogue
        for other in (None, mistake.name)  # with the whole catalogue, and without its own entry
    ]
    together = sample_of_pairs(reference.catalogue, pairs)
    items: list[tuple[tuple[str, ...], str | None, bytes, str]]
    items = [((name,), left_out, secret, level) for name, left_out in put]
    items += [((one.name, other.name), None, secret, level) for one, other in together]
    if console is None:
        names = [named(reference, *item) for item in items]
    else:
        names = in_jobs(_named, [(reference.path, *item) for item in items], reference.notebook, console)
    for (name, left_out), given in zip(put, names):
        group = right[name]
        if left_out is not None:
            found.misnamed += [
                f"{name}, were it not in the catalogue, would be called {wrong}" for wrong in sorted(given - group)
            ]
            continue
        found.known += 1
        if given == {name}:
            found.own += 1
        elif given and given <= group:
            found.equivalent += 1
        elif not given & group:
            found.unnamed.append(f"{name} gets no name")
        found.misnamed += [f"{name} is called {wrong}" for wrong in sorted(given - group)]
    for (one, other), given in zip(together, names[len(put) :]):
        groups = right[one.name], right[other.name]
        found.pairs += 1
        found.both += all(given & group for group in groups)
        if not all(given & group for group in groups):
            found.half.append(
                f"{one.name} and {other.name} together are called {', '.join(sorted(given)) or 'nothing'}"
            )
        found.misnamed += [
            f"{one.name} and {other.name} together are called {name}" for name in sorted(given.difference(*groups))
        ]
    return found


def _named(path: Path, *item: object) -> set[str]:
    return named(reference_of(path), *item)  # type: ignore[arg-type]


def named(
    reference: Reference, mistakes: tuple[str, ...], left_out: str | None, secret: bytes, level: str | None = None
) -> set[str]:
    """The names that the grader gives to a hand-in with these mistakes; nothing if it ends its process.

    Parameters
    ----------
    left_out : str, optional
        A mistake that the catalogue does not know.
    level : {"strict", "process"}, optional
        How it is isolated; as well as can be had here, if left out.
    """
    known = {mistake.name: mistake for mistake in reference.catalogue}
    cells = reference.with_mistakes(*(known[name] for name in mistakes))
    with (
        Sandbox(seconds=SECONDS, level=level, settings=reference.settings) as host,
        without(reference, known[left_out]) if left_out else contextlib.nullcontext(),
    ):
        try:
            for _, source in cells:
                host.run(source, go_on=True)
            cells_asked = ask(reference, host, secret)
        except OutOfReach:
            return set()
    return {check.misconception for cell in cells_asked for check in cell.result.checks if check.misconception}


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
