"""Images on a grid: those of the data, a row per class, and the weights of a first layer as pictures."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cs231n_utils.plots.style import PAPER, new_axes, say_source


def visualize_grid(Xs: np.ndarray, ubound: float = 255.0, padding: int = 1) -> np.ndarray:
    """Lay images out on a square grid, each stretched to the full range of brightness by itself.

    Parameters
    ----------
    Xs : ndarray, shape (N, H, W, C)
        Images of any range, weights for example.
    ubound : float
        The brightest value of the result; the darkest is 0.
    padding : int
        Pixels of black between the images.

    Returns
    -------
    ndarray of float64, shape (G * H + (G - 1) * padding, G * W + (G - 1) * padding, C)
        with G the smallest whole number whose square is at least N. An image of one colour comes out black.

    Raises
    ------
    ValueError
        If `Xs` does not have four axes.
    """
    Xs = np.asarray(Xs, dtype=np.float64)
    if Xs.ndim != 4:
        raise ValueError(f"images need the shape (N, H, W, C), got {Xs.shape}")
    count, height, width, channels = Xs.shape
    side = int(np.ceil(np.sqrt(count)))
    rows, columns = (side * length + max(side - 1, 0) * padding for length in (height, width))
    grid = np.zeros((rows, columns, channels))
    for number, image in enumerate(Xs):
        top, left = number // side * (height + padding), number % side * (width + padding)
        low, high = image.min(), image.max()
        if high > low:
            grid[top : top + height, left : left + width] = ubound * (image - low) / (high - low)
    return grid


def show_weights(
    W: np.ndarray,
    image_shape: tuple[int, int, int] = (32, 32, 3),
    title: str | None = None,
    ax: Any = None,
    *,
    source: str | None = None,
) -> None:
    """Show the weights of the first layer, one picture for each hidden unit.

    Parameters
    ----------
    W : ndarray, shape (D, H)
        One column per hidden unit.
    image_shape : tuple
        How an image was flattened into D numbers: (32, 32, 3) for the data layout "rows", (3, 32, 32) for
        "channels_first". The wrong one shows as stripes.
    title : str, optional
        Above the picture.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    source : str, optional
        The data in use, `data["source"]`; written below.

    Raises
    ------
    ValueError
        If W does not have one row per pixel and channel.
    """
    from matplotlib.colors import to_rgb

    W = np.asarray(W)
    if W.ndim != 2 or W.shape[0] != np.prod(image_shape):
        raise ValueError(f"for images {image_shape}, W needs {np.prod(image_shape)} rows, got {W.shape}")
    images = _channels_last(W.T.reshape(-1, *image_shape))
    grid = visualize_grid(images, ubound=1.0)
    side = int(np.ceil(np.sqrt(len(images))))
    rows = int(np.ceil(len(images) / side))
    ax = new_axes(figsize=(5.5, 0.6 + 4.9 * rows / side)) if ax is None else ax
    height, width = images.shape[1] + 1, images.shape[2] + 1
    if last := len(images) % side:  # the last row has no more pictures: black would look like a dead unit
        grid[(rows - 1) * height :, last * width - 1 :] = to_rgb(PAPER)
    ax.imshow(grid[: rows * height - 1], interpolation="nearest")
    ax.axis("off")
    ax.set_title(f"First-layer weights, {W.shape[1]} hidden units" if title is None else title)
    say_source(ax, source)


def show_images(
    X: np.ndarray, y: np.ndarray, classes: Sequence[str], per_class: int = 7, *, source: str | None = None
) -> None:
    """Show the first few images of each class, a row per class.

    Parameters
    ----------
    X : ndarray of uint8, shape (N, H, W, 3)
        Images.
    y : ndarray of int, shape (N,)
        Their labels.
    classes : sequence of str
        The name of each label.
    per_class : int
        How many images of each class.
    source : str, optional
        The data in use, `data["source"]`; written below.
    """
    X, y = np.asarray(X), np.asarray(y)
    height, width = X.shape[1:3]
    sheet = np.full((len(classes) * (height + 2), per_class * (width + 2), 3), 255, dtype=np.uint8)
    for label in range(len(classes)):
        for place, index in enumerate(np.flatnonzero(y == label)[:per_class]):
            top, left = label * (height + 2), place * (width + 2)
            sheet[top : top + height, left : left + width] = X[index]
    ax = new_axes(figsize=(0.6 * per_class + 1.2, 0.6 * len(classes)))
    ax.imshow(sheet, interpolation="nearest")
    ax.set_yticks(np.arange(len(classes)) * (height + 2) + height / 2, classes)
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    if source is not None:
        ax.figure.get_layout_engine().set(rect=(0, 0.03, 1, 0.97))  # room for the line below
    say_source(ax, source)


def as_pictures(X: np.ndarray) -> np.ndarray:
    """Return images as (N, H, W, 3) between 0 and 1, those that are not uint8 stretched one by one."""
    if X.ndim == 2:
        side = int(np.sqrt(X.shape[1] // 3))
        X = X.reshape(-1, side, side, 3)
    X = _channels_last(X)
    if X.dtype == np.uint8:
        return X / 255
    low, high = (f(X, axis=(1, 2, 3), keepdims=True) for f in (np.min, np.max))
    stretched: np.ndarray = (X - low) / np.where(high > low, high - low, 1)
    return stretched


def _channels_last(images: np.ndarray) -> np.ndarray:
    """Return images (N, H, W, 3), whether their channels come last or first."""
    return images.transpose(0, 2, 3, 1) if images.shape[-1] != 3 and images.shape[1] == 3 else images
