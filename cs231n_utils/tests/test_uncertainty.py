import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n_utils.plots import show_uncertainty


def answers():
    """Two passes over four pictures of three classes: the third is clear, the second is a guess."""
    first = [[0.7, 0.2, 0.1], [0.5, 0.3, 0.2], [0.0, 1.0, 0.0], [0.2, 0.0, 0.8]]
    second = [[0.7, 0.2, 0.1], [0.1, 0.5, 0.4], [0.0, 1.0, 0.0], [0.2, 0.0, 0.8]]
    return np.array([first, second])


def test_the_surest_pictures_stand_left_and_the_least_sure_right():
    X = np.arange(4, dtype=np.uint8).reshape(4, 1, 1, 1) * np.full((4, 32, 32, 3), 60, np.uint8)
    show_uncertainty(
        X, np.array([0, 2, 1, 2]), answers(), ["cat", "dog", "ship"], title="t", count=1, shown=2, source="stand-in"
    )
    figure = plt.gcf()
    sure, sure_bars, unsure, unsure_bars = figure.axes
    np.testing.assert_allclose(sure.images[0].get_array(), X[2] / 255)
    np.testing.assert_allclose(unsure.images[0].get_array(), X[1] / 255)
    assert [bar.get_width() for bar in sure_bars.patches] == [1.0, 0.0]
    assert [label.get_text() for label in sure_bars.get_yticklabels()] == ["dog (right)", "cat"]
    # The right class, ship, is not among the two most likely ones and takes the place of the second.
    assert [label.get_text() for label in unsure_bars.get_yticklabels()] == ["dog", "ship (right)"]
    np.testing.assert_allclose([bar.get_width() for bar in unsure_bars.patches], [0.4, 0.3])
    colours = [bar.get_facecolor() for bar in unsure_bars.patches]
    assert colours[0] != colours[1] and colours[1] == sure_bars.patches[0].get_facecolor()
    lines = unsure_bars.collections[0].get_segments()
    np.testing.assert_allclose([lines[0][0][0], lines[0][1][0]], [0.32, 0.48])
    # One dark line to read, with a light edge that shows it on a bar.
    edge, line = unsure_bars.collections
    assert edge.get_linewidth()[0] > line.get_linewidth()[0] and edge.get_color()[0].sum() > line.get_color()[0].sum()
    assert figure.texts[-1].get_text() == "data: stand-in"


def test_answers_must_fit_the_pictures():
    X, y = np.zeros((4, 3072)), np.zeros(4, int)
    with pytest.raises(ValueError, match="passes, 4, C"):
        show_uncertainty(X, y, answers()[0], count=1)
    with pytest.raises(ValueError, match="at least 10 pictures"):
        show_uncertainty(X, y, answers(), count=5)
