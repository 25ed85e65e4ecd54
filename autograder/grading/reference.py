"""The answer key: a solution notebook, executed in the grader's own process.

Only the cells that define something are run: not the check cells, not those tagged `skip-execution`.
The same notebook with one cell edited is a misconception's namespace.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from autograder.authoring.misconception import FitsNoMore, Misconception, load_catalogue
from autograder.authoring.notebook import grade_id_of, is_check, is_skipped, read_notebook
from autograder.sandbox.worker.host import Host, as_usual
from autograder.settings import CourseError, read_settings

# Limits on the arguments of a function under repair; checks need up to 3600, 4000, 60, 2400 and 1.6 million.
MAX_ANSWERED = 4096  # entries of an array, and whole numbers in one
MAX_PARTS_OF_A_CALL = 32 * MAX_ANSWERED
MAX_WHOLE = 2**20  # single whole numbers: a seed, a number of neighbours
MAX_TEXT, MAX_DEPTH = 100, 8
MAX_CALLS, MAX_PARTS = 20_000, 2**24  # of one check

NOTHING = "template"  # Matplotlib's name for a backend that makes no pictures


class Reference:
    """A solution notebook's namespace, and the same with known mistakes in it.

    Parameters
    ----------
    path : Path
        solutions/<assignment>/<notebook>.ipynb

    Attributes
    ----------
    accuracies : dict
        Of the saved net that was evaluated last, or what is wrong with it: see `autograder.grading.saved_net`.

    Raises
    ------
    CourseError
        If the solution does not run.
    """

    def __init__(self, path: Path):
        self.path, self.assignment, self.notebook = path, path.parent.name, path.stem
        self.cells = [
            (grade_id_of(cell), _without_magics(cell.source))
            for cell in read_notebook(path).cells
            if cell.cell_type == "code" and not is_check(cell) and not is_skipped(cell)
        ]
        self.catalogue = load_catalogue(path)
        self.settings = read_settings(path.parents[1])
        self.settings.make_helper_importable()
        try:
            self.host = Host(self._namespace({}))
        except Exception as error:  # whatever an instructor's code may raise
            raise CourseError(
                f"solutions/{self.assignment}/{path.name} stops with {type(error).__name__}: {error}"
            ) from error
        self.accuracies: dict[tuple[object, ...], tuple[float, str] | str] = {}

    @cached_property
    def functions(self) -> frozenset[str]:
        """The names of all functions and methods that the notebook defines."""
        names = set()
        for name, thing in self.host.namespace.items():
            parts = vars(thing) if isinstance(thing, type) else {name: thing}
            names |= {
                part
                for part, one in parts.items()
                if isinstance(one, FunctionType) and one.__globals__ is self.host.namespace
            }
        return frozenset(names)

    def mistaken(self, *mistakes: Misconception) -> Host:
        """The reference with one known mistake in it, or with several: new each time, as it may keep something."""
        return self.edited({grade_id: source for grade_id, source in self.with_mistakes(*mistakes) if grade_id})

    def with_mistakes(self, *mistakes: Misconception) -> list[tuple[str, str]]:
        """The cells with some known mistakes in them: grade ids and sources.

        Raises
        ------
        FitsNoMore
            If a mistake is no edit of them.
        """
        edited: dict[str, str] = {}
        sources = dict(self.cells)
        for mistake in mistakes:
            cell = f"{mistake.cell}_code"
            if cell not in sources:
                raise FitsNoMore(f"misconception {mistake.name}: {self.notebook}.ipynb has no cell {cell}")
            edited[cell] = mistake.apply(edited.get(cell, sources[cell]))
        return [(grade_id, edited.get(grade_id, source)) for grade_id, source in self.cells]

    def edited(self, cells: dict[str, str]) -> Host:
        """The reference with other code in some cells, by their grade ids."""
        return Host(self._namespace(cells))

    def answers(self, names: Iterable[str]) -> Answers:
        """Answers to the calls of these functions, for one run of one check (see `Host.repair`)."""
        return Answers(self.host.namespace, frozenset(names))

    def _namespace(self, edited: dict[str, str]) -> dict[str, Any]:
        namespace: dict[str, Any] = {"__name__": "__main__"}
        with contextlib.redirect_stdout(io.StringIO()), no_figures():
            for grade_id, source in self.cells:
                exec(_compiled(edited.get(grade_id, source), grade_id or "cell"), namespace)
        return namespace


class Answers:
    """What the reference's own functions give, for one run of one check.

    The calls come from a hand-in. Only calls of functions under repair are answered, and only if the solution's
    cells define them; only with plain arguments no larger than a check's, since products of larger ones would fill the
    grader's memory; and only as often as a check might ask. Anything else raises; the caller is not told why.

    Parameters
    ----------
    namespace : dict
        The reference's.
    names : frozenset of str
        Functions such as "softmax_loss", and methods such as "TwoLayerNet.loss".
    """

    def __init__(self, namespace: dict[str, Any], names: frozenset[str]):
        self.namespace, self.names = namespace, names
        self.calls, self.parts = MAX_CALLS, float(MAX_PARTS)  # what is left

    def __call__(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        self.calls -= 1
        if name not in self.names or self.calls < 0:
            raise ValueError("not under repair, or asked too often")
        first: tuple[Any, ...] = ()
        owner, _, method = name.rpartition(".")
        if owner:
            kind = self.namespace[owner]
            function = vars(kind)[method]
            instance = object.__new__(kind)
            # Whatever else the student's class keeps there is of no use to the reference's method.
            vars(instance).update(
                {
                    key: value
                    for key, value in args[0].items()
                    if key.isidentifier() and not hasattr(kind, key) and self._usable(value)
                }
            )
            self._take(vars(instance))
            args, first = args[1:], (instance,)
        else:
            function = self.namespace[name]
        # A function that a cell has merely imported (from the course's package, say) has other globals.
        if not isinstance(function, FunctionType) or function.__globals__ is not self.namespace:
            raise ValueError("not defined in the solution")
        self._take([list(args), kwargs])
        with as_usual(), contextlib.redirect_stdout(io.StringIO()):
            return function(*first, *args, **kwargs)

    def _usable(self, value: Any) -> bool:
        return 0 <= _size(value) <= MAX_PARTS_OF_A_CALL

    def _take(self, value: Any) -> None:
        """Count arguments.

        Raises
        ------
        ValueError
            If they are unlike any check's, or all calls together have had too many.
        """
        if not self._usable(value):
            raise ValueError("an argument is larger than any check's, or of another kind")
        self.parts -= _size(value)
        if self.parts < 0:
            raise ValueError("asked too much")


def _size(value: Any, depth: int = 0) -> float:
    """How many numbers, texts and containers there are in a value; infinitely many if no check has anything like it."""
    if isinstance(value, (np.ndarray, np.generic)):
        whole = value.dtype.kind in "iu" and value.size
        limit = MAX_ANSWERED if value.ndim else MAX_WHOLE
        fits = (
            value.dtype.kind in "biufc"
            and value.size <= MAX_ANSWERED
            and not (whole and (value.max() > limit or value.min() < -limit))
        )
        return 1 + value.size if fits else np.inf
    kind = type(value)
    if kind in (list, tuple, set, frozenset, dict) and depth < MAX_DEPTH and len(value) <= MAX_ANSWERED:
        inside = [*value, *value.values()] if kind is dict else value
        return 1 + sum(_size(part, depth + 1) for part in inside)
    fits = (
        value is None
        or kind in (bool, float, complex)
        or (kind is int and abs(value) <= MAX_WHOLE)
        or (kind is str and len(value) <= MAX_TEXT)
    )
    return 1 if fits else np.inf


@lru_cache(maxsize=64)
def reference_of(path: Path) -> Reference:
    """A solution notebook's reference, made once in a process."""
    return Reference(path)


@lru_cache(maxsize=1024)
def _compiled(source: str, name: str) -> Any:
    return compile(source, f"<{name}>", "exec")


def _without_magics(source: str) -> str:
    return "\n".join("" if line.startswith(("%", "!")) else line for line in source.splitlines())


@contextlib.contextmanager
def no_figures() -> Iterator[None]:
    """Let plotting cells run without drawing anything.

    Matplotlib takes longer to import than most notebooks to run: it is left to the cells that need it.
    """
    chosen = os.environ.get("MPLBACKEND")
    if loaded := "matplotlib" in sys.modules:
        import matplotlib.pyplot as plt

        before = plt.get_backend()
        if before != NOTHING:
            # A notebook's backend makes pictures of plots once it is in use, which may be later than it is chosen: it
            # is put in use now, or a plot after this one would show nothing.
            plt.switch_backend(before)
            plt.switch_backend(NOTHING)
    else:
        before = chosen or "agg"
        draw_nothing()
    try:
        yield
    finally:
        if "matplotlib.pyplot" in sys.modules:
            import matplotlib.pyplot as plt

            plt.close("all")
            if before != NOTHING:
                plt.switch_backend(before)
        if not loaded:
            os.environ.pop("MPLBACKEND", None)  # a cell may have done so
            os.environ.update({} if chosen is None else {"MPLBACKEND": chosen})


def draw_nothing() -> None:
    """Let no code of this process draw anything from now on."""
    if "matplotlib" in sys.modules:
        import matplotlib

        matplotlib.use(NOTHING)
    else:
        os.environ["MPLBACKEND"] = NOTHING
