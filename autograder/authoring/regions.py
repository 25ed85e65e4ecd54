"""Solutions, hidden tests and marking schemes, as an instructor marks them off in a notebook; what is wrong there.

nbgrader says that something is wrong, but not where, and keeps silent about hidden tests that grading never runs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from autograder.authoring.notebook import grade_id_of, is_check, is_manual, is_todo

_MARK = re.compile(r"(?:###|===) ?(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")


def wrong_regions(assignment: str, name: str, notebook: NotebookNode) -> Iterator[str]:
    """A sentence for each cell whose delimiters or hidden tests do not do what was meant."""
    for number, cell in enumerate(notebook.cells, 1):
        where = f"{name}.ipynb, cell {number}" + (f" ({grade_id_of(cell)})" if grade_id_of(cell) else "")
        found, broken = _regions(cell.source)
        if broken:
            yield f"{where}: {broken}"
            continue
        kinds = {kind for kind, _ in found}
        if "SOLUTION" in kinds and not (is_todo(cell) or is_manual(cell)):
            yield f"{where}: a solution in a cell that students do not write would be handed out as it is"
        if "HIDDEN TESTS" in kinds and not is_check(cell):
            yield f"{where}: hidden tests belong in a check cell, one with points that students do not write"
        elif is_check(cell):
            for kind, text in found:
                if kind == "HIDDEN TESTS" and (wrong := _wrong_test(text, f"{assignment}/{name}", grade_id_of(cell))):
                    yield f"{where}: {wrong}"


def _regions(source: str) -> tuple[list[tuple[str, str]], str]:
    """The regions of a cell with what is in them, and what is wrong with their delimiters; empty if nothing is."""
    found: list[tuple[str, str]] = []
    inside, lines = "", list[str]()
    for line in source.splitlines():
        mark = _MARK.search(line)
        if mark is None:
            lines.append(line)
            continue
        end, kind = mark[1] == "END", mark[2]
        if end and inside != kind:
            return found, f"END {kind} has no BEGIN {kind} before it"
        if not end and inside:
            return found, f"BEGIN {inside} has no END {inside} before the next BEGIN"
        if end:
            found.append((kind, "\n".join(lines)))
        inside, lines = ("" if end else kind), []
    return found, f"BEGIN {inside} has no END {inside}" if inside else ""


def _wrong_test(text: str, notebook: str, cell: str) -> str:
    """Why hidden tests are not what `autograder grade` asks; empty if they are."""
    lost = "`autograder grade` asks the rubric and would never run it. Make it a check of the rubric"
    try:
        statements = ast.parse(text).body
    except SyntaxError:
        return "its hidden tests are no Python"
    calls = 0
    for one in statements:
        if isinstance(one, ast.ImportFrom) and one.module == "autograder":
            continue
        call = one.value if isinstance(one, ast.Expr) else None
        if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") == "grade_cell"):
            return f"its hidden tests have a line `{ast.unparse(one).splitlines()[0]}`: {lost}"
        asked = [ast.literal_eval(word) for word in call.args[:2] if isinstance(word, ast.Constant)]
        if asked != [notebook, cell]:
            return f'its hidden test asks about {asked}; it should be grade_cell("{notebook}", "{cell}", globals())'
        calls += 1
    return "" if calls else "its hidden tests are empty"
