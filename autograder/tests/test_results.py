"""The results file: described by a schema, and the same to the last byte as long as nothing has changed."""

from __future__ import annotations

import json
import platform
import re
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from importlib.resources import files

import pytest
from conftest import graded_small_course, new_course
from jsonschema import Draft202012Validator, FormatChecker

from autograder.grading.grade import grade_submission
from autograder.grading.paper import Terms
from autograder.grading.results import (
    AttemptResult,
    CellResult,
    CheckResult,
    NotebookResult,
    SubmissionResult,
    write_results,
)
from autograder.sandbox.isolation import best_level
from autograder.tests.sample_class import ASSIGNMENT

SCHEMA = json.loads((files("autograder.grading") / "results.schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return new_course(tmp_path_factory.mktemp("results"))


def problems(data):
    """What the schema has against a results file."""
    return [error.message for error in Draft202012Validator(SCHEMA, format_checker=FormatChecker()).iter_errors(data)]


def result(score=1.0, seconds=2.5):
    """A hand-in with a check that failed, a written answer and a notebook that could not be read."""
    checks = [CheckResult("values", "its values", False, 2.0, "dx is 0", "forgets_dx", ["relu"], ["Look at dx."])]
    cells = [CellResult("affine", score, 2.0, checks=checks), CellResult("why", None, 1.0, True, answer="0f")]
    notebooks = [
        NotebookResult("layers", "graded", "", ["a line failed"], ["eval(x)"], cells, seconds),
        NotebookResult("net", "failed", "net.ipynb is missing"),
    ]
    return SubmissionResult("ada", score, 3.0, "failed", "net.ipynb is missing", seconds, notebooks)


def written(path, course, *results):
    write_results(path, course, ASSIGNMENT, list(results))
    return path.read_bytes()


def test_the_schema_describes_what_is_written(course, tmp_path):
    Draft202012Validator.check_schema(SCHEMA)
    data = json.loads(written(tmp_path / "results.json", course, result()))
    assert problems(data) == []
    data["submissions"][0]["notebooks"][0]["cells"][0]["colour"] = "red"
    data["submissions"][0]["status"] = "fine"
    del data["release"]
    assert len(problems(data)) == 3


@pytest.mark.parametrize(
    "record, name",
    [
        (SubmissionResult, "submission"),
        (AttemptResult, "attempt"),
        (NotebookResult, "notebook"),
        (CellResult, "cell"),
        (CheckResult, "check"),
    ],
)
def test_the_schema_has_each_field_of_each_record(record, name):
    about = SCHEMA["$defs"][name]
    assert list(about["properties"]) == about["required"] == [field.name for field in fields(record)]


def test_it_says_when_with_what_and_against_what_it_was_graded(course, tmp_path):
    data = json.loads(written(tmp_path / "results.json", course, result()))
    assert datetime.now(UTC) - datetime.fromisoformat(data["time"]) < timedelta(minutes=1)
    assert data["versions"] == {
        "autograder": version("autograder"),
        "numpy": version("numpy"),
        "python": platform.python_version(),
    }
    path = course.released / ASSIGNMENT / "layers.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n", encoding="utf-8")
    again = json.loads(written(tmp_path / "again.json", course, result()))
    path.write_text(text, encoding="utf-8")
    assert again["release"] != data["release"] == course.release_digest(ASSIGNMENT)


def test_the_file_stays_as_it_is_until_a_result_changes(course, tmp_path, monkeypatch):
    path = tmp_path / "results.json"
    before = re.sub(rb'"time": "\d+', b'"time": "1999', written(path, course, result()))
    path.write_bytes(before)
    assert written(path, course, result(seconds=0.1)) == before
    after = written(path, course, result(score=0.0))
    assert after != before and b'"time": "1999' not in after
    path.write_bytes(before[:100])  # damaged
    assert written(path, course, result()) not in (before, before[:100])


def test_what_it_took_is_no_part_of_what_was_found(course, tmp_path):
    before = written(tmp_path / "results.json", course, result())
    other = result()
    other.notebooks[0].memory, other.notebooks[0].seconds = 2**20, 9.0
    assert written(tmp_path / "results.json", course, other) == before
    assert NotebookResult("layers", "graded", seconds=1.0) == NotebookResult("layers", "graded", seconds=2.0)
    assert asdict(NotebookResult("layers", "graded", seconds=1.0))["seconds"] == 1.0


def test_a_second_grade_writes_the_same(tmp_path):
    """A result's seconds are those of the grading that found it, whichever run writes it down."""
    course = graded_small_course(tmp_path)
    terms = Terms(course, "first_steps", course.secret(), best_level())

    def graded(path):
        results = [grade_submission(terms, student) for student in course.students("first_steps")]
        write_results(path, course, "first_steps", results)
        return json.loads(path.read_text(encoding="utf-8"))

    first, second = graded(tmp_path / "first.json"), graded(tmp_path / "second.json")
    assert problems(first) == [] and first["submissions"] == second["submissions"]
    assert [one["seconds"] > 0 for one in first["submissions"] if one["status"] == "graded"] == [True, True]
