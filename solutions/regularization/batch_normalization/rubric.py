"""batch_normalization.ipynb: the layer forward and backward, in a net of any depth, and per channel.

Inputs avoid what would hide a mistake: features of very different spread, one of them so small that `eps` decides;
N ≠ D, batches of two and of one; gammas of both signs and none near 1; two calls of different size in a row; running
averages that differ from the batch's statistics.
"""

import numpy as np

from autograder.authoring.rubric import Rubric
from autograder.grading.compare import listed
from autograder.grading.judging import numbers

from ..shared import brings_adam, brings_affine_and_relu, brings_the_softmax_loss

rubric = Rubric()

LAYERS, FORWARD = ("bring_layers",), ("batchnorm_forward", "batchnorm_test_mode")
BACKWARD = ("batchnorm_backward", "batchnorm_backward_alt")
for _name in BACKWARD:
    rubric.depends_on(_name, {"batchnorm_forward": FORWARD[:1]})
# Where the layer is wrong anywhere, the grader's version replaces all of it: its functions share a cache.
_LAYER = dict.fromkeys(("batchnorm_forward", *BACKWARD), (*FORWARD, *BACKWARD))
_NET = dict.fromkeys(("affine_forward", "affine_backward", "relu_forward", "relu_backward", "softmax_loss"), LAYERS)
rubric.depends_on("fully_connected_net_scores", _NET | _LAYER)
rubric.depends_on("fully_connected_net_loss", _NET | _LAYER)
rubric.continues("fully_connected_net_loss", "fully_connected_net_scores")
rubric.depends_on("spatial_batchnorm_forward", _LAYER)
rubric.depends_on("spatial_batchnorm_backward", _LAYER | {"spatial_batchnorm_forward": ("spatial_batchnorm_forward",)})


rubric.check(cell="bring_layers", points=1)(brings_affine_and_relu)
rubric.check(cell="bring_layers", points=1)(brings_the_softmax_loss)
rubric.check(cell="bring_adam", points=1, may_change=True)(brings_adam)


# batchnorm_forward: the dictionary stays on the other side, so that what is written into it can be looked at

SPREAD = np.array([1e-3, 0.5, 3.0, 20.0])


def _features(draw, N):
    """A batch whose features differ in spread; the first varies so little that eps decides."""
    return draw.normal(N, 4) * SPREAD + draw.signed(4) * [5e-3, 5.0, 5.0, 5.0]


def _gradient(draw, N):
    """A gradient for such a batch, smaller where dx is larger, so that no feature decides alone."""
    return draw.signed(N, 4) * np.maximum(SPREAD, 1e-2)


# A default eps of another size is one mistake: it costs the check of eps, and is given to all others.
EPS = 1e-5
TRAIN = {"mode": "train", "eps": EPS}


def _gamma_beta(draw):
    return draw.signed(4, low=0.4, high=2.5), draw.signed(4)


@rubric.check(cell="batchnorm_forward", points=2)
def normalizes_each_feature(draw):
    """in training, batchnorm_forward normalizes each feature over the batch, then scales and shifts it"""
    x, two, (gamma, beta) = _features(draw, 7), _features(draw, 2), _gamma_beta(draw)

    def probe(code):
        return {"out": code.batchnorm_forward(x, gamma, beta, code.put(TRAIN))[0],
                "out of two examples": code.batchnorm_forward(two, gamma, beta, code.put(TRAIN))[0]}
    return probe


@rubric.check(cell="batchnorm_forward", points=1)
def averages_what_it_sees(draw):
    """in training, the running averages move towards the batch's mean and variance by 1 − momentum"""
    x, second, (gamma, beta) = _features(draw, 5), _features(draw, 3), _gamma_beta(draw)
    mean, var, momentum = draw.normal(4, scale=5.0), np.abs(draw.signed(4)), 0.05 * draw.integers(12, 17)

    def probe(code):
        new, layer = code.put({"mode": "train"}), code.put({"mode": "train"})
        code.batchnorm_forward(x, gamma, beta, layer)
        code.batchnorm_forward(x, gamma, beta, new)
        own = bool(np.array_equal(np.asarray(layer["running_mean"]), np.asarray(new["running_mean"])))
        found = {"each layer has averages of its own, in its bn_param": own, "running mean": np.asarray(new["running_mean"]), "running variance": np.asarray(new["running_var"])}
        code.batchnorm_forward(second, gamma, beta, new)
        old = code.put({"mode": "train", "momentum": momentum, "running_mean": mean, "running_var": var})
        code.batchnorm_forward(x, gamma, beta, old)
        return found | {
            "running mean after two batches": new["running_mean"], "running variance after two": new["running_var"],
            "running mean with another momentum": old["running_mean"],
            "running variance with another momentum": old["running_var"]}
    return probe


@rubric.check(cell="batchnorm_forward", points=1)
def respects_eps(draw):
    """eps comes from bn_param, or is 1e-5, and is added under the root; running averages don't change the output"""
    x, (gamma, beta), eps = _features(draw, 5), _gamma_beta(draw), 0.1 * draw.integers(2, 9)
    options = {"mode": "train", "eps": eps, "running_mean": draw.normal(4), "running_var": np.abs(draw.signed(4))}
    return lambda code: {"out with a large eps": code.batchnorm_forward(x, gamma, beta, code.put(options))[0],
                         "out with the default eps": code.batchnorm_forward(x, gamma, beta, code.put({"mode": "train"}))[0]}


@rubric.check(cell="batchnorm_test_mode", points=1)
def tests_with_the_running_averages(draw):
    """at test time, batchnorm_forward normalizes with the running averages"""
    x, (gamma, beta) = _features(draw, 5), _gamma_beta(draw)
    mean, var = draw.normal(4, scale=3.0), np.abs(draw.signed(4)) * [1e-6, 1.0, 9.0, 100.0]
    eps = 0.1 * draw.integers(2, 9)

    def probe(code):
        def out(x, **options):
            bn_param = code.put({"mode": "test", "eps": EPS, "running_mean": mean, "running_var": var} | options)
            return code.batchnorm_forward(x, gamma, beta, bn_param)[0]
        return {"out": out(x), "out of a batch of one": out(x[2:3]), "out with a large eps": out(x, eps=eps)}
    return probe


@rubric.check(cell="batchnorm_test_mode", points=1, tolerance=1e-3)  # where eps stands is the other check's to see
def tests_without_learning(draw):
    """at test time, batchnorm_forward leaves the running averages as they are"""
    x, (gamma, beta) = _features(draw, 5), _gamma_beta(draw)
    mean, var = draw.normal(4, scale=3.0), np.abs(draw.signed(4))

    def probe(code):
        bn_param = code.put({"mode": "test", "eps": EPS, "running_mean": mean, "running_var": var})
        code.batchnorm_forward(x, gamma, beta, bn_param)
        out = code.batchnorm_forward(x[::-1], gamma, beta, bn_param)[0]
        return {"running mean": bn_param["running_mean"], "running variance": bn_param["running_var"], "out": out}
    return probe


# Backward: a cache is the student's own, whatever it holds

def _backward(draw, name, places):
    """Gradients of three batches of different size, after a forward pass each."""
    cases = []
    for N in (6, 2, 5):
        gamma, beta = _gamma_beta(draw)
        cases.append((_features(draw, N), gamma, beta, _gradient(draw, N)))
    eps = 0.1 * draw.integers(2, 9)

    def probe(code):
        found = {}
        for x, gamma, beta, dout in cases:
            N = len(x)
            options = {"mode": "train", "eps": eps if N == 5 else EPS}
            _, cache = code.batchnorm_forward(x, gamma, beta, code.put(options))
            getattr(code, name)(dout[::-1], cache)  # this leaves the cache as it was
            gradients = list(getattr(code, name)(dout, cache))
            for place in places:
                found[f"{('dx', 'dgamma', 'dbeta')[place]} of {N} examples"] = gradients[place]
        return found
    return probe


@rubric.check(cell="batchnorm_backward", points=2)
def passes_the_gradient_to_x(draw):
    """batchnorm_backward gives dx: the direct way, the way through the variance and the way through the mean"""
    return _backward(draw, "batchnorm_backward", (0,))


@rubric.check(cell="batchnorm_backward", points=1)
def passes_the_gradient_to_gamma_and_beta(draw):
    """batchnorm_backward gives dgamma and dbeta, sums over the batch in the shapes of gamma and beta"""
    return _backward(draw, "batchnorm_backward", (1, 2))


@rubric.check(cell="batchnorm_backward_alt", points=1)
def passes_the_gradient_to_x_at_once(draw):
    """batchnorm_backward_alt gives the same dx"""
    return _backward(draw, "batchnorm_backward_alt", (0,))


@rubric.check(cell="batchnorm_backward_alt", points=1)
def passes_the_gradient_to_gamma_and_beta_at_once(draw):
    """batchnorm_backward_alt gives the same dgamma and dbeta"""
    return _backward(draw, "batchnorm_backward_alt", (1, 2))


# FullyConnectedNet

def _new(code, hidden, normalization, **options):
    """A new network; CS231n of 2016 and 2017 has `use_batchnorm` for `normalization`, as the text says."""
    try:
        return code.FullyConnectedNet(list(hidden), normalization=normalization, **options)
    except Exception as error:
        if "unexpected keyword argument 'normalization'" not in str(error):
            raise
    return code.FullyConnectedNet(list(hidden), use_batchnorm=normalization, **options)


@rubric.check(cell="fully_connected_net_init", points=2)
def starts_as_described(draw):
    """FullyConnectedNet starts with Gaussian weights, zero biases and betas, and gammas of 1 in hidden layers only"""
    D, H1, H2, C = (60 + draw.integers(0, 20) + 25 * place for place in range(4))
    scale = 0.004 * draw.integers(2, 9)

    def probe(code):
        nets = [_new(code, [H1, H2], "batchnorm", input_dim=D, num_classes=C, weight_scale=scale, dtype="float64")
                for _ in range(2)]
        plain = code.FullyConnectedNet([H1], input_dim=D, num_classes=C, weight_scale=scale)
        return [nets[0].params, nets[1].params, plain.params]

    def judge(params):
        first, second, plain = params
        if not all(isinstance(one, dict) for one in params):
            return "params is not a dictionary"
        sizes, shapes = [D, H1, H2, C], {}
        for i in range(1, 4):
            shapes |= {f"W{i}": (sizes[i - 1], sizes[i]), f"b{i}": (sizes[i],)}
            shapes |= {f"gamma{i}": (sizes[i],), f"beta{i}": (sizes[i],)} if i < 3 else {}
        if sentence := _wrong_shapes(first, shapes):
            return sentence
        if sentence := _wrong_shapes(plain, {"W1": (D, H1), "b1": (H1,), "W2": (H1, C), "b2": (C,)}):
            return f"without normalization, {sentence}"
        for name, shape in shapes.items():
            value = numbers(first[name], name, *shape)
            if name.startswith("W"):
                if (wrong := _not_gaussian(value / scale)) is not None:
                    return f"{name} {wrong}"
                if np.array_equal(value, second.get(name)):
                    return f"{name} is the same in every new network: the weights are not random"
            elif np.any(value != name.startswith("gamma")):
                return f"{name} does not start at {int(name.startswith('gamma'))}"
    return probe, judge


def _wrong_shapes(params, shapes):
    """A sentence about parameters that are missing, too many, or of another shape."""
    for name, shape in shapes.items():
        if name not in params:
            return f"there is no {name} (there is {listed(params)})" if params else "there are no parameters"
        if getattr(params[name], "shape", None) != shape:
            return f"{name} has shape {getattr(params[name], 'shape', None)}; it should be {shape}"
    if more := sorted(str(name) for name in params if name not in shapes):
        return f"there is a parameter {listed(more[:1])}, which should not be there"
    return None


def _not_gaussian(z):
    """What shows that z is not a standard normal sample; None if nothing does.

    Each bound is 5.8 standard errors wide, and the matrices have 5100 numbers or more. A right answer fails one of the
    three, in one of three matrices, in 9 · 6.6e-9 = 6e-8 of all hand-ins.
    """
    count, std = z.size, float(z.std())
    if not abs(std - 1) <= 5.8 / np.sqrt(2 * count):
        return f"has a standard deviation of {std:.3g} × weight_scale instead of 1 × weight_scale"
    if not abs(float(z.mean())) <= 5.8 / np.sqrt(count):
        return f"has a mean of {z.mean():.3g} × weight_scale instead of 0"
    beyond = float(np.mean(np.abs(z) > 2))  # 4.55 % of a normal distribution, none of a uniform one
    if not abs(beyond - 0.0455) <= 5.8 * np.sqrt(0.0455 * 0.9545 / count):
        return "has the right standard deviation, but its numbers are not normally distributed"
    if len(np.unique(z)) < 0.9 * count:
        return "has repeated numbers: draw each weight by itself"
    return None


def _net(draw, hidden, normalization=None, reg=0.0, N=6):
    """What builds a small network with mixed signs everywhere, its inputs (as pictures) and labels.

    No input of a ReLU is near its kink, in training mode nor in test mode.
    """
    sizes, L, params = [12, *hidden, 5], len(hidden) + 1, {}
    for i in range(1, L + 1):
        params[f"W{i}"] = draw.normal(sizes[i - 1], sizes[i], scale=1.2 / np.sqrt(sizes[i - 1]))
        params[f"b{i}"] = draw.normal(sizes[i], scale=0.3)
        if normalization and i < L:
            params[f"gamma{i}"] = draw.signed(sizes[i], low=0.6)
            params[f"beta{i}"] = draw.signed(sizes[i], low=0.3, high=0.8)
    averages = [{"mode": "train", "eps": EPS, "running_mean": draw.normal(size, scale=0.5),
                 "running_var": np.abs(draw.signed(size))} for size in hidden] if normalization else []

    def inputs_of_relus(X):
        """In both modes, and in the training mode of the first few, too."""
        return np.concatenate([_inputs_of_relus(params, averages, X.reshape(N, 12)[:count], mode)
                               for mode, count in (("train", N), ("train", 4), ("train", N // 2), ("test", N))])

    X, = draw.clear(lambda: (draw.normal(N, 3, 2, 2),), inputs_of_relus)
    y = draw.labels(N, 5)

    def build(code, reg=reg):
        net = _new(code, hidden, normalization, input_dim=12, num_classes=5, reg=reg, dtype="float64")
        net.params = params
        if averages:
            net.bn_params = averages
        return net
    return build, X, y


def _inputs_of_relus(params, averages, out, mode):
    found = []
    for i in range(1, sum(name.startswith("W") for name in params)):
        out = out @ params[f"W{i}"] + params[f"b{i}"]
        if averages:
            mean, var = ((out.mean(axis=0), out.var(axis=0)) if mode == "train" else
                         (averages[i - 1]["running_mean"], averages[i - 1]["running_var"]))
            out = params[f"gamma{i}"] * (out - mean) / np.sqrt(var + 1e-5) + params[f"beta{i}"]
        found.append(out.ravel())
        out = np.where(out > 0, out, 0)
    scores = out @ params[f"W{i + 1}"] + params[f"b{i + 1}"]
    return np.concatenate(found) if np.any(scores < -0.1) else np.zeros(1)  # a ReLU too many has to show


@rubric.check(cell="fully_connected_net_scores", points=1)
def scores_of_any_depth(draw):
    """loss(X) gives the scores of a net with one, two or three hidden layers"""
    nets = [_net(draw, hidden) for hidden in ([7], [6, 8], [7, 6, 8])]
    return lambda code: {f"scores, hidden layers: {place}": build(code).loss(X)
                         for place, (build, X, _) in enumerate(nets, 1)}


@rubric.check(cell="fully_connected_net_scores", points=1)
def scores_with_batch_normalization(draw):
    """with batch normalization, loss(X) uses the running averages, and normalizes before each ReLU"""
    build, X, _ = _net(draw, [7, 6], "batchnorm")

    def probe(code):
        net = build(code)
        return {"scores": net.loss(X), "scores of a batch of one": net.loss(X[:1]), "running averages": _averages(net)}
    return probe


def _averages(net):
    return [{name: np.asarray(bn_param[name]) for name in ("running_mean", "running_var")}
            for bn_param in net.bn_params]


THREE_DIGITS = 1e-3  # enough for a loss: in single precision, or with an epsilon in the logarithm, it has four


@rubric.check(cell="fully_connected_net_loss", points=1, tolerance=THREE_DIGITS)
def loss_with_half_the_penalty(draw):
    """loss(X, y) is the softmax loss plus ½ · reg · ΣW², without biases, gamma and beta"""
    nets = {"loss at reg=0": _net(draw, [7]), "loss with reg": _net(draw, [6, 7], reg=0.4)}
    build, X, y = _net(draw, [6, 7], "batchnorm", reg=0.4)

    def probe(code):
        added = float(build(code).loss(X, y)[0]) - float(build(code, 0.0).loss(X, y)[0])
        return {name: make(code).loss(inputs, labels)[0] for name, (make, inputs, labels) in nets.items()} | {
            "what reg adds to the loss with batch normalization": added}
    return probe


def _gradients(draw, *args, **options):
    build, X, y = _net(draw, *args, **options)

    def probe(code):
        net = build(code)
        net.loss(X[:3], y[:3])  # nothing of this call may be left in the next one
        return {"gradients": net.loss(X, y)[1], "params after the call": net.params}
    return probe


@rubric.check(cell="fully_connected_net_loss", points=1)
def gradients_of_a_plain_net(draw):
    """the gradients are right without normalization and penalty"""
    return _gradients(draw, [7, 6, 8])


@rubric.check(cell="fully_connected_net_loss", points=1)
def gradients_of_the_penalty(draw):
    """the gradients are right with regularization: + reg · W, and nothing for the biases, gamma and beta"""
    nets = {"": _net(draw, [7, 6], reg=0.6), " with batch normalization": _net(draw, [7, 6], "batchnorm", reg=0.5)}

    def gradients(code, build, X, y, *reg):
        grads = build(code, *reg).loss(X, y)[1]
        names = [f"W{i}" for i in (1, 2, 3)] + [f"b{i}" for i in (1, 2, 3)]
        normalization = [f"{kind}{i}" for kind in ("gamma", "beta") for i in (1, 2)]
        return {name: np.asarray(grads[name]) for name in names + normalization * (build is not nets[""][0])}

    def probe(code):
        found = {}
        for which, net in nets.items():
            with_reg, without = gradients(code, *net), gradients(code, *net, 0.0)
            found |= {f"what reg adds to the gradient of {name}{which}": with_reg[name] - without[name] for name in with_reg}
        return found
    return probe


# Float64 at its ends says nothing of layers that compute in single precision, whose rounding a division by std enlarges.
@rubric.check(cell="fully_connected_net_loss", points=1, tolerance=1e-4)
def gradients_with_batch_normalization(draw):
    """the gradients are right with batch normalization, including those of gamma and beta"""
    build, X, y = _net(draw, [7, 6], "batchnorm")

    def probe(code):
        net = build(code)
        net.loss(X[:3], y[:3])
        grads = net.loss(X, y)[1]
        # A shift before a normalization changes nothing: of these gradients only rounding is left, so 1 is added.
        found = {f"1 + gradient of {name}": 1 + np.asarray(grads[name]) for name in ("b1", "b2")}
        names = [f"{kind}{i}" for kind in ("W", "gamma", "beta") for i in (1, 2)] + ["W3", "b3"]
        return found | {f"gradient of {name}": grads[name] for name in names} | {"params after the call": net.params}
    return probe


@rubric.check(cell="fully_connected_net_loss", points=1)
def keeps_its_running_averages(draw):
    """loss(X, y) runs in training mode: it updates each hidden layer's running averages in self.bn_params"""
    build, X, y = _net(draw, [7, 6, 8], "batchnorm")

    def probe(code):
        net = build(code)
        net.loss(X, y)
        net.loss(X[:4], y[:4])
        return _averages(net)
    return probe


# Per channel

def _maps(draw):
    """Maps (3, 4, 2, 5) of channels that differ in spread, and a gradient for them."""
    x, dout = _features(draw, 30), _gradient(draw, 30)
    return [rows.reshape(3, 2, 5, 4).transpose(0, 3, 1, 2).copy() for rows in (x, dout)]


@rubric.check(cell="spatial_batchnorm_forward", points=1)
def normalizes_each_channel(draw):
    """spatial_batchnorm_forward normalizes each channel over batch and places, in training"""
    x, square, (gamma, beta) = _maps(draw)[0], draw.normal(4, 4, 4, 4) + draw.normal(1, 4, 1, 1), _gamma_beta(draw)

    def probe(code):
        bn_param, other = code.put(TRAIN), code.put(TRAIN)
        return {"out": code.spatial_batchnorm_forward(x, gamma, beta, bn_param)[0],
                "out of equal sizes": code.spatial_batchnorm_forward(square, gamma, beta, other)[0],
                "running mean": bn_param["running_mean"], "running variance": bn_param["running_var"]}
    return probe


@rubric.check(cell="spatial_batchnorm_forward", points=1)
def tests_each_channel(draw):
    """spatial_batchnorm_forward uses the running averages at test time"""
    x, (gamma, beta), mean, var = _maps(draw)[0], _gamma_beta(draw), draw.normal(4), np.abs(draw.signed(4))

    def probe(code):
        bn_param = code.put({"mode": "test", "eps": EPS, "running_mean": mean, "running_var": var})
        return {"out": code.spatial_batchnorm_forward(x[:1], gamma, beta, bn_param)[0]}
    return probe


def _spatial(draw, places):
    cases = [_maps(draw), (draw.normal(2, 4, 4, 2), draw.signed(2, 4, 4, 2))]
    gamma, beta = _gamma_beta(draw)

    def probe(code):
        found = []
        for x, dout in cases:
            _, cache = code.spatial_batchnorm_forward(x, gamma, beta, code.put(TRAIN))
            gradients = list(code.spatial_batchnorm_backward(dout, cache))
            found.append([gradients[place] for place in places])
        return found
    return probe


@rubric.check(cell="spatial_batchnorm_backward", points=1)
def passes_the_gradient_to_the_maps(draw):
    """spatial_batchnorm_backward gives dx, in the shape of x"""
    return _spatial(draw, (0,))


@rubric.check(cell="spatial_batchnorm_backward", points=1)
def passes_the_gradient_to_each_gamma_and_beta(draw):
    """spatial_batchnorm_backward gives dgamma and dbeta, one number for each channel"""
    return _spatial(draw, (1, 2))


@rubric.check(cell="inline_question_1", points=1)
def chooses_what_ten_times_the_weights_do(draw):
    """inline question 1: what becomes of output and gradient if the weights before a normalization grow"""
    return lambda code: {"your choice": code.inline_question_1}


@rubric.check(cell="inline_question_2", points=1)
def chooses_what_a_batch_of_one_does(draw):
    """inline question 2: what becomes of the scores in training mode with a batch of one"""
    return lambda code: {"your choice": code.inline_question_2}
