"""Small changes to the solutions that make no difference to anybody, so that no check need catch them.

By notebook and by the mutant's name, as `autograder check --mutations` prints it, each with the reason.
"""

_OWN_ARRAY = "the array that is overwritten was made here, and nobody needs it any more"
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

EQUIVALENT = {
    "capacity_regularization_learning_rate": _FUNCTIONS,
    "search": {},
}
