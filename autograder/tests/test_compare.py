"""Each kind of sentence about how two values differ, and what no sentence may say."""

import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from test_wire import VALUES, values

from autograder.grading.compare import difference, same
from autograder.sandbox.worker.wire import Opaque, decode, encode

RANDOM = np.random.default_rng(7)
A = RANDOM.standard_normal((4, 3))


def changed(array, index, by):
    copy = array.copy()
    copy[index] += by
    return copy


@pytest.mark.parametrize(
    "value",
    [
        A,
        A.astype(np.float32),
        np.zeros((0, 3)),
        np.array(2.5),
        2.5,
        3,
        True,
        None,
        "text",
        b"bytes",
        (A, 1.0),
        [1, 2.0],
        {"W1": A},
        {1, 3},
        Opaque("generator"),
        np.array([np.nan, np.inf, -np.inf, 1.0]),
        np.arange(5),
        np.zeros((2, 2)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_does_not_differ_from_itself(value):
    assert difference(decode(encode(value)), value) is None


def test_none_and_ellipsis_are_not_written_yet():
    assert difference(None, A, "out") == "out is None: not written yet?"
    assert difference(Opaque("ellipsis"), 1.0, "loss") == "loss is ...: not written yet?"
    assert difference(None, {"W1": A}) == "the result is None: not written yet?"
    assert difference({"dx": None}, {"dx": A}) == "dx is None: not written yet?"


def test_shape_comes_before_values():
    b = A.sum(axis=0)
    for wrong in (b[None], np.nan * b[None], np.zeros((1, 3), dtype=int), np.zeros((1, 3), dtype=complex)):
        assert difference(wrong, b, "db").startswith("db has shape (1, 3); it should be (3,)")
    assert difference(0 * A.T, A, "dw").startswith("dw has shape (3, 4); it should be (4, 3)")
    assert difference(np.array([1.0]), 1.0, "loss").startswith("loss has shape (1,); it should be ()")


def test_kind_of_number_comes_before_values():
    whole = np.array([1.0, 2.0])
    assert difference(1 + whole.astype(int), whole, "x") == "x holds integers; it should hold floating-point numbers"
    assert difference(whole > 0, whole, "x") == "x holds truth values; it should hold floating-point numbers"
    assert difference(whole + 0j, whole, "x") == "x holds complex numbers; it should hold floating-point numbers"
    assert difference(whole.astype(np.uint8), whole.astype(np.int64), "y") is None


def test_a_single_whole_number_needs_no_decimal_point():
    assert difference({"dx": 2.5, "dy": 0}, {"dx": 2.5, "dy": 0.0}) is None
    assert difference(np.int64(1), np.float64(1.0), "gradient") is None
    assert difference(1, 0.0, "dy") and difference(1, 1.25, "dy")
    assert (
        difference(False, 0.0, "dy")
        == "dy holds truth values; it should hold floating-point numbers, though of these values"
    )


def test_floats_that_are_whole_do_for_whole_numbers():
    """Labels from `np.zeros(N)`, a counter that was raised by 1.0: the visible checks take them, too."""
    labels = np.array([2, 0, 1])
    assert difference(labels.astype(float), labels, "y") is None and difference(3.0, 3, "t") is None
    assert difference(labels + 1e-9, labels, "y").startswith("y: 3 of 3 entries are wrong")
    assert difference(np.array([2.0, np.nan, 1.0]), labels, "y").startswith("y: 1 of 3 entries are wrong")
    assert difference(labels > 0, labels, "y").startswith("y holds truth values")


def test_zero_need_not_be_met_exactly():
    assert difference(np.full(3, 1e-9), np.zeros(3)) is None and difference(5e-6, 0.0, tolerance=1e-3) is None
    assert difference(np.full(3, 1e-7), np.zeros(3)) and difference(1e-7, 0.0)


def test_nan_and_infinity():
    assert difference(np.nan, 1.0, "loss") == "loss is NaN (not a number)"
    assert difference(-np.inf, 1.0, "loss") == "loss is an infinity"
    assert difference(changed(A, (0, 1), np.nan), A, "dx") == "dx contains NaN (not a number), in 1 of 12 entries"
    assert difference(changed(A, 2, np.inf), A, "dx") == "dx contains an infinity, in 3 of 12 entries"


def test_nan_where_a_number_is_expected_is_wrong_and_the_other_way_round():
    assert difference(np.array([np.nan, 1.0]), np.array([0.0, 1.0]))
    assert difference(np.array([0.0, 1.0]), np.array([np.nan, 1.0]))
    assert difference(np.inf, -np.inf)


@pytest.mark.parametrize(
    "factor, text",
    [
        (2, "2"),
        (-1, "−1"),
        (0.5, "½"),
        (1 / 7, "1/7"),
        (-1 / 50, "−1/50"),
        (2 / 3, "2/3"),
        (1 / np.log(10), "1/ln 10"),
        (100, "100"),
    ],
)
def test_constant_factor(factor, text):
    assert difference(factor * A, A, "dx").startswith(f"dx is {text} × what it should be")
    assert difference(factor * 3.25, 3.25, "loss").startswith(f"loss is {text} × what it should be")


def test_a_factor_without_a_name_would_tell_a_single_number():
    assert difference(0.731 * A, A, "dx") == "dx is 0.731 × what it should be"
    assert difference(0.731 * 3.25, 3.25, "loss") == "loss is 2.37575, too small (relative error 0.16)"
    assert difference(0.731 * np.array([3.25]), np.array([3.25]), "x") == (
        "x: 1 of 1 entries are wrong; the worst is entry [0]: 2.37575 is too small (relative error 0.16)"
    )


def test_transpose():
    square = RANDOM.standard_normal((4, 4))
    assert difference(square.T, square, "W") == "W is transposed"


def test_offset():
    assert difference(A + 0.25, A, "out") == "out is off by the same amount everywhere (+0.25)"
    assert difference(A - 1, A, "out") == "out is off by the same amount everywhere (-1)"


def test_only_some_rows():
    wrong = changed(A, (2, 0), 0.5)
    assert "1 of 12 entries are wrong, all of them in row 2;" in difference(wrong, A, "dx")
    wrong = changed(changed(A, 0, 0.5), (3, 1), -0.5)
    assert "4 of 12 entries are wrong, all of them in rows 0, 3;" in difference(wrong, A, "dx")
    assert "row" not in difference(A + RANDOM.standard_normal(A.shape), A, "dx")


def test_zero_is_wrong_without_a_factor():
    assert difference(0.0, 2.5, "loss") == "loss is 0, too small (relative error 1)"
    assert difference(2.5, 0.0, "loss") == "loss is 2.5, too large (relative error 1)"
    assert difference(0 * A, A, "dx") == "dx is 0 everywhere"


def test_whole_numbers_are_exact():
    assert difference(np.array([1, 2, 4]), np.array([1, 2, 3]), "classes") == (
        "classes: 1 of 3 entries are wrong; the first is entry [2], which is 4"
    )
    assert difference(4, 3, "count") == "count is 4, which is wrong"
    assert difference(False, True, "x stays as it is") == "x stays as it is: this should hold, but does not"


@given(
    hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, min_side=2, max_side=4), elements=st.floats(0.5, 2.0)),
    st.data(),
)
def test_the_worst_entry_is_named(expected, data):
    flat = data.draw(st.permutations(range(expected.size)))[:2]
    worst, other = (tuple(int(i) for i in np.unravel_index(index, expected.shape)) for index in flat)
    got = changed(changed(expected, worst, data.draw(st.sampled_from([7.0, -7.0]))), other, 0.01)
    sentence = difference(got, expected, "x")
    if "; the worst is" in sentence:
        direction = "large" if got[worst] > expected[worst] else "small"
        assert f"the worst is entry [{', '.join(map(str, worst))}]: {got[worst]:.6g} is too {direction} " in sentence


def test_tolerance():
    large = 1000 * A
    assert difference(large * (1 + 5e-7), large) is None
    assert difference(large * (1 + 1e-4), large) is not None
    assert difference(changed(A, (0, 0), 1e-9), A) is None
    assert difference(changed(A, (0, 0), 1e-4), A) is not None
    assert difference(changed(A, (0, 0), 1e-4), A, tolerance=1e-3) is None


def test_single_precision_is_good_enough():
    noise = 1 + 2e-5 * RANDOM.standard_normal(A.shape)
    assert difference((A * noise).astype(np.float32), A) is None
    assert difference(A * noise, A) is not None
    assert difference(np.float32(2.50001), 2.5) is None
    assert difference((1.01 * A).astype(np.float32), A) is not None


@pytest.mark.parametrize("scalar", [float, np.float64, np.array, lambda value: np.array(value)[()]])
def test_scalars_come_in_any_dress(scalar):
    assert difference(decode(encode(scalar(2.5))), 2.5) is None
    assert difference(2.5, scalar(2.5)) is None
    assert "× what it should be" in difference(decode(encode(scalar(5.0))), 2.5)


def test_tuples_and_lists_do_for_each_other():
    assert difference([1.0, 2.0], (1.0, 2.0)) is None
    assert difference((1.0, 2.0), [1.0, 2.0]) is None
    assert difference([1.0, 3.0], (1.0, 2.0), "the pair") == "value 2 of the pair is 3/2 × what it should be"
    assert difference([1.0], (1.0, 2.0), "the pair") == "the pair has 1 values, not 2"
    assert difference(A, (1.0, 2.0), "the pair") == "the pair is an array of shape (4, 3), not 2 values"


def test_dictionaries_are_compared_on_the_expected_keys():
    assert difference({"W1": A, "extra": 1}, {"W1": A}) is None
    assert difference({"w1": A}, {"W1": A}, "grads") == "grads has no entry 'W1' (it has 'w1')"
    assert difference({}, {"W1": A}, "grads") == "grads has no entry 'W1'"
    assert difference(A, {"W1": A}, "grads") == "grads is an array of shape (4, 3), not a dictionary"
    assert difference({"W1": 2 * A}, {"W1": A}) == "W1 is 2 × what it should be: a factor 2 too many, or a ½ too few?"


def test_sets():
    assert difference([3, 1], {1, 3}) is None and difference(np.array([3, 1]), {1, 3}) is None
    assert difference(np.array([3.5, 1]), {1, 3}, "your choice") == "your choice is not the right choice"
    assert difference(np.array(1), {1, 3}, "your choice") == "your choice is a number, not a set such as {1}"
    assert difference({1}, {1, 3}, "your choice") == "your choice is not the right choice"
    assert difference([[1]], {1, 3}, "your choice") == "your choice is not the right choice"
    assert difference(1, {1, 3}, "your choice") == "your choice is a number, not a set such as {1}"


def test_things_that_are_no_numbers():
    assert difference(Opaque("generator"), A, "out") == "out is an object of type generator, not an array"
    assert difference("abc", 1.0, "loss") == "loss is a string, not a number"
    assert difference([[1.0], [1.0, 2.0]], np.ones((2, 2)), "out") == "out is a ragged list, not an array"
    assert difference([None, 1.0], np.ones(2), "out") == "out is a list, not an array of numbers"
    assert difference({"a": 1}, 1.0, "loss") == "loss is a dictionary, not a number"


@pytest.mark.filterwarnings("ignore")
def test_complex_numbers_are_compared_whole():
    assert difference(np.array([1 + 2j, 1j]), np.array([1 + 5j, 1j]))


def test_the_largest_numbers_are_compared_too():
    assert difference(np.array([1.0]), np.array([1.7e308]))


@pytest.mark.parametrize("got", [[10**400, 1.0], 10**400, [10**400]])
def test_whole_numbers_beyond_floats_are_wrong_and_nothing_worse(got):
    assert difference(got, 1.0) and difference(got, np.ones(2))


@given(VALUES, values(st.integers(-(2**63), 2**63 - 1)))
@settings(max_examples=200, deadline=None)
@pytest.mark.filterwarnings("ignore")
def test_any_two_values_can_be_compared(got, expected):
    sentence = difference(got, expected)
    assert sentence is None or (isinstance(sentence, str) and sentence)
    assert same(got, expected) == (sentence is None)


@given(
    hnp.arrays(np.float64, hnp.array_shapes(max_dims=2, max_side=4), elements=st.floats(-1e3, 1e3)),
    hnp.arrays(np.float64, hnp.array_shapes(max_dims=2, max_side=4), elements=st.floats(-1e3, 1e3)),
)
@settings(max_examples=100)
def test_equal_or_a_sentence(got, expected):
    equal = got.shape == expected.shape and np.allclose(got, expected, rtol=1e-7, atol=0)
    assert (difference(got, expected) is None) or not equal


@given(
    st.integers(0, 2**32),
    st.sampled_from([(), (1,), (5,), (2, 3), (3, 3)]),
    st.sampled_from([1e-3, 1.0, 1e3]),
    st.sampled_from(["all", "one", "row", "factor", "offset", "zero"]),
)
@settings(max_examples=300, derandomize=True)
def test_no_sentence_tells_the_expected_numbers(seed, shape, scale, kind):
    random = np.random.default_rng(seed)
    expected = scale * random.standard_normal(shape)
    got = {
        "all": lambda: scale * random.standard_normal(shape),
        "one": lambda: _one(expected, scale),
        "row": lambda: _row(expected, scale),
        "factor": lambda: 3 * expected,
        "offset": lambda: expected + scale,
        "zero": lambda: 0 * expected,
    }[kind]()
    assume(expected.size > 1 or kind != "zero")  # see the next test
    sentence = difference(got, expected, "x")
    assume(sentence is not None)
    told = [float(number) for number in re.findall(r"\d+\.?\d*(?:e[+-]\d+)?", sentence)]
    for number in np.abs(np.ravel(expected)):
        assert not np.any(np.isclose(told, number, rtol=1e-5, atol=0)), sentence


def test_one_number_in_an_array_is_not_told_either():
    assert "4.25" not in difference(np.zeros(1), np.array([4.25]), "loss")


def _one(expected, scale):
    copy = np.array(expected)
    copy.reshape(-1)[-1] += scale
    return copy


def _row(expected, scale):
    copy = np.array(expected)
    np.atleast_1d(copy)[0] += scale * np.arange(1, np.atleast_1d(copy)[0].size + 1).reshape(
        np.atleast_1d(copy)[0].shape
    )
    return copy


def test_a_masked_array_is_called_one():
    assert difference(Opaque("MaskedArray"), A) == "the result is a masked array, not a plain array"
    assert difference("text", A) == "the result is a string, not an array"


def test_a_wrong_word_is_said_and_the_right_one_is_not():
    assert difference("slow", "good", "the word") == "the word is 'slow', which is wrong"
    assert difference("no\nword " * 9, "good", "the word") == "the word is another text, which is wrong"


def test_values_inside_of_values_are_called_by_their_indices():
    assert difference([[1.0, 2.0], [3.0, np.nan]], [[1.0, 2.0], [3.0, 4.0]], "the pairs").startswith(
        "entry [1][1] of the pairs is NaN"
    )
    deep = difference([[[1.0], [2.0, 5.0]]], [[[1.0], [2.0, 3.0]]], "the folds")
    assert deep.startswith("entry [0][1][1] of the folds is ")


def test_one_label_for_all_rows():
    labels = np.array([2, 0, 1])
    assert difference(np.int64(7), labels, "y_pred").endswith("does argmax, or what you use, need axis=1?")
