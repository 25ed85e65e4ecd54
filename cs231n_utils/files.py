"""Files: written so that they appear whole or not at all, and zips that are opened with care."""

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

MAX_DIRECTORY = 2**18  # bytes of a zip's table of contents: some thousand files


@contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the place of `path` once the block is done.

    If the block fails, whatever was at `path` is still there and nothing else is left behind.
    """
    path = Path(path)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")  # two processes may write at once
    try:
        with open(unfinished, "wb") as file:
            yield file
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def opened_zip(path: str | os.PathLike[str], directory: int = MAX_DIRECTORY) -> Iterator[zipfile.ZipFile]:
    """Open a zip for reading, unless its table of contents is so long that reading it would take gigabytes.

    Parameters
    ----------
    directory : int
        The most bytes that the table of contents may have.

    Raises
    ------
    zipfile.BadZipFile
        If it is not a zip, or one with too many files.
    OSError
        If there is no such file.
    """
    with open(path, "rb") as raw:
        file = _ShortReads(raw, directory)
        with zipfile.ZipFile(file) as archive:
            file.whole = True
            yield archive


class _ShortReads:
    """A file that is not read in large pieces until `whole` is set: zipfile reads a table of contents in one piece."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self.file, self.most, self.whole = file, most, False
        self.seek, self.tell, self.close, self.seekable = file.seek, file.tell, file.close, file.seekable

    def read(self, size: int = -1) -> bytes:
        if not self.whole and size > self.most:
            raise zipfile.BadZipFile("it holds too many files")
        return self.file.read(size)
