"""Grades on their way into a spreadsheet: what somebody is called is text there, and never a formula."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET

import pytest

from autograder import database
from autograder.classroom.export import as_text, export_grades
from autograder.course import Course, CourseError, can_be_student
from autograder.grading.results import CellResult, CheckResult
from autograder.grading.wording import messages, verdict_html, verdict_text
from autograder.tests.sample_class import ASSIGNMENT, SAMPLES

BY_NAME = {sample.student: sample for sample in SAMPLES}

FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    " =1+1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠A1",
    "=cmd|' /C calc'!A0",
    "\u200b=1+1",
    "\ufeff=1+1",
    '"=1+1',
    "'=1+1",
    "Ada;=1+1",
    "Ada\n=1+1",
    "Ada\t@A1",
    "Ada,=1+1",
    "-",
    "+-1",
    '=HYPERLINK("http://a.b")',
]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_formula_begins_in_any_cell(text):
    shown = as_text(text)
    for separator in ",;\t\n|":
        for cell in shown.split(separator):
            assert cell.strip('\u200b\ufeff \t\r\n"')[:1] not in tuple("=+-@＝＋－＠")
    assert shown.replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize(
    "text", ["Ada", "-3", "+49", "-3.5", "ada@example.org", "José O'Brien-Smith", "a=b", "3 - 1", ""]
)
def test_numbers_and_names_stay_what_they_are(text):
    assert as_text(text) == text


def test_names_in_the_gradebook_are_text_in_the_table(tmp_path):
    course = Course(tmp_path)
    with database.gradebook(course.gradebook_url) as gradebook:
        gradebook.add_assignment("one")
        gradebook.add_student("=ada", last_name="=HYPERLINK(1)", first_name="\x1b[31mred\x07\u202e", email="@x;=1")
        gradebook.add_submission("one", "=ada")
    text = export_grades(course, "csv")
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["student_id"], row["last_name"], row["first_name"], row["email"]) == (
        "'=ada",
        "'=HYPERLINK(1)",
        "red\ufffd\ufffd",
        "'@x;'=1",
    )
    assert row["score"] == "0.0"
    [one] = json.loads(export_grades(course, "json"))
    assert one["student_id"] == "=ada" and "\x1b" not in one["first_name"]


@pytest.mark.parametrize(
    "name, taken",
    [
        ("ada", True),
        ("ada.lovelace@example.org", True),
        ("Ada Lovelace", True),
        ("李雷", True),
        ("José", True),
        ("a+b", True),
        ("1234", True),
        ("", False),
        ("..", False),
        (".hidden", False),
        ("-rf", False),
        ("--help", False),
        ("=1+1", False),
        ("@x", False),
        ("a/b", False),
        ("<img src=x onerror=alert(1)>", False),
        ("a\x1b[2J", False),
        ("a\nb", False),
        ("a\u202eb", False),
        ("ada ", False),
        ("ada.", False),
        ("O'Neil, Sam (Erasmus)", True),
        ('a"b', False),
        ("*", False),
        ("a*", False),
        ("[a]", False),
        ("a" * 101, False),
    ],
)
def test_what_can_be_a_students_name(tmp_path, name, taken):
    assert can_be_student(name) is taken
    if name not in ("", "..") and "/" not in name:
        (tmp_path / "submitted" / name / "one").mkdir(parents=True)
        course = Course(tmp_path)
        assert course.students("one") == [name] * taken
        assert course.nobodys("one") == [name] * (not taken and not name.startswith("."))


def test_what_a_message_quotes_is_text():
    hostile = "it stopped with ValueError: \x1b[2J<script>\ud800\u202e\x07"
    cell = CellResult("relu", 0.0, 1.0, False, [CheckResult("a", "a title", False, 1.0, hostile)])
    for text in (*messages(cell), verdict_text(cell), verdict_html(cell)):
        text.encode()
        assert not any(char in text for char in "\x1b\x07\u202e")
    assert "<script>" not in verdict_html(cell)


def test_each_question_has_a_row_and_the_rows_add_up(graded_class):
    text = export_grades(graded_class.course, "questions", ASSIGNMENT)
    rows = list(csv.DictReader(io.StringIO(text)))
    for student, result in graded_class.results.items():
        mine = [row for row in rows if row["student_id"] == student]
        assert sum(float(row["score"] or 0) for row in mine) == result.score
        assert sum(float(row["max_score"]) for row in mine) == result.max_score
    named = {row["mistakes"] for row in rows if row["student_id"] == "factor-two"}
    assert named - {""} == set(BY_NAME["factor-two"].named)
    assert {row["score"] for row in rows if row["question"] == "inline_question_1_explanation"} >= {""}


def test_junits_xml_has_each_check_once(graded_class):
    suites = ET.fromstring(export_grades(graded_class.course, "junit", ASSIGNMENT).split("\n", 1)[1])
    for student, result in graded_class.results.items():
        for notebook in result.notebooks:
            [suite] = [one for one in suites if one.get("name") == f"{student}.{notebook.name}"]
            checks = [check for cell in notebook.cells for check in cell.checks]
            assert [case.get("name") for case in suite.iter("testcase")][: len(checks)] == [one.name for one in checks]
            failed = [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None]
            assert failed == [one.name for one in checks if not one.passed]
            counts = {name: int(suite.get(name)) for name in ("tests", "failures", "skipped")}
            assert counts["failures"] == len(failed) and counts["tests"] == len([*suite.iter("testcase")])


@pytest.mark.parametrize("format", ["questions", "junit"])
def test_what_is_about_one_assignment_says_so(graded_class, format):
    with pytest.raises(CourseError, match="say which with --assignment"):
        export_grades(graded_class.course, format)
