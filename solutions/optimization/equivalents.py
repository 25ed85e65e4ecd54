"""Small changes to the solutions that make no difference to anybody, so no check needs to catch them.

By notebook and by the mutant's name, as `autograder check --mutations` prints it, each with the reason.
"""

_RULE_OWNS = "a rule may update w and what its config remembers in place, as cs231n_utils.training.sgd does"
_OWN_NUMBER = "a learning rate is a number, which the caller keeps"
_OWN_ARRAY = "the array that is overwritten was made here, and is no longer needed"
_SAME_LENGTH = "all of these have one row for each example"
_ZERO = "any multiple of zero is zero"
_MIRRORED = "the normal distribution is symmetric, and its numbers are not graded by their stream"
_FREE_SIZE = "NumPy works out a size from the others if it is negative, whatever the number"

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

_BRANCH = "h = np.tanh(h @ W) if activation {} 'tanh' else np.maximum(0, h @ W)"
_SLOPE = "dout = dout * (1 - h ** 2 if activation {} 'tanh' else {})"
_BACK = "dx, dw, db = (np.reshape(dout @ w.T, x.shape), x.reshape({}).T @ dout, dout.sum(axis=0))"
_TWO_NAMES = "there are two activations only, and 'relu' comes before 'tanh' in the alphabet"
_ONE_ROW = "the extra axis of length 1 makes no difference when the row is subtracted from the examples or divides them"

_TAIL = "last = np.mean(losses[-max({}, {}):]{})"
_RANGES = "ranges = {{name: (min((one[name] for one in best)), max((one[name] for one in best))) for name in best[{}]}}"

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
    "initialization": {
        "zero_center: mean = X_train.mean(axis=0) → mean = X_train.mean(axis=0, keepdims=True)": _ONE_ROW,
        "normalize: std = X_train.std(axis=0) → std = X_train.std(axis=0, keepdims=True)": _ONE_ROW,
        "normalize: std = np.where(std == 0, 1, std) → std = np.where(std <= 0, 1, std)": "a standard deviation is not negative",
        **{f"small_random: W = np.zeros((fan_in, fan_out)) → W = {factor}np.zeros((fan_in, fan_out))": _ZERO
           for factor in ("2 * ", "0.5 * ", "-")},
        **{f"{cell}: W = {value} → W = -({value})": _MIRRORED for cell, value in (
            ("small_random", "scale * np.random.randn(fan_in, fan_out)"),
            ("xavier", "np.random.randn(fan_in, fan_out) / np.sqrt(fan_in)"),
            ("xavier", "np.random.randn(fan_in, fan_out) * np.sqrt(2 / fan_in)"))},
        "small_random: W = scale * np.random.randn(fan_in, fan_out) → "
        "scale *= np.random.randn(fan_in, fan_out); W = scale": "scale is a number, which the caller keeps",
        f"deep_forward: {_BRANCH.format('==')} → {_BRANCH.format('>=')}": _TWO_NAMES,
        f"deep_backward: {_SLOPE.format('==', 'h > 0')} → {_SLOPE.format('>=', 'h > 0')}": _TWO_NAMES,
        f"deep_backward: {_SLOPE.format('==', 'h > 0')} → {_SLOPE.format('==', 'h != 0')}": "outputs of ReLU are not negative",
        "deep_backward: inputs = [x] + outputs[:-1] → inputs = 2 * ([x] + outputs[:-1])":
            "the list is twice as long, but zip, from the end, takes only as many entries as there are matrices",
        "brought: logs = logs - np.log(np.exp(logs).sum(axis=1, keepdims=True)) → "
        "logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True)); logs = logs": _OWN_ARRAY,
        "brought: loss = -logs[chosen].mean() → loss = -logs[chosen].mean(axis=0)": "the mean over the only axis is the mean",
        **{f"brought: dx = np.exp(logs) / len(x) → dx = np.exp(logs) / len({name})": _SAME_LENGTH for name in ("y", "logs")},
        **{f"brought: dx[chosen] -= 1 / len(x) → dx[chosen] -= 1 / len({name})": _SAME_LENGTH for name in ("y", "logs", "dx")},
        "brought: chosen = (np.arange(len(x)), y) → chosen = (np.arange(len(y)), y)": _SAME_LENGTH,
        "brought: out = x.reshape(len(x), -1) @ w + b → out = x.reshape(len(x), -2) @ w + b": _FREE_SIZE,
        f"brought: {_BACK.format('len(x), -1')} → {_BACK.format('len(dout), -1')}": _SAME_LENGTH,
        f"brought: {_BACK.format('len(x), -1')} → {_BACK.format('len(x), -2')}": _FREE_SIZE,
    },
    "hyperparameters": {
        **_BROUGHT,
        f"read_curve: {_TAIL.format('len(losses) // 10', '1', '')} → {_TAIL.format('len(losses) // 10', '1', ', axis=0')}":
            "the mean over the only axis is the mean",
        f"read_curve: {_TAIL.format('len(losses) // 10', '1', '')} → {_TAIL.format('1', 'len(losses) // 10', '')}":
            "the larger of two numbers is the same in either order",
        "read_curve: elif last > 0.9 * losses[0]: → elif last >= 0.9 * losses[0]:":
            "rounding decides whether a loss is exactly nine tenths of another",
        "overfit: net.params[name] = net.params[name] - learning_rate * gradients[name] → "
        "net.params[name] -= learning_rate * gradients[name]; net.params[name] = net.params[name]":
            "the arrays in params belong to the network, which is meant to change",
        "update_ratio: ratio = np.linalg.norm(after - before) / np.linalg.norm(before) → "
        "ratio = np.linalg.norm(before - after) / np.linalg.norm(before)": "a step is as long in either direction",
        "sample_log_uniform: numbers = 10 ** np.random.uniform(np.log10(low), np.log10(high), size) → "
        "numbers = 10 ** np.random.uniform(np.log10(high), np.log10(low), size)": "NumPy draws between two bounds in either order",
        "narrow: best = [setting for setting, _ in results[:keep]] → best = 2 * [setting for setting, _ in results[:keep]]":
            "smallest and largest stay the same if every setting comes twice",
        f"narrow: {_RANGES.format('0')} → {_RANGES.format('-1')}": "all settings have the same names",
    },
}
