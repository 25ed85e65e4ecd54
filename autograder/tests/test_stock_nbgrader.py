"""Stock `nbgrader autograde`, on the notebooks that we release, agrees with us on honest work."""

from __future__ import annotations

import pytest
from conftest import STUDENTS, asked, new_course, quick
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde

from autograder.authoring.release import run_converter
from autograder.tests.sample_class import ASSIGNMENT, SAMPLES, make_class

HONEST = ("reference", "starter", "factor-two", "epsilon", "einsum")


@pytest.fixture(scope="module")
def stock(request, tmp_path_factory, trained_net):
    course = new_course(tmp_path_factory.mktemp("stock"))
    make_class(course, [sample for sample in SAMPLES if sample.student in asked(request, "student")], *trained_net)
    config = course.nbgrader_config()
    config.CourseDirectory.assignment_id = ASSIGNMENT
    config.CourseDirectory.student_id = "*"
    run_converter(Autograde, config)
    return course


@pytest.mark.parametrize("student", quick(HONEST, STUDENTS.__contains__))
def test_scores_agree_cell_by_cell(stock, graded_class, student):
    with Gradebook(stock.gradebook_url) as gradebook:
        for notebook in graded_class.results[student].notebooks:
            for cell in notebook.cells:
                grade = gradebook.find_grade(cell.grade_id, notebook.name, ASSIGNMENT, student)
                assert grade.auto_score == cell.score, f"{notebook.name}.{cell.grade_id}"
