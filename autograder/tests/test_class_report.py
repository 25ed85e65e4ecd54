"""The class report says what a class did, names nobody to the class, and suspects only those who wrote alike."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pytest
from conftest import REPOSITORY, graded_small_course

from autograder.authoring.hand_in import write_notebook
from autograder.authoring.misconception import Misconception, load_catalogue
from autograder.authoring.new import new_course
from autograder.authoring.notebook import grade_id_of, read_notebook
from autograder.authoring.release import release
from autograder.classroom.class_report import write_report
from autograder.classroom.examples import changed_lines, code_lines, line_of
from autograder.classroom.item_analysis import FEW, Mistake, questions
from autograder.classroom.record import grade_and_record
from autograder.classroom.report import print_class
from autograder.classroom.standing import Standing, standings
from autograder.course import Course, CourseError
from autograder.grading.results import CellResult, CheckResult, NotebookResult, SubmissionResult
from autograder.sandbox.isolation import best_level
from autograder.terminal import Console
from autograder.tests.sample_class import ASSIGNMENT

KNOWN = Misconception("off_by_one", "second", {"a": "b"}, "Count again.", "Try n = 1.")


def standing(student, *points, awaits=False, named=""):
    """Somebody's points in cells of 2 each; the last may await a person, the second may fail with a name."""
    cells = [
        CellResult(
            f"cell_{number}",
            score,
            2.0,
            checks=[CheckResult("c", "it counts", score == 2.0, 2.0, "no", misconception=named if score < 2 else None)],
        )
        for number, score in enumerate(points)
    ]
    if awaits:
        cells.append(CellResult("explanation", None, 2.0, needs_manual_grade=True))
    return Standing(student, [NotebookResult("net", "graded", cells=cells)], sum(points), 2.0 * len(cells))


def test_difficulty_and_discrimination_are_those_of_the_books():
    drawn = np.random.default_rng(0).integers(0, 3, (20, 3)).astype(float)
    asked = questions([standing(f"s{number}", *row) for number, row in enumerate(drawn)], {})
    for number, question in enumerate(asked):
        rest = drawn.sum(axis=1) - drawn[:, number]
        assert question.difficulty == pytest.approx(drawn[:, number].mean() / 2)
        assert question.discrimination == pytest.approx(np.corrcoef(drawn[:, number], rest)[0, 1])


def test_the_table_says_how_much_more_was_found():
    result = SubmissionResult("ada", 0.0, 6.0, "graded", notebooks=standing("ada", 0.0, 0.0, 0.0).notebooks)
    with (console := Console(width=200)).capture() as shown:
        print_class(console, [result])
    assert "cell_0: no; cell_1: no; and 1 more" in shown.get()


def test_few_or_equal_answers_have_no_discrimination():
    few = questions([standing(f"s{number}", number % 3, 1.0) for number in range(FEW - 1)], {})
    assert [question.discrimination for question in few] == [None, None]
    [equal, _] = questions([standing(f"s{number}", 2.0, float(number % 3)) for number in range(20)], {})
    assert equal.discrimination is None and equal.verdict == "everybody has it"


def test_what_awaits_a_person_counts_neither_way():
    there = [standing(f"s{number}", 2.0, 1.0, awaits=True) for number in range(10)]
    assert [one.share for one in there] == [0.75] * 10
    assert questions(there, {})[-1].difficulty is None
    empty = standing("empty", 2.0, 1.0)
    empty.notebooks[0].cells.append(CellResult("explanation", 0.0, 2.0))
    assert questions([*there, empty], {})[-1].verdict == "10 still await a person", "not: nobody has it"


def test_mistakes_are_counted_by_name_and_without_one_by_what_should_hold():
    there = [standing("a", 0.0, named="off_by_one"), standing("b", 0.0, named="off_by_one"), standing("c", 0.0)]
    [question] = questions(there, {"net": [KNOWN]})
    assert [(one.name, one.says, one.students) for one in question.mistakes] == [
        ("off by one", "Count again.", ("a", "b")),
        ("", "it counts", ("c",)),
    ]


def test_comments_are_no_part_of_a_line_that_is_shown():
    assert code_lines("x = 1  # by Ada\n# Ada\ny = '#'") == ["x = 1", "y = '#'"]
    assert code_lines("x = (1  # by Ada\n") == ["x = (1"]


def test_without_grades_there_is_one_sentence(tmp_path, autograder):
    new_course(tmp_path / "course")
    status, said = autograder(tmp_path / "course", "report", "first_steps")
    assert status == 2 and "Run `autograder grade" in said and not (tmp_path / "course" / "report").exists()


def test_the_sample_class_is_reported(graded_class):
    course = graded_class.course
    paths = {path.name: path.read_text(encoding="utf-8") for path in write_report(course, ASSIGNMENT)}
    rows = {(row["notebook"], row["question"]): row for row in csv.DictReader(paths["questions.csv"].splitlines())}
    for name, cell in (("layers", "softmax_loss"), ("two_layer_net", "two_layer_net_gradients")):
        graded = [
            next(one for nb in result.notebooks if nb.name == name for one in nb.cells if one.grade_id == cell)
            for result in graded_class.results.values()
        ]
        reached = [one.score for one in graded if not one.needs_manual_grade]
        row = rows[name, cell]
        assert float(row["difficulty"]) == pytest.approx(np.mean(reached) / float(row["points"]), abs=1e-3), (
            name,
            cell,
        )
    data = json.loads(paths["class.json"])
    assert data["hand_ins"] == len(graded_class.results)
    assert sorted(data["scores"]) == sorted(result.score for result in graded_class.results.values())
    named = {mistake["name"] for question in data["questions"] for mistake in question["mistakes"]}
    assert named - {""} == {
        check.misconception.replace("_", " ")
        for result in graded_class.results.values()
        for notebook in result.notebooks
        for cell in notebook.cells
        for check in cell.checks
        if check.misconception
    }
    assert "broken-file" in paths["class.html"] and "uses the test set" in paths["class.html"]
    for file in ("class.json", "questions.csv", "mistakes.csv"):  # what may be shown around
        assert not [student for student in ("broken-file", "two-bugs", "einsum", "peeking") if student in paths[file]]


@pytest.mark.parametrize(
    "name, line",
    [
        ("penalty_gradient_without_2", 'grads["W2"] = hidden.T @ dscores + reg * W2'),
        ("biases_not_updated", "for name in ['W1', 'W2']:"),
    ],
)
def test_the_line_that_is_shown_is_the_mistakes(graded_class, name, line):
    course = graded_class.course
    known = next(one for one in load_catalogue(course.source(ASSIGNMENT, "two_layer_net")) if one.name == name)
    students = [
        student
        for student, result in graded_class.results.items()
        if any(check.misconception == name for nb in result.notebooks for cell in nb.cells for check in cell.checks)
    ]
    assert students
    mistake = Mistake("two_layer_net", "two_layer_net_loss", known.hint, tuple(students), known)
    assert line_of(course, ASSIGNMENT, mistake) == line


def test_a_mistake_is_looked_for_by_whole_lines():
    course = Course(REPOSITORY)
    known = next(
        one
        for one in load_catalogue(course.source(ASSIGNMENT, "two_layer_net"))
        if one.name == "no_max_shift_in_logsumexp"
    )
    assert list(known.edits.values()) == ["1.0 * scores"]  # which looks like a part of many lines
    [line] = changed_lines(course, ASSIGNMENT, "two_layer_net", known)
    assert line.endswith(" = 1.0 * scores")


def test_what_a_person_gave_counts(tmp_path):
    from nbgrader.api import Gradebook

    course = graded_small_course(tmp_path)
    with Gradebook(course.gradebook_url) as gradebook:
        grade = gradebook.find_grade("to_celsius", "temperature", "first_steps", "bob")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    there = {one.student: one for one in standings(course, "first_steps")}
    assert there["bob"].score == 1.5 and questions([there["bob"]], {})[0].reached == {"bob": 1.5}


LONG_WAY = """\
    flat = [float(value) for value in np.ravel(fahrenheit)]
    shifted = []
    for value in flat:
        step = value - 32.0
        ninths = step / 9.0
        shifted.append(ninths * 5.0 + 0.0 * step)
    celsius = np.reshape(np.array(shifted), np.shape(fahrenheit))
"""
OTHER_NAMES = {"flat": "xs", "value": "x", "shifted": "out", "step": "d", "ninths": "k"}
ANOTHER_WAY = """\
    # <script>alert(1)</script>
    boils, freezes = 212, 32
    fraction = 100 / (boils - freezes)
    celsius = np.multiply(np.subtract(fahrenheit, freezes), fraction)
    if np.ndim(celsius) == 0 and "<script>alert(2)</script>":
        celsius = float(celsius)
"""


def small_class(folder, answers):
    """The course that `autograder new` makes, graded, with these bodies of its function."""
    new_course(folder)
    course = Course(folder)
    [released] = release(course, "first_steps")
    for student, body in answers.items():
        notebook = read_notebook(released)
        [cell] = [cell for cell in notebook.cells if grade_id_of(cell) == "to_celsius_code"]
        assert "    # TODO: write your code here\n" in cell.source
        cell.source = cell.source.replace("    # TODO: write your code here\n", body)
        write_notebook(course.submitted / student / "first_steps" / "temperature.ipynb", notebook)
    grade_and_record(course, "first_steps", [], Console(quiet=True), level=best_level())
    return course


def test_who_wrote_alike_is_shown_and_nobody_else(tmp_path):
    renamed = LONG_WAY
    for name, other in OTHER_NAMES.items():
        renamed = re.sub(rf"\b{name}\b", other, renamed)
    plain = "    celsius = (fahrenheit - 32) * 5 / 9\n"
    course = small_class(
        tmp_path / "course",
        {
            "ada": LONG_WAY,
            "bob": f"    # my own\n{renamed}",
            "cleo": ANOTHER_WAY,
            "dora": plain,
            "emil": f"    much = np.ones(2**25)\n{plain}",
        },
    )
    written = {path.name: path.read_text(encoding="utf-8") for path in write_report(course, "first_steps")}
    page = written["alike.html"]
    assert re.findall("<h3>(.*)</h3>", page) == ["ada and bob"]
    assert "<mark>" in page and "ninths" in page and "<script" not in page

    *_, others, most = json.loads(written["class.json"])["memory"]
    assert 20 * 2**20 < others < most - 200 * 2**20
    assert f"the largest {most / 2**20:.0f} MiB (emil)" in " ".join(written["class.html"].split())


def test_what_a_hand_in_says_is_text_on_the_pages(tmp_path):
    course = small_class(tmp_path / "course", {"ada": ANOTHER_WAY, "bob": ANOTHER_WAY})
    pages = [path.read_text() for path in write_report(course, "first_steps") if path.suffix == ".html"]
    assert any("&lt;script&gt;alert(2)" in page for page in pages)
    assert not any("<script" in page for page in pages)


def test_a_notebook_that_something_else_wrote_is_not_read(tmp_path):
    course = small_class(tmp_path / "course", {"ada": LONG_WAY, "bob": LONG_WAY})
    path = course.autograded / "bob" / "first_steps" / "temperature.ipynb"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    page = next(path for path in write_report(course, "first_steps") if path.name == "alike.html").read_text()
    assert "<h3>" not in page


def test_nobody_graded_in_a_released_assignment(tmp_path):
    course = graded_small_course(tmp_path)
    with pytest.raises(CourseError, match="there is no assignment"):
        write_report(course, "second_steps")
