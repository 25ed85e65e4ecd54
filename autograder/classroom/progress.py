"""How far a class is graded: a bar for a person at a terminal, lines of JSON for a program, a line each in the log."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder.course import CourseError
from autograder.grading.results import SubmissionResult
from autograder.grading.wording import points
from autograder.terminal import errors, note

KINDS = ("bar", "json")


@contextmanager
def progress(kind: str, what: str, total: int, quiet: bool = False) -> Iterator[Callable[[SubmissionResult], None]]:
    """What is to be called with each result as it is ready. All of it goes to stderr.

    Parameters
    ----------
    kind : {"bar", "json"}
        A bar is shown at a terminal only. A line of JSON has a result's `student`, `score`, `max_score` and `status`,
        and how many are `done` of the `total`.
    quiet : bool
        Whether no bar is wanted.
    """
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("time left"),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
        disable=kind != "bar" or quiet or not errors.is_terminal,
    )
    done = 0

    def graded(result: SubmissionResult) -> None:
        nonlocal done
        done += 1
        bar.update(task, completed=done)
        if kind == "json":
            about = {name: getattr(result, name) for name in ("student", "score", "max_score", "status")}
            sys.stderr.write(json.dumps(about | {"done": done, "total": total}) + "\n")
            sys.stderr.flush()
        note(
            f"{result.status} {result.student}: {points(result.score)} / {points(result.max_score)}, {done} of {total}"
        )

    with bar:
        task = bar.add_task(what, total=total)
        yield graded


def require_kind(kind: str) -> None:
    """Refuse a kind of progress that does not exist.

    Raises
    ------
    CourseError
    """
    if kind not in KINDS:
        raise CourseError(f"cannot show progress as {kind!r}: it is {' or '.join(KINDS)}")
