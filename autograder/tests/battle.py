"""All attacks, graded by this grader as one class among honest classmates, with everything that comes after it.

Grades go into a gradebook and a table, some feedback pages are written. `test_attacks` looks at what is left, and
`naive` puts it beside what a naive grader makes of the same attacks.
"""

from __future__ import annotations

import io
import json
import os
import re
import secrets
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from unittest.mock import patch

import numpy as np
import psutil
from platformdirs import user_cache_path
from rich.console import Console

from autograder.authoring.hand_in import filled_in, write_notebook
from autograder.authoring.notebook import read_notebook
from autograder.authoring.release import release
from autograder.classroom.export import export_grades
from autograder.classroom.feedback import feedback_of
from autograder.classroom.gradebook import GradebookWriter
from autograder.classroom.report import print_class, print_tampering
from autograder.course import Course
from autograder.grading.grade import grade_class
from autograder.grading.job import Jobs, Lost
from autograder.grading.results import SubmissionResult
from autograder.tests.active import active
from autograder.tests.arena import calls, canaries, home_directory
from autograder.tests.attack import Attack, write
from autograder.tests.meter import Meter, Peak
from autograder.tests.sample_class import ASSIGNMENT, SOLUTIONS

CLASSMATES = ("00-honest", "link-honest", "mm-honest", "zz-honest")  # before, among and after the attackers
STEP_SECONDS, NOTEBOOK_SECONDS = 4.0, 20.0  # of the battle; a real class has 20 and 180
RESULTS = ("autograded", ".grading", "gradebook.db")  # what grading writes
FEEDBACK_SECONDS = 120.0  # for one hand-in; on a machine with nothing else to do, a page takes about two
# Whose feedback pages are written: a page takes a second, and most attacks are not about them.
SHOWN = ("pages", "hidden inputs", "answer channel", "the grader's work")


@dataclass
class Battle:
    """What was left after it.

    Attributes
    ----------
    course : Course
    results : dict of str to SubmissionResult
    before, after : dict of Path to str
        See `canaries`.
    calls : int
        How many connections were made.
    mark : str
        The word that MARK stands for.
    survivors : list of str
        Command lines of processes that are still there.
    table, csv : str
        What the teacher sees in the terminal, and opens as a spreadsheet.
    feedback : dict of str to float
        Seconds for a student's page.
    unwritten : dict of str to str
        Why a student has none.
    peak : Peak
        The most memory that the grader, and shared memory that everything together, held at a time.
    """

    course: Course
    results: dict[str, SubmissionResult]
    before: dict[Path, str]
    after: dict[Path, str]
    calls: int
    mark: str
    survivors: list[str]
    table: str
    csv: str
    feedback: dict[str, float] = field(default_factory=dict)
    unwritten: dict[str, str] = field(default_factory=dict)
    peak: Peak = field(default_factory=Peak)

    def page(self, student: str, notebook: str) -> str:
        """A student's feedback page; "" if there is none."""
        path = self.course.feedback / student / ASSIGNMENT / f"{notebook}.html"
        return path.read_text(encoding="utf-8") if path.is_file() else ""


def fight(folder: Path, attacks: Iterable[Attack], notebook: str = "layers", jobs: int | None = None) -> Battle:
    """Grade those of the attacks that hand in a notebook."""
    attacks = [attack for attack in attacks if attack.notebook == notebook]
    course, home, mark = (
        small_course(folder / "course", notebook),
        home_directory(folder / "home"),
        f"mark{secrets.token_hex(6)}",
    )
    hand_in_honestly(course, CLASSMATES)
    course.secret()
    released = read_notebook(course.released / ASSIGNMENT / f"{notebook}.ipynb")
    with socket.create_server(("127.0.0.1", 0)) as listener, _environment(home, mark), Meter() as meter:
        listener.setblocking(False)
        for attack in attacks:
            write(attack, released, course.root, home, listener.getsockname()[1], mark)
        before = canaries(course.root, home, RESULTS)
        results = {}
        with GradebookWriter(course) as gradebook:
            for result in grade_class(
                course,
                ASSIGNMENT,
                course.students(ASSIGNMENT),
                jobs,
                step_seconds=STEP_SECONDS,
                notebook_seconds=NOTEBOOK_SECONDS,
                level="strict",
            ):
                results[result.student] = result
                gradebook.record(ASSIGNMENT, result)
            # Deadlines so short may be too short for honest work on a busy machine: it gets those of a real class.
            late = [name for name in CLASSMATES if hurried(results[name])]
            for result in grade_class(course, ASSIGNMENT, late, jobs, level="strict"):
                results[result.student] = result
                gradebook.record(ASSIGNMENT, result)
        console = Console(file=(terminal := io.StringIO()), force_terminal=False, width=200)
        print_class(console, list(results.values()))
        print_tampering(console, list(results.values()))
        battle = Battle(
            course,
            results,
            before,
            canaries(course.root, home, RESULTS),
            calls(listener),
            mark,
            [],
            terminal.getvalue(),
            export_grades(course, "csv"),
        )
        with Jobs(jobs or os.cpu_count() or 1, FEEDBACK_SECONDS) as pool:
            for student in [
                CLASSMATES[0],
                *(attack.name for attack in attacks if attack.group in SHOWN),
                CLASSMATES[-1],
            ]:
                pool.submit(student, _seconds_for_feedback, course, student)
            for student, outcome in pool.results():
                battle.feedback[student] = outcome if isinstance(outcome, float) else getattr(outcome, "whole", 0.0)
                if not isinstance(outcome, float):
                    battle.unwritten[student] = outcome.reason if isinstance(outcome, Lost) else str(outcome)
    battle.survivors, battle.peak = _survivors(mark), meter.peak
    return battle


def hurried(result: SubmissionResult) -> bool:
    """Whether a deadline of the grader's cost a hand-in something, or was what it was after."""
    words = [
        result.reason,
        *(check.message for notebook in result.notebooks for cell in notebook.cells for check in cell.checks),
        *(remark for notebook in result.notebooks for remark in notebook.remarks),
    ]
    return any("were used up" in word or "did not finish within" in word for word in words)


def _seconds_for_feedback(course: Course, student: str) -> float:
    began = time.monotonic()
    feedback_of(course, ASSIGNMENT, student)
    return time.monotonic() - began


# Courses


def small_course(folder: Path, notebook: str = "layers") -> Course:
    """A released course with one notebook alone."""
    shutil.copytree(_released(notebook).name, folder, dirs_exist_ok=True)
    return Course(folder)


@cache
def _released(notebook: str) -> tempfile.TemporaryDirectory[str]:
    """Its folder, to be copied: a release takes seconds."""
    made = tempfile.TemporaryDirectory(prefix="released-")
    course = Course(SOLUTIONS.parents[1]).copied(Path(made.name), ASSIGNMENT)
    for other in course.notebooks(ASSIGNMENT):
        if other != notebook:
            course.source(ASSIGNMENT, other).unlink()
    release(course, ASSIGNMENT)
    (course.root / "canary.txt").write_text("still here\n")
    return made


def hand_in_honestly(course: Course, names: Iterable[str]) -> None:
    """Write hand-ins in which everything is right but the saved net, which is none of this kind."""
    for notebook in course.notebooks(ASSIGNMENT):
        right = filled_in(
            read_notebook(course.released / ASSIGNMENT / f"{notebook}.ipynb"),
            read_notebook(course.source(ASSIGNMENT, notebook)),
        )
        for name in names:
            write_notebook(course.submitted / name / ASSIGNMENT / f"{notebook}.ipynb", right)
            np.savez(course.submitted / name / ASSIGNMENT / f"{notebook}_best_net.npz", W1=np.zeros((3072, 1)))


@contextmanager
def _environment(home: Path, mark: str):
    """A home directory of the battle's own, and the usual data set; every process that is started carries the mark."""
    with patch.dict(
        os.environ,
        {"HOME": str(home), "XDG_CACHE_HOME": str(user_cache_path()), "PATH": f"{os.environ['PATH']}:/nowhere/{mark}"},
    ):
        yield


def _survivors(mark: str) -> list[str]:
    """Command lines of processes that carry the mark, once they have had time to go.

    Those that attacks start stay longer.
    """
    deadline = time.monotonic() + 15
    # Python's own helpers, of which jobs are forked, live as long as this process; nobody else can become its child.
    ours = {os.getpid(), *(child.pid for child in psutil.Process().children())}
    while True:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if int(folder.name) not in ours and mark.encode() in (folder / "environ").read_bytes():
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                pass
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def seen(battle: Battle, attack: Attack) -> dict[str, object]:
    """What one attack did to this grader beyond what it deserves, for a person to read; {} if nothing."""
    result = battle.results[attack.name]
    (notebook,) = result.notebooks
    words = [notebook.reason, *notebook.remarks, *(check.message for cell in notebook.cells for check in cell.checks)]
    path = battle.course.autograded / attack.name / ASSIGNMENT / f"{attack.notebook}.ipynb"
    text = path.read_text() if path.is_file() else "{}"
    page = battle.page(attack.name, attack.notebook)
    cells = "\n\n".join(
        "".join(cell["source"]) for cell in json.loads(text).get("cells", []) if cell["cell_type"] != "code"
    )
    found = {
        "points": result.score - sum(attack.deserves.values()),
        "status": "" if (result.status == "failed") == attack.failed else f"{result.status}: {result.reason[:100]}",
        "seconds": round(result.seconds) if result.seconds > NOTEBOOK_SECONDS + 15 else 0,
        "MB in the graded notebook": round(len(text) / 1e6) if len(text) > 50e6 else 0,
        "characters in a message": max(map(len, words)) if max(map(len, words)) > 2500 else 0,
        "lines about tampering": len(notebook.tamper) if len(notebook.tamper) > 300 else 0,
        "seconds for feedback": round(battle.feedback.get(attack.name, 0))
        if battle.feedback.get(attack.name, 0) > 30
        else 0,
        "no feedback": battle.unwritten.get(attack.name, "")[:150],
        "leaks in feedback": bool(re.search(f"{battle.mark}[-_]leak", page)),
        "active in feedback": active(page, battle.mark, typeset="mathjax" in page.lower()),
        "active in the graded notebook": active(cells, battle.mark),
        "no such sentence": [word[:150] for word in words if word][:3]
        if attack.sentence and not re.search(attack.sentence, "\n".join(words))
        else [],
    }
    return {name: value for name, value in found.items() if value}


def main() -> None:
    """For a look at some: `python -m autograder.tests.battle NAME-OR-GROUP ...` says what they did to this grader."""
    from autograder.tests.attacks import ATTACKS

    chosen = [one for one in ATTACKS if {one.name, one.group} & set(sys.argv[1:])]
    for notebook in dict.fromkeys(attack.notebook for attack in chosen):
        with tempfile.TemporaryDirectory() as folder:
            battle = fight(Path(folder), chosen, notebook)
            for attack in chosen:
                if attack.notebook == notebook:
                    print(f"{attack.group:18} {attack.name:20}", seen(battle, attack), flush=True)
            print(
                "all together:",
                {
                    "memory": f"{battle.peak.own / 2**20:.0f} MiB",
                    "shared memory": f"{battle.peak.shared / 2**20:.0f} MiB",
                    "changed": sorted(
                        str(path.name)
                        for path in battle.before.keys() | battle.after.keys()
                        if battle.before.get(path) != battle.after.get(path)
                    ),
                    "calls": battle.calls,
                    "survivors": battle.survivors,
                    "control characters": sorted(
                        {
                            hex(ord(sign))
                            for sign in battle.table
                            if (ord(sign) < 32 and sign != "\n")
                            or 127 <= ord(sign) < 160
                            or 0x202A <= ord(sign) < 0x202F
                        }
                    ),
                    "formulas": [line for line in battle.csv.splitlines() if re.search("(^|,)[=+@-]", line)],
                },
            )


if __name__ == "__main__":
    main()
