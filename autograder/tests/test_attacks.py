"""No hand-in gains a point, reaches anything outside, or stops the class.

All of `attacks` is graded as one class, with honest hand-ins among them, and then looked at. The last part
shows that the attacks are real: a naive grader falls for them.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import struct
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import msgpack
import numpy as np
import pytest

from autograder.course import Course
from autograder.grade import grade_class
from autograder.isolation import strict_works
from autograder.notebook import read_notebook
from autograder.reference import Reference
from autograder.results import SubmissionResult
from autograder.rubric import load_rubric
from autograder.samples import ASSIGNMENT
from autograder.saved_net import accuracy_verdict
from autograder.tests.arena import HONEST, STARTER, Outcome, calls, canaries, home_directory
from autograder.tests.attacks import ATTACKS, broadcasting_net, write
from autograder.tests.naive import PAGE, SOLUTION, hand_in_honestly, small_course, template, try_all
from autograder.worker import wire

CLASSMATES = ("00-honest", "link-honest", "mm-honest", "zz-honest")  # before, among and after the attackers
SECONDS = 30.0  # for one hand-in; the deadline for one cell is 4

strict = pytest.mark.skipif(strict_works() is not None, reason=f"no level strict: {strict_works()}")


@dataclass
class Battle:
    course: Course
    results: dict[str, SubmissionResult]
    before: dict[Path, str]
    after: dict[Path, str]
    calls: int
    mark: str
    survivors: list[str]


@pytest.fixture(scope="module")
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture(scope="module")
def battle(tmp_path_factory, listener):
    course = small_course(tmp_path_factory.mktemp("course"))
    home, mark = home_directory(tmp_path_factory.mktemp("home")), f"mark{secrets.token_hex(6)}"
    released = read_notebook(course.released / ASSIGNMENT / "layers.ipynb")
    hand_in_honestly(course, CLASSMATES)
    for attack in ATTACKS:
        write(attack, released, course.root, home, listener.getsockname()[1], mark)
    course.secret()
    before = canaries(course.root, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("PATH", f"{os.environ['PATH']}:/nowhere/{mark}")  # every graded process carries the mark
        results = {result.student: result for result in grade_class(
            course, ASSIGNMENT, course.students(ASSIGNMENT), step_seconds=4.0, level="strict")}
    return Battle(course, results, before, canaries(course.root, home), calls(listener), mark, _survivors(mark))


# The class

@strict
def test_every_hand_in_has_a_result(battle):
    assert sorted(battle.results) == sorted([*CLASSMATES, *(attack.name for attack in ATTACKS)])


@strict
@pytest.mark.parametrize("name", CLASSMATES)
def test_honest_hand_ins_keep_all_their_points(battle, name):
    result = battle.results[name]
    assert result.status == "graded" and not result.notebooks[0].remarks
    cells = {cell.grade_id: cell for cell in result.notebooks[0].cells if not cell.needs_manual_grade}
    assert len(cells) == 11
    assert [name for name, cell in cells.items() if cell.score != cell.max_score] == ["best_net"]


@strict
def test_no_file_outside_was_touched(battle):
    assert len(battle.before) > len(ATTACKS)
    changed = [name for name in battle.before.keys() | battle.after.keys()
               if battle.before.get(name) != battle.after.get(name)]
    assert changed == []
    assert not Path("/tmp/MARK").exists()
    assert not [path for folder in (*sys.path, "/tmp", str(Path.cwd())) if os.path.isdir(folder)
                for path in os.listdir(folder) if battle.mark in path]


@strict
def test_nobody_called(battle):
    assert battle.calls == 0


@strict
def test_no_process_is_left(battle):
    assert battle.survivors == []


@strict
def test_no_hand_in_holds_the_class_up(battle):
    slow = {name: result.seconds for name, result in battle.results.items() if result.seconds > SECONDS}
    assert slow == {}


@strict
def test_no_key_leaves_the_course(battle):
    secret = battle.course.secret().decode()
    for path in battle.course.autograded.rglob("*.ipynb"):
        text = path.read_text()
        assert secret not in text and "canary-key" not in text, path


# Each attack

@strict
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_it_gets_what_it_deserves(battle, attack):
    result = battle.results[attack.name]
    (notebook,) = result.notebooks
    words = [notebook.reason, *notebook.remarks, *(check.message for cell in notebook.cells for check in cell.checks)]
    assert {cell.grade_id: cell.score for cell in notebook.cells if cell.score} == attack.deserves, words
    assert result.score == sum(attack.deserves.values()) and result.max_score == 26
    assert (result.status == "failed") == attack.failed, words
    assert attack.sentence is None or re.search(attack.sentence, "\n".join(words)), words
    assert max(map(len, words)) < 2500 and "Traceback" not in "".join(words)
    assert result.seconds < SECONDS
    if not attack.failed:
        graded = json.loads((battle.course.autograded / attack.name / ASSIGNMENT / "layers.ipynb").read_text())
        assert "<script" not in json.dumps([cell.get("outputs") for cell in graded["cells"]])


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_it_says_in_a_sentence_what_it_tries(attack):
    assert attack.what.endswith(".") and 2 < len(attack.what.split()) and len(attack.what) < 110


def test_there_are_enough_of_every_kind():
    groups = [attack.group for attack in ATTACKS]
    assert len(ATTACKS) >= 60 and len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert min(map(groups.count, set(groups))) >= 5 and len(set(groups)) == 12


def test_a_saved_net_cannot_fill_the_graders_memory():
    import tracemalloc
    check = load_rubric(ASSIGNMENT, "layers").of("best_net")[0]
    host = Reference(SOLUTION).host
    tracemalloc.start()
    try:
        message = accuracy_verdict(check, broadcasting_net(), np.zeros((500, 3072), np.float32), np.zeros(500), host)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "do not make a net of this kind" in message
    assert peak < 10e6


def test_a_message_cannot_fill_the_graders_memory():
    with pytest.raises(wire.WireError):
        wire.decode(b"\xdd" + struct.pack(">I", 2_000_000) + b"\x80" * 2_000_000)


def test_a_set_cannot_keep_the_grader_busy():
    numbers = [msgpack.ExtType(5, (k * (2**61 - 1)).to_bytes(12, "little", signed=True)) for k in range(1, 5001)]
    with pytest.raises(wire.WireError):
        wire.decode(msgpack.packb(msgpack.ExtType(1, msgpack.packb(numbers))))


# The attacks are real

# What waits for a deadline or fills something takes long, and endless recursion ends in as many ways as Pythons do.
SLOW = {"pipe-drip", "net-zip-bomb", "recursion", *(attack.name for attack in ATTACKS if attack.group in ("endless", "bombs"))}
QUICK = [attack for attack in ATTACKS if attack.name not in SLOW]
TRIED = [attack for n, attack in enumerate(QUICK) if [one.group for one in QUICK[:n]].count(attack.group) < 3]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What becomes of the naive grader: of three attacks of each kind; `python -m autograder.tests.naive` tries all."""
    folder = template(tmp_path_factory.mktemp("naive"))
    return {attack.name: outcome for attack, outcome in try_all([HONEST, STARTER, *TRIED], folder, os.cpu_count() or 1)}


@pytest.fixture(scope="module")
def rows():
    """The table on the page, by the attacks' names: what it tries, and what became of the naive grader and of ours."""
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.read_text().splitlines()
             if line.count("|") == 6]
    return {row[1]: row[2:] for row in found[2:]}


def _kind(words: str) -> str:
    return "fooled" if words.startswith("**gains") else "withstood" if words.startswith("withstood: ") else "harmed"


@strict
@pytest.mark.parametrize(("hand_in", "percent"), [(HONEST, 100.0), (STARTER, 0.0)], ids=["honest", "starter"])
def test_the_naive_grader_is_right_about_honest_hand_ins(outcomes, hand_in, percent):
    assert outcomes[hand_in.name] == Outcome(percent, 0.0, [])


@strict
@pytest.mark.parametrize("attack", TRIED, ids=lambda attack: attack.name)
def test_the_page_says_what_an_attack_does_to_a_naive_grader(outcomes, rows, attack):
    assert outcomes[attack.name].kind == _kind(rows[attack.name][1]), outcomes[attack.name]


def test_the_page_has_all_attacks_and_no_other(rows):
    assert {name: row[0] for name, row in rows.items()} == {attack.name: attack.what for attack in ATTACKS}
    assert set(re.findall(r"(\d+) attacks", PAGE.read_text())) == {str(len(ATTACKS))}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_what_does_nothing_to_a_naive_grader_has_a_reason(rows, attack):
    naive, ours = rows[attack.name][1:]
    assert (_kind(naive) == "withstood") == bool(attack.harmless)
    assert ours.startswith("not graded: " if attack.failed else f"{sum(attack.deserves.values()):g} point")


def test_nearly_all_attacks_are_real(rows):
    kinds = [_kind(row[1]) for row in rows.values()]
    assert kinds.count("withstood") <= 0.1 * len(ATTACKS) and kinds.count("fooled") >= 0.3 * len(ATTACKS)


# Helpers

def _survivors(mark: str) -> list[str]:
    """Command lines of processes that carry the mark, once they have had three seconds to go."""
    deadline = time.monotonic() + 3
    while True:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if mark.encode() in (folder / "environ").read_bytes():
                    found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                pass
        # Python's own helper of process pools, which lives as long as this process
        found = [line for line in found if "resource_tracker" not in line]
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)
