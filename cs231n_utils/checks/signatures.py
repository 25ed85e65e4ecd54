"""What numbers say about a mistake: the sentence that a good teaching assistant would add to "this is wrong".

A signature is a relation between an answer, the right numbers, and what both were computed from: "got is N ×
expected", "got − expected is −b". No function here can compute a right answer, and none looks at code. A
sentence is given only if its relation holds in every entry, to rounding: the relation is told as a fact, its
likely cause as a question.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

UNWRITTEN = "not written yet"  # how a sentence begins about an answer that is not there
UNMADE = "no cell above has made"  # and about a name

# Literal numbers carry eight digits, numerical gradients about as many.
_RTOL, _ATOL = 1e-6, 2e-8
# Numbers below this are too small for telling a relation from rounding.
_SMALL = 1e4 * _ATOL
_SETTINGS = {"N", "C", "reg", "learning_rate"}
_KINK = 1e-5  # the step of a numerical gradient
_LARGEST_EXPONENT = 709  # exp(710) overflows in float64


@dataclass(frozen=True)
class Case:
    """One wrong answer with all that is in sight.

    Attributes
    ----------
    got, expected : ndarray
        Of the same shape, float64.
    given : dict of str to ndarray
        What the answer was computed from, by name. Some names have a meaning: `N` and `C` are the numbers of
        examples and classes, `y` the labels, `reg` the strength of the penalty, `data_loss` the loss without
        it, `before` a parameter before a step, and the name of a gradient is that of its parameter.
    name : str
        Which gradient it is (`expected` is then the numerical one); empty for other answers.
    dtype : dtype
        That of the student's answer.
    """

    got: np.ndarray
    expected: np.ndarray
    given: dict[str, np.ndarray]
    name: str
    dtype: np.dtype

    @property
    def words(self) -> tuple[str, str]:
        return ("analytic", "numerical") if self.name else ("got", "expected")

    @property
    def wrong(self) -> np.ndarray:
        return ~_close(self.got, self.expected)

    def scalar(self, name: str) -> float | None:
        """A given number; None if there is none of this name."""
        value = self.given.get(name)
        return float(value) if value is not None and value.ndim == 0 else None

    def alike(self) -> Iterator[tuple[str, np.ndarray]]:
        """The given arrays of the answer's shape."""
        return ((name, value) for name, value in self.given.items() if value.ndim and value.shape == self.got.shape)


def hint_of_values(
    got: np.ndarray, expected: np.ndarray, given: dict[str, object] | None = None, *, name: str = ""
) -> str | None:
    """Say in a sentence how a wrong answer is related to the right one, or to what it was computed from.

    Parameters
    ----------
    got, expected : ndarray
        Numbers of one shape.
    given : dict, optional
        See `Case`. Values that are not numbers are left aside.
    name : str
        Which gradient it is, if it is one; `expected` is then the numerical gradient.

    Returns
    -------
    str or None
        None if there is no exact relation.
    """
    if "c" in (got.dtype.kind, expected.dtype.kind):
        return None
    case = Case(got.astype(float), expected.astype(float), _numbers(given), name, got.dtype)
    with np.errstate(all="ignore"):
        if not np.isfinite(case.expected).all():
            return None
        if not np.isfinite(case.got).all():
            return _overflow(case)
        # Almost right has other reasons than wrong.
        slight = np.max(np.abs(case.got - case.expected), initial=0) < 1e-3 * np.max(np.abs(case.expected), initial=0)
        signatures = [_rounded, _kink] if slight else _SIGNATURES
        if got.dtype.kind in "iu" and expected.dtype.kind in "iu":  # labels and counts: there 2 is not twice 1
            signatures = [signature for signature in signatures if signature is not _factor]
        return next((sentence for signature in signatures if (sentence := signature(case))), None)


def hint_of_shape(got: np.ndarray, expected: np.ndarray, given: dict[str, object] | None = None) -> str | None:
    """Say in a sentence how an answer may have come to its wrong shape."""
    numbers = _numbers(given)
    for name, value in numbers.items():
        if value.ndim and value.shape == got.shape and _close(got, value).all():
            return f"got is {name} itself"
    if got.ndim > 1 and got.shape == expected.shape[::-1]:
        return "is it transposed?"
    if expected.ndim == 0:
        return "is a sum or a mean missing?"
    if got.ndim == 0:
        for what, total in (("sum", expected.sum()), ("mean", expected.mean())):
            if got.dtype.kind in "iuf" and _close(got, total):
                return f"got is the {what} of all {expected.size} entries of expected: which axis should remain?"
        return "are all axes summed, where one should remain?"
    if got.ndim > expected.ndim and [n for n in got.shape if n > 1] == [n for n in expected.shape if n > 1]:
        return "an axis of length 1 too many: is it keepdims, or a slice that keeps its axis?"
    if got.size == expected.size and got.dtype.kind in "iuf" and _close(got.reshape(expected.shape), expected).all():
        return "the numbers are right, the shape is not: is a reshape missing?"
    for axis in range(expected.ndim):
        if got.shape == expected.shape[:axis] + expected.shape[axis + 1:]:
            return f"axis {axis} is gone: sum, mean, max and the like take an axis away"
    for name, value in numbers.items():
        if value.ndim == 2 and {got.shape, expected.shape} == {value.shape[:1], value.shape[1:]}:
            kept = 1 if expected.shape == value.shape[1:] else 0
            return f"one number for each {('row', 'column')[1 - kept]} of {name}, not for each " \
                   f"{('row', 'column')[kept]}: is it the other axis?"
    return None


def hint_of_error(text: str, variables: dict[str, object]) -> str | None:
    """Say in a sentence what an exception means.

    Parameters
    ----------
    text : str
        The exception's message.
    variables : dict
        What the names on the line that raised it stood for.
    """
    if "truth value of an array" in text:
        return ("Python's max and min, and also if, and, or, want one yes or no, not an array of them: "
                "NumPy has functions that work entry by entry")
    if "NoneType" in text or "ellipsis" in text:
        return f"{UNWRITTEN}, it seems: something that is used here still gives {'None' if 'NoneType' in text else '...'}"
    if text == "'int' object is not iterable":
        return "there is one number where several can stand: a set of one is written {2}, a list [2]"
    if match := re.fullmatch(r"name '(\w+)' is not defined", text):
        return f"{UNMADE} {match[1]}: is it spelt otherwise there, or is there a ✗?"
    if "larger sample than population" in text:
        return "there are fewer examples than a batch needs: draw with replacement"
    product = "matmul" in text or "not aligned" in text
    # A broadcast names the shapes that do not fit; a product need not.
    shapes = {name: value.shape for name, value in variables.items() if type(value) is np.ndarray
              and (product or "broadcast" in text and str(value.shape).replace(" ", "") in text)}
    if len(shapes) < 2:
        return None
    listed = "the shapes are " + ", ".join(f"{name} {shape}" for name, shape in shapes.items())
    deep = [name for name, shape in shapes.items() if len(shape) > 2]
    if product and deep:
        return f"{listed}: should {deep[0]} be a matrix first, with one row for each example?"
    return listed


def _numbers(given: dict[str, object] | None) -> dict[str, np.ndarray]:
    """The finite numbers among the given things, as float64; they may come from a student's code."""
    numbers = {}
    for name, value in (given or {}).items():
        if isinstance(value, (int, float, list, np.number, np.ndarray)) and not isinstance(value, bool):
            try:
                array = np.array(value, subok=False)
            except Exception:  # a ragged list, or one with an object that fails when looked at
                continue
            if array.dtype.kind in "iuf" and array.size and np.isfinite(array).all():
                numbers[name] = array.astype(float)
    return numbers


def _close(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.abs(x - y) <= _ATOL + _RTOL * np.maximum(np.abs(x), np.abs(y))


def _fits(row: np.ndarray, array: np.ndarray) -> bool:
    """Whether `row` has the shape of `array`, or of its last axes."""
    return row.ndim <= array.ndim and array.shape[array.ndim - row.ndim:] == row.shape


def _multiple(x: np.ndarray, y: np.ndarray) -> float | None:
    """Return c if x is c · y in every entry and c is not 0; None otherwise."""
    if np.max(np.abs(x), initial=0) < _SMALL or np.max(np.abs(y), initial=0) < _SMALL:
        return None
    c = float(np.sum(x * y) / np.sum(y * y))
    return c if c and _close(x, c * y).all() else None


def _is(c: float | None, value: float) -> bool:
    return c is not None and abs(c - value) <= 1e-5 * abs(value)


def _whole(c: float) -> str | None:
    """Return "2", "-1", "1/50" for a whole number up to 1000 or its inverse; None for others."""
    for value, form in ((c, "{}"), (1 / c, "1/{}")):
        whole = round(value)
        if 1 <= abs(whole) <= 1000 and abs(value - whole) <= 2e-6 * abs(whole):
            return ("-" if whole < 0 else "") + form.format(abs(whole))
    return None


def _times(case: Case, c: float, single: bool) -> str | None:
    """Say "2 × {}", with the likely cause; None for one number that is no factor with a meaning."""
    N, C = case.scalar("N") or 0, case.scalar("C") or 0
    or_two = ", or is it a factor 2?" if 2 in (N, C) else "?"
    meanings = [
        (-1, "−1 × {}: the sign"),
        (N, f"N × {{}} (N = {N:g}): is the mean over the batch missing{or_two}"),
        (N and -N, f"−N × {{}} (N = {N:g}): the sign, and is the mean over the batch missing?"),
        (N and 1 / N, f"1/N × {{}} (N = {N:g}): is it divided by N once too often{or_two}"),
        (C and N / C, f"N/C × {{}} (N = {N:g}, C = {C:g}): is it divided by C instead of N?"),
        (N > 1 and N / (N - 1), f"N/(N − 1) × {{}} (N = {N:g}): is it divided by N − 1 instead of N?"),
        (C, f"C × {{}} (C = {C:g}): do all classes count, where only the right one should{or_two}"),
        (C and 1 / C, f"1/C × {{}} (C = {C:g}): is it divided by the number of classes{or_two}"),
        (1 / math.log(10), "{} / ln 10: is it the logarithm to base 10, not the natural one?"),
        (1 / math.log(2), "{} / ln 2: is it the logarithm to base 2, not the natural one?"),
        (2, "2 × {}: a factor 2 too many, or a ½ too few?"),
        (0.5, "½ × {}: a factor 2 too few, or a ½ too many?"),
    ]
    for value, sentence in meanings:
        if value not in (0, 1) and _is(c, value):
            return sentence
    return None if single else f"{_whole(c) or f'{c:.6g}'} × {{}}"


# The signatures, the most telling first. Each takes a case and returns a sentence, or None.


def _overflow(case: Case) -> str | None:
    """NaN or infinity from scores too large for exp."""
    largest = max((np.abs(value).max() for value in case.given.values()), default=0)
    if largest <= _LARGEST_EXPONENT:
        return None
    return (f"there are scores of size {largest:.4g}, too large for exp: "
            "is the largest of its own row subtracted from each score before?")


def _zero(case: Case) -> str | None:
    if case.got.ndim and not case.got.any():
        return f"{case.words[0]} is 0 everywhere"
    if case.name and (np.abs(case.expected) < _ATOL).all():
        moved = case.name.removeprefix("d")
        return f"numerical is 0 everywhere: moving {moved} changes nothing. Is it left out of the forward pass?"
    return None


def _penalty_in_loss(case: Case) -> str | None:
    """Take the loss apart: what the answer has beside the data loss, in units of the right penalty."""
    reg, data_loss = case.scalar("reg"), case.scalar("data_loss")
    weights = {name: value for name, value in case.given.items() if value.ndim == 2}
    biases = {name: value for name, value in case.given.items() if value.ndim == 1 and name.startswith("b")}
    if case.got.ndim or not reg or data_loss is None or not weights:
        return None
    squares = {name: reg * np.vdot(value, value) for name, value in (weights | biases).items()}
    right = case.expected - data_loss
    factor = right / sum(squares[name] for name in weights)  # the convention: ½ or 1
    if not (_is(factor, 0.5) or _is(factor, 1)):
        return None
    conventions = "(Both conventions are common: see the text.)"
    known = {
        "missing": 0.0,
        f"twice what it should be: is there a ½ missing? {conventions}": 2 * right,
        f"half of what it should be: is there a ½ in it? {conventions}": right / 2,
        "negative: it should be added": -right,
        "made of absolute values, where squares are asked for":
            factor * reg * sum(np.abs(value).sum() for value in weights.values()),
        "made of the mean squares, where sums are asked for":
            factor * sum(squares[name] / value.size for name, value in weights.items()),
        "not squared: it has the square root of the sum of squares":
            factor * sum(math.sqrt(squares[name] * reg) for name in weights),
    }
    if N := case.scalar("N"):
        known["divided by N: only the data loss is a mean"] = right / N
    for count in range(1, len(weights)):
        for some in combinations(weights, count):
            known[f"that of {' and '.join(some)} only"] = factor * sum(squares[name] for name in some)
    if biases and any(squares[name] > _SMALL for name in biases):
        total = sum(squares.values())
        known["too large by that of the biases, which should be free"] = factor * total
        known["twice what it should be (is there a ½ missing?), and the biases are in it too"] = 2 * factor * total
        known["half of what it should be (is there a ½ in it?), and the biases are in it too"] = factor * total / 2
    found = [sentence for sentence, value in known.items() if _close(case.got, data_loss + value)]
    return f"the penalty is {found[0]}" if len(found) == 1 and abs(right) > _SMALL else None


def _penalty_in_gradient(case: Case) -> str | None:
    """Take the gradient apart: a difference that is a multiple of the parameter comes from its penalty."""
    parameter, reg = case.given.get(case.name), case.scalar("reg")
    if parameter is None or not reg or parameter.shape != case.got.shape:
        return None
    what, other = case.words
    c = _multiple(case.got - case.expected, reg * parameter)
    if c is None:
        return _beside_the_penalty(case, reg * parameter) if parameter.ndim == 2 else None
    difference = f"{what} − {other} is a multiple of {case.name} itself"
    if parameter.ndim == 1:
        return f"{difference}: does {'the gradient' if c > 0 else 'the loss'} alone have a penalty on it?"
    # Where an entry depends on nothing but the penalty (a unit that is off), its own derivative can be read off.
    alone = [k for k in (1, 2) if np.sum(_close(case.expected, k * reg * parameter) & (np.abs(parameter) > _SMALL)) > 1]
    if len(alone) != 1:
        return f"{difference}: the penalty's part is too {'large' if c > 0 else 'small'}"
    ratio = (alone[0] + c) / alone[0]
    if abs(ratio) < 1e-5:
        return f"{difference}: is the penalty's part missing in the gradient?"
    third = "what it should be (hence errors of 1/3 where nothing else counts)"
    for value, meaning in ((0.5, f"half of {third}: a factor 2 missing?"), (2, f"twice {third}: a factor 2 too many?"),
                           (-1, "subtracted, where it should be added")):
        if _is(ratio, value):
            return f"the penalty's part is {meaning}"
    return f"the penalty's part is {ratio:.6g} × what it should be"


def _beside_the_penalty(case: Case, penalty: np.ndarray) -> str | None:
    what, other = case.words
    for k in (1, 2):
        c = _multiple(case.got - k * penalty, case.expected - k * penalty)
        if c and not _is(c, 1) and (sentence := _times(case, c, single=True)):
            return f"apart from the penalty, {what} is " + sentence.format(other)
    return None


def _step(case: Case) -> str | None:
    """Compare two moves from one place."""
    before = case.given.get("before")
    if before is None or before.shape != case.got.shape:
        return None
    if _close(case.got, before).all():
        return "it has not moved at all"
    c, rate = _multiple(case.got - before, case.expected - before), case.scalar("learning_rate")
    if rate and _is(c, 1 / rate):
        return f"the step is {1 / rate:g} × what it should be: is learning_rate ({rate:g}) missing?"
    if _is(c, -1):
        return "the step goes the other way: uphill?"
    if c and (name := _whole(c)):
        return f"the step is {name} × what it should be"
    if before.ndim == 2 and _multiple(case.got - case.expected, before):
        return "the difference is a multiple of the parameter itself: does the penalty (reg) reach the step?"
    return None


def _echo(case: Case) -> str | None:
    """The answer is something that was given."""
    what, shape = case.words[0], case.got.shape
    for name, value in case.given.items():
        if name in _SETTINGS or value.ndim == 0 < len(shape) or not _fits(value, case.got):
            continue
        if _close(case.got, value).all():
            return f"{what} is {name} itself" if value.shape == shape else \
                f"each row of {what} is {name}, and nothing else"
    return None


def _factor(case: Case) -> str | None:
    c = _multiple(case.got, case.expected)
    if c is None or _is(c, 1):
        return None
    sentence = _times(case, c, single=np.sum(np.abs(case.expected) > _SMALL) < 3)
    return sentence and f"{case.words[0]} is " + sentence.format(case.words[1])


def _transposed(case: Case) -> str | None:
    if case.got.ndim != 2 or case.got.shape[0] != case.got.shape[1] or not _close(case.got.T, case.expected).all():
        return None
    return f"{case.words[0]} is {case.words[1]}, transposed"


def _logarithm(case: Case) -> str | None:
    """What the loss of a classifier tells where all scores are equal, or where the right class is hopeless."""
    if case.got.ndim:
        return None
    got, expected, N, C = float(case.got), float(case.expected), case.scalar("N"), case.scalar("C")
    if N and C and N > 1 and C > 1 and N != C and _close(expected, math.log(C)):
        for name, value, over in (("log N", N, "the examples, not over the classes"),
                                  ("log(N · C)", N * C, "the whole batch, not over each row")):
            if _close(got, math.log(value)):
                return f"got is {name}, expected is log C (N = {N:g}, C = {C:g}): is the sum over {over}?"
    if N == 1 and expected > 30:  # the probability of the right class is 0 in all digits that count
        floor = math.exp(-got) if got < 700 else 0.0
        if 0 < floor < 1e-2 and _is(floor * 10 ** -round(math.log10(floor)), 1) or _is(floor, np.finfo(float).eps):
            return f"got is −log({floor:.3g}): is a small number added inside the logarithm, or used as a bound?"
        if C and _close(got, math.log(C - 1 + math.e)):
            return f"got is log(C − 1 + e) (C = {C:g}): is the softmax taken of probabilities, that is, twice?"
    return None


def _right_class(case: Case) -> str | None:
    """One entry in each row is special: that of the label."""
    y, got = case.given.get("y"), case.got
    if got.ndim != 2 or y is None or y.shape != got.shape[:1] or not ((y >= 0) & (y < got.shape[1])).all():
        return None
    right = np.zeros(got.shape, bool)
    right[np.arange(len(y)), y.astype(int)] = True
    what = case.words[0]
    if not (case.wrong & ~right).any():
        where = "only the entries of the right classes, [i, y[i]], are wrong"
        off = (got - case.expected)[case.wrong]
        if (got[right] == 0).all():
            return f"{where}: they are 0"
        if _close(np.abs(off), 1 / len(y)).all() and (off[0] > 0) == (off > 0).all():
            return f"{where}: they are too {'large' if off[0] > 0 else 'small'} by exactly 1/N"
        return f"{where}, and each row should sum to 0" if _close(case.expected.sum(axis=1), 0).all() else where
    if not (case.wrong & right).any() and not got[~right].any():
        return f"{what} is 0 except in the entries of the right classes, [i, y[i]]"
    return None


def _by_sign(case: Case) -> str | None:
    """Look at positive and negative entries of a given array apart: what is the answer there?"""
    what, other = case.words
    given = dict(case.alike())
    for name, splitter in given.items():
        parts = {"positive": splitter > 0, "negative": splitter < 0}
        found = [f"where {name} is {sign}, {what} is {value}" for sign, part in parts.items()
                 if case.wrong[part].any() and (value := _described(case, part, given))]
        if found and len(found) == sum(case.wrong[part].any() for part in parts.values()):
            return "; ".join(found)
    if (case.expected == np.round(case.expected)).all():  # class numbers
        return None
    for sign, part in (("positive", case.expected > _ATOL), ("negative", case.expected < -_ATOL)):
        if 0 < part.sum() < part.size and not case.got[part].any() and not case.wrong[~part].any():
            return f"where {other} is {sign}, {what} is 0: is something cut off here that should pass?"
    nothing = np.abs(case.expected) < 1e-9
    if 1 < nothing.sum() < nothing.size and case.wrong[nothing].all() and not case.wrong[~nothing].any():
        return f"{what} is wrong exactly where {other} is 0: does something pass here that should be stopped?"
    return None


def _described(case: Case, part: np.ndarray, given: dict[str, np.ndarray]) -> str | None:
    """Say what the answer is on a part of its entries, in terms of what was given."""
    got = case.got[part]
    for number in (0, 1):
        if _close(got, number).all():
            return str(number)
    for name, value in given.items():
        c = _multiple(got, value[part])
        if c and (len(got) > 1 or _whole(c)):
            return name if _is(c, 1) else f"−{name}" if _is(c, -1) else f"{c:.6g} · {name}"
    for (name, value), (other, another) in combinations(given.items(), 2):
        if _close(got, value[part] * another[part]).all():
            return f"{other} · {name}"
    return None


def _off_by(case: Case) -> str | None:
    """The difference is something that was given, or the same everywhere."""
    difference, what, other = case.got - case.expected, *case.words
    for name, value in case.given.items():
        if value.ndim == 0 and (difference.ndim or name in _SETTINGS) or not _fits(value, difference):
            continue
        c = _multiple(difference, np.broadcast_to(value, difference.shape))
        for factor, words in ((-1, f"−{name}: is {name} left out?"), (1, f"{name}: is {name} in it once too often?"),
                              (-2, f"−2 · {name}: is {name} subtracted, where it should be added?")):
            if _is(c, factor):
                return f"{what} − {other} is exactly {words}"
    for amount in (1, -1, 0.5, -0.5):  # any other constant may come from evenly spaced inputs
        if difference.size > 2 and _close(difference, amount).all():
            return f"{what} − {other} is {amount} in every entry"
    return None


def _probabilities(case: Case) -> str | None:
    got = case.got
    if got.ndim != 2 or (got < 0).any() or (got == np.round(got)).all() or not _close(got.sum(axis=1), 1).all():
        return None
    if _close(case.expected.sum(axis=1), 1).all():
        return None
    return f"each row of {case.words[0]} sums to 1: are these probabilities, where scores are asked for?"


def _lowest(case: Case) -> str | None:
    """Predictions of the worst class instead of the best."""
    scores = case.given.get("scores")
    if scores is None or scores.ndim != 2 or case.got.shape != scores.shape[:1]:
        return None
    return "these are the classes with the lowest scores" if (case.got == scores.argmin(axis=1)).all() else None


def _rounded(case: Case) -> str | None:
    """Precision that got lost: float32, integers, or integers that wrap around."""
    got, expected, what = case.got, case.expected, case.words[0]
    if case.dtype.kind == "f" and case.dtype.itemsize < 8:
        lost = np.abs(got - expected) <= 100 * np.finfo(case.dtype).eps * np.abs(expected).max()
        return f"{what} is {case.dtype}, which keeps too few digits: compute in float64" if lost.all() else None
    if got.size > 2 and (np.abs(expected % 1) > 1e-3).sum() > 2:
        if (got == np.floor(expected)).all() or (got == np.trunc(expected)).all():
            return f"{what} is {case.words[1]} without its fractions: is there a // or an integer array on the way?"
        single = got.astype(np.float32) == got
        if single.all() and np.allclose(got, expected, rtol=1e-4, atol=1e-6):
            return f"{what} has the seven digits of float32: is something converted on the way?"
    wraps = (got - expected)[case.wrong] / 256
    if got.size > 2 and wraps.size and (wraps == np.round(wraps)).all():
        return "wrong by multiples of 256: do integers of eight bits wrap around?"
    return None


def _shuffled(case: Case) -> str | None:
    """The right numbers in the wrong places."""
    got, expected = case.got, case.expected
    if got.ndim < 2 or got.size < 4 or len(np.unique(expected)) < expected.size:
        return None
    rows, wanted = got.reshape(len(got), -1), expected.reshape(len(got), -1)
    if _close(np.sort(rows), np.sort(wanted)).all():
        return "each row has the right numbers in another order: do they come in the order in which NumPy stores them?"
    if _close(np.sort(got, axis=None), np.sort(expected, axis=None)).all():
        return "these are the right numbers in wrong places: does a reshape or a transpose mix the rows?"
    return None


def _kink(case: Case) -> str | None:
    x = case.given.get(case.name[1:]) if case.name.startswith("d") else None
    if x is None or x.shape != case.got.shape or (np.abs(x) < _KINK).all():
        return None
    if (np.abs(x[case.wrong]) < _KINK).all():
        return "wrong only where the input is 0 up to 1e-5: a kink, where no numerical gradient can be trusted"
    return None


def _sums_to_zero(case: Case) -> str | None:
    """A gradient of scores that sums to something else than 0."""
    if case.got.ndim not in (1, 2) or case.got.shape[-1] < 2 or (np.abs(case.expected) < _SMALL).all():
        return None
    if not _close(case.expected.sum(axis=-1), 0).all():
        return None
    sums = case.got.sum(axis=-1)
    if _close(sums, 0).all():
        return None
    if case.got.ndim == 1:
        like = ", as probabilities do" if _is(sums, 1) else ""
        return f"{case.words[0]} should sum to 0, but sums to {sums:.6g}{like}"
    return f"each row should sum to 0, but row {np.argmax(np.abs(sums))} does not"


def _some_rows(case: Case) -> str | None:
    """Only few rows or columns are wrong."""
    if case.got.ndim != 2:
        return None
    for axis, name in ((1, "row"), (0, "column")):
        hit = np.flatnonzero(case.wrong.any(axis=axis))
        if 0 < len(hit) <= min(4, case.got.shape[1 - axis] // 3):
            listed = ", ".join(map(str, hit))
            return f"only {name}{'s' if len(hit) > 1 else ''} {listed} {'are' if len(hit) > 1 else 'is'} wrong"
    return None


_SIGNATURES: list[Callable[[Case], str | None]] = [
    _zero, _penalty_in_loss, _penalty_in_gradient, _step, _echo, _factor, _transposed, _logarithm, _right_class,
    _lowest, _kink, _by_sign, _probabilities, _off_by, _rounded, _shuffled, _sums_to_zero, _some_rows,
]
