"""A backup is the whole course, and cleaning up costs nothing but time."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import tarfile

import pytest
from conftest import graded_small_course
from nbgrader.api import Gradebook

from autograder.classroom import backup
from autograder.classroom.clean import waste
from autograder.classroom.export import export_grades
from autograder.course import Course, CourseError
from autograder.grading import ledger
from autograder.grading.paper import Paper, Terms
from autograder.sandbox.isolation import best_level


@pytest.fixture
def course(tmp_path):
    return graded_small_course(tmp_path)


def files(folder, *aside):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {*aside} & {*path.relative_to(folder).parts}
    }


def test_a_backup_unpacked_is_the_course(course, tmp_path, autograder):
    (course.root / "roster.csv").write_text("ada,Ada", encoding="utf-8")
    (course.feedback / "ada").mkdir(parents=True)
    (course.root / ".venv").mkdir()
    (course.root / ".venv" / "large").write_text("x", encoding="utf-8")
    with Gradebook(course.gradebook_url) as gradebook:  # open, with a change that is not written yet
        gradebook.update_or_create_student("eve")
        status, shown = autograder(course.root, "backup")
    assert status == 0
    [archive] = (course.root / "backups").iterdir()
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    for name in ("gradebook.db", ".autograder-secret", "submitted", "solutions", "roster.csv", "Not in it: feedback/"):
        assert name in shown
    (tmp_path / "restored").mkdir()
    subprocess.run(["tar", "--no-same-owner", "-xf", archive, "-C", tmp_path / "restored"], check=True)
    again = Course(tmp_path / "restored" / course.root.name)
    there = files(again.root)
    assert there.pop("gradebook.db")
    before = files(course.root, "feedback", ".venv", "backups", "lock", "__pycache__")
    assert before.pop("gradebook.db") and there == before
    assert export_grades(again, "csv") == export_grades(course, "csv")
    assert stat.S_IMODE(again.secret_file.stat().st_mode) == 0o600
    terms = Terms(again, "first_steps", again.secret(), best_level())
    paper = Paper(terms, "ada", "temperature")
    assert ledger.recall(paper, ledger.key_of(paper)) is not None  # nothing has to be graded again


def test_a_backup_says_what_is_in_it_and_how_big_it_is(course, tmp_path):
    (course.submitted / "ada" / "large.npz").write_bytes(bytes(12345))
    path, parts = backup.back_up(course, tmp_path)
    assert path.parent == tmp_path
    sizes = {part.name: part.size for part in parts}
    assert sizes["submitted"] > 12345 and sizes[".autograder-secret"] == 65
    with pytest.raises(CourseError, match="is there already"):
        backup.back_up(course, path)


def test_a_backup_into_the_course_does_not_hold_its_own_beginning(course):
    path, parts = backup.back_up(course, course.root / "today.tar.gz")
    assert not [part.name for part in parts if part.name.startswith("today")]
    with tarfile.open(path) as packed:
        assert not [name for name in packed.getnames() if "today" in name]


def test_a_folder_that_is_a_link_to_another_disk_is_in_the_backup(course, tmp_path):
    shutil.move(course.submitted, tmp_path / "disk")
    course.submitted.symlink_to(tmp_path / "disk")
    path, _ = backup.back_up(course, tmp_path)
    with tarfile.open(path) as packed:
        assert f"{course.root.name}/submitted/ada/first_steps/temperature.ipynb" in packed.getnames()


def test_a_gradebook_damaged_inside_is_no_backup(course, tmp_path):
    whole = course.gradebook.read_bytes()
    with sqlite3.connect(course.gradebook) as database:
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'grade'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    course.gradebook.write_bytes(whole[: (page - 1) * size] + bytes(size) + whole[page * size :])
    with sqlite3.connect(course.gradebook) as database:
        database.execute("SELECT name FROM sqlite_master").fetchall()  # it can be opened
    with pytest.raises(CourseError, match="cannot be used: database disk image is malformed"):
        backup.back_up(course, tmp_path / "a.tar.gz")
    assert not (tmp_path / "a.tar.gz").exists() and not list(tmp_path.glob("*.part"))


def test_cleaning_looks_first_and_keeps_what_cannot_be_made_again(course, autograder):
    page = course.feedback / "ada" / "first_steps" / "temperature.html"
    page.parent.mkdir(parents=True)
    page.write_bytes(bytes(2000))
    for student, assignment in (("elsewhere", "first_steps"), ("ada", "retired")):
        shutil.copytree(course.autograded / "ada" / "first_steps", course.autograded / student / assignment)
    before = files(course.root)
    status, shown = autograder(course.root, "clean")
    assert status == 0 and files(course.root) == before
    assert "would remove 2.0 kB feedback/*/first_steps (1): `autograder feedback first_steps` makes them again" in shown
    assert "autograded/*/first_steps (3): `autograder grade first_steps`" in shown and "--yes" in shown
    for kept in ("autograded/ada/retired", "autograded/elsewhere/first_steps"):
        assert f"kept: {kept}: its hand-in or its solution is gone" in shown
    status, shown = autograder(course.root, "clean", "--yes")
    assert status == 0 and "removed 2.0 kB feedback/*/first_steps" in shown
    gone = before.keys() - files(course.root).keys()
    assert gone == {
        "feedback/ada/first_steps/temperature.html",
        *(f"autograded/{student}/first_steps/temperature.ipynb" for student in ("ada", "bob", "zoë")),
    }
    assert not course.feedback.joinpath("ada").exists()
    assert "Nothing to remove" in autograder(course.root, "clean", "--yes")[1]


def test_cleaning_one_assignment_leaves_the_others_and_follows_no_link(course, tmp_path):
    (tmp_path / "mine").mkdir()
    (course.autograded / "bob" / "first_steps").rename(tmp_path / "mine" / "bob")
    (course.autograded / "bob" / "first_steps").symlink_to(tmp_path / "mine" / "bob")
    (course.root / ".release-killed").mkdir()
    found, _ = waste(course, "second_steps")
    assert found == []
    found, _ = waste(course, "first_steps")
    assert [folder.parent.name for one in found for folder in one.folders] == ["ada", "zoë"]
    assert ".release-*" in [one.what for one in waste(course)[0]]
