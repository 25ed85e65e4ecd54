"""What was graded already, so that a second run grades only what is missing or has changed.

A notebook's result is kept in `.grading/<assignment>/<student>/<notebook>.json` under a key made from all that it
depends on: the hand-in's files, the released notebook and its earlier releases, the assignment's folder in solutions/,
those settings in course.toml that grading depends on, the grader itself, the helper package, and all packages installed
beside it. A run that was killed at any moment goes on where it stopped; after a change to an assignment's folder, its
notebooks are graded again.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import sys
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import cs231n_utils
from autograder.authoring.handed_out import kept_releases
from autograder.course import Course
from autograder.grading.paper import Paper
from autograder.grading.results import NotebookResult, notebook_from_json, write_atomically

PACKAGE = Path(__file__).parents[1]
UTILS = Path(cs231n_utils.__file__).parent
# These have no influence on a result; nor do tests.
ASIDE = ("proof", "classroom", "evidence", "demo", "jupyter", "cli.py")
MAX_BYTES = 2**28  # of a file that is read


def key_of(paper: Paper) -> str:
    """A digest of everything that a notebook's result depends on."""
    terms = paper.terms
    digest = hashlib.sha256(
        repr(
            (
                versions(),
                paper.student,
                terms.level,
                terms.step_seconds,
                terms.notebook_seconds,
                terms.course.settings.data_in_use(),
                terms.course.settings.helper,
                terms.course.settings.data,
                terms.course.settings.held_out,
            )
        ).encode()
    )
    digest.update(terms.secret)
    digest.update(content_of(paper))
    earlier = kept_releases(terms.course, terms.assignment, paper.name)
    for path in [paper.released, *earlier, *grader_files(terms.course, terms.assignment)]:
        digest.update(str(path.name).encode() + _digest(path))
    return digest.hexdigest()


def content_of(paper: Paper) -> bytes:
    """A digest of the hand-in itself: the notebook and the files that belong to it."""
    digest = hashlib.sha256()
    for path in paper.files:
        digest.update(_digest(path))
    return digest.digest()


def grader_files(course: Course, assignment: str) -> list[Path]:
    """What makes an assignment's results: the engine's modules, the helper package, and the course's own files.

    Their order does not depend on where each of these is: a course that has moved is the same course.
    """
    engine = [
        path
        for package in (PACKAGE, UTILS)
        for path in sorted(package.rglob("*.py"))
        if not {"tests", *ASIDE} & {*path.relative_to(package).parts}
    ]
    content = [path for path in sorted((course.solutions / assignment).rglob("*")) if path.suffix in (".py", ".ipynb")]
    return list(dict.fromkeys([*engine, *course.settings.helper_modules(), *content]))


def recall(paper: Paper, key: str) -> NotebookResult | None:
    """The result kept under a key, if there is one and its graded notebook is there as it was written."""
    kept = _kept(_path(paper))
    if kept is None or kept["key"] != key or kept.get("graded") != _digest(paper.graded).hex():
        return None
    try:
        return notebook_from_json(kept["result"])
    except (KeyError, TypeError):
        return None


def remember(paper: Paper, key: str, result: NotebookResult) -> None:
    """Keep a result under its key, with a digest of the graded notebook."""
    entry = {"key": key, "graded": _digest(paper.graded).hex(), "result": asdict(result)}
    write_atomically(_path(paper), json.dumps(entry, indent=1) + "\n")


def wrote(course: Course, path: Path) -> bool:
    """Whether a graded notebook is as this grader wrote it; stock nbgrader writes to the same place."""
    student, assignment, _ = path.parts[-3:]
    kept = _kept(_folder(course, assignment, student) / f"{path.stem}.json")
    return kept is not None and bool(kept.get("graded") == _digest(path).hex())


def earlier_score(course: Course, assignment: str, student: str) -> float | None:
    """The score of the last run, whatever it depended on; None if there was none."""
    entries = [_kept(path) for path in _folder(course, assignment, student).glob("*.json")]
    try:
        scores = [
            sum(cell["score"] or 0.0 for cell in entry["result"]["cells"]) for entry in entries if entry is not None
        ]
    except (KeyError, TypeError):
        return None
    return sum(scores) if scores and None not in entries else None


def results_of(course: Course, assignment: str, student: str) -> list[NotebookResult]:
    """What the last run found in each notebook, whatever it depended on; entries that cannot be read are left out."""
    found = []
    for path in sorted(_folder(course, assignment, student).glob("*.json")):
        try:
            if (entry := _kept(path)) is not None:
                found.append(notebook_from_json(entry["result"]))
        except (KeyError, TypeError):
            continue
    return found


def _kept(path: Path) -> dict[str, Any] | None:
    """An entry of the ledger; None if it is not there, or damaged."""
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return entry if isinstance(entry, dict) and {"key", "result"} <= entry.keys() else None


def _folder(course: Course, assignment: str, student: str) -> Path:
    return course.root / ".grading" / assignment / student


def _path(paper: Paper) -> Path:
    return _folder(paper.terms.course, paper.terms.assignment, paper.student) / f"{paper.name}.json"


def _digest(path: Path) -> bytes:
    """Of a file's content; of its kind where it is no plain file, so that a link or a gap counts too."""
    if path.is_symlink() or not path.is_file():
        return f"<{'link' if path.is_symlink() else 'folder' if path.is_dir() else 'nothing'}>".encode()
    about = path.stat()
    if about.st_size > MAX_BYTES:  # too large for the grader in any case
        return f"<{about.st_size} bytes of {about.st_mtime_ns}>".encode()
    try:
        return _digest_of(path, about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino)
    except PermissionError:  # the grader cannot grade it either, and says so
        return b"<unreadable>"


@lru_cache(maxsize=4096)
def _digest_of(path: Path, *state: int) -> bytes:
    """Of a file's content, as long as its state is the same."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


@lru_cache(maxsize=1)
def versions() -> str:
    """Python and everything installed for it: a hand-in may import any of it, and fails if it is missing."""
    # setuptools, once something imports it, puts what it brings for itself on the path: nothing that is installed.
    path = [folder for folder in sys.path if Path(folder).parts[-2:] != ("setuptools", "_vendor")]
    installed = (one.metadata for one in importlib.metadata.distributions(path=path))
    return " ".join([sys.version, *sorted({f"{about['Name']} {about['Version']}" for about in installed})])
