"""Earlier releases of an assignment, kept so that a hand-in is graded as the notebook that its student was given.

A released notebook says in its metadata which release it is, and so does what students make of it. What counts today
decides the points: of an earlier release, the cells that are still graded, with today's points, and today's new ones.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.authoring.notebook import ADDED_SINCE, BadNotebook, grade_id_of, is_check, is_manual, read_notebook
from autograder.course import Course
from cs231n_utils.files import written_whole
from cs231n_utils.submit.reading import LONG, NOTES

RENAMED = "renamed"  # in the metadata of a kept notebook: what its cells are called today
RELEASE = "release"  # in the course's notes, which had none at first: which release it is
CURRENT, EARLIER, UNKNOWN = "current", "earlier", "unknown"  # the release that a hand-in comes from


def digest_of(notebook: NotebookNode) -> str:
    """A digest of a notebook's cells, which tells one release of it from another."""
    cells = [(cell.cell_type, grade_id_of(cell), cell.source) for cell in notebook.cells]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def kept_releases(course: Course, assignment: str, name: str) -> list[Path]:
    """The files of a notebook's earlier releases."""
    return sorted(_folder(course, assignment, name).glob("*.ipynb"))


def keep(course: Course, assignment: str) -> None:
    """Keep the notebooks in assignment/<assignment>/ as they are: students may have them."""
    for path in sorted((course.released / assignment).glob("*.ipynb")):
        try:
            key = _key(read_notebook(path))
        except BadNotebook:  # nobody hands that in
            continue
        if key and not (kept := _kept(course, assignment, path.stem, key)).exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(kept) as file:
                file.write(path.read_bytes())


def rename_in_kept(course: Course, assignment: str, name: str, renamed: Mapping[str, str]) -> None:
    """Note in a notebook's earlier releases what some of its cells are called from now on."""
    for path in kept_releases(course, assignment, name):
        notebook = read_notebook(path)
        before = notebook.metadata.get(RENAMED, {})
        names = {old: renamed.get(new, new) for old, new in before.items()}
        names |= {old: new for old, new in renamed.items() if old not in before}
        notebook.metadata[RENAMED] = names
        with written_whole(path) as file:
            file.write((nbformat.writes(notebook) + "\n").encode())


def as_handed_out(
    course: Course, assignment: str, name: str, current: NotebookNode, submitted: NotebookNode
) -> tuple[NotebookNode, str]:
    """The release to grade a hand-in by. The hand-in's cells get their names of today.

    Returns
    -------
    released : NotebookNode
        `current`, or an earlier release with what counts today.
    which : {"current", "earlier", "unknown"}
        Where the hand-in comes from; "unknown" if that release is not kept here.
    """
    key = _key(submitted)
    if not key or key in (_key(current), _key(current, LONG), _key(current, LONG, RELEASE)):
        return current, CURRENT
    path = _kept(course, assignment, name, key)
    if not path.is_file():
        return current, UNKNOWN
    earlier = read_notebook(path)
    renamed = earlier.metadata.get(RENAMED, {})
    for cell in [*earlier.cells, *submitted.cells]:
        if (grade_id := grade_id_of(cell)) in renamed:
            cell.metadata.nbgrader["grade_id"] = renamed[grade_id]
    return _with_what_counts(earlier, current), EARLIER


def _with_what_counts(earlier: NotebookNode, current: NotebookNode) -> NotebookNode:
    """An earlier release without the graded cells that are gone, with today's points, and with today's new graded
    cells at its end."""
    counting = {grade_id_of(cell): cell for cell in current.cells if is_check(cell) or is_manual(cell)}
    cells = []
    for cell in earlier.cells:
        if is_check(cell) or is_manual(cell):
            now = counting.get(grade_id_of(cell))
            if now is None or (now.cell_type, is_check(now)) != (cell.cell_type, is_check(cell)):
                continue  # a hand-in may still have it: as a cell of the student's own
            cell.metadata.nbgrader = counting.pop(grade_id_of(cell)).metadata.nbgrader
        cells.append(cell)
    for cell in counting.values():
        cell = copy.deepcopy(cell)
        cell.metadata[ADDED_SINCE] = True
        cells.append(cell)
    return NotebookNode(earlier, cells=cells)


def _key(notebook: NotebookNode, *without: str) -> str:
    """A digest of what a notebook's metadata say of its release; "" if they say nothing."""
    notes = notebook.metadata.get(NOTES)
    if not isinstance(notes, dict):
        return ""
    notes = {name: note for name, note in notes.items() if name not in without}
    try:
        return hashlib.sha256(json.dumps(notes, sort_keys=True).encode()).hexdigest()
    except RecursionError:  # no notes of ours: lists in lists, a thousand deep
        return ""


def _kept(course: Course, assignment: str, name: str, key: str) -> Path:
    return _folder(course, assignment, name) / f"{key}.ipynb"


def _folder(course: Course, assignment: str, name: str) -> Path:
    return course.root / ".grading" / assignment / ".releases" / name  # no student's name begins with a dot
