"""What wrong numbers say about the mistake behind them, where no known mistake gives just these.

A relation is told only if it holds in every entry, to rounding: "dx is 7 times what it should be: 7 is the batch
size". What there is to relate to needs no list, because it is seen when the probe is run on the reference: the
arguments by their names, sizes among them, and what would have been right had one argument been another.

A sentence never tells expected numbers. A factor or a term whose numbers only the grader has is fine.
"""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from autograder.authoring.rubric import Probe
from autograder.sandbox.proxy import run_probe
from autograder.sandbox.worker.host import Host

# How exactly a relation must hold. Rounding is far below, and a chance agreement is one in many thousands.
EXACT = 1e-6
EXACT_SINGLE = 1e-4


class Clues:
    """What a probe gives to the code it asks, and what it would expect had it given something else.

    Parameters
    ----------
    probe : callable
    host : Host
        The reference.
    """

    def __init__(self, probe: Probe, host: Host):
        self._probe, self._namespace = probe, host.namespace

    @cached_property
    def calls(self) -> list[dict[str, Any]]:
        """The arguments of each call, and the dictionaries set as attributes, by name."""
        witness = _Witness(self._namespace)
        run_probe(self._probe, witness)
        return witness.calls

    @cached_property
    def arrays(self) -> list[tuple[str, np.ndarray]]:
        """The arrays of numbers among the arguments, each once."""
        found = [(name, value) for call in self.calls for name, value in call.items()
                 if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "iuf"]
        return list({(name, id(value)): (name, value) for name, value in found}.values())

    @cached_property
    def scalars(self) -> list[tuple[str, float]]:
        """The numbers among the arguments that are no counts, each once, without 0 and 1."""
        return list(dict.fromkeys((name, float(value)) for call in self.calls for name, value in call.items()
                                  if isinstance(value, (float, np.floating)) and value not in (0.0, 1.0)))

    @cached_property
    def sizes(self) -> dict[str, set[int]]:
        """How many examples and classes there are, as far as the arguments show it."""
        batch, classes = set(), set()
        for call in self.calls:
            examples = next((call[name] for name in ("x", "X", "dout")
                             if isinstance(call.get(name), np.ndarray) and call[name].ndim), None)
            batch |= {call["batch_size"]} if "batch_size" in call else set() if examples is None else {len(examples)}
            classes |= {call[name] for name in ("num_classes", "output_size") if name in call}
            if call.keys() == {"x", "y"} and np.ndim(call["x"]):  # scores and labels
                classes.add(call["x"].shape[-1])
        return {"the batch size": batch - {1}, "the number of classes": classes - {1}}

    def had(self, name: str, factor: float, path: tuple) -> np.ndarray | None:
        """What would be expected at `path` of the probe's value if the argument `name` were `factor` times itself."""
        value = run_probe(self._probe, _Witness(self._namespace, name, factor)).value
        try:
            for key in path:
                value = value[key]
            return np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError, LookupError):
            return None


class _Witness(Host):
    """A namespace that notes what it is given; one argument may be changed on its way in."""

    def __init__(self, namespace: dict[str, Any], name: str = "", factor: float = 1.0):
        super().__init__(namespace)
        self.calls: list[dict[str, Any]] = []
        self._name, self._factor = name, factor

    def call(self, number: int, args: tuple, kwargs: dict[str, Any]) -> tuple[int, list[str]]:
        try:
            names = [one for one in inspect.signature(self.objects[number]).parameters if one != "self"]
        except (TypeError, ValueError):
            names = []
        names += [f"argument {position + 1}" for position in range(len(names), len(args))]
        given = {**dict(zip(names, args)), **kwargs}
        self._note(given)
        args = tuple(self._changed(name, value) for name, value in zip(names, args))
        return super().call(number, args, {name: self._changed(name, value) for name, value in kwargs.items()})

    def assign(self, number: int, name: str, value: Any) -> None:
        self._note({name: value})
        super().assign(number, name, self._changed(name, value))

    def put(self, value: Any) -> int:
        self._note({"the argument": value})
        return super().put(self._changed("", value))

    def _note(self, given: dict[str, Any]) -> None:
        flat: dict[str, Any] = {}
        for name, value in given.items():
            flat.update({str(key): item for key, item in value.items()} if isinstance(value, dict) else {name: value})
        self.calls.append(flat)

    def _changed(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._changed(key, item) for key, item in value.items()}
        return self._factor * value if name == self._name and isinstance(value, (float, np.floating, np.ndarray)) else value


@dataclass(frozen=True)
class Case:
    """Numbers that are wrong, in an array of the right shape.

    Attributes
    ----------
    name : str
        What they are called in a sentence.
    got, expected : ndarray
        float64, finite.
    wrong : ndarray of bool
        Which entries are wrong.
    exact : float
        The tolerance of a relation.
    clues : Clues or None
    path : tuple
        Where in the probe's value they stand.
    """

    name: str
    got: np.ndarray
    expected: np.ndarray
    wrong: np.ndarray
    exact: float
    clues: Clues | None
    path: tuple

    @property
    def subject(self) -> str:
        """The beginning of a sentence: "dx is", "scores are"."""
        return f"{self.name} {'are' if self.it == 'they' else 'is'}"

    @property
    def it(self) -> str:
        first = self.name.split(" ")[0]
        return "they" if first.endswith("s") and not first.endswith("ss") else "it"

    def same(self, one: np.ndarray, other: np.ndarray) -> bool:
        return bool(close(one, other, self.exact).all())

    def is_what(self, other: np.ndarray | None) -> bool:
        return other is not None and other.shape == self.got.shape and self.same(self.got, other)

    def arrays(self) -> list[tuple[str, np.ndarray]]:
        """The arguments that fit the value entry by entry, in its shape."""
        return [(name, value.reshape(self.got.shape)) for name, value in (self.clues.arrays if self.clues else [])
                if value.size == self.got.size > 1 and value.dtype.kind == "f"]


def explain_numbers(name: str, got: np.ndarray, expected: np.ndarray, wrong: np.ndarray, single: bool = False,
                    clues: Clues | None = None, path: tuple = ()) -> str:
    """A sentence about numbers that differ.

    Parameters
    ----------
    name : str
    got, expected : ndarray
        Of the same shape, float64.
    wrong : ndarray of bool
        Which entries differ.
    single : bool
        Whether `got` was given in single precision.
    clues, path :
        See `Case`.
    """
    for what, found in (("NaN (not a number)", np.isnan(got)), ("an infinity", np.isinf(got))):
        if found.any():
            return (f"{name} is {what}" if got.ndim == 0
                    else f"{name} contains {what}, in {_count(found)} entries")
    if np.isfinite(expected).all():
        case = Case(name, got, expected, wrong, EXACT_SINGLE if single else EXACT, clues, path)
        with np.errstate(all="ignore"):
            for look in _LOOKS:
                if sentence := look(case):
                    return sentence
    return where_wrong(name, got, wrong, expected, clues)


def explain_shape(name: str, got: np.ndarray, expected: np.ndarray) -> str:
    """A sentence about a wrong shape."""
    sentence = f"{name} has shape {got.shape}; it should be {expected.shape}"
    numbers = got.dtype.kind in "biuf" and expected.dtype.kind in "biuf" and got.size > 0

    def same(array: np.ndarray) -> bool:
        return numbers and bool(close(array.astype(float), expected.astype(float), EXACT).all())

    if got.ndim == 2 and got.T.shape == expected.shape and 1 not in got.shape:
        return sentence + (": the numbers are right, but transposed" if same(got.T) else ": is it transposed?")
    if got.size == expected.size:
        right = same(got.reshape(expected.shape))
        if tuple(n for n in got.shape if n != 1) == tuple(n for n in expected.shape if n != 1):
            one = "an axis of length 1 is too many" if got.ndim > expected.ndim else "an axis of length 1 is missing"
            return sentence + (f": the numbers are right, {one}" if right else f": {one}")
        return sentence + (": the numbers are right, only the shape is not" if right else "")
    for axis, (total, words) in itertools.product(range(got.ndim), ((np.sum, "sum"), (np.mean, "mean"))):
        fits = got.shape[:axis] + got.shape[axis + 1:] == expected.shape
        if numbers and fits and same(total(got, axis=axis)):
            return sentence + f": its {words} over axis {axis} would be right"
    if expected.ndim and got.ndim == 0:
        if same(np.broadcast_to(got, expected.shape)):
            return sentence
        for total, words in ((np.sum, "sum"), (np.mean, "mean"), (np.max, "largest entry")):
            if numbers and expected.size and math.isclose(total(expected), got, rel_tol=EXACT):
                return sentence + f": one number is left, the {words} of what it should be"
    return sentence


def close(got: np.ndarray, expected: np.ndarray, tolerance: float) -> np.ndarray:
    """Which entries agree to `tolerance`; NaN agrees with NaN, an infinity with the same infinity."""
    finite = np.abs(expected[np.isfinite(expected)])
    scale = finite.max() if finite.size else 0.0
    with np.errstate(invalid="ignore", over="ignore"):
        near = np.abs(got - expected) <= tolerance * np.abs(expected) + tolerance * scale + 1e-300
    return np.where(np.isfinite(expected), near, (got == expected) | (np.isnan(got) & np.isnan(expected)))


def factor_between(got: np.ndarray, expected: np.ndarray, exact: float = EXACT) -> float | None:
    """The number c with got = c · expected, if there is one other than 0 and 1."""
    with np.errstate(over="ignore", invalid="ignore"):
        power = float(np.sum(expected * expected))
        if power == 0 or not np.isfinite(power):
            return None
        factor = float(np.sum(got * expected)) / power
    if abs(factor) < 1e-9 or abs(factor - 1) <= 1e-9 or not np.isfinite(factor):
        return None
    return factor if close(got, factor * expected, exact).all() else None


# The looks, the most telling first. Each gives a sentence, or None.


def _factor(case: Case) -> str | None:
    factor = factor_between(case.got, case.expected, case.exact)
    words, why = _named_factor(factor, case) if factor is not None else (None, "")
    everywhere = "" if case.got.ndim == 0 else ", everywhere"
    return f"{case.subject} {words} times what {case.it} should be{everywhere}{why}" if words else None


def _odd_factor(case: Case) -> str | None:
    """A factor without a meaning; of a single entry, it would tell the expected number."""
    factor = factor_between(case.got, case.expected, case.exact) if np.count_nonzero(case.expected) > 1 else None
    return factor and f"{case.subject} {_number(factor)} times what {case.it} should be, everywhere"


def _named_factor(factor: float, case: Case) -> tuple[str | None, str]:
    """A factor in signs, if it is a simple one, and in the words of the context, if they have a word for it."""
    sizes = [(size, name) for name, several in (case.clues.sizes if case.clues else {}).items() for size in several]
    known = [(sign * value, text, why) for sign in (1, -1) for value, text, why in [
        (1, "", ""),
        *((size, f"{size}", f": {size} is {name}") for size, name in sizes),
        *((1 / size, f"1/{size}", f": {size} is {name}") for size, name in sizes),
        *((a / b, str(Fraction(a, b)), f": {a} is {one}, {b} {other}")
          for (a, one), (b, other) in itertools.permutations(sizes, 2) if a != b and one != other),
        (1 / math.log(10), "1/ln 10", ": that is the logarithm to base 10, not the natural one"),
        (1 / math.log(2), "1/ln 2", ": that is the logarithm to base 2, not the natural one"),
        (math.log(10), "ln 10", ""), (math.log(2), "ln 2", ""), (math.sqrt(2), "√2", ""), (1 / math.sqrt(2), "1/√2", ""),
        *((math.sqrt(size), f"√{size}", f": {size} is {name}") for size, name in sizes),
        *((1 / math.sqrt(size), f"1/√{size}", f": {size} is {name}") for size, name in sizes)]]
    for value, text, why in known:
        if abs(factor / value - 1) < case.exact and value != 1:
            sign = "−" if value < 0 else ""
            return f"{sign}{text or 1}", why or (": its sign is wrong" if value == -1 else "")
    nice = Fraction(factor).limit_denominator(1000)
    simple = abs(nice.numerator) == 1 or nice.denominator <= 12
    if nice and simple and abs(nice.numerator) <= 1000 and abs(float(nice) / factor - 1) < case.exact:
        return str(nice).replace("-", "−"), ""
    return None, ""


def _zero(case: Case) -> str | None:
    return f"{case.subject} 0 everywhere" if case.got.ndim and not case.got.any() else None


def _argument_itself(case: Case) -> str | None:
    return next((f"{case.subject} {name} itself" for name, value in case.arrays() if case.same(case.got, value)), None)


def _as_if(case: Case) -> str | None:
    """What would be right had one of the arguments been different."""
    for name in _adjustable(case):
        sizes = [(size, words) for words, several in case.clues.sizes.items() for size in several]
        for factor, words in [(0.0, "0"), (0.5, "half as large"), (2.0, "twice as large"), (-1.0, "of the opposite sign"),
                              *((1 / size, f"divided by {size}, {why}") for size, why in sizes),
                              *((float(size), f"multiplied by {size}, {why}") for size, why in sizes)]:
            # A value that hardly depends on the argument any more would fit any factor.
            if case.is_what(case.clues.had(name, factor, case.path)) and not case.is_what(
                    case.clues.had(name, factor + 0.01 * (1 + abs(factor)), case.path)):
                term = _term(case)
                return f"{case.subject} as {case.it} should be if {name} were {words}" + (f": {term}" if term else "")
    return None


def _apart(case: Case) -> str | None:
    """One argument's part and the rest, looked at apart: a loss that is summed, with a penalty that is right."""
    for name, _ in case.clues.scalars if case.clues else ():
        other = case.clues.had(name, 0.0, case.path)
        if other is None or other.shape != case.got.shape or case.same(other, case.expected):
            continue
        factor = factor_between(case.got - (case.expected - other), other, case.exact)
        words, why = _named_factor(factor, case) if factor is not None else (None, "")
        if words:
            return f"{case.name}, apart from what {name} adds, is {words} times what it should be{why}"
        if found := _multiple(case.got - other, case):
            return f"{case.name} has {found[1]} in place of what {name} adds"
    return None


def _adjustable(case: Case) -> list[str]:
    """Numbers and vectors among the arguments; a change of a matrix rarely means anything."""
    if case.clues is None:
        return []
    vectors = [name for name, value in case.clues.arrays if value.ndim == 1 and value.dtype.kind == "f"]
    return list(dict.fromkeys([*(name for name, _ in case.clues.scalars), *vectors]))


def _missing_or_extra(case: Case) -> str | None:
    term = _term(case)
    return f"{case.subject} {term}" if term else None


def _term(case: Case) -> str | None:
    """In words, by which term of the dictionary a value is too small or too large."""
    found = _multiple(case.got - case.expected, case)
    return f"too {'large' if found[0] > 0 else 'small'} by exactly {found[1]}" if found else None


def _multiple(part: np.ndarray, case: Case) -> tuple[float, str] | None:
    """A term of the dictionary that `part` is, with its factor."""
    for name, term in _terms(case):
        factor = 1.0 if case.same(part, term) else factor_between(part, term, case.exact)
        size = {0.5: "½ · ", 1.0: "", 2.0: "2 · "}.get(round(abs(factor), 5)) if factor else None
        if size is not None:
            return factor, f"{size}{name}"
    return None


def _terms(case: Case) -> Iterator[tuple[str, np.ndarray]]:
    """Terms that sums of this subject are made of, from the arguments."""
    if case.clues is None:
        return
    shape, scalars = case.got.shape, case.clues.scalars
    arrays = [(name, value) for name, value in case.clues.arrays if value.dtype.kind == "f" and value.any()]
    labels = [value for _, value in case.clues.arrays if value.dtype.kind in "iu"]
    for name, value in arrays if shape else ():
        if value.size == case.got.size or value.shape == shape[-value.ndim:]:
            fitting = value.reshape(shape) if value.size == case.got.size else np.broadcast_to(value, shape)
            yield name, fitting
            for number, scalar in scalars:
                yield f"{number} · {name}", scalar * fitting
                yield f"{number} · Σ{name}", np.full(shape, scalar * value.sum())
    if not shape:
        # Weights, or biases: arrays of one rank belong together.
        sums = [array for rank in (1, 2) for array in _sums([one for one in arrays if one[1].ndim == rank])]
        for (number, scalar), (name, total) in itertools.product(scalars, sums):
            yield f"{number} · {name}", np.asarray(scalar * total)
    for value in labels:
        if len(shape) == 2 and value.shape == shape[:1] and _are_labels(value, shape[1]):
            right = np.eye(shape[1])[value]
            yield "1/N at the right class of each row", right / len(value)
            yield "1 at the right class of each row", right
    if labels:
        yield "1" if not shape else "1 in every entry", np.ones(shape)


def _sums(arrays: list[tuple[str, np.ndarray]]) -> Iterator[tuple[str, float]]:
    """What penalties are made of: sums and means of squares and of absolute values, of one array and of two."""
    for words, measure in (("Σ{}²", lambda a: np.sum(a * a)), ("Σ|{}|", lambda a: np.sum(np.abs(a))),
                           ("√Σ{}²", lambda a: math.sqrt(np.sum(a * a))), ("mean of {}²", lambda a: np.mean(a * a))):
        for name, value in arrays:
            yield words.format(name), measure(value)
        for (one, first), (other, second) in itertools.combinations(dict(arrays).items(), 2):
            yield f"({words.format(one)} + {words.format(other)})", measure(first) + measure(second)


def _transposed(case: Case) -> str | None:
    got = case.got
    if got.ndim > 1 and len(set(got.shape)) == 1 and case.same(got.T, case.expected):
        return f"{case.subject} transposed"
    for axes in itertools.permutations(range(got.ndim)) if got.ndim in (3, 4) else ():
        if got.transpose(axes).shape == got.shape and case.same(got.transpose(axes), case.expected):
            return f"{case.name} has the right numbers, but its axes are swapped"
    return None


def _reordered(case: Case) -> str | None:
    """The right numbers in wrong places."""
    got, expected = case.got, case.expected
    if got.size < 2 or got.ndim == 0 or not case.same(np.sort(got, axis=None), np.sort(expected, axis=None)):
        return None
    if len(got) > 1 and got.ndim > 1:
        rows, right_rows = (array.reshape(len(array), -1) for array in (got, expected))
        if case.same(rows[np.lexsort(rows.T)], right_rows[np.lexsort(right_rows.T)]):
            return f"{case.name} has the right rows, in another order"
        columns, right_columns = rows.T, right_rows.T
        if case.same(columns[np.lexsort(columns.T)], right_columns[np.lexsort(right_columns.T)]):
            return f"{case.name} has the right columns, in another order"
    return f"{case.name} has the right numbers, in wrong places"


def _elementwise(case: Case) -> str | None:
    """Something done to, or not done to, each entry of the right value."""
    got, expected = case.got, case.expected
    for words, value in (("the absolute values of", np.abs(expected)), ("the square of", expected**2), ("the root of", np.sqrt(expected)),
                         ("e to the power of", np.exp(expected)), ("the logarithm of", np.log(expected)),
                         ("1 divided by", 1 / expected)):
        if value.any() and np.isfinite(value).all() and case.same(got, value):
            return f"{case.subject} {words} what {case.it} should be"
    if got.size < 2:
        return None
    for sign, value in (("negative", np.maximum(expected, 0)), ("positive", np.minimum(expected, 0))):
        if value.any() and case.same(got, value):
            return f"{case.subject} 0 where {case.it} should be {sign}"
    if (got == np.trunc(expected)).all() or (got == np.floor(expected)).all():
        return f"{case.subject} without fractions: is there an integer array or a // on the way?"
    if np.isclose(got, expected, rtol=2e-3, atol=2e-3 * np.abs(expected).max()).all() and (
            got == got.astype(np.float16)).all():
        return f"{case.name} has the three digits of float16"
    return None


def _cut_off(case: Case) -> str | None:
    """Entries that are all the same, where they should go on: clipped."""
    values = np.unique(case.got[case.wrong])
    arrays = case.clues.arrays if case.clues else []
    if len(values) != 1 or case.wrong.sum() < 2 or _place(case.got, case.wrong, case.expected, arrays):
        return None
    bound = values[0]
    for words, extreme, beyond in (("smaller", case.got.min(), case.expected < bound),
                                   ("larger", case.got.max(), case.expected > bound)):
        if extreme == bound and beyond[case.wrong].all():
            return f"{case.subject} cut off: nothing in it is {words} than {bound:.6g}"
    return None


def _repeated(case: Case) -> str | None:
    """One row for all, where they should differ."""
    got, expected = case.got, case.expected
    if got.ndim == 0 or got.size < 3:
        return None
    if np.ptp(got) == 0 and np.ptp(expected) > 0:
        return f"{case.name} has the same number in every entry"
    if got.ndim > 1:
        for axis, what in ((0, "rows"), (1, "columns")):
            if got.shape[axis] > 1 and not np.ptp(got, axis=axis).any() and np.ptp(expected, axis=axis).any():
                return f"{case.name}: all {what} are the same; they should differ"
    return None


def _offset(case: Case) -> str | None:
    """The same amount everywhere, or in each row; of a single entry, it would tell the expected number."""
    off = case.got - case.expected
    if off.size < 2 or not case.wrong.all():
        return None
    if case.same(case.got, case.expected + np.median(off)):
        return f"{case.subject} off by the same amount everywhere ({float(np.median(off)):+.6g})"
    return _by_line(case, "is off by an amount of its own", lambda axis: case.expected + np.mean(off, axis=axis, keepdims=True))


def _scaled_lines(case: Case) -> str | None:
    """Each row, or each column, has a factor of its own."""
    def fitted(axis: int) -> np.ndarray:
        power = np.sum(case.expected**2, axis=axis, keepdims=True)
        return case.expected * np.sum(case.got * case.expected, axis=axis, keepdims=True) / np.where(power, power, 1.0)
    return _by_line(case, "is multiplied by a factor of its own", fitted) if case.wrong.all() else None


def _by_line(case: Case, words: str, fitted: Callable[[int], np.ndarray]) -> str | None:
    if case.got.ndim != 2 or min(case.got.shape) < 2:
        return None
    return next((f"{case.name}: each {line} {words}" for axis, line in ((1, "row"), (0, "column"))
                 if case.got.shape[axis] > 2 and case.same(case.got, fitted(axis))), None)


def _probabilities(case: Case) -> str | None:
    got = case.got
    if got.ndim == 2 and got.shape[1] > 1 and (got >= 0).all() and np.allclose(got.sum(axis=1), 1) and not np.allclose(
            case.expected.sum(axis=1), 1):
        return f"each row of {case.name} adds up to 1, as probabilities do"
    return None


def _rows_add_up_to_zero(case: Case) -> str | None:
    if case.got.ndim != 2 or case.got.shape[1] < 2 or len(case.got) < 2:
        return None
    scale = np.abs(case.expected).max()
    sums = np.abs(case.got.sum(axis=1))
    if scale and np.abs(case.expected.sum(axis=1)).max() < 1e-9 * scale and sums.max() > 1e-3 * scale:
        return (f"{where_wrong(case.name, case.got, case.wrong, case.expected, case.clues)}. "
                f"Each row should add up to 0, and row {int(sums.argmax())} does not")
    return None


_LOOKS: tuple[Callable[[Case], str | None], ...] = (
    _zero, _factor, _argument_itself, _transposed, _as_if, _missing_or_extra, _apart, _elementwise, _reordered, _repeated,
    _cut_off, _odd_factor, _offset, _probabilities, _scaled_lines, _rows_add_up_to_zero)


def where_wrong(name: str, got: np.ndarray, wrong: np.ndarray, expected: np.ndarray | None = None,
                clues: Clues | None = None) -> str:
    """The share of wrong entries, what they have in common, and the worst: where it is and in which direction.

    Without `expected` the first wrong entry stands for the worst.
    """
    if got.ndim == 0:
        if expected is None:
            return f"{name} is {got}, which is wrong"
        return (f"{name} is {float(got):.6g}, too {'large' if got > expected else 'small'} "
                f"(relative error {_relative(got, expected):.2g})")
    arrays = clues.arrays if clues else []
    place = _place(got, wrong, expected, arrays)
    share = f"{_count(wrong)} entries are wrong" + (f", all of them {place}" if place else "")
    if expected is None:
        worst = tuple(int(i) for i in np.argwhere(wrong)[0])
        return f"{name}: {share}; the first is entry {_index(worst)}, which is {got[worst]}"
    if place and (there := _there(got, wrong, arrays)):
        return f"{name}: {share}; there it is {there}"
    error = np.where(wrong, np.abs(got - expected), -1.0)
    worst = tuple(int(i) for i in np.unravel_index(int(np.argmax(error)), got.shape))
    direction = "large" if got[worst] > expected[worst] else "small"
    return (f"{name}: {share}; the worst is entry {_index(worst)}: {got[worst]:.6g} is too {direction} "
            f"(relative error {_relative(got[worst], expected[worst]):.2g})")


def _place(got: np.ndarray, wrong: np.ndarray, expected: np.ndarray | None, arrays: list[tuple[str, np.ndarray]]) -> str:
    """What the wrong entries have in common, if it is less than everything."""
    def covers(part: np.ndarray) -> bool:
        return 2 <= part.sum() < part.size and bool(wrong[part].mean() > 0.9) and not wrong[~part].any()

    if expected is not None and covers(expected == 0):
        return "where it should be 0"
    for name, value in arrays:
        if value.size == got.size and value.dtype.kind == "f":
            for words, part in (("negative", value < 0), ("positive", value > 0)):
                if covers(part.reshape(got.shape)):
                    return f"where {name} is {words}"
        if value.dtype.kind in "iu" and value.ndim == 1 and value.shape == got.shape[:1]:
            if got.ndim == 2 and _are_labels(value, got.shape[1]):
                right = np.eye(got.shape[1], dtype=bool)[value]
                for words, part in (("at the right class of their row", right), ("at the wrong classes", ~right)):
                    if covers(part):
                        return words
            rows = wrong.reshape(len(wrong), -1).any(axis=1)
            for label in np.unique(value) if 1 < rows.sum() < len(rows) else ():
                if np.array_equal(rows, value == label):
                    return f"in the rows of class {label}"
    if got.ndim == 1:
        first = int(np.argmax(wrong))
        return f"from entry {first} on" if 0 < first < len(wrong) - 1 and wrong[first:].all() else ""
    rows = np.flatnonzero(wrong.reshape(len(wrong), -1).any(axis=1))
    columns = np.flatnonzero(wrong.reshape(-1, wrong.shape[-1]).any(axis=0))
    for lines, count, word in ((rows, len(wrong), "row"), (columns, wrong.shape[-1], "column")):
        if 0 < len(lines) <= count // 2:
            return f"in {word}{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:5]))}" + (
                " ..." if len(lines) > 5 else "")
    return ""


def _there(got: np.ndarray, wrong: np.ndarray, arrays: list[tuple[str, np.ndarray]]) -> str:
    """What the wrong entries are, if they are something simple."""
    if wrong.sum() < 2:
        return ""
    if np.ptp(got[wrong]) == 0:
        return f"always {_number(got[wrong][0])}"
    for name, value in arrays:
        if value.size == got.size and value.dtype.kind == "f":
            part = value.reshape(got.shape)[wrong]
            factor = 1.0 if close(got[wrong], part, EXACT).all() else factor_between(got[wrong], part)
            if factor is not None:
                return {1.0: f"{name} itself", -1.0: f"−{name}"}.get(factor, f"{_number(factor)} · {name}")
    return ""


def _are_labels(value: np.ndarray, classes: int) -> bool:
    return bool(value.min(initial=0) >= 0 and value.max(initial=0) < classes)


def _number(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")


def _index(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]"


def _relative(got: float, expected: float) -> float:
    if not (np.isfinite(got) and np.isfinite(expected)):
        return float("inf")
    return float(abs(got - expected) / max(1e-8, abs(got) + abs(expected)))


def _count(which: np.ndarray) -> str:
    return f"{int(which.sum())} of {which.size}"
