"""Which class is taken for which: the confusion matrix, with images of the worst confusions."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cs231n_utils.plots.images import as_pictures
from cs231n_utils.plots.style import ORANGE, ink_on, new_axes, rectangle, say_source


def show_confusion(
    y: np.ndarray,
    predicted: np.ndarray,
    X: np.ndarray | None = None,
    classes: Sequence[str] | None = None,
    title: str | None = None,
    *,
    worst: int = 6,
    per_row: int = 6,
    source: str | None = None,
) -> None:
    """Show how often each class is taken for each other class, and images of the worst confusions.

    Parameters
    ----------
    y, predicted : ndarray of int, shape (N,)
        The right classes, and those that the model gave.
    X : ndarray, shape (N, 32, 32, 3), (N, 3, 32, 32) or (N, 3072), optional
        The images. Those that are not uint8 are stretched to the full range of brightness, each by itself.
    classes : sequence of str, optional
        The name of each class; CIFAR-10's if not given.
    title : str, optional
        Above the picture.
    worst, per_row : int
        How many confusions are shown with images, and how many images of each.
    source : str, optional
        The data in use, `data["source"]`; written below.

    Raises
    ------
    ValueError
        If the numbers of labels, predictions and images differ.

    Examples
    --------
    >>> show_confusion(data["y_val"], net.predict(data["X_val"]), data["X_val"])    # doctest: +SKIP
    """
    y, predicted = np.asarray(y), np.asarray(predicted)
    if y.ndim != 1 or y.shape != predicted.shape or (X is not None and len(X) != len(y)):
        raise ValueError(
            f"one prediction and one image for each label, please: got {y.shape} labels, "
            f"{predicted.shape} predictions" + ("" if X is None else f", {len(X)} images")
        )
    if classes is None:
        from cs231n_utils.data import CLASSES

        classes = CLASSES
    count = len(classes)
    counts = np.zeros((count, count), int)
    np.add.at(counts, (y, predicted), 1)
    off = np.where(np.eye(count, dtype=bool), 0, counts)
    ranked = [np.unravel_index(k, off.shape) for k in np.argsort(-off, axis=None, kind="stable")[:worst]]
    ranked = [pair for pair in ranked if off[pair]]

    panels = 1 if X is None or not ranked else 2
    ax = new_axes(1, panels, figsize=(6.0 * panels, 5.4), width_ratios=[1.25, 1][:panels])
    matrix, *images = np.ravel(ax)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    fields = matrix.imshow(shares, cmap="Blues", vmin=0, vmax=max(shares.max(), 1e-9))
    for place in np.ndindex(counts.shape):
        if counts[place]:
            matrix.text(
                *place[::-1],
                counts[place],
                ha="center",
                va="center",
                fontsize=9,
                color=ink_on(fields.to_rgba(shares[place])),
            )
    for row, column in ranked:
        matrix.add_patch(rectangle((column - 0.48, row - 0.48), 0.96, 0.96, fill=False, edgecolor=ORANGE, linewidth=2))
    matrix.set_xticks(range(count), classes, rotation=45, ha="right", rotation_mode="anchor")
    matrix.set_yticks(range(count), classes)
    right = np.trace(counts) / max(len(y), 1)
    matrix.set(
        xlabel="predicted class",
        ylabel="right class",
        title=f"{100 * right:.1f} % of {len(y):,} right" if title is None else title,
    )
    if images:
        _confused_images(images[0], X, y, predicted, ranked, off, classes, per_row)
    say_source(matrix, source)


def _confused_images(
    ax: Any,
    X: Any,
    y: np.ndarray,
    predicted: np.ndarray,
    pairs: Sequence[Any],
    counts: np.ndarray,
    classes: Sequence[str],
    per_row: int,
) -> None:
    rows = [np.flatnonzero((y == right) & (predicted == given))[:per_row] for right, given in pairs]
    pictures = [as_pictures(np.asarray(X)[chosen]) for chosen in rows]
    height, width = pictures[0].shape[1:3]
    sheet = np.ones((len(rows) * (height + 2), per_row * (width + 2), 3))
    for row, shown in enumerate(pictures):
        for column, image in enumerate(shown):
            top, left = row * (height + 2), column * (width + 2)
            sheet[top : top + height, left : left + width] = image
    ax.imshow(sheet, interpolation="nearest")
    ax.set_yticks(
        np.arange(len(rows)) * (height + 2) + height / 2,
        [
            f"{classes[right]}\ntaken for {classes[given]}\n({counts[right, given]} of {(y == right).sum()})"
            for right, given in pairs
        ],
        fontsize=9,
    )
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_title("the most frequent confusions")
