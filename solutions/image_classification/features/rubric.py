"""features.ipynb: hues and gradients, one weighted histogram for both, the scale of the training set, a small net.

Inputs avoid what would hide a mistake: H ≠ W, several images, every case of the hue, arrows into all four quadrants and
straight ones, no angle near an edge but those that are exactly on it. Where rounding would decide, numbers are drawn again.
"""

import numpy as np

from autograder.authoring.rubric import Rubric

rubric = Rubric()

rubric.depends_on("hog", {"gradients": ("gradients",), "histogram": ("histogram",)})

THREE_DIGITS = 1e-3  # an epsilon in a logarithm changes a loss in its fourth digit at most
EPSILON = 1e-4  # added to a small deviation, 1e-8 changes a right answer in its sixth digit


def _images(draw, *shape):
    """Images of strong and weak colours, uint8."""
    return np.round(128 + 60 * draw.normal(*shape, 3)).clip(0, 255).astype(np.uint8)


# Hues

def _colours(draw):
    """Two images of 12 pixels each: both sides of red, of green, of blue, more than once."""
    low, size, part = draw.integers(5, 40), draw.integers(80, 150), draw.integers(20, 60)
    pixels = []
    for largest in range(3):
        for second in ((largest + 1) % 3, (largest + 2) % 3):
            for dark in (0, 30):
                pixel = [low, low, low]
                pixel[largest] += size - dark
                pixel[second] += part - dark // 3
                pixels.append(pixel)
    pixels = np.array(pixels, np.uint8)
    return np.stack([pixels, pixels[::-1]]).reshape(2, 6, 2, 3)


@rubric.check(cell="hue_and_chroma", points=1.5)
def hues_around_the_wheel(draw):
    """hue_and_chroma gives the hue as a part of a turn, on both sides of red, green and blue"""
    images = _colours(draw)
    return lambda code: {"hue": code.hue_and_chroma(images)[0], "hue of one image": code.hue_and_chroma(images[1:])[0]}


@rubric.check(cell="hue_and_chroma", points=0.5)
def grey_has_no_hue(draw):
    """hue_and_chroma gives hue 0 and chroma 0 for grey pixels, black and white too, and a hue where two channels are equal"""
    a, b = draw.integers(150, 250), draw.integers(20, 100)
    images = np.array([[[a, a, a], [0, 0, 0], [255, 255, 255]], [[a, a, b], [b, a, a], [a, b, a]]], np.uint8)[np.newaxis]

    def probe(code):
        hue, chroma = code.hue_and_chroma(images)
        return {"hue": hue, "chroma of grey": np.asarray(chroma)[:, 0]}
    return probe


@rubric.check(cell="hue_and_chroma", points=1)
def chroma_is_the_range_of_a_pixel(draw):
    """hue_and_chroma gives the largest channel minus the smallest, over 255"""
    images = _colours(draw)
    return lambda code: {"chroma": code.hue_and_chroma(images)[1], "chroma of an image": code.hue_and_chroma(images[:1])[1]}


# Gradients

def _grey(draw, *shape):
    """Whole numbers, as floats, whose arrows are neither nearly straight nor, but for a few, exactly so."""
    return np.round(120 + 50 * draw.normal(*shape))


def _apart(grey):
    """How far the arrows inside are from the axes, in parts of half a turn; exact ones are checked by themselves."""
    gx, gy = (grey[:, 1:-1, 2:] - grey[:, 1:-1, :-2]).ravel(), (grey[:, 2:, 1:-1] - grey[:, :-2, 1:-1]).ravel()
    return np.minimum(np.abs(gx), np.abs(gy))


@rubric.check(cell="gradients", points=1)
def orientation_is_unsigned(draw):
    """gradients gives the angle over π, modulo 1: of arrows into all four quadrants"""
    grey = draw.clear(lambda: (_grey(draw, 2, 6, 5),), _apart, 0.5)[0]
    return lambda code: {"orientation inside": np.asarray(code.gradients(grey)[0])[:, 1:-1, 1:-1],
                         "orientation inside of one picture": np.asarray(code.gradients(grey[1:])[0])[:, 1:-1, 1:-1]}


@rubric.check(cell="gradients", points=0.5)
def straight_arrows_are_exact(draw):
    """gradients gives 0 for changes along the row in either direction, 0.5 down the column, 0 where nothing changes"""
    step = 5.0 * draw.integers(2, 9)
    row = step * np.array([0.0, 1, 3, 3, 3, 3, 1, 0])
    grey = np.repeat(row[np.newaxis], 5, axis=0)[np.newaxis]
    return lambda code: {"orientation": np.asarray(code.gradients(grey)[0])[:, 1:-1, 1:-1],
                         "orientation of columns": np.asarray(code.gradients(grey.swapaxes(1, 2))[0])[:, 1:-1, 1:-1]}


@rubric.check(cell="gradients", points=1.5)
def magnitude_is_the_length(draw):
    """gradients gives the root of gx² + gy², with half the difference of the two neighbours, of whole numbers too"""
    grey = draw.clear(lambda: (_grey(draw, 2, 6, 5),), _apart, 0.5)[0]
    whole = np.cumsum([[[3, 4, 6, 9, 5], [7, 2, 4, 3, 8], [6, 8, 5, 7, 2]]], axis=2) * (2 * draw.integers(1, 9) + 1)  # odd halves
    return lambda code: {"magnitude inside": np.asarray(code.gradients(grey)[1])[:, 1:-1, 1:-1],
                         "magnitude inside of one picture": np.asarray(code.gradients(grey[1:])[1])[:, 1:-1, 1:-1],
                         "magnitude inside of whole numbers": np.asarray(code.gradients(whole)[1])[:, 1:-1, 1:-1]}


@rubric.check(cell="gradients", points=1)
def borders_lack_one_component(draw):
    """gradients leaves out, at the border, the component that lacks a neighbour, and only that"""
    grey = draw.clear(lambda: (_grey(draw, 2, 6, 5),), lambda grey: np.append(
        np.diff(grey, axis=1).ravel(), np.concatenate([np.diff(grey, axis=2).ravel(), _apart(grey)])), 0.5)[0]
    rising = np.cumsum(np.abs(draw.signed(1, 4, 5, low=2.0, high=9.0)), axis=1).cumsum(axis=2)

    def probe(code):
        magnitude = np.asarray(code.gradients(grey)[1])
        border = {"first column": np.s_[:, :, 0], "last column": np.s_[:, :, -1], "first row": np.s_[:, 0],
                  "last row": np.s_[:, -1]}
        return ({f"magnitude of the {name}": magnitude[part] for name, part in border.items()}
                | {"magnitude of the corners is 0": bool(np.all(np.abs(magnitude[:, ::5, ::4]) < 1e-6)),
                   "orientation of the rising columns": np.asarray(code.gradients(rising)[0])[:, 1:-1, [0, -1]]})
    return probe


# The histogram

def _positions(draw, N, P, bins):
    """Positions and weights; no position is near an edge of `bins` bins."""
    positions = draw.clear(lambda: (np.abs(draw.signed(N, P, low=0.0, high=0.999)),),
                           lambda positions: positions * bins - np.round(positions * bins), 1e-2)[0]
    return positions, np.abs(draw.signed(N, P))


@rubric.check(cell="histogram", points=1.5)
def adds_weights_by_bin(draw):
    """histogram adds up, for each row, the weights of the positions in each bin"""
    cases = {bins: _positions(draw, 4, 15, bins) for bins in (3, 7, 9)}
    positions, weights = _positions(draw, 4, 15, 9)
    bins = np.floor(9 * positions)
    middle = positions + (3 + bins % 3 - bins) / 9  # in three bins of nine: the first is not where the positions begin
    return lambda code: {f"{bins} bins": code.histogram(*case, bins) for bins, case in cases.items()} | {
        "positions in the middle": code.histogram(middle, weights, 9)}


@rubric.check(cell="histogram", points=0.5)
def edges_belong_to_the_upper_bin(draw):
    """histogram puts a position that is exactly on an edge into the upper bin"""
    weights = np.abs(draw.signed(3, 4))
    positions = np.array([[0.0, 0.25, 0.5, 0.75], [0.75, 0.75, 0.0, 0.5], [0.125, 0.25, 0.375, 0.875]])
    return lambda code: {"four bins": code.histogram(positions, weights, 4), "eight bins": code.histogram(positions, weights, 8)}


@rubric.check(cell="histogram", points=1)
def empty_bins_stay(draw):
    """histogram gives a column for each bin, empty ones too, and takes weights of 0"""
    _, weights = _positions(draw, 5, 6, 4)
    low, high = np.full((5, 6), 0.03), np.full((5, 6), 0.61)
    return lambda code: {"the lowest bin only": code.histogram(low, weights, 6), "one bin in the middle": code.histogram(high, weights, 6),
                         "one row": code.histogram(high[:1], weights[:1], 5), "weights of 0": code.histogram(low, 0 * weights, 3)}


# HOG

@rubric.check(cell="hog", points=2)
def cells_are_squares_in_their_order(draw):
    """hog gives the histogram of each cell, the cells row by row, the bins of each together"""
    images = _images(draw, 2, 16, 24)
    return lambda code: {"two pictures": code.hog(images), "one picture": code.hog(images[1:])}


@rubric.check(cell="hog", points=1)
def takes_other_cells_and_bins(draw):
    """hog uses cell and bins"""
    images = _images(draw, 2, 8, 12)
    return lambda code: {"cells of 4": code.hog(images, cell=4), "5 bins": code.hog(images[:, :, :8], bins=5),
                         "cells of 2, 7 bins": code.hog(images, cell=2, bins=7)}


@rubric.check(cell="hog", points=1)
def gradients_cross_the_cells(draw):
    """hog takes the gradients of the whole grey picture, before it is cut"""
    flat = np.zeros((1, 16, 16, 3), np.uint8)
    flat[:, :, :8] = 3 * draw.integers(30, 65)  # the edge lies between two columns of cells
    flat[:, 8:, :, draw.integers(0, 3)] += 30  # and a change of one channel between two rows of them
    return lambda code: code.hog(flat)


# The scale

@rubric.check(cell="standardize", points=1, tolerance=EPSILON)
def training_rows_get_mean_0_and_deviation_1(draw):
    """standardize gives each feature of the training rows mean 0 and deviation 1, and leaves a constant one at 0"""
    X = draw.normal(7, 4) * [0.01, 1.0, 30.0, 1.0] + [0.5, -3.0, 100.0, 0.0]
    X[:, 3] = 0.25 * draw.integers(2, 9)
    return lambda code: code.standardize(X, X)


@rubric.check(cell="standardize", points=1, tolerance=EPSILON)
def others_get_the_training_rows_scale(draw):
    """standardize uses mean and deviation of X_train alone for other rows, also for a single one, and divides by 1 for 0"""
    scale, shift = [0.01, 1.0, 30.0], [0.5, -3.0, 100.0]
    X_train, X = draw.normal(8, 3) * scale + shift, (1 + 2 * draw.normal(5, 3)) * scale + shift
    constant = X_train.copy()
    constant[:, 1] = 0.25 * draw.integers(2, 9)
    return lambda code: {"other rows": code.standardize(X_train, X), "a single row": code.standardize(X_train, X[:1]),
                         "where the training rows have one number": np.asarray(code.standardize(constant, X))[:, 1]}


# The SVM's loss, judged in full in linear_classifiers

def _margins(W, X, y):
    scores = X @ W
    return scores - scores[np.arange(len(y)), y][:, np.newaxis] + 1


@rubric.check(cell="bring_svm_loss", points=1)
def brings_the_svm_loss(draw):
    """svm_loss_vectorized gives the mean loss, the penalty without ½, and their gradient"""
    problem = draw.clear(lambda: (draw.normal(5, 4, scale=0.6), draw.normal(7, 5), draw.labels(7, 4)), _margins)

    def probe(code):
        (loss, dW), (more, dmore) = code.svm_loss_vectorized(*problem, 0.0), code.svm_loss_vectorized(*problem, 0.4)
        return {"loss": loss, "dW": dW, "what reg adds to the loss": float(more) - float(loss),
                "what reg adds to dW": np.asarray(dmore) - np.asarray(dW)}
    return probe


# The net

D, H, C = 6, 9, 4


def _net(draw):
    """Parameters with dead units, units that are always on, and mixed ones; inputs and labels away from the kinks."""
    params = {"W1": draw.normal(D, H, scale=0.5), "b1": draw.normal(H, scale=0.3), "W2": draw.normal(H, C, scale=0.25),
              "b2": np.abs(draw.signed(C, low=0.5)) * [-1, 1, -1, 1]}
    params["b1"][:3] -= 8.0
    params["W2"][:3] *= 4.0  # anything that leaks through the dead units shows
    X = draw.clear(lambda: (draw.normal(7, D),), lambda X: X @ params["W1"] + params["b1"])[0]
    return params, X, draw.labels(7, C)


@rubric.check(cell="net_loss", points=1)
def scores_of_the_net(draw):
    """net_loss(params, X) gives the scores: affine, ReLU, affine, and nothing after that"""
    params, X, _ = _net(draw)
    return lambda code: {"scores": code.net_loss(params, X), "scores of one example": code.net_loss(params, X[:1])}


@rubric.check(cell="net_loss", points=1, tolerance=THREE_DIGITS)
def loss_of_the_net(draw):
    """net_loss gives the mean of −log p of the right classes, and adds reg · (ΣW1² + ΣW2²)"""
    params, X, y = _net(draw)

    def probe(code):
        loss, more = (float(code.net_loss(params, X, y, reg)[0]) for reg in (0.0, 0.1))
        return {"loss": loss, "loss of as many examples as classes": code.net_loss(params, X[:C], y[:C])[0],
                "loss of one example": code.net_loss(params, X[:1], y[:1])[0], "what reg adds to the loss": more - loss}
    return probe


@rubric.check(cell="net_loss", points=1)
def gradients_of_the_second_layer(draw):
    """net_loss gives dW2 and db2"""
    return _gradients(*_net(draw), ("W2", "b2"))


@rubric.check(cell="net_loss", points=1)
def gradients_of_the_first_layer(draw):
    """net_loss gives dW1 and db1, through the units that are on"""
    return _gradients(*_net(draw), ("W1", "b1"))


def _gradients(params, X, y, names):
    def probe(code):
        plain, more = (code.net_loss(params, X, y, reg)[1] for reg in (0.0, 0.3))
        one = code.net_loss(params, X[:1], y[:1], 0.0)[1]
        return {f"d{name}": plain[name] for name in names} | {
            f"d{name} of one example": one[name] for name in names} | {
            f"what reg adds to d{name}": np.asarray(more[name]) - np.asarray(plain[name]) for name in names}
    return probe


@rubric.check(cell="net_loss", points=1, tolerance=THREE_DIGITS)
def net_stands_large_scores(draw):
    """net_loss stays exact for scores in the thousands, and for unlikely classes"""
    params, X, y = _net(draw)
    params["b1"] = 0 * params["b1"]  # of which other checks ask: beside such scores it shows in some draws only
    large = 1000.0 * np.array([1.0, -1.0, -1.0, 1.0]) + draw.signed(C)  # two classes have a chance
    unlikely = -40.0 * np.eye(C)[0] + draw.normal(C, scale=0.1)
    quiet = params | {"W2": 0.01 * params["W2"]}
    # Only the last hidden unit sees the first input, and adds as much to all scores of a row: one maximum for all would not do.
    W1, W2, b1, rising = params["W1"].copy(), params["W2"].copy(), params["b1"].copy(), X.copy()
    W1[0], W1[:, -1], b1[-1], W2[-1] = 0.0, np.eye(D)[0], 0.0, 1.0
    rising[:, 0] = 500.0 * np.arange(7) + draw.integers(100, 400)

    def probe(code):
        apart, grads = code.net_loss(quiet | {"b2": large}, X, 3 * (y % 2))
        return {"loss of scores of all sizes": code.net_loss(params | {"W1": W1, "W2": W2, "b1": b1}, rising, y)[0],
                "loss of scores far apart": apart, "db2 of scores far apart": grads["b2"],
                "loss of an unlikely class": code.net_loss(quiet | {"b2": unlikely}, X, 0 * y)[0]}
    return probe


# What was chosen, and what was saved

@rubric.check(cell="inline_question_1", points=1)
def chooses_what_features_do_not_notice(draw):
    """inline question 1: the right choice of changes that features do not notice"""
    return lambda code: {"your choice": code.inline_question_1}


def _pictures(images, training):
    return images


def _features(code, params, images):
    parts = [np.asarray(code.features(images[start:start + 500])) for start in range(0, len(images), 500)]
    return np.concatenate(parts) * params["scale"] + params["shift"]


def _svm_scores(code, params, images):
    return code.with_ones(_features(code, params, images)) @ params["W"]


def _net_scores(code, params, images):
    return code.net_loss({name: params[name] for name in ("W1", "b1", "W2", "b2")}, _features(code, params, images))


# The solution's reach 0.552 and 0.665 on the stand-in's held-out images, 0.513 and 0.595 on those of CIFAR-10.
_SCALE = {"scale": (154,), "shift": (154,)}
for _cell, _best, _shapes, _scores in (
        ("best_svm", 0.45, {"W": (155, 10)}, _svm_scores),
        ("best_net", 0.54, {"W1": (154, "H"), "b1": ("H",), "W2": ("H", 10), "b2": (10,)}, _net_scores)):
    rubric.saved_net(cell=_cell, file=f"features_{_cell}.npz", thresholds={round(_best - less, 2): 1 for less in (0.06, 0.03, 0.0)},
                     shapes=_shapes | _SCALE, inputs=_pictures)(_scores)
