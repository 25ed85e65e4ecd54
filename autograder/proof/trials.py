"""What a notebook's checks are put to the proof with: the solution with each known mistake, and each right variant."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TypeVar

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from autograder.authoring.misconception import Misconception
from autograder.authoring.variant import load_corpus
from autograder.course import CourseError
from autograder.grading.reference import Reference
from autograder.proof.mutation.run import deadline, start_job
from autograder.sandbox.worker.host import Host
from autograder.terminal import Console

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Trial:
    """A solution with some cells written differently.

    Attributes
    ----------
    name : str
    right : bool
        Whether it is a right variant; else a mistake.
    cells : dict of str to str
        What is in the cells, by the TODO cell's grade id without its ending `_code`.
    contract : str
        See `Misconception` and `Variant`.
    """

    name: str
    right: bool
    cells: dict[str, str]
    contract: str = ""

    def host(self, reference: Reference) -> Host:
        """A new namespace of it."""
        return reference.edited({f"{cell}_code": source for cell, source in self.cells.items()})

    def __str__(self) -> str:
        return f"the right variant {self.name}" if self.right else f"the known mistake {self.name}"


def trials(reference: Reference) -> list[Trial]:
    """The known mistakes and the right variants of a notebook; not the choices of inline questions."""
    sources = dict(reference.cells)
    wrong = [of_mistake(one, sources) for one in reference.catalogue if "def " in sources[f"{one.cell}_code"]]
    return wrong + [
        Trial(one.name, True, {cell: one.code(cell) for cell in one.cells}, one.contract)
        for one in load_corpus(reference.path)
    ]


def of_mistake(mistake: Misconception, sources: dict[str, str]) -> Trial:
    """A mistake as a trial."""
    edited = mistake.apply(sources[f"{mistake.cell}_code"])
    return Trial(mistake.name, False, {mistake.cell: edited}, mistake.contract)


@contextlib.contextmanager
def alone(seed: int = 0) -> Iterator[None]:
    """Run mistaken code: without its warnings and prints, with a deadline, and from a fixed random state."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), deadline():
        warnings.simplefilter("ignore")
        np.random.seed(seed)
        yield


def in_jobs(
    function: Callable[..., Result], items: Iterable[Item], what: str, console: Console, jobs: int | None = None
) -> list[Result]:
    """The function's results for some tuples of arguments, computed side by side, with a bar.

    Raises
    ------
    CourseError
        If a job is killed, or something that an instructor wrote does not fit.
    """
    with (
        ProcessPoolExecutor(jobs or os.cpu_count(), get_context("spawn"), initializer=start_job) as pool,
        Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
        ) as progress,
    ):
        waiting = [pool.submit(function, *item) for item in items]  # type: ignore[misc]
        try:
            return [future.result() for future in progress.track(waiting, description=what)]
        except BrokenProcessPool:
            raise CourseError("a job was killed, perhaps for want of memory: run the same command again") from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
