"""A wrong answer: its numbers, the right ones, and what both were computed from.

It serves students' notebooks and the grader alike; what can be said about it is found in `relations`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

# How exactly a relation must hold. Rounding is far below, and a chance agreement happens once in many thousands.
EXACT = 1e-6
EXACT_SINGLE = 1e-4

# Numbers that set something, and are seldom a part of a sum themselves.
SETTINGS = {"N", "C", "reg", "learning_rate"}


@dataclass(frozen=True)
class WrongAnswer:
    """Wrong numbers of the right shape, with all that is known about them.

    Attributes
    ----------
    got, expected : ndarray
        Of the same shape, float64. `expected` is finite.
    wrong : ndarray of bool
        Which entries are wrong.
    name, right : str
        What the two are called in a sentence: "got" and "expected", "analytic" and "numerical"; without `right`,
        the right numbers are "what it should be".
    given : list of (str, ndarray)
        What the answer was computed from, by name; a name may occur more than once. Integers are labels.
    sizes : dict of str to set of int
        The number of examples, `N`, and of classes, `C`, as far as they are known.
    had : callable, optional
        Gives what would be right if an argument were a multiple of itself; None if that is not known.
    elsewhere : callable, optional
        Gives what would be right for another result, or another call: the rest of a sentence, and the numbers; see
        `elsewhere.for_something_else`.
    of : str
        The name of the parameter whose gradient it is, if it is one.
    dtype : dtype
        That of the answer as it was given.
    exact, noise : float
        The tolerance of a relation: a share of the numbers, and what is added to it where those are literal and so
        carry few digits.
    """

    got: np.ndarray
    expected: np.ndarray
    wrong: np.ndarray
    name: str = "got"
    right: str = ""
    given: list[tuple[str, np.ndarray]] = field(default_factory=list)
    sizes: dict[str, set[int]] = field(default_factory=dict)
    had: Callable[[str, float], np.ndarray | None] = lambda name, factor: None
    elsewhere: Callable[[], Iterator[tuple[str, np.ndarray]]] = lambda: iter(())
    of: str = ""
    dtype: np.dtype = np.dtype(float)
    exact: float = EXACT
    noise: float = 0.0

    # How sentences refer to it.

    @property
    def subject(self) -> str:
        """The beginning of a sentence: "dx is", "scores are"."""
        return f"{self.name} {'are' if self.it == 'they' else 'is'}"

    @property
    def it(self) -> str:
        [*_, noun] = re.split(" (of|after|with|without|in|for) ", self.name)[0].split()
        return "they" if noun.endswith("s") and not noun.endswith("ss") else "it"

    @property
    def target(self) -> str:
        return self.right or f"what {self.it} should be"

    @property
    def where_it_should_be(self) -> str:
        return f"{self.right} is" if self.right else f"{self.it} should be"

    # What was given.

    @property
    def scalars(self) -> list[tuple[str, float]]:
        told = [(name, float(value)) for name, value in self.given if value.ndim == 0]
        return [(name, value) for name, value in told if not (self.by_chance and is_description(name))]

    @property
    def arrays(self) -> list[tuple[str, np.ndarray]]:
        return [
            (name, value)
            for name, value in self.given
            if value.ndim and value.dtype.kind == "f" and not is_description(name)
        ]

    @property
    def alike(self) -> list[tuple[str, np.ndarray]]:
        """The arrays that fit the answer entry by entry, in its shape."""
        return self._alike(self.arrays)

    @property
    def ingredients(self) -> list[tuple[str, np.ndarray]]:
        """The same, with those that have a description for a name: "the mean of each feature"."""
        return self._alike([(name, value) for name, value in self.given if value.ndim and value.dtype.kind == "f"])

    def _alike(self, arrays: list[tuple[str, np.ndarray]]) -> list[tuple[str, np.ndarray]]:
        return [
            (name, value.reshape(self.got.shape))
            for name, value in arrays
            if value.size == self.got.size and (value.shape == self.got.shape or value.size > 1)
        ]

    @property
    def labels(self) -> list[np.ndarray]:
        return [value for _, value in self.given if value.ndim == 1 and value.dtype.kind in "iu"]

    @property
    def right_classes(self) -> list[np.ndarray]:
        """The entries [i, y[i]] of an answer with a row for each example and a column for each class."""
        shape = self.got.shape
        if self.name.startswith("dist"):  # of distances, the columns are no classes
            return []
        return [
            np.eye(shape[1], dtype=bool)[y]
            for y in self.labels
            if len(shape) == 2 and y.shape == shape[:1] and 0 <= y.min(initial=0) and y.max(initial=0) < shape[1]
        ]

    # When numbers are the same.

    @cached_property
    def small(self) -> float:
        """Below this a relation cannot be told from rounding."""
        return 1e4 * self.noise

    @cached_property
    def by_chance(self) -> bool:
        """Whether a simple relation may hold by chance: one or two literal numbers of few digits, or counts."""
        literal = self.noise > 0 and self.expected.size < 3
        return self.counts or (literal and all(float(f"{number:.3g}") == number for number in np.ravel(self.expected)))

    @cached_property
    def counts(self) -> bool:
        return self.dtype.kind in "iu" and bool((self.expected == np.round(self.expected)).all())

    def close(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return close(one, other, self.exact, self.noise)

    def same(self, one: np.ndarray, other: np.ndarray | None) -> bool:
        return other is not None and np.shape(one) == np.shape(other) and bool(self.close(one, other).all())

    def ratio(self, one: np.ndarray, other: np.ndarray) -> float | None:
        """The number c, other than 0, with one = c · other."""
        if min(np.abs(one).max(initial=0), np.abs(other).max(initial=0)) <= self.small:
            return None
        c = ratio(one, other, self.exact, self.noise)
        return 1.0 if c is not None and self.same(one, other) else c

    def is_number(self, c: float | None, value: float) -> bool:
        return c is not None and abs(c - value) <= max(1e-5, self.exact) * abs(value)


def is_description(name: str) -> bool:
    """Whether a name says in words what a number is, as "the k of the best fold"; "argument 1" is a name."""
    return not name.isidentifier() and "argument" not in name


def agree(got: np.ndarray, expected: np.ndarray, margin: np.ndarray | float) -> np.ndarray:
    """Which entries agree up to `margin`; NaN agrees with NaN, an infinity with the same infinity."""
    with np.errstate(invalid="ignore", over="ignore"):
        near: np.ndarray = np.isfinite(expected) & (np.abs(got - expected) <= margin)
        agreeing: np.ndarray = near | (got == expected) | (np.isnan(got) & np.isnan(expected))
    return agreeing


def close(got: np.ndarray, expected: np.ndarray, tolerance: float, noise: float = 0.0) -> np.ndarray:
    """Which entries agree to a share of themselves and of the largest."""
    size = np.abs(expected)
    with np.errstate(invalid="ignore", over="ignore"):
        scale = size[np.isfinite(size)].max(initial=0.0)
        return agree(got, expected, tolerance * size + tolerance * scale + 1e-300 + noise)


def relative_errors(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return |x - y| / max(1e-8, |x| + |y|) entry by entry, as rel_error does; 1 where one is infinite."""
    with np.errstate(invalid="ignore", over="ignore"):
        errors = np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y))
    return np.where(np.isinf(x) | np.isinf(y), np.where(x == y, 0.0, 1.0), errors)


def ratio(one: np.ndarray, other: np.ndarray, exact: float = EXACT, noise: float = 0.0) -> float | None:
    """The number c, other than 0, with one = c · other; None if there is none."""
    with np.errstate(over="ignore", invalid="ignore"):
        power = float(np.sum(other * other))
        if power == 0 or not np.isfinite(power):
            return None
        c = float(np.sum(one * other)) / power
        return c if np.isfinite(c) and abs(c) >= 1e-9 and close(one, c * other, exact, noise).all() else None


def number(value: float) -> str:
    return f"{value + 0.0:.6g}".replace("-", "−")


def index(place: Iterable[int]) -> str:
    return f"[{', '.join(str(int(i)) for i in place)}]"
