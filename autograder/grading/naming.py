"""Which known mistakes are behind what failed.

A mistake is named when it explains failed checks, because code with it gives what the student's gives there, with the
inputs of the check and with others; and when it breaks nothing that the student got right anywhere in the notebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from autograder.authoring.misconception import FitsNoMore, Misconception
from autograder.authoring.notebook import check_cells
from autograder.grading.compare import same
from autograder.grading.reference import Reference
from autograder.grading.results import CellResult
from autograder.grading.verdict import CheckRun, Graded, exact_part, is_right, verdict
from autograder.sandbox.proxy import Outcome, StudentError, run_probe
from autograder.sandbox.worker.host import Host


def name_mistakes(cells: list[Graded], reference: Reference) -> None:
    """Find the misconceptions behind the failed checks of a notebook, and write their hints into the results.

    One misconception that explains many checks is preferred; independent mistakes are found one by one.
    """
    if any(cell.failed for cell in cells):
        for cell in cells:
            cell.recall_runs()
    candidates = list(_candidates(cells, reference))
    hinted: dict[str, str] = {}
    for cell in cells:
        still_open = {run.check.name for run in cell.failed}
        named: list[tuple[Misconception, set[str]]] = []
        while own := [candidate for candidate in candidates if candidate[1] & still_open]:
            # The one that explains most; among equals, one of a function that this cell asks for.
            mistake, explained = max(
                own, key=lambda one: (len(one[1] & still_open), len(one[1]), one[0].cell == cell.result.grade_id)
            )
            named.append((mistake, explained & still_open))
            still_open -= explained
        if still_open:  # something else is wrong as well, and may be behind all of it
            continue
        for mistake, names in named:
            _write_hint(cell, names, mistake, hinted.get(mistake.name), reference)
            hinted.setdefault(mistake.name, cell.result.grade_id)
    for cell in cells:
        if cell.continued is not None:
            _follow_through(cell, cell.continued.result)


def _candidates(cells: list[Graded], reference: Reference) -> Iterator[tuple[Misconception, set[str]]]:
    """The mistakes that may be named, with the names of the checks that they explain."""
    wrong = any(cell.failed for cell in cells)
    right = {cell.result.grade_id for cell in cells if cell.runs and cell.right}
    own_cells = check_cells(reference.path) if wrong else {}
    for mistake in reference.catalogue if wrong else ():
        own = set(own_cells.get(mistake.cell) or [mistake.cell])
        if own <= right:  # every known mistake fails a check of its own cells, as `autograder check` proves
            continue
        try:
            host = reference.mistaken(mistake)
        except FitsNoMore:  # `autograder check` says so
            continue
        if explained := _explained(cells, host, reference, own):
            yield mistake, explained


def _explained(cells: list[Graded], host: Host, reference: Reference, own: set[str]) -> set[str]:
    """The failed checks that a mistake explains, by name; none if the student's code has shown that it is without it.

    Code with the mistake is asked what the student's was, in the same order: the mistake may be in what is kept from
    one call to the next.

    Parameters
    ----------
    host : Host
        A new namespace with the mistake in it.
    own : set of str
        The check cells of the code that it is in.
    """
    found: set[str] = set()
    for cell in (cell for cell in cells if cell.failed):
        outcomes = [(run, _outcome(reference, host, run)) for run in cell.runs]
        alike = {run.check.name for run, outcome in outcomes if _same_outcome(outcome, run, reference)}
        failed = {run.check.name for run in cell.failed}
        if not alike >= {run.check.name for run in cell.runs} - failed:
            return set()
        explained = alike & failed
        if explained:
            explained -= {
                run.check.name
                for run in cell.again
                if not _same_outcome(_outcome(reference, host, run), run, reference)
            }
        if explained != failed:
            explained = {run.check.name for run in cell.failed if run.check.name in explained and _telling(run)}
        if cell.result.grade_id in own and any(
            _otherwise(outcome, run) for run, outcome in outcomes if run.check.name in failed - explained
        ):
            return set()
        found |= explained
    kept = (run for cell in cells if not cell.failed for run in cell.runs)
    kept_too = all(_same_outcome(_outcome(reference, host, run), run, reference) for run in kept) if found else False
    return found if kept_too else set()


def _telling(run: CheckRun) -> bool:
    """Whether an agreement on a failed check means something by itself.

    Two mistakes rarely give the same wrong numbers, but NaN, infinities and exceptions look alike, and so do the
    sentences of a judge: those count only if everything else that failed in the cell is explained as well.
    """
    return run.judge is None and run.student.error is None and _finite(run.student.value)


def _finite(value: object) -> bool:
    if isinstance(value, dict):
        return all(map(_finite, value.values()))
    if isinstance(value, (tuple, list)):
        return all(map(_finite, value))
    if (isinstance(value, np.ndarray) and value.dtype.kind in "fc") or isinstance(value, float):
        return bool(np.isfinite(value).all())
    return value is not None


def same_error(one: StudentError | None, other: StudentError | None, functions: frozenset[str]) -> bool:
    """Whether two exceptions are the same: of one type, with one text, and raised in the same of these functions,
    called by the same ones. Other functions, helpers of the student's own, do not count; nor does how a line is
    written."""
    if one is None or other is None:
        return one is other
    ways = [[name for name in error.place.split() if name in functions] for error in (one, other)]
    return (one.type_name, one.message) == (other.type_name, other.message) and ways[0] == ways[1]


def _same_outcome(mistaken: Outcome, run: CheckRun, reference: Reference) -> bool:
    """Whether code with this mistake alone would have given what the student's gave."""
    if mistaken.error or run.student.error:
        return same_error(mistaken.error, run.student.error, reference.functions)
    if run.judge is not None:
        parts = [exact_part(run.check, run.judge, one.value) for one in (mistaken, run.student, run.expected)]
        if not all(same(one, parts[2], run.check.tolerance) for one in parts[:2]):  # the judge was not asked
            return same(parts[1], parts[0], run.check.tolerance)
        said = verdict(run.check, run.judge, mistaken, run.expected)
        # A change in place that another check of the cell has found costs nothing here, and leaves no message.
        return say_the_same(said, run.message) or (run.message is None and said in run.student.changed)
    if bool(mistaken.changed) != bool(run.student.changed) and not run.check.may_change:
        return False
    return same(run.student.value, mistaken.value, run.check.tolerance)


def _otherwise(mistaken: Outcome, run: CheckRun) -> bool:
    """Whether code with this mistake would have failed a check with other numbers than the student's.

    Only finite numbers are compared: an exception or a judge's sentence may hide what another mistake has done.
    """
    return (
        _telling(run)
        and mistaken.error is None
        and _finite(mistaken.value)
        and not is_right(run.check, None, mistaken, run.expected)
        and not same(run.student.value, mistaken.value, run.check.tolerance)
    )


def _outcome(reference: Reference, host: Host, run: CheckRun) -> Outcome:
    return run.repair.run(run.probe, host, reference) if run.repair else run_probe(run.probe, host)


def say_the_same(sentence: str | None, other: str | None) -> bool:
    """Whether a judge says the same about both, apart from the effect of chance on the numbers in it."""
    if sentence is None or other is None:
        return sentence is other
    words, others = (re.split(r"(\d+(?:\.\d+)?(?:e[+-]?\d+)?)", one) for one in (sentence, other))
    return words[::2] == others[::2] and np.allclose(
        [float(number) for number in words[1::2]], [float(number) for number in others[1::2]], rtol=0.05, atol=0
    )


def _write_hint(
    cell: Graded, names: set[str], mistake: Misconception, hinted_in: str | None, reference: Reference
) -> None:
    """Put the misconception's name on the checks it explains, and its hints on the first."""
    explained = [result for result in cell.result.checks if result.name in names]
    for result in explained:
        result.misconception = mistake.name
    explained[0].hints = (
        [f"The same mistake as in {hinted_in} shows here."]
        if hinted_in is not None
        else list(mistake.hints(dict(reference.cells)[f"{mistake.cell}_code"]))
    )


def _follow_through(graded: Graded, earlier: CellResult) -> None:
    """Carry an error forward inside one function: values that a mistake in `earlier` fully explains
    count as right.

    Only numbers show that: an exception, which may be the earlier cell's own, says nothing about what comes after it.
    """
    paid_for = {check.misconception for check in earlier.checks if not check.passed} - {None}
    numbers = {run.check.name for run in graded.runs if run.student.error is None and _finite(run.student.value)}
    cell = graded.result
    for check in cell.checks:
        if check.passed:
            continue
        if check.misconception in paid_for and check.name in numbers:
            check.passed, check.misconception, check.hints = True, None, []
            check.message = f"right for what {earlier.grade_id} gives: the mistake there costs nothing here"
        elif not check.misconception and not earlier.score:
            check.message = f"this goes on from {earlier.grade_id}, and nothing of that is right yet: start there"
    cell.score = float(sum(check.points for check in cell.checks if check.passed))
