"""All mutants of a cell: its source with each change that an operator makes, once."""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterator

from autograder.authoring.misconception import Misconception
from autograder.proof.mutation.operators import OPERATORS, Change, Surroundings


class Mutant(Misconception):
    """A mistake that nobody has written down: it is called by what it changes, "cell: before → after"."""


def mutants(cell: str, source: str, others: str = "") -> Iterator[Mutant]:
    """All small changes to a cell's solution, each one once.

    Parameters
    ----------
    cell : str
        Grade id of a TODO cell, without its ending `_code`.
    source : str
        The cell, with the delimiters of its solution.
    others : str, optional
        The notebook's other code, for default values.
    """
    lines, tree = _solution_lines(source), ast.parse(source)
    around = _surroundings(tree, lines, ast.parse(others))
    before = ast.unparse(tree)
    seen = {before}
    names: Counter[str] = Counter()
    for after in _changed(tree, lines, around):
        if after not in seen:
            seen.add(after)
            name = f"{cell}: {_difference(before, after)}"
            names[name] += 1  # the same line may stand in two places
            yield Mutant(name if names[name] == 1 else f"{name} ({names[name]})", cell, {source: after}, hint="")


def _changed(tree: ast.AST, lines: set[int], around: Surroundings) -> Iterator[str]:
    """The source with one change, for each operator and each node in some lines."""
    for parent in list(ast.walk(tree)):
        for name, value in list(ast.iter_fields(parent)):
            for place, node in enumerate(value if isinstance(value, list) else [value]):
                if not _within(node, lines):
                    continue
                for operator in OPERATORS:
                    for change in operator(node, around):
                        _put(parent, name, place, value, change)
                        yield ast.unparse(tree)
                        setattr(parent, name, value)


def _put(parent: ast.AST, name: str, place: int, value: object, change: Change) -> None:
    if isinstance(value, list):
        setattr(
            parent, name, [*value[:place], *(change if isinstance(change, list) else [change]), *value[place + 1 :]]
        )
    else:
        setattr(parent, name, change)


def _within(node: object, lines: set[int]) -> bool:
    return isinstance(node, ast.AST) and getattr(node, "lineno", 0) in lines and getattr(node, "end_lineno", 0) in lines


def _solution_lines(source: str) -> set[int]:
    found, inside = set(), False
    for number, line in enumerate(source.splitlines(), 1):
        inside = "### BEGIN SOLUTION" in line or (inside and "### END SOLUTION" not in line)
        if inside:
            found.add(number)
    return found


def _surroundings(tree: ast.Module, lines: set[int], others: ast.Module) -> Surroundings:
    variables = {
        node.id: 0
        for statement in others.body
        if isinstance(statement, ast.Assign)
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) or (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)):
            name = node.arg if isinstance(node, ast.arg) else node.id
            variables[name] = min(node.lineno, variables.get(name, node.lineno))  # 0 for the notebook's own
    keys = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _within(node, lines)
    ]
    defaults: dict[str, ast.expr] = {}
    for node in [*ast.walk(others), *ast.walk(tree)]:
        if isinstance(node, ast.FunctionDef) and node.args.defaults:
            names = [argument.arg for argument in node.args.args]
            defaults |= {
                name: value
                for name, value in zip(names[::-1], node.args.defaults[::-1])
                if not (isinstance(value, ast.Constant) and value.value is None)
            }
    return Surroundings(variables, list(dict.fromkeys(keys)), defaults)


def _difference(before: str, after: str) -> str:
    """The lines that differ, as "before → after"."""
    old, new = before.splitlines(), after.splitlines()
    changed = [
        operation
        for operation in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if operation[0] != "equal"
    ]
    (_, i, _, j, _), (_, _, last_i, _, last_j) = changed[0], changed[-1]
    return " → ".join("; ".join(line.strip() for line in lines) for lines in (old[i:last_i], new[j:last_j]))
