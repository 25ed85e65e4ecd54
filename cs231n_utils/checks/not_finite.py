"""Where NaN and infinities come from: which of the numbers that were given made them."""

from collections.abc import Iterator

import numpy as np

from cs231n_utils.checks.wrong_answer import WrongAnswer, number

_LARGEST_EXPONENT = 709  # exp(710) overflows in float64
_SMALLEST_EXPONENT = -745  # exp(-746) is 0


def not_finite(answer: WrongAnswer) -> str | None:
    """Say which input makes NaN or an infinity; None if that is not clear."""
    found = np.asarray(~np.isfinite(answer.got))
    if answer.dtype == np.float16:
        return f"{answer.subject} in float16, in which there is no number above 65504: compute in float64"
    return next((f"{where}: {cause}" for where, cause in _places(answer, found)), None) or _anywhere(answer)


def _places(answer: WrongAnswer, found: np.ndarray) -> Iterator[tuple[str, str]]:
    """Properties of what was given that hold exactly where the answer is not finite."""
    if found.ndim == 0 or found.all():
        return
    for name, value in answer.alike:
        for words, part, cause in _properties(name, value):
            if np.array_equal(part, found):
                yield f"that is so exactly where {name} {'are' if name.endswith('s') else 'is'} {words}", cause
    rows = np.asarray(found.reshape(len(found), -1).all(axis=1))
    columns = np.asarray(found.reshape(-1, found.shape[-1]).all(axis=0))
    for name, value in answer.arrays:
        if value.ndim != 2:
            continue
        same = np.ptp(value, axis=0) == 0
        if found.ndim < 3 and same.shape == columns.shape and np.array_equal(same, columns) and same.any():
            yield (
                f"that is so exactly in the columns in which {name} has the same number in every row",
                "their variance is 0, and something is divided by it or by its root",
            )
        if len(value) == len(rows) and rows.any() and (found == rows.reshape(-1, *[1] * (found.ndim - 1))).all():
            for words, part, cause in _properties(name, value):
                if np.array_equal(part.any(axis=1), rows):
                    yield f"that is so exactly in the rows in which {name} has a number that is {words}", cause


def _properties(name: str, value: np.ndarray) -> Iterator[tuple[str, np.ndarray, str]]:
    yield "0", value == 0, "is 0 divided by 0 there, or the logarithm of 0 taken?"
    yield "negative", value < 0, "is a root or a logarithm of a negative number taken?"
    yield "positive", value > 0, "is a root or a logarithm of a negative number taken?"
    if (np.abs(value) > _LARGEST_EXPONENT).any():
        yield f"of size {number(_LARGEST_EXPONENT)} or more", np.abs(value) > _LARGEST_EXPONENT, "is exp taken of it?"


def _anywhere(answer: WrongAnswer) -> str | None:
    """What may make a loss, or all entries, NaN."""
    for name, value in answer.scalars:
        if value == 0 and name not in ("reg", "learning_rate"):
            return f"{name} is 0 here: is something divided by it, or by something that is 0 then?"
    scores = [
        (name, value)
        for name, value in answer.arrays
        if value.size
        and (
            name == "scores"
            or answer.labels
            or (value.shape == answer.got.shape and (np.abs(value) > _LARGEST_EXPONENT).all())
        )
    ]
    name, large = max(scores, key=lambda one: float(np.abs(one[1]).max()), default=("", np.zeros(1)))
    largest = np.abs(large).max()
    if largest <= _LARGEST_EXPONENT:
        return _no_spread(answer)
    if np.isposinf(answer.got).any() and not np.isnan(answer.got).any() and _hopeless(answer, large):
        return (
            "a right class lies so far below the largest score that its probability is 0 in floating point, and log 0 "
            "is infinite: is the logarithm taken of the sum, log p = score − log Σ exp(score)?"
        )
    said = f"there are {'scores' if name == 'scores' else 'numbers'} of size {largest:.4g}, too large for exp"
    if not (name == "scores" or answer.labels):
        return said
    said += ": is the largest score of each row subtracted first?"
    if np.isposinf(answer.got).any() and not np.isnan(answer.got).any():  # so is −log p, where p has become 0
        said += " If it is: log p = score − log Σ exp(score) needs no logarithm of a p that is rounded to 0"
    return said


def _hopeless(answer: WrongAnswer, scores: np.ndarray) -> bool:
    """Whether the probability of a right class is 0 in floating point, though no exp can overflow."""
    return scores.max() <= _LARGEST_EXPONENT and any(
        scores.ndim == 2
        and y.shape == scores.shape[:1]
        and 0 <= y.min()
        and y.max() < scores.shape[1]
        and (scores[np.arange(len(y)), y] - scores.max(axis=1)).min() < _SMALLEST_EXPONENT
        for y in answer.labels
    )


def _no_spread(answer: WrongAnswer) -> str | None:
    """An array in which a column has no variance."""
    for name, value in answer.arrays:
        if value.ndim == 2 and len(value) > 1 and (np.ptp(value, axis=0) == 0).any() and value.any():
            return (
                f"{name} has a column with the same number in every row, whose variance is 0: "
                "is something divided by it or by its root?"
            )
    return None
