"""Honest hand-ins with bad luck: an editor, another machine, a cell too many. None of it costs points or is missed."""

from __future__ import annotations

import copy
import json
import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from autograder.authoring.hand_in import filled_in, write_notebook
from autograder.authoring.notebook import grade_id_of, read_notebook
from autograder.classroom.feedback import write_feedback
from autograder.classroom.gradebook import GradebookWriter
from autograder.grading import grade
from autograder.grading.paper import Terms
from autograder.sandbox.isolation import best_level
from autograder.tests.battle import SOLUTIONS, small_course
from autograder.tests.sample_class import ASSIGNMENT

POINTS = 19.0  # of a hand-in that is right but for its saved net
WHY = "inline_question_1_explanation"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return small_course(tmp_path_factory.mktemp("unlucky") / "course")


@pytest.fixture
def right(course):
    """A right hand-in, to be spoilt."""
    return filled_in(
        read_notebook(course.released / ASSIGNMENT / "layers.ipynb"), read_notebook(SOLUTIONS / "layers.ipynb")
    )


def path_of(course, student):
    return course.submitted / student / ASSIGNMENT / "layers.ipynb"


def graded(course, student, notebook=None):
    if notebook is not None:
        write_notebook(path_of(course, student), notebook)
    return grade.grade_submission(Terms(course, ASSIGNMENT, course.secret(), best_level()), student)


def cell(notebook, name):
    return next(one for one in notebook.cells if name in (grade_id_of(one), one.id))


def written_answer(result):
    return next(one for one in result.notebooks[0].cells if one.grade_id == WHY)


# A setup cell that stops

LINES = """\
import no_such_package, numpy as np
from no_such_package import (
    files,
    drive)
if True:
    import no_such_package
%cd /no/such/folder
%load_ext no_such_package
!pip install no_such_package
assert False, "not on Colab"
"""


@pytest.mark.parametrize("lines", [LINES, "raise SystemExit\n"])
def test_what_the_setup_cell_makes_exists_whatever_becomes_of_it(course, right, lines):
    setup = cell(right, "setup")
    setup.source = setup.source.replace("import numpy as np\n", lines)
    result = graded(course, "setup", right)
    assert result.score == POINTS and result.status == "graded"
    assert re.search(
        r"cell setup: the line `.+` stopped with .+; the rest of the cell (still ran|did not run)",
        " ".join(result.notebooks[0].remarks),
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda one: one.update(source="%%no_such_magic\n" + one.source),
        lambda one: (one.update(cell_type="markdown"), one.pop("outputs"), one.pop("execution_count")),
        lambda one: one.update(source="import os, signal\nos.kill(os.getpid(), 9)"),
    ],
    ids=["magic", "text", "killed"],
)
def test_a_setup_cell_that_is_lost_costs_nothing(course, right, spoil):
    spoil(cell(right, "setup"))
    assert graded(course, "lost", right).score == POINTS


# Answers that stand elsewhere, and pictures


def test_an_answer_is_seen_wherever_it_stands(course, right):
    answer, words = cell(right, WHY), "Its slope is nearly 0 there."
    place = right.cells.index(answer)
    answer.source = cell(read_notebook(course.released / ASSIGNMENT / "layers.ipynb"), WHY).source
    nowhere = graded(course, "nowhere", commentless(right))
    assert written_answer(nowhere).score == 0 and not written_answer(nowhere).needs_manual_grade
    right.cells.insert(place + 1, new_code_cell(f"answer = {words!r}"))
    right.cells.insert(place + 2, new_markdown_cell("", attachments={"a.png": {"image/png": PIXEL}}))
    beside = graded(course, "beside", commentless(right))
    assert written_answer(beside).needs_manual_grade and written_answer(beside).score is None
    assert beside.notebooks[0].remarks == [
        f"the answer {WHY} is empty, but the student wrote something in "
        f"cell number {place + 2}, cell number {place + 3}"
    ]


def commentless(notebook):
    """Without the sample solution's own comments in the cell for tuning, which are words, too."""
    book = copy.deepcopy(notebook)
    cell(book, "tuning_code").source = "results = {}"
    return book


def test_a_notebook_without_its_metadata_is_graded_by_a_person_where_one_is_needed(course, right):
    for one in right.cells:
        one.metadata = {}
    result = graded(course, "stripped", right)
    assert result.score == POINTS and written_answer(result).needs_manual_grade
    assert "cells are missing, or have lost" in result.notebooks[0].remarks[0] and len(result.notebooks[0].remarks) < 10


def test_a_picture_in_an_answer_is_shown_and_a_script_is_not(course, right):
    answer = cell(right, WHY)
    answer.source = "![](attachment:on%20paper.png) <script>gotcha()</script><img src=x onerror='gotcha()'>"
    answer.attachments = {"on paper.png": {"image/png": PIXEL}}
    with GradebookWriter(course) as gradebook:
        gradebook.record(ASSIGNMENT, graded(course, "paper", right))
    assert PIXEL in cell(read_notebook(course.autograded / "paper" / ASSIGNMENT / "layers.ipynb"), WHY).source
    write_feedback(course, ASSIGNMENT, "paper")
    page = (course.feedback / "paper" / ASSIGNMENT / "layers.html").read_text(encoding="utf-8")
    assert PIXEL in page and not re.search(r"<script>gotcha|<img[^>]*onerror", page)


# Files and ids


def test_odd_files_are_read(course, right):
    text = json.dumps(right, ensure_ascii=False)
    path = path_of(course, "odd-file")
    path.parent.mkdir(parents=True)
    for content in (text.encode("utf-16-le"), b"\xef\xbb\xbf\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()):
        path.write_bytes(content)
        assert graded(course, "odd-file").score == POINTS
    path.write_bytes(text.replace("flat", "fläch").encode("cp949", "replace")[:5000])
    result = graded(course, "odd-file")
    assert result.status == "failed" and "layers.ipynb is not" in result.reason and written_answer(result).score is None


def test_odd_ids_and_line_ends_cost_nothing(course, right):
    for number, one in enumerate(right.cells):
        one.id = ("the same", "", 7, "x" * 300)[number % 4]
        one.source = one.source.replace("\n", "\r\n")
    path = path_of(course, "odd-ids")
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(right), encoding="utf-8")
    result = graded(course, "odd-ids")
    assert result.score == POINTS and not any("was edited" in remark for remark in result.notebooks[0].remarks)


# What a hand-in leaves behind


def test_settings_of_warnings_and_errors_cost_nothing(course, right):
    cell(right, "setup").source += "\nimport warnings\nwarnings.simplefilter('error')\nnp.seterr(all='raise')"
    assert graded(course, "strict", right).score == POINTS


def test_hidden_inputs_in_an_exception_are_not_told(course, right):
    cell(right, "relu_forward_code").source = "def relu_forward(x):\n    raise KeyError(float(x.flat[0]))"
    result = graded(course, "telling", right)
    messages = [check.message for one in result.notebooks[0].cells for check in one.checks if not check.passed]
    assert any("it stopped with KeyError" in message for message in messages) and not re.search(
        r"\d\.\d{3}", " ".join(messages)
    )


def test_an_empty_cell_in_another_layout_hides_nothing(course, right):
    released = cell(read_notebook(course.released / ASSIGNMENT / "layers.ipynb"), "relu_forward_code")
    place = right.cells.index(cell(right, "relu_forward_code"))
    right.cells.insert(place, new_code_cell(right.cells[place].source))
    right.cells[place + 1].source = (
        released.source.replace('"""', "'''")
        .replace("    # TODO: write your code here\n", "")
        .replace("\n", "  \r\n\r\n")
    )
    assert graded(course, "stub", right).score == POINTS
