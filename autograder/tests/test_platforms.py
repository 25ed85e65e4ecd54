"""A class of sixty in each platform's layout, as the platform documents it: every file is accounted for."""

from __future__ import annotations

import csv
import io
import os
import sys
import tarfile
import time
import unicodedata
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import pytest
from conftest import new_course
from nbgrader.plugins import LateSubmissionPlugin

from autograder import cli
from autograder.classroom.attempts import attempts, folder_of
from autograder.classroom.collect import collect
from autograder.classroom.export import export_grades
from autograder.classroom.fill_in import fill_in
from autograder.classroom.gradebook import GradebookWriter
from autograder.classroom.people import FOLDER, HAND_INS, People, spellings
from autograder.classroom.platforms import Claim, time_from
from autograder.course import Course, CourseError, can_be_student
from autograder.grading.results import CellResult, CheckResult, NotebookResult, SubmissionResult
from autograder.tests.sample_class import ASSIGNMENT

FIRST = ["José", "Zoë", "Ada", "Wei", "श्रेया", "Αλέξανδρος", "Olga", "Seán", "Nguyễn", "Anne-Marie", "محمد", "Jürgen"]
LAST = ["O'Neil", "Ångström", "Lovelace", "D’Angelo", "van der Berg"]
CLASS = [
    (f"{first} {last}", f"u{number:03}", 7000 + number)
    for number, (first, last) in enumerate((first, last) for first in FIRST for last in LAST)
]
BOOKS = ("layers.ipynb", "two_layer_net.ipynb")


@pytest.fixture
def course(tmp_path_factory):
    return new_course(tmp_path_factory.mktemp("course"))


def book(who: str, name: str) -> bytes:
    return f'{{"cells": [], "who": "{who} {name}"}}'.encode()


def hand_in(who: str) -> bytes:
    """A zip as a student makes it."""
    return packed({f"my work/{name}": book(who, name) for name in BOOKS} | {"my work/notes.txt": b"x"})


def packed(files: dict[str, bytes], date=(2026, 10, 3, 12, 0, 0)) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, date), content)
    return stored.getvalue()


def table(path: Path, rows: list[list[object]], encoding: str = "utf-8") -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)


def canvas() -> dict[str, bytes]:
    """By lib/content_zipper.rb: of the sortable name only letters with their marks, digits and _ are kept."""
    files = {}
    for name, login, number in CLASS:
        first, last = name.split(" ", 1)
        spelled = "".join(sign for sign in (last + first).lower() if unicodedata.category(sign)[0] in "LMN")
        late = "_LATE" * (number % 7 == 0)
        again = f"-{number % 3}" * (number % 3 > 0)
        if number % 2:
            files[f"{spelled}{late}_{number}_{number + 9}_{ASSIGNMENT}{again}.zip"] = hand_in(login)
        else:
            files |= {
                f"{spelled}{late}_{number}_{number + place}_{book_name[:-6]}{again}.ipynb": book(login, book_name)
                for place, book_name in enumerate(BOOKS)
            }
    return files


def moodle() -> dict[str, bytes]:
    """By mod/assign/classes/downloader.php: folders, as they are called since 4.0 and before; files without folders."""
    files = {}
    for name, login, number in CLASS:
        begin = f"{name}_{number}_assignsubmission".replace("'", "")
        path = [f"{begin}_file/x.zip", f"{begin}_file_/x.zip", f"{begin}_file_{ASSIGNMENT}.zip"][number % 3]
        files[path] = hand_in(login)
        if number % 3 == 0:
            files[f"{begin}_onlinetext/onlinetext.html"] = b"<p>here it is</p>"
    return files


def gradescope() -> dict[str, bytes]:
    files, about = {}, ["---"]
    for name, login, number in CLASS:
        about += [
            f"submission_{number}:",
            "  :submitters:",
            f'  - :name: "{name}"',
            f"    :sid: '{login}'",
            f"    :email: {login}@example.org",
            f"  :created_at: 2026-10-03 11:{number % 60:02}:00.123456000 Z",
            "  :score: 0.0",
        ]
        files |= {f"assignment_9_export/submission_{number}/{file}": book(login, file) for file in BOOKS}
    return {"assignment_9_export/submission_metadata.yml": "\n".join(about).encode(), **files}


def brightspace() -> dict[str, bytes]:
    files = {"index.html": b"x"}
    for name, login, number in CLASS:
        folder = f"{number}-99 - {name} - Oct 3, 2026 {number % 12 + 1}{number % 60:02} AM"
        files[f"{folder}/{ASSIGNMENT}.zip"] = hand_in(login)
    return files


def blackboard() -> dict[str, bytes]:
    files = {}
    for _, login, number in CLASS:
        begin = f"Two layer_net_{login}_attempt_2026-10-03-11-{number % 60:02}-00"
        files |= {f"{begin}.txt": b"Name: x", f"{begin}_{ASSIGNMENT}.zip": hand_in(login)}
    return files


def classroom() -> dict[str, bytes]:
    files = {}
    for _, login, _ in CLASS:
        folder = f"net-1-submissions/net-1-git-{login}"
        files |= {f"{folder}/.git/HEAD": b"ref: x", f"{folder}/README.md": b"x"}
        files |= {f"{folder}/{name}": book(login, name) for name in BOOKS}
    return files


def exchange() -> dict[str, bytes]:
    files = {}
    for _, login, number in CLASS:
        folder = f"inbound/{login}+{ASSIGNMENT}+2026-10-03 11:{number % 60:02}:00.123456 UTC+a-b_{number}"
        files |= {f"{folder}/{name}": book(login, name) for name in BOOKS}
        files |= {f"{folder}/timestamp.txt": b"x", f"{folder}/submission_secret.txt": login.encode()}
    return files


def plain() -> dict[str, bytes]:
    """As students send them, or a teacher sorts them."""
    files = {}
    for name, login, number in CLASS:
        if number % 4 == 0:
            files[f"{login}/two_layer_net_final (1).zip"] = hand_in(login)
        elif number % 4 == 1:
            files[unicodedata.normalize("NFD", f"{name}_{ASSIGNMENT}.ZIP")] = hand_in(login)
        elif number % 4 == 2:
            files |= {f"{login}/coursework/{ASSIGNMENT}/{book_name}": book(login, book_name) for book_name in BOOKS}
        else:
            files[f"{login}/submission.zip"] = packed({"inner/again.zip": hand_in(login)})
    return files


LAYOUTS = {
    "canvas": canvas,
    "moodle": moodle,
    "gradescope": gradescope,
    "brightspace": brightspace,
    "blackboard": blackboard,
    "github-classroom": classroom,
    "nbgrader": exchange,
    "": plain,
}
LISTS = {
    "canvas": [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Two layer net (12)"],
        ["    Points Possible", "", "", "", "", "48"],
        *[
            [", ".join(name.split(" ", 1)[::-1]), number, f"00{number}", login, "A", ""]
            for name, login, number in CLASS
        ],
    ],
    "moodle": [
        ["Identifier", "Full name", "ID number", "Email address", "Status", "Last modified (submission)", "Feedback"],
        *[
            [
                f"Participant {number}",
                name,
                login,
                f"{login}@example.org",
                "Submitted",
                "Saturday, 3 October 2026, 11:30 AM",
                "",
            ]
            for name, login, number in CLASS
        ],
    ],
    "brightspace": [
        ["OrgDefinedId", "Username", "Last Name", "First Name", "Email", "End-of-Line Indicator"],
        *[[f"#00{number}", f"#{login}", *name.split(" ", 1)[::-1], "", "#"] for name, login, number in CLASS],
    ],
    "github-classroom": [
        ["identifier", "github_username", "github_id", "name"],
        *[[login, f"git-{login}", number, name] for name, login, number in CLASS],
    ],
}
OWN = [["student", "name", "email"], *[[login, name, f"{login}@example.org"] for name, login, _ in CLASS]]


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def leaves(files: dict[str, bytes]) -> int:
    """How many files there are, with those in zips."""
    number = 0
    for name, content in files.items():
        if "/.git/" in name:
            continue
        if name.casefold().endswith(".zip"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                number += leaves({member.filename: archive.read(member) for member in archive.infolist()})
        else:
            number += 1
    return number


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize(
    "platform, packing",
    [
        (platform, packing)
        for platform in LAYOUTS
        for packing in ("unpacked", "zip", "tar.gz")
        if platform != "github-classroom" or packing == "unpacked"  # clones are folders
    ],
)
def test_a_class_of_sixty(course, tmp_path, platform, packing, told):
    files = LAYOUTS[platform]()
    if packing == "zip":
        (tmp_path / "submissions.zip").write_bytes(packed(files))
    elif packing == "tar.gz":
        with tarfile.open(tmp_path / "submissions.tar.gz", "w:gz") as archive:
            for name, content in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    else:
        write(tmp_path, files)
    table(course.root / FOLDER / "class.csv", LISTS.get(platform, OWN))
    found = list(collect(course, ASSIGNMENT, [tmp_path], platform=platform if told else ""))
    assert not [one for one in found if one.refused]
    assert sum(one.files for one in found) == leaves(files)
    assert sorted(path.name for path in course.submitted.iterdir()) == [login for _, login, _ in CLASS]
    for _, login, _ in CLASS:
        folder = course.submitted / login / ASSIGNMENT
        for name in BOOKS:
            assert (folder / name).read_bytes() == book(login, name)
    assert sum(one.taken for one in found) == (3 if platform == "nbgrader" else 2) * 60  # with the exchange's secret
    if platform in ("gradescope", "brightspace", "blackboard", "nbgrader", "moodle"):
        assert all(attempts(course, ASSIGNMENT, login)[0].submitted for _, login, _ in CLASS)


@pytest.mark.parametrize("platform", ["canvas", "moodle", "gradescope", "brightspace", "blackboard", "nbgrader"])
def test_without_any_list_the_platform_names_the_students(course, tmp_path, platform):
    write(tmp_path, LAYOUTS[platform]())
    found = list(collect(course, ASSIGNMENT, [tmp_path]))
    for one in found:  # only namesakes in Canvas's spelling are asked about
        assert not one.refused or (one.ask and "More than one student" in one.refused), one
    people = {one.student for one in found if one.student}
    names = (
        {name for name, _, _ in CLASS} if platform in ("moodle", "brightspace") else {login for _, login, _ in CLASS}
    )
    if platform == "moodle":  # which takes out what file names had better not have
        names = {name.replace("'", "") for name in names}
    assert people <= names if platform != "canvas" else people


def small(folder: Path, *names: str, content: bytes | None = None) -> Path:
    write(folder, {name: content or hand_in(name) for name in names})
    return folder


@pytest.mark.parametrize(
    "name",
    [
        "two_layer_net - Copy.zip",
        "two_layer_net_final.zip",
        "two_layer_net (2) (1).zip",
        "Copy of two_layer_net.zip",
        "two_layer_net_final_v2.zip",
        "final_two_layer_net.zip",
        "my two_layer_net.zip",
        "final version_two_layer_net.zip",
        "v2_two_layer_net.zip",
        "Kopie von two_layer_net.zip",
        "resubmission-two_layer_net.zip",
        "two_layer_net (copy).zip",
        "two_layer_net_최종.zip",
        "submission.zip",
        "homework 1.zip",
        "layers.ipynb",
        "layers (1).ipynb",
        "downloads/two_layer_net.zip",
        "week1/two_layer_net.tar.gz",
        "assignment_123_export/submission_4/layers.ipynb",  # Gradescope's, without what says whose
    ],
)
def test_what_names_nobody_is_asked_about_and_not_taken(course, tmp_path, name):
    write(
        tmp_path,
        {name: book("x", name) if name.endswith("ipynb") else hand_in("x"), "ada_two_layer_net.zip": hand_in("a")},
    )
    found = list(collect(course, ASSIGNMENT, [tmp_path]))
    assert {(one.student, one.ask) for one in found} == {("ada", False), ("", True)}
    assert [path.name for path in course.submitted.iterdir()] == ["ada"]


@pytest.mark.parametrize(
    "path, student",
    [
        ("ada_two_layer_net_final (2).zip", "ada"),
        ("ada-two_layer_net copy.ZIP", "ada"),
        ("ada/two_layer_net_final.zip", "ada"),
        ("ada/submission.zip", "ada"),
        ("ada/x/y/two_layer_net.zip", "y"),
        ("ada/coursework/two_layer_net/layers.ipynb", "ada"),
        ("ada_layers.ipynb", "ada"),
        ("20261234/two_layer_net.zip", "20261234"),
        ("이서연_two_layer_net.zip", "이서연"),
        (unicodedata.normalize("NFD", "이서연_two_layer_net.zip"), "이서연"),
        ("प्रिया शर्मा_two_layer_net.zip", "प्रिया शर्मा"),
        ("Lovelace, Ada (Erasmus)_two_layer_net.zip", "Lovelace, Ada (Erasmus)"),
        ("ada_layers.ipynb.txt", "ada"),  # as some browsers save it
        ("Lab_Group A_77_assignsubmission_file_/layers.ipynb", "Lab_Group A"),
    ],
)
def test_whose_it_is_without_a_list(course, tmp_path, path, student):
    write(tmp_path, {path: book("x", "x") if ".ipynb" in path else hand_in("x"), "zed_two_layer_net.zip": hand_in("z")})
    assert {one.student for one in collect(course, ASSIGNMENT, [tmp_path])} == {student, "zed"}


def test_a_student_whose_name_differs_in_capitals_is_asked_about(course, tmp_path):
    for name in ("Ada", "ada"):
        [one] = collect(course, ASSIGNMENT, [small(tmp_path / name, f"{name}_{ASSIGNMENT}.zip")])
        assert (one.student, one.ask) == (("Ada", False) if name == "Ada" else ("", True))
    assert "There is a student 'Ada' already" in one.refused
    [[_, label]] = People(course).answers
    table(course.root / FOLDER / HAND_INS, [["assignment", "hand_in", "student"], [ASSIGNMENT, label, "ada"]])
    [one] = collect(course, ASSIGNMENT, [tmp_path / "ada"])
    assert one.student == "ada" and not one.refused


def test_what_cannot_be_read_is_named_and_the_rest_is_taken(course, tmp_path, monkeypatch):
    small(tmp_path, "ada/two_layer_net.zip", "ben/layers.ipynb", "cy/layers.ipynb", content=book("x", "x"))
    (tmp_path / "ada" / "two_layer_net.zip").write_bytes(hand_in("ada"))
    os.mkfifo(tmp_path / "ada" / "pipe.ipynb")
    readable = os.access  # root may read everything: what the system says to others is made up
    monkeypatch.setattr(os, "access", lambda path, mode: path.parent.name != "ben" and readable(path, mode))
    scanned = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: shut(path) if str(path).endswith("cy") else scanned(path))
    found = list(collect(course, ASSIGNMENT, [tmp_path]))
    assert {one.path: one.refused for one in found if one.refused} == {
        "ada/pipe.ipynb": "it is not a plain file",
        "ben/layers.ipynb": "it cannot be read (its owner does not allow it)",
        "cy": "it cannot be read (Permission denied)",
    }
    assert [one.student for one in found if not one.refused] == ["ada"]


def shut(path: str) -> NoReturn:
    raise PermissionError(13, "Permission denied", path)


def test_a_files_name_in_another_encoding(course, tmp_path):
    write(tmp_path, {"ada/layers.ipynb": book("ada", "layers")})
    with open(os.fsencode(tmp_path / "ada") + b"/r\xe9sum\xe9.txt", "wb") as file:
        file.write(b"x")
    [one] = collect(course, ASSIGNMENT, [tmp_path])
    assert one.student == "ada" and one.files == 2
    assert r"left out: 'r\udce9sum\udce9.txt'" in one.remarks


@pytest.mark.parametrize("seconds", [-62135596800, 253402300799, -1e18, 1e18])
def test_a_files_time_that_cannot_be(course, tmp_path, monkeypatch, seconds):
    """A clock that is far off, or a forged tar; wherever the teacher is."""
    monkeypatch.setenv("TZ", "Asia/Tokyo" if seconds < 0 else "America/Lima")
    time.tzset()
    try:
        with tarfile.open(tmp_path / "class.tar", "w", format=tarfile.GNU_FORMAT) as archive:
            for who in ("ada", "ben"):
                member = tarfile.TarInfo(f"{who}/{ASSIGNMENT}/layers.ipynb")
                member.size, member.mtime = len(content := book(who, "layers")), int(seconds)
                archive.addfile(member, io.BytesIO(content))
        assert [one.student for one in collect(course, ASSIGNMENT, [tmp_path])] == ["ada", "ben"]
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "text, when",
    [
        ("2026-10-05 12:00", datetime(2026, 10, 5, 12)),
        ("2026/10/05", datetime(2026, 10, 5)),
        ("Saturday, 3 October 2026, 11:30 AM", datetime(2026, 10, 3, 11, 30)),
        ("Oct 3, 2026 11:30 AM", datetime(2026, 10, 3, 11, 30)),
        ("2026-10-03 11:30:00.0 UTC", datetime(2026, 10, 3, 11, 30, tzinfo=UTC)),
        ("2026-10-03 11:30:00 CEST", datetime(2026, 10, 3, 11, 30)),
        ("13.10.2026 12:00", datetime(2026, 10, 13, 12)),
        ("05.10.2026 12:00", None),  # a spreadsheet has written it: 5 October or 10 May
        ("10/05/2026", None),
        ("12:00", None),
        ("Monday", None),
        ("2026", None),
        ("0001-01-01 00:00:00 +0900", None),
        ("2026-10-03 11:30:00 +99:99", None),
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_time_is_read_or_not_but_never_guessed(text, when):
    assert time_from(text) == when


def test_a_time_that_cannot_be_read_is_said(course, tmp_path):
    with_settings(course, f"[deadlines]\n{ASSIGNMENT} = 2026-10-03T10:00:00Z\n")
    small(tmp_path, "12-5 - Ada Doe - Oct 35, 2026 1130 AM/two_layer_net.zip")
    [one] = collect(course, ASSIGNMENT, [tmp_path])
    assert one.student == "Ada Doe" and "when it came in cannot be read: 'Oct 35, 2026 11:30 AM'" in one.remarks
    for until in ("5.10.26 12:00", "2026-10-05"):
        table(course.root / FOLDER / "extensions.csv", [["student", "assignment", "until"], ["a", ASSIGNMENT, until]])
        with pytest.raises(CourseError, match=r"extensions.csv, line 2: .*such as 2026-10-05 12:00, are needed"):
            list(collect(course, ASSIGNMENT, [tmp_path]))


@pytest.mark.parametrize("text", ["", "{}", '{"submitted": 5}', "[]"])
def test_a_damaged_note_about_an_attempt_is_one_sentence(course, tmp_path, text):
    small(tmp_path, "ada_two_layer_net.zip")
    list(collect(course, ASSIGNMENT, [tmp_path]))
    [path] = course.root.glob("attempts/ada/*/*/attempt.json")
    path.write_text(text)
    with pytest.raises(CourseError, match=r"attempt.json is damaged: take it from a backup"):
        list(collect(course, ASSIGNMENT, []))


def test_an_attempt_is_there_until_it_is_written_anew(course, tmp_path, monkeypatch):
    small(tmp_path, "ada_two_layer_net.zip")
    list(collect(course, ASSIGNMENT, [tmp_path]))
    [path] = course.root.glob("attempts/ada/*/*/attempt.json")
    unit = f"ada+{ASSIGNMENT}+2026-10-03 09:00:00.0 UTC+r"
    write(tmp_path / "x", {f"{unit}/{name}": book("ada_two_layer_net.zip", name) for name in BOOKS})

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("autograder.classroom.attempts.replace_folder", full)
    with pytest.raises(OSError, match="No space left"):
        list(collect(course, ASSIGNMENT, [tmp_path / "x"]))
    assert path.is_file()


@pytest.mark.parametrize(
    "name", [".", "..", "solutions", "assignment/two_layer_net", "assignment/two_layer_net/layers.ipynb"]
)
def test_the_courses_own_folder_is_not_collected(course, name):
    with pytest.raises(CourseError, match="is the course's own folder"):
        list(collect(course, ASSIGNMENT, [course.root / name]))


def test_a_pattern_says_more_than_the_platform(course, tmp_path):
    small(tmp_path, "doe_LATE_12_13_two_layer_net-1.zip", "x/12-5 - Poe - Oct 3, 2026 1130 AM/two_layer_net.zip")
    write(tmp_path, {f"roe_14_{number}_{name}": book("roe", name) for number, name in enumerate(BOOKS)})
    for pattern, students in ((r"_(\d+)_", {"12", "14", ""}), ("[dPr]oe", {"doe", "roe", "Poe"})):
        found = list(collect(course, ASSIGNMENT, [tmp_path], pattern=pattern))
        assert {one.student for one in found} == students
        assert sum(one.files for one in found) == 8 - 2 * ("" in students)  # a refused zip is one file


def test_a_teacher_answers_in_the_mapping_file(course, tmp_path):
    table(course.root / FOLDER / "class.csv", OWN)
    small(tmp_path, "two_layer_net_final.zip", "stranger_two_layer_net.zip", "doe_1_2_two_layer_net.zip", "notes.pdf")
    found = {one.path: one for one in collect(course, ASSIGNMENT, [tmp_path])}
    assert not course.submitted.exists() and sum(one.ask for one in found.values()) == 3
    assert "neither an archive nor a notebook" in found["notes.pdf"].refused
    path = course.root / FOLDER / HAND_INS
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert [row[1].partition(" [")[0] for row in rows] == [
        "hand_in",
        "doe_1",
        "stranger_two_layer_net.zip",
        "two_layer_net_final.zip",
    ]
    rows[1][2], rows[2][2], rows[3][2], rows[3][3] = "nobody known", "-", "U007", "2026-10-03 14:00 +02:00"
    table(path, rows, "utf-16")
    found = {one.path: one for one in collect(course, ASSIGNMENT, [tmp_path])}
    assert "says 'nobody known', who is in no list" in found["doe_1_2_two_layer_net.zip"].refused
    assert found["stranger_two_layer_net.zip"].quiet and found["stranger_two_layer_net.zip"].files == 3
    assert found["two_layer_net_final.zip"].student == "u007"
    [attempt] = attempts(course, ASSIGNMENT, "u007")
    assert attempt.submitted == datetime(2026, 10, 3, 12, tzinfo=UTC)
    assert len(People(course).answers) == 3


def test_names_that_two_students_share_are_never_guessed(course, tmp_path):
    table(
        course.root / FOLDER / "canvas.csv",
        [["Student", "ID", "SIS Login ID"], ["Doe, Jane", 1, "jd1"], ["Doe, Jane", 2, "jd2"], ["Roe, Max", 3, "mr"]],
    )
    small(tmp_path, "doejane_1_9_two_layer_net.zip", "doejane_2_8_two_layer_net.zip", "roemax_2_7_two_layer_net.zip")
    small(tmp_path, "Jane Doe_two_layer_net.zip", "Roe, Max_two_layer_net.zip")
    found = {one.path: one for one in collect(course, ASSIGNMENT, [tmp_path])}
    students = {path: one.student for path, one in found.items()}
    assert students == {
        "doejane_1_9_two_layer_net.zip": "jd1",
        "doejane_2_8_two_layer_net.zip": "jd2",
        "roemax_2_7_two_layer_net.zip": "",  # the number says one, the name another
        "Jane Doe_two_layer_net.zip": "",
        "Roe, Max_two_layer_net.zip": "mr",
    }


def test_lists_are_put_together(course):
    for platform, rows in LISTS.items():
        table(course.root / FOLDER / f"{platform}.csv", rows, "utf-8-sig")
    people = People(course)
    assert sorted(one.folder for one in people.students) == [login for _, login, _ in CLASS]
    for name, login, number in CLASS:
        for claim in (
            Claim("", "", (f"canvas:{number}",)),
            Claim("", "", (f"moodle:{number}",)),
            Claim("", "", (f"github:GIT-{login}",)),
            Claim("", name),
            Claim("", unicodedata.normalize("NFD", name.upper())),
            Claim("", login),
        ):
            one = people.of(claim)
            assert one and one.folder == login and one.mail == f"{login}@example.org"
        assert people.time_of(Claim("", keys=(f"moodle:{number}",))) == "Saturday, 3 October 2026, 11:30 AM"


def test_a_list_of_names_alone(course, tmp_path):
    table(course.root / FOLDER / "a.csv", [["name"], ["Ada Lovelace"], ["Max Roe"]])
    table(course.root / FOLDER / "b.csv", [["Last name", "First name", "email"], ["Lovelace", "Ada", "al@x.org"]])
    assert sorted(one.folder for one in People(course).students) == ["Max Roe", "al@x.org"]
    small(tmp_path, "Lovelace, Ada_two_layer_net.zip", "someone_two_layer_net.zip")
    assert [(one.student, one.ask) for one in collect(course, ASSIGNMENT, [tmp_path])] == [
        ("al@x.org", False),
        ("", True),
    ]
    table(course.root / FOLDER / "c.csv", [["name"], ["Doe, Jane"], ["Jane Doe"]])
    with pytest.raises(CourseError, match="two students would have the folder 'Jane Doe'"):
        People(course)


@pytest.mark.parametrize(
    "name, text, sentence",
    [
        ("class.csv", "Matrikelnummer;Nachname\n1;Doe\n", "class.csv names no student: it needs a column student"),
        ("class.csv", "sep=,\nstudent,name\nada,Ada\n", "class.csv names no student"),
        ("class.csv", 'student,name\nada,"Ada\nben,Ben\n', r"class.csv is not a CSV file: .* \(line 3\)"),
        ("class.xlsx", "PK", "class.xlsx is a spreadsheet: save it as CSV UTF-8"),
    ],
)
def test_a_list_that_says_nothing_is_not_passed_over(course, name, text, sentence):
    (course.root / FOLDER).mkdir()
    (course.root / FOLDER / name).write_text(text)
    with pytest.raises(CourseError, match=sentence):
        People(course)


def test_two_students_in_one_folder_are_refused(course):
    table(course.root / FOLDER / "x.csv", [["Student", "ID"], ["Doe, Jane", 1], ["Doe, Jane", 2]])
    with pytest.raises(CourseError, match="two students would have the folder 'Jane Doe'"):
        People(course)


DEADLINE = datetime(2026, 10, 3, 10, 0, tzinfo=UTC)


def attempt_at(course: Course, folder: Path, hour: int, student: str = "ada") -> list:
    """Collect an attempt, of the exchange, from some hour."""
    name = f"{student}+{ASSIGNMENT}+2026-10-03 {hour:02}:00:00.000000 UTC+r{hour}"
    write(folder / f"{hour}", {f"{name}/layers.ipynb": book(student, str(hour))})
    return list(collect(course, ASSIGNMENT, [folder / f"{hour}"]))


def with_settings(course: Course, text: str) -> None:
    (course.solutions / "course.toml").write_text(text, encoding="utf-8")


def counted(course: Course, student: str = "ada") -> str:
    text = (course.submitted / student / ASSIGNMENT / "layers.ipynb").read_text(encoding="utf-8")
    return text.split()[-1].rstrip('"}')


def test_an_older_download_never_replaces_a_newer_hand_in(course, tmp_path):
    for hour in (9, 11, 8, 11):
        attempt_at(course, tmp_path, hour)
    assert counted(course) == "11"
    assert [one.submitted.hour for one in attempts(course, ASSIGNMENT, "ada")] == [8, 9, 11]
    stamp = course.submitted / "ada" / ASSIGNMENT / "timestamp.txt"
    assert stamp.read_text() == "2026-10-03 11:00:00.000000 UTC\n"


def test_canvas_counts_its_resubmissions(course, tmp_path):
    for number in ("-2", "", "-1"):
        name = f"doe_1_{number[1:]}2_{ASSIGNMENT}{number}.zip"
        write(tmp_path / f"x{number}", {name: packed({"layers.ipynb": book("doe", number or "0")})})
        list(collect(course, ASSIGNMENT, [tmp_path / f"x{number}"]))
    assert counted(course, "doe") == "-2" and len(attempts(course, ASSIGNMENT, "doe")) == 3


def test_which_attempt_counts_is_a_setting(course, tmp_path):
    when = 'timezone = "Europe/Berlin"\n[deadlines]\ntwo_layer_net = 2026-10-03T12:00:00\n'
    with_settings(course, when)
    assert course.settings.deadline(ASSIGNMENT) == DEADLINE
    remarks = [attempt_at(course, tmp_path, hour)[0].remarks for hour in (9, 10, 11)]
    assert counted(course) == "10"
    assert "late by 1 h 0 min" in remarks[2] and "kept, but another attempt counts" in remarks[2]
    with_settings(course, f'counts = "last"\n{when}')
    list(collect(course, ASSIGNMENT, []))
    assert counted(course) == "11"
    with_settings(course, when + "\n")
    list(collect(course, ASSIGNMENT, []))
    assert counted(course) == "10"
    table(
        course.root / FOLDER / "extensions.csv",
        [["student", "assignment", "until"], ["ada", ASSIGNMENT, "2026-10-04 12:00"]],
    )
    list(collect(course, ASSIGNMENT, []))
    assert counted(course) == "11"
    attempt_at(course, tmp_path, 12, "ben")
    assert counted(course, "ben") == "12"  # late, but there is no other


def test_late_by_canvas_but_when(course, tmp_path):
    with_settings(course, "[deadlines]\ntwo_layer_net = 2026-10-03T10:00:00Z\n")
    small(tmp_path, f"doe_LATE_1_2_{ASSIGNMENT}.zip")
    [one] = collect(course, ASSIGNMENT, [tmp_path])
    assert one.student == "doe" and one.ask and not one.refused
    assert People(course).answers[ASSIGNMENT, "doe_1"].student == "doe"


def test_what_was_put_into_submitted_by_hand_is_kept(course, tmp_path):
    write(course.submitted / "ada" / ASSIGNMENT, {"layers.ipynb": b"by hand"})
    attempt_at(course, tmp_path, 9)
    kept = {path.read_bytes() for path in folder_of(course, ASSIGNMENT, "ada").glob("*/layers.ipynb")}
    assert kept == {b"by hand", book("ada", "9")}


def test_a_group_hands_in_together(course, tmp_path):
    about = """---
submission_5:
  :submitters:
  - :name: Ada L
    :sid: '007'
    :email: ada@example.org
  - :name: Ben M
    :email: ben@example.org
  :created_at: 2026-10-03 09:00:00 Z
"""
    write(tmp_path, {"submission_metadata.yml": about.encode(), "submission_5/layers.ipynb": book("a", "b")})
    found = list(collect(course, ASSIGNMENT, [tmp_path]))
    assert [path.name for path in sorted(course.submitted.iterdir())] == ["007", "ben@example.org"]
    assert "handed in together by 007, ben@example.org" in found[-1].remarks


@pytest.mark.parametrize("text", ["- a", "a: b", "{", "a: {:submitters: 3}", "\x00", "[" * 5000, "&a [*a, *a]", ""])
def test_metadata_that_is_not_gradescopes(course, tmp_path, text):
    write(tmp_path, {"submission_metadata.yml": text.encode(), "submission_5/layers.ipynb": book("a", "b")})
    found = list(collect(course, ASSIGNMENT, [tmp_path]))
    assert sum(one.files for one in found) == 2


def test_renamed_notebooks_are_found_by_their_notes(course, tmp_path):
    books = {name: (course.released / ASSIGNMENT / name).read_bytes() for name in BOOKS}
    files = {"first (3).ipynb": books["layers.ipynb"], "Second part.IPYNB": books["two_layer_net.ipynb"]}
    write(tmp_path, {f"ada_{ASSIGNMENT}.zip": packed(files)})
    [one] = collect(course, ASSIGNMENT, [tmp_path])
    assert {"layers.ipynb is called 'first (3).ipynb'", "two_layer_net.ipynb is called 'Second part.IPYNB'"} <= {
        *one.remarks
    }
    for name, content in books.items():
        assert (course.submitted / "ada" / ASSIGNMENT / name).read_bytes() == content
    files["other.ipynb"] = books["layers.ipynb"] + b"\n"
    write(tmp_path, {f"ada_{ASSIGNMENT}.zip": packed(files)})
    [one] = collect(course, ASSIGNMENT, [tmp_path])
    assert "it holds layers.ipynb twice, and they differ: " in one.refused


@pytest.mark.parametrize("kind", ["bomb", "header", "link", "outside", "many"])
def test_hostile_tars_are_refused(course, tmp_path, kind):
    path = tmp_path / f"ada_{ASSIGNMENT}.tar.gz"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo({"outside": "../../x"}.get(kind, "x.bin"))
        if kind == "link":
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        if kind == "bomb":
            member.size = 2**28
            archive.addfile(member, io.BytesIO(bytes(2**28)))
        elif kind == "header":
            member.pax_headers = {"comment": "x" * 2**23}
            archive.addfile(member)
        else:
            for _ in range(300 if kind == "many" else 1):
                archive.addfile(member)
        last = tarfile.TarInfo("layers.ipynb")
        archive.addfile(last)
    [one] = collect(course, ASSIGNMENT, [tmp_path])
    assert {
        "bomb": "too large when unpacked",
        "header": "too large when unpacked",
        "link": "a link or another special file",
        "outside": "a file outside of itself",
        "many": "files; a hand-in has a handful",
    }[kind] in one.refused
    assert not course.submitted.exists()


def test_archives_in_archives_end_somewhere(course, tmp_path):
    content = hand_in("ada")
    for _ in range(5):
        content = packed({"x.zip": content})
    write(tmp_path, {f"ada_{ASSIGNMENT}.zip": content})
    [one] = collect(course, ASSIGNMENT, [tmp_path])
    assert "archives in archives" in one.refused


def test_the_sum_is_said(course, tmp_path, monkeypatch, capsys):
    small(tmp_path, f"ada_{ASSIGNMENT}.zip", "who.rar", "Thumbs.db", f"{ASSIGNMENT}_final.zip")
    monkeypatch.chdir(course.root)
    monkeypatch.setattr(sys, "argv", ["autograder", "collect", ASSIGNMENT, str(tmp_path)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    shown = capsys.readouterr()
    assert end.value.code == 1
    assert "8 files: 2 taken, 2 left out, 4 refused" in shown.out
    assert "it is no zip, and cannot be opened here" in shown.err
    assert "1 hand-in has a question in roster/hand_ins.csv" in shown.err


@pytest.mark.parametrize(
    "name", ["O'Neil, Sam", "D’Angelo Kim", "Müller (Erasmus)", "श्रेया", "محمد", "สมชาย", "ada@x.org", "7", "王" * 80]
)
def test_students_names(name):
    assert can_be_student(name)


@pytest.mark.parametrize(
    "name", ["a/b", "a\\b", "a[b]", "a*", "a\u202eb", "", ".a", "'a", "-a", "a ", "a:b", "王" * 81, "a\n"]
)
def test_no_students_names(name):
    assert not can_be_student(name)


def test_a_name_is_spelled_both_ways():
    assert spellings("Doe, Jane") == spellings("Jane Doe") == spellings("Jane", "Doe")


@pytest.mark.parametrize(
    "name", ["1" * 240, "two_layer_net" + " 1" * 100, "a_" * 120, "final" * 50, "copy 1" * 40 + "x", "my " * 80 + "x"]
)
def test_no_name_takes_long(course, tmp_path, name):
    began = datetime.now()
    small(tmp_path, f"{name}.zip")
    assert list(collect(course, ASSIGNMENT, [tmp_path]))
    assert datetime.now() - began < timedelta(seconds=10)


@pytest.mark.parametrize("policy", ["none", "zero", "autograder.tests.test_platforms.PerHour"])
def test_lateness_reaches_the_gradebook(course, tmp_path, policy):
    with_settings(course, f'late_penalty = "{policy}"\n[deadlines]\ntwo_layer_net = 2026-10-03T12:00:00+02:00\n')
    table(
        course.root / FOLDER / "extensions.csv",
        [["student", "assignment", "until"], ["cy", ASSIGNMENT, "2026-10-03 11:00Z"]],
    )
    table(
        course.root / FOLDER / "x.csv",
        [["student", "name", "email"], *[[one, f"{one} Doe", ""] for one in ("ada", "ben", "cy")]],
    )
    for student, hour in (("ada", 12), ("ben", 10), ("cy", 13)):
        attempt_at(course, tmp_path / student, hour, student)
    cell = CellResult("relu_forward", 1.0, 1.0, checks=[CheckResult("a", "a", True, 1.0)])
    with GradebookWriter(course) as gradebook:
        for student in ("ada", "ben", "cy"):
            gradebook.record(
                ASSIGNMENT,
                SubmissionResult(student, 1, 1, "graded", notebooks=[NotebookResult("layers", "graded", cells=[cell])]),
            )
    rows = {row["student_id"]: row for row in csv.DictReader(io.StringIO(export_grades(course, "csv")))}
    assert [float(rows[student]["late_seconds"]) for student in ("ada", "ben", "cy")] == [7200, 0, 7200]
    assert [float(rows[student]["score"]) for student in ("ada", "ben", "cy")] == {
        "none": [1, 1, 1],
        "zero": [0, 1, 0],
    }.get(policy, [0.8, 1, 0.8])
    assert rows["ada"]["first_name"] == "ada" and rows["ada"]["last_name"] == "Doe"


def graded(course: Course) -> None:
    cells = [CellResult("relu_forward", 0.5, 1.0, checks=[CheckResult("a", "a", True, 1.0)])]
    with GradebookWriter(course) as gradebook:
        for _, login, _ in CLASS[1:]:
            book = NotebookResult("layers", "graded", cells=cells)
            gradebook.record(ASSIGNMENT, SubmissionResult(login, 1, 1, "graded", notebooks=[book]))


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("platform", ["canvas", "moodle", "brightspace"])
def test_a_platforms_gradebook_comes_back_with_scores(course, tmp_path, platform, separator):
    """Canvas: a column of the assignment's name and number; Moodle: Grade; Brightspace: one with Points Grade."""
    rows = [list(map(str, row)) for row in LISTS[platform]]
    place, heading = {
        "canvas": (5, "Two Layer Net (555)"),
        "moodle": (6, "Grade"),
        "brightspace": (5, "two_layer_net Points Grade"),
    }[platform]
    for number, row in enumerate(rows):
        if platform == "canvas":
            row[place] = ("", "48")[number == 1]
        else:
            row.insert(place, "")
    rows[0][place] = heading
    path = tmp_path / "export.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    table(course.root / FOLDER / "class.csv", OWN)
    table(course.root / FOLDER / f"{platform}.csv", rows)
    graded(course)
    text, remarks = fill_in(course, ASSIGNMENT, path)
    assert remarks == ["59 of them have answers that a person has not graded yet, which count 0"]
    back = list(csv.reader(io.StringIO(text), delimiter=separator))
    begin = 2 if platform == "canvas" else 1
    assert [row[place] for row in back[begin:]] == ["", *["0.5"] * 59]
    for before, after in zip(rows, back, strict=True):
        assert [*before[:place], *before[place + 1 :]] == [*after[:place], *after[place + 1 :]]
    path.write_text("".join(text.splitlines(keepends=True)[:-1]), encoding="utf-8")
    assert fill_in(course, ASSIGNMENT, path)[1][0] == f"{CLASS[-1][1]} is not in export.csv: no score is filled in"


def test_a_column_that_is_not_there_is_added(course, tmp_path):
    graded(course)
    path = tmp_path / "x.csv"
    table(path, [["Student", "ID", "SIS Login ID"], ["  Points Possible", "", ""], ["x", 1, "u001"], ["x", 2, "u999"]])
    back = list(csv.reader(io.StringIO(fill_in(course, ASSIGNMENT, path)[0])))
    assert [row[3] for row in back] == [ASSIGNMENT, "48", "0.5", ""]
    table(path, [["OrgDefinedId", "Username", "End-of-Line Indicator"], ["#1", "#u001", "#"]])
    back = list(csv.reader(io.StringIO(fill_in(course, ASSIGNMENT, path)[0])))
    assert back[0] == ["OrgDefinedId", "Username", f"{ASSIGNMENT} Points Grade", "End-of-Line Indicator"]
    assert back[1] == ["#1", "#u001", "0.5", "#"]


@pytest.mark.parametrize(
    "rows, sentence",
    [
        ([["a", "b"]], "is not a gradebook"),
        ([], "is not a gradebook"),
        ([["Student", "ID", ASSIGNMENT], ["Points Possible", "", "100"]], "gives up to 100 points, here it is 48"),
        ([["Student", "ID", ASSIGNMENT, "Two layer net (3)"]], "several columns"),
    ],
)
def test_gradebooks_that_do_not_fit(course, tmp_path, rows, sentence):
    graded(course)
    table(tmp_path / "x.csv", rows)
    with pytest.raises(CourseError, match=sentence):
        fill_in(course, ASSIGNMENT, tmp_path / "x.csv")


class PerHour(LateSubmissionPlugin):
    """A tenth of a point for each hour."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600 / 10


@pytest.mark.parametrize("policy", ["half", "no.such.Plugin"])
def test_a_policy_that_does_not_exist(course, policy):
    with_settings(course, f'late_penalty = "{policy}"\n')
    with pytest.raises(CourseError, match="late_penalty"):
        GradebookWriter(course)


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("deadlines = 3", "deadlines should be a table of times"),
        ('[deadlines]\nknn = "tomorrow"', "deadlines should be a table of times"),
        ('timezone = "Mars/Olympus"', "timezone should be a name"),
        ("timezone = 3", "timezone should be a name"),
        ('counts = "first"', 'counts should be "in_time", "last" or "best"'),
    ],
)
def test_settings_that_make_no_sense(course, text, sentence):
    with_settings(course, text)
    with pytest.raises(CourseError, match=sentence):
        print(course.settings)


@pytest.mark.parametrize(
    "platform, name, student",
    [
        ("moodle", "Team A_7000_assignsubmission_file/x.zip", ""),
        ("moodle", "Participant_7000_assignsubmission_file/x.zip", "u000"),  # names are hidden
        ("moodle", "ONeil José_7000_assignsubmission_file/x.zip", "u000"),
        ("canvas", "teama_7000_7009_x.zip", ""),
        ("canvas", "oneiljosé_LATE_7000_7009_x.zip", "u000"),
        ("canvas", "anon_07000_7009_x.zip", ""),  # names are hidden, and the numbers are others
        ("canvas", "LATE_anon_aB3x9_7009_x.zip", ""),
        ("brightspace", "7-99 - N0123456 - Somebody else- 3 October 2026 1030 - x.zip", ""),
        ("brightspace", "7-99 - 007000 - Somebody else - Oct 3, 2026 1030 AM/x.zip", "u000"),
    ],
)
def test_a_number_may_be_a_groups_or_nobodys(course, tmp_path, platform, name, student):
    table(course.root / FOLDER / "class.csv", LISTS[platform])
    small(tmp_path, name)
    [one] = collect(course, ASSIGNMENT, [tmp_path])
    assert one.student == student and one.refused.startswith("whose is it?") == (not student), one
