"""Odd notebooks, put to submit and to the grader: what the one says of a cell, the other grades."""

from __future__ import annotations

import json
import re

import nbformat
import pytest
from conftest import quick
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.authoring.notebook import read_notebook
from autograder.authoring.release import release
from autograder.classroom.collect import collect
from autograder.course import Course
from autograder.grading.grade import grade_submission
from autograder.grading.paper import Terms
from autograder.sandbox.isolation import best_level
from cs231n_utils.submit.__main__ import main

ASSIGNMENT = "numbers"
CELLS = ("double", "triple")
RUBRIC = """
from autograder.authoring.rubric import Rubric

rubric = Rubric()
"""
CHECK = '''

@rubric.check(cell="{name}", points=2)
def {name}_multiplies(draw):
    """{name} multiplies"""
    x = draw.signed(3, low=2.0, high=9.0)
    return lambda code: code.{name}(x)
'''
TRAINING = 'raise RuntimeError("this takes a night")'


def graded(cell, grade_id, grade, solution, points=2):
    cell.metadata["nbgrader"] = {
        "cell_type": cell.cell_type,
        "grade": grade,
        "grade_id": grade_id,
        "locked": grade and not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    } | ({"points": points} if grade else {})
    return cell


def asked_for(name, factor):
    """A step: a function to write, and its check."""
    code = (
        f"def {name}(x):\n    result = None\n    ### BEGIN SOLUTION\n    result = {factor} * x\n    ### END SOLUTION\n"
        "    return result"
    )
    check = (
        f'with attempt("{name}"):\n    check("{name} of 2", {name}(np.array([2.0])), [{2 * factor}.0])\n'
        "### BEGIN HIDDEN TESTS\nfrom autograder import grade_cell\n"
        f'grade_cell("{ASSIGNMENT}/NOTEBOOK", "{name}", globals())\n### END HIDDEN TESTS'
    )
    return [
        graded(new_code_cell(code, id=f"{name}-code"), f"{name}_code", False, True),
        graded(new_code_cell(check, id=f"{name}-check"), name, True, False),
    ]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """An assignment of two notebooks, released; in the first one there is a long cell and a question."""
    root = tmp_path_factory.mktemp("agrees")
    (root / "solutions" / ASSIGNMENT).mkdir(parents=True)
    (root / "solutions" / "course.toml").write_text('helper = "cs231n_utils"\n', encoding="utf-8")
    setup = "import numpy as np\n\nfrom cs231n_utils.checks import attempt, check"
    books = {
        "first": [
            *asked_for("double", 2),
            new_code_cell(TRAINING, id="training", metadata={"tags": ["skip-execution"]}),
            *asked_for("triple", 3),
            graded(new_markdown_cell("### BEGIN SOLUTION\nYes.\n### END SOLUTION", id="why"), "why", True, True),
        ],
        "second": asked_for("half", 5),
    }
    for name, cells in books.items():
        for cell in cells:
            cell.source = cell.source.replace("NOTEBOOK", name)
        book = new_notebook(
            cells=[new_code_cell(setup, id="setup"), *cells],
            metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
        )
        nbformat.write(book, root / "solutions" / ASSIGNMENT / f"{name}.ipynb")
        (root / "solutions" / ASSIGNMENT / name).mkdir()
        checks = [cell.metadata.nbgrader.grade_id for cell in cells if cell.metadata.get("nbgrader", {}).get("locked")]
        (root / "solutions" / ASSIGNMENT / name / "rubric.py").write_text(
            RUBRIC + "".join(CHECK.format(name=name) for name in checks), encoding="utf-8"
        )
    course = Course(root)
    release(course, ASSIGNMENT)
    return course


# What programs and people do to the JSON of a notebook.


def cell_of(book, name):
    return next(cell for cell in book["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == name)


def own(source, **more):
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None, **more}


def nothing(book):
    """As it is."""


def saved_by_colab(book):
    """No ids of cells but in their metadata, lists of lines, widgets, a cell that installs."""
    book["nbformat_minor"] = 0
    state = {"model_module": "@jupyter-widgets/base", "model_name": "LayoutModel", "state": {"_view_name": "Layout"}}
    book["metadata"] |= {
        "colab": {"provenance": [], "toc_visible": True},
        "widgets": {"application/vnd.jupyter.widget-state+json": {"5c1e": state}},
    }
    for cell in book["cells"]:
        cell["metadata"]["id"] = cell.pop("id")
        cell["metadata"]["outputId"] = "8f0e2c41-aa0b-4a05-b8d5-2c5b4c8d8a52"
        cell["source"] = cell["source"].splitlines(keepends=True)
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "5c1e"}, "text/plain": ["Layout()"]}
    shown = [{"output_type": "display_data", "data": view, "metadata": {}}]
    book["cells"].insert(0, own(["%pip install -q ./cs231n_utils-0.2.0-py3-none-any.whl"], outputs=shown))


def saved_by_vs_code(book):
    book["metadata"] = {"coursework": book["metadata"]["coursework"], "language_info": {"name": "python"}}
    book["metadata"]["vscode"] = {"interpreter": {"hash": "31f2"}}
    for number, cell in enumerate(book["cells"]):
        cell["metadata"]["vscode"] = {"languageId": "python"}
        cell["execution_count"] = number


def without_notes(book):
    book["metadata"] = {}


def without_metadata_of_cells(book):
    for cell in book["cells"]:
        cell["metadata"] = {}


def without_metadata_and_ids(book):
    without_metadata_of_cells(book)
    for cell in book["cells"]:
        del cell["id"]


def with_odd_ids(book):
    for number, cell in enumerate(book["cells"]):
        cell["id"] = [7, "same", "same", None, "with spaces"][number % 5]
        cell["metadata"]["tags"] = {"not": "a list"}


def with_a_huge_cell(book):
    # What it would do is done by nobody.
    book["cells"].insert(1, own("def double(x):\n    return 2 * x\n" + "# more\n" * 20_000))
    cell_of(book, "double_code")["source"] = "def other(x):\n    return x"


def with_a_helper_in_the_long_cell(book):
    training = next(cell for cell in book["cells"] if cell["id"] == "training")
    training["source"] = "import math\n\ndef times(a, b):\n    return math.prod([a, b])\n\n" + TRAINING
    cell_of(book, "triple_code")["source"] = "def triple(x):\n    return times(3, 1) * x"


def with_data_from_the_long_cell(book):
    training = next(cell for cell in book["cells"] if cell["id"] == "training")
    training["source"] = "three = 3\n" + TRAINING
    cell_of(book, "triple_code")["source"] = "def triple(x):\n    return three * x"


def with_commands(book):
    lines = ["%pip install torch", "!touch made-by-a-command", "names = !ls", "print('after')"]
    book["cells"].insert(1, own("\n".join(lines)))
    cell_of(book, "double_code")["source"] = "!touch made-by-a-command\n" + cell_of(book, "double_code")["source"]


def with_a_line_that_fails(book):
    cell_of(book, "double_code")["source"] = "print(nowhere)\n" + cell_of(book, "double_code")["source"]


def without_the_tag(book):
    for cell in book["cells"]:
        cell["metadata"].pop("tags", None)


def with_a_tag_too_many(book):
    cell_of(book, "double_code")["metadata"]["tags"] = ["skip-execution"]


def without_a_check_cell(book):
    book["cells"].remove(cell_of(book, "triple"))


def with_another_check(book):
    cell_of(book, "triple")["source"] = "assert False"


def as_handed_out(book):
    for name in CELLS:
        cell_of(book, f"{name}_code")["source"] = f"def {name}(x):\n    result = None\n    return result"


# Which cells are right, and what is said: by submit, and among the grader's remarks.
ODD = {
    nothing: ({*CELLS}, "2 of 2 visible checks pass, without those of second.ipynb.", ""),
    saved_by_colab: ({*CELLS}, "2 of 2 visible checks pass", ""),
    saved_by_vs_code: ({*CELLS}, "2 of 2 visible checks pass", ""),
    without_metadata_of_cells: ({*CELLS}, "2 of 2 visible checks pass", "the cell double is missing"),
    without_metadata_and_ids: ({*CELLS}, "2 of 2 visible checks pass", "the cell double is missing"),
    with_odd_ids: ({*CELLS}, "2 of 2 visible checks pass", ""),
    with_a_huge_cell: (
        {"triple"},
        "✗ cell number 2 has 140,032 characters; the limit is 100,000",
        "cell number 2 has 140",
    ),
    with_a_helper_in_the_long_cell: ({*CELLS}, "2 of 2 visible checks pass", ""),
    with_data_from_the_long_cell: ({"double"}, "give your function what it needs as an argument", ""),
    with_commands: ({*CELLS}, "2 of 2 visible checks pass", ""),
    with_a_line_that_fails: ({*CELLS}, "✗ your cell double stops with NameError", "the rest of the cell still ran"),
    without_the_tag: ({*CELLS}, "2 of 2 visible checks pass", ""),
    with_a_tag_too_many: ({*CELLS}, "2 of 2 visible checks pass", ""),
    without_a_check_cell: ({*CELLS}, "triple: this check cell is gone. The grader has its own", "triple is missing"),
    with_another_check: ({*CELLS}, "triple: you have changed this check cell", "the check cell triple was edited"),
    as_handed_out: (set(), "0 of 2 visible checks pass", ""),
}


def handed_in(course, desk, change, capsys):
    """What submit prints of a solved notebook, changed, of which the assignment's other one is missing."""
    desk.mkdir()
    book = json.loads((course.released / ASSIGNMENT / "first.ipynb").read_text(encoding="utf-8"))
    for cell in book["cells"]:
        cell["source"] = "".join(cell["source"])
    for name, factor in zip(CELLS, (2, 3)):
        cell_of(book, f"{name}_code")["source"] = f"def {name}(x):\n    return {factor} * x"
    change(book)
    (desk / "first.ipynb").write_text(json.dumps(book), encoding="utf-8")
    assert main([str(desk), "--incomplete"]) == 1
    out, err = capsys.readouterr()
    assert not err and "Traceback" not in out
    return out


EVERY_DAY = (saved_by_colab, without_metadata_and_ids, with_a_helper_in_the_long_cell, with_commands)


@pytest.mark.parametrize("change", quick(ODD, lambda change: change in EVERY_DAY), ids=lambda change: change.__name__)
def test_what_submit_says_is_what_is_graded(course, tmp_path, capsys, change):
    right, said, remarked = ODD[change]
    out = handed_in(course, tmp_path / "desk", change, capsys)
    assert said in " ".join(out.split())
    passed = {name for name in CELLS if re.search(rf"^  ✓ {name}$", out, re.MULTILINE)}
    student = change.__name__
    [taken] = collect(course, ASSIGNMENT, [tmp_path / "desk" / f"{ASSIGNMENT}.zip"], student=student)
    assert not taken.refused
    result = grade_submission(Terms(course, ASSIGNMENT, course.secret(), best_level()), student)
    first, second = result.notebooks
    scores = {cell.grade_id: cell.score for cell in first.cells if cell.checks}
    assert {name for name, score in scores.items() if score == 2} == right
    assert passed == right - ({"triple"} if change in (without_a_check_cell, with_another_check) else set())
    remarks = "; ".join(first.remarks)
    assert remarked in remarks if remarked else not remarks
    assert "is missing" in second.reason and result.score == 2 * len(right)
    assert not list((tmp_path / "desk").glob("made-by*")) and len(list((tmp_path / "desk").iterdir())) == 2


def test_a_notebook_that_has_lost_the_notes_is_packed_and_graded(course, tmp_path, capsys):
    """What belongs to the assignment, the other notebook says."""
    desk = tmp_path / "desk"
    out = handed_in(course, desk, nothing, capsys)
    book = json.loads((desk / "first.ipynb").read_text(encoding="utf-8"))
    without_notes(book)
    (desk / "first.ipynb").write_text(json.dumps(book), encoding="utf-8")
    assert main([str(desk)]) == 2
    assert "first.ipynb has lost the course's notes, if it had any" in capsys.readouterr().out
    (desk / "second.ipynb").write_bytes((course.released / ASSIGNMENT / "second.ipynb").read_bytes())
    assert main([str(desk)]) == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "! first.ipynb has lost the course's notes, so it can't be looked at here: it is handed in as it is" in out
    assert "0 of 1 visible checks pass, without those of first.ipynb." in out and "numbers.zip is ready: 2 files" in out
    [taken] = collect(course, ASSIGNMENT, [desk / f"{ASSIGNMENT}.zip"], student="lost")
    result = grade_submission(Terms(course, ASSIGNMENT, course.secret(), best_level()), "lost")
    assert not taken.refused and result.status == "graded" and result.score == 4


def test_the_long_cells_are_in_the_notes(course):
    notes = read_notebook(course.released / ASSIGNMENT / "first.ipynb").metadata.coursework
    assert list(notes["long"]) == ["training"]
