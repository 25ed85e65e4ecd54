"""An assignment is a solution notebook and a rubric: from nothing to all proofs green, with nothing else."""

import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.authoring.misconception import load_catalogue
from autograder.authoring.notebook import grade_id_of, read_notebook
from autograder.authoring.rubric import load_rubric
from autograder.authoring.variant import load_corpus
from autograder.course import Course

RUBRIC = '''
from autograder.authoring.rubric import Rubric

rubric = Rubric()


@rubric.check(cell="area", points=2)
def multiplies_the_sides(draw):
    """area is width times height"""
    width, height = draw.signed(2, low=2.0, high=9.0)
    widths, heights = draw.signed(5, low=2.0, high=9.0), draw.signed(5, low=2.0, high=9.0)
    return lambda code: {"the area": code.area(width, height), "several areas": code.area(widths, heights)}
'''


def graded(cell, grade_id, grade, points=None):
    cell.metadata["nbgrader"] = {
        "cell_type": cell.cell_type,
        "grade": grade,
        "grade_id": grade_id,
        "locked": grade,
        "schema_version": 3,
        "solution": not grade,
        "task": False,
    } | ({"points": points} if grade else {})
    return cell


NOTEBOOK = new_notebook(
    cells=[
        new_markdown_cell("# Rectangles", id="opening"),
        new_code_cell("from cs231n_utils.checks import attempt, check", id="setup"),
        graded(
            new_code_cell(
                "def area(width, height):\n    result = None\n    ### BEGIN SOLUTION\n"
                "    result = width * height\n    ### END SOLUTION\n    return result",
                id="area-code",
            ),
            "area_code",
            grade=False,
        ),
        graded(
            new_code_cell(
                'with attempt("area"):\n    check("2 times 3", area(2, 3), 6)\n### BEGIN HIDDEN TESTS\n'
                "from autograder import grade_cell\n"
                'grade_cell("geometry/rectangles", "area", globals())\n### END HIDDEN TESTS',
                id="area-check",
            ),
            "area",
            grade=True,
            points=2,
        ),
    ],
    metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
)


@pytest.fixture
def root(tmp_path):
    """A course with a notebook and a rubric; nothing else."""
    (tmp_path / "solutions" / "geometry" / "rectangles").mkdir(parents=True)
    (tmp_path / "solutions" / "course.toml").write_text('helper = "cs231n_utils"\n')
    (tmp_path / "solutions" / "geometry" / "rectangles" / "rubric.py").write_text(RUBRIC, encoding="utf-8")
    nbformat.write(NOTEBOOK, tmp_path / "solutions" / "geometry" / "rectangles.ipynb")
    return tmp_path


def run(root, *command):
    return subprocess.run([sys.executable, "-m", "autograder", *command], cwd=root, capture_output=True, text=True)


def test_all_proofs_hold(root):
    for command in (["release", "geometry"], ["check", "geometry"], ["check", "geometry", "--mutations"]):
        done = run(root, *command)
        assert done.returncode == 0, done.stdout + done.stderr
    assert "width * height" not in (root / "assignment" / "geometry" / "rectangles.ipynb").read_text(encoding="utf-8")


def test_a_rubric_that_sees_too_little_is_noticed(root):
    rubric = root / "solutions" / "geometry" / "rectangles" / "rubric.py"
    rubric.write_text(
        RUBRIC.replace("area(widths, heights)", "area(2.0, 2.0)").replace("area(width, height)", "area(2.0, 2.0)"),
        encoding="utf-8",
    )
    done = run(root, "check", "geometry", "--mutations")
    assert done.returncode == 1 and "width + height" in done.stdout.replace("\n", " "), done.stdout + done.stderr


def test_autograder_new_begins_an_assignment_and_adds_a_notebook(autograder, root):
    """What it writes fits together; that it releases, grades and checks, the tutorial shows."""
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    status, said = autograder(root, "new", "--assignment", "vectors")
    assert status == 0 and "wrote solutions/vectors/vectors.ipynb" in said
    assert autograder(root, "new", "--assignment", "geometry", "--notebook", "circles")[0] == 0
    for assignment, name in (("vectors", "vectors"), ("geometry", "circles")):
        path = Course(root).source(assignment, name)
        cells = {grade_id_of(cell): cell.source for cell in read_notebook(path).cells}
        assert f'grade_cell("{assignment}/{name}", "mean_square"' in cells["mean_square"]
        assert load_rubric(path).cells() == ["mean_square"]
        [mistake], [variant] = load_catalogue(path), load_corpus(path)
        assert all(cells["mean_square_code"].count(old) == 1 for old in mistake.edits)
        assert variant.cells.keys() == {"mean_square"}
    assert all(path.read_bytes() == content for path, content in before.items())


@pytest.mark.parametrize(
    "words, sentence",
    [
        (("--assignment", "geometry", "--notebook", "rectangles"), "there is a notebook rectangles in"),
        (("--assignment", "week 2"), "'week 2' can be no name here: take letters, digits and _"),
        (("--assignment", "../elsewhere"), "'../elsewhere' can be no name here"),
        ((), "name a folder for a new course, or, inside a course, --assignment NAME"),
        (("folder", "--assignment", "vectors"), "name a folder for a new course, or"),
        (("folder", "--notebook", "vectors"), "--notebook for an assignment of one"),
    ],
)
def test_what_autograder_new_refuses(autograder, root, words, sentence):
    status, said = autograder(root, "new", *words)
    assert status == 2 and sentence in said
    assert not (root / "folder").exists()
