"""What a real kernel shows: one table for a cell, one bar for a training, curves in one place."""

import sys

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from cs231n_utils.frontend import in_notebook

CELLS = {
    "setup": """
import numpy as np
from cs231n_utils.checks import check, check_that
from cs231n_utils.training import Solver
from cs231n_utils.progress import progress
from cs231n_utils.tests.test_solver import Prototypes
X = np.random.default_rng(0).standard_normal((260, 4))
y = np.argmax(X[:, :3], axis=1)
data = {"X_train": X[:200], "y_train": y[:200], "X_val": X[200:], "y_val": y[200:], "source": "stand-in"}
def solver(**options):
    options = {"optim_config": {"learning_rate": 0.5}} | options
    return Solver(Prototypes(), data, batch_size=20, num_epochs=4, **options)
""",
    "checks": 'check("a", 1.0, 1.0)\nprint("between")\ncheck("b", 2.0, 1.0)\ncheck_that("c", True, "")\n0;',
    "stopped": 'check("d", 1.0, 1.0)\nraise KeyboardInterrupt',
    "more checks": 'ok = check("e", 1.0, 1.0)\nprint(type(ok).__name__)',
    "bar": "solver().train()",
    "stopped bar": "s = solver(optim_config={})\ns.model.params['W'] *= np.nan\ns.train()",
    "named bars": """
for desc in ('drawing', 'drawing: '):
    for _ in progress(range(2), desc=desc, unit='parts'): pass""",
    "bar that goes": "for _ in progress(range(3), leave=False): pass",
    "live": "solver(live=True, verbose=False).train()",
    "quiet": "solver(verbose=False).train()",
    "slider": """
import matplotlib.pyplot as plt
from cs231n_utils.plots import slide, sliders
made, one = [], sliders._slider
sliders._slider = lambda *about: made.append(one(*about)) or made[-1]
slide(lambda power: plt.plot([1, 2**power], label="power"), power=(1, 2, 3))""",
    "moved": "made[0].value = 3",
    "no sliders": """
import sys
sys.modules["ipywidgets"] = None
slide(lambda power: plt.plot([1, 2**power], label="power"), power=(1, 2, 3))""",
    "picture": """
import matplotlib.pyplot as plt
from cs231n_utils.plots import set_up_pictures
set_up_pictures()
plt.plot([2, 1], label="loss")
plt.show()""",
}


@pytest.fixture(scope="module")
def outputs():
    notebook = new_notebook(cells=[new_code_cell(source) for source in CELLS.values()])
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MPLBACKEND", raising=False)  # a student's kernel shows its pictures
        NotebookClient(notebook, kernel_name="python3", timeout=600, allow_errors=True).execute()
    nbformat.validate(notebook)
    return {name: cell.outputs for name, cell in zip(CELLS, notebook.cells, strict=True)}


def test_the_checks_of_a_cell_are_one_display(outputs):
    table, text = outputs["checks"]
    assert (table.output_type, text.text) == ("display_data", "between\n")
    assert table.data["text/html"].count("<table") == 1
    assert table.data["text/plain"].splitlines()[::2] == [
        "✓ a",
        "    got is 2 × expected: a factor 2 too many, or a ½ too few?",
    ]
    assert table.data["text/plain"].endswith("✓ c")


def test_the_next_cell_begins_a_new_table_also_after_an_interruption(outputs):
    assert [output.output_type for output in outputs["stopped"]] == ["display_data", "error"]
    table, text = outputs["more checks"]
    assert (table.data["text/plain"], text.text) == ("✓ e", "bool\n")


def test_a_bar_is_one_display_that_ends_with_the_last_state(outputs):
    (bar,) = outputs["bar"]
    assert bar.data["text/plain"].startswith("40 of 40 steps, in 00:0")
    assert "4 of 4 epochs, loss 0." in bar.data["text/plain"]
    assert 'aria-valuenow="100"' in bar.data["text/html"]
    assert "width:100.0%" in bar.data["text/html"]
    bar, words = outputs["stopped bar"]
    assert bar.data["text/plain"].startswith("1 of 40 steps, in 00:0")
    assert words.text.startswith("Stopped at step 1 of 40: the loss is NaN")
    assert [output.data["text/plain"] for output in outputs["bar that goes"]] == [""]


def test_live_curves_are_one_picture(outputs):
    (curves,) = outputs["live"]
    assert curves.data["image/png"].startswith("iVBOR")
    assert curves.data["text/plain"].startswith("4 of 4 epochs, loss 0.")
    assert outputs["setup"] == outputs["quiet"] == []


def test_a_plain_shell_is_no_notebook(monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell

    assert not in_notebook()
    shell = InteractiveShell()
    monkeypatch.setattr(sys.modules["IPython"], "get_ipython", lambda: shell)
    assert not in_notebook()  # as a terminal has it, and the grader
    shell.kernel = np
    assert in_notebook()


def test_a_picture_carries_its_description(outputs):
    (picture,) = outputs["picture"]
    assert picture.data["text/plain"] == picture.metadata["image/png"]["alt"] == 'Picture. line "loss": from 2 to 1.'
    assert picture.data["image/png"].startswith("iVBOR")
    curves = outputs["live"][0]
    assert curves.metadata["image/png"]["alt"] == curves.data["text/plain"]


def test_a_bar_says_what_it_counts(outputs):
    for bar in outputs["named bars"]:
        assert bar.data["text/plain"].startswith("drawing: 2 of 2 parts, in ")


def test_a_slider_replaces_a_picture_that_is_there_without_it(outputs):
    picture, sliders = outputs["slider"]
    assert not outputs["moved"]
    assert picture.data["text/plain"] == 'Picture. line "power": from 1 to 8. With power 3.'
    assert picture.data["image/png"] and picture.metadata["image/png"]["alt"] == picture.data["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in sliders.data
    still, words = outputs["no sliders"]
    assert words.text == (
        "Sliders need the package ipywidgets. Without it, try <lambda>(power=3) in a cell of your own.\n"
    )
    assert still.data["text/plain"] == 'Picture. line "power": from 1 to 4. With power 2.'
