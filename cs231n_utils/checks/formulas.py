"""The formula behind wrong numbers: a sum of a few products of what was given, found by trying.

It holds in every entry, so it is what the code computes, however it is written there. Where the right numbers have such
a formula, too, the sentence says in which term the two differ.
"""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cs231n_utils.checks.wrong_answer import SETTINGS, WrongAnswer

_FEWEST = 3  # entries; fewer may agree by chance
MOST_ARRAYS = 4  # more would take too long; of numbers one more
_LOOKED_AT = 12  # entries of a large array, until a formula is verified in all of them
_TINY = 1e-6  # a number against 0 / 0
_COUNTERS = ("t",)  # numbers that stand in an exponent only
_CLOSE = 1e-7  # such a number leaves a trace
_FEW = 4000  # terms, of which three may be added up
_MOST = 2000  # sums that are looked at
_TOO_MANY = 10**6  # pairs that may be sums
_LARGEST = 10**6  # entries
_CONSTANTS = (0.9, 0.99, 0.999, 0.95, 0.5, 0.1, 0.01, 0.001, 0.05)  # what stands where an argument should
_OPERATOR = re.compile(r" (minus|[@/·+−]) ")


class Term(NamedTuple):
    """A product of what was given: how it is written, how much there is to write, and `factor * entries`."""

    words: str
    cost: int
    factor: float
    entries: np.ndarray


Sum = tuple[tuple[int, Term], ...]  # terms, each with its sign
Factor = tuple[tuple[str, ...], tuple[str, ...], int, float]  # what is above the line, and below; its cost and value


def formula(answer: WrongAnswer) -> str | None:
    """The answer as a sum of at most three products, and the term in which it differs from the right sum."""
    if answer.of or not _FEWEST <= answer.got.size <= _LARGEST or answer.by_chance:
        return None
    for arrays in _arrays(answer):
        terms = list(_terms(answer, arrays))
        found = _sum_for(answer, answer.got, terms) if terms else None
        if found and any(np.ptp(term.entries) or term.cost > 3 for _, term in found):  # not a plain number
            right = _sum_for(answer, answer.expected, terms)
            return f"{answer.subject} {_written(found)}" + (_compared(found, right) if right else "")
    return None


def _arrays(answer: WrongAnswer) -> list[dict[str, np.ndarray]]:
    """The arrays of a formula, by name. Where there are several of a name, as of several calls, those that come first,
    or else those that come last."""
    named = [
        (f"({name})" if _OPERATOR.search(name) else name, value.ravel())
        for name, value in answer.ingredients
        if name != "before" and value.any()
    ]
    last, first = dict(named), dict(reversed(named))
    same = all(one is first[name] for name, one in last.items())
    return [last] if same else [first, last]


def _written(found: Sum) -> str:
    text = ""
    for sign, term in sorted(found, key=lambda one: (one[0] < 0, one[1].cost, len(one[1].words), one[1].words)):
        text += (" + " if sign > 0 else " − ") if text else "" if sign > 0 else "−"
        text += term.words
    return text


def _compared(found: Sum, right: Sum) -> str:
    """Where the two sums differ; a term that the answer lacks is told only if all else is right."""
    here, there = ({(sign, term.words) for sign, term in one} for one in (found, right))
    extra, missing = here - there, there - here
    if len(extra) == len(missing) == 1:
        [(_, words)], [(_, wanted)] = extra, missing
        return f": the sign of {words} is wrong" if words == wanted else f": look at {words}" if len(found) > 2 else ""
    if not extra and len(missing) == 1:
        return f": is {missing.pop()[1]} left out?"
    if len(extra) == 1 and not missing:
        return f": should {extra.pop()[1]} be in it?"
    return ""


def _sum_for(answer: WrongAnswer, target: np.ndarray, terms: list[Term]) -> Sum | None:
    """The simplest sum that gives the target: of one term, of two, or of an array and two more."""
    flat = np.ravel(target)
    scale = np.abs(flat).max()
    margin = _CLOSE * scale + (answer.noise if target is answer.expected else 0.0)
    looked_at = np.unique(np.linspace(0, flat.size - 1, _LOOKED_AT).astype(int))
    table = np.array([term.factor * term.entries[looked_at] for term in terms])
    sizes = np.abs(table).max(axis=1)
    kept = np.flatnonzero((sizes > 1e-4 * scale) & (sizes < 1e4 * scale))
    terms = [terms[place] for place in kept]
    table = np.vstack([table[kept], 0 * table[:1]])  # the last row stands for no term
    cost = [term.cost for term in terms] + [0]
    alone = [place for place, term in enumerate(terms) if term.cost == 1 and np.ptp(term.entries)]
    hits: list[tuple[int, Sum]] = []
    for base in [len(terms), *(alone if len(terms) < _FEW else ())]:
        for (one, i), (other, j) in itertools.islice(_pairs(flat[looked_at] - table[base], table, margin), _MOST):
            used = tuple(
                (sign, terms[place]) for sign, place in ((1, base), (one, i), (other, j)) if place < len(terms)
            )
            if used:
                different = sum(any(name in term.words for _, term in used) for name, _ in answer.scalars)
                hits.append((cost[base] + cost[i] + cost[j] + len(used) + 2 * different, used))
    for _, used in sorted(hits, key=lambda hit: hit[0]):
        values = np.array([sign * term.factor * term.entries for sign, term in used])
        # Terms that are multiples of each other would be any other multiple, too.
        apart = np.linalg.matrix_rank(values[:, looked_at], 1e-5 * scale) == len(values)
        if apart and (np.abs(values.sum(axis=0) - flat) <= margin).all():
            return used
    return None


def _pairs(rest: np.ndarray, table: np.ndarray, margin: float) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """All pairs of rows that give `rest`, each with its sign; found by a weighted mean, so that few are tried."""
    weights = np.random.default_rng(0).uniform(0.5, 1.0, rest.size)
    keys = table @ weights
    order = np.argsort(keys)
    ranked = keys[order]
    for one, other in itertools.product((1, -1), repeat=2):
        wanted = other * (rest @ weights - one * keys)
        low, high = (np.searchsorted(ranked, wanted + side * margin * rest.size) for side in (-1, 1))
        if (high - low).sum() > _TOO_MANY:  # many terms are the same
            continue
        for i in np.flatnonzero(high > low):
            js = order[low[i] : high[i]]
            fits = (np.abs(rest - one * table[i] - other * table[js]) <= margin).all(axis=1)
            yield from (((one, int(i)), (other, int(j))) for j in js[fits])


def _terms(answer: WrongAnswer, arrays: dict[str, np.ndarray]) -> Iterator[Term]:
    """Products of a few given numbers, and of one or two given arrays."""
    numbers = {
        name: value
        for name, value in sorted(answer.scalars)
        if name not in ("N", "C") and (name in _COUNTERS or abs(value) > _TINY)
    }
    if not arrays or len(arrays) > MOST_ARRAYS or len(numbers) > MOST_ARRAYS + 1:
        return
    constant = Term("", 0, 1.0, np.ones(answer.got.size))
    products = list(_products(numbers))
    fixed: list[Factor] = [((f"{one:g}",), (), 3, one) for one in _CONSTANTS if one not in numbers.values()]
    for term in itertools.chain(_powers(arrays), _functions(numbers, arrays), [constant]):
        if not np.isfinite(term.entries).all():
            continue
        over, _, under = term.words.partition(" / ")
        for above, below, cost, value in products if "|" in over else products + fixed:
            words = " · ".join([one for one in (*above, over) if one]) or "1"
            divisors = [one for one in (*below, under) if one]
            if divisors:
                words += " / " + (divisors[0] if len(divisors) == 1 else f"({' · '.join(divisors)})")
            yield Term(words, max(cost + term.cost, 1), value, term.entries)


def _products(numbers: dict[str, float]) -> Iterator[Factor]:
    """Products of at most one factor of each number: what is above the line, what is below, the cost, the value."""
    steps = [value for name, value in numbers.items() if name in _COUNTERS and value >= 1]
    choices = [
        [((), (), 0, 1.0), *_factors(name, value, steps)] for name, value in numbers.items() if name not in _COUNTERS
    ]
    for chosen in itertools.product(*choices):
        if sum(cost > 0 for _, _, cost, _ in chosen) <= 3:
            yield (
                tuple(word for above, *_ in chosen for word in above),
                tuple(word for _, below, *_ in chosen for word in below),
                sum(cost for _, _, cost, _ in chosen),
                float(np.prod([value for *_, value in chosen])),
            )


def _factors(name: str, value: float, steps: list[float]) -> Iterator[Factor]:
    yield (name,), (), 1, value
    if name in SETTINGS:
        return
    yield (), (name,), 2, 1 / value
    yield (f"{name}²",), (), 3, value**2
    yield (f"(1 + {name})",), (), 3, 1 + value
    if 0 < value < 1:  # a share
        yield (f"(1 − {name})",), (), 2, 1 - value
        yield (), (f"(1 − {name})",), 3, 1 / (1 - value)
        yield (f"√(1 − {name})",), (), 4, float(np.sqrt(1 - value))
        for t in steps:
            kept = f"(1 − {name}^t)"
            yield (), (kept,), 3, 1 / (1 - value**t)
            yield (f"√{kept}",), (), 4, float(np.sqrt(1 - value**t))
            yield (), (f"√{kept}",), 4, float(1 / np.sqrt(1 - value**t))
            yield (kept,), (), 4, 1 - value**t


def _powers(arrays: dict[str, np.ndarray]) -> Iterator[Term]:
    for name, value in arrays.items():
        yield Term(name, 1, 1.0, value)
        yield Term(f"{name}²", 2, 1.0, value**2)
        yield Term(f"|{name}|", 3, 1.0, np.abs(value))
        yield Term(f"√{name}", 2, 1.0, np.sqrt(value))
        yield Term(f" / {name}", 3, 1.0, 1 / value)
    for (one, first), (other, second) in itertools.permutations(arrays.items(), 2):
        if one < other:
            yield Term(f"{one} · {other}", 3, 1.0, first * second)
        yield Term(f"{one} / {other}", 3, 1.0, first / second)
        yield Term(f"{one} / √{other}", 3, 1.0, first / np.sqrt(second))
        yield Term(f"{one} / {other}²", 4, 1.0, first / second**2)
        yield Term(f"{one} · {other}²", 4, 1.0, first * second**2)


def _functions(numbers: dict[str, float], arrays: dict[str, np.ndarray]) -> Iterator[Term]:
    """What a schedule may make of one number and the time."""
    if len(arrays) > 1:
        return
    [(t, time)] = arrays.items()
    yield Term(f" / (1 + {t})", 4, 1.0, 1 / (1 + time))
    for name, k in numbers.items():
        product = f"{name} · {t}"
        yield Term(f"exp({product})", 3, 1.0, np.exp(k * time))
        yield Term(f"exp(−{product})", 4, 1.0, np.exp(-k * time))
        yield Term(f"2^(−{product})", 5, 1.0, 2.0 ** (-k * time))
        yield Term(f"10^(−{product})", 5, 1.0, 10.0 ** (-k * time))
        yield Term(f"(1 + {product})", 4, 1.0, 1 + k * time)
        yield Term(f"(1 − {product})", 4, 1.0, 1 - k * time)
        yield Term(f" / (1 + {product})", 4, 1.0, 1 / (1 + k * time))
        if k > 0:
            yield Term(f"{name}^{t}", 3, 1.0, k**time)
        if 0 < k < 1:
            yield Term(f"(1 − {name})^{t}", 4, 1.0, (1 - k) ** time)
            yield Term(f" / (1 + {name})^{t}", 5, 1.0, (1 + k) ** -time)
        for other, every in numbers.items():
            if other == name or every <= 0 or k <= 0:
                continue
            for count, there in ((t, time), (f"({t} + 1)", time + 1), (f"({t} − 1)", time - 1)):
                yield Term(f"{name}^({count} // {other})", 5, 1.0, k ** (there // every))
                yield Term(f"{name}^({count} / {other})", 5, 1.0, k ** (there / every))
            yield Term(f"{name} · ({t} // {other})", 5, 1.0, k * (time // every))
