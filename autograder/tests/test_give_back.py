"""Feedback as students get it: as text and JSON, too, and packed so that platforms and mail programs take it.

The two readers here do what Moodle and Canvas do with the names in an uploaded zip: mod/assign/feedback/file/
importziplib.php, and `infer_comment_context_from_filename` in Canvas's model of an assignment.
"""

from __future__ import annotations

import csv
import io
import json
import re
import tarfile
import zipfile

import nbformat
import pytest
from conftest import graded_small_course
from nbgrader.api import Gradebook
from test_platforms import ASSIGNMENT, CLASS, LAYOUTS, LISTS, OWN, book, hand_in, table, write
from test_platforms import course as empty_course  # noqa: F401, a fixture

from autograder.authoring.release import release
from autograder.classroom.collect import collect
from autograder.classroom.give_back import give_back
from autograder.course import CourseError

LOGINS = [login for _, login, _ in CLASS]


@pytest.fixture
def course(tmp_path):
    return graded_small_course(tmp_path)


@pytest.fixture
def given(empty_course):  # noqa: F811
    """A course in which everybody has feedback that says whose it is."""
    for login in LOGINS:
        write(
            empty_course.feedback / login / ASSIGNMENT,
            {f"{name}.{form}": f"{login} {name} {form}".encode() for name in NOTEBOOKS for form in FORMS},
        )
    return empty_course


NOTEBOOKS = ("layers", "two_layer_net")
FORMS = ("html", "txt", "json", "ipynb")


def content(path):
    with zipfile.ZipFile(io.BytesIO(path) if isinstance(path, bytes) else path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def read_by_moodle(name, participants):
    """The participant and the file that Moodle takes a path in an uploaded zip for."""
    parts = name.split("/")
    for place, part in enumerate(parts):
        words = part.split("_", 4)
        if len(words) >= 4 and words[1].isdigit() and int(words[1]) in participants:
            assert words[2:4] == ["assignsubmission", "file"]
            return participants[int(words[1])], "/".join([*words[4:], *parts[place + 1 :]]).lstrip("/")
    return None


def read_by_canvas(name, attachments):
    """The user and the attachment that Canvas takes a name in an uploaded zip for."""
    words = [word for word in name.rsplit("/")[-1].split("_") if word != "LATE"]
    user, attachment = [int(word) for word in words if re.fullmatch(r"\d+", word)][:2]
    return (user, attachment) if (user, attachment) in attachments else None


@pytest.mark.parametrize("told", [False, True])
def test_moodle_takes_everybodys_pages(given, tmp_path, told):
    """From Moodle's own download, or from its worksheet alone."""
    table(given.root / "roster" / "moodle.csv", LISTS["moodle"])
    if not told:
        write(tmp_path / "in", LAYOUTS["moodle"]())
        assert not any(one.refused for one in collect(given, ASSIGNMENT, [tmp_path / "in"]))
        (given.root / "roster" / "moodle.csv").unlink()
    path, count, left_out = give_back(given, ASSIGNMENT, LOGINS, "moodle")
    assert path == given.feedback / f"{ASSIGNMENT}-moodle.zip" and (count, left_out) == (60, [])
    participants = {number: login for _, login, number in CLASS}
    taken = {read_by_moodle(name, participants): data for name, data in content(path).items()}
    assert taken == {(login, f"{name}.html"): f"{login} {name} html".encode() for login in LOGINS for name in NOTEBOOKS}


def test_canvas_takes_everybodys_feedback_in_place_of_what_they_handed_in(given, tmp_path):
    table(given.root / "roster" / "own.csv", OWN)
    table(given.root / "roster" / "canvas.csv", LISTS["canvas"])
    files = LAYOUTS["canvas"]()
    write(tmp_path / "in", files)
    assert not any(one.refused for one in collect(given, ASSIGNMENT, [tmp_path / "in"]))
    path, count, left_out = give_back(given, ASSIGNMENT, LOGINS, "canvas")
    assert (count, left_out) == (60, [])
    attachments = {tuple(map(int, re.search(r"_(\d+)_(\d+)_", name).groups())) for name in files}
    back = content(path)
    assert {read_by_canvas(name, attachments) for name in back} == attachments
    assert back.keys() == files.keys()  # as its guide asks
    by_number = {number: login for _, login, number in CLASS}
    for name, data in back.items():
        user, _ = read_by_canvas(name, attachments)
        if name.endswith(".zip"):
            assert {f"{by_number[user]} layers html".encode()} < {*content(data).values()} and len(content(data)) == 6
        else:  # the student sees it under the name of the notebook that was handed in
            called = "two_layer_net" if "two_layer_net" in name else "layers"
            assert data == f"{by_number[user]} {called} ipynb".encode()


def test_the_last_attempt_is_the_one_that_canvas_knows(given, tmp_path):
    for number in (1, 2):
        write(tmp_path / f"in-{number}", {f"doeann_7_{number}_layers-{number}.ipynb": book("ann", "layers.ipynb")})
        list(collect(given, ASSIGNMENT, [tmp_path / f"in-{number}"]))
    [ann] = given.students(ASSIGNMENT)
    write(given.feedback / ann / ASSIGNMENT, {"layers.html": b"", "layers.ipynb": b"{}"})
    path, _, _ = give_back(given, ASSIGNMENT, [ann], "canvas")
    assert [*content(path)] == ["doeann_7_2_layers-2.ipynb"]


@pytest.mark.parametrize("ending, kind", [("tar.gz", "r:gz"), ("TGZ", "r:gz"), ("tar", "r:")])
def test_canvas_takes_a_tar_for_a_tar(given, tmp_path, ending, kind):
    write(tmp_path / "in", {"ann/two_layer_net.zip": hand_in("ann")})
    with tarfile.open(tmp_path / f"doeann_7_9_work.{ending}", f"w:{'gz' * (kind == 'r:gz')}") as archive:
        archive.add(tmp_path / "in", "work")
    list(collect(given, ASSIGNMENT, [tmp_path / f"doeann_7_9_work.{ending}"]))
    [ann] = given.students(ASSIGNMENT)
    write(given.feedback / ann / ASSIGNMENT, {"layers.html": b"a page", "layers.ipynb": b"{}"})
    path, count, left_out = give_back(given, ASSIGNMENT, [ann], "canvas")
    assert (count, left_out) == (1, [])
    [(name, data)] = content(path).items()
    assert name == f"doeann_7_9_work.{ending}"
    with tarfile.open(fileobj=io.BytesIO(data), mode=kind) as archive:
        assert {one.name: archive.extractfile(one).read() for one in archive} == {"layers.html": b"a page"}


@pytest.mark.parametrize(
    "kind, sentence",
    [
        ("moodle", "ann is left out: nothing says which participant that is in Moodle"),
        ("canvas", "ann is left out: nothing says what Canvas calls the hand-in"),
        ("mail", "ann is left out: no list in roster/ has an e-mail address"),
        ("fax", "there are students, moodle, canvas, mail"),
    ],
)
def test_what_cannot_be_packed_is_a_sentence(given, tmp_path, kind, sentence):
    write(tmp_path, {"ann/two_layer_net.zip": hand_in("ann")})
    list(collect(given, ASSIGNMENT, [tmp_path / "ann"]))
    write(given.feedback / "ann" / ASSIGNMENT, {"layers.html": b""})
    with pytest.raises(CourseError, match=sentence):
        give_back(given, ASSIGNMENT, ["ann"], kind)
    assert not list(given.feedback.glob(f"{ASSIGNMENT}-*"))


def test_a_mail_merge_begins_no_formula_and_replaces_only_itself(given):
    """Addresses from the lists, and totals as on the pages; the same feedback gives the same bytes."""
    rows = [["student", "name", "email"], ["ann", "=cmd()|'x'!A1", "ann@example.org"], ["bea", "Bea Ö", ""]]
    table(given.root / "roster" / "own.csv", rows)
    for login in ("ann", "bea"):
        records = {f"{name}.json": json.dumps({"score": 1.25, "max_score": 3.0}).encode() for name in NOTEBOOKS}
        write(given.feedback / login / ASSIGNMENT, {"layers.html": b"page", "layers.ipynb": b"{}", **records})
    path, count, left_out = give_back(given, ASSIGNMENT, ["ann", "bea"], "mail")
    assert count == 1 and left_out == ["bea is left out: no list in roster/ has an e-mail address"]
    attachment = f"{ASSIGNMENT}-feedback-ann.zip"
    assert sorted(file.name for file in path.iterdir()) == ["mail.csv", attachment]
    _, row = csv.reader(io.StringIO((path / "mail.csv").read_text(encoding="utf-8-sig")))
    assert row == ["ann@example.org", "'=cmd()|'x'!A1", "ann", "2.5", "6", attachment]
    before = (path / attachment).read_bytes()
    assert [*content(before)] == ["layers.html", "layers.json", "two_layer_net.json"]
    (path / "mine.txt").write_text("kept", encoding="utf-8")
    with pytest.raises(CourseError, match="has other files in it"):
        give_back(given, ASSIGNMENT, ["ann"], "mail")
    (path / "mine.txt").unlink()
    give_back(given, ASSIGNMENT, ["ann"], "mail")
    assert (path / attachment).read_bytes() == before


def test_text_json_and_notebook_say_what_the_page_says_and_no_more(autograder, course):
    with Gradebook(f"sqlite:///{course.gradebook}") as gradebook:
        grade = gradebook.find_grade("to_celsius", "temperature", "first_steps", "bob")
        grade.manual_score = 0.5
        gradebook.db.commit()
    assert "say with --for" in autograder(course.root, "feedback", "first_steps", "--to", "give")[1]
    words = ("feedback", "first_steps", "--student", "bob", "--hints", "1", "--for", "students")
    status, said = autograder(course.root, *words)
    assert status == 0 and "packed for students: 1 of 1 students, in feedback/first_steps-students" in said
    files = content(course.feedback / "first_steps-students" / "first_steps-feedback-bob.zip")
    assert [*files] == ["temperature.html", "temperature.json", "temperature.txt"]
    folder = course.feedback / "bob" / "first_steps"
    page = (folder / "temperature.html").read_text(encoding="utf-8")
    text = (folder / "temperature.txt").read_text(encoding="utf-8")
    record = json.loads((folder / "temperature.json").read_text(encoding="utf-8"))
    notebook = nbformat.read(folder / "temperature.ipynb", 4)
    nbformat.validate(notebook)
    assert "0.5 of 2 points" in text and "◐ to celsius (0.5 / 2)" in text and "0.5 / 2" in page
    [question] = record["questions"]
    assert record["score"] == question["score"] == 0.5 and question["state"] == "part"
    [check] = question["checks"]
    assert not check["passed"] and check["message"] in " ".join(text.split()) and len(check["hints"]) <= 1
    ladder = json.dumps(notebook) + json.dumps(record) + text + page
    assert "something to try" not in ladder and "by name" not in ladder
    assert check["message"] in " ".join(notebook.cells[0].source.split())
    assert all(not cell.metadata for cell in notebook.cells)


def test_a_gradebook_that_was_made_anew_asks_to_grade_first(autograder, course):
    """The graded notebooks have a question that the new gradebook does not know."""
    path = course.autograded / "ada" / "first_steps" / "temperature.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"grade_id": "to_celsius"', '"grade_id": "to_kelvin"'), encoding="utf-8")
    words = ("feedback", "first_steps", "--student", "ada")
    status, said = autograder(course.root, *words)
    assert status == 1
    assert (
        "no feedback for ada: temperature was graded with a question to_kelvin, which is not in the gradebook. "
        "Run `autograder grade first_steps` first"
    ) in said
    course.gradebook.unlink()
    assert "there are no grades yet" in autograder(course.root, *words)[1]
    release(course, "first_steps")
    assert "Run `autograder grade first_steps` first" in autograder(course.root, *words)[1]
