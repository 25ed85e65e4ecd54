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
from typing import Any
from uuid import uuid4

from nbformat import NotebookNode

from autograder.settings import CourseError
from cs231n_utils.submit.limits import within_limits
from cs231n_utils.submit.reading import SKIP_TAG, check_size, read_cells
from cs231n_utils.submit.untouched import as_python, definitions, digest, parsed, untouched

MAX_REMARKS = 50
MANY_MISSING = 5  # cells that are named in one sentence
MANY_WORDS = 8  # one after the other in the comments of a cell with code: more than a remark about the code
SOME_WORDS = 3  # the same, next to a written answer
BESIDE = 3  # cells above an answer and below it: the question's check and choice, and what was added
ADDED_SINCE = "added_since"  # in the metadata of a cell that no student of an earlier release could answer

_WORD = re.compile(r"[\u2e80-\uffff]|[^\W\d_\u2e80-\uffff]+")  # in Chinese or Japanese, each character counts as one


class BadNotebook(CourseError):
    """A notebook that cannot be read; the message says why, for a person."""


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook of format 4, with everything in it.

    Raises
    ------
    BadNotebook
        With a sentence for each way in which a file fails to be a notebook.
    """
    return _read(path, whole=True)


def read_submitted(path: Path) -> NotebookNode:
    """Read a notebook that was handed in: its cells, without outputs and most metadata.

    Raises
    ------
    BadNotebook
        As `read_notebook`.
    """
    return _read(path, whole=False)


def _read(path: Path, whole: bool) -> NotebookNode:
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            raise BadNotebook(f"{path.name} is not a plain file")
        check_size(path.stat().st_size)
        return read_cells(path.read_bytes(), whole=whole)
    except FileNotFoundError:
        raise BadNotebook(f"{path.name} is missing") from None
    except OSError as error:
        raise BadNotebook(f"{path.name} cannot be read: {error.strerror}") from None
    except BadNotebook:
        raise
    except ValueError as error:
        raise BadNotebook(f"{path.name} {error}") from None


def grade_id_of(cell: NotebookNode) -> str:
    """The cell's nbgrader grade id; "" if it has none."""
    about = cell.metadata.get("nbgrader")
    grade_id = about.get("grade_id") if isinstance(about, dict) else None
    return grade_id if isinstance(grade_id, str) else ""


def _nbgrader(cell: NotebookNode, key: str) -> bool:
    about = cell.metadata.get("nbgrader")
    return bool(isinstance(about, dict) and about.get(key))


def is_check(cell: NotebookNode) -> bool:
    """An autograded check cell: it has points, and the student writes nothing in it."""
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
    return "\n".join(
        line for line in source.splitlines() if "### BEGIN SOLUTION" not in line and "### END SOLUTION" not in line
    )


@dataclass
class Step:
    """One cell of a hand-in, and what grading does with it.

    Attributes
    ----------
    cell : NotebookNode
        With the source to run and, if it is one of ours, our metadata.
    action : str
        "run", "skip" or "check" (run, then ask the rubric); "show" for text.
    grade_id : str
        "" if it has none.
    untouched : bool
        Whether this is a cell to write in that is empty, or, layout aside, as it was handed out.
    names : list of str
        What an untouched TODO cell would define. It is run only if some of it does not exist yet, so that
        it never hides code written elsewhere.
    definitions : str
        What is run of a long cell in which the student wrote: its functions, classes and imports.
    elsewhere : list of str
        For an untouched written answer: other cells in which the student wrote, such as "cell number 12".
    """

    cell: NotebookNode
    action: str
    grade_id: str = ""
    untouched: bool = False
    names: list[str] = field(default_factory=list)
    definitions: str = ""
    elsewhere: list[str] = field(default_factory=list)


def plan(released: NotebookNode, submitted: NotebookNode) -> tuple[list[Step], list[str]]:
    """What to do with each cell of a hand-in, in the hand-in's order, and remarks about it.

    No cell is thrown away. Of two with the same grade id the first one counts; if it is a written answer, the first
    one that was written.

    Returns
    -------
    steps : list of Step
        One for each cell. Those of checks and answers that the hand-in lacks come last.
    remarks : list of str
        One sentence for each cell that is not as it was handed out.
    """
    ours = {grade_id_of(cell): cell for cell in released.cells if grade_id_of(cell)}
    cells, remarks = within_limits(submitted.cells)
    counting = _counting(ours, cells, remarks)
    twins = _twins(released)
    steps: list[Step] = []
    for number, cell in enumerate(cells):
        if number in counting:
            step = _known(cell, ours[counting[number]], counting[number], remarks)
        else:
            twin = ours.get(grade_id_of(cell)) or twins.get(cell.get("id", "")) or twins.get(digest(cell.source))
            step = _strange(cell, twin)
        if step.action == "run" and cell.source != submitted.cells[number].source:  # it was cut
            step.action = "skip"
        steps.append(step)
    missing = [grade_id for grade_id in ours if grade_id not in counting.values()]
    if len(missing) > MANY_MISSING:
        remarks.append(f"{len(missing)} cells are missing, or have lost their metadata: {', '.join(missing)}")
    else:
        remarks += [f"the cell {grade_id} is missing" for grade_id in missing]
    steps += [
        _known(ours[grade_id], ours[grade_id], grade_id, remarks)
        for grade_id in missing
        if is_check(ours[grade_id]) or is_manual(ours[grade_id])
    ]
    _look_elsewhere(released, cells, steps, remarks)
    if len(remarks) > MAX_REMARKS:
        remarks[MAX_REMARKS:] = [f"… and {len(remarks) - MAX_REMARKS} more remarks like these"]
    return steps, remarks


def _counting(ours: dict[str, NotebookNode], cells: list[NotebookNode], remarks: list[str]) -> dict[int, str]:
    """The places of the cells that count as ours, with their grade ids."""
    places: dict[str, list[int]] = {}
    for number, cell in enumerate(cells):
        if (grade_id := grade_id_of(cell)) in ours:
            places.setdefault(grade_id, []).append(number)
    counting = {}
    for grade_id, (first, *others) in places.items():
        if is_manual(ours[grade_id]):
            written = [number for number in (first, *others) if not _untouched(cells[number], ours[grade_id])]
            remarks += [
                f"the cell {grade_id} appears more than once; the first copy that was written in counts as the answer"
                for _ in others
            ]
            first = written[0] if written else first
        else:
            remarks += [
                f"the cell {grade_id} appears more than once; only the first one counts, a copy is run as ordinary code"
                for _ in others
            ]
        counting[first] = grade_id
    return counting


def _untouched(cell: NotebookNode, model: NotebookNode) -> bool:
    released = digest(model.source, model.cell_type)
    return untouched(cell.source, model.cell_type, released) and not cell.get("attachments")


def _known(cell: NotebookNode, model: NotebookNode, grade_id: str, remarks: list[str]) -> Step:
    """What to do with one of our own cells."""
    if cell.cell_type != model.cell_type:
        remarks.append(f"the cell {grade_id} was turned from {model.cell_type} into {cell.cell_type}")
    if is_check(model):
        if digest(cell.source) != digest(model.source):
            remarks.append(f"the check cell {grade_id} was edited; the released one is used")
        return Step(_copy(model, model.metadata), "check", grade_id)
    copy = _copy(model, model.metadata)
    copy.source = cell.source
    if cell.get("attachments") and model.cell_type != "code":
        copy.attachments = NotebookNode(cell.attachments)
    left = (is_todo(model) or is_manual(model)) and _untouched(cell, model)
    if model.cell_type != "code":
        return Step(copy, "show", grade_id, left)
    if is_skipped(model):
        return Step(copy, "skip", grade_id, left, definitions=_definitions(cell, model))
    return Step(copy, "run", grade_id, left, defined_names(model.source) if left else [])


def _definitions(cell: NotebookNode, model: NotebookNode) -> str:
    """What a long cell defines, unless it is as it was handed out."""
    return "" if digest(cell.source) == digest(model.source) else "\n".join(definitions(cell.source))


def _strange(cell: NotebookNode, twin: NotebookNode | None) -> Step:
    """What to do with a cell that does not count as ours: one of the student's own, or a copy of ours, the `twin`."""
    copy = _copy(cell, {})
    if cell.cell_type != "code" or (twin is not None and twin.cell_type != "code"):
        return Step(copy, "show")
    if twin is not None and is_skipped(twin):
        return Step(copy, "skip", definitions=_definitions(cell, twin))
    if twin is not None and is_todo(twin) and _untouched(cell, twin):
        return Step(copy, "run", untouched=True, names=defined_names(twin.source))
    return Step(copy, "run")


def _twins(released: NotebookNode) -> dict[str, NotebookNode]:
    """Released cells that are recognized without a grade id: long ones by id and by text, empty functions by text."""
    twins = {}
    for cell in released.cells:
        if cell.cell_type == "code" and (is_skipped(cell) or (is_todo(cell) and "def " in cell.source)):
            twins[digest(cell.source)] = cell
            if is_skipped(cell) and "id" in cell:
                twins[cell.id] = cell
    twins.pop(digest(""), None)
    return twins


def _copy(cell: NotebookNode, metadata: dict[str, Any]) -> NotebookNode:
    """A cell of the same type, id and source, with given metadata and no outputs."""
    # nbformat's own functions check each cell against a schema, which takes longer than to make it.
    new = NotebookNode(
        cell_type="code" if cell.cell_type == "code" else "markdown",
        id=cell.id if isinstance(cell.get("id"), str) else uuid4().hex[:8],
        metadata=NotebookNode(json.loads(json.dumps(metadata))),
        source=cell.source,
    )
    if cell.cell_type == "code":
        new.update(execution_count=None, outputs=[])
    elif cell.get("attachments"):
        new.attachments = NotebookNode(cell.attachments)
    return new


# Answers that were written elsewhere


def _look_elsewhere(released: NotebookNode, cells: list[NotebookNode], steps: list[Step], remarks: list[str]) -> None:
    """Note in the steps of empty written answers where else the student wrote something, so that no words are lost."""
    empty = [
        (place, step)
        for place, step in enumerate(steps)
        if is_manual(step.cell) and step.untouched and not step.cell.metadata.get(ADDED_SINCE)
    ]
    if not empty:
        return
    texts = [cell.source for cell in released.cells]
    texts += [text for cell in released.cells if cell.cell_type == "code" for text in _texts(parsed(cell.source))]
    handed_out = {"", *(_normal(line) for text in texts for line in text.splitlines())}
    marks = {(cell.cell_type, digest(cell.source, cell.cell_type)) for cell in released.cells}
    for place, step in empty:
        found = [
            f"cell number {number}"
            for number, (cell, other) in enumerate(zip(cells, steps), 1)
            if not is_manual(other.cell)
            and _own_words(cell, handed_out, marks, SOME_WORDS if _beside(number - 1 - place, other) else MANY_WORDS)
        ]
        step.elsewhere = found[:5]
        if found:
            remarks.append(
                f"the answer {step.grade_id} is empty, but the student wrote something in "
                + ", ".join(found[:5])
                + (f" and {len(found) - 5} more cells" if len(found) > 5 else "")
            )


def _beside(distance: int, step: Step) -> bool:
    """Whether a cell this far below a written answer may belong to it; handed-out cells below begin something new."""
    return -BESIDE <= distance < 0 or (0 < distance <= BESIDE and not step.grade_id)


def _own_words(cell: NotebookNode, handed_out: set[str], marks: set[tuple[str, str]], many: int) -> bool:
    """Whether a student wrote text into a cell: a new or changed text cell, `many` words of a comment, or a string."""
    left = (cell.cell_type, digest(cell.source, cell.cell_type)) in marks
    own = _own(as_python(cell.source) if cell.cell_type == "code" else cell.source, handed_out)
    if cell.cell_type != "code":
        return bool(cell.get("attachments") or own) and not left
    tree = parsed(cell.source)
    if tree is None or all(_is_text(node) for node in tree.body):  # words in a code cell, with or without a #
        return bool(own)
    texts = [*_comments(own), *(" ".join(_own(text, handed_out)) for text in _texts(tree))]
    return any(len(_WORD.findall(text)) >= (1 if left else many) for text in texts)


def _own(text: str, handed_out: set[str]) -> list[str]:
    return [line for line in text.splitlines() if _normal(line) not in handed_out]


def _normal(line: str) -> str:
    return " ".join(line.split()).strip("\"'# ")


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _comments(lines: list[str]) -> list[str]:
    """Comments in lines of code, as a person sees them: lines that follow each other are one."""
    blocks = [""]
    for line in lines:
        code, sign, comment = line.partition("#")
        if code.strip() or not sign:
            blocks.append("")
        blocks[-1] += comment + " "
    return blocks


def _texts(tree: ast.AST | None) -> list[str]:
    """The strings in code."""
    return [
        node.value
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def defined_names(source: str) -> list[str]:
    """What a cell defines: "relu_forward", or "TwoLayerNet.loss" for `@add_to_class(TwoLayerNet)`."""
    names = []
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            owners = [
                d.args[0].id
                for d in node.decorator_list
                if isinstance(d, ast.Call)
                and getattr(d.func, "id", "") == "add_to_class"
                and d.args
                and isinstance(d.args[0], ast.Name)
            ]
            names.append(".".join([*owners, node.name]))
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return names


def check_cells(path: Path) -> dict[str, list[str]]:
    """For each TODO cell of a notebook, without its ending `_code`: the check cells that follow it."""
    found: dict[str, list[str]] = {}
    for cell in read_notebook(path).cells:
        name = grade_id_of(cell) or ""
        if name.endswith("_code"):
            found[name.removesuffix("_code")] = []
        elif is_check(cell) and cell.cell_type == "code" and found:
            found[list(found)[-1]].append(name)
    return found
