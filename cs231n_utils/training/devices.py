"""The same code on NumPy's arrays and on PyTorch's tensors: which library, and which device.

A function that asks `library_of` for its own argument's library, and uses only what both have, works on whatever it is
given. Where the arithmetic is done is then decided in one place, by where the data are: see `to_device`. PyTorch is
optional; nothing here imports it unless it is asked for.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np


def library_of(array: Any) -> ModuleType:
    """Return the library that an array belongs to: the module numpy or the module torch.

    Parameters
    ----------
    array : ndarray or torch.Tensor
        Anything that is not a tensor counts as NumPy's.

    Examples
    --------
    >>> xp = library_of(np.ones(3))
    >>> float(xp.exp(np.zeros(3)).sum())
    3.0
    """
    torch = sys.modules.get("torch")  # whoever has a tensor has imported it
    return torch if torch is not None and isinstance(array, torch.Tensor) else np


def best_device() -> str:
    """Return "cuda" where PyTorch finds a graphics processor of that kind, else "numpy"."""
    there = find_spec("torch") is not None and import_module("torch").cuda.is_available()
    return "cuda" if there else "numpy"


def to_device(value: Any, device: Any = "numpy", dtype: Any = "float32") -> Any:
    """Copy arrays to where the arithmetic is to be done.

    Parameters
    ----------
    value : ndarray, torch.Tensor, or a dict, list or tuple of such
        Arrays of floating-point numbers get the `dtype`, others keep theirs. What is not an array stays as it is.
    device : str or torch.device
        "numpy": NumPy arrays. Anything else is a device of PyTorch: "cpu", "cuda", "mps".
    dtype : str, dtype of NumPy or of PyTorch
        "float32" or "float64". One that belongs to a library asks for that library: so
        ``to_device(W, X.device, X.dtype)`` moves W to where X is, whichever library X belongs to.

    Returns
    -------
    object
        Of the same structure. An array that needs no change is not copied.

    Raises
    ------
    ValueError
        If PyTorch is asked for and not installed.

    Examples
    --------
    >>> to_device({"W": np.ones(2), "y": np.array([3])})["W"].dtype
    dtype('float32')
    """
    if isinstance(value, dict):
        return {name: to_device(item, device, dtype) for name, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(to_device(item, device, dtype) for item in value)
    if library_of(value) is np and not isinstance(value, np.ndarray):
        return value
    of_torch = type(dtype).__module__ == "torch"
    if not of_torch and (device == "numpy" or not isinstance(dtype, str)):
        array = to_numpy(value)
        return array.astype(dtype, copy=False) if array.dtype.kind == "f" else array
    if find_spec("torch") is None:
        raise ValueError(
            f'device "{device}" needs PyTorch, which is not installed: use "numpy", or run '
            "`pip install torch` and start again"
        )
    torch = import_module("torch")
    tensor = torch.as_tensor(value)
    kind = dtype if of_torch else getattr(torch, dtype)
    return tensor.to(device, kind if tensor.is_floating_point() else tensor.dtype)


def to_numpy(value: Any) -> Any:
    """Copy tensors back: the same value with NumPy arrays in their place, for pictures and files."""
    if isinstance(value, dict):
        return {name: to_numpy(item) for name, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(to_numpy, value))
    return value if library_of(value) is np else value.detach().cpu().numpy()
