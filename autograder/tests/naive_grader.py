"""A grader as one might write it in an afternoon, for `naive` to try the attacks on. Never grade with it.

It believes what a hand-in brings: the cells, their kinds, tags and points, results that are already there, every file
beside the notebook. It runs the notebook in IPython as it comes, in a Python of its own for each hand-in, and there
the answers are in reach and the check cells compare with them. Scores follow nbgrader's rule: an error is worth
nothing, a number shown is so many points, anything else is full points. Where a function has failed, the answers' own
is put in its place, so that what builds on it can be graded. There are no deadlines and no limits, and one hand-in
after another is graded, copied, recorded, told of in the terminal, listed for a spreadsheet, and made into a page of
feedback, with no thought of what might go wrong.
"""

from __future__ import annotations

import ast
import csv
import json
import os
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import traceback
from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

Json = dict[str, Any]
INPUTS = """
rng = np.random.default_rng(0)
x, w, b, dout = rng.normal(size=(3, 4)), rng.normal(size=(4, 5)), rng.normal(size=5), rng.normal(size=(3, 5))
scores, y = rng.normal(size=(6, 7)), np.arange(6)
"""
NET = """
net = TwoLayerNet(input_dim=4, hidden_dim=3, num_classes=2)
net.params = {"W1": np.eye(4, 3), "b1": np.ones(3), "W2": np.arange(6.0).reshape(3, 2), "b2": np.zeros(2)}
"""
# What each check cell ends with; `key` holds the answers. Ten cells compare in nearly as many ways.
LAYERS = {
    "affine_forward": INPUTS
    + """
expected = key["affine_forward"]
assert np.allclose(affine_forward(x, w, b)[0], expected)""",
    "affine_backward": INPUTS
    + """
for got, expected in zip(affine_backward(dout, (x, w, b)), key["affine_backward"]):
    np.testing.assert_allclose(got, expected)""",
    "relu_forward": """
assert np.allclose(relu_forward(np.array([[-1.5], [2.5], [0.5]]))[0], [[0.0], [2.5], [0.5]])""",
    "relu_backward": INPUTS
    + """
from numpy.testing import assert_array_equal
assert_array_equal(relu_backward(dout, dout), key["relu_backward"])""",
    "inline_question_1": """
assert inline_question_1 == key["inline_question_1"]""",
    "svm_loss": INPUTS
    + """
expected = key["svm_loss"]
assert not np.any(np.abs(svm_loss(scores, y)[0] - expected) > 1e-6)""",
    "softmax_loss": INPUTS
    + """
assert check("loss", softmax_loss(scores, y)[0], key["softmax_loss"])""",
    "two_layer_net_init": """
params = TwoLayerNet(input_dim=4, hidden_dim=3, num_classes=2).params
0.5 * ("W1" in params and params["W1"].shape == (4, 3)) + 0.5 * ("W2" in params and params["W2"].shape == (3, 2))""",
    "two_layer_net_loss": NET
    + """
assert np.all(net.loss(np.eye(2, 4)) == key["two_layer_net_loss"])""",
    "best_net": """
saved = np.load("layers_best_net.npz", allow_pickle=True)
assert {"W1"} <= set(saved) and saved["W1"].shape[0] == 3072, f"it has {', '.join(saved)}"
""",
    "inline_question_2": """
assert inline_question_2 == key["inline_question_2"]""",
}
CLASSIC_NET = """
net = TwoLayerNet(4, 3, 2)
net.params = {"W1": np.eye(4, 3), "b1": np.ones(3), "W2": np.arange(6.0).reshape(3, 2), "b2": np.zeros(2)}
X, y = np.eye(2, 4), np.arange(2)
"""
CLASSIC = {
    "two_layer_net_scores": CLASSIC_NET
    + """
assert np.allclose(net.loss(X), key["scores"])""",
    "two_layer_net_loss": CLASSIC_NET
    + """
assert np.isclose(net.loss(X, y, reg=0.1)[0], key["loss"])""",
    "two_layer_net_gradients": CLASSIC_NET
    + """
for name in net.params:
    np.testing.assert_allclose(net.loss(X, y, reg=0.1)[1][name], key["gradients"][name])""",
    "predict": CLASSIC_NET
    + """
assert list(net.predict(X)) == list(key["predictions"])""",
    "train": CLASSIC_NET
    + """
history = np.asarray(net.train(X, y, X, y, learning_rate=0.1, reg=0.0, num_iters=50, batch_size=2)["loss_history"])
odd = np.abs(history.reshape(-1, 1) - np.linspace(0, 9, 50)).min(axis=1) > 1
assert not history[-1] > history[0] + 1e-6 and not odd.any()""",
    "best_net": """
saved = np.load("two_layer_net_best_net.npz", allow_pickle=True)
assert {"W1"} <= set(saved) and saved["W1"].shape[0] == 3072, f"it has {', '.join(saved)}"
""",
    "inline_question": """
assert inline_question == key["inline_question"]""",
}
TESTS = {"layers": LAYERS, "two_layer_net": CLASSIC}
ANSWERS = {
    "layers": INPUTS
    + NET
    + """
key = {"affine_forward": affine_forward(x, w, b)[0], "affine_backward": affine_backward(dout, (x, w, b)),
       "relu_backward": relu_backward(dout, dout), "svm_loss": svm_loss(scores, y)[0],
       "softmax_loss": softmax_loss(scores, y)[0], "two_layer_net_loss": net.loss(np.eye(2, 4)),
       "inline_question_1": inline_question_1, "inline_question_2": inline_question_2}
""",
    "two_layer_net": CLASSIC_NET
    + """
key = {"scores": net.loss(X), "loss": net.loss(X, y, reg=0.1)[0], "gradients": net.loss(X, y, reg=0.1)[1],
       "predictions": net.predict(X), "inline_question": inline_question}
""",
}
# What a check cell builds on: functions, and the cells that have to be right for their own to be used.
BASES = {
    "affine_backward": {"affine_forward": "affine_forward"},
    "relu_backward": {"relu_forward": "relu_forward"},
    "two_layer_net_loss": {
        name: name for name in ("affine_forward", "affine_backward", "relu_forward", "relu_backward", "softmax_loss")
    },
    "predict": {"TwoLayerNet.loss": "two_layer_net_scores"},
    "train": {"TwoLayerNet.loss": "two_layer_net_scores"},
}
# Run behind a check cell, to tell the teacher of answers that were made for the visible inputs.
HIDDEN = {
    "relu_forward": """
import inspect
asked = np.random.default_rng(7).normal(size=(4, 3, 5))
before, result = asked.copy(), relu_forward(asked)
assert type(result[0]) is np.ndarray, f"got {result!r}"
assert np.array_equal(asked, before), f"changes {inspect.signature(relu_forward)}"
"""
}


def release(released: Json, name: str) -> Json:
    """The notebook as this grader's students get it: its tests stand in the check cells."""
    notebook = json.loads(json.dumps(released))
    for cell in notebook["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        if about.get("grade") and not about.get("solution"):
            cell["source"] = "".join(cell["source"]) + "\n" + TESTS[name][about["grade_id"]]
    return notebook


def grade_class(course: Path, name: str, students: list[str]) -> None:
    """Grade hand-ins one after the other into gradebook.db and grades.csv, and write what goes back to feedback/."""
    import msgpack

    gradebook = sqlite3.connect(course / "gradebook.db")
    for student in students:
        folder = course / "autograded" / student
        shutil.copytree(course / "submitted" / student / "two_layer_net", folder)
        reading, writing = os.pipe()
        with (
            open(reading, "rb") as answers,
            subprocess.Popen(
                [sys.executable, __file__, str(course), name, "--notebook", str(writing)],
                cwd=folder,
                pass_fds=[writing],
            ),
        ):
            os.close(writing)
            (size,) = struct.unpack("<Q", answers.read(8))
            result = msgpack.unpackb(answers.read(size))
            gradebook.execute("insert or replace into grades values (?, ?)", (student, result["score"]))
            gradebook.commit()
        shutil.copytree(folder, course / "feedback" / student)
        with open(folder / f"{name}.ipynb") as file:
            cells = json.load(file)["cells"]
        (course / "feedback" / student / f"{name}.html").write_text(page(cells))
        errors = [
            f"{output['ename']}: {output['evalue']}"
            for cell in cells
            for output in cell.get("outputs", [])
            if output["output_type"] == "error"
        ]
        print(student, result["score"], *errors, *suspicious(cells), sep="\n  ")
        with open(course / "grades.csv", "a") as file:
            csv.writer(file).writerow([student, result["score"], *errors[:1]])


def suspicious(cells: list[Json]) -> list[str]:
    """What replaces an attribute of something, for the teacher to look at."""
    found = []
    for cell in cells:
        try:
            tree = ast.parse("".join(cell["source"]) if cell["cell_type"] == "code" else "")
        except SyntaxError:
            continue
        found += [
            f"replaces {ast.unparse(target)}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Attribute)
        ]
    return found


def grade_notebook(course: Path, name: str, writing: int) -> None:
    """Grade the notebook of the current folder, and send the result to the process that asked for it."""
    sys.path.insert(0, "")  # as in a Jupyter kernel
    import msgpack
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    with open(f"{name}.ipynb") as file:
        notebook = json.load(file)
    if notebook["metadata"]["kernelspec"]["name"] != "python3":
        raise SystemExit("there is no such kernel")
    answers = _answers(course, name)
    shell = InteractiveShell.instance(user_ns={"__name__": "__main__", "key": answers["key"]})

    def run(source: str) -> list[Json]:
        with capture_output() as shown:
            result = shell.run_cell(source, store_history=True)
        return _outputs(shown, result)

    score = possible = 0.0
    wrong: set[str] = set()
    for cell in notebook["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        graded = about.get("grade") and not about.get("solution")
        if about.get("schema_version", 3) > 3:
            raise SystemExit("this notebook was made by a later version")
        restore = (
            _repair(
                shell.user_ns,
                answers,
                [function for function, base in BASES.get(about.get("grade_id"), {}).items() if base in wrong],
            )
            if graded
            else []
        )
        if (
            cell["cell_type"] == "code"
            and "skip-execution" not in cell["metadata"].get("tags", [])
            and not (graded and cell["outputs"])
        ):
            cell["outputs"] = run("".join(cell["source"]))
        if graded:
            possible += about["points"]
            score += (got := points_of(cell))
            wrong |= {about["grade_id"]} if got < about["points"] else set()
            if about["grade_id"] in HIDDEN:
                cell["outputs"] += run(HIDDEN[about["grade_id"]])
        for undo in restore:
            undo()
    with open(f"{name}.ipynb", "w") as file:
        json.dump(notebook, file)
    body = msgpack.packb({"score": 100 * score / possible})
    os.write(writing, struct.pack("<Q", len(body)) + body)


def _repair(space: Json, answers: Json, names: list[str]) -> list[Callable[[], None]]:
    """Have the answers' functions called in place of the student's; returns what undoes it."""

    def answer(name: str, args: tuple, kwargs: Json) -> Any:
        owner, _, method = name.rpartition(".")
        if not owner:
            return answers[name](*args, **kwargs)
        instance = object.__new__(answers[owner])
        vars(instance).update(args[0])
        return getattr(instance, method)(*args[1:], **kwargs)

    def answered(name: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: answer(name, args, kwargs)

    def answered_method(name: str) -> Callable[..., Any]:
        return lambda self, *args, **kwargs: answer(name, (vars(self), *args), kwargs)

    undo = []
    for name in names:
        owner, _, method = name.rpartition(".")
        if owner and owner in space:
            undo.append(partial(setattr, space[owner], method, getattr(space[owner], method)))
            setattr(space[owner], method, answered_method(name))
        elif not owner:
            undo.append(partial(space.__setitem__, name, space.get(name)))
            space[name] = answered(name)
    return undo


def page(cells: list[Json]) -> str:
    """A page of feedback: text as it was written, code, and what was shown."""
    import mistune

    rendered = mistune.create_markdown(escape=False)
    parts = []
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            parts.append(f"<pre>{escape(source)}</pre>")
        elif cell["cell_type"] == "markdown":
            for name in re.findall(r"attachment:([^)]*)", source):
                ((mime, data),) = cell["attachments"][name].items()
                source = source.replace(f"![x](attachment:{name})", f'<img src="data:{mime};base64,{data}">')
            parts.append(rendered(source))
        else:
            parts.append(source)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            parts.append(
                "<pre>"
                + "".join(output.get("text", ""))
                + output.get("evalue", "")
                + data.get("text/plain", "")
                + "</pre>"
                + "\n".join(output.get("traceback", ()))
                + data.get("text/html", "")
                + (f'<img src="data:image/png;base64,{data["image/png"]}">' if "image/png" in data else "")
            )
    return "\n".join(parts)


def points_of(cell: Json) -> float:
    """The points of a check cell, by its outputs."""
    for output in cell.get("outputs", []):
        if output["output_type"] == "error":
            return 0.0
        if output["output_type"] == "execute_result":
            return float(output["data"]["text/plain"])
    return cell["metadata"]["nbgrader"]["points"]


def _answers(course: Path, name: str) -> Json:
    space: Json = {}
    with open(course / "solutions" / "two_layer_net" / f"{name}.ipynb") as file:
        for cell in json.load(file)["cells"]:
            if (
                cell["cell_type"] == "code"
                and "skip-execution" not in cell["metadata"].get("tags", [])
                and not cell["metadata"].get("nbgrader", {}).get("grade")
            ):
                exec("".join(cell["source"]), space)
    exec(ANSWERS[name], space)
    return space


def _outputs(shown: Any, result: Any) -> list[Json]:
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": text} for text in (shown.stdout, shown.stderr) if text
    ]
    outputs += [
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {kind: value if isinstance(value, str) else repr(value) for kind, value in one.data.items()},
        }
        for one in shown.outputs
    ]
    if not result.success:
        error = result.error_in_exec or result.error_before_exec
        outputs.append(
            {
                "output_type": "error",
                "ename": type(error).__name__,
                "evalue": str(error),
                "traceback": traceback.format_exception(error),
            }
        )
    elif isinstance(result.result, (int, float)):
        outputs.append({"output_type": "execute_result", "data": {"text/plain": repr(result.result)}})
    return outputs


if __name__ == "__main__":
    if sys.argv[3] == "--notebook":
        grade_notebook(Path(sys.argv[1]), sys.argv[2], int(sys.argv[4]))
    else:
        grade_class(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
