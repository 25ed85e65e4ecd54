import matplotlib.pyplot as plt
import pytest

from cs231n_utils.plots import draw_layers
from cs231n_utils.plots.style import ORANGE
from cs231n_utils.plots.words import in_words

NET = [("X", "(N, D)"), ("[affine]", "W, b"), ("[ReLU]", ""), ("scores", "(N, C)")]


def texts():
    plt.gcf().canvas.draw()
    return {text.get_text(): text for text in plt.gcf().axes[0].texts if text.get_text()}


def test_a_net_is_drawn_from_left_to_right():
    draw_layers(NET, repeat=(1, 2, "× 3"))
    drawn = texts()
    assert {*drawn} == {"X", "(N, D)", "affine", "W, b", "ReLU", "scores", "(N, C)", "× 3"}
    places = [drawn[name].get_position()[0] for name in ("X", "affine", "ReLU", "scores")]
    assert places == sorted(places)
    assert in_words(plt.gcf()) == (
        "Picture. a network from left to right: X (N, D), then affine with W, b, then ReLU, then scores (N, C). "
        "From affine to ReLU × 3."
    )


def test_gradients_come_back_below():
    draw_layers(NET, backward=["", "dW, db", "", "dscores"])
    drawn = texts()
    assert drawn["dW, db"].get_color() == ORANGE
    assert drawn["dW, db"].get_position()[0] == drawn["affine"].get_position()[0]
    assert in_words(plt.gcf()).endswith("And back, from right to left: dscores, then dW, db.")


def test_no_name_is_wider_than_its_box():
    draw_layers([("[batch normalization]", ""), ("[MMMMMM]", ""), ("[ReLU]", "gamma, beta, momentum")])
    drawn, axes = texts(), plt.gcf().axes[0]
    for box, name in zip(axes.patches, ("batch normalization", "MMMMMM", "ReLU"), strict=True):
        frame, word = box.get_window_extent(), drawn[name].get_window_extent()
        assert frame.x0 < word.x0 and word.x1 < frame.x1


def test_a_gradient_for_each_stage():
    with pytest.raises(ValueError, match="a gradient for each of 4 stages"):
        draw_layers(NET, backward=["dX"])
    with pytest.raises(ValueError, match="0 stages"):
        draw_layers([])
