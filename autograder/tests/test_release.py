"""A release refuses what would not be fit for students, naming the cell, and says what is new for them."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import nbformat
import pytest

from autograder.authoring.new import new_course
from autograder.authoring.notebook import grade_id_of, read_notebook
from autograder.authoring.release import release
from autograder.course import Course

ASSIGNMENT, NOTEBOOK = "first_steps", "temperature"


@pytest.fixture
def small(tmp_path):
    new_course(tmp_path / "course")
    course = Course(tmp_path / "course")
    release(course, ASSIGNMENT)
    return course


def edit(course, cell, old, new):
    """Change a cell of the solution, named by its grade id or its id."""
    path = course.source(ASSIGNMENT, NOTEBOOK)
    notebook = read_notebook(path)
    [found] = [one for one in notebook.cells if cell in (grade_id_of(one), one.id)]
    assert old in found.source
    found.source = found.source.replace(old, new)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def content(gradebook):
    with closing(sqlite3.connect(gradebook)) as database:
        return [*database.iterdump()]


REFUSED = {
    "solution not closed": ("to_celsius_code", "    ### END SOLUTION\n", "", "BEGIN SOLUTION has no END SOLUTION"),
    "solution not begun": ("to_celsius_code", "    ### BEGIN SOLUTION\n", "", "END SOLUTION has no BEGIN SOLUTION"),
    "tests not closed": ("to_celsius", "### END HIDDEN TESTS", "", "BEGIN HIDDEN TESTS has no END HIDDEN TESTS"),
    "one in another": (
        "to_celsius_code",
        "    ### END SOLUTION\n",
        "    ### BEGIN SOLUTION\n",
        "BEGIN SOLUTION has no END SOLUTION before the next BEGIN",
    ),
    "a solution that would stay": (
        "setup",
        "import numpy as np",
        "### BEGIN SOLUTION\nimport numpy as np\n### END SOLUTION",
        "a solution in a cell that students do not write",
    ),
    "a test that would never run": (
        "to_celsius",
        "### END HIDDEN TESTS",
        "assert to_celsius(32) == 0\n### END HIDDEN TESTS",
        "its hidden tests have a line `assert to_celsius(32) == 0`: `autograder grade` asks the rubric",
    ),
    "a test of another cell": (
        "to_celsius",
        '"to_celsius", globals',
        '"to_kelvin", globals',
        "it should be grade_cell(",
    ),
    "a test where none is": (
        "setup",
        "import numpy as np",
        "import numpy as np\n### BEGIN HIDDEN TESTS\nx = 1\n### END HIDDEN TESTS",
        "hidden tests belong in a check cell",
    ),
    "the solution once more": (
        "to-celsius-text",
        "equal steps stay equal.",
        "equal steps stay equal:\n\n    celsius = (fahrenheit - 32) * 5 / 9\n",
        "gives away a line of temperature.ipynb, to_celsius_code",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_fit_for_students_is_refused_with_the_cell_and_nothing_is_lost(small, autograder, case):
    cell, old, new, says = REFUSED[case]
    path = small.released / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    before, grades = path.read_bytes(), content(small.gradebook)
    edit(small, cell, old, new)
    status, said = autograder(small.root, "release", ASSIGNMENT)
    assert status == 2 and says in said and f"{NOTEBOOK}.ipynb" in said, said
    assert path.read_bytes() == before and content(small.gradebook) == grades


def test_a_release_says_what_is_new_for_students(small, autograder):
    status, said = autograder(small.root, "release")
    assert status == 0 and "cell" not in said
    edit(small, "to_celsius_code", "(fahrenheit - 32) * 5 / 9", "(fahrenheit - 32.0) * 5 / 9")  # nothing they see
    status, said = autograder(small.root, "release")
    assert status == 0 and "cell" not in said
    edit(small, "opening", "A thermometer", "One thermometer")
    path = small.source(ASSIGNMENT, NOTEBOOK)
    notebook = read_notebook(path)
    notebook.cells.append(nbformat.v4.new_markdown_cell("That is all.", id="end"))
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    status, said = autograder(small.root, "release")
    assert status == 0 and "1 cell new: end" in said and "1 cell changed: opening" in said


JUDGED = '''

@rubric.check(cell="to_celsius", points=0)
def is_cold(draw):
    """to_celsius gives cold days"""
    return (lambda code: code.to_celsius(40.0)), (lambda celsius: None if celsius < 0 else "it is not cold")
'''


@pytest.mark.parametrize(
    "old, new, rubric, sentence",
    [
        ("* 5 / 9", "* 9 / 5", "", "temperature.ipynb, to_celsius: its visible check says '✗ got"),
        (
            "* 5 / 9",
            "* five / 9",
            "",
            "first_steps/temperature, to_celsius: the reference fails its own check converts_temperatures: NameError",
        ),
        ("def to_celsius", "five\ndef to_celsius", "", "temperature.ipynb stops with NameError: name 'five'"),
        ("", "", JUDGED, "temperature, to_celsius: the reference fails its own check is_cold: it is not cold"),
        ("", "", JUDGED.replace("celsius < 0", "celsius.cold"), "its own check is_cold: "),
    ],
)
def test_a_solution_that_fails_its_own_checks_is_not_released(autograder, small, old, new, rubric, sentence):
    small = Course(small.root.rename(small.root.with_name("elsewhere")))  # whose rubric nobody has loaded
    edit(small, "to_celsius_code", old, new)
    beside = small.source(ASSIGNMENT, NOTEBOOK).with_suffix("") / "rubric.py"
    beside.write_text(beside.read_text(encoding="utf-8") + rubric, encoding="utf-8")
    before, released = content(small.gradebook), (small.released / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_bytes()
    status, said = autograder(small.root, "release")
    assert status == 2 and f"solutions/{ASSIGNMENT}" in said and sentence in said, said
    assert content(small.gradebook) == before
    assert (small.released / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_bytes() == released


def test_what_needs_a_long_cell_is_left_to_the_proofs(autograder, small):
    """A visible check that looks at what a training would make says ✗ here, and nobody is refused for that."""
    path = small.source(ASSIGNMENT, NOTEBOOK)
    notebook = read_notebook(path)
    check = notebook.cells[-1]
    training = nbformat.v4.new_code_cell("trained = 1", metadata={"tags": ["skip-execution"]}, id="training")
    notebook.cells[-1:] = [training, check]
    check.source = check.source.replace("got, expected =", "assert trained\ngot, expected =")
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    assert autograder(small.root, "release")[0] == 0
    check.source = check.source.replace("assert trained", "assert untrained")
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    assert "its visible check says \"✗ NameError: name 'untrained'" in autograder(small.root, "release")[1]
