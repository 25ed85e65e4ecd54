"""Grading hand-ins: each notebook in its own process, many at a time, and everything written down.

A notebook's cells are run in the order of the hand-in. At each check cell the rubric's probes are put to
the live namespace. When a cell ends the process (an endless loop, a crash), a new process replays the
notebook without that cell: only what was in it is lost. Replaying is cheap, because long training is
never part of a graded run.
"""

from __future__ import annotations

import multiprocessing.connection
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from textwrap import shorten

import nbformat
from nbformat import NotebookNode

from autograder.code import OutOfReach, StudentError
from autograder.course import Course, CourseError
from autograder.isolation import best_level
from autograder.ledger import key_of, recall, remember
from autograder.notebook import (
    FOR_THE_GRADER, BadNotebook, Step, grade_id_of, is_check, is_manual, is_skipped, is_todo, plan, points_of,
    read_notebook, without_delimiters,
)
from autograder.reference import Reference
from autograder.report import UNWRITTEN, messages, verdict_output
from autograder.results import CellResult, NotebookResult, SubmissionResult, total, write_atomically
from autograder.rubric import Draw, Rubric, load_rubric
from autograder.sandbox import Sandbox
from autograder.tamper import traces
from autograder.tuning import use_of_the_test_set
from autograder.verdict import Graded, failed_cell, grade_cell, name_mistakes
from cs231n_utils import data

STEP_SECONDS = 20.0  # for one cell, or one call of a probe
NOTEBOOK_SECONDS = 180.0  # for everything in one notebook


def grade_class(course: Course, assignment: str, students: list[str], jobs: int | None = None,
                step_seconds: float = STEP_SECONDS, level: str | None = None,
                notebook_seconds: float = NOTEBOOK_SECONDS) -> Iterator[SubmissionResult]:
    """Grade many hand-ins side by side; yields each result as it is ready.

    Parameters
    ----------
    jobs : int, optional
        How many at a time; by default one for each processor.
    step_seconds : float
        Deadline for one cell and for one call of a probe.
    level : {"strict", "process"}, optional
        How hand-ins are kept apart, see `autograder.isolation`; the best that this machine has if left out.
    notebook_seconds : float
        Deadline for everything in one notebook.
    """
    level = level or best_level()
    secret = course.secret()
    jobs = max(1, min(jobs or os.cpu_count() or 1, len(students)))
    # "spawn": a forked child would inherit locks and threads of the libraries loaded here.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_start_job) as pool:
        waiting = {pool.submit(grade_submission, course, assignment, student, secret, step_seconds, level,
                               notebook_seconds): student
                   for student in students}
        try:
            for future in as_completed(waiting):
                student = waiting[future]
                try:
                    yield future.result()
                except (CourseError, OSError):  # a full disk, say: the next hand-in would fare no better
                    raise
                except BrokenProcessPool:
                    raise CourseError("a grading job was killed from outside, perhaps for want of memory. What is "
                                      "graded is kept: run the same command again, or with --jobs 1") from None
                except Exception as error:  # a defect of ours must not take the class with it
                    yield _not_graded(course, assignment, student, f"the grader itself failed: {error!r}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def grade_submission(course: Course, assignment: str, student: str, secret: bytes,
                     step_seconds: float = STEP_SECONDS, level: str | None = None,
                     notebook_seconds: float = NOTEBOOK_SECONDS) -> SubmissionResult:
    """Grade one hand-in and write its notebooks to autograded/."""
    began = time.monotonic()
    folder = course.submitted / student / assignment
    notebooks = [_grade_notebook(course, assignment, name, folder, student, secret, step_seconds, level, notebook_seconds)
                 for name in course.notebooks(assignment)]
    score, max_score = total(notebooks)
    reasons = [notebook.reason for notebook in notebooks if notebook.status == "failed"]
    return SubmissionResult(student, score, max_score, "failed" if reasons else "graded", "; ".join(reasons),
                            round(time.monotonic() - began, 2), notebooks)


def _grade_notebook(course: Course, assignment: str, name: str, folder: Path, student: str, secret: bytes,
                    step_seconds: float, level: str | None, notebook_seconds: float) -> NotebookResult:
    """Grade a notebook, unless nothing has changed since it was graded last."""
    rubric = load_rubric(assignment, name)
    key = key_of(course, assignment, name, folder, rubric.files(), step_seconds, level, notebook_seconds,
                 data.official_folder())
    result = recall(course, assignment, student, name, key)
    if result is None:
        result = _grade_anew(course, assignment, name, folder, student, secret, step_seconds, level, notebook_seconds, rubric)
        remember(course, assignment, student, name, key, result)
    return result


def _grade_anew(course: Course, assignment: str, name: str, folder: Path, student: str, secret: bytes,
                step_seconds: float, level: str | None, notebook_seconds: float, rubric: Rubric) -> NotebookResult:
    released = _released(course.released / assignment / f"{name}.ipynb")
    try:
        if folder.is_symlink() or folder.parent.is_symlink():
            raise BadNotebook("the hand-in's folder is a link to somewhere else")
        submitted = read_notebook(folder / f"{name}.ipynb")
    except BadNotebook as error:
        return _unread(released, rubric, name, str(error), missing=not (folder / f"{name}.ipynb").exists())
    steps, remarks = plan(released, submitted)
    reference = _reference(course.solutions / assignment / f"{name}.ipynb")

    def draw(check: str) -> Draw:
        return Draw(secret, student, assignment, name, check)

    graded = _run(steps, rubric, reference, draw, folder, step_seconds, level, notebook_seconds, remarks)
    name_mistakes(list(graded.values()), reference)
    _say_what_is_unwritten(steps, graded)
    cells, tuned_on = [], None
    for step in steps:
        if is_todo(step.cell) and is_skipped(step.cell) and (tuned_on := use_of_the_test_set(step.cell.source)):
            remarks.append(f"the cell {step.grade_id} uses the test set: {shorten(tuned_on, 100)}")
        if step.grade_id in graded:
            cell = graded[step.grade_id].result
            step.cell.outputs = [*step.cell.get("outputs", []), verdict_output(cell)]
            step.cell.metadata["autograder"] = {"messages": messages(cell), "result": asdict(cell)}
            if tuned_on:
                step.cell.metadata["autograder"]["messages"].append(
                    f"Your tuning uses the test set, in the line {shorten(tuned_on, 100)!r}. Choose by the validation set: "
                    "a test set that has helped to choose says nothing about new images.")
                tuned_on = None
            cells.append(cell)
        elif is_manual(step.cell):
            cells.append(_manual(step, released))
    _write_autograded(course.autograded / student / assignment / f"{name}.ipynb", released, steps,
                      _marking_schemes(course.solutions / assignment / f"{name}.ipynb"))
    order = [cell.metadata.nbgrader.grade_id for cell in released.cells if is_check(cell) or is_manual(cell)]
    cells.sort(key=lambda cell: order.index(cell.grade_id))
    handed_out = {cell.source for cell in released.cells}
    own = [step.cell.source for step in steps if step.cell.cell_type == "code" and step.cell.source not in handed_out]
    return NotebookResult(name, "graded", remarks=remarks, tamper=traces(own), cells=cells)


def _run(steps: list[Step], rubric: Rubric, reference: Reference, draw: Callable[[str], Draw], folder: Path,
         step_seconds: float, level: str | None, notebook_seconds: float, remarks: list[str]) -> dict[str, Graded]:
    """Run a notebook's cells, keep their outputs in the steps, and put the checks to each check cell."""
    graded: dict[str, Graded] = {}
    fatal: set[int] = set()
    deadline = time.monotonic() + notebook_seconds
    files = {name: folder / name for name in rubric.files() if (folder / name).is_file() and not (folder / name).is_symlink()}
    while True:
        try:
            sandbox = Sandbox(files, step_seconds, level)
        except OutOfReach as error:
            raise CourseError(f"no process for a notebook could be started: {error}") from None
        with sandbox:
            for index, step in enumerate(steps):
                if index in fatal or step.action not in ("run", "check"):
                    continue
                if time.monotonic() > deadline:
                    remarks.append(f"the notebook was stopped after {notebook_seconds:.0f} seconds in all")
                    return _fail_rest(steps, rubric, graded, "not run: the notebook had used up its time")
                if step.names and _all_defined(sandbox, step.names):
                    step.untouched = False  # its work was done elsewhere
                    continue
                gone = None
                # The probes come first: they do without functions that are known to be wrong, the visible checks don't.
                if step.action == "check" and step.grade_id not in graded:
                    graded[step.grade_id] = grade_cell(rubric, step.grade_id, sandbox, reference, draw, folder, graded)
                    gone = graded[step.grade_id].gone
                if gone is None:
                    gone = _show(sandbox, step, remarks)
                if gone is not None:
                    fatal.add(index)
                    remarks.append(f"{_label(step, index)}: {gone}; the notebook was run again without it")
                    break
            else:
                return graded


def _show(sandbox: Sandbox, step: Step, remarks: list[str]) -> OutOfReach | None:
    """Run a cell and keep what it shows; returns why the process has ended, if it has."""
    try:
        outputs, _ = sandbox.run(step.cell.source)
        step.cell.outputs = [nbformat.from_dict(output) for output in outputs]
    except StudentError as error:  # the shell itself was tampered with, or its answer was too large
        step.cell.outputs = []
        _remark(remarks, f"what cells showed could not be read ({error.type_name})")
    except OutOfReach as error:
        return error
    return None


def _remark(remarks: list[str], sentence: str) -> None:
    if sentence not in remarks:
        remarks.append(sentence)


def _fail_rest(steps: list[Step], rubric: Rubric, graded: dict[str, Graded], message: str) -> dict[str, Graded]:
    for step in steps:
        if step.action == "check" and step.grade_id not in graded:
            graded[step.grade_id] = Graded(failed_cell(rubric, step.grade_id, message))
    return graded


def _say_what_is_unwritten(steps: list[Step], graded: dict[str, Graded]) -> None:
    """Below an untouched TODO cell, a friendly line instead of what its emptiness leads to."""
    todo: Step | None = None
    for step in steps:
        if step.grade_id in graded:
            cell = graded[step.grade_id].result
            if todo is not None and todo.untouched and not cell.score and graded[step.grade_id].asked:
                for check in cell.checks:
                    check.message, check.misconception = f"{UNWRITTEN}: the TODO cell is as it was handed out", None
                    check.hints = []
        elif is_todo(step.cell):
            todo = step


def _label(step: Step, index: int) -> str:
    return f"cell {step.grade_id}" if step.grade_id else f"cell number {index + 1}"


def _all_defined(sandbox: Sandbox, names: list[str]) -> bool:
    """Whether everything exists that an untouched TODO cell would define."""
    try:
        for name in names:
            owner, _, attribute = name.partition(".")
            number = sandbox.lookup(owner)
            if attribute:
                sandbox.attribute(number, attribute)
        return True
    except (StudentError, OutOfReach):
        return False


def _manual(step: Step, released: NotebookNode) -> CellResult:
    """A cell for a person to grade, or 0 at once if nothing was written."""
    model = next(cell for cell in released.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == step.grade_id)
    empty = step.cell.source.strip() in ("", model.source.strip())
    return CellResult(step.grade_id, 0.0 if empty else None, points_of(step.cell), not empty)


def _unread(released: NotebookNode, rubric: Rubric, name: str, reason: str, missing: bool) -> NotebookResult:
    """The result of a notebook that is not there (0 points) or cannot be read (left to a person)."""
    score = 0.0 if missing else None
    cells = [failed_cell(rubric, cell.metadata.nbgrader.grade_id, reason, score) if is_check(cell)
             else CellResult(cell.metadata.nbgrader.grade_id, score, points_of(cell), not missing)
             for cell in released.cells if is_check(cell) or is_manual(cell)]
    return NotebookResult(name, "failed", reason, cells=cells)


def _not_graded(course: Course, assignment: str, student: str, reason: str) -> SubmissionResult:
    notebooks = [_unread(_released(course.released / assignment / f"{name}.ipynb"), load_rubric(assignment, name),
                         name, reason, missing=False) for name in course.notebooks(assignment)]
    return SubmissionResult(student, *total(notebooks), "failed", reason, 0.0, notebooks)


def _write_autograded(path: Path, released: NotebookNode, steps: list[Step], schemes: dict[str, str]) -> None:
    """Write the graded notebook; behind each written answer stands its marking scheme, for the formgrader."""
    cells: list[NotebookNode] = []
    ids: set[str] = set()
    for step in steps:
        if step.cell.id in ids:
            step.cell.id = f"{step.cell.id[:50]}-{len(cells)}"
        ids.add(step.cell.id)
        cells.append(step.cell)
        if step.grade_id in schemes:
            cells.append(nbformat.v4.new_markdown_cell(
                schemes[step.grade_id], id=f"scheme-{len(cells)}", metadata={"tags": [FOR_THE_GRADER]}))
    notebook = nbformat.v4.new_notebook(metadata=released.metadata, cells=cells)
    write_atomically(path, nbformat.writes(notebook) + "\n")


@lru_cache(maxsize=64)
def _marking_schemes(path: Path) -> dict[str, str]:
    """Sample answer and marking scheme of each manually graded cell, by grade id."""
    return {grade_id_of(cell): "**For the grader only.** " + without_delimiters(cell.source).strip()
            for cell in read_notebook(path).cells if is_manual(cell)}


def _start_job() -> None:
    """One thread for each job, since the jobs use all processors; and no word about overflows in mistaken code."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    warnings.simplefilter("ignore", RuntimeWarning)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this job when the grader is gone, however it went: a job left alone would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


@lru_cache(maxsize=64)
def _released(path: Path) -> NotebookNode:
    try:
        return read_notebook(path)
    except BadNotebook as error:
        raise CourseError(f"{error} in {path.parent}: run `autograder release` first") from None


@lru_cache(maxsize=64)
def _reference(path: Path) -> Reference:
    return Reference(path)
