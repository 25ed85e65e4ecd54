"""Right answers to linear_classifiers.ipynb. A variant of one cell works with the reference's others, and with each other's."""

from autograder.authoring.variant import Variant as V

_SVM, _SVM_FAST, _SOFT, _SOFT_FAST = "svm_loss_naive", "svm_loss_vectorized", "softmax_loss_naive", "softmax_loss_vectorized"


# What the notebook says about them.
SINGLE = "in float32 a check here may say ✗ for want of digits, which costs nothing"


def _loss(name: str, function: str, body: str, first: str = "", contract: str = "") -> V:
    """A way to a loss; `body` gives `loss` and `dW`."""
    lines = "\n".join("    " + line for line in body.strip("\n").splitlines())
    return V(name, {function: f"{first}\ndef {function}(W, X, y, reg):\n{lines}\n    return loss, dW\n"}, contract)


_TRAIN = """
@add_to_class(LinearClassifier)
def train(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200, verbose=False):
    num_train, dim = X.shape
    num_classes = np.max(y) + 1
    if self.W is None:
        self.W = 0.001 * np.random.randn(dim, num_classes)
    {before}
    loss_history = []
    for it in range(num_iters):
        {batch}
        loss, grad = self.loss(X_batch, y_batch, reg)
        loss_history.append(loss)
        {step}
        if verbose and it % 100 == 0:
            print("iteration %d / %d: loss %f" % (it, num_iters, loss))
    return loss_history
"""
_STEP = "self.W += -learning_rate * grad"
_BATCH = "i = np.random.choice(np.arange(num_train), batch_size); X_batch, y_batch = X[i], y[i]"


def _batch(name: str, batch: str, before: str = "", first: str = "") -> V:
    return V(name, {"train": first + _TRAIN.format(before=before, batch=batch, step=_STEP)})


def _predict(name: str, body: str) -> V:
    lines = "\n".join("    " + line for line in body.strip("\n").splitlines())
    return V(name, {"predict": f"@add_to_class(LinearClassifier)\ndef predict(self, X):\n{lines}\n"})


CORPUS = [
    # SVM with loops
    _loss("svm_public", _SVM, """
dW = np.zeros(W.shape)
num_classes = W.shape[1]
num_train = X.shape[0]
loss = 0.0
for i in range(num_train):
    scores = X[i].dot(W)
    correct_class_score = scores[y[i]]
    for j in range(num_classes):
        if j == y[i]:
            continue
        margin = scores[j] - correct_class_score + 1  # note delta = 1
        if margin > 0:
            loss += margin
            dW[:, j] += X[i].T
            dW[:, y[i]] += -X[i].T
loss /= num_train
dW /= num_train
loss += reg * np.sum(W * W)
dW += 2 * reg * W
"""),
    _loss("svm_loss_less_one", _SVM, """
loss, dW = 0, np.zeros_like(W)
for i in range(X.shape[0]):
    s = X[i] @ W
    for j in range(W.shape[1]):
        m = max(0, s[j] - s[y[i]] + 1)
        loss += m / X.shape[0]
        if m > 0 and j != y[i]:
            dW[:, j] += X[i] / X.shape[0]
            dW[:, y[i]] -= X[i] / X.shape[0]
loss = loss - 1 + reg * (W ** 2).sum()
dW = dW + reg * 2 * W
"""),
    _loss("svm_every_number_by_itself", _SVM, """
N, D, C = len(X), W.shape[0], W.shape[1]
loss, dW = 0.0, [[0.0] * C for _ in range(D)]
for i in range(N):
    scores = [sum(float(X[i, d]) * W[d, c] for d in range(D)) for c in range(C)]
    for j in range(C):
        if j != y[i] and scores[j] - scores[y[i]] + 1 > 0:
            loss += (scores[j] - scores[y[i]] + 1) / N
            for d in range(D):
                dW[d][j] += float(X[i, d]) / N
                dW[d][y[i]] -= float(X[i, d]) / N
for d in range(D):
    for c in range(C):
        loss += reg * W[d, c] * W[d, c]
        dW[d][c] += 2 * reg * W[d, c]
dW = np.array(dW)
"""),
    _loss("svm_counts_the_violations", _SVM, """
N = X.shape[0]
loss = reg * np.sum(np.square(W))
dW = 2.0 * reg * W
for i in range(N):
    s = W.T @ X[i]
    m = s - s[y[i]] + 1
    m[y[i]] = 0
    violated = (m > 0).astype(float)
    violated[y[i]] = -violated.sum()
    loss += m[m > 0].sum() / N
    dW = dW + np.outer(X[i], violated) / N
"""),
    _loss("svm_margin_not_negative", _SVM, """
loss, dW = 0.0, np.zeros(W.shape)
for i, label in enumerate(y):
    scores = np.matmul(X[i:i + 1], W)[0]
    for j in [c for c in range(len(scores)) if c != label]:
        margin = 1 + scores[j] - scores[label]
        if margin >= 0:
            loss += margin
            dW.T[j] += X[i]
            dW.T[label] -= X[i]
loss, dW = loss / len(y) + reg * np.linalg.norm(W) ** 2, dW / len(y) + 2 * reg * W
"""),

    # SVM without loops
    _loss("svm_fast_public", _SVM_FAST, """
num_train = X.shape[0]
scores = X.dot(W)
correct_class_scores = scores[np.arange(num_train), y].reshape(num_train, 1)
margin = np.maximum(0, scores - correct_class_scores + 1)
margin[np.arange(num_train), y] = 0
loss = margin.sum() / num_train
loss += reg * np.sum(W * W)
margin[margin > 0] = 1
valid_margin_count = margin.sum(axis=1)
margin[np.arange(num_train), y] -= valid_margin_count
dW = (X.T).dot(margin) / num_train
dW = dW + reg * 2 * W
"""),
    _loss("svm_fast_one_hot", _SVM_FAST, """
N, C = X.shape[0], W.shape[1]
truth = np.eye(C, dtype=bool)[y]
S = X @ W
M = np.where(truth, 0, S - (S * truth).sum(axis=1, keepdims=True) + 1)
hit = (M > 0) * 1.0
loss = (M * hit).sum(axis=1).mean() + reg * np.vdot(W, W)
dW = np.einsum("nd,nc->dc", X, hit - truth * hit.sum(axis=1, keepdims=True)) / N + 2 * reg * W
"""),
    _loss("svm_fast_take_along_axis", _SVM_FAST, """
S = np.dot(X, W)
M = S - np.take_along_axis(S, y[:, None], axis=1) + 1.0
np.put_along_axis(M, y[:, None], 0.0, axis=1)
G = (M >= 0).astype(float)
np.put_along_axis(G, y[:, None], 0.0, axis=1)
np.put_along_axis(G, y[:, None], -G.sum(axis=1, keepdims=True), axis=1)
loss = np.clip(M, 0, None).sum() / y.size + reg * (W ** 2).sum()
dW = np.dot(G.T, X).T / y.size + 2 * reg * W
"""),
    _loss("svm_fast_single_precision", _SVM_FAST, """
W, X, reg = W.astype(np.float32), X.astype(np.float32), np.float32(reg)
r = np.arange(len(X))
S = X @ W
M = np.maximum(0, S - S[r, y][:, None] + 1)
M[r, y] = 0
G = (M > 0).astype(np.float32)
G[r, y] = -G.sum(axis=1)
loss, dW = M.sum() / len(X) + reg * (W * W).sum(), X.T @ G / len(X) + 2 * reg * W
""", contract=SINGLE),

    # L1
    V("l1_where", {"l1_penalty": """
def l1_penalty(W, reg):
    return reg * np.sum(np.absolute(W)), np.where(W > 0, reg, -reg)
"""}),
    V("l1_norm", {"l1_penalty": """
def l1_penalty(W, reg):
    penalty = reg * np.linalg.norm(W.ravel(), 1)
    dW = reg * W / np.maximum(np.abs(W), 1e-300)
    return [penalty, dW]
"""}),
    V("l1_in_loops", {"l1_penalty": """
def l1_penalty(W, reg):
    penalty, dW = 0, np.zeros_like(W)
    for place in np.ndindex(W.shape):
        penalty += reg * abs(W[place])
        dW[place] = reg if W[place] >= 0 else -reg
    return penalty, dW
"""}),

    # Softmax with loops
    _loss("softmax_public", _SOFT, """
loss = 0.0
dW = np.zeros_like(W)
num_classes = W.shape[1]
num_train = X.shape[0]
for i in range(num_train):
    scores = X[i].dot(W)
    shift_scores = scores - max(scores)
    loss_i = - shift_scores[y[i]] + np.log(sum(np.exp(shift_scores)))
    loss += loss_i
    for j in range(num_classes):
        softmax_output = np.exp(shift_scores[j]) / sum(np.exp(shift_scores))
        if j == y[i]:
            dW[:, j] += (-1 + softmax_output) * X[i]
        else:
            dW[:, j] += softmax_output * X[i]
loss /= num_train
loss += reg * np.sum(W * W)
dW = dW / num_train + 2 * reg * W
"""),
    _loss("softmax_logaddexp", _SOFT, """
loss, dW = reg * np.sum(W ** 2), 2 * reg * W
for x, c in zip(X, y):
    s = W.T.dot(x)
    total = np.logaddexp.reduce(s)
    loss = loss + (total - s[c]) / len(y)
    p = np.exp(s - total)
    p[c] -= 1
    dW = dW + x[:, None] * p / len(y)
"""),
    _loss("softmax_python_math", _SOFT, """
N, C = X.shape[0], W.shape[1]
loss, dW = 0.0, np.zeros(W.shape)
for i in range(N):
    s = [float(v) for v in X[i] @ W]
    top = max(s)
    e = [math.exp(v - top) for v in s]
    loss += math.log(sum(e)) + top - s[y[i]]
    for c in range(C):
        dW[:, c] += X[i] * (e[c] / sum(e) - (1 if c == y[i] else 0)) / N
loss = loss / N + reg * float((W * W).sum())
dW += reg * W + reg * W
""", first="import math\n"),

    # Softmax without loops
    _loss("softmax_fast_public", _SOFT_FAST, """
num_train = X.shape[0]
scores = X.dot(W)
scores -= np.max(scores, axis=1).reshape(-1, 1)
softmax_output = np.exp(scores) / np.sum(np.exp(scores), axis=1).reshape(-1, 1)
loss = np.sum(np.log(np.sum(np.exp(scores), axis=1)) - scores[range(num_train), list(y)])
loss /= num_train
loss += reg * np.sum(W * W)
dS = softmax_output.copy()
dS[range(num_train), list(y)] += -1
dW = (X.T).dot(dS)
dW = dW / num_train + 2 * reg * W
"""),
    _loss("softmax_fast_one_hot", _SOFT_FAST, """
T = np.eye(W.shape[1])[y]
Z = X @ W
Z = Z - Z.max(axis=1)[:, None]
L = Z - np.log(np.exp(Z).sum(axis=1))[:, None]
loss = -(T * L).sum() / len(T) + reg * np.sum(W ** 2)
dW = np.einsum("nd,nc->dc", X, np.exp(L) - T) / len(T) + 2 * reg * W
"""),
    _loss("softmax_fast_single_precision", _SOFT_FAST, """
W, X, reg = W.astype(np.float32), X.astype(np.float32), np.float32(reg)
Z = X @ W
Z -= Z.max(axis=1, keepdims=True)
L = Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))
i = np.arange(y.shape[0])
loss = -L[i, y].mean() + reg * (W * W).sum()
G = np.exp(L)
G[i, y] -= 1
dW = X.T @ G / np.float32(len(i)) + 2 * reg * W
""", contract=SINGLE),
    _loss("softmax_fast_scipy_if_there", _SOFT_FAST, """
Z = X @ W
L = log_softmax(Z)
G = np.exp(L)
np.subtract.at(G, (np.arange(len(y)), y), 1)
loss = float(-np.take_along_axis(L, y[:, None], axis=1).mean() + reg * np.vdot(W, W))
dW = (G.T @ X).T / len(y) + 2 * reg * W
""", first="""def log_softmax(s):
    return s - np.logaddexp.reduce(s, axis=1, keepdims=True)
"""),

    # train
    _batch("batch_public", "idx = np.random.choice(num_train, batch_size, replace=True); X_batch = X[idx, :]; y_batch = y[idx]"),
    _batch("batch_randint", "rows = np.random.randint(0, num_train, size=batch_size); X_batch, y_batch = X[rows], y[rows]"),
    _batch("batch_generator", "rows = rng.integers(num_train, size=batch_size); X_batch, y_batch = X[rows], y[rows]",
           before="rng = np.random.default_rng()"),
    _batch("batch_without_replacement_where_possible",
           "i = np.random.choice(num_train, batch_size, replace=batch_size > num_train); X_batch, y_batch = X[i], y[i]"),
    _batch("batch_permutation", "i = np.random.permutation(num_train)[:batch_size]; X_batch, y_batch = X[i], y[i]"),
    _batch("batch_random_choices", "i = random.choices(range(num_train), k=batch_size); X_batch, y_batch = X[i], y[i]",
           first="import random\n"),
    _batch("batch_epochs", """
        if not waiting: waiting = list(np.random.permutation(num_train))
        i, waiting = waiting[:batch_size], waiting[batch_size:]
        X_batch, y_batch = X[i], y[i]""", before="waiting = []"),
    V("step_in_place", {"train": _TRAIN.format(before="", batch=_BATCH, step="np.subtract(self.W, learning_rate * grad, out=self.W)")}),
    V("step_new_array", {"train": _TRAIN.format(before="", batch=_BATCH, step="self.W = self.W - grad * learning_rate")}),
    V("train_in_one_piece", {"train": """
@add_to_class(LinearClassifier)
def train(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200, verbose=False):
    if self.W is None:
        self.W = np.random.normal(scale=1e-3, size=(X.shape[1], int(y.max()) + 1))
    history = np.empty(num_iters)
    for step in range(num_iters):
        picked = np.random.randint(len(X), size=batch_size)
        history[step], gradient = self.loss(X[picked], y[picked], reg)
        self.W = self.W - learning_rate * gradient
    return history.tolist()
"""}),

    # predict
    _predict("predict_public", """
y_pred = np.zeros(X.shape[0])
scores = X.dot(self.W)
y_pred = scores.argmax(axis=1)
return y_pred
"""),
    _predict("predict_transposed", "return np.argmax(self.W.T @ X.T, axis=0)"),
    _predict("predict_in_a_loop", """
y_pred = np.zeros(X.shape[0], dtype=np.int32)
for i in range(X.shape[0]):
    y_pred[i] = np.argsort(X[i] @ self.W)[-1]
return y_pred
"""),
    _predict("predict_a_list", "return [int(np.argmax(row)) for row in np.matmul(X, self.W)]"),
    _predict("predict_probabilities", """
scores = X @ self.W
e = np.exp(scores - scores.max(axis=1, keepdims=True))
return (e / e.sum(axis=1, keepdims=True)).argmax(-1)
"""),

    # inline questions
    V("questions_as_lists", {f"inline_question_{number}": f"inline_question_{number} = {sorted(right)}"
                             for number, right in ((1, {2, 4}), (2, {2, 3}), (3, {1, 4}), (4, {1, 3, 4}))}),
    V("questions_as_built_sets", {"inline_question_1": "inline_question_1 = set(range(2, 5, 2))",
                                  "inline_question_2": "inline_question_2 = {2} | {3}",
                                  "inline_question_3": "inline_question_3 = {4, 1, 1}",
                                  "inline_question_4": "inline_question_4 = set(range(1, 5)) - {2}"}),
    V("questions_as_tuples", {"inline_question_1": "inline_question_1 = 4, 2", "inline_question_2": "inline_question_2 = (2, 3)",
                              "inline_question_3": "inline_question_3 = np.array([1, 4])",
                              "inline_question_4": "inline_question_4 = frozenset([1, 3, 4])"}),
    V("labels_as_floats", {"predict": """
@add_to_class(LinearClassifier)
def predict(self, X):
    y_pred = np.zeros(X.shape[0])
    y_pred += np.argmax(X.dot(self.W), axis=1)
    return y_pred
"""}),

    _loss("softmax_fast_epsilon_in_the_denominator", "softmax_loss_vectorized", """
N = X.shape[0]
shifted = X.dot(W) - np.max(X.dot(W), axis=1, keepdims=True)
total = np.sum(np.exp(shifted), axis=1, keepdims=True) + 1e-7
loss = np.sum(np.log(total[:, 0]) - shifted[np.arange(N), y]) / N + reg * np.sum(W * W)
p = np.exp(shifted) / total
p[np.arange(N), y] -= 1
dW = X.T.dot(p) / N + 2 * reg * W
"""),
]
