"""Small changes to the solutions that make no difference to anybody, so no check needs to catch them.

By notebook and by the mutant's name, as `autograder check --mutations` prints it, each with the reason.
"""

_NEVER_READ = "entries of the table for classes that were not chosen are never read"
_WRITTEN_OVER = "the layers whose size depends on input_dim are overwritten with those of the base net"

_OWN_ARRAY = "the array that is overwritten was made here, and is no longer needed"
_ONE_N = "all of them have one entry or row for each example"
_PENALTY = {
    "loss = loss + 0.5 * self.reg * np.sum(params[f'W{i}'] ** 2) → "
    "loss += 0.5 * self.reg * np.sum(params[f'W{i}'] ** 2); loss = loss": "loss is a number",
    "grads[f'W{i}'] = grads[f'W{i}'] + self.reg * params[f'W{i}'] → "
    "grads[f'W{i}'] += self.reg * params[f'W{i}']; grads[f'W{i}'] = grads[f'W{i}']": _OWN_ARRAY,
}


def _beginning(drawn: str, size: str, zeros: str = "b") -> dict[str, str]:
    """Of a net's parameters: the sign of what is drawn, and multiples of zero."""
    return {f"self.params[f'W{{i}}'] = weight_scale * {drawn} → self.params[f'W{{i}}'] = -(weight_scale * {drawn})":
            "the normal distribution is symmetric, and its numbers are not graded by their stream"} | {
        f"self.params[f'{zeros}{{i}}'] = np.zeros({size}) → self.params[f'{zeros}{{i}}'] = {factor}np.zeros({size})":
            "any multiple of zero is zero" for factor in ("2 * ", "0.5 * ", "-")}


_ROW = "a row of means or sums is broadcast like a list of them"
_ALT = ("batchnorm_backward_alt: dx = (dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)) / std → "
        "dx = (dx_hat - dx_hat.mean({}) - x_hat * (dx_hat * x_hat).mean({})) / std")
_TWO_MODES = "there are two modes, and of their names \"train\" comes last"
_NEVER_EQUAL = "a random number is never exactly p"
_EXP = "exp = np.exp(scores - scores.max(axis=1, keepdims=True))"
_PLAIN = "plain_dropout: out = x * (np.random.rand(*x.shape) < p) if mode == 'train' else p * x → "
_TABLE = "split_classes: table = np.zeros(max(classes) + 1, dtype=int) → table = "
_HEAD = ("with_new_head: net = FullyConnectedNet(hidden_dims, input_dim=base.params['W1'].shape[0], "
         "num_classes=num_classes, reg=base.reg, weight_scale=weight_scale, dtype=base.dtype) → net = FullyConnectedNet("
         "hidden_dims, {}num_classes=num_classes, reg=base.reg, weight_scale=weight_scale, dtype=base.dtype)")

EQUIVALENT = {
    "batch_normalization": {
        **{_ALT.format(*means): _ROW for means in (
            ("axis=0, keepdims=True", "axis=0"), ("axis=0", "axis=0, keepdims=True"))},
        **{f"spatial_batchnorm_{way}: rows = {name}.transpose(0, 2, 3, 1).reshape(-1, C) → "
           f"rows = {name}.transpose(0, 2, 3, 1).reshape(-2, C)":
           "NumPy works out a size from the others if it is negative, whatever the number"
           for way, name in (("forward", "x"), ("backward", "dout"))},
        **{f"batchnorm_backward: {name}": reason for name, reason in {
            "centred = x_hat * std → centred = -(x_hat * std)": "its sign appears twice in each product",
            "dvar = dstd / (2 * std) → dstd /= 2 * std; dvar = dstd": _OWN_ARRAY,
            "dx = dcentred + dmean / N → dcentred += dmean / N; dx = dcentred": _OWN_ARRAY,
            "dmean = -dcentred.sum(axis=0) → dmean = -dcentred.sum(axis=0, keepdims=True)": _ROW,
            "dstd = -(dx_hat * centred).sum(axis=0) / std ** 2 → "
            "dstd = -(dx_hat * centred).sum(axis=0, keepdims=True) / std ** 2": _ROW,
            "N = dout.shape[0] → N = x_hat.shape[0]": _ONE_N}.items()},
        **{f"fully_connected_net_init: {name}": reason for name, reason in {
            **_beginning("np.random.randn(sizes[i - 1], sizes[i])", "sizes[i]", "b"),
            **_beginning("np.random.randn(sizes[i - 1], sizes[i])", "sizes[i]", "beta"),
            "sizes = [input_dim, *hidden_dims, num_classes] → sizes = 2 * [input_dim, *hidden_dims, num_classes]":
                "sizes of layers that do not exist are never read",
            "if normalization == 'batchnorm' and i < self.num_layers: → "
            "if normalization == 'batchnorm' and i != self.num_layers:": "there is no layer after the last"}.items()},
        **{f"fully_connected_net_loss: {name}": reason for name, reason in {
            **_PENALTY,
            "caches.append((affine_cache, norm_cache, relu_cache)) → caches.append((affine_cache, norm_cache, out))":
                "what comes out is positive where x was"}.items()},
    },
    "dropout": {
        **{_PLAIN + other: reason for other, reason in {
            "out = x * (np.random.rand(*x.shape) < p) if mode >= 'train' else p * x": _TWO_MODES,
            "out = x * (np.random.rand(*x.shape) <= p) if mode == 'train' else p * x": _NEVER_EQUAL}.items()},
        "dropout_forward: mask = (np.random.rand(*x.shape) < p) / p → mask = (np.random.rand(*x.shape) <= p) / p":
            _NEVER_EQUAL,
        **{f"monte_carlo: out = X.astype(net.dtype) → out = {other}": "the type decides the precision only"
           for other in ("X", "X.astype(np.float32)", "X.astype(X.dtype)")},
        **{f"monte_carlo: {_EXP} → {_EXP.replace('np.exp', factor + 'np.exp')}": "a factor that all of them share cancels"
           for factor in ("2 * ", "0.5 * ", "-")},
        "monte_carlo: answers = [] → answers = 2 * []": "twice nothing is nothing",
        **{f"fully_connected_net: {name}": reason for name, reason in {
            **_beginning("np.random.randn(*shape)", "shape[1]"), **_PENALTY}.items()},
        "fully_connected_net: caches.append((affine_cache, relu_cache, dropout_cache)) → "
        "caches.append((affine_cache, out, dropout_cache))":
            "what comes out is positive where x was, or dropped: then its gradient is 0 already",
        "fully_connected_net: if dropping: → if dropout_cache: (2)": "there is a cache of dropout where units are dropped",
        "dropout_backward: dx = dout * mask if dropout_param['mode'] == 'train' else dout → "
        "dx = dout * mask if dropout_param['mode'] >= 'train' else dout": _TWO_MODES,
    },
    "transfer_learning": {
        **{_TABLE + other: _NEVER_READ for other in (
            "2 * np.zeros(max(classes) + 1, dtype=int)", "-np.zeros(max(classes) + 1, dtype=int)",
            "np.ones(max(classes) + 1, dtype=int)", "np.zeros(max(classes) + 2, dtype=int)")},
        **{_HEAD.format(other): _WRITTEN_OVER for other in (
            "", "input_dim=base.params['W1'].shape[-1], ", "input_dim=base.params['W1'].shape[1], ")},
        "with_new_head: for name in (f'W{i}', f'b{i}'): → for name in (f'b{i}', f'W{i}'):":
            "it does not matter which of the two is copied first",
    },
}
