"""Grades for a spreadsheet or a learning platform."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

from nbgrader.api import MissingEntry

from autograder.classroom.gradebook import opened
from autograder.course import Course, CourseError
from autograder.terminal import plain

COLUMNS = [
    "assignment",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "score",
    "max_score",
    "needs_manual_grade",
    "late_seconds",
]

# What a spreadsheet takes for the beginning of a formula: at the beginning of a cell, or of what it takes for a cell
# because it separates cells by other characters than we do.
_FORMULA = re.compile(r"(^|[\n\t;,|])(?=[\s\u200b-\u200d\ufeff'\"]*[=+\-@＝＋－＠])")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def export_grades(course: Course, format: str, assignment: str | None = None) -> str:
    """All grades as text.

    Parameters
    ----------
    format : {"csv", "json"}
        A table with the columns `COLUMNS`, or a list of objects with these keys and one object for each
        notebook.

    Raises
    ------
    CourseError
        If the format or the assignment is unknown, or there is no gradebook.
    """
    if format not in ("csv", "json"):
        raise CourseError(f"cannot export as {format!r}: it is csv or json")
    with opened(course) as gradebook:
        try:
            chosen = [gradebook.find_assignment(assignment)] if assignment else gradebook.assignments
        except MissingEntry:
            raise CourseError(f"there are no grades for an assignment {assignment!r} in the gradebook") from None
        rows = [_row(submission) for one in chosen for submission in one.submissions]
    rows.sort(key=lambda row: (row["assignment"], row["student_id"]))
    if format == "json":
        return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(
        {key: as_text(value) if isinstance(value, str) else value for key, value in row.items()} for row in rows
    )
    return text.getvalue()


def as_text(value: str) -> str:
    """`value`, with an apostrophe in front if a spreadsheet would take it, or a part of it, for a formula."""
    return value if _NUMBER.fullmatch(value) else _FORMULA.sub(r"\1'", value)


def _row(submission: Any) -> dict[str, Any]:
    student = submission.student
    about = {
        "assignment": submission.name,
        "student_id": student.id,
        "last_name": student.last_name,
        "first_name": student.first_name,
        "email": student.email,
    }
    return {
        **{key: plain(value) if isinstance(value, str) else value for key, value in about.items()},
        "score": round(submission.score - submission.late_submission_penalty, 4),
        "max_score": submission.max_score,
        "needs_manual_grade": bool(submission.needs_manual_grade),
        "late_seconds": submission.total_seconds_late,
        "notebooks": [
            {
                "name": notebook.name,
                "score": round(notebook.score, 4),
                "max_score": notebook.max_score,
                "needs_manual_grade": bool(notebook.needs_manual_grade),
            }
            for notebook in sorted(submission.notebooks, key=lambda notebook: notebook.name)
        ],
    }
