"""Commands that try the course and the grader themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.app import app, assignments, course_here, loading
from autograder.terminal import console


@app.command()
def check(
    assignment: Annotated[str | None, typer.Argument(help="Only this assignment.", autocompletion=assignments)] = None,
    mutations: Annotated[
        bool,
        typer.Option(
            "--mutations",
            help="Run the checks on all known mistakes and on all small changes to the solutions, and say "
            "which of them no check catches.",
        ),
    ] = False,
    pairs: Annotated[
        int,
        typer.Option(
            min=0,
            help="With --mutations, put this many pairs of small changes in each cell, too. [default: none]",
            show_default=False,
        ),
    ] = 0,
    diagnosis: Annotated[
        bool,
        typer.Option(
            "--diagnosis",
            help="Have all known mistakes graded, one by one and in pairs, and say which of them the "
            "grader names correctly.",
        ),
    ] = False,
    fairness: Annotated[
        bool,
        typer.Option("--fairness", help="Grade right answers that look different, and say which of them lose points."),
    ] = False,
    margins: Annotated[
        bool,
        typer.Option("--margins", help="Measure how far apart right answers and known mistakes are in each check."),
    ] = False,
    agreement: Annotated[
        bool,
        typer.Option(
            "--agreement",
            help="Put known mistakes and right answers to visible and hidden checks, and say where those disagree.",
        ),
    ] = False,
    sentences: Annotated[
        bool,
        typer.Option("--sentences", help="Print all that the known mistakes make the checks say, grouped, to be read."),
    ] = False,
    draws: Annotated[
        int,
        typer.Option(
            min=0,
            help="Put known mistakes, right answers and some mutants to this many draws of the hidden inputs, and say "
            "whose verdict changes. [default: none]",
            show_default=False,
        ),
    ] = 0,
) -> None:
    """Prove the course itself: solutions score 100 %, starters score 0, nothing leaks."""
    course = course_here(assignment)
    with loading():
        from autograder.proof.agreement import check_agreement
        from autograder.proof.check import check_course
        from autograder.proof.diagnosis import check_diagnosis
        from autograder.proof.draws import check_draws
        from autograder.proof.fairness import check_fairness
        from autograder.proof.margins import check_margins
        from autograder.proof.mutation.report import check_mutations
        from autograder.proof.sentences import check_sentences

    proofs = [
        proof
        for wanted, proof in (
            (
                mutations or pairs,
                lambda course, assignment, console: check_mutations(course, assignment, console, pairs=pairs),
            ),
            (diagnosis, check_diagnosis),
            (fairness, check_fairness),
            (margins, check_margins),
            (agreement, check_agreement),
            (sentences, check_sentences),
            (draws, lambda course, assignment, console: check_draws(course, assignment, draws, console)),
        )
        if wanted
    ]
    held = [proof(course, assignment, console) for proof in proofs or [check_course]]
    raise typer.Exit(0 if all(held) else 1)


@app.command()
def bench() -> None:
    """Measure how fast grading and training are on this machine, in a quarter of an hour.

    A class graded beside stock nbgrader, classes that grow, and trainings beside what they could be.
    """
    course_here()
    tables = ("grading", "growth", "steps", "sixty", "neighbours")
    run = subprocess.run([sys.executable, "-P", "-m", "autograder.evidence.speed", *tables])
    raise typer.Exit(run.returncode)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to put the sample class.")] = Path("demo"),
    jobs: Annotated[int | None, typer.Option(min=1, help="How many hand-ins to grade at a time.")] = None,
) -> None:
    """Make a class of sample hand-ins, grade it, and show where everything is."""
    course = course_here()
    with loading():
        from autograder.demo.run import run_demo

    run_demo(course, folder, console, jobs)
