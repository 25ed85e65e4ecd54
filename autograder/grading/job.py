"""The grader's own work on hand-ins, in processes that can be lost.

What is computed about a hand-in is computed by trusted code, but on data that somebody else chose: it may take hours or
all memory, or crash a library. So it is done in a job, a process that works on one hand-in at a time. The system limits
its memory, and its parent, which touches no such data, keeps its deadlines. A job that exceeds a limit, or ends, is
replaced, and the parent knows where it had got to: that is all that is lost.
"""

from __future__ import annotations

import multiprocessing.connection
import os
import pickle
import shutil
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import forkserver, get_context
from multiprocessing.connection import Connection
from typing import Any

import psutil
from tqdm import tqdm

from autograder.settings import Settings

MEMORY_BYTES = 768 * 2**20  # of a job's own, without what it shares with others
WORK_SECONDS = 20.0  # of processor time from one sign of life to the next
MAX_ERROR = 2**16  # bytes of an exception on its way to the parent
SERVER = "autograder.grading.server"  # imported by the process that jobs are forked from
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
LONGEST_FOLDER = 64  # bytes of the temporary folder's path: a socket below it has 107 at most
TICK = 0.2  # seconds between two looks at the jobs


@dataclass(frozen=True)
class Lost:
    """What is known about a job that ended before its work was done.

    Attributes
    ----------
    place : object
        What it said last, see `at`; None if it said nothing.
    seconds, whole : float
        Since it said that, and since its work began.
    reason : str
        Why, as the end of a sentence about the work: "needed more than 768 MiB of memory".
    """

    place: Any
    seconds: float
    whole: float
    reason: str


@dataclass(eq=False)
class _Job:
    process: Any
    connection: Connection
    folder: str
    key: Hashable = None
    place: Any = None
    began: float = 0.0  # when it was given its work, by `time.monotonic`; below, when it last said something
    said: float = 0.0
    spent: float = 0.0  # processor time when it last said something

    def hear(self, place: Any) -> None:
        self.place, self.said, self.spent = place, time.monotonic(), self.processor_time()

    def processor_time(self) -> float:
        try:
            times = psutil.Process(self.process.pid).cpu_times()
            return float(times.user + times.system)
        except psutil.Error:
            return 0.0

    def memory(self) -> int:
        """Bytes that it holds, without those of files and libraries if the system tells them apart."""
        try:
            about = psutil.Process(self.process.pid).memory_info()
            return int(about.rss - getattr(about, "shared", 0))
        except psutil.Error:
            return 0


@dataclass
class Jobs:
    """Processes that work side by side, one piece of work each at a time.

    Parameters
    ----------
    count : int
        How many.
    seconds : float
        Deadline for a piece of work, however the time is spent.
    work_seconds : float
        Processor time that a job may take from one sign of life (`at`) to the next. Waiting does not count.
    memory : int
        Bytes that a job may hold.
    imports : tuple of str
        Modules that the work needs: imported once, by a process that jobs are forked from, if that has not been started
        for others yet. An import takes as long as some work does.
    """

    count: int
    seconds: float
    work_seconds: float = WORK_SECONDS
    memory: int = MEMORY_BYTES
    imports: tuple[str, ...] = ()
    _waiting: deque[tuple[Hashable, Callable[..., Any], tuple[Any, ...]]] = field(default_factory=deque)
    _jobs: list[_Job] = field(default_factory=list)
    _free: list[_Job] = field(default_factory=list)

    def __enter__(self) -> Jobs:
        return self

    def __exit__(self, *exception: object) -> None:
        for job in [*self._jobs, *self._free]:
            self._end(job)

    def submit(self, key: Hashable, function: Callable[..., Any], *arguments: Any) -> None:
        """Have the next free job do `function(*arguments)`. All of this is pickled."""
        self._waiting.append((key, function, arguments))

    def results(self) -> Iterator[tuple[Any, Any]]:
        """Keys and what became of their work, as it is ready, until nothing is left; more may be submitted meanwhile.

        Yields
        ------
        key : hashable
        value : object
            What the function returned, the exception that it raised, or a `Lost`.
        """
        while self._waiting or self._jobs:
            while self._waiting and len(self._jobs) < self.count:
                self._begin()
            ready = multiprocessing.connection.wait([job.connection for job in self._jobs], TICK)
            for job in list(self._jobs):
                ended = self._heard(job) if job.connection in ready else self._over(job)
                if ended is not None:
                    yield job.key, ended[0]

    def _begin(self) -> None:
        job = self._free.pop() if self._free else self._start()
        job.key, function, arguments = self._waiting.popleft()
        job.began = time.monotonic()
        job.hear(None)
        self._jobs.append(job)
        try:
            job.connection.send((function, arguments))
        except OSError:  # it is gone; the next look finds out how
            pass

    def _start(self) -> _Job:
        context = _context(self.imports)
        here, there = context.Pipe()
        folder = tempfile.mkdtemp(prefix="grading-")  # for all that it writes, so that nothing is left if it is lost
        process = context.Process(target=_serve, args=(there, folder, self.memory, dict(os.environ)), daemon=True)
        with nothing_from_here():
            process.start()
        there.close()
        return _Job(process, here, folder)

    def _heard(self, job: _Job) -> tuple[Any] | None:
        """What a job has to say: None while it goes on, or what became of its work, in a tuple."""
        try:
            kind, value = job.connection.recv()
        except (EOFError, OSError):
            return self._lose(job, _how_it_ended(job))
        if kind == "at":
            job.hear(value)
            return None
        if kind == "memory":
            return self._lose(job, self._too_much_memory())
        self._jobs.remove(job)
        # A job that has grown is not used again: a hand-in's data may have filled it.
        if job.memory() > self.memory * 3 // 4:
            self._end(job)
        else:
            self._free.append(job)
        return (value,)

    def _over(self, job: _Job) -> tuple[Any] | None:
        """Give up a job that has exceeded a limit."""
        if job.memory() > 2 * self.memory:  # if the system does not enforce the limit
            return self._lose(job, self._too_much_memory())
        if time.monotonic() - job.began > self.seconds:
            return self._lose(job, f"took more than {self.seconds:.0f} seconds")
        if job.processor_time() - job.spent > self.work_seconds:
            return self._lose(job, f"took more than {self.work_seconds:.0f} seconds of processor time")
        return None

    def _too_much_memory(self) -> str:
        return f"needed more than {self.memory // 2**20} MiB of memory"

    def _lose(self, job: _Job, reason: str) -> tuple[Lost]:
        now = time.monotonic()
        self._jobs.remove(job)
        self._end(job)
        return (Lost(job.place, now - job.said, now - job.began, reason),)

    def _end(self, job: _Job) -> None:
        job.process.kill()
        job.process.join()
        job.connection.close()
        shutil.rmtree(job.folder, ignore_errors=True)


def for_grading(settings: Settings) -> tuple[str, ...]:
    """The modules that jobs need which grade hand-ins of a course."""
    return "autograder.grading.grade", *(("matplotlib.pyplot",) if settings.draws() else ())


def get_ready(imports: tuple[str, ...]) -> None:
    """Start the process that jobs will be forked from: it imports while this one does."""
    if _context(imports).get_start_method() == "forkserver":
        with nothing_from_here():
            forkserver.ensure_running()


def _context(imports: tuple[str, ...]) -> Any:
    """How jobs are started. They are not forked from here: such a child would inherit locks and threads of the
    libraries that are loaded here. On macOS no fork is safe once the system's libraries are in use."""
    if sys.platform != "linux" or len(os.fsencode(tempfile.gettempdir())) > LONGEST_FOLDER:
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([SERVER, *imports])
    return context


@contextmanager
def nothing_from_here() -> Iterator[None]:
    """Have Python begin without the folder in which it is started: it would import a course's `json.py`."""
    before = os.environ.get("PYTHONSAFEPATH")
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONSAFEPATH"]
        else:
            os.environ["PYTHONSAFEPATH"] = before


def _how_it_ended(job: _Job) -> str:
    job.process.join(5)
    status = job.process.exitcode
    if status is not None and -status in {one.value for one in signal.Signals}:
        return f"was ended by {signal.Signals(-status).name}"
    return "ended its process"


# In the job

_parent: Connection | None = None


def at(place: Any) -> None:
    """Say, from inside a job, what it is working on now; outside a job, do nothing."""
    if _parent is not None:
        _parent.send(("at", place))


def _serve(parent: Connection, folder: str, memory: int, environment: dict[str, str]) -> None:
    """Do one piece of work after another, for as long as the parent is there."""
    global _parent
    _parent = parent
    os.environ.clear()
    os.environ.update(environment)  # the parent's as it is now, not as it was when the first job was started
    settle()
    tempfile.tempdir = folder
    if sys.platform == "linux":
        import resource

        # A limit on what the process holds for itself; a soft one, which a notebook's process replaces by its own.
        resource.setrlimit(resource.RLIMIT_DATA, (memory, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    while True:
        try:
            function, arguments = parent.recv()
        except (EOFError, OSError):
            return
        try:
            answer = "done", function(*arguments)
        except MemoryError:
            answer = "memory", None
        except Exception as error:
            answer = "done", _sendable(error)
        parent.send(answer)


def _sendable(error: Exception) -> Exception:
    """An exception, or a substitute if the parent could not read it, or would have too much to read."""
    try:
        sent = pickle.dumps(error)
        if len(sent) <= MAX_ERROR:
            pickle.loads(sent)  # exceptions of many libraries can be pickled, but not unpickled
            return error
    except Exception:  # whatever such an exception does when it is pickled and unpickled
        pass
    try:
        return RuntimeError(repr(error)[:1000])
    except Exception:
        return RuntimeError(type(error).__name__)


def settle() -> None:
    """One thread for each job, since the jobs use all processors; and no warnings about overflows in mistaken code."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
    warnings.simplefilter("ignore", RuntimeWarning)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    tqdm.set_lock(threading.RLock())  # its default is a system-wide lock, which a killed job would leave behind
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this job when the grader is gone, however it ended: a job left alone would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
