"""Right answers to hyperparameters.ipynb. A variant of one cell works with the reference's others, and with each other's."""

from autograder.authoring.variant import Variant as V

from ..update_rules.variants import CORPUS as _UPDATE_RULES

CORPUS = [
    *(variant for variant in _UPDATE_RULES if variant.cells.keys() == {"two_layer_net"}),  # the cell is the same

    V("expected_loss_minus_log", {"expected_loss": """
def expected_loss(num_classes, reg=0.0, weight_scale=0.0, num_weights=0):
    data_loss = -np.log(1.0 / num_classes)
    return data_loss + reg / 2 * num_weights * np.square(weight_scale)
"""}),
    V("expected_loss_by_math", {"expected_loss": """
import math

def expected_loss(num_classes, reg=0.0, weight_scale=0.0, num_weights=0):
    penalty = sum(weight_scale * weight_scale for _ in range(num_weights)) * reg
    return math.log(num_classes) + 0.5 * penalty
"""}),
    V("expected_loss_by_a_softmax", {"expected_loss": """
def expected_loss(C, reg=0.0, weight_scale=0.0, num_weights=0):
    scores = np.zeros(C)
    return np.log(np.exp(scores).sum()) - scores[0] + 0.5 * reg * np.sum(np.full(num_weights, weight_scale) ** 2)
"""}),
    V("overfit_in_place", {"overfit": """
def overfit(net, X, y, learning_rate, num_steps):
    losses = []
    for step in range(num_steps):
        loss, grads = net.loss(X, y)
        losses += [float(loss)]
        for p, w in net.params.items():
            w -= learning_rate * grads[p]
    return losses
"""}),
    V("overfit_array_of_losses", {"overfit": """
def overfit(net, X, y, learning_rate, num_steps):
    losses = np.zeros(num_steps)
    for step in range(num_steps):
        losses[step], grads = net.loss(X, y)
        net.params = {name: value - learning_rate * grads[name] for name, value in net.params.items()}
    return list(losses)
"""}),
    V("overfit_with_while", {"overfit": """
def overfit(net, X, y, learning_rate, num_steps):
    losses = []
    while len(losses) < num_steps:
        loss, grads = net.loss(X, y=y)
        losses.append(loss)
        net.params.update((name, net.params[name] + (-learning_rate) * grad) for name, grad in grads.items())
    return losses
"""}),
    V("read_curve_early_returns", {"read_curve": """
def read_curve(losses):
    losses = np.asarray(losses, dtype=float)
    if not np.isfinite(losses).all():
        return "diverged"
    n = max(1, len(losses) // 10)
    end = losses[len(losses) - n:].mean()
    if end > losses[0]:
        return "too high"
    return "too low" if end > losses[0] * 0.9 else "good"
"""}),
    V("read_curve_by_share", {"read_curve": """
def read_curve(losses):
    if any(x != x or abs(x) == float("inf") for x in losses):
        return "diverged"
    last = list(losses)[-(len(losses) // 10 or 1):]
    share = sum(last) / len(last) / losses[0]
    words = {share > 1: "too high", 0.9 < share <= 1: "too low", share <= 0.9: "good"}
    return words[True]
"""}),
    V("read_curve_np_select", {"read_curve": """
def read_curve(losses):
    tail = np.array_split(losses[::-1], [max(len(losses) // 10, 1)])[0]
    last, first = np.mean(tail), losses[0]
    conditions = [np.isnan(losses).any() or np.isinf(losses).any(), last > first, last > 0.9 * first]
    return str(np.select(conditions, ["diverged", "too high", "too low"], "good"))
"""}),
    V("ratio_by_hand", {"update_ratio": """
def update_ratio(before, after):
    step = np.sqrt(np.sum(np.square(after - before)))
    return step / np.sqrt(np.sum(before ** 2))
"""}),
    V("ratio_of_flat_arrays", {"update_ratio": """
def update_ratio(before, after):
    update = (after - before).ravel()
    return np.linalg.norm(update) / np.linalg.norm(before.ravel())
"""}),
    V("ratio_of_squares", {"update_ratio": """
def update_ratio(before, after):
    d, b = after - before, before.reshape(-1)
    return float(((d * d).sum() / b.dot(b)) ** 0.5)
"""}),
    V("log_uniform_natural", {"sample_log_uniform": """
def sample_log_uniform(low, high, size=None):
    return np.exp(np.random.uniform(np.log(low), np.log(high), size=size))
"""}),
    V("log_uniform_of_the_ratio", {"sample_log_uniform": """
def sample_log_uniform(low, high, size=None):
    u = np.random.random(size)
    return low * (high / low) ** u
"""}),
    V("log_uniform_with_a_generator", {"sample_log_uniform": """
_rng = np.random.default_rng()

def sample_log_uniform(low, high, size=None):
    exponents = _rng.uniform(np.log2(low), np.log2(high), size)
    return np.power(2.0, exponents)
"""}),
    V("log_uniform_list", {"sample_log_uniform": """
import math, random

def sample_log_uniform(low, high, size=None):
    one = lambda: 10 ** random.uniform(math.log10(low), math.log10(high))
    return one() if size is None else np.array([one() for _ in range(size)])
"""}),
    V("grid_in_loops", {"make_grid": """
def make_grid(ranges, count):
    settings = [{}]
    for name, (low, high) in ranges.items():
        values = 10 ** np.linspace(np.log10(low), np.log10(high), count)
        settings = [{**setting, name: float(value)} for setting in settings for value in values]
    return settings

def random_settings(ranges, count):
    settings = []
    for _ in range(count):
        setting = {}
        for name in ranges:
            low, high = ranges[name]
            setting[name] = sample_log_uniform(low, high)
        settings.append(setting)
    return settings
"""}),
    V("grid_meshgrid", {"make_grid": """
def make_grid(ranges, count):
    axes = [np.logspace(np.log10(low), np.log10(high), num=count) for low, high in ranges.values()]
    columns = [axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")]
    return [dict(zip(ranges.keys(), row)) for row in zip(*columns)]

def random_settings(ranges, count):
    columns = {name: sample_log_uniform(*bounds, size=count) for name, bounds in ranges.items()}
    return [{name: columns[name][i] for name in ranges} for i in range(count)]
"""}),
    V("grid_recursive", {"make_grid": """
def make_grid(ranges, count):
    if not ranges:
        return [{}]
    (name, (low, high)), *rest = ranges.items()
    step = (high / low) ** (1 / (count - 1))
    return [{name: low * step ** k, **other} for k in range(count) for other in make_grid(dict(rest), count)]

def random_settings(ranges, count):
    draw = lambda: {name: np.exp(np.random.uniform(*np.log(ends))) for name, ends in ranges.items()}
    return [draw() for _ in range(count)]
"""}),
    V("search_two_lists", {"search": """
def search(evaluate, settings):
    results, diverged = [], []
    for setting in settings:
        score = evaluate(setting)
        (diverged if score != score else results).append((setting, score))
    return sorted(results, key=lambda result: result[1])[::-1] + diverged
"""}),
    V("search_nan_to_num", {"search": """
def search(evaluate, settings):
    scores = np.array([evaluate(setting) for setting in settings])
    order = np.argsort(-np.nan_to_num(scores, nan=-np.inf))
    return [(settings[i], scores[i]) for i in order]
"""}),
    V("search_key_pair", {"search": """
def search(evaluate, settings):
    scored = []
    for setting in settings:
        scored.append([setting, float(evaluate(setting))])
    return sorted(scored, key=lambda pair: (np.isnan(pair[1]), -pair[1]))
"""}),
    V("narrow_in_loops", {"narrow": """
def narrow(results, keep=5):
    ranges = {}
    for setting, score in results[:keep]:
        for name, value in setting.items():
            low, high = ranges.get(name, (value, value))
            ranges[name] = (min(low, value), max(high, value))
    return ranges
"""}),
    V("narrow_sorted", {"narrow": """
def narrow(results, keep=5):
    settings = [pair[0] for pair in results][:keep]
    values = {name: sorted(s[name] for s in settings) for name in settings[0]}
    return {name: (column[0], column[-1]) for name, column in values.items()}
"""}),
    V("narrow_numpy", {"narrow": """
def narrow(results, keep=5):
    best, _ = zip(*results[:keep])
    names = list(best[0])
    table = np.array([[s[n] for n in names] for s in best])
    return {n: [low, high] for n, low, high in zip(names, table.min(axis=0), table.max(axis=0))}
"""}),
]
