"""Every right answer of the corpus gets all points from the real grader, and no mistake is named for one."""

from __future__ import annotations

import io

import nbformat
import pytest
from conftest import asked, quick
from rich.console import Console

from autograder.authoring.notebook import check_cells, grade_id_of, read_notebook
from autograder.authoring.stranger import load_strangers
from autograder.authoring.variant import Variant, load_corpus
from autograder.course import CourseError
from autograder.proof import fairness
from autograder.proof.fairness import check_fairness, graded_corpus, grouped, written
from autograder.tests.sample_class import ASSIGNMENT, SOLUTIONS

NOTEBOOKS = ("layers", "two_layer_net")
CORPUS = [(name, variant) for name in NOTEBOOKS for variant in load_corpus(SOLUTIONS / f"{name}.ipynb")]
SAMPLE = [variant for _, variant in CORPUS[::12]]  # for a run without the exhaustive tests


@pytest.fixture(scope="module")
def rulings(request, course):
    """What grading says to the variants that this run looks at."""
    chosen = asked(request, "variant") or SAMPLE
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            fairness,
            "load_corpus",
            lambda path: [
                variant for name, variant in CORPUS if name == path.stem and any(variant is one for one in chosen)
            ],
        )
        return graded_corpus(course, ASSIGNMENT)


@pytest.mark.parametrize(
    "notebook, variant",
    quick(CORPUS, lambda one: any(one[1] is variant for variant in SAMPLE)),
    ids=[f"{name}-{variant.name}" for name, variant in CORPUS],
)
def test_a_right_variant_gets_all_points(rulings, notebook, variant):
    own = [ruling for ruling in rulings if (ruling.notebook, ruling.variant) == (notebook, variant.name)]
    assert own and not [str(ruling) for ruling in own if not ruling.fair]


def test_the_cells_beside_a_variant_get_all_points_too(rulings):
    assert not [str(ruling) for ruling in rulings if not ruling.variant and not ruling.fair]


def test_the_corpus_is_large_and_nothing_in_it_stands_twice(course):
    assert len(CORPUS) >= 60
    for name in NOTEBOOKS:
        corpus = load_corpus(SOLUTIONS / f"{name}.ipynb")
        assert len({variant.name for variant in corpus}) == len(corpus)
        assert len({tuple(variant.cells.items()) for variant in corpus}) == len(corpus)
        todos = check_cells(course.source(ASSIGNMENT, name)).keys() - {"tuning"}
        assert {cell for variant in corpus for cell in variant.cells} == todos


def test_no_two_variants_of_a_group_write_the_same_cell():
    for name in NOTEBOOKS:
        corpus = load_corpus(SOLUTIONS / f"{name}.ipynb")
        groups = grouped(corpus)
        assert sorted(variant.name for group in groups for variant in group) == sorted(one.name for one in corpus)
        for group in groups:
            cells = [cell for variant in group for cell in variant.cells]
            assert len(cells) == len(set(cells))


def test_a_source_with_marks_becomes_several_cells(course):
    variant = Variant(
        "own_cells",
        {
            "relu_forward": """
# %% [markdown]
Zuerst eine Hilfe.
# %%
half = lambda x: x / 2
# %%
relu_forward = lambda x: (half(x + abs(x)), x)
""",
            "relu_backward": None,
        },
    )
    assert variant.code("relu_forward") == "half = lambda x: x / 2\nrelu_forward = lambda x: (half(x + abs(x)), x)"
    assert variant.code("relu_backward") == ""
    solved = read_notebook(course.solutions / ASSIGNMENT / "layers.ipynb")
    released = read_notebook(course.released / ASSIGNMENT / "layers.ipynb")
    cells = written(released, solved, [variant]).cells
    place = next(i for i, cell in enumerate(cells) if grade_id_of(cell) == "relu_forward_code")
    assert [(cell.cell_type, cell.source) for cell in cells[place - 2 : place + 1]] == [
        ("markdown", "Zuerst eine Hilfe."),
        ("code", "half = lambda x: x / 2"),
        ("code", "relu_forward = lambda x: (half(x + abs(x)), x)"),
    ]
    untouched = next(cell for cell in cells if grade_id_of(cell) == "relu_backward_code")
    assert untouched.source == next(cell.source for cell in released.cells if grade_id_of(cell) == "relu_backward_code")


def test_a_variant_that_loses_points_is_named(course, monkeypatch):
    gate = "def relu_backward(dout, cache):\n    return dout * (dout > 0)"
    corpora = {
        "layers": [
            Variant("gate_of_its_own", {"relu_backward": gate}),
            Variant("relu_where", {"relu_forward": "relu_forward = lambda x: (np.where(x > 0, x, 0), x)"}),
        ]
    }
    monkeypatch.setattr(fairness, "load_corpus", lambda path: corpora.get(path.stem, []))
    out = io.StringIO()
    assert not check_fairness(course, ASSIGNMENT, Console(file=out, width=200))
    lines = [line for line in out.getvalue().splitlines() if line.startswith("✗")]
    assert len(lines) == 1
    assert "layers, relu_backward, gate_of_its_own (in one notebook with relu_where): " in lines[0]
    assert "1 │      0 │              1" in out.getvalue()


def test_a_notebook_without_a_corpus():
    assert load_corpus(SOLUTIONS / "nowhere.ipynb") == []


def test_right_answers_of_strangers_are_in_the_corpus(tmp_path):
    (tmp_path / "knn").mkdir()
    (tmp_path / "knn" / "strangers.txt").write_text(
        "# %% mistake k_code: half of it\nk = 1 / 2\n# %% right k_code: as 2 / 2, that is 1\nk = 2 / 2\n"
    )
    assert [(one.right, one.words, one.source) for one in load_strangers(tmp_path / "knn.ipynb")] == [
        (False, "half of it", "k = 1 / 2\n"),
        (True, "as 2 / 2, that is 1", "k = 2 / 2\n"),
    ]
    assert load_corpus(tmp_path / "knn.ipynb") == [Variant("as_2_2_that_is_1", {"k": "k = 2 / 2\n"})]


def test_a_variant_of_a_cell_that_is_not_there_is_one_sentence():
    variant = Variant("in_loops", {"to_celcius": "pass"})
    with pytest.raises(CourseError, match="the variant in_loops writes the cell to_celcius_code, which is not in"):
        written(nbformat.v4.new_notebook(), nbformat.v4.new_notebook(), [variant])
