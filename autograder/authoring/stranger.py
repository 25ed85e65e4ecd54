"""Answers of others, right and wrong, as they wrote them.

They are in `solutions/<assignment>/<notebook>/strangers.txt`, each under a line that says what it is:

    # %% mistake softmax_loss_code: the largest score is subtracted from the whole batch, not from each row
    # %% right softmax_loss_code: written with np.log1p
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_HEAD = re.compile(r"^# %% (mistake|right) (\w+): (.*)\n", re.MULTILINE)


@dataclass(frozen=True)
class Stranger:
    """One answer to a TODO cell.

    Attributes
    ----------
    notebook : Path
        The solution notebook.
    right : bool
    cell : str
        The TODO cell's grade id.
    words : str
        What is wrong with it, or how it looks different, in the words of its author.
    source : str
    """

    notebook: Path
    right: bool
    cell: str
    words: str
    source: str

    def __str__(self) -> str:
        return f"{self.notebook.stem}, {self.cell}: {self.words}"

    @property
    def name(self) -> str:
        """Its words as a name, in snake case."""
        return re.sub(r"\W+", "_", self.words.lower()).strip("_")[:60].rstrip("_")


def load_strangers(notebook: Path) -> list[Stranger]:
    """The strangers' answers to a solution notebook; an empty list if there are none."""
    path = notebook.with_suffix("") / "strangers.txt"
    if not path.is_file():
        return []
    _, *parts = _HEAD.split(path.read_text(encoding="utf-8"))
    return [
        Stranger(notebook, kind == "right", cell, words, source)
        for kind, cell, words, source in zip(*(parts[i::4] for i in range(4)))
    ]
