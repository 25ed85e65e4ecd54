"""What a grader would see in a notebook of a hand-in, which is run afresh."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from cs231n_utils.checks.cells import UNMADE
from cs231n_utils.progress import progress
from cs231n_utils.submit.hand_in import notes_of
from cs231n_utils.submit.limits import within_limits
from cs231n_utils.submit.reading import LONG, SKIP_TAG
from cs231n_utils.submit.rehearsal import Rehearsal, rehearse
from cs231n_utils.submit.untouched import definitions, digest, names_made, parsed, untouched

MOST_POINTS = 1000  # of one cell; more is no teacher's number


@dataclass
class Remark:
    """One line of what is printed, with what helps below it.

    Attributes
    ----------
    sign : str
        ✓ is right, ✗ is wrong, ○ is missing, ! is worth a look, and · costs nothing.
    """

    sign: str
    text: str
    details: list[str] = field(default_factory=list)


@dataclass
class NotebookReport:
    """What was found out about one notebook.

    Attributes
    ----------
    points, most : float
        What the cells whose visible checks pass are worth, and all of those that have any.
    noted : int
        Of the checks that pass, those that only take note of a choice.
    """

    remarks: list[Remark]
    passed: int = 0
    checks: int = 0
    noted: int = 0
    points: float = 0.0
    most: float = 0.0
    written: int = 0
    to_write: int = 0
    long: int = 0


def look_at(
    notebook: NotebookNode, folder: Path, own_folder: Path, *, whole: bool = False, title: str = ""
) -> NotebookReport:
    """Run a notebook in `folder` and find out what a grader would see.

    Parameters
    ----------
    folder : Path
        Holds a copy of the saved networks, and nothing else.
    own_folder : Path
        The student's own, to find out what else the notebook would need from there.
    whole : bool
        Run long cells, too.
    title : str
        Shown in front of the progress bar.
    """
    notes = notes_of(notebook)
    assert notes is not None  # no other notebook is part of a hand-in
    cells, cut = within_limits(notebook.cells)
    too_long = {number for number, cell in enumerate(cells) if cell.source != notebook.cells[number].source}
    left = _left(cells, notes)
    ids = _graded_cells(cells, left, notes)
    long = _long(cells, notes)
    with progress(
        range(len(cells)),
        desc=title,
        leave=False,
        disable=not sys.stdout.isatty(),
        bar_format="{desc}  {bar:30}  cell {n_fmt} of {total_fmt}",
    ) as bar:

        def show(number: int) -> None:
            bar.n = number + 1
            bar.refresh()

        ran = rehearse(cells, folder, whole=whole, untouched=left, long=long, too_long=too_long, progress=show)

    report = NotebookReport(
        [Remark("✗", sentence) for sentence in cut], checks=len(notes["checks"]), long=len(ran.long)
    )
    todo_empty = False  # whether the last answer cell above is as it was handed out
    for number, cell in enumerate(cells):
        grade_id = ids.get(number, "")
        if grade_id and (kind := _kind(cell)) != cell.cell_type:
            report.remarks.append(
                Remark(
                    "✗",
                    f"{_plain(grade_id)}: the cell was turned from {kind} into "
                    f"{cell.cell_type}; in Jupyter, select it and press "
                    f"{'Y' if kind == 'code' else 'M'}",
                )
            )
            todo_empty = False
            continue
        if grade_id in notes["answers"]:
            todo_empty = number in left and number not in ran.elsewhere
            read = _is_read(cell)
            report.to_write += read
            report.written += read and not todo_empty
            if todo_empty:
                what = "no answer" if read else "not written"
                report.remarks.append(Remark("○", f"{_plain(grade_id)}: {what} yet"))
        if grade_id in notes["checks"]:
            remark = _check(number, grade_id, notes, ran, todo_empty, own_folder)
            report.passed += remark.sign in "✓·"
            if remark.sign == "·":  # nothing is decided here
                report.noted += 1
            else:
                report.most += (worth := _worth(cell))
                report.points += worth if remark.sign == "✓" else 0.0
            if not (todo_empty and remark.sign == "○"):
                report.remarks.append(remark)
        elif number in ran.stopped and cell.cell_type == "code":
            report.remarks.append(Remark("✗", f"{_called(cell, grade_id)}: {ran.stopped[number]}"))
        elif cell.cell_type == "code" and (error := _error(cell)):
            sign, why = _why(error, number, ran, own_folder)
            report.remarks.append(Remark(sign, f"{_called(cell, grade_id)} stops with {_short(error)}", why))
    _say_once(report.remarks)
    made = {name for cell in cells if cell.cell_type == "code" for name in names_made(cell.source)}
    gone = [
        grade_id
        for grade_id in (*notes["checks"], *notes["answers"])
        if grade_id not in ids.values() and not _is_written_elsewhere(notes["answers"].get(grade_id), made)
    ]
    report.remarks += [
        Remark(
            "!",
            f"{_plain(grade_id)}: "
            + (
                "this check cell is gone. The grader has its own: no points are lost"
                if grade_id in notes["checks"]
                else "the cell for this answer is gone. Take it from a fresh copy of the notebook"
            ),
        )
        for grade_id in gone
    ]
    return report


def _say_once(remarks: list[Remark]) -> None:
    """Leave out reasons that were given further up: one mistake may stop many cells."""
    said: set[str] = set()
    for remark in remarks:
        remark.details = [line for line in remark.details if not line.startswith("→") or line not in said]
        said.update(remark.details)


def _left(cells: list[NotebookNode], notes: dict[str, Any]) -> dict[int, list[str]]:
    """Cells that are empty or as they were handed out, and what they define: those for answers, and copies of them."""
    functions = {answer["digest"]: answer["defines"] for answer in notes["answers"].values() if answer["defines"]}
    left = {}
    for number, cell in enumerate(cells):
        answer = notes["answers"].get(_grade_id(cell))
        if answer and untouched(cell.source, _kind(cell), answer["digest"]) and not cell.get("attachments"):
            left[number] = answer["defines"]
        elif cell.cell_type == "code" and "def " in cell.source and digest(cell.source) in functions:
            left[number] = functions[digest(cell.source)]
    return left


def _long(cells: list[NotebookNode], notes: dict[str, Any]) -> dict[int, list[str]]:
    """Cells that are not run again, and what is run of each: all that it defines, unless it is as it was handed out.

    A tag says so only in a notebook that was handed out before the notes did.
    """
    given: dict[str, str] | None = notes.get(LONG)
    found: dict[int, list[str]] = {}
    for number, cell in enumerate(cells):
        grade_id, mark = _grade_id(cell), digest(cell.source)
        if given is None:  # an earlier hand-out
            is_long = SKIP_TAG in cell.metadata.get("tags", [])
        elif grade_id in notes["answers"]:
            is_long = grade_id in given
        else:
            is_long = grade_id not in notes["checks"] and (cell.id in given or mark in given.values())
        if is_long and cell.cell_type == "code":
            found[number] = [] if mark in (given or {}).values() else definitions(cell.source)
    return found


def _is_written_elsewhere(answer: dict[str, Any] | None, made: set[str]) -> bool:
    """Whether all that a cell was to define is defined by others."""
    names = {name.rpartition(".")[2] for name in answer["defines"]} if answer else set()
    return bool(names) and names <= made


def _graded_cells(cells: list[NotebookNode], left: Container[int], notes: dict[str, Any]) -> dict[int, str]:
    """Grade ids by the cells' positions; of two with the same id the first one counts, as in grading.

    Of two cells for a written answer, it is the first one in which something was written. A check cell that has lost
    its metadata is known by its text.
    """
    first: dict[str, int] = {}
    checks = {mark: grade_id for grade_id, mark in notes["checks"].items()}
    for number, cell in enumerate(cells):
        if grade_id := _grade_id(cell):
            before = first.setdefault(grade_id, number)
            if before in left and number not in left and _is_read(cells[before]):
                first[grade_id] = number
    for number, cell in enumerate(cells):
        if cell.cell_type == "code" and not _grade_id(cell) and (grade_id := checks.get(digest(cell.source), "")):
            first.setdefault(grade_id, number)
    return {number: grade_id for grade_id, number in first.items()}


def _is_read(cell: NotebookNode) -> bool:
    """Whether a person reads and grades a cell."""
    return bool(_about(cell).get("grade")) and bool(_about(cell).get("solution"))


def _worth(cell: NotebookNode) -> float:
    """The points that a check cell says it gives."""
    points = _about(cell).get("points", 0)
    return float(points) if 0 <= points <= MOST_POINTS else 0.0


def _grade_id(cell: NotebookNode) -> str:
    return str(_about(cell).get("grade_id", ""))


def _about(cell: NotebookNode) -> dict[str, Any]:
    """What nbgrader's metadata say of a cell."""
    about: dict[str, Any] = cell.metadata.get("nbgrader", {})
    return about


def _kind(cell: NotebookNode) -> str:
    """The type that a cell of ours was handed out with."""
    return str(_about(cell).get("cell_type", cell.cell_type))


def _check(
    number: int, grade_id: str, notes: dict[str, Any], ran: Rehearsal, todo_empty: bool, own_folder: Path
) -> Remark:
    """What a check cell shows, in one remark."""
    cell, name = ran.cells[number], _plain(grade_id)
    if digest(cell.source) != notes["checks"][grade_id]:
        return Remark(
            "!",
            f"{name}: you have changed this check cell. That breaks nothing: the grader uses the "
            "original one. But what it shows here is not what counts",
        )
    if number in ran.stopped:
        return Remark("✗", f"{name}: {ran.stopped[number]}")
    if error := _error(cell):
        return Remark("✗", f"{name} stops with {_short(error)}", _why(error, number, ran, own_folder, True)[1])
    verdicts = _verdicts(cell)
    wrong = [lines for lines in verdicts if lines[0].startswith(("✗", "○"))]
    if not verdicts:
        return Remark("✗", f"{name}: it shows nothing")
    if not wrong:
        noted = all(lines[0].startswith("·") for lines in verdicts)
        return Remark("·", f"{name}: noted, and graded after you hand in") if noted else Remark("✓", name)
    if all("not written yet" in " ".join(lines) for lines in wrong) and todo_empty:
        return Remark("○", f"{name}: not written yet")
    if file := next((file for file in notes["hand_in"] if f"there is no file {file}:" in wrong[0][-2:][0]), None):
        return Remark("○", f"{name}: waits for {file}")
    details, reasons = [line for lines in wrong for line in lines], []
    for line in details:
        if "Error" in line:
            reasons += [why for why in _why(line, number, ran, own_folder, True)[1] if why not in reasons]
    if reasons:  # they say more than the check could know
        details = [line for line in details if UNMADE not in line]
    return Remark("✗", name, details + reasons)


def _verdicts(cell: NotebookNode) -> list[list[str]]:
    """The lines of each visible check: the one with its sign, and those that explain it."""
    verdicts: list[list[str]] = []
    for output in cell.outputs:
        text = output.text if output.output_type == "stream" else output.get("data", {}).get("text/plain", "")
        for line in str(text).splitlines():
            if line.startswith(("✓ ", "✗ ", "○ ", "· ")):
                verdicts.append([line])
            elif verdicts and line.startswith("    ") and line.strip():
                if _indent(line) == _indent(verdicts[-1][-1]) + 2:  # the check has broken a long line here
                    verdicts[-1][-1] += " " + line.strip()
                else:
                    verdicts[-1].append(line)
    return verdicts


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _error(cell: NotebookNode) -> str | None:
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            return f"{output.ename}: {output.evalue}".removesuffix(": ")
    return None


def _why(error: str, number: int, ran: Rehearsal, own_folder: Path, graded: bool = False) -> tuple[str, list[str]]:
    """What a fresh start has to do with an error, if anything: a sign, and a sentence.

    Parameters
    ----------
    graded : bool
        Whether it stops what is graded.
    """
    if name := _match(r"name '(\w+)' is not defined", error):
        makers = [
            other
            for other, cell in enumerate(ran.cells)
            if cell.cell_type == "code" and name in names_made(cell.source)
        ]
        failed = [other for other in range(number) if _fails_to_make(ran.cells[other], name)]
        if failed and not makers:
            return "✗", [f"→ {name} is made by {_called(ran.cells[failed[-1]])}, which stops with an error"]
        if not makers:
            return "✗", [f"→ no cell makes {name}: was its cell changed or deleted after it had been run?"]
        if long := [other for other in makers if other in ran.long]:
            story = f"→ {name} comes from {_called(ran.cells[long[0]])}, a long cell, which is not run again: "
            if graded:
                return "✗", [story + "give your function what it needs as an argument, or make it in another cell"]
            return "·", [story + "this costs nothing"]
        if min(makers) > number:
            return "✗", [
                (
                    f"→ {name} is made further down, by {_called(ran.cells[makers[0]])}: a notebook has to work "
                    "from top to bottom, so move one of the two"
                )
            ]
    if error.startswith("StdinNotImplementedError"):
        return "✗", ["→ nobody can answer input() here, nor in grading: put the value into the notebook"]
    if (name := _match(r"No module named '(\w+)", error)) and (own_folder / f"{name}.py").is_file():
        return "✗", [f"→ {name}.py is not part of the hand-in: put what you need of it into the notebook"]
    if (name := _match(r"No such file or directory: '([^']+)'", error)) and (own_folder / name).exists():
        return "✗", [f"→ {name} is not part of the hand-in: the notebook has to work without it"]
    return "✗", []


def _fails_to_make(cell: NotebookNode, name: str) -> bool:
    """Whether a cell is no Python and so makes nothing, but would make this function or class."""
    return (
        cell.cell_type == "code"
        and parsed(cell.source) is None
        and bool(_match(rf"(?m)^(?:def|class) ({name})\b", cell.source))
    )


def _match(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text)
    return found[1] if found else None


def _plain(grade_id: str) -> str:
    return grade_id.removesuffix("_code")


def _called(cell: NotebookNode, grade_id: str | None = None) -> str:
    """A name by which a reader of the notebook can find a cell."""
    if grade_id:
        return f"your cell {_plain(grade_id)}"
    first = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
    return f"the cell “{textwrap.shorten(first, 50, placeholder=' …')}”"


def _short(error: str) -> str:
    # The kernel calls a cell that is no Python by a number that nobody knows.
    return textwrap.shorten(re.sub(r" \(\d+\.py, (line \d+)\)$", r" (\1)", error), 150, placeholder=" …")
