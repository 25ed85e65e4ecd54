"""Factors between numbers, and what they mean."""

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from cs231n_utils.checks.wrong_answer import SETTINGS, WrongAnswer, is_description, number

_TWICE, _HALF = "a factor 2 too many, or a ½ too few?", "a factor 2 too few, or a ½ too many?"


def named_factor(answer: WrongAnswer) -> str | None:
    c = answer.ratio(answer.got, answer.expected) if not answer.counts else None
    words = in_words(answer, c) if c else None
    return f"{answer.subject} {words}" if words else None


def odd_factor(answer: WrongAnswer) -> str | None:
    """A factor without a known meaning; not for a single entry, where it would give away the expected number."""
    c = answer.ratio(answer.got, answer.expected) if several(answer, answer.expected) else None
    return f"{answer.subject} {number(c)} × {answer.target}" if c and number(c) != "1" else None


def several(answer: WrongAnswer, numbers: np.ndarray) -> bool:
    """Whether there are enough numbers for a common factor to be a relation."""
    return bool(np.count_nonzero(np.abs(numbers) > answer.small) > 1) and not answer.by_chance


def in_words(answer: WrongAnswer, c: float, target: str = "") -> str | None:
    """Say "2 × what it should be" with the likely cause; None for a factor that is not simple.

    `target` says what the answer is a multiple of, if that is not the right answer.
    """
    target = target or answer.target
    for sign, minus in ((1, ""), (-1, "−")):
        for value, text, note, cause in _known(answer):
            if sign * value != 1 and answer.is_number(c, sign * value):
                fitting = (one for one in _of_the_given(answer) if answer.is_number(c, sign * one[0]))
                texts = dict.fromkeys(one[1] for one in fitting)
                if text in texts and len(texts) > 1:  # numbers that are equal by chance
                    text, note, cause = " or ".join(texts), "", ""
                wrong_sign = "the sign is wrong" if sign < 0 else ""
                reason = "; ".join(filter(None, (wrong_sign, cause)))
                return f"{minus}{text} × {target}{note}" + (f": {reason}" if reason else "")
    nice = Fraction(c).limit_denominator(1000)
    simple = nice and (abs(nice.numerator) == 1 or nice.denominator <= 12) and abs(nice.numerator) <= 1000
    if simple and nice != 1 and answer.is_number(c, float(nice)) and not answer.by_chance:
        return f"{number(c) if nice.denominator == 10 else nice} × {target}".replace("-", "−")
    return None


def _known(answer: WrongAnswer) -> Iterator[tuple[float, str, str, str]]:
    """Factors with a meaning: the value, how it is written, what its letters stand for, and its likely cause."""
    examples, classes = ([size for size in sorted(answer.sizes.get(name, ())) if size > 1] for name in ("N", "C"))
    or_two = ", or is it a factor 2?" if 2 in (*examples, *classes) else "?"
    yield 1, "1", "", ""
    for N in examples:
        note = f" (N = {N})"
        many, few = or_two, or_two
        if N in classes:  # either may be behind it
            note = f" (N = {N}, and C = {N}, too)"
            many, few = f", or do all classes count{or_two}", f", or by the number of classes{or_two}"
        yield N, "N", note, f"is the mean over the batch missing{many}"
        yield 1 / N, "1/N", note, f"is it divided by N once too often{few}"
        for C in classes:
            both = f" (N = {N}, C = {C})"
            yield N / C, "N/C", both, "is it divided by C instead of N?"
            yield C / N, "C/N", both, "is it divided by N instead of C?"
        if N > 2:
            yield N / (N - 1), "N/(N − 1)", note, "is it divided by N − 1 instead of N?"
    for C in classes:
        note = f" (C = {C})"
        yield C, "C", note, f"do all classes count, where only the right one should{or_two}"
        if C > 2 and not answer.by_chance:
            yield C / (C - 1), "C/(C − 1)", note, "does the right class count, too?"
        yield 1 / C, "1/C", note, f"is it divided by the number of classes{or_two}"
    for base in (10, 2):
        yield 1 / math.log(base), f"1/ln {base}", "", f"is it the logarithm to base {base}, not the natural one?"
        yield math.log(base), f"ln {base}", "", ""
    yield 2, "2", "", _TWICE
    yield 0.5, "½", "", _HALF
    for text, size, note in (
        ("2", 2, ""),
        *(("N", N, f" (N = {N})") for N in examples),
        *(("C", C, f" (C = {C})") for C in classes),
    ):
        yield math.sqrt(size), f"√{text}", note, ""
        yield 1 / math.sqrt(size), f"1/√{text}", note, ""
    yield from _of_the_given(answer)


def _of_the_given(answer: WrongAnswer) -> Iterator[tuple[float, str, str, str]]:
    """Factors that are made of a number which was given."""
    t = dict(answer.scalars).get("t", 0.0)
    for name, value in answer.scalars if not answer.by_chance else ():
        if name in ("N", "C", "t") or is_description(name) or abs(value) <= 1e-6:
            continue
        yield value, name, "", f"is it multiplied by {name} once too often?"
        yield 1 / value, f"1/{name}", "", f"is {name} left out, or is something divided by it?"
        if name in SETTINGS or not 0 < value < 1:
            continue
        rest = f"(1 − {name})"
        dropped = f"is {name} taken for the probability to drop? Here it is the one to keep" if name == "p" else ""
        yield 1 - value, rest, "", ""
        yield 1 / (1 - value), f"1/{rest}", "", ""
        yield (1 - value) / value, f"{rest}/{name}", "", dropped
        yield value / (1 - value), f"{name}/{rest}", "", dropped
        yield value**2, f"{name}²", "", ""
        yield 1 / value**2, f"1/{name}²", "", ""
        if t >= 1:
            yield 1 - value**t, f"(1 − {name}^t)", "", ""
            yield 1 / (1 - value**t), f"1/(1 − {name}^t)", "", ""
