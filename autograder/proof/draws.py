"""Does a verdict depend on the draw? The same code has to fail the same checks, whatever the inputs that are drawn.

Every known mistake, every right variant and a few mutants of each cell are put to many draws. A mistake that is found
in some of them only would cost one student points and another none; a right answer that fails in one of a thousand
fails some day.
"""

from __future__ import annotations

import random
from collections import Counter
from functools import lru_cache
from itertools import groupby
from pathlib import Path

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

Failed = dict[str, tuple[str, ...]]  # by a trial's name, the checks that it fails


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
            path = course.source(name, notebook)
            cells = list(dict.fromkeys(todo for one in put(path) for todo in one.cells))
            items = [(path, cell, number) for cell in cells for number in range(draws)]
            found = zip(items, in_jobs(failed_in, items, notebook, console, jobs))
            for cell, several in groupby(found, key=lambda pair: pair[0][1]):
                verdicts = [result for _, result in several]
                changing = changes(verdicts)
                table.add_row(notebook, cell, str(len(verdicts[0])), str(len(changing)))
                problems += [f"{notebook}, {cell}: {sentence}" for sentence in changing]
        console.print(table)
        for problem in problems:
            console.print(f"[red]✗[/red] {escape(problem)}", soft_wrap=True)
        steady &= not problems
    return steady


@lru_cache(maxsize=4)
def put(path: Path) -> list[Trial]:
    """The known mistakes and right variants of a notebook, and the same few mutants of each cell."""
    reference = reference_of(path)
    sources = dict(reference.cells)
    found = trials(reference)
    for _, several in groupby(mutants_of(reference, check_cells(reference.path)), key=lambda mutant: mutant.cell):
        mutants = list(several)
        few = random.Random(0).sample(mutants, min(MUTANTS, len(mutants)))
        found += [of_mistake(mutant, sources) for mutant in few]
    return found


def failed_in(path: Path, cell: str, number: int) -> Failed:
    """The checks that each trial of a TODO cell fails in one draw, in the cells that check it."""
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
