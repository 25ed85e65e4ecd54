"""The command's options, and what all its parts begin with."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

import autograder
import cs231n_utils
from autograder.course import Course, CourseError
from autograder.sandbox.isolation import INSTALL_AGAIN
from autograder.terminal import console, errors, keep_log, note

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Release an assignment, grade what students hand in, and send feedback. Run it inside your course's folder.",
)


def assignments(begun: str) -> list[str]:
    """What the shell offers for the name of an assignment."""
    try:
        return [name for name in Course.find().assignments() if name.startswith(begun)]
    except (CourseError, OSError):
        return []


Assignment = Annotated[
    str, typer.Argument(help="Name of the assignment: a folder in solutions/.", autocompletion=assignments)
]


def _print_version(wanted: bool) -> None:
    if wanted:
        console.print(f"autograder {autograder.__version__}, cs231n_utils {cs231n_utils.__version__}")
        raise typer.Exit()


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say which version this is.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only what went wrong; the exit status says the rest.")
    ] = False,
    log: Annotated[
        Path | None, typer.Option(help="Add what is said, and when, to this file; all of it, also with --quiet.")
    ] = None,
) -> None:
    console.quiet = quiet
    if log:
        keep_log(log)
        note(f"autograder {shlex.join(sys.argv[1:])}")


def course_here(assignment: str | None = None, submitted: Path | None = None) -> Course:
    """The course that this folder is in, which has the assignment."""
    course = Course.find(submitted=submitted)
    course.share()
    if assignment:
        course.notebooks(assignment)
    return course


@contextmanager
def loading() -> Iterator[None]:
    """Say at once that something happens: the libraries that do the work take a second or two to load.

    Raises
    ------
    CourseError
        If one of them is missing or broken.
    """
    try:
        with nullcontext() if console.quiet else errors.status("loading", spinner="line"):
            yield
    except ImportError as error:
        raise CourseError(
            f"part of autograder or of what it needs cannot be loaded: {error}. {INSTALL_AGAIN}"
        ) from None
