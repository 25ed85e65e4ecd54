"""A student's process, seen from the grader: start it, run cells in it, reach its objects, end it.

The process gets its own scratch folder, a bare environment and two pipes. Deadlines are kept on this side: when one
passes, or when the process dies, the process and everything it started are killed, and `OutOfReach` says why.
"""

from __future__ import annotations

import os
import select
import signal
import struct
import time
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard, TypeVar

from autograder.sandbox.isolation import MEMORY_FILES, best_level
from autograder.sandbox.memory import memory_of, peak_of
from autograder.sandbox.proxy import OutOfReach, OutOfTime, StudentError
from autograder.sandbox.starting import start
from autograder.sandbox.worker import wire
from autograder.sandbox.worker.host import MAX_UNPACK, Answer
from autograder.settings import Settings

START_SECONDS = 60.0
MAX_NAME = 2000  # characters of an exception's text
SHOWN = ("text/plain", "image/png", "image/jpeg")  # kinds of output that are kept; no HTML, which could run
MAX_OUTPUTS, MAX_SHOWN = 100, 2_000_000  # of one cell; characters of one output
MAX_CHANGED, MAX_FAILURES = 64, 20  # arguments that a call changed; statements of a cell
MEMORY_BYTES = 6 * 2**30  # of all of a notebook's processes and its files in memory; each one is limited from inside
LOOK_SECONDS = 1.0  # from one measurement to the next
TIME_USED_UP = "the notebook's time was used up"
DID_NOT_START = f"it did not start within {START_SECONDS:g} seconds"
Shape = TypeVar("Shape")
_LENGTHS = {"ok": 2, "error": 5, "call": 4}  # of the answers that come back


class Failure(NamedTuple):
    """A statement that raised an exception: its first line as the student wrote it, the exception's type and text."""

    line: str
    type_name: str
    message: str


class Ran(NamedTuple):
    """What became of a cell.

    Attributes
    ----------
    outputs : list of dict
        What it showed, in the format of a notebook's cell.
    succeeded : bool
        Whether nothing in it failed.
    failures : list of Failure
        The first statements that failed.
    """

    outputs: list[dict[str, Any]]
    succeeded: bool
    failures: list[Failure]


class Sandbox:
    """One process that holds one student's notebook. It is a `HostLike` for probes.

    Parameters
    ----------
    files : dict of str to Path
        Files to copy into its scratch folder beforehand, by name.
    seconds : float
        Deadline for each request: a cell, or one call of a probe.
    level : {"strict", "user", "process"}, optional
        See `autograder.sandbox.isolation`; the best that this machine has if left out.
    until : float, optional
        When everything ends, by `time.monotonic`, however short each request is.
    settings : Settings
        The course's, whose helper package and data it may read.
    warm : bool
        Whether it may be forked from a process that has imported what notebooks import, where that can be had.

    Attributes
    ----------
    process : Process
        See `autograder.sandbox.starting`.
    peak : int
        Once it has ended: the most bytes of memory that its processes had, as far as the system says; else 0.

    Raises
    ------
    OutOfTime
        Here and in every request, once that time has come.
    OutOfReach
        If the process does not start; in a request, if it is gone.
    """

    def __init__(
        self,
        files: dict[str, Path] | None = None,
        seconds: float = 20.0,
        level: str | None = None,
        until: float | None = None,
        settings: Settings = Settings(),
        warm: bool = True,
    ):
        self.seconds, self.until = seconds, inf if until is None else until
        if time.monotonic() >= self.until:
            raise OutOfTime(TIME_USED_UP)
        self.peak = 0
        self._gone_because: OutOfReach | None = None
        self._answer_call: Answer | None = None
        self._look_at_memory = time.monotonic() + LOOK_SECONDS  # when to do that next
        self._unsent, self._unread = b"", b""
        self._made: int | None = 0  # objects that are kept on the other side; None if that is not known
        to_worker, self._requests = os.pipe()
        os.set_blocking(self._requests, False)
        self._answers, from_worker = os.pipe()
        in_time = min(time.monotonic() + START_SECONDS, self.until)
        try:
            self.process = start(level or best_level(), files or {}, settings, to_worker, from_worker, in_time, warm)
        except BaseException as error:
            os.close(self._requests)
            os.close(self._answers)
            if isinstance(error, TimeoutError):
                raise OutOfTime(TIME_USED_UP) if in_time == self.until else OutOfReach(DID_NOT_START) from None
            raise
        finally:
            os.close(to_worker)
            os.close(from_worker)
        try:
            self._answer(in_time)
        except OutOfReach:
            self.close()
            raise

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and everything it started, and remove its scratch folder."""
        self._end(self._gone_because or OutOfReach("the notebook's process has ended"))
        for descriptor in (self._requests, self._answers):
            try:
                os.close(descriptor)
            except OSError:
                pass
        self._requests = self._answers = -1

    # Cells

    def run(self, source: str, go_on: bool = False) -> Ran:
        """Run a cell.

        Parameters
        ----------
        go_on : bool
            Whether a cell that stops at one of its statements goes on with the next one.
        """
        outputs, succeeded, failures = self._answered("run", source, go_on, shape=_is_ran)
        return Ran(
            [clean for output in outputs[:MAX_OUTPUTS] if (clean := _clean(output))],
            succeeded,
            [Failure(*(part[:MAX_NAME] for part in failure)) for failure in failures],
        )

    # Objects: see worker.host.Host

    def clear(self) -> None:
        self._ask("clear")
        self._made = 0

    def lookup(self, name: str) -> int:
        return self._make("lookup", name)

    def attribute(self, number: int, name: str) -> int:
        return self._make("attribute", number, name)

    def assign(self, number: int, name: str, value: Any) -> None:
        self._do("assign", number, name, value)

    def item(self, number: int, key: Any) -> int:
        return self._make("item", number, key)

    def unpack(self, number: int) -> list[int]:
        numbers = self._answered("unpack", number, shape=_are_numbers)
        self._count(len(numbers))
        return numbers

    def call(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[int, list[str]]:
        number, changed = self._answered("call", number, args, kwargs, shape=_is_result)
        self._count(1)
        return number, [name[:50] for name in changed]

    def fetch(self, number: int) -> Any:
        return self._ask("fetch", number)

    def put(self, value: Any) -> int:
        return self._make("put", value)

    def seed(self, number: int) -> None:
        self._do("seed", number)

    def repair(self, names: list[str], answer: Answer) -> None:
        self._ask("repair", names)
        self._answer_call = answer

    def restore(self) -> None:
        self._answer_call = None
        self._ask("restore")

    # The pipes. Most requests of a probe make an object for the next one to use. They are sent with the first one whose
    # answer is needed, since to wait for each takes longer than to do it.

    def _do(self, operation: str, *arguments: Any) -> None:
        """Have something done before the next request; if it fails, that is the answer to the next request."""
        if self._gone_because:
            raise self._gone_because
        self._unsent += _framed(["later", operation, *arguments])

    def _make(self, operation: str, *arguments: Any) -> int:
        """Have an object made, likewise; its number is known in advance, since objects are numbered in their order."""
        if self._made is None:
            return self._answered(operation, *arguments, shape=_is_number)
        self._do(operation, *arguments)
        self._made += 1
        return self._made - 1

    def _count(self, made: int) -> None:
        if self._made is not None:
            self._made += made

    def _answered(self, operation: str, *arguments: Any, shape: Callable[[Any], TypeGuard[Shape]]) -> Shape:
        """The answer to a request, if it has the shape of one."""
        answer = self._ask(operation, *arguments)
        if not shape(answer):
            raise self._senseless()
        return answer

    def _ask(self, operation: str, *arguments: Any) -> Any:
        if self._gone_because:  # whatever may still be in the pipe
            raise self._gone_because
        request = _framed([operation, *arguments])
        deadline = min(time.monotonic() + self.seconds, self.until)
        self._send(self._unsent + request, deadline)
        self._unsent = b""
        while (answer := self._answer(deadline))[0] == "call":  # the time that our own answers take counts as well
            self._send(self._answer_to(*answer[1:]), deadline)
        kind, *rest = answer
        if kind == "ok":
            return rest[0]
        self._made = None  # how many of the objects were made before it failed?
        if not all(type(part) is str for part in rest):
            raise self._senseless()
        raise StudentError(*(part[:MAX_NAME] for part in rest))

    def _answer_to(self, name: Any, args: Any, kwargs: Any) -> bytes:
        """The answer to a call from the other side, see `repair`: just "none" if there is none, for whatever reason."""
        if (
            self._answer_call is None
            or type(name) is not str
            or type(args) is not tuple
            or type(kwargs) is not dict
            or not all(type(key) is str for key in kwargs)
        ):
            raise self._senseless()
        try:
            value = self._answer_call(name, args, kwargs)
            # A method's first argument is a copy of the instance's attributes.
            written = [] if "." in name else [arg if type(arg) is dict else None for arg in (*args, *kwargs.values())]
            return wire.framed(wire.encode(["ok", value, written]))
        except (Exception, SystemExit):
            return wire.framed(wire.encode(["none"]))

    def _send(self, frames: bytes, deadline: float) -> None:
        view = memoryview(frames)
        try:
            while view:
                try:
                    view = view[os.write(self._requests, view) :]
                except BlockingIOError:
                    self._wait(deadline, to_write=self._requests)
        except OSError:
            raise self._gone() from None

    def _answer(self, deadline: float) -> list[Any]:
        size = struct.unpack("<Q", self._read(8, deadline))[0]
        if size > wire.MAX_FRAME + 1024:
            raise self._end(OutOfReach("the notebook's process sent more than the limit"))
        try:
            answer = wire.decode(self._read(size, deadline))
        except wire.WireError:
            raise self._senseless() from None
        if (
            type(answer) is not list
            or [type(part) for part in answer[:1]] != [str]
            or (_LENGTHS.get(answer[0]) != len(answer))
        ):
            raise self._senseless()
        return answer

    def _read(self, size: int, deadline: float) -> bytes:
        parts, held = [self._unread], len(self._unread)
        while held < size:
            self._wait(deadline, to_read=self._answers)
            part = os.read(self._answers, 2**16)
            if not part:
                raise self._gone()
            parts.append(part)
            held += len(part)
        whole = b"".join(parts)
        self._unread = whole[size:]
        return whole[:size]

    def _wait(self, deadline: float, to_read: int | None = None, to_write: int | None = None) -> None:
        """Wait for a pipe, and once a second measure the memory on its other side, however busy it is."""
        reading, writing = [[] if pipe is None else [pipe] for pipe in (to_read, to_write)]
        while (now := time.monotonic()) < deadline:
            if now >= self._look_at_memory:
                held = memory_of(self.process.pid)
                self.peak = max(self.peak, held)
                if held > MEMORY_BYTES - MEMORY_FILES:
                    raise self._end(OutOfReach(f"it used more than {MEMORY_BYTES / 2**30:.3g} GiB of memory"))
                self._look_at_memory = time.monotonic() + LOOK_SECONDS
            if any(select.select(reading, writing, [], max(min(deadline, self._look_at_memory) - now, 0))):
                return
        raise self._late()

    def _senseless(self) -> OutOfReach:
        return self._end(OutOfReach("the notebook's process sent an answer that makes no sense"))

    def _late(self) -> OutOfReach:
        if time.monotonic() >= self.until:
            return self._end(OutOfTime(TIME_USED_UP))
        return self._end(OutOfReach(f"it did not finish within {self.seconds:g} seconds (an endless loop?)"))

    def _gone(self) -> OutOfReach:
        status = self.process.ended(max(min(5, self.until - time.monotonic()), 0.1))
        number = -status if status is not None and status < 0 else (status or 0) - 128  # bubblewrap adds 128
        if number in {one.value for one in signal.Signals}:
            return self._end(OutOfReach(f"the notebook's process was killed by {signal.Signals(number).name}"))
        return self._end(OutOfReach("the notebook's process ended by itself (exit or a crash)"))

    def _end(self, why: OutOfReach) -> OutOfReach:
        """End the process; every later request gives the same reason."""
        if self._gone_because is None:  # its number may be another's by now
            self.peak = max(self.peak, peak_of(self.process.pid))
        self.process.end()
        self._gone_because = why
        return why


def _framed(request: list[Any]) -> bytes:
    try:
        return wire.framed(wire.encode(request))
    except wire.WireError as error:  # a cell that is too large, or a value that went through a probe
        raise StudentError("WireError", str(error)) from None


def _is_number(answer: Any) -> TypeGuard[int]:
    """Whether an answer is the number of an object; not a bool, and not more than a frame can hold."""
    return type(answer) is int and 0 <= answer < 2**32


def _are_numbers(answer: Any) -> TypeGuard[list[int]]:
    return type(answer) is list and len(answer) <= MAX_UNPACK and all(map(_is_number, answer))


def _is_result(answer: Any) -> TypeGuard[tuple[int, list[str]]]:
    return (
        type(answer) is tuple
        and len(answer) == 2
        and _is_number(answer[0])
        and type(answer[1]) is list
        and len(answer[1]) <= MAX_CHANGED
        and all(type(name) is str for name in answer[1])
    )


def _is_ran(answer: Any) -> TypeGuard[tuple[list[dict[str, Any]], bool, list[tuple[str, str, str]]]]:
    if type(answer) is not tuple or [type(part) for part in answer] != [list, bool, list]:
        return False
    outputs, _, failures = answer
    return (
        all(type(output) is dict for output in outputs)
        and len(failures) <= MAX_FAILURES
        and all(type(failure) is tuple and [type(part) for part in failure] == [str, str, str] for failure in failures)
    )


def _clean(output: dict[str, Any]) -> dict[str, Any] | None:
    """A notebook output with nothing in it but what outputs may hold, in the right types; None if it is not one."""

    def text(key: str) -> str:
        value = output.get(key)
        return value[:MAX_SHOWN].encode("utf-8", "replace").decode() if type(value) is str else ""

    kind = output.get("output_type")
    if kind == "stream":
        return {
            "output_type": kind,
            "name": "stderr" if output.get("name") == "stderr" else "stdout",
            "text": text("text"),
        }
    if kind == "error":
        lines = output.get("traceback")
        kept = (
            [line[:5000].encode("utf-8", "replace").decode() for line in lines[:100] if type(line) is str]
            if type(lines) is list
            else []
        )
        return {"output_type": kind, "ename": text("ename"), "evalue": text("evalue"), "traceback": kept}
    if kind in ("display_data", "execute_result") and type(output.get("data")) is dict:
        data = {
            mime: value[:MAX_SHOWN].encode("utf-8", "replace").decode()
            for mime, value in output["data"].items()
            if mime in SHOWN and type(value) is str
        }
        count = output.get("execution_count")
        more = (
            {"execution_count": count if type(count) is int and 0 <= count < 10**6 else None}
            if kind == "execute_result"
            else {}
        )
        return {"output_type": kind, "data": data, "metadata": {}, **more}
    return None
