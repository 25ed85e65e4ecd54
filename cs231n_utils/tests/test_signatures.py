import math
import re

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cs231n_utils.checks.signatures import hint_of_error, hint_of_shape, hint_of_values

rng = np.random.default_rng(0)
A, B = rng.standard_normal((4, 3)), rng.standard_normal((4, 3))
ROW = rng.standard_normal(3)
W = {"W1": rng.standard_normal((3, 5)), "W2": rng.standard_normal((5, 4)), "b1": rng.standard_normal(5)}
SQUARES = {name: np.sum(value**2) for name, value in W.items()}
LOSS = dict(W, reg=0.3, data_loss=1.7, N=6)
RIGHT = 1.7 + 0.15 * (SQUARES["W1"] + SQUARES["W2"])

VALUES = [
    (6 * A, A, {"N": 6}, r"^got is N × expected \(N = 6\): is the mean over the batch missing\?$"),
    (A / 6, A, {"N": 6}, "got is 1/N × expected .* once too often"),
    (A / 6, A, {"N": 6, "C": 6}, r"1/N × expected \(N = 6, and C = 6, too\): .*, or by the number of classes"),
    (-6 * A, A, {"N": 6}, "got is −N × expected"),
    (A * 6 / 4, A, {"N": 6, "C": 4}, "N/C × expected .*divided by C instead of N"),
    (A * 6 / 5, A, {"N": 6}, r"N/\(N − 1\) × expected .*divided by N − 1 instead of N"),
    (np.array([0.7, 70.0]), np.array([0.4666667, 46.6666667]), {"N": 3}, r"N/\(N − 1\) × expected"),
    (2 * A, A, {"N": 2}, "N × expected .*, or is it a factor 2"),
    (A / 3, A, {}, "^got is 1/3 × expected$"),
    (A * 1.0001, A, {}, "^got is 1.0001 × expected$"),
    (A * 10 / 9, A, {"C": 10}, "does the right class count, too"),
    (1 / math.log(10), 1.0, {}, "base 10"),
    (2 / math.log(2), 2.0, {}, "base 2"),
    (
        math.log(6),
        math.log(4),
        {"N": 6, "C": 4},
        r"got is log N, not log C \(N = 6, C = 4\): is the sum over the examples, not over the classes",
    ),
    (math.log(24), math.log(4), {"N": 6, "C": 4}, "whole batch"),
    (-math.log(1e-7), 100.0, {"N": 1}, r"−log\(1e-07\)"),
    (-math.log(np.finfo(float).eps), 100.0, {"N": 1}, r"−log\(2.22e-16\)"),
    (-math.log(1e-7), 20.0, {"N": 3}, r"−log\(1e-07\)"),
    (math.log(3 + math.e), 100.0, {"N": 1, "C": 4}, "twice"),
    (math.nan, 1.0, {"scores": [1000.0, 0.0]}, "scores of size 1000, too large for exp"),
    (1.7, RIGHT, LOSS, r"if reg were 0 \(too small by exactly ½ · reg · \(ΣW1² \+ ΣW2²\)\): is the penalty missing"),
    (
        1.7 + 2 * (RIGHT - 1.7),
        RIGHT,
        LOSS,
        "if reg were twice as large .*: is a ½ missing in the penalty.*Other courses and years have none",
    ),
    (
        1.7 + (RIGHT - 1.7) / 2,
        RIGHT,
        LOSS,
        "if reg were half as large.*: is there a ½ in the penalty.*Other courses and years have one",
    ),
    (1.7 - (RIGHT - 1.7), RIGHT, LOSS, "if reg were of the opposite sign .*: is the penalty subtracted"),
    (1.7 + (RIGHT - 1.7) / 6, RIGHT, LOSS, r"if reg were divided by N \(N = 6\): only the data loss is a mean"),
    (1.7 + 0.15 * SQUARES["W2"], RIGHT, LOSS, "too small by exactly ½ · reg · ΣW1²: is W1 left out of the penalty"),
    (1.7, 1.7 + 0.15 * SQUARES["W1"], {"W": W["W1"], "reg": 0.3}, "is the penalty missing, or half of it"),
    (RIGHT + 0.15 * SQUARES["b1"], RIGHT, LOSS, "too large by exactly ½ · reg · Σb1²: should the biases be free"),
    (
        1.7 + 2 * (RIGHT - 1.7 + 0.15 * SQUARES["b1"]),
        RIGHT,
        LOSS,
        r"got has reg · \(ΣW1² \+ ΣW2² \+ Σb1²\) in place of the penalty: should the biases be free",
    ),
    (
        1.7 + 0.15 * sum(math.sqrt(SQUARES[name]) for name in ("W1", "W2")),
        RIGHT,
        LOSS,
        "in place of the penalty: the square root of the sum of squares",
    ),
    (1.7 + 0.15 * sum(np.abs(W[name]).sum() for name in ("W1", "W2")), RIGHT, LOSS, "absolute values, where squares"),
    (1.7 + 0.15 * sum(np.mean(W[name] ** 2) for name in ("W1", "W2")), RIGHT, LOSS, "a mean, where a sum"),
    (RIGHT + 0.25, RIGHT + 0.25 - 0.15 * SQUARES["W1"], LOSS, "^got is too large by exactly ½ · reg · ΣW1²$"),
    (A - ROW, A, {"b": ROW}, "too small by exactly b: is b left out"),
    (A + ROW, A, {"b": ROW}, "too large by exactly b: is b in it once too often"),
    (A + 1, A, {}, r"off by the same amount everywhere \(\+1\)"),
    (A, B, {"dout": A}, "^got is dout itself$"),
    (np.tile(ROW, (4, 1)), A, {"b": ROW}, "each row of got is b, and nothing else"),
    (0 * A, A, {}, "got is 0 everywhere"),
    (np.where(A > 0, A, 0.2 * A), np.maximum(A, 0), {"x": A}, "^where x is negative, got is 0.2 · x$"),
    (np.where(A > 0, A * B, 0), np.where(A > 0, B, 0), {"x": A, "dout": B}, "where x is positive, got is dout · x"),
    (np.maximum(A, 0), A, {}, "where expected is negative, got is 0"),
    (A[:3].T, A[:3], {}, "transposed"),
    (A[::-1], A, {}, "right rows, in another order"),
    (A.reshape(3, 4).T, A, {}, "right numbers, in the wrong places: does a reshape or a transpose mix the rows"),
    (A[:, ::-1], A, {}, "right columns, in another order: do they come in the order in which NumPy stores them"),
    (np.vstack([A[:2], A[2:, ::-1]]), A, {}, "each row of got has the right numbers in another order"),
    (A.astype(np.float32), A, {}, "got is float32"),
    (A.astype(np.float32).astype(float), A, {}, "seven digits of float32"),
    (np.floor(10 * A), 10 * A, {}, "is without fractions"),
    (np.array([3.0, 4, 250]), np.array([259.0, 4, 506]), {}, "multiples of 256"),
    (np.vstack([A[:3], ROW]), A, {}, "got is wrong only in row 3"),
    (np.array([1.0, 0, 2]), np.array([0.0, 2, 1]), {"scores": -np.eye(3)[[1, 0, 2]] - 0.0}, "lowest scores"),
    (A, A - A.mean(axis=1, keepdims=True), {}, "each row should sum to 0"),
]


@pytest.mark.parametrize(("got", "expected", "given", "sentence"), VALUES)
def test_a_relation_is_named(got, expected, given, sentence):
    hint = hint_of_values(np.asarray(got), np.asarray(expected), given)
    assert hint and re.search(sentence, hint), hint


PARAMETER = rng.standard_normal((4, 3))
NUMERIC = np.where(np.arange(3) == 1, 0.0, B) + 2 * 0.5 * PARAMETER  # one unit is off: only the penalty counts


@pytest.mark.parametrize(
    ("analytic", "sentence"),
    [
        (
            NUMERIC - 0.5 * PARAMETER,
            "if reg were half as large .*: is a factor 2 missing in the penalty's part .*errors of 1/3",
        ),
        (NUMERIC + 1.0 * PARAMETER, "if reg were twice as large .*: is there a factor 2 too many"),
        (NUMERIC - 1.0 * PARAMETER, "if reg were 0 .*: is the penalty missing"),
        (NUMERIC - 2.0 * PARAMETER, "opposite sign.* is the penalty subtracted"),
        (NUMERIC + 0.77 * PARAMETER, "the penalty in analytic is 1.77 × what it should be"),
        (6 * (NUMERIC - PARAMETER) + PARAMETER, "apart from the penalty, analytic is N × numerical"),
        (-NUMERIC, "analytic is −1 × numerical"),
    ],
)
def test_the_penalty_of_a_gradient(analytic, sentence):
    hint = hint_of_values(analytic, NUMERIC, {"W": PARAMETER, "reg": 0.5, "N": 6}, name="W")
    assert hint and re.search(sentence, hint), hint


def test_the_penalty_of_a_bias():
    given = {"b": ROW, "reg": 0.5}
    assert "in the gradient, and none in the loss" in hint_of_values(ROW**2 + ROW, ROW**2, given, name="b")
    assert "in the loss, and none in the gradient" in hint_of_values(ROW**2, ROW**2 + ROW, given, name="b")


def test_a_step():
    given = {"before": PARAMETER, "learning_rate": 0.1}
    right = PARAMETER - 0.1 * B
    for got, words in (
        (PARAMETER, "got is still what it was before: does the update reach it?"),
        (PARAMETER + 0.1 * B, "uphill"),
        (PARAMETER - B, "learning_rate"),
        (right + 0.05 * PARAMETER, "does the penalty"),
    ):
        assert words in hint_of_values(got, right, given)


def test_entries_of_the_right_classes():
    y, p = np.array([2, 0, 1, 1]), np.abs(A) / np.abs(A).sum(axis=1, keepdims=True)
    truth = np.eye(3)[y]
    right = (p - truth) / 4
    for got, words in (
        (p / 4, "too large by exactly 1/N"),
        (right * (1 - truth), "they are 0"),
        (right * truth, "is 0 except"),
        (right - truth / 7, "each row should sum to 0"),
    ):
        assert words in hint_of_values(got, right, {"y": y})
    assert "probabilities" in hint_of_values(p, A, {})


def test_a_kink_is_no_mistake():
    x = np.array([0.5, 1e-6, -0.3])
    hint = hint_of_values(np.array([1.0, 0, 0]), np.array([1.0, 0.55, 0]), {"x": x}, name="dx")
    assert "a kink" in hint
    assert "a kink" not in (hint_of_values(np.array([0.7, 0, 0]), np.array([1.0, 0.55, 0]), {"x": x}, name="dx") or "")


def test_a_gradient_of_nothing():
    assert "moving b changes nothing" in hint_of_values(ROW, 0 * ROW, {}, name="db")
    hint = hint_of_values(np.array([1.1, 2, 3, 4]), np.array([1.0, 0, 3.3, 0]), {}, name="b")
    assert hint is None
    hint = hint_of_values(np.array([1.0, 2, 3.3, 4]), np.array([1.0, 0, 3.3, 0]), {}, name="b")
    assert "wrong exactly where numerical is 0" in hint


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (2.25, 1.25),
        (0.25, 1.25),
        (5.0, 1.0),
        (1.5, 1.0),
        (1.1619680489, 1.2658570521),
        (np.array([1.0, 2]), np.array([2.0, 2])),
        (np.array([0, 2, 2]), np.array([2, 1, 0])),
        (np.array([1]), np.array([2])),
        (np.array(4), np.array(2)),
        (1 + 0j, 2 + 0j),
        (math.inf, 1.0),
        (1.0, math.nan),
    ],
)
def test_no_relation_is_made_up(got, expected):
    given = {"N": 7, "C": 3, "reg": 0.1, "y": [0, 1, 2, 0]}
    assert hint_of_values(np.asarray(got), np.asarray(expected), given) is None


matrices = arrays(np.float64, (5, 4), elements=st.floats(-3, 3, width=32))


@given(matrices, st.integers(0, 2**32 - 1))
def test_noise_has_no_signature(expected, seed):
    assume(np.abs(expected.sum(axis=1)).max() > 0.01)  # rows that sum to 0 are a relation
    noise = np.random.default_rng(seed).normal(size=(5, 4))
    given = {"N": 5, "C": 4, "y": [0, 1, 2, 3, 0], "reg": 0.1, "W": noise[::-1] ** 3, "b": noise[2] ** 2}
    assert hint_of_values(expected + noise, expected, given) is None
    assert hint_of_values(expected + noise, expected, given, name="W") is None


@pytest.mark.parametrize(
    ("got", "expected", "given", "sentence"),
    [
        (A.T, A, {}, "the numbers are right, but transposed"),
        (0 * A.T, A, {}, "is it transposed"),
        (A, np.array(1.0), {}, "sum or a mean missing"),
        (A.sum(), A.sum(axis=0), {}, "the sum of all 3 that are asked for: which axis should remain"),
        (np.array(7.0), A.sum(axis=0), {}, "all axes summed"),
        (A.sum(axis=0, keepdims=True), A.sum(axis=0), {}, "there is an axis of length 1 too many: is it keepdims"),
        (A.reshape(2, 6), A, {}, "is a reshape missing"),
        (A.max(axis=0), A, {}, "axis 0 is gone"),
        (A.max(axis=1), A, {}, "axis 1 is gone"),
        (A.sum(axis=1), A.sum(axis=0), {"dout": A}, "for each row of dout, not for each column"),
        (A.sum(axis=0), A.sum(axis=1), {"dout": A}, "for each column of dout, not for each row"),
        (A, ROW, {"scores": A}, "got is scores itself"),
    ],
)
def test_a_wrong_shape(got, expected, given, sentence):
    assert sentence in hint_of_shape(np.asarray(got), np.asarray(expected), given)


def test_no_reshape_is_suggested_for_other_numbers():
    assert hint_of_shape(np.ones((2, 6)), A, {}) is None
    assert hint_of_shape(np.ones(7), np.ones(5), {"x": A}) is None


@pytest.mark.parametrize(
    ("text", "variables", "sentence"),
    [
        ("The truth value of an array with more than one element is ambiguous", {}, "a single true or false"),
        ("unsupported operand type(s) for +: 'NoneType' and 'int'", {}, "not written yet"),
        ("not enough values to unpack (expected 2, got 1)", {}, "is one missing after return?"),
        ("'int' object is not iterable", {}, "a set of one is written {2}"),
        ("'float' object is not iterable", {}, "one float where several are expected: a tuple of one needs its comma"),
        ("'numpy.float64' object is not iterable", {}, "there is one float64 where"),
        (
            "operands could not be broadcast together with shapes (50,10) (50,) ",
            {},
            "the rows of (50, 10) stand beside them as a column, (50, 1)",
        ),
        (
            "operands could not be broadcast together with shapes (4,) (4,3) ",
            {"s": A[:, 0], "p": A},
            "the shapes are s (4,), p (4, 3): numbers that belong to the rows of (4, 3)",
        ),
        ("matmul: mismatch", {"ds": np.ones((3, 3)), "weights": [A]}, "ds has the shape (3, 3)"),
        ("name 'base_task' is not defined", {}, "no cell above has made base_task: is it spelt differently"),
        ("name 'plt' is not defined", {}, "may need its imports, too: import matplotlib.pyplot as plt"),
        ("'TwoLayerNet' object has no attribute 'train'", {}, "or is it the class of another notebook".capitalize()),
        (
            "TwoLayerNet.__init__() got an unexpected keyword argument 'input_size'",
            {},
            "TwoLayerNet takes no input_size",
        ),
        ("Cannot take a larger sample than population when replace is False", {}, "with replacement"),
        ("cannot access local variable 'W' where it is not associated with a value", {}, "is self.W meant"),
        ("local variable 'W' referenced before assignment", {}, "is self.W meant"),
        ("unsupported operand type(s) for ** or pow(): 'list' and 'int'", {}, "np.concatenate joins"),
        ("matmul: mismatch", {"x": np.ones((2, 3, 1)), "w": np.ones((3, 1)), "n": 3}, "should x be a matrix first"),
        (
            "could not be broadcast together with shapes (4,3) (3,4)",
            {"dw": A, "w": A.T, "b": ROW},
            "the shapes are dw (4, 3), w (3, 4)",
        ),
    ],
)
def test_an_error(text, variables, sentence):
    assert sentence in hint_of_error(text, variables)


def test_an_error_that_says_it_all():
    assert hint_of_error("division by zero", {"x": A}) is None
    assert hint_of_error("'builtin_function_or_method' object is not iterable", {}) is None
    beside = "operands could not be broadcast together with shapes (4,3) (4,) "
    assert hint_of_error(beside, {}, "p / s") and hint_of_error(beside, {}, "predict(X) == y") is None
    assert hint_of_error("operands could not be broadcast together with shapes (3,4,5) (3,) ", {}) is None
    assert hint_of_error("'numpy.ndarray' object has no attribute 'nowhere'", {"x": A}) is None
    assert hint_of_error("could not be broadcast together with shapes (9,) (8,)", {"x": A, "y": A}) is None


@pytest.mark.parametrize(
    "line, words",
    [
        ("xrange(3)", "xrange is Python 2's name: it is range now"),
        ("{}.iteritems()", "iteritems is Python 2's name: it is items now"),
        ("range(7 / 2)", "a / b has a fraction, even of whole numbers (in Python 2 it had none): a // b has none"),
        (
            "np.ones(2).mm(1)",
            "that is PyTorch's, and here are NumPy's arrays: @takes_tensors, from cs231n_utils.training, above the "
            "function lets it have tensors",
        ),
        ("np.ones(2).nowhere", None),
        (
            "(lambda dropout=1: 0)(dropout_keep_ratio=0.5)",
            "in other years of CS231n dropout_keep_ratio is called dropout: rename it",
        ),
        ("(lambda x: 0)(y=1)", None),
        ("[].iteritems()", None),
    ],
)
def test_code_of_other_years_is_told_what_to_rename(line, words):
    try:
        eval(line)
    except Exception as error:
        assert hint_of_error(str(error), {}) == words
    else:
        raise AssertionError("this should fail")
