"""A stand-in for PyTorch, for computers without it: tensors of a few lines around NumPy's arrays.

It has as much of PyTorch as functions of EECS 498 need. With it a test sees whether arrays become tensors and tensors
become arrays where they should, and share their memory meanwhile; what PyTorch itself does it can't tell. Its text may
be put into a hand-in, as its module `torch`.
"""

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin


def _inside(value):
    """What is inside of a tensor, or of all tensors in a tuple."""
    if isinstance(value, tuple):
        return tuple(map(_inside, value))
    return value.array if isinstance(value, Tensor) else value


class dtype:
    def __init__(self, name):
        self.name = name

    def __str__(self):
        return f"torch.{self.name}"

    __module__ = "torch"


class Tensor(NDArrayOperatorsMixin):
    device, requires_grad = "cpu", False

    def __init__(self, array):
        self.array = np.asarray(array)

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **options):
        if method != "__call__" or not all(isinstance(one, (Tensor, int, float, np.generic)) for one in inputs):
            return NotImplemented  # as PyTorch refuses arrays
        result = Tensor(ufunc(*_inside(inputs), out=_inside(out) or None, **options))
        return out[0] if out else result

    def __array__(self, dtype=None, copy=None):
        return self.array if dtype is None else self.array.astype(dtype)

    def __getitem__(self, key):
        return Tensor(self.array[_inside(key)])

    def __setitem__(self, key, value):
        self.array[_inside(key)] = _inside(value)

    def __len__(self):
        return len(self.array)

    def __float__(self):
        return float(self.array)

    def __bool__(self):
        return bool(self.array)

    shape = property(lambda self: self.array.shape)
    dtype = property(lambda self: dtype(self.array.dtype.name))
    T = property(lambda self: Tensor(self.array.T))

    def is_floating_point(self):
        return self.array.dtype.kind == "f"

    def numpy(self):
        return self.array

    def detach(self):
        return self

    cpu = detach

    def item(self):
        return self.array.item()

    def to(self, device, dtype):
        return Tensor(self.array.astype(dtype.name))

    def double(self):
        return Tensor(self.array.astype(np.float64))

    def t(self):
        return self.T

    def mm(self, other):
        if self.array.dtype != other.array.dtype:
            raise RuntimeError("expected m1 and m2 to have the same dtype")
        return self @ other

    def clamp(self, min=None, max=None):
        return Tensor(self.array.clip(min, max))

    def exp(self):
        return Tensor(np.exp(self.array))

    def log(self):
        return Tensor(np.log(self.array))

    def sum(self, dim=None, keepdim=False, axis=None):
        return Tensor(self.array.sum(axis=dim if axis is None else axis, keepdims=keepdim))

    def mean(self):
        return Tensor(self.array.mean())

    def argmax(self, dim=None):
        return Tensor(self.array.argmax(axis=dim))

    def max(self, dim=None, keepdim=False):
        best = self.array.argmax(axis=dim, keepdims=keepdim)
        return Tensor(self.array.max(axis=dim, keepdims=keepdim)), Tensor(best)


float64, float32 = dtype("float64"), dtype("float32")
_random = np.random.RandomState()


def manual_seed(number):
    _random.seed(number % 2**32)


def randint(high, size):
    return Tensor(_random.randint(high, size=size))


def arange(count):
    return Tensor(np.arange(count))


def sum(tensor):
    return tensor.sum()


def from_numpy(array):
    return Tensor(array)


as_tensor = Tensor
