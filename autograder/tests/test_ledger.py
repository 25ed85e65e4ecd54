"""Work is never lost: a run that was killed goes on, a second run grades only what has changed, and neither a
second grader, a locked gradebook nor a full disk spoils anything."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.authoring.hand_in import filled_in, write_notebook
from autograder.authoring.new import ASSIGNMENT as FIRST
from autograder.authoring.new import new_course
from autograder.authoring.notebook import read_notebook
from autograder.authoring.release import release
from autograder.classroom.gradebook import GradebookWriter
from autograder.course import SECRET_FILE, Course, CourseError
from autograder.grading import grade, ledger
from autograder.grading.ledger import content_of, earlier_scores, grader_files, key_of
from autograder.grading.paper import Paper, Terms
from autograder.grading.results import SubmissionResult, write_results
from autograder.sandbox.isolation import best_level
from autograder.settings import FILE
from autograder.tests.battle import small_course
from autograder.tests.sample_class import ASSIGNMENT, SOLUTIONS

STUDENTS = ("ada", "blaise", "carl", "dora")


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A course with one notebook and four hand-ins, two of them right."""
    course = small_course(tmp_path_factory.mktemp("ledger"))
    hand_in(course, ASSIGNMENT, "layers")
    return course


def hand_in(course, assignment, name):
    """Every second student hands in the solution, the others what was handed out."""
    released = read_notebook(course.released / assignment / f"{name}.ipynb")
    solution = read_notebook(course.source(assignment, name))
    course.secret()
    for number, student in enumerate(STUDENTS):
        notebook = filled_in(released, solution) if number % 2 else released
        write_notebook(course.submitted / student / assignment / f"{name}.ipynb", notebook)


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """The same for the short notebook of a new course, which can be graded often."""
    new_course(folder := tmp_path_factory.mktemp("short") / "course")
    course = Course(folder)
    [path] = release(course, FIRST)
    hand_in(course, FIRST, path.stem)
    return course


@pytest.fixture
def course(handed_in, tmp_path):
    shutil.copytree(handed_in.root, tmp_path / "course")
    return Course(tmp_path / "course")


def grade_all(course):
    return {student: grade.grade_submission(terms(course), student) for student in STUDENTS}


def terms(course):
    return Terms(course, ASSIGNMENT, course.secret(), best_level())


@pytest.fixture
def graded_anew(monkeypatch):
    """Names of the students whose notebook was really run."""
    students = []
    really = grade.grade_anew

    def noted(paper, *others):
        students.append(paper.student)
        return really(paper, *others)

    monkeypatch.setattr(grade, "grade_anew", noted)
    return students


def test_a_second_run_grades_nothing_and_finds_the_same(course, graded_anew):
    first = grade_all(course)
    assert sorted(graded_anew) == sorted(STUDENTS)
    graded_anew.clear()
    second = grade_all(course)
    assert graded_anew == []
    assert {student: result.notebooks for student, result in first.items()} == {
        student: result.notebooks for student, result in second.items()
    }
    assert first["blaise"].score == 19 and first["ada"].score == 0
    assert sum(earlier_scores(course, ASSIGNMENT, "blaise").values()) == 19


def test_only_what_changed_is_graded_again(course, graded_anew):
    grade_all(course)
    graded_anew.clear()
    path = course.submitted / "ada" / ASSIGNMENT / "layers.ipynb"
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")
    grade_all(course)
    assert graded_anew == ["ada"]


def test_a_lost_or_changed_notebook_or_a_damaged_record_is_made_again(course, graded_anew):
    grade_all(course)
    graded_anew.clear()
    (course.autograded / "carl" / ASSIGNMENT / "layers.ipynb").unlink()
    with (course.autograded / "blaise" / ASSIGNMENT / "layers.ipynb").open("a") as file:  # as another command would
        file.write("\n")
    (course.root / ".grading" / ASSIGNMENT / "dora" / "layers.json").write_text('{"key": "', encoding="utf-8")
    grade_all(course)
    assert sorted(graded_anew) == ["blaise", "carl", "dora"]


# What a result was made from


@pytest.fixture(scope="module")
def whole(handed_in, tmp_path_factory):
    """A course, and copies of the grader and of cs231n_utils that may be changed."""
    root = tmp_path_factory.mktemp("whole")
    shutil.copytree(handed_in.root, root / "course")
    hidden = shutil.ignore_patterns("tests", "__pycache__")
    shutil.copytree(ledger.PACKAGE, root / "autograder", ignore=hidden)
    shutil.copytree(ledger.UTILS, root / "course" / "cs231n_utils", ignore=hidden)  # where a helper package may be, too
    (root / "course" / "submitted" / "ada" / ASSIGNMENT / "layers_best_net.npz").write_bytes(b"numbers")
    return root


@pytest.fixture
def paper(whole, monkeypatch):
    monkeypatch.setattr(ledger, "PACKAGE", whole / "autograder")
    monkeypatch.setattr(ledger, "UTILS", whole / "course" / "cs231n_utils")
    return Paper(terms(Course(whole / "course")), "ada", "layers")


def test_nothing_that_a_result_is_made_by_is_forgotten(paper, whole):
    """All modules of both packages, but for what makes no result; and all that the course says about the assignment."""
    counted = {path.relative_to(whole).as_posix() for path in grader_files(paper.terms.course, ASSIGNMENT)}
    modules = {
        path.relative_to(whole).as_posix()
        for package in ("autograder", "course/cs231n_utils")
        for path in (whole / package).rglob("*.py")
    }
    assert {path.split("/")[1] for path in modules - counted} == {*ledger.ASIDE}
    content = {
        f"course/solutions/{ASSIGNMENT}/{name}"
        for name in ("layers.ipynb", "layers/rubric.py", "layers/misconceptions.py")
    }
    assert content < counted


def test_settings_that_grading_depends_on_are_in_the_key(paper):
    """A deadline is moved without grading a class again."""
    settings = paper.terms.course.settings.solutions / FILE
    before, key = settings.read_text(), key_of(paper)
    settings.write_text(f'late_penalty = "zero"\n{before}\n[deadlines]\n{ASSIGNMENT} = 2026-10-03T10:00:00Z\n')
    assert key_of(replace(paper, terms=terms(paper.terms.course))) == key
    settings.write_text(before.replace("helper = ", "# helper = "))
    assert key_of(replace(paper, terms=terms(paper.terms.course))) != key
    settings.write_text(before)


def test_no_assignment_takes_anything_from_another():
    for path in SOLUTIONS.parent.glob("*/**/*.py"):
        climbed = re.findall(r"from (\.+)", path.read_text())
        deep = len(path.relative_to(SOLUTIONS.parent).parts) - 1
        assert all(len(dots) <= deep for dots in climbed), path


def test_the_key_stays_if_nothing_changes_and_changes_if_any_byte_does(paper, whole):
    course = paper.terms.course
    files = [*grader_files(course, ASSIGNMENT), paper.released, *paper.files, course.root / SECRET_FILE]
    assert len(files) > 80 and all(path.is_file() for path in files)
    keys = {key_of(paper)}
    chance = random.Random(231)
    for path in files:
        before = path.read_bytes()
        add = not before  # an empty file has no byte to change
        place = 0 if add else chance.randrange(len(before))
        after = (
            before + b"#"
            if add
            else before[:place] + bytes([before[place] ^ 1 << chance.randrange(8)]) + before[place + 1 :]
        )
        path.write_bytes(after)
        keys.add(key_of(replace(paper, terms=terms(course))))
        path.write_bytes(before)
        assert key_of(replace(paper, terms=terms(course))) in keys
    assert len(keys) == len(files) + 1, "a byte was changed, and the key was not"


@pytest.mark.parametrize("change", [{"level": "process"}, {"step_seconds": 5.0}, {"notebook_seconds": 60.0}])
def test_the_key_depends_on_how_it_is_graded(paper, change):
    strict = replace(paper, terms=replace(paper.terms, level="strict"))
    assert key_of(replace(strict, terms=replace(strict.terms, **change))) != key_of(strict)


def test_the_key_depends_on_the_versions(paper, monkeypatch):
    before = key_of(paper)
    monkeypatch.setattr(ledger, "versions", lambda: "another Python")
    assert key_of(paper) != before


def test_a_package_that_is_installed_later_is_noticed(tmp_path, monkeypatch):
    """A hand-in that failed for want of it may be right now."""
    before = ledger.versions.__wrapped__()
    (tmp_path / "plotly_of_a_student-1.0.dist-info").mkdir()
    (tmp_path / "plotly_of_a_student-1.0.dist-info" / "METADATA").write_text(
        "Name: plotly-of-a-student\nVersion: 1.0\n"
    )
    assert ledger.versions.__wrapped__() == before
    monkeypatch.syspath_prepend(str(tmp_path))
    assert ledger.versions.__wrapped__() != before


def test_a_course_may_lie_before_or_after_the_grader_in_the_order_of_folders(paper, whole):
    keys = set()
    for name in ("a", "z"):
        shutil.copytree(whole / "course", whole / name)
        keys.add(key_of(Paper(terms(Course(whole / name)), "ada", "layers")))
        shutil.rmtree(whole / name)
    assert len(keys) == 1


def test_what_setuptools_brings_for_itself_is_not_installed(tmp_path, monkeypatch):
    """Whether something has imported it differs from process to process, and a class would be graded again."""
    before = ledger.versions.__wrapped__()
    vendored = tmp_path / "setuptools" / "_vendor"
    (vendored / "wheel-0.0.1.dist-info").mkdir(parents=True)
    (vendored / "wheel-0.0.1.dist-info" / "METADATA").write_text("Name: wheel\nVersion: 0.0.1\n")
    monkeypatch.syspath_prepend(str(vendored))
    assert ledger.versions.__wrapped__() == before


def test_the_next_attempt_meets_other_inputs_and_the_same_one_the_same(paper):
    def inputs():
        return paper.draw(content_of(paper), "a_check").normal(3).tolist()

    first = inputs()
    assert inputs() == first
    for path in paper.files:
        before = path.read_bytes()
        path.write_bytes(before + b" ")
        assert inputs() != first
        path.write_bytes(before)
    assert inputs() == first


def contents(course):
    """The grades, and a digest of each graded notebook."""
    with sqlite3.connect(f"file:{course.root / 'gradebook.db'}?mode=ro", uri=True) as database:
        grades = sorted(
            database.execute(
                "select student.id, base_cell.name, grade.auto_score, grade.needs_manual_grade from grade "
                "join base_cell on grade.cell_id = base_cell.id join submitted_notebook on grade.notebook_id = "
                "submitted_notebook.id join submitted_assignment on submitted_notebook.assignment_id = "
                "submitted_assignment.id join student on submitted_assignment.student_id = student.id"
            ),
            key=repr,
        )
    notebooks = {
        str(path.relative_to(course.root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(course.autograded.rglob("*.ipynb"))
    }
    return grades, notebooks


def command(course):
    [assignment] = course.assignments()
    return [sys.executable, "-m", "autograder", "grade", assignment, "--isolation", best_level(), "--json", "r.json"]


def written(course):
    """What its results say of each notebook, but for how long that took."""
    submissions = json.loads((course.root / "r.json").read_text())["submissions"]
    return [[{**notebook, "seconds": None, "memory": None} for notebook in one["notebooks"]] for one in submissions]


@pytest.mark.exhaustive
def test_killed_at_twenty_moments_it_ends_the_same(short, tmp_path):
    expected, killed = (Course(tmp_path / name) for name in ("expected", "killed"))
    for one in (expected, killed):
        shutil.copytree(short.root, one.root)
    began = time.monotonic()
    subprocess.run(command(expected), cwd=expected.root, stdout=subprocess.DEVNULL, check=True)
    whole = time.monotonic() - began
    moments = random.Random(231)
    for _ in range(20):
        # A run that comes to its end is undone, so that every kill meets work in progress.
        if len(list((killed.root / ".grading").rglob("*.json"))) == len(STUDENTS):
            shutil.rmtree(killed.root / ".grading")
        process = subprocess.Popen(
            command(killed), cwd=killed.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(moments.uniform(0.3, 1.0) * whole)
        process.kill()
        process.wait()
    subprocess.run(command(killed), cwd=killed.root, stdout=subprocess.DEVNULL, check=True)
    assert contents(killed) == contents(expected)
    assert written(killed) == written(expected)
    assert not leftovers(killed.root), "processes of a killed run are still there"


def leftovers(folder):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if Path(path / "cwd").resolve() == folder and path.name != "self":
                    found.append((path / "cmdline").read_bytes())
            except OSError:
                pass
        if not found:
            return []
        time.sleep(0.2)
    return found


@pytest.mark.exhaustive
def test_two_graders_at_once_end_the_same(handed_in, tmp_path):
    expected, shared = (Course(tmp_path / name) for name in ("expected", "shared"))
    for one in (expected, shared):
        shutil.copytree(handed_in.root, one.root)
    subprocess.run(command(expected), cwd=expected.root, stdout=subprocess.DEVNULL, check=True)
    both = [subprocess.Popen(command(shared), cwd=shared.root, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert contents(shared) == contents(expected)


def test_many_writers_of_one_gradebook(course):
    """Four at once, all for the same new students: what each writes first, the others must find."""
    write = (
        "import sys; from pathlib import Path; from autograder.course import Course\n"
        "from autograder.classroom.gradebook import GradebookWriter; "
        "from autograder.grading.results import SubmissionResult\n"
        "with GradebookWriter(Course(Path(sys.argv[1]))) as gradebook:\n"
        f"    for n in range(40): gradebook.record('{ASSIGNMENT}', SubmissionResult(f's{{n}}', 0, 0, 'graded', "
        "'', 0, []))"
    )
    writers = [subprocess.Popen([sys.executable, "-c", write, course.root], stderr=subprocess.PIPE) for _ in range(4)]
    assert [(writer.communicate()[1], writer.returncode) for writer in writers] == 4 * [(b"", 0)]
    with GradebookWriter(course) as gradebook:
        assert len(gradebook.gradebook.assignment_submissions(ASSIGNMENT)) == 40


def test_a_locked_gradebook_is_one_sentence(course, monkeypatch):
    result = grade.grade_submission(terms(course), "blaise")
    with GradebookWriter(course) as gradebook:
        gradebook.record(ASSIGNMENT, result)
        before = contents(course)
        gradebook.gradebook.db.connection().connection.driver_connection.execute("pragma busy_timeout = 100")
        with sqlite3.connect(course.root / "gradebook.db") as other:
            other.execute("begin exclusive")
            with pytest.raises(CourseError, match=r"^the gradebook could not be written: database is locked"):
                gradebook.record(ASSIGNMENT, replace(result, student="dora"))
            other.rollback()
        assert contents(course) == before
        gradebook.record(ASSIGNMENT, replace(result, student="dora"))  # and it goes on afterwards
    assert len(contents(course)[0]) == 2 * len(before[0])


@pytest.mark.exhaustive
def test_a_full_disk_is_one_sentence_and_costs_nothing(handed_in, tmp_path):
    """On a small file system of its own, which gets room again afterwards."""
    disk, expected = tmp_path / "disk", Course(tmp_path / "expected")
    shutil.copytree(handed_in.root, expected.root)
    subprocess.run(command(expected), cwd=expected.root, stdout=subprocess.DEVNULL, check=True)
    disk.mkdir()
    need = sum(path.stat().st_size for path in handed_in.root.rglob("*") if path.is_file()) // 1024
    grade_it = shlex.join(command(expected))
    script = f"""
        set -e
        mount -t tmpfs -o size={need + 20_000}k tmpfs {disk}
        cp -r {handed_in.root}/. {disk}
        cd {disk}
        head -c $(( $(df --output=avail -B1 . | tail -1) - {{}} )) /dev/zero > filler
        {grade_it} && exit 99 || echo "exit status $?"
        rm filler
        {grade_it}
        cp -r {disk} {tmp_path / "after"}"""
    for room in (150_000, 60_000):  # for the first hand-ins, and for none
        shutil.rmtree(tmp_path / "after", ignore_errors=True)
        run = subprocess.run(
            ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else []), "sh", "-c", script.format(room)],
            capture_output=True,
            text=True,
        )
        assert "Traceback" not in run.stderr + run.stdout, run.stderr
        assert re.search(r"autograder: .*(No space left on device|disk is full|disk I/O error)", run.stderr), run.stderr
        assert "exit status 2" in run.stdout and run.returncode == 0
        assert contents(Course(tmp_path / "after")) == contents(expected)


def test_a_record_bears_half_characters_and_steers_no_terminal(tmp_path):
    words = "\ud800 \x9b31m \u202e é"
    results = [SubmissionResult("ada", 0.0, 1.0, "failed", words)]
    write_results(tmp_path / "results.json", Course(tmp_path), "a", results)
    text = (tmp_path / "results.json").read_text(encoding="utf-8")
    assert text.isascii() and json.loads(text)["submissions"][0]["reason"] == words
