"""Does a verdict depend on the draw? The same code has to fail the same checks, whatever the inputs that are drawn.

Every known mistake, every right variant and a few mutants of each cell are put to many draws. A mistake that is found
in some of them only would cost one student points and another none; a right answer that fails in one of a thousand
fails some day.
"""

from __future__ import annotations

import itertools
import math
import os
import random
import time
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from rich.markup import escape
from rich.table import Table

from autograder.authoring.notebook import check_cells
from autograder.course import Course
from autograder.grading.reference import reference_of
from autograder.proof.jobs import alone, in_jobs
from autograder.proof.mutation.run import mutants_of
from autograder.proof.questions import failed, questions
from autograder.proof.trials import Trial, of_mistake, trials
from autograder.terminal import Console

MUTANTS = 4  # of each cell
LEAST = 10  # draws of each job, however little time there is

Failed = dict[str, tuple[str, ...]]  # by a trial's name, the checks that it fails


class Steadiness(NamedTuple):
    """What was seen in a TODO cell.

    Attributes
    ----------
    put, draws : int
        How many trials were put to how many draws.
    changing : list of str
        Sentences about those whose verdict is not always the same.
    """

    cell: str
    put: int
    draws: int
    changing: list[str]


def check_draws(course: Course, assignment: str | None, draws: int, console: Console, jobs: int | None = None) -> bool:
    """Put everything to a number of draws, and print whose verdict is not always the same.

    Returns
    -------
    bool
        Whether each known mistake always fails the same checks, and no right variant ever fails one.
    """
    steady = True
    for name in [assignment] if assignment else course.assignments():
        table = Table(
            "notebook", "cell", "put", "changing", title=f"{name}: verdicts in {draws} draws", title_justify="left"
        )
        problems: list[str] = []
        for notebook in course.notebooks(name):
            for cell in steadiness(course.source(name, notebook), draws, console, jobs):
                table.add_row(notebook, cell.cell, str(cell.put), str(len(cell.changing)))
                problems += [f"{notebook}, {cell.cell}: {sentence}" for sentence in cell.changing]
        console.print(table)
        for problem in problems:
            console.print(f"[red]✗[/red] {escape(problem)}", soft_wrap=True)
        steady &= not problems
    return steady


def steadiness(
    path: Path, draws: int, console: Console, jobs: int | None = None, seconds: float = math.inf
) -> list[Steadiness]:
    """Put everything to a number of draws, cell by cell.

    Parameters
    ----------
    seconds : float
        For each cell in each job: if they are over, fewer draws are made.
    """
    jobs = jobs or os.cpu_count() or 1
    cells = list(dict.fromkeys(todo for one in put(path) for todo in one.cells))
    items = [(path, cell, range(job, draws, jobs), seconds) for cell in cells for job in range(min(jobs, draws))]
    found = zip(items, in_jobs(failed_in, items, path.stem, console, jobs))
    seen = []
    for cell, several in itertools.groupby(found, key=lambda pair: pair[0][1]):
        verdicts = list(itertools.chain.from_iterable(results for _, results in several))
        seen.append(Steadiness(cell, len(verdicts[0]), len(verdicts), changes(verdicts)))
    return seen


@lru_cache(maxsize=4)
def put(path: Path) -> list[Trial]:
    """The known mistakes and right variants of a notebook, and the same few mutants of each cell."""
    reference = reference_of(path)
    sources = dict(reference.cells)
    found = trials(reference)
    mutants = mutants_of(reference, check_cells(reference.path))
    for _, several in itertools.groupby(mutants, key=lambda mutant: mutant.cell):
        own = list(several)
        few = random.Random(0).sample(own, min(MUTANTS, len(own)))
        found += [of_mistake(mutant, sources) for mutant in few]
    return found


def failed_in(path: Path, cell: str, numbers: Iterable[int], seconds: float = math.inf) -> list[Failed]:
    """The checks that each trial of a TODO cell fails in some draws, in the cells that check it."""
    until, found = time.monotonic() + seconds, list[Failed]()
    for number in numbers:
        if len(found) >= LEAST and time.monotonic() > until:
            break
        found.append(_failed_in_one(path, cell, number))
    return found


def _failed_in_one(path: Path, cell: str, number: int) -> Failed:
    reference, cells = reference_of(path), check_cells(path)[cell]
    asked = [question for one in cells for question in questions(path, one, b"draws", str(number))]
    found = {}
    for trial in put(path):
        if cell not in trial.cells:
            continue
        with alone(number):
            try:
                host = trial.host(reference)
            except Exception:  # a mutant that does not even run
                continue
            found[str(trial)] = tuple(failed(asked, host))
    return found


def changes(verdicts: list[Failed]) -> list[str]:
    """A sentence about each trial that does not fail the same checks in every draw, or is right and fails any."""
    sentences = []
    for trial in verdicts[0]:
        times = Counter(check for one in verdicts for check in one[trial])
        steady = all(count == len(verdicts) for count in times.values())
        if not steady or (times and trial.startswith("the right variant")):
            words = ", ".join(
                f"{check} in {count}" for check, count in times.items() if count < len(verdicts) or steady
            )
            sentences.append(f"{trial} fails {words} of {len(verdicts)} draws")
    return sentences
