import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n_utils.plots import plot_descent, plot_kink, plot_weights, show_templates


def drawn():
    """Return the axes of the current figure, drawn, so that an error in drawing is an error here."""
    plt.gcf().canvas.draw()
    return plt.gcf().axes


@pytest.mark.parametrize("rows", [3072, 3073])
def test_a_template_is_its_column_without_the_bias(rows):
    W = np.random.default_rng(0).standard_normal((rows, 3))
    W[3072:] = 1000.0
    show_templates(W, ("cat", "dog", "frog"), title="templates", source="stand-in")
    axes = drawn()
    assert [one.get_title() for one in axes] == ["cat", "dog", "frog", ""]
    dog = W[:3072, 1].reshape(32, 32, 3)
    np.testing.assert_allclose(axes[1].images[0].get_array(), (dog - dog.min()) / (dog.max() - dog.min()))


def test_templates_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(3073, 2\) with the biases"):
        show_templates(np.zeros((2, 3072)), ("cat", "dog"))


def test_a_kink_shows_both_slopes():
    plot_kink(lambda move: max(0.0, move - 0.25), slope=0.0, h=1.0)
    (axes,) = drawn()
    loss, gradient, difference = axes.lines[:3]
    assert not np.asarray(gradient.get_ydata()).any()
    np.testing.assert_allclose(difference.get_ydata(), [0.0, 0.75])
    assert loss.get_ydata().max() == pytest.approx(2.25)
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["the loss", "your gradient: slope 0", "centred difference: slope 0.375"]


def test_weights_are_bars_and_the_small_ones_are_counted():
    plot_weights({"L2": np.array([0.5, 0.5]), "L1": np.array([1.0, 0.001])}, title="weights", names=("a", "b"))
    left, right = drawn()
    assert [bar.get_height() for bar in left.patches] == [0.5, 0.5]
    assert "50 % of the weights" in right.get_title() and "\n0 %" in left.get_title()


def test_ways_down_keep_their_names():
    plot_descent(
        {"full": ([0, 100], [9.0, 8.0]), "mini": ([0, 10, 20], [9.0, 7.0, 6.0])}, xlabel="pictures", source="CIFAR-10"
    )
    (axes,) = drawn()
    assert [line.get_label() for line in axes.lines] == ["full", "mini"]
    np.testing.assert_array_equal(axes.lines[1].get_ydata(), [9.0, 7.0, 6.0])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("pictures", "loss")
