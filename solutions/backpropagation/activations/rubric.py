"""activations.ipynb: six activation functions, why depth needs one, and a network that takes any of them.

Inputs avoid what would hide a mistake: both signs of x and of dout in all combinations, nothing near a kink, several
alphas, D ≠ M, a batch of one, three axes. Whether exponentials stay small is checked with `overflows`, which the
notebook imports: there, NumPy raises an error instead of warning.
"""

import itertools

import numpy as np

from autograder.authoring.rubric import Rubric

rubric = Rubric()

SIGMOID = {"sigmoid_forward": ("sigmoid",), "sigmoid_backward": ("sigmoid",)}
rubric.depends_on("mlp_loss", SIGMOID | {f"{name}_{way}": (name,) for name in ("tanh", "elu") for way in ("forward", "backward")})


def _forward(name, *inputs, **options):
    def probe(code):
        forward = getattr(code, f"{name}_forward")
        return {f"out of input {number}": forward(x, **options)[0] for number, x in enumerate(inputs)}
    return probe


def _backward(name, *pairs, **options):
    """dx for pairs of x and dout; every cache is used twice, the second time after a call of another size."""
    def probe(code):
        forward, backward = getattr(code, f"{name}_forward"), getattr(code, f"{name}_backward")
        caches = [forward(x, **options)[1] for x, _ in pairs]
        found = {f"dx of input {number}": backward(dout, cache)
                 for number, ((_, dout), cache) in enumerate(zip(pairs, caches))}
        return found | {"dx of input 0 for another dout": backward(-2 * pairs[0][1], caches[0])}
    return probe


def _inputs(draw):
    x, other = draw.signed(3, 4, high=2.0), draw.signed(2, 1, 5, high=2.0)
    for row in x[0], other[0, 0]:  # in every draw both signs, and sizes below one and above
        row[:4] = [0, 0, 1, -1] + np.abs(draw.signed(4, low=0.2, high=0.8)) * [1, -1, 1, -1]
    return x, other


def _pairs(draw):
    return [(x, draw.signed(*x.shape)) for x in _inputs(draw)]


def _is_safe(limits, advice):
    """A judge: what should come out for inputs of size 1000, and whether anything overflowed on the way, and where."""
    def judge(found):
        for name, expected in limits.items():
            got = np.asarray(found[name])
            if not np.isfinite(got).all():
                kind = "NaN" if np.isnan(got).any() else "an infinity"
                return f"{name} contains {kind}: is there an overflow on the way?"
            if not np.allclose(got, expected, rtol=1e-4, atol=1e-7):
                return f"{name} is finite but wrong: is it cut off, or another function for large numbers?"
        places = [place for place, overflowed in found["overflows"].items() if overflowed]
        return f"an exponential overflows {' and '.join(places)}, though the result is right: {advice}" if places else None
    return judge


# sigmoid and tanh

@rubric.check(cell="sigmoid", points=1)
def sigmoid_goes_forward(draw):
    """sigmoid_forward gives 1 / (1 + exp(−x)) for each entry"""
    return _forward("sigmoid", *_inputs(draw))


@rubric.check(cell="sigmoid", points=1)
def sigmoid_goes_backward(draw):
    """sigmoid_backward gives dout · σ(x) (1 − σ(x))"""
    return _backward("sigmoid", *_pairs(draw))


@rubric.check(cell="sigmoid", points=1)
def sigmoid_is_safe(draw):
    """sigmoid_forward handles numbers around ±1000 without overflow"""
    large = np.abs(draw.signed(4, low=800, high=1000)) * [-1, 1, 1, -1]

    def probe(code):
        out, cache = code.sigmoid_forward(large)
        return {"out of large numbers": out, "dx of large numbers": code.sigmoid_backward(np.ones(4), cache),
                "overflows": {"for large positive numbers": code.overflows(code.sigmoid_forward, np.abs(large)),
                              "for large negative numbers": code.overflows(code.sigmoid_forward, -np.abs(large))}}
    return probe, _is_safe({"out of large numbers": [0, 1, 1, 0], "dx of large numbers": 0},
                           "no exponent should be positive")


@rubric.check(cell="tanh", points=1)
def tanh_goes_forward(draw):
    """tanh_forward gives tanh(x) for each entry"""
    return _forward("tanh", *_inputs(draw), np.array([-1000.0, 1000.0]))


@rubric.check(cell="tanh", points=1)
def tanh_goes_backward(draw):
    """tanh_backward gives dout · (1 − tanh(x)²)"""
    return _backward("tanh", *_pairs(draw))


# ReLU and its relatives

@rubric.check(cell="relu", points=1)
def relu_goes_forward(draw):
    """relu_forward keeps positive entries and sets the others to zero"""
    return _forward("relu", *_inputs(draw))


@rubric.check(cell="relu", points=1)
def relu_goes_backward(draw):
    """relu_backward passes dout where x is positive, and zero elsewhere"""
    return _backward("relu", *_pairs(draw))


@rubric.check(cell="leaky_relu", points=1)
def leaky_relu_goes_forward(draw):
    """leaky_relu_forward multiplies negative entries by alpha, by default 0.01"""
    x, other = _inputs(draw)
    x[0, :2] = 0.5, -0.5
    alpha = 0.05 * draw.integers(2, 9)

    def probe(code):
        return {"out": code.leaky_relu_forward(x)[0], "out of large entries": code.leaky_relu_forward(300 * x)[0],
                f"out for alpha={alpha:g}": code.leaky_relu_forward(other, alpha=alpha)[0]}
    return probe


@rubric.check(cell="leaky_relu", points=1)
def leaky_relu_goes_backward(draw):
    """leaky_relu_backward multiplies dout by alpha where x is negative"""
    (x, dout), (other, dother) = _pairs(draw)
    alpha = 0.05 * draw.integers(2, 9)

    def probe(code):
        cache, cache_alpha = code.leaky_relu_forward(x)[1], code.leaky_relu_forward(other, alpha=alpha)[1]
        return {"dx": code.leaky_relu_backward(100 * dout, cache),
                f"dx for alpha={alpha:g}": code.leaky_relu_backward(dother, cache_alpha)}
    return probe


@rubric.check(cell="elu", points=1)
def elu_goes_forward(draw):
    """elu_forward gives x where it is positive, alpha (exp(x) − 1) elsewhere, by default with alpha = 1"""
    x, other = _inputs(draw)
    alpha = 0.25 * draw.integers(1, 4)
    return lambda code: {"out": code.elu_forward(x)[0], f"out for alpha={alpha:g}": code.elu_forward(other, alpha=alpha)[0]}


@rubric.check(cell="elu", points=1)
def elu_goes_backward(draw):
    """elu_backward gives dout where x is positive, dout · alpha · exp(x) elsewhere"""
    (x, dout), (other, dother) = _pairs(draw)
    alpha = 0.25 * draw.integers(1, 4)

    def probe(code):
        cache, cache_alpha = code.elu_forward(x)[1], code.elu_forward(other, alpha=alpha)[1]
        return {"dx": code.elu_backward(dout, cache), f"dx for alpha={alpha:g}": code.elu_backward(dother, cache_alpha),
                f"dx for alpha={alpha:g} and another dout": code.elu_backward(-2 * dother, cache_alpha)}
    return probe


@rubric.check(cell="elu", points=1)
def elu_is_safe(draw):
    """elu_forward and elu_backward handle numbers around ±1000 without overflow"""
    size = np.abs(draw.signed(4, low=800, high=1000))
    large = size * [-1, 1, 1, -1]

    def probe(code):
        out, cache = code.elu_forward(large)
        return {"out of large numbers": out, "dx of large numbers": code.elu_backward(np.ones(4), cache),
                "overflows": {"in elu_forward": code.overflows(code.elu_forward, large),
                              "in elu_backward": code.overflows(code.elu_backward, np.ones(4), cache)}}
    return probe, _is_safe({"out of large numbers": np.where(large > 0, large, -1), "dx of large numbers": large > 0},
                           "give exp only numbers that are not positive")


# maxout

def _pieces(draw, N=5, D=3, M=4):
    """x and both pieces' weights; neither piece is ahead by little anywhere, both win somewhere, and not by their signs."""
    def make():
        return draw.normal(N, D), draw.normal(D, M), draw.normal(M), draw.normal(D, M), draw.normal(M)

    def gaps(x, w1, b1, w2, b2):
        first, second = x @ w1 + b1, x @ w2 + b2
        ahead, without_biases = first - second, x @ w1 - x @ w2
        telling = np.any(ahead > 0) and np.any(ahead < 0) and np.any(ahead * without_biases < 0) and np.any(ahead * first < 0)
        return ahead if telling else np.zeros(1)
    return draw.clear(make, gaps, 1e-2)


@rubric.check(cell="maxout", points=1)
def maxout_goes_forward(draw):
    """maxout_forward gives the larger of the two affine functions"""
    pieces, one = _pieces(draw), _pieces(draw, 1, 4, 3)
    return lambda code: {"out": code.maxout_forward(*pieces)[0], "out of one example": code.maxout_forward(*one)[0]}


def _maxout_gradients(draw, *which):
    pieces, one = _pieces(draw), _pieces(draw, 1, 4, 3)
    dout, done = draw.normal(5, 4), draw.normal(1, 3)
    names = ("dx", "dw1", "db1", "dw2", "db2")

    def probe(code):
        found = {}
        cache, cache_of_one = code.maxout_forward(*pieces)[1], code.maxout_forward(*one)[1]
        for words, kept, gradient in (("", cache, dout), (" of one example", cache_of_one, done)):
            gradients = code.maxout_backward(gradient, kept)
            found |= {f"{names[k]}{words}": gradients[k] for k in which}
        return found
    return probe


@rubric.check(cell="maxout", points=1)
def maxout_goes_back_to_x(draw):
    """maxout_backward gives dx: both pieces, added up"""
    return _maxout_gradients(draw, 0)


@rubric.check(cell="maxout", points=1)
def maxout_goes_back_to_the_weights(draw):
    """maxout_backward gives dw1 and dw2: each piece learns where it has won"""
    return _maxout_gradients(draw, 1, 3)


@rubric.check(cell="maxout", points=1)
def maxout_goes_back_to_the_biases(draw):
    """maxout_backward gives db1 and db2"""
    return _maxout_gradients(draw, 2, 4)


# Inline questions

@rubric.check(cell="inline_question_1", points=1)
def chooses_where_gradients_vanish(draw):
    """inline question 1: the right choice of activations"""
    return lambda code: {"your choice": code.inline_question_1}


@rubric.check(cell="inline_question_2", points=1)
def chooses_what_preprocessing_reaches(draw):
    """inline question 2: the right choice of layers"""
    return lambda code: {"your choice": code.inline_question_2}


# Depth

@rubric.check(cell="collapse", points=1)
def collapses_the_weights(draw):
    """collapse gives the weights of the one layer"""
    w1, b1, w2, b2 = draw.normal(4, 5), draw.normal(5), draw.normal(5, 3), draw.normal(3)
    square = draw.normal(3, 3), draw.normal(3), draw.normal(3, 3), draw.normal(3)
    return lambda code: {"w": code.collapse(w1, b1, w2, b2)[0], "w of square matrices": code.collapse(*square)[0]}


@rubric.check(cell="collapse", points=1)
def collapses_the_biases(draw):
    """collapse gives the biases of the one layer"""
    w1, b1, w2, b2 = draw.normal(4, 5), draw.normal(5), draw.normal(5, 3), draw.normal(3)
    square = draw.normal(3, 3), draw.normal(3), draw.normal(3, 3), draw.normal(3)
    return lambda code: {"b": code.collapse(w1, b1, w2, b2)[1], "b of square matrices": code.collapse(*square)[1]}


def _network(draw, *sizes, N=6):
    weights = [draw.normal(*shape, scale=0.8) for shape in itertools.pairwise(sizes)]
    return weights, [draw.normal(size) for size in sizes[1:]], draw.normal(N, sizes[0]), draw.labels(N, 2)


def _pair(code, name):
    return getattr(code, f"{name}_forward"), getattr(code, f"{name}_backward")


@rubric.check(cell="mlp_loss", points=1)
def mlp_goes_forward(draw):
    """mlp_loss gives the mean loss, even where the network is sure and wrong"""
    network, deep = _network(draw, 3, 5, 1), _network(draw, 4, 3, 6, 1, N=1)
    # A probability of exp(−100): an epsilon in the logarithm, or a log of 1 − p, would show.
    sure = [np.array([[1.0 + abs(float(draw.signed()))]])], [np.zeros(1)], np.array([[100.0], [-100.0]]), np.array([0, 1])

    def probe(code):
        return {"loss": code.mlp_loss(*network, _pair(code, "tanh"))[0],
                "loss of a deeper one with ELU": code.mlp_loss(*deep, _pair(code, "elu"))[0],
                "loss where it is sure, and wrong": code.mlp_loss(*sure, _pair(code, "tanh"))[0]}
    return probe


@rubric.check(cell="mlp_loss", points=1)
def mlp_goes_back_to_the_weights(draw):
    """mlp_loss gives the gradients of the weights of a network with one hidden layer"""
    network = _network(draw, 3, 5, 1)
    return lambda code: {"dweights": code.mlp_loss(*network, _pair(code, "tanh"))[1]}


@rubric.check(cell="mlp_loss", points=1)
def mlp_goes_back_to_the_biases(draw):
    """mlp_loss gives the gradients of the biases of a network with one hidden layer"""
    network = _network(draw, 3, 5, 1)
    return lambda code: {"dbiases": code.mlp_loss(*network, _pair(code, "tanh"))[2]}


@rubric.check(cell="mlp_loss", points=1)
def mlp_takes_any_depth(draw):
    """mlp_loss takes any number of hidden layers, even none, and any activation"""
    deep, none = _network(draw, 3, 4, 6, 5, 1), _network(draw, 4, 1, N=5)

    def probe(code):
        _, deep_weights, deep_biases = code.mlp_loss(*deep, _pair(code, "elu"))
        _, none_weights, none_biases = code.mlp_loss(*none, _pair(code, "tanh"))
        return {"dweights with three hidden layers": deep_weights, "dbiases with three hidden layers": deep_biases,
                "dweights without a hidden layer": none_weights, "dbiases without a hidden layer": none_biases}
    return probe


@rubric.check(cell="dead_share", points=1)
def counts_dead_units(draw):
    """dead_share gives the share of units whose slope is 0 for every example"""
    N, H = 6 + draw.integers(0, 4), 9 + draw.integers(0, 4)
    slopes = draw.signed(N, H, low=0.01, high=1.0)
    slopes[:, 0] = slopes[1:, 1] = slopes[:-1, 2] = 0.0  # one dead unit; two that live for a single example
    slopes[:, 3:5] = 0.0
    slopes[:2, 4] = 0.5, -0.5  # lives, though its slopes add up to 0
    slopes[:, 5] = -np.abs(slopes[:, 5])  # lives, and goes down
    single = np.array([[0.0, 0.01, 0.0, 1.0]])
    return lambda code: {"share": code.dead_share(slopes), "share for one example": code.dead_share(single),
                         "share where all live": code.dead_share(np.abs(slopes[:, 5:]))}
