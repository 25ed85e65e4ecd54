"""The graded notebook, in autograded/: the hand-in's cells with their verdicts, for the formgrader and for feedback.

It contains nothing of the key, so that no command can send that to a student, and nothing of the hand-in as it came in.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import lru_cache
from html import escape
from math import inf
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from autograder.authoring.notebook import Step, grade_id_of
from autograder.grading.results import NotebookResult, write_atomically
from autograder.grading.sanitize import Room, safe_outputs, safe_text_cell
from autograder.grading.wording import messages, verdict_output
from autograder.terminal import plain

MAX_CODE = 20_000  # characters of a code cell that are shown
# As nbconvert colours code, which would take nearly as long to be imported as all of the grader.
_COLOURS = get_lexer_by_name("ipython3"), HtmlFormatter()
COLOUR_SECONDS = 3.0  # to colour all of a notebook's code once; every page that shows it takes as long


def write_graded(
    path: Path, released: NotebookNode, steps: list[Step], result: NotebookResult, notes: dict[str, str]
) -> None:
    """Write the hand-in's cells, with the verdicts below the check cells.

    Parameters
    ----------
    notes : dict of str to str
        What else to say in the summary of a check cell, by its grade id.
    """
    cells = safe_cells([step.cell for step in steps], released)
    _write(path, released, cells, result, [step.grade_id for step in steps], notes)


def safe_cells(cells: list[NotebookNode], released: NotebookNode) -> list[NotebookNode]:
    """A hand-in's cells as data that any page may show: text as harmless HTML, outputs checked, all of it limited.

    Cells that are as they were handed out stay as they are, apart from their outputs.
    """
    handed_out = {(cell.cell_type, cell.source): cell for cell in released.cells}
    room, pen = Room(), _Pen()
    safe = []
    for cell in cells:
        ours = handed_out.get((cell.cell_type, cell.source))
        if cell.cell_type == "code":
            shown = [] if ours is not None else pen.plain(cell)
            cell.outputs = [*shown, *safe_outputs(cell.get("outputs", []), room)]
        elif ours is not None:
            cell = NotebookNode(ours, id=cell.id, metadata=cell.metadata)
        else:
            cell = safe_text_cell(cell, room)
        safe.append(cell)
    return safe


def write_ungraded(path: Path, released: NotebookNode, result: NotebookResult) -> None:
    """Write the notebook that was handed out, with the reason why there is nothing else to show."""
    _write(
        path,
        released,
        [nbformat.from_dict(cell) for cell in released.cells],
        result,
        [grade_id_of(cell) for cell in released.cells],
        {},
    )


def _write(
    path: Path,
    released: NotebookNode,
    cells: list[NotebookNode],
    result: NotebookResult,
    grade_ids: list[str],
    notes: dict[str, str],
) -> None:
    """Write cells, with the verdicts below those that are check cells by their grade ids."""
    verdicts = {cell.grade_id: cell for cell in result.cells if cell.checks}
    for cell, grade_id in zip(cells, grade_ids):
        if grade_id in verdicts:
            cell.outputs = [*cell.outputs, verdict_output(verdicts[grade_id])]
            said = [*messages(verdicts[grade_id]), *([notes[grade_id]] if grade_id in notes else [])]
            cell.metadata["autograder"] = {"messages": said, "result": asdict(verdicts[grade_id])}
    metadata = NotebookNode(released.metadata)
    if reason := plain(result.reason):
        metadata["autograder"] = {"reason": reason}
        # HTML in one line, so that no Markdown in the reason is interpreted.
        words = " ".join(escape(f"This notebook could not be graded in full: {reason}").split())
        cells = [
            nbformat.v4.new_markdown_cell(
                f'<div class="tex2jax_ignore"><strong>{words}</strong></div>', id="not-graded-in-full"
            ),
            *cells,
        ]
    ids: set[str] = set()
    for number, cell in enumerate(cells):
        if cell.id in ids:
            cell.id = f"{cell.id[:50]}-{number}"
        ids.add(cell.id)
    # Indentation takes ten times as long as all the rest, and to look sound cells through again twice as long as that.
    notebook = nbformat.v4.new_notebook(metadata=metadata, cells=cells)
    write_atomically(path, json.dumps(notebook, ensure_ascii=False) + "\n")


class _Pen:
    """Colours code as a trial, as the pages will: some text takes hours, and not in our own processes."""

    def __init__(self) -> None:
        self.left = COLOUR_SECONDS

    def plain(self, cell: NotebookNode) -> list[NotebookNode]:
        """Move code that would take too long to colour from the cell to an output, which shows it without colours."""
        if len(cell.source) > MAX_CODE:
            cell.source = cell.source[:MAX_CODE] + "\n# ... cut: what follows is too long to be shown"
        try:
            with _no_longer_than(self.left):
                spent = _seconds_to_colour(cell.source)
        except _TooLong:
            spent = inf
        fits, self.left = spent <= self.left, max(self.left - spent, 0.1)
        if fits:
            return []
        text, cell.source = cell.source, "# This cell would take too long to colour. It is shown below as it is."
        return safe_outputs([{"output_type": "stream", "name": "stdout", "text": text}], Room())


@lru_cache(maxsize=512)  # many cells of a class are alike
def _seconds_to_colour(source: str) -> float:
    """Processor time to colour a cell: what every page that shows it takes, however often it was tried here."""
    began = time.process_time()
    highlight(source, *_COLOURS)
    return time.process_time() - began


class _TooLong(Exception):
    pass


@contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    """Raise `_TooLong` after so much processor time; in the main thread, where signals arrive."""

    def too_long(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGPROF, too_long)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)  # and again, in case something caught the first
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
