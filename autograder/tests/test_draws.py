"""A verdict that depends on the drawn inputs is found, in a small course."""

from __future__ import annotations

import pytest
from conftest import course_from_template
from rich.console import Console

from autograder.authoring.new import ASSIGNMENT, NOTEBOOK
from autograder.course import Course
from autograder.proof.draws import LEAST, changes, check_draws, failed_in, steadiness

# A reader of thermometers that mixes something up below freezing; some draws have no temperature there.
MISTAKE = """
    Misconception(
        name="frost_forgotten",
        cell="to_celsius",
        edits={"(fahrenheit - 32) * 5 / 9": "np.maximum(fahrenheit - 32, 0) * 5 / 9"},
        hint="Temperatures may be below freezing.",
    ),
]
"""
COLD = ("draw.normal(7, scale=50.0), draw.normal(2, 3, scale=50.0)", "33 + draw.normal(1), 50 + draw.normal(2, 3)")
VARIANT = """
from autograder.authoring.variant import Variant

CORPUS = [Variant("rearranged", {"to_celsius": "def to_celsius(f):\\n    return f / 1.8 - 32 / 1.8"})]
"""


@pytest.fixture
def course(tmp_path):
    """A small course with one more mistake, and a right variant."""
    course_from_template(tmp_path / "course")
    course = Course(tmp_path / "course")
    beside = course.source(ASSIGNMENT, NOTEBOOK).with_suffix("")
    catalogue = (beside / "misconceptions.py").read_text()
    (beside / "misconceptions.py").write_text(catalogue.rstrip().removesuffix("]") + MISTAKE)
    (beside / "variants.py").write_text(VARIANT)
    return course


def rubric(course):
    return course.source(ASSIGNMENT, NOTEBOOK).with_suffix("") / "rubric.py"


def test_the_same_checks_fail_in_every_draw(course):
    console = Console(record=True, width=100)
    assert check_draws(course, ASSIGNMENT, 3, console, jobs=1)
    assert "│ to_celsius │ 8   │ 0 " in console.export_text()  # three mistakes, a right variant, four mutants


def test_a_mistake_that_some_draws_miss(course):
    rubric(course).write_text(rubric(course).read_text().replace(*COLD))
    path = course.source(ASSIGNMENT, NOTEBOOK)
    sentences = changes(failed_in(path, "to_celsius", range(20)))
    [sentence] = [one for one in sentences if "frost_forgotten" in one]
    start, _, end = sentence.partition(" in ")
    assert start == "the known mistake frost_forgotten fails converts_temperatures"
    assert 0 < int(end.split(" ")[0]) < 20 and end.endswith(" of 20 draws")


def test_with_little_time_there_are_fewer_draws(course):
    [cell] = steadiness(course.source(ASSIGNMENT, NOTEBOOK), 1000, Console(), jobs=1, seconds=0.0)
    assert (cell.put, cell.draws, cell.changing) == (8, LEAST, [])


def test_a_right_answer_that_fails_in_a_draw():
    name = "the right variant rearranged"
    assert changes([{name: ()}, {name: ()}]) == []
    assert changes([{name: ()}, {name: ("exact",)}]) == [f"{name} fails exact in 1 of 2 draws"]
    assert changes([{name: ("exact",)}, {name: ("exact",)}]) == [f"{name} fails exact in 2 of 2 draws"]
