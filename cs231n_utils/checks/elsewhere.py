"""Numbers that are right for something else: one place further along an axis, in another result, or in another call."""

from collections.abc import Iterator

import numpy as np

from cs231n_utils.checks.wrong_answer import WrongAnswer

_FEWEST = 3  # places along an axis; among fewer, a shift cannot be told from other changes of order


def shifted(answer: WrongAnswer) -> str | None:
    """The right numbers, each one place too early or too late along an axis."""
    got, expected = answer.got, answer.expected
    if answer.by_chance:
        return None
    for axis in range(got.ndim):
        if got.shape[axis] < _FEWEST:
            continue
        here, there = np.moveaxis(got, axis, 0), np.moveaxis(expected, axis, 0)
        for step, one, other in ((1, here[:-1], there[1:]), (-1, here[1:], there[:-1])):
            if answer.same(one, other) and not _regular(answer, there):
                ring = answer.same(here[-1 if step > 0 else 0], there[0 if step > 0 else -1])
                return f"{_moved(answer, axis, step, ring)}: {_cause(answer, step)}"
    return None


def _moved(answer: WrongAnswer, axis: int, step: int, ring: bool) -> str:
    if answer.got.ndim > 2:
        way = "after" if step > 0 else "before"
        return f"each entry of {answer.name} has what belongs to the one {way} it along axis {axis}"
    line = "entry" if answer.got.ndim == 1 else ("row", "column")[axis]
    first, last = ("last", "first")[::step]
    around = f", and the {first} what belongs in the {last}" if ring else ""
    return f"{line} i of {answer.name} has what belongs in {line} i {'+' if step > 0 else '−'} 1{around}"


def _cause(answer: WrongAnswer, step: int) -> str:
    if answer.got.ndim == 1 and "loss" in answer.name:
        return f"is each noted one step too {'late' if step > 0 else 'early, or is the first step left out'}?"
    return "is an index off by one?"


def _regular(answer: WrongAnswer, lines: np.ndarray) -> bool:
    """Whether lines are so much alike that something else than a shift may have made each of them the next."""
    steps = np.diff(lines, axis=0)
    different = [not answer.same(one, other) for one, other in zip(lines, lines[1:])]
    return (
        sum(different) < _FEWEST - 1
        or len(np.unique(lines)) < _FEWEST
        or answer.same(steps[1:], steps[:-1])  # a constant is added from line to line
    )


def for_something_else(answer: WrongAnswer) -> str | None:
    """What would be right for another result of the same call, or had something been kept from an earlier call."""
    if answer.by_chance:
        return None
    return next((f"{answer.subject} {words}" for words in _fitting(answer)), None)


def _fitting(answer: WrongAnswer) -> Iterator[str]:
    for words, value in answer.elsewhere():
        if answer.same(answer.got, value) and not answer.same(answer.expected, value):
            yield words


# What is said of such numbers, in a notebook and by the grader.


def of_another_result(name: str) -> str:
    return f"what {name} should be: have two results been mixed up, or is an argument not used?"


def of_an_earlier_check(title: str) -> str:
    return f"what was right for “{title}”: have two results been mixed up, or does something stay as it was then?"


def of_the_call_before(which: str, argument: str = "") -> str:
    """`which` is "the call before" or "the first call"; what is kept is an argument, or else the result."""
    if not argument:
        return f"what {which} should have given: is something kept from then, or an argument not used?"
    return f"what would be right if {argument} were still that of {which}: is something kept from then?"
