"""Look at your work as the grader will, and make the zip to hand in.

Type `python -m cs231n_utils.submit` in the folder with your notebooks, or name that folder. Each notebook runs
from top to bottom in a fresh kernel, your files stay as they are, and nothing is sent anywhere.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

try:
    from cs231n_utils.submit.hand_in import CannotSubmit
    from cs231n_utils.submit.report import submit
except ModuleNotFoundError as error:
    raise SystemExit(
        f"submit: the package {error.name} is missing, which comes with JupyterLab: pip install jupyterlab"
    ) from None


def main(arguments: list[str] | None = None) -> int:
    """Run the command; a problem that a person can solve is one sentence, not a traceback."""
    parser = argparse.ArgumentParser(
        prog="python -m cs231n_utils.submit",
        description="Look at your work as the grader will, and make the zip to "
        "hand in. Save your notebooks first. Nothing in them is changed, and nothing is sent.",
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(), help="the folder with your notebooks; this one if left out"
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="run long cells, too (training, tuning); your saved networks stay as they are",
    )
    parser.add_argument("--check-only", action="store_true", help="make no zip")
    parser.add_argument("--incomplete", action="store_true", help="make the zip even if a file is missing")
    parser.add_argument(
        "--github", action="store_true", help="also show GitHub Actions the points of the visible checks"
    )
    chosen = parser.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # an old terminal may not know ✓
    try:
        right = submit(
            chosen.folder,
            whole=chosen.all,
            check_only=chosen.check_only,
            incomplete=chosen.incomplete,
            github=chosen.github,
        )
        return 0 if right else 1
    except CannotSubmit as error:
        print(f"submit: {error}")
        return 2
    except KeyboardInterrupt:
        print("\nsubmit: stopped; no zip was made")
        return 130
    except OSError as error:
        print(f"submit: {error.strerror or error}" + (f" ({error.filename})" if error.filename else ""))
        return 2


if __name__ == "__main__":
    sys.exit(main())
