"""Published runs of the update rules on a net of six layers, 4000 images and five epochs.

The network is the one of dropout.ipynb, the rules are those of update_rules.ipynb.
"""

from collections.abc import Iterator
from functools import partial

from autograder.evidence.claim import Claim, first_images, sides_meet, solution, trainings
from cs231n_utils.data import get_cifar10_data
from cs231n_utils.training import sgd

# Best training and validation accuracy, by rule, with the learning rate.
RULES = {
    "sgd": (5e-3, .372, .319), "sgd_momentum": (5e-3, .539, .368), "rmsprop": (1e-4, .533, .369), "adam": (1e-3, .596, .384),
}  # fmt: skip


def claims() -> Iterator[Claim]:
    """Published figures beside ours: about two minutes on two cores."""
    data = first_images(4000, get_cifar10_data())
    rule, net = solution("optimization", "update_rules"), solution("regularization", "dropout")("FullyConnectedNet")
    for name, (rate, *published) in RULES.items():
        runs = trainings(partial(net, [100] * 5, weight_scale=5e-2), data, sgd if name == "sgd" else rule(name), rate,
                         num_epochs=5, batch_size=100)
        yield from sides_meet(f"six layers, 4000 images, five epochs, {name}, lr {rate:g}", [tuple(published)], runs)
