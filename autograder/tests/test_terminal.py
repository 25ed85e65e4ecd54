"""What commands say, where and how soon: to a person, a pipe, cron or a log, in whatever a terminal can show."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import subprocess
import sys
import time

import pytest
from conftest import graded_small_course

from autograder import cli, terminal
from autograder.classroom import record
from autograder.classroom.report import NARROW, print_class
from autograder.grading.grade import grade_submission
from autograder.grading.paper import Terms
from autograder.grading.results import CellResult, NotebookResult, SubmissionResult
from autograder.sandbox.isolation import best_level
from autograder.terminal import Console

GRADE = ("grade", "first_steps", "--isolation", best_level())
BROKEN = "zoë: could not be graded in full: temperature.ipynb is not a notebook: the file is broken JSON (line 1)"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return graded_small_course(tmp_path_factory.mktemp("terminal"))


def in_a_process(folder, *words, **environment):
    """Type a command; gives the exit status and the bytes on stdout and stderr."""
    run = subprocess.run(
        [sys.executable, "-m", "autograder", *words],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    assert b"Traceback" not in run.stdout + run.stderr, run.stderr
    return run.returncode, run.stdout, run.stderr


@pytest.fixture
def autograder(course, monkeypatch):
    """The same here, without waiting for jobs, with streams of an encoding."""

    def graded(course, assignment, students, jobs, level):
        terms = Terms(course, assignment, course.secret(), level)
        return (grade_submission(terms, student) for student in students)

    def typed(*words, encoding="utf-8"):
        with monkeypatch.context() as here:
            out, err = (io.TextIOWrapper(io.BytesIO(), encoding, write_through=True) for _ in range(2))
            here.setattr(sys, "stdout", out)
            here.setattr(sys, "stderr", err)
            here.setattr(sys, "argv", ["autograder", *words])
            here.setattr(record, "grade_class", graded)
            here.chdir(course.root)
            with pytest.raises(SystemExit) as end:
                cli.main()
            return end.value.code, out.buffer.getvalue(), err.buffer.getvalue()

    return typed


# Less, more, elsewhere


def test_a_quiet_grade_says_only_what_a_person_has_to_look_at_and_a_log_all(autograder, tmp_path):
    log = tmp_path / "grade.log"
    status, out, said = autograder("--quiet", "--log", str(log), *GRADE)
    assert (status, out, said.decode().splitlines()) == (1, b"", [BROKEN])
    autograder("--log", str(log), "export", "--format", "xlsx")
    lines = log.read_text(encoding="utf-8").splitlines()
    times, said = zip(*(line.split("  ", 1) for line in lines))
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", time) for time in times)
    assert said[0] == f"autograder --quiet --log {log} grade first_steps --isolation {best_level()}"
    assert {"graded ada: 2 / 2", "graded bob: 0 / 2", "failed zoë: 0 / 2"} <= {one.split(",")[0] for one in said}
    assert any("ada" in one and "all checks passed" in one for one in said) and BROKEN in said
    assert said[-4].startswith("exit status 1")
    assert said[-2:] == ("autograder: cannot export as 'xlsx': it is csv, json, questions or junit", "exit status 2")


def test_progress_for_a_program_is_a_line_of_json_for_each_hand_in(autograder):
    status, out, said = autograder(*GRADE, "--progress", "json")
    lines = [json.loads(line) for line in said.splitlines()]
    assert [(line["done"], line["total"]) for line in lines] == [(1, 3), (2, 3), (3, 3)]
    assert {line["student"]: (line["score"], line["max_score"], line["status"]) for line in lines} == {
        "ada": (2.0, 2.0, "graded"),
        "bob": (0.0, 2.0, "graded"),
        "zoë": (0.0, 2.0, "failed"),
    }
    assert status == 1 and b"all checks passed" in out


def test_no_bar_in_a_pipe(autograder):
    _, out, said = autograder(*GRADE)
    assert said == b"" and b"grading" not in out and b"loading" not in out


def test_a_log_on_a_full_disk_stops_nothing(autograder):
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full")
    status, out, said = autograder("--log", "/dev/full", "export")
    assert (
        status == 0 and b"ada" in out and said.decode().splitlines() == ["the log ends here: No space left on device"]
    )


# Soon

HEAVY = {"numpy", "matplotlib", "nbgrader", "IPython", "nbformat", "nbconvert", "sqlalchemy", "jsonschema"}
COMMANDS = (
    *("new", "release", "handout", "collect", "grade", "doctor", "feedback", "report", "export"),
    *("backup", "clean", "formgrader"),
)
SOON = [
    *(["--help"], ["--version"]),
    *([command, "--help"] for command in (*COMMANDS, "check", "demo")),
    *(["grade", "none"], ["feedback", "none"], ["release", "none"], ["check", "none"], ["collect", "none", "a.zip"]),
    *(["handout", "none"], ["report", "none"]),
    ["clean"],
]


def test_help_and_the_first_mistakes_need_no_large_library(course):
    code = f"""
import sys
from autograder import cli
for words in {SOON}:
    sys.argv = ["autograder", *words]
    try:
        cli.main()
    except SystemExit:
        pass
    assert not {HEAVY} & sys.modules.keys(), (words, {HEAVY} & sys.modules.keys())
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=course.root, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("words", [("export",), GRADE])
def test_a_terminal_shows_at_once_that_something_happens(course, words):
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-c", "import autograder.cli; print('ready', flush=True); autograder.cli.main()", *words],
        cwd=course.root,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm"},
    )
    try:
        assert run.stdout.readline() == b"ready\n"
        began, said = time.monotonic(), ""
        while "loading" not in said and time.monotonic() < began + 60:
            assert select.select([ours], [], [], 60)[0]
            said += os.read(ours, 1000).decode()
        first = time.monotonic() - began
        run.communicate()
        assert first < (time.monotonic() - began) / 2, said
    finally:
        os.close(theirs)
        os.close(ours)


# In whatever a terminal can show

COMMON = [GRADE, ("feedback", "first_steps"), ("release",), ("collect", "first_steps", "."), ("backup",), ("clean",)]
STATUS = {"grade": 1, "collect": 2}


@pytest.mark.parametrize("words", COMMON)
def test_a_terminal_without_umlauts_stops_nothing(autograder, words):
    status, out, said = autograder(*words, encoding="ascii")
    assert (out + said).isascii() and status == STATUS.get(words[0], 0), said


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    "environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}]
)
@pytest.mark.parametrize(
    "words",
    [*COMMON, *[("check",), ("doctor",), ("check", "--margins"), ("check", "--mutations"), ("check", "--diagnosis")]],
)
def test_nor_does_a_machine_without_them(course, words, environment):
    status, out, said = in_a_process(course.root, *words, **environment)
    assert (out + said).isascii() and status == STATUS.get(words[0], 0), said


def test_grades_are_the_same_bytes_whatever_the_terminal(autograder):
    grades = autograder("export")[1]
    assert "zoë".encode() in grades and autograder("export", encoding="ascii")[1] == grades


def test_what_we_print_ourselves_is_spelled_in_ascii():
    shown = [terminal._spelled_in_ascii(UnicodeEncodeError("ascii", one, 0, len(one), "no"))[0] for one in "✓✗…–’½ë"]
    assert shown == ["+", "x", "...", "-", "'", "1/2", "\\xeb"]


@pytest.mark.parametrize("width", [30, NARROW - 1, NARROW, 80, 200])
def test_a_class_fits_any_terminal(width, capsys):
    cells = [CellResult("to_celsius", 1.0, 2.0), CellResult("why", None, 3.0, True)]
    results = [
        SubmissionResult("ada", 1.0, 5.0, "graded", notebooks=[NotebookResult("temperature", "graded", cells=cells)]),
        SubmissionResult("zoë", 0.0, 5.0, "failed", "temperature.ipynb is not a notebook: the file is broken JSON"),
    ]
    print_class(Console(width=width), results)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width and len(lines) < 30
    words = " ".join(re.sub("[│┃]", " ", " ".join(lines)).split())
    for part in ("ada", "1 / 5", "all checks passed", "zoë", "0 / 5", "could"):
        assert part in words
