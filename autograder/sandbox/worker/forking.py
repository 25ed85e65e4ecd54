"""A process that has imported what notebooks import, and forks one child for each notebook.

Starting Python and importing NumPy, Matplotlib and IPython takes longer than most notebooks do; a fork takes
milliseconds. The server is inside bubblewrap from the start, and no line of a hand-in ever runs in it. For each
notebook there are three processes, copies of it:

    keeper      in the server's process namespace, where the notebook cannot see it: waits, and says how it ended
    └ init      process 1 of namespaces of the notebook's own; furnishes them, and gives up every privilege
      └ notebook  inherits that, and answers requests

Nothing of one notebook reaches the next: each has its own file systems in memory, process numbers, network and user
namespace, and a copy of the server's memory as it was before any of them.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import re
import signal
import socket
import sys
from typing import Any, NoReturn

import numpy as np
from confine import confine

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET = 0x00020000, 0x08000000, 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = 0x1000, 0x2000, 0x4000, 0x40000
PR_SET_DUMPABLE = 4
COVERED = ("sys", "sysrq-trigger", "irq", "bus")  # of /proc: what could write to the machine's settings, read-only
PIECES = re.compile(rb"\\([0-7]{3})")

_libc = ctypes.CDLL(None, use_errno=True)


def warm_up(modules: list[str]) -> None:
    """Import what notebooks import. What cannot be imported here cannot be imported there, where somebody sees it."""
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception:
            pass


def next_notebook(control: int, orders: dict[str, Any]) -> tuple[int, int]:
    """Fork a child for each notebook that comes, until nobody is left who could send one.

    Parameters
    ----------
    control : int
        A socket, on which each notebook comes as one message: JSON with its "limits" and the folder of its "files", and
        three descriptors: the pipe of requests, the pipe of answers, and a socket to tell its life on.
    orders : dict
        What is the same for all: "home", "writable" and "size" (bytes of each of these), "inbox", "staging".

    Returns
    -------
    requests, answers : int
        In a notebook's own process; it is the only one that returns.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers tell of themselves
    orders["kept"] = {folder: _mounted_below(folder) for folder in orders["writable"]}
    orders["folders"] = _folders_made(orders["home"], orders["kept"][orders["home"]])
    gc.collect()
    gc.freeze()  # so that the children's collections do not touch, and thereby copy, our memory
    server = socket.socket(fileno=control)
    while True:
        message, descriptors, *_ = socket.recv_fds(server, 2**16, 3)
        if not message:
            sys.exit()
        if os.fork() == 0:
            server.close()
            _become_a_notebook(json.loads(message), orders, *descriptors)
            return descriptors[0], descriptors[1]
        for descriptor in descriptors:
            os.close(descriptor)


def _become_a_notebook(notebook: dict[str, Any], orders: dict[str, Any], *descriptors: int) -> None:
    requests, answers, lifeline = descriptors
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    life = socket.socket(fileno=lifeline)
    try:
        _check(_libc.unshare(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET), "unshare")
        init = os.fork()
        if init:
            os.close(requests)
            os.close(answers)
            _keep(init, life)
        _furnish(notebook["files"], orders)
        os.chdir(os.path.join(orders["home"], "work"))
        if missing := confine(notebook["limits"]):
            raise OSError(f"{missing[0]} cannot be had")
        _libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    except OSError as error:
        _tell(life, f"refused: {error}")
        os._exit(1)
    if not _tell(life, "confined"):  # the system adds who we are, in the receiver's numbers
        os._exit(1)
    life.close()
    _close_all_but(requests, answers)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    child = os.fork()
    if child:
        os.close(requests)
        os.close(answers)
        _reap(child)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
    os.setsid()
    for folder in orders["folders"]:
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError:  # beside data, where only the grader makes folders
            pass
    np.random.seed()  # Python's own generator does so by itself


def _close_all_but(*descriptors: int) -> None:
    """Close what the server may have open: two notebooks that share a file could talk through it."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) not in descriptors:
            try:
                os.close(int(name))
            except OSError:  # the one that was open for this list
                pass


def _tell(life: socket.socket, text: str) -> bool:
    """Tell the grader what becomes of a notebook; False if it no longer wants to know."""
    try:
        life.send(text.encode()[:1000])
        return True
    except OSError:
        return False


def _keep(init: int, life: socket.socket) -> NoReturn:
    """Wait for a notebook's end, and say how it ended: its exit status, or 128 and the signal's number."""
    _, status = os.waitpid(init, 0)
    code = os.waitstatus_to_exitcode(status)
    _tell(life, f"ended {code if code >= 0 else 128 - code}")
    os._exit(0)


def _reap(child: int) -> NoReturn:
    """As process 1, wait for everything that ends, and end with the notebook, and all it started with it."""
    while True:
        process, status = os.wait()
        if process == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def _furnish(files: str, orders: dict[str, Any]) -> None:
    """File systems of the notebook's own: its processes, terminals, scratch folders, and the hand-in's files."""
    quiet = MS_NOSUID | MS_NODEV
    home, inbox, staging = orders["home"], orders["inbox"], orders["staging"]
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    _mount("proc", "/proc", "proc", quiet | MS_NOEXEC)
    for name in COVERED:
        if os.path.exists(f"/proc/{name}"):
            _bind_to_read(f"/proc/{name}", f"/proc/{name}")
    _mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620")
    for folder in orders["writable"]:
        _mount("tmpfs", staging, "tmpfs", quiet, f"size={orders['size']},mode=0777")
        for kept in orders["kept"][folder]:  # data, or Python itself, may lie below a folder that is made anew
            place = staging + kept[len(folder) :]
            _make_place(place, os.path.isdir(kept))
            _mount(kept, place, None, MS_BIND | MS_REC)
        _mount(staging, folder, None, MS_MOVE)
    work = os.path.join(home, "work")
    os.mkdir(work)
    os.chmod(work, 0o777)
    for name in os.listdir(os.path.join(inbox, files)):
        _make_place(os.path.join(work, name), False)
        _bind_to_read(os.path.join(inbox, files, name), os.path.join(work, name))
    _mount("tmpfs", inbox, "tmpfs", quiet | MS_RDONLY, "size=4k")


def _folders_made(home: str, kept: list[str]) -> list[str]:
    """Folders that the libraries have made for themselves while they were imported: what is mounted is not theirs."""
    folders = []
    for folder, inside, _ in os.walk(home):
        inside[:] = [name for name in inside if os.path.join(folder, name) not in kept]
        folders.append(folder)
    return folders


def _make_place(path: str, folder: bool) -> None:
    os.makedirs(path if folder else os.path.dirname(path), exist_ok=True)
    if not folder:
        os.close(os.open(path, os.O_CREAT, 0o644))


def _bind_to_read(source: str, target: str) -> None:
    _mount(source, target, None, MS_BIND)
    _mount("none", target, None, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV)


def _mounted_below(folder: str) -> list[str]:
    """What is mounted on places inside a folder, without what is mounted inside these again."""
    mounts = []  # number, the number of the one it is mounted in, place
    with open("/proc/self/mountinfo", "rb") as file:
        for line in file:
            number, outer, _, _, place, *_ = line.split()
            path = PIECES.sub(lambda piece: bytes([int(piece[1], 8)]), place)
            mounts.append((number, outer, os.fsdecode(path)))
    numbers = {number for number, _, place in mounts if place == folder}
    return [place for _, outer, place in mounts if outer in numbers]


def _mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    def text(value: str | None) -> bytes | None:
        return None if value is None else os.fsencode(value)

    _check(_libc.mount(text(source), text(target), text(kind), ctypes.c_ulong(flags), text(data)), f"mount {target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        raise OSError(f"{what}: {os.strerror(ctypes.get_errno())}")
