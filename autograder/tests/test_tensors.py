"""Hand-ins written for PyTorch's tensors: graded by the same rubric, and mistakes in them called by their names.

Each test is there twice: with PyTorch, where it is installed, and with a stand-in, which shows that values cross the
border as they should, in the real sandbox, wherever these tests are run.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from conftest import every

from autograder.authoring.hand_in import filled_in, write_notebook
from autograder.authoring.notebook import read_notebook
from autograder.authoring.release import release
from autograder.authoring.variant import Variant
from autograder.course import Course
from autograder.grading.grade import grade_class
from autograder.grading.reference import Reference, reference_of
from autograder.grading.verdict import Graded
from autograder.proof.asking import ask, put_to
from autograder.proof.fairness import written
from autograder.sandbox.process import Sandbox
from autograder.sandbox.proxy import run_probe
from autograder.tests.tensors import FIRST, MADE, SECOND, with_stand_in

ASSIGNMENT = "training_study"
NOTEBOOKS = {"capacity_regularization_learning_rate": FIRST, "search": SECOND}


@pytest.fixture(params=["a stand-in", "PyTorch"])
def library(request) -> str:
    if request.param == "PyTorch":
        pytest.importorskip("torch", reason="PyTorch is optional")
    return request.param


@cache
def reference() -> Reference:
    return reference_of(Course.find().source(ASSIGNMENT, next(iter(NOTEBOOKS))))


def test_a_whole_hand_in_of_tensors_has_all_points(library, tmp_path):
    course = Course.find().copied(tmp_path, ASSIGNMENT)
    release(course, ASSIGNMENT)
    for name, cells in NOTEBOOKS.items():
        released = read_notebook(course.released / ASSIGNMENT / f"{name}.ipynb")
        solution = filled_in(released, read_notebook(course.source(ASSIGNMENT, name)))
        mine = Variant("of_tensors", cells if library == "PyTorch" else with_stand_in(cells))
        write_notebook(course.submitted / "ada" / ASSIGNMENT / f"{name}.ipynb", written(released, solution, [mine]))
    (result,) = grade_class(course, ASSIGNMENT, ["ada"])
    assert [notebook.remarks for notebook in result.notebooks] == [[], []]
    missed = [
        (cell.grade_id, check.name, check.message)
        for notebook in result.notebooks
        for cell in notebook.cells
        for check in cell.checks
        if not check.passed and cell.grade_id != "best_net"  # no training, no net
    ]
    assert not missed
    for notebook in result.notebooks:  # the visible checks say the same
        graded = read_notebook(course.root / "autograded" / "ada" / ASSIGNMENT / f"{notebook.name}.ipynb")
        said = [line for cell in graded.cells if "best-net" not in cell.id for line in lines_of(cell)]
        assert len([line for line in said if line.startswith("✓")]) >= 15
        assert not [line for line in said if line.startswith(("✗", "○"))]


def lines_of(cell) -> list[str]:
    return "\n".join(output.get("text", "") for output in cell.get("outputs", [])).splitlines()


IN_PLACE = """
import torch
from cs231n_utils.training import takes_tensors

@takes_tensors
def shift(x, state):
    x -= 1.0
    state["x"] = x + 1.0
    return x.sum()

def doubled(x):
    return {"twice": torch.from_numpy(2 * x)}

def drawn():
    return torch.randint(1000, (5,))
"""


def test_a_tensor_changes_what_its_array_is_and_comes_back_as_one(library):
    x = np.array([1.0, 2.0])
    with Sandbox(seconds=20.0, settings=reference().settings) as host:
        host.run(MADE if library == "a stand-in" else "")
        assert host.run(IN_PLACE).succeeded
        outcome = run_probe(lambda code: code.shift(x, {}), host)
        assert outcome.value == 1.0 and type(outcome.value) is np.ndarray
        assert outcome.changed == ("shift changes its argument x in place", "shift changes its argument state in place")
        outcome = run_probe(lambda code: code.doubled(x), host)
        assert type(outcome.value["twice"]) is np.ndarray and outcome.value["twice"].tolist() == [2, 4]
        drawn = [run_probe(lambda code: [code.seed(seed), code.drawn()][1], host).value.tolist() for seed in (1, 2, 1)]
        assert drawn[0] == drawn[2] != drawn[1]


# Known mistakes by their names in the catalogue, as one makes them with tensors.
MISTAKES = {
    "no_relu": {".clamp(min=0)": ""},
    "results_swapped": {"return scores, hidden": "return hidden, scores"},
    "loss_not_averaged": {"-log_p[rows, y].mean()": "-log_p[rows, y].sum()"},
    "no_max_shift": {" - scores.max(dim=1, keepdim=True)[0]": " * 1.0"},
    "penalty_with_half": {"+ reg * (torch": "+ 0.5 * reg * (torch"},
    "gradient_not_averaged": {"    dscores /= N\n": ""},
    "relu_gate_missing": {"    dh1[h1 <= 0] = 0\n": ""},
    "bias_gradients_keep_a_row": {"dscores.sum(dim=0)": "dscores.sum(dim=0, keepdim=True)",
                                  "dh1.sum(dim=0)": "dh1.sum(dim=0, keepdim=True)"},
    "best_row": {"scores.max(dim=1)[1]": "scores.max(dim=0)[1]"},
    "scores_instead_of_classes": {"scores.max(dim=1)[1]": "scores"},
    "step_on_a_copy": {"params[name] -= learning_rate *": "weights = params[name] - learning_rate *"},
    "dictionary_copied": {"    num_train =": "    params = {k: 1.0 * params[k] for k in params}\n    num_train ="},
    "labels_of_other_examples": {"y[chosen]": "y[torch.randint(num_train, (batch_size,))]"},
    "same_batch_always": {"    chosen =": "    torch.manual_seed(0)\n    chosen ="},
}  # fmt: skip


@pytest.mark.parametrize("mistake", every(4, MISTAKES))
def test_a_mistake_is_called_by_its_name_and_costs_what_it_costs_with_arrays(library, mistake):
    source = "\n# %%\n".join(FIRST.values())
    for right, wrong in MISTAKES[mistake].items():
        assert right in source
        source = source.replace(right, wrong)
    cells = dict(zip(FIRST, source.split("\n# %%\n")))
    with Sandbox(seconds=20.0, settings=reference().settings) as host:
        if library == "a stand-in":
            host.run(MADE)
        for grade_id, given in reference().cells:
            assert host.run(cells.get(grade_id.removesuffix("_code"), given)).succeeded
        of_tensors = failed(ask(reference(), host))
    of_arrays = failed(put_to(reference(), mistake))
    assert of_tensors.keys() == of_arrays.keys()
    for check, (message, name, score) in of_tensors.items():
        assert (name, score) == of_arrays[check][1:] or (message.startswith("it stopped with") and not name)
    assert mistake in {name for _, name, _ in of_tensors.values()}


def failed(cells: list[Graded]) -> dict[str, tuple[str, str, float]]:
    """The checks that failed: what they say, the mistake that they name, and the score of their cell."""
    return {
        check.name: (check.message, check.misconception, cell.result.score)
        for cell in cells
        for check in cell.result.checks
        if not check.passed
    }
