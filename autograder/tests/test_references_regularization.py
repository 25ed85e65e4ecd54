"""The answer key of the regularization notebooks against published numbers and against differentiation."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.grading.reference import Reference
from cs231n_utils.checks import eval_numerical_gradient, eval_numerical_gradient_array, rel_error
from cs231n_utils.training import Solver

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "regularization"


@pytest.fixture(scope="module")
def bn():
    return SimpleNamespace(**Reference(SOLUTIONS / "batch_normalization.ipynb").host.namespace)


@pytest.fixture(scope="module")
def dropout():
    return SimpleNamespace(**Reference(SOLUTIONS / "dropout.ipynb").host.namespace)


@pytest.fixture(scope="module")
def transfer():
    return SimpleNamespace(**Reference(SOLUTIONS / "transfer_learning.ipynb").host.namespace)


# batch_normalization: published numbers


def two_layers(count=200, W=None):
    X = np.random.randn(count, 50)
    W1, W2 = W or (np.random.randn(50, 60), np.random.randn(60, 3))
    return np.maximum(0, X @ W1) @ W2


def test_batchnorm_in_training(bn):
    np.random.seed(231)
    a = two_layers()
    np.testing.assert_allclose(
        a.mean(axis=0), [-2.3814598006044174, -13.180382463991416, 1.9178046225495151], rtol=1e-12
    )
    np.testing.assert_allclose(a.std(axis=0), [27.185021859009453, 34.21455510894339, 37.68611761516215], rtol=1e-12)
    out, _ = bn.batchnorm_forward(a, np.ones(3), np.zeros(3), {"mode": "train"})
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-15)
    np.testing.assert_allclose(out.std(axis=0), [0.9999999932343329, 0.999999995728817, 0.9999999964794767], rtol=1e-12)
    out, _ = bn.batchnorm_forward(a, np.array([1.0, 2.0, 3.0]), np.array([11.0, 12.0, 13.0]), {"mode": "train"})
    np.testing.assert_allclose(out.mean(axis=0), [11, 12, 13], rtol=1e-12)


def test_batchnorm_at_test_time(bn):
    np.random.seed(231)
    W, bn_param = (np.random.randn(50, 60), np.random.randn(60, 3)), {"mode": "train"}
    for _ in range(50):
        bn.batchnorm_forward(two_layers(W=W), np.ones(3), np.zeros(3), bn_param)
    bn_param["mode"] = "test"
    out, _ = bn.batchnorm_forward(two_layers(W=W), np.ones(3), np.zeros(3), bn_param)
    np.testing.assert_allclose(
        out.mean(axis=0), [-0.03927354072696226, -0.04349152288885165, -0.10452688358425309], rtol=1e-10
    )
    np.testing.assert_allclose(out.std(axis=0), [1.01531428, 1.01238373, 0.97819988], atol=1e-8)


@pytest.mark.parametrize("name", ["batchnorm_backward", "batchnorm_backward_alt"])
def test_batchnorm_backward(bn, name):
    np.random.seed(231)
    x, gamma, beta = 5 * np.random.randn(4, 5) + 12, np.random.randn(5), np.random.randn(5)
    dout = np.random.randn(4, 5)

    def forward(_):
        return bn.batchnorm_forward(x, gamma, beta, {"mode": "train"})[0]

    _, cache = bn.batchnorm_forward(x, gamma, beta, {"mode": "train"})
    gradients = getattr(bn, name)(dout, cache)
    # The published errors are 1.7e-9, 7.4e-13 and 2.9e-12.
    for gradient, argument, error in zip(gradients, (x, gamma, beta), (1e-8, 1e-11, 1e-11)):
        assert gradient.shape == argument.shape
        assert rel_error(gradient, eval_numerical_gradient_array(forward, argument, dout)) < error


@pytest.mark.parametrize(
    "normalization, reg, loss",
    [
        (None, 0, 2.300479089768492),
        (None, 3.14, 7.052114776533016),
        ("batchnorm", 0, 2.2611955101340957),
        ("batchnorm", 3.14, 6.996533220108303),
    ],
)
def test_the_first_loss_of_a_net(bn, normalization, reg, loss):
    np.random.seed(231)
    X, y = np.random.randn(2, 15), np.random.randint(10, size=2)
    for each in (0, 3.14):
        net = bn.FullyConnectedNet(
            [20, 30],
            input_dim=15,
            num_classes=10,
            reg=each,
            weight_scale=5e-2,
            dtype=np.float64,
            normalization=normalization,
        )
        if each == reg:
            break
    got, grads = net.loss(X, y)
    assert got == pytest.approx(loss, rel=1e-12)
    assert set(grads) == set(net.params)
    for name, value in net.params.items():
        numeric = eval_numerical_gradient(lambda _: net.loss(X, y)[0], value)
        if normalization and name in ("b1", "b2"):  # a shift before a normalization changes nothing
            assert np.abs(grads[name]).max() < 1e-10 and np.abs(numeric).max() < 1e-8
        else:
            # A batch of two is normalized to ±1, where eps and rounding show: the published relative error is 1e-4.
            assert np.abs(grads[name] - numeric).max() < (1e-3 if normalization else 1e-6) * max(
                1, np.abs(numeric).max()
            )


def test_spatial_batchnorm(bn):
    np.random.seed(231)
    x, gamma, beta = 5 * np.random.randn(2, 3, 4, 5) + 12, np.random.randn(3), np.random.randn(3)
    dout = np.random.randn(2, 3, 4, 5)
    out, cache = bn.spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})
    np.testing.assert_allclose(out.mean(axis=(0, 2, 3)), beta, atol=1e-12)
    np.testing.assert_allclose(out.std(axis=(0, 2, 3)), np.abs(gamma), rtol=1e-5)

    def forward(_):
        return bn.spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})[0]

    for gradient, argument in zip(bn.spatial_batchnorm_backward(dout, cache), (x, gamma, beta)):
        assert gradient.shape == argument.shape
        assert rel_error(gradient, eval_numerical_gradient_array(forward, argument, dout)) < 1e-6


@pytest.mark.parametrize("name", ["bn", "dropout", "transfer"])
def test_adam(request, name):
    w, dw = np.linspace(-0.4, 0.6, num=20).reshape(4, 5), np.linspace(-0.6, 0.4, num=20).reshape(4, 5)
    config = {
        "learning_rate": 1e-2,
        "m": np.linspace(0.6, 0.9, num=20).reshape(4, 5),
        "v": np.linspace(0.7, 0.5, num=20).reshape(4, 5),
        "t": 5,
    }
    next_w, config = request.getfixturevalue(name).adam(w, dw, config)
    np.testing.assert_allclose(next_w[0], [-0.40094747, -0.34836187, -0.29577703, -0.24319299, -0.19060977], atol=1e-8)
    np.testing.assert_allclose(next_w[3], [0.38774145, 0.44031188, 0.49288093, 0.54544852, 0.59801459], atol=1e-8)
    assert config["t"] == 6


# dropout


@pytest.mark.parametrize(
    "p, mean, zeros",
    [(0.25, 10.014059116977283, 0.749784), (0.4, 9.977917658761159, 0.600796), (0.7, 9.987811912159426, 0.30074)],
)
def test_dropout_forward(dropout, p, mean, zeros):
    np.random.seed(231)
    x = np.random.randn(500, 500) + 10
    assert x.mean() == pytest.approx(10.000207878477502, rel=1e-12)
    for each in (0.25, 0.4, 0.7):
        out, _ = dropout.dropout_forward(x, {"mode": "train", "p": each})
        if each == p:
            break
    assert (out.mean(), (out == 0).mean()) == (pytest.approx(mean, rel=1e-12), zeros)
    assert np.array_equal(dropout.dropout_forward(x, {"mode": "test", "p": p})[0], x)


def test_dropout_backward(dropout):
    np.random.seed(231)
    x, dout = np.random.randn(10, 10) + 10, np.random.randn(10, 10)
    dropout_param = {"mode": "train", "p": 0.2, "seed": 123}
    _, cache = dropout.dropout_forward(x, dropout_param)
    numeric = eval_numerical_gradient_array(lambda x: dropout.dropout_forward(x, dropout_param)[0], x, dout)
    assert rel_error(dropout.dropout_backward(dout, cache), numeric) < 1e-9  # published: 5.4e-11


@pytest.mark.parametrize("keep", [1, 0.75, 0.5])
def test_a_net_with_dropout(dropout, keep):
    np.random.seed(231)
    X, y = np.random.randn(2, 15), np.random.randint(10, size=2)
    net = dropout.FullyConnectedNet(
        [20, 30], input_dim=15, num_classes=10, weight_scale=5e-2, dtype=np.float64, dropout_keep_ratio=keep, seed=123
    )
    loss, grads = net.loss(X, y)
    assert loss == pytest.approx(2.300479089768492 if keep == 1 else np.log(10), rel=1e-12 if keep == 1 else 0.01)
    for name, value in net.params.items():
        numeric = eval_numerical_gradient(lambda _: net.loss(X, y)[0], value)
        assert np.abs(grads[name] - numeric).max() < 1e-6 * max(1, np.abs(numeric).max())


def test_plain_and_inverted_dropout_agree_on_average(dropout):
    np.random.seed(0)
    x = np.random.randn(400, 300) + 5
    for p in (0.3, 0.8):
        in_training, at_test_time = (dropout.plain_dropout(x, p, mode).mean() for mode in ("train", "test"))
        assert in_training == pytest.approx(at_test_time, rel=0.01)
        assert dropout.dropout_forward(x, {"mode": "train", "p": p})[0].mean() == pytest.approx(x.mean(), rel=0.01)


def test_the_crowd_of_a_linear_net_is_the_whole_net(dropout):
    """Averages are exact for scores (log-ratios of a pass), and not for probabilities."""
    np.random.seed(0)
    net = dropout.FullyConnectedNet([1], input_dim=1, num_classes=2, dropout_keep_ratio=0.5, dtype=np.float64)
    net.params = {"W1": np.array([[2.0]]), "b1": np.zeros(1), "W2": np.array([[0.0, 1.0]]), "b2": np.zeros(2)}
    answers = dropout.monte_carlo(net, np.ones((3, 1)), 4000)
    scores = np.log(answers[:, :, 1] / answers[:, :, 0])
    assert scores.mean() == pytest.approx(2.0, abs=0.1)  # the whole net's score
    assert answers[:, :, 1].mean() == pytest.approx((0.5 + 1 / (1 + np.exp(-4))) / 2, abs=0.01)


# transfer_learning


def test_frozen_layers_stay_and_slow_ones_move_less(transfer):
    np.random.seed(0)
    X, y = np.random.randn(60, 8), np.random.randint(3, size=60)
    data = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
    base = transfer.FullyConnectedNet([9, 7], input_dim=8, num_classes=5, weight_scale=0.3, reg=0.1, dtype=np.float64)
    moved = {}
    for factor in (0.0, 0.1, 1.0):
        np.random.seed(1)
        net = transfer.with_new_head(base, 3)
        solver = Solver(net, data, optim_config={"learning_rate": 0.1}, num_epochs=2, batch_size=20, verbose=False)
        transfer.set_learning_rates(solver, 2, factor)
        solver.train()
        moved[factor] = [np.abs(net.params[name] - base.params[name]).max() for name in ("W1", "b1", "W2", "b2")]
    assert moved[0.0] == [0.0] * 4
    assert all(0 < slow < fast for slow, fast in zip(moved[0.1], moved[1.0]))


def test_the_two_tasks_have_no_class_in_common(transfer):
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 10
    parts = [transfer.split_classes(X, y, classes) for classes in ([0, 1, 2, 3, 6, 7], [4, 5, 8, 9])]
    assert sum(len(labels) for _, labels in parts) == 20
    assert not set(parts[0][0][:, 0]) & set(parts[1][0][:, 0])
    assert [sorted(set(labels.tolist())) for _, labels in parts] == [list(range(6)), list(range(4))]
