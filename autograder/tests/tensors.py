"""The functions of training_study as Michigan's EECS 498 has them: written for PyTorch's tensors.

`FIRST` and `SECOND` hold what stands in the TODO cells of the two notebooks. With `with_stand_in`, a hand-in brings a
module `torch` of its own, for computers without PyTorch: see `cs231n_utils.tests.stand_in_for_torch`.
"""

from __future__ import annotations

import inspect

from cs231n_utils.tests import stand_in_for_torch

FORWARD = """
import torch

from cs231n_utils.training import takes_tensors


@takes_tensors
def nn_forward_pass(params, X):
    hidden = (X.mm(params["W1"]) + params["b1"]).clamp(min=0)
    scores = hidden.mm(params["W2"]) + params["b2"]
    return scores, hidden
"""

FORWARD_BACKWARD = """
@takes_tensors
def nn_forward_backward(params, X, y=None, reg=0.0):
    W1, W2 = params["W1"], params["W2"]
    N, D = X.shape
    scores, h1 = nn_forward_pass(params, X)
    if y is None:
        return scores

    shifted = scores - scores.max(dim=1, keepdim=True)[0]
    log_p = shifted - shifted.exp().sum(dim=1, keepdim=True).log()
    rows = torch.arange(N)
    loss = -log_p[rows, y].mean() + reg * (torch.sum(W1 * W1) + torch.sum(W2 * W2))

    dscores = log_p.exp()
    dscores[rows, y] -= 1
    dscores /= N
    grads = {"W2": h1.t().mm(dscores) + 2 * reg * W2, "b2": dscores.sum(dim=0)}
    dh1 = dscores.mm(W2.t())
    dh1[h1 <= 0] = 0
    grads["W1"] = X.t().mm(dh1) + 2 * reg * W1
    grads["b1"] = dh1.sum(dim=0)
    return loss, grads
"""

PREDICT = """
@takes_tensors
def nn_predict(params, loss_func, X):
    scores = loss_func(params, X)
    return scores.max(dim=1)[1]
"""

TRAIN = """
def sample_batch(X, y, num_train, batch_size):
    chosen = torch.randint(num_train, (batch_size,))
    return X[chosen], y[chosen]


@takes_tensors
def nn_train(params, loss_func, pred_func, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95,
             reg=5e-6, num_iters=100, batch_size=200, verbose=False):
    num_train = X.shape[0]
    iterations_per_epoch = max(num_train // batch_size, 1)
    loss_history, train_acc_history, val_acc_history = [], [], []

    for it in range(num_iters):
        X_batch, y_batch = sample_batch(X, y, num_train, batch_size)
        loss, grads = loss_func(params, X_batch, y=y_batch, reg=reg)
        loss_history.append(loss.item())

        for name in params:
            params[name] -= learning_rate * grads[name]

        if it % iterations_per_epoch == 0:
            y_train_pred = pred_func(params, loss_func, X_batch)
            train_acc_history.append((y_train_pred == y_batch).double().mean().item())
            y_val_pred = pred_func(params, loss_func, X_val)
            val_acc_history.append((y_val_pred == y_val).double().mean().item())
            learning_rate *= learning_rate_decay

    return {
        "loss_history": loss_history,
        "train_acc_history": train_acc_history,
        "val_acc_history": val_acc_history,
    }
"""

PARAMS = """
def nn_get_search_params():
    return [0.3, 1.0], [64, 128], [1e-5, 1e-3], [0.9, 0.95]
"""

SEARCH = """
@takes_tensors
def find_best_net(data_dict, get_param_set_fn, num_iters=300, batch_size=200):
    best_net, best_stat, best_val_acc = None, None, 0.0
    X_train, y_train, X_val, y_val = (data_dict[name] for name in ("X_train", "y_train", "X_val", "y_val"))
    rates, sizes, regs, decays = get_param_set_fn()
    for lr in rates:
        for hs in sizes:
            for reg in regs:
                for decay in decays:
                    net = TwoLayerNet(X_train.shape[1], hs, 10, device=X_train.device, dtype=X_train.dtype)
                    stats = net.train(X_train, y_train, X_val, y_val, num_iters=num_iters, batch_size=batch_size,
                                      learning_rate=lr, learning_rate_decay=decay, reg=reg, verbose=False)
                    acc = (net.predict(X_val) == y_val).double().mean().item()
                    if acc > best_val_acc:
                        best_net, best_stat, best_val_acc = net, stats, acc
    return best_net, best_stat, best_val_acc
"""

FIRST = {"nn_forward_pass": FORWARD, "nn_forward_backward": FORWARD_BACKWARD, "nn_predict": PREDICT, "nn_train": TRAIN}
SECOND = {
    "bring_your_functions": FORWARD
    + FORWARD_BACKWARD
    + PREDICT
    + TRAIN
    + """

def accuracy(y_pred, y):
    return float((y_pred == y).sum()) / len(y)
""",
    "nn_get_search_params": PARAMS,
    "find_best_net": SEARCH,
}


def with_stand_in(cells: dict[str, str]) -> dict[str, str]:
    """The same cells, with one before the first in which `torch` is made."""
    first = next(iter(cells))
    return {**cells, first: f"# %%\n{MADE}\n# %%\n{cells[first]}"}


MADE = f"""
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

sys.modules["torch"] = ModuleType("torch")
sys.modules["torch"].__spec__ = ModuleSpec("torch", None)
exec({inspect.getsource(stand_in_for_torch)!r}, vars(sys.modules["torch"]))
"""
