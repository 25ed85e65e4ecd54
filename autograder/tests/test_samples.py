"""The sample class gets what it deserves, in results, gradebook, feedback and exports alike."""

from __future__ import annotations

import copy
import csv
import io
import json

import nbformat
import pytest
from conftest import STUDENTS, quick
from nbgrader.api import Gradebook

from autograder.classroom.export import export_grades
from autograder.classroom.feedback import write_feedback
from autograder.classroom.report import print_class
from autograder.grading.grade import grade_submission
from autograder.grading.paper import Terms
from autograder.grading.results import SubmissionResult, write_results
from autograder.sandbox.isolation import best_level
from autograder.terminal import Console
from autograder.tests.sample_class import ASSIGNMENT, SAMPLES

BY_NAME = {sample.student: sample for sample in SAMPLES}
EACH = quick(BY_NAME, STUDENTS.__contains__)


def cells_of(result):
    return {f"{notebook.name}.{cell.grade_id}": cell for notebook in result.notebooks for cell in notebook.cells}


@pytest.mark.parametrize("student", EACH)
def test_each_sample_loses_exactly_what_it_deserves_to_lose(graded_class, student):
    cells = cells_of(graded_class.results[student])
    lost = {name: cell.max_score - (cell.score or 0.0) for name, cell in cells.items() if cell.checks}
    assert {name: points for name, points in lost.items() if points} == BY_NAME[student].loses


@pytest.mark.parametrize("student", EACH)
def test_known_bugs_are_named_and_nothing_else_is(graded_class, student):
    named = {
        check.misconception
        for cell in cells_of(graded_class.results[student]).values()
        for check in cell.checks
        if check.misconception
    }
    assert named == set(BY_NAME[student].named)


@pytest.mark.parametrize("student", EACH)
def test_status_says_who_needs_a_look(graded_class, student):
    result = graded_class.results[student]
    assert (result.status == "failed") == BY_NAME[student].failed
    assert bool(result.reason) == BY_NAME[student].failed


@pytest.mark.parametrize(
    "student, cell, words",
    quick(
        [
            ("factor-two", "two_layer_net.two_layer_net_gradients", "the derivative of reg · W² is 2 · reg · W"),
            ("epsilon", "layers.softmax_loss", "added inside the logarithm"),
            ("no-max-shift", "two_layer_net.two_layer_net_loss", "Subtract the maximum of each row before exp"),
            ("log10", "layers.softmax_loss", "natural logarithm"),
            ("two-bugs", "layers.affine_backward", "db has shape (1, 5); it should be (5,)"),
            ("two-bugs", "two_layer_net.train", "the biases b1 and b2 never move"),
            ("diverged", "layers.best_net", "the training diverged"),
            ("endless-loop", "two_layer_net.predict", "an endless loop?"),
            ("broken-file", "layers.affine_forward", "broken JSON"),
            ("starter", "layers.affine_forward", "not written yet"),
            ("half-done", "two_layer_net.train", "not written yet"),
        ],
        lambda one: one[0] in STUDENTS,
    ),
)
def test_messages_would_help_their_author(graded_class, student, cell, words):
    checks = cells_of(graded_class.results[student])[cell].checks
    said = [sentence for check in checks for sentence in (check.message, *check.hints)]
    assert any(words in sentence for sentence in said), said


@pytest.mark.exhaustive
def test_an_endless_loop_costs_its_own_cells_only(graded_class):
    cells = cells_of(graded_class.results["endless-loop"])
    assert cells["two_layer_net.two_layer_net_gradients"].score == 4
    assert cells["two_layer_net.inline_question"].score == 1, "the cells after the loop are graded too"


def test_what_could_not_be_graded_is_no_plain_zero(graded_class):
    for cell in cells_of(graded_class.results["broken-file"]).values():
        if cell.grade_id in ("affine_forward", "inline_question_1_explanation"):
            assert cell.score is None and cell.needs_manual_grade


def test_the_gradebook_holds_the_same_scores(graded_class):
    with Gradebook(graded_class.course.gradebook_url) as gradebook:
        for student, result in graded_class.results.items():
            submission = gradebook.find_submission(ASSIGNMENT, student)
            assert submission.score == result.score and submission.max_score == result.max_score
            for name, cell in cells_of(result).items():
                grade = gradebook.find_grade(cell.grade_id, name.split(".")[0], ASSIGNMENT, student)
                assert (grade.auto_score, grade.needs_manual_grade) == (cell.score, cell.needs_manual_grade), name


def test_a_persons_grade_survives_a_regrade(graded_class):
    from autograder.classroom.gradebook import GradebookWriter

    course = graded_class.course
    with Gradebook(course.gradebook_url) as gradebook:
        grade = gradebook.find_grade("inline_question_1_explanation", "layers", ASSIGNMENT, "loops")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    with GradebookWriter(course) as gradebook:
        # A copy: what a person gave is written into the result, and the class is other tests', too.
        gradebook.record(ASSIGNMENT, copy.deepcopy(graded_class.results["loops"]))
    with Gradebook(course.gradebook_url) as gradebook:
        grade = gradebook.find_grade("inline_question_1_explanation", "layers", ASSIGNMENT, "loops")
        assert grade.manual_score == 1.5 and grade.score == 1.5 and not grade.needs_manual_grade
        grade.manual_score, grade.needs_manual_grade = None, True
        gradebook.db.commit()


def test_an_empty_answer_says_no_response_until_there_is_one(graded_class):
    with Gradebook(graded_class.course.gradebook_url) as gradebook:
        comment = gradebook.find_comment("inline_question_1_explanation", "layers", ASSIGNMENT, "starter")
        assert comment.auto_comment == "No response."
        comment = gradebook.find_comment("inline_question_1_explanation", "layers", ASSIGNMENT, "loops")
        assert comment.auto_comment is None


def test_a_regrade_gives_the_same_to_the_last_letter(graded_class):
    course = graded_class.course
    terms = Terms(course, ASSIGNMENT, course.secret(), best_level(), step_seconds=15.0)
    for student in ("factor-two", "einsum"):
        again = grade_submission(terms, student)
        assert again.notebooks == graded_class.results[student].notebooks


def test_results_file_reads_back(graded_class, tmp_path):
    results = list(graded_class.results.values())
    write_results(tmp_path / "results.json", graded_class.course, ASSIGNMENT, results)
    data = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert data["schema"] == 1 and data["assignment"] == ASSIGNMENT
    assert [SubmissionResult.from_json(one) for one in data["submissions"]] == results


def test_graded_notebooks_carry_the_verdict_and_nothing_of_the_key(graded_class):
    path = graded_class.course.autograded / "factor-two" / ASSIGNMENT / "two_layer_net.ipynb"
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    text = json.dumps(notebook, ensure_ascii=False)
    assert "Marking scheme" not in text and "HIDDEN TESTS" not in text and "grade_cell" not in text
    gradients = next(
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "two_layer_net_gradients"
    )
    assert "2 of 4 points" in gradients.outputs[-1].data["text/plain"]


def test_feedback_shows_the_message_but_not_the_scheme(graded_class):
    course = graded_class.course
    pages, problems = write_feedback(course, ASSIGNMENT, "factor-two")
    assert problems == []
    assert {page.name for page in pages} == {"layers.html", "two_layer_net.html"}
    page = next(page for page in pages if page.stem == "two_layer_net").read_text(encoding="utf-8")
    assert "2 · reg · W" in page and "15 / 22" in page
    assert "Marking scheme" not in page and "For the grader only" not in page


def test_exports_hold_every_grade(graded_class):
    course = graded_class.course
    rows = list(csv.DictReader(io.StringIO(export_grades(course, "csv"))))
    assert {row["student_id"]: float(row["score"]) for row in rows} == {
        student: result.score for student, result in graded_class.results.items()
    }
    data = json.loads(export_grades(course, "json", ASSIGNMENT))
    assert {row["student_id"]: sum(nb["score"] for nb in row["notebooks"]) for row in data} == {
        student: result.score for student, result in graded_class.results.items()
    }


def test_tuning_on_the_test_set_is_said_and_costs_nothing(graded_class):
    remarked = {
        student: [remark for notebook in result.notebooks for remark in notebook.remarks if "the test set" in remark]
        for student, result in graded_class.results.items()
    }
    assert {student: remarks for student, remarks in remarked.items() if remarks} == {
        "peeking": ["the cell tuning_code uses the test set: return net, (net.predict(X_test) == y_test).mean()"]
    }
    page = next(
        page for page in write_feedback(graded_class.course, ASSIGNMENT, "peeking")[0] if page.stem == "two_layer_net"
    )
    assert "Your tuning uses the test set, in the line" in page.read_text(encoding="utf-8")
    with (console := Console(width=200)).capture() as shown:
        print_class(console, [graded_class.results["peeking"]])
    assert "uses the test set; all checks passed" in shown.get()


def test_a_page_says_what_its_score_covers(graded_class):
    pages, _ = write_feedback(graded_class.course, ASSIGNMENT, "two-bugs")
    page = next(page for page in pages if page.stem == "layers").read_text(encoding="utf-8")
    result = graded_class.results["two-bugs"]
    assert f"<small>{result.score:g} of {result.max_score:g} in the whole assignment</small>" in page
    awaited = sum(cell.max_score for cell in result.notebooks[0].cells if cell.needs_manual_grade)
    assert awaited and f"<small>{awaited:g} points here still to be given by a person</small>" in page
    # Some of the points is neither right nor wrong.
    assert ">◐</td>" in page and ">✗</td>" in page
    assert '<style media="screen and (prefers-color-scheme: dark)"' in page
