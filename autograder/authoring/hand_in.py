"""Hand-ins made from a solution notebook: the reference's own, and variations of it.

`autograder check` grades them to prove the course, and `autograder demo` to show a class.
"""

from __future__ import annotations

import copy
import os
import subprocess
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from autograder.authoring.notebook import grade_id_of, is_check, is_manual, is_todo, read_notebook, without_delimiters
from autograder.authoring.rubric import load_rubric
from autograder.course import Course, CourseError
from autograder.settings import Settings

CELL_SECONDS = 3600  # a training of minutes on a busy machine is no endless loop
MARKING_SCHEME = "**Marking scheme**"  # in a written answer's solution, after the sample answer


def without_region(source: str, region: str) -> str:
    """`source` without the lines from "BEGIN `region`" to "END `region`"."""
    kept, inside = [], False
    for line in source.splitlines():
        if f"BEGIN {region}" in line:
            inside = True
        if not inside:
            kept.append(line)
        if f"END {region}" in line:
            inside = False
    return "\n".join(kept)


def filled_in(released: NotebookNode, solution: NotebookNode) -> NotebookNode:
    """The released notebook with every answer of the solution written into it."""
    answers = {
        grade_id_of(cell): without_delimiters(cell.source).split(MARKING_SCHEME)[0].strip("\n")
        for cell in solution.cells
        if is_todo(cell) or is_manual(cell)
    }
    notebook = copy.deepcopy(released)
    for cell in notebook.cells:
        if grade_id_of(cell) in answers:
            cell.source = answers[grade_id_of(cell)]
    return notebook


def run_solution(course: Course, assignment: str, name: str, folder: Path) -> NotebookNode:
    """Run a solution notebook from top to bottom, training included, in `folder`; it saves its nets there.

    Returns
    -------
    NotebookNode
        The notebook with its outputs, without hidden tests.

    Raises
    ------
    CourseError
        If a cell raises an exception.
    """
    notebook = read_notebook(course.source(assignment, name))
    execute(notebook, folder, name, course.settings)
    missing = [file for file in load_rubric(course.source(assignment, name)).files() if not (folder / file).is_file()]
    if missing:
        raise CourseError(f"solutions/{assignment}/{name}.ipynb does not save {', '.join(missing)}")
    return notebook


def execute(notebook: NotebookNode, folder: Path, name: str, settings: Settings = Settings()) -> None:
    """Run all cells of a solution notebook in a kernel, long ones included and hidden tests excluded, in `folder`.

    Raises
    ------
    CourseError
        If a cell raises an exception.
    """
    for cell in notebook.cells:
        cell.metadata.pop("tags", None)  # a tag would make the client skip the long cells
        if is_check(cell):
            cell.source = without_region(cell.source, "HIDDEN TESTS")
    client = NotebookClient(
        notebook, timeout=CELL_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    try:
        package = settings.helper_folder()
        environment = {**os.environ, **({"PYTHONPATH": str(package.parent)} if package else {})}
        client.execute(stderr=subprocess.DEVNULL, env=environment)  # the kernel's own log; what cells write is kept
    except CellExecutionError as error:
        raise CourseError(f"{name}.ipynb stops with {error.ename}: {error.evalue}") from None


def printed(notebook: NotebookNode) -> list[str]:
    """All lines that a notebook's cells printed, or showed as tables of checks."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.get("outputs", [])]
    return [
        line
        for output in outputs
        for line in (output.get("text") or output.get("data", {}).get("text/plain", "")).splitlines()
    ]


def write_notebook(path: Path, notebook: NotebookNode) -> None:
    """Write a notebook as a student would hand it in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
