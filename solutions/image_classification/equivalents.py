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


_HUE = ("sixths = np.where(largest == r, (g - b) / divisor % 6, np.where(largest == g, (b - r) / divisor + 2, "
        "(r - g) / divisor + 4))")
_CUT = "return values.reshape(N, H // cell, cell, W // cell, cell).swapaxes(2, 3).reshape(-1, cell * cell)"
_SCALE = "mean, std = (X_train.mean(axis=0), X_train.std(axis=0))"
_ONE_ROW = "a single row is subtracted from each, or divides each"


def _changed(function: str, line: str, old: str, new: str) -> str:
    return f"{function}: {line} → {line.replace(old, new)}"


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
    "features": {
        "hue_and_chroma: divisor = np.where(C == 0, 1, C) → divisor = np.where(C <= 0, 1, C)": "C is never below 0",
        "hue_and_chroma: divisor = np.where(C == 0, 1, C) → divisor = np.where(C == 0, 2, C)":
            "what is divided by it is 0",
        **{_changed("hue_and_chroma", _HUE, old, new): "the largest channel is never below another"
           for old, new in (("largest == r", "largest <= r"), ("largest == g", "largest <= g"))},
        **{_changed("hue_and_chroma", _HUE, f"{top} / divisor", f"{top} / C"): "a grey pixel is taken care of by the first line"
           for top in ("(b - r)", "(r - g)")},
        "gradients: gx, gy = (np.zeros(grey.shape), np.zeros(grey.shape)) → "
        "gy, gx = (np.zeros(grey.shape), np.zeros(grey.shape))": "both are zeros",
        "histogram: places = which + bins * np.arange(N)[:, np.newaxis] → "
        "which += bins * np.arange(N)[:, np.newaxis]; places = which": _OWN_ARRAY,
        "histogram: N = len(positions) → N = len(weights)": "positions and weights have the same shape",
        "hog: orientation, magnitude = gradients(images.mean(axis=-1)) → "
        "orientation, magnitude = gradients(images.mean(axis=-1, keepdims=True))":
            "gradients takes the first two axes of each image, and cut joins the last one",
        "hog: found = counts.reshape(N, -1) → found = counts.reshape(N, -2)": _FREE_SIZE,
        _changed("hog", _CUT, "reshape(-1", "reshape(-2"): _FREE_SIZE,
        _changed("hog", _CUT, "swapaxes(2, 3)", "swapaxes(3, 2)"): "swapping goes both ways",
        _changed("hog", _CUT, "reshape(N, H // cell,", "reshape(H // cell, N,"): "the first two axes are joined again",
        _changed("standardize", _SCALE, "mean(axis=0)", "mean(axis=0, keepdims=True)"): _ONE_ROW,
        _changed("standardize", _SCALE, "std(axis=0)", "std(axis=0, keepdims=True)"): _ONE_ROW,
        "standardize: scaled = (X - mean) / np.where(std == 0, 1, std) → scaled = (X - mean) / np.where(std <= 0, 1, std)":
            "a deviation is never below 0",
        **_in_place("net_loss", "shifted = scores - scores.max(axis=1, keepdims=True)"),
        **_in_place("net_loss", "log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))"),
        "net_loss: dscores = np.exp(log_p) / N → dscores = np.exp(log_p, out=log_p) / N": _OWN_ARRAY,
        **_lengths("net_loss", "N = len(X)", ("y", "scores", "h")),
        "net_loss: dh = dscores @ W2.T * (h > 0) → dh = dscores @ W2.T * (h != 0)": "h is never below 0",
        _changed("net_loss", "loss = -log_p[np.arange(N), y].sum() / N + reg * (np.sum(W1 * W1) + np.sum(W2 * W2))",
                    ".sum()", ".sum(axis=0)"): _ONE_AXIS,
    },
}
