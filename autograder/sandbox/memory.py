"""How much memory a notebook's processes hold, with what the kernel holds for them."""

from __future__ import annotations

import os
from pathlib import Path

from autograder.sandbox.isolation import WRITABLE

HELD = ("VmRSS:", "VmSwap:", "VmPTE:")  # lines of /proc/PID/status
PEAK = ("VmHWM:",)
OPEN_FILE_BYTES, NAME_BYTES = 2**19, 2**11  # that the kernel may hold for each


def memory_of(process: int) -> int:
    """Bytes of memory that a process and all its descendants hold; 0 where /proc does not say.

    What the kernel holds for them counts as well: swap and page tables, buffers of pipes and sockets, and the names of
    files in memory. The contents of those files have a limit of their own, `MEMORY_FILES`.
    """
    total, names = 0, 0
    for member in _family(process):
        total += _status(member, HELD)
        try:
            total += len(os.listdir(f"/proc/{member}/fd")) * OPEN_FILE_BYTES
            if os.stat(f"/proc/{member}/root").st_dev != os.stat("/").st_dev:  # level strict, in its own file system
                rooms = [os.statvfs(f"/proc/{member}/root{folder}") for folder in WRITABLE]
                names = max(names, sum(room.f_files - room.f_ffree for room in rooms))
        except OSError:
            pass
    return total + names * NAME_BYTES


def peak_of(process: int) -> int:
    """The most bytes that a process and its descendants have had in memory, each at its own time; 0 if unknown."""
    return sum(_status(member, PEAK) for member in _family(process))


def _family(process: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for name in filter(str.isdecimal, os.listdir("/proc") if os.path.isdir("/proc") else []):
        try:
            with open(f"/proc/{name}/stat", "rb") as file:  # of all processes, so the short one
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):  # it has just ended
            continue
        children.setdefault(parent, []).append(int(name))
    family = [process]
    for member in family:  # which grows
        family += children.get(member, [])
    return family


def _status(process: int, lines: tuple[str, ...]) -> int:
    """The sum of some lines of /proc/PID/status, in bytes; 0 if it has just ended."""
    try:
        text = Path(f"/proc/{process}/status").read_text(errors="replace")
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith(lines))
