"""The tamper report sees attempts, and says nothing about honest work."""

from __future__ import annotations

import pytest
from conftest import STUDENTS, quick

from autograder.grading.tamper import traces
from autograder.grading.tuning import use_of_the_test_set
from autograder.tests.sample_class import SAMPLES


@pytest.mark.parametrize(
    "source, sentence",
    [
        ("import numpy as np\nnp.allclose = lambda *a, **k: True", "replaces np.allclose: `np.allclose = lambda"),
        ("import numpy.testing\nnumpy.testing.assert_allclose = print", "replaces numpy.testing.assert_allclose"),
        ("setattr(np, 'isclose', print)", "replaces something in np"),
        ("import gc", "imports gc, which searches memory"),
        ("import sys\nsys._getframe(1)", "uses _getframe, which looks into other code's frames"),
        ("from autograder import misconceptions", "imports autograder, which asks for the grader itself"),
        ("open('../../solutions/key.ipynb')", "names a place outside the hand-in (../..)"),
        ("open('/proc/self/maps')", "names a place outside the hand-in (/proc/)"),
        ("get_ipython().ast_transformers.append(x)", "uses ast_transformers, which changes how cells are run"),
        (
            "class A:\n    def __eq__(self, other):\n        return True",
            "defines __eq__: an object that decides itself",
        ),
        ("import os\nos.kill(1, 9)", "uses kill, which sends signals"),
        ("import os\nos._exit(0)", "uses _exit, which ends the process"),
        ("exec('x = 1')", "runs text as code with exec"),
        ("import socket", "imports socket, which opens network connections"),
        ("import ctypes", "imports ctypes, which reaches into memory"),
    ],
)
def test_attempts_are_told_with_their_line(source, sentence):
    assert any(found.startswith(sentence) for found in traces([source])), traces([source])


@pytest.mark.parametrize(
    "source",
    [
        "self.params['W1'] -= learning_rate * grads['W1']",
        "net.params = params",
        "np.random.seed(0)",
        "import os, sys, time",
        "plt.rcParams['figure.figsize'] = (9, 3)",
        "plt.style.use('dark_background')",
        "self.reg = reg",
        "queue.kill()",
        "import numpy as np\nfrom tqdm import tqdm",
        "class Layer:\n    def __init__(self):\n        self.x = None",
        "def broken(:\n    pass",
        "%matplotlib inline\n!pip install tqdm",
        "np.set_printoptions(precision=3)",
        "",
        '"""The solution/answer is discussed\nin a docstring over several lines."""',
    ],
)
def test_ordinary_code_leaves_no_trace(source):
    assert traces([source]) == []


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "source",
    [
        "np" + ".a" * 900 + " = 1",
        "setattr(np" + ".a" * 900 + ", 'x', 1)",
        "np." + "a" * 50_000 + " = 1",
        "(" * 50_000,
        "-" * 50_000 + "1",
        "1+" * 25_000 + "1",
        "np.a = " * 5_000 + "1",
        '"\\d"\n1 is 1',
        "x\0",
        "x = '\ud800'",
        "x = " + "9" * 5_000,
    ],
    ids=lambda source: source[:12],
)
def test_any_code_is_read_or_passed_over(source):
    found = traces([source])
    assert all(len(sentence) <= 200 for sentence in found)
    assert use_of_the_test_set(source) is None


def test_the_report_is_not_without_end():
    many = [f"np.a{number} = 1" for number in range(1000)]
    assert traces(many)[49:] == ["replaces np.a49: `np.a49 = 1`", "… and more"] == traces(["\n".join(many)])[49:]
    assert len(traces(many[:50])) == 50
    assert traces(["import gc\n" * 20_000]) == ["a cell of 200,000 characters was not looked at; the limit is 100,000"]


@pytest.mark.parametrize("sample", quick([sample.student for sample in SAMPLES], STUDENTS.__contains__))
def test_the_sample_class_never_appears(graded_class, sample):
    assert [notebook.tamper for notebook in graded_class.results[sample].notebooks if notebook.tamper] == []
