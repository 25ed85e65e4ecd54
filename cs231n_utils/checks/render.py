"""What the visible checks found, as text for a terminal and as a table for a notebook.

The table is plain HTML with its styles inline. It takes the colours of the page it is on, light or dark; where
it adds a colour, a sign says the same. A frontend that drops drawings or styles still shows every number and word.
"""

import html
import math
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cs231n_utils.checks.signatures import UNWRITTEN

WIDTH = 110  # of a line in a terminal; a problem that fits is put on the line of the ✗

# Okabe and Ito's green and vermilion: apart for colour-blind eyes, and both stand out on white and on black. No
# colour has a contrast of 4.5 : 1 with both, so signs are white, on darker shades of the two.
RIGHT, WRONG = "#009E73", "#D55E00"
BADGES = {"✓": ("right", "#00785A"), "✗": ("wrong", "#B84D00"), "○": (UNWRITTEN, ""), "·": ("noted", "")}
_FAINT = "opacity:.65"
_MONO = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:.92em"

_LOWEST = -12  # the axis of relative errors goes from 1e-12 to 1
_AXIS_LENGTH = 120
_FEW = 12  # entries of an array that can be read at a glance
_CELL = 11  # pixels of an entry in a map
_MAP_ROWS, _MAP_COLUMNS = 24, 60


@dataclass(frozen=True)
class Finding:
    """What a check found out about one answer.

    Attributes
    ----------
    what : str
        What was checked.
    problem : list of str
        What is wrong in words and numbers, a line each; empty if nothing is.
    notes : list of str
        The part of it that a table, whose columns show the numbers, still has to say.
    got, expected : ndarray or str
        The two sides: numbers of one shape, or text that says what kind of thing each is.
    errors : ndarray, optional
        The relative error of each entry.
    wrong : ndarray of bool, optional
        Which entries are wrong.
    worst : tuple of int
        The entry to look at.
    allowed : float
        The relative error that would have been accepted there.
    gradient : bool
        Whether `got` is an analytic gradient, and `expected` the numerical one.
    parts : list of Finding
        One for each array, if there are several.
    open : bool
        Whether nothing is said about right or wrong: an answer that is graded later.
    """

    what: str = ""
    problem: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    got: Any = ""  # an array, or text where there is none to compare
    expected: Any = ""
    errors: Any = None  # arrays, too; None with texts
    wrong: Any = None
    worst: tuple[int, ...] = ()
    allowed: float = 0.0
    gradient: bool = False
    parts: "list[Finding]" = field(default_factory=list)
    open: bool = False

    @property
    def right(self) -> bool:
        return not self.problem

    @property
    def counted(self) -> bool:
        """Whether both sides are whole numbers, such as classes: how far apart two of them are says nothing."""
        return self.errors is not None and all(side.dtype.kind in "iub" for side in (self.got, self.expected))

    @property
    def sign(self) -> str:
        return "·" if self.open else "✓" if self.right else "○" if self.missing else "✗"

    @property
    def missing(self) -> bool:
        """Whether all that is wrong is that something is not written yet."""
        if wrong := [part for part in self.parts if not part.right]:
            return all(part.missing for part in wrong)
        return bool(self.problem) and self.problem[0].startswith(UNWRITTEN)


def as_text(finding: Finding) -> str:
    """Return the sign and the lines of the problem, the first beside the sign if it fits."""
    problem, what = finding.problem, finding.what
    if finding.right and finding.parts:
        errors = ", ".join(f"{part.what} {np.max(part.errors, initial=0):.0e}" for part in finding.parts)
        what = f"{what} (relative errors: {errors})"
    text = f"{finding.sign} {what}"
    beside = problem[:1] if problem and not finding.parts and len(f"{text}: {problem[0]}") <= WIDTH else []
    text = ": ".join([text, *beside])
    return text + "".join("\n" + _wrapped("    " + line) for line in problem[len(beside) :])


def as_html(findings: list[Finding]) -> str:
    """Return a table with a few rows for each finding."""
    rows = [row for finding in findings for row in (finding, *finding.parts)]
    numbers = any(row.errors is not None and not row.counted for row in rows)
    columns = 6 if any(row.errors is not None or (isinstance(row.got, str) and row.got) for row in rows) else 2
    caption = ""
    if len(findings) > 1:
        count = sum(finding.sign == "✓" for finding in findings)
        caption = (
            f'<caption style="text-align:left;padding:0 0 2px 6px;caption-side:top;color:inherit;{_FAINT}">'
            f"{_all_of(len(findings)) if count == len(findings) else f'{count} of {len(findings)}'} checks passed"
            "</caption>"
        )
    head = ""
    if columns == 6:
        worst = any(not row.right and row.worst for row in rows)
        names = ["", "", "got", "expected", _axis_of_errors() if numbers else "", "worst entry" if worst else ""]
        head = "<thead>" + _row(_cell(name, "font-weight:normal;vertical-align:bottom", tag="th") for name in names)
        head += "</thead>"
    body = "".join(_body(finding, columns) for finding in findings)
    return (
        f'<table style="border-collapse:collapse;border:none;background:transparent;color:inherit;margin:4px 0;'
        f'font-size:13px;text-align:left">{caption}{head}{body}</table>'
    )


def _all_of(number: int) -> str:
    return "both" if number == 2 else f"all {number}"


def _wrapped(line: str) -> str:
    """Break a long line between words, and keep its indentation."""
    indent = line[: len(line) - len(line.lstrip())]
    return (
        line
        if len(line) <= WIDTH
        else textwrap.fill(line, WIDTH, subsequent_indent=indent + "  ", break_long_words=False, break_on_hyphens=False)
    )


def _body(finding: Finding, columns: int) -> str:
    rows = _rows(finding, columns)
    for part in finding.parts:
        rows += _rows(part, columns, part=True)
    return f'<tbody style="border-top:1px solid rgba(127,127,127,.35)">{rows}</tbody>'


def _rows(finding: Finding, columns: int, *, part: bool = False) -> str:
    """Return the row of the numbers, and below it the words and the map of the wrong entries."""
    label, colour = BADGES[finding.sign]
    look = f"color:#FFFFFF;background:{colour};border-radius:.3em;padding:0 .25em" if colour else "padding:0 .25em"
    sign = f'<span role="img" aria-label="{label}" style="font-weight:bold;{look}">{finding.sign}</span>'
    what = html.escape(finding.what)
    width = "min-width:11em;max-width:34em" if columns > 2 else "max-width:62em"
    cells = [_cell("" if part else sign), _cell(f"{sign} <span style='{_MONO}'>{what}</span>" if part else what, width)]
    if columns > 2:
        cells += _numbers(finding)
    rows = _row(cells)
    below = "".join(f'<div style="margin:1px 0">{html.escape(note)}</div>' for note in finding.notes)
    if finding.wrong is not None and finding.wrong.any() and (finding.gradient or finding.wrong.size > _FEW):
        below += _map(finding.errors, finding.wrong)
    if below:
        edge = "currentColor" if finding.missing else WRONG
        rule = f'<div style="border-left:3px solid {edge};padding:1px 0 3px 8px;max-width:62em">{below}</div>'
        rows += _row([_cell(""), _cell(rule, f"padding:0 6px 6px {24 if part else 6}px", columns - 1)])
    return rows


def _numbers(finding: Finding) -> list[str]:
    """Return four cells: got, expected, relative error, worst entry."""
    if finding.parts:  # the lines below have the numbers
        kinds = ("analytic", "numerical") if any(part.gradient for part in finding.parts) else ("", "")
        return [_cell(kind, _FAINT) for kind in kinds] + [_cell(""), _cell("")]
    if finding.errors is None:
        return [_cell(html.escape(value)) for value in (finding.got, finding.expected)] + [_cell(""), _cell("")]
    size, worst = finding.errors.size, finding.worst
    if finding.right and finding.errors.ndim:
        agree = f"all {size} entries agree" if size > 1 else "agrees"
        return [_cell(agree, _FAINT, 2), _cell(_error(finding)), _cell("")]
    if size <= _FEW and finding.errors.ndim and not finding.gradient:
        digits = 4 if _differ(finding, 4) else 8
        both = [_array(finding.got, finding.wrong, digits), _array(finding.expected, None, digits)]
    else:
        both = [_number(value[worst]) for value in (finding.got, finding.expected)]
    where = ""
    if finding.errors.ndim:
        many = f"{finding.wrong.sum()} of {size} differ"
        where = f"{_code(place(worst))}<br><span style='{_FAINT}'>{many}</span>"
    return [*(_cell(value, _MONO + ";padding-right:14px") for value in both), _cell(_error(finding)), _cell(where)]


def _error(finding: Finding) -> str:
    """Return the relative error at the worst entry as a number, and as a place on the axis."""
    if not finding.errors.size or finding.counted:
        return ""
    error = float(finding.errors[finding.worst])
    if math.isnan(error):
        return "not a number"
    x, limit = _along(error), _along(finding.allowed)
    if finding.right:
        mark = f'<circle cx="{x:g}" cy="8" r="4" fill="{RIGHT}"/>'
    else:
        mark = f'<path d="M{x - 4:g} 4l8 8m0-8l-8 8" stroke="{WRONG}" stroke-width="2.5" fill="none"/>'
    limit_mark = f'<path d="M{limit:g} 1v14" stroke="currentColor" stroke-dasharray="2 1.5"/>'
    picture = _svg(f"{_line(8, 3)}{limit_mark}{mark}", 16, f"relative error {error:.2g}, allowed {finding.allowed:.0e}")
    return f'{picture} <span style="{_MONO};white-space:nowrap">{error:.2g}</span>'


def _axis_of_errors() -> str:
    # The text between the labels is seen only where a frontend drops the drawing and keeps its text.
    labels = (
        " … ".join(
            f'<text x="{_along(10.0**power):g}" y="12" font-size="9" fill="currentColor" '
            f'text-anchor="{"start" if power == _LOWEST else "end" if power == 0 else "middle"}">1e{power}</text>'
            for power in (_LOWEST, -6)
        )
        + f' … <text x="{_along(1.0):g}" y="12" font-size="9" fill="currentColor" '
        'text-anchor="middle">1</text>'
    )
    axis = _svg(labels + _line(20, 3), 24, "a logarithmic axis from 1e-12 to 1")
    legend = '<span style="opacity:.65;font-size:.85em;white-space:nowrap">(┊ allowed)</span>'
    return f"relative error {legend}<br>{axis}"


def _line(y: int, tick: int) -> str:
    ticks = "".join(f"M{_along(10.0**power):g} {y - tick}v{2 * tick}" for power in range(_LOWEST, 1, 3))
    return f'<path d="M{_along(0):g} {y}H{_along(1):g}{ticks}" stroke="currentColor" opacity=".4" fill="none"/>'


def _along(error: float) -> float:
    """Return where an error is on the axis; 0 is at its left end."""
    power = max(min(math.log10(error), 0), _LOWEST) if error > 0 else _LOWEST
    return 8 + _AXIS_LENGTH * (1 - power / _LOWEST)


def _svg(content: str, height: int, label: str, width: int = _AXIS_LENGTH + 16) -> str:
    return (
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="{label}" '
        f'style="vertical-align:middle;overflow:visible">{content}</svg>'
    )


def _map(errors: np.ndarray, wrong: np.ndarray) -> str:
    """Draw an array with a square for each wrong entry, the larger the larger its error, and dots elsewhere."""
    errors = np.where(wrong, np.nan_to_num(errors, nan=1.0), -1.0)
    shape = errors.shape
    if not errors.ndim or errors.size < 2:
        return ""
    table = errors.reshape(1, -1) if errors.ndim == 1 else errors.reshape(shape[0], -1)
    rows, columns = (-(-length // limit) for length, limit in zip(table.shape, (_MAP_ROWS, _MAP_COLUMNS), strict=True))
    padded = np.pad(
        table,
        [(0, -length % step) for length, step in zip(table.shape, (rows, columns), strict=True)],
        constant_values=-1.0,
    )
    blocks = padded.reshape(padded.shape[0] // rows, rows, -1, columns).max(axis=(1, 3))

    height, width = (_CELL * length for length in blocks.shape)
    paths, legend, high = "", [], np.inf
    for name, low, side in (("over 0.1", 0.1, 9), ("over 1e-4", 1e-4, 6), ("less", -0.5, 4), ("right", -np.inf, 2)):
        look = f'fill="{WRONG}"' if name != "right" else 'fill="currentColor" opacity=".45"'
        if count := int(((errors > low) & (errors <= high)).sum()):
            paths += _squares(np.argwhere((blocks > low) & (blocks <= high)), side, look)
            legend.append((side, look, f"{name}: {count}"))
        high = low
    frame = (
        f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" fill="none" stroke="currentColor" '
        'opacity=".4"/>'
    )
    many = f"{wrong.sum()} of {wrong.size} entries differ"
    picture = _svg(frame + paths, height, f"map of the {shape} array: {many}", width)
    key = " &nbsp; ".join(
        f"{_svg(_squares(np.zeros((1, 2)), side, look), _CELL, '', _CELL)} {name}" for side, look, name in legend
    )
    axes = f"{shape[0]} entries" if errors.ndim == 1 else f"{table.shape[0]} rows, {table.shape[1]} columns"
    if rows > 1 or columns > 1:
        axes += f"; each square stands for {rows} × {columns} entries and shows the worst of them"
    return (
        f'<div style="margin:5px 0 1px"><div>{picture}</div><div style="font-size:.88em;margin-top:3px">'
        f'<span style="{_FAINT}">{axes}; relative error:</span> {key}</div></div>'
    )


def _squares(places: np.ndarray, side: int, look: str) -> str:
    edge = (_CELL - side) / 2
    path = "".join(
        f"M{column * _CELL + edge:g} {row * _CELL + edge:g}h{side}v{side}h-{side}z" for row, column in places
    )
    return f'<path d="{path}" {look}/>'


def _differ(finding: Finding, digits: int) -> bool:
    return all(
        f"{a:.{digits}g}" != f"{b:.{digits}g}"
        for a, b in zip(finding.got[finding.wrong], finding.expected[finding.wrong], strict=True)
    )


def _array(array: np.ndarray, wrong: np.ndarray | None, digits: int) -> str:
    """Return a small array as lines of numbers, with the wrong ones underlined."""
    texts = [_number(value, digits) for value in array.ravel()]
    length = max(map(len, texts))
    marked = wrong.ravel() if wrong is not None and not wrong.all() else [False] * len(texts)
    underlined = f'<u style="text-decoration-color:{WRONG};text-decoration-thickness:2px">{{}}</u>'
    texts = [
        " " * (length - len(text)) + (underlined.format(text) if bad else text)
        for text, bad in zip(texts, marked, strict=True)
    ]
    step = array.shape[-1]
    lines = [" ".join(texts[start : start + step]) for start in range(0, len(texts), step)]
    return f'<span style="white-space:pre">{"<br>".join(lines)}</span>'


def _number(value: Any, digits: int = 10) -> str:
    return f"{value + 0.0:.{digits}g}" if value.dtype.kind != "b" else str(value)  # + 0.0: no -0


def place(index: tuple[int, ...]) -> str:
    """Return an index as it is written in Python: "[2, 0]"."""
    return f"[{', '.join(map(str, index))}]"


def _code(text: str) -> str:
    return f'<span style="{_MONO}">{text}</span>'


def _row(cells: Iterable[str]) -> str:
    return f'<tr style="background:transparent">{"".join(cells)}</tr>'


def _cell(content: str, style: str = "", span: int = 1, tag: str = "td") -> str:
    across = f' colspan="{span}"' if span > 1 else ""
    return (
        f'<{tag}{across} style="text-align:left;vertical-align:top;padding:2px 6px;border:none;{style}">'
        f"{content}</{tag}>"
    )
