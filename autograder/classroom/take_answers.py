"""Points and comments from the page of answers, into the gradebook: each one, or a sentence why not."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

from autograder.classroom.answers import answers, comments_file, given_by_hand, kept_comments
from autograder.classroom.gradebook import GradebookWriter
from autograder.course import Course, CourseError
from autograder.grading.results import CellResult, write_atomically
from autograder.terminal import plain

SCHEMA = 1
MOST_COMMENT = 10_000  # characters


@dataclass
class Taken:
    """What became of a file's grades.

    Attributes
    ----------
    taken, same : int
        How many were written, and how many were so already.
    left : list of str
        What was not taken, a sentence each.
    """

    taken: int = 0
    same: int = 0
    left: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Grade:
    """One grade of a file: what it should be, what it was when the page was made, and what it is for."""

    key: str
    answer: str
    points: float | None
    comment: str
    before: tuple[float | None, str]


def take_answers(course: Course, assignment: str, path: Path) -> Taken:
    """Put a file's points and comments into the gradebook; keep its comments for the next page.

    Raises
    ------
    CourseError
        If the file is not one that the page of this assignment has saved.
    """
    grades, comments = _read(assignment, path)
    there, given = answers(course, assignment), given_by_hand(course, assignment)
    found = Taken()
    with GradebookWriter(course) as gradebook:
        for one in grades:
            if one.key not in there:
                found.left.append(f"{path.name} has an answer that is not among those of {assignment} any more")
                continue
            student, notebook, cell = there[one.key]
            points, waits, comment = given.get((student, notebook, cell.grade_id), (None, True, ""))
            where = f"{student}, {notebook}, {cell.grade_id}"
            if (one.points, one.comment) == (points, comment) and not (waits and one.points is not None):
                found.same += 1
            elif why := _why_not(one, cell, (points, comment)):
                found.left.append(f"{where}: {why}")
            else:
                gradebook.give(assignment, student, notebook, cell.grade_id, one.points, one.comment)
                found.taken += 1
    write_atomically(
        comments_file(course, assignment), json.dumps(kept_comments(course, assignment) | comments, indent=1) + "\n"
    )
    return found


def _why_not(one: _Grade, cell: CellResult, now: tuple[float | None, str]) -> str:
    if one.answer != cell.answer:
        return "the answer has changed since the page was made: make the page again, and look at it"
    if now != one.before:
        return "somebody else has graded it since the page was made: make the page again, and look at it"
    if one.points is not None and not 0 <= one.points <= cell.max_score:
        return f"{one.points:g} points are not between 0 and {cell.max_score:g}"
    return ""


def _read(assignment: str, path: Path) -> tuple[list[_Grade], dict[str, list[dict[str, Any]]]]:
    """The grades and the comments in a file."""
    wrong = CourseError(f"{path} is not a file that the page of answers has saved")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["schema"] != SCHEMA:
            raise wrong
        grades = [
            _Grade(
                str(one["key"]),
                str(one["answer"]),
                _points(one["points"]),
                _comment(one["comment"]),
                (_points(one["before"]["points"]), str(one["before"]["comment"])),
            )
            for one in data["grades"]
        ]
        comments = {
            str(name): [{"text": _comment(one["text"]), "points": _points(one["points"])} for one in kept]
            for name, kept in data["comments"].items()
        }
        about = str(data["assignment"])
    except FileNotFoundError:
        raise CourseError(f"there is no file {path}") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise wrong from None
    if about != assignment:
        raise CourseError(f"{path} has the grades of {about!r}, not of {assignment}")
    return grades, comments


def _points(value: Any) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value)):
        raise ValueError
    return value


def _comment(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MOST_COMMENT:
        raise ValueError
    return plain(value.replace("\r\n", "\n"))
