"""The kill table: changes are made once each, what no check catches is seen, and a wrong declaration too."""

import ast
import difflib
import io
import os
import signal
from pathlib import Path

import pytest
from rich.console import Console

from autograder.authoring.content import load_beside
from autograder.authoring.misconception import Misconception, load_equivalents
from autograder.authoring.notebook import check_cells
from autograder.authoring.rubric import Draw, load_rubric
from autograder.course import Course, CourseError
from autograder.grading.reference import Reference, reference_of
from autograder.proof import jobs
from autograder.proof.mutation import report, run
from autograder.proof.mutation.mutants import Mutant, mutants
from autograder.proof.mutation.pairs import pairs
from autograder.proof.mutation.report import check_mutations, tally
from autograder.proof.mutation.run import ITSELF, caught_by
from autograder.proof.questions import questions
from autograder.sandbox.proxy import OutOfReach

SOLUTIONS = Path(__file__).parents[2] / "solutions" / "two_layer_net"
LAYERS, CLASSIC = SOLUTIONS / "layers.ipynb", SOLUTIONS / "two_layer_net.ipynb"
CELL = """def scale(x, y, by=2.0):
    n = 7
    ### BEGIN SOLUTION
{}
    ### END SOLUTION
    return out
"""


def changes(*lines, others=""):
    """What becomes of a solution's lines."""
    source = CELL.format("\n".join(f"    {line}" for line in lines))
    found = list(mutants("scale", source, others))
    assert all(mutant.cell == "scale" and "return out" in mutant.apply(source) for mutant in found)
    return [mutant.name.removeprefix("scale: ").split(" → ")[1] for mutant in found]


@pytest.fixture
def reference():
    return Reference(LAYERS)


def mutants_of(path, cell):
    reference = Reference(path)
    return {mutant.name: mutant for mutant in mutants(cell, dict(reference.cells)[f"{cell}_code"])}


@pytest.mark.parametrize(
    "line, after",
    [
        (
            "out = x + y",
            ["out = x", "out = y", "out = x - y", "out = -(x + y)", "out = 2 * (x + y)", "x += y; out = x"],
        ),
        ("out = x - y", ["out = x", "out = -y", "out = x + y", "out = y - x"]),
        ("out = by * x", ["out = by", "out = x", "out = by / x", "out = 2.0 * x", "out = y * x"]),
        ("out = (x / n) ** 2", ["out = x ** 2", "out = (x * n) ** 2", "out = x / n", "out = (x / n) ** 3"]),
        ("out = x @ y", ["out = x * y", "out = y @ x", "out = x.T @ y", "out = x @ y.T", "out = (x @ y).T"]),
        ("out = x.T", ["out = x"]),
        (
            "out = x.sum(axis=0)",
            [
                "out = x.mean(axis=0)",
                "out = x.sum(axis=1)",
                "out = x.sum()",
                "out = x.sum(axis=0, keepdims=True)",
                "out = x",
                "out = x.max(axis=0)",
            ],
        ),
        ("out = x.max(axis=1, keepdims=True)", ["out = x.max(axis=1)", "out = x.min(axis=1, keepdims=True)"]),
        (
            "out = np.maximum(0, x)",
            ["out = np.minimum(0, x)", "out = np.maximum(0, x, out=x)", "out = np.maximum(1, x)"],
        ),
        ("out = x.astype(float).copy()", ["out = x.copy()", "out = x.astype(float)"]),
        ("out = np.arange(n)", ["out = np.arange(n + 1)", "out = np.arange(n - 1)", "out = n"]),
        ("out = x[n, y]", ["out = x[:, y]", "out = x[n, :]", "out = x[y, n]", "out = x"]),
        ("out = x > 0.5", ["out = x >= 0.5", "out = x < 0.5", "out = x > 0.0", "out = x > 0.25"]),
        ("out = f(x, y)", ["out = f(y, x)", "out = f(x)", "out = f(y)", "out = f(n, y)"]),
        ("out, n = x, y", ["n, out = (x, y)", "out, n = (y, x)"]),
        ("out = np.random.choice(n, 4)", ["out = np.random.choice(n, 4, replace=False)", "out = np.random.choice(n)"]),
        ("out -= x", ["out += x", "pass", "out -= y"]),
        ("out = {1, 2}", ["out = {2}", "out = {1, 3}"]),
        ("out = x", ["out = globals().setdefault('_first', {}).setdefault('out', x)"]),
    ],
)
def test_what_becomes_of_a_line(line, after):
    found = changes(line)
    assert set(after) <= set(found) and line not in found and len(found) == len(set(found))


def test_what_the_notebook_has_is_used():
    found = changes("out = self.reg * x", others="toy = 1\ndef __init__(self, reg=0.5): pass")
    assert {"out = self.reg * toy", "out = 0.5 * x"} <= set(found)
    found = changes("out = np.zeros(n)", "out = out + grads['W1'] * grads['W2']")
    assert "out = out + grads['W1'] * grads['W1']" in found


def test_only_the_solution_changes_and_each_change_is_one():
    source = CELL.format("    out = x + y")
    found = list(mutants("scale", source))
    assert {ast.unparse(ast.parse(mutant.apply(source))) for mutant in found} == {m.apply(source) for m in found}
    assert all("n = 7" in mutant.apply(source) and "by=2.0" in mutant.apply(source) for mutant in found)
    assert len({mutant.name for mutant in found}) == len(found) > 10


def test_the_same_line_in_two_places_gives_two_names():
    source = (
        "def f(x, y):\n    ### BEGIN SOLUTION\n    if x:\n        y = 1\n    y = 2\n"
        "    if x:\n        y = 3\n    ### END SOLUTION\n"
    )
    names = [mutant.name for mutant in mutants("f", source)]
    assert "f: if x: → if y:" in names and "f: if x: → if y: (2)" in names and len(set(names)) == len(names)


def test_two_changes_at_once():
    source = CELL.format("    a = x + y\n    out = a * by")
    single = list(mutants("scale", source))
    few, more = (list(pairs(source, single, count)) for count in (5, 12))
    assert [one.name for one in few] == [one.name for one in more][:5] and len(more) == 12
    before = ast.unparse(ast.parse(source))
    for pair in more:
        after = pair.apply(source)
        assert ast.unparse(ast.parse(after)) == after
        same = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines()).get_matching_blocks()
        assert "    n = 7" in after and sum(block.size for block in same) == 3  # def, n = 7, return
        one, other = (f"scale: {name}" for name in pair.name.removeprefix("scale: ").split("; and "))
        assert {one, other} < {mutant.name for mutant in single}


def test_two_changes_that_undo_each_other_survive():
    path = SOLUTIONS.parent / "backpropagation" / "computational_graphs.ipynb"
    source = dict(reference_of(path).cells)["max_gate_code"]
    swapped = ("dx, dy = (dout, 0.0)", "dy, dx = (dout, 0.0)"), ("max(x, y), x > y", "max(x, y), x < y")
    one, other = (Misconception("m", "max_gate", {before: after}, "") for before, after in swapped)
    both = Misconception("m", "max_gate", {**one.edits, **other.edits}, "")
    assert both.apply(source) and caught_by(path, ["max_gate"], both) == []
    assert caught_by(path, ["max_gate"], one) and caught_by(path, ["max_gate"], other)


def test_a_cell_is_followed_by_its_checks():
    cells = check_cells(CLASSIC)
    assert cells["two_layer_net_loss"] == ["two_layer_net_scores", "two_layer_net_loss", "two_layer_net_gradients"]
    assert cells["predict"] == ["predict"] and check_cells(LAYERS)["svm_loss"] == ["svm_loss"]


def test_what_is_brought_from_an_earlier_notebook_is_not_changed_again():
    path = SOLUTIONS.parent / "regularization" / "dropout.ipynb"
    reference, cells = Reference(path), check_cells(path)
    assert {"bring_layers", "bring_adam"} < cells.keys()
    assert {mutant.cell for mutant in run.mutants_of(reference, cells)} == {
        cell for cell, checks in cells.items() if checks
    } - {"bring_layers", "bring_adam"}


def test_the_checks_of_a_small_cell_catch_all_but_the_declared():
    found = mutants_of(LAYERS, "relu_backward")
    caught = [(mutant, caught_by(LAYERS, ["relu_backward"], mutant)) for mutant in found.values()]
    declared = {name: reason for name, reason in load_equivalents(LAYERS).items() if name in found}
    tallies, problems = tally(caught, declared)
    assert problems == [] and tallies["relu_backward"].equivalent == len(declared) == 2
    assert tallies["relu_backward"].mutants == len(found) > 20


def test_with_a_weaker_check_a_change_survives(monkeypatch):
    name = "relu_backward: dx = dout * (x > 0) → dx = dout * (x > 1)"
    mutant = mutants_of(LAYERS, "relu_backward")[name]
    assert caught_by(LAYERS, ["relu_backward"], mutant) == ["opens_the_gate_where_x_is_positive"]
    questions.cache_clear()
    monkeypatch.setattr(Draw, "signed", lambda draw, *shape, **_: draw.normal(*shape) * 0 + 3)
    assert tally([(mutant, caught_by(LAYERS, ["relu_backward"], mutant))], {})[1] == [f"no check catches {name}"]
    questions.cache_clear()


def test_a_wrong_declaration_is_reported():
    known, mutant, other = (
        Misconception("m", "c", {}, ""),
        Mutant("c: a → b", "c", {}, ""),
        Mutant("c: a → d", "c", {}, ""),
    )
    caught = [(known, ["one"]), (mutant, ["one", "two"]), (other, [])]
    tallies, problems = tally(caught, {"c: a → b": "none", "c: a → d": "none", "c: x → y": "none"})
    assert problems == [
        "declared equivalent, but a check catches it: c: a → b",
        "declared equivalent, but there is no such change: c: x → y",
    ]
    row = tallies["c"]
    assert (row.known, row.mutants, row.killed, row.equivalent, row.survivors) == (1, 2, 2, 1, [])


def test_a_known_mistake_that_survives_is_reported():
    assert tally([(Misconception("m", "c", {}, ""), [])], {})[1] == ["no check catches m"]


def test_a_change_that_never_ends_is_caught_by_the_clock(reference, monkeypatch):
    monkeypatch.setattr(jobs, "SECONDS", 0.2)
    source = dict(reference.cells)["relu_forward_code"]
    endless = Mutant(
        "relu_forward: endless",
        "relu_forward",
        {source: source.replace("out = np.maximum(0, x)", "while True: out = x")},
        "",
    )
    assert caught_by(LAYERS, ["relu_forward"], endless) == ["lets_positive_entries_through"]


def test_a_cell_that_does_not_run_is_caught_by_itself(reference):
    source = dict(reference.cells)["relu_forward_code"]
    for wrong in ("def relu_forward(x:", "nowhere()"):
        assert caught_by(LAYERS, ["relu_forward"], Mutant(f"m: {wrong}", "relu_forward", {source: wrong}, "")) == [
            ITSELF
        ]


def test_an_entry_that_does_not_fit_any_more_is_one_sentence(monkeypatch):
    stale = Misconception("stale", "relu_forward", {"nowhere": ""}, "")
    with pytest.raises(ValueError, match="misconception stale"):
        caught_by(LAYERS, ["relu_forward"], stale)
    monkeypatch.setattr(run, "mutants", lambda *_: [])
    monkeypatch.setattr(reference_of(LAYERS), "catalogue", [stale])
    with pytest.raises(CourseError, match="misconception stale"):
        run.put_all(LAYERS, Console(file=io.StringIO()), jobs=1)


def test_out_of_time_counts_for_the_check_and_not_for_the_next_mutant():
    with jobs.deadline():
        pass
    with pytest.raises(OutOfReach), pytest.MonkeyPatch.context() as patch, jobs.deadline():
        patch.setattr(jobs, "SECONDS", 1)
        signal.raise_signal(signal.SIGPROF)
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def say(monkeypatch, caught, declared, course):
    """What `autograder check --mutations` prints and answers for layers.ipynb, as if this had been caught."""
    monkeypatch.setattr(report, "put_all", lambda *_: caught)
    monkeypatch.setattr(report, "load_equivalents", lambda *_: declared)
    monkeypatch.setattr(Course, "notebooks", lambda *_: ["layers"])
    console = Console(width=200, record=True, file=io.StringIO())
    return check_mutations(course, "two_layer_net", console), console.export_text()


def test_the_table_says_who_caught_what_and_who_caught_nothing(monkeypatch, course):
    one, two = Mutant("c: [a] → b", "c", {}, ""), Mutant("c: a → d", "c", {}, "")
    caught = [
        (one, ["lets_positive_entries_through"]),
        (two, ["lets_positive_entries_through", "passes_the_gradient_to_w"]),
    ]
    sharp, text = say(monkeypatch, caught, {}, course)
    rows = [[part.strip() for part in line.strip("│ ").split("│")] for line in text.splitlines()]
    assert sharp and ["c", "0", "2", "2", "0", "0"] in rows and ["together", "0", "2", "2", "0", "0"] in rows
    assert ["lets_positive_entries_through", "2", "1"] in rows and ["passes_the_gradient_to_w", "1", "0"] in rows
    assert ["passes_the_gradient_to_x never catches anything", "0", "0"] in rows
    sharp, text = say(monkeypatch, [(one, [])], {}, course)
    assert not sharp and "✗ no check catches c: [a] → b" in text


def test_all_of_a_notebook_in_jobs_of_their_own(monkeypatch):
    few = list(mutants_of(LAYERS, "relu_forward").values())[:4]
    monkeypatch.setattr(run, "mutants", lambda cell, *_: few if cell == "relu_forward" else [])
    monkeypatch.setattr(reference_of(LAYERS), "catalogue", reference_of(LAYERS).catalogue[:2])
    caught = run.put_all(LAYERS, Console(file=io.StringIO()), jobs=1)
    assert [mistake.name for mistake, _ in caught][2:] == [mutant.name for mutant in few]
    assert all(checks for _, checks in caught)


def test_a_killed_job_is_one_sentence(monkeypatch):
    monkeypatch.setattr(run, "mutants", lambda *_: [])
    monkeypatch.setattr(jobs, "start_job", os.abort)
    with pytest.raises(CourseError, match="a job was killed"):
        run.put_all(LAYERS, Console(file=io.StringIO()), jobs=1)


@pytest.mark.parametrize("path", sorted(SOLUTIONS.parent.glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_declared_equivalents_have_reasons(path):
    declared = load_equivalents(path)
    assert declared and all(" → " in name and len(reason) > 10 for name, reason in declared.items())


def test_nothing_is_declared_for_an_assignment_without_such_a_file(tmp_path):
    assert load_equivalents(tmp_path / "layers.ipynb") == {}


def test_inputs_of_the_rubric_hide_nothing():
    """Over 30 % dead units, live ones, and scores of both signs, in every draw."""
    rubric = load_rubric(SOLUTIONS / "two_layer_net.ipynb")
    layers = load_beside(LAYERS, "rubric")
    assert rubric.checks and layers.rubric.checks
    for number in range(20):
        build, X, y = layers.network(Draw(b"s%d" % number, "net"), reg=0.0)

        class Code:
            TwoLayerNet = staticmethod(lambda **_: type("Net", (), {})())

        params = build(Code).params
        hidden = X.reshape(len(X), -1) @ params["W1"] + params["b1"]
        scores = hidden.clip(0) @ params["W2"] + params["b2"]
        assert (hidden < 0).mean() > 0.3 and (hidden > 0).any(axis=1).all()
        assert scores.min() < 0 < scores.max() and len(set(y)) > 1
