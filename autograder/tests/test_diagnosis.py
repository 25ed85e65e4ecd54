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
from autograder.grading.naming import say_the_same
from autograder.grading.reference import Reference
from autograder.grading.results import CellResult, CheckResult
from autograder.grading.wording import verdict_output
from autograder.proof import diagnosis
from autograder.proof.diagnosis import Diagnosis, diagnose, named, sample_of_pairs, without

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
    assert found == Diagnosis(known=3, own=3, pairs=3, both=3) and found.good


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
    real = named
    monkeypatch.setattr(diagnosis, "named", lambda *args: real(*args) - {"bias_left_out"})
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
        assert named(layers, (mistake.name,), None, b"judged") == {mistake.name}
        with without(layers, mistake):
            assert mistake not in layers.catalogue
        assert named(layers, (mistake.name,), mistake.name, b"judged") == set()
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
    assert named(layers, ("other_spread",), "other_spread", b"judged") == set()


def test_it_goes_the_way_of_a_hand_in(layers):
    """An exception is named by what a student's process reports of it; a process that ends gives no name."""
    raises = Misconception("raises", "relu_forward", {"np.maximum(0, x)": "np.maximum(0, x, 1, 2)"}, "")
    ends = Misconception("ends", "relu_forward", {"np.maximum(0, x)": "__import__('os')._exit(3)"}, "")
    layers.catalogue = [raises]
    assert named(layers, ("raises",), None, b"way") == {"raises"}
    layers.catalogue = [ends]
    assert named(layers, ("ends",), "ends", b"way") == set()  # and the grader is still there


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
