"""two_layer_net.ipynb: the classic class with its loss, its training loop and its predictions.

Training is judged by what can be known whatever the random numbers are: on a batch whose rows are all the
same, every way of sampling takes the same steps.
"""

import numpy as np

from autograder.authoring.rubric import Rubric
from autograder.grading.judging import batches, decays_once_an_epoch, examples_for_batches
from cs231n_utils.data.held_out import rows

rubric = Rubric()

LOSS = ("two_layer_net_scores", "two_layer_net_loss", "two_layer_net_gradients")
rubric.continues("two_layer_net_loss", LOSS[0])
rubric.continues("two_layer_net_gradients", LOSS[0])
rubric.depends_on("predict", {"TwoLayerNet.loss": LOSS[:1]})
rubric.depends_on("train", {"TwoLayerNet.loss": LOSS, "TwoLayerNet.predict": ("predict",)})

D, H, C = 6, 9, 4


def _arrays(draw, bias=0.0):
    """Parameters with mixed signs everywhere (`bias` is added to b2), seven inputs and labels."""
    params = {"W1": draw.normal(D, H, scale=0.5), "b1": draw.normal(H, scale=0.3),
              "W2": draw.normal(H, C, scale=0.25), "b2": np.abs(draw.signed(C, low=0.5)) * [-1, 1, -1, 1] + bias}
    params["b1"][:3] -= 8.0  # dead for every example
    params["b1"][3] += 6.0  # alive for every example, and not so large that it decides the scores
    params["W2"][3] *= 0.1
    params["W2"][:3] *= 4.0  # so large that anything that leaks through the dead units shows

    def gaps(X):
        """From the kinks of ReLU, and between the two best scores."""
        hidden = X @ params["W1"] + params["b1"]
        scores = np.sort(np.maximum(0, hidden) @ params["W2"] + params["b2"])
        return np.append(hidden, scores[:, -1] - scores[:, -2])

    X, = draw.clear(lambda: (draw.normal(7, D),), gaps)
    return params, X, draw.labels(7, C)


def _net(draw, bias=0.0):
    """What builds a network of such parameters, with its inputs and labels."""
    params, X, y = _arrays(draw, bias)
    return _builder(params), X, y


def _builder(params):
    def build(code):
        net = code.TwoLayerNet(D, H, C)
        net.params = params
        return net
    return build


@rubric.check(cell="two_layer_net_scores", points=1)
def scores_of_a_batch(draw):
    """loss(X) gives the scores: affine, ReLU, affine, and nothing after that"""
    build, X, _ = _net(draw)
    whole = np.round(3 * X).astype(np.int64)
    return lambda code: {"scores": build(code).loss(X), "scores of whole numbers": build(code).loss(whole),
                         "scores of X in Fortran order": build(code).loss(np.asfortranarray(X))}


@rubric.check(cell="two_layer_net_scores", points=1)
def scores_of_one_example(draw):
    """loss(X) takes a batch of one, and leaves the network as it was"""
    build, X, _ = _net(draw)

    def probe(code):
        net = build(code)
        return {"scores of a batch of one": net.loss(X[:1]), "params after the call": net.params}
    return probe


def _likely(params, X, y):
    """The probabilities of the right classes: where one is small, an epsilon in the logarithm shows in the loss."""
    scores = np.maximum(0, X @ params["W1"] + params["b1"]) @ params["W2"] + params["b2"]
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (exp / exp.sum(axis=1, keepdims=True))[np.arange(len(y)), y]


def _squares_differ(params, X, y):
    """How far the sum of squares is from that of absolute values."""
    weights = np.concatenate([params["W1"].ravel(), params["W2"].ravel()])
    return np.array([np.abs(weights).sum() / (weights**2).sum() - 1])


# An epsilon in the logarithm changes an ordinary loss in its fourth digit at most. It has a check of its own, with
# unlikely classes; so that it costs the same in every draw, the others look at three digits.
THREE_DIGITS = 1e-3


@rubric.check(cell="two_layer_net_loss", points=1, tolerance=THREE_DIGITS)
def data_loss(draw):
    """loss(X, y) without regularization gives the mean of −log p of the right class"""
    (params, X, y), (others, X_one, y_one) = (draw.clear(lambda: _arrays(draw), _likely, 0.02) for _ in range(2))
    build, build_one = _builder(params), _builder(others)
    return lambda code: {"loss": build(code).loss(X, y)[0], "loss of as many examples as classes":
                         build(code).loss(X[:C], y[:C])[0],
                         "loss of a batch of one": build_one(code).loss(X_one[:1], y_one[:1])[0]}


@rubric.check(cell="two_layer_net_loss", points=0.5, tolerance=THREE_DIGITS)
def penalty_without_half(draw):
    """loss(X, y, reg) adds reg · (ΣW1² + ΣW2²), without ½ and without the biases"""
    params, X, y = draw.clear(lambda: _arrays(draw), _squares_differ, 0.05)
    build = _builder(params)

    def added(code, X, y, reg):
        """By the penalty alone: what is wrong in the data loss costs its own points."""
        return float(build(code).loss(X, y, reg=reg)[0]) - float(build(code).loss(X, y, reg=0.0)[0])
    return lambda code: {"what reg adds to the loss": added(code, X, y, 0.1),
                         "what reg adds to the loss of as many examples as classes": added(code, X[:C], y[:C], 0.2),
                         "what reg adds to the loss of others": added(code, X[-C:], y[-C:], 0.05),
                         "what reg adds to the loss of a batch of one": added(code, X[-1:], y[-1:], 0.1)}


@rubric.check(cell="two_layer_net_loss", points=0.5, tolerance=THREE_DIGITS)  # single precision has seven digits in all
def loss_stands_large_scores(draw):
    """loss(X, y) stays exact for scores in the thousands, and for unlikely classes"""
    params, X, y = _arrays(draw)
    # Only the first hidden unit sees the first input. It adds the same amount to all scores of a row, or subtracts it,
    # which changes no probability.
    params["W1"][0], params["W1"][:, 0], params["b1"][0] = 0.0, np.eye(D)[0], 0.0
    X[:, 0] = 500.0 * np.arange(7) + draw.integers(100, 400)
    up, down = ({**params, "W2": np.vstack([np.full(C, sign), params["W2"][1:]])} for sign in (1.0, -1.0))
    # Far apart, too: only the largest score is safe to subtract. The right class is a likely one, where the logarithm
    # of a probability is good enough.
    apart, X3, _ = _net(draw, bias=np.array([-1000.0, 0.0, 1000.0, 1000.0]))
    unlikely, X2, y2 = _net(draw, bias=-40.0 * np.eye(C)[0])
    return lambda code: {"loss of large positive scores": _builder(up)(code).loss(X, y)[0],
                         "loss of large negative scores": _builder(down)(code).loss(X, y)[0],
                         "loss of scores far apart": apart(code).loss(X3, 2 + np.arange(7) % 2)[0],
                         "loss of an unlikely class": unlikely(code).loss(X2, 0 * y2)[0]}


def _gradients(build, X, y, names, **options):
    def probe(code):
        net = build(code)
        net.loss(X[:1], y[:1], **options)  # nothing of this call may be left in the next one
        grads = net.loss(X, y, **options)[1]
        return {f"gradient of {name}": grads[name] for name in names} | {"params after the call": net.params}
    return probe


FOUR_DIGITS = 1e-4  # an epsilon in the denominator of the probabilities changes the seventh


@rubric.check(cell="two_layer_net_gradients", points=1, tolerance=FOUR_DIGITS)
def gradients_of_the_weights(draw):
    """the gradients of W1 and W2 are right without regularization"""
    return _gradients(*_net(draw), ("W1", "W2"))


@rubric.check(cell="two_layer_net_gradients", points=1, tolerance=FOUR_DIGITS)
def gradients_of_the_biases(draw):
    """the gradients of b1 and b2 are right, in the shapes of b1 and b2"""
    return _gradients(*_net(draw), ("b1", "b2"), reg=0.3)


@rubric.check(cell="two_layer_net_gradients", points=2)
def gradients_of_the_penalty(draw):
    """the gradients of W1 and W2 are right with regularization: + 2 · reg · W"""
    build, X, y = _net(draw)

    def probe(code):
        net = build(code)
        with_reg, without = (_numbers(net.loss(X, y, reg=reg)[1]) for reg in (0.3, 0.0))
        return {f"what reg adds to the gradient of {name}": with_reg[name] - without[name] for name in with_reg} | {
            "params after the call": net.params}
    return probe


def _numbers(grads):
    return {name: np.asarray(grads[name]) for name in ("W1", "W2")}


def _classes(params, X):
    """The class with the highest score of each example; and of a net without its ReLU."""
    hidden = X @ params["W1"] + params["b1"]
    return [(one @ params["W2"] + params["b2"]).argmax(axis=1) for one in (np.maximum(0, hidden), hidden)]


@rubric.check(cell="predict", points=0.5)
def predicts_the_highest_score(draw):
    """predict gives the class with the highest score for each row, however close the scores are"""
    def telling(params, X, _):
        """0 where all examples are of one class, so that their order would not show; or have the same without ReLU."""
        right, linear = _classes(params, X)
        return np.array([np.ptp(right), np.sum(right != linear)])

    params, X, _ = draw.clear(lambda: _arrays(draw), telling)
    build = _builder(params)
    small = _builder(params | {name: 0.001 * params[name] for name in ("W2", "b2")})
    negative = _builder(params | {"b2": params["b2"] - 100.0})

    def probe(code):
        net = build(code)
        return {"the prediction": net.predict(X), "the prediction with small scores": small(code).predict(X),
                "the prediction with negative scores": negative(code).predict(X),
                "the prediction for other examples of the same net": net.predict(np.roll(X, 1, axis=0))}
    return probe


@rubric.check(cell="predict", points=0.5)
def predicts_for_one_example(draw):
    """predict takes a batch of one and gives an array of one class"""
    def telling(params, X, _):
        """0 where it is of class 0, which half of it is as well; or of the same without ReLU."""
        right, linear = _classes(params, X[2:3])
        return np.append(right, right - linear)

    params, X, _ = draw.clear(lambda: _arrays(draw), telling)
    build = _builder(params | {name: 1e5 * params[name] for name in ("W2", "b2")})  # no score is close
    return lambda code: {"the prediction": build(code).predict(X[2:3])}


def _same_rows(draw, count):
    """`count` copies of one example: every batch drawn from them is the same."""
    params, X, y = _arrays(draw)
    # Some units are alive for certain and stay so, the others dead: on the path of a single example, rounding must
    # not decide. Its class is neither likely nor very unlikely, so that an epsilon in the logarithm does not show here.
    params["b1"] = np.repeat([6.0, -6.0], [6, 3])
    params["W2"][:6] *= 0.1
    params["b2"][y[0]] -= 1.0
    return _builder(params), np.repeat(X[:1], count, axis=0), np.repeat(y[:1], count)


@rubric.check(cell="train", points=1.5, tolerance=THREE_DIGITS)
def train_takes_gradient_steps(draw):
    """train moves all four parameters by −learning_rate · gradient, and keeps the history"""
    build, X, y = _same_rows(draw, 20)

    def probe(code):
        net = build(code)
        stats = net.train(X, y, X[:3], y[:3], learning_rate=0.05, learning_rate_decay=1.0, reg=0.0,
                          num_iters=8, batch_size=5)
        # One of the four labels for the same example is right, whatever the net predicts.
        still = build(code).train(X, y, X[:C], np.arange(C), learning_rate=0.0, reg=0.0, num_iters=8, batch_size=5)
        # As one array, so that a late loss near 0 need not be more exact than the first ones.
        return {"loss_history": np.array([float(loss) for loss in stats["loss_history"]]),
                "the length of val_acc_history": len(list(stats["val_acc_history"])),
                **{f"{name} after training": net.params[name] for name in ("W1", "b1", "W2", "b2")},
                "val_acc_history of a net that stays as it is": np.array([float(share) for share in still["val_acc_history"]])}
    return probe


@rubric.check(cell="train", points=0.5)
def train_passes_reg_on(draw):
    """train uses reg: on inputs that are zero, W1 shrinks by the penalty alone"""
    build, X, y = _same_rows(draw, 10)

    def probe(code):
        net = build(code)
        net.train(0 * X, y, X[:2], y[:2], learning_rate=0.1, learning_rate_decay=1.0, reg=0.2, num_iters=1,
                  batch_size=5)
        # W2 moves in any case: if nothing moves, the reason is not that reg is missing.
        return {"W1 after one step": net.params["W1"], "W2 after one step": net.params["W2"]}
    return probe


@rubric.check(cell="train", points=0.5)
def train_decays_once_an_epoch(draw):
    """train multiplies the learning rate by learning_rate_decay once an epoch"""
    build, X, y = _same_rows(draw, 50)

    def way(code, decay):
        net = build(code)
        before = np.asarray(net.params["W2"])
        net.train(X, y, X[:2], y[:2], learning_rate=1e-6, learning_rate_decay=decay, reg=0.0, num_iters=20,
                  batch_size=5)
        return np.asarray(net.params["W2"]) - before

    return lambda code: {"without decay": way(code, 1.0), "with decay": way(code, 0.5),
                         "gradient": build(code).loss(X[:5], y[:5], reg=0.0)[1]["W2"]}, decays_once_an_epoch


@rubric.check(cell="train", points=1.5, tolerance=THREE_DIGITS, exact=("the loss of each example",))
def train_draws_random_batches(draw):
    """train draws a new random batch for each step, and keeps examples and labels together"""
    # Each input switches on one hidden unit, and that one its own class.
    X, y, blurred, X_six, y_six = examples_for_batches(draw, D, C)
    params = {"W1": np.eye(D, H), "b1": np.zeros(H), "W2": np.eye(H, C), "b2": np.zeros(C)}
    flat = {name: 0.3 * value for name, value in params.items()}

    def histories(code):
        def history(net, X, y, iterations, size, rate=0.0):
            stats = net.train(X, y, X[:4], y[:4], learning_rate=rate, learning_rate_decay=1.0, reg=0.0,
                              num_iters=iterations, batch_size=size)
            return stats["loss_history"]

        def step(examples):
            """The loss and the change of W2 in one step on one of some examples."""
            net = _builder(params)(code)
            losses = history(net, X_six[examples], y_six[examples], 1, 1, rate=0.1)
            return losses, np.asarray(net.params["W2"]) - params["W2"]

        net = _builder(params)(code)
        return {"the loss of each example": [net.loss(X_six[i:i + 1], y_six[i:i + 1], reg=0.0)[0] for i in range(6)],
                "paired": history(net, X, y, 30, 8), "pairs": history(net, X_six, y_six, 60, 2),
                "varied": history(_builder(flat)(code), blurred, y, 30, 8), "small": history(net, X[:3], y[:3], 2, 8),
                "steps": [step([i, i])[1] for i in range(6)], "random steps": [step(range(6)) for _ in range(4)]}
    return histories, batches


@rubric.saved_net(cell="best_net", file="two_layer_net_best_net.npz", thresholds={0.35: 1, 0.42: 1, 0.46: 1},
                  shapes={"W1": (3072, "H"), "b1": ("H",), "W2": ("H", 10), "b2": (10,)}, inputs=rows)
def scores_of_the_saved_net(code, params, images):
    net = code.TwoLayerNet(3072, 1, 10)
    net.params = params
    return net.loss(images)


@rubric.check(cell="inline_question", points=1)
def chooses_what_closes_the_gap(draw):
    """inline question: the right choice of ways to close the gap"""
    return lambda code: {"your choice": code.inline_question}
