"""A class of sample hand-ins, written by us: right answers in many styles, known bugs, and accidents.

`autograder demo` grades them as a demonstration, the tests as a proof: each sample says which points it deserves.
"""

from __future__ import annotations

import copy
from pathlib import Path

import nbformat
import numpy as np
from nbformat import NotebookNode

from autograder.authoring.hand_in import filled_in, write_notebook
from autograder.authoring.notebook import grade_id_of, read_notebook
from autograder.course import Course
from autograder.demo.sample import Notebooks, Sample, answer, cell_of, swap
from autograder.grading.reference import Reference
from autograder.sandbox.proxy import run_probe
from cs231n_utils.data import get_cifar10_data
from cs231n_utils.training import save_params

ASSIGNMENT = "two_layer_net"

# One trained network serves both notebooks.
NETS = ("layers_best_net.npz", "two_layer_net_best_net.npz")


def _loops(notebooks: Notebooks) -> None:
    answer(notebooks, "layers", "affine_forward_code", """
def affine_forward(x, w, b):
    N, M = x.shape[0], w.shape[1]
    out = np.zeros((N, M))
    for i in range(N):
        pixels = x[i].ravel()
        for j in range(M):
            total = b[j]
            for k in range(len(pixels)):
                total += pixels[k] * w[k, j]
            out[i, j] = total
    return out, (x, w, b)
""")
    answer(notebooks, "layers", "affine_backward_code", """
def affine_backward(dout, cache):
    x, w, b = cache
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(b.shape)
    for i in range(x.shape[0]):
        pixels = x[i].ravel()
        row = dx[i].reshape(-1)
        for j in range(w.shape[1]):
            db[j] += dout[i, j]
            for k in range(w.shape[0]):
                row[k] += dout[i, j] * w[k, j]
                dw[k, j] += dout[i, j] * pixels[k]
        dx[i] = row.reshape(x[i].shape)
    return dx, dw, db
""")
    answer(notebooks, "layers", "svm_loss_code", """
def svm_loss(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for i in range(N):
        for j in range(C):
            if j == y[i]:
                continue
            margin = x[i, j] - x[i, y[i]] + 1.0
            if margin > 0:
                loss += margin / N
                dx[i, j] += 1.0 / N
                dx[i, y[i]] -= 1.0 / N
    return loss, dx
""")
    answer(notebooks, "layers", "softmax_loss_code", """
def softmax_loss(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for i in range(N):
        top = max(x[i])
        total = sum(np.exp(s - top) for s in x[i])
        loss += (np.log(total) + top - x[i, y[i]]) / N
        for j in range(C):
            dx[i, j] = np.exp(x[i, j] - top) / total / N
        dx[i, y[i]] -= 1 / N
    return loss, dx
""")


def _einsum(notebooks: Notebooks) -> None:
    answer(notebooks, "layers", "affine_forward_code", """
def affine_forward(x, w, b):
    flat = np.reshape(x, (len(x), -1))
    return np.einsum("nd,dm->nm", flat, w) + b[None, :], (x, w, b)
""")
    answer(notebooks, "layers", "affine_backward_code", """
def affine_backward(dout, cache):
    x, w, b = cache
    flat = np.reshape(x, (len(x), -1))
    dx = np.einsum("nm,dm->nd", dout, w).reshape(x.shape)
    return [dx, np.einsum("nd,nm->dm", flat, dout), np.einsum("nm->m", dout)]
""")
    swap(notebooks, "two_layer_net", "two_layer_net_loss_code",
         ("np.maximum(0, X @ W1 + b1)", 'np.clip(np.einsum("nd,dh->nh", X, W1) + b1, 0, None)'),
         ("hidden.T @ dscores + 2 * reg * W2", 'np.einsum("nh,nc->hc", hidden, dscores) + 2 * reg * W2'))


def _float32(notebooks: Notebooks) -> None:
    swap(notebooks, "layers", "affine_forward_code", ("rows @ w + b", "(rows @ w + b).astype(np.float32)"))
    swap(notebooks, "layers", "softmax_loss_code",
         ("    return loss, dx", "    return np.float32(loss), dx.astype(np.float32)"))
    swap(notebooks, "two_layer_net", "two_layer_net_loss_code",
         ("hidden = np.maximum(0, X @ W1 + b1)", "hidden = np.maximum(0, X @ W1 + b1).astype(np.float32)"),
         ("scores = hidden @ W2 + b2", "scores = (hidden @ W2 + b2).astype(np.float32)"))


def _peeking(notebooks: Notebooks) -> None:
    swap(notebooks, "two_layer_net", "tuning_code", ("net.predict(X_val) == y_val", "net.predict(X_test) == y_test"))


def _helper(notebooks: Notebooks) -> None:
    """A helper in a cell of its own, under a name that nobody expects."""
    nb = notebooks["layers"]
    where = nb.cells.index(cell_of(notebooks, "layers", "softmax_loss_code"))
    helper = nbformat.v4.new_code_cell(
        "def log_probabilities(s):\n    top = np.max(s, axis=1, keepdims=True)\n"
        "    return s - top - np.log(np.sum(np.exp(s - top), axis=1, keepdims=True))")
    helper.id = "my-helper"
    nb.cells.insert(where, helper)
    answer(notebooks, "layers", "softmax_loss_code", """
def softmax_loss(scores, labels, verbose=False):
    log_p = log_probabilities(scores)
    one_hot = np.zeros_like(log_p)
    one_hot[range(len(labels)), labels] = 1.0
    if verbose:
        print(log_p)
    return -(one_hot * log_p).sum() / len(labels), (np.exp(log_p) - one_hot) / len(labels)
""")


_WHOLE_CLASS = '''
class TwoLayerNet(object):

    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {}
        self.params['W1'] = std * np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = std * np.random.randn(hidden_size, output_size)
        self.params['b2'] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        p = self.params
        z = X.dot(p['W1']) + p['b1']
        a = z * (z > 0)
        scores = a.dot(p['W2']) + p['b2']
        if y is None:
            return scores
        n = len(X)
        e = np.exp(scores - np.amax(scores, axis=1)[:, None])
        probs = e / e.sum(1)[:, None]
        picked = scores[np.arange(n), y] - np.amax(scores, axis=1)
        loss = np.mean(np.log(e.sum(1)) - picked)
        loss += reg * sum(np.square(p[k]).sum() for k in ('W1', 'W2'))
        probs[np.arange(n), y] -= 1
        probs /= n
        back = probs.dot(p['W2'].T)
        back[z <= 0] = 0
        return loss, {'b2': probs.sum(0), 'W2': a.T.dot(probs) + 2 * reg * p['W2'],
                      'b1': back.sum(0), 'W1': X.T.dot(back) + 2 * reg * p['W1']}

    def train(self, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95, reg=5e-6,
              num_iters=100, batch_size=200, verbose=False):
        epoch = max(X.shape[0] // batch_size, 1)
        history = dict(loss_history=[], train_acc_history=[], val_acc_history=[])
        for it in range(num_iters):
            rows = np.random.randint(X.shape[0], size=batch_size)
            loss, grads = self.loss(X[rows], y[rows], reg)
            history['loss_history'].append(loss)
            for k, g in grads.items():
                self.params[k] = self.params[k] - learning_rate * g
            if it % epoch == 0:
                history['train_acc_history'].append(np.mean(self.predict(X[rows]) == y[rows]))
                history['val_acc_history'].append(np.mean(self.predict(X_val) == y_val))
                learning_rate = learning_rate * learning_rate_decay
        return history

    def predict(self, X):
        return np.argmax(self.loss(X), axis=1)
'''


def _whole_class(notebooks: Notebooks) -> None:
    """The class pasted whole into the first TODO cell; the cells of its methods stay as handed out."""
    released = read_released("two_layer_net")
    for grade_id in ("predict_code", "train_code"):
        answer(notebooks, "two_layer_net", grade_id, cell_of({"x": released}, "x", grade_id).source)
    answer(notebooks, "two_layer_net", "two_layer_net_loss_code", _WHOLE_CLASS)


def _noisy(notebooks: Notebooks) -> None:
    """Prints, a progress bar and a warning on stderr: untidy, and right."""
    swap(notebooks, "layers", "relu_forward_code",
         ("    out = np.maximum(0, x)", "    import sys, warnings\n    warnings.warn('relu was called')\n"
          "    print('|#####     | 50%', file=sys.stderr)\n    out = np.maximum(0, x)"))


# The bugs of the seeds: each was found in a public solution

def _factor_two(notebooks: Notebooks) -> None:
    swap(notebooks, "two_layer_net", "two_layer_net_loss_code",
         ("+ 2 * reg * W2", "+ reg * W2"), ("+ 2 * reg * W1", "+ reg * W1"))


def _epsilon(notebooks: Notebooks) -> None:
    swap(notebooks, "layers", "softmax_loss_code",
         ("loss = -log_p[examples, y].sum() / N", "loss = -np.sum(np.log(np.exp(log_p)[examples, y] + 1e-7)) / N"))


def _no_max_shift(notebooks: Notebooks) -> None:
    swap(notebooks, "two_layer_net", "two_layer_net_loss_code",
         ("shifted = scores - scores.max(axis=1, keepdims=True)",
          "probs = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)"),
         ("log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))", "log_p = np.log(probs)"))


def _log10(notebooks: Notebooks) -> None:
    swap(notebooks, "layers", "softmax_loss_code",
         ("loss = -log_p[examples, y].sum() / N", "loss = -np.log10(np.exp(log_p[examples, y])).mean()"))


def _shifted_softmax(notebooks: Notebooks) -> None:
    """Probabilities first, then their logarithm, as in most textbooks, and right."""
    answer(notebooks, "layers", "softmax_loss_code", """
def softmax_loss(x, y):
    probs = np.exp(x - np.max(x, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    N = x.shape[0]
    loss = -np.sum(np.log(probs[np.arange(N), y])) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx
""")


def _both(notebooks: Notebooks) -> None:
    """A published solution has these two at once."""
    _factor_two(notebooks)
    _no_max_shift(notebooks)


def _two_bugs(notebooks: Notebooks) -> None:
    swap(notebooks, "layers", "affine_backward_code", ("dout.sum(axis=0)", "np.sum(dout, axis=0, keepdims=True)"))
    swap(notebooks, "two_layer_net", "train_code", ("for name in self.params:", "for name in ['W1', 'W2']:"))


# Accidents

def _endless(notebooks: Notebooks) -> None:
    swap(notebooks, "two_layer_net", "predict_code",
         ("    y_pred = self.loss(X).argmax(axis=1)",
          "    y_pred, i = np.zeros(len(X), dtype=int), 0\n    while i < len(X):\n"
          "        y_pred[i] = np.argmax(self.loss(X[i:i + 1]))"))


def _unwritten(notebooks: Notebooks) -> None:
    for name in list(notebooks):
        notebooks[name] = read_released(name)


def _half_done(notebooks: Notebooks) -> None:
    released = read_released("two_layer_net")
    for cell in released.cells:
        grade_id = grade_id_of(cell)
        if grade_id in ("predict_code", "train_code", "inline_question_code"):
            answer(notebooks, "two_layer_net", grade_id, cell.source)


def _break_json(folder: Path) -> None:
    path = folder / "layers.ipynb"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[:len(text) // 2], encoding="utf-8")


_ALL_LAYERS = {f"layers.{cell}": points for cell, points in {
    "affine_forward": 2, "affine_backward": 3, "relu_forward": 1, "relu_backward": 1, "inline_question_1": 1,
    "svm_loss": 2, "softmax_loss": 3, "two_layer_net_init": 1, "two_layer_net_loss": 4, "best_net": 3,
    "inline_question_2": 1}.items()}
_ALL_CLASSIC = {f"two_layer_net.{cell}": points for cell, points in {
    "two_layer_net_scores": 2, "two_layer_net_loss": 2, "two_layer_net_gradients": 4, "train": 4, "predict": 1,
    "best_net": 3, "inline_question": 1}.items()}
_NETS_LOST = {"layers.best_net": 3.0, "two_layer_net.best_net": 3.0}

SAMPLES = [
    Sample("reference", "the solution itself"),
    Sample("starter", "nothing written", _ALL_LAYERS | _ALL_CLASSIC, _unwritten, net="none"),
    Sample("loops", "right, with loops over everything", edit=_loops),
    Sample("einsum", "right, with einsum, clip and lists for tuples", edit=_einsum),
    Sample("float32", "right, in single precision", edit=_float32),
    Sample("helper", "right, with a helper function and other argument names", edit=_helper),
    Sample("shifted-softmax", "right, the logarithm taken of probabilities", edit=_shifted_softmax),
    Sample("whole-class", "right, the class pasted into one cell", edit=_whole_class),
    Sample("noisy", "right, with warnings and a progress bar on stderr", edit=_noisy),
    Sample("factor-two", "gradient reg·W for the penalty reg·ΣW²",
           {"two_layer_net.two_layer_net_gradients": 2}, _factor_two,
           named=("penalty_gradient_without_2",)),
    Sample("epsilon", "an epsilon inside the logarithm", {"layers.softmax_loss": 1}, _epsilon,
           named=("epsilon_in_the_log_1e-7",)),
    Sample("no-max-shift", "exp of raw scores", {"two_layer_net.two_layer_net_loss": 0.5}, _no_max_shift,
           named=("no_max_shift",)),
    Sample("two-in-one", "both of these in one method",
           {"two_layer_net.two_layer_net_gradients": 2, "two_layer_net.two_layer_net_loss": 0.5}, _both, named=("penalty_gradient_without_2", "no_max_shift")),
    Sample("log10", "log10 for the natural logarithm",
           {"layers.softmax_loss": 2}, _log10, named=("log10",)),
    Sample("two-bugs", "db of shape (1, M) in one notebook, biases never updated in the other",
           {"layers.affine_backward": 1, "two_layer_net.train": 1.5}, _two_bugs,
           named=("db_keeps_its_row", "biases_not_updated")),
    Sample("peeking", "right, but tuned on the test set", edit=_peeking),
    Sample("diverged", "right, but the saved nets are NaN", dict(_NETS_LOST), net="diverged"),
    Sample("half-done", "train and predict not written",
           {"two_layer_net.train": 4, "two_layer_net.predict": 1, "two_layer_net.inline_question": 1}, _half_done),
    Sample("endless-loop", "predict never ends", {"two_layer_net.predict": 1}, _endless),
    Sample("broken-file", "layers.ipynb is cut off", dict(_ALL_LAYERS), finish=_break_json, failed=True),
    Sample("missing-notebook", "two_layer_net.ipynb was not handed in", dict(_ALL_CLASSIC),
           finish=lambda folder: (folder / "two_layer_net.ipynb").unlink(), failed=True),
]


_released: dict[str, NotebookNode] = {}


def read_released(name: str) -> NotebookNode:
    """A fresh copy of a released notebook of the class being made."""
    return copy.deepcopy(_released[name])


def make_class(course: Course, samples: list[Sample], net: dict[str, np.ndarray], source: str) -> None:
    """Write the samples' hand-ins to submitted/.

    Parameters
    ----------
    net : dict of str to ndarray
        Trained parameters of a two-layer network.
    source : str
        The data they were trained on.
    """
    names = course.notebooks(ASSIGNMENT)
    _released.update({name: read_notebook(course.released / ASSIGNMENT / f"{name}.ipynb") for name in names})
    solutions = {name: read_notebook(course.solutions / ASSIGNMENT / f"{name}.ipynb") for name in names}
    for sample in samples:
        notebooks = {name: filled_in(_released[name], solutions[name]) for name in names}
        sample.edit(notebooks)
        folder = course.submitted / sample.student / ASSIGNMENT
        for name, notebook in notebooks.items():
            write_notebook(folder / f"{name}.ipynb", notebook)
        if sample.net != "none":
            params = net if sample.net == "tuned" else {key: np.full_like(value, np.nan) for key, value in net.items()}
            for file in NETS:
                save_params(folder / file, params, data=source)
        sample.finish(folder)


def train_net(course: Course, iterations: int = 1500) -> tuple[dict[str, np.ndarray], str]:
    """Parameters of a classic network, trained by the reference's own code, and the data in use."""
    reference = Reference(course.solutions / ASSIGNMENT / "two_layer_net.ipynb")
    data = get_cifar10_data()

    def probe(code):
        code.seed(0)
        net = code.TwoLayerNet(3072, 50, 10)
        net.train(data["X_train"], data["y_train"], data["X_val"], data["y_val"], num_iters=iterations,
                  batch_size=200, learning_rate=1e-3, learning_rate_decay=0.95, reg=0.25)
        return net.params
    outcome = run_probe(probe, reference.host)
    return {name: value.astype(np.float32) for name, value in outcome.value.items()}, data["source"]

