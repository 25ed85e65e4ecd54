"""Did the tuning look at the test set? We read the code, since tuning is never run again."""

from __future__ import annotations

import ast

from cs231n_utils.submit.reading import MAX_SOURCE
from cs231n_utils.submit.untouched import as_python, parsed

TEST_SET = {"X_test", "y_test"}


def use_of_the_test_set(source: str) -> str | None:
    """The first line of a cell that reads `X_test` or `y_test`, as a variable or as a key; None if there is none."""
    if len(source) > MAX_SOURCE or (tree := parsed(source)) is None:
        return None
    lines = [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id in TEST_SET and isinstance(node.ctx, ast.Load))
        or (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value in TEST_SET)
    ]
    return as_python(source).split("\n")[min(lines) - 1].strip() if lines else None
