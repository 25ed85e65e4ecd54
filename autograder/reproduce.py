"""Do the solution notebooks reproduce the published results on CIFAR-10?

    CIFAR10_DIR=... python -m autograder.reproduce           # both notebooks from top to bottom, some minutes
    CIFAR10_DIR=... python -m autograder.reproduce --short   # the default training alone, under a minute

The published numbers are those of the course's own notebook runs: the loss at every hundredth iteration of
the default training, its validation accuracy, and what a tuned network should reach.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.course import Course, CourseError
from autograder.hand_in import execute, printed
from autograder.notebook import read_notebook
from cs231n_utils import load_cifar10

ASSIGNMENT = "two_layer_net"
DEFAULT_LOSSES = [2.302954, 2.302550, 2.297648, 2.259602, 2.204170, 2.118565, 2.051535, 1.988466, 2.006591, 1.951473]
MARK = "reproduced: "


@dataclass(frozen=True)
class Claim:
    """A published result, and the range that a reproduction has to fall into."""

    what: str
    got: float
    low: float
    high: float

    @property
    def holds(self) -> bool:
        return self.low <= self.got <= self.high

    def __str__(self) -> str:
        return f"{'✓' if self.holds else '✗'} {self.what}: {self.got:.6g} (between {self.low:.6g} and {self.high:.6g})"


def reproduce(course: Course, short: bool) -> list[Claim]:
    """Run the notebooks and compare what they find with what was published.

    Raises
    ------
    CourseError
        If the data in use is not CIFAR-10.
    """
    if load_cifar10().source != "CIFAR-10":
        raise CourseError("this needs CIFAR-10 itself: `python -m cs231n_utils.data download` fetches it, or set "
                          "CIFAR10_DIR to the folder with its python files")
    found = _run(course, "two_layer_net", short)
    claims = [Claim(f"default training, loss at iteration {100 * i}", loss, published - 5e-3, published + 5e-3)
              for i, (loss, published) in enumerate(zip(found["losses"], DEFAULT_LOSSES, strict=True))]
    claims.append(Claim("default training, validation accuracy", found["default"], 0.267, 0.307))
    if not short:
        claims += [Claim("two_layer_net tuned, validation accuracy", found["validation"], 0.48, 1),
                   Claim("two_layer_net tuned, test accuracy", found["test"], 0.48, 1)]
        claims.append(Claim("layers tuned, validation accuracy", _run(course, "layers", False)["validation"], 0.50, 1))
    return claims


def _run(course: Course, name: str, short: bool) -> dict:
    notebook = read_notebook(course.solutions / ASSIGNMENT / f"{name}.ipynb")
    with tempfile.TemporaryDirectory() as folder:
        if name == "two_layer_net":
            _insert(notebook, "default-training",
                    '"losses": [float(loss) for loss in first_stats["loss_history"][::100]],'
                    '"default": float((first_net.predict(X_val) == y_val).mean())', last=short)
        if not short:
            net = {"two_layer_net": "best_net.predict", "layers": "(lambda X: best_model.loss(X).argmax(axis=1))"}[name]
            notebook.cells.append(_report(f'"validation": float(({net}(data["X_val"]) == data["y_val"]).mean()),'
                                          f'"test": float(({net}(data["X_test"]) == data["y_test"]).mean())'))
        execute(notebook, Path(folder), name)
    reports = [json.loads(line.removeprefix(MARK)) for line in printed(notebook) if line.startswith(MARK)]
    return {key: value for report in reports for key, value in report.items()}


def _insert(notebook: NotebookNode, after: str, items: str, last: bool) -> None:
    """Put a reporting cell behind the cell with the id `after`; drop what follows if it is the last."""
    where = next(i for i, cell in enumerate(notebook.cells) if cell.id == after) + 1
    notebook.cells[where:] = [_report(items), *([] if last else notebook.cells[where:])]


def _report(items: str) -> NotebookNode:
    return nbformat.v4.new_code_cell(f"import json\nprint({MARK!r} + json.dumps({{{items}}}))")


def main() -> None:
    try:
        claims = reproduce(Course.find(), "--short" in sys.argv[1:])
    except (CourseError, ValueError) as error:
        sys.exit(f"reproduce: {error}")
    print("\n".join(map(str, claims)))
    sys.exit(0 if all(claim.holds for claim in claims) else 1)


if __name__ == "__main__":
    main()
