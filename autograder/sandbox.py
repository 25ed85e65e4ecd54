"""A student's process, seen from the grader: start it, run cells in it, reach its objects, end it.

The process gets a scratch folder of its own, a bare environment and two pipes. A deadline is kept here,
not there: when it passes, or when the process dies, the process and everything it started are killed
and `OutOfReach` says why.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from autograder.code import OutOfReach, StudentError
from autograder.isolation import best_level, launch, limits
from autograder.worker import wire
from autograder.worker.host import Answer

START_SECONDS = 60.0
MAX_NAME = 2000  # characters of an exception's text
SHOWN = ("text/plain", "image/png", "image/jpeg")  # kinds of output that are kept; no HTML, which could run
MAX_OUTPUTS, MAX_SHOWN = 100, 2_000_000  # of one cell; characters of one output
MEMORY_BYTES = 6 * 2**30  # of all processes of a notebook together; one alone is limited from inside


class Sandbox:
    """One process that holds one student's notebook. It is a `HostLike` for probes.

    Parameters
    ----------
    files : dict of str to Path
        Files to copy into its scratch folder beforehand, by name.
    seconds : float
        Deadline for each request: a cell, or one call of a probe.
    level : {"strict", "process"}, optional
        See `autograder.isolation`; the best that this machine has if left out.
    """

    def __init__(self, files: dict[str, Path] | None = None, seconds: float = 20.0, level: str | None = None):
        self.seconds = seconds
        self._ended = False
        self._answer_call: Answer | None = None
        level = level or best_level()
        self.scratch = Path(tempfile.mkdtemp(prefix="notebook-"))
        for name, path in (files or {}).items():
            shutil.copyfile(path, self.scratch / name)
        to_worker, self._requests = os.pipe()
        self._answers, from_worker = os.pipe()
        start = launch(level, self.scratch)
        self.process = subprocess.Popen(
            [*start.command, str(to_worker), str(from_worker), limits(level)],
            pass_fds=(to_worker, from_worker), cwd=start.folder, env=start.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        os.close(to_worker)
        os.close(from_worker)
        try:
            self._answer(START_SECONDS)
        except OutOfReach:
            self.close()
            raise

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and everything it started, and remove its scratch folder."""
        self._kill()
        for descriptor in (self._requests, self._answers):
            try:
                os.close(descriptor)
            except OSError:
                pass
        self._requests = self._answers = -1
        shutil.rmtree(self.scratch, ignore_errors=True)

    # Cells

    def run(self, source: str) -> tuple[list[dict[str, Any]], bool]:
        """Run a cell; returns its outputs and whether it ended without an exception."""
        answer = self._ask("run", source)
        if type(answer) is not tuple or len(answer) != 2 or type(answer[0]) is not list or not all(
                type(output) is dict for output in answer[0]):
            raise self._senseless()
        return [clean for output in answer[0][:MAX_OUTPUTS] if (clean := _clean(output))], bool(answer[1])

    # Objects: see worker.host.Host

    def clear(self) -> None:
        self._ask("clear")

    def lookup(self, name: str) -> int:
        return self._ask("lookup", name)

    def attribute(self, number: int, name: str) -> int:
        return self._ask("attribute", number, name)

    def assign(self, number: int, name: str, value: Any) -> None:
        self._ask("assign", number, name, value)

    def item(self, number: int, key: Any) -> int:
        return self._ask("item", number, key)

    def unpack(self, number: int) -> list[int]:
        numbers = self._ask("unpack", number)
        if type(numbers) is not list or not all(type(number) is int for number in numbers):
            raise self._senseless()
        return numbers

    def call(self, number: int, args: tuple, kwargs: dict[str, Any]) -> tuple[int, list[str]]:
        answer = self._ask("call", number, args, kwargs)
        if type(answer) is not tuple or len(answer) != 2 or type(answer[0]) is not int or type(answer[1]) is not list:
            raise self._senseless()
        return answer[0], [str(name)[:50] for name in answer[1]]

    def fetch(self, number: int) -> Any:
        return self._ask("fetch", number)

    def put(self, value: Any) -> int:
        return self._ask("put", value)

    def seed(self, number: int) -> None:
        self._ask("seed", number)

    def repair(self, names: list[str], answer: Answer) -> None:
        self._ask("repair", names)
        self._answer_call = answer

    def restore(self) -> None:
        self._answer_call = None
        self._ask("restore")

    # The pipes

    def _ask(self, operation: str, *arguments: Any) -> Any:
        if self._ended:  # whatever may still lie in the pipe
            raise OutOfReach("the notebook's process has ended")
        frame = wire.encode([operation, *arguments])
        deadline = time.monotonic() + self.seconds
        try:
            self._send(struct.pack("<Q", len(frame)) + frame, deadline)
        except (BrokenPipeError, OSError):
            raise self._gone() from None
        while True:
            kind, *rest = self._answer(deadline - time.monotonic())
            if kind != "call":
                break
            self._answer_back(rest, deadline)
        if kind == "ok":
            return rest[0]
        name, message, line = (str(part)[:MAX_NAME] for part in rest)
        raise StudentError(name, message, line)

    def _answer_back(self, call: list, deadline: float) -> None:
        """Answer a call that came from the other side, see `repair`."""
        name, args, kwargs = call
        if (self._answer_call is None or type(name) is not str or type(args) is not tuple or type(kwargs) is not dict
                or not all(type(key) is str for key in kwargs)):
            raise self._senseless()
        try:
            value = self._answer_call(name, args, kwargs)
            # Of a method the first is a copy of the instance's attributes.
            written = [] if "." in name else [arg if type(arg) is dict else None for arg in (*args, *kwargs.values())]
            frame = wire.encode(["ok", value, written])
        except Exception as error:  # of arguments that make no sense, for example
            frame = wire.encode(["error", type(error).__name__, str(error)[:MAX_NAME]])
        try:
            self._send(struct.pack("<Q", len(frame)) + frame, deadline)
        except OSError:
            raise self._gone() from None

    def _send(self, data: bytes, deadline: float) -> None:
        view = memoryview(data)
        os.set_blocking(self._requests, False)
        while view:
            if time.monotonic() > deadline:
                raise self._late()
            _, ready, _ = select.select([], [self._requests], [], max(deadline - time.monotonic(), 0))
            if not ready:
                raise self._late()
            view = view[os.write(self._requests, view):]

    def _answer(self, seconds: float) -> list:
        deadline = time.monotonic() + seconds
        size = struct.unpack("<Q", self._read(8, deadline))[0]
        if size > wire.MAX_FRAME + 1024:
            self._kill()
            raise OutOfReach("the notebook's process sent more than the limit")
        try:
            answer = wire.decode(self._read(size, deadline))
        except wire.WireError:
            answer = None
        if type(answer) is not list or not answer or (answer[0], len(answer)) not in (("ok", 2), ("error", 4), ("call", 4)):
            raise self._senseless()
        return answer

    def _read(self, size: int, deadline: float) -> bytes:
        parts: list[bytes] = []
        while size:
            left = max(deadline - time.monotonic(), 0)
            if left == 0:
                raise self._late()
            ready, _, _ = select.select([self._answers], [], [], min(left, 1.0))
            if not ready and left > 1.0:
                if _memory_of(self.process.pid) > MEMORY_BYTES:
                    self._kill()
                    raise OutOfReach(f"it used more than {MEMORY_BYTES // 2**30} GiB of memory")
                continue
            if not ready:
                raise self._late()
            part = os.read(self._answers, min(size, 2**20))
            if not part:
                raise self._gone()
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _senseless(self) -> OutOfReach:
        self._kill()
        return OutOfReach("the notebook's process sent an answer that makes no sense")

    def _late(self) -> OutOfReach:
        self._kill()
        return OutOfReach(f"it did not finish within {self.seconds:g} seconds (an endless loop?)")

    def _gone(self) -> OutOfReach:
        try:
            status = self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            status = None
        self._kill()
        number = -status if status is not None and status < 0 else (status or 0) - 128  # bubblewrap adds 128
        if number in {one.value for one in signal.Signals}:
            return OutOfReach(f"the notebook's process was killed by {signal.Signals(number).name}")
        return OutOfReach("the notebook's process ended by itself (exit or a crash)")

    def _kill(self) -> None:
        self._ended = True
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self.process.wait()


def _memory_of(process: int) -> int:
    """Bytes of memory that a process and all that descend from it hold; 0 where /proc does not tell."""
    parents: dict[int, int] = {}
    pages: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            fields = (path / "stat").read_text().rpartition(")")[2].split()
            parents[int(path.name)] = int(fields[1])
            pages[int(path.name)] = int(fields[21])
        except (OSError, ValueError, IndexError):
            pass
    total, family = 0, [process]
    while family:
        member = family.pop()
        total += pages.get(member, 0)
        family += [child for child, parent in parents.items() if parent == member]
    return total * os.sysconf("SC_PAGE_SIZE")


def _clean(output: dict[str, Any]) -> dict[str, Any] | None:
    """A notebook output with nothing but what outputs may hold, in the types that they have; else None."""
    def text(key: str) -> str:
        value = output.get(key)
        return value[:MAX_SHOWN].encode("utf-8", "replace").decode() if type(value) is str else ""

    kind = output.get("output_type")
    if kind == "stream":
        return {"output_type": kind, "name": "stderr" if output.get("name") == "stderr" else "stdout", "text": text("text")}
    if kind == "error":
        lines = output.get("traceback")
        kept = [line[:5000].encode("utf-8", "replace").decode() for line in lines[:100] if type(line) is str
                ] if type(lines) is list else []
        return {"output_type": kind, "ename": text("ename"), "evalue": text("evalue"), "traceback": kept}
    if kind in ("display_data", "execute_result") and type(output.get("data")) is dict:
        data = {mime: value[:MAX_SHOWN].encode("utf-8", "replace").decode() for mime, value in output["data"].items()
                if mime in SHOWN and type(value) is str}
        count = output.get("execution_count")
        more = {"execution_count": count if type(count) is int and 0 <= count < 10**6 else None
                } if kind == "execute_result" else {}
        return {"output_type": kind, "data": data, "metadata": {}, **more}
    return None
