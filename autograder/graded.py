"""The graded notebook, in autograded/: the hand-in's cells with their verdicts, for the formgrader and for feedback.

Nothing of the key stands in it, so that no command can send it to a student; and nothing of the hand-in as it came.
"""

from __future__ import annotations

from dataclasses import asdict
from html import escape
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.notebook import Step, is_check
from autograder.report import messages, verdict_output
from autograder.results import NotebookResult, write_atomically
from autograder.sanitize import Room, safe_outputs, safe_text_cell
from autograder.terminal import plain


def write_graded(path: Path, released: NotebookNode, steps: list[Step], result: NotebookResult,
                 notes: dict[str, str]) -> None:
    """Write the hand-in's cells, with the verdicts below the check cells.

    Parameters
    ----------
    notes : dict of str to str
        What else to say in the summary of a check cell, by its grade id.
    """
    verdicts = {cell.grade_id: cell for cell in result.cells if cell.checks}
    ours = {cell.source: cell for cell in released.cells if cell.cell_type == "markdown"}
    cells: list[NotebookNode] = []
    room = Room()
    for step in steps:
        cell = step.cell
        if cell.cell_type == "code":
            cell.outputs = safe_outputs(cell.get("outputs", []), room)
        elif cell.source in ours:
            cell = NotebookNode(ours[cell.source], id=cell.id, metadata=cell.metadata)
        else:
            cell = safe_text_cell(cell, room)
        if step.grade_id in verdicts:
            cell.outputs = [*cell.outputs, verdict_output(verdicts[step.grade_id])]
            said = [*messages(verdicts[step.grade_id]), *([notes[step.grade_id]] if step.grade_id in notes else [])]
            cell.metadata["autograder"] = {"messages": said, "result": asdict(verdicts[step.grade_id])}
        cells.append(cell)
    _write(path, released, cells, result.reason)


def write_ungraded(path: Path, released: NotebookNode, result: NotebookResult) -> None:
    """Write what was handed out, with the reason why there is nothing else to show."""
    verdicts = {cell.grade_id: cell for cell in result.cells if cell.checks}
    cells = []
    for model in released.cells:
        cell = nbformat.from_dict(model)
        if is_check(cell) and cell.metadata.nbgrader.grade_id in verdicts:
            verdict = verdicts[cell.metadata.nbgrader.grade_id]
            cell.outputs = [verdict_output(verdict)]
            cell.metadata["autograder"] = {"messages": messages(verdict), "result": asdict(verdict)}
        cells.append(cell)
    _write(path, released, cells, result.reason)


def _write(path: Path, released: NotebookNode, cells: list[NotebookNode], reason: str) -> None:
    if reason:
        # HTML in one line: no Markdown in the reason is looked at.
        words = " ".join(plain(escape(f"This notebook could not be graded in full: {reason}")).split())
        cells = [nbformat.v4.new_markdown_cell(f"<div><strong>{words}</strong></div>", id="not-graded-in-full"), *cells]
    ids: set[str] = set()
    for number, cell in enumerate(cells):
        if cell.id in ids:
            cell.id = f"{cell.id[:50]}-{number}"
        ids.add(cell.id)
    notebook = nbformat.v4.new_notebook(metadata=released.metadata, cells=cells)
    write_atomically(path, nbformat.writes(notebook) + "\n")
