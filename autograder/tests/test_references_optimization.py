"""The answer key of the assignment optimization against published numbers, and against differentiation."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from autograder.grading.reference import Reference
from cs231n_utils.checks import eval_numerical_gradient, eval_numerical_gradient_array, rel_error
from cs231n_utils.training import SURFACES

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "optimization"


def solution(name):
    return SimpleNamespace(**Reference(SOLUTIONS / f"{name}.ipynb").host.namespace)


@pytest.fixture(scope="module")
def rules():
    return solution("update_rules")


@pytest.fixture(scope="module")
def initialization():
    return solution("initialization")


@pytest.fixture(scope="module")
def hyperparameters():
    return solution("hyperparameters")


def grid(first, last):
    return np.linspace(first, last, num=20).reshape(4, 5)


# Published numbers: the check cells of CS231n's notebook on fully connected networks


def test_sgd_momentum(rules):
    next_w, config = rules.sgd_momentum(
        grid(-0.4, 0.6), grid(-0.6, 0.4), {"learning_rate": 1e-3, "velocity": grid(0.6, 0.9)}
    )
    np.testing.assert_allclose(
        next_w,
        [
            [0.14060000000000006, 0.2073894736842105, 0.27417894736842097, 0.34096842105263164, 0.407757894736842],
            [0.47454736842105266, 0.5413368421052631, 0.6081263157894736, 0.6749157894736842, 0.7417052631578946],
            [0.8084947368421053, 0.8752842105263158, 0.9420736842105263, 1.0088631578947367, 1.0756526315789472],
            [1.142442105263158, 1.2092315789473682, 1.276021052631579, 1.3428105263157895, 1.4096000000000002],
        ],
        rtol=1e-12,
    )
    np.testing.assert_allclose(config["velocity"], next_w - grid(-0.4, 0.6), rtol=1e-12)


def test_rmsprop(rules):
    next_w, config = rules.rmsprop(grid(-0.4, 0.6), grid(-0.6, 0.4), {"learning_rate": 1e-2, "cache": grid(0.6, 0.9)})
    np.testing.assert_allclose(
        next_w,
        [
            [
                -0.3922384948433383,
                -0.34037513299070765,
                -0.28849238846687814,
                -0.23659120821081786,
                -0.18467247195258382,
            ],
            [
                -0.13273699834703015,
                -0.08078555043091254,
                -0.02881884049026984,
                0.023162465587694647,
                0.07515774441461458,
            ],
            [0.12716641159814304, 0.17918791858913796, 0.2312217498380417, 0.28326742022505713, 0.33532447273333105],
            [0.3873924763382963, 0.43947102408970146, 0.4915597313657581, 0.5436582342813369, 0.5957661882343064],
        ],
        rtol=1e-10,
    )
    assert config["cache"][0, 0] == pytest.approx(0.5976, rel=1e-12)


def test_adam(rules):
    next_w, config = rules.adam(
        grid(-0.4, 0.6), grid(-0.6, 0.4), {"learning_rate": 1e-2, "m": grid(0.6, 0.9), "v": grid(0.7, 0.5), "t": 5}
    )
    np.testing.assert_allclose(
        next_w,
        [
            [
                -0.40094747166840083,
                -0.3483618689667189,
                -0.2957770321333014,
                -0.24319298836973444,
                -0.19060976631902593,
            ],
            [
                -0.13802739616704435,
                -0.08544590975289204,
                -0.032865340689163525,
                0.019714275506843335,
                0.07229290126975907,
            ],
            [0.12487049682925762, 0.17744702003811577, 0.2300224261834716, 0.2825966677792994, 0.33516969433784094],
            [0.3877414521174136, 0.4403118838436444, 0.49288092840074144, 0.5454485204889067, 0.5980145902433942],
        ],
        rtol=1e-10,
    )
    assert config["m"][0, 0] == pytest.approx(0.48, rel=1e-12) and config["t"] == 6


@pytest.mark.parametrize(
    "rule, learning_rate",
    [("sgd_momentum", 1e-2), ("nesterov", 1e-2), ("adagrad", 1e-2), ("rmsprop", 1e-2), ("adam", 1e-3)],
)
def test_defaults(rules, rule, learning_rate):
    _, config = getattr(rules, rule)(np.ones(2), np.ones(2))
    published = {
        "learning_rate": learning_rate,
        "momentum": 0.9,
        "decay_rate": 0.99,
        "beta1": 0.9,
        "beta2": 0.999,
        "epsilon": 1e-8,
    }
    settings = {name: value for name, value in config.items() if name in published}
    assert settings == {name: published[name] for name in settings} and "learning_rate" in settings


# What the rules are, said in another way


def test_nesterov_is_momentum_with_the_gradient_from_ahead(rules):
    surface, mu, rate = SURFACES["beale"], 0.9, 0.005
    theta, v = np.array(surface.start), np.zeros(2)
    w, config = theta + mu * v, {"learning_rate": rate, "momentum": mu}
    for _ in range(20):
        v = mu * v - rate * surface.gradient(theta + mu * v)
        theta = theta + v
        w, config = rules.nesterov(w, surface.gradient(w), config)
        np.testing.assert_allclose(w, theta + mu * v, rtol=1e-9)


def test_adam_forgets_how_large_gradients_are(rules):
    paths = []
    for scale in (1.0, 1000.0):
        w, config = np.array([2.0, -1.0]), {"learning_rate": 0.1}
        for _ in range(5):
            w, config = rules.adam(w, scale * np.array([1.0, 40.0]) * w, config)
        paths.append(w)
    np.testing.assert_allclose(*paths, rtol=1e-6)


@pytest.mark.parametrize(
    "rule, learning_rate",
    [("sgd_momentum", 0.02), ("nesterov", 0.02), ("adagrad", 1.0), ("rmsprop", 0.05), ("adam", 0.2)],
)
def test_rules_reach_the_bottom_of_a_valley(rules, rule, learning_rate):
    surface, w, config = SURFACES["valley"], np.array([-7.0, 2.0]), {"learning_rate": learning_rate}
    for _ in range(1000):
        w, config = getattr(rules, rule)(w, surface.gradient(w), config)
    assert surface.height(*w) < 2e-3


@pytest.mark.parametrize("name", SURFACES)
def test_newton_makes_the_gradient_of_the_bowl_zero(rules, name):
    surface = SURFACES[name]
    w = np.array(surface.lowest) + [0.1, -0.05]
    step = rules.newton_step(w, surface.gradient(w), surface.hessian(w)) - w
    np.testing.assert_allclose(surface.hessian(w) @ step + surface.gradient(w), 0, atol=1e-10)


def test_schedules_begin_at_the_learning_rate_and_fall(rules):
    t = np.arange(60)
    for rates in (rules.step_decay(0.3, t), rules.exponential_decay(0.3, t, 0.1), rules.inverse_decay(0.3, t, 0.1)):
        assert rates[0] == 0.3 and (np.diff(rates) <= 0).all() and rates[-1] < 0.1


# initialization


def test_variance_is_kept(initialization):
    np.random.seed(0)
    x = np.random.randn(200, 400)
    tanh = initialization.deep_forward(0.01 * x, [initialization.xavier(400, 400) for _ in range(10)], "tanh")
    relu = initialization.deep_forward(x, [initialization.he(400, 400) for _ in range(10)], "relu")
    half = initialization.deep_forward(x, [initialization.xavier(400, 400) for _ in range(10)], "relu")
    assert tanh[-1].std() == pytest.approx(0.01, rel=0.15)
    assert np.mean(relu[-1] ** 2) == pytest.approx(1, rel=0.3)
    assert np.sqrt(np.mean(half[-1] ** 2)) == pytest.approx(1 / 32, rel=0.2)  # inline question 2


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_deep_gradients(initialization, activation):
    np.random.seed(1)
    x, dout = np.random.randn(4, 5), np.random.randn(4, 3)
    weights = [np.random.randn(5, 6), np.random.randn(6, 3)]
    grads = initialization.deep_backward(
        dout, x, weights, initialization.deep_forward(x, weights, activation), activation
    )
    for W, grad in zip(weights, grads, strict=True):
        numeric = eval_numerical_gradient_array(
            lambda _: initialization.deep_forward(x, weights, activation)[-1], W, dout
        )
        assert rel_error(grad, numeric) < 1e-6


def test_with_zero_weights_only_the_last_biases_learn(initialization):
    np.random.seed(0)
    net = initialization.DeepNet(initialization.zero_init, "tanh", layers=3, units=6, inputs=5, classes=4)
    loss, grads = net.loss(np.random.randn(7, 5), np.array([0, 1, 2, 3, 0, 1, 0]))
    assert loss == pytest.approx(np.log(4))
    assert {name for name, grad in grads.items() if grad.any()} == {"b"}  # inline question 3


# The network that is brought along, and the sanity checks


def test_the_brought_network(rules, hyperparameters):
    X, y = np.linspace(-5.5, 4.5, num=15).reshape(5, 3).T, np.array([0, 5, 1])
    for notebook in (rules, hyperparameters):
        net = notebook.TwoLayerNet(input_dim=5, hidden_dim=50, num_classes=7, reg=1.0)
        net.params = {
            "W1": np.linspace(-0.7, 0.3, num=250).reshape(5, 50),
            "b1": np.linspace(-0.1, 0.9, num=50),
            "W2": np.linspace(-0.3, 0.4, num=350).reshape(50, 7),
            "b2": np.linspace(-0.9, 0.1, num=7),
        }
        loss, grads = net.loss(X, y)
        assert loss == pytest.approx(26.594842695238583, rel=1e-12)  # published
        for name, value in net.params.items():
            numeric = eval_numerical_gradient(lambda _, net=net: net.loss(X, y)[0], value)
            assert rel_error(grads[name], numeric) < 1e-6


def test_expected_loss_is_what_a_new_network_has(hyperparameters):
    np.random.seed(0)
    net = hyperparameters.TwoLayerNet(input_dim=300, hidden_dim=200, num_classes=10, weight_scale=0.01, reg=3.0)
    expected = hyperparameters.expected_loss(10, 3.0, 0.01, 300 * 200 + 200 * 10)
    assert net.loss(np.random.randn(50, 300), np.arange(50) % 10)[0] == pytest.approx(expected, rel=0.02)


def test_logarithms_are_even(hyperparameters):
    np.random.seed(0)
    values = hyperparameters.sample_log_uniform(1e-5, 1e-1, 20_000)
    np.testing.assert_allclose(np.histogram(np.log10(values), bins=4, range=(-5, -1))[0] / 20_000, 0.25, atol=0.015)
