"""Right answers to activations.ipynb. A variant of one cell works with the reference's others, and with each other's."""

from autograder.authoring.variant import Variant as V

CORPUS = [
    V("sigmoid_by_tanh", {"sigmoid": """
def sigmoid_forward(x):
    out = 0.5 * (1 + np.tanh(0.5 * x))
    return out, (x, out)

def sigmoid_backward(dout, cache):
    _, s = cache
    return dout * (s - s**2)
"""}),
    V("sigmoid_with_masks", {"sigmoid": """
def sigmoid_forward(x):
    out = np.zeros_like(x)
    right = x >= 0
    out[right] = 1 / (1 + np.exp(-x[right]))
    e = np.exp(x[~right])
    out[~right] = e / (1 + e)
    return out, out

def sigmoid_backward(dout, cache):
    dx = dout.copy()
    dx *= cache
    dx *= 1 - cache
    return dx
"""}),
    V("sigmoid_by_logaddexp", {"sigmoid": """
def sigmoid_forward(x):
    return np.exp(-np.logaddexp(0, -x)), x

def sigmoid_backward(dout, cache):
    p, q = np.exp(-np.logaddexp(0, -cache)), np.exp(-np.logaddexp(0, cache))
    return dout * p * q
"""}),
    V("sigmoid_keeps_its_slope", {"sigmoid": """
def sigmoid_forward(x):
    z = np.exp(np.minimum(x, -x))
    s = 1 / (1 + z)
    s = np.where(x < 0, 1 - s, s)
    return s, {"slope": z / (1 + z) ** 2}

def sigmoid_backward(dout, cache):
    return np.multiply(cache["slope"], dout)
"""}),
    V("tanh_by_a_stable_formula", {"tanh": """
def tanh_forward(x):
    e = np.exp(-2 * np.abs(x))
    out = np.sign(x) * (1 - e) / (1 + e)
    return out, [out]

def tanh_backward(dout, cache):
    t, = cache
    return dout * (1 + t) * (1 - t)
"""}),
    V("tanh_by_cosh", {"tanh": """
def tanh_forward(x):
    return np.tanh(x), x

def tanh_backward(dout, cache):
    return dout / np.cosh(np.clip(cache, -300, 300)) ** 2
"""}),
    V("tanh_forgets_its_output", {"tanh": """
def tanh_forward(x):
    return np.tanh(x), np.array(x)

def tanh_backward(dout, cache):
    return dout - dout * np.square(np.tanh(cache))
"""}),
    V("relu_by_a_mask", {"relu": """
def relu_forward(x):
    mask = x > 0
    return x * mask, mask

def relu_backward(dout, cache):
    dx = np.array(dout)
    dx[~cache] = 0
    return dx
"""}),
    V("relu_by_where", {"relu": """
def relu_forward(x):
    out = np.where(x < 0, 0.0, x)
    return out, out

def relu_backward(dout, cache):
    return np.where(cache > 0, dout, 0.0)
"""}),
    V("relu_by_absolute_value", {"relu": """
relu_forward = lambda x: ((x + np.abs(x)) / 2, x)
relu_backward = lambda dout, cache: dout * (np.sign(cache) + 1) / 2
"""}),
    V("relu_by_clip", {"relu": """
def relu_forward(x):
    return x.clip(min=0), x

def relu_backward(dout, cache):
    return dout * np.heaviside(cache, 1.0)
"""}),
    V("leaky_by_maximum", {"leaky_relu": """
def leaky_relu_forward(x, alpha=0.01):
    return np.maximum(alpha * x, x), (alpha, x)

def leaky_relu_backward(dout, cache):
    alpha, x = cache
    slope = np.ones_like(x)
    slope[x < 0] = alpha
    return slope * dout
"""}),
    V("leaky_of_two_relus", {"leaky_relu": """
def leaky_relu_forward(x, alpha=0.01):
    out = np.maximum(x, 0) + alpha * np.minimum(x, 0)
    return out, {"x": x, "alpha": alpha}

def leaky_relu_backward(dout, cache):
    return dout * ((cache["x"] > 0) + cache["alpha"] * (cache["x"] <= 0))
"""}),
    V("leaky_keeps_its_slope", {"leaky_relu": """
def leaky_relu_forward(x, alpha=0.01):
    slope = np.where(x >= 0, 1.0, alpha)
    return slope * x, slope

def leaky_relu_backward(dout, cache):
    return dout * cache
"""}),
    V("leaky_by_assignment", {"leaky_relu": """
def leaky_relu_forward(x, alpha=0.01):
    out = x.copy()
    out[out < 0] *= alpha
    return out, (x, alpha)

def leaky_relu_backward(dout, cache):
    x, alpha = cache
    dx = dout.copy()
    dx[x < 0] *= alpha
    return dx
"""}),
    V("elu_with_masks", {"elu": """
def elu_forward(x, alpha=1.0):
    out = x.copy()
    left = x <= 0
    out[left] = alpha * (np.exp(x[left]) - 1)
    return out, (out, alpha)

def elu_backward(dout, cache):
    out, alpha = cache
    return np.where(out > 0, dout, dout * (out + alpha))
"""}),
    V("elu_of_two_parts", {"elu": """
def elu_forward(x, alpha=1.0):
    e = np.exp(np.minimum(0, x))
    return np.maximum(0, x) + alpha * (e - 1), (x > 0, alpha * e)

def elu_backward(dout, cache):
    right, slope = cache
    return dout * right + dout * slope * np.logical_not(right)
"""}),
    V("elu_by_clip", {"elu": """
def elu_forward(x, alpha=1.0):
    left = alpha * np.expm1(np.clip(x, None, 0))
    slope = np.where(x > 0, 1.0, left + alpha)
    return np.where(x > 0, x, left), slope

def elu_backward(dout, cache):
    return cache * dout
"""}),
    V("maxout_by_where", {"maxout": """
def maxout_forward(x, w1, b1, w2, b2):
    a, b = np.dot(x, w1) + b1, np.dot(x, w2) + b2
    return np.where(a >= b, a, b), (x, w1, w2, a, b)

def maxout_backward(dout, cache):
    x, w1, w2, a, b = cache
    da = np.where(a >= b, dout, 0)
    db = np.where(a >= b, 0, dout)
    dx = np.zeros_like(x)
    dx += da.dot(w1.T)
    dx += db.dot(w2.T)
    return dx, x.T.dot(da), np.sum(da, axis=0), x.T.dot(db), np.sum(db, axis=0)
"""}),
    V("maxout_stacked", {"maxout": """
def maxout_forward(x, w1, b1, w2, b2):
    w, b = np.stack([w1, w2]), np.stack([b1, b2])
    pieces = np.einsum("nd,pdm->pnm", x, w) + b[:, None]
    winner = pieces.argmax(axis=0)
    return pieces.max(axis=0), (x, w, winner)

def maxout_backward(dout, cache):
    x, w, winner = cache
    dpieces = np.stack([dout * (winner == 0), dout * (winner == 1)])
    dw, db = np.einsum("nd,pnm->pdm", x, dpieces), dpieces.sum(axis=1)
    return np.einsum("pnm,pdm->nd", dpieces, w), dw[0], db[0], dw[1], db[1]
"""}),
    V("maxout_in_loops", {"maxout": """
def maxout_forward(x, w1, b1, w2, b2):
    N, M = x.shape[0], b1.shape[0]
    out, won = np.zeros((N, M)), np.zeros((N, M), dtype=int)
    for n in range(N):
        for m in range(M):
            pieces = [x[n] @ w1[:, m] + b1[m], x[n] @ w2[:, m] + b2[m]]
            won[n, m] = int(np.argmax(pieces))
            out[n, m] = pieces[won[n, m]]
    return out, (x, (w1, w2), won)

def maxout_backward(dout, cache):
    x, w, won = cache
    dx, dw, db = np.zeros(x.shape), [np.zeros(w[0].shape) for _ in w], [np.zeros(dout.shape[1]) for _ in w]
    for n in range(dout.shape[0]):
        for m in range(dout.shape[1]):
            p = won[n, m]
            dx[n] += dout[n, m] * w[p][:, m]
            dw[p][:, m] += dout[n, m] * x[n]
            db[p][m] += dout[n, m]
    return [dx, dw[0], db[0], dw[1], db[1]]
"""}),
    V("maxout_by_a_difference", {"maxout": """
def maxout_forward(x, w1, b1, w2, b2):
    gap = x @ (w1 - w2) + (b1 - b2)
    return x @ w2 + b2 + np.maximum(gap, 0), (x, w1, w2, gap)

def maxout_backward(dout, cache):
    x, w1, w2, gap = cache
    dgap = dout * (gap > 0)
    return (dout @ w2.T + dgap @ (w1 - w2).T, x.T @ dgap, dgap.sum(0), x.T @ (dout - dgap), (dout - dgap).sum(0))
"""}),
    V("collapse_by_probing", {"collapse": """
def collapse(w1, b1, w2, b2):
    both = lambda x: (x @ w1 + b1) @ w2 + b2
    b = both(np.zeros(w1.shape[0]))
    return both(np.eye(w1.shape[0])) - b, b
"""}),
    V("collapse_with_dot", {"collapse": """
def collapse(w1, b1, w2, b2):
    return [w1.dot(w2), np.add(w2.T.dot(b1), b2)]
"""}),
    V("collapse_einsum", {"collapse": """
def collapse(w1, b1, w2, b2):
    w = np.einsum("dh,hm->dm", w1, w2)
    b = np.einsum("h,hm->m", b1, w2)
    b += b2
    return w, b
"""}),
    V("mlp_with_all_activations_kept", {"mlp_loss": """
def mlp_loss(weights, biases, X, y, activation):
    forward, backward = activation
    N, L = X.shape[0], len(weights)
    inputs, caches = [X], []
    for k in range(L - 1):
        out, cache = forward(inputs[k].dot(weights[k]) + biases[k])
        inputs.append(out)
        caches.append(cache)
    s = (inputs[-1].dot(weights[-1]) + biases[-1]).reshape(N)
    loss = float(np.sum(np.logaddexp(0, s) - y * s) / N)
    p = sigmoid_forward(s)[0]
    d = (p - y).reshape(N, 1) / N
    dweights, dbiases = [None] * L, [None] * L
    for k in range(L)[::-1]:
        dweights[k] = inputs[k].T.dot(d)
        dbiases[k] = np.sum(d, axis=0)
        if k > 0:
            d = backward(d.dot(weights[k].T), caches[k - 1])
    return loss, dweights, dbiases
"""}),
    V("mlp_by_recursion", {"mlp_loss": """
def mlp_loss(weights, biases, X, y, activation):
    forward, backward = activation
    if len(weights) == 1:
        s = (X @ weights[0] + biases[0]).ravel()
        right = np.where(y == 1, s, -s)
        d = (np.where(y == 1, -1, 1) * np.exp(-np.logaddexp(0, right)) / len(y))[:, None]
        result = np.logaddexp(0, -right).mean(), [], []
    else:
        hidden, cache = forward(X @ weights[0] + biases[0])
        loss, dw, db = mlp_loss(weights[1:], biases[1:], hidden, y, activation)
        # the gradient of the hidden layer, found again from that of the next bias and weights
        d = backward(mlp_hidden_gradient(weights[1:], biases[1:], hidden, y, activation), cache)
        result = loss, dw, db
    loss, dw, db = result
    return loss, [X.T @ d, *dw], [d.sum(axis=0), *db]


def mlp_hidden_gradient(weights, biases, X, y, activation):
    forward, backward = activation
    pre = X @ weights[0] + biases[0]
    if len(weights) == 1:
        s = pre[:, 0]
        return ((sigmoid_forward(s)[0] - y) / len(y))[:, None] @ weights[0].T
    hidden, cache = forward(pre)
    return backward(mlp_hidden_gradient(weights[1:], biases[1:], hidden, y, activation), cache) @ weights[0].T
"""}),
    V("mlp_reversed_at_the_end", {"mlp_loss": """
def affine(x, w, b):
    return x @ w + b

def mlp_loss(weights, biases, X, y, activation):
    forward, backward = activation
    tape, h = [], X
    for w, b in list(zip(weights, biases))[:-1]:
        z = affine(h, w, b)
        a, cache = forward(z)
        tape.append((h, w, cache))
        h = a
    s = np.squeeze(affine(h, weights[-1], biases[-1]), axis=1)
    loss = np.maximum(s, 0) - y * s + np.log1p(np.exp(-np.abs(s)))
    ds = (0.5 * (1 + np.tanh(s / 2)) - y)[:, np.newaxis] / s.size
    dws, dbs = [h.T @ ds], [ds.sum(0)]
    dh = ds @ weights[-1].T
    for x, w, cache in reversed(tape):
        dz = backward(dh, cache)
        dws.append(x.T @ dz)
        dbs.append(dz.sum(0))
        dh = dz @ w.T
    return loss.mean(), dws[::-1], dbs[::-1]
"""}),
    V("dead_by_any", {"dead_share": """
def dead_share(slopes):
    alive = np.any(slopes != 0, axis=0)
    return 1 - alive.sum() / alive.size
"""}),
    V("dead_by_absolute_sum", {"dead_share": """
def dead_share(slopes):
    return float((np.abs(slopes).sum(axis=0) == 0).mean())
"""}),
    V("dead_in_a_loop", {"dead_share": """
def dead_share(slopes):
    dead = 0
    for unit in slopes.T:
        if not unit.any():
            dead += 1
    return dead / slopes.shape[1]
"""}),
]
