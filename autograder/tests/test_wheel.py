"""Both packages as they are installed: from wheels, into an environment where the repository cannot be imported.

A wheel may come into anybody's hands, so nothing of the key is in it, and all that the commands need is.
"""

from __future__ import annotations

import json
import shutil
import zipfile

import pytest
from conftest import REPOSITORY

from autograder.authoring.leak import hidden_lines, normal
from autograder.authoring.notebook import read_notebook
from autograder.authoring.release import release
from autograder.course import Course
from autograder.sandbox.isolation import best_level

LEFT_OUT = {
    "tests",
    "rubrics",
    "misconceptions",
    "variants",
    "published",
    "samples",
    "solutions",
    "attacks.py",
    "attack.py",
    "conftest.py",
}


@pytest.fixture(scope="module")
def contents(wheels):
    """What both wheels hold, by name."""
    found = {}
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            found |= {name: archive.read(name) for name in archive.namelist()}
    return found


def test_each_wheel_holds_its_own_package_and_nothing_else(wheels):
    for wheel in wheels:
        package = wheel.name.split("-")[0]
        with zipfile.ZipFile(wheel) as archive:
            assert {name.split("/")[0].split("-")[0] for name in archive.namelist()} == {package}


def test_what_holds_the_key_is_left_out(contents):
    assert not [name for name in contents if LEFT_OUT & {*name.split("/")}]
    assert not [name for name in contents if name.endswith((".ipynb", ".npz"))]


def test_what_it_needs_is_in_it(contents):
    """Each module of the packages, and every other file that the engine reads."""
    for package in ("autograder", "cs231n_utils"):
        modules = {
            str(path.relative_to(REPOSITORY))
            for path in (REPOSITORY / package).rglob("*.py")
            if not {"tests", "build"} & {*path.parts}
        }
        assert len(modules) > 30 and modules <= contents.keys()
        assert f"{package}/py.typed" in contents
    for name in (
        "autograder/classroom/templates/coursework/index.html.j2",
        "autograder/classroom/templates/coursework/conf.json",
        "autograder/grading/results.schema.json",
        "autograder/jupyter/nbgrader_config.py",
        "autograder/jupyter/jupyter_server_config.json",
    ):
        assert name in contents


def test_what_students_install_needs_no_jupyterlab_and_no_grader(contents):
    [metadata] = [
        text.decode()
        for name, text in contents.items()
        if name.startswith("cs231n_utils-") and name.endswith("/METADATA")
    ]
    needed = {line.split()[1].split(">")[0] for line in metadata.splitlines() if line.startswith("Requires-Dist:")}
    assert needed == {"numpy", "matplotlib", "tqdm", "platformdirs", "certifi", "nbclient", "nbformat", "ipykernel"}


def test_no_line_of_a_solution_is_in_it_nor_in_the_tests_that_students_get(course, contents):
    secrets = {
        line
        for path in course.solutions.glob("*/*.ipynb")
        for cell in read_notebook(path).cells
        for line in hidden_lines(cell.source)
    } - {"from autograder import grade_cell"}  # as every hidden test begins
    assert len(secrets) > 500
    files = contents | {str(path): path.read_bytes() for path in (REPOSITORY / "cs231n_utils").rglob("*.py")}
    found = [
        (name, line)
        for name, content in files.items()
        if name.endswith((".py", ".md", ".json", ".j2"))
        for line in content.decode().splitlines()
        if normal(line) in secrets
    ]
    assert found == []


@pytest.mark.parametrize("words", ["log_p", "np.exp(scores)", "X.T @", "np.maximum(0, scores"])
def test_the_tests_that_students_get_solve_nothing(words):
    """Each is the heart of an answer; they stood in a test of the Solver."""
    for path in (REPOSITORY / "cs231n_utils" / "tests").glob("test_solver.py"):
        assert words not in path.read_text(encoding="utf-8").replace("np.exp(scores).mean()", "")


def test_the_repository_is_not_what_runs(installed, tmp_path):
    code = "import autograder, cs231n_utils; print(autograder.__file__, autograder.__version__, cs231n_utils.__file__)"
    said = installed.python(tmp_path, "-c", code)
    grader, version, utils = said.stdout.split()
    assert grader.startswith(str(installed.folder)) and utils.startswith(str(installed.folder)), said
    assert installed.autograder(tmp_path, "--version").stdout.startswith(f"autograder {version}, cs231n_utils ")


@pytest.mark.exhaustive
def test_a_new_course_is_released_checked_and_graded_as_it_is(installed, tmp_path):
    root = tmp_path / "course"
    made = installed.autograder(tmp_path, "new", "course", "--helper", "weather_utils")
    assert made.returncode == 0 and "autograder release" in made.stdout, made
    for command in (["release"], ["check"], ["check", "--mutations"]):
        done = installed.autograder(root, *command)
        assert done.returncode == 0, done.stdout + done.stderr
    hand_in(root, "first_steps", "temperature", "ada", "celsius = (fahrenheit - 32) / 1.8")
    hand_in(root, "first_steps", "temperature", "bob", "celsius = fahrenheit - 32 * 5 / 9")
    done = installed.autograder(root, "grade", "first_steps", "--json", "results.json", "--isolation", best_level())
    assert done.returncode == 0, done.stdout + done.stderr
    results = {one["student"]: one for one in json.loads((root / "results.json").read_text())["submissions"]}
    assert results["ada"]["score"] == 2.0
    assert results["bob"]["score"] == 0.0 and "multiplies_before_subtracting" in json.dumps(results["bob"])
    done = installed.autograder(root, "feedback", "first_steps")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Subtract 32 first" in (root / "feedback" / "bob" / "first_steps" / "temperature.html").read_text(
        encoding="utf-8"
    )
    again = installed.autograder(tmp_path, "new", "course")
    assert again.returncode == 2 and again.stderr.count("\n") == 1 and "not an empty folder" in again.stderr, again


@pytest.mark.parametrize("name", ["json", "two words", "class", "solutions"])
def test_a_helper_package_with_an_impossible_name_is_refused(installed, tmp_path, name):
    refused = installed.autograder(tmp_path, "new", "course", "--helper", name)
    assert refused.returncode == 2 and refused.stderr.startswith("autograder: "), refused
    assert not (tmp_path / "course").exists()


@pytest.mark.exhaustive
def test_a_students_notebook_runs_with_the_utilities_alone(new_environment, wheels, tmp_path):
    shutil.copytree(REPOSITORY / "solutions", tmp_path / "course" / "solutions")
    [starter] = [path for path in release(Course(tmp_path / "course"), "two_layer_net") if path.stem == "layers"]
    shutil.copy(starter, tmp_path / "layers.ipynb")
    students = new_environment(*[wheel for wheel in wheels if wheel.name.startswith("cs231n_utils")])
    assert students.python(tmp_path, "-c", "import autograder").returncode == 1
    run = (
        "import nbformat, nbclient; book = nbformat.read('layers.ipynb', 4); "
        "nbclient.NotebookClient(book, kernel_name='python3', skip_cells_with_tag='skip-execution').execute(); "
        "print([out.get('data', out) for cell in book.cells for out in cell.get('outputs', [])])"
    )
    done = students.python(tmp_path, "-c", run)
    assert done.returncode == 0 and "ot written yet" in done.stdout, done.stdout + done.stderr


def hand_in(root, assignment, notebook, student, *answers):
    """Hand in what was released, with an answer in place of each TODO, in order."""
    text = (root / "assignment" / assignment / f"{notebook}.ipynb").read_text(encoding="utf-8")
    for answer in answers:
        assert "# TODO: write your code here" in text
        text = text.replace("# TODO: write your code here", answer, 1)
    path = root / "submitted" / student / assignment / f"{notebook}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
