"""What is said about wrong numbers, kind by kind; and that nothing is said that is not so."""

import re

import numpy as np
import pytest

from autograder.grading.compare import difference
from autograder.grading.explain import Clues
from autograder.sandbox.proxy import run_probe
from autograder.sandbox.worker.host import Host

RANDOM = np.random.default_rng(11)
N, D, C = 7, 3, 4
X, W, B, DOUT = (RANDOM.standard_normal(shape) for shape in [(N, D), (D, C), (C,), (N, C)])
Y = np.array([0, 3, 1, 0, 2, 1, 3])
REG = 0.3


def affine(x, w, b):
    return x @ w + b


def loss(x, w, y, reg):
    scores = x @ w
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    p = np.exp(log_p)
    p[np.arange(len(y)), y] -= 1
    return {
        "loss": -log_p[np.arange(len(y)), y].mean() + reg * np.sum(w**2),
        "dw": x.T @ p / len(y) + 2 * reg * w,
        "dx": p / len(y),
    }


def mean_score(x, y):
    return x[np.arange(len(y)), y].mean()


def relu_backward(dout, x):
    return dout * (x > 0)


class Net:
    def __init__(self, output_size, reg):
        self.reg = reg

    def scores(self, X):
        return affine(X, self.params["W1"], self.params["b1"])


NAMESPACE = {"affine": affine, "mean_score": mean_score, "loss": loss, "relu_backward": relu_backward, "Net": Net}


def said(probe, wrong, name="the result"):
    """The sentence about a value, where the probe expects another."""
    reference = Host(NAMESPACE)
    return difference(wrong, run_probe(probe, reference).value, name, clues=Clues(probe, reference))


def affine_probe(code):
    return code.affine(X, W, B)


def loss_probe(code):
    return code.loss(X, W, Y, reg=REG)


RIGHT = loss(X, W, Y, REG)
DATA = loss(X, W, Y, 0.0)


def loss_with(**wrong):
    return said(loss_probe, RIGHT | wrong)


@pytest.mark.parametrize(
    "factor, words",
    [
        (N, "N × what it should be (N = 7): is the mean over the batch missing?"),
        (1 / N, "1/N × what it should be (N = 7): is it divided by N once too often?"),
        (-1, "−1 × what it should be: the sign is wrong"),
        (2, "2 × what it should be: a factor 2 too many, or a ½ too few?"),
        (0.5, "½ × what it should be: a factor 2 too few, or a ½ too many?"),
        (-2, "−2 × what it should be: the sign is wrong; a factor 2 too many, or a ½ too few?"),
        (N / (N - 1), "N/(N − 1) × what it should be (N = 7): is it divided by N − 1 instead of N?"),
        (np.sqrt(2), "√2 × what it should be"),
        (1 / np.sqrt(N), "1/√N × what it should be (N = 7)"),
        (0.123456, "0.123456 × what it should be"),
        (1.0001, "1.0001 × what it should be"),
    ],
)
def test_a_factor_and_which(factor, words):
    assert (
        said(lambda code: code.relu_backward(DOUT, DOUT), factor * relu_backward(DOUT, DOUT), "dx") == f"dx is {words}"
    )


def test_the_number_of_classes():
    def probe(code):
        net = code.Net(C, reg=REG)
        net.params = {"W1": W, "b1": B}
        return {"scores": net.scores(X)}

    right = affine(X, W, B)
    assert said(probe, {"scores": C * right}) == (
        "scores are C × what they should be (C = 4): do all classes count, where only the right one should?"
    )
    assert said(lambda code: code.mean_score(right, Y), C * mean_score(right, Y), "mean") == (
        "mean is C × what it should be (C = 4): do all classes count, where only the right one should?"
    )
    assert said(probe, {"scores": right * N / C}) == (
        "scores are N/C × what they should be (N = 7, C = 4): is it divided by C instead of N?"
    )
    assert said(probe, {"scores": right - B}) == (
        "scores are as they should be if b1 were 0 (too small by exactly b1): is b1 left out?"
    )


@pytest.mark.parametrize("base", [2, 10])
def test_the_base_of_a_logarithm(base):
    words = f"1/ln {base} × what it should be: is it the logarithm to base {base}, not the natural one?"
    assert (
        said(lambda code: {"loss": code.loss(X, W, Y, reg=0.0)["loss"]}, {"loss": DATA["loss"] / np.log(base)})
        == f"loss is {words}"
    )
    assert loss_with(loss=RIGHT["loss"] - DATA["loss"] * (1 - 1 / np.log(base))) == (
        f"apart from the penalty, loss is {words}"
    )


def test_a_loss_that_is_summed_beside_a_right_penalty():
    assert loss_with(loss=RIGHT["loss"] + (N - 1) * DATA["loss"]) == (
        "apart from the penalty, loss is N × what it should be (N = 7): is the mean over the batch missing?"
    )


@pytest.mark.parametrize(
    "share, words",
    [
        (0, "if reg were 0 (too small by exactly 2 · reg · w): is the penalty missing?"),
        (0.5, "if reg were half as large (too small by exactly reg · w): is a factor 2 missing in the penalty's part?"),
        (
            2,
            "if reg were twice as large (too large by exactly 2 · reg · w): "
            "is there a factor 2 too many in the penalty's part?",
        ),
        (-1, "if reg were of the opposite sign: is the penalty subtracted, where it should be added?"),
        (1 / N, "if reg were divided by N (N = 7): only the data loss is a mean"),
    ],
)
def test_a_term_that_is_missing_halved_doubled_or_subtracted(share, words):
    # The batch size is seen from an argument called x.
    assert loss_with(dw=DATA["dw"] + share * 2 * REG * W) == f"dw is as it should be {words}"


def test_terms_of_the_loss():
    penalty = REG * np.sum(W**2)
    assert loss_with(loss=DATA["loss"]) == (
        "loss is as it should be if reg were 0 (too small by exactly reg · Σw²): is the penalty missing?"
    )
    assert loss_with(loss=DATA["loss"] + REG * np.abs(W).sum()) == (
        "loss has reg · Σ|w| in place of the penalty: absolute values, where squares are asked for"
    )
    assert loss_with(loss=DATA["loss"] + REG * np.mean(W**2)) == (
        "loss has reg · mean of w² in place of the penalty: a mean, where a sum is asked for"
    )
    assert loss_with(loss=DATA["loss"] + 0.5 * np.abs(W).sum() * REG) == (
        "loss has ½ · reg · Σ|w| in place of the penalty: absolute values, where squares are asked for"
    )
    assert loss_with(loss=DATA["loss"] + np.sqrt(np.sum(W**2)) * REG) == (
        "loss has reg · √Σw² in place of the penalty: the square root of the sum of squares"
    )
    assert loss_with(loss=DATA["loss"] + 1.7 * penalty).startswith(
        f"loss is {DATA['loss'] + 1.7 * penalty:.6g}, too large "
    )


@pytest.mark.parametrize(
    "times, words",
    [
        (1, "too large by exactly {}: is 1 subtracted at the right class, [i, y[i]]"),
        (2, "too large by exactly 2 · {}: is 1 added at the right class, [i, y[i]]"),
        (-1, "too small by exactly {}: is 1 too much subtracted at the right class"),
    ],
)
def test_one_hot_terms_further_back(times, words):
    def gradients(x, w, y):
        p = np.exp(x @ w) / np.exp(x @ w).sum(axis=1, keepdims=True) / N
        p[np.arange(N), y] -= 1 / N
        return {"dW": x.T @ p, "db": p.sum(axis=0)}

    def probe(code):
        return code.gradients(X, W, Y)

    reference = Host({"gradients": gradients})
    right, off = run_probe(probe, reference).value, times * np.eye(C)[Y] / N
    for wrong, term in (
        ({"dW": right["dW"] + X.T @ off}, "the sum of x over each class, divided by N"),
        ({"db": right["db"] + off.sum(axis=0)}, "the share of each class in y"),
    ):
        assert words.format(term) in difference(right | wrong, right, clues=Clues(probe, reference))


def test_one_hot_terms():
    right, where = np.eye(C)[Y], "only the entries of the right classes, [i, y[i]]"
    assert loss_with(dx=RIGHT["dx"] + right / N) == f"dx: {where}, are wrong: they are too large by exactly 1/N"
    assert loss_with(dx=np.where(right, 9.0, RIGHT["dx"])).startswith(
        "dx: 7 of 28 entries are wrong, all of them in the entries of the right classes, [i, y[i]]; there it is 9. "
        "Each row"
    )
    assert loss_with(dx=np.where(right, 0.0, RIGHT["dx"])) == f"dx: {where}, are wrong: they are 0"


def test_an_extra_term():
    assert said(affine_probe, affine(X, W, 2 * B), "out") == (
        "out is as it should be if b were twice as large (too large by exactly b)"
    )
    assert said(affine_probe, affine(X, W, -B), "out") == (
        "out is as it should be if b were of the opposite sign (too small by exactly 2 · b)"
    )


def test_arguments_given_back():
    x = RANDOM.standard_normal((N, C))
    assert said(lambda code: {"dx": code.relu_backward(DOUT, x)}, {"dx": DOUT}) == "dx is dout itself"


def test_a_parameter_that_stays_as_it_was():
    def probe(code):
        net = code.Net(C, 0.0)
        net.params = {"W1": W, "b1": B}
        return {"W1 after training": 1.1 * W}

    assert said(probe, {"W1 after training": W}).startswith("W1 after training is still what it was before")


def test_a_layer_that_stands_still_while_another_moves():
    def probe(code):
        net = code.Net(C, 0.0)
        net.params = {"W1": W, "b1": B, "W2": W + 1}
        return right

    after = {f"{name} after training": one**2 for name, one in (("W1", W), ("b1", B), ("W2", W))}
    right = {"loss_history": X[0]} | after
    wrong = {"loss_history": X[1], "b1 after training": B}  # the curve is another one, too, and comes first
    assert said(probe, right | wrong) == (
        "b1 after training is still what it was before, though W1 has moved: does the update reach it?"
    )
    assert said(probe, right | wrong | {"W1 after training": W, "W2 after training": W + 1}) == (
        "W1, b1 and W2 after training are still what they were before: does the update reach them?"
    )
    assert "before" not in said(probe, right | {"W2 after training": W})  # another layer's
    assert said(probe, right | {"b1 after training": 0.9 * B}) != said(probe, right | {"b1 after training": B})
    right["W1 after training"] = 0.9 * W  # by the penalty alone
    assert said(probe, right | {"W1 after training": W}) == (
        "W1 after training is still what it was before, and only the penalty moves it here: does reg reach the step?"
    )


def before(calls):
    return calls[max(len(calls) - 2, 0)]


def with_state(probe, made):
    """What a probe gives for code with an `affine` that makes its answer of the arguments of all calls so far."""
    calls = []

    def affine(x, w, b):
        calls.append((x, w, b))
        return made(calls)

    return run_probe(probe, Host(NAMESPACE | {"affine": affine})).value


@pytest.mark.parametrize(
    "made, words",
    [
        (lambda calls: affine(*before(calls)), "b is what the call before should have given"),
        (lambda calls: affine(*calls[0]), "c is what the first call should have given"),
        (
            lambda calls: affine(before(calls)[0], *calls[-1][1:]),
            "b is what would be right if x were still that of the call before",
        ),
        (
            lambda calls: affine(*calls[-1][:2], calls[0][2]),
            "c is what would be right if b were still that of the first call",
        ),
    ],
)
def test_what_is_kept_from_one_call_to_the_next(made, words):
    def probe(code):
        return {
            "a": code.affine(X, W, B),
            "b": code.affine(X[::-1] ** 2, W, 3 * B),
            "c": code.affine(X**3, 2 + W, B**2),
        }

    wrong = with_state(probe, made)
    if words.startswith("c"):
        wrong["b"] = run_probe(probe, Host(NAMESPACE)).value["b"]
    assert said(probe, wrong).startswith(words)


def test_a_cache_that_is_kept():
    """Two forward passes, and then both backward passes, as in `computational_graphs`."""

    def forward(x):
        return np.sin(x), x

    def backward(dout, cache):
        return dout * np.cos(cache)

    def probe(code):
        caches = [code.forward(x)[1] for x in (X, X**2)]
        return {"first": code.backward(X, caches[0]), "second": code.backward(X, caches[1])}

    reference = Host({"forward": forward, "backward": backward})
    wrong = {"first": X * np.cos(X), "second": X * np.cos(X)}
    assert difference(wrong, run_probe(probe, reference).value, clues=Clues(probe, reference)).startswith(
        "second is what the call before should have given"
    )


def test_another_result_and_another_check():
    other = np.sin(3 * X + 1)
    right = {"dx": X, "dw": other}
    clues = Clues(lambda code: right, Host({}), {"relu_backward stops the gradient": {"dx": X**3}})
    assert difference({"dx": other, "dw": other}, right, clues=clues) == (
        "dx is what dw should be: have two results been mixed up, or is an argument not used?"
    )
    assert difference({"dx": X**3, "dw": other}, right, clues=clues).startswith(
        "dx is what was right for “relu_backward stops the gradient”"
    )
    assert difference({"dx": other[:4]}, {"dx": X, "dw": other[:4]}, clues=clues).endswith(
        "dx is what dw should be: have two results been mixed up, or is an argument not used?"
    )


def test_the_columns_of_distances_are_no_classes():
    x, y = RANDOM.standard_normal((N, C)), np.arange(N) % C
    wrong = np.where(np.eye(C, dtype=bool)[y], x, 2 * x)
    words = "all of them in the entries of the wrong classes"

    def probe(code):
        code.mean_score(x, y)
        return {"dists": x, "dx": x}

    assert words in said(probe, {"dists": x, "dx": wrong}) and words not in said(probe, {"dists": wrong, "dx": x})


def test_entries_by_the_sign_of_an_argument():
    x = np.abs(RANDOM.standard_normal((N, C))) * np.where(np.add.outer(np.arange(N), np.arange(C)) % 2, 1, -1)
    right = relu_backward(DOUT, x)

    def probe(code):
        return {"dx": code.relu_backward(DOUT, x)}

    assert said(probe, {"dx": np.where(x > 0, right, 0.01 * x)}) == ("where x is negative, dx is 0.01 · x")
    assert said(probe, {"dx": np.where(x > 0, 1.0, right)}) == ("where x is positive, dx is 1")


A = RANDOM.standard_normal((5, 4))


def line(index, value):
    copy = A.copy()
    copy[index] += value
    return copy


@pytest.mark.parametrize(
    "got, expected, words",
    [
        (np.roll(A, 1, axis=0), A, "row i of dx has what belongs in row i − 1, and the first what belongs in the last"),
        (A[[1, 0, 2, 4, 3]], A, "dx has the right rows, in another order"),
        (A[:, ::-1], A, "dx has the right columns, in another order"),
        (A.reshape(4, 5).T, A, "dx has the right numbers, in the wrong places"),
        (A[:4].T, A[:4], "dx is transposed"),
        (
            np.arange(8.0).reshape(2, 2, 2).transpose(1, 0, 2) ** 3,
            np.arange(8.0).reshape(2, 2, 2) ** 3,
            "dx has the right numbers, but its axes are swapped",
        ),
        (0 * A, A, "dx is 0 everywhere"),
        (np.abs(A), A, "dx is the absolute values of what it should be"),
        (A**2, A, "dx is the square of what it should be"),
        (np.exp(A), A, "dx is e to the power of what it should be"),
        (np.maximum(A, 0), A, "where it should be negative, dx is 0: is something cut off here that should pass?"),
        (np.trunc(10 * A), 10 * A, "dx is without fractions: is there a // or an integer array on the way?"),
        (A.astype(np.float16).astype(float), A, "dx has the three digits of float16"),
        (np.clip(A, None, 0.5), A, "dx is cut off: nothing in it is larger than 0.5"),
        (0 * A + A[0], A, "all rows of dx are the same; they should differ"),
        (0 * A + 3, A, "every entry of dx is the same number"),
        (A + 0.25, A, "dx is off by the same amount everywhere (+0.25)"),
        (A + np.arange(1.0, 6.0)[:, None], A, "each row of dx is off by an amount of its own"),
        (A * np.arange(2.0, 6.0), A, "each column of dx is multiplied by a factor of its own"),
        (
            np.exp(A) / np.exp(A).sum(axis=1, keepdims=True),
            A,
            "each row of dx sums to 1: are these probabilities, where scores are asked for?",
        ),
        (line(2, 1.0), A, "all of them in row 2;"),
        (line((slice(None), 3), np.arange(1.0, 6.0)), A, "all of them in column 3;"),
        (np.array([1.0, 2.0, 4.0, 8.0]), np.array([1.0, 2.0, 3.0, 5.0]), "all of them from entry 2 on;"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_patterns(got, expected, words):
    assert words in difference(got, expected, "dx")
    assert words not in difference(got + RANDOM.standard_normal(got.shape), expected, "dx")


@pytest.mark.parametrize(
    "got, expected, words",
    [
        (
            A[None],
            A,
            ": the numbers are right, but there is an axis of length 1 too many: "
            "is it keepdims, a slice that keeps its axis, or a 1 in a shape?",
        ),
        (A[0], A[:1], ": the numbers are right, but an axis of length 1 is missing"),
        (A.T, A, ": the numbers are right, but transposed"),
        (0 * A.T, A, ": is it transposed?"),
        (A.reshape(2, 10), A, ": the numbers are right, only the shape is not: is a reshape missing?"),
        (A, A.sum(axis=0), ": its sum over axis 0 would be right"),
        (A, A.mean(axis=1), ": its mean over axis 1 would be right"),
        (A.sum(), A, ": one number is left, the sum of all 20 that are asked for: which axis should remain?"),
        (A[:, :2], A, ""),
    ],
)
def test_shapes(got, expected, words):
    assert difference(got, expected, "dx") == f"dx has shape {np.shape(got)}; it should be {expected.shape}{words}"


def test_a_relation_that_anything_would_satisfy_is_not_told():
    # No step is taken any more: any learning rate would give these numbers.
    def probe(code):
        return {"w": code.affine(0 * X, W, np.zeros(C)), "b": code.loss(X, 0 * W, Y, reg=REG)["loss"]}

    for wrong in ({"w": np.ones((N, C)), "b": np.log(C)}, {"w": np.zeros((N, C)), "b": 2.5}):
        assert "reg" not in said(probe, wrong)


@pytest.mark.parametrize(
    "got, words",
    [
        (Y + 1, "y: 7 of 7 entries are wrong; each is 1 too large: do they count from 1?"),
        (0 * Y + 2, "y: 6 of 7 entries are wrong; every entry is 2"),
        (Y + 0.25, "y: 7 of 7 entries are wrong; they are no whole numbers: is it argmax that is needed"),
        (Y[::-1], "y: 6 of 7 entries are wrong; the first is entry [0], which is 3"),
    ],
)
def test_labels(got, words):
    assert difference(got, Y, "y").startswith(words)


def test_a_formula_of_what_the_forward_pass_gave():
    """Of several calls, that of the first or of the last."""

    def sine_forward(x):
        return np.sin(x), x

    def sine_backward(dout, cache):
        return dout * np.cos(cache)

    x = np.abs(np.cos(5 * X)) + 0.1
    other = x + 1

    def probe(code):
        found = {"out": code.sine_forward(x)[0], "dx": code.sine_backward(X, code.sine_forward(x)[1])}
        return found | {"dx of others": code.sine_backward(2 * X, code.sine_forward(other)[1])}

    reference = Host({"sine_forward": sine_forward, "sine_backward": sine_backward})
    right, out = run_probe(probe, reference).value, np.sin(x)
    clues = Clues(probe, reference)
    assert difference(right | {"dx": X * out}, right, clues=clues) == "dx is dout · out"
    assert difference(right | {"dx of others": np.sin(other)}, right, clues=clues) == "dx of others is out itself"
    assert "out · " not in difference(right | {"out": out**2}, right, clues=clues)  # of what is right, nothing is made


def test_numbers_that_are_equal_by_chance_are_told_together():
    def step(w, dw, learning_rate, momentum):
        return {"next_w": w - learning_rate * dw, "decay": np.array([1.0, 4.0])}

    w = np.abs(X)
    for rate, words in ((0.3, "learning_rate or (1 − momentum) × "), (0.2, "(1 − momentum) × ")):
        reference = Host({"step": step})

        def probe(code, rate=rate):
            return code.step(w, X, learning_rate=rate, momentum=0.7)

        right = run_probe(probe, reference).value
        wrong = right | {"decay": 0.3 * right["decay"]}
        assert difference(wrong, right, clues=Clues(probe, reference)).startswith(f"decay is {words}")


def test_a_change_of_either_of_two_arguments_is_told_as_such():
    def step(w, learning_rate, reg):
        return (1 - 2 * learning_rate * reg) * w

    def probe(code):
        return {"W": code.step(W, learning_rate=0.1, reg=REG)}

    reference = Host({"step": step})
    expected = run_probe(probe, reference).value
    assert difference({"W": (1 - 4 * 0.1 * REG) * W}, expected, clues=Clues(probe, reference)).startswith(
        "W is as it should be if learning_rate or reg were twice as large"
    )


def test_nothing_is_made_up():
    """Arbitrary wrong numbers get the plain sentence."""
    for seed in range(100):
        noise = np.random.default_rng(seed).standard_normal
        for wrong in (
            {"loss": RIGHT["loss"] + float(noise())},
            {"dw": RIGHT["dw"] + noise(W.shape)},
            {"dx": RIGHT["dx"] + noise((N, C))},
        ):
            assert re.match(
                r"loss is \S+, too (large|small) |d[wx]: \d+ of \d+ entries are wrong; the worst is", loss_with(**wrong)
            )


def test_a_single_expected_number_follows_from_no_sentence():
    for factor in (0.731, 1.2345, -0.31):
        sentence = loss_with(loss=factor * RIGHT["loss"])
        assert "times" not in sentence and "by exactly" not in sentence


def test_the_gradient_of_one_example_tells_which_of_its_two_factors_is_wrong():
    x, d, wrong = np.array([1.5, -2.0, 0.7]), np.array([0.3, 1.1, -0.9, 2.2]), np.array([0.5, -1.3, 0.4, 0.8])
    assert difference(np.outer(x, wrong), np.outer(x, d), "dW") == (
        "each column of dW is multiplied by a factor of its own: "
        "is it what arrives there that is wrong, and not what is multiplied with it?"
    )
