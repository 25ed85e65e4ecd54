"""Pictures: images, weights, activations, training curves, tuning results, confusions; one line each.

Each takes a `source`, which is `data["source"]`: then the picture says which data it was made with.
"""

import base64
import io
from collections.abc import Mapping, Sequence

import numpy as np

# Two colours that stay apart for colour-blind eyes and in grey print (Okabe and Ito's blue and orange).
_BLUE, _ORANGE, _GREY = "#0072B2", "#D55E00", "#B0B0B0"


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
    W: np.ndarray, image_shape: tuple[int, int, int] = (32, 32, 3), title: str | None = None, ax=None, *,
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
    W = np.asarray(W)
    if W.ndim != 2 or W.shape[0] != np.prod(image_shape):
        raise ValueError(f"for images {image_shape}, W needs {np.prod(image_shape)} rows, got {W.shape}")
    images = _channels_last(W.T.reshape(-1, *image_shape))
    ax = _new_axes(figsize=(7, 7)) if ax is None else ax
    grid = visualize_grid(images, ubound=1.0)
    side = int(np.ceil(np.sqrt(len(images))))
    used_rows = int(np.ceil(len(images) / side)) * (images.shape[1] + 1) - 1
    ax.imshow(grid[:used_rows], interpolation="nearest")
    ax.axis("off")
    ax.set_title(f"First-layer weights, {W.shape[1]} hidden units" if title is None else title)
    _say_source(ax, source)


def show_activations(
    activations: Mapping[str, np.ndarray], title: str | None = None, ax: Sequence | None = None, *,
    source: str | None = None,
) -> None:
    """Show how the outputs of each layer are distributed, a histogram for each.

    Below the name of a layer stand its mean and standard deviation and, if there are any, how many entries are exactly
    0 and how many units are 0 for every example (after a ReLU these are dead: no gradient reaches them).

    Parameters
    ----------
    activations : dict of str to ndarray, shape (N, H)
        What each layer gave for N examples, by its name, from the first to the last.
    title : str, optional
        Above all panels.
    ax : matplotlib Axes, one for each layer, optional
        Where to draw; a new figure if not given.
    source : str, optional
        The data in use, `data["source"]`; written below.

    Raises
    ------
    ValueError
        If there are no activations.

    Examples
    --------
    >>> hidden = np.maximum(0, X @ net.params["W1"] + net.params["b1"])             # doctest: +SKIP
    >>> show_activations({"hidden layer": hidden, "scores": net.loss(X)})           # doctest: +SKIP
    """
    if not activations:
        raise ValueError("there are no activations to show")
    if ax is None:
        ax = _new_axes(1, len(activations), figsize=(min(4.2 * len(activations), 14), 3.4))
    for panel, (name, values) in zip(np.ravel(ax), activations.items(), strict=True):
        values = np.asarray(values, dtype=float)
        finite = values[np.isfinite(values)]
        off = values == 0
        lines = [name, f"mean {_rounded(values.mean(), values.std())}, standard deviation {values.std():.3g}"]
        if off.any():
            dead = off.reshape(len(off), -1).all(axis=0)
            lines.append(f"{100 * off.mean():.0f} % are 0" + (f"; {dead.sum()} of {dead.size} units always" if dead.any() else ""))
        if finite.size < values.size:
            lines.append(f"{100 - 100 * finite.size / values.size:.0f} % are not finite")
        # Zeros would dwarf all the rest: their share is written out, and the bars show the others.
        shown = finite[finite != 0] if off.any() else finite
        panel.hist(shown, bins=50, weights=np.full(shown.size, 100 / max(values.size, 1)), color=_BLUE)
        panel.axvline(0, color=_GREY, linewidth=1)
        panel.set_title("\n".join(lines), fontsize=10)
        panel.set(xlabel="activation", ylabel="share of the entries in %")
        _tidy(panel)
    first = np.ravel(ax)[0]
    if title is not None:
        first.figure.suptitle(title)
    _say_source(first, source)


def plot_history(
    stats: Mapping | object, ax: Sequence | None = None, title: str | None = None, *, source: str | None = None
) -> None:
    """Show how training went: the loss of every step on the left, the accuracies of every epoch on the right.

    Parameters
    ----------
    stats : dict or Solver
        With ``loss_history``, ``train_acc_history`` and ``val_acc_history``.
    ax : two matplotlib Axes, optional
        Where to draw; a new figure if not given.
    title : str, optional
        Above both panels.
    source : str, optional
        The data in use, `data["source"]`; written below. A Solver knows it.
    """
    losses, train_acc, val_acc = (
        np.asarray(stats[name] if isinstance(stats, Mapping) else getattr(stats, name), dtype=float)
        for name in ("loss_history", "train_acc_history", "val_acc_history")
    )
    left, right = _new_axes(1, 2, figsize=(11, 3.8)) if ax is None else ax
    if title is not None:
        left.figure.suptitle(title)

    steps = np.arange(1, len(losses) + 1)
    window = max(len(losses) // 50, 1)
    if window > 1:
        # Single losses jump about, so the eye gets their running mean, and the losses themselves in grey.
        left.plot(steps, losses, color=_GREY, linewidth=0.6, label="each step")
        means = np.convolve(losses, np.full(window, 1 / window), mode="valid")
        left.plot(steps[window - 1 :], means, color=_BLUE, linewidth=2, label=f"mean of {window} steps")
        left.legend(frameon=False)
    else:
        left.plot(steps, losses, color=_BLUE, marker=".")
    left.set(xlabel="step", ylabel="loss", title="Loss", xlim=(0, len(losses) + 1))
    broken = np.flatnonzero(~np.isfinite(losses))
    if broken.size:
        left.text(
            0.03, 0.05, f"the loss is not a number\nfrom step {steps[broken[0]]} on",
            transform=left.transAxes, color=_ORANGE,
        )  # fmt: skip

    right.plot(train_acc, color=_BLUE, marker=".", label="training")
    right.plot(val_acc, color=_ORANGE, marker=".", label="validation")
    if val_acc.size and np.isfinite(val_acc).any():
        best = int(np.nanargmax(val_acc))
        right.plot(best, val_acc[best], "o", color=_ORANGE, markersize=9, fillstyle="none")
        # At either end the label stays inside the panel, off its axis.
        side = "left" if best < 0.1 * (len(val_acc) - 1) else "right" if best > 0.9 * (len(val_acc) - 1) else "center"
        right.annotate(
            f"best {val_acc[best]:.3f}", (best, val_acc[best]), xytext=(0, -18),
            textcoords="offset points", ha=side, color=_ORANGE,
        )  # fmt: skip
    right.legend(frameon=False, loc="lower right")
    right.xaxis.get_major_locator().set_params(integer=True)
    right.set(xlabel="epoch", ylabel="accuracy", title="Accuracy")
    right.margins(y=0.15)
    for panel in (left, right):
        _tidy(panel)
    _say_source(left, source or getattr(stats, "source", None))


def history_as_png(stats: Mapping | object) -> str:
    """Return the picture of `plot_history` as a PNG file in base64, without touching the figures that are open."""
    from matplotlib.figure import Figure

    figure, file = Figure(figsize=(11, 3.8), layout="constrained"), io.BytesIO()
    plot_history(stats, ax=figure.subplots(1, 2))
    figure.savefig(file, format="png", dpi=72)
    return base64.b64encode(file.getvalue()).decode()


def plot_tuning(
    results: Mapping, names: Sequence[str] | None = None, top: int = 25, ax=None, title: str | None = None, *,
    by: Sequence[str] | None = None, source: str | None = None,
) -> None:
    """Show the settings that were tried, with the winner marked: a map if two hyperparameters vary, else a list.

    Parameters
    ----------
    results : dict
        The validation accuracy of each setting. A key is one hyperparameter, or a tuple of them.
    names : sequence of str, optional
        What the hyperparameters are called, in the order of the tuple.
    top : int
        In a list, show so many of the best settings.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    title : str, optional
        Above the picture.
    by : two of the names, optional
        Draw a map of these two, downwards and to the right, also if more of them vary: each field then shows the best
        of its settings.
    source : str, optional
        The data in use, `data["source"]`; written below.

    Raises
    ------
    ValueError
        If there are no results, or `by` is not two of the names.
    """
    if not results:
        raise ValueError("there are no results to show: has the tuning cell been run?")
    if by is not None and (names is None or len(set(by)) != 2 or not set(by) <= set(names)):
        raise ValueError(f"by needs two of the names {names}, got {by!r}")

    # A diverged run comes last.
    ranked = sorted(results.items(), key=lambda item: item[1] if np.isfinite(item[1]) else -np.inf, reverse=True)
    settings = [key if isinstance(key, tuple) else (key,) for key, _ in ranked]
    values = np.array([value for _, value in ranked], dtype=float)
    varying = [i for i, column in enumerate(zip(*settings, strict=True)) if len(set(column)) > 1]
    axes = [list(names).index(name) for name in by] if by is not None else varying
    if len(axes) == 2:
        ax = _tuning_map(settings, values, axes, names, ax)
        left_out = ""
    else:
        left_out = f", the best {top} of {len(ranked)} settings" if len(ranked) > top else ""
        ax = _tuning_list(settings[:top], values[:top], names, ax)
    ax.set_title(f"Tuning{left_out}" if title is None else title)
    _say_source(ax, source)


def _tuning_list(settings: list[tuple], values: np.ndarray, names: Sequence[str] | None, ax):
    ax = _new_axes(figsize=(8, 1.2 + 0.28 * len(values))) if ax is None else ax
    rows = np.arange(len(values))
    ax.scatter(values, rows, color=_BLUE, zorder=3)
    ax.scatter(values[:1], rows[:1], color=_ORANGE, s=110, zorder=4)
    ax.annotate(
        f"best: {values[0]:.3f}", (values[0], 0), xytext=(-10, 0),
        textcoords="offset points", ha="right", va="center", color=_ORANGE,
    )  # fmt: skip
    ax.set_yticks(rows, [_setting(setting, names) for setting in settings])
    ax.invert_yaxis()
    ax.margins(x=0.22)
    ax.set_xlabel("validation accuracy")
    _tidy(ax)
    return ax


def _tuning_map(settings: list[tuple], values: np.ndarray, axes: list[int], names: Sequence[str] | None, ax):
    """Draw a field for each pair of values; the settings come best first, so the first one of a field stays."""
    down, right = ([*dict.fromkeys(setting[i] for setting in settings)] for i in axes)
    for ticks in (down, right):
        if all(isinstance(value, (int, float, np.number)) for value in ticks):
            ticks.sort()
    fields, tried = np.full((len(down), len(right)), np.nan), np.zeros((len(down), len(right)), bool)
    for setting, value in zip(settings, values, strict=True):
        place = down.index(setting[axes[0]]), right.index(setting[axes[1]])
        if not tried[place]:
            fields[place], tried[place] = value, True
    fields[~np.isfinite(fields)] = np.nan
    if ax is None:
        ax = _new_axes(figsize=(2.6 + 0.95 * len(right), 1.6 + 0.62 * len(down)))
    picture = ax.imshow(fields, cmap="viridis", aspect="auto")
    bar = ax.figure.colorbar(picture, ax=ax)
    bar.set_label("validation accuracy")
    low, high = np.nanmin(fields, initial=np.inf), np.nanmax(fields, initial=-np.inf)
    for place in np.ndindex(fields.shape):
        value = fields[place]
        text = f"{value:.3f}" if np.isfinite(value) else "diverged" if tried[place] else "not tried"
        dark = np.isfinite(value) and value < low + 0.6 * (high - low)
        ax.text(*place[::-1], text, ha="center", va="center", color="white" if dark else "black",
                fontsize=10 if np.isfinite(value) else 8)
    if np.isfinite(values[0]):
        row, column = down.index(settings[0][axes[0]]), right.index(settings[0][axes[1]])
        ax.add_patch(_rectangle((column - 0.47, row - 0.47), 0.94, 0.94, fill=False, edgecolor=_ORANGE, linewidth=3.5))
        ax.text(column, row + 0.3, "best", ha="center", va="center", fontsize=9, fontweight="bold",
                color="black" if fields[row, column] >= low + 0.6 * (high - low) else "white")
    ax.set_xticks(range(len(right)), [_setting(value, None) for value in right])
    ax.set_yticks(range(len(down)), [_setting(value, None) for value in down])
    if names is not None:
        ax.set(ylabel=names[axes[0]], xlabel=names[axes[1]])
    return ax


def show_confusion(
    y: np.ndarray, predicted: np.ndarray, X: np.ndarray | None = None, classes: Sequence[str] | None = None,
    title: str | None = None, *, worst: int = 6, per_row: int = 6, source: str | None = None,
) -> None:
    """Show how often each class is taken for each other, and images of the worst confusions.

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
        raise ValueError(f"one prediction and one image for each label, please: got {y.shape} labels, "
                         f"{predicted.shape} predictions" + ("" if X is None else f", {len(X)} images"))
    if classes is None:
        from cs231n_utils.data import CLASSES as classes
    count = len(classes)
    counts = np.zeros((count, count), int)
    np.add.at(counts, (y, predicted), 1)
    off = np.where(np.eye(count, dtype=bool), 0, counts)
    ranked = [np.unravel_index(k, off.shape) for k in np.argsort(-off, axis=None, kind="stable")[:worst]]
    ranked = [pair for pair in ranked if off[pair]]

    panels = 1 if X is None or not ranked else 2
    ax = _new_axes(1, panels, figsize=(6.6 * panels, 5.8), width_ratios=[1.25, 1][:panels])
    matrix, *images = np.ravel(ax)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    matrix.imshow(shares, cmap="Blues", vmin=0, vmax=max(shares.max(), 1e-9))
    for place in np.ndindex(counts.shape):
        if counts[place]:
            matrix.text(*place[::-1], counts[place], ha="center", va="center", fontsize=8,
                        color="white" if shares[place] > 0.55 * shares.max() else "black")
    for row, column in ranked:
        matrix.add_patch(_rectangle((column - 0.48, row - 0.48), 0.96, 0.96, fill=False, edgecolor=_ORANGE, linewidth=2))
    matrix.set_xticks(range(count), classes, rotation=45, ha="right", rotation_mode="anchor")
    matrix.set_yticks(range(count), classes)
    right = np.trace(counts) / max(len(y), 1)
    matrix.set(xlabel="predicted class", ylabel="right class",
               title=f"{100 * right:.1f} % of {len(y):,} right" if title is None else title)
    if images:
        _confused_images(images[0], X, y, predicted, ranked, off, classes, per_row)
    _say_source(matrix, source)


def _confused_images(ax, X, y, predicted, pairs, counts, classes, per_row: int) -> None:
    rows = [np.flatnonzero((y == right) & (predicted == given))[:per_row] for right, given in pairs]
    pictures = [_pictures(np.asarray(X)[chosen]) for chosen in rows]
    height, width = pictures[0].shape[1:3]
    sheet = np.ones((len(rows) * (height + 2), per_row * (width + 2), 3))
    for row, shown in enumerate(pictures):
        for column, image in enumerate(shown):
            top, left = row * (height + 2), column * (width + 2)
            sheet[top : top + height, left : left + width] = image
    ax.imshow(sheet, interpolation="nearest")
    ax.set_yticks(np.arange(len(rows)) * (height + 2) + height / 2, [
        f"{classes[right]}\ntaken for {classes[given]}\n({counts[right, given]} of {(y == right).sum()})"
        for right, given in pairs], fontsize=9)
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_title("the most frequent confusions")


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
    ax = _new_axes(figsize=(0.75 * per_class + 1.2, 0.75 * len(classes)))
    ax.imshow(sheet, interpolation="nearest")
    ax.set_yticks(np.arange(len(classes)) * (height + 2) + height / 2, classes)
    ax.set_xticks([])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    if source is not None:
        ax.figure.get_layout_engine().set(rect=(0, 0.03, 1, 0.97))  # room for its line
    _say_source(ax, source)


def _rounded(mean: float, deviation: float) -> str:
    """A mean in three digits, without those that the deviation makes meaningless: 0.000637 with a deviation of 0.9 is 0.0006."""
    if np.isfinite(mean) and np.isfinite(deviation) and deviation > 0:
        mean = round(float(mean), 3 - int(np.floor(np.log10(deviation)))) + 0.0  # no minus before a zero
    return f"{mean:.3g}"


def _channels_last(images: np.ndarray) -> np.ndarray:
    """Return images (N, H, W, 3), whether their channels come last or first."""
    return images.transpose(0, 2, 3, 1) if images.shape[-1] != 3 and images.shape[1] == 3 else images


def _pictures(X: np.ndarray) -> np.ndarray:
    """Return images as (N, H, W, 3) between 0 and 1, those of other numbers than uint8 stretched one by one."""
    if X.ndim == 2:
        side = int(np.sqrt(X.shape[1] // 3))
        X = X.reshape(-1, side, side, 3)
    X = _channels_last(X)
    if X.dtype == np.uint8:
        return X / 255
    low, high = (f(X, axis=(1, 2, 3), keepdims=True) for f in (np.min, np.max))
    return (X - low) / np.where(high > low, high - low, 1)


def _say_source(ax, source: str | None) -> None:
    """Write the data in use below the picture, in a strip of its own."""
    if source is not None:
        figure = ax.figure
        figure.text(0.995, 0.005, f"data: {source}", ha="right", va="bottom", fontsize=8, color="#606060")
        if (layout := figure.get_layout_engine()) is not None and "rect" in layout.get():
            strip = 0.18 / figure.get_figheight()
            layout.set(rect=(0, strip, 1, 1 - strip))


def _rectangle(*args, **options):
    from matplotlib.patches import Rectangle

    return Rectangle(*args, **options)


def _new_axes(*shape: int, figsize: tuple[float, float], **options):
    import matplotlib.pyplot as plt  # imported late: half a second, only for pictures

    return plt.subplots(*shape, figsize=figsize, layout="constrained", **options)[1]


def _tidy(ax) -> None:
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(alpha=0.25)
    ax.set_axisbelow(True)


def _setting(key: object, names: Sequence[str] | None) -> str:
    """Return one setting as text: "learning rate 0.001, hidden 50"."""
    values = key if isinstance(key, tuple) else (key,)
    texts = [f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value) for value in values]
    if names is not None:
        texts = [f"{name} {text}" for name, text in zip(names, texts, strict=True)]
    return ", ".join(texts)
