"""The command `autograder`: what an instructor types."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

import cs231n_utils
from autograder import __version__
from autograder.course import Course, CourseError
from autograder.sandbox.isolation import INSTALL_AGAIN, require_level
from autograder.terminal import bear_any_encoding, close_log, console, errors, keep_log, note, one_line

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Release an assignment, grade what students hand in, and send feedback. Run it inside your course's folder.",
)


def _assignments(begun: str) -> list[str]:
    """What the shell offers for the name of an assignment."""
    try:
        return [name for name in Course.find().assignments() if name.startswith(begun)]
    except (CourseError, OSError):
        return []


Assignment = Annotated[
    str, typer.Argument(help="Name of the assignment: a folder in solutions/.", autocompletion=_assignments)
]


def _print_version(wanted: bool) -> None:
    if wanted:
        console.print(f"autograder {__version__}, cs231n_utils {cs231n_utils.__version__}")
        raise typer.Exit()


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say which version this is.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print only what went wrong; the exit status says the rest.")
    ] = False,
    log: Annotated[
        Path | None, typer.Option(help="Add what is said, and when, to this file; all of it, also with --quiet.")
    ] = None,
) -> None:
    console.quiet = quiet
    if log:
        keep_log(log)
        note(f"autograder {shlex.join(sys.argv[1:])}")


def _course(assignment: str | None = None, submitted: Path | None = None) -> Course:
    """The course that this folder is in, which has the assignment."""
    course = Course.find(submitted=submitted)
    course.share()
    if assignment:
        course.notebooks(assignment)
    return course


@contextmanager
def _loading() -> Iterator[None]:
    """Say at once that something happens: the libraries that do the work take a second or two to load.

    Raises
    ------
    CourseError
        If one of them is missing or broken.
    """
    try:
        with nullcontext() if console.quiet else errors.status("loading", spinner="line"):
            yield
    except ImportError as error:
        raise CourseError(
            f"part of autograder or of what it needs cannot be loaded: {error}. {INSTALL_AGAIN}"
        ) from None


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
        course = _course()
        with _loading():
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
    with _loading():
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
        str | None, typer.Argument(help="Name of the assignment; all of them if left out.", autocompletion=_assignments)
    ] = None,
) -> None:
    """Write the notebooks that students get, from solutions/ to assignment/, unless a solution fails its own checks."""
    course = _course(assignment)
    with _loading():
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
    course = _course(assignment)
    with _loading():
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
    course = _course(assignment)
    with _loading():
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
    course = _course(assignment)
    with _loading():
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
    course, found = _course(assignment), []
    with _loading():
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
            f"{asked} hand-ins have a question in roster/hand_ins.csv: fill in the empty column, and collect again",
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
    course = _course(assignment, submitted)
    if dask is None:
        require_level(isolation, course.settings)
    with _loading():
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
    with _loading():
        from autograder.sandbox.doctor import examine

    raise typer.Exit(0 if examine(console) else 1)


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
    course = _course(assignment)
    if to and not packed:
        raise CourseError("--to is where packed feedback goes: say with --for what it is for")
    with _loading():
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
    course = _course(assignment)
    with _loading():
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
    course = _course(assignment)
    with _loading():
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
    assignment: Annotated[str | None, typer.Option(help="Only this assignment.", autocompletion=_assignments)] = None,
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
    course = _course()
    with _loading():
        from autograder.classroom.export import export_grades
        from autograder.classroom.fill_in import fill_in

    if into is None:
        text = export_grades(course, format, assignment)
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
    course = _course()
    with _loading():
        from autograder.classroom.backup import back_up, print_backup

    path, parts = back_up(course, to)
    print_backup(console, path, parts)


@app.command()
def clean(
    assignment: Annotated[str | None, typer.Argument(help="Only this assignment.", autocompletion=_assignments)] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them. Without this, nothing is removed.")] = False,
) -> None:
    """Show how big graded notebooks and feedback pages are, which commands make again; --yes removes them.

    Hand-ins, grades and the secret stay.
    """
    from autograder.classroom.clean import clean_up

    clean_up(_course(assignment), assignment, console, remove=yes)


@app.command()
def formgrader() -> None:
    """Open nbgrader's formgrader on this course, to grade written answers by hand."""
    course = _course()
    with _loading():
        from autograder.classroom.formgrader import open_formgrader

    open_formgrader(course)


@app.command()
def check(
    assignment: Annotated[str | None, typer.Argument(help="Only this assignment.", autocompletion=_assignments)] = None,
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
    course = _course(assignment)
    with _loading():
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
    _course()
    tables = ("grading", "growth", "steps", "sixty", "neighbours")
    run = subprocess.run([sys.executable, "-m", "autograder.evidence.speed", *tables])
    raise typer.Exit(run.returncode)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to put the sample class.")] = Path("demo"),
    jobs: Annotated[int | None, typer.Option(min=1, help="How many hand-ins to grade at a time.")] = None,
) -> None:
    """Make a class of sample hand-ins, grade it, and show where everything is."""
    course = _course()
    with _loading():
        from autograder.demo.run import run_demo

    run_demo(course, folder, console, jobs)


def main() -> None:
    """Run the command; a problem that a person can solve is one sentence, not a traceback."""
    bear_any_encoding()
    try:
        status = _run()
        note(f"exit status {status}")
    finally:
        close_log()
    sys.exit(status)


def _run() -> int:
    """The exit status of what was typed."""
    try:
        app()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except CourseError as error:
        errors.print(f"autograder: {error}", style="red", soft_wrap=True, markup=False)
        return 130 if isinstance(error.__context__, KeyboardInterrupt) else 2
    except KeyboardInterrupt:
        errors.print("autograder: stopped", style="red")
        return 130
    except OSError as error:
        where = f" ({one_line(str(error.filename))})" if error.filename else ""
        errors.print(f"autograder: {error.strerror or error}{where}", style="red", soft_wrap=True, markup=False)
        return 2
    return 0


if __name__ == "__main__":
    main()
