"""The checks a student sees: one line for a right answer, a few that help for a wrong one.

A check never raises for a wrong answer, whatever the answer is, and never trusts it: answers are turned into
plain arrays before anything is compared, shapes first, so neither broadcasting nor an object with its own
idea of == can pass for right. What the numbers say about the mistake is found in `relations`, how it looks in
`render`: lines in a terminal, and in a notebook one table for all checks of a cell.
"""

import linecache
import os
import re
import sysconfig
import traceback
import warnings
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cs231n_utils.checks.gradient_check import NumericalGradient
from cs231n_utils.checks.render import Finding, as_html, as_text, place
from cs231n_utils.checks.signatures import UNWRITTEN, hint_of_error, hint_of_shape, hint_of_values
from cs231n_utils.checks.wrong_answer import agree, relative_errors
from cs231n_utils.frontend import Place, at_end_of_cell, in_notebook

# A centred difference with h = 1e-5 carries rounding noise of this size: a gradient of 0 may look this large.
_NOISE = 1e-9

_KINDS = {
    "b": "true/false values",
    "i": "integers",
    "u": "integers",
    "f": "floating-point numbers",
    "c": "complex numbers",
}


def check(
    what: str,
    got: object,
    expected: ArrayLike,
    *,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    given: dict[str, object] | None = None,
) -> bool:
    """Compare an answer with the right one and print the verdict.

    An entry is right if `|got - expected| <= atol + rtol * |expected|`. The shape must be the same, and where
    fractions are expected, integers are wrong.

    Parameters
    ----------
    what : str
        What is being checked, as the student knows it: "affine_forward: out".
    got : object
        The student's answer.
    expected : array_like
        The right answer: a number, nested lists of numbers, or an array.
    rtol, atol : float
        Relative and absolute tolerance.
    given : dict, optional
        What the answer was computed from, by name: arrays, and numbers such as `N`. It changes no verdict,
        but lets a message describe a wrong answer in these terms; see `signatures.hint_of_values` for names with
        a meaning.

    Returns
    -------
    bool
        Whether the answer is right.

    Examples
    --------
    >>> check("the sum of 1 and 2", 1 + 2, 3)
    ✓ the sum of 1 and 2
    True
    >>> check("the mean of 1, 2 and 6", 9.0, 3.0, given={"N": 3})
    ✗ the mean of 1, 2 and 6: got 9, expected 3 (relative error 0.5)
        got is N × expected (N = 3): is the mean over the batch missing?
    False
    """
    right = np.asarray(expected)
    finding = replace(_difference(got, right, rtol, atol, given), what=what)
    if right.dtype.kind == "f" and right.size > 2:
        _earlier.append((what, right))
    return report(finding)


def check_gradients(
    what: str,
    analytic: dict[str, np.ndarray],
    numeric: dict[str, np.ndarray],
    *,
    tolerance: float = 1e-7,
    given: dict[str, object] | None = None,
) -> bool:
    """Compare a dictionary of gradients with the numerical ones and print the verdict.

    Parameters
    ----------
    what : str
        What is being checked.
    analytic : dict of str to ndarray
        The student's gradients. Extra entries are allowed.
    numeric : dict of str to ndarray
        The numerical gradients, float64.
    tolerance : float
        The largest relative error `|a - n| / max(1e-8, |a| + |n|)` allowed at an entry. Differences up to 1e-9
        are the noise of a numerical gradient and always allowed.
    given : dict, optional
        As in `check`; here also the parameters, under the names of their gradients.

    Returns
    -------
    bool
        Whether all gradients are right.
    """
    if not isinstance(analytic, dict) or not isinstance(numeric, dict):
        got = numeric if isinstance(analytic, dict) else analytic
        return report(_problem(_not_written(got) or f"the gradients are {_describe(got)}, not a dictionary", what))
    if not numeric:
        return report(_problem("there is nothing to compare: no parameters were found", what))
    parts, kinks = [], 0
    for name, wanted in numeric.items():
        if name in analytic and isinstance(wanted, NumericalGradient):
            excused = _excused(wanted, analytic[name], tolerance)
            kinks += int(excused.sum())
            wanted = np.where(excused, analytic[name], wanted) if excused.any() else wanted
        wanted = np.asarray(wanted)
        if name not in analytic:
            part = _problem(f"missing; there is {', '.join(map(_safe_str, analytic)) or 'nothing'}")
        elif not np.isfinite(wanted).all():
            part = _problem("the numerical gradient is not finite, so the loss isn't either")
        else:
            part = _difference(analytic[name], wanted, 0, _NOISE, given, tolerance=tolerance, name=name)
            others = {one: value for one, value in numeric.items() if one != name}
            if not part.right and (other := _whose(analytic[name], others)):
                said = f"it is the gradient of {other}: are they in another order?"
                part = replace(part, problem=[part.problem[0], said], notes=[said])
        parts.append(replace(part, what=name))
    if kinks:
        what += f" (all but {kinks} where the loss has a kink within 1e-5: no numerical gradient can be trusted there)"
    lines = []
    for part in parts:
        if not part.right:
            lines += [f"{part.what}: {part.problem[0]}", *("    " + line for line in part.problem[1:])]
    agree = ", ".join(part.what for part in parts if part.right)
    return report(Finding(what, lines + ([f"{agree}: right"] if lines and agree else []), parts=parts))


def _excused(numeric: NumericalGradient, analytic: object, tolerance: float) -> np.ndarray:
    """Where a kink explains why an analytic gradient is not the numerical one."""
    try:
        got = np.array(analytic, subok=False)
    except Exception:  # ragged lists, or an object that raises when it is looked at
        return np.zeros(numeric.shape, bool)
    if got.dtype.kind != "f" or got.shape != numeric.shape:
        return np.zeros(numeric.shape, bool)
    return numeric.excuses(got) & (relative_errors(got.astype(float), np.asarray(numeric)) > tolerance)


def _whose(gradient: object, numeric: dict[str, np.ndarray]) -> str | None:
    """The parameter whose gradient this is, other than 0."""
    return next(
        (
            name
            for name, value in numeric.items()
            if isinstance(gradient, np.ndarray)
            and gradient.dtype.kind == "f"
            and gradient.shape == np.shape(value)
            and np.any(value)
            and np.allclose(gradient, value, rtol=1e-5, atol=1e-8)
        ),
        None,
    )


def check_that(what: str, condition: bool, otherwise: str) -> bool:
    """Print whether a property holds, and what to look at if it does not.

    Parameters
    ----------
    what : str
        The property: "each row of the gradient sums to 0".
    condition : bool
        Whether it holds. Anything but a single true or false counts as false.
    otherwise : str
        The line to print if it does not.

    Returns
    -------
    bool
        The condition, as a plain bool.
    """
    if isinstance(condition, (bool, np.bool_)):
        return report(Finding(what) if condition else _problem(otherwise, what))
    return report(
        _problem(_not_written(condition) or f"this should be true or false, but is {_describe(condition)}", what)
    )


@contextmanager
def attempt(what: str) -> Iterator[None]:
    """Run the block; if it fails, print one ✗ with the error and the line it happened on, and go on.

    The rest of the block is skipped, the cells below still run, and no traceback fills the page. What NumPy warns of
    is said at the end, in a sentence: in red, above the checks, it would look like the mistake itself.

    Parameters
    ----------
    what : str
        What is being attempted.

    Examples
    --------
    >>> with attempt("a division"):
    ...     print(1 / 0)
    ✗ a division: ZeroDivisionError: division by zero
        in line 2: print(1 / 0)
    """
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("default")  # once for each place
        try:
            yield
        except Exception as error:
            text = _safe_str(error)
            line, variables = _own_line(error)
            hint = hint_of_error(text, variables, *line)
            problem = [f"{type(error).__name__}: {text}".removesuffix(": "), *line]
            if isinstance(error, NotImplementedError):  # Python's own word for it
                problem[0] = f"{UNWRITTEN}: {text}".removesuffix(": ")
            elif hint is not None:  # that nothing has been written yet comes first
                problem.insert(0 if hint.startswith(UNWRITTEN) else len(problem), hint)
            report(Finding(what, problem, notes=problem))
    for warning in warned:
        if issubclass(warning.category, RuntimeWarning):
            source = linecache.getline(warning.filename, warning.lineno).strip()
            where = f"in line {warning.lineno}" + (f": {source}" if source else "")
            print(f"NumPy warns: {_safe_str(warning.message)}, {where}")
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


_findings: list[Finding] = []  # those of the running cell, shown in one table
_earlier: deque[tuple[str, np.ndarray]] = deque(maxlen=8)  # what its checks asked for
_table: Place | None = None


def report(finding: Finding) -> bool:
    """Show what was found, as a row of the cell's table or as lines of text; return whether all is well."""
    global _table
    if in_notebook():
        if _table is None:
            _table = Place()
            at_end_of_cell(_close_table)
        _findings.append(finding)
        _table.show({"text/html": as_html(_findings), "text/plain": "\n".join(map(as_text, _findings))})
    else:
        text = as_text(finding)
        try:
            print(text)
        except UnicodeEncodeError:  # an old Windows terminal
            for sign, word in {"✓": "ok:", "✗": "WRONG:", "○": "MISSING:"}.items():
                text = text.replace(sign, word)
            print(text.encode("ascii", "replace").decode())
    return finding.right


def _close_table() -> None:
    global _table
    _table = None
    _findings.clear()
    _earlier.clear()


def _problem(sentence: str, what: str = "") -> Finding:
    return Finding(what, [sentence], notes=[sentence])


def _difference(
    got: object,
    expected: np.ndarray,
    rtol: float,
    atol: float,
    given: dict[str, object] | None = None,
    *,
    tolerance: float = 0.0,
    name: str = "",
) -> Finding:
    """Find out whether and how `got` differs from `expected`.

    An entry passes if it is within `rtol` and `atol`, or if its relative error is within `tolerance`. With the
    name of a gradient, `expected` is the numerical one.
    """
    if hint := _not_written(got):
        return _problem(hint)
    try:
        array = np.array(got, subok=False)  # a subclass of ndarray may bring its own arithmetic
    except Exception:  # ragged lists, or an object that raises when it is looked at
        array = None
    if array is None or array.dtype.kind not in _KINDS:
        return _another_kind(_describe(got), _describe(expected))
    if array.shape != expected.shape:
        return _another_kind(_describe(array), _describe(expected), hint_of_shape(array, expected, given))
    if (kinds := _lost_kind(array, expected)) and array.size:
        return _another_kind(*kinds, hint_of_values(array, expected, given) if array.dtype.kind in "iu" else None)

    wide = np.complex128 if "c" in (array.dtype.kind, expected.dtype.kind) else np.float64
    number, wanted = array.astype(wide), expected.astype(wide)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        same = agree(number, wanted, 0.0)
        margin = atol + rtol * np.abs(wanted)
        wrong = ~agree(number, wanted, margin)
        errors = relative_errors(number, wanted)
        wrong &= ~(errors <= tolerance)
        allowed = np.fmax(tolerance, margin / np.maximum(1e-8, np.abs(number) + np.abs(wanted)))
        # A NaN cannot be ranked, so the worst entry is the first NaN, or else the one of largest error.
        nan = np.isnan(array) & ~np.isnan(expected)
        rank = np.where(nan, np.inf, np.where(wrong, errors, -1) if wrong.any() else np.nan_to_num(errors))
        if not wrong.any():  # among equal errors, take the strictest: beside an expected 0 any error seems allowed
            rank = np.where((rank == rank.max(initial=0)) & np.isfinite(margin), -allowed, -np.inf)
    worst = tuple(map(int, np.unravel_index(np.argmax(rank), array.shape))) if array.size else ()
    finding = Finding(
        got=array,
        expected=expected,
        errors=np.where(same, 0.0, errors),
        wrong=wrong,
        worst=worst,
        allowed=float(allowed[worst]) if array.size else 0.0,
        gradient=bool(name),
    )
    if not wrong.any():
        return finding
    notes = [hint] if (hint := hint_of_values(array, expected, given, name=name, earlier=_earlier)) else []
    problem = _where(finding, nan) + notes
    if nan.any():
        notes = [
            f"{nan.sum()} of {nan.size} entries are NaN (not a number)" if nan.ndim else "NaN is not a number",
            *notes,
        ]
    return replace(finding, problem=problem, notes=notes)


def _another_kind(got: str, expected: str, hint: str | None = None) -> Finding:
    notes = [hint] if hint else []
    return Finding(problem=[f"got {got}, expected {expected}", *notes], notes=notes, got=got, expected=expected)


def _where(finding: Finding, nan: np.ndarray) -> list[str]:
    """Show the two numbers, or two small arrays, or the worst entry of two large ones."""
    array, expected, worst = finding.got, finding.expected, finding.worst
    names = ("analytic", "numerical") if finding.gradient else ("got", "expected")
    if nan.any():
        if not array.ndim:
            return [f"{names[0]} NaN (not a number), {names[1]} {expected:.10g}"]
        return [f"{nan.sum()} of {nan.size} entries are NaN (not a number), the first at {place(worst)}"]
    error = "" if finding.counted else f"relative error {finding.errors[worst]:.3g}"
    many = f"{finding.wrong.sum()} of {finding.wrong.size} entries differ"
    if array.ndim and array.size <= 12 and not finding.gradient:
        first = f"largest {error}, at {place(worst)}" if error else many
        return [first, *_array_lines("got", array), *_array_lines("expected", expected)]
    numbers = f"{names[0]} {array[worst] + 0.0:.10g}, {names[1]} {expected[worst] + 0.0:.10g}"  # no -0
    numbers += f" ({error})" if error else ""
    if not array.ndim:
        return [numbers]
    return [f"{many}, {'most' if error else 'such as'} at {place(worst)}: {numbers}"]


def _lost_kind(array: np.ndarray, expected: np.ndarray) -> tuple[str, str] | None:
    """Return both kinds of numbers in words if the dtype is wrong; floats that stand for integers are fine."""
    got, wanted = array.dtype.kind, expected.dtype.kind
    number_for_number = got in "iuf" and wanted in "iuf"
    fractions_lost = got in "iu" and wanted == "f" and array.ndim > 0  # one whole number may well be an int
    if got == wanted or (number_for_number and not fractions_lost):
        return None
    return f"{_KINDS[got]} ({array.dtype})", f"{_KINDS[wanted]} ({expected.dtype})"


def _array_lines(name: str, value: np.ndarray) -> list[str]:
    first, *rest = np.array2string(value, precision=8, max_line_width=90).split("\n")
    return [f"{name:<10}{first}", *(" " * 10 + line for line in rest)]


def _not_written(got: object) -> str | None:
    if got is None or got is Ellipsis:
        return f"{UNWRITTEN}: the answer is still {'None' if got is None else '...'}"
    return None


def _describe(value: Any) -> str:
    """Say what kind of thing this is in a few words, without running any code of its own."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in _KINDS:
            return f"an array of {value.dtype}"
        return f"shape {value.shape}" if value.ndim else "a single number"
    if type(value) in (list, tuple, dict, set, str):
        return f"a {type(value).__name__} of length {len(value)}"
    if isinstance(value, (bool, int, float, complex, np.generic)):
        return f"a single value of type {type(value).__name__}"
    return f"an object of type {type(value).__name__}"


def _safe_str(value: object) -> str:
    try:
        return str(value)
    except Exception:
        return f"<{type(value).__name__}>"


def _own_line(error: Exception) -> tuple[list[str], dict[str, object]]:
    """Find the innermost line that belongs to neither Python, nor a library, nor us; say where it is.

    The variables on it are returned, too. Without such a line there is nothing to say.
    """
    libraries = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    libraries.add(str(Path(__file__).parents[1]))
    for frame, number in reversed(list(traceback.walk_tb(error.__traceback__))):
        file = frame.f_code.co_filename
        ours = file.startswith("<frozen") or any(file.startswith(folder + os.sep) for folder in libraries)
        if ours or file.endswith(".pyx"):  # compiled code names its source by a relative path
            continue
        function = frame.f_code.co_name
        place = f"in line {number}" if function == "<module>" else f"in {function}, line {number}"
        source = linecache.getline(file, number, frame.f_globals).strip()
        return [f"{place}: {source}" if source else place], {
            name: frame.f_locals[name] for name in re.findall(r"[A-Za-z_]\w*", source) if name in frame.f_locals
        }
    return [], {}
