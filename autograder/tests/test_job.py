"""A job may hang, crash or ask for all memory: what it was at is known, and nothing else is lost."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from autograder.grading.job import Jobs, Lost, at

SECONDS = 60.0


def double(number: int) -> int:
    at(f"doubling {number}")
    return 2 * number


def fail(words: str) -> None:
    raise ValueError(words)


def fail_oddly() -> None:
    class Odd(Exception):
        pass

    raise Odd(lambda: 0)


class Unreadable(Exception):
    def __init__(self, words: str, more: object):
        super().__init__(words)


def fail_unreadably() -> None:
    raise Unreadable("it can be pickled, but not read again", 1)


def fail_at_length() -> None:
    raise ValueError("x" * 2**22)


def fail_deeply() -> None:
    nested: list = []
    for _ in range(5000):
        nested = [nested]
    raise ValueError(nested)


def take_memory() -> float:
    at("taking memory")
    return float(np.ones(2**28).sum())


def crash() -> None:
    at("crashing")
    ctypes.string_at(0)


def kill_itself() -> None:
    at("ending")
    os.kill(os.getpid(), signal.SIGKILL)


def compute() -> int:
    at("computing")
    return 7 ** (7**9)  # in C, where no signal is looked at


def sleep(seconds: float) -> str:
    at("sleeping")
    time.sleep(seconds)
    return tempfile.mkdtemp()


def work_and_tell(parts: int) -> int:
    """More work than one job may do at a stretch, in pieces."""
    for part in range(parts):
        at(part)
        began = time.process_time()
        while time.process_time() - began < 0.4:
            pass
    return parts


def outcomes(*work, count=2, **limits):
    with Jobs(count, **{"seconds": SECONDS, **limits}) as jobs:
        for number, (function, *arguments) in enumerate(work):
            jobs.submit(number, function, *arguments)
        return dict(jobs.results())


def test_values_and_exceptions_come_back_under_their_keys():
    found = outcomes((double, 3), (fail, "no"), (double, 5), (fail_oddly,))
    assert (found[0], found[2]) == (6, 10)
    assert isinstance(found[1], ValueError) and str(found[1]) == "no"
    assert isinstance(found[3], RuntimeError) and "Odd" in str(found[3])


@pytest.mark.parametrize("function", [fail_unreadably, fail_at_length, fail_deeply])
def test_an_exception_that_the_parent_cannot_read_stops_nothing(function):
    found = outcomes((function,), (double, 5), count=1)
    assert type(found[0]) is RuntimeError and len(str(found[0])) <= 1000 and found[1] == 10


@pytest.mark.parametrize(
    ("function", "place", "reason"),
    [
        (take_memory, "taking memory", "needed more than 512 MiB of memory"),
        (crash, "crashing", "was ended by SIGSEGV"),
        (kill_itself, "ending", "was ended by SIGKILL"),
        (compute, "computing", "took more than 4 seconds of processor time"),
    ],
)
def test_what_a_lost_job_was_at_is_known_and_the_others_go_on(function, place, reason):
    found = outcomes((double, 1), (function,), *((double, n) for n in range(2, 6)), work_seconds=4.0, memory=2**29)
    lost = found.pop(1)
    assert isinstance(lost, Lost) and (lost.place, lost.reason) == (place, reason)
    assert 0 <= lost.seconds <= lost.whole < SECONDS
    assert sorted(found.values()) == [2, 4, 6, 8, 10]


def test_waiting_is_no_work_but_there_is_an_end_to_it():
    with Jobs(2, SECONDS) as jobs:
        for number in range(2):  # so that both have started
            jobs.submit(number, sleep, 0.0)
        assert len(list(jobs.results())) == 2
        jobs.work_seconds = 1.0
        jobs.submit("nap", sleep, 3.0)
        assert isinstance(dict(jobs.results())["nap"], str)
        jobs.seconds = 4.0
        jobs.submit("long", sleep, 600.0)
        jobs.submit("short", sleep, 0.0)
        found = dict(jobs.results())
    assert found["long"].reason == "took more than 4 seconds" and isinstance(found["short"], str)


def test_a_job_that_says_where_it_is_may_work_for_longer():
    assert outcomes((work_and_tell, 6), work_seconds=1.5) == {0: 6}


def test_more_work_may_come_while_results_are_taken():
    with Jobs(1, SECONDS) as jobs:
        jobs.submit("first", double, 1)
        found = []
        for key, value in jobs.results():
            found.append((key, value))
            if key == "first":
                jobs.submit("second", double, value)
    assert found == [("first", 2), ("second", 4)]


def test_nothing_is_left_behind():
    before = set(psutil.Process().children(recursive=True))
    with Jobs(2, SECONDS) as jobs:
        for number in range(2):
            jobs.submit(number, sleep, 0.0)
        folders = [Path(folder) for _, folder in jobs.results()]
        assert all(folder.is_dir() and folder.parent.name.startswith("grading-") for folder in folders)
    assert not any(folder.parent.exists() for folder in folders)
    left = {
        child
        for child in set(psutil.Process().children(recursive=True)) - before
        if "resource_tracker" not in " ".join(child.cmdline())
    }
    assert left == set()


COMMAND = """
import operator
from autograder.grading.job import Jobs
if __name__ == "__main__":
    with Jobs(1, seconds=60.0) as jobs:
        jobs.submit("product", operator.mul, 6, 7)
        print(dict(jobs.results()))
"""


def started(command, where, temporary):
    """What a command with a job prints when it is started in one folder, with another one for temporary files."""
    command.write_text(COMMAND, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONSAFEPATH"}
    done = subprocess.run(
        [sys.executable, str(command)],
        cwd=where,
        capture_output=True,
        text=True,
        env=environment | {"TMPDIR": str(temporary)},
    )
    return done.stdout + done.stderr


@pytest.fixture
def short():
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # pytest's own may lie deep already
        yield folder


@pytest.mark.parametrize("length", [64, 65, 100, 200])
def test_the_temporary_folder_may_lie_deep(tmp_path, short, length):
    folder = Path(short, "x" * (length - len(short) - 1))
    folder.mkdir()
    assert started(tmp_path / "command.py", tmp_path, folder) == "{'product': 42}\n"
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("depth", [5, 100])  # below a deep temporary folder, jobs are started in another way
def test_nothing_is_imported_from_where_one_is(tmp_path, short, depth):
    here, folder = tmp_path / "course", Path(short, "x" * depth)
    folder.mkdir()
    for name in ("autograder", "multiprocessing", "json", "random"):
        (here / name).mkdir(parents=True)
        (here / name / "__init__.py").write_text("raise RuntimeError('from where one is')", encoding="utf-8")
    assert started(tmp_path / "command.py", here, folder) == "{'product': 42}\n"
