"""initialization.ipynb: prepared data, four initializations, a deep network's outputs and gradients.

Random weights are judged by their statistics, see `_not_normal`. Forward and backward are asked of layers of different
sizes, batches of one, and outputs of both signs, away from ReLU's kink.
"""

from itertools import pairwise

import numpy as np

from autograder.authoring.rubric import Rubric
from autograder.grading.judging import numbers

rubric = Rubric()

rubric.depends_on("normalize", {"zero_center": ("zero_center",)})
rubric.depends_on("deep_backward", {"deep_forward": ("deep_forward",)})


def _pictures(draw):
    """Training examples and others, with features of different size and place, one of them always the same."""
    scales, places = np.abs(draw.signed(5, low=0.5, high=30.0)), draw.signed(5, low=1.0, high=90.0)
    train, other = (draw.normal(count, 5) * scales + places for count in (9, 4))
    train[:, 2] = np.round(places[2])
    return train, other


@rubric.check(cell="zero_center", points=1)
def subtracts_the_training_mean(draw):
    """zero_center subtracts the mean training example from all examples"""
    (train, other), (second, others) = _pictures(draw), _pictures(draw)

    def probe(code):
        values = dict(zip(("training examples", "other examples"), code.zero_center(train, other)))
        return values | dict(zip(("the next training examples", "the next other examples"), code.zero_center(second, others)))
    return probe


@rubric.check(cell="normalize", points=1)
def divides_by_the_training_deviation(draw):
    """normalize divides by the training set's standard deviation as well"""
    train, other = _pictures(draw)
    train, other = np.delete(train, 2, axis=1), np.delete(other, 2, axis=1)
    train[:, 3], other[:, 3] = 1e-4 * train[:, 3], 1e-4 * other[:, 3]  # small, and yet not constant
    return lambda code: dict(zip(("training examples", "other examples"), code.normalize(train, other)))


@rubric.check(cell="normalize", points=1)
def leaves_a_constant_feature_undivided(draw):
    """normalize does not divide a feature that is the same in all training examples"""
    train, other = _pictures(draw)
    return lambda code: dict(zip(("training examples", "other examples"), code.normalize(train, other)))


@rubric.check(cell="inline_question_1", points=1)
def chooses_what_looks_at_the_test_set(draw):
    """inline question 1: the right choice of what looks at the test set"""
    return lambda code: {"your choice": code.inline_question_1}


# Initializations

def _not_normal(W, shape: tuple[int, int], std: float) -> str | None:
    """What shows that W is not a sample of this shape from a normal distribution; None if nothing does.

    Each bound is 6.2 standard errors wide, which a right answer crosses in 6 of 10¹⁰ matrices. There are three bounds, and
    six matrices in all: a right hand-in fails one in 1 of 10⁸ cases.
    """
    if np.shape(W) != shape:
        return f"it gives the shape {np.shape(W)} for fan_in = {shape[0]} and fan_out = {shape[1]}; it should be {shape}"
    W = numbers(W, "W", *shape)
    z, count = W / std, W.size
    if not abs(z.mean()) <= 6.2 * z.std() / np.sqrt(count):  # first: a wrong spread leaves it 0
        return f"its mean is {z.mean() / max(z.std(), 1e-9):.3g} standard deviations instead of 0"
    if not abs(z.std() - 1) < 6.2 / np.sqrt(2 * count):
        return f"its standard deviation is {z.std():.3g} times what it should be"
    beyond = float(np.mean(np.abs(z) > 2))  # 4.55 % of a normal distribution, none of a uniform one
    if not abs(beyond - 0.0455) < 6.2 * np.sqrt(0.0455 * 0.9545 / count):
        return "its numbers have the right standard deviation, but are not normally distributed"
    if len(np.unique(W)) < 0.9 * count:  # single precision has a few equal ones among 50 000
        return "it has repeated numbers: draw each weight by itself"
    return None


def _initialization(draw, name, std, **options):
    """Two matrices of one initialization, whose standard deviation is std(fan_in), and a judge of both."""
    fan_in, fan_out = 260 + draw.integers(0, 40), 190 + draw.integers(0, 20)

    def probe(code):
        return [getattr(code, name)(fan_in, fan_out, **options) for _ in range(2)]

    def judge(matrices):
        for W in matrices:
            if wrong := _not_normal(W, (fan_in, fan_out), std(fan_in)):
                return wrong
        if np.array_equal(*matrices):
            return "it gives the same matrix each time: the weights are not random"
        return None
    return probe, judge


@rubric.check(cell="small_random", points=0.5)
def zero_init_is_zero(draw):
    """zero_init gives zeros of shape (fan_in, fan_out)"""
    fan_in, fan_out = draw.integers(3, 9), draw.integers(10, 20)
    return lambda code: {"W": code.zero_init(fan_in, fan_out), "W of another size": code.zero_init(fan_out, fan_in)}


@rubric.check(cell="small_random", points=0.5)
def small_random_is_small(draw):
    """small_random has a standard deviation of 0.01 by default"""
    return _initialization(draw, "small_random", lambda fan_in: 0.01)


@rubric.check(cell="small_random", points=1)
def small_random_has_the_scale_asked_for(draw):
    """small_random has the standard deviation that is asked for"""
    scale = 0.1 * draw.integers(2, 10)
    return _initialization(draw, "small_random", lambda fan_in: scale, scale=scale)


@rubric.check(cell="xavier", points=1)
def xavier_keeps_the_variance(draw):
    """xavier has a standard deviation of 1 / √fan_in"""
    return _initialization(draw, "xavier", lambda fan_in: 1 / np.sqrt(fan_in))


@rubric.check(cell="xavier", points=1)
def he_doubles_the_variance(draw):
    """he has a standard deviation of √(2 / fan_in)"""
    return _initialization(draw, "he", lambda fan_in: np.sqrt(2 / fan_in))


# The deep network

SIZES = (5, 4, 7, 3)


def _deep(draw, N=6):
    """Examples and weights of a deep network; no sum is near 0, where ReLU has its kink."""
    def make():
        return draw.normal(N, SIZES[0]), [draw.normal(*pair, scale=0.7) for pair in pairwise(SIZES)]

    def gaps(x, weights):
        found = []
        for W in weights:
            found.append((x @ W).ravel())
            x = x @ W * (x @ W > 0)
        alive = [(part > 0).any() and (part < 0).any() for part in found]
        return np.concatenate(found) if all(alive) else np.zeros(1)
    return draw.clear(make, gaps)


@rubric.check(cell="deep_forward", points=1)
def sends_examples_through_tanh_layers(draw):
    """deep_forward gives the outputs of all layers, with tanh"""
    (x, weights), square = _deep(draw), [draw.normal(5, 5, scale=0.7), draw.normal(5, 5, scale=0.7)]
    return lambda code: {"outputs": code.deep_forward(x, weights, "tanh"),
                         "outputs of layers of one width": code.deep_forward(x, square, "tanh"),
                         "outputs of a batch of one in one layer": code.deep_forward(x[:1], weights[:1], "tanh")}


@rubric.check(cell="deep_forward", points=1)
def sends_examples_through_relu_layers(draw):
    """deep_forward gives the outputs of all layers, with ReLU"""
    x, weights = _deep(draw)
    return lambda code: {"outputs": code.deep_forward(x, weights, "relu"),
                         "outputs of a batch of one in one layer": code.deep_forward(x[:1], weights[:1], "relu")}


@rubric.check(cell="inline_question_2", points=1)
def chooses_how_xavier_shrinks_with_relu(draw):
    """inline question 2: the right choice of what Xavier's initialization becomes with ReLU"""
    return lambda code: {"your choice": code.inline_question_2}


def _backward(draw, activation):
    (x, weights), dout = _deep(draw), draw.signed(6, SIZES[-1])

    def gradients(code, count, layers):
        outputs = code.deep_forward(x[:count], weights[:layers], activation)
        d = dout[:count] if layers == len(weights) else np.resize(dout, (count, SIZES[layers]))
        return code.deep_backward(d, x[:count], weights[:layers], outputs, activation)

    return lambda code: {"gradients": gradients(code, 6, 3), "gradients of a batch of one": gradients(code, 1, 3),
                         "gradients of one layer": gradients(code, 4, 1)}


@rubric.check(cell="deep_backward", points=1.5)
def sends_gradients_back_through_tanh(draw):
    """deep_backward gives the gradient of each matrix, with tanh, and leaves the outputs as they are"""
    (x, weights), dout, backward = _deep(draw), draw.signed(6, SIZES[-1]), _backward(draw, "tanh")

    def probe(code):
        outputs = code.deep_forward(x, weights, "tanh")
        before = [np.asarray(output) for output in outputs]
        code.deep_backward(dout, x, weights, outputs, "tanh")
        after = [np.asarray(output) for output in outputs]
        left = len(before) == len(after) and all(map(np.array_equal, before, after))
        return backward(code) | {"deep_backward leaves the list outputs and its arrays as they are": left}
    return probe


@rubric.check(cell="deep_backward", points=1.5)
def sends_gradients_back_through_relu(draw):
    """deep_backward gives the gradient of each matrix, with ReLU"""
    return _backward(draw, "relu")


@rubric.check(cell="inline_question_3", points=1)
def chooses_what_is_true_of_zero_weights(draw):
    """inline question 3: the right choice of what is true when all weights are zero"""
    return lambda code: {"your choice": code.inline_question_3}


@rubric.check(cell="brought", points=1, tolerance=1e-3)  # in single precision, large scores have few digits
def the_functions_work(draw):
    """your affine_forward, affine_backward and softmax_loss work"""
    x, w, b, dout = draw.normal(4, 2, 3), draw.normal(6, 5), draw.normal(5), draw.signed(4, 5)
    scores, y = draw.normal(7, 4), draw.labels(7, 4)
    large = 1000.0 * np.array([[1, -1, 0], [0, 3, -1], [-2, -2, -2]]) + draw.normal(3, 3)

    def probe(code):
        out, cache = code.affine_forward(x, w, b)
        dx, dw, db = code.affine_backward(dout, cache)
        loss, dscores = code.softmax_loss(scores, y)
        second = code.softmax_loss(scores[:3], y[:3])
        best = code.softmax_loss(large, np.array([0, 1, int(np.argmax(large[2]))]))
        return {"out of affine_forward": out, "dx of affine_backward": dx, "dw of affine_backward": dw,
                "db of affine_backward": db, "out of another batch": code.affine_forward(x[:1], w, b)[0],
                "dw of another batch": code.affine_backward(dout[:1], code.affine_forward(x[:1], w, b)[1])[1],
                "loss of softmax_loss": loss, "dx of softmax_loss": dscores, "loss of three examples": second[0],
                "dx of three examples": second[1], "loss of large scores": best[0], "dx of large scores": best[1]}
    return probe
