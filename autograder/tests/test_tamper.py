"""The tamper report sees attempts, and says nothing about honest work."""

from __future__ import annotations

import pytest

from autograder.samples import SAMPLES
from autograder.tamper import traces


@pytest.mark.parametrize("source, sentence", [
    ("import numpy as np\nnp.allclose = lambda *a, **k: True", "replaces np.allclose: `np.allclose = lambda"),
    ("import numpy.testing\nnumpy.testing.assert_allclose = print", "replaces numpy.testing.assert_allclose"),
    ("setattr(np, 'isclose', print)", "replaces something in np"),
    ("import gc", "imports gc, which searches memory"),
    ("import sys\nsys._getframe(1)", "uses _getframe, which looks into other code's frames"),
    ("from autograder import misconceptions", "imports autograder, which asks for the grader itself"),
    ("open('../../solutions/key.ipynb')", "names a place outside the hand-in (../..)"),
    ("open('/proc/self/maps')", "names a place outside the hand-in (/proc/)"),
    ("get_ipython().ast_transformers.append(x)", "uses ast_transformers, which changes how cells are run"),
    ("class A:\n    def __eq__(self, other):\n        return True", "defines __eq__: an object that decides itself"),
    ("import os\nos.kill(1, 9)", "uses kill, which sends signals"),
    ("import os\nos._exit(0)", "uses _exit, which ends the process"),
    ("exec('x = 1')", "runs text as code with exec"),
    ("import socket", "imports socket, which opens network connections"),
    ("import ctypes", "imports ctypes, which reaches into memory"),
])
def test_attempts_are_told_with_their_line(source, sentence):
    assert any(found.startswith(sentence) for found in traces([source])), traces([source])


@pytest.mark.parametrize("source", [
    "self.params['W1'] -= learning_rate * grads['W1']", "net.params = params", "np.random.seed(0)", "import os, sys, time",
    "plt.rcParams['figure.figsize'] = (9, 3)", "plt.style.use('dark_background')", "self.reg = reg", "queue.kill()",
    "import numpy as np\nfrom tqdm import tqdm", "class Layer:\n    def __init__(self):\n        self.x = None",
    "def broken(:\n    pass", "%matplotlib inline\n!pip install tqdm", "np.set_printoptions(precision=3)", "",
    '"""The solution/answer is discussed\nin a docstring over several lines."""',
])
def test_ordinary_code_leaves_no_trace(source):
    assert traces([source]) == []


@pytest.mark.parametrize("sample", [sample.student for sample in SAMPLES])
def test_the_sample_class_never_appears(graded_class, sample):
    assert [notebook.tamper for notebook in graded_class.results[sample].notebooks if notebook.tamper] == []
