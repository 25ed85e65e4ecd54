"""Pictures of features: the hues of an image, its edges as strokes, and how many of each class are right."""

from collections.abc import Mapping, Sequence

import numpy as np

from cs231n_utils.plots.style import COLOURS, HATCHES, PAPER, bare, new_axes, say_source, say_source_below, tidy


def show_hues(images: np.ndarray, histograms: np.ndarray, *, source: str | None = None) -> None:
    """Show images in a row, and below each its histogram of hues, with bars in the colours that they count.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, H, W, 3)
    histograms : ndarray, shape (n, bins)
        How much of each hue, from red around the colour wheel.
    source : str, optional
        Written below.

    Raises
    ------
    ValueError
        If there is not one histogram for each image.
    """
    images, histograms = _pairs(images, histograms, "histogram", axes=2)
    from matplotlib.colors import hsv_to_rgb

    count, bins = histograms.shape
    panels = new_axes(2, count, figsize=(2.4 * count, 4.2), squeeze=False, height_ratios=[1.3, 1])
    colours = [hsv_to_rgb(((place + 0.5) / bins, 0.9, 0.85)) for place in range(bins)]
    for image, heights, (above, below) in zip(images, histograms, panels.T):
        above.imshow(image, interpolation="nearest")
        bare(above)
        below.bar(np.arange(bins) + 0.5, heights, width=1.0, color=colours, edgecolor="white")
        below.set_ylim(0, max(histograms.max(), 1e-9) * 1.05)
        below.set_xticks([0, bins / 3, 2 * bins / 3, bins], ["red", "green", "blue", "red"], fontsize=9)
        below.set_xlabel("hue")
        tidy(below)
    for axes in panels[1, 1:]:
        axes.set_yticklabels([])
    panels[1, 0].set_ylabel("chroma per pixel")
    say_source_below(panels[0, 0], source)


def show_strokes(images: np.ndarray, histograms: np.ndarray, *, source: str | None = None) -> None:
    """Show images in a row, and below each the edges of its cells: a stroke for each orientation, along the edge.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, H, W, 3)
    histograms : ndarray, shape (n, rows, columns, bins)
        How much of each orientation there is in each cell; orientation 0 is a brightness that changes along the row,
        and the last bin ends at half a turn.
    source : str, optional
        Written below.

    Raises
    ------
    ValueError
        If there is not one array of histograms for each image.
    """
    images, histograms = _pairs(images, histograms, "array of cells", axes=4)
    from matplotlib.collections import LineCollection

    count, rows, columns, bins = histograms.shape
    panels = new_axes(2, count, figsize=(2.4 * count, 4.9), squeeze=False)
    along = np.pi * ((np.arange(bins) + 0.5) / bins + 0.5)  # a quarter turn from the gradient
    ways = 0.48 * np.stack([np.cos(along), np.sin(along)], axis=-1)
    centres = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1)[:, :, np.newaxis] + 0.5
    ends = np.stack([centres - ways, centres + ways], axis=-2).reshape(-1, 2, 2)
    for image, cells, (above, below) in zip(images, histograms, panels.T):
        above.imshow(image, interpolation="nearest")
        bare(above)
        strength = (cells / max(cells.max(), 1e-9)).ravel()
        below.add_collection(LineCollection(list(ends), colors="white", alpha=strength, linewidths=1 + 3 * strength))
        below.set(xlim=(0, columns), ylim=(rows, 0), aspect="equal", facecolor="black")
        below.set_xticks(range(columns + 1), [])
        below.set_yticks(range(rows + 1), [])
        below.grid(color="#606060", linewidth=0.6)
        below.tick_params(length=0)
    say_source_below(panels[0, 0], source)


def plot_by_class(
    y: np.ndarray,
    predicted: Mapping[str, np.ndarray],
    classes: Sequence[str],
    title: str | None = None,
    *,
    source: str | None = None,
) -> None:
    """Show for each class which share of its examples is right, for several models side by side.

    Parameters
    ----------
    y : ndarray of int, shape (N,)
        The right classes.
    predicted : dict of str to ndarray of int, shape (N,)
        By the name of a model, what it says.
    classes : sequence of str
        The name of each class.
    title : str, optional
        Above the picture.
    source : str, optional
        Written below.

    Raises
    ------
    ValueError
        If there is not one prediction for each example.
    """
    y = np.asarray(y)
    axes = new_axes(figsize=(11, 3.4))
    width = 0.8 / max(len(predicted), 1)
    places = np.arange(len(classes))
    for number, (name, guesses) in enumerate(predicted.items()):
        if np.shape(guesses) != y.shape:
            raise ValueError(f"{name}: one prediction for each of {len(y)} labels, please; got {np.shape(guesses)}")
        right = np.asarray(guesses) == y
        shares = [100 * right[y == label].mean() if np.any(y == label) else 0.0 for label in places]
        axes.bar(
            places + (number + 0.5) * width - 0.4,
            shares,
            width,
            color=COLOURS[number % len(COLOURS)],
            edgecolor=PAPER,
            hatch=HATCHES[number % len(HATCHES)],
            label=f"{name}: {100 * right.mean():.1f} % of all",
        )
    axes.set_xticks(places, classes)
    axes.set(ylabel="right, in %", ylim=(0, 100), title=title or "")
    axes.legend(frameon=False, ncols=max(len(predicted), 1), loc="upper right")
    tidy(axes)
    say_source(axes, source)


def _pairs(images: np.ndarray, histograms: np.ndarray, what: str, axes: int) -> tuple[np.ndarray, np.ndarray]:
    images, histograms = np.asarray(images), np.asarray(histograms, dtype=float)
    if histograms.ndim != axes or len(images) != len(histograms) or not len(images):
        raise ValueError(f"one {what} for each image, please: got {histograms.shape} for {len(images)} images")
    return images, histograms
