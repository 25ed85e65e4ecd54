"""How a verdict is worded: as text, as a small table in a notebook, and as a list of messages."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

from autograder.grading.results import CellResult, CheckResult
from autograder.terminal import plain

TEST_SET = "uses the test set"  # in the remark on tuning that does
UNWRITTEN = "not written yet"  # how the message on an empty TODO cell begins
RUNGS = ("where to look", "something to try", "the mistake by name")  # of the ladder of hints


def verdict_output(cell: CellResult, hints: int = len(RUNGS), folded: bool = False) -> NotebookNode:
    """A check cell's verdict as an output of that cell, for the formgrader and for feedback pages.

    Parameters
    ----------
    hints : int
        How far up the ladder of hints it goes: 0 shows none, 3 all.
    folded : bool
        Whether a hint shows only when it is clicked on, so that a student can climb one by one.
    """
    output: NotebookNode = new_output(
        "display_data", {"text/plain": verdict_text(cell, hints), "text/html": verdict_html(cell, hints, folded)}
    )
    return output


def points(value: float | None) -> str:
    """Points without needless decimals; a dash where a person still has to decide."""
    return "–" if value is None else f"{value:g}"


def messages(cell: CellResult) -> list[str]:
    """What is said about a cell, each thing once."""
    return [*repaired(cell), *dict.fromkeys(_capital(plain(check.message)) for check in cell.checks if check.message)]


def repaired(cell: CellResult) -> list[str]:
    """At most one sentence, which says that earlier functions were repaired for this cell."""
    names = list(dict.fromkeys(name for check in cell.checks for name in check.repaired))
    if not names:
        return []
    words = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return [f"Looked at with a right {words}, so that a mistake there costs nothing here."]


def verdict_text(cell: CellResult, hints: int = len(RUNGS)) -> str:
    """A cell's verdict as lines of text."""
    lines = [f"{cell.grade_id}: {points(cell.score)} of {points(cell.max_score)} points"]
    lines += repaired(cell)
    for check, message in _once(cell):
        lines.append(f"{'✓' if check.passed else '✗'} {check.title} ({points(check.points)})")
        if message:
            lines.append(f"    {message}")
        lines += [f"    {rung}: {hint}" if rung else f"    {hint}" for rung, hint in ladder(check, hints)]
    return "\n".join(lines)


def shown_checks(cell: CellResult, hints: int = len(RUNGS)) -> list[dict[str, Any]]:
    """What is said about each check of a cell, as data."""
    return [
        {
            "title": plain(check.title),
            "passed": check.passed,
            "points": check.points,
            "message": _capital(message),
            "hints": [f"{rung}: {hint}" if rung else hint for rung, hint in ladder(check, hints)],
        }
        for check, message in _once(cell)
    ]


# Colours hold in light and in dark themes; the signs ✓ and ✗ say the same without them.
_GOOD, _BAD, _QUIET = "#1a7f37", "#cf222e", "#6e7781"


def verdict_html(cell: CellResult, hints: int = len(RUNGS), folded: bool = False) -> str:
    """A cell's verdict as a small table."""
    rows = "".join(
        f'<tr style="background:transparent">'
        f'<td style="width:1.5em;text-align:center;vertical-align:top;color:{_GOOD if check.passed else _BAD};'
        f'font-weight:bold">{"✓" if check.passed else "✗"}</td>'
        f'<td style="text-align:left;vertical-align:top;white-space:normal">{_sentence(check.title)}'
        + (
            f'<div style="color:{_QUIET if check.passed else _BAD};margin-top:2px">{_sentence(message)}</div>'
            if message
            else ""
        )
        + "".join(_hint_html(rung, hint, folded) for rung, hint in ladder(check, hints))
        + f'</td><td style="width:5em;text-align:right;vertical-align:top;white-space:nowrap;color:{_QUIET}">'
        f"{points(check.points if check.passed else 0.0)} / {points(check.points)}</td></tr>"
        for check, message in _once(cell)
    )
    # A message may quote a line of code, in which no page should look for mathematics.
    return (
        f'<table class="tex2jax_ignore" style="border:1px solid {_QUIET};border-collapse:collapse;'
        "margin:6px 0;table-layout:auto;width:100%;max-width:54em;"
        f'font-size:90%"><caption style="caption-side:top;text-align:left;font-weight:bold;padding:2px">'
        f"{escape(cell.grade_id)}: {points(cell.score)} of {points(cell.max_score)} points"
        + "".join(f'<div style="font-weight:normal">{escape(note)}</div>' for note in repaired(cell))
        + "</caption>"
        f"<tbody>{rows}</tbody></table>"
    )


def ladder(check: CheckResult, hints: int) -> list[tuple[str, str]]:
    """The hints that may be shown, with the names of their rungs; one alone is a plain remark."""
    if len(check.hints) == 1:
        return [("", hint) for hint in check.hints[:hints]]
    return [
        (f"Hint {number}, {rung}", hint)
        for number, (rung, hint) in enumerate(zip(RUNGS, check.hints), 1)
        if hint and number <= hints
    ]


def _hint_html(rung: str, hint: str, folded: bool) -> str:
    if folded and rung:
        return (
            f'<details style="margin-top:3px"><summary style="cursor:pointer;color:{_QUIET}">{escape(rung)}</summary>'
            f'<div style="margin:1px 0 3px 1.1em">{escape(hint)}</div></details>'
        )
    named = f'<span style="color:{_QUIET}">{escape(rung)}:</span> ' if rung else ""
    return f'<div style="margin-top:3px">{named}{escape(hint)}</div>'


def _once(cell: CellResult) -> list[tuple[CheckResult, str]]:
    """The checks with their messages, the same message only once."""
    said: set[str] = set()
    pairs = []
    for check in cell.checks:
        message = plain(check.message)  # which may quote the hand-in
        pairs.append((check, "" if message in said else message))
        said.add(message)
    return pairs


def _capital(text: str) -> str:
    """A message as a sentence; names of functions and variables keep their first letter."""
    first = text.split(" ")[0].rstrip(":")
    english = first.isalpha() and re.search("[aeiou]", first) and first not in ("out", "predict", "train")
    return text[:1].upper() + text[1:] if english else text


def _sentence(text: str) -> str:
    return escape(_capital(text)).replace("\n", "<br>")
