"""A wheel of the repository may come into anybody's hands: nothing of the key is in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile

import pytest
from conftest import REPOSITORY

from autograder.authoring.notebook import read_notebook
from autograder.proof.check import hidden_lines, normal

pytest.importorskip("setuptools")
LEFT_OUT = ("tests", "rubrics", "misconceptions", "variants", "published", "samples")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy, so that no folder build/ is left in the repository."""
    copy = tmp_path_factory.mktemp("wheel")
    for name in ("autograder", "cs231n_utils"):
        shutil.copytree(REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, copy / name)
    run = subprocess.run([sys.executable, "-c", "from setuptools import build_meta; build_meta.build_wheel('.')"],
                         cwd=copy, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    [path] = copy.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_holds_the_key_is_left_out(wheel):
    assert not [name for name in wheel if any(part in LEFT_OUT for part in name.split("/"))]
    assert not [name for name in wheel if name.endswith((".ipynb", ".npz"))]


def test_what_it_needs_is_in_it(wheel):
    for name in ("autograder/cli.py", "autograder/worker/host.py", "autograder/templates/coursework/index.html.j2",
                 "autograder/jupyter/nbgrader_config.py", "autograder/jupyter/jupyter_server_config.json",
                 "cs231n_utils/training/solver.py", "cs231n_utils/data/__init__.py"):
        assert name in wheel


def test_no_line_of_a_solution_is_in_it_nor_in_the_tests_that_students_get(course, wheel):
    secrets = {line for path in course.solutions.glob("*/*.ipynb") for cell in read_notebook(path).cells
               for line in hidden_lines(cell.source)}
    assert len(secrets) > 500
    files = wheel | {str(path): path.read_bytes() for path in (REPOSITORY / "cs231n_utils").rglob("*.py")}
    found = [(name, line) for name, content in files.items() if name.endswith((".py", ".md", ".json", ".j2"))
             for line in content.decode().splitlines() if normal(line) in secrets]
    assert found == []


@pytest.mark.parametrize("words", ["log_p", "np.exp(scores)", "X.T @", "np.maximum(0, scores"])
def test_the_tests_that_students_get_solve_nothing(words):
    """Each is the heart of an answer; they stood in a test of the Solver."""
    for path in (REPOSITORY / "cs231n_utils" / "tests").glob("test_solver.py"):
        assert words not in path.read_text(encoding="utf-8").replace("np.exp(scores).mean()", "")
