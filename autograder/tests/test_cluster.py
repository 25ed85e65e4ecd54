"""A class graded by a real scheduler and four workers, of which one is killed in the middle and one hangs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from conftest import graded_small_course

from autograder.classroom.record import grade_and_record
from autograder.course import Course, CourseError
from autograder.grading import cluster
from autograder.grading.cluster import grade_on_cluster
from autograder.grading.grade import grade_class
from autograder.grading.ledger import key_of, recall
from autograder.grading.paper import Paper
from autograder.grading.results import SubmissionResult
from autograder.sandbox.isolation import best_level
from autograder.terminal import Console
from autograder.tests.test_best import RIGHT, WRONG, hand_in, with_settings

ASSIGNMENT = "first_steps"
TTL = "8s"  # after which the scheduler gives up a worker that says nothing

pytestmark = pytest.mark.exhaustive


def start(*words, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]],
        env=os.environ | {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": TTL, "OMP_NUM_THREADS": "1"} | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def end(process):
    for sent in (signal.SIGCONT, signal.SIGKILL):
        try:
            os.killpg(process.pid, sent)
        except ProcessLookupError:
            pass
    process.wait()


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """A scheduler's address, and a function that starts a worker of it."""
    folder, started = tmp_path_factory.mktemp("dask"), []
    file = folder / "scheduler.json"
    started.append(start("dask_scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)))
    while not file.exists():
        time.sleep(0.1)
    from distributed import Client

    with Client(scheduler_file=str(file)) as client:
        address = client.scheduler.address

    def worker(*options, count=1):
        new = [
            start(
                "dask_worker", address, "--nthreads", "1", "--no-dashboard", "--local-directory", str(folder), *options
            )
            for _ in range(count)
        ]
        started.extend(new)
        with Client(address) as client:
            while len(client.scheduler_info(n_workers=-1)["workers"]) < sum(p.poll() is None for p in started) - 1:
                time.sleep(0.1)
        return new

    yield address, worker
    for process in reversed(started):
        end(process)


@pytest.fixture
def course(tmp_path):
    """A class of twelve: right, wrong and broken hand-ins, and one that ends its process."""
    course = graded_small_course(tmp_path)
    for student in list(course.students(ASSIGNMENT)):
        for copy in range(3):
            shutil.copytree(course.submitted / student, course.submitted / f"{student}{copy}")
    path = course.submitted / "ada0" / ASSIGNMENT / "temperature.ipynb"
    path.write_text(
        path.read_text(encoding="utf-8").replace("(fahrenheit - 32)", "exit() or (fahrenheit - 32)"), "utf-8"
    )
    shutil.rmtree(course.autograded)
    shutil.rmtree(course.root / ".grading" / ASSIGNMENT)
    return course


def pages(course):
    return {path.relative_to(course.root): path.read_text("utf-8") for path in course.autograded.rglob("*.ipynb")}


def without_seconds(results):
    return {one.student: replace(one, seconds=0.0) for one in results}


def test_a_worker_that_is_killed_and_one_that_hangs_change_nothing(course, scheduler):
    address, worker = scheduler
    here = Course(course.root.parent / "here")
    shutil.copytree(course.root, here.root)
    students = course.students(ASSIGNMENT)
    expected = without_seconds(grade_class(here, ASSIGNMENT, students, level=best_level()))

    killed, hung, *_ = worker("--no-nanny", count=4)
    found: list[SubmissionResult] = []
    for result in grade_on_cluster(course, ASSIGNMENT, students, address, level=best_level()):
        if not found:
            end(killed)
            os.killpg(hung.pid, signal.SIGSTOP)
        found.append(result)
    assert sorted(one.student for one in found) == sorted(students)  # none twice, none lost
    assert without_seconds(found) == expected
    assert pages(course) == pages(here)
    terms = cluster.terms_of(course, ASSIGNMENT, best_level())
    kept = [Paper(terms, student, "temperature") for student in students]
    assert all(recall(paper, key_of(paper)) is not None for paper in kept)  # the next run has nothing to do
    end(hung)


def test_what_is_graded_already_is_not_sent(course, scheduler, monkeypatch):
    address, worker = scheduler
    worker("--no-nanny")
    students = course.students(ASSIGNMENT)[:2]
    first = without_seconds(grade_on_cluster(course, ASSIGNMENT, students, address, level=best_level()))
    monkeypatch.setattr(cluster, "_files", lambda *_: pytest.fail("it was sent"))
    assert without_seconds(grade_on_cluster(course, ASSIGNMENT, students, address, level=best_level())) == first


def test_the_best_attempt_is_found_there_too(course, scheduler):
    address, worker = scheduler
    worker("--no-nanny")
    with_settings(course)
    for hour, answer in ((9, RIGHT), (10, WRONG)):
        hand_in(course, "ada", hour, answer)
    [result] = grade_and_record(course, ASSIGNMENT, ["ada"], Console(quiet=True), dask=address, level=best_level())
    assert [(one.score, one.counts) for one in result.attempts] == [(2.0, True), (0.0, False)] and result.score == 2
    assert RIGHT in (course.submitted / "ada" / ASSIGNMENT / "temperature.ipynb").read_text(encoding="utf-8")


def test_a_hand_in_that_is_no_plain_folder_is_graded_here(course, scheduler, tmp_path):
    address, worker = scheduler
    worker("--no-nanny")
    shutil.move(course.submitted / "bob", tmp_path / "elsewhere")
    (course.submitted / "bob").symlink_to(tmp_path / "elsewhere")
    (result,) = grade_on_cluster(course, ASSIGNMENT, ["bob"], address, level=best_level())
    assert result.status == "failed" and "link" in result.reason


def test_a_worker_that_may_not_grade_is_said(course, scheduler, monkeypatch):
    address, worker = scheduler
    (nanny,) = worker("--nanny")
    with pytest.raises(CourseError, match="start it with --no-nanny"):
        list(grade_on_cluster(course, ASSIGNMENT, ["ada"], address, level=best_level()))
    end(nanny)
    time.sleep(1)
    monkeypatch.setattr(cluster, "versions", lambda: "others")
    with pytest.raises(CourseError, match="Python or a package is not the same there as here"):
        list(grade_on_cluster(course, ASSIGNMENT, ["ada"], address, level=best_level()))


def test_a_worker_gets_what_grading_needs_and_nothing_else(course, tmp_path):
    import io
    import tarfile

    (course.solutions / "another").mkdir()
    (course.solutions / "another" / "exam.ipynb").write_text("{}", "utf-8")
    with tarfile.open(fileobj=io.BytesIO(cluster._packed(course, ASSIGNMENT))) as archive:
        names = archive.getnames()
    assert f"solutions/{ASSIGNMENT}/temperature.ipynb" in names and ".autograder-secret" in names
    assert not [
        name for name in names if name.startswith(("gradebook", "submitted", "autograded", "solutions/another"))
    ]


def test_a_scheduler_that_is_not_there_is_one_sentence(course, autograder):
    status, said = autograder(course.root, "grade", ASSIGNMENT, "--dask", "tcp://127.0.0.1:9")
    assert status == 2 and "no Dask scheduler can be reached at tcp://127.0.0.1:9" in said and said.count("\n") <= 2
