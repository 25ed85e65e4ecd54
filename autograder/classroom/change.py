"""An assignment that somebody was graded in gets other cells: what that means for the grades, and doing it.

nbgrader refuses such a release. Here the gradebook goes along, in one transaction, and a copy of it is kept.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import (
    Comment,
    Grade,
    Gradebook,
    GradeCell,
    MissingEntry,
    Notebook,
    SolutionCell,
    SourceCell,
    SubmittedNotebook,
    TaskCell,
)
from nbgrader.utils import is_grade, is_locked, is_solution, is_task

from autograder.authoring.handed_out import keep, rename_in_kept
from autograder.authoring.notebook import grade_id_of, read_notebook
from autograder.authoring.release import fresh_release, gradebook_restored_on_failure, release
from autograder.classroom.backup import FOLDER
from autograder.classroom.export import as_text
from autograder.classroom.gradebook import answers_of, opened
from autograder.course import Course, CourseError
from autograder.grading.results import write_atomically
from autograder.grading.wording import points
from autograder.terminal import Console, one_line
from cs231n_utils.submit.reading import read_cells

HISTORY = "removed-grades.csv"  # in the folder for backups
_COLUMNS = ("time", "assignment", "notebook", "cell", "student", "auto_score", "manual_score", "max_score", "comment")

# The gradebook's tables of cells, and which cells of a notebook belong into each.
_TABLES: dict[type, Callable[[NotebookNode], bool]] = {
    GradeCell: is_grade,
    SolutionCell: is_solution,
    TaskCell: is_task,
    SourceCell: lambda cell: is_grade(cell) or is_solution(cell) or is_locked(cell) or is_task(cell),
}


@dataclass(frozen=True)
class Cell:
    """What a cell is in the gradebook.

    Attributes
    ----------
    tables : frozenset of type
        Those of nbgrader's tables that it stands in.
    """

    tables: frozenset[type]
    points: float = 0.0

    def __str__(self) -> str:
        kind = next(
            word
            for tables, word in (
                ({GradeCell, SolutionCell}, "written answer"),
                ({GradeCell}, "check"),
                ({SolutionCell}, "code to write"),
                ({TaskCell}, "task"),
                (set(), "locked"),
            )
            if tables <= self.tables
        )
        return f"{kind}, {_counted(self.points, 'point')}" if self.graded else kind

    @property
    def graded(self) -> bool:
        return bool(self.tables & {GradeCell, TaskCell})


@dataclass
class Change:
    """What becomes of a notebook's cells, by grade id.

    Attributes
    ----------
    fresh : NotebookNode
        What a release would write now; without cells if the notebook is gone.
    renamed : dict of str to str
        From the old name to the new one.
    """

    notebook: str
    before: dict[str, Cell] = field(default_factory=dict)
    fresh: NotebookNode = field(default_factory=lambda: NotebookNode(cells=[]))
    renamed: dict[str, str] = field(default_factory=dict)

    @cached_property
    def after(self) -> dict[str, Cell]:
        return {
            grade_id_of(cell): Cell(
                frozenset(table for table, holds in _TABLES.items() if holds(cell)),
                float(cell.metadata.nbgrader.get("points") or 0),
            )
            for cell in _noted(self.fresh)
        }

    @property
    def removed(self) -> list[str]:
        return [name for name in self.before if name not in self.after and name not in self.renamed]

    @property
    def added(self) -> list[str]:
        return [name for name in self.after if name not in self.before and name not in self.renamed.values()]

    @property
    def altered(self) -> list[tuple[str, str]]:
        """The old and the new name of cells that stay and are worth something else, or are another kind of cell."""
        stay = [(name, name) for name in self.before if name in self.after and name not in self.renamed]
        return [
            (old, new) for old, new in [*stay, *self.renamed.items()] if str(self.before[old]) != str(self.after[new])
        ]


def changes(course: Course, assignment: str, rename: Mapping[str, str] = {}) -> list[Change]:
    """What a release would change in the gradebook: each notebook that is in it, or would be.

    A cell was renamed if Jupyter knows it as the same one, and its grade id is another.

    Parameters
    ----------
    rename : dict of str to str
        Cells that were renamed besides, from the old grade id to the new one.

    Raises
    ------
    CourseError
        If the solution cannot be released, nothing was released before, or there are no such cells to be renamed.
    """
    fresh = _fresh(course, assignment)
    found = {name: Change(name, fresh=notebook) for name, notebook in fresh.items()}
    with opened(course) as gradebook:
        try:
            notebooks = gradebook.find_assignment(assignment).notebooks
        except MissingEntry:
            raise CourseError(f"{assignment} was never released: `autograder release {assignment}` does it") from None
        for notebook in notebooks:
            found.setdefault(notebook.name, Change(notebook.name)).before = _cells_in_gradebook(notebook)
    for name, notebook in fresh.items():
        change = found[name]
        path = course.released / assignment / f"{name}.ipynb"
        released = {cell.id: grade_id_of(cell) for cell in _noted(read_notebook(path))} if path.is_file() else {}
        for cell in _noted(notebook):
            old, new = released.get(cell.id, ""), grade_id_of(cell)
            if old in change.removed and new in change.added:
                change.renamed[old] = new
    for old, new in rename.items():
        one = next((one for one in found.values() if old in one.removed and new in one.added), None)
        if one is None:
            raise CourseError(f"solutions/{assignment} has no new cell {new!r} in place of a cell {old!r} that is gone")
        one.renamed[old] = new
    return sorted(found.values(), key=lambda change: change.notebook)


def pairs(rename: list[str]) -> dict[str, str]:
    """What was typed as OLD=NEW.

    Raises
    ------
    CourseError
    """
    for pair in rename:
        if not all(pair.partition("=")):
            raise CourseError(f"--rename takes OLD=NEW, two grade ids; {pair!r} is something else")
    return {old: new for old, _, new in (pair.partition("=") for pair in rename)}


def print_changes(console: Console, course: Course, assignment: str, found: list[Change]) -> bool:
    """Print a line for each cell that changes, with what it means for whom; return whether there are any."""
    with opened(course) as gradebook:
        handed_in = len(gradebook.find_assignment(assignment).submissions)
        lines = []
        for one in found:
            lines += [f"{one.notebook}: {line}" for line in _lines(gradebook, assignment, one)]
        for line in lines:
            console.print(one_line(line), markup=False, soft_wrap=True)
    if not lines:
        console.print(f"No graded cell of {assignment} changes: `autograder release {assignment}` is all it needs.")
        return False
    before = sum(cell.points for one in found for cell in one.before.values())
    after = sum(cell.points for one in found for cell in one.after.values())
    console.print(
        f"{_counted(before, 'point')} before, {points(after)} now. {_counted(handed_in, 'hand-in')} graded so far: "
        f"the next `autograder grade {assignment}` grades all of them anew.",
        soft_wrap=True,
    )
    return True


def _lines(gradebook: Gradebook, assignment: str, change: Change) -> list[str]:
    """What happens to a notebook's cells, and to the grades in them."""

    def given(name: str) -> str:
        return _given(gradebook, assignment, change.notebook, name)

    lines = [f"renamed {old} to {new}; kept: {given(old)}" for old, new in change.renamed.items()]
    for name in change.removed:
        lines.append(f"removed {name} ({change.before[name]}); goes to {FOLDER}/{HISTORY}: {given(name)}")
    lines += [f"added   {name} ({change.after[name]})" for name in change.added]
    for old, new in change.altered:
        lines.append(f"altered {new} ({change.before[old]}; now {change.after[new]}); kept: {given(old)}")
    return lines


def _given(gradebook: Gradebook, assignment: str, notebook: str, cell: str) -> str:
    """What was given for a cell, by the grader and by people."""
    grades = gradebook.db.query(Grade).filter(Grade.cell.has(name=cell)).all()
    comments = gradebook.db.query(Comment).filter(Comment.cell.has(name=cell)).all()
    mine = [
        one
        for one in [*grades, *comments]
        if (one.notebook.notebook.name, one.notebook.assignment.assignment.name) == (notebook, assignment)
    ]
    counts = (
        (sum(isinstance(one, Grade) and one.auto_score is not None for one in mine), "automatic grade", ""),
        (sum(isinstance(one, Grade) and one.manual_score is not None for one in mine), "grade", " by hand"),
        (sum(isinstance(one, Comment) and bool(one.manual_comment) for one in mine), "comment", ""),
    )
    return ", ".join(f"{_counted(count, what)}{how}" for count, what, how in counts if count) or "nothing was given"


def _counted(number: float, what: str) -> str:
    return f"{points(number)} {what}{'s' * (number != 1)}"


def change(course: Course, assignment: str, found: list[Change]) -> Path:
    """Do in the gradebook what changes, and release; both, or nothing.

    Returns
    -------
    Path
        The copy of the gradebook as it was.
    """
    now = datetime.now()
    copy = course.root / FOLDER / f"gradebook-{now:%Y-%m-%d-%H%M%S}.db"
    copy.parent.mkdir(exist_ok=True)
    with course.lock():
        keep(course, assignment)
        for one in found:
            rename_in_kept(course, assignment, one.notebook, one.renamed)
            _rename_answers(course, assignment, one)
        with gradebook_restored_on_failure(course, copy):
            os.chmod(copy, 0o600)
            with opened(course) as gradebook:
                gone = [row for one in found for row in _change_notebook(gradebook, assignment, one)]
                gradebook.db.commit()
            release(course, assignment)
        _write_history(copy.with_name(HISTORY), [{"time": f"{now:%Y-%m-%d %H:%M:%S}", **row} for row in gone])
    return copy


def _change_notebook(gradebook: Gradebook, assignment: str, change: Change) -> list[dict[str, Any]]:
    """Change a notebook's cells in the gradebook, not committed yet; return the grades of those that are gone."""
    whole = gradebook.find_assignment(assignment)
    notebook = next((one for one in whole.notebooks if one.name == change.notebook), None)
    if notebook is None:
        notebook = Notebook(name=change.notebook, assignment=whole)
        gradebook.db.add(notebook)
        gradebook.db.add_all(SubmittedNotebook(notebook=notebook, assignment=one) for one in whole.submissions)
    _rename(gradebook, notebook, change.renamed)
    gone: dict[tuple[str, str], dict[str, Any]] = {}
    for table, holds in _TABLES.items():
        there = {cell.name: cell for cell in _cells_of(notebook, table)}
        wanted = {grade_id_of(cell): cell for cell in change.fresh.cells if holds(cell)}
        for name in there.keys() - wanted.keys():
            _remove(gradebook, assignment, notebook, there[name], gone)
        for name in wanted.keys() - there.keys():
            _add(gradebook, notebook, table, name, wanted[name])
    if not change.fresh.cells:
        for submitted in notebook.submissions:
            gradebook.db.delete(submitted)
        gradebook.db.delete(notebook)
    return list(gone.values())


def _rename(gradebook: Gradebook, notebook: Notebook, renamed: Mapping[str, str]) -> None:
    cells = [
        (cell, renamed[cell.name]) for table in _TABLES for cell in _cells_of(notebook, table) if cell.name in renamed
    ]
    for cell, name in cells:  # first out of the way: two cells may swap names
        cell.name = f"{name} (renamed)"
    gradebook.db.flush()
    for cell, name in cells:
        cell.name = name
    gradebook.db.flush()


def _add(gradebook: Gradebook, notebook: Notebook, table: type, name: str, cell: NotebookNode) -> None:
    """Add a cell, and room for what it gets in each hand-in; a release fills in the rest."""
    graded, written = table in (GradeCell, TaskCell), table in (SolutionCell, TaskCell)
    about: dict[str, Any] = {} if table is SolutionCell else {"cell_type": cell.cell_type}
    if graded:
        about["max_score"] = float(cell.metadata.nbgrader["points"])
    new = table(name=name, notebook=notebook, **about)
    gradebook.db.add(new)
    for submitted in notebook.submissions:
        kinds = [Grade] * graded + [Comment] * written
        gradebook.db.add_all(kind(cell=new, notebook=submitted) for kind in kinds)


def _remove(
    gradebook: Gradebook, assignment: str, notebook: Notebook, cell: Any, gone: dict[tuple[str, str], dict[str, Any]]
) -> None:
    """Remove a cell with what was given for it, and note that in `gone`, by cell and student."""
    for given in [] if isinstance(cell, SourceCell) else [*cell.grades, *cell.comments]:
        row = {"assignment": assignment, "notebook": notebook.name, "cell": cell.name}
        row["student"] = given.notebook.student.id
        row = gone.setdefault((cell.name, row["student"]), row)
        if isinstance(given, Grade):
            row |= {"auto_score": given.auto_score, "manual_score": given.manual_score, "max_score": cell.max_score}
        else:
            row["comment"] = given.manual_comment
        gradebook.db.delete(given)
    gradebook.db.delete(cell)


def _write_history(path: Path, rows: list[dict[str, Any]]) -> None:
    """Add what is no longer in the gradebook to a table of all that ever went."""
    if not rows:
        return
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        if new:
            writer.writeheader()
        writer.writerows(
            {name: as_text(cell) if isinstance(cell, str) else cell for name, cell in row.items()} for row in rows
        )
    path.chmod(0o600)


def _rename_answers(course: Course, assignment: str, change: Change) -> None:
    """Let what grades by hand were given for be found under the new names too, so that they need no second look."""
    for path in (course.root / ".grading" / assignment).glob("*/answers"):
        answers = answers_of(path)
        new = {
            f"{change.notebook}.{new}": answers[key]
            for old, new in change.renamed.items()
            if (key := f"{change.notebook}.{old}") in answers
        }
        if new:
            write_atomically(path, json.dumps(answers | new, indent=1) + "\n")


def _cells_of(notebook: Notebook, table: type) -> list[Any]:
    return list(
        {
            GradeCell: notebook.grade_cells,
            SolutionCell: notebook.solution_cells,
            TaskCell: notebook.task_cells,
            SourceCell: notebook.source_cells,
        }[table]
    )


def _cells_in_gradebook(notebook: Notebook) -> dict[str, Cell]:
    tables: dict[str, set[type]] = {}
    worth: dict[str, float] = {}
    for table in (SourceCell, *_TABLES):
        for cell in _cells_of(notebook, table):
            tables.setdefault(cell.name, set()).add(table)
            worth[cell.name] = getattr(cell, "max_score", worth.get(cell.name, 0.0))
    return {name: Cell(frozenset(found), worth[name]) for name, found in tables.items()}


def _noted(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that nbgrader notes in the gradebook."""
    return [cell for cell in notebook.cells if _TABLES[SourceCell](cell)]


def _fresh(course: Course, assignment: str) -> dict[str, NotebookNode]:
    """The notebooks that a release would write now, by name."""
    return {
        name.removesuffix(".ipynb"): read_cells(content, whole=True)
        for name, content in fresh_release(course, assignment).items()
    }
