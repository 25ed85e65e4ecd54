"""A notebook's checks with their inputs drawn and the reference's answers, made once for all that they are put to."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from autograder.authoring.rubric import Check, Draw, Judge, Probe, load_rubric
from autograder.grading.reference import reference_of
from autograder.grading.verdict import RubricError, is_right
from autograder.proof.jobs import alone
from autograder.sandbox.proxy import HostLike, Outcome, OutOfReach, run_probe


class Question(NamedTuple):
    """A check with its inputs, and what the reference answers."""

    check: Check
    probe: Probe
    judge: Judge | None
    expected: Outcome


@lru_cache(maxsize=64)
def questions(path: Path, cell: str, secret: bytes, *labels: str) -> list[Question]:
    """The questions of a check cell, saved nets aside, with the inputs that these labels draw.

    Raises
    ------
    RubricError
        If the reference fails one of them itself.
    """
    reference, asked = reference_of(path), []
    with alone():
        for check in load_rubric(path).of(cell):
            if isinstance(check, Check):
                probe, judge = check.prepare(Draw(secret, check.name, *labels))
                expected = run_probe(probe, reference.host)
                if not is_right(check, judge, expected, expected):
                    raise RubricError(f"{path.stem}: the reference fails its own check {check.name}")
                asked.append(Question(check, probe, judge, expected))
    return asked


def failed(asked: Iterable[Question], host: HostLike) -> list[str]:
    """The checks that code fails. One that does not come to an end is the last to be asked."""
    found: list[str] = []
    for check, probe, judge, expected in asked:
        try:
            right = is_right(check, judge, run_probe(probe, host), expected)
        except OutOfReach:
            return [*found, check.name]
        if not right:
            found.append(check.name)
    return found
