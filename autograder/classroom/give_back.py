"""Feedback as it is given to students: a zip for each, a platform's bulk upload, or the files of a mail merge.

Moodle and Canvas know whose a file is by the name in their own download, which `collect` has kept.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from autograder.classroom.attempts import TIMESTAMP, Attempt, attempts, replace_folder
from autograder.classroom.export import as_text
from autograder.classroom.people import People
from autograder.classroom.picking import SECRET
from autograder.classroom.platforms import claim_of
from autograder.classroom.unpacking import is_archive, is_notebook
from autograder.course import Course, CourseError
from autograder.terminal import one_line
from cs231n_utils.files import written_whole

FIRST = (1980, 1, 1, 0, 0, 0)  # so that the same files give the same bytes
FORMS = (".html", ".txt", ".json")  # in a student's zip
MAIL = "mail.csv"
Files = dict[str, bytes]


class _NoPlace(Exception):
    """Why somebody's feedback is in no archive."""


def give_back(
    course: Course, assignment: str, students: list[str], kind: str, to: Path | None = None
) -> tuple[Path, int, list[str]]:
    """Pack the feedback that `write_feedback` has written.

    Parameters
    ----------
    students : list of str
        Whose.
    kind : str
        One of `KINDS`: "students", a folder with a zip for each; "moodle" or "canvas", one zip for the platform's bulk
        upload; "mail", a folder with zips and a CSV with addresses, for a mail merge.
    to : Path, optional
        The zip or the folder to write; by default feedback/ASSIGNMENT-KIND, which replaces an earlier one.

    Returns
    -------
    path : Path
    count : int
        How many students' feedback is in it.
    left_out : list of str
        A sentence for each student whose feedback is not.

    Raises
    ------
    CourseError
        If there is no such kind, something else is in the way, or nobody's feedback could be packed.
    """
    require_kind(kind)
    one_zip = kind in ("moodle", "canvas")
    path = to or course.feedback / f"{assignment}-{kind}{'.zip' if one_zip else ''}"
    path = path.parent.resolve() / path.name
    _require_room(path, folder=not one_zip)
    people, packed = People(course), Files()
    rows: list[list[str]] = []
    left_out: list[str] = []
    for student in students:
        try:
            packed |= KINDS[kind](course, assignment, student, people)
            if kind == "mail":
                rows.append(_row(course, assignment, student, people))
        except _NoPlace as why:
            left_out.append(f"{student} is left out: {why}")
    if not packed:
        raise CourseError(" ".join(left_out[:1]) or f"there is no feedback for {assignment}")
    if kind == "mail":
        packed[MAIL] = _table(rows)
    if one_zip:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(path) as file:
            file.write(_zip(packed))
    else:
        replace_folder(path, packed)
    return path, len(students) - len(left_out), left_out


def require_kind(kind: str) -> None:
    """Refuse what feedback cannot be packed for.

    Raises
    ------
    CourseError
    """
    if kind not in KINDS:
        raise CourseError(f"feedback cannot be packed for {kind!r}: there are {', '.join(KINDS)}")


def _forms_of(course: Course, assignment: str, student: str) -> Files:
    return {
        file.name: file.read_bytes()
        for file in sorted((course.feedback / student / assignment).glob("*"))
        if file.suffix in FORMS and file.name not in (TIMESTAMP, SECRET)  # which are the exchange's
    }


def _zip_of(course: Course, assignment: str, student: str, people: People) -> Files:
    return {f"{assignment}-feedback-{student}.zip": _zip(_forms_of(course, assignment, student))}


def _for_mail(course: Course, assignment: str, student: str, people: People) -> Files:
    known = people.called(student)
    if not known or "@" not in known.mail:
        raise _NoPlace("no list in roster/ has an e-mail address")
    return _zip_of(course, assignment, student, people)


def _for_moodle(course: Course, assignment: str, student: str, people: People) -> Files:
    """Files in the participant's folder, which Moodle reads as NAME_NUMBER_assignsubmission_file_."""
    number, name = "", ""
    if attempt := _last(course, assignment, student, "moodle"):
        claim = claim_of(next(iter(attempt.given)), "moodle")
        if claim and claim.keys:
            number, name = claim.keys[0].removeprefix("moodle:"), claim.name
    elif known := people.called(student):
        number = next((key.removeprefix("moodle:") for key in known.keys if key.startswith("moodle:")), "")
        name = f"{known.first} {known.last}"
    if not number:
        raise _NoPlace(
            f"nothing says which participant that is in Moodle. Collect Moodle's download again (`autograder collect "
            f"{assignment} ...`), or put the grading worksheet into roster/"
        )
    name = re.sub(r"[\x00-\x1f_/\\:*?\"<>|]+", " ", name).strip(" .") or "Participant"
    folder = course.feedback / student / assignment
    pages = sorted(folder.glob("*.html"))
    return {f"{name}_{number}_assignsubmission_file_/{page.name}": page.read_bytes() for page in pages}


def _for_canvas(course: Course, assignment: str, student: str, people: People) -> Files:
    """A file in place of each that was handed in, with its name; students see it under the name that they gave it.

    So it is of the same kind: a zip for a zip, a notebook for a notebook.
    """
    attempt = _last(course, assignment, student, "canvas")
    if attempt is None:
        raise _NoPlace(
            "nothing says what Canvas calls the hand-in. Collect Canvas's download again (`autograder collect "
            f"{assignment} ...`)"
        )
    if archives := [name for name in attempt.given if is_archive(name)]:
        forms = _forms_of(course, assignment, student)
        return {archives[0]: _zip(forms) if archives[0].casefold().endswith(".zip") else _tar(forms, archives[0])}
    folder = course.feedback / student / assignment
    found = {name: folder / own for name, own in attempt.given.items() if is_notebook(name) and own}
    files = {name: path.read_bytes() for name, path in found.items() if path.is_file()}
    if not files:
        raise _NoPlace("there is feedback on none of the files that Canvas has")
    return files


KINDS: dict[str, Callable[[Course, str, str, People], Files]] = {
    "students": _zip_of,
    "moodle": _for_moodle,
    "canvas": _for_canvas,
    "mail": _for_mail,
}


def _last(course: Course, assignment: str, student: str, platform: str) -> Attempt | None:
    """The last attempt from a platform, whose files are the ones that it knows."""
    found = [one for one in attempts(course, assignment, student) if one.platform == platform and one.given]
    return found[-1] if found else None


def _row(course: Course, assignment: str, student: str, people: People) -> list[str]:
    known = people.called(student)
    assert known is not None
    records = sorted((course.feedback / student / assignment).glob("*.json"))
    scores = [json.loads(record.read_text(encoding="utf-8")) for record in records]
    total, most = (sum(one[key] for one in scores) for key in ("score", "max_score"))
    attachment = f"{assignment}-feedback-{student}.zip"
    name = one_line(f"{known.first} {known.last}")
    return [one_line(known.mail), name, student, f"{round(total, 4):g}", f"{most:g}", attachment]


def _table(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["address", "name", "student_id", "total", "max_total", "attachment"])
    writer.writerows([as_text(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()  # so that Excel and Word read names right


def _zip(files: Files) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, FIRST)
            entry.compress_type, entry.create_system, entry.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(entry, data)
    return content.getvalue()


def _tar(files: Files, name: str) -> bytes:
    """As the name says, compressed or not."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for file, data in sorted(files.items()):
            entry = tarfile.TarInfo(file)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    tar = content.getvalue()
    return tar if name.casefold().endswith(".tar") else gzip.compress(tar, mtime=0)


def _require_room(path: Path, folder: bool) -> None:
    """Refuse to replace what is not ours."""
    if path.is_symlink() or (path.exists() and path.is_dir() != folder):
        raise CourseError(f"{path} is there already, and is not a {'folder' if folder else 'file'}")
    there = [one.name for one in path.iterdir()] if folder and path.is_dir() else []
    if not all(name == MAIL or "-feedback-" in name for name in there):
        raise CourseError(f"{path} has other files in it: name a new folder with --to")
