"""What an attack is, and what all of them are made of: a hand-in with something in it.

In a source, COURSE stands for the course's folder, HOME for the grader's home, PORT for a port that a test
listens on, and MARK for a word that no other run uses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Attack:
    """One hand-in.

    Attributes
    ----------
    name, group : str
        `name` is also the student's.
    what : str
        What it tries, in a sentence for an instructor.
    front, end : str
        Code in a cell of its own behind the imports, or behind everything.
    edit : callable
        Changes the notebook's JSON.
    finish : callable
        Last changes to the hand-in's folder; gets the course's folder too.
    deserves : dict of str to float
        Points by grade id.
    sentence : str or None
        A pattern that occurs in what the result says; None where the plain verdict is all there is to say.
    failed : bool or None
        Whether it cannot be graded, and a person has to look; None if that depends on how fast the machine is.
    harmless : str
        Why it does nothing to a naive grader, where it does nothing: the end of a sentence.
    notebook : str
        The one that is handed in.
    """

    name: str
    group: str
    what: str
    front: str = ""
    end: str = ""
    edit: Callable[[Json], None] = lambda notebook: None
    finish: Callable[[Path, Path], None] = lambda folder, course: None
    deserves: dict[str, float] = field(default_factory=dict)
    sentence: str | None = None
    failed: bool | None = False
    harmless: str = ""
    notebook: str = "layers"


ATTACKS: list[Attack] = []  # `attacks` and `beyond` fill it


def attack(group: str, name: str, what: str, front: str = "", **more: Any) -> None:
    ATTACKS.append(Attack(name, group, what, front, **more))


def code_cell(source: str, **metadata: Any) -> Json:
    return {
        "cell_type": "code",
        "id": f"own-{abs(hash(source)) % 10**8}",
        "metadata": metadata,
        "outputs": [],
        "execution_count": None,
        "source": source,
    }


def cell(notebook: Json, grade_id: str) -> Json:
    return next(one for one in notebook["cells"] if one["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def graded(notebook: Json) -> list[Json]:
    return [one for one in notebook["cells"] if one["metadata"].get("nbgrader", {}).get("grade")]


def others(notebook: Json) -> list[Json]:
    """The check cells but that of relu_forward."""
    return [
        one
        for one in graded(notebook)
        if one["cell_type"] == "code" and one["metadata"]["nbgrader"]["grade_id"] != "relu_forward"
    ]


def without_todos(notebook: Json) -> None:
    """Empty the cells that would define anew what an attack has found."""
    for one in notebook["cells"]:
        if one["cell_type"] == "code" and one["metadata"].get("nbgrader", {}).get("solution"):
            one["source"] = "# see above"


RELU = "import numpy as np\ndef relu_forward(x):\n    return np.maximum(0, x), x\n"
RIGHT = {"relu_forward": 1.0}
# Ones for an answer, of the right shape: what is missing is that they are right.
GUESS = """
import numpy as np
def affine_forward(x, w, b):
    return np.ones((len(x), len(b))), (x, w, b)
def affine_backward(dout, cache):
    return [np.ones_like(one, dtype=float) for one in cache]
def relu_forward(x):
    return np.ones_like(x), x
def relu_backward(dout, cache):
    return np.ones_like(dout)
def svm_loss(x, y):
    return 1.0, np.ones_like(x)
def softmax_loss(x, y):
    return 1.0, np.ones_like(x)
"""


def returning(value: str) -> str:
    """All functions return (three times) what an expression gives."""
    names = ("affine_forward", "affine_backward", "relu_forward", "relu_backward", "svm_loss", "softmax_loss")
    return "\n".join(f"def {name}(*args):\n    return {value}, {value}, {value}" for name in names)


PIPES = """
import os, stat, struct, sys, threading
def write_ends():
    import fcntl
    for number in range(3, 64):
        try:
            mode, flags = os.fstat(number).st_mode, fcntl.fcntl(number, fcntl.F_GETFL)
            if stat.S_ISFIFO(mode) and flags & os.O_ACCMODE == os.O_WRONLY:
                yield number
        except OSError:
            pass
def say(body):
    frame = struct.pack("<Q", len(body)) + body
    for number in write_ends():
        view = memoryview(frame)
        while view:
            view = view[os.write(number, view):]
"""


def write(attack: Attack, starter: Json, course: Path, home: Path, port: int, mark: str) -> None:
    """Write an attack's hand-in to the course's submitted/."""
    folder = course / "submitted" / attack.name / "two_layer_net"
    folder.mkdir(parents=True)
    notebook = json.loads(json.dumps(starter))
    if attack.front:
        imports = next(n for n, one in enumerate(notebook["cells"]) if one["cell_type"] == "code")
        notebook["cells"].insert(imports + 1, code_cell(attack.front))
    for one in notebook["cells"]:  # what is written in front is not written a second time
        name, code, _ = one["metadata"].get("nbgrader", {}).get("grade_id", "").partition("_code")
        if code and re.search(rf"^def {name}\(|^{name} = ", attack.front, re.MULTILINE):
            one["source"] = "# see above"
    if attack.end:
        notebook["cells"].append(code_cell(attack.end))
    attack.edit(notebook)
    text = json.dumps(notebook)
    for word, value in (("COURSE", course), ("HOME/", f"{home}/"), ("PORT", port), ("MARK", mark)):
        text = text.replace(word, str(value))
    (folder / f"{attack.notebook}.ipynb").write_text(text)
    attack.finish(folder, course)
