"""A class of 60, a third of it hostile, graded with the real deadlines: what it costs the grader.

    python -m autograder.tests.siege                  grade it, and say how much memory and time it took
    python -m autograder.tests.siege --renew          renew the table in SECURITY.md, too

The hostile hand-ins are those that cost the most memory and time, of every kind. Forty classmates hand in what
`autograder demo` shows, and have to get what they deserve.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from autograder.authoring.notebook import read_notebook
from autograder.authoring.release import release
from autograder.course import Course
from autograder.demo.sample import Sample
from autograder.evidence.blocks import SECURITY, place_of, renew
from autograder.grading.grade import OWN_WORK_SECONDS, grade_class
from autograder.grading.paper import NOTEBOOK_SECONDS, STEP_SECONDS
from autograder.grading.results import SubmissionResult
from autograder.sandbox.isolation import strict_works
from autograder.tests.arena import home_directory
from autograder.tests.attack import write
from autograder.tests.attacks import ATTACKS
from autograder.tests.battle import SOLUTIONS, hand_in_honestly
from autograder.tests.meter import Meter, Peak
from autograder.tests.sample_class import ASSIGNMENT, SAMPLES, make_class

HOSTILE = (
    "answers-large",
    "answers-data",
    "answers-endless",
    "huge-cell",
    "huge-text",
    "many-cells",
    "deep-metadata",
    "cell-metadata",
    "many-pictures",
    "forged-outputs",
    "net-many-names",
    "many-keys",
    "wide-results",
    "huge-history",
    "memfd",
    "memory-segments",
    "large-result",
    "slow-calls",
    "slow-nets",
    "slow-replays",
)
STUDENTS, JOBS = 60, 2
MEMORY = 2 * 2**30
# What SECURITY.md states: both notebooks may take their time, and the grader its own.
SECONDS = 2 * (NOTEBOOK_SECONDS + OWN_WORK_SECONDS)
POINTS = 39.0  # of all check cells in both notebooks
NETS = {"layers.best_net": 3.0, "two_layer_net.best_net": 3.0}  # nobody here has trained one
BLOCK = "the siege"


@dataclass
class Siege:
    """What it took.

    Attributes
    ----------
    peak : Peak
    seconds : float
        In all.
    longest : dict of str to float
        Seconds for each hand-in, the longest first.
    wrong : list of str
        Classmates that did not get what they deserve, and attackers that got more.
    """

    peak: Peak
    seconds: float
    longest: dict[str, float]
    wrong: list[str]

    @property
    def held(self) -> bool:
        return self.peak.own < MEMORY and max(self.longest.values()) <= SECONDS and not self.wrong


def besiege(folder: Path) -> Siege:
    """Make the class, and grade it."""
    course, home = Course(SOLUTIONS.parents[1]).copied(folder / "course", ASSIGNMENT), home_directory(folder / "home")
    release(course, ASSIGNMENT)
    classmates = list(_classmates(STUDENTS - len(HOSTILE)))
    net = {"W1": np.zeros((3072, 5)), "b1": np.zeros(5), "W2": np.zeros((5, 10)), "b2": np.zeros(10)}
    make_class(course, classmates, net, "stand-in")
    _attackers(course, home)
    longest, wrong, began = {}, [], time.monotonic()
    deserved = {sample.student: POINTS - sum((NETS | sample.loses).values()) for sample in classmates}
    with Meter() as meter:
        for result in grade_class(course, ASSIGNMENT, course.students(ASSIGNMENT), JOBS, level="strict"):
            longest[result.student] = result.seconds
            print(
                f"{result.student:24} {result.score:5g} {result.seconds:6.1f} s {result.reason[:80]}", file=sys.stderr
            )
            if not _deserved(result, deserved.get(result.student)):
                wrong.append(f"{result.student} has {result.score:g} points")
    if missing := set(course.students(ASSIGNMENT)) - longest.keys():
        wrong.append(f"no result of {', '.join(sorted(missing))}")
    return Siege(meter.peak, time.monotonic() - began, dict(sorted(longest.items(), key=lambda one: -one[1])), wrong)


def _classmates(count: int) -> Iterator[Sample]:
    """The sample class, as often as it takes."""
    for number, sample in enumerate(islice(cycle(SAMPLES), count)):
        yield replace(sample, student=f"{number:02}-{sample.student}")


def _attackers(course: Course, home: Path) -> None:
    """Each attack beside an honest other notebook, and with naps as long as the real deadline lets them be."""
    hand_in_honestly(course, HOSTILE)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for attack in (one for one in ATTACKS if one.name in HOSTILE):
            folder = course.submitted / attack.name / ASSIGNMENT
            other = {
                path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(attack.notebook)
            }
            shutil.rmtree(folder)
            write(
                attack,
                read_notebook(course.released / ASSIGNMENT / f"{attack.notebook}.ipynb"),
                course.root,
                home,
                listener.getsockname()[1],
                "mark",
            )
            for name, data in other.items():
                (folder / name).write_bytes(data)
            path = folder / f"{attack.notebook}.ipynb"
            path.write_text(path.read_text().replace("time.sleep(3)", f"time.sleep({STEP_SECONDS - 2:.0f})"))


def _deserved(result: SubmissionResult, points: float | None) -> bool:
    """Whether a classmate has these points, or an attacker none but those of its honest notebook and of the attack."""
    if points is not None:
        return result.score == points
    attack = next(one for one in ATTACKS if one.name == result.student)
    attacked = [one for one in result.notebooks if one.name == attack.notebook]
    return sum(cell.score or 0.0 for one in attacked for cell in one.cells) <= sum(attack.deserves.values())


def table(siege: Siege) -> str:
    """What SECURITY.md says of it."""
    slowest = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in list(siege.longest.items())[:3])
    return "\n".join(
        [
            f"A class of {STUDENTS}, {len(HOSTILE)} of them hostile, {JOBS} at a time:",
            "",
            "| what | measured | limit |",
            "|---|---|---|",
            f"| memory of the grader's processes, all together (proportional set size) "
            f"| {siege.peak.own / 2**20:.0f} MiB | {MEMORY // 2**20} MiB |",
            f"| growth of shared memory on the whole machine | {siege.peak.shared / 2**20:.0f} MiB | – |",
            f"| longest wait for one hand-in of two notebooks "
            f"| {max(siege.longest.values()):.0f} s | {SECONDS:.0f} s |",
            f"| the slowest three | {slowest} | |",
            f"| the class as a whole | {siege.seconds / 60:.1f} min | |",
            f"| classmates with other points than deserved, attackers with more | {len(siege.wrong)} | 0 |",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m autograder.tests.siege", description=__doc__.splitlines()[0])
    parser.add_argument("--renew", action="store_true", help="renew the table in SECURITY.md")
    options = parser.parse_args()
    if why := strict_works():
        raise SystemExit(f"hostile hand-ins are graded in bubblewrap only: {why}")
    if options.renew:
        place_of(SECURITY.read_text(encoding="utf-8"), BLOCK, SECURITY.name)  # before the siege, not after it
    with tempfile.TemporaryDirectory() as folder:
        siege = besiege(Path(folder))
    print(table(siege), *siege.wrong, sep="\n")
    if options.renew:
        renew(SECURITY, BLOCK, table(siege))
    raise SystemExit(0 if siege.held else 1)


if __name__ == "__main__":
    main()
