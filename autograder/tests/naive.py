"""What the attacks do to a naive grader: the proof that they are real.

    python -m autograder.tests.naive [NAME ...]     try all attacks, or some, and say what became of each
    python -m autograder.tests.naive --renew        grade them here, too, and renew the table in SECURITY.md

Each attack is graded by `naive_grader`, with an honest classmate after it, in a bubblewrap sandbox of its own that
holds a whole course: the solutions, classmates' hand-ins, a gradebook, a home directory, a listener on loopback. The
sandbox protects this machine. It protects none of these from the hand-in.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import autograder
from autograder.course import Course
from autograder.evidence.blocks import SECURITY, place_of, renew
from autograder.grading.results import SubmissionResult
from autograder.sandbox.isolation import launch, strict_works
from autograder.tests import naive_grader
from autograder.tests.arena import HONEST, SECONDS, STARTER, Outcome, home_directory
from autograder.tests.attack import Attack
from autograder.tests.attacks import ATTACKS
from autograder.tests.battle import fight, hand_in_honestly, small_course
from autograder.tests.sample_class import ASSIGNMENT

PACKAGE = Path(autograder.__file__).parent
BLOCK = "the attacks"


def template(folder: Path) -> Path:
    """For each notebook a course and a home directory with something to lose, to be copied for each attack."""
    for notebook in naive_grader.TESTS:
        _template(folder / notebook, notebook)
    return folder


def _template(folder: Path, notebook: str) -> None:
    course = small_course(folder / "course", notebook)
    path = course.released / ASSIGNMENT / f"{notebook}.ipynb"
    path.write_text(json.dumps(naive_grader.release(json.loads(path.read_text()), notebook)))
    hand_in_honestly(course, ("00-honest", "zz-honest", *(one.name for one in HONEST)))
    course.secret()
    (course.root / "gradebook.db").unlink(missing_ok=True)  # nbgrader's own, with more in it than is wanted here
    with sqlite3.connect(course.root / "gradebook.db") as gradebook:
        gradebook.execute("create table grades (student text primary key, percent real)")
        gradebook.execute("create table base_cell (name text)")
        gradebook.execute("insert into grades values ('00-honest', 100.0)")
    home_directory(folder / "home")
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def try_all(attacks: Iterable[Attack], folder: Path, jobs: int = 2) -> Iterator[tuple[Attack, Outcome]]:
    """Try attacks on the naive grader, some at a time; `folder` is a `template`."""
    with ThreadPoolExecutor(jobs) as pool:
        attacks = list(attacks)
        yield from zip(attacks, pool.map(lambda attack: try_on_naive_grader(attack, folder), attacks))


def try_on_naive_grader(attack: Attack, folder: Path) -> Outcome:
    """Have the naive grader grade one attack, in a sandbox of its own."""
    start = launch("strict", folder / attack.notebook, Course.find(PACKAGE).settings)
    last = len(start.command) - 1 - start.command[::-1].index("--remount-ro")  # of the whole
    command = [
        *start.command[:last],
        "--ro-bind",
        str(PACKAGE),
        str(PACKAGE),  # which level strict hides
        *start.command[last : start.command.index("--")],
        "--",
        sys.executable,
        "-m",
        "autograder.tests.arena",
        attack.name,
    ]
    run = subprocess.run(
        command,
        check=False,
        env=start.environment | {"PYTHONSAFEPATH": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=10 * SECONDS,
    )
    try:
        return Outcome(**json.loads(run.stdout.splitlines()[-1]))
    except (IndexError, ValueError, TypeError):
        raise RuntimeError(f"{attack.name}: the arena itself failed: {run.stderr[-2000:]}") from None


# What is said of it


def in_words(attack: Attack, outcome: Outcome) -> str:
    """An outcome for a table."""
    gain = [f"**gains {outcome.gained:.0f} %**"] if outcome.gained else []
    return "; ".join([*gain, *outcome.harm]) or f"withstood: {attack.harmless or 'no reason given'}"


def table(outcomes: dict[str, Outcome], ours: dict[str, str]) -> str:
    """The table of SECURITY.md, with its summary."""
    count = Counter(outcomes[attack.name].kind for attack in ATTACKS)
    summary = (
        f"Of {len(ATTACKS)} attacks, {count['fooled']} gain points from the naive grader, {count['harmed']} others "
        f"harm it, and {count['withstood']} do nothing to it, for the reason that the table gives. From this "
        "grader none gains a point that it does not deserve, and none harms it."
    )
    lines = [summary, "", "| group | attack | what it tries | a naive grader | this grader |", "|---|---|---|---|---|"]
    last = None
    for attack in ATTACKS:
        group, last = ("" if attack.group == last else attack.group), attack.group
        lines.append(
            f"| {group} | {attack.name} | {attack.what} "
            f"| {in_words(attack, outcomes[attack.name])} | {ours[attack.name]} |"
        )
    return "\n".join(lines)


def our_results(folder: Path) -> dict[str, str]:
    """What this grader gives each attack, in words, after grading all of them as one class for each notebook."""
    words = {}
    for notebook in dict.fromkeys(attack.notebook for attack in ATTACKS):
        battle = fight(folder / notebook, ATTACKS, notebook)
        if battle.before != battle.after or battle.calls:
            raise SystemExit("this grader was harmed: tests/test_attacks.py says how")
        for attack in ATTACKS:
            if attack.notebook == notebook:
                words[attack.name] = _ours(attack, battle.results[attack.name])
    return words


def _ours(attack: Attack, result: SubmissionResult) -> str:
    deserved = sum(attack.deserves.values())
    if result.score != deserved:
        raise SystemExit(f"this grader gives {attack.name} {result.score:g} points instead of {deserved:g}")
    return (
        f"not graded: {result.reason}"
        if result.status == "failed"
        else "0 points"
        if not deserved
        else f"{deserved:g} point{'s' * (deserved != 1)}, deserved"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m autograder.tests.naive", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="attacks to try; all of them if left out")
    parser.add_argument("--renew", action="store_true", help="grade them here, too, and renew the table in SECURITY.md")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at a time")
    options = parser.parse_args()
    if options.renew and options.names:
        parser.error("--renew is for all attacks")
    if options.renew:
        place_of(SECURITY.read_text(encoding="utf-8"), BLOCK, SECURITY.name)  # before the attacks, not after them
    if why := strict_works():
        raise SystemExit(f"attacks are tried in bubblewrap only: {why}")
    chosen = [attack for attack in (*STARTER, *HONEST, *ATTACKS) if attack.name in options.names or not options.names]
    if unknown := set(options.names) - {attack.name for attack in chosen}:
        raise SystemExit(f"there is no attack {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as folder:
        outcomes = {}
        for attack, outcome in try_all(chosen, template(Path(folder) / "template"), options.jobs):
            print(f"{attack.group:22} {attack.name:20} {in_words(attack, outcome)}", flush=True)
            outcomes[attack.name] = outcome
        print(
            ", ".join(
                f"{number} {kind}"
                for kind, number in Counter(outcomes[one.name].kind for one in ATTACKS if one.name in outcomes).items()
            )
        )
        if options.renew:
            renew(SECURITY, BLOCK, table(outcomes, our_results(Path(folder) / "ours")))


if __name__ == "__main__":
    main()
