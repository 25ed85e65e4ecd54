import numpy as np
import pytest

from cs231n_utils.checks import note_choice


@pytest.mark.parametrize("chosen", [{1}, {4, 2}, [2, 4], (1, 2, 3, 4), np.array([3, 1])])
def test_a_choice_is_noted_and_never_called_right(chosen, capsys):
    assert note_choice(chosen, options=4)
    said = capsys.readouterr().out
    assert said.startswith("· your choice, ") and "after handing in" in said and "✓" not in said


@pytest.mark.parametrize(
    "chosen, words",
    [
        (set(), "not written yet"),
        ({5, 1}, "from 1 to 4; 5 is none of them"),
        ({0, "1"}, "0 and 1 are none of them"),
        (2, "such as {1}"),
        ({}, "such as {1}"),
        (None, "such as {1}"),
    ],
)
def test_what_cannot_be_graded_is_said(chosen, words, capsys):
    assert not note_choice(chosen, options=4)
    said = capsys.readouterr().out
    assert said.startswith(("✗ your choice", "○ your choice: not written yet")) and words in said


def test_of_one_only_one(capsys):
    assert note_choice({2}, options=4, one=True)
    assert not note_choice({2, 3}, options=4, one=True)
    assert "choose one; you have 2 and 3" in capsys.readouterr().out
