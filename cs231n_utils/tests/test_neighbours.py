import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n_utils.plots import (
    disguises,
    plot_cross_validation,
    plot_speed,
    show_disguises,
    show_distances,
    show_neighbours,
    show_numbers,
)


def drawn():
    """Return the axes of the current figure, drawn, so that an error in drawing is an error here."""
    plt.gcf().canvas.draw()
    return plt.gcf().axes


def picture(seed=0):
    return np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)


def test_the_numbers_shown_are_those_of_the_part():
    image = picture()
    show_numbers(image, top=5, left=9, size=4, source="stand-in")
    whole, numbers = drawn()
    np.testing.assert_array_equal([int(text.get_text()) for text in numbers.texts], image[5:9, 9:13, 0].ravel())
    assert whole.patches[0].get_xy() == (8.5, 4.5)
    assert not any(spine.get_visible() for axes in (whole, numbers) for spine in axes.spines.values())
    assert "data: stand-in" in [text.get_text() for text in plt.gcf().texts]


def test_a_part_beyond_the_edge_is_refused():
    with pytest.raises(ValueError, match="no 8 x 8 pixels"):
        show_numbers(picture(), top=28)


def test_disguises_change_the_pixels_and_not_the_picture_given():
    image = picture()
    before = image.copy()
    changed = disguises(image)
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(changed["the picture"], image)
    np.testing.assert_array_equal(changed["moved by 4 pixels"][:, 4:], image[:, :-4])
    np.testing.assert_array_equal(changed["mirrored"][:, ::-1], image)
    assert changed["in the dark"].max() <= 127 and (changed["half hidden"][16:] == 128).all()
    assert len(changed) == 5 and all(one.dtype == np.uint8 and one.shape == image.shape for one in changed.values())


def test_disguises_stand_in_a_row_with_their_distances():
    changed = disguises(picture())
    show_disguises(changed, [0.0, 10.0, 20.0, 30.0, 4321.4])
    axes = drawn()
    assert [one.get_title() for one in axes] == list(changed)
    assert axes[-1].get_xlabel() == "distance 4,321"
    assert not any(spine.get_visible() for one in axes for spine in one.spines.values())
    np.testing.assert_array_equal(axes[1].images[0].get_array(), changed["moved by 4 pixels"])
    show_disguises(changed, [0.0] * 5, ["", "7 nearer", "", "", ""], source="stand-in")
    assert drawn()[1].get_xlabel() == "distance 0\n7 nearer"
    with pytest.raises(ValueError, match="one distance for each"):
        show_disguises(changed, [1.0])


def test_distances_are_shown_as_they_are():
    dists = np.arange(12.0).reshape(3, 4)
    show_distances(dists, source="CIFAR-10")
    axes = drawn()[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), dists)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("training picture", "test picture")


def test_neighbours_come_in_the_order_of_their_distance_and_the_right_ones_are_framed():
    train = np.stack([picture(seed) for seed in range(4)])
    show_neighbours(
        picture(9)[np.newaxis],
        np.array([1]),
        train,
        np.array([0, 1, 0, 1]),
        np.array([[4.0, 1.0, 3.0, 2.0]]),
        ("cat", "dog"),
        count=3,
    )
    axes = drawn()
    assert [one.get_xlabel() for one in axes] == ["dog", "dog", "dog", "cat"]  # below, where no other row is near
    np.testing.assert_allclose(axes[1].images[0].get_array(), train[1] / 255)
    np.testing.assert_allclose(axes[3].images[0].get_array(), train[2] / 255)
    assert [one.spines["left"].get_visible() for one in axes] == [False, True, True, False]


def test_distances_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(1, 4\)"):
        show_neighbours(picture()[np.newaxis], [0], np.zeros((4, 32, 32, 3)), [0] * 4, np.zeros((4, 1)), ("cat",))


def test_speeds_are_compared_with_the_first():
    plot_speed({"slow": 2.0, "quick": 0.02, "slower": 6.0, "the same": 2.02, "quicker": 0.0567}, title="speed")
    (axes,) = drawn()
    assert [bar.get_width() for bar in axes.patches] == [2.0, 0.02, 6.0, 2.02, 0.0567]
    words = [text.get_text() for text in axes.texts]
    assert words == [
        "2 s",
        "0.02 s, 100 times as fast",
        "6 s, 3 times as slow",
        "2.02 s, about as fast",
        "0.0567 s, 35 times as fast",
    ]
    assert axes.get_xscale() == "linear" and axes.get_xlim()[0] == 0, "a bar's length is its time"
    with pytest.raises(ValueError, match="no times"):
        plot_speed({})


def test_cross_validation_shows_each_fold_their_mean_and_the_best():
    plot_cross_validation({5: [0.3, 0.4], 1: [0.2, 0.2], 20: np.array([0.1, 0.3])}, source="stand-in")
    (axes,) = drawn()
    line = axes.containers[0][0]
    np.testing.assert_array_equal(line.get_xdata(), [1, 5, 20])
    np.testing.assert_allclose(line.get_ydata(), [0.2, 0.35, 0.2])
    assert "highest mean: k = 5" in [text.get_text() for text in axes.get_legend().get_texts()]
    with pytest.raises(ValueError, match="no accuracies"):
        plot_cross_validation({1: []})
