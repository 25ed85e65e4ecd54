"""The course's own runs of both notebooks, and three published hand-ins: sixty settings, nine, and eight."""

import json
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
from nbformat import NotebookNode

from autograder.authoring.hand_in import execute, printed
from autograder.authoring.notebook import read_notebook
from autograder.course import Course
from autograder.evidence.claim import Claim, at_least, near, ranges_meet, share, solution
from cs231n_utils.data import get_cifar10_data
from cs231n_utils.training import Solver, grid, sweep

# The loss at every hundredth step of the default training.
DEFAULT_LOSSES = (2.302954, 2.302550, 2.297648, 2.259602, 2.204170, 2.118565, 2.051535, 1.988466, 2.006591, 1.951473)

# Validation accuracies after 1000 steps, batch 200, decay 0.95; by hidden units, learning rate, and reg 0.2, 0.4, 0.6.
RATES, REGS = (1e-4, 5e-4, 1e-3, 5e-3), (0.2, 0.4, 0.6)
SIXTY = {
    40: (.281, .282, .287, .437, .444, .448, .468, .447, .483, .087, .101, .087),
    60: (.291, .276, .278, .456, .446, .450, .449, .474, .449, .087, .108, .096),
    80: (.287, .288, .287, .468, .449, .448, .477, .453, .482, .087, .089, .044),
    100: (.289, .302, .284, .455, .457, .455, .474, .466, .460, .087, .087, .128),
    120: (.293, .296, .287, .466, .460, .444, .487, .458, .472, .087, .086, .087),
}  # fmt: skip

# Training and validation accuracies after 2000 steps with 50 hidden units on 19,000 images, by learning rate and reg.
# These were found with a gradient that lacks the factor 2 in its penalty: half as strong a penalty as ours.
NINE = {
    (1e-4, 0.3): (.326, .319), (1e-4, 0.4): (.328, .321), (1e-4, 0.5): (.326, .319),
    (1e-3, 0.3): (.589, .441), (1e-3, 0.4): (.580, .475), (1e-3, 0.5): (.573, .453),
    (1e-2, 0.3): (.0996, .097), (1e-2, 0.4): (.0996, .097), (1e-2, 0.5): (.0996, .097),
}  # fmt: skip

# Validation accuracies after ten epochs of the Solver, batch 100, by learning rate, reg and hidden units.
EIGHT = {
    (1e-4, 0.0, 64): .470, (1e-4, 0.0, 128): .485, (1e-4, 10.0, 64): .397, (1e-4, 10.0, 128): .405,
    (1e-3, 0.0, 64): .519, (1e-3, 0.0, 128): .511, (1e-3, 10.0, 64): .414, (1e-3, 10.0, 128): .405,
}  # fmt: skip


def short() -> Iterator[Claim]:
    """The default training alone: under a minute."""
    found = _run("two_layer_net", stop_after="default-training", report=(
        '"losses": [float(loss) for loss in first_stats["loss_history"][::100]],'
        '"default": float((first_net.predict(X_val) == y_val).mean())'))
    for i, (published, loss) in enumerate(zip(DEFAULT_LOSSES, found["losses"], strict=True)):
        yield near(f"default training, loss at step {100 * i}", published, loss, apart=0.005, digits=4)
    yield near("default training, validation accuracy", 0.287, found["default"], apart=0.02)


def claims() -> Iterator[Claim]:
    """All runs: half an hour on two cores."""
    yield from short()
    for name, net, published in (("two_layer_net", "best_net.predict", (0.48, 0.48)),
                                 ("layers", "(lambda X: best_model.loss(X).argmax(axis=1))", (0.52, 0.50))):
        found = _run(name, report=f'"validation": float(({net}(data["X_val"]) == data["y_val"]).mean()),'
                                  f'"test": float(({net}(data["X_test"]) == data["y_test"]).mean())')
        for part, value in zip(("validation", "test"), published):
            yield at_least(f"{name}.ipynb tuned, {part} accuracy", value, found[part], value - 0.02)
    data = get_cifar10_data()
    yield from _sixty(data)
    yield from _nine()
    yield from _eight(data)


def _run(name: str, report: str, stop_after: str | None = None) -> dict:
    """The values of some expressions at the end of a solution notebook, or after the cell with a given id."""
    course = Course.find()
    notebook = read_notebook(course.solutions / "two_layer_net" / f"{name}.ipynb")
    if stop_after:
        del notebook.cells[[cell.id for cell in notebook.cells].index(stop_after) + 1:]
    notebook.cells.append(_report(report))
    with tempfile.TemporaryDirectory() as folder:
        execute(notebook, Path(folder), name)
    return json.loads(printed(notebook)[-1])


def _report(items: str) -> NotebookNode:
    return nbformat.v4.new_code_cell(f"import json\nprint(json.dumps({{{items}}}))")


@cache
def _classic() -> type:
    return solution("two_layer_net", "two_layer_net")("TwoLayerNet")


def _sixty(data: dict) -> Iterator[Claim]:
    net = _classic()(3072, 1, 10)

    def loss(params, X, y=None, reg=0.0):
        net.params = params
        return net.loss(X, y, reg)

    found = sweep(lambda hidden_size: _classic()(3072, hidden_size, 10).params, loss, data,
                  grid(hidden_size=SIXTY, learning_rate=RATES, reg=REGS), num_iters=1000)
    published = np.array([value for row in SIXTY.values() for value in row])
    # A net that has diverged (a rate of 5e-3 is meant to) calls everything class 0.
    measured = np.nan_to_num(np.array(list(found.results.values())), nan=np.mean(data["y_val"] == 0))
    for i, rate in enumerate(RATES):
        theirs, ours = (values.reshape(5, 4, 3)[:, i].mean() for values in (published, measured))
        yield near(f"sixty settings: mean of the fifteen with learning rate {rate:g}", theirs, ours)
    correlation = float(np.corrcoef(published, measured)[0, 1])
    yield Claim("sixty settings: correlation of our accuracies with the published ones (above 0.97)", "1",
                f"{correlation:.4f}", correlation > 0.97)
    apart = float(np.abs(published - measured).mean())
    yield Claim("sixty settings: mean absolute difference (below 0.015)", "0", f"{apart:.4f}", apart < 0.015)
    yield near("sixty settings: the best validation accuracy", published.max(), measured.max())


def _nine() -> Iterator[Claim]:
    data = get_cifar10_data(num_training=19_000)
    for (rate, reg), (training, validation) in NINE.items():
        np.random.seed(0)
        net = _classic()(3072, 50, 10)
        with np.errstate(all="ignore"):
            # The published penalty's gradient is half as strong as ours.
            net.train(data["X_train"], data["y_train"], data["X_val"][:100], data["y_val"][:100], learning_rate=rate,
                      learning_rate_decay=0.95, reg=reg / 2, num_iters=2000, batch_size=200)
            name = f"hidden 50, 19,000 images, 2000 steps, lr {rate:g}, reg {reg:g}"
            yield near(f"{name}: training accuracy", training, share(net.predict(data["X_train"]), data["y_train"]))
            yield near(f"{name}: validation accuracy", validation, share(net.predict(data["X_val"]), data["y_val"]))


def _eight(data: dict) -> Iterator[Claim]:
    TwoLayerNet = solution("two_layer_net", "layers")("TwoLayerNet")
    for (rate, reg, hidden), validation in EIGHT.items():
        found = []
        for seed in range(3):  # without decay, the accuracy goes up and down by two points from epoch to epoch
            np.random.seed(seed)
            model = TwoLayerNet(hidden_dim=hidden, reg=reg)
            Solver(model, data, optim_config={"learning_rate": rate}, num_epochs=10, batch_size=100,
                   verbose=False).train()
            found.append(share(model.loss(data["X_val"]).argmax(axis=1), data["y_val"]))
        yield ranges_meet(f"Solver, ten epochs, hidden {hidden}, lr {rate:g}, reg {reg:g}: validation accuracy, three runs",
                          (validation, validation), found)
