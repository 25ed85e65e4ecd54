"""How sure a net is: pictures beside what many noisy answers say about them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cs231n_utils.plots.images import as_pictures
from cs231n_utils.plots.style import BLUE, ORANGE, new_axes, say_source


def show_uncertainty(
    X: np.ndarray,
    y: np.ndarray,
    answers: np.ndarray,
    classes: Sequence[str] | None = None,
    title: str | None = None,
    *,
    count: int = 3,
    shown: int = 4,
    ax: Sequence[Any] | None = None,
    source: str | None = None,
) -> None:
    """Show the pictures that the answers agree on most, and those on which they agree least.

    Beside each picture are its most likely classes: a bar for the mean probability, a line from the 10th to the 90th
    percentile of the answers, and the right class in orange.

    Parameters
    ----------
    X : ndarray, shape (N, 32, 32, 3), (N, 3, 32, 32) or (N, 3072)
        The pictures.
    y : ndarray of int, shape (N,)
        The right classes.
    answers : ndarray, shape (passes, N, C)
        Probabilities, pass by pass.
    classes : sequence of str, optional
        The name of each class; CIFAR-10's if not given.
    title : str, optional
        Above all panels.
    count : int
        How many pictures of each kind.
    shown : int
        How many classes for each picture; the right one takes the place of the last if it is not among them.
    ax : 4 * `count` matplotlib Axes in rows of four, optional
        Where to draw; a new figure if not given.
    source : str, optional
        The data in use, `data["source"]`; written below.

    Raises
    ------
    ValueError
        If the answers do not fit the pictures, or there are fewer than 2 * `count` of these.

    Examples
    --------
    >>> show_uncertainty(images, y, answers, source=data["source"])             # doctest: +SKIP
    """
    answers, X, y = np.asarray(answers, dtype=float), np.asarray(X), np.asarray(y)
    if answers.ndim != 3 or not answers.shape[1] == len(X) == len(y) or len(X) < 2 * count:
        raise ValueError(
            f"answers need the shape (passes, {len(X)}, C) and at least {2 * count} pictures, got "
            f"{answers.shape}, {len(X)} pictures and {len(y)} labels"
        )
    if classes is None:
        from cs231n_utils.data import CLASSES

        classes = CLASSES
    mean = answers.mean(axis=0)
    low, high = np.quantile(answers, (0.1, 0.9), axis=0)
    order = np.argsort(-mean.max(axis=1), kind="stable")
    if ax is None:
        ax = new_axes(count, 4, figsize=(12, 1.7 * count), width_ratios=[1, 2, 1, 2])
    panels = np.reshape(ax, (count, 4))
    for column, (heading, places) in enumerate((("most sure", order[:count]), ("least sure", order[::-1][:count]))):
        for row, place in enumerate(places):
            image, bars = panels[row, 2 * column], panels[row, 2 * column + 1]
            image.imshow(as_pictures(X[place : place + 1])[0], interpolation="nearest")
            image.axis("off")
            best = list(np.argsort(-mean[place], kind="stable")[:shown])
            if y[place] not in best:
                best[-1] = int(y[place])
            _bars(
                bars,
                [f"{classes[label]}{' (right)' if label == y[place] else ''}" for label in best],
                mean[place, best],
                low[place, best],
                high[place, best],
                [label == y[place] for label in best],
            )
            if row == 0:
                bars.set_title(heading, fontsize=11)
            if row == count - 1:
                bars.set_xlabel("probability", fontsize=9)
            else:
                bars.set_xticklabels([])
    if title is not None:
        panels[0, 0].figure.suptitle(title)
    say_source(panels[0, 0], source)


def _bars(
    ax: Any, names: Sequence[str], mean: np.ndarray, low: np.ndarray, high: np.ndarray, right: Sequence[bool]
) -> None:
    places = np.arange(len(names))
    ax.barh(places, mean, color=[ORANGE if one else BLUE for one in right], height=0.7)
    ax.hlines(places, low, high, color="white", linewidth=2.6)  # a light edge round a dark line: visible on any bar
    ax.hlines(places, low, high, color="black", linewidth=1.4)
    ax.set_yticks(places, names, fontsize=9)
    ax.invert_yaxis()
    ax.set_xlim(0, 1)
    ax.spines[["top", "right"]].set_visible(False)
