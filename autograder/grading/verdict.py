"""From what a probe gave on the student's code to a verdict with a message.

The same probe is run on three namespaces: the student's, the reference's and, when those differ, each
known misconception's. A misconception is named when it explains failed checks, because its values equal the
student's there, and breaks nothing that the student got right anywhere in the notebook.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from autograder.authoring.misconception import Misconception
from autograder.authoring.notebook import check_cells
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
PAID = "right, apart from the change in place that another check of this cell has found"


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
class CheckRun:
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
    """A check cell's result, with the runs of the checks that led to it.

    Attributes
    ----------
    result : CellResult
    runs : list of CheckRun
    gone : OutOfReach or None
        Set if the student's process ended midway; the checks from there on have failed.
    continued : Graded or None
        The cell whose function this cell's code continues, see `Rubric.continues`.
    standing : list of callable
        Of each check that was passed earlier and not put again: a run in which the code gave what the reference gives.
    """

    result: CellResult
    runs: list[CheckRun] = field(default_factory=list)
    gone: OutOfReach | None = None
    continued: Graded | None = None
    standing: list[Callable[[], CheckRun]] = field(default_factory=list)

    @property
    def right(self) -> bool:
        """Whether every check has passed."""
        return all(check.passed for check in self.result.checks)


@dataclass
class CellGrader:
    """Runs a notebook's checks on one hand-in, cell by cell.

    Attributes
    ----------
    draw : callable
        Gives the `Draw` for a check's name.
    folder : Path
        Where the hand-in's files are.
    lines : frozenset of str, optional
        The lines of the hand-in's code: only these are quoted from an exception's traceback.
    begin : callable
        Called with the name of each check before it is run.
    lost : mapping of str to str
        Checks not to be run, by name, and why: the grader's work was lost at them.
    stands : frozenset of str
        Names of checks that the hand-in has passed earlier.
    graded : dict of str to Graded
        The cells so far, by grade id: if one has failed, the reference answers for its functions (see
        `Rubric.depends_on`), so that a mistake costs its own points only.
    """

    rubric: Rubric
    reference: Reference
    draw: Drawer
    folder: Path = Path()
    lines: frozenset[str] | None = None
    begin: Callable[[str], None] = lambda check: None
    lost: Mapping[str, str] = field(default_factory=dict)
    stands: frozenset[str] = frozenset()
    graded: dict[str, Graded] = field(default_factory=dict)

    def grade(self, grade_id: str, host: HostLike) -> Graded:
        """Run a cell's checks on the student's namespace.

        Raises
        ------
        OutOfTime
            If the notebook's time ends.
        """
        self.graded[grade_id] = graded = self._grade(grade_id, host)
        return graded

    def _grade(self, grade_id: str, host: HostLike) -> Graded:
        repair = self._needed_repair(grade_id)
        results: list[CheckResult] = []
        runs: list[CheckRun] = []
        standing: list[Callable[[], CheckRun]] = []
        gone: OutOfReach | None = None
        paid: set[str] = set()  # changes in place for which a check of this cell has failed
        for check in self.rubric.of(grade_id):
            # What was passed with functions that are right is passed if they still are.
            stands = check.name in self.stands - self.lost.keys() and repair is None and gone is None
            if not stands:
                self.begin(check.name)
            repaired: list[str] = []
            remark = ""
            if check.name in self.lost:
                message: str | None = self.lost[check.name]
            elif stands:
                message = None
                if isinstance(check, Check):
                    standing.append(partial(self._as_expected, check))
            elif isinstance(check, SavedNet):
                try:
                    message = saved_net_verdict(check, self.folder, self.reference)
                except CannotGrade as error:
                    return Graded(failed_cell(self.rubric, grade_id, str(error), score=None))
            elif gone is not None:
                message = "not run, because the check before it did not come to an end"
            else:
                try:
                    run = self._run(check, host, repair)
                    if run.message in paid:
                        run.message, remark = None, PAID
                    elif run.message is not None and not check.may_change:
                        paid.update(run.student.changed)
                    runs.append(run)
                    message, repaired = run.message, list(run.repair.names) if run.repair else []
                except OutOfTime:
                    raise
                except OutOfReach as error:
                    gone, message = error, str(error)
            results.append(
                CheckResult(
                    check.name, check.title, message is None, check.points, message or remark, repaired=repaired
                )
            )
        score = float(sum(result.points for result in results if result.passed))
        continued = self.graded.get(self.rubric.continued.get(grade_id, ""))
        cell = CellResult(grade_id, score, self.rubric.points(grade_id), False, results)
        return Graded(cell, runs, gone, continued, standing)

    def _needed_repair(self, grade_id: str) -> Repair | None:
        wrong = {
            name: cells
            for name, cells in self.rubric.dependencies.get(grade_id, {}).items()
            if any(cell in self.graded and not self.graded[cell].right for cell in cells)
        }
        fatal = any(
            self.graded[cell].gone is not None for cells in wrong.values() for cell in cells if cell in self.graded
        )
        return Repair(tuple(wrong), fatal) if wrong else None

    def _as_expected(self, check: Check) -> CheckRun:
        probe, judge = check.prepare(self.draw(check.name))
        expected = run_probe(probe, self.reference.host)
        return CheckRun(check, probe, judge, expected, expected, None)

    def _run(self, check: Check, host: HostLike, repair: Repair | None) -> CheckRun:
        probe, judge = check.prepare(self.draw(check.name))
        clues = Clues(probe, self.reference.host)
        expected = run_probe(probe, self.reference.host)
        wrong = expected.error or verdict(check, judge, expected, expected)
        if wrong:
            raise RubricError(
                f"{self.reference.assignment}/{self.reference.notebook}: "
                f"the reference fails its own check {check.name}: {wrong}"
            )

        def judged(student: Outcome, repair: Repair | None) -> CheckRun:
            message = verdict(check, judge, student, expected, clues, self.lines)
            # What is too large is no known mistake's either, and there may be many of them.
            if too_large(student.value, expected.value):
                student = replace(student, value=None)
            return CheckRun(check, probe, judge, student, expected, message, repair)

        if repair is None:
            return judged(run_probe(probe, host), None)
        repaired = judged(repair.run(probe, host, self.reference), repair)
        if repaired.message is None or repair.fatal:
            return repaired
        # With the functions that it was written for, and their cache, perhaps of its own kind, it may be right.
        plain = judged(run_probe(probe, host), None)
        return plain if plain.message is None or (repaired.student.error and not plain.student.error) else repaired


def failed_cell(rubric: Rubric, grade_id: str, message: str, score: float | None = 0.0) -> CellResult:
    """The result of a cell whose checks could not be put; a `score` of None leaves it to a person."""
    checks = [CheckResult(check.name, check.title, False, check.points, message) for check in rubric.of(grade_id)]
    return CellResult(grade_id, score, rubric.points(grade_id), score is None, checks)


def verdict(
    check: Check,
    judge: Judge | None,
    outcome: Outcome,
    expected: Outcome,
    clues: Clues | None = None,
    lines: frozenset[str] | None = None,
) -> str | None:
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
    plain = "".join(letter if letter.isprintable() else "?" for letter in text[: MAX_SENTENCE + 1])
    return plain if len(plain) <= MAX_SENTENCE else plain[: MAX_SENTENCE - 4] + " ..."


def name_mistakes(cells: list[Graded], reference: Reference) -> None:
    """Find the misconceptions behind the failed checks of a notebook, and write their hints into the results.

    One misconception that explains many checks is preferred; independent mistakes are found one by one.
    """
    runs = [(cell, run) for cell in cells for run in cell.runs]
    telling = [(cell, run) for cell, run in runs if run.message is not None]
    if telling:
        runs += [(cell, run()) for cell in cells for run in cell.standing]
    own_cells = check_cells(reference.path) if telling else {}
    candidates: list[tuple[Misconception, set[int]]] = []  # with the places in `telling` that they explain
    for mistake in reference.catalogue if telling else ():
        try:
            reference.mistaken(mistake)
        except ValueError:  # it does not fit the solution any more; `autograder check` says so
            continue
        explained = {place for place, (_, run) in enumerate(telling) if _same_outcome(reference, mistake, run)}
        explained -= {place for place in explained if not _sure(place, explained, telling)}
        if (
            explained
            and all(_same_outcome(reference, mistake, run) for _, run in runs if run.message is None)
            and not any(
                _otherwise(reference, mistake, run)
                for place, (cell, run) in enumerate(telling)
                if place not in explained and cell.result.grade_id in (own_cells.get(mistake.cell) or (mistake.cell,))
            )
        ):
            candidates.append((mistake, explained))
    hinted: dict[str, str] = {}
    for cell in cells:
        open_places = {place for place, (owner, _) in enumerate(telling) if owner is cell}
        named: list[tuple[Misconception, set[str]]] = []
        while own := [candidate for candidate in candidates if candidate[1] & open_places]:
            # The one that explains most; among equals, one of a function that this cell asks for.
            mistake, explained = max(
                own, key=lambda one: (len(one[1] & open_places), len(one[1]), one[0].cell == cell.result.grade_id)
            )
            named.append((mistake, {telling[place][1].check.name for place in explained & open_places}))
            open_places -= explained
        if open_places:  # something else is wrong as well, and may be behind all of it
            continue
        for mistake, names in named:
            _write_hint(cell, names, mistake, hinted.get(mistake.name), reference)
            hinted.setdefault(mistake.name, cell.result.grade_id)
    for cell in cells:
        if cell.continued is not None:
            _follow_through(cell, cell.continued.result)


def _follow_through(graded: Graded, earlier: CellResult) -> None:
    """Carry an error forward inside one function: values that a mistake in `earlier` fully explains
    count as right.

    Only numbers show that: an exception, which may be the earlier cell's own, says nothing about what comes after it.
    """
    paid_for = {check.misconception for check in earlier.checks if not check.passed} - {None}
    numbers = {run.check.name for run in graded.runs if run.student.error is None and _finite(run.student.value)}
    cell = graded.result
    for check in cell.checks:
        if check.passed:
            continue
        if check.misconception in paid_for and check.name in numbers:
            check.passed, check.misconception, check.hints = True, None, []
            check.message = f"right for what {earlier.grade_id} gives: the mistake there costs nothing here"
        elif not check.misconception and not earlier.score:
            check.message = f"this goes on from {earlier.grade_id}, and nothing of that is right yet: start there"
    cell.score = float(sum(check.points for check in cell.checks if check.passed))


def _sure(place: int, explained: set[int], telling: list[tuple[Graded, CheckRun]]) -> bool:
    """Whether an agreement on a failed check means something.

    Two mistakes rarely give the same wrong numbers, but NaN, infinities and exceptions look alike, and so do the
    sentences of a judge: those count only if everything else that failed in the cell is explained as well.
    """
    cell, run = telling[place]
    if run.judge is None and run.student.error is None and _finite(run.student.value):
        return True
    return all(other in explained for other, (owner, _) in enumerate(telling) if owner is cell)


def _finite(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_finite, value.values()))
    if isinstance(value, (tuple, list)):
        return all(map(_finite, value))
    if (isinstance(value, np.ndarray) and value.dtype.kind in "fc") or isinstance(value, float):
        return bool(np.isfinite(value).all())
    return value is not None


def _same_outcome(reference: Reference, mistake: Misconception, run: CheckRun) -> bool:
    """Whether code with this mistake alone would have given what the student's gave."""
    mistaken = _outcome(reference, mistake, run)
    if mistaken.error or run.student.error:  # compare their texts, even if they are not shown
        return (
            mistaken.error is not None
            and run.student.error is not None
            and mistaken.error.type_name == run.student.error.type_name
            and mistaken.error.message == run.student.error.message
        )
    if run.judge is not None:
        return say_the_same(verdict(run.check, run.judge, mistaken, run.expected), run.message)
    if bool(mistaken.changed) != bool(run.student.changed) and not run.check.may_change:
        return False
    return same(run.student.value, mistaken.value, run.check.tolerance)


def _otherwise(reference: Reference, mistake: Misconception, run: CheckRun) -> bool:
    """Whether code with this mistake would have failed a check with other numbers than the student's.

    Only finite numbers are compared: an exception or a judge's sentence may hide what another mistake has done.
    """
    if run.judge is not None or run.student.error is not None or not _finite(run.student.value):
        return False
    outcome = _outcome(reference, mistake, run)
    return (
        outcome.error is None
        and _finite(outcome.value)
        and verdict(run.check, None, outcome, run.expected) is not None
        and not same(run.student.value, outcome.value, run.check.tolerance)
    )


def _outcome(reference: Reference, mistake: Misconception, run: CheckRun) -> Outcome:
    host = reference.mistaken(mistake)
    return run.repair.run(run.probe, host, reference) if run.repair else run_probe(run.probe, host)


def say_the_same(sentence: str | None, other: str | None) -> bool:
    """Whether a judge says the same about both, apart from the effect of chance on the numbers in it."""
    if sentence is None or other is None:
        return sentence is other
    words, others = (re.split(r"(\d+(?:\.\d+)?(?:e[+-]?\d+)?)", one) for one in (sentence, other))
    return words[::2] == others[::2] and np.allclose(
        [float(number) for number in words[1::2]], [float(number) for number in others[1::2]], rtol=0.05, atol=0
    )


def _write_hint(
    cell: Graded, names: set[str], mistake: Misconception, hinted_in: str | None, reference: Reference
) -> None:
    """Put the misconception's name on the checks it explains, and its hints on the first."""
    explained = [result for result in cell.result.checks if result.name in names]
    for result in explained:
        result.misconception = mistake.name
    explained[0].hints = (
        [f"The same mistake as in {hinted_in} shows here."]
        if hinted_in is not None
        else list(mistake.hints(dict(reference.cells)[f"{mistake.cell}_code"]))
    )
