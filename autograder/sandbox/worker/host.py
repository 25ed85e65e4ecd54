"""Live objects, worked on from outside: the student's namespace, or the reference's.

A `Host` owns a namespace and the objects that came out of it. Its user (a probe, through
`autograder.sandbox.proxy.Code`) names an object by number, and asks to look up, call, index, unpack, read or
set it. The same class serves both sides: in the student's process it is driven over a pipe, in the
grader it is called directly on the reference, so a probe means the same thing in both.
"""

from __future__ import annotations

import inspect
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

MAX_UNPACK = 64

Answer = Callable[[str, tuple[Any, ...], dict[str, Any]], Any]


@contextmanager
def as_usual() -> Iterator[None]:
    """NumPy's default error state, and silent warnings, whatever a notebook has set (`np.seterr(all="raise")`)."""
    none: Any = None  # NumPy's stubs know of functions only
    with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn", call=none), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class Host:
    """The objects of one namespace, by number.

    Parameters
    ----------
    namespace : dict
        Names and objects, as `globals()` gives them. Only `repair` changes it, until `restore`.
    """

    def __init__(self, namespace: dict[str, Any]):
        self.namespace = namespace
        self.objects: list[Any] = []
        self._repaired: list[tuple[Any, str, Any]] = []

    def keep(self, thing: Any) -> int:
        self.objects.append(thing)
        return len(self.objects) - 1

    def clear(self) -> None:
        """Forget every object, so that nothing leaks from one probe into the next."""
        self.objects.clear()

    def lookup(self, name: str) -> int:
        if name not in self.namespace:
            raise NameError(f"name '{name}' is not defined")
        return self.keep(self.namespace[name])

    def attribute(self, number: int, name: str) -> int:
        return self.keep(getattr(self.objects[number], name))

    def assign(self, number: int, name: str, value: Any) -> None:
        setattr(self.objects[number], name, self._own(value))

    def item(self, number: int, key: Any) -> int:
        return self.keep(self.objects[number][key])

    def unpack(self, number: int) -> list[int]:
        thing = self.objects[number]
        if not isinstance(thing, (tuple, list, np.ndarray)):
            raise TypeError(f"expected several values, got one {type(thing).__name__}")
        if len(thing) > MAX_UNPACK:
            raise TypeError(f"expected a few values, got {len(thing)}")
        return [self.keep(part) for part in thing]

    def call(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[int, list[str]]:
        """Call an object with copies of the arguments.

        Returns
        -------
        number : int
            The result's number.
        changed : list of str
            Names of the array arguments that the call changed in place.
        """
        function = self.objects[number]
        own_args = [self._own(arg) for arg in args]
        own_kwargs = {name: self._own(arg) for name, arg in kwargs.items()}
        result = self.keep(function(*own_args, **own_kwargs))
        changed = [position for position, (before, after) in enumerate(zip(args, own_args)) if not _same(before, after)]
        changed_kwargs = [name for name, before in kwargs.items() if not _same(before, own_kwargs[name])]
        return result, [_argument_name(function, position) for position in changed] + changed_kwargs

    def fetch(self, number: int) -> Any:
        return self.objects[number]

    def put(self, value: Any) -> int:
        """Keep a copy of a value, as if something here had made it."""
        return self.keep(self._own(value))

    def seed(self, number: int) -> None:
        """Set the state of the global random generators."""
        np.random.seed(number)
        random.seed(number)
        if torch := sys.modules.get("torch"):
            torch.manual_seed(number)

    def repair(self, names: list[str], answer: Answer) -> None:
        """Let somebody else answer the calls to some functions, so that what builds on them can be checked alone.

        Parameters
        ----------
        names : list of str
            Functions such as "softmax_loss", and methods such as "TwoLayerNet.loss". A method's answer gets the
            instance's attributes as its first argument; what it does to the instance has no effect.
        answer : callable
            Takes such a name, the arguments and the keyword arguments. What it writes into a dictionary among the
            arguments is written into the caller's.
        """
        for name in names:
            owner, _, attribute = name.rpartition(".")
            if not owner:
                self._repaired.append((self.namespace, name, self.namespace.get(name, _MISSING)))
                self.namespace[name] = _answered(name, answer)
            elif isinstance(self.namespace.get(owner), type):
                kind = self.namespace[owner]
                self._repaired.append((kind, attribute, vars(kind).get(attribute, _MISSING)))
                type.__setattr__(kind, attribute, _answered_method(name, answer))  # a metaclass is not asked

    def restore(self) -> None:
        """Undo every `repair`."""
        while self._repaired:
            owner, name, before = self._repaired.pop()
            if owner is not self.namespace:
                type.__delattr__(owner, name) if before is _MISSING else type.__setattr__(owner, name, before)
            elif before is _MISSING:
                owner.pop(name, None)
            else:
                owner[name] = before

    def _own(self, value: Any) -> Any:
        """A private copy of an argument, with references replaced by the objects they stand for."""
        if type(value).__name__ == "Ref":  # wire.Ref, by name: this file is imported under two names
            return self.objects[value.number]
        if isinstance(value, np.ndarray):
            return value.copy(order="K") if value.ndim else value[()]  # a number, as the caller had it
        if type(value) in (list, tuple):
            return type(value)(self._own(item) for item in value)
        if type(value) is dict:
            return {key: self._own(item) for key, item in value.items()}
        return value


_MISSING = object()


def _answered(name: str, answer: Answer) -> Callable[..., Any]:
    def function(*args: Any, **kwargs: Any) -> Any:
        return _ask(name, answer, (), args, kwargs)

    return function


def _answered_method(name: str, answer: Answer) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return _ask(name, answer, (dict(vars(self)),), args, kwargs)

    return method


def _ask(name: str, answer: Answer, attributes: tuple[Any, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The answer to a call. Where there is none, the exception says what the caller knows and no more, so that nobody
    learns from it what there is on the other side, and it is the same on both sides. Who asks with tensors is answered
    with tensors; arrays are all that the other side knows."""
    own = (attributes, args, kwargs)
    given = attributes, args, kwargs = _as_arrays(own)
    try:
        result = answer(name, (*attributes, *args), kwargs)
    except Exception:
        described = [_described(arg) for arg in args] + [f"{key}={_described(arg)}" for key, arg in kwargs.items()]
    else:
        if given is own:
            return result
        for mine, written in zip([*own[1], *own[2].values()], [*args, *kwargs.values()]):
            if type(mine) is dict:
                mine.update(_as_tensors(written))
        return _as_tensors(result)
    raise ValueError(f"{name} cannot be called with ({', '.join(described)})"[:500])


def _as_arrays(value: Any) -> Any:
    """A value with arrays in place of PyTorch's tensors; the value itself if there are none."""
    if _is_tensor(value):
        return value.detach().cpu().numpy()
    return _with_parts(value, _as_arrays)


def _is_tensor(value: Any) -> bool:
    """Whether this is one of PyTorch's tensors; whoever has one has imported it."""
    tensor = getattr(sys.modules.get("torch"), "Tensor", None)
    return isinstance(tensor, type) and isinstance(value, tensor)


def _as_tensors(value: Any) -> Any:
    """A value with PyTorch's tensors in place of its arrays."""
    if isinstance(value, (np.ndarray, np.generic)):
        return sys.modules["torch"].from_numpy(np.array(value))
    return _with_parts(value, _as_tensors)


def _with_parts(value: Any, change: Callable[[Any], Any]) -> Any:
    """A container with its parts changed; the container itself if none of them is."""
    if type(value) is dict:
        parts = {key: change(part) for key, part in value.items()}
        return parts if any(parts[key] is not part for key, part in value.items()) else value
    if type(value) in (list, tuple):
        parts = type(value)(map(change, value))
        return parts if any(new is not part for new, part in zip(parts, value)) else value
    return value


def _described(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.ndim:
        return f"array of shape {value.shape}"
    return "a number" if isinstance(value, (int, float, np.number, np.ndarray)) else type(value).__name__


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, np.ndarray) and before.ndim:
        return (
            isinstance(after, np.ndarray)
            and before.dtype == after.dtype
            and np.array_equal(before, after, equal_nan=before.dtype.kind in "fc")
        )
    if type(before) in (list, tuple):
        return len(before) == len(after) and all(map(_same, before, after))
    if type(before) is dict:
        return before.keys() == after.keys() and all(_same(before[key], after[key]) for key in before)
    return True


def _argument_name(function: Any, position: int) -> str:
    try:
        return list(inspect.signature(function).parameters)[position]
    except (TypeError, ValueError, IndexError):
        return f"number {position + 1}"
