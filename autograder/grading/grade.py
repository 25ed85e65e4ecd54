"""Grading hand-ins: many at a time, each in a job that can be lost, and everything written down.

A job grades the notebooks of one hand-in. If it is lost, another one takes over: notebooks that were graded are
recalled, and the check, or whatever the job was lost at, is left out, with a sentence. A hand-in that loses job after
job is left to a person. None of this affects anybody else's hand-in.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from functools import lru_cache
from pathlib import Path
from textwrap import shorten

from nbformat import NotebookNode

from autograder.authoring.handed_out import EARLIER, UNKNOWN, as_handed_out
from autograder.authoring.notebook import (
    MAX_REMARKS,
    BadNotebook,
    Step,
    is_check,
    is_manual,
    is_skipped,
    is_todo,
    plan,
    points_of,
    read_notebook,
    read_submitted,
)
from autograder.course import Course, CourseError
from autograder.grading.graded import write_graded, write_ungraded
from autograder.grading.job import Jobs, Lost, for_grading
from autograder.grading.ledger import content_of, key_of, recall, remember, standing
from autograder.grading.naming import name_mistakes
from autograder.grading.paper import Clock, Paper, Setback, Terms
from autograder.grading.reference import reference_of
from autograder.grading.results import CellResult, NotebookResult, SubmissionResult, total
from autograder.grading.running import run_notebook
from autograder.grading.tamper import traces
from autograder.grading.tuning import use_of_the_test_set
from autograder.grading.verdict import Graded, RubricError, failed_cell
from autograder.grading.wording import TEST_SET, UNWRITTEN
from autograder.sandbox.isolation import best_level
from autograder.terminal import plain
from cs231n_utils.submit.hand_in import notes_of
from cs231n_utils.submit.reading import check_size, read_cells
from cs231n_utils.submit.untouched import digest

MAX_REMARK = 500  # characters
MOST_STRAYS = 20  # notebooks that are looked at in place of one that is missing
MAX_SETBACKS = 4  # jobs that a hand-in may lose before it is left to a person
REMARKS = {
    EARLIER: "it comes from an earlier release, by which it is graded as far as that one's cells still count",
    UNKNOWN: "it comes from another release, which is not kept here; it is graded by the current one",
}
OWN_WORK_SECONDS = 60.0  # for what the grader does with a notebook besides running it


def grade_class(
    course: Course,
    assignment: str,
    students: list[str],
    jobs: int | None = None,
    step_seconds: float | None = None,
    level: str | None = None,
    notebook_seconds: float | None = None,
    pool: Jobs | None = None,
) -> Iterator[SubmissionResult]:
    """Grade many hand-ins side by side; yields each result as it is ready.

    Parameters
    ----------
    jobs : int, optional
        How many at a time; by default one for each processor.
    step_seconds, notebook_seconds : float
        Deadlines for one cell or one call of a probe, and for one notebook; the course's if left out.
    level : {"strict", "user", "process"}, optional
        How hand-ins are isolated, see `autograder.sandbox.isolation`; the best level that this machine has if left out.
    pool : Jobs, optional
        Jobs that are used again for another call; made for this one, and ended with it, if left out.

    Raises
    ------
    CourseError, OSError
        What would stop every hand-in: a solution that does not run, a full disk.
    """
    terms = terms_of(course, assignment, level, step_seconds, notebook_seconds)
    setbacks: dict[str, list[Setback]] = {student: [] for student in students}
    seconds = dict.fromkeys(students, 0.0)
    with nullcontext(pool) if pool else jobs_for(terms, len(students), jobs) as pool:
        for student in students:
            pool.submit(student, grade_submission, terms, student)
        for student, outcome in pool.results():
            if isinstance(outcome, SubmissionResult):
                yield outcome
            elif isinstance(outcome, Lost):
                seconds[student] += outcome.whole
                if outcome.place is not None and len(setbacks[student]) < MAX_SETBACKS:
                    setbacks[student].append(Setback.of(outcome))
                    pool.submit(student, grade_submission, terms, student, tuple(setbacks[student]))
                else:
                    yield not_graded(terms, student, f"the grader's work on it {outcome.reason}", seconds[student])
            elif isinstance(outcome, (CourseError, OSError)):  # it would stop the next hand-in too
                raise outcome
            else:  # a bug of ours must not stop the class
                yield not_graded(terms, student, f"the grader itself failed: {outcome!r}", seconds[student])


def jobs_for(terms: Terms, students: int, jobs: int | None = None) -> Jobs:
    """Jobs for so many hand-ins: as many at a time as there are processors, unless `jobs` says how many."""
    count = max(1, min(jobs or os.cpu_count() or 1, students))
    return Jobs(count, seconds_of(terms), imports=for_grading(terms.course.settings))


def terms_of(
    course: Course,
    assignment: str,
    level: str | None = None,
    step_seconds: float | None = None,
    notebook_seconds: float | None = None,
) -> Terms:
    """How a class is graded: as the course says where nothing else is said, and as safely as this machine can."""
    return Terms(
        course,
        assignment,
        course.secret(),
        level or best_level(),
        step_seconds or course.settings.step_seconds,
        notebook_seconds or course.settings.notebook_seconds,
    )


def seconds_of(terms: Terms) -> float:
    """The deadline for one hand-in."""
    return len(terms.course.notebooks(terms.assignment)) * (terms.notebook_seconds + OWN_WORK_SECONDS)


def grade_submission(terms: Terms, student: str, setbacks: tuple[Setback, ...] = ()) -> SubmissionResult:
    """Grade one hand-in and write its notebooks to autograded/.

    Parameters
    ----------
    setbacks : tuple of Setback
        Where earlier jobs on it were lost.
    """
    return submission_of(
        student,
        [_grade_notebook(Paper(terms, student, name, setbacks)) for name in terms.course.notebooks(terms.assignment)],
    )


def submission_of(student: str, notebooks: list[NotebookResult]) -> SubmissionResult:
    """The result of a hand-in from those of its notebooks."""
    seconds = round(sum(notebook.seconds for notebook in notebooks), 2)
    score, max_score = total(notebooks)
    reasons = dict.fromkeys(notebook.reason for notebook in notebooks if notebook.status == "failed")
    return SubmissionResult(
        student, score, max_score, "failed" if reasons else "graded", "; ".join(reasons), seconds, notebooks
    )


def _grade_notebook(paper: Paper) -> NotebookResult:
    """Grade a notebook, unless nothing has changed since it was last graded."""
    clock = Clock(paper)
    clock.at("reading")
    key = key_of(paper)
    result = recall(paper, key)
    if result is None:
        try:
            result = grade_anew(paper, clock, standing(paper, key))
        except (CourseError, OSError, MemoryError):
            raise
        except RubricError as error:
            result = _ungraded(paper, f"its checks have to be mended first: {shorten(str(error), 300)}")
        except Exception as error:  # a bug of ours costs this notebook at most
            result = _ungraded(paper, f"the grader itself failed: {shorten(repr(error), 300)}")
        result.seconds = clock.seconds
        remember(paper, key, result)
    return result


def grade_anew(paper: Paper, clock: Clock, stands: frozenset[str] = frozenset()) -> NotebookResult:
    """Run a notebook, put its checks, and write the graded notebook.

    Parameters
    ----------
    stands : frozenset of str
        Check cells, by grade id, that it is known to pass: their checks are not put again.
    """
    released, reference = released_notebook(paper.released), reference_of(paper.solution)
    try:
        if why := paper.lost_at("reading"):
            raise BadNotebook(f"{paper.name}.ipynb: {why['']}")
        if paper.folder.is_symlink() or paper.folder.parent.is_symlink():
            raise BadNotebook("the hand-in's folder is a link to somewhere else")
        submitted = read_submitted(paper.files[0])
    except BadNotebook as error:
        stray = "" if paper.files[0].exists() else _stray(paper)
        if stray:
            error = BadNotebook(f"{error}; {stray!r} seems to be it: give it this name")
        return _ungraded(paper, str(error), missing=not paper.files[0].exists() and not stray)
    released, which = as_handed_out(paper.terms.course, paper.terms.assignment, paper.name, released, submitted)
    steps, remarks = plan(released, submitted)
    remarks[:0] = [REMARKS[which]] if which in REMARKS else []
    graded, unfinished, memory = run_notebook(paper, steps, released, reference, clock, remarks, stands)
    unwritten = _say_what_is_unwritten(steps, graded)
    if why := paper.lost_at("naming"):
        remarks.append(f"no mistake was named: {why['']}")
    else:
        clock.at("naming")
        name_mistakes([one for grade_id, one in graded.items() if grade_id not in unwritten], reference)
    tamper: list[str] = []
    notes: dict[str, str] = {}
    if why := paper.lost_at("looking"):
        remarks.append(f"its code was not looked through: {why['']}")
    else:
        clock.at("looking")
        notes = _uses_of_the_test_set(steps, remarks)
        handed_out = {digest(cell.source) for cell in released.cells}
        tamper = traces(
            [
                step.cell.source
                for step in steps
                if step.cell.cell_type == "code" and digest(step.cell.source) not in handed_out
            ]
        )
    cells = []
    for step in steps:
        if step.grade_id in graded:
            cells.append(graded[step.grade_id].result)
        elif is_manual(step.cell):
            cells.append(_manual(step, paper))
    order = [cell.metadata.nbgrader.grade_id for cell in released.cells if is_check(cell) or is_manual(cell)]
    cells.sort(key=lambda cell: order.index(cell.grade_id))
    if len(remarks) > MAX_REMARKS:
        remarks[MAX_REMARKS:] = [f"… and {len(remarks) - MAX_REMARKS} more remarks like these"]
    result = NotebookResult(
        paper.name,
        "failed" if unfinished else "graded",
        unfinished,
        [shorten(plain(remark), MAX_REMARK) for remark in remarks],
        tamper,
        cells,
        release=which,
        memory=memory,
    )
    if why := paper.lost_at("writing"):
        result.remarks.append(f"what it shows is left out: {why['']}")
        write_ungraded(paper.graded, released, result)
    else:
        clock.at("writing")
        write_graded(paper.graded, released, steps, result, notes)
    return result


def _uses_of_the_test_set(steps: list[Step], remarks: list[str]) -> dict[str, str]:
    """What to say about tuning on the test set, by the grade id of the check cell to say it in."""
    notes: dict[str, str] = {}
    line: str | None = None
    for step in steps:
        if is_todo(step.cell) and is_skipped(step.cell) and (line := use_of_the_test_set(step.cell.source)):
            remarks.append(f"the cell {step.grade_id} {TEST_SET}: {shorten(line, 100)}")
        elif line and step.action == "check":
            notes[step.grade_id] = (
                f"Your tuning uses the test set, in the line {shorten(line, 100)!r}. Choose by the validation set: "
                "a test set that has helped to choose says nothing about new images."
            )
            line = None
    return notes


def _say_what_is_unwritten(steps: list[Step], graded: dict[str, Graded]) -> set[str]:
    """Below an untouched TODO cell, a friendly line instead of the failures that it leads to; returns the grade ids of
    such check cells: what is not there has no mistakes, and looking for them would take most of the time."""
    unwritten: set[str] = set()
    todo: Step | None = None
    for step in steps:
        if step.grade_id in graded:
            cell = graded[step.grade_id].result
            if todo is not None and todo.untouched and cell.score == 0 and graded[step.grade_id].runs:
                unwritten.add(step.grade_id)
                for check in cell.checks:
                    check.message, check.misconception = f"{UNWRITTEN}: the TODO cell is as it was handed out", None
                    check.hints = []
        elif is_todo(step.cell):
            todo = step
    return unwritten


def _manual(step: Step, paper: Paper) -> CellResult:
    """A cell for a person to grade, or 0 at once if nothing was written, there or elsewhere."""
    if step.untouched and not step.elsewhere:
        return CellResult(step.grade_id, 0.0, points_of(step.cell))
    read = (
        content_of(paper)  # any of it may be the answer
        if step.elsewhere
        else repr((step.cell.source, sorted(step.cell.get("attachments", {}).items()))).encode("utf-8", "replace")
    )
    return CellResult(step.grade_id, None, points_of(step.cell), True, answer=hashlib.sha256(read).hexdigest())


def _stray(paper: Paper) -> str:
    """The name of a notebook that carries the course's notes of the one that is missing; empty if there is none."""
    for path in sorted(paper.folder.glob("*.[iI][pP][yY][nN][bB]"))[:MOST_STRAYS]:
        with suppress(OSError, ValueError):
            check_size(path.stat().st_size)
            sound = path.is_file() and not path.is_symlink()
            notes = notes_of(read_cells(path.read_bytes())) if sound else None
            if notes and (notes["assignment"], notes["notebook"]) == (paper.terms.assignment, paper.name):
                return path.name
    return ""


def _ungraded(paper: Paper, reason: str, missing: bool = False) -> NotebookResult:
    """The result of a notebook that is not there (0 points) or cannot be graded (left to a person)."""
    released, score = released_notebook(paper.released), 0.0 if missing else None
    cells = [
        failed_cell(paper.rubric, cell.metadata.nbgrader.grade_id, reason, score)
        if is_check(cell)
        else CellResult(cell.metadata.nbgrader.grade_id, score, points_of(cell), not missing)
        for cell in released.cells
        if is_check(cell) or is_manual(cell)
    ]
    answer = "" if missing else content_of(paper).hex()  # whoever grades them by hand reads the file itself
    for one in cells:
        one.answer = answer
    result = NotebookResult(paper.name, "failed", reason, cells=cells)
    write_ungraded(paper.graded, released, result)
    return result


def not_graded(terms: Terms, student: str, reason: str, seconds: float) -> SubmissionResult:
    """The result of a hand-in whose job did not finish; what was graded before is kept."""
    notebooks = []
    for name in terms.course.notebooks(terms.assignment):
        paper = Paper(terms, student, name)
        notebooks.append(recall(paper, key_of(paper)) or _ungraded(paper, reason))
    submission = submission_of(student, notebooks)
    submission.seconds = round(seconds, 2)  # of the jobs that were lost
    return submission


@lru_cache(maxsize=64)
def released_notebook(path: Path) -> NotebookNode:
    """A notebook as it was handed out.

    Raises
    ------
    CourseError
        If there is none.
    """
    try:
        return read_notebook(path)
    except BadNotebook as error:
        raise CourseError(f"{error} in {path.parent}: run `autograder release` first") from None
