"""All written answers to a question side by side, alike ones together: a page to grade them in, with names or without.

The page saves points and comments to a file, which `autograder.classroom.take_answers` puts into the gradebook.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import json
import re
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup
from nbformat import NotebookNode
from rapidfuzz.fuzz import token_sort_ratio

from autograder.authoring.notebook import (
    BadNotebook,
    grade_id_of,
    is_manual,
    points_of,
    read_notebook,
    without_delimiters,
)
from autograder.bare_nbgrader import api
from autograder.classroom.class_report import TEMPLATES, page
from autograder.classroom.gradebook import opened
from autograder.course import Course, CourseError
from autograder.grading.ledger import results_of, wrote
from autograder.grading.results import CellResult, write_atomically
from autograder.grading.sanitize import safe_html, safe_text_cell

ALIKE = 80  # percent of a text's words, in any order, that make two answers alike
MOST_COMPARED = 4000  # characters of an answer
ELSEWHERE = (
    "<p><em>This cell is as it was handed out. Something may be written elsewhere, or the notebook could not be read: "
    "look at the whole hand-in in the formgrader.</em></p>"
)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Answer:
    """What one student wrote, and what a person has given for it.

    Attributes
    ----------
    key : str
        Names it without naming anybody.
    shown : Markup
        Harmless HTML.
    digest : str
        What the grade is for, see `CellResult.answer`.
    points : float or None
        What a person gave; None if nobody has.
    changed : bool
        Whether the answer has changed since.
    """

    key: str
    student: str
    shown: Markup
    text: str
    digest: str
    points: float | None
    comment: str
    changed: bool


@dataclass
class Card:
    """Answers that are the same to the letter, and get the same grade."""

    answers: list[Answer]

    @property
    def first(self) -> Answer:
        return self.answers[0]

    @property
    def says_nothing(self) -> bool:
        """Whether one has to look at the whole hand-in, and so has to know whose it is."""
        return not self.first.text

    @property
    def names(self) -> str:
        return ", ".join(sorted(one.student for one in self.answers))

    @property
    def data(self) -> str:
        """What the page's script has to know of them."""
        return json.dumps(
            [
                {"key": one.key, "answer": one.digest, "points": one.points, "comment": one.comment}
                for one in self.answers
            ]
        )

    @property
    def agreed(self) -> bool:
        """Whether they have the same points and comments so far."""
        return len({(one.points, one.comment) for one in self.answers}) == 1


@dataclass
class Question:
    """A question with a written answer.

    Attributes
    ----------
    asked, scheme : Markup
        The text before the answer in the notebook; the marking scheme.
    groups : list of list of Card
        Alike answers together, the largest group first.
    empty : int
        How many left it empty.
    """

    notebook: str
    cell: str
    points: float
    asked: Markup
    scheme: Markup
    groups: list[list[Card]] = field(default_factory=list)
    empty: int = 0

    @property
    def name(self) -> str:
        return f"{self.notebook}/{self.cell}"


def write_answers(course: Course, assignment: str, blind: bool) -> Path:
    """Write report/<assignment>/answers.html.

    Parameters
    ----------
    blind : bool
        Whether names are left out.

    Raises
    ------
    CourseError
        If nothing of the assignment is graded by a person, or nobody was graded yet.
    """
    asked = questions(course, assignment)
    there, grades = answers(course, assignment), given_by_hand(course, assignment)
    given = {one.name: _of_question(course, assignment, one, there, grades) for one in asked}
    if not any(given.values()) and not any(one.empty for one in asked):
        raise CourseError(f"nobody has been graded for {assignment} yet: run `autograder grade {assignment}` first")
    for one in asked:
        one.groups = together(given[one.name])
    script = (TEMPLATES / "answers.js").read_text(encoding="utf-8")
    text = page(
        "answers.html.j2",
        course=course.settings.title,
        assignment=assignment,
        questions=asked,
        blind=blind,
        comments=kept_comments(course, assignment),
        script=Markup(script),
        sha256=b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    path = course.report / assignment / "answers.html"
    write_atomically(path, text)
    return path


def questions(course: Course, assignment: str) -> list[Question]:
    """The questions of an assignment that a person grades.

    Raises
    ------
    CourseError
        If there are none.
    """
    found = []
    for name in course.notebooks(assignment):
        before: NotebookNode | None = None
        for cell in read_notebook(course.source(assignment, name)).cells:
            if is_manual(cell):
                scheme = safe_html(without_delimiters(cell.source).strip(), cell.get("attachments"))
                text = safe_html(before.source, before.get("attachments")) if before is not None else ""
                found.append(Question(name, grade_id_of(cell), points_of(cell), Markup(text), Markup(scheme)))
            elif cell.cell_type == "markdown":
                before = cell
    if not found:
        raise CourseError(f"{assignment} has no written answers: nothing of it is graded by a person")
    return found


def answers(course: Course, assignment: str) -> dict[str, tuple[str, str, CellResult]]:
    """The student, the notebook and what grading found, of each written answer, by its key."""
    return {
        key_of(course, assignment, student, notebook.name, cell.grade_id): (student, notebook.name, cell)
        for student in course.students(assignment)
        for notebook in results_of(course, assignment, student)
        for cell in notebook.cells
        if not cell.checks
    }


def key_of(course: Course, assignment: str, student: str, notebook: str, cell: str) -> str:
    """A name for an answer from which nobody can tell whose it is."""
    about = "\0".join(("answer", assignment, student, notebook, cell))
    return hmac.new(course.secret(), about.encode(), hashlib.sha256).hexdigest()[:20]


def _of_question(
    course: Course,
    assignment: str,
    question: Question,
    there: dict[str, tuple[str, str, CellResult]],
    given: dict[tuple[str, str, str], tuple[float | None, bool, str]],
) -> list[Answer]:
    """The answers to a question that are not empty; counts those that are."""
    found = []
    for key, (student, notebook, cell) in there.items():
        if (notebook, cell.grade_id) != (question.notebook, question.cell):
            continue
        points, waits, comment = given.get((student, notebook, cell.grade_id), (None, True, ""))
        if cell.score is not None and points is None:
            question.empty += 1
            continue
        shown = _shown(course, assignment, student, notebook, cell.grade_id)
        text = "" if shown == ELSEWHERE else " ".join(html.unescape(_TAG.sub(" ", shown)).split())
        changed = points is not None and waits
        found.append(Answer(key, student, Markup(shown), text, cell.answer, points, comment, changed))
    return sorted(found, key=lambda one: one.key)  # in an order that says nothing


def given_by_hand(course: Course, assignment: str) -> dict[tuple[str, str, str], tuple[float | None, bool, str]]:
    """A person's points, whether they wait for a review, and the comment: by student, notebook and cell."""
    with opened(course) as gradebook:
        try:
            submissions = gradebook.find_assignment(assignment).submissions
        except api.MissingEntry:
            return {}
        found = {}
        for submission in submissions:
            for notebook in submission.notebooks:
                comments = {one.name: one.manual_comment or "" for one in notebook.comments}
                for grade in notebook.grades:
                    about = grade.manual_score, bool(grade.needs_manual_grade), comments.get(grade.name, "")
                    found[submission.student.id, notebook.name, grade.name] = about
        return found


def _shown(course: Course, assignment: str, student: str, notebook: str, cell: str) -> str:
    """An answer as harmless HTML; a sentence where its cell says nothing."""
    path = course.autograded / student / assignment / f"{notebook}.ipynb"
    try:
        [ours] = _cells(course.released / assignment / path.name, cell)
        [there] = _cells(path, cell)
    except (BadNotebook, ValueError):
        return ELSEWHERE
    if there.source == ours.source:
        return ELSEWHERE
    if there.cell_type == "code":
        return f"<pre>{html.escape(there.source)}</pre>"
    return str(there.source if wrote(course, path) else safe_text_cell(there).source)  # stock nbgrader cleans nothing


def _cells(path: Path, grade_id: str) -> list[NotebookNode]:
    return [cell for cell in read_notebook(path).cells if grade_id_of(cell) == grade_id]


def together(found: list[Answer]) -> list[list[Card]]:
    """The same answers as one card, alike cards as one group, and the group with most answers first."""
    same: dict[str, list[Answer]] = {}
    for one in found:
        same.setdefault(one.text.casefold() or one.key, []).append(one)
    cards = []
    for members in same.values():
        card = Card(members)
        cards += [card] if card.agreed else [Card([one]) for one in members]
    groups: list[list[Card]] = []
    for card in sorted(cards, key=lambda card: (-len(card.answers), -len(card.first.text), card.first.key)):
        for group in groups:
            words, others = card.first.text[:MOST_COMPARED].casefold(), group[0].first.text[:MOST_COMPARED].casefold()
            if words and token_sort_ratio(words, others, score_cutoff=ALIKE):
                group.append(card)
                break
        else:
            groups.append([card])
    return sorted(groups, key=lambda group: -sum(len(card.answers) for card in group))


def kept_comments(course: Course, assignment: str) -> dict[str, list[dict[str, Any]]]:
    """The comments to use again, by question, as the last file that was taken had them."""
    try:
        kept = json.loads(comments_file(course, assignment).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def comments_file(course: Course, assignment: str) -> Path:
    return course.root / ".grading" / assignment / ".comments.json"  # no student's name begins with a dot
