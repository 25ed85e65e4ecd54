"""The picture in README.md: the sample class, graded, as a terminal shows it.

python -m autograder.evidence.picture demo/results.json .github/demo.svg
"""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

from rich.terminal_theme import MONOKAI

from autograder.classroom.report import print_class
from autograder.grading.results import SubmissionResult
from autograder.terminal import Console


def picture(results: list[SubmissionResult]) -> str:
    """The class table as an SVG that needs nothing from elsewhere."""
    console = Console(record=True, width=116, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print("[bold]$ autograder grade two_layer_net[/bold]")
    print_class(console, results)
    svg = console.export_svg(title="autograder", theme=MONOKAI)
    # rich asks for a font from the net; any monospaced font will do.
    return re.sub(r"@font-face\s*{[^}]*}", "", svg).replace(
        "Fira Code, monospace", "ui-monospace, Menlo, DejaVu Sans Mono, monospace"
    )


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    data = json.loads(source.read_text(encoding="utf-8"))
    target.write_text(picture([SubmissionResult.from_json(one) for one in data["submissions"]]), encoding="utf-8")
