"""Hand-ins that arrive as zip files: the declared files go to submitted/, and nothing else is taken.

A zip is somebody else's work on the instructor's own machine. No name in it is used as a path, sizes are limited
before and during unpacking, and a zip that looks forged is refused as a whole, with a sentence that says why.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten

from autograder.authoring.release import declared_files
from autograder.course import Course, CourseError, can_be_student
from autograder.grading import saved_net
from cs231n_utils.files import opened_zip
from cs231n_utils.submit import reading
from cs231n_utils.submit.packing import MANIFEST

MAX_ENTRIES = 200  # a zip may hold other files too, but so many are no accident
MAX_MANIFEST = 2**16
SLACK = 2**24  # for other files in the zip, which are not unpacked


class BadHandIn(ValueError):
    """A zip that is not taken; the message says why, for a person."""


@dataclass(frozen=True)
class Collected:
    """What became of one zip.

    Attributes
    ----------
    path : Path
        The zip.
    student : str
        Whose it is; empty if that is not known.
    refused : str
        Why it was not taken; empty if it was.
    remarks : tuple of str
        What a person may want to know about one that was taken.
    """

    path: Path
    student: str
    refused: str = ""
    remarks: tuple[str, ...] = ()


def collect(
    course: Course, assignment: str, paths: Iterable[Path], pattern: str = "", student: str = ""
) -> Iterator[Collected]:
    """Unpack zips to submitted/STUDENT/ASSIGNMENT/, replacing what a student handed in before.

    Parameters
    ----------
    paths : iterable of Path
        Zips, or folders that hold them at any depth.
    pattern : str
        A regular expression for the part of a zip's name that is the student: its first group, or all it matches.
        Without it that is the name less the assignment's, or the folder's name if the zip has the assignment's.
    student : str
        Whose zip it is, whatever its name.

    Raises
    ------
    CourseError
        If there is no such assignment or file, no zip, or the pattern is not a regular expression.
    """
    limits = {
        name: reading.MAX_BYTES if name.endswith(".ipynb") else saved_net.MAX_BYTES
        for name in declared_files(course, assignment)
    }
    zips = _zips(paths)
    if student and len(zips) > 1:
        raise CourseError(f"one student, but {len(zips)} zips: collect them one by one")
    try:
        re.compile(pattern)
    except re.error as error:
        raise CourseError(f"{pattern!r} is not a regular expression: {error}") from None
    taken: dict[str, Path] = {}
    for path in zips:
        name = ""
        try:
            name = student or student_of(path, assignment, pattern)
            if not can_be_student(name):
                name, wrong = "", name
                raise BadHandIn(f"{wrong!r} cannot be a student's name: rename the file, or say --student")
            if name.casefold() in taken:
                other = str(taken[name.casefold()])
                raise BadHandIn(f"{name} has another zip here, {other!r}: collect the one that counts")
            contents, remarks = unpack(path, assignment, limits)
            _put(course.submitted / name / assignment, contents)
        except BadHandIn as error:
            yield Collected(path, name, str(error))
            continue
        taken[name.casefold()] = path
        yield Collected(path, name, remarks=tuple(remarks))


def student_of(path: Path, assignment: str, pattern: str = "") -> str:
    """The student whose zip it is, from its name: `ada_two_layer_net.zip`, or `ada/two_layer_net.zip`.

    Raises
    ------
    BadHandIn
        If the pattern does not match.
    """
    ending = re.compile(rf"[-_ ]*{re.escape(assignment)}[-_ ]*\(?\d*\)?$")  # a browser or a platform may add a number
    name = ending.sub("", path.stem) or path.resolve().parent.name
    if not pattern:
        return name
    if not (found := re.search(pattern, name)):
        raise BadHandIn(f"the pattern matches nothing in {name!r}")
    return found[1] or "" if found.re.groups else found[0]


def unpack(path: Path, assignment: str, limits: dict[str, int]) -> tuple[dict[str, bytes], list[str]]:
    """The declared files in a zip, and remarks about it.

    They may be in a folder, as in a zip made by hand; then there is no manifest, and their checksums are not known.

    Parameters
    ----------
    limits : dict of str to int
        Names of the declared files, and the most bytes that each may have.

    Raises
    ------
    BadHandIn
        With a sentence for each way in which a zip is damaged or forged.
    """
    limits = {**limits, MANIFEST: MAX_MANIFEST}
    try:
        size = path.stat().st_size
        if size > sum(limits.values()) + SLACK:
            raise BadHandIn(f"it is too large ({size / 2**20:.0f} MiB)")
        with opened_zip(path) as archive:
            contents = {
                name: _read(archive, entry, name, limits[name]) for name, entry in _entries(archive, limits).items()
            }
    except BadHandIn:
        raise
    except zipfile.BadZipFile as error:
        raise BadHandIn(
            "a checksum in it is wrong: it was changed or damaged on the way"
            if "CRC" in str(error)
            else "it holds too many files; a hand-in has a handful"
            if "too many" in str(error)
            else "it is not a zip, or it is damaged"
        ) from None
    except (
        OSError,
        RuntimeError,
        NotImplementedError,
        EOFError,
        ValueError,
        struct.error,
        zlib.error,
        lzma.LZMAError,
    ) as error:  # zipfile on forged headers
        why = shorten(ascii(str(error)), 100) if str(error) else type(error).__name__
        raise BadHandIn(f"it cannot be read ({why})") from None
    manifest = contents.pop(MANIFEST, None)
    if not contents:
        raise BadHandIn(f"it holds no file of {assignment}: " + ", ".join(name for name in limits if name != MANIFEST))
    remarks = [f"{name} is not in it" for name in limits if name not in contents and name != MANIFEST]
    if manifest is None:
        return contents, ["made by hand: no manifest", *remarks]
    _compare(contents, _manifest(manifest, assignment))
    return contents, remarks


def _zips(paths: Iterable[Path]) -> list[Path]:
    zips: list[Path] = []
    for path in paths:
        if path.is_dir():
            zips += sorted(file for file in path.rglob("*.zip") if file.is_file())
        elif path.is_file():
            zips.append(path)
        else:
            raise CourseError(f"there is no file {path}")
    if not zips:
        raise CourseError("there is no zip to collect")
    return zips


def _entries(archive: zipfile.ZipFile, wanted: Iterable[str]) -> dict[str, zipfile.ZipInfo]:
    """The entries to take, by file name. All others are checked too: an honest zip has no suspicious names."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise BadHandIn(f"it holds {len(entries)} files; a hand-in has a handful")
    found: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        name = entry.orig_filename  # as the zip has it; `filename` is already cleaned up
        shown = shorten(repr(name), 80)
        parts = name.split("/")
        if name.startswith("/") or "\\" in name or "\0" in name or re.match(r"[A-Za-z]:", name):
            raise BadHandIn(f"it names a file absolutely or oddly: {shown}")
        if ".." in parts:
            raise BadHandIn(f"it names a file outside of itself: {shown}")
        if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise BadHandIn(f"it holds a link or another special file: {shown}")
        if parts[-1] not in wanted or len(parts) > 2 or parts[0] in ("__MACOSX", ".ipynb_checkpoints"):
            continue
        if parts[-1] in found:
            raise BadHandIn(f"it holds {parts[-1]} twice")
        found[parts[-1]] = entry
    return found


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, limit: int) -> bytes:
    """The content of an entry, if it keeps to the limit; the size in its header is not believed."""
    if entry.flag_bits & 1:
        raise BadHandIn(f"{name} is encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadHandIn(f"{name} is packed in an unusual way (method {entry.compress_type})")
    with archive.open(entry) as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise BadHandIn(f"{name} is too large when unpacked; the limit is {limit / 2**20:g} MiB")
    return content


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


def _put(folder: Path, contents: dict[str, bytes]) -> None:
    """Write a hand-in's folder, all of it or nothing, replacing an earlier one."""
    if folder.is_symlink() or folder.parent.is_symlink():
        raise BadHandIn(f"{folder} is a link to somewhere else")
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for name, content in contents.items():
        (part / name).write_bytes(content)
    if folder.exists():
        shutil.rmtree(folder)
    part.replace(folder)
