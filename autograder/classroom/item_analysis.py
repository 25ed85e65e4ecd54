"""What a class's answers say about the questions: how hard each was, whether it separates, what went wrong how often.

The words are those of classical test theory. A question's *difficulty* is the mean share of its points that a class
reached (1 if everybody has it). Its *discrimination* is the corrected item-total correlation: between its points and
those of all other questions together (Guilford, *Psychometric Methods*, 1954).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from autograder.authoring.misconception import Misconception
from autograder.classroom.standing import Standing
from autograder.grading.results import CellResult
from autograder.grading.wording import UNWRITTEN

FEW = 8  # hand-ins: a correlation of fewer says nothing
SEPARATES, HARDLY = 0.3, 0.1  # from where a discrimination is good, and below which it is none (Ebel, 1965)


@dataclass(frozen=True)
class Mistake:
    """What several students got wrong in one way.

    Attributes
    ----------
    notebook, cell : str
        Where the check that saw it is.
    title : str
        What should hold.
    students : tuple of str
    known : Misconception, optional
        The known mistake that it is.
    """

    notebook: str
    cell: str
    title: str
    students: tuple[str, ...]
    known: Misconception | None = None

    @property
    def name(self) -> str:
        """Of the known mistake, in words; empty if it is none."""
        return self.known.name.replace("_", " ") if self.known else ""

    @property
    def says(self) -> str:
        """The mistake in a sentence, or what should hold instead."""
        return self.known.hint if self.known else self.title


@dataclass(frozen=True)
class Question:
    """One cell with points.

    Attributes
    ----------
    points : float
        That it is worth.
    reached : dict of str to float
        By student; those whose answer still awaits a person are left out.
    unwritten : int
        How many have left it as it was handed out.
    awaiting : int
        How many answers still await a person.
    difficulty, discrimination : float or None
        See the module; None where they cannot be had.
    mistakes : list of Mistake
        The most frequent first.
    """

    notebook: str
    cell: str
    points: float
    by_person: bool
    reached: dict[str, float]
    unwritten: int
    difficulty: float | None
    discrimination: float | None
    mistakes: list[Mistake] = field(default_factory=list)
    awaiting: int = 0

    @property
    def verdict(self) -> str:
        """What its figures mean, in a few words."""
        if self.difficulty is None:
            return "awaits a person"
        if self.awaiting:  # the others, such as those who wrote nothing, say little about the class
            return f"{self.awaiting} still await{'s' * (self.awaiting == 1)} a person"
        if not self.reached or len(set(self.reached.values())) == 1:
            return "everybody has it" if self.difficulty == 1 else "nobody has it" if self.difficulty == 0 else ""
        if self.discrimination is None:
            return ""
        if self.discrimination < 0:
            return "weaker students do better here: read the question again"
        return "" if self.discrimination >= HARDLY else "hardly separates"


def questions(standings: list[Standing], catalogues: dict[str, list[Misconception]]) -> list[Question]:
    """The questions of an assignment, in the order of its notebooks.

    Parameters
    ----------
    catalogues : dict of str to list of Misconception
        The known mistakes of each notebook.
    """
    cells: dict[tuple[str, str], dict[str, CellResult]] = {}
    for one in standings:
        for result in one.notebooks:
            for graded in result.cells:
                if graded.max_score:
                    cells.setdefault((result.name, graded.grade_id), {})[one.student] = graded
    reached = {
        place: {student: cell.reached for student, cell in answers.items() if not cell.awaits_person}
        for place, answers in cells.items()
    }
    totals: Counter[str] = Counter()
    for given in reached.values():
        totals.update(given)
    found = []
    for (notebook, cell), answers in cells.items():
        points = max(answer.max_score for answer in answers.values())
        given = reached[notebook, cell]
        found.append(
            Question(
                notebook,
                cell,
                points,
                all(not answer.checks for answer in answers.values()),
                given,
                sum(_unwritten(answer) for answer in answers.values()),
                float(np.mean(list(given.values()))) / points if given else None,
                _correlation(list(given.values()), [totals[student] - mine for student, mine in given.items()]),
                _mistakes(notebook, cell, answers, {one.name: one for one in catalogues.get(notebook, [])}),
                len(answers) - len(given),
            )
        )
    return found


def _unwritten(cell: CellResult) -> bool:
    if not cell.checks:
        return cell.score == 0.0 and cell.by_hand is None
    failed = [check for check in cell.checks if not check.passed]
    return bool(failed) and failed[0].message.startswith(UNWRITTEN)


def _mistakes(
    notebook: str, cell: str, answers: dict[str, CellResult], catalogue: dict[str, Misconception]
) -> list[Mistake]:
    """What went wrong in a cell: known mistakes by name, the rest by the first check that saw it."""
    found: dict[tuple[str, str], list[str]] = {}  # students, by the mistake's name or the check's title
    for student, answer in answers.items():
        failed = [check for check in answer.checks if not check.passed]
        if not failed or _unwritten(answer):
            continue
        named = dict.fromkeys(check.misconception or "" for check in failed)
        for place in [(name, "") for name in named if name in catalogue] or [("", failed[0].title)]:
            found.setdefault(place, []).append(student)
    mistakes = [
        Mistake(notebook, cell, title, tuple(students), catalogue.get(name))
        for (name, title), students in found.items()
    ]
    return sorted(mistakes, key=lambda one: (-len(one.students), one.name))


def _correlation(own: list[float], rest: list[float]) -> float | None:
    if len(own) < FEW or np.ptp(own) == 0 or np.ptp(rest) == 0:
        return None
    return float(np.corrcoef(own, rest)[0, 1])
