"""Points in the plane: data sets small enough to look at, and what a model makes of them.

They are drawn anew from a seed, need no download, and have as many points of each class.
"""

from collections.abc import Callable

import numpy as np

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
_LIGHT = ("#B9D9EA", "#F5CDB1", "#B5E0D3", "#EFD4E1")
_MARKS = ("o", "^", "s", "D")


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


def make_spirals(count: int = 200, turns: float = 0.9, noise: float = 0.08, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
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


def show_points(X: np.ndarray, y: np.ndarray, title: str | None = None, ax=None, *, size: float = 26) -> None:
    """Draw points in the colour and with the mark of their class.

    Parameters
    ----------
    X : ndarray, shape (N, 2)
    y : ndarray of int, shape (N,)
        Classes from 0 to 3.
    title : str, optional
        Above the picture.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    size : float
        Area of a mark in square points.

    Raises
    ------
    ValueError
        If these are not N points with N labels.
    """
    X, y = _points(X, y)
    ax = _new_axes() if ax is None else ax
    for label in np.unique(y):
        ax.scatter(*X[y == label].T, s=size, marker=_MARKS[label], color=_COLOURS[label], edgecolor="white",
                   linewidth=0.6, label=f"class {label}", zorder=3)
    ax.set(xlabel="first number", ylabel="second number", aspect="equal")
    ax.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0), handletextpad=0.2)
    if title is not None:
        ax.set_title(title)


def show_regions(
    predict: Callable[[np.ndarray], np.ndarray], X: np.ndarray, y: np.ndarray, title: str | None = None, ax=None, *,
    steps: int = 220, margin: float = 0.5,
) -> None:
    """Colour the plane by the class that a model gives to each place, and draw the data on top.

    The line between two colours is where the model changes its mind.

    Parameters
    ----------
    predict : callable
        Takes points (M, 2) and gives their classes (M,), as whole numbers or as truth values.
    X : ndarray, shape (N, 2)
    y : ndarray of int, shape (N,)
    title : str, optional
        Above the picture; the share of points on the right side is added to it.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    steps : int
        How many places to ask for along each side.
    margin : float
        How far the picture reaches beyond the points.

    Raises
    ------
    ValueError
        If these are not N points with N labels, or `predict` does not give one class for each point.
    """
    X, y = _points(X, y)
    low, high = X.min(axis=0) - margin, X.max(axis=0) + margin
    across, up = (np.linspace(low[k], high[k], steps) for k in range(2))
    places = np.stack([grid.ravel() for grid in np.meshgrid(across, up)], axis=1)
    fields, own = (np.asarray(predict(points)) for points in (places, X))
    if fields.shape != (steps * steps,) or fields.dtype.kind not in "biu":
        raise ValueError(f"predict should give one class for each of {len(places)} points, a whole number or a truth "
                         f"value; it gives {fields.dtype} of shape {fields.shape}")
    from matplotlib.colors import ListedColormap

    ax = _new_axes() if ax is None else ax
    fields = fields.astype(int).reshape(steps, steps)
    ax.pcolormesh(across, up, fields, cmap=ListedColormap(_LIGHT), vmin=-0.5, vmax=len(_LIGHT) - 0.5, shading="nearest",
                  rasterized=True)
    if fields.min() < fields.max():
        ax.contour(across, up, fields, levels=np.arange(fields.min(), fields.max()) + 0.5, colors="#404040", linewidths=1.2)
    show_points(X, y, ax=ax)
    right = f"{100 * np.mean(own.astype(int) == y):.0f} % right"
    ax.set_title(right if title is None else f"{title}: {right}")
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))


def _points(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    X, y = np.asarray(X), np.asarray(y)
    if X.ndim != 2 or X.shape[1] != 2 or y.shape != X.shape[:1]:
        raise ValueError(f"points need the shapes (N, 2) and (N,), got {X.shape} and {y.shape}")
    return X, y.astype(int)


def _new_axes():
    import matplotlib.pyplot as plt  # imported late: half a second, only for pictures

    return plt.subplots(figsize=(5.6, 4.4), layout="constrained")[1]
