"""Measure the course, and write the tables of EVIDENCE.md.

    python -m autograder.evidence.tables fairness two_layer_net     # minutes
    python -m autograder.evidence.tables notebooks                  # minutes: every mutant of every notebook
    python -m autograder.evidence.tables diagnosis                  # half an hour
    python -m autograder.evidence.tables draws                      # an hour or two

The first word is one of `TABLES`, the second an assignment; all assignments if it is left out. The table goes into the
block of the same name, see `autograder.evidence.blocks`. The proofs themselves are those of `autograder check`.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from autograder.authoring.misconception import load_equivalents
from autograder.authoring.variant import load_corpus
from autograder.course import Course
from autograder.evidence.blocks import EVIDENCE, place_of, renew
from autograder.grading.reference import Reference
from autograder.proof.diagnosis import Diagnosis, LeftOut, diagnose
from autograder.proof.draws import steadiness
from autograder.proof.fairness import graded_corpus
from autograder.proof.margins import margins
from autograder.proof.mutation.mutants import Mutant
from autograder.proof.mutation.report import tally
from autograder.proof.mutation.run import put_all
from autograder.settings import CourseError
from autograder.terminal import Console

DRAWS = 1000
SECONDS = 15.0  # for the draws of a cell, in each job

Lines = Iterator[str]  # of a table in Markdown, without the rule under its head


def diagnosis(course: Course, assignments: list[str]) -> Lines:
    """Are known mistakes called by their names? And what is said of them, by kind, had nobody written them down?"""
    yield "| notebook | known mistakes | own name | equal name | no name | wrong name | pairs | both named |"
    left_out: list[LeftOut] = []
    for path, found in _diagnoses(course, assignments):
        names = (found.own, found.equivalent, len(found.unnamed), len(found.misnamed))
        yield line(path.stem, found.known, *names, found.pairs, found.both)
        _say(path, [*found.unnamed, *found.misnamed, *found.half])
        left_out += found.left_out
    yield ""
    yield "| left out | mistakes | a right name | a wrong name | precision | explained | neither | named or explained |"
    kinds = Counter(one.kind for one in left_out)
    for kind, _ in kinds.most_common():
        yield line(kind, *_told([one for one in left_out if one.kind == kind]))
    yield line(*(f"**{cell}**" for cell in ("together", *_told(left_out))))


def _told(left_out: list[LeftOut]) -> tuple[object, ...]:
    """How many mistakes there are; how many got a right name and no wrong one, and a wrong one; the share of the first;
    how many got no name but an explanation, and nothing; the share of those with a right name or an explanation."""
    right = sum(bool(one.right and not one.wrong) for one in left_out)
    wrong = sum(bool(one.wrong) for one in left_out)
    explained = sum(one.explained and not one.right and not one.wrong for one in left_out)
    count, named = len(left_out), right + wrong
    precision = f"{right / named:.0%}" if named else "–"
    return count, right, wrong, precision, explained, count - named - explained, f"{(right + explained) / count:.0%}"


def fairness(course: Course, assignments: list[str]) -> Lines:
    """Do right answers that look different keep all points?"""
    yield "| notebook | check cell | variants | passed | mistakes named |"
    for assignment in assignments:
        rulings = graded_corpus(course, assignment)
        for place in dict.fromkeys((ruling.notebook, ruling.cell) for ruling in rulings):
            own = [one for one in rulings if (one.notebook, one.cell) == place and one.variant]
            passed, named = sum(one.fair for one in own), sum(len(one.named) for one in own)
            yield line(place[0], f"`{place[1]}`", len(own), passed, named)


def distances(course: Course, assignments: list[str]) -> Lines:
    """How far do right answers and known mistakes lie apart in each check?"""
    yield (
        "| check | right | in single precision | tolerance | mistake | which | mistake / tolerance "
        "| tolerance / right |"
    )
    for path in _notebooks(course, assignments):
        for one in margins(path):
            errors = map(_short, (one.right, one.single, one.tolerance, one.mistake))
            room = one.tolerance / one.right if one.right else math.inf
            which = f"`{one.nearest}`" if one.nearest else "–"
            yield line(f"`{one.check}`", *errors, which, _short(one.mistake / one.tolerance), _short(room))


def draws(course: Course, assignments: list[str]) -> Lines:
    """Does a verdict depend on the inputs that are drawn?"""
    yield "| notebook | cells | put | draws: fewest | most | median | changing |"
    console = Console(stderr=True)
    for path in _notebooks(course, assignments):
        cells = steadiness(path, DRAWS, console, seconds=SECONDS)
        made = sorted(cell.draws for cell in cells)
        changing = [f"{cell.cell}: {sentence}" for cell in cells for sentence in cell.changing]
        few = f"{made[0]} (`{min(cells, key=lambda cell: cell.draws).cell}`)" if made[0] < made[-1] else made[0]
        yield line(
            path.stem, len(cells), sum(cell.put for cell in cells), few, made[-1], made[len(made) // 2], len(changing)
        )
        _say(path, changing)


def notebooks(course: Course, assignments: list[str]) -> Lines:
    """For each notebook: known mistakes, mutants and what becomes of them, right variants."""
    yield "| notebook | known mistakes | mutants | declared equivalent | left | right variants |"
    console = Console(stderr=True)
    for path in _notebooks(course, assignments):
        caught = put_all(path, console)
        tallies = tally(caught, load_equivalents(path))[0].values()
        mutants = sum(isinstance(mistake, Mutant) for mistake, _ in caught)
        equivalent, left = sum(one.equivalent for one in tallies), sum(len(one.survivors) for one in tallies)
        yield line(path.stem, len(caught) - mutants, mutants, equivalent, left, len(load_corpus(path)))


TABLES: dict[str, Callable[[Course, list[str]], Lines]] = {
    "diagnosis": diagnosis,
    "draws": draws,
    "fairness": fairness,
    "margins": distances,
    "notebooks": notebooks,
}


def _notebooks(course: Course, assignments: list[str]) -> Iterator[Path]:
    return (course.source(assignment, name) for assignment in assignments for name in course.notebooks(assignment))


def _diagnoses(course: Course, assignments: list[str]) -> Iterator[tuple[Path, Diagnosis]]:
    console = Console(stderr=True)
    return ((path, diagnose(Reference(path), console=console)) for path in _notebooks(course, assignments))


def _say(path: Path, sentences: list[str]) -> None:
    for sentence in sentences:
        print(f"{path.stem}: {sentence}", file=sys.stderr)


def _short(number: float) -> str:
    return "–" if number == math.inf else "0" if number == 0 else f"{number:.1e}"


def line(*cells: object) -> str:
    """A row of a table in Markdown."""
    return f"| {' | '.join(map(str, cells))} |"


def markdown(lines: Lines) -> str:
    """Tables, with a rule under each head; an empty line ends a table."""
    written: list[str] = []
    for text in lines:
        print(text, file=sys.stderr)  # it may take hours until all are there
        is_head = bool(text) and not (written and written[-1])
        written += [text, "|" + "---|" * (text.count("|") - 1)] if is_head else [text]
    return "\n".join(written)


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
