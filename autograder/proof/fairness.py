"""Every right answer passes: the corpus of variants, graded as a class of hand-ins, sandbox included.

Variants of different cells share a hand-in, so that the whole corpus is a few dozen of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from rich.markup import escape
from rich.table import Table

from autograder.authoring.hand_in import filled_in, write_notebook
from autograder.authoring.notebook import check_cells, grade_id_of, read_notebook
from autograder.authoring.release import release
from autograder.authoring.rubric import SavedNet, load_rubric
from autograder.authoring.variant import Variant, load_corpus
from autograder.course import Course, CourseError
from autograder.grading.grade import grade_class
from autograder.grading.results import CellResult
from autograder.terminal import Console


@dataclass
class Ruling:
    """What grading said about one variant in one check cell.

    Attributes
    ----------
    notebook, cell, variant : str
        The variant is "" for a check cell with the reference's own code in front of it.
    company : list of str
        The other variants in that notebook.
    result : CellResult
    """

    notebook: str
    cell: str
    variant: str
    company: list[str]
    result: CellResult

    @property
    def fair(self) -> bool:
        """Whether it has all points, and no mistake is named."""
        return self.result.score == self.result.max_score and not self.named

    @property
    def named(self) -> set[str]:
        return {check.misconception for check in self.result.checks if check.misconception}

    def __str__(self) -> str:
        messages = "; ".join(check.message for check in self.result.checks if not check.passed or check.misconception)
        return (
            f"{self.notebook}, {self.cell}, {self.variant or 'the reference'} "
            f"(in one notebook with {', '.join(self.company) or 'no other'}): {messages}"
        )


def check_fairness(course: Course, assignment: str | None, console: Console) -> bool:
    """Grade the whole corpus, and print for each check cell how many variants passed.

    Returns
    -------
    bool
        Whether every right answer got all points, and no mistake was named.
    """
    fair = True
    for name in [assignment] if assignment else course.assignments():
        with console.status("grading the right variants ..."):
            rulings = graded_corpus(course, name)
        table = Table(
            "notebook", "check cell", title=f"{name}: right answers that look different", title_justify="left"
        )
        for head in ("variants", "passed", "mistakes named"):
            table.add_column(head, justify="right")
        for notebook, cell in dict.fromkeys((ruling.notebook, ruling.cell) for ruling in rulings):
            own = [
                ruling for ruling in rulings if (ruling.notebook, ruling.cell) == (notebook, cell) and ruling.variant
            ]
            table.add_row(
                notebook,
                cell,
                str(len(own)),
                str(sum(ruling.fair for ruling in own)),
                str(sum(len(ruling.named) for ruling in own)),
            )
        console.print(table)
        unfair = [ruling for ruling in rulings if not ruling.fair]
        for ruling in unfair:
            console.print(f"[red]✗[/red] {escape(str(ruling))}", soft_wrap=True)
        fair &= not unfair
    return fair


def graded_corpus(course: Course, assignment: str) -> list[Ruling]:
    """Grade every variant of an assignment; saved networks are left out."""
    corpora = {name: load_corpus(course.source(assignment, name)) for name in course.notebooks(assignment)}
    groups = {name: grouped(corpus) for name, corpus in corpora.items()}
    with tempfile.TemporaryDirectory() as folder:
        trial = course.copied(Path(folder), assignment)
        release(trial, assignment)
        students = {}
        for number, variants in enumerate(zip_longest(*groups.values(), fillvalue=())):
            students[f"variant-{number}"] = dict(zip(groups, variants))
            for name, chosen in zip(groups, variants):
                released = read_notebook(trial.released / assignment / f"{name}.ipynb")
                solution = read_notebook(trial.source(assignment, name))
                write_notebook(
                    trial.submitted / f"variant-{number}" / assignment / f"{name}.ipynb",
                    written(released, filled_in(released, solution), chosen),
                )
        rulings: list[Ruling] = []
        for result in grade_class(trial, assignment, list(students)):
            for notebook in result.notebooks:
                chosen = students[result.student][notebook.name]
                rulings += _rulings(course.source(assignment, notebook.name), chosen, notebook.cells)
    order = [(name, cell) for name in groups for cell in load_rubric(course.source(assignment, name)).cells()]
    return sorted(rulings, key=lambda ruling: order.index((ruling.notebook, ruling.cell)))


def grouped(corpus: list[Variant]) -> list[list[Variant]]:
    """The variants in a few groups, found greedily; no two in a group write the same cell."""
    groups: list[list[Variant]] = []
    for variant in corpus:
        for group in groups:
            if not any(variant.cells.keys() & other.cells.keys() for other in group):
                group.append(variant)
                break
        else:
            groups.append([variant])
    return groups


def written(released: NotebookNode, solved: NotebookNode, variants: Sequence[Variant]) -> NotebookNode:
    """A solved notebook with some variants written into it."""
    handed_out = {grade_id_of(cell): cell.source for cell in released.cells}
    for variant in variants:
        for name, source in variant.cells.items():
            if f"{name}_code" not in handed_out:
                raise CourseError(
                    f"the variant {variant.name} writes the cell {name}_code, which is not in the notebook"
                )
            place = next(i for i, cell in enumerate(solved.cells) if grade_id_of(cell) == f"{name}_code")
            *before, (_, own) = variant.parts(name)
            solved.cells[place].source = own if source is not None else handed_out[f"{name}_code"]
            solved.cells[place:place] = [
                nbformat.v4.new_code_cell(text) if kind == "code" else nbformat.v4.new_markdown_cell(text)
                for kind, text in before
            ]
    return solved


def _rulings(path: Path, variants: Sequence[Variant], cells: list[CellResult]) -> list[Ruling]:
    rubric = load_rubric(path)
    todo_of = {check: todo for todo, checks in check_cells(path).items() for check in checks}
    rulings = []
    for cell in cells:
        if cell.grade_id not in rubric.cells() or any(
            isinstance(check, SavedNet) for check in rubric.of(cell.grade_id)
        ):
            continue
        owner = next((one.name for one in variants if todo_of.get(cell.grade_id) in one.cells), "")
        company = [one.name for one in variants if one.name != owner]
        rulings.append(Ruling(path.stem, cell.grade_id, owner, company, cell))
    return rulings
