"""The formula behind wrong numbers is found, and none where there is none."""

import numpy as np
import pytest

from cs231n_utils.checks.signatures import hint_of_values

W, DW, V = np.array([1.0, -3.0, 0.7]), np.array([2.0, 0.4, -1.1]), np.array([0.5, 0.3, -0.2])
GIVEN = {"w": W, "dw": DW, "velocity": V, "momentum": 0.7, "learning_rate": 0.05}
RIGHT = W + 0.7 * V - 0.05 * DW
TIMES = np.array([0.0, 2.0, 5.0, 9.0])


@pytest.mark.parametrize(
    "got, sentence",
    [
        (
            W + 0.7 * V + 0.05 * DW,
            "w + learning_rate · dw + momentum · velocity: the sign of learning_rate · dw is wrong",
        ),
        (W - 0.05 * DW, "w − learning_rate · dw: is momentum · velocity left out?"),
        (W + 0.7 * V - 0.05 * DW + V, None),
        (W + V - 0.05 * DW, "w + velocity − learning_rate · dw: look at velocity"),
        (W + 0.9 * V - 0.05 * DW, "w + 0.9 · velocity − learning_rate · dw: look at 0.9 · velocity"),
        (
            W + 0.3 * V - 0.05 * DW,
            "w + (1 − momentum) · velocity − learning_rate · dw: look at (1 − momentum) · velocity",
        ),
        (0.7 * V * DW, "momentum · dw · velocity"),
        (V**2, "velocity²"),
    ],
)
def test_a_sum_of_products(got, sentence):
    said = hint_of_values(got, RIGHT, GIVEN)
    assert said == f"got is {sentence}" if sentence else "left out" not in (said or "")


@pytest.mark.parametrize(
    "got, sentence",
    [
        (0.3 * np.exp(0.2 * TIMES), "learning_rate · exp(k · t)"),
        (0.3 * 0.8**TIMES, "learning_rate · (1 − k)^t"),
        (0.3 * 2 ** (-0.2 * TIMES), "learning_rate · 2^(−k · t)"),
        (0.3 / (1 + TIMES), "learning_rate / (1 + t)"),
    ],
)
def test_a_schedule(got, sentence):
    right = 0.3 * np.exp(-0.2 * TIMES)
    assert hint_of_values(got, right, {"learning_rate": 0.3, "k": 0.2, "t": TIMES}) == f"got is {sentence}"


def test_a_description_is_an_ingredient():
    given = {
        "X": np.array([[1.0, 10.0], [3.0, 30.0]]),
        "the mean of each example": np.array([[5.5, 5.5], [16.5, 16.5]]),
    }
    got = given["X"] - given["the mean of each example"]
    assert hint_of_values(got, np.array([[-1.0, -10.0], [1.0, 10.0]]), given) == "got is X − the mean of each example"


def test_no_formula_is_made_up():
    for seed in range(60):
        random = np.random.default_rng(seed)
        given = {name: random.standard_normal(3) for name in ("w", "dw", "velocity")}
        given |= {"momentum": random.uniform(), "learning_rate": random.uniform()}
        said = hint_of_values(random.standard_normal(3), random.standard_normal(3), given) or ""
        assert "·" not in said and "/" not in said


def test_the_same_array_under_several_names_takes_no_time():
    given = dict.fromkeys(("w", "dw", "m", "v"), V) | {"beta1": 0.85, "beta2": 0.95, "t": 2, "learning_rate": 0.07}
    hint_of_values(np.array([1.0, 2.0, 4.0]), np.array([3.0, 2.0, 1.0]), given)
