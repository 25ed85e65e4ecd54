"""Gradescope grades as we do: the zip is what it documents, and the solution is out of a hand-in's reach there, too.

The last test runs the zip as Gradescope's harness does, in a root of its own: with the rights that Docker leaves to
root, and its ban on namespaces.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import graded_small_course

from autograder.authoring.new import new_course
from autograder.authoring.release import release
from autograder.classroom import gradescope, on_gradescope, wheels
from autograder.classroom.gradescope import package_for_gradescope
from autograder.classroom.picking import Picked
from autograder.course import Course, CourseError
from autograder.grading.results import CellResult, CheckResult, NotebookResult, SubmissionResult
from autograder.sandbox import isolation

ASSIGNMENT = "first_steps"
TODO, RIGHT = "# TODO: write your code here", "celsius = (fahrenheit - 32) / 1.8"
METADATA = {"id": 7, "users": [{"email": "ada@example.org", "id": 1, "name": "Ada"}], "previous_submissions": []}
# What the specification has, and its values where it lists them.
TOP = {"score", "execution_time", "output", "output_format", "test_output_format", "test_name_format", "visibility"}
TOP |= {"stdout_visibility", "extra_data", "tests", "leaderboard"}
TEST = {"score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags"}
TEST |= {"visibility", "extra_data"}
SEEN = {"hidden", "after_due_date", "after_published", "visible"}


@pytest.fixture
def small(tmp_path):
    """A new course with a package of its own, released; and what must not leave it."""
    new_course(tmp_path / "Kürs", "kurs_eins")
    course = Course(tmp_path / "Kürs")
    release(course, ASSIGNMENT)
    (course.root / "roster").mkdir()
    (course.root / "roster" / "students.csv").write_text("id,name\nada,Ada Lovelace\n", encoding="utf-8")
    (course.submitted / "ada" / ASSIGNMENT).mkdir(parents=True)
    (course.submitted / "ada" / ASSIGNMENT / "temperature.ipynb").write_text("{}", encoding="utf-8")
    return course


def checked(content):
    """A results.json by the specification, as far as it says what is allowed."""
    assert set(content) <= TOP and isinstance(content["score"], float)
    assert content["output_format"] == "text" and content.get("visibility", "visible") in SEEN
    for test in content["tests"]:
        assert set(test) <= TEST and test["status"] in ("passed", "failed") and test["visibility"] in SEEN
        assert isinstance(test["name"], str) and isinstance(test["output"], str)
    return content


def test_the_zip_has_what_gradescope_wants_and_nothing_about_students(small, monkeypatch):
    monkeypatch.setattr(gradescope, "own_wheels", lambda folder: [])  # which takes long
    monkeypatch.setattr(gradescope, "_try", lambda *words: None)
    files = package_for_gradescope(small, ASSIGNMENT, hints=1, visibility="visible")
    path = small.root / "package" / f"gradescope-{ASSIGNMENT}.zip"
    with zipfile.ZipFile(path) as archive:
        found = {one.filename: archive.read(one) for one in archive.infolist()}
        modes = {one.filename: one.external_attr >> 16 for one in archive.infolist()}
    assert sorted(found) == sorted(map(str, files))
    assert all(stat.S_IMODE(modes[name]) == 0o755 for name in ("setup.sh", "run_autograder"))
    assert found["run_autograder"].startswith(b"#!") and b"--visibility visible --hints 1 " in found["run_autograder"]
    assert f"course/solutions/{ASSIGNMENT}/temperature.ipynb" in found
    assert not [name for name in found if {"submitted", "roster", "gradebook.db"} & {*Path(name).parts}]
    everything = b"".join(found.values())
    assert b"Lovelace" not in everything and small.secret() not in everything
    before = path.read_bytes()
    package_for_gradescope(small, ASSIGNMENT, hints=1, visibility="visible")
    assert path.read_bytes() == before


def test_bad_wishes_are_answered_in_a_sentence(small):
    with pytest.raises(CourseError, match="no visibility 'always' on Gradescope: choose visible, after_due_date"):
        package_for_gradescope(small, ASSIGNMENT, visibility="always")
    small.source(ASSIGNMENT, "temperature").write_text(
        small.source(ASSIGNMENT, "temperature").read_text(encoding="utf-8").replace("A thermometer", "One thermometer"),
        encoding="utf-8",
    )
    with pytest.raises(CourseError, match="run `autograder release` first"):
        package_for_gradescope(small, ASSIGNMENT)


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """A course as it is on Gradescope."""
    course = graded_small_course(tmp_path_factory.mktemp("gradescope"))
    (course.root / on_gradescope.ASSIGNMENT).write_text(f"{ASSIGNMENT}\n", encoding="utf-8")
    return course


def handed_in(there, folder, answer, name="temperature.ipynb"):
    text = (there.released / ASSIGNMENT / "temperature.ipynb").read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text.replace(TODO, answer), encoding="utf-8")


def test_a_hand_in_is_found_and_graded_wherever_it_lies(there, tmp_path):
    handed_in(there, tmp_path / "up" / "inner", "celsius = fahrenheit - 32 * 5 / 9", "temperature (1).ipynb")
    content = checked(on_gradescope.results(there, tmp_path / "up", "ada@example.org", "process", "visible", 3))
    assert content["score"] == 0.0 and "temperature.ipynb is called 'temperature (1).ipynb'" in content["output"]
    about, check = content["tests"]
    assert (about["status"], about["visibility"], check["visibility"]) == ("passed", "visible", "visible")
    assert (check["score"], check["max_score"]) == (0.0, 2.0) and "Subtract 32 first" in check["output"]


def test_what_is_no_hand_in_is_told_to_the_student(there, tmp_path):
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    content = checked(on_gradescope.results(there, tmp_path, "ada", "process"))
    assert content["score"] == 0.0 and "it holds no file of first_steps: temperature.ipynb" in content["output"]


def test_whatever_happens_gradescope_gets_results(there, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(on_gradescope, "level_here", lambda course: 1 / 0)
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "course").symlink_to(there.root)
    on_gradescope.main([str(tmp_path)])
    content = checked(json.loads((tmp_path / "results" / "results.json").read_text()))
    assert content["score"] == 0.0 and "not your fault" in content["output"]
    assert "ZeroDivisionError" in capsys.readouterr().out and "Zero" not in str(content)


def test_points_of_a_person_are_left_open_and_tampering_is_for_instructors():
    checks = [CheckResult("a", "A", True, 1.0), CheckResult("b", "B", False, 2.0, "\x1b[31mno", None, [], ["1", "2"])]
    cells = [CellResult("f", 1.0, 3.0, False, checks), CellResult("why", None, 4.0, True)]
    cells += [CellResult("late", None, 1.0, True, [CheckResult("c", "C", False, 1.0, "no time")])]
    notebook = NotebookResult("n", "failed", "it was slow", ["a remark"], ["os.system"], cells)
    result = SubmissionResult("ada", 1.0, 8.0, "failed", "", 0.0, [notebook])
    content = checked(on_gradescope.in_gradescopes_format(result, Picked(), "after_published", 1))
    about, good, bad, late, tamper = content["tests"]
    assert content["score"] == 1.0 and content["output"] == "A person decides on 5 points: why, late."
    assert about["output"] == "it was slow\na remark" and about["status"] == "failed"
    assert (good["score"], bad["score"], bad["visibility"]) == (1.0, 0.0, "after_published") and "score" not in late
    assert bad["output"] == "no\nHint 1, where to look: 1"
    assert tamper["visibility"] == "hidden" and "score" not in tamper


@pytest.mark.parametrize(
    "text, name",
    [
        (json.dumps(METADATA), "ada@example.org"),
        (json.dumps({"users": [{"email": "../../etc"}]}), "student"),
        ("[]", "student"),
        ("{", "student"),
    ],
)
def test_a_name_is_taken_from_the_metadata_if_it_is_one(text, name, tmp_path):
    (tmp_path / "m.json").write_text(text)
    assert on_gradescope.student_of(tmp_path / "m.json") == name


def test_level_user_wants_a_closed_course(small, monkeypatch):
    monkeypatch.setattr(isolation, "user_works", lambda: None)
    for path in (small.root, *small.root.parents[:2]):
        path.chmod(0o755)
    monkeypatch.setattr(isolation, "is_closed", lambda path: not small.root.stat().st_mode & 1)
    with pytest.raises(CourseError, match=r"must be closed to other users: chmod go= "):
        isolation.require_level("user", small.settings)
    small.root.chmod(0o700)
    isolation.require_level("user", small.settings)


def test_a_folder_is_closed_if_one_above_it_is(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    tmp_path.joinpath("a").chmod(0o700)
    inner.chmod(0o755)
    assert isolation.is_closed(inner) and not isolation.is_closed(Path("/usr"))


def test_an_installed_package_is_packed_again(tmp_path):
    wheel = wheels._pack_again("iniconfig", tmp_path)
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", tmp_path / "there"]
    subprocess.run([*install, wheel], check=True)
    code = "import iniconfig; from importlib.metadata import version; print(iniconfig.__file__, version('iniconfig'))"
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(tmp_path / "there")}, capture_output=True, text=True
    )
    assert str(tmp_path) in done.stdout, done


# As Gradescope's harness does it

# What Docker leaves to root, and the system calls that its profile forbids to whoever may not mount.
RIGHTS = "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE NET_RAW MKNOD SETFCAP SETGID SETPCAP SETUID SYS_CHROOT"
CLONE, UNSHARE, CLONE3, NAMESPACES = 56, 272, 435, 0x7E020000  # on x86-64
ALLOW, NOT_PERMITTED, NOT_KNOWN = 0x7FFF0000, 0x50001, 0x50026


def no_namespaces():
    load, equal, any_bit, answer = 0x20, 0x15, 0x45, 0x06
    program = [(load, 0, 0, 0), (equal, 0, 1, UNSHARE), (answer, 0, 0, NOT_PERMITTED)]
    program += [(equal, 0, 1, CLONE3), (answer, 0, 0, NOT_KNOWN), (equal, 0, 3, CLONE), (load, 0, 0, 16)]
    program += [(any_bit, 0, 1, NAMESPACES), (answer, 0, 0, NOT_PERMITTED), (answer, 0, 0, ALLOW)]
    return b"".join(struct.pack("<HBBI", *one) for one in program)


class Container:
    """A root with a system's programs, a Python, and /autograder as Gradescope lays it out."""

    def __init__(self, root, package):
        self.root, self.home = root, root / "autograder"
        for name in ("autograder/submission", "autograder/results", "root", "opt", "etc", "packages"):
            (root / name).mkdir(parents=True)
        (root / "etc" / "passwd").write_text("root:x:0:0:root:/root:/bin/bash\n")
        for name in ("bin", "lib", "lib64", "sbin"):
            (root / name).symlink_to(f"usr/{name}")
        subprocess.run(["unzip", "-q", package, "-d", self.home / "source"], check=True)
        shutil.copy(self.home / "source" / "run_autograder", self.home)
        # What comes over the network there is fetched here.
        pins = (self.home / "source" / "requirements.txt").read_text().splitlines(True)
        (root / "pins.txt").write_text("".join(line for line in pins if not line.startswith("./")))
        fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-r", root / "pins.txt"]
        subprocess.run([*fetch, "-d", root / "packages"], check=True, capture_output=True)

    def run(self, *words):
        """Run a command as root in it; gives what it printed."""
        read, write = os.pipe()
        os.write(write, no_namespaces())
        os.close(write)
        seen = {"/usr": "/usr", "/python": sys.base_prefix, "/etc/alternatives": "/etc/alternatives"}
        variables = {"PATH": "/python/bin:/usr/sbin:/usr/bin", "LD_LIBRARY_PATH": "/python/lib", "HOME": "/root"}
        variables |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/packages", "COLUMNS": "200"}
        command = ["bwrap", "--bind", self.root, "/", "--proc", "/proc", "--dev", "/dev", "--perms", "1777"]
        command += ["--tmpfs", "/tmp", "--unshare-pid", "--unshare-ipc", "--unshare-net", "--clearenv"]
        for inside, outside in seen.items():
            command += ["--ro-bind", outside, inside]
        for name, value in variables.items():
            command += ["--setenv", name, value]
        command += ["--cap-drop", "ALL"]
        for right in RIGHTS.split():
            command += ["--cap-add", f"CAP_{right}"]
        command += ["--seccomp", str(read), "--chdir", "/autograder", "--", *words]
        output = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        done = subprocess.run(command, pass_fds=[read], **output)
        os.close(read)
        return done

    def grade(self):
        """What Gradescope would read for what is in submission/."""
        (self.home / "results" / "results.json").unlink(missing_ok=True)
        done = self.run("/autograder/run_autograder")
        assert done.returncode == 0, done.stdout
        return checked(json.loads((self.home / "results" / "results.json").read_text()))


# Right, as long as nothing that it has no business with can be read or written.
CURIOUS = """import glob, os
    celsius = (fahrenheit - 32) / 1.8
    for path in ('/autograder/source', '/autograder/submission_metadata.json', '/autograder/results/results.json'):
        try:
            os.listdir(path) if path.endswith('source') else open(path).read()
            celsius = None
        except PermissionError:
            pass
    if os.getuid() == 0 or glob.glob('/autograder/*'):
        celsius = None"""


@pytest.mark.exhaustive
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_in_a_container_like_gradescopes_the_solution_is_out_of_reach(small, tmp_path):
    package_for_gradescope(small, ASSIGNMENT)
    there = Container(tmp_path / "root", small.root / "package" / f"gradescope-{ASSIGNMENT}.zip")
    done = there.run("bash", "/autograder/source/setup.sh")
    assert done.returncode == 0 and "Operation not permitted" in done.stdout, done.stdout
    (there.home / "submission_metadata.json").write_text(json.dumps(METADATA))
    handed_in(small, there.home / "submission", json.dumps(CURIOUS)[1:-1])
    content = there.grade()
    assert content["score"] == 2.0, content
    said = there.run("/opt/autograder/bin/autograder", "doctor").stdout
    [key] = [line for line in said.splitlines() if "the answer key" in line]
    assert key.split()[:5] == ["–", "✓", "holds", "✗", "open"], said
    (there.home / "submission" / "temperature.ipynb").unlink()
    assert "holds no file of first_steps" in there.grade()["output"]
    (there.root / "opt" / "autograder" / "bin" / "python").unlink()
    (there.home / "results" / "results.json").unlink()
    there.run("/autograder/run_autograder")
    assert "Grading was stopped" in (there.home / "results" / "results.json").read_text()
