"""What the grader loses on its way with one hand-in costs what it was at, and no more."""

from __future__ import annotations

import json
import time

import pytest
from nbgrader.api import Gradebook

from autograder.authoring.hand_in import filled_in, write_notebook
from autograder.authoring.notebook import grade_id_of, read_notebook
from autograder.authoring.rubric import load_rubric
from autograder.classroom.gradebook import GradebookWriter
from autograder.grading import grade, running
from autograder.grading.job import Lost
from autograder.grading.paper import Paper, Place, Setback, Terms
from autograder.grading.results import SubmissionResult
from autograder.sandbox.isolation import best_level
from autograder.tests.battle import SOLUTIONS, small_course
from autograder.tests.sample_class import ASSIGNMENT

POINTS = 19.0  # of a hand-in that is right but for its saved net


@pytest.fixture
def course(tmp_path):
    return small_course(tmp_path / "course")


def hand_in(course, student, edit=lambda notebook: None):
    notebook = filled_in(
        read_notebook(course.released / ASSIGNMENT / "layers.ipynb"), read_notebook(SOLUTIONS / "layers.ipynb")
    )
    edit(notebook)
    write_notebook(course.submitted / student / ASSIGNMENT / "layers.ipynb", notebook)


def terms(course, **more):
    return Terms(course, ASSIGNMENT, course.secret(), best_level(), **more)


def after(stage, detail="", spent=0.0):
    return (Setback(Place("layers", stage, detail), "needed more than 768 MiB of memory", spent),)


def scores(result):
    return {cell.grade_id: cell.score for cell in result.notebooks[0].cells}


def graded_notebook(course, student):
    return read_notebook(course.autograded / student / ASSIGNMENT / "layers.ipynb")


def cell(notebook, name):
    return next(one for one in notebook.cells if name in (grade_id_of(one), one.id))


# A lost job


@pytest.mark.parametrize(
    ("setbacks", "points", "words"),
    [
        ((), POINTS, ""),
        (after("check", "relu_forward_of_signs"), POINTS, ""),  # no check of this name
        (after("naming"), POINTS, "no mistake was named: the grader's work on it needed more than 768 MiB of memory"),
        (after("looking"), POINTS, "its code was not looked through: the grader's work on it needed"),
        (after("writing"), POINTS, "what it shows is left out: the grader's work on it needed"),
    ],
)
def test_what_is_lost_beside_the_checks_costs_no_points(course, setbacks, points, words):
    hand_in(course, "ada")
    result = grade.grade_submission(terms(course), "ada", setbacks)
    assert result.score == points and result.status == "graded"
    assert words in " ".join(result.notebooks[0].remarks)
    assert (course.autograded / "ada" / ASSIGNMENT / "layers.ipynb").is_file()


def test_a_check_that_was_lost_costs_itself(course):
    hand_in(course, "ada")
    check = load_rubric(SOLUTIONS / "layers.ipynb").of("relu_forward")[0]
    result = grade.grade_submission(terms(course), "ada", after("check", check.name))
    assert result.score == POINTS - check.points
    failed = [one for one in result.notebooks[0].cells[2].checks if not one.passed]
    assert [one.message for one in failed] == ["the grader's work on it needed more than 768 MiB of memory"]
    assert any(check.name in remark for remark in result.notebooks[0].remarks)


def test_a_cell_that_was_lost_is_not_run(course):
    hand_in(course, "ada")
    steps = [grade_id_of(one) for one in read_notebook(course.submitted / "ada" / ASSIGNMENT / "layers.ipynb").cells]
    number = steps.index("relu_forward_code")
    result = grade.grade_submission(terms(course), "ada", after("cell", str(number)))
    assert scores(result)["relu_forward"] == 0 and scores(result)["affine_forward"] == 2
    assert "cell relu_forward_code: the grader's work on it needed" in " ".join(result.notebooks[0].remarks)


def test_a_notebook_that_cannot_be_read_is_left_to_a_person_who_can_grade_it(course):
    hand_in(course, "ada")
    result = grade.grade_submission(terms(course), "ada", after("reading"))
    assert result.status == "failed" and "needed more than 768 MiB" in result.reason
    assert set(scores(result).values()) == {None}
    shown = graded_notebook(course, "ada")
    assert "could not be graded in full: layers.ipynb: the grader" in shown.cells[0].source
    with GradebookWriter(course) as gradebook:
        gradebook.record(ASSIGNMENT, result)
    with Gradebook(course.gradebook_url) as gradebook:
        grades = gradebook.find_submission_notebook("layers", ASSIGNMENT, "ada").grades
        assert len(grades) == len(result.notebooks[0].cells) and all(one.needs_manual_grade for one in grades)


@pytest.mark.parametrize(
    ("content", "reason", "score"), [(b"{", "broken JSON", None), (None, "layers.ipynb is missing", 0.0)]
)
def test_broken_and_missing_notebooks_have_a_graded_one_too(course, content, reason, score):
    folder = course.submitted / "ada" / ASSIGNMENT
    folder.mkdir(parents=True)
    if content is not None:
        (folder / "layers.ipynb").write_bytes(content)
    result = grade.grade_submission(terms(course), "ada")
    assert set(scores(result).values()) == {score}
    shown = graded_notebook(course, "ada")
    assert reason in shown.cells[0].source and reason in json.dumps(cell(shown, "relu_forward").outputs)


@pytest.mark.parametrize("name", ["layers (1).ipynb", "my work.IPYNB"])
def test_a_missing_notebook_that_has_another_name_is_left_to_a_person(course, name):
    hand_in(course, "ada")
    folder = course.submitted / "ada" / ASSIGNMENT
    (folder / "layers.ipynb").rename(folder / name)
    (folder / "a broken one.ipynb").write_text("{")
    result = grade.grade_submission(terms(course), "ada")
    [book] = result.notebooks
    assert book.reason == f"layers.ipynb is missing; {name!r} seems to be it: give it this name"
    assert all(cell.score is None and cell.needs_manual_grade for cell in book.cells)
    (folder / name).unlink()
    (folder / "x").write_text("a change")
    assert grade._stray(Paper(terms(course), "ada", "layers")) == ""


def test_one_hand_in_that_loses_job_after_job_is_left_to_a_person(course, monkeypatch):
    """In place of the jobs: for one hand-in there is no end to it, the other has a result."""
    hand_in(course, "ada")
    tried = []

    class Jobs:
        def __init__(self, *limits, imports):
            self.work = []

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            pass

        def submit(self, student, function, *arguments):
            self.work.append((student, arguments))

        def results(self):
            while self.work:
                student, arguments = self.work.pop(0)
                tried.append(student)
                if student == "ada":
                    yield student, Lost(Place("layers", "check", f"check {len(tried)}"), 1.0, 2.0, "ended its process")
                else:
                    yield student, SubmissionResult(student, 1.0, 1.0, "graded", seconds=0.5)

    monkeypatch.setattr(grade, "Jobs", Jobs)
    results = {one.student: one for one in grade.grade_class(course, ASSIGNMENT, ["ada", "bea"])}
    assert tried.count("ada") == grade.MAX_SETBACKS + 1 and tried.count("bea") == 1
    assert results["bea"].status == "graded"
    assert results["ada"].status == "failed" and results["ada"].reason == "the grader's work on it ended its process"
    assert results["ada"].seconds == 2.0 * (grade.MAX_SETBACKS + 1)


# Time


def test_cells_of_ones_own_leave_time_for_the_checks(course, monkeypatch):
    def experiments(notebook):
        place = next(n for n, one in enumerate(notebook.cells) if grade_id_of(one) == "affine_forward_code")
        for number in range(6):
            notebook.cells.insert(
                place,
                type(notebook.cells[place])(
                    cell_type="code",
                    id=f"own{number}",
                    metadata={},
                    outputs=[],
                    execution_count=None,
                    source=f"import time\ntime.sleep(0.2)  # experiment number {number}",
                ),
            )

    hand_in(course, "ada", experiments)
    monkeypatch.setattr(running, "OWN_SHARE", 0.5 / 180)
    result = grade.grade_submission(terms(course, notebook_seconds=180.0), "ada")
    assert result.status == "graded" and result.score == POINTS
    assert "was not run: the student's own cells had already taken" in " ".join(result.notebooks[0].remarks)


def test_what_there_was_no_time_for_is_left_to_a_person(course):
    def slow(notebook):
        source = cell(notebook, "relu_forward_code")
        source.source = "import time\n" + source.source.replace(
            "def relu_forward(x):", "def relu_forward(x):\n    time.sleep(8)"
        )

    hand_in(course, "ada", slow)
    began = time.monotonic()
    result = grade.grade_submission(terms(course, notebook_seconds=15.0), "ada")
    assert 15 <= time.monotonic() - began < 60
    assert result.status == "failed" and "its 15 seconds were used up" in result.reason
    assert scores(result)["affine_forward"] == 2 and scores(result)["softmax_loss"] is None
    assert cell(graded_notebook(course, "ada"), "affine_forward").outputs


def test_the_time_of_lost_jobs_counts(course):
    hand_in(course, "ada")
    result = grade.grade_submission(terms(course), "ada", after("naming", spent=1000.0))
    assert result.status == "failed" and "seconds were used up" in result.reason


def test_a_check_that_fails_the_solution_is_the_courses_to_mend(course):
    rubric = course.source(ASSIGNMENT, "layers").with_suffix("") / "rubric.py"
    rubric.write_text(rubric.read_text().replace("code.svm_loss(x, y)[0]", "code.svm_los(x, y)[0]"))
    hand_in(course, "ada")
    [notebook] = grade.grade_submission(terms(course), "ada").notebooks
    words = "its checks have to be mended first: two_layer_net/layers, svm_loss: the reference fails its own check svm_"
    assert notebook.status == "failed" and notebook.reason.startswith(words)


# Lines that stop


def test_a_setup_cell_that_stops_at_one_line_costs_nothing(course):
    def colab(notebook):
        setup = cell(notebook, "setup")
        setup.source = "from google.colab import drive\nimport seaborn as sns\n%load_ext line_profiler\n" + setup.source
        answer = cell(notebook, "svm_loss_code")
        answer.source = answer.source.replace("def svm_loss(x, y):", "def svm_loss(x, y):\n    sns.set_style('dark')")

    hand_in(course, "ada", colab)
    result = grade.grade_submission(terms(course), "ada")
    assert result.status == "graded" and result.score == POINTS - load_rubric(SOLUTIONS / "layers.ipynb").points(
        "svm_loss"
    )
    remarks = " ".join(result.notebooks[0].remarks)
    assert "cell setup: the line `import seaborn as sns` stopped with ModuleNotFoundError" in remarks
    messages = [check.message for one in result.notebooks[0].cells for check in one.checks if not check.passed]
    assert any(
        "name 'sns' is not defined" in message and "the line `import seaborn as sns` stopped" in message
        for message in messages
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("def svm_loss(x, y):", "def svm_loss(x, y)"), "`def svm_loss(x, y)` stopped with SyntaxError: expected ':')"),
        (("def svm_loss(x, y):", "import os; os._exit(1)\ndef svm_loss(x, y):"), "(cell svm_loss_code was left out: "),
        (("return loss, dx", "loss, dx"), "something that the check called gave None; does it return what it found?"),
    ],
)
def test_where_a_function_is_missed_it_is_said_what_became_of_its_cell(course, change, words):
    def slip(notebook):
        answer = cell(notebook, "svm_loss_code")
        assert change[0] in answer.source
        answer.source = answer.source.replace(*change)

    hand_in(course, "ada", slip)
    [notebook] = grade.grade_submission(terms(course), "ada").notebooks
    checks = next(one.checks for one in notebook.cells if one.grade_id == "svm_loss")
    assert checks and all(words in check.message for check in checks)


def test_a_name_of_pythons_that_is_numpys_by_now_is_said(course):
    def star(notebook):
        cell(notebook, "setup").source += "\nfrom numpy import *"
        answer = cell(notebook, "relu_forward_code")
        answer.source = "def relu_forward(x):\n    most = max(x.size, 1)\n    return np.maximum(x, 0), x"

    hand_in(course, "ada", star)
    result = grade.grade_submission(terms(course), "ada")
    messages = [check.message for one in result.notebooks[0].cells for check in one.checks if not check.passed]
    assert messages and all(
        message.endswith("(max is NumPy's here: `from numpy import *` has put it in place of Python's own)")
        for message in messages
        if "AxisError" in message
    )
    assert any("AxisError" in message for message in messages)


def test_a_setup_cell_that_does_not_compile_is_replaced_by_what_was_handed_out(course):
    def broken(notebook):
        cell(notebook, "setup").source += "\nthis is no Python"

    hand_in(course, "ada", broken)
    result = grade.grade_submission(terms(course), "ada")
    assert result.score == POINTS
    assert "cell setup does not compile; what was handed out was run in its place" in result.notebooks[0].remarks
