"""The road shows the course as it is."""

from pathlib import Path

import nbformat
import pytest

from autograder.course import Course, CourseError
from autograder.evidence import road

COURSE = Course(Path(__file__).parents[2])


def test_every_notebook_is_on_the_road_after_what_it_needs():
    assert set(road.ROAD) <= set(COURSE.assignments())  # an assignment of your own need not be on it
    passed = set()
    for assignment, stop in road.ROAD.items():
        assert sorted(stop.notebooks) == sorted(COURSE.notebooks(assignment))
        assert passed >= set(stop.needs)
        passed.add(assignment)
    assert len({stop.place for stop in road.ROAD.values()}) == len(road.ROAD)


def test_the_picture_and_the_table_are_what_would_be_written_now():
    assert (COURSE.released / "road.svg").read_text(encoding="utf-8") == road.picture(COURSE)
    readme = (COURSE.released / "README.md").read_text(encoding="utf-8")
    assert readme == road.with_table(readme, COURSE)


def test_points_and_minutes_are_the_notebooks(tmp_path):
    cells = [nbformat.v4.new_markdown_cell("# One\n\nYour part takes about 45 minutes, the rest 20 minutes.")]
    for kind, graded in (
        ("code", {"grade": True, "solution": False}),
        ("markdown", {"grade": True, "solution": True}),
        ("code", {"grade": False, "solution": True}),
    ):
        cell = nbformat.v4.new_code_cell("x") if kind == "code" else nbformat.v4.new_markdown_cell("x")
        cell.metadata["nbgrader"] = {
            "grade_id": f"cell{len(cells)}",
            "locked": False,
            "schema_version": 3,
            "task": False,
            "points": 2,
            **graded,
        }
        cells.append(cell)
    path = tmp_path / "one.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    assert road.points_and_minutes(path) == (4, 45)
    cells[0].source = "# One"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    with pytest.raises(CourseError, match="one.ipynb should say how many minutes"):
        road.points_and_minutes(path)


def test_a_readme_without_its_marks_is_a_sentence():
    with pytest.raises(CourseError, match="should have the lines"):
        road.with_table("# For students\n", COURSE)
