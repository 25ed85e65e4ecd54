"""Small changes to the solutions that make no difference to anybody, so no check needs to catch them.

By notebook and by the mutant's name, as `autograder check --mutations` prints it, each with the reason.
"""

_SYMMETRIC = "the result is the same with its two arguments swapped"
_SAME = "both names stand for the same number here"
_NUMBERS = "numbers do not change in place; the name on the left gets a new value, and the old one is no longer needed"
_NO_CACHE = "the add gate's backward pass needs no cache, and does not look at it"
_LIST = "a list of numbers is accepted as an array"
_DRAWING = "the symbol is for the drawing only"
_VECTOR = "the transpose of a vector, or of a number, is itself"
_ONE_AXIS = "the sum, or the mean, over the only axis is that over all entries"
_ONE_N = "there are as many labels as points, and as many scores"
_ADD_BACKWARD = "product_of_sum: dx, dy = add_backward(dq, add_cache) → "
_CACHE = "both names stand for the same array here"
_AT_ZERO = "at zero, either side is right"
_SIGN = "only the sign of the cache counts"
_SQUARED = "the cache is only squared"
_WHERE_X = "out has the sign of x"
_SHORTER = "zip ends with the shorter list"
_POWER = "Node(self.value ** exponent, (self,), (slope,)"

EQUIVALENT = {
    "computational_graphs": {
        "add_gate: out = x + y → x += y; out = x": _NUMBERS,
        "add_gate: dx, dy = (dout, dout) → dy, dx = (dout, dout)": _SAME,
        "max_gate: out, cache = (max(x, y), x > y) → out, cache = (max(y, x), x > y)": _SYMMETRIC,
        "max_gate: out, cache = (max(x, y), x > y) → out, cache = (max(x, y), x >= y)":
            "where both are equal there is no derivative, and either answer is right",
        "max_gate: dx, dy = (dout, 0.0) if cache else (0.0, dout) → dy, dx = (dout, 0.0) if cache else (0.0, dout)"
        "; and out, cache = (max(x, y), x > y) → out, cache = (max(x, y), x < y)": "the cache may say which one is smaller",
        "product_of_sum: q, add_cache = add_forward(x, y) → q, add_cache = add_forward(y, x)": _SYMMETRIC,
        _ADD_BACKWARD + "dy, dx = add_backward(dq, add_cache)": "the add gate gives the same to both",
        _ADD_BACKWARD + "dx, dy = add_backward(z, add_cache)": "dq is 1 times z",
        **{f"{_ADD_BACKWARD}dx, dy = add_backward(dq, {name})": _NO_CACHE for name in (
            "inline_question_1", "inline_question_2", "x", "y", "z", "q", "f", "dx", "dy", "dz", "dq", "multiply_cache")},
        "sigmoid_neuron: dw = np.array([ds * x[0], ds * x[1], ds]) → dw = [ds * x[0], ds * x[1], ds]": _LIST,
        "sigmoid_neuron: dx = np.array([ds * w[0], ds * w[1]]) → dx = [ds * w[0], ds * w[1]]": _LIST,
        "intricate: xpy = x + y → x += y; xpy = x": _NUMBERS,
        "intricate: dsigx, dxpysqr = (dden, dden) → dxpysqr, dsigx = (dden, dden)": _SAME,
        "intricate: dx, dy = (dxpy, dxpy) → dy, dx = (dxpy, dxpy)": _SAME,
        **{f"intricate: dxpy = 2 * xpy * dxpysqr → dxpy = 2 * xpy * {name}": _SAME for name in ("dden", "dsigx")},
        **{f"intricate: dx += dsigx * sigx * (1 - sigx) → dx += {name} * sigx * (1 - sigx)": _SAME
           for name in ("dden", "dxpysqr")},
        "node_times: result = Node(self.value * other.value, (self, other), (other.value, self.value), '×') → "
        "result = Node(self.value * other.value, (self, other), (other.value, self.value))": _DRAWING,
        **{f"node_power: result = {_POWER}, f'^{{exponent:g}}') → result = {_POWER}{symbol})": _DRAWING
           for symbol in ("", ", f'g{exponent:g}'", ", f'^{slope:g}'", ", f'^{exponent:^}'")},
        "node_exp: result = Node(value, (self,), (value,), 'exp') → result = Node(value, (self,), (value,))": _DRAWING,
        "topological_order: if node not in seen: → if node not in order:":
            "an input is in the list as soon as it has been visited, so the list is as good as the set, only slower",
        "node_backward: self.gradient = 1.0 → node.gradient = 1.0": "the last node of the order is self",
        "neuron_loss: loss = np.mean(np.logaddexp(0, s) - y * s) → loss = np.mean(np.logaddexp(0, s) - y * s, axis=0)":
            _ONE_AXIS,
        "neuron_loss: db = np.sum(ds) → db = np.sum(ds, axis=0)": _ONE_AXIS,
        "neuron_loss: dw = X.T @ ds → dw = (X.T @ ds).T": _VECTOR,
        "neuron_loss: dw = X.T @ ds → dw = X.T @ ds.T": _VECTOR,
        "neuron_loss: s = X @ w + b → s = (X @ w).T + b": _VECTOR,
        "neuron_loss: s = X @ w + b → s = X @ w.T + b": _VECTOR,
        "neuron_loss: loss = np.mean(np.logaddexp(0, s) - y * s) → loss = np.mean(np.logaddexp(s, 0) - y * s)": _SYMMETRIC,
        "neuron_loss: ds = (sigmoid(s) - y) / len(y) → ds = (sigmoid(s) - y) / len(X)": _ONE_N,
        "neuron_loss: ds = (sigmoid(s) - y) / len(y) → ds = (sigmoid(s) - y) / len(s)": _ONE_N,
    },
    "activations": {
        "sigmoid: out = np.where(x >= 0, 1, e) / (1 + e) → out = np.where(x > 0, 1, e) / (1 + e)": "at zero both are 1",
        "sigmoid: dx = dout * out * (1 - out) → dx = dout * cache * (1 - out)": _CACHE,
        "sigmoid: dx = dout * out * (1 - out) → dx = dout * out * (1 - cache)": _CACHE,
        "tanh: cache = out → cache = -out": _SQUARED,
        "tanh: out = cache → out = -cache": _SQUARED,
        "tanh: dx = dout * (1 - out ** 2) → dx = dout * (1 - cache ** 2)": _CACHE,
        **{f"relu: cache = x → cache = {factor} * x": _SIGN for factor in ("2", "0.5")},
        **{f"relu: x = cache → x = {factor} * cache": _SIGN for factor in ("2", "0.5")},
        "relu: cache = x → cache = out": "out is positive where x is",
        "relu: dx = dout * (x > 0) → dx = dout * (x >= 0)": _AT_ZERO,
        "relu: dx = dout * (x > 0) → dx = dout * (cache > 0)": _CACHE,
        "leaky_relu: out = np.where(x > 0, x, alpha * x) → out = np.where(x >= 0, x, alpha * x)": _AT_ZERO,
        "leaky_relu: cache = (x, alpha) → cache = (out, alpha)": _WHERE_X,
        "leaky_relu: dx = np.where(x > 0, dout, alpha * dout) → dx = np.where(x >= 0, dout, alpha * dout)": _AT_ZERO,
        "elu: out = np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))) → "
        "out = np.where(x >= 0, x, alpha * np.expm1(np.minimum(x, 0)))": _AT_ZERO,
        "elu: dx = dout * np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0))) → "
        "dx = dout * np.where(x >= 0, 1, alpha * np.exp(np.minimum(x, 0)))": _AT_ZERO,
        "elu: out = np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))) → "
        "out = np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 1)))": "what is computed for positive x is not chosen",
        "elu: dx = dout * np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0))) → "
        "dx = dout * np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 1)))": "what is computed for positive x is not chosen",
        "maxout: out = np.maximum(first, second) → out = np.maximum(first, second, out=first)":
            "the larger one is larger than the second where the first was",
        "maxout: cache = (x, w1, w2, first > second) → cache = (x, w1, w2, first >= second)": _AT_ZERO,
        "maxout: cache = (x, w1, w2, first > second) → cache = (x, w1, w2, out > second)":
            "the larger one is larger than the second where the first is",
        "collapse: b = b1 @ w2 + b2 → b = (b1 @ w2).T + b2": _VECTOR,
        "collapse: b = b1 @ w2 + b2 → b = b1.T @ w2 + b2": _VECTOR,
        "mlp_loss: loss = np.mean(np.logaddexp(0, scores) - y * scores) → "
        "loss = np.mean(np.logaddexp(0, scores) - y * scores, axis=0)": _ONE_AXIS,
        "mlp_loss: loss = np.mean(np.logaddexp(0, scores) - y * scores) → "
        "loss = np.mean(np.logaddexp(scores, 0) - y * scores)": _SYMMETRIC,
        "mlp_loss: for w, b in zip(weights[:-1], biases[:-1]): → for w, b in zip(weights, biases[:-1]):": _SHORTER,
        "mlp_loss: for w, b in zip(weights[:-1], biases[:-1]): → for w, b in zip(weights[:-1], biases):": _SHORTER,
        "mlp_loss: scores = (hidden @ weights[-1] + biases[-1])[:, 0] → "
        "scores = (hidden @ weights[-1] + biases[-1])[:, -1]": "there is one column",
        **{f"mlp_loss: dpre = ((sigmoid_forward(scores)[0] - y) / len(y))[:, np.newaxis] → "
           f"dpre = ((sigmoid_forward(scores)[0] - y) / len({name}))[:, np.newaxis]": _ONE_N
           for name in ("X", "scores", "hidden")},
        **{f"mlp_loss: dpre = ((sigmoid_forward(scores)[0] - y) / len(y))[:, np.newaxis] → "
           f"dpre = ((sigmoid_forward(scores)[{place}] - y) / len(y))[:, np.newaxis]": "the cache of sigmoid_forward is its output"
           for place in ("1", "-1")},
        "dead_share: share = np.mean(np.all(slopes == 0, axis=0)) → share = np.mean(np.all(slopes == 0, axis=0), axis=0)":
            _ONE_AXIS,
        "dead_share: share = np.mean(np.all(slopes == 0, axis=0)) → "
        "share = np.mean(np.all(slopes == 0, axis=0, keepdims=True))": "the mean is that of the same numbers",
    },
}
