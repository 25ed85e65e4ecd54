"""Right answers to batch_normalization.ipynb. A variant of a cell works with the reference's others and with each other's."""

from autograder.authoring.variant import Variant as V

# What the notebook says about them.
SINGLE = "in float32 a check here may say ✗ for want of digits, which costs nothing"

# The whole class at once, with the sandwich layers that come with it.
_PUBLISHED = """
def affine_bn_relu_forward(x, w, b, gamma, beta, bn_param):
    a, fc_cache = affine_forward(x, w, b)
    a2, bn_cache = batchnorm_forward(a, gamma, beta, bn_param)
    out, relu_cache = relu_forward(a2)
    return out, (fc_cache, bn_cache, relu_cache)

def affine_bn_relu_backward(dout, cache):
    fc_cache, bn_cache, relu_cache = cache
    da2 = relu_backward(dout, relu_cache)
    da, dgamma, dbeta = batchnorm_backward(da2, bn_cache)
    dx, dw, db = affine_backward(da, fc_cache)
    return dx, dw, db, dgamma, dbeta

def affine_relu_forward(x, w, b):
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (fc_cache, relu_cache)

def affine_relu_backward(dout, cache):
    fc_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), fc_cache)

class FullyConnectedNet(object):
    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, dropout_keep_ratio=1, normalization=None,
                 reg=0.0, weight_scale=1e-2, dtype=np.float32, seed=None):
        self.normalization = normalization
        self.use_dropout = dropout_keep_ratio != 1
        self.reg = reg
        self.num_layers = 1 + len(hidden_dims)
        self.dtype = dtype
        self.params = {}
        layer_dims = np.hstack((input_dim, hidden_dims, num_classes))
        for i in range(self.num_layers):
            self.params['W' + str(i + 1)] = weight_scale * np.random.randn(layer_dims[i], layer_dims[i + 1])
            self.params['b' + str(i + 1)] = np.zeros(layer_dims[i + 1])
        if self.normalization in ("batchnorm", "layernorm"):
            for i in range(self.num_layers - 1):
                self.params['gamma' + str(i + 1)] = np.ones(layer_dims[i + 1])
                self.params['beta' + str(i + 1)] = np.zeros(layer_dims[i + 1])
        self.dropout_param = {}
        if self.use_dropout:
            self.dropout_param = {"mode": "train", "p": dropout_keep_ratio}
            if seed is not None:
                self.dropout_param["seed"] = seed
        self.bn_params = []
        if self.normalization == "batchnorm":
            self.bn_params = [{"mode": "train"} for i in range(self.num_layers - 1)]
        if self.normalization == "layernorm":
            self.bn_params = [{} for i in range(self.num_layers - 1)]
        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)

    def loss(self, X, y=None):
        X = X.astype(self.dtype)
        mode = "test" if y is None else "train"
        if self.use_dropout:
            self.dropout_param["mode"] = mode
        if self.normalization == "batchnorm":
            for bn_param in self.bn_params:
                bn_param["mode"] = mode
        caches, drop_caches = [], []
        out = X
        for i in range(self.num_layers - 1):
            W, b = self.params['W%d' % (i + 1)], self.params['b%d' % (i + 1)]
            if self.normalization == "batchnorm":
                gamma, beta = self.params['gamma%d' % (i + 1)], self.params['beta%d' % (i + 1)]
                out, cache = affine_bn_relu_forward(out, W, b, gamma, beta, self.bn_params[i])
            else:
                out, cache = affine_relu_forward(out, W, b)
            caches.append(cache)
            if self.use_dropout:
                out, cache = dropout_forward(out, self.dropout_param)
                drop_caches.append(cache)
        scores, cache = affine_forward(out, self.params['W%d' % self.num_layers], self.params['b%d' % self.num_layers])
        caches.append(cache)
        if mode == "test":
            return scores
        loss, grads = 0.0, {}
        loss, dout = softmax_loss(scores, y)
        for i in range(self.num_layers):
            loss += 0.5 * self.reg * np.sum(self.params['W%d' % (i + 1)] ** 2)
        n = self.num_layers
        dout, grads['W%d' % n], grads['b%d' % n] = affine_backward(dout, caches.pop())
        grads['W%d' % n] += self.reg * self.params['W%d' % n]
        for i in range(n - 1, 0, -1):
            if self.use_dropout:
                dout = dropout_backward(dout, drop_caches.pop())
            if self.normalization == "batchnorm":
                dout, dw, db, grads['gamma%d' % i], grads['beta%d' % i] = affine_bn_relu_backward(dout, caches.pop())
            else:
                dout, dw, db = affine_relu_backward(dout, caches.pop())
            grads['W%d' % i] = dw + self.reg * self.params['W%d' % i]
            grads['b%d' % i] = db
        return loss, grads
"""

CORPUS = [
    # What is brought along
    V("layers_as_published", {"bring_layers": """
def affine_forward(x, w, b):
    N = x.shape[0]
    x_row = x.reshape(N, -1)
    out = np.dot(x_row, w) + b
    cache = (x, w, b)
    return out, cache

def affine_backward(dout, cache):
    x, w, b = cache
    dx = np.dot(dout, w.T).reshape(x.shape)
    dw = np.dot(x.reshape(x.shape[0], -1).T, dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db

def relu_forward(x):
    out = x.copy()
    out[out < 0] = 0
    return out, x

def relu_backward(dout, cache):
    dx, x = None, cache
    dx = np.where(x > 0, dout, 0)
    return dx

def softmax_loss(x, y):
    shifted_logits = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted_logits), axis=1, keepdims=True)
    log_probs = shifted_logits - np.log(Z)
    probs = np.exp(log_probs)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx
"""}),
    V("layers_in_single_precision", {"bring_layers": """
def affine_forward(x, w, b):
    f = np.float32
    return x.reshape(len(x), -1).astype(f) @ w.astype(f) + b.astype(f), (x, w, b)
def affine_backward(dout, cache):
    x, w, _ = cache
    rows = x.reshape(len(x), -1)
    return np.einsum("nm,dm->nd", dout, w).reshape(x.shape), np.einsum("nd,nm->dm", rows, dout), dout.sum(0)
relu_forward = lambda x: ((x > 0) * x, x > 0)
relu_backward = lambda dout, gate: dout * gate
def softmax_loss(x, y):
    e = np.exp(x - x.max(1)[:, None])
    p = e / e.sum(1)[:, None]
    hot = np.eye(x.shape[1])[y]
    return -np.log((p * hot).sum(1)).mean(), (p - hot) / x.shape[0]
"""}),
    V("layers_with_one_hot_labels", {"bring_layers": """
def affine_forward(x, w, b):
    rows = np.reshape(x, (np.shape(x)[0], -1))
    return rows.dot(w) + b, {"rows": rows, "shape": x.shape, "w": w}
def affine_backward(dout, cache):
    return dout.dot(cache["w"].T).reshape(cache["shape"]), cache["rows"].T.dot(dout), dout.sum(axis=0)
def relu_forward(x):
    out = np.where(x > 0, x, 0)
    return out, out
def relu_backward(dout, out):
    return np.sign(out) * dout
def softmax_loss(x, y):
    z = x - np.amax(x, axis=1).reshape(-1, 1)
    p = np.exp(z) / np.exp(z).sum(axis=1).reshape(-1, 1)
    hot = np.zeros_like(p)
    hot[range(len(y)), y] = 1
    loss = (np.log(np.exp(z).sum(axis=1)) - (z * hot).sum(axis=1)).mean()
    return loss, (p - hot) / len(y)
"""}),
    V("layers_of_helper_cells", {"bring_layers": """
# %%
def as_rows(x):
    return np.array([one.ravel() for one in x])
# %%
def affine_forward(x, w, b):
    return np.matmul(as_rows(x), w) + b[None, :], [x, w]
def affine_backward(dout, cache):
    x, w = cache
    return np.reshape(dout @ np.transpose(w), np.shape(x)), as_rows(x).T @ dout, np.ones(len(dout)) @ dout
def relu_forward(x):
    return np.clip(x, 0, None), {"x": x}
def relu_backward(dout, cache):
    dx = np.array(dout)
    dx[cache["x"] <= 0] = 0
    return dx
def softmax_loss(x, y):
    loss, dx = 0.0, np.zeros(x.shape)
    for i, row in enumerate(x):
        row = row - max(row)
        total = np.log(np.sum(np.exp(row)))
        loss += total - row[y[i]]
        dx[i] = np.exp(row - total)
        dx[i, y[i]] -= 1
    return loss / len(x), dx / len(x)
"""}),
    V("adam_as_published", {"bring_adam": """
def adam(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config.setdefault("t", 0)
    next_w = None
    keys = ["learning_rate", "beta1", "beta2", "epsilon", "m", "v", "t"]
    lr, beta1, beta2, eps, m, v, t = (config.get(k) for k in keys)
    config["t"] = t = t + 1
    config["m"] = m = beta1 * m + (1 - beta1) * dw
    mt = m / (1 - beta1 ** t)
    config["v"] = v = beta2 * v + (1 - beta2) * (dw ** 2)
    vt = v / (1 - beta2 ** t)
    next_w = w - lr * mt / (np.sqrt(vt) + eps)
    return next_w, config
"""}),
    V("adam_rearranged", {"bring_adam": """
def adam(w, dw, config):
    b1, b2 = config.get("beta1", .9), config.get("beta2", .999)
    t = 1 + config.get("t", 0)
    m = config.get("m", 0 * w)
    v = config.get("v", 0 * w)
    m = m + (1 - b1) * (dw - m)
    v = v + (1 - b2) * (np.square(dw) - v)
    step = config.get("learning_rate", 1e-3) * np.divide(m, 1 - b1**t)
    return w - step / (np.sqrt(v / (1 - b2**t)) + config.get("epsilon", 1e-8)), {**config, "m": m, "v": v, "t": t}
"""}),
    V("adam_with_getters", {"bring_adam": """
# %%
DEFAULTS = dict(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0)
# %%
def adam(w, dw, config=None):
    state = dict(DEFAULTS, m=np.zeros(w.shape), v=np.zeros(w.shape))
    state.update(config or {})
    state["t"] = state["t"] + 1
    for name, beta, value in (("m", "beta1", dw), ("v", "beta2", dw * dw)):
        state[name] = state[beta] * state[name] + (1.0 - state[beta]) * value
    first, second = (state[n] / (1.0 - state[b] ** state["t"]) for n, b in (("m", "beta1"), ("v", "beta2")))
    return w - state["learning_rate"] * first / (second ** 0.5 + state["epsilon"]), state
"""}),
    V("adam_in_place", {"bring_adam": """
def adam(w, dw, config=None):
    config = {} if config is None else config
    beta1, beta2 = config.setdefault("beta1", 0.9), config.setdefault("beta2", 0.999)
    m, v = config.setdefault("m", np.zeros_like(w)), config.setdefault("v", np.zeros_like(w))
    config["t"] = config.get("t", 0) + 1.0
    m *= beta1
    m += (1 - beta1) * dw
    v *= beta2
    v += (1 - beta2) * dw * dw
    step = m / (1 - beta1 ** config["t"]) / (np.sqrt(v / (1 - beta2 ** config["t"])) + config.get("epsilon", 1e-8))
    w -= config.get("learning_rate", 1e-3) * step
    return w, config
"""}),
    V("adam_epsilon_under_the_root", {"bring_adam": """
def adam(w, dw, config=None):
    config = dict({"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}, **(config or {}))
    config["t"] += 1
    for name, beta, new in (("m", "beta1", dw), ("v", "beta2", dw ** 2)):
        config[name] = config[beta] * config.get(name, 0 * w) + (1 - config[beta]) * new
    m, v = config["m"] / (1 - config["beta1"] ** config["t"]), config["v"] / (1 - config["beta2"] ** config["t"])
    return w - config["learning_rate"] * m / np.sqrt(v + config["epsilon"]), config
"""}),
    V("layers_with_epsilon_in_the_denominator", {"bring_layers": """
def affine_forward(x, w, b):
    return np.dot(x.reshape(len(x), -1), w) + b, (x, w)

def affine_backward(dout, cache):
    x, w = cache
    return np.dot(dout, w.T).reshape(x.shape), np.dot(x.reshape(len(x), -1).T, dout), np.sum(dout, axis=0)

def relu_forward(x):
    return x * (x > 0), x > 0

def relu_backward(dout, cache):
    return np.where(cache, dout, 0)

def softmax_loss(x, y):
    exp = np.exp(x - np.max(x, axis=1, keepdims=True))
    p = exp / (np.sum(exp, axis=1, keepdims=True) + 1e-7)
    dx = p.copy()
    dx[range(len(x)), y] -= 1
    return -np.mean(np.log(p[range(len(x)), y])), dx / len(x)
"""}),

    # The layer, with the documented cache (x_hat, gamma, std)
    V("batchnorm_averages_in_place", {"batchnorm_forward": """
def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1], dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1], dtype=x.dtype))
    x_hat, std = None, None
    if mode == "train":
        mean, var = np.mean(x, axis=0), np.var(x, axis=0)
        std = np.sqrt(var + eps)
        x_hat = (x - mean) / std
        out = gamma * x_hat + beta
        running_mean *= momentum
        running_mean += (1 - momentum) * mean
        running_var *= momentum
        running_var += (1 - momentum) * var
    else:
        out = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
    bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
    return out, (x_hat, gamma, std)
"""}),
    V("batchnorm_step_by_step", {"batchnorm_forward": """
def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param['mode']
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    N, D = x.shape
    running_mean = bn_param.get('running_mean', np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get('running_var', np.zeros(D, dtype=x.dtype))
    out, cache = None, None
    if mode == 'train':
        sample_mean = np.mean(x, axis=0)
        sample_var = np.var(x, axis=0)
        x_normalized = (x - sample_mean) / np.sqrt(sample_var + eps)
        out = gamma * x_normalized + beta
        running_mean = momentum * running_mean + (1 - momentum) * sample_mean
        running_var = momentum * running_var + (1 - momentum) * sample_var
        cache = (x_normalized, gamma, np.sqrt(sample_var + eps))
    elif mode == 'test':
        x_normalized = (x - running_mean) / np.sqrt(running_var + eps)
        out = gamma * x_normalized + beta
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)
    bn_param['running_mean'] = running_mean
    bn_param['running_var'] = running_var
    return out, cache
"""}),
    V("batchnorm_in_loops", {"batchnorm_forward": """
def batchnorm_forward(x, gamma, beta, bn_param):
    N, D = x.shape
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    mean_of = bn_param.setdefault("running_mean", np.zeros(D))
    var_of = bn_param.setdefault("running_var", np.zeros(D))
    out, x_hat, std = np.zeros((N, D)), np.zeros((N, D)), np.zeros(D)
    for d in range(D):
        if bn_param["mode"] == "train":
            mu = sum(x[:, d]) / N
            var = sum((x[i, d] - mu) ** 2 for i in range(N)) / N
            mean_of[d] = momentum * mean_of[d] + (1 - momentum) * mu
            var_of[d] = momentum * var_of[d] + (1 - momentum) * var
        else:
            mu, var = mean_of[d], var_of[d]
        std[d] = (var + eps) ** 0.5
        for i in range(N):
            x_hat[i, d] = (x[i, d] - mu) / std[d]
            out[i, d] = gamma[d] * x_hat[i, d] + beta[d]
    return out, (x_hat, gamma, std)
"""}),
    V("batchnorm_one_formula_for_both_modes", {"batchnorm_forward": """
# %% [markdown]
Beide Modi rechnen dasselbe, nur mit anderen Zahlen.
# %%
def statistics(x):
    centred = x - np.ones(len(x)) @ x / len(x)
    return x.sum(0) / len(x), np.einsum("nd,nd->d", centred, centred) / len(x)
# %%
def batchnorm_forward(x, gamma, beta, bn_param):
    rho = bn_param.get("momentum", 0.9)
    old = [bn_param.get(k, np.zeros_like(x[0], dtype=float)) for k in ("running_mean", "running_var")]
    if bn_param["mode"] == "train":
        now = statistics(x)
        bn_param.update({k: rho * a + (1 - rho) * b for k, a, b in zip(("running_mean", "running_var"), old, now)})
    else:
        now = old
    std = np.sqrt(now[1] + bn_param.get("eps", 1e-5))
    x_hat = (x - now[0]) / std
    return np.add(np.multiply(gamma, x_hat), beta), (x_hat, gamma, std)
"""}),
    V("batchnorm_running_averages_moved_by_a_step", {"batchnorm_forward": """
def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    rate = 1 - bn_param.get("momentum", 0.9)
    mean, var = bn_param.get("running_mean", np.zeros(x.shape[1])), bn_param.get("running_var", np.zeros(x.shape[1]))
    if bn_param["mode"] == "test":
        return gamma / np.sqrt(var + eps) * x + (beta - gamma * mean / np.sqrt(var + eps)), None
    mu = x.mean(0, keepdims=True)
    v = np.mean((x - mu) ** 2, axis=0)
    bn_param["running_mean"] = mean + rate * (mu[0] - mean)
    bn_param["running_var"] = var + rate * (v - var)
    inv = (v + eps) ** -0.5
    x_hat = (x - mu) * inv
    return gamma * x_hat + beta, (x_hat, gamma, 1 / inv)
"""}),
    # The whole layer, with a cache of its own
    V("batchnorm_all_intermediates_cached", {"batchnorm_forward": """
def batchnorm_forward(x, gamma, beta, bn_param):
    mode = bn_param["mode"]
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    cache = None
    if mode == "train":
        mu = 1 / float(N) * np.sum(x, axis=0)
        xmu = x - mu
        carre = xmu ** 2
        var = 1 / float(N) * np.sum(carre, axis=0)
        sqrtvar = np.sqrt(var + eps)
        invvar = 1. / sqrtvar
        va2 = xmu * invvar
        va3 = gamma * va2
        out = va3 + beta
        running_mean = momentum * running_mean + (1.0 - momentum) * mu
        running_var = momentum * running_var + (1.0 - momentum) * var
        cache = (mu, xmu, carre, var, sqrtvar, invvar, va2, va3, gamma, beta, x, bn_param)
    else:
        xhat = (x - running_mean) / np.sqrt(running_var + eps)
        out = gamma * xhat + beta
        cache = (running_mean, running_var, gamma, beta, bn_param)
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache
""", "batchnorm_backward": """
def batchnorm_backward(dout, cache):
    mu, xmu, carre, var, sqrtvar, invvar, va2, va3, gamma, beta, x, bn_param = cache
    eps = bn_param.get("eps", 1e-5)
    N, D = dout.shape
    dva3 = dout
    dbeta = np.sum(dout, axis=0)
    dva2 = gamma * dva3
    dgamma = np.sum(va2 * dva3, axis=0)
    dxmu = invvar * dva2
    dinvvar = np.sum(xmu * dva2, axis=0)
    dsqrtvar = -1. / (sqrtvar ** 2) * dinvvar
    dvar = 0.5 * (var + eps) ** (-0.5) * dsqrtvar
    dcarre = 1 / float(N) * np.ones(carre.shape) * dvar
    dxmu = dxmu + 2 * xmu * dcarre
    dx = dxmu
    dmu = -np.sum(dxmu, axis=0)
    dx = dx + 1 / float(N) * np.ones(dxmu.shape) * dmu
    return dx, dgamma, dbeta
""", "batchnorm_backward_alt": """
def batchnorm_backward_alt(dout, cache):
    mu, xmu, carre, var, sqrtvar, invvar, va2, va3, gamma, beta, x, bn_param = cache
    eps = bn_param.get("eps", 1e-5)
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum((x - mu) * (var + eps) ** (-1. / 2.) * dout, axis=0)
    dx = (1. / N) * gamma * (var + eps) ** (-1. / 2.) * (N * dout - np.sum(dout, axis=0)
        - (x - mu) * (var + eps) ** (-1.0) * np.sum(dout * (x - mu), axis=0))
    return dx, dgamma, dbeta
"""}),
    V("batchnorm_cache_is_a_dictionary", {"batchnorm_forward": """
def batchnorm_forward(x, gamma, beta, bn_param):
    p = dict(eps=1e-5, momentum=0.9, running_mean=np.zeros(x.shape[1]), running_var=np.zeros(x.shape[1]))
    p.update(bn_param)
    if p["mode"] == "train":
        mu, var = x.mean(0), ((x - x.mean(0)) ** 2).mean(0)
        for name, value in (("running_mean", mu), ("running_var", var)):
            bn_param[name] = p["momentum"] * p[name] + (1 - p["momentum"]) * value
    else:
        mu, var = p["running_mean"], p["running_var"]
    z = (x - mu) / np.sqrt(var + p["eps"])
    return z * gamma + beta, {"z": z, "gamma": gamma, "var": var, "eps": p["eps"]}
""", "batchnorm_backward": """
def batchnorm_backward(dout, cache):
    # Jacobian of each column, written out
    z, std = cache["z"], np.sqrt(cache["var"] + cache["eps"])
    N, D = dout.shape
    dx = np.zeros((N, D))
    for d in range(D):
        J = (np.eye(N) - 1.0 / N - np.outer(z[:, d], z[:, d]) / N) / std[d]
        dx[:, d] = J @ (dout[:, d] * cache["gamma"][d])
    return dx, np.einsum("nd,nd->d", dout, z), np.einsum("nd->d", dout)
""", "batchnorm_backward_alt": """
def batchnorm_backward_alt(dout, cache):
    z = cache["z"]
    g = dout * (cache["gamma"] / np.sqrt(cache["var"] + cache["eps"]))
    return g - g.mean(0) - z * np.mean(g * z, axis=0), (dout * z).sum(0), dout.sum(0)
"""}),
    V("backward_staged_with_other_names", {"batchnorm_backward": """
def batchnorm_backward(dout, cache):
    xhat, gamma, s = cache
    m = len(dout)
    dxhat = gamma * dout
    xc = xhat * s
    dsigma2 = np.sum(dxhat * xc * -0.5 * s ** -3.0, axis=0)
    dmu = np.sum(dxhat * (-1.0 / s), axis=0) + dsigma2 * np.mean(-2.0 * xc, axis=0)
    dx = dxhat * (1.0 / s) + dsigma2 * (2.0 / m) * xc + dmu / m
    return dx, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)
"""}),
    V("backward_in_loops", {"batchnorm_backward": """
def batchnorm_backward(dout, cache):
    xhat, gamma, s = cache
    N, D = xhat.shape
    dx, dgamma, dbeta = np.empty((N, D)), np.empty(D), np.empty(D)
    for j in range(D):
        dbeta[j] = sum(dout[:, j])
        dgamma[j] = dout[:, j] @ xhat[:, j]
        for i in range(N):
            dx[i, j] = gamma[j] / (N * s[j]) * (N * dout[i, j] - dbeta[j] - xhat[i, j] * dgamma[j])
    return dx, dgamma, dbeta
"""}),
    V("backward_single_precision", {"batchnorm_backward": """
def batchnorm_backward(dout, cache):
    xhat, gamma, s = (np.float32(one) for one in cache)
    dout = dout.astype(np.float32)
    d = dout * gamma
    dgamma, dbeta = np.sum(xhat * dout, 0), np.sum(dout, 0)
    return (d - d.mean(0) - xhat * np.mean(d * xhat, 0)) / s, dgamma, dbeta
"""}, SINGLE),
    V("alt_with_sums", {"batchnorm_backward_alt": """
def batchnorm_backward_alt(dout, cache):
    x_hat, gamma, std = cache
    N = dout.shape[0]
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dx = gamma / std / N * (N * dout - dbeta - x_hat * dgamma)
    return dx, dgamma, dbeta
"""}),
    V("alt_calls_the_other", {"batchnorm_backward_alt": """
def batchnorm_backward_alt(dout, cache):
    return batchnorm_backward(dout, cache)
"""}),
    V("alt_as_projections", {"batchnorm_backward_alt": """
def batchnorm_backward_alt(dout, cache):
    x_hat, gamma, std = cache
    ones = np.ones((len(dout), len(dout))) / len(dout)
    g = dout * gamma / std
    return g - ones @ g - x_hat * np.einsum("nd,nd->d", g, x_hat) / len(g), (x_hat * dout).sum(axis=0), ones.shape[0] * dout.mean(0)
"""}),

    # FullyConnectedNet
    V("init_with_zip", {"fully_connected_net_init": """
class FullyConnectedNet:
    def __init__(self, hidden_dims, input_dim=3*32*32, num_classes=10, dropout_keep_ratio=1, normalization=None,
                 reg=0.0, weight_scale=1e-2, dtype=np.float32, seed=None):
        self.normalization, self.use_dropout, self.reg, self.dtype = normalization, dropout_keep_ratio != 1, reg, dtype
        self.num_layers = len(hidden_dims) + 1
        self.params = {}
        dims = list(zip([input_dim] + list(hidden_dims), list(hidden_dims) + [num_classes]))
        for number, (fan_in, fan_out) in enumerate(dims, start=1):
            self.params["W" + str(number)] = np.random.normal(0, weight_scale, (fan_in, fan_out))
            self.params["b" + str(number)] = np.zeros((fan_out,))
            if normalization is not None and number <= len(hidden_dims):
                self.params["gamma%d" % number], self.params["beta%d" % number] = np.ones(fan_out), np.zeros(fan_out)
        self.dropout_param = {"mode": "train", "p": dropout_keep_ratio} if self.use_dropout else {}
        self.bn_params = [{"mode": "train"} for i in hidden_dims] if normalization else []
        self.params = {k: v.astype(dtype) for k, v in self.params.items()}
"""}),
    V("init_from_the_end", {"fully_connected_net_init": """
class FullyConnectedNet:
    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, dropout_keep_ratio=1, normalization=None,
                 reg=0.0, weight_scale=1e-2, dtype=np.float32, seed=None):
        self.normalization = normalization
        self.use_dropout = dropout_keep_ratio != 1
        self.reg = reg
        self.num_layers = 1 + len(hidden_dims)
        self.dtype = dtype
        self.bn_params = []
        rng = np.random.default_rng()
        sizes, params, i = [num_classes] + hidden_dims[::-1] + [input_dim], {}, self.num_layers
        while i >= 1:
            out, into = sizes[self.num_layers - i], sizes[self.num_layers - i + 1]
            params.update({f"W{i}": weight_scale * rng.standard_normal((into, out)), f"b{i}": np.full(out, 0.0)})
            if normalization == "batchnorm" and i != self.num_layers:
                params.update({f"gamma{i}": np.full(out, 1.0), f"beta{i}": np.full(out, 0.0)})
                self.bn_params.insert(0, {"mode": "train"})
            i -= 1
        self.params = {name: np.asarray(value, dtype=dtype) for name, value in params.items()}
        self.dropout_param = {}
"""}),
    V("net_in_one_piece_as_published", {"fully_connected_net_init": _PUBLISHED, "fully_connected_net_loss": ""}),
    V("net_of_2016", {"fully_connected_net_init": _PUBLISHED
      .replace("dropout_keep_ratio=1, normalization=None", "dropout=0, use_batchnorm=False")
      .replace("dropout_keep_ratio != 1", "dropout > 0").replace("dropout_keep_ratio", "dropout")
      .replace("self.normalization = normalization", "self.use_batchnorm = use_batchnorm")
      .replace('self.normalization == "batchnorm"', "self.use_batchnorm")
      .replace('self.normalization in ("batchnorm", "layernorm")', "self.use_batchnorm")
      .replace('        if self.normalization == "layernorm":\n'
               "            self.bn_params = [{} for i in range(self.num_layers - 1)]\n", ""),
      "fully_connected_net_loss": ""}),
    V("net_recursive", {"fully_connected_net_loss": """
@add_to_class(FullyConnectedNet)
def loss(self, X, y=None):
    for memory in self.bn_params:
        memory["mode"] = "train" if y is not None else "test"
    grads = {}

    def walk(i, x):
        # scores, and how the gradient of the scores goes back below layer i
        p = self.params
        h, affine = affine_forward(x, p["W%s" % i], p["b%s" % i])
        if i == self.num_layers:
            scores = h
            dh = loss_of(scores)
        else:
            if self.bn_params:
                h, norm = batchnorm_forward(h, p["gamma%s" % i], p["beta%s" % i], self.bn_params[i - 1])
            h, relu = relu_forward(h)
            scores, dh = walk(i + 1, h)
            if y is not None:
                dh = relu_backward(dh, relu)
                if self.bn_params:
                    dh, grads["gamma%s" % i], grads["beta%s" % i] = batchnorm_backward(dh, norm)
        if y is None:
            return scores, None
        dx, dW, grads["b%s" % i] = affine_backward(dh, affine)
        grads["W%s" % i] = dW + self.reg * p["W%s" % i]
        return scores, dx

    total = [0.0]

    def loss_of(scores):
        if y is None:
            return None
        total[0], d = softmax_loss(scores, y)
        return d

    scores, _ = walk(1, X.astype(self.dtype))
    if y is None:
        return scores
    weights = [v for k, v in self.params.items() if k[0] == "W"]
    return total[0] + self.reg / 2 * sum((w * w).sum() for w in weights), grads
"""}),
    V("net_with_a_list_of_steps", {"fully_connected_net_loss": """
@add_to_class(FullyConnectedNet)
def loss(self, X, y=None):
    out, back = X.astype(self.dtype), []
    training = y is not None
    for memory in self.bn_params:
        memory["mode"] = "train" if training else "test"
    for i in range(self.num_layers):
        k = str(i + 1)
        out, cache = affine_forward(out, self.params["W" + k], self.params["b" + k])
        back.append((affine_backward, cache, ("W" + k, "b" + k)))
        if i < self.num_layers - 1:
            if self.normalization == "batchnorm":
                out, cache = batchnorm_forward(out, self.params["gamma" + k], self.params["beta" + k], self.bn_params[i])
                back.append((batchnorm_backward_alt, cache, ("gamma" + k, "beta" + k)))
            out, cache = relu_forward(out)
            back.append((relu_backward, cache, ()))
    if not training:
        return out
    loss, dout = softmax_loss(out, y)
    grads = {}
    for backward, cache, names in reversed(back):
        result = backward(dout, cache)
        if names:
            dout = result[0]
            grads.update(zip(names, result[1:]))
        else:
            dout = result
    for name, value in self.params.items():
        if name.startswith("W"):
            loss += 0.5 * self.reg * np.sum(value ** 2)
            grads[name] = grads[name] + self.reg * value
    return loss, grads
"""}),

    # Spatial
    V("spatial_with_moveaxis", {"spatial_batchnorm_forward": """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    last = np.moveaxis(x, 1, -1)
    out, cache = batchnorm_forward(last.reshape(-1, x.shape[1]), gamma, beta, bn_param)
    return np.moveaxis(out.reshape(last.shape), -1, 1), cache
""", "spatial_batchnorm_backward": """
def spatial_batchnorm_backward(dout, cache):
    last = np.moveaxis(dout, 1, -1)
    dx, dgamma, dbeta = batchnorm_backward(last.reshape(-1, dout.shape[1]), cache)
    return np.moveaxis(dx.reshape(last.shape), -1, 1), dgamma, dbeta
"""}),
    V("spatial_channel_by_channel", {"spatial_batchnorm_forward": """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    C = x.shape[1]
    rows = np.stack([x[:, c].ravel() for c in range(C)], axis=1)
    flat, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    out = np.empty(x.shape)
    for c in range(C):
        out[:, c] = flat[:, c].reshape(x[:, c].shape)
    return out, cache
""", "spatial_batchnorm_backward": """
def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    rows = np.stack([dout[:, c].ravel() for c in range(C)], axis=1)
    flat, dgamma, dbeta = batchnorm_backward_alt(rows, cache)
    return flat.T.reshape(C, N, H, W).transpose(1, 0, 2, 3), dgamma, dbeta
"""}),
    V("spatial_channels_first", {"spatial_batchnorm_forward": """
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    x_flat = x.swapaxes(0, 1).reshape(C, -1).T
    out_flat, cache = batchnorm_forward(x_flat, gamma, beta, bn_param)
    out = out_flat.T.reshape(C, N, H, W).swapaxes(0, 1)
    return out, cache
""", "spatial_batchnorm_backward": """
def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx_flat, dgamma, dbeta = batchnorm_backward(dout.swapaxes(0, 1).reshape(C, -1).T, cache)
    return dx_flat.T.reshape(C, N, H, W).swapaxes(0, 1), dgamma, dbeta
"""}),
]
