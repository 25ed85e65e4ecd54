"""What others have published about these exercises on CIFAR-10, and what the solution notebooks give there.

A module `autograder/published/<assignment>.py` has a function `claims()`. It runs the code of the assignment's
solution notebooks on CIFAR-10 itself and yields, one by one, what was published beside what was found. They are run
by `python -m autograder.reproduce`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course import Course
from autograder.reference import Reference

NEAR = 0.03  # accuracies: two standard errors of 1000 images, 0.016 each


@dataclass(frozen=True)
class Claim:
    """A published result beside our own.

    Attributes
    ----------
    what : str
        What was trained or measured, and how.
    published, measured : str
    holds : bool
        Whether the two agree.
    """

    what: str
    published: str
    measured: str
    holds: bool

    def __str__(self) -> str:
        """A row of a table in Markdown."""
        return f"| {self.what} | {self.published} | {self.measured} | {'✓' if self.holds else '✗'} |"


def near(what: str, published: float, measured: float, apart: float = NEAR, digits: int = 3) -> Claim:
    """A claim that two numbers are at most `apart` from each other."""
    return Claim(what, f"{published:.{digits}f}", f"{measured:.{digits}f}", bool(abs(measured - published) <= apart))


def at_least(what: str, published: float, measured: float, least: float) -> Claim:
    """A claim that a number reaches what students are asked for, or what was published, less an error of chance."""
    return Claim(f"{what} (at least {least:g})", f"{published:.3f}", f"{measured:.3f}", bool(measured >= least))


def solution(assignment: str, notebook: str) -> Callable[[str], Any]:
    """What a solution notebook defines, by name."""
    path: Path = Course.find().solutions / assignment / f"{notebook}.ipynb"
    return Reference(path).host.namespace.__getitem__
