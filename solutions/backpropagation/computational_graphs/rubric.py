"""computational_graphs.ipynb: gates, staged computation, an engine over scalars, a matrix product and a neuron.

Inputs avoid what would hide a mistake: upstream gradients other than 1 and of both signs, factors of different size,
N, K and M all different, nothing near the kink of max. Nodes are looked at through their own method `slope`, so the
order of a node's inputs is free; the engine's walk is judged on nodes whose slopes the check itself has chosen.
"""

import numpy as np

from autograder.authoring.rubric import Rubric

rubric = Rubric()

GATES = {f"{gate}_{way}": (f"{gate}_gate",) for gate in ("add", "multiply") for way in ("forward", "backward")}
SIGMOID = {"sigmoid": ("sigmoid",)}
rubric.depends_on("product_of_sum", GATES)
rubric.depends_on("sigmoid_neuron", SIGMOID)
rubric.depends_on("intricate", SIGMOID)
rubric.depends_on("neuron_loss", SIGMOID)
rubric.continues("node_backward", "topological_order")


def _number(draw, low=0.4, high=2.0):
    return float(draw.signed(low=low, high=high))


# Gates: the cache is the student's own

def _through_gate(gate, pairs, douts):
    """Output and gradients of a gate for some pairs of numbers."""
    def probe(code):
        # A gate may be used in several places before the gradients come back, in the opposite order.
        found, passes = {}, [tuple(getattr(code, f"{gate}_forward")(x, y)) for x, y in pairs]
        for number, ((out, cache), dout) in reversed(list(enumerate(zip(passes, douts)))):
            dx, dy = getattr(code, f"{gate}_backward")(dout, cache)
            found |= {f"out of pair {number}": out, f"dx of pair {number}": dx, f"dy of pair {number}": dy}
        return found
    return probe


@rubric.check(cell="add_gate", points=1)
def add_gate_distributes(draw):
    """the add gate adds, and passes the gradient on to both inputs"""
    pairs = [(_number(draw, 0.5, 1.0), _number(draw, 2.0, 3.0)) for _ in range(2)]
    return _through_gate("add", pairs, [_number(draw), -2.5])


@rubric.check(cell="multiply_gate", points=1)
def multiply_gate_swaps(draw):
    """the multiply gate multiplies, and each input gets the upstream gradient times the other input"""
    pairs = [(_number(draw, 0.5, 0.8), _number(draw, 2.0, 3.0)) for _ in range(2)]
    return _through_gate("multiply", pairs, [_number(draw), -2.5])


@rubric.check(cell="max_gate", points=1)
def max_gate_routes(draw):
    """the max gate gives the whole gradient to the larger input, and none to the other"""
    low, high = float(abs(draw.signed(low=0.3, high=0.9))), float(abs(draw.signed(low=1.2, high=2.0)))
    # Both orders, both signs, and a larger one that has the smaller absolute value.
    pairs = [(low, high), (high, low), (-high, -low), (-low, -high), (-high, low)]
    return _through_gate("max", pairs, [_number(draw), _number(draw), 0.7, -0.7, -1.6])


@rubric.check(cell="product_of_sum", points=1)
def product_of_sum_goes_forward(draw):
    """product_of_sum computes (x + y) z"""
    x, y, z = _number(draw), _number(draw, 2.5, 3.5), _number(draw, 4.0, 5.0)
    return lambda code: {"f": code.product_of_sum(x, y, z)[0]}


@rubric.check(cell="product_of_sum", points=1)
def product_of_sum_goes_backward(draw):
    """product_of_sum gives the gradients of x, y and z"""
    x, y, z = _number(draw), _number(draw, 2.5, 3.5), _number(draw, 4.0, 5.0)

    def probe(code):
        _, dx, dy, dz = code.product_of_sum(x, y, z)
        return {"dx": dx, "dy": dy, "dz": dz}
    return probe


@rubric.check(cell="inline_question_1", points=1)
def chooses_what_the_scale_of_the_data_does(draw):
    """inline question 1: the right choice of statements"""
    return lambda code: {"your choice": code.inline_question_1}


# Neuron and staged computation

@rubric.check(cell="sigmoid", points=1)
def sigmoid_squashes(draw):
    """sigmoid gives 1 / (1 + exp(−x)) for numbers and arrays"""
    x, one = draw.normal(3, 4, scale=2.0), _number(draw)
    return lambda code: {"of an array": code.sigmoid(x), "of a number": code.sigmoid(one)}


def _neuron(draw):
    return draw.signed(3, low=0.3, high=1.2), draw.signed(2, low=0.3, high=1.2)


@rubric.check(cell="sigmoid_neuron", points=1)
def neuron_goes_forward(draw):
    """sigmoid_neuron gives σ(w[0] x[0] + w[1] x[1] + w[2])"""
    (w, x), (v, z) = _neuron(draw), _neuron(draw)
    return lambda code: {"p": code.sigmoid_neuron(w, x)[0], "p of another neuron": code.sigmoid_neuron(v, z)[0]}


@rubric.check(cell="sigmoid_neuron", points=1)
def neuron_gives_the_gradient_of_w(draw):
    """sigmoid_neuron gives dw: both weights and the bias, for whole numbers too"""
    (w, x), (whole_w, whole_x) = _neuron(draw), _whole_neuron(draw)
    return lambda code: {"dw": code.sigmoid_neuron(w, x)[1], "dw of whole numbers": code.sigmoid_neuron(whole_w, whole_x)[1]}


@rubric.check(cell="sigmoid_neuron", points=1)
def neuron_gives_the_gradient_of_x(draw):
    """sigmoid_neuron gives dx, for whole numbers too"""
    (w, x), (whole_w, whole_x) = _neuron(draw), _whole_neuron(draw)
    return lambda code: {"dx": code.sigmoid_neuron(w, x)[2], "dx of whole numbers": code.sigmoid_neuron(whole_w, whole_x)[2]}


def _whole_neuron(draw):
    return np.array([1, -1, 2]) * draw.integers(1, 3), np.array([1, 2]) * draw.integers(1, 3)


def _point(draw):
    """x and y for which no part of the formula is small."""
    return draw.clear(lambda: (_number(draw, 0.5, 2.0), _number(draw, 0.5, 2.0)), lambda x, y: abs(x + y), 0.3)


@rubric.check(cell="intricate", points=1)
def formula_goes_forward(draw):
    """intricate_forward gives (x + σ(y)) / (σ(x) + (x + y)²)"""
    points = [_point(draw) for _ in range(3)]
    return lambda code: [code.intricate_forward(x, y)[0] for x, y in points]


@rubric.check(cell="intricate", points=1)
def formula_goes_back_to_x(draw):
    """intricate_backward gives dx: three branches, added up"""
    points, douts = [_point(draw) for _ in range(3)], [1.0, -1.7, _number(draw)]

    def probe(code):
        return [code.intricate_backward(dout, code.intricate_forward(x, y)[1])[0]
                for (x, y), dout in zip(points, douts)]
    return probe


@rubric.check(cell="intricate", points=1)
def formula_goes_back_to_y(draw):
    """intricate_backward gives dy: two branches, added up"""
    points, douts = [_point(draw) for _ in range(3)], [1.0, -1.7, _number(draw)]

    def probe(code):
        return [code.intricate_backward(dout, code.intricate_forward(x, y)[1])[1]
                for (x, y), dout in zip(points, douts)]
    return probe


@rubric.check(cell="intricate", points=1)
def formula_goes_back_where_it_is_zero(draw):
    """intricate_backward is right where the numerator is zero, twice in a row, and after another forward pass"""
    y, other = _number(draw), _point(draw)
    x = -float(1 / (1 + 2.718281828459045 ** -y))

    def probe(code):
        cache = code.intricate_forward(x, y)[1]
        code.intricate_backward(1.0, code.intricate_forward(*other)[1])  # which has a cache of its own
        first, second = code.intricate_backward(1.5, cache), code.intricate_backward(-0.5, cache)
        return {"dx, dy": [first[0], first[1]], "dx, dy of a second call": [second[0], second[1]]}
    return probe


# The engine

@rubric.check(cell="node_times", points=1)
def times_makes_a_node(draw):
    """Node.times gives the product, with the other factor's value as slope"""
    one, other = _number(draw, 0.5, 0.9), _number(draw, 2.0, 3.0)

    def probe(code):
        a, b = code.Node(one), code.Node(other)
        c, square = a.times(b), a.times(a)
        return {"value": c.value, "slope of the first factor": c.slope(a), "slope of the second factor": c.slope(b),
                "slope of a square": square.slope(a), "value of a factor afterwards": a.value}
    return probe


@rubric.check(cell="node_power", points=1)
def power_makes_a_node(draw):
    """Node.power gives the power, with exponent · value^(exponent − 1) as slope"""
    numbers = [(_number(draw, 1.2, 2.0), 3), (_number(draw, 1.2, 2.0), -1), (abs(_number(draw)), 0.5), (-1.5, -2),
               (0.0, 2), (0.0, 1)]

    def probe(code):
        found = []
        for number, exponent in numbers:
            a = code.Node(number)
            c = a.power(exponent)
            found.append({f"value, exponent {exponent}": c.value, f"slope, exponent {exponent}": c.slope(a)})
        return found
    return probe


@rubric.check(cell="node_exp", points=1)
def exp_makes_a_node(draw):
    """Node.exp gives the exponential, which is its own slope"""
    numbers = [_number(draw, 1.2, 2.0), _number(draw, 0.4, 0.9)]

    def probe(code):
        found = []
        for number in numbers:
            a = code.Node(number)
            c = a.exp()
            found.append({"value": c.value, "slope": c.slope(a)})
        return found
    return probe


def _sums(code, values, short_way_first=False):
    """A graph of sums in which nodes are used more than once: the last node, with its value telling the nodes apart."""
    a, b, c = (code.Node(value) for value in values)
    d = a.plus(b)
    e = d.plus(a)
    f = e.plus(e)
    g = c.plus(f)
    return d.plus(g) if short_way_first else g.plus(d)


def _expected_sums(values):
    """For the value of each node of `_sums`, those of its inputs."""
    a, b, c = values
    d = a + b
    e = d + a
    f = e + e
    g = c + f
    return {a: (), b: (), c: (), d: (a, b), e: (d, a), f: (e,), g: (c, f), g + d: (g, d)}


def _listed(code, last):
    """The values of the nodes in a list, or of the last of them if there are too many."""
    return [node.value for node in code.topological_order(last)][-20:]


@rubric.check(cell="topological_order", points=1)
def order_has_each_node_once(draw):
    """topological_order lists each node once, and nothing else"""
    values = [1.0 + draw.integers(0, 4), 32.0 + draw.integers(0, 8), 1024.0 + draw.integers(0, 16)]
    expected = sorted(_expected_sums(values))

    def probe(code):
        twins = code.Node(2.0).plus(code.Node(2.0)).plus(code.Node(4.0))
        return {"values in the list of a graph with equal values": _listed(code, twins),
                "values in the list": _listed(code, _sums(code, values)),
                "values in the list of a single node": _listed(code, code.Node(values[0]))}

    def judge(found):
        order, alone = found["values in the list"], found["values in the list of a single node"]
        if not order:
            return "the list is empty"
        if len(order) > len(expected) and not set(order) <= set(expected):
            return "there are nodes of another graph in the list: is it kept from one call to the next?"
        if len(order) != len(set(order)):
            return "a node that is used twice is in the list twice"
        if missing := len(set(expected) - set(order)):
            return f"{missing} of {len(expected)} nodes are missing"
        if sorted(found["values in the list of a graph with equal values"]) != [2.0, 2.0, 4.0, 4.0, 8.0]:
            return "of nodes that have the same value, only one is in the list: they are different nodes all the same"
        if alone != [values[0]]:
            return "the list of a node without inputs should have that node, and nothing else"
        return None if sorted(order) == expected else "there are nodes in the list that do not belong there"
    return probe, judge


@rubric.check(cell="topological_order", points=1)
def order_puts_inputs_first(draw):
    """topological_order puts each node after its inputs, and the last one last"""
    values = [1.0 + draw.integers(0, 4), 32.0 + draw.integers(0, 8), 1024.0 + draw.integers(0, 16)]
    inputs = _expected_sums(values)

    def probe(code):
        return [_listed(code, _sums(code, values, short)) for short in (False, True)]

    def judge(orders):
        if not all(orders):
            return "the list is empty"
        # What an earlier call has left in the list is another check's to see.
        order, other = (one[-len(inputs):] for one in orders)
        if not _in_order(order, inputs):
            return ("the list is the wrong way round: it should begin with inputs and end with the node that was asked for"
                    if _in_order(order[::-1], inputs) else "a node comes before one of its inputs")
        if order[-1] != max(inputs):
            return "the node that was asked for is not the last one"
        # Listing nodes as they are first visited and reversing the list is right until a short way comes first.
        return None if _in_order(other, inputs) else ("a node comes before one of its inputs, in a graph like d = a + b, "
                                                      "e = d + a, f = d + e, where f uses d twice, directly and through e")
    return probe, judge


def _in_order(values, inputs):
    """Whether each value stands after its inputs."""
    seen = set()
    for value in values:
        if not set(inputs.get(value, ())) <= seen:
            return False
        seen.add(value)
    return True


def _graph(code, numbers):
    """Nodes with given slopes: b of a; c of a and b; d of b, c and b again; and e, which is no part of d's graph."""
    p, q, r, s, t, u = numbers
    a = code.Node(1.0)
    b = code.Node(2.0, (a,), (p,))
    c = code.Node(3.0, (a, b), (q, r))
    d = code.Node(4.0, (b, c, b), (s, t, u))
    return a, b, c, d


def _leave_something(*nodes):
    """Old gradients, as an earlier call would leave them."""
    for node in nodes:
        node.gradient = 7.0


@rubric.check(cell="node_backward", points=1)
def backward_multiplies_along_a_path(draw):
    """backward sets the gradient of the output to 1 and multiplies slopes along a path"""
    slopes = [_number(draw) for _ in range(3)]

    def probe(code):
        a = code.Node(1.0)
        b = code.Node(2.0, (a,), (slopes[0],))
        c = code.Node(3.0, (b,), (slopes[1],))
        d = code.Node(4.0, (c,), (slopes[2],))
        _leave_something(a, b, c, d)
        d.backward()
        return {"gradient of the output": d.gradient, "one step back": c.gradient, "two steps back": b.gradient,
                "three steps back": a.gradient}
    return probe


@rubric.check(cell="node_backward", points=1)
def backward_adds_up_branches(draw):
    """backward adds up what arrives along several paths"""
    numbers = [_number(draw) for _ in range(6)]

    def probe(code):
        a, b, c, d = _graph(code, numbers)
        _leave_something(a, b, c, d)
        d.backward()
        return {"gradient of a": a.gradient, "gradient of b": b.gradient, "gradient of c": c.gradient,
                "gradient of the output": d.gradient}
    return probe


@rubric.check(cell="node_backward", points=1)
def backward_starts_afresh(draw):
    """backward gives the same when it is called again, and ignores the gradients that another output has left"""
    numbers = [_number(draw) for _ in range(6)]

    def probe(code):
        a, b, c, d = _graph(code, numbers)
        _leave_something(a, b, c, d)
        d.backward()
        d.backward()
        twice = {"gradient of a after two calls": float(a.gradient), "gradient of b after two calls": float(b.gradient),
                 "gradient of the output after two calls": float(d.gradient)}
        c.backward()
        return twice | {"gradient of a from another output": a.gradient, "gradient of b from another output": b.gradient,
                        "gradient of that output": c.gradient}
    return probe


@rubric.check(cell="inline_question_2", points=1)
def chooses_where_variables_branch(draw):
    """inline question 2: the right choice of functions"""
    return lambda code: {"your choice": code.inline_question_2}


# Matrices, and a neuron that learns

def _matrices(draw, N, K, M):
    return draw.normal(N, K), draw.normal(K, M), draw.normal(N, M)


@rubric.check(cell="matmul", points=1)
def product_goes_back_to_the_left(draw):
    """matmul_backward gives dX, in the shape of X"""
    (X, W, dD), (one, V, dE), (A, B, dC) = _matrices(draw, 4, 5, 3), _matrices(draw, 1, 3, 2), _matrices(draw, 3, 3, 3)
    return lambda code: {"dX": code.matmul_backward(dD, (X, W))[0], "dX of a single row": code.matmul_backward(dE, (one, V))[0],
                         "dX of square matrices": code.matmul_backward(dC, (A, B))[0]}


@rubric.check(cell="matmul", points=1)
def product_goes_back_to_the_right(draw):
    """matmul_backward gives dW, in the shape of W"""
    (X, W, dD), (one, V, dE), (A, B, dC) = _matrices(draw, 4, 5, 3), _matrices(draw, 1, 3, 2), _matrices(draw, 3, 3, 3)
    return lambda code: {"dW": code.matmul_backward(dD, (X, W))[1], "dW of a single row": code.matmul_backward(dE, (one, V))[1],
                         "dW of square matrices": code.matmul_backward(dC, (A, B))[1]}


def _classified(draw, N=6, D=3):
    return draw.normal(D), _number(draw), draw.normal(N, D), draw.labels(N, 2)


@rubric.check(cell="neuron_loss", points=1)
def neuron_averages_minus_log_p(draw):
    """neuron_loss gives the mean of −log of the right class's probability, even when it is very small"""
    (w, b, X, y), (v, c, Z, t) = _classified(draw), _classified(draw, 1, 4)
    # Probabilities around exp(−100): an epsilon in the logarithm, or a log of 1 − p, would show.
    sure, far, zero = np.array([1.0 + abs(_number(draw))]), np.array([[100.0], [-100.0]]), np.array([0, 1])
    return lambda code: {"loss": code.neuron_loss(w, b, X, y)[0], "loss of one point": code.neuron_loss(v, c, Z, t)[0],
                         "loss where it is sure, and wrong": code.neuron_loss(sure, 0.0, far, zero)[0]}


@rubric.check(cell="neuron_loss", points=1)
def neuron_gives_the_gradient_of_its_weights(draw):
    """neuron_loss gives dw"""
    (w, b, X, y), (v, c, Z, t) = _classified(draw), _classified(draw, 1, 4)
    return lambda code: {"dw": code.neuron_loss(w, b, X, y)[1], "dw of one point": code.neuron_loss(v, c, Z, t)[1]}


@rubric.check(cell="neuron_loss", points=1)
def neuron_gives_the_gradient_of_its_bias(draw):
    """neuron_loss gives db, one number"""
    (w, b, X, y), (v, c, Z, t) = _classified(draw), _classified(draw, 1, 4)
    return lambda code: {"db": code.neuron_loss(w, b, X, y)[2], "db of one point": code.neuron_loss(v, c, Z, t)[2]}
