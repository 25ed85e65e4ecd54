"""Data: CIFAR-10 or the stand-in for it, and points in the plane.

``python -m cs231n_utils.data download`` fetches the official files; see `cs231n_utils.data.download`.
"""

from cs231n_utils.data.cifar10 import CLASSES, Cifar10, get_cifar10_data, load_cifar10, official_folder
from cs231n_utils.data.points import make_clouds, make_rings, make_spirals

__all__ = [
    "CLASSES",
    "Cifar10",
    "get_cifar10_data",
    "load_cifar10",
    "make_clouds",
    "make_rings",
    "make_spirals",
    "official_folder",
]
