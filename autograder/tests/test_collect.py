"""Zips: what cs231n_utils.submit makes comes through to the last point; what was forged is refused in a sentence."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import stat
import struct
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import new_course

from autograder import cli
from autograder.authoring.hand_in import filled_in, write_notebook
from autograder.authoring.notebook import read_notebook
from autograder.classroom.collect import BadHandIn, collect, unpack
from autograder.classroom.download import student_of
from autograder.course import CourseError
from autograder.grading.grade import grade_submission
from autograder.grading.paper import Terms
from autograder.sandbox.isolation import best_level
from autograder.tests.sample_class import ASSIGNMENT, NETS
from cs231n_utils.submit.__main__ import main
from cs231n_utils.submit.hand_in import notes_of
from cs231n_utils.training import save_params

LIMITS = {"layers.ipynb": 5000, "layers_best_net.npz": 5000}
BOOK, NET = b'{"cells": []}', b"numbers"


def manifest(files: dict[str, bytes], assignment: str = ASSIGNMENT) -> bytes:
    return json.dumps(
        {
            "assignment": assignment,
            "files": [{"name": name, "sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()],
        }
    ).encode()


HONEST = {"layers.ipynb": BOOK, "layers_best_net.npz": NET}
SEALED = {"manifest.json": manifest(HONEST), **HONEST}


def zipped(path: Path, entries: dict | list, compression: int = zipfile.ZIP_STORED) -> Path:
    """A zip of entries by name; a name may also be a ZipInfo."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries.items() if isinstance(entries, dict) else entries:
            archive.writestr(name, content)
    return path


def special(name: str, kind: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
    return entry


@pytest.fixture(scope="module")
def class_course(tmp_path_factory):
    return new_course(tmp_path_factory.mktemp("collect"))


def test_from_starter_to_all_points(class_course, trained_net, tmp_path, capsys):
    """The reference's answers pasted into the starter, submitted, collected, graded."""
    desk = tmp_path / "ada"
    shutil.copytree(class_course.released / ASSIGNMENT, desk)
    for name in class_course.notebooks(ASSIGNMENT):
        path = desk / f"{name}.ipynb"
        solution = read_notebook(class_course.solutions / ASSIGNMENT / path.name)
        write_notebook(path, filled_in(read_notebook(path), solution))
    params, source = trained_net
    for file in NETS:
        save_params(desk / file, params, data=source)
    assert main([str(desk)]) == 0
    shown = capsys.readouterr().out
    assert "18 of 18 visible checks pass" in shown and "✗" not in shown and "○" not in shown and "  ! " not in shown

    [one] = collect(class_course, ASSIGNMENT, [desk])
    assert (one.student, one.refused, one.remarks) == ("ada", "", ())
    taken = class_course.submitted / "ada" / ASSIGNMENT
    assert {path.name for path in taken.iterdir()} == {path.name for path in desk.iterdir()} - {f"{ASSIGNMENT}.zip"}
    result = grade_submission(Terms(class_course, ASSIGNMENT, class_course.secret(), best_level()), "ada")
    assert result.status == "graded" and not any(book.remarks for book in result.notebooks)
    for book in result.notebooks:
        for cell in book.cells:
            assert cell.needs_manual_grade if not cell.checks else cell.score == cell.max_score, cell.grade_id


def test_the_starter_itself_names_everything_that_is_missing(class_course, capsys):
    assert main([str(class_course.released / ASSIGNMENT), "--check-only"]) == 1
    shown = capsys.readouterr().out
    assert "0 of 18 visible checks pass" in shown and "✗" not in shown
    for words in (
        "○ affine_forward: not written",
        "○ tuning: not written",
        "○ explain_tuning: no answer",
        "○ two_layer_net_best_net.npz: not there yet",
    ):
        assert words in shown


def test_released_notes_agree_with_the_grader(class_course):
    for name in class_course.notebooks(ASSIGNMENT):
        notes = notes_of(read_notebook(class_course.released / ASSIGNMENT / f"{name}.ipynb"))
        assert notes["notebook"] == name and notes["assignment"] == ASSIGNMENT
        assert notes["hand_in"] == ["layers.ipynb", NETS[0], "two_layer_net.ipynb", NETS[1]]


def test_honest_zips(tmp_path):
    assert unpack(zipped(tmp_path / "a.zip", SEALED), ASSIGNMENT, LIMITS) == (HONEST, [])
    by_hand = {f"my work/{name}": content for name, content in HONEST.items()} | {
        "__MACOSX/my work/layers.ipynb": b"x",
        "__MACOSX/layers.ipynb": b"x",
        "my work/notes.txt": b"x",
        "my work/.ipynb_checkpoints/layers.ipynb": b"x",
        "my work/.DS_Store": b"x",
    }
    assert unpack(zipped(tmp_path / "b.zip", by_hand, zipfile.ZIP_DEFLATED), ASSIGNMENT, LIMITS) == (
        HONEST,
        ["made by hand: no manifest"],
    )
    part = {"layers.ipynb": BOOK}
    assert unpack(zipped(tmp_path / "c.zip", {"manifest.json": manifest(part), **part}), ASSIGNMENT, LIMITS) == (
        part,
        ["layers_best_net.npz is not in it"],
    )


@pytest.mark.parametrize(
    "entries, sentence",
    [
        ({**SEALED, "../../.bashrc": b"x"}, "outside of itself: '../../.bashrc'"),
        ({**SEALED, "work/../../layers.ipynb": b"x"}, "outside of itself"),
        ({**SEALED, "/etc/passwd": b"x"}, "absolutely or oddly: '/etc/passwd'"),
        ({**SEALED, "C:/layers.ipynb": b"x"}, "absolutely or oddly"),
        ({**SEALED, "..\\..\\layers.ipynb": b"x"}, "outside of itself"),
        ({**SEALED, "C:\\layers.ipynb": b"x"}, "absolutely or oddly"),
        ({**SEALED, "\\etc\\passwd": b"x"}, "absolutely or oddly"),
        (
            [*HONEST.items(), (special("solutions", stat.S_IFLNK), b"/etc")],
            "a link or another special file: 'solutions'",
        ),
        ([(special("layers.ipynb", stat.S_IFLNK), b"../../solutions/two_layer_net/layers.ipynb")], "a link"),
        ([*HONEST.items(), (special("pipe", stat.S_IFIFO), b"")], "special file"),
        ({**HONEST, "copy/layers.ipynb": b"x"}, "it holds layers.ipynb twice"),
        ({**HONEST, "layers.ipynb": b"0" * 5001}, "layers.ipynb is too large when unpacked"),
        ({**HONEST, "manifest.json": b" " * 2**17}, "manifest.json is too large when unpacked"),
        ({f"{number}.txt": b"" for number in range(500)}, "it holds 500 files"),
        ({"notes.txt": b"x"}, "it holds no file of two_layer_net: layers.ipynb, layers_best_net.npz"),
        ({**SEALED, "layers.ipynb": b"better"}, "layers.ipynb is not the file that its manifest describes"),
        (
            {"manifest.json": SEALED["manifest.json"], "layers.ipynb": BOOK},
            "names 'layers_best_net.npz', which is not in it",
        ),
        ({**HONEST, "manifest.json": manifest({"layers.ipynb": BOOK})}, "is in it, but not in its manifest"),
        ({**HONEST, "manifest.json": manifest(HONEST, "knn")}, "it is a hand-in of 'knn', not of two_layer_net"),
        ({**HONEST, "manifest.json": b"[" * 60000}, "not one that cs231n_utils.submit wrote"),
        (
            {**HONEST, "manifest.json": b'{"assignment": "two_layer_net", "files": [{"name": [], "sha256": 1}]}'},
            "not one",
        ),
        ({**HONEST, "manifest.json": b'{"assignment": "two_layer_net", "files": {"name": 1}}'}, "not one"),
    ],
)
def test_hostile_zips_are_refused(tmp_path, entries, sentence):
    with pytest.raises(BadHandIn) as refused:
        unpack(zipped(tmp_path / "a.zip", entries), ASSIGNMENT, LIMITS)
    assert sentence in str(refused.value)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_twice(tmp_path):
    with pytest.raises(BadHandIn, match="it holds layers.ipynb twice"):
        unpack(zipped(tmp_path / "a.zip", [*HONEST.items(), ("layers.ipynb", b"other")]), ASSIGNMENT, LIMITS)


def patched(tmp_path: Path, change) -> Path:
    """An honest zip whose bytes were changed."""
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("layers.ipynb", b"0" * 4000)
    path = tmp_path / "a.zip"
    path.write_bytes(change(bytearray(stored.getvalue())))
    return path


def central(data: bytearray) -> int:
    return data.index(b"PK\x01\x02")


def lying_size(data: bytearray) -> bytes:
    """A header that promises little, before a stream that unpacks to much."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("layers.ipynb", b"0" * 10_000_000)
    data = bytearray(bomb.getvalue())
    struct.pack_into("<I", data, central(data) + 24, 100)
    return data


def with_method(method: int):
    def change(data: bytearray) -> bytes:
        struct.pack_into("<H", data, central(data) + 10, method)
        return data

    return change


def encrypted(data: bytearray) -> bytes:
    data[central(data) + 8] |= 1
    return data


def flipped(data: bytearray) -> bytes:
    """A wrong bit in the middle of what is compressed."""
    data[60] ^= 0xFF
    return data


def no_stream(data: bytearray) -> bytes:
    """What is compressed begins with a kind of block that does not exist."""
    data[30 + len("layers.ipynb")] = 0xFF
    return data


def header_elsewhere(data: bytearray) -> bytes:
    struct.pack_into("<I", data, central(data) + 42, 2**31)
    return data


def null_in_name(data: bytearray) -> bytes:
    return bytes(data).replace(b"layers.ipynb", b"layers.ipyn\0")


@pytest.mark.parametrize(
    "change, sentence",
    [
        (lambda data: b"", "it is not a zip, or it is damaged"),
        (lambda data: b"MZ" + data[2:30], "it is not a zip, or it is damaged"),
        (lambda data: data[:-30], "it is not a zip, or it is damaged"),
        (lying_size, "a checksum in it is wrong"),
        (with_method(12), "packed in an unusual way (method 12)"),
        (with_method(99), "packed in an unusual way (method 99)"),
        (encrypted, "layers.ipynb is encrypted"),
        (flipped, "a checksum in it is wrong"),
        (no_stream, "it cannot be read"),
        (header_elsewhere, "it is not a zip, or it is damaged"),
        (null_in_name, "absolutely or oddly"),
    ],
)
def test_damaged_and_forged_zips_are_refused(tmp_path, change, sentence):
    with pytest.raises(BadHandIn) as refused:
        unpack(patched(tmp_path, change), ASSIGNMENT, LIMITS)
    assert sentence in str(refused.value)


def test_every_single_wrong_byte_is_a_sentence_or_no_harm(tmp_path):
    good = zipped(tmp_path / "good.zip", SEALED, zipfile.ZIP_DEFLATED).read_bytes()
    path = tmp_path / "bad.zip"
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 0x41]) + good[place + 1 :])
        try:
            contents, _ = unpack(path, ASSIGNMENT, LIMITS)
        except BadHandIn:
            continue
        assert all(HONEST[name] == content for name, content in contents.items()), place


def test_a_zip_of_very_many_files_is_not_opened(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(20_000):
            archive.writestr(f"{number}", b"")
    with pytest.raises(BadHandIn, match="^it holds too many files; a hand-in has a handful$"):
        unpack(path, ASSIGNMENT, LIMITS)


def test_names_from_a_manifest_reach_no_terminal(tmp_path):
    path = tmp_path / "a.zip"
    for manifest in (
        {"assignment": "\x1b[2J", "files": []},
        {"assignment": ASSIGNMENT, "files": [{"name": "\x1b[2J", "sha256": ""}]},
    ):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("layers.ipynb", b"{}")
            archive.writestr("manifest.json", json.dumps(manifest))
        with pytest.raises(BadHandIn) as caught:
            unpack(path, ASSIGNMENT, LIMITS)
        assert str(caught.value).isprintable()


def test_a_zip_too_large_to_open(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.classroom.picking.SLACK", 0)
    path = tmp_path / "a.zip"
    path.write_bytes(b"\0" * (2**16 + 10_001))
    with pytest.raises(BadHandIn, match="it is too large"):
        unpack(path, ASSIGNMENT, LIMITS)


@pytest.mark.parametrize(
    "name, pattern, student",
    [
        ("ada/two_layer_net.zip", ".*", "ada"),
        ("ada/two_layer_net (2).zip", ".*", "ada"),
        ("Grace Hopper_981_assignsubmission_file_two_layer_net.zip", "^[^_]+", "Grace Hopper"),
        ("x-ada-17_two_layer_net.zip", "x-(.*)-", "ada"),
    ],
)
def test_whose_zip_it_is(tmp_path, name, pattern, student):
    assert student_of(tmp_path / name, ASSIGNMENT, pattern) == student


def test_a_later_hand_in_replaces_an_earlier_one_and_a_refused_one_does_not(class_course, tmp_path):
    folder = class_course.submitted / "bob" / ASSIGNMENT
    for files in ({**HONEST, "two_layer_net.ipynb": BOOK}, {"layers.ipynb": b"new"}):
        [one] = collect(class_course, ASSIGNMENT, [zipped(tmp_path / f"bob_{ASSIGNMENT}.zip", files)])
        assert not one.refused
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == files
    [one] = collect(class_course, ASSIGNMENT, [zipped(tmp_path / f"bob_{ASSIGNMENT}.zip", {**HONEST, "/etc/x": b""})])
    assert "absolutely" in one.refused and (folder / "layers.ipynb").read_bytes() == b"new"
    assert [path.name for path in folder.parent.iterdir()] == [ASSIGNMENT]


def test_a_zips_name_prints_no_line_of_its_own(class_course, tmp_path, monkeypatch, capsys):
    zipped(tmp_path / "eve\ncollected  ada from ada.zip\x1b[2J\n.zip", HONEST)
    monkeypatch.chdir(class_course.root)
    monkeypatch.setattr(sys, "argv", ["autograder", "collect", ASSIGNMENT, str(tmp_path)])
    with pytest.raises(SystemExit):
        cli.main()
    line, _ = capsys.readouterr().err.splitlines()
    assert line.startswith("refused  ? from eve collected") and "\x1b" not in line
    assert "\x1b" not in (class_course.root / "roster" / "hand_ins.csv").read_text(encoding="utf-8")


def test_names_that_lead_elsewhere_are_no_students(class_course, tmp_path):
    path = zipped(tmp_path / "a.zip", HONEST)
    for name in ("..", "../eve", "/eve", ".eve", "eve.", "a\nb", "-rf"):
        [one] = collect(class_course, ASSIGNMENT, [path], student=name)
        assert "cannot be a student's name" in one.refused
    away = tmp_path / "away"
    away.mkdir()
    class_course.submitted.mkdir(exist_ok=True)
    (class_course.submitted / "mallory").symlink_to(away)
    [one] = collect(class_course, ASSIGNMENT, [path], student="mallory")
    assert "is a link to somewhere else" in one.refused and not list(away.iterdir())
    (class_course.submitted / "mallory").unlink()


def test_the_command(class_course, tmp_path, monkeypatch, capsys):
    (tmp_path / "in" / "x").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    zipped(tmp_path / "in" / "x" / f"{ASSIGNMENT}.zip", SEALED)
    zipped(tmp_path / "in" / f"x_{ASSIGNMENT}.zip", {"layers.ipynb": b"other"})
    zipped(tmp_path / "in" / f"y_{ASSIGNMENT}.zip", {**SEALED, "../y": b""})

    def typed(*words):
        monkeypatch.chdir(class_course.root)
        monkeypatch.setattr(sys, "argv", ["autograder", "collect", ASSIGNMENT, *words])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code, "".join(capsys.readouterr())

    status, shown = typed(str(tmp_path / "in"))
    assert status == 1
    assert f"collected  x from x/two_layer_net.zip: two_layer_net.ipynb is not in it; {NETS[1]} is not in it" in shown
    assert "refused  x from x_two_layer_net.zip: x has another hand-in here, 'x/two_layer_net.zip'" in shown
    assert "refused  y from y_two_layer_net.zip: it names a file outside of itself: '../y'" in shown
    assert typed(str(tmp_path / "in" / "x"))[0] == 0
    for words, sentence in (
        (["nowhere.zip"], "there is no file nowhere.zip"),
        ([str(tmp_path / "empty")], "there is no zip to collect, nor a notebook"),
        ([str(tmp_path / "in"), "--pattern", "("], "is not a regular expression"),
        ([str(tmp_path / "in"), "--student", "x"], "one student, but 3 zips"),
    ):
        status, shown = typed(*words)
        assert status == 2 and sentence in " ".join(shown.split())


def test_an_assignment_that_does_not_exist(class_course, tmp_path):
    with pytest.raises(CourseError, match="there is no assignment 'no_such'"):
        list(collect(class_course, "no_such", [tmp_path]))
