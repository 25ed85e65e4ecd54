"""A picture in words, for those who cannot see it: made of what is drawn, so that it is never out of date."""

from collections.abc import Iterator
from typing import Any

import numpy as np

_LONGEST = 1200  # characters; nobody listens to more


def in_words(figure: Any) -> str:
    """Say what a figure shows: its titles, and for each panel the axes, the lines, bars, points and images in it.

    Whoever draws what these say little about (a graph, a net) describes it with ``axes.set_label(...)``.

    Parameters
    ----------
    figure : matplotlib Figure

    Returns
    -------
    str
        One paragraph.

    Examples
    --------
    >>> axes = new_axes(figsize=(4, 3))                                             # doctest: +SKIP
    >>> axes.plot([2.3, 1.9, 1.2], label="training")                               # doctest: +SKIP
    >>> in_words(axes.figure)                                                       # doctest: +SKIP
    'Picture. Line "training": from 2.3 to 1.2.'
    """
    heading = figure.get_suptitle()
    panels = [words for axes in figure.axes if axes.get_visible() and (words := _panel(axes))]
    images = panels.count("an image") if len(panels) > 1 else 0
    panels = [words for words in panels if not images or words != "an image"]
    if len(panels) > 1:
        panels = [f"Panel {number} of {len(panels)}: {words}" for number, words in enumerate(panels, 1)]
    if images:
        panels.append(f"{_count(images, 'image')} without a title")
    below = [text.get_text() for text in figure.texts if text.get_text() != heading]
    words = ". ".join(" ".join(part.split()) for part in ["Picture", heading, *panels, *below] if part) + "."
    words = words.replace("$", "")
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1].rsplit(" ", 1)[0] + " …"


def _panel(axes: Any) -> str:
    if axes.get_label() == "<colorbar>":
        return f"a scale of colours, {axes.get_ylabel()} {_range(axes.get_ylim())}"
    parts = [axes.get_title()]
    if axes.get_label():
        return ". ".join(part for part in [*parts, axes.get_label()] if part)
    if axes.axison:
        parts.append(" against ".join(label for label in (axes.get_ylabel(), axes.get_xlabel()) if label))
    parts += [*_images(axes), *_lines(axes), *_bars(axes), *_points(axes)]
    if notes := list(dict.fromkeys(text.get_text() for text in axes.texts if text.get_text())):
        parts.append("written in it: " + ", ".join(notes[:40]))
    return ". ".join(part for part in parts if part)


def _images(axes: Any) -> Iterator[str]:
    for _ in axes.images:
        named = {"rows": _ticks(axes.yaxis), "columns": _ticks(axes.xaxis)}
        yield "an image" + "".join(f"; {what} {', '.join(names)}" for what, names in named.items() if names)


def _ticks(axis: Any) -> list[str]:
    from matplotlib.category import StrCategoryFormatter
    from matplotlib.ticker import FixedFormatter, FuncFormatter

    if not isinstance(axis.get_major_formatter(), (FixedFormatter, FuncFormatter, StrCategoryFormatter)):
        return []  # numbers along an axis say nothing by themselves
    return [" ".join(words) for tick in axis.get_ticklabels() if (words := tick.get_text().split())]


def _lines(axes: Any) -> Iterator[str]:
    unnamed = 0
    for line in axes.lines:
        heights = np.asarray(line.get_ydata(), dtype=float)
        values = heights[np.isfinite(heights)]
        if line.get_transform() != axes.transData or len(heights) < 2 or not len(values):
            continue  # a guide line, or a single mark
        if line.get_label().startswith("_") and len(axes.lines) > 1:
            unnamed += 1
            continue
        name = "line" if line.get_label().startswith("_") else f'line "{line.get_label()}"'
        first, last, low, high = values[0], values[-1], values.min(), values.max()
        ends = _number(first), _number(last)
        turns = [(word, _number(value)) for word, value in (("lowest", low), ("highest", high))]
        words = [f"from {ends[0]} to {ends[1]}", *(f"{word} {value}" for word, value in turns if value not in ends)]
        yield f"{name}: {', '.join(words)}"
    if unnamed:
        yield f"{_count(unnamed, 'line')} without a name"


def _bars(axes: Any) -> Iterator[str]:
    from matplotlib.container import BarContainer

    for bars in axes.containers:
        if isinstance(bars, BarContainer) and len(bars):
            upright = bars.orientation != "horizontal"
            sizes = [bar.get_height() if upright else bar.get_width() for bar in bars]
            names = _ticks(axes.xaxis if upright else axes.yaxis)
            if len(names) == len(sizes):
                yield "bars: " + ", ".join(f"{name} {_number(size)}" for name, size in zip(names, sizes))
            else:
                yield f"{len(sizes)} bars, {_range(sizes)}"


def _points(axes: Any) -> Iterator[str]:
    from matplotlib.collections import PathCollection

    rows = _ticks(axes.yaxis)
    for points in axes.collections:
        if isinstance(points, PathCollection) and (count := np.shape(points.get_offsets())[0]):
            label, places = str(points.get_label()), np.asarray(points.get_offsets())
            if 1 < count <= len(rows):
                named = (f"{row} {_number(place[0])}" for row, place in zip(rows[-count:], places, strict=True))
                yield f"points: {'; '.join(named)}"
            else:
                yield _count(count, "point") + ("" if label.startswith("_") else f' "{label}"')


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number > 1)}"


def _range(values: Any) -> str:
    return f"{_number(min(values))} to {_number(max(values))}"


def _number(value: float) -> str:
    return f"{float(value):.3g}"
