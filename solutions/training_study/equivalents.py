"""Small changes to the solutions that make no difference to anybody, so no check needs to catch them.

By notebook and by the mutant's name, as `autograder check --mutations` prints it, each with the reason.
"""

_OWN_ARRAY = "the array that is overwritten was made here, and is no longer needed"
_SUM_OF_ROW = "the sum over the only axis is the sum"

_FUNCTIONS = {
    "nn_forward_backward: shifted = scores - xp.amax(scores, axis=1, keepdims=True) → "
    "scores -= xp.amax(scores, axis=1, keepdims=True); shifted = scores": _OWN_ARRAY,
    "nn_forward_backward: log_p = shifted - xp.log(xp.exp(shifted).sum(axis=1, keepdims=True)) → "
    "shifted -= xp.log(xp.exp(shifted).sum(axis=1, keepdims=True)); log_p = shifted": _OWN_ARRAY,
    "nn_forward_backward: dscores = xp.exp(log_p) → dscores = xp.exp(log_p, out=log_p)": _OWN_ARRAY,
    "nn_forward_backward: dhidden = dscores @ W2.T * (hidden > 0) → "
    "dhidden = dscores @ W2.T * (hidden != 0)": "hidden is not negative",
    "nn_forward_backward: loss = -log_p[xp.arange(N), y].sum() / N + reg * ((W1 ** 2).sum() + (W2 ** 2).sum()) → "
    "loss = -log_p[xp.arange(N), y].sum(axis=0) / N + reg * ((W1 ** 2).sum() + (W2 ** 2).sum())": _SUM_OF_ROW,
    "nn_train: chosen = np.random.choice(num_train, batch_size) → "
    "chosen = -np.random.choice(num_train, batch_size)": "counted from the end, the examples are the same",
    "nn_train: for name in params: → for name in grads:": "both have the same keys",
}

# Candidates are a matter of taste: for each list of the solution, others that would do as well.
_CANDIDATES = {
    ("learning_rates", "[0.5, 1.0]"): ("[0.25, 1.0]", "[1.5, 1.0]", "[0.5, 2.0]"),
    ("hidden_sizes", "[32, 96]"): ("[31, 96]", "[33, 96]", "[32, 95]", "[32, 97]"),
    ("regularization_strengths", "[0.0001, 0.001]"): (
        "[0.0, 0.001]", "[5e-05, 0.001]", "[0.0002, 0.001]", "[1.0001, 0.001]", "[0.0001, 0.0]", "[0.0001, 0.0005]",
        "[0.0001, 0.002]", "[0.0001, 1.001]"),
    ("learning_rate_decays", "[0.9, 0.95]"): ("[0.45, 0.95]", "[0.9, 0.475]"),
}


def _candidates() -> dict[str, str]:
    found = {}
    for (name, before), others in _CANDIDATES.items():
        start = f"nn_get_search_params: {name} = {before} → {name} = "
        found |= {start + after: "another candidate is as good" for after in others}
        found[f"{start}2 * {before}"] = "the same candidates twice are still two, and fewer than 256 combinations"
        found[f"{start}globals().setdefault('_first', {{}}).setdefault('{name}', {before})"] = \
            "the lists are the same in every call"
    return found


_NET = "net = TwoLayerNet(X_train.shape[1], hidden_size, 10, device=X_train.device, dtype=X_train.dtype)"
_FIND = {
    f"find_best_net: {_NET} → net = TwoLayerNet(X_train.shape[1], hidden_size, 10, dtype=X_train.dtype)":
        "where NumPy is the only library, as in grading, there is one device",
    "find_best_net: val_acc = accuracy(net.predict(X_val), y_val) → val_acc = accuracy(y_val, net.predict(X_val))":
        "equality does not depend on the order",
    "find_best_net: if best_net is None or val_acc > best_val_acc: → if best_net == None or val_acc > best_val_acc:":
        "a network is not equal to None",
    "find_best_net: if best_net is None or val_acc > best_val_acc: → if best_net is None or val_acc >= best_val_acc:":
        "of two that are equally good, either is the best",
    **{f"find_best_net: {_NET} → {_NET.replace(before, after)}": "all parts of a data set are on one device and have one type"
       for before, after in [("device=X_train.device", f"device={part}") for part in
                             ("X_val.device", "y_val.device", "y_train.device", "'numpy'")]
       + [("dtype=X_train.dtype", "dtype=X_val.dtype"), ("X_train.shape[1]", "X_val.shape[1]")]},
    **{"find_best_net: if best_net is None or val_acc > best_val_acc: → "
       f"if {name} is None or val_acc > best_val_acc:": "a network that gets nothing right need not be kept"
       for name in ("best_stat", "data_dict", "get_param_set_fn", "num_iters", "batch_size", "combinations",
                    "best_val_acc", "X_train", "y_train", "X_val", "y_val", "learning_rate", "hidden_size", "reg",
                    "learning_rate_decay", "net", "stats", "val_acc", "inline_question")},
}

EQUIVALENT = {
    "capacity_regularization_learning_rate": _FUNCTIONS,
    "search": _candidates() | _FIND,
}
