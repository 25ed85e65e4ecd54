"""What is handed out is enough to begin with, gives nothing away, and was tried; in any doubt nothing is written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile

import nbformat
import pytest
from packaging.requirements import Requirement

from autograder.authoring.new import new_course
from autograder.authoring.notebook import grade_id_of, read_notebook
from autograder.authoring.release import release
from autograder.classroom.handout import COLAB, hand_out
from autograder.classroom.record import grade_and_record
from autograder.course import Course, CourseError
from autograder.sandbox.isolation import best_level
from autograder.terminal import Console

ASSIGNMENT = "first_steps"
SOLUTION = "    celsius = (fahrenheit - 32) * 5 / 9\n"


@pytest.fixture
def small(tmp_path):
    """A new course with a package of its own, released."""
    new_course(tmp_path / "Kürs", "kurs_eins")
    course = Course(tmp_path / "Kürs")
    release(course, ASSIGNMENT)
    return course


def contents(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def edited(course, edit):
    """Change the solution notebook's cells and release it."""
    path = course.source(ASSIGNMENT, "temperature")
    notebook = read_notebook(path)
    edit(notebook.cells)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    release(course, ASSIGNMENT)


def test_it_holds_what_a_student_needs_and_is_the_same_file_again(small):
    files = hand_out(small, ASSIGNMENT)
    path = small.root / "handout" / f"{ASSIGNMENT}.zip"
    found = contents(path)
    assert sorted(found) == sorted(f"{ASSIGNMENT}/{file}" for file in files)
    assert found[f"{ASSIGNMENT}/temperature.ipynb"] == (small.released / ASSIGNMENT / "temperature.ipynb").read_bytes()
    # NumPy is what the package asks for, so it is not named once more; the wheel is, and whatever a notebook runs in.
    assert found[f"{ASSIGNMENT}/requirements.txt"].decode().split() == [
        "jupyterlab",
        "ipywidgets",
        "./kurs_eins-0.1.0-py3-none-any.whl",
    ]
    start = found[f"{ASSIGNMENT}/START.txt"].decode()
    assert all(words in start for words in ("PowerShell", "macOS", "LINUX", "temperature.ipynb")) and "{" not in start
    before = path.read_bytes()
    hand_out(small, ASSIGNMENT)
    assert path.read_bytes() == before
    assert not list(small.root.rglob("*.egg-info")) and not (small.root / "build").exists()


def test_what_is_unpacked_runs_in_an_environment_without_the_grader(small, tmp_path):
    hand_out(small, ASSIGNMENT, tmp_path / "out")
    venv.create(tmp_path / "venv", symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    [wheel] = (tmp_path / "out").glob("*.whl")
    install = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True)
    notebook = read_notebook(tmp_path / "out" / "temperature.ipynb")
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    done = subprocess.run(
        [python, "-c", code],
        env={"PYTHONPATH": sysconfig.get_path("purelib")},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0 and "not written yet" in done.stdout, done.stderr


@pytest.mark.parametrize(
    "place, says",
    [
        ("helper", "gives away a line of temperature.ipynb, to_celsius_code"),
        ("tests", "is nothing for students"),
        ("grader", "speaks of the grader"),
    ],
)
def test_nothing_is_written_if_it_gives_something_away(small, place, says):
    package = small.root / "kurs_eins"
    if place == "helper":
        (package / "__init__.py").write_text(f"def f(fahrenheit):\n{SOLUTION}    return celsius\n", encoding="utf-8")
    elif place == "grader":
        (package / "__init__.py").write_text("import autograder\n", encoding="utf-8")
    else:
        (package / "solutions").mkdir()
        (package / "solutions" / "__init__.py").write_text("", encoding="utf-8")
        project = small.root / "pyproject.toml"
        text = project.read_text(encoding="utf-8")
        project.write_text(text.replace('["kurs_eins"]', '["kurs_eins", "kurs_eins.solutions"]'), encoding="utf-8")
    with pytest.raises(CourseError, match=says):
        hand_out(small, ASSIGNMENT)
    assert not (small.root / "handout").exists()


def test_a_package_that_a_student_would_not_have_is_noticed(small):
    def edit(cells):
        cells[1].source += "\nimport kurs_zwei"

    edited(small, edit)
    with pytest.raises(
        CourseError, match=r"could not begin: temperature.ipynb, cell 2: ModuleNotFoundError.*kurs_zwei"
    ):
        hand_out(small, ASSIGNMENT)


def test_a_solution_that_has_changed_since_is_released_first(small):
    path = small.source(ASSIGNMENT, "temperature")
    path.write_text(path.read_text(encoding="utf-8").replace("A thermometer", "One thermometer"), encoding="utf-8")
    with pytest.raises(CourseError, match="run `autograder release` first"):
        hand_out(small, ASSIGNMENT)


def test_a_folder_with_something_in_it_is_left_alone(small):
    with pytest.raises(CourseError, match="is there already"):
        hand_out(small, ASSIGNMENT, small.solutions)


def with_address(course, address):
    settings = course.solutions / "course.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + f'address = "{address}"\n', encoding="utf-8")


def test_on_colab_the_first_cell_fetches_what_the_notebook_needs(small, tmp_path):
    with_address(small, (tmp_path / "web").as_uri())
    hand_out(small, ASSIGNMENT, tmp_path / "web" / f"{ASSIGNMENT}.zip")
    found = contents(tmp_path / "web" / f"{ASSIGNMENT}.zip")
    cell, _, setup, *_ = nbformat.reads(found[f"{ASSIGNMENT}/temperature.ipynb"].decode(), 4).cells
    assert cell.id == COLAB
    # Colab by its module's name; its NumPy is there already, and no network is.
    venv.create(tmp_path / "venv", symlinks=True, with_pip=True)
    content = tmp_path / "content"
    content.mkdir()
    colab = "import sys, types\nsys.modules['google.colab'] = types.ModuleType('google.colab')\n"
    for begin, works in ((colab, True), ("", False)):
        shutil.rmtree(content)
        content.mkdir()
        done = subprocess.run(
            [
                tmp_path / "venv" / "bin" / "python",
                "-c",
                f"{begin}{cell.source}\nprint(sorted(__import__('os').listdir()))",
            ],
            env={"PYTHONPATH": sysconfig.get_path("purelib"), "PIP_NO_INDEX": "1", "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            cwd=content,
        )
        assert done.returncode == 0, done.stderr
        assert ("Ready." in done.stdout, f"['{ASSIGNMENT}']" in done.stdout) == (works, works)
    done = subprocess.run(
        [tmp_path / "venv" / "bin" / "python", "-c", setup.source],
        env={"PYTHONPATH": sysconfig.get_path("purelib")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


# What Colab comes with, as far as it matters here. It asks for exactly this ipykernel; with another one,
# pip warns, and the session has to be started again.
OF_COLAB = {
    "numpy": "2.0.2",
    "matplotlib": "3.10.0",
    "tqdm": "4.67.1",
    "platformdirs": "4.3.8",
    "certifi": "2025.8.3",
    "nbclient": "0.10.2",
    "nbformat": "5.10.4",
    "ipykernel": "6.17.1",
}


def test_colab_has_all_that_the_helper_package_asks_for(course):
    project = tomllib.loads((course.root / "cs231n_utils" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in map(Requirement, project["dependencies"]):
        assert requirement.specifier.contains(OF_COLAB[requirement.name]), requirement


def test_a_notebook_with_the_cell_for_colab_is_graded_like_any_other(small, tmp_path):
    with_address(small, "https://example.org/course")
    hand_out(small, ASSIGNMENT, tmp_path / "out")
    notebook = read_notebook(tmp_path / "out" / "temperature.ipynb")
    for cell in notebook.cells:
        if grade_id_of(cell) == "to_celsius_code":
            cell.source = cell.source.replace("    # TODO: write your code here\n", SOLUTION)
    path = small.submitted / "ada" / ASSIGNMENT / "temperature.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(nbformat.writes(notebook), encoding="utf-8")
    [result] = grade_and_record(small, ASSIGNMENT, [], Console(quiet=True), level=best_level())
    assert (result.score, result.status, result.notebooks[0].release) == (2.0, "graded", "current")
    assert not result.notebooks[0].remarks
