"""The Python that an instructor writes beside a notebook: its rubric, known mistakes and right answers.

What belongs to `solutions/<assignment>/<notebook>.ipynb` is in the folder `solutions/<assignment>/<notebook>/`; what
several notebooks of an assignment share is in the assignment's folder. That folder is a package without a fixed name,
so its modules import each other relatively: `from ..shared import first_weights`.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from autograder.course import CourseError


def load(assignment: Path, name: str) -> ModuleType | None:
    """A module of an assignment's folder; None if there is no such file.

    Parameters
    ----------
    assignment : Path
        The assignment's folder, in whichever course.
    name : str
        Such as "shared", or "layers.rubric" for `layers/rubric.py`.

    Raises
    ------
    CourseError
        If the module cannot be imported; it says where and why.
    """
    folder = assignment.resolve()
    path = folder.joinpath(*name.split(".")).with_suffix(".py")
    if not path.is_file():
        return None
    # Two courses may have assignments of the same name, and a test may have copies of one course.
    package = f"course_{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"
    if package not in sys.modules:
        sys.modules[package] = ModuleType(package)
        sys.modules[package].__path__ = [str(folder)]
    if f"{package}.{name}" not in sys.modules:  # it is asked for often
        importlib.invalidate_caches()
    try:
        with _nothing_written():
            return importlib.import_module(f"{package}.{name}")
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) == path]
        line = error.lineno if isinstance(error, SyntaxError) else lines[-1] if lines else None
        where = f"{path}, line {line}" if line else str(path)
        raise CourseError(f"{where}: {type(error).__name__}: {error}") from error


@contextmanager
def _nothing_written() -> Iterator[None]:
    """Leave no compiled files beside what an instructor writes.

    Python takes one for that of a later version, too, if this is of the same length and the same second: a check that a
    script has mended would stay as it was.
    """
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def load_beside(notebook: Path, kind: str) -> ModuleType | None:
    """A module of a notebook's own folder, such as its "rubric"; None if there is no such file.

    Parameters
    ----------
    notebook : Path
        The solution notebook.
    """
    return load(notebook.parent, f"{notebook.stem}.{kind}")
