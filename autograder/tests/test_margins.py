"""Right answers and known mistakes lie far apart; what is drawn at random, or judged by chance, cannot mix them up."""

from __future__ import annotations

import math
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.authoring.content import load_beside
from autograder.authoring.rubric import Check, Draw, SavedNet, load_rubric
from autograder.grading.compare import same
from autograder.grading.reference import Reference
from autograder.proof.margins import Margin, error, margin_of, margins
from autograder.sandbox.proxy import run_probe
from autograder.sandbox.worker.host import Host
from autograder.tests.sample_class import ASSIGNMENT

SOLUTIONS = Path(__file__).parents[2] / "solutions" / ASSIGNMENT
LAYERS = load_beside(SOLUTIONS / "layers.ipynb", "rubric")
NOTEBOOKS = ("layers", "two_layer_net")
WITHOUT_MARGIN = {  # sets and whole numbers are right or wrong; a judge has no tolerance
    "chooses_the_activations_with_vanishing_gradient",
    "chooses_what_closes_the_gap",
    "predicts_the_highest_score",
    "predicts_for_one_example",
    "starts_with_small_gaussian_weights",
    "train_decays_once_an_epoch",
    "train_draws_random_batches",
}


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_right_answers_and_mistakes_are_a_factor_of_100_apart(notebook):
    found = margins(SOLUTIONS / f"{notebook}.ipynb", draws=3)
    assert [problem for margin in found for problem in margin.problems] == []
    checks = {
        check.name for check in load_rubric(SOLUTIONS / f"{notebook}.ipynb").checks if not isinstance(check, SavedNet)
    }
    assert {margin.check for margin in found} == checks - WITHOUT_MARGIN
    for margin in found:
        assert margin.right < margin.tolerance / 100, margin.check
        assert margin.single < 1e-4, margin.check
        assert margin.tolerance < margin.mistake < math.inf, margin.check  # each sees some mistake by its numbers


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), size=st.integers(1, 5), exponent=st.integers(-9, -1))
def test_an_error_is_the_tolerance_that_it_takes(seed, size, exponent):
    random = np.random.default_rng(seed)
    expected = random.standard_normal(size) * 10.0 ** random.integers(-3, 4, size)
    got = expected + 10.0**exponent * random.standard_normal(size)
    needed = error(got, expected)
    assert same(got, expected, needed * (1 + 1e-9)) and not same(got, expected, needed * (1 - 1e-9))


@pytest.mark.parametrize(
    "got, expected, wanted",
    [
        (np.zeros(3), np.zeros(3), 0.0),
        (np.ones(3), np.zeros(3), 100.0),
        (np.ones((1, 3)), np.ones(3), math.inf),
        (np.array([1.0, np.nan]), np.ones(2), math.inf),
        (np.zeros(0), np.zeros(0), 0.0),
        (np.array([1.0, 3.0]), np.array([1.0, 2.0]), 1 / 4.01),
    ],
)
def test_errors_of_special_cases(got, expected, wanted):
    assert error(got, expected) == pytest.approx(wanted)


def test_what_is_too_close_is_a_problem():
    close = Margin("layers", "a_check", 1e-6, right=1e-7, mistake=5e-6, nearest="almost_right")
    assert close.problems == [
        "layers, a_check: the known mistake almost_right is only 50 times as far off as a right answer"
    ]
    assert Margin("layers", "a_check", 1e-6, right=1e-9, single=1e-6, mistake=5e-5).problems
    assert not Margin("layers", "a_check", 1e-6, right=1e-9, single=1e-7, mistake=5e-5).problems


def test_a_right_variant_outside_the_tolerance_is_a_problem():
    reference = Reference(SOLUTIONS / "layers.ipynb")

    def make(draw):
        x = draw.signed(4)
        return lambda code: {"out": code.relu_forward(x)[0]}

    check = Check("doubles", "relu_forward", "", 1.0, make, tolerance=1e-12)
    coarse = Host({"relu_forward": lambda x: (np.maximum(0, x) * (1 + 1e-9), x)})
    margin = margin_of(check, reference, {"coarse": coarse}, {}, draws=2)
    assert margin.problems == ["layers, doubles: the right variant coarse fails (numbers)"]
    assert margin.right == pytest.approx(5e-10, rel=0.1) and margin.single == 0


# What is random


def test_draws_keep_clear_of_kinks():
    def make(draw):
        return draw.clear(lambda: (draw.normal(4, 3), draw.labels(4, 3)), LAYERS.margins, least=0.2)

    for number in range(20):
        x, y = make(Draw(b"kinks", str(number)))
        assert np.abs(LAYERS.margins(x, y)).min() >= 0.2
        again, _ = make(Draw(b"kinks", str(number)))
        assert np.array_equal(x, again)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_no_unit_of_a_drawn_network_is_near_its_kink(notebook):
    """A unit within rounding of zero would pass its gradient in one precision and not in the other."""
    seen = []

    class Net:
        def __init__(self, *sizes, **options):
            self.params = {}

        def loss(self, X, y=None, reg=0.0):
            rows = X.reshape(len(X), -1)
            if rows.dtype == np.float64 and np.abs(rows).max() < 50:  # not the large scores, whose loss has no kink
                seen.append(np.abs(rows @ self.params["W1"] + self.params["b1"]).min())
            return (0.0, dict.fromkeys(("W1", "W2", "b1", "b2"), 0.0)) if y is not None else rows

        def predict(self, X):
            self.loss(X)
            return X[:, 0]

    for check in load_rubric(SOLUTIONS / f"{notebook}.ipynb").checks:
        if (check.cell.startswith("two_layer_net_") and check.cell != "two_layer_net_init") or check.cell == "predict":
            for number in range(30):
                run_probe(check.prepare(Draw(b"units", check.name, str(number)))[0], Host({"TwoLayerNet": Net}))
    assert len(seen) > 200 and min(seen) >= 1e-3


def test_initialization_is_misjudged_in_less_than_one_of_a_million_hand_ins():
    """From the widths of the three bounds, found by moving and scaling a perfect sample until the judge objects."""
    total = 0.0
    for count in (400 * 250, 250 * 50):
        perfect = np.array([NormalDist().inv_cdf((i + 0.5) / count) for i in range(count)])
        perfect /= perfect.std()
        assert LAYERS.not_gaussian(perfect) is None
        width = 5.49 / np.sqrt(2 * count)
        for z in (perfect * (1 + width), perfect * (1 - width), perfect + 5.49 / np.sqrt(count)):
            assert LAYERS.not_gaussian(z) is None
        total += 2 * math.erfc(5.49 / math.sqrt(2)) + _outside(count, math.erfc(math.sqrt(2)))
    assert total < 3e-7


def _outside(count: int, p: float) -> float:
    """The chance that of `count` normal numbers too many or too few lie beyond two standard deviations."""
    width = 5.5 * math.sqrt(0.0455 * 0.9545 / count)
    logs = np.cumsum(np.log(np.maximum(np.arange(count + 1), 1)))
    k = np.arange(count + 1)
    chances = np.exp(logs[-1] - logs - logs[::-1] + k * math.log(p) + (count - k) * math.log1p(-p))
    return float(chances[np.abs(k / count - 0.0455) > width].sum())


def test_a_right_sampler_is_never_misjudged_in_two_hundred_hand_ins():
    """By the formula it would be one in 10⁸; a bound that is off by orders of magnitude would show here."""
    reference = Reference(SOLUTIONS / "two_layer_net.ipynb")
    check = next(
        one for one in load_rubric(SOLUTIONS / "two_layer_net.ipynb").checks if one.name == "train_draws_random_batches"
    )
    for number in range(200):
        probe, judge = check.prepare(Draw(b"sampler", str(number)))
        assert judge(run_probe(probe, reference.host).value) is None
