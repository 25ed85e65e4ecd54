"""Every assignment as a student meets it: handed out, answered cell by cell, zipped, collected, graded."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import quick

from autograder.authoring.hand_in import filled_in, write_notebook
from autograder.authoring.notebook import read_notebook
from autograder.authoring.rubric import load_rubric
from autograder.course import Course
from autograder.proof.check import solved

COURSE = Course(Path(__file__).parents[2])


def told(folder, *command):
    """What a command says that has to succeed."""
    run = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


# One of them trains nothing.
@pytest.mark.parametrize("assignment", quick(COURSE.assignments(), lambda name: name == "backpropagation"))
def test_the_references_answers_zipped_and_graded_get_all_points(assignment, tmp_path):
    course = COURSE.copied(tmp_path / "course", assignment)
    told(course.root, "autograder", "release", assignment)
    home = tmp_path / "home" / assignment
    shutil.copytree(course.released / assignment, home)
    for name in course.notebooks(assignment):
        solution = read_notebook(course.source(assignment, name))
        write_notebook(home / f"{name}.ipynb", filled_in(read_notebook(home / f"{name}.ipynb"), solution))
        if load_rubric(course.source(assignment, name)).files():
            solved(COURSE, assignment, name, home)

    told(home, "cs231n_utils.submit")
    (archive,) = home.glob("*.zip")
    shutil.copy(archive, course.root / "ada.zip")
    told(course.root, "autograder", "collect", assignment, "ada.zip", "--student", "ada")
    told(course.root, "autograder", "grade", assignment, "--json", "results.json")

    (result,) = json.loads((course.root / "results.json").read_text(encoding="utf-8"))["submissions"]
    cells = [cell for notebook in result["notebooks"] for cell in notebook["cells"]]
    automatic = [cell for cell in cells if cell["checks"]]
    assert result["status"] == "graded" and len(automatic) >= len(course.notebooks(assignment))
    assert {cell["grade_id"]: cell["score"] for cell in automatic} == {
        cell["grade_id"]: cell["max_score"] for cell in automatic
    }
    assert all(cell["needs_manual_grade"] for cell in cells if not cell["checks"])
