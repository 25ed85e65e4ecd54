"""Computational graphs drawn as circuits: wires that carry values forward and gradients back.

Each wire shows its value above and its gradient below. Inputs are on the left, gates are circles, and a
gate is to the right of all that it needs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cs231n_utils.plots.style import BLUE, GREY, INK, ORANGE, new_axes

_VALUE, _GRADIENT, _WIRE, _GATE = BLUE, ORANGE, GREY, "#FFFFFF"
_COLUMN, _ROW, _RADIUS, _STUB = 1.62, 0.86, 0.24, 0.72  # all in inches

Links = Mapping[object, Sequence[object]]  # the places in the next column that wires lead to


@dataclass(frozen=True)
class Layout:
    """Where everything in a graph is placed.

    Attributes
    ----------
    columns : dict of str to int
        For each name, its column: 0 for inputs, for a gate one more than the largest of its inputs.
    rows : dict of str to float
        For each name, its height; rows of one column are at least 1 apart.
    wires : list of tuple
        (from, to, bends): a wire, and its heights in the columns that it only passes.
    """

    columns: dict[str, int]
    rows: dict[str, float]
    wires: list[tuple[str, str, tuple[float, ...]]]


def layout_graph(gates: Mapping[str, Sequence[str]]) -> Layout:
    """Find places for the inputs and gates of a graph, with few crossings.

    Parameters
    ----------
    gates : dict of str to sequence of str
        As in `draw_graph`.

    Raises
    ------
    ValueError
        If there are no gates, or a gate uses one that comes after it.
    """
    columns: dict[str, int] = {}
    for name, (_, *inputs) in gates.items():
        for source in inputs:
            if source in gates and source not in columns:
                raise ValueError(
                    f"{name} uses {source}, which comes after it: list the gates in the order in which "
                    "they are computed"
                )
            columns.setdefault(source, 0)
        columns[name] = 1 + max((columns[source] for source in inputs), default=-1)
    if not columns:
        raise ValueError("there are no gates to draw")

    # A wire over several columns gets a place in each that it passes, so that it runs around what is there.
    places: list[list[object]] = [[] for _ in range(1 + max(columns.values()))]
    for name in _from_the_end(gates, columns):
        places[columns[name]].append(name)
    left: dict[object, list[object]] = {}
    wires = [(source, name) for name, (_, *inputs) in gates.items() for source in dict.fromkeys(inputs)]
    for source, name in wires:
        before: object = source
        for column in range(columns[source] + 1, columns[name]):
            passing = (source, name, column)
            places[column].append(passing)
            left.setdefault(passing, []).append(before)
            before = passing
        left.setdefault(name, []).append(before)
    right: dict[object, list[object]] = {}
    for place, nearer in left.items():
        for one in nearer:
            right.setdefault(one, []).append(place)

    places = _with_few_crossings(places, left, right)
    rows = _rows(places, left, right)
    bends = {
        (source, name): tuple(rows[source, name, column] for column in range(columns[source] + 1, columns[name]))
        for source, name in wires
    }
    return Layout(
        columns, {name: rows[name] for name in columns}, [(source, name, bends[source, name]) for source, name in wires]
    )


def _from_the_end(gates: Mapping[str, Sequence[str]], columns: Mapping[str, int]) -> Iterable[str]:
    """All names, ordered so that what belongs together is together: each gate followed by what it needs."""
    found: dict[str, None] = {}
    for last in reversed(list(gates)):
        waiting = [last]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = None
                waiting += reversed(gates[name][1:]) if name in gates else ()
    return [*found, *(name for name in columns if name not in found)]


def _with_few_crossings(places: list[list[object]], left: Links, right: Links) -> list[list[object]]:
    best, fewest = places, _crossings(places, left)
    for sweep in range(12):
        places = [column[:] for column in places]
        forward = sweep % 2 == 1
        for number in range(len(places)) if forward else reversed(range(len(places))):
            beside = number - 1 if forward else number + 1
            if 0 <= beside < len(places):
                rank = {place: k for k, place in enumerate(places[beside])}
                near = {
                    place: [rank[one] for one in (left if forward else right).get(place, ()) if one in rank]
                    for place in places[number]
                }
                middle = {
                    place: float(np.mean(near[place])) if near[place] else float(k)
                    for k, place in enumerate(places[number])
                }
                places[number].sort(key=middle.__getitem__)
        if (count := _crossings(places, left)) < fewest:
            best, fewest = places, count
    return best


def _crossings(places: list[list[object]], left: Links) -> int:
    rank = {place: k for column in places for k, place in enumerate(column)}
    count = 0
    for column in places[1:]:
        ends = [(rank[source], rank[place]) for place in column for source in left.get(place, ())]
        count += sum((a - c) * (b - d) < 0 for k, (a, b) in enumerate(ends) for c, d in ends[:k])
    return count


def _rows(places: list[list[object]], left: Links, right: Links) -> dict[object, float]:
    rows = {place: -k + (len(column) - 1) / 2 for column in places for k, place in enumerate(column)}
    for sweep in range(80):
        for column in places if sweep % 2 else reversed(places):
            wanted = []
            for place in column:
                near = [*left.get(place, ()), *right.get(place, ())]
                # What a wire passes pulls harder: long wires become straight.
                pull = [(7.0 if isinstance(place, tuple) else 1.0) if isinstance(one, tuple) else 1.0 for one in near]
                wanted.append(np.average([rows[one] for one in near], weights=pull) if near else rows[place])
            for place, row in zip(column, _apart(-np.array(wanted))):
                rows[place] = -row
    middle = (max(rows.values()) + min(rows.values())) / 2
    return {place: float(row - middle) for place, row in rows.items()}


def _apart(wanted: np.ndarray) -> np.ndarray:
    """Ascending numbers at least 1 apart, as near to the wanted ones as possible."""
    steps = np.arange(len(wanted))
    groups: list[list[float]] = []  # sum and count of neighbours that are as close as they may be
    for number in wanted - steps:
        groups.append([number, 1])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            total, count = groups.pop()
            groups[-1] = [groups[-1][0] + total, groups[-1][1] + count]
    return np.concatenate([np.full(int(count), total / count) for total, count in groups]) + steps


def draw_graph(
    gates: Mapping[str, Sequence[str]],
    values: Mapping[str, float] | None = None,
    gradients: Mapping[str, float] | None = None,
    title: str | None = None,
    ax: Any = None,
    *,
    digits: int = 2,
) -> None:
    """Draw a computational graph as a circuit.

    Parameters
    ----------
    gates : dict of str to sequence of str
        For each gate, by the name of its output: the symbol to show, and the names of its inputs. Gates come in the
        order in which they are computed. Names that are not gates are the graph's inputs.
    values : dict of str to float, optional
        Forward values, by name; written in blue above the wires. Names may be missing.
    gradients : dict of str to float, optional
        Gradients of the last output, by name; written in orange below the wires. Names may be missing.
    title : str, optional
        Above the picture.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    digits : int
        Decimals of the numbers.

    Raises
    ------
    ValueError
        If there are no gates, or a gate uses one that comes after it.

    Examples
    --------
    >>> draw_graph({"q": ("+", "x", "y"), "f": ("×", "q", "z")},
    ...            values={"x": -2, "y": 5, "z": -4, "q": 3, "f": -12})               # doctest: +SKIP
    """
    layout = layout_graph(gates)
    at = {name: (layout.columns[name] * _COLUMN, layout.rows[name] * _ROW) for name in layout.columns}
    if ax is None:
        heights = [y for _, y in at.values()] + [y * _ROW for _, _, bends in layout.wires for y in bends]
        width = (1 + max(layout.columns.values())) * _COLUMN + 0.5
        shrink = min(1.0, 13.0 / width)
        size = (width * shrink, (max(heights) - min(heights) + 1.3) * shrink)
        ax = new_axes(figsize=size)
    scale = ax.figure.get_figwidth() / ((1 + max(layout.columns.values())) * _COLUMN + 0.5)
    text = 11 * min(1.0, max(scale, 0.6))

    for source, name, bends in layout.wires:
        _draw_wire(ax, at[source], at[name], [y * _ROW for y in bends], layout.columns[source])
    used = [source for _, *inputs in gates.values() for source in inputs]  # twice in x · x, where one wire is drawn
    for name, (x, y) in at.items():
        start, end = x + _RADIUS * (name in gates), x + _RADIUS + _STUB
        ax.plot([start, end], [y, y], color=_WIRE, linewidth=1.6, zorder=1, solid_capstyle="round")
        if used.count(name) > 1:
            ax.plot([end], [y], "o", color=_WIRE, markersize=5, zorder=2)
        middle = x + _RADIUS + _STUB / 2
        for numbers, colour, offset, align in ((values, _VALUE, 3, "bottom"), (gradients, _GRADIENT, -3, "top")):
            if numbers is not None and numbers.get(name) is not None:
                ax.annotate(
                    _number(numbers[name], digits),
                    (middle, y),
                    xytext=(0, offset),
                    textcoords="offset points",
                    ha="center",
                    va=align,
                    color=colour,
                    fontsize=text,
                    zorder=4,
                )
        if name in gates:
            ax.add_patch(_circle((x, y), _RADIUS, facecolor=_GATE, edgecolor="#404040", linewidth=1.3, zorder=3))
            symbol = gates[name][0]
            ax.text(
                x,
                y,
                symbol,
                ha="center",
                va="center",
                fontsize=text * (1.25 if len(symbol) < 2 else 0.9 if len(symbol) < 4 else 0.7),
                color=INK,
                zorder=4,
            )
            if name not in used:
                ax.text(end + 0.06, y, name, ha="left", va="center", fontsize=text * 1.1, style="italic", color=_WIRE)
            elif not name.startswith("_"):
                ax.annotate(
                    name,
                    (x, y - _RADIUS),
                    xytext=(0, -2),
                    textcoords="offset points",
                    ha="center",
                    va="top",
                    fontsize=text * 0.85,
                    style="italic",
                    color=_WIRE,
                )
        else:
            ax.text(x - 0.06, y, name, ha="right", va="center", fontsize=text * 1.1, style="italic", color=_WIRE)
    ys = [y for _, y in at.values()] + [y * _ROW for _, _, bends in layout.wires for y in bends]
    ax.set(
        xlim=(-0.5, max(x for x, _ in at.values()) + _RADIUS + _STUB + 0.45),
        ylim=(min(ys) - 0.66, max(ys) + 0.55),
        aspect="equal",
    )
    ax.axis("off")
    for k, (numbers, colour, words) in enumerate(
        ((values, _VALUE, "above: value"), (gradients, _GRADIENT, "below: gradient"))
    ):
        if numbers is not None:
            ax.annotate(
                words,
                (0, 0),
                xycoords="axes fraction",
                xytext=(78 * k * (values is not None), 0),
                textcoords="offset points",
                color=colour,
                fontsize=9,
                va="bottom",
            )
    if title is not None:
        ax.set_title(title, fontsize=12)
    parts = [_in_words(name, gates, values, gradients, digits) for name in layout.columns]
    ax.set_label(f"a circuit: {'; '.join(parts)}")


def _in_words(name: str, gates: Mapping[str, Sequence[str]], values: Any, gradients: Any, digits: int) -> str:
    words = f"{name} is {gates[name][0]} of {' and '.join(gates[name][1:])}" if name in gates else f"input {name}"
    for what, numbers in (("value", values), ("gradient", gradients)):
        if numbers is not None and numbers.get(name) is not None:
            words += f", {what} {_number(numbers[name], digits)}"
    return words


def _draw_wire(
    ax: Any, source: tuple[float, float], target: tuple[float, float], bends: list[float], column: int
) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    points, codes = [(source[0] + _RADIUS + _STUB, source[1])], [Path.MOVETO]
    for number, y in enumerate([*bends, target[1]], column + 1):
        (x0, y0), x1 = points[-1], number * _COLUMN - _RADIUS
        half = (x1 - x0) / 2
        points += [(x0 + half, y0), (x1 - half, y), (x1, y)]
        codes += [Path.CURVE4] * 3
        if number <= column + len(bends):  # straight past what is in this column
            points.append((number * _COLUMN + _RADIUS + _STUB, y))
            codes.append(Path.LINETO)
    points.append(target)
    codes.append(Path.LINETO)
    ax.add_patch(PathPatch(Path(points, codes), fill=False, edgecolor=_WIRE, linewidth=1.6, zorder=1))


def draw_nodes(
    nodes: Sequence[Any], title: str | None = None, ax: Any = None, *, gradients: bool = True, digits: int = 2
) -> None:
    """Draw the graph of some nodes.

    Parameters
    ----------
    nodes : sequence of objects
        Each with `value`, `gradient`, `inputs` (the nodes it was computed from), `gate` (a symbol) and `name`; in the
        order in which they are computed.
    title : str, optional
        Above the picture.
    ax : matplotlib Axes, optional
        Where to draw; a new figure if not given.
    gradients : bool
        Whether to write them.
    digits : int
        Decimals of the numbers.

    Raises
    ------
    ValueError
        If there is nothing to draw, or a node comes before one of its inputs.
    """
    names: dict[int, str] = {}
    gates, values, slopes = {}, {}, {}
    for number, node in enumerate(nodes):
        if missing := [source for source in node.inputs if id(source) not in names]:
            raise ValueError(f"node {number} comes before one of its inputs ({missing[0]!r}): is the order right?")
        name = node.name or (f"{node.value:g}" if not node.inputs else f"_{number}")
        while name in values:
            name += "\u200b"  # a space of no width: two nodes may look the same
        names[id(node)] = name
        values[name], slopes[name] = node.value, node.gradient
        if node.inputs:
            gates[name] = (node.gate, *(names[id(source)] for source in node.inputs))
    if gates and next(reversed(gates)).startswith("_"):
        last = next(reversed(gates))
        for table in (gates, values, slopes):
            table["f"] = table.pop(last)
    draw_graph(gates, values, slopes if gradients else None, title, ax, digits=digits)


def _number(value: float, digits: int) -> str:
    text = f"{float(value):.{digits}f}"
    return text.replace("-", "\N{MINUS SIGN}") if float(text) else text.replace("-", "")


def _circle(*args: Any, **options: Any) -> Any:
    from matplotlib.patches import Circle

    return Circle(*args, **options)
