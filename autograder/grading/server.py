"""What is imported first by the process that jobs are forked from, see `autograder.grading.job`."""

import os

from autograder.grading.job import THREADS

os.environ.update(dict.fromkeys(THREADS, "1"))  # read when NumPy is imported; and no fork takes threads along
