"""Does `cs231n_utils.training.what_the_curve_says` name why a training went wrong, and nothing where it went well?

    python -m autograder.evidence.curves        # minutes; on CIFAR-10 if CIFAR10_DIR names it, else on the stand-in

Trainings of a two-layer network are broken, each in one way, with other sizes, data and seeds each time. The limits in
`cs231n_utils.training.reading` were chosen on seed 1; the table is of seeds that nothing was chosen on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.course import Course
from autograder.evidence.blocks import EVIDENCE, renew
from autograder.evidence.tables import markdown
from autograder.grading.reference import reference_of
from cs231n_utils.data import get_cifar10_data
from cs231n_utils.training import what_the_curve_says

SEED, EACH = 2, 5  # of the published table: its seed, and trainings broken in each way

Arrays = dict[str, np.ndarray]


@dataclass
class Run:
    """One training: how it is set up, and what came of it.

    Attributes
    ----------
    rate, decay, reg, scale : float
        Learning rate, its decay an epoch, strength of the penalty, and deviation of the first weights.
    frozen_penalty : bool
        The penalty has no gradient.
    frozen : tuple of str
        Parameters that the update leaves out.
    history : dict
        What `what_the_curve_says` is given.
    """

    hidden: int
    rate: float
    decay: float
    reg: float
    scale: float
    batch: int
    epochs: int
    bias: float = 0.0
    frozen_penalty: bool = False
    frozen: tuple[str, ...] = ()
    careless: bool = False  # the largest score is not subtracted before exp
    history: dict[str, Any] = field(default_factory=dict)
    net: Any = None
    first_params: Arrays = field(default_factory=dict)

    def train(self, net: Any, data: Arrays, rng: np.random.Generator) -> None:
        """Train the course's own network by mini-batches; the histories are those of a Solver."""
        self.net, p, X, y = net, net.params, data["X_train"], data["y_train"]
        for name in ("W1", "W2"):
            p[name] = self.scale * rng.standard_normal(p[name].shape, np.float32)
        p["b1"], p["b2"] = np.full(self.hidden, self.bias, np.float32), np.zeros(p["b2"].shape, np.float32)
        self.first_params = {name: value.copy() for name, value in p.items()}
        losses: list[float] = []
        train, val = [self.accuracy(X[:1000], y[:1000])], [self.accuracy(data["X_val"], data["y_val"])]
        rate = self.rate
        for _ in range(self.epochs):
            for _ in range(max(len(X) // self.batch, 1)):
                rows = rng.integers(len(X), size=self.batch)
                loss, gradients = self.step(X[rows], y[rows])
                losses.append(loss)
                if not np.isfinite(loss):
                    break
                for name, gradient in gradients.items():
                    if name in self.frozen:
                        continue
                    p[name] = p[name] - np.float32(rate) * gradient
            rate *= self.decay
            train.append(self.accuracy(X[:1000], y[:1000]))
            val.append(self.accuracy(data["X_val"], data["y_val"]))
            if not np.isfinite(losses[-1]):
                break
        self.history = {"loss_history": losses, "train_acc_history": train, "val_acc_history": val}

    def step(self, X: np.ndarray, y: np.ndarray) -> tuple[float, Arrays]:
        """The loss of a batch and its gradients, with what is wrong with them."""
        loss, gradients = self.net.loss(X, y, reg=self.reg)
        if self.careless and self.net.loss(X).max() > np.log(np.finfo(np.float32).max):
            loss = np.nan  # exp of such a score is infinite, and infinity / infinity no number
        if self.frozen_penalty:
            gradients |= {name: gradients[name] - 2 * self.reg * self.net.params[name] for name in ("W1", "W2")}
        return float(loss), gradients

    def accuracy(self, X: np.ndarray, y: np.ndarray) -> float:
        return float((self.net.loss(X).argmax(axis=1) == y).mean())


# How a training goes wrong: the cause that is to be named, and what breaks it. "" is a training that went well.
Break = Callable[[Run, Arrays, np.random.Generator], None]
BREAKS: dict[str, list[Break]] = {}


def _break(cause: str) -> Callable[[Break], Break]:
    def add(how: Break) -> Break:
        BREAKS.setdefault(cause, []).append(how)
        return how

    return add


@_break("")
def _well(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    pass


@_break("")
def _well_and_short(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    run.epochs = int(rng.integers(3, 6))


@_break("")
def _well_without_decay_or_penalty(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    run.decay, run.reg, run.epochs = 1.0, 0.0, 5


@_break("the learning rate is too low")
def _slow(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    run.rate *= 10 ** rng.uniform(-3.5, -2)


@_break("the learning rate is too high")
def _fast(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    run.rate *= 10 ** rng.uniform(1, 1.5)


@_break("the learning rate is too high")
def _far_too_fast(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    run.rate *= 10 ** rng.uniform(2, 4)


@_break("the loss is computed carelessly")
def _careless(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    run.careless, run.scale = True, run.scale * 300


@_break("the first weights are too large")
def _wide(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    run.scale *= 10 ** rng.uniform(1.6, 2.2)


@_break("the first weights are all the same")
def _zero(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    run.scale = 0.0


@_break("units are dead")
def _dead(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    sizes = run.scale * np.linalg.norm(data["X_train"][:200], axis=1)
    run.bias = -rng.uniform(4, 8) * float(sizes.max())


@_break("the penalty has no gradient")
def _penalty(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    run.frozen_penalty, run.reg = True, run.reg * rng.uniform(30, 100)


@_break("a layer stands still")
def _half_frozen(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    run.frozen = (("W1", "b1"), ("W2", "b2"), ("b1", "b2"))[int(rng.integers(3))]


@_break("the penalty is too strong")
def _strong(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    run.reg *= 10 ** rng.uniform(2, 2.6)


@_break("the labels do not belong to the images")
def _shuffled(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    data["y_train"] = rng.permutation(data["y_train"])
    run.epochs *= 4


@_break("the images are not normalized")
def _raw(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    shift = rng.uniform(2, 3) * float(data["X_train"].std())
    for part in ("X_train", "X_val", "X_test"):
        data[part] = 20 * (data[part] + shift)


@_break("there is too little capacity")
def _narrow(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    run.hidden, run.epochs = int(rng.integers(2, 4)), 25


@_break("it overfits")
def _few(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    few = int(rng.integers(200, 600))
    data["X_train"], data["y_train"] = data["X_train"][:few], data["y_train"][:few]
    run.reg, run.decay, run.epochs = 0.0, 1.0, 40000 // few


@_break("the test set was trained on")
def _leak(run: Run, data: Arrays, rng: np.random.Generator) -> None:
    own = 1000
    data["X_train"] = np.concatenate([data["X_train"][:own], data["X_test"]])
    data["y_train"] = np.concatenate([data["y_train"][:own], data["y_test"]])
    run.reg, run.decay, run.epochs = 0.0, 1.0, 15


def runs(data: Arrays, seed: int, each: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Trainings with their causes, `each` of every way: what `what_the_curve_says` is given, by name."""
    ways = [(cause, way) for cause, found in BREAKS.items() for way in found]
    for number, (cause, way) in enumerate(ways):
        for turn in range(each):
            yield cause, _one(data, way, np.random.default_rng([seed, number, turn]))


def _one(data: Arrays, way: Break, rng: np.random.Generator) -> dict[str, Any]:
    raw = bool(rng.integers(2))  # pixels as they are, centred; or divided by their deviation as well
    rows = rng.permutation(len(data["X_train"]))[: int(rng.integers(4000, len(data["X_train"])))]
    mine = {name: value.astype(np.float32) if name[0] == "X" else value for name, value in data.items()}
    mine |= {"X_train": mine["X_train"][rows], "y_train": mine["y_train"][rows]}
    unit = 1.0 if raw else float(mine["X_train"].std())
    for part in ("X_train", "X_val", "X_test"):
        mine[part] = mine[part] / np.float32(unit)
    run = Run(
        hidden=int(rng.choice([50, 100, 150])),
        rate=10 ** rng.uniform(-3.2, -2.9) if raw else rng.uniform(0.03, 0.07),
        decay=0.95,
        reg=1e-3 * rng.uniform(0.5, 2) if not raw else rng.uniform(0.05, 0.2),
        scale=0.01 if not raw else 10 ** rng.uniform(-4, -3.3),
        batch=int(rng.choice([100, 200])),
        epochs=8,
    )
    way(run, mine, rng)
    kind = reference_of(Course.find().source("two_layer_net", "two_layer_net")).host.namespace["TwoLayerNet"]
    with np.errstate(all="ignore"):
        run.train(kind(mine["X_train"].shape[1], run.hidden, 10), mine, rng)
        test_accuracy = run.accuracy(mine["X_test"], mine["y_test"])
    return {
        "history": run.history,
        "reg": run.reg,
        "params": dict(run.net.params),
        "first_params": run.first_params,
        "X": mine["X_train"][:500],
        "test_accuracy": test_accuracy,
    }


# Both are right: a careless loss shows because the first weights are so large.
ALSO = {"the loss is computed carelessly": "the first weights are too large"}


def table(data: Arrays, seed: int = SEED, each: int = EACH) -> Iterator[str]:
    """For each cause: how many trainings, and how many were called by it, by nothing, and by another."""
    yield "| what is wrong | trainings | named | no name | wrong name |"
    found: dict[str, list[str]] = {}
    for cause, given in runs(data, seed, each):
        said = what_the_curve_says(**given)
        name = said.name if said else ""
        found.setdefault(cause, []).append(cause if name == ALSO.get(cause) else name)
    for cause, names in found.items():
        right, silent = names.count(cause), names.count("") if cause else 0
        yield f"| {cause or 'nothing'} | {len(names)} | {right} | {silent} | {len(names) - right - silent} |"
    broken = [(cause, name) for cause, names in found.items() for name in names if cause]
    named = sum(cause == name for cause, name in broken)
    yield f"| **all that is wrong** | {len(broken)} | {named} ({named / len(broken):.0%}) | | |"


def main() -> None:
    loaded = get_cifar10_data(num_training=6000, num_validation=1000, num_test=1000)
    lines = markdown(table({name: value for name, value in loaded.items() if isinstance(value, np.ndarray)}))
    renew(EVIDENCE, "curves", f"Images: {loaded['source']}; seed {SEED}.\n\n{lines}")
    print(lines)


if __name__ == "__main__":
    main()
