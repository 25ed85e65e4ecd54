"""What curves say: on curves drawn by hand, where it is plain what they show."""

from __future__ import annotations

import numpy as np
import pytest

from cs231n_utils.plots import plot_history
from cs231n_utils.training import what_the_curve_says

N = 400
STEPS = np.arange(N) / N
NOISE = 0.02 * np.random.default_rng(0).standard_normal(N)
GOOD = 2.3 - 0.9 * (1 - np.exp(-2 * STEPS)) + NOISE
RISING = np.linspace(0.1, 0.5, 9)
X = np.random.default_rng(1).standard_normal((50, 6))


def history(losses, train=RISING, val=RISING - 0.05):
    return {"loss_history": list(losses), "train_acc_history": list(train), "val_acc_history": list(val)}


def net(W1=None, b1=None):
    rng = np.random.default_rng(2)
    W1 = 0.1 * rng.standard_normal((6, 8)) if W1 is None else W1
    return {
        "W1": W1,
        "b1": np.zeros(8) if b1 is None else b1,
        "W2": 0.1 * rng.standard_normal((8, 10)),
        "b2": np.zeros(10),
    }


FLAT = np.full(9, 0.1)
LEARNS = np.linspace(0.1, 0.9, 9)
KNOWN = {"X": X, "params": net(), "reg": 0.0}
CASES = {
    "nothing": (history(GOOD), {}, ""),
    "nothing, with all there is to know": (history(GOOD), KNOWN | {"test_accuracy": 0.44}, ""),
    "no step yet": (history([], [], []), {}, ""),
    "a step": (history([2.3], [0.1], [0.1]), {}, "the loss stands still"),
    "no accuracies": (history(GOOD, [], []), {}, ""),
    "a flat loss": (history(2.3 + NOISE / 10, FLAT, FLAT), {}, "the loss stands still"),
    "a flat loss of a sound net": (history(2.3 + NOISE / 10, FLAT, FLAT), KNOWN, "the learning rate is too low"),
    "dead units": (
        history(2.3 + NOISE / 10, FLAT, FLAT),
        KNOWN | {"params": net(b1=np.full(8, -9.0))},
        "units are dead",
    ),
    "equal units": (
        history(2.3 + NOISE / 10, FLAT, FLAT),
        KNOWN | {"params": net(W1=np.zeros((6, 8)))},
        "the first weights are all the same",
    ),
    "away": (history(2.3 * np.exp(20 * STEPS), FLAT, FLAT), {}, "the loss runs away"),
    "away, with sound images": (history(2.3 * np.exp(20 * STEPS), FLAT, FLAT), KNOWN, "the learning rate is too high"),
    "away, with raw images": (
        history(2.3 * np.exp(20 * STEPS), FLAT, FLAT),
        KNOWN | {"X": 100 + 50 * X},
        "the images are not normalized",
    ),
    "away, to infinity": (history([*2.3 * np.exp(20 * STEPS), np.inf, np.nan]), KNOWN, "the learning rate is too high"),
    "a sudden NaN": (history([*GOOD, np.nan]), KNOWN, "the loss is computed carelessly"),
    "NaN at once": (history([np.nan], FLAT[:1], FLAT[:1]), KNOWN, "the loss is computed carelessly"),
    "a large first loss": (history(40 * GOOD), KNOWN, "the first weights are too large"),
    "a large first penalty": (history([9, 6, 4, 3, *GOOD]), KNOWN | {"reg": 3.0}, "the penalty is too strong"),
    "a layer that nothing moves": (
        history(GOOD),
        KNOWN | {"first_params": {name: value - 0.1 * (name == "W1") for name, value in net().items() if name != "b1"}},
        "a layer stands still",
    ),
    "layers that all move": (
        history(GOOD),
        KNOWN | {"first_params": {name: value - 0.1 for name, value in net().items()}},
        "",
    ),
    "a layer without a gradient, as its units are dead": (
        history(GOOD),
        KNOWN | {"params": net(b1=np.full(8, -9.0)), "first_params": net(b1=np.full(8, -9.0)) | {"b2": np.ones(10)}},
        "",
    ),
    "learned by heart": (
        history(GOOD, np.linspace(0.1, 0.6, 9), FLAT),
        KNOWN,
        "the labels do not belong to the images",
    ),
    "a penalty that grows": (history(GOOD + 1.5 * STEPS**2), KNOWN | {"reg": 0.1}, "the penalty has no gradient"),
    "no penalty that could": (history(GOOD + 1.5 * STEPS**2), KNOWN, ""),
    "overfitting": (history(GOOD - STEPS, LEARNS, [0.1, *[0.35] * 8]), KNOWN, "it overfits"),
    "a wide gap that still helps": (history(GOOD - STEPS, LEARNS, np.linspace(0.1, 0.6, 9)), KNOWN, ""),
    "a plateau": (
        history(2.3 - 0.3 * (1 - np.exp(-20 * STEPS)), np.full(9, 0.25), np.full(9, 0.23)),
        KNOWN,
        "there is too little capacity",
    ),
    "a plateau of who knows what": (
        history(2.3 - 0.3 * (1 - np.exp(-20 * STEPS)), np.full(9, 0.25), np.full(9, 0.23)),
        {},
        "the loss stops early",
    ),
    "a plateau under a penalty": (
        history(2.3 - 0.3 * (1 - np.exp(-20 * STEPS)), np.full(9, 0.25), np.full(9, 0.23)),
        KNOWN | {"reg": 0.2},
        "the penalty is too strong",
    ),
    "a test set that is known": (history(GOOD), KNOWN | {"test_accuracy": 0.7}, "the test set was trained on"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_cause_is_named_where_the_curves_show_it(case):
    curves, known, name = CASES[case]
    cause = what_the_curve_says(curves, **known)
    assert (cause.name if cause else "") == name
    assert cause is None or (cause.sentence.endswith((".", "?")) and "nan" not in cause.sentence)


def test_since_when_a_loss_runs_away_is_said():
    losses = np.concatenate([np.full(100, 2.3), 2.3 * 1.5 ** np.arange(1, 40)])
    assert "From step 102 on" in what_the_curve_says(history(losses, FLAT, FLAT)).sentence


def test_another_number_of_classes_is_guessed_from_the_parameters():
    losses = np.full(N, np.log(2)) + NOISE / 100
    assert what_the_curve_says(history(losses, FLAT + 0.4, FLAT + 0.4), num_classes=2).name == "the loss stands still"


def test_a_picture_of_curves_gives_advice_if_it_is_asked_for(capsys):
    plot_history(history(2.3 + NOISE / 10, FLAT, FLAT))
    assert capsys.readouterr().out == ""
    plot_history(history(2.3 + NOISE / 10, FLAT, FLAT), advice=True)
    assert capsys.readouterr().out.startswith("What the curves say: In 400 steps the loss has moved from 2.3")
    plot_history(history(GOOD), advice=True)
    assert capsys.readouterr().out == ""
