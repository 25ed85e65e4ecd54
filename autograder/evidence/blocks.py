"""The parts of a document that a command writes: between two marks, with the date and the commit of the measurement.

    <!-- NAME: made by `COMMAND` -->
    what the command has written
    <!-- end of NAME -->

Everything outside the marks is written by people, and stays as it is.
"""

from __future__ import annotations

import re
import subprocess
from datetime import date
from pathlib import Path

from autograder.settings import CourseError

ENGINE = Path(__file__).parents[1]
EVIDENCE, SECURITY = ENGINE / "EVIDENCE.md", ENGINE / "SECURITY.md"


def renew(page: Path, name: str, text: str) -> None:
    """Write what was measured just now into a document's block.

    Parameters
    ----------
    page : Path
    name : str
        The block's name, as in its marks.
    text : str
        The new content, in Markdown. The date and the commit are put in front of it.

    Raises
    ------
    CourseError
        If the document has no such block.
    """
    document = with_block(page.read_text(encoding="utf-8"), name, f"{measured(page.parent)}\n\n{text}", page.name)
    page.write_text(document, encoding="utf-8")


def with_block(document: str, name: str, text: str, where: str = "the document") -> str:
    """A document with another text in one of its blocks.

    Raises
    ------
    CourseError
        If the two marks are not there, once each and in this order.
    """
    start, end = place_of(document, name, where)
    return f"{document[:start]}{text.strip()}\n{document[end:]}"


def place_of(document: str, name: str, where: str = "the document") -> tuple[int, int]:
    """Where a block's text begins and ends.

    Raises
    ------
    CourseError
        If the two marks are not there, once each and in this order.
    """
    begins = list(re.finditer(rf"^<!-- {re.escape(name)}: made by `[^`\n]+` -->\n", document, re.MULTILINE))
    ends = list(re.finditer(rf"^<!-- end of {re.escape(name)} -->$", document, re.MULTILINE))
    if len(begins) != 1 or len(ends) != 1 or begins[0].end() > ends[0].start():
        raise CourseError(
            f"{where} should have the lines <!-- {name}: made by `...` --> and <!-- end of {name} --> once each"
        )
    return begins[0].end(), ends[0].start()


def measured(folder: Path) -> str:
    """A sentence with today's date and, in a Git repository, the commit that `folder` is at."""
    commit = _git(folder, "rev-parse", "--short", "HEAD")
    if not commit:
        return f"Measured on {date.today()}."
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ":/", ":(exclude,top)*.md")
    return f"Measured on {date.today()} at commit `{commit}`{', with changes not yet committed' * bool(changed)}."


def _git(folder: Path, *arguments: str) -> str:
    """What Git says; nothing if there is no Git, or no repository."""
    try:
        run = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""
