"""What a name in a platform's download says: whose a hand-in is, and when it came in.

Each platform packs downloads in its own way; `LAYOUTS` has a pattern for each. A part of a path (a folder, an archive,
a file) that matches belongs to one hand-in, with all that is in it.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from dateutil import parser as dates

from autograder.classroom.unpacking import BadHandIn

# What comes after the student in Canvas's names: a file, or what was typed or linked.
_CANVAS = r"(?:\d+_(?P<file>.+?)(?:-(?P<number>\d+))?(?P<ending>(?:\.tar)?\.\w+)?|(?:text|link|url)\.html?)"
# Named groups: name, id, time, number (of a resubmission), late, file. `id` is the platform's, `own` the school's.
LAYOUTS = {
    # ada_LATE_12_345_layers-1.ipynb; what was typed or linked comes as ada_12_text.html
    "canvas": rf"(?P<name>.+?)(?P<late>_LATE)?_(?P<id>\d+)_(?:question_\d+_)?{_CANVAS}",
    # Ada Lovelace_12_assignsubmission_file_ is a folder, or the beginning of a file's name
    "moodle": r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)",
    # 12-345 - Ada Lovelace - Oct 3, 2025 1130 AM, a folder, or the beginning of a file's name; some schools have the
    # student's own id before the name
    "brightspace": r"(?P<id>\d+)-\d+ ?- ?(?:(?P<own>[A-Za-z]*\d{4,}) - )?(?P<name>.+?) ?- ?"
    r"(?P<time>(?:\d{1,2} )?[^\W\d]{3,9}\.? (?:\d{1,2},? )?\d{4},? \d{1,2}[:.]?\d\d(?: ?[AP]M)?)(?: ?- ?(?P<file>.+))?",
    # HW1_ada_attempt_2025-10-03-11-30-00_layers.ipynb, and a .txt about it
    "blackboard": r"(?P<name>.+)_attempt_(?P<time>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?:_(?P<file>.+)|(?P<ending>\.txt))",
    # ada+knn+2025-10-03 11:30:00.000000 UTC+random, in the exchange
    "nbgrader": r"(?P<name>[^+]+)\+(?P<assignment>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[^+]*?)"
    r"(?:\+(?P<file>[\w=-]+))?",  # in URL-safe base 64
}
ANONYMOUS = rf"(?P<late>LATE_)?(?P<name>anon_[0-9A-Za-z]{{5}})_{_CANVAS}"  # as Canvas hides whose it is
SUBMISSIONS = "submission_metadata.yml"  # Gradescope's, beside the folders submission_12
PLATFORMS = [*LAYOUTS, "gradescope", "github-classroom"]
MAX_METADATA = 2**25


@dataclass(frozen=True)
class Claim:
    """What a download says about whose a hand-in is.

    Attributes
    ----------
    label : str
        How the hand-in is called when somebody has to be asked: the same in each download.
    name : str
        The student's name or login, as far as the platform says.
    keys : tuple of str
        Ids, such as "canvas:12" or "mail:ada@example.org".
    time : datetime or None
        When it came in; without a time zone, it is the course's.
    said : str
        The same as the platform writes it.
    late : bool
        Whether the platform says that it was late.
    number : int
        Of a resubmission.
    file : str
        The file's name as the student had it, if the download has changed it.
    platform : str
        Empty if only a person has arranged the files.
    others : tuple of Claim
        Those with whom it was handed in.
    """

    label: str
    name: str = ""
    keys: tuple[str, ...] = ()
    time: datetime | None = None
    said: str = ""
    late: bool = False
    number: int = 0
    file: str = ""
    platform: str = ""
    others: tuple[Claim, ...] = ()


def claim_of(part: str, platform: str = "", assignment: str = "") -> Claim | None:
    """What a part of a path says, by the layout of one platform or of any; None if it says nothing.

    Raises
    ------
    BadHandIn
        If it says that it is of another assignment.
    """
    for layout, pattern in [("canvas", ANONYMOUS), *LAYOUTS.items()]:
        if platform in ("", layout) and (found := re.fullmatch(pattern, part)):
            said: dict[str, str] = {key: value for key, value in found.groupdict().items() if value}
            if assignment and said.get("assignment", assignment) != assignment:
                raise BadHandIn(f"it is a hand-in of {said['assignment']}, not of {assignment}")
            name, number = said["name"].strip(), said.get("id", "")
            if layout == "nbgrader":
                keys: tuple[str, ...] = (f"id:{name}",)
            elif layout == "blackboard":  # the assignment's name and the login's may both have a _
                words = name.split("_")
                keys = tuple(f"id:{'_'.join(words[first:])}" for first in range(1, len(words)))
                name = words[-1]
            elif pattern == ANONYMOUS:
                name, number, keys = "", "", ()
            else:
                keys = (f"{layout}:{number}", *([f"id:{said['own']}"] if "own" in said else []))
            time = _spaced(said.get("time", ""), layout)
            return Claim(
                f"{name}_{number}" if number else said["name"],
                name,
                keys,
                time_from(time),
                time,
                "late" in said,
                int(said.get("number", 0)),
                "" if layout == "nbgrader" else said.get("file", "") + said.get("ending", ""),
                layout,
            )
    return None


def time_from(text: str) -> datetime | None:
    """A point in time from what a platform or a person writes; None if it cannot be read, or could be two days.

    Spreadsheets write 3 October as 03.10. or as 10/03, and where a day or a year is missing, nobody knows it. A time
    zone by a name that only some countries use is the course's.
    """
    year_first = re.match(r"\s*\d{4}", text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", dates.UnknownTimezoneWarning)
            time: datetime = dates.parse(text, default=datetime(2000, 1, 1))
            other: datetime = dates.parse(text, default=datetime(2001, 2, 2), dayfirst=not year_first)
        time.utcoffset()  # more than a day is an error
    except (ValueError, OverflowError, TypeError):
        return None
    return time if time == other and 1 < time.year < 9999 else None


def _spaced(time: str, layout: str) -> str:
    """A time with its colons, which file names cannot have."""
    if layout == "blackboard":
        return re.sub(r"(\d+-\d+-\d+)-(\d+)-(\d+)-(\d+)", r"\1 \2:\3:\4", time)
    return re.sub(r" (\d{1,2})[.]?(\d\d)( ?[AP]M)?$", r" \1:\2\3", time) if layout == "brightspace" else time


def submissions(path: Path) -> dict[str, Claim]:
    """Who handed in which folder of Gradescope's export, by the folder's name.

    Raises
    ------
    BadHandIn
        If the file cannot be understood.
    """
    try:
        if path.stat().st_size > MAX_METADATA:
            raise BadHandIn(f"it is too large; the limit is {MAX_METADATA / 2**20:g} MiB")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        data = yaml.load(path.read_bytes(), _in_words(loader))
        return {str(folder): _of_gradescope(str(folder), about) for folder, about in data.items()}
    except (
        yaml.YAMLError,
        UnicodeDecodeError,
        ValueError,
        AttributeError,
        TypeError,
        KeyError,
        RecursionError,
    ) as error:
        if isinstance(error, BadHandIn):
            raise
        raise BadHandIn("it is not as Gradescope writes it, so nobody knows whose these hand-ins are") from None


def _in_words(loader: Any) -> Any:
    """A loader that leaves everything as text: a student's number may begin with zeros."""

    class Words(loader):  # type: ignore[misc]
        yaml_implicit_resolvers: dict[str, Any] = {}

    return Words


def _of_gradescope(folder: str, about: dict[str, Any]) -> Claim:
    said = str(about.get(":created_at", ""))
    time = time_from(said)
    claims = []
    for one in about.get(":submitters") or []:
        sid, mail = (str(one.get(key) or "").strip() for key in (":sid", ":email"))
        claims.append(
            Claim(
                folder,
                str(one.get(":name") or "").strip(),
                tuple(key for key in (f"id:{sid}" if sid else "", f"mail:{mail}" if mail else "") if key),
                time,
                said,
                platform="gradescope",
            )
        )
    first, *others = claims or [Claim(folder, time=time, said=said, platform="gradescope")]
    return replace(first, others=tuple(others))
