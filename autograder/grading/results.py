"""What grading found out, as records: the shape of `results.json`, which `results.schema.json` describes.

`status` of a submission and of a notebook is "graded" or "failed"; "failed" comes with a `reason` that a
person understands, and means that somebody has to look.
"""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import autograder
from autograder.course import Course

SCHEMA = 1


@dataclass
class CheckResult:
    name: str
    title: str
    passed: bool
    points: float
    message: str = ""
    misconception: str | None = None
    repaired: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)  # where to look, which property is violated, the mistake by name


@dataclass
class CellResult:
    grade_id: str
    score: float | None
    max_score: float
    needs_manual_grade: bool = False
    checks: list[CheckResult] = field(default_factory=list)
    answer: str = ""  # of what a person is to grade, a digest: their grade stands until this or the score changes
    by_hand: float | None = None  # points that a person gave in place of `score`, or beside it; None if nobody did
    comment: str = ""  # a person's

    @property
    def reached(self) -> float:
        """The points that count: a person's where there are any."""
        return (self.score or 0.0) if self.by_hand is None else self.by_hand

    @property
    def awaits_person(self) -> bool:
        """Whether nobody has decided on its points yet."""
        return self.needs_manual_grade and self.by_hand is None


@dataclass
class NotebookResult:
    name: str
    status: str
    reason: str = ""
    remarks: list[str] = field(default_factory=list)
    tamper: list[str] = field(default_factory=list)
    cells: list[CellResult] = field(default_factory=list)
    seconds: float = field(default=0.0, compare=False)  # that it took when it was last graded
    release: str = "current"  # that the hand-in comes from: "current", "earlier" or "unknown"
    memory: int = field(default=0, compare=False)  # at most, in bytes; 0 if the system does not say


@dataclass
class AttemptResult:
    """One of several times that a student handed in, where the best counts."""

    submitted: str | None  # when, if that is known
    score: float  # found by the grader, with `late_penalty` taken off
    late_penalty: float
    counts: bool


@dataclass
class SubmissionResult:
    student: str
    score: float
    max_score: float
    status: str
    reason: str = ""
    seconds: float = 0.0
    notebooks: list[NotebookResult] = field(default_factory=list)
    attempts: list[AttemptResult] = field(default_factory=list)  # where the best of several counts

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> SubmissionResult:
        attempts = [AttemptResult(**one) for one in data.get("attempts", [])]
        notebooks = [notebook_from_json(notebook) for notebook in data["notebooks"]]
        return cls(**data | {"notebooks": notebooks, "attempts": attempts})


def notebook_from_json(data: dict[str, Any]) -> NotebookResult:
    """The record that `asdict` turned into `data`."""
    return NotebookResult(**data | {"cells": [cell_from_json(cell) for cell in data["cells"]]})


def cell_from_json(data: dict[str, Any]) -> CellResult:
    """The record that `asdict` turned into `data`."""
    return CellResult(**data | {"checks": [CheckResult(**check) for check in data["checks"]]})


def total(notebooks: list[NotebookResult]) -> tuple[float, float]:
    """Points reached, by what a person gave where one did, and points available; what awaits a person is 0 for now."""
    cells = [cell for notebook in notebooks for cell in notebook.cells]
    return sum(cell.reached for cell in cells), sum(cell.max_score for cell in cells)


def write_results(path: Path, course: Course, assignment: str, submissions: list[SubmissionResult]) -> None:
    """Write `results.json`, whole or not at all; a file that says all of it already is left as it is."""
    from importlib.metadata import version  # takes a while to load

    data = {
        "schema": SCHEMA,
        "assignment": assignment,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {
            "autograder": autograder.__version__,
            "numpy": version("numpy"),
            "python": platform.python_version(),
        },
        "release": course.release_digest(assignment),
        "submissions": [one.to_json() for one in submissions],
    }
    # In ASCII, so that nothing quoted in a message can control a terminal, and half a character stops nothing.
    text = json.dumps(data, indent=1) + "\n"
    if not _says_the_same(path, text):
        write_atomically(path, text)


def _says_the_same(path: Path, text: str) -> bool:
    """Whether a file holds the same results, whenever they were found and whatever that took."""
    try:
        return bool(_without_times(path.read_text(encoding="utf-8")) == _without_times(text))
    except (OSError, ValueError):
        return False


def _without_times(text: str) -> Any:
    return json.loads(
        text, object_hook=lambda found: {name: found[name] for name in found.keys() - {"time", "seconds", "memory"}}
    )


def write_atomically(path: Path, text: str) -> None:
    """Write a text file under another name and move it into place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
