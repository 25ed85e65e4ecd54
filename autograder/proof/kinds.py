"""What kind of mistake it is, judged by what it changes in the solution's syntax tree."""

from __future__ import annotations

import ast
from collections import Counter

from autograder.authoring.misconception import Misconception

KEPT = {"globals", "setdefault"}
RANDOM = {"random", "randn", "rand", "normal", "uniform", "choice", "randint", "permutation", "seed", "replace"}
SHAPES = {"axis", "keepdims", "T", "transpose", "reshape", "ravel", "swapaxes", "squeeze"}
OPERATORS = (ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.UnaryOp)


def kind_of(mistake: Misconception, source: str) -> str:
    """The kind of a mistake: the first that its edit is one of.

    Parameters
    ----------
    source : str
        The reference's cell.
    """
    if mistake.cell.startswith("inline_question"):
        return "the choice in an inline question"
    before, after = parts(source), parts(mistake.apply(source))
    gone, new = before - after, after - before
    names = {name for kind, name in [*gone, *new] if kind == "name"}
    kinds = {kind for kind, _ in [*gone, *new]}
    if ("Global", "") in new or names & KEPT:
        return "kept from call to call"
    if names & RANDOM:
        return "random numbers"
    if names & SHAPES or "shape" in kinds:
        return "an axis or a shape"
    if not kinds:
        return "the same in another order"
    if kinds == {"number"}:
        return "another number"
    if kinds <= {"operator", "number"}:
        return "another operator or sign"
    if not new:
        return "something left out"
    if not gone:
        return "something too much"
    return "something else in its place"


def parts(source: str) -> Counter[tuple[str, str]]:
    """What a syntax tree consists of, and how often each is there: names, numbers, operators, other nodes."""
    found: Counter[tuple[str, str]] = Counter()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant):
            is_number = isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
            found["number" if is_number else "name", repr(node.value)] += 1
        elif isinstance(node, ast.keyword) and node.arg in SHAPES:
            found["shape", ast.unparse(node)] += 1
        elif isinstance(node, OPERATORS):
            found["operator", type(node).__name__] += 1
        elif name := getattr(node, "id", "") or getattr(node, "attr", "") or getattr(node, "arg", ""):
            found["name", str(name)] += 1
        elif not isinstance(node, ast.expr_context):
            found[type(node).__name__, ""] += 1
    return found
