"""Right answers to knn.ipynb. A variant of one cell works with the reference's others, and with each other's."""

from autograder.authoring.variant import Variant as V

_TWO, _ONE, _NONE = (f"compute_distances_{way}" for way in ("two_loops", "one_loop", "no_loops"))
_L1, _VOTE, _FOLDS, _CROSS, _BEST = "compute_distances_l1", "predict_labels", "make_folds", "cross_validate", "best_of"


# What the notebook says about them.
SINGLE = "in float32 a check here may say ✗ for want of digits, which costs nothing"


def _distances(name: str, way: str, body: str, first: str = "", contract: str = "") -> V:
    """A way to compute distances; `body` gives `dists`."""
    lines = "\n".join("    " + line for line in body.strip("\n").splitlines())
    return V(name, {way: f"{first}\n@add_to_class(KNearestNeighbor)\ndef {way}(self, X):\n{lines}\n    return dists\n"}, contract)


_FRAME = """
num_test = X.shape[0]
num_train = self.X_train.shape[0]
dists = np.zeros((num_test, num_train))
"""


def _vote(name: str, label: str, first: str = "") -> V:
    """A way to count votes; `label` gives `y_pred[i]`. The frame is that of the public course, with float labels."""
    lines = "\n".join("        " + line for line in label.strip("\n").splitlines())
    return V(name, {_VOTE: f"""{first}
@add_to_class(KNearestNeighbor)
def predict_labels(self, dists, k=1):
    num_test = dists.shape[0]
    y_pred = np.zeros(num_test)
    for i in range(num_test):
{lines}
    return y_pred
"""})


CORPUS = [
    # One minute to begin with
    V("numbers_by_prod", {"count_numbers": """
def count_numbers(height, width):
    return np.prod((height, width, 3))
"""}),
    V("numbers_of_an_array", {"count_numbers": """
def count_numbers(height, width):
    return float(np.zeros((height, width, 3)).size)
"""}),
    V("numbers_colour_by_colour", {"count_numbers": """
def count_numbers(height, width):
    count = 0
    for colour in ("red", "green", "blue"):
        count += height * width
    return count
"""}),

    # as_rows
    V("rows_np_reshape", {"as_rows": """
def as_rows(images):
    return np.reshape(images, (images.shape[0], images.shape[1] * images.shape[2] * images.shape[3])).astype("float64")
"""}),
    V("rows_single_precision", {"as_rows": """
def as_rows(images):
    N = images.shape[0]
    return images.astype(np.float32).reshape((N, -1))
"""}),
    V("rows_in_a_loop", {"as_rows": """
def as_rows(images):
    rows = np.zeros((len(images), images[0].size))
    for number, image in enumerate(images):
        rows[number] = image.flatten()
    return rows
"""}),
    V("rows_stacked", {"as_rows": """
def as_rows(images):
    return np.vstack([1.0 * picture.ravel() for picture in images])
"""}),

    # Two loops
    _distances("two_loops_public", _TWO, _FRAME + """
for i in range(num_test):
    for j in range(num_train):
        dists[i][j] = np.sqrt(np.sum(np.square(X[i, :] - self.X_train[j, :])))
"""),
    _distances("two_loops_dot", _TWO, _FRAME + """
for i in range(num_test):
    for j in range(num_train):
        difference = X[i] - self.X_train[j]
        dists[i, j] = np.dot(difference, difference) ** 0.5
"""),
    _distances("two_loops_power", _TWO, _FRAME + """
for i, test in enumerate(X):
    for j, known in enumerate(self.X_train):
        dists[i, j] = np.power(np.power(known - test, 2).sum(), 0.5)
"""),
    _distances("two_loops_python_sum", _TWO, """
dists = np.array([[sum((a - b) ** 2 for a, b in zip(x, t)) ** 0.5 for t in self.X_train] for x in X])
"""),
    _distances("two_loops_math_dist", _TWO, """
dists = np.array([[math.dist(x, t) for t in self.X_train] for x in X])
""", first="import math\n"),
    _distances("two_loops_single_precision", _TWO, """
X, T = X.astype(np.float32), self.X_train.astype(np.float32)
dists = np.zeros((len(X), len(T)), dtype=np.float32)
for i in range(len(X)):
    for j in range(len(T)):
        dists[i, j] = np.sqrt(((X[i] - T[j]) ** 2).sum())
"""),

    # One loop
    _distances("one_loop_public", _ONE, _FRAME + """
for i in range(num_test):
    dists[i, :] = np.sqrt(np.sum(np.square(self.X_train - X[i, :]), axis=1))
"""),
    _distances("one_loop_einsum", _ONE, """
rows = []
for x in X:
    d = self.X_train - x
    rows.append(np.sqrt(np.einsum("nd,nd->n", d, d)))
dists = np.stack(rows)
"""),
    _distances("one_loop_over_training", _ONE, _FRAME + """
for j in range(num_train):
    dists[:, j] = ((X - self.X_train[j]) ** 2).sum(-1) ** 0.5
"""),
    _distances("one_loop_over_pixels", _ONE, _FRAME + """
for d in range(X.shape[1]):
    dists += np.subtract.outer(X[:, d], self.X_train[:, d]) ** 2
dists = np.sqrt(dists)
"""),
    _distances("one_loop_tiled", _ONE, _FRAME + """
for i in range(num_test):
    same = np.tile(X[i], (num_train, 1))
    dists[i] = np.sqrt(np.sum((same - self.X_train) ** 2, 1))
"""),

    # No loops
    _distances("no_loops_public", _NONE, _FRAME + """
a = np.sum(np.square(X), axis=1)
b = np.sum(np.square(self.X_train), axis=1)
ab = np.dot(X, self.X_train.T)
dists = np.sqrt(np.maximum(-2 * ab + a.reshape(-1, 1) + b, 0))
"""),
    _distances("no_loops_clipped", _NONE, """
dists = np.einsum("id,id->i", X, X)[:, None] - 2 * np.einsum("id,jd->ij", X, self.X_train)
dists += np.einsum("jd,jd->j", self.X_train, self.X_train)[None, :]
dists = np.sqrt(np.clip(dists, 0, None))
"""),
    _distances("no_loops_abs", _NONE, """
squares = (X * X).sum(1)[:, np.newaxis] + (self.X_train * self.X_train).sum(1) - X.dot(2 * self.X_train.T)
dists = np.sqrt(np.abs(squares))
"""),
    _distances("no_loops_mask", _NONE, """
dists = np.add.outer((X ** 2).sum(axis=1), (self.X_train ** 2).sum(axis=1)) - 2 * np.matmul(X, self.X_train.transpose())
dists[dists < 0] = 0
dists **= 0.5
"""),
    _distances("no_loops_broadcast", _NONE, """
dists = np.sqrt(((X[:, None, :] - self.X_train[None, :, :]) ** 2).sum(axis=2))
"""),
    _distances("no_loops_complex_root", _NONE, """
d2 = (X ** 2).sum(1, keepdims=True) + (self.X_train ** 2).sum(1) - 2 * X @ self.X_train.T
dists = np.sqrt(d2.astype(complex)).real
"""),
    _distances("no_loops_single_precision", _NONE, """
X, T = X.astype(np.float32), self.X_train.astype(np.float32)
dists = np.sqrt(np.maximum((X ** 2).sum(1, keepdims=True) + (T ** 2).sum(1) - 2 * X @ T.T, 0))
""", contract=SINGLE),
    _distances("no_loops_nan_to_num", _NONE, """
with np.errstate(invalid="ignore"):
    dists = np.sqrt(np.sum(X ** 2, axis=1).reshape(X.shape[0], 1) - 2 * X.dot(self.X_train.T)
                    + np.sum(self.X_train ** 2, axis=1))
dists = np.nan_to_num(dists)
"""),

    # L1
    _distances("l1_no_loop", _L1, "dists = np.abs(X[:, None] - self.X_train[None]).sum(axis=-1)\n"),
    _distances("l1_two_loops", _L1, _FRAME + """
for i in range(num_test):
    for j in range(num_train):
        dists[i, j] = np.sum(np.absolute(X[i] - self.X_train[j]))
"""),
    _distances("l1_maximum_minus_minimum", _L1, """
dists = np.array([(np.maximum(self.X_train, x) - np.minimum(self.X_train, x)).sum(axis=1) for x in X])
"""),
    _distances("l1_norm", _L1, """
dists = np.stack([np.linalg.norm(self.X_train - x, ord=1, axis=1) for x in X])
"""),

    # predict_labels
    _vote("vote_public", """
closest_y = []
indices = np.argsort(dists[i, :])
closest_y = self.y_train[indices[:k]]
y_pred[i] = np.argmax(np.bincount(closest_y))
"""),
    _vote("vote_unique", """
values, counts = np.unique(self.y_train[np.argsort(dists[i])[0:k]], return_counts=True)
y_pred[i] = values[np.argmax(counts)]
"""),
    _vote("vote_counter", """
nearest = sorted(self.y_train[np.argsort(dists[i])[:k]])
y_pred[i] = Counter(nearest).most_common(1)[0][0]
""", first="from collections import Counter\n"),
    _vote("vote_argpartition", """
some = np.argpartition(dists[i], k - 1)[:k]
y_pred[i] = np.bincount(self.y_train[some]).argmax()
"""),
    _vote("vote_dictionary", """
votes = {}
for j in sorted(range(dists.shape[1]), key=lambda j: dists[i, j])[:k]:
    votes[self.y_train[j]] = votes.get(self.y_train[j], 0) + 1
y_pred[i] = min(votes, key=lambda label: (-votes[label], label))
"""),
    _vote("vote_statistics", """
y_pred[i] = min(statistics.multimode(self.y_train[np.argsort(dists[i])[:k]].tolist()))
""", first="import statistics\n"),
    V("vote_without_a_loop", {_VOTE: """
@add_to_class(KNearestNeighbor)
def predict_labels(self, dists, k=1):
    labels = self.y_train[np.argsort(dists, axis=1)[:, :k]]
    counts = (labels[:, :, None] == np.arange(self.y_train.max() + 1)).sum(axis=1)
    return counts.argmax(axis=1)
"""}),
    V("vote_list_of_labels", {_VOTE: """
@add_to_class(KNearestNeighbor)
def predict_labels(self, dists, k=1):
    return [int(np.bincount(self.y_train[row.argsort()[:k]]).argmax()) for row in dists]
"""}),

    # make_folds
    V("folds_by_index", {_FOLDS: """
def make_folds(X, y, num_folds=5):
    parts = np.array_split(np.arange(len(X)), num_folds)
    return [X[part] for part in parts], [y[part] for part in parts]
"""}),
    V("folds_by_hand", {_FOLDS: """
def make_folds(X, y, num_folds=5):
    X_folds, y_folds, start = [], [], 0
    for fold in range(num_folds):
        size = len(X) // num_folds + (fold < len(X) % num_folds)
        X_folds.append(X[start:start + size])
        y_folds.append(y[start:start + size])
        start += size
    return X_folds, y_folds
"""}),
    V("folds_public", {_FOLDS: """
def make_folds(X, y, num_folds=5):
    X_train_folds = []
    y_train_folds = []
    X_train_folds = np.array_split(X, num_folds, axis=0)
    y_train_folds = np.array_split(y, num_folds)
    return (X_train_folds, y_train_folds)
"""}),

    # cross_validate
    V("cross_validation_public", {_CROSS: """
def cross_validate(X_folds, y_folds, k_choices):
    num_folds = len(X_folds)
    k_to_accuracies = {}
    for k in k_choices:
        k_to_accuracies[k] = []
        for fold in range(num_folds):
            X_rest = np.concatenate([X_folds[f] for f in range(num_folds) if f != fold])
            y_rest = np.concatenate([y_folds[f] for f in range(num_folds) if f != fold])
            knn = KNearestNeighbor()
            knn.train(X_rest, y_rest)
            y_pred = knn.predict(X_folds[fold], k=k, num_loops=0)
            num_correct = np.sum(y_pred == y_folds[fold])
            k_to_accuracies[k].append(float(num_correct) / len(y_folds[fold]))
    return k_to_accuracies
"""}),
    V("cross_validation_of_arrays", {_CROSS: """
def cross_validate(X_folds, y_folds, k_choices):
    found = {k: np.zeros(len(X_folds)) for k in k_choices}
    for i, (X_out, y_out) in enumerate(zip(X_folds, y_folds)):
        knn = KNearestNeighbor()
        knn.train(np.vstack([X for j, X in enumerate(X_folds) if j != i]), np.hstack([y for j, y in enumerate(y_folds) if j != i]))
        for k in k_choices:
            found[k][i] = (knn.predict(X_out, k, num_loops=1) == y_out).mean()
    return found
"""}),
    V("cross_validation_one_distance_matrix", {_CROSS: """
def cross_validate(X_folds, y_folds, k_choices):
    X, y = np.concatenate(X_folds), np.concatenate(y_folds)
    fold_of = np.repeat(np.arange(len(X_folds)), [len(fold) for fold in X_folds])
    knn = KNearestNeighbor()
    knn.train(X, y)
    everything = knn.compute_distances_no_loops(X)
    result = {}
    for k in k_choices:
        result[k] = []
        for i in range(len(X_folds)):
            inside = fold_of == i
            knn.train(X[~inside], y[~inside])
            right = knn.predict_labels(everything[inside][:, ~inside], k=k) == y[inside]
            result[k].append(right.sum() / right.size)
    return result
"""}),
    V("cross_validation_popped", {_CROSS: """
def cross_validate(X_folds, y_folds, k_choices):
    k_to_accuracies = {}
    for i in range(len(X_folds)):
        X_rest, y_rest = list(X_folds), list(y_folds)
        X_out, y_out = X_rest.pop(i), y_rest.pop(i)
        knn = KNearestNeighbor()
        knn.train(np.concatenate(X_rest, axis=0), np.concatenate(y_rest))
        for k in k_choices:
            accuracy = 1 - np.mean(knn.predict(X_out, k=k, num_loops=2) != y_out)
            k_to_accuracies.setdefault(k, []).append(accuracy)
    return k_to_accuracies
"""}),

    # best_of
    V("best_in_a_loop", {_BEST: """
def best_of(k_to_accuracies):
    best_k, best = None, -1
    for k, accuracies in k_to_accuracies.items():
        mean = sum(accuracies) / len(accuracies)
        if mean >= best:
            best_k, best = k, mean
    return best_k
"""}),
    V("best_sorted", {_BEST: """
def best_of(k_to_accuracies):
    return sorted((np.mean(v), k) for k, v in k_to_accuracies.items())[-1][1]
"""}),
    V("best_argmax", {_BEST: """
def best_of(k_to_accuracies):
    ks = np.array(sorted(k_to_accuracies))
    return ks[np.argmax([np.average(k_to_accuracies[k]) for k in ks])]
"""}),

    # inline questions
    V("questions_as_lists", {"inline_question_1": "inline_question_1 = [3, 1]", "inline_question_2": "inline_question_2 = [2, 3, 4]",
                             "inline_question_3": "inline_question_3 = (1, 3)"}),
    V("questions_as_built_sets", {"inline_question_1": "inline_question_1 = set([1, 3])",
                                  "inline_question_2": "inline_question_2 = {2} | {4, 3}",
                                  "inline_question_3": "inline_question_3 = frozenset({3, 1})"}),
    V("questions_as_ranges", {"inline_question_1": "inline_question_1 = np.array([1, 3])",
                              "inline_question_2": "inline_question_2 = set(range(2, 5))",
                              "inline_question_3": "inline_question_3 = {1, 3, 3}"}),
]
