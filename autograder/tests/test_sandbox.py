"""Cells run as in Jupyter, and whatever a cell does, the grader goes on."""

import json
import os
import shutil
import struct
import time
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.sandbox.doctor import LAYERS, holds
from autograder.sandbox.isolation import MEMORY_FILES, strict_works
from autograder.sandbox.process import Failure, Sandbox
from autograder.sandbox.proxy import OutOfReach, OutOfTime, StudentError, run_probe
from autograder.sandbox.worker import wire
from autograder.sandbox.worker.wire import Opaque
from autograder.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(seconds=30) as sandbox:
        yield sandbox


@pytest.fixture
def fresh():
    with Sandbox(seconds=20) as sandbox:
        yield sandbox


@pytest.fixture(params=["forked", "started"])
def either(request):
    with Sandbox(seconds=20, warm=request.param == "forked") as sandbox:
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
        ("stdout", "out\n"),
        ("stderr", "err\n"),
        ("stdout", "more\n"),
    ]


def test_warnings_go_to_stderr(sandbox):
    outputs, succeeded, _ = sandbox.run("import warnings\nwarnings.warn('careful')")
    assert succeeded and "careful" in text(outputs, "stderr") and not text(outputs, "stdout")


def test_an_inline_figure_is_a_picture(sandbox):
    outputs, succeeded, _ = sandbox.run(
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    )
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
    assert "not run" in text(outputs, "stdout") and not (sandbox.process.folder / "made-by-the-shell").exists()


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


# A cell that goes on


@pytest.mark.parametrize(
    "source, shown, lines",
    [
        ("import not_there\nx = 3\nx", "3", ["import not_there"]),
        (
            "\n\n%matplotlib inline\n!pip install \\\n  this\nfrom google.colab import drive\ndrive.mount('/x')\n"
            "%cd /nowhere\n%load_ext not_there\n%no_such_magic 3\nx = 4\nx",
            "4",
            ["from google.colab import drive", "drive.mount('/x')", "%load_ext not_there", "%no_such_magic 3"],
        ),
        (
            "@missing\ndef f():\n    pass\ny = (\n    1 / 0)\nfor i in range(2):\n    print(missing)\nx = 5\nx",
            "5",
            ["@missing", "y = (", "for i in range(2):"],
        ),
        ("a = 1; b = missing; c = 6\nc", "6", ["a = 1; b = missing; c = 6"]),
        ("  import not_there\n  x = 7\n  x", "7", ["import not_there"]),
        ("import asyncio\nawait missing()\nawait asyncio.sleep(0)\nx = 8\nx", "8", ["await missing()"]),
        ("get_ipython().run_cell('1 / 0\\nprint(1)')\nimport not_there\nx = 9\nx", "9", ["import not_there"]),
        ("x = 1\ndef f(:\n    pass", None, ["def f(:"]),
        ("x = 1\nreturn 5\nx", None, ["return 5"]),
        ("import sys\nsys.exit('enough')\nx", None, ["sys.exit('enough')"]),
        ("raise KeyboardInterrupt\nx", None, ["raise KeyboardInterrupt"]),
    ],
)
def test_a_cell_goes_on_behind_a_statement_that_fails(sandbox, source, shown, lines):
    ran = sandbox.run(source, go_on=True)
    assert not ran.succeeded and [failure.line for failure in ran.failures] == lines
    assert [output["data"]["text/plain"] for output in ran.outputs if output["output_type"] == "execute_result"] == (
        [shown] if shown else []
    )
    stopped = sandbox.run(source)
    assert not stopped.succeeded and [failure.line for failure in stopped.failures] == lines[:1]


@pytest.mark.parametrize(
    "magic", ["%%time", "%%capture", "%%capture --no-stderr kept", "\n%%capture\n%%time", "%%prun -q"]
)
def test_a_cell_goes_on_whatever_is_around_it(sandbox, magic):
    ran = sandbox.run(f"{magic}\n!pip install this\nimport not_there\nx = 10\nx", go_on=True)
    assert [failure.line for failure in ran.failures] == ["import not_there"]
    assert ran.outputs[-1]["data"]["text/plain"] == "10"


def test_a_failure_says_what_it_was(sandbox):
    assert sandbox.run("import not_there\nx = 1", go_on=True).failures == [
        Failure("import not_there", "ModuleNotFoundError", "No module named 'not_there'")
    ]
    assert sandbox.run("x = 1", go_on=True) == ([], True, [])
    (failure,) = sandbox.run("'" + "x" * 500 + "' + 1").failures
    assert len(failure.line) == 200


def test_many_lines_that_fail_are_cheap_and_few_are_kept(sandbox):
    ran = sandbox.run("\n".join(f"a{number} = missing" for number in range(600)) + "\nkept = 5", go_on=True)
    assert len(ran.failures) == 20 and len(ran.outputs) == 20 and sandbox.run("print(kept)").succeeded


# Accidents and mischief


def test_an_endless_loop_ends_at_the_deadline():
    began = time.monotonic()
    with Sandbox() as sandbox:
        sandbox.seconds = 0.5
        with pytest.raises(OutOfReach, match=r"did not finish within 0\.5 seconds"):
            sandbox.run("while True:\n    pass")
        assert sandbox.process.ended(0) is not None
        with pytest.raises(OutOfReach):
            sandbox.run("1")
    assert time.monotonic() - began < 60


def test_everything_ends_when_the_time_for_all_of_it_is_used_up():
    with pytest.raises(OutOfTime, match="time was used up"):
        Sandbox(until=time.monotonic() - 1)
    with pytest.raises(OutOfTime, match="time was used up"):
        Sandbox(until=time.monotonic() + 0.02, warm=False)  # in the middle of starting
    with Sandbox() as sandbox:
        sandbox.run("1")
        until = sandbox.until = time.monotonic() + 3
        with pytest.raises(OutOfTime, match="time was used up"):
            while True:
                sandbox.run("import time\ntime.sleep(0.7)")
        assert 0 <= time.monotonic() - until < 30 and sandbox.process.ended(0) is not None
        with pytest.raises(OutOfTime):
            sandbox.lookup("time")


def test_our_own_answers_count_towards_a_deadline():
    def slow(name, args, kwargs):
        time.sleep(0.3)
        return 1.0

    with Sandbox() as sandbox:
        sandbox.run("def asks(n):\n    return [slow() for _ in range(n)]")
        sandbox.seconds = 1
        began = time.monotonic()
        with pytest.raises(OutOfReach, match="within 1 seconds"):
            run_probe(lambda code: code.asks(1000), sandbox, ["slow"], slow)
        assert time.monotonic() - began < 60


def test_an_endless_loop_in_a_probe_ends_too(fresh):
    fresh.run("def forever(x):\n    while True:\n        pass")
    fresh.seconds = 0.5
    with pytest.raises(OutOfReach, match="endless loop"):
        run_probe(lambda code: code.forever(1), fresh)


@pytest.mark.parametrize(
    "source, sentence",
    [
        ("import os; os._exit(0)", "ended by itself"),
        ("import ctypes; ctypes.string_at(0)", "killed by SIGSEGV"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL"),
        ("import os; os.closerange(3, 64)", "ended by itself|makes no sense"),
    ],
)
def test_a_crash_is_told_in_a_sentence(either, source, sentence):
    with pytest.raises(OutOfReach, match=sentence):
        either.run(source)


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


@pytest.mark.parametrize(
    "source",
    [
        "answer(b'x' * 64)",
        "answer(b'\\xff' * 8)",
        "frame(b'\\xc1')",
        "frame(b'')",
        "frame(b'\\x93\\xa2ok\\x01\\x02')",
        "frame(b'\\x01')",
        "frame(b'\\x92\\xa5maybe\\x01')",
        "answer(struct.pack('<Q', 50) + b'short'); os._exit(0)",
    ],
)
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


@pytest.mark.parametrize(
    "source",
    [
        "frame(b'\\x92\\x91\\x01\\x02')",  # [[1], 2]: the first part should be a word
        "frame(b'\\x92\\xa2ok\\x05')",  # ["ok", 5]: a cell's answer should be a pair
        "frame(b'\\x92\\xa2ok\\x92\\x05\\xc3')",  # ["ok", [5, true]]: and its outputs a list
    ],
)
def test_a_forged_answer_to_a_cell_is_out_of_reach(fresh, source):
    fresh.run(PIPES)
    with pytest.raises((OutOfReach, StudentError)):
        outputs, *_ = fresh.run(source)
        assert all(isinstance(output, dict) for output in outputs)


class Forger(Sandbox):
    """A sandbox on whose other side somebody has written all answers beforehand."""

    def __init__(self, frames):
        self.seconds, self.until, self._look_at_memory = 5.0, float("inf"), float("inf")
        self._gone_because = self._answer_call = None
        self._unsent, self._unread, self.peak = b"", b"", 0
        self._made = None  # so that an object is asked for, and its number is an answer
        self.process = SimpleNamespace(pid=-1, ended=lambda seconds: 0, end=lambda: None)
        self._answers, ahead = os.pipe()
        self._drain, self._requests = os.pipe()
        os.write(ahead, b"".join(struct.pack("<Q", len(frame)) + frame for frame in frames))
        os.close(ahead)

    def close(self):
        for pipe in (self._answers, self._drain, self._requests):
            os.close(pipe)


LEAF = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.just(10**2000),
    st.floats(),
    st.binary(max_size=4),
    st.text(st.characters(), max_size=4),
    st.just("\ud800"),
    st.builds(Opaque, st.text(max_size=3)),
    st.just(np.zeros((2, 2))),
    st.just(np.float64("nan")),
)
ANY = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(st.characters(), max_size=3), inner, max_size=3),
    ),
    max_leaves=8,
)
FRAMES = st.one_of(
    ANY.map(lambda value: ["ok", value]),
    st.tuples(ANY, ANY, ANY, ANY).map(lambda parts: ["error", *parts]),
    st.tuples(st.text(st.characters(), max_size=4), st.text(st.characters()), st.just("")).map(
        lambda parts: ["error", *parts]
    ),
    st.tuples(ANY, ANY, ANY).map(lambda parts: ["call", *parts]),
    st.tuples(st.just("f"), st.tuples(ANY), st.dictionaries(st.text(max_size=3), ANY, max_size=2)).map(
        lambda parts: ["call", *parts]
    ),
    st.integers(-1, 2**64 - 1).map(lambda number: ["ok", number]),
    st.just(["ok", 0]),
    st.just(["ok", (0, ["x\ud800"])]),
    st.tuples(st.lists(ANY, max_size=3), ANY, st.lists(st.tuples(ANY, ANY, ANY), max_size=3)).map(
        lambda ran: ["ok", ran]
    ),
    ANY,
).map(wire.encode) | st.binary(max_size=60)


@given(st.lists(FRAMES, max_size=6), st.sampled_from(["run", "lookup", "unpack", "call", "fetch", "probe", "repaired"]))
@settings(max_examples=600, deadline=None)
def test_whatever_comes_through_the_pipe_is_an_answer_or_a_known_error(frames, what):
    def probe(code):
        result = code.f(np.zeros(2), {"a": code.g})
        first, second = result
        return {"first": first, "x": float(second.x), "all": np.asarray(result), "of": result[0]}

    with Forger(frames) as sandbox:
        try:
            if what == "run":
                found = sandbox.run("1", go_on=True)
                json.dumps(found).encode()
            elif what == "probe":
                found = run_probe(probe, sandbox)
            elif what == "repaired":
                found = run_probe(probe, sandbox, ["f"], lambda name, args, kwargs: [args, kwargs][0][7])
            else:
                found = getattr(sandbox, what)(
                    *{"lookup": ["f"], "unpack": [0], "call": [0, (), {}], "fetch": [0]}[what]
                )
        except (OutOfReach, StudentError) as error:
            found = error
        str(found).encode()


@pytest.mark.parametrize(
    "method, arguments, answer",
    [
        ("lookup", ["f"], 2**64 - 1),
        ("lookup", ["f"], -1),
        ("lookup", ["f"], True),
        ("attribute", [0, "x"], None),
        ("item", [0, 1], "0"),
        ("put", [1], 1.0),
        ("unpack", [0], list(range(65))),
        ("unpack", [0], [0, -1]),
        ("unpack", [0], [True]),
        ("call", [0, (), {}], (0, ["x"] * 65)),
        ("call", [0, (), {}], (0, [1])),
        ("call", [0, (), {}], (2**40, [])),
        ("run", ["1"], ([], 1, [])),
        ("run", ["1"], ([], True, [("a", "b", 3)])),
        ("run", ["1"], ([], True, [("", "", "")] * 21)),
        ("run", ["1"], ([1], True, [])),
    ],
)
def test_answers_that_make_no_sense_end_the_process(method, arguments, answer):
    with Forger([wire.encode(["ok", answer])]) as sandbox, pytest.raises(OutOfReach, match="makes no sense"):
        getattr(sandbox, method)(*arguments)


def test_half_characters_become_whole_ones_wherever_they_come_in():
    half = "a\ud800"
    output = {"output_type": "stream", "name": "stdout", "text": half}
    error = {"output_type": "error", "ename": half, "evalue": half, "traceback": [half]}
    with Forger(
        [
            wire.encode(["ok", ([output, error], True, [(half,) * 3])]),
            wire.encode(["ok", {half: [half, Opaque(half)]}]),
            wire.encode(["ok", (0, [half])]),
            msgpack.packb(["error", half, half, half, half], unicode_errors="surrogatepass"),
        ]
    ) as sandbox:
        found = [sandbox.run("1"), sandbox.fetch(0), sandbox.call(0, (), {})]
        with pytest.raises(StudentError) as caught:
            sandbox.fetch(0)
    for text in (*map(repr, found), str(caught.value)):
        assert text.encode() and "\\ud800" not in text and "\ufffd" in text


def test_a_cell_or_value_beyond_the_limit_is_no_error_of_ours(fresh):
    with pytest.raises(StudentError, match="larger than the limit"):
        fresh.run("#" * (wire.MAX_FRAME + 1))
    assert fresh.run("1").succeeded


def test_an_exception_whose_text_fails(fresh):
    fresh.run("class Odd(Exception):\n    def __str__(self):\n        raise ValueError\ndef odd():\n    raise Odd()")
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
    seconds = f"600.{os.getpid()}{len(level)}{len(options)}"
    with Sandbox(level=level) as sandbox:
        sandbox.run(f"import subprocess\nsubprocess.Popen(['sleep', '{seconds}']{options})")
        assert soon(lambda: sleepers(seconds)), "the child should run first"
    assert soon(lambda: not sleepers(seconds))


def soon(condition):
    """Whether something becomes true before long."""
    deadline = time.monotonic() + 60
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def test_the_scratch_folder_is_removed_with_what_is_in_it(tmp_path):
    (tmp_path / "net.npz").write_bytes(b"weights")
    with Sandbox({"net.npz": tmp_path / "net.npz"}) as sandbox:
        outputs, *_ = sandbox.run(
            "import os\nopen('made', 'w').close()\nos.makedirs('a/b')\nprint(sorted(os.listdir('.')))"
        )
        assert "'made'" in text(outputs, "stdout") and "'net.npz'" in text(outputs, "stdout")
        scratch = sandbox.process.folder
        assert scratch.exists()
    assert not scratch.exists() and (tmp_path / "net.npz").exists()


def test_nothing_is_left_open():
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(2):
        with Sandbox() as sandbox:
            sandbox.run("1")
    assert len(os.listdir("/proc/self/fd")) == before


@strict
@pytest.mark.parametrize("level", [pytest.param("strict", marks=strict), "process"])
def test_libraries_of_a_system_of_modules_are_found(level, tmp_path, monkeypatch):
    """Python itself may need one that is in no folder but those of LD_LIBRARY_PATH."""
    libraries, course = tmp_path / "mödules lib", tmp_path / "course"
    libraries.mkdir()
    (course / "solutions").mkdir(parents=True)
    shutil.copy(find_spec("msgpack._cmsgpack").origin, libraries / "libonlythere.so")
    listed = [libraries, "/usr/lib", tmp_path / "none", "relative", "", course, tmp_path, Path.home(), "/"]
    monkeypatch.setenv("LD_LIBRARY_PATH", os.pathsep.join(map(str, listed)))
    look = "import ctypes, os\nctypes.CDLL('libonlythere.so')\nprint(os.environ['LD_LIBRARY_PATH'])\n"
    look += f"print(os.path.exists({str(course)!r}), os.access({str(libraries)!r}, os.W_OK))"
    with Sandbox(seconds=20, level=level, settings=Settings(solutions=course / "solutions")) as sandbox:
        outputs, succeeded, failures = sandbox.run(look)
    assert succeeded, failures
    found, access = text(outputs, "stdout").splitlines()
    assert found == f"{libraries}:/usr/lib"  # and none that holds the course, or somebody's home
    assert access == "False False" or level == "process"


def test_the_environment_is_bare(monkeypatch):
    monkeypatch.setenv("COURSE_TOKEN", "hush")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    with Sandbox() as sandbox:
        outputs, *_ = sandbox.run(
            "import os\nprint(sorted(os.environ), 'hush' in str(os.environ))\nprint(os.environ['HOME'])"
        )
        shown = text(outputs, "stdout")
        assert "COURSE_TOKEN" not in shown and "PYTHONPATH" not in shown and "hush" not in shown.replace("'hush'", "")
        assert " False\n" in shown and shown.endswith("/home/student\n")


@pytest.mark.parametrize("warm", [True, False], ids=["forked", "started"])
@strict
def test_it_has_a_user_namespace_of_its_own_and_no_capability(warm):
    with Sandbox(level="strict", warm=warm) as sandbox:
        outputs, *_ = sandbox.run(
            "import os\nprint(os.readlink('/proc/self/ns/user'), os.getuid() == 0)\n"
            "print({line.split()[1] for line in open('/proc/self/status')\n"
            "       if line.startswith(('CapInh', 'CapPrm', 'CapEff', 'CapAmb'))})"
        )
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
    assert not sandbox.run("import autograder.authoring.misconception")[1]


@pytest.mark.parametrize("level", ["strict", "process"])
def test_the_peak_of_memory_is_known_though_it_is_free_again(level):
    """Of a cell that is over before anybody has measured, and of a process that another one has started."""
    if level == "strict" and strict_works() is not None:
        pytest.skip(f"no level strict: {strict_works()}")
    peaks = []
    for cell in ("pass", "import numpy as np\nsize = np.ones(2**25).size", CHILD):
        with Sandbox(level=level) as sandbox:
            assert sandbox.run(cell).succeeded
        peaks.append(sandbox.peak / 2**20)
    nothing, freed, child = peaks
    assert 20 < nothing < 400 and nothing + 200 < freed < nothing + 400 and child > nothing + 100


CHILD = """
import os, time
read, write = os.pipe()
if os.fork() == 0:
    held = b"x" * 2**27
    os.write(write, b"y")
    time.sleep(60)
os.read(read, 1)
"""


@strict
def test_memory_of_all_processes_together_is_limited(monkeypatch):
    monkeypatch.setattr("autograder.sandbox.process.MEMORY_BYTES", MEMORY_FILES + 400 * 2**20)
    hold = (
        "import subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'x = b\"1\" * (150 << 20); import time; time.sleep(300)'])"
    )
    with Sandbox(seconds=120) as sandbox:
        for _ in range(3):
            sandbox.run(hold)
        with pytest.raises(OutOfReach, match="GiB of memory"):
            sandbox.run("time.sleep(100)")


BALLOON = """
import os, time
def grow(n):
    held, until = [], time.monotonic() + 90
    while time.monotonic() < until:
        held.append(b"1" * 2**20 if len(held) < 600 else b"")
        busy(1.0)
        if len(held) > 600:
            time.sleep(0.001)
"""


def test_memory_is_looked_at_while_calls_are_answered(monkeypatch):
    monkeypatch.setattr("autograder.sandbox.process.MEMORY_BYTES", MEMORY_FILES + 400 * 2**20)
    with Sandbox(seconds=120) as sandbox:
        sandbox.run(BALLOON)
        with pytest.raises(OutOfReach, match="GiB of memory"):
            run_probe(lambda code: code.grow(1), sandbox, ["busy"], lambda name, args, kwargs: None)


@strict
def test_names_of_files_count_as_memory(monkeypatch):
    monkeypatch.setattr("autograder.sandbox.process.MEMORY_BYTES", MEMORY_FILES + 250 * 2**20)
    with Sandbox(seconds=300, level="strict") as sandbox:
        with pytest.raises(OutOfReach, match="GiB of memory"):
            sandbox.run("import os\nfor i in range(10**6):\n    os.close(os.open(f'/tmp/{i}', os.O_CREAT))")


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.what)
@strict
def test_each_layer_holds(layer):
    assert holds(layer, "strict") and holds(layer, "strict", warm=False)
    assert "process" in layer.lacked_by or holds(layer, "process")


@strict
def test_devices_work_and_are_no_room_for_files():
    with Sandbox(level="strict") as sandbox:
        ran = sandbox.run(
            "import os\nopen('/dev/null', 'w').write('x'), open('/dev/urandom', 'rb').read(3)\n"
            "os.close(os.openpty()[0])\nopen('/dev/shm/x', 'w').close()\nopen('/dev/x', 'w')"
        )
    assert "Read-only" in ran.failures[0].message and ran.failures[0].line == "open('/dev/x', 'w')"


@strict
def test_no_memory_can_be_filled_and_then_taken_out_of_sight():
    with Sandbox(level="strict") as sandbox:
        ran = sandbox.run(
            "import ctypes, mmap, os\nmmap.mmap(-1, 2**20)\nmmap.mmap(os.open('/dev/zero', os.O_RDONLY), 2**20)\n"
            "ctypes.CDLL(None).vmsplice(os.pipe()[1], None, 0, 0) < 0 and 1 / 0\n"
            "mmap.mmap(-1, 2**20, mmap.MAP_PRIVATE)[0] = 1",
            go_on=True,
        )
    assert [failure.type_name for failure in ran.failures] == [
        "PermissionError",
        "PermissionError",
        "ZeroDivisionError",
    ]


@strict
def test_pools_of_threads_and_of_processes_work():
    with Sandbox(level="strict") as sandbox:
        ran = sandbox.run(
            "import multiprocessing as mp\nfrom concurrent.futures import ThreadPoolExecutor\n"
            "with ThreadPoolExecutor(8) as pool:\n    print(list(pool.map(abs, [-1, 2])))\n"
            "for _ in range(20):\n    with mp.get_context('fork').Pool(2) as pool:\n"
            "        assert pool.map(abs, [-3, 4]) == [3, 4]"
        )
    assert ran.succeeded, ran.failures


def test_what_a_probe_does_in_between_is_sent_with_the_first_request_that_needs_an_answer():
    with Sandbox() as sandbox:
        sandbox.run("class Net:\n    parts = [1.0, 2.0]\n    def total(self):\n        return sum(self.parts)")
        sent = []
        send = sandbox._send
        sandbox._send = lambda frames, deadline: (sent.append(frames), send(frames, deadline))

        def probe(code):
            net = code.Net()
            net.parts = [3.0, 4.0]
            first, second = net.parts
            return {"total": net.total(), "first": first, "second": second, "item": net.parts[1]}

        outcome = run_probe(probe, sandbox)
        assert outcome.value == {"total": 7.0, "first": 3.0, "second": 4.0, "item": 4.0}
        # Waited for: two calls, the two values of the list, four values, and the end.
        assert len(sent) == 8


@pytest.mark.parametrize(
    "probe, error",
    [
        (lambda code: [code.missing, 1][1], "NameError"),  # nobody asks for it
        (lambda code: code.f.missing(1), "AttributeError"),
        (lambda code: [code.missing, code.f(1)][1], "NameError"),  # the first failure counts
        (lambda code: code.put([1, 2])[7], "IndexError"),
    ],
)
def test_what_fails_in_between_is_said_and_forgotten(probe, error):
    with Sandbox() as sandbox:
        sandbox.run("def f(x):\n    calls.append(x)\n    return x\ncalls = []")
        assert run_probe(probe, sandbox).error.type_name == error
        assert run_probe(lambda code: code.calls, sandbox).value == []  # nothing was done after it
        assert run_probe(lambda code: code.f(2.0), sandbox).value == 2.0


def test_a_probe_may_go_on_after_an_error():
    def probe(code):
        try:
            code.f.missing(1)
        except StudentError:
            return code.put([5.0, 6.0])[1], code.f(code.put(7.0))

    with Sandbox() as sandbox:
        sandbox.run("def f(x):\n    return x")
        assert run_probe(probe, sandbox).value == (6.0, 7.0)


def test_cells_that_are_more_than_python_are_as_in_jupyter():
    with Sandbox() as sandbox:
        for source, shown in {
            "x = 3\nx": "3",
            "\n\n    x = 4\n    x": "4",
            ">>> x = 5\n>>> x": "5",
            "In [1]: x = 6\nIn [2]: x": "6",
            "x = 7\n%timeit -n1 -r1 x\nx": "7",
            "import asyncio\nawait asyncio.sleep(0)\n8": "8",
            'text = """\n%time\n!ls"""\nlen(text.splitlines())': "3",
        }.items():
            ran = sandbox.run(source)
            assert ran.succeeded and ran.outputs[-1]["data"]["text/plain"] == shown, source
        assert sandbox.run("x = 9\nx;").outputs == []
        assert sandbox.run("x = ';'\nx").outputs[0]["data"]["text/plain"] == "';'"
