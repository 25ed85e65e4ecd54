"""Held-out images: what a grader classifies with the nets that students have trained and saved."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cs231n_utils.data import CLASSES, load_cifar10, official_folder, standin

HELD_OUT = slice(1000, 5000)  # test images; the notebooks use the first 1000


@dataclass(frozen=True)
class HeldOut:
    """Images that no notebook uses.

    Attributes
    ----------
    images : ndarray (N, 32, 32, 3), uint8
    labels : ndarray (N,)
    training : ndarray (50000, 32, 32, 3), uint8
        All training images, for code that subtracts their mean.
    names : tuple of str
        The classes' names, by label.
    """

    images: np.ndarray
    labels: np.ndarray
    training: np.ndarray
    names: tuple[str, ...] = CLASSES


def in_use() -> str:
    """Which images are in use, without reading them: the folder of CIFAR-10, or "None" for the stand-in.

    Raises
    ------
    ValueError
        If CIFAR10_DIR names a folder without CIFAR-10.
    """
    return str(official_folder())


def prepare() -> None:
    """Make sure that the images are there, which may take a minute the first time.

    Raises
    ------
    ValueError
        If CIFAR10_DIR names a folder without CIFAR-10.
    """
    if official_folder() is None:
        standin.load()


@lru_cache(maxsize=2)
def _load(name: str) -> HeldOut:
    if name == "stand-in":
        training, _, images, labels = standin.load()
        return HeldOut(images[HELD_OUT], labels[HELD_OUT], training)
    data = load_cifar10()
    if data.source != name:
        raise LookupError(
            "this net was trained on CIFAR-10 itself, which this machine does not have: "
            "`python -m cs231n_utils.data download` fetches it; then grade again"
        )
    return HeldOut(data.X_test[HELD_OUT], data.y_test[HELD_OUT], data.X_train)


def load(source: str) -> HeldOut:
    """Held-out images of the data that a net was trained on.

    Parameters
    ----------
    source : str
        "CIFAR-10"; anything else stands for the stand-in.

    Raises
    ------
    LookupError
        If it is CIFAR-10, and this machine does not have it.
    """
    return _load("CIFAR-10" if source == "CIFAR-10" else "stand-in")


def rows(images: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Each image as `get_cifar10_data` gives it: a row of 3072 numbers, float32, less the mean training image.

    The mean is that of the first 49,000 training images.
    """
    mean = training[:49_000].sum(axis=0, dtype=np.int64) / 49_000
    centred: np.ndarray = images.astype(np.float32) - mean.astype(np.float32)
    return centred.reshape(len(images), -1)
