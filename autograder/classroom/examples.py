"""A line that a class really wrote, to show a mistake by; without whose it is."""

from __future__ import annotations

import io
import tokenize
from difflib import SequenceMatcher

from autograder.authoring.misconception import FitsNoMore, Misconception
from autograder.authoring.notebook import BadNotebook, grade_id_of, read_notebook, without_delimiters
from autograder.classroom.item_analysis import Mistake
from autograder.course import Course
from autograder.grading.ledger import wrote
from autograder.terminal import one_line

ALIKE = 0.6  # from where a line is the mistake's
LONGEST = 110  # characters of a line that is shown
ENOUGH = 5  # students who are looked at


def line_of(course: Course, assignment: str, mistake: Mistake) -> str:
    """The line that looks most like a known mistake, of those who made it; empty if none does.

    Comments are left out: a student may have signed them.
    """
    if mistake.known is None:
        return ""
    models = changed_lines(course, assignment, mistake.notebook, mistake.known)
    found = [
        (max((SequenceMatcher(None, _bare(model), _bare(line)).ratio() for model in models), default=0.0), line)
        for student in mistake.students[:ENOUGH]
        for line in _lines(course, assignment, mistake.notebook, student)
    ]
    best, line = max(found, default=(0.0, ""), key=lambda one: one[0])
    return line if best >= ALIKE else ""


def changed_lines(course: Course, assignment: str, notebook: str, known: Misconception) -> list[str]:
    """The lines of the solution that are different with the mistake, as they are then: whole ones, since the part that
    is different, `scores`, may stand in many lines."""
    for cell in read_notebook(course.source(assignment, notebook)).cells:
        if grade_id_of(cell) == f"{known.cell}_code":
            source = without_delimiters(cell.source)
            try:
                mistaken = known.apply(source)
            except FitsNoMore:  # `autograder check` says so
                return []
            there = {line.strip() for line in source.splitlines()}
            return [line for line in code_lines(mistaken) if line.strip() not in there]
    return []


def _lines(course: Course, assignment: str, notebook: str, student: str) -> list[str]:
    """What a student wrote, line by line, without what was handed out."""
    path = course.autograded / student / assignment / f"{notebook}.ipynb"
    if not wrote(course, path):  # something else put it there
        return []
    try:
        released = read_notebook(course.released / assignment / f"{notebook}.ipynb")
        graded = read_notebook(path)
    except BadNotebook:
        return []
    handed_out = {line.strip() for cell in released.cells for line in cell.source.splitlines()}
    written = [line for cell in graded.cells if cell.cell_type == "code" for line in code_lines(cell.source)]
    return [line for line in written if line not in handed_out and 3 < len(line) <= LONGEST]


def code_lines(source: str) -> list[str]:
    """The lines of some Python without comments and margins; as they are where it is no Python."""
    lines = source.splitlines()
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                lines[row - 1] = lines[row - 1][:column]
    except (tokenize.TokenError, SyntaxError, IndexError):
        lines = [line.split("#")[0] for line in lines]
    return [one_line(line) for line in lines if line.strip()]


def _bare(line: str) -> str:
    return "".join(line.split())
