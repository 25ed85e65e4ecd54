"""Small changes to the solutions that make no difference to anybody, so that no check need catch them.

By notebook and by the mutant's name, as `autograder check --mutations` prints it, each with the reason.
"""

_SYMMETRIC = "it is the same with its two arguments exchanged"
_SAME = "both names stand for the same number here"
_NUMBERS = "numbers do not change in place; the name on the left gets a new value, and the old one is not needed any more"
_NO_CACHE = "the add gate's backward pass needs no cache, and does not look at it"
_LIST = "a list of numbers is taken for an array"
_DRAWING = "the symbol is for the drawing only"
_VECTOR = "the transpose of a vector, or of a number, is itself"
_ONE_AXIS = "the sum, or the mean, over the only axis is that of all"
_ONE_N = "there are as many labels as points, and as many scores"
_ADD_BACKWARD = "product_of_sum: dx, dy = add_backward(dq, add_cache) → "
_POWER = "Node(self.value ** exponent, (self,), (slope,)"

EQUIVALENT = {
    "computational_graphs": {
        "add_gate: out = x + y → x += y; out = x": _NUMBERS,
        "add_gate: dx, dy = (dout, dout) → dy, dx = (dout, dout)": _SAME,
        "max_gate: out, cache = (max(x, y), x > y) → out, cache = (max(y, x), x > y)": _SYMMETRIC,
        "max_gate: out, cache = (max(x, y), x > y) → out, cache = (max(x, y), x >= y)":
            "where both are equal there is no derivative, and either answer is right",
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
            "an input stands in the list as soon as it was visited, so that the list is as good as the set, only slower",
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
}
