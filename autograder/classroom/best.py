"""The best of a student's attempts: each is graded as if it alone had been handed in, and the best total counts.

What grading found in an attempt is kept, in `.grading/<assignment>/<student>/attempts/`, with its graded notebooks: as
long as nothing that it depends on has changed, no attempt is graded twice.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.classroom.attempts import Attempt, adopt, attempts, put, which_is_in
from autograder.classroom.gradebook import late_plugin, penalty
from autograder.classroom.people import deadline
from autograder.course import Course
from autograder.grading.ledger import folder_of
from autograder.grading.results import AttemptResult, SubmissionResult

Grade = Callable[[list[str]], Iterable[SubmissionResult]]


@dataclass(frozen=True)
class _Tried:
    """An attempt with the points that the grader gives it, what lateness costs taken off."""

    attempt: Attempt
    score: float
    cost: float
    late: float

    @property
    def rank(self) -> tuple[float, bool]:
        return round(self.score, 6), self.late == 0

    def result(self, counts: bool) -> AttemptResult:
        time = self.attempt.submitted
        return AttemptResult(time.isoformat() if time else None, round(self.score, 4), round(self.cost, 4), counts)


def several(course: Course, assignment: str, students: list[str]) -> dict[str, list[Attempt]]:
    """All attempts of those who have more than one, the oldest first."""
    found = {}
    for student in students:
        if not any(path.is_symlink() for path in (course.submitted / student / assignment, course.submitted / student)):
            adopt(course, assignment, student)
            found[student] = attempts(course, assignment, student)
    return {student: each for student, each in found.items() if len(each) > 1}


class Best:
    """Has all attempts of some students graded, and puts each one's best into submitted/ and autograded/.

    Points that a person gives are not known before an attempt counts: the grader's alone decide which one does. Of
    equals it is one that was in time, and the last of these.

    Parameters
    ----------
    grade : function
        Grades what some students have in submitted/.
    """

    def __init__(self, course: Course, assignment: str, grade: Grade):
        self.course, self.assignment, self.grade = course, assignment, grade
        self.late = late_plugin(course.settings)

    def find(
        self, there: dict[str, list[Attempt]], graded: Callable[[SubmissionResult], None]
    ) -> dict[str, list[AttemptResult]]:
        """What was found in each attempt, by student, the first one first.

        Parameters
        ----------
        there : dict of str to list of Attempt
            See `several`.
        graded : function
            Is called with each attempt's result as it is ready.
        """
        before = {student: which_is_in(self.course, self.assignment, student) for student in there}
        tried: dict[str, list[_Tried]] = {student: [] for student in there}
        try:
            for place in range(max(map(len, there.values()), default=0)):
                now = {student: found[place] for student, found in there.items() if place < len(found)}
                for student, attempt in now.items():
                    self._show(student, attempt)
                for result in self.grade(list(now)):
                    self._keep(result.student, now[result.student])
                    tried[result.student].append(self._tried(now[result.student], result))
                    graded(result)
        except BaseException:
            for student, former in before.items():
                if former:
                    self._show(student, former)
            raise
        results = {}
        for student, found in tried.items():
            best = max(reversed(found), key=lambda one: one.rank)
            self._show(student, best.attempt)
            results[student] = [one.result(one is best) for one in found]
        return results

    def _tried(self, attempt: Attempt, result: SubmissionResult) -> _Tried:
        until = deadline(self.course, self.assignment, result.student)
        late = max((attempt.submitted - until).total_seconds(), 0.0) if until and attempt.submitted else 0.0
        scores = [sum(cell.score or 0.0 for cell in notebook.cells) for notebook in result.notebooks]
        cost = sum(penalty(self.late, result.student, score, late) or 0.0 for score in scores)
        return _Tried(attempt, sum(scores) - cost, cost, late)

    def _places(self, student: str, attempt: Attempt) -> tuple[Path, Path, Path]:
        """Where an attempt's results are kept, the ledger's folder, and that of graded notebooks."""
        ledger = folder_of(self.course, self.assignment, student)
        return ledger / "attempts" / attempt.folder.name, ledger, self.course.autograded / student / self.assignment

    def _keep(self, student: str, attempt: Attempt) -> None:
        kept, ledger, graded = self._places(student, attempt)
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        for path in [*ledger.glob("*.json"), *graded.glob("*.ipynb")]:
            shutil.copy2(path, kept)

    def _show(self, student: str, attempt: Attempt) -> None:
        """Put an attempt into submitted/, and what was found in it to where commands look for it."""
        put(self.course, self.assignment, student, attempt)
        kept, ledger, graded = self._places(student, attempt)
        for pattern, folder in (("*.json", ledger), ("*.ipynb", graded)):
            for path in kept.glob(pattern):
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, folder)
