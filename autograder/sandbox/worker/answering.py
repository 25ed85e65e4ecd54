"""What a notebook's process does: answer the grader's requests, one at a time, until there are no more.

A request is a list `[operation, *arguments]`; an answer is `["ok", value]` or `["error", type, message, line, place]`,
where `line` and `place` are what `where` says. In between, calls to functions that the request "repair" named are sent
back: `["call", name, args, kwargs]`, to which `["ok", value, written]` or `["none"]` is the answer; `written` holds the
arguments that are dictionaries, as they are after the call.

A request `["later", operation, *arguments]` has no answer of its own: if it fails, that is the answer to the next
request that has one, and what was asked for in between is left undone.

Everything about scores, expected values and other students is elsewhere.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, cast

from host import Host, as_usual
from shell import Shell, text_of
from where import where
from wire import MAX_FRAME, WireError, decode, encode, write_frame


def open_shell() -> Shell:
    """A shell that belongs to the notebook: it sees none of our arguments and none of our folders."""
    sys.argv = [""]
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != here]
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    return cast(Shell, Shell.instance())


def answer_requests(shell: Shell, to_read: int, to_write: int) -> None:
    """Answer what comes in on one pipe on another one."""
    requests, answers = os.fdopen(to_read, "rb"), os.fdopen(to_write, "wb")
    host = Host(shell.user_ns)

    def receive() -> list[Any] | None:
        head = requests.read(8)
        size = struct.unpack("<Q", head)[0] if head else MAX_FRAME + 1
        return None if size > MAX_FRAME else cast(list[Any], decode(requests.read(size)))

    def ask(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
        write_frame(answers, encode(["call", name, args, kwargs]))
        kind, *rest = receive() or sys.exit()
        if kind != "ok":
            raise LookupError(name)
        for argument, after in zip([*args, *kwargs.values()], rest[1]):
            if type(argument) is dict and type(after) is dict:
                argument.update(after)
        return rest[0]

    operations: dict[str, Callable[..., Any]] = {
        "run": shell.run,
        "clear": host.clear,
        "lookup": host.lookup,
        "attribute": host.attribute,
        "assign": host.assign,
        "item": host.item,
        "unpack": host.unpack,
        "call": host.call,
        "fetch": host.fetch,
        "put": host.put,
        "seed": host.seed,
        "restore": host.restore,
        "repair": lambda names: host.repair(names, ask),
    }

    def answer_to(operation: str, arguments: list[Any]) -> tuple[bool, bytes]:
        try:
            with nullcontext() if operation == "run" else as_usual():
                return True, encode(["ok", operations[operation](*arguments)])
        except WireError as error:
            return False, encode(["error", "WireError", str(error), "", ""])
        except BaseException as error:  # SystemExit and KeyboardInterrupt are the student's own here
            return False, encode(["error", type(error).__name__, text_of(error), *where(error)])

    write_frame(answers, encode(["ok", "ready"]))
    answer, failed = b"", b""
    while request := receive():
        later = request[0] == "later"
        operation, *arguments = request[later:]
        if not failed or operation == "clear":
            worked, answer = answer_to(operation, arguments)
            failed = failed or (b"" if worked else answer)
        if not later:
            write_frame(answers, failed or answer)
            failed = b""
