"""How well hand-ins are isolated on this machine: not what is installed, but what a hand-in can still do.

Each layer is tried from inside a graded process, by code that a student could have written.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.isolation import INSTALL_AGAIN, LEVELS, SCRATCH_BYTES, strict_works, user_works
from autograder.sandbox.process import Sandbox
from autograder.sandbox.proxy import OutOfReach
from autograder.sandbox.starting import why_not_forked
from autograder.settings import CourseError
from autograder.terminal import Console


@dataclass(frozen=True)
class Layer:
    """One thing that a graded process should not be able to do.

    Attributes
    ----------
    what : str
        What the layer protects, in plain words.
    attempt : str
        A cell that prints "open" if it gets through. KEY in it is the path of a file in a folder that is closed to
        other users.
    lacked_by : tuple of str
        The levels that do not have it.
    """

    what: str
    attempt: str
    lacked_by: tuple[str, ...] = ()


LAYERS = [
    Layer(
        "the answer key and other hand-ins cannot be read",
        "try:\n    open(KEY).close()\n    print('open')\nexcept OSError: pass",
        lacked_by=("process",),
    ),
    Layer(
        "files outside the scratch folder cannot be written",
        "import os, sys\nfor folder in ('/usr', '/etc', '/var/tmp', os.path.dirname(sys.executable)):\n"
        "    if os.access(folder, os.W_OK): print('open')",
        lacked_by=("user", "process"),
    ),
    Layer(
        "no other process can be seen",
        "import os\nif sum(name.isdigit() for name in os.listdir('/proc')) > 4: print('open')",
        lacked_by=("user", "process"),
    ),
    Layer(
        "the network cannot be reached",
        "import socket\ntry:\n    socket.socket(socket.AF_INET, socket.SOCK_STREAM)\n    print('open')\n"
        "except OSError: pass",
    ),
    Layer(
        "other processes cannot be signalled",
        "import os\ntry:\n    if os.getppid() > 1:\n        os.kill(os.getppid(), 0)\n        print('open')\n"
        "except OSError: pass",
    ),
    Layer(
        "no new namespaces, mounts or privileges",
        "import ctypes\nif ctypes.CDLL(None).unshare(0x10000000) == 0: print('open')",
    ),
    Layer(
        "memory is limited (4 GiB)",
        "import mmap\ntry:\n    mmap.mmap(-1, 6 * 2**30, mmap.MAP_PRIVATE)\n    print('open')\nexcept OSError: pass",
    ),
    Layer(
        "no memory escapes the accounting",
        "import ctypes, mmap, os, socket\nlibc = ctypes.CDLL(None)\n"
        "for attempt in (lambda: os.memfd_create('x'), lambda: libc.shmget(0, 2**20, 0o1600) < 0 and 1 / 0,\n"
        "                lambda: mmap.mmap(-1, 2**20), lambda: libc.vmsplice(os.pipe()[1], None, 0, 0) < 0 and 1 / 0,\n"
        "                lambda: socket.socketpair()[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**22)):\n"
        "    try:\n        attempt()\n        print('open')\n    except (OSError, ZeroDivisionError): pass",
    ),
    Layer(
        "files in memory are limited (3 times 256 MiB)",
        "for line in open('/proc/self/mounts'):\n    kind, options = line.split()[2], line.split()[3].split(',')\n"
        f"    if kind in ('tmpfs', 'ramfs') and not {{'ro', 'size={SCRATCH_BYTES // 1024}k'}}.intersection(options):\n"
        "        print('open')",
        lacked_by=("user", "process"),
    ),
    Layer(
        "files are limited in size (256 MiB)",
        "import resource\nif resource.getrlimit(resource.RLIMIT_FSIZE)[1] < 0: print('open')",
    ),
    Layer(
        "processor time is limited (5 minutes)",
        "import resource\nif resource.getrlimit(resource.RLIMIT_CPU)[1] < 0: print('open')",
    ),
]


def holds(layer: Layer, level: str, warm: bool = True) -> bool:
    """Whether a layer holds at a level, by trying to get through it.

    Raises
    ------
    CourseError
        If there is no process to try it in.
    """
    try:
        sandbox = Sandbox(seconds=20, level=level, warm=warm)
    except OutOfReach as error:
        raise CourseError(
            f"no process for a hand-in could be started at level {level}: {error}. {INSTALL_AGAIN}"
        ) from None
    with sandbox, tempfile.TemporaryDirectory() as closed:
        key = Path(closed) / "key"
        key.touch()
        try:
            ran = sandbox.run(layer.attempt.replace("KEY", repr(str(key))))
        except OutOfReach:
            return True  # the attempt ended the process
    return ran.succeeded and not ran.outputs


def examine(console: Console) -> bool:
    """Print what holds at each level and what that means; return whether level strict is available."""
    why = strict_works()
    there = {"strict": why is None, "user": user_works() is None, "process": True}
    levels = [level for level in LEVELS if level != "user" or there[level]]  # most people are not root
    for layer in LAYERS:
        found = []
        for level in levels:
            if not there[level]:
                found.append("[dim]–[/dim]      ")
            elif all(holds(layer, level, warm) for warm in ([True, False] if level == "strict" else [True])):
                found.append("[green]✓ holds[/green]")
            else:
                found.append("[red]✗ open[/red] ")
        console.print("  ".join([*found, layer.what]), soft_wrap=True)
    console.print("  ".join(f"{level:7}" for level in levels), style="bold")
    if why is None:
        console.print("\nLevel strict works here: you can grade anybody's hand-ins.")
        if (slow := why_not_forked()) is not None:
            console.print(
                f"Each notebook's process is started anew, which takes a second: {slow}. Scores are the same.",
                soft_wrap=True,
            )
    else:
        console.print(
            f"\nLevel strict is not available here: {why}.\nWithout it a hand-in can read what you can read. "
            "Grade only the work of people you trust, with --isolation process.",
            soft_wrap=True,
        )
        if there["user"]:
            console.print(
                "Level user works here: in a container that belongs to one hand-in, the course can be closed to it.",
                soft_wrap=True,
            )
    return why is None
