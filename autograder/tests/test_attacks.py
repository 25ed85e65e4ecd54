"""No hand-in gains a point, reaches anything outside, or stops the class.

All attacks are graded as a class for each notebook, with honest hand-ins among them, and then looked at. The last part
shows that the attacks are real: a naive grader falls for them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import sys
from pathlib import Path

import msgpack
import numpy as np
import pytest
from _pytest.mark.structures import ParameterSet
from conftest import asked, quick

from autograder.authoring.rubric import load_rubric
from autograder.classroom.feedback import write_feedback
from autograder.classroom.gradebook import GradebookWriter
from autograder.course import Course
from autograder.evidence.blocks import SECURITY
from autograder.grading.grade import OWN_WORK_SECONDS, grade_class
from autograder.grading.reference import Reference
from autograder.grading.results import SubmissionResult
from autograder.grading.saved_net import Examples, accuracy
from autograder.sandbox.isolation import strict_works
from autograder.sandbox.worker import wire
from autograder.tests.active import active
from autograder.tests.arena import HONEST, STARTER, Outcome
from autograder.tests.attack import Attack, cell, code_cell
from autograder.tests.attacks import ATTACKS, broadcasting_net
from autograder.tests.battle import (
    CLASSMATES,
    FEEDBACK_SECONDS,
    NOTEBOOK_SECONDS,
    SHOWN,
    SOLUTIONS,
    STEP_SECONDS,
    Battle,
    fight,
    hurried,
    small_course,
)
from autograder.tests.naive import template, try_all
from autograder.tests.sample_class import ASSIGNMENT

SECONDS = NOTEBOOK_SECONDS + OWN_WORK_SECONDS  # for one hand-in, as SECURITY.md states it
MEMORY = 2 * 2**30  # of all the grader's processes together
SHARED = 2 * 2**30  # two hand-ins at a time, each with three folders in memory of 256 MiB
PAGES = [attack for attack in ATTACKS if attack.group in SHOWN and not attack.failed]

# Of every other kind one, which a run without the exhaustive tests looks at as well.
SAMPLE = {
    "allclose-patched",
    "frames",
    "more-points",
    "daemon",
    "hard-exit",
    "not-json",
    "page-scripts",
    "leak-exception",
}

strict = pytest.mark.skipif(strict_works() is not None, reason=f"no level strict: {strict_works()}")


def each(attacks: list[Attack]) -> list[ParameterSet]:
    return quick(attacks, lambda attack: attack.name in SAMPLE)


@pytest.fixture(scope="module")
def attackers(request) -> list[Attack]:
    """The attacks that this run looks at."""
    return asked(request, "attack") or [attack for attack in ATTACKS if attack.name in SAMPLE]


@pytest.fixture(scope="module")
def battles(request, tmp_path_factory, attackers) -> dict[str, Battle]:
    notebooks = dict.fromkeys([*asked(request, "battle"), *(attack.notebook for attack in attackers)])
    return {name: fight(tmp_path_factory.mktemp(name), attackers, name, jobs=3) for name in notebooks}


@pytest.fixture(scope="module", params=quick(("layers", "two_layer_net"), lambda name: name == "layers"))
def battle(battles, request) -> Battle:
    return battles[request.param]


# The class


@strict
def test_every_hand_in_has_a_result(battles, attackers):
    for name, battle in battles.items():
        assert sorted(battle.results) == sorted(
            [*CLASSMATES, *(attack.name for attack in attackers if attack.notebook == name)]
        )


@strict
@pytest.mark.parametrize("name", CLASSMATES)
def test_honest_hand_ins_keep_all_their_points(battle, name):
    result = battle.results[name]
    assert result.status == "graded" and not result.notebooks[0].remarks
    cells = {cell.grade_id: cell for cell in result.notebooks[0].cells if not cell.needs_manual_grade}
    assert len(cells) in (7, 11)
    assert [name for name, cell in cells.items() if cell.score != cell.max_score] == ["best_net"]


@strict
def test_no_file_outside_was_touched(battle):
    assert len(battle.before) > len(CLASSMATES)
    changed = [
        name for name in battle.before.keys() | battle.after.keys() if battle.before.get(name) != battle.after.get(name)
    ]
    assert changed == []
    assert not Path("/tmp/MARK").exists()
    assert not [
        path
        for folder in (*sys.path, "/tmp", str(Path.cwd()))
        if os.path.isdir(folder)
        for path in os.listdir(folder)
        if battle.mark in path
    ]


@strict
def test_nobody_called(battle):
    assert battle.calls == 0


@strict
def test_no_process_is_left(battle):
    assert battle.survivors == []


@strict
def test_no_hand_in_holds_the_class_up(battle):
    """On a machine so busy that honest hand-ins take long, the others may take as long a few times over."""
    limit = max(SECONDS, 5 * max(battle.results[name].seconds for name in CLASSMATES))
    assert {name: result.seconds for name, result in battle.results.items() if result.seconds > limit} == {}


@strict
def test_no_hand_in_holds_the_feedback_up(battle):
    assert {name: seconds for name, seconds in battle.feedback.items() if seconds > FEEDBACK_SECONDS} == {}


@strict
def test_no_hand_in_fills_the_graders_memory(battle):
    assert 0 < battle.peak.own < MEMORY


@strict
def test_no_files_in_memory_escape_the_limit(battle):
    assert battle.peak.shared < SHARED


@strict
def test_no_key_leaves_the_course(battle):
    secret = battle.course.secret().decode()
    for path in [*battle.course.autograded.rglob("*.ipynb"), *battle.course.feedback.rglob("*.html")]:
        text = path.read_text()
        assert secret not in text and "canary-key" not in text, path


@strict
def test_the_terminal_obeys_no_hand_in(battle):
    assert re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", battle.table) == []


@strict
def test_the_spreadsheet_computes_nothing(battle):
    assert re.findall(r'(?m)(?:^|,)"?[=+@\t\r-](?!\d+(?:\.\d+)?(?:,|$)).*', battle.csv) == []


# Each attack


@strict
@pytest.mark.parametrize("attack", each(ATTACKS), ids=lambda attack: attack.name)
def test_it_gets_what_it_deserves(battles, attack):
    battle = battles[attack.notebook]
    result = battle.results[attack.name]
    (notebook,) = result.notebooks
    words = [notebook.reason, *notebook.remarks, *(check.message for cell in notebook.cells for check in cell.checks)]
    assert result.max_score == sum(cell.max_score for cell in battle.results[CLASSMATES[0]].notebooks[0].cells)
    scores = {cell.grade_id: cell.score for cell in notebook.cells if cell.score}
    assert result.score == sum(scores.values())
    if result.seconds >= NOTEBOOK_SECONDS and "seconds were used up" in notebook.reason:  # as any may on a busy machine
        assert scores.items() <= attack.deserves.items() and result.status == "failed"
    elif scores != attack.deserves and hurried(result):  # likewise
        assert scores.items() < attack.deserves.items(), words
    else:
        assert scores == attack.deserves, words
        assert attack.failed is None or (result.status == "failed") == attack.failed, words
        assert attack.sentence is None or re.search(attack.sentence, "\n".join(words)), words
    assert max(map(len, words)) < 2500 and len(words) < 300 and len(notebook.tamper) < 300
    assert "Traceback" not in "".join(words) and "the grader itself failed" not in "".join(words)


@strict
@pytest.mark.parametrize("attack", each([one for one in ATTACKS if not one.failed]), ids=lambda attack: attack.name)
def test_its_graded_notebook_is_safe_to_open(battles, attack):
    battle = battles[attack.notebook]
    path = battle.course.autograded / attack.name / ASSIGNMENT / f"{attack.notebook}.ipynb"
    assert path.stat().st_size < 50e6
    cells = json.loads(path.read_text())["cells"]
    outputs = [output for one in cells for output in one.get("outputs", [])]
    assert "<script" not in json.dumps(
        [{kind: text for kind, text in output.get("data", {}).items() if kind != "text/plain"} for output in outputs]
    )
    for one in cells:
        if one["cell_type"] != "code":
            assert active("".join(one["source"]), battle.mark) == []


@strict
@pytest.mark.parametrize("attack", each(PAGES), ids=lambda attack: attack.name)
def test_its_feedback_is_there_and_safe_to_open(battles, attack):
    battle = battles[attack.notebook]
    page = battle.page(attack.name, attack.notebook)
    assert page and attack.name not in battle.unwritten, battle.unwritten
    assert active(page, battle.mark, typeset="mathjax" in page.lower()) == []
    assert not re.search(f"{battle.mark}[-_]leak", page)


@strict
@pytest.mark.parametrize("name", (CLASSMATES[0], CLASSMATES[-1]))
def test_classmates_have_their_feedback(battle, name):
    assert name not in battle.unwritten and list((battle.course.feedback / name / ASSIGNMENT).glob("*.html"))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_it_says_in_a_sentence_what_it_tries(attack):
    assert attack.what.endswith(".") and 2 < len(attack.what.split()) and len(attack.what) < 110


@pytest.mark.parametrize(
    ("page", "is_active"),
    [
        ('<img src=x onerror="MARK">', True),
        ('<a href=" &#1; java&Tab;script:MARK">', True),
        ('<p style="--x:MARK">', True),
        ("<script>MARK</script>", True),
        ('<img src="//host/MARK">', True),
        ("<a href='data:text/html;MARK'>", True),
        ("<p>MARK</p>", False),
        ('<pre>&lt;img onerror="MARK"&gt;</pre>', False),
        ('<a href="https://host/MARK">', False),
        ('<a href="#MARK">', False),
        ('<img src="data:image/png;base64,aaaa" alt="MARK">', False),
        ('<p class="MARK">', False),
    ],
)
def test_what_would_run_in_a_page_is_seen(page, is_active):
    assert bool(active(page, "MARK")) == is_active


def test_there_are_enough_of_every_kind():
    groups = [attack.group for attack in ATTACKS]
    assert len(ATTACKS) >= 157 and len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert min(map(groups.count, set(groups))) >= 5 and len(set(groups)) == 19


def test_a_saved_net_cannot_fill_the_graders_memory():
    import tracemalloc

    check = load_rubric(SOLUTIONS / "layers.ipynb").of("best_net")[0]
    host = Reference(SOLUTIONS / "layers.ipynb").host
    examples = Examples(np.zeros((500, 3072), np.float32), np.zeros(500), tuple("0123456789"))
    tracemalloc.start()
    try:
        message = accuracy(check, broadcasting_net(), examples, host)
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


# Two rounds: what the first one learns must be of no use in the second

REMEMBERS = """
import json, os
import numpy as np
table = json.loads(bytes(np.load("layers_best_net.npz")["table"])) if os.path.exists("layers_best_net.npz") else {}
asked = []
def key_of(x):
    return " ".join(f"{number:.12g}" for number in np.ravel(x))
def relu_forward(x):
    asked.append([np.shape(x), key_of(x)])
    if key_of(x) in table:
        return np.reshape(table[key_of(x)], np.shape(x)), x
    return np.zeros(np.shape(x)), x
"""


@strict
@pytest.mark.parametrize("place", quick(["cell", "net"], lambda place: place == "net"))
def test_a_table_of_answers_from_the_last_round_gains_nothing(tmp_path, place):
    """The table stands in the notebook, or beside it in the saved net, so that not a byte of the notebook changes."""
    course = small_course(tmp_path)
    _hand_in(course, place, {})
    first = _grade(course)
    known = {}
    for text in _inputs(course, first):
        shape, key = json.loads(text)
        known[key] = np.maximum(0, np.array(key.split(), float)).tolist()
    assert len(known) >= 2, "the first round has to learn something"
    _hand_in(course, place, known)
    second = _grade(course)
    assert first.score == second.score == 0.0


def _hand_in(course: Course, place: str, table: dict[str, list[float]]) -> None:
    notebook = json.loads((course.released / ASSIGNMENT / "layers.ipynb").read_text())
    cell(notebook, "relu_forward_code")["source"] = REMEMBERS + (
        f"table = {json.dumps(table)}\n" if place == "cell" else ""
    )
    notebook["cells"].append(code_cell("for one in asked: print('asked', json.dumps(one))"))
    folder = course.submitted / "ada" / ASSIGNMENT
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "layers.ipynb").write_text(json.dumps(notebook))
    if place == "net":
        np.savez(folder / "layers_best_net.npz", table=np.frombuffer(json.dumps(table).encode(), np.uint8))


def _grade(course: Course) -> SubmissionResult:
    (result,) = grade_class(course, ASSIGNMENT, ["ada"], step_seconds=STEP_SECONDS, level="strict")
    with GradebookWriter(course) as gradebook:
        gradebook.record(ASSIGNMENT, result)
    shutil.rmtree(course.feedback, ignore_errors=True)
    write_feedback(course, ASSIGNMENT, "ada")
    return result


def _inputs(course: Course, result: SubmissionResult) -> list[str]:
    """All that the student finds of it, in more places than students are given."""
    graded = (
        (course.autograded / "ada" / ASSIGNMENT / "layers.ipynb").read_text().replace("\\\\", "\\").replace('\\"', '"')
    )
    messages = " ".join(check.message for cell in result.notebooks[0].cells for check in cell.checks)
    return re.findall(r'\[\[[\d, ]*\], "[^"]*"\]', graded + messages)


# The attacks are real

# What waits for a deadline or fills something takes long, and endless recursion ends in as many ways as Pythons do.
SLOW = {
    "pipe-drip",
    "net-zip-bomb",
    "recursion",
    *(
        attack.name
        for attack in ATTACKS
        if attack.group in ("endless", "bombs", "time", "memory files", "the grader's work")
    ),
}
QUICK = [attack for attack in ATTACKS if attack.name not in SLOW]
TRIED = [attack for n, attack in enumerate(QUICK) if [one.group for one in QUICK[:n]].count(attack.group) < 2]


@pytest.fixture(scope="module")
def outcomes(request, tmp_path_factory):
    """What becomes of the naive grader: of two attacks of each kind; `python -m autograder.tests.naive` tries all."""
    folder = template(tmp_path_factory.mktemp("naive"))
    tried = [*asked(request, "hand_in"), *asked(request, "attack")]
    return {attack.name: outcome for attack, outcome in try_all(tried, folder, os.cpu_count() or 1)}


@pytest.fixture(scope="module")
def rows():
    """The table on the page, by the attacks' names: what it tries, and what became of the naive grader and of ours."""
    found = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in SECURITY.read_text().splitlines()
        if line.count("|") == 6
    ]
    return {row[1]: row[2:] for row in found[2:]}


def _kind(words: str) -> str:
    return "fooled" if words.startswith("**gains") else "withstood" if words.startswith("withstood: ") else "harmed"


@strict
@pytest.mark.exhaustive
@pytest.mark.parametrize("hand_in", [*HONEST, *STARTER], ids=lambda hand_in: hand_in.name)
def test_the_naive_grader_is_right_about_honest_hand_ins(outcomes, hand_in):
    assert outcomes[hand_in.name] == Outcome(100.0 if hand_in in HONEST else 0.0, 0.0, [])


@strict
@pytest.mark.exhaustive
@pytest.mark.parametrize("attack", TRIED, ids=lambda attack: attack.name)
def test_the_page_says_what_an_attack_does_to_a_naive_grader(outcomes, rows, attack):
    assert outcomes[attack.name].kind == _kind(rows[attack.name][1]), outcomes[attack.name]


def test_the_page_has_all_attacks_and_no_other(rows):
    assert {name: row[0] for name, row in rows.items()} == {attack.name: attack.what for attack in ATTACKS}
    assert set(re.findall(r"(\d+) attacks", SECURITY.read_text())) == {str(len(ATTACKS))}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_what_does_nothing_to_a_naive_grader_has_a_reason(rows, attack):
    naive, ours = rows[attack.name][1:]
    assert (_kind(naive) == "withstood") == bool(attack.harmless)
    points = f"{sum(attack.deserves.values()):g} point"
    assert ours.startswith({True: "not graded: ", False: points, None: ("not graded: ", points)}[attack.failed])


def test_nearly_all_attacks_are_real(rows):
    kinds = [_kind(row[1]) for row in rows.values()]
    assert kinds.count("withstood") <= 0.1 * len(ATTACKS) and kinds.count("fooled") >= 0.25 * len(ATTACKS)
