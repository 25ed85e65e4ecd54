"""A graded sample class, made once for all tests that look at it."""

from __future__ import annotations

import shutil
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
