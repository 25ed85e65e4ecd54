"""Notebooks that are forked from one warm process: each is as confined as one that was started, and knows no other."""

import os
import signal
import subprocess
import sys
import time

import pytest

from autograder.course import Course
from autograder.sandbox import starting
from autograder.sandbox.isolation import WRITABLE, strict_works
from autograder.sandbox.process import Sandbox
from autograder.sandbox.proxy import OutOfReach
from autograder.sandbox.starting import Forked, ForkServer, Started
from autograder.settings import Settings

pytestmark = pytest.mark.skipif(strict_works() is not None, reason=f"no level strict: {strict_works()}")


SETTINGS = Course.find().settings


def told(sandbox, source):
    """What a cell prints."""
    ran = sandbox.run(source)
    assert ran.succeeded, ran.outputs
    return "".join(output.get("text", "") for output in ran.outputs)


TRACES = f"""
import builtins, os, random, socket, sys, threading
import numpy as np
import cs231n_utils.checks
for folder in {WRITABLE + ("/home/student/work",)!r}:
    open(os.path.join(folder, 'trace'), 'w').write('secret')
os.environ['TRACE'] = builtins.trace = np.trace_left = cs231n_utils.checks.trace = 'secret'
sys.path.append('/trace')
np.random.seed(1), random.seed(1)
held = socket.socket(socket.AF_UNIX)
held.bind('\\0trace')
held.listen()
os.umask(0)
threading.Thread(target=lambda: __import__('time').sleep(300), daemon=True).start()
master, slave = os.openpty()
"""

FOUND = f"""
import builtins, os, random, socket, sys, threading
import numpy as np
import cs231n_utils.checks
found = [folder for folder in {WRITABLE + ("/home/student/work",)!r} if os.path.exists(os.path.join(folder, 'trace'))]
found += [name for name in ('TRACE',) if name in os.environ]
found += [name for thing in (builtins, np, cs231n_utils.checks) for name in ('trace_left',) if hasattr(thing, name)]
found += [str(thing) for thing in (builtins, cs231n_utils.checks) if hasattr(thing, 'trace')]
found += [path for path in sys.path if 'trace' in path]
try:
    socket.socket(socket.AF_UNIX).connect('\\0trace')
    found.append('socket')
except OSError:
    pass
found += [] if threading.active_count() == 1 else ['thread']
found += [name for name in os.listdir('/dev/pts') if name.isdigit()]
found += ['umask'] if os.umask(0o22) == 0 else []
print(found)
"""


def test_a_notebook_is_forked():
    with Sandbox() as sandbox:
        assert isinstance(sandbox.process, Forked)


def test_nothing_passes_from_one_notebook_to_the_next():
    with Sandbox(settings=SETTINGS) as one:
        assert told(one, "print([], end='')") == told(one, FOUND).strip() == "[]"
        told(one, TRACES)
        assert len(told(one, FOUND)) > 100  # a trace that nobody finds would prove nothing
    with Sandbox(settings=SETTINGS) as another:
        assert isinstance(another.process, Forked) and told(another, FOUND) == "[]\n"


def test_notebooks_that_run_at_the_same_time_cannot_reach_each_other():
    numbers = "import os\nprint(os.getpid(), sorted(int(name) for name in os.listdir('/proc') if name.isdigit()))"
    with Sandbox(settings=SETTINGS) as one, Sandbox(settings=SETTINGS) as another:
        told(one, TRACES)
        assert told(another, FOUND) == "[]\n"
        assert told(one, numbers) == told(another, numbers) == "2 [1, 2]\n"
        told(
            one,
            "import signal\nfor number in range(20, 400):\n    try:\n        os.kill(number, signal.SIGKILL)\n"
            "    except OSError:\n        pass",
        )
        assert told(another, "print('alive')") == "alive\n"


def test_each_has_random_numbers_of_its_own():
    def drawn():
        with Sandbox() as sandbox:
            return told(sandbox, "import random\nimport numpy as np\nprint(np.random.rand(), random.random())").split()

    assert len({*drawn(), *drawn()}) == 4


OPEN = """
import os
kinds = []
for descriptor in sorted(map(int, os.listdir('/proc/self/fd'))):
    try:
        kinds.append(os.readlink(f'/proc/self/fd/{descriptor}').split(':')[0])
    except OSError:  # the one that was open for this list
        pass
print(kinds)
"""


def test_it_holds_nothing_open_but_its_two_pipes():
    with Sandbox() as sandbox:
        assert told(sandbox, OPEN) == "['/dev/null', '/dev/null', '/dev/null', 'pipe', 'pipe']\n"


def test_process_1_of_its_namespace_can_be_neither_read_nor_ended():
    with Sandbox() as sandbox:
        ran = sandbox.run("open('/proc/1/mem', 'r+b')\nopen('/proc/1/environ').read()", go_on=True)
        assert [failure.type_name for failure in ran.failures] == ["PermissionError"] * 2
        told(
            sandbox,
            "import os, signal\nfor number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGSEGV):\n"
            "    os.kill(1, number)",
        )
        assert told(sandbox, "print('alive')") == "alive\n"


def test_its_files_are_its_own_and_to_read_only(tmp_path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "theirs").write_text("theirs")
    look = (
        "import os\nprint(os.listdir('.'), os.access('/run/inbox', os.R_OK) and os.listdir('/run/inbox'),\n"
        "      open(os.listdir('.')[0]).read())"
    )
    nothing = False if os.getuid() == 0 else []  # another user may not even look
    with Sandbox({"net €.npz": tmp_path / "mine"}) as one, Sandbox({"other": tmp_path / "theirs"}) as another:
        assert (
            told(one, look) == f"['net €.npz'] {nothing} mine\n"
            and told(another, look) == f"['other'] {nothing} theirs\n"
        )
        assert "Read-only" in one.run("open('net €.npz', 'w')").failures[0].message


def test_data_below_a_scratch_folder_is_still_there(tmp_path, monkeypatch):
    data = tmp_path / "dåta, 1 2"
    data.mkdir()
    (data / "images").write_text("pixels")
    assert str(data).startswith("/tmp")
    monkeypatch.setenv("IMAGES", str(data))
    with Sandbox(settings=Settings(data=("IMAGES",))) as sandbox:
        assert isinstance(sandbox.process, Forked)
        assert told(
            sandbox, "import os\nprint(open(os.environ['IMAGES'] + '/images').read(), os.listdir('/tmp'))"
        ).startswith("pixels ")
        assert "Read-only" in sandbox.run("open(os.environ['IMAGES'] + '/images', 'w')").failures[0].message


@pytest.mark.parametrize("cell", ["while True: pass", "time.sleep(600)", "os.fork() or os.setsid()\nwhile True: pass"])
def test_whatever_it_does_it_ends_with_all_that_it_has_started(cell):
    with Sandbox() as sandbox:
        told(sandbox, "import os, subprocess, time\nsubprocess.Popen(['sleep', '600'], start_new_session=True)")
        family = [_parent(sandbox.process.pid), *_family(sandbox.process.pid)]
        assert len(family) == 4  # the keeper, process 1, the notebook, and its child
        sandbox.seconds = 0.3
        with pytest.raises(OutOfReach, match="did not finish"):
            sandbox.run(cell)
        assert not any(map(_alive, family[1:]))
    assert _soon_over(family)


def _soon_over(family):
    deadline = time.monotonic() + 20
    while any(map(_alive, family)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(_alive, family))


def _parent(process):
    with open(f"/proc/{process}/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])


def _alive(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _family(process):
    with open(f"/proc/{process}/task/{process}/children") as file:
        return [process, *(member for child in file.read().split() for member in _family(int(child)))]


def test_a_server_that_is_gone_is_started_again():
    with Sandbox() as sandbox:
        first = ForkServer.running(Settings())
    first._process.kill()
    first._process.wait()
    with Sandbox() as sandbox:
        assert isinstance(sandbox.process, Forked) and ForkServer.running(Settings()) is not first


def test_where_forking_is_refused_each_notebook_is_started_and_doctor_says_why(monkeypatch):
    monkeypatch.setattr(ForkServer, "_running", {})
    monkeypatch.setattr(starting, "fork_orders", lambda settings: {**orders(settings), "staging": "/nowhere"})
    for _ in range(2):
        with Sandbox() as sandbox:
            assert isinstance(sandbox.process, Started) and told(sandbox, "print(1)") == "1\n"
    assert starting.why_not_forked() == "mount /nowhere: No such file or directory"


orders = starting.fork_orders


def test_a_limit_that_cannot_be_had_is_a_refusal_and_no_looser_sandbox(monkeypatch):
    monkeypatch.setattr(ForkServer, "_running", {})
    monkeypatch.setattr(
        starting, "limits", lambda level, forked=False: {**limits(level, forked), "files": -5 if forked else 256}
    )
    with Sandbox() as sandbox:
        assert isinstance(sandbox.process, Started)
    assert "a limit on files cannot be had" in starting.why_not_forked()


limits = starting.limits


def test_it_ends_with_the_grader(tmp_path):
    source = (
        "import os, signal, threading, time\nfrom autograder.sandbox.process import Sandbox\n"
        "from autograder.sandbox.starting import ForkServer\nsandbox = Sandbox()\n"
        "threading.Thread(target=sandbox.run, args=['while True: pass'], daemon=True).start()\n"
        "(server,) = ForkServer._running.values()\nprint(server._process.pid, sandbox.process.pid, flush=True)\n"
        "time.sleep(0.3)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, env=environment)
    processes = list(map(int, ran.stdout.split()))
    assert ran.returncode == -signal.SIGKILL and len(processes) == 2 and _soon_over(processes)
