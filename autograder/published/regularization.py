"""Published runs of nets with and without batch normalization and dropout, and of nets that learn 50 images by heart."""

from collections.abc import Iterator

import numpy as np

from autograder.published import Claim, ranges_meet, solution
from cs231n_utils import Solver, get_cifar10_data, sgd

# Six layers, 1000 images, ten epochs of Adam: the last training and the best validation accuracy of four published
# runs. Without batch normalization they lie far apart: with six layers of weights of 0.02 much depends on chance. (A
# fifth run, .687 and .391 on the training images, is so far behind on both sides that something else must be wrong.)
NORMALIZED = [(.772, .337), (.802, .349), (.806, .333), (.857, .354)]  # fmt: skip
PLAIN = [(.612, .333), (.639, .351), (.728, .335), (.787, .342)]  # fmt: skip
# 500 units, 500 images, 25 epochs of Adam, by the probability to keep a unit: training and validation accuracy.
DROPOUT = {1: (.988, .303), 0.25: (.894, .323)}
# 50 images, batch 25, twenty epochs of gradient descent: hidden layers, weight scale, learning rate, training accuracy.
BY_HEART = [(2, 2e-2, 3e-3, 1.0), (4, 9e-2, 2e-3, 1.0), (4, 1e-2, 1.1e-2, .18)]  # fmt: skip
SEEDS = range(5)


def claims() -> Iterator[Claim]:
    """Published beside found: some minutes on two cores."""
    normalized, dropping = (solution("regularization", name) for name in ("batch_normalization", "dropout"))
    for name, normalization, published in (("with batch normalization", "batchnorm", NORMALIZED),
                                           ("without batch normalization", None, PLAIN)):
        runs = [_train(normalized, 1000, [100] * 5, {"weight_scale": 2e-2, "normalization": normalization}, 1e-3,
                       num_epochs=10, batch_size=50, seed=seed) for seed in SEEDS]
        yield from _sides(f"six layers, 1000 images, {name}", published, runs)
    for keep, published in DROPOUT.items():
        runs = [_train(dropping, 500, [500], {"dropout_keep_ratio": keep}, 5e-4, num_epochs=25, batch_size=100, seed=seed)
                for seed in SEEDS]
        yield from _sides(f"500 units, 500 images, keeping {keep:.0%} of the units", [published], runs)
    for layers, scale, rate, published in BY_HEART:
        runs = [_train(dropping, 50, [100] * layers, {"weight_scale": scale}, rate, num_epochs=20, batch_size=25, seed=seed,
                       rule=sgd) for seed in SEEDS]
        yield ranges_meet(f"50 images, {layers + 1} layers, weight scale {scale:g}, lr {rate:g}: training accuracy, "
                          f"{len(SEEDS)} runs", (published, published), [training for training, _ in runs])


def _train(code, images, hidden_dims, options, rate, num_epochs, batch_size, seed, rule=None) -> tuple[float, float]:
    """The best training and the best validation accuracy of one training on the first images."""
    data = get_cifar10_data()
    data |= {"X_train": data["X_train"][:images], "y_train": data["y_train"][:images]}
    np.random.seed(seed)
    solver = Solver(code("FullyConnectedNet")(hidden_dims, **options), data, update_rule=rule or code("adam"),
                    optim_config={"learning_rate": rate}, num_epochs=num_epochs, batch_size=batch_size, verbose=False)
    solver.train()
    return max(solver.train_acc_history), max(solver.val_acc_history)


def _sides(what: str, published: list[tuple[float, float]], runs: list[tuple[float, float]]) -> Iterator[Claim]:
    for side, theirs, ours in zip(("training", "validation"), zip(*published), zip(*runs)):
        yield ranges_meet(f"{what}: {side} accuracy, {len(runs)} runs", (min(theirs), max(theirs)), list(ours))
