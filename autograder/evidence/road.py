"""The course as a road: what comes after what, how many points it is worth, how long it takes.

    python -m autograder.evidence.road      # writes assignment/road.svg, and the table in assignment/README.md

Points and times are read from the solution notebooks; only the order of things is written down here.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

from autograder.authoring.notebook import is_check, is_manual, points_of, read_notebook
from autograder.course import Course, CourseError
from autograder.evidence.blocks import with_block


@dataclass(frozen=True)
class Stop:
    """An assignment on the road.

    Attributes
    ----------
    notebooks : dict of str to str
        Each notebook in reading order, and what one does there.
    place : tuple of int
        Column and row on the picture.
    needs : tuple of str
        The assignments that this one builds on.
    """

    notebooks: dict[str, str]
    place: tuple[int, int]
    needs: tuple[str, ...] = ()


ROAD = {
    "image_classification": Stop(
        {
            "knn": "name a picture by its nearest neighbours",
            "linear_classifiers": "two losses, their gradients, and ten templates",
            "features": "colours and edges instead of pixels",
        },
        (0, 0),
    ),
    "backpropagation": Stop(
        {
            "computational_graphs": "gradients that flow back through a graph",
            "activations": "sigmoid, tanh, ReLU and their kin",
        },
        (0, 1),
    ),
    "two_layer_net": Stop(
        {
            "layers": "a network as a stack of layers",
            "two_layer_net": "the same network in one piece, trained and tuned",
        },
        (1, 0),
        ("image_classification", "backpropagation"),
    ),
    "training_study": Stop(
        {
            "capacity_regularization_learning_rate": "three knobs, turned one at a time",
            "search": "look for the best network",
        },
        (2, 0),
        ("two_layer_net",),
    ),
    "optimization": Stop(
        {
            "initialization": "how to begin",
            "update_rules": "from SGD to Adam",
            "hyperparameters": "watch over a run, search at random",
        },
        (2, 1),
        ("two_layer_net",),
    ),
    "regularization": Stop(
        {
            "batch_normalization": "keep every layer awake",
            "dropout": "learn with units missing",
            "transfer_learning": "begin with what another net knows",
        },
        (3, 1),
        ("optimization",),
    ),
}


def points_and_minutes(path: Path) -> tuple[float, int]:
    """What a notebook is worth, and how long writing one's part takes, as its opening says.

    Raises
    ------
    CourseError
        If the opening names no time.
    """
    cells = read_notebook(path).cells
    minutes = re.search(r"(\d+) minutes", cells[0].source)
    if minutes is None:
        raise CourseError(f"the first cell of {path.name} should say how many minutes one's own part takes")
    return sum(points_of(cell) for cell in cells if is_check(cell) or is_manual(cell)), int(minutes[1])


def table(course: Course) -> str:
    """The course as a table in Markdown."""
    lines = ["| assignment | notebook | what you do | points | minutes |", "|---|---|---|---|---|"]
    for assignment, stop in ROAD.items():
        for i, (name, words) in enumerate(stop.notebooks.items()):
            points, minutes = points_and_minutes(course.source(assignment, name))
            first = f"`{assignment}`" if i == 0 else ""
            lines.append(f"| {first} | [{name}]({assignment}/{name}.ipynb) | {words} | {points:g} | {minutes} |")
    return "\n".join(lines)


WIDTH, GAP, TOP, LEFT = 236, 64, 24, 24


def picture(course: Course) -> str:
    """The course as an SVG that needs nothing from elsewhere, on a ground of its own for light and dark pages."""
    heights = {name: 78 + 20 * len(stop.notebooks) for name, stop in ROAD.items()}
    row_height = max(heights.values()) + 44
    boxes = {
        name: (LEFT + stop.place[0] * (WIDTH + GAP), TOP + stop.place[1] * row_height, heights[name])
        for name, stop in ROAD.items()
    }
    width = LEFT + max(x for x, _, _ in boxes.values()) + WIDTH
    height = TOP + max(y + h for _, y, h in boxes.values())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="system-ui, Segoe UI, Helvetica, Arial, sans-serif" role="img">',
        "<title>The road through the course</title>",
        '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 L10 5 L0 10 z" fill="#64748b"/></marker></defs>',
        f'<rect width="{width}" height="{height}" rx="14" fill="#f8fafc"/>',
    ]
    for name, stop in ROAD.items():
        parts += [_arrow(boxes[base], boxes[name]) for base in stop.needs]
    for name, stop in ROAD.items():
        parts += _box(course, name, stop, *boxes[name])
    return "\n".join([*parts, "</svg>"]) + "\n"


def _arrow(start: tuple[int, int, int], end: tuple[int, int, int]) -> str:
    """A bent arrow from the right side of one box to the left side of another."""
    x0, y0, x1, y1 = start[0] + WIDTH, start[1] + 44, end[0] - 3, end[1] + 44
    if y1 < y0:
        y1 += 22  # beside the arrow that comes straight
    half = (x1 - x0) // 2
    return (
        f'<path d="M{x0} {y0} C{x0 + half} {y0} {x1 - half} {y1} {x1} {y1}" fill="none" stroke="#64748b" '
        'stroke-width="2" marker-end="url(#tip)"/>'
    )


def _box(course: Course, name: str, stop: Stop, x: int, y: int, height: int) -> list[str]:
    found = [points_and_minutes(course.source(name, notebook)) for notebook in stop.notebooks]
    points, minutes = sum(points for points, _ in found), sum(minutes for _, minutes in found)
    text = [
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{height}" rx="10" fill="#ffffff" stroke="#94a3b8"/>',
        f'<text x="{x + 14}" y="{y + 28}" font-size="16" font-weight="600" fill="#0f172a">'
        f"{1 + list(ROAD).index(name)}  {escape(_words(name).capitalize())}</text>",
    ]
    for i, notebook in enumerate(stop.notebooks):
        size = 13 if len(notebook) < 30 else 11.5
        text.append(
            f'<text x="{x + 14}" y="{y + 52 + 20 * i}" font-size="{size}" fill="#334155">'
            f"{escape(_words(notebook))}</text>"
        )
    text.append(
        f'<text x="{x + 14}" y="{y + height - 14}" font-size="12" fill="#64748b">{points:g} points · '
        f"{minutes / 60:.1f} hours</text>"
    )
    return text


def _words(name: str) -> str:
    return name.replace("two_layer", "two-layer").replace("_", " ")


def with_table(text: str, course: Course) -> str:
    """README.md of assignment/ with the table as it is now.

    Raises
    ------
    CourseError
        If the two lines that mark its place are not there.
    """
    return with_block(text, "the road", table(course), "assignment/README.md")


def main() -> None:
    try:
        course = Course.find()
        readme = course.released / "README.md"
        text = with_table(readme.read_text(encoding="utf-8"), course)
        (course.released / "road.svg").write_text(picture(course), encoding="utf-8")
        readme.write_text(text, encoding="utf-8")
    except (CourseError, OSError) as error:
        sys.exit(f"road: {error}")


if __name__ == "__main__":
    main()
