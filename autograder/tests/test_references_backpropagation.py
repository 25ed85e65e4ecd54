"""The answer key of backpropagation against the numbers of the lectures, and against differentiation."""

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.grading.reference import Reference
from cs231n_utils.checks import (
    complex_step_gradient,
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    overflows,
    rel_error,
)

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "backpropagation"


@pytest.fixture(scope="module")
def graphs():
    return SimpleNamespace(**Reference(SOLUTIONS / "computational_graphs.ipynb").host.namespace)


@pytest.fixture(scope="module")
def activations():
    return SimpleNamespace(**Reference(SOLUTIONS / "activations.ipynb").host.namespace)


# The circuits of the lectures


def test_product_of_a_sum(graphs):
    assert graphs.product_of_sum(-2.0, 5.0, -4.0) == (-12.0, -4.0, -4.0, 3.0)


def test_three_gates(graphs):
    """f = 2 (x y + max(z, w)): −20, and the gradients −8, 6, 2, 0."""
    a, product = graphs.multiply_forward(3.0, -4.0)
    b, larger = graphs.max_forward(2.0, -1.0)
    c, total = graphs.add_forward(a, b)
    f, twice = graphs.multiply_forward(c, 2.0)
    da, db = graphs.add_backward(graphs.multiply_backward(1.0, twice)[0], total)
    assert f == -20.0
    assert (*graphs.multiply_backward(da, product), *graphs.max_backward(db, larger)) == (-8.0, 6.0, 2.0, 0.0)


def test_sigmoid_neuron(graphs):
    """The slide's two decimals, and all of them."""
    p, dw, dx = graphs.sigmoid_neuron(np.array([2.0, -3.0, -3.0]), np.array([-1.0, -2.0]))
    assert [f"{number:.2f}" for number in (p, *dw, *dx)] == ["0.73", "-0.20", "-0.39", "0.20", "0.39", "-0.59"]
    slope = 0.19661193324148185
    np.testing.assert_allclose(
        [p, *dw, *dx], [0.7310585786300049, -slope, -2 * slope, slope, 2 * slope, -3 * slope], rtol=1e-14
    )


def formula(v):
    return (v[0] + 1 / (1 + np.exp(-v[1]))) / (1 / (1 + np.exp(-v[0])) + (v[0] + v[1]) ** 2)


def test_staged_computation(graphs):
    f, cache = graphs.intricate_forward(3.0, -4.0)
    assert f == pytest.approx(1.5456448841066441, rel=1e-15)
    np.testing.assert_allclose(
        graphs.intricate_backward(1.0, cache), [2.0595697955721652, 1.5922327514838093], rtol=1e-14
    )


@pytest.mark.parametrize("seed", range(5))
def test_staged_computation_against_the_complex_step(graphs, seed):
    point = np.random.default_rng(seed).uniform(0.3, 2.0, 2) * [1, -1][seed % 2]
    f, cache = graphs.intricate_forward(*point)
    assert f == pytest.approx(formula(point), rel=1e-14)
    np.testing.assert_allclose(graphs.intricate_backward(1.0, cache), complex_step_gradient(formula, point), rtol=1e-12)


# The engine


def test_engine_gives_what_the_stages_give(graphs):
    x, y = graphs.Node(3.0), graphs.Node(-4.0)
    sigx, sigy = 1 / (1 + (-x).exp()), 1 / (1 + (-y).exp())
    f = (x + sigy) / (sigx + (x + y) ** 2)
    for _ in range(3):  # as often as you like
        f.backward()
        np.testing.assert_allclose(
            [f.value, x.gradient, y.gradient], [1.5456448841066441, 2.0595697955721652, 1.5922327514838093], rtol=1e-14
        )


@pytest.mark.parametrize("seed", range(5))
def test_engine_on_random_formulas_against_the_complex_step(graphs, seed):
    steps = np.random.default_rng(seed).integers(0, 5, size=(8, 3))

    def computed(numbers, exp):
        values = list(numbers)
        for kind, i, j in steps:
            a, b = values[i - 2], values[-1 - j % 3]
            values.append(
                [
                    lambda a, b: a + b,
                    lambda a, b: a * b * 0.5,
                    lambda a, b: a - b,
                    lambda a, b: exp(a * 0.1),
                    lambda a, b: a / (b * b + 2),
                ][kind](a, b)
            )
        return values[-1] + values[-2] * values[0]

    point = np.random.default_rng(100 + seed).uniform(-1, 1, 3)
    nodes = [graphs.Node(value) for value in point]
    f = computed(nodes, lambda node: node.exp())
    f.backward()
    expected = complex_step_gradient(lambda v: computed(v, np.exp), point)
    reached = set(graphs.topological_order(f))
    found = [node.gradient if node in reached else 0.0 for node in nodes]
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-14)


def test_engine_and_neuron_agree(graphs):
    random = np.random.default_rng(0)
    X, y, w, b = random.standard_normal((5, 2)), np.array([0, 1, 1, 0, 1]), random.standard_normal(2), 0.3
    loss, dw, db = graphs.neuron_loss(w, b, X, y)
    nodes = [graphs.Node(value) for value in (*w, b)]
    probabilities = [1 / (1 + (-(nodes[0] * row[0] + nodes[1] * row[1] + nodes[2])).exp()) for row in X]
    product = graphs.Node(1.0)
    for p, label in zip(probabilities, y):
        product = product * (p if label else 1 - p)
    product.backward()  # the gradient of the loss is minus that of the product, through the product and N
    assert loss == pytest.approx(-np.log(product.value) / 5, rel=1e-12)
    np.testing.assert_allclose([*dw, db], [-node.gradient / product.value / 5 for node in nodes], rtol=1e-12)


# Matrices and the neuron


def test_matrix_product(graphs):
    random = np.random.default_rng(0)
    X, W, dD = random.standard_normal((5, 10)), random.standard_normal((10, 3)), random.standard_normal((5, 3))
    dX, dW = graphs.matmul_backward(dD, graphs.matmul_forward(X, W)[1])
    assert rel_error(dX, eval_numerical_gradient_array(lambda X: X @ W, X, dD)) < 1e-8
    assert rel_error(dW, eval_numerical_gradient_array(lambda W: X @ W, W, dD)) < 1e-8


def test_new_neuron_has_the_loss_log_2(graphs):
    loss, _, _ = graphs.neuron_loss(
        np.zeros(3), 0.0, np.random.default_rng(0).standard_normal((6, 3)), np.arange(6) % 2
    )
    assert loss == pytest.approx(0.6931471805599453, rel=1e-15)


# Activations

NAMES = ("sigmoid", "tanh", "relu", "leaky_relu", "elu")
DEFINITIONS = {
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "tanh": np.tanh,
    "relu": lambda x: x if x > 0 else 0.0,
    "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "elu": lambda x: x if x > 0 else np.exp(x) - 1,
}


@pytest.mark.parametrize("name", NAMES)
def test_activations_are_what_they_are_called(activations, name):
    x = np.array([[-3.0, -0.7, -0.01], [0.02, 0.9, 2.5]])
    out, _ = getattr(activations, f"{name}_forward")(x)
    np.testing.assert_allclose(out, np.vectorize(DEFINITIONS[name])(x), rtol=1e-13)


@pytest.mark.parametrize("name", NAMES)
def test_slopes_of_activations(activations, name):
    forward, backward = getattr(activations, f"{name}_forward"), getattr(activations, f"{name}_backward")
    random = np.random.default_rng(0)
    x, dout = random.uniform(0.05, 2, (4, 5)) * random.choice([-1, 1], (4, 5)), random.standard_normal((4, 5))
    assert (
        rel_error(backward(dout, forward(x)[1]), eval_numerical_gradient_array(lambda x: forward(x)[0], x, dout)) < 1e-8
    )


@pytest.mark.parametrize("name", NAMES)
def test_activations_never_overflow(activations, name):
    forward, backward = getattr(activations, f"{name}_forward"), getattr(activations, f"{name}_backward")
    x = np.array([-1e300, -1000.0, 1000.0, 1e300])
    assert not overflows(forward, x) and not overflows(backward, np.ones(4), forward(x)[1])
    assert np.isfinite(forward(x)[0]).all()


def test_steepest_places(activations):
    """The slope of the sigmoid is at most ¼, that of tanh at most 1; both at 0."""
    x = np.linspace(-5, 5, 1001)
    for name, largest in (("sigmoid", 0.25), ("tanh", 1.0)):
        slope = getattr(activations, f"{name}_backward")(np.ones_like(x), getattr(activations, f"{name}_forward")(x)[1])
        assert slope.max() == pytest.approx(largest, rel=1e-12) and x[slope.argmax()] == pytest.approx(0.0, abs=1e-12)


def test_maxout_gradients(activations):
    random = np.random.default_rng(0)
    values = [random.standard_normal(shape) for shape in ((6, 3), (3, 4), (4,), (3, 4), (4,))]
    dout = random.standard_normal((6, 4))
    gradients = activations.maxout_backward(dout, activations.maxout_forward(*values)[1])
    for gradient, value in zip(gradients, values):
        numeric = eval_numerical_gradient_array(lambda _: activations.maxout_forward(*values)[0], value, dout)
        assert gradient.shape == value.shape and rel_error(gradient, numeric) < 1e-7


def test_maxout_can_be_a_relu(activations):
    random = np.random.default_rng(0)
    x, w, b = random.standard_normal((6, 3)), random.standard_normal((3, 4)), random.standard_normal(4)
    out, _ = activations.maxout_forward(x, w, b, np.zeros((3, 4)), np.zeros(4))
    np.testing.assert_array_equal(out, activations.relu_forward(x @ w + b)[0])


@pytest.mark.parametrize("sizes", [(3, 1), (3, 5, 1), (3, 4, 6, 5, 1)])
@pytest.mark.parametrize("name", ["tanh", "elu", "sigmoid"])
def test_network_gradients(activations, sizes, name):
    random = np.random.default_rng(0)
    weights = [random.standard_normal(shape) for shape in pairwise(sizes)]
    biases = [random.standard_normal(size) for size in sizes[1:]]
    X, y = random.standard_normal((6, 3)), np.arange(6) % 2
    pair = getattr(activations, f"{name}_forward"), getattr(activations, f"{name}_backward")
    _, dweights, dbiases = activations.mlp_loss(weights, biases, X, y, pair)
    for gradient, value in zip([*dweights, *dbiases], [*weights, *biases], strict=True):
        numeric = eval_numerical_gradient(lambda _: activations.mlp_loss(weights, biases, X, y, pair)[0], value)
        assert gradient.shape == value.shape and rel_error(gradient, numeric) < 1e-5


def test_two_affine_layers_are_one(activations):
    random = np.random.default_rng(0)
    x, w1, b1 = random.standard_normal((5, 4)), random.standard_normal((4, 7)), random.standard_normal(7)
    w2, b2 = random.standard_normal((7, 3)), random.standard_normal(3)
    w, b = activations.collapse(w1, b1, w2, b2)
    np.testing.assert_allclose(x @ w + b, (x @ w1 + b1) @ w2 + b2, rtol=1e-12)


# What the texts say


def train(activations, name, sizes=(2, 16, 16, 1), steps=600, rate=0.3):
    from cs231n_utils.data import make_rings

    X, y = make_rings(200, seed=0)
    pair = activations.identity if name == "identity" else activations.ACTIVATIONS[name]
    weights, biases = activations.new_network(sizes)
    for _ in range(steps):
        activations.descend(weights, biases, X, y, pair, rate)
    return np.mean(activations.predict(weights, biases, X, pair) == y)


def test_depth_without_a_bend_is_for_nothing(activations):
    assert train(activations, "identity", steps=200) < 0.65
    assert train(activations, "ReLU") > 0.98
    assert train(activations, "tanh") > 0.98


def test_gradients_vanish_behind_sigmoids(activations):
    random = np.random.default_rng(0)
    X, y = random.standard_normal((100, 50)), np.arange(100) % 2
    ratio = {}
    for name in ("sigmoid", "tanh", "ReLU"):
        weights, biases = activations.new_network((50, *[50] * 10, 1))
        weights = weights if name == "ReLU" else [w / np.sqrt(2) for w in weights]
        _, dweights, _ = activations.mlp_loss(weights, biases, X, y, activations.ACTIVATIONS[name])
        ratio[name] = np.linalg.norm(dweights[0]) / np.linalg.norm(dweights[-1])
    assert ratio["sigmoid"] < 1e-5 and ratio["tanh"] > 0.1 and ratio["ReLU"] > 0.05
