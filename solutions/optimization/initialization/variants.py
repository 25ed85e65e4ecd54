"""Right answers to initialization.ipynb. A variant of one cell works with the reference's others, and with each other's."""

from autograder.authoring.variant import Variant as V

CORPUS = [
    V("zero_center_np_subtract", {"zero_center": """
def zero_center(X_train, X_other):
    mu = np.sum(X_train, axis=0, keepdims=True) / len(X_train)
    return np.subtract(X_train, mu), np.subtract(X_other, mu)
"""}),
    V("zero_center_in_loops", {"zero_center": """
def zero_center(X_train, X_other):
    a, b = X_train.copy(), X_other.copy()
    for d in range(X_train.shape[1]):
        m = sum(X_train[:, d]) / X_train.shape[0]
        a[:, d] -= m
        b[:, d] -= m
    return [a, b]
"""}),
    V("zero_center_together", {"zero_center": """
def zero_center(X_train, X_other):
    together = np.concatenate([X_train, X_other])
    together -= np.average(X_train, axis=0)
    centred_train, centred_other = together[:len(X_train)], together[len(X_train):]
    return centred_train, centred_other
"""}),
    V("normalize_standalone", {"normalize": """
def normalize(X_train, X_other):
    mean, std = np.mean(X_train, axis=0), np.std(X_train, axis=0)
    std[std == 0] = 1
    return (X_train - mean) / std, (X_other - mean) / std
"""}),
    V("normalize_by_variance", {"normalize": """
def normalize(X_train, X_other):
    a, b = zero_center(X_train, X_other)
    var = (a ** 2).mean(axis=0)
    scale = np.array([1.0 if v == 0 else v ** -0.5 for v in var])
    return a * scale, b * scale
"""}),
    V("normalize_divide_where", {"normalize": """
def normalize(X_train, X_other):
    normal_train, normal_other = zero_center(X_train, X_other)
    std = normal_train.std(axis=0)
    moving = std > 1e-12
    normal_train[:, moving] /= std[moving]
    normal_other[:, moving] /= std[moving]
    return normal_train, normal_other
"""}),
    V("small_with_np_random_normal", {"small_random": """
def zero_init(fan_in, fan_out):
    return np.full((fan_in, fan_out), 0.0)

def small_random(fan_in, fan_out, scale=0.01):
    return np.random.normal(0, scale, size=(fan_in, fan_out))
"""}),
    V("small_with_a_generator", {"small_random": """
generator = np.random.default_rng()

def zero_init(fan_in, fan_out):
    return 0.0 * generator.standard_normal((fan_in, fan_out))

def small_random(fan_in, fan_out, scale=0.01):
    W = generator.standard_normal((fan_in, fan_out))
    W *= scale
    return W
"""}),
    V("small_single_precision", {"small_random": """
def zero_init(fan_in, fan_out):
    return np.zeros([fan_in, fan_out], dtype=np.float32)

def small_random(fan_in, fan_out, scale=0.01):
    return (np.random.randn(fan_in, fan_out) * scale).astype(np.float32)
"""}),
    V("xavier_by_way_of_small", {"xavier": """
def xavier(fan_in, fan_out):
    return small_random(fan_in, fan_out, scale=fan_in ** -0.5)

def he(fan_in, fan_out):
    return small_random(fan_in, fan_out, scale=(2 / fan_in) ** 0.5)
"""}),
    V("he_by_way_of_xavier", {"xavier": """
def xavier(fan_in, fan_out):
    W = np.random.randn(fan_in * fan_out).reshape(fan_in, fan_out)
    return W * np.sqrt(1.0 / fan_in)

def he(fan_in, fan_out):
    return np.sqrt(2) * xavier(fan_in, fan_out)
"""}),
    V("xavier_lecture_notes", {"xavier": """
def xavier(fan_in, fan_out):
    W = np.random.randn(fan_in, fan_out) / np.sqrt(fan_in)
    return W.astype(np.float32)

def he(fan_in, fan_out):
    W = np.random.randn(fan_in, fan_out) / np.sqrt(fan_in / 2)  # ReLU
    return W
"""}),
    V("forward_with_a_dictionary", {"deep_forward": """
bends = {"tanh": np.tanh, "relu": lambda z: z * (z > 0)}

def deep_forward(x, weights, activation):
    outputs = [x]
    for W in weights:
        outputs.append(bends[activation](outputs[-1].dot(W)))
    return outputs[1:]
"""}),
    V("forward_recursive", {"deep_forward": """
def deep_forward(x, weights, activation):
    if not weights:
        return []
    z = np.matmul(x, weights[0])
    h = (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)) if activation == "tanh" else np.where(z > 0, z, 0)
    return [h] + deep_forward(h, weights[1:], activation)
"""}),
    V("forward_einsum_single_precision", {"deep_forward": """
def deep_forward(x, weights, activation):
    outputs, h = [], x.astype(np.float32)
    for i in range(len(weights)):
        h = np.einsum("nd,dm->nm", h, weights[i].astype(np.float32))
        if activation == "relu":
            h[h < 0] = 0
        else:
            h = np.tanh(h)
        outputs += [h]
    return tuple(outputs)
"""}),
    V("backward_counting_down", {"deep_backward": """
def deep_backward(dout, x, weights, outputs, activation):
    grads = [None] * len(weights)
    for i in range(len(weights) - 1, -1, -1):
        h_in = x if i == 0 else outputs[i - 1]
        if activation == "tanh":
            d = dout * (1 - outputs[i] * outputs[i])
        else:
            d = dout.copy()
            d[outputs[i] <= 0] = 0
        grads[i] = h_in.T.dot(d)
        dout = d.dot(weights[i].T)
    return grads
"""}),
    V("backward_recomputing_the_sums", {"deep_backward": """
def deep_backward(dout, x, weights, outputs, activation):
    chain, grads = [x, *outputs], []
    for i in reversed(range(len(weights))):
        z = chain[i] @ weights[i]
        slope = np.cosh(z) ** -2.0 if activation == "tanh" else np.heaviside(z, 0)
        dz = slope * dout
        grads.append(np.einsum("nd,nm->dm", chain[i], dz))
        dout = np.einsum("nm,dm->nd", dz, weights[i])
    return grads[::-1]
"""}),
    V("backward_recursive", {"deep_backward": """
def deep_backward(dout, x, weights, outputs, activation):
    if len(weights) == 0:
        return []
    *lower, W = weights
    h = outputs[-1]
    before = outputs[-2] if len(outputs) > 1 else x
    dz = dout * ((1 + h) * (1 - h) if activation == "tanh" else np.sign(h))
    return deep_backward(dz @ W.T, x, lower, outputs[:-1], activation) + [before.T @ dz]
"""}),
    V("brought_as_often_published", {"brought": """
def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    cache = (x, w, b)
    return out, cache

def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db

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
    V("brought_probabilities_first", {"brought": """
def affine_forward(x, w, b):
    rows = np.reshape(x, (len(x), w.shape[0]))
    return np.einsum("nd,dm->nm", rows, w) + b, (rows, x.shape, w)

def affine_backward(dout, cache):
    rows, shape, w = cache
    return (dout @ w.T).reshape(shape), rows.T @ dout, np.ones(len(dout)) @ dout

def softmax_loss(x, y):
    p = np.exp(x - x.max(1, keepdims=True))
    p = p / p.sum(1, keepdims=True)
    t = np.eye(x.shape[1])[y]
    return float(-np.log((p * t).sum(1)).mean()), (p - t) / len(y)
"""}),
    V("brought_single_precision", {"brought": """
def affine_forward(x, w, b):
    x32 = x.astype(np.float32)
    return x32.reshape(len(x), -1) @ w.astype(np.float32) + b.astype(np.float32), (x32, w.astype(np.float32))

def affine_backward(dout, cache):
    x, w = cache
    d = dout.astype(np.float32)
    return (d @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ d, d.sum(0)

def softmax_loss(x, y):
    x = x.astype(np.float32)
    z = x - x.max(axis=1)[:, None]
    lse = np.log(np.exp(z).sum(axis=1))[:, None]
    n = np.arange(len(y))
    d = np.exp(z - lse)
    d[n, y] -= 1
    return (lse[:, 0] - z[n, y]).mean(), d / len(y)
"""}),
]
