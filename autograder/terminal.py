"""What is printed is text: nothing that somebody else wrote can control the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderableType
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

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterator[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(plain(segment.text), segment.style)
