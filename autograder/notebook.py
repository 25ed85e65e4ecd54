"""Reading notebooks: the ones we wrote, and the ones that were handed in.

What a hand-in says about itself is not believed: types, tags, points and the text of check cells come
from the released notebook, and a student's cell is recognised by its grade id.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

MAX_BYTES = 50 * 2**20
SKIP_TAG = "skip-execution"  # nbclient's own tag, so that stock nbgrader skips these cells too


class BadNotebook(ValueError):
    """A notebook that cannot be read; the message says why, for a person."""


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook of format 4.

    Raises
    ------
    BadNotebook
        With a sentence for each way in which a file fails to be a notebook.
    """
    name = path.name
    try:
        size = path.stat().st_size
        if path.is_symlink() or not path.is_file():
            raise BadNotebook(f"{name} is not a plain file")
        if size > MAX_BYTES:
            raise BadNotebook(f"{name} is too large ({size / 2**20:.0f} MiB; the limit is {MAX_BYTES // 2**20} MiB)")
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise BadNotebook(f"{name} is missing") from None
    except UnicodeDecodeError:
        raise BadNotebook(f"{name} is not text in UTF-8") from None
    except OSError as error:
        raise BadNotebook(f"{name} cannot be read: {error.strerror}") from None
    if not text.strip():
        raise BadNotebook(f"{name} is empty")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise BadNotebook(f"{name} is not a notebook: the file is broken JSON{line}") from None
    if not isinstance(data, dict) or not isinstance(data.get("nbformat"), int):
        raise BadNotebook(f"{name} is not a notebook: it is JSON of some other kind")
    if data["nbformat"] < 4:
        raise BadNotebook(f"{name} is in notebook format {data['nbformat']}; open it in Jupyter and save it again")
    try:
        notebook = nbformat.from_dict(data)
        notebook = nbformat.convert(notebook, 4)
        for cell in notebook.cells:
            if not isinstance(cell.get("source", ""), str):
                cell.source = "".join(cell.source)
            cell.setdefault("source", "")
            if not isinstance(cell.get("metadata"), dict):
                cell.metadata = NotebookNode()
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", str(cell.get("id", "x"))):
                del cell["id"]
            cell.source = cell.source.encode("utf-8", "replace").decode()  # half of a surrogate pair is no text
            cell.setdefault("cell_type", "raw")
        return notebook
    except Exception as error:  # a malformed notebook can fail anywhere in nbformat
        raise BadNotebook(f"{name} is not a valid notebook ({type(error).__name__})") from None


def grade_id_of(cell: NotebookNode) -> str | None:
    """The cell's nbgrader grade id, if it has one."""
    about = cell.metadata.get("nbgrader")
    grade_id = about.get("grade_id") if isinstance(about, dict) else None
    return grade_id if isinstance(grade_id, str) and grade_id else None


def _nbgrader(cell: NotebookNode, key: str) -> bool:
    about = cell.metadata.get("nbgrader")
    return bool(isinstance(about, dict) and about.get(key))


def is_check(cell: NotebookNode) -> bool:
    """An autograded check cell: points, and nothing for the student to write."""
    return cell.cell_type == "code" and _nbgrader(cell, "grade") and not _nbgrader(cell, "solution")


def is_manual(cell: NotebookNode) -> bool:
    """A cell that the student writes and a person grades."""
    return _nbgrader(cell, "grade") and _nbgrader(cell, "solution")


def is_todo(cell: NotebookNode) -> bool:
    """A cell that the student writes and checks grade."""
    return _nbgrader(cell, "solution") and not _nbgrader(cell, "grade")


def is_skipped(cell: NotebookNode) -> bool:
    """A cell that is not run when a notebook is graded: long training, loading of images."""
    return SKIP_TAG in cell.metadata.get("tags", [])


def points_of(cell: NotebookNode) -> float:
    return float(cell.metadata.nbgrader.get("points", 0))


def without_delimiters(source: str) -> str:
    """`source` without the lines that delimit solutions: what a student would have written."""
    return "\n".join(line for line in source.splitlines()
                     if "### BEGIN SOLUTION" not in line and "### END SOLUTION" not in line)


@dataclass
class Step:
    """One cell of a hand-in, and what grading does with it.

    Attributes
    ----------
    cell : NotebookNode
        With the source to run and, if it is one of ours, our metadata.
    action : str
        "run", "skip" or "check" (run, then ask the rubric); "show" for text.
    grade_id : str or None
    untouched : bool
        Whether this is a TODO cell that was left as released.
    names : list of str
        What an untouched TODO cell would define. It is run only if some of it does not exist yet, so that
        it never hides code written elsewhere.
    """

    cell: NotebookNode
    action: str
    grade_id: str | None = None
    untouched: bool = False
    names: list[str] = field(default_factory=list)


def plan(released: NotebookNode, submitted: NotebookNode) -> tuple[list[Step], list[str]]:
    """What to do with each cell of a hand-in, in its own order, and what is remarkable about it.

    Returns
    -------
    steps : list of Step
        Check cells that the hand-in lacks come last.
    remarks : list of str
        One sentence for each cell that is not as it was handed out.
    """
    ours = {grade_id_of(cell): cell for cell in released.cells if grade_id_of(cell)}
    skipped_ids = {cell.id for cell in released.cells if is_skipped(cell) and "id" in cell}
    skipped_sources = {cell.source.strip() for cell in released.cells if is_skipped(cell) and cell.cell_type == "code"}
    steps: list[Step] = []
    remarks: list[str] = []
    seen: set[str] = set()
    for cell in submitted.cells:
        grade_id = grade_id_of(cell)
        if grade_id in seen:
            remarks.append(f"the cell {grade_id} stands there twice; the second one is taken as ordinary code")
            if is_check(ours[grade_id]) or is_manual(ours[grade_id]):
                continue
            grade_id = None
        model = ours.get(grade_id)
        if model is None:
            skip = cell.get("id") in skipped_ids or cell.source.strip() in skipped_sources
            action = ("skip" if skip else "run") if cell.cell_type == "code" else "show"
            steps.append(Step(_copy(cell, {}), action))
            continue
        seen.add(grade_id)
        if cell.cell_type != model.cell_type:
            remarks.append(f"the cell {grade_id} was turned from {model.cell_type} into {cell.cell_type}")
        steps.append(_known(cell, model, grade_id, remarks))
    for grade_id, model in ours.items():
        if grade_id not in seen:
            remarks.append(f"the cell {grade_id} is missing")
            if is_check(model) or is_manual(model):
                steps.append(_known(model, model, grade_id, remarks))
    return steps, remarks


def _known(cell: NotebookNode, model: NotebookNode, grade_id: str, remarks: list[str]) -> Step:
    if is_check(model):
        if cell.source != model.source:
            remarks.append(f"the check cell {grade_id} was edited; the released one is used")
        return Step(_copy(model, model.metadata), "check", grade_id)
    copy = _copy(model, model.metadata)
    copy.source = cell.source
    _attach(cell, copy)
    if model.cell_type != "code":
        return Step(copy, "show", grade_id)
    untouched = is_todo(model) and cell.source.strip() == model.source.strip()
    if is_skipped(model):
        return Step(copy, "skip", grade_id, untouched)
    return Step(copy, "run", grade_id, untouched, defined_names(model.source) if untouched else [])


def _copy(cell: NotebookNode, metadata: dict) -> NotebookNode:
    """A cell of the same type, id and source, with given metadata and no outputs."""
    new = nbformat.v4.new_code_cell() if cell.cell_type == "code" else nbformat.v4.new_markdown_cell()
    new.source = cell.source
    new.metadata = NotebookNode(json.loads(json.dumps(metadata)))
    _attach(cell, new)
    if isinstance(cell.get("id"), str):
        new.id = cell.id
    return new


def _attach(cell: NotebookNode, to: NotebookNode) -> None:
    """Take along the pictures that were pasted into a text cell."""
    to.pop("attachments", None)
    if to.cell_type == "markdown" and cell.get("attachments"):
        to.attachments = cell.attachments


def defined_names(source: str) -> list[str]:
    """What a cell defines: "relu_forward", or "TwoLayerNet.loss" for `@add_to_class(TwoLayerNet)`."""
    names = []
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            owners = [d.args[0].id for d in node.decorator_list
                      if isinstance(d, ast.Call) and getattr(d.func, "id", "") == "add_to_class"
                      and d.args and isinstance(d.args[0], ast.Name)]
            names.append(".".join([*owners, node.name]))
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return names
