"""A course folder: where everything is, by nbgrader's names and by ours."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import stat
import unicodedata
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from filelock import FileLock
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder import database
from autograder.settings import FILE, Settings, read_settings
from autograder.settings import CourseError as CourseError

JUPYTER_CONFIG = Path(__file__).parent / "jupyter"
SECRET_FILE = ".autograder-secret"
GRADEBOOK = "gradebook.db"
NBGRADER_CONFIG = "nbgrader_config.py"


# A student's name is also a folder's, and appears in pages, tables and addresses: letters of any script with their
# marks, digits, and the punctuation of e-mail addresses and typed names. To nbgrader, square brackets are patterns.
_PUNCTUATION = "_ .@+-,()'’ʼ·\u200c\u200d"
MAX_NAME = 240  # bytes: what file systems take is 255


def can_be_student(name: str) -> bool:
    """Whether a folder of this name in submitted/ is taken as a student's."""
    return not why_no_student(name)


def why_no_student(name: str) -> str:
    """What is in the way of a name's being a student's, such as "it has '/'"; empty if nothing is."""
    if wrong := [sign for sign in name if unicodedata.category(sign)[0] not in "LNM" and sign not in _PUNCTUATION]:
        return f"it has {wrong[0]!a}"
    if not name or not (name[0] == "_" or unicodedata.category(name[0])[0] in "LN"):
        return "it does not begin with a letter or a digit"
    if name[-1] in " .":
        return "it ends in a dot or a space"
    return "it is too long" if len(name) > 100 or len(name.encode()) > MAX_NAME else ""


@dataclass(frozen=True)
class Course:
    """The folder that holds solutions/, assignment/, submitted/, autograded/, feedback/ and gradebook.db.

    Parameters
    ----------
    root : Path
    submitted_folder : Path, optional
        Where the hand-ins are, if not in `root`/submitted.
    """

    root: Path
    submitted_folder: Path | None = None

    @classmethod
    def find(cls, start: Path | None = None, submitted: Path | None = None) -> Course:
        """The course that `start` (the current folder) is in.

        Raises
        ------
        CourseError
            If neither that folder nor any above it has a folder solutions/.
        """
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / "solutions").is_dir():
                return cls(folder, submitted.resolve() if submitted else None)
        raise CourseError(
            f"there is no course here: neither {start} nor a folder above it has a folder solutions/. "
            "Go to your course's folder and try again."
        )

    @property
    def solutions(self) -> Path:
        return self.root / "solutions"

    @property
    def released(self) -> Path:
        return self.root / "assignment"

    @property
    def submitted(self) -> Path:
        return self.submitted_folder or self.root / "submitted"

    @property
    def autograded(self) -> Path:
        return self.root / "autograded"

    @property
    def feedback(self) -> Path:
        return self.root / "feedback"

    @property
    def report(self) -> Path:
        return self.root / "report"

    @property
    def settings(self) -> Settings:
        """What solutions/course.toml says."""
        return read_settings(self.solutions)

    def copied(self, folder: Path, assignment: str) -> Course:
        """A copy of this course in another folder, with one of its assignments, not released yet."""
        copy = Course(folder)
        shutil.copytree(
            self.solutions / assignment,
            copy.solutions / assignment,
            ignore=shutil.ignore_patterns(".*", "*.npz", "__pycache__"),
        )
        if (self.solutions / FILE).is_file():
            text = (self.solutions / FILE).read_text(encoding="utf-8")
            (copy.solutions / FILE).write_text(database.without_address(text), encoding="utf-8")
        return copy

    @property
    def gradebook_url(self) -> str:
        """The URL of the database with the gradebook: a file here, or what course.toml or nbgrader_config.py names.

        Raises
        ------
        CourseError
            If they name different ones.
        """
        own = self._own_config.CourseDirectory.db_url if "db_url" in self._own_config.CourseDirectory else ""
        named = {database.normal(one, self.root) for one in (self.settings.gradebook, own) if one}
        if len(named) > 1:
            raise CourseError(f"{NBGRADER_CONFIG} names another gradebook than solutions/{FILE}: let one of them do it")
        return named.pop() if named else f"sqlite:///{self.root / GRADEBOOK}"

    @property
    def gradebook(self) -> Path | None:
        """The file with the gradebook; None if it is on a server."""
        return database.file_of(self.gradebook_url)

    @property
    def _own_config(self) -> Config:
        """What an instructor has configured for nbgrader in the course's folder, where nbgrader's commands read it."""
        path = self.root / NBGRADER_CONFIG
        return _read_config(path, path.stat().st_mtime_ns) if path.is_file() else Config()

    def assignments(self) -> list[str]:
        """Names of all assignments that have a solution notebook."""
        return sorted(folder.name for folder in self.solutions.iterdir() if list(folder.glob("*.ipynb")))

    def notebooks(self, assignment: str) -> list[str]:
        """Names of an assignment's notebooks.

        Raises
        ------
        CourseError
            If there is no such assignment.
        """
        names = sorted(path.stem for path in (self.solutions / assignment).glob("*.ipynb"))
        if not names:
            known = ", ".join(self.assignments()) or "none"
            raise CourseError(f"there is no assignment {assignment!r} in {self.solutions} (there is: {known})")
        return names

    def release_digest(self, assignment: str) -> str:
        """A digest of an assignment's notebooks as students have them."""
        digest = hashlib.sha256()
        for path in sorted((self.released / assignment).glob("*.ipynb")):
            digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def source(self, assignment: str, notebook: str) -> Path:
        """The solution notebook of this name, whether there is one or not."""
        return self.solutions / assignment / f"{notebook}.ipynb"

    def students(self, assignment: str) -> list[str]:
        """Names of all students who handed something in for an assignment."""
        return [name for name in self._hand_ins(assignment) if can_be_student(name)]

    def nobodys(self, assignment: str) -> list[str]:
        """Names of folders with a hand-in that cannot be a student's name, and so are not graded."""
        return [name for name in self._hand_ins(assignment) if not can_be_student(name)]

    def _hand_ins(self, assignment: str) -> list[str]:
        if not self.submitted.is_dir():
            return []
        return sorted(
            folder.name
            for folder in self.submitted.iterdir()
            if not folder.name.startswith(".") and (folder / assignment).is_dir()
        )

    @property
    def secret_file(self) -> Path:
        return self.root / SECRET_FILE

    def secret(self) -> bytes:
        """The course's secret, from which hidden inputs are drawn; made on first use, readable by its owner only, or
        by those who share the folder.

        Raises
        ------
        CourseError
            If somebody else made it for themselves.
        """
        path = self.secret_file
        try:
            mode = 0o640 if self.shared else 0o600
            with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "w") as file:
                file.write(secrets.token_hex(32) + "\n")
        except FileExistsError:
            pass
        try:
            return path.read_bytes().strip()
        except PermissionError:
            raise CourseError(f"only {_owner(path)} may read {path}; they share it with `chmod g+r {path}`") from None

    @property
    def shared(self) -> bool:
        """Whether several people work in this folder: its group may write, and what is new belongs to that group."""
        mode = self.root.stat().st_mode
        return bool(mode & stat.S_IWGRP and mode & stat.S_ISGID)

    def share(self) -> None:
        """Let the group of a shared folder write what this process writes; SQLite asks nobody, so the gradebook too."""
        if self.shared:
            os.umask(os.umask(0o077) & ~0o070)
            if file := self.gradebook:
                with contextlib.suppress(OSError):  # there is none yet, or its owner has done it
                    file.chmod(file.stat().st_mode | 0o060)

    def lock(self) -> AbstractContextManager[object]:
        """The lock that a process holds while it writes the gradebook; it is free again when that process ends."""
        (self.root / ".grading").mkdir(exist_ok=True)
        here = FileLock(self.root / ".grading" / "lock", mode=0o664 if self.shared else 0o644, is_singleton=True)
        return here if self.gradebook else database.turn(self.gradebook_url, here)

    def nbgrader_config(self) -> Config:
        """nbgrader's configuration for this folder."""
        config = deepcopy(self._own_config)
        config.merge(PyFileConfigLoader(NBGRADER_CONFIG, path=str(JUPYTER_CONFIG)).load_config())
        config.CourseDirectory.ignore.extend(unreleased(self.root))
        config.CourseDirectory.root = str(self.root)
        config.CourseDirectory.groupshared = self.shared
        config.CourseDirectory.submitted_directory = os.path.relpath(self.submitted, self.root)
        config.CourseDirectory.db_url = self.gradebook_url
        return config


def unreleased(root: Path | None = None) -> list[str]:
    """Patterns for what nbgrader must not copy to students or hand-ins: any Python, and what is in a notebook's folder.

    nbgrader looks at names only, and a folder may be called as an assignment is, so files are named and no folders.

    Parameters
    ----------
    root : Path, optional
        The course's folder; the current one if left out.
    """
    notebooks = (root or Path()).glob("solutions/*/*.ipynb")
    files = {path.name for notebook in notebooks for path in notebook.with_suffix("").rglob("*") if path.is_file()}
    return ["*.py", *sorted(name for name in files if not name.endswith(".py"))]


@lru_cache(maxsize=16)
def _read_config(path: Path, changed: int) -> Config:
    try:
        config: Config = PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
    except Exception as error:  # whatever an instructor's code may raise
        raise CourseError(f"{path} stops with {type(error).__name__}: {error}") from None
    return config


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:  # a number without a name
        return f"user {path.stat().st_uid}"
