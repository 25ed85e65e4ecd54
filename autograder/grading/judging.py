"""What protects every judge, so that no value from a hand-in can fool it or blow it up.

A judge expects values like the reference's. A much larger value is refused before the judge sees it; one with NaN
in it fails, whatever the judge says; one that makes the judge raise an exception gets a sentence. `numbers` gives a
judge arrays that it can calculate with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from autograder.authoring.rubric import Draw
from autograder.grading.compare import kind_of, listed
from autograder.sandbox.proxy import only_numbers

TIMES, MORE = 16, 1024  # how many times the reference's size a value may have, and how many parts beyond that


class Unfit(Exception):
    """A value that a judge cannot examine; the text says why."""


def numbers(value: Any, name: str, *shape: int | None) -> np.ndarray:
    """A value as a float64 array of finite numbers.

    Parameters
    ----------
    name : str
        What it is called in a sentence.
    *shape : int or None
        Its shape, if it must have one; None stands for any length. Without a shape it is flattened.

    Raises
    ------
    Unfit
        If it is something else. Values that are too large for a judge have already been refused.
    """
    if not only_numbers(value):
        raise Unfit(f"{name} is {kind_of(value)}, not {'an array of ' if shape else ''}numbers")
    try:
        array = np.asarray(value)
    except ValueError:
        raise Unfit(f"{name} is a ragged list, not an array") from None
    if array.dtype.kind not in "biuf":
        raise Unfit(f"{name} is {kind_of(value)}, not an array of real numbers")
    if not shape:
        array = array.ravel()
    elif array.ndim != len(shape) or any(wanted not in (None, there) for wanted, there in zip(shape, array.shape)):
        wanted = ", ".join("any" if one is None else str(one) for one in shape)
        raise Unfit(f"{name} has shape {array.shape}; it should be ({wanted}{',' * (len(shape) == 1)})")
    if sentence := _not_finite(array, name):
        raise Unfit(sentence)
    return array.astype(np.float64)


def too_large(got: Any, expected: Any, name: str = "the result") -> str | None:
    """A sentence if a value has far more parts than the reference's: entries, items and characters together."""
    room = TIMES * size_of(expected) + MORE
    if size_of(got) <= room:
        return None
    if isinstance(got, dict) and isinstance(expected, dict):
        for key, value in expected.items():
            if key in got and (sentence := too_large(got[key], value, str(key))):
                return sentence
    return f"{name} is far larger than it should be: it has {size_of(got)} entries"


def size_of(value: Any) -> int:
    """How many parts a value has: entries of arrays, items of containers, characters of strings.

    If NumPy makes an array of a list with strings, each entry is as long as the longest one, so that length counts.
    """
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, (str, bytes)):
        return 1 + len(value)
    if isinstance(value, dict):
        return 1 + sum(size_of(key) + size_of(part) for key, part in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return (1 + sum(map(size_of, value))) * max(1, _longest(value))
    return 1


def _longest(value: Any) -> int:
    """The length of the longest string in a list, however deep."""
    if isinstance(value, (str, bytes)):
        return len(value)
    return max(map(_longest, value), default=0) if isinstance(value, (list, tuple, set, frozenset)) else 0


def not_finite(got: Any, expected: Any, name: str = "the result") -> str | None:
    """A sentence if there is NaN or an infinity in a value where the reference has only finite numbers."""
    if not any(_not_finite(part, "") for _, part in _parts(expected)):
        return next((sentence for path, part in _parts(got, name) if (sentence := _not_finite(part, path))), None)
    if isinstance(expected, dict) and isinstance(got, dict):
        pairs = [(got[key], value, str(key)) for key, value in expected.items() if key in got]
    elif isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)) and len(got) == len(expected):
        pairs = [(one, other, name) for one, other in zip(got, expected)]
    else:
        return None
    return next((sentence for pair in pairs if (sentence := not_finite(*pair))), None)


def unlike(got: Any, expected: Any, name: str = "the result") -> str:
    """A sentence about a value that a judge could not handle: where its kind differs from the reference's."""
    return _unlike(got, expected, name) or f"{name} is not of the expected kind"


def _unlike(got: Any, expected: Any, name: str) -> str | None:
    if kind_of(got) in ("None", "...") and expected is not None:
        return f"{name} is {kind_of(got)}: not written yet?"
    if isinstance(expected, dict):
        if not isinstance(got, dict):
            return f"{name} is {kind_of(got)}, not a dictionary"
        missing = next((key for key in expected if key not in got), None)
        if missing is not None:
            return f"{name} has no entry {missing!r}" + (f" (it has {listed(got)})" if listed(got) else "")
        return next((found for key, one in expected.items() if (found := _unlike(got[key], one, str(key)))), None)
    several = isinstance(expected, (list, tuple))
    if isinstance(got, (list, tuple)) and several and len(got) == len(expected):
        return next(
            (found for one, other in zip(got, expected) if (found := _unlike(one, other, f"a part of {name}"))), None
        )
    if several or isinstance(expected, np.ndarray):
        if not isinstance(got, (list, tuple, np.ndarray)):
            return f"{name} is {kind_of(got)}, not {len(expected) if several else 'an array of'} values"
        if several and len(got := np.atleast_1d(got) if isinstance(got, np.ndarray) else got) != len(expected):
            return f"{name} has {len(got)} values, where the right answer has {len(expected)}"
    elif isinstance(expected, (bool, int, float)) and not isinstance(got, (bool, int, float)):
        return f"{name} is {kind_of(got)}, not a number"
    return None


def _not_finite(value: Any, name: str) -> str | None:
    if (isinstance(value, np.ndarray) and value.dtype.kind in "fc") or isinstance(value, (float, complex)):
        for what, found in (("NaN (not a number)", np.isnan), ("an infinity", np.isinf)):
            if np.any(where := found(value)):
                return (
                    f"{name} is {what}"
                    if np.ndim(value) == 0
                    else f"{name} contains {what}, in {np.count_nonzero(where)} of {where.size} entries"
                )
    return None


def _parts(value: Any, name: str = "the result") -> Iterator[tuple[str, Any]]:
    """The numbers and arrays in a value, however deep, each with a name: the innermost of our own keys."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _parts(part, key if isinstance(key, str) and listed([key]) else name)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for part in value:
            yield from _parts(part, name)
    else:
        yield name, value


class Examples(NamedTuple):
    """What shows how a training loop draws its batches, see `batches`.

    Attributes
    ----------
    X, y : ndarray
        80 examples, each far along the input of its class.
    blurred : ndarray
        The same, so scattered that all differ in their losses.
    X_six, y_six : ndarray
        Six examples, each with a loss of its own.
    """

    X: np.ndarray
    y: np.ndarray
    blurred: np.ndarray
    X_six: np.ndarray
    y_six: np.ndarray


def examples_for_batches(draw: Draw, inputs: int, classes: int) -> Examples:
    """Examples for a net in which each input speaks for a class of its own: right pairs have a loss near 0."""
    y = np.arange(80) % classes
    X = np.eye(inputs)[y] * (10 + draw.integers(0, 5)) + draw.normal(80, inputs, scale=0.01)
    blurred = X + draw.normal(80, inputs, scale=3.0)
    # The loss of a batch of two tells which of the six were drawn. A right sampler misses one of them in 6 · (5/6)¹²⁰,
    # or 2 of 10⁹, hand-ins. The other judgements need no luck: right pairs have no loss over 0.5, and that 30 batches
    # of 8 out of 80 are fewer than 5 different ones has a chance below 10⁻¹⁰⁰.
    y_six = np.array([2, 1, 2, 1, 2, 1])
    X_six = np.eye(inputs)[y_six] * np.arange(1, 7)[:, np.newaxis] / 2 + draw.normal(6, inputs, scale=0.02)
    return Examples(X, y, blurred, X_six, y_six)


def batches(found: dict[str, Any]) -> str | None:
    """A sentence if a training loop does not draw its batches at random, or does not follow them; None if it does both.

    Parameters
    ----------
    found : dict
        "the loss of each example": of a few examples that all differ in it, from the grader's own probe. The rest are
        loss histories with a learning rate of 0: "pairs" of batches of two of them; "paired" of other examples, whose
        loss is below 0.5 with the right label and far above it with a wrong one; "varied" of examples that all differ.
        "steps" has, for each example, where one step from it alone leads (any array), and "random steps" a few pairs of
        a loss history and such an array, for one step with a batch of one that is drawn from all.
    """
    each = numbers(found["the loss of each example"], "the loss of each example")
    paired, varied, pairs = (numbers(found[name], "loss_history") for name in ("paired", "varied", "pairs"))
    if not paired.size or not paired.max() < 0.5:
        return "the labels of a batch do not belong to its examples: use the same indices for X and y"
    if len(np.unique(varied)) < 5:
        return "every step uses the same batch: draw new indices for each one"
    of_pairs = (each[:, np.newaxis] + each) / 2
    drawn = np.isclose(pairs.reshape(-1, 1, 1), of_pairs, rtol=1e-5)
    if not drawn.any(axis=(1, 2)).all() or not drawn[:, ~np.eye(len(each), dtype=bool)].any():
        return "with batch_size=2, the loss of a step is not that of two examples: draw batch_size of them"
    if not drawn.any(axis=(0, 2)).all():
        return "some examples are never drawn: draw from all of them"
    # In sequence, three pairs of the six come again and again. Of neighbours there are six pairs; a right sampler, with
    # or without replacement, has 15 or more: that 60 draws give fewer than 8 of them has a chance below 10⁻¹⁵.
    if np.array_equal(drawn[3:], drawn[:-3]):
        return "the batches go through the examples in the same order again and again: draw them at random"
    if len(np.unique(drawn.reshape(len(drawn), -1), axis=0)) < 8:
        return "the same few batches come again and again: draw each example of a batch by itself, at random"
    alone = np.array([numbers(place, "what a step changes") for place in found["steps"]])
    for history, place in found["random steps"]:
        loss, place = numbers(history, "loss_history", 1), numbers(place, "what a step changes")
        fitting = np.isclose(loss, each, rtol=1e-4) & np.isclose(place, alone, rtol=1e-4, atol=1e-6).all(axis=1)
        if not fitting.any():
            return "with batch_size=1, a step is not that of the one example whose loss is in loss_history"
    return None


def decays_once_an_epoch(found: dict[str, Any]) -> str | None:
    """A sentence if a learning rate does not decay once an epoch; None if it does.

    Parameters
    ----------
    found : dict
        How far a parameter moves in two epochs of ten steps, all with the same batch: "without decay", "with decay"
        by ½; and its "gradient" there.
    """
    without, decayed, gradient = (numbers(found[name], name) for name in ("without decay", "with decay", "gradient"))
    length = np.linalg.norm
    if not without.any():
        return "the parameters do not move at all"
    if not abs(without @ gradient) > 0.9 * length(without) * length(gradient):
        return "the parameters do not move along their gradients"
    # Chance plays no part here. Decay after each epoch leaves 0.75 of the way, or 0.78 if the first has one step more;
    # before each epoch 0.38, or 0.41 if the first step comes before it. At every step it leaves 0.1, and never 1.
    share = length(decayed) / length(without)
    if share > 0.9:
        return "learning_rate_decay has no effect"
    if share < 0.3:
        return "the learning rate decays too fast: once an epoch, not at every step"
    if not (0.36 < share < 0.47 or 0.68 < share < 0.82):
        return "the learning rate decays, but not once at each epoch"
    return None


def guarded(judge: Callable[[Any], str | None], got: Any, expected: Any) -> str | None:
    """What a judge says about a value, whatever the value is."""
    if sentence := too_large(got, expected):
        return sentence
    try:
        with np.errstate(all="ignore"):
            said = judge(got)
    except Unfit as error:
        said = str(error)
    except Exception:  # a judge expects the reference's types; MemoryError and RecursionError are among them
        said = not_finite(got, expected) or unlike(got, expected)
    # A judge that speaks of NaN itself knows more about it.
    return said if said and "NaN" in said else not_finite(got, expected) or said
