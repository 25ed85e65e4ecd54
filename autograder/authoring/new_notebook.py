"""A new notebook in a course, to be changed into one's own: a question, its check, a known mistake, a right answer."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.course import Course, CourseError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")

_OPENING = """\
# {title}

Say here, in a sentence or two, what this notebook is about."""

_TEXT = """\
## The mean square

Write `mean_square(x)`: the mean of the squares of all entries of `x`, an array of any shape.
That of `[3, -4]` is 12.5."""

_CODE = '''\
def mean_square(x):
    """The mean of the squares of all entries."""
    result = None
    ### BEGIN SOLUTION
    result = np.mean(x**2)
    ### END SOLUTION
    return result'''

_CHECK = """\
got = mean_square(np.array([3.0, -4.0]))
print("✓ two numbers" if got is not None and np.allclose(got, 12.5) else f"✗ got {{got}}, expected 12.5")
### BEGIN HIDDEN TESTS
from autograder import grade_cell
grade_cell("{assignment}/{notebook}", "mean_square", globals())
### END HIDDEN TESTS"""

_RUBRIC = '''\
"""What is asked of the code in {notebook}.ipynb."""

from autograder.authoring.rubric import Rubric

rubric = Rubric()


@rubric.check(cell="mean_square", points=1)
def averages_the_squares(draw):
    """mean_square gives the mean of the squares, for arrays of any shape"""
    line, table = draw.normal(5), draw.normal(2, 3)
    return lambda code: {{"line": code.mean_square(line), "table": code.mean_square(table)}}
'''

_MISCONCEPTIONS = '''\
"""Mistakes that students really make in {notebook}.ipynb, each an edit of the solution."""

from autograder.authoring.misconception import Misconception

CATALOGUE = [
    Misconception(
        name="squares_the_mean",
        cell="mean_square",
        edits={{"np.mean(x**2)": "np.mean(x) ** 2"}},
        hint="Square each entry first, and take the mean of the squares.",
        violates="Try [3, -3]: both squares are 9, and so is their mean.",
    ),
]
'''

_VARIANTS = '''\
"""Right answers to {notebook}.ipynb that look different; none of them may lose a point."""

from autograder.authoring.variant import Variant

CORPUS = [
    Variant(
        "with_a_loop",
        {{
            "mean_square": """
def mean_square(x):
    total = 0.0
    for value in x.ravel():
        total += value * value
    return total / x.size
"""
        }},
    ),
]
'''


def new_notebook_in(course: Course, assignment: str, notebook: str = "") -> list[Path]:
    """Add a notebook to an assignment, which is made if there is none of this name.

    Parameters
    ----------
    notebook : str
        Its name; the assignment's if left out.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    CourseError
        If there is such a notebook, or neither can have that name.
    """
    notebook = notebook or assignment
    for name in (assignment, notebook):
        if not _NAME.fullmatch(name):
            raise CourseError(f"{name!r} can be no name here: take letters, digits and _, such as week_2")
    source = course.source(assignment, notebook)
    beside = source.with_suffix("")
    if source.exists() or beside.exists():
        raise CourseError(f"there is a notebook {notebook} in {source.parent} already; choose another name")
    texts = {"rubric": _RUBRIC, "misconceptions": _MISCONCEPTIONS, "variants": _VARIANTS}
    files = {source: nbformat.writes(_made(assignment, notebook)) + "\n"}
    files |= {beside / f"{name}.py": text.format(notebook=notebook) for name, text in texts.items()}
    beside.mkdir(parents=True)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    return list(files)


def _made(assignment: str, notebook: str) -> NotebookNode:
    title = notebook.replace("_", " ").capitalize()
    check = _CHECK.format(assignment=assignment, notebook=notebook)
    made: NotebookNode = new_notebook(
        cells=[
            new_markdown_cell(_OPENING.format(title=title), id="opening"),
            new_code_cell("import numpy as np", id="setup"),
            new_markdown_cell(_TEXT, id="mean-square-text"),
            with_nbgrader(new_code_cell(_CODE, id="mean-square-code"), "mean_square_code"),
            with_nbgrader(new_code_cell(check, id="mean-square"), "mean_square", points=1),
        ],
        metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    )
    return made


def with_nbgrader(cell: NotebookNode, grade_id: str, points: int | None = None) -> NotebookNode:
    """The cell with nbgrader's metadata: one to write, or, with points, one that checks."""
    check = points is not None
    cell.metadata["nbgrader"] = {
        "cell_type": cell.cell_type,
        "grade": check,
        "grade_id": grade_id,
        "locked": check,
        "schema_version": 3,
        "solution": not check,
        "task": False,
        **({"points": points} if check else {}),
    }
    return cell
