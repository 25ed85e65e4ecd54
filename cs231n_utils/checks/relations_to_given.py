"""How a wrong answer is related to what it was computed from; see `relations`."""

import itertools
import math
import re
from collections.abc import Iterator

import numpy as np

from cs231n_utils.checks.factors import in_words, several
from cs231n_utils.checks.places import described
from cs231n_utils.checks.unmoved import stands_still
from cs231n_utils.checks.wrong_answer import SETTINGS, WrongAnswer, is_description, number

_KINK = 1e-5  # the step of a numerical gradient
_PART = {"reg": "the penalty", "learning_rate": "the step"}  # what these numbers add
_CONVENTIONS = "(Other courses and years {}; the text says which it is here.)"


def given_itself(answer: WrongAnswer) -> str | None:
    """The answer is something that was given."""
    shape = answer.got.shape
    for name, value in answer.given:
        if name == "before" or answer.name.startswith(f"{name} after"):  # a parameter, after a step
            if answer.same(answer.got, value) and (value.any() or len(answer.given) == len(dict(answer.given))):
                return stands_still([answer.name], by_penalty=bool(answer.ratio(answer.expected, value)))
            continue
        if (value.ndim == 0 and (shape or name in SETTINGS)) or value.dtype.kind in "iu":
            continue
        if not is_description(name) and not value.any():
            continue
        if value.size == answer.got.size and answer.same(answer.got, value.reshape(shape)):
            return f"{answer.subject} {name}{'' if is_description(name) else ' itself'}"
        if (
            value.ndim
            and value.ndim < len(shape)
            and value.shape == shape[-value.ndim :]
            and answer.same(answer.got, np.broadcast_to(value, shape))
        ):
            return f"each row of {answer.name} is {name}, and nothing else"
    return None


def as_if(answer: WrongAnswer) -> str | None:
    """What would be right if one of the arguments were different."""
    adjustable = _adjustable(answer)
    for name, value in adjustable:
        for factor, words in _factors(answer, name, value):
            if not _fits(answer, name, factor):
                continue
            # Another one that would do as well: of a product, say, either factor may be twice as large.
            others = [one for one, _ in adjustable if one != name and words != "1" and _fits(answer, one, factor)]
            names = [name, *others]
            found = _exactly(answer, answer.got - answer.expected, name)
            exactly = f" (too {found[1]} by exactly {found[0]})" if found else ""
            causes = (_cause(answer, one, factor, words) for one in names if one == name or factor in (0, 0.5, 2))
            cause = next(filter(None, causes), "")
            return f"{answer.subject} as {answer.it} should be if {' or '.join(names)} were {words}{exactly}" + (
                f": {cause}" if cause else ""
            )
    return None


def _factors(answer: WrongAnswer, name: str, value: float) -> Iterator[tuple[float, str]]:
    """What an argument may have been multiplied by, and how that is said."""
    yield from ((0.0, "0"), (0.5, "half as large"), (2.0, "twice as large"), (-1.0, "of the opposite sign"))
    for letter, several_sizes in answer.sizes.items():
        for size in several_sizes:
            if size > 1:
                yield 1 / size, f"divided by {letter} ({letter} = {size})"
                yield float(size), f"multiplied by {letter} ({letter} = {size})"
    if name == "learning_rate":
        yield 1 / value, "1"


def _fits(answer: WrongAnswer, name: str, factor: float) -> bool:
    """Whether the answer is what is right for another argument, and depends on it."""
    # A value that hardly depends on the argument any more would fit any factor.
    return answer.same(answer.got, answer.had(name, factor)) and not answer.same(
        answer.got, answer.had(name, factor + 0.01 * (1 + abs(factor)))
    )


def _adjustable(answer: WrongAnswer) -> list[tuple[str, float]]:
    """Numbers and vectors that were given; a change of a matrix rarely means anything."""
    numbers = {name: value for name, value in answer.scalars if name not in ("N", "C", answer.name) and value}
    return list((numbers | {name: math.nan for name, value in answer.arrays if value.ndim == 1}).items())


def _cause(answer: WrongAnswer, name: str, factor: float, words: str) -> str:
    if name == "learning_rate":
        still = "has nothing moved?"
        if "loss" in answer.name:
            still = "has nothing moved, or is the loss always that of the first step?"
        return {0.0: still, -1.0: "does the step go uphill?"}.get(factor) or (
            f"is {name} missing?" if words == "1" else ""
        )
    if name != "reg":
        return f"is {name} left out?" if factor == 0 else ""
    if words.startswith("divided by N"):
        return "only the data loss is a mean"
    thirds = " (hence errors of 1/3 where nothing else counts)" if answer.right == "numerical" else ""
    return {
        0: "is the penalty missing?",
        -1: "is the penalty subtracted, where it should be added?",
        0.5: f"is there a ½ in the penalty? {_CONVENTIONS.format('have one')}"
        if answer.got.ndim == 0
        else f"is a factor 2 missing in the penalty's part{thirds}?",
        2: f"is a ½ missing in the penalty? {_CONVENTIONS.format('have none')}"
        if answer.got.ndim == 0
        else "is there a factor 2 too many in the penalty's part?",
    }.get(factor, "")


def apart(answer: WrongAnswer) -> str | None:
    """One number's part and the rest, considered separately: a loss that is summed, with a penalty that is right."""
    for name, value in _adjustable(answer):
        rest = None if math.isnan(value) else answer.had(name, 0.0)
        if rest is None or rest.shape != answer.got.shape or answer.same(rest, answer.expected):
            continue
        part, right = answer.got - rest, answer.expected - rest
        what = _PART.get(name, f"what {name} adds")
        if name != "learning_rate" and (c := answer.ratio(answer.got - right, rest)) and (words := in_words(answer, c)):
            return f"apart from {what}, {answer.subject} {words}"
        if several(answer, right) and (c := answer.ratio(part, right)) and not answer.is_number(c, 1):
            share = "what it should be"
            return f"{what} in {answer.name} is " + (in_words(answer, c, share) or f"{number(c)} × {share}")
        if found := _exactly(answer, part):
            sign = "−" if found[1] == "small" else ""
            return f"{answer.name} has {sign}{found[0]} in place of {what}{_measure(found[0])}"
    return None


def step(answer: WrongAnswer) -> str | None:
    """What is added to an array that was given is a multiple of what should be."""
    for name, value in answer.alike if answer.got.ndim and not answer.of else ():
        part, right = answer.got - value, answer.expected - value
        c = answer.ratio(part, right) if several(answer, right) else None
        if c and (words := in_words(answer, c, "what it should be")):
            return f"what {answer.name} adds to {name} is {words}"
    return None


def _measure(term: str) -> str:
    """What a penalty is made of, if it is not the sum of all squares."""
    if "|" in term:
        return ": absolute values, where squares are asked for"
    if "√" in term:
        return ": the square root of the sum of squares"
    if "mean" in term:
        return ": a mean, where a sum is asked for"
    return ": should the biases be free?" if re.search(r"Σb\d*²", term) else ""


def off_by_a_term(answer: WrongAnswer) -> str | None:
    """Something that was given, or that sums of this kind are made of, is missing or included once too often."""
    found = _exactly(answer, answer.got - answer.expected, "reg" if answer.of else "")
    if not found:
        return None
    term, direction = found
    cause, own = "", answer.of and f" {answer.of}" in f" {term}" and np.ndim(dict(answer.given).get(answer.of, 0)) == 1
    if own:
        cause = f": {_penalty_on_a_bias(answer, direction == 'large')}"
    elif "Σb" in term:
        cause = _measure(term)
    elif direction == "small" and (left_out := re.search(r"Σ(\w+)²$", term)):
        others = any(value.ndim > 1 for name, value in answer.arrays if name != left_out[1])
        cause = f": is {left_out[1]} left out of the penalty?" if others else ": is the penalty missing, or half of it?"
    elif term.startswith("2 · ") and " · " not in term[4:] and direction == "small":
        cause = f": is {term[4:]} subtracted, where it should be added?"
    elif answer.of and "reg · " in term:
        cause = ": look at the penalty's part"
    elif term in dict(answer.given):
        cause = f": is {term} left out?" if direction == "small" else f": is {term} in it once too often?"
    return f"{answer.subject} too {direction} by exactly {term}{cause}"


def off_by_a_multiple(answer: WrongAnswer) -> str | None:
    """Something that a penalty adds: a multiple of the parameter itself."""
    difference = answer.got - answer.expected
    if not several(answer, difference):
        return None
    for name, value in answer.alike:
        if name in ("before", answer.of) and (c := answer.ratio(difference, value)):
            return f"{answer.name} differs from {answer.target} by a multiple of {name}" + (
                ": does the penalty (reg) reach the step?"
                if name == "before"
                else f": {_penalty_on_a_bias(answer, c > 0)}"
                if value.ndim == 1
                else f": the penalty's part is too {'large' if c > 0 else 'small'}"
            )
    return None


def _penalty_on_a_bias(answer: WrongAnswer, large: bool) -> str:
    here, elsewhere = ("gradient", "loss") if large else ("loss", "gradient")
    return f"is there a penalty on {answer.of} in the {here}, and none in the {elsewhere}?"


def _exactly(answer: WrongAnswer, part: np.ndarray, factor: str = "") -> tuple[str, str] | None:
    """The term that `part` is equal to, or twice or half of it, and whether it makes a value too large or too small.

    Terms with the number `factor` come first.
    """
    for name, term in sorted(_terms(answer), key=lambda one: not factor or not one[0].startswith(f"{factor} · ")):
        c = answer.ratio(part, term)
        for size, words in ((1, ""), (2, "2 · "), (0.5, "½ · ")):
            if c and answer.is_number(abs(c), size):
                return f"{words}{name}", "large" if c > 0 else "small"
    return None


def _terms(answer: WrongAnswer) -> Iterator[tuple[str, np.ndarray]]:
    """Terms that sums of this kind are made of, from what was given."""
    shape = answer.got.shape
    scalars = [one for one in answer.scalars if one[0] not in ("N", "C") and one[1]]
    arrays = [(name, value) for name, value in answer.arrays if value.any() and name != "before"]
    for name, value in arrays if shape else ():
        if value.size == answer.got.size or value.shape == shape[-value.ndim :]:
            fitting = value.reshape(shape) if value.size == answer.got.size else np.broadcast_to(value, shape)
            yield name, fitting
            for factor, scalar in scalars:
                yield f"{factor} · {name}", scalar * fitting
                yield f"{factor} · Σ{name}", np.full(shape, scalar * value.sum())
    if not shape:
        yield from ((name, np.asarray(value)) for name, value in answer.scalars if name not in SETTINGS)
        # Weights, or biases: arrays of one rank belong together.
        sums = [one for rank in (1, 2) for one in _sums([one for one in arrays if one[1].ndim == rank])]
        parameters = {name: value for name, value in arrays if re.fullmatch(r"[Wb]\d*", name)}
        if len({value.ndim for value in parameters.values()}) == 2:
            sums.append(
                (
                    f"({' + '.join(f'Σ{name}²' for name in parameters)})",
                    sum(float(np.vdot(value, value)) for value in parameters.values()),
                )
            )
        for (factor, scalar), (name, total) in itertools.product(scalars, sums):
            yield f"{factor} · {name}", np.asarray(scalar * total)
    if answer.labels and not answer.by_chance:
        yield "1" if not shape else "1 in every entry", np.ones(shape)


def _sums(arrays: list[tuple[str, np.ndarray]]) -> Iterator[tuple[str, float]]:
    """What penalties are made of: sums and means of squares and of absolute values, of one array and of two."""
    for words, measure in (
        ("Σ{}²", lambda a: np.sum(a * a)),
        ("Σ|{}|", lambda a: np.sum(np.abs(a))),
        ("√Σ{}²", lambda a: math.sqrt(np.sum(a * a))),
        ("mean of {}²", lambda a: np.mean(a * a)),
    ):
        for name, value in arrays:
            yield words.format(name), measure(value)
        for (one, first), (other, second) in itertools.combinations(dict(arrays).items(), 2):
            yield f"({words.format(one)} + {words.format(other)})", measure(first) + measure(second)


def logarithm(answer: WrongAnswer) -> str | None:
    """What the loss of a classifier reveals where all scores are equal, or where the right class is hopeless."""
    if answer.got.ndim:
        return None
    got, expected = float(answer.got), float(answer.expected)
    examples, classes = (answer.sizes.get(name, set()) for name in ("N", "C"))
    for N, C in itertools.product(examples, classes):
        if N > 1 and C > 1 and N != C and answer.same(answer.expected, np.asarray(math.log(C))):
            for name, value, over in (
                ("log N", N, "the examples, not over the classes"),
                ("log(N · C)", N * C, "the whole batch, not over each row"),
            ):
                if answer.same(answer.got, np.asarray(math.log(value))):
                    return f"{answer.subject} {name}, not log C (N = {N}, C = {C}): is the sum over {over}?"
    floor = math.exp(-got) if 0 < got < min(expected, 700) else 0.0
    if 0 < floor < 1e-4 and (
        answer.is_number(floor * 10.0 ** -round(math.log10(floor)), 1) or answer.is_number(floor, np.finfo(float).eps)
    ):
        return f"{answer.subject} −log({floor:.3g}): is a small number added inside the logarithm, or used as a bound?"
    if examples == {1} and expected > 30:  # the probability of the right class is 0 in all digits that count
        for C in classes:
            if answer.same(answer.got, np.asarray(math.log(C - 1 + math.e))):
                return (
                    f"{answer.subject} log(C − 1 + e) (C = {C}): is the softmax taken of probabilities, that is, twice?"
                )
    return None


def right_classes(answer: WrongAnswer) -> str | None:
    """One entry in each row is special: that of the label."""
    for right in answer.right_classes:
        off = (answer.got - answer.expected)[right]
        if not (answer.wrong & ~right).any():
            where = "only the entries of the right classes, [i, y[i]], are wrong: they are"
            if (answer.got[right] == 0).all():
                return f"{where} 0"
            share = np.ones(len(right)) / len(right)
            for amount, words in ((share, "1/N"), (1 + 0 * share, "1"), (2 * share, "2/N"), (2 + 0 * share, "2")):
                for sign, direction in ((1, "large"), (-1, "small")):
                    if answer.same(off, sign * amount):
                        return f"{where} too {direction} by exactly {words}"
        elif not (answer.wrong & right).any() and not answer.got[~right].any():
            return f"{answer.subject} 0 except in the entries of the right classes, [i, y[i]]"
    return None


def by_sign(answer: WrongAnswer) -> str | None:
    """Look at positive and negative entries of a given array apart: what is the answer there?"""
    for name, splitter in answer.alike if answer.got.ndim else ():
        if splitter.size > 1 and ((splitter > 0).all() or (splitter < 0).all()):
            continue
        parts = {
            sign: part
            for sign, part in (("positive", splitter > 0), ("negative", splitter < 0))
            if answer.wrong[part].any()
        }
        found = [
            f"where {name} is {sign}, {answer.subject} {what}"
            for sign, part in parts.items()
            if (what := described(answer, part))
        ]
        if found and len(found) == len(parts) and (len(found) == 1 or len({one.split(", ")[1] for one in found}) > 1):
            return "; ".join(found)
    return None


def lowest_scores(answer: WrongAnswer) -> str | None:
    """Predictions of the worst class instead of the best."""
    for name, scores in answer.arrays:
        if (
            name == "scores"
            and scores.ndim == 2
            and answer.got.shape == scores.shape[:1]
            and (answer.got == scores.argmin(axis=1)).all()
        ):
            return "these are the classes with the lowest scores"
    return None


def kink(answer: WrongAnswer) -> str | None:
    """Numerical gradients cannot be trusted where a function has a kink."""
    x = dict(answer.given).get(answer.of[1:]) if answer.of.startswith("d") else None
    if x is None or x.shape != answer.got.shape or (np.abs(x) < _KINK).all():
        return None
    if (np.abs(x[answer.wrong]) < _KINK).all():
        return "wrong only where the input is 0 up to 1e-5: a kink, where no numerical gradient can be trusted"
    return None
