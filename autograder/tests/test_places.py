"""Where a course may be: beside another one, somewhere else than yesterday, in a folder that several people share."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import graded_small_course
from nbgrader.api import Gradebook

from autograder.classroom.feedback import feedback_of
from autograder.classroom.gradebook import GradebookWriter
from autograder.course import Course, CourseError
from autograder.grading import grade
from autograder.grading.paper import Terms
from autograder.grading.results import write_results

ASSIGNMENT = "first_steps"
RIGHT = {"ada": 2.0, "bob": 0.0, "zoë": 0.0}
GRADE = ("grade", ASSIGNMENT, "--isolation", "process")


@pytest.fixture
def course(tmp_path):
    return graded_small_course(tmp_path)


def typed(folder, *words, before=()):
    """Type a command in a process of its own; gives the exit status and what was said."""
    run = subprocess.run(
        [*before, sys.executable, "-m", "autograder", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert "Traceback" not in run.stdout + run.stderr, run.stderr
    return run.returncode, run.stdout + run.stderr


def scores(course):
    with Gradebook(course.gradebook_url) as gradebook:
        return {one.student.id: one.score for one in gradebook.assignment_submissions(ASSIGNMENT)}


def graded(course):
    """Everybody's result, here and now."""
    terms = Terms(course, ASSIGNMENT, course.secret(), "process")
    return [grade.grade_submission(terms, student) for student in course.students(ASSIGNMENT)]


def results(course):
    """The bytes of results.json."""
    write_results(course.root / "results.json", course, ASSIGNMENT, graded(course))
    return (course.root / "results.json").read_bytes()


@pytest.fixture
def other(course, tmp_path):
    """A course that has an assignment of the same name, with another solution and no known mistakes."""
    other = Course(tmp_path / "other")
    shutil.copytree(course.root, other.root, ignore=shutil.ignore_patterns(".grading", "gradebook.db", "autograded"))
    source = other.source(ASSIGNMENT, "temperature")
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("(fahrenheit - 32) * 5 / 9", "fahrenheit"), encoding="utf-8")
    (source.with_suffix("") / "misconceptions.py").unlink()
    shutil.rmtree(course.root / ".grading" / ASSIGNMENT)
    return other


def test_two_courses_in_one_process_know_nothing_of_each_other(course, other):
    for _ in range(2):
        assert {one.student: one.score for one in graded(course)} == RIGHT
        assert {one.student: one.score for one in graded(other)} == {"ada": 0.0, "bob": 2.0, "zoë": 0.0}


@pytest.mark.exhaustive
def test_nor_do_they_when_both_are_graded_at_once(course, other):
    with ThreadPoolExecutor() as pool:
        assert [status for status, _ in pool.map(lambda one: typed(one.root, *GRADE), (course, other))] == [1, 1]
    assert scores(course) == RIGHT and scores(other) == {"ada": 0.0, "bob": 2.0, "zoë": 0.0}


def test_a_course_that_was_moved_is_the_same_course(course, tmp_path, monkeypatch, autograder):
    before = results(course)
    exported = autograder(course.root, "export")
    moved = Course(tmp_path / "elsewhere" / "new name")
    moved.root.parent.mkdir()
    course.root.rename(moved.root)
    monkeypatch.setattr(grade, "grade_anew", None)  # nothing is graded again
    assert results(moved) == before and autograder(moved.root, "export") == exported
    assert autograder(moved.root / "solutions" / "..", "feedback", ASSIGNMENT) == (0, "3 feedback pages in feedback/")
    assert autograder(moved.root, "clean")[0] == autograder(moved.root, "release")[0] == 0


@pytest.mark.exhaustive
def test_two_who_grade_at_once_do_each_others_work_no_harm(course):
    shutil.rmtree(course.root / ".grading" / ASSIGNMENT)
    course.gradebook.unlink()
    with ThreadPoolExecutor() as pool:
        both = list(pool.map(lambda _: typed(course.root, *GRADE), range(2)))
    assert [status for status, _ in both] == [1, 1] and all("all checks passed" in said for _, said in both)
    assert scores(course) == RIGHT
    with pytest.MonkeyPatch.context() as here:
        here.setattr(grade, "grade_anew", None)  # what they left fits together
        assert {one.student: one.score for one in graded(course)} == RIGHT


# A folder that a group shares


def share(course, group=None):
    for path in [course.root, *course.root.rglob("*")]:
        if group is not None:
            os.chown(path, -1, group)
        path.chmod(path.stat().st_mode | (stat.S_ISGID | 0o070 if path.is_dir() else 0o060))


@pytest.mark.parametrize("shared", [True, False])
def test_what_is_made_in_a_shared_folder_belongs_to_the_group(course, autograder, shared):
    for made in (".grading", "autograded", "assignment"):
        shutil.rmtree(course.root / made)
    course.gradebook.unlink()
    course.secret_file.unlink()
    if shared:
        share(course)
    before, umask = {*course.root.rglob("*")}, os.umask(0o022)
    try:
        assert autograder(course.root, "release")[0] == 0
        with GradebookWriter(course) as gradebook:
            for one in graded(course):
                gradebook.record(ASSIGNMENT, one)
        assert feedback_of(course, ASSIGNMENT, "ada")
    finally:
        os.umask(umask)
    made = {path for path in course.root.rglob("*") if "__pycache__" not in path.parts} - before
    assert {"gradebook.db", "lock", "answers", "temperature.html", ".released-from"} <= {path.name for path in made}
    theirs = {path for path in made if path.stat().st_mode & 0o020}
    assert theirs == (made - {course.secret_file} if shared else set())
    assert stat.S_IMODE(course.secret_file.stat().st_mode) == (0o640 if shared else 0o600)


def test_a_secret_that_one_of_two_keeps_is_one_sentence(course, monkeypatch):
    def refused(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(type(course.secret_file), "read_bytes", refused)
    with pytest.raises(CourseError, match=r"only \w+ may read .*; they share it with `chmod g\+r "):
        course.secret()


@pytest.mark.exhaustive
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="only root can be two users")
def test_two_users_take_turns(course, tmp_path):
    group, people = 61_000, (61_001, 61_002)
    for folder in [tmp_path, *tmp_path.parents][:3]:
        folder.chmod(0o755)
    share(course, group)

    def as_user(number, *words):
        # They may read anything, so that the interpreter may lie in root's own folder, but write what is theirs.
        (tmp_path / f"home {number}").mkdir(exist_ok=True)
        os.chown(tmp_path / f"home {number}", number, number)
        rights = ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
        user = ["setpriv", "--reuid", str(number), "--regid", str(number), "--groups", str(group), *rights]
        home = f"{tmp_path}/home {number}"
        return typed(course.root, *words, before=[*user, "env", f"HOME={home}", f"XDG_CACHE_HOME={home}"])

    for user in people:
        source = course.source(ASSIGNMENT, "temperature")
        source.write_text(source.read_text(encoding="utf-8").replace("Chicago", f"Chicago {user}"), encoding="utf-8")
        for words in (
            ("release",),
            GRADE,
            ("feedback", ASSIGNMENT),
            ("export",),
            ("backup",),
            ("clean", "--yes"),
            GRADE,
        ):
            status, said = as_user(user, *words)
            assert status == (1 if words == GRADE else 0), said
    assert json.loads((course.root / ".grading" / ASSIGNMENT / "ada" / "temperature.json").read_text())["result"]
    with ThreadPoolExecutor() as pool:
        assert [status for status, _ in pool.map(lambda user: as_user(user, *GRADE), people)] == [1, 1]
