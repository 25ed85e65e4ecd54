"""How a class stands: what grading found, what people gave, and when it was handed in; nothing is graded for it."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.bare_nbgrader import api
from autograder.classroom.gradebook import note_by_hand, opened
from autograder.course import Course, CourseError
from autograder.grading.ledger import results_of
from autograder.grading.results import NotebookResult


@dataclass(frozen=True)
class Standing:
    """One student's hand-in, as it stands.

    Attributes
    ----------
    notebooks : list of NotebookResult
        What grading found, with the points and comments that a person gave.
    score, max_score : float
        From the gradebook, what lateness costs taken off.
    penalty : float
        Points taken off because it came late.
    late : float
        Seconds after the deadline; 0 if it was on time, or nobody knows.
    """

    student: str
    notebooks: list[NotebookResult]
    score: float
    max_score: float
    penalty: float = 0.0
    late: float = 0.0

    @property
    def reasons(self) -> list[str]:
        """Why it could not be graded in full; empty if it could."""
        return [f"{one.name}: {one.reason}" for one in self.notebooks if one.status == "failed"]

    @property
    def awaits(self) -> float:
        """Points that a person still has to decide on."""
        cells = [cell for one in self.notebooks for cell in one.cells]
        return sum(cell.max_score for cell in cells if cell.awaits_person)

    @property
    def share(self) -> float:
        """What was reached of the points that are decided."""
        decided = self.max_score - self.awaits
        return self.score / decided if decided else 0.0


def standings(course: Course, assignment: str) -> list[Standing]:
    """Everybody who was graded, by name.

    Raises
    ------
    CourseError
        If nobody was, or the gradebook cannot be used.
    """
    found = []
    with opened(course) as gradebook:
        try:
            submissions = gradebook.find_assignment(assignment).submissions
        except api.MissingEntry:
            submissions = []
        for submission in submissions:
            notebooks = results_of(course, assignment, submission.student.id)
            given = {(one.name, grade.name): grade for one in submission.notebooks for grade in one.grades if notebooks}
            for notebook in notebooks:
                for cell in notebook.cells:
                    if (grade := given.get((notebook.name, cell.grade_id))) is not None:
                        cell.score, cell.needs_manual_grade = grade.auto_score, bool(grade.needs_manual_grade)
                        note_by_hand(cell, grade)
            if notebooks:
                penalty = float(submission.late_submission_penalty or 0.0)
                found.append(
                    Standing(
                        submission.student.id,
                        notebooks,
                        submission.score - penalty,
                        submission.max_score,
                        penalty,
                        float(submission.total_seconds_late),
                    )
                )
    if not found:
        raise CourseError(f"nobody has been graded for {assignment} yet: run `autograder grade {assignment}` first")
    return sorted(found, key=lambda one: one.student)
