"""Known mistakes and mutants, put to the checks of their cell: which checks does each one fail?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

from autograder.authoring.misconception import Misconception, load_equivalents
from autograder.authoring.notebook import check_cells
from autograder.grading.reference import Reference, reference_of
from autograder.proof.jobs import alone, in_jobs
from autograder.proof.mutation.mutants import Mutant, mutants
from autograder.proof.mutation.pairs import pairs
from autograder.proof.questions import failed, questions
from autograder.terminal import Console

# Cells into which students paste what they wrote in an earlier notebook, where its mutants are made.
BROUGHT = "bring_"

Caught = tuple[Misconception, list[str]]  # a mistake, and the checks that it fails

ITSELF = "the cell itself"  # stands for a check where a change keeps the cell from running at all


def put_all(path: Path, console: Console, jobs: int | None = None, pairs_of_a_cell: int = 0) -> list[Caught]:
    """Each known mistake and each mutant of a notebook, and some pairs of mutants, with the checks that it fails."""
    reference, cells = reference_of(path), check_cells(path)
    single = list(mutants_of(reference, cells))
    mistakes = [*reference.catalogue, *single, *pairs_of(reference, single, pairs_of_a_cell)]
    items = [(path, cells.get(mistake.cell, []), mistake) for mistake in mistakes]
    what = f"{reference.notebook}: mistakes and mutants"
    return list(zip(mistakes, in_jobs(caught_by, items, what, console, jobs)))


def mutants_of(reference: Reference, cells: dict[str, list[str]]) -> Iterator[Mutant]:
    """The mutants of a notebook's cells that have checks, see `check_cells`, but for what an earlier one wrote."""
    others = "\n".join(source for _, source in reference.cells)
    for grade_id, source in reference.cells:
        cell = grade_id.removesuffix("_code")
        if cells.get(cell) and not cell.startswith(BROUGHT):
            yield from mutants(cell, source, others)


def pairs_of(reference: Reference, single: list[Mutant], count: int) -> Iterator[Mutant]:
    """Pairs of mutants in each cell; a change that makes no difference makes none to another."""
    equivalent, sources = load_equivalents(reference.path), dict(reference.cells)
    for cell, own in itertools.groupby(single, key=lambda mutant: mutant.cell):
        yield from pairs(sources[f"{cell}_code"], [one for one in own if one.name not in equivalent], count)


def caught_by(path: Path, cells: list[str], mistake: Misconception, secret: bytes = b"check") -> list[str]:
    """The checks of some cells that fail for a mistake; `ITSELF` if a mutant does not even run.

    Raises
    ------
    FitsNoMore
        If a known mistake does not fit the solution any more.
    """
    asked = [question for cell in cells for question in questions(path, cell, secret)]
    with alone():
        try:
            host = reference_of(path).mistaken(mistake)
        except Exception:
            if isinstance(mistake, Mutant):
                return [ITSELF]
            raise
        return failed(asked, host)
