"""Mistakes and right answers that were written before anybody looked at the checks, and what grading says to each."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from autograder.grading.reference import Reference
from autograder.grading.results import CheckResult
from autograder.proof.check import ask
from autograder.sandbox.isolation import best_level
from autograder.sandbox.process import Sandbox
from autograder.sandbox.proxy import OutOfReach

FOLDER = Path(__file__).parent / "data" / "strangers"
SOLUTIONS = Path(__file__).parents[2] / "solutions"
_HEAD = re.compile(r"^# %% (mistake|right) (\w+): (.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Stranger:
    """One answer to a TODO cell, and what is wrong with it, or how it looks different, in the words of its author."""

    notebook: Path
    right: bool
    cell: str
    words: str
    source: str

    def __str__(self) -> str:
        return f"{self.notebook.stem}, {self.cell}: {self.words}"


class Ruling(NamedTuple):
    """What grading said: the points lost, and the checks that failed or named something."""

    lost: float
    checks: list[CheckResult]

    @property
    def named(self) -> set[str]:
        return {check.misconception for check in self.checks if check.misconception}


def strangers() -> Iterator[Stranger]:
    """All of them, notebook by notebook."""
    for path in sorted(FOLDER.glob("*.txt")):
        assignment, notebook = path.stem.split("__")
        _, *parts = _HEAD.split(path.read_text(encoding="utf-8"))
        for kind, cell, words, source in zip(*(parts[i::4] for i in range(4))):
            yield Stranger(SOLUTIONS / assignment / f"{notebook}.ipynb", kind == "right", cell, words, source)


def put(reference: Reference, stranger: Stranger, secret: bytes = b"strangers") -> Ruling:
    """Grade the solution with a stranger's answer in one cell, the way a hand-in goes."""
    known = dict(reference.cells)
    if stranger.cell not in known:
        raise LookupError(f"{reference.notebook} has no cell {stranger.cell}")
    with Sandbox(seconds=20.0, level=best_level(), settings=reference.settings) as host:
        with contextlib.suppress(OutOfReach):
            for grade_id, source in reference.cells:
                host.run(stranger.source if grade_id == stranger.cell else source, go_on=True)
        graded = ask(reference, host, secret)
    cells = [cell.result for cell in graded]
    lost = sum(cell.max_score - (cell.score or 0.0) for cell in cells)
    return Ruling(lost, [check for cell in cells for check in cell.checks if not check.passed or check.misconception])
