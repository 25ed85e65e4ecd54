"""A class graded on an existing Dask cluster: each worker is a grader, on a copy of what grading needs.

A worker gets the assignment's solutions, settings and releases, the course's secret, and one hand-in at a time: it is
trusted as this machine is, and isolates hand-ins as this machine does. It never gets the gradebook, nor other
assignments. What it finds, and the graded notebooks, come back and are written here. A hand-in whose worker is lost is
given to another one.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import multiprocessing
import os
import shutil
import tarfile
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from distributed import Client, KilledWorker, WorkerPlugin, as_completed, get_worker

from autograder.course import SECRET_FILE, Course, CourseError
from autograder.database import without_address
from autograder.grading.grade import grade_class, not_graded, seconds_of, submission_of, terms_of
from autograder.grading.job import Jobs, for_grading
from autograder.grading.ledger import Key, grader_files, key_of, recall, remember, versions
from autograder.grading.paper import Paper, Terms
from autograder.grading.results import SubmissionResult, notebook_from_json, write_atomically
from autograder.settings import FILE

MAX_BYTES = 2**26  # of a hand-in that is sent; a larger one is graded here
CONNECT_SECONDS = 10


class Sent(NamedTuple):
    """One notebook as it comes back: its result, the graded notebook, and whether that result may be used again."""

    result: dict[str, Any]
    graded: str
    lasting: bool


class Graded(NamedTuple):
    """What a worker sends back of a hand-in."""

    status: str
    reason: str
    seconds: float
    notebooks: list[Sent]


def grade_on_cluster(
    course: Course,
    assignment: str,
    students: list[str],
    address: str,
    level: str | None = None,
    step_seconds: float | None = None,
    notebook_seconds: float | None = None,
) -> Iterator[SubmissionResult]:
    """Grade many hand-ins on a cluster; yields each result as it is ready, as `grade_class` does.

    Parameters
    ----------
    address : str
        Of the scheduler: "tcp://10.0.0.1:8786".
    level, step_seconds, notebook_seconds
        As of `grade_class`.

    Raises
    ------
    CourseError
        If the cluster cannot be reached or has no workers, one of them differs from this machine in what grading
        depends on, or the assignment itself cannot be graded.
    """
    terms = terms_of(course, assignment, level, step_seconds, notebook_seconds)
    here = []
    with _connected(address) as client:
        plugin = _Assignment(_packed(course, assignment), fingerprint(course, assignment), terms.level)
        _installed(client, plugin)
        waiting: dict[Any, tuple[str, list[Key]]] = {}  # each student, and the keys of what was sent
        for student in students:
            keys = [key_of(paper) for paper in _papers(terms, student)]
            known = [recall(paper, key) for paper, key in zip(_papers(terms, student), keys)]
            if all(one is not None for one in known):
                yield submission_of(student, [one for one in known if one is not None])
            elif (files := _files(terms, student)) is None:
                here.append(student)
            else:
                options = (assignment, terms.level, terms.step_seconds, terms.notebook_seconds)
                future = client.submit(grade_there, plugin.name, student, files, *options, pure=False)
                waiting[future] = student, keys
        try:
            for future in as_completed(waiting, loop=client.loop):
                yield _result(terms, *waiting[future], future)
        except BaseException:
            with contextlib.suppress(Exception):
                client.cancel(list(waiting), force=True)
            raise
    yield from grade_class(course, assignment, here, None, step_seconds, terms.level, notebook_seconds) if here else ()


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Client]:
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CourseError(f"no Dask scheduler can be reached at {address} ({error})") from None
    with client:
        if not client.scheduler_info()["workers"]:
            raise CourseError(
                f"the Dask scheduler at {address} has no workers: start some with `dask worker {address}`"
            )
        yield client


def _installed(client: Client, plugin: _Assignment) -> None:
    """Give every worker, and those that come later, what grading needs; refuse if one differs from this machine.

    Raises
    ------
    CourseError
    """
    for worker, answer in client.register_plugin(plugin).items():
        if answer.get("status") == "error":
            raise CourseError(f"the Dask worker {worker} cannot grade: {answer['exception']}")


def _result(terms: Terms, student: str, keys: list[Key], future: Any) -> SubmissionResult:
    """A hand-in's result, written down here as if it had been graded here."""
    try:
        graded: Graded = future.result()
    except KilledWorker:
        return not_graded(terms, student, "several Dask workers were lost at it", 0.0)
    except CancelledError:
        raise CourseError("the Dask scheduler is gone; run the same command to grade the rest") from None
    except CourseError:
        raise
    except Exception as error:  # a bug of ours must not stop the class
        return not_graded(terms, student, f"the grader itself failed: {error!r}", 0.0)
    finally:
        future.release()
    notebooks = []
    for paper, key, sent in zip(_papers(terms, student), keys, graded.notebooks):
        notebooks.append(notebook_from_json(sent.result))
        write_atomically(paper.graded, sent.graded)
        if sent.lasting:
            remember(paper, key, notebooks[-1])
    submission = submission_of(student, notebooks)
    submission.status, submission.reason, submission.seconds = graded.status, graded.reason, graded.seconds
    return submission


def _papers(terms: Terms, student: str) -> list[Paper]:
    return [Paper(terms, student, name) for name in terms.course.notebooks(terms.assignment)]


def _files(terms: Terms, student: str) -> dict[str, bytes] | None:
    """A hand-in's files; None if it is to be graded here, because it is large, or not of plain files and folders."""
    found: dict[str, bytes] = {}
    papers = _papers(terms, student)
    folder = papers[0].folder
    if folder.is_symlink() or folder.parent.is_symlink():
        return None
    for path in dict.fromkeys(path for paper in papers for path in paper.files):
        if path.is_symlink() or (path.exists() and not path.is_file()) or not os.access(folder, os.R_OK):
            return None
        if path.exists():
            if path.stat().st_size + sum(map(len, found.values())) > MAX_BYTES or not os.access(path, os.R_OK):
                return None
            found[path.name] = path.read_bytes()
    return found


def fingerprint(course: Course, assignment: str) -> dict[str, str]:
    """What has to be the same on every machine that grades, in the words of a sentence."""
    digest = hashlib.sha256()
    for path in grader_files(course, assignment):
        digest.update(path.name.encode() + path.read_bytes() if path.is_file() else b"")
    return {
        "the grader or the course": digest.hexdigest(),
        "Python or a package": versions(),
        "the images": course.settings.data_in_use(),
    }


def _packed(course: Course, assignment: str) -> bytes:
    """An archive of what a worker needs of the course."""
    names = [f"solutions/{assignment}", f"assignment/{assignment}", SECRET_FILE]
    names.append(f".grading/{assignment}/.releases")
    helper = course.settings.helper_folder()
    if helper is not None and helper.is_relative_to(course.root):
        names.append(str(helper.relative_to(course.root)))
    content = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=content, mode="w:gz") as archive:
        if (settings := course.solutions / FILE).is_file():  # with no word of where the gradebook is
            text = without_address(settings.read_text(encoding="utf-8"))
            (Path(folder) / FILE).write_text(text, encoding="utf-8")
            archive.add(Path(folder) / FILE, f"solutions/{FILE}")
        for name in names:
            if (course.root / name).exists():
                archive.add(course.root / name, name, filter=lambda one: None if "__pycache__" in one.name else one)
    return content.getvalue()


# On a worker


class _Assignment(WorkerPlugin):
    """An assignment on a worker's disk, as long as the worker lives."""

    def __init__(self, archive: bytes, expected: dict[str, str], level: str):
        self.archive, self.expected, self.level = archive, expected, level
        self.name = f"autograder-{hashlib.sha256(archive).hexdigest()[:16]}"

    def setup(self, worker: Any) -> None:
        from autograder.sandbox.isolation import require_level

        if multiprocessing.current_process().daemon:
            raise CourseError(
                "it may not start processes: start it with --no-nanny, or with the environment variable "
                "DASK_DISTRIBUTED__WORKER__DAEMON=False"
            )
        self.folder = Path(tempfile.mkdtemp(prefix="grading-"))
        with tarfile.open(fileobj=io.BytesIO(self.archive)) as archive:
            archive.extraction_filter = getattr(tarfile, "data_filter", None)  # which 3.11 has from 3.11.4 on
            archive.extractall(self.folder)
        course = Course(self.folder)
        require_level(self.level, course.settings)
        course.settings.prepare_data()
        (assignment,) = course.assignments()
        for what, value in fingerprint(course, assignment).items():
            if self.expected[what] != value:
                raise CourseError(f"{what} is not the same there as here")

    def teardown(self, worker: Any) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


_mine = threading.local()  # a thread's jobs, which are used for one hand-in after the other


def grade_there(
    plugin: str,
    student: str,
    files: dict[str, bytes],
    assignment: str,
    level: str,
    step_seconds: float,
    notebook_seconds: float,
) -> Graded:
    """Grade one hand-in on a worker."""
    here: Any = get_worker().plugins[plugin]
    course = Course(here.folder)
    folder = course.submitted / student / assignment
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    terms = terms_of(course, assignment, level, step_seconds, notebook_seconds)
    if not hasattr(_mine, "pool"):
        _mine.pool = Jobs(1, seconds_of(terms), imports=for_grading(course.settings))
    try:
        (result,) = grade_class(
            course, assignment, [student], 1, step_seconds, level, notebook_seconds, pool=_mine.pool
        )
        papers = _papers(terms, student)
        notebooks = [
            Sent(asdict(one), paper.graded.read_text(encoding="utf-8"), recall(paper, key_of(paper)) is not None)
            for paper, one in zip(papers, result.notebooks)
        ]
        return Graded(result.status, result.reason, result.seconds, notebooks)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(course.autograded / student, ignore_errors=True)
