"""What is told of exceptions: the sentences of Python and NumPy, and nothing that a student puts in their place."""

import bdb
import math
import re

import numpy as np
import pytest

from autograder.grading.stopped import MAX_LINE, lines_of, stopped
from autograder.sandbox.proxy import StudentError

A, B, NOTHING, NUMBER, LIST = np.ones((3, 4)), np.ones((5, 6)), None, 3.0, [1]


def function(x, y=1):
    def inner():
        return later

    result = inner()
    later = x
    return result


def unbound():
    before = later_on
    later_on = before


def endless(x):
    return endless(x)


class Thing:
    def method(self, x):
        pass


# What honest code stops with; each is raised here by Python or NumPy itself.
HONEST = [
    lambda: nowhere,
    unbound,
    lambda: function(1),
    lambda: function(),
    lambda: function(1, 2, 3),
    lambda: function(1, z=2),
    lambda: function(1, x=2),
    lambda: Thing().method(),
    lambda: Thing().method(1, 2),
    lambda: Thing().missing,
    lambda: (lambda x: x)(),
    lambda: NOTHING[0],
    lambda: NOTHING(),
    lambda: list(NOTHING),
    lambda: NOTHING.shape,
    lambda: NOTHING + 1,
    lambda: 1 - NOTHING,
    lambda: A @ NOTHING,
    lambda: A * NOTHING,
    lambda: -NOTHING,
    lambda: NOTHING < 1,
    lambda: len(3),
    lambda: len(np.float64(3)),
    lambda: NUMBER[0],
    lambda: np.float64(3)[0],
    lambda: iter(3),
    lambda: [1] + 2,
    lambda: "a" + 1,
    lambda: [1] * 1.5,
    lambda: {}["W1"],
    lambda: {}[3],
    lambda: [1][5],
    lambda: (1,)[5],
    lambda: LIST["a"],
    lambda: LIST[1.5],
    lambda: (1, 2).append(3),
    lambda: range(2.5),
    lambda: {[]: 1},
    lambda: 1 / 0,
    lambda: 1.0 / 0,
    lambda: 1 // 0,
    lambda: 1 % 0,
    lambda: math.log(0),
    lambda: math.exp(1000),
    lambda: int(float("nan")),
    lambda: int(float("inf")),
    lambda: endless(1),
    lambda: max([]),
    lambda: np.zeros((10**6, 10**6)),
    lambda: A @ B,
    lambda: A.dot(B),
    lambda: A + B,
    lambda: A @ np.float64(1),
    lambda: A.__iadd__(np.ones((2, 3, 4))),
    lambda: A.reshape(5, 7),
    lambda: A.reshape(5, -1),
    lambda: A[7],
    lambda: A[0, 9],
    lambda: A[0, 0, 0],
    lambda: A[1.5],
    lambda: A["a"],
    lambda: A[[0, 1], [0, 1, 2]],
    lambda: A[np.ones(5, bool)],
    lambda: A.sum(axis=3),
    lambda: A.transpose(0, 1, 2),
    lambda: np.concatenate([A, B]),
    lambda: np.concatenate([A, A[0]]),
    lambda: np.concatenate([]),
    lambda: np.stack([A, B]),
    lambda: np.array([[1, 2], [3]]),
    lambda: float(A),
    lambda: int(A),
    lambda: bool(A),
    lambda: "yes" if A > 0 else "no",
    lambda: A.__setitem__(0, np.ones(7)),
    lambda: A.__setitem__((0, 0), [1, 2]),
    lambda: np.zeros(3).__setitem__(0, [1, 2]),
    lambda: np.ones(3, int).__iadd__(0.5),
    lambda: np.ones(3, bool) - np.ones(3, bool),
    lambda: np.arange(3) ** -1,
    lambda: np.exp(np.array([None])),
    lambda: np.exp(None),
    lambda: np.isnan("a"),
    lambda: np.linalg.inv(np.zeros((2, 2))),
    lambda: np.linalg.inv(A),
    lambda: np.array([]).max(),
    lambda: np.array([]).argmax(),
    lambda: np.random.choice(3, 5, replace=False),
    lambda: np.random.choice(0),
    lambda: np.random.choice(A),
    lambda: np.random.choice(3, p=[0.5, 0.5]),
    lambda: np.random.choice(2, p=[0.5, 0.9]),
    lambda: np.random.randint(5, 2),
    lambda: np.zeros(-1),
    lambda: np.float,
    lambda: np.nowhere,
    lambda: np.linalg.nowhere,
    lambda: np.squeeze(A, axis=0),
    lambda: np.einsum("ij->i", A[0]),
    lambda: np.broadcast_to(A, (3, 5)),
    lambda: A.astype("f").shape.x,
    lambda: np.split(A, 2),
    lambda: np.float64(1)(),
    lambda: A(),
    lambda: len(np.array(3)),
    lambda: [*np.array(3)],
    lambda: NOTHING.items(),
    lambda: (lambda: 0)(1),
    lambda: exec("a, b = 1, 2, 3"),
    lambda: exec("a, b = 1,"),
    lambda: exec("a, b = 3"),
    lambda: exec("a, b = None"),
    lambda: exec("import torch_of_some_kind"),
    lambda: np.ones(3).foo(),
    lambda: abs(NOTHING),
    lambda: round(NOTHING),
    lambda: sum(3),
    lambda: np.argpartition(np.ones(3), 5),
    lambda: (1).bit_length(1),
    lambda: int(NOTHING),
    lambda: float(NOTHING),
    lambda: math.sqrt(NOTHING),
    lambda: A.flags.writeable.x,
    lambda: np.broadcast_to(1.0, (3,)).__setitem__(0, 1),
    lambda: [].pop(),
    lambda: A[::0],
]


def error_of(make) -> StudentError:
    try:
        make()
    except BaseException as error:
        return StudentError(type(error).__name__, str(error)[:1000])
    raise AssertionError("nothing was raised")


@pytest.mark.parametrize("make", HONEST, ids=range(len(HONEST)))
def test_what_python_and_numpy_say_is_told(make):
    error = error_of(make)
    assert stopped(error).startswith(f"it stopped with {error.type_name}: {error.message[:20].strip()}")
    assert "not shown" not in stopped(error)


# The same for PyTorch, `t`.
OF_TENSORS = """
t.ones(2, 3) + t.ones(4, 5)
t.ones(2, 3).mm(t.ones(4, 5))
t.ones(2, 3) @ t.ones(5)
t.dot(t.ones(3), t.ones(4))
t.ones(2, 3).mm(t.ones(3, 2).double())
t.ones(3).mm(t.ones(3, 2))
t.ones(2, 3, 4).t()
t.ones(2).item()
float(t.ones(2))
bool(t.ones(2))
len(t.tensor(1.0))
list(t.tensor(1.0))
t.ones(3)[5]
t.ones(3)[t.tensor([5])]
t.ones(3).index_select(0, t.tensor([5]))
t.ones(3)[t.ones(3)]
t.ones(2, 3)[t.arange(2), t.arange(3)]
t.ones(2, 3)[0].__setitem__(slice(None), t.ones(7))
t.ones(3).__iadd__(t.ones(2, 3))
t.cat([t.ones(2, 3), t.ones(4, 5)])
t.stack([t.ones(2, 3), t.ones(4, 5)])
t.ones(2, 3).view(7)
t.ones(2, 3).t().view(6)
t.ones(2, 3).sum(dim=2)
t.ones(3).max(dim=1)
t.ones(3, 2).max(dim=1) - 1
t.ones(0).max()
t.ones(2, 0).max(dim=1)
t.arange(3).mean()
t.arange(3).__itruediv__(2)
t.ones(2, 3).gather(1, t.ones(2, 1))
t.exp(3.0)
t.ones(2, 3).mm(np.ones((3, 2)))
np.ones((3, 2)) @ t.ones(2, 3)
t.clamp(3, min=0)
t.ones(2, 3).clip(0, axis=1)
t.ones(2).astype(float)
t.ones(2, requires_grad=True).numpy()
t.ones(2, requires_grad=True).__iadd__(1)
t.multinomial(t.ones(3), 5)
""".split("\n")[1:-1]


@pytest.mark.parametrize("line", OF_TENSORS)
def test_what_pytorch_says_is_told(line):
    torch = pytest.importorskip("torch", reason="PyTorch is optional")
    error = error_of(lambda: eval(line, {"t": torch, "np": np}))
    assert stopped(error).startswith(f"it stopped with {error.type_name}: {error.message[:20].strip()}")
    assert "not shown" not in stopped(error)


@pytest.mark.parametrize(
    "message",
    [
        "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)",
        "The size of tensor a (3) must match the size of tensor b (5) at non-singleton dimension 1",
        "exp(): argument 'input' (position 1) must be Tensor, not float",
        "takes_tensors needs PyTorch, which is not installed here",
    ],
)
def test_what_pytorch_says_is_known_without_it(message):
    assert message in stopped(StudentError("RuntimeError", message))


@pytest.mark.parametrize(
    "message",
    [
        "RAISED [[0.4, -1.2], [0.3, 0.9]]",
        "ASSERTED [0, 3, 1]",
        "0.48113",
        "x",
        "48113.2",
        "'0.481'",
        "('W1', 0.4811)",
        "name '0.48' is not defined",
        "name 'x' is not defined 0.4811",
        "0.4811 division by zero",
        "division by zero\n[0.4811]",
        "'a_0_4811_1_2213_0_1177'",
        "operands could not be broadcast together with shapes (0.4811,) (1.3,) ",
        "index 5 is out of bounds for axis 0 with size 5\n0.4811",
        "could not convert string to float: '0.4811'",
        "invalid literal for int() with base 10: '4811'",
        "\x1b[2Jdivision by zero",
        "division by zero" * 50,
        f"operands could not be broadcast together with shapes {' '.join(3 * ['(4811324,8831231,5512312,7712391)'])} ",
        f"name '{'x' * 60}' is not defined",
        f"{'x' * 50}() missing 1 required positional argument: 'x'",
        "The truth value of an array is 0.4811",
        "module 'numpy' has no attribute 'x0_4811'",
        "matmul: 0.48",
        "shape '[0.4811, 1.2213]' is invalid for input of size 6",
        "mat1 and mat2 shapes cannot be multiplied (0.4811 and 1.2213)",
        "shape mismatch: indexing tensors could not be broadcast together with shapes [4811324, 8831231, 5512312], "
        "[7712391, 4811324, 8831231], [7712391, 4811324, 8831231]",
    ],
)
@pytest.mark.parametrize("kind", ["ValueError", "KeyError", "AssertionError"])
def test_words_of_a_student_s_own_are_not_told(kind, message):
    told = stopped(StudentError(kind, message))
    # Of several lines the first may be told.
    assert not re.search(r"\d\.?\d{3}|ASSERTED|RAISED|\x1b|xxxx|(zero.*){2}", told), told
    assert told.startswith(f"it stopped with {kind}") and len(told) < 400


def test_a_type_of_a_student_s_own_is_not_told():
    assert stopped(StudentError("X_0_4811_1_2213", "")) == "it stopped with a custom exception"
    assert stopped(StudentError("NotImplementedError", "")) == "it stopped with NotImplementedError"


def test_only_lines_of_the_hand_in_are_told():
    lines = lines_of(["def f(x):\n    out = x @ w  # wrong\n", "y = 1" + " + 1" * MAX_LINE])
    error = error_of(lambda: A @ B)
    assert "(in the line `out = x @ w  # wrong`)" in stopped(
        StudentError("ValueError", error.message, "out = x @ w  # wrong"), lines
    )
    assert stopped(StudentError("ValueError", "", ("y = 1" + " + 1" * MAX_LINE)[:200]), lines).count("+ 1") > 20
    for line, known in (
        ("x = [0.4811, 1.2213]", lines),
        ("out = x @ w  # wrong", None),
        ("out = x @ w", lines),
        ("", lines),
    ):
        assert "in the line" not in stopped(StudentError("ValueError", error.message, line), known)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: np.float_, "Use `np.float64` instead"),
        (lambda: np.float, "use `float` by itself"),
        (lambda: np.Inf, "Use `np.inf`"),
        (lambda: np.ones((200_000, 200_000)), "Unable to allocate 298. GiB"),
        (lambda: exec("raise bdb.BdbQuit", {"bdb": bdb}), "BdbQuit"),
    ],
)
def test_what_helps_is_told(make, words):
    assert words in stopped(error_of(make))


def test_numpy_s_advice_is_asked_of_numpy():
    assert "0.48" not in stopped(StudentError("AttributeError", "`np.float_` was removed, and x is 0.48"))
    assert "not shown" in stopped(StudentError("AttributeError", "`np.sin` was removed, and x is 0.48"))


def test_a_long_name_is_told_if_the_notebook_has_it():
    message = "name 'compute_distances_no_loops' is not defined"
    lines = lines_of(["dists = knn.compute_distances_no_loops(X)"])
    assert message in stopped(StudentError("NameError", message), lines)
    assert "not shown" in stopped(StudentError("NameError", message), lines_of(["x = 1"]))
    assert "'short'" in stopped(StudentError("NameError", "name 'short' is not defined"), lines_of(["x = 1"]))


@pytest.mark.parametrize(
    "message",
    [
        "TwoLayerNet.loss(...)[0] should give one number",
        "affine_forward(...)[0] should give an array, not str",
        "expected several values, got one float",
        "expected a few values, got 100",
        "a value of 70 MiB is larger than the limit of 64 MiB",
        "a value is nested deeper than 32 levels",
        "an array of shape (9000, 9000) (617.98 MiB) is larger than the limit of 64 MiB",
        "a whole number has 3321929 bits; the limit is 8000",
        "an array of shape (100000000,) (763 MiB) is larger than the limit of 64 MiB",
        "name 'affine_forward' is not defined",
    ],
)
def test_what_the_grader_says_itself_is_told(message):
    assert message in stopped(StudentError("TypeError", message))


def test_no_text_takes_long():
    for text in (
        "'" + "a" * 300,
        "f() missing 6 required positional arguments: " + "'aaaaaaaaaaaa', " * 20,
        "(" + "1, " * 130,
        "a." * 190,
        "x" * 10**6,
        "f() received an invalid combination of arguments - got (" + "a" * 200,
        "f() received an invalid combination of arguments - got (" + "a, " * 90,
        "shape mismatch: indexing tensors could not be broadcast together with shapes " + "[1, 1], " * 30,
        "operands could not be broadcast together with shapes " + "(1,1) " * 50 + "x",
    ):
        assert "not shown" in stopped(StudentError("ValueError", text))


def test_a_check_tells_nothing_that_a_function_puts_into_its_exception():
    from autograder.course import Course
    from autograder.grading.reference import Reference
    from autograder.proof.asking import ask

    key = Reference(Course.find().solutions / "two_layer_net" / "layers.ipynb")
    last = next(name for name, _ in reversed(key.cells) if name.endswith("_code"))
    host = key.edited(
        {
            last: dict(key.cells)[last]
            + """
def relu_forward(x): raise ValueError('RAISED ' + repr(x.tolist()))
def svm_loss(x, y): assert False, 'ASSERTED ' + repr(y.tolist())
def softmax_loss(x, y): return {f'{number:.4f}': 1 for number in x.ravel()}
def affine_backward(dout, cache): return type('X' + dout.tobytes().hex(), (), {})()"""
        }
    )
    messages = [check.message for cell in ask(key, host) for check in cell.result.checks if not check.passed]
    assert len(messages) > 8
    for message in messages:
        assert not any(word in message for word in ("RAISED", "ASSERTED", "0.")) and len(message) < 300, message
        assert not re.search(r"[0-9a-f]{16}", message), message
