"""Every picture can be read in grey, and no label lies on a curve."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n_utils.data import CLASSES
from cs231n_utils.plots import (
    plot_activation_functions,
    plot_against,
    plot_by_class,
    plot_cross_validation,
    plot_descent,
    plot_history,
    plot_kink,
    plot_lines,
    plot_runs,
    plot_search,
    plot_sizes,
    plot_tuning,
    plot_zigzag,
    show_paths,
    show_study,
)
from cs231n_utils.plots.points import _LIGHT
from cs231n_utils.plots.style import contrast
from cs231n_utils.training import SURFACES, descend, sgd

STEPS = np.arange(400)


def losses(rate):
    """Losses of a run, with a little noise."""
    return 2.3 * np.exp(-rate * STEPS / 400) + 0.05 * np.random.default_rng(0).standard_normal(400)


def run(rate=1.0, end=0.5):
    """The history of a run that learns, or of one that does not."""
    rising = end - (end - 0.1) * np.exp(-np.arange(11) / 3)
    return {"loss_history": losses(rate), "train_acc_history": 1.1 * rising, "val_acc_history": rising}


def ended(rate, end):
    return run(rate, end) | {"train_acc": 1.1 * end, "val_acc": end}


def gate(slope):
    return (lambda x: (np.maximum(slope * x, x), x)), (lambda dout, x: np.where(x > 0, dout, slope * dout))


DIVERGED = {**run(), "loss_history": np.where(STEPS > 50, np.nan, losses(-9))}
WALKS = {
    f"learning rate {rate:g}": descend(sgd, SURFACES["valley"], 60, learning_rate=rate)
    for rate in (1.01, 0.95, 0.6, 0.1)
}
PICTURES = {
    "history": lambda: plot_history(run()),
    "history that hardly learns": lambda: plot_history(run(0.1, 0.12)),
    "history that diverges": lambda: plot_history(DIVERGED),
    "runs": lambda: plot_runs({"one": run(), "another": run(0.1, 0.3), "a third": run(2, 0.4)}, training=True),
    "runs of which one diverges": lambda: plot_runs({"one": run(), "another": DIVERGED}),
    "study": lambda: show_study({rate: ended(rate, 0.3 + rate / 10) for rate in (0.01, 0.1, 1, 2)}, "rate", "a study"),
    "study without a gap": lambda: show_study({1: run() | {"train_acc": 0.3, "val_acc": 0.32}}, "rate", "a study"),
    "against": lambda: plot_against(
        [1, 10, 100], {"both": {"with": [0.3, 0.4, 0.5], "without": [0.3, 0.35, 0.3]}}, "size"
    ),
    "descent": lambda: plot_descent({"full": (STEPS, losses(0.1)), "small": (STEPS, losses(2))}, "cost"),
    "paths": lambda: show_paths(SURFACES["valley"], WALKS),
    "lines": lambda: plot_lines({"ReLU": losses(1), "tanh": losses(2), "ELU": losses(0.1)}, "step", "loss"),
    "sizes": lambda: plot_sizes({"Xavier": 0.5 ** np.arange(8), "He": np.ones(8), "zero": np.zeros(8)}, "size"),
    "kink": lambda: plot_kink(lambda move: max(0.0, move + 3e-6), 1.0, h=1e-5),
    "cross-validation": lambda: plot_cross_validation({k: [0.2 + k / 1000, 0.25, 0.28] for k in (1, 3, 10, 100)}),
    "activation functions": lambda: plot_activation_functions({"ReLU": gate(0.0), "leaky ReLU": gate(0.1)}),
    "zigzag": lambda: plot_zigzag({"sigmoid": np.cumsum(np.ones((9, 2)), axis=0)}, np.array([9.0, 3.0])),
    "by class": lambda: plot_by_class(STEPS % 10, {"one": STEPS % 9, "two": STEPS % 8}, CLASSES),
    "search": lambda: plot_search([({"a": a, "b": 1 / a}, a) for a in (1e-3, 1e-2, 0.1)], ("a", "b")),
    "tuning": lambda: plot_tuning({(a, b, 3): a / b for a, b in itertools.product((1, 2), (3, 4))}),
}


def curves(panel):
    """For each line of a panel that joins points, places along it in pixels, closely set."""
    for line in panel.lines:
        points = panel.transData.transform(np.column_stack(line.get_data(orig=False)).astype(float))
        points = points[np.isfinite(points).all(axis=1)]
        if len(points) > 1 and line.get_linestyle() not in ("None", ""):
            places = np.linspace(0, len(points) - 1, 20 * len(points))
            yield np.column_stack([np.interp(places, np.arange(len(points)), axis) for axis in points.T])


def labels(panel):
    """The boxes of the words in a panel, in pixels."""
    legend = panel.get_legend()
    for text in (*panel.texts, *(legend.get_texts() if legend is not None else ())):
        if text.get_text():
            yield text.get_text(), text.get_window_extent()


@pytest.mark.parametrize("draw", PICTURES.values(), ids=PICTURES)
def test_no_label_lies_on_a_curve_and_nothing_is_said_by_colour_alone(draw):
    draw()
    figure = plt.gcf()
    figure.canvas.draw()
    for panel in figure.axes:
        for (words, box), points in itertools.product(labels(panel), list(curves(panel))):
            hit = (points > (box.x0, box.y0)).all(axis=1) & (points < (box.x1, box.y1)).all(axis=1)
            assert not hit.any(), words

        named = [line for line in panel.lines if not line.get_label().startswith("_")]
        looks = {
            str((line._dash_pattern, line.get_marker(), line.get_fillstyle(), line.get_linewidth())) for line in named
        }
        assert len(looks) == len(named), [line.get_label() for line in named]
        hatches = [bars[0].get_hatch() for bars in panel.containers if hasattr(bars[0], "get_hatch")]
        assert len(set(hatches)) == len(hatches)
    plt.close("all")


def test_regions_are_told_apart_in_grey():
    assert min(contrast(one, other) for one, other in itertools.combinations(_LIGHT, 2)) > 1.1
