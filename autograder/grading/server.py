"""What the grader's jobs need, imported once.

Jobs are forked from a process that has imported this module and done nothing else (see `autograder.grading.job`): an
import takes as long as grading a notebook. It must not begin threads, which no fork takes along.
"""

import importlib
import os

from autograder.grading.job import THREADS

os.environ.update(dict.fromkeys(THREADS, "1"))  # read when NumPy is imported
for _name in ("autograder.grading.grade", "matplotlib.pyplot"):
    importlib.import_module(_name)
