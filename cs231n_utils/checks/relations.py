"""What wrong numbers say about the mistake: the sentence that a good teaching assistant would add to "this is wrong".

A relation holds between an answer, the right numbers, and what both were computed from: "dx is N × what it should
be", "out is too small by exactly b". It is stated as a fact, and only if it holds in every entry, up to rounding; its
likely cause is put as a question. Nothing here computes a right answer or looks at code, and no sentence gives away
the expected numbers: the same sentences appear in a student's notebook and in the grader's messages.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable

import numpy as np

from cs231n_utils.checks import relations_to_given as given
from cs231n_utils.checks.elsewhere import for_something_else, shifted
from cs231n_utils.checks.factors import in_words, named_factor, odd_factor
from cs231n_utils.checks.formulas import formula
from cs231n_utils.checks.not_finite import not_finite
from cs231n_utils.checks.one_hot import one_hot
from cs231n_utils.checks.places import place, rows_that_should_sum_to_zero
from cs231n_utils.checks.wrong_answer import WrongAnswer, number


def relation(answer: WrongAnswer) -> str | None:
    """Say in a sentence how a wrong answer is related to the right one, or to what it was computed from.

    Returns
    -------
    str or None
        None if there is no exact relation.
    """
    with np.errstate(all="ignore"):
        if not np.isfinite(answer.expected).all():
            return None
        if not np.isfinite(answer.got).all():
            return not_finite(answer)
        if answer.same(answer.got, answer.expected):  # a nearly right answer has causes of another kind
            return given.kink(answer) or _digits_lost(answer)
        return next((sentence for find in _RELATIONS if (sentence := find(answer))), None)


def _zero(answer: WrongAnswer) -> str | None:
    if answer.got.size > 1 and not answer.got.any():
        return f"{answer.subject} 0 everywhere"
    if answer.of and (np.abs(answer.expected) < answer.noise).all():
        moved = answer.of.removeprefix("d")
        return f"{answer.right} is 0 everywhere: moving {moved} changes nothing. Is it left out of the forward pass?"
    return None


def _formula(answer: WrongAnswer) -> str | None:
    """A formula; but what the answer is where an input is positive says more than what it is in terms of an output."""
    said = formula(answer)
    return (given.by_sign(answer) or said) if said and re.search(r" (is|are) .*\bout\b", said) else said


def _transposed(answer: WrongAnswer) -> str | None:
    got = answer.got
    if got.ndim > 1 and len(set(got.shape)) == 1 and answer.same(got.T, answer.expected):
        return f"{answer.subject} transposed"
    for axes in itertools.permutations(range(got.ndim)) if got.ndim in (3, 4) else ():
        if got.transpose(axes).shape == got.shape and answer.same(got.transpose(axes), answer.expected):
            return f"{answer.name} has the right numbers, but its axes are swapped"
    return None


def _entry_by_entry(answer: WrongAnswer) -> str | None:
    """Something done to, or not done to, each entry of the right numbers."""
    got, expected = answer.got, answer.expected
    if answer.by_chance:
        return None
    for words, value in (
        ("the absolute values of", np.abs(expected)),
        ("the square of", expected**2),
        ("the root of", np.sqrt(expected)),
        ("e to the power of", np.exp(expected)),
        ("the logarithm of", np.log(expected)),
        ("1 divided by", 1 / expected),
    ):
        if np.isfinite(value).all() and np.abs(value).max() > answer.small and answer.same(got, value):
            return f"{answer.subject} {words} {answer.target}"
    return None


def _cut_at_zero(answer: WrongAnswer) -> str | None:
    if answer.got.size < 2 or answer.by_chance:
        return None
    for sign, part in (("positive", answer.expected > answer.noise), ("negative", answer.expected < -answer.noise)):
        if 0 < part.sum() < part.size and not answer.got[part].any() and not answer.wrong[~part].any():
            return (
                f"where {answer.where_it_should_be} {sign}, {answer.subject} 0: "
                "is something cut off here that should pass?"
            )
    return None


def _dropped(answer: WrongAnswer) -> str | None:
    """Some entries are 0 that should not be, the others right, or a multiple of what they should be, or of an input."""
    zero = (answer.got == 0) & (np.abs(answer.expected) > answer.noise)
    kept = answer.got != 0
    if answer.by_chance or answer.of or not 2 <= zero.sum() < zero.size - 2 or not kept.any():
        return None
    for name, value in (("", answer.expected), *answer.alike):
        if c := answer.ratio(answer.got[kept], value[kept]):
            what = name or answer.target
            times = in_words(answer, c, what) or f"{number(c)} × {what}"
            others = what if answer.is_number(c, 1) else times.split(":")[0]
            return (
                f"{answer.subject} 0 in {zero.sum()} of {zero.size} entries, and {others} in the others: "
                "is something dropped here?"
            )
    return None


def _digits_lost(answer: WrongAnswer) -> str | None:
    """Lost precision: short floats, integers, or integers that wrap around."""
    got, expected, dtype = answer.got, answer.expected, answer.dtype
    scale = np.abs(expected).max(initial=0)
    if dtype.kind == "f" and dtype.itemsize < 8 and (np.abs(got - expected) <= 100 * np.finfo(dtype).eps * scale).all():
        return f"{answer.subject} {dtype}, which keeps too few digits: compute in float64"
    if got.size < 2 or answer.by_chance:
        return None
    if (got == np.trunc(expected)).all() or (got == np.floor(expected)).all():
        return f"{answer.subject} without fractions: is there a // or an integer array on the way?"
    for digits, short, near in (("three", np.float16, 2e-3), ("seven", np.float32, 1e-4)):
        if np.isclose(got, expected, rtol=near, atol=near * scale).all() and (got == got.astype(short)).all():
            return f"{answer.name} has the {digits} digits of {np.dtype(short)}: is something converted on the way?"
    wraps = (got - expected)[answer.wrong] / 256
    if got.size > 2 and wraps.size and (wraps == np.round(wraps)).all():
        return f"{answer.subject} wrong by multiples of 256: do integers of eight bits wrap around?"
    return None


def _reordered(answer: WrongAnswer) -> str | None:
    """The right numbers in the wrong places."""
    got, expected = answer.got, answer.expected
    if (
        got.ndim == 0
        or got.size < 2
        or answer.by_chance
        or not answer.same(np.sort(got, axis=None), np.sort(expected, axis=None))
    ):
        return None
    name = answer.name
    if got.ndim > 1:
        rows, right_rows = (array.reshape(len(array), -1) for array in (got, expected))
        for lines, word in (((rows, right_rows), "rows"), ((rows.T, right_rows.T), "columns")):
            one, other = (array[np.lexsort(array.T)] for array in lines)
            if answer.same(one, other):
                stored = ": do they come in the order in which NumPy stores them?" if word == "columns" else ""
                return f"{name} has the right {word}, in another order{stored}"
        if answer.same(np.sort(rows), np.sort(right_rows)):
            return (
                f"each row of {name} has the right numbers in another order: "
                "do they come in the order in which NumPy stores them?"
            )
    mixed = ": does a reshape or a transpose mix the rows?" if got.ndim > 1 else ""
    return f"{name} has the right numbers, in the wrong places{mixed}"


def _repeated(answer: WrongAnswer) -> str | None:
    """The same row, or column, everywhere, where they should differ."""
    got, expected = answer.got, answer.expected
    if got.ndim == 0 or got.size < 3:
        return None
    if np.ptp(got) == 0 and np.ptp(expected) > 0:
        return f"every entry of {answer.name} is the same number"
    for axis, what in ((0, "rows"), (1, "columns")) if got.ndim > 1 else ():
        if got.shape[axis] > 1 and not np.ptp(got, axis=axis).any() and np.ptp(expected, axis=axis).any():
            return f"all {what} of {answer.name} are the same; they should differ"
    return None


def _cut_off(answer: WrongAnswer) -> str | None:
    """Clipped entries: all equal to a bound that the right numbers go beyond."""
    values = np.unique(answer.got[answer.wrong])
    if len(values) != 1 or answer.wrong.sum() < 2 or answer.wrong.all() or answer.counts or place(answer):
        return None
    bound = values[0]
    for words, extreme, beyond in (
        ("smaller", answer.got.min(), answer.expected < bound),
        ("larger", answer.got.max(), answer.expected > bound),
    ):
        if extreme == bound and beyond[answer.wrong].all():
            return f"{answer.subject} cut off: nothing in it is {words} than {bound:.6g}"
    return None


def _offset(answer: WrongAnswer) -> str | None:
    """Off by one amount everywhere, or in each row; not for a single entry: it would give away the expected number."""
    off = answer.got - answer.expected
    if off.size < 2 or not answer.wrong.all() or answer.by_chance:
        return None
    if answer.same(answer.got, answer.expected + np.median(off)):
        return f"{answer.subject} off by the same amount everywhere ({float(np.median(off)):+.6g})"
    found = _line_by_line(
        answer, "is off by an amount of its own", lambda axis: answer.expected + np.mean(off, axis=axis, keepdims=True)
    )
    rows = found and rows_that_should_sum_to_zero(answer)
    return f"{found}: {rows}" if rows else found


def _scaled_lines(answer: WrongAnswer) -> str | None:
    """Each row, or each column, is multiplied by its own factor."""

    def fitted(axis: int) -> np.ndarray:
        power = np.sum(answer.expected**2, axis=axis, keepdims=True)
        product = np.sum(answer.got * answer.expected, axis=axis, keepdims=True)
        line: np.ndarray = answer.expected * product / np.where(power, power, 1.0)
        return line

    if not answer.wrong.all():
        return None
    found = _line_by_line(answer, "is multiplied by a factor of its own", fitted)
    if found and found.startswith("each column") and np.linalg.matrix_rank(answer.expected) == 1:
        # The gradient of weights for a single example: its input, times what arrives from behind.
        return f"{found}: is it what arrives there that is wrong, and not what is multiplied with it?"
    return found


def _line_by_line(answer: WrongAnswer, words: str, fitted: Callable[[int], np.ndarray]) -> str | None:
    if answer.got.ndim != 2 or min(answer.got.shape) < 2 or answer.counts:
        return None
    return next(
        (
            f"each {line} of {answer.name} {words}"
            for axis, line in ((1, "row"), (0, "column"))
            if answer.got.shape[axis] > 2 and answer.same(answer.got, fitted(axis))
        ),
        None,
    )


def _probabilities(answer: WrongAnswer) -> str | None:
    got = answer.got
    if got.ndim != 2 or got.shape[1] < 2 or (got < 0).any() or (got == np.round(got)).all():
        return None
    if not np.allclose(got.sum(axis=1), 1) or np.allclose(answer.expected.sum(axis=1), 1):
        return None
    return f"each row of {answer.name} sums to 1: are these probabilities, where scores are asked for?"


# The most specific first. Each takes an answer and returns a sentence, or None.
_RELATIONS: tuple[Callable[[WrongAnswer], str | None], ...] = (
    given.given_itself,
    _zero,
    named_factor,
    _transposed,
    given.logarithm,
    _formula,
    given.as_if,
    given.right_classes,
    given.lowest_scores,
    given.kink,
    given.off_by_a_term,
    one_hot,
    given.apart,
    shifted,
    _entry_by_entry,
    odd_factor,
    given.by_sign,
    _cut_at_zero,
    _dropped,
    for_something_else,
    _probabilities,
    _digits_lost,
    _reordered,
    _repeated,
    _cut_off,
    given.off_by_a_multiple,
    _offset,
    given.step,
    _scaled_lines,
)
