"""What may be removed since a command makes it again: graded notebooks and pages, never hand-ins or grades."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from rich.filesize import decimal

from autograder.course import Course
from autograder.terminal import Console, one_line


@dataclass(frozen=True)
class Waste:
    """Folders of one kind that can be made again.

    Attributes
    ----------
    what : str
        Such as "autograded/first_steps".
    again : str
        How they are made again, or why they need not be.
    """

    what: str
    again: str
    folders: list[Path]

    @property
    def size(self) -> int:
        """Bytes of all files in them."""
        return sum(path.lstat().st_size for folder in self.folders for path in folder.rglob("*") if not path.is_dir())

    def remove(self) -> None:
        """Remove them, and a student's folder that is empty then."""
        for folder in self.folders:
            shutil.rmtree(folder)
            if not any(folder.parent.iterdir()):
                folder.parent.rmdir()


def waste(course: Course, assignment: str | None = None) -> tuple[list[Waste], list[Path]]:
    """What may be removed, of one assignment or of all, and the folders of graded notebooks that may not.

    A graded notebook stays if its hand-in or its solution is gone: no command could make it again.
    """
    known = course.assignments()
    found, kept = [], []
    for name in sorted({folder.name for folder in _folders(course.autograded) + _folders(course.feedback)}):
        if assignment not in (None, name):
            continue
        graded = [folder for folder in _folders(course.autograded) if folder.name == name]
        again = [one for one in graded if name in known and (course.submitted / one.parent.name / name).is_dir()]
        kept += [folder for folder in graded if folder not in again]
        if again:
            found.append(Waste(f"autograded/*/{name}", f"`autograder grade {name}` makes them again", again))
        sources = {*kept, *again, *_folders(course.submitted)}
        pages = [
            folder
            for folder in _folders(course.feedback)
            if folder.name == name in known
            and not sources.isdisjoint(
                place / folder.parent.name / name for place in (course.submitted, course.autograded)
            )
        ]
        if pages:
            found.append(Waste(f"feedback/*/{name}", f"`autograder feedback {name}` makes them again", pages))
    for folder in sorted(course.report.glob("*")):
        if folder.is_dir() and not folder.is_symlink() and folder.name in known and assignment in (None, folder.name):
            found.append(Waste(f"report/{folder.name}", f"`autograder report {folder.name}` makes it again", [folder]))
    unfinished = [] if assignment else [path for path in course.root.glob(".release-*") if path.is_dir()]
    if unfinished:
        found.append(Waste(".release-*", "left by a release that was killed", unfinished))
    return found, kept


def clean_up(course: Course, assignment: str | None, console: Console, remove: bool = False) -> None:
    """Print what may be removed and what stays, and do it if that is wanted."""
    with course.lock():
        found, kept = waste(course, assignment)
        for one in found:
            said = f"{decimal(one.size):>12}  {one.what} ({len(one.folders)}): {one.again}"
            if remove:
                one.remove()
            console.print(f"{'removed' if remove else 'would remove'} {said}", markup=False, soft_wrap=True)
    for folder in kept:
        name = one_line(str(folder.relative_to(course.root)))
        console.print(f"kept: {name}: its hand-in or its solution is gone", markup=False, soft_wrap=True)
    if not found:
        console.print("Nothing to remove.")
    elif not remove:
        console.print("Nothing is removed yet: `autograder clean --yes` does it.", soft_wrap=True)
    console.print("Hand-ins, grades and the secret stay.")


def _folders(root: Path) -> list[Path]:
    """The folders STUDENT/ASSIGNMENT in `root`, links aside."""
    return sorted(path for path in root.glob("*/*") if path.is_dir() and not path.is_symlink())
