"""Mistakes and right answers that were written before anybody looked at the checks, and what grading says to each."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from autograder.authoring.stranger import Stranger, load_strangers
from autograder.grading.reference import Reference
from autograder.grading.results import CheckResult
from autograder.proof.asking import ask
from autograder.sandbox.isolation import best_level
from autograder.sandbox.process import Sandbox
from autograder.sandbox.proxy import OutOfReach

SOLUTIONS = Path(__file__).parents[2] / "solutions"


class Ruling(NamedTuple):
    """What grading said: the points lost, and the checks that failed or named something."""

    lost: float
    checks: list[CheckResult]

    @property
    def named(self) -> set[str]:
        return {check.misconception for check in self.checks if check.misconception}


def strangers() -> Iterator[Stranger]:
    """All of them, notebook by notebook."""
    for path in sorted(SOLUTIONS.glob("*/*.ipynb")):
        yield from load_strangers(path)


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
