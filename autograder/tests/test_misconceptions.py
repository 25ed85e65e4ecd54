"""Each known mistake is in the reference's reach, is caught, and is called by its own name."""

import re
from pathlib import Path

import numpy as np
import pytest
from conftest import every, quick

from autograder.authoring.misconception import Misconception, load_catalogue
from autograder.authoring.notebook import check_cells
from autograder.grading.reference import Reference
from autograder.proof.asking import put_to
from autograder.proof.mutation.run import caught_by
from autograder.sandbox.proxy import run_probe

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "two_layer_net"
NOTEBOOKS = ("layers", "two_layer_net")
ALL = [(name, mistake) for name in NOTEBOOKS for mistake in load_catalogue(SOLUTIONS / f"{name}.ipynb")]

# What a judge says of mistakes that only a judge sees; it must be right by itself.
JUDGED = {
    "uniform_weights": r"W1 has a standard deviation of 0\.2[89]\d* × weight_scale instead of 1 × weight_scale",
    "zero_weights": r"W1 has a standard deviation of 0 × weight_scale instead of 1 × weight_scale",
    "weight_scale_unused": r"W1 has a standard deviation of \S+ × weight_scale instead of 1 × weight_scale",
    "same_batch_always": "every step uses the same batch: draw new indices for each one",
}

# What costs points in more than one cell of two_layer_net.ipynb: the penalty stands in the loss and again in its
# gradient, so that both are wrong if it is left out of both, and likewise for others;
SEVERAL = {
    "penalty_missing",
    "penalty_with_half_throughout",
    "penalty_of_w1_only_throughout",
    "penalty_of_w2_only_throughout",
    "penalty_of_the_biases_throughout",
    "penalty_divided_by_n_throughout",
    "not_averaged_throughout",
    "log10_throughout",
    # and the third part of that method goes on from the log p of the second, and an error in between stops both.
    "normalized_over_the_batch",
    "normalized_over_examples",
    "max_of_each_column",
    "softmax_twice",
    "truth_of_an_array",
}

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.fixture(scope="module")
def references():
    return {name: Reference(SOLUTIONS / f"{name}.ipynb") for name in NOTEBOOKS}


def failed(reference, mistake, secret=b"mistakes"):
    return [check for cell in put_to(reference, mistake, secret) for check in cell.result.checks if not check.passed]


def test_names_are_unique_and_hints_are_sentences(references):
    for name in NOTEBOOKS:
        names = [mistake.name for notebook, mistake in ALL if notebook == name]
        assert len(names) == len(set(names)) > 20 and all(one.isidentifier() or "1e-" in one for one in names)
    for name in NOTEBOOKS:
        cells = dict(references[name].cells)
        for mistake in load_catalogue(SOLUTIONS / f"{name}.ipynb"):
            for hint in mistake.hints(cells[f"{mistake.cell}_code"]):
                assert len(hint) > 20 and hint[0].isalnum() and hint[-1] in ".?)", mistake.name
            assert mistake.hint != mistake.violates
    assert {*JUDGED, *SEVERAL} <= {mistake.name for _, mistake in ALL}


@pytest.mark.parametrize("notebook, mistake", every(6, ALL), ids=[f"{name}-{mistake.name}" for name, mistake in ALL])
def test_a_known_mistake_is_caught_and_named_and_costs_its_own_cell_only(references, notebook, mistake):
    cells = put_to(references[notebook], mistake.name, b"mistakes")
    checks = [check for cell in cells for check in cell.result.checks if not check.passed]
    assert checks, f"no check catches {mistake.name}"
    costly = [cell.result.grade_id for cell in cells if cell.result.score < cell.result.max_score]
    assert (len(costly) > 1) == (notebook == "two_layer_net" and mistake.name in SEVERAL), costly
    if mistake.name in JUDGED:
        assert any(re.search(JUDGED[mistake.name], check.message) for check in checks)
    assert {check.misconception for check in checks} == {mistake.name}
    assert [check.hints[2] for check in checks if len(check.hints) == 3] == [mistake.hint]


@pytest.mark.parametrize(
    "notebook, name",
    every(
        4,
        [
            ("layers", "no_max_shift"),
            ("two_layer_net", "penalty_gradient_without_2"),
            ("layers", "db_keeps_its_row"),
            *(
                (notebook, f"epsilon_in_the_log_1e-{digits}")
                for notebook in NOTEBOOKS
                for digits in (5, 6, 7, 8, 10, 12)
            ),
            ("two_layer_net", "no_max_shift"),
        ],
    ),
)
def test_the_same_mistake_costs_every_student_the_same(references, notebook, name):
    lost = {sum(check.points for check in failed(references[notebook], name, b"w%d" % draw)) for draw in range(8)}
    assert len(lost) == 1 and lost != {0}


@pytest.mark.parametrize("notebook", quick(NOTEBOOKS, lambda name: name == "layers"))
def test_a_mistake_fails_the_same_checks_in_every_draw(notebook):
    path = SOLUTIONS / f"{notebook}.ipynb"
    cells = check_cells(path)
    found = {
        mistake.name: {tuple(caught_by(path, cells[mistake.cell], mistake, b"d%d" % draw)) for draw in range(3)}
        for mistake in load_catalogue(SOLUTIONS / f"{notebook}.ipynb")
    }
    assert {name: checks for name, checks in found.items() if len(checks) > 1 or () in checks} == {}


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_reference_itself_is_called_right(references, notebook):
    reference = references[notebook]
    right = Misconception("nothing_wrong", reference.catalogue[0].cell, {}, "")
    before = reference.catalogue
    reference.catalogue = [*before, right]
    try:
        for secret in (b"one", b"two", b"three"):
            assert failed(reference, "nothing_wrong", secret) == []
    finally:
        reference.catalogue = before


def test_an_edit_must_fit_once():
    assert Misconception("m", "c", {"a + b": "a - b"}, "").apply("y = a + b") == "y = a - b"
    for source in ("y = a", "y = a + b + a + b"):
        with pytest.raises(ValueError, match=r"misconception m: 'a \+ b' stands \d times"):
            Misconception("m", "c", {"a + b": "a - b"}, "").apply(source)


def test_a_mistake_in_a_cell_that_is_not_there(references):
    with pytest.raises(ValueError, match="layers.ipynb has no cell nowhere_code"):
        references["layers"].mistaken(Misconception("m", "nowhere", {"a": "b"}, ""))


def test_a_notebook_without_a_catalogue():
    assert load_catalogue(SOLUTIONS / "nowhere.ipynb") == []


def toy_training(code):
    """The published toy training, which is asked to end below 0.02."""
    code.seed(1)
    X = 10 * np.random.RandomState(1).randn(5, 4)
    y = np.array([0, 1, 2, 2, 1])
    net = code.init_toy_model()
    stats = net.train(X, y, X, y, learning_rate=1e-1, reg=5e-6, num_iters=100)
    return stats["loss_history"][99]


def test_the_missing_factor_2_passes_the_published_check_and_not_ours(references):
    reference = references["two_layer_net"]
    mistake = next(one for one in reference.catalogue if one.name == "penalty_gradient_without_2")
    right = run_probe(toy_training, reference.host).value
    wrong = run_probe(toy_training, reference.mistaken(mistake)).value
    assert right == pytest.approx(0.017149607938732093, rel=1e-10)
    assert wrong == pytest.approx(0.017149085837733294, rel=1e-10) and wrong < 0.02
    checks = failed(reference, mistake.name)
    assert "gradients_of_the_penalty" in {check.name for check in checks}
    assert sum(check.points for check in checks) >= 2
