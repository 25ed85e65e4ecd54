"""Numbers that the notebooks' texts state, found again: those that need no images and take a second or two.

What needs CIFAR-10 is in the assignments' modules `published.py`, which `python -m autograder.evidence.reproduce` runs.
"""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import numpy as np
import pytest

from autograder.authoring.notebook import read_notebook
from autograder.course import Course
from autograder.grading.reference import no_figures
from cs231n_utils.training import SURFACES, descend, sgd

SOLUTIONS = Course.find(Path(__file__)).solutions


class Page:
    """A solution notebook: its texts in one line each, and what its cells define and print."""

    def __init__(self, name: str) -> None:
        self.cells = read_notebook(next(SOLUTIONS.glob(f"*/{name}.ipynb"))).cells
        self.names: dict = {"__name__": "__main__"}
        for cell in self.cells:
            if cell.cell_type == "code" and not cell.metadata.get("tags") and "grade_cell" not in cell.source:
                self._run(cell.source)

    def run(self, cell_id: str) -> str:
        """Run a long cell, and return what it prints."""
        return self._run(next(cell.source for cell in self.cells if cell.id == cell_id))

    def says(self, cell_id: str, words: str) -> bool:
        text = next(cell.source for cell in self.cells if cell.id == cell_id)
        return words in " ".join(text.split())

    def _run(self, source: str) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), no_figures():
            exec(source, self.names)
        assert "✗" not in printed.getvalue(), printed.getvalue()
        return printed.getvalue()


@pytest.fixture(scope="module")
def activations():
    return Page("activations")


@pytest.fixture(scope="module")
def update_rules():
    return Page("update_rules")


def test_l2_shares_and_l1_selects():
    page = Page("linear_classifiers")
    page.run("l1-l2")
    pairs = {name: (weights[:3], weights[3:6]) for name, weights in page.names["found"].items()}
    apart = {name: np.abs(one / other - 1) for name, (one, other) in pairs.items()}
    assert apart["L2"].max() < 0.2 and apart["no penalty"].max() > 0.8
    weights = np.abs(page.names["found"]["L1"])
    assert page.says("l1-l2-reading", "nine of the twelve weights are below a hundredth of the largest")
    assert np.flatnonzero(weights > 0.01 * weights.max()).tolist() == [0, 1, 2]


def test_the_first_losses_of_linear_classifiers():
    # On images they depend on the data; that the three examples by hand give these numbers does not.
    names = Page("linear_classifiers").names
    losses = [names["svm_loss_naive"](names["W_hand"], names["X_hand"][[i]], [i], 0.0)[0] for i in range(3)]
    np.testing.assert_allclose(losses, [2.9, 0.0, 12.9])


def test_saturation_makes_the_first_gradients_millions_of_times_smaller(activations):
    activations.run("flow")
    first, *_, last = activations.names["sizes"]["sigmoid"]
    assert activations.says("flow-reading", "six million times smaller") and 5.5e6 < last / first < 6.5e6


def test_an_accident_kills_two_thirds_of_the_units(activations):
    said = activations.run("accident")
    dead = dict(re.findall(r"^(\S.*?) +dead at the end: +(\d+) %", said, re.MULTILINE))
    assert activations.says("accident-reading", "two thirds die") and 60 <= int(dead["ReLU"]) <= 70
    assert dead["leaky ReLU"] == "0"
    right = re.search(r"^ReLU  .*right: (.*)$", said, re.MULTILINE)[1]
    assert activations.says("accident-reading", "two of the six do not") and right.count("50 %") == 2


def test_any_activation_solves_the_spirals(activations):
    names = activations.names
    X, y = names["make_spirals"]()
    for activation in names["ACTIVATIONS"].values():
        weights, biases = names["new_network"]((2, 32, 32, 1))
        for _ in range(2000):
            names["descend"](weights, biases, X, y, activation, learning_rate=0.5)
        assert np.mean(names["predict"](weights, biases, X, activation) == y) > 0.97


def test_slopes_in_the_valley_and_on_the_saddle(update_rules):
    valley, saddle = SURFACES["valley"], SURFACES["saddle"]
    across, along = sorted(np.abs(valley.gradient(np.array(valley.start))), reverse=True)
    assert update_rules.says("sgd-reading", f"the slopes are {across:.3g} and {along:.3g}")
    towards, out = sorted(np.abs(saddle.gradient(np.array(saddle.start))), reverse=True)
    assert update_rules.says("walks-reading", f"the slope towards the saddle is {towards:.3g}")
    assert update_rules.says("walks-reading", f"the slope that leads out {out:.3g}")


def test_momentum_gets_down_where_sgd_needs_a_thousand_steps(update_rules):
    valley, names = SURFACES["valley"], update_rules.names
    floor = valley.height(*valley.lowest)
    slow = valley.height(*descend(sgd, valley, 1000, learning_rate=0.1).T) - floor
    for rule in (names["sgd_momentum"], names["nesterov"]):
        quick = valley.height(*descend(rule, valley, 100, learning_rate=0.1).T) - floor
        assert quick[-1] < slow[-1]


def test_rules_with_a_cache_begin_at_the_same_pace_in_both_directions(update_rules):
    for rule in (update_rules.names["adagrad"], update_rules.names["rmsprop"], update_rules.names["adam"]):
        step = np.diff(descend(rule, SURFACES["valley"], 1, learning_rate=0.5), axis=0)[0]
        assert np.abs(step[0]) == pytest.approx(np.abs(step[1]), rel=1e-3)


def test_newton_reaches_nine_digits_in_five_steps(update_rules):
    beale, step = SURFACES["beale"], update_rules.names["newton_step"]
    for w in (np.array([2.9, 0.45]), np.array([3.1, 0.55])):
        for _ in range(5):
            w = step(w, beale.gradient(w), beale.hessian(w))
        assert np.abs(w - beale.lowest).max() < 5e-9
    w = np.array(beale.start)
    for _ in range(10):
        w = step(w, beale.gradient(w), beale.hessian(w))
    assert w == pytest.approx([0, 1], abs=1e-6)
