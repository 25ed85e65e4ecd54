"""Grades in a learning platform's own file: the gradebook that it exports, with a column filled in, to be imported."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from autograder.bare_nbgrader import api
from autograder.classroom.gradebook import opened
from autograder.classroom.people import People, claim_in, sheet, spelled
from autograder.course import Course, CourseError

POINTS = re.compile(r" \(\d+\)$| Points Grade.*$")  # what Canvas and Brightspace add to an assignment's name
LAST = "end-of-line indicator"  # Brightspace's last column


def fill_in(course: Course, assignment: str, path: Path, column: str = "") -> tuple[str, list[str]]:
    """The text of a gradebook that Canvas, Moodle or Brightspace has exported, with an assignment's scores in it.

    Everything else stays as it is, so that the platform takes it back. Moodle's is the grading worksheet.

    Parameters
    ----------
    path : Path
        The exported file.
    column : str
        The heading to fill; by default `Grade` in Moodle's, else the one that is called like the assignment. If there
        is none, it is added.

    Returns
    -------
    text : str
    remarks : list of str
        Who was graded and is not in the file, and whose answers still wait for a person.

    Raises
    ------
    CourseError
        If the file is not understood, a platform's points differ, or there are no grades.
    """
    lines, separator = sheet(path)
    headings = [heading.strip().casefold() for heading in (lines[0] if lines else [])]
    canvas, moodle = {"student", "id"} <= {*headings}, {"identifier", "grade"} <= {*headings}
    if not (canvas or moodle or LAST in headings):
        raise CourseError(f"{path} is not a gradebook of Canvas or Brightspace, nor Moodle's grading worksheet")
    with opened(course) as gradebook:
        try:
            found = gradebook.find_assignment(assignment)
        except api.MissingEntry:
            raise CourseError(f"there are no grades for an assignment {assignment!r} in the gradebook") from None
        most = found.max_score
        scores = {one.student.id: one.score - one.late_submission_penalty for one in found.submissions}
        waiting = sum(one.needs_manual_grade for one in found.submissions)
    place = _column(lines, headings, column or ("grade" if moodle else ""), assignment, LAST in headings)
    people = People(course)
    given: set[str] = set()
    for line in lines[1:]:
        line += [""] * (len(lines[0]) - len(line))
        row = dict(zip(headings, line))
        if canvas and "points possible" in row["student"].casefold():
            line[place] = line[place] or f"{most:g}"
            _require_points(path, line[place], most)
            continue
        if moodle and "maximum grade" in row:
            _require_points(path, row["maximum grade"], most)
        student = people.of(claim_in(row))
        names = [student.folder] if student else [row.get("username", "").lstrip("#"), row.get("sis login id", "")]
        if name := next((name for name in names if name in scores), ""):
            line[place] = f"{round(scores[name], 4):g}"
            given.add(name)
    remarks = [f"{name} is not in {path.name}: no score is filled in" for name in sorted({*scores} - given)]
    if waiting:
        remarks.append(f"{waiting} of them have answers that a person has not graded yet, which count 0")
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(lines)
    return text.getvalue(), remarks


def _column(lines: list[list[str]], headings: list[str], wanted: str, assignment: str, brightspace: bool) -> int:
    """The number of the column to fill, which is added if there is none."""
    if wanted and wanted.casefold() in headings:
        return headings.index(wanted.casefold())
    name = spelled(wanted or assignment)
    places = [place for place, heading in enumerate(lines[0]) if spelled(POINTS.sub("", heading.strip())) == name]
    if len(places) > 1:
        raise CourseError(f"several columns are called like {assignment}: name one of them with --column")
    if places:
        return places[0]
    place = headings.index(LAST) if brightspace else len(headings)
    for line, cell in zip(lines, [(wanted or assignment) + " Points Grade" * brightspace] + [""] * len(lines)):
        line[place:place] = [*[""] * (place - len(line)), cell]
    headings.insert(place, lines[0][place].casefold())
    return place


def _require_points(path: Path, points: str, most: float) -> None:
    try:
        same = abs(float(points.replace(",", ".")) - most) < 1e-6
    except ValueError:
        return
    if not same:
        raise CourseError(
            f"{path.name} gives up to {points} points, here it is {most:g}: change the assignment's points there"
        )
