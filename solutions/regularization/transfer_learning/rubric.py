"""transfer_learning.ipynb: two tasks from one data set, a net with a new head, and its learning rates."""

import numpy as np

from autograder.authoring.rubric import Rubric
from autograder.grading.judging import numbers

from ..shared import affine_and_relu, brings_adam, softmax_losses

rubric = Rubric()

rubric.depends_on("bring_net", {})


# What is brought along: judged in full where it was written

@rubric.check(cell="bring_net", points=1)
def brings_the_layers(draw):
    """affine, ReLU and softmax loss give the right outputs and gradients"""
    layers, losses = affine_and_relu(draw), softmax_losses(draw)
    return lambda code: layers(code) | {f"softmax_loss: {name}": value for name, value in losses(code).items()}


def _params(draw, sizes):
    params = {}
    for i, (into, out) in enumerate(zip(sizes, sizes[1:]), start=1):
        params[f"W{i}"] = draw.normal(into, out, scale=1.2 / np.sqrt(into))
        params[f"b{i}"] = draw.signed(out, low=0.2, high=0.6)
    return params


def _data(draw, inputs, classes, N=8):
    X, y = draw.normal(N, inputs), draw.labels(N, classes)
    return {"X_train": X, "y_train": y, "X_val": X, "y_val": y}


def _net(code, sizes, params, **options):
    net = code.FullyConnectedNet(list(sizes[1:-1]), input_dim=sizes[0], num_classes=sizes[-1], dtype="float64",
                                 **options)
    net.params = params
    return net


@rubric.check(cell="bring_net", points=1)
def brings_the_net(draw):
    """FullyConnectedNet gives the right scores, loss and gradients, and begins with random weights"""
    cases = []
    for sizes, reg in (([10, 7, 6, 5], 0.4), ([10, 8, 5], 0.0)):
        params, layers = _params(draw, sizes), len(sizes) - 2

        def inputs_of_relus(X, params=params, layers=layers):
            found, out = [], X.reshape(6, 10)
            for i in range(1, layers + 1):
                found.append(out @ params[f"W{i}"] + params[f"b{i}"])
                out = np.where(found[-1] > 0, found[-1], 0)
            return np.concatenate([part.ravel() for part in found])

        X, = draw.clear(lambda: (draw.normal(6, 2, 5),), inputs_of_relus)
        cases.append((sizes, params, reg, X, draw.labels(6, 5)))
    scale, seed, toy = 0.004 * draw.integers(2, 9), draw.integers(0, 10**6), _data(draw, 5, 3)

    def probe(code):
        found = {}
        for sizes, params, reg, X, y in cases:
            net = _net(code, sizes, params, reg=reg)
            net.loss(X[:2], y[:2])
            loss, grads = net.loss(X, y)
            found[len(sizes)] = {"scores": net.loss(X), "loss": loss, "gradients": grads, "params after": net.params}
        code.seed(seed)
        new = code.FullyConnectedNet([80, 90], input_dim=100, num_classes=70, weight_scale=scale).params
        # Rounded so that every normal sample gives 1: the standard error of the smallest matrix is below 0.01.
        stds = {f"W{i}": np.round(np.asarray(new[f"W{i}"]).std() / scale, 0) for i in (1, 2, 3)}
        # Gradients for all parameters, and parameters for all gradients: so a new net can be trained to the end.
        solver = code.Solver(code.FullyConnectedNet([4], input_dim=5, num_classes=3), toy, num_epochs=1, batch_size=8,
                             verbose=False)
        solver.train()
        return found | {"steps": solver.iteration, "spread of new weights": stds,
                        "biases": [new[f"b{i}"] for i in (1, 2, 3)]}
    return probe


rubric.check(cell="bring_net", points=1, may_change=True)(brings_adam)


# Splitting

@rubric.check(cell="split_classes", points=1)
def picks_the_pictures(draw):
    """split_classes picks the pictures of the given classes, in their order"""
    y = np.concatenate([np.arange(10), draw.labels(20, 10)])
    X, classes, others = draw.normal(30, 3, 2), [6, 1, 3], [0, 9]
    low, high = y % 5, 5 + y % 5
    return lambda code: {"pictures": code.split_classes(X, y, classes)[0],
                         "others": code.split_classes(X, y, others)[0],
                         "pictures of one class": code.split_classes(X[:, 0], y, [4])[0],
                         "the last class without pictures": code.split_classes(X, low, [2, 8]),
                         "the first class without pictures": code.split_classes(X, high, [2, 8])}


@rubric.check(cell="split_classes", points=2)
def numbers_the_classes_anew(draw):
    """split_classes numbers the labels from 0, by their place in classes, whatever its order"""
    y = np.concatenate([np.arange(10), draw.labels(20, 10)])
    X = draw.normal(30, 3)
    lists = [1, 4, 7, 9], [8, 2, 5], [9, 0], [3], list(range(9, -1, -1))

    def probe(code):
        found = {f"labels for {classes}": code.split_classes(X, y, classes)[1] for classes in lists}
        return found | {"the labels are integers, which a loss can use as indices":
                        np.asarray(code.split_classes(X, y, lists[0])[1]).dtype.kind in "iu"}
    return probe


# A new head

SIZES = [9, 8, 7, 6, 5]


@rubric.check(cell="with_new_head", points=1)
def copies_what_the_base_has_learned(draw):
    """with_new_head gives the base net's hidden layers, with its reg and dtype, and leaves the base net as it is"""
    params, reg = _params(draw, SIZES), 0.1 * draw.integers(2, 9)
    small, seed = _params(draw, [4, 3, 2]), draw.integers(0, 10**6)

    def probe(code):
        code.seed(seed)
        base = _net(code, SIZES, params, reg=reg)
        net = code.with_new_head(base, 3)
        head, of_base = (np.asarray(one.params["W4"]).dtype for one in (net, base))
        other = code.with_new_head(_net(code, [4, 3, 2], small), 6)
        found = {"the base net keeps its own head": bool(np.array_equal(np.asarray(base.params["W4"]), params["W4"])),
                 "copied": {name: net.params[name] for name in params if not name.endswith("4")},
                 "copied from a smaller net": {name: other.params[name] for name in ("W1", "b1")},
                 "layers": net.num_layers, "reg": float(net.reg), "the base net's parameters": base.params,
                 "whether the head has the type of the base net": head == of_base}
        net.reg = reg + 1
        return found | {"the base net's reg after a change of the new net's": base.reg}
    return probe


@rubric.check(cell="with_new_head", points=1)
def the_copies_are_copies(draw):
    """changing the new net's parameters does not change the base net's"""
    params, seed = _params(draw, SIZES), draw.integers(0, 10**6)
    data = _data(draw, 9, 3)

    def probe(code):
        code.seed(seed)
        base = _net(code, SIZES, params)
        net = code.with_new_head(base, 3)
        # sgd changes arrays in place
        code.Solver(net, data, optim_config={"learning_rate": 1.0}, num_epochs=1, batch_size=8, verbose=False).train()
        return {"the base net's parameters after training the new one": base.params}
    return probe


@rubric.check(cell="with_new_head", points=1)
def the_head_is_new(draw):
    """the last layer is new: Gaussian weights of standard deviation weight_scale, zero biases, a score for each class"""
    sizes, scale, seed = [4, 90, 90, 6], 0.02 * draw.integers(2, 9), draw.integers(0, 10**6)
    params, classes = _params(draw, sizes), 70 + draw.integers(0, 20)

    def probe(code):
        base = _net(code, sizes, params)
        code.seed(seed)
        nets = [code.with_new_head(base, classes, weight_scale=scale) for _ in range(2)]
        return [[net.params["W3"], net.params["b3"]] for net in nets]

    def judge(found):
        (W, b), (other, _) = found
        if np.array_equal(W, params["W3"]):
            return "the last layer is a copy of the base net's, too; it has to be a new one"
        if getattr(W, "shape", None) != (90, classes) or getattr(b, "shape", None) != (classes,):
            return f"the last layer has the shapes {getattr(W, 'shape', None)} and {getattr(b, 'shape', None)}"
        W, b, other = numbers(W, "W3", 90, classes), numbers(b, "b3", classes), numbers(other, "W3", 90, classes)
        if b.any():
            return "the new biases do not start at zero"
        # Each bound is 6 standard errors: a right answer fails one of them in 4 of 10⁹ hand-ins.
        if not abs(W.std() / scale - 1) <= 6 / np.sqrt(2 * W.size):
            return f"the new weights have a standard deviation of {W.std() / scale:.3g} × weight_scale"
        if not abs(W.mean()) <= 6 * scale / np.sqrt(W.size):
            return f"the new weights have a mean of {W.mean() / scale:.3g} × weight_scale instead of 0"
        if len(np.unique(W)) < 0.9 * W.size:
            return "there are repeated numbers in the new weights: draw each by itself"
        return "the new weights are the same in each net: they are not random" if np.array_equal(W, other) else None
    return probe, judge


# Learning rates

def _solver(code, draw_data, params, sizes, rate, **options):
    return code.Solver(_net(code, sizes, params), draw_data, optim_config={"learning_rate": rate, **options},
                       num_epochs=1, batch_size=4, verbose=False)


def _rates(solver, params):
    """The learning rate of each parameter, by name, and all else that is configured."""
    return {f"the rate of {name}": float(solver.optim_configs[name]["learning_rate"]) for name in params} | {
        "optim_configs": solver.optim_configs}


@rubric.check(cell="set_learning_rates", points=2)
def slows_the_first_layers(draw):
    """set_learning_rates multiplies the rates of the first layers by the factor, and leaves the others alone"""
    params, rate, factor = _params(draw, SIZES), 0.01 * draw.integers(2, 9), 0.1 * draw.integers(2, 9)
    data = _data(draw, 9, 5)

    def probe(code):
        def rates(layers, factor, again=False):
            solver = _solver(code, data, params, SIZES, rate, momentum=0.93)
            code.set_learning_rates(solver, layers, factor)
            if again:
                code.set_learning_rates(solver, 1, 0.45)
            return _rates(solver, params)
        return {"two layers": rates(2, factor), "all but the last, frozen": rates(3, 0.0), "no layer": rates(0, factor),
                "twice": rates(3, factor, again=True)}
    return probe


@rubric.check(cell="set_learning_rates", points=1)
def knows_layers_with_two_digits(draw):
    """set_learning_rates knows that layer 12 is not layer 1 or 2, and that gamma and beta belong to their layer"""
    sizes = [3] * 13
    params = _params(draw, sizes) | {"gamma2": np.ones(3), "beta2": np.zeros(3), "gamma11": np.ones(3)}
    data = _data(draw, 3, 3)

    def probe(code):
        solver = _solver(code, data, params, sizes, 0.5)
        code.set_learning_rates(solver, 2, 0.1)
        other = _solver(code, data, params, sizes, 0.5)
        code.set_learning_rates(other, 11, 0.1)
        first = _solver(code, data, params, sizes, 0.5)
        code.set_learning_rates(first, 1, 0.1)
        return [_rates(one, params) for one in (solver, other, first)]
    return probe


@rubric.check(cell="inline_question_1", points=1)
def fills_the_table(draw):
    """inline question 1: a plan for few and many, similar and different pictures"""
    return lambda code: {"your table": code.inline_question_1}


@rubric.check(cell="inline_question_2", points=1)
def chooses_why_the_rate_is_small(draw):
    """inline question 2: why copied layers are fine-tuned at a smaller rate"""
    return lambda code: {"your choice": code.inline_question_2}
