import re
from html.parser import HTMLParser

import numpy as np
import pytest

from cs231n_utils.checks import attempt, check, check_gradients, check_that, note_choice
from cs231n_utils.checks import visible as checks
from cs231n_utils.checks.render import _AXIS_LENGTH, BADGES, RIGHT, WRONG, _along


@pytest.fixture
def table(monkeypatch):
    """What a notebook shows of the checks so far: [the HTML, its cells as text]."""
    shown = []

    class Page:
        def show(self, data):
            shown[:] = [data]

    monkeypatch.setattr(checks, "in_notebook", lambda: True)
    monkeypatch.setattr(checks, "Place", Page)
    monkeypatch.setattr(checks, "at_end_of_cell", lambda call: None)
    yield lambda: (shown[0]["text/html"], cells_of(shown[0]["text/html"]), shown[0]["text/plain"])
    checks._close_table()


class _Reader(HTMLParser):
    """Reads a table, and makes sure that what is opened is closed."""

    def __init__(self):
        super().__init__()
        self.open, self.rows = [], []

    def handle_starttag(self, tag, attributes):
        if tag != "br":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def cells_of(text):
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader.rows


def test_classes_and_counts_have_no_relative_error(table):
    check("classes", np.array([1, 0]), [1, 2])
    check("how many", 8, 8)
    page, rows, _ = table()
    assert "relative error" not in page and "1 of 2 checks passed" in page
    assert rows[1] == ["✗", "classes", "1 0", "1 2", "", "[1]1 of 2 differ"]
    assert rows[-1] == ["✓", "how many", "8", "8", "", ""]


def test_two_checks_are_both(table):
    check_that("one", True, "no")
    check_that("the other", True, "no")
    assert ">both checks passed<" in table()[0]


def test_the_checks_of_a_cell_stand_in_one_table_and_as_text_beside_it(table, capsys):
    assert check("the sum", 3.0, 3.0) is True
    assert check("the loss", 4.6, 2.3) is False
    check_that("rows sum to 0", True, "no")
    check_that("a <b> & c", False, "is 1 < 2?")
    page, rows, text = table()
    assert page.count("<table") == 1
    assert rows[1] == ["✓", "the sum", "3", "3", " 0", ""]
    assert rows[2] == ["✗", "the loss", "4.6", "2.3", " 0.33", ""]
    assert rows[3] == ["", "got is 2 × expected: a factor 2 too many, or a ½ too few?"]
    assert [rows[4][:2], rows[5][:2], rows[6]] == [["✓", "rows sum to 0"], ["✗", "a <b> & c"], ["", "is 1 < 2?"]]
    assert "2 of 4 checks passed" in page
    assert text.splitlines() == [
        "✓ the sum",
        "✗ the loss: got 4.6, expected 2.3 (relative error 0.333)",
        "    got is 2 × expected: a factor 2 too many, or a ½ too few?",
        "✓ rows sum to 0",
        "✗ a <b> & c: is 1 < 2?",
    ]
    assert capsys.readouterr().out == ""
    checks._close_table()  # the cell has ended
    check_that("alone", True, "")
    assert table()[2] == "✓ alone"
    assert table()[1] == [["✓", "alone"]]


def test_a_small_array_is_shown_with_its_wrong_entries_marked(table):
    check("dx", np.array([[1.0, 2.0], [3.0, 4.5]]), [[1.0, 2.0], [3.0, 4.0]])
    page, rows, _ = table()
    assert rows[1][2:] == ["  1   2  3 4.5", "1 23 4", " 0.059", "[1, 1]1 of 4 differ"]
    assert re.findall(r"<u [^>]*>([^<]*)</u>", page) == ["4.5"]


def test_a_difference_in_late_digits_can_be_seen(table):
    check("x", np.array([1.00002, 5.0]), [1.0, 5.0])
    assert table()[1][1][2:4] == ["1.00002       5", "1 5"]


@pytest.mark.parametrize(("got", "expected", "cells"), [
    (np.ones((1, 5)), np.ones(5), ["shape (1, 5)", "shape (5,)"]),
    (np.array([1, 2]), np.array([1.0, 2.0]), ["integers (int64)", "floating-point numbers (float64)"]),
    (None, 1.0, ["", ""]),
    (np.array([np.nan, 1.0]), [1.0, 1.0], ["nan   1", "1 1"]),
    (np.inf, 1.0, ["inf", "1"]),
    (np.array([True, False]), [True, True], [" True False", "True True"]),
    (np.ones(20), np.ones(20), ["all 20 entries agree", " 0"]),
    (np.empty((0, 3)), np.empty((0, 3)), ["agrees", ""]),
])  # fmt: skip
def test_whatever_is_compared_has_a_row(table, got, expected, cells):
    check("x", got, expected)
    check_that("one that has numbers", check("x", 1.0, 1.0), "")
    row = next(row for row in table()[1] if len(row) > 2 and row[1] == "x")
    assert row[2:4] == cells


def test_errors_stand_on_a_logarithmic_axis(table):
    assert [_along(error) for error in (0, 1e-20, 1e-12, 1e-6, 1, 7)] == [
        8,
        8,
        8,
        8 + _AXIS_LENGTH / 2,
        8 + _AXIS_LENGTH,
        8 + _AXIS_LENGTH,
    ]
    check("x", 1 + 2e-6, 1.0, rtol=2e-4, atol=0)
    check("x", 1 + 2e-2, 1.0, rtol=2e-4, atol=0)
    page = table()[0]
    assert [round((float(x) - 8) / 10 - 12) for x in re.findall(r'circle cx="([\d.]+)', page)] == [-6]
    crosses = [float(x) + 4 for x in re.findall(r'd="M([\d.]+) 4l8 8m0-8l-8 8"', page)]
    assert [round((x - 8) / 10 - 12) for x in crosses] == [-2]
    limits = [float(x) for x in re.findall(r'd="M([\d.]+) 1v14"', page)]
    assert [round((x - 8) / 10 - 12) for x in limits] == [-4, -4]  # right is left of it, wrong is right of it
    assert 'aria-label="relative error 0.0099, allowed 1e-04"' in page


def test_what_is_allowed_beside_an_expected_0_is_not_what_is_shown(table):
    check("x", [0.0, 5.0], [0.0, 5.0], rtol=2e-4, atol=1e-9)
    assert 'aria-label="relative error 0, allowed 1e-04"' in table()[0]


def squares(page):
    """The side of the square of each entry in the first map, by its place (row, column)."""
    path = page[page.index("<rect") : page.index("</svg>", page.index("<rect"))]
    return {
        (int(float(y) // 11), int(float(x) // 11)): int(side)
        for x, y, side in re.findall(r"M([\d.]+) ([\d.]+)h(\d+)v", path)
    }


def test_a_gradient_has_a_map_of_the_entries_that_disagree(table):
    right = np.arange(1.0, 7.0).reshape(2, 3)
    wrong = right.copy()
    wrong[0, 2], wrong[1, 0], wrong[1, 1] = -3.0, 4.04, 5.00001
    check_gradients("gradients", {"W": wrong, "b": np.ones(2)}, {"W": right, "b": np.ones(2)})
    page, rows, text = table()
    assert [row[1].split() for row in rows if len(row) > 2] == [[], ["gradients"], ["✗", "W"], ["✓", "b"]]
    assert rows[2][2:] == ["-3", "3", " 1", "[0, 2]3 of 6 differ"]
    assert squares(page) == {(0, 0): 2, (0, 1): 2, (0, 2): 9, (1, 0): 6, (1, 1): 4, (1, 2): 2}
    assert page.count("<rect") == 1  # b agrees
    assert "2 rows, 3 columns; relative error:" in rows[3][1]
    assert rows[3][1].split()[-10:] == ["over", "0.1:", "1", "over", "1e-4:", "1", "less:", "1", "right:", "3"]
    assert text.startswith("✗ gradients\n    W: 3 of 6 entries differ")


def test_a_large_map_is_made_of_blocks_and_loses_no_entry(table):
    right = np.ones((3072, 50))
    wrong = right.copy()
    wrong[3071, 49] = 1.001
    check_gradients("g", {"W": wrong}, {"W": right})
    page = table()[0]
    places = squares(page)
    assert len(places) == 24 * 50
    assert {place for place, side in places.items() if side > 2} == {(23, 49)}
    assert "each square stands for 128 × 1 entries" in page
    assert "over 1e-4: 1 " in page and "right: 153599" in page
    assert len(page) < 40_000


def test_an_error_and_a_missing_gradient_are_told_in_words(table):
    with attempt("forward"):
        raise ValueError("no <good>")
    check_gradients("g", {"b": np.ones(2)}, {"W": np.ones(2)})
    page, _, _ = table()
    rows = cells_of(page)
    assert ["✗", "forward"] == rows[0][:2]
    assert rows[1][1].startswith("ValueError: no <good>")
    assert rows[-1] == ["", "missing; there is b"]


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return np.dot(
        [0.2126, 0.7152, 0.0722], [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    )


@pytest.mark.parametrize("background", ["#ffffff", "#111111", "#1e1e1e"])
def test_signs_are_readable_on_light_and_dark_and_nothing_else_has_a_colour(table, background):
    for colour in (RIGHT, WRONG):
        high, low = sorted((luminance(colour), luminance(background)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 3  # WCAG 2: graphics
    badges = {colour for _, colour in BADGES.values() if colour}
    for colour in badges:
        assert 1.05 / (luminance(colour) + 0.05) >= 4.5  # WCAG 2: text, here the white sign
    check("x", np.ones(20), np.zeros(20))
    check("x", 1.0, 1.0)
    check("x", None, 1.0)
    page = table()[0]
    assert set(re.findall(r"#[0-9A-Fa-f]{3,6}", page)) == {RIGHT, WRONG, "#FFFFFF", *badges}
    assert page.count('aria-label="not written yet"') == page.count("○") == 1
    assert "<script" not in page and "<style" not in page
    assert page.count('aria-label="right"') == page.count("✓") == 1
    assert page.count('aria-label="wrong"') == page.count("✗") == 1


def test_a_choice_is_neither_green_nor_red(table):
    note_choice({1}, options=3)
    html, rows, text = table()
    assert RIGHT not in html and WRONG not in html and 'aria-label="noted"' in html
    assert rows[0][0] == "·" and text.startswith("· your choice")
