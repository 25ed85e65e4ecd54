"""A repository to begin from, for students on GitHub: the hand-out, and a workflow that runs its visible checks.

Students can read, change and run all of it, so it holds nothing but what they may have. Their grade comes from
`collect` and `grade`, on a clone of each repository.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from autograder.authoring.new import is_free
from autograder.authoring.rubric import declared_files
from autograder.classroom.handout import hand_out
from autograder.classroom.wheels import wheel_for_students
from autograder.course import Course, CourseError
from cs231n_utils.submit.rehearsal import NOTEBOOK_SECONDS

TEMPLATES = Path(__file__).parent / "templates" / "github"
WORKFLOW = Path(".github") / "workflows" / "classroom.yml"
README = Path(".github") / "README.md"  # GitHub shows it; one of the student's own may lie beside the notebooks
INSTALL_MINUTES = 10


def package_for_github(course: Course, assignment: str, to: Path | None = None) -> list[Path]:
    """Write the files of a template repository, once the hand-out in it has stood its trial.

    Parameters
    ----------
    to : Path, optional
        A new folder; package/github-<assignment> if left out.

    Returns
    -------
    list of Path
        What is in it, relative to it.

    Raises
    ------
    CourseError
        If it is there already, or for the reasons of `autograder.classroom.handout.hand_out`.
    """
    to = to or course.root / "package" / f"github-{assignment}"
    if not is_free(to):
        raise CourseError(f"{to} is there already: name a new folder")
    with tempfile.TemporaryDirectory(prefix="github-") as room:
        folder = Path(room) / assignment
        hand_out(course, assignment, folder, _template("hand_in.txt"))
        if not any(folder.glob("cs231n_utils-*.whl")):  # the course has another package; this one runs the checks
            wheel = wheel_for_students(folder)
            with (folder / "requirements.txt").open("a", encoding="utf-8") as file:
                file.write(f"./{wheel.name}\n")
        minutes = INSTALL_MINUTES + len(course.notebooks(assignment)) * -(-NOTEBOOK_SECONDS // 60)
        workflow = _template("workflow.yml").replace("MINUTES", str(minutes))
        _write(folder / WORKFLOW, workflow.replace("VERSION", f"{sys.version_info.major}.{sys.version_info.minor}"))
        _write(folder / ".gitignore", _template("gitignore"))
        about = {
            "title": course.settings.title or assignment,
            "assignment": assignment,
            "files": "\n".join(f"- `{name}`" for name in declared_files(course, assignment)),
        }
        _write(folder / README, _template("README.md").format(**about))
        files = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        shutil.copytree(folder, to, dirs_exist_ok=True)
    return files


def _template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
