"""Known mistakes and mutants, put to the checks of their cell: which checks does each one fail?"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import signal
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from autograder.authoring.misconception import Misconception
from autograder.authoring.notebook import check_cells
from autograder.authoring.rubric import Draw, load_rubric
from autograder.course import CourseError
from autograder.grading.job import settle
from autograder.grading.reference import Reference, reference_of
from autograder.grading.verdict import CellGrader
from autograder.proof.mutation.mutants import Mutant, mutants
from autograder.sandbox.proxy import OutOfReach
from autograder.terminal import Console

SECONDS = 20  # for all checks of one mutant
MEMORY = 4 * 2**30  # bytes of address space for one job

# Cells into which students paste what they wrote in an earlier notebook, where its mutants are made.
BROUGHT = "bring_"

Caught = tuple[Misconception, list[str]]  # a mistake, and the checks that it fails

ITSELF = "the cell itself"  # stands for a check where a change keeps the cell from running at all


def put_all(path: Path, console: Console, jobs: int | None = None) -> list[Caught]:
    """Each known mistake and each mutant of a notebook, with the checks that it fails."""
    reference = reference_of(path)
    cells = check_cells(path)
    mistakes = reference.catalogue + list(mutants_of(reference, cells))
    with (
        ProcessPoolExecutor(jobs or os.cpu_count(), get_context("spawn"), initializer=start_job) as pool,
        Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
        ) as progress,
    ):
        bar = progress.add_task(f"{reference.notebook}: mistakes and mutants", total=len(mistakes))
        waiting = {pool.submit(caught_by, path, cells.get(mistake.cell, []), mistake): mistake for mistake in mistakes}
        try:
            for future in as_completed(waiting):
                future.result()
                progress.update(bar, advance=1)
        except BrokenProcessPool:
            raise CourseError("a job was killed, perhaps for want of memory: run the same command again") from None
        except ValueError as error:
            pool.shutdown(wait=False, cancel_futures=True)
            raise CourseError(str(error)) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [(mistake, future.result()) for future, mistake in waiting.items()]


def mutants_of(reference: Reference, cells: dict[str, list[str]]) -> Iterator[Mutant]:
    """The mutants of a notebook's cells that have checks, see `check_cells`, but for what an earlier one wrote."""
    others = "\n".join(source for _, source in reference.cells)
    for grade_id, source in reference.cells:
        cell = grade_id.removesuffix("_code")
        if cells.get(cell) and not cell.startswith(BROUGHT):
            yield from mutants(cell, source, others)


def caught_by(path: Path, cells: list[str], mistake: Misconception, secret: bytes = b"check") -> list[str]:
    """The checks of some cells that fail for a mistake; `ITSELF` if a mutant does not even run.

    Raises
    ------
    ValueError
        If a known mistake does not fit the solution any more.
    """
    reference = reference_of(path)
    rubric = load_rubric(reference.path)
    failed: list[str] = []
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), deadline():
        warnings.simplefilter("ignore")
        np.random.seed(0)
        try:
            host = reference.mistaken(mistake)
        except Exception:
            if isinstance(mistake, Mutant):
                return [ITSELF]
            raise
        for cell in cells:  # each as if it were the first: what an earlier one costs is not the question
            graded = CellGrader(rubric, reference, lambda check: Draw(secret, check)).grade(cell, host)
            failed += [check.name for check in graded.result.checks if not check.passed]
    return failed


@contextlib.contextmanager
def deadline() -> Iterator[None]:
    """Let a change that never ends fail its check after a while, as in a hand-in."""

    def too_late(*_: object) -> None:
        raise OutOfReach(f"it takes more than {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def start_job() -> None:
    """As for grading; and a change that fills the memory gets a MemoryError instead."""
    settle()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
