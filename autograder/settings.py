"""What a course decides for itself: `solutions/course.toml`.

Every setting has a default, so the file may be empty or missing. solutions/README.md explains each one.
"""

from __future__ import annotations

import importlib
import os
import sys
import tomllib
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

from platformdirs import user_cache_path

FILE = "course.toml"


class CourseError(Exception):
    """Something that a person has to fix; the message says what and how."""


@dataclass(frozen=True)
class Settings:
    """A course's settings.

    Attributes
    ----------
    title : str
        The course's name, for people.
    helper : str
        The package that notebooks import: one that is installed, or a folder beside solutions/. Hand-ins may read it,
        and what it keeps in the user's cache.
    data : tuple of str
        Environment variables; each may name a folder of data, which hand-ins may read too.
    held_out : str
        The module that has the data for saved nets, with three functions: `in_use()` returns the data's name at once;
        `prepare()` makes sure that it is there; `load(source)` returns an object with `images`, `labels`, `training`
        and the classes' `names` for a net that was trained on `source`, or raises a `LookupError` that says why it
        cannot. The first two raise a `ValueError` if what somebody has set makes no sense.
    step_seconds, notebook_seconds : float
        Deadlines for a cell or a call of a check, and for a notebook.
    hints : int
        How far up the ladder of hints feedback goes: 0 to 3.
    blind : bool
        Whether written answers are graded without names in `autograder answers`.
    address : str
        Where students fetch hand-outs from on the web, such as "https://example.org/course": a folder with each
        assignment's zip. With it, handed-out notebooks begin with a cell for Google Colab.
    timezone : str
        Where times without a time zone are meant, such as "Europe/Berlin"; this computer's zone if empty.
    deadlines : tuple of (str, datetime)
        Until when each assignment is due, with a time zone.
    counts : {"in_time", "last", "best"}
        Which attempt counts: the last one before the deadline if there is any; the last one; or the one to which the
        grader gives most points, what lateness costs taken off.
    late_penalty : str
        What lateness costs: nbgrader's "none" or "zero", or "module.Class", a late-submission plugin for nbgrader.
    gradebook : str
        The URL of the database that the gradebook is in; the file gradebook.db beside solutions/ if empty.
    """

    title: str = ""
    helper: str = ""
    data: tuple[str, ...] = ()
    held_out: str = ""
    step_seconds: float = 20.0
    notebook_seconds: float = 180.0
    hints: int = 3
    blind: bool = True
    address: str = ""
    timezone: str = ""
    deadlines: tuple[tuple[str, datetime], ...] = ()
    counts: str = "in_time"
    late_penalty: str = "none"
    gradebook: str = ""
    solutions: Path = field(default=Path(), repr=False)

    def helper_folder(self) -> Path | None:
        """Where the helper package is; None if the course has none, or it cannot be found."""
        if not self.helper:
            return None
        beside = self.solutions.parent / self.helper
        if (beside / "__init__.py").is_file():
            return beside.resolve()
        found = find_spec(self.helper)
        return Path(found.origin).parent if found and found.origin else None

    def helper_modules(self) -> list[Path]:
        """The helper package's own files, tests aside."""
        folder = self.helper_folder()
        if folder is None:
            return []
        return sorted(path for path in folder.rglob("*.py") if "tests" not in path.relative_to(folder).parts)

    def draws(self) -> bool:
        """Whether solutions or helpers import Matplotlib, which takes as long as it takes to grade a short notebook."""
        sources = [*self.solutions.glob("*/*.ipynb"), *self.helper_modules()]
        return any("matplotlib" in path.read_text(encoding="utf-8", errors="replace") for path in sources)

    def make_helper_importable(self) -> None:
        """Let this process import a helper package that lies beside solutions/ and is not installed."""
        folder = self.helper_folder()
        if folder is not None and find_spec(self.helper) is None:
            sys.path.append(str(folder.parent))

    def data_in_use(self) -> str:
        """Which data saved nets are judged on; "" if the course has none.

        Raises
        ------
        CourseError
            If it cannot be had.
        """
        return str(self._asked("in_use"))

    def prepare_data(self) -> None:
        """Make sure that the data for saved nets is there.

        Raises
        ------
        CourseError
            If it cannot be had.
        """
        self._asked("prepare")

    def _asked(self, name: str) -> Any:
        module = self.held_out_data()
        try:
            return getattr(module, name)() if module else ""
        except ValueError as error:
            raise CourseError(str(error)) from None

    def data_folders(self) -> dict[Path, Path]:
        """Folders that hand-ins may read, and where each appears: inside the home directory, or at an absolute path."""
        named = [Path(os.environ[name]).expanduser() for name in self.data if os.environ.get(name)]
        folders = {path: path for path in named}
        if self.helper:
            folders[user_cache_path(self.helper)] = Path(".cache") / self.helper
        return {outside: inside for outside, inside in folders.items() if outside.is_dir()}

    def deadline(self, assignment: str) -> datetime | None:
        """Until when an assignment is due; None if nobody has said so."""
        return dict(self.deadlines).get(assignment)

    def with_zone(self, time: datetime) -> datetime:
        """A time with its time zone: the course's, if it has none."""
        if time.tzinfo:
            return time
        return time.replace(tzinfo=ZoneInfo(self.timezone)) if self.timezone else time.astimezone()

    def held_out_data(self) -> ModuleType | None:
        """The module with the data for saved nets; None if the course has none.

        Raises
        ------
        CourseError
            If it cannot be imported.
        """
        if not self.held_out:
            return None
        try:
            return importlib.import_module(self.held_out)
        except ImportError as error:
            raise CourseError(
                f"{self.solutions / FILE}: held_out names {self.held_out!r}, which cannot be imported: {error}"
            ) from None


_RANGES: dict[str, tuple[float, float]] = {
    "step_seconds": (1, 3600),
    "notebook_seconds": (1, 24 * 3600),
    "hints": (0, 3),
}


def read_settings(solutions: Path) -> Settings:
    """The settings of the course whose solutions/ this is.

    Raises
    ------
    CourseError
        If the file is not TOML, or has an unknown setting or a value that makes no sense.
    """
    path = solutions / FILE
    try:
        about = path.stat()
    except OSError:
        return Settings(solutions=solutions)
    return _read(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=64)
def _read(path: Path, *state: int) -> Settings:
    """The settings in a file, read again only when the file has changed."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} is not TOML: {error}") from None
    known = {one.name: one.default for one in fields(Settings) if one.name != "solutions"}
    for name, value in given.items():
        if name not in known:
            raise CourseError(f"{path} has a setting {name!r}, which does not exist; there are {', '.join(known)}")
        given[name] = _checked(path, name, value, known[name])
    settings = Settings(**given, solutions=path.parent)
    return replace(settings, deadlines=tuple((name, settings.with_zone(time)) for name, time in settings.deadlines))


def _checked(path: Path, name: str, value: Any, default: Any) -> Any:
    if name == "deadlines":
        if isinstance(value, dict) and all(isinstance(time, datetime) for time in value.values()):
            return tuple(value.items())
        raise CourseError(f"{path}: deadlines should be a table of times such as knn = 2026-10-31T23:59:00+01:00")
    if name == "counts" and value not in ("in_time", "last", "best"):
        raise CourseError(f'{path}: counts should be "in_time", "last" or "best"')
    if name == "timezone" and value:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, TypeError, OSError):
            raise CourseError(f'{path}: timezone should be a name such as "Europe/Berlin"') from None
    if isinstance(default, tuple):
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise CourseError(f'{path}: {name} should be a list of strings such as ["CIFAR10_DIR"]')
    if isinstance(default, str):
        if isinstance(value, str):
            return value
        raise CourseError(f"{path}: {name} should be a string in quotation marks")
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
        raise CourseError(f"{path}: {name} should be true or false")
    low, high = _RANGES[name]
    whole = isinstance(default, int)
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not low <= value <= high:
        raise CourseError(f"{path}: {name} should be a {'whole ' if whole else ''}number from {low:g} to {high:g}")
    return value if whole else float(value)
