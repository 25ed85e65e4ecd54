"""What a student sees of a known mistake before handing in: the visible checks, with no key but their literal numbers.

For each mistake of the catalogue: is it noticed, does a hint name the cause, and is every hint true? The check cells
that need a trained network, and long cells, are left out.
"""

import contextlib
import io
import linecache
import re
from pathlib import Path

import pytest
from conftest import every, quick

import cs231n_utils.checks
from autograder.authoring.hand_in import without_region
from autograder.authoring.misconception import Misconception, load_catalogue
from autograder.authoring.notebook import grade_id_of, is_skipped, read_notebook
from autograder.grading.reference import no_figures

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "two_layer_net"
NOTEBOOKS = ("layers", "two_layer_net")

# Mistakes added to the catalogue after the visible checks were written which these do not see; the hidden ones do.
SLIP_THROUGH = {"output_in_the_type_of_x", "same_weights_each_time", "decay_at_every_step", "last_example_left_out"}

# The choices of an inline question are not given away.
UNNOTICED = {
    "only_relu_vanishes",
    "only_sigmoid_vanishes",
    "leaky_vanishes_too",
    "hidden_units_close_the_gap",
    "only_data_closes_the_gap",
}
# Noticed, but no exact relation tells why.
UNNAMED = {"squared_hinge", "columns_instead_of_entries"}

MEAN = r"is N × (expected|numerical) .*is the mean over the batch missing"
TOO_OFTEN = r"is 1/N × (expected|numerical) .*divided by N once too often"
EPSILON = r"−log\(1e-{}\): is a small number added inside the logarithm"
OVERFLOW = r"too large for exp: is the largest score of each row subtracted"
SIGN = r"is −1 × (expected|numerical): the sign"
KEEPDIMS = "there is an axis of length 1 too many: is it keepdims"
RIGHT_CLASSES = "only the entries of the right classes"
CHANGED = "{} changes the array it is given"
PASSES, CUT = "does something pass here that should be stopped", "is something cut off here that should pass"
WHOLE_ROWS = "(each row|analytic) should sum to 0"
LINES = r"is wrong only in (column|row)s? [\d, ]+$"
AS_IF = r"(got|analytic) is as it should be if {} were {}"
HALF = AS_IF.format("reg", "half as large") + r" .*: is a factor 2 missing in the penalty's part \(hence errors of 1/3"
TWICE = AS_IF.format("reg", "twice as large") + ".*: is there a factor 2 too many in the penalty's part"
MISSING = AS_IF.format("reg", 0) + r" \(too small by exactly .*reg · .*\): is the penalty missing"

# The line of what is printed that names the cause.
NAMED = {
    "layers": {
        "bias_left_out": "got is too small by exactly b: is b left out",
        "examples_not_flattened": r"x \(\d+, 2, \d\), .*should x be a matrix first, with one row for each example",
        "batch_axis_lost": "has the right numbers, in the wrong places: does a reshape or a transpose mix the rows",
        "fortran_order": "(columns|numbers),? in another order: do they come in the order in which NumPy stores them",
        "bias_subtracted": "too small by exactly 2 · b: is b subtracted",
        "dx_not_reshaped": "the numbers are right, only the shape is not: is a reshape missing",
        "db_keeps_its_row": KEEPDIMS,
        "db_summed_over_outputs": "one number for each row of dout, not for each column",
        "db_is_one_number": r"one number is left, the sum of all \d that are asked for: which axis should remain",
        "db_averaged": TOO_OFTEN,
        "dw_transposed": "the numbers are right, but transposed",
        "dw_averaged": TOO_OFTEN,
        "relu_in_place": CHANGED.format("relu_forward"),
        "python_max": "Python's max and min, .* need a single true or false",
        "reducing_max": "axis 0 is gone: sum, mean, max and the like take an axis away",
        "relu_takes_absolute_value": r"got is \|x\|",
        "leaky_relu": "where x is negative, got is 0.01 · x",
        "gate_from_dout": "where dout is positive, got is dout; where dout is negative, got is 0",
        "dout_forgotten": "where x is positive, got is 1",
        "slope_is_x": "where x is positive, got is dout · x",
        "gate_inverted": "where x is positive, got is 0; where x is negative, got is dout",
        "no_gate": "got is dout itself",
        "true_class_counted": "too large by exactly margin: is margin in it once too often",
        "svm_not_averaged": MEAN,
        "svm_loss_not_averaged": MEAN,
        "svm_gradient_not_averaged": MEAN,
        "no_margin": "too small by exactly margin: is margin left out",
        "svm_true_class_without_gradient": RIGHT_CLASSES + ".*they are 0",
        "svm_right_class_counts_once": "only in the entries of the right classes.*each row should sum to 0",
        "svm_right_class_counts_itself": RIGHT_CLASSES + ".*too small by exactly 1/N",
        "softmax_not_averaged": MEAN,
        "softmax_loss_not_averaged": MEAN,
        "softmax_gradient_not_averaged": MEAN,
        "log10": "is it the logarithm to base 10",
        "log2": "is it the logarithm to base 2",
        **{f"epsilon_in_the_log_1e-{digits}": EPSILON.format(f"{digits:02}") for digits in (5, 6, 7, 8, 10, 12)},
        "no_max_shift": OVERFLOW,
        "no_max_shift_in_logsumexp": OVERFLOW,
        "one_max_for_all_rows": OVERFLOW,
        "normalized_over_the_batch": r"got is log\(N · C\).*over the whole batch, not over each row",
        "normalized_over_examples": "got is log N.*over the examples, not over the classes",
        "all_classes_in_the_loss": "got is C × expected.*do all classes count",
        "one_hot_forgotten": RIGHT_CLASSES + ".*too large by exactly 1/N",
        "svm_sign": SIGN,
        "softmax_sign": SIGN,
        "gradient_at_the_right_class_only": "is 0 except in the entries of the right classes",
        "scores_shifted_in_place": CHANGED.format("softmax_loss"),
        "softmax_twice": "is the softmax taken of probabilities, that is, twice",
        "uniform_weights": "it is 0.0058 .*uniform from 0 to weight_scale have 0.0058",
        "zero_weights": "it is 0.0000 .*zeros have 0",
        "weight_scale_unused": "it is 0.0010 .*the default weight_scale gives 0.0010",
        "no_relu": "it is linear: is there a ReLU in it",
        "relu_backward_left_out": PASSES,
        "relu_on_the_scores": "where expected is negative, got is 0",
        "scores_are_probabilities": "are these probabilities, where scores are asked for",
        "penalty_without_half": AS_IF.format("reg", "twice as large") + ".*: is a ½ missing in the penalty",
        "penalty_without_half_throughout": AS_IF.format("reg", "twice as large") + ".*: is a ½ missing in the penalty",
        "penalty_missing": MISSING,
        "penalty_of_w1_only": "too small by exactly .*ΣW2²: is W2 left out of the penalty",
        "penalty_of_w2_only": "too small by exactly .*ΣW1²: is W1 left out of the penalty",
        "penalty_of_the_biases": r"too large by exactly .*\(Σb1² \+ Σb2²\): should the biases be free",
        "penalty_is_l1": "in place of the penalty: absolute values, where squares are asked for",
        "penalty_averaged": "in place of the penalty: a mean, where a sum is asked for",
        "penalty_gradient_missing": MISSING,
        "penalty_gradient_missing_in_w1": MISSING,
        "penalty_gradient_missing_in_w2": MISSING,
        "penalty_gradient_doubled": TWICE,
        "penalty_gradient_halved": HALF,
        "penalty_gradient_on_biases": "too large by exactly .*b[12]: is there a penalty on b[12] in the "
        "gradient, and none in the loss",
    },
    "two_layer_net": {
        "no_relu": "it is linear: is there a ReLU in it",
        "relu_on_the_scores": "where expected is negative, got is 0",
        "first_bias_left_out": "moving b1 changes nothing. Is it left out of the forward pass",
        "second_bias_left_out": "too small by exactly b2: is b2 left out",
        "scores_are_probabilities": "are these probabilities, where scores are asked for",
        "loss_not_averaged": MEAN,
        "log10": "is it the logarithm to base 10",
        "log2": "is it the logarithm to base 2",
        **{f"epsilon_in_the_log_1e-{digits}": EPSILON.format(f"{digits:02}") for digits in (5, 6, 7, 8, 10, 12)},
        "no_max_shift": OVERFLOW,
        "no_max_shift_in_logsumexp": OVERFLOW,
        "one_max_for_all_rows": OVERFLOW,
        "penalty_missing": MISSING,
        "penalty_missing_in_the_loss": MISSING,
        "penalty_with_half": AS_IF.format("reg", "half as large") + ".*: is there a ½ in the penalty",
        "penalty_with_half_throughout": AS_IF.format("reg", "half as large") + ".*: is there a ½ in the penalty",
        "penalty_of_w1_only": "too small by exactly .*ΣW2²: is W2 left out of the penalty",
        "penalty_of_w2_only": "too small by exactly .*ΣW1²: is W1 left out of the penalty",
        "penalty_of_the_biases": r"too large by exactly .*\(Σb1² \+ Σb2²\): should the biases be free",
        "penalty_gradient_without_2": HALF,
        "penalty_gradient_without_2_in_w1": HALF,
        "penalty_gradient_without_2_in_w2": HALF,
        "penalty_gradient_missing": MISSING,
        "penalty_gradient_missing_in_w1": MISSING,
        "penalty_gradient_missing_in_w2": MISSING,
        "penalty_gradient_on_biases": "too large by exactly .*b[12]: is there a penalty on b[12] in the "
        "gradient, and none in the loss",
        "gradient_not_averaged": MEAN,
        "one_hot_forgotten": "should sum to 0, but sums to 1, as probabilities do",
        "gradient_sign": SIGN,
        "relu_gate_missing": PASSES,
        "gate_from_the_gradient": "where numerical is negative, analytic is 0: " + CUT,
        "db1_keeps_its_row": KEEPDIMS,
        "db2_keeps_its_row": KEEPDIMS,
        "biases_not_updated": "is still what it was before: does the update reach it",
        "steps_uphill": AS_IF.format("learning_rate", "of the opposite sign") + ": does the step go uphill",
        "learning_rate_unused": AS_IF.format("learning_rate", 1) + ": is learning_rate missing",
        "reg_not_passed": r"differs from expected by a multiple of before: does the penalty \(reg\) reach the step",
        "same_batch_always": "Are they the same few again and again",
        "lowest_score": "the classes with the lowest scores",
        "best_row": "one number for each column of scores, not for each row",
        "scores_instead_of_classes": "got is scores itself",
    },
}
COLUMNS_OFF = "each column of got is off by an amount of its own"
# Hints that stand beside it, at other checks that the same mistake fails: as true, though not as telling.
BESIDE = {
    "bias_left_out": f"moving b changes nothing|{COLUMNS_OFF}",
    "bias_subtracted": COLUMNS_OFF,
    "fortran_order": r"right (rows|numbers)|off by the same amount everywhere",
    "relu_takes_absolute_value": LINES,
    "leaky_relu": LINES,
    "dw_transposed": r"the shapes are W1 \(\d+, \d+\), dW1",
    "reducing_max": r"the shapes are rows \(\d+, 1\), w|an axis of length 1 is missing",
    "gate_from_dout": f"{LINES}|where numerical is negative, analytic is 0: {CUT}",
    "no_gate": f"{PASSES}|{LINES}",
    "true_class_counted": rf"{RIGHT_CLASSES}|C/\(C − 1\) × expected \(C = 10\): does the right class count, too",
    "svm_right_class_counts_once": f"{RIGHT_CLASSES}.*too large by exactly 1/N|only in row 1; {WHOLE_ROWS}",
    "normalized_over_the_batch": WHOLE_ROWS,
    "normalized_over_examples": WHOLE_ROWS,
    "one_hot_forgotten": f"{WHOLE_ROWS}, but sums to 1|{LINES}|got is 0 everywhere",
    "gradient_at_the_right_class_only": f"{WHOLE_ROWS}|where numerical is positive, analytic is 0",
    "relu_backward_left_out": LINES,
    "relu_gate_missing": LINES,
    "relu_on_the_scores": "got is 0 everywhere",
    "no_relu": "every entry of got is the same number",
    "gradient_not_averaged": "the step in got is 2/3 × what it should be",
    "first_bias_left_out": "got is b2 itself|each row of got is b2, and nothing else",
    "second_bias_left_out": "moving b2 changes nothing",
    "gradient_sign": "got is 0 everywhere",
    "gate_from_the_gradient": LINES,
    "steps_uphill": "got is 0 everywhere",
}
ALL = [(name, mistake) for name in NOTEBOOKS for mistake in load_catalogue(SOLUTIONS / f"{name}.ipynb")]
# The mistakes whose hints were read one by one; for the others it is only known whether a check notices them.
STUDIED = [(name, mistake) for name, mistake in ALL if mistake.name in {*NAMED[name], *UNNOTICED, *UNNAMED}]

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


@pytest.fixture
def hints(monkeypatch):
    """All hints that are given."""
    given = []

    def listening(find):
        def found(*args, **kwargs):
            hint = find(*args, **kwargs)
            given.extend([hint] if hint else [])
            return hint

        return found

    for name in ("hint_of_values", "hint_of_shape", "hint_of_error"):
        monkeypatch.setattr(cs231n_utils.checks.visible, name, listening(getattr(cs231n_utils.checks.visible, name)))
    return given


def printed(notebook: str, mistake: Misconception | None = None) -> str:
    """What the cells of a solution notebook print, with a mistake in one of them; nets to load there are none."""
    namespace, output = {"__name__": "__main__"}, io.StringIO()
    with no_figures(), contextlib.redirect_stdout(output):
        for cell in read_notebook(SOLUTIONS / f"{notebook}.ipynb").cells:
            name = grade_id_of(cell) or cell.id
            if cell.cell_type != "code" or is_skipped(cell) or name == "best_net":
                continue
            source = without_region(cell.source, "HIDDEN TESTS")
            if mistake and name == f"{mistake.cell}_code":
                source = mistake.apply(source)
            file = f"<visible {name}>"
            linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
            exec(compile(source, file, "exec"), namespace)
    return re.sub(r"(?<=\w|,|:)\n {6,}(?=\w)", " ", output.getvalue())  # a hint may be broken into two lines


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_solution_passes_without_a_hint(hints, notebook):
    lines = printed(notebook)
    assert "✗" not in lines and lines.count("✓") > 25
    assert hints == []


@pytest.mark.parametrize(
    "notebook, mistake", every(6, STUDIED), ids=[f"{name}-{mistake.name}" for name, mistake in STUDIED]
)
def test_a_known_mistake_is_noticed_and_its_cause_is_named(hints, notebook, mistake):
    lines = printed(notebook, mistake)
    assert ("✗" in lines) == (mistake.name not in UNNOTICED)
    cause = NAMED[notebook].get(mistake.name)
    assert (cause is None) == (mistake.name in UNNOTICED | UNNAMED)
    if cause:
        assert re.search(cause, lines)
    true = [pattern for pattern in (cause, BESIDE.get(mistake.name)) if pattern]
    assert [hint for hint in hints if not any(re.search(pattern, hint) for pattern in true)] == []


@pytest.mark.parametrize("notebook", quick(NOTEBOOKS, lambda name: name == "two_layer_net"))
def test_other_mistakes_are_noticed_too(notebook):
    others = [mistake for name, mistake in ALL if name == notebook and (name, mistake) not in STUDIED]
    unnoticed = {mistake.name for mistake in others if "✗" not in printed(notebook, mistake)}
    assert unnoticed <= SLIP_THROUGH


# Answers that are right and look different, as edits of the solution.
RIGHT = [
    ("layers", "softmax_loss", {"-log_p[examples, y].sum() / N": "-np.log(np.exp(log_p)[examples, y]).mean()"}),
    ("layers", "softmax_loss", {"x.max(axis=1, keepdims=True)": "(x.max(axis=1, keepdims=True) - 3)"}),
    ("layers", "relu_backward", {"dout * (x > 0)": "np.where(x >= 0, dout, 0)"}),
    ("layers", "relu_forward", {"np.maximum(0, x)": "x * (x > 0)"}),
    ("layers", "affine_forward", {"rows @ w + b": "np.einsum('nd,dm->nm', rows, w) + b[None]"}),
    ("layers", "svm_loss", {"loss = margins.sum() / N": "loss = float(np.mean(margins.sum(axis=1)))"}),
    (
        "two_layer_net",
        "two_layer_net_loss",
        {"-log_p[np.arange(N), y].sum() / N": "np.mean(-np.log(np.exp(log_p)[np.arange(N), y]))"},
    ),
    ("two_layer_net", "predict", {"self.loss(X).argmax(axis=1)": "np.argmax(self.loss(X), axis=1).astype(np.int32)"}),
]


@pytest.mark.parametrize("notebook, cell, edits", RIGHT)
def test_a_right_answer_of_another_kind_passes_without_a_hint(hints, notebook, cell, edits):
    assert "✗" not in printed(notebook, Misconception("right", cell, edits, ""))
    assert hints == []
