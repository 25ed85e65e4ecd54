"""How much of a hand-in is taken: submit and the grader both ask here."""

from __future__ import annotations

import re

from nbformat import NotebookNode

from cs231n_utils.submit import nets, reading
from cs231n_utils.submit.reading import MAX_SOURCE

MAX_CODE = 500_000  # characters of all code cells together
MAX_PICTURES = 50  # pasted into a notebook's text cells
MAX_PICTURE_BYTES = 16 * 2**20  # of all these together, as encoded in the file
SHOWN = 2000  # characters of a cell that is too long

_EMBEDDED = re.compile(r"data:image/[\w.+-]*;base64,[A-Za-z0-9+/=]*")  # how Colab pastes pictures into the text


def most_bytes(name: str) -> int:
    """The most bytes that a file of a hand-in may have."""
    return reading.MAX_BYTES if name.endswith(".ipynb") else nets.MAX_BYTES


def check_size(name: str, size: int) -> None:
    """Raise a `ValueError` with the end of a sentence that begins with the file's name if it is too large."""
    if name.endswith(".ipynb"):
        reading.check_size(size)
    elif size > (most := most_bytes(name)):
        raise ValueError(f"is too large ({size / 2**20:.0f} MiB; the limit is {most // 2**20} MiB)")


def within_limits(cells: list[NotebookNode]) -> tuple[list[NotebookNode], list[str]]:
    """The cells, with others in place of those that are too long: they show how they begin. And what became of each."""
    kept, remarks, code, pictures, room = [], list[str](), 0, 0, MAX_PICTURE_BYTES
    for number, cell in enumerate(cells, 1):
        is_code = cell.cell_type == "code"
        length = len(cell.source if is_code else _EMBEDDED.sub("", cell.source))
        code += length if is_code else 0
        if length > MAX_SOURCE or (is_code and code > MAX_CODE):
            code -= length if is_code else 0
            limit = f"{MAX_SOURCE:,}" if length > MAX_SOURCE else f"{MAX_CODE:,} for all code together"
            sentence = f"cell number {number} has {length:,} characters; the limit is {limit}"
            remarks.append(f"{sentence}: it was " + ("not run, and is shown cut" if is_code else "cut"))
            cell = NotebookNode(cell)
            cell.source = f"{cell.source[:SHOWN]}\n\n{'# ' * is_code}… cut here: {sentence}"
        if attached := cell.get("attachments"):
            taken = {}
            for name, kinds in attached.items():
                size = len(name) + sum(len(kind) + len(content) for kind, content in kinds.items())
                if pictures < MAX_PICTURES and size <= room:
                    taken[name], pictures, room = kinds, pictures + 1, room - size
            if len(taken) < len(attached):
                remarks.append(
                    f"cell number {number} lacks {len(attached) - len(taken)} of its pictures: the limit is "
                    f"{MAX_PICTURES} in a notebook, and {MAX_PICTURE_BYTES // 2**20} MiB"
                )
                cell = NotebookNode(cell)
                cell.attachments = NotebookNode(taken)
        kept.append(cell)
    return kept, remarks
