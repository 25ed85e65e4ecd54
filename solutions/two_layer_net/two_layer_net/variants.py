"""Right answers to two_layer_net.ipynb. A variant of one cell works with the reference's others, and with each other's."""

from autograder.authoring.variant import Variant as V

# What two variants of the training loop share; only the batch differs.
_TRAIN = """
@add_to_class(TwoLayerNet)
def train(self, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95, reg=5e-6, num_iters=100,
          batch_size=200, verbose=False):
    num_train = X.shape[0]
    iterations_per_epoch = max(num_train // batch_size, 1)
    loss_history, train_acc_history, val_acc_history = [], [], []
    {before}
    for it in range(num_iters):
        {batch}
        loss, grads = self.loss(X_batch, y=y_batch, reg=reg)
        loss_history.append(loss)
        {step}
        if verbose and it % 100 == 0:
            print(f"iteration {{it}} / {{num_iters}}: loss {{loss}}")
        if it % iterations_per_epoch == 0:
            train_acc_history.append((self.predict(X_batch) == y_batch).mean())
            val_acc_history.append((self.predict(X_val) == y_val).mean())
            learning_rate *= learning_rate_decay
    return {{"loss_history": loss_history, "train_acc_history": train_acc_history, "val_acc_history": val_acc_history}}
"""
_STEP = "for name in self.params: self.params[name] -= learning_rate * grads[name]"
_BATCH = "chosen = np.random.choice(num_train, batch_size); X_batch, y_batch = X[chosen], y[chosen]"


def _batch(name: str, batch: str, before: str = "", first: str = "") -> V:
    """A training loop that draws its batches in a different way."""
    return V(name, {"train": first + _TRAIN.format(before=before, batch=batch, step=_STEP)})


def _step(name: str, step: str, before: str = "") -> V:
    """A training loop that takes its steps in a different way."""
    return V(name, {"train": _TRAIN.format(before=before, batch=_BATCH, step=step)})


# What the notebook says about them.
SINGLE = "in float32 a check here may say ✗ for want of digits, which costs nothing"

CORPUS = [
    # TwoLayerNet.loss
    V("loss_in_loops", {"two_layer_net_loss": """
@add_to_class(TwoLayerNet)
def loss(self, X, y=None, reg=0.0):
    W1, b1, W2, b2 = self.params["W1"], self.params["b1"], self.params["W2"], self.params["b2"]
    N, D = X.shape
    H, C = W2.shape
    h, s = np.zeros((N, H)), np.zeros((N, C))
    for n in range(N):
        for j in range(H):
            h[n, j] = max(0.0, sum(X[n, d] * W1[d, j] for d in range(D)) + b1[j])
        for c in range(C):
            s[n, c] = sum(h[n, j] * W2[j, c] for j in range(H)) + b2[c]
    if y is None:
        return s
    loss = 0.0
    grads = {name: np.zeros(value.shape) for name, value in self.params.items()}
    for n in range(N):
        e = np.exp(s[n] - max(s[n]))
        loss += (np.log(e.sum()) + max(s[n]) - s[n, y[n]]) / N
        for c in range(C):
            g = (e[c] / e.sum() - (c == y[n])) / N
            grads["b2"][c] += g
            for j in range(H):
                grads["W2"][j, c] += h[n, j] * g
                if h[n, j] > 0:
                    grads["b1"][j] += W2[j, c] * g
                    for d in range(D):
                        grads["W1"][d, j] += X[n, d] * W2[j, c] * g
    for name in ("W1", "W2"):
        for index, value in np.ndenumerate(self.params[name]):
            loss += reg * value * value
            grads[name][index] += 2 * reg * value
    return loss, grads
"""}),
    V("loss_einsum", {"two_layer_net_loss": """
@add_to_class(TwoLayerNet)
def loss(self, X, y=None, reg=0.0):
    W1, b1, W2, b2 = (self.params[k] for k in ("W1", "b1", "W2", "b2"))
    z = np.einsum("nd,dh->nh", X, W1) + b1
    h = np.where(z > 0, z, 0)
    s = np.einsum("nh,hc->nc", h, W2) + b2
    if y is None:
        return s
    log_p = s - np.logaddexp.reduce(s, axis=1, keepdims=True)
    t = np.eye(len(b2))[y]
    g = (np.exp(log_p) - t) / len(X)
    dz = np.einsum("nc,hc,nh->nh", g, W2, (z > 0).astype(float))
    penalty = np.einsum("dh,dh->", W1, W1) + np.einsum("hc,hc->", W2, W2)
    return (-np.einsum("nc,nc->", t, log_p) / len(X) + reg * penalty,
            {"W1": np.einsum("nd,nh->dh", X, dz) + 2 * reg * W1, "b1": np.einsum("nh->h", dz),
             "W2": np.einsum("nh,nc->hc", h, g) + 2 * reg * W2, "b2": np.einsum("nc->c", g)})
"""}),
    V("loss_probabilities_first", {"two_layer_net_loss": """
@add_to_class(TwoLayerNet)
def loss(self, X, y=None, reg=0.0):
    W1, b1 = self.params['W1'], self.params['b1']
    W2, b2 = self.params['W2'], self.params['b2']
    N, D = X.shape
    # 은닉층
    hidden_layer = np.maximum(0, np.dot(X, W1) + b1)
    scores = np.dot(hidden_layer, W2) + b2
    if y is None:
        return scores
    # 소프트맥스
    exp_scores = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    correct_logprobs = -np.log(probs[range(N), y])
    data_loss = np.sum(correct_logprobs) / N
    reg_loss = reg * np.sum(W1 * W1) + reg * np.sum(W2 * W2)
    loss = data_loss + reg_loss
    grads = {}
    dscores = probs
    dscores[range(N), y] -= 1
    dscores /= N
    grads['W2'] = np.dot(hidden_layer.T, dscores)
    grads['b2'] = np.sum(dscores, axis=0)
    dhidden = np.dot(dscores, W2.T)
    dhidden[hidden_layer <= 0] = 0
    grads['W1'] = np.dot(X.T, dhidden)
    grads['b1'] = np.sum(dhidden, axis=0)
    grads['W2'] += 2 * reg * W2
    grads['W1'] += 2 * reg * W1
    return loss, grads
"""}),
    V("loss_ones_column", {"two_layer_net_loss": """
@add_to_class(TwoLayerNet)
def loss(self, X, y=None, reg=0.0):
    one = np.ones((len(X), 1))
    A1 = np.vstack([self.params["W1"], self.params["b1"]])
    A2 = np.vstack([self.params["W2"], self.params["b2"]])
    X1 = np.hstack([X, one])
    H = np.maximum(X1 @ A1, 0)
    H1 = np.hstack([H, one])
    S = H1 @ A2
    if y is None:
        return S
    S = S - S.max(axis=1, keepdims=True)
    Z = np.exp(S).sum(axis=1)
    G = np.exp(S) / Z[:, None]
    np.subtract.at(G, (np.arange(len(X)), y), 1.0)
    G = G / len(X)
    dA2 = H1.T @ G
    dA1 = X1.T @ ((G @ A2[:-1].T) * (H > 0))
    loss = np.mean(np.log(Z) - S[np.arange(len(X)), y]) + reg * (np.sum(A1[:-1] ** 2) + np.sum(A2[:-1] ** 2))
    return loss, dict(W1=dA1[:-1] + 2 * reg * A1[:-1], b1=dA1[-1], W2=dA2[:-1] + 2 * reg * A2[:-1], b2=dA2[-1])
"""}),
    V("loss_nested_helpers", {"two_layer_net_loss": """
@add_to_class(TwoLayerNet)
def loss(self, X, y=None, reg=0.0):
    def affine(x, layer):
        return x.dot(self.params[f"W{layer}"]) + self.params[f"b{layer}"]
    def affine_back(x, d, layer):
        grads[f"W{layer}"] = x.T.dot(d) + 2 * reg * self.params[f"W{layer}"]
        grads[f"b{layer}"] = d.sum(axis=0)
        return d.dot(self.params[f"W{layer}"].T)
    def softmax(s):
        e = np.exp(s - s.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    grads = {}
    z = affine(X, 1)
    h = z.clip(min=0)
    s = affine(h, 2)
    if y is None:
        return s
    p, n = softmax(s), np.arange(X.shape[0])
    loss = -np.log(p[n, y]).sum() / len(n) + reg * sum(np.square(self.params[w]).sum() for w in ("W1", "W2"))
    p[n, y] -= 1
    affine_back(X, affine_back(h, p / len(n), 2) * (z >= 0), 1)
    return loss, grads
"""}),
    V("loss_functions_in_their_own_cells", {"two_layer_net_loss": """
# %% [markdown]
### Meine Hilfsfunktionen
Erst die Schichten, dann das Netz.
# %%
def relu(a):
    return a * (a > 0)

def log_softmax(s):
    m = np.max(s, axis=1, keepdims=True)
    return s - m - np.log(np.sum(np.exp(s - m), axis=1, keepdims=True))
# %%
def backward(p, X, h, d, reg):
    dh = np.where(h > 0, d @ p["W2"].T, 0.0)
    grads = {"W1": X.T @ dh, "W2": h.T @ d, "b1": dh.sum(axis=0), "b2": d.sum(axis=0)}
    return {k: g + 2 * reg * p[k] * (p[k].ndim == 2) for k, g in grads.items()}
# %%
@add_to_class(TwoLayerNet)
def loss(self, X, y=None, reg=0.0):
    p = self.params
    h = relu(X @ p["W1"] + p["b1"])
    s = h @ p["W2"] + p["b2"]
    if y is None:
        return s
    t = (np.arange(s.shape[1]) == y[:, None]) / len(X)
    value = -(t * log_softmax(s)).sum() + reg * np.linalg.norm(p["W1"]) ** 2 + reg * np.linalg.norm(p["W2"]) ** 2
    return value, backward(p, X, h, np.exp(log_softmax(s)) / len(X) - t, reg)
"""}),
    V("loss_in_methods", {"two_layer_net_loss": """
@add_to_class(TwoLayerNet)
def scores(self, X):
    self.X = X
    self.hidden = np.maximum(0, X @ self.params["W1"] + self.params["b1"])
    return self.hidden @ self.params["W2"] + self.params["b2"]

@add_to_class(TwoLayerNet)
def gradients(self, dscores, reg):
    dhidden = dscores @ self.params["W2"].T
    dhidden[self.hidden == 0] = 0
    return {"W2": self.hidden.T @ dscores + 2 * reg * self.params["W2"], "b2": dscores.sum(0),
            "W1": self.X.T @ dhidden + 2 * reg * self.params["W1"], "b1": dhidden.sum(0)}

@add_to_class(TwoLayerNet)
def loss(self, X, y=None, reg=0.0):
    scores = self.scores(X)
    if y is None:
        return scores
    scores = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    picked = np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(len(y)), y]
    p[np.arange(len(y)), y] -= 1
    squares = [np.sum(self.params[name] ** 2) for name in self.params if name.startswith("W")]
    return [picked.mean() + reg * sum(squares), self.gradients(p / len(y), reg)]
"""}),
    V("loss_single_precision", {"two_layer_net_loss": """
@add_to_class(TwoLayerNet)
def loss(self, X, y=None, reg=0.0):
    W1, b1, W2, b2 = (self.params[k].astype(np.float32) for k in ("W1", "b1", "W2", "b2"))
    X, reg = X.astype(np.float32), np.float32(reg)
    hidden = np.maximum(X @ W1 + b1, 0)
    scores = hidden @ W2 + b2
    if y is None:
        return scores
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_p[np.arange(len(X)), y].mean() + reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    d = np.exp(log_p)
    d[np.arange(len(X)), y] -= 1
    d /= len(X)
    dhidden = (d @ W2.T) * (hidden > 0)
    return loss, {"W2": hidden.T @ d + 2 * reg * W2, "b2": d.sum(0), "W1": X.T @ dhidden + 2 * reg * W1, "b1": dhidden.sum(0)}
"""}, SINGLE),
    V("loss_double_precision", {"two_layer_net_loss": """
@add_to_class(TwoLayerNet)
def loss(self, X, y=None, reg=0.0):
    W1, b1, W2, b2 = (self.params[k].astype(np.float64) for k in ("W1", "b1", "W2", "b2"))
    hidden = np.maximum(X @ W1 + b1, 0)
    scores = hidden @ W2 + b2
    if y is None:
        return scores
    N = np.float64(len(X))
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    right = np.zeros(scores.shape)
    right[np.arange(len(X)), y] = 1
    top = scores.max(axis=1)
    losses = np.log(np.exp(scores - top[:, None]).sum(axis=1)) + top - (scores * right).sum(axis=1)
    d = (p - right) / N
    dhidden = np.where(hidden > 0, d @ W2.T, 0.0)
    grads = {"W1": np.zeros(W1.shape), "b1": dhidden.sum(axis=0), "W2": np.zeros(W2.shape), "b2": d.sum(axis=0)}
    grads["W1"] += X.T @ dhidden + 2 * reg * W1
    grads["W2"] += hidden.T @ d + 2 * reg * W2
    return losses.sum() / N + np.float64(reg) * ((W1**2).sum() + (W2**2).sum()), grads
"""}),
    V("loss_extended_precision", {"two_layer_net_loss": """
@add_to_class(TwoLayerNet)
def loss(self, X, y=None, reg=0.0):
    P = {k: v.astype(np.longdouble) for k, v in self.params.items()}
    h = np.maximum(0, X @ P["W1"] + P["b1"])
    s = h @ P["W2"] + P["b2"]
    if y is None:
        return s
    z = s - s.max(axis=1, keepdims=True)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    i = np.arange(len(X))
    loss = (np.log(np.exp(z).sum(axis=1)) - z[i, y]).mean() + reg * ((P["W1"] ** 2).sum() + (P["W2"] ** 2).sum())
    p[i, y] -= 1
    p /= len(X)
    dh = p @ P["W2"].T * (h > 0)
    return loss, {"W1": X.T @ dh + 2 * reg * P["W1"], "b1": dh.sum(0), "W2": h.T @ p + 2 * reg * P["W2"], "b2": p.sum(0)}
"""}),
    V("loss_as_python_float_and_ordered_dict", {"two_layer_net_loss": """
import collections

@add_to_class(TwoLayerNet)
def loss(self, X: np.ndarray, y: np.ndarray | None = None, reg: float = 0.0, *, verbose: bool = False):
    (W1, b1), (W2, b2) = ((self.params["W" + i], self.params["b" + i]) for i in "12")
    pre = np.matmul(X, W1); pre += b1
    act = pre.copy(); act[pre < 0] = 0
    scores = np.matmul(act, W2); scores += b2
    if y is None: return scores
    y = y.astype(np.int32)
    top = scores.max(1)
    lse = top + np.log(np.exp(scores - top[:, None]).sum(1))
    d = np.exp(scores - lse[:, None])
    d[np.arange(y.size), y] -= 1
    d *= 1 / y.size
    back = d @ W2.T
    back *= pre > 0
    grads = collections.OrderedDict()
    grads["b2"], grads["W2"] = d.sum(0), act.T @ d + reg * W2 + reg * W2
    grads["b1"], grads["W1"] = back.sum(0), X.T @ back + reg * W1 + reg * W1
    grads["X"] = back @ W1.T
    return float(lse.mean() - scores[np.arange(y.size), y].mean() + reg * (np.vdot(W1, W1) + np.vdot(W2, W2))), grads
"""}),
    V("loss_0d_with_scipy_if_there", {"two_layer_net_loss": """
# %%
try:
    from scipy.special import log_softmax
except ImportError:
    def log_softmax(s, axis):
        return s - np.logaddexp.reduce(s, axis=axis, keepdims=True)
# %%
@add_to_class(TwoLayerNet)
def loss(self, X, y=None, reg=0.0):
    a = [X]
    for i in (1, 2):
        z = a[-1] @ self.params[f"W{i}"] + self.params[f"b{i}"]
        a.append(np.maximum(z, 0) if i == 1 else z)
    if y is None:
        return a[-1]
    log_p = log_softmax(a[-1], axis=1)
    loss = np.asarray(-np.take_along_axis(log_p, y[:, None], axis=1).mean())
    grads, delta = {}, (np.exp(log_p) - np.eye(log_p.shape[1])[y]) / len(X)
    for i in (2, 1):
        W = self.params[f"W{i}"]
        loss = loss + reg * np.sum(W ** 2)
        grads[f"W{i}"] = a[i - 1].T @ delta + 2 * reg * W
        grads[f"b{i}"] = delta.sum(axis=0)
        delta = (delta @ W.T) * (a[i - 1] > 0)
    return loss, grads
"""}),
    V("loss_tape", {"two_layer_net_loss": """
class Tape:
    def __init__(self, params):
        self.params, self.undo, self.grads = params, [], {}

    def affine(self, x, i):
        W = self.params[f"W{i}"]
        def back(d):
            self.grads[f"W{i}"], self.grads[f"b{i}"] = x.T @ d, d.sum(0)
            return d @ W.T
        self.undo.append(back)
        return x @ W + self.params[f"b{i}"]

    def relu(self, x):
        self.undo.append(lambda d: d * (x > 0))
        return np.maximum(x, 0)

    def run_back(self, d):
        while self.undo:
            d = self.undo.pop()(d)

@add_to_class(TwoLayerNet)
def loss(self, X, y=None, reg=0.0):
    tape = Tape(self.params)
    s = tape.affine(tape.relu(tape.affine(X, 1)), 2)
    if y is None:
        return s
    e = np.exp(s - s.max(axis=1, keepdims=True))
    tape.run_back((e / e.sum(axis=1, keepdims=True) - np.eye(s.shape[1])[y]) / len(X))
    for w in ("W1", "W2"):
        tape.grads[w] += 2 * reg * self.params[w]
    data = (np.log(e.sum(axis=1)) + s.max(axis=1) - s[np.arange(len(X)), y]).mean()
    return data + reg * sum(float((self.params[w] ** 2).sum()) for w in ("W1", "W2")), tape.grads
"""}),

    # TwoLayerNet.predict
    V("predict_np_argmax", {"predict": """
@add_to_class(TwoLayerNet)
def predict(self, X):
    y_pred = np.argmax(self.loss(X), axis=1)
    return y_pred
"""}),
    V("predict_own_forward_pass", {"predict": """
@add_to_class(TwoLayerNet)
def predict(self, X):
    h = np.maximum(0, X.dot(self.params["W1"]) + self.params["b1"])
    return (h.dot(self.params["W2"]) + self.params["b2"]).argsort(axis=1)[:, -1]
"""}),
    V("predict_in_loops", {"predict": """
@add_to_class(TwoLayerNet)
def predict(self, X):
    y_pred = np.zeros(X.shape[0], dtype=np.int32)
    for i, row in enumerate(self.loss(X)):
        best = 0
        for c in range(1, len(row)):
            if row[c] >= row[best]:
                best = c
        y_pred[i] = best
    return y_pred
"""}),
    V("predict_list", {"predict": """
TwoLayerNet.predict = lambda self, X: [max(range(len(row)), key=row.tolist().__getitem__) for row in self.loss(X)]
"""}),
    V("predict_probabilities", {"predict": """
@add_to_class(TwoLayerNet)
def predict(self, X):
    scores = self.loss(X, y=None)
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (p / p.sum(axis=1, keepdims=True)).argmax(1).astype(np.uint8)
"""}),
    V("predict_row_by_row", {"predict": """
@add_to_class(TwoLayerNet)
def predict(self, X):
    return np.array([int(np.argmax(self.loss(X[i:i + 1])[0])) for i in range(len(X))], dtype=np.int16)
"""}),
    V("predict_in_chunks", {"predict": """
@add_to_class(TwoLayerNet)
def predict(self, X, chunk=4):
    parts = [np.nanargmax(self.loss(X[i:i + chunk]), axis=-1) for i in range(0, X.shape[0], chunk)]
    return np.concatenate(parts)
"""}),

    # TwoLayerNet.train: the batch
    _batch("batch_randint", "rows = np.random.randint(0, num_train, size=batch_size); X_batch, y_batch = X[rows], y[rows]"),
    _batch("batch_generator", "rows = rng.integers(num_train, size=batch_size); X_batch, y_batch = X[rows], y[rows]",
           before="rng = np.random.default_rng()"),
    _batch("batch_random_state", "rows = random.choice(num_train, batch_size); X_batch, y_batch = X[rows], y[rows]",
           before="random = np.random.RandomState(231)"),
    _batch("batch_without_replacement",
           "rows = np.random.choice(num_train, min(batch_size, num_train), replace=False); X_batch, y_batch = X[rows], y[rows]"),
    _batch("batch_replaced_where_needed",
           "i = np.random.choice(np.arange(num_train), batch_size, replace=batch_size > num_train); X_batch = X[i]; y_batch = y[i]"),
    _batch("batch_permutation_each_step", "i = np.random.permutation(num_train)[:batch_size]; X_batch, y_batch = X[i], y[i]"),
    _batch("batch_random_sample", "i = sample(range(num_train), k=min(batch_size, num_train)); X_batch, y_batch = X[i], y[i]",
           first="from random import sample\n"),
    _batch("batch_random_choices", "i = random.choices(range(num_train), k=batch_size); X_batch, y_batch = X[i, :], y[i]",
           first="import random\n"),
    _batch("batch_floor_of_uniform",
           "i = (np.random.rand(batch_size) * num_train).astype(int); X_batch, y_batch = np.take(X, i, axis=0), y.take(i)"),
    _batch("batch_list_comprehension",
           "ids = [np.random.randint(num_train) for _ in range(batch_size)]; "
           "X_batch, y_batch = np.array([X[i] for i in ids]), np.array([y[i] for i in ids])"),
    _batch("batch_mask", "p = np.random.permutation(num_train) < batch_size; X_batch, y_batch = X[p], y[p]"),
    _batch("batch_epoch_shuffle", """
        place = it % iterations_per_epoch * batch_size
        if place == 0: np.random.shuffle(order)
        X_batch, y_batch = X[order[place:place + batch_size]], y[order[place:place + batch_size]]""",
           before="order = np.arange(num_train)"),
    _batch("batch_generator_function", "X_batch, y_batch = next(stream)", before="stream = batches(X, y, batch_size)", first="""
# %%
def batches(X, y, size):
    while True:
        order = np.random.default_rng().permutation(len(X))
        for start in range(0, max(len(X) - size, 0) + 1, size):
            chosen = order[start:start + size]
            yield X[chosen], y[chosen]
# %%
"""),
    _batch("batch_shuffled_copies", """
        if it % iterations_per_epoch == 0:
            state = np.random.get_state(); Xs = np.random.permutation(X)
            np.random.set_state(state); ys = np.random.permutation(y)
        start = (it % iterations_per_epoch) * batch_size
        X_batch, y_batch = Xs[start:start + batch_size], ys[start:start + batch_size]"""),
    _batch("batch_glued", """
        both = np.column_stack([X, y])[np.random.randint(num_train, size=batch_size)]
        X_batch, y_batch = both[:, :-1], both[:, -1].astype(int)"""),

    # TwoLayerNet.train: the step
    _step("step_new_arrays", "self.params = {k: v - learning_rate * grads[k] for k, v in self.params.items()}"),
    _step("step_one_by_one", "; ".join(f"self.params['{k}'] += -learning_rate * grads['{k}']" for k in ("W1", "b1", "W2", "b2"))),
    _step("step_subtract_out", "for k, v in self.params.items(): np.subtract(v, np.multiply(learning_rate, grads[k]), out=v)"),
    _step("step_sorted_and_kept", "[self.params.__setitem__(k, self.params[k] - rate * grads[k]) for k in sorted(grads) if k in self.params]; "
                                  "rate = rate * (learning_rate_decay if it % iterations_per_epoch == 0 else 1)",
          before="rate = learning_rate"),
    _step("step_flat_vector", """
        names = list(self.params)
        flat = np.concatenate([self.params[k].ravel() for k in names]) - learning_rate * np.concatenate(
            [np.ravel(grads[k]) for k in names])
        ends = np.cumsum([self.params[k].size for k in names])
        for k, piece in zip(names, np.split(flat, ends[:-1])): self.params[k] = piece.reshape(self.params[k].shape)"""),
    _step("step_double_precision", "for k in grads: self.params[k] = self.params[k] - np.float64(learning_rate) * grads[k]"),
    _step("step_single_precision", "for k in self.params: self.params[k] = np.float32(self.params[k] - learning_rate * grads[k])"),
    V("step_helper_cell", {"train": """
# %% [markdown]
한 걸음: 기울기의 반대 방향으로.
# %%
def sgd(w, dw, rate):
    return w - rate * dw
# %%
""" + _TRAIN.format(before="", batch=_BATCH, step="for k in grads.keys() & self.params.keys(): "
                                                  "self.params[k] = sgd(self.params[k], grads[k], learning_rate)")}),
    V("train_epoch_by_epoch", {"train": """
@add_to_class(TwoLayerNet)
def train(self, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95, reg=5e-6, num_iters=100,
          batch_size=200, verbose=False):
    # The accuracies are looked at, and the rate decays, at the end of each epoch.
    history = {"loss_history": [], "train_acc_history": [], "val_acc_history": []}
    per_epoch = max(len(X) // batch_size, 1)
    for step in range(1, num_iters + 1):
        rows = np.random.randint(len(X), size=batch_size)
        loss, grads = self.loss(X[rows], y[rows], reg)
        history["loss_history"].append(float(loss))
        for name in self.params:
            self.params[name] = self.params[name] - learning_rate * grads[name]
        if step % per_epoch == 0:
            history["train_acc_history"].append(np.mean(self.predict(X[rows]) == y[rows]))
            history["val_acc_history"].append(np.mean(self.predict(X_val) == y_val))
            learning_rate = learning_rate * learning_rate_decay
    return history
"""}),
    V("train_histories_are_arrays", {"train": """
@add_to_class(TwoLayerNet)
def train(self, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95, reg=5e-6, num_iters=100,
          batch_size=200, verbose=False, callback=None):
    epoch = max(X.shape[0] // batch_size, 1)
    losses, accuracies = np.zeros(num_iters), []
    def accuracy(X, y):
        return float(np.mean(self.predict(X) == y))
    for it in range(num_iters):
        mask = np.random.choice(X.shape[0], batch_size, replace=True)
        losses[it], grads = self.loss(X[mask], y=y[mask], reg=reg)
        for name in ["W2", "b2", "W1", "b1"]:
            self.params[name] -= grads[name] * learning_rate * learning_rate_decay ** -(-it // epoch)
        if it % epoch == 0:
            accuracies.append((accuracy(X[mask], y[mask]), accuracy(X_val, y_val)))
    train_acc, val_acc = np.array(accuracies).T
    return dict(val_acc_history=val_acc, train_acc_history=train_acc, loss_history=losses)
"""}),
    V("train_with_a_progress_bar", {"train": """
from tqdm.auto import tqdm
""" + _TRAIN.replace("range(num_iters)", "tqdm(range(num_iters), disable=not verbose)").format(
        before="", batch=_BATCH, step=_STEP)}),

    V("choice_is_a_list", {"inline_question": "inline_question = [1, 3]"}),
    V("choice_is_a_tuple", {"inline_question": "answer = (3, 1)\ninline_question = answer\nprint('내 선택:', answer)"}),

    # The whole class, and more, in one cell
    V("class_in_one_cell", {"two_layer_net_loss": """
class TwoLayerNet(object):
    def __init__(self, input_size, hidden_size, output_size, std=1e-4):
        self.params = {}
        self.params['W1'] = std * np.random.randn(input_size, hidden_size)
        self.params['b1'] = np.zeros(hidden_size)
        self.params['W2'] = std * np.random.randn(hidden_size, output_size)
        self.params['b2'] = np.zeros(output_size)

    def loss(self, X, y=None, reg=0.0):
        W1, b1, W2, b2 = (self.params[k] for k in ('W1', 'b1', 'W2', 'b2'))
        H = np.maximum(0, X.dot(W1) + b1)
        scores = H.dot(W2) + b2
        if y is None:
            return scores
        loss, dscores = self.softmax(scores, y)
        grads = {'W2': H.T.dot(dscores) + 2 * reg * W2, 'b2': dscores.sum(axis=0)}
        dH = dscores.dot(W2.T) * (H > 0)
        grads.update(W1=X.T.dot(dH) + 2 * reg * W1, b1=dH.sum(axis=0))
        return loss + reg * ((W1 ** 2).sum() + (W2 ** 2).sum()), grads

    @staticmethod
    def softmax(scores, y):
        z = scores - scores.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        d = np.exp(log_p)
        d[np.arange(len(y)), y] -= 1
        return -log_p[np.arange(len(y)), y].mean(), d / len(y)

    def train(self, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95, reg=5e-6, num_iters=100,
              batch_size=200, verbose=False):
        num_train = X.shape[0]
        iterations_per_epoch = max(num_train / batch_size, 1)
        loss_history, train_acc_history, val_acc_history = [], [], []
        for it in range(num_iters):
            mask = np.random.choice(num_train, batch_size, replace=True)
            loss, grads = self.loss(X[mask], y=y[mask], reg=reg)
            loss_history.append(loss)
            for k in self.params:
                self.params[k] -= learning_rate * grads[k]
            if it % iterations_per_epoch == 0:
                train_acc_history.append((self.predict(X[mask]) == y[mask]).mean())
                val_acc_history.append((self.predict(X_val) == y_val).mean())
                learning_rate *= learning_rate_decay
        return {'loss_history': loss_history, 'train_acc_history': train_acc_history, 'val_acc_history': val_acc_history}

    def predict(self, X):
        return np.argmax(self.loss(X), axis=1)
""", "predict": "", "train": ""}),
    V("class_in_one_cell_the_others_as_handed_out", {"two_layer_net_loss": """
class Layered:
    def forward(self, X):
        p = self.params
        self.hidden = np.maximum(0, X @ p["W1"] + p["b1"])
        return self.hidden @ p["W2"] + p["b2"]

    def predict(self, X):
        return self.forward(X).argmax(axis=1)

class TwoLayerNet(Layered):
    def __init__(self, input_size, hidden_size, output_size, std=1e-4, seed=None):
        rng = np.random.RandomState(seed) if seed is not None else np.random
        self.params = {"W1": std * rng.randn(input_size, hidden_size), "b1": np.zeros(hidden_size),
                       "W2": std * rng.randn(hidden_size, output_size), "b2": np.zeros(output_size)}

    def loss(self, X, y=None, reg=0.0):
        scores = self.forward(X)
        if y is None:
            return scores
        p = self.params
        log_p = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
        t = np.eye(scores.shape[1])[y]
        d = (np.exp(log_p) - t) / len(X)
        dh = np.where(self.hidden > 0, d @ p["W2"].T, 0)
        grads = {"W1": X.T @ dh, "b1": dh.sum(0), "W2": self.hidden.T @ d, "b2": d.sum(0)}
        for k in ("W1", "W2"):
            grads[k] += 2 * reg * p[k]
        return -(t * log_p).sum() / len(X) + reg * sum((p[k] ** 2).sum() for k in ("W1", "W2")), grads

    def step(self, grads, rate):
        for k, g in grads.items():
            self.params[k] = self.params[k] - rate * g

    def train(self, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95, reg=5e-6, num_iters=100,
              batch_size=200, verbose=False):
        history = {"loss_history": [], "train_acc_history": [], "val_acc_history": []}
        for it in range(num_iters):
            rows = np.random.permutation(len(X))[:batch_size]
            loss, grads = self.loss(X[rows], y[rows], reg)
            self.step(grads, learning_rate)
            history["loss_history"].append(loss)
            if it % max(len(X) // batch_size, 1) == 0:
                history["train_acc_history"].append(np.mean(self.predict(X[rows]) == y[rows]))
                history["val_acc_history"].append(np.mean(self.predict(X_val) == y_val))
                learning_rate *= learning_rate_decay
        return history
""", "predict": None, "train": None}),
    V("labels_as_floats", {"predict": """
@add_to_class(TwoLayerNet)
def predict(self, X):
    y_pred = np.zeros(X.shape[0])
    scores = self.loss(X)
    for i in range(X.shape[0]):
        y_pred[i] = np.argmax(scores[i])
    return y_pred
"""}),

    V("loss_epsilon_in_the_denominator", {"two_layer_net_loss": """
@add_to_class(TwoLayerNet)
def loss(self, X, y=None, reg=0.0):
    W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
    h = X.dot(W1) + b1
    h[h < 0] = 0
    scores = h.dot(W2) + b2
    if y is None:
        return scores
    N = X.shape[0]
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    total = np.sum(np.exp(shifted), axis=1, keepdims=True) + 1e-7
    loss = np.mean(np.log(total[:, 0]) - shifted[np.arange(N), y]) + reg * (np.sum(W1 * W1) + np.sum(W2 * W2))
    d = np.exp(shifted) / total
    d[np.arange(N), y] -= 1
    d /= N
    grads = {"W2": h.T.dot(d) + 2 * reg * W2, "b2": np.sum(d, axis=0)}
    d = d.dot(W2.T)
    d[h <= 0] = 0
    grads["W1"] = X.T.dot(d) + 2 * reg * W1
    grads["b1"] = np.sum(d, axis=0)
    return loss, grads
"""}),
]
