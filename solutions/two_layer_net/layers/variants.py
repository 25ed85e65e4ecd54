"""Right answers to layers.ipynb. A variant of one cell works with the reference's others, and with each other's."""

from autograder.authoring.variant import Variant as V

# What the notebook says about them.
SINGLE = "in float32 a check here may say ✗ for want of digits, which costs nothing"

CORPUS = [
    # affine_forward, with the documented cache (x, w, b)
    V("affine_in_loops", {"affine_forward": """
def affine_forward(x, w, b):
    N, M = len(x), len(b)
    out = np.zeros((N, M))
    for i in range(N):
        row = x[i].ravel()
        for j in range(M):
            s = 0.0
            for k in range(row.size):
                s = s + row[k] * w[k][j]
            out[i][j] = s + b[j]
    return out, (x, w, b)
"""}),
    V("affine_einsum", {"affine_forward": """
def affine_forward(x, w, b):
    return np.einsum("nd,dm->nm", x.reshape(len(x), -1), w) + b, (x, w, b)
"""}),
    V("affine_tensordot", {"affine_forward": """
def affine_forward(x, w, b):
    axes = list(range(x.ndim - 1))
    out = np.tensordot(x, w.reshape(*x.shape[1:], -1), axes=([a + 1 for a in axes], axes)) + b
    return out, (x, w, b)
"""}),
    V("affine_with_a_column_of_ones", {"affine_forward": """
def affine_forward(x, w, b):
    rows = np.hstack([x.reshape(x.shape[0], -1), np.ones((x.shape[0], 1))])
    return np.dot(rows, np.vstack((w, b))), (x, w, b)
"""}),
    V("affine_lambda", {"affine_forward": """
affine_forward = lambda x, w, b: (x.reshape((x.shape[0], np.prod(x.shape[1:]))).dot(w) + b, (x, w, b))
"""}),
    V("affine_helper_in_its_own_cell", {"affine_forward": """
# %% [markdown]
각 예제를 한 줄로 펴는 함수를 먼저 만듭니다.
# %%
def rows_of(batch):
    return np.array([example.flatten() for example in batch])
# %%
def affine_forward(x, w, b):
    # 입력을 펴서 행렬곱을 하고 편향을 더한다
    out = np.matmul(rows_of(x), w) + b
    return out, (x, w, b)
"""}),
    V("affine_single_precision", {"affine_forward": """
def affine_forward(x, w, b):
    flat = x.reshape(x.shape[0], -1).astype(np.float32)
    return flat @ w.astype(np.float32) + b.astype(np.float32), (x, w, b)
"""}),
    V("affine_fortran_order_and_a_list", {"affine_forward": """
def affine_forward(x, w, b):
    return [np.asfortranarray((w.T @ x.reshape(x.shape[0], -1).T).T + b.reshape(1, -1)), [x, w, b]]
"""}),
    V("affine_in_place_on_its_own_array", {"affine_forward": """
def affine_forward(x, w, b, verbose=False):
    out = np.empty((x.shape[0], w.shape[1]))
    np.matmul(np.reshape(x, (x.shape[0], -1)), w, out=out)
    out += b
    if verbose:
        print(out.shape)
    return out, (x, w, b)
"""}),
    V("affine_backwards_summation", {"affine_forward": """
def affine_forward(x, w, b):
    rows = x.reshape(x.shape[0], -1)[:, ::-1]
    out = np.repeat(b[None], len(x), axis=0).astype(float)
    for d in range(rows.shape[1]):
        out += np.outer(rows[:, d], w[::-1][d])
    return out, (x, w, b)
"""}),
    V("affine_plain_lists", {"affine_forward": """
import math
from typing import Any


def affine_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Any]:
    columns = w.T.tolist()
    out = [[math.fsum([float(p) * q for p, q in zip(row.flatten(), column)] + [bias])
            for column, bias in zip(columns, b.tolist())] for row in x]
    return np.array(out), (x, w, b)
"""}),
    V("affine_decorated", {"affine_forward": """
# %%
import functools

def on_rows(f):
    @functools.wraps(f)
    def wrapped(x, w, b):
        return f(np.reshape(x, [x.shape[0], -1]), w, b), (x, w, b)
    return wrapped
# %%
@on_rows
def affine_forward(x, w, b):
    return np.inner(x, w.T) + b[np.newaxis, :]
"""}),
    V("affine_stacked_products", {"affine_forward": """
def affine_forward(x, w, b):
    out = (x.reshape(x.shape[0], 1, -1) @ w[None]).squeeze(axis=1)
    return np.add(out, b), tuple([x, w, b])
"""}),

    # affine_forward and affine_backward with a cache of their own
    V("affine_cache_is_a_dict", {"affine_forward": """
def affine_forward(x, w, b):
    flat = x.reshape(x.shape[0], -1)
    return flat @ w + b, {"flat": flat, "shape": x.shape, "w": w}
""", "affine_backward": """
def affine_backward(dout, cache):
    dx = dout.dot(cache["w"].T).reshape(cache["shape"])
    return dx, cache["flat"].T.dot(dout), np.sum(dout, 0)
"""}),
    V("affine_cache_is_an_object", {"affine_forward": """
class Kept:
    pass

def affine_forward(x, w, b):
    kept = Kept()
    kept.x, kept.w = x, w
    return x.reshape(x.shape[0], -1) @ w + b, kept
""", "affine_backward": """
def affine_backward(dout, cache):
    N = cache.x.shape[0]
    return [(dout @ cache.w.T).reshape(cache.x.shape), cache.x.reshape(N, -1).T @ dout, np.ones(N) @ dout]
"""}),
    V("affine_cache_is_a_dataclass", {"affine_forward": """
# %%
from dataclasses import dataclass

@dataclass
class Cache:
    x: np.ndarray
    w: np.ndarray

    @property
    def rows(self):
        return self.x.reshape(len(self.x), -1)
# %%
def affine_forward(x, w, b):
    cache = Cache(x, w)
    return cache.rows @ w + b, cache
""", "affine_backward": """
def affine_backward(dout, cache: Cache):
    db = np.add.reduce(dout, axis=0)
    return np.reshape(dout @ cache.w.T, np.shape(cache.x)), np.transpose(cache.rows) @ dout, db
"""}),
    V("affine_cache_is_none", {"affine_forward": """
def affine_forward(x, w, b):
    affine_forward.stack.append((x, w))
    return x.reshape(x.shape[0], -1) @ w + b, None

affine_forward.stack = []
""", "affine_backward": """
def affine_backward(dout, cache):
    x, w = affine_forward.stack.pop()
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)
"""}),
    V("affine_cache_is_a_function", {"affine_forward": """
def affine_forward(x, w, b):
    rows = x.reshape(x.shape[0], -1)
    def back(dout):
        return (dout @ w.T).reshape(x.shape), rows.T @ dout, dout.sum(0)
    return rows @ w + b, back
""", "affine_backward": """
affine_backward = lambda dout, cache: cache(dout)
"""}),
    V("affine_cache_is_a_namedtuple", {"affine_forward": """
from collections import namedtuple
AffineCache = namedtuple("AffineCache", "x w b")

def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, AffineCache(x, w, b)
""", "affine_backward": """
def affine_backward(dout, cache):
    grads = AffineCache(x=(dout @ cache.w.T).reshape(cache.x.shape),
                        w=np.dot(cache.x.reshape(len(cache.x), -1).T, dout),
                        b=np.einsum("ij->j", dout))
    return grads
"""}),
    V("affine_methods_of_a_class", {"affine_forward": """
class Affine:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.shape, self.rows = x.shape, x.reshape(x.shape[0], -1)
        return self.rows @ self.w + self.b

    def backward(self, dout):
        return self._dx(dout), self.rows.T @ dout, dout.sum(axis=0)

    def _dx(self, dout):
        return (dout @ self.w.T).reshape(self.shape)

def affine_forward(x, w, b):
    layer = Affine(w, b)
    return layer.forward(x), layer
""", "affine_backward": """
def affine_backward(dout, cache):
    return cache.backward(dout)
"""}),

    # affine_backward
    V("affine_backward_in_loops", {"affine_backward": """
def affine_backward(dout, cache):
    x, w, b = cache
    flat = x.reshape(x.shape[0], -1)
    dflat, dw, db = np.zeros(flat.shape), np.zeros(w.shape), np.zeros(b.shape)
    for n in range(flat.shape[0]):
        for m in range(w.shape[1]):
            g = dout[n, m]
            dflat[n] += g * w[:, m]
            dw[:, m] += g * flat[n]
            db[m] += g
    return dflat.reshape(x.shape), dw, db
"""}),
    V("affine_backward_einsum", {"affine_backward": """
def affine_backward(dout, cache):
    x, w, _ = cache
    dx = np.einsum("nm,dm->nd", dout, w).reshape(x.shape)
    dw = np.einsum("nd,nm->dm", x.reshape(len(x), -1), dout)
    return dx, dw, dout.T.dot(np.ones(len(x)))
"""}),
    V("affine_backward_outer_products", {"affine_backward": """
def affine_backward(upstream, saved):
    inputs, weights, bias = saved
    dw = sum(np.outer(example.ravel(), g) for example, g in zip(inputs, upstream))
    dx = np.stack([(weights @ g).reshape(inputs.shape[1:]) for g in upstream])
    return dx, dw, sum(upstream)
"""}),
    V("affine_backward_tensordot", {"affine_backward": """
def affine_backward(dout, cache):
    x, w, b = cache
    dx = np.tensordot(dout, w, axes=(1, 1)).reshape(x.shape)
    dw = np.tensordot(x.reshape(x.shape[0], -1), dout, axes=(0, 0))
    db = dout.sum(axis=0, keepdims=True).reshape(b.shape)
    return dx, dw, db
"""}),
    V("affine_backward_single_precision", {"affine_backward": """
def affine_backward(dout, cache):
    x, w, b = (np.asarray(a, dtype=np.float32) for a in cache)
    dout = dout.astype("float32")
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)
"""}, SINGLE),
    V("affine_backward_by_add_at", {"affine_backward": """
def affine_backward(dout, cache):
    x, w, b = cache
    db = np.zeros_like(b, dtype=float)
    np.add.at(db, np.tile(np.arange(b.size), dout.shape[0]), dout.ravel())
    return np.matmul(dout, w.swapaxes(0, 1)).reshape(x.shape), (dout.T @ x.reshape(x.shape[0], -1)).T, db
"""}),

    # ReLU
    V("relu_where", {"relu_forward": """
def relu_forward(x):
    return np.where(x > 0, x, 0), x
"""}),
    V("relu_product", {"relu_forward": """
def relu_forward(x):
    out = x * (x > 0)
    cache = x
    return out, cache
"""}),
    V("relu_clip", {"relu_forward": "relu_forward = lambda x: (np.clip(x, 0, None), x)"}),
    V("relu_half_of_the_sum", {"relu_forward": """
def relu_forward(x):
    return [0.5 * (x + np.abs(x)), x]
"""}),
    V("relu_masked_copy", {"relu_forward": """
def relu_forward(x):
    out = np.array(x, copy=True)
    out[out < 0] = 0
    return out, x
"""}),
    V("relu_entry_by_entry", {"relu_forward": """
def relu_forward(x):
    out = np.array([value if value > 0 else 0.0 for value in x.flatten()]).reshape(x.shape)
    return out, x
"""}),
    V("relu_vectorize", {"relu_forward": """
@np.vectorize
def bend(value):
    return max(0.0, value)

def relu_forward(x):
    return bend(x), x
"""}),
    V("relu_piecewise", {"relu_forward": """
def relu_forward(x: np.ndarray, threshold: float = 0.0):
    return np.piecewise(x, [x <= threshold, x > threshold], [0.0, lambda v: v]), x
"""}),
    V("relu_single_precision", {"relu_forward": """
def relu_forward(x):
    return np.maximum(x, 0).astype(np.float32), x
"""}),
    V("relu_imported_star", {"relu_forward": """
from numpy import *

def relu_forward(x):
    return maximum(zeros_like(x), x), x
"""}),
    V("relu_cache_is_the_mask", {"relu_forward": """
def relu_forward(x):
    mask = x >= 0
    return mask * x, mask
""", "relu_backward": """
def relu_backward(dout, cache):
    return np.where(cache, dout, 0.0)
"""}),
    V("relu_cache_is_the_output", {"relu_forward": """
def relu_forward(x):
    out = np.fmax(x, 0.0)
    return out, out
""", "relu_backward": """
def relu_backward(dout, cache):
    dx = dout.copy()
    dx[cache == 0] = 0
    return dx
"""}),
    V("relu_cache_is_a_dict_of_positions", {"relu_forward": """
def relu_forward(x):
    positions = np.nonzero(x > 0)
    out = np.zeros_like(x)
    out[positions] = x[positions]
    return out, {"positions": positions, "shape": x.shape}
""", "relu_backward": """
def relu_backward(dout, cache):
    dx = np.zeros(cache["shape"])
    np.add.at(dx, cache["positions"], dout[cache["positions"]])
    return dx
"""}),
    V("relu_attributes", {"relu_forward": """
class ReLU:
    stack = []

    @classmethod
    def forward(cls, x):
        cls.stack.append(x > 0)
        return x * cls.stack[-1]

    @classmethod
    def backward(cls, dout):
        return dout * cls.stack.pop()

def relu_forward(x):
    return ReLU.forward(x), None
""", "relu_backward": """
def relu_backward(dout, cache):
    return ReLU.backward(dout)
"""}),
    V("gate_where", {"relu_backward": """
def relu_backward(dout, cache):
    return np.where(cache < 0, 0, dout)
"""}),
    V("gate_on_a_copy", {"relu_backward": """
def relu_backward(dout, cache):
    dx = np.array(dout)
    dx[cache <= 0] = 0
    return dx
"""}),
    V("gate_half_at_zero", {"relu_backward": """
relu_backward = lambda dout, cache: np.heaviside(cache, 0.5) * dout
"""}),
    V("gate_by_a_ufunc", {"relu_backward": """
def relu_backward(dout, cache):
    dx = np.zeros(dout.shape)
    np.multiply(dout, 1.0, out=dx, where=cache > 0)
    return dx
"""}),
    V("gate_entry_by_entry", {"relu_backward": """
def relu_backward(dout, cache):
    dx = np.empty(dout.shape)
    for index in np.ndindex(*dout.shape):
        dx[index] = dout[index] if cache[index] > 0 else 0
    return dx
"""}),
    V("gate_from_the_forward_pass", {"relu_backward": """
def relu_backward(dout, cache):
    return (dout * (relu_forward(cache)[0] != 0)).astype(np.float32)
"""}, SINGLE),
    V("choice_is_a_list", {"inline_question_1": "inline_question_1 = [1, 2]", "inline_question_2": "inline_question_2 = [3, 1]"}),
    V("choice_is_a_tuple", {"inline_question_1": "inline_question_1 = (2, 1)\nprint(inline_question_1)",
                            "inline_question_2": "inline_question_2 = 1, 3  # 데이터와 정규화"}),
    V("choice_is_a_frozenset", {"inline_question_1": "inline_question_1 = frozenset({1}) | {2}",
                                "inline_question_2": "inline_question_2 = set(range(1, 5)) - {2, 4}"}),
    V("choice_is_an_array", {"inline_question_1": "inline_question_1 = np.array([1, 2])",
                             "inline_question_2": "inline_question_2 = set(np.array([1, 3]))"}),

    # svm_loss
    V("svm_in_loops", {"svm_loss": """
def svm_loss(x, y):
    num, classes = x.shape
    loss = 0
    dx = np.zeros(x.shape)
    for i in range(num):
        for c in range(classes):
            if c != y[i]:
                m = 1 + x[i][c] - x[i][y[i]]
                if m > 0:
                    loss += m
                    dx[i][c] += 1
                    dx[i][y[i]] -= 1
    return float(loss / num), dx / num
"""}),
    V("svm_minus_one", {"svm_loss": """
def svm_loss(x, y):
    N = len(y)
    correct = x[range(N), y].reshape(N, 1)
    margins = np.maximum(0, x - correct + 1.0)
    loss = margins.sum() / N - 1
    dx = np.where(margins > 0, 1.0, 0.0)
    dx[range(N), y] -= dx.sum(axis=1)
    return loss, dx / N
"""}),
    V("svm_one_hot", {"svm_loss": """
def svm_loss(x, y):
    one_hot = np.eye(x.shape[1])[y]
    margins = (x - (x * one_hot).sum(1, keepdims=True) + 1) * (1 - one_hot)
    hinge = np.clip(margins, 0, np.inf)
    violated = (margins >= 0) * (1 - one_hot)
    dx = (violated - one_hot * violated.sum(axis=1, keepdims=True)) / x.shape[0]
    return np.array(hinge.sum() / x.shape[0]), dx
"""}),
    V("svm_take_along_axis", {"svm_loss": """
def svm_loss(x, y):
    labels = np.asarray(y, dtype=np.intp)[:, None]
    margins = x - np.take_along_axis(x, labels, axis=1) + 1
    np.put_along_axis(margins, labels, 0.0, axis=1)
    margins[margins < 0] = 0.0
    grad = np.sign(margins)
    np.put_along_axis(grad, labels, -grad.sum(axis=1, keepdims=True), axis=1)
    return np.mean(np.sum(margins, axis=1)), grad * (1.0 / len(x))
"""}),
    V("svm_add_at", {"svm_loss": """
def svm_loss(x, y):
    y = y.astype(np.uint8)
    i, j = np.nonzero((x - x[np.arange(len(y)), y][:, None] + 1 > 0) & (np.arange(x.shape[1]) != y[:, None]))
    loss = np.sum(x[i, j] - x[i, y[i]] + 1) / len(y)
    dx = np.zeros_like(x)
    np.add.at(dx, (i, j), 1 / len(y))
    np.subtract.at(dx, (i, y[i]), 1 / len(y))
    return loss, dx
"""}),
    V("svm_row_by_row", {"svm_loss": """
def svm_loss(x, y):
    def one(row, label):
        margins = np.maximum(row - row[label] + 1, 0)
        margins[label] = 0
        g = (margins > 0).astype(float)
        g[label] = -g.sum()
        return margins.sum(), g
    losses, grads = zip(*(one(row, label) for row, label in zip(x, y)))
    return sum(losses) / len(losses), np.array(grads) / len(losses)
"""}),
    V("svm_single_precision", {"svm_loss": """
def svm_loss(x, y):
    x = x.astype(np.float32)
    n = np.arange(x.shape[0])
    margins = np.maximum(np.float32(0), x - x[n, y][:, None] + np.float32(1))
    margins[n, y] = 0
    dx = (margins > 0).astype(np.float32)
    dx[n, y] = -dx.sum(axis=1)
    return np.float32(margins.sum() / len(n)), dx / np.float32(len(n))
"""}, SINGLE),
    V("svm_exact_sum", {"svm_loss": """
# %%
import math
# %%
def svm_loss(scores, labels, delta=1.0):
    num = scores.shape[0]
    rows = [np.delete(scores[n], labels[n]) - scores[n, labels[n]] + delta for n in range(num)]
    loss = math.fsum(max(0.0, float(value)) for row in rows for value in row) / num
    dscores = np.zeros(scores.shape)
    for n, row in enumerate(rows):
        g = (row > 0) / num
        dscores[n] = np.insert(g, labels[n], -g.sum())
    return loss, dscores
"""}),
    V("svm_masked_where", {"svm_loss": """
def svm_loss(x, y):
    N, C = x.shape
    wrong = np.ones((N, C), dtype=bool)
    wrong[np.arange(N), y] = False
    margins = (x - x[~wrong][:, None] + 1)
    loss = margins[wrong & (margins > 0)].sum() / N
    dx = np.zeros((N, C))
    dx[wrong & (margins > 0)] = 1
    dx[~wrong] = -np.count_nonzero(wrong & (margins > 0), axis=1)
    dx /= N
    return [loss, dx]
"""}),
    V("svm_helpers", {"svm_loss": """
# %% [markdown]
Ein Verlust in zwei Schritten: erst die Abstände, dann ihr Mittel.
# %%
def abstände(x, y):
    a = x - x[np.arange(len(y)), y, None] + 1
    a[np.arange(len(y)), y] = 0
    return a
# %%
def svm_loss(x, y):
    verletzt = abstände(x, y) > 0
    loss = np.vdot(abstände(x, y), verletzt) / x.shape[0]
    dx = verletzt.astype(float) / x.shape[0]
    dx[np.arange(len(y)), y] -= verletzt.sum(axis=1) / x.shape[0]
    return loss, dx
"""}),

    # softmax_loss
    V("softmax_in_loops", {"softmax_loss": """
from math import exp, log

def softmax_loss(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for i in range(N):
        m = max(x[i].tolist())
        e = [exp(s - m) for s in x[i].tolist()]
        loss -= x[i][y[i]] - m - log(sum(e))
        for c in range(C):
            dx[i][c] = (e[c] / sum(e) - (1 if c == y[i] else 0)) / N
    return loss / N, dx
"""}),
    V("softmax_probabilities_first", {"softmax_loss": """
def softmax_loss(x, y):
    probs = np.exp(x - np.max(x, axis=1)[:, None])
    probs /= probs.sum(axis=1)[:, None]
    N = x.shape[0]
    loss = np.mean(-np.log(probs[np.arange(N), y]))
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx
"""}),
    V("softmax_logaddexp", {"softmax_loss": """
def softmax_loss(x, y):
    log_p = x - np.logaddexp.reduce(x, axis=1, keepdims=True)
    one_hot = np.zeros_like(x)
    one_hot[np.arange(len(y)), y] = 1
    return -np.sum(one_hot * log_p) / len(y), (np.exp(log_p) - one_hot) / len(y)
"""}),
    V("softmax_reduced", {"softmax_loss": """
from functools import reduce

def softmax_loss(x, y):
    log_z = reduce(np.logaddexp, x.T)
    picked = np.array([row[label] for row, label in zip(x, y)])
    dx = np.exp(x - log_z[:, None]) / len(x)
    dx[list(range(len(x))), list(y)] -= 1 / len(x)
    return float((log_z - picked).mean()), dx
"""}),
    V("softmax_log_sum_exp_helper", {"softmax_loss": """
# %%
def log_sum_exp(s):
    top = np.amax(s, axis=-1, keepdims=True)
    return top + np.log(np.sum(np.exp(s - top), axis=-1, keepdims=True))
# %%
def softmax_loss(x, y):
    # 로그 확률
    log_p = x - log_sum_exp(x)
    loss = -np.take_along_axis(log_p, y[:, None], axis=1).mean()
    return loss, (np.exp(log_p) - np.eye(x.shape[1])[y]) / x.shape[0]
"""}),
    V("softmax_with_scipy_if_there", {"softmax_loss": """
try:
    from scipy.special import logsumexp
except ImportError:
    def logsumexp(a, axis, keepdims):
        m = a.max(axis=axis, keepdims=True)
        return m + np.log(np.exp(a - m).sum(axis=axis, keepdims=keepdims))

def softmax_loss(x, y):
    log_p = x - logsumexp(x, axis=1, keepdims=True)
    dx = np.exp(log_p)
    dx[np.arange(y.size), y] -= 1.0
    return -log_p[np.arange(y.size), y].mean(), dx / y.size
"""}),
    V("softmax_einsum_and_0d", {"softmax_loss": """
def softmax_loss(x, y):
    t = (np.arange(x.shape[1])[None, :] == y[:, None]).astype(x.dtype)
    z = x - x.max(1, keepdims=True)
    lse = np.log(np.einsum("nc->n", np.exp(z)))
    loss = np.asarray(np.einsum("n->", lse) - np.einsum("nc,nc->", z, t)) / x.shape[0]
    return loss, (np.exp(z - lse[:, None]) - t) / x.shape[0]
"""}),
    V("softmax_single_precision", {"softmax_loss": """
def softmax_loss(x, y):
    x = np.float32(x)
    z = x - x.max(axis=1, keepdims=True)
    e = np.exp(z)
    p = e / e.sum(axis=1, keepdims=True)
    n = np.arange(x.shape[0])
    loss = (np.log(e.sum(axis=1)) - z[n, y]).mean()
    p[n, y] -= 1
    return loss, p / np.float32(len(n))
"""}, SINGLE),
    V("softmax_extended_precision", {"softmax_loss": """
def softmax_loss(x, y):
    z = x.astype(np.longdouble)
    z = z - z.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    n = np.arange(x.shape[0])
    loss = np.log(np.exp(z).sum(axis=1)).mean() - z[n, y].mean()
    p[n, y] -= 1
    return loss, p / len(n)
"""}),
    V("softmax_callable_object", {"softmax_loss": """
class SoftmaxLoss:
    def __call__(self, x, y):
        p = self.probabilities(x)
        return self.loss(x, y), (p - self.one_hot(y, x.shape[1])) / len(y)

    @staticmethod
    def one_hot(y, C):
        return np.eye(C)[y.astype(int)]

    def shifted(self, x):
        return x - x.max(axis=1, keepdims=True)

    def probabilities(self, x):
        return np.exp(self.shifted(x)) / np.exp(self.shifted(x)).sum(axis=1, keepdims=True)

    def loss(self, x, y):
        z = self.shifted(x)
        return (np.log(np.exp(z).sum(axis=1)) - (z * self.one_hot(y, x.shape[1])).sum(axis=1)).mean()

softmax_loss = SoftmaxLoss()
"""}),
    V("softmax_differences_to_the_right_class", {"softmax_loss": """
def softmax_loss(x, y):
    N = len(x)
    d = x - x[np.arange(N), y][:, np.newaxis]
    top = d.max(axis=1)
    loss = sum(top + np.log(np.exp(d - top[:, np.newaxis]).sum(axis=1))) / N
    e = np.exp(d - top[:, np.newaxis])
    dx = e / e.sum(axis=1, keepdims=True)
    dx[np.arange(N), y] = 0
    dx[np.arange(N), y] = -dx.sum(axis=1)
    return loss, dx / N
"""}),
    V("softmax_buffers", {"softmax_loss": """
def softmax_loss(x, y):
    buffer = np.subtract(x, np.max(x, axis=1, keepdims=True))
    picked = buffer[np.arange(x.shape[0]), y]
    np.exp(buffer, out=buffer)
    total = buffer.sum(axis=1, keepdims=True)
    np.divide(buffer, total, out=buffer)
    loss = (np.log(total).ravel() - picked).sum() / x.shape[0]
    np.subtract.at(buffer, (np.arange(x.shape[0]), y), 1)
    buffer /= x.shape[0]
    return loss, buffer
"""}),
    V("softmax_remembered_indices", {"softmax_loss": """
from functools import lru_cache

@lru_cache(maxsize=None)
def index_of(count):
    return np.arange(count)

def softmax_loss(x, y, *, temperature=1.0):
    x = x / temperature
    log_p = x - x.max(axis=1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    dx = np.exp(log_p)
    dx[index_of(len(x)), y] -= 1
    return -log_p[index_of(len(x)), y].mean(), dx / (len(x) * temperature)
"""}),

    # TwoLayerNet.__init__
    V("init_normal", {"two_layer_net_init": """
class TwoLayerNet(object):
    def __init__(self, input_dim=3*32*32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.params, self.reg = {}, reg
        self.params['W1'] = np.random.normal(0, weight_scale, (input_dim, hidden_dim))
        self.params['W2'] = np.random.normal(0, weight_scale, (hidden_dim, num_classes))
        self.params['b1'] = np.zeros((hidden_dim,))
        self.params['b2'] = np.zeros((num_classes,))
"""}),
    V("init_second_layer_first", {"two_layer_net_init": """
class TwoLayerNet:
    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.reg = reg
        rng = np.random.default_rng()
        W2 = rng.normal(scale=weight_scale, size=(hidden_dim, num_classes))
        W1 = rng.normal(scale=weight_scale, size=(input_dim, hidden_dim))
        self.params = dict(W2=W2, b2=0.0 * W2[0], W1=W1, b1=0 * W1[0])
"""}),
    V("init_in_a_loop", {"two_layer_net_init": """
class TwoLayerNet:
    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.reg = reg
        dims = [input_dim, hidden_dim, num_classes]
        self.params = {f"W{i + 1}": weight_scale * np.random.RandomState().standard_normal((a, b))
                       for i, (a, b) in enumerate(zip(dims[:-1], dims[1:]))}
        self.params.update({f"b{i + 1}": np.full(n, 0.0) for i, n in enumerate(dims[1:])})
"""}),
    V("init_single_precision", {"two_layer_net_init": """
class TwoLayerNet:
    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0,
                 dtype=np.float32):
        self.params, self.reg = {}, reg
        self.params["W1"] = (weight_scale * np.random.randn(input_dim, hidden_dim)).astype(dtype)
        self.params["b1"] = np.zeros(hidden_dim, dtype=dtype)
        self.params["W2"] = (weight_scale * np.random.randn(hidden_dim, num_classes)).astype(dtype)
        self.params["b2"] = np.zeros(num_classes, dtype=dtype)
"""}),
    V("init_box_muller", {"two_layer_net_init": """
# %%
def gaussian(*shape):
    u, v = np.random.uniform(size=(2, *shape))
    return np.sqrt(-2 * np.log(1 - u)) * np.cos(2 * np.pi * v)
# %%
class TwoLayerNet:
    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.reg = reg
        self.params = {"W1": weight_scale * gaussian(input_dim, hidden_dim), "b1": np.array([0.0] * hidden_dim),
                       "W2": weight_scale * gaussian(hidden_dim, num_classes), "b2": np.array([0.0] * num_classes)}
"""}),
    V("init_standard_library", {"two_layer_net_init": """
import random

class TwoLayerNet:
    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        def matrix(rows, columns):
            return np.array([random.gauss(0.0, weight_scale) for _ in range(rows * columns)]).reshape(rows, columns)
        self.params, self.reg = {}, reg
        for layer, (rows, columns) in enumerate([(input_dim, hidden_dim), (hidden_dim, num_classes)], start=1):
            self.params["W" + str(layer)] = matrix(rows, columns)
            self.params["b" + str(layer)] = np.zeros(columns)
"""}),
    V("init_subclass", {"two_layer_net_init": """
class Net:
    def __init__(self, sizes, scale, reg):
        self.reg = reg
        self.params = {}
        for i in (1, 2):
            self.params[f"W{i}"] = np.random.randn(*sizes[i - 1:i + 1]) * scale
            self.params[f"b{i}"] = np.zeros(sizes[i])

class TwoLayerNet(Net):
    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0, **unused):
        super().__init__((input_dim, hidden_dim, num_classes), weight_scale, reg)
"""}),
    V("init_dataclass", {"two_layer_net_init": """
from dataclasses import dataclass

@dataclass
class TwoLayerNet:
    input_dim: int = 3 * 32 * 32
    hidden_dim: int = 100
    num_classes: int = 10
    weight_scale: float = 1e-3
    reg: float = 0.0

    def __post_init__(self):
        D, H, C = self.input_dim, self.hidden_dim, self.num_classes
        w = np.random.randn(D * H + H * C) * self.weight_scale
        self.params = {"W1": w[:D * H].reshape(D, H), "b1": np.zeros(H), "W2": w[D * H:].reshape(H, C), "b2": np.zeros(C)}
"""}),

    # TwoLayerNet.loss
    V("loss_of_explicit_steps", {"two_layer_net_loss": """
@add_to_class(TwoLayerNet)
def loss(self, X, y=None):
    W1, b1, W2, b2 = self.params['W1'], self.params['b1'], self.params['W2'], self.params['b2']
    N = X.shape[0]
    X_flat = X.reshape(N, -1)
    h = X_flat.dot(W1) + b1
    a = np.maximum(0, h)
    scores = a.dot(W2) + b2
    if y is None:
        return scores
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(N), y]).mean() + 0.5 * self.reg * ((W1 * W1).sum() + (W2 * W2).sum())
    p[np.arange(N), y] -= 1
    p /= N
    da = p.dot(W2.T)
    da[h < 0] = 0
    grads = {}
    grads['W2'] = a.T.dot(p) + self.reg * W2
    grads['b2'] = p.sum(axis=0)
    grads['W1'] = X_flat.T.dot(da) + self.reg * W1
    grads['b1'] = da.sum(axis=0)
    return loss, grads
"""}),
    V("loss_affine_relu_helpers", {"two_layer_net_loss": """
# %%
def affine_relu_forward(x, w, b):
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (fc_cache, relu_cache)

def affine_relu_backward(dout, cache):
    fc_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), fc_cache)
# %%
@add_to_class(TwoLayerNet)
def loss(self, X, y=None):
    p, grads = self.params, {}
    h, cache1 = affine_relu_forward(X, p["W1"], p["b1"])
    scores, cache2 = affine_forward(h, p["W2"], p["b2"])
    if y is not None:
        loss, dscores = softmax_loss(scores, y)
        dh, grads["W2"], grads["b2"] = affine_backward(dscores, cache2)
        _, grads["W1"], grads["b1"] = affine_relu_backward(dh, cache1)
        for name in ("W1", "W2"):
            loss += self.reg / 2 * np.linalg.norm(p[name]) ** 2
            grads[name] = grads[name] + self.reg * p[name]
        return loss, grads
    return scores
"""}),
    V("loss_in_methods", {"two_layer_net_loss": """
@add_to_class(TwoLayerNet)
def forward(self, X):
    names = ["W1", "b1", "W2", "b2"]
    W1, b1, W2, b2 = map(self.params.get, names)
    a, self.cache1 = affine_forward(X, W1, b1)
    h, self.cache2 = relu_forward(a)
    s, self.cache3 = affine_forward(h, W2, b2)
    return s

@add_to_class(TwoLayerNet)
def penalty(self):
    return self.reg * sum(np.vdot(w, w) for k, w in self.params.items() if k.startswith("W")) / 2

@add_to_class(TwoLayerNet)
def loss(self, X, y=None):
    scores = self.forward(X)
    if y is None: return scores
    data, d = softmax_loss(scores, y)
    d, dW2, db2 = affine_backward(d, self.cache3)
    _, dW1, db1 = affine_backward(relu_backward(d, self.cache2), self.cache1)
    return [data + self.penalty(), {"b2": db2, "b1": db1, "W2": dW2 + self.reg * self.params["W2"],
                                    "W1": dW1 + self.reg * self.params["W1"]}]
"""}),
    V("loss_dict_comprehension", {"two_layer_net_loss": """
from collections import OrderedDict

@add_to_class(TwoLayerNet)
def loss(self, X, y=None, return_scores=False):
    hidden, c1 = affine_forward(X, self.params["W1"], self.params["b1"])
    gate, c2 = relu_forward(hidden)
    scores, c3 = affine_forward(gate, self.params["W2"], self.params["b2"])
    if y is None:
        return scores
    loss, ds = softmax_loss(scores, y)
    dgate, dW2, db2 = affine_backward(ds, c3)
    _, dW1, db1 = affine_backward(relu_backward(dgate, c2), c1)
    data = OrderedDict(W1=dW1, b1=db1, W2=dW2, b2=db2)
    decay = {name: self.reg if "W" in name else 0.0 for name in data}
    grads = {name: data[name] + decay[name] * self.params[name] for name in data}
    grads["scores"] = ds
    return np.array(loss + 0.5 * sum(decay[name] * np.sum(self.params[name] ** 2) for name in data)), grads
"""}),
    V("loss_single_precision", {"two_layer_net_loss": """
@add_to_class(TwoLayerNet)
def loss(self, X, y=None):
    f = np.float32
    W1, b1, W2, b2 = (self.params[k].astype(f) for k in ("W1", "b1", "W2", "b2"))
    X = X.reshape(len(X), -1).astype(f)
    z = X @ W1 + b1
    h = np.maximum(z, f(0))
    s = h @ W2 + b2
    if y is None:
        return s
    e = np.exp(s - s.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    n = np.arange(len(X))
    loss = -np.log(p[n, y]).mean() + f(0.5 * self.reg) * (np.square(W1).sum() + np.square(W2).sum())
    p[n, y] -= 1
    p /= f(len(n))
    dz = (p @ W2.T) * (z > 0)
    return loss, {"W1": X.T @ dz + f(self.reg) * W1, "b1": dz.sum(0), "W2": h.T @ p + f(self.reg) * W2, "b2": p.sum(0)}
"""}, SINGLE),
    V("loss_list_of_layers", {"two_layer_net_loss": """
@add_to_class(TwoLayerNet)
def loss(self, X, y=None):
    out, caches = X, []
    steps = [lambda a: affine_forward(a, self.params["W1"], self.params["b1"]), relu_forward,
             lambda a: affine_forward(a, self.params["W2"], self.params["b2"])]
    for step in steps:
        out, cache = step(out)
        caches.append(cache)
    if y is None:
        return out
    loss, dout = softmax_loss(out, y)
    grads = {}
    dout, grads["W2"], grads["b2"] = affine_backward(dout, caches.pop())
    dout = relu_backward(dout, caches.pop())
    dout, grads["W1"], grads["b1"] = affine_backward(dout, caches.pop())
    for k in [k for k in self.params if k[0] == "W"]:
        loss = loss + 0.5 * self.reg * np.trace(self.params[k].T @ self.params[k])
        grads[k] += self.reg * self.params[k]
    return loss, grads
"""}),
    V("loss_by_example", {"two_layer_net_loss": """
@add_to_class(TwoLayerNet)
def loss(self, X, y=None):
    W1, b1, W2, b2 = [self.params[k] for k in "W1 b1 W2 b2".split()]
    if y is None:
        return np.array([np.maximum(0, x.flatten() @ W1 + b1) @ W2 + b2 for x in X])
    grads = {k: self.reg * v if k in ("W1", "W2") else np.zeros(v.shape) for k, v in self.params.items()}
    total = 0.0
    for x, label in zip(X, y):
        x = x.flatten()
        h = np.maximum(0, x @ W1 + b1)
        s = h @ W2 + b2
        s = s - s.max()
        total += np.log(np.exp(s).sum()) - s[label]
        ds = np.exp(s) / np.exp(s).sum()
        ds[label] -= 1
        ds = ds / len(X)
        dh = W2 @ ds * (h > 0)
        grads["W2"] += np.outer(h, ds)
        grads["b2"] += ds
        grads["W1"] += np.outer(x, dh)
        grads["b1"] += dh
    return total / len(X) + 0.5 * self.reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2)), grads
"""}),
    V("loss_assigned_to_the_class", {"two_layer_net_loss": """
def _loss(net, X, y=None):
    P = net.params
    (z, c1) = affine_forward(X, P["W1"], P["b1"])
    (a, c2) = relu_forward(z)
    (s, c3) = affine_forward(a, P["W2"], P["b2"])
    if y is None:
        return s
    value, g = softmax_loss(s, y)
    g, gW2, gb2 = affine_backward(g, c3)
    _, gW1, gb1 = affine_backward(relu_backward(g, c2), c1)
    weights = np.concatenate([P["W1"].ravel(), P["W2"].ravel()])
    return value + net.reg / 2 * weights.dot(weights), dict(W1=gW1 + net.reg * P["W1"], b1=gb1,
                                                          W2=net.reg * P["W2"] + gW2, b2=gb2)

TwoLayerNet.loss = _loss
"""}),

    # The whole class, and more, in one cell
    V("class_in_one_cell", {"two_layer_net_init": """
class TwoLayerNet(object):
    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.params = {}
        self.reg = reg
        self.params["W1"] = weight_scale * np.random.randn(input_dim, hidden_dim)
        self.params["b1"] = np.zeros(hidden_dim)
        self.params["W2"] = weight_scale * np.random.randn(hidden_dim, num_classes)
        self.params["b2"] = np.zeros(num_classes)

    def loss(self, X, y=None):
        hidden, hidden_cache = self._hidden(X)
        scores, scores_cache = affine_forward(hidden, self.params["W2"], self.params["b2"])
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * sum(np.sum(self.params[w] * self.params[w]) for w in ("W1", "W2"))
        dhidden, dW2, db2 = affine_backward(dscores, scores_cache)
        _, dW1, db1 = affine_backward(relu_backward(dhidden, hidden_cache[1]), hidden_cache[0])
        dW1 += self.reg * self.params["W1"]
        dW2 += self.reg * self.params["W2"]
        return loss, {"W1": dW1, "W2": dW2, "b1": db1, "b2": db2}

    def _hidden(self, X):
        a, c1 = affine_forward(X, self.params["W1"], self.params["b1"])
        h, c2 = relu_forward(a)
        return h, (c1, c2)
""", "two_layer_net_loss": ""}),
    V("class_in_one_cell_the_other_as_handed_out", {"two_layer_net_init": """
class TwoLayerNet:
    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        shapes = {"W1": (input_dim, hidden_dim), "W2": (hidden_dim, num_classes), "b1": hidden_dim, "b2": num_classes}
        self.params = {k: weight_scale * np.random.randn(*s) if k[0] == "W" else np.zeros(s) for k, s in shapes.items()}
        self.reg = reg

    def loss(self, X, y=None):
        W1, W2, b1, b2 = self.params.values() if list(self.params) == ["W1", "W2", "b1", "b2"] else (
            self.params["W1"], self.params["W2"], self.params["b1"], self.params["b2"])
        x = np.reshape(X, (X.shape[0], -1))
        h = np.maximum(x @ W1 + b1, 0)
        s = h @ W2 + b2
        if y is None:
            return s
        log_p = s - np.logaddexp.reduce(s, axis=1)[:, None]
        t = np.eye(s.shape[1])[y]
        d = (np.exp(log_p) - t) / len(x)
        dh = (d @ W2.T) * np.sign(h)
        grads = {"W1": x.T @ dh, "b1": dh.sum(0), "W2": h.T @ d, "b2": d.sum(0)}
        loss = -(t * log_p).sum() / len(x)
        for k in ("W1", "W2"):
            loss += self.reg * (self.params[k] ** 2).sum() / 2
            grads[k] += self.reg * self.params[k]
        return loss, grads
""", "two_layer_net_loss": None}),
    V("everything_in_the_first_cell", {"affine_forward": """
flat = lambda x: x.reshape(x.shape[0], -1)

def affine_forward(x, w, b):
    return flat(x) @ w + b, (x, w)

def affine_backward(dout, cache):
    return (dout @ cache[1].T).reshape(cache[0].shape), flat(cache[0]).T @ dout, dout.sum(axis=0)

def relu_forward(x):
    return (x > 0) * x, (x > 0)

def relu_backward(dout, cache):
    return dout * cache

def softmax_loss(x, y):
    log_p = x - np.logaddexp.reduce(x, axis=1, keepdims=True)
    t = np.eye(x.shape[1])[y]
    return -(t * log_p).sum() / len(x), (np.exp(log_p) - t) / len(x)

def svm_loss(x, y):
    t = np.eye(x.shape[1])[y]
    m = np.maximum(0, x - (t * x).sum(axis=1, keepdims=True) + 1 - t)
    v = (m > 0) * (1 - t)
    return (m * (1 - t)).sum() / len(x), (v - t * v.sum(axis=1, keepdims=True)) / len(x)
""", "affine_backward": "", "relu_forward": "", "relu_backward": "# oben", "svm_loss": "pass", "softmax_loss": None}),

    V("softmax_epsilon_in_the_denominator", {"softmax_loss": """
def softmax_loss(x, y):
    N = x.shape[0]
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    p = e / (np.sum(e, axis=1, keepdims=True) + 1e-7)
    with np.errstate(divide="ignore"):
        loss = -np.sum(np.log(p[np.arange(N), y])) / N
    dx = p.copy()
    dx[np.arange(N), y] -= 1
    return loss, dx / N
"""}),
]
