"""A probe means the same in this process and in a student's."""

import warnings

import numpy as np
import pytest

from autograder.sandbox.process import Sandbox
from autograder.sandbox.proxy import StudentError, run_probe
from autograder.sandbox.worker.host import Host
from autograder.sandbox.worker.wire import Opaque

NOTEBOOK = """
import random
import numpy as np

def double(x):
    return 2 * x

def forward(x, w):
    return x @ w, {"inputs": (x, w), "secret": (lambda: x)}

def backward(dout, cache):
    x, w = cache["inputs"]
    assert cache["secret"]() is x
    return dout @ w.T, x.T @ dout

def in_place(x, scale=2.0):
    x *= scale
    return x

def nested_in_place(params):
    params["W1"][0] = 7.0
    params["new"] = 1
    return sum(value.sum() for value in params.values() if hasattr(value, "sum"))

def note(x, state):
    state["calls"] += 1
    state["last"] += x

def fails(x):
    y = x + 1
    raise KeyError("W1")

def fails_below(x):
    return fails(x)

def exits():
    raise SystemExit(3)

def noise(n):
    return np.random.randn(n), random.random()

def generator():
    yield 1

def nothing():
    pass

class Net:
    def __init__(self, size, scale=1.0):
        self.params = {"W": scale * np.ones((size, size))}

    def loss(self, X, y=None, reg=0.0):
        scores = X @ self.params["W"]
        if y is None:
            return scores
        return scores.sum() + reg, {"W": X.T @ np.ones_like(scores)}

    def grow(self):
        self.params["W"] += 1

answer = {1, 3}
"""
X, W = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(3, 4)


@pytest.fixture(scope="module")
def local():
    namespace = {}
    exec(compile(NOTEBOOK, "<cell>", "exec"), namespace)
    return Host(namespace)


@pytest.fixture(scope="module")
def remote():
    with Sandbox() as sandbox:
        outputs, succeeded, _ = sandbox.run(NOTEBOOK)
        assert succeeded, outputs
        yield sandbox


def cache_goes_back(code):
    out, cache = code.forward(X, W)
    dx, dw = code.backward(np.ones((2, 4)), cache)
    return {"out": out, "dx": dx, "dw": dw}


def own_params(code):
    net = code.Net(3)
    net.params = {"W": W}
    loss, grads = net.loss(X, np.array([0, 1]), reg=0.5)
    net.grow()
    return {
        "loss": loss,
        "grads": grads,
        "params": net.params,
        "scores": net.loss(X),
        "number": float(loss),
        "sum": np.asarray(net.params["W"]).sum(),
    }


def seeded(code):
    code.seed(3)
    first = code.noise(4)
    code.seed(3)
    return [first, code.noise(4)]


PROBES = {
    "a function": lambda code: code.double(X),
    "a number": lambda code: code.double(2),
    "a name": lambda code: code.answer,
    "an index": lambda code: code.forward(X, W)[0],
    "a cache": cache_goes_back,
    "a class": own_params,
    "seeds": seeded,
    "keywords": lambda code: code.in_place(x=X, scale=0.5),
    "in place": lambda code: code.in_place(X),
    "in place, inside a dict": lambda code: code.nested_in_place({"W1": X, "b1": W[0]}),
    "an exception": lambda code: code.fails(X),
    "an exception below": lambda code: code.fails_below(X),
    "sys.exit": lambda code: code.exits(),
    "an unknown name": lambda code: code.nowhere(X),
    "a wrong number of arguments": lambda code: code.double(X, X),
    "an attribute that is missing": lambda code: code.Net(3).weights,
    "a key that is missing": lambda code: code.Net(3).params["W9"],
    "one value for two": lambda code: list(code.double(3.0)),
    "too many values": lambda code: list(code.double(np.zeros(100))),
    "an array where a number is due": lambda code: float(code.double(X)),
    "something that is no array": lambda code: np.asarray(code.generator()),
    "a generator": lambda code: [code.generator(), code.Net, code.double],
    "nothing": lambda code: {"value": code.nothing()},
}


def plain(outcome):
    error = outcome.error and (outcome.error.type_name, outcome.error.message, outcome.error.place)
    return repr((outcome.value, outcome.changed, error))


@pytest.mark.parametrize("name", [name for name in PROBES if name != "sys.exit"])
def test_a_probe_gives_the_same_here_and_there(local, remote, name):
    here, there = run_probe(PROBES[name], local), run_probe(PROBES[name], remote)
    assert plain(here) == plain(there)
    assert (here.error is None) != (here.value is None)


def test_where_an_exception_was_raised_is_told_by_the_functions_that_it_passed_through(remote):
    remote.run("def inner(x):\n    return [y for y in x[0]]\ndef outer(x):\n    return np.vectorize(inner)(x)")
    error = run_probe(lambda code: code.outer(2), remote).error
    assert (error.place, error.line) == ("outer inner", "return [y for y in x[0]]")
    assert run_probe(lambda code: code.inner(), remote).error.place == ""


def test_an_exit_in_a_function_is_an_error_of_the_student(remote):
    assert run_probe(PROBES["sys.exit"], remote).error.type_name == "SystemExit"
    assert run_probe(PROBES["a number"], remote).value == 4


@pytest.mark.parametrize(
    "name, value",
    [
        ("a number", 4),
        ("a name", {1, 3}),
        ("nothing", {"value": None}),
        ("a generator", [Opaque("generator"), Opaque("type"), Opaque("function")]),
    ],
)
def test_values(local, name, value):
    assert run_probe(PROBES[name], local).value == value


def test_values_of_arrays(local):
    value = run_probe(cache_goes_back, local).value
    assert np.array_equal(value["dw"], X.T @ np.ones((2, 4))) and np.array_equal(value["dx"], np.ones((2, 4)) @ W.T)
    value = run_probe(own_params, local).value
    assert value["number"] == (X @ W).sum() + 0.5 and np.array_equal(value["params"]["W"], W + 1)
    first, second = run_probe(seeded, local).value
    assert np.array_equal(first[0], second[0]) and first[1] == second[1]


@pytest.mark.parametrize(
    "name, sentence",
    [
        ("in place", "in_place changes its argument x in place"),
        ("keywords", "in_place changes its argument x in place"),
        ("in place, inside a dict", "nested_in_place changes its argument params in place"),
    ],
)
def test_changed_arguments_are_named(local, remote, name, sentence):
    for host in (local, remote):
        assert run_probe(PROBES[name], host).changed == (sentence,)


@pytest.mark.parametrize("name", PROBES)
def test_the_inputs_of_a_probe_never_change(local, name):
    before = X.copy(), W.copy()
    try:
        run_probe(PROBES[name], local)
    except SystemExit:
        pass
    assert np.array_equal(X, before[0]) and np.array_equal(W, before[1])


def test_right_code_changes_nothing(local):
    for name in ("a function", "a cache", "seeds"):
        assert run_probe(PROBES[name], local).changed == ()


def test_an_error_tells_the_line_of_the_notebook(remote):
    error = run_probe(PROBES["an exception below"], remote).error
    assert str(error) == "KeyError: 'W1' (in the line `raise KeyError(\"W1\")`)"


def test_an_error_without_words():
    assert str(StudentError("ValueError", "")) == "ValueError"


def test_probes_leave_nothing_behind(local, remote):
    run_probe(cache_goes_back, local)
    assert local.objects == []
    run_probe(cache_goes_back, remote)
    with pytest.raises(StudentError, match="IndexError"):
        remote.fetch(0)


def test_an_exit_in_the_reference_process_is_an_error_too(local):
    assert run_probe(PROBES["sys.exit"], local).error.type_name == "SystemExit"


def test_an_argument_that_is_a_number_of_numpy_stays_one(remote):
    remote.run("def kind(x):\n    return type(x).__name__")
    assert run_probe(lambda code: code.kind(np.float64(2.0)), remote).value == "float64"


def test_arguments_keep_their_layout(local, remote):
    source = "def layout(x):\n    return x.flags.c_contiguous, x.flags.f_contiguous, x.dtype.str"
    remote.run(source)
    exec(source, local.namespace)
    for x in (W, W.T, np.asfortranarray(W), W.astype(np.float32)):
        assert plain(run_probe(lambda code: code.layout(x), local)) == plain(
            run_probe(lambda code: code.layout(x), remote)
        )


@pytest.mark.parametrize("side", ["local", "remote"])
def test_a_value_put_on_the_other_side_can_be_written_into(side, request):
    def probe(code):
        state = code.put({"calls": 0, "last": np.zeros(2)})
        code.note(np.ones(2), state)
        code.note(np.ones(2), {"calls": 5, "last": state["last"]})
        return state

    outcome = run_probe(probe, request.getfixturevalue(side))
    assert outcome.error is None and not outcome.changed
    assert outcome.value["calls"] == 1 and np.array_equal(outcome.value["last"], [2.0, 2.0])


TRAPS = """
import warnings
np.seterr(all="raise")
warnings.simplefilter("error")
def tiny(x):
    warnings.warn("careful")
    return np.exp(x - 1000) + np.log(x - x)
def own(x):
    with np.errstate(all="raise"):
        return np.exp(x - 1000)
class Lazy:
    @property
    def small(self):
        return np.exp(np.array(-1000.0)) / np.array(0.0)
    def __getitem__(self, key):
        return np.float32(np.float64(1e300))
"""


@pytest.mark.parametrize("side", ["local", "remote"])
def test_traps_that_a_notebook_has_left_set_do_not_spring(side):
    with np.errstate(), warnings.catch_warnings():
        if side == "local":
            host = Host({"np": np})
            exec(TRAPS, host.namespace)
        else:
            host = Sandbox()
            assert host.run("import numpy as np" + TRAPS).succeeded
        outcome = run_probe(lambda code: [code.tiny(X), code.Lazy().small, code.Lazy()[0]], host)
        assert outcome.error is None and np.all(outcome.value[0] == -np.inf)
        assert run_probe(lambda code: code.own(X), host).error.type_name == "FloatingPointError"
        if side == "remote":
            assert not host.run("np.exp(np.array(-1000.0))").succeeded  # its own cells run as it likes
            host.close()
