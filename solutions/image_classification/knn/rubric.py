"""knn.ipynb: how many numbers a picture has, pictures as rows, k-nearest neighbours with three ways to the same distances, L1, cross-validation.

Test and training sets have different sizes, and there are more classes than neighbours and fewer. Where distances
decide an order, no two are nearly equal; where a tie is meant, it is one of votes. Labels are compared as
numbers, since public solutions give them as floats.
"""

import numpy as np

from autograder.authoring.rubric import Rubric
from autograder.grading.judging import numbers

rubric = Rubric()

rubric.depends_on("cross_validate", {
    "KNearestNeighbor.compute_distances_two_loops": ("compute_distances_two_loops",),
    "KNearestNeighbor.compute_distances_one_loop": ("compute_distances_one_loop",),
    "KNearestNeighbor.compute_distances_no_loops": ("compute_distances_no_loops",),
    "KNearestNeighbor.predict_labels": ("predict_labels",)})


def _classifier(code, X, y):
    classifier = code.KNearestNeighbor()
    classifier.X_train, classifier.y_train = X, y
    return classifier


# One minute to begin with

@rubric.check(cell="count_numbers", points=1)
def counts_three_numbers_for_each_place(draw):
    """count_numbers counts three numbers for each place of a picture"""
    height, width = draw.integers(2, 9), draw.integers(10, 40)
    return lambda code: {"the numbers of a picture": code.count_numbers(height, width),
                         "those of a picture with one row": code.count_numbers(1, width)}


# as_rows

@rubric.check(cell="as_rows", points=0.5)
def makes_a_row_of_each_picture(draw):
    """as_rows puts the numbers of each picture into a row, in NumPy's order"""
    images = (40 * np.abs(draw.normal(3, 2, 4, 3))).astype(np.uint8)
    one = images[:1, :, :, ::-1]
    return lambda code: {"rows": np.asarray(code.as_rows(images)).astype(np.float64),
                         "rows of one picture": np.asarray(code.as_rows(one)).astype(np.float64)}


@rubric.check(cell="as_rows", points=0.5)
def makes_floating_point_numbers(draw):
    """as_rows gives floating-point numbers, so that a difference can be negative and a sum of squares large"""
    images = (40 * np.abs(draw.normal(2, 2, 2, 3))).astype(np.uint8)
    bright = (200 + draw.integers(0, 50)) * np.ones((1, 32, 32, 3), dtype=np.uint8)
    return lambda code: {"rows": code.as_rows(images),
                         "the sum of the squares of a bright picture": float(np.sum(np.asarray(code.as_rows(bright))**2))}


# Distances

def _points(draw, num_test, num_train, D):
    return draw.normal(num_test, D), draw.normal(num_train, D), draw.labels(num_train, 3)


def _distances(draw, method, sizes=((4, 7, 5), (6, 3, 2), (1, 5, 8))):
    """What `method` gives for sets of several sizes: more test examples than training examples, and one alone."""
    sets = [_points(draw, *size) for size in sizes]
    names = ("dists", "dists of more test than training examples", "dists of a single test example")

    def probe(code):
        found = {name: getattr(_classifier(code, X_train, y), method)(X) for name, (X, X_train, y) in zip(names, sets)}
        X, X_train, y = sets[0]
        classifier = _classifier(code, X_train, y)
        getattr(classifier, method)(X)
        found["dists of other test examples, by the same classifier"] = getattr(classifier, method)(X + 1.0)
        classifier.X_train = X_train - 1.0
        return found | {"dists to other training examples, by the same classifier": getattr(classifier, method)(X)}
    return probe


@rubric.check(cell="compute_distances_two_loops", points=1)
def two_loops_are_euclidean(draw):
    """compute_distances_two_loops gives the Euclidean distance from each test to each training example"""
    return _distances(draw, "compute_distances_two_loops")


@rubric.check(cell="compute_distances_two_loops", points=1)
def two_loops_of_pixels(draw):
    """compute_distances_two_loops takes rows of pixels, and gives 0 for equal rows"""
    X = np.round(60 * np.abs(draw.normal(5, 12)))
    return lambda code: {"dists": _classifier(code, X[:4], np.arange(4)).compute_distances_two_loops(X[2:])}


@rubric.check(cell="compute_distances_one_loop", points=1)
def one_loop_is_euclidean(draw):
    """compute_distances_one_loop gives the Euclidean distance from each test to each training example"""
    return _distances(draw, "compute_distances_one_loop")


@rubric.check(cell="compute_distances_no_loops", points=1.5)
def no_loops_are_euclidean(draw):
    """compute_distances_no_loops gives the Euclidean distance from each test to each training example"""
    return _distances(draw, "compute_distances_no_loops")


@rubric.check(cell="compute_distances_no_loops", points=0.5)
def no_loops_of_pixels(draw):
    """compute_distances_no_loops takes rows of pixels, even with as many test as training examples"""
    X = np.round(60 * np.abs(draw.normal(8, 12)))
    return lambda code: {"dists": _classifier(code, X[:4], np.arange(4)).compute_distances_no_loops(X[4:])}


@rubric.check(cell="compute_distances_no_loops", points=1)
def no_loops_of_equal_rows(draw):
    """compute_distances_no_loops gives no NaN where two rows are equal"""
    # Of a hundred equal pairs in float64, the three terms leave something below zero in about a third. That none does
    # has a chance below 10⁻¹⁵ here. Right answers are below 1e-6 in float64 and 1e-2 in single precision.
    X = draw.normal(100, 30) + 3.0
    others, y = draw.normal(8, 5), draw.labels(100, 3)

    def judge(dists):
        if np.shape(dists["dists"]) != (100, 100):
            return f"dists has shape {np.shape(dists['dists'])} for 100 test and 100 training examples"
        distances = np.asarray(dists["dists"], dtype=float)
        own = np.diag(distances)
        if np.isnan(own).any():
            return (f"{np.isnan(own).sum()} of 100 distances from an example to itself are NaN: rounding leaves a number "
                    "below 0 under the root")
        if not np.abs(own).max() <= 0.05:
            return f"the distance from an example to itself is up to {np.abs(own).max():.3g}; it should be 0, up to rounding"
        if not numbers(dists["dists of others"], "dists").any():
            return "all distances are 0"
        # Of any kind of distance, squared or not, the correlation is over 0.9, and of numbers that are none below 0.1.
        apart = ~np.eye(100, dtype=bool)
        if not np.corrcoef(distances[apart], np.linalg.norm(X[:, np.newaxis] - X, axis=2)[apart])[0, 1] > 0.5:
            return "the distances do not grow with how far examples are from each other"
    return lambda code: {"dists": np.asarray(_classifier(code, X, y).compute_distances_no_loops(X)),
                         "dists of others": _classifier(code, others[:4], y[:4]).compute_distances_no_loops(others[4:])}, judge


@rubric.check(cell="compute_distances_l1", points=1)
def l1_adds_sizes(draw):
    """compute_distances_l1 gives the sum of the absolute differences"""
    return _distances(draw, "compute_distances_l1")


@rubric.check(cell="inline_question_1", points=1)
def chooses_what_makes_rows_and_columns_bright(draw):
    """inline question 1: the right choice of statements about bright rows and columns"""
    return lambda code: {"your choice": code.inline_question_1}


# predict_labels

def _ranked(draw, order):
    """Distances (1, len(order)) in which the example order[0] is nearest, then order[1], and so on."""
    dists = np.empty((1, len(order)))
    dists[0, order] = np.cumsum(np.abs(draw.signed(len(order), low=0.5)))
    return dists


def _votes(code, y, dists, k):
    classifier = _classifier(code, np.zeros((len(y), 2)), y)
    classifier.predict_labels(dists[::-1], k=1)  # nothing of this call may be left in the next one
    return np.asarray(classifier.predict_labels(dists, k=k)).astype(np.int64)


@rubric.check(cell="predict_labels", points=1)
def one_neighbour_decides(draw):
    """predict_labels gives, for k = 1, the label of the nearest example"""
    y = np.array([4, 0, 3, 1, 4, 2])
    dists = np.concatenate([_ranked(draw, order) for order in (
        [3, 0, 1, 2, 4, 5], [5, 4, 3, 2, 1, 0], [0, 1, 2, 3, 5, 4], [1, 5, 0, 4, 2, 3])])
    return lambda code: {"the labels": _votes(code, y, dists, 1), "the label of one example": _votes(code, y, dists[1:2], 1)}


@rubric.check(cell="predict_labels", points=1)
def the_majority_wins(draw):
    """predict_labels gives the most frequent label among the k nearest"""
    y = np.array([3, 0, 0, 3, 3, 1, 0, 3, 2, 4])
    # The nearest one never has the label that wins among three. Further out, 0 and 3 take turns, and in the last row two of
    # five are enough; there is never a tie.
    dists = np.concatenate([_ranked(draw, order) for order in (
        [0, 1, 2, 3, 7, 4, 5, 6, 8, 9], [7, 6, 2, 1, 3, 4, 0, 5, 9, 8], [1, 7, 3, 2, 6, 0, 4, 5, 8, 9],
        [5, 4, 3, 0, 7, 2, 1, 6, 9, 8], [5, 0, 3, 1, 8, 9, 4, 2, 6, 7])])
    return lambda code: {f"the labels for k = {k}": _votes(code, y, dists, k) for k in (3, 5, 7)}


@rubric.check(cell="predict_labels", points=1)
def a_tie_goes_to_the_smaller_label(draw):
    """predict_labels gives the smallest of several labels that are equally frequent"""
    y = np.array([2, 4, 1, 4, 1, 2])
    # The nearest, the last and the largest label are not the smallest one. Among the three nearest of the last two, three
    # labels have a vote each; the nearest has the one in the middle, and then the largest.
    dists = np.concatenate([_ranked(draw, order) for order in (
        [1, 2, 0, 3, 4, 5], [3, 4, 2, 1, 0, 5], [0, 2, 5, 4, 1, 3], [1, 4, 5, 0, 2, 3],
        [0, 1, 2, 5, 3, 4], [1, 0, 2, 5, 3, 4])])
    return lambda code: {"the labels for k = 2": _votes(code, y, dists[:2], 2),
                         "the labels for k = 3": _votes(code, y, dists[4:], 3),
                         "the labels for k = 4": _votes(code, y, dists[1:4], 4)}


# Cross-validation

@rubric.check(cell="make_folds", points=1)
def folds_keep_the_order(draw):
    """make_folds cuts examples and labels at the same places, in their order"""
    X, y = draw.normal(11, 3), draw.labels(11, 4)

    def probe(code):
        return {"the folds": [[np.asarray(fold) for fold in folds] for folds in _pair(code.make_folds(X, y, 4))],
                "five folds, by default": [[np.asarray(fold) for fold in folds] for folds in _pair(code.make_folds(X, y))]}
    return probe


def _pair(folds):
    X_folds, y_folds = folds
    return list(X_folds), list(y_folds)


def _folds(draw, sizes, D=3):
    """Folds whose examples lie in clouds, one for each label, with some that went astray."""
    X_folds, y_folds = [], []
    for size in sizes:
        y = draw.labels(size, 3)
        X_folds.append(1.6 * np.eye(3, D)[y] + draw.normal(size, D, scale=0.9))
        y_folds.append(y)
    return X_folds, y_folds


def _accuracies(code, folds, k_choices):
    found = code.cross_validate(*folds, k_choices)
    return {f"the accuracies for k = {k}": np.asarray(found[k], dtype=np.float64) for k in k_choices}


@rubric.check(cell="cross_validate", points=2)
def leaves_each_fold_out_once(draw):
    """cross_validate gives the accuracy on each fold of a classifier trained on all the others"""
    folds, uneven = _folds(draw, (12, 12, 12, 12)), _folds(draw, (9, 8, 8))
    return lambda code: {"four folds": _accuracies(code, folds, [1, 3, 6]), "uneven folds": _accuracies(code, uneven, [2])}


@rubric.check(cell="cross_validate", points=1)
def asks_for_every_k(draw):
    """cross_validate uses each k, and the result has a key for each"""
    # All but one of the first fold's labels are 1. The nearest of the others says 1; among the 16 nearest, 0 wins. If the
    # fold itself is among the training data, that is so too, but not if it is all of them. Each fold leaves 16 others or
    # more: where there are fewer than k, np.argpartition stops with an error, and rightly so.
    y_folds = [np.array([1, 1, 1, 0]), np.array([0] * 12), np.array([0] * 8 + [1] * 4)]
    X_folds = [draw.signed(4, 2, low=0.1, high=0.4) + [[10.0, 0.0]], draw.normal(12, 2, scale=0.3),
               np.concatenate([draw.normal(8, 2, scale=0.3), draw.normal(4, 2, scale=0.1) + [[10.0, 0.0]]])]

    def probe(code):
        found = code.cross_validate(X_folds, y_folds, [1, 16])
        return {"on the first fold, k = 1": float(found[1][0]), "on the first fold, k = 16": float(found[16][0])}
    return probe


@rubric.check(cell="best_of", points=1)
def takes_the_highest_mean(draw):
    """best_of gives the k with the highest mean over the folds"""
    base = 0.2 + 0.01 * draw.integers(0, 10)
    # The best mean, the best single fold, the first and the last fold, the best median, the lowest mean, the steadiest, the
    # smallest and the largest k are all different ones.
    table = {6: [base + d for d in (0.00, 0.00, 0.01, 0.00)], 9: [base + d for d in (0.03, 0.04, 0.05, 0.03)],
             2: [base + d for d in (0.00, 0.09, 0.00, 0.00)], 4: [base + d for d in (0.07, 0.00, 0.00, 0.00)],
             30: [base + d for d in (0.00, 0.00, 0.00, 0.08)], 20: [base - 0.01] * 4,
             13: [base + d for d in (0.045, 0.045, 0.045, -0.06)],
             25: [base - d for d in (0.05, 0.02, 0.03, 0.04)]}
    turned = {k: values[::-1] for k, values in reversed(table.items())}
    return lambda code: {"the best k": code.best_of(table), "the best k of another order": code.best_of(turned),
                         "the best of one": code.best_of({11: [base, base]})}


@rubric.check(cell="inline_question_2", points=1)
def chooses_what_l1_does_not_notice(draw):
    """inline question 2: the right choice of changes that L1 does not notice"""
    return lambda code: {"your choice": code.inline_question_2}


@rubric.check(cell="inline_question_3", points=1)
def chooses_what_holds_for_every_data_set(draw):
    """inline question 3: the right choice of statements about k"""
    return lambda code: {"your choice": code.inline_question_3}
