"""linear_classifiers.ipynb: the SVM and the softmax loss, with loops and without, training, and two saved classifiers.

Inputs avoid what would hide a mistake: D ≠ C and D = C, N = C and N ≠ C, a batch of one, whole numbers, scores of both
signs, no margin near its kink. Training is judged by what can be known whatever the random numbers are: on rows that
are all the same, every way of sampling takes the same steps.
"""

import numpy as np

from autograder.authoring.rubric import Rubric
from autograder.grading.judging import batches, examples_for_batches
from cs231n_utils.data.held_out import rows

rubric = Rubric()

rubric.depends_on("train", {"svm_loss_vectorized": ("svm_loss_vectorized",),
                            "softmax_loss_vectorized": ("softmax_loss_vectorized",)})

# An epsilon in the logarithm changes an ordinary loss in its fourth digit at most. It has a check of its own, with
# unlikely classes; so that it costs the same in every draw, the others look at three digits.
THREE_DIGITS = 1e-3


def _problem(draw, N=7, D=5, C=4, scale=0.6):
    """W, X and y: no margin near its kink, and the right classes not so certain that their gradient is next to nothing, where
    a small number in a denominator would show."""
    def gaps(W, X, y):
        scores = X @ W
        margins = scores - scores[np.arange(len(y)), y][:, np.newaxis] + 1
        others = 1 - 1 / np.exp(margins - 1).sum(axis=1)
        return np.append(margins, others.mean() / 100)  # a tenth at least

    return draw.clear(lambda: (draw.normal(D, C, scale=scale), draw.normal(N, D), draw.labels(N, C)), gaps)


def _problems(draw):
    """By name: more examples than classes, as many, a square W, one example, whole numbers."""
    W, _, y = _problem(draw, D=6, scale=0.2)
    whole = draw.clear(lambda: (W, np.round(3 * draw.normal(7, 6)).astype(np.int64), y), lambda W, X, y: (
        X @ W - (X @ W)[np.arange(7), y][:, np.newaxis] + 1))
    return {"": _problem(draw), " of as many examples as classes": _problem(draw, N=4), " with as many inputs as classes":
            _problem(draw, D=4), " of one example": _problem(draw, N=1), " of whole numbers": whole}


def _losses(draw, function):
    problems = _problems(draw)
    return lambda code: {f"loss{what}": getattr(code, function)(*problem, 0.0)[0] for what, problem in problems.items()}


def _gradients(draw, function):
    problems = _problems(draw)

    def probe(code):
        found = {}
        for what, problem in problems.items():
            getattr(code, function)(*problem, 0.3)  # nothing of this call may be left in the next one
            found[f"dW{what}"] = getattr(code, function)(*problem, 0.0)[1]
        return found
    return probe


def _penalties(draw, function, reg):
    """What reg adds to the loss: a mistake in the data loss costs its own points."""
    problems = _problems(draw)
    return lambda code: {f"what reg adds to the loss{what}": float(getattr(code, function)(*problem, reg)[0])
                         - float(getattr(code, function)(*problem, 0.0)[0]) for what, problem in problems.items()}


def _gradients_of_penalties(draw, function, reg):
    problems = _problems(draw)
    return lambda code: {f"what reg adds to dW{what}": np.asarray(getattr(code, function)(*problem, reg)[1])
                         - np.asarray(getattr(code, function)(*problem, 0.0)[1]) for what, problem in problems.items()}


def _stands_large_scores(draw, function):
    W, X, y = _problem(draw, N=7, D=6)
    # The first input adds an amount of its own to all scores of an example alike, which changes no probability. One maximum
    # for all examples would not do.
    W[0], X[:, 0] = 1.0, 1000.0 * np.array([0, 1, -1, 2, -2, 3, -3]) + draw.normal(7, scale=100.0)
    # Far apart, too: only the largest score is safe to subtract. The right class is a likely one, where the logarithm
    # of a probability is good enough.
    apart = 1000.0 * np.array([[1, -1, -1, 1], [-1, -1, 1, 1]]) + draw.signed(2, 4)
    unlikely = np.array([[0.0, 40.0, 1.0, 2.0]]) + draw.normal(1, 4, scale=0.1)
    same = np.eye(4)
    return lambda code: {"loss of large scores": getattr(code, function)(W, X, y, 0.0)[0],
                         "dW of scores far apart": getattr(code, function)(same, apart, np.array([0, 3]), 0.0)[1],
                         "loss of scores far apart": getattr(code, function)(same, apart, np.array([0, 3]), 0.0)[0],
                         "loss of an unlikely class": getattr(code, function)(same, unlikely, np.array([0]), 0.0)[0]}


# SVM

@rubric.check(cell="svm_loss_naive", points=1)
def naive_svm_averages_the_margins(draw):
    """svm_loss_naive gives the mean hinge loss where there is no penalty"""
    return _losses(draw, "svm_loss_naive")


@rubric.check(cell="svm_loss_naive", points=1)
def naive_svm_gradient_adds_examples(draw):
    """svm_loss_naive gives the gradient of that loss"""
    return _gradients(draw, "svm_loss_naive")


@rubric.check(cell="svm_loss_naive", points=0.5)
def naive_svm_adds_the_penalty(draw):
    """svm_loss_naive adds reg · ΣW² to the loss"""
    return _penalties(draw, "svm_loss_naive", 0.3)


@rubric.check(cell="svm_loss_naive", points=0.5)
def naive_svm_gradient_follows_the_penalty(draw):
    """svm_loss_naive adds 2 · reg · W to the gradient"""
    return _gradients_of_penalties(draw, "svm_loss_naive", 0.3)


@rubric.check(cell="svm_loss_vectorized", points=1)
def vectorized_svm_averages_the_margins(draw):
    """svm_loss_vectorized gives the mean hinge loss where there is no penalty"""
    return _losses(draw, "svm_loss_vectorized")


@rubric.check(cell="svm_loss_vectorized", points=1)
def vectorized_svm_gradient_counts_the_violations(draw):
    """svm_loss_vectorized gives the gradient of that loss"""
    return _gradients(draw, "svm_loss_vectorized")


@rubric.check(cell="svm_loss_vectorized", points=0.5)
def vectorized_svm_adds_the_penalty(draw):
    """svm_loss_vectorized adds reg · ΣW² to the loss"""
    return _penalties(draw, "svm_loss_vectorized", 0.3)


@rubric.check(cell="svm_loss_vectorized", points=0.5)
def vectorized_svm_gradient_follows_the_penalty(draw):
    """svm_loss_vectorized adds 2 · reg · W to the gradient"""
    return _gradients_of_penalties(draw, "svm_loss_vectorized", 0.3)


@rubric.check(cell="inline_question_1", points=1)
def chooses_what_a_kink_does(draw):
    """inline question 1: the right choice of statements about the kink"""
    return lambda code: {"your choice": code.inline_question_1}


@rubric.check(cell="l1_penalty", points=1)
def l1_adds_sizes_and_gives_signs(draw):
    """l1_penalty gives reg · Σ|W|, and reg times the sign of each weight"""
    W, reg = draw.signed(5, 3), 0.1 * draw.integers(2, 9)
    one, some_zeros = draw.signed(1, 1), draw.signed(4, 3) * [0.0, 1.0, 0.0]

    def probe(code):
        penalty, dW = code.l1_penalty(W, reg)
        at_zero = np.asarray(code.l1_penalty(some_zeros, reg)[1])[:, [0, 2]]
        return {"penalty": penalty, "penalty of the opposite weights": code.l1_penalty(-W, reg)[0], "dW": dW,
                "penalty of one weight": code.l1_penalty(one, 2.0)[0],
                "dW at 0 lies between −reg and reg": bool(np.all(np.abs(at_zero) <= 1.001 * reg))}
    return probe


# Softmax

@rubric.check(cell="softmax_loss_naive", points=1, tolerance=THREE_DIGITS)
def naive_softmax_averages_minus_log_p(draw):
    """softmax_loss_naive gives the mean of −log p of the right class where there is no penalty"""
    return _losses(draw, "softmax_loss_naive")


@rubric.check(cell="softmax_loss_naive", points=1)
def naive_softmax_gradient_is_p_minus_the_truth(draw):
    """softmax_loss_naive gives the gradient of that loss"""
    return _gradients(draw, "softmax_loss_naive")


@rubric.check(cell="softmax_loss_naive", points=0.5, tolerance=THREE_DIGITS)
def naive_softmax_adds_the_penalty(draw):
    """softmax_loss_naive adds reg · ΣW² to the loss"""
    return _penalties(draw, "softmax_loss_naive", 0.3)


@rubric.check(cell="softmax_loss_naive", points=0.5)
def naive_softmax_gradient_follows_the_penalty(draw):
    """softmax_loss_naive adds 2 · reg · W to the gradient"""
    return _gradients_of_penalties(draw, "softmax_loss_naive", 0.3)


@rubric.check(cell="softmax_loss_naive", points=1, tolerance=THREE_DIGITS)
def naive_softmax_stands_large_scores(draw):
    """softmax_loss_naive stays exact for scores of ±1000, and for unlikely classes"""
    return _stands_large_scores(draw, "softmax_loss_naive")


@rubric.check(cell="inline_question_2", points=1)
def chooses_where_log_c_comes_from(draw):
    """inline question 2: the right choice of statements about log C"""
    return lambda code: {"your choice": code.inline_question_2}


@rubric.check(cell="softmax_loss_vectorized", points=1, tolerance=THREE_DIGITS)
def vectorized_softmax_averages_minus_log_p(draw):
    """softmax_loss_vectorized gives the mean of −log p of the right class where there is no penalty"""
    return _losses(draw, "softmax_loss_vectorized")


@rubric.check(cell="softmax_loss_vectorized", points=1)
def vectorized_softmax_gradient_is_p_minus_the_truth(draw):
    """softmax_loss_vectorized gives the gradient of that loss"""
    return _gradients(draw, "softmax_loss_vectorized")


@rubric.check(cell="softmax_loss_vectorized", points=0.5, tolerance=THREE_DIGITS)
def vectorized_softmax_adds_the_penalty(draw):
    """softmax_loss_vectorized adds reg · ΣW² to the loss"""
    return _penalties(draw, "softmax_loss_vectorized", 0.3)


@rubric.check(cell="softmax_loss_vectorized", points=0.5)
def vectorized_softmax_gradient_follows_the_penalty(draw):
    """softmax_loss_vectorized adds 2 · reg · W to the gradient"""
    return _gradients_of_penalties(draw, "softmax_loss_vectorized", 0.3)


@rubric.check(cell="softmax_loss_vectorized", points=1, tolerance=THREE_DIGITS)
def vectorized_softmax_stands_large_scores(draw):
    """softmax_loss_vectorized stays exact for scores of ±1000, and for unlikely classes"""
    return _stands_large_scores(draw, "softmax_loss_vectorized")


# Training

def _model(code, W, kind="Softmax"):
    model = getattr(code, kind)()
    model.W = W
    return model


def _history(thing):
    return np.array([float(loss) for loss in thing])


@rubric.check(cell="train", points=1, tolerance=THREE_DIGITS)
def train_takes_gradient_steps(draw):
    """train moves W by −learning_rate · gradient in each iteration, and keeps the losses"""
    W, X, y = _problem(draw)
    X, y = np.repeat(X[:1], 20, axis=0), np.repeat(y[:1], 20)

    def probe(code):
        model = _model(code, W)
        history = model.train(X, y, learning_rate=0.05, reg=0.0, num_iters=8, batch_size=5)
        # As one array, so that a late loss near 0 need not be more exact than the first ones.
        found = {"loss_history": _history(history), "W after training": model.W}
        model.train(X, y, learning_rate=0.05, reg=0.0, num_iters=0, batch_size=5)
        return {"train goes on from the W that it has": bool(np.array_equal(model.W, found["W after training"]))} | found
    return probe


@rubric.check(cell="train", points=0.5)
def train_serves_both_losses(draw):
    """train passes reg on, and works for the SVM as well"""
    W, X, y = _problem(draw)
    X, y = np.repeat(X[:1], 20, axis=0), np.repeat(y[:1], 20)

    def probe(code):
        model = _model(code, W, "LinearSVM")
        model.train(X, y, learning_rate=0.1, reg=0.2, num_iters=1, batch_size=5)
        return {"W of the SVM after one step": model.W}
    return probe


@rubric.check(cell="train", points=1.5, tolerance=THREE_DIGITS, exact=("the loss of each example",))
def train_draws_random_batches(draw):
    """train draws a new random batch for each step, and keeps examples and labels together"""
    D, C = 6, 4
    X, y, blurred, X_six, y_six = examples_for_batches(draw, D, C)
    same, flat = np.eye(D, C), 0.1 * np.eye(D, C)

    def histories(code):
        def history(W, X, y, iterations, size):
            return _history(_model(code, W).train(X, y, learning_rate=0.0, reg=0.0, num_iters=iterations, batch_size=size))

        def step(examples):
            """The loss and the change of W in one step on one of some examples."""
            model = _model(code, same)
            losses = model.train(X_six[examples], y_six[examples], learning_rate=0.1, reg=0.0,
                                 num_iters=1, batch_size=1)
            return losses, np.asarray(model.W) - same

        return {"the loss of each example":
                [code.softmax_loss_vectorized(same, X_six[i:i + 1], y_six[i:i + 1], 0.0)[0] for i in range(6)],
                "paired": history(same, X, y, 30, 8), "pairs": history(same, X_six, y_six, 60, 2),
                "varied": history(flat, blurred, y, 30, 8), "small": history(same, X[:3], y[:3], 2, 8),
                "steps": [step([i, i])[1] for i in range(6)], "random steps": [step(range(6)) for _ in range(4)]}
    return histories, batches


@rubric.check(cell="predict", points=0.5)
def predicts_the_highest_score(draw):
    """predict gives the class with the highest score for each row, however close the scores are"""
    W, X, _ = _separated(draw)

    def probe(code):
        model = _model(code, W)
        return {"the prediction": model.predict(X), "the prediction with small scores": _model(code, 0.001 * W).predict(X),
                "the prediction for other examples by the same model": model.predict(np.roll(X, 1, axis=0))}
    return probe


@rubric.check(cell="predict", points=0.5)
def predicts_for_one_example(draw):
    """predict takes a batch of one and gives an array of one class, for the SVM too"""
    W, X, _ = _separated(draw)
    [x] = one = X[2:3]
    negative = W - 100 * np.outer(x, np.ones(4)) / (x @ x)  # lowers each of its scores by 100
    return lambda code: {"the prediction": _model(code, 1e5 * W, "LinearSVM").predict(one),  # no score is close
                         "the prediction with negative scores": _model(code, negative).predict(one)}


def _separated(draw):
    """W, X, y in which no two of the best scores are nearly equal, and the classes predicted differ; that of the third
    example is not the first class, nor the one with the largest score of either sign."""
    def gaps(W, X, y):
        scores, predicted = np.sort(X @ W), (X @ W).argmax(axis=1)
        telling = len(set(predicted)) > 1 and predicted[2] not in (0, np.abs(X[2] @ W).argmax())
        return scores[:, -1] - scores[:, -2] if telling else np.zeros(1)

    return draw.clear(lambda: (draw.normal(5, 4), draw.normal(9, 5), draw.labels(9, 4)), gaps)


# The saved classifiers

def _scores_of_a_matrix(code, params, images):
    return np.hstack([images, np.ones((len(images), 1), images.dtype)]) @ params["W"]


# The solution's reach 0.388 and 0.400 on the stand-in's held-out images, 0.371 and 0.398 on those of CIFAR-10.
for _cell, _best in (("best_svm", 0.34), ("best_softmax", 0.35)):
    rubric.saved_net(cell=_cell, file=f"linear_classifiers_{_cell}.npz",
                     thresholds={round(_best - less, 2): 1 for less in (0.06, 0.03, 0.0)},
                     shapes={"W": (3073, 10)}, inputs=rows)(_scores_of_a_matrix)


@rubric.check(cell="inline_question_3", points=1)
def chooses_what_templates_show(draw):
    """inline question 3: the right choice of statements about templates"""
    return lambda code: {"your choice": code.inline_question_3}


@rubric.check(cell="inline_question_4", points=1)
def chooses_when_a_loss_is_content(draw):
    """inline question 4: the right choice of statements about the two losses"""
    return lambda code: {"your choice": code.inline_question_4}
