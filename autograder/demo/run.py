"""`autograder demo`: a sample class, released, handed in, graded and answered, in one command."""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from pathlib import Path

from autograder.authoring.content import load
from autograder.authoring.release import release
from autograder.classroom.feedback import write_feedback
from autograder.classroom.record import grade_and_record
from autograder.course import Course, CourseError
from autograder.grading.results import write_results
from autograder.sandbox.isolation import best_level
from autograder.terminal import Console

STEP_SECONDS = 6.0  # the sample with an endless loop should keep nobody waiting


def run_demo(course: Course, folder: Path, console: Console, jobs: int | None = None) -> None:
    """Make a course in `folder`, fill it with sample hand-ins, grade them, and say where everything is.

    Raises
    ------
    CourseError
        If `folder` contains anything that was not put there by an earlier demo, or the course has no sample class.
    """
    began = time.monotonic()
    folder = folder.resolve()
    mark = folder / ".autograder-demo"
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise CourseError(f"{folder} is not empty, and no demo made it: name another folder")
    assignment = next(
        (name for name in course.assignments() if (course.solutions / name / "samples.py").is_file()), None
    )
    samples = load(course.solutions / assignment, "samples") if assignment else None
    if assignment is None or samples is None:
        raise CourseError("this course has no sample class: no assignment in solutions/ has a samples.py")
    shutil.rmtree(folder, ignore_errors=True)
    class_folder = course.copied(folder, assignment)
    mark.touch()

    console.rule("1. Release", align="left")
    for path in release(class_folder, assignment):
        console.print(f"released {path.relative_to(folder)}")

    console.rule("2. A class hands in", align="left")
    console.print("Training a small network for the hand-ins ...")
    net, source = samples.train_net(class_folder)
    samples.make_class(class_folder, samples.SAMPLES, net, source)
    for sample in samples.SAMPLES:
        console.print(f"  {sample.student:18}{sample.about}", markup=False)

    console.rule("3. Grade", align="left")
    console.print(f"Isolation level {best_level()}; `autograder doctor` says what that means.")
    results = grade_and_record(class_folder, assignment, [], console, jobs, step_seconds=STEP_SECONDS)
    write_results(folder / "results.json", class_folder, assignment, results)
    pages, _ = write_feedback(class_folder, assignment)

    console.rule("4. Where everything is", align="left")
    shown = Path(folder.relative_to(Path.cwd())) if folder.is_relative_to(Path.cwd()) else folder
    named = {sample.student for sample in samples.SAMPLES if sample.named}
    command = "autograder" if shutil.which("autograder") else shlex.quote(str(Path(sys.argv[0]).resolve()))
    example = next((page for page in reversed(pages) if named & {*page.parts}), pages[0])
    console.print(
        f"gradebook   {shown / 'gradebook.db'}\n"
        f"feedback    {len(pages)} pages, for example {shown / example.relative_to(folder)}\n"
        f"results     {shown / 'results.json'}\n"
        f"formgrader  cd {shlex.quote(str(shown))} && {command} formgrader\n",
        markup=False,
        soft_wrap=True,
    )
    console.print(
        f"{len(results)} hand-ins in {time.monotonic() - began:.0f} seconds. Those in red are meant to be: "
        "somebody has to look at them."
    )
