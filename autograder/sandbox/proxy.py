"""What a probe sees: names that can be called, wherever the code behind them runs.

A probe writes `out, cache = code.affine_forward(x, w, b)` and never learns whether `code` is a student's
notebook in another process or the reference in this one. Results stay where they were made until the
probe's own result is fetched, so a student's cache goes back into `affine_backward` untouched, whatever it
contains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from autograder.authoring.rubric import Probe
from autograder.sandbox.worker.host import Answer, as_usual
from autograder.sandbox.worker.where import where
from autograder.sandbox.worker.wire import Opaque, Ref, decode, encode

MAX_ARRAY = 2**18  # numbers in an array that a probe calculates with


class HostLike(Protocol):
    """What `Code` needs: an `autograder.sandbox.worker.host.Host`, or something that forwards to one."""

    def clear(self) -> None: ...
    def lookup(self, name: str) -> int: ...
    def attribute(self, number: int, name: str) -> int: ...
    def assign(self, number: int, name: str, value: Any) -> None: ...
    def item(self, number: int, key: Any) -> int: ...
    def unpack(self, number: int) -> list[int]: ...
    def call(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[int, list[str]]: ...
    def fetch(self, number: int) -> Any: ...
    def put(self, value: Any) -> int: ...
    def seed(self, number: int) -> None: ...
    def repair(self, names: list[str], answer: Answer) -> None: ...
    def restore(self) -> None: ...


class StudentError(Exception):
    """An exception raised by the code under test, as much of it as is known here.

    Parameters
    ----------
    type_name, message : str
        Of the exception.
    line, place : str
        The last line and the functions of the notebook's own code that it passed through, see
        `autograder.sandbox.worker.where`.
    """

    def __init__(self, type_name: str, message: str, line: str = "", place: str = ""):
        super().__init__(type_name, message, line, place)
        self.type_name, self.message, self.line, self.place = type_name, message, line, place

    def __str__(self) -> str:
        text = f"{self.type_name}: {self.message}" if self.message else self.type_name
        return f"{text} (in the line `{self.line}`)" if self.line else text


class OutOfReach(Exception):
    """The process that ran the code is gone: out of time, or crashed."""


class OutOfTime(OutOfReach):
    """The time for everything is used up: another process would have none either."""


@dataclass(frozen=True)
class Outcome:
    """What one run of a probe gave.

    Attributes
    ----------
    value : object
        The probe's result in plain types (see `autograder.sandbox.worker.wire`), or None if `error` is set.
    error : StudentError or None
    changed : tuple of str
        Sentences "affine_forward changes its argument x in place".
    """

    value: Any = None
    error: StudentError | None = None
    changed: tuple[str, ...] = ()


@dataclass
class Code:
    """A namespace as a probe sees it: `code.relu_forward` looks the name up.

    Parameters
    ----------
    host : HostLike
    """

    _host: HostLike
    _changed: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> RemoteObject:
        if name.startswith("__"):
            raise AttributeError(name)
        return RemoteObject(self, self._host.lookup(name), name)

    def seed(self, number: int) -> None:
        """Set NumPy's global random state on the side of the code under test."""
        self._host.seed(number)

    def put(self, value: Any) -> RemoteObject:
        """A copy of `value` on the side of the code under test, for functions that write into an argument on purpose:
        what they wrote can be fetched afterwards."""
        return RemoteObject(self, self._host.put(_sent(value)), "the argument")


class RemoteObject:
    """An object on the other side. Calling, indexing, unpacking and attributes work; so do `float(remote)`
    and `np.asarray(remote)`, which fetch its value."""

    __slots__ = ("_code", "_number", "_name")
    _code: Code
    _number: int
    _name: str

    def __init__(self, code: Code, number: int, name: str):
        for slot, value in zip(self.__slots__, (code, number, name)):
            object.__setattr__(self, slot, value)

    def __call__(self, *args: Any, **kwargs: Any) -> RemoteObject:
        number, changed = self._code._host.call(
            self._number, tuple(map(_sent, args)), {name: _sent(arg) for name, arg in kwargs.items()}
        )
        self._code._changed += [
            f"{self._name} changes its argument {name} in place"
            if re.fullmatch(r"[\w ]{1,24}", name)
            else f"{self._name} changes one of its arguments in place"
            for name in changed
        ]
        return RemoteObject(self._code, number, f"{self._name}(...)")

    def __getattr__(self, name: str) -> RemoteObject:
        if name.startswith("__"):
            raise AttributeError(name)
        # A method's messages name it as "TwoLayerNet.loss" wherever the instance came from.
        owner = self._name.removesuffix("(...)")
        return RemoteObject(self._code, self._code._host.attribute(self._number, name), f"{owner}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        self._code._host.assign(self._number, name, _sent(value))

    def __getitem__(self, key: Any) -> RemoteObject:
        return RemoteObject(self._code, self._code._host.item(self._number, key), f"{self._name}[{key!r}]")

    def __iter__(self) -> Iterator[RemoteObject]:
        for index, number in enumerate(self._code._host.unpack(self._number)):
            yield RemoteObject(self._code, number, f"{self._name}[{index}]")

    def __float__(self) -> float:
        value = _fetched(self)
        array = np.asarray(value if only_numbers(value) else None)
        if array.dtype.kind not in "biuf" or array.size != 1:
            raise StudentError("TypeError", f"{self._name} should give one number")
        return float(array.reshape(()))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        value = _fetched(self)
        if only_numbers(value) and type(value) not in (tuple, complex):
            array = np.asarray(value, dtype=dtype)
            if array.size > MAX_ARRAY:  # what a probe computes from it may be many times as large
                raise StudentError("ValueError", f"{self._name} should give an array of {MAX_ARRAY} numbers at most")
            if array.dtype.kind in "biufc":
                return array
        kind = value.type_name if isinstance(value, Opaque) else type(value).__name__
        raise StudentError("TypeError", f"{self._name} should give an array, not {kind}")


def run_probe(probe: Probe, host: HostLike, repaired: Sequence[str] = (), answer: Answer | None = None) -> Outcome:
    """Run a probe on a namespace.

    Parameters
    ----------
    repaired : sequence of str
        Functions whose calls `answer` answers meanwhile, see `autograder.sandbox.worker.host.Host.repair`.

    Raises
    ------
    OutOfReach
        If the process behind `host` is gone.
    """
    code = Code(host)
    value, error = None, None
    try:
        if repaired and answer is not None:
            host.repair(list(repaired), answer)
        with as_usual():  # overflows in mistaken code in this process are no news
            value = _fetched(probe(code))
    except OutOfReach:
        raise
    except (Exception, SystemExit) as caught:
        error = _known(caught)
    for tidy in (host.clear, *([host.restore] if repaired else [])):
        try:
            tidy()
        except OutOfReach:
            raise
        except (Exception, SystemExit) as caught:  # what cannot be undone, or a forged answer
            error = error or _known(caught)
    return Outcome(error=error) if error else Outcome(value, changed=tuple(dict.fromkeys(code._changed)))


def _known(error: BaseException) -> StudentError:
    """An exception of the code under test: from its process, from code in this one, or about a result's kind."""
    if isinstance(error, StudentError):
        return error
    try:
        return StudentError(type(error).__name__, str(error)[:1000], place=where(error)[1])
    except Exception:  # an exception that fails to give its text
        return StudentError(type(error).__name__, "")


def only_numbers(value: Any) -> bool:
    """Whether a value consists of numbers and arrays, and lists of them, however deep.

    From anything with strings in it NumPy would make an array in which each takes as much room as the longest.
    """
    if isinstance(value, (list, tuple)):
        return all(map(only_numbers, value))
    return isinstance(value, (np.ndarray, np.generic, bool, int, float, complex))


def _sent(value: Any) -> Any:
    """An argument as it crosses: remote objects become references, also inside containers."""
    if isinstance(value, RemoteObject):
        return Ref(value._number)
    if type(value) in (list, tuple):
        return type(value)(map(_sent, value))
    if type(value) is dict:
        return {key: _sent(item) for key, item in value.items()}
    return value


def _fetched(value: Any) -> Any:
    """The plain value of a probe's result, of the same types on both sides."""
    if isinstance(value, RemoteObject):
        return decode(encode(value._code._host.fetch(value._number)))
    if type(value) in (list, tuple):
        return type(value)(map(_fetched, value))
    if type(value) is dict:
        return {key: _fetched(item) for key, item in value.items()}
    return decode(encode(value))
