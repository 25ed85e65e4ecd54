"""What a student may be told, to be read: every sentence that the known mistakes make the checks say, grouped.

The grader's sentences are those that a stranger's mistake would get, as none is called by its name here; the visible
checks' are what stands below the ✗. Sentences that differ only in their numbers are one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from rich.markup import escape

from autograder.authoring.notebook import check_cells
from autograder.authoring.rubric import Draw, SavedNet, load_rubric
from autograder.course import Course
from autograder.grading.reference import reference_of
from autograder.grading.verdict import CellGrader
from autograder.proof.agreement import comparable_cells
from autograder.proof.asking import shown
from autograder.proof.jobs import alone, in_jobs
from autograder.proof.trials import Trial, trials
from autograder.terminal import Console

EXAMPLES = 3  # names of mistakes beside a sentence


def check_sentences(course: Course, assignment: str | None, console: Console, jobs: int | None = None) -> bool:
    """Print all sentences about the known mistakes, each with a few of the mistakes behind it.

    Returns
    -------
    bool
        True: a person has to judge.
    """
    for name in [assignment] if assignment else course.assignments():
        for notebook in course.notebooks(name):
            path = course.source(name, notebook)
            wrong, comparable = [one for one in trials(reference_of(path)) if not one.right], comparable_cells(path)
            told = in_jobs(sentences, [(path, one, comparable) for one in wrong], notebook, console, jobs)
            for side, words in enumerate(("the grader", "the notebook")):
                behind: dict[str, list[str]] = defaultdict(list)
                first: dict[str, str] = {}
                for trial, both in zip(wrong, told):
                    for sentence in dict.fromkeys(both[side]):
                        pattern = re.sub(r"\d[\d.e+-]*", "#", sentence)
                        behind[pattern].append(trial.name)
                        first.setdefault(pattern, sentence)
                console.print(f"\n[bold]{name}/{notebook}: {len(first)} sentences of {words}[/bold]")
                for pattern in sorted(behind, key=lambda one: (-len(behind[one]), one)):
                    names = behind[pattern]
                    few = ", ".join(names[:EXAMPLES]) + (" ..." if len(names) > EXAMPLES else "")
                    console.print(f"{len(names):4}  {escape(first[pattern])}  [dim]({few})[/dim]", soft_wrap=True)
    return True


def sentences(path: Path, trial: Trial, comparable: frozenset[str]) -> tuple[list[str], list[str]]:
    """What the grader, and what the visible checks, say of a trial in the check cells of what it writes."""
    reference, rubric, checks_of = reference_of(path), load_rubric(path), check_cells(path)
    hidden: list[str] = []
    visible: list[str] = []
    for cell in (cell for todo in trial.cells for cell in checks_of.get(todo, ())):
        if any(isinstance(check, SavedNet) for check in rubric.of(cell)):
            continue
        with alone():
            grader = CellGrader(rubric, reference, lambda check: Draw(b"sentences", check))
            graded = grader.grade(cell, trial.host(reference))
        hidden += [one.message for one in graded.result.checks if not one.passed]
        if cell in comparable:
            with alone():
                lines = shown(path, trial.host(reference), cell)
            visible += [line.strip() for line in lines if line.startswith("    ")]
    return hidden, visible
