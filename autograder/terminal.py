"""What is printed is text: nothing that somebody else wrote can control the terminal. A log may keep all of it."""

from __future__ import annotations

import codecs
import io
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderableType
from rich.control import Control
from rich.segment import Segment

_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")  # what colours a terminal, moves its cursor, clears it
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # what changes the direction of text, or ends a line
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)  # halves of characters; no characters


def plain(text: str) -> str:
    """`text` without anything that controls a terminal: escape sequences are dropped, control characters replaced."""
    return _CONTROL.sub("\ufffd", _SEQUENCE.sub("", text))


def one_line(text: str) -> str:
    """`text` as `plain` returns it, and on one line, so that a file's name cannot look like a line of our own."""
    return " ".join(plain(text).split())


class Console(RichConsole):
    """A terminal that shows nothing but text, whoever wrote it; only rich's own control codes pass."""

    def print(self, *objects: Any, **options: Any) -> None:
        super().print(*objects, **options)
        if not any(isinstance(one, Control) for one in objects):
            _keep(*objects, **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(plain(segment.text), segment.style)


console = Console(highlight=False)
errors = Console(highlight=False, stderr=True)  # so that what a command writes can be kept in a file
_log: Console | None = None


class _Dated(io.StringIO):
    """A file whose lines each begin with the time."""

    def __init__(self, path: Path):
        super().__init__()
        self.file = path.open("a", encoding="utf-8", buffering=1)

    def write(self, text: str) -> int:
        for line in text.splitlines():
            self.file.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')}  {line.rstrip()}\n")
        return len(text)


def keep_log(path: Path) -> None:
    """From now on, add what any console prints to a file, also what a quiet one does not show.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    global _log
    _log = Console(file=_Dated(path), width=120, color_system=None, highlight=False)


def note(text: str) -> None:
    """Add a line to the log, if there is one."""
    _keep(text, markup=False, soft_wrap=True)


def _keep(*objects: Any, **options: Any) -> None:
    global _log
    log, _log = _log, None  # which is a console too
    if log is not None:
        try:
            log.print(*objects, **options)
            _log = log
        except OSError as error:  # a full disk must not stop what is logged
            errors.print(f"the log ends here: {error.strerror}", style="red")


def close_log() -> None:
    """Print to the terminal only."""
    global _log
    _log = None


# What we print ourselves, for terminals without it.
_IN_ASCII = dict(
    zip("–—‘’“”×·½✓✗→←−…°", ["-", "-", "'", "'", '"', '"', "x", ".", "1/2", "+", "x", ">", "<", "-", "...", ""])
)


def _spelled_in_ascii(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end]
    spelled = [_IN_ASCII.get(one) or one.encode("ascii", "backslashreplace").decode() for one in text]
    return "".join(spelled), error.end


def bear_any_encoding() -> None:
    """Let stdout and stderr spell in ASCII what they cannot show, whoever prints it: no text stops a command."""
    codecs.register_error("spelled in ASCII", _spelled_in_ascii)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="spelled in ASCII")
