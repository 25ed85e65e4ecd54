"""Where the naive grader meets an attack: inside a sandbox, with everything in reach that a grader has to lose.

Not for use outside a sandbox. `naive` starts it, as `python -m autograder.tests.arena NAME`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import resource
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.course import SECRET_FILE
from autograder.sandbox.isolation import HOME
from autograder.tests import naive_grader
from autograder.tests.active import active
from autograder.tests.attack import Attack, write
from autograder.tests.attacks import ATTACKS

POINTS = {"layers": 22.0, "two_layer_net": 17.0}  # of the check cells in each notebook
SECONDS = 60.0  # for two hand-ins; honest ones take about two, and far longer on a busy machine
# More than this is harm: bytes in memory, processes and threads at a time, bytes in files and in the terminal.
MEMORY, PROCESSES, FILES, FLOOD = 2 * 2**30, 100, 50_000_000, 100_000
RESULTS = ("autograded", "feedback", "grades.csv", "gradebook.db", "gradebook.db-journal")
TERMINAL = Path("/tmp/terminal")
HONEST = [Attack(f"honest-{name}", "", "A hand-in of which everything is right.", notebook=name) for name in POINTS]
STARTER = [Attack(f"starter-{name}", "", "The notebook as it was handed out.", notebook=name) for name in POINTS]


@dataclass(frozen=True)
class Outcome:
    """What became of the naive grader.

    Attributes
    ----------
    percent : float or None
        What the gradebook says of the attacker; None if it says nothing.
    gained : float
        By how much that is more than deserved.
    harm : list of str
        What else happened, in words.
    """

    percent: float | None
    gained: float
    harm: list[str]

    @property
    def kind(self) -> str:
        return "fooled" if self.gained else "harmed" if self.harm else "withstood"


def battle(name: str) -> Outcome:
    """Set up a course, run the naive grader on an attack and a classmate, and see what is left of it all."""
    attack = next(one for one in (*ATTACKS, *HONEST, *STARTER) if one.name == name)
    course, home, mark = HOME / "course", HOME / "home", f"mark{secrets.token_hex(6)}"
    _be_nobody()
    _limit_oneself()
    shutil.copytree(HOME / "work" / "course", course)
    shutil.copytree(HOME / "work" / "home", home)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        if attack not in HONEST:
            starter = json.loads((course / "assignment" / "two_layer_net" / f"{attack.notebook}.ipynb").read_text())
            write(attack, starter, course, home, listener.getsockname()[1], mark)
        before, files = canaries(course, home, RESULTS), _size(course)
        harm = _grade(course, home, attack.notebook, [name, "zz-honest"])
        percents, rest = _gradebook(course)
        deserved = 100.0 if attack in HONEST else 100 * sum(attack.deserves.values()) / POINTS[attack.notebook]
        percent = percents.get(name)
        if percents.get("zz-honest", 100.0) != 100.0:
            harm.append("a classmate lost points")
        if rest:
            harm.append("the gradebook was changed")
        after = canaries(course, home, RESULTS)
        changed = sorted(
            {
                str(path.relative_to(HOME))
                for path in before.keys() | after.keys()
                if before.get(path) != after.get(path)
            },
            key=lambda path: (path.count("/"), path),
        )
        if changed:
            harm.append(
                f"changed {changed[0].replace(mark, 'MARK')}" + (f" and {len(changed) - 1} more" if changed[1:] else "")
            )
        if calls(listener):
            harm.append("reached the network")
    if _size(course) - files > FILES:
        harm.append(f"left {(_size(course) - files) / 1e6:.0f} MB behind")
    if _leaked(course, mark):
        harm.append("a secret goes back to students")
    pages = [path.read_text() for path in (course / "feedback").glob("*/*.html") if path.stat().st_size < 10**7]
    if found := active("\n".join(pages), mark, typeset=True):
        harm.append(f"{found[0]} in a page of feedback")
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", TERMINAL.read_text(errors="replace")):
        harm.append("the terminal obeys it")
    if TERMINAL.stat().st_size > FLOOD:
        harm.append(f"flooded the terminal with {TERMINAL.stat().st_size / 1e3:.0f} kB")
    grades = course / "grades.csv"
    if grades.is_file() and re.search(r'(?m)(^|,)"?[=+@-](?!\d+(\.\d+)?(,|$))', grades.read_text()):
        harm.append("the spreadsheet computes it")
    return Outcome(percent, max(0.0, round((percent or 0.0) - deserved, 1)), harm)


def _grade(course: Path, home: Path, notebook: str, students: list[str]) -> list[str]:
    """Run the naive grader, and watch it; returns what harm can be seen while it runs."""
    harm: list[str] = []
    environment = os.environ | {
        "HOME": str(home),
        "IPYTHONDIR": "/tmp/.ipython",
        "MPLCONFIGDIR": "/tmp/.matplotlib",
        "TMPDIR": "/tmp",
        "PYTHONUSERBASE": str(home / ".local"),
    }
    grader = subprocess.Popen(
        [sys.executable, naive_grader.__file__, str(course), notebook, *students],
        cwd=course,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=TERMINAL.open("wb"),
        start_new_session=True,
    )
    deadline, crowded, hungry = time.monotonic() + SECONDS, False, False
    while grader.poll() is None and time.monotonic() < deadline:
        for pid, (_, memory) in (members := _processes()).items():
            if memory > MEMORY:
                hungry = True
                os.kill(pid, signal.SIGKILL)  # as the kernel does when there is no more
        hungry |= (
            sum(
                segment.split()[3].isdigit() and int(segment.split()[3])
                for segment in Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
            )
            > MEMORY
        )
        crowded |= sum(tasks for tasks, _ in members.values()) > PROCESSES
        time.sleep(0.03)
    if hungry:
        harm.append(f"used up {MEMORY // 2**30} GiB of memory")
    if crowded:
        harm.append(f"started more than {PROCESSES} processes or threads")
    if grader.poll() is None:
        harm.append(f"held everybody up (stopped after {SECONDS:.0f} s)")
    elif grader.returncode:
        harm.append("stopped the batch")
    elif _processes():
        harm.append("left a process behind")
    for pid in _processes():
        os.kill(pid, signal.SIGKILL)
    return harm


def _limit_oneself() -> None:
    """Limits for this process and all it starts, so that no attack can hurt the machine."""
    for kind, limit in (
        (resource.RLIMIT_AS, 12 * 2**30),
        (resource.RLIMIT_CPU, 60),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 400),
        (resource.RLIMIT_NOFILE, 1024),
    ):
        resource.setrlimit(kind, (limit, limit))


def _be_nobody() -> None:
    """Whoever runs this: a limit on processes does nothing for root."""
    if os.geteuid() == 0:
        try:
            os.setgroups([])
            os.setresgid(65_534, 65_534, 65_534)
            os.setresuid(65_534, 65_534, 65_534)
        except OSError:  # root is the only user, as in some containers
            pass


def _processes() -> dict[int, tuple[int, int]]:
    """Threads and bytes of memory, files in memory included, of every process here but bubblewrap's and this one."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (
                int(folder.name) not in (1, os.getpid())
                and (folder / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
            ):
                memory = int((folder / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
                for number in (folder / "fd").iterdir():
                    if os.readlink(number).startswith("/memfd:"):
                        memory += number.stat().st_blocks * 512
                found[int(folder.name)] = len(os.listdir(folder / "task")), memory
        except (OSError, ValueError, IndexError):
            pass
    return found


def _gradebook(course: Path) -> tuple[dict[str, float], bool]:
    """What the gradebook says of the two that were graded, and whether anything else in it was changed."""
    with sqlite3.connect(course / "gradebook.db") as gradebook:
        percents = dict(gradebook.execute("select student, percent from grades"))
        tables = sorted(name for (name,) in gradebook.execute("select name from sqlite_master where type = 'table'"))
    return percents, percents.pop("00-honest", None) != 100.0 or tables != ["base_cell", "grades"]


def _leaked(course: Path, mark: str) -> bool:
    """Whether the secret, a private key or what an attack has marked lies in what goes back to students."""
    words = (
        (course / SECRET_FILE).read_bytes().strip(),
        b"canary-key",
        f"{mark}-leak".encode(),
        f"{mark}_leak".encode(),
    )
    return any(
        word in path.read_bytes()
        for path in (course / "feedback").rglob("*")
        if path.is_file() and path.stat().st_size < 10**6
        for word in words
    )


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


# What there is to lose; `test_attacks` looks at the same for our grader


def home_directory(folder: Path) -> Path:
    """A home directory with something to lose."""
    (folder / ".ssh").mkdir(parents=True)
    (folder / ".ssh" / "id_canary").write_text("canary-key\n")
    (folder / ".bashrc").write_text("# nothing\n")
    (folder / ".local" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages").mkdir(parents=True)
    return folder


def canaries(course: Path, home: Path, results: tuple[str, ...] = ("autograded", ".grading")) -> dict[Path, str]:
    """What every file holds that grading has no business with: all but its results and what Matplotlib keeps."""
    found = {}
    for path in course.rglob("*"):
        if path.relative_to(course).parts[0] not in results:
            found[path] = _content(path)
    for path in home.rglob("*"):
        inside = path.relative_to(home).parts
        if inside[0] != ".cache" and inside[:2] not in ((".config",), (".config", "matplotlib")):
            found[path] = _content(path)
    return found


def _content(path: Path) -> str:
    if path.is_symlink():
        return os.readlink(path)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder or pipe"


def calls(listener: socket.socket) -> int:
    """How many connections wait at a listener that does not block."""
    count = 0
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


if __name__ == "__main__":
    print(json.dumps(asdict(battle(sys.argv[1]))))
