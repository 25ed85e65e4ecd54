"""Functions written for tensors and called with arrays: with PyTorch, and with a stand-in where there is none."""

import inspect
import sys
from importlib.machinery import ModuleSpec

import numpy as np
import pytest

from cs231n_utils.tests import stand_in_for_torch
from cs231n_utils.training import takes_tensors, tensors
from cs231n_utils.training.trainings import fingerprint


@pytest.fixture(params=["a stand-in", "PyTorch"])
def torch(request, monkeypatch):
    if request.param == "PyTorch":
        return pytest.importorskip("torch", reason="PyTorch is optional")
    monkeypatch.setattr(stand_in_for_torch, "__spec__", ModuleSpec("torch", None))
    monkeypatch.setitem(sys.modules, "torch", stand_in_for_torch)
    return stand_in_for_torch


@takes_tensors
def affine(params, X):
    return X.mm(params["W"]) + params["b"]


def params():
    return {"W": np.arange(6.0).reshape(2, 3), "b": np.ones(3)}


def test_arrays_go_in_and_arrays_come_out(torch):
    X = np.array([[1.0, 2.0]])
    out = affine(params(), X=X)
    assert type(out) is np.ndarray and out.dtype == np.float64
    assert np.array_equal(out, X @ params()["W"] + 1)
    single = affine({name: value.astype(np.float32) for name, value in params().items()}, X.astype(np.float32))
    assert single.dtype == np.float32
    wide = takes_tensors(lambda x: {"loss": x.sum(), "rest": (x > 1, [x.max(dim=0)[1]], "a word", None)})(X)
    assert type(wide["loss"]) is np.float64 and wide["loss"] == 3.0
    assert (
        wide["rest"][0].dtype == bool and wide["rest"][1][0].dtype == np.int64 and wide["rest"][2:] == ("a word", None)
    )


def test_tensors_go_in_and_tensors_come_out(torch):
    there = {name: torch.from_numpy(value) for name, value in params().items()}
    assert isinstance(affine(there, torch.from_numpy(np.eye(2))), torch.Tensor)
    assert type(affine(there, np.eye(2))) is np.ndarray  # who has an array wants one

    @takes_tensors
    def twice(params, X, function):
        assert isinstance(function(params, X), torch.Tensor)
        return function(params, X) + function(params, X)

    assert np.array_equal(twice(params(), np.eye(2), affine), 2 * affine(params(), np.eye(2)))
    assert twice.__name__ == "twice" and list(inspect.signature(twice).parameters) == ["params", "X", "function"]


LAYOUTS = {
    "as usual": lambda: np.ones((3, 2)),
    "in Fortran order": lambda: np.ones((3, 2), order="F"),
    "backwards": lambda: np.ones((3, 4))[::-1, ::-2],
    "of the other byte order": lambda: np.ones((3, 2), dtype=">f8"),
    "whole numbers": lambda: np.ones((3, 2), dtype=np.int64),
    "small labels": lambda: np.ones(3, dtype=np.uint8),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_changed_in_place_is_changed_for_the_caller(torch, layout):
    array = LAYOUTS[layout]()

    @takes_tensors
    def double(x, again):
        assert x is again
        x += x
        return x

    assert double(array, array) is array
    assert (array == 2).all()


def test_what_may_not_be_written_is_not(torch):
    array = np.ones(3)
    array.flags.writeable = False

    @takes_tensors
    def double(x):
        x += x

    with pytest.raises(ValueError, match="read-only"):
        double(array)
    assert (array == 1).all()
    assert takes_tensors(lambda x: x + x)(array).tolist() == [2, 2, 2]


def test_dictionaries_are_the_callers_own(torch):
    mine = params() | {"more": {"old": np.zeros(1)}}
    W, b = mine["W"], mine["b"]

    @takes_tensors
    def step(params):
        params["W"] -= 1.0
        params["b"] = params["b"] - 1.0
        params["more"]["new"] = params["b"]
        del params["more"]["old"]
        return params

    assert step(mine) is mine
    assert mine["W"] is W and W[0, 0] == -1
    assert type(mine["b"]) is np.ndarray and not mine["b"].any() and b.all()
    assert list(mine["more"]) == ["new"] and mine["more"]["new"].tolist() == [0, 0, 0]


def test_what_is_put_into_an_empty_container_comes_back_as_an_array(torch):
    state: dict = {"count": 1}
    notes: list = []

    @takes_tensors
    def note(x, state, notes):
        state["velocity"] = x + x
        notes.append(x.sum())
        return x, state

    X = np.ones(2)
    out, again = note(X, state, notes)
    assert out is X and again is state
    assert type(state["velocity"]) is np.ndarray and state["count"] == 1 and notes == [2.0]
    assert type(notes[0]) is np.float64
    note(torch.from_numpy(X), state, notes)  # an array in a dictionary is one, too
    assert type(state["velocity"]) is np.ndarray and len(notes) == 2


def test_what_was_changed_before_an_exception_has_been_changed(torch):
    mine = params()

    @takes_tensors
    def step(params):
        params["b"] = 2.0 * params["b"]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        step(mine)
    assert mine["b"].tolist() == [2, 2, 2]
    assert isinstance(affine(mine, np.eye(2)), np.ndarray)


def test_labels_are_int64_and_pictures_floats(torch):
    kinds = takes_tensors(lambda *arrays: [str(one.dtype) for one in arrays])
    y, X, W = np.zeros(3, np.uint8), np.zeros((3, 2), np.uint8), np.zeros((2, 2))
    assert kinds(y, X, W) == ["torch.int64", "torch.float64", "torch.float64"]
    assert kinds(y, X, W.astype(np.float32)) == ["torch.int64", "torch.float32", "torch.float32"]
    assert kinds(X, torch.from_numpy(W))[0] == "torch.float64"
    assert kinds(X) == ["torch.float32"]


def test_a_seed_of_numpy_decides_and_each_call_draws_anew(torch):
    draw = takes_tensors(lambda x: torch.randint(1000, (6,)) if len(x) else [draw(x + 1.0), draw(x + 1.0)])

    def some(x):
        np.random.seed(3)
        return [np.asarray(one).tolist() for one in (draw(x), draw(x))]

    first = some(np.ones(2))
    assert some(np.ones(2)) == first and first[0] != first[1]
    assert some(torch.from_numpy(np.ones(2))) == first

    @takes_tensors
    def with_a_seed_of_its_own(x):
        torch.manual_seed(0)
        affine(params(), x)  # a call inside does not begin anew
        return torch.randint(1000, (6,))

    assert np.array_equal(with_a_seed_of_its_own(np.eye(2)), with_a_seed_of_its_own(np.eye(2)))


def test_a_changed_function_is_another_training(torch):
    one, same, other = (takes_tensors(eval(text)) for text in ("lambda x: x + 1", "lambda x: x + 1", "lambda x: x + 2"))
    assert fingerprint([one]) == fingerprint([same]) != fingerprint([other])


def test_without_pytorch_it_is_said_at_the_call(monkeypatch):
    monkeypatch.setattr(tensors, "find_spec", lambda name: None)
    decorated = takes_tensors(lambda x: x)
    with pytest.raises(ValueError, match="needs PyTorch, which is not installed here"):
        decorated(np.ones(2))


def test_it_is_imported_with_the_first_call(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    takes_tensors(lambda x: x)
    assert "torch" not in sys.modules
