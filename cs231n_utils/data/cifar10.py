"""CIFAR-10: the official python files if they are there, else the built-in stand-in.

``python -m cs231n_utils.data download`` fetches the official files; see `cs231n_utils.data.download`.
"""

import codecs
import os
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike
from platformdirs import user_cache_dir

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

FOLDER = "cifar-10-batches-py"
TRAIN_FILES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_FILE = "test_batch"


class Cifar10(NamedTuple):
    """The whole data set; see `load_cifar10`."""

    X_train: np.ndarray
    y_train: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    source: str


def load_cifar10(
    directory: str | os.PathLike[str] | None = None, *, num_train: int = 50_000, num_test: int = 10_000
) -> Cifar10:
    """Return all images and labels, or the first of them.

    They come from the first of these: the folder given; the folder that the environment variable
    CIFAR10_DIR names; the folder cifar-10-batches-py in this package's cache, where the download puts it; the
    stand-in, which is made once, on first use, in half a minute. A few images of it are there in a moment.

    Parameters
    ----------
    directory : path, optional
        The unpacked "CIFAR-10 python version" (data_batch_1 ... data_batch_5, test_batch), or the folder
        that contains it.
    num_train, num_test : int
        How many training and test images.

    Returns
    -------
    Cifar10
        A named tuple: ``X_train`` (50000, 32, 32, 3) uint8, ``y_train`` (50000,) int64 in 0..9, ``X_test``
        (10000, 32, 32, 3), ``y_test`` (10000,), and ``source``, "CIFAR-10" or "stand-in". The arrays of the
        stand-in are read-only.

    Raises
    ------
    ValueError
        If a folder named here or in CIFAR10_DIR is not the data set, or a file in it is damaged.
    """
    folder = official_folder(directory)
    if folder is None:
        return _load_standin(num_train, num_test)
    images = _load_official(folder)
    return Cifar10(
        images.X_train[:num_train],
        images.y_train[:num_train],
        images.X_test[:num_test],
        images.y_test[:num_test],
        images.source,
    )


def get_cifar10_data(
    num_training: int = 49000,
    num_validation: int = 1000,
    num_test: int = 1000,
    subtract_mean: bool | str = True,
    layout: str = "rows",
    dtype: DTypeLike = np.float32,
    unit_range: bool = False,
) -> dict[str, Any]:
    """Return CIFAR-10 split and prepared for training, and print one line that says which data it is.

    Parameters
    ----------
    num_training, num_validation, num_test : int
        The first `num_training` training images are for training, the next `num_validation` for validation;
        the first `num_test` test images are for testing.
    subtract_mean : bool or "colour"
        Subtract the mean image of the training part from every image; with "colour" its mean colour only, one number
        for each of red, green and blue. Pixels are 0..255 before.
    layout : {"rows", "channels_first"}
        ``"rows"``: (N, 3072), each image flattened from (32, 32, 3). ``"channels_first"``: (N, 3, 32, 32).
    dtype : dtype
        Of the images.
    unit_range : bool
        Divide pixels by 255 first, so that they are 0..1.

    Returns
    -------
    dict
        ``X_train``, ``y_train``, ``X_val``, ``y_val``, ``X_test``, ``y_test`` (labels int64), and ``source``,
        "CIFAR-10" or "stand-in".

    Raises
    ------
    ValueError
        If more images are asked for than there are, the layout is unknown, the mean is to be subtracted from
        whole numbers, or for the reasons given in `load_cifar10`.
    """
    if layout not in ("rows", "channels_first"):
        raise ValueError(f'layout must be "rows" or "channels_first", got {layout!r}')
    if subtract_mean not in (True, False, "colour"):
        raise ValueError(f'subtract_mean must be True, False or "colour", got {subtract_mean!r}')
    if subtract_mean and not np.issubdtype(dtype, np.inexact):
        raise ValueError(f"images of {np.dtype(dtype)} cannot be below 0: ask for subtract_mean=False, or for float32")
    if unit_range and not np.issubdtype(dtype, np.inexact):
        raise ValueError(f"images of {np.dtype(dtype)} have nothing between 0 and 1: ask for float32")
    images = load_cifar10(num_train=num_training + num_validation, num_test=num_test)
    for wanted, there, what in (
        (num_training + num_validation, len(images.X_train), "training and validation"),
        (num_test, len(images.X_test), "test"),
    ):
        if wanted > there:
            raise ValueError(f"{wanted:,} {what} images were asked for, but there are only {there:,}")

    end = num_training + num_validation
    parts = {
        "train": (images.X_train[:num_training], images.y_train[:num_training]),
        "val": (images.X_train[num_training:end], images.y_train[num_training:end]),
        "test": (images.X_test[:num_test], images.y_test[:num_test]),
    }
    # Summed as integers, the mean is exact and the same on every machine.
    mean = parts["train"][0].sum(axis=0, dtype=np.int64) / max(num_training, 1)
    if subtract_mean == "colour":
        mean = np.broadcast_to(mean.mean(axis=(0, 1)), mean.shape)
    mean = _arrange(mean[np.newaxis] / (255 if unit_range else 1), layout, dtype)
    data: dict[str, Any] = {}
    for name, (X, y) in parts.items():
        X = _arrange(X, layout, dtype)
        if unit_range:
            X /= 255
        if subtract_mean:
            X -= mean
        data[f"X_{name}"], data[f"y_{name}"] = X, np.array(y)
    data["source"] = images.source

    name = "CIFAR-10" if images.source == "CIFAR-10" else "the built-in stand-in for CIFAR-10"
    print(f"Using {name}: {num_training:,} training, {num_validation:,} validation, {num_test:,} test images")
    return data


def _arrange(X: np.ndarray, layout: str, dtype: DTypeLike) -> np.ndarray:
    """Copy images (N, 32, 32, 3) into a new array of the given layout and dtype, in one pass."""
    if layout == "channels_first":
        return np.array(X.transpose(0, 3, 1, 2), dtype=dtype, order="C")
    return np.array(X.reshape(len(X), 32 * 32 * 3), dtype=dtype)


def official_folder(directory: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the folder that `load_cifar10` reads, or None if there is none and the stand-in is to be used.

    Parameters
    ----------
    directory : path, optional
        As for `load_cifar10`.

    Returns
    -------
    Path or None
        The folder with the official files.

    Raises
    ------
    ValueError
        If a folder named here or in CIFAR10_DIR is not the data set.
    """
    if directory is not None:
        named, by = Path(directory), "directory"
    elif os.environ.get("CIFAR10_DIR"):
        named, by = Path(os.environ["CIFAR10_DIR"]).expanduser(), "the environment variable CIFAR10_DIR"
    else:
        cached = Path(user_cache_dir("cs231n_utils")) / FOLDER
        return cached if cached.is_dir() else None
    if not named.is_dir():
        raise ValueError(f"{by} is {named}, but there is no such folder")
    if (named / FOLDER).is_dir():
        named = named / FOLDER
    missing = [file for file in (*TRAIN_FILES, TEST_FILE) if not (named / file).is_file()]
    if missing:
        raise ValueError(
            f"{by} is {named}, which is not the python version of CIFAR-10: it has no {', '.join(missing)}"
        )
    return named


def _load_standin(num_train: int, num_test: int) -> Cifar10:
    from cs231n_utils.data import standin  # imported late: most of what a notebook does needs no data

    try:
        return Cifar10(*standin.load(num_train, num_test), source="stand-in")
    except (ValueError, OSError, EOFError):
        cached = list(Path(user_cache_dir("cs231n_utils")).glob("standin-*"))
        if not cached:
            raise  # then the cache is not to blame
        print("The cached stand-in is damaged, so it is made again.")
    for file in cached:
        file.unlink(missing_ok=True)
    return Cifar10(*standin.load(num_train, num_test), source="stand-in")


def _load_official(folder: Path) -> Cifar10:
    X_train, y_train = _read_batches([folder / file for file in TRAIN_FILES])
    X_test, y_test = _read_batches([folder / TEST_FILE])
    return Cifar10(X_train, y_train, X_test, y_test, source="CIFAR-10")


def _read_batches(paths: Sequence[Path]) -> tuple[np.ndarray, np.ndarray]:
    """Return the images (N, 32, 32, 3) uint8 and labels (N,) int64 of files that all hold the same number of them."""
    images, labels = None, []
    for number, path in enumerate(paths):
        rows, y = _read_batch(path)
        if images is None:
            images = np.empty((len(paths), len(rows), 32, 32, 3), dtype=np.uint8)
        if len(rows) != images.shape[1]:
            raise ValueError(f"{path} has {len(rows):,} images, but {paths[0].name} has {images.shape[1]:,}")
        # Stored plane by plane, needed pixel by pixel. Written in place, so that one file at a time is in memory.
        images[number] = rows.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        labels.append(y)
        del rows
    assert images is not None  # there is at least one file
    return images.reshape(-1, 32, 32, 3), np.concatenate(labels)


def _read_batch(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the images (N, 3072) uint8 and labels (N,) int64 of one official file."""
    try:
        with open(path, "rb") as file:
            # The originals were written by Python 2; its strings become bytes here.
            batch = _ArraysOnly(file, encoding="bytes").load()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from error
    except _Forbidden as error:
        raise ValueError(f"{path} was not loaded: it asks for {error}, which no CIFAR-10 file does") from None
    except Exception as error:  # a broken pickle may fail in almost any way
        reason = f"is damaged or cut off ({type(error).__name__})"
        raise ValueError(f"{path} {reason}; unpack or download it again") from error

    if isinstance(batch, dict):
        X, y = (batch.get(key, batch.get(key.encode())) for key in ("data", "labels"))
        if isinstance(X, np.ndarray) and X.dtype == np.uint8 and X.ndim == 2 and X.shape[1] == 3072:
            y = np.array(y, dtype=object)
            if y.shape == (len(X),) and all(isinstance(label, int) and 0 <= label <= 9 for label in y):
                return X, y.astype(np.int64)
    raise ValueError(f"{path} is not a batch of CIFAR-10: it needs data (N, 3072) uint8 and N labels in 0..9")


class _Forbidden(Exception):
    """A pickle asks for something other than an array; the message names it."""


def _latin1(text: str, encoding: str) -> bytes:
    """Stand in for codecs.encode, which knows dozens of codecs; Python 3 pickles bytes with this one."""
    if encoding != "latin1":
        raise _Forbidden(f"_codecs.encode with {encoding!r}")
    return codecs.encode(text, "latin1")


class _ArraysOnly(pickle.Unpickler):
    """An unpickler that can make NumPy arrays and Python's plain types, and nothing else."""

    _ADMITTED = {
        # The old and the new name of two functions; NumPy itself says which ones they are.
        ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
        ("numpy._core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
        ("numpy.core.numeric", "_frombuffer"): np.empty(0).__reduce_ex__(5)[0],
        ("numpy._core.numeric", "_frombuffer"): np.empty(0).__reduce_ex__(5)[0],
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
        ("_codecs", "encode"): _latin1,
    }

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._ADMITTED[module, name]
        except KeyError:
            raise _Forbidden(f"{module}.{name}") from None
