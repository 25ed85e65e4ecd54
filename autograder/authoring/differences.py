"""What students would see that is new: two releases of a notebook, cell by cell."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from nbformat import NotebookNode

from autograder.authoring.notebook import BadNotebook, grade_id_of, read_notebook
from autograder.course import Course

MOST = 8  # cells that are named


def handed_out(course: Course, assignment: str) -> dict[str, NotebookNode]:
    """The notebooks of an assignment as they are released now, by file name; those that cannot be read are left out."""
    found = {}
    for path in (course.released / assignment).glob("*.ipynb"):
        with suppress(BadNotebook):
            found[path.name] = read_notebook(path)
    return found


def differences(before: NotebookNode | None, after: Path) -> list[str]:
    """What has changed from one release to the next, in a phrase each, such as "2 cells changed: softmax_loss, setup".

    A cell is the same one if it has the same grade id, or else the same id. A first release is no change.
    """
    if before is None:
        return []
    old, new = _cells(before), _cells(read_notebook(after))
    both = [name for name in new if name in old]
    changed = [name for name in both if _shown(old[name]) != _shown(new[name])]
    found = [
        _phrase([name for name in new if name not in old], "new"),
        _phrase([name for name in old if name not in new], "gone"),
        _phrase(changed, "changed"),
    ]
    if [name for name in old if name in new] != both:
        found.append("the cells stand in another order")
    return [phrase for phrase in found if phrase]


def _cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    return {
        grade_id_of(cell) or cell.get("id", f"cell {number}"): cell for number, cell in enumerate(notebook.cells, 1)
    }


def _shown(cell: NotebookNode) -> tuple[str, str, object, object]:
    """What makes a difference to a student: kind, text, pictures, points."""
    about = cell.metadata.get("nbgrader", {})
    return cell.cell_type, cell.source, cell.get("attachments"), about.get("points")


def _phrase(names: list[str], what: str) -> str:
    if not names:
        return ""
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return f"{len(names)} cell{'s' if len(names) > 1 else ''} {what}: {', '.join(names[:MOST])}{more}"
