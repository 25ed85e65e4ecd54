"""What became of known mistakes and mutants: who is caught by what, and what has to be looked at."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from rich.markup import escape
from rich.table import Column, Table

from autograder.authoring.misconception import load_equivalents
from autograder.authoring.rubric import Check, load_rubric
from autograder.course import Course
from autograder.proof.mutation.mutants import Mutant
from autograder.proof.mutation.pairs import AND
from autograder.proof.mutation.run import BROUGHT, Caught, put_all
from autograder.terminal import Console


@dataclass
class Tally:
    """What became of the known mistakes and the mutants of one cell.

    Attributes
    ----------
    known, mutants, killed, equivalent : int
    survivors : list of str
        Names of those that no check catches and nobody has declared.
    """

    known: int = 0
    mutants: int = 0
    killed: int = 0
    equivalent: int = 0
    survivors: list[str] = field(default_factory=list)


def check_mutations(
    course: Course, assignment: str | None, console: Console, jobs: int | None = None, pairs: int = 0
) -> bool:
    """Put every known mistake and every mutant to the checks of its cell, and print who was caught by what.

    Parameters
    ----------
    pairs : int
        How many pairs of mutants of each cell are put, too.

    Returns
    -------
    bool
        Whether each one is caught or declared equivalent, and none both.
    """
    sharp = True
    for name in [assignment] if assignment else course.assignments():
        for notebook in course.notebooks(name):
            path = course.source(name, notebook)
            caught = put_all(path, console, jobs, pairs)
            tallies, problems = tally(caught, load_equivalents(path))
            _print(console, f"{name}/{notebook}", tallies, _counts(path, caught))
            for problem in problems:
                console.print(f"[red]✗[/red] {escape(problem)}", soft_wrap=True)
            sharp &= not problems
    return sharp


def tally(caught: list[Caught], equivalents: dict[str, str]) -> tuple[dict[str, Tally], list[str]]:
    """What became of the mistakes, cell by cell; and what has to be looked at, in sentences."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for mistake, checks in caught:
        row = tallies[mistake.cell]
        row.known += not isinstance(mistake, Mutant)
        row.mutants += isinstance(mistake, Mutant)
        row.killed += bool(checks)
        row.equivalent += not checks and mistake.name in equivalents
        row.survivors += [mistake.name] if not checks and mistake.name not in equivalents else []
    killed = {mistake.name for mistake, checks in caught if checks}
    there = {mistake.name for mistake, _ in caught}
    problems = [f"no check catches {name}" for row in tallies.values() for name in row.survivors]
    problems += [f"declared equivalent, but a check catches it: {name}" for name in equivalents if name in killed]
    problems += [
        f"declared equivalent, but there is no such change: {name}"
        for name in equivalents
        if name not in there and AND not in name
    ]
    return dict(tallies), problems


def _counts(path: Path, caught: list[Caught]) -> dict[str, tuple[int, int]]:
    """For each check of what is written here: how many it catches, and how many it alone."""
    checks = [
        check.name
        for check in load_rubric(path).checks
        if isinstance(check, Check) and not check.cell.startswith(BROUGHT)
    ]
    return {
        check: (sum(check in failed for _, failed in caught), sum([check] == failed for _, failed in caught))
        for check in checks
    }


def _print(console: Console, title: str, tallies: dict[str, Tally], counts: dict[str, tuple[int, int]]) -> None:
    table = Table(
        "cell",
        *(Column(name, justify="right") for name in ("known", "mutants", "killed", "equivalent", "left")),
        title=title,
        title_justify="left",
    )
    rows = {
        cell: (row.known, row.mutants, row.killed, row.equivalent, len(row.survivors)) for cell, row in tallies.items()
    }
    for cell, row in rows.items():
        table.add_row(cell, *map(str, row))
    table.add_section()
    table.add_row("together", *(str(sum(column)) for column in zip(*rows.values())))
    console.print(table)
    table = Table("check", Column("catches", justify="right"), Column("alone", justify="right"))
    for name, (all_of_them, alone) in counts.items():
        title = name if all_of_them else f"[red]{name} never catches anything[/red]"
        table.add_row(title, str(all_of_them), str(alone))
    console.print(table)
