"""Does a solution pass its own checks? Asked before every release, so it has to be quick: no long cell is run.

`autograder check` runs those too, in the sandbox, and grades the solution as a hand-in.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

import numpy as np

from autograder.authoring.hand_in import without_region
from autograder.authoring.notebook import grade_id_of, is_skipped, read_notebook
from autograder.authoring.rubric import SavedNet, load_rubric
from autograder.course import Course, CourseError
from autograder.grading.reference import Reference
from autograder.grading.verdict import RubricError
from autograder.proof.asking import put_all_checks, shown
from cs231n_utils.submit.untouched import names_made

MOST = 5  # problems that a message lists


def refuse_failing_solutions(course: Course, assignment: str) -> None:
    """Refuse an assignment whose solutions fail their own checks, visible ones or the rubric's.

    Raises
    ------
    CourseError
        It names notebook and cell.
    """
    found = list(failures(course, assignment))
    if found:
        more = f"; and {len(found) - MOST} more" if len(found) > MOST else ""
        raise CourseError(f"a solution in solutions/{assignment} fails its own checks: {'; '.join(found[:MOST])}{more}")


def failures(course: Course, assignment: str) -> Iterator[str]:
    """A phrase for each check cell that does not accept the solution.

    Raises
    ------
    CourseError
        If a solution does not run.
    """
    for name in course.notebooks(assignment):
        reference = Reference(course.source(assignment, name))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                yield from _failures(course, assignment, name, reference)
            except RubricError as error:
                yield str(error)
            except (LookupError, ValueError) as error:  # of the rubric's own code
                yield f"{name}.ipynb: {error}"


def _failures(course: Course, assignment: str, name: str, reference: Reference) -> Iterator[str]:
    np.random.seed(0)
    for graded in put_all_checks(reference, reference.edited({}), b"release"):
        for check in graded.result.checks:
            if not check.passed:
                yield f"{name}.ipynb, {graded.result.grade_id}: {check.name}: {check.message}"
    host = reference.edited({})
    for cell in visible_cells(course, assignment, name):
        np.random.seed(0)
        wrong = [line.strip() for line in shown(reference.path, host, cell) if line.lstrip().startswith(("✗", "○"))]
        if wrong:
            yield f"{name}.ipynb, {cell}: its visible check says {wrong[0]!r}"


def visible_cells(course: Course, assignment: str, name: str) -> list[str]:
    """The check cells that need nothing from long cells: no saved net, and no name that one of them makes."""
    path = course.source(assignment, name)
    rubric, made, found = load_rubric(path), set[str](), []
    for cell in read_notebook(path).cells:
        if cell.cell_type == "code" and is_skipped(cell):
            made |= set(names_made(cell.source))
        elif (grade_id := grade_id_of(cell)) in rubric.cells():
            needs = _names_in(without_region(cell.source, "HIDDEN TESTS"))
            if made.isdisjoint(needs) and not any(isinstance(check, SavedNet) for check in rubric.of(grade_id)):
                found.append(grade_id)
    return found


def _names_in(source: str) -> set[str]:
    """The names that occur in a cell; none if it does not compile, which running it will say."""
    try:
        return {part.id for part in ast.walk(ast.parse(source)) if isinstance(part, ast.Name)}
    except SyntaxError:
        return set()
