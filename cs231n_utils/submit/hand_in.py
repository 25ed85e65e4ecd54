"""The files of a hand-in: which belong to it, and what is wrong with those that cannot be handed in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from cs231n_utils.submit.limits import check_size
from cs231n_utils.submit.reading import LONG, NOTES, Damaged, read_cells


class CannotSubmit(Exception):
    """There is nothing to look at; the message says what to do."""


@dataclass
class HandIn:
    """The files of a hand-in, read once, so that what is looked at is what is packed.

    Attributes
    ----------
    folder : Path
    assignment : str
    declared : list of str
        Names of all files that belong to it.
    contents : dict of str to bytes
        Those that can be read.
    notebooks : dict of str to NotebookNode
        The notebooks among them that can be looked at, by file name: those with the course's notes. A grader goes by
        the name of one that has lost them.
    problems : dict of str to str
        What is wrong with each of the others.
    """

    folder: Path
    assignment: str
    declared: list[str]
    contents: dict[str, bytes] = field(default_factory=dict)
    notebooks: dict[str, NotebookNode] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def read_hand_in(folder: Path) -> HandIn:
    """Read the files of the assignment in a folder.

    Raises
    ------
    CannotSubmit
        If no notebook there was handed out by a course.
    """
    if not folder.is_dir():
        raise CannotSubmit(f"there is no folder {folder}")
    contents: dict[str, bytes] = {}
    notebooks: dict[str, NotebookNode] = {}
    problems: dict[str, str] = {}
    strays: dict[str, str] = {}
    for path in sorted(folder.glob("*.ipynb")):
        try:
            check_size(path.name, path.stat().st_size)
            contents[path.name] = path.read_bytes()
            notebooks[path.name] = read_cells(contents[path.name])
        except OSError as error:
            problems[path.name] = f"cannot be read: {error.strerror or error}"
        except Damaged as error:
            problems[path.name] = (
                f"{error}. In Jupyter, look for an earlier version with File → Revert Notebook to Checkpoint"
            )
        except ValueError as error:
            problems[path.name] = str(error)
    notes = {name: found for name, notebook in notebooks.items() if (found := notes_of(notebook))}
    if not notes:
        raise CannotSubmit(_nothing_here(folder, problems))
    names = [found["assignment"] for found in notes.values()]
    assignment = max(names, key=names.count)
    declared = next(found["hand_in"] for found in notes.values() if found["assignment"] == assignment)
    for name, found in notes.items():
        if name not in declared and found["assignment"] == assignment:
            strays.setdefault(f"{found['notebook']}.ipynb", name)
    hand_in = HandIn(folder, assignment, declared)
    for name in declared:
        if not name.endswith(".ipynb"):
            try:
                check_size(name, (folder / name).stat().st_size)
                contents[name] = (folder / name).read_bytes()
            except FileNotFoundError:
                pass
            except ValueError as error:
                problems[name] = str(error)
            except OSError as error:
                problems[name] = f"cannot be read: {error.strerror or error}"
        if name in contents:
            hand_in.contents[name] = contents[name]
        elif name not in problems:
            problems[name] = "is missing" + (
                f"; {strays[name]} seems to be it: give it this name" if name in strays else ""
            )
        if name in problems:
            hand_in.problems[name] = problems[name]
        elif name in notes:
            hand_in.notebooks[name] = notebooks[name]
    return hand_in


def notes_of(notebook: NotebookNode) -> dict[str, Any] | None:
    """What the course wrote into a notebook's metadata; None if there is nothing valid."""
    notes = notebook.metadata.get(NOTES)
    sound = (
        isinstance(notes, dict)
        and isinstance(notes.get("hand_in"), list)
        and all(
            isinstance(notes.get(key), kind)
            for key, kind in (("assignment", str), ("notebook", str), ("checks", dict), ("answers", dict))
        )
    )
    if not sound or not all(
        isinstance(answer, dict)
        and isinstance(answer.get("digest"), str)
        and isinstance(answer.get("defines"), list)
        and all(isinstance(name, str) for name in answer["defines"])
        for answer in notes["answers"].values()
    ):
        return None
    marks = [notes["checks"], notes.get(LONG, {})]
    if not all(isinstance(some, dict) and all(isinstance(mark, str) for mark in some.values()) for some in marks):
        return None
    names = [*notes["hand_in"], notes["assignment"]]
    return notes if all(isinstance(name, str) and re.fullmatch(r"\w[\w.-]*", name) for name in names) else None


def _nothing_here(folder: Path, problems: dict[str, str]) -> str:
    if problems:
        name, problem = next(iter(problems.items()))
        return f"{name} {problem}"
    for path in sorted(folder.glob("*/*.ipynb")):
        try:
            check_size(path.name, path.stat().st_size)
            if notes_of(read_cells(path.read_bytes())):
                return f"the notebooks are one folder further down: cd {path.parent}"
        except (OSError, ValueError):
            continue
    where = f"no notebook of an assignment is in {folder.resolve()}"
    if without := next(iter(sorted(folder.glob("*.ipynb"))), None):
        where += f": {without.name} has lost the course's notes, if it had any. Copy your answers into a fresh one"
        return f"{where}, or hand the files in as they are"
    return f"{where}: go to the folder with your notebooks, and try again"
