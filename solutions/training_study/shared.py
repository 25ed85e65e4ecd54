"""Checks of the four functions, which both notebooks of this assignment ask for.

`add_checks` puts them into a rubric: the first notebook judges each function in a cell of its own, the second all of
them in one, where a student has brought them from the first.
"""

from collections.abc import Callable

import numpy as np

from autograder.authoring.rubric import Draw, Rubric
from autograder.grading.judging import batches, decays_once_an_epoch, examples_for_batches

D, H, C = 5, 8, 4

# An epsilon in the logarithm changes an ordinary loss in its fourth digit at most. It has a check of its own, with
# unlikely classes; so that it costs the same in every draw, the others look at three digits.
THREE_DIGITS = 1e-3


def _params(draw: Draw, bias: np.ndarray | float = 0.0) -> tuple[dict, np.ndarray, np.ndarray]:
    """Parameters with mixed signs everywhere (`bias` is added to b2), seven inputs and labels."""
    params = {"W1": draw.normal(D, H, scale=0.5), "b1": draw.normal(H, scale=0.3),
              "W2": draw.normal(H, C, scale=0.3), "b2": np.abs(draw.signed(C, low=0.5)) * [1, -1, 1, -1] + bias}
    params["b1"][:2] -= 8.0  # dead for every example, and so large in W2 that whatever leaks through shows
    params["W2"][:2] *= 4.0
    params["b1"][2] += 6.0  # alive for every example, and not so large that it decides the scores
    params["W2"][2] *= 0.1

    def gaps(X: np.ndarray) -> np.ndarray:
        """From the kinks of ReLU, and between the two best scores."""
        hidden = X @ params["W1"] + params["b1"]
        best = np.sort(np.maximum(0, hidden) @ params["W2"] + params["b2"])
        return np.append(hidden, best[:, -1] - best[:, -2])

    X, = draw.clear(lambda: (draw.normal(7, D),), gaps)
    return params, X, draw.labels(7, C)


def _same_rows(draw: Draw, count: int) -> tuple[dict, np.ndarray, np.ndarray]:
    """`count` copies of one example: every batch drawn from them is the same."""
    params, X, y = _params(draw)
    # Some units are alive for certain and stay so, the others dead: on the path of a single example, rounding must
    # not decide. Its class is neither likely nor very unlikely, so that an epsilon in the logarithm does not show here.
    params["b1"] = np.repeat([6.0, -6.0], [5, 3])
    params["W2"][:5] *= 0.1
    params["b2"][y[0]] -= 1.0
    return params, np.repeat(X[:1], count, axis=0), np.repeat(y[:1], count)


def _likely(params: dict, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The probabilities of the right classes: where one is small, an epsilon in the logarithm shows in the loss."""
    scores = np.maximum(0, X @ params["W1"] + params["b1"]) @ params["W2"] + params["b2"]
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (exp / exp.sum(axis=1, keepdims=True))[np.arange(len(y)), y]


def _squares_differ(params: dict, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How far the sum of squares is from that of absolute values."""
    weights = np.concatenate([params["W1"].ravel(), params["W2"].ravel()])
    return np.array([np.abs(weights).sum() / (weights**2).sum() - 1])


def scores_and_hidden_layer(draw):
    """nn_forward_pass gives the scores, and with them the hidden layer"""
    params, X, _ = _params(draw)
    whole = np.round(3 * X).astype(np.int64)

    def probe(code):
        scores, hidden = code.nn_forward_pass(params, X)
        return {"scores": scores, "hidden": hidden, "scores of whole numbers": code.nn_forward_pass(params, whole)[0],
                "scores of X in Fortran order": code.nn_forward_pass(params, np.asfortranarray(X))[0]}
    return probe


def forward_of_one_example(draw):
    """nn_forward_pass takes a batch of one, in single precision too"""
    params, X, _ = _params(draw)
    single = {name: value.astype(np.float32) for name, value in params.items()}

    def probe(code):
        code.nn_forward_pass(params, X[1:])  # nothing of this call may be left in the next one
        return {"scores of a batch of one": code.nn_forward_pass(params, X[:1])[0],
                "scores in single precision": code.nn_forward_pass(single, X.astype(np.float32))[0]}
    return probe


def data_loss(draw):
    """nn_forward_backward without regularization gives the mean of −log p of the right class"""
    (params, X, y), (others, X_one, y_one) = (draw.clear(lambda: _params(draw), _likely, 0.02) for _ in range(2))
    return lambda code: {"loss": code.nn_forward_backward(params, X, y)[0],
                         "loss of as many examples as classes": code.nn_forward_backward(params, X[:C], y[:C])[0],
                         "loss of a batch of one": code.nn_forward_backward(others, X_one[:1], y_one[:1])[0]}


def penalty_without_half(draw):
    """nn_forward_backward adds reg · (ΣW1² + ΣW2²), without ½ and without the biases"""
    params, X, y = draw.clear(lambda: _params(draw), _squares_differ, 0.05)

    def added(code, X, y, reg):
        """By the penalty alone: what is wrong in the data loss costs its own points."""
        return float(code.nn_forward_backward(params, X, y, reg=reg)[0]) - float(code.nn_forward_backward(params, X, y, reg=0.0)[0])
    return lambda code: {"what reg adds to the loss": added(code, X, y, 0.1),
                         "what reg adds to the loss of as many examples as classes": added(code, X[:C], y[:C], 0.2),
                         "what reg adds to the loss of others": added(code, X[-C:], y[-C:], 0.05),
                         "what reg adds to the loss of a batch of one": added(code, X[-1:], y[-1:], 0.1)}


def loss_stands_large_scores(draw):
    """nn_forward_backward stays exact for scores in the thousands, and for unlikely classes"""
    params, X, y = _params(draw)
    # Only the first hidden unit sees the first input. It adds the same amount to all scores of a row, or subtracts it,
    # which changes no probability.
    params["W1"][0], params["W1"][:, 0], params["b1"][0] = 0.0, np.eye(D)[0], 0.0
    X[:, 0] = 500.0 * np.arange(7) + draw.integers(100, 400)
    up, down = ({**params, "W2": np.vstack([np.full(C, sign), params["W2"][1:]])} for sign in (1.0, -1.0))
    # Far apart, too: only the largest score is safe to subtract. The right class is a likely one, where the logarithm
    # of a probability is good enough.
    apart, X3, _ = _params(draw, bias=np.array([-1000.0, 0.0, 1000.0, 1000.0]))
    unlikely, X2, y2 = _params(draw, bias=-40.0 * np.eye(C)[0])
    return lambda code: {"loss of large positive scores": code.nn_forward_backward(up, X, y)[0],
                         "loss of large negative scores": code.nn_forward_backward(down, X, y)[0],
                         "loss of scores far apart": code.nn_forward_backward(apart, X3, 2 + np.arange(7) % 2)[0],
                         "loss of an unlikely class": code.nn_forward_backward(unlikely, X2, 0 * y2)[0]}


def _gradients(draw, names, **options):
    params, X, y = _params(draw)

    def probe(code):
        code.nn_forward_backward(params, X[:1], y[:1], **options)  # nothing of this call may be left in the next one
        grads = code.nn_forward_backward(params, X, y, **options)[1]
        return {f"gradient of {name}": grads[name] for name in names}
    return probe


def gradients_of_the_weights(draw):
    """the gradients of W1 and W2 are right without regularization"""
    return _gradients(draw, ("W1", "W2"))


def gradients_of_the_biases(draw):
    """the gradients of b1 and b2 are right, in the shapes of b1 and b2"""
    return _gradients(draw, ("b1", "b2"), reg=0.3)


def gradients_of_the_penalty(draw):
    """the gradients of W1 and W2 are right with regularization: + 2 · reg · W"""
    params, X, y = _params(draw)

    def gradients(code, reg):
        grads = code.nn_forward_backward(params, X, y, reg=reg)[1]
        return {name: np.asarray(grads[name]) for name in ("W1", "W2")}

    def probe(code):
        with_reg, without = gradients(code, 0.3), gradients(code, 0.0)
        return {f"what reg adds to the gradient of {name}": with_reg[name] - without[name] for name in with_reg}
    return probe


def predicts_the_highest_score(draw):
    """nn_predict gives the class with the highest score for each row, even for a batch of one, however close they are"""
    params, X, _ = _params(draw)
    small = params | {name: 0.001 * params[name][..., ::-1] for name in ("W2", "b2")}  # class 0 is seldom the best
    return lambda code: {"the prediction with small scores": code.nn_predict(small, code.nn_forward_backward, X),
                         "the prediction": code.nn_predict(params, code.nn_forward_backward, X),
                         "the prediction for one example": code.nn_predict(params, code.nn_forward_backward, X[2:3])}


def predicts_with_the_function_it_is_given(draw):
    """nn_predict asks its argument loss_func for the scores, whatever model that is"""
    # Not all of one class: half of class 0 is class 0, too.
    W, X = draw.clear(lambda: (1e5 * draw.signed(4, 3), draw.normal(6, 4)),
                      lambda W, X: np.ptp((X @ W).argmax(axis=1), keepdims=True))
    return lambda code: {"the prediction of another model": code.nn_predict({"W": W}, code.linear_scores, X)}


def _train(code, params, X, y, X_val, y_val, **options):
    return code.nn_train(params, code.nn_forward_backward, code.nn_predict, X, y, X_val, y_val, **options)


def train_takes_gradient_steps(draw):
    """nn_train moves all four parameters by −learning_rate · gradient, in params itself, and keeps the history"""
    start, X, y = _same_rows(draw, 20)

    def probe(code):
        params = code.put(start)
        stats = _train(code, params, X, y, X[:3], y[:3], learning_rate=0.05, learning_rate_decay=1.0, reg=0.0,
                       num_iters=8, batch_size=5)
        # nn_predict has a cell of its own: here its answer is the right one.
        says = np.asarray(code.nn_predict(start, code.nn_forward_backward, X[:1])).ravel()
        still = [_train(code, code.put(start), X, y, X[:1], np.array([label]), learning_rate=0.0, reg=0.0, num_iters=1,
                        batch_size=5)["val_acc_history"] for label in range(C)]
        # As one array, so that a late loss near 0 need not be more exact than the first ones.
        return {"loss_history": np.array([float(loss) for loss in stats["loss_history"]]),
                "the length of val_acc_history": len(list(stats["val_acc_history"])),
                **{f"{name} after training": params[name] for name in ("W1", "b1", "W2", "b2")},
                "that val_acc_history is the accuracy of nn_predict": all(
                    float(share) == np.mean(says == label) for label, shares in enumerate(still) for share in shares)}
    return probe


def train_passes_reg_on(draw):
    """nn_train uses reg: on inputs that are zero, W1 shrinks by the penalty alone"""
    start, X, y = _same_rows(draw, 10)

    def probe(code):
        params = code.put(start)
        _train(code, params, 0 * X, y, X[:2], y[:2], learning_rate=0.1, learning_rate_decay=1.0, reg=0.2, num_iters=1,
               batch_size=5)
        # W2 moves in any case: if nothing moves, the reason is not that reg is missing.
        return {"W1 after one step": params["W1"], "W2 after one step": params["W2"]}
    return probe


def train_decays_once_an_epoch(draw):
    """nn_train multiplies the learning rate by learning_rate_decay once an epoch"""
    start, X, y = _same_rows(draw, 50)

    def way(code, decay):
        params = code.put(start)
        _train(code, params, X, y, X[:2], y[:2], learning_rate=1e-6, learning_rate_decay=decay, reg=0.0, num_iters=20,
               batch_size=5)
        return np.asarray(params["W2"]) - start["W2"]

    return lambda code: {"without decay": way(code, 1.0), "with decay": way(code, 0.5),
                         "gradient": code.nn_forward_backward(start, X[:5], y[:5], reg=0.0)[1]["W2"]}, decays_once_an_epoch


def train_draws_random_batches(draw):
    """nn_train draws a new random batch for each step, and keeps examples and labels together"""
    # Each input switches on one hidden unit, and that one its own class.
    X, y, blurred, X_six, y_six = examples_for_batches(draw, D, C)
    params = {"W1": np.eye(D, H), "b1": np.zeros(H), "W2": np.eye(H, C), "b2": np.zeros(C)}
    flat = {name: 0.3 * value for name, value in params.items()}

    def history(code, start, X, y, iterations, size, rate=0.0):
        stats = _train(code, start, X, y, X[:4], y[:4], learning_rate=rate, learning_rate_decay=1.0, reg=0.0,
                       num_iters=iterations, batch_size=size)
        return stats["loss_history"]

    def step(code, examples):
        """The loss and the change of W2 in one step on one of some examples."""
        start = code.put(params)
        losses = history(code, start, X_six[examples], y_six[examples], 1, 1, rate=0.1)
        return losses, np.asarray(start["W2"]) - params["W2"]

    def histories(code):
        start = code.put(params)
        each = [code.nn_forward_backward(params, X_six[i:i + 1], y_six[i:i + 1], reg=0.0)[0] for i in range(6)]
        return {"the loss of each example": each,
                "paired": history(code, start, X, y, 30, 8), "pairs": history(code, start, X_six, y_six, 60, 2),
                "varied": history(code, code.put(flat), blurred, y, 30, 8), "small": history(code, start, X[:3], y[:3], 2, 8),
                "steps": [step(code, [i, i])[1] for i in range(6)], "random steps": [step(code, range(6)) for _ in range(4)]}
    return histories, batches


LOSS, GRADIENTS = "nn_forward_backward_loss", "nn_forward_backward_gradients"
CHECKS: list[tuple[Callable, str, float, dict[str, float]]] = [
    (scores_and_hidden_layer, "nn_forward_pass", 1, {}),
    (forward_of_one_example, "nn_forward_pass", 1, {}),
    (data_loss, LOSS, 1, {"tolerance": THREE_DIGITS}),
    (penalty_without_half, LOSS, 0.5, {"tolerance": THREE_DIGITS}),
    (loss_stands_large_scores, LOSS, 0.5, {"tolerance": THREE_DIGITS}),  # single precision has seven digits in all
    (gradients_of_the_weights, GRADIENTS, 1, {}),
    (gradients_of_the_biases, GRADIENTS, 1, {}),
    (gradients_of_the_penalty, GRADIENTS, 1, {}),
    (predicts_the_highest_score, "nn_predict", 0.5, {}),
    (predicts_with_the_function_it_is_given, "nn_predict", 0.5, {}),
    (train_takes_gradient_steps, "nn_train", 1, {"tolerance": THREE_DIGITS}),
    (train_passes_reg_on, "nn_train", 0.5, {}),
    (train_decays_once_an_epoch, "nn_train", 0.5, {}),
    (train_draws_random_batches, "nn_train", 1, {"tolerance": THREE_DIGITS, "exact": ("the loss of each example",)}),
]


def add_checks(rubric: Rubric, cell: str = "") -> None:
    """Add the checks of the four functions to a rubric.

    Parameters
    ----------
    rubric : Rubric
    cell : str, optional
        Ask all of them in this cell, where they are worth one point together.
    """
    for make, own, points, options in CHECKS:
        if cell:  # fourteen checks: two of them an eighth of a point, the others half as much
            points = 1 / 8 if make in (train_takes_gradient_steps, train_draws_random_batches) else 1 / 16
        rubric.check(cell=cell or own, points=points, **options)(make)
