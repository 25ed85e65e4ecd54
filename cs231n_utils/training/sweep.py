"""Train networks of many settings at once, on the same mini-batches.

A product of 200 images with the first layer of a small network is too small for a processor to be quick at. So the
first layers of all networks are put side by side, and one product serves them all. What comes after the first layer is
left to the function `loss` that each network is trained with.

How can `loss` be asked for what comes after the first layer only? By giving it other inputs. Let ``A = X @ W1``, of
shape (N, H), take the place of ``W1``, and the identity matrix that of the batch of N examples. Their product is A,
too: so the scores, the loss and the gradients of all other parameters are those of X and W1. And what `loss` returns
as the gradient of "W1" is the gradient of A, from which that of W1 follows: ``X.T @ dA``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from cs231n_utils.progress import progress
from cs231n_utils.training.params import load_params, save_params
from cs231n_utils.training.trainings import fingerprint

Params = dict[str, np.ndarray]
Setting = Mapping[str, Any]
Key = tuple[Any, ...]

_OF_TRAINING = {"learning_rate": 1e-3, "learning_rate_decay": 0.95, "reg": 0.0}
_TOGETHER = 960  # hidden units: so many that a product is quick; with more of them, the memory is what is waited for
_ROWS = 256  # of their weights, for the same reason


def grid(**values: Iterable[Any]) -> list[dict[str, Any]]:
    """Return all combinations of some values, as settings for `sweep`.

    Examples
    --------
    >>> grid(hidden_size=[40, 60], reg=[0.2])
    [{'hidden_size': 40, 'reg': 0.2}, {'hidden_size': 60, 'reg': 0.2}]
    """
    return [dict(zip(values, one)) for one in product(*values.values())]


@dataclass
class Swept:
    """What a sweep has found.

    Attributes
    ----------
    names : tuple of str
        What the hyperparameters are called.
    results : dict
        The validation accuracy by setting, the values in the order of `names`; NaN where the training diverged. This is
        what `plot_tuning` draws.
    params : dict
        The parameters of each network that has not diverged, by setting.
    losses : dict
        The loss of each step's batch, without the penalty, by setting.
    """

    names: tuple[str, ...]
    results: dict[Key, float] = field(default_factory=dict)
    params: dict[Key, Params] = field(default_factory=dict)
    losses: dict[Key, list[float]] = field(default_factory=dict)

    @property
    def best(self) -> Key:
        """The setting with the highest validation accuracy."""
        return max(self.params, key=self.results.__getitem__)

    def __str__(self) -> str:
        """A table, best first."""
        ranked = sorted(self.results.items(), key=lambda item: -1.0 if np.isnan(item[1]) else item[1], reverse=True)
        rows = [(*map(_word, key), "diverged" if np.isnan(value) else f"{value:.3f}") for key, value in ranked]
        rows.insert(0, (*self.names, "validation accuracy"))
        widths = [max(map(len, column)) for column in zip(*rows)]
        return "\n".join("  ".join(word.rjust(width) for word, width in zip(row, widths)) for row in rows)

    def plot(self, by: Sequence[str] | None = None, **options: Any) -> None:
        """Draw a map of two hyperparameters, or a list of the best settings; see `cs231n_utils.plots.plot_tuning`."""
        from cs231n_utils.plots import plot_tuning  # imported late: half a second, only for pictures

        plot_tuning(self.results, names=self.names, by=by, **options)


def sweep(
    make: Callable[..., Params],
    loss: Callable[..., Any],
    data: Mapping[str, Any],
    settings: Iterable[Setting],
    *,
    num_iters: int = 1000,
    batch_size: int = 200,
    seed: int = 0,
    folder: str | Path | None = None,
    verbose: bool = True,
) -> Swept:
    """Train a network for each setting by stochastic gradient descent, all of them at once.

    Each network is the one that it would have become alone, up to rounding: with ``np.random.seed(seed)`` before its
    parameters are made, and again before a loop that draws each batch by ``np.random.choice(N, batch_size)`` and
    multiplies the learning rate by its decay after the first step of each epoch.

    Parameters
    ----------
    make : callable
        ``make(hidden_size=50)`` gives the parameters of a new network, a dictionary of arrays, for all that a setting
        names besides the three hyperparameters of the training. The inputs meet the network in one place: they are
        multiplied by ``"W1"``, of shape (D, H).
    loss : callable
        ``loss(params, X)`` gives the scores, ``loss(params, X, y, reg=0.1)`` the loss and its gradients. It has no
        chance in it (no dropout), no memory (no running averages), and its penalty is `reg` times a sum of squares.
    data : dict
        ``X_train`` (N, D), ``y_train`` (N,), ``X_val``, ``y_val``.
    settings : iterable of dict
        All with the same names: ``learning_rate``, ``learning_rate_decay`` and ``reg``, which have the defaults 1e-3,
        0.95 and 0; and what `make` is to be given. See `grid`.
    num_iters, batch_size : int
        For each training.
    seed : int
        Of the parameters and of the batches.
    folder : path, optional
        Where the state is kept after each epoch: a sweep that was interrupted goes on from there, with the same result.
    verbose : bool
        Show a progress bar.

    Returns
    -------
    Swept
        ``print`` it for a table; its method ``plot`` draws a map.

    Raises
    ------
    ValueError
        If there are no settings, they have different names, or the penalty is not of that kind.

    Examples
    --------
    >>> found = sweep(lambda hidden_size: TwoLayerNet(3072, hidden_size, 10).params, nn_forward_backward, data,
    ...               grid(hidden_size=[40, 80], learning_rate=[5e-4, 1e-3], reg=[0.2, 0.4]))      # doctest: +SKIP
    >>> found.plot(by=("learning_rate", "hidden_size"))                                            # doctest: +SKIP
    """
    settings = list(settings)
    if not settings or any(setting.keys() != settings[0].keys() for setting in settings):
        raise ValueError("settings should be one dictionary or more, all of them with the same names")
    X, y = data["X_train"], data["y_train"]
    nets = [_new_net(make, setting, seed, X.dtype) for setting in settings]
    shrinking = _shrinking(loss, nets[0].params)
    random, done, state = np.random.RandomState(seed), 0, None
    if folder is not None:
        given = [net.params for net in nets], settings, X, y, num_iters, batch_size, seed
        state = Path(folder) / f"{fingerprint([loss], *given)}.npz"
        done = _recall(state, nets, random) if state.is_file() else 0

    blocks = _side_by_side(nets)
    epoch = max(len(X) // batch_size, 1)
    bar = progress(None, initial=done, total=num_iters, unit="steps", desc="sweep: ", disable=not verbose)
    with bar, np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for step in range(done, num_iters):
            chosen = random.choice(len(X), batch_size)
            images, labels = X[chosen], y[chosen]
            for block in blocks:
                block.step(loss, images, labels, shrinking)
            blocks = [block for block in blocks if block.nets]
            if step % epoch == 0:
                for net in nets:
                    net.learning_rate *= net.decay
                if state is not None:
                    _keep(state, nets, random)
            bar.set_postfix_str(f"{sum(net.diverged for net in nets)} of {len(nets)} diverged", refresh=False)
            bar.update()
        for block in blocks:
            block.predict(loss, data["X_val"], batch_size)

    found = Swept(tuple(settings[0]))
    for net, setting in zip(nets, settings):
        key = tuple(setting[name] for name in found.names)
        found.losses[key] = net.losses
        found.results[key] = np.nan if net.diverged else float(np.mean(net.predicted == data["y_val"]))
        if not net.diverged:
            found.params[key] = {name: value.copy() for name, value in net.params.items()}
    return found


def _word(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, (int, float, np.number)) else str(value)


@dataclass(eq=False)
class _Net:
    params: Params
    learning_rate: float
    decay: float
    reg: float
    losses: list[float] = field(default_factory=list)
    predicted: Any = None

    @property
    def diverged(self) -> bool:
        return bool(self.losses) and not np.isfinite(self.losses[-1])


class _Block:
    """Networks whose first layers are columns of one matrix."""

    def __init__(self, nets: list[_Net]):
        self.nets = nets
        self._put_side_by_side()

    def _put_side_by_side(self) -> None:
        self.W1 = np.concatenate([net.params["W1"] for net in self.nets], axis=1)
        ends = np.cumsum([net.params["W1"].shape[1] for net in self.nets])
        self.columns = [slice(end - net.params["W1"].shape[1], end) for net, end in zip(self.nets, ends)]
        for net, columns in zip(self.nets, self.columns):
            net.params["W1"] = self.W1[:, columns]
        self._products = np.empty_like(self.W1[:_ROWS])

    def _behind(self, A: np.ndarray) -> Iterator[tuple[_Net, slice, Params]]:
        """For each network what `loss` is to be given as its parameters, with the identity matrix as the examples."""
        for net, columns in zip(self.nets, self.columns):
            yield net, columns, {**net.params, "W1": A[:, columns]}

    def step(self, loss: Callable[..., Any], X: np.ndarray, y: np.ndarray, shrinking: dict[str, float]) -> None:
        """Take one step with each network, and leave out from now on those that have diverged."""
        A, examples = X @ self.W1, np.eye(len(X), dtype=X.dtype)
        dA, shrunk = np.zeros_like(A), np.ones(A.shape[1], A.dtype)
        for net, columns, params in self._behind(A):
            value, grads = loss(params, examples, y, reg=0.0)
            net.losses.append(float(value))
            if net.diverged:
                continue
            dA[:, columns] = net.learning_rate * grads["W1"]
            shrunk[columns] -= net.learning_rate * net.reg * shrinking["W1"]
            for name in net.params.keys() - {"W1"}:
                net.params[name] *= 1 - net.learning_rate * net.reg * shrinking[name]
                net.params[name] -= net.learning_rate * grads[name]
        for start in range(0, len(self.W1), _ROWS):
            part = self.W1[start : start + _ROWS]
            part *= shrunk
            part -= np.matmul(X.T[start : start + _ROWS], dA, out=self._products[: len(part)])
        if any(net.diverged for net in self.nets):
            self.nets = [net for net in self.nets if not net.diverged]
            if self.nets:
                self._put_side_by_side()

    def predict(self, loss: Callable[..., Any], X: np.ndarray, batch_size: int) -> None:
        for net in self.nets:
            net.predicted = np.zeros(len(X), int)
        for start in range(0, len(X), batch_size):
            part = slice(start, start + batch_size)
            examples = np.eye(len(X[part]), dtype=X.dtype)
            for net, _, params in self._behind(X[part] @ self.W1):
                net.predicted[part] = np.argmax(loss(params, examples), axis=1)


def _new_net(make: Callable[..., Params], setting: Setting, seed: int, dtype: Any) -> _Net:
    own = dict(setting)
    rate, decay, reg = (float(own.pop(name, default)) for name, default in _OF_TRAINING.items())
    before = np.random.get_state()
    np.random.seed(seed)
    params = {name: np.array(value, dtype=dtype) for name, value in make(**own).items()}
    np.random.set_state(before)
    return _Net(params, rate, decay, reg)


def _shrinking(loss: Callable[..., Any], params: Params) -> dict[str, float]:
    """What the penalty adds to a gradient, as a multiple of reg and the parameter: 1, 2, or 0 where it is free.

    `loss` is asked at two places, so that a penalty of another kind is noticed.
    """
    nothing, label = np.zeros((1, len(params["W1"]))), np.zeros(1, int)
    found = []
    for size in (1.0, 2.0):
        same = {name: np.full(value.shape, size) for name, value in params.items()}
        with_penalty, without = (loss(same, nothing, label, reg=reg)[1] for reg in (1.0, 0.0))
        found.append({name: (with_penalty[name] - without[name]) / size for name in params})
    factors = {name: float(np.mean(found[0][name])) for name in params}
    for name, factor in factors.items():
        if not all(np.allclose(one[name], factor, rtol=1e-6, atol=1e-9) for one in found):
            raise ValueError(f"sweep needs a penalty whose gradient is a multiple of reg * {name}; this one is not")
    return factors


def _side_by_side(nets: list[_Net]) -> list[_Block]:
    blocks: list[list[_Net]] = []
    width = _TOGETHER
    for net in nets:
        if net.diverged:
            continue
        width += net.params["W1"].shape[1]
        if width > _TOGETHER:
            blocks.append([])
            width = net.params["W1"].shape[1]
        blocks[-1].append(net)
    return [_Block(nets) for nets in blocks]


def _keep(path: Path, nets: list[_Net], random: np.random.RandomState) -> None:
    arrays: dict[str, np.ndarray] = {}
    for place, net in enumerate(nets):
        arrays |= {f"{place}/params/{name}": value for name, value in net.params.items()}
        arrays |= {f"{place}/losses": np.array(net.losses), f"{place}/learning_rate": np.array(net.learning_rate)}
    state: Any = random.get_state()
    arrays |= {"random/keys": state[1], "random/position": np.array(state[2])}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_params(path, arrays)


def _recall(path: Path, nets: list[_Net], random: np.random.RandomState) -> int:
    """Put back what `_keep` wrote, and return how many steps had been made."""
    arrays = load_params(path)
    for place, net in enumerate(nets):
        net.params = {name: arrays[f"{place}/params/{name}"] for name in net.params}
        net.losses, net.learning_rate = arrays[f"{place}/losses"].tolist(), float(arrays[f"{place}/learning_rate"])
    random.set_state(("MT19937", arrays["random/keys"], int(arrays["random/position"]), 0, 0.0))
    return max(len(net.losses) for net in nets)
