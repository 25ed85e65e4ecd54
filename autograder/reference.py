"""The answer key: a solution notebook, executed in the grader's own process.

Only the cells that define something are run: not the check cells, not those tagged `skip-execution`.
The same notebook with one cell edited is a misconception's namespace.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from autograder.misconceptions import Misconception, load_catalogue
from autograder.notebook import grade_id_of, is_check, is_skipped, read_notebook
from autograder.worker.host import Host

MAX_ANSWERED = 4096  # entries of an array


class Reference:
    """A solution notebook's namespace, and the same with known mistakes in it.

    Parameters
    ----------
    path : Path
        solutions/<assignment>/<notebook>.ipynb
    """

    def __init__(self, path: Path):
        self.assignment, self.notebook = path.parent.name, path.stem
        self.cells = [(grade_id_of(cell) or "", _without_magics(cell.source))
                      for cell in read_notebook(path).cells
                      if cell.cell_type == "code" and not is_check(cell) and not is_skipped(cell)]
        self.catalogue = load_catalogue(self.assignment, self.notebook)
        self.host = Host(self._namespace({}))
        self._mistaken: dict[str, Host] = {}

    def mistaken(self, *mistakes: Misconception) -> Host:
        """The reference with one known mistake in it, or with several."""
        names = ", ".join(mistake.name for mistake in mistakes)
        if names not in self._mistaken:
            sources = dict(self.cells)
            for mistake in mistakes:
                cell = f"{mistake.cell}_code"
                if cell not in sources:
                    raise ValueError(f"misconception {mistake.name}: {self.notebook}.ipynb has no cell {cell}")
                sources[cell] = mistake.apply(sources[cell])
            edited = {f"{mistake.cell}_code": sources[f"{mistake.cell}_code"] for mistake in mistakes}
            self._mistaken[names] = self.edited(edited)
        return self._mistaken[names]

    def edited(self, cells: dict[str, str]) -> Host:
        """The reference with other code in some cells, by their grade ids."""
        return Host(self._namespace(cells))

    def answer(self, name: str, args: tuple, kwargs: dict[str, Any]) -> Any:
        """What the reference's function gives: the answer to a call of `worker.host.Host.repair`.

        The arguments come from a hand-in. They are plain values; arrays larger than any check uses are refused, as
        products of such would fill the grader's memory.
        """
        arrays = list(_arrays([args, kwargs]))
        if any(array.size > MAX_ANSWERED for array in arrays) or len(arrays) > 32:
            raise ValueError("an argument is larger than any check's")
        owner, _, method = name.rpartition(".")
        if owner:
            kind = self.host.namespace[owner]
            instance = object.__new__(kind)
            vars(instance).update(args[0])
            args, function = args[1:], getattr(kind, method).__get__(instance)
        else:
            function = self.host.namespace[name]
        with np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
            return function(*args, **kwargs)

    def _namespace(self, edited: dict[str, str]) -> dict[str, Any]:
        namespace: dict[str, Any] = {"__name__": "__main__"}
        with contextlib.redirect_stdout(io.StringIO()), _no_figures():
            for grade_id, source in self.cells:
                exec(_compiled(edited.get(grade_id, source), grade_id or "cell"), namespace)
        return namespace


def _arrays(value: Any) -> Iterator[np.ndarray]:
    """The arrays in a value, however deep."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from _arrays(item)
    elif isinstance(value, dict):
        yield from _arrays(list(value.values()))


@lru_cache(maxsize=1024)
def _compiled(source: str, name: str) -> Any:
    return compile(source, f"<{name}>", "exec")


def _without_magics(source: str) -> str:
    return "\n".join("" if line.startswith(("%", "!")) else line for line in source.splitlines())


@contextlib.contextmanager
def _no_figures():
    """Let plotting cells run without drawing anything."""
    import matplotlib
    import matplotlib.pyplot as plt

    before = matplotlib.get_backend()
    plt.switch_backend("template")
    try:
        yield
    finally:
        plt.close("all")
        plt.switch_backend(before)
