"""Grades into nbgrader's gradebook, where the formgrader, feedback and exports find them."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator

from nbgrader.api import Gradebook, InvalidEntry, MissingEntry
from sqlalchemy.exc import OperationalError, SAWarning

from autograder.course import Course, CourseError, put_scripts_on_path
from autograder.grading.results import NotebookResult, SubmissionResult


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
        put_scripts_on_path()
        self.lock = course.lock()
        try:
            with self.lock:
                self.gradebook = Gradebook(course.gradebook_url)
        except OperationalError as error:
            raise CourseError(f"the gradebook {course.root / 'gradebook.db'} cannot be opened: {error.orig}") from None

    def __enter__(self) -> GradebookWriter:
        return self

    def __exit__(self, *exception: object) -> None:
        self.gradebook.close()

    def knows(self, assignment: str) -> bool:
        """Whether the assignment was released into this gradebook."""
        try:
            return bool(self.gradebook.find_assignment(assignment).notebooks)
        except MissingEntry:
            return False

    def record(self, assignment: str, result: SubmissionResult) -> None:
        """Write down one hand-in's grades, all of them or none."""
        try:
            with self.lock, _without_nbgraders_remarks():
                self._submit(assignment, result.student)
                for notebook in result.notebooks:
                    self._record(assignment, result.student, notebook)
                self.gradebook.db.commit()
        except (OperationalError, InvalidEntry) as error:  # a full disk, a lock that somebody holds
            self.gradebook.db.rollback()
            why = getattr(error, "orig", None) or error
            raise CourseError(f"the gradebook could not be written: {why}") from None

    def _submit(self, assignment: str, student: str) -> None:
        self.gradebook.update_or_create_student(student)
        self.gradebook.update_or_create_submission(assignment, student)

    def _record(self, assignment: str, student: str, notebook: NotebookResult) -> None:
        for cell in notebook.cells:
            grade = self.gradebook.find_grade(cell.grade_id, notebook.name, assignment, student)
            grade.auto_score = cell.score
            # As nbgrader does: a grade given by hand stands, and is reviewed when the hand-in changes.
            grade.needs_manual_grade = cell.needs_manual_grade or grade.manual_score is not None
            if not cell.checks:  # a written answer
                comment = self.gradebook.find_comment(cell.grade_id, notebook.name, assignment, student)
                comment.auto_comment = "No response." if cell.score == 0 else None


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
