"""Running a notebook: its cells in order, and at each check cell the rubric's probes.

When a cell ends the process (an endless loop, a crash), a new process replays the notebook without that cell: only what
was in it is lost. Replaying is cheap, because long training is never part of a graded run, and it counts towards the
notebook's time.
"""

from __future__ import annotations

import builtins
import os
import re
import time
from collections.abc import Iterable
from typing import NamedTuple

import nbformat
import numpy as np
from nbformat import NotebookNode

from autograder.authoring.notebook import Step, grade_id_of, is_skipped, is_todo
from autograder.course import CourseError
from autograder.grading.ledger import content_of
from autograder.grading.paper import Clock, Paper
from autograder.grading.reference import Reference
from autograder.grading.stopped import lines_of
from autograder.grading.verdict import CellGrader, Graded, failed_cell
from autograder.sandbox.process import Failure, Sandbox
from autograder.sandbox.proxy import OutOfReach, OutOfTime, StudentError
from cs231n_utils.submit.untouched import digest, names_made

NO_PYTHON = ("SyntaxError", "IndentationError", "TabError")
OWN_SHARE = 1 / 3  # of a notebook's time, for cells that the student added


class Outcome(NamedTuple):
    """What became of a notebook.

    Attributes
    ----------
    graded : dict of str to Graded
        By grade id. Cells that there was no time for are left to a person.
    unfinished : str
        Why it did not finish; empty if it did.
    memory : int
        The most bytes of memory that its processes had at a time, as far as the system says; else 0.
    """

    graded: dict[str, Graded]
    unfinished: str
    memory: int


def run_notebook(
    paper: Paper,
    steps: list[Step],
    released: NotebookNode,
    reference: Reference,
    clock: Clock,
    remarks: list[str],
    stands: frozenset[str] = frozenset(),
) -> Outcome:
    """Run a notebook's cells, keep their outputs in the steps, and run the checks of each check cell.

    Parameters
    ----------
    stands : frozenset of str
        Check cells, by grade id, that it is known to pass.
    """
    run = _Run(paper, steps, released, reference, clock, remarks, stands)
    try:
        while not run.through():
            pass
    except OutOfTime:
        reason = (
            f"its {paper.terms.notebook_seconds:.0f} seconds were used up: "
            "what was not graded by then is left to a person"
        )
        for step in steps:
            if step.action == "check" and step.grade_id not in run.graded:
                run.graded[step.grade_id] = Graded(
                    failed_cell(
                        paper.rubric, step.grade_id, "not graded: the notebook had used up its time", score=None
                    )
                )
        run.explain_names()
        return Outcome(run.graded, reason, run.memory)
    run.explain_names()
    return Outcome(run.graded, "", run.memory)


class _Run:
    """One notebook in progress, in several processes if it needs them."""

    def __init__(
        self,
        paper: Paper,
        steps: list[Step],
        released: NotebookNode,
        reference: Reference,
        clock: Clock,
        remarks: list[str],
        stands: frozenset[str],
    ):
        self.paper, self.steps, self.clock, self.remarks = paper, steps, clock, remarks
        self.given = {cell.id: cell.source for cell in released.cells if cell.cell_type == "code" and not is_todo(cell)}
        first = next((cell for cell in released.cells if cell.cell_type == "code"), None)
        self.setup = "" if first is None or grade_id_of(first) or is_skipped(first) else first.source
        self.handed_out = {digest(cell.source) for cell in released.cells}
        lines = lines_of(step.cell.source for step in steps if step.cell.cell_type == "code")
        content = content_of(paper)
        self.grader = CellGrader(
            paper.rubric,
            reference,
            lambda check: paper.draw(content, check),
            paper.folder,
            lines,
            begin=self._begin,
            lost=paper.lost_at("check"),
            stands=stands,
        )
        self.graded = self.grader.graded
        self.files = {
            path.name: path
            for path in paper.files[1:]
            if path.is_file() and not path.is_symlink() and os.access(path, os.R_OK)
        }
        self.memory = 0
        self.fatal: set[int] = set()
        self.unmade: dict[str, str] = {}  # names that are missing, and what happened to what makes them
        for number, why in paper.lost_at("cell").items():
            self._leave_out(int(number), why)
        for check, why in paper.lost_at("check").items():
            self._remark(f"the check {check} was left out: {why}")

    def through(self) -> bool:
        """Run all that is not known to end the process; return whether the end was reached."""
        try:
            sandbox = Sandbox(
                self.files,
                self.paper.terms.step_seconds,
                self.paper.terms.level,
                until=self.clock.until,
                settings=self.paper.terms.course.settings,
            )
        except OutOfTime:
            raise
        except OutOfReach as error:
            raise CourseError(f"no process for a notebook could be started: {error}") from None
        try:
            return self._through(sandbox)
        finally:  # it is closed
            self.memory = max(self.memory, sandbox.peak)

    def _through(self, sandbox: Sandbox) -> bool:
        own = 0.0
        with sandbox:
            if self.setup:
                self._run_given(sandbox, self.setup)  # what it defines exists, whatever became of it in the hand-in
            for index, step in enumerate(self.steps):
                if index in self.fatal or not (step.action in ("run", "check") or step.definitions):
                    continue
                if step.names and _all_defined(sandbox, step.names):
                    step.untouched = False  # its work was done elsewhere
                    continue
                self._in_time()
                began = time.monotonic()
                is_own = not (
                    step.grade_id or step.cell.id in self.given or digest(step.cell.source) in self.handed_out
                )
                if is_own and own > OWN_SHARE * self.paper.terms.notebook_seconds:
                    self._remark(
                        f"{self._label(index)} was not run: the student's own cells had already taken {own:.0f} seconds"
                    )
                    continue
                gone = self._step(sandbox, index, step)
                if is_own:
                    own += time.monotonic() - began
                if gone is not None:
                    self._leave_out(index, gone)
                    return False
        return True

    def _step(self, sandbox: Sandbox, index: int, step: Step) -> OutOfReach | None:
        """Run one cell, after its checks if it has some; returns why the process has ended, if it has."""
        if step.action == "skip":
            return self._run_given(sandbox, step.definitions)
        # The probes come first: they can do without functions that are known to be wrong; the visible checks cannot.
        if step.action == "check" and step.grade_id not in self.graded:
            graded = self.grader.grade(step.grade_id, sandbox)
            if graded.gone is not None:
                return graded.gone
        self.clock.at("cell", str(index))
        try:
            ran = sandbox.run(step.cell.source, go_on=step.action == "run")
        except StudentError as error:  # the shell itself was tampered with, or its answer was too large
            step.cell.outputs = []
            self._remark(f"what cells showed could not be read ({error.type_name})")
            return None
        except OutOfTime:
            raise
        except OutOfReach as error:
            return error
        step.cell.outputs = [nbformat.from_dict(output) for output in ran.outputs]
        if step.action == "run":
            for failure in ran.failures:
                self._note(index, failure)
            if any(failure.type_name in NO_PYTHON for failure in ran.failures) and (
                given := self.given.get(step.cell.id)
            ):
                self._remark(f"{self._label(index)} does not compile; what was handed out was run in its place")
                return self._run_given(sandbox, given)
        return None

    def _run_given(self, sandbox: Sandbox, source: str) -> OutOfReach | None:
        try:
            sandbox.run(source, go_on=True)
        except (StudentError, OutOfTime):
            pass
        except OutOfReach as error:
            return error
        return None

    def _begin(self, check: str) -> None:
        self._in_time()
        self.clock.at("check", check)

    def _in_time(self) -> None:
        if time.monotonic() > self.clock.until:
            raise OutOfTime("the notebook's time was used up")

    def _note(self, index: int, failure: Failure) -> None:
        """Remember a line that failed: it may be the cause of what fails further down."""
        story = f"the line `{failure.line}` stopped with {failure.type_name}: {failure.message}".removesuffix(": ")
        ended = failure.type_name in (*NO_PYTHON, "SystemExit", "KeyboardInterrupt") or failure.line.startswith("%%")
        self._remark(
            f"{self._label(index)}: {story}; the rest of the cell " + ("did not run" if ended else "still ran")
        )
        made = _would_make(self.steps[index].cell.source) if ended else names_made(failure.line)
        self._say_of(made, f"in {self._label(index)}, {story}")

    def _leave_out(self, index: int, why: object) -> None:
        """Run the notebook without a cell that ends its process."""
        self.fatal.add(index)
        self._remark(f"{self._label(index)}: {why}; the notebook was run again without it")
        if index < len(self.steps):
            self._say_of(_would_make(self.steps[index].cell.source), f"{self._label(index)} was left out: {why}")

    def _say_of(self, names: Iterable[str], told: str) -> None:
        """Remember why there are no such names, in one text for all of them, of which there may be many."""
        for name in names:
            self.unmade.setdefault(name, told)

    def explain_names(self) -> None:
        """If a name does not exist because a line failed, or is NumPy's by now and no longer Python's, say so."""
        replaced = _replaced(step.cell.source for step in self.steps if step.cell.cell_type == "code")
        for graded in self.graded.values():
            for check in graded.result.checks:
                line = re.search(r"\(in the line `(.+)`\)$", check.message)
                called = re.findall(r"(?<![\w.])(\w+)\(", line[1]) if line else []
                if name := next((name for name in called if name in replaced), ""):
                    told = f"`from {replaced[name]} import *` has put it in place of Python's own"
                    check.message += f" ({name} is NumPy's here: {told})"
                found = re.search(r"name '(\w+)' is not defined", check.message)
                if found and found[1] in self.unmade:
                    check.message += f" ({self.unmade[found[1]]})"

    def _label(self, index: int) -> str:
        step = self.steps[index] if index < len(self.steps) else None
        name = step and (step.grade_id or (step.cell.id if step.cell.id in self.given else ""))
        return f"cell {name}" if name else f"cell number {index + 1}"

    def _remark(self, sentence: str) -> None:
        if sentence not in self.remarks:
            self.remarks.append(sentence)


def _would_make(source: str) -> set[str]:
    """The names that a cell makes, or, where it is no Python, the functions and classes that it seems to define."""
    return names_made(source) or {*re.findall(r"^(?:def|class) +(\w{1,100})", source, re.MULTILINE)}


def _replaced(sources: Iterable[str]) -> dict[str, str]:
    """Python's own names that a star import puts NumPy's in place of, and the module that they come from then."""
    code = "\n".join(sources)
    modules = re.findall(r"^\s*from (numpy|pylab|matplotlib\.pylab) import \*", code, re.MULTILINE)
    return {name: module for module in modules for name in dir(builtins) if name in np.__all__}


def _all_defined(sandbox: Sandbox, names: list[str]) -> bool:
    """Whether everything exists that an untouched TODO cell would define."""
    try:
        for name in names:
            owner, _, attribute = name.partition(".")
            number = sandbox.lookup(owner)
            if attribute:
                sandbox.attribute(number, attribute)
        sandbox.clear()  # it is answered with what failed before it
        return True
    except (StudentError, OutOfReach):
        return False
