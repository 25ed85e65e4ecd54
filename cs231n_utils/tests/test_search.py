import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n_utils.plots import plot_search, show_coverage

GRID = [{"rate": rate, "reg": reg} for rate in (0.1, 1.0) for reg in (1.0, 10.0)]


def drawn():
    plt.gcf().canvas.draw()
    return plt.gcf().axes


def test_coverage_counts_the_values_of_the_first_hyperparameter():
    show_coverage(
        {"grid": GRID, "random": [{"rate": 0.2, "reg": 2.0}, {"rate": 0.3, "reg": 3.0}]}, names=("rate", "reg")
    )
    grid, random = drawn()
    assert grid.get_title() == "grid: 4 runs,\n2 different values of rate"
    assert random.get_title() == "random: 2 runs,\n2 different values of rate"
    np.testing.assert_allclose(grid.lines[0].get_xydata(), [(0.1, 1), (0.1, 10), (1, 1), (1, 10)])
    np.testing.assert_allclose(grid.lines[1].get_xdata(), [0.1, 0.1, 1, 1])  # their shadows on the axis
    assert grid.get_xscale() == grid.get_yscale() == "log"
    with pytest.raises(ValueError, match="no settings"):
        show_coverage({"grid": []}, names=("rate", "reg"))


def test_results_show_the_best_and_the_diverged():
    scores = [0.2, float("nan"), 0.5, 0.3]
    plot_search(list(zip(GRID, scores, strict=True)), names=("rate", "reg"), title="coarse", source="stand-in")
    axes = drawn()[0]
    diverged, best = axes.lines
    np.testing.assert_allclose(diverged.get_xydata(), [(0.1, 10.0)])
    np.testing.assert_allclose(best.get_xydata(), [(1.0, 1.0)])
    assert best.get_label() == "best: 0.500" and axes.get_title() == "coarse"
    np.testing.assert_allclose(axes.collections[0].get_array(), [0.2, 0.5, 0.3])


def test_results_may_all_have_diverged():
    plot_search([(GRID[0], float("nan"))], names=("rate", "reg"))
    assert len(drawn()[0].lines) == 1
    with pytest.raises(ValueError, match="no results"):
        plot_search([], names=("rate", "reg"))
