"""What students must not see: lines of a solution, hidden tests, marking schemes, and words about the grader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from nbformat import NotebookNode

from autograder.authoring.notebook import BadNotebook, grade_id_of, read_notebook
from autograder.course import Course, CourseError

# A line of a solution counts as given away if it occurs elsewhere letter for letter and is not trivial.
LEAK_LENGTH = 18


def secrets_of(course: Course, assignment: str) -> dict[str, str]:
    """The lines of an assignment that students must not see, and where each one stands.

    Raises
    ------
    CourseError
        If a solution notebook cannot be read.
    """
    found: dict[str, str] = {}
    for name in course.notebooks(assignment):
        try:
            cells = read_notebook(course.source(assignment, name)).cells
        except BadNotebook as error:
            raise CourseError(f"solutions/{assignment}/{error}") from None
        for cell in cells:
            for line in hidden_lines(cell.source):
                found.setdefault(line, f"{name}.ipynb, {grade_id_of(cell)}")
    return found


def leaks(where: str, lines: list[str], secrets: dict[str, str]) -> Iterator[str]:
    """A sentence for each line that says too much.

    Parameters
    ----------
    where : str
        What the lines are of, for the sentences.
    """
    for number, line in enumerate(lines, 1):
        words = normal(line)
        if words in secrets:
            yield f"{where}, line {number}, gives away a line of {secrets[words]}: {words}"
        elif "HIDDEN TESTS" in line or "MARK SCHEME" in line or re.search(r"\bautograder\b", line):
            yield f"{where}, line {number}, speaks of the grader: {words}"


def hidden_lines(source: str) -> list[str]:
    """The lines of a cell's solution and hidden regions that are not trivial."""
    found, inside = [], False
    for line in source.splitlines():
        if "### BEGIN" in line:
            inside = True
        elif "### END" in line:
            inside = False
        elif inside and len(normal(line)) >= LEAK_LENGTH:
            found.append(normal(line))
    return found


def normal(line: str) -> str:
    """A line without its indentation and any comment at its end."""
    return " ".join(re.sub(r"\s+#.*", "", line).split())


def unshown_pictures(cell: NotebookNode) -> list[str]:
    """Names of the attachments that a cell's text does not refer to."""
    return [
        name
        for name in cell.get("attachments", {})
        if not any(re.search(rf"attachment:{re.escape(word)}(?![\w.%-])", cell.source) for word in (name, quote(name)))
    ]
