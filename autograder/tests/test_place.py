"""The first hint: where to look. On small cells, and on every known mistake as students read it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograder.authoring.misconception import load_catalogue
from autograder.authoring.notebook import grade_id_of, read_notebook
from autograder.authoring.place import place_of
from autograder.course import Course

COURSE = Course(Path(__file__).parents[2])
NOTEBOOKS = [(assignment, name) for assignment in COURSE.assignments() for name in COURSE.notebooks(assignment)]

CELL = '''\
def forward(x, w):
    """The class of x: with forward(x, w) as in add_to_class(Net)."""
    out, cache = None, None
    ### BEGIN SOLUTION
    product = x @ w
    out = helper(product)
    cache = (x, w)
    ### END SOLUTION
    return out, cache


### BEGIN SOLUTION
def helper(product):
    return 2 * product
### END SOLUTION


@add_to_class(Net)
def loss(self, X, y, reg):
    """Its loss."""
    loss, grads = None, {}
    ### BEGIN SOLUTION
    for name in ("W1", "W2"):
        loss += 0.5 * reg
    dhidden = X * 2
    if reg > 0:
        dhidden += 1
    grads = {"W1": X.T @ dhidden, "b1": dhidden.sum()}
    grads["W2"] = X + reg
    self.params["b2"] = y
    ### END SOLUTION
    return loss, grads
'''


@pytest.mark.parametrize(
    ("edits", "hint"),
    [
        ({"x @ w\n": "w @ x\n"}, "Look at how out is computed in forward."),
        ({"(x, w)\n": "(x,)\n"}, "Look at how cache is computed in forward."),
        ({"return out, cache": "return out"}, "Look at forward."),
        ({"2 * product": "product"}, "Look at forward."),  # a helper that no student has: the one that calls it
        ({"0.5 * reg": "reg"}, "Look at how the loss is computed in Net.loss."),
        ({'("W1", "W2")': '("W1",)'}, "Look at how the loss is computed in Net.loss."),  # what the loop computes
        ({"X * 2": "X"}, "Look at how the gradients of W1 and b1 are computed in Net.loss."),
        ({"reg > 0": "reg > 1"}, "Look at how the gradients of W1 and b1 are computed in Net.loss."),
        ({"dhidden.sum()": "dhidden"}, "Look at how the gradient of b1 is computed in Net.loss."),
        ({"X + reg": "X + reg + 1"}, "Look at how the gradient of W2 is computed in Net.loss."),  # at the end of a line
        ({'self.params["b2"] = y': 'self.params["b2"] = y + 1'}, "Look at how b2 is computed in Net.loss."),
        (
            {"x @ w\n": "w @ x\n", "X + reg": "X"},
            "Look at how out is computed in forward and at how the gradient of W2 is computed in Net.loss.",
        ),
        # An edit's text may begin before what it changes.
        ({"    product = x @ w\n    out = helper(product)": "    product = x @ w\n    out = product"},
         "Look at how out is computed in forward."),
    ],
)  # fmt: skip
def test_a_place_is_named_as_the_starter_names_it(edits, hint):
    assert place_of(CELL, edits, "net") == hint


def test_a_cell_without_functions_is_a_choice():
    assert place_of("rate = 3  # def of it", {"3": "4"}, "best_rate") == "Look at your choice in best rate again."


@pytest.mark.parametrize(("assignment", "name"), NOTEBOOKS)
def test_every_first_hint_names_the_function_with_the_mistake(assignment, name):
    path = COURSE.source(assignment, name)
    cells = {grade_id_of(cell): cell.source for cell in read_notebook(path).cells}
    starter = read_notebook(COURSE.released / assignment / path.name)
    students = {grade_id_of(cell): cell.source for cell in starter.cells}
    for mistake in load_catalogue(path):
        source = cells[f"{mistake.cell}_code"]
        first, *others = mistake.hints(source)
        for hint in (first, *others):
            assert hint and hint == " ".join(hint.split()) and re.search(r"[.?!…:][)”]?$", hint), (mistake.name, hint)
        assert re.match(r"(Look|Read|Write|Print|Try) ", first), (mistake.name, first)
        if mistake.where:
            continue
        functions = {_function_above(source, source.index(old), old) for old in mistake.edits} - {""}
        named = {word.rpartition(".")[2] for word in re.findall(r"[\w.]*\w", first)}
        if functions:
            own = functions & set(re.findall(r"def (\w+)", students[f"{mistake.cell}_code"]))
            assert own <= named, (mistake.name, first, functions)
            assert own or named & set(re.findall(r"def (\w+)", students[f"{mistake.cell}_code"])), (mistake.name, first)
        else:
            assert "your choice" in first or named & set(re.findall(r"def (\w+)", source)), (mistake.name, first)


def _function_above(source: str, start: int, text: str) -> str:
    """The function that a text is in, found by indentation alone."""
    start += len(text) - len(text.lstrip())
    line = source.rindex("\n", 0, start) + 1 if "\n" in source[:start] else 0
    here = len(source[line:]) - len(source[line:].lstrip(" "))
    if source[line:].lstrip().startswith("def "):
        here += 1
    for above in reversed(source[: source.index("\n", start) if "\n" in source[start:] else len(source)].splitlines()):
        indent = len(above) - len(above.lstrip())
        if (found := re.match(r"\s*def (\w+)", above)) and indent < here:
            return found[1]
    return ""
