"""Right answers that look different from the reference.

A module `solutions/<assignment>/<notebook>/variants.py` has a list `CORPUS`, the counterpart of a catalogue of
misconceptions: each of its entries must get all points, whatever the inputs, and no mistake may be named for it. The
right answers of strangers beside it belong to the corpus as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from autograder.authoring.content import load_beside
from autograder.authoring.stranger import load_strangers

_MARK = re.compile(r"^# %%(.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Variant:
    """One right answer.

    Attributes
    ----------
    name : str
        In snake case, unique in its notebook.
    cells : dict of str to (str or None)
        What the student wrote, by the TODO cell's grade id without its ending `_code`; None for a cell left as it was
        handed out. A line "# %%" begins a cell that the student added, "# %% [markdown]" a text cell; what follows the
        last such line is in the TODO cell itself.
    contract : str
        The sentence of the notebook's text that makes it right, where a visible check refuses it: see
        `autograder.proof.agreement`.
    """

    name: str
    cells: dict[str, str | None]
    contract: str = ""

    def parts(self, cell: str) -> list[tuple[str, str]]:
        """The cells that `cells[cell]` stands for, as ("code" or "markdown", source); the last one is the TODO cell."""
        first, *rest = _MARK.split((self.cells[cell] or "").strip("\n"))
        kinds = ["markdown" if "markdown" in mark else "code" for mark in rest[::2]]
        parts = list(zip(kinds, (source.strip("\n") for source in rest[1::2])))
        return parts if rest and not first else [("code", first.strip("\n")), *parts]

    def code(self, cell: str) -> str:
        """All code of `parts`, in one piece."""
        return "\n".join(source for kind, source in self.parts(cell) if kind == "code")


def load_corpus(notebook: Path) -> list[Variant]:
    """The right variants of a solution notebook, strangers' included; an empty list if there are none."""
    right = [one for one in load_strangers(notebook) if one.right]
    return list(getattr(load_beside(notebook, "variants"), "CORPUS", [])) + [
        Variant(one.name, {one.cell.removesuffix("_code"): one.source}) for one in right
    ]
