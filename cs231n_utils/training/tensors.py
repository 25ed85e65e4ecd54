"""Functions written for PyTorch's tensors, called with NumPy's arrays: the way of Michigan's EECS 498.

A course that works with tensors throughout writes ``X.mm(W1).clamp(min=0)``, which no array can do. Under
`takes_tensors` such a function stays as it is: whoever has arrays may call it, and gets arrays back. PyTorch is
imported with the first call, and not before.
"""

import threading
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeVar, cast

import numpy as np

from cs231n_utils.training.devices import library_of

Function = TypeVar("Function", bound=Callable[..., Any])

_running = threading.local()  # whether a function of this kind is being called already, so that this call is its own


def takes_tensors(function: Function) -> Function:
    """Let a function that is written for PyTorch's tensors be called with NumPy's arrays: a decorator.

    Arrays among the arguments, also inside dictionaries and lists, become tensors on the processor, and tensors in the
    result become arrays. A call with tensors and without any array is passed on untouched, result included, so these
    functions may call each other.

    - A tensor shares its memory with the array: what the function changes in place has changed for its caller. An entry
      of a dictionary that is given a new value has one for the caller, too.
    - PyTorch multiplies no whole numbers with fractions, and takes labels as int64 only. So whole numbers along a
      single axis (labels, indices) become int64, and those along several (pictures) floating-point numbers like the
      ones beside them.
    - PyTorch draws its random numbers from a generator of its own. Each call from outside seeds it by a number from
      NumPy's, so that ``np.random.seed(0)`` decides about both.

    Raises
    ------
    ValueError
        By the decorated function, if PyTorch is not installed.

    Examples
    --------
    >>> @takes_tensors
    ... def relu(x):
    ...     return x.clamp(min=0)
    >>> relu(np.array([-1.0, 2.0]))                                                                  # doctest: +SKIP
    array([0., 2.])
    """

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if find_spec("torch") is None:
            raise ValueError("takes_tensors needs PyTorch, which is not installed here")
        torch, outermost = import_module("torch"), not getattr(_running, "now", False)
        border = _Border(torch, _kind_of_floats((args, kwargs)))
        there_args, there_kwargs = border.there(args), border.there(kwargs)
        if outermost:
            torch.manual_seed(int(np.random.randint(2**31)))
        _running.now = True
        try:
            if not border.arrays:
                return function(*args, **kwargs)
            return border.back(function(*there_args, **there_kwargs))
        finally:  # what was changed before an exception has been changed
            _running.now = not outermost
            border.write_back()

    return cast(Function, called)


class _Border:
    """What has crossed from arrays to tensors in one call, so that it finds its way back.

    Attributes
    ----------
    arrays : list of tuple
        Each array, its tensor, and whether they share their memory.
    """

    def __init__(self, torch: Any, floats: np.dtype | None):
        self.torch, self.floats = torch, np.dtype(np.float32) if floats is None else floats
        self.arrays: list[tuple[np.ndarray, Any, bool]] = []
        self._containers: list[tuple[Any, Any]] = []  # each dictionary or list, and the one that stands for it
        self._known: dict[int, Any] = {}  # what became of an object: the same one becomes the same again

    def there(self, value: Any) -> Any:
        """A value with tensors in place of its arrays."""
        if id(value) in self._known:
            return self._known[id(value)]
        made = value
        if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
            made = self._tensor(value)
        elif type(value) is dict:
            made = {key: self.there(item) for key, item in value.items()}
        elif type(value) in (list, tuple):
            made = type(value)(map(self.there, value))
        if type(value) in (dict, list):
            self._containers.append((value, made))
        self._known[id(value)] = made
        return made

    def _tensor(self, array: np.ndarray) -> Any:
        kind = array.dtype.newbyteorder("=")
        if kind.kind in "iu":
            kind = np.dtype(np.int64) if array.ndim <= 1 else self.floats
        shares = array.dtype == kind and array.flags.writeable and all(step >= 0 for step in array.strides)
        tensor = self.torch.from_numpy(array if shares else array.astype(kind))
        self.arrays.append((array, tensor, shares))
        return tensor

    def write_back(self) -> None:
        """Do to the caller's arrays and containers what was done to those that stood for them."""
        for array, tensor, shares in self.arrays:
            if not shares and not np.array_equal(array, self._array(tensor), equal_nan=array.dtype.kind == "f"):
                array[...] = self._array(tensor)
        for value, made in self._containers if self.arrays else ():
            if type(value) is dict:
                for key in value.keys() - made.keys():
                    del value[key]
                value.update({key: self.back(item) for key, item in made.items()})
            else:
                value[:] = map(self.back, made)

    def back(self, value: Any) -> Any:
        """A value with arrays in place of its tensors: the caller's own, where it had them."""
        for mine, other, *_ in (*self.arrays, *self._containers):
            if value is other:
                return mine
        if library_of(value) is not np:
            return self._array(value)
        if type(value) is dict:
            return {key: self.back(item) for key, item in value.items()}
        if type(value) in (list, tuple):
            return type(value)(map(self.back, value))
        return value

    def _array(self, tensor: Any) -> Any:
        """A tensor's numbers, in the same memory if that is the processor's; a single one as NumPy's number."""
        return tensor.detach().cpu().numpy()[()]


def _parts(value: Any) -> Any:
    return value.values() if type(value) is dict else value


def _kind_of_floats(value: Any) -> np.dtype | None:
    """The type of the first floating-point numbers in a value."""
    if type(value) in (dict, list, tuple):
        return next((kind for part in _parts(value) if (kind := _kind_of_floats(part)) is not None), None)
    if isinstance(value, np.ndarray):
        return value.dtype.newbyteorder("=") if value.dtype.kind == "f" else None
    if library_of(value) is not np and value.is_floating_point():
        return np.dtype(str(value.dtype).rpartition(".")[2])
    return None
