"""Commands that take hand-ins and grade them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.app import Assignment, app, course_here, loading
from autograder.sandbox.isolation import require_level
from autograder.terminal import console, errors, one_line


@app.command()
def collect(
    assignment: Assignment,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="What a platform gave you, unpacked or not: archives, notebooks, folders. Without it, the attempts "
            "that are kept are looked at again, after a change of a deadline."
        ),
    ] = None,
    platform: Annotated[
        str,
        typer.Option(
            "--from",
            help="canvas, moodle, gradescope, brightspace, blackboard, github-classroom or nbgrader. "
            "[default: it is recognized]",
        ),
    ] = "",
    pattern: Annotated[
        str,
        typer.Option(
            help="Which part of a zip's name is the student, as a regular expression: '^[^_]+' is all before the first "
            "_. [default: all but the assignment's name]"
        ),
    ] = "",
    student: Annotated[str, typer.Option(help="Whose hand-in it is, if there is only one.")] = "",
) -> None:
    """Put what students handed in into submitted/, safely, and account for every file.

    All attempts are kept; course.toml says which one counts. The exit status is 1 if something was not taken.
    """
    course, found = course_here(assignment), []
    with loading():
        from autograder.classroom.collect import collect as take
    for one in take(course, assignment, paths or [], pattern, student, platform):
        found.append(one)
        if one.quiet:
            continue
        (errors if one.refused else console).print(
            f"{'refused' if one.refused else 'collected'}  {one.student or '?'} from {one_line(one.path)}"
            + "".join(f": {one_line(words)}" for words in filter(None, [one.refused, "; ".join(one.remarks)])),
            style="red" if one.refused else None,
            soft_wrap=True,
            markup=False,
        )
    files, taken = sum(one.files for one in found), sum(one.taken for one in found)
    refused = sum(one.files for one in found if one.refused)
    console.print(f"{files} files: {taken} taken, {files - taken - refused} left out, {refused} refused")
    if asked := sum(one.ask for one in found):
        errors.print(
            f"{asked} hand-in{'s have' if asked > 1 else ' has'} a question in roster/hand_ins.csv: "
            "fill in the empty column, and collect again",
            style="red",
            soft_wrap=True,
        )
    raise typer.Exit(1 if refused or asked else 0)


@app.command()
def grade(
    assignment: Assignment,
    submitted: Annotated[
        Path | None,
        typer.Option(help="Folder with the hand-ins, as STUDENT/ASSIGNMENT/NOTEBOOK.ipynb. [default: submitted/]"),
    ] = None,
    student: Annotated[list[str] | None, typer.Option(help="Grade this student only; may be repeated.")] = None,
    json: Annotated[Path | None, typer.Option(help="Also write all results to this file.")] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="How many hand-ins to grade at a time. [default: one for each processor]")
    ] = None,
    isolation: Annotated[
        str,
        typer.Option(
            help="How hand-ins are isolated: strict; process for the work of people you trust; or user, for root in a "
            "container that belongs to one hand-in. `autograder doctor` tests them."
        ),
    ] = "strict",
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Grade on the workers of this Dask scheduler, not here.")
    ] = None,
    progress: Annotated[
        str, typer.Option(help="bar, which only a terminal shows, or json: a line for each hand-in, on stderr.")
    ] = "bar",
) -> None:
    """Grade hand-ins: scores go to the gradebook, graded notebooks to autograded/.

    The exit status is 0 if every hand-in could be graded, 1 if somebody has to look at any.
    """
    course = course_here(assignment, submitted)
    if dask is None:
        require_level(isolation, course.settings)
    with loading():
        if dask is None:
            from autograder.grading.job import for_grading, get_ready

            get_ready(for_grading(course.settings))
        from autograder.classroom.progress import require_kind
        from autograder.classroom.record import grade_and_record
        from autograder.grading.results import write_results

    require_kind(progress)
    results = grade_and_record(course, assignment, student or [], console, jobs, progress, dask, level=isolation)
    if json:
        write_results(json, course, assignment, results)
        console.print(f"results: {json}")
    nobodys = course.nobodys(assignment) if not student else []
    for name in nobodys:
        errors.print(
            f"not graded: the folder {name!r} in {course.submitted.name}/; that cannot be a student's name. Rename it",
            style="red",
            markup=False,
            soft_wrap=True,
        )
    raise typer.Exit(0 if all(result.status == "graded" for result in results) and not nobodys else 1)


@app.command()
def doctor() -> None:
    """Test how well hand-ins can be isolated on this machine, and say what that means."""
    with loading():
        from autograder.sandbox.doctor import examine

    raise typer.Exit(0 if examine(console) else 1)
