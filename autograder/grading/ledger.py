"""What was graded already, so that a second run grades only what is missing or has changed.

A notebook's result is kept in `.grading/<assignment>/<student>/<notebook>.json` under a key made from all that it
depends on: the hand-in's files, the released notebook and its earlier releases, the assignment's folder in solutions/,
those settings in course.toml that grading depends on, the grader itself, the helper package, and all packages installed
beside it. A run that was killed at any moment goes on where it stopped; after a change to an assignment's folder, its
notebooks are graded again.

If all that has changed is some checks of a notebook's own rubric, their cells alone are judged again, at one run of the
hand-in: the rest stands. A cell depends on its own checks' functions and on all of the rubric that is no other check
(`cell_digests`). What stands is what passed without a word; a cell in which something failed is judged again, since the
names of mistakes come from what the code gave, and those values are not kept.

Nothing smaller than a cell stands. A mistake may be in what is kept from one call to the next: whether a check sees it
depends on the checks that the cell has put before. That of other cells is no matter, since a mistake fails a check of
its own cell, as `autograder check` proves, and so that cell is judged again too.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import json
import stat
import sys
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import cs231n_utils
from autograder.authoring.handed_out import kept_releases
from autograder.authoring.rubric import Check, Rubric
from autograder.course import Course
from autograder.grading.paper import Paper
from autograder.grading.results import NotebookResult, notebook_from_json, write_atomically

PACKAGE = Path(__file__).parents[1]
UTILS = Path(cs231n_utils.__file__).parent
# These have no influence on a result; nor do tests.
ASIDE = ("proof", "classroom", "evidence", "demo", "jupyter", "cli")
MAX_BYTES = 2**28  # of a file that is read


@dataclass(frozen=True)
class Key:
    """What a notebook's result depends on, as digests.

    Attributes
    ----------
    whole : str
        Of all of it.
    apart : str
        Of all but the notebook's rubric, and without what cells are worth.
    cells : dict of str to str
        Of what each check cell depends on in the rubric.
    """

    whole: str
    apart: str
    cells: dict[str, str] = field(hash=False)


def key_of(paper: Paper) -> Key:
    """Digests of everything that a notebook's result depends on."""
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
    apart = digest.copy()
    earlier = kept_releases(terms.course, terms.assignment, paper.name)
    rubric = paper.solution.with_suffix("") / "rubric.py"
    released = [paper.released, *earlier]
    for path in [*released, *(files := grader_files(terms.course, terms.assignment))]:
        digest.update(str(path.name).encode() + _digest(path))
    for one in sorted({worthless_digest(path) for path in released}):  # a release with other points is not another one
        apart.update(one)
    for path in files:
        if path != rubric:
            apart.update(str(path.name).encode() + (worthless_digest if path.suffix == ".ipynb" else _digest)(path))
    return Key(digest.hexdigest(), apart.hexdigest(), cell_digests(rubric, paper.rubric))


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
    engine = _modules(PACKAGE) + _modules(UTILS)
    content = [path for path in sorted((course.solutions / assignment).rglob("*")) if path.suffix in (".py", ".ipynb")]
    return list(dict.fromkeys([*engine, *course.settings.helper_modules(), *content]))


@lru_cache(maxsize=16)
def _modules(package: Path) -> list[Path]:
    """A package's modules that have an influence on a result; looked for once, since this process has loaded them."""
    return [
        path for path in sorted(package.rglob("*.py")) if not {"tests", *ASIDE} & {*path.relative_to(package).parts}
    ]


def cell_digests(path: Path, rubric: Rubric) -> dict[str, str]:
    """For each check cell, a digest of what it depends on in the rubric's file: its checks' functions, all that is no
    check's function, and those checks' functions that these name. What is not code, such as comments, does not count.

    A check that comes from no such function, but from a loop, say, depends on the whole file.
    """
    try:
        about = path.stat()
        parts = _parts_of(path, about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino)
    except (OSError, SyntaxError, ValueError):  # it has changed since the rubric was read
        return {}
    digests = {}
    for cell in rubric.cells():
        own = [(check.make if isinstance(check, Check) else check.scores).__name__ for check in rubric.of(cell)]
        needed = {*own, ""}
        needed = needed if needed <= parts.keys() else {*parts}
        while more := {name for one in needed for name in parts[one].names & parts.keys()} - needed:
            needed |= more
        content = [(name, parts[name].digest) for name in sorted(needed)]
        digests[cell] = hashlib.sha256(repr((own, content)).encode()).hexdigest()
    return digests


_CHECKS = ("rubric.check(", "rubric.saved_net(")  # how the decorators of checks begin


class _Part(NamedTuple):
    digest: str
    names: set[str]  # that occur in it


@lru_cache(maxsize=64)
def _parts_of(path: Path, *state: int) -> dict[str, _Part]:
    """A rubric's functions that are checks, by name, and, under "", all the rest of it."""
    code: dict[str, list[ast.stmt]] = {"": []}
    for statement in ast.parse(path.read_bytes()).body:
        name = ""
        if isinstance(statement, ast.FunctionDef):
            marks = map(ast.unparse, statement.decorator_list)
            name = statement.name if any(mark.startswith(_CHECKS) for mark in marks) else ""
        code.setdefault(name, []).append(statement)
    return {
        name: _Part(
            hashlib.sha256(repr([ast.dump(one) for one in statements]).encode()).hexdigest(),
            {part.id for one in statements for part in ast.walk(one) if isinstance(part, ast.Name)},
        )
        for name, statements in code.items()
    }


def standing(paper: Paper, key: Key) -> frozenset[str]:
    """The check cells that the hand-in has passed already, without a word, and that need not be judged again."""
    kept = _kept(_path(paper))
    if kept is None or kept.get("apart") != key.apart:
        return frozenset()
    try:
        result, before = notebook_from_json(kept["result"]), dict(kept["cells"])
    except (KeyError, TypeError, ValueError):
        return frozenset()
    return frozenset(
        cell.grade_id
        for cell in result.cells
        if result.status == "graded"
        and cell.checks
        and all(check.passed and not (check.message or check.repaired) for check in cell.checks)
        and before.get(cell.grade_id, "") == key.cells.get(cell.grade_id)
    )


def recall(paper: Paper, key: Key) -> NotebookResult | None:
    """The result kept under a key, if there is one and its graded notebook is there as it was written."""
    kept = _kept(_path(paper))
    if kept is None or kept["key"] != key.whole or kept.get("graded") != _digest(paper.graded).hex():
        return None
    try:
        return notebook_from_json(kept["result"])
    except (KeyError, TypeError):
        return None


def remember(paper: Paper, key: Key, result: NotebookResult) -> None:
    """Keep a result under its key, with a digest of the graded notebook."""
    entry = {
        "key": key.whole,
        "apart": key.apart,
        "cells": key.cells,
        "graded": _digest(paper.graded).hex(),
        "result": asdict(result),
    }
    write_atomically(_path(paper), json.dumps(entry, indent=1) + "\n")


def wrote(course: Course, path: Path) -> bool:
    """Whether a graded notebook is as this grader wrote it; stock nbgrader writes to the same place."""
    student, assignment, _ = path.parts[-3:]
    kept = _kept(folder_of(course, assignment, student) / f"{path.stem}.json")
    return kept is not None and bool(kept.get("graded") == _digest(path).hex())


def earlier_scores(course: Course, assignment: str, student: str) -> dict[str, float]:
    """The score of each cell in the last run, whatever it depended on; nothing if there was none, or it is damaged."""
    entries = [_kept(path) for path in sorted(folder_of(course, assignment, student).glob("*.json"))]
    try:
        return scores_of([notebook_from_json(entry["result"]) for entry in entries if entry])
    except (KeyError, TypeError):
        return {}


def scores_of(notebooks: list[NotebookResult]) -> dict[str, float]:
    """The score of each cell, by the grader alone."""
    return {f"{one.name}.{cell.grade_id}": cell.score or 0.0 for one in notebooks for cell in one.cells}


def results_of(course: Course, assignment: str, student: str) -> list[NotebookResult]:
    """What the last run found in each notebook, whatever it depended on; entries that cannot be read are left out."""
    found = []
    for path in sorted(folder_of(course, assignment, student).glob("*.json")):
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


def folder_of(course: Course, assignment: str, student: str) -> Path:
    """Where a student's entries are."""
    return course.root / ".grading" / assignment / student


def _path(paper: Paper) -> Path:
    return folder_of(paper.terms.course, paper.terms.assignment, paper.student) / f"{paper.name}.json"


def _digest(path: Path) -> bytes:
    """Of a file's content; of its kind where it is no plain file, so that a link or a gap counts too."""
    try:
        about = path.lstat()  # once: there are hundreds of files for each notebook
    except (FileNotFoundError, NotADirectoryError):
        return b"<nothing>"
    if not stat.S_ISREG(about.st_mode):
        return (
            b"<link>" if stat.S_ISLNK(about.st_mode) else b"<folder>" if stat.S_ISDIR(about.st_mode) else b"<nothing>"
        )
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


def worthless_digest(path: Path) -> bytes:
    """Of a notebook of the course, whatever its cells are worth."""
    try:
        about = path.stat()
        return _worthless_digest_of(path, about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino)
    except (OSError, ValueError, LookupError, AttributeError, TypeError):  # no notebook
        return _digest(path)


@lru_cache(maxsize=256)
def _worthless_digest_of(path: Path, *state: int) -> bytes:
    notebook = json.loads(path.read_bytes())
    for cell in notebook["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        for what in ("points", "checksum"):  # nbgrader's, of the points too
            about.pop(what, None)
    return hashlib.sha256(json.dumps(notebook, sort_keys=True).encode()).digest()


@lru_cache(maxsize=1)
def versions() -> str:
    """Python and everything installed for it: a hand-in may import any of it, and fails if it is missing."""
    # setuptools, once something imports it, puts what it brings for itself on the path: nothing that is installed.
    path = [folder for folder in sys.path if Path(folder).parts[-2:] != ("setuptools", "_vendor")]
    installed = (one.metadata for one in importlib.metadata.distributions(path=path))
    return " ".join([sys.version, *sorted({f"{about['Name']} {about['Version']}" for about in installed})])
