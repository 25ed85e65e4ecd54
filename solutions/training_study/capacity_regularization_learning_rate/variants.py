"""Right answers to capacity_regularization_learning_rate.ipynb that look different from the solution."""

from autograder.authoring.variant import Variant as V

# What the variants of the training loop share.
_TRAIN = """
def accuracy(y_pred, y):
    return float((y_pred == y).sum()) / len(y)

def nn_train(params, loss_func, pred_func, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95,
             reg=5e-6, num_iters=100, batch_size=200, verbose=False):
    num_train = X.shape[0]
    iterations_per_epoch = max(num_train // batch_size, 1)
    loss_history, train_acc_history, val_acc_history = [], [], []
    {before}
    for it in range(num_iters):
        {batch}
        loss, grads = loss_func(params, X_batch, y=y_batch, reg=reg)
        loss_history.append(loss)
        {step}
        if it % iterations_per_epoch == 0:
            train_acc_history.append(accuracy(pred_func(params, loss_func, X_batch), y_batch))
            val_acc_history.append(accuracy(pred_func(params, loss_func, X_val), y_val))
            learning_rate *= learning_rate_decay
    return {{"loss_history": loss_history, "train_acc_history": train_acc_history, "val_acc_history": val_acc_history}}
"""
_BATCH = "chosen = np.random.choice(num_train, batch_size); X_batch, y_batch = X[chosen], y[chosen]"
_STEP = "for name in params: params[name] -= learning_rate * grads[name]"


def _train(name: str, batch: str = _BATCH, step: str = _STEP, before: str = "") -> V:
    return V(name, {"nn_train": _TRAIN.format(before=before, batch=batch, step=step)})


# What the notebook says about them.
SINGLE = "in float32 a check here may say ✗ for want of digits, which costs nothing"

CORPUS = [
    V("forward_maximum", {"nn_forward_pass": """
def nn_forward_pass(params, X):
    hidden = np.maximum(0, X.dot(params["W1"]) + params["b1"])
    scores = hidden.dot(params["W2"]) + params["b2"]
    return scores, hidden
"""}),
    V("forward_in_loops", {"nn_forward_pass": """
def nn_forward_pass(params, X):
    W1, b1, W2, b2 = params["W1"], params["b1"], params["W2"], params["b2"]
    hidden, scores = np.zeros((len(X), len(b1))), np.zeros((len(X), len(b2)))
    for n in range(len(X)):
        for j in range(len(b1)):
            hidden[n, j] = max(0.0, sum(X[n, d] * W1[d, j] for d in range(len(W1))) + b1[j])
        for c in range(len(b2)):
            scores[n, c] = sum(hidden[n, j] * W2[j, c] for j in range(len(b1))) + b2[c]
    return scores, hidden
"""}),
    V("forward_by_a_mask", {"nn_forward_pass": """
def nn_forward_pass(params, X):
    h = X @ params["W1"] + params["b1"]
    h = h * (h > 0)
    return [h @ params["W2"] + params["b2"], h]
"""}),
    V("forward_einsum_and_where", {"nn_forward_pass": """
# %% [markdown]
Erst die erste Schicht, dann die zweite.
# %%
def layer(x, W, b):
    return np.einsum("nd,dm->nm", x, W) + b
# %%
def nn_forward_pass(params, X):
    before = layer(X, params["W1"], params["b1"])
    hidden = np.where(before > 0, before, 0)
    return layer(hidden, params["W2"], params["b2"]), hidden
"""}),
    V("forward_in_place", {"nn_forward_pass": """
def nn_forward_pass(params, X):
    hidden = X @ params["W1"]
    hidden += params["b1"]
    hidden[hidden < 0] = 0
    return hidden @ params["W2"] + params["b2"], hidden
"""}),
    V("forward_single_precision", {"nn_forward_pass": """
def nn_forward_pass(params, X):
    W1, b1, W2, b2 = (params[name].astype(np.float32) for name in ("W1", "b1", "W2", "b2"))
    hidden = (X.astype(np.float32) @ W1 + b1).clip(min=0)
    return hidden @ W2 + b2, hidden
"""}, SINGLE),

    V("both_in_loops", {"nn_forward_backward": """
def nn_forward_backward(params, X, y=None, reg=0.0):
    W1, W2 = params["W1"], params["W2"]
    s, h = nn_forward_pass(params, X)
    if y is None:
        return s
    N, C = s.shape
    loss, grads = 0.0, {name: np.zeros(value.shape) for name, value in params.items()}
    for n in range(N):
        e = np.exp(s[n] - max(s[n]))
        loss += (np.log(e.sum()) + max(s[n]) - s[n, y[n]]) / N
        for c in range(C):
            g = (e[c] / e.sum() - (c == y[n])) / N
            grads["b2"][c] += g
            for j in range(h.shape[1]):
                grads["W2"][j, c] += h[n, j] * g
                if h[n, j] > 0:
                    grads["b1"][j] += W2[j, c] * g
                    grads["W1"][:, j] += X[n] * W2[j, c] * g
    for name in ("W1", "W2"):
        for index, value in np.ndenumerate(params[name]):
            loss += reg * value * value
            grads[name][index] += 2 * reg * value
    return loss, grads
"""}),
    V("both_probabilities_first", {"nn_forward_backward": """
def nn_forward_backward(params, X, y=None, reg=0.0):
    W1, b1 = params['W1'], params['b1']
    W2, b2 = params['W2'], params['b2']
    N, D = X.shape
    scores, h1 = nn_forward_pass(params, X)
    if y is None:
        return scores
    exp_scores = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    loss = np.sum(-np.log(probs[range(N), y])) / N
    loss += reg * np.sum(W1 * W1) + reg * np.sum(W2 * W2)
    grads = {}
    dscores = probs
    dscores[range(N), y] -= 1
    dscores /= N
    grads['W2'] = np.dot(h1.T, dscores)
    grads['b2'] = np.sum(dscores, axis=0)
    dhidden = np.dot(dscores, W2.T)
    dhidden[h1 <= 0] = 0
    grads['W1'] = np.dot(X.T, dhidden)
    grads['b1'] = np.sum(dhidden, axis=0)
    grads['W2'] += 2 * reg * W2
    grads['W1'] += 2 * reg * W1
    return loss, grads
"""}),
    V("both_einsum_one_hot", {"nn_forward_backward": """
def nn_forward_backward(params, X, y=None, reg=0.0):
    scores, hidden = nn_forward_pass(params, X)
    if y is None:
        return scores
    W1, W2 = params["W1"], params["W2"]
    log_p = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    t = np.eye(scores.shape[1])[y]
    g = (np.exp(log_p) - t) / len(X)
    dz = np.einsum("nc,hc,nh->nh", g, W2, (hidden > 0).astype(float))
    return (-np.einsum("nc,nc->", t, log_p) / len(X) + reg * (np.einsum("dh,dh->", W1, W1) + np.einsum("hc,hc->", W2, W2)),
            {"W1": np.einsum("nd,nh->dh", X, dz) + 2 * reg * W1, "b1": np.einsum("nh->h", dz),
             "W2": np.einsum("nh,nc->hc", hidden, g) + 2 * reg * W2, "b2": np.einsum("nc->c", g)})
"""}),
    V("both_with_helpers", {"nn_forward_backward": """
# %%
def log_softmax(s):
    m = s.max(axis=1, keepdims=True)
    return s - m - np.log(np.sum(np.exp(s - m), axis=1, keepdims=True))
# %%
def nn_forward_backward(params, X, y=None, reg=0.0):
    h = np.maximum(X @ params["W1"] + params["b1"], 0)
    s = h @ params["W2"] + params["b2"]
    if y is None:
        return s
    t = (np.arange(s.shape[1]) == y[:, None]) / len(X)
    d = np.exp(log_softmax(s)) / len(X) - t
    dh = np.where(h > 0, d @ params["W2"].T, 0.0)
    grads = {"W1": X.T @ dh, "W2": h.T @ d, "b1": dh.sum(axis=0), "b2": d.sum(axis=0)}
    loss = -(t * log_softmax(s)).sum()
    for name in ("W1", "W2"):
        loss += reg * np.linalg.norm(params[name]) ** 2
        grads[name] += 2 * reg * params[name]
    return [loss, grads]
"""}),
    V("both_single_precision", {"nn_forward_backward": """
def nn_forward_backward(params, X, y=None, reg=0.0):
    params = {name: value.astype(np.float32) for name, value in params.items()}
    X, reg = X.astype(np.float32), np.float32(reg)
    scores, hidden = nn_forward_pass(params, X)
    if y is None:
        return scores
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_p[np.arange(len(X)), y].mean() + reg * (np.sum(params["W1"] ** 2) + np.sum(params["W2"] ** 2))
    d = np.exp(log_p)
    d[np.arange(len(X)), y] -= 1
    d /= len(X)
    dh = (d @ params["W2"].T) * (hidden > 0)
    return loss, {"W2": hidden.T @ d + 2 * reg * params["W2"], "b2": d.sum(0),
                  "W1": X.T @ dh + 2 * reg * params["W1"], "b1": dh.sum(0)}
"""}, SINGLE),

    V("predict_asks_with_y_none", {"nn_predict": """
def nn_predict(params, loss_func, X):
    scores = loss_func(params, X)
    return np.argmax(scores, axis=1)
"""}),
    V("predict_row_by_row", {"nn_predict": """
def nn_predict(params, loss_func, X):
    y_pred = np.zeros(len(X), dtype=np.int32)
    for n, row in enumerate(loss_func(params, X)):
        y_pred[n] = row.argmax()
    return y_pred
"""}),
    V("predict_by_sorting", {"nn_predict": """
def nn_predict(params, loss_func, X):
    xp = library_of(X)
    return xp.argsort(loss_func(params, X), axis=1)[:, -1]
"""}),

    _train("train_randint", "chosen = np.random.randint(0, num_train, batch_size); X_batch, y_batch = X[chosen], y[chosen]"),
    _train("train_generator", "chosen = rng.integers(num_train, size=batch_size); X_batch, y_batch = X[chosen], y[chosen]",
           before="rng = np.random.default_rng()"),
    _train("train_epoch_by_epoch", "if len(left) < batch_size: left = np.concatenate([left] + [np.random.permutation(num_train) "
           "for _ in range(batch_size // num_train + 1)])\n        chosen, left = left[:batch_size], left[batch_size:]; "
           "X_batch, y_batch = X[chosen], y[chosen]", before="left = np.zeros(0, dtype=int)"),
    _train("train_new_arrays", step="for name, gradient in grads.items(): params[name] = params[name] - learning_rate * gradient"),
    _train("train_four_lines", step="""params["W1"] -= learning_rate * grads["W1"]
        params["b1"] -= learning_rate * grads["b1"]
        params["W2"] -= learning_rate * grads["W2"]
        params["b2"] -= learning_rate * grads["b2"]"""),
    _train("train_update", step="params.update({k: params[k] - learning_rate * grads[k] for k in params})"),
    V("train_decays_after_the_epoch", {"nn_train": """
def accuracy(y_pred, y):
    return np.mean(y_pred == y)

def nn_train(params, loss_func, pred_func, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95,
             reg=5e-6, num_iters=100, batch_size=200, verbose=False):
    per_epoch = max(len(X) // batch_size, 1)
    stats = {"loss_history": [], "train_acc_history": [], "val_acc_history": []}
    for it in range(num_iters):
        index = np.random.choice(len(X), size=batch_size, replace=True)
        loss, grads = loss_func(params, X[index], y[index], reg)
        stats["loss_history"].append(float(loss))
        rate = learning_rate * learning_rate_decay ** (it // per_epoch)
        for k in params:
            params[k] -= rate * grads[k]
        if it % per_epoch == 0:
            stats["train_acc_history"].append(accuracy(pred_func(params, loss_func, X[index]), y[index]))
            stats["val_acc_history"].append(accuracy(pred_func(params, loss_func, X_val), y_val))
    return stats
"""}),
    V("labels_as_floats", {"nn_predict": """
def nn_predict(params, loss_func, X):
    y_pred = np.zeros(len(X))
    y_pred[:] = np.argmax(loss_func(params, X), axis=1)
    return y_pred
"""}),
]
