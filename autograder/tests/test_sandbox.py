"""Cells run as in Jupyter, and whatever a cell does, the grader goes on."""

import os
import time
from pathlib import Path

import pytest

from autograder.code import OutOfReach, StudentError, run_probe
from autograder.isolation import MEMORY_FILES, strict_works
from autograder.sandbox import Sandbox

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(seconds=30) as sandbox:
        yield sandbox


@pytest.fixture
def fresh():
    with Sandbox(seconds=20) as sandbox:
        yield sandbox


strict = pytest.mark.skipif(strict_works() is not None, reason=f"no level strict: {strict_works()}")


def text(outputs, name):
    return "".join(output["text"] for output in outputs if output.get("name") == name)


# As in Jupyter

def test_the_last_expression_is_shown(sandbox):
    outputs, succeeded, _ = sandbox.run("x = 3\nx + 1")
    assert succeeded
    (output,) = outputs
    assert output["output_type"] == "execute_result" and output["data"] == {"text/plain": "4"}
    assert isinstance(output["execution_count"], int)


def test_a_statement_shows_nothing_and_names_stay(sandbox):
    assert sandbox.run("kept = 5") == sandbox.run("kept;") == ([], True, [])


def test_stdout_and_stderr_are_kept_apart(sandbox):
    outputs, *_ = sandbox.run("import sys\nprint('out')\nprint('err', file=sys.stderr)\nprint('more')")
    assert [(output["name"], output["text"]) for output in outputs] == [
        ("stdout", "out\n"), ("stderr", "err\n"), ("stdout", "more\n")]


def test_warnings_go_to_stderr(sandbox):
    outputs, succeeded, _ = sandbox.run("import warnings\nwarnings.warn('careful')")
    assert succeeded and "careful" in text(outputs, "stderr") and not text(outputs, "stdout")


def test_an_inline_figure_is_a_picture(sandbox):
    outputs, succeeded, _ = sandbox.run("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert succeeded and len(pictures) == 1
    assert pictures[0]["output_type"] == "display_data" and pictures[0]["data"]["image/png"].startswith("iVBORw0KGgo")


def test_a_figure_without_show_is_a_picture_too(sandbox):
    outputs, *_ = sandbox.run("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);")
    assert any("image/png" in output.get("data", {}) for output in outputs)


def test_magics_and_await(sandbox):
    outputs, succeeded, _ = sandbox.run("import asyncio\nawait asyncio.sleep(0)\n%time y = 1\nprint(y)")
    assert succeeded and text(outputs, "stdout").endswith("1\n")


def test_an_exception_is_an_error_output_and_the_notebook_goes_on(sandbox):
    outputs, succeeded, _ = sandbox.run("print('before')\n1 / 0")
    assert not succeeded
    assert outputs[0]["text"] == "before\n"
    assert outputs[1]["output_type"] == "error" and outputs[1]["ename"] == "ZeroDivisionError"
    assert "division by zero" in outputs[1]["evalue"] and not any("\x1b" in line for line in outputs[1]["traceback"])
    assert sandbox.run("1 + 1")[1]


def test_a_syntax_error(sandbox):
    outputs, succeeded, _ = sandbox.run("def f(:\n    pass")
    assert not succeeded and outputs[-1]["ename"] == "SyntaxError"


def test_output_is_cut_with_a_note(sandbox):
    outputs, succeeded, _ = sandbox.run("for i in range(100_000):\n    print('line', i)")
    assert succeeded
    kept = text(outputs, "stdout")
    assert kept.startswith("line 0\nline 1\n") and kept.endswith("... the rest of this cell's output was cut ...\n")
    assert len(kept) < 21_000
    assert text(sandbox.run("print('next')")[0], "stdout") == "next\n"


def test_one_long_text_is_cut_too(sandbox):
    assert 20_000 < len(text(sandbox.run("print('x' * 10**6)")[0], "stdout")) < 21_000
    (output,) = sandbox.run("'x' * 10**6")[0]
    assert len(output["data"]["text/plain"]) <= 20_000


def test_shell_commands_are_not_run(sandbox):
    outputs, *_ = sandbox.run("!touch made-by-the-shell")
    assert "not run" in text(outputs, "stdout") and not (sandbox.scratch / "made-by-the-shell").exists()


def test_there_is_nobody_to_ask(sandbox):
    outputs, succeeded, _ = sandbox.run("input('your name? ')")
    assert not succeeded and outputs[-1]["ename"] in ("EOFError", "StdinNotImplementedError")


@pytest.mark.parametrize("source", ["import sys; sys.exit(0)", "raise SystemExit", "raise KeyboardInterrupt"])
def test_an_exit_ends_the_cell_alone(sandbox, source):
    assert not sandbox.run(source)[1]
    assert text(sandbox.run("print('still here')")[0], "stdout") == "still here\n"


def test_the_notebook_is_the_main_module_and_sees_no_arguments(sandbox):
    outputs, *_ = sandbox.run("import sys\nprint(__name__, sys.argv[1:], [p for p in sys.path if 'autograder' in p])")
    assert text(outputs, "stdout") == "__main__ [] []\n"


def test_text_that_is_no_utf8_is_shown_somehow(sandbox):
    outputs, succeeded, _ = sandbox.run("print('before')\nprint('\\ud800')")
    assert succeeded and "before" in text(outputs, "stdout")


# Accidents and mischief

def test_an_endless_loop_ends_at_the_deadline():
    began = time.monotonic()
    with Sandbox() as sandbox:
        sandbox.seconds = 0.5
        with pytest.raises(OutOfReach, match=r"did not finish within 0\.5 seconds"):
            sandbox.run("while True:\n    pass")
        assert sandbox.process.poll() is not None
        with pytest.raises(OutOfReach):
            sandbox.run("1")
    assert time.monotonic() - began < 10


def test_an_endless_loop_in_a_probe_ends_too(fresh):
    fresh.run("def forever(x):\n    while True:\n        pass")
    fresh.seconds = 0.5
    with pytest.raises(OutOfReach, match="endless loop"):
        run_probe(lambda code: code.forever(1), fresh)


@pytest.mark.parametrize("source, sentence", [
    ("import os; os._exit(0)", "ended by itself"), ("import ctypes; ctypes.string_at(0)", "killed by SIGSEGV"),
    ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL"),
    ("import os; os.closerange(3, 64)", "ended by itself|makes no sense")])
def test_a_crash_is_told_in_a_sentence(fresh, source, sentence):
    with pytest.raises(OutOfReach, match=sentence):
        fresh.run(source)


PIPES = """
import os, stat, struct, sys
def is_pipe(fd):
    try:
        return stat.S_ISFIFO(os.fstat(fd).st_mode)
    except OSError:
        return False
pipes = [fd for fd in range(3, 64) if is_pipe(fd)]
def answer(data):
    for fd in pipes:
        try:
            os.write(fd, data)
        except OSError:
            pass
def frame(data):
    answer(struct.pack('<Q', len(data)) + data)
"""


@pytest.mark.parametrize("source", [
    "answer(b'x' * 64)", "answer(b'\\xff' * 8)", "frame(b'\\xc1')", "frame(b'')", "frame(b'\\x93\\xa2ok\\x01\\x02')",
    "frame(b'\\x01')", "frame(b'\\x92\\xa5maybe\\x01')", "answer(struct.pack('<Q', 50) + b'short'); os._exit(0)"])
def test_garbage_in_the_answer_pipe_ends_the_process(fresh, source):
    fresh.run(PIPES)
    with pytest.raises(OutOfReach, match="makes no sense|more than the limit|ended by itself"):
        fresh.run(source)
    with pytest.raises(OutOfReach):
        fresh.run("1")


def test_an_answer_that_stops_half_way_meets_the_deadline(fresh):
    fresh.run(PIPES)
    fresh.seconds = 1.0
    with pytest.raises(OutOfReach, match="did not finish"):
        fresh.run("import time\nanswer(struct.pack('<Q', 10**6) + b'short')\ntime.sleep(60)")


@pytest.mark.parametrize("source", [
    "frame(b'\\x92\\x91\\x01\\x02')",  # [[1], 2]: the first part should be a word
    "frame(b'\\x92\\xa2ok\\x05')",  # ["ok", 5]: a cell's answer should be a pair
    "frame(b'\\x92\\xa2ok\\x92\\x05\\xc3')",  # ["ok", [5, true]]: and its outputs a list
])
def test_a_forged_answer_to_a_cell_is_out_of_reach(fresh, source):
    fresh.run(PIPES)
    with pytest.raises((OutOfReach, StudentError)):
        outputs, *_ = fresh.run(source)
        assert all(isinstance(output, dict) for output in outputs)


def test_an_exception_whose_text_fails(fresh):
    fresh.run("class Odd(Exception):\n    def __str__(self):\n        raise ValueError\n"
              "def odd():\n    raise Odd()")
    assert run_probe(lambda code: code.odd(), fresh).error.type_name == "Odd"


def test_an_answer_beyond_the_limit_is_an_error_of_the_student(fresh):
    fresh.run("import numpy as np\ndef huge():\n    return np.zeros(2**24)")
    assert "larger than the limit" in str(run_probe(lambda code: code.huge(), fresh).error)
    assert fresh.run("1")[1]


# What it leaves behind, and what it sees

def sleepers(seconds):
    """Numbers of the processes on this machine that run `sleep seconds`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().split(b"\0")[:2] == [b"sleep", seconds.encode()]:
                found.append(int(path.parent.name))
        except OSError:
            pass
    return found


# At level process a child in a session of its own is not found: level strict is for that.
@pytest.mark.parametrize("level, options", [("strict", ""), ("strict", ", start_new_session=True"), ("process", "")])
def test_child_processes_are_killed(level, options):
    if level == "strict" and strict_works() is not None:
        pytest.skip(f"no level strict: {strict_works()}")
    seconds = f"60.{os.getpid()}{len(level)}{len(options)}"
    with Sandbox(level=level) as sandbox:
        sandbox.run(f"import subprocess\nsubprocess.Popen(['sleep', '{seconds}']{options})")
        assert soon(lambda: sleepers(seconds)), "the child should run first"
    assert soon(lambda: not sleepers(seconds))


def soon(condition):
    """Whether something becomes true within five seconds."""
    deadline = time.monotonic() + 5
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_the_scratch_folder_is_removed_with_what_is_in_it(tmp_path):
    (tmp_path / "net.npz").write_bytes(b"weights")
    with Sandbox({"net.npz": tmp_path / "net.npz"}) as sandbox:
        outputs, *_ = sandbox.run("import os\nopen('made', 'w').close()\nos.makedirs('a/b')\nprint(sorted(os.listdir('.')))")
        assert "'made'" in text(outputs, "stdout") and "'net.npz'" in text(outputs, "stdout")
        scratch = sandbox.scratch
        assert scratch.exists()
    assert not scratch.exists() and (tmp_path / "net.npz").exists()


def test_nothing_is_left_open():
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(2):
        with Sandbox() as sandbox:
            sandbox.run("1")
    assert len(os.listdir("/proc/self/fd")) == before


@strict
def test_the_environment_is_bare(monkeypatch):
    monkeypatch.setenv("COURSE_TOKEN", "hush")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    with Sandbox() as sandbox:
        outputs, *_ = sandbox.run("import os\nprint(sorted(os.environ), 'hush' in str(os.environ))\nprint(os.environ['HOME'])")
        shown = text(outputs, "stdout")
        assert "COURSE_TOKEN" not in shown and "PYTHONPATH" not in shown and "hush" not in shown.replace("'hush'", "")
        assert " False\n" in shown and shown.endswith("/home/student\n")


@strict
def test_it_has_a_user_namespace_of_its_own_and_no_capability():
    with Sandbox(level="strict") as sandbox:
        outputs, *_ = sandbox.run("import os\nprint(os.readlink('/proc/self/ns/user'), os.getuid() == 0)\n"
                                 "print({line.split()[1] for line in open('/proc/self/status')\n"
                                 "       if line.startswith(('CapInh', 'CapPrm', 'CapEff', 'CapAmb'))})")
    own, root, capabilities = text(outputs, "stdout").split()
    assert own.startswith("user:") and own != os.readlink("/proc/self/ns/user") and root == "False"
    assert capabilities == "{'0000000000000000'}"


@strict
def test_the_answer_key_is_out_of_reach(sandbox):
    path = ROOT / "solutions" / "two_layer_net" / "layers.ipynb"
    assert path.is_file()
    outputs, succeeded, _ = sandbox.run(f"print('BEGIN SOLUTION' in open({str(path)!r}).read())")
    assert not succeeded or "True" not in text(outputs, "stdout")


@strict
def test_the_grader_is_not_importable(sandbox):
    assert not sandbox.run("import autograder.misconceptions")[1]


@strict
def test_memory_of_all_processes_together_is_limited(monkeypatch):
    monkeypatch.setattr("autograder.sandbox.MEMORY_BYTES", MEMORY_FILES + 400 * 2**20)
    hold = "import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', 'x = b\"1\" * (150 << 20); import time; time.sleep(30)'])"
    with Sandbox(seconds=20) as sandbox:
        for _ in range(3):
            sandbox.run(hold)
        with pytest.raises(OutOfReach, match="GiB of memory"):
            sandbox.run("time.sleep(15)")
