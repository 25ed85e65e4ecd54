"""From what a probe gave on the student's code to a verdict with a message.

The same probe is run on three namespaces: the student's, the reference's and, when those differ, each
known misconception's. A misconception is named when it explains failed checks, because its values equal the
student's there, and breaks nothing that the student got right anywhere in the notebook.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from autograder.authoring.misconception import Misconception
from autograder.authoring.rubric import Check, Draw, Judge, Probe, Rubric, SavedNet
from autograder.grading.compare import difference, same
from autograder.grading.explain import Clues
from autograder.grading.judging import guarded, too_large
from autograder.grading.reference import Reference
from autograder.grading.results import CellResult, CheckResult
from autograder.grading.saved_net import CannotGrade, saved_net_verdict
from autograder.grading.stopped import stopped
from autograder.sandbox.proxy import HostLike, Outcome, OutOfReach, OutOfTime, run_probe

Drawer = Callable[[str], Draw]

MAX_SENTENCE = 600  # characters


class RubricError(Exception):
    """The reference itself fails a check: the rubric or the solution notebook is wrong."""


@dataclass(frozen=True)
class Repair:
    """Functions whose calls the reference answers.

    Attributes
    ----------
    names : tuple of str
    fatal : bool
        Whether the student's own functions ended the process, so that they are not called again.
    """

    names: tuple[str, ...]
    fatal: bool

    def run(self, probe: Probe, host: HostLike, reference: Reference) -> Outcome:
        """Run a probe on a namespace with the functions repaired."""
        return run_probe(probe, host, self.names, reference.answers(self.names))


@dataclass
class Asked:
    """One check that was run on the student's code, and what came of it.

    Attributes
    ----------
    repair : Repair or None
        Functions that the grader answered for, because the student's own are wrong.
    """

    check: Check
    probe: Probe
    judge: Judge | None
    student: Outcome
    expected: Outcome
    message: str | None
    repair: Repair | None = None


@dataclass
class Graded:
    """A check cell's result, with the checks that led to it.

    Attributes
    ----------
    result : CellResult
    asked : list of Asked
    gone : OutOfReach or None
        Set if the student's process ended midway; the checks from there on have failed.
    rests_on : Graded or None
        The cell whose function this cell's code continues, see `Rubric.rests_on`.
    """

    result: CellResult
    asked: list[Asked] = field(default_factory=list)
    gone: OutOfReach | None = None
    rests_on: Graded | None = None

    @property
    def right(self) -> bool:
        """Whether every check has passed."""
        return all(check.passed for check in self.result.checks)


def grade_cell(rubric: Rubric, grade_id: str, host: HostLike, reference: Reference, draw: Drawer,
               folder: Path, earlier: Mapping[str, Graded] | None = None, lines: frozenset[str] | None = None,
               begin: Callable[[str], None] = lambda check: None, lost: Mapping[str, str] | None = None) -> Graded:
    """Run a cell's checks on a notebook.

    Parameters
    ----------
    host : HostLike
        The student's namespace.
    draw : callable
        Gives the `Draw` for a check's name.
    folder : Path
        Where the hand-in's files are.
    earlier : mapping of str to Graded, optional
        Cells that are already graded: if one has failed, the reference answers for its functions (see
        `Rubric.builds_on`), so that a mistake costs its own points only.
    lines : frozenset of str, optional
        The lines of the hand-in's code: only these are quoted from an exception's traceback.
    begin : callable, optional
        Called with the name of each check before it is run.
    lost : mapping of str to str, optional
        Checks not to be run, by name, and why: the grader's work was lost at them.

    Raises
    ------
    OutOfTime
        If the notebook's time ends.
    """
    repair = _needed_repair(rubric, grade_id, earlier or {})
    results: list[CheckResult] = []
    asked: list[Asked] = []
    gone: OutOfReach | None = None
    for check in rubric.of(grade_id):
        begin(check.name)
        if lost and check.name in lost:
            message = lost[check.name]
        elif isinstance(check, SavedNet):
            try:
                message = saved_net_verdict(check, folder, reference)
            except CannotGrade as error:
                return Graded(failed_cell(rubric, grade_id, str(error), score=None))
        elif gone is not None:
            message = "not run, because the check before it did not come to an end"
        else:
            try:
                asked.append(_ask(check, host, reference, draw(check.name), repair, lines))
                message = asked[-1].message
            except OutOfTime:
                raise
            except OutOfReach as error:
                gone, message = error, str(error)
        with_repair = asked and asked[-1].check is check and asked[-1].repair
        results.append(CheckResult(check.name, check.title, message is None, check.points, message or "",
                                   repaired=list(with_repair.names) if with_repair else []))
    score = float(sum(result.points for result in results if result.passed))
    rests_on = (earlier or {}).get(rubric.rests.get(grade_id, ""))
    return Graded(CellResult(grade_id, score, rubric.points(grade_id), False, results), asked, gone, rests_on)


def failed_cell(rubric: Rubric, grade_id: str, message: str, score: float | None = 0.0) -> CellResult:
    """The result of a cell whose checks could not be put; a `score` of None leaves it to a person."""
    checks = [CheckResult(check.name, check.title, False, check.points, message) for check in rubric.of(grade_id)]
    return CellResult(grade_id, score, rubric.points(grade_id), score is None, checks)


def _needed_repair(rubric: Rubric, grade_id: str, earlier: Mapping[str, Graded]) -> Repair | None:
    wrong = {name: cells for name, cells in rubric.bases.get(grade_id, {}).items()
             if any(cell in earlier and not earlier[cell].right for cell in cells)}
    fatal = any(earlier[cell].gone is not None for cells in wrong.values() for cell in cells if cell in earlier)
    return Repair(tuple(wrong), fatal) if wrong else None


def _ask(check: Check, host: HostLike, reference: Reference, draw: Draw, repair: Repair | None,
         lines: frozenset[str] | None) -> Asked:
    probe, judge = check.prepare(draw)
    clues = Clues(probe, reference.host)
    expected = run_probe(probe, reference.host)
    wrong = expected.error or verdict(check, judge, expected, expected)
    if wrong:
        raise RubricError(f"{reference.assignment}/{reference.notebook}: the reference fails its own check "
                          f"{check.name}: {wrong}")

    def asked(student: Outcome, repair: Repair | None) -> Asked:
        message = verdict(check, judge, student, expected, clues, lines)
        if too_large(student.value, expected.value):  # it is no known mistake's either, and there may be many of them
            student = replace(student, value=None)
        return Asked(check, probe, judge, student, expected, message, repair)

    if repair is None:
        return asked(run_probe(probe, host), None)
    repaired = asked(repair.run(probe, host, reference), repair)
    if repaired.message is None or repair.fatal:
        return repaired
    # With the functions that it was written for, and their cache, which may be of its own kind, it may be right.
    plain = asked(run_probe(probe, host), None)
    return plain if plain.message is None or (repaired.student.error and not plain.student.error) else repaired


def verdict(check: Check, judge: Judge | None, outcome: Outcome, expected: Outcome,
            clues: Clues | None = None, lines: frozenset[str] | None = None) -> str | None:
    """What is wrong with an outcome, in a sentence; None if nothing is.

    Parameters
    ----------
    lines : frozenset of str, optional
        The lines of the hand-in's code, see `autograder.grading.stopped`.
    """
    if outcome.error is not None:
        return _sentence(stopped(outcome.error, lines))
    exact = _exact(check, judge, outcome.value), _exact(check, judge, expected.value)
    wrong = difference(*exact, tolerance=check.tolerance, clues=clues)
    # A wrong shape or a missing value says more than the in-place change that may have caused it; a right
    # value does not excuse the change.
    if outcome.changed and not check.may_change:
        changed = outcome.changed[0]
        return _sentence(changed if wrong is None else f"{wrong}; and {changed}")
    if wrong is None and judge is not None:
        wrong = guarded(judge, outcome.value, expected.value)
    return wrong and _sentence(wrong)


def _exact(check: Check, judge: Judge | None, value: Any) -> Any:
    """The part of a value that must equal the reference's: all of it, if there is no judge."""
    if judge is None or not isinstance(value, dict):
        return value if judge is None else {}
    return {name: value[name] for name in check.exact if name in value}


def _sentence(text: str) -> str:
    """A message for people: of bounded length, and without anything that moves a cursor or hides."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in text[:MAX_SENTENCE + 1])
    return plain if len(plain) <= MAX_SENTENCE else plain[:MAX_SENTENCE - 4] + " ..."


def name_mistakes(cells: list[Graded], reference: Reference) -> None:
    """Find the misconceptions behind the failed checks of a notebook, and write their hints into the results.

    One misconception that explains many checks is preferred; independent mistakes are found one by one.
    """
    asked = [(cell, one) for cell in cells for one in cell.asked]
    telling = [(cell, one) for cell, one in asked if one.message is not None]
    candidates: list[tuple[Misconception, set[int]]] = []  # with the places in `telling` that they explain
    for mistake in reference.catalogue if telling else ():
        try:
            reference.mistaken(mistake)
        except ValueError:  # it does not fit the solution any more; `autograder check` says so
            continue
        explained = {place for place, (_, one) in enumerate(telling) if _same_outcome(reference, mistake, one)}
        explained -= {place for place in explained if not _sure(place, explained, telling)}
        if explained and all(_same_outcome(reference, mistake, one) for _, one in asked if one.message is None):
            candidates.append((mistake, explained))
    hinted: dict[str, str] = {}
    for cell in cells:
        open_places = {place for place, (owner, _) in enumerate(telling) if owner is cell}
        while open_places:
            own = [candidate for candidate in candidates if candidate[1] & open_places]
            if not own:
                break
            # The one that explains most; among equals, one of a function that this cell asks for.
            mistake, explained = max(own, key=lambda one: (len(one[1] & open_places), len(one[1]),
                                                           one[0].cell == cell.result.grade_id))
            names = {telling[place][1].check.name for place in explained & open_places}
            _write_hint(cell, names, mistake, hinted.get(mistake.name), reference)
            hinted.setdefault(mistake.name, cell.result.grade_id)
            open_places -= explained
    for cell in cells:
        if cell.rests_on is not None:
            _follow_through(cell, cell.rests_on.result)


def _follow_through(graded: Graded, base: CellResult) -> None:
    """Carry an error forward inside one function: values that a mistake in `base` fully explains count as right.

    Only numbers show that: an exception, which may come from the base, says nothing about what comes after it.
    """
    paid_for = {check.misconception for check in base.checks if not check.passed} - {None}
    numbers = {one.check.name for one in graded.asked if one.student.error is None and _finite(one.student.value)}
    cell = graded.result
    for check in cell.checks:
        if check.passed:
            continue
        if check.misconception in paid_for and check.name in numbers:
            check.passed, check.misconception, check.hints = True, None, []
            check.message = f"right for what {base.grade_id} gives: the mistake there costs nothing here"
        elif not check.misconception and not base.score:
            check.message = f"this goes on from {base.grade_id}, and nothing of that is right yet: start there"
    cell.score = float(sum(check.points for check in cell.checks if check.passed))


def _sure(place: int, explained: set[int], telling: list[tuple[Graded, Asked]]) -> bool:
    """Whether an agreement on a failed check means something.

    Two mistakes rarely give the same wrong numbers, but NaN, infinities and exceptions look alike, and so do the
    sentences of a judge: those count only if everything else that failed in the cell is explained as well.
    """
    cell, one = telling[place]
    if one.judge is None and one.student.error is None and _finite(one.student.value):
        return True
    return all(other in explained for other, (owner, _) in enumerate(telling) if owner is cell)


def _finite(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_finite, value.values()))
    if isinstance(value, (tuple, list)):
        return all(map(_finite, value))
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc" or isinstance(value, float):
        return bool(np.isfinite(value).all())
    return value is not None


def _same_outcome(reference: Reference, mistake: Misconception, asked: Asked) -> bool:
    """Whether code with this mistake alone would have given what the student's gave."""
    host = reference.mistaken(mistake)
    mistaken = asked.repair.run(asked.probe, host, reference) if asked.repair else run_probe(asked.probe, host)
    if mistaken.error or asked.student.error:  # compare their texts, even if they are not shown
        return (mistaken.error is not None and asked.student.error is not None
                and mistaken.error.type_name == asked.student.error.type_name
                and mistaken.error.message == asked.student.error.message)
    if asked.judge is not None:
        return _alike(verdict(asked.check, asked.judge, mistaken, asked.expected), asked.message)
    if bool(mistaken.changed) != bool(asked.student.changed) and not asked.check.may_change:
        return False
    return same(asked.student.value, mistaken.value, asked.check.tolerance)


def _alike(sentence: str | None, other: str | None) -> bool:
    """Whether a judge says the same about both, apart from the effect of chance on the numbers in it."""
    if sentence is None or other is None:
        return sentence is other
    words, others = (re.split(r"(\d+(?:\.\d+)?(?:e[+-]?\d+)?)", one) for one in (sentence, other))
    return words[::2] == others[::2] and np.allclose(
        [float(number) for number in words[1::2]], [float(number) for number in others[1::2]], rtol=0.05, atol=0)


def _write_hint(cell: Graded, names: set[str], mistake: Misconception, hinted_in: str | None,
                reference: Reference) -> None:
    """Put the misconception's name on the checks it explains, and its hints on the first."""
    explained = [result for result in cell.result.checks if result.name in names]
    for result in explained:
        result.misconception = mistake.name
    explained[0].hints = ([f"The same mistake as in {hinted_in} shows here."] if hinted_in is not None
                          else list(mistake.hints(dict(reference.cells)[f"{mistake.cell}_code"])))
