"""Does the grader call mistakes by their names? Measured on those that we know.

Every known mistake goes the way of a hand-in: its cells are run in a sandbox, and the checks are put to that. Then
names are given twice: with the whole catalogue, and without the mistake's own entry, as if nobody had written it down:
any name given then is wrong, unless it is declared to mean the same mistake. Pairs of mistakes in different functions
are put, too.
"""

from __future__ import annotations

import contextlib
import copy
import itertools
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from rich.box import SIMPLE_HEAD
from rich.table import Table

from autograder.authoring.misconception import Misconception, right_names
from autograder.course import Course
from autograder.grading.naming import name_mistakes
from autograder.grading.reference import Reference, reference_of
from autograder.grading.verdict import Graded
from autograder.proof.asking import put_all_checks
from autograder.proof.jobs import in_jobs
from autograder.proof.kinds import kind_of
from autograder.sandbox.isolation import best_level
from autograder.sandbox.process import Sandbox
from autograder.sandbox.proxy import OutOfReach
from autograder.terminal import Console

# A message that says no more than which answers are wrong.
BARE = re.compile(
    r"the (worst|first) is entry|too (large|small) \(relative error|, which is wrong$|is not the right choice$|not run,"
)
ENOUGH = 0.9  # share of the catalogue that must be diagnosed
PAIRS = 30  # in each notebook
SECONDS = 20.0  # for a cell, or a call of a probe


class Said(NamedTuple):
    """What the grader says of a hand-in.

    Attributes
    ----------
    names : set of str
        Of known mistakes.
    explained : bool
        Whether a message says more than which numbers are wrong.
    """

    names: set[str]
    explained: bool


class LeftOut(NamedTuple):
    """What the grader says of a mistake that is not in its catalogue.

    Attributes
    ----------
    kind : str
        See `autograder.proof.kinds`.
    right, wrong : int
        Names given that mean the same mistake, and others.
    explained : bool
        See `Said`.
    """

    kind: str
    right: int
    wrong: int
    explained: bool


@dataclass
class Diagnosis:
    """What was measured in one notebook.

    Attributes
    ----------
    known : int
        Mistakes in the catalogue.
    left_out : list of LeftOut
        What was said of each without its own entry.
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
    left_out: list[LeftOut] = field(default_factory=list)
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
    sources, together = dict(reference.cells), sample_of_pairs(reference.catalogue, pairs)
    put = [(mistake.name,) for mistake in reference.catalogue] + [(one.name, other.name) for one, other in together]
    items = [(names, secret, level) for names in put]
    if console is None:
        answers = [said(reference, *item) for item in items]
    else:
        answers = in_jobs(_said, [(reference.path, *item) for item in items], reference.notebook, console)
    for mistake, (all_known, not_its_own) in zip(reference.catalogue, answers):
        name, group, given = mistake.name, right[mistake.name], all_known.names
        found.known += 1
        if given == {name}:
            found.own += 1
        elif given and given <= group:
            found.equivalent += 1
        elif not given & group:
            found.unnamed.append(f"{name} gets no name")
        wrong = sorted(not_its_own.names - group)
        found.misnamed += [f"{name} is called {other}" for other in sorted(given - group)]
        found.misnamed += [f"{name}, were it not in the catalogue, would be called {other}" for other in wrong]
        kind = kind_of(mistake, sources[f"{mistake.cell}_code"])
        found.left_out.append(LeftOut(kind, len(not_its_own.names & group), len(wrong), not_its_own.explained))
    for (one, other), (answer, *_) in zip(together, answers[found.known :]):
        groups, given = (right[one.name], right[other.name]), answer.names
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


def _said(path: Path, *item: object) -> list[Said]:
    return said(reference_of(path), *item)  # type: ignore[arg-type]


def said(reference: Reference, names: tuple[str, ...], secret: bytes, level: str | None = None) -> list[Said]:
    """What the grader says of a hand-in with these mistakes; and, of a single one, what it would say if it did not know
    it. Nothing if the hand-in ends its process.

    Parameters
    ----------
    level : {"strict", "user", "process"}, optional
        How it is isolated; as well as can be had here, if left out.
    """
    mistakes = [mistake for mistake in reference.catalogue if mistake.name in names]
    with Sandbox(seconds=SECONDS, level=level, settings=reference.settings) as host:
        try:
            for _, source in reference.with_mistakes(*mistakes):
                host.run(source, go_on=True)
            cells = put_all_checks(reference, host, secret)
        except OutOfReach:
            return [Said(set(), False)] * 2
    answers = [_answer(cells, reference)]
    if len(mistakes) == 1:
        with without(reference, *mistakes):
            answers.append(_answer(cells, reference))
    return answers


def _answer(cells: list[Graded], reference: Reference) -> Said:
    cells = copy.deepcopy(cells)  # names are written into them
    name_mistakes(cells, reference)
    failed = [check for cell in cells for check in cell.result.checks if not check.passed]
    return Said(
        {check.misconception for check in failed if check.misconception},
        any(not BARE.search(check.message) for check in failed),
    )


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
