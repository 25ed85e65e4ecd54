"""`autograder check` holds for the course as it is, and fails when any one thing that it guards is broken."""

from __future__ import annotations

import shutil
from dataclasses import replace

import nbformat
import pytest
from conftest import new_course

from autograder.authoring.hand_in import execute, printed
from autograder.authoring.leak import unshown_pictures
from autograder.authoring.misconception import Misconception
from autograder.authoring.notebook import read_notebook
from autograder.authoring.release import release
from autograder.course import Course, CourseError
from autograder.proof import check
from autograder.tests.sample_class import ASSIGNMENT, NETS
from cs231n_utils.training import save_params

QUICK_PROOFS = (check.points_agree, check.release_is_fresh, check.nothing_leaks)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    return new_course(tmp_path_factory.mktemp("fresh"))


@pytest.fixture
def broken(fresh, tmp_path):
    """A course of one's own, to break."""
    shutil.copytree(fresh.root, tmp_path / "course")
    return Course(tmp_path / "course")


def edit(path, old, new):
    """Replace text in a notebook's cells; it must be there once."""
    notebook = nbformat.read(path, 4)
    assert sum(cell.source.count(old) for cell in notebook.cells) == 1, old
    for cell in notebook.cells:
        cell.source = cell.source.replace(old, new)
    nbformat.write(notebook, path)


@pytest.mark.parametrize("proof", QUICK_PROOFS)
def test_the_course_is_sound(course, proof):
    assert proof(course, ASSIGNMENT) == []


def test_every_known_mistake_is_caught(course):
    assert check.mistakes_are_caught(course, ASSIGNMENT) == []


def test_what_a_mistake_costs_is_proved(course, monkeypatch):
    """The shift of scores in place: right numbers, so one point of three."""
    in_place = Misconception(
        "in_place",
        "softmax_loss",
        {"shifted = x - x.max": "x -= x.max", "log_p = shifted - np": "shifted = x; log_p = x - np"},
        "",
        costs=1.0,
    )
    monkeypatch.setattr(check, "load_catalogue", lambda path: [in_place] if path.stem == "layers" else [])
    assert check.mistakes_are_caught(course, ASSIGNMENT) == []
    monkeypatch.setattr(
        check, "load_catalogue", lambda path: [replace(in_place, costs=3.0)] if path.stem == "layers" else []
    )
    assert check.mistakes_are_caught(course, ASSIGNMENT) == ["layers: in_place costs 1 points, not 3"]


def test_other_points_than_the_rubric_are_noticed(broken):
    path = broken.solutions / ASSIGNMENT / "layers.ipynb"
    notebook = nbformat.read(path, 4)
    next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "svm_loss").metadata.nbgrader[
        "points"
    ] = 5
    nbformat.write(notebook, path)
    assert check.points_agree(broken, ASSIGNMENT) == ["layers: svm_loss is worth 5 points, but its checks add up to 2"]


def test_a_check_cell_without_checks_is_noticed(broken):
    path = broken.solutions / ASSIGNMENT / "layers.ipynb"
    notebook = nbformat.read(path, 4)
    next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "svm_loss").metadata.nbgrader[
        "grade_id"
    ] = "hinge_loss"
    nbformat.write(notebook, path)
    problems = check.points_agree(broken, ASSIGNMENT)
    assert any("svm_loss, which is no check cell" in problem for problem in problems)
    assert any("hinge_loss is worth 2 points, but its checks add up to 0" in problem for problem in problems)


def test_one_changed_byte_of_the_release_is_noticed(broken):
    path = broken.released / ASSIGNMENT / "layers.ipynb"
    path.write_bytes(path.read_bytes() + b" ")
    assert check.release_is_fresh(broken, ASSIGNMENT) == [
        "assignment/two_layer_net/layers.ipynb is not what a release writes now: run `autograder release two_layer_net`"
    ]


def test_a_missing_and_a_foreign_file_in_the_release_are_noticed(broken):
    (broken.released / ASSIGNMENT / "layers.ipynb").rename(broken.released / ASSIGNMENT / "key.ipynb")
    problems = check.release_is_fresh(broken, ASSIGNMENT)
    assert any("key.ipynb does not come from a release" in problem for problem in problems)
    assert any("layers.ipynb is missing" in problem for problem in problems)


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("dx, dw, db = None, None, None", "dx, dw, db = None, None, None\n    dw = rows.T @ dout", "gives away"),
        ("inline_question_1 = set()", "inline_question_1 = {1, 2}", "gives away"),
        ("dx, x = None, cache", "dx, x = None, cache\n    # BEGIN HIDDEN TESTS", "speaks of the grader"),
        ("dx, x = None, cache", "dx, x = None, cache\n    import autograder", "speaks of the grader"),
    ],
)
def test_a_leak_into_the_starter_is_noticed(broken, old, new, words):
    edit(broken.released / ASSIGNMENT / "layers.ipynb", old, new)
    problems = check.nothing_leaks(broken, ASSIGNMENT)
    assert any(words in problem for problem in problems), problems


def attach(path, grade_id, text, name):
    """Attach a picture to a cell, with `text` before what stands there."""
    notebook = nbformat.read(path, 4)
    cell = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)
    cell.source = cell.source.replace(*text)
    cell.attachments = {name: {"image/png": "iVBORw0KGgo="}}
    nbformat.write(notebook, path)


def test_a_picture_that_the_starter_does_not_show_is_noticed(broken):
    attach(broken.released / ASSIGNMENT / "layers.ipynb", "inline_question_1_explanation", ("", ""), "key.png")
    assert any(
        "layers.ipynb holds a picture that its text does not show, perhaps of a sample answer: key.png" in problem
        for problem in check.nothing_leaks(broken, ASSIGNMENT)
    )


@pytest.mark.parametrize("name", ["key.png", "my key.png", "k.png"])
def test_a_release_leaves_out_pictures_of_sample_answers(broken, name):
    where = broken.solutions / ASSIGNMENT / "layers.ipynb"
    region = "### BEGIN SOLUTION\n"
    attach(
        where, "inline_question_1_explanation", (region, f"{region}![](attachment:{name.replace(' ', '%20')})\n"), name
    )
    release(broken, ASSIGNMENT)
    text = (broken.released / ASSIGNMENT / "layers.ipynb").read_text(encoding="utf-8")
    assert "iVBORw0KGgo" not in text and "attachments" not in text
    assert check.nothing_leaks(broken, ASSIGNMENT) == []


def test_a_release_keeps_the_pictures_that_its_text_shows():
    cell = nbformat.v4.new_markdown_cell(
        "![](attachment:a.png) <img src='attachment:b%20c.png'>",
        attachments=dict.fromkeys(("a.png", "b c.png", "a.pn", "c.png"), {"image/png": "x"}),
    )
    assert unshown_pictures(cell) == ["a.pn", "c.png"]


def test_a_leak_into_the_students_package_is_noticed(broken):
    package = broken.root / broken.settings.helper
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "helpers.py").write_text("def backward(dout, rows):\n    dw = rows.T @ dout\n    return dw\n")
    assert any(
        "gives away a line of layers.ipynb, affine_backward_code" in problem
        for problem in check.nothing_leaks(broken, ASSIGNMENT)
    )


def test_a_mistake_that_no_check_catches_is_noticed(course, monkeypatch):
    harmless = Misconception("harmless", "relu_forward", {"np.maximum(0, x)": "np.maximum(x, 0)"}, "none")
    monkeypatch.setattr(check, "load_catalogue", lambda path: [harmless] if path.stem == "layers" else [])
    assert check.mistakes_are_caught(course, ASSIGNMENT) == ["layers: no check catches harmless"]


def test_two_mistakes_of_one_name_are_noticed(course, monkeypatch):
    one = Misconception("clips", "relu_forward", {"np.maximum(0, x)": "np.maximum(1, x)"}, "none")
    monkeypatch.setattr(check, "load_catalogue", lambda path: [one, one] if path.stem == "layers" else [])
    assert check.mistakes_are_caught(course, ASSIGNMENT) == ["layers: 2 known mistakes are called clips"]


def fake_run(net, source, lines=("✓ all is well",)):
    """In place of minutes of training: a network trained before."""

    def solved(course, assignment, name, folder):
        for file in NETS:
            save_params(folder / file, net, data=source)
        return list(lines)

    return solved


def test_solution_and_starter_get_what_they_deserve(fresh, trained_net, monkeypatch):
    monkeypatch.setattr(check, "solved", fake_run(*trained_net))
    assert check.scores_are_right(fresh, ASSIGNMENT) == []


@pytest.mark.exhaustive
def test_a_solution_that_loses_points_is_noticed(fresh, trained_net, monkeypatch):
    zero = {name: 0 * value for name, value in trained_net[0].items()}
    monkeypatch.setattr(check, "solved", fake_run(zero, trained_net[1], ["✗ accuracy"]))
    problems = check.scores_are_right(fresh, ASSIGNMENT)
    assert any("layers: the solution loses points in best_net" in problem for problem in problems)
    assert any("a visible check fails in the solution: ✗ accuracy" in problem for problem in problems)


@pytest.mark.exhaustive
def test_a_starter_that_earns_points_is_noticed(broken, trained_net, monkeypatch):
    edit(
        broken.solutions / ASSIGNMENT / "layers.ipynb",
        "dx, x = None, cache",
        "dx, x = None, cache\n    return np.where(x > 0.0, dout, 0.0)",
    )
    monkeypatch.setattr(check, "solved", fake_run(*trained_net))
    assert check.scores_are_right(broken, ASSIGNMENT) == ["layers: the starter gets 1 points in relu_backward"]


def run_until(course, cell_id, tmp_path):
    notebook = read_notebook(course.solutions / ASSIGNMENT / "layers.ipynb")
    last = next(i for i, cell in enumerate(notebook.cells) if cell.id == cell_id)
    notebook.cells = notebook.cells[: last + 1]
    execute(notebook, tmp_path, "layers")
    return printed(notebook)


def test_a_wrong_solution_fails_its_visible_checks(broken, tmp_path):
    # The reference is the key, so only the published numbers in the visible checks can tell.
    assert not any("✗" in line for line in run_until(broken, "affine-forward-check", tmp_path))
    edit(broken.solutions / ASSIGNMENT / "layers.ipynb", "out = rows @ w + b", "out = rows @ w")
    assert any("✗" in line for line in run_until(broken, "affine-forward-check", tmp_path))


def test_a_solution_that_raises_is_one_sentence(broken, tmp_path):
    edit(broken.solutions / ASSIGNMENT / "layers.ipynb", "set_up_pictures()", "plt.misprint()")
    with pytest.raises(CourseError, match="layers.ipynb stops with AttributeError"):
        run_until(broken, "setup", tmp_path)
