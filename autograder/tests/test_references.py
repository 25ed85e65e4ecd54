"""The answer key against published numbers, against differentiation, and against PyTorch where there is one."""

import importlib
import subprocess
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from nbclient import NotebookClient

from autograder.grading.reference import Reference
from cs231n_utils.checks import complex_step_gradient, eval_numerical_gradient, eval_numerical_gradient_array, rel_error
from cs231n_utils.training import grid, sweep

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "two_layer_net"


@pytest.fixture(scope="module")
def layers():
    return SimpleNamespace(**Reference(SOLUTIONS / "layers.ipynb").host.namespace)


@pytest.fixture(scope="module")
def classic():
    return SimpleNamespace(**Reference(SOLUTIONS / "two_layer_net.ipynb").host.namespace)


@pytest.mark.parametrize("path", sorted(SOLUTIONS.parent.glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_grading_draws_no_pictures(path, monkeypatch):
    """Pictures are for people: a cell that draws one is tagged skip-execution, or every hand-in would wait for it."""
    monkeypatch.setattr(Figure, "add_subplot", lambda *args, **kwargs: pytest.fail("it draws a picture"))
    Reference(path)


# layers: published numbers


def test_a_solution_notebook_shows_pictures_after_a_check_with_hidden_tests():
    cells = (
        "%matplotlib inline\nimport matplotlib.pyplot as plt",
        "from autograder.grading.reference import reference_of\nfrom pathlib import Path\n"
        f"reference_of(Path({str(SOLUTIONS / 'layers.ipynb')!r}))",
        "plt.plot([1, 2])\nplt.show()",
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3").execute(stderr=subprocess.DEVNULL)
    assert [set(output.data) for output in notebook.cells[-1].outputs] == [{"text/plain", "image/png"}]


def test_affine_forward(layers):
    x = np.linspace(-0.1, 0.5, num=240).reshape(2, 4, 5, 6)
    out, _ = layers.affine_forward(x, np.linspace(-0.2, 0.3, num=360).reshape(120, 3), np.linspace(-0.3, 0.1, num=3))
    np.testing.assert_allclose(
        out,
        [
            [1.4983496695842708, 1.7066013216629172, 1.9148529737415652],
            [3.2555319868066817, 3.514132702416055, 3.772733418025431],
        ],
        rtol=1e-12,
    )


def test_affine_backward(layers):
    np.random.seed(231)
    x, w, b, dout = np.random.randn(10, 2, 3), np.random.randn(6, 5), np.random.randn(5), np.random.randn(10, 5)
    gradients = layers.affine_backward(dout, layers.affine_forward(x, w, b)[1])
    for gradient, argument in zip(gradients, (x, w, b)):
        numeric = eval_numerical_gradient_array(lambda _: layers.affine_forward(x, w, b)[0], argument, dout)
        assert gradient.shape == argument.shape and rel_error(gradient, numeric) < 1e-9


def test_relu_forward(layers):
    out, _ = layers.relu_forward(np.linspace(-0.5, 0.5, num=12).reshape(3, 4))
    np.testing.assert_allclose(
        out,
        [
            [0, 0, 0, 0],
            [0, 0, 0.045454545454545414, 0.13636363636363635],
            [0.2272727272727273, 0.31818181818181823, 0.40909090909090917, 0.5],
        ],
        rtol=1e-12,
    )


def test_relu_backward(layers):
    np.random.seed(231)
    x, dout = np.random.randn(10, 10), np.random.randn(10, 10)
    dx = layers.relu_backward(dout, layers.relu_forward(x)[1])
    assert rel_error(dx, eval_numerical_gradient_array(lambda x: layers.relu_forward(x)[0], x, dout)) < 1e-10


@pytest.mark.parametrize(
    "name, loss, tolerance", [("svm_loss", 8.999602749096233, 1e-8), ("softmax_loss", 2.3025458445007376, 1e-7)]
)
def test_losses(layers, name, loss, tolerance):
    np.random.seed(231)
    x, y = 0.001 * np.random.randn(50, 10), np.random.randint(10, size=50)
    function = getattr(layers, name)
    got, dx = function(x, y)
    assert got == pytest.approx(loss, rel=1e-13)
    assert rel_error(dx, eval_numerical_gradient(lambda x: function(x, y)[0], x)) < tolerance


def smooth_net(layers, reg=0.0):
    N, D, H, C = 3, 5, 50, 7
    net = layers.TwoLayerNet(input_dim=D, hidden_dim=H, num_classes=C, weight_scale=1e-3, reg=reg)
    net.params = {
        "W1": np.linspace(-0.7, 0.3, num=D * H).reshape(D, H),
        "b1": np.linspace(-0.1, 0.9, num=H),
        "W2": np.linspace(-0.3, 0.4, num=H * C).reshape(H, C),
        "b2": np.linspace(-0.9, 0.1, num=C),
    }
    return net, np.linspace(-5.5, 4.5, num=N * D).reshape(D, N).T, np.array([0, 5, 1])


def test_two_layer_scores(layers):
    net, X, _ = smooth_net(layers)
    np.testing.assert_allclose(
        net.loss(X),
        [
            [
                11.531651082430411,
                12.291734395625888,
                13.051817708821353,
                13.811901022016835,
                14.571984335212306,
                15.332067648407788,
                16.092150961603263,
            ],
            [
                12.057690976760085,
                12.746141052133215,
                13.434591127506339,
                14.123041202879465,
                14.81149127825259,
                15.499941353625719,
                16.18839142899884,
            ],
            [
                12.583730871089754,
                13.200547708640531,
                13.817364546191309,
                14.434181383742082,
                15.050998221292861,
                15.667815058843631,
                16.28463189639442,
            ],
        ],
        rtol=1e-12,
    )


@pytest.mark.parametrize("reg, loss", [(0.0, 3.4702243556), (1.0, 26.5948426952)])
def test_two_layer_loss(layers, reg, loss):
    net, X, y = smooth_net(layers, reg)
    assert net.loss(X, y)[0] == pytest.approx(loss, abs=1e-10)


@pytest.mark.parametrize("reg", [0.0, 0.7])
def test_two_layer_gradients(layers, reg):
    net, X, y = smooth_net(layers, reg)
    grads = net.loss(X, y)[1]
    assert set(grads) == set(net.params)
    for name, value in net.params.items():
        assert rel_error(grads[name], eval_numerical_gradient(lambda _: net.loss(X, y)[0], value)) < 1e-6


def test_two_layer_init(layers):
    np.random.seed(231)
    np.random.randn(3, 5)
    np.random.randint(7, size=3)
    net = layers.TwoLayerNet(input_dim=5, hidden_dim=50, num_classes=7, weight_scale=1e-3)
    assert net.params["W1"].std() == pytest.approx(0.000962465, rel=1e-5)
    assert net.params["W2"].std() == pytest.approx(0.00103707, rel=1e-5)
    assert not net.params["b1"].any() and not net.params["b2"].any()
    assert {name: value.shape for name, value in layers.TwoLayerNet().params.items()} == {
        "W1": (3072, 100),
        "b1": (100,),
        "W2": (100, 10),
        "b2": (10,),
    }


# two_layer_net: published numbers


def toy(classic):
    net = classic.init_toy_model()
    np.random.seed(1)
    return net, 10 * np.random.randn(5, 4), np.array([0, 1, 2, 2, 1])


TOY_SCORES = [
    [-0.8123374131092695, -1.2765462405665546, -0.7033599477779823],
    [-0.17129677014393294, -1.1880331063857748, -0.473104441510171],
    [-0.5159047523520925, -1.0135431409752373, -0.8504214959143411],
    [-0.1541929118833914, -0.4862963841756697, -0.529019523892004],
    [-0.006187325198913611, -0.12435260970276742, -0.15226949317417682],
]


def test_toy_scores(classic):
    net, X, _ = toy(classic)
    np.testing.assert_allclose(net.loss(X), TOY_SCORES, rtol=1e-12)
    np.testing.assert_array_equal(net.predict(X), np.argmax(TOY_SCORES, axis=1))


@pytest.mark.parametrize("reg, loss", [(0.0, 1.2658570521180537), (0.025, 1.2848224717239372), (0.05, 1.30378789133)])
def test_toy_loss(classic, reg, loss):
    net, X, y = toy(classic)
    assert net.loss(X, y, reg=reg)[0] == pytest.approx(loss, abs=1e-11)


def test_toy_gradients(classic):
    net, X, y = toy(classic)
    grads = net.loss(X, y, reg=0.05)[1]
    for name, value in net.params.items():
        assert rel_error(grads[name], eval_numerical_gradient(lambda _: net.loss(X, y, reg=0.05)[0], value)) < 1e-8


def test_toy_training(classic):
    _, X, y = toy(classic)
    net = classic.init_toy_model()
    stats = net.train(X, y, X, y, learning_rate=1e-1, reg=5e-6, num_iters=100)
    assert stats["loss_history"][-1] == pytest.approx(0.017149607938732093, rel=1e-10)
    assert len(stats["loss_history"]) == 100 and len(stats["val_acc_history"]) == 100
    np.testing.assert_array_equal(net.predict(X), y)


def test_the_two_conventions_differ_as_published(layers, classic):
    net, X, y = smooth_net(layers)
    other = classic.TwoLayerNet(5, 50, 7)
    other.params = net.params
    assert other.loss(X, y, reg=1.0)[0] == pytest.approx(49.719461034881775, abs=1e-10)
    assert other.loss(X, y, reg=0.5)[0] == pytest.approx(26.5948426952, abs=1e-10)


# Differentiation on random inputs, with a good share of dead units


def random_case(seed, N=6, D=7, H=11, C=4):
    random = np.random.default_rng(seed)
    params = {
        "W1": random.standard_normal((D, H)),
        "b1": random.standard_normal(H) - 1.5,
        "W2": random.standard_normal((H, C)),
        "b2": random.standard_normal(C),
    }
    X, y = random.standard_normal((N, D)), random.integers(C, size=N)
    before = X @ params["W1"] + params["b1"]
    dead = (before < 0).mean()
    assert 0.3 < dead < 0.95 and np.abs(before).min() > 1e-4
    return params, X, y


def complex_loss(params, X, y, penalty):
    """The loss in complex arithmetic, from its definition: the mean of log Σ exp(s) − s[y], plus the penalty."""
    total = 0.0
    for row, label in zip(X, y):
        hidden = [
            sum(row[d] * params["W1"][d, h] for d in range(len(row))) + params["b1"][h]
            for h in range(len(params["b1"]))
        ]
        open_units = [value if value.real > 0 else 0.0 for value in hidden]
        s = [
            sum(value * params["W2"][h, c] for h, value in enumerate(open_units)) + params["b2"][c]
            for c in range(len(params["b2"]))
        ]
        total += np.log(sum(np.exp(value) for value in s)) - s[label]
    return total / len(X) + penalty * sum((params[name] ** 2).sum() for name in ("W1", "W2"))


def complex_step(params, X, y, penalty, h=1e-20):
    gradients = {}
    for name, value in params.items():
        gradients[name] = np.empty_like(value)
        for index in np.ndindex(value.shape):
            moved = {key: array.astype(complex) for key, array in params.items()}
            moved[name][index] += 1j * h
            gradients[name][index] = complex_loss(moved, X, y, penalty).imag / h
    return gradients


@pytest.mark.parametrize("seed, reg", [(0, 0.0), (1, 0.4), (2, 0.4)])
def test_both_networks_against_the_complex_step(layers, classic, seed, reg):
    params, X, y = random_case(seed)
    exact = complex_step(params, X, y, reg)
    loss = complex_loss({name: value.astype(complex) for name, value in params.items()}, X, y, reg).real
    net = classic.TwoLayerNet(7, 11, 4)
    net.params = params
    half = layers.TwoLayerNet(input_dim=7, hidden_dim=11, num_classes=4, reg=2 * reg)
    half.params = params
    for got, grads in (net.loss(X, y, reg=reg), half.loss(X, y)):
        assert got == pytest.approx(loss, rel=1e-12)
        for name in params:
            np.testing.assert_allclose(grads[name], exact[name], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_layers_against_numerical_differentiation(layers, seed):
    random = np.random.default_rng(seed)
    x, w, b = random.standard_normal((4, 2, 3)), random.standard_normal((6, 5)), random.standard_normal(5)
    dout = random.standard_normal((4, 5))
    gradients = layers.affine_backward(dout, layers.affine_forward(x, w, b)[1])
    for gradient, argument in zip(gradients, (x, w, b)):
        numeric = eval_numerical_gradient_array(lambda _: layers.affine_forward(x, w, b)[0], argument, dout)
        np.testing.assert_allclose(gradient, numeric, rtol=1e-7, atol=1e-8)
    scores, y = 2 * random.standard_normal((6, 5)), random.integers(5, size=6)
    for function in (layers.svm_loss, layers.softmax_loss):
        numeric = eval_numerical_gradient(lambda s: function(s, y)[0], scores)
        np.testing.assert_allclose(function(scores, y)[1], numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_svm_loss_by_its_definition(layers, seed):
    random = np.random.default_rng(seed)
    x, y = 2 * random.standard_normal((6, 5)), random.integers(5, size=6)
    loss = sum(max(0.0, x[i, j] - x[i, y[i]] + 1) for i in range(6) for j in range(5) if j != y[i]) / 6
    assert layers.svm_loss(x, y)[0] == pytest.approx(loss, rel=1e-13)


def test_softmax_of_large_scores(layers):
    x, y = np.array([[1e4, 0.0, -1e4], [-1e4, -1e4, -1e4 - 3]]), np.array([1, 2])
    loss, dx = layers.softmax_loss(x, y)
    assert loss == pytest.approx((1e4 + 3 + np.log(2 + np.exp(-3))) / 2, rel=1e-14)
    np.testing.assert_allclose(dx.sum(axis=1), 0, atol=1e-15)


def test_the_references_change_no_input(layers, classic):
    params, X, y = random_case(5)
    kept = {name: value.copy() for name, value in params.items()}, X.copy(), y.copy()
    for net, options in (
        (layers.TwoLayerNet(input_dim=7, hidden_dim=11, num_classes=4, reg=0.3), {}),
        (classic.TwoLayerNet(7, 11, 4), {"reg": 0.3}),
    ):
        net.params = params
        net.loss(X, y, **options)
        net.loss(X)
    assert np.array_equal(X, kept[1]) and np.array_equal(y, kept[2])
    assert all(np.array_equal(params[name], kept[0][name]) for name in params)


# PyTorch: one more witness, not the only one

try:
    torch = importlib.import_module("torch")
except ImportError:
    torch = None


# Properties over random shapes: against the complex step, which needs the reference's own code only, and PyTorch

sizes = st.integers(min_value=1, max_value=6)


@st.composite
def layer_cases(draw):
    """Inputs of an affine layer, of any rank, and the gradient that arrives from above."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    N, shape, M = draw(sizes), draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)), draw(sizes)
    scale = draw(st.sampled_from([1e-3, 1.0, 1e3]))
    return (
        scale * random.standard_normal((N, *shape)),
        random.standard_normal((int(np.prod(shape)), M)),
        random.standard_normal(M),
        random.standard_normal((N, M)),
    )


@st.composite
def score_cases(draw):
    """Scores, no two of a row 1 apart (the hinge's kink), and labels."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    N, C = draw(sizes), draw(st.integers(2, 7))
    x = draw(st.sampled_from([1e-2, 1.0, 30.0])) * random.standard_normal((N, C)) + draw(st.sampled_from([0.0, 700.0]))
    y = random.integers(C, size=N)
    assume(np.abs(x - x[np.arange(N), y][:, None] + 1).min() > 1e-4)
    return x, y


@st.composite
def net_cases(draw):
    """Parameters, a batch, labels, and the strength of the penalty."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    N, D, H, C = draw(sizes), draw(sizes), draw(sizes), draw(st.integers(2, 6))
    params = {
        "W1": random.standard_normal((D, H)),
        "b1": random.standard_normal(H),
        "W2": random.standard_normal((H, C)),
        "b2": random.standard_normal(C),
    }
    X = random.standard_normal((N, D))
    assume(np.abs(X @ params["W1"] + params["b1"]).min() > 1e-4)
    return params, X, random.integers(C, size=N), draw(st.sampled_from([0.0, 0.1, 3.0]))


def agree(got, expected):
    """To rounding: twelve digits of the largest entry, in the same shape."""
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12 * max(np.abs(expected).max(), 1e-3))


def nets_of(layers, classic, params, reg):
    """Both networks with these parameters, each as a function of a batch that gives loss and gradients."""
    net, half = classic.TwoLayerNet(1, 1, 2), layers.TwoLayerNet(input_dim=1, hidden_dim=1, num_classes=2, reg=2 * reg)
    net.params = half.params = params
    return (lambda X, y: net.loss(X, y, reg=reg)), half.loss


properties = settings(max_examples=40, deadline=None)


@properties
@given(case=layer_cases())
def test_affine_against_the_complex_step(layers, case):
    x, w, b, dout = case

    def through(**moved):
        return np.sum(dout * layers.affine_forward(**{"x": x, "w": w, "b": b, **moved})[0])

    gradients = layers.affine_backward(dout, layers.affine_forward(x, w, b)[1])
    for name, gradient, at in zip("xwb", gradients, (x, w, b)):
        agree(gradient, complex_step_gradient(lambda z: through(**{name: z}), at))


@properties
@given(case=layer_cases())
def test_relu_against_the_complex_step(layers, case):
    x, dout = case[0], case[0][::-1] + 1.0
    assume(np.abs(x).min() > 1e-5)
    agree(
        layers.relu_backward(dout, layers.relu_forward(x)[1]),
        complex_step_gradient(lambda z: np.sum(dout * layers.relu_forward(z)[0]), x),
    )


@properties
@given(case=score_cases())
def test_losses_against_the_complex_step(layers, case):
    x, y = case
    for function in (layers.svm_loss, layers.softmax_loss):
        agree(function(x, y)[1], complex_step_gradient(lambda z: function(z, y)[0], x))
        agree(np.sum(function(x, y)[1], axis=1), np.zeros(len(x)))  # the same amount on all scores changes nothing


@properties
@given(case=net_cases())
def test_networks_against_the_complex_step(layers, classic, case):
    params, X, y, reg = case
    losses = []
    for loss in nets_of(layers, classic, params, reg):
        value, grads = loss(X, y)
        losses.append(value)
        for name in params:

            def moved(z):
                kept, params[name] = params[name], z
                try:
                    return loss(X, y)[0]
                finally:
                    params[name] = kept

            agree(grads[name], complex_step_gradient(moved, params[name]))
    agree(*losses)


@pytest.mark.skipif(torch is None, reason="PyTorch is optional")
@properties
@given(case=layer_cases())
def test_affine_and_relu_against_pytorch(layers, case):
    *inputs, dout = case
    x, w, b = (torch.tensor(value, requires_grad=True) for value in inputs)
    affine = torch.nn.functional.linear(x.flatten(1), w.T, b)
    out, cache = layers.affine_forward(*inputs)
    agree(out, affine.detach())
    for got, gradient in zip(
        layers.affine_backward(dout, cache), torch.autograd.grad(affine, (x, w, b), torch.tensor(dout))
    ):
        agree(got, gradient)
    bent = torch.relu(x)
    out, cache = layers.relu_forward(inputs[0])
    agree(out, bent.detach())
    agree(
        layers.relu_backward(inputs[0][::-1] + 1.0, cache),
        torch.autograd.grad(bent, x, torch.tensor(inputs[0][::-1] + 1.0))[0],
    )


@pytest.mark.skipif(torch is None, reason="PyTorch is optional")
@properties
@given(case=score_cases())
def test_losses_against_pytorch(layers, case):
    x, y = case
    leaf, labels = torch.tensor(x, requires_grad=True), torch.tensor(y)
    C = x.shape[1]  # PyTorch's hinge loss is divided by it
    for function, loss in (
        (layers.svm_loss, C * torch.nn.functional.multi_margin_loss(leaf, labels)),
        (layers.softmax_loss, torch.nn.functional.cross_entropy(leaf, labels)),
    ):
        value, dx = function(x, y)
        agree(value, loss.item())
        agree(dx, torch.autograd.grad(loss, leaf)[0])


@pytest.mark.skipif(torch is None, reason="PyTorch is optional")
@properties
@given(case=net_cases())
def test_networks_against_pytorch(layers, classic, case):
    params, X, y, reg = case
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    scores = torch.relu(torch.tensor(X) @ leaves["W1"] + leaves["b1"]) @ leaves["W2"] + leaves["b2"]
    loss = torch.nn.functional.cross_entropy(scores, torch.tensor(y))
    loss = loss + reg * sum((leaves[name] ** 2).sum() for name in ("W1", "W2"))
    loss.backward()
    for one in nets_of(layers, classic, params, reg):
        value, grads = one(X, y)
        agree(value, loss.item())
        for name in params:
            agree(grads[name], leaves[name].grad)


@pytest.mark.parametrize("new_array", [False, True])
def test_a_loss_in_double_precision_trains_a_net_in_single_precision(classic, new_array):
    """The given net is in float32. Who computes in float64, as NumPy's numbers make it easy to, loses nothing."""
    random = np.random.default_rng(0)
    X, y = random.standard_normal((60, 8)).astype(np.float32), random.integers(3, size=60)

    class Promoting(classic.TwoLayerNet):
        def loss(self, X, y=None, reg=0.0):
            if y is None:
                return super().loss(X) * np.float64(1)
            value, grads = super().loss(X, y, reg)
            if new_array:
                self.params = {name: array + np.float64(0) for name, array in self.params.items()}
            return np.float64(value), {name: grad / np.float64(1) for name, grad in grads.items()}

    found = []
    for kind in (classic.TwoLayerNet, Promoting):
        np.random.seed(0)
        net = kind(8, 6, 3, std=0.3)
        assert {value.dtype for value in net.params.values()} == {np.dtype(np.float32)}
        found.append((net.train(X, y, X, y, learning_rate=0.2, num_iters=100, batch_size=20), net))
    (stats, net), (promoted, other) = found
    np.testing.assert_allclose(promoted["loss_history"], stats["loss_history"], rtol=1e-4)
    assert np.mean(net.predict(X) == other.predict(X)) > 0.98


def test_a_sweep_trains_each_net_as_its_own_train_does(classic):
    random = np.random.default_rng(0)
    X, y = random.standard_normal((90, 6)), random.integers(3, size=90)
    data = {"X_train": X[:70], "y_train": y[:70], "X_val": X[70:], "y_val": y[70:]}

    def new(hidden_size):
        net = classic.TwoLayerNet(6, hidden_size, 3, std=0.5)
        net.params = {name: value.astype(float) for name, value in net.params.items()}
        return net

    def loss(params, X, y=None, reg=0.0):
        net.params = params
        return net.loss(X, y, reg)

    net = new(1)
    settings = grid(hidden_size=[4, 7], learning_rate=[0.1, 0.4], reg=[0.0, 0.05])
    options = {"num_iters": 40, "batch_size": 10, "seed": 5, "verbose": False}
    found = sweep(lambda hidden_size: new(hidden_size).params, loss, data, settings, **options)
    for (hidden_size, rate, reg), params in found.params.items():
        np.random.seed(5)
        alone = new(hidden_size)
        np.random.seed(5)
        alone.train(*data.values(), learning_rate=rate, reg=reg, num_iters=40, batch_size=10)
        for name, value in alone.params.items():
            np.testing.assert_allclose(params[name], value, rtol=1e-9, atol=1e-12)
        assert found.results[hidden_size, rate, reg] == np.mean(alone.predict(data["X_val"]) == data["y_val"])
    assert len(found.params) == 8
