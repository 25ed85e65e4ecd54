"""Who the students are: lists that platforms export, in the course's folder roster/, which Git ignores.

Any CSV there is read by the names of its columns, and what several of them say about one student is put together. Two
files have names of their own: hand_ins.csv, in which a teacher answers whose something is, and extensions.csv.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path

from autograder.classroom.platforms import Claim, time_from
from autograder.course import Course, CourseError, can_be_student, why_no_student
from autograder.settings import Settings
from cs231n_utils.files import written_whole

FOLDER = "roster"
HAND_INS, EXTENSIONS = "hand_ins.csv", "extensions.csv"
NOBODY = "-"  # in hand_ins.csv: this is no hand-in

# By the heading of a column, in small letters: what kind of key it has. Those with a number may name the student's
# folder, the smallest first.
_KEYS = {
    "student_id": ("id", 1),
    "sis login id": ("id", 2),
    "username": ("id", 2),
    "login": ("id", 2),
    "id number": ("id", 3),
    "sid": ("id", 3),
    "student id": ("id", 3),
    "sis user id": ("id", 4),
    "orgdefinedid": ("id", 4),
    "email": ("mail", 5),
    "email address": ("mail", 5),
    "github": ("github", 9),
    "github_username": ("github", 9),
    "roster_identifier": ("id", 6),
    "canvas": ("canvas", 9),
    "moodle": ("moodle", 9),
    "lms_user_id": ("canvas", 9),
}
_BY_NAME = 8  # of a folder that is named by the full name, for want of anything better
_TIMES = ("submitted", "last modified (submission)", "submission_timestamp")


@dataclass
class Student:
    """A student, as the lists say.

    Attributes
    ----------
    folder : str
        The name of the folder in submitted/.
    keys : set of str
        Such as "id:ada" or "canvas:12", in small letters.
    names : set of str
        The full name in the ways in which it may be written, as `spelled` gives them.
    """

    folder: str
    keys: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    first: str = ""
    last: str = ""
    mail: str = ""
    rank: int = 99


@dataclass(frozen=True)
class Answer:
    """What hand_ins.csv says about a hand-in: whose it is, and when it came in; empty where nobody has said so."""

    student: str
    submitted: str
    question: str


class People:
    """The students of a course, and what a teacher has answered.

    Parameters
    ----------
    course : Course

    Raises
    ------
    CourseError
        If a list cannot be read; the message names it.
    """

    def __init__(self, course: Course):
        self.course, self.folder = course, course.root / FOLDER
        self.students: list[Student] = []
        self.times: dict[str, str] = {}  # as they are written
        self.answers: dict[tuple[str, str], Answer] = {}
        self._nameless: set[str] = set()  # "participant", in Moodle's language
        lists = sorted(self.folder.glob("*.[cC][sS][vV]"))
        for path in self.folder.glob("[!.~]*.[xXoO][lLdD][sS]*"):
            if path.stem not in {one.stem for one in lists}:
                raise CourseError(f"{path} is a spreadsheet: save it as CSV UTF-8")
        for path in lists:
            rows = _rows(path)
            if path.name == HAND_INS:
                self.answers = {
                    (row.get("assignment", ""), row.get("hand_in", "")): Answer(
                        row.get("student", ""), row.get("submitted", ""), row.get("question", "")
                    )
                    for row in rows
                }
            elif path.name != EXTENSIONS:
                named = [self._add(row, path, number) for number, row in enumerate(rows)]
                if rows and not any(named):
                    raise CourseError(f"{path} names no student: it needs a column student, name or email")
        self._finish()

    def _add(self, row: dict[str, str], path: Path, number: int) -> bool:
        """Note what a line says; whether it is one of a list of students."""
        first, last, name = _name(row)
        if "points possible" in (name + first + last).casefold():  # Canvas's second row
            return True
        keys: set[str] = set()
        folders: list[tuple[int, str]] = []
        for kind, rank, value in _values(row):
            keys.add(f"{kind}:{value}".casefold())
            if rank < 9:
                folders.append((rank, value))
        if participant := re.fullmatch(r"(?:(\D+) )?(\d+)", row.get("identifier", "")):
            self._nameless.add(spelled(participant[1] or ""))
            keys.add(f"moodle:{participant[2]}")
            for heading in _TIMES:
                if re.search(r"\d", time := row.get(heading, "")):
                    self.times[f"moodle:{participant[2]}"] = time
        elif identifier := row.get("identifier", ""):
            folders.append((6, identifier))
            keys.add(f"id:{identifier}".casefold())
        if repository := row.get("student_repository_name", ""):
            keys.add(f"repository:{repository}".casefold())
            if time := row.get("submission_timestamp", ""):
                self.times[f"repository:{repository}".casefold()] = time
        if full := f"{first} {last}".strip():
            folders.append((_BY_NAME, full))
            if not _headings(row) and "identifier" not in row:  # a list of names alone
                keys.add(f"{path.name}:{number}")
        if not keys:
            return False
        rank, folder = min(folders, default=(99, ""))
        one = Student(folder, keys, {*spellings(first, last), *spellings(name)}, first, last, rank=rank)
        one.mail = next((row[heading] for heading in ("email", "email address") if row.get(heading)), "")
        if folder and not can_be_student(folder):
            raise CourseError(f"{path}: {folder!r} cannot be a student's name, because {why_no_student(folder)}")
        for known in [known for known in self.students if known.keys & one.keys]:
            one = _together(known, one)
            self.students.remove(known)
        self.students.append(one)
        return True

    def _finish(self) -> None:
        """Put those who are known by name only to the one student of that name; refuse two students in one folder."""
        for one in [one for one in self.students if one.rank >= _BY_NAME]:
            others = [other for other in self.students if other is not one and other.names & one.names]
            kinds = {key.partition(":")[0] for key in one.keys}
            # Two numbers of one platform are two students.
            if len(others) == 1 and not kinds & {key.partition(":")[0] for key in others[0].keys}:
                self.students = [known for known in self.students if known is not one and known is not others[0]]
                self.students.append(_together(others[0], one))
        folders = Counter(one.folder.casefold() for one in self.students)
        if twice := next((one.folder for one in self.students if folders[one.folder.casefold()] > 1), ""):
            raise CourseError(
                f"{self.folder}: two students would have the folder {twice!r}. Add a list with their names or ids "
                "and a column student_id"
            )

    def of(self, claim: Claim) -> Student | None:
        """The one student whom a claim can mean; None if there is none, or more than one."""
        by_key = self._with(lambda one: bool(one.keys & {key.casefold() for key in claim.keys}))
        name = spelled(claim.name)
        by_name = self._with(lambda one: name in one.names or f"id:{claim.name}".casefold() in one.keys) if name else []
        if len(by_key) > 1:
            return None
        if by_key:  # a name may be spelled differently; that it is another student's, or a group's, makes it doubtful
            fits = by_key[0] in by_name or not (by_name or self._may_be_group(claim, by_key[0]))
            return by_key[0] if fits else None
        return by_name[0] if len(by_name) == 1 else None

    def _may_be_group(self, claim: Claim, known: Student) -> bool:
        """Whether a hand-in is perhaps a group's, because the name is not that of the student with its number.

        Moodle numbers groups, too, and Canvas takes a member's number. Where Moodle hides names, it calls everybody the
        same.
        """
        return (
            claim.platform in ("canvas", "moodle") and bool(known.names) and spelled(claim.name) not in self._nameless
        )

    def _with(self, fits: Callable[[Student], bool]) -> list[Student]:
        return [one for one in self.students if one.folder and fits(one)]

    def called(self, folder: str) -> Student | None:
        """The student with this folder, or this key."""
        return self._by_folder.get(unicodedata.normalize("NFC", folder).casefold())

    @cached_property
    def _by_folder(self) -> dict[str, Student]:
        return {one.folder.casefold(): one for one in reversed(self.students)}  # the first of several

    def time_of(self, claim: Claim) -> str:
        """When a hand-in came in, by the lists, as it is written there; empty if they do not say so."""
        return next((self.times[key.casefold()] for key in claim.keys if key.casefold() in self.times), "")

    def ask(self, assignment: str, questions: dict[str, Answer]) -> Path:
        """Write questions to hand_ins.csv, for a teacher to answer; what is there already stays."""
        for label, answer in questions.items():
            self.answers.setdefault((assignment, label), answer)
        self.folder.mkdir(exist_ok=True)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(["assignment", "hand_in", "student", "submitted", "question"])
        for (of, label), answer in self.answers.items():
            writer.writerow([_guarded(cell) for cell in (of, label, answer.student, answer.submitted, answer.question)])
        path = self.folder / HAND_INS
        with written_whole(path) as file:
            file.write(b"\xef\xbb\xbf" + text.getvalue().encode())  # so that Excel reads names right
        return path


def extensions(course: Course, assignment: str) -> dict[str, datetime]:
    """Until when some students may hand in, by their folders: roster/extensions.csv says so.

    Raises
    ------
    CourseError
        If a line makes no sense.
    """
    path = course.root / FOLDER / EXTENSIONS
    if not path.is_file():
        return {}
    return _extensions(path, assignment, course.settings, path.stat().st_mtime_ns, path.stat().st_size)


@lru_cache(maxsize=16)
def _extensions(path: Path, assignment: str, settings: Settings, *state: int) -> dict[str, datetime]:
    """Those in a file, read again only when the file has changed: a class asks for each of its hand-ins."""
    found = {}
    for number, row in enumerate(_rows(path), 2):
        until = time_from(row.get("until", ""))
        # A day alone would end as it begins.
        if not row.get("student") or until is None or ":" not in row["until"]:
            raise CourseError(
                f"{path}, line {number}: a student, an assignment and a time (until), such as 2026-10-05 12:00, are "
                "needed"
            )
        if row.get("assignment") == assignment:
            found[row["student"]] = settings.with_zone(until)
    return found


def deadline(course: Course, assignment: str, student: str) -> datetime | None:
    """Until when a student may hand in; None if there is no deadline."""
    return extensions(course, assignment).get(student) or course.settings.deadline(assignment)


def spelled(name: str) -> str:
    """A name's letters and digits alone, small and composed: what is the same in any spelling of it."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in unicodedata.normalize("NFC", text) if unicodedata.category(sign)[0] in "LMN")


def spellings(*words: str) -> set[str]:
    """The ways in which a full name may be written: `Ada Lovelace` and `Lovelace, Ada`."""
    name = " ".join(word for word in words if word).strip()
    last, comma, first = name.partition(",")
    parts = [first, last] if comma else list(words) if len(words) > 1 else name.rsplit(" ", 1)
    return {spelled(" ".join(order)) for order in (parts, parts[::-1])} - {""}


def claim_in(row: dict[str, str]) -> Claim:
    """Who a line of a list is about, by its headings in small letters."""
    first, last, full = _name(row)
    keys = [f"{kind}:{value}".casefold() for kind, _, value in _values(row)]
    if participant := re.fullmatch(r"(?:\D+ )?(\d+)", row.get("identifier", "")):
        keys.append(f"moodle:{participant[1]}")
    return Claim("", f"{first} {last}".strip() or full, tuple(keys))


def _values(row: dict[str, str]) -> list[tuple[str, int, str]]:
    """The kinds, the ranks and the values of the keys in a line."""
    return [
        (kind, rank, value)
        for heading, (kind, rank) in _headings(row).items()
        if (value := row[heading].lstrip("#").strip())
    ]


def _together(one: Student, other: Student) -> Student:
    better, worse = sorted((one, other), key=lambda student: student.rank)
    return Student(
        better.folder or worse.folder,
        one.keys | other.keys,
        one.names | other.names,
        better.first or worse.first,
        better.last or worse.last,
        better.mail or worse.mail,
        better.rank,
    )


def _headings(row: dict[str, str]) -> dict[str, tuple[str, int]]:
    found = {heading: _KEYS[heading] for heading in row if heading in _KEYS}
    if "id" in row:  # Canvas's own number, or nbgrader's name of a student
        found["id"] = ("canvas", 9) if "student" in row else ("id", 1)
    if "student" in row and "id" not in row:
        found["student"] = ("id", 1)
    return found


def _name(row: dict[str, str]) -> tuple[str, str, str]:
    """First name, last name, and the full name if these are not known."""
    first = row.get("first name") or row.get("first_name") or ""
    last = row.get("last name") or row.get("surname") or row.get("last_name") or ""
    full = row.get("full name") or row.get("name") or (row.get("student", "") if "id" in row else "")
    if full and not (first or last):
        before, comma, after = full.partition(",")
        words = full.rsplit(" ", 1)
        first, last = (
            (after.strip(), before.strip()) if comma else (words[0], words[1]) if len(words) > 1 else ("", full)
        )
    return first, last, full


def sheet(path: Path) -> tuple[list[list[str]], str]:
    """The lines of a table and what separates its cells; the encoding is found by itself.

    Raises
    ------
    CourseError
        If it is no table.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        raise CourseError(f"{path} is not in UTF-8: save it as CSV UTF-8") from None
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    lines = csv.reader(io.StringIO(text), delimiter=separator, strict=True)  # a quote left open would hide the rest
    try:
        return list(lines), separator
    except csv.Error as error:
        raise CourseError(f"{path} is not a CSV file: {error} (line {lines.line_num})") from None


def _rows(path: Path) -> list[dict[str, str]]:
    """The lines of a table, by their headings in small letters."""
    lines, _ = sheet(path)
    if not lines:
        return []
    headings = [heading.strip().casefold() for heading in lines[0]]
    return [
        {heading: _bare(unicodedata.normalize("NFC", cell)) for heading, cell in zip(headings, line)}
        for line in lines[1:]
        if any(cell.strip() for cell in line)
    ]


def _guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if re.match(r"[\s'\"]*[=+\-@＝＋－＠]", cell) and cell != NOBODY else cell


def _bare(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell.startswith("'") and _guarded(cell[1:]) != cell[1:] else cell
