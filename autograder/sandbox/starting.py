"""A notebook's process from its start to its end: forked from a warm one where that can be had, or started anew.

At level strict a fork server (`worker/forking.py`) is started once, for all notebooks that a grader's process runs, and
forks a child for each. Where the system does not let it, every notebook gets a process that is started for it: just as
confined, but it takes a second to begin.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Protocol

from autograder.sandbox.isolation import Launch, fork_orders, launch, launch_fork_server, limits, user_of_jobs
from autograder.settings import Settings

CREDENTIALS = struct.Struct("3i")  # struct ucred: process, user, group


class Process(Protocol):
    """A notebook's process.

    Attributes
    ----------
    pid : int
        It and its descendants are all that the notebook runs.
    folder : Path
        Where its files were put.
    """

    pid: int
    folder: Path

    def ended(self, seconds: float) -> int | None:
        """How it ended, if it does so by itself within some seconds: its exit status; for a signal, 128 and the
        signal's number, or that number below 0."""

    def end(self) -> None:
        """End it and everything it started, and remove its files."""


def start(
    level: str, files: dict[str, Path], settings: Settings, to_read: int, to_write: int, until: float, warm: bool = True
) -> Process:
    """Start a notebook's process.

    Parameters
    ----------
    level : {"strict", "user", "process"}
        See `autograder.sandbox.isolation`.
    files : dict of str to Path
        Files to copy into its scratch folder, by name.
    to_read, to_write : int
        Its ends of two pipes: of the requests to it, and of its answers.
    until : float
        When to give up, by `time.monotonic`.
    warm : bool
        Whether it may be forked from a warm one.

    Raises
    ------
    TimeoutError
    """
    if warm and level == "strict" and (server := ForkServer.running(settings)) is not None:
        try:
            return server.fork(files, to_read, to_write, until)
        except Refused as error:
            server.close(str(error))
    return Started(level, files, settings, to_read, to_write)


def why_not_forked() -> str | None:
    """Why processes were started here that should have been forked; None if none was."""
    return next((server.refused for server in ForkServer._running.values() if server.refused), None)


class Started:
    """A process that was started for one notebook."""

    def __init__(self, level: str, files: dict[str, Path], settings: Settings, to_read: int, to_write: int):
        self.folder = Path(tempfile.mkdtemp(prefix="notebook-"))
        _copy(files, self.folder)
        if level != "strict":
            _place_data(self.folder, settings)
        if level == "user":
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, user_of_jobs(), user_of_jobs(), follow_symlinks=False)
        arguments = [str(to_read), str(to_write), json.dumps(limits(level))]
        self._process = _popen(launch(level, self.folder, settings), arguments, to_read, to_write)
        self.pid = self._process.pid

    def ended(self, seconds: float) -> int | None:
        try:
            return self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None

    def end(self) -> None:
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Refused(Exception):
    """A fork server cannot make what a notebook needs; the message says why."""


class ForkServer:
    """A process that forks notebooks, see `autograder.sandbox.worker.forking`.

    Attributes
    ----------
    refused : str
        Why it cannot be had here; "" if it can.
    """

    _running: dict[tuple[object, ...], ForkServer] = {}
    _lock = threading.Lock()

    def __init__(self, settings: Settings):
        self.refused, self._has_forked = "", False
        self._inbox = Path(tempfile.mkdtemp(prefix="inbox-"))
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            arguments = ["fork", str(theirs.fileno()), json.dumps(fork_orders(settings))]
            self._process = _popen(launch_fork_server(self._inbox, settings), arguments, theirs.fileno())

    @classmethod
    def running(cls, settings: Settings) -> ForkServer | None:
        """The one that serves a course in this process; None if it cannot be had."""
        begin = launch_fork_server(Path("inbox"), settings)
        key = os.getpid(), *begin.command, *begin.environment.items()
        with cls._lock:
            server = cls._running.get(key)
            if server is None or (not server.refused and server._process.poll() is not None):
                server = cls._running[key] = cls(settings)
        return None if server.refused else server

    def fork(self, files: dict[str, Path], to_read: int, to_write: int, until: float) -> Forked:
        """Fork a notebook's process, see `start`.

        Raises
        ------
        Refused, TimeoutError
        """
        folder = Path(tempfile.mkdtemp(dir=self._inbox))
        _copy(files, folder)
        life, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        life.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        message = json.dumps({"limits": limits("strict", forked=True), "files": folder.name}).encode()
        try:
            with theirs:
                socket.send_fds(self._control, [message], [to_read, to_write, theirs.fileno()])
            forked = Forked(folder, life, until)
            self._has_forked = True
            return forked
        except BaseException as error:
            life.close()
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError) and not isinstance(error, TimeoutError):
                raise Refused(f"the process that forks them is gone: {error}") from None
            raise

    def close(self, why: str = "") -> None:
        """End it, with all that it forked; if it has never forked anything, `why` will be so again."""
        self.refused = "" if self._has_forked else why
        self._control.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._inbox, ignore_errors=True)


class Forked:
    """A process that a fork server has forked for one notebook.

    Parameters
    ----------
    folder : Path
        With its files.
    life : socket.socket
        On which is told what becomes of it.
    until : float
        When to give up, by `time.monotonic`.

    Attributes
    ----------
    pid : int
        Process 1 of the notebook's namespace: when it ends, so does everything in there.
    """

    def __init__(self, folder: Path, life: socket.socket, until: float):
        self.folder, self._life = folder, life
        said, self.pid = self._hear(until - time.monotonic())
        if said != "confined":
            raise Refused(said.removeprefix("refused: ") or "the process that forks them has ended")
        self._handle = os.pidfd_open(self.pid)

    def _hear(self, seconds: float) -> tuple[str, int]:
        """What is said next, "" if nobody is left who could, and the process that says it, by the system's account."""
        self._life.settimeout(max(seconds, 0.001))
        text, about, *_ = self._life.recvmsg(1024, socket.CMSG_SPACE(CREDENTIALS.size))
        processes = [CREDENTIALS.unpack(data)[0] for _, kind, data in about if kind == socket.SCM_CREDENTIALS]
        return text.decode(errors="replace"), processes[0] if processes else -1

    def ended(self, seconds: float) -> int | None:
        try:
            said, _ = self._hear(seconds)
        except TimeoutError:
            return None
        except OSError:
            said = ""
        return int(said.removeprefix("ended ")) if said.startswith("ended ") else -signal.SIGKILL

    def end(self) -> None:
        if self._handle < 0:
            return
        try:
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
            select.select([self._handle], [], [], 10)  # it ends last of all in its namespace
        except ProcessLookupError:
            pass
        os.close(self._handle)
        self._handle = -1
        self._life.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _copy(files: dict[str, Path], folder: Path) -> None:
    for name, path in files.items():
        shutil.copyfile(path, folder / name)


def _place_data(home: Path, settings: Settings) -> None:
    """Let a process that has the grader's file system find data where it looks for them: in its home directory."""
    for outside, inside in settings.data_folders().items():
        if not inside.is_absolute():
            (home / inside).parent.mkdir(parents=True, exist_ok=True)
            (home / inside).symlink_to(outside, target_is_directory=True)


def _popen(begin: Launch, arguments: list[str], *descriptors: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*begin.command, *arguments],
        pass_fds=descriptors,
        cwd=begin.folder,
        env=begin.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


@atexit.register
def _close_all() -> None:
    for (process, *_), server in ForkServer._running.items():
        if process == os.getpid() and not server.refused:
            server.close()
