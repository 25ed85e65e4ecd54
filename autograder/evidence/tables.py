"""Measure the course, and write the tables of EVIDENCE.md.

    python -m autograder.evidence.tables fairness two_layer_net     # minutes
    python -m autograder.evidence.tables notebooks                  # hours: every mutant of every notebook

The first word is one of `TABLES`, the second an assignment; all assignments if it is left out. The table goes into the
block of the same name, see `autograder.evidence.blocks`. The proofs themselves are those of `autograder check`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator

from autograder.authoring.misconception import load_equivalents
from autograder.authoring.variant import load_corpus
from autograder.course import Course
from autograder.evidence.blocks import EVIDENCE, place_of, renew
from autograder.grading.reference import Reference
from autograder.proof.diagnosis import Diagnosis, diagnose
from autograder.proof.fairness import graded_corpus
from autograder.proof.margins import margins
from autograder.proof.mutations import Mutant, put_all, tally
from autograder.settings import CourseError
from autograder.terminal import Console

Row = tuple[str, ...]
Rows = Iterator[Row]  # the first one is the head


def diagnosis(course: Course, assignments: list[str]) -> Rows:
    """Are known mistakes called by their names?"""
    yield ("notebook", "known mistakes", "own name", "equal name", "no name", "wrong name", "pairs", "both named")
    for _, notebook, found in _diagnoses(course, assignments):
        yield (
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


def fairness(course: Course, assignments: list[str]) -> Rows:
    """Do right answers that look different keep all points?"""
    yield ("notebook", "check cell", "variants", "passed", "mistakes named")
    for assignment in assignments:
        rulings = graded_corpus(course, assignment)
        for notebook, cell in dict.fromkeys((ruling.notebook, ruling.cell) for ruling in rulings):
            own = [
                ruling for ruling in rulings if (ruling.notebook, ruling.cell) == (notebook, cell) and ruling.variant
            ]
            yield (
                notebook,
                f"`{cell}`",
                str(len(own)),
                str(sum(ruling.fair for ruling in own)),
                str(sum(len(ruling.named) for ruling in own)),
            )


def distances(course: Course, assignments: list[str]) -> Rows:
    """How far do right answers and known mistakes lie apart in each check?"""
    yield (
        "check",
        "right",
        "in single precision",
        "tolerance",
        "mistake",
        "which",
        "mistake / tolerance",
        "tolerance / right",
    )
    for assignment in assignments:
        for notebook in course.notebooks(assignment):
            for one in margins(course.source(assignment, notebook)):
                apart = one.tolerance / one.right if one.right else math.inf
                yield (
                    f"`{one.check}`",
                    *map(_short, (one.right, one.single, one.tolerance, one.mistake)),
                    f"`{one.nearest}`" if one.nearest else "–",
                    _short(one.mistake / one.tolerance),
                    _short(apart),
                )


def notebooks(course: Course, assignments: list[str]) -> Rows:
    """For each notebook: known mistakes and their names, mutants and what becomes of them, right variants."""
    yield (
        "notebook",
        "known mistakes",
        "by their own name",
        "mutants",
        "declared equivalent",
        "left",
        "right variants",
    )
    console = Console(stderr=True)
    for assignment, notebook, found in _diagnoses(course, assignments):
        path = course.source(assignment, notebook)
        caught = put_all(path, console)
        tallies, _ = tally(caught, load_equivalents(path))
        equal = f" ({found.equivalent} by an equal one)" if found.equivalent else ""
        yield (
            notebook,
            str(found.known),
            f"{found.own}{equal}",
            str(sum(isinstance(one, Mutant) for one, _ in caught)),
            str(sum(row.equivalent for row in tallies.values())),
            str(sum(len(row.survivors) for row in tallies.values())),
            str(len(load_corpus(path))),
        )


TABLES: dict[str, Callable[[Course, list[str]], Rows]] = {
    "diagnosis": diagnosis,
    "fairness": fairness,
    "margins": distances,
    "notebooks": notebooks,
}


def _diagnoses(course: Course, assignments: list[str]) -> Iterator[tuple[str, str, Diagnosis]]:
    for assignment in assignments:
        for notebook in course.notebooks(assignment):
            yield assignment, notebook, diagnose(Reference(course.source(assignment, notebook)))


def _short(number: float) -> str:
    return "–" if number == math.inf else "0" if number == 0 else f"{number:.1e}"


def markdown(rows: Rows) -> str:
    """A table in Markdown."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * (lines[0].count("|") - 1), *lines[1:]])


def main() -> None:
    name, *chosen = sys.argv[1:] or [""]
    try:
        if name not in TABLES or len(chosen) > 1:
            raise CourseError(f"name one of {', '.join(TABLES)}, and an assignment or none")
        course, block = Course.find(), " ".join([name, *chosen])
        place_of(EVIDENCE.read_text(encoding="utf-8"), block, EVIDENCE.name)  # before hours have gone by
        table = markdown(TABLES[name](course, chosen or course.assignments()))
        renew(EVIDENCE, block, table)
    except CourseError as error:
        sys.exit(f"tables: {error}")
    print(table)


if __name__ == "__main__":
    main()
