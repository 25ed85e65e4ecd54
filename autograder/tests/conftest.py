"""A graded sample class, made once for all tests that look at it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from autograder.authoring.release import release
from autograder.classroom.gradebook import GradebookWriter
from autograder.course import Course
from autograder.grading.grade import grade_class
from autograder.grading.results import SubmissionResult
from autograder.tests.sample_class import ASSIGNMENT, SAMPLES, make_class, train_net

REPOSITORY = Path(__file__).parents[2]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes longest begin first, so that no processor waits for it at the end."""
    items.sort(key=lambda item: item.path.name != "test_student_path.py")


@pytest.fixture(scope="session")
def course() -> Course:
    """The repository's own course. Tests only read it."""
    return Course(REPOSITORY)


@pytest.fixture(scope="session")
def trained_net(course) -> tuple[dict[str, np.ndarray], str]:
    """A network that the reference trained on the data in use."""
    return train_net(course)


def new_course(folder: Path) -> Course:
    """A course of its own in `folder`, with the repository's solutions, released."""
    shutil.copytree(REPOSITORY / "solutions", folder / "solutions")
    new = Course(folder)
    release(new, ASSIGNMENT)
    return new


@dataclass
class GradedClass:
    course: Course
    results: dict[str, SubmissionResult]


@pytest.fixture(scope="session")
def graded_class(tmp_path_factory, trained_net) -> GradedClass:
    """The class of `autograder demo`, graded into a gradebook."""
    new = new_course(tmp_path_factory.mktemp("course"))
    make_class(new, SAMPLES, *trained_net)
    results = {}
    with GradebookWriter(new) as gradebook:
        for result in grade_class(new, ASSIGNMENT, new.students(ASSIGNMENT), step_seconds=5.0):
            gradebook.record(ASSIGNMENT, result)
            results[result.student] = result
    return GradedClass(new, results)


@dataclass(frozen=True)
class Environment:
    """A Python environment of its own."""

    folder: Path

    def python(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Run its Python in a folder, with nothing of this process's environment that would let it find the repository."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return subprocess.run([self.folder / "bin" / "python", *words], cwd=folder, env=clean | {"COLUMNS": "200"},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def autograder(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Run its command `autograder` in a folder."""
        return self.python(folder, str(self.folder / "bin" / "autograder"), *words)

    def install(self, *wheels: Path) -> None:
        subprocess.run([sys.executable, "-m", "pip", "--python", self.folder / "bin" / "python", "install", "-q", "--no-deps",
                        "--no-index", *wheels], check=True)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory) -> list[Path]:
    """Both packages' wheels, built from a copy, so that no folder build/ is left in the repository."""
    copy = tmp_path_factory.mktemp("wheels")
    for name in ("cs231n_utils", "autograder"):
        shutil.copytree(REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        subprocess.run([sys.executable, "-c", "from setuptools import build_meta; build_meta.build_wheel('..')"],
                       cwd=copy / name, capture_output=True, check=True)
    return sorted(copy.glob("*.whl"))


@pytest.fixture(scope="session")
def new_environment(tmp_path_factory):
    """Make an environment with wheels and with what they need, as this one has it: neither network nor time is spent."""
    def make(*wheels: Path) -> Environment:
        # Not pytest's folder itself, which is closed to the sandbox's user.
        environment = Environment(tmp_path_factory.mktemp("environment") / "venv")
        venv.create(environment.folder, symlinks=True)
        here = Path(sysconfig.get_path("purelib"))
        there = environment.folder / here.relative_to(sys.prefix)
        shutil.copytree(here, there, copy_function=_linked, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("__editable__*", "autograder*", "cs231n_utils*", "__pycache__"))
        alembic = environment.folder / "bin" / "alembic"  # which nbgrader starts by name
        alembic.write_text(f"#!{alembic.with_name('python')}\nfrom alembic.config import main\nmain()\n")
        alembic.chmod(0o755)
        environment.install(*wheels)
        return environment
    return make


@pytest.fixture(scope="session")
def installed(wheels, new_environment) -> Environment:
    """An environment with both packages from their wheels."""
    return new_environment(*wheels)


def _linked(source: str, target: str) -> None:
    """The same file under another name where the file system can do that; else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
