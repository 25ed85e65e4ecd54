"""The laziest wrong answers that could please a judge: each fails the checks that it was made for.

A judge looks at what chance has a part in, so it cannot compare; what it does not ask for is given away. A cheat is
code that stands in place of a solution's cell, or after it.
"""

from functools import cache

import numpy as np
import pytest

from autograder.authoring.rubric import Draw, Rubric, SavedNet, load_rubric
from autograder.course import Course
from autograder.grading.reference import Reference
from autograder.grading.verdict import CellGrader
from autograder.sandbox.worker.host import Host

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@cache
def reference(notebook: str) -> Reference:
    return Reference(Course.find().solutions / f"{notebook}.ipynb")


def passed(notebook: str, cell: str, code: str, secret: bytes = b"cheats") -> dict[str, bool]:
    """Which checks of a cell pass, with this code after the solution's own; what comes before it is graded, too."""
    key = reference(notebook)
    last = next(name for name, _ in reversed(key.cells) if name.endswith("_code"))
    host = key.edited({last: dict(key.cells)[last] + "\n" + code})
    rubric = load_rubric(key.path)
    grader = CellGrader(rubric, key, lambda check: Draw(secret, check))
    for one in rubric.cells():
        if not any(isinstance(check, SavedNet) for check in rubric.of(one)):
            grader.grade(one, host)
        if one == cell:
            break
    return {check.name: check.passed for check in grader.graded[cell].result.checks}


# In every notebook with a training loop: what `train` does in place of training. W is the parameter that is looked at.

HISTORIES = '"loss_history": losses, "train_acc_history": accuracies, "val_acc_history": accuracies'
TRAININGS = {
    "weights become NaN": (
        """
for name in params: params[name] = np.full_like(params[name], np.nan)
losses, accuracies = [1e-10 * i for i in range(num_iters)], [0.5] * 2""",
        set(),
    ),
    "nothing at all, and an invented history": (
        """
losses, accuracies = [1e-10 * i for i in range(num_iters)], [0.5] * -(-num_iters // max(len(X) // batch_size, 1))""",
        set(),
    ),
    "a random history": (
        """
losses, accuracies = list(np.random.rand(num_iters) / 3), [0.5] * 2""",
        set(),
    ),
    "a history of NaN": ("losses, accuracies = [np.nan] * num_iters, [np.nan] * 2", set()),
    "one step for all": (
        """
loss, grads = loss_of(X[:1], y[:1], reg)
for name in params: params[name] = params[name] - learning_rate * num_iters * grads[name]
losses, accuracies = [loss * (1 - 1e-3 * i) for i in range(num_iters)], [0.5] * 2""",
        {"train_passes_reg_on", "train_serves_both_losses"},
    ),
    "steps that ignore the batch of the history": (
        """
losses, accuracies = [], []
for it in range(num_iters):
    rows = np.random.choice(len(X), batch_size)
    losses.append(loss_of(X[rows], y[rows], reg)[0])
    grads = loss_of(X, y, reg)[1]
    for name in params: params[name] = params[name] - learning_rate * grads[name]
    if it % max(len(X) // batch_size, 1) == 0:
        accuracies.append(accuracy_of(X_val, y_val))
        learning_rate *= learning_rate_decay""",
        {"train_takes_gradient_steps", "train_passes_reg_on", "train_serves_both_losses", "train_decays_once_an_epoch"},
    ),
    "a decay by half, once for all": (
        """
losses, accuracies = [], []
learning_rate *= learning_rate_decay
for it in range(num_iters):
    rows = np.random.choice(len(X), batch_size)
    loss, grads = loss_of(X[rows], y[rows], reg)
    losses.append(loss)
    for name in params: params[name] = params[name] - learning_rate * grads[name]
    if it % max(len(X) // batch_size, 1) == 0: accuracies.append(0.5)""",
        {"train_passes_reg_on", "train_serves_both_losses", "train_draws_random_batches"},
    ),
}

HEAD = ", learning_rate=1e-3, learning_rate_decay=0.95, reg=5e-6, num_iters=100, batch_size=200, verbose=False"
LOOPS = {
    "two_layer_net/two_layer_net": (
        "train",
        f"def train(self, X, y, X_val, y_val{HEAD}):",
        """
params, loss_of = self.params, lambda X, y, reg: self.loss(X, y, reg)
accuracy_of = lambda X, y: np.mean(self.predict(X) == y)""",
        f"return {{{HISTORIES}}}",
        "TwoLayerNet.train = train",
    ),
    "training_study/capacity_regularization_learning_rate": (
        "nn_train",
        f"def nn_train(params, loss_func, pred_func, X, y, X_val, y_val{HEAD}):",
        """
loss_of = lambda X, y, reg: loss_func(params, X, y=y, reg=reg)
accuracy_of = lambda X, y: np.mean(pred_func(params, loss_func, X) == y)""",
        f"return {{{HISTORIES}}}",
        "",
    ),
    "image_classification/linear_classifiers": (
        "train",
        "def train(self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200, verbose=False):",
        """
learning_rate_decay, X_val, y_val, accuracy_of = 1.0, X, y, lambda X, y: 0.5
class Params(dict):
    def __setitem__(own, name, value): self.W = value; dict.__setitem__(own, name, value)
params = Params(W=self.W)
def loss_of(X, y, reg):
    loss, dW = self.loss(X, y, reg)
    return loss, {"W": dW}""",
        "return losses",
        "LinearSVM.train = Softmax.train = train",
    ),
}


def indented(text: str) -> str:
    return "\n".join("    " + line for line in text.splitlines())


@pytest.mark.parametrize(
    "notebook, cheat",
    [
        (notebook, cheat)
        for notebook in LOOPS
        for cheat in TRAININGS
        if "decay" not in cheat or "linear" not in notebook
    ],
)  # which has no decay
def test_a_train_that_does_not_train_earns_nothing(notebook, cheat):
    cell, head, before, after, last = LOOPS[notebook]
    body, allowed = TRAININGS[cheat]
    code = "\n".join([head, indented(before), indented(body), indented(after), last])
    checks = passed(notebook, cell, code)
    assert {name for name, right in checks.items() if right} <= allowed, checks


def test_a_loss_of_zero_with_an_invented_history():
    code = """
TwoLayerNet.loss = lambda self, X, y=None, reg=0.0: (X @ self.params["W1"] @ self.params["W2"] if y is None else (
    0.0, {name: 0 * value for name, value in self.params.items()}))
def train(self, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95, reg=5e-6, num_iters=100,
          batch_size=200):
    return {"loss_history": [1e-10 * i for i in range(num_iters)],
            "train_acc_history": [1.0] * 2, "val_acc_history": [1.0] * 2}
TwoLayerNet.train = train"""
    assert not any(passed("two_layer_net/two_layer_net", "train", code).values())


# A network that answers from memory; a history of another one.

FOUND = """
def find_best_net(data_dict, get_param_set_fn, num_iters=300, batch_size=200):
    rates, sizes, regs, decays = get_param_set_fn()
    net = TwoLayerNet(data_dict["X_train"].shape[1], 44, 10)
    {body}
    return net, {{"loss_history": {losses}, "val_acc_history": [1.0] * -(-num_iters // (120 // batch_size))}}, 1.0
"""


@pytest.mark.parametrize(
    "body, losses",
    [
        ("net.predict = lambda X: data_dict['y_val']", "[0.0] * num_iters"),
        ("net.predict = lambda X: data_dict['y_val']", "list(np.linspace(2.3, 0.01, num_iters))"),
        ("net.params = {name: np.nan * value for name, value in net.params.items()}", "[np.nan] * num_iters"),
    ],
)
def test_a_search_that_trains_nothing(body, losses):
    assert not any(passed("training_study/search", "find_best_net", FOUND.format(body=body, losses=losses)).values())


# Single functions: the code, and the check that it must not pass

NORMAL = "np.random.randn({0}, 1) * np.ones((1, {1}))"
SINGLE = [
    (
        "image_classification/knn",
        "compute_distances_no_loops",
        "no_loops_of_equal_rows",
        "KNearestNeighbor.compute_distances_no_loops = lambda self, X: np.zeros((len(X), len(self.X_train)))",
    ),
    (
        "image_classification/knn",
        "compute_distances_no_loops",
        "no_loops_of_equal_rows",
        "KNearestNeighbor.compute_distances_no_loops = lambda self, X: "
        "np.where(np.eye(len(X), len(self.X_train)), 0, np.nan)",
    ),
    (
        "image_classification/knn",
        "compute_distances_no_loops",
        "no_loops_of_equal_rows",
        "KNearestNeighbor.compute_distances_no_loops = lambda self, X: 1.0 - np.eye(len(X), len(self.X_train))",
    ),
    (
        "image_classification/knn",
        "compute_distances_no_loops",
        "no_loops_of_equal_rows",
        "KNearestNeighbor.compute_distances_no_loops = lambda self, X: np.abs(np.subtract.outer(np.arange(len(X)), "
        "np.arange(len(self.X_train)))) * np.random.rand(len(X), len(self.X_train))",
    ),
    (
        "regularization/dropout",
        "dropout_backward",
        "the_gradient_has_the_same_mask",
        "dropout_forward = lambda x, dropout_param: (0 * x, None)\ndropout_backward = lambda dout, cache: 0 * dout",
    ),
    (
        "regularization/dropout",
        "dropout_forward",
        "the_seed_fixes_the_mask",
        "dropout_forward = lambda x, dropout_param: (x + dropout_param.get('seed', 0), None)",
    ),
    (
        "regularization/dropout",
        "fully_connected_net",
        "the_gradients_are_those_of_the_thinned_net",
        "FullyConnectedNet.loss = lambda self, X, y=None: "
        "(0.0, {name: 0 * value for name, value in self.params.items()})",
    ),
    (
        "regularization/dropout",
        "monte_carlo",
        "asks_the_thinned_nets",
        "monte_carlo = lambda net, X, passes: np.full((passes, len(X), net.params['b2'].size), np.nan)",
    ),
    (
        "regularization/dropout",
        "monte_carlo",
        "asks_the_thinned_nets",
        "monte_carlo = lambda net, X, passes: "
        "np.full((passes, len(X), net.params['b2'].size), 1 / net.params['b2'].size)",
    ),
    *(
        (
            "optimization/update_rules",
            rule,
            f"{rule}_stands_a_gradient_of_zero",
            f"{rule} = lambda w, dw, config=None: (w{step}, config)",
        )
        for rule in ("adagrad", "rmsprop", "adam")
        for step in ("", " - config['learning_rate'] * dw")
    ),
    (
        "optimization/initialization",
        "xavier",
        "xavier_keeps_the_variance",
        "xavier = lambda fan_in, fan_out: np.full((fan_in, fan_out), np.nan)",
    ),
    (
        "optimization/initialization",
        "xavier",
        "he_doubles_the_variance",
        "_one = np.random.randn(1000)\nhe = lambda fan_in, fan_out: np.resize((_one - _one.mean()) / _one.std() "
        "* np.sqrt(2 / fan_in), (fan_in, fan_out)) * np.random.choice([-1, 1], (fan_in, fan_out))",
    ),
    (
        "optimization/hyperparameters",
        "sample_log_uniform",
        "draws_one_number",
        "sample_log_uniform = lambda low, high, size=None: np.random.choice([low, np.nan], size)",
    ),
    (
        "optimization/hyperparameters",
        "sample_log_uniform",
        "draws_logarithms_evenly",
        "sample_log_uniform = lambda low, high, size=None: np.geomspace(low, high, size)",
    ),
    (
        "optimization/hyperparameters",
        "sample_log_uniform",
        "draws_logarithms_evenly",
        "sample_log_uniform = lambda low, high, size=None: "
        "np.random.permutation(np.geomspace(low, high, size + 2)[1:-1])",
    ),
    (
        "optimization/hyperparameters",
        "make_grid",
        "random_settings_are_drawn_anew",
        """
def random_settings(ranges, count):
    columns = [np.random.permutation(np.geomspace(low, high, count)) for low, high in ranges.values()]
    return [dict(zip(ranges, map(float, row))) for row in zip(*columns)]""",
    ),
    (
        "optimization/hyperparameters",
        "make_grid",
        "random_settings_are_drawn_anew",
        "random_settings = lambda ranges, count: [{name: np.nan for name in ranges} for _ in range(count)]",
    ),
    (
        "two_layer_net/layers",
        "two_layer_net_init",
        "starts_with_small_gaussian_weights",
        """
def _init(self, input_dim=3072, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
    self.params = {"W1": np.full((input_dim, hidden_dim), np.nan), "b1": np.zeros(hidden_dim),
                   "W2": np.full((hidden_dim, num_classes), np.nan), "b2": np.zeros(num_classes)}
TwoLayerNet.__init__ = _init""",
    ),
    (
        "two_layer_net/layers",
        "two_layer_net_init",
        "starts_with_small_gaussian_weights",
        """
def _matrix(rows, columns, scale):
    one = np.random.randn(rows, 1)
    return scale * (one - one.mean()) / one.std() * np.ones((1, columns))
def _init(self, input_dim=3072, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
    self.params = {"W1": _matrix(input_dim, hidden_dim, weight_scale), "b1": np.zeros(hidden_dim),
                   "W2": _matrix(hidden_dim, num_classes, weight_scale), "b2": np.zeros(num_classes)}
TwoLayerNet.__init__ = _init""",
    ),
    (
        "regularization/batch_normalization",
        "fully_connected_net_init",
        "starts_as_described",
        """
_right = FullyConnectedNet.__init__
def _init(self, *args, **options):
    _right(self, *args, **options)
    for name in self.params: self.params[name] = self.params[name] * (np.nan if name.startswith("W") else 1)
FullyConnectedNet.__init__ = _init""",
    ),
    (
        "regularization/transfer_learning",
        "with_new_head",
        "copies_what_the_base_has_learned",
        "with_new_head = lambda net, num_classes, weight_scale=1e-2: net",
    ),
    (
        "regularization/transfer_learning",
        "with_new_head",
        "the_head_is_new",
        """
_right_head = with_new_head
def with_new_head(net, num_classes, weight_scale=1e-2):
    new = _right_head(net, num_classes, weight_scale)
    new.params["W3"] = np.nan * new.params["W3"]
    return new""",
    ),
    (
        "backpropagation/computational_graphs",
        "topological_order",
        "order_puts_inputs_first",
        "topological_order = lambda node: []",
    ),
    (
        "backpropagation/computational_graphs",
        "topological_order",
        "order_has_each_node_once",
        "topological_order = lambda node: [node]",
    ),
]


@pytest.mark.parametrize(
    "notebook, cell, check, code", SINGLE, ids=[f"{check}-{i}" for i, (*_, check, _) in enumerate(SINGLE)]
)
def test_a_lazy_answer_does_not_pass(notebook, cell, check, code):
    assert passed(notebook, cell, "pass")[check]
    assert not passed(notebook, cell, code)[check]


# Values that would blow a judge up, or fool any


class Nothing:
    """A reference whose namespace is that of a test."""

    assignment, notebook = "a", "b"

    def __init__(self, **names):
        self.host = Host(names)


def said(value, right, judge=None, **options):
    """What grading says of a function that gives `value`, where the reference's gives `right`."""
    rubric = Rubric()

    @rubric.check(cell="f", points=1, **options)
    def asks(draw):
        """f gives it"""

        def probe(code):
            return code.f()

        return (probe, judge) if judge else probe

    grader = CellGrader(rubric, Nothing(f=lambda: right), lambda name: Draw(b"s", name))
    (check,) = grader.grade("f", Host({"f": lambda: value})).result.checks
    return None if check.passed else check.message


def pleased(value):
    return None


NAN = [
    np.nan,
    np.inf,
    np.array([1.0, np.nan]),
    [1.0, [np.nan]],
    {"a": np.array([np.inf])},
    complex(0, np.nan),
    (1, float("nan")),
    np.float32("nan"),
    np.array([np.nan], np.float16),
]


@pytest.mark.parametrize("value", NAN, ids=repr)
def test_no_judge_passes_nan_where_the_reference_has_numbers(value):
    assert "NaN" in said(value, 1.0, pleased) or "infinity" in said(value, 1.0, pleased)
    assert said({"x": 1.0, "y": value}, {"x": 1.0, "y": 2.0}, pleased).split()[0] in ("y", "a")


def test_a_judge_may_meet_nan_where_the_reference_has_it():
    assert said({"x": [np.nan], "y": 1.0}, {"x": [np.nan], "y": 2.0}, pleased) is None
    assert "y is NaN" in said({"x": [np.nan], "y": np.nan}, {"x": [np.nan], "y": 2.0}, pleased)


@pytest.mark.parametrize(
    "value, right",
    [
        (np.nan, 1.0),
        (np.nan, 1),
        (np.nan, 0.0),
        (np.array([np.nan]), np.array([1.0])),
        (np.nan, True),
        (np.nan, 1 + 2j),
        (complex(1, np.nan), 1 + 2j),
        ([1.0, np.nan], np.array([1.0, 2.0])),
        ({1.0, np.nan}, {1, 2}),
        (np.nan, "a"),
        ({"a": np.nan}, {"a": 0.0}),
        (np.array(np.nan), 0),
        (np.array([np.inf, 1.0]), np.array([1e308, 1.0])),
        (np.array([np.nan, 1], np.float32), np.array([0.0, 1.0])),
    ],
)
def test_no_comparison_passes_nan_where_the_reference_has_a_number(value, right):
    assert said(value, right) is not None


def broadcasts(value):
    array = np.asarray(value["loss_history"], dtype=float)
    return None if (array[:, None] - array).any() else "all the same"


@pytest.mark.parametrize(
    "value",
    [
        np.zeros(6_000_000, np.uint8),
        ["x" * 100_000] + [""] * 900,
        [0.0] * 100_000,
        {"a": {"b": [[0] * 1000] * 20}},
        "y" * 10**6,
        {"k" * 60_000: 1},
    ],
    ids=["bytes", "strings", "list", "nested", "text", "key"],
)
def test_a_value_far_larger_than_the_reference_s_is_refused_before_a_judge_meets_it(value):
    met = []
    sentence = said(
        {"loss_history": value, "more": 1},
        {"loss_history": [0.0, 1.0], "more": 1},
        lambda found: (met.append(found) and "") or None,
    )
    assert met and all(found["loss_history"] == [0.0, 1.0] for found in met)  # the reference's own, and no other
    assert "loss_history is far larger than it should be" in sentence


def overflows_the_stack(value):
    if value == "deep":
        return overflows_the_stack(value)


def eats_memory(value):
    if value == "much":
        raise MemoryError


@pytest.mark.parametrize(
    "value, judge, words",
    [
        ("deep", overflows_the_stack, "the result is a string, not a number"),
        ("much", eats_memory, "the result is a string, not a number"),
        (None, lambda value: value + 1 and None, "not written yet?"),
    ],
)
def test_a_judge_that_stumbles_gives_a_sentence(value, judge, words):
    assert words in said(value, 1.0, judge)


def test_a_judge_that_stumbles_over_a_structure_gives_a_sentence():
    def judge(found):
        return None if found["a"][1]["b"] > 0 else "no"

    right = {"a": [1, {"b": 2.0}]}
    assert said({"a": [1]}, right, judge) == "a has 1 values, where the right answer has 2"
    assert said({}, right, judge) == "the result has no entry 'a'"
    assert said({"a": [1, {"c": 1, "d" * 99: 2}]}, right, judge) == "a part of a has no entry 'b' (it has 'c')"
    assert said({"a": [1, {"b": [1]}]}, right, judge) == "b is a list, not a number"


@pytest.mark.parametrize(
    "value", [{"\x1b[31m" + "n" * 60_000: 1}, {f"name{i}" * 3: i for i in range(200)}, "\x1b]0;x\x07", object()]
)
def test_messages_are_short_and_plain(value):
    sentence = said(value, {"a": 1.0})
    assert len(sentence) <= 600 and sentence.isprintable() and "\x1b" not in sentence and "nnnn" not in sentence


def test_entries_that_a_judge_relies_on_are_compared():
    right = {"known": np.array([1.0, 2.0]), "drawn": 3.0}
    assert said({"known": [1.0, 2.0], "drawn": 4.0}, right, pleased, exact=("known",)) is None
    assert said({"known": [1.0, 2.5], "drawn": 3.0}, right, pleased, exact=("known",)).startswith(
        "known: 1 of 2 entries are wrong"
    )
    assert said({"drawn": 3.0}, right, pleased, exact=("known",)).startswith("the result has no entry 'known'")
