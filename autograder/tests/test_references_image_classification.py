"""The answer key of image_classification against published numbers, simple geometry and differentiation."""

import colorsys
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.grading.reference import Reference
from cs231n_utils.checks import complex_step_gradient, eval_numerical_gradient, rel_error

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "image_classification"
WAYS = ("compute_distances_two_loops", "compute_distances_one_loop", "compute_distances_no_loops")
SVM, SOFTMAX = ("svm_loss_naive", "svm_loss_vectorized"), ("softmax_loss_naive", "softmax_loss_vectorized")


@pytest.fixture(scope="module")
def knn():
    return SimpleNamespace(**Reference(SOLUTIONS / "knn.ipynb").host.namespace)


@pytest.fixture(scope="module")
def linear():
    return SimpleNamespace(**Reference(SOLUTIONS / "linear_classifiers.ipynb").host.namespace)


@pytest.fixture(scope="module")
def features():
    return SimpleNamespace(**Reference(SOLUTIONS / "features.ipynb").host.namespace)


def trained(knn, X, y):
    classifier = knn.KNearestNeighbor()
    classifier.train(X, y)
    return classifier


# knn


def test_rows_are_the_pixels_in_their_order(knn):
    images = np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3)
    rows = knn.as_rows(images)
    assert rows.dtype == np.float64 and (rows[1] == np.arange(60, 120)).all() and (rows[0] - rows[1] == -60).all()


@pytest.mark.parametrize("way", WAYS)
def test_a_right_triangle_has_the_sides_3_4_5(knn, way):
    classifier = trained(knn, np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([0, 1]))
    np.testing.assert_allclose(
        getattr(classifier, way)(np.array([[0.0, 0.0], [3.0, 0.0]])), [[0, 5], [3, 4]], atol=1e-12
    )


@pytest.mark.parametrize("way", WAYS)
def test_distances_are_those_of_the_standard_library(knn, way):
    random = np.random.default_rng(0)
    X, X_train = random.standard_normal((4, 9)), random.standard_normal((6, 9))
    dists = getattr(trained(knn, X_train, np.zeros(6, int)), way)(X)
    np.testing.assert_allclose(dists, [[math.dist(a, b) for b in X_train] for a in X], rtol=1e-12)


def test_the_three_ways_agree_as_closely_as_published(knn):
    random = np.random.default_rng(1)
    X, X_train = (random.integers(0, 256, (count, 3072)).astype(float) for count in (20, 50))
    classifier = trained(knn, X_train, np.zeros(50, int))
    first, *others = (getattr(classifier, way)(X) for way in WAYS)
    assert all(np.linalg.norm(first - other, ord="fro") < 1e-3 for other in others)


def test_no_distance_is_nan(knn):
    X = np.random.default_rng(2).standard_normal((200, 40)) + 5
    dists = trained(knn, X, np.zeros(200, int)).compute_distances_no_loops(X)
    assert np.isfinite(dists).all() and np.diag(dists).max() < 1e-5


def test_l1_goes_along_the_streets(knn):
    classifier = trained(knn, np.array([[3.0, -4.0], [0.0, 0.5]]), np.array([0, 1]))
    np.testing.assert_allclose(classifier.compute_distances_l1(np.zeros((1, 2))), [[7.0, 0.5]])


def test_ties_go_to_the_smaller_label(knn):
    classifier = trained(knn, np.zeros((2, 1)), np.array([2, 1]))
    np.testing.assert_array_equal(classifier.predict_labels(np.array([[0.1, 0.2]]), k=2), [1])


@pytest.mark.parametrize("num_loops", [0, 1, 2])
def test_each_way_predicts(knn, num_loops):
    classifier = trained(knn, np.array([[0.0], [10.0], [11.0]]), np.array([3, 1, 1]))
    np.testing.assert_array_equal(classifier.predict(np.array([[1.0], [9.0]]), num_loops=num_loops), [3, 1])
    np.testing.assert_array_equal(classifier.predict(np.array([[1.0], [9.0]]), k=3, num_loops=num_loops), [1, 1])


def test_cross_validation_leaves_the_fold_out(knn):
    random = np.random.default_rng(3)
    X, y = random.standard_normal((25, 2)), random.integers(3, size=25)
    folds = knn.make_folds(X, y, 25)  # each example alone: its own label must not help it
    found = knn.cross_validate(*folds, [1, 3])
    right = [
        y[np.argsort([math.dist(X[i], X[j]) if i != j else math.inf for j in range(25)])[0]] == y[i] for i in range(25)
    ]
    np.testing.assert_array_equal(found[1], right)
    assert list(found) == [1, 3] and len(found[3]) == 25
    assert knn.best_of({1: [0.2, 0.4], 3: [0.5, 0.2]}) == 3


# linear_classifiers


@pytest.mark.parametrize(
    "name, published", [(name, 8.999602749096233) for name in SVM] + [(name, 2.3025458445007376) for name in SOFTMAX]
)
def test_published_losses_of_fifty_examples(linear, name, published):
    np.random.seed(231)
    scores, y = 0.001 * np.random.randn(50, 10), np.random.randint(10, size=50)
    loss, dW = getattr(linear, name)(np.eye(10), scores, y, 0.0)
    assert loss == pytest.approx(published, rel=1e-13)
    W = np.eye(10)
    numeric = eval_numerical_gradient(lambda W: getattr(linear, name)(W, scores, y, 0.0)[0], W)
    np.testing.assert_allclose(dW, numeric, rtol=1e-7, atol=1e-9)  # entries down to 1e-6: a relative error sees noise


@pytest.mark.parametrize("name", SVM)
def test_the_cat_the_car_and_the_frog(linear, name):
    scores = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])
    each = [getattr(linear, name)(np.eye(3), scores[i : i + 1], np.array([i]), 0.0)[0] for i in range(3)]
    np.testing.assert_allclose(each, [2.9, 0.0, 12.9], atol=1e-12)
    assert getattr(linear, name)(np.eye(3), scores, np.arange(3), 0.5)[0] == pytest.approx(15.8 / 3 + 1.5)


@pytest.mark.parametrize("name", SOFTMAX)
def test_the_surprise_at_the_cat(linear, name):
    loss, _ = getattr(linear, name)(np.eye(3), np.array([[3.2, 5.1, -1.7]]), np.array([0]), 0.0)
    assert loss == pytest.approx(-math.log(0.12998254), abs=1e-7)
    assert loss / math.log(10) == pytest.approx(0.88611498, abs=1e-7)  # the same with base 10, as it is often quoted


@pytest.mark.parametrize("name", SVM + SOFTMAX)
@pytest.mark.parametrize("reg", [0.0, 0.7])
def test_gradients(linear, name, reg):
    random = np.random.default_rng(0)
    W, X, y = random.standard_normal((6, 4)), random.standard_normal((7, 6)), random.integers(4, size=7)
    dW = getattr(linear, name)(W, X, y, reg)[1]
    assert rel_error(dW, eval_numerical_gradient(lambda W: getattr(linear, name)(W, X, y, reg)[0], W)) < 1e-7


def test_the_softmax_gradient_to_full_precision(linear):
    random = np.random.default_rng(4)
    W, X, y = random.standard_normal((6, 4)), random.standard_normal((7, 6)), random.integers(4, size=7)

    def loss(W):
        return sum(np.log(sum(np.exp(s) for s in x @ W)) - (x @ W)[label] for x, label in zip(X, y)) / 7 + 0.3 * np.sum(
            W * W
        )

    for name in SOFTMAX:
        assert rel_error(getattr(linear, name)(W, X, y, 0.3)[1], complex_step_gradient(loss, W)) < 1e-12


@pytest.mark.parametrize("naive, vectorized", [SVM, SOFTMAX])
def test_with_and_without_loops_it_is_the_same(linear, naive, vectorized):
    random = np.random.default_rng(5)
    W, X, y = (
        0.01 * random.standard_normal((3073, 10)),
        50 * random.standard_normal((20, 3073)),
        random.integers(10, size=20),
    )
    (loss, dW), (other, other_dW) = (getattr(linear, name)(W, X, y, 0.1) for name in (naive, vectorized))
    assert loss == pytest.approx(other, rel=1e-12)
    np.testing.assert_allclose(dW, other_dW, rtol=1e-9, atol=1e-9)


def test_l1_penalty(linear):
    penalty, dW = linear.l1_penalty(np.array([[2.0, -3.0]]), 0.5)
    assert penalty == 2.5 and dW.tolist() == [[0.5, -0.5]]


@pytest.mark.parametrize("kind", ["LinearSVM", "Softmax"])
def test_training_lowers_the_loss_and_predicts(linear, kind):
    random = np.random.default_rng(6)
    y = random.integers(3, size=120)
    X = 3 * np.eye(3, 5)[y] + 0.5 * random.standard_normal((120, 5))
    np.random.seed(0)
    model = getattr(linear, kind)()
    history = model.train(X, y, learning_rate=0.1, reg=1e-3, num_iters=200, batch_size=30)
    assert model.W.shape == (5, 3) and len(history) == 200 and np.mean(history[-20:]) < 0.3 * history[0]
    assert np.mean(model.predict(X) == y) > 0.97


# features


def test_hues_are_those_of_the_standard_library(features):
    images = np.random.default_rng(0).integers(0, 256, (2, 5, 4, 3), dtype=np.uint8)
    images[0, 0] = [[7, 7, 7], [9, 9, 2], [2, 9, 9], [9, 2, 9]]
    hue, chroma = features.hue_and_chroma(images)
    for place in np.ndindex(hue.shape):
        pixel = [int(channel) for channel in images[place]]
        assert hue[place] == pytest.approx(colorsys.rgb_to_hsv(*pixel)[0], abs=1e-12)
        assert chroma[place] == pytest.approx((max(pixel) - min(pixel)) / 255)


def test_gradients_of_a_slope_and_of_its_negative(features):
    down, right = np.mgrid[:7, :6]
    for turn in (0.0, 0.2, 0.5, 0.9):
        grey = 3 * (np.cos(np.pi * turn) * right + np.sin(np.pi * turn) * down)[np.newaxis]
        for picture in (grey, -grey):
            orientation, magnitude = (values[0, 1:-1, 1:-1] for values in features.gradients(picture))
            np.testing.assert_allclose(magnitude, 3)
            np.testing.assert_allclose(np.exp(2j * np.pi * orientation), np.exp(2j * np.pi * turn), atol=1e-12)
    assert not features.gradients(grey)[1][0, ::6, ::5].any()


def test_histograms_are_numpys(features):
    random = np.random.default_rng(0)
    positions, weights = random.random((5, 40)), random.random((5, 40))
    expected = [np.histogram(p, 9, (0, 1), weights=w)[0] for p, w in zip(positions, weights)]
    np.testing.assert_allclose(features.histogram(positions, weights, 9), expected)


def test_hog_adds_up_to_the_mean_magnitude_of_each_cell(features):
    images = np.random.default_rng(0).integers(0, 256, (3, 16, 24, 3), dtype=np.uint8)
    magnitude = features.gradients(images.mean(axis=-1))[1]
    cells = features.hog(images, cell=4, bins=7).reshape(3, 4, 6, 7).sum(axis=-1)
    for row, column in np.ndindex(4, 6):
        part = magnitude[:, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
        np.testing.assert_allclose(cells[:, row, column], part.mean(axis=(1, 2)))


def test_the_choice_about_the_features_is_true_of_them(features):
    image = np.random.default_rng(0).integers(0, 256, (1, 32, 32, 3), dtype=np.uint8)
    hues, edges = features.hue_histogram, features.hog
    true = {
        1: np.allclose(hues(image), hues(image[:, :, ::-1])),
        2: np.allclose(edges(image), edges(255 - image)),
        3: np.allclose(edges(image), edges(image.swapaxes(1, 2)[:, ::-1])),
        4: np.allclose(features.features(image), features.features(image // 2), rtol=0.1),
    }
    assert {number for number, holds in true.items() if holds} == features.inline_question_1


def test_the_scale_is_that_of_the_training_rows(features):
    random = np.random.default_rng(0)
    X_train, X = 5 + 3 * random.standard_normal((50, 4)), random.standard_normal((3, 4))
    scaled = features.standardize(X_train, X_train)
    np.testing.assert_allclose([scaled.mean(axis=0), scaled.std(axis=0)], [[0] * 4, [1] * 4], atol=1e-12)
    np.testing.assert_allclose(features.standardize(X_train, X) * X_train.std(axis=0) + X_train.mean(axis=0), X)


@pytest.mark.parametrize("reg", [0.0, 0.3])
def test_gradients_of_the_net_are_numerical_ones(features, reg):
    random = np.random.default_rng(0)
    shapes = {"W1": (5, 7), "b1": (7,), "W2": (7, 3), "b2": (3,)}
    params = {name: random.standard_normal(shape) for name, shape in shapes.items()}
    X, y = random.standard_normal((6, 5)), random.integers(3, size=6)
    _, grads = features.net_loss(params, X, y, reg)
    for name, value in params.items():
        numeric = eval_numerical_gradient(lambda _: features.net_loss(params, X, y, reg)[0], value)
        np.testing.assert_allclose(grads[name], numeric, rtol=1e-6, atol=1e-9)
