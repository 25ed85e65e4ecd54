"""Save the weights of a model in a file that holds numbers and text, never code (npz without pickle)."""

import json
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from cs231n_utils.files import opened_zip, written_whole

_INFO = "__info__"
_LARGEST = 2**30  # bytes, unpacked; a network of the notebooks has a few million
_LONGEST = 2**20  # characters of all the words beside the arrays


def save_params(path: str | os.PathLike[str], params: dict[str, np.ndarray], **info: str | int | float | bool) -> None:
    """Save named arrays, and a few words about them, as an npz file.

    The file appears whole or not at all, and the same content gives the same bytes.

    Parameters
    ----------
    path : str or path
        Where to write, for example "best_net.npz".
    params : dict of str to ndarray
        The arrays, of any numeric dtype.
    **info : str, int, float or bool
        Kept beside the arrays, for example ``data="CIFAR-10"``. Read back with `load_info`.

    Raises
    ------
    TypeError
        If a name is not text, a value is not an array of numbers, or an info value is of another type.

    Examples
    --------
    >>> save_params("best_net.npz", model.params, hidden=50)        # doctest: +SKIP
    """
    arrays = {}
    for name, value in params.items():
        array = np.asarray(value)
        if not isinstance(name, str) or name == _INFO:
            raise TypeError(f"a parameter needs a text as its name, got {name!r}")
        if array.dtype.kind not in "biufc":
            raise TypeError(f"{name} is not an array of numbers (its type is {type(value).__name__})")
        arrays[name] = array
    for name, word in info.items():
        if not isinstance(word, (str, int, float, bool)):
            raise TypeError(f"{name} must be a text or a number, got {type(word).__name__}")
    arrays[_INFO] = np.array(json.dumps(info))

    with written_whole(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(name + ".npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


def load_params(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Return the arrays of a file written by `save_params` (or of any npz file without objects).

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not an npz file of plain arrays, or one far too large for a network.
    """
    return {name: array for name, array in _read(path).items() if name != _INFO}


def load_info(path: str | os.PathLike[str]) -> dict[str, str | int | float | bool]:
    """Return the words that `save_params` kept beside the arrays; empty for any other npz file.

    Raises
    ------
    FileNotFoundError, ValueError
        As `load_params`.
    """
    text = _read(path, only=_INFO).get(_INFO)
    if text is None:
        return {}
    try:
        info = json.loads(str(text)) if text.nbytes <= 4 * _LONGEST else None
    except (ValueError, RecursionError):
        info = None
    if not isinstance(info, dict):
        raise ValueError(f"{path} is damaged: what it says about its arrays cannot be read")
    return info


def _read(path: str | os.PathLike[str], only: str | None = None) -> dict[str, np.ndarray]:
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path}: has the cell that saves it been run?")
    try:
        with opened_zip(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if any(
                entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in archive.infolist()
            ):
                raise ValueError("compressed in a way that NumPy does not use")
        if size <= _LARGEST:
            with np.load(path, allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files if only in (None, name)}
    # The last three: a compression of another kind, broken compression, a shape that was never in the file.
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, RuntimeError, zlib.error, MemoryError) as error:
        raise ValueError(f"{path} is not a file of plain arrays (npz), or it is damaged") from error
    raise ValueError(
        f"{path} holds {size / 1e6:,.0f} MB of numbers, but a network of these notebooks has a few: "
        "is it the right file?"
    )
