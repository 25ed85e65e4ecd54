import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n_utils.plots import plot_by_class, show_hues, show_strokes


def drawn():
    """Return the axes of the current figure, drawn, so that an error in drawing is an error here."""
    plt.gcf().canvas.draw()
    return plt.gcf().axes


IMAGES = np.random.default_rng(0).integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)


def test_hues_are_bars_in_their_own_colours():
    heights = np.array([[0.1, 0.0, 0.3], [0.2, 0.1, 0.0]])
    show_hues(IMAGES, heights, source="stand-in")
    _, _, first, second = drawn()
    for axes, row in zip((first, second), heights):
        np.testing.assert_allclose([bar.get_height() for bar in axes.patches], row)
    # The middles of three hues are at 60, 180 and 300 degrees: yellow, cyan and magenta.
    assert [np.argmin(bar.get_facecolor()[:3]) for bar in first.patches] == [2, 0, 1]
    assert first.get_ylim() == second.get_ylim()
    assert "data: stand-in" in [text.get_text() for text in plt.gcf().texts]


def test_strokes_lie_along_the_edge():
    cells = np.zeros((2, 1, 2, 2))
    cells[0, 0, 1, 0] = 5.0  # brightness changes by an eighth of a turn, so the edge is a quarter turn from there
    cells[1, 0, 0, 1] = 1.0
    show_strokes(IMAGES, cells)
    *_, first, second = drawn()
    strokes, strength = first.collections[0].get_segments(), first.collections[0].get_alpha()
    assert np.flatnonzero(strength).tolist() == [2] and np.flatnonzero(second.collections[0].get_alpha()).tolist() == [
        1
    ]
    (x0, y0), (x1, y1) = strokes[2]
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx((1.5, 0.5))
    assert (y1 - y0) / (x1 - x0) == pytest.approx(-1.0)  # a change towards the lower right: the edge rises
    assert first.get_ylim() == (1.0, 0.0)  # rows are counted downwards


def test_bars_are_shares_of_each_class():
    y = np.array([0, 0, 1, 1, 1])
    plot_by_class(
        y, {"one": np.array([0, 1, 1, 1, 1]), "other": np.zeros(5, int)}, ["cat", "dog", "frog"], source="CIFAR-10"
    )
    (axes,) = drawn()
    np.testing.assert_allclose([bar.get_height() for bar in axes.patches], [50, 100, 0, 100, 0, 0])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["one: 80.0 % of all", "other: 40.0 % of all"]


@pytest.mark.parametrize("show", [show_hues, show_strokes])
def test_a_histogram_is_missing(show):
    with pytest.raises(ValueError, match="for each image, please"):
        show(IMAGES, np.zeros((1, 3)))


def test_a_prediction_is_missing():
    with pytest.raises(ValueError, match="one prediction for each of 3 labels"):
        plot_by_class(np.zeros(3, int), {"net": np.zeros(2, int)}, ["cat"])
