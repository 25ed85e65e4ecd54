"""hyperparameters.ipynb: sanity checks, loss curves, sizes of steps, and a search on a logarithmic scale.

What is random is judged by its distribution, with the bound of Dvoretzky, Kiefer and Wolfowitz: the share of n draws below
any point is off by more than e with a probability of 2 · exp(−2 n e²) at most.
"""

import numpy as np

from autograder.authoring.rubric import Rubric
from autograder.grading.compare import listed
from autograder.grading.judging import numbers
from cs231n_utils.data.held_out import rows

from ..shared import first_weights, loss_and_gradients

rubric = Rubric()

rubric.depends_on("overfit", {"TwoLayerNet.loss": ("two_layer_net",)})
rubric.depends_on("make_grid", {"sample_log_uniform": ("sample_log_uniform",)})


@rubric.check(cell="two_layer_net", points=0.5, tolerance=1e-3)  # in single precision, large scores have few digits
def the_network_works(draw):
    """your TwoLayerNet gives scores, the loss with ½ · reg · ΣW², and its gradients"""
    return loss_and_gradients(draw)


@rubric.check(cell="two_layer_net", points=0.5)
def the_network_starts_small(draw):
    """your TwoLayerNet starts with random weights of size weight_scale"""
    return first_weights(draw)


@rubric.check(cell="expected_loss", points=0.5)
def expects_log_c(draw):
    """expected_loss is log C without regularization"""
    classes = draw.integers(3, 200)
    return lambda code: {"the loss": code.expected_loss(classes), "the loss with reg=0": code.expected_loss(classes, 0.0, 0.3, 500)}


@rubric.check(cell="expected_loss", points=0.5)
def expects_the_penalty(draw):
    """expected_loss adds ½ · reg · n · s²"""
    classes, reg, scale, count = draw.integers(3, 50), 0.1 * draw.integers(2, 10), 0.01 * draw.integers(2, 30), draw.integers(50, 900)
    return lambda code: {"the loss": code.expected_loss(classes, reg, scale, count)}


@rubric.check(cell="overfit", points=2)
def steps_down_on_one_batch(draw):
    """overfit takes gradient steps with all parameters, and gives the loss before each"""
    D, H, C, N = 5, 7, 3, 6
    params = {"W1": draw.normal(D, H, scale=0.5), "b1": draw.signed(H, low=2.0, high=3.0), "W2": draw.normal(H, C, scale=0.3),
              "b2": draw.signed(C)}
    X, y, rate = draw.normal(N, D, scale=0.1), draw.labels(N, C), 0.01 * draw.integers(2, 6)

    def probe(code):
        net = code.TwoLayerNet(input_dim=D, hidden_dim=H, num_classes=C, weight_scale=0.1, reg=0.0)
        net.params = params
        losses = code.overfit(net, X, y, rate, 6)
        values = {"losses": np.array([float(loss) for loss in losses]),
                  **{f"{name} after 6 steps": np.asarray(net.params[name]) for name in params}}
        more = code.overfit(net, X[:4], y[:4], rate, 1)
        net.params = {name: np.zeros_like(value) for name, value in params.items()} | {"b2": np.array([9.0, 0.0, 0.0])}
        found = code.overfit(net, X, 0 * y, rate, 7)
        values = {"overfit makes all of its steps, however small the loss is": len(list(found)) == 7} | values
        return values | {"losses of one more step": np.array([float(loss) for loss in more])}
    return probe


def _curve(draw, end, steps=40):
    """A falling or rising curve whose last tenth has the mean `end`, as a share of the first loss, with single losses off."""
    first, tail = 1.5 + 0.1 * draw.integers(0, 20), steps // 10
    losses = first * (np.linspace(1.0, end, steps) + 0.01 * draw.signed(steps, low=0.1, high=1.0))
    losses[0] = first
    losses[-tail:] += first * end - losses[-tail:].mean()
    return [float(loss) for loss in losses]


@rubric.check(cell="read_curve", points=1)
def tells_good_curves_from_slow_and_rising_ones(draw):
    """read_curve compares the mean of the last tenth with the first loss"""
    curves = {"that ends at 30 %": _curve(draw, 0.3), "that ends at 89 %": _curve(draw, 0.89), "that ends at 91 %": _curve(draw, 0.91),
              "that ends at 99.5 %": _curve(draw, 0.995), "that ends at 101 %": _curve(draw, 1.01), "that ends at 300 %": _curve(draw, 3.0),
              "of 57 steps that ends at 91 %": _curve(draw, 0.91, 57), "of 57 steps that ends at 89 %": _curve(draw, 0.89, 57)}
    # The last tenth decides, neither the last loss alone nor the last but a few.
    low, high = _curve(draw, 0.85), _curve(draw, 0.95)
    low[-1], high[-1] = 0.97 * low[0], 0.87 * high[0]
    low[-4:-1], high[-4:-1] = [0.8 * low[0]] * 3, [0.99 * high[0]] * 3
    low[-5], high[-5] = 3.0 * low[0], 0.01 * high[0]
    # Of a hundred losses ten decide: with one fewer, or one more, the word would be another.
    hundred = _curve(draw, 0.5, 100)
    hundred[-11:] = [5.0 * hundred[0], 0.1 * hundred[0]] + [0.97 * hundred[0]] * 9
    short = [[2.0, 9.0, 1.9], [2.0, 9.0, 1.7], [3.0, 3.1], [2.5] * 12]
    return lambda code: {**{f"the word for a curve {name}": code.read_curve(losses) for name, losses in curves.items()},
                         "the word for a curve with a high last loss": code.read_curve(low),
                         "the word for a curve with a low last loss": code.read_curve(high),
                         "the word for a curve of a hundred losses": code.read_curve(hundred),
                         **{f"the word for {losses}": code.read_curve(losses) for losses in short}}


@rubric.check(cell="read_curve", points=1)
def sees_that_a_training_diverged(draw):
    """read_curve says "diverged" wherever a loss is NaN or infinite"""
    curves = {}
    for name, end in (("falling", 0.5), ("rising", 2.0), ("flat", 0.97)):
        for value in (np.nan, np.inf):
            losses = _curve(draw, end)
            losses[draw.integers(5, 30)] = value
            curves[f"a {name} curve with {value} in the middle"] = losses
        curves[f"a {name} curve that ends in NaN"] = [*_curve(draw, end), np.nan]
    return lambda code: {f"the word for {name}": code.read_curve(losses) for name, losses in curves.items()}


@rubric.check(cell="inline_question_1", points=1)
def chooses_why_the_accuracy_moves_first(draw):
    """inline question 1: the right choice of why the accuracy moves before the loss"""
    return lambda code: {"your choice": code.inline_question_1}


@rubric.check(cell="update_ratio", points=1)
def compares_lengths(draw):
    """update_ratio divides the length of the step by the length of the weights before it"""
    before, after = draw.normal(4, 5), draw.normal(4, 5)
    three, vector = draw.normal(2, 3, 4), draw.normal(6)
    return lambda code: {"the ratio": code.update_ratio(before, after), "the ratio of arrays with three axes": code.update_ratio(three, three + 0.3),
                         "the ratio of vectors": code.update_ratio(vector, 1.1 * vector)}


# Random numbers on a logarithmic scale

def _not_log_uniform(values, low: float, high: float, error: float) -> str | None:
    """What shows that numbers are not evenly distributed on a logarithmic scale; None if nothing does.

    The sentences hold no number that chance has a say in, so that the same mistake gets the same sentence.
    """
    values = np.sort(np.asarray(values, dtype=float), axis=None)
    if not np.isfinite(values).all() or values[0] <= 0:
        return "there are numbers that are not finite" if np.isfinite(values[0]) and values[0] > 0 else \
            "there are numbers that are not positive"
    if (different := len(np.unique(values))) < 0.9 * len(values):
        return f"of {len(values)} numbers only {different} {'is' if different == 1 else 'are'} different: draw each by itself"
    below, above = values < low * (1 - 1e-9), values > high * (1 + 1e-9)
    if below.any() or above.any():
        words = [f"{'all' if outside.all() else 'some'} of the numbers lie {where}" for outside, where in (
            (below, f"below {low:.3g}"), (above, f"above {high:.3g}")) if outside.any()]
        return " and ".join(words)
    wanted, there = (np.log(values) - np.log(low)) / (np.log(high) - np.log(low)), (np.arange(len(values)) + 0.5) / len(values)
    off = np.abs(wanted - there).max()
    if off < 0.2 / np.sqrt(len(values)):  # of random ones, 5 of 10¹³ are that even (by Kolmogorov's distribution)
        return "the numbers are spaced evenly: they are not random"
    if off > error + 0.5 / len(values):
        middle = np.mean(wanted < 0.5)
        return "the logarithms are not evenly distributed: too many numbers are " + (
            "large" if middle < 0.5 - error else "small" if middle > 0.5 + error else "near the middle or near the ends")
    return None


def _range(draw):
    low = 10.0 ** -draw.integers(3, 6) * draw.integers(1, 9)
    return low, low * 10.0 ** draw.integers(2, 5)


@rubric.check(cell="sample_log_uniform", points=1.5)
def draws_logarithms_evenly(draw):
    """sample_log_uniform draws numbers whose logarithms are evenly distributed between the bounds"""
    (low, high), count = _range(draw), 4000 + draw.integers(0, 50)

    def probe(code):
        return [code.sample_log_uniform(low, high, count), code.sample_log_uniform(2.0, 8.0, size=count)]

    def judge(values):
        for several, (left, right) in zip(values, ((low, high), (2.0, 8.0))):
            if np.shape(several) != (count,):
                return f"with size={count} it gives the shape {np.shape(several)}; it should be ({count},)"
            # An error of 0.0523 has a probability of 2 · exp(−2 · 4000 · 0.0523²), or 6 of 10¹⁰, in each of the two.
            if wrong := _not_log_uniform(several, left, right, 0.0523):
                return wrong
        return None
    return probe, judge


@rubric.check(cell="sample_log_uniform", points=0.5)
def draws_one_number(draw):
    """sample_log_uniform draws one number if no size is given, a different one each time"""
    low, high = _range(draw)

    def judge(values):
        if any(np.ndim(value) for value in values):
            return f"without a size it gives the shape {np.shape(values[0])}; it should be one number"
        values = [float(numbers(value, "the number")[0]) for value in values]
        if len(set(values)) == 1:
            return "it gives the same number each time"
        if len(set(values)) < 50:
            return "the same few numbers come again and again"
        inside = all(low * (1 - 1e-9) <= value <= high * (1 + 1e-9) for value in values)
        return None if inside else "the number lies outside its bounds"
    return lambda code: [code.sample_log_uniform(low, high) for _ in range(60)], judge


@rubric.check(cell="make_grid", points=1.5)
def the_grid_has_all_combinations(draw):
    """make_grid gives all combinations of values that are evenly spaced on a logarithmic scale"""
    two = {"learning_rate": _range(draw), "reg": _range(draw)}
    three = {"rate": (0.001, 10.0), "reg": _range(draw), "decay": (0.5, 1.0)}
    return lambda code: {"the grid of 2 · 4": code.make_grid(two, 4), "the grid of 3 · 2": code.make_grid(three, 2),
                         "the grid of one hyperparameter": code.make_grid({"size": (10.0, 1000.0)}, 5)}


@rubric.check(cell="make_grid", points=1.5)
def random_settings_are_drawn_anew(draw):
    """random_settings draws every value of every setting anew, evenly on a logarithmic scale"""
    ranges, count = {"learning_rate": _range(draw), "reg": _range(draw)}, 600 + draw.integers(0, 20)

    def judge(several):
        settings, more = several
        for there, wanted in ((len(settings), count), (len(more), 7)):
            if there != wanted:
                return f"there are {there} settings instead of {wanted}"
        if not all(isinstance(setting, dict) for setting in settings):
            return "a setting is not a dictionary"
        if other := next((setting for setting in settings if set(setting) != set(ranges)), None):
            return f"a setting has the keys {listed(sorted(map(str, other)))} instead of {listed(sorted(ranges))}"
        columns = {name: numbers([setting.get(name) for setting in settings], name) for name in ranges}
        for name, values in columns.items():
            # An error of 0.135 has a probability of 2 · exp(−2 · 600 · 0.135²), or 6 of 10¹⁰, in each of the two.
            if wrong := _not_log_uniform(values, *ranges[name], 0.135):
                return f"{name}: {wrong}"
        # The correlation of 600 independent pairs has a standard error of 0.041: 0.27 is 6.6 of them, 4 of 10¹¹.
        if not abs(np.corrcoef(*np.log(list(columns.values())))[0, 1]) <= 0.27:
            return "the hyperparameters go up and down together: draw each by itself"
        return None
    return lambda code: [code.random_settings(ranges, count), code.random_settings(ranges, 7)], judge


@rubric.check(cell="inline_question_2", points=1)
def chooses_how_many_values_are_tried(draw):
    """inline question 2: the right choice of how many values a grid and a random search try"""
    return lambda code: {"your choice": code.inline_question_2}


@rubric.check(cell="search", points=1)
def search_puts_the_best_first(draw):
    """search evaluates every setting, and gives the pairs with the best first"""
    settings = [tuple(float(number) for number in row) for row in draw.normal(9, 2)]
    # The mean of a setting's numbers stands for its accuracy: `evaluate` can be any function of a setting.
    return lambda code: {"results": code.search(code.np.mean, settings), "results of one setting": code.search(code.np.mean, settings[:1])}


@rubric.check(cell="search", points=1)
def search_puts_nan_last(draw):
    """search puts trainings that diverged, with a score of NaN, last"""
    settings = [tuple(float(number) for number in row) for row in draw.normal(12, 2)]
    lost = [draw.integers(0, 3), draw.integers(4, 7), draw.integers(8, 12)]
    # Worse than any number that somebody might put in place of NaN.
    settings[3], settings[7] = (-1e4, -2e4), (-1e12, -3e12)
    for index in lost:
        settings[index] = (float("nan"), float(index))
    return lambda code: {"results that are numbers": _first(code.search(code.np.mean, settings), 9),
                         "how many results": len(list(code.search(code.np.mean, settings)))}


def _first(results, count):
    return [results[index] for index in range(count)]


@rubric.check(cell="narrow", points=1)
def narrow_spans_the_best(draw):
    """narrow gives the smallest and the largest value of each hyperparameter among the best settings"""
    results = [({"learning_rate": float(a), "reg": float(b), "size": float(c)}, 0.5 - 0.01 * number)
               for number, (a, b, c) in enumerate(np.exp(draw.normal(9, 3)))]
    return lambda code: {"the ranges of 4": code.narrow(results, 4), "the ranges of 5": code.narrow(results),
                         "the ranges of the best one": code.narrow(results, keep=1),
                         "the ranges of more than there are": code.narrow(results[:3], keep=20)}


@rubric.saved_net(cell="best_net", file="hyperparameters_best_net.npz", thresholds={0.35: 1, 0.42: 1},
                  shapes={"W1": (3072, "H"), "b1": ("H",), "W2": ("H", 10), "b2": (10,)}, inputs=rows)
def scores_of_the_saved_net(code, params, images):
    net = code.TwoLayerNet(hidden_dim=1)
    net.params = params
    return net.loss(images)


@rubric.check(cell="inline_question_3", points=1)
def chooses_what_to_do_at_the_edge(draw):
    """inline question 3: the right choice of what to do with a winner at the edge"""
    return lambda code: {"your choice": code.inline_question_3}
