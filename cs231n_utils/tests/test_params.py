import os
import pickle
import zipfile

import numpy as np
import pytest

from cs231n_utils.training import load_info, load_params, params, save_params


def test_arrays_and_words_come_back_as_they_were(tmp_path):
    path = tmp_path / "net.npz"
    params = {"W1": np.arange(6, dtype=np.float32).reshape(2, 3), "file": np.array(3), "b/1": np.empty((0, 2))}
    save_params(path, params, data="stand-in", hidden=50, lr=0.1, tuned=True)
    loaded = load_params(path)
    assert list(loaded) == ["W1", "file", "b/1"]
    for name, array in params.items():
        assert loaded[name].dtype == array.dtype
        np.testing.assert_array_equal(loaded[name], array)
    assert load_info(path) == {"data": "stand-in", "hidden": 50, "lr": 0.1, "tuned": True}


def test_the_same_content_gives_the_same_bytes_and_leaves_nothing_else(tmp_path):
    for name in ("a.npz", "b.npz"):
        save_params(tmp_path / name, {"W": np.ones(3)}, data="x")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["a.npz", "b.npz"]


def test_a_file_of_plain_numpy_is_read_too(tmp_path):
    np.savez(tmp_path / "x.npz", W=np.ones(2))
    assert load_params(tmp_path / "x.npz")["W"].tolist() == [1, 1]
    assert load_info(tmp_path / "x.npz") == {}


@pytest.mark.parametrize(
    "params", [{"W": None}, {"W": ...}, {"W": "text"}, {"W": [[1], [2, 3]]}, {1: np.ones(2)}, {"__info__": np.ones(2)}]
)
def test_what_is_not_an_array_of_numbers_is_refused(tmp_path, params):
    with pytest.raises((TypeError, ValueError)):
        save_params(tmp_path / "net.npz", params)
    assert os.listdir(tmp_path) == []


def test_an_info_value_must_be_simple(tmp_path):
    with pytest.raises(TypeError, match="stats must be a text or a number"):
        save_params(tmp_path / "net.npz", {}, stats=[1])


class Attack:
    def __reduce__(self):
        return os.mkdir, ("run-by-the-attack",)


def test_nothing_in_a_file_is_ever_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("objects.npz", W=np.array([Attack()], dtype=object))
    (tmp_path / "pickle.npz").write_bytes(pickle.dumps(Attack()))
    np.save("single.npy", np.ones(2))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "objects.npz").read_bytes()[:100])
    for name in ("objects.npz", "pickle.npz", "single.npy", "cut.npz"):
        with pytest.raises(ValueError, match="not a file of plain arrays"):
            load_params(name)
    assert not os.path.exists("run-by-the-attack")


def test_a_file_far_too_large_is_not_loaded(tmp_path, monkeypatch):
    path = tmp_path / "data.npz"
    np.savez_compressed(path, W=np.zeros(500_000))  # 4 MB in a file of some kB
    assert load_params(path)["W"].shape == (500_000,)
    monkeypatch.setattr(params, "_LARGEST", 3_000_000)
    monkeypatch.setattr(np, "load", None)
    for load in (load_params, load_info):
        with pytest.raises(ValueError, match="data.npz holds 4 MB of numbers.* is it the right file"):
            load(path)


def test_a_shape_that_the_file_does_not_hold_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive, archive.open("W.npy", "w") as entry:
        header = {"descr": "<f8", "fortran_order": False, "shape": (10**15,)}
        np.lib.format.write_array_header_1_0(entry, header)
    with pytest.raises(ValueError, match="not a file of plain arrays"):
        load_params(tmp_path / "x.npz")


def test_a_missing_file_is_explained(tmp_path):
    with pytest.raises(FileNotFoundError, match="has the cell that saves it been run"):
        load_params(tmp_path / "none.npz")
