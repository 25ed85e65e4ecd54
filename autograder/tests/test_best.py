"""Where the best attempt counts: all are graded, and table, gradebook, results, feedback and export say the same."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from conftest import graded_small_course

from autograder.classroom.attempts import attempts, keep, settle, which_is_in
from autograder.classroom.best import Best, several
from autograder.classroom.export import export_grades
from autograder.classroom.feedback import write_feedback
from autograder.classroom.record import grade_and_record
from autograder.course import CourseError
from autograder.grading.ledger import results_of
from autograder.sandbox.isolation import best_level
from autograder.terminal import Console

ASSIGNMENT = "first_steps"
SETTINGS = """
timezone = "UTC"
counts = "{counts}"
late_penalty = "{late}"
[deadlines]
first_steps = 2026-10-03T12:00:00
"""
RIGHT, OTHER, WRONG = "(fahrenheit - 32) / 1.8", "(fahrenheit - 32) * 5 / 9", "fahrenheit - 32 * 5 / 9"


@pytest.fixture
def course(tmp_path):
    made = graded_small_course(tmp_path)
    for student in ("ada", "bob", "zoë"):
        (made.submitted / student / ASSIGNMENT / "temperature.ipynb").unlink()
        (made.submitted / student / ASSIGNMENT).rmdir()
    return made


def hand_in(course, student, hour, answer):
    released = (course.released / ASSIGNMENT / "temperature.ipynb").read_text(encoding="utf-8")
    text = released.replace("# TODO: write your code here", f"celsius = {answer}")
    when = datetime(2026, 10, 3, hour, tzinfo=UTC)
    keep(course, ASSIGNMENT, student, {"temperature.ipynb": text.encode()}, when, when)
    settle(course, ASSIGNMENT, student)


def with_settings(course, counts="best", late="none"):
    (course.solutions / "course.toml").write_text(SETTINGS.format(counts=counts, late=late), encoding="utf-8")


def grade(course, students=()):
    console = Console(file=io.StringIO(), width=120)
    results = grade_and_record(course, ASSIGNMENT, list(students), console, level=best_level())
    return {one.student: one for one in results}, console.file.getvalue()


def exported(course):
    rows = csv.DictReader(io.StringIO(export_grades(course, "csv", ASSIGNMENT)))
    return {row["student_id"]: (float(row["score"]), float(row["late_seconds"])) for row in rows}


def counting(result):
    return [(one.score, one.late_penalty, one.counts) for one in result.attempts]


@pytest.mark.exhaustive
def test_the_best_total_after_the_late_penalty_counts_everywhere(course):
    with_settings(course, late="autograder.tests.test_platforms.PerHour")
    hand_in(course, "ada", 9, RIGHT)
    hand_in(course, "ada", 10, WRONG)
    hand_in(course, "ada", 14, OTHER)  # right again, and two hours late
    hand_in(course, "bob", 10, WRONG)
    hand_in(course, "bob", 15, RIGHT)
    hand_in(course, "zoë", 11, RIGHT)
    results, said = grade(course)
    assert counting(results["ada"]) == [(2, 0, True), (0, 0, False), (1.8, 0.2, False)]
    assert counting(results["bob"]) == [(0, 0, False), (1.7, 0.3, True)] and results["zoë"].attempts == []
    assert "attempt 1 of 3" in said and "attempt 2 of 2" in said
    scores = exported(course)
    assert (scores["ada"], scores["bob"], scores["zoë"]) == ((2, 0), (1.7, 3 * 3600), (2, 0))
    assert results_of(course, ASSIGNMENT, "ada")[0].cells[0].score == 2
    assert which_is_in(course, ASSIGNMENT, "ada") == attempts(course, ASSIGNMENT, "ada")[0]
    pages, problems = write_feedback(course, ASSIGNMENT, "bob")
    assert problems == []
    text = pages[0].with_suffix(".txt").read_text(encoding="utf-8")
    assert "1.7 of 2 points" in text and "attempt 2 of 2 counts" in text

    # Nothing is graded twice, and a better attempt takes the place of the best.
    again, _ = grade(course)
    assert {name: one.seconds for name, one in again.items()} == {name: one.seconds for name, one in results.items()}
    hand_in(course, "bob", 12, OTHER)
    pages, _ = write_feedback(course, ASSIGNMENT, "bob")  # it is not graded yet
    assert "attempt 3 of 3 counts" in pages[0].with_suffix(".txt").read_text(encoding="utf-8")
    results, said = grade(course, ["bob"])
    assert counting(results["bob"]) == [(0, 0, False), (2, 0, True), (1.7, 0.3, False)]
    assert exported(course)["bob"] == (2, 0)
    with_settings(course, "last")
    settle(course, ASSIGNMENT, "bob")
    results, _ = grade(course, ["bob"])
    assert results["bob"].score == 2 and results["bob"].attempts == [] and exported(course)["bob"] == (2, 3 * 3600)


def test_of_equals_the_last_in_time_counts(course):
    with_settings(course)
    for hour, answer in ((9, RIGHT), (10, OTHER), (13, RIGHT + " + 0"), (14, WRONG)):
        hand_in(course, "ada", hour, answer)
    results, _ = grade(course)
    assert [one.counts for one in results["ada"].attempts] == [False, True, False, False]
    assert json.dumps(results["ada"].to_json()["attempts"][1]) == json.dumps(
        {"submitted": "2026-10-03T10:00:00+00:00", "score": 2.0, "late_penalty": 0.0, "counts": True}
    )


@pytest.mark.exhaustive
def test_what_is_stopped_leaves_what_counted(course):
    with_settings(course)
    hand_in(course, "ada", 9, RIGHT)
    hand_in(course, "ada", 10, WRONG)
    grade(course)
    before = which_is_in(course, ASSIGNMENT, "ada")
    hand_in(course, "ada", 11, OTHER)

    def stopped(students):
        raise CourseError("stopped")

    there = several(course, ASSIGNMENT, ["ada"])
    last = which_is_in(course, ASSIGNMENT, "ada")
    assert last != before and len(there["ada"]) == 3
    with pytest.raises(CourseError):
        Best(course, ASSIGNMENT, stopped).find(there, lambda result: None)
    assert which_is_in(course, ASSIGNMENT, "ada") == last
    assert counting(grade(course)[0]["ada"]) == [(2, 0, False), (0, 0, False), (2, 0, True)]
