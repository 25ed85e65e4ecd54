"""Small changes to the solutions that make no difference to anybody, so no check needs to catch them.

By notebook and by the mutant's name, as `autograder check --mutations` prints it, each with the reason.
"""

_ONE_N = "x and y have the same number of examples"
_SUM_OF_ROW = "the sum over the only axis is the sum"
_OWN_ARRAY = "the array that is overwritten was made here, and is no longer needed"
_MIRRORED = "the normal distribution is symmetric, and its numbers are not graded by their stream"
_ZERO = "any multiple of zero is zero"
_FREE_SIZE = "NumPy works out a size from the others if it is negative, whatever the number"

EQUIVALENT = {
    "layers": {
        "affine_forward: rows = x.reshape(x.shape[0], -1) → rows = x.reshape(x.shape[0], -2)": _FREE_SIZE,
        "affine_backward: rows = x.reshape(x.shape[0], -1) → rows = x.reshape(x.shape[0], -2)": _FREE_SIZE,
        "affine_backward: rows = x.reshape(x.shape[0], -1) → rows = x.reshape(dout.shape[0], -1)":
            "x and dout have the same number of examples",
        "relu_backward: dx = dout * (x > 0) → dx = dout * (x >= 0)": "at zero, either subgradient is right",
        "relu_backward: dx = dout * (x > 0) → dx = dout * (cache > 0)": "x is the cache",
        "svm_loss: N = x.shape[0] → N = y.shape[0]": _ONE_N,
        "svm_loss: dx = (margins > 0) / N → dx = (margins != 0) / N": "margins are not negative here",
        "softmax_loss: N = x.shape[0] → N = y.shape[0]": _ONE_N,
        "softmax_loss: log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)) → "
        "shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True)); log_p = shifted": _OWN_ARRAY,
        "softmax_loss: dx = np.exp(log_p) → dx = np.exp(log_p, out=log_p)": _OWN_ARRAY,
        "softmax_loss: loss = -log_p[examples, y].sum() / N → loss = -log_p[examples, y].sum(axis=0) / N":
            _SUM_OF_ROW,
        **{f"two_layer_net_init: self.params['{name}'] = {value} → self.params['{name}'] = -({value})": _MIRRORED
           for name, value in {"W1": "weight_scale * np.random.randn(input_dim, hidden_dim)",
                               "W2": "weight_scale * np.random.randn(hidden_dim, num_classes)"}.items()},
        **{f"two_layer_net_init: self.params['{name}'] = np.zeros({size}) → "
           f"self.params['{name}'] = {factor}np.zeros({size})": _ZERO
           for name, size in {"b1": "hidden_dim", "b2": "num_classes"}.items() for factor in ("2 * ", "0.5 * ", "-")},
        "two_layer_net_init: self.params['W2'] = weight_scale * np.random.randn(hidden_dim, num_classes) → "
        "weight_scale *= np.random.randn(hidden_dim, num_classes); self.params['W2'] = weight_scale":
            "weight_scale is a number, which the caller keeps, and it is not needed after this",
        "two_layer_net_loss: loss = data_loss + 0.5 * self.reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2)) → "
        "data_loss += 0.5 * self.reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2)); loss = data_loss": _OWN_ARRAY,
        "two_layer_net_loss: dpre_activation = relu_backward(dhidden, relu_cache) → "
        "dpre_activation = relu_backward(dhidden, pre_activation)": "the cache of relu_forward is its input",
        "two_layer_net_loss: dpre_activation = relu_backward(dhidden, relu_cache) → "
        "dpre_activation = relu_backward(dhidden, hidden)": "max(0, x) is positive where x is",
    },
    "two_layer_net": {
        "two_layer_net_loss: shifted = scores - scores.max(axis=1, keepdims=True) → "
        "scores -= scores.max(axis=1, keepdims=True); shifted = scores": _OWN_ARRAY,
        "two_layer_net_loss: log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)) → "
        "shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True)); log_p = shifted": _OWN_ARRAY,
        "two_layer_net_loss: dscores = np.exp(log_p) → dscores = np.exp(log_p, out=log_p)": _OWN_ARRAY,
        "two_layer_net_loss: loss = -log_p[np.arange(N), y].sum() / N + reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2)) → "
        "loss = -log_p[np.arange(N), y].sum(axis=0) / N + reg * (np.sum(W1 ** 2) + np.sum(W2 ** 2))": _SUM_OF_ROW,
        "two_layer_net_loss: dhidden = dscores @ W2.T * (hidden > 0) → "
        "dhidden = dscores @ W2.T * (hidden != 0)": "hidden is not negative",
        "train: chosen = np.random.choice(num_train, batch_size) → "
        "chosen = -np.random.choice(num_train, batch_size)": "counted from the end, the examples are the same",
    },
}
