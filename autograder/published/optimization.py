"""Published runs of the update rules on a net of six layers, 4000 images and five epochs.

The network is the one of dropout.ipynb, the rules are those of update_rules.ipynb.
"""

from collections.abc import Iterator

import numpy as np

from autograder.published import Claim, ranges_meet, solution
from cs231n_utils import Solver, get_cifar10_data, sgd

# Best training and validation accuracy, by rule, with the learning rate.
RULES = {
    "sgd": (5e-3, .372, .319), "sgd_momentum": (5e-3, .539, .368), "rmsprop": (1e-4, .533, .369), "adam": (1e-3, .596, .384),
}  # fmt: skip
SEEDS = range(5)


def claims() -> Iterator[Claim]:
    """Published beside found: some two minutes on two cores."""
    data = get_cifar10_data()
    data |= {"X_train": data["X_train"][:4000], "y_train": data["y_train"][:4000]}
    rule, net = solution("optimization", "update_rules"), solution("regularization", "dropout")("FullyConnectedNet")
    for name, (rate, *published) in RULES.items():
        runs = []
        for seed in SEEDS:
            np.random.seed(seed)
            solver = Solver(net([100] * 5, weight_scale=5e-2), data, update_rule=sgd if name == "sgd" else rule(name),
                            optim_config={"learning_rate": rate}, num_epochs=5, batch_size=100, verbose=False)
            solver.train()
            runs.append((max(solver.train_acc_history), max(solver.val_acc_history)))
        for side, value, found in zip(("training", "validation"), published, zip(*runs)):
            yield ranges_meet(f"six layers, 4000 images, five epochs, {name}, lr {rate:g}: {side} accuracy, "
                              f"{len(SEEDS)} runs", (value, value), list(found))
