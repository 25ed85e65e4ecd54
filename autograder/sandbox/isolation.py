"""How a graded process is isolated: three levels, and which of them this machine has.

*strict*: bubblewrap gives it a file system with Python, the course's helper package and data to read and a small
scratch folder to write, no network, and process numbers of its own, in addition to everything in level *process*.
*user*: for a container that belongs to one hand-in and has no namespaces. The grader is root there, and the graded
process another user, to whom the course's folder is closed. *process*: limits, a filter on system calls, a bare
environment and a scratch folder, but the same files to read as whoever runs the grader: for your own work, or that of
people you trust.
"""

from __future__ import annotations

import os
import resource
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from autograder.settings import CourseError, Settings

LEVELS = ("strict", "user", "process")
PACKAGE = Path(__file__).parents[1]
WORKER = PACKAGE / "sandbox" / "worker"
HOME = Path("/home/student")
SCRATCH_BYTES = 256 * 2**20
WRITABLE = ("/dev/shm", "/tmp", str(HOME))  # file systems in memory
MEMORY_FILES = len(WRITABLE) * SCRATCH_BYTES
NOTEBOOK, INBOX, STAGING = Path("/run/notebook"), Path("/run/inbox"), Path("/run/staging")  # inside
PROCESSES = 64
INSTALL_AGAIN = f"`{sys.executable} -m pip check` says if something is missing; if not, install autograder again"
USERS = range(61_000, 65_000)


@dataclass(frozen=True)
class Launch:
    """How to start a worker: the command without the worker's own arguments, and the folder it works in."""

    command: list[str]
    folder: Path
    environment: dict[str, str]


def launch(level: str, scratch: Path, settings: Settings) -> Launch:
    """What starts a worker at a level.

    Parameters
    ----------
    level : {"strict", "user", "process"}
    scratch : Path
        An existing folder with the hand-in's files, which it may write to at the levels below "strict".
    settings : Settings
        The course's: its helper package and its data may be read.
    """
    if level != "strict":
        return Launch([sys.executable, "-P", str(WORKER)], scratch, _environment(scratch, settings))
    inside = HOME / "work"
    command = [_bubblewrap() or "bwrap", *_namespaces(), *_file_system(settings), "--chdir", str(inside)]
    for path in sorted(scratch.iterdir()):
        command[-2:-2] = ["--ro-bind", str(path), str(inside / path.name)]
    return Launch([*command, "--", sys.executable, "-P", str(NOTEBOOK)], scratch, _environment(HOME, settings))


def launch_fork_server(inbox: Path, settings: Settings) -> Launch:
    """What starts a fork server, see `autograder.sandbox.worker.forking`.

    Parameters
    ----------
    inbox : Path
        An existing folder for the files of hand-ins, of which each notebook gets to see its own.
    """
    command = [_bubblewrap() or "bwrap", *_namespaces(forks=True), *_file_system(settings)]
    command[-2:-2] = ["--dir", str(STAGING), "--ro-bind", str(inbox), str(INBOX)]
    return Launch([*command, "--", sys.executable, "-P", str(NOTEBOOK)], inbox, _environment(HOME, settings))


def fork_orders(settings: Settings) -> dict[str, object]:
    """What a fork server has to know, as `autograder.sandbox.worker.forking` takes it."""
    package = settings.helper_folder()
    paths = [path.relative_to(package.parent).with_suffix("") for path in settings.helper_modules()] if package else []
    names = [".".join(path.parts).removesuffix(".__init__") for path in paths if path.name != "__main__"]
    return {
        "modules": [*(("matplotlib.pyplot", "matplotlib_inline.backend_inline") if settings.draws() else ()), *names],
        "home": str(HOME),
        "writable": WRITABLE,
        "size": SCRATCH_BYTES,
        "inbox": str(INBOX),
        "staging": str(STAGING),
    }


def limits(level: str, forked: bool = False) -> dict[str, object]:
    """The limits of a worker, as `autograder.sandbox.worker.confine` takes them.

    Parameters
    ----------
    forked : bool
        Whether a fork server forks it: that has a privilege, which is left behind in its user namespace.
    """
    user = user_of_jobs() if _may_change_user() and level != "process" else None
    # A process namespace holds only its own children, and a pool of processes ends those by signals.
    return {
        "memory": 4 * 2**30,
        "cpu": 300,
        "files": 256,
        "file_size": SCRATCH_BYTES,
        "user": user,
        "alone": level == "strict" and (user is not None or forked),
        "processes": PROCESSES if user is not None else _processes_now() + PROCESSES,
        "signals": level == "strict",
    }


def user_of_jobs() -> int:
    """The user that this process, if it is root, starts graded processes as.

    Each job has its own, so that neither files nor limits on processes are shared.
    """
    return USERS[os.getpid() % len(USERS)]


def _may_change_user() -> bool:
    """Whether this is root, on a system that has other users: a container may have root alone."""
    if os.geteuid() != 0:
        return False
    ranges = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    return any(first <= USERS.start and USERS.stop <= first + count for first, _, count in ranges)


def _namespaces(forks: bool = False) -> list[str]:
    """What a worker has for itself; one that forks others, each into namespaces of its own, may make these."""
    spaces = [
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
        "--unshare-uts",
        "--unshare-cgroup-try",
        "--hostname",
        "localhost",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        *(["--cap-add", "CAP_SYS_ADMIN"] if forks else []),
    ]
    if _may_change_user():
        # A user namespace that root makes holds one user, root. Changing to another user before the first line of
        # a hand-in leaves it with less: no capabilities, no access to root's files, and limits that apply.
        return [*spaces, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return [*spaces, "--unshare-user", *([] if forks else ["--disable-userns"])]


def _file_system(settings: Settings) -> list[str]:
    """Read-only views of what Python needs, and a scratch folder of limited size."""
    # Later mounts cover earlier ones: first what is empty, then what is shown, then what is hidden again.
    arguments = ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    arguments += ["--ro-bind", "/dev/null", "/dev/zero"]  # which can be mapped as memory that counts as no process's
    for folder in WRITABLE:
        arguments += ["--perms", "0777", "--size", str(SCRATCH_BYTES), "--tmpfs", folder]
    arguments += ["--perms", "0777", "--dir", str(HOME / "work")]
    bound = [Path("/usr"), Path(sys.base_prefix), Path(sys.prefix), Path(sys.executable).resolve().parent]
    bound += [Path(path) for path in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/fonts")]
    for folder in ("/bin", "/sbin", "/lib", "/lib32", "/lib64"):
        if os.path.islink(folder):
            arguments += ["--symlink", os.readlink(folder), folder]
        else:
            bound.append(Path(folder))
    bound += _library_folders(settings)
    package = settings.helper_folder()
    for parent in sorted(
        {parent for path in [*bound, *([package] if package else [])] for parent in path.parents} - {Path("/")}
    ):
        arguments += ["--perms", "0755", "--dir", str(parent)]  # otherwise bubblewrap makes it, readable by root only
    for path in bound:
        if path.exists():
            arguments += ["--ro-bind", str(path), str(path)]
    if any(PACKAGE.is_relative_to(path) for path in bound):
        # The grader itself is among the installed packages.
        arguments += ["--tmpfs", str(PACKAGE), "--remount-ro", str(PACKAGE)]
    for path, place in [*([(package, package)] if package else []), (WORKER, NOTEBOOK)]:
        arguments += ["--ro-bind", str(path), str(place)]
    for outside, inside in settings.data_folders().items():
        arguments += ["--ro-bind", str(outside), str(HOME / inside)]  # an absolute path stays as it is
    # The folders made above belong to whoever grades, and there is no limit on the memory that they use.
    return [*arguments, "--remount-ro", "/"]


def _environment(home: Path, settings: Settings) -> dict[str, str]:
    """Just what Python needs; one thread each, since notebooks are graded side by side."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    # The home directory is another one inside.
    kept |= {name: os.path.expanduser(os.environ[name]) for name in settings.data if name in os.environ}
    if package := settings.helper_folder():
        kept["PYTHONPATH"] = str(package.parent)
    if libraries := _library_folders(settings):
        kept["LD_LIBRARY_PATH"] = os.pathsep.join(map(str, libraries))
    return kept | {
        "HOME": str(home),
        "IPYTHONDIR": str(home / ".ipython"),
        "MPLCONFIGDIR": str(home / ".matplotlib"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
    }


def _library_folders(settings: Settings) -> list[Path]:
    """Where this process's own libraries may be, on a system of modules: the folders in LD_LIBRARY_PATH.

    A folder that holds the course or the home directory of whoever grades is left out: a hand-in could read it all.
    """
    folders = [Path(path) for path in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep) if os.path.isabs(path)]
    held = [settings.solutions.resolve(), Path.home().resolve()]
    return [
        folder
        for folder in folders
        if folder.is_dir() and not any(one.is_relative_to(folder.resolve()) for one in held)
    ]


def _processes_now() -> int:
    """How many processes and threads this user has: the limit on processes counts all of them."""
    count, user = 0, os.getuid()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if path.stat().st_uid == user:
                count += len(os.listdir(path / "task"))
        except OSError:
            pass
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    return count if hard == resource.RLIM_INFINITY else min(count, max(hard - PROCESSES, 0))


def _bubblewrap() -> str | None:
    return shutil.which("bwrap")


@lru_cache(maxsize=1)
def strict_works() -> str | None:
    """Why level strict is not available here, in a sentence; None if it is."""
    if sys.platform != "linux":
        return "level strict needs Linux; other systems have no namespaces"
    if _bubblewrap() is None:
        return "bubblewrap is not installed (on Debian and Ubuntu: apt install bubblewrap)"
    trial = subprocess.run(
        [_bubblewrap() or "bwrap", *_namespaces(), *_file_system(Settings()), "--", sys.executable, "-P", "-c", ""],
        capture_output=True,
        text=True,
        env=_environment(HOME, Settings()),
    )
    if trial.returncode == 0:
        return None
    why = trial.stderr.strip().splitlines()[-1:] or [f"exit status {trial.returncode}"]
    return f"bubblewrap cannot make a sandbox here: {why[0]}"


@lru_cache(maxsize=1)
def user_works() -> str | None:
    """Why level user is not available here, in a sentence; None if it is."""
    if sys.platform != "linux" or not _may_change_user():
        return "level user needs Linux and a grader that is root, as in a container"
    try:
        trial = subprocess.run(
            [sys.executable, "-P", "-c", "import IPython"],
            capture_output=True,
            text=True,
            env=_environment(HOME, Settings()),
            user=user_of_jobs(),
            group=user_of_jobs(),
            extra_groups=[],
            cwd="/",
        )
    except (OSError, subprocess.SubprocessError) as error:  # root without the right to change, or a closed Python
        return f"another user cannot run {sys.executable} here: {error}"
    if trial.returncode == 0:
        return None
    why = trial.stderr.strip().splitlines()[-1:] or [f"exit status {trial.returncode}"]
    return f"another user cannot run {sys.executable} here: {why[0]}"


def is_closed(path: Path) -> bool:
    """Whether ordinary users cannot reach what is in a folder, because it or one above it is closed to them."""
    path = path.resolve()
    return any(not one.stat().st_mode & stat.S_IXOTH for one in (path, *path.parents))


def best_level() -> str:
    """The highest level that this machine has, wherever the course is."""
    return "strict" if strict_works() is None else "process"


def require_level(level: str, settings: Settings) -> None:
    """Refuse to go on if this machine lacks a level or the course's helper package: never fall back silently.

    Raises
    ------
    CourseError
    """
    if level not in LEVELS:
        raise CourseError(f"there is no isolation level {level!r}: choose {' or '.join(LEVELS)}")
    if level == "strict" and (why := strict_works()) is not None:
        raise CourseError(
            f"hand-ins cannot be isolated here: {why}. `autograder doctor` says more; for the work of "
            "people you trust there is --isolation process"
        )
    if level == "user" and (why := user_works()) is not None:
        raise CourseError(f"hand-ins cannot be isolated here: {why}. `autograder doctor` says more")
    if level == "user" and not is_closed(root := settings.solutions.parent):
        raise CourseError(f"at level user the course must be closed to other users: chmod go= {root}")
    if settings.helper and settings.helper_folder() is None:
        raise CourseError(
            f"hand-ins would not find the package {settings.helper}, which is neither installed for {sys.executable} "
            "nor a folder beside solutions/"
        )
