"""Is a cell still as it was handed out? By what it says, not by its layout: submit and the grader both ask here."""

from __future__ import annotations

import ast
import hashlib
import re
import symtable
import warnings
from contextlib import suppress
from functools import lru_cache

_OF_A_COMMAND = re.compile(r"^(\s*+[\w, ]++=\s*+)[!%].*")  # possessive, so that no line takes long
LONGEST = 20_000  # characters that are read as Python; no cell that is handed out has as many


@lru_cache(maxsize=1024)  # the cells that were handed out are asked about for each hand-in
def digest(source: str, cell_type: str = "code") -> str:
    """A short fingerprint of a cell's text that does not depend on its layout.

    Line ends, spaces at line ends and blank lines don't count. In code, neither do comments, docstrings, the quotes
    around a text, breaks within parentheses and IPython's own lines (%, !); in a text cell, no white space does.
    The same text has the same fingerprint on every Python.
    """
    text = _program(source) if cell_type == "code" else " ".join(source.split())
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def untouched(source: str, cell_type: str, released: str) -> bool:
    """Whether a cell is empty, or says what it said when it was handed out.

    Parameters
    ----------
    source, cell_type
        The cell; its type is that of the released one.
    released : str
        The released cell's `digest`.
    """
    return digest(source, cell_type) in (released, digest("", cell_type))


def as_python(source: str) -> str:
    """A cell's text without what only IPython understands: lines stay as empty ones, what a command gives is None."""
    return "\n".join(
        "" if line.lstrip().startswith(("%", "!")) else _OF_A_COMMAND.sub(r"\1None", line.rstrip())
        for line in re.split(r"\r\n?|\n", source)
    )


def parsed(source: str) -> ast.Module | None:
    """A cell's syntax tree without a warning; None if it is not Python, or too much to parse."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(as_python(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def definitions(source: str) -> list[str]:
    """The functions, classes and imports of a cell, one by one: what is run of a long cell, for others may need it."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    tree = parsed(source) if len(source) <= LONGEST else None
    found = []
    for node in tree.body if tree else []:
        if isinstance(node, kinds):
            with suppress(RecursionError, ValueError):  # a sum of a thousand terms, a number of 5000 digits
                found.append(ast.unparse(node))
    return found


def names_made(source: str) -> set[str]:
    """The global names that a cell's code assigns, defines or imports."""
    try:
        table = symtable.symtable(as_python(source), "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}


def _program(source: str) -> str:
    tree = parsed(source) if len(source) <= LONGEST else None
    try:
        if tree is not None:
            return _meaning(tree)
    except (ValueError, RecursionError):  # a number of 5000 digits, a thousand dots
        pass
    lines = (line.rstrip() for line in as_python(source).split("\n"))
    return "\n".join(line for line in lines if line and not line.lstrip().startswith("#"))


def _meaning(node: object) -> str:
    """A syntax tree as text, without anything that differs between Python versions; "" for what is empty.

    `ast.dump` shows new and empty fields from version to version, and the parts of f-strings are cut differently.
    """
    if isinstance(node, list):
        return ", ".join(_meaning(part) or "nothing" for part in node if not _is_comment(part))
    if isinstance(node, ast.Constant):
        return ascii(node.value)
    if isinstance(node, ast.JoinedStr):
        parts = [
            str(part.value) if isinstance(part, ast.Constant) else "{" + _meaning(part) + "}" for part in node.values
        ]
        return ascii("".join(parts)) if parts else ""
    if isinstance(node, ast.AST):
        fields = (
            f"{name}=[{text}]"
            for name, value in ast.iter_fields(node)
            if name not in ("ctx", "kind", "type_comment") and (text := _meaning(value))
        )
        return f"{type(node).__name__}({', '.join(fields)})"
    return "" if node is None else ascii(node)


def _is_comment(node: object) -> bool:
    """Whether a statement is nothing but a text, such as a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
