"""Train a model with minibatches, and keep track of how it goes."""

import copy
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from cs231n_utils.frontend import Place, in_notebook
from cs231n_utils.progress import progress
from cs231n_utils.training.divergence import cause_of_divergence
from cs231n_utils.training.optim import sgd
from cs231n_utils.training.params import load_info, load_params, save_params

UpdateRule = Callable[[np.ndarray, np.ndarray, dict[str, Any]], tuple[np.ndarray, dict[str, Any]]]


class Solver:
    """Train a model on minibatches drawn at random, with replacement.

    The model has a dictionary ``params`` of arrays, and a method ``loss``: ``loss(X)`` returns scores of
    shape (N, C), ``loss(X, y)`` returns the loss and a dictionary of gradients with the keys of ``params``.
    What it learns other than by gradients, such as running averages, may be kept in ``bn_params``, a list of
    dictionaries of arrays, numbers and text: these are kept, put back and saved together with the parameters.

    Parameters
    ----------
    model : object
        The model to train; its ``params`` change. With images in float32 they are trained in float32, too: in float64,
        NumPy's usual, a training takes two to three times as long and finds nothing better.
    data : dict
        ``X_train`` (N, ...), ``y_train`` (N,) int; ``X_val`` (M, ...), ``y_val`` (M,) int. If it has a
        ``source``, pictures of the training say which data it used.
    update_rule : str or callable
        ``"sgd"``, or a function rule(w, dw, config) -> next_w, config.
    optim_config : dict
        What the rule is given for each parameter, such as ``{"learning_rate": 1e-3}``.
    lr_decay : float
        The learning rate is multiplied by this after each epoch.
    batch_size : int
        Examples per step. An epoch has max(N // batch_size, 1) steps.
    num_epochs : int
        How many epochs to train.
    num_train_samples, num_val_samples : int or None
        How many examples, drawn at random, are used to measure an accuracy; None for all.
    checkpoint_name : str or None
        If given, ``<checkpoint_name>_epoch_<n>.npz`` is written after each epoch; see `load_checkpoint`.
    print_every : int
        Show the loss once in this many steps.
    verbose : bool
        Show a progress bar with the loss and the accuracies.
    live : bool
        In a notebook, draw the curves while they grow. Elsewhere nothing is drawn.

    Attributes
    ----------
    loss_history : list of float
        The loss of each step.
    train_acc_history, val_acc_history : list of float
        Accuracies in 0..1 after the first step, each epoch, and the last step.
    best_val_acc : float
        The best validation accuracy so far.
    best_params : dict
        A copy of the parameters that reached it. They are put back into the model at the end.
    best_bn_params : list of dict
        The model's ``bn_params`` at that time, if it has any; they are put back, too.
    first_params : dict
        A copy of the parameters before the first step, of those that have a learning rate other than 0.
    epoch, iteration : int
        How many epochs and steps are done.

    Examples
    --------
    >>> solver = Solver(model, data, optim_config={"learning_rate": 1e-3}, lr_decay=0.95)   # doctest: +SKIP
    >>> solver.train()                                                                      # doctest: +SKIP
    """

    def __init__(
        self,
        model: Any,
        data: Mapping[str, Any],
        *,
        update_rule: str | UpdateRule = "sgd",
        optim_config: dict[str, Any] | None = None,
        lr_decay: float = 1.0,
        batch_size: int = 100,
        num_epochs: int = 10,
        num_train_samples: int | None = 1000,
        num_val_samples: int | None = None,
        checkpoint_name: str | None = None,
        print_every: int = 10,
        verbose: bool = True,
        live: bool = False,
    ):
        if update_rule == "sgd":
            update_rule = sgd
        if not callable(update_rule):
            raise ValueError(f'update_rule must be "sgd" or a rule(w, dw, config), got {update_rule!r}')
        self.model = model
        self.X_train, self.y_train = data["X_train"], data["y_train"]
        self.X_val, self.y_val = data["X_val"], data["y_val"]
        self.source = data.get("source")
        self.update_rule = update_rule
        self.lr_decay = lr_decay
        self.batch_size = batch_size
        self.num_epochs = num_epochs
        self.num_train_samples = num_train_samples
        self.num_val_samples = num_val_samples
        self.checkpoint_name = checkpoint_name
        self.print_every = print_every
        self.verbose = verbose
        self.live = live

        self.epoch = 0
        self.iteration = 0
        self.loss_history: list[float] = []
        self.train_acc_history: list[float] = []
        self.val_acc_history: list[float] = []
        self.best_val_acc = 0.0
        self.best_params: dict[str, np.ndarray] = {}
        self.best_bn_params: list[dict[str, Any]] = []
        self.first_params: dict[str, np.ndarray] = {}
        self.optim_configs = {name: dict(optim_config or {}) for name in model.params}

    def train(self) -> None:
        """Train up to `num_epochs` epochs, then put the best parameters into the model.

        If it is interrupted (Ctrl-C, or the stop button of a notebook), the running step is finished, the state
        stays as it is, and calling `train` again goes on. If the loss becomes NaN or infinite, training stops with
        a sentence about the likely cause.
        """
        for name, value in self.model.params.items():
            self.model.params[name] = self._no_wider(value)
            if self.iteration == 0 and self.optim_configs[name].get("learning_rate") != 0:
                self.first_params[name] = self.model.params[name].copy()
        steps_per_epoch = max(len(self.X_train) // self.batch_size, 1)
        last = self.num_epochs * steps_per_epoch
        steps = range(self.iteration, last)
        bar = progress(None, initial=self.iteration, total=last, unit="steps", disable=not self.verbose)
        curves = _LiveCurves(self) if self.live and in_notebook() else None
        cause, runs_away = None, False
        try:
            # The message below says when a loss runs away; NumPy's warnings on the way would only be noise.
            with bar, np.errstate(over="ignore", invalid="ignore", divide="ignore"), _interrupts_wait() as interrupts:
                for step in steps:
                    cause = self._step()
                    epoch_ends = self.iteration % steps_per_epoch == 0
                    if epoch_ends:
                        self.epoch += 1
                        self._decay_learning_rates()
                    if step == 0 or epoch_ends or cause:
                        self._measure()
                    if epoch_ends and self.checkpoint_name is not None:
                        self.save_checkpoint(f"{self.checkpoint_name}_epoch_{self.epoch}.npz")
                    if not runs_away and self._runs_away():  # said long before the loss is no number any more
                        runs_away = True
                        bar.set_postfix_str(self._state())
                    if step % self.print_every == 0 or self.iteration == last or cause or interrupts:
                        bar.set_postfix_str(self._state(), refresh=False)
                    bar.update()
                    if curves:
                        curves.draw()
                    if interrupts:
                        raise KeyboardInterrupt
                    if cause:
                        break
        except KeyboardInterrupt:
            print(
                f"Stopped after step {self.iteration} of {last}. Nothing is lost: train() goes on from here,"
                f" and best_params has the best weights so far (validation accuracy {self.best_val_acc:.3f})"
            )
            return
        finally:
            if curves and self.val_acc_history:
                curves.draw(at_once=True)
        if cause:
            value = "NaN (not a number)" if np.isnan(self.loss_history[-1]) else "infinite"
            print(f"Stopped at step {self.iteration} of {last}: the loss is {value}. {cause}")
        elif self._runs_away():
            first, end = self.loss_history[0], self.loss_history[-1]
            rose = f"The loss has grown from {first:.3g} to {end:.3g}"
            print(f"{rose}: the run diverges. Try a tenth of the learning rate")
        if self.best_params:
            self.model.params.update({name: value.copy() for name, value in self.best_params.items()})
            self._put_back(copy.deepcopy(self.best_bn_params))

    def check_accuracy(
        self, X: np.ndarray, y: np.ndarray, num_samples: int | None = None, batch_size: int = 100
    ) -> float:
        """Return the share of examples that the model labels correctly.

        Parameters
        ----------
        X : ndarray, shape (N, ...)
            Examples.
        y : ndarray of int, shape (N,)
            Their labels.
        num_samples : int, optional
            Use only this many of them, drawn at random with replacement.
        batch_size : int
            How many to classify at once, to save memory.

        Returns
        -------
        float
            Between 0 and 1.
        """
        if num_samples is not None and len(X) > num_samples:
            chosen = np.random.choice(len(X), num_samples)
            X, y = X[chosen], y[chosen]
        starts = range(0, len(X), batch_size)
        labels = [np.argmax(self.model.loss(X[start : start + batch_size]), axis=1) for start in starts]
        return float(np.mean(np.concatenate(labels) == y))

    def save_checkpoint(self, path: str) -> None:
        """Write the whole state of the training, that of NumPy's random numbers included, to an npz file."""
        arrays: dict[str, np.ndarray] = {}
        numbers: dict[str, Any] = {}
        groups: dict[str, Mapping[str, Any]] = {
            "params": self.model.params,
            "best": self.best_params,
            "histories": self._histories(),
        }
        groups |= {f"optim {name}": config for name, config in self.optim_configs.items()}
        groups |= {f"bn {place}": state for place, state in enumerate(self._bn_params())}
        groups |= {f"best bn {place}": state for place, state in enumerate(self.best_bn_params)}
        for group, entries in groups.items():
            for name, value in entries.items():
                # Plain Python numbers keep their type in JSON, arrays and NumPy numbers in the npz.
                if isinstance(value, (np.ndarray, np.generic, list)):
                    arrays[f"{group}: {name}"] = np.asarray(value)
                else:
                    numbers[f"{group}: {name}"] = value
        state: Any = np.random.get_state()
        kind, key, *rest = state
        save_params(
            path,
            arrays,
            epoch=self.epoch,
            iteration=self.iteration,
            best_val_acc=self.best_val_acc,
            numbers=json.dumps(numbers),
            random_state=json.dumps([kind, key.tolist(), *rest]),
        )

    def load_checkpoint(self, path: str) -> None:
        """Put back the state that `save_checkpoint` wrote: `train` goes on, bit for bit as it would have.

        The solver must have been made with a model, data and settings like those of the first one; the file
        holds what changes during training, and no code.

        Parameters
        ----------
        path : str
            For example "run_epoch_3.npz".

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a checkpoint, or one of a model with other parameters.
        """
        arrays = load_params(path)
        info: dict[str, Any] = load_info(path)
        if "random_state" not in info:
            raise ValueError(f"{path} is not a checkpoint of a Solver")

        groups: dict[str, dict[str, Any]] = {}
        for label, value in {**arrays, **json.loads(info["numbers"])}.items():
            group, _, name = label.partition(": ")
            groups.setdefault(group, {})[name] = value[()] if isinstance(value, np.ndarray) else value
        params = groups.get("params", {})
        shapes = {name: np.shape(value) for name, value in params.items()}
        own_shapes = {name: np.shape(value) for name, value in self.model.params.items()}
        if shapes != own_shapes:
            raise ValueError(f"{path} holds parameters of shapes {shapes}, but the model has {own_shapes}")

        self.model.params.update(params)
        self.best_params = groups.get("best", {})
        places = range(len(self._bn_params()))
        self._put_back([groups.get(f"bn {place}", {}) for place in places])
        self.best_bn_params = [groups[f"best bn {place}"] for place in places if f"best bn {place}" in groups]
        for name, history in self._histories().items():
            history[:] = groups["histories"][name].tolist()
        self.optim_configs = {name: groups.get(f"optim {name}", {}) for name in params}
        self.epoch, self.iteration = info["epoch"], info["iteration"]
        self.best_val_acc = info["best_val_acc"]
        kind, key, *rest = json.loads(info["random_state"])
        np.random.set_state((kind, np.array(key, dtype=np.uint32), *rest))

    def _step(self) -> str | None:
        """Draw one minibatch and update every parameter once; if the loss is not finite, say why instead."""
        chosen = np.random.choice(len(self.X_train), self.batch_size)
        X = self.X_train[chosen]
        loss, grads = self.model.loss(X, self.y_train[chosen])
        loss, cause = float(loss), None
        if np.isfinite(loss):
            for name, value in self.model.params.items():
                value, self.optim_configs[name] = self.update_rule(value, grads[name], self.optim_configs[name])
                self.model.params[name] = self._no_wider(value)
        else:
            rate = next((config.get("learning_rate") for config in self.optim_configs.values()), None)
            cause = cause_of_divergence(
                [*self.loss_history, loss], X, self.model.params, np.asarray(self.model.loss(X)), rate
            )
        self.loss_history.append(loss)
        self.iteration += 1
        return cause

    def _no_wider(self, value: Any) -> Any:
        """A parameter in the images' precision: a wider one would make every product with them a wide one."""
        dtype = np.promote_types(self.X_train.dtype, np.float32)
        wide = isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.itemsize > dtype.itemsize
        return value.astype(dtype) if wide else value

    def _decay_learning_rates(self) -> None:
        for config in self.optim_configs.values():
            if "learning_rate" in config:
                config["learning_rate"] *= self.lr_decay

    def _measure(self) -> None:
        """Note both accuracies, and keep the parameters if they are the best so far."""
        train_acc = self.check_accuracy(self.X_train, self.y_train, num_samples=self.num_train_samples)
        val_acc = self.check_accuracy(self.X_val, self.y_val, num_samples=self.num_val_samples)
        self.train_acc_history.append(train_acc)
        self.val_acc_history.append(val_acc)
        if val_acc > self.best_val_acc:
            self.best_val_acc = val_acc
            self.best_params = {name: value.copy() for name, value in self.model.params.items()}
            self.best_bn_params = copy.deepcopy(self._bn_params())

    def _state(self) -> str:
        return (
            f"{self.epoch} of {self.num_epochs} epochs, loss {self.loss_history[-1]:.4f}, accuracy "
            f"{self.train_acc_history[-1]:.3f} (training), {self.val_acc_history[-1]:.3f} (validation)"
            f"{', diverging: the loss is ten times the first, or more' if self._runs_away() else ''}"
        )

    def _runs_away(self) -> bool:
        first, last = self.loss_history[0], self.loss_history[-1]
        return last > 10 * max(abs(first), 1)

    def _bn_params(self) -> list[dict[str, Any]]:
        states: list[dict[str, Any]] = getattr(self.model, "bn_params", [])
        return states

    def _put_back(self, states: list[dict[str, Any]]) -> None:
        for own, state in zip(self._bn_params(), states):
            own.update(state)

    def _histories(self) -> dict[str, list[float]]:
        return {"loss": self.loss_history, "train_acc": self.train_acc_history, "val_acc": self.val_acc_history}


class _LiveCurves:
    """The curves of a training, drawn again in the same place, taking up a small part of its time."""

    def __init__(self, solver: Solver):
        self._solver, self._place, self._next = solver, Place(), 0.0

    def draw(self, *, at_once: bool = False) -> None:
        from cs231n_utils.plots.history import history_as_png  # imported late: half a second, only for pictures

        start = time.monotonic()
        if at_once or start >= self._next:
            self._place.show({"image/png": history_as_png(self._solver), "text/plain": self._solver._state()})
            end = time.monotonic()
            self._next = end + max(1.0, 10 * (end - start))


@contextmanager
def _interrupts_wait() -> Iterator[list[int]]:
    """Note an interruption (Ctrl-C) in a list, for the end of the step; a second one does not wait."""
    noted: list[int] = []

    def note(number: int, frame: object) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(number)

    # Only the main thread can handle signals; and if somebody has installed a handler, it is left alone.
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield noted
        return
    signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
