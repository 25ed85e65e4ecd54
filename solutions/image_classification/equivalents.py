"""Small changes to the solutions that make no difference to anybody, so no check needs to catch them.

By notebook and by the mutant's name, as `autograder check --mutations` prints it, each with the reason.
"""

_FREE_SIZE = "NumPy works out a size from the others if it is negative, whatever the number"
_ONE_AXIS = "over the only axis there is, the result is the same"
_TURNED = "the difference is squared, or its absolute value is taken"
_ONE_N = "all of these have one entry for each example"
_VECTOR = "an array with one axis is its own transpose"
_OWN_ARRAY = "the array that is overwritten was made here, and is no longer needed"


def _lengths(function: str, line: str, others: tuple[str, ...]) -> dict[str, str]:
    """The number of examples, taken from another array; len(X) appears once in the line."""
    return {f"{function}: {line} → {line.replace('len(X)', f'len({other})')}": _ONE_N for other in others}


def _in_place(function: str, line: str) -> dict[str, str]:
    target, value = line.split(" = ", 1)
    before, taken = value.split(" - ", 1)
    return {f"{function}: {line} → {before} -= {taken}; {target} = {before}": _OWN_ARRAY}


_PENALTY = " + reg * np.sum(W * W)"

EQUIVALENT = {
    "knn": {
        "as_rows: rows = images.reshape(len(images), -1).astype(np.float64) → "
        "rows = images.reshape(len(images), -2).astype(np.float64)": _FREE_SIZE,
        "compute_distances_two_loops: dists[i, j] = np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2)) → "
        "dists[i, j] = np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2, axis=0))": _ONE_AXIS,
        "compute_distances_two_loops: dists[i, j] = np.sqrt(np.sum((X[i] - self.X_train[j]) ** 2)) → "
        "dists[i, j] = np.sqrt(np.sum((self.X_train[j] - X[i]) ** 2))": _TURNED,
        "compute_distances_one_loop: dists[i] = np.sqrt(((self.X_train - X[i]) ** 2).sum(axis=1)) → "
        "dists[i] = np.sqrt(((X[i] - self.X_train) ** 2).sum(axis=1))": _TURNED,
        "compute_distances_l1: dists[i] = np.abs(self.X_train - X[i]).sum(axis=1) → "
        "dists[i] = np.abs(X[i] - self.X_train).sum(axis=1)": _TURNED,
        "cross_validate: others = KNearestNeighbor() → "
        "others = globals().setdefault('_first', {}).setdefault('others', KNearestNeighbor())":
            "training a classifier again replaces all that it knows",
        **{"cross_validate: to_others = others.compute_distances_no_loops(X_folds[i]) → "
           f"to_others = {factor} * others.compute_distances_no_loops(X_folds[i])":
           "a common factor does not change the order of the distances" for factor in (2, 0.5)},
        "cross_validate: accuracies.append(np.mean(others.predict_labels(to_others, k=k) == y_folds[i])) → "
        "accuracies.append(np.mean(others.predict_labels(to_others, k=k) == y_folds[i], axis=0))": _ONE_AXIS,
        "best_of: best_k = max(k_to_accuracies, key=lambda k: np.mean(k_to_accuracies[k])) → "
        "best_k = max(k_to_accuracies, key=lambda k: np.mean(k_to_accuracies[k], axis=0))": _ONE_AXIS,
        "best_of: best_k = max(k_to_accuracies, key=lambda k: np.mean(k_to_accuracies[k])) → "
        "best_k = max(k_to_accuracies, key=lambda k: np.sum(k_to_accuracies[k]))": "there are as many folds for each k",
    },
    "linear_classifiers": {
        **{f"{function}: {line}": reason for function in ("svm_loss_naive", "softmax_loss_naive") for line, reason in {
            "scores = x @ W → scores = (x @ W).T": _VECTOR, "scores = x @ W → scores = x.T @ W": _VECTOR,
            "for j in range(W.shape[1]): → for j in range(dW.shape[1]):": "dW has the shape of W"}.items()},
        **{key: reason for function in ("svm_loss_naive", "softmax_loss_naive") for key, reason in (
            _lengths(function, "loss = loss / len(X)" + _PENALTY, ("y",))
            | _lengths(function, "dW = dW / len(X) + 2 * reg * W", ("y",))).items()},
        "svm_loss_naive: if j != right and margin > 0: → if j != right and margin >= 0:":
            "at the kink, either subgradient is right, and a margin of 0 adds nothing",
        **_lengths("svm_loss_vectorized", "rows = np.arange(len(X))", ("y",)),
        **_lengths("svm_loss_vectorized", "loss = margins.sum() / len(X)" + _PENALTY, ("y", "rows", "scores", "margins")),
        **_lengths("svm_loss_vectorized", "dscores = np.sign(margins) / len(X)", ("y", "rows", "scores", "margins")),
        **_in_place("softmax_loss_naive", "shifted = scores - scores.max()"),
        **_in_place("softmax_loss_naive", "log_p = shifted - np.log(np.exp(shifted).sum())"),
        "softmax_loss_naive: log_p = shifted - np.log(np.exp(shifted).sum()) → "
        "log_p = shifted - np.log(np.exp(shifted).sum(axis=0))": _ONE_AXIS,
        **_in_place("softmax_loss_vectorized", "shifted = scores - scores.max(axis=1, keepdims=True)"),
        **_in_place("softmax_loss_vectorized", "log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))"),
        "softmax_loss_vectorized: dscores = np.exp(log_p) → dscores = np.exp(log_p, out=log_p)": _OWN_ARRAY,
        "softmax_loss_vectorized: loss = -log_p[rows, y].sum() / len(X)" + _PENALTY + " → "
        "loss = -log_p[rows, y].sum(axis=0) / len(X)" + _PENALTY: _ONE_AXIS,
        **_lengths("softmax_loss_vectorized", "rows = np.arange(len(X))", ("y",)),
        **_lengths("softmax_loss_vectorized", "loss = -log_p[rows, y].sum() / len(X)" + _PENALTY,
                   ("y", "rows", "scores", "shifted", "log_p")),
        **_lengths("softmax_loss_vectorized", "dW = X.T @ dscores / len(X) + 2 * reg * W",
                   ("y", "rows", "scores", "shifted", "log_p", "dscores")),
        "train: chosen = np.random.choice(num_train, batch_size) → chosen = -np.random.choice(num_train, batch_size)":
            "counted from the end, the examples are the same",
    },
}
