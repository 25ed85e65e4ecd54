import sys

import numpy as np
import pytest

from cs231n_utils.training import best_device, devices, library_of, to_device, to_numpy


def test_numpy_is_the_library_of_all_that_is_no_tensor():
    assert library_of(np.ones(2)) is np
    assert library_of([1.0]) is np and library_of(2) is np


def test_arrays_get_the_dtype_and_labels_keep_theirs():
    data = {"X": np.ones((2, 3)), "y": np.array([0, 1]), "parts": [np.zeros(1), "a word"], "both": (np.ones(1), 3)}
    moved = to_device(data, "numpy", "float32")
    assert moved["X"].dtype == np.float32 and moved["y"].dtype == np.int64
    assert moved["parts"][0].dtype == np.float32 and moved["parts"][1] == "a word"
    assert isinstance(moved["both"], tuple) and moved["both"][1] == 3
    assert data["X"].dtype == np.float64


def test_what_is_as_wanted_already_is_not_copied():
    X = np.ones((2, 3), dtype=np.float32)
    assert to_device(X) is X and to_numpy(X) is X


def test_parameters_are_put_to_where_the_data_lie():
    X = np.ones((2, 3), dtype=np.float32)
    assert to_device(np.zeros(2), X.device, X.dtype).dtype == np.float32
    torch = pytest.importorskip("torch", reason="PyTorch is optional")
    W = to_device(np.zeros(2), torch.ones(2, dtype=torch.float64).device, torch.float64)
    assert library_of(W) is torch and W.dtype == torch.float64
    assert library_of(to_device(W, X.device, X.dtype)) is np


def test_without_pytorch_a_device_of_it_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(devices, "find_spec", lambda name: None)
    assert best_device() == "numpy"
    with pytest.raises(ValueError, match='device "cpu" needs PyTorch, which is not installed'):
        to_device(np.ones(2), "cpu")


def test_nothing_here_imports_pytorch_by_itself(monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    to_device({"X": np.ones(2)}), to_numpy([np.ones(2)]), library_of(np.ones(2))
    assert "torch" not in sys.modules


def test_there_and_back():
    torch = pytest.importorskip("torch", reason="PyTorch is optional")
    there = to_device({"X": np.ones((2, 3)), "y": np.array([0, 1])}, "cpu", "float32")
    assert library_of(there["X"]) is torch and there["X"].dtype == torch.float32 and there["y"].dtype == torch.int64
    back = to_numpy(there)
    assert library_of(back["X"]) is np and back["X"].dtype == np.float32
    np.testing.assert_array_equal(to_device(there["X"], "numpy", "float64"), np.ones((2, 3)))
    assert best_device() in ("numpy", "cuda")


def test_what_both_libraries_share_gives_the_same_numbers():
    """The operations that the notebooks of training_study rely on."""
    pytest.importorskip("torch", reason="PyTorch is optional")
    X, y = np.cos(np.arange(12.0)).reshape(4, 3), np.array([0, 2, 1, 1])
    chosen = np.array([3, 0, 0, 2, 1])

    def work(X, y):
        xp = library_of(X)
        X, y = X[chosen], y[chosen]
        square = X @ X.T
        picked = square[xp.arange(len(X)), y]
        square[xp.arange(len(X)), y] += 1
        return {
            "clipped": square.clip(min=0),
            "largest": xp.amax(square, axis=1, keepdims=True),
            "picked": float(picked.sum()),
            "exp": xp.exp(square),
            "log": xp.log(xp.exp(square).sum(axis=1, keepdims=True)),
            "changed": square,
            "columns": (square * (square > 0)).sum(axis=0),
            "best": square.argmax(axis=1),
            "right": float((square.argmax(axis=1) == y).sum()),
        }

    ours, theirs = work(X, y), to_numpy(work(*to_device((X, y), "cpu", "float64")))
    for name in ours:
        np.testing.assert_allclose(theirs[name], ours[name], rtol=1e-12, err_msg=name)
