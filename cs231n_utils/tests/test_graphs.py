import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n_utils.plots import draw_graph, draw_nodes
from cs231n_utils.plots.graphs import layout_graph

CIRCUIT = {"q": ("+", "x", "y"), "f": ("×", "q", "z")}
FORMULA = {
    "sigy": ("σ", "y"),
    "num": ("+", "x", "sigy"),
    "sigx": ("σ", "x"),
    "xpy": ("+", "x", "y"),
    "xpysqr": ("v²", "xpy"),
    "den": ("+", "sigx", "xpysqr"),
    "invden": ("1/v", "den"),
    "f": ("×", "num", "invden"),
}


def texts():
    """Return what is written in the picture, with its places."""
    plt.gcf().canvas.draw()
    (ax,) = plt.gcf().axes
    return {text.get_text(): text for text in ax.texts}


def test_a_gate_stands_to_the_right_of_all_that_it_needs():
    layout = layout_graph(FORMULA)
    for name, (_, *inputs) in FORMULA.items():
        assert all(layout.columns[source] < layout.columns[name] for source in inputs)
    assert {name for name, column in layout.columns.items() if column == 0} == {"x", "y"}


def test_nothing_stands_upon_something_else():
    layout = layout_graph(FORMULA)
    places = [(layout.columns[name], layout.rows[name]) for name in layout.columns]
    for source, _, bends in layout.wires:
        places += [(layout.columns[source] + 1 + k, row) for k, row in enumerate(bends)]
    for number, (column, row) in enumerate(places):
        assert all(abs(row - other) > 0.99 for beside, other in places[:number] if beside == column)


def test_there_is_a_wire_for_each_input_of_each_gate():
    layout = layout_graph(FORMULA)
    wires = {(source, name) for name, (_, *inputs) in FORMULA.items() for source in inputs}
    assert {(source, name) for source, name, _ in layout.wires} == wires
    assert all(len(bends) == layout.columns[name] - layout.columns[source] - 1 for source, name, bends in layout.wires)


def test_a_tree_is_drawn_without_crossings():
    layout = layout_graph({"a": ("×", "w0", "x0"), "b": ("×", "w1", "x1"), "c": ("+", "a", "b"), "s": ("+", "c", "w2")})
    rows = [layout.rows[name] for name in ("w0", "x0", "w1", "x1", "w2")]
    assert rows == sorted(rows, reverse=True) or rows == sorted(rows)


def test_values_stand_above_and_gradients_below():
    draw_graph(
        CIRCUIT, {"x": -2, "y": 5, "z": -4, "q": 3, "f": -12}, {"x": -4.5, "y": -4.5, "z": 3.25, "q": -4.5, "f": 1}
    )
    found = texts()
    assert {
        "−2.00",
        "5.00",
        "−4.00",
        "3.00",
        "−12.00",
        "−4.50",
        "3.25",
        "1.00",
        "x",
        "y",
        "z",
        "q",
        "f",
        "+",
        "×",
    } <= found.keys()
    value, gradient = found["−4.00"], found["3.25"]  # both of z
    assert value.get_position()[1] > gradient.get_position()[1]
    assert value.xy == gradient.xy and value.get_color() != gradient.get_color()


def test_numbers_may_be_missing():
    draw_graph(CIRCUIT, values={"x": 1.5})
    assert "1.50" in texts() and "below: gradient" not in texts()
    draw_graph(CIRCUIT)
    assert not [text for text in texts() if any(character.isdigit() for character in text)]


def test_a_dot_sits_where_a_wire_branches():
    draw_graph({"f": ("×", "x", "y")})
    before = len([line for line in plt.gca().lines if line.get_marker() == "o"])
    draw_graph({"q": ("+", "x", "y"), "f": ("×", "q", "x")})
    assert (before, len([line for line in plt.gca().lines if line.get_marker() == "o"])) == (0, 1)


def test_a_square_has_one_wire_and_a_dot_as_its_gradients_add_up():
    assert len(layout_graph({"f": ("×", "x", "x")}).wires) == 1
    draw_graph({"f": ("×", "x", "x")})
    assert len([line for line in plt.gca().lines if line.get_marker() == "o"]) == 1


def test_a_number_of_two_digits_with_its_sign_keeps_its_distance_from_the_gate():
    draw_graph(CIRCUIT, {"f": -12}, {"f": -12})
    number, gate = texts()["−12.00"].get_window_extent(), plt.gca().patches[-1].get_window_extent()
    assert number.x0 - gate.x1 > 0.08 * number.width


def test_gates_out_of_order_are_refused():
    with pytest.raises(ValueError, match="f uses q, which comes after it"):
        draw_graph({"f": ("×", "q", "z"), "q": ("+", "x", "y")})
    with pytest.raises(ValueError, match="no gates"):
        draw_graph({})


class Number:
    def __init__(self, value, inputs=(), gate="", name="", gradient=0.0):
        self.value, self.inputs, self.gate, self.name, self.gradient = value, inputs, gate, name, gradient


def test_nodes_are_drawn_with_their_numbers():
    x, one = Number(3.0, name="x", gradient=7.25), Number(1.0)
    total = Number(4.0, (x, one), "+", gradient=0.5)
    f = Number(12.0, (total, x), "×", gradient=1.0)
    draw_nodes([x, one, total, f])
    assert {"3.00", "7.25", "1", "4.00", "0.50", "12.00", "x", "+", "×", "f"} <= texts().keys()
    draw_nodes([x, one, total, f], gradients=False)
    assert "7.25" not in texts()


def test_nodes_of_the_same_look_are_kept_apart():
    one, other = Number(1.0), Number(1.0)
    draw_nodes([one, other, Number(2.0, (one, other), "+")])
    assert len([text for text in plt.gca().texts if text.get_text().strip("\u200b") == "1"]) == 2


def test_nodes_out_of_order_are_refused():
    x = Number(1.0)
    f = Number(2.0, (x,), "exp")
    with pytest.raises(ValueError, match="comes before one of its inputs"):
        draw_nodes([f, x])


def test_a_picture_goes_where_it_is_told():
    _, (left, right) = plt.subplots(1, 2)
    draw_graph(CIRCUIT, ax=right, title="here", digits=0, values={"z": np.float64(-4.0)})
    assert right.get_title() == "here" and not left.texts
    assert "−4" in {text.get_text() for text in right.texts}
