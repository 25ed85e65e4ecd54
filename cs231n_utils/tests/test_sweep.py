"""Many trainings at once: each is the one that it would have been alone."""

import numpy as np
import pytest

from cs231n_utils.training import grid, sweep

GRID = grid(hidden_size=[5, 8], learning_rate=[0.05, 0.2], reg=[0.0, 0.03])


def make(hidden_size):
    """A net that no notebook asks for: waves of straight lines, pulled to one number for each class."""
    return {"W1": 0.3 * np.random.randn(12, hidden_size), "phase": np.zeros(hidden_size),
            "out": 0.3 * np.random.randn(hidden_size, 3)}  # fmt: skip


def loss(params, X, y=None, reg=0.0):
    angle = X @ params["W1"] + params["phase"]
    scores = np.sin(angle) @ params["out"]
    if y is None:
        return scores
    off = scores - np.eye(3, dtype=X.dtype)[y]
    pull = 2 * off / len(X)
    back = pull @ params["out"].T * np.cos(angle)
    penalty = reg * ((params["W1"] ** 2).sum() + (params["out"] ** 2).sum() / 2)
    grads = {"W1": X.T @ back + 2 * reg * params["W1"], "phase": back.sum(axis=0),
             "out": np.sin(angle).T @ pull + reg * params["out"]}  # fmt: skip
    return (off**2).sum() / len(X) + penalty, grads


def alone(data, hidden_size, learning_rate, reg, num_iters, learning_rate_decay=0.95):
    X, y, losses = data["X_train"], data["y_train"], []
    np.random.seed(3)
    params = {name: value.astype(X.dtype) for name, value in make(hidden_size).items()}
    np.random.seed(3)
    for step in range(num_iters):
        chosen = np.random.choice(len(X), 20)
        losses.append(loss(params, X[chosen], y[chosen])[0])
        grads = loss(params, X[chosen], y[chosen], reg)[1]
        for name, value in params.items():
            value -= learning_rate * grads[name]
        if step % (len(X) // 20) == 0:
            learning_rate *= learning_rate_decay
    return params, losses


@pytest.fixture
def data():
    random = np.random.default_rng(0)
    X = random.standard_normal((150, 12))
    y = X[:, :3].argmax(axis=1)
    return {"X_train": X[:110], "y_train": y[:110], "X_val": X[110:], "y_val": y[110:]}


def swept(data, settings=GRID, **options):
    options = {"num_iters": 60, "batch_size": 20, "seed": 3, "verbose": False, **options}
    return sweep(make, loss, data, settings, **options)


@pytest.mark.parametrize(("dtype", "near"), [(np.float64, 1e-10), (np.float32, 1e-3)])
def test_each_net_is_the_one_it_would_have_become_alone(data, dtype, near):
    data |= {name: data[name].astype(dtype) for name in ("X_train", "X_val")}
    np.random.seed(8)
    before = np.random.get_state()[1].copy()
    found = swept(data)
    assert np.array_equal(np.random.get_state()[1], before)  # nobody else's random numbers are touched
    assert found.names == ("hidden_size", "learning_rate", "reg") and len(found.results) == 8
    for setting in GRID:
        params, losses = alone(data, **setting, num_iters=60)
        key = tuple(setting.values())
        assert found.losses[key] == pytest.approx(losses, rel=near)
        for name, value in params.items():
            assert found.params[key][name].dtype == dtype
            assert found.params[key][name] == pytest.approx(value, rel=near, abs=near)
        right = loss(params, data["X_val"]).argmax(axis=1) == data["y_val"]
        assert found.results[key] == pytest.approx(right.mean())
    assert found.results[found.best] == max(found.results.values()) > 0.5


def test_a_net_that_diverges_is_left_out_and_harms_no_other(data):
    wild = grid(hidden_size=[5, 8], learning_rate=[0.05, 1e200], reg=[0.03])
    found, calm = swept(data, wild), swept(data, grid(hidden_size=[5, 8], learning_rate=[0.05], reg=[0.03]))
    assert [key for key, value in found.results.items() if np.isnan(value)] == [(5, 1e200, 0.03), (8, 1e200, 0.03)]
    assert found.params.keys() == calm.params.keys()
    assert len(found.losses[5, 1e200, 0.03]) < 60
    for key, params in calm.params.items():
        for name, value in params.items():
            assert found.params[key][name] == pytest.approx(value, rel=1e-12)
    assert np.isnan(list(swept(data, wild[1::2]).results.values())).all()  # nobody is left
    assert str(found).splitlines()[-1].split() == ["8", "1e+200", "0.03", "diverged"]


def test_an_interrupted_sweep_ends_with_the_same_numbers(data, tmp_path):
    calls = 0

    def interrupted(*arguments, **options):
        nonlocal calls
        calls += 1
        if calls == 4 + 8 * 23:
            raise KeyboardInterrupt
        return loss(*arguments, **options)

    wild = [*GRID[:7], {**GRID[7], "learning_rate": 1e200}]
    whole = swept(data, wild)
    with pytest.raises(KeyboardInterrupt):
        sweep(make, interrupted, data, wild, num_iters=60, batch_size=20, seed=3, verbose=False, folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    before = calls
    found = sweep(make, interrupted, data, wild, num_iters=60, batch_size=20, seed=3, verbose=False, folder=tmp_path)
    assert calls - before < 7 * 45 + 30  # not from the beginning
    assert found.results == pytest.approx(whole.results, nan_ok=True)
    for key in whole.params:
        assert found.losses[key] == whole.losses[key]
        for name in whole.params[key]:
            assert np.array_equal(found.params[key][name], whole.params[key][name])
    swept(data, wild, folder=tmp_path, seed=4)
    assert len(list(tmp_path.iterdir())) == 2  # another seed is another sweep


def test_a_penalty_of_another_kind_is_refused(data):
    def lasso(params, X, y=None, reg=0.0):
        value, grads = loss(params, X, y)
        return value, grads | {"out": grads["out"] + reg * np.sign(params["out"])}

    with pytest.raises(ValueError, match=r"a multiple of reg \* out"):
        sweep(make, lasso, data, GRID)
    with pytest.raises(ValueError, match="the same names"):
        swept(data, [{"hidden_size": 5}, {"hidden_size": 5, "reg": 0.1}])


def test_a_table_and_a_map(data, capsys):
    found = swept(data, verbose=True)
    assert "60/60" in capsys.readouterr().out
    head, best, *_ = str(found).splitlines()
    assert head.split("  ")[-1] == "validation accuracy" and head.split()[:3] == list(found.names)
    assert best.split() == [*map("{:g}".format, found.best), f"{found.results[found.best]:.3f}"]
    found.plot(by=("learning_rate", "hidden_size"))
