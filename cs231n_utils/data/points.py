"""Points in the plane, of two classes: data sets small enough to look at.

They are drawn anew from a seed, need no download, and have the same number of points in each class.
"""

import numpy as np


def make_clouds(count: int = 200, distance: float = 3.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two round clouds of points, which overlap a little.

    Parameters
    ----------
    count : int
        How many points in all.
    distance : float
        Between the two centres, in standard deviations of a cloud.
    seed : int

    Returns
    -------
    X : ndarray of float64, shape (count, 2)
    y : ndarray of int, shape (count,)
        0 or 1, in turn.
    """
    random, y = np.random.default_rng(seed), np.arange(count) % 2
    centres = 0.5 * distance * np.array([[-0.8, -0.6], [0.8, 0.6]])
    return centres[y] + random.standard_normal((count, 2)), y


def make_rings(count: int = 200, noise: float = 0.15, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A disc, and a ring around it.

    Parameters
    ----------
    count : int
        How many points in all.
    noise : float
        Standard deviation of a point's distance from the middle.
    seed : int

    Returns
    -------
    X : ndarray of float64, shape (count, 2)
    y : ndarray of int, shape (count,)
        0 inside, 1 outside, in turn.
    """
    random, y = np.random.default_rng(seed), np.arange(count) % 2
    angle = random.uniform(0, 2 * np.pi, count)
    radius = np.where(y == 1, 1.6, 0.8 * np.sqrt(random.uniform(0, 1, count))) + noise * random.standard_normal(count)
    return radius[:, np.newaxis] * np.stack([np.cos(angle), np.sin(angle)], axis=1), y


def make_spirals(
    count: int = 200, turns: float = 0.9, noise: float = 0.08, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Two spiral arms around each other.

    Parameters
    ----------
    count : int
        How many points in all.
    turns : float
        How often an arm goes around.
    noise : float
        Standard deviation of each coordinate.
    seed : int

    Returns
    -------
    X : ndarray of float64, shape (count, 2)
    y : ndarray of int, shape (count,)
        The arm, 0 or 1, in turn.
    """
    random, y = np.random.default_rng(seed), np.arange(count) % 2
    along = np.linspace(0.12, 1, (count + 1) // 2).repeat(2)[:count]
    angle = 2 * np.pi * turns * along + np.pi * y
    X = 2 * along[:, np.newaxis] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return X + noise * random.standard_normal((count, 2)), y
