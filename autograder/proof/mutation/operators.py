"""The small changes that are made: each operator takes a node of a solution's syntax tree and yields what may stand
in its place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeGuard, TypeVar


@dataclass(frozen=True)
class Surroundings:
    """What a change may put in place of something else.

    Attributes
    ----------
    variables : dict of str to int
        Parameters and variables of the cell, and the line in which each gets its first value; those that the
        notebook's other cells define, with the line 0.
    keys : list of str
        The strings in the cell's code.
    defaults : dict of str to ast.expr
        Parameters of the notebook's functions, with their default values.
    """

    variables: dict[str, int]
    keys: list[str]
    defaults: dict[str, ast.expr]


Node = TypeVar("Node", bound=ast.AST)
Change = ast.AST | list[ast.stmt]
Operator = Callable[[ast.AST, Surroundings], Iterator[Change]]
OPERATORS: list[Operator] = []

OTHER_SIGN = {ast.Add: ast.Sub, ast.Sub: ast.Add}
OTHER_OPERATION: dict[type[ast.operator], list[type[ast.operator]]] = {
    ast.Mult: [ast.Div, ast.Add],
    ast.Div: [ast.Mult],
    ast.MatMult: [ast.Mult],
    ast.Pow: [ast.Mult],
}
COMPARISONS = [ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq]
OTHER_FUNCTION = {
    "sum": ["mean", "max"],
    "mean": ["sum"],
    "max": ["min", "mean"],
    "min": ["max"],
    "argmax": ["argmin", "max"],
    "argmin": ["argmax"],
    "maximum": ["minimum"],
    "minimum": ["maximum"],
    "exp": ["expm1", "exp2"],
    "log": ["log10", "log2", "log1p"],
    "randn": ["rand", "standard_cauchy"],
    "zeros": ["ones"],
    "relu_forward": ["affine_forward"],
    "softmax_loss": ["svm_loss"],
}
OUT = {"maximum", "minimum", "exp", "log"}  # functions that can write into an argument


def _operator(function: Operator) -> Operator:
    OPERATORS.append(function)
    return function


def _with(node: Node, **fields: object) -> Node:
    """A copy of a node with some fields replaced."""
    return ast.copy_location(type(node)(**{**dict(ast.iter_fields(node)), **fields}), node)


def _calls(node: ast.AST, *names: str) -> TypeGuard[ast.Call]:
    """Whether a node calls a NumPy function or a method of one of these names."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names


def _computes(node: ast.AST) -> TypeGuard[ast.Assign | ast.AugAssign]:
    """Whether a node is a statement that gives a computed value to something, and not an answer as it stands."""
    if not isinstance(node, (ast.Assign, ast.AugAssign)):
        return False
    answers = (
        isinstance(node.value, ast.Dict)
        and node.value.keys
        and all(isinstance(value, ast.Constant) for value in node.value.values)
    )
    return not answers and not isinstance(node.value, (ast.Constant, ast.Set))


@_operator
def a_term_dropped(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        yield node.left
        yield node.right if isinstance(node.op, ast.Add) else ast.UnaryOp(ast.USub(), node.right)


@_operator
def a_factor_dropped(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div, ast.MatMult, ast.Pow)):
        yield node.left
        if not isinstance(node.op, ast.Pow):
            yield node.right


@_operator
def a_factor_more(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if _computes(node):
        yield from (_with(node, value=ast.BinOp(ast.Constant(factor), ast.Mult(), node.value)) for factor in (2, 0.5))


@_operator
def the_sign_flipped(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in OTHER_SIGN:
        yield _with(node, op=OTHER_SIGN[type(node.op)]())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand
    elif _computes(node):
        yield _with(node, value=ast.UnaryOp(ast.USub(), node.value))


@_operator
def another_operation(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        yield from (_with(node, op=op()) for op in OTHER_OPERATION.get(type(node.op), ()))


@_operator
def operands_swapped(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Sub, ast.Div, ast.MatMult, ast.Pow)):
        yield _with(node, left=node.right, right=node.left)


@_operator
def another_function(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.Attribute):
        yield from (_with(node, attr=name) for name in OTHER_FUNCTION.get(node.attr, ()))
    elif isinstance(node, ast.Name):
        yield from (_with(node, id=name) for name in OTHER_FUNCTION.get(node.id, ()))


@_operator
def another_axis(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.keyword) and node.arg == "axis" and isinstance(node.value, ast.Constant):
        if isinstance(node.value.value, int):
            yield _with(node, value=ast.Constant(1 - node.value.value))
    elif _calls(node, "sum", "mean") and not any(one.arg == "axis" for one in node.keywords):
        yield from (_with(node, keywords=[*node.keywords, ast.keyword("axis", ast.Constant(axis))]) for axis in (0, 1))


@_operator
def keepdims_added(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.Call):
        names = [one.arg for one in node.keywords]
        if "axis" in names and "keepdims" not in names:
            yield _with(node, keywords=[*node.keywords, ast.keyword("keepdims", ast.Constant(True))])


@_operator
def transposed_or_not(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield ast.Attribute(node, "T")
        yield from (_with(node, **{side: ast.Attribute(getattr(node, side), "T")}) for side in ("left", "right"))


@_operator
def another_number(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    number = node.value if isinstance(node, ast.Constant) else None
    if isinstance(number, (int, float)) and not isinstance(number, bool):
        numbers = {number + 1, number - 1} | ({2 * number, number / 2, 0.0} if isinstance(number, float) else set())
        yield from (ast.Constant(other) for other in sorted(numbers - {number}))


@_operator
def one_off(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """Of a size or an index."""
    if _calls(node, "arange", "choice"):
        for place, arg in enumerate(node.args):
            for op in (ast.Add(), ast.Sub()):
                args = [*node.args[:place], ast.BinOp(arg, op, ast.Constant(1)), *node.args[place + 1 :]]
                yield _with(node, args=args)


@_operator
def another_comparison(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        yield from (_with(node, ops=[op()]) for op in COMPARISONS if not isinstance(node.ops[0], op))


@_operator
def written_in_place(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """y = x - a becomes x -= a; y = x, and f(x) writes its result into x."""
    if (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.BinOp)
        and isinstance(node.value.left, (ast.Name, ast.Subscript, ast.Attribute))
    ):
        target = _with(node.value.left, ctx=ast.Store())
        yield [ast.AugAssign(target, node.value.op, node.value.right), _with(node, value=node.value.left)]
    elif _calls(node, *OUT):
        yield from (
            _with(node, keywords=[*node.keywords, ast.keyword("out", arg)])
            for arg in node.args
            if isinstance(arg, ast.Name)
        )


@_operator
def a_call_left_out(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """f(a) becomes a, and a.f() too: a missing cast, copy, reshape or sum."""
    if isinstance(node, ast.Call):
        yield from node.args
        if isinstance(node.func, ast.Attribute):
            yield node.func.value


@_operator
def an_argument_left_out(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.Call):
        for name in ("args", "keywords"):
            given = getattr(node, name)
            yield from (_with(node, **{name: given[:place] + given[place + 1 :]}) for place in range(len(given)))


@_operator
def neighbours_swapped(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """Arguments of a call, parts of a tuple, values of a dictionary."""
    for name in ("args", "elts", "values"):
        parts = [] if _calls(node, "maximum", "minimum") else getattr(node, name, None)
        if isinstance(parts, list) and isinstance(node, (ast.Call, ast.Tuple, ast.Dict)):
            for i in range(len(parts) - 1):
                yield _with(node, **{name: [*parts[:i], parts[i + 1], parts[i], *parts[i + 2 :]]})


@_operator
def sampled_without_replacement(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if _calls(node, "choice"):
        yield _with(node, keywords=[*node.keywords, ast.keyword("replace", ast.Constant(False))])


@_operator
def another_index(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """a[i] becomes a, and a[i, j] becomes a[:, j] or a[i]."""
    if isinstance(node, ast.Subscript):
        if isinstance(node.ctx, ast.Load):
            yield node.value
        if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
            i, j = node.slice.elts
            yield _with(node, slice=ast.Tuple([ast.Slice(), j]))
            yield _with(node, slice=ast.Tuple([i, ast.Slice()]))
            yield _with(node, slice=ast.Tuple([j, i]))


@_operator
def a_statement_dropped(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)):
        yield ast.Pass()


@_operator
def an_item_dropped(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, (ast.Set, ast.List)):
        yield from (
            _with(node, elts=node.elts[:i] + node.elts[i + 1 :]) for i in range(len(node.elts)) if len(node.elts) > 1
        )
    elif isinstance(node, ast.Dict):
        yield from (
            _with(node, keys=node.keys[:i] + node.keys[i + 1 :], values=node.values[:i] + node.values[i + 1 :])
            for i in range(len(node.keys))
        )


@_operator
def another_variable(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """That has a value by then."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in around.variables:
        yield from (
            _with(node, id=name)
            for name, line in around.variables.items()
            if name not in (node.id, "self") and line < node.lineno
        )


@_operator
def another_key(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    if isinstance(node, ast.Constant) and node.value in around.keys:
        yield from (ast.Constant(key) for key in around.keys if key != node.value)


@_operator
def the_default_instead(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """A parameter is not used: its default stands there as a number."""
    name = getattr(node, "id", getattr(node, "attr", None))
    if isinstance(node, (ast.Name, ast.Attribute)) and name in around.defaults and isinstance(node.ctx, ast.Load):
        yield around.defaults[name]


@_operator
def kept_from_the_first_call(node: ast.AST, around: Surroundings) -> Iterator[Change]:
    """A stale value: computed once, then remembered."""
    if _computes(node) and isinstance(node, ast.Assign):
        remembered = ast.parse("globals().setdefault('_first', {}).setdefault(0)", mode="eval").body
        name = ast.Constant(ast.unparse(node.targets[0]))
        yield _with(node, value=_with(remembered, args=[name, node.value]))
