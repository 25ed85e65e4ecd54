"""Do visible and hidden checks agree? What a student sees accepted has to be accepted, and the other way round.

Every known mistake and every right variant is put to both: to the code of a cell's visible check, as a student runs
it, and to the cell's checks in the rubric. Where they cannot agree (in single precision, a numerical gradient has no
digits left), the entry in the catalogue quotes the sentence of the notebook's text that decides.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from rich.markup import escape
from rich.table import Table

from autograder.authoring.hand_in import without_region
from autograder.authoring.notebook import check_cells, read_notebook
from autograder.authoring.rubric import Draw, SavedNet, load_rubric
from autograder.course import Course
from autograder.grading.reference import reference_of
from autograder.grading.verdict import CellGrader
from autograder.proof.asking import shown
from autograder.proof.jobs import alone, in_jobs
from autograder.proof.trials import Trial, trials
from autograder.terminal import Console


class Ruling(NamedTuple):
    """What was said of one trial in a check cell: the visible check's lines with ✗, the hidden checks' messages."""

    cell: str
    visible: list[str]
    hidden: list[str]


def check_agreement(course: Course, assignment: str | None, console: Console, jobs: int | None = None) -> bool:
    """Put every known mistake and every right variant to visible and hidden checks, and print where they disagree.

    Returns
    -------
    bool
        Whether they agree wherever no sentence of the notebook's text decides.
    """
    agree = True
    for name in [assignment] if assignment else course.assignments():
        table = Table(
            "notebook",
            "check cell",
            "put",
            "disagree",
            "declared",
            title=f"{name}: visible and hidden checks",
            title_justify="left",
        )
        problems: list[str] = []
        for notebook in course.notebooks(name):
            path = course.source(name, notebook)
            all_trials, comparable = trials(reference_of(path)), comparable_cells(path)
            put = in_jobs(rulings, [(path, one, comparable) for one in all_trials], notebook, console, jobs)
            found = [disagreement(path, one, several) for one, several in zip(all_trials, put)]
            counts = Counter(ruling.cell for several in put for ruling in several)
            for cell in load_rubric(path).cells():
                here = [one for one in found if one is not None and one.cell == cell]
                if cell in counts:
                    row = counts[cell], sum(bool(one.sentence) for one in here), sum(one.declared for one in here)
                    table.add_row(notebook, cell, *map(str, row))
            problems += [f"{notebook}, {one.cell}: {one.sentence}" for one in found if one and one.sentence]
        console.print(table)
        for problem in problems:
            console.print(f"[red]✗[/red] {escape(problem)}", soft_wrap=True)
        agree &= not problems
    return agree


class Disagreement(NamedTuple):
    """Where visible and hidden checks disagree; `declared` if the notebook's text decides. The sentence says what is to
    be mended, if anything is."""

    cell: str
    declared: bool
    sentence: str


def comparable_cells(path: Path) -> frozenset[str]:
    """The check cells whose visible check accepts the solution without any long cell having been run."""
    cells = load_rubric(path).cells()
    with alone():
        said = {cell: shown(path, reference_of(path).edited({}), cell) for cell in cells}
    return frozenset(cell for cell, lines in said.items() if _accepted(lines) and not _refused(lines))


def _accepted(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("✓")]


def _refused(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith(("✗", "○"))]


def rulings(path: Path, trial: Trial, comparable: frozenset[str]) -> list[Ruling]:
    """What visible and hidden checks say of a trial, in each check cell of what it writes."""
    reference, rubric, checks_of = reference_of(path), load_rubric(path), check_cells(path)
    found = []
    for cell in (cell for todo in trial.cells for cell in checks_of.get(todo, ())):
        if cell not in comparable or any(isinstance(check, SavedNet) for check in rubric.of(cell)):
            continue
        with alone():  # each in a namespace of its own
            graded = CellGrader(rubric, reference, lambda check: Draw(b"agreement", check)).grade(
                cell, trial.host(reference)
            )
        with alone():
            visible = _refused(shown(path, trial.host(reference), cell))
        found.append(Ruling(cell, visible, [one.message for one in graded.result.checks if not one.passed]))
    return found


def disagreement(path: Path, trial: Trial, several: list[Ruling]) -> Disagreement | None:
    """Where visible and hidden checks disagree about a trial; None if they agree and nothing is declared.

    A visible check may refuse what another cell's hidden checks refuse: it often looks at more than its own part.
    """
    unseen = next((one for one in several if one.hidden and not one.visible), None)
    harmless = next((one for one in several if one.visible), None) if not any(one.hidden for one in several) else None
    one = unseen or harmless
    if one is None:
        here = several[0].cell if several else ""
        sentence = f"declared, but visible and hidden checks agree: {trial.name}"
        return Disagreement(here, True, sentence) if trial.contract else None
    if trial.contract:
        told = " ".join(trial.contract.split()) in _text(path)
        return Disagreement(
            one.cell, True, "" if told else f"{trial.name}: the notebook does not say {trial.contract!r}"
        )
    return Disagreement(
        one.cell,
        False,
        f"the visible check accepts {trial}; the hidden one says: {one.hidden[0]}"
        if one.hidden
        else f"the hidden checks accept {trial}; the visible one says: {one.visible[0]}",
    )


def _text(path: Path) -> str:
    """What students read in a notebook, with single spaces."""
    return " ".join(" ".join(without_region(cell.source, "SOLUTION") for cell in read_notebook(path).cells).split())
