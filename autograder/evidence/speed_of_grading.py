"""How fast is a class graded? The reference's own hand-in, many times over, beside stock nbgrader on the same files.

    python -m autograder.evidence.speed grading growth

Each way has a course of its own, and gets the class as it was collected: no gradebook, nothing graded before. If the
command `otter` of otter-grader is on the path, with a Python that has cs231n_utils, it grades as well: each notebook by
tests that run its visible checks, since Otter's tests would be written from those.

What a sandbox ends by itself tells nobody how long it has used a processor. So processor seconds are the whole
machine's, and are left out where something else was running.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import isnan, nan
from pathlib import Path
from typing import NamedTuple

import psutil

from autograder.authoring.hand_in import filled_in, write_notebook
from autograder.authoring.notebook import grade_id_of, is_check, read_notebook
from autograder.authoring.release import release
from autograder.course import JUPYTER_CONFIG, Course
from autograder.evidence.tables import line
from autograder.proof.check import solved

ASSIGNMENT = "two_layer_net"
COUNT = 60  # hand-ins
FEW = 8  # for nbgrader, which takes some six seconds for each, one after the other
CLASSES = (50, 200, 1000)
LOOK_SECONDS = 0.5
QUIET = 0.1  # so many processors may be busy with something else


class Took(NamedTuple):
    """What a command took: seconds, the machine's processor seconds meanwhile, and the most memory that it and its jobs
    held, in bytes."""

    seconds: float
    processor: float
    memory: int


def grading() -> Iterator[str]:
    """A class of sixty by us, and parts of it by others."""
    yield (
        "| | hand-ins | seconds | hand-ins a minute | as fast as nbgrader "
        "| processor seconds for each | of nbgrader's |"
    )
    ways = [("nbgrader autograde", ["nbgrader", "autograde", ASSIGNMENT], FEW)]
    ways += [("otter run", [], FEW)] if shutil.which("otter") else []
    ways += [(f"autograder grade --jobs {jobs}", _grade(jobs), COUNT) for jobs in (1, 2)]
    first: tuple[float, float] | None = None
    for name, command, count in ways:
        with _class(count) as course:
            quiet = _is_quiet()
            took = _run(course, [sys.executable, "-m", *command]) if command else _otter(course, count)
        a_minute, each = 60 * count / took.seconds, took.processor / count if quiet else nan
        slowest, most = first = first or (a_minute, each)
        yield line(
            f"`{name}`",
            str(count),
            f"{took.seconds:.1f}",
            f"{a_minute:.0f}",
            f"{a_minute / slowest:.1f} times",
            *("–" if isnan(each / of) else form.format(each / of) for of, form in ((1, "{:.2f}"), (most, "{:.0%}"))),
        )


def growth() -> Iterator[str]:
    """Small and large classes: how long they take, and what they leave behind."""
    yield (
        "| hand-ins | seconds | seconds for each | memory of the grader and its jobs "
        "| on disk for each | `feedback`, seconds | `export`, seconds | `report`, seconds |"
    )
    for count in CLASSES:
        with _class(count) as course:
            before = _size(course.root)
            took = _run(course, [sys.executable, "-m", *_grade(2)])
            left = (_size(course.root) - before) / count
            after = [
                _run(course, [sys.executable, "-m", "autograder", *words]).seconds
                for words in (["feedback", ASSIGNMENT], ["export"], ["report", ASSIGNMENT])
            ]
        yield (
            f"| {count} | {took.seconds:.0f} | {took.seconds / count:.3f} | {took.memory / 2**20:.0f} MiB "
            f"| {left / 2**20:.2f} MiB | {after[0]:.0f} | {after[1]:.1f} | {after[2]:.1f} |"
        )


def _grade(jobs: int) -> list[str]:
    return ["autograder", "--quiet", "grade", ASSIGNMENT, "--jobs", str(jobs)]


@contextmanager
def _class(count: int) -> Iterator[Course]:
    """A course in a folder of its own, in which many students hand in what the solution has."""
    own = Course.find()
    with tempfile.TemporaryDirectory(prefix="speed-") as folder:
        course = own.copied(Path(folder), ASSIGNMENT)
        release(course, ASSIGNMENT)
        first = course.submitted / "student0000" / ASSIGNMENT
        for name in course.notebooks(ASSIGNMENT):
            released = read_notebook(course.released / ASSIGNMENT / f"{name}.ipynb")
            write_notebook(first / f"{name}.ipynb", filled_in(released, read_notebook(course.source(ASSIGNMENT, name))))
            solved(own, ASSIGNMENT, name, first)
        for number in range(1, count):
            shutil.copytree(first, course.submitted / f"student{number:04}" / ASSIGNMENT)
        yield course


OTTERS_TEST = """\
OK_FORMAT = False
from otter.test_files import test_case

name, points = {name!r}, 1


@test_case()
def test_it(env):
    exec({checks!r}, env)
"""


def _otter(course: Course, count: int) -> Took:
    """Grade the same hand-ins with `otter run`, one notebook after the other."""
    commands = []
    for name in course.notebooks(ASSIGNMENT):
        tests = course.root / "otter" / name / "tests"
        tests.mkdir(parents=True)
        (tests.parent / "requirements.txt").touch()
        for cell in filter(is_check, read_notebook(course.released / ASSIGNMENT / f"{name}.ipynb").cells):
            test = OTTERS_TEST.format(name=grade_id_of(cell), checks=cell.source)
            (tests / f"{grade_id_of(cell)}.py").write_text(test, encoding="utf-8")
        subprocess.run(
            ["otter", "generate", "-t", "tests", "-o", "key.zip"], cwd=tests.parent, capture_output=True, check=True
        )
        for student in course.students(ASSIGNMENT)[:count]:
            notebook = course.submitted / student / ASSIGNMENT / f"{name}.ipynb"
            commands.append(shlex.join(["otter", "run", "-a", str(tests.parent / "key.zip"), str(notebook)]))
    return _run(course, ["sh", "-ec", "\n".join(commands)])


def _run(course: Course, command: list[str]) -> Took:
    """Run a command in the course's folder, and look how much memory it holds meanwhile."""
    environment = {**os.environ, "JUPYTER_CONFIG_PATH": str(JUPYTER_CONFIG), "OMP_NUM_THREADS": "1"}
    began, spent, most = time.monotonic(), _processor_seconds(), 0
    process = subprocess.Popen(
        command, cwd=course.root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    while process.poll() is None:
        most = max(most, _memory(process.pid))
        try:
            _, said = process.communicate(timeout=LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    seconds, spent = time.monotonic() - began, _processor_seconds() - spent
    if process.returncode:
        raise ValueError(f"{' '.join(command)} ended with status {process.returncode}: {said.strip()[-300:]}")
    return Took(seconds, spent, most)


def _is_quiet() -> bool:
    """Whether this machine has nothing else to do, by a look of two seconds."""
    before = _processor_seconds()
    time.sleep(2)
    return _processor_seconds() - before < 2 * QUIET


def _processor_seconds() -> float:
    """What this machine's processors have spent on anything so far."""
    times = psutil.cpu_times()
    return float(sum(getattr(times, kind, 0.0) for kind in ("user", "nice", "system", "irq", "softirq")))


def _size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _memory(pid: int) -> int:
    """What a process and those it started itself hold; the notebooks' own processes are started by those."""
    held = 0
    try:
        process = psutil.Process(pid)
        for one in [process, *process.children()]:
            held += one.memory_info().rss - getattr(one.memory_info(), "shared", 0)
    except psutil.Error:  # it has just ended
        pass
    return held
