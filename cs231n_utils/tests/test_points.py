import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from cs231n_utils.data import make_clouds, make_rings, make_spirals
from cs231n_utils.plots import show_points, show_regions


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("make", [make_clouds, make_rings, make_spirals])
def test_data_come_from_their_seed(make):
    X, y = make(101, seed=3)
    assert X.shape == (101, 2) and X.dtype == np.float64 and np.isfinite(X).all()
    assert y.shape == (101,) and set(y) == {0, 1} and abs(int(y.sum()) - 50) <= 1
    np.testing.assert_array_equal(X, make(101, seed=3)[0])
    assert not np.array_equal(X, make(101, seed=4)[0])


def test_clouds_can_be_told_apart_by_a_line_but_not_wholly():
    X, y = make_clouds(1000)
    right = np.mean((X @ [0.8, 0.6] > 0) == y)
    assert 0.9 < right < 0.97  # half a distance of 1.5 standard deviations: 93 %


def test_rings_are_told_apart_by_their_radius_only():
    X, y = make_rings(400, noise=0.05)
    assert np.mean((np.hypot(*X.T) > 1.2) == y) == 1
    angles = np.linspace(0, np.pi, 50)
    lines = [np.mean((X @ [np.cos(a), np.sin(a)] > b) == y) for a in angles for b in np.linspace(-2, 2, 41)]
    assert max(lines) < 0.75 and min(lines) > 0.25


def test_spirals_go_around_each_other():
    X, y = make_spirals(400, noise=0.0)
    arms = [X[y == label] for label in (0, 1)]
    np.testing.assert_allclose(arms[0], -arms[1], atol=1e-12)
    lines = [np.mean((X @ [np.cos(a), np.sin(a)] > 0) == y) for a in np.linspace(0, np.pi, 50)]
    assert max(lines) < 0.85


def test_each_class_has_its_colour_and_mark():
    X, y = make_clouds(20)
    show_points(X, y, title="clouds")
    plt.gcf().canvas.draw()
    ax = plt.gca()
    first, second = ax.collections
    np.testing.assert_allclose(first.get_offsets(), X[y == 0])
    np.testing.assert_allclose(second.get_offsets(), X[y == 1])
    assert not np.array_equal(first.get_facecolor(), second.get_facecolor())
    assert len(first.get_paths()[0].vertices) != len(second.get_paths()[0].vertices)
    assert ax.get_title() == "clouds"


def test_regions_show_what_the_model_says():
    X, y = make_clouds(50)
    show_regions(lambda points: points[:, 0] > 0.25, X, y, title="a border", steps=41)
    plt.gcf().canvas.draw()
    ax = plt.gca()
    fields = np.asarray(ax.collections[0].get_array()).reshape(41, 41)
    across = np.linspace(X[:, 0].min() - 0.5, X[:, 0].max() + 0.5, 41)
    np.testing.assert_array_equal(fields, np.tile(across > 0.25, (41, 1)))
    right = np.mean((X[:, 0] > 0.25) == y)
    assert ax.get_title() == f"a border: {100 * right:.0f} % right"


def test_a_model_that_never_changes_its_mind_has_no_border():
    X, y = make_clouds(20)
    show_regions(lambda points: np.zeros(len(points), int), X, y)
    plt.gcf().canvas.draw()
    assert plt.gca().get_title() == "50 % right"


def test_wrong_shapes_are_refused():
    X, y = make_clouds(20)
    with pytest.raises(ValueError, match=r"\(N, 2\)"):
        show_points(X.T, y)
    with pytest.raises(ValueError, match="one class for each"):
        show_regions(lambda points: points @ [1.0, 1.0], X, y)  # scores, not classes
