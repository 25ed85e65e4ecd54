"""Where in a cell a mistake is: the first hint, in names that the starter notebook has as well."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

_SOLUTION = re.compile(r"^[^\n]*### BEGIN SOLUTION.*?### END SOLUTION[^\n]*\n?", re.DOTALL | re.MULTILINE)
_WORDS = {
    "loss": "the loss",
    "scores": "the scores",
    "grads": "the gradients",
    "params": "the parameters",
    "self.params": "the parameters",
}
MANY = 3  # what a loop computes: more than these are no hint


def place_of(source: str, edits: Mapping[str, str], cell: str) -> str:
    """A sentence that says where a mistake is: what is computed there, and in which function.

    A name that only the solution uses is nothing to a student. Of a function, the one around it or the one that calls
    it is named instead; of a value, the first of the starter's names that is computed from it further down.

    Parameters
    ----------
    source : str
        The reference's cell.
    edits : mapping of str to str
        Texts that stand once in it, and what the mistake has instead.
    cell : str
        What the cell is called, for one without functions.
    """
    code = _Code(source)
    if not code.functions:
        return f"Look at your choice in {cell.replace('_', ' ')} again."
    places: dict[str, _Targets] = {}
    for old, new in edits.items():
        where = code.changed(old, new)
        if (function := code.function_at(where)) is not None:
            targets = places.setdefault(code.known_function(function).name, _Targets())
            targets.add(code.computed_at(where, function))
    if not places:
        return f"Look at {code.functions[0].name}."
    return f"Look at {' and at '.join(targets.in_words(name) for name, targets in places.items())}."


@dataclass
class _Targets:
    """What one function computes where the mistake is: values, and entries of its dictionary of gradients."""

    values: list[str] = field(default_factory=list)
    gradients: list[str] = field(default_factory=list)

    def add(self, found: Iterable[str]) -> None:
        for one in found:
            key = one.removeprefix("grads.").removeprefix("params.")
            kind = self.gradients if one.startswith("grads.") else self.values
            if key not in kind:
                kind.append(key)

    def in_words(self, function: str) -> str:
        words = [_WORDS.get(value, value) for value in self.values]
        if len(self.gradients) > 2:
            words.append("the gradients")
        elif self.gradients:
            words.append(f"the gradient{'s' * (len(self.gradients) > 1)} of {' and '.join(sorted(self.gradients))}")
        if not words:
            return function
        several = len(words) > 1 or re.match("the (scores|gradients|parameters)", words[0])
        listed = " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
        return f"how {listed} {'are' if several else 'is'} computed in {function}"


@dataclass(frozen=True)
class _Function:
    """A function, with the name that students know it by: "TwoLayerNet.loss" for a method."""

    name: str
    node: ast.FunctionDef
    place: range


class _Code:
    """A cell's code, with places in it as ranges of bytes, as Python's parser counts them."""

    def __init__(self, source: str):
        self.content = source.encode()
        self.starts = [0]
        for line in self.content.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.known = set(re.findall(r"\w+", _SOLUTION.sub("", source)))
        self.functions = list(self._functions(ast.parse(source).body))

    def changed(self, old: str, new: str) -> range:
        """Where an edit really changes something: without what its two texts have in common at both ends."""
        start = self.content.index(old.encode())
        before = _common(old, new)
        after = _common(old[len(before) :][::-1], new[len(before) :][::-1])[::-1]
        changed = old[len(before) : len(old) - len(after)]
        begin = start + len(before.encode()) + len(changed) - len(changed.lstrip())
        return range(begin, begin + len(changed.strip().encode()))

    def place(self, node: ast.stmt | ast.expr) -> range:
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
        return range(self.starts[node.lineno - 1] + node.col_offset, self.starts[end_line - 1] + end_column)

    def function_at(self, where: range) -> _Function | None:
        """The innermost function at a place."""
        return next((one for one in reversed(self.functions) if _overlap(one.place, where)), None)

    def known_function(self, function: _Function) -> _Function:
        """The function itself if the starter has it; else the one around it, one that calls it, or the first of all."""
        around = [one for one in self.functions if one is not function and _overlap(one.place, function.place)]
        calling = [
            one
            for one in self.functions
            for node in ast.walk(one.node)
            if isinstance(node, ast.Name) and node.id == function.node.name
        ]
        return next(
            (one for one in [function, *reversed(around), *calling] if one.node.name in self.known), self.functions[0]
        )

    def computed_at(self, where: range, function: _Function) -> list[str]:
        """What the statements at a place compute, in the starter's names; entries of gradients as "grads.W1"."""
        found: list[str] = []
        followed: set[str] = set()
        governed = set(_simple_statements(self._governed(function.node.body, where)))
        for node in _simple_statements(function.node.body):
            here = node in governed or _overlap(self.place(node), where)
            gradients = all(name.startswith("grads.") for name in found)
            if not here and (not gradients or not followed & _names_read(node)):
                continue
            for name in self._targets(node, where if here else followed):
                if name.startswith(("grads.", "params.", "self.", "config[")) or (name in self.known and name != "_"):
                    found.append(name)
                else:
                    followed.add(name)
        return [] if governed and len(set(found)) > MANY else found

    def _governed(self, body: list[ast.stmt], where: range) -> list[ast.stmt]:
        """The statements of the innermost loop or branch whose first line is at a place."""
        for node in body:
            for part in _parts(node):
                if inner := self._governed(part, where):
                    return inner
            first = getattr(node, "body", [])
            if first and _overlap(range(self.place(node).start, self.place(first[0]).start - 1), where):
                return [] if isinstance(node, ast.FunctionDef) else list(first)
        return []

    def _targets(self, node: ast.stmt, about: range | set[str]) -> Iterator[str]:
        """What a statement gives a value to; of gradients in braces, the keys at a place, or those made from names."""
        if isinstance(node, ast.Expr):  # such as dweights.insert(0, …)
            if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
                yield from _target(node.value.func.value)
            return
        if not isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            return
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(node.value, ast.Dict) and ast.unparse(target) == "grads":
                keys = [
                    f"grads.{key.value}"
                    for key, value in zip(node.value.keys, node.value.values)
                    if isinstance(key, ast.Constant)
                    and isinstance(key.value, str)
                    and self._is_about(key, value, about)
                ]
                yield from keys or ["grads"]
            else:
                yield from _target(target)

    def _is_about(self, key: ast.expr, value: ast.expr, about: range | set[str]) -> bool:
        if isinstance(about, set):
            return bool(about & _names_read(value))
        return _overlap(range(self.place(key).start, self.place(value).stop), about)

    def _functions(self, body: Iterable[ast.stmt], owner: str = "") -> Iterator[_Function]:
        """All functions, an outer one before those inside it."""
        for node in body:
            if isinstance(node, ast.ClassDef):
                yield from self._functions(node.body, f"{node.name}.")
            elif isinstance(node, ast.FunctionDef):
                added_to = [
                    f"{ast.unparse(one.args[0])}."
                    for one in node.decorator_list
                    if isinstance(one, ast.Call) and ast.unparse(one.func) == "add_to_class" and one.args
                ]
                yield _Function(("".join(added_to) or owner) + node.name, node, self.place(node))
                yield from self._functions(node.body)


def _common(text: str, other: str) -> str:
    """What two texts begin with."""
    return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, other)))


def _overlap(one: range, other: range) -> bool:
    """Whether two places touch: what is put in at the end of a line is in that line."""
    return one.start <= other.stop and other.start <= one.stop


def _simple_statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that hold no others, in their order, without those of functions inside."""
    for node in body:
        if not (parts := _parts(node)):
            yield node
        elif not isinstance(node, ast.FunctionDef):
            for part in parts:
                yield from _simple_statements(part)


def _parts(node: ast.stmt) -> list[list[ast.stmt]]:
    """The blocks of statements in a statement, of which there may be none."""
    return [part for name in ("body", "orelse", "finalbody") if (part := getattr(node, name, []))]


def _names_read(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}


def _target(node: ast.expr) -> Iterator[str]:
    """What is given a value: "dx", "self.params", "params.W1" for self.params["W1"], "grads.W1" for grads["W1"],
    'config["m"]'."""
    if isinstance(node, ast.Tuple | ast.List):
        for element in node.elts:
            yield from _target(element)
    elif isinstance(node, ast.Subscript):
        owner = ast.unparse(node.value)
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if isinstance(key, str) and owner in ("grads", "self.params", "params"):
            yield f"{owner.removeprefix('self.')}.{key}"
        elif isinstance(key, str) and owner == "config":
            yield ast.unparse(node).replace("'", '"')
        else:
            yield from _target(node.value)
    elif isinstance(node, ast.Attribute):
        if node.attr == "params":  # of a net, whatever it is called
            yield "self.params"
        else:
            yield ast.unparse(node) if ast.unparse(node.value) == "self" else next(_target(node.value), "")
    elif isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Starred):
        yield from _target(node.value)
