"""The rubric, called from a notebook itself: what stock nbgrader runs."""

from __future__ import annotations

import itertools
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.authoring.rubric import Draw, load_rubric
from autograder.course import Course
from autograder.grading.reference import Reference
from autograder.grading.verdict import grade_cell, name_mistakes
from autograder.grading.wording import verdict_text
from autograder.sandbox.worker.host import Host


def grade_in_process(notebook: str, grade_id: str, namespace: dict[str, Any]) -> float:
    """See `autograder.grade_cell`."""
    assignment, name = notebook.split("/")
    course = Course.find()
    secret = course.secret()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader takes away all points for anything on stderr
        reference = _reference(course.source(assignment, name))
        rubric, graded = load_rubric(course.source(assignment, name)), {}

        def grade(cell: str) -> None:
            for base in [*itertools.chain(*rubric.bases.get(cell, {}).values()), rubric.rests.get(cell)]:
                if base and base not in graded:
                    grade(base)
            graded[cell] = grade_cell(rubric, cell, Host(namespace), reference,
                                      lambda check: Draw(secret, assignment, name, check), Path.cwd(), graded)

        grade(grade_id)
        name_mistakes(list(graded.values()), reference)
    print(verdict_text(graded[grade_id].result))
    return float(graded[grade_id].result.score or 0.0)


@lru_cache(maxsize=8)
def _reference(path: Path) -> Reference:
    return Reference(path)
