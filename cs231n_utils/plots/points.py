"""Points in the plane, and what a model makes of them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cs231n_utils.plots.style import COLOURS, new_axes

# Pale versions of the first colours, for the background; in grey each is a different one.
_LIGHT = ("#9CC6E0", "#F9DDC9", "#ACDCCB", "#FAF1F6")
_MARKERS = ("o", "^", "s", "D")


def show_points(X: np.ndarray, y: np.ndarray, title: str | None = None, ax: Any = None, *, size: float = 26) -> None:
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
    ax = new_axes(figsize=(5.6, 4.4)) if ax is None else ax
    for label in np.unique(y):
        ax.scatter(
            *X[y == label].T,
            s=size,
            marker=_MARKERS[label],
            color=COLOURS[label],
            edgecolor="white",
            linewidth=0.6,
            label=f"class {label}",
            zorder=3,
        )
    ax.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    ax.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0), handletextpad=0.2)
    if title is not None:
        ax.set_title(title)


def show_regions(
    predict: Callable[[np.ndarray], np.ndarray],
    X: np.ndarray,
    y: np.ndarray,
    title: str | None = None,
    ax: Any = None,
    *,
    steps: int = 220,
    margin: float = 0.5,
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
        How many places to ask about along each side.
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
        raise ValueError(
            f"predict should give one class for each of {len(places)} points, a whole number or a truth "
            f"value; it gives {fields.dtype} of shape {fields.shape}"
        )
    from matplotlib.colors import ListedColormap

    ax = new_axes(figsize=(5.6, 4.4)) if ax is None else ax
    fields = fields.astype(int).reshape(steps, steps)
    ax.pcolormesh(
        across,
        up,
        fields,
        cmap=ListedColormap(_LIGHT),
        vmin=-0.5,
        vmax=len(_LIGHT) - 0.5,
        shading="nearest",
        rasterized=True,
    )
    if fields.min() < fields.max():
        ax.contour(
            across, up, fields, levels=np.arange(fields.min(), fields.max()) + 0.5, colors="#404040", linewidths=1.2
        )
    show_points(X, y, ax=ax)
    right = f"{100 * np.mean(own.astype(int) == y):.0f} % right"
    ax.set_title(right if title is None else f"{title}: {right}")
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))


def _points(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    X, y = np.asarray(X), np.asarray(y)
    if X.ndim != 2 or X.shape[1] != 2 or y.shape != X.shape[:1]:
        raise ValueError(f"points need the shapes (N, 2) and (N,), got {X.shape} and {y.shape}")
    return X, y.astype(int)
