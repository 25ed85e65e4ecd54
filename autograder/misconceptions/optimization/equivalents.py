"""Small changes to the solutions that make no difference to anybody, so that no check need catch them.

By notebook and by the mutant's name, as `autograder check --mutations` prints it, each with the reason.
"""

_RULE_OWNS = "a rule may update w and what its config remembers in place, as cs231n_utils.sgd does"
_OWN_NUMBER = "a learning rate is a number, which the caller keeps"
_OWN_ARRAY = "the array that is overwritten was made here, and nobody needs it any more"
_SAME_LENGTH = "all of these have one row for each example"
_ZERO = "any multiple of zero is zero"
_MIRRORED = "the normal distribution is symmetric, and its numbers are not graded by their stream"
_FREE_SIZE = "NumPy takes any negative size for the one that follows from the others"

_STEP = "config['learning_rate'] * {} / (np.sqrt({}) + config['epsilon'])"

# The TwoLayerNet that students bring along; its cell is the same in two notebooks.
_BROUGHT = {
    "two_layer_net: logs = scores - scores.max(axis=1, keepdims=True) → "
    "scores -= scores.max(axis=1, keepdims=True); logs = scores": _OWN_ARRAY,
    "two_layer_net: signal = np.exp(logs) → signal = np.exp(logs, out=logs)": _OWN_ARRAY,
    "two_layer_net: self.params[f'W{number}'] = np.random.randn(*shape) * weight_scale → "
    "self.params[f'W{number}'] = -(np.random.randn(*shape) * weight_scale)": _MIRRORED,
    **{f"two_layer_net: self.params[f'b{{number}}'] = np.zeros(shape[1]) → "
       f"self.params[f'b{{number}}'] = {factor}np.zeros(shape[1])": _ZERO for factor in ("2 * ", "0.5 * ", "-")},
    **{f"two_layer_net: signal /= len(X) → signal /= len({name})": _SAME_LENGTH
       for name in ("y", "scores", "hidden", "logs", "signal", "rows")},
    **{f"two_layer_net: chosen = (np.arange(len(X)), y) → chosen = (np.arange(len({name})), y)": _SAME_LENGTH
       for name in ("y", "scores", "hidden", "rows")},
    "two_layer_net: back = signal @ p['W2'].T * (hidden > 0) → back = signal @ p['W2'].T * (hidden != 0)":
        "hidden is not negative",
    "two_layer_net: loss = -logs[chosen].mean() + self.reg / 2 * ((p['W1'] ** 2).sum() + (p['W2'] ** 2).sum()) → "
    "loss = -logs[chosen].mean(axis=0) + self.reg / 2 * ((p['W1'] ** 2).sum() + (p['W2'] ** 2).sum())":
        "the mean over the only axis is the mean",
    "two_layer_net: p, rows = (self.params, X.reshape(len(X), -1)) → p, rows = (self.params, X.reshape(len(X), -2))":
        _FREE_SIZE,
}

EQUIVALENT = {
    "update_rules": {
        "sgd_momentum: next_w = w + v → w += v; next_w = w": _RULE_OWNS,
        "nesterov: v = config['momentum'] * before - config['learning_rate'] * dw → "
        "v = config['momentum'] * v - config['learning_rate'] * dw": "before is v until then",
        "adagrad: config['cache'] = config['cache'] + dw ** 2 → config['cache'] += dw ** 2; config['cache'] = config['cache']":
            _RULE_OWNS,
        **{f"{name}: next_w = w - {step} → w -= {step}; next_w = w": _RULE_OWNS for name, step in {
            "adagrad": _STEP.format("dw", "config['cache']"), "rmsprop": _STEP.format("dw", "config['cache']"),
            "adam": _STEP.format("m_hat", "v_hat")}.items()},
        "step_decay: decayed = learning_rate * drop ** (epoch // every) → "
        "learning_rate *= drop ** (epoch // every); decayed = learning_rate": _OWN_NUMBER,
        "smooth_decay: decayed = learning_rate * np.exp(-k * t) → learning_rate *= np.exp(-k * t); decayed = learning_rate":
            _OWN_NUMBER,
        "smooth_decay: decayed = learning_rate / (1 + k * t) → learning_rate /= 1 + k * t; decayed = learning_rate": _OWN_NUMBER,
        **_BROUGHT,
    },
}
