"""The declared files among all that a student handed in, however they are packed, placed and called."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import shorten

from autograder.classroom.platforms import claim_of
from autograder.classroom.unpacking import BadHandIn, Entry, is_archive, is_notebook, stem_of, unpacked
from cs231n_utils.submit import reading
from cs231n_utils.submit.hand_in import notes_of
from cs231n_utils.submit.packing import MANIFEST

MAX_ENTRIES = 200  # a zip may hold other files too, but so many are no accident
MAX_MANIFEST = 2**16
SECRET = "submission_secret.txt"  # nbgrader's: by it a student finds the feedback in the exchange
MAX_SECRET = 2**10
MAX_DEPTH = 3  # archives in archives
SLACK = 2**24  # for other files in the zip, which are not unpacked
NO_MANIFEST = "made by hand: no manifest"
OTHER_ARCHIVES = (".rar", ".7z", ".xz", ".bz2", ".zst", ".gz")

# What is added to a name when a file is copied, downloaded or handed in once more.
# Possessive, so that no name takes long to read.
COPY = (
    r"(?:[ _.-]*(?:\(\d+\)|\d+|"
    r"(?:copy|kopie|copie|copia|final|last|latest|new|old|fixed|updated|v|version)(?: ?\d+)?))*+"
)
_JUNK = re.compile(
    r"__MACOSX|\.git|\.github|\.ipynb_checkpoints|\.DS_Store|\._.*|Thumbs\.db|desktop\.ini|\.gitignore|~\$.*"
)
# Beside the notebooks: what `autograder handout` and nbgrader have put there.
_NOT_WRITTEN = re.compile(r"START\.txt|requirements\.txt|timestamp\.txt|.*\.whl")


@dataclass
class Picked:
    """What was found in a hand-in.

    Attributes
    ----------
    contents : dict of str to bytes
        The declared files.
    remarks : list of str
        What a person may want to know.
    files, taken : int
        How many files came in, and how many of those are the declared ones and their manifest.
    left_out : list of str
        Those that are not taken, and are neither a computer's own nor the course's.
    """

    contents: dict[str, bytes] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    files: int = 0
    taken: int = 0
    left_out: list[str] = field(default_factory=list)


def is_junk(parts: tuple[str, ...]) -> bool:
    """Whether a file is a computer's own, not a person's."""
    return any(_JUNK.fullmatch(part) for part in parts)


def pick(entries: list[Entry], assignment: str, limits: dict[str, int], room: Path) -> Picked:
    """The declared files in a hand-in, and remarks about it.

    A file counts as a declared one by the course's notes in it, else by its name. If there is more than one for a
    name, the one that has exactly this name counts; if that does not decide, nobody guesses.

    Parameters
    ----------
    entries : list of Entry
        The files, with the paths that they have in the hand-in. Archives among them are opened.
    limits : dict of str to int
        Names of the declared files, and the most bytes that each may have.
    room : Path
        An empty folder.

    Raises
    ------
    BadHandIn
        With a sentence for each way in which a hand-in is damaged, forged or ambiguous.
    """
    everything = _opened(entries, limits, room)
    files = [entry for entry in everything if not is_junk(entry.parts)]
    by_name: dict[str, list[Entry]] = {name: [] for name in limits}
    for entry in files:
        if name := _declared(entry, assignment, limits):
            by_name[name].append(entry)
    picked = Picked(files=len(everything))
    taken: dict[str, Entry] = {}
    for name, found in by_name.items():
        if found:
            taken[name] = _the_one(name, found)
            if taken[name].parts[-1] != name:
                picked.remarks.append(f"{name} is called {taken[name].parts[-1]!r}")
    manifests = [entry for entry in files if entry.parts[-1] == MANIFEST]
    if not taken:
        packed = next((entry.parts[-1] for entry in files if entry.parts[-1].casefold().endswith(OTHER_ARCHIVES)), "")
        raise BadHandIn(
            f"it holds no file of {assignment}: "
            + (f"{packed!r} is no zip, and cannot be opened" if packed else ", ".join(limits))
        )
    picked.contents = {name: _content(entry) for name, entry in taken.items()}
    picked.remarks += [f"{name} is not in it" for name in limits if name not in taken]
    for manifest in manifests:
        beside = {entry.parts[-1]: entry for entry in files if entry.parts[:-1] == manifest.parts[:-1]}
        contents = {name: _content(beside[name]) for name in limits if name in beside}
        _compare(contents, _manifest(_content(manifest), assignment))
    if not manifests:
        picked.remarks.insert(0, NO_MANIFEST)
    secrets = [entry for entry in files if entry.parts[-1] == SECRET and entry.path]
    if len(secrets) == 1 and len(secret := _content(secrets[0])) <= MAX_SECRET:
        picked.contents[SECRET] = secret
    used = [*taken.values(), *manifests, *(secrets if SECRET in picked.contents else [])]
    picked.taken = len(used)
    same = {hashlib.sha256(content).digest() for content in picked.contents.values()}
    picked.left_out = [
        "/".join(entry.parts)
        for entry in files
        if entry not in used
        and not _NOT_WRITTEN.fullmatch(entry.parts[-1])
        and not (entry.path and hashlib.sha256(entry.path.read_bytes()).digest() in same)
    ]
    return picked


def _opened(entries: list[Entry], limits: dict[str, int], room: Path, depth: int = 0) -> list[Entry]:
    """The files with those in archives, each of which is opened."""
    most = sum(limits.values()) + MAX_MANIFEST + SLACK

    def limit(name: str) -> int | None:
        if is_archive(name):
            return most
        if name in (MANIFEST, SECRET):
            return MAX_MANIFEST if name == MANIFEST else MAX_SECRET
        return limits.get(_called(name, limits)) or (reading.MAX_BYTES if is_notebook(name) else None)

    found: list[Entry] = []
    for entry in entries:
        if entry.refused:
            raise BadHandIn(entry.refused)
        if entry.path is None or not is_archive(entry.parts[-1]) or is_junk(entry.parts):
            found.append(entry)
            continue
        if depth == MAX_DEPTH:
            raise BadHandIn(f"it holds archives in archives, more than {MAX_DEPTH} deep")
        inside = room / f"{depth}-{len(found)}"
        inside.mkdir()
        nested = [
            Entry((*entry.parts[:-1], stem_of(entry.parts[-1]), *one.parts), one.path, one.time, one.refused)
            for one in unpacked(entry.path, inside, limit, MAX_ENTRIES, most)
        ]
        if any(is_archive(one.parts[-1]) and claim_of(one.parts[-1]) for one in nested):
            raise BadHandIn("it looks like a platform's whole download, not one hand-in: collect it by itself")
        found += _opened(nested, limits, inside, depth + 1)
        if len(found) > MAX_ENTRIES:
            raise BadHandIn(f"it holds {len(found)} files; a hand-in has a handful")
    return found


def _called(name: str, limits: dict[str, int]) -> str:
    """The declared file that has this name, or had it before it was copied; empty if none has."""
    if name in limits:
        return name
    for one in sorted(limits, key=len, reverse=True):
        stem, _, ending = one.rpartition(".")
        added = r"(?:\.txt|\.json)?" if is_notebook(one) else ""
        if re.fullmatch(rf"(?i)(?:copy of )?{re.escape(stem)}{COPY}\.{re.escape(ending)}{added}", name):
            return one
    return ""


def _declared(entry: Entry, assignment: str, limits: dict[str, int]) -> str:
    """Which of the declared files it is; empty if none."""
    name = entry.parts[-1]
    if entry.path is None:
        return ""
    if is_notebook(name) and entry.path.stat().st_size <= reading.MAX_BYTES:
        try:
            notes = notes_of(reading.read_cells(entry.path.read_bytes()))
        except ValueError:  # damaged: what is wrong with it is said when it is graded
            notes = None
        if notes is not None:
            own = f"{notes['notebook']}.ipynb"
            return own if notes["assignment"] == assignment and own in limits else ""
    return _called(name, limits)


def _the_one(name: str, found: list[Entry]) -> Entry:
    """The file that counts of those that could be it."""
    found = [entry for entry in found if entry.parts[-1] == name] or found
    if len({_sum(entry) for entry in found}) > 1:
        others = ", ".join(repr("/".join(entry.parts)) for entry in found[:4])
        raise BadHandIn(f"it holds {name} twice, and they differ: {others}")
    return found[0]


def _content(entry: Entry) -> bytes:
    assert entry.path is not None
    return entry.path.read_bytes()


def _sum(entry: Entry) -> str:
    return hashlib.sha256(_content(entry)).hexdigest()


def _manifest(content: bytes, assignment: str) -> dict[str, str]:
    """The checksums that a manifest gives."""
    try:
        data = json.loads(content)
        of, sums = data["assignment"], {file["name"]: file["sha256"] for file in data["files"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadHandIn("its manifest is not one that cs231n_utils.submit wrote") from None
    if of != assignment:
        raise BadHandIn(f"it is a hand-in of {shorten(repr(of), 50)}, not of {assignment}")
    return sums


def _compare(contents: dict[str, bytes], sums: dict[str, str]) -> None:
    for name in sorted(set(contents) | set(map(str, sums))):
        if name not in contents:
            raise BadHandIn(f"its manifest names {shorten(repr(name), 50)}, which is not in it")
        if name not in sums:
            raise BadHandIn(f"{name} is in it, but not in its manifest")
        if hashlib.sha256(contents[name]).hexdigest() != sums[name]:
            raise BadHandIn(f"{name} is not the file that its manifest describes: it was changed or damaged on the way")
