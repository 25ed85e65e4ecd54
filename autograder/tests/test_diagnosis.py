"""The measurement of the diagnosis itself: it must see a name that is missing, and one that is wrong."""

from dataclasses import asdict
from html import escape
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_output
from rich.console import Console

from autograder.authoring.content import load_beside
from autograder.authoring.misconception import Misconception, load_catalogue, right_names
from autograder.classroom.feedback import CutLadder
from autograder.grading.naming import same_error, say_the_same
from autograder.grading.reference import Reference
from autograder.grading.results import CellResult, CheckResult
from autograder.grading.wording import verdict_output
from autograder.proof import diagnosis
from autograder.proof.diagnosis import Diagnosis, LeftOut, Said, diagnose, said, sample_of_pairs, without
from autograder.proof.kinds import kind_of
from autograder.sandbox.proxy import StudentError

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "two_layer_net"
JUDGED = ("uniform_weights", "zero_weights", "weight_scale_unused", "bias_left_out")

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.fixture
def layers():
    return Reference(SOLUTIONS / "layers.ipynb")


def keep(reference, *names):
    """Let the catalogue know these mistakes only."""
    reference.catalogue = [mistake for mistake in reference.catalogue if mistake.name in names]
    assert len(reference.catalogue) == len(names)


def test_good_names_are_counted(layers):
    keep(layers, "db_averaged", "bias_left_out", "log10")
    found = diagnose(layers, pairs=3)
    kinds = ("something left out", "something else in its place", "something too much")
    left_out = [LeftOut(kind, right=0, wrong=0, explained=True) for kind in kinds]
    assert found == Diagnosis(known=3, left_out=left_out, own=3, pairs=3, both=3) and found.good


def test_a_name_for_want_of_the_right_one_is_wrong(layers, monkeypatch):
    keep(layers, "svm_not_averaged", "svm_loss_not_averaged", "svm_gradient_not_averaged")
    assert diagnose(layers, pairs=0).misnamed == []  # they are declared to be the same, said in parts
    monkeypatch.setattr(
        diagnosis, "right_names", lambda *_: {mistake.name: {mistake.name} for mistake in layers.catalogue}
    )
    found = diagnose(layers, pairs=0)
    assert (
        found.own == 3
        and not found.good
        and found.misnamed
        == [
            "svm_not_averaged, were it not in the catalogue, would be called svm_gradient_not_averaged",
            "svm_not_averaged, were it not in the catalogue, would be called svm_loss_not_averaged",
        ]
    )


def test_a_mistake_without_a_name_and_a_pair_half_named_are_seen(layers, monkeypatch):
    keep(layers, "db_averaged", "bias_left_out")
    real = said

    def forgetful(*args):
        return [one._replace(names=one.names - {"bias_left_out"}) for one in real(*args)]

    monkeypatch.setattr(diagnosis, "said", forgetful)
    found = diagnose(layers, pairs=1)
    assert found.unnamed == ["bias_left_out gets no name"] and found.own == 1 and not found.good
    assert (found.pairs, found.both, found.half) == (
        1,
        0,
        ["bias_left_out and db_averaged together are called db_averaged"],
    )


def test_what_only_a_judge_sees_is_named_too(layers):
    keep(layers, *JUDGED)
    for mistake in list(layers.catalogue):
        known, unknown = said(layers, (mistake.name,), b"judged")
        assert known == Said({mistake.name}, True) and unknown == Said(set(), True)
        with without(layers, mistake):
            assert mistake not in layers.catalogue
    other_spread = Misconception(
        "other_spread",
        "two_layer_net_init",
        {
            "weight_scale * np.random.randn(input_dim, hidden_dim)": "0.5 * weight_scale * "
            "np.random.randn(input_dim, hidden_dim)"
        },
        "",
    )
    layers.catalogue = [*layers.catalogue, other_spread]
    assert said(layers, ("other_spread",), b"judged")[1].names == set()


def test_it_goes_the_way_of_a_hand_in(layers):
    """An exception is named by what a student's process reports of it; a process that ends gives no name."""
    raises = Misconception("raises", "relu_forward", {"np.maximum(0, x)": "np.maximum(0, x, 1, 2)"}, "")
    ends = Misconception("ends", "relu_forward", {"np.maximum(0, x)": "__import__('os')._exit(3)"}, "")
    layers.catalogue = [raises]
    assert said(layers, ("raises",), b"way")[0].names == {"raises"}
    layers.catalogue = [ends]
    assert said(layers, ("ends",), b"way") == [Said(set(), False)] * 2  # and the grader is still there


def test_bare_numbers_explain_nothing(layers):
    squares = Misconception("squares", "relu_forward", {"np.maximum(0, x)": "np.maximum(0, x) ** 2 + x / 7"}, "")
    layers.catalogue = [squares]
    assert said(layers, ("squares",), b"bare") == [Said({"squares"}, False), Said(set(), False)]


@pytest.mark.parametrize(
    "before, after, kind",
    [
        ("y = a + b", "y = a - b", "another operator or sign"),
        ("y = 2 * a", "y = 3 * a", "another number"),
        ("y = a + b", "y = a", "something left out"),
        ("y = a", "y = a + b", "something too much"),
        ("y, z = a, b", "y, z = b, a", "the same in another order"),
        ("y = f(a)", "y = g(a)", "something else in its place"),
        ("y = a.sum(axis=0)", "y = a.sum(axis=1)", "an axis or a shape"),
        ("y = a @ b.T", "y = a @ b", "an axis or a shape"),
        ("y = np.random.randn(3)", "y = np.random.rand(3)", "random numbers"),
        ("y = a", "y = globals().setdefault('_a', a)", "kept from call to call"),
        ("y = a", "global _a; y = _a", "kept from call to call"),
    ],
)
def test_kinds_of_mistakes(before, after, kind):
    source = f"def f(a, b):\n    {before}\n"
    assert kind_of(Misconception("m", "f", {before: after}, ""), source) == kind
    assert kind_of(Misconception("m", "inline_question_1", {before: after}, ""), source).startswith("the choice")


@pytest.mark.parametrize(
    "sentence, other, alike",
    [
        (
            "W1 has a standard deviation of 0.289 × weight_scale",
            "W1 has a standard deviation of 0.2871 × weight_scale",
            True,
        ),
        (
            "W1 has a standard deviation of 0.289 × weight_scale",
            "W1 has a standard deviation of 0.35 × weight_scale",
            False,
        ),
        (
            "W1 has a standard deviation of 0 × weight_scale",
            "W1 has a standard deviation of 1e-9 × weight_scale",
            False,
        ),
        ("W1 is odd", "W2 is odd", False),
        ("it is odd", "it is even", False),
        ("a 1 and a 2", "a 1", False),
        (None, None, True),
        (None, "it is odd", False),
        ("it is odd", None, False),
        ("it is 1.", "it is 1.", True),
    ],
)
def test_sentences_of_a_judge_agree_up_to_chance(sentence, other, alike):
    assert say_the_same(sentence, other) == alike


@pytest.mark.parametrize(
    "kind, text, line, place, alike",
    [
        ("ValueError", "shapes", "y = x @ w", "train loss", True),
        ("ValueError", "shapes", "scores = X.dot(W)", "train loss", True),  # how it is written is not compared
        ("ValueError", "shapes", "", "train helper loss", True),  # a helper of the student's own
        ("ValueError", "shapes", "", "train loss helper", True),
        ("ValueError", "shapes", "", "train", False),
        ("ValueError", "shapes", "", "train predict", False),
        ("ValueError", "other shapes", "", "train loss", False),
        ("TypeError", "shapes", "", "train loss", False),
    ],
)
def test_exceptions_are_compared_by_type_text_and_place(kind, text, line, place, alike):
    functions = frozenset(("train", "loss", "predict"))
    known = StudentError("ValueError", "shapes", "scores = X @ W", "train loss")
    assert same_error(known, StudentError(kind, text, line, place), functions) == alike
    assert not same_error(known, None, functions) and same_error(None, None, functions)


def test_the_functions_of_a_notebook_are_its_own(layers):
    assert {"affine_forward", "loss"} <= layers.functions and "np" not in layers.functions


def test_pairs_are_in_different_functions_and_the_same_each_time():
    catalogue = load_catalogue(SOLUTIONS / "layers.ipynb")
    pairs = sample_of_pairs(catalogue, 30)
    assert len(pairs) == 30 and pairs == sample_of_pairs(catalogue, 30)
    assert all(one.cell != other.cell and "inline" not in one.cell + other.cell for one, other in pairs)


@pytest.mark.parametrize("notebook", ["layers", "two_layer_net"])
def test_declared_names_exist(notebook):
    names = right_names(SOLUTIONS / f"{notebook}.ipynb")
    module = load_beside(SOLUTIONS / f"{notebook}.ipynb", "misconceptions")
    assert set(module.ALSO_CALLED) <= set(names)
    assert all(also <= set(names) and name in also for name, also in names.items())


def test_the_table(course, monkeypatch, capsys):
    found = Diagnosis(known=10, own=8, equivalent=1, unnamed=["one gets no name"], pairs=5, both=5)
    monkeypatch.setattr(diagnosis, "diagnose", lambda *args, **options: found)
    assert diagnosis.check_diagnosis(course, "two_layer_net", Console(width=120))
    shown = capsys.readouterr().out
    assert "layers: one gets no name" in shown and shown.count("10 ") == 2
    found.misnamed.append("one is called other")
    assert not diagnosis.check_diagnosis(course, "two_layer_net", Console(width=120))
    assert "layers: one is called other" in capsys.readouterr().out


LADDER = ["Look there.", "Try <this>.", "It is that."]
CELL = CellResult(
    "double", 0.0, 1.0, checks=[CheckResult("doubles", "double doubles", False, 1.0, "y is 3", "tripled", hints=LADDER)]
)


@pytest.mark.parametrize("hints", range(4))
def test_the_ladder_goes_as_far_as_the_instructor_wants(hints):
    cell = new_code_cell(
        "# check",
        outputs=[new_output("stream", text="own"), verdict_output(CELL)],
        metadata={
            "nbgrader": {"grade": True, "solution": False, "locked": True, "grade_id": "double"},
            "autograder": {"messages": [], "result": asdict(CELL)},
        },
    )
    assert all(hint in cell.outputs[1].data["text/plain"] for hint in LADDER)  # formgrader: all, and open
    assert "<details" not in cell.outputs[1].data["text/html"]
    CutLadder(hints=hints).preprocess_cell(cell, {}, 0)
    own, verdict = cell.outputs
    assert (
        own.text == "own"
        and "y is 3" in verdict.data["text/html"]
        and verdict.data["text/html"].count("<details") == hints
    )
    for number, hint in enumerate(LADDER, 1):
        assert (hint in verdict.data["text/plain"]) == (escape(hint) in verdict.data["text/html"]) == (number <= hints)


def test_forged_records_are_left_alone():
    cell = new_code_cell(
        "x = 1", outputs=[new_output("stream", text="own")], metadata={"autograder": {"result": asdict(CELL)}}
    )
    CutLadder(hints=3).preprocess_cell(cell, {}, 0)
    assert [output.output_type for output in cell.outputs] == ["stream"]
