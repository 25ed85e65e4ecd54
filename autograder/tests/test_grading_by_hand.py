"""A person grades in a browser, on our page of answers and in the formgrader; then everything is done once more.

Among the hand-ins are a notebook that is broken, one that is missing, and an answer that is empty.
"""

from __future__ import annotations

import csv
import io
import json
import re
import time

import pytest
from conftest import end_server
from nbgrader.api import Gradebook
from test_answers import ASSIGNMENT, WHY, WRITTEN, grade, hand_in, with_question
from test_browser import CHROMIUM, DRIVER, browser, wait  # noqa: F401
from test_pages import TOKEN, ask, command, serving

from autograder.classroom.answers import write_answers
from autograder.classroom.record import grade_and_record
from autograder.classroom.take_answers import take_answers
from autograder.sandbox.isolation import best_level
from autograder.terminal import Console

pytestmark = [
    pytest.mark.exhaustive,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="Chromium and its driver are not installed"),
]


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    course = with_question(tmp_path_factory.mktemp("by_hand") / "course")
    for student, answer in WRITTEN.items():
        hand_in(course, student, answer)
    (course.submitted / "gil" / ASSIGNMENT).mkdir(parents=True)  # and nothing in it
    grade(course)
    return course


def given(course):
    """What the gradebook says for the written answer: points and comment, by student."""
    with Gradebook(course.gradebook_url) as gradebook:
        found = {}
        for student in [*WRITTEN, "gil"]:
            row = gradebook.find_grade(WHY, "temperature", ASSIGNMENT, student)
            note = gradebook.find_comment(WHY, "temperature", ASSIGNMENT, student)
            found[student] = row.manual_score, note.manual_comment
        return found


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def typed(browser, selector, value, number=0):  # noqa: F811
    """Type into the field with this number among those that a selector finds."""
    browser.execute_script(
        "const field = document.querySelectorAll(arguments[0])[arguments[1]]; field.value = arguments[2];"
        "for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {bubbles: true}));",
        selector,
        number,
        value,
    )


def test_on_the_page_of_answers(asked, browser, tmp_path):  # noqa: F811
    place = write_answers(asked, ASSIGNMENT, blind=True).as_uri()
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    browser.get(place)
    wait(browser, "document.getElementById('done').textContent === '0 of 6 graded'")
    typed(browser, ".answer textarea", "Which zeros?")
    typed(browser, ".answer input", "1.5")  # of two students, who wrote the same
    press = "document.querySelectorAll('.answer')[arguments[0]].querySelectorAll('.reuse button')[arguments[1]].click()"
    browser.execute_script(press, 0, 0)  # + use again
    browser.execute_script(press, 1, 0)  # the comment, with its points
    browser.get(place)  # what was typed is there again
    wait(browser, "document.getElementById('done').textContent === '3 of 6 graded'")
    browser.execute_script("document.getElementById('save').click()")
    file = tmp_path / f"answers-{ASSIGNMENT}.json"
    until(file.is_file)
    assert take_answers(asked, ASSIGNMENT, file).taken == 3
    now = given(asked)
    assert {now[student] for student in ("ada", "bob", "cleo")} == {(1.5, "Which zeros?")}
    browser.get(write_answers(asked, ASSIGNMENT, blind=False).as_uri())
    wait(browser, "document.getElementById('done').textContent === '3 of 6 graded'")
    assert browser.execute_script("return document.querySelector('.answer .who').textContent.trim()") == "ada, bob"
    assert "Which zeros?" in browser.execute_script("return document.querySelector('.reuse').textContent")
    assert (
        browser.execute_script(  # nothing of it is left to be saved
            "return Object.keys(JSON.parse(Object.values(localStorage)[0]).grades).length"
        )
        == 0
    )


def test_in_the_formgrader_and_once_more(asked, browser, tmp_path):  # noqa: F811
    server, address = serving(asked, tmp_path)
    try:
        browser.get(f"{address}/formgrader?token={TOKEN}")  # as `autograder formgrader` opens it
        marks = {"dora": (1.0, "Think again."), "fay": (0.5, "By mail: right."), "gil": (2.0, "Handed in on paper.")}
        for student, (points, comment) in marks.items():
            with Gradebook(asked.gradebook_url) as gradebook:
                page = gradebook.find_submission_notebook("temperature", ASSIGNMENT, student).id
            browser.get(f"{address}/formgrader/submissions/{page}/")
            wait(browser, f"document.getElementById('{WHY}-comment').placeholder !== ''")
            text = browser.find_element("tag name", "body").text
            reason = {"fay": "is not a notebook", "gil": "is missing"}.get(student, "I guessed.")
            assert reason in text, text
            typed(browser, f"#{WHY}", str(points))
            typed(browser, f"#{WHY}-comment", comment)
            until(lambda: given(asked)[student] == (points, comment))
        for student in marks:  # the buttons
            answer = ask(f"{address}/formgrader", f"submission/{ASSIGNMENT}/{student}/autograde", "POST")
            assert "success" in answer
        assert ask(f"{address}/formgrader", f"assignment/{ASSIGNMENT}/generate_feedback", "POST")["success"]
        [row] = [one for one in ask(f"{address}/formgrader", f"submissions/{ASSIGNMENT}") if one["student"] == "dora"]
        assert row["score"] == 1.0
    finally:
        end_server(server)
    for path in (asked.root / ".grading" / ASSIGNMENT).glob("*/*.json"):
        path.unlink()  # so that all of it is done anew
    table = io.StringIO()
    done = grade_and_record(asked, ASSIGNMENT, [], Console(file=table, width=120), level=best_level())
    results = {one.student: one for one in done}
    command(asked, "export", "--to", "grades.csv")
    rows = {row["student_id"]: row for row in csv.DictReader((asked.root / "grades.csv").open(encoding="utf-8"))}
    for student, (points, comment) in marks.items():
        assert given(asked)[student] == (points, comment)
        cell = results[student].notebooks[0].cells[-1]
        assert (cell.by_hand, cell.comment, results[student].score) == (points, comment, points)
        assert float(rows[student]["score"]) == points, rows[student]
        assert re.search(rf"{student} +│ +{points:g} / 4 ", table.getvalue()), table.getvalue()
        page = (asked.feedback / student / ASSIGNMENT / "temperature.html").read_text(encoding="utf-8")
        assert comment in page
    assert json.dumps(results["fay"].to_json()).count("By mail: right.") == 1
