"""The class report: one page for whoever teaches, to read on a screen or to print, and its figures as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from autograder.authoring.misconception import load_catalogue
from autograder.classroom.alike import alike
from autograder.classroom.examples import line_of
from autograder.classroom.export import as_text
from autograder.classroom.item_analysis import HARDLY, SEPARATES, Mistake, Question, questions
from autograder.classroom.standing import Standing, standings
from autograder.course import Course
from autograder.grading.results import write_atomically
from autograder.grading.wording import TEST_SET, points
from autograder.terminal import plain

TEMPLATES = Path(__file__).parent / "templates" / "report"
BARS = 10  # of the histogram
WORTH_SAYING = 0.08  # of a class: what fewer got wrong is for office hours
MOST = 6  # mistakes to talk about in a lecture: what a class can listen to


@dataclass(frozen=True)
class Talk:
    """A mistake to say something about in the next lecture."""

    mistake: Mistake
    share: float
    line: str


def write_report(course: Course, assignment: str) -> list[Path]:
    """Write report/<assignment>/: class.html and alike.html, questions.csv, mistakes.csv and class.json.

    Raises
    ------
    CourseError
        If nobody was graded yet.
    """
    course.notebooks(assignment)
    there = standings(course, assignment)
    catalogues = {name: load_catalogue(course.source(assignment, name)) for name in course.notebooks(assignment)}
    asked = questions(there, catalogues)
    folder = course.report / assignment
    pairs = alike(course, assignment, there)
    written = {
        "class.html": _page(course, assignment, there, asked, len(pairs)),
        "alike.html": page("alike.html.j2", course=course.settings.title, assignment=assignment, pairs=pairs),
        "questions.csv": _questions_csv(asked),
        "mistakes.csv": _mistakes_csv(asked),
        "class.json": json.dumps(_data(assignment, there, asked), indent=1) + "\n",
    }
    for name, text in written.items():
        write_atomically(folder / name, text)
    return [folder / name for name in written]


def page(name: str, **about: Any) -> str:
    """One of the report's pages, self-contained; all that it is given is text and is shown as text."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"points": points, "words": _words, "percent": lambda share: f"{100 * share:.0f} %"}
    environment.filters["mebibytes"] = lambda size: f"{size / 2**20:.0f} MiB"
    return environment.get_template(name).render(**about)


def _page(course: Course, assignment: str, there: list[Standing], asked: list[Question], pairs: int) -> str:
    marks = [one.share for one in there]
    slowest, largest = max(there, key=_seconds), max(there, key=_memory)
    return page(
        "class.html.j2",
        course=course.settings.title,
        assignment=assignment,
        made=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        there=there,
        max_score=max(one.max_score for one in there),
        mean=sum(marks) / len(marks),
        median=median(marks),
        bars=_bars(marks),
        talks=_talks(course, assignment, asked, len(there)),
        questions=asked,
        separates=SEPARATES,
        hardly=HARDLY,
        seconds=median(_seconds(one) for one in there),
        slowest=(slowest.student, _seconds(slowest)),
        memory=median(_memory(one) for one in there),
        largest=(largest.student, _memory(largest)),
        pairs=pairs,
        looks=[(one.student, reasons) for one in there if (reasons := _look(one))],
        awaiting=sum(one.awaits > 0 for one in there),
    )


def _seconds(one: Standing) -> float:
    return sum(notebook.seconds for notebook in one.notebooks)


def _memory(one: Standing) -> int:
    """Of its notebook that took most; 0 if that is not known."""
    return max((notebook.memory for notebook in one.notebooks), default=0)


def _bars(marks: list[float]) -> list[tuple[str, int]]:
    """How many hand-ins reached each tenth of the points; all of them is in the last."""
    counts = [0] * BARS
    for mark in marks:
        counts[min(max(int(mark * BARS + 1e-9), 0), BARS - 1)] += 1
    return [(f"{100 * number // BARS}–{100 * (number + 1) // BARS}", count) for number, count in enumerate(counts)]


def _talks(course: Course, assignment: str, asked: list[Question], size: int) -> list[Talk]:
    """The known mistakes that many made, the most frequent first."""
    frequent = sorted(
        (mistake for question in asked for mistake in question.mistakes if mistake.known),
        key=lambda mistake: -len(mistake.students),
    )
    once: dict[tuple[str, str], Mistake] = {}  # one may be seen by the checks of several cells
    for mistake in frequent:
        once.setdefault((mistake.notebook, mistake.name), mistake)
    return [
        Talk(mistake, len(mistake.students) / size, line_of(course, assignment, mistake))
        for mistake in list(once.values())[:MOST]
        if len(mistake.students) >= max(2, WORTH_SAYING * size)
    ]


def _look(one: Standing) -> list[str]:
    """What somebody should look at, a sentence each."""
    found = [f"could not be graded in full: {plain(reason)}" for reason in one.reasons]
    if one.late > 0:
        cost = f", {points(one.penalty)} points taken off" if one.penalty else ""
        found.append(f"{_duration(one.late)} late{cost}")
    if any(TEST_SET in remark for notebook in one.notebooks for remark in notebook.remarks):
        found.append(TEST_SET)
    tampered = [plain(sentence) for notebook in one.notebooks for sentence in notebook.tamper]
    found += tampered[:3]
    if len(tampered) > 3:
        found.append(f"… and {len(tampered) - 3} more of this kind, in the results file")
    return found


def _duration(seconds: float) -> str:
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {name}{'s' if number > 1 else ''}"
    return "less than a second"


def _words(text: str) -> Markup:
    """A sentence of ours, with what stands between backticks as code."""
    parts = re.split(r"`([^`]+)`", plain(text))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )


def _questions_csv(asked: list[Question]) -> str:
    return _csv(
        ["notebook", "question", "points", "answers", "not_written", "difficulty", "discrimination", "remark"],
        [
            [
                one.notebook,
                one.cell,
                one.points,
                len(one.reached),
                one.unwritten,
                _rounded(one.difficulty),
                _rounded(one.discrimination),
                one.verdict,
            ]
            for one in asked
        ],
    )


def _mistakes_csv(asked: list[Question]) -> str:
    return _csv(
        ["notebook", "question", "mistake", "students", "what_to_say"],
        [
            [one.notebook, one.cell, one.name, len(one.students), one.says]
            for question in asked
            for one in question.mistakes
        ],
    )


def _csv(head: list[str], rows: list[list[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([as_text(plain(value)) if isinstance(value, str) else value for value in row] for row in rows)
    return text.getvalue()


def _data(assignment: str, there: list[Standing], asked: list[Question]) -> dict[str, Any]:
    """The figures, without anybody's name."""
    return {
        "schema": 1,
        "assignment": assignment,
        "hand_ins": len(there),
        "max_score": max(one.max_score for one in there),
        "scores": sorted(round(one.score, 4) for one in there),
        "seconds": sorted(round(_seconds(one), 2) for one in there),
        "memory": sorted(map(_memory, there)),
        "questions": [
            {
                "notebook": one.notebook,
                "question": one.cell,
                "points": one.points,
                "by_person": one.by_person,
                "answers": len(one.reached),
                "not_written": one.unwritten,
                "difficulty": one.difficulty,
                "discrimination": one.discrimination,
                "mean": round(sum(one.reached.values()) / len(one.reached), 4) if one.reached else None,
                "mistakes": [
                    {"name": mistake.name, "says": mistake.says, "students": len(mistake.students)}
                    for mistake in one.mistakes
                ],
            }
            for one in asked
        ],
    }


def _rounded(value: float | None) -> float | str:
    return "" if value is None else round(value, 3)
