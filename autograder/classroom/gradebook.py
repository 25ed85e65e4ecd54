"""Grades into nbgrader's gradebook, where the formgrader, feedback and exports find them."""

from __future__ import annotations

import contextlib
import json
import logging
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError, SAWarning
from traitlets import TraitError
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from autograder import database
from autograder.bare_nbgrader import api, plugins
from autograder.classroom.attempts import submitted_at
from autograder.classroom.people import People, deadline
from autograder.course import GRADEBOOK, Course, CourseError
from autograder.grading.results import CellResult, NotebookResult, SubmissionResult, total, write_atomically
from autograder.settings import Settings


@contextlib.contextmanager
def opened(course: Course) -> Iterator[api.Gradebook]:
    """The gradebook, to be read.

    Raises
    ------
    CourseError
        If there is none, or it is damaged.
    """
    url = course.gradebook_url
    if not database.is_there(url):
        where = course.gradebook or database.shown(url)
        raise CourseError(f"there are no grades yet in {where}. Run `autograder grade` first")
    with database.in_words(url), api.Gradebook(url) as gradebook:
        yield gradebook


def write_copy(course: Course, path: Path) -> None:
    """Write a copy of the gradebook as it is now, whoever has it open.

    Raises
    ------
    CourseError
        If it is damaged, or its server cannot be reached.
    """
    with database.in_words(course.gradebook_url):
        database.copy(course.gradebook_url, f"sqlite:///{path}")


class GradebookWriter:
    """An open gradebook. Grades given by hand are kept; if two graders run at once, one waits.

    Parameters
    ----------
    course : Course

    Raises
    ------
    CourseError
        If the gradebook cannot be opened.
    """

    def __init__(self, course: Course):
        self.course, self.people = course, People(course)
        self.late = late_plugin(course.settings)
        self.folder = course.root / ".grading"
        self.lock = course.lock()
        url = course.gradebook_url
        database.refuse_to_leave(course.root / GRADEBOOK, url)
        with self.lock, database.in_words(url):
            self.gradebook: api.Gradebook = database.gradebook(url)
            course.share()

    def __enter__(self) -> GradebookWriter:
        return self

    def __exit__(self, *exception: object) -> None:
        self.gradebook.close()

    def knows(self, assignment: str) -> bool:
        """Whether the assignment was released into this gradebook."""
        try:
            return bool(self.gradebook.find_assignment(assignment).notebooks)
        except api.MissingEntry:
            return False

    def record(self, assignment: str, result: SubmissionResult) -> None:
        """Write down one hand-in's grades, all of them or none; put those given by hand into the result."""
        answers = {
            f"{notebook.name}.{cell.grade_id}": cell.answer for notebook in result.notebooks for cell in notebook.cells
        }
        kept = self.folder / assignment / result.student / "answers"
        try:
            with self.lock, _without_nbgraders_remarks():
                before = answers_of(kept)
                self._submit(assignment, result.student)
                for notebook in result.notebooks:
                    self._record(assignment, result.student, notebook, before)
                self.gradebook.db.flush()
                self._penalize(assignment, result.student)
                self.gradebook.db.commit()
                # Last: whatever happens in between, an answer that a person has not seen counts as one.
                write_atomically(kept, json.dumps(answers, indent=1) + "\n")
            result.score, _ = total(result.notebooks)
        except (
            DBAPIError,
            api.InvalidEntry,
        ) as error:  # a full disk, a lock that somebody holds, a server that is gone
            self.gradebook.db.rollback()
            why = " ".join(str(getattr(error, "orig", None) or error).split())
            raise CourseError(f"the gradebook could not be written: {why}") from None
        except api.MissingEntry as error:
            self.gradebook.db.rollback()
            raise CourseError(
                f"the gradebook has other cells than assignment/{assignment} ({error}): "
                f"run `autograder change {assignment}`"
            ) from None

    def give(self, assignment: str, student: str, notebook: str, cell: str, points: float | None, comment: str) -> None:
        """Note a person's points and comment for a written answer; points that are None are taken back."""
        with self.lock, database.in_words(self.course.gradebook_url):
            grade = self.gradebook.find_grade(cell, notebook, assignment, student)
            grade.manual_score = points
            grade.needs_manual_grade = points is None and grade.auto_score is None
            self.gradebook.find_comment(cell, notebook, assignment, student).manual_comment = comment or None
            self.gradebook.db.flush()
            self._penalize(assignment, student)
            self.gradebook.db.commit()

    def _submit(self, assignment: str, student: str) -> None:
        known = self.people.called(student)
        about = {"first_name": known.first, "last_name": known.last, "email": known.mail} if known else {}
        self.gradebook.update_or_create_student(student, **{key: value for key, value in about.items() if value})
        submission = self.gradebook.update_or_create_submission(assignment, student)
        submission.timestamp = _as_nbgrader_has_it(submitted_at(self.course, assignment, student))
        if general := self.course.settings.deadline(assignment):
            until = deadline(self.course, assignment, student) or general
            submission.assignment.duedate = _as_nbgrader_has_it(general)
            submission.extension = until - general if until != general else None

    def _penalize(self, assignment: str, student: str) -> None:
        """Note what lateness costs, by nbgrader's plugin and in its way: for each notebook, at most its score."""
        submission = self.gradebook.find_submission(assignment, student)
        seconds = submission.total_seconds_late
        for notebook in submission.notebooks:
            notebook.late_submission_penalty = penalty(self.late, student, notebook.score, seconds)

    def _record(self, assignment: str, student: str, notebook: NotebookResult, before: dict[str, str]) -> None:
        grades = self._of_cells(api.Grade, assignment, student, notebook.name)
        comments = self._of_cells(api.Comment, assignment, student, notebook.name)
        for cell in notebook.cells:
            if (grade := grades.get(cell.grade_id)) is None:
                raise api.MissingEntry(f"No such cell: {notebook.name}/{cell.grade_id}")
            same = (grade.auto_score, before.get(f"{notebook.name}.{cell.grade_id}")) == (cell.score, cell.answer)
            grade.auto_score = cell.score
            if grade.manual_score is None:
                grade.needs_manual_grade = cell.needs_manual_grade
            elif not same:  # a grade given by hand stands, and is reviewed when what it is for has changed
                grade.needs_manual_grade = True
            if not cell.checks:  # a written answer
                if (comment := comments.get(cell.grade_id)) is None:
                    raise api.MissingEntry(f"No such written answer: {notebook.name}/{cell.grade_id}")
                comment.auto_comment = "No response." if cell.score == 0 else None
                cell.comment = comment.manual_comment or ""
            note_by_hand(cell, grade)

    def _of_cells(self, kind: Any, assignment: str, student: str, notebook: str) -> dict[str, Any]:
        """A hand-in's grades, or comments, by grade id: all at once, since nbgrader's way, one by one, is half of
        what recording takes."""
        found = (
            self.gradebook.db.query(api.BaseCell.name, kind)
            .join(api.BaseCell, api.BaseCell.id == kind.cell_id)
            .join(api.SubmittedNotebook, api.SubmittedNotebook.id == kind.notebook_id)
            .join(api.Notebook, api.Notebook.id == api.SubmittedNotebook.notebook_id)
            .join(api.SubmittedAssignment, api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id)
            .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
            .filter(
                api.Notebook.name == notebook,
                api.Assignment.name == assignment,
                api.SubmittedAssignment.student_id == student,
            )
        )
        return dict(map(tuple, found.all()))


def note_by_hand(cell: CellResult, grade: api.Grade) -> None:
    """Put into a result what a person gave in place of its score, or beside it."""
    if grade.manual_score is not None or grade.extra_credit:
        cell.by_hand, cell.needs_manual_grade = grade.score, bool(grade.needs_manual_grade)


def penalty(plugin: Any, student: str, score: float, seconds: float) -> float | None:
    """What lateness costs of a notebook's score: at most all of it; None if the plugin has nothing to say."""
    cost = plugin.late_submission_penalty(student, score, seconds) if seconds > 0 else None
    return None if cost is None else min(max(cost, 0), score)


def late_plugin(settings: Settings) -> Any:
    """nbgrader's plugin for late submissions, as the setting `late_penalty` says.

    Raises
    ------
    CourseError
        If it cannot be had.
    """
    kind = plugins.LateSubmissionPlugin
    config = Config()
    if "." in settings.late_penalty:
        try:
            kind = import_item(settings.late_penalty)
        except ImportError as error:
            raise CourseError(f"late_penalty names {settings.late_penalty!r}, which cannot be had: {error}") from None
    else:
        config.LateSubmissionPlugin.penalty_method = settings.late_penalty
    try:
        return kind(config=config)
    except TraitError:
        raise CourseError(
            f'late_penalty is {settings.late_penalty!r}; it should be "none", "zero", or a plugin\'s "module.Class"'
        ) from None


def _as_nbgrader_has_it(time: datetime | None) -> datetime | None:
    return time.astimezone(UTC).replace(tzinfo=None) if time else None


def answers_of(path: Path) -> dict[str, str]:
    """What the grades of a hand-in were for when it was last recorded; nothing if nobody knows."""
    try:
        answers = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return answers if isinstance(answers, dict) else {}


@contextlib.contextmanager
def _without_nbgraders_remarks() -> Iterator[None]:
    """Keep nbgrader's log (tracebacks of errors that it raises as well) and its warnings (about its own way of making
    a submission) off the terminal."""
    log = logging.getLogger("tornado.application")
    log.addFilter(_nothing)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)
            yield
    finally:
        log.removeFilter(_nothing)


def _nothing(record: logging.LogRecord) -> bool:
    return False
