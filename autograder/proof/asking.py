"""What a notebook's checks say of code, asked in this process: the hidden ones of the rubric, and the visible ones."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

from autograder.authoring.hand_in import without_region
from autograder.authoring.notebook import grade_id_of, read_notebook
from autograder.authoring.rubric import Draw, SavedNet, load_rubric
from autograder.grading.naming import name_mistakes
from autograder.grading.reference import Reference, no_figures
from autograder.grading.verdict import CellGrader, Graded
from autograder.sandbox.proxy import HostLike
from autograder.sandbox.worker.host import Host


def put_to(reference: Reference, mistake: str, secret: bytes = b"check") -> list[Graded]:
    """What the checks of a notebook (saved nets aside) say about a known mistake."""
    return ask(reference, reference.mistaken(next(one for one in reference.catalogue if one.name == mistake)), secret)


def ask(reference: Reference, host: HostLike, secret: bytes = b"check") -> list[Graded]:
    """What the checks of a notebook, saved nets aside, say about a namespace, with the names of known mistakes."""
    cells = put_all_checks(reference, host, secret)
    name_mistakes(cells, reference)
    return cells


def put_all_checks(reference: Reference, host: HostLike, secret: bytes) -> list[Graded]:
    """What the checks of a notebook, saved nets aside, say about a namespace; no mistake is named yet."""
    rubric = load_rubric(reference.path)
    grader = CellGrader(rubric, reference, lambda check: Draw(secret, check))
    for cell in rubric.cells():
        if not any(isinstance(check, SavedNet) for check in rubric.of(cell)):
            grader.grade(cell, host)
    return list(grader.graded.values())


def shown(path: Path, host: Host, cell: str) -> list[str]:
    """The lines that a cell's visible check prints in a namespace."""
    source = next(one.source for one in read_notebook(path).cells if grade_id_of(one) == cell)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), no_figures():
        try:
            exec(compile(without_region(source, "HIDDEN TESTS"), f"<{cell}>", "exec"), dict(host.namespace))
        except Exception as error:  # outside of `attempt`: a student sees a traceback
            print(f"✗ {type(error).__name__}: {error}")
    return printed.getvalue().splitlines()
