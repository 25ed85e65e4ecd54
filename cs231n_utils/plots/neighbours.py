"""Pictures of nearest neighbours: pixels, disguises, distances, speed, cross-validation.

Each takes a `source`, the name of the data in use: then the picture says which data it was made with.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cs231n_utils.plots.images import as_pictures
from cs231n_utils.plots.style import (
    BLUE,
    GREY,
    ORANGE,
    bare,
    ink_on,
    new_axes,
    rectangle,
    say_source,
    say_source_below,
    tidy,
)


def show_numbers(image: np.ndarray, top: int = 12, left: int = 12, size: int = 8, *, source: str | None = None) -> None:
    """Show an image, and beside it the numbers that a small part of it consists of (red light only).

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
    top, left, size : int
        The part: `size` rows and columns from there on.
    source : str, optional
        Written below.

    Raises
    ------
    ValueError
        If the part does not lie in the image.
    """
    image = np.asarray(image)
    part = image[top : top + size, left : left + size, 0]
    if min(top, left) < 0 or part.shape != (size, size):
        raise ValueError(f"an image of shape {image.shape} has no {size} x {size} pixels from ({top}, {left}) on")
    whole, numbers = new_axes(1, 2, figsize=(9, 4.2))
    whole.imshow(image, interpolation="nearest")
    for colour, width in (("white", 5), (ORANGE, 2.5)):  # with a white edge it is seen on any image, in grey too
        whole.add_patch(rectangle((left - 0.5, top - 0.5), size, size, fill=False, edgecolor=colour, linewidth=width))
    whole.set_title("what you see")
    fields = numbers.imshow(part, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    for row, column in np.ndindex(part.shape):
        numbers.text(
            column,
            row,
            part[row, column],
            ha="center",
            va="center",
            fontsize=9,
            color=ink_on(fields.to_rgba(part[row, column])),
        )
    numbers.set_title("what the computer gets (red light, 0 to 255)")
    for axes in (whole, numbers):
        bare(axes)
    say_source_below(whole, source)


def disguises(image: np.ndarray) -> dict[str, np.ndarray]:
    """Return an image and four changed versions that fool nobody: moved, in the dark, half hidden, mirrored.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)

    Returns
    -------
    dict of str to ndarray of uint8
        By what was done, the image itself first.
    """
    image = np.asarray(image)
    hidden = image.copy()
    hidden[len(image) // 2 :] = 128
    return {
        "the picture": image.copy(),
        "moved by 4 pixels": np.roll(image, 4, axis=1),
        "in the dark": (0.5 * image).astype(np.uint8),
        "half hidden": hidden,
        "mirrored": image[:, ::-1].copy(),
    }


def show_disguises(
    images: Mapping[str, np.ndarray],
    distances: Sequence[float],
    notes: Sequence[str] | None = None,
    title: str | None = None,
    *,
    source: str | None = None,
) -> None:
    """Show images in a row, each with its name and its distance to the first.

    Parameters
    ----------
    images : dict of str to ndarray of uint8, shape (H, W, 3)
    distances : sequence of float
        One for each image.
    notes : sequence of str, optional
        A line below each distance.
    title : str, optional
        Above the row.
    source : str, optional
        Written below.

    Raises
    ------
    ValueError
        If there is not one distance for each image.
    """
    notes = [""] * len(images) if notes is None else notes
    if not len(distances) == len(notes) == len(images):
        raise ValueError(
            f"one distance for each image, please, and one note: got {len(distances)} and {len(notes)} for "
            f"{len(images)} images"
        )
    row = np.ravel(new_axes(1, len(images), figsize=(1.9 * len(images), 3.0)))
    for axes, (name, image), distance, note in zip(row, images.items(), distances, notes):
        axes.imshow(image, interpolation="nearest")
        axes.set_title(name, fontsize=9)
        axes.set_xlabel(f"distance {float(distance):,.0f}\n{note}".rstrip(), fontsize=9)
        bare(axes)
    if title is not None:
        row[0].figure.suptitle(title)
    say_source_below(row[0], source)


def show_distances(dists: np.ndarray, title: str | None = None, *, source: str | None = None) -> None:
    """Show a matrix of distances, a row for each test image: the brighter, the farther apart.

    The colours run from the 1st to the 99th percentile, since a few far ones would make all others look alike.

    Parameters
    ----------
    dists : ndarray, shape (num_test, num_train)
    title : str, optional
        Above the picture.
    source : str, optional
        Written below.
    """
    axes = new_axes(figsize=(11, 3.2))
    dists = np.asarray(dists, dtype=float)
    low, high = np.percentile(dists, [1, 99])
    picture = axes.imshow(dists, cmap="viridis", aspect="auto", interpolation="nearest", vmin=low, vmax=high)
    axes.figure.colorbar(picture, ax=axes, extend="both").set_label("distance")
    axes.set(xlabel="training picture", ylabel="test picture", title="All distances" if title is None else title)
    say_source(axes, source)


def show_neighbours(
    images: np.ndarray,
    labels: np.ndarray,
    train_images: np.ndarray,
    train_labels: np.ndarray,
    dists: np.ndarray,
    classes: Sequence[str],
    count: int = 8,
    *,
    source: str | None = None,
) -> None:
    """Show a few test images, and beside each its nearest training images, framed if they are of its class.

    Parameters
    ----------
    images, labels : ndarray
        Test images (n, H, W, 3) of uint8, and their labels (n,).
    train_images, train_labels : ndarray
        The same for training.
    dists : ndarray, shape (n, num_train)
        Distances.
    classes : sequence of str
        The name of each label.
    count : int
        How many neighbours.
    source : str, optional
        Written below.

    Raises
    ------
    ValueError
        If `dists` does not have a row for each test image and a column for each training image.
    """
    dists = np.asarray(dists, dtype=float)
    if dists.shape != (len(images), len(train_images)):
        raise ValueError(f"dists has shape {dists.shape}; for these images it is {(len(images), len(train_images))}")
    panels = new_axes(len(images), count + 1, figsize=(1.15 * (count + 1), 1.4 * len(images)))
    panels = np.reshape(panels, (len(images), count + 1))
    for row, image, label, distances in zip(panels, images, labels, dists):
        ranked = sorted(range(len(distances)), key=distances.__getitem__)
        shown = [(image, label), *((train_images[j], train_labels[j]) for j in ranked[:count])]
        for place, (axes, (picture, its_label)) in enumerate(zip(row, shown)):
            axes.imshow(as_pictures(np.asarray(picture)[np.newaxis])[0], interpolation="nearest")
            same = its_label == label
            axes.set_xlabel(classes[its_label], fontsize=9, labelpad=2, fontweight="bold" if same else "normal")
            axes.set_xticks([])
            axes.set_yticks([])
            for spine in axes.spines.values():
                spine.set(visible=bool(place and same), color=BLUE, linewidth=3.5)
    panels[0, 0].figure.suptitle(
        "Left: a test picture. Then its nearest training pictures; a frame marks those of the same class"
    )
    say_source_below(panels[0, 0], source)


def plot_speed(seconds: Mapping[str, float], title: str | None = None) -> None:
    """Show how long several ways to the same result took, as bars whose lengths can be compared.

    Parameters
    ----------
    seconds : dict of str to float
        By name; the first one is what the others are compared with.
    title : str, optional
        Above the picture.

    Raises
    ------
    ValueError
        If nothing was measured.
    """
    if not seconds:
        raise ValueError("no times to show")
    names, times = list(seconds), np.maximum(np.array(list(seconds.values()), dtype=float), 1e-9)
    axes = new_axes(figsize=(8, 0.8 + 0.5 * len(names)))
    axes.barh(names, times, color=[GREY, *[BLUE] * (len(names) - 1)])
    for row, time in enumerate(times):
        words = "" if row == 0 else f", {_compared(times[0] / time)}"
        axes.annotate(f"{time:.3g} s{words}", (time, row), xytext=(6, 0), textcoords="offset points", va="center")
    axes.invert_yaxis()
    axes.set(xlabel="seconds", title=title or "")
    axes.set_xlim(0, times.max() * 1.25)  # room for the words beside the longest bar
    tidy(axes)


def plot_cross_validation(
    k_to_accuracies: Mapping[int, Sequence[float]],
    title: str | None = None,
    ax: Any = None,
    *,
    source: str | None = None,
) -> None:
    """Show the accuracy of each fold against k, with the mean and the standard deviation over the folds.

    Parameters
    ----------
    k_to_accuracies : dict of int to sequence of float
        For each k, one accuracy per fold.
    title : str, optional
        Above the picture.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    source : str, optional
        Written below.

    Raises
    ------
    ValueError
        If there are no accuracies.
    """
    if not k_to_accuracies or not all(len(values) for values in k_to_accuracies.values()):
        raise ValueError("there are no accuracies to show")
    ks = sorted(k_to_accuracies)
    folds = [np.asarray(k_to_accuracies[k], dtype=float) for k in ks]
    means, spread = np.array([one.mean() for one in folds]), np.array([one.std() for one in folds])
    ax = new_axes(figsize=(9, 4)) if ax is None else ax
    for k, values in zip(ks, folds):
        ax.scatter([k] * len(values), values, color=GREY, s=22, zorder=2, label="one fold" if k == ks[0] else None)
    ax.errorbar(
        ks,
        means,
        yerr=spread,
        color=BLUE,
        marker="o",
        capsize=4,
        linewidth=2,
        zorder=3,
        label="mean and standard deviation",
    )
    best = int(np.argmax(means))
    ax.scatter([ks[best]], [means[best]], color=ORANGE, s=120, zorder=4, label=f"highest mean: k = {ks[best]}")
    ax.set(
        xscale="log",
        xlabel="k (logarithmic)",
        ylabel="accuracy on the fold left out",
        title="Cross-validation" if title is None else title,
    )
    ax.set_xticks(ks, [str(k) for k in ks])
    ax.minorticks_off()
    ax.legend(frameon=False, fontsize=9)
    tidy(ax)
    say_source(ax, source)


def _compared(ratio: float) -> str:
    """Say how many times as fast something is; a clock is not so exact that a tenth would count."""
    if 0.9 < ratio < 1.1:
        return "about as fast"
    times = float(f"{max(ratio, 1 / ratio):.2g}")
    return f"{times:g} times as {'fast' if ratio > 1 else 'slow'}"
