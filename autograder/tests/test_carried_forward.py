"""One bug costs its own points: what builds on a wrong function is looked at with a right one."""

from pathlib import Path

import numpy as np
import pytest

from autograder.authoring.misconception import Misconception
from autograder.authoring.rubric import Check, Draw, load_rubric
from autograder.grading.naming import name_mistakes
from autograder.grading.reference import Reference
from autograder.grading.verdict import CellGrader, Repair, verdict
from autograder.sandbox.process import Sandbox
from autograder.sandbox.proxy import OutOfReach, run_probe
from autograder.sandbox.worker.host import Host
from autograder.sandbox.worker.wire import Opaque

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "two_layer_net"
NOTEBOOK = """
import numpy as np
def double(x):
    return 3 * x
def quadruple(x):
    return double(double(x))
def count(x, state):
    raise NotImplementedError
def count_twice(x):
    state = {"calls": 0, "sum": x}
    count(x, state)
    count(x, state=state)
    return state
class Net:
    def __init__(self):
        self.size = 2.0
    def loss(self, x, reg=0.0):
        raise NotImplementedError
    def step(self, x):
        return self.loss(x, reg=1.0)
"""


def answer(name, args, kwargs):
    if name == "Net.loss":
        return args[0]["size"] * args[1] + kwargs["reg"]
    if name == "count":
        state = kwargs.get("state", args[-1])
        state.update(calls=state["calls"] + 1, sum=state["sum"] + args[0])
        return None
    if np.any(args[0] > 1e6):
        raise ValueError("too much")
    return 2 * args[0]


@pytest.fixture(params=["here", "there"])
def host(request):
    if request.param == "here":
        namespace = {}
        exec(NOTEBOOK, namespace)
        yield Host(namespace)
    else:
        with Sandbox(seconds=10) as sandbox:
            assert sandbox.run(NOTEBOOK)[1]
            yield sandbox


def value(host, probe):
    outcome = run_probe(probe, host)
    return outcome.error or outcome.value


def test_calls_are_answered_until_restored(host):
    host.repair(["double", "Net.loss", "missing"], answer)
    assert value(host, lambda code: code.quadruple(np.array([5.0]))) == 20
    assert value(host, lambda code: code.Net().step(np.array([5.0]))) == 11
    assert value(host, lambda code: code.missing(4.0)) == 8
    error = value(host, lambda code: code.quadruple(np.array([1e7])))
    assert (error.type_name, error.message) == ("ValueError", "double cannot be called with (array of shape (1,))")
    host.restore()
    assert value(host, lambda code: code.quadruple(np.array([5.0]))) == 45
    assert value(host, lambda code: code.Net().step(np.array([5.0]))).type_name == "NotImplementedError"
    assert value(host, lambda code: code.missing(4.0)).type_name == "NameError"


def test_what_an_answer_writes_into_a_dictionary_comes_back(host):
    host.repair(["count"], answer)
    assert value(host, lambda code: code.count_twice(np.array([5.0]))) == {"calls": 2, "sum": 15}


def test_a_call_that_nobody_asked_for_ends_the_process():
    with Sandbox() as sandbox:
        sandbox.run(NOTEBOOK)
        sandbox.repair(["double"], answer)
        sandbox.run("kept = double")
        sandbox.restore()
        with pytest.raises(OutOfReach, match="an answer that makes no sense"):
            sandbox.run("kept(1)")


def test_calls_without_end_meet_the_deadline():
    with Sandbox() as sandbox:
        sandbox.run(NOTEBOOK + "def quadruple(x):\n    while True:\n        double(x)")
        sandbox.repair(["double"], answer)
        sandbox.seconds = 1
        with pytest.raises(OutOfReach, match="did not finish within 1 seconds"):
            value(sandbox, lambda code: code.quadruple(1.0))


@pytest.fixture(scope="module")
def references():
    return {name: Reference(SOLUTIONS / f"{name}.ipynb") for name in ("layers", "two_layer_net")}


def test_the_reference_answers_as_it_is(references):
    layers, classic = references["layers"], references["two_layer_net"]
    x, w, b = np.ones((2, 3)), np.ones((3, 4)), np.zeros(4)
    assert np.array_equal(layers.answers(["affine_forward"])("affine_forward", (x, w), {"b": b})[0], x @ w)
    params = {"W1": w, "b1": b, "W2": np.ones((4, 5)), "b2": np.arange(5.0)}
    scores = classic.answers(["TwoLayerNet.loss"])("TwoLayerNet.loss", ({"params": params}, x), {})
    assert np.array_equal(scores, np.tile(12 + np.arange(5.0), (2, 1)))


@pytest.mark.parametrize(
    "args",
    [
        (np.ones((5000, 1)), np.ones((1, 5000)), np.ones(5000)),  # 200 MB, and more if it went on
        ([np.ones(2)] * 40, 1, 1),
        ("x", None, {}),
        ((), (), ()),
    ],
)
def test_arguments_that_no_check_has_are_refused(references, args):
    with pytest.raises(Exception):
        references["layers"].answers(["affine_forward"])("affine_forward", args, {})


def grade_edited(reference, edits):
    """The results and checks of the solution with some cells edited, and the names given."""
    sources = dict(reference.cells)
    host = reference.edited(
        {
            f"{cell}_code": Misconception("own", cell, edit, "").apply(sources[f"{cell}_code"])
            for cell, edit in edits.items()
        }
    )
    grader = CellGrader(load_rubric(reference.path), reference, lambda check: Draw(b"s", check))
    for cell in grader.rubric.cells():
        if cell != "best_net":
            grader.grade(cell, host)
    name_mistakes(list(grader.graded.values()), reference)
    return {cell: graded.result for cell, graded in grader.graded.items()}


def test_a_second_mistake_behind_the_first_is_found_and_named(references):
    cells = grade_edited(
        references["layers"],
        {"relu_backward": {"(x > 0)": "(x <= 0)"}, "two_layer_net_loss": {"0.5 * self.reg *": "self.reg *"}},
    )
    named = {name: {check.misconception for check in cell.checks if not check.passed} for name, cell in cells.items()}
    assert {name: found for name, found in named.items() if found} == {
        "relu_backward": {"gate_inverted"},
        "two_layer_net_loss": {"penalty_without_half"},
    }
    repaired = next(check for check in cells["two_layer_net_loss"].checks if check.repaired)
    assert repaired.repaired == ["relu_forward", "relu_backward"]


def test_a_cache_of_its_own_kind_still_goes_back(references):
    """affine_forward is wrong and keeps a dictionary; affine_backward, which reads it, is right and stays so."""
    cells = grade_edited(
        references["layers"],
        {
            "affine_forward": {"rows @ w + b": "rows @ w", "cache = (x, w, b)": "cache = {'all': (x, w, b)}"},
            "affine_backward": {"x, w, b = cache": "x, w, b = cache['all']"},
        },
    )
    assert cells["affine_forward"].score == 0 and cells["affine_backward"].score == 3
    assert cells["two_layer_net_loss"].score == 4


def test_what_goes_on_from_wrong_scores_is_carried_forward_or_waits(references):
    classic = references["two_layer_net"]
    cells = grade_edited(
        classic, {"two_layer_net_loss": {"np.maximum(0, X @ W1 + b1)": "X @ W1 + b1", "(hidden > 0)": "1.0"}}
    )
    assert cells["two_layer_net_scores"].score == 0 and cells["two_layer_net_gradients"].score == 4
    unknown = grade_edited(
        classic, {"two_layer_net_loss": {"np.maximum(0, X @ W1 + b1)": "np.maximum(0.123, X @ W1 - b1)"}}
    )
    assert unknown["two_layer_net_gradients"].score == 2  # what the penalty adds is right
    assert {check.message for check in unknown["two_layer_net_loss"].checks if not check.passed} == {
        "this goes on from two_layer_net_scores, and nothing of that is right yet: start there"
    }
    assert unknown["predict"].score == 1 and unknown["train"].score == 4


def test_an_exception_in_the_scores_earns_nothing_further_on(references):
    """Code that stops early shows nothing of what would have come, even if a known mistake stops just there."""
    classic = references["two_layer_net"]
    stops = Misconception("stops", "two_layer_net_loss", {"hidden @ W2 + b2": "hidden @ W2.T + b2"}, "", "Transposed.")
    before = classic.catalogue
    classic.catalogue = [stops]
    try:
        cells = grade_edited(classic, {"two_layer_net_loss": stops.edits})
    finally:
        classic.catalogue = before
    assert {check.misconception for check in cells["two_layer_net_scores"].checks} == {"stops"}
    assert cells["two_layer_net_scores"].score == cells["two_layer_net_gradients"].score == 0
    assert cells["two_layer_net_loss"].score == 0


@pytest.mark.parametrize("path", sorted(SOLUTIONS.parent.glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_the_grader_can_answer_for_every_function_that_a_rubric_names(path):
    """With all that it depends on answered for, each check passes: no argument too large, no cache of another kind."""
    reference, rubric = Reference(path), load_rubric(path)
    for cell, functions in rubric.dependencies.items():
        for check in rubric.of(cell):
            if isinstance(check, Check):
                probe, judge = check.prepare(Draw(b"bases", check.name))
                repaired = Repair(tuple(functions), fatal=False).run(probe, reference.edited({}), reference)
                wrong = verdict(check, judge, repaired, run_probe(probe, reference.host))
                assert wrong is None, f"{cell}, {check.name}: {wrong}"


# What the answer channel does not answer

SECRETS = """
import os
from json import dumps
LIMIT = 3
def halve(x):
    return x / 2
def save(path):
    open(path, "w").close()
def load(path):
    return open(path).read()
def shape_of(n):
    return [0] * n
class Net:
    size = property(lambda self: 1 / 0)
    def loss(self, x):
        return x * self.scale()
    def scale(self):
        return 2.0
    def train(self, num_iters):
        return num_iters
"""


@pytest.fixture
def secrets():
    reference = object.__new__(Reference)
    reference.host = Host({"__name__": "__main__"})
    exec(SECRETS, reference.host.namespace)
    return reference


def refused(answers, name, *args, **kwargs):
    try:
        answers(name, args, kwargs)
    except Exception:
        return True
    return False


def test_only_functions_under_repair_are_answered_and_only_own_ones(secrets, tmp_path):
    names = ["halve", "dumps", "LIMIT", "os.system", "Net", "Net.loss", "nowhere"]
    answers = secrets.answers(names)
    assert answers("halve", (np.array([4.0]),), {}) == 2
    for name, *args in [
        ("save", str(tmp_path / "made")),
        ("load", __file__),
        ("dumps", 1),
        ("LIMIT",),
        ("os.system", "true"),
        ("Net",),
        ("Net.scale", {}),
        ("Net.__init__", {}),
        ("nowhere",),
        ("shape_of", 2),
    ]:
        assert refused(answers, name, *args), name
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "argument",
    [
        10**9,
        -(10**9),
        np.int64(2**40),
        np.array([2**40]),
        np.zeros(4097),
        "x" * 101,
        [[[[[[[[[[1]]]]]]]]]],
        Opaque("file"),
        range(3),
        open,
        [0.0] * 4097,
        [np.zeros(4000)] * 40,
        np.array(["text"]),
        {"k": object()},
        b"bytes",
    ],
    ids=lambda argument: type(argument).__name__,
)
def test_arguments_that_no_check_could_use_are_refused(secrets, argument):
    answers = secrets.answers(["shape_of", "halve"])
    assert refused(answers, "shape_of", argument) and refused(answers, "halve", x=argument)
    assert refused(answers, "halve", {"x": [argument]})


def test_an_instance_has_plain_attributes_that_hide_no_method(secrets):
    answers = secrets.answers(["Net.loss", "Net.train"])
    hostile = {
        "scale": 5.0,
        "size": 3.0,
        "__class__": 1,
        "other": Opaque("generator"),
        "data": np.zeros(10**4),
        "fine": 1.0,
    }
    assert answers("Net.loss", (hostile, 3.0), {}) == 6
    assert refused(answers, "Net.train", {}, 10**9) and answers("Net.train", ({}, 100), {}) == 100


def test_the_number_and_the_size_of_calls_are_limited(secrets, monkeypatch):
    monkeypatch.setattr("autograder.grading.reference.MAX_CALLS", 5)
    answers = secrets.answers(["halve"])
    assert [refused(answers, "halve", 1.0) for _ in range(7)] == [False] * 5 + [True] * 2
    monkeypatch.setattr("autograder.grading.reference.MAX_CALLS", 100)
    monkeypatch.setattr("autograder.grading.reference.MAX_PARTS", 10_000)
    answers = secrets.answers(["halve"])
    assert [refused(answers, "halve", np.zeros(4000)) for _ in range(4)] == [False] * 2 + [True] * 2
    assert not refused(secrets.answers(["halve"]), "halve", np.zeros(4000))  # the next check begins anew


def test_what_is_not_answered_looks_alike(secrets, tmp_path):
    """From inside, a name that is not there, a file that is, and the reference's own error are one and the same."""
    there = tmp_path / "there"
    there.write_text("hush")
    source = (
        "import sys\nclass Fake:\n    pass\ndef halve(x):\n    return x\ndef told(name, *args):\n"
        "    ask = halve.__closure__[0].cell_contents\n    try:\n        return ask(name, args, {})\n"
        "    except Exception as error:\n        return repr(error)[:len(type(error).__name__)]\n"
    )
    with Sandbox(seconds=10) as sandbox:
        assert sandbox.run(source).succeeded
        secrets_told = Repair(("halve",), False).run(
            lambda code: [
                code.told("load", str(there)),
                code.told("load", "/nowhere"),
                code.told("nowhere"),
                code.told("halve", "text"),
                code.told("Net.loss", {}),
                code.told("halve", 3.0),
            ],
            sandbox,
            secrets,
        )
    assert secrets_told.error is None
    assert secrets_told.value == ["LookupError"] * 5 + [1.5]


def test_an_error_names_the_call_and_is_the_same_here_and_there(secrets):
    source = "def halve(x, y=0):\n    return x\ndef twice(x):\n    return halve(x, y='secret') + 1"
    outcomes = []
    with Sandbox(seconds=10) as sandbox:
        assert sandbox.run(source).succeeded
        here = Host({})
        exec(source, here.namespace)
        for host in (sandbox, here):
            outcomes.append(
                Repair(("halve",), False).run(lambda code: code.twice(np.ones((2, 3))), host, secrets).error
            )
    assert [(error.type_name, error.message) for error in outcomes] == [
        ("ValueError", "halve cannot be called with (array of shape (2, 3), y=str)")
    ] * 2


METACLASS = """
class Stubborn(type):
    def __setattr__(self, name, value):
        raise RuntimeError("no")
    def __delattr__(self, name):
        raise RuntimeError("no")
class Net(metaclass=Stubborn):
    def loss(self, x):
        return x
def through(x):
    return Net().loss(x)
class Liar:
    __class__ = type
Other = Liar()
def fine(x):
    return x
"""


@pytest.mark.parametrize("side", ["here", "there"])
def test_a_class_that_resists_costs_a_check_and_no_more(secrets, side):
    exec("class Other:\n    def loss(self, x):\n        return x", secrets.host.namespace)
    with Sandbox(seconds=60) as sandbox:
        assert sandbox.run(METACLASS).succeeded
        local = Host({})
        exec(METACLASS, local.namespace)
        host = sandbox if side == "there" else local
        assert Repair(("Net.loss",), False).run(lambda code: code.through(2.0), host, secrets).value == 4
        assert value(host, lambda code: code.through(2.0)) == 2  # restored
        outcome = Repair(("Other.loss",), False).run(lambda code: code.fine(1.0), host, secrets)
        assert outcome.error is not None or outcome.value == 1
        assert value(host, lambda code: code.fine(1.0)) == 1


def test_why_a_process_has_ended_is_told_under_repair_too(secrets):
    with Sandbox() as sandbox:
        sandbox.run("def halve(x):\n    return x\ndef forever(x):\n    while True: pass")
        sandbox.seconds = 0.5
        with pytest.raises(OutOfReach, match="did not finish within 0.5 seconds"):
            Repair(("halve",), False).run(lambda code: code.forever(1), sandbox, secrets)
        with pytest.raises(OutOfReach, match="did not finish within 0.5 seconds"):
            sandbox.run("1")
