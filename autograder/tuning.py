"""Did the tuning look at the test set? It is read from the text, since tuning is never run again."""

from __future__ import annotations

import ast

TEST_SET = {"X_test", "y_test"}


def use_of_the_test_set(source: str) -> str | None:
    """The first line of a cell that reads `X_test` or `y_test`, as a variable or as a key; None if there is none."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError):  # magics, or not Python
        return None
    lines = [node.lineno for node in nodes
             if (isinstance(node, ast.Name) and node.id in TEST_SET and isinstance(node.ctx, ast.Load))
             or (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value in TEST_SET)]
    return source.splitlines()[min(lines) - 1].strip() if lines else None
