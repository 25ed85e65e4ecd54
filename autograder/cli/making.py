"""Commands that write what others begin from: a course, a release, what students and platforms get."""

from __future__ import annotations

import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.app import Assignment, app, assignments, course_here, loading
from autograder.course import CourseError
from autograder.terminal import console, errors


@app.command()
def new(
    folder: Annotated[
        Path | None, typer.Argument(help="Where to put a new course: a new folder, or an empty one.")
    ] = None,
    helper: Annotated[
        str, typer.Option(help="Name of a small package of its own that its notebooks import. [default: none]")
    ] = "",
    assignment: Annotated[
        str, typer.Option(help="Inside a course: the assignment to begin, or to which to add a notebook.")
    ] = "",
    notebook: Annotated[str, typer.Option(help="The notebook's name. [default: the assignment's]")] = "",
) -> None:
    """Make a small course to begin from; or, inside one, an assignment, or another notebook in an assignment.

    Each notebook comes with its rubric and known mistakes, and can be released and graded as it is.
    """
    if (folder is None) == (not assignment):
        raise CourseError("name a folder for a new course, or, inside a course, --assignment NAME")
    if (helper and assignment) or (notebook and folder):
        raise CourseError("--helper is for a new course, --notebook for an assignment of one")
    if folder is None:
        course = course_here()
        with loading():
            from autograder.authoring.new_notebook import new_notebook_in

        for path in new_notebook_in(course, assignment, notebook):
            console.print(f"wrote {path.relative_to(course.root)}", markup=False, soft_wrap=True)
        console.print(
            f"\nNext:\n"
            f"  jupyter lab solutions/{assignment}    # make the question your own, here and in the files beside it\n"
            f"  autograder release {assignment}\n"
            f"  autograder check {assignment}",
            markup=False,
            soft_wrap=True,
        )
        return
    with loading():
        from autograder.authoring.new import ASSIGNMENT, new_course

    for path in new_course(folder, helper):
        console.print(f"wrote {path}", markup=False, soft_wrap=True)
    console.print(
        f"\nNext:\n"
        f"  cd {shlex.quote(str(folder))}\n"
        + (f"  pip install -e .          # lets notebooks import {helper}\n" if helper else "")
        + f"  autograder release        # writes what students get, to assignment/\n"
        f"  autograder check          # proves that the solution scores 100 %, the starter 0\n"
        f"  jupyter lab solutions     # where you change it\n"
        f"Hand-ins go to submitted/STUDENT/{ASSIGNMENT}/; then: autograder grade {ASSIGNMENT}",
        markup=False,
        soft_wrap=True,
    )


@app.command()
def release(
    assignment: Annotated[
        str | None, typer.Argument(help="Name of the assignment; all of them if left out.", autocompletion=assignments)
    ] = None,
) -> None:
    """Write the notebooks that students get, from solutions/ to assignment/, unless a solution fails its own checks."""
    course = course_here(assignment)
    with loading():
        from autograder.authoring.differences import differences, handed_out
        from autograder.authoring.release import release as write
        from autograder.proof.solution import refuse_failing_solutions
    for name in [assignment] if assignment else course.assignments():
        before = handed_out(course, name)
        for path in write(course, name, refuse_failing_solutions):
            console.print(f"released {path.relative_to(course.root)}")
            for phrase in differences(before.get(path.name), path):
                console.print(f"  {phrase}", markup=False, soft_wrap=True)


@app.command()
def handout(
    assignment: Assignment,
    to: Annotated[Path | None, typer.Option(help="A zip, or a new folder. [default: handout/ASSIGNMENT.zip]")] = None,
) -> None:
    """Write what a student gets: notebooks, the package they import, how to begin. It is tried out first."""
    course = course_here(assignment)
    with loading():
        from autograder.classroom.handout import hand_out

    place = to or course.root / "handout" / f"{assignment}.zip"
    with nullcontext() if console.quiet else errors.status("trying it out in a fresh environment", spinner="line"):
        files = hand_out(course, assignment, place)
    for path in files:
        console.print(f"  {path}", markup=False, soft_wrap=True)
    console.print(f"handed out: {place}", markup=False, soft_wrap=True)


@app.command()
def package(
    platform: Annotated[str, typer.Argument(help="gradescope or github-classroom.")],
    assignment: Assignment,
    to: Annotated[Path | None, typer.Option(help="The zip, or for GitHub a new folder. [default: in package/]")] = None,
    visibility: Annotated[
        str, typer.Option(help="On Gradescope, when checks are seen: visible, after_due_date, after_published, hidden.")
    ] = "after_due_date",
    hints: Annotated[
        int | None,
        typer.Option(min=0, max=3, help="On Gradescope, how much they are told. [default: as course.toml says, or 3]"),
    ] = None,
) -> None:
    """Write what another platform needs for an assignment, and try it out.

    For Gradescope it is a zip that grades there. It holds the solution: upload it, and give it to nobody else. For
    GitHub it is a template repository for students, whose workflow runs the checks that they see.
    """
    course = course_here(assignment)
    with loading():
        from autograder.classroom.github import package_for_github
        from autograder.classroom.gradescope import package_for_gradescope, seconds_needed

    if platform not in ("gradescope", "github-classroom"):
        raise CourseError(f"there is no package for {platform!r}: choose gradescope or github-classroom")
    gradescope = platform == "gradescope"
    place = to or course.root / "package" / (f"gradescope-{assignment}.zip" if gradescope else f"github-{assignment}")
    with nullcontext() if console.quiet else errors.status("packing it and trying it out", spinner="line"):
        files = (
            package_for_gradescope(course, assignment, place, visibility, hints)
            if gradescope
            else package_for_github(course, assignment, place)
        )
    for path in files:
        console.print(f"  {path}", markup=False, soft_wrap=True)
    console.print(f"packed: {place}", markup=False, soft_wrap=True)
    if gradescope:
        minutes = -(-seconds_needed(course, assignment) // 60)
        console.print(f"One hand-in may take {minutes:g} minutes: allow the autograder at least that.", soft_wrap=True)


@app.command()
def change(
    assignment: Assignment,
    rename: Annotated[
        list[str] | None,
        typer.Option(
            help="OLD=NEW: a cell that has another grade id now; may be repeated. Most are found by themselves."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without this, nothing is changed.")] = False,
) -> None:
    """Show what other cells in a solution mean for the grades that were given; --yes does it, and releases.

    A copy of the gradebook is kept. Hand-ins of an earlier release are graded as that one was handed out.
    """
    course = course_here(assignment)
    with loading():
        from autograder.classroom import change as changing
        from autograder.proof.solution import refuse_failing_solutions

    found = changing.changes(course, assignment, changing.pairs(rename or []))
    if not changing.print_changes(console, course, assignment, found):
        return
    if not yes:
        console.print(f"Nothing is changed yet: `autograder change {assignment} --yes` does it.", soft_wrap=True)
        return
    refuse_failing_solutions(course, assignment)
    copy = changing.change(course, assignment, found)
    console.print(
        f"released assignment/{assignment}. The gradebook as it was: {copy.relative_to(course.root)}",
        markup=False,
        soft_wrap=True,
    )
