"""From what a probe gave on the student's code to a verdict with a message.

The same probe is run on three namespaces: the student's, the reference's and, when those differ, each known
misconception's, see `autograder.grading.naming`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

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
PATIENCE = 2.0  # seconds: code that takes longer is asked once, since its notebook's time is limited
PAID = "otherwise right: a change in place costs its point once, in the check that has found it"


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
    seconds : float
        How long the student's code took.
    """

    check: Check
    probe: Probe
    judge: Judge | None
    student: Outcome
    expected: Outcome
    message: str | None
    repair: Repair | None = None
    seconds: float = 0.0


@dataclass
class Graded:
    """A check cell's result, with the runs of the checks that led to it.

    Attributes
    ----------
    result : CellResult
    runs : list of CheckRun
    gone : OutOfReach or None
        Set if the student's process ended midway; the checks from there on have failed, if any are missing in `runs`.
    continued : Graded or None
        The cell whose function this cell's code continues, see `Rubric.continues`.
    again : list of CheckRun
        The checks that failed, with other inputs: for the names of mistakes only.
    standing : callable, optional
        If the cell was passed earlier, and its checks were not put again: gives their runs, in which the code gave what
        the reference gives.
    """

    result: CellResult
    runs: list[CheckRun] = field(default_factory=list)
    gone: OutOfReach | None = None
    continued: Graded | None = None
    again: list[CheckRun] = field(default_factory=list)
    standing: Callable[[], list[CheckRun]] | None = None

    @property
    def right(self) -> bool:
        """Whether every check has passed."""
        return all(check.passed for check in self.result.checks)

    def recall_runs(self) -> None:
        """Have the runs of a cell that was passed earlier, now that they are needed."""
        if self.standing is not None:
            self.runs, self.standing = self.standing(), None

    @property
    def failed(self) -> list[CheckRun]:
        """The runs that gave something wrong."""
        return [run for run in self.runs if run.message is not None]


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
        Cells, by grade id, that the hand-in has passed earlier.
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
    _expected: dict[str, Any] = field(default_factory=dict)  # what the cell's checks so far expected, by their titles

    def grade(self, grade_id: str, host: HostLike) -> Graded:
        """Run a cell's checks on the student's namespace.

        Raises
        ------
        OutOfTime
            If the notebook's time ends.
        """
        self.graded[grade_id] = graded = self._grade(grade_id, host)
        if graded.gone is None:
            self._ask_again(graded, host)
        return graded

    def _grade(self, grade_id: str, host: HostLike) -> Graded:
        repair = self._needed_repair(grade_id)
        if grade_id in self.stands and repair is None:  # passed with functions that were right, as they are now
            return self._passed(grade_id)
        results: list[CheckResult] = []
        runs: list[CheckRun] = []
        gone: OutOfReach | None = None
        self._expected = {}
        paid: set[str] = set()  # changes in place for which a check of this cell has failed
        for check in self.rubric.of(grade_id):
            self.begin(check.name)
            repaired: list[str] = []
            remark = ""
            if check.name in self.lost:
                message: str | None = self.lost[check.name]
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
        return Graded(CellResult(grade_id, score, self.rubric.points(grade_id), False, results), runs, gone, continued)

    def _passed(self, grade_id: str) -> Graded:
        """A cell that was passed earlier."""
        checks = self.rubric.of(grade_id)
        points = self.rubric.points(grade_id)
        passed = [CheckResult(check.name, check.title, True, check.points) for check in checks]

        def runs() -> list[CheckRun]:
            found = []
            for check in checks:
                if isinstance(check, Check):
                    probe, judge = check.prepare(self.draw(check.name))
                    expected = run_probe(probe, self.reference.host)
                    found.append(CheckRun(check, probe, judge, expected, expected, None))
            return found

        return Graded(CellResult(grade_id, points, points, False, passed), standing=runs)

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

    def _ask_again(self, graded: Graded, host: HostLike) -> None:
        """Put the failed checks once more, with other inputs: two mistakes may look alike for once."""
        try:
            for run in graded.failed:
                if run.seconds > PATIENCE:
                    continue
                self.begin(run.check.name)
                put = self._put(run.check, f"{run.check.name}, again")
                graded.again.append(put(host, run.repair))
        except OutOfReach as error:
            graded.gone = error

    def _run(self, check: Check, host: HostLike, repair: Repair | None) -> CheckRun:
        put = self._put(check, check.name)
        if repair is None:
            return put(host, None)
        repaired = put(host, repair)
        if repaired.message is None or repair.fatal:
            return repaired
        # With the functions that it was written for, and their cache, perhaps of its own kind, it may be right.
        plain = put(host, None)
        return plain if plain.message is None or (repaired.student.error and not plain.student.error) else repaired

    def _put(self, check: Check, label: str) -> Callable[[HostLike, Repair | None], CheckRun]:
        """Draw a check's inputs and ask the reference; the rest is a function."""
        probe, judge = check.prepare(self.draw(label))
        earlier = {title: value for title, value in self._expected.items() if title != check.title}
        # What is said of other inputs is for nobody: it needs no reasons, which take time.
        clues = Clues(probe, self.reference.host, earlier) if label == check.name else None
        expected = run_probe(probe, self.reference.host)
        wrong = expected.error or verdict(check, judge, expected, expected)
        if wrong:
            raise RubricError(
                f"{self.reference.assignment}/{self.reference.notebook}, {check.cell}: "
                f"the reference fails its own check {check.name}: {wrong}"
            )

        self._expected[check.title] = expected.value

        def put(host: HostLike, repair: Repair | None) -> CheckRun:
            began = time.monotonic()
            student = repair.run(probe, host, self.reference) if repair else run_probe(probe, host)
            seconds = time.monotonic() - began
            message = verdict(check, judge, student, expected, clues, self.lines)
            # What is too large is no known mistake's either, and there may be many of them.
            if too_large(student.value, expected.value):
                student = replace(student, value=None)
            return CheckRun(check, probe, judge, student, expected, message, repair, seconds)

        return put


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
    exact = exact_part(check, judge, outcome.value), exact_part(check, judge, expected.value)
    wrong = difference(*exact, tolerance=check.tolerance, clues=clues)
    # A wrong shape or a missing value says more than the in-place change that may have caused it; a right
    # value does not excuse the change.
    if outcome.changed and not check.may_change:
        changed = outcome.changed[0]
        return _sentence(changed if wrong is None else f"{wrong}; and {changed}")
    if wrong is None and judge is not None:
        wrong = guarded(judge, outcome.value, expected.value)
    return wrong and _sentence(wrong)


def is_right(check: Check, judge: Judge | None, outcome: Outcome, expected: Outcome) -> bool:
    """Whether `verdict` finds nothing wrong; without the time that it takes to say what."""
    if outcome.error is not None or (outcome.changed and not check.may_change):
        return False
    exact = exact_part(check, judge, outcome.value), exact_part(check, judge, expected.value)
    return same(*exact, check.tolerance) and (judge is None or guarded(judge, outcome.value, expected.value) is None)


def exact_part(check: Check, judge: Judge | None, value: Any) -> Any:
    """The part of a value that must equal the reference's: all of it, if there is no judge."""
    if judge is None or not isinstance(value, dict):
        return value if judge is None else {}
    return {name: value[name] for name in check.exact if name in value}


def _sentence(text: str) -> str:
    """A message for people: of bounded length, and without anything that moves a cursor or hides."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in text[: MAX_SENTENCE + 1])
    return plain if len(plain) <= MAX_SENTENCE else plain[: MAX_SENTENCE - 4] + " ..."
