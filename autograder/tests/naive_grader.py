"""A grader as one might write it in an afternoon, for `naive` to try the attacks on. Never grade with it.

It believes what a hand-in brings: the cells, their kinds, tags and points, results that are already there, every file
beside the notebook. It runs the notebook in IPython as it comes, in a Python of its own for each hand-in, and there
the answers are in reach and the check cells compare with them. Scores follow nbgrader's rule: an error is worth
nothing, a number shown is so many points, anything else is full points. There are no deadlines and no limits, and one
hand-in after another is graded, copied and recorded, with no thought of what might go wrong.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
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
TESTS = {
    "affine_forward": INPUTS + """
expected = key["affine_forward"]
assert np.allclose(affine_forward(x, w, b)[0], expected)""",
    "affine_backward": INPUTS + """
for got, expected in zip(affine_backward(dout, (x, w, b)), key["affine_backward"]):
    np.testing.assert_allclose(got, expected)""",
    "relu_forward": """
assert np.allclose(relu_forward(np.array([[-1.5], [2.5], [0.5]]))[0], [[0.0], [2.5], [0.5]])""",
    "relu_backward": INPUTS + """
from numpy.testing import assert_array_equal
assert_array_equal(relu_backward(dout, dout), key["relu_backward"])""",
    "inline_question_1": """
assert inline_question_1 == key["inline_question_1"]""",
    "svm_loss": INPUTS + """
expected = key["svm_loss"]
assert not np.any(np.abs(svm_loss(scores, y)[0] - expected) > 1e-6)""",
    "softmax_loss": INPUTS + """
assert check("loss", softmax_loss(scores, y)[0], key["softmax_loss"])""",
    "two_layer_net_init": """
params = TwoLayerNet(input_dim=4, hidden_dim=3, num_classes=2).params
0.5 * ("W1" in params and params["W1"].shape == (4, 3)) + 0.5 * ("W2" in params and params["W2"].shape == (3, 2))""",
    "two_layer_net_loss": NET + """
assert np.all(net.loss(np.eye(2, 4)) == key["two_layer_net_loss"])""",
    "best_net": """
assert np.load("layers_best_net.npz", allow_pickle=True)["W1"].shape[0] == 3072""",
    "inline_question_2": """
assert inline_question_2 == key["inline_question_2"]""",
}
ANSWERS = INPUTS + NET + """
key = {"affine_forward": affine_forward(x, w, b)[0], "affine_backward": affine_backward(dout, (x, w, b)),
       "relu_backward": relu_backward(dout, dout), "svm_loss": svm_loss(scores, y)[0],
       "softmax_loss": softmax_loss(scores, y)[0], "two_layer_net_loss": net.loss(np.eye(2, 4)),
       "inline_question_1": inline_question_1, "inline_question_2": inline_question_2}
"""


def release(released: Json) -> Json:
    """The notebook as this grader's students get it: its tests stand in the check cells."""
    notebook = json.loads(json.dumps(released))
    for cell in notebook["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        if about.get("grade") and not about.get("solution"):
            cell["source"] = "".join(cell["source"]) + "\n" + TESTS[about["grade_id"]]
    return notebook


def grade_class(course: Path, students: list[str]) -> None:
    """Grade hand-ins one after the other into gradebook.db, and copy what goes back to feedback/."""
    import msgpack
    gradebook = sqlite3.connect(course / "gradebook.db")
    for student in students:
        folder = course / "autograded" / student
        shutil.copytree(course / "submitted" / student / "two_layer_net", folder)
        reading, writing = os.pipe()
        with open(reading, "rb") as answers, subprocess.Popen(
                [sys.executable, __file__, str(course), "--notebook", str(writing)], cwd=folder, pass_fds=[writing]):
            os.close(writing)
            size, = struct.unpack("<Q", answers.read(8))
            result = msgpack.unpackb(answers.read(size))
            gradebook.execute("insert or replace into grades values (?, ?)", (student, result["score"]))
            gradebook.commit()
        shutil.copytree(folder, course / "feedback" / student)


def grade_notebook(course: Path, writing: int) -> None:
    """Grade the notebook of the current folder, and send the result to the process that asked for it."""
    sys.path.insert(0, "")  # as in a Jupyter kernel
    import msgpack
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    with open("layers.ipynb") as file:
        notebook = json.load(file)
    if notebook["metadata"]["kernelspec"]["name"] != "python3":
        raise SystemExit("there is no such kernel")
    shell = InteractiveShell.instance(user_ns={"__name__": "__main__", "key": _answers(course)})
    score = possible = 0.0
    for cell in notebook["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        graded = about.get("grade") and not about.get("solution")
        if about.get("schema_version", 3) > 3:
            raise SystemExit("this notebook was made by a later version")
        if (cell["cell_type"] == "code" and "skip-execution" not in cell["metadata"].get("tags", [])
                and not (graded and cell["outputs"])):
            with capture_output() as shown:
                result = shell.run_cell("".join(cell["source"]), store_history=True)
            cell["outputs"] = _outputs(shown, result)
        if graded:
            possible += about["points"]
            score += points_of(cell)
    with open("layers.ipynb", "w") as file:
        json.dump(notebook, file)
    body = msgpack.packb({"score": 100 * score / possible})
    os.write(writing, struct.pack("<Q", len(body)) + body)


def points_of(cell: Json) -> float:
    """The points of a check cell, by its outputs."""
    for output in cell.get("outputs", []):
        if output["output_type"] == "error":
            return 0.0
        if output["output_type"] == "execute_result":
            return float(output["data"]["text/plain"])
    return cell["metadata"]["nbgrader"]["points"]


def _answers(course: Path) -> Json:
    space: Json = {}
    with open(course / "solutions" / "two_layer_net" / "layers.ipynb") as file:
        for cell in json.load(file)["cells"]:
            if (cell["cell_type"] == "code" and "skip-execution" not in cell["metadata"].get("tags", [])
                    and not cell["metadata"].get("nbgrader", {}).get("grade")):
                exec("".join(cell["source"]), space)  # noqa: S102 - the course's own
    exec(ANSWERS, space)  # noqa: S102
    return space["key"]


def _outputs(shown: Any, result: Any) -> list[Json]:
    outputs = [{"output_type": "stream", "name": "stdout", "text": shown.stdout}] if shown.stdout else []
    outputs += [{"output_type": "display_data", "data": {kind: repr(value) for kind, value in one.data.items()},
                 "metadata": {}} for one in shown.outputs]
    if not result.success:
        outputs.append({"output_type": "error"})
    elif isinstance(result.result, (int, float)):
        outputs.append({"output_type": "execute_result", "data": {"text/plain": repr(result.result)}})
    return outputs


if __name__ == "__main__":
    if sys.argv[2] == "--notebook":
        grade_notebook(Path(sys.argv[1]), int(sys.argv[3]))
    else:
        grade_class(Path(sys.argv[1]), sys.argv[2:])
