"""What an author may get wrong, and what may be broken in the package: each is one sentence."""

from __future__ import annotations

import json
import sys

import pytest
from conftest import graded_small_course

from autograder.sandbox import doctor
from autograder.sandbox.isolation import best_level
from autograder.sandbox.proxy import OutOfReach

PROOFS = (("check", "--diagnosis"), ("check", "--margins"), ("check", "--mutations"), ("check", "--fairness"))


@pytest.fixture
def course(tmp_path):
    return graded_small_course(tmp_path)


@pytest.fixture
def beside(course):
    """The folder with a notebook's rubric and known mistakes."""
    return course.source("first_steps", "temperature").with_suffix("")


@pytest.fixture
def cells(course):
    """Let the cells of the solution be others."""
    path = course.source("first_steps", "temperature")

    def change(edit):
        data = json.loads(path.read_text(encoding="utf-8"))
        edit(data["cells"])
        path.write_text(json.dumps(data), encoding="utf-8")

    return change


@pytest.mark.parametrize("words", PROOFS)
def test_a_notebook_without_known_mistakes_can_be_proved(autograder, course, beside, words):
    (beside / "misconceptions.py").unlink()
    assert autograder(course.root, *words)[0] == 0


@pytest.mark.parametrize("words", PROOFS[:3])
@pytest.mark.parametrize(
    "old, new, sentence",
    [
        ("(fahrenheit - 32) * 5 / 9", "nowhere", "'nowhere' stands 0 times in the reference's cell to_celsius_code"),
        ('cell="to_celsius"', 'cell="to_kelvin"', "temperature.ipynb has no cell to_kelvin_code"),
    ],
)
def test_a_known_mistake_that_fits_no_more_is_one_sentence(autograder, course, beside, words, old, new, sentence):
    path = beside / "misconceptions.py"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    status, said = autograder(course.root, *words)
    if "--margins" in words and "kelvin" in new:
        assert status == 0  # it belongs to no check
    else:
        assert status == 2 and "autograder: misconception " in said and sentence in said


@pytest.mark.parametrize("words", [*PROOFS[:3], ("grade", "first_steps", "--isolation", best_level())])
def test_a_solution_that_does_not_run_is_one_sentence(autograder, course, cells, words):
    def edit(cells):
        (code,) = [one for one in cells if one["metadata"].get("nbgrader", {}).get("grade_id") == "to_celsius_code"]
        code["source"] = [*code["source"], "\nto_celsius(no_such_name)"]

    cells(edit)
    status, said = autograder(course.root, *words)
    assert status == 2
    assert "solutions/first_steps/temperature.ipynb stops with NameError: name 'no_such_name' is not defined" in said


@pytest.mark.parametrize("words", [("release",), ("grade", "first_steps", "--isolation", best_level()), *PROOFS[1:]])
def test_a_notebook_without_a_rubric_is_one_sentence(autograder, course, beside, words):
    (beside / "rubric.py").unlink()
    status, said = autograder(course.root, *words)
    assert status == 2 and "there is no rubric for first_steps/temperature: expected solutions/" in said


def test_a_check_cell_that_the_rubric_lacks_is_one_sentence(autograder, course, cells):
    def edit(cells):
        bonus = json.loads(json.dumps(cells[-1]))
        bonus["metadata"]["nbgrader"].update(grade_id="bonus", points=0)
        cells.append(bonus | {"id": "bonus", "source": "1 + 1"})

    cells(edit)
    for words in (("release",), ("check",)):
        status, said = autograder(course.root, *words)
        assert status == {"release": 2, "check": 1}[words[0]]
        assert "temperature: bonus is a check cell, but the rubric has no check for it" in said


def test_a_doctor_without_a_worker_says_so(autograder, tmp_path, monkeypatch):
    def gone(**options):
        raise OutOfReach("the notebook's process ended by itself (exit or a crash)")

    monkeypatch.setattr(doctor, "Sandbox", gone)
    status, said = autograder(tmp_path, "doctor")
    assert status == 2 and "no process for a hand-in could be started at level" in said and "pip check" in said


@pytest.mark.parametrize("words", [("doctor",), ("export",), ("grade", "first_steps", "--isolation", best_level())])
def test_a_library_that_cannot_be_loaded_is_one_sentence(autograder, course, monkeypatch, words):
    loaded = ("autograder.sandbox.doctor", "autograder.classroom.export", "autograder.classroom.record")
    for module in loaded:
        monkeypatch.setitem(sys.modules, module, None)
    status, said = autograder(course.root, *words)
    assert status == 2 and "autograder: part of autograder or of what it needs cannot be loaded: import of " in said
    assert said.endswith("-m pip check` says if something is missing; if not, install autograder again")
