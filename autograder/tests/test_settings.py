"""`solutions/course.toml`, and the Python that a course keeps beside its notebooks."""

from __future__ import annotations

import sys

import pytest

from autograder.authoring.content import load, load_beside
from autograder.authoring.rubric import load_rubric
from autograder.course import Course
from autograder.settings import CourseError, Settings, read_settings


def written(folder, text):
    (folder / "course.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_course_without_settings_has_the_defaults(tmp_path):
    assert read_settings(tmp_path) == read_settings(written(tmp_path, "")) == Settings(solutions=tmp_path)


def test_settings_are_read_anew_when_the_file_changes(tmp_path):
    assert read_settings(written(tmp_path, "hints = 1")).hints == 1
    assert read_settings(written(tmp_path, "hints = 2\n")).hints == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("title = ", "is not TOML"),
        ("titel = 'x'", "a setting 'titel', which does not exist"),
        ("title = 3", "title should be a string"),
        ("data = 'CIFAR10_DIR'", "data should be a list of strings"),
        ("hints = 4", "hints should be a whole number from 0 to 3"),
        ("hints = true", "hints should be a whole number from 0 to 3"),
        ("hints = 1.0", "hints should be a whole number from 0 to 3"),
        ("notebook_seconds = 0", "notebook_seconds should be a number from 1 to"),
        ("step_seconds = nan", "step_seconds should be a number from 1 to"),
        ("solutions = '/'", "does not exist"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(tmp_path, text, sentence):
    with pytest.raises(CourseError, match=sentence):
        read_settings(written(tmp_path, text))


def test_a_helper_beside_solutions_comes_first(tmp_path):
    solutions = tmp_path / "solutions"
    solutions.mkdir()
    settings = read_settings(written(solutions, "helper = 'numpy'"))
    assert settings.helper_folder().name == "numpy" and settings.helper_folder().parent != tmp_path
    (tmp_path / "numpy").mkdir()
    (tmp_path / "numpy" / "__init__.py").touch()
    assert settings.helper_folder() == tmp_path / "numpy"
    assert read_settings(written(solutions, "helper = 'nowhere_to_be_found'")).helper_folder() is None


def test_a_data_module_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CourseError, match="held_out names 'no.such', which cannot be imported"):
        read_settings(written(tmp_path, "held_out = 'no.such'")).held_out_data()


def test_only_folders_of_data_that_exist_may_be_read(tmp_path, monkeypatch):
    monkeypatch.setenv("MY_DATA", str(tmp_path / "data"))
    settings = read_settings(written(tmp_path, "data = ['MY_DATA', 'UNSET']"))
    assert settings.data_folders() == {}
    (tmp_path / "data").mkdir()
    assert settings.data_folders() == {tmp_path / "data": tmp_path / "data"}


def test_modules_of_an_assignment_import_each_other_and_two_courses_stay_apart(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name / "a" / "n").mkdir(parents=True)
        (tmp_path / name / "a" / "shared.py").write_text(f"WHO = {name!r}\n")
        (tmp_path / name / "a" / "n" / "rubric.py").write_text(
            "from autograder.authoring.rubric import Rubric\nfrom ..shared import WHO\nrubric = Rubric()\n"
        )
    for name in ("one", "two"):
        notebook = tmp_path / name / "a" / "n.ipynb"
        assert load_beside(notebook, "rubric").WHO == name
        assert load_rubric(notebook) is load_rubric(notebook)
    assert load(tmp_path / "one" / "a", "nothing") is None


def test_python_compiles_nothing_beside_what_an_instructor_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)  # as it is where nobody has set it
    (tmp_path / "shared.py").write_text("WHO = 1\n", encoding="utf-8")
    assert load(tmp_path, "shared").WHO == 1
    assert [path.name for path in tmp_path.rglob("*")] == ["shared.py"] and not sys.dont_write_bytecode


def test_a_rubric_with_a_mistake_is_named_with_its_line(tmp_path):
    (tmp_path / "n").mkdir()
    for source, sentence in [
        ("x = 1\nif x:\n", r"n/rubric.py, line 2: IndentationError"),
        ("\n\n1 / 0\n", "line 3: ZeroDivisionError"),
        ("import nothing_of_the_kind\n", "line 1: ModuleNotFoundError"),
        ("x = 1\n", "has no rubric"),
    ]:
        folder = tmp_path / str(abs(hash(source)))
        (folder / "n").mkdir(parents=True)
        (folder / "n" / "rubric.py").write_text(source)
        with pytest.raises(CourseError, match=sentence):
            load_rubric(folder / "n.ipynb")
    with pytest.raises(CourseError, match="expected solutions/.*/m/rubric.py"):
        load_rubric(tmp_path / "m.ipynb")


def test_a_copy_has_what_the_course_says_about_the_assignment_and_nothing_else(course, tmp_path):
    copy = course.copied(tmp_path, "two_layer_net")
    assert copy.assignments() == ["two_layer_net"] and copy.settings.helper == course.settings.helper
    assert isinstance(copy, Course) and load_rubric(copy.source("two_layer_net", "layers")).checks
