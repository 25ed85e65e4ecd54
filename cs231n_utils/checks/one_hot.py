"""What is wrong with a gradient at the right classes, seen in the gradients of a layer's weights and biases."""

from collections.abc import Iterator

import numpy as np

from cs231n_utils.checks.wrong_answer import WrongAnswer

# By how many times one over N, at each right class, and what that means.
_CAUSES = {
    1: "is 1 subtracted at the right class, [i, y[i]], of each example?",
    2: "is 1 added at the right class, [i, y[i]], where it should be subtracted?",
    -1: "is 1 too much subtracted at the right class, [i, y[i]], of each example?",
}


def one_hot(answer: WrongAnswer) -> str | None:
    """Whether the gradient of the scores is off by a constant at the right class of each example."""
    difference = answer.got - answer.expected
    for words, term in _terms(answer):
        c = answer.ratio(difference, term)
        for times, cause in _CAUSES.items():
            if answer.is_number(c, times):
                amount = "" if abs(times) == 1 else f"{abs(times)} · "
                return f"{answer.subject} too {'large' if times > 0 else 'small'} by exactly {amount}{words}: {cause}"
    return None


def _terms(answer: WrongAnswer) -> Iterator[tuple[str, np.ndarray]]:
    """What an error of 1/N at each right class becomes further back: in a bias, and in weights behind an input."""
    shape = answer.got.shape
    for y in answer.labels:
        if not shape or not y.size or y.min() < 0 or len(np.unique(y)) < 2 or y.max() >= shape[-1]:
            continue
        right = np.eye(shape[-1])[y] / len(y)
        if len(shape) == 1:
            yield "the share of each class in y", right.sum(axis=0)
        for name, value in answer.arrays if len(shape) == 2 else ():
            if value.ndim == 2 and value.shape == (len(y), shape[0]):
                yield f"the sum of {name} over each class, divided by N", value.T @ right
