"""Numbers that are right for another place, another result or another call are told; and none that are not."""

import numpy as np
import pytest

from cs231n_utils.checks import check
from cs231n_utils.checks.signatures import hint_of_values

A = np.random.default_rng(5).standard_normal((5, 4))
LOSSES = np.array([2.31, 2.07, 1.99, 1.42, 1.40]) + 1e-5 * np.arange(5) ** 2


def moved(array, step, axis=0, fill=9.0):
    """An array shifted along an axis, with something else where nothing comes from."""
    out = np.roll(array, step, axis)
    np.moveaxis(out, axis, 0)[0 if step > 0 else -1] = fill
    return out


@pytest.mark.parametrize(
    "got, expected, words",
    [
        (moved(A, 1), A, "row i of got has what belongs in row i − 1: is an index off by one?"),
        (moved(A, -1), A, "row i of got has what belongs in row i + 1: is an index off by one?"),
        (moved(A, 1, axis=1), A, "column i of got has what belongs in column i − 1: is an index off by one?"),
        (
            np.roll(A, -1, axis=1),
            A,
            "column i of got has what belongs in column i + 1, and the last what belongs in the first: "
            "is an index off by one?",
        ),
        (
            np.roll(A, 1, axis=0),
            A,
            "row i of got has what belongs in row i − 1, and the first what belongs in the last: "
            "is an index off by one?",
        ),
        (moved(A[0], 1), A[0], "entry i of got has what belongs in entry i − 1: is an index off by one?"),
        (
            moved(np.stack([A, A**2, A**3]), -1),
            np.stack([A, A**2, A**3]),
            "each entry of got has what belongs to the one after it along axis 0: is an index off by one?",
        ),
    ],
)
def test_an_index_that_is_off_by_one(got, expected, words):
    assert hint_of_values(got, expected) == words


@pytest.mark.parametrize(
    "got, expected",
    [
        (moved(A, 2), A),  # off by two
        (moved(np.arange(5.0) ** 2, 1) + 0.1, np.arange(5.0) ** 2),
        (np.arange(1.0, 7.0) + 1e-3, np.arange(6.0) + 1e-3),  # a constant is added
        (np.array([0.0, 0.0, 1.0, 0.0]), np.array([0.0, 1.0, 0.0, 0.0])),  # one of a few 0s and 1s
        (moved(A[:2], 1), A[:2]),  # rows that have changed places
    ],
)
def test_what_is_no_shift(got, expected):
    assert "off by one" not in (hint_of_values(got, expected) or "")


def test_numbers_of_an_earlier_check(capsys):
    check("with the first way", A, A)
    assert not check("with the second", A, A + A**2)
    assert (
        "got is what was right for “with the first way”: have two results been mixed up, or does something stay as it "
        "was then?"
    ) in " ".join(capsys.readouterr().out.split())
    check("three zeros", np.zeros(3), np.zeros(3))
    assert not check("no zeros", np.zeros(3), A[0, :3])
    assert "“three zeros”" not in capsys.readouterr().out
