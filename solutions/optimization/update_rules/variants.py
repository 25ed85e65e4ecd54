"""Right answers to update_rules.ipynb. A variant of one cell works with the reference's others, and with each other's."""

from autograder.authoring.variant import Variant as V

# What the notebook says about them.
SINGLE = "in float32 a check here may say ✗ for want of digits, which costs nothing"

CORPUS = [
    # sgd_momentum
    V("momentum_as_often_published", {"sgd_momentum": """
def sgd_momentum(w, dw, config=None):
    if config is None: config = {}
    config.setdefault('learning_rate', 1e-2)
    config.setdefault('momentum', 0.9)
    v = config.get('velocity', np.zeros_like(w))
    next_w = None
    # 관성
    v = config['momentum'] * v - config['learning_rate'] * dw
    next_w = w + v
    config['velocity'] = v
    return next_w, config
"""}),
    V("momentum_in_place", {"sgd_momentum": """
def sgd_momentum(w, dw, config=None):
    config = config if config is not None else {}
    lr, mu = config.setdefault("learning_rate", 1e-2), config.setdefault("momentum", 0.9)
    v = config.setdefault("velocity", np.zeros_like(w))
    v *= mu
    v -= lr * dw
    w += v
    return w, config
"""}),
    V("momentum_in_loops", {"sgd_momentum": """
def sgd_momentum(w, dw, config=None):
    config = dict(config or {})
    mu, lr = config.get("momentum", 0.9), config.get("learning_rate", 0.01)
    old = config.get("velocity", np.zeros(w.shape))
    v, out = np.zeros(w.shape), np.zeros(w.shape)
    for i, g in np.ndenumerate(dw):
        v[i] = mu * old[i] - lr * g
        out[i] = w[i] + v[i]
    config["velocity"] = v
    return out, config
"""}),
    V("momentum_single_precision", {"sgd_momentum": """
def sgd_momentum(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w)).astype(np.float32)
    v = np.float32(config["momentum"]) * v - np.float32(config["learning_rate"]) * dw.astype(np.float32)
    config["velocity"] = v
    return w.astype(np.float32) + v, config
"""}, SINGLE),

    # nesterov
    V("nesterov_by_way_of_theta", {"nesterov": """
def nesterov(w, dw, config=None):
    config = {} if config is None else config
    mu = config.setdefault("momentum", 0.9)
    lr = config.setdefault("learning_rate", 1e-2)
    v = config.get("velocity", np.zeros_like(w))
    theta = w - mu * v
    v_new = mu * v - lr * dw
    theta_new = theta + v_new
    config["velocity"] = v_new
    return theta_new + mu * v_new, config
"""}),
    V("nesterov_lecture_notes", {"nesterov": """
def nesterov(x, dx, config=None):
    if config is None:
        config = {}
    config.setdefault('learning_rate', 1e-2)
    config.setdefault('momentum', 0.9)
    mu = config['momentum']
    v = config.get('velocity', np.zeros_like(x))
    v_prev = v.copy()
    v = mu * v - config['learning_rate'] * dx
    x = x + -mu * v_prev + (1 + mu) * v
    config['velocity'] = v
    return x, config
"""}),
    V("nesterov_short", {"nesterov": """
def nesterov(w, dw, config=None):
    config = {"learning_rate": 1e-2, "momentum": 0.9, "velocity": 0 * w} | (config or {})
    step = config["learning_rate"] * dw
    config["velocity"] = config["momentum"] * config["velocity"] - step
    return w + config["momentum"] * config["velocity"] - step, config
"""}),

    # adagrad
    V("adagrad_in_place", {"adagrad": """
def adagrad(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("epsilon", 1e-8)
    cache = config.setdefault("cache", np.zeros_like(w))
    cache += dw * dw
    w -= config["learning_rate"] / (cache ** 0.5 + config["epsilon"]) * dw
    return w, config
"""}),
    V("adagrad_epsilon_under_the_root", {"adagrad": """
def adagrad(w, dw, config=None):
    if config is None: config = {}
    lr = config.get("learning_rate", 1e-2)
    cache = config.get("cache", np.zeros_like(w)) + np.square(dw)
    next_w = w - lr * dw / np.sqrt(cache + config.get("epsilon", 1e-8))
    config.update(cache=cache, learning_rate=lr)
    return next_w, config
"""}),
    V("adagrad_reciprocal", {"adagrad": """
def adagrad(w, dw, config=None):
    config = dict(learning_rate=1e-2, epsilon=1e-8, cache=np.zeros_like(w)) | (config or {})
    config["cache"] = np.add(config["cache"], np.power(dw, 2))
    rate = np.divide(config["learning_rate"], np.sqrt(config["cache"]) + config["epsilon"])
    return np.subtract(w, rate * dw), config
"""}),

    # rmsprop
    V("rmsprop_as_often_published", {"rmsprop": """
def rmsprop(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault('learning_rate', 1e-2)
    config.setdefault('decay_rate', 0.99)
    config.setdefault('epsilon', 1e-8)
    config.setdefault('cache', np.zeros_like(w))
    next_w = None
    cache, decay_rate = config['cache'], config['decay_rate']
    cache = decay_rate * cache + (1 - decay_rate) * dw ** 2
    next_w = w - config['learning_rate'] * dw / (np.sqrt(cache) + config['epsilon'])
    config['cache'] = cache
    return next_w, config
"""}),
    V("rmsprop_as_a_correction", {"rmsprop": """
def rmsprop(w, dw, config=None):
    config = config or {}
    for key, value in (("learning_rate", 1e-2), ("decay_rate", 0.99), ("epsilon", 1e-8), ("cache", np.zeros_like(w))):
        config.setdefault(key, value)
    config["cache"] = config["cache"] + (1 - config["decay_rate"]) * (dw**2 - config["cache"])
    return w - config["learning_rate"] * dw / np.sqrt(config["cache"] + config["epsilon"] ** 2), config
"""}),
    V("rmsprop_in_place", {"rmsprop": """
def rmsprop(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("cache", np.zeros_like(w))
    config["cache"] *= config.get("decay_rate", 0.99)
    config["cache"] += (1 - config.get("decay_rate", 0.99)) * dw * dw
    w -= config.get("learning_rate", 1e-2) * dw / (np.sqrt(config["cache"]) + config.get("epsilon", 1e-8))
    return w, config
"""}),

    # adam
    V("adam_as_often_published", {"adam": """
def adam(w, dw, config=None):
    if config is None: config = {}
    config.setdefault('learning_rate', 1e-3)
    config.setdefault('beta1', 0.9)
    config.setdefault('beta2', 0.999)
    config.setdefault('epsilon', 1e-8)
    config.setdefault('m', np.zeros_like(w))
    config.setdefault('v', np.zeros_like(w))
    config.setdefault('t', 0)
    next_w = None
    m, v, t = config['m'], config['v'], config['t'] + 1
    beta1, beta2 = config['beta1'], config['beta2']
    m = beta1 * m + (1 - beta1) * dw
    mt = m / (1 - beta1 ** t)
    v = beta2 * v + (1 - beta2) * (dw ** 2)
    vt = v / (1 - beta2 ** t)
    next_w = w - config['learning_rate'] * mt / (np.sqrt(vt) + config['epsilon'])
    config['m'], config['v'], config['t'] = m, v, t
    return next_w, config
"""}),
    V("adam_correction_in_the_learning_rate", {"adam": """
def adam(w, dw, config=None):
    config = dict(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, m=0 * w, v=0 * w, t=0) | (config or {})
    b1, b2 = config["beta1"], config["beta2"]
    config["t"] += 1
    config["m"] = config["m"] + (1 - b1) * (dw - config["m"])
    config["v"] = config["v"] + (1 - b2) * (dw * dw - config["v"])
    rate = config["learning_rate"] * np.sqrt(1 - b2 ** config["t"]) / (1 - b1 ** config["t"])
    return w - rate * config["m"] / (np.sqrt(config["v"]) + config["epsilon"]), config
"""}),
    V("adam_in_place", {"adam": """
def adam(w, dw, config=None):
    config = {} if config is None else config
    lr = config.setdefault("learning_rate", 1e-3)
    beta = np.array([config.setdefault("beta1", 0.9), config.setdefault("beta2", 0.999)])
    eps = config.setdefault("epsilon", 1e-8)
    m, v = config.setdefault("m", np.zeros_like(w)), config.setdefault("v", np.zeros_like(w))
    config["t"] = config.get("t", 0) + 1
    m *= beta[0]
    m += (1 - beta[0]) * dw
    v *= beta[1]
    v += (1 - beta[1]) * np.square(dw)
    c = 1 - beta ** config["t"]
    w -= lr * (m / c[0]) / (np.sqrt(v / c[1]) + eps)
    return w, config
"""}),
    V("adam_with_a_helper_cell", {"adam": """
# %%
def running(old, new, beta):
    return beta * old + (1 - beta) * new

def unbiased(mean, beta, t):
    return mean / (1.0 - np.power(beta, t))
# %%
def adam(w, dw, config=None):
    c = {} if config is None else config
    t = c.get("t", 0) + 1
    b1, b2 = c.get("beta1", 0.9), c.get("beta2", 0.999)
    m = running(c.get("m", np.zeros(w.shape)), dw, b1)
    v = running(c.get("v", np.zeros(w.shape)), dw**2, b2)
    c.update({"m": m, "v": v, "t": t})
    return w - c.get("learning_rate", 1e-3) * unbiased(m, b1, t) / np.sqrt(unbiased(v, b2, t) + c.get("epsilon", 1e-8)), c
"""}),

    # schedules
    V("step_decay_floor_divide", {"step_decay": """
def step_decay(learning_rate, epoch, drop=0.5, every=10):
    return learning_rate * np.power(float(drop), np.floor_divide(epoch, every))
"""}),
    V("step_decay_in_a_loop", {"step_decay": """
def step_decay(learning_rate, epoch, drop=0.5, every=10):
    def one(number):
        rate = learning_rate
        for done in range(1, int(number) + 1):
            if done % every == 0:
                rate *= drop
        return rate
    return np.array([one(n) for n in epoch]) if np.ndim(epoch) else one(epoch)
"""}),
    V("step_decay_by_exp", {"step_decay": """
def step_decay(learning_rate, epoch, drop=0.5, every=10):
    times = np.floor(np.asarray(epoch) / every)
    return learning_rate * np.exp(times * np.log(drop))
"""}),
    V("decays_with_power", {"smooth_decay": """
def exponential_decay(learning_rate, t, k):
    return learning_rate * np.e ** (-k * t)

def inverse_decay(learning_rate, t, k):
    return learning_rate * (1 + k * t) ** -1.0
"""}),
    V("decays_divide", {"smooth_decay": """
def exponential_decay(lr, t, k):
    return lr / np.exp(np.multiply(k, t))

def inverse_decay(lr, t, k):
    decayed = np.asarray(t) * k
    decayed += 1
    return lr / decayed
"""}),
    V("decays_in_one_helper", {"smooth_decay": """
decay = {"exp": lambda x: np.exp(-x), "inv": lambda x: 1 / (1 + x)}

def exponential_decay(learning_rate, t, k):
    decayed = decay["exp"](k * t) * learning_rate
    return decayed

def inverse_decay(learning_rate, t, k):
    decayed = decay["inv"](k * t) * learning_rate
    return decayed
"""}),

    # newton_step, hessian_bytes
    V("newton_with_the_inverse", {"newton_step": """
def newton_step(w, dw, H):
    return w - np.linalg.inv(H) @ dw
""", "hessian_bytes": """
def hessian_bytes(num_params, bytes_per_number=8):
    return float(bytes_per_number) * num_params * num_params
"""}),
    V("newton_least_squares", {"newton_step": """
def newton_step(w, dw, H):
    step, *_ = np.linalg.lstsq(H, -dw, rcond=None)
    return step + w
""", "hessian_bytes": """
def hessian_bytes(n, bytes_per_number=8):
    return np.multiply(bytes_per_number, pow(n, 2))
"""}),
    V("newton_eigenvectors", {"newton_step": """
def newton_step(w, dw, H):
    values, vectors = np.linalg.eigh(H)
    return w - vectors @ ((vectors.T @ dw) / values)
""", "hessian_bytes": """
def hessian_bytes(num_params, bytes_per_number=8):
    shape = (num_params, num_params)
    return shape[0] * shape[1] * bytes_per_number
"""}),

    # the network
    V("network_layer_by_layer", {"two_layer_net": """
# %%
def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1).dot(w) + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    return dout.dot(w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T.dot(dout), np.sum(dout, axis=0)
# %%
def relu_forward(x):
    return np.maximum(0, x), x

def relu_backward(dout, cache):
    return dout * (cache > 0)

def softmax_loss(x, y):
    probs = np.exp(x - np.max(x, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    N = x.shape[0]
    loss = -np.sum(np.log(probs[np.arange(N), y])) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx
# %%
class TwoLayerNet(object):
    def __init__(self, input_dim=3*32*32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.params = {}
        self.reg = reg
        self.params['W1'] = weight_scale * np.random.randn(input_dim, hidden_dim)
        self.params['b1'] = np.zeros(hidden_dim)
        self.params['W2'] = weight_scale * np.random.randn(hidden_dim, num_classes)
        self.params['b2'] = np.zeros(num_classes)

    def loss(self, X, y=None):
        a1, c1 = affine_forward(X, self.params['W1'], self.params['b1'])
        h, c2 = relu_forward(a1)
        scores, c3 = affine_forward(h, self.params['W2'], self.params['b2'])
        if y is None:
            return scores
        loss, grads = 0, {}
        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * (np.sum(self.params['W1'] ** 2) + np.sum(self.params['W2'] ** 2))
        dh, grads['W2'], grads['b2'] = affine_backward(dscores, c3)
        _, grads['W1'], grads['b1'] = affine_backward(relu_backward(dh, c2), c1)
        grads['W1'] += self.reg * self.params['W1']
        grads['W2'] += self.reg * self.params['W2']
        return loss, grads
"""}),
    V("network_with_attached_methods", {"two_layer_net": """
from cs231n_utils.notebook import add_to_class

class TwoLayerNet:
    def __init__(self, input_dim=3072, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        rng = np.random.default_rng()
        self.reg = reg
        self.params = {"W1": rng.normal(0, weight_scale, (input_dim, hidden_dim)), "b1": np.zeros((hidden_dim,)),
                       "W2": rng.normal(0, weight_scale, (hidden_dim, num_classes)), "b2": np.zeros((num_classes,))}

@add_to_class(TwoLayerNet)
def loss(self, X, y=None):
    W1, b1, W2, b2 = (self.params[k] for k in ("W1", "b1", "W2", "b2"))
    X = X.reshape(X.shape[0], -1)
    z = X @ W1 + b1
    h = z * (z > 0)
    s = h @ W2 + b2
    if y is None:
        return s
    lse = np.logaddexp.reduce(s, axis=1)
    i = np.arange(len(y))
    d = np.exp(s - lse[:, None])
    d[i, y] -= 1
    d /= len(y)
    dz = np.where(z > 0, d @ W2.T, 0)
    return (np.mean(lse - s[i, y]) + 0.5 * self.reg * (np.sum(W1 * W1) + np.sum(W2 * W2)),
            dict(W1=X.T @ dz + self.reg * W1, b1=dz.sum(0), W2=h.T @ d + self.reg * W2, b2=d.sum(0)))
"""}),
    V("network_single_precision", {"two_layer_net": """
class TwoLayerNet:
    def __init__(self, input_dim=3072, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.reg = np.float32(reg)
        shapes = {"W1": (input_dim, hidden_dim), "b1": hidden_dim, "W2": (hidden_dim, num_classes), "b2": num_classes}
        self.params = {k: np.zeros(s, np.float32) for k, s in shapes.items()}
        for k in ("W1", "W2"):
            self.params[k][...] = np.random.standard_normal(shapes[k]) * weight_scale

    def loss(self, X, y=None):
        p = {k: v.astype(np.float32) for k, v in self.params.items()}
        x = X.reshape(len(X), -1).astype(np.float32)
        h = np.clip(x @ p["W1"] + p["b1"], 0, None)
        s = h @ p["W2"] + p["b2"]
        if y is None:
            return s
        z = s - s.max(1, keepdims=True)
        q = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        t = np.eye(s.shape[1], dtype=np.float32)[y]
        loss = -(t * (z - np.log(np.exp(z).sum(1, keepdims=True)))).sum() / len(x)
        d = (q - t) / len(x)
        g = (d @ p["W2"].T) * (h > 0)
        for k in ("W1", "W2"):
            loss = loss + self.reg / 2 * np.linalg.norm(p[k]) ** 2
        return loss, {"W1": x.T @ g + self.reg * p["W1"], "b1": g.sum(0), "W2": h.T @ d + self.reg * p["W2"], "b2": d.sum(0)}
"""}, SINGLE),

    V("adam_in_place_with_t_as_a_float", {"adam": """
def adam(w, dw, config=None):
    config = {} if config is None else config
    lr, beta1, beta2, eps = (config.setdefault(name, value) for name, value in (
        ("learning_rate", 1e-3), ("beta1", 0.9), ("beta2", 0.999), ("epsilon", 1e-8)))
    m, v = config.setdefault("m", np.zeros_like(w)), config.setdefault("v", np.zeros_like(w))
    config["t"] = config.get("t", 0.0) + 1.0
    m *= beta1
    m += (1 - beta1) * dw
    v *= beta2
    v += (1 - beta2) * dw ** 2
    w -= lr * (m / (1 - beta1 ** config["t"])) / (np.sqrt(v / (1 - beta2 ** config["t"])) + eps)
    return w, config
"""}),
]
