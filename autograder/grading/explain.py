"""What wrong numbers say about the mistake behind them, where no known mistake gives just these.

The relations are those of `cs231n_utils.checks.relations`. What there is to relate to needs no list, because it is seen
when the probe is run on the reference: the arguments by their names, sizes among them, and what would have been right
had one argument been another.

A sentence never tells expected numbers. A factor or a term whose numbers only the grader has is fine.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import numpy as np

from autograder.authoring.rubric import Probe
from autograder.grading.kept import Fault, what_is_kept
from autograder.sandbox.proxy import run_probe
from autograder.sandbox.worker.host import Host
from cs231n_utils.checks.elsewhere import of_an_earlier_check, of_another_result, of_the_call_before
from cs231n_utils.checks.formulas import MOST_ARRAYS
from cs231n_utils.checks.places import PASSES, place, rows_that_should_sum_to_zero, there
from cs231n_utils.checks.relations import relation
from cs231n_utils.checks.shapes import wrong_shape
from cs231n_utils.checks.unmoved import stands_still
from cs231n_utils.checks.wrong_answer import EXACT, EXACT_SINGLE, WrongAnswer, index, ratio, relative_errors

FEW = 4  # whole numbers; of fewer, chance may have made what shows


class Clues:
    """What a probe gives to the code it asks, and what it would expect had it given something else.

    Parameters
    ----------
    probe : callable
    host : Host
        The reference.
    earlier : mapping of str to object, optional
        What the cell's earlier checks expected, by their titles.
    """

    def __init__(self, probe: Probe, host: Host, earlier: Mapping[str, Any] | None = None):
        self._probe, self._namespace, self._earlier = probe, host.namespace, dict(earlier or {})

    @cached_property
    def _recorded(self) -> Recording:
        recording = Recording(self._namespace)
        run_probe(self._probe, recording)
        return recording

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The arguments of each call, and the dictionaries set as attributes, by name."""
        return self._recorded.calls

    @property
    def outputs(self) -> list[np.ndarray]:
        """What forward passes gave, of which backward passes may be made."""
        return self._recorded.outputs

    @cached_property
    def given(self) -> list[tuple[str, np.ndarray]]:
        """The arrays of numbers among the arguments, and the numbers that are no counts, each once, without 0 and 1."""
        found = {
            (name, id(value) if isinstance(value, np.ndarray) else value): (name, np.asarray(value))
            for call in self.calls
            for name, value in call.items()
            if (isinstance(value, (float, np.floating)) and value not in (0.0, 1.0))
            or (name == "t" and isinstance(value, int))
            or (isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "iuf")
        }
        return list(found.values())

    @cached_property
    def sizes(self) -> dict[str, set[int]]:
        """How many examples and classes there are, as far as the arguments show it."""
        batch, classes = set(), set()
        for call in self.calls:
            examples = next(
                (
                    call[name]
                    for name in ("x", "X", "dout")
                    if isinstance(call.get(name), np.ndarray) and call[name].ndim
                ),
                None,
            )
            batch |= {call["batch_size"]} if "batch_size" in call else set() if examples is None else {len(examples)}
            classes |= {call[name] for name in ("num_classes", "output_size") if name in call}
            if call.keys() == {"x", "y"} and np.ndim(call["x"]):  # scores and labels
                classes.add(call["x"].shape[-1])
        return {"N": batch, "C": classes}

    def had(self, name: str, factor: float, path: tuple[Any, ...]) -> np.ndarray | None:
        """What would be expected at `path` of the probe's value if the argument `name` were `factor` times itself."""
        return _numbers_at(run_probe(self._probe, Recording(self._namespace, name, factor)).value, path)

    def elsewhere(self, path: tuple[Any, ...], results: Mapping[Any, Any]) -> Iterator[tuple[str, np.ndarray]]:
        """What would be right at `path` for another result, another check, or had something been kept from an earlier
        call; see `WrongAnswer.elsewhere`."""
        for fault, value in self._kept:
            numbers = _numbers_at(value, path)
            if numbers is not None and (_is_telling(numbers) or (fault.argument and self._is_new(numbers))):
                which = "the first call" if fault.first else "the call before"
                yield of_the_call_before(which, fault.argument), numbers
        for name, value in results.items():
            if isinstance(name, str) and name != path[-1] and _is_telling(value):
                yield of_another_result(name), value
        for title, value in self._earlier.items():
            for array in _arrays(value):
                yield of_an_earlier_check(title), array

    def _is_new(self, numbers: np.ndarray) -> bool:
        """Whether no argument has these numbers: what is copied from one is not computed from it."""
        return not set(numbers.ravel().tolist()) & self._numbers

    @cached_property
    def _numbers(self) -> set[float]:
        return {number for call in self.calls for number in _all_numbers(call)}

    @cached_property
    def _kept(self) -> list[tuple[Fault, Any]]:
        return list(what_is_kept(self._probe, self._namespace))


def _numbers_at(value: Any, path: tuple[Any, ...]) -> np.ndarray | None:
    """The numbers at a place in a probe's value; None if there are none."""
    try:
        for key in path:
            value = value[key]
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError, LookupError):
        return None


def _all_numbers(value: Any) -> Iterator[float]:
    """The numbers in arguments, however deep."""
    if isinstance(value, (dict, list, tuple)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _all_numbers(part)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
        yield from value.ravel().tolist()
    elif isinstance(value, (int, float, np.number)):
        yield float(value)


def _arrays(value: Any) -> Iterator[np.ndarray]:
    """The arrays in a probe's value that no other computation gives by chance."""
    if isinstance(value, (dict, list, tuple)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _arrays(part)
    elif _is_telling(value):
        yield value


def _is_telling(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 2 and bool(np.ptp(value) > 0)


class Recording(Host):
    """A namespace that notes what it is given; one argument may be changed on its way in."""

    def __init__(self, namespace: dict[str, Any], name: str = "", factor: float = 1.0):
        super().__init__(namespace)
        self.calls: list[dict[str, Any]] = []
        self.outputs: list[np.ndarray] = []
        self._copies: set[int] = set()  # what NumPy has made of an argument, to be looked at afterwards
        self._name, self._factor = name, factor

    def call(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[int, list[str]]:
        if getattr(self.objects[number], "__module__", None) == "numpy":
            made, changed = super().call(number, args, kwargs)
            self._copies.add(made)
            return made, changed
        try:
            names = [one for one in inspect.signature(self.objects[number]).parameters if one != "self"]
        except (TypeError, ValueError):
            names = []
        names += [f"argument {position + 1}" for position in range(len(names), len(args))]
        given = {**dict(zip(names, args)), **kwargs}
        self._note(given)
        args = tuple(self._changed(name, value) for name, value in zip(names, args))
        made, changed = super().call(number, args, {name: self._changed(name, value) for name, value in kwargs.items()})
        if getattr(self.objects[number], "__name__", "").endswith("_forward"):  # what a backward pass may be made of
            result = self.objects[made]
            out = result[0] if isinstance(result, tuple) and result else result
            if isinstance(out, np.ndarray) and out.ndim and out.dtype.kind == "f":
                self.outputs.append(out)
        return made, changed

    def assign(self, number: int, name: str, value: Any) -> None:
        self._note({name: value})
        super().assign(number, name, self._changed(name, value))

    def put(self, value: Any) -> int:
        self._note({"the argument": value})
        return super().put(self._changed("", value))

    def _note(self, given: dict[str, Any]) -> None:
        flat: dict[str, Any] = {}
        for name, value in given.items():
            if getattr(value, "number", None) in self._copies:
                value = self.objects[value.number]
            flat.update({str(key): item for key, item in value.items()} if isinstance(value, dict) else {name: value})
        self.calls.append(flat)

    def _changed(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._changed(key, item) for key, item in value.items()}
        return (
            self._factor * value
            if name == self._name and isinstance(value, (float, np.floating, np.ndarray))
            else value
        )


class Unexplained(str):
    """A sentence that says where numbers are wrong, and not why."""


def explain_numbers(
    name: str,
    got: np.ndarray,
    expected: np.ndarray,
    wrong: np.ndarray,
    dtype: np.dtype,
    clues: Clues | None = None,
    path: tuple[Any, ...] = (),
    beside: Mapping[str, Any] | None = None,
    results: Mapping[Any, Any] | None = None,
) -> str:
    """A sentence about numbers that differ.

    Parameters
    ----------
    name : str
    got, expected : ndarray
        Of the same shape, float64.
    wrong : ndarray of bool
        Which entries differ.
    dtype : dtype
        That in which `got` was given.
    clues : Clues, optional
    path : tuple
        Where in the probe's value the numbers stand.
    beside : mapping of str to object
        What stands there beside them and is right.
    results : mapping of str to object
        What should stand there, by name.
    """
    single = dtype.kind == "f" and dtype.itemsize <= 4
    answer = WrongAnswer(
        got,
        expected,
        wrong,
        name,
        dtype=dtype,
        exact=EXACT_SINGLE if single else EXACT,
        **_sight(clues, path, beside, results, expected),
    )
    said = relation(answer)
    for what, found in (("NaN (not a number)", np.isnan(got)), ("an infinity", np.isinf(got))):
        if found.any():
            return (f"{name} is {what}" if got.ndim == 0 else f"{name} contains {what}, in {_count(found)} entries") + (
                f": {said}" if said else ""
            )
    if not said:
        return Unexplained(_where_wrong(answer))
    return said if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) else f"{name}: {said}"


def explain_parameters(
    got: Mapping[Any, Any], expected: Mapping[Any, Any], wrong: list[Any], clues: Clues | None
) -> str | None:
    """A sentence about parameters that a training leaves as they were, such as "W1 after training"; None if it leaves
    none that it should move."""
    still: dict[str, str] = {}
    moving: list[str] = []
    penalized: list[bool] = []
    for key, value in got.items() if clues else ():
        name, after, _ = str(key).partition(" after ")
        before = [one for other, one in clues.given if other == name] if clues and after else []
        before = [one for one in before if one.any() or len(before) == 1]
        if not before or not isinstance(value, np.ndarray) or value.dtype.kind != "f":
            continue
        if not any(np.array_equal(value, one) for one in before):
            moving.append(name)
        elif key in wrong:
            still[name] = str(key)
            penalized.append(ratio(np.asarray(expected[key], float), value) is not None)
    if not still:
        return None
    *names, last = still
    moving = [name for name in moving if name not in still]
    return stands_still([*names, still[last]], moving, by_penalty=all(penalized))


def wrong_entries(
    name: str, got: np.ndarray, expected: np.ndarray, wrong: np.ndarray, clues: Clues | None = None
) -> str:
    """A sentence about whole or complex numbers that differ: how many, where, and the first of them."""
    if got.dtype == bool and got.ndim == 0:  # a property, whose name says what should hold
        return f"{name}: this {'holds, but should not' if got else 'should hold, but does not'}"
    if got.ndim == 0:
        return f"{name} is {got}, which is wrong"
    hidden = np.where(wrong, np.nan, 0.0)  # which they are is not told
    answer = WrongAnswer(got, hidden, wrong, name, dtype=got.dtype, **_sight(clues, ()))
    first = tuple(np.argwhere(wrong)[0])
    said = _of_whole_numbers(got, expected)
    return f"{_share(answer, place(answer))}; " + (said or f"the first is entry {index(first)}, which is {got[first]}")


def _of_whole_numbers(got: np.ndarray, expected: np.ndarray) -> str:
    """What shows in wrong whole numbers, such as labels; "" if nothing does."""
    if got.dtype.kind not in "iuf" or expected.dtype.kind not in "iu" or got.size < FEW:
        return ""
    if (got % 1 != 0).any():
        return "they are no whole numbers: is it argmax that is needed, where max is used?"
    if np.ptp(got) == 0 and np.ptp(expected) > 0:
        return f"every entry is {int(got.flat[0])}"
    off = np.unique(got.astype(float) - expected)
    if len(off) == 1 and abs(off[0]) == 1:
        return f"each is 1 too {'large' if off[0] > 0 else 'small'}: do they count from {'1' if off[0] > 0 else '0'}?"
    return ""


def explain_shape(
    name: str,
    got: np.ndarray,
    expected: np.ndarray,
    clues: Clues | None = None,
    path: tuple[Any, ...] = (),
    results: Mapping[Any, Any] | None = None,
) -> str:
    """A sentence about a wrong shape."""
    elsewhere = clues.elsewhere(path, results or {}) if clues else ()
    said = wrong_shape(got, expected, clues.given if clues else [], name, elsewhere=elsewhere)
    return f"{name} has shape {got.shape}; it should be {expected.shape}" + (f": {said}" if said else "")


def _sight(
    clues: Clues | None,
    path: tuple[Any, ...],
    beside: Mapping[str, Any] | None = None,
    results: Mapping[Any, Any] | None = None,
    expected: np.ndarray | None = None,
) -> dict[str, Any]:
    if clues is None:
        return {}
    outputs = [("out", out) for out in clues.outputs if expected is not None and not np.array_equal(out, expected)]
    return {
        "elsewhere": lambda: clues.elsewhere(path, results or {}),
        "given": _with_results(clues.given + outputs, beside or {}),
        "sizes": clues.sizes,
        "had": lambda name, factor: clues.had(name, factor, path),
    }


def _with_results(given: list[tuple[str, np.ndarray]], beside: Mapping[str, Any]) -> list[tuple[str, np.ndarray]]:
    """What was given, and what was given back, as config["m"]; a counter takes the place of the old one."""
    results = [
        (name, np.asarray(value))
        for name, value in beside.items()
        if '["' in name and isinstance(value, (int, float, np.ndarray)) and not isinstance(value, bool)
    ]
    renewed = {name.split('"')[1]: value for name, value in results}
    arrays = [(name, value) for name, value in results if value.ndim and value.dtype.kind == "f"]
    if "t" in renewed and renewed["t"].ndim == 0:
        given = [(name, renewed["t"].astype(float) if name == "t" else value) for name, value in given]
    if len({name for name, value in given if value.ndim}) + len(arrays) > MOST_ARRAYS:
        given = [(name, value) for name, value in given if name not in renewed or not value.ndim]
    return given + arrays


def _where_wrong(answer: WrongAnswer) -> str:
    """The share of wrong entries, what they have in common, and the worst: where it is and in which direction."""
    got, expected = answer.got, answer.expected
    where = place(answer)
    errors = np.where(answer.wrong, np.abs(got - expected), -1.0)
    worst = tuple(map(int, np.unravel_index(int(np.argmax(errors)), got.shape)))
    direction = "large" if got[worst] > expected[worst] else "small"
    error = f"(relative error {relative_errors(got[worst], expected[worst]):.2g})"
    if got.ndim == 0:
        return f"{answer.name} is {got:.6g}, too {direction} {error}"
    said = there(answer) if where else ""
    sentence = f"{_share(answer, where)}; " + (
        f"there {answer.it} {'are' if answer.it == 'they' else 'is'} {said}"
        if said
        else f"the worst is entry {index(worst)}: {got[worst]:.6g} is too {direction} {error}"
    )
    if where == f"where {answer.where_it_should_be} 0":
        sentence += f": {PASSES}"
    rows = rows_that_should_sum_to_zero(answer)
    return sentence + (f". {rows[0].upper()}{rows[1:]}" if rows else "")


def _share(answer: WrongAnswer, where: str) -> str:
    return f"{answer.name}: {_count(answer.wrong)} entries are wrong" + (f", all of them {where}" if where else "")


def _count(which: np.ndarray) -> str:
    return f"{int(which.sum())} of {which.size}"
