"""layers.ipynb: affine and ReLU layers, the two losses, and a two-layer network made of them.

Inputs avoid what would hide a mistake: D ≠ M, N = C and N ≠ C, batches of one, no entry near a kink, scores of
both signs, a hidden layer with over 30 % dead units, and a second call after a first one of another size.
"""

import numpy as np

from autograder.authoring.rubric import Rubric
from autograder.grading.judging import numbers
from cs231n_utils.data.held_out import rows

rubric = Rubric()

AFFINE, RELU = ("affine_forward", "affine_backward"), ("relu_forward", "relu_backward")
rubric.depends_on("affine_backward", {"affine_forward": AFFINE[:1]})
rubric.depends_on("relu_backward", {"relu_forward": RELU[:1]})
rubric.depends_on("two_layer_net_loss", {"affine_forward": AFFINE, "affine_backward": AFFINE, "relu_forward": RELU,
                                        "relu_backward": RELU, "softmax_loss": ("softmax_loss",)})


# affine_forward

@rubric.check(cell="affine_forward", points=1)
def flattens_examples_of_any_rank(draw):
    """affine_forward flattens each example, multiplies by w and adds b"""
    x, w, b = draw.normal(3, 2, 4, 3), draw.normal(24, 5), draw.normal(5)
    return lambda code: {"out": code.affine_forward(x, w, b)[0],
                         "out of x in Fortran order": code.affine_forward(np.asfortranarray(x), w, b)[0]}


@rubric.check(cell="affine_forward", points=1)
def affine_takes_one_example_and_whole_numbers(draw):
    """affine_forward takes a batch of one, flat examples and whole-number pixels"""
    one, flat = draw.normal(1, 2, 3), draw.normal(4, 6)
    pixels = (100 * np.abs(draw.normal(2, 6))).astype(np.uint8)
    w, b = draw.normal(6, 7), draw.normal(7)
    return lambda code: {"out of a batch of one": code.affine_forward(one, w, b)[0],
                         "out of flat examples": code.affine_forward(flat, w, b)[0],
                         "out of pixels": code.affine_forward(pixels, w, b)[0]}


# affine_backward: the cache is the student's own, whatever it holds

def _affine_inputs(draw, *shape):
    size = int(np.prod(shape[1:]))
    return draw.normal(*shape), draw.normal(size, 5), draw.normal(5), draw.normal(shape[0], 5)


@rubric.check(cell="affine_backward", points=1)
def passes_the_gradient_to_x(draw):
    """affine_backward gives dx, in the shape of x"""
    x, w, b, dout = _affine_inputs(draw, 3, 2, 4)
    *other, dother = _affine_inputs(draw, 2, 3)

    def probe(code):
        theirs = code.put(x)
        cache = code.affine_forward(theirs, w, b)[1]
        code.affine_backward(dother, code.affine_forward(*other)[1])  # the next layer of a network, with its own cache
        return {"dx": code.affine_backward(dout, cache)[0],
                "affine_backward leaves the x of the forward pass as it is": np.array_equal(np.asarray(theirs), x)}
    return probe


@rubric.check(cell="affine_backward", points=1)
def passes_the_gradient_to_w(draw):
    """affine_backward gives dw, in the shape of w"""
    x, w, b, dout = _affine_inputs(draw, 4, 3, 2)
    pixels = (100 * np.abs(x)).astype(np.uint8)
    return lambda code: {"dw": code.affine_backward(dout, code.affine_forward(x, w, b)[1])[1],
                         "dw of pixels": code.affine_backward(dout, code.affine_forward(pixels, w, b)[1])[1]}


@rubric.check(cell="affine_backward", points=1)
def passes_the_gradient_to_b(draw):
    """affine_backward gives db, in the shape of b"""
    x, w, b, dout = _affine_inputs(draw, 4, 6)
    one, _, _, dout_one = _affine_inputs(draw, 1, 6)

    def probe(code):
        return {"db": code.affine_backward(dout, code.affine_forward(x, w, b)[1])[2],
                "db of a batch of one": code.affine_backward(dout_one, code.affine_forward(one, w, b)[1])[2]}
    return probe


# ReLU: no entry is near zero, where either subgradient is right

@rubric.check(cell="relu_forward", points=1)
def lets_positive_entries_through(draw):
    """relu_forward keeps positive entries and sets the others to zero"""
    x, large = draw.signed(4, 3, 5), draw.signed(2, 3, low=500, high=1000)
    large[0] = np.abs(large[0])  # some are positive in every draw
    return lambda code: {"out": code.relu_forward(x)[0], "out of large entries": code.relu_forward(large)[0]}


@rubric.check(cell="relu_backward", points=1)
def opens_the_gate_where_x_is_positive(draw):
    """relu_backward passes dout where x is positive, and zero elsewhere"""
    x, dout = draw.signed(4, 3, 5), draw.signed(4, 3, 5)
    large = draw.signed(3, 6, low=500, high=1000)

    def probe(code):
        theirs = code.put(x)
        cache = code.relu_forward(theirs)[1]
        code.relu_backward(dout, code.relu_forward(-x)[1])  # the next layer of a network, with its own cache
        return {"dx": code.relu_backward(dout, cache),
                "relu_backward leaves the x of the forward pass as it is": np.array_equal(np.asarray(theirs), x),
                "dx of large entries in Fortran order":
                code.relu_backward(dout[:, 0, :3].T, code.relu_forward(np.asfortranarray(large[:, :4]))[1])}
    return probe


@rubric.check(cell="inline_question_1", points=1)
def chooses_the_activations_with_vanishing_gradient(draw):
    """inline question 1: the right choice of activation functions"""
    return lambda code: {"your choice": code.inline_question_1}


# Losses

def _scores(draw, scale, N=7, C=4):
    return draw.normal(N, C, scale=scale), draw.labels(N, C)


def margins(x, y):
    return x - x[np.arange(len(y)), y][:, np.newaxis] + 1


def _close_scores(draw):
    """Scores of which one just keeps the margin, and others miss it by little and by more."""
    x, y = _scores(draw, 2.0)
    x[0, np.arange(4) != y[0]] = x[0, y[0]] - 1 + np.array([-0.2, 0.2, 0.6])
    return x, y


@rubric.check(cell="svm_loss", points=1)
def svm_averages_the_margins(draw):
    """svm_loss gives the mean hinge loss over the batch"""
    (x, y), (tame, y_tame), (one, y_one) = _close_scores(draw), _scores(draw, 0.01, 5, 5), _scores(draw, 300.0, 1, 6)
    return lambda code: {"loss": code.svm_loss(x, y)[0], "loss of scores near 0": code.svm_loss(tame, y_tame)[0],
                         "loss of one example with large scores": code.svm_loss(one, y_one)[0]}


@rubric.check(cell="svm_loss", points=1)
def svm_gradient_counts_the_violations(draw):
    """svm_loss gives the gradient of that loss"""
    x, y = draw.clear(lambda: _close_scores(draw), margins)
    one, y_one = draw.clear(lambda: _scores(draw, 300.0, 1, 6), margins)
    tame, y_tame = _scores(draw, 0.01, 5, 5)
    return lambda code: {"dx": code.svm_loss(x, y)[1], "dx of scores near 0": code.svm_loss(tame, y_tame)[1],
                         "dx of one example with large scores": code.svm_loss(one, y_one)[1]}


# Where probabilities are moderate, an epsilon in the logarithm changes a loss in its fourth digit at most. That
# mistake has a check of its own, with unlikely classes; so that it costs the same in every draw, the others look at
# three digits.
THREE_DIGITS = 1e-3


@rubric.check(cell="softmax_loss", points=1, tolerance=THREE_DIGITS)
def softmax_averages_minus_log_p(draw):
    """softmax_loss gives the mean of −log p of the right class"""
    (x, y), (tame, y_tame), (square, y_square) = _scores(draw, 1.0), _scores(draw, 0.01), _scores(draw, 1.0, 5, 5)
    return lambda code: {"loss": code.softmax_loss(x, y)[0],
                         "loss of as many examples as classes": code.softmax_loss(square, y_square)[0],
                         "loss of scores near 0": code.softmax_loss(tame, y_tame)[0]}


@rubric.check(cell="softmax_loss", points=1, tolerance=1e-4)  # an epsilon in the denominator changes the seventh digit
def softmax_gradient_is_p_minus_one_hot(draw):
    """softmax_loss gives the gradient of that loss"""
    (x, y), (one, y_one) = _scores(draw, 2.0), (draw.normal(1, 5), draw.labels(1, 5))
    return lambda code: {"dx": code.softmax_loss(x, y)[1], "dx of a batch of one": code.softmax_loss(one, y_one)[1]}


@rubric.check(cell="softmax_loss", points=1, tolerance=THREE_DIGITS)  # in single precision, 3000 has seven digits in all
def softmax_stands_large_scores(draw):
    """softmax_loss stays exact for scores around ±1000, and for unlikely classes"""
    x, y = _scores(draw, 2.0)
    # Each row is moved by an amount of its own, which changes no probability. One maximum for all rows would not do.
    x += 1000.0 * np.array([[0], [1], [-1], [2], [-2], [3], [-3]]) + draw.normal(7, 1, scale=100.0)
    # Far apart, too: only the largest score is safe to subtract. The right class is a likely one, where the logarithm
    # of a probability is good enough.
    apart = 1000.0 * np.array([[1, -1, -1, 1, -1, -1], [-1, -1, 1, 1, -1, -1]]) + draw.signed(2, 6)
    unlikely = np.array([[0.0, 40.0, 1.0]]) + draw.normal(1, 3, scale=0.1)
    return lambda code: {"loss of large scores": code.softmax_loss(x, y)[0],
                         "dx of large scores": code.softmax_loss(x, y)[1],
                         "loss of scores far apart": code.softmax_loss(apart, np.array([0, 3]))[0],
                         "dx of scores far apart": code.softmax_loss(apart, np.array([0, 3]))[1],
                         "loss of an unlikely class": code.softmax_loss(unlikely, np.array([0]))[0]}


# TwoLayerNet

@rubric.check(cell="two_layer_net_init", points=1)
def starts_with_small_gaussian_weights(draw):
    """TwoLayerNet starts with Gaussian weights of standard deviation weight_scale and with zero biases"""
    D, H, C, scale = 400 + draw.integers(0, 20), 250 + draw.integers(0, 20), 50, 0.002 * draw.integers(2, 9)

    def probe(code):
        nets = [code.TwoLayerNet(input_dim=D, hidden_dim=H, num_classes=C, weight_scale=scale) for _ in range(2)]
        return [{name: net.params[name] for name in ("W1", "b1", "W2", "b2")} for net in nets]

    def judge(nets):
        shapes = {"W1": (D, H), "b1": (H,), "W2": (H, C), "b2": (C,)}
        first, second = ({name: numbers(net[name], name, *shape) for name, shape in shapes.items()} for net in nets)
        for name in ("b1", "b2"):
            if first[name].any():
                return f"{name} does not start at zero"
        for name in ("W1", "W2"):
            if (wrong := not_gaussian(first[name] / scale)) is not None:
                return f"{name} {wrong}"
            if np.array_equal(first[name], second[name]):
                return f"{name} is the same in every new network: the weights are not random"
    return probe, judge


def not_gaussian(z: np.ndarray) -> str | None:
    """What shows that z is not a standard normal sample; None if nothing does.

    Each bound is 5.5 standard errors wide. A right answer fails one of the three, in one of the two matrices of
    100 000 and 12 500 numbers or more, in 2.5 of 10⁷ hand-ins.
    """
    count, std = z.size, float(z.std())
    if not abs(std - 1) <= 5.5 / np.sqrt(2 * count):
        return f"has a standard deviation of {std:.3g} × weight_scale instead of 1 × weight_scale"
    if not abs(float(z.mean())) <= 5.5 / np.sqrt(count):
        return f"has a mean of {z.mean():.3g} × weight_scale instead of 0"
    beyond = float(np.mean(np.abs(z) > 2))  # 4.55 % of a normal distribution, none of a uniform one
    if not abs(beyond - 0.0455) <= 5.5 * np.sqrt(0.0455 * 0.9545 / count):
        return "has the right standard deviation, but its numbers are not normally distributed"
    if len(np.unique(z)) < 0.9 * count:  # single precision has a few equal ones among 100 000
        return "has repeated numbers: draw each weight by itself"
    return None


def network(draw, reg, N=7):
    """A small network with mixed signs everywhere, its inputs (as pictures) and labels."""
    D, H, C = 12, 8, 5
    params = {"W1": draw.normal(D, H, scale=0.5), "b1": draw.normal(H, scale=0.3),
              "W2": draw.normal(H, C, scale=0.25), "b2": np.abs(draw.signed(C, low=0.5)) * [-1, 1, -1, 1, -1]}
    params["b1"][:3] -= 10.0  # dead for every example
    params["b1"][3] += 8.0  # alive for every example, and not so large that it decides the scores
    params["W2"][3] *= 0.1
    params["W2"][:3] *= 4.0  # so large that anything that leaks through the dead units shows
    X, = draw.clear(lambda: (draw.normal(N, 3, 2, 2),), lambda X: X.reshape(N, D) @ params["W1"] + params["b1"])
    y = draw.labels(N, C)

    def build(code, reg=reg):
        net = code.TwoLayerNet(input_dim=D, hidden_dim=H, num_classes=C, weight_scale=1e-2, reg=reg)
        net.params = params
        return net
    return build, X, y


@rubric.check(cell="two_layer_net_loss", points=1)
def net_gives_scores_without_labels(draw):
    """loss(X) gives the scores: affine, ReLU, affine, and nothing after that"""
    build, X, _ = network(draw, reg=0.4)

    def probe(code):
        net = build(code)
        return {"scores": net.loss(X), "scores of a batch of one": net.loss(X[:1])}
    return probe


@rubric.check(cell="two_layer_net_loss", points=1, tolerance=THREE_DIGITS)
def net_adds_half_the_penalty(draw):
    """loss(X, y) gives the softmax loss plus ½ · reg · (ΣW1² + ΣW2²)"""
    (plain, X, y), (strong, X2, y2) = network(draw, reg=0.0), network(draw, reg=0.7, N=5)
    other, X3, y3 = network(draw, reg=0.3, N=4)  # another sum may be the same by chance, but hardly twice

    def probe(code):
        net = strong(code)
        return {"loss at reg=0": plain(code).loss(X, y)[0], "loss with reg": net.loss(X2, y2)[0],
                "loss of a batch of one with reg": net.loss(X2[:1], y2[:1])[0],
                "loss of another net with reg": other(code).loss(X3, y3)[0]}
    return probe


def _gradients(build, X, y):
    def probe(code):
        net = build(code)
        net.loss(X[:1], y[:1])  # nothing of this call may be left in the next one
        grads = net.loss(X, y)[1]
        return {f"gradient of {name}": grads[name] for name in ("W1", "W2", "b1", "b2")} | {
            "params after the call": net.params}
    return probe


@rubric.check(cell="two_layer_net_loss", points=1)
def net_gradients_follow_the_data(draw):
    """the gradients are right without regularization"""
    return _gradients(*network(draw, reg=0.0))


@rubric.check(cell="two_layer_net_loss", points=1)
def net_gradients_follow_the_penalty(draw):
    """the gradients are right with regularization: + reg · W for the weights, nothing for the biases"""
    build, X, y = network(draw, reg=0.7)

    def gradients(code, *reg):
        net = build(code, *reg)
        grads = net.loss(X, y)[1]
        return {name: np.asarray(grads[name]) for name in ("W1", "W2", "b1", "b2")}, net.params

    def probe(code):
        (with_reg, after), (without, _) = gradients(code), gradients(code, 0.0)
        return {f"what reg adds to the gradient of {name}": with_reg[name] - without[name] for name in with_reg} | {
            "params after the call": after}
    return probe


@rubric.saved_net(cell="best_net", file="layers_best_net.npz", thresholds={0.35: 1, 0.42: 1, 0.46: 1},
                  shapes={"W1": (3072, "H"), "b1": ("H",), "W2": ("H", 10), "b2": (10,)}, inputs=rows)
def scores_of_the_saved_net(code, params, images):
    net = code.TwoLayerNet(hidden_dim=1)
    net.params = params
    return net.loss(images)


@rubric.check(cell="inline_question_2", points=1)
def chooses_what_closes_the_gap(draw):
    """inline question 2: the right choice of ways to close the gap"""
    return lambda code: {"your choice": code.inline_question_2}
