"""Visible and hidden checks that disagree are found, in a small course; and a sentence of the notebook may decide."""

from __future__ import annotations

import nbformat
import pytest
from conftest import course_from_template
from rich.console import Console

from autograder.authoring.new import ASSIGNMENT, NOTEBOOK
from autograder.course import Course
from autograder.grading.reference import reference_of
from autograder.proof.agreement import check_agreement, comparable_cells, disagreement, rulings
from autograder.proof.trials import trials

AT_FREEZING = ("np.array([32.0, 212.0])), [0.0, 100.0]", "np.array([32.0])), [0.0]")  # there, every factor is right
EXACT = ("np.allclose(got, expected)", "(got == expected).all()")
TURNED = '        name="turns_the_fraction_around",'
VARIANTS = """
from autograder.authoring.variant import Variant

CORPUS = [
    Variant("rearranged", {{"to_celsius": "def to_celsius(f):\\n    return f / 1.8 - 32 / 1.8 + 1e-12"}}, {contract!r}),
]
"""


@pytest.fixture
def edited(tmp_path):
    """A function that makes a small course with something else in its visible check or in its catalogue."""

    def make(check=("", ""), declared="", variant=""):
        course_from_template(tmp_path / "course")
        path = Course(tmp_path / "course").source(ASSIGNMENT, NOTEBOOK)
        notebook = nbformat.read(path, 4)
        assert check[0] in notebook.cells[-1].source
        notebook.cells[-1].source = notebook.cells[-1].source.replace(*check)
        nbformat.write(notebook, path)
        beside = path.with_suffix("")
        if declared:
            catalogue = (beside / "misconceptions.py").read_text()
            declared_there = catalogue.replace(TURNED, f"{TURNED} contract={declared!r},")
            (beside / "misconceptions.py").write_text(declared_there)
        (beside / "variants.py").write_text(VARIANTS.format(contract=variant))
        return path

    return make


def sentences(path):
    reference, cells = reference_of(path), comparable_cells(path)
    found = {one.name: disagreement(path, one, rulings(path, one, cells)) for one in trials(reference)}
    return {name: one.sentence for name, one in found.items() if one is not None}


def test_they_agree(edited):
    course = Course(edited().parents[2])
    console = Console(record=True, width=100)
    assert check_agreement(course, None, console, jobs=1)
    assert "│ to_celsius │ 3   │ 0 " in console.export_text()


def test_a_mistake_that_the_visible_check_accepts(edited):
    assert sentences(edited(check=AT_FREEZING)) == {
        "turns_the_fraction_around": "the visible check accepts the known mistake turns_the_fraction_around; "
        "the hidden one says: days are 3.24 × what they should be"
    }


def test_a_right_answer_that_the_visible_check_refuses(edited):
    assert sentences(edited(check=EXACT))["rearranged"].startswith(
        "the hidden checks accept the right variant rearranged; the visible one says: ✗ got"
    )


def test_a_sentence_of_the_notebook_decides(edited):
    assert sentences(edited(check=AT_FREEZING, declared="equal steps stay equal")) == {"turns_the_fraction_around": ""}


@pytest.mark.parametrize("declared", ["a step of 9 is one of 5", "celsius = (fahrenheit - 32) * 5 / 9"])
def test_a_sentence_that_students_cannot_read_decides_nothing(edited, declared):
    found = sentences(edited(check=AT_FREEZING, declared=declared))
    assert found == {"turns_the_fraction_around": f"turns_the_fraction_around: the notebook does not say {declared!r}"}


def test_what_is_declared_has_to_be_needed(edited):
    assert sentences(edited(variant="equal steps stay equal")) == {
        "rearranged": "declared, but visible and hidden checks agree: rearranged"
    }


def test_a_check_that_fails_for_the_solution_is_not_compared(edited):
    """It needs a cell that takes long, say."""
    path = edited(check=("[0.0, 100.0]", "[0.0, data]"))
    assert comparable_cells(path) == frozenset() and sentences(path) == {}
