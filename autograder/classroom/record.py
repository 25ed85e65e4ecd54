"""A class graded with everything that goes with it: a progress bar, the gradebook, the table, what has changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

from autograder.authoring.notebook import BadNotebook, read_notebook
from autograder.authoring.points import disagreements, points_in
from autograder.authoring.release import is_outdated, release
from autograder.authoring.rubric import load_rubric
from autograder.bare_nbgrader import api
from autograder.classroom.best import Best, several
from autograder.classroom.gradebook import GradebookWriter, opened
from autograder.classroom.progress import progress as shown
from autograder.classroom.report import print_class, print_failed, print_tampering
from autograder.course import Course, CourseError
from autograder.grading.grade import grade_class, jobs_for, terms_of
from autograder.grading.ledger import earlier_scores, scores_of
from autograder.grading.results import AttemptResult, SubmissionResult
from autograder.terminal import Console, errors


def grade_and_record(
    course: Course,
    assignment: str,
    students: list[str],
    console: Console,
    jobs: int | None = None,
    progress: str = "bar",
    dask: str | None = None,
    **options: Any,
) -> list[SubmissionResult]:
    """Grade some students, or all; write the gradebook; print the table.

    Parameters
    ----------
    students : list of str
        Everybody who handed something in, if empty.
    progress : {"bar", "json"}
        See `autograder.classroom.progress`.
    dask : str, optional
        The address of a Dask scheduler whose workers are to grade.
    **options
        See `autograder.grading.grade.grade_class`.

    Raises
    ------
    CourseError
        If one of them has not handed in, or nobody has; or if it was interrupted: what was graded by then is kept.
    """
    course.notebooks(assignment)
    there = course.students(assignment)
    if unknown := sorted(set(students) - set(there)):
        raise CourseError(f"no hand-in from {', '.join(unknown)} for {assignment} in {course.submitted}")
    students = students or there
    if not students:
        raise CourseError(
            f"there are no hand-ins for {assignment} in {course.submitted}: "
            f"put them there as STUDENT/{assignment}/NOTEBOOK.ipynb"
        )
    with course.lock():  # if two graders run at once, only one releases
        with GradebookWriter(course) as gradebook:
            known = gradebook.knows(assignment)
        if not known:
            release(course, assignment)
    _refuse_unless_points_agree(course, assignment)
    for remark in remarks(course, assignment):
        errors.print(remark, style="yellow", soft_wrap=True, markup=False)
    if any(load_rubric(course.source(assignment, name)).files() for name in course.notebooks(assignment)):
        course.settings.prepare_data()  # made once, not by every job at the same time
    earlier = {student: earlier_scores(course, assignment, student) for student in students}
    counting = best_of_each(course, assignment, students, progress, console.quiet, jobs, dask, **options)
    results: list[SubmissionResult] = []
    found: dict[str, dict[str, float]] = {}  # what the grader alone gives
    with (
        GradebookWriter(course) as gradebook,
        shown(progress, f"grading {assignment}", len(students), console.quiet) as graded,
    ):
        try:
            for result in graded_by(course, assignment, students, jobs, dask, **options):
                found[result.student] = scores_of(result.notebooks)
                result.attempts = counting.get(result.student, [])
                gradebook.record(assignment, result)
                results.append(result)
                graded(result)
        except KeyboardInterrupt:
            raise CourseError(
                f"stopped; the grades of {len(results)} of {len(students)} hand-ins are in the "
                "gradebook. Run the same command to grade the rest."
            ) from None
    print_class(console, results)
    if console.quiet:  # what a person has to look at is said all the same
        print_failed(errors, results)
    print_tampering(console, results)
    results.sort(key=lambda result: result.student)
    for result in results:
        before, now = earlier[result.student], found[result.student]
        if before and before != now:
            cells = [name for name in {**before, **now} if before.get(name, 0.0) != now.get(name, 0.0)]
            console.print(
                f"changed: {result.student} had {sum(before.values()):g} points, now {sum(now.values()):g} "
                f"({', '.join(f'{name} {now.get(name, 0.0) - before.get(name, 0.0):+g}' for name in cells)})",
                markup=False,
                soft_wrap=True,
            )
    return results


def best_of_each(
    course: Course,
    assignment: str,
    students: list[str],
    progress: str,
    quiet: bool,
    jobs: int | None,
    dask: str | None,
    **options: Any,
) -> dict[str, list[AttemptResult]]:
    """Grade all attempts where the best counts, so that it is in submitted/; what was found, by student."""
    if course.settings.counts != "best" or course.submitted_folder:
        return {}
    there = several(course, assignment, students)
    if not there:
        return {}
    number = sum(map(len, there.values()))
    try:
        with (
            jobs_for(terms_of(course, assignment, **options), len(there), jobs)
            if dask is None
            else nullcontext() as pool,
            shown("bar", f"grading attempts at {assignment}", number, quiet or progress != "bar") as graded,
        ):
            own = options | ({"pool": pool} if pool else {})
            best = Best(course, assignment, lambda some: graded_by(course, assignment, some, jobs, dask, **own))
            return best.find(there, graded)
    except KeyboardInterrupt:
        raise CourseError("stopped while attempts were being graded. Run the same command to grade the rest.") from None


def graded_by(
    course: Course, assignment: str, students: list[str], jobs: int | None, dask: str | None, **options: Any
) -> Iterator[SubmissionResult]:
    """Each result as it is ready, from this machine or from a cluster.

    Raises
    ------
    CourseError
        If Dask is not installed.
    """
    if dask is None:
        return grade_class(course, assignment, students, jobs, **options)
    try:
        from autograder.grading.cluster import grade_on_cluster
    except ModuleNotFoundError as error:
        if error.name not in ("distributed", "dask"):
            raise
        raise CourseError('Dask is not installed: pip install "autograder[dask]", here and on every worker') from None
    return grade_on_cluster(course, assignment, students, dask, **options)


def remarks(course: Course, assignment: str) -> list[str]:
    """What a teacher should know before a class is graded, though it stops nothing."""
    found = []
    if is_outdated(course, assignment):
        found.append(
            f"solutions/{assignment} has changed since it was released: students have the notebooks as they were. "
            f"`autograder release {assignment}` makes new ones."
        )
    if not course.secret_file.exists() and list((course.root / ".grading" / assignment).glob("*/*.json")):
        found.append(
            f"{course.secret_file.name} is gone, so everybody gets new hidden inputs and is graded again. If you have "
            "a copy of that file, stop, put it back, and grade again."
        )
    return found


def _refuse_unless_points_agree(course: Course, assignment: str) -> None:
    """Refuse to grade if the rubric, what was handed out and the gradebook differ in what a cell is worth.

    Raises
    ------
    CourseError
    """
    try:
        with opened(course) as gradebook:
            for name in course.notebooks(assignment):
                handed_out = read_notebook(course.released / assignment / f"{name}.ipynb")
                for problem in disagreements(name, handed_out, load_rubric(course.source(assignment, name))):
                    raise CourseError(f"assignment/{assignment}/{problem}: run `autograder release {assignment}`")
                noted = {cell.name: cell.max_score for cell in gradebook.find_notebook(name, assignment).grade_cells}
                for cell, points in points_in(handed_out).items():
                    if cell in noted and noted[cell] != points:
                        raise CourseError(
                            f"assignment/{assignment}/{name}: {cell} is worth {points:g} points, in the gradebook "
                            f"{noted[cell]:g}: run `autograder release {assignment}`"
                        )
    except (BadNotebook, api.MissingEntry):  # part of it was never released, or is gone
        raise CourseError(f"assignment/{assignment} is not whole: run `autograder release {assignment}`") from None
