"""Commands on what was graded: to look at it, to give it back, and to keep it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.app import Assignment, app, assignments, course_here, loading
from autograder.course import CourseError
from autograder.terminal import console, errors, one_line


@app.command()
def feedback(
    assignment: Assignment,
    student: Annotated[str, typer.Option(help="For this student only.")] = "*",
    hints: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=3,
            help="How much students are told about a known mistake: 0 only what is wrong, 1 where to look, "
            "2 also something to try, 3 also the mistake by name. "
            "[default: as course.toml says, or 3]",
        ),
    ] = None,
    packed: Annotated[
        str,
        typer.Option(
            "--for",
            help="Also pack it: for students, a zip for each; for moodle or canvas, one zip for their bulk upload; for "
            "mail, files and a CSV for a mail merge. Nothing is sent.",
        ),
    ] = "",
    to: Annotated[
        Path | None, typer.Option(help="With --for: the zip or the folder. [default: feedback/ASSIGNMENT-...]")
    ] = None,
) -> None:
    """Write a feedback page for every graded notebook, to feedback/, and beside it the same as text and JSON.

    The exit status is 1 if a student's pages could not be made, or could not be packed.
    """
    course = course_here(assignment)
    if to and not packed:
        raise CourseError("--to is where packed feedback goes: say with --for what it is for")
    with loading():
        from autograder.classroom.feedback import write_feedback
        from autograder.classroom.give_back import give_back, require_kind

    if packed:
        require_kind(packed)
    pages, problems = write_feedback(course, assignment, student, course.settings.hints if hints is None else hints)
    for problem in problems:
        errors.print(problem, style="red", soft_wrap=True, markup=False)
    console.print(f"{len(pages)} feedback pages in {course.feedback.relative_to(course.root)}/")
    if packed and pages:
        students = sorted({page.parent.parent.name for page in pages})
        path, count, left_out = give_back(course, assignment, students, packed, to)
        for sentence in left_out:
            errors.print(sentence, style="red", soft_wrap=True, markup=False)
        problems += left_out
        shown = path.relative_to(course.root) if path.is_relative_to(course.root) else path
        console.print(
            f"packed for {packed}: {count} of {len(students)} students, in {shown}", markup=False, soft_wrap=True
        )
    raise typer.Exit(1 if problems else 0)


@app.command()
def report(assignment: Assignment) -> None:
    """Write a page about a class: what was hard, which mistakes many made, what to say about them.

    It goes to report/ASSIGNMENT/class.html, with the figures beside it as CSV and JSON.
    """
    course = course_here(assignment)
    with loading():
        from autograder.classroom.class_report import write_report

    for path in write_report(course, assignment):
        console.print(f"wrote {path.relative_to(course.root)}", markup=False, soft_wrap=True)


@app.command()
def answers(
    assignment: Assignment,
    blind: Annotated[
        bool | None,
        typer.Option("--blind/--names", help="Without names or with them. [default: as course.toml says, or --blind]"),
    ] = None,
    take: Annotated[
        Path | None,
        typer.Option(help="Put the points and comments in this file, saved by the page, into the gradebook."),
    ] = None,
) -> None:
    """Write a page with all written answers, question by question and alike ones together, to grade them in.

    It is report/ASSIGNMENT/answers.html. The exit status is 1 if --take did not take everything.
    """
    course = course_here(assignment)
    with loading():
        from autograder.classroom.answers import write_answers
        from autograder.classroom.take_answers import take_answers

    if take is None:
        path = write_answers(course, assignment, course.settings.blind if blind is None else blind)
        console.print(f"wrote {path.relative_to(course.root)}", markup=False, soft_wrap=True)
        return
    found = take_answers(course, assignment, take)
    for sentence in found.left:
        errors.print(f"not taken: {one_line(sentence)}", style="red", markup=False, soft_wrap=True)
    console.print(f"{found.taken} grades taken, {found.same} were so already, {len(found.left)} not taken")
    raise typer.Exit(1 if found.left else 0)


@app.command()
def export(
    format: Annotated[
        str,
        typer.Option(
            help="csv; json, with each notebook's score; questions, a CSV with a row for each question; or junit, each "
            "check as a test case in JUnit's XML."
        ),
    ] = "csv",
    assignment: Annotated[str | None, typer.Option(help="Only this assignment.", autocompletion=assignments)] = None,
    to: Annotated[Path | None, typer.Option(help="File to write; the terminal if left out.")] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            help="The gradebook that Canvas or Brightspace has exported, or Moodle's grading worksheet: it is written "
            "with the assignment's scores filled in, to be imported there."
        ),
    ] = None,
    column: Annotated[str, typer.Option(help="With --into: the heading to fill. [default: the assignment's]")] = "",
) -> None:
    """Write all grades in the gradebook, for a spreadsheet or a learning platform."""
    course = course_here()
    with loading():
        from autograder.classroom.export import export_grades
        from autograder.classroom.fill_in import fill_in

    if into is None:
        text = export_grades(course, format, assignment)
        if text.count("\n") <= 1:  # a table's head, or an empty list
            errors.print("nobody has been graded yet", style="yellow")
    elif not assignment:
        raise CourseError("--into fills in one assignment: say which with --assignment")
    else:
        text, remarks = fill_in(course, assignment, into, column)
        for remark in remarks:
            errors.print(remark, style="yellow", soft_wrap=True, markup=False)
    if to is None:  # the same bytes, whatever the terminal's encoding is
        sys.stdout.buffer.write(text.encode())
        sys.stdout.flush()
    else:
        to.write_text(text, encoding="utf-8", newline="")
        console.print(f"grades: {to}")


@app.command()
def backup(
    to: Annotated[Path | None, typer.Argument(help="The archive, or a folder for it. [default: backups/]")] = None,
) -> None:
    """Write one archive of the course: gradebook, secret, hand-ins, graded notebooks, solutions."""
    course = course_here()
    with loading():
        from autograder.classroom.backup import back_up, print_backup

    path, parts = back_up(course, to)
    print_backup(console, path, parts)


@app.command()
def clean(
    assignment: Annotated[str | None, typer.Argument(help="Only this assignment.", autocompletion=assignments)] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them. Without this, nothing is removed.")] = False,
) -> None:
    """Show how big graded notebooks and feedback pages are, which commands make again; --yes removes them.

    Hand-ins, grades and the secret stay.
    """
    from autograder.classroom.clean import clean_up

    clean_up(course_here(assignment), assignment, console, remove=yes)


@app.command()
def formgrader() -> None:
    """Open nbgrader's formgrader on this course, to grade written answers by hand."""
    course = course_here()
    with loading():
        from autograder.classroom.formgrader import open_formgrader

    open_formgrader(course)
