"""Reading a notebook that somebody sends: limits first, then cells that are sound, whatever the file contains.

Submit and the grader read a hand-in with this one function, so that what the one accepts, the other does too.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import Any

import nbformat
from nbformat import NotebookNode

MAX_BYTES = 32 * 2**20
MAX_VALUES = 1_000_000  # texts, lists, and entries of lists in the file: each takes some 100 bytes once it is read
MAX_CELLS = 1000
MAX_SOURCE = 100_000  # characters of a cell that is run and shown whole
NOTES = "coursework"  # in the metadata of a notebook that was handed out: what a hand-in consists of
LONG = "long"  # in these notes, which had none at first: which cells are not run again
SKIP_TAG = "skip-execution"  # of those cells: nbclient's own tag, so that stock nbgrader skips them too

_KINDS = ("code", "markdown", "raw")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")
# A text, or a character that begins another value. The match never backtracks, so the time is linear.
_VALUE = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{,]', re.DOTALL)


class Damaged(ValueError):
    """A file that is no longer JSON."""


def read_cells(content: bytes, *, whole: bool = False) -> NotebookNode:
    """A notebook of format 4 from the bytes of its file.

    Each cell has a type, a unique id, a text and metadata. Byte order marks and UTF-16 are understood.

    Parameters
    ----------
    content : bytes
    whole : bool
        Keep outputs and all metadata. Otherwise only what is needed of a hand-in: grading's metadata, tags,
        attachments of text cells, and the course's notes.

    Raises
    ------
    ValueError
        What the file is instead, as the end of a sentence that begins with its name: "is empty".
    """
    try:
        data = _json(content)
        if not isinstance(data, dict) or type(data.get("nbformat")) is not int:
            raise ValueError("is not a notebook: it is JSON of some other kind")
        if data["nbformat"] < 4:
            raise ValueError(f"is in notebook format {data['nbformat']}; open it in Jupyter and save it again")
        if data["nbformat"] > 4:
            raise ValueError("is not a valid notebook: its format is newer than 4, or none")
        return _notebook(data, whole)
    except (MemoryError, RecursionError):
        raise ValueError("is not a valid notebook: reading it takes too much memory") from None


def _json(content: bytes) -> Any:
    check_size(len(content))
    try:
        text = content.decode(json.detect_encoding(content)).lstrip("\ufeff")  # two tools may each write a mark
    except UnicodeDecodeError:
        raise ValueError("is not text in UTF-8") from None
    if not text or text.isspace():
        raise ValueError("is empty")
    if sum(1 for _ in islice(_VALUE.finditer(text), MAX_VALUES + 1)) > MAX_VALUES:
        raise ValueError(f"is too large: it holds more than {MAX_VALUES:,} texts and numbers; clear its outputs")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        line = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Damaged(f"is not a notebook: the file is broken JSON{line}") from None


def check_size(size: int) -> None:
    """Raise a `ValueError` as `read_cells` does if a file of this many bytes is too large."""
    if size > MAX_BYTES:
        raise ValueError(
            f"is too large ({size / 2**20:.0f} MiB; the limit is {MAX_BYTES / 2**20:.0f} MiB). In Jupyter: "
            "Edit → Clear Outputs of All Cells, and save"
        )


def _notebook(data: dict[str, Any], whole: bool) -> NotebookNode:
    cells = data.get("cells")
    if not isinstance(cells, list):
        raise ValueError("is not a valid notebook: it has no cells")
    if len(cells) > MAX_CELLS:
        raise ValueError(f"is too large: it has {len(cells):,} cells; the limit is {MAX_CELLS:,}")
    metadata = _dict(data.get("metadata"))
    notes = {NOTES: metadata[NOTES]} if NOTES in metadata else {}
    notebook = NotebookNode(nbformat=4, nbformat_minor=5, metadata=NotebookNode(notes))
    if whole:
        notebook.metadata = nbformat.from_dict(metadata)
    notebook.cells = [_cell(cell, number, whole) for number, cell in enumerate(cells, 1)]
    _give_ids(notebook.cells)
    return notebook


def _cell(data: Any, number: int, whole: bool) -> NotebookNode:
    source = data.get("source", "") if isinstance(data, dict) else None
    if not isinstance(source := _joined(source), str):
        raise ValueError(f"is not a valid notebook: its cell number {number} has no text")
    metadata = _dict(data.get("metadata"))
    cell = NotebookNode(
        cell_type=data["cell_type"] if data.get("cell_type") in _KINDS else "raw",
        id=data.get("id", metadata.get("id")),  # Colab keeps it there
        source=_HALF_CHARACTERS.sub("?", source),
        metadata=nbformat.from_dict(metadata if whole else _asked_for(metadata)),
    )
    if not isinstance(tags := metadata.get("tags", []), list):
        tags = []
    if "tags" in metadata:
        cell.metadata.tags = [tag for tag in tags if isinstance(tag, str)]
    if cell.cell_type == "code":
        cell.execution_count = data.get("execution_count") if whole else None
        cell.outputs = nbformat.from_dict(data["outputs"]) if whole and isinstance(data.get("outputs"), list) else []
    elif attachments := _attachments(data.get("attachments")):
        cell.attachments = nbformat.from_dict(attachments)
    return cell


def _asked_for(metadata: dict[str, Any]) -> dict[str, Any]:
    """The part of a cell's metadata that says which of the course's cells it is."""
    about = _dict(metadata.get("nbgrader"))
    kept = {
        key: about[key]
        for key in ("grade_id", "grade", "solution", "cell_type")
        if isinstance(about.get(key), (str, bool))
    }
    if isinstance(points := about.get("points"), int | float):
        kept["points"] = points
    return {"nbgrader": kept} if kept else {}


def _attachments(data: object) -> dict[str, dict[str, str]]:
    """The pictures that were pasted into a text cell, by name and kind, as far as they are of that shape."""
    pictures = {
        name: {kind: text for kind, content in _dict(kinds).items() if isinstance(text := _joined(content), str)}
        for name, kinds in _dict(data).items()
    }
    return {name: kinds for name, kinds in pictures.items() if kinds}


def _give_ids(cells: list[NotebookNode]) -> None:
    """Keep each sound id where it occurs first; other cells get one from their position."""
    taken: set[str] = set()
    for cell in cells:
        sound = isinstance(cell.id, str) and _ID.fullmatch(cell.id) and cell.id not in taken
        cell.id = cell.id if sound else None
        taken.add(cell.id)
    for number, cell in enumerate(cells, 1):
        if cell.id is None:
            cell.id = next(
                name
                for extra in range(len(cells) + 1)
                if (name := f"cell-{number}" + f"-{extra}" * bool(extra)) not in taken
            )
            taken.add(cell.id)


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _joined(text: object) -> object:
    """A text that may be given as a list of lines."""
    return "".join(text) if isinstance(text, list) and all(isinstance(line, str) for line in text) else text
