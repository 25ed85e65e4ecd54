"""What a reader would complain about in a picture. Every figure that a test of this package draws is looked at."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb, to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text

from cs231n_utils.plots.style import PAPER, contrast
from cs231n_utils.plots.words import in_words

WIDEST = 12.1  # inches: more is made smaller on a screen of 1366 × 768, and its letters with it
SMALLEST = 7.5  # points, of letters


def complaints(figure: Figure) -> list[str]:
    """Return what is wrong with a figure: letters that are too small or too pale, pale lines, no description."""
    found = [] if in_words(figure).startswith("Picture. ") else ["it cannot be described"]
    if figure.get_figwidth() > WIDEST:
        found.append(f"it is {figure.get_figwidth():.1f} inches wide")
    for text in figure.findobj(Text):
        words = text.get_text().strip()
        if not words or not text.get_visible():
            continue
        if text.get_fontsize() < SMALLEST:
            found.append(f"{words!r} has {text.get_fontsize():.1f} points")
        if (ratio := contrast(_on_paper(text.get_color()), _behind(text))) < 4.5:
            found.append(f"{words!r} has a contrast of {ratio:.1f}")
    for axes in figure.axes:
        for line in axes.lines:
            if line.get_label()[:1] != "_" and (ratio := contrast(_on_paper(line.get_color()), PAPER)) < 4.5:
                found.append(f"the line {line.get_label()!r} has a contrast of {ratio:.1f}")
    return found


def _behind(text: Text) -> Any:
    """The colour behind a text: that of the field of an image on which it lies, or the paper."""
    axes = text.axes
    if axes is None or text not in axes.texts or text.get_transform() != axes.transData:
        return PAPER
    for image in axes.images:
        values = np.asarray(image.get_array())
        column, row = (int(np.rint(place)) for place in text.get_position())
        if values.ndim == 2 and 0 <= row < values.shape[0] and 0 <= column < values.shape[1]:
            return image.to_rgba(values[row, column]) if np.isfinite(values[row, column]) else PAPER
    return PAPER


def _on_paper(colour: Any) -> Any:
    *parts, alpha = to_rgba(colour)
    return [alpha * part + (1 - alpha) * paper for part, paper in zip(parts, to_rgb(PAPER), strict=True)]


def look_at_open_figures() -> None:
    """Fail if a reader would have something to complain about in a figure that is open."""
    for number in plt.get_fignums():
        figure = plt.figure(number)
        if any(axes.has_data() or axes.texts for axes in figure.axes):
            assert complaints(figure) == [], "a picture that cannot be read well"
