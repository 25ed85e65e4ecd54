"""After a change of a rubric, a class is graded again cell by cell: what nothing has changed about stands."""

from __future__ import annotations

import re
import shutil
from dataclasses import asdict

import pytest
from conftest import every

from autograder.authoring.hand_in import filled_in, write_notebook
from autograder.authoring.misconception import load_catalogue
from autograder.authoring.notebook import read_notebook
from autograder.authoring.release import release
from autograder.authoring.rubric import Check, load_rubric
from autograder.course import Course
from autograder.grading import grade, verdict
from autograder.grading.paper import Terms
from autograder.sandbox.isolation import best_level
from autograder.tests.battle import small_course
from autograder.tests.sample_class import ASSIGNMENT, SOLUTIONS

LAYERS = SOLUTIONS / "layers.ipynb"
MENDED = "relu_backward"  # the cell with the check that is mended
ALL = [check.name for check in load_rubric(LAYERS).checks if isinstance(check, Check)]
OF_CELL = [check.name for check in load_rubric(LAYERS).of(MENDED)]
# One in four: most mistakes of a cell fail the same checks as some other one.
MISTAKES = [mistake.name for mistake in load_catalogue(LAYERS)][::4]


@pytest.fixture(scope="module")
def class_of_many(tmp_path_factory):
    """The solution, the starter, and known mistakes, handed in and graded."""
    course = small_course(tmp_path_factory.mktemp("regrade"))
    released = read_notebook(course.released / ASSIGNMENT / "layers.ipynb")
    solution = read_notebook(course.solutions / ASSIGNMENT / "layers.ipynb")
    course.secret()

    def hand_in(student, notebook):
        write_notebook(course.submitted / student / ASSIGNMENT / "layers.ipynb", notebook)

    hand_in("right", filled_in(released, solution))
    hand_in("starter", released)
    for mistake in load_catalogue(LAYERS):
        wrong = read_notebook(course.solutions / ASSIGNMENT / "layers.ipynb")
        for cell in wrong.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == f"{mistake.cell}_code":
                cell.source = mistake.apply(cell.source)
        hand_in(mistake.name, filled_in(released, wrong))
    return course


@pytest.fixture
def put(monkeypatch):
    """Names of the checks that are put to a hand-in."""
    names = []
    really = verdict.CellGrader._run

    def noted(self, check, host, repair):
        names.append(check.name)
        return really(self, check, host, repair)

    monkeypatch.setattr(verdict.CellGrader, "_run", noted)
    return names


def graded(course, student):
    result = grade.grade_submission(Terms(course, ASSIGNMENT, course.secret(), best_level()), student)
    found = asdict(result.notebooks[0])
    del found["seconds"], found["memory"]
    return found


def moved(course, folder, change=lambda text: text):
    """The course elsewhere, with another rubric: in one process, a module is read once."""
    shutil.copytree(course.root, folder)
    path = Course(folder).solutions / ASSIGNMENT / "layers" / "rubric.py"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    return Course(folder)


def functions(text):
    """Where the functions of the cell to be mended begin, and what they are called."""
    return re.findall(rf'@rubric\.check\(cell="{MENDED}"[^\n]*\ndef (\w+)', text)


def with_line(text, line):
    """The first of them with another line at its beginning."""
    place = re.search(rf'def {functions(text)[0]}\(.*?""".*?"""\n', text, re.DOTALL).end()
    return f"{text[:place]}    {line}\n{text[place:]}"


def lenient(text):
    """As it was before it was mended: it passes everybody."""
    return with_line(text, "return lambda code: 1")


def gentler(text):
    """Written in another way, which changes no verdict."""
    return with_line(text, "draw = draw")


def anew(course, folder, student):
    """What the hand-in gets where nothing was graded before."""
    return graded(without_grades(course, folder), student)


def without_grades(course, folder):
    """The course elsewhere, where nothing was graded before."""
    shutil.copytree(course.root, folder, ignore=shutil.ignore_patterns(".grading"))
    return Course(folder)


def test_after_one_mended_check_its_cell_is_judged_alone(class_of_many, tmp_path, put):
    graded(class_of_many, "right")
    assert put == ALL
    put.clear()
    course = moved(class_of_many, tmp_path / "mended", gentler)
    found = graded(course, "right")
    assert found["status"] == "graded"
    [mended, *_] = functions((course.solutions / ASSIGNMENT / "layers" / "rubric.py").read_text(encoding="utf-8"))
    assert mended in put and put == OF_CELL
    assert found == anew(course, tmp_path / "anew", "right")
    put.clear()
    assert graded(course, "right") == found and put == []


def test_after_an_added_check_its_cell_is_judged_alone(class_of_many, tmp_path, put):
    graded(class_of_many, "right")
    course = moved(
        class_of_many,
        tmp_path / "added",
        lambda text: (
            text
            + f'\n\n@rubric.check(cell="{MENDED}", points=1)\ndef is_there(draw):\n    """it is there"""\n'
            + f"    return lambda code: code.{MENDED} is not None\n"
        ),
    )
    path = course.solutions / ASSIGNMENT / "layers.ipynb"
    notebook = read_notebook(path)
    [cell] = [one for one in notebook.cells if one.metadata.get("nbgrader", {}).get("grade_id") == MENDED]
    cell.metadata.nbgrader["points"] += 1
    write_notebook(path, notebook)
    release(course, ASSIGNMENT)
    put.clear()
    before, found = graded(class_of_many, "right"), graded(course, "right")
    assert put == [*OF_CELL, "is_there"]
    now, then = (sum(cell["score"] or 0 for cell in one["cells"]) for one in (found, before))
    assert now == then + 1
    assert found == anew(course, tmp_path / "anew", "right")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "\n\nHELPER = 3\n",  # what any check might use
        lambda text: text.replace("import numpy as np", "import numpy as np  # as ever\nimport numpy"),
    ],
)
def test_what_is_no_checks_own_belongs_to_all(class_of_many, tmp_path, put, change):
    graded(class_of_many, "right")
    course = moved(class_of_many, tmp_path / "changed", change)
    put.clear()
    graded(course, "right")
    assert put == ALL


def test_a_comment_is_part_of_no_check(class_of_many, tmp_path, put):
    graded(class_of_many, "right")
    course = moved(class_of_many, tmp_path / "changed", lambda text: text.replace("\n\n\n@", "\n\n\n# x\n@"))
    put.clear()
    graded(course, "right")
    assert put == []


def test_anything_else_that_changes_has_all_checks_put(class_of_many, tmp_path, put):
    graded(class_of_many, "right")
    course = moved(class_of_many, tmp_path / "changed")
    (course.solutions / ASSIGNMENT / "layers" / "misconceptions.py").open("a").write("\nanother = 1\n")
    put.clear()
    graded(course, "right")
    assert put == ALL


@pytest.fixture(scope="module")
def before_and_after(class_of_many, tmp_path_factory):
    """The course with a check that passes everybody; with that check mended; and mended, with nothing graded in it."""
    folder = tmp_path_factory.mktemp("lenient")
    return moved(class_of_many, folder / "before", lenient), *(
        without_grades(class_of_many, folder / name) for name in ("mended", "anew")
    )


@pytest.mark.parametrize("student", ["right", "starter", *every(12, MISTAKES)])
def test_what_stands_and_what_is_put_make_the_result_of_all_put_anew(before_and_after, put, student):
    """A check that saw nothing is mended, and sees some of the mistakes."""
    before, mended, fresh = before_and_after
    graded(before, student)
    shutil.copytree(before.root / ".grading", mended.root / ".grading", dirs_exist_ok=True)
    put.clear()
    found = graded(mended, student)
    few = list(put)
    put.clear()
    assert found == graded(fresh, student)
    failed = {check["name"] for cell in found["cells"] for check in cell["checks"] if not check["passed"]}
    assert set(few) <= set(put) and failed & set(put) <= set(few)  # all of the failed cells, and what needs repair
    if student == "right":
        assert few == OF_CELL
