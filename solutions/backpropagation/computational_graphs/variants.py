"""Right answers to computational_graphs.ipynb. A variant of one cell works with the reference's others, and with each other's."""

from autograder.authoring.variant import Variant as V

# What the notebook says about them.
SINGLE = "in float32 a check here may say ✗ for want of digits, which costs nothing"

CORPUS = [
    V("add_without_a_tuple", {"add_gate": """
def add_forward(x, y):
    return sum((x, y)), None

def add_backward(dout, cache):
    return [1.0 * dout, 1.0 * dout]
"""}),
    V("add_remembers_its_inputs", {"add_gate": """
def add_forward(x, y):
    cache = {"x": x, "y": y}
    return x + y, cache

def add_backward(dout, cache):
    dx = dout * 1
    dy = dout * 1
    return dx, dy
"""}),
    V("add_arrays", {"add_gate": """
def add_forward(x, y):
    return np.add(x, y), (np.ones_like(x), np.ones_like(y))

def add_backward(dout, cache):
    local_x, local_y = cache
    return dout * local_x, dout * local_y
"""}),
    V("multiply_with_a_dict", {"multiply_gate": """
def multiply_forward(x, y):
    return x * y, {"x": x, "y": y}

def multiply_backward(dout, cache):
    dx = cache["y"] * dout
    dy = cache["x"] * dout
    return dx, dy
"""}),
    V("multiply_keeps_local_gradients", {"multiply_gate": """
def multiply_forward(x, y):
    local = (y, x)
    return np.multiply(x, y), local

def multiply_backward(dout, cache):
    return tuple(dout * slope for slope in cache)
"""}),
    V("multiply_with_an_object", {"multiply_gate": """
class MultiplyGate:
    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, dout):
        return dout * self.y, dout * self.x


def multiply_forward(x, y):
    gate = MultiplyGate()
    return gate.forward(x, y), gate

def multiply_backward(dout, cache):
    return cache.backward(dout)
"""}),
    V("max_keeps_both", {"max_gate": """
def max_forward(x, y):
    return (x if x >= y else y), (x, y)

def max_backward(dout, cache):
    x, y = cache
    return dout * (x >= y), dout * (x < y)
"""}),
    V("max_with_numpy", {"max_gate": """
def max_forward(x, y):
    out = np.maximum(x, y)
    return out, (x, y, out)

def max_backward(dout, cache):
    x, y, out = cache
    return np.where(x == out, dout, 0.0), np.where(y == out, dout, 0.0)
"""}),
    V("max_with_a_plain_zero", {"max_gate": """
def max_forward(x, y):
    if x > y:
        return x, "x"
    return y, "y"

def max_backward(dout, cache):
    if cache == "x":
        return dout, 0
    return 0, dout
"""}),
    V("max_by_position", {"max_gate": """
def max_forward(x, y):
    pair = [x, y]
    winner = pair.index(max(pair))
    return pair[winner], winner

def max_backward(dout, cache):
    grads = [0.0, 0.0]
    grads[cache] = dout
    return grads
"""}),
    V("circuit_without_gates", {"product_of_sum": """
def product_of_sum(x, y, z):
    q = x + y
    f = q * z
    dfdz = q
    dfdq = z
    dfdx = 1.0 * dfdq
    dfdy = 1.0 * dfdq
    return f, dfdx, dfdy, dfdz
"""}),
    V("circuit_in_one_line", {"product_of_sum": """
product_of_sum = lambda x, y, z: ((x + y) * z, z, z, x + y)
"""}),
    V("circuit_with_arrays", {"product_of_sum": """
def product_of_sum(x, y, z):
    q, cache1 = add_forward(np.float64(x), np.float64(y))
    f, cache2 = multiply_forward(z, q)
    dz, dq = multiply_backward(1, cache2)
    return [f, *add_backward(dq, cache1), dz]
"""}),
    V("sigmoid_by_tanh", {"sigmoid": """
def sigmoid(x):
    return 0.5 * (np.tanh(x / 2) + 1)
"""}),
    V("sigmoid_other_form", {"sigmoid": """
def sigmoid(x):
    return np.exp(x) / (np.exp(x) + 1)
"""}),
    V("sigmoid_stable", {"sigmoid": """
def sigmoid(x):
    return np.exp(-np.logaddexp(0, -np.asarray(x, dtype=float)))
"""}),
    V("sigmoid_power", {"sigmoid": """
import math
sigmoid = lambda x: (1.0 + math.e ** (-x)) ** -1
"""}),
    V("neuron_with_dot", {"sigmoid_neuron": """
def sigmoid_neuron(w, x):
    dot = np.dot(w[:2], x) + w[2]
    f = 1.0 / (1 + np.exp(-dot))
    ddot = (1 - f) * f
    dx = w[:2] * ddot
    dw = np.append(x, 1.0) * ddot
    return f, dw, dx
"""}),
    V("neuron_in_all_its_gates", {"sigmoid_neuron": """
def sigmoid_neuron(w, x):
    a, b = w[0] * x[0], w[1] * x[1]
    s = a + b + w[2]
    n = -s
    e = np.exp(n)
    q = 1 + e
    p = 1 / q
    dq = -1 / q**2
    de = dq
    dn = de * e
    ds = -dn
    dw, dx = np.zeros(3), np.zeros(2)
    dw[2] += ds
    for i in (0, 1):
        dw[i] += ds * x[i]
        dx[i] += ds * w[i]
    return p, dw, dx
"""}),
    V("neuron_with_ones", {"sigmoid_neuron": """
def sigmoid_neuron(w, x):
    inputs = np.concatenate([x, [1]])
    p = sigmoid(inputs @ w)
    slope = p - p * p
    return float(p), slope * inputs, (slope * w)[:-1]
"""}),
    V("formula_with_den", {"intricate": """
def intricate_forward(x, y):
    a, b = sigmoid(x), sigmoid(y)
    num, den = x + b, a + (x + y) ** 2
    return num / den, (x, y, a, b, num, den)


def intricate_backward(dout, cache):
    x, y, a, b, num, den = cache
    dnum = dout / den
    dden = -dout * num / den**2
    dx = dnum + dden * (a * (1 - a) + 2 * (x + y))
    dy = dnum * b * (1 - b) + dden * 2 * (x + y)
    return dx, dy
"""}),
    V("formula_with_a_dict", {"intricate": """
def intricate_forward(x, y):
    c = {}
    c["sigy"] = 1.0 / (1 + np.exp(-y))
    c["num"] = x + c["sigy"]
    c["sigx"] = 1.0 / (1 + np.exp(-x))
    c["xpy"] = x + y
    c["xpysqr"] = c["xpy"] ** 2
    c["den"] = c["sigx"] + c["xpysqr"]
    c["invden"] = 1.0 / c["den"]
    return c["num"] * c["invden"], c


def intricate_backward(dout, cache):
    dnum = cache["invden"] * dout
    dinvden = cache["num"] * dout
    dden = (-1.0 / (cache["den"] ** 2)) * dinvden
    dsigx = (1) * dden
    dxpysqr = (1) * dden
    dxpy = (2 * cache["xpy"]) * dxpysqr
    dx = (1) * dxpy
    dy = (1) * dxpy
    dx += ((1 - cache["sigx"]) * cache["sigx"]) * dsigx
    dx += (1) * dnum
    dsigy = (1) * dnum
    dy += ((1 - cache["sigy"]) * cache["sigy"]) * dsigy
    return [dx, dy]
"""}),
    V("formula_remembers_the_gradients", {"intricate": """
def intricate_forward(x, y):
    sx, sy = sigmoid(x), sigmoid(y)
    f = (x + sy) / (sx + (x + y) ** 2)
    den = sx + (x + y) ** 2
    dfdx = (1 - f * (sx * (1 - sx) + 2 * (x + y))) / den
    dfdy = (sy * (1 - sy) - f * 2 * (x + y)) / den
    return f, np.array([dfdx, dfdy])


def intricate_backward(dout, cache):
    return tuple(dout * cache)
"""}),
    V("times_the_other_way_round", {"node_times": """
@add_to_class(Node)
def times(self, other):
    return Node(other.value * self.value, inputs=[other, self], slopes=[self.value, other.value], gate="*")
"""}),
    V("times_step_by_step", {"node_times": """
@add_to_class(Node)
def times(self, other):
    result = Node(self.value * other.value)
    result.inputs = (self, other)
    result.slopes = (other.value, self.value)
    result.gate = "×"
    return result
"""}),
    V("times_as_a_function", {"node_times": """
def product(a, b):
    out = a.value * b.value
    return Node(out, (a, b), (b.value, a.value), "×")

Node.times = product
"""}),
    V("power_with_numpy", {"node_power": """
@add_to_class(Node)
def power(self, exponent):
    n = float(exponent)
    return Node(np.power(self.value, n), [self], np.array([n * np.power(self.value, n - 1)]), f"**{exponent}")
"""}),
    V("power_checked", {"node_power": """
@add_to_class(Node)
def power(self, n):
    assert isinstance(n, (int, float))
    return Node(pow(self.value, n), inputs=(self,), slopes=(n * pow(self.value, n - 1),), gate="^")
"""}),
    V("exp_with_math", {"node_exp": """
import math

@add_to_class(Node)
def exp(self):
    out = Node(math.exp(self.value), (self,))
    out.slopes = (out.value,)
    out.gate = "e"
    return out
"""}),
    V("exp_twice", {"node_exp": """
@add_to_class(Node)
def exp(self):
    return Node(np.exp(self.value), (self,), (np.exp(self.value),), "exp")
"""}),
    V("exp_as_a_power", {"node_exp": """
@add_to_class(Node)
def exp(self):
    e = np.e ** self.value
    return Node(e, [self], [e], "exp")
"""}),
    V("order_without_recursion", {"topological_order": """
def topological_order(last):
    order, done, waiting = [], set(), [(last, False)]
    while waiting:
        node, ready = waiting.pop()
        if id(node) in done:
            continue
        if ready:
            done.add(id(node))
            order.append(node)
        else:
            waiting.append((node, True))
            waiting += [(source, False) for source in node.inputs if id(source) not in done]
    return order
"""}),
    V("order_by_counting", {"topological_order": """
def topological_order(last):
    uses, todo, seen = {}, [last], {last}
    while todo:
        node = todo.pop()
        for source in node.inputs:
            uses[source] = uses.get(source, 0) + 1
            if source not in seen:
                seen.add(source)
                todo.append(source)
    order, free = [], [last]
    while free:
        node = free.pop()
        order.append(node)
        for source in node.inputs:
            uses[source] -= 1
            if uses[source] == 0:
                free.append(source)
    return order[::-1]
"""}),
    V("order_by_depth", {"topological_order": """
def topological_order(last):
    depth = {}

    def measure(node):
        if node not in depth:
            depth[node] = 1 + max((measure(source) for source in node.inputs), default=0)
        return depth[node]

    measure(last)
    return sorted(depth, key=depth.get)
"""}),
    V("order_with_the_list_alone", {"topological_order": """
def topological_order(last, order=None):
    if order is None:
        order = []
    for source in reversed(last.inputs):
        if source not in order:
            topological_order(source, order)
    order.append(last)
    return order
"""}),
    V("backward_from_the_end", {"node_backward": """
@add_to_class(Node)
def backward(self):
    nodes = topological_order(self)[::-1]
    for node in nodes:
        node.gradient = float(node is self)
    for node in nodes:
        for i in range(len(node.inputs)):
            node.inputs[i].gradient = node.inputs[i].gradient + node.gradient * node.slopes[i]
"""}),
    V("backward_with_a_table", {"node_backward": """
@add_to_class(Node)
def backward(self):
    arrived = {self: 1.0}
    order = topological_order(self)
    while order:
        node = order.pop()
        node.gradient = arrived.get(node, 0.0)
        for source, slope in zip(node.inputs, node.slopes):
            arrived[source] = arrived.get(source, 0.0) + slope * node.gradient
    return self.gradient
"""}),
    V("backward_with_plain_numbers", {"node_backward": """
@add_to_class(Node)
def backward(self):
    order = topological_order(self)
    for node in order:
        node.gradient = 0
    self.gradient = 1
    for node in reversed(order):
        for k, source in enumerate(node.inputs):
            source.gradient += node.slopes[k] * node.gradient
"""}),
    V("backward_pulls", {"node_backward": """
@add_to_class(Node)
def backward(self):
    order = topological_order(self)
    for place in range(len(order) - 1, -1, -1):
        node = order[place]
        node.gradient = 1.0 if node is self else sum(later.gradient * later.slope(node) for later in order[place + 1:])
"""}),
    V("matmul_einsum", {"matmul": """
def matmul_forward(X, W):
    return X @ W, (X, W)

def matmul_backward(dD, cache):
    X, W = cache
    return np.einsum("nm,km->nk", dD, W), np.einsum("nk,nm->km", X, dD)
"""}),
    V("matmul_in_loops", {"matmul": """
def matmul_forward(X, W):
    return X @ W, (X, W)

def matmul_backward(dD, cache):
    X, W = cache
    dX, dW = np.zeros_like(X), np.zeros_like(W)
    for n in range(X.shape[0]):
        for m in range(W.shape[1]):
            dX[n] += dD[n, m] * W[:, m]
            dW[:, m] += dD[n, m] * X[n]
    return dX, dW
"""}),
    V("matmul_transposed_products", {"matmul": """
def matmul_forward(X, W):
    return X @ W, (X, W)

def matmul_backward(dD, cache):
    dX = np.dot(cache[1], dD.T).T
    dW = (dD.T @ cache[0]).T
    return [dX, dW]
"""}),
    V("matmul_single_precision", {"matmul": """
def matmul_forward(X, W):
    return X @ W, (X, W)

def matmul_backward(dD, cache):
    X, W = (matrix.astype(np.float32) for matrix in cache)
    return dD.astype(np.float32) @ W.T, X.T @ dD.astype(np.float32)
"""}, SINGLE),
    V("neuron_loss_by_class", {"neuron_loss": """
def neuron_loss(w, b, X, y):
    s = X.dot(w) + b
    right = np.where(y == 1, s, -s)
    loss = np.logaddexp(0, -right).mean()
    ds = np.where(y == 1, -1, 1) * sigmoid(-right) / X.shape[0]
    return loss, ds.dot(X), ds.sum()
"""}),
    V("neuron_loss_in_a_loop", {"neuron_loss": """
def neuron_loss(w, b, X, y):
    N = len(X)
    loss, dw, db = 0.0, np.zeros(len(w)), 0.0
    for row, label in zip(X, y):
        s = row @ w + b
        loss += max(s, 0) + np.log1p(np.exp(-abs(s))) - label * s
        p = sigmoid(s)
        dw += (p - label) * row
        db += p - label
    return loss / N, dw / N, db / N
"""}),
    V("neuron_loss_with_a_column_of_ones", {"neuron_loss": """
def neuron_loss(w, b, X, y):
    rows = np.column_stack([X, np.ones(len(X))])
    s = rows @ np.append(w, b)
    p = np.exp(-np.logaddexp(0, -s))
    loss = np.average(np.logaddexp(0, s) - y * s)
    gradient = (p - y) @ rows / y.size
    return float(loss), gradient[:-1], gradient[-1]
"""}),
]
