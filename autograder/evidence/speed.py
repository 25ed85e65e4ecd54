"""How fast are grading and training? Each figure beside what it is to be compared with, measured in turn in one run.

    python -m autograder.evidence.speed grading growth                       # ten minutes
    python -m autograder.evidence.speed steps sixty neighbours               # some minutes
    CIFAR10_DIR=... python -m autograder.evidence.speed --renew sixty        # and write the table into EVIDENCE.md
    python -m autograder.evidence.speed notebooks --beside ANOTHER_CHECKOUT  # both, notebook by notebook: half an hour

Trainings run on one thread, and their seconds are the processor's, so that other work on the machine disturbs little:
of several rounds the quickest counts. PyTorch, SciPy and scikit-learn are measured if they are installed. PyTorch is in
no list of ours; an environment for it may lie anywhere:

    python -m venv /tmp/with-torch && /tmp/with-torch/bin/pip install -r requirements.txt torch
    /tmp/with-torch/bin/python -m autograder.evidence.speed steps
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from autograder.course import Course, CourseError
from autograder.evidence.blocks import EVIDENCE, renew
from autograder.evidence.claim import solution
from autograder.evidence.speed_of_grading import grading, growth
from autograder.evidence.tables import line, markdown
from cs231n_utils.data import get_cifar10_data
from cs231n_utils.training import grid, sweep

Lines = Iterator[str]
SIXTY = grid(hidden_size=(40, 60, 80, 100, 120), learning_rate=(1e-4, 5e-4, 1e-3, 5e-3), reg=(0.2, 0.4, 0.6))


def quickest(ways: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Processor seconds of each way: the quickest of several rounds, in each of which all take their turn."""
    seconds = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds + 1):  # the first one warms up
        for name, way in ways.items():
            start = time.process_time()
            way()
            seconds[name] = min(seconds[name], time.process_time() - start)
    return seconds


def steps() -> Lines:
    """One step of a training of two_layer_net.ipynb's net, in three ways."""
    yield (
        "| hidden units, batch | float64 | float32 | PyTorch, float32 | products alone "
        "| float64 / float32 | PyTorch / float32 | products / float32 |"
    )
    random = np.random.default_rng(0)
    for hidden, batch in ((50, 200), (1024, 1000)):
        X, y = random.standard_normal((2 * batch, 3072)).astype(np.float32), random.integers(10, size=2 * batch)
        data = {"X_train": X, "y_train": y, "X_val": X[:1], "y_val": y[:1]}
        count = 4000 // batch  # of steps
        nets = {bits: _net(hidden, bits) for bits in ("float64", "float32")}
        for net in nets.values():  # looks at the accuracy are no steps, and with two batches every other step has one
            net.predict = lambda X: np.zeros(len(X), int)
        ways: dict[str, Callable[[], object]] = {
            bits: partial(_train, net, data, count, batch) for bits, net in nets.items()
        }
        ways["products"] = _products(X[:batch], hidden, count)
        if find_spec("torch"):
            ways["torch"] = _torch(data, hidden, batch, count)
        found = {name: seconds / count for name, seconds in quickest(ways, 15).items()}
        times = [f"{1e3 * found[name]:.2f} ms" if name in found else "–"
                 for name in ("float64", "float32", "torch", "products")]  # fmt: skip
        ratios = [f"{found[name] / found['float32']:.2f}" if name in found else "–"
                  for name in ("float64", "torch", "products")]  # fmt: skip
        yield line(f"{hidden}, {batch}", *times, *ratios)


def sixty() -> Lines:
    """The sixty settings of a published hand-in, by `sweep` and in float64, one by one."""
    data = get_cifar10_data()
    wide = {name: value.astype(np.float64) if name[0] == "X" else value for name, value in data.items()}
    net = _net(1)

    def loss(params: dict[str, np.ndarray], X: np.ndarray, y: np.ndarray | None = None, reg: float = 0.0) -> Any:
        net.params = params
        return net.loss(X, y, reg)

    # An epoch of one net of each size stands for the twelve trainings of that size.
    sizes, epoch = (40, 60, 80, 100, 120), len(data["X_train"]) // 200
    singles = {str(size): partial(_train, _net(size, "float64"), wide, epoch, 200) for size in sizes}
    before = quickest(singles, 1)
    start = time.process_time()
    found = sweep(lambda hidden_size: _net(hidden_size).params, loss, data, SIXTY, num_iters=1000)
    swept = time.process_time() - start
    after = quickest(singles, 1)
    loop = sum(min(before[name], after[name]) for name in singles) * 12 * 1000 / epoch
    hidden = sum(len(losses) * key[0] for key, losses in found.losses.items())  # that were trained, added up over steps
    products = quickest({"": _products(data["X_train"][:200], 960, 5)}, 5)[""] / 5 * hidden / 960
    diverged = sum(map(np.isnan, found.results.values()))

    yield "| | seconds | |"
    yield line("one by one, float64", f"{loop:.0f}", "from an epoch of one net of each size")
    yield line("`sweep`, float32", f"{swept:.0f}", f"{diverged} diverged and were left out")
    yield line("the matrix products alone, float32", f"{products:.0f}", "for as many steps")
    yield line("one by one / `sweep`", f"{loop / swept:.1f}", "at least 6 wanted")
    yield line("products / `sweep`", f"{products / swept:.2f}", "")
    best = found.best
    yield line(
        "best validation accuracy", f"{found.results[best]:.3f}", ", ".join(map("{} {:g}".format, found.names, best))
    )


def neighbours() -> Lines:
    """All distances of 500 test images to 5000 training images, as knn.ipynb has them."""
    random = np.random.default_rng(0)
    X, X_train = (random.integers(256, size=(count, 3072)).astype(np.float64) for count in (500, 5000))
    knn = solution("image_classification", "knn")("KNearestNeighbor")()
    knn.train(X_train, np.zeros(len(X_train), int))
    ways: dict[str, Callable[[], object]] = {
        "`compute_distances_no_loops`": lambda: knn.compute_distances_no_loops(X),
        "the matrix product alone": lambda: X @ X_train.T,
    }
    if find_spec("scipy"):
        ways["SciPy's `cdist`"] = partial(import_module("scipy.spatial.distance").cdist, X, X_train)
    if find_spec("sklearn"):
        ways["scikit-learn's `euclidean_distances`"] = partial(
            import_module("sklearn.metrics.pairwise").euclidean_distances, X, X_train
        )
        brute = import_module("sklearn.neighbors").NearestNeighbors(n_neighbors=10, algorithm="brute").fit(X_train)
        ways["scikit-learn's brute force, with the ten nearest"] = partial(brute.kneighbors, X)
    yield "| | seconds | ours / this |"
    found = quickest(ways, 4)
    for name, seconds in found.items():
        yield line(name, f"{seconds:.2f}", f"{found['`compute_distances_no_loops`'] / seconds:.2f}")


def notebooks(beside: Path | None = None) -> Lines:
    """Each solution notebook from top to bottom, here and in another checkout."""
    course = Course.find()
    yield "| notebook | seconds there | seconds | there / here |" if beside else "| notebook | seconds |"
    here = course.solutions.parent
    for assignment in course.assignments():
        for name in course.notebooks(assignment):
            seconds = [_seconds_of(root, assignment, name) for root in ((beside, here) if beside else (here,))]
            ratio = (f"{seconds[0] / seconds[1]:.1f}",) if beside else ()
            yield line(name, *(f"{one:.0f}" for one in seconds), *ratio)


TABLES = {
    "grading": grading,
    "growth": growth,
    "steps": steps,
    "sixty": sixty,
    "neighbours": neighbours,
    "notebooks": notebooks,
}

# Old checkouts have no module like this one: what they run has to be said here.
_RUN = """
import resource, sys, tempfile
from pathlib import Path
from autograder.authoring.hand_in import execute
from autograder.authoring.notebook import read_notebook
with tempfile.TemporaryDirectory() as folder:
    execute(read_notebook(Path("solutions") / sys.argv[1] / f"{sys.argv[2]}.ipynb"), Path(folder), sys.argv[2])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime)
"""


def _seconds_of(root: Path, assignment: str, name: str) -> float:
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", _RUN, assignment, name]
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
    return float(run.stdout.split()[-1])


@cache
def _code() -> Callable[[str], Any]:
    return solution("two_layer_net", "two_layer_net")


def _net(hidden: int, dtype: str = "float32") -> Any:
    net = _code()("TwoLayerNet")(3072, hidden, 10)
    net.params = {name: value.astype(dtype) for name, value in net.params.items()}
    return net


def _train(net: Any, data: Mapping[str, Any], steps: int, batch: int) -> None:
    """Steps too small to lead anywhere: a net may be trained again and again."""
    X, y, X_val, y_val = (data[name] for name in ("X_train", "y_train", "X_val", "y_val"))
    net.train(X, y, X_val, y_val, learning_rate=1e-9, reg=0.2, num_iters=steps, batch_size=batch)


def _products(X: np.ndarray, hidden: int, times: int) -> Callable[[], object]:
    """The two products of a step with the first layer, forward and backward, and nothing else."""
    W, D = np.ones((X.shape[1], hidden), X.dtype), np.ones((len(X), hidden), X.dtype)
    there, back = np.empty_like(D), np.empty_like(W)
    return lambda: [(np.matmul(X, W, out=there), np.matmul(X.T, D, out=back)) for _ in range(times)]


def _torch(data: Mapping[str, Any], hidden: int, batch: int, steps: int) -> Callable[[], object]:
    """The same net, and the same steps, as one writes them in PyTorch."""
    torch = import_module("torch")
    torch.set_num_threads(1)
    X, y = torch.from_numpy(data["X_train"]), torch.from_numpy(data["y_train"])
    net = torch.nn.Sequential(torch.nn.Linear(3072, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-9, weight_decay=0.4)

    def train() -> None:
        for _ in range(steps):
            chosen = torch.from_numpy(np.random.choice(len(X), batch))
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(X[chosen]), y[chosen]).backward()
            optimizer.step()

    return train


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m autograder.evidence.speed", description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="+", choices=TABLES, metavar="TABLE", help=f"of {', '.join(TABLES)}")
    parser.add_argument("--beside", type=Path, metavar="FOLDER", help="another checkout, for notebooks")
    parser.add_argument("--renew", action="store_true", help="write the tables into EVIDENCE.md, too")
    options = parser.parse_args()
    try:
        for name in options.tables:
            lines = notebooks(options.beside.resolve()) if name == "notebooks" and options.beside else TABLES[name]()
            table = markdown(lines)
            print(table, flush=True)
            if options.renew:
                renew(EVIDENCE, f"speed {name}", table)
    except (CourseError, ValueError) as error:
        sys.exit(f"speed: {error}")


if __name__ == "__main__":
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":  # it is read when NumPy is imported
        command = [sys.executable, "-m", "autograder.evidence.speed", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    main()
