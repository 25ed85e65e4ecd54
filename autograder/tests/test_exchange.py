"""What comes by nbgrader's exchange goes back by it: its secret stays with the hand-in, and lies beside the pages.

The page on JupyterHub, which test_site.py follows, goes all the way with nbgrader's own commands.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from conftest import graded_small_course

from autograder.classroom import give_back
from autograder.classroom.attempts import TIMESTAMP
from autograder.classroom.collect import collect
from autograder.classroom.feedback import feedback_of
from autograder.classroom.people import People
from autograder.classroom.picking import MAX_SECRET, SECRET

ASSIGNMENT = "first_steps"


@pytest.fixture
def course(tmp_path):
    return graded_small_course(tmp_path)


def inbound(course, folder, secret):
    """A hand-in of Ada's in the exchange."""
    place = folder / f"ada+{ASSIGNMENT}+2026-10-03 11:30:00.123456 UTC+abc"
    place.mkdir(parents=True)
    (course.submitted / "ada" / ASSIGNMENT / "temperature.ipynb").rename(place / "temperature.ipynb")
    (place / "timestamp.txt").write_text("2026-10-03 11:30:00.123456 UTC")
    (place / SECRET).write_text(secret)
    return folder


def test_feedback_lies_beside_what_the_exchange_needs(course, tmp_path):
    [one] = collect(course, ASSIGNMENT, [inbound(course, tmp_path / "inbound", "hush")])
    assert (one.student, one.files, one.taken, one.remarks) == ("ada", 3, 2, ("made by hand: no manifest",))
    feedback_of(course, ASSIGNMENT, "ada")
    there = course.feedback / "ada" / ASSIGNMENT
    assert (there / SECRET).read_text() == "hush" and (there / TIMESTAMP).read_text().startswith("2026-10-03 11:30:00")
    [zipped] = give_back._zip_of(course, ASSIGNMENT, "ada", People(course)).values()
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        assert {Path(name).stem for name in archive.namelist()} == {"temperature"}  # students have no use for the rest
    feedback_of(course, ASSIGNMENT, "bob")  # whose hand-in came another way
    there = {path.name for path in (course.feedback / "bob" / ASSIGNMENT).iterdir()}
    assert "temperature.html" in there and not there & {SECRET, TIMESTAMP}


def test_nothing_else_is_taken_for_a_secret(course, tmp_path):
    [one] = collect(course, ASSIGNMENT, [inbound(course, tmp_path / "inbound", "x" * (MAX_SECRET + 1))])
    assert one.taken == 1 and not (course.submitted / "ada" / ASSIGNMENT / SECRET).exists()
    (tmp_path / "private").write_text("mine")
    (course.submitted / "ada" / ASSIGNMENT / SECRET).symlink_to(tmp_path / "private")
    feedback_of(course, ASSIGNMENT, "ada")
    assert not (course.feedback / "ada" / ASSIGNMENT / SECRET).exists()
