"""What was graded already, so that a second run grades only what is missing or has changed.

A notebook's result is kept in `.grading/<assignment>/<student>/<notebook>.json` under a key of all that it
depends on: the hand-in's files, the released and the solution notebook, the rubric, the known mistakes,
the grader itself and the versions it runs with. A run that was killed at any moment goes on where it
stopped; after a change to one rubric, only that notebook is graded again.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import sys
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import cs231n_utils
from autograder.course import Course
from autograder.results import NotebookResult, notebook_from_json, write_atomically

PACKAGE = Path(__file__).parent


def key_of(course: Course, assignment: str, name: str, folder: Path, files: list[str], *also: object) -> str:
    """A digest of everything that a notebook's result depends on.

    Parameters
    ----------
    folder : Path
        The hand-in.
    files : list of str
        Names of the files in it that count, the notebook aside.
    *also : object
        Whatever else matters: deadlines, the isolation level.
    """
    digest = hashlib.sha256(repr((_grader(), folder.parent.name, also)).encode())
    digest.update(course.secret())
    for path in [*(folder / file for file in (f"{name}.ipynb", *files)),
                 course.released / assignment / f"{name}.ipynb", course.solutions / assignment / f"{name}.ipynb",
                 PACKAGE / "rubrics" / assignment / f"{name}.py", PACKAGE / "misconceptions" / assignment / f"{name}.py"]:
        digest.update(_digest(path))
    return digest.hexdigest()


def recall(course: Course, assignment: str, student: str, name: str, key: str) -> NotebookResult | None:
    """The result kept under a key, if there is one and its graded notebook is there too."""
    try:
        kept = json.loads(_path(course, assignment, student, name).read_text(encoding="utf-8"))
        if kept["key"] != key:
            return None
        result = notebook_from_json(kept["result"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    written = course.autograded / student / assignment / f"{name}.ipynb"
    return result if result.status == "failed" or written.is_file() else None


def remember(course: Course, assignment: str, student: str, name: str, key: str, result: NotebookResult) -> None:
    """Keep a result under its key."""
    write_atomically(_path(course, assignment, student, name),
                     json.dumps({"key": key, "result": asdict(result)}, ensure_ascii=False, indent=1) + "\n")


def earlier_score(course: Course, assignment: str, student: str) -> float | None:
    """The score of the last run, whatever it depended on; None if there was none."""
    scores = []
    for path in (course.root / ".grading" / assignment / student).glob("*.json"):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["result"]["cells"]
            scores.append(sum(cell["score"] or 0.0 for cell in cells))
        except (OSError, ValueError, KeyError, TypeError):
            return None
    return sum(scores) if scores else None


def _path(course: Course, assignment: str, student: str, name: str) -> Path:
    return course.root / ".grading" / assignment / student / f"{name}.json"


def _digest(path: Path) -> bytes:
    """Of a file's content; of its kind where it is no plain file, so that a link or a gap counts too."""
    if path.is_symlink() or not path.is_file():
        return f"<{'link' if path.is_symlink() else 'folder' if path.is_dir() else 'nothing'}>".encode()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


@lru_cache(maxsize=1)
def _grader() -> str:
    """The grader and what it runs on: its own modules (rubrics aside), cs231n_utils, Python and NumPy."""
    digest = hashlib.sha256(f"{sys.version} {importlib.metadata.version('numpy')}".encode())
    utils = Path(cs231n_utils.__file__).parent
    folders = (PACKAGE, PACKAGE / "worker", utils, utils / "data")
    modules = [module for folder in folders for module in folder.glob("*.py")]
    for path in sorted(modules):
        digest.update(_digest(path))
    return digest.hexdigest()
