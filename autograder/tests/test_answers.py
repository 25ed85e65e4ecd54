"""Written answers on one page: alike ones together, nobody named, harmless; what is typed reaches the gradebook."""

from __future__ import annotations

import json
import re
import shutil

import nbformat
import pytest
from conftest import made_once

from autograder.authoring.hand_in import write_notebook
from autograder.authoring.new import new_course
from autograder.authoring.notebook import grade_id_of, read_notebook
from autograder.authoring.release import release
from autograder.classroom.answers import ELSEWHERE, Answer, answers, key_of, questions, together, write_answers
from autograder.classroom.record import grade_and_record
from autograder.classroom.standing import standings
from autograder.classroom.take_answers import take_answers
from autograder.course import Course, CourseError
from autograder.sandbox.isolation import best_level
from autograder.terminal import Console

ASSIGNMENT, WHY = "first_steps", "inline_question_1"
SAME = "Because the two scales have *different* zeros, so a difference has to be shifted first."
WRITTEN = {
    "ada": SAME,
    "bob": SAME + "\n",
    "cleo": "Because the scales have different zeros, and so a difference has to be shifted first.",
    "dora": "I guessed. <script>alert(1)</script><img src=x onerror=alert(2)> [me](javascript:alert(3))",
    "emil": None,  # left empty
    "fay": "{",  # no notebook at all
    "gus": "{",
}


def with_question(folder):
    """The course that `autograder new` makes, with a question that a person grades."""
    new_course(folder)
    course = Course(folder)
    path = course.source(ASSIGNMENT, "temperature")
    notebook = read_notebook(path)
    about = {"grade": True, "grade_id": WHY, "locked": False, "schema_version": 3, "solution": True, "task": False}
    about |= {"points": 2, "cell_type": "markdown"}
    scheme = (
        "*Your answer:*\n\n### BEGIN SOLUTION\nThe zeros differ.\n\n**Marking scheme**: 2 for zeros.\n### END SOLUTION"
    )
    notebook.cells += [
        nbformat.v4.new_markdown_cell("## Why is 32 subtracted first?"),
        nbformat.v4.new_markdown_cell(scheme, metadata={"nbgrader": about}),
    ]
    nbformat.write(notebook, path)
    release(course, ASSIGNMENT)
    return course


@pytest.fixture
def asked(tmp_path):
    """A class that has answered it, graded; a copy of one's own."""

    def make(folder):
        course = with_question(folder)
        for student, answer in WRITTEN.items():
            hand_in(course, student, answer)
        grade(course)

    shutil.copytree(made_once("written_answers", make), tmp_path / "course")
    return Course(tmp_path / "course")


def hand_in(course, student, answer):
    path = course.submitted / student / ASSIGNMENT / "temperature.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    if answer == "{":
        path.write_text("{", encoding="utf-8")
        return
    notebook = read_notebook(course.released / ASSIGNMENT / "temperature.ipynb")
    for cell in notebook.cells:
        if grade_id_of(cell) == WHY and answer is not None:
            cell.source = answer
    write_notebook(path, notebook)


def grade(course):
    return grade_and_record(course, ASSIGNMENT, [], Console(quiet=True), level=best_level())


def saved(course, *given, comments=None):
    """A file as the page saves it, with points and a comment for some students."""
    there = answers(course, ASSIGNMENT)
    grades = []
    for student, points, comment in given:
        key = key_of(course, ASSIGNMENT, student, "temperature", WHY)
        before = {"points": None, "comment": ""}
        grades.append(
            {"key": key, "answer": there[key][2].answer, "points": points, "comment": comment, "before": before}
        )
    path = course.root / "answers.json"
    data = {"schema": 1, "assignment": ASSIGNMENT, "grades": grades, "comments": comments or {}}
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def cards(text):
    return [json.loads(one.replace("&#34;", '"')) for one in re.findall('data-answers="([^"]*)"', text)]


def test_the_page_has_the_same_answers_once_and_alike_ones_together(asked):
    text = write_answers(asked, ASSIGNMENT, blind=True).read_text(encoding="utf-8")
    assert [len(card) for card in cards(text)] == [2, 1, 1, 1, 1]  # those without an answer are not the same
    groups = text.split('<div class="group')[1:]
    assert len(groups) == 4 and "2 that are alike" in groups[0] and "Because the two scales have" in groups[0]
    assert "1 left it empty, and has 0 points" in " ".join(text.split())
    assert "<h2>Why is 32 subtracted first?</h2>" in text and "2 for zeros" in text and ELSEWHERE in text


@pytest.mark.parametrize("blind", [True, False])
def test_names_are_there_or_not(asked, blind):
    text = write_answers(asked, ASSIGNMENT, blind=blind).read_text(encoding="utf-8")
    assert [("ada, bob" in text), (">dora" in text)] == [not blind] * 2
    assert ">fay" in text  # there is no answer: somebody has to look at the whole hand-in


def test_an_answer_does_nothing_on_the_page(asked):
    text = write_answers(asked, ASSIGNMENT, blind=True).read_text(encoding="utf-8")
    body = text.split("</head>")[1].split('<script type="application/json"')[0]
    assert "I guessed." in body and "onerror" not in body.replace("&lt;img src=x onerror", "")
    assert "<script" not in body and "javascript:" not in body.replace("(javascript:", "")
    policy = re.search('Content-Security-Policy" content="([^"]*)"', text)[1]
    assert (
        "default-src 'none'" in policy
        and "script-src 'sha256-" in policy
        and "unsafe-inline" not in policy.split("script-src")[1]
    )


def test_what_is_typed_reaches_everything(asked):
    note = {f"temperature/{WHY}": [{"text": "Say which zeros.", "points": 1.5}]}
    found = take_answers(asked, ASSIGNMENT, saved(asked, ("ada", 2, ""), ("dora", 0, "Do not guess."), comments=note))
    assert (found.taken, found.same, found.left) == (2, 0, [])
    scores = {one.student: one.score for one in standings(asked, ASSIGNMENT)}
    assert (scores["ada"], scores["dora"]) == (2.0, 0.0)
    cells = {one.student: one.notebooks[0].cells[-1] for one in grade(asked)}  # they survive that
    assert (cells["ada"].by_hand, cells["dora"].by_hand, cells["dora"].comment) == (2.0, 0.0, "Do not guess.")
    assert not cells["ada"].needs_manual_grade and cells["cleo"].needs_manual_grade
    text = write_answers(asked, ASSIGNMENT, blind=True).read_text(encoding="utf-8")
    assert "Say which zeros." in text and "Do not guess." in text
    assert {one["points"] for card in cards(text) for one in card} == {None, 0.0, 2.0}
    assert [len(card) for card in cards(text)] == [1, 1, 1, 1, 1, 1]  # the same words, not the same points
    again = take_answers(asked, ASSIGNMENT, saved(asked, ("ada", 2, ""), ("dora", 0, "Do not guess.")))
    assert (again.taken, again.same, again.left) == (0, 2, [])


def test_what_somebody_else_has_given_stands(asked):
    take_answers(asked, ASSIGNMENT, saved(asked, ("ada", 2, "")))
    found = take_answers(asked, ASSIGNMENT, saved(asked, ("ada", 1, ""), ("bob", 1, "")))
    assert found.taken == 1 and "ada" in found.left[0] and "somebody else has graded it" in found.left[0]


def test_a_grade_is_for_the_answer_that_was_read(asked):
    file = saved(asked, ("ada", 2, ""))
    hand_in(asked, "ada", "Something else.")
    grade(asked)
    found = take_answers(asked, ASSIGNMENT, file)
    assert found.taken == 0 and "the answer has changed since the page was made" in found.left[0]


def test_points_may_be_taken_back(asked):
    take_answers(asked, ASSIGNMENT, saved(asked, ("ada", 2, "good")))
    file = saved(asked, ("ada", None, ""))
    before, now = '"before": {"points": null, "comment": ""}', '"before": {"points": 2, "comment": "good"}'
    file.write_text(file.read_text().replace(before, now))
    assert take_answers(asked, ASSIGNMENT, file).taken == 1
    [ada] = [one for one in standings(asked, ASSIGNMENT) if one.student == "ada"]
    assert ada.awaits == 2.0


@pytest.mark.parametrize(
    "old, new, sentence",
    [
        ('"points": 2', '"points": 3', "3 points are not between 0 and 2"),
        ('"key": "', '"key": "f', "not among those of first_steps any more"),
    ],
)
def test_what_is_not_taken_is_said(asked, autograder, old, new, sentence):
    file = saved(asked, ("ada", 2, ""))
    file.write_text(file.read_text().replace(old, new))
    status, said = autograder(asked.root, "answers", ASSIGNMENT, "--take", str(file))
    assert status == 1 and sentence in said and "0 grades taken, 0 were so already, 1 not taken" in said


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("{", "is not a file that the page of answers has saved"),
        ('{"schema": 2}', "is not a file that the page of answers has saved"),
        ('{"schema": 1, "assignment": "other", "grades": [], "comments": {}}', "has the grades of 'other'"),
        ('{"schema": 1, "assignment": "first_steps", "grades": [{"key": 1}], "comments": {}}', "is not a file that"),
    ],
)
def test_other_files_are_refused(asked, text, sentence):
    path = asked.root / "x.json"
    path.write_text(text)
    with pytest.raises(CourseError, match=sentence):
        take_answers(asked, ASSIGNMENT, path)


def test_without_a_question_or_a_grade_there_is_a_sentence(tmp_path, autograder):
    new_course(tmp_path / "plain")
    with pytest.raises(CourseError, match="first_steps has no written answers"):
        questions(Course(tmp_path / "plain"), ASSIGNMENT)
    course = with_question(tmp_path / "course")
    status, said = autograder(course.root, "answers", ASSIGNMENT)
    assert status == 2 and "nobody has been graded for first_steps yet" in said


def test_long_and_empty_answers_have_a_place():
    one = Answer("k", "ada", "", "", "d", None, "", False)
    found = together(
        [one, *(Answer(f"k{i}", "x", "", "word " * 5000 + str(i), "d", None, "", False) for i in range(3))]
    )
    assert [len(group) for group in found] == [3, 1]
