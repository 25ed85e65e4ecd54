"""What many tests look at, made once; and which tests a run begins with."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _pytest.mark.structures import ParameterSet
from filelock import FileLock
from hypothesis import settings

from autograder import cli
from autograder.authoring.new import new_course as course_from_template
from autograder.authoring.release import release
from autograder.classroom.gradebook import GradebookWriter
from autograder.classroom.record import grade_and_record
from autograder.course import Course
from autograder.grading.grade import grade_class
from autograder.grading.results import SubmissionResult
from autograder.sandbox.isolation import best_level
from autograder.terminal import Console
from autograder.tests.sample_class import ASSIGNMENT, SAMPLES, make_class, train_net

REPOSITORY = Path(__file__).parents[2]
SHARED = "AUTOGRADER_TESTS"  # names the folder with what is made once
# Files whose tests take longest, so that no processor waits for them at the end.
LONGEST = (
    "test_student_path.py",
    "test_browser.py",
    "test_fresh_machine.py",
    "test_attacks.py",
    "test_site.py",
    "test_pages.py",
    "test_ledger.py",
    "test_samples.py",
    "test_stock_nbgrader.py",
    "test_wheel.py",
    "test_variants.py",
    "test_misconceptions.py",
)

# What has more in it in a run with exhaustive tests: what holds of a part has to hold of the whole.
LARGER = {"battles", "rulings", "graded_class"}

settings.register_profile("no deadline", deadline=None)  # a busy machine is slow, and that is nobody's mistake
settings.load_profile("no deadline")


def pytest_configure(config: pytest.Config) -> None:
    """Tell the processes that test side by side to take one thread each, and where they find what was made for all."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    if SHARED not in os.environ:
        os.environ[SHARED] = tempfile.mkdtemp(prefix="autograder-tests-")
        config.add_cleanup(lambda: shutil.rmtree(os.environ.pop(SHARED), ignore_errors=True))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not LARGER.isdisjoint(item.fixturenames):
            item.add_marker("again")
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def asked(request: pytest.FixtureRequest, parameter: str) -> list[Any]:
    """What the tests of this run want to know from a fixture: the values of a parameter of those that use it.

    A class of hand-ins that is graded once for all tests of a module has only those in it that a test looks at.
    """
    values = [
        item.callspec.params[parameter]
        for item in request.session.items
        if item.path == request.path and {request.fixturename, parameter} <= set(item.fixturenames)
    ]
    return list({id(value): value for value in values}.values())


def quick(values: Iterable[Any], chosen: Callable[[Any], bool]) -> list[ParameterSet]:
    """The values of a parameter, or of several in a tuple, all but the chosen ones for exhaustive runs only."""
    return [
        pytest.param(
            *(value if isinstance(value, tuple) else (value,)), marks=() if chosen(value) else pytest.mark.exhaustive
        )
        for value in values
    ]


def every(step: int, values: Iterable[Any]) -> list[ParameterSet]:
    """The same, with one in `step` chosen."""
    values = list(values)
    chosen = {id(value) for value in values[::step]}
    return quick(values, lambda value: id(value) in chosen)


def made_once(name: str, make: Callable[[Path], object]) -> Path:
    """A folder for all processes that test side by side, filled by the first one that needs it."""
    folder = Path(os.environ[SHARED]) / name
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            half = folder.with_suffix(".half")
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir()
            make(half)
            half.rename(folder)
    return folder


def end_server(server: subprocess.Popen[Any]) -> None:
    """End a server of Jupyter's, which sometimes hangs after all its kernels have ended."""
    server.terminate()
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@pytest.fixture(scope="session")
def course() -> Course:
    """The repository's own course. Tests only read it."""
    return Course(REPOSITORY)


@pytest.fixture(scope="session")
def trained_net() -> tuple[dict[str, np.ndarray], str]:
    """A network that the reference trained on the data in use."""

    def make(folder: Path) -> None:
        (folder / "net.pickle").write_bytes(pickle.dumps(train_net(Course(REPOSITORY))))

    return pickle.loads((made_once("trained_net", make) / "net.pickle").read_bytes())


def new_course(folder: Path) -> Course:
    """A course of its own in `folder`, with one assignment of the repository's, released."""
    released = made_once("released", lambda made: release(Course(REPOSITORY).copied(made, ASSIGNMENT), ASSIGNMENT))
    shutil.copytree(released, folder, dirs_exist_ok=True)
    return Course(folder)


def graded_small_course(folder: Path) -> Course:
    """The course that `autograder new` makes, in a folder with a difficult name, with three hand-ins, graded."""

    def make(made: Path) -> None:
        course_from_template(made)
        course = Course(made)
        [released] = release(course, "first_steps")
        text = released.read_text(encoding="utf-8")
        for student, answer in (("ada", "(fahrenheit - 32) / 1.8"), ("bob", "fahrenheit"), ("zoë", None)):
            path = course.submitted / student / "first_steps" / "temperature.ipynb"
            path.parent.mkdir(parents=True)
            written = text.replace("# TODO: write your code here", f"celsius = {answer}") if answer else "{"
            path.write_text(written, encoding="utf-8")
        grade_and_record(course, "first_steps", [], Console(quiet=True), level=best_level())

    made = made_once("graded_small_course", make)
    shutil.copytree(made, folder / "Kürs ö x")
    return Course(folder / "Kürs ö x")


@pytest.fixture
def autograder(monkeypatch, capsys):
    """Type a command in a folder; gives the exit status and what was printed."""

    def typed(folder, *words):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["autograder", *words])
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return end.value.code, " ".join((out + err).split())

    return typed


# Of the sample class those that a run without the exhaustive tests looks at.
STUDENTS = ("reference", "loops", "einsum", "starter", "factor-two", "two-bugs", "peeking", "broken-file")


@dataclass
class GradedClass:
    course: Course
    results: dict[str, SubmissionResult]


@pytest.fixture(scope="session")
def graded_class(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    trained_net: tuple[dict[str, np.ndarray], str],
) -> GradedClass:
    """The class of `autograder demo`, or part of it, graded into a gradebook; a copy of one's own."""
    exhaustive = any(item.get_closest_marker("exhaustive") for item in request.session.items)

    def make(folder: Path) -> None:
        new = new_course(folder / "course")
        make_class(new, [sample for sample in SAMPLES if exhaustive or sample.student in STUDENTS], *trained_net)
        results = {}
        with GradebookWriter(new) as gradebook:
            for result in grade_class(new, ASSIGNMENT, new.students(ASSIGNMENT), step_seconds=15.0):
                gradebook.record(ASSIGNMENT, result)
                results[result.student] = result
        (folder / "results.pickle").write_bytes(pickle.dumps(results))

    made = made_once("graded_class", make)
    own = tmp_path_factory.mktemp("graded_class") / "course"
    shutil.copytree(made / "course", own)
    return GradedClass(Course(own), pickle.loads((made / "results.pickle").read_bytes()))


@dataclass(frozen=True)
class Environment:
    """A Python environment of its own."""

    folder: Path

    def python(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Run its Python in a folder, with nothing in its environment that would let it find the repository."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return subprocess.run(
            [self.folder / "bin" / "python", *words],
            cwd=folder,
            env=clean | {"COLUMNS": "200"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def autograder(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        """Run its command `autograder` in a folder."""
        return self.python(folder, str(self.folder / "bin" / "autograder"), *words)

    def install(self, *wheels: Path) -> None:
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "--python",
                self.folder / "bin" / "python",
                "install",
                "-q",
                "--no-deps",
                "--no-index",
                *wheels,
            ],
            check=True,
        )


@pytest.fixture(scope="session")
def wheels(tmp_path_factory) -> list[Path]:
    """Both packages' wheels, built from a copy, so that no folder build/ is left in the repository."""
    copy = tmp_path_factory.mktemp("wheels")
    for name in ("cs231n_utils", "autograder"):
        shutil.copytree(REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        subprocess.run(
            [sys.executable, "-c", "from setuptools import build_meta; build_meta.build_wheel('..')"],
            cwd=copy / name,
            capture_output=True,
            check=True,
        )
    return sorted(copy.glob("*.whl"))


@pytest.fixture(scope="session")
def new_environment(tmp_path_factory):
    """Make an environment with wheels and what they need, as this one has it: neither network nor time is spent."""

    def make(*wheels: Path) -> Environment:
        # Not pytest's folder itself, which is closed to the sandbox's user.
        environment = Environment(tmp_path_factory.mktemp("environment") / "venv")
        venv.create(environment.folder, symlinks=True)
        here = Path(sysconfig.get_path("purelib"))
        there = environment.folder / here.relative_to(sys.prefix)
        shutil.copytree(
            here,
            there,
            copy_function=_linked,
            dirs_exist_ok=True,
            ignore=shutil.ignore_patterns("__editable__*", "autograder*", "cs231n_utils*"),
        )
        shutil.copytree(Path(sys.prefix) / "share" / "jupyter", environment.folder / "share" / "jupyter")  # templates
        if wheels:
            environment.install(*wheels)
        return environment

    return make


@pytest.fixture(scope="session")
def installed(wheels, new_environment) -> Environment:
    """An environment with both packages from their wheels."""
    return new_environment(*wheels)


def _linked(source: str, target: str) -> None:
    """The same file under another name where the file system can do that; else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
