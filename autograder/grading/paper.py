"""One notebook of one hand-in, with everything that decides how it is graded."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from autograder.authoring.rubric import Draw, Rubric, load_rubric
from autograder.course import Course
from autograder.grading.job import Lost, at
from autograder.settings import Settings

# Defaults; a course's settings may say otherwise.
STEP_SECONDS = Settings().step_seconds  # for one cell, or one call of a probe
NOTEBOOK_SECONDS = Settings().notebook_seconds  # for everything in one notebook, however often it is begun anew


@dataclass(frozen=True)
class Terms:
    """How a class is graded: the same for every hand-in.

    Attributes
    ----------
    secret : bytes
        The course's, from which hidden inputs are drawn.
    level : {"strict", "user", "process"}
        How hand-ins are isolated, see `autograder.sandbox.isolation`.
    step_seconds, notebook_seconds : float
        Deadlines for a cell or a call of a probe, and for a notebook.
    """

    course: Course
    assignment: str
    secret: bytes
    level: str
    step_seconds: float = STEP_SECONDS
    notebook_seconds: float = NOTEBOOK_SECONDS


@dataclass(frozen=True)
class Place:
    """Where in a notebook the grader's own work is.

    Attributes
    ----------
    notebook, stage : str
        "reading", "cell", "check", "naming", "looking" or "writing".
    detail : str
        The cell's number, or the check's name.
    spent : float
        Seconds that the notebook has taken so far.
    """

    notebook: str
    stage: str
    detail: str = ""
    spent: float = 0.0


@dataclass(frozen=True)
class Setback:
    """A place at which a job was lost, so that the next one skips it.

    Attributes
    ----------
    reason : str
        The end of a sentence: "needed more than 768 MiB of memory".
    spent : float
        Seconds that the notebook had taken by then.
    """

    place: Place
    reason: str
    spent: float

    @classmethod
    def of(cls, lost: Lost) -> Setback:
        return cls(lost.place, lost.reason, lost.place.spent + lost.seconds)


@dataclass(frozen=True)
class Paper:
    """A notebook to grade."""

    terms: Terms
    student: str
    name: str
    setbacks: tuple[Setback, ...] = ()

    @property
    def folder(self) -> Path:
        """Where the hand-in's files are."""
        return self.terms.course.submitted / self.student / self.terms.assignment

    @property
    def released(self) -> Path:
        return self.terms.course.released / self.terms.assignment / f"{self.name}.ipynb"

    @property
    def solution(self) -> Path:
        return self.terms.course.source(self.terms.assignment, self.name)

    @property
    def graded(self) -> Path:
        """Where the graded notebook goes."""
        return self.terms.course.autograded / self.student / self.terms.assignment / f"{self.name}.ipynb"

    @property
    def rubric(self) -> Rubric:
        return load_rubric(self.solution)

    @property
    def files(self) -> list[Path]:
        """The notebook and the other files that belong to it, whether they exist or not."""
        return [self.folder / name for name in (f"{self.name}.ipynb", *self.rubric.files())]

    def lost_at(self, stage: str) -> dict[str, str]:
        """Why the grader's work was lost at a stage, by the place's detail."""
        return {
            setback.place.detail: f"the grader's work on it {setback.reason}"
            for setback in self.setbacks
            if (setback.place.notebook, setback.place.stage) == (self.name, stage)
        }

    def draw(self, content: bytes, check: str) -> Draw:
        """Hidden inputs for a check, which depend on the hand-in's content: what one attempt has seen is of no use to
        the next."""
        return Draw(self.terms.secret, self.student, self.terms.assignment, self.name, content.hex(), check)


@dataclass
class Clock:
    """The time that a notebook takes, lost jobs included. It tells the parent where the work is."""

    paper: Paper
    began: float = field(init=False)

    def __post_init__(self) -> None:
        spent = [setback.spent for setback in self.paper.setbacks if setback.place.notebook == self.paper.name]
        self.began = time.monotonic() - max(spent, default=0.0)

    @property
    def until(self) -> float:
        """When its time is used up, by `time.monotonic`."""
        return self.began + self.paper.terms.notebook_seconds

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return round(time.monotonic() - self.began, 2)

    def at(self, stage: str, detail: str = "") -> None:
        at(Place(self.paper.name, stage, detail, time.monotonic() - self.began))
