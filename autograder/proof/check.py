"""Proof that the course itself is sound, in one command.

Each function checks one thing and returns what is wrong with it, a sentence for each problem.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

from autograder.authoring.hand_in import filled_in, printed, run_solution, write_notebook
from autograder.authoring.leak import leaks, secrets_of, unshown_pictures
from autograder.authoring.misconception import Misconception, load_catalogue
from autograder.authoring.notebook import check_cells, read_notebook
from autograder.authoring.points import disagreements
from autograder.authoring.release import fresh_release, release
from autograder.authoring.rubric import load_rubric
from autograder.classroom.gradebook import GradebookWriter
from autograder.course import Course, CourseError
from autograder.grading.grade import grade_class
from autograder.grading.reference import Reference, reference_of
from autograder.grading.results import NotebookResult
from autograder.grading.verdict import RubricError
from autograder.proof.asking import ask
from autograder.proof.mutation.run import caught_by
from autograder.terminal import Console


def check_course(course: Course, assignment: str | None, console: Console) -> bool:
    """Prove one assignment, or all; print what was found, and return whether everything holds."""
    assignments = [assignment] if assignment else course.assignments()
    if not assignments:
        raise CourseError(f"there is no assignment in {course.solutions}")
    sound = True
    for name in assignments:
        course.notebooks(name)
        console.print(f"[bold]{name}[/bold]")
        for title, look in PROOFS.items():
            with console.status(f"{title} ..."):
                try:
                    problems = list(dict.fromkeys(look(course, name)))  # what stops the grader, stops it for all
                except (CourseError, RubricError, LookupError, ValueError) as error:
                    problems = [str(error)]
            console.print(f"  {'[green]✓[/green]' if not problems else '[red]✗[/red]'} {title}")
            for problem in problems[:20]:
                console.print(f"      {problem}", markup=False, soft_wrap=True)
            if len(problems) > 20:
                console.print(f"      ... and {len(problems) - 20} more")
            sound &= not problems
    return sound


def points_agree(course: Course, assignment: str) -> list[str]:
    """Check cells and rubric: the same cells, the same points."""
    sources = {name: course.source(assignment, name) for name in course.notebooks(assignment)}
    return [
        problem
        for name, source in sources.items()
        for problem in disagreements(name, read_notebook(source), load_rubric(source))
    ]


def release_is_fresh(course: Course, assignment: str) -> list[str]:
    """assignment/ is what a release would write now, byte for byte."""
    fresh = fresh_release(course, assignment)
    folder = course.released / assignment
    there = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} if folder.is_dir() else {}
    problems = [f"assignment/{assignment}/{name} is missing" for name in fresh.keys() - there.keys()]
    problems += [f"assignment/{assignment}/{name} does not come from a release" for name in there.keys() - fresh.keys()]
    problems += [
        f"assignment/{assignment}/{name} is not what a release writes now"
        for name in fresh.keys() & there.keys()
        if fresh[name] != there[name]
    ]
    return [f"{problem}: run `autograder release {assignment}`" for problem in sorted(problems)]


def nothing_leaks(course: Course, assignment: str) -> list[str]:
    """No solution line, hidden test, marking scheme or picture of one in what students get."""
    secrets = secrets_of(course, assignment)
    problems: list[str] = []
    for path in _student_files(course):
        lines = _notebook_lines(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8").splitlines()
        problems += leaks(_short(path, course), lines, secrets)
        for cell in read_notebook(path).cells if path.suffix == ".ipynb" else []:
            problems += [
                f"{_short(path, course)} holds a picture that its text does not show, perhaps of a sample answer: "
                f"{name}"
                for name in unshown_pictures(cell)
            ]
    return problems


def _student_files(course: Course) -> list[Path]:
    return [*sorted(course.released.rglob("*.ipynb")), *course.settings.helper_modules()]


def _notebook_lines(path: Path) -> list[str]:
    return [line for cell in read_notebook(path).cells for line in cell.source.splitlines()]


def _short(path: Path, course: Course) -> str:
    return str(path.relative_to(course.root)) if path.is_relative_to(course.root) else f"{path.parent.name}/{path.name}"


def mistakes_are_caught(course: Course, assignment: str) -> list[str]:
    """Every known mistake fails a check of its own cell, and costs what the catalogue says; the solution fails none."""
    problems: list[str] = []
    for name in course.notebooks(assignment):
        path = course.source(assignment, name)
        cells = check_cells(path)
        catalogue = load_catalogue(path)
        called = Counter(mistake.name for mistake in catalogue)
        problems += [f"{name}: {count} known mistakes are called {one}" for one, count in called.items() if count > 1]
        problems += [
            f"{name}: no check catches {mistake.name}"
            for mistake in catalogue
            if not caught_by(path, cells.get(mistake.cell, []), mistake)
        ]
        for mistake in catalogue:
            if mistake.costs is not None and (cost := cost_of(reference_of(path), mistake)) != mistake.costs:
                problems.append(f"{name}: {mistake.name} costs {cost:g} points, not {mistake.costs:g}")
    return problems


def cost_of(reference: Reference, mistake: Misconception) -> float:
    """The points that a known mistake costs in its notebook."""
    return sum(
        cell.result.max_score - (cell.result.score or 0.0) for cell in ask(reference, reference.mistaken(mistake))
    )


def scores_are_right(course: Course, assignment: str) -> list[str]:
    """The solution, run from top to bottom, gets all points and passes its visible checks; the starter gets none."""
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        trial = course.copied(Path(folder), assignment)
        release(trial, assignment)
        for name in course.notebooks(assignment):
            solution = read_notebook(trial.source(assignment, name))
            released = read_notebook(trial.released / assignment / f"{name}.ipynb")
            write_notebook(trial.submitted / "starter" / assignment / f"{name}.ipynb", released)
            hand_in = trial.submitted / "solution" / assignment
            write_notebook(hand_in / f"{name}.ipynb", filled_in(released, solution))
            problems += [
                f"{name}: a visible check fails in the solution: {line}"
                for line in solved(course, assignment, name, hand_in)
                if line.lstrip().startswith(("✗", "○"))
            ]
        with GradebookWriter(trial) as gradebook:
            for result in grade_class(trial, assignment, ["solution", "starter"]):
                gradebook.record(assignment, result)
                problems += [f"{result.student}: {result.reason}"] if result.status != "graded" else []
                for notebook in result.notebooks:
                    problems += (
                        _solution_problems(notebook) if result.student == "solution" else _starter_problems(notebook)
                    )
    return problems


def _solution_problems(notebook: NotebookResult) -> list[str]:
    return (
        [
            f"{notebook.name}: the solution loses points in {cell.grade_id}: "
            + "; ".join(check.message for check in cell.checks if not check.passed)
            for cell in notebook.cells
            if cell.checks and cell.score != cell.max_score
        ]
        + [
            f"{notebook.name}: the answer in {cell.grade_id} does not await a person"
            for cell in notebook.cells
            if not cell.checks and not cell.needs_manual_grade
        ]
        + [f"{notebook.name}: {remark}" for remark in notebook.remarks]
    )


def _starter_problems(notebook: NotebookResult) -> list[str]:
    return [
        f"{notebook.name}: the starter gets {cell.score:g} points in {cell.grade_id}"
        for cell in notebook.cells
        if cell.score
    ] + [
        f"{notebook.name}: the empty answer in {cell.grade_id} awaits a person"
        for cell in notebook.cells
        if cell.needs_manual_grade
    ]


def solved(course: Course, assignment: str, name: str, folder: Path) -> list[str]:
    """What the solution notebook prints when it is run; the nets it saves are put into `folder`.

    A run takes minutes, so its result is kept in the user's cache, under a digest of all that it depends on:
    the notebook, the helper package and the data in use. Two processes that need the same one make it once.
    """
    files = load_rubric(course.source(assignment, name)).files()
    kept = user_cache_path("autograder") / "solved" / _fingerprint(course, assignment, name)
    kept.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{kept}.lock"):
        if not kept.is_dir():
            with tempfile.TemporaryDirectory(dir=kept.parent) as trial:
                lines = printed(run_solution(course, assignment, name, Path(trial)))
                result = Path(trial) / "result"
                result.mkdir()
                (result / "printed.txt").write_text("\n".join(lines), encoding="utf-8")
                for file in files:
                    shutil.move(Path(trial) / file, result / file)
                shutil.move(result, kept)
    for file in files:
        shutil.copyfile(kept / file, folder / file)
    return (kept / "printed.txt").read_text(encoding="utf-8").splitlines()


def _fingerprint(course: Course, assignment: str, name: str) -> str:
    digest = hashlib.sha256((course.source(assignment, name)).read_bytes())
    for path in course.settings.helper_modules():
        digest.update(path.read_bytes())
    digest.update(course.settings.data_in_use().encode())
    return digest.hexdigest()[:32]


PROOFS: dict[str, Callable[[Course, str], list[str]]] = {
    "check cells and rubric agree on the points": points_agree,
    "assignment/ is a fresh release, byte for byte": release_is_fresh,
    "nothing of the solution leaks to students": nothing_leaks,
    "every known mistake is caught": mistakes_are_caught,
    "the solution scores 100 %, the starter 0": scores_are_right,
}
