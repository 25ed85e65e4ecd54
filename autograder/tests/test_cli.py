"""The command line: what an instructor types, and the one sentence that answers a mistake."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
from conftest import new_course

from autograder.sandbox.isolation import best_level
from autograder.tests.sample_class import ASSIGNMENT


@pytest.fixture(scope="module")
def small_class(tmp_path_factory):
    """A course with two hand-ins: an untouched starter, and one whose first notebook is cut off."""
    course = new_course(tmp_path_factory.mktemp("cli"))
    for student in ("ada", "grace"):
        shutil.copytree(course.released / ASSIGNMENT, course.submitted / student / ASSIGNMENT)
    broken = course.submitted / "grace" / ASSIGNMENT / "layers.ipynb"
    broken.write_text(broken.read_text(encoding="utf-8")[:500], encoding="utf-8")
    return course


def test_help_names_every_command(autograder, tmp_path):
    status, shown = autograder(tmp_path, "--help")
    assert status == 0
    assert all(
        word in shown for word in ("release", "grade", "feedback", "export", "formgrader", "check", "demo", "doctor")
    )


@pytest.mark.parametrize("words", ["grade l", "release l", "feedback l", "check l", "export --assignment l"])
def test_the_shell_completes_the_name_of_an_assignment(small_class, tmp_path, words):
    def completed(folder):
        asked = {"_AUTOGRADER_COMPLETE": "complete_bash", "COMP_WORDS": f"autograder {words}"}
        asked["COMP_CWORD"] = str(len(words.split()))
        return subprocess.run(
            [sys.executable, "-c", "import sys; sys.argv[0] = 'autograder'; from autograder.cli import main; main()"],
            cwd=folder,
            env=os.environ | asked,
            capture_output=True,
            text=True,
        )

    (tmp_path / "solutions" / "lines").mkdir(parents=True)
    shutil.copyfile(small_class.source(ASSIGNMENT, "layers"), tmp_path / "solutions" / "lines" / "one.ipynb")
    assert completed(tmp_path).stdout.split() == ["lines"]
    outside = completed(tmp_path.parent)  # where there is no course
    assert "Traceback" not in outside.stderr and "lines" not in outside.stdout


def test_grade_one_student_and_write_results(autograder, small_class, tmp_path):
    target = tmp_path / "results.json"
    status, shown = autograder(
        small_class.root, "grade", ASSIGNMENT, "--student", "ada", "--json", str(target), "--isolation", best_level()
    )
    assert status == 0 and "16 cells not written yet" in shown
    data = json.loads(target.read_text(encoding="utf-8"))
    assert [(one["student"], one["score"], one["status"]) for one in data["submissions"]] == [("ada", 0.0, "graded")]


def test_a_hand_in_that_cannot_be_graded_changes_the_exit_status(autograder, small_class):
    status, shown = autograder(small_class.root, "grade", ASSIGNMENT, "--isolation", best_level(), "--jobs", "1")
    assert status == 1 and "broken JSON" in shown


def test_hand_ins_may_lie_elsewhere(autograder, small_class, tmp_path):
    shutil.copytree(small_class.submitted / "ada", tmp_path / "inbox" / "zoe")
    status, shown = autograder(
        small_class.root, "grade", ASSIGNMENT, "--submitted", str(tmp_path / "inbox"), "--isolation", best_level()
    )
    assert status == 0 and "zoe" in shown and "grace" not in shown


def test_an_export_of_nothing_says_so(autograder, tmp_path):
    status, shown = autograder(new_course(tmp_path).root, "export")
    assert status == 0 and shown.startswith("assignment,student_id") and shown.endswith("nobody has been graded yet")


def test_feedback_and_export_after_grading(autograder, small_class, tmp_path):
    autograder(small_class.root, "grade", ASSIGNMENT, "--student", "ada", "--isolation", best_level())
    status, shown = autograder(small_class.root, "feedback", ASSIGNMENT, "--student", "ada")
    assert (status, shown) == (0, "2 feedback pages in feedback/")
    status, shown = autograder(small_class.root, "export", "--to", str(tmp_path / "grades.csv"))
    lines = (tmp_path / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert status == 0 and lines[0].startswith("assignment,student_id") and any(",ada," in line for line in lines)


@pytest.mark.parametrize(
    "words, sentence",
    [
        (("grade", "no_such"), "there is no assignment 'no_such'"),
        (("release", "no_such"), "there is no assignment 'no_such'"),
        (("check", "no_such"), "there is no assignment 'no_such'"),
        (("feedback", "no_such"), "there is no assignment 'no_such'"),
        (("feedback", ASSIGNMENT, "--student", "nobody"), "no graded notebook of nobody"),
        (("grade", ASSIGNMENT, "--student", "nobody", "--isolation", "process"), "no hand-in from nobody"),
        (("grade", ASSIGNMENT, "--submitted", "nowhere", "--isolation", "process"), "there are no hand-ins"),
        (("grade", ASSIGNMENT, "--isolation", "none"), "there is no isolation level 'none'"),
        (("export", "--format", "xlsx"), "it is csv, json, questions or junit"),
        (("export", "--assignment", "no_such"), "there are no grades for an assignment 'no_such'"),
        (("demo", "solutions"), "is not empty, and no demo made it"),
    ],
)
def test_bad_input_gets_one_sentence(autograder, small_class, words, sentence):
    status, shown = autograder(small_class.root, *words)
    assert status == 2 and sentence in shown


def test_outside_a_course_it_says_where_to_go(autograder, tmp_path):
    status, shown = autograder(tmp_path, "grade", ASSIGNMENT)
    assert status == 2 and "there is no course here" in shown


def test_without_bubblewrap_strict_is_refused(autograder, small_class, monkeypatch):
    monkeypatch.setattr("autograder.sandbox.isolation.strict_works", lambda: "bubblewrap is not installed")
    status, shown = autograder(small_class.root, "grade", ASSIGNMENT)
    assert status == 2 and "bubblewrap is not installed" in shown and "--isolation process" in shown


def test_a_solution_with_outputs_is_not_released(autograder, small_class, tmp_path):
    shutil.copytree(small_class.solutions, tmp_path / "solutions")
    path = tmp_path / "solutions" / ASSIGNMENT / "layers.ipynb"
    data = json.loads(path.read_text(encoding="utf-8"))
    cell = next(cell for cell in data["cells"] if cell["cell_type"] == "code")
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "left behind"}]
    path.write_text(json.dumps(data), encoding="utf-8")
    status, shown = autograder(tmp_path, "release")
    assert status == 2 and "layers.ipynb has stored outputs" in shown


def test_ctrl_c_keeps_what_is_graded(autograder, small_class, monkeypatch):
    from autograder.classroom import record

    def interrupted(course, assignment, students, jobs, **options):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(record, "grade_class", interrupted)
    status, shown = autograder(small_class.root, "grade", ASSIGNMENT, "--isolation", "process")
    assert status == 130 and "stopped; the grades of 0 of 2 hand-ins are in the gradebook" in shown


def test_ctrl_c_is_said(autograder, small_class, monkeypatch):
    from autograder.classroom import collect

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(collect, "collect", interrupted)
    status, shown = autograder(small_class.root, "collect", ASSIGNMENT)
    assert status == 130 and shown.strip() == "autograder: stopped"


def test_what_reads_a_gradebook_loads_no_web_server():
    """And whoever wants the rest of nbgrader afterwards gets it, with the same tables."""
    code = """if True:
        import sys
        import autograder.classroom.record, autograder.classroom.export, autograder.classroom.class_report
        print([name for name in ("jupyter_server", "nbconvert", "nbgrader.apps") if name in sys.modules])
        from autograder import bare_nbgrader
        import nbgrader
        import nbgrader.api as api
        from nbgrader.apps import NbGraderApp
        print(api is bare_nbgrader.api, nbgrader._jupyter_server_extension_points()[0]["module"])
    """
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout.splitlines() == ["[]", "True nbgrader"], run.stderr
