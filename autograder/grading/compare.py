"""Two values: do they differ, and where first?

Shape first, then the kind of number, then the numbers themselves. What the numbers say about the mistake is
found in `autograder.grading.explain`. No sentence tells the expected numbers.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograder.authoring.rubric import TOLERANCE
from autograder.grading.explain import (
    Clues,
    Unexplained,
    explain_numbers,
    explain_parameters,
    explain_shape,
    wrong_entries,
)
from autograder.sandbox.proxy import only_numbers
from autograder.sandbox.worker.wire import Opaque
from cs231n_utils.checks.wrong_answer import close

TOLERANCE_SINGLE = 1e-4
NEAR_ZERO = 0.01  # where all that is expected is smaller, the tolerance is a share of this: 0 is seldom met exactly

MAX_CHOICES = 1000  # of a set
EXPLAINED = 4  # entries of a dictionary for which an explanation is sought: it takes time

# A name of a type as somebody may have chosen it, a word or two, or a kind of array.
_SHORT = re.compile(r"[A-Za-z_][\w.]{0,23}( [\w.]{1,9})?|array of dtype [\w<>|=.\[\]]{1,24}")
_KINDS = {"b": "truth values", "i": "integers", "u": "integers", "f": "floating-point numbers", "c": "complex numbers"}


@dataclass(frozen=True)
class _Place:
    """Where in a probe's value the comparison is, and how it is made."""

    name: str
    tolerance: float
    explained: bool
    clues: Clues | None
    path: tuple[Any, ...] = ()
    beside: Mapping[str, Any] = field(default_factory=dict)
    results: Mapping[Any, Any] = field(default_factory=dict)

    def at(
        self, key: Any, name: str, beside: Mapping[str, Any] | None = None, results: Mapping[Any, Any] | None = None
    ) -> _Place:
        return replace(self, name=name, path=(*self.path, key), beside=beside or {}, results=results or {})


def difference(
    got: Any, expected: Any, name: str = "the result", tolerance: float = TOLERANCE, clues: Clues | None = None
) -> str | None:
    """How `got` differs from `expected`, in a sentence about `name`; None if it doesn't.

    Dictionaries are compared on the expected keys, tuples and lists item by item (either will do for
    the other), everything else as arrays.

    Parameters
    ----------
    got, expected : object
        In the types that `autograder.sandbox.worker.wire` gives.
    tolerance : float
        Allowed error, as a share of the largest expected entry, of each entry itself and of `NEAR_ZERO`. At least
        `TOLERANCE_SINGLE` where `got` is in single precision.
    clues : Clues, optional
        What the numbers were made from, for a sentence that says more.
    """
    return _difference(got, expected, _Place(name, tolerance, True, clues))


def same(got: Any, expected: Any, tolerance: float = TOLERANCE) -> bool:
    """Whether `difference` finds none; without the time that it takes to put one into words."""
    return _difference(got, expected, _Place("", tolerance, False, None)) is None


def _difference(got: Any, expected: Any, place: _Place) -> str | None:
    name = place.name
    if got is None or (isinstance(got, Opaque) and got.type_name == "ellipsis"):
        return None if expected is None else f"{name} is {'None' if got is None else '...'}: not written yet?"
    if isinstance(expected, dict):
        return _dict_difference(got, expected, place)
    if isinstance(expected, (tuple, list)):
        return _sequence_difference(got, expected, place)
    if isinstance(expected, (set, frozenset)):
        return _set_difference(got, expected, name)
    if isinstance(expected, str) and isinstance(got, str):
        word = repr(got) if _SHORT.fullmatch(got) else "another text"
        return None if got == expected else f"{name} is {word}, which is wrong"
    if isinstance(expected, (str, bytes, Opaque)) or expected is None:
        return None if type(got) is type(expected) and got == expected else f"{name} is {kind_of(got)}"
    return _array_difference(got, np.asarray(expected), place)


def _dict_difference(got: Any, expected: dict[Any, Any], place: _Place) -> str | None:
    if not isinstance(got, dict):
        return f"{place.name} is {kind_of(got)}, not a dictionary"
    missing = next((key for key in expected if key not in got), None)
    wrong = [
        key
        for key, value in itertools.takewhile(lambda item: item[0] != missing, expected.items())
        if _difference(got[key], value, replace(place, explained=False)) is not None
    ]
    if not wrong and missing is not None:
        return f"{place.name} has no entry {missing!r}" + (f" (it has {listed(got)})" if listed(got) else "")
    beside = {key: got[key] for key in expected if key in got and key not in wrong} if place.explained else {}
    first = explain_parameters(got, expected, wrong, place.clues) if place.explained else None
    if first is not None:
        return first
    for key in wrong[:EXPLAINED]:  # the first that is explained, or else the first
        sentence = _difference(got[key], expected[key], place.at(key, str(key), beside, expected))
        if first is None or not isinstance(sentence, Unexplained):
            first = sentence
        if not isinstance(first, Unexplained):
            break
    return first


def _sequence_difference(got: Any, expected: tuple[Any, ...] | list[Any], place: _Place) -> str | None:
    if not isinstance(got, (tuple, list)):
        return f"{place.name} is {kind_of(got)}, not {len(expected)} values"
    if len(got) != len(expected):
        return f"{place.name} has {len(got)} values, not {len(expected)}"
    for index, (one, other) in enumerate(zip(got, expected)):
        if sentence := _difference(one, other, place.at(index, _item(place.name, index))):
            return sentence
    return None


def _item(name: str, index: int) -> str:
    """What an item of a sequence is called; one of an item, by its indices."""
    first = re.fullmatch(r"value (\d+) of (.*)", name)
    if first is not None:
        return f"entry [{int(first[1]) - 1}][{index}] of {first[2]}"
    deeper = re.fullmatch(r"entry (\[[\d\[\]]+\]) of (.*)", name)
    return f"entry {deeper[1]}[{index}] of {deeper[2]}" if deeper else f"value {index + 1} of {name}"


def _set_difference(got: Any, expected: set[Any] | frozenset[Any], name: str) -> str | None:
    if isinstance(got, np.ndarray) and got.ndim == 1:
        got = got[: MAX_CHOICES + 1].tolist()
    if not isinstance(got, (set, frozenset, tuple, list)):
        return f"{name} is {kind_of(got)}, not a set such as {{1}}"
    try:
        equal = len(got) <= MAX_CHOICES and set(got) == set(expected)
    except TypeError:
        equal = False
    return None if equal else f"{name} is not the right choice"


def _array_difference(got: Any, expected: np.ndarray, place: _Place) -> str | None:
    name = place.name
    if isinstance(got, (Opaque, str, bytes, dict, set, frozenset)):
        wanted = "a plain array" if isinstance(got, Opaque) and got.type_name == "MaskedArray" else "an array"
        return f"{name} is {kind_of(got)}, not {'a number' if expected.ndim == 0 else wanted}"
    if not only_numbers(got):  # of strings NumPy would make an array in which each has the length of the longest
        return f"{name} is {kind_of(got)}, not an array of numbers"
    wrong: np.ndarray
    try:
        array = np.asarray(got)
    except ValueError:
        return f"{name} is a ragged list, not an array"
    if array.dtype.kind not in _KINDS:
        return f"{name} is {kind_of(got)}, not an array of numbers"
    if array.shape != expected.shape:
        if not place.explained:
            return f"{name} has another shape"
        return explain_shape(name, array, expected, place.clues, place.path, place.results)
    if _kind(array) != _kind(expected) and not _stands_for(array, expected):
        right = array.dtype.kind in "biuf" and np.array_equal(array, expected)
        return (
            f"{name} holds {_KINDS[array.dtype.kind]}; it should hold "
            f"{_KINDS.get(expected.dtype.kind, 'something else')}" + (", though of these values" if right else "")
        )
    if array.size == 0:
        return None
    if expected.dtype.kind in "biu":
        wrong = array != expected
        return wrong_entries(name, array, expected, wrong, place.clues) if wrong.any() else None
    single = array.dtype.kind in "fc" and array.dtype.itemsize <= (4 if array.dtype.kind == "f" else 8)
    tolerance = max(place.tolerance, TOLERANCE_SINGLE) if single else place.tolerance
    if expected.dtype.kind == "c":
        wrong = ~(close(array.real, expected.real, tolerance) & close(array.imag, expected.imag, tolerance))
        return wrong_entries(name, array, expected, wrong) if wrong.any() else None
    numbers, expected = array.astype(np.float64), expected.astype(np.float64)
    wrong = ~close(numbers, expected, tolerance, tolerance * NEAR_ZERO)
    if not wrong.any():
        return None
    if not place.explained:
        return f"{name} is wrong"
    return explain_numbers(
        name, numbers, expected, wrong, array.dtype, place.clues, place.path, place.beside, place.results
    )


def _kind(array: np.ndarray) -> str:
    return "i" if array.dtype.kind in "iu" else array.dtype.kind


def _stands_for(array: np.ndarray, expected: np.ndarray) -> bool:
    """Whether a number of this kind will do, as it does in the visible checks: floats for whole numbers, such as labels
    and counters, and one number without a decimal point, as the 0 of `dx, dy = dout, 0`. An array of integers has lost
    the fractions, or will."""
    kinds = _kind(array), _kind(expected)
    return kinds == ("f", "i") or (kinds == ("i", "f") and expected.ndim == 0)


def kind_of(value: Any) -> str:
    """A short description of a value of an unexpected type."""
    if isinstance(value, Opaque):
        if value.type_name == "ellipsis":
            return "..."
        if value.type_name == "MaskedArray":
            return "a masked array"
        return (
            f"an object of type {value.type_name}"
            if _SHORT.fullmatch(value.type_name)
            else "an object of a custom type"
        )
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}" if value.ndim else "a number"
    return {
        "str": "a string",
        "bytes": "a string of bytes",
        "bool": "a truth value",
        "int": "a number",
        "float": "a number",
        "complex": "a complex number",
        "dict": "a dictionary",
        "list": "a list",
        "NoneType": "None",
        "set": "a set",
        "tuple": f"{len(value)} values" if isinstance(value, tuple) else "",
    }.get(type(value).__name__, type(value).__name__)


def listed(keys: Iterable[Any]) -> str:
    """The first keys of a dictionary in a sentence: only short names and numbers, as a longer one may be anything."""
    few = [
        key
        for key in itertools.islice(keys, 64)
        if (isinstance(key, str) and key.isidentifier() and len(key) <= 24) or (type(key) is int and abs(key) < 1000)
    ]
    return ", ".join(map(repr, few[:8]))
