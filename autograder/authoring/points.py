"""Points: the rubric, the notebook and the gradebook say the same, or nobody knows what a score means."""

from __future__ import annotations

from nbformat import NotebookNode

from autograder.authoring.notebook import grade_id_of, is_check, is_manual, points_of
from autograder.authoring.rubric import Rubric


def disagreements(name: str, notebook: NotebookNode, rubric: Rubric) -> list[str]:
    """Where a notebook's check cells and its rubric differ, in a sentence each.

    Parameters
    ----------
    name : str
        What to call the notebook.
    notebook : NotebookNode
        The solution, or what was released of it.
    """
    cells = {grade_id_of(cell): points_of(cell) for cell in notebook.cells if is_check(cell)}
    problems = [
        f"{name}: the rubric has checks for {cell}, which is no check cell"
        for cell in rubric.cells()
        if cell not in cells
    ]
    problems += [
        f"{name}: {cell} is a check cell, but the rubric has no check for it"
        for cell, points in cells.items()
        if points == 0 and not rubric.of(cell)
    ]
    return problems + [
        f"{name}: {cell} is worth {points:g} points, but its checks add up to {rubric.points(cell):g}"
        for cell, points in cells.items()
        if rubric.points(cell) != points
    ]


def points_in(notebook: NotebookNode) -> dict[str, float]:
    """The points of each graded cell, by its grade id."""
    return {grade_id_of(cell): points_of(cell) for cell in notebook.cells if is_check(cell) or is_manual(cell)}
