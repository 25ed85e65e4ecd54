"""How an answer may have got its wrong shape."""

import math
from collections.abc import Iterable

import numpy as np

from cs231n_utils.checks.wrong_answer import EXACT, close, is_description


def wrong_shape(
    got: np.ndarray,
    expected: np.ndarray,
    given: list[tuple[str, np.ndarray]],
    name: str = "got",
    noise: float = 0.0,
    elsewhere: Iterable[tuple[str, np.ndarray]] = (),
) -> str | None:
    """Say in a sentence, or a part of one, where a wrong shape may come from."""
    numbers = got.dtype.kind in "biuf" and expected.dtype.kind in "biuf" and got.size > 0

    def same(one: np.ndarray, other: np.ndarray) -> bool:
        return numbers and bool(close(np.asarray(one, float), np.asarray(other, float), EXACT, noise).all())

    for other, value in given:
        if value.ndim and value.shape == got.shape and same(got, value):
            return f"{name} is {other}{'' if is_description(other) else ' itself'}"
    if got.ndim > 1 and got.shape == expected.shape[::-1] and 1 not in got.shape:
        return "the numbers are right, but transposed" if same(got.T, expected) else "is it transposed?"
    right = got.size == expected.size and same(got.reshape(expected.shape), expected)
    if got.size == expected.size and [n for n in got.shape if n != 1] == [n for n in expected.shape if n != 1]:
        one = (
            "there is an axis of length 1 too many: is it keepdims, a slice that keeps its axis, or a 1 in a shape?"
            if got.ndim > expected.ndim
            else "an axis of length 1 is missing"
        )
        return f"the numbers are right, but {one}" if right else one
    if right:
        return "the numbers are right, only the shape is not: is a reshape missing?"
    for words, value in elsewhere if numbers else ():
        if value.shape == got.shape and got.size > 1 and same(got, value):
            return f"{name} is {words}"
    for axis in range(got.ndim):
        if got.shape[:axis] + got.shape[axis + 1 :] == expected.shape and numbers:
            for total, words in ((np.sum, "sum"), (np.mean, "mean")):
                if same(total(got, axis=axis), expected):
                    return f"its {words} over axis {axis} would be right"
    if expected.ndim == 0:
        return "is a sum or a mean missing?"
    if got.ndim == 0:
        if same(np.broadcast_to(got, expected.shape), expected):
            return None
        for number, words in (
            ((np.sum(expected), "sum"), (np.mean(expected), "mean"), (np.max(expected), "largest"))
            if numbers and expected.size
            else ()
        ):
            if math.isclose(number, got, rel_tol=EXACT, abs_tol=noise):
                return (
                    f"one number is left, the {words} of all {expected.size} that are asked for: "
                    "which axis should remain?"
                )
        if got.dtype.kind in "iu" and expected.dtype.kind in "iu":
            return "one whole number is left: does argmax, or what you use, need axis=1?"
        return "are all axes summed, where one should remain?"
    for axis in range(expected.ndim):
        if got.shape == expected.shape[:axis] + expected.shape[axis + 1 :]:
            return f"axis {axis} is gone: sum, mean, max and the like take an axis away"
    if expected.ndim == 1 and got.shape == 2 * expected.shape:
        return "every entry has met every other one: is * written where @ is meant, or does a column meet a row?"
    for other, value in given:
        if value.ndim == 2 and {got.shape, expected.shape} == {value.shape[:1], value.shape[1:]}:
            lines = ("row", "column") if got.shape == value.shape[:1] else ("column", "row")
            return f"one number for each {lines[0]} of {other}, not for each {lines[1]}: is it the other axis?"
    return None
