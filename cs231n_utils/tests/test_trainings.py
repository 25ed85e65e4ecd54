import numpy as np
import pytest

from cs231n_utils.training import Trainings, to_device, to_numpy


def walk(params, steps, rate):
    """A training that rests on chance: a random walk."""
    history = []
    for _ in range(steps):
        params["W"] -= rate * np.float32(np.random.randn())
        history.append(float(params["W"][0]))
    return {"loss_history": history, "val_acc_history": [0.1]}


def study(folder, rates, stop_after=None, functions=(walk,), X=np.ones((3, 2))):
    """Train with several rates, one after the other; return the histories, the parameters and how many were run."""
    trainings, ran, found = Trainings(folder, functions), [], {}
    np.random.seed(0)
    for rate in rates:
        if len(ran) == stop_after:
            break
        params = {"W": np.float32(np.random.randn(4))}

        def train():
            ran.append(rate)
            return walk(params, 5, rate)

        stats = trainings.run(params, train, X, rate=rate)
        found[rate] = stats, params["W"]
    return found, ran


def test_an_interrupted_study_ends_with_the_numbers_of_one_that_ran_through(tmp_path):
    through, ran = study(tmp_path / "through", (0.1, 0.2, 0.3))
    assert ran == [0.1, 0.2, 0.3]
    study(tmp_path / "again", (0.1, 0.2, 0.3), stop_after=2)
    again, ran = study(tmp_path / "again", (0.1, 0.2, 0.3))
    assert ran == [0.3]
    for rate in through:
        assert again[rate][0] == through[rate][0]
        np.testing.assert_array_equal(again[rate][1], through[rate][1])
    assert study(tmp_path / "again", (0.1, 0.2, 0.3))[1] == []


def test_another_setting_data_set_or_function_is_another_training(tmp_path):
    study(tmp_path, (0.1,))
    assert study(tmp_path, (0.5,))[1] == [0.5]
    assert study(tmp_path, (0.1,), X=np.zeros((3, 2)))[1] == [0.1]
    assert study(tmp_path, (0.1,), functions=(walk, study))[1] == [0.1]
    assert study(tmp_path, (0.1,))[1] == []


def test_a_corrected_function_is_another_one(tmp_path):
    def right(x):
        return x + 1

    def wrong(x):
        return x + 2

    study(tmp_path, (0.1,), functions=(wrong,))
    assert study(tmp_path, (0.1,), functions=(right,))[1] == [0.1]
    assert study(tmp_path, (0.1,), functions=(wrong,))[1] == []


def test_a_damaged_file_is_made_again(tmp_path):
    study(tmp_path, (0.1,))
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:200])
    assert study(tmp_path, (0.1,))[1] == [0.1]
    assert study(tmp_path, (0.1,))[1] == []


def test_tensors_are_kept_and_recalled(tmp_path):
    pytest.importorskip("torch", reason="PyTorch is optional")
    ends = []
    for _ in range(2):
        params = to_device({"W": np.zeros(3)}, "cpu", "float32")

        def train():
            params["W"] -= 1.5
            return {"loss_history": [2.0]}

        np.random.seed(1)
        assert Trainings(tmp_path).run(params, train) == {"loss_history": [2.0]}
        ends.append(to_numpy(params)["W"])
    np.testing.assert_array_equal(ends[1], [-1.5, -1.5, -1.5])
    assert len(list(tmp_path.iterdir())) == 1
