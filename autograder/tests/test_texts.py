"""What all notebooks of this course have in common in their words: nothing that two of them say differently."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from autograder.course import Course

NOTEBOOKS = sorted(Course.find(Path(__file__)).solutions.glob("*/*.ipynb"))
BY_NAME = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

# What a native editor crossed out.
CROSSED_OUT = (
    r"\bth(is|e last|e next) page\b",
    r"\ba training\b(?= (is|that|fails|begins|draws|starts)\b|[.,:;])",
    r"what decides</summary>",
    r"\bwanted is\b",
    r"belongs? into\b",
    r"\bfor ever\b",
    r"told in words",
    r"chance have no say",
    r"which are right\?",
    r"mind the size",
)


def cells(path, kind):
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == kind]


def one_line(cell):
    return " ".join(cell.source.split())


def test_how_a_step_works_is_said_once():
    folded = {
        cell.source.split("</details>")[0]
        for path in NOTEBOOKS
        for cell in cells(path, "markdown")
        if "How a step works" in cell.source
    }
    assert len(NOTEBOOKS) == 15 and len(folded) == 1


@BY_NAME
def test_the_minutes_of_the_steps_add_up_to_what_the_head_says(path):
    texts = [one_line(cell) for cell in cells(path, "markdown")]
    minutes = sum(int(found) for text in texts for found in re.findall(r"\*Time: (\d+) minute", text))
    (said,) = (int(found) for text in texts for found in re.findall(r"Writing your part takes(?: about)? (\d+)", text))
    assert abs(minutes - said) <= 4


@BY_NAME
def test_choices_are_noted_and_single_ones_say_so(path):
    questions = {}
    for cell in nbformat.read(path, 4).cells:
        if cell.id.startswith("inline-question") and cell.id.endswith("-text") and "explanation" not in cell.id:
            questions[cell.id.removesuffix("-text")] = "Choose one." in cell.source
        elif cell.id.startswith("inline-question") and cell.id.endswith("-check"):
            assert "note_choice(" in cell.source or "note(" in cell.source, cell.id
            if "note_choice(" in cell.source:
                assert questions[cell.id.removesuffix("-check")] == ("one=True" in cell.source), cell.id


@BY_NAME
def test_what_an_editor_crossed_out_does_not_come_back(path):
    for cell in cells(path, "markdown"):
        for phrase in CROSSED_OUT:
            assert not re.search(phrase, one_line(cell), re.IGNORECASE), (cell.id, phrase)


@BY_NAME
def test_numbers_do_not_break_across_lines(path):
    for cell in cells(path, "markdown"):
        if "BEGIN SOLUTION" not in cell.source:
            assert not re.search(r"\d[ \n]\d{3}(?!\d)|\d[ \n]+%", cell.source), cell.id


@BY_NAME
def test_pictures_are_described_and_nothing_is_drawn_with_characters(path):
    (setup,) = (cell for cell in cells(path, "code") if cell.id == "setup")
    assert setup.source.endswith("set_up_pictures()")
    for cell in cells(path, "markdown"):
        assert not re.search(r"[\u2500-\u257f]|[◄►▲▼]", cell.source), cell.id


@BY_NAME
def test_formulas_are_typeset(path):
    for cell in cells(path, "markdown"):
        text = re.sub(r"<details>.*?</details>", "", cell.source, flags=re.DOTALL)  # hints are HTML: no formulas there
        if "BEGIN SOLUTION" in text:
            continue
        assert text.count("$") % 2 == 0, cell.id
        code = re.findall(r"`[^`\n]+`", re.sub(r"\$\$?.+?\$\$?", "", text, flags=re.DOTALL))
        assert not [piece for piece in code if re.search("[√∑σθ∂²³ᵗ]|log C", piece)], cell.id
