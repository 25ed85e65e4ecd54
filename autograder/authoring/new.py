"""A new course, as small as one can be: an assignment with one notebook, its rubric and two known mistakes.

All of it is meant to be changed, notebook by notebook, into a course of your own.
"""

from __future__ import annotations

import keyword
from importlib.util import find_spec
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.authoring.new_notebook import with_nbgrader
from autograder.course import Course, CourseError

ASSIGNMENT, NOTEBOOK = "first_steps", "temperature"

_SETTINGS = """\
# What this course decides for itself. Every setting may be left out.

title = "A new course"
"""

_GITIGNORE = """\
/submitted/
/attempts/
/roster/
/autograded/
/feedback/
/report/
/handout/
/package/
/gradebook.db*
/.autograder-secret
/.grading/
/backups/
__pycache__/
*.egg-info/
"""

_OPENING = """\
# Temperature

A thermometer in Chicago says 212 when water boils, one in Paris 100."""

_TEXT = """\
## From Fahrenheit to Celsius

Write `to_celsius(fahrenheit)`: water freezes at 32 °F, which is 0 °C, and boils at 212 °F, which is 100 °C; \
in between and
beyond, equal steps stay equal. `fahrenheit` is a number or an array of any shape; the result has the same shape."""

_CODE = '''\
def to_celsius(fahrenheit):
    """The temperatures in degrees Celsius."""
    celsius = None
    ### BEGIN SOLUTION
    celsius = (fahrenheit - 32) * 5 / 9
    ### END SOLUTION
    return celsius'''

_PLAIN_CHECK = """\
got, expected = to_celsius(np.array([32.0, 212.0])), [0.0, 100.0]
print("✓ freezing and boiling" if got is not None and np.allclose(got, expected) \
else f"✗ got {got}, expected {expected}")"""

_HELPER_CHECK = 'check("freezing and boiling", to_celsius(np.array([32.0, 212.0])), [0.0, 100.0])'

_HIDDEN_TEST = f"""
### BEGIN HIDDEN TESTS
from autograder import grade_cell
grade_cell("{ASSIGNMENT}/{NOTEBOOK}", "to_celsius", globals())
### END HIDDEN TESTS"""

_RUBRIC = '''\
"""What is asked of the code in temperature.ipynb."""

from autograder.authoring.rubric import Rubric

rubric = Rubric()


@rubric.check(cell="to_celsius", points=2)
def converts_temperatures(draw):
    """to_celsius converts arrays of any shape"""
    days, cities = draw.normal(7, scale=50.0), draw.normal(2, 3, scale=50.0)
    return lambda code: {"days": code.to_celsius(days), "cities": code.to_celsius(cities)}
'''

_MISCONCEPTIONS = '''\
"""Mistakes that students really make in temperature.ipynb, each an edit of the solution."""

from autograder.authoring.misconception import Misconception

CATALOGUE = [
    Misconception(
        name="multiplies_before_subtracting",
        cell="to_celsius",
        edits={"(fahrenheit - 32) * 5 / 9": "fahrenheit - 32 * 5 / 9"},
        hint="Subtract 32 first, in parentheses: * and / go before -.",
        violates="Try 212: water boils at 100 °C.",
    ),
    Misconception(
        name="turns_the_fraction_around",
        cell="to_celsius",
        edits={"* 5 / 9": "* 9 / 5"},
        hint="A step of 9 °F is one of 5 °C, so multiply by 5 / 9; 9 / 5 leads from Celsius to Fahrenheit.",
        violates="From freezing to boiling there are 180 °F, and 100 °C.",
    ),
]
'''

_HELPER = '''\
"""What the notebooks of this course import."""

import numpy as np


def check(name: str, got: object, expected: object) -> None:
    """Print whether a result is as it should be."""
    if got is None:
        print(f"○ {name}: not written yet")
    elif np.shape(got) == np.shape(expected) and np.allclose(got, expected):
        print(f"✓ {name}")
    else:
        print(f"✗ {name}: got {got}, expected {expected}")
'''

_HELPER_PROJECT = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{helper}"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["numpy"]

[tool.setuptools]
packages = ["{helper}"]
"""


def is_free(folder: Path) -> bool:
    """Whether a folder can be made here: there is nothing of this name, or it is an empty folder."""
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


def new_course(folder: Path, helper: str = "") -> list[Path]:
    """Make a course that can be released, checked and graded as it is.

    Parameters
    ----------
    folder : Path
        A new folder, or an empty one.
    helper : str
        Name of a small package of its own that the notebooks import; it lies beside solutions/. None if left out.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    CourseError
        If there is something in the folder already, or no package can have that name.
    """
    if not is_free(folder):
        raise CourseError(f"{folder} is there already and not an empty folder; name a new one")
    if helper:
        _refuse_name(helper)
    course = Course(folder)
    source = course.source(ASSIGNMENT, NOTEBOOK)
    beside = source.with_suffix("")
    files = {
        folder / ".gitignore": _GITIGNORE,
        course.solutions / "course.toml": _SETTINGS + (f'helper = "{helper}"\n' if helper else ""),
        source: nbformat.writes(_notebook(helper)) + "\n",
        beside / "rubric.py": _RUBRIC,
        beside / "misconceptions.py": _MISCONCEPTIONS,
    }
    if helper:
        files |= {
            folder / helper / "__init__.py": _HELPER,
            folder / "pyproject.toml": _HELPER_PROJECT.format(helper=helper),
        }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(files)


def _refuse_name(helper: str) -> None:
    if not helper.isascii() or not helper.isidentifier() or keyword.iskeyword(helper):
        raise CourseError(f"no package can be called {helper!r}: take letters, digits and _, such as my_course")
    if helper in ("solutions", "assignment", "submitted", "autograded", "feedback") or find_spec(helper):
        raise CourseError(f"there is something called {helper} already; choose another name for the helper package")


def _notebook(helper: str) -> NotebookNode:
    setup = "import numpy as np" + (f"\n\nfrom {helper} import check" if helper else "")
    notebook: NotebookNode = new_notebook(
        cells=[
            new_markdown_cell(_OPENING, id="opening"),
            new_code_cell(setup, id="setup"),
            new_markdown_cell(_TEXT, id="to-celsius-text"),
            with_nbgrader(new_code_cell(_CODE, id="to-celsius-code"), "to_celsius_code"),
            with_nbgrader(
                new_code_cell((_HELPER_CHECK if helper else _PLAIN_CHECK) + _HIDDEN_TEST, id="to-celsius"),
                "to_celsius",
                points=2,
            ),
        ],
        metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    )
    return notebook
