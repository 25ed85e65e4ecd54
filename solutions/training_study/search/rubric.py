"""search.ipynb: candidates, a search over all their combinations, and the network that results from it.

The search is judged on small data sets where one candidate works and the others cannot. Forty-four hidden units tell
six groups of points apart unless all of them are dead for one group, which has a chance of 6 / 2⁴⁴ (in 2850 trainings with
24 to 60 units every one had all points right), so that a right search fails in fewer than one of 10⁹ hand-ins.
"""

import numpy as np

from autograder.authoring.rubric import Rubric
from autograder.grading.judging import numbers

from ..shared import add_checks

rubric = Rubric()

add_checks(rubric, cell="bring_your_functions")
rubric.depends_on("find_best_net", {"nn_forward_backward": ("bring_your_functions",)})


@rubric.check(cell="nn_get_search_params", points=1)
def candidates_for_a_grid(draw):
    """nn_get_search_params gives four lists, of two or more candidates each, and fewer than 256 combinations"""
    def judge(given):
        if not isinstance(given, (tuple, list)) or len(given) != 4:
            return "four lists are asked for"
        names = ("learning rates", "hidden sizes", "regularization strengths", "learning rate decays")
        lists = [numbers(values, name).tolist() for name, values in zip(names, given)]
        for name, values in zip(names, lists):
            if len(set(values)) < 2:
                return f"{name}: at least 2 different candidates are asked for, not {len(set(values))}"
        rates, sizes, regs, decays = lists
        if not all(0 < rate < 1e4 for rate in rates):
            return "a learning rate is a number above 0"
        if not all(size == int(size) and size >= 1 for size in sizes):
            return "hidden sizes, the second list, are whole numbers from 1 on"
        if not all(reg >= 0 for reg in regs):
            return "regularization strengths, the third list, are not negative"
        if not all(0 < decay <= 1 for decay in decays):
            return "learning rate decays, the fourth list, lie between 0 and 1"
        count = int(np.prod([len(values) for values in lists]))
        if count >= 256:
            product = " × ".join(str(len(values)) for values in lists)
            return f"{product} = {count} combinations; fewer than 256 are asked for"
    return lambda code: code.nn_get_search_params(), judge


GROUPS, SIZE, UNITS, RATE, REG, DECAY = 6, 8, 44, 0.7, 1e-5, 1.001
ITERATIONS, BATCH, SEED = 70, 40, 7
SLOW, RISING = 0.1, 1.12  # a rate with which nothing is learned in time, unless it rises: not by the default decay
TOO_LOW, TOO_STRONG, TOO_FAST = 1e-7, 0.9, 1e-6  # a rate, a penalty and a decay with which nothing can be learned


def _groups(draw, shares=(1,) * GROUPS):
    """A small data set: groups of points that are far from each other; `shares` says how large each is in training."""
    corners = 3 * np.eye(SIZE)[np.argsort(draw.normal(SIZE))[:GROUPS]]
    labels = np.argsort(draw.normal(10))[:GROUPS]  # some of the ten classes
    train, val = np.repeat(np.arange(GROUPS), np.multiply(shares, 120 // sum(shares))), np.arange(60) % GROUPS
    return {"X_train": corners[train] + draw.normal(len(train), SIZE, scale=0.1), "y_train": labels[train],
            "X_val": corners[val] + draw.normal(60, SIZE, scale=0.1), "y_val": labels[val]}


def _search(code, data, rates=(RATE,), sizes=(UNITS,), regs=(REG,), decays=(DECAY,)):
    """What find_best_net gives, and how good the network is that it returns."""
    code.seed(SEED)  # the same mistake then gives the same networks
    # A function that gives these lists has to be on the other side: the method `copy` of a list of them is one.
    candidates = code.put([list(rates), list(sizes), list(regs), list(decays)])
    net, stats, val_acc = code.find_best_net(data, candidates.copy, num_iters=ITERATIONS, batch_size=BATCH)
    # What the network says, and what its parameters say of points close by: a network is more than its answers.
    near = data["X_val"] + 0.05 * np.cos(np.arange(data["X_val"].size)).reshape(data["X_val"].shape)
    scores = np.asarray(code.nn_forward_backward(net.params, near))
    right = [np.mean(labels == data["y_val"]) for labels in (np.asarray(net.predict(data["X_val"])), scores.argmax(axis=1))]
    loss = float(code.nn_forward_backward(net.params, data["X_train"], data["y_train"], reg=0.0)[0])
    return {"right": float(right[0]), "loss": loss, "right by its parameters": float(right[1]), "val_acc": float(val_acc), "shape": list(np.asarray(net.params["W1"]).shape),
            "outputs": list(np.asarray(net.params["W2"]).shape),
            "losses": np.asarray(stats["loss_history"], dtype=float).ravel(),
            "accuracies": np.asarray(stats["val_acc_history"], dtype=float).ravel()}


def _size(found, what):
    if found["shape"] != [SIZE, UNITS]:
        return f"{what}: W1 of the network has the shape {tuple(found['shape'])}, that of the best one {(SIZE, UNITS)}"


def _winner(found, what):
    if wrong := _size(found, what):
        return wrong
    if found["outputs"] != [UNITS, 10]:
        return f"{what}: W2 of the network has the shape {tuple(found['outputs'])}, that of the best one {(UNITS, 10)}"
    if not min(found["right"], found["right by its parameters"]) >= 0.9:  # how many exactly is chance, and would only hide that two hand-ins have the same mistake
        return f"{what}: best_net has not even 90 % of the validation set right; the best one has all"


@rubric.check(cell="find_best_net", points=0.5)
def tries_all_learning_rates_and_sizes(draw):
    """find_best_net finds the one learning rate, and the one hidden size, that work"""
    data = _groups(draw)
    # Even so low a rate teaches b2 which group is the largest. All of this validation set belongs to it, so that no network
    # has an accuracy of 0, which many searches would not accept as the best.
    skewed = _groups(draw, shares=(5, 1, 1, 1, 1, 1))
    skewed["y_val"] = np.repeat(skewed["y_train"][:1], 60)

    def judge(found):
        low = numbers(found["low"]["losses"], "loss_history")
        if not low.size or not low[-1] >= low[0] - 1e-3:
            return ("with 1e-7 as the only learning rate nothing can be learned, and yet the loss falls: "
                    "pass learning_rate on")
        # The sizes first: their shapes tell whose network came back, the first one or the last.
        return _winner(found["sizes"], "only the second of three hidden sizes is large enough") or \
            _winner(found["rates"], "only the second of three learning rates works")
    return lambda code: {"rates": _search(code, data, rates=(TOO_LOW, RATE, TOO_LOW)),
                         # A rate above 1, with too small a net at last: above any accuracy, if the two are compared.
                         "sizes": _search(code, data, rates=(RATE, 1.2), sizes=(1, UNITS, 2)),
                         "low": _search(code, skewed, rates=(TOO_LOW,))}, judge


@rubric.check(cell="find_best_net", points=0.5)
def tries_all_penalties_and_decays(draw):
    """find_best_net finds the one penalty, and the one decay, that work, with a new network for each"""
    data = _groups(draw)

    def judge(found):
        if found["strong"]["right"] >= 0.9:
            return "with 0.9 as the only penalty nothing can be learned, and yet best_net has learned: pass reg on"
        return _winner(found["regs"], "only the second of three penalties leaves anything to learn") or \
            _winner(found["decays"], "only the second of three decays leaves steps to take")
    return lambda code: {"regs": _search(code, data, regs=(TOO_STRONG, REG, TOO_STRONG)),
                         "strong": _search(code, data, regs=(TOO_STRONG,)),
                         "decays": _search(code, data, rates=(SLOW,), decays=(TOO_FAST, RISING, TOO_FAST))}, judge


@rubric.check(cell="find_best_net", points=0.5)
def tries_every_combination(draw):
    """find_best_net tries every combination: of sixteen, two work"""
    data = _groups(draw)
    # Side by side there are two combinations; the better of them has the second size, the first of all has the first.
    return lambda code: _search(code, data, (TOO_LOW, RATE), (UNITS, 2), (TOO_STRONG, REG), (DECAY, 1.0)), \
        lambda found: _winner(found, "two of sixteen combinations work: the second rate and penalty with the first size")


@rubric.check(cell="find_best_net", points=1)
def returns_what_belongs_together(draw):
    """find_best_net returns the winner's own history and accuracy, for as many iterations as were asked for"""
    data = _groups(draw)

    def judge(found):
        if wrong := _size(found, "only the second of three learning rates works"):  # else the rest would be left to chance
            return wrong
        if not len(found["accuracies"]):
            return "best_stat has no validation accuracies"
        # The accuracy may be that of the network, or the last or best one that was measured on the way.
        allowed = [found["right"], found["accuracies"][-1], found["accuracies"].max()]
        if found["val_acc"] == 0:
            return "best_val_acc is 0; that of the best network is not"
        if not np.abs(np.array(allowed) - found["val_acc"]).min() <= 1e-6:
            return ("best_val_acc is not the accuracy of best_net on the validation set, "
                    "and best_stat has no such accuracy")
        if len(found["losses"]) != ITERATIONS:
            return f"best_stat has {len(found['losses'])} losses, not {ITERATIONS}: pass num_iters on"
        measured = -(-ITERATIONS // (len(data["y_train"]) // BATCH))
        if len(found["accuracies"]) != measured:
            return f"best_stat has {len(found['accuracies'])} accuracies, not {measured}: pass batch_size on"
        if found["accuracies"].max() < 0.9 <= found["right"]:
            return "the validation accuracies in best_stat are not those of best_net: train gets X_val and y_val"
        if not found["losses"][-5:].mean() < 1:
            return "best_stat is another network's: its loss ends near log 10, that of the best network far below 1"
        if not (found["losses"][0] > 1 and found["losses"].min() > 0):
            return "the losses in best_stat are those of no training: they begin far above 0, where the network is new"
        if not abs(found["losses"][-5:].mean() - found["loss"]) < 0.2:  # right ones are below 0.01, both
            return "the losses in best_stat do not end at the loss that best_net has on the training set"
    return lambda code: _search(code, data, rates=(TOO_LOW, RATE, TOO_LOW)), judge


@rubric.check(cell="find_best_net", points=0.5)
def chooses_by_the_validation_set(draw):
    """find_best_net chooses by the validation accuracy, whatever the training accuracy is"""
    # All validation points have the label of the largest group in training. A network whose weights the penalty has
    # wiped out knows only which group is the largest (its b2): here it is always right, while one that has learned the
    # groups is right in one case of six. The former comes first and last: at the start of training every network is of
    # that kind, so a search that goes by the best epoch finds them equal.
    data = _groups(draw, shares=(5, 1, 1, 1, 1, 1))
    data["y_val"] = np.repeat(data["y_train"][:1], 60)

    def judge(found):
        if wrong := _size(found, "the second of three penalties is the best"):
            return wrong
        if not min(found["right"], found["right by its parameters"]) >= 0.9:
            return "best_net is not the best on the validation set: the training set must have no say"
    return lambda code: _search(code, data, regs=(TOO_STRONG, REG, TOO_STRONG)), judge


def unit_rows(images: np.ndarray, training: np.ndarray) -> np.ndarray:
    """Each image as a row: pixels from 0 to 1, less the mean colour of the first 40,000 training images."""
    colour = training[:40_000].sum(axis=(0, 1, 2), dtype=np.int64) / (40_000 * 32 * 32 * 255)
    return (images.astype(np.float32) / 255 - colour.astype(np.float32)).reshape(len(images), -1)


@rubric.saved_net(cell="best_net", file="search_best_net.npz", thresholds={0.38: 1, 0.44: 1, 0.48: 1},
                  shapes={"W1": (3072, "H"), "b1": ("H",), "W2": ("H", 10), "b2": (10,)}, inputs=unit_rows)
def scores_of_the_saved_net(code, params, images):
    return code.nn_forward_pass(params, images)[0]


@rubric.check(cell="inline_question", points=1)
def knows_the_luck_of_the_winner(draw):
    """inline question: the right choice of what a winner's accuracies are worth"""
    return lambda code: {"your choice": code.inline_question}
