"""What made a NaN or an infinity is found among what was given."""

import numpy as np
import pytest

from cs231n_utils.checks.signatures import hint_of_values

NAN, INF = np.nan, np.inf
X = np.array([[1.0, 5.0], [3.0, 5.0], [0.0, 5.0]])
HUGE = np.array([[1000.0, 0.0], [0.0, 1.0]])
Y = np.array([0, 1])


@pytest.mark.parametrize(
    "got, given, words",
    [
        ([[1.0, 1.0], [1.0, 1.0], [NAN, 1.0]], {"x": X}, "exactly where x is 0: is 0 divided by 0 there"),
        ([[1.0, NAN], [1.0, NAN], [2.0, NAN]], {"x": X}, "columns in which x has the same number in every row"),
        ([1.0, NAN, 2.0], {"v": np.array([1.0, -2.0, 3.0])}, "exactly where v is negative: is a root or a logarithm"),
        ([[NAN, NAN], [1.0, 1.0]], {"h": HUGE}, "in the rows in which h has a number that is of size 709 or more"),
        (NAN, {"scores": HUGE, "y": Y}, "scores of size 1000, too large for exp: is the largest score of each row"),
        (NAN, {"x": HUGE, "y": Y}, "numbers of size 1000, too large for exp: is the largest score of each row"),
        (INF, {"scores": np.array([[-1000.0, 0.0], [0.0, 1.0]]), "y": Y}, "its probability is 0 in floating point"),
        (INF, {"scores": np.array([[0.0, 1000.0], [0.0, 1.0]]), "y": Y}, "too large for exp: is the largest score"),
        (INF, {"scores": HUGE}, "subtracted first? If it is: log p = score − log Σ exp(score)"),
        ([NAN, NAN, NAN], {"t": 0}, "t is 0 here: is something divided by it"),
        (NAN, {"x": X}, "x has a column with the same number in every row, whose variance is 0"),
        (NAN, {"x": np.array([[1.0, 5.0], [3.0, 4.0]])}, None),
    ],
)
def test_which_input(got, given, words):
    got = np.array(got)
    said = hint_of_values(got, np.ones(got.shape), given)
    assert words in said if words else said is None


def test_half_precision():
    assert "no number above 65504" in hint_of_values(np.float16(np.inf), np.array(2e5), {})


def test_a_second_bug_hides_nothing():
    """Beside a NaN the finite numbers may be wrong for another reason."""
    got = np.array([[7.0, NAN], [9.0, NAN], [8.0, NAN]])
    assert "columns in which x" in hint_of_values(got, np.ones((3, 2)), {"x": X})
