"""One archive that, unpacked anywhere, is the course as it was."""

from __future__ import annotations

import os
import shlex
import tarfile
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.filesize import decimal

from autograder import database
from autograder.classroom.gradebook import write_copy
from autograder.course import GRADEBOOK, SECRET_FILE, Course, CourseError
from autograder.terminal import Console, one_line
from cs231n_utils.files import written_whole

FOLDER = "backups"
_DOTTED = (SECRET_FILE, ".gitignore")  # of the files whose names begin with a dot, those that are the course's
_PASSING = ("__pycache__", ".ipynb_checkpoints", "lock")  # "lock": of .grading/
_ARCHIVES = (".zip", ".tar.gz")


@dataclass(frozen=True)
class Part:
    """A file or a folder in the archive, and how many bytes its files have."""

    name: str
    size: int


def back_up(course: Course, to: Path | None = None) -> tuple[Path, list[Part]]:
    """Write an archive of the gradebook, the secret, hand-ins, graded notebooks, solutions, and the files beside them.

    Feedback pages are left out, since one command makes them again, and so are folders that are not the course's.

    Parameters
    ----------
    to : Path, optional
        The archive, or a folder to put it in; by default the course's folder backups/.

    Returns
    -------
    archive : Path
    parts : list of Part

    Raises
    ------
    CourseError
        If the archive exists already, or the gradebook is damaged or cannot be reached.
    """
    name = f"{course.root.name}-{datetime.now():%Y-%m-%d-%H%M%S}.tar.gz"
    if to is None:
        to = course.root / FOLDER
        to.mkdir(exist_ok=True)
    path = to / name if to.is_dir() else to
    if path.exists():
        raise CourseError(f"{path} is there already: name another file")
    parts, sources = [], _parts(course)  # looked up before the archive, which may be in one of them, is begun
    with course.lock(), tempfile.TemporaryDirectory() as folder, written_whole(path) as file:
        os.chmod(file.fileno(), 0o600)  # it holds the secret
        with tarfile.open(fileobj=file, mode="w:gz") as archive:
            for part in sources:
                source, name = part.resolve(), part.name  # a folder may be a link to a larger disk
                if part == course.root / GRADEBOOK:
                    source = Path(folder) / part.name
                    write_copy(course, source)
                    if part != course.gradebook:
                        name = f"{name}, a copy of {course.gradebook or database.shown(course.gradebook_url)}"
                before = len(archive.getmembers())
                archive.add(source, f"{course.root.name}/{part.name}", filter=_lasting)
                parts.append(Part(name, sum(one.size for one in archive.getmembers()[before:])))
    return path, parts


def print_backup(console: Console, path: Path, parts: list[Part]) -> None:
    """Say what is in an archive, what is not, and how to get the course back from it."""
    for part in parts:
        console.print(f"{decimal(part.size):>12}  {one_line(part.name)}", markup=False, soft_wrap=True)
    console.print(
        f"wrote {path}, {decimal(path.stat().st_size)}. Not in it: feedback/ and report/, which commands make again, "
        "and folders that are not the course's.\n"
        f"To get the course back: tar -xzf {shlex.quote(path.name)}. The archive holds grades and the secret: keep it "
        "from students, and keep a copy on another machine.",
        markup=False,
        soft_wrap=True,
    )


def _parts(course: Course) -> list[Path]:
    helper = course.settings.helper_folder()
    folders = [course.solutions, course.released, course.submitted, course.autograded, course.root / ".grading"]
    folders += [course.root / "attempts", course.root / "roster"]
    if helper is not None and helper.parent == course.root:
        folders.append(helper)
    beside = [
        path
        for path in sorted(course.root.iterdir())
        if path.is_file()
        and path.name != GRADEBOOK
        and (path.name in _DOTTED or not path.name.startswith((".", "gradebook.db-")))
        and not path.name.endswith(_ARCHIVES)
    ]
    gradebook = [course.root / GRADEBOOK] if database.is_there(course.gradebook_url) else []
    return [*gradebook, *beside, *filter(Path.is_dir, folders)]


def _lasting(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if member.name.rpartition("/")[2] in _PASSING else member
