"""Mistaken code, run side by side: in processes of their own, each piece with a deadline and a limit on memory."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from autograder.course import CourseError
from autograder.grading.job import nothing_from_here, settle
from autograder.grading.reference import draw_nothing
from autograder.sandbox.proxy import OutOfReach
from autograder.terminal import Console

SECONDS = 20  # of processor time, for all that one mistake is asked
MEMORY = 4 * 2**30  # bytes of address space for one job

Result = TypeVar("Result")


def in_jobs(
    function: Callable[..., Result],
    items: Iterable[tuple[object, ...]],
    what: str,
    console: Console,
    jobs: int | None = None,
) -> list[Result]:
    """The function's results for some tuples of arguments, computed side by side, with a bar.

    Raises
    ------
    CourseError
        If a job is killed, or something that an instructor wrote does not fit.
    """
    with (
        nothing_from_here(),
        ProcessPoolExecutor(jobs or os.cpu_count(), get_context("spawn"), initializer=start_job) as pool,
        Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=console, transient=True
        ) as progress,
    ):
        waiting = [pool.submit(function, *item) for item in items]
        try:
            return [future.result() for future in progress.track(waiting, description=what)]
        except BrokenProcessPool:
            raise CourseError("a job was killed, perhaps for want of memory: run the same command again") from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def start_job() -> None:
    """As for grading; but no picture is wanted of anything, and what fills the memory gets a MemoryError instead."""
    settle()
    draw_nothing()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


@contextlib.contextmanager
def alone(seed: int = 0) -> Iterator[None]:
    """Run mistaken code: without its warnings and prints, with a deadline, and from a fixed random state."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), deadline():
        warnings.simplefilter("ignore")
        np.random.seed(seed)
        yield


@contextlib.contextmanager
def deadline() -> Iterator[None]:
    """Let a change that never ends fail its check after a while, as in a hand-in; on a busy machine, after longer."""

    def too_late(*_: object) -> None:
        raise OutOfReach(f"it takes more than {SECONDS} seconds")

    before = signal.signal(signal.SIGPROF, too_late)
    signal.setitimer(signal.ITIMER_PROF, SECONDS, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
