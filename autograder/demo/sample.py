"""One hand-in of a sample class: the reference's answers, changed.

A course's `solutions/<assignment>/samples.py` has a list of them, `SAMPLES`, and makes a class from it for
`autograder demo`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode

from autograder.authoring.notebook import grade_id_of

Notebooks = dict[str, NotebookNode]


@dataclass(frozen=True)
class Sample:
    """One hand-in of the sample class.

    Attributes
    ----------
    student : str
        Its name in the class.
    about : str
        What is special about it.
    loses : dict of str to float
        Points that it deserves to lose, by "notebook.grade_id".
    edit : callable
        Changes the reference's answers, in place, into the sample's.
    net : str
        Which network it saved: "tuned", "diverged" or "none".
    finish : callable
        Last changes to its folder.
    named : tuple of str
        Misconceptions that grading should name.
    failed : bool
        Whether it cannot be graded in full.
    """

    student: str
    about: str
    loses: dict[str, float] = field(default_factory=dict)
    edit: Callable[[Notebooks], None] = lambda notebooks: None
    net: str = "tuned"
    finish: Callable[[Path], None] = lambda folder: None
    named: tuple[str, ...] = ()
    failed: bool = False


def answer(notebooks: Notebooks, name: str, grade_id: str, source: str) -> None:
    """Replace the source of one cell."""
    cell_of(notebooks, name, grade_id).source = source.strip("\n")


def swap(notebooks: Notebooks, name: str, grade_id: str, *edits: tuple[str, str]) -> None:
    """Replace parts of one cell's source; each must occur once."""
    cell = cell_of(notebooks, name, grade_id)
    for old, new in edits:
        if cell.source.count(old) != 1:
            raise ValueError(f"{old!r} occurs {cell.source.count(old)} times in {name}, {grade_id}")
        cell.source = cell.source.replace(old, new)


def cell_of(notebooks: Notebooks, name: str, grade_id: str) -> NotebookNode:
    found: NotebookNode = next(cell for cell in notebooks[name].cells if grade_id_of(cell) == grade_id)
    return found


# Right answers in other styles
