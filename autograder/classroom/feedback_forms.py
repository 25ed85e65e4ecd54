"""The content of a feedback page in other forms: as a record for programs, as text, and as a notebook."""

from __future__ import annotations

import json
from textwrap import fill
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook

from autograder.grading.results import cell_from_json
from autograder.grading.wording import points, shown_checks
from autograder.terminal import one_line, plain

SCHEMA = 1
SIGNS = {"open": "…", "good": "✓", "part": "◐", "bad": "✗"}  # by what `state_of` returns
WIDTH = 100  # of a line of text

Record = dict[str, Any]


def state_of(cell: NotebookNode) -> str:
    """How a question stands: "open" until a person has read it, else "good", "part" or "bad"."""
    about = cell.metadata.nbgrader
    if about.awaits_person:
        return "open"
    return "good" if about.score >= about.points else "part" if about.score > 0 else "bad"


def record_of(notebook: NotebookNode, about: dict[str, Any], hints: int) -> Record:
    """What a page says, as data.

    Parameters
    ----------
    notebook : NotebookNode
        The graded notebook, with points and comments from the gradebook.
    about : dict
        What nbgrader's converter and ours say about it.
    hints : int
        How far up the ladder of hints it goes.
    """
    return {
        "schema": SCHEMA,
        "course": about["course"],
        "assignment": about["assignment"],
        "student": about["student"],
        "name": about["called"],
        "notebook": about["notebook"],
        "score": float(about["score"]),
        "max_score": float(about["max_score"]),
        "late_penalty": float(about.get("late_penalty") or 0.0),
        "covers": about["covers"],
        "reason": plain(notebook.metadata.get("autograder", {}).get("reason", "")),
        "questions": [_question(cell, hints) for cell in notebook.cells if is_question(cell)],
    }


def is_question(cell: NotebookNode) -> bool:
    """Whether a cell is one with points."""
    return bool(cell.metadata.get("nbgrader", {}).get("grade"))


def _question(cell: NotebookNode, hints: int) -> Record:
    about, ours = cell.metadata.nbgrader, cell.metadata.get("autograder", {})
    return {
        "grade_id": about.grade_id,
        "state": state_of(cell),
        "score": None if about.awaits_person else float(about.score),
        "max_score": float(about.points),
        "comment": plain(about.get("comment") or ""),
        "checks": shown_checks(cell_from_json(ours["result"]), hints) if "result" in ours else [],
    }


def as_json(record: Record) -> str:
    """In ASCII, so that nothing quoted in a message can control a terminal."""
    return json.dumps(record, indent=1) + "\n"


def as_text(record: Record) -> str:
    """A record for reading, in an e-mail or in a terminal."""
    title = " · ".join(filter(None, [record["course"], record["assignment"], record["name"]]))
    lines = [
        one_line(title),
        f"{record['notebook']}: {points(record['score'])} of {points(record['max_score'])} points",
    ]
    lines += record["covers"]
    if record["late_penalty"]:
        lines.append(f"{points(record['late_penalty'])} points were taken off because it was handed in late")
    if record["reason"]:
        lines.append(f"This notebook could not be graded in full: {record['reason']}")
    for question in record["questions"]:
        reached = f"{points(question['score'])} / {points(question['max_score'])}"
        lines += ["", f"{SIGNS[question['state']]} {question['grade_id'].replace('_', ' ')} ({reached})"]
        if question["state"] == "open":
            lines.append("    A person will read this.")
        for check in question["checks"]:
            lines.append(f"    {'✓' if check['passed'] else '✗'} {check['title']} ({points(check['points'])})")
            lines += [_indented(line, 8) for line in [check["message"], *check["hints"]] if line]
        if question["comment"]:
            lines.append(_indented(f"Comment: {question['comment']}", 4))
    return "\n".join(lines) + "\n"


def _indented(text: str, spaces: int) -> str:
    space = " " * spaces
    return "\n".join(
        fill(line, WIDTH, initial_indent=space, subsequent_indent=space, break_long_words=False)
        for line in text.splitlines()
    )


def as_notebook(notebook: NotebookNode, record: Record) -> str:
    """The graded notebook with a summary above it and a person's comments below their cells.

    Nothing else is told than on the page: what grading keeps in the cells' metadata, such as all hints, stays here.
    """
    summary = "\n".join(f"    {line}" for line in as_text(record).splitlines())  # code: nothing in it is interpreted
    cells = [new_markdown_cell(summary, id="feedback")]
    for cell in notebook.cells:
        cells.append(NotebookNode(cell, metadata=NotebookNode()))
        if comment := cell.metadata.get("nbgrader", {}).get("comment"):
            cells.append(new_markdown_cell(f"**Comment:** {plain(comment)}"))
    for place, cell in enumerate(cells[1:], 1):
        cell["id"] = f"cell-{place}"  # each once, whatever was handed in
    kept = {name: notebook.metadata[name] for name in ("kernelspec", "language_info") if name in notebook.metadata}
    text: str = nbformat.writes(new_notebook(cells=cells, metadata=kept))
    return text + "\n"
