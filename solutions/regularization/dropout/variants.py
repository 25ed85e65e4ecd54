"""Right answers to dropout.ipynb. A variant of one cell works with the reference's others, and with each other's."""

from autograder.authoring.variant import Variant as V

from ..batch_normalization.variants import CORPUS as _OTHERS

_BROUGHT = {variant.name: variant for variant in _OTHERS}
_PUBLISHED = _BROUGHT["net_in_one_piece_as_published"].cells["fully_connected_net_init"]

CORPUS = [
    *(_BROUGHT[name] for name in ("layers_as_published", "layers_with_one_hot_labels", "layers_of_helper_cells",
                                  "adam_as_published", "adam_rearranged", "adam_with_getters", "adam_in_place",
                                  "adam_epsilon_under_the_root", "layers_with_epsilon_in_the_denominator")),

    V("plain_with_binomial", {"plain_dropout": """
def plain_dropout(x, p, mode):
    if mode == "test":
        return x * p
    keep = np.random.binomial(1, p, size=x.shape)
    return keep * x
"""}),
    V("plain_with_a_copy", {"plain_dropout": """
def plain_dropout(x, p, mode):
    out = np.array(x, dtype=float)
    if mode == "train":
        out[np.random.uniform(size=x.shape) >= p] = 0
    else:
        out *= p
    return out
"""}),
    V("plain_with_choice_and_where", {"plain_dropout": """
# %%
def coin(p, shape):
    return np.random.choice([True, False], size=shape, p=[p, 1 - p])
# %%
plain_dropout = lambda x, p, mode: np.where(coin(p, x.shape), x, 0.0) if mode == "train" else p * x
"""}),
    V("plain_in_loops", {"plain_dropout": """
import random

def plain_dropout(x, p, mode):
    flat = [float(v) for v in x.ravel()]
    if mode == "train":
        flat = [v if random.random() < p else 0.0 for v in flat]
    else:
        flat = [p * v for v in flat]
    return np.array(flat).reshape(x.shape)
"""}),

    V("inverted_as_published", {"dropout_forward": """
def dropout_forward(x, dropout_param):
    p, mode = dropout_param['p'], dropout_param['mode']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    mask = None
    out = None
    if mode == 'train':
        mask = (np.random.rand(*x.shape) < p) / p
        out = x * mask
    elif mode == 'test':
        out = x
    cache = (dropout_param, mask)
    out = out.astype(x.dtype, copy=False)
    return out, cache
"""}),
    V("inverted_scaling_the_activations_first", {"dropout_forward": """
def dropout_forward(x, dropout_param):
    p = dropout_param["p"]
    if dropout_param.get("seed") is not None:
        np.random.seed(dropout_param["seed"])
    if dropout_param["mode"] == "test":
        return x.copy(), (dropout_param, None)
    scaled = x / p
    mask = np.random.random_sample(x.shape) < p
    return scaled * mask, (dropout_param, mask / p)
"""}),
    V("inverted_with_a_generator", {"dropout_forward": """
def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    rng = np.random.default_rng(dropout_param.get("seed"))
    mask = None
    if mode == "train":
        mask = rng.binomial(1, p, x.shape) / p
        return (x * mask).astype(x.dtype), (dropout_param, mask)
    return x, (dropout_param, mask)
"""}),
    V("inverted_with_gate_and_p_apart", {"dropout_forward": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    gate = None
    out = x
    if dropout_param["mode"] == "train":
        gate = np.random.uniform(0, 1, x.shape) <= dropout_param["p"]
        out = np.zeros_like(x)
        out[gate] = x[gate] / dropout_param["p"]
    return out, {"gate": gate, "p": dropout_param["p"]}
""", "dropout_backward": """
def dropout_backward(dout, cache):
    if cache["gate"] is None:
        return dout
    dx = np.zeros(dout.shape)
    dx[cache["gate"]] = dout[cache["gate"]] / cache["p"]
    return dx
"""}),
    V("backward_as_published", {"dropout_backward": """
def dropout_backward(dout, cache):
    dropout_param, mask = cache
    mode = dropout_param['mode']
    dx = None
    if mode == 'train':
        dx = dout * mask
    elif mode == 'test':
        dx = dout
    return dx
"""}),
    V("backward_by_the_mask", {"dropout_backward": """
def dropout_backward(dout, cache):
    _, mask = cache
    return np.copy(dout) if mask is None else np.multiply(mask, dout)
"""}),
    V("backward_where", {"dropout_backward": """
def dropout_backward(dout, cache):
    param, mask = cache
    if param["mode"] == "test":
        return 1 * dout
    return np.where(mask > 0, dout / param["p"], 0)
"""}),

    V("net_in_one_piece_as_published", {"fully_connected_net": _PUBLISHED}),
    V("net_of_2018", {"fully_connected_net": _PUBLISHED.replace("dropout_keep_ratio", "dropout")}),
    V("net_of_2016", {"fully_connected_net": _PUBLISHED
      .replace("dropout_keep_ratio=1, normalization=None", "dropout=0, use_batchnorm=False")
      .replace("dropout_keep_ratio != 1", "dropout > 0").replace("dropout_keep_ratio", "dropout")
      .replace("self.normalization = normalization", 'self.normalization = "batchnorm" if use_batchnorm else None')}),
    V("net_with_a_list_of_steps", {"fully_connected_net": """
class FullyConnectedNet:
    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, dropout_keep_ratio=1, normalization=None, reg=0.0,
                 weight_scale=1e-2, dtype=np.float32, seed=None):
        self.num_layers, self.reg, self.dtype = len(hidden_dims) + 1, reg, dtype
        self.use_dropout = dropout_keep_ratio < 1
        self.dropout_param = dict(mode="train", p=dropout_keep_ratio)
        if seed is not None:
            self.dropout_param["seed"] = seed
        dims, self.params = [input_dim] + hidden_dims + [num_classes], {}
        for k in range(self.num_layers):
            self.params["W%d" % (k + 1)] = np.random.normal(0.0, weight_scale, dims[k:k + 2]).astype(dtype)
            self.params["b%d" % (k + 1)] = np.zeros(dims[k + 1], dtype)

    def loss(self, X, y=None):
        self.dropout_param["mode"] = "test" if y is None else "train"
        out, back = X.astype(self.dtype), []
        for k in range(1, self.num_layers + 1):
            out, cache = affine_forward(out, self.params["W%d" % k], self.params["b%d" % k])
            back.append((affine_backward, cache, k))
            if k < self.num_layers:
                out, cache = relu_forward(out)
                back.append((relu_backward, cache, 0))
                if self.use_dropout:
                    out, cache = dropout_forward(out, self.dropout_param)
                    back.append((dropout_backward, cache, 0))
        if y is None:
            return out
        loss, dout = softmax_loss(out, y)
        grads = {}
        while back:
            step, cache, k = back.pop()
            dout = step(dout, cache)
            if k:
                dout, dW, grads["b%d" % k] = dout
                W = self.params["W%d" % k]
                grads["W%d" % k] = dW + self.reg * W
                loss += self.reg * 0.5 * (W * W).sum()
        return loss, grads
"""}),
    V("net_with_helper_layers", {"fully_connected_net": """
# %%
def hidden_forward(x, w, b, dropout_param):
    a, affine = affine_forward(x, w, b)
    h, relu = relu_forward(a)
    drop = None
    if dropout_param:
        h, drop = dropout_forward(h, dropout_param)
    return h, (affine, relu, drop)
# %%
def hidden_backward(dh, cache):
    affine, relu, drop = cache
    if drop is not None:
        dh = dropout_backward(dh, drop)
    return affine_backward(relu_backward(dh, relu), affine)
# %%
class FullyConnectedNet:
    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, dropout_keep_ratio=1, normalization=None,
                 reg=0.0, weight_scale=1e-2, dtype=np.float32, seed=None):
        self.reg, self.dtype, self.num_layers = reg, dtype, 1 + len(hidden_dims)
        self.use_dropout = dropout_keep_ratio != 1
        self.dropout_param = {"p": dropout_keep_ratio} if self.use_dropout else {}
        if self.use_dropout and seed is not None:
            self.dropout_param["seed"] = seed
        widths = (input_dim, *hidden_dims, num_classes)
        rng = np.random.default_rng(np.random.randint(2**31))
        self.params = {}
        for i in range(self.num_layers, 0, -1):
            self.params[f"W{i}"] = (weight_scale * rng.standard_normal(widths[i - 1:i + 1])).astype(dtype)
            self.params[f"b{i}"] = np.zeros((widths[i],), dtype=dtype)

    def loss(self, X, y=None):
        if self.use_dropout:
            self.dropout_param["mode"] = ["train", "test"][y is None]
        h, kept = X.astype(self.dtype), {}
        for i in range(1, self.num_layers):
            h, kept[i] = hidden_forward(h, self.params[f"W{i}"], self.params[f"b{i}"], self.dropout_param)
        last = self.num_layers
        scores, kept[last] = affine_forward(h, self.params[f"W{last}"], self.params[f"b{last}"])
        if y is None:
            return scores
        loss, d = softmax_loss(scores, y)
        grads = {}
        d, grads[f"W{last}"], grads[f"b{last}"] = affine_backward(d, kept[last])
        for i in reversed(range(1, last)):
            d, grads[f"W{i}"], grads[f"b{i}"] = hidden_backward(d, kept[i])
        for name in [n for n in self.params if n.startswith("W")]:
            grads[name] = grads[name] + self.reg * self.params[name]
            loss = loss + self.reg / 2 * np.sum(np.square(self.params[name]))
        return loss, grads
"""}),

    V("monte_carlo_filled_in", {"monte_carlo": """
def monte_carlo(net, X, passes=50):
    C = net.params["b%d" % net.num_layers].size
    result = np.zeros((passes, X.shape[0], C))
    for t in range(passes):
        h = X
        for i in range(1, net.num_layers):
            h, _ = affine_forward(h, net.params["W%d" % i], net.params["b%d" % i])
            h, _ = relu_forward(h)
            h, _ = dropout_forward(h, {"mode": "train", "p": net.dropout_param["p"]})
        s, _ = affine_forward(h, net.params["W%d" % net.num_layers], net.params["b%d" % net.num_layers])
        s = s - np.max(s, axis=1)[:, None]
        result[t] = np.exp(s) / np.sum(np.exp(s), axis=1)[:, None]
    return result
"""}),
    V("monte_carlo_all_passes_at_once", {"monte_carlo": """
def monte_carlo(net, X, passes=50):
    rows = np.tile(X.reshape(len(X), -1), (passes, 1)).astype(net.dtype)
    p, L = net.dropout_param["p"], net.num_layers
    for i in range(1, L):
        rows = np.maximum(rows @ net.params[f"W{i}"] + net.params[f"b{i}"], 0)
        rows = rows * (np.random.rand(*rows.shape) < p) / p
    scores = (rows @ net.params[f"W{L}"] + net.params[f"b{L}"]).reshape(passes, len(X), -1)
    e = np.exp(scores - scores.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)
"""}),
    V("monte_carlo_with_helpers", {"monte_carlo": """
# %%
def softmax(z):
    z = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return np.exp(z)
# %%
def one_pass(net, X):
    param = {k: v for k, v in net.dropout_param.items() if k != "seed"}
    param["mode"] = "train"
    for i in range(1, net.num_layers + 1):
        X = affine_forward(X, net.params[f"W{i}"], net.params[f"b{i}"])[0]
        if i < net.num_layers:
            X = dropout_forward(relu_forward(X)[0], param)[0]
    return softmax(X)

def monte_carlo(net, X, passes=50):
    return np.stack([one_pass(net, X) for _ in range(passes)])
"""}),
]
