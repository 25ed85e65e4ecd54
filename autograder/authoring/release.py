"""From solutions/ to assignment/.

nbgrader removes solutions, hidden tests and marking schemes, locks the check cells and notes every graded
cell in the gradebook. What it writes depends on the source notebooks alone.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat

from autograder import database
from autograder.authoring.handed_out import RELEASE, digest_of, keep
from autograder.authoring.leak import leaks, secrets_of
from autograder.authoring.notebook import (
    BadNotebook,
    defined_names,
    grade_id_of,
    is_check,
    is_manual,
    is_skipped,
    is_todo,
    read_notebook,
)
from autograder.authoring.points import disagreements
from autograder.authoring.regions import wrong_regions
from autograder.authoring.rubric import declared_files, load_rubric
from autograder.course import GRADEBOOK, Course, CourseError
from cs231n_utils.files import written_whole
from cs231n_utils.submit.reading import LONG, NOTES
from cs231n_utils.submit.untouched import digest


def release(
    course: Course, assignment: str, refuse: Callable[[Course, str], None] = lambda course, assignment: None
) -> list[Path]:
    """Write assignment/<assignment>/ and note its cells in the gradebook.

    Parameters
    ----------
    refuse : function
        Raises a `CourseError` if the solutions are not to be released, which it is asked before anything is written.

    Returns
    -------
    list of Path
        The notebooks written.

    Raises
    ------
    CourseError
        If there is no such assignment, a notebook has no rubric or other points than it, a region of a cell is not
        closed or has tests that would never be run, something of a solution would be given away, nbgrader cannot make
        sense of a source notebook, or it refuses what has changed. Then everything is as it was before.
    """
    from autograder.authoring.converter import GenerateAssignment, run_converter  # takes long to load

    names = course.notebooks(assignment)
    files, secrets = declared_files(course, assignment), secrets_of(course, assignment)
    for name in names:
        try:
            source = read_notebook(course.source(assignment, name))
        except BadNotebook as error:
            raise CourseError(f"solutions/{assignment}/{error}") from None
        if any(cell.get("outputs") for cell in source.cells):
            raise CourseError(f"solutions/{assignment}/{name}.ipynb has stored outputs: clear them and save it again")
        rubric = load_rubric(course.source(assignment, name))
        for problem in [*wrong_regions(assignment, name, source), *disagreements(name, source, rubric)]:
            raise CourseError(f"solutions/{assignment}/{problem}")
    refuse(course, assignment)
    with course.lock(), tempfile.TemporaryDirectory(prefix=".release-", dir=course.root) as room:
        with gradebook_restored_on_failure(course, Path(room) / "gradebook"):
            config = course.nbgrader_config()
            config.CourseDirectory.assignment_id = assignment
            config.CourseDirectory.release_directory = Path(room).name
            try:
                run_converter(GenerateAssignment, config)
            except CourseError as error:
                if "there are submissions associated with it" not in str(error):
                    raise
                raise CourseError(
                    f"cells of solutions/{assignment} were added, removed or renamed since hand-ins were graded. "
                    f"`autograder change {assignment}` shows what that means, and does it"
                ) from None
            course.share()
            for name in names:
                path = Path(room) / assignment / f"{name}.ipynb"
                _add_notes(path, assignment, files)
                lines = [line for cell in read_notebook(path).cells for line in cell.source.splitlines()]
                for problem in leaks(f"{name}.ipynb", lines, secrets):
                    raise CourseError(f"the release would not be fit for students: {problem}")
        # Only now is what was released before replaced: nbgrader deletes it first, and may refuse to go on.
        course.released.mkdir(exist_ok=True)
        keep(course, assignment)
        target = course.released / assignment
        if target.exists():
            target.rename(Path(room) / "before")
        (Path(room) / assignment).rename(target)
    _released_from(course, assignment).write_text(_digest_of_solutions(course, assignment), encoding="utf-8")
    return [target / f"{name}.ipynb" for name in names]


def is_outdated(course: Course, assignment: str) -> bool:
    """Whether students would get something else if the assignment were released now.

    It is found out at once for solutions that nobody has touched since; for others by making that release elsewhere.
    """
    noted = _released_from(course, assignment)
    now = _digest_of_solutions(course, assignment)
    if noted.is_file() and noted.read_text(encoding="utf-8") == now:
        return False
    try:
        fresh = fresh_release(course, assignment)
    except CourseError:  # a release would say why
        return True
    if any(_bytes_of(course.released / assignment / name) != content for name, content in fresh.items()):
        return True
    noted.write_text(now, encoding="utf-8")
    return False


def _released_from(course: Course, assignment: str) -> Path:
    """Where a release notes which solutions it was made from; no student's name begins with a dot."""
    folder = course.root / ".grading" / assignment
    folder.mkdir(parents=True, exist_ok=True)
    return folder / ".released-from"


def _digest_of_solutions(course: Course, assignment: str) -> str:
    digest = hashlib.sha256()
    for name in course.notebooks(assignment):
        digest.update(name.encode() + _bytes_of(course.source(assignment, name)))
    return digest.hexdigest()


def _bytes_of(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


@contextmanager
def gradebook_restored_on_failure(course: Course, copy: Path) -> Iterator[None]:
    """Leave the gradebook as it was if what follows fails: nbgrader notes the cells of one notebook after another.

    Parameters
    ----------
    copy : Path
        Where to keep it meanwhile; there is nothing to keep if there is no gradebook yet.

    Raises
    ------
    CourseError
        If it is no gradebook, or its server cannot be reached.
    """
    url, kept = course.gradebook_url, f"sqlite:///{copy}"
    database.refuse_to_leave(course.root / GRADEBOOK, url)
    with database.in_words(url):
        existed = course.gradebook is None or course.gradebook.exists()
        if existed:
            database.copy(url, kept)
        try:
            yield
        except BaseException:
            if existed:
                database.copy(kept, url)
            elif course.gradebook is not None:
                course.gradebook.unlink(missing_ok=True)
            raise


def _add_notes(path: Path, assignment: str, files: list[str]) -> None:
    """Note in a released notebook what it belongs to and what its cells were like: `cs231n_utils.submit` reads this."""
    notebook = read_notebook(path)
    notebook.metadata[NOTES] = {
        "assignment": assignment,
        "notebook": path.stem,
        RELEASE: digest_of(notebook),
        "hand_in": files,
        "checks": {grade_id_of(cell): digest(cell.source) for cell in notebook.cells if is_check(cell)},
        "answers": {
            grade_id_of(cell): {
                "digest": digest(cell.source, cell.cell_type),
                "defines": defined_names(cell.source) if cell.cell_type == "code" else [],
            }
            for cell in notebook.cells
            if is_todo(cell) or is_manual(cell)
        },
        LONG: {
            name: digest(cell.source)
            for cell in notebook.cells
            if is_skipped(cell)
            for name in (cell.id, grade_id_of(cell))
            if name
        },
    }
    with written_whole(path) as file:
        file.write((nbformat.writes(notebook) + "\n").encode())


def fresh_release(course: Course, assignment: str) -> dict[str, bytes]:
    """What a release would write now, by file name, without touching the course."""
    with tempfile.TemporaryDirectory() as folder:
        copy = course.copied(Path(folder), assignment)
        return {path.name: path.read_bytes() for path in release(copy, assignment)}
