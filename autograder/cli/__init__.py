"""The command `autograder`: what an instructor types, in the order of a course."""

from __future__ import annotations

import sys

from autograder.cli.app import app
from autograder.course import CourseError
from autograder.terminal import bear_any_encoding, close_log, errors, note, one_line

# isort: off
from autograder.cli import making, grading, giving_back, proving  # noqa: F401  in the order of --help
# isort: on


def main() -> None:
    """Run the command; a problem that a person can solve is one sentence, not a traceback."""
    bear_any_encoding()
    try:
        status = _run()
        note(f"exit status {status}")
    finally:
        close_log()
    sys.exit(status)


def _run() -> int:
    """The exit status of what was typed."""
    try:
        app()
    except SystemExit as end:
        if end.code == 130:  # what typer makes of Ctrl-C, without a word
            errors.print("autograder: stopped", style="red")
        return end.code if isinstance(end.code, int) else 0
    except CourseError as error:
        errors.print(f"autograder: {error}", style="red", soft_wrap=True, markup=False)
        return 130 if isinstance(error.__context__, KeyboardInterrupt) else 2
    except KeyboardInterrupt:
        errors.print("autograder: stopped", style="red")
        return 130
    except OSError as error:
        where = f" ({one_line(str(error.filename))})" if error.filename else ""
        errors.print(f"autograder: {error.strerror or error}{where}", style="red", soft_wrap=True, markup=False)
        return 2
    return 0
