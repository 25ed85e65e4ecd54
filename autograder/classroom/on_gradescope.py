"""What runs on Gradescope: one hand-in in, results.json out, in the format that Gradescope documents.

https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import traceback
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.classroom.collect import limits_of
from autograder.classroom.picking import NO_MANIFEST, Picked, pick
from autograder.classroom.unpacking import BadHandIn, Entry
from autograder.course import Course, CourseError, can_be_student
from autograder.grading.grade import grade_class
from autograder.grading.results import CellResult, CheckResult, NotebookResult, SubmissionResult
from autograder.grading.wording import ladder, points, repaired
from autograder.sandbox.isolation import require_level, strict_works
from autograder.terminal import bear_any_encoding, plain

COURSE, ASSIGNMENT = "course", "assignment.txt"  # in the zip: the course, and in it which assignment this is
VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")
NAMELESS = "student"  # where Gradescope does not say who handed in


def main(words: list[str] | None = None) -> None:
    """Grade the hand-in in a folder that is laid out as Gradescope's is, and write results.json there."""
    parser = argparse.ArgumentParser(prog="on_gradescope", description=__doc__)
    parser.add_argument("root", type=Path, help="the folder that is /autograder on Gradescope")
    parser.add_argument("--prepare", action="store_true", help="only make the data that grading needs")
    parser.add_argument("--visibility", default="after_due_date", choices=VISIBILITIES)
    parser.add_argument("--hints", type=int, default=3)
    given = parser.parse_args(words)
    bear_any_encoding()
    course = Course(given.root / "source" / COURSE)
    if given.prepare:
        course.settings.prepare_data()
        print("ready:", strict_works() or "level strict")
        return
    course.settings.make_helper_importable()
    began = time.monotonic()
    try:
        who = student_of(given.root / "submission_metadata.json")
        content = results(course, given.root / "submission", who, level_here(course), given.visibility, given.hints)
    except Exception as error:  # Gradescope shows what is printed to instructors only
        traceback.print_exc(file=sys.stdout)
        content = failure("This could not be graded, which is not your fault: please tell your instructor.")
        if isinstance(error, CourseError):
            print(f"autograder: {error}")
    content["execution_time"] = round(time.monotonic() - began, 2)
    (given.root / "results").mkdir(exist_ok=True)
    (given.root / "results" / "results.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def level_here(course: Course) -> str:
    """How hand-ins are isolated here: strict, or user, in a container without namespaces; never less.

    Raises
    ------
    CourseError
        If neither can be had, so that a hand-in could read the solution.
    """
    level = "strict" if strict_works() is None else "user"
    require_level(level, course.settings)
    return level


def student_of(path: Path) -> str:
    """A name for whoever handed in, by Gradescope's submission_metadata.json, for drawing hidden inputs."""
    try:
        users = json.loads(path.read_text(encoding="utf-8"))["users"]
        names = sorted(str(user["email"]) for user in users)
    except (OSError, ValueError, KeyError, TypeError):
        return NAMELESS
    return names[0] if names and can_be_student(names[0]) else NAMELESS


def results(
    course: Course, submission: Path, student: str, level: str, visibility: str = "after_due_date", hints: int = 3
) -> dict[str, Any]:
    """Grade a hand-in, and say how in Gradescope's format.

    Parameters
    ----------
    submission : Path
        The folder with whatever the student has uploaded.
    visibility, hints
        See `autograder.classroom.gradescope.package_for_gradescope`.
    """
    assignment = (course.root / ASSIGNMENT).read_text(encoding="utf-8").strip()
    try:
        with tempfile.TemporaryDirectory() as room:
            picked = pick(_entries(submission), assignment, limits_of(course, assignment), Path(room))
    except BadHandIn as error:
        return failure(f"Nothing was graded: {plain(str(error))}. Please hand in again.")
    folder = course.submitted / student / assignment
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in picked.contents.items():
        (folder / name).write_bytes(content)
    [result] = grade_class(course, assignment, [student], jobs=1, level=level)
    return in_gradescopes_format(result, picked, visibility, hints)


def _entries(submission: Path) -> list[Entry]:
    found = []
    for path in sorted(submission.rglob("*")):
        parts = tuple(unicodedata.normalize("NFC", part) for part in path.relative_to(submission).parts)
        if path.is_symlink():
            found.append(Entry(parts, refused=f"it holds a link, {parts[-1]!r}"))
        elif path.is_file():
            found.append(Entry(parts, path))
    return found


def failure(why: str) -> dict[str, Any]:
    """The results of a hand-in that was not graded."""
    return {"score": 0.0, "output": why, "output_format": "text", "visibility": "visible", "tests": []}


def in_gradescopes_format(result: SubmissionResult, picked: Picked, visibility: str, hints: int) -> dict[str, Any]:
    """A result as Gradescope reads it. What is about the files is always shown; tampering, to instructors only."""
    tests: list[dict[str, Any]] = []
    for number, notebook in enumerate(result.notebooks, 1):
        tests.append(_about(notebook) | {"number": str(number)})
        checks = [(cell, check) for cell in notebook.cells for check in cell.checks]
        for place, (cell, check) in enumerate(checks, 1):
            tests.append(_test(cell, check, hints) | {"number": f"{number}.{place}", "visibility": visibility})
    if tamper := [line for notebook in result.notebooks for line in notebook.tamper]:
        lines = "\n".join(map(plain, tamper))
        tests.append({"name": "What looks like tampering", "output": lines, "status": "failed", "visibility": "hidden"})
    return {
        "score": result.score,
        "output": "\n".join(_sentences(result, picked)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _sentences(result: SubmissionResult, picked: Picked) -> Iterator[str]:
    waiting = [cell for notebook in result.notebooks for cell in notebook.cells if cell.awaits_person]
    for remark in picked.remarks:
        if remark != NO_MANIFEST:
            yield plain(remark)
    if waiting:
        total = sum(cell.max_score for cell in waiting)
        yield f"A person decides on {points(total)} points: {', '.join(cell.grade_id for cell in waiting)}."


def _about(notebook: NotebookResult) -> dict[str, Any]:
    """A test without points: whether a notebook could be graded."""
    good = notebook.status == "graded"
    lines = [notebook.reason, *notebook.remarks]
    return {
        "name": f"{notebook.name}.ipynb is there and can be graded",
        "status": "passed" if good else "failed",
        "output": "\n".join(plain(line) for line in lines if line),
        "visibility": "visible",
    }


def _test(cell: CellResult, check: CheckResult, hints: int) -> dict[str, Any]:
    lines = [*repaired(cell)] if check.repaired else []
    lines += [plain(check.message)] if check.message else []
    lines += [plain(f"{rung}: {hint}" if rung else hint) for rung, hint in ladder(check, hints)]
    test = {
        "name": f"{cell.grade_id}: {check.title}",
        "max_score": check.points,
        "status": "passed" if check.passed else "failed",
        "output": "\n".join(lines),
    }
    if cell.score is not None:  # else a person decides
        test["score"] = check.points if check.passed else 0.0
    return test


if __name__ == "__main__":
    main()
