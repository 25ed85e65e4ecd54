"""What happens to a course after its first release: what changes later costs nothing that was there before."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest
from conftest import graded_small_course, new_course
from nbgrader.api import Gradebook

from autograder.authoring.notebook import read_notebook
from autograder.authoring.release import is_outdated, release
from autograder.classroom.gradebook import GradebookWriter
from autograder.classroom.record import remarks
from autograder.course import Course, CourseError
from autograder.grading.results import CellResult, CheckResult, NotebookResult, SubmissionResult
from autograder.sandbox.isolation import best_level
from autograder.tests.sample_class import ASSIGNMENT


@pytest.fixture
def course(tmp_path):
    return new_course(tmp_path / "course")


def autograder(folder, *words):
    """Type a command; gives the exit status and what went to stdout and stderr."""
    run = subprocess.run(
        [sys.executable, "-m", "autograder", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,  # a formgrader that starts all the same does not end by itself
    )
    assert "Traceback" not in run.stdout + run.stderr
    return run.returncode, run.stdout, run.stderr


def dump(course):
    with sqlite3.connect(course.gradebook) as database:
        return list(database.iterdump())


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def result(score=2.0, answer="first"):
    """A hand-in with one check and one written answer."""
    cells = [
        CellResult("affine_forward", score, 2.0, checks=[CheckResult("values", "its values", score == 2.0, 2.0)]),
        CellResult("inline_question_1_explanation", None, 2.0, True, answer=answer),
    ]
    return SubmissionResult("ada", score, 4.0, "graded", notebooks=[NotebookResult("layers", "graded", cells=cells)])


def record(course, one):
    with GradebookWriter(course) as gradebook:
        gradebook.record(ASSIGNMENT, one)


def rename_a_cell(course):
    """What nbgrader refuses once somebody was graded."""
    path = course.source(ASSIGNMENT, "two_layer_net")
    text = path.read_text(encoding="utf-8")
    assert '"grade_id": "inline_question_explanation"' in text
    path.write_text(text.replace("inline_question_explanation", "inline_question_why"), encoding="utf-8")


# Release


def test_a_release_that_is_refused_changes_nothing(course):
    record(course, result())
    # The first notebook's cells change as well: they are in the gradebook before the second one is refused.
    path = course.source(ASSIGNMENT, "layers")
    data = json.loads(path.read_text(encoding="utf-8"))
    (cell,) = [one for one in data["cells"] if one["metadata"].get("nbgrader", {}).get("grade_id") == "affine_forward"]
    cell["source"].append("\n# Another line.")
    path.write_text(json.dumps(data), encoding="utf-8")
    rename_a_cell(course)
    before, released = dump(course), files(course.released)
    with pytest.raises(CourseError, match=f"`autograder change {ASSIGNMENT}` shows what that means"):
        release(course, ASSIGNMENT)
    assert dump(course) == before and files(course.released) == released
    assert not list(course.root.glob(".release-*"))


@pytest.mark.parametrize("words", [("release", ASSIGNMENT), ("check", "--margins"), ("check", "--mutations")])
def test_a_solution_that_is_no_notebook_is_one_sentence(course, words):
    course.source(ASSIGNMENT, "layers").write_text("{", encoding="utf-8")
    status, _, said = autograder(course.root, *words)
    assert status == 2 and said.count("\n") == 1
    assert "layers.ipynb is not a notebook: the file is broken JSON" in said


def test_what_was_released_before_is_replaced_as_a_whole(course):
    left_over = course.released / ASSIGNMENT / "old.ipynb"
    left_over.write_text("{}", encoding="utf-8")
    release(course, ASSIGNMENT)
    assert sorted(path.name for path in (course.released / ASSIGNMENT).glob("*.ipynb")) == [
        "layers.ipynb",
        "two_layer_net.ipynb",
    ]
    assert read_notebook(course.released / ASSIGNMENT / "layers.ipynb").metadata


def test_a_first_release_that_fails_leaves_no_gradebook(tmp_path, course):
    new = Course(tmp_path / "new")
    shutil.copytree(course.solutions, new.solutions)
    path = new.source(ASSIGNMENT, "two_layer_net")
    path.write_text(
        path.read_text(encoding="utf-8").replace('"inline_question_explanation"', '"inline_question"'), encoding="utf-8"
    )
    with pytest.raises(CourseError, match="nbgrader: "):
        release(new, ASSIGNMENT)
    assert not new.gradebook.exists() and not (new.released / ASSIGNMENT).exists()


# The gradebook


def by_hand(course, change=None):
    """A person's grade of the written answer, and whether it awaits a person; `change` sets both first."""
    with Gradebook(course.gradebook_url) as gradebook:
        grade = gradebook.find_grade("inline_question_1_explanation", "layers", ASSIGNMENT, "ada")
        if change:
            grade.manual_score, grade.needs_manual_grade = change
            gradebook.db.commit()
        return grade.manual_score, bool(grade.needs_manual_grade)


def test_what_a_person_has_graded_stays_done_until_the_answer_changes(course):
    record(course, result())
    assert by_hand(course) == (None, True)
    by_hand(course, (1.5, False))
    record(course, result())
    assert by_hand(course) == (1.5, False)
    record(course, result(score=0.0))  # another cell's score
    assert by_hand(course) == (1.5, False)
    record(course, result(answer="second"))
    assert by_hand(course) == (1.5, True)


def test_what_a_person_gave_is_in_the_result_and_counts(course):
    record(course, result())
    by_hand(course, (1.5, False))
    with Gradebook(course.gradebook_url) as gradebook:
        comment = gradebook.find_comment("inline_question_1_explanation", "layers", ASSIGNMENT, "ada")
        comment.manual_comment = "Well said."
        gradebook.find_grade("affine_forward", "layers", ASSIGNMENT, "ada").extra_credit = 0.5
        gradebook.db.commit()
    again = result()
    record(course, again)
    check, answer = again.notebooks[0].cells
    assert (answer.by_hand, answer.comment, answer.needs_manual_grade) == (1.5, "Well said.", False)
    assert (check.by_hand, check.score) == (2.5, 2.0)
    assert again.score == 4.0
    other = result(answer="second")
    record(course, other)
    assert other.notebooks[0].cells[1].needs_manual_grade


def test_an_answer_that_nobody_knows_to_be_the_same_is_looked_at_again(course):
    record(course, result())
    by_hand(course, (1.5, False))
    shutil.rmtree(course.root / ".grading" / ASSIGNMENT)
    record(course, result())
    assert by_hand(course) == (1.5, True)


def test_a_score_that_a_person_has_overruled_is_looked_at_again_when_it_changes(course):
    record(course, result())
    with Gradebook(course.gradebook_url) as gradebook:
        grade = gradebook.find_grade("affine_forward", "layers", ASSIGNMENT, "ada")
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        gradebook.db.commit()
    for score, awaits in ((2.0, False), (0.0, True)):
        record(course, result(score))
        with Gradebook(course.gradebook_url) as gradebook:
            grade = gradebook.find_grade("affine_forward", "layers", ASSIGNMENT, "ada")
            assert (grade.score, bool(grade.needs_manual_grade)) == (1.0, awaits)


@pytest.mark.parametrize(
    "words",
    [
        *[("export",), ("feedback", ASSIGNMENT), ("grade", ASSIGNMENT), ("release", ASSIGNMENT)],
        *[("formgrader",), ("backup",)],
    ],
)
def test_a_damaged_gradebook_is_one_sentence(course, words):
    shutil.copytree(course.released / ASSIGNMENT, course.autograded / "ada" / ASSIGNMENT)
    shutil.copytree(course.released / ASSIGNMENT, course.submitted / "ada" / ASSIGNMENT)
    course.gradebook.write_bytes(b"no gradebook at all, " * 100)
    isolation = ("--isolation", best_level()) if words[0] == "grade" else ()
    status, out, said = autograder(course.root, *words, *isolation)
    assert (status, out) == (2, "") and said.count("\n") == 1
    assert f"the gradebook {course.gradebook} cannot be used: file is not a database" in said


@pytest.mark.parametrize("words", [("export",), ("feedback", ASSIGNMENT)])
def test_what_reads_the_gradebook_makes_none(course, words):
    shutil.copytree(course.released / ASSIGNMENT, course.autograded / "ada" / ASSIGNMENT)
    course.gradebook.unlink()
    status, out, said = autograder(course.root, *words)
    assert (status, out) == (2, "") and "there are no grades yet" in said
    assert not course.gradebook.exists()
    course.gradebook.touch()  # as a command that was killed may leave it
    assert autograder(course.root, *words)[0] == 2 and course.gradebook.stat().st_size == 0


def test_feedback_from_a_gradebook_that_was_made_anew_says_to_grade_first(tmp_path):
    course = graded_small_course(tmp_path)
    course.gradebook.unlink()
    assert autograder(course.root, "release")[0] == 0
    first = "gradebook.db has no grades of theirs for first_steps. Run `autograder grade first_steps` first\n"
    status, out, said = autograder(course.root, "feedback", "first_steps")
    assert (status, out, said) == (2, "", f"autograder: no feedback for ada, bob, zoë: {first}")
    assert autograder(course.root, "grade", "first_steps", "--isolation", best_level(), "--student", "ada")[0] == 0
    status, out, said = autograder(course.root, "feedback", "first_steps")
    assert (status, out, said) == (1, "1 feedback pages in feedback/\n", f"no feedback for bob, zoë: {first}")


def test_a_new_gradebook_is_of_the_revision_that_nbgrader_would_note(course, monkeypatch):
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable), prepend=os.pathsep)
    ask = [sys.executable, "-m", "nbgrader.dbutil", "heads"]
    said = subprocess.run(ask, capture_output=True, text=True, check=True).stdout
    with sqlite3.connect(course.gradebook) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [(said.split()[0],)]


def test_a_release_into_a_gradebook_damaged_inside_is_one_sentence(course):
    whole = course.gradebook.read_bytes()
    with sqlite3.connect(course.gradebook) as database:
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'notebook'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    course.gradebook.write_bytes(whole[: (page - 1) * size] + bytes(size) + whole[page * size :])
    with pytest.raises(CourseError, match="cannot be used: database disk image is malformed"):
        release(course, ASSIGNMENT)


# Points


def grade(course):
    shutil.copytree(course.released / ASSIGNMENT, course.submitted / "ada" / ASSIGNMENT, dirs_exist_ok=True)
    return autograder(course.root, "grade", ASSIGNMENT, "--isolation", best_level())


def worth(path, grade_id, points):
    """Let a cell of a notebook be worth other points."""
    data = json.loads(path.read_text(encoding="utf-8"))
    (cell,) = [one for one in data["cells"] if one["metadata"].get("nbgrader", {}).get("grade_id") == grade_id]
    cell["metadata"]["nbgrader"]["points"] = points
    path.write_text(json.dumps(data), encoding="utf-8")


def test_what_the_rubric_does_not_know_of_is_not_released(course):
    worth(course.source(ASSIGNMENT, "layers"), "affine_forward", 7)
    before = files(course.released)
    status, _, said = autograder(course.root, "release", ASSIGNMENT)
    assert status == 2 and "layers: affine_forward is worth 7 points, but its checks add up to 2" in said
    assert files(course.released) == before


def test_nothing_is_graded_by_other_points_than_were_handed_out(course):
    worth(course.released / ASSIGNMENT / "layers.ipynb", "affine_forward", 7)
    status, _, said = grade(course)
    assert status == 2 and "affine_forward is worth 7 points, but its checks add up to 2: run `autograder rel" in said
    assert not course.autograded.exists()


def test_nothing_is_graded_by_other_points_than_the_gradebook_has(course):
    with Gradebook(course.gradebook_url) as gradebook:
        gradebook.find_graded_cell("inline_question_1_explanation", "layers", ASSIGNMENT).max_score = 3
        gradebook.db.commit()
    status, _, said = grade(course)
    assert status == 2 and "inline_question_1_explanation is worth 2 points, in the gradebook 3: run" in said
    assert autograder(course.root, "release", ASSIGNMENT)[0] == 0
    with Gradebook(course.gradebook_url) as gradebook:
        assert gradebook.find_graded_cell("inline_question_1_explanation", "layers", ASSIGNMENT).max_score == 2


def test_a_hand_out_that_lost_a_notebook_is_made_again_first(course):
    (course.released / ASSIGNMENT / "two_layer_net.ipynb").unlink()
    shutil.copytree(course.released / ASSIGNMENT, course.submitted / "ada" / ASSIGNMENT)
    status, _, said = autograder(course.root, "grade", ASSIGNMENT, "--isolation", best_level())
    assert status == 2 and f"is not whole: run `autograder release {ASSIGNMENT}`" in said


# What is said before a class is graded


def test_a_release_is_outdated_when_students_would_get_something_else_now(course, monkeypatch):
    path = course.source(ASSIGNMENT, "layers")
    text = path.read_text(encoding="utf-8")
    # What no student sees may change.
    path.write_text(text.replace("### BEGIN SOLUTION", '### BEGIN SOLUTION\\n",\n    "    # Why?', 1), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text and not is_outdated(course, ASSIGNMENT)
    with monkeypatch.context() as nothing_made:
        nothing_made.setattr("autograder.authoring.release.fresh_release", None)
        assert not is_outdated(course, ASSIGNMENT)
    path.write_text(text.replace("two-layer", "two-storey"), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text and is_outdated(course, ASSIGNMENT)
    release(course, ASSIGNMENT)
    assert not is_outdated(course, ASSIGNMENT)
    path.write_text("{", encoding="utf-8")  # what a release would refuse is no release, and is no traceback
    assert is_outdated(course, ASSIGNMENT)


def test_an_outdated_release_and_a_lost_secret_are_said(course):
    course.secret()
    graded = course.root / ".grading" / ASSIGNMENT / "ada" / "layers.json"
    graded.parent.mkdir(parents=True)
    graded.write_text("{}", encoding="utf-8")
    assert remarks(course, ASSIGNMENT) == []
    path = course.source(ASSIGNMENT, "layers")
    path.write_text(path.read_text(encoding="utf-8").replace("two-layer", "two-storey"), encoding="utf-8")
    course.secret_file.unlink()
    outdated, lost = remarks(course, ASSIGNMENT)
    assert outdated.startswith(f"solutions/{ASSIGNMENT} has changed since it was released")
    assert lost.startswith(".autograder-secret is gone, so everybody gets new hidden inputs")
    graded.unlink()  # a course that has graded nobody yet has no secret to lose
    assert len(remarks(course, ASSIGNMENT)) == 1
