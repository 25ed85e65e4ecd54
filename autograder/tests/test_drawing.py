"""Nothing is drawn by the grader, and a course that draws nothing does not wait for Matplotlib."""

import json
import subprocess
import sys

import pytest
from conftest import REPOSITORY, graded_small_course

from autograder.grading.job import for_grading
from autograder.sandbox.isolation import fork_orders
from autograder.settings import read_settings

DRAWN = """
import json, os, sys
from autograder.grading.reference import no_figures

{before}
with no_figures():
    exec({cell!r})
    plt = sys.modules.get("matplotlib.pyplot")
    inside = plt and plt.get_backend()
print(json.dumps([inside, plt and plt.get_backend(), plt and plt.get_fignums(), os.environ.get("MPLBACKEND")]))
"""
PLOT = "import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.show()"


@pytest.mark.parametrize("before", ["", "import matplotlib", "import matplotlib.pyplot"])
@pytest.mark.parametrize("chosen", [None, "svg"])
def test_a_cells_plot_is_drawn_nowhere_and_the_backend_comes_back(before, chosen, monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)
    if chosen:
        monkeypatch.setenv("MPLBACKEND", chosen)
    source = DRAWN.format(before=before, cell=PLOT)
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == ["template", chosen or "agg", [], chosen]


def test_where_nothing_is_drawn_matplotlib_is_not_imported(monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)
    ran = subprocess.run([sys.executable, "-c", DRAWN.format(before="", cell="1")], capture_output=True, check=True)
    assert json.loads(ran.stdout) == [None, None, None, None]


def test_what_grading_needs_is_asked_of_the_course(tmp_path):
    ours, small = read_settings(REPOSITORY / "solutions"), graded_small_course(tmp_path).settings
    assert "matplotlib.pyplot" in for_grading(ours) and "matplotlib.pyplot" in fork_orders(ours)["modules"]
    assert not any("matplotlib" in name for name in (*for_grading(small), *fork_orders(small)["modules"]))
    (small.solutions / "first_steps" / "more.ipynb").write_text('"import matplotlib.pyplot as plt"')
    assert small.draws()
