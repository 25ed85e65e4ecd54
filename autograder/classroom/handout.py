"""What a student gets: starter notebooks, the package they import, and how to begin; tried before it is handed out."""

from __future__ import annotations

import ast
import importlib.metadata
import io
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from packaging.utils import canonicalize_name

from autograder.authoring.leak import leaks, secrets_of, unshown_pictures
from autograder.authoring.new import is_free
from autograder.authoring.notebook import read_notebook
from autograder.authoring.release import is_outdated
from autograder.authoring.rubric import declared_files
from autograder.classroom.wheels import brought, build_wheel, last_line, zipped
from autograder.course import Course, CourseError
from cs231n_utils.files import written_whole

TEMPLATES = Path(__file__).parent / "templates" / "handout"
CELL_SECONDS = 300  # of a starter, in which nothing is trained
START = "START.txt"
COLAB = "colab"  # the id of the cell for Google Colab
# A starter may stop where nothing is written yet, but not for want of something that it should have come with.
WANTING = ("ModuleNotFoundError", "ImportError", "FileNotFoundError", "SyntaxError")

# Run by the new environment's Python in the folder that was unpacked: the first error of each notebook that is one.
_TRIAL = """
import sys, nbformat
from nbclient import NotebookClient
for path in sys.argv[3:]:
    notebook = nbformat.read(path, 4)
    NotebookClient(notebook, timeout=float(sys.argv[1]), kernel_name="python3", allow_errors=True).execute()
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type == "error" and output.ename in sys.argv[2].split():
                print(f"{path}, cell {number}: {output.ename}: {output.evalue}")
"""


def hand_out(course: Course, assignment: str, to: Path | None = None, hand_in: str = "") -> list[Path]:
    """Write what students get for an assignment, as a zip or a folder, once it has stood its trial.

    Parameters
    ----------
    to : Path, optional
        A zip, or a new folder; handout/<assignment>.zip if left out.
    hand_in : str, optional
        How to hand in, for START.txt, if not by uploading: with {files} for the files' names.

    Returns
    -------
    list of Path
        What is in it, relative to it.

    Raises
    ------
    CourseError
        If it was not released, or not as the solutions are now; if it gives something away; if the package that the
        notebooks import cannot be built; or if a notebook lacks something in a fresh environment. Nothing is written
        then.
    """
    to = to or course.root / "handout" / f"{assignment}.zip"
    if to.suffix != ".zip" and not is_free(to):
        raise CourseError(f"{to} is there already: name a new folder, or a zip")
    released = released_notebooks(course, assignment)
    with tempfile.TemporaryDirectory(prefix="handout-") as room:
        folder = Path(room) / assignment
        folder.mkdir()
        wheels = helper_wheels(course, folder)
        for path in released:
            notebook = read_notebook(path)
            if course.settings.address:
                notebook.cells.insert(0, _colab_cell(course, assignment, [wheel.name for wheel in wheels]))
            _write_notebook(folder / path.name, notebook)
        needed = [
            "jupyterlab",
            "ipywidgets",
            *(f"./{wheel.name}" for wheel in wheels),
            *imported(course, released, wheels),
        ]
        (folder / "requirements.txt").write_text("\n".join(needed) + "\n", encoding="utf-8")
        (folder / "START.txt").write_text(
            _start(course, assignment, released, hand_in), encoding="utf-8", newline="\r\n"
        )
        refuse_leaks(course, assignment, folder)
        _try(folder, wheels)
        files = sorted(path.relative_to(folder) for path in folder.iterdir())
        if to.suffix == ".zip":
            to.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(to) as file:
                file.write(_zipped(folder))
        else:
            shutil.copytree(folder, to, dirs_exist_ok=True)
    return files


def released_notebooks(course: Course, assignment: str) -> list[Path]:
    """The notebooks that students get.

    Raises
    ------
    CourseError
        If they are not what the solutions would give now.
    """
    released = sorted((course.released / assignment).glob("*.ipynb"))
    if [path.stem for path in released] != course.notebooks(assignment) or is_outdated(course, assignment):
        raise CourseError(f"assignment/{assignment} is not what a release writes now: run `autograder release` first")
    return released


def refuse_leaks(course: Course, assignment: str, folder: Path) -> None:
    """Look at the very bytes that go out, wheels unpacked.

    Raises
    ------
    CourseError
        If they give something of a solution away, or hold what is none of a student's business.
    """
    secrets = secrets_of(course, assignment)
    for name, content in _contents(folder):
        lines = content.decode("utf-8", "replace").splitlines()
        if name.endswith(".ipynb"):
            notebook = nbformat.reads(content.decode(), 4)
            lines = [line for cell in notebook.cells for line in cell.source.splitlines()]
            for cell in notebook.cells:
                for picture in unshown_pictures(cell):
                    raise CourseError(f"{name} holds a picture that its text does not show: {picture}")
                if cell.get("outputs"):
                    raise CourseError(f"{name} holds stored outputs")
        if {"tests", "solutions"} & {*Path(name).parts} or Path(name).name in ("rubric.py", "misconceptions.py"):
            raise CourseError(f"{name} is nothing for students")
        for problem in leaks(name, lines, secrets):
            raise CourseError(f"the hand-out would not be fit for students: {problem}")


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()):
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                # What pip says of it (RECORD, METADATA) is no code; a package may say what it is for.
                for name in wheel.namelist():
                    if ".dist-info/" not in name:
                        yield f"{path.name}/{name}", wheel.read(name)
        else:
            yield path.name, path.read_bytes()


# What a notebook needs


def helper_wheels(course: Course, folder: Path) -> list[Path]:
    """The helper package's wheel, built into a folder; none if the course has no such package.

    Raises
    ------
    CourseError
        If its source is not in the course, or cannot be built.
    """
    helper, package = course.settings.helper, course.settings.helper_folder()
    if not helper:
        return []
    if package is None:
        raise CourseError(
            f"there is no pyproject.toml in or above the package {helper}, so students could not install it"
        )
    return build_wheel(package, folder)


def imported(course: Course, notebooks: list[Path], wheels: list[Path]) -> list[str]:
    """What else is to be installed, since a notebook imports it and no wheel brings it."""
    there = {canonicalize_name(one.name) for wheel in wheels for one in brought(wheel)}
    owners = importlib.metadata.packages_distributions()
    names = {name for path in notebooks for cell in read_notebook(path).cells for name in _imports(cell)}
    found = {
        canonicalize_name(owners[name][0])
        for name in names - {*sys.stdlib_module_names, course.settings.helper}
        if name in owners  # else it is a file of the course's, or the trial will say that it is missing
    }
    return sorted(found - there)


def _imports(cell: NotebookNode) -> Iterator[str]:
    if cell.cell_type != "code":
        return
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:  # a line for IPython
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


# What is written


def _start(course: Course, assignment: str, released: list[Path], hand_in: str) -> str:
    """How to begin, for people who have never done it."""
    about = {
        "title": course.settings.title or assignment,
        "assignment": assignment,
        "notebooks": "\n".join(f"  {path.name}" for path in released),
        "colab": _template("colab.txt") if course.settings.address else "",
        "hand_in": (hand_in or _template("submit.txt" if _submits(course) else "files.txt")).format(
            helper=course.settings.helper, files="\n".join(f"  {name}" for name in declared_files(course, assignment))
        ),
    }
    return _template("START.txt").format(**about)


def _template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _submits(course: Course) -> bool:
    folder = course.settings.helper_folder()
    return folder is not None and (folder / "submit" / "__main__.py").is_file()


def _colab_cell(course: Course, assignment: str, wheels: list[str]) -> NotebookNode:
    address = f"{course.settings.address.rstrip('/')}/{assignment}.zip"
    wheels = [f"{assignment}/{wheel}" for wheel in wheels]
    source = _template("colab.py").replace('"ADDRESS"', json.dumps(address)).replace('["WHEELS"]', json.dumps(wheels))
    cell: NotebookNode = new_code_cell(source.strip("\n"), id=COLAB)
    return cell


def _write_notebook(path: Path, notebook: NotebookNode) -> None:
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def _zipped(folder: Path) -> bytes:
    """A folder as a zip, the same bytes for the same content."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.writestr(zipped(f"{folder.name}/{path.name}"), path.read_bytes())
    return content.getvalue()


# Its trial


def _try(folder: Path, wheels: list[Path]) -> None:
    """Run every notebook as it is handed out, in an environment that has the wheels of this hand-out.

    Raises
    ------
    CourseError
        If one of them lacks something.
    """
    with tempfile.TemporaryDirectory(prefix="trial-") as room:
        place, environment = Path(room) / folder.name, Path(room) / "venv"
        shutil.copytree(folder, place)
        venv.create(environment, symlinks=os.name != "nt")
        python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        # NumPy and Jupyter come from here, which costs no network; what is installed for editing does not come along.
        variables = os.environ | {
            "PYTHONPATH": sysconfig.get_path("purelib"),
            "JUPYTER_DATA_DIR": str(Path(room) / "jupyter"),
            "MPLBACKEND": "agg",
        }
        pip = [sys.executable, "-P", "-m", "pip", "--python", str(python)]
        install = [*pip, "install", "-q", "--no-deps", "--no-index"]
        run = [str(python), "-c", _TRIAL, str(CELL_SECONDS), " ".join(WANTING)]
        for command, what in (
            ([*install, *(str(place / wheel.name) for wheel in wheels)] if wheels else [], "install the wheels"),
            ([*run, *(path.name for path in sorted(place.glob("*.ipynb")))], "run the notebooks"),
        ):
            done = (
                subprocess.run(command, cwd=place, env=variables, capture_output=True, text=True) if command else None
            )
            if done and done.returncode:
                raise CourseError(f"the trial of the hand-out could not {what}: {last_line(done.stderr)}")
    if done and done.stdout.strip():
        raise CourseError(f"a student could not begin: {done.stdout.strip().splitlines()[0]}")
