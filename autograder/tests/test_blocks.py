"""Blocks of documents are found, renewed, and dated; what people wrote around them stays."""

import re
import subprocess
from datetime import date

import pytest

from autograder.course import Course, CourseError
from autograder.evidence import blocks, tables
from autograder.proof.diagnosis import Diagnosis, LeftOut

PAGE = "# Title\n\nBefore.\n\n<!-- sizes: made by `measure sizes` -->\nOld.\n<!-- end of sizes -->\n\nAfter `sizes`.\n"


def test_only_what_stands_between_the_marks_is_renewed():
    new = blocks.with_block(PAGE, "sizes", "\n| a |\n|---|\n| \\1 |\n\n")
    assert new == PAGE.replace("Old.\n", "| a |\n|---|\n| \\1 |\n")
    assert blocks.with_block(new, "sizes", "Old.") == PAGE


def test_a_block_may_be_empty():
    assert blocks.with_block(PAGE.replace("Old.\n", ""), "sizes", "Old.") == PAGE


@pytest.mark.parametrize(
    "page",
    [
        "",
        PAGE.replace("<!-- end of sizes -->\n", ""),
        PAGE + PAGE,
        PAGE.replace("sizes:", "some sizes:"),
        "<!-- end of sizes -->\n<!-- sizes: made by `measure sizes` -->\n",
    ],
)
def test_a_page_without_the_marks_is_a_sentence(page):
    with pytest.raises(CourseError, match="page.md should have the lines <!-- sizes: made by .* once each"):
        blocks.with_block(page, "sizes", "new", "page.md")


def test_a_renewed_block_says_when_and_at_which_commit(tmp_path):
    def git(*words):
        subprocess.run(
            ["git", "-C", tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", *words],
            check=True,
            capture_output=True,
        )

    page, code = tmp_path / "page.md", tmp_path / "code.py"
    page.write_text(PAGE)
    code.write_text("a = 1\n")
    blocks.renew(page, "sizes", "| 1 |")
    assert f"`measure sizes` -->\nMeasured on {date.today()}.\n\n| 1 |\n<!-- end" in page.read_text()
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "one")
    blocks.renew(page, "sizes", "| 2 |")
    commit = subprocess.run(
        ["git", "-C", tmp_path, "rev-parse", "--short", "HEAD"], capture_output=True, text=True
    ).stdout.strip()
    assert f"-->\nMeasured on {date.today()} at commit `{commit}`.\n\n| 2 |\n<!-- end" in page.read_text()
    blocks.renew(page, "sizes", "| 3 |")  # that the page itself has changed says nothing about the measurement
    assert f"`{commit}`.\n\n| 3 |" in page.read_text()
    code.write_text("a = 2\n")
    blocks.renew(page, "sizes", "| 4 |")
    assert f"`{commit}`, with changes not yet committed.\n\n| 4 |" in page.read_text()


@pytest.mark.parametrize("page", [blocks.EVIDENCE, blocks.SECURITY], ids=lambda page: page.name)
def test_each_block_of_our_pages_can_be_renewed_and_has_a_date(page):
    document = page.read_text(encoding="utf-8")
    names = re.findall(r"^<!-- end of (.*) -->$", document, re.MULTILINE)
    assert names and len(names) == document.count("<!-- ") / 2
    for name in names:
        start, end = blocks.place_of(document, name, page.name)
        assert re.match(r"Measured on \d{4}-\d\d-\d\d\b", document[start:end]), name


def test_blocks_of_tables_are_named_after_their_command():
    document = blocks.EVIDENCE.read_text(encoding="utf-8")
    found = re.findall(r"<!-- (.*): made by `python -m autograder.evidence.tables (.*)` -->", document)
    assert found and all(name == words and name.split()[0] in tables.TABLES for name, words in found)


def test_a_table_in_markdown():
    assert tables.markdown(iter(["| a | b |", "| 1 | 2 |"])) == "| a | b |\n|---|---|\n| 1 | 2 |"
    assert tables.markdown(iter(["| a |", "| 1 |", "", "| b |"])) == "| a |\n|---|\n| 1 |\n\n| b |\n|---|"


def test_what_is_said_of_mistakes_that_were_left_out(monkeypatch, course):
    left_out = [LeftOut("a", 1, 0, True), LeftOut("a", 0, 1, True), LeftOut("a", 0, 0, True), LeftOut("b", 0, 0, False)]
    found = Diagnosis(known=4, own=4, pairs=2, both=2, left_out=left_out)
    monkeypatch.setattr(tables, "diagnose", lambda *_, **options: found)
    monkeypatch.setattr(Course, "notebooks", lambda *_: ["layers"])
    _, row, empty, _, *kinds = tables.diagnosis(course, ["two_layer_net"])
    assert row == "| layers | 4 | 4 | 0 | 0 | 0 | 2 | 2 |" and not empty
    assert kinds == [
        "| a | 3 | 1 | 1 | 50% | 1 | 0 | 67% |",
        "| b | 1 | 0 | 0 | – | 0 | 1 | 0% |",
        "| **together** | **4** | **1** | **1** | **50%** | **1** | **1** | **50%** |",
    ]


def test_tables_without_a_place_are_refused_before_they_are_measured(monkeypatch):
    monkeypatch.setitem(tables.TABLES, "fairness", lambda *_: pytest.fail("it was measured"))
    monkeypatch.setattr("sys.argv", ["tables", "fairness", "no_such_assignment"])
    with pytest.raises(SystemExit, match="EVIDENCE.md should have the lines"):
        tables.main()
