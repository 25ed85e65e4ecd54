"""A template repository for students: its workflow's own commands run, its points are those of the visible checks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest
import yaml

from autograder.authoring.new import new_course
from autograder.authoring.release import release
from autograder.classroom.collect import collect
from autograder.classroom.github import WORKFLOW, package_for_github
from autograder.course import Course, CourseError

ASSIGNMENT = "first_steps"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A new course with a package of its own, released, and its template repository."""
    root = tmp_path_factory.mktemp("github") / "Kürs"
    new_course(root, "kurs_eins")
    course = Course(root)
    release(course, ASSIGNMENT)
    package_for_github(course, ASSIGNMENT)
    return course


def template(course):
    return course.root / "package" / f"github-{ASSIGNMENT}"


def git(folder, *words):
    subprocess.run(["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *words], cwd=folder, check=True)


def test_the_workflow_is_what_githubs_reporter_needs(small):
    workflow = yaml.safe_load((template(small) / WORKFLOW).read_text(encoding="utf-8"))
    # By the README of classroom-resources/autograding-grading-reporter: these names, one job.
    assert workflow["name"] == "Autograding Tests" and list(workflow["jobs"]) == ["run-autograding-tests"]
    assert workflow["permissions"]["contents"] == "read"
    assert workflow["jobs"]["run-autograding-tests"]["timeout-minutes"] == 13


def test_it_says_how_to_hand_in_and_holds_no_solution(small):
    for name in (".github/README.md", "START.txt"):
        text = (template(small) / name).read_text(encoding="utf-8")
        assert "temperature.ipynb" in text and "push" in text and "{" not in text
    assert "zip" not in (template(small) / "START.txt").read_text(encoding="utf-8")
    files = [path for path in template(small).rglob("*") if path.is_file() and path.suffix != ".whl"]
    everything = b"".join(path.read_bytes() for path in files)
    assert b"* 5 / 9" not in everything
    with pytest.raises(CourseError, match="is there already"):
        package_for_github(small, ASSIGNMENT)


@pytest.mark.parametrize("answer, points", [("(fahrenheit - 32) / 1.8", "2/2"), ("fahrenheit", "0/2")])
def test_its_commands_give_the_points_of_the_visible_checks(small, new_environment, tmp_path, answer, points):
    repository, environment = tmp_path / "ada", new_environment()
    shutil.copytree(template(small), repository)
    notebook = repository / "temperature.ipynb"
    text = notebook.read_text(encoding="utf-8")
    notebook.write_text(text.replace("# TODO: write your code here", f"celsius = {answer}"), encoding="utf-8")
    variables = {
        "PATH": f"{environment.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        "JUPYTER_DATA_DIR": str(tmp_path / "jupyter"),
        "HOME": str(tmp_path),
    }
    [job] = yaml.safe_load((repository / WORKFLOW).read_text(encoding="utf-8"))["jobs"].values()
    said, good = "", True
    for command in [step["run"] for step in job["steps"] if "run" in step]:
        done = subprocess.run(
            ["bash", "-e", "-c", command], cwd=repository, env=variables, capture_output=True, text=True
        )
        said, good = said + done.stdout + done.stderr, good and done.returncode == 0
    assert f"::notice title=Autograding complete::Points {points}\n" in said, said
    report = json.loads(said.split("::notice title=Autograding report::")[1].splitlines()[0])
    assert report == {"totalPoints": float(points[0]), "maxPoints": 2}
    assert f"{points[0]} of 2 points by the visible checks" in (tmp_path / "summary.md").read_text()
    assert good == (points == "2/2")


def test_clones_of_it_are_collected(small, tmp_path):
    folder = tmp_path / f"{ASSIGNMENT}-submissions"
    for login in ("ada-l", "bob"):
        clone = folder / f"{ASSIGNMENT}-{login}"
        shutil.copytree(template(small), clone)
        git(clone, "init", "-q")
        git(clone, "add", ".")
        git(clone, "commit", "-q", "-m", "all")
    found = list(collect(small, ASSIGNMENT, [folder]))
    assert [(one.student, one.refused, one.taken) for one in found] == [("ada-l", "", 1), ("bob", "", 1)]
    assert all("left out" not in remark for one in found for remark in one.remarks), found
