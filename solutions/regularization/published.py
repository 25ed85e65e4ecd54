"""Published runs of nets with and without batch normalization and dropout, and of nets that learn 50 images by heart."""

from collections.abc import Iterator
from functools import partial

from autograder.evidence.claim import Claim, first_images, ranges_meet, sides_meet, solution, trainings
from cs231n_utils.data import get_cifar10_data
from cs231n_utils.training import sgd

# Six layers, 1000 images, ten epochs of Adam: the last training and the best validation accuracy of four published
# runs. Without batch normalization they lie far apart: with six layers of weights of 0.02 much depends on chance. (A
# fifth run, .687 and .391 on the training images, is so far behind on both sides that something else must be wrong.)
NORMALIZED = [(.772, .337), (.802, .349), (.806, .333), (.857, .354)]  # fmt: skip
PLAIN = [(.612, .333), (.639, .351), (.728, .335), (.787, .342)]  # fmt: skip
# 500 units, 500 images, 25 epochs of Adam, by the probability of keeping a unit: training and validation accuracy.
DROPOUT = {1: (.988, .303), 0.25: (.894, .323)}
# 50 images, batch 25, twenty epochs of gradient descent: hidden layers, weight scale, learning rate, training accuracy.
BY_HEART = [(2, 2e-2, 3e-3, 1.0), (4, 9e-2, 2e-3, 1.0), (4, 1e-2, 1.1e-2, .18)]  # fmt: skip


def claims() -> Iterator[Claim]:
    """Published figures beside ours: a few minutes on two cores."""
    data = get_cifar10_data()
    normalized, dropping = (solution("regularization", name) for name in ("batch_normalization", "dropout"))
    adam, net = normalized("adam"), normalized("FullyConnectedNet")
    for name, normalization, published in (("with batch normalization", "batchnorm", NORMALIZED),
                                           ("without batch normalization", None, PLAIN)):
        runs = trainings(partial(net, [100] * 5, weight_scale=2e-2, normalization=normalization),
                         first_images(1000, data), adam, 1e-3, num_epochs=10, batch_size=50)
        yield from sides_meet(f"six layers, 1000 images, {name}", published, runs)

    adam, net = dropping("adam"), dropping("FullyConnectedNet")
    for keep, published in DROPOUT.items():
        runs = trainings(partial(net, [500], dropout_keep_ratio=keep), first_images(500, data), adam, 5e-4, num_epochs=25,
                         batch_size=100)
        yield from sides_meet(f"500 units, 500 images, keeping {keep:.0%} of the units", [published], runs)
    for layers, scale, rate, published in BY_HEART:
        runs = trainings(partial(net, [100] * layers, weight_scale=scale), first_images(50, data), sgd, rate, num_epochs=20,
                         batch_size=25)
        yield ranges_meet(f"50 images, {layers + 1} layers, weight scale {scale:g}, lr {rate:g}: training accuracy, "
                          f"{len(runs)} runs", (published, published), [training for training, _ in runs])
