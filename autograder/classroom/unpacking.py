"""Archives that somebody else made: read within limits, with no name in them used as a path."""

from __future__ import annotations

import gzip
import lzma
import re
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import shorten
from typing import BinaryIO, cast

from cs231n_utils.files import MAX_DIRECTORY, opened_zip

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")
MAX_NAME = 255
PIECE = 2**16  # bytes read at a time
OLDEST = datetime(1980, 1, 2)  # zips without dates give the first day that they can

Limit = Callable[[str], int | None]


class BadHandIn(ValueError):
    """Something that is not taken; the message says why, for a person."""


@dataclass(frozen=True)
class Entry:
    """A file in an archive.

    Attributes
    ----------
    parts : tuple of str
        The folders that it is in, and its name, with composed letters.
    path : Path or None
        Its content; None if it was not asked for, or is refused.
    time : datetime or None
        When the archive says that it was written.
    refused : str
        Why it is not unpacked; empty if nothing is wrong with it.
    """

    parts: tuple[str, ...]
    path: Path | None = None
    time: datetime | None = None
    refused: str = ""


def is_archive(name: str) -> bool:
    """Whether this is the name of an archive that can be unpacked."""
    return name.casefold().endswith(ARCHIVES)


def is_notebook(name: str) -> bool:
    """Whether this is the name of a notebook. Some browsers add an ending of their own."""
    return name.casefold().endswith((".ipynb", ".ipynb.txt", ".ipynb.json"))


def stem_of(name: str) -> str:
    """A file's name without its ending; `.tar.gz` is one."""
    return re.sub(r"(?i)(\.tar\.gz|\.ipynb\.(txt|json)|\.[a-z]{1,5}|\.7z)$", "", name)


def unpacked(path: Path, room: Path, limit: Limit, most_files: int, most_bytes: int) -> list[Entry]:
    """The files in an archive; those that `limit` gives a size are unpacked to numbered files in `room`.

    Parameters
    ----------
    limit : function
        Gives the most bytes that a file of some name may have; None if it is not to be unpacked.
    most_files, most_bytes : int
        How many files the archive may hold, and how large it may be; unpacked, what is read may not be larger either.

    Raises
    ------
    BadHandIn
        If it is damaged or too large. An entry with a suspicious name is `refused` on its own.
    """
    size = path.stat().st_size
    if size > most_bytes:
        raise BadHandIn(f"it is too large ({size / 2**20:.0f} MiB)")
    try:
        with path.open("rb") as file:
            start = file.read(2)
        if start == b"\x1f\x8b" or tarfile.is_tarfile(path):
            return _tar(path, room, limit, most_files, most_bytes)
        return _zip(path, room, limit, most_files, most_bytes)
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
    except (tarfile.TarError, gzip.BadGzipFile, EOFError) as error:
        raise BadHandIn(f"it is not a zip or a tar, or it is damaged ({shorten(ascii(str(error)), 60)})") from None
    except (
        OSError,
        RuntimeError,
        NotImplementedError,
        ValueError,
        struct.error,
        zlib.error,
        lzma.LZMAError,
    ) as error:  # the libraries on forged headers
        why = shorten(ascii(str(error)), 100) if str(error) else type(error).__name__
        raise BadHandIn(f"it cannot be read ({why})") from None


def _zip(path: Path, room: Path, limit: Limit, most_files: int, most_bytes: int) -> list[Entry]:
    with opened_zip(path, max(MAX_DIRECTORY, most_files * 128)) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        _require_few(len(members), most_files)
        entries, left = [], most_bytes
        for member in members:
            name = _name(member)
            kind = stat.S_IFMT(member.external_attr >> 16)
            try:
                parts = parts_of(name, kind not in (0, stat.S_IFREG, stat.S_IFDIR))
            except BadHandIn as error:
                entries.append(Entry((shorten(repr(name), 80),), refused=str(error)))
                continue
            time = None
            with suppress(ValueError):
                time = datetime(*member.date_time)
            target = None
            if (most := limit(parts[-1])) is not None:
                if member.flag_bits & 1:
                    raise BadHandIn(f"{parts[-1]} is encrypted")
                if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise BadHandIn(f"{parts[-1]} is packed in an unusual way (method {member.compress_type})")
                target = room / str(len(entries))
                with archive.open(member) as file:
                    left -= _copy(cast(BinaryIO, file), target, parts[-1], min(most, left))
            entries.append(Entry(parts, target, time if time and time >= OLDEST else None))
        return entries


def _tar(path: Path, room: Path, limit: Limit, most_files: int, most_bytes: int) -> list[Entry]:
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw) if packed else raw)
        entries: list[Entry] = []
        file = _Stream(stream, most_bytes)
        with tarfile.open(fileobj=file, mode="r:") as archive:  # type: ignore[call-overload]
            for member in archive:
                if member.isdir():
                    continue
                _require_few(len(entries) + 1, most_files)
                try:
                    parts = parts_of(member.name, not member.isreg() or member.issparse())
                except BadHandIn as error:
                    entries.append(Entry((shorten(repr(member.name), 80),), refused=str(error)))
                    continue
                target = None
                if (most := limit(parts[-1])) is not None and (content := archive.extractfile(member)) is not None:
                    target = room / str(len(entries))
                    _copy(cast(BinaryIO, content), target, parts[-1], most)
                entries.append(Entry(parts, target, moment(member.mtime)))
        return entries


class _Stream:
    """A tar's bytes, of which only so many are read: a few packed ones may unpack to very many."""

    def __init__(self, file: BinaryIO, most: int):
        self.file, self.most = file, most
        self.tell, self.close = file.tell, file.close

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= 2**20 or self.file.tell() + size > self.most + 2**20:
            raise BadHandIn("it is too large when unpacked")
        return self.file.read(size)

    def seek(self, place: int, whence: int = 0) -> int:
        if whence or place > self.most:
            raise BadHandIn("it is too large when unpacked")
        return self.file.seek(place)


def _copy(source: BinaryIO, target: Path, name: str, most: int) -> int:
    """Write a content that keeps to the limit; the size in its header is not believed. How long it was."""
    size = 0
    with target.open("wb") as file:
        while piece := source.read(min(PIECE, most + 1 - size)):
            size += len(piece)
            if size > most:
                raise BadHandIn(f"{name} is too large when unpacked; the limit is {most / 2**20:g} MiB")
            file.write(piece)
    return size


def _require_few(number: int, most: int) -> None:
    if number > most:
        raise BadHandIn(f"it holds {number} files; a hand-in has a handful")


def _name(member: zipfile.ZipInfo) -> str:
    """A file's name as the zip has it. Many programs write UTF-8 and do not say so."""
    name = member.orig_filename  # `filename` is already cleaned up
    if not member.flag_bits & 0x800:
        with suppress(UnicodeError):
            return name.encode("cp437").decode("utf-8")
    return name


def parts_of(name: str, special: bool = False) -> tuple[str, ...]:
    """The folders and the name of a file, from its path in an archive; a backslash is a separator, too.

    Raises
    ------
    BadHandIn
        If it leads elsewhere.
    """
    shown = shorten(repr(name), 80)
    name = unicodedata.normalize("NFC", name).replace("\\", "/")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or "\0" in name or re.match(r"[A-Za-z]:", name) or not parts:
        raise BadHandIn(f"it names a file absolutely or oddly: {shown}")
    if any(len(part) > MAX_NAME for part in parts):
        raise BadHandIn(f"it names a file with more than {MAX_NAME} letters: {shown}")
    if ".." in parts:
        raise BadHandIn(f"it names a file outside of itself: {shown}")
    if special:
        raise BadHandIn(f"it holds a link or another special file: {shown}")
    return parts


def moment(seconds: float) -> datetime | None:
    """A file's time, from seconds since 1970; None for one that no time zone may show, or no calendar has."""
    try:
        time = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return time if 1 < time.year < 9999 else None
