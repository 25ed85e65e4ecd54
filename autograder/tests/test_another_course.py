"""Another subject, in a folder of its own, with the engine as it is installed: three notebooks on logistic regression.

The first two have a function each; the third builds on a function of its own.
"""

from __future__ import annotations

import csv
import io
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.sandbox.isolation import best_level

ASSIGNMENT = "logistic_regression"
SETTINGS = 'title = "Odds and ends"\nhelper = "odds_utils"\nnotebook_seconds = 120\nhints = 2\n'

HELPER = '''
import numpy as np


def check(name, got, expected):
    """Print whether a result is right."""
    print(("✓" if got is not None and np.allclose(got, expected) else "✗"), name)
'''

# By notebook: its functions in order, each with its first line, its body and an example that a student sees.
NOTEBOOKS = {
    "sigmoid": [("sigmoid", "def sigmoid(z):", "1 / (1 + np.exp(-z))", "sigmoid(np.zeros(2)), [0.5, 0.5]")],
    "loss": [
        (
            "loss",
            "def loss(p, y):",
            "-(y @ np.log(p) + (1 - y) @ np.log(1 - p)) / len(y)",
            "loss(np.array([0.5, 0.5]), np.array([0, 1])), np.log(2)",
        )
    ],
    "training": [
        (
            "gradient",
            "def gradient(w, X, y):",
            "X.T @ (1 / (1 + np.exp(-X @ w)) - y) / len(y)",
            "gradient(np.zeros(1), np.ones((2, 1)), np.array([1, 1])), [-0.5]",
        ),
        (
            "step",
            "def step(w, X, y, rate):",
            "w - rate * gradient(w, X, y)",
            "step(np.zeros(1), np.ones((2, 1)), np.array([1, 1]), 2.0), [1.0]",
        ),
    ],
}

SHARED = '''
def examples(draw, count, size):
    """Weights, inputs and labels."""
    return draw.normal(size), draw.normal(count, size), draw.labels(count, 2)
'''

RUBRICS = {
    "sigmoid": '''
from autograder.authoring.rubric import Rubric

rubric = Rubric()


@rubric.check(cell="sigmoid", points=1)
def squashes(draw):
    """sigmoid squashes arrays of any shape"""
    several, table = draw.signed(6), draw.signed(2, 3)
    return lambda code: {"several": code.sigmoid(several), "table": code.sigmoid(table)}
''',
    "loss": '''
from autograder.authoring.rubric import Rubric

rubric = Rubric()


@rubric.check(cell="loss", points=2)
def cross_entropy(draw):
    """loss is the mean cross-entropy"""
    p, y, q, z = abs(draw.signed(5, high=0.4)), draw.labels(5, 2), abs(draw.signed(8, high=0.9)), draw.labels(8, 2)
    return lambda code: {"five": code.loss(p, y), "eight": code.loss(q, z)}
''',
    "training": '''
from autograder.authoring.rubric import Rubric

from ..shared import examples

rubric = Rubric()
rubric.depends_on("step", {"gradient": ("gradient",)})


@rubric.check(cell="gradient", points=2)
def mean_gradient(draw):
    """gradient is that of the mean loss"""
    few, many = examples(draw, 5, 3), examples(draw, 9, 4)
    return lambda code: {"few": code.gradient(*few), "many": code.gradient(*many)}


@rubric.check(cell="step", points=1)
def downhill(draw):
    """step goes downhill"""
    few, many = examples(draw, 5, 3), examples(draw, 9, 4)
    return lambda code: {"few": code.step(*few, 0.5), "many": code.step(*many, 0.3)}
''',
}

MISCONCEPTIONS = """
from autograder.authoring.misconception import Misconception

CATALOGUE = [
    Misconception("sums_over_the_examples", "gradient", {" / len(y)": ""},
                  hint="Divide by the number of examples.",
                  violates="Give every example twice: nothing should change."),
    Misconception("goes_uphill", "step", {"w - rate": "w + rate"},
                  hint="Subtract the gradient.", violates="A small step should make the loss smaller."),
]
"""

EQUIVALENTS = """
VECTOR = "all of these are vectors, which .T leaves as they are and whose product has no order"
LOSS = "loss: result = -(y @ np.log(p) + (1 - y) @ np.log(1 - p)) / len(y) → result = "
GRADIENT = "gradient: result = X.T @ (1 / (1 + np.exp(-X @ w)) - y) / len(y) → result = "

EQUIVALENT = {
    "loss": {
        LOSS + "-(y @ np.log(p) + (1 - y) @ np.log(1 - p)) / len(p)": "there is a label for each probability",
        LOSS + "-(np.log(p) @ y + (1 - y) @ np.log(1 - p)) / len(y)": VECTOR,
        LOSS + "-((y @ np.log(p)).T + (1 - y) @ np.log(1 - p)) / len(y)": VECTOR,
        LOSS + "-(y.T @ np.log(p) + (1 - y) @ np.log(1 - p)) / len(y)": VECTOR,
        LOSS + "-(y @ np.log(p).T + (1 - y) @ np.log(1 - p)) / len(y)": VECTOR,
        LOSS + "-(y @ np.log(p) + np.log(1 - p) @ (1 - y)) / len(y)": VECTOR,
        LOSS + "-(y @ np.log(p) + ((1 - y) @ np.log(1 - p)).T) / len(y)": VECTOR,
        LOSS + "-(y @ np.log(p) + (1 - y).T @ np.log(1 - p)) / len(y)": VECTOR,
        LOSS + "-(y @ np.log(p) + (1 - y) @ np.log(1 - p).T) / len(y)": VECTOR,
    },
    "training": {
        GRADIENT + "(X.T @ (1 / (1 + np.exp(-X @ w)) - y)).T / len(y)": VECTOR,
        GRADIENT + "X.T @ (1 / (1 + np.exp(-X @ w)) - y).T / len(y)": VECTOR,
        GRADIENT + "X.T @ (1 / (1 + np.exp(-X @ w)) - y) / len(X)": "there is a label for each example",
        GRADIENT + "X.T @ (1 / (1 + np.exp((-X @ w).T)) - y) / len(y)": VECTOR,
        GRADIENT + "X.T @ (1 / (1 + np.exp(-X @ w.T)) - y) / len(y)": VECTOR,
    },
}
"""


def notebook(name):
    cells = [
        new_markdown_cell(f"# {name.capitalize()}", id="opening"),
        new_code_cell("import numpy as np\nfrom odds_utils import check", id="setup"),
    ]
    for function, head, answer, example in NOTEBOOKS[name]:
        todo = new_code_cell(
            f"{head}\n    result = None\n    ### BEGIN SOLUTION\n    result = {answer}\n"
            "    ### END SOLUTION\n    return result",
            id=f"{function}-code",
        )
        check = new_code_cell(
            f'check("{function}", {example})\n### BEGIN HIDDEN TESTS\nfrom autograder import grade_cell\n'
            f'grade_cell("{ASSIGNMENT}/{name}", "{function}", globals())\n### END HIDDEN TESTS',
            id=function,
        )
        points = {"sigmoid": 1, "step": 1}.get(function, 2)
        for cell, grade_id, more in ((todo, f"{function}_code", {}), (check, function, {"points": points})):
            cell.metadata["nbgrader"] = {
                "cell_type": "code",
                "grade": bool(more),
                "grade_id": grade_id,
                "locked": bool(more),
                "schema_version": 3,
                "solution": not more,
                "task": False,
                **more,
            }
        cells += [todo, check]
    return new_notebook(
        cells=cells, metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    )


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The course, as an instructor would have written it."""
    root = tmp_path_factory.mktemp("odds")
    files = {
        "odds_utils/__init__.py": HELPER,
        "solutions/course.toml": SETTINGS,
        f"solutions/{ASSIGNMENT}/shared.py": SHARED,
        f"solutions/{ASSIGNMENT}/equivalents.py": EQUIVALENTS,
        f"solutions/{ASSIGNMENT}/training/misconceptions.py": MISCONCEPTIONS,
    }
    for name in NOTEBOOKS:
        files |= {
            f"solutions/{ASSIGNMENT}/{name}.ipynb": nbformat.writes(notebook(name)) + "\n",
            f"solutions/{ASSIGNMENT}/{name}/rubric.py": RUBRICS[name],
        }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def autograder(installed, root):
    def typed(*words):
        done = installed.autograder(root, *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return typed


@pytest.mark.exhaustive
def test_it_is_released_proved_graded_answered_and_exported(autograder, root):
    assert autograder("release").count("released") == 3
    assert {path.name for path in (root / "assignment" / ASSIGNMENT).iterdir()} == {
        f"{name}.ipynb" for name in NOTEBOOKS
    }
    autograder("check")
    autograder("check", "--mutations")

    right = {name: [answer for _, _, answer, _ in functions] for name, functions in NOTEBOOKS.items()}
    hand_in(root, "ada", right)
    hand_in(
        root,
        "bob",
        right
        | {
            "sigmoid": ["np.tanh(z)"],
            "training": [right["training"][0].replace(" / len(y)", ""), right["training"][1]],
        },
    )
    hand_in(root, "eve", {})
    autograder("grade", ASSIGNMENT, "--json", "results.json", "--isolation", best_level())
    scores = {
        one["student"]: {cell["grade_id"]: cell["score"] for book in one["notebooks"] for cell in book["cells"]}
        for one in json.loads((root / "results.json").read_text(encoding="utf-8"))["submissions"]
    }
    assert scores == {
        "ada": {"sigmoid": 1, "loss": 2, "gradient": 2, "step": 1},
        "bob": {"sigmoid": 0, "loss": 2, "gradient": 0, "step": 1},  # a mistake costs its own points only
        "eve": {"sigmoid": 0, "loss": 0, "gradient": 0, "step": 0},
    }

    assert "9 feedback pages" in autograder("feedback", ASSIGNMENT)
    page = (root / "feedback" / "bob" / ASSIGNMENT / "training.html").read_text(encoding="utf-8")
    assert "Give every example twice" in page and "Divide by the number" not in page
    rows = {row["student_id"]: float(row["score"]) for row in csv.DictReader(io.StringIO(autograder("export")))}
    assert rows == {"ada": 6.0, "bob": 3.0, "eve": 0.0}


def hand_in(root, student, answers):
    """Hand in the starters with these answers, notebook by notebook."""
    for name in NOTEBOOKS:
        text = (root / "assignment" / ASSIGNMENT / f"{name}.ipynb").read_text(encoding="utf-8")
        for answer in answers.get(name, []):
            assert "# TODO: write your code here" in text
            text = text.replace("# TODO: write your code here", f"result = {answer}", 1)
        path = root / "submitted" / student / ASSIGNMENT / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
