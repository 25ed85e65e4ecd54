"""Does the stand-in behave like CIFAR-10?

    CIFAR10_DIR=... python -m autograder.evidence.calibrate            # both side by side, some three minutes
    CIFAR10_DIR=... python -m autograder.evidence.calibrate --renew    # and write the table into EVIDENCE.md

The same code measures both: what simple classifiers reach, and networks that are trained too slowly, well, too fast
and too long. Without CIFAR10_DIR there is a column for the stand-in alone. The networks are the solution notebooks'.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.course import Course, CourseError
from autograder.evidence.blocks import EVIDENCE, renew
from autograder.evidence.claim import solution
from autograder.grading.reference import Reference
from cs231n_utils.data import Cifar10, load_cifar10, standin
from cs231n_utils.training import Solver

ASSIGNMENT = "two_layer_net"
NEAR = 0.03  # accuracies and shares further apart than this are set in bold

# What was published for the same settings, or settings as near as could be found; most are single runs.
PUBLISHED = {
    "kNN, k = 1": "0.274",
    "kNN, k = 5": "0.278",
    "kNN, k = 10": "0.282",
    "SVM, tuned": "0.38 to 0.39",
    "softmax, tuned": "0.37 to 0.40",
    "net, the default: lr 1e-4, hidden 50": "0.287",
    "net, lr 5e-4, hidden 50": "0.44 to 0.46",
    "net, lr 1e-3, hidden 40": "0.45 to 0.48",
    "net, lr 1e-3, hidden 80": "0.45 to 0.48",
    "net, lr 1e-3, hidden 120": "0.46 to 0.487",
    "net, lr 5e-3, diverged": "0.087",
    "layers.ipynb tuned, validation": "0.50 to 0.52",
    "edges and hues, linear": "0.42 to 0.50",
    "edges and hues, net": "0.55 to 0.61",
}

Figures = Iterator[tuple[str, float]]
Net = type[Any]  # the notebooks' own classes, of which no type checker knows


class Data:
    """A data set as the notebooks use it: rows of 3072 numbers, the training part's mean image subtracted."""

    def __init__(self, images: Cifar10):
        self.images = images
        mean = images.X_train[:49_000].mean(axis=0, dtype=np.float64).astype(np.float32)
        rows = (images.X_train - mean).reshape(len(images.X_train), -1)
        self.X_train, self.X_val = rows[:49_000], rows[49_000:]
        self.y_train, self.y_val = images.y_train[:49_000], images.y_train[49_000:]


def measure(images: Cifar10, two_layer_net: Net, layers: Net) -> Figures:
    """All figures of one data set, one after the other.

    Parameters
    ----------
    images : Cifar10
    two_layer_net, layers : class
        The class TwoLayerNet of either solution notebook.
    """
    data = Data(images)
    for figures in (
        statistics(data),
        neighbours(data),
        linear(data),
        trainings(data, two_layer_net),
        ten_epochs(data, layers),
        few_images(data, two_layer_net),
        capacity(images, two_layer_net),
        features(data, two_layer_net),
    ):
        np.random.seed(0)
        yield from figures


def statistics(data: Data) -> Figures:
    """How much the pixels vary, and how much of that lies along the first directions."""
    X = data.X_train[:10_000]
    yield "standard deviation of a pixel", float(X.std())
    variances = np.linalg.eigvalsh(X.T @ X)[::-1]
    for i, share in enumerate(variances[:5] / variances.sum(), start=1):
        yield f"share of variance in direction {i}", float(share)


def neighbours(data: Data) -> Figures:
    """k nearest neighbours with 5000 training images and 500 test images."""
    train, test = (
        X.reshape(len(X), -1).astype(np.float32) for X in (data.images.X_train[:5000], data.images.X_test[:500])
    )
    distances = (train**2).sum(axis=1) - 2 * test @ train.T
    nearest = data.images.y_train[np.argsort(distances, axis=1, kind="stable")[:, :100]]
    for k in (1, 5, 10, 20, 50, 100):
        predicted = np.array([np.bincount(labels[:k]).argmax() for labels in nearest])
        yield f"kNN, k = {k}", accuracy(predicted, data.images.y_test[:500])


def linear(data: Data) -> Figures:
    """SVM and softmax, each the best of three settings on the validation images."""
    X_train, X_val = with_ones(data.X_train), with_ones(data.X_val)
    for name, slope, settings in (
        ("SVM", hinge, ((1e-7, 1e4), (1e-7, 2.5e4), (1e-7, 5e4))),
        ("softmax", cross_entropy, ((1e-7, 1e4), (5e-7, 1e4), (2e-6, 1e3))),
    ):
        found = []
        for learning_rate, reg in settings:
            W = train_linear(X_train, data.y_train, slope, learning_rate, reg)
            found.append(accuracy((X_val @ W).argmax(axis=1), data.y_val))
        yield f"{name}, tuned", max(found)


def trainings(data: Data, TwoLayerNet: Net) -> Figures:
    """Networks after 1000 steps: too slow, better, good, too fast."""
    for name, hidden, learning_rate in (
        ("net, the default: lr 1e-4, hidden 50", 50, 1e-4),
        ("net, lr 5e-4, hidden 50", 50, 5e-4),
        *((f"net, lr 1e-3, hidden {hidden}", hidden, 1e-3) for hidden in (40, 80, 120, 160)),
        ("net, lr 5e-3, diverged", 40, 5e-3),
    ):
        net = TwoLayerNet(3072, hidden, 10)
        train(net, data.X_train, data.y_train, data, learning_rate, 0.25, 1000)
        yield name, accuracy(net.predict(data.X_val), data.y_val)


def ten_epochs(data: Data, TwoLayerNet: Net) -> Figures:
    """The network that layers.ipynb arrives at: ten epochs, and how much better it knows what it was trained on."""
    model = TwoLayerNet(hidden_dim=128, reg=0.1)
    Solver(
        model,
        vars(data),
        optim_config={"learning_rate": 2e-3},
        lr_decay=0.8,
        num_epochs=10,
        batch_size=200,
        verbose=False,
    ).train()
    for part, X, y in (("validation", data.X_val, data.y_val), ("training", data.X_train, data.y_train)):
        yield f"layers.ipynb tuned, {part}", accuracy(model.loss(X[:10_000]).argmax(axis=1), y[:10_000])


def few_images(data: Data, TwoLayerNet: Net) -> Figures:
    """Networks that learn a few images by heart."""
    for count, steps in ((500, 300), (4000, 1000)):
        X, y = data.X_train[:count], data.y_train[:count]
        net = TwoLayerNet(3072, 100, 10)
        train(net, X, y, data, 1e-3, 0.1, steps, decay=1)
        yield f"net on {count} images, validation", accuracy(net.predict(data.X_val), data.y_val)
        yield f"net on {count} images, training", accuracy(net.predict(X), y)


def capacity(images: Cifar10, TwoLayerNet: Net) -> Figures:
    """Few hidden units and many: pixels in 0..1 less the mean colour, 40,000 training, 10,000 validation images.

    The study that this repeats takes 3000 steps; the first 1000 of them tell the sizes apart.
    """
    X = images.X_train / np.float32(255)
    X = (X - X[:40_000].mean(axis=(0, 1, 2))).reshape(len(X), -1)
    y = images.y_train
    for hidden in (2, 8, 32, 128):
        net = TwoLayerNet(3072, hidden, 10)
        net.train(
            X[:40_000],
            y[:40_000],
            X[40_000:41_000],
            y[40_000:41_000],
            learning_rate=0.1,
            learning_rate_decay=0.95,
            reg=1e-3,
            num_iters=1000,
            batch_size=1000,
        )
        yield f"pixels in 0..1, hidden {hidden}", accuracy(net.predict(X[40_000:]), y[40_000:])


def features(data: Data, TwoLayerNet: Net) -> Figures:
    """Histograms of edges and hues in place of pixels, as features.ipynb has them."""
    describe, standardize = map(solution("image_classification", "features"), ("features", "standardize"))
    raw = np.concatenate([describe(part).astype(np.float32) for part in np.array_split(data.images.X_train, 100)])
    X = with_ones(standardize(raw[:49_000], raw).astype(np.float32))
    X_train, X_val = X[:49_000], X[49_000:]
    W = train_linear(X_train, data.y_train, cross_entropy, 0.1, 1e-3)
    yield "edges and hues, linear", accuracy((X_val @ W).argmax(axis=1), data.y_val)
    net = TwoLayerNet(X.shape[1], 200, 10, std=1e-2)
    train(net, X_train, data.y_train, data, 0.5, 1e-4, 2450, decay=0.9, X_val=X_val)
    yield "edges and hues, net", accuracy(net.predict(X_val), data.y_val)


def train(
    net: Any,
    X: np.ndarray,
    y: np.ndarray,
    data: Data,
    learning_rate: float,
    reg: float,
    steps: int,
    decay: float = 0.95,
    X_val: np.ndarray | None = None,
) -> None:
    """Train a network of two_layer_net.ipynb on batches of 200."""
    net.train(
        X,
        y,
        data.X_val if X_val is None else X_val,
        data.y_val,
        learning_rate=learning_rate,
        learning_rate_decay=decay,
        reg=reg,
        num_iters=steps,
        batch_size=200,
    )


def train_linear(
    X: np.ndarray,
    y: np.ndarray,
    slope: Callable[[np.ndarray, np.ndarray], np.ndarray],
    learning_rate: float,
    reg: float,
) -> np.ndarray:
    """Weights (D, 10) after 1500 steps on batches of 200; the penalty is `reg` times the sum of their squares."""
    W = 1e-4 * np.random.randn(X.shape[1], 10).astype(np.float32)
    for _ in range(1500):
        chosen = np.random.choice(len(X), 200)
        X_batch = X[chosen]
        W -= np.float32(learning_rate) * (X_batch.T @ slope(X_batch @ W, y[chosen]) + np.float32(2 * reg) * W)
    return W


def hinge(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The gradient of the SVM's mean loss with respect to the scores."""
    rows = np.arange(len(y))
    dscores: np.ndarray = (scores - scores[rows, y][:, np.newaxis] + 1 > 0).astype(scores.dtype)
    dscores[rows, y] -= dscores.sum(axis=1)
    return dscores / len(y)


def cross_entropy(scores: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The gradient of the mean softmax loss with respect to the scores."""
    dscores: np.ndarray = np.exp(scores - scores.max(axis=1, keepdims=True))
    dscores /= dscores.sum(axis=1, keepdims=True)
    dscores[np.arange(len(y)), y] -= 1
    return dscores / len(y)


def with_ones(X: np.ndarray) -> np.ndarray:
    """X with a column of ones, for the bias."""
    return np.concatenate([X, np.ones((len(X), 1), X.dtype)], axis=1)


def accuracy(predicted: np.ndarray, y: np.ndarray) -> float:
    return float(np.mean(predicted == y))


def row(name: str, stand_in: float, real: float | None) -> str:
    """One line of the table, in Markdown."""
    digits = 1 if stand_in > 1 else 3
    found = ["" if value is None else f"{value:.{digits}f}" for value in (real, stand_in)]
    apart = ""
    if real is not None and not name.startswith("standard"):
        apart = f"{stand_in - real:+.3f}"
        apart = apart if abs(stand_in - real) <= NEAR else f"**{apart}**"
    return f"| {name} | {PUBLISHED.get(name, '')} | {found[0]} | {found[1]} | {apart} |"


def main() -> None:
    about = __doc__.splitlines()[0]
    parser = argparse.ArgumentParser(prog="python -m autograder.evidence.calibrate", description=about)
    parser.add_argument("--renew", action="store_true", help="write the table into EVIDENCE.md, too")
    options = parser.parse_args()
    if options.renew and not os.environ.get("CIFAR10_DIR"):
        parser.error("--renew is for both columns: set CIFAR10_DIR to the folder with CIFAR-10")
    try:
        solutions = Course.find().solutions / ASSIGNMENT
        nets = [
            Reference(solutions / f"{name}.ipynb").host.namespace["TwoLayerNet"] for name in ("two_layer_net", "layers")
        ]
        stand_in = measure(Cifar10(*standin.load(), source="stand-in"), *nets)
        real = measure(load_cifar10(), *nets) if os.environ.get("CIFAR10_DIR") else None
    except (CourseError, ValueError) as error:
        sys.exit(f"calibrate: {error}")
    lines = ["| | published | CIFAR-10 | stand-in | apart |", "|---|---|---|---|---|"]
    print(*lines, sep="\n")
    with np.errstate(all="ignore"):  # one training is there to diverge
        for name, value in stand_in:
            lines.append(row(name, value, next(real)[1] if real else None))
            print(lines[-1], flush=True)
    if options.renew:
        renew(EVIDENCE, "stand-in", "\n".join(lines))


if __name__ == "__main__":
    main()
