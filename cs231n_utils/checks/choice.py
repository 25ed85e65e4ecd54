"""Answers to inline questions: they are noted, and graded after they have been handed in.

A ✓ would be read as *right*. So a choice that can be graded is given a neutral sign and a sentence, whatever it is.
"""

import numpy as np

from cs231n_utils.checks.render import Finding
from cs231n_utils.checks.signatures import UNWRITTEN
from cs231n_utils.checks.visible import check_that, report


def note_choice(chosen: object, options: int, *, one: bool = False) -> bool:
    """Say that a choice is noted, or why it cannot be graded.

    Parameters
    ----------
    chosen : set of int
        The numbers of the options chosen.
    options : int
        How many there are, numbered from 1.
    one : bool
        Whether exactly one of them is right, and the question says so.

    Returns
    -------
    bool
        Whether it can be graded.

    Examples
    --------
    >>> note_choice({3, 1}, options=4)
    · your choice, 1 and 3, is noted: whether it is right, you learn after handing in
    True
    >>> note_choice({1, 5}, options=4)
    ✗ your choice: choose from 1 to 4; 5 is none of them
    False
    """
    if not isinstance(chosen, (set, frozenset, list, tuple, np.ndarray)):
        return check_that("your choice", False, "write it as a set of numbers, such as {1} or {1, 3}")
    if not len(chosen):
        return check_that("your choice", False, UNWRITTEN)
    others = sorted({str(option) for option in chosen if option not in range(1, options + 1)})
    if others:
        none = f"{_listed(others)} {'is' if len(others) == 1 else 'are'} none of them"
        return check_that("your choice", False, f"choose from 1 to {options}; {none}")
    numbers = [str(number) for number in range(1, options + 1) if number in chosen]
    if one and len(numbers) > 1:
        return check_that("your choice", False, f"choose one; you have {_listed(numbers)}")
    return note(f"your choice, {_listed(numbers)},")


def note(answer: str) -> bool:
    """Say that an answer is noted.

    Parameters
    ----------
    answer : str
        What it is, to begin a sentence with.

    Examples
    --------
    >>> note("your table")
    · your table is noted: whether it is right, you learn after handing in
    True
    """
    return report(Finding(f"{answer} is noted: whether it is right, you learn after handing in", open=True))


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
