"""Results of tuning: the settings that were tried, as a list or a map, with the winner marked."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cs231n_utils.plots.style import BLUE, INK, ORANGE, ink_on, new_axes, rectangle, say_source, tidy

Accuracy = float | tuple[float, float]


def plot_tuning(
    results: Mapping[Any, Accuracy],
    names: Sequence[str] | None = None,
    top: int = 25,
    ax: Any = None,
    title: str | None = None,
    *,
    by: Sequence[str] | None = None,
    source: str | None = None,
) -> None:
    """Show the settings that were tried, with the winner marked: a map if two hyperparameters vary, else a list.

    Parameters
    ----------
    results : dict
        The validation accuracy of each setting, or a pair, its training and its validation accuracy: then there are two
        maps, with one scale of colours. A key is one hyperparameter, or a tuple of them.
    names : sequence of str, optional
        What the hyperparameters are called, in the order of the tuple.
    top : int
        In a list, show this many of the best settings.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if not given. Two of them for two maps.
    title : str, optional
        Above the picture.
    by : two of the names, optional
        Draw a map of these two, downwards and to the right, even if more of them vary: each field then shows the best
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

    pairs = {key: value if isinstance(value, tuple) else (np.nan, value) for key, value in results.items()}
    # The best validation accuracy comes first; a diverged run comes last.
    ranked = sorted(pairs.items(), key=lambda item: item[1][1] if np.isfinite(item[1][1]) else -np.inf, reverse=True)
    settings = [key if isinstance(key, tuple) else (key,) for key, _ in ranked]
    training, values = np.array([pair for _, pair in ranked], dtype=float).T
    varying = [i for i, column in enumerate(zip(*settings, strict=True)) if len(set(column)) > 1]
    axes = [list(names).index(name) for name in by] if by is not None and names is not None else varying
    left_out = f", the best {top} of {len(ranked)} settings" if len(ranked) > top and len(axes) != 2 else ""
    title = f"Tuning{left_out}" if title is None else title
    if len(axes) != 2:
        ax = _tuning_list(settings[:top], values[:top], names, ax)
    elif np.isfinite(training).any():
        maps = {"training accuracy": training, "validation accuracy": values}
        ax = new_axes(1, 2, figsize=(12, 3.6)) if ax is None else ax
        every = np.concatenate([*maps.values()])
        limits = every[np.isfinite(every)]
        for what, panel in zip(maps, ax, strict=True):
            _tuning_map(settings, maps[what], axes, names, panel, what, (limits.min(), limits.max()))
            panel.set_title(f"{title}: {what}")
        say_source(ax[0], source)
        return
    else:
        ax = _tuning_map(settings, values, axes, names, ax)
    ax.set_title(title)
    say_source(ax, source)


def _tuning_list(settings: list[tuple[Any, ...]], values: np.ndarray, names: Sequence[str] | None, ax: Any) -> Any:
    """Draw a row for each setting, best first; beside it its values, in columns under the names."""
    ax = new_axes(figsize=(8, 1.5 + 0.28 * len(values))) if ax is None else ax
    rows = np.arange(len(values))
    ax.scatter(values, rows, color=BLUE, zorder=3)
    ax.scatter(values[:1], rows[:1], color=ORANGE, s=110, zorder=4)
    ax.annotate(
        f"best: {values[0]:.3f}", (values[0], 0), xytext=(-10, 0),
        textcoords="offset points", ha="right", va="center", color=ORANGE,
    )  # fmt: skip
    texts = [[_text(value) for value in setting] for setting in settings]
    if names is not None:
        texts.insert(0, list(names))
        rows = np.arange(-1, len(values))
    widths = [max(map(len, column)) for column in zip(*texts)]
    lines = ["  ".join(text.rjust(width) for text, width in zip(line, widths)) for line in texts]
    ax.set_yticks(rows, lines, fontfamily="monospace", fontsize=9)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(values) - 0.4, rows[0] - 0.5)  # the best one on top
    ax.margins(x=0.22)
    ax.set_xlabel("validation accuracy")
    tidy(ax)
    return ax


def _tuning_map(
    settings: list[tuple[Any, ...]],
    values: np.ndarray,
    axes: list[int],
    names: Sequence[str] | None,
    ax: Any,
    what: str = "validation accuracy",
    limits: tuple[float | None, float | None] = (None, None),
) -> Any:
    """Draw a field for each pair of values; the settings come best first, so the first one in a field is kept."""
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
        ax = new_axes(figsize=(2.6 + 0.95 * len(right), 1.6 + 0.62 * len(down)))
    picture = ax.imshow(fields, cmap="viridis", aspect="auto", vmin=limits[0], vmax=limits[1])
    ax.figure.colorbar(picture, ax=ax).set_label(what)
    for place in np.ndindex(fields.shape):
        value = fields[place]
        text = f"{value:.3f}" if np.isfinite(value) else "diverged" if tried[place] else "not tried"
        ax.text(
            *place[::-1],
            text,
            ha="center",
            va="center",
            color=ink_on(picture.to_rgba(value)) if np.isfinite(value) else INK,
            fontsize=10 if np.isfinite(value) else 9,
        )
    if np.isfinite(values[0]):
        row, column = down.index(settings[0][axes[0]]), right.index(settings[0][axes[1]])
        ax.add_patch(rectangle((column - 0.47, row - 0.47), 0.94, 0.94, fill=False, edgecolor=ORANGE, linewidth=3.5))
        ax.text(
            column,
            row + 0.3,
            "best",
            ha="center",
            va="center",
            fontsize=9,
            fontweight="bold",
            color=ink_on(picture.to_rgba(fields[row, column])),
        )
    ax.set_xticks(range(len(right)), [_text(value) for value in right])
    ax.set_yticks(range(len(down)), [_text(value) for value in down])
    if names is not None:
        ax.set(ylabel=names[axes[0]], xlabel=names[axes[1]])
    return ax


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value)
