"""A zip by Gradescope's specification, with which Gradescope grades an assignment as `autograder grade` does here.

https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

import hashlib
import hmac
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from autograder.authoring.handed_out import kept_releases
from autograder.classroom.handout import helper_wheels, imported, released_notebooks
from autograder.classroom.on_gradescope import ASSIGNMENT, COURSE, NAMELESS, VISIBILITIES, results
from autograder.classroom.wheels import own_wheels, pins, zipped
from autograder.course import Course, CourseError
from autograder.grading.grade import OWN_WORK_SECONDS
from autograder.sandbox.isolation import best_level
from cs231n_utils.files import written_whole

TEMPLATES = Path(__file__).parent / "templates" / "gradescope"


def package_for_gradescope(
    course: Course,
    assignment: str,
    to: Path | None = None,
    visibility: str = "after_due_date",
    hints: int | None = None,
) -> list[Path]:
    """Write the zip that is uploaded to Gradescope as an assignment's autograder, once it has graded the starter.

    It holds the solution, so it is for Gradescope alone; but nothing about students, no gradebook, and not the course's
    secret: hidden inputs are drawn from another one, made from it.

    Parameters
    ----------
    to : Path, optional
        The zip; package/gradescope-<assignment>.zip if left out.
    visibility : {"visible", "after_due_date", "after_published", "hidden"}
        When students see what a check says.
    hints : int, optional
        How much they are told about a known mistake, 0 to 3; as the course says if left out.

    Returns
    -------
    list of Path
        What is in it.

    Raises
    ------
    CourseError
        If the assignment was not released as it is now, a wheel cannot be built, or the starter cannot be graded.
    """
    if visibility not in VISIBILITIES:
        raise CourseError(f"there is no visibility {visibility!r} on Gradescope: choose {', '.join(VISIBILITIES)}")
    to = to or course.root / "package" / f"gradescope-{assignment}.zip"
    released_notebooks(course, assignment)
    with tempfile.TemporaryDirectory(prefix="gradescope-") as room:
        folder = Path(room)
        _copy_course(course, assignment, folder / COURSE)
        (folder / "requirements.txt").write_text(_requirements(course, assignment, folder), encoding="utf-8")
        words = {
            "VERSION": f"{sys.version_info.major}.{sys.version_info.minor}",
            "VISIBILITY": visibility,
            "HINTS": str(course.settings.hints if hints is None else hints),
        }
        for name in ("setup.sh", "run_autograder"):
            text = (TEMPLATES / name).read_text(encoding="utf-8")
            for word, value in words.items():
                text = text.replace(word, value)
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
            (folder / name).chmod(0o755)
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        _try(course, assignment, folder / COURSE)
        to.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(to) as file, zipfile.ZipFile(file, "w") as archive:
            for path in files:
                name = path.relative_to(folder).as_posix()
                archive.writestr(zipped(name, path.stat().st_mode & 0o777), path.read_bytes())
    return [path.relative_to(folder) for path in files]


def seconds_needed(course: Course, assignment: str) -> float:
    """The longest that grading one hand-in may take, by the course's deadlines."""
    return len(course.notebooks(assignment)) * (course.settings.notebook_seconds + OWN_WORK_SECONDS)


def _copy_course(course: Course, assignment: str, folder: Path) -> None:
    """The part of a course that grading an assignment needs."""
    copy = course.copied(folder, assignment)
    shutil.copytree(
        course.released / assignment, copy.released / assignment, ignore=shutil.ignore_patterns(".*", "*.npz")
    )
    for name in course.notebooks(assignment):
        for path in kept_releases(course, assignment, name):
            there = folder / path.relative_to(course.root)
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, there)
    secret = hmac.new(course.secret(), f"gradescope\0{assignment}".encode(), hashlib.sha256).hexdigest()
    copy.secret_file.write_text(f"{secret}\n", encoding="utf-8")
    (folder / ASSIGNMENT).write_text(f"{assignment}\n", encoding="utf-8")


def _requirements(course: Course, assignment: str, folder: Path) -> str:
    """Builds the wheels into the folder; what else has to be installed is named in the versions of this machine."""
    wheels = folder / "wheels"
    wheels.mkdir()
    own = own_wheels(wheels)
    if course.settings.helper not in {wheel.name.split("-")[0] for wheel in own}:
        own += helper_wheels(course, wheels)
    sources = [course.source(assignment, name) for name in course.notebooks(assignment)]
    lines = pins(own, imported(course, sources, own))
    return "\n".join([*lines, *(f"./wheels/{wheel.name}" for wheel in own)]) + "\n"


def _try(course: Course, assignment: str, packed: Path) -> None:
    """Grade the starter as a hand-in, by the course as it is packed.

    Raises
    ------
    CourseError
        If not every notebook of it can be graded.
    """
    with tempfile.TemporaryDirectory(prefix="trial-") as room:
        shutil.copytree(packed, Path(room) / COURSE)
        if helper := course.settings.helper_folder():  # there it is installed
            shutil.copytree(helper, Path(room) / COURSE / helper.name, ignore=shutil.ignore_patterns("__pycache__"))
        tried = results(Course(Path(room) / COURSE), course.released / assignment, NAMELESS, best_level())
    for test in tried["tests"]:
        if "score" not in test and test["status"] == "failed":
            raise CourseError(f"the starter could not be graded as it is packed: {test['name']}: {test['output']}")
