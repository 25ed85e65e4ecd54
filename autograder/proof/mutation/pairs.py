"""Two changes at once: two wrongs may hide each other from a check that sees each of them."""

from __future__ import annotations

import ast
import difflib
import itertools
import random
from collections.abc import Iterable, Iterator

from autograder.proof.mutation.mutants import Mutant

AND = "; and "

Block = tuple[int, int, list[str]]  # lines from, lines to, what stands there instead


def pairs(source: str, mutants: Iterable[Mutant], count: int) -> Iterator[Mutant]:
    """The same `count` pairs each time, and first those of a smaller count, of changes to different lines of a cell.

    Parameters
    ----------
    source : str
        The cell, with the delimiters of its solution.
    mutants : iterable of Mutant
        The changes that may be one of a pair.
    """
    before = ast.unparse(ast.parse(source)).splitlines()
    changes = [(mutant, _block(before, mutant.apply(source).splitlines())) for mutant in mutants]
    together = [
        (one, other)
        for one, other in itertools.combinations(changes, 2)
        if one[1][1] <= other[1][0] or other[1][1] <= one[1][0]
    ]
    random.Random(0).shuffle(together)
    for (one, first), (other, second) in together[:count]:
        lines = list(before)
        for start, end, new in sorted([first, second], reverse=True):
            lines[start:end] = new
        name = f"{one.name}{AND}{other.name.removeprefix(f'{one.cell}: ')}"
        yield Mutant(name, one.cell, {source: "\n".join(lines)}, hint="")


def _block(before: list[str], after: list[str]) -> Block:
    """The lines that a change replaces, and by what."""
    operations = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    changed = [operation for operation in operations if operation[0] != "equal"]
    (_, start, _, new_start, _), (_, _, end, _, new_end) = changed[0], changed[-1]
    return start, end, after[new_start:new_end]
