"""Published runs of the CS231n notebooks on nearest neighbours, the linear SVM and softmax, and features."""

from collections.abc import Iterator

import numpy as np

from autograder.evidence.claim import NEAR, Claim, at_least, near, ranges_meet, share, solution
from cs231n_utils.data import get_cifar10_data, load_cifar10
from cs231n_utils.training import Solver

# Nearest neighbours: 5000 training and 500 test images, raw pixels, L2, ties to the smaller label.
TEST = {1: 0.274, 5: 0.278, 10: 0.282}
CROSS_VALIDATION = {1: .2656, 3: .2496, 5: .2732, 8: .2760, 10: .2802, 12: .2794, 15: .2750, 20: .2790, 50: .2744, 100: .2616}

# Validation accuracies after 1500 steps with batches of 200, by learning rate and reg; the lowest and the highest of
# the published runs.
SVM = {
    (5e-8, 2.5e4): (.383, .383), (1e-7, 1e4): (.388, .388), (1e-7, 2.5e4): (.374, .383), (1e-7, 3e4): (.385, .385),
    (1e-7, 5e4): (.362, .376), (5e-7, 2.5e4): (.328, .328), (1e-6, 2e4): (.313, .313), (1e-6, 6e4): (.239, .239),
    (3e-6, 1e4): (.228, .228), (5e-5, 5e4): (.087, .087),
}  # fmt: skip
SOFTMAX = {
    (1e-7, 1e3): (.248, .248), (1e-7, 1e4): (.346, .367), (1e-7, 2.5e4): (.343, .345), (1e-7, 5e4): (.319, .319),
    (5e-7, 1e4): (.371, .371), (2e-6, 1e3): (.398, .398), (2.5e-6, 1e3): (.393, .393), (5e-5, 5e4): (.087, .087),
}  # fmt: skip
SVM_TEST, SOFTMAX_TEST = (.366, .380), (.341, .384)  # of whatever was tuned
# On 154 features like ours (hues of all pixels alike, gradients without borders), by learning rate and reg; softer
# penalties with softmax. The nets have 500 hidden units and no penalty.
FEATURES_SVM = {(1e-9, 5e4): .111, (1e-8, 5e6): .427, (1e-7, 5e4): .422, (1e-7, 5e6): .330}
FEATURES_SOFTMAX = {(1e-3, 1e-2): (.466, .499), (1e-2, 1e-1): (.466, .499), (1e-2, 7e-1): (.466, .499)}  # the range of all
FEATURES_NET = {1.0: .553, 0.1: .595, 0.01: .512}
SEEDS = 3  # at large learning rates the last step decides, so a single run says little


def claims() -> Iterator[Claim]:
    """Published figures beside ours: a few minutes."""
    yield from _neighbours()
    yield from _linear()
    yield from _features()


def _neighbours() -> Iterator[Claim]:
    knn = solution("image_classification", "knn")
    pictures = load_cifar10()
    classifier = knn("KNearestNeighbor")()
    X_train, y_train = knn("as_rows")(pictures.X_train[:5000]), pictures.y_train[:5000]
    classifier.train(X_train, y_train)
    dists = classifier.compute_distances_no_loops(knn("as_rows")(pictures.X_test[:500]))
    for k, published in TEST.items():
        found = share(classifier.predict_labels(dists, k=k), pictures.y_test[:500])
        yield near(f"nearest neighbours, k = {k}: accuracy on 500 test images", published, found)
    found = knn("cross_validate")(*knn("make_folds")(X_train, y_train, 5), list(CROSS_VALIDATION))
    for k, published in CROSS_VALIDATION.items():
        yield near(f"nearest neighbours, k = {k}: mean of five folds", published, float(np.mean(found[k])), digits=4)
    best = knn("best_of")(found)
    yield near(f"nearest neighbours, the k that wins (ours {best}, published 10): mean of five folds", 0.2802,
               float(np.mean(found[best])), digits=4)


def _linear() -> Iterator[Claim]:
    linear = solution("image_classification", "linear_classifiers")
    data = get_cifar10_data()
    parts = {name: np.hstack([data[f"X_{name}"], np.ones((len(data[f"X_{name}"]), 1), np.float32)])
             for name in ("train", "val", "test")}
    for kind, settings, tests in (("LinearSVM", SVM, SVM_TEST), ("Softmax", SOFTMAX, SOFTMAX_TEST)):
        best = (-1.0, 0.0)
        for (rate, reg), published in settings.items():
            found = []
            for seed in range(SEEDS):
                np.random.seed(seed)
                model = linear(kind)()
                with np.errstate(all="ignore"):  # the last setting is meant to diverge
                    model.train(parts["train"], data["y_train"], learning_rate=rate, reg=reg, num_iters=1500)
                    found.append(share(model.predict(parts["val"]), data["y_val"]))
                    best = max(best, (found[-1], share(model.predict(parts["test"]), data["y_test"])))
            yield ranges_meet(f"{kind}, lr {rate:g}, reg {reg:g}: validation accuracy", published, found)
        yield ranges_meet(f"{kind}, the best of these on the validation set: test accuracy", tests, [best[1]])


def _features() -> Iterator[Claim]:
    own, linear = (solution("image_classification", name) for name in ("features", "linear_classifiers"))
    data = get_cifar10_data(subtract_mean=False, dtype=np.uint8)
    raw = {}
    for part in ("train", "val", "test"):
        images = np.array_split(data[f"X_{part}"].reshape(-1, 32, 32, 3), len(data[f"X_{part}"]) // 500)
        raw[part] = np.concatenate([own("features")(some).astype(np.float32) for some in images])
    for part, some in raw.items():
        data[f"X_{part}"] = own("standardize")(raw["train"], some).astype(np.float32)
    for kind, settings in (("LinearSVM", FEATURES_SVM), ("Softmax", FEATURES_SOFTMAX)):
        for (rate, reg), published in settings.items():
            found = []
            for seed in range(SEEDS):
                np.random.seed(seed)
                model = linear(kind)()
                model.train(own("with_ones")(data["X_train"]), data["y_train"], learning_rate=rate, reg=reg, num_iters=1500)
                found.append(share(model.predict(own("with_ones")(data["X_val"])), data["y_val"]))
            yield ranges_meet(f"features, {kind}, lr {rate:g}, reg {reg:g}: validation accuracy",
                              published if isinstance(published, tuple) else (published, published), found)
    for rate, accuracy in FEATURES_NET.items():
        np.random.seed(0)
        net = own("Net")(0.0, hidden=500)
        solver = Solver(net, data, optim_config={"learning_rate": rate}, lr_decay=0.95, batch_size=200, verbose=False)
        solver.train()
        yield at_least(f"features, net, 500 hidden units, lr {rate:g}: validation accuracy", accuracy,
                       solver.val_acc_history[-1], least=accuracy - NEAR)
