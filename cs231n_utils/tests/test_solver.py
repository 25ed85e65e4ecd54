import re
import signal

import numpy as np
import pytest

from cs231n_utils.training import Solver, load_params, sgd, what_the_curve_says


class Prototypes:
    """A point for each class, in the columns of W, and scores by nearness: a small model that no notebook asks for."""

    def __init__(self, dtype=np.float64):
        self.params = {"W": np.zeros((4, 3), dtype), "b": np.zeros(3, dtype)}
        self.batches = []

    def loss(self, X, y=None):
        W, b = self.params["W"], self.params["b"]
        if y is None:
            return X @ W - (W * W).sum(axis=0) / 2 + b
        self.batches.append(len(X))
        off, pull = W.T[y] - X, np.zeros_like(W)
        np.add.at(pull.T, y, off / off.size)
        return (off * off).mean() / 2 + (b * b).mean() / 2, {"W": pull, "b": b / 3}


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((260, 4))
    y = np.argmax(X[:, :3], axis=1)
    return {"X_train": X[:200], "y_train": y[:200], "X_val": X[200:], "y_val": y[200:]}


def make(data, model=None, **options):
    options = {"optim_config": {"learning_rate": 0.5}, "batch_size": 20, "num_epochs": 4, "verbose": False} | options
    return Solver(model or Prototypes(), data, **options)


def twice_seen(w, dw, config):
    """A rule with a state, as the ones of a later lesson have: it steps by this gradient and the one before."""
    config.setdefault("steps", 0)
    config["steps"] += 1
    before, config["seen"] = config.get("seen", np.zeros_like(w)), dw
    return w - config["learning_rate"] * (dw + before) / 2, config


def test_it_learns_and_keeps_the_histories(data):
    np.random.seed(0)
    solver = make(data)
    solver.train()
    assert len(solver.loss_history) == 40
    assert len(solver.train_acc_history) == len(solver.val_acc_history) == 5  # the first step, then each epoch
    np.random.seed(0)
    assert solver.loss_history[0] == pytest.approx((data["X_train"][np.random.choice(200, 20)] ** 2).mean() / 2)
    assert solver.best_val_acc == max(solver.val_acc_history) > 0.85
    assert solver.check_accuracy(data["X_val"], data["y_val"]) == solver.best_val_acc
    assert set(solver.model.batches) == {20}
    assert (solver.epoch, solver.iteration) == (4, 40)


def test_the_best_parameters_are_put_back(data):
    np.random.seed(0)

    def ruin_later(w, dw, config):
        config["n"] = config.get("n", 0) + 1
        return (w - dw if config["n"] <= 25 else -w), config

    solver = make(data, update_rule=ruin_later, num_epochs=5)
    solver.train()
    assert solver.val_acc_history[-1] < solver.best_val_acc  # an odd number of times turned round
    assert solver.check_accuracy(data["X_val"], data["y_val"]) == solver.best_val_acc


def test_batches_are_drawn_as_documented(data):
    # np.random.choice(N, batch) with replacement: a batch may be larger than the data.
    small = {name: array[:7] for name, array in data.items()}
    solver = make(small, batch_size=50, num_epochs=3)
    solver.train()
    assert solver.model.batches == [50, 50, 50]

    seen = []
    model = Prototypes()
    plain = model.loss
    model.loss = lambda X, y=None: (seen.append(X) if y is not None else None, plain(X, y))[1]
    np.random.seed(3)
    make(data, model, num_epochs=1).train()
    np.random.seed(3)
    np.testing.assert_array_equal(seen[0], data["X_train"][np.random.choice(200, 20)])


def test_the_learning_rate_decays_after_each_epoch(data):
    rates = []

    def watch(w, dw, config):
        rates.append(config["learning_rate"])
        return sgd(w, dw, config)

    make(data, update_rule=watch, lr_decay=0.5, num_epochs=3).train()
    assert rates == [0.5] * 20 + [0.25] * 20 + [0.125] * 20  # two parameters, ten steps


def test_sgd_is_the_formula_and_keeps_the_dtype():
    w = np.ones(3, np.float32)
    next_w, config = sgd(w, np.full(3, 2.0), {"learning_rate": 0.25})
    assert next_w.tolist() == [0.5] * 3
    assert next_w.dtype == np.float32
    assert sgd(np.ones(1), np.ones(1))[1] == {"learning_rate": 1e-2}


def test_the_dtype_of_the_model_is_kept(data):
    data = {name: array.astype(np.float32) if name[0] == "X" else array for name, array in data.items()}
    solver = make(data, Prototypes(np.float32))
    solver.train()
    assert {array.dtype for array in solver.model.params.values()} == {np.dtype(np.float32)}


def promoting(w, dw, config):
    """A right rule that computes in float64, whatever it is given."""
    return w - np.float64(config["learning_rate"]) * dw, config


@pytest.mark.parametrize("rule", ["sgd", promoting])
def test_a_model_is_trained_in_the_precision_of_the_images(data, rule):
    single = {name: array.astype(np.float32) if name[0] == "X" else array for name, array in data.items()}
    found = {}
    for images, dtype in ((data, np.float64), (single, np.float32)):
        seen, model = set(), Prototypes()
        loss = model.loss
        model.loss = lambda *batch: seen.update(value.dtype for value in model.params.values()) or loss(*batch)
        np.random.seed(0)
        make(images, model, update_rule=rule).train()
        assert seen == {value.dtype for value in model.params.values()} == {np.dtype(dtype)}
        found[dtype] = model.params["W"]
    assert found[np.float32] == pytest.approx(found[np.float64], rel=1e-5)


def test_a_parameter_is_never_made_wider_and_whole_numbers_stay_whole(data):
    solver = make(data)
    for value in (np.ones(2, np.float32), np.ones(2, int), 1.0):
        assert solver._no_wider(value) is value


def test_accuracy_of_a_sample_and_in_pieces(data):
    solver = make(data)
    X, y = data["X_train"], np.zeros(200, int)
    assert solver.check_accuracy(X, y) == 1.0  # zero weights: argmax says 0
    assert solver.check_accuracy(X, y, batch_size=7) == 1.0
    y[:100] = 1
    assert solver.check_accuracy(X, y) == 0.5
    np.random.seed(0)
    chosen = np.random.choice(200, 30)
    np.random.seed(0)
    assert solver.check_accuracy(X, y, num_samples=30) == np.mean(y[chosen] == 0)


@pytest.mark.parametrize("rule", ["sgd", twice_seen])
def test_a_resumed_run_is_bit_for_bit_the_uninterrupted_one(data, tmp_path, rule):
    options = {"update_rule": rule, "lr_decay": 0.9, "num_train_samples": 50}
    options["optim_config"] = {"learning_rate": np.float64(0.5)}  # not a float, and to stay what it is
    np.random.seed(1)
    whole = make(data, checkpoint_name=str(tmp_path / "run"), **options)
    whole.train()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"run_epoch_{n}.npz" for n in (1, 2, 3, 4)]

    np.random.seed(99)
    resumed = make(data, **options)
    resumed.load_checkpoint(tmp_path / "run_epoch_2.npz")
    assert (resumed.epoch, resumed.iteration) == (2, 20)
    resumed.train()
    assert resumed.loss_history == whole.loss_history
    assert resumed.train_acc_history == whole.train_acc_history
    assert resumed.val_acc_history == whole.val_acc_history
    assert resumed.best_val_acc == whole.best_val_acc
    for name, array in whole.model.params.items():
        np.testing.assert_array_equal(resumed.model.params[name], array)
        assert resumed.optim_configs[name].keys() == whole.optim_configs[name].keys()
        for key, value in whole.optim_configs[name].items():
            assert type(resumed.optim_configs[name][key]) is type(value)
            np.testing.assert_array_equal(resumed.optim_configs[name][key], value)


class Standardized(Prototypes):
    """A model that learns about its inputs on the way, in a running average."""

    def __init__(self):
        super().__init__()
        self.bn_params = [{"mode": "train"}, {"mode": "train", "count": 0}]

    def loss(self, X, y=None):
        state, counter = self.bn_params
        state["mode"] = "test" if y is None else "train"
        if y is not None:
            counter["count"] += 1
            state["running_mean"] = (state.get("running_mean", np.zeros(4)) + X[0]) / 2
        return super().loss(X - state["running_mean"], y)


def test_running_averages_belong_to_the_best_parameters(data):
    seen = {}

    def ruin_later(w, dw, config):
        if solver.epoch >= 2:
            return np.zeros_like(w), config
        return sgd(w, dw, config)

    class Watched(Standardized):
        def loss(self, X, y=None):
            if y is None:
                seen.setdefault(solver.iteration, self.bn_params[0]["running_mean"].copy())
            return super().loss(X, y)

    model = Watched()
    solver = make(data, model, update_rule=ruin_later)
    np.random.seed(0)
    solver.train()
    best = {0: 1, 1: 10, 2: 20}[int(np.argmax(solver.val_acc_history))]  # an epoch has 10 steps
    assert model.bn_params[1]["count"] == best < 40
    np.testing.assert_array_equal(model.bn_params[0]["running_mean"], seen[best])
    assert solver.check_accuracy(data["X_val"], data["y_val"]) == solver.best_val_acc
    model.bn_params[0]["running_mean"] += 1  # the solver has a copy of its own
    assert not np.array_equal(solver.best_bn_params[0]["running_mean"], model.bn_params[0]["running_mean"])


def test_running_averages_stand_in_a_checkpoint(data, tmp_path):
    np.random.seed(1)
    whole = make(data, Standardized(), checkpoint_name=str(tmp_path / "run"))
    whole.train()
    resumed = make(data, Standardized())
    resumed.load_checkpoint(str(tmp_path / "run_epoch_2.npz"))
    assert resumed.model.bn_params[1] == {"mode": "train", "count": 20} and len(resumed.best_bn_params) == 2
    resumed.train()
    assert resumed.loss_history == whole.loss_history and resumed.val_acc_history == whole.val_acc_history
    for own, other in zip(resumed.model.bn_params, whole.model.bn_params):
        assert own.keys() == other.keys() and all(np.array_equal(own[name], other[name]) for name in own)


def test_a_checkpoint_holds_no_pickle_and_must_fit_the_model(data, tmp_path):
    solver = make(data, update_rule=twice_seen, checkpoint_name=str(tmp_path / "run"), num_epochs=1)
    solver.train()
    assert {array.dtype.kind for array in load_params(tmp_path / "run_epoch_1.npz").values()} == {"f"}

    solver.model.params["b"] = np.zeros(4)
    with pytest.raises(ValueError, match="but the model has"):
        solver.load_checkpoint(tmp_path / "run_epoch_1.npz")
    np.savez(tmp_path / "other.npz", W=np.ones(2))
    with pytest.raises(ValueError, match="not a checkpoint"):
        solver.load_checkpoint(tmp_path / "other.npz")


def test_ctrl_c_keeps_the_state_and_train_goes_on(data, capsys):
    np.random.seed(2)
    whole = make(data)
    whole.train()

    np.random.seed(2)
    solver = make(data)
    plain = solver._step

    def interrupted():
        if solver.iteration == 13:
            solver._step = plain
            raise KeyboardInterrupt
        return plain()

    solver._step = interrupted
    solver.train()
    assert "Stopped after step 13 of 40. Nothing is lost" in capsys.readouterr().out
    assert len(solver.loss_history) == 13
    solver.train()
    assert solver.loss_history == whole.loss_history
    np.testing.assert_array_equal(solver.model.params["W"], whole.model.params["W"])


@pytest.mark.parametrize("moment", ["in the loss", "between two parameters", "in the accuracy"])
def test_a_stop_at_any_moment_loses_nothing(data, capsys, moment):
    np.random.seed(2)
    whole = make(data)
    whole.train()
    calls = []

    def interrupt_once():
        calls.append(moment)
        if len(calls) == 8:
            signal.raise_signal(signal.SIGINT)

    class Interrupted(Prototypes):
        def loss(self, X, y=None):
            if (y is None) == (moment == "in the accuracy"):
                interrupt_once()
            return super().loss(X, y)

    def rule(w, dw, config):
        if moment == "between two parameters":
            interrupt_once()
        return sgd(w, dw, config)

    np.random.seed(2)
    solver = make(data, Interrupted(), update_rule=rule)
    solver.train()
    assert "Nothing is lost" in capsys.readouterr().out
    assert 0 < solver.iteration == len(solver.loss_history) < 40
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    solver.train()
    assert solver.loss_history == whole.loss_history
    assert solver.val_acc_history == whole.val_acc_history
    np.testing.assert_array_equal(solver.model.params["W"], whole.model.params["W"])


def test_a_second_stop_does_not_wait(data, capsys):
    class Endless(Prototypes):
        def loss(self, X, y=None):
            for _ in range(2 if self.batches else 0):
                signal.raise_signal(signal.SIGINT)
            return super().loss(X, y)

    solver = make(data, Endless())
    solver.train()
    assert len(solver.loss_history) == 1
    assert "Stopped after step 1 of 40" in capsys.readouterr().out


@pytest.mark.filterwarnings("error")
def test_a_loss_that_is_nan_stops_the_training_with_a_sentence(data, capfd):
    class Diverges(Prototypes):
        def loss(self, X, y=None):
            if y is not None and len(self.batches) == 15:
                self.params["W"] = self.params["W"] * np.nan
                np.log(np.zeros(1)), np.exp(np.full(1, 1e9))  # the warnings that come with it
            return super().loss(X, y)

    np.random.seed(0)
    solver = make(data, Diverges())
    solver.train()
    out, err = capfd.readouterr()
    assert len(solver.loss_history) == 16
    assert np.isnan(solver.loss_history[-1])
    assert "Stopped at step 16 of 40: the loss is NaN" in out
    assert "W is not finite though the loss before was 0." in out
    assert err == ""
    assert solver.val_acc_history[-1] == np.mean(data["y_val"] == 0)  # argmax of NaN is class 0
    assert np.isfinite(solver.model.params["W"]).all()


def test_a_run_that_diverges_says_so_before_it_overflows(data, capfd):
    class Grows(Prototypes):
        def loss(self, X, y=None):
            found = super().loss(X, y)
            return found if y is None else (1.3 ** len(self.batches), found[1])

    make(data, Grows(), verbose=True).train()
    out, _ = capfd.readouterr()
    assert "diverging: the loss is ten times the first, or more" in out
    assert "The loss has grown from 1.3 to 3.61e+04: the run diverges. Try a tenth of the learning rate" in out
    make(data, Prototypes(), verbose=True).train()
    assert "diverg" not in capfd.readouterr().out


def test_progress_goes_to_stdout_only(data, capfd):
    make(data, verbose=True, num_epochs=2).train()
    out, err = capfd.readouterr()
    assert err == ""
    assert "20/20" in out
    assert re.search(r"2 of 2 epochs, loss 0\.\d{4}, accuracy 0\.\d{3} \(training\), 0\.\d{3} \(validation\)", out)
    assert (out.count("\n"), out.count("\r")) == (1, 0)  # in a file or pipe, one line in the end
    make(data, verbose=False).train()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("rule", ["adam", None, 3])
def test_an_unknown_rule_is_refused(data, rule):
    with pytest.raises(ValueError, match="update_rule must be"):
        make(data, update_rule=rule)


def test_an_unknown_option_is_refused(data):
    with pytest.raises(TypeError, match="learning_rate"):
        make(data, learning_rate=1e-3)


class Overflows(Prototypes):
    """A loss that raises e to the scores."""

    def loss(self, X, y=None):
        scores = X @ self.params["W"]
        return (
            scores if y is None else (np.exp(scores).mean(), {name: 0 * array for name, array in self.params.items()})
        )


def prepared(model, **params):
    model.params.update(params)
    return model


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("model", "rate", "stops_at", "sentence"),
    [
        (
            prepared(Overflows(), W=np.full((4, 3), 1e3)),
            1e-3,
            1,
            r"scores of size \d.* before the first step .*too large.* exp overflows from 710 on: is the largest",
        ),
        (
            prepared(Overflows(), W=np.diag([1e5, 1, 1, 1])[:, :3]),
            1e-3,
            1,
            "is the largest score of each row subtracted",
        ),
        (
            Prototypes(),
            50.0,
            None,
            r"The loss rose from [\d.]+ to [\de.+]+ before, so the learning rate \(50\) is too high: try 5",
        ),
        (prepared(Prototypes(), b=np.full(3, np.nan)), 0.1, 1, "b is not finite before the first step"),
        (
            prepared(Prototypes(), W=np.full((4, 3), 1e308)),
            0.1,
            1,
            "The scores overflow before the first step: W starts",
        ),
    ],
)
def test_the_cause_of_a_loss_that_is_not_finite_is_told(data, capsys, model, rate, stops_at, sentence):
    np.random.seed(0)
    solver = make(data, model, optim_config={"learning_rate": rate}, num_epochs=300)
    solver.train()
    out = capsys.readouterr().out
    assert re.search(sentence, out), out
    assert out.count("\n") == 1
    assert not np.isfinite(solver.loss_history[-1])
    assert np.isfinite(solver.loss_history[:-1]).all()
    assert solver.iteration == len(solver.loss_history) == (stops_at or solver.iteration) < 3000


def test_a_batch_that_is_not_finite_is_blamed(data, capsys):
    data["X_train"][:, 2] = np.inf
    make(data).train()
    assert "The batch itself has entries that are not finite" in capsys.readouterr().out


def test_live_curves_are_quiet_without_a_notebook(data, capsys):
    make(data, live=True).train()
    assert capsys.readouterr() == ("", "")


def test_a_layer_that_stands_still_is_told_unless_its_rate_is_0(data):
    solver = make(data)  # the gradient of b is 0 as long as b is
    solver.train()
    said = what_the_curve_says(solver, num_classes=3)
    assert said and said.sentence.startswith("b is still what it was before, though W has moved: does the update reach")
    frozen = make(data)
    frozen.optim_configs["b"]["learning_rate"] = 0.0
    frozen.train()
    assert list(frozen.first_params) == ["W"] and what_the_curve_says(frozen, num_classes=3) != said
