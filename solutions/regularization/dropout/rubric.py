"""dropout.ipynb: dropout plain and inverted, in a net, and with its randomness kept at test time.

What is random is judged by what holds for every mask (entries are 0 or x/p, and the gradient has the same mask), and by
counts. Each count is allowed 6.5 standard deviations, which a right answer exceeds once in 10¹⁰; a hand-in meets fewer
than 30 of them, so that the false alarm rate is below 3e-9.
"""

from itertools import combinations

import numpy as np

from autograder.authoring.rubric import Rubric
from autograder.grading.compare import listed
from autograder.grading.judging import numbers

from ..shared import brings_adam, brings_affine_and_relu, brings_the_softmax_loss

rubric = Rubric()

LAYERS, LAYER = ("bring_layers",), ("dropout_forward", "dropout_backward")
_LAYERS = dict.fromkeys(("affine_forward", "affine_backward", "relu_forward", "relu_backward", "softmax_loss"), LAYERS)
rubric.depends_on("dropout_backward", {"dropout_forward": LAYER[:1]})
rubric.depends_on("fully_connected_net", _LAYERS | {"dropout_forward": LAYER, "dropout_backward": LAYER})
rubric.depends_on("monte_carlo", _LAYERS | {"dropout_forward": LAYER[:1]})

DEVIATIONS = 6.5


def _share(hits, p, what):
    """A sentence if the share of hits is not p, as far as chance goes; else None."""
    hits = np.asarray(hits)
    if hits.size and abs(hits.mean() - p) <= DEVIATIONS * np.sqrt(p * (1 - p) / hits.size):
        return None
    return f"{hits.mean():.3f} of {what}, not {p:.3f}"


def _mask(out, x, scale, p, what="the entries are kept"):
    """What is wrong with a dropped array: entries must be 0 or x times `scale`, and be kept with probability p."""
    out = np.asarray(out)
    if out.shape != x.shape:
        return f"the output has shape {out.shape}, x has {x.shape}"
    out = numbers(out, "the output", *x.shape)
    kept = out != 0
    alike = [len(np.unique(part, axis=0)) for part in (kept.reshape(len(kept), -1), kept.reshape(len(kept), -1).T)]
    if 1 in alike and 0 < kept.mean() < 1:
        return ("all examples have the same mask" if alike[0] == 1 else "examples are kept or dropped as a whole") \
            + ": each entry needs a random number of its own"
    if (wrong := _share(kept, p, what)) is not None:
        return f"{wrong}, as {np.median(out[kept] / x[kept]):.3g} times x (the median)" if kept.any() else wrong
    if not np.allclose(out[kept], scale * x[kept], rtol=1e-5):
        ratio = np.median(out[kept] / x[kept])
        return f"what is kept is {ratio:.3g} times x (the median); it should be {scale:.3g} times x"
    if alike[0] <= len(kept) / 2 or alike[1] <= kept[0].size / 2:
        return "whole rows or columns are dropped alike: each entry needs a random number of its own"
    return None


def _masks(outs, x, wanted, scale=lambda keep: 1.0):
    """What is wrong with several dropped arrays, the first two with the same probability of keeping an entry."""
    if (outs[0] is not None and np.shape(outs[0]) == x.shape and np.any(np.asarray(outs[0]) == 0)
            and np.array_equal(np.asarray(outs[0]) == 0, np.asarray(outs[1]) == 0)):
        return "two calls drop the same entries"
    shares = []
    for out, keep in zip(outs, wanted):
        if (wrong := _mask(out, x, scale(keep), keep)) is not None:
            shares += [f"{np.mean(np.asarray(other) != 0):.3f} with p = {p:.3f}" for other, p in zip(outs, wanted)
                       if p != keep and np.shape(other) == x.shape and "of the entries are kept" in wrong]
            return wrong + (f"; {shares[0]}" if shares else "")
    return None


def _exact_share(outs):
    """A sentence if each of sixteen arrays of nine has as many zeros: that they do by chance is as likely as 4 of 10¹⁰."""
    counts = {int(np.count_nonzero(numbers(out, "the output"))) for out in outs}
    return "each call keeps exactly the same number of entries: decide each by itself, at random" if len(counts) == 1 else None


# The plain way

def _plain(draw):
    # No entry is near 0, so that a zero in the output was dropped; rows and columns are long enough to differ.
    return draw.signed(64, 8, 9, low=0.5), 0.05 * draw.integers(5, 10)


def _few(draw):
    # Few enough for the grader's own dropout_forward to stand in for a wrong one.
    x, p = _plain(draw)
    return x[:32], p


@rubric.check(cell="plain_dropout", points=1)
def plain_drops_in_training(draw):
    """in training, plain_dropout keeps each entry with probability p, unchanged"""
    x, p, seed = *_plain(draw), draw.integers(0, 10**6)

    def probe(code):
        code.seed(seed)
        return [[code.plain_dropout(x, keep, "train") for keep in (p, p, 1 - p)],
                [code.plain_dropout(x[0, 0], 0.5, "train") for _ in range(16)]]

    def judge(found):
        return _masks(found[0], x, (p, p, 1 - p)) or _exact_share(found[1])
    return probe, judge


@rubric.check(cell="plain_dropout", points=1)
def plain_scales_at_test_time(draw):
    """at test time, plain_dropout multiplies by p"""
    x, p, seed = *_plain(draw), draw.integers(0, 10**6)

    def probe(code):
        code.seed(seed)
        return {"out": code.plain_dropout(x, p, "test"), "out of one number": code.plain_dropout(x[0, 0, :1], 0.9, "test")}
    return probe


# Inverted

@rubric.check(cell="dropout_forward", points=2)
def inverted_keeps_the_average(draw):
    """in training, dropout_forward keeps each entry with probability p, and divides it by p"""
    x, p = _plain(draw)
    code_seed = draw.integers(0, 10**6)

    def probe(code):
        code.seed(code_seed)
        return [[code.dropout_forward(x, {"mode": "train", "p": keep})[0] for keep in (p, p, 1 - p)],
                [code.dropout_forward(x[0, 0], {"mode": "train", "p": 0.5})[0] for _ in range(16)]]

    def judge(found):
        return _masks(found[0], x, (p, p, 1 - p), lambda keep: 1 / keep) or _exact_share(found[1])
    return probe, judge


@rubric.check(cell="dropout_forward", points=1)
def the_seed_fixes_the_mask(draw):
    """with a seed, dropout_forward drops the same entries in each call"""
    x, p, seed = *_plain(draw), draw.integers(0, 10**6)

    def probe(code):
        return [code.dropout_forward(x, {"mode": "train", "p": p, "seed": seed + more})[0] for more in (0, 0, 1)]

    def judge(outs):
        first, again, other = (numbers(out, "the output", *x.shape) for out in outs)
        if not np.array_equal(first, again):
            return "two calls with the same seed drop different entries"
        if np.array_equal(first, other) or np.array_equal(first == 0, other == 0):
            return "two calls with different seeds drop the same entries"
        return None
    return probe, judge


@rubric.check(cell="dropout_forward", points=1)
def inverted_does_nothing_at_test_time(draw):
    """at test time, dropout_forward gives x back"""
    x, p, seed = *_plain(draw), draw.integers(0, 10**6)

    def probe(code):
        code.seed(seed)
        return {"out": code.dropout_forward(x, {"mode": "test", "p": p})[0],
                "out of other numbers": code.dropout_forward(x[1:] + 1, {"mode": "test", "p": p})[0]}
    return probe


@rubric.check(cell="dropout_backward", points=1)
def the_gradient_has_the_same_mask(draw):
    """in training, dropout_backward multiplies the gradient by the mask of the forward pass, 1/p included"""
    x, p = _few(draw)
    dout = draw.signed(*x.shape)

    def probe(code):
        found = []
        for keep in (p, 1 - p):
            out, cache = code.dropout_forward(x, {"mode": "train", "p": keep})
            code.dropout_forward(x, {"mode": "train", "p": keep})  # a later mask is another one
            found.append([out, code.dropout_backward(dout, cache)])
        return found

    def judge(found):
        for (out, dx), keep in zip(found, (p, 1 - p)):
            if np.shape(dx) != x.shape:
                return f"dx has shape {np.shape(dx)}, x has {x.shape}"
            out, dx = numbers(out, "out", *x.shape), numbers(dx, "dx", *x.shape)
            if not out.any() or out.all():
                return ("the forward pass drops " + ("nothing" if out.any() else "everything")
                        + ", so there is no gradient to look at")
            if np.any(dx[out == 0] != 0):
                return "dx is not zero where the forward pass dropped" + (
                    ", and zero where it did not" if np.any(dx[out != 0] == 0) else "")
            if np.any(dx[out != 0] == 0):
                return "dx is zero where the forward pass dropped nothing"
            ratio = dx[dx != 0] / dout[dx != 0]
            if not np.allclose(ratio, 1 / keep, rtol=1e-5):
                factor, causes = np.median(ratio), {1.0: ": is the division by p left out?", keep**-2: ": is it divided by p twice?"}
                cause = next((words for value, words in causes.items() if np.isclose(factor, value)), "")
                return f"dx is {factor:.3g} times dout (the median); it should be 1/p = {1 / keep:.3g} times dout{cause}"
        return None
    return probe, judge


@rubric.check(cell="dropout_backward", points=1)
def the_gradient_passes_at_test_time(draw):
    """at test time, dropout_backward gives dout back"""
    x, p = _few(draw)
    dout = draw.signed(*x.shape)
    return lambda code: {"dx": code.dropout_backward(dout, code.dropout_forward(x, {"mode": "test", "p": p})[1])}


rubric.check(cell="bring_layers", points=1)(brings_affine_and_relu)
rubric.check(cell="bring_layers", points=1)(brings_the_softmax_loss)
rubric.check(cell="bring_adam", points=1, may_change=True)(brings_adam)


# FullyConnectedNet with dropout

def _net(draw, hidden, reg=0.0, N=6, alive=False):
    """Parameters of a small net, its inputs and labels; with `alive` all hidden units are active for every example."""
    sizes, params = [10, *hidden, 5], {}
    for i, (into, out) in enumerate(zip(sizes, sizes[1:]), start=1):
        params[f"W{i}"] = draw.normal(into, out, scale=1.2 / np.sqrt(into))
        params[f"b{i}"] = draw.signed(out, low=0.2, high=0.6)
        if alive:
            params[f"W{i}"] *= 0.05 / into
            params[f"b{i}"] = np.abs(params[f"b{i}"])

    def inputs_of_relus(X):
        found, out = [], X.reshape(N, 10)
        for i in range(1, len(sizes) - 1):
            found.append(out @ params[f"W{i}"] + params[f"b{i}"])
            out = np.where(found[-1] > 0, found[-1], 0)
        return np.concatenate([part.ravel() for part in found])

    X, = draw.clear(lambda: (draw.normal(N, 2, 5),), inputs_of_relus)
    y = draw.labels(N, 5)

    def build(code, keep, **options):
        # By position: in other years of CS231n the fourth argument is called dropout.
        net = code.FullyConnectedNet(list(hidden), 10, 5, keep, reg=reg, dtype="float64", **options)
        net.params = params
        return net
    return build, X, y, params


@rubric.check(cell="fully_connected_net", points=1)
def without_dropout_nothing_changes(draw):
    """with a keep ratio of 1, FullyConnectedNet gives the loss and gradients of a net without dropout"""
    build, X, y, _ = _net(draw, [7, 6, 8], reg=0.4)

    def probe(code):
        net = build(code, 1)
        net.loss(X[:2], y[:2])
        loss, grads = net.loss(X, y)
        return {"scores": net.loss(X), "loss": loss, "gradients": grads, "params after the call": net.params}
    return probe


@rubric.check(cell="fully_connected_net", points=1)
def starts_with_random_weights(draw):
    """FullyConnectedNet starts with Gaussian weights of standard deviation weight_scale and with zero biases"""
    sizes, scale = [70 + draw.integers(0, 20), 80, 90, 60], 0.004 * draw.integers(2, 9)

    def probe(code):
        return [code.FullyConnectedNet(sizes[1:3], sizes[0], sizes[3], keep, weight_scale=scale).params for keep in (0.5, 1)]

    def judge(nets):
        if not all(isinstance(net, dict) for net in nets):
            return "params is not a dictionary"
        if more := [name for name in nets[0] if name not in {f"{kind}{i}" for kind in "Wb" for i in (1, 2, 3)}]:
            return f"there are only three layers, and yet there is {listed(more) or 'another parameter'}"
        for i in range(1, 4):
            for kind, shape in (("W", (sizes[i - 1], sizes[i])), ("b", (sizes[i],))):
                value = nets[0].get(f"{kind}{i}")
                if getattr(value, "shape", None) != shape:
                    return f"{kind}{i} has shape {getattr(value, 'shape', None)}; it should be {shape}"
            weights, count = numbers(nets[0][f"W{i}"], f"W{i}", None, None) / scale, sizes[i - 1] * sizes[i]
            if not abs(weights.std() - 1) <= DEVIATIONS / np.sqrt(2 * count):
                return f"W{i} has a standard deviation of {weights.std():.3g} × weight_scale instead of 1 × that"
            if not abs(weights.mean()) <= DEVIATIONS / np.sqrt(count):
                return f"W{i} has a mean of {weights.mean():.3g} × weight_scale instead of 0"
            if (wrong := _share(np.abs(weights) > 2, 0.0455, "the weights lie beyond 2 weight_scale")) is not None:
                return f"W{i} is not normally distributed: {wrong}"
            if len(np.unique(weights)) < 0.9 * count:
                return f"W{i} has repeated numbers: draw each weight by itself"
            if np.array_equal(nets[0][f"W{i}"], nets[1].get(f"W{i}")):
                return f"W{i} is the same in every new network: the weights are not random"
            if np.any(nets[0][f"b{i}"] != 0):
                return f"b{i} does not start at zero"
        return None
    return probe, judge


@rubric.check(cell="fully_connected_net", points=1)
def drops_nothing_at_test_time(draw):
    """with dropout, loss(X) gives the scores of the whole net"""
    build, X, _, _ = _net(draw, [7, 6])
    seed = draw.integers(0, 10**6)  # so that who drops units here is told from others by which

    def probe(code):
        net = build(code, 0.5)
        code.seed(seed)
        return {"scores": net.loss(X), "scores of one example": net.loss(X[:1]), "scores once more": net.loss(X)}
    return probe


@rubric.check(cell="fully_connected_net", points=1)
def drops_behind_each_relu(draw):
    """with dropout, loss(X, y) drops units of each hidden layer, and neither inputs nor scores"""
    # For one example, the gradient of W has a row of zeros for each input of the layer that is 0.
    build, X, y, _ = _net(draw, [60, 60], alive=True)
    p, seed = 0.05 * draw.integers(5, 10), draw.integers(0, 10**6)

    def probe(code):
        net = build(code, p)
        code.seed(seed)
        found = []
        for k in range(6):
            grads = net.loss(X[k:k + 1], y[k:k + 1])[1]
            found.append([grads[name] for name in ("W1", "W2", "W3", "b3")])
        return found

    def judge(found):
        shapes = (10, 60), (60, 60), (60, 5), (5,)
        found = [[numbers(one, "a gradient", *shape) for one, shape in zip(several, shapes)] for several in found]
        gone = [np.array([np.all(one[place] == 0, axis=1) for one in found]) for place in range(3)]
        # With all scores dropped no gradient is left at all, so these are looked at first.
        if any(np.any(one[3] == 0) for one in found):
            return "scores are dropped: dropout belongs after each ReLU only"
        if gone[0].any():
            return "inputs are dropped: dropout belongs after each ReLU only"
        if whole := [f"hidden layer {layer}" for layer in (1, 2) if not gone[layer].any()]:
            return f"no unit of {' or '.join(whole)} is ever dropped"
        for layer in (1, 2):
            if (wrong := _share(~gone[layer], p, f"the units of hidden layer {layer} are kept")) is not None:
                return wrong
            if all(np.array_equal(one, gone[layer][0]) for one in gone[layer]):
                return f"the same units of hidden layer {layer} are dropped in each call"
        return None
    return probe, judge


@rubric.check(cell="fully_connected_net", points=1)
def the_gradients_are_those_of_the_thinned_net(draw):
    """with dropout and a seed, the gradients are the derivative of the loss, the penalty included"""
    build, X, y, params = _net(draw, [7, 6], reg=0.3)
    p, seed, h = 0.05 * draw.integers(8, 15), draw.integers(0, 10**6), 1e-6
    ways = {name: draw.normal(*value.shape) for name, value in params.items()}

    def probe(code):
        net = build(code, p, seed=seed)
        grads = net.loss(X, y)[1]
        found = {}
        for name, way in ways.items():
            around = []
            for step in (h, -h):
                net.params = params | {name: params[name] + step * way}
                around.append(float(net.loss(X, y)[0]))
            found[name] = [grads[name], (around[0] - around[1]) / (2 * h)]
        return found

    def judge(found):
        for name, (gradient, slope) in found.items():
            if np.shape(gradient) != params[name].shape:
                return f"the gradient of {name} has shape {np.shape(gradient)}; it should be {params[name].shape}"
            gradient = numbers(gradient, f"the gradient of {name}", *params[name].shape)
            told = float(np.sum(gradient * ways[name]))
            if not abs(told - slope) <= 1e-5 * max(1.0, np.abs(gradient * ways[name]).sum()):
                return f"the gradient of {name} is not the derivative of the loss (for the same mask, by its seed)"
        if abs(found["b3"][1]) < 1e-6:  # the probabilities of the classes are never right to the last digit
            return "the loss does not depend on b3"
        return None
    return probe, judge


# Monte Carlo

def _thin_outputs(params, p):
    """The probabilities of a net with a hidden layer of three units, for each of the eight masks, and how likely they are."""
    hidden = np.maximum(0, params["x"] @ params["W1"] + params["b1"])
    masks = np.array(list(np.ndindex(2, 2, 2)))
    scores = (hidden * masks / p) @ params["W2"] + params["b2"]
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exp / exp.sum(axis=1, keepdims=True), np.prod(np.where(masks, p, 1 - p), axis=1)


def _two_units_in_a_row(draw):
    """A net with two hidden layers of one unit each, an example, and the answers: the second unit dropped, the first, neither."""
    params = {"W1": draw.signed(2, 1, low=0.2, high=1.0), "b1": np.array([2.0]), "W2": np.array([[0.3]]), "b2": np.array([0.4]),
              "W3": draw.signed(1, 4, low=0.2, high=1.0), "b3": draw.signed(4)}
    x = draw.signed(1, 2, low=0.2, high=0.5)
    first = 2 * (x @ params["W1"] + params["b1"]).item()  # divided by p = ½; above 0 for certain
    second = 2 * np.array([[0.0], [0.4], [0.3 * first + 0.4]])
    exp = np.exp(second * params["W3"] + params["b3"])
    return params, x, exp / exp.sum(axis=1, keepdims=True)


@rubric.check(cell="monte_carlo", points=2)
def asks_the_thinned_nets(draw):
    """monte_carlo gives the probabilities of thinned nets, each as often as its mask, with a mask for each picture"""
    p, seed, passes = 0.05 * draw.integers(6, 9), draw.integers(0, 10**6), 600

    def make():
        return {"W1": draw.normal(2, 3), "b1": np.abs(draw.signed(3, low=3.0, high=4.0)), "W2": draw.signed(3, 4),
                "b2": draw.signed(4), "x": draw.signed(1, 2, low=0.2, high=0.5)},

    def gaps(params):
        # Where two of the thinned nets give the same, rounding would decide which of them was asked.
        outputs = _thin_outputs(params, p)[0]
        return np.array([np.abs(one - other).max() for one, other in combinations(outputs, 2)])

    params, = draw.clear(make, gaps)
    expected, likely = _thin_outputs(params, p)
    X = np.repeat(params["x"], 5, axis=0)

    def probe(code):
        net = code.FullyConnectedNet([3], 2, 4, p, dtype="float64", seed=7)
        net.params = {name: value for name, value in params.items() if name != "x"}
        before = [net.dropout_param.get(name) for name in ("p", "seed", "mode")]
        code.seed(seed)
        return {"answers": code.monte_carlo(net, X, passes), "another answer": code.monte_carlo(net, X, 1),
                "params": net.params, "dropout before": before,
                "dropout": [net.dropout_param.get(name) for name in ("p", "seed", "mode")]}

    def judge(found):
        if not isinstance(found["answers"], np.ndarray):
            return "the answers are not one array: np.array makes one from a list"
        answers = found["answers"]
        if answers.shape != (passes, 5, 4):
            return f"the answers have shape {answers.shape}; they should have (passes, N, C) = {(passes, 5, 4)}"
        answers = numbers(answers, "the answers", passes, 5, 4)
        if not np.allclose(answers.sum(axis=2), 1, atol=1e-4):
            return "the answers are not probabilities: they do not sum to 1"
        if np.ptp(answers.reshape(-1, 4), axis=0).max() < 1e-6:
            return "all answers are the same: is dropout on, and without a seed?"
        distance = np.abs(answers[:, :, None] - expected).max(axis=3)
        if not distance.min(axis=2).max() <= 1e-4:
            return "there are answers that no thinned net gives"
        which = distance.argmin(axis=2)
        if np.all(which == which[:, :1]):
            return "all pictures of a batch have the same mask"
        if np.all(which == which[:1]):
            once_more = np.allclose(numbers(found["another answer"], "the answers", 1, 5, 4)[0], answers[0], atol=1e-4)
            return "each pass has the same masks" + (", in another call, too: is the seed in use?" if once_more else "")
        # Eight counts of 3000; each is allowed 6.5 standard deviations as well.
        for mask, probability in enumerate(likely):
            if (wrong := _share(which == mask, probability, f"the answers are those of mask {mask}")) is not None:
                return "the masks do not come as often as they should: " + wrong.split(",")[0]
        if found["dropout"] != found["dropout before"]:
            return "net.dropout_param is changed: the net should stay as it is, so make a dictionary of your own"
        return None
    return probe, judge


@rubric.check(cell="monte_carlo", points=1)
def goes_through_any_net(draw):
    """monte_carlo goes through all layers of a deeper net, and takes pictures as they are"""
    build, X, _, params = _net(draw, [7, 6, 8])
    large = params | {"b4": params["b4"] + 500.0 * np.arange(5)}
    uneven = X * np.where(np.arange(6) == 1, 1000.0, 1.0).reshape(6, 1, 1)  # each has to be compared with its own largest
    chain, x, three = draw.clear(
        lambda: _two_units_in_a_row(draw),
        lambda *made: np.array([np.abs(one - other).max() for one, other in combinations(made[2], 2)]), 0.02)

    def probe(code):
        net = code.FullyConnectedNet([1, 1], 2, 4, 0.5, dtype="float64")
        net.params = chain
        found = np.asarray(code.monte_carlo(net, x, 60))
        gone = np.abs(found - three[0]).max(axis=-1) < 1e-3
        only = {"the first": np.ptp(found[~gone], axis=0).max(initial=0) > 1e-3, "the second": gone.any()}
        # Almost every unit is kept, so that the answers are those of the whole net, up to 1e-9.
        net = build(code, 1 - 1e-10)
        answers, answers_of_uneven = code.monte_carlo(net, X, 2), code.monte_carlo(net, uneven, 1)
        net.params = large
        return {"answers": answers, "answers of small and large pictures": answers_of_uneven, "answers of large scores": code.monte_carlo(net, X, 1), "scores": net.loss(X),
                # Where none has dropout, that costs the points of the check before.
                "the only hidden layer of two with dropout": max(only, key=only.get) if sum(only.values()) == 1 else "none"}
    return probe


@rubric.check(cell="inline_question_1", points=1)
def chooses_what_a_missing_division_does(draw):
    """inline question 1: what a missing division by p does at test time"""
    return lambda code: {"your choice": code.inline_question_1}


@rubric.check(cell="inline_question_2", points=1)
def chooses_what_is_true_of_dropout(draw):
    """inline question 2: what is true of dropout"""
    return lambda code: {"your choice": code.inline_question_2}
