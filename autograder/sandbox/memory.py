"""How much memory a notebook's processes hold, with what the kernel holds for them."""

from __future__ import annotations

import os
from pathlib import Path

from autograder.sandbox.isolation import WRITABLE

OPEN_FILE_BYTES, NAME_BYTES = 2**19, 2**11  # that the kernel may hold for each


def memory_of(process: int) -> int:
    """Bytes of memory that a process and all its descendants hold; 0 where /proc does not say.

    What the kernel holds for them counts as well: swap and page tables, buffers of pipes and sockets, and the names of
    files in memory. The contents of those files have a limit of their own, `MEMORY_FILES`.
    """
    statuses: dict[int, dict[str, str]] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            lines = (path / "status").read_text(errors="replace").splitlines()
            statuses[int(path.name)] = dict(line.split(":", 1) for line in lines if ":" in line)
        except (OSError, ValueError):
            pass
    total, names, family = 0, 0, [process]
    while family:
        member = family.pop()
        status = statuses.get(member, {})
        total += sum(int(status.get(name, "0 kB").split()[0]) * 1024 for name in ("VmRSS", "VmSwap", "VmPTE"))
        try:
            total += len(os.listdir(f"/proc/{member}/fd")) * OPEN_FILE_BYTES
            if os.stat(f"/proc/{member}/root").st_dev != os.stat("/").st_dev:  # level strict, in its own file system
                rooms = [os.statvfs(f"/proc/{member}/root{folder}") for folder in WRITABLE]
                names = max(names, sum(room.f_files - room.f_ffree for room in rooms))
        except OSError:
            pass
        family += [child for child, status in statuses.items() if status.get("PPid", "").strip() == str(member)]
    return total + names * NAME_BYTES
