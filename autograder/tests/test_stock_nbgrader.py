"""Stock `nbgrader autograde`, on the notebooks that we release, agrees with us on honest work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from conftest import STUDENTS, asked, new_course, quick
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory

from autograder.authoring import new
from autograder.authoring.converter import run_converter
from autograder.authoring.release import release
from autograder.course import JUPYTER_CONFIG, Course
from autograder.tests.sample_class import ASSIGNMENT, SAMPLES, make_class

HONEST = ("reference", "starter", "factor-two", "epsilon", "einsum")


@pytest.fixture(scope="module")
def stock(request, tmp_path_factory, trained_net):
    course = new_course(tmp_path_factory.mktemp("stock"))
    make_class(course, [sample for sample in SAMPLES if sample.student in asked(request, "student")], *trained_net)
    config = course.nbgrader_config()
    config.CourseDirectory.assignment_id = ASSIGNMENT
    config.CourseDirectory.student_id = "*"
    run_converter(Autograde, config)
    return course


@pytest.mark.parametrize("student", quick(HONEST, STUDENTS.__contains__))
def test_scores_agree_cell_by_cell(stock, graded_class, student):
    with Gradebook(stock.gradebook_url) as gradebook:
        for notebook in graded_class.results[student].notebooks:
            for cell in notebook.cells:
                grade = gradebook.find_grade(cell.grade_id, notebook.name, ASSIGNMENT, student)
                assert grade.auto_score == cell.score, f"{notebook.name}.{cell.grade_id}"


NOT_FOR_STUDENTS = (
    "shared.py",
    "equivalents.py",
    "temperature/variants.py",
    "temperature/measured.csv",
    "temperature/old/kept.txt",
)


@pytest.fixture
def small(tmp_path):
    """A new course with all that may lie beside a notebook, and a picture that is meant for students."""
    new.new_course(tmp_path)
    for name in (*NOT_FOR_STUDENTS, "thermometer.svg"):
        path = tmp_path / "solutions" / new.ASSIGNMENT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("(5 / 9)\n", encoding="utf-8")
    return Course(tmp_path)


def nbgrader(course, *words):
    """Type one of nbgrader's own commands in the course's folder, with the configuration of solutions/README.md."""
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=course.root,
        capture_output=True,
        text=True,
        env=os.environ | {"JUPYTER_CONFIG_PATH": str(JUPYTER_CONFIG), "PATH": path},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def files_in(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def by_command(course):
    nbgrader(course, "generate_assignment", new.ASSIGNMENT)


def by_the_formgraders_api(course):
    """What the button of nbgrader's own formgrader calls."""
    config = course.nbgrader_config()
    done = NbGraderAPI(CourseDirectory(config=config), config=config).generate_assignment(new.ASSIGNMENT)
    assert done["success"], done


def by_release(course):
    """What the command line does, and the button of our formgrader."""
    release(course, new.ASSIGNMENT)


@pytest.mark.parametrize("generate", [by_command, by_the_formgraders_api, by_release])
def test_what_lies_beside_a_notebook_is_not_released(small, generate):
    generate(small)
    assert files_in(small.released / new.ASSIGNMENT) == {"temperature.ipynb", "thermometer.svg"}


def test_what_lies_beside_a_notebook_is_not_copied_to_hand_ins(small):
    release(small, new.ASSIGNMENT)
    shutil.copytree(small.released / new.ASSIGNMENT, small.submitted / "ada" / new.ASSIGNMENT)
    nbgrader(small, "autograde", new.ASSIGNMENT)
    handed_in = files_in(small.autograded / "ada" / new.ASSIGNMENT)
    assert {"temperature.ipynb", "thermometer.svg"} <= handed_in
    assert not [name for name in handed_in if name in NOT_FOR_STUDENTS or name.endswith(".py")]
