"""Release, grade and prove coursework notebooks; see `autograder --help`."""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version  # takes a while to load

        try:
            return version("autograder")
        except PackageNotFoundError:  # a folder on the path, not installed
            return "unknown"
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def grade_cell(notebook: str, grade_id: str, namespace: dict[str, Any]) -> float:
    """Points that a cell's rubric gives to the code in `namespace`; prints the verdict.

    The hidden tests in the check cells call this, so that stock `nbgrader autograde` gives the same scores
    on honest work as `autograder grade`. Here the reference is in the student's own process: use it only
    where you trust the hand-ins.

    Parameters
    ----------
    notebook : str
        "<assignment>/<notebook>".
    grade_id : str
        Of the check cell.
    namespace : dict
        The notebook's `globals()`.

    Returns
    -------
    float
        As the last expression of a cell, nbgrader takes it as the cell's score.
    """
    from autograder.grading.in_process import grade_in_process

    return grade_in_process(notebook, grade_id, namespace)
