"""What a student handed in, each time: kept in attempts/, and the one that counts is put into submitted/."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autograder.classroom.people import deadline
from autograder.classroom.unpacking import BadHandIn
from autograder.course import Course, CourseError

ABOUT = "attempt.json"
TIMESTAMP = "timestamp.txt"  # nbgrader's, in submitted/: when it was handed in


@dataclass(frozen=True)
class Attempt:
    """One of the times that a student handed in.

    Attributes
    ----------
    folder : Path
        Where its files are.
    submitted : datetime or None
        When, if the platform or the teacher says so.
    seen : datetime
        What the files themselves say, which orders those without a better time.
    late : bool
        Whether the platform says that it was late, if only that.
    number : int
        Of a resubmission, by the platform.
    platform : str
        The one whose download it came in; empty if only a person has arranged the files.
    given : dict of str to str
        What the platform called the files, by which it takes feedback back: the names in the download, and for each
        the declared file that it is, or "".
    """

    folder: Path
    submitted: datetime | None
    seen: datetime
    late: bool = False
    number: int = 0
    platform: str = ""
    given: dict[str, str] = field(default_factory=dict)

    @property
    def order(self) -> tuple[int, datetime]:
        return self.number, self.submitted or self.seen

    def in_time(self, until: datetime | None) -> bool:
        """Whether it came before a deadline, as far as anybody knows."""
        if until is None:
            return True
        return self.submitted <= until if self.submitted else not self.late


def folder_of(course: Course, assignment: str, student: str) -> Path:
    """Where a student's attempts are."""
    return course.root / "attempts" / student / assignment


def attempts(course: Course, assignment: str, student: str) -> list[Attempt]:
    """All attempts of a student, the oldest first."""
    found = [_read(path.parent) for path in folder_of(course, assignment, student).glob(f"*/{ABOUT}")]
    return sorted(found, key=lambda one: one.order)


def _read(folder: Path) -> Attempt:
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        submitted = datetime.fromisoformat(about["submitted"]) if about["submitted"] else None
        seen = datetime.fromisoformat(about["seen"])
        return Attempt(
            folder, submitted, seen, about["late"], about["number"], about.get("platform", ""), about.get("given", {})
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CourseError(
            f"{folder / ABOUT} is damaged: take it from a backup, or remove its folder and collect that hand-in again"
        ) from None


def keep(
    course: Course,
    assignment: str,
    student: str,
    contents: dict[str, bytes],
    seen: datetime,
    submitted: datetime | None = None,
    late: bool = False,
    number: int = 0,
    platform: str = "",
    given: dict[str, str] | None = None,
) -> Attempt:
    """Add an attempt. The same files at the same time are the same attempt, however often they are collected."""
    kept = folder_of(course, assignment, student)
    if any(path.is_symlink() for path in (kept, kept.parent, course.submitted / student)):
        raise BadHandIn(f"{kept.parent} or {course.submitted / student} is a link to somewhere else")
    name = _digest(contents)
    adopt(course, assignment, student)
    same = []
    for other in map(_read, kept.glob(f"*{name}")):
        if submitted is None or other.submitted is None:  # its time is known now, or was: still the same attempt
            submitted, seen = submitted or other.submitted, min(seen, other.seen)
            if not platform:
                platform, given = other.platform, other.given
            same.append(other.folder)
    attempt = _write(kept, contents, seen, submitted, late, number, platform, given)
    for folder in same:
        if folder != attempt.folder:
            shutil.rmtree(folder)
    return attempt


def _write(
    kept: Path,
    contents: dict[str, bytes],
    seen: datetime,
    submitted: datetime | None,
    late: bool = False,
    number: int = 0,
    platform: str = "",
    given: dict[str, str] | None = None,
) -> Attempt:
    given = given or {}
    time = f"{submitted.astimezone(UTC):%Y-%m-%d-%H%M%S}-" if submitted else ""
    about = {
        "submitted": submitted.astimezone(UTC).isoformat() if submitted else None,
        "seen": seen.astimezone(UTC).isoformat(),
        "late": late,
        "number": number,
        "platform": platform,
        "given": given,
    }
    folder = kept / f"{time}{_digest(contents)}"
    write_folder(folder, {**contents, ABOUT: (json.dumps(about, indent=1) + "\n").encode()})
    return Attempt(folder, submitted, seen, late, number, platform, given)


def settle(course: Course, assignment: str, student: str) -> Attempt | None:
    """Put the attempt that counts into submitted/, as course.toml says which; None if there is none.

    Which is the best, only grading finds out; until then it is the last.
    """
    all_of_them = attempts(course, assignment, student)
    if not all_of_them:
        return None
    until = deadline(course, assignment, student) if course.settings.counts == "in_time" else None
    one = ([one for one in all_of_them if one.in_time(until)] or all_of_them)[-1]
    put(course, assignment, student, one)
    return one


def put(course: Course, assignment: str, student: str, attempt: Attempt) -> None:
    """Put an attempt into submitted/, with its time where nbgrader looks for it."""
    contents = _contents(attempt.folder)
    if attempt.submitted:
        contents[TIMESTAMP] = f"{attempt.submitted.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC\n".encode()
    target = course.submitted / student / assignment
    if not _is(target, contents):
        write_folder(target, contents)


def which_is_in(course: Course, assignment: str, student: str) -> Attempt | None:
    """The attempt that is in submitted/; None if what is there is none that was kept."""
    folder = course.submitted / student / assignment
    if folder.is_symlink() or not folder.is_dir():
        return None
    here, time = _digest(_contents(folder)), submitted_at(course, assignment, student)
    same = [one for one in attempts(course, assignment, student) if _digest(_contents(one.folder)) == here]
    return next((one for one in same if one.submitted == time), same[-1] if same else None)


def _contents(folder: Path) -> dict[str, bytes]:
    """The files of a hand-in, without what we write beside them."""
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.name not in (ABOUT, TIMESTAMP) and path.is_file() and not path.is_symlink()
    }


def submitted_at(course: Course, assignment: str, student: str) -> datetime | None:
    """When the hand-in in submitted/ came in, by its timestamp.txt; None if nobody knows."""
    from autograder.bare_nbgrader import utils  # takes long to load

    with suppress(OSError, ValueError, OverflowError):
        text = (course.submitted / student / assignment / TIMESTAMP).read_text(encoding="utf-8").strip()
        time: datetime | None = utils.parse_utc(text) if text else None
        return time.replace(tzinfo=UTC) if time else None
    return None


def adopt(course: Course, assignment: str, student: str) -> None:
    """Keep what somebody has put into submitted/ by hand."""
    folder, kept = course.submitted / student / assignment, folder_of(course, assignment, student)
    files = [path for path in folder.glob("*") if path.is_file() and not path.is_symlink()]
    contents = {path.name: path.read_bytes() for path in files if path.name != TIMESTAMP}
    if contents and not list(kept.glob(f"*{_digest(contents)}")):
        seen = datetime.fromtimestamp(max(path.stat().st_mtime for path in files), UTC)
        _write(kept, contents, seen, submitted_at(course, assignment, student))


def _digest(contents: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]


def _is(folder: Path, contents: dict[str, bytes]) -> bool:
    if folder.is_symlink() or not folder.is_dir() or {path.name for path in folder.iterdir()} != set(contents):
        return False
    return all(path.is_file() and path.read_bytes() == contents[path.name] for path in folder.iterdir())


def write_folder(folder: Path, contents: dict[str, bytes]) -> None:
    """Write a folder, all of it or nothing, replacing an earlier one.

    Raises
    ------
    BadHandIn
        If it is a link.
    """
    if folder.is_symlink() or folder.parent.is_symlink():
        raise BadHandIn(f"{folder} is a link to somewhere else")
    replace_folder(folder, contents)


def replace_folder(folder: Path, contents: dict[str, bytes]) -> None:
    """Write a folder's files beside it, and put them in the place of an earlier one when all are there."""
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for name, content in contents.items():
        (part / name).write_bytes(content)
    if folder.exists():
        shutil.rmtree(folder)
    part.replace(folder)
