"""How much memory the grader's own processes hold, all together, while something runs."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import psutil

EVERY = 0.2  # seconds


@dataclass
class Peak:
    """The most that was seen at a time, in bytes.

    Attributes
    ----------
    own : int
        Proportional set size of this process and its jobs together: what they share counts once. The sandboxes, which
        have limits of their own, are left out.
    shared : int
        By how much the whole machine's shared memory has grown: files in memory, and all that lies on tmpfs.
    """

    own: int = 0
    shared: int = 0


class Meter:
    """Looks at the processes now and then until the block that it is used for ends."""

    def __init__(self) -> None:
        self.peak = Peak()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Meter:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        at_first = psutil.virtual_memory().shared
        while not self._over.wait(EVERY):
            self.peak.own = max(self.peak.own, sum(map(_memory_of, _own(psutil.Process()))))
            self.peak.shared = max(self.peak.shared, psutil.virtual_memory().shared - at_first)


def _own(process: psutil.Process) -> list[psutil.Process]:
    """A process and what it started, down to the sandboxes."""
    try:
        children = [child for child in process.children() if child.name() != "bwrap"]
    except psutil.Error:
        return [process]
    return [process, *(one for child in children for one in _own(child))]


def _memory_of(process: psutil.Process) -> int:
    try:
        return process.memory_full_info().pss
    except psutil.Error:  # it has ended
        return 0
