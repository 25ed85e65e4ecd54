import io
import re
import runpy
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from cs231n_utils.checks import attempt, check, check_gradients, check_that, eval_numerical_gradient


class Liar:
    """Equal to everything, true, and without a usable representation."""

    def __eq__(self, other):
        return True

    def __bool__(self):
        return True

    def __repr__(self):
        raise RuntimeError("no")

    __str__ = __repr__
    __hash__ = None


class Trap:
    """Fails when NumPy looks at it."""

    def __array__(self, *args, **kwargs):
        raise MemoryError("no array here")


class LyingArray(np.ndarray):
    def __sub__(self, other):
        return np.zeros(self.shape)

    def __eq__(self, other):
        return np.ones(self.shape, bool)


def output_of(capsys, function, *args, **kwargs):
    result = function(*args, **kwargs)
    assert type(result) is bool
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.startswith("✓" if result else ("✗", "○"))
    return result, captured.out


RIGHT = [
    (3, 3),
    (np.float32(2.5), 2.5),
    (np.array(2.5), 2.5),
    (2, 2.0),
    ([1.0, 2.0], np.array([1.0, 2.0])),
    (np.array([1.0, 2.0]), [1, 2]),
    (np.array([1, 2], np.int32), np.array([1, 2], np.int64)),
    (np.array([np.nan, 1.0]), [np.nan, 1.0]),
    (np.array([np.inf, 1.0]), [np.inf, 1.0]),
    (np.array([True, False]), [True, False]),
    (np.ones((2, 3)).T, np.ones((3, 2))),
    (np.array([1.0 + 5e-7]), [1.0]),
    (np.empty((0, 3)), np.empty((0, 3))),
]


@pytest.mark.parametrize(("got", "expected"), RIGHT)
def test_right_answers_are_one_line(capsys, got, expected):
    assert output_of(capsys, check, "the sum", got, expected) == (True, "✓ the sum\n")


WRONG = [
    (None, 1.0, "not written yet: the answer is still None"),
    (..., 1.0, "not written yet: the answer is still ..."),
    ("2.5", 2.5, "got a str of length 3, expected a single number"),
    ([[1, 2], [3]], np.ones((2, 2)), "got a list of length 2, expected shape (2, 2)"),
    ((1.0, {}), 1.0, "got a tuple of length 2"),
    ({"loss": 1.0}, 1.0, "got a dict of length 1"),
    (Liar(), 1.0, "got an object of type Liar"),
    (Trap(), 1.0, "got an object of type Trap"),
    (np.array([Liar()]), [1.0], "got an array of object"),
    (np.ones(3).view(LyingArray), np.zeros(3), "got       [1. 1. 1.]"),
    (len, 1.0, "got an object of type builtin_function_or_method"),
    (10**400, 1.0, "a single value of type int"),
    (
        np.ones((1, 5)),
        np.ones(5),
        "got shape (1, 5), expected shape (5,)\n    the numbers are right, but there is an axis of length 1 too many",
    ),
    (np.ones((2, 3)), np.ones((3, 2)), "the numbers are right, but transposed"),
    (np.ones((2, 3)), np.zeros((3, 2)), "is it transposed?"),
    (np.ones(4), 1.0, "its mean over axis 0 would be right"),
    (np.ones(4), 1.5, "is a sum or a mean missing?"),
    (1.5, np.inf, "got 1.5, expected inf"),
    (1.0, np.ones(4), "got a single number, expected shape (4,)"),
    (np.array([1, 2]), np.array([1.0, 2.0]), "got integers (int64), expected floating-point numbers (float64)"),
    (np.array([1 + 0j]), [1.0], "got complex numbers"),
    (True, 1.0, "got true/false values"),
    (
        np.array([1.0, np.nan, np.nan]),
        [1.0, 2.0, 3.0],
        "✗ the sum: 2 of 3 entries are NaN (not a number), the first at [1]\n",
    ),
    (float("nan"), 2.3, "got NaN (not a number), expected 2.3\n"),
    (np.array([1.0, np.inf]), [1.0, 2.0], "largest relative error 1, at [1]"),
    (np.array([1.0, 3.0]), [1.0, 2.0], "largest relative error 0.2, at [1]"),
    (np.array([1.0, 2.0, 4.0]), [2.0, 4.0, 8.0], "\n    got is ½ × expected: a factor 2 too few"),
    (np.array([0.0, 2.0, 4.0]), [0.0, 1.0, 2.0], "\n    got is 2 × expected: a factor 2 too many"),
    (-np.array([1.0, 2.0]), [1.0, 2.0], "got is −1 × expected: the sign"),
    (np.array([1.0, 2.0, 4.0]) * 0.3, [1.0, 2.0, 4.0], "got is 0.3 × expected\n"),
    (4.6, 2.3, "✗ the sum: got 4.6, expected 2.3 (relative error 0.333)\n    got is 2 × expected: a factor 2"),
    (np.array([[1.0, 2.0], [3.0, 4.0]]), [[1.0, 3.0], [2.0, 4.0]], "got is transposed"),
    # How far apart two classes or counts are says nothing.
    (np.array([2, 0, 0]), [2, 1, 3], "✗ the sum: 2 of 3 entries differ\n    got       [2 0 0]\n"),
    (15, 8, "✗ the sum: got 15, expected 8\n"),
    (np.arange(20) + 1, np.arange(20), "20 of 20 entries differ, such as at [0]: got 1, expected 0\n"),
]


@pytest.mark.parametrize(("got", "expected", "message"), WRONG)
def test_wrong_answers_are_named(capsys, got, expected, message):
    result, out = output_of(capsys, check, "the sum", got, expected)
    assert result is False
    assert out.startswith(("✗ the sum: ", "✗ the sum\n    ") if "not written yet" not in message else "○ the sum: ")
    assert message in out


def test_no_factor_is_claimed_where_there_is_none(capsys):
    for got, expected in [(3.1, 2.3), (np.array([1.0, 2.0]), [2.0, 2.0]), (np.zeros(3), np.ones(3)),
                          (np.array([2.0, 1.0]), [1.0, 0.0]), (np.array([np.inf, 2.0]), [1.0, 1.0])]:  # fmt: skip
        assert "×" not in output_of(capsys, check, "x", got, expected)[1]


def test_a_large_array_shows_only_the_worst_entry(capsys):
    got = np.ones((20, 30))
    got[3, 4], got[5, 6] = 1.5, 9.0
    _, out = output_of(capsys, check, "dx", got, np.ones((20, 30)))
    assert (
        out == "✗ dx: 2 of 600 entries differ, most at [5, 6]: got 9, expected 1 (relative error 0.8)\n"
        "    got is wrong only in rows 3, 5\n"
    )


def test_tolerances_are_those_given(capsys):
    assert check("x", 1.01, 1.0, rtol=0.02)
    assert check("x", 1e-3, 0.0, atol=1e-2)
    assert not check("x", 1.01, 1.0, rtol=0.005)
    assert not check("x", 1e-3, 0.0)


@given(arrays(np.float64, array_shapes(max_dims=3), elements=st.floats(-1e6, 1e6)), st.data())
def test_one_changed_entry_is_always_seen(array, data):
    index = data.draw(st.integers(0, array.size - 1))
    changed = array.copy()
    changed.flat[index] += 1 + abs(changed.flat[index]) * 1e-3
    assert check("x", array, array)
    assert not check("x", changed, array)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text() | st.binary()
    | st.builds(Liar) | st.builds(Trap) | st.just(...) | st.datetimes(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    | st.tuples(inner, inner),
    max_leaves=8,
)  # fmt: skip


@given(anything)
def test_no_answer_makes_a_check_raise(answer):
    assert check("x", answer, np.full((2, 2), 0.123)) is False
    assert check_gradients("x", answer, {"W": np.full((2, 2), 0.123)}) is False
    assert check_gradients("x", {"W": answer}, {"W": np.full((2, 2), 0.123)}) is False
    assert check_that("x", answer, "no") is (answer is True)


def test_a_terminal_without_the_signs_still_gets_the_words(monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="cp1252"))
    assert check("x", 2.0, 1.0) is False
    assert check("x", 1.0, 1.0) is True
    sys.stdout.flush()
    assert raw.getvalue().decode().startswith("WRONG: x")
    assert "ok: x" in raw.getvalue().decode()


def test_gradients_that_agree_are_one_line(capsys):
    numeric = {"W": np.array([1.0, 2.0]), "b": np.array([0.0])}
    analytic = {"W": np.array([1.0, 2.0 + 4e-9]), "b": np.array([5e-10]), "more": None}
    result, out = output_of(capsys, check_gradients, "gradients", analytic, numeric)
    assert result
    assert out == "✓ gradients (relative errors: W 1e-09, b 5e-02)\n"


@pytest.mark.parametrize(
    ("analytic", "message"),
    [
        (None, "not written yet"),
        (3.0, "the gradients are a single value of type float, not a dictionary"),
        ({}, "W: missing; there is nothing"),
        ({"w": np.ones(2)}, "W: missing; there is w"),
        ({"W": None}, "W: not written yet"),
        ({"W": np.ones((1, 2))}, "W: got shape (1, 2), expected shape (2,)"),
        ({"W": np.array([1.0, 4.0]) / 2}, "\n        analytic is ½ × numerical: a factor 2 too few"),
        ({"W": np.array([1.0, np.nan])}, "W: 1 of 2 entries are NaN"),
        (
            {"W": np.array([1.0, 4.0 + 1e-5])},
            "1 of 2 entries differ, most at [1]: analytic 4.00001, numerical 4 (relative error 1.25e-06)",
        ),
    ],
)
def test_wrong_gradients_are_named(capsys, analytic, message):
    result, out = output_of(capsys, check_gradients, "gradients", analytic, {"W": np.array([1.0, 4.0])})
    assert not result
    assert message in out


def test_a_gradient_that_is_nearly_right_is_not_that_of_another(capsys):
    numeric = {"W": np.array([[1.0, 2.0], [3.0, 4.0]]), "b": np.array([5.0, 6.0])}
    analytic = {"W": numeric["W"] * [[1, 1], [1, 1 + 1e-6]], "b": numeric["b"]}
    assert not check_gradients("a net", analytic, numeric, tolerance=1e-8)
    assert "another order" not in capsys.readouterr().out


def test_gradients_that_are_right_are_listed_below_the_wrong_ones(capsys):
    gradients = {"W": np.array([1.0, 2.0]), "b": np.array([3.0]), "c": np.array([4.0])}
    check_gradients("g", gradients | {"b": np.array([5.0])}, gradients)
    assert capsys.readouterr().out.splitlines() == [
        "✗ g",
        "    b: 1 of 1 entries differ, most at [0]: analytic 5, numerical 3 (relative error 0.25)",
        "    W, c: right",
    ]


def test_a_long_problem_goes_below_and_is_broken_between_words(capsys):
    check_that("short", False, "x" * 90 + " and " + "y" * 90)
    assert capsys.readouterr().out == "✗ short\n    " + "x" * 90 + " and\n      " + "y" * 90 + "\n"


@given(anything)
def test_whatever_is_given_changes_no_verdict(thing):
    assert check("x", 1.0, 1.0, given={"N": thing})
    things = dict.fromkeys(("N", "C", "y", "reg", "W", "before", "scores", "data_loss"), thing)
    assert not check("x", np.ones((3, 2)), np.full((3, 2), 0.3), given=things)
    assert not check_gradients("x", {"W": np.ones(2)}, {"W": np.zeros(2)}, given=things)


@pytest.mark.parametrize(
    ("place", "second", "third", "right"),
    [
        (3e-6, 1.0, 4.0, True),  # the numerical gradient is 0.65
        (3e-6, 0.0, 4.0, False),  # the slope on the other side of the kink
        (0.0, 0.0, 4.0, True),  # on the kink, either slope will do
        (0.0, 1.0, 4.0, True),
        (0.0, 1.5, 4.0, False),
        (3e-6, 1.0, 2.0, False),  # a mistake where there is no kink
    ],
)
def test_a_gradient_is_not_called_wrong_for_a_kink(capsys, place, second, third, right):
    w = np.array([1.0, place, 2.0])
    numeric = {"w": eval_numerical_gradient(lambda w: np.maximum(0, w[:2]).sum() + w[2] ** 2, w)}
    assert 0.4 < numeric["w"][1] < 0.7
    assert check_gradients("a loss", {"w": np.array([1.0, second, third])}, numeric) is right
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("✓" if right else "✗")
    assert ("all but 1 where the loss has a kink" in said) is (right or third == 2)


def test_what_is_smooth_has_no_kink():
    w = np.random.default_rng(0).standard_normal((20, 3))
    numeric = eval_numerical_gradient(lambda w: np.sum(np.exp(3 * w)) + 1e-3 * np.sum(w**2), w)
    assert not numeric.excuses(np.asarray(numeric)).any()


def test_gradients_that_cannot_be_compared_are_not_right(capsys):
    nan = np.array([np.nan])
    assert not check_gradients("gradients", {"W": nan}, {"W": nan})
    assert not check_gradients("gradients", {}, {})
    out = capsys.readouterr().out
    assert "the numerical gradient is not finite" in out
    assert "no parameters were found" in out


@pytest.mark.parametrize(
    ("condition", "result", "message"),
    [
        (True, True, "✓ rows sum to 0\n"),
        (np.True_, True, "✓ rows sum to 0\n"),
        (False, False, "✗ rows sum to 0: subtract the one\n"),
        (None, False, "not written yet"),
        (..., False, "not written yet"),
        (np.array([True, True]), False, "this should be true or false, but is shape (2,)"),
        (Liar(), False, "an object of type Liar"),
        ("yes", False, "a str of length 3"),
    ],
)
def test_properties(capsys, condition, result, message):
    got, out = output_of(capsys, check_that, "rows sum to 0", condition, "subtract the one")
    assert got is result
    assert message in out


@pytest.fixture
def student(tmp_path):
    """The functions of a student, in a file of their own as the cells of a notebook are."""
    cell = tmp_path / "cell.py"
    cell.write_text(
        "import numpy as np\n"
        "def product(x, w):\n"
        "    return x.dot(w)\n"
        "def forward(x, w):\n"
        "    return product(x, w)\n"
        "def invert(x):\n"
        "    return np.linalg.inv(x)\n"
        "def batch():\n"
        "    return np.random.choice(3, 5, replace=False)\n"
    )
    return runpy.run_path(str(cell))


def test_an_attempt_that_fails_names_the_line_of_the_student_and_goes_on(capsys, student):
    with attempt("affine_forward"):
        student["forward"](np.ones((2, 3)), np.ones((2, 3)))
        raise AssertionError("the rest of the block is skipped")
    out = capsys.readouterr().out
    assert out.startswith("✗ affine_forward: ValueError: ")
    assert out.endswith("\n    in product, line 3: return x.dot(w)\n    the shapes are x (2, 3), w (2, 3)\n")


def test_an_error_inside_compiled_code_is_blamed_on_the_line_that_called_it(capsys, student):
    with attempt("train"):
        student["batch"]()
    assert "in batch, line 9: return np.random.choice(3, 5, replace=False)" in capsys.readouterr().out


def test_an_error_inside_a_library_is_blamed_on_the_line_that_called_it(capsys, student):
    with attempt("inverse"):
        student["invert"](np.ones((2, 3)))
    out = capsys.readouterr().out
    assert "LinAlgError" in out
    assert "in invert, line 7: return np.linalg.inv(x)" in out


@pytest.mark.parametrize("nothing", [None, ...])
def test_unpacking_nothing_is_explained(capsys, nothing):
    with attempt("affine_forward"):
        out, cache = nothing
    first, second = capsys.readouterr().out.splitlines()[:2]
    says = "None (no return?)" if nothing is None else "..."
    assert first == f"○ affine_forward: not written yet, it seems: something that is used here still gives {says}"
    assert second.strip().startswith("TypeError: cannot unpack")


def test_a_name_that_no_cell_has_made(capsys):
    with attempt("the base net"):
        base_task  # noqa: B018, F821
    assert "no cell above has made base_task" in capsys.readouterr().out.splitlines()[-1]


def test_a_class_that_keeps_its_parameters_under_other_names(capsys, tmp_path):
    cell = tmp_path / "cell.py"
    cell.write_text(
        "class Net:\n"
        "    def __init__(self):\n"
        "        self.params = {'W': 1, 'b': 2}\n"
        "    def weights(self, number):\n"
        "        return self.params[f'W{number}']\n"
        "def gamma(net):\n"
        "    return net.params['gamma1']\n"
        "def entry(name, grads):\n"
        "    return grads[name]\n"
    )
    student = runpy.run_path(str(cell))
    for call, words in (
        (lambda: student["gamma"](student["Net"]()), "net.params has no gamma1 (it has: W, b): is it stored"),
        (lambda: student["Net"]().weights(3), "self.params has no W3 (it has: W, b)"),
        (lambda: student["entry"]("b2", {}), "grads has no b2 (it has: nothing yet)"),
    ):
        with attempt("the net"):
            call()
        assert words in " ".join(capsys.readouterr().out.split())
    with attempt("another dictionary"):
        student["entry"]("velocity", {"t": 1})
    assert "has no" not in capsys.readouterr().out


def test_an_attempt_that_works_prints_nothing_and_a_stop_is_not_swallowed(capsys):
    with attempt("fine"):
        pass
    assert capsys.readouterr().out == ""
    with pytest.raises(KeyboardInterrupt), attempt("stopped"):
        raise KeyboardInterrupt
    with attempt("rude"):
        raise type("Rude", (Exception,), {"__str__": Liar.__repr__})
    assert "✗ rude: Rude: <Rude>" in capsys.readouterr().out


def test_what_numpy_warns_of_is_a_calm_sentence(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing may leave the block
        with attempt("exp"):
            for _ in range(3):
                np.exp(np.array([1000.0]))
            check("one", 1.0, 1.0)
    lines, stderr = capsys.readouterr()
    assert lines.splitlines()[0] == "✓ one" and not stderr
    assert re.fullmatch(r"NumPy warns: overflow encountered in exp, in line \d+: np.exp\(.*\)", lines.splitlines()[1])
    assert len(lines.splitlines()) == 2


def test_other_warnings_stay_warnings():
    with pytest.warns(DeprecationWarning, match="old"), attempt("a call"):
        warnings.warn("old", DeprecationWarning, stacklevel=1)


@pytest.mark.parametrize(("words", "said"), [((), "not written yet"), (("Node.exp",), "not written yet: Node.exp")])
def test_what_says_that_it_is_not_implemented_is_not_written_yet(capsys, words, said):
    with attempt("the engine"):
        raise NotImplementedError(*words)
    assert capsys.readouterr().out.splitlines()[0] == f"○ the engine: {said}"
