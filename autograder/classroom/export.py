"""Grades for a spreadsheet or a learning platform."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from typing import Any

from autograder.bare_nbgrader import api
from autograder.classroom.gradebook import opened
from autograder.classroom.standing import Standing, standings
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
QUESTION_COLUMNS = ["assignment", "student_id", "notebook", "question", "score", "max_score", "by_hand", "mistakes"]
FORMATS = ("csv", "json", "questions", "junit")

# What a spreadsheet takes for the beginning of a formula: at the beginning of a cell, or of what it takes for a cell
# because it separates cells by other characters than we do.
_FORMULA = re.compile(r"(^|[\n\t;,|])(?=[\s\u200b-\u200d\ufeff'\"]*[=+\-@＝＋－＠])")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


def export_grades(course: Course, format: str, assignment: str | None = None) -> str:
    """All grades as text.

    Parameters
    ----------
    format : {"csv", "json", "questions", "junit"}
        A table with the columns `COLUMNS`; a list of objects with these keys and one object for each notebook; a table
        with a row for each student and question; or the checks of one assignment as JUnit's XML, which build servers
        and many other programs read.

    Raises
    ------
    CourseError
        If the format or the assignment is unknown, or there is no gradebook.
    """
    if format not in FORMATS:
        raise CourseError(f"cannot export as {format!r}: it is {', '.join(FORMATS[:-1])} or {FORMATS[-1]}")
    if format in ("questions", "junit"):
        if not assignment:
            raise CourseError(f"{format} is about one assignment: say which with --assignment")
        there = standings(course, assignment)
        return _questions(assignment, there) if format == "questions" else _junit(assignment, there)
    with opened(course) as gradebook:
        try:
            chosen = [gradebook.find_assignment(assignment)] if assignment else gradebook.assignments
        except api.MissingEntry:
            raise CourseError(f"there are no grades for an assignment {assignment!r} in the gradebook") from None
        rows = [_row(submission) for one in chosen for submission in one.submissions]
    rows.sort(key=lambda row: (row["assignment"], row["student_id"]))
    if format == "json":
        return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
    return _table(COLUMNS, rows)


def _table(columns: list[str], rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(
        {key: as_text(value) if isinstance(value, str) else value for key, value in row.items()} for row in rows
    )
    return text.getvalue()


def _questions(assignment: str, there: list[Standing]) -> str:
    """A row for each student and question, in the notebooks' order; no score where a person has to give it."""
    rows = [
        {
            "assignment": assignment,
            "student_id": one.student,
            "notebook": notebook.name,
            "question": cell.grade_id,
            "score": "" if cell.awaits_person else round(cell.reached, 4),
            "max_score": cell.max_score,
            "by_hand": cell.by_hand is not None,
            "mistakes": "; ".join(dict.fromkeys(check.misconception for check in cell.checks if check.misconception)),
        }
        for one in there
        for notebook in one.notebooks
        for cell in notebook.cells
        if cell.max_score
    ]
    return _table(QUESTION_COLUMNS, rows)


def _junit(assignment: str, there: list[Standing]) -> str:
    """A test suite for each student's notebook, a test case for each check; what a person grades is skipped."""
    suites = ET.Element("testsuites", name=assignment)
    for one in there:
        for notebook in one.notebooks:
            suite = ET.SubElement(suites, "testsuite", name=f"{one.student}.{notebook.name}")
            cases = [(cell, check) for cell in notebook.cells for check in cell.checks]
            for cell, check in cases:
                case = ET.SubElement(suite, "testcase", classname=f"{notebook.name}.{cell.grade_id}", name=check.name)
                if not check.passed:
                    message = plain(check.message)
                    ET.SubElement(case, "failure", message=message, type=check.misconception or "").text = message
            by_hand = [cell for cell in notebook.cells if not cell.checks and cell.max_score]
            for cell in by_hand:
                case = ET.SubElement(suite, "testcase", classname=f"{notebook.name}.{cell.grade_id}", name="by_hand")
                ET.SubElement(case, "skipped", message="a person grades this")
            failures = sum(not check.passed for _, check in cases)
            counts = {"tests": len(cases) + len(by_hand), "failures": failures, "errors": 0, "skipped": len(by_hand)}
            suite.attrib |= {name: str(count) for name, count in counts.items()}
            if notebook.status == "failed":
                ET.SubElement(suite, "system-err").text = plain(notebook.reason)
    ET.indent(suites, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


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
