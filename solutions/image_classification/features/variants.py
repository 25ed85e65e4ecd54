"""Right answers to features.ipynb. A variant of one cell works with the reference's others, and with each other's."""

from autograder.authoring.variant import Variant as V

# What the notebook says about them.
SINGLE = "in float32 a check here may say ✗ for want of digits, which costs nothing"


def _body(name: str, cell: str, signature: str, body: str, first: str = "", contract: str = "") -> V:
    lines = "\n".join("    " + line if line else "" for line in body.strip("\n").splitlines())
    return V(name, {cell: f"{first}\ndef {signature}:\n{lines}\n"}, contract)


def _hue(name: str, body: str, first: str = "", contract: str = "") -> V:
    return _body(name, "hue_and_chroma", "hue_and_chroma(images)", body, first, contract)


def _gradients(name: str, body: str, first: str = "", contract: str = "") -> V:
    return _body(name, "gradients", "gradients(grey)", body, first, contract)


def _histogram(name: str, body: str, first: str = "", contract: str = "") -> V:
    return _body(name, "histogram", "histogram(positions, weights, bins)", body, first, contract)


def _hog(name: str, body: str, first: str = "") -> V:
    return _body(name, "hog", "hog(images, cell=8, bins=9)", body, first)


def _standardize(name: str, body: str, contract: str = "") -> V:
    return _body(name, "standardize", "standardize(X_train, X)", body, contract=contract)


def _svm(name: str, body: str) -> V:
    return _body(name, "bring_svm_loss", "svm_loss_vectorized(W, X, y, reg)", body)


def _net(name: str, body: str, first: str = "", contract: str = "") -> V:
    return _body(name, "net_loss", "net_loss(params, X, y=None, reg=0.0)", body, first, contract)


CORPUS = [
    # Hues
    _hue("hue_with_masks", """
rgb = images / 255
r, g, b = rgb[..., 0], rgb[..., 1], rgb[..., 2]
chroma = rgb.max(axis=-1) - rgb.min(axis=-1)
hue = np.zeros(chroma.shape)
coloured = chroma > 0
red = coloured & (images.argmax(axis=-1) == 0)
green = coloured & (images.argmax(axis=-1) == 1)
blue = coloured & (images.argmax(axis=-1) == 2)
hue[red] = ((g - b)[red] / chroma[red]) % 6
hue[green] = (b - r)[green] / chroma[green] + 2
hue[blue] = (r - g)[blue] / chroma[blue] + 4
return hue / 6, chroma
"""),
    _hue("hue_of_matplotlib", """
hue = rgb_to_hsv(images / 255)[..., 0]
return hue, np.ptp(images.astype(int), axis=-1) / 255
""", first="from matplotlib.colors import rgb_to_hsv\n"),
    _hue("hue_of_colorsys", """
hue, chroma = np.zeros(images.shape[:3]), np.zeros(images.shape[:3])
for place in np.ndindex(hue.shape):
    r, g, b = (int(v) for v in images[place])
    hue[place] = colorsys.rgb_to_hsv(r, g, b)[0]
    chroma[place] = (max(r, g, b) - min(r, g, b)) / 255
return hue, chroma
""", first="import colorsys\n"),
    _hue("hue_in_degrees_and_back", """
x = images.astype(np.int64)
R, G, B = x[:, :, :, 0], x[:, :, :, 1], x[:, :, :, 2]
M, m = x.max(3), x.min(3)
with np.errstate(divide="ignore", invalid="ignore"):
    degrees = np.select([M == m, M == R, M == G], [0, 60 * (G - B) / (M - m), 120 + 60 * (B - R) / (M - m)],
                        240 + 60 * (R - G) / (M - m))
return (degrees % 360) / 360, (M - m) / 255
"""),
    _hue("hue_with_a_small_divisor", """
r, g, b = (images[..., i].astype(float) for i in range(3))
C = images.max(-1).astype(float) - images.min(-1)
d = np.maximum(C, 1e-9)
h = np.choose(np.argmax(images, axis=-1), [(g - b) / d % 6, (b - r) / d + 2, (r - g) / d + 4])
return [h / 6, C / 255.0]
"""),
    _hue("hue_in_single_precision", """
x = images.astype(np.float32)
r, g, b = x[..., 0], x[..., 1], x[..., 2]
M = x.max(-1)
C = M - x.min(-1)
D = np.where(C == 0, np.float32(1), C)
h = np.where(M == r, np.mod((g - b) / D, 6), np.where(M == g, (b - r) / D + 2, (r - g) / D + 4)) / np.float32(6)
return h, C / np.float32(255)
"""),
    _hue("hue_without_modulo", """
r, g, b = np.moveaxis(images.astype(np.float64), -1, 0)
top, low = np.max([r, g, b], axis=0), np.min([r, g, b], axis=0)
C = top - low
hue = np.zeros_like(C)
np.divide(g - b, C, out=hue, where=(C > 0) & (top == r))
hue[hue < 0] += 6
hue = np.where((top == g) & (top != r), 2 + (b - r) / np.where(C > 0, C, 1), hue)
hue = np.where((top == b) & (top != r) & (top != g), 4 + (r - g) / np.where(C > 0, C, 1), hue)
return hue / 6, C / 255
"""),

    # Gradients
    _gradients("gradients_of_numpy", """
gy, gx = np.gradient(grey, axis=(1, 2))
gx[:, :, [0, -1]] = 0
gy[:, [0, -1], :] = 0
return np.mod(np.arctan2(gy, gx), np.pi) / np.pi % 1, np.hypot(gx, gy)
"""),
    _gradients("gradients_in_degrees_and_back", """
gx = np.zeros_like(grey, dtype=float)
gy = np.zeros_like(grey, dtype=float)
gx[..., 1:-1] = 0.5 * grey[..., 2:] - 0.5 * grey[..., :-2]
gy[..., 1:-1, :] = 0.5 * grey[..., 2:, :] - 0.5 * grey[..., :-2, :]
angle = np.degrees(np.arctan2(gy, gx))
angle[angle < 0] += 180
angle[angle >= 180] -= 180
return angle / 180, (gx * gx + gy * gy) ** 0.5
"""),
    _gradients("gradients_in_loops", """
N, H, W = grey.shape
orientation, magnitude = np.zeros((N, H, W)), np.zeros((N, H, W))
for n in range(N):
    for i in range(H):
        for j in range(W):
            gx = (grey[n, i, j + 1] - grey[n, i, j - 1]) / 2 if 0 < j < W - 1 else 0.0
            gy = (grey[n, i + 1, j] - grey[n, i - 1, j]) / 2 if 0 < i < H - 1 else 0.0
            orientation[n, i, j] = math.atan2(gy, gx) / math.pi % 1
            magnitude[n, i, j] = math.sqrt(gx * gx + gy * gy)
return orientation, magnitude
""", first="import math\n"),
    _gradients("gradients_padded_and_cleared", """
wide = np.pad(grey, ((0, 0), (1, 1), (1, 1)))
gx = (wide[:, 1:-1, 2:] - wide[:, 1:-1, :-2]) / 2.0
gy = (wide[:, 2:, 1:-1] - wide[:, :-2, 1:-1]) / 2.0
gx[:, :, 0] = gx[:, :, -1] = gy[:, 0] = gy[:, -1] = 0
return (np.arctan2(gy, gx) + 2 * np.pi) / np.pi % 1, np.linalg.norm([gx, gy], axis=0)
"""),
    _gradients("gradients_as_complex_numbers", """
z = np.zeros(grey.shape, complex)
z[:, :, 1:-1] += (grey[:, :, 2:] - grey[:, :, :-2]) / 2
z[:, 1:-1] += 1j * (grey[:, 2:] - grey[:, :-2]) / 2
return np.angle(z) / np.pi % 1.0, np.abs(z)
"""),
    _gradients("gradients_by_arctan", """
gx, gy = np.zeros(grey.shape), np.zeros(grey.shape)
gx[:, :, 1:-1] = (grey[:, :, 2:] - grey[:, :, :-2]) / 2
gy[:, 1:-1] = (grey[:, 2:] - grey[:, :-2]) / 2
flat = gx == 0
angle = np.where(flat, np.where(gy == 0, 0, np.pi / 2), np.arctan(gy / np.where(flat, 1, gx)))
return np.where(angle < 0, angle + np.pi, angle) / np.pi, np.sqrt(np.square(gx) + np.square(gy))
"""),
    _gradients("gradients_in_single_precision", """
grey = np.asarray(grey, dtype=np.float32)
gx, gy = np.zeros_like(grey), np.zeros_like(grey)
gx[:, :, 1:-1] = (grey[:, :, 2:] - grey[:, :, :-2]) / 2
gy[:, 1:-1, :] = (grey[:, 2:, :] - grey[:, :-2, :]) / 2
return np.arctan2(gy, gx) / np.float32(np.pi) % 1, np.hypot(gx, gy)
"""),

    # The histogram
    _histogram("histogram_a_loop_over_bins", """
counts = np.zeros((positions.shape[0], bins))
for k in range(bins):
    inside = (positions >= k / bins) & (positions < (k + 1) / bins)
    counts[:, k] = (weights * inside).sum(axis=1)
return counts
"""),
    _histogram("histogram_of_numpy", """
return np.array([np.histogram(p, bins=bins, range=(0, 1), weights=w)[0] for p, w in zip(positions, weights)])
"""),
    _histogram("histogram_bincount_by_row", """
counts = np.zeros((len(positions), bins))
for i in range(len(positions)):
    counts[i] = np.bincount(np.floor(positions[i] * bins).astype(int), weights=weights[i], minlength=bins)
return counts
"""),
    _histogram("histogram_add_at", """
which = np.floor(positions * bins).astype(int)
counts = np.zeros((len(positions), bins))
np.add.at(counts, (np.arange(len(positions))[:, None], which), weights)
return counts
"""),
    _histogram("histogram_digitize", """
edges = np.linspace(0, 1, bins + 1)
which = np.digitize(positions, edges) - 1
return np.stack([np.where(which == k, weights, 0).sum(axis=1) for k in range(bins)], axis=1)
"""),
    _histogram("histogram_searchsorted", """
which = np.searchsorted(np.arange(1, bins) / bins, positions, side="right")
return np.einsum("np,npk->nk", weights, np.eye(bins)[which])
"""),
    _histogram("histogram_one_hot", """
which = (positions * bins).astype(int)
return ((which[:, :, None] == np.arange(bins)) * weights[:, :, None]).sum(axis=1)
"""),
    _histogram("histogram_plain_python", """
counts = [[0.0] * bins for _ in positions]
for row, (ps, ws) in enumerate(zip(positions, weights)):
    for p, w in zip(ps, ws):
        counts[row][int(p * bins)] += float(w)
return np.array(counts)
"""),
    _histogram("histogram_2d", """
rows = np.repeat(np.arange(len(positions)), positions.shape[1])
return np.histogram2d(rows, positions.ravel(), bins=(np.arange(len(positions) + 1) - 0.5, np.linspace(0, 1, bins + 1)),
                      weights=weights.ravel())[0]
"""),

    # HOG
    _hog("hog_cell_by_cell", """
orientation, magnitude = gradients(images.mean(axis=-1))
N, H, W = orientation.shape
parts = []
for top in range(0, H, cell):
    for left in range(0, W, cell):
        o = orientation[:, top:top + cell, left:left + cell].reshape(N, -1)
        m = magnitude[:, top:top + cell, left:left + cell].reshape(N, -1)
        parts.append(histogram(o, m, bins) / (cell * cell))
return np.hstack(parts)
"""),
    _hog("hog_picture_by_picture", """
found = []
for image in images:
    o, m = gradients(image.astype(float).mean(axis=2)[None])
    rows = [histogram(o[0, i:i + cell, j:j + cell].reshape(1, -1), m[0, i:i + cell, j:j + cell].reshape(1, -1), bins)[0]
            for i in range(0, image.shape[0], cell) for j in range(0, image.shape[1], cell)]
    found.append(np.concatenate(rows) / cell ** 2)
return np.array(found)
"""),
    _hog("hog_transposed", """
def blocks(a):
    n, h, w = a.shape
    return a.reshape(n, h // cell, cell, w // cell, cell).transpose(0, 1, 3, 2, 4).reshape(n * (h // cell) * (w // cell), cell * cell)
o, m = gradients((images[..., 0].astype(float) + images[..., 1] + images[..., 2]) / 3)
return (histogram(blocks(o), blocks(m), bins) / cell / cell).reshape(len(images), -1)
"""),
    _hog("hog_weights_divided_first", """
o, m = gradients(np.sum(images, axis=-1, dtype=np.float64) / 3)
split = lambda a: np.concatenate([np.stack(np.split(strip, a.shape[2] // cell, axis=2), axis=1).reshape(len(a), -1, cell * cell)
                                  for strip in np.split(a, a.shape[1] // cell, axis=1)], axis=1)
o, m = split(o), split(m) / cell ** 2
return np.stack([histogram(o[i], m[i], bins).ravel() for i in range(len(o))])
"""),
    _hog("hog_loop_over_bins", """
orientation, magnitude = gradients(images.mean(axis=3))
N, H, W = magnitude.shape
which = np.floor(orientation * bins)
per_bin = [(magnitude * (which == k)).reshape(N, H // cell, cell, W // cell, cell).mean(axis=(2, 4)) for k in range(bins)]
return np.stack(per_bin, axis=-1).reshape(N, -1)
"""),

    # The scale
    _standardize("standardize_with_a_threshold", """
mu = np.mean(X_train, axis=0)
sigma = np.std(X_train, axis=0)
return (X - mu) / np.where(sigma < 1e-12, 1.0, sigma + 1e-8)
"""),
    _standardize("standardize_by_hand", """
n = len(X_train)
mean = X_train.sum(axis=0) / n
variance = ((X_train - mean) ** 2).sum(axis=0) / n
std = variance ** 0.5
std[std == 0] = 1
return (X - mean[None]) / std[None]
"""),
    _standardize("standardize_column_by_column", """
scaled = np.zeros(X.shape)
for j in range(X.shape[1]):
    column = X_train[:, j]
    scaled[:, j] = (X[:, j] - column.mean()) / (column.std() or 1.0)
return scaled
"""),
    _standardize("standardize_keepdims", """
mean = X_train.mean(axis=0, keepdims=True)
std = np.sqrt(X_train.var(axis=0, keepdims=True))
return np.divide(X - mean, std, out=X - mean, where=std > 0)
"""),

    # What is brought along
    _svm("svm_as_published", """
num_train = X.shape[0]
scores = X.dot(W)
correct_class_scores = scores[np.arange(num_train), y].reshape(num_train, 1)
margin = np.maximum(0, scores - correct_class_scores + 1)
margin[np.arange(num_train), y] = 0
loss = margin.sum() / num_train + reg * np.sum(W * W)
margin[margin > 0] = 1
margin[np.arange(num_train), y] -= margin.sum(axis=1)
dW = (X.T).dot(margin) / num_train + reg * 2 * W
return loss, dW
"""),
    _svm("svm_in_a_loop", """
loss, dW = reg * (W ** 2).sum(), 2 * reg * W
for x, right in zip(X, y):
    s = x @ W
    hit = s - s[right] + 1 > 0
    hit[right] = False
    loss += (s[hit] - s[right] + 1).sum() / len(X)
    dW[:, hit] += x[:, None] / len(X)
    dW[:, right] -= hit.sum() * x / len(X)
return loss, dW
"""),

    # The net
    _net("net_as_published", """
W1, b1 = params['W1'], params['b1']
W2, b2 = params['W2'], params['b2']
N, D = X.shape
z1 = X.dot(W1) + b1
a1 = np.maximum(0, z1)
scores = a1.dot(W2) + b2
if y is None:
    return scores
scores = scores - np.max(scores, axis=1, keepdims=True)
probs = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
loss = np.sum(np.log(np.sum(np.exp(scores), axis=1)) - scores[np.arange(N), y]) / N
loss += reg * np.sum(W1 * W1) + reg * np.sum(W2 * W2)
grads = {}
probs[np.arange(N), y] -= 1
probs /= N
grads['W2'] = np.dot(a1.T, probs) + 2 * reg * W2
grads['b2'] = np.sum(probs, axis=0)
da1 = probs.dot(W2.T)
da1[z1 <= 0] = 0
grads['W1'] = np.dot(X.T, da1) + 2 * reg * W1
grads['b1'] = np.sum(da1, axis=0)
return loss, grads
"""),
    _net("net_with_one_hot_labels", """
N, C = len(X), len(params["b2"])
h = (X @ params["W1"] + params["b1"]).clip(min=0)
s = h @ params["W2"] + params["b2"]
if y is None:
    return s
T = np.eye(C)[y]
L = s - np.logaddexp.reduce(s, axis=1)[:, None]
G = (np.exp(L) - T) / N
back = np.where(h > 0, G @ params["W2"].T, 0)
loss = -(T * L).sum() / N + sum(reg * (params[k] ** 2).sum() for k in ("W1", "W2"))
grads = dict(W1=X.T @ back, b1=np.ones(N) @ back, W2=h.T @ G, b2=np.ones(N) @ G)
for k in ("W1", "W2"):
    grads[k] += 2 * reg * params[k]
return loss, grads
"""),
    _net("net_of_helper_functions", """
hidden, gate = relu(affine(X, params["W1"], params["b1"]))
scores = affine(hidden, params["W2"], params["b2"])
if y is None:
    return scores
data_loss, dscores = softmax(scores, y)
dhidden = (dscores @ params["W2"].T) * gate
grads = {"W1": X.T @ dhidden + 2 * reg * params["W1"], "b1": dhidden.sum(0),
         "W2": hidden.T @ dscores + 2 * reg * params["W2"], "b2": dscores.sum(0)}
return data_loss + reg * np.sum(params["W1"] ** 2) + reg * np.sum(params["W2"] ** 2), grads
""", first='''
def affine(x, w, b):
    return x @ w + b


def relu(x):
    return x * (x > 0), x > 0


def softmax(scores, y):
    e = np.exp(scores - scores.max(1, keepdims=True))
    total = e.sum(1, keepdims=True)
    d = e / total
    d[np.arange(len(y)), y] -= 1
    s = scores - scores.max(1, keepdims=True)
    return float(np.mean(np.log(total[:, 0]) - s[np.arange(len(y)), y])), d / len(y)

'''),
    _net("net_in_single_precision", """
P = {k: np.asarray(v, np.float32) for k, v in params.items()}
X = X.astype(np.float32)
h = np.maximum(0, X @ P["W1"] + P["b1"])
s = h @ P["W2"] + P["b2"]
if y is None:
    return s
i = np.arange(len(X))
s = s - s.max(axis=1, keepdims=True)
L = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
d = np.exp(L)
d[i, y] -= 1
d /= len(X)
e = (d @ P["W2"].T) * (h > 0)
r = np.float32(reg)
return -L[i, y].mean() + r * ((P["W1"] ** 2).sum() + (P["W2"] ** 2).sum()), {
    "W1": X.T @ e + 2 * r * P["W1"], "b1": e.sum(axis=0), "W2": h.T @ d + 2 * r * P["W2"], "b2": d.sum(axis=0)}
""", contract=SINGLE),

    # inline question
    V("question_as_list", {"inline_question_1": "inline_question_1 = [2, 1]"}),
    V("question_as_tuple", {"inline_question_1": "inline_question_1 = 1, 2"}),
    V("question_as_built_set", {"inline_question_1": "inline_question_1 = set(range(1, 5)) - {3, 4}"}),
]
