"""The rubric, called from a notebook itself: what stock nbgrader runs."""

from __future__ import annotations

import itertools
import warnings
from pathlib import Path
from typing import Any

from autograder.authoring.rubric import Draw, load_rubric
from autograder.course import Course
from autograder.grading.naming import name_mistakes
from autograder.grading.reference import reference_of
from autograder.grading.verdict import CellGrader
from autograder.grading.wording import verdict_text
from autograder.sandbox.worker.host import Host


def grade_in_process(notebook: str, grade_id: str, namespace: dict[str, Any]) -> float:
    """See `autograder.grade_cell`."""
    assignment, name = notebook.split("/")
    course = Course.find()
    secret = course.secret()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader takes away all points for anything on stderr
        reference = reference_of(course.source(assignment, name))
        rubric = load_rubric(reference.path)
        grader = CellGrader(rubric, reference, lambda check: Draw(secret, assignment, name, check), Path.cwd())

        def grade(cell: str) -> None:
            for earlier in [*itertools.chain(*rubric.dependencies.get(cell, {}).values()), rubric.continued.get(cell)]:
                if earlier and earlier not in grader.graded:
                    grade(earlier)
            grader.grade(cell, Host(namespace))

        grade(grade_id)
        name_mistakes(list(grader.graded.values()), reference)
    result = grader.graded[grade_id].result
    print(verdict_text(result))
    return float(result.score or 0.0)
