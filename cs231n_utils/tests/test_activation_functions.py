import warnings

import matplotlib
import numpy as np
import pytest

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from cs231n_utils.checks import overflows
from cs231n_utils.plots import plot_activation_functions, plot_lines, plot_zigzag


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def drawn():
    plt.gcf().canvas.draw()
    return plt.gcf().axes


def test_an_overflow_is_seen_even_if_the_result_looks_fine():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert overflows(lambda x: 1 / (1 + np.exp(x)), np.array([0.0, 1000.0]))
        assert overflows(lambda x: np.where(x > 0, x, np.exp(x) - 1), np.array([1000.0]))
        assert not overflows(np.exp, np.array([-1e6, 0.0, 700.0]))  # what becomes 0 is no trouble


def test_other_errors_are_not_hidden():
    with pytest.raises(TypeError):
        overflows(np.exp, "text")


CUBE = (lambda x: (x**3, x), lambda dout, x: 3 * x**2 * dout)
HALF = (lambda x: (x / 2, None), lambda dout, _: dout / 2)


def test_each_function_has_a_panel_with_its_slope():
    plot_activation_functions({"cube": CUBE, "half": HALF}, low=-1, high=1)
    cube, half = drawn()
    x = np.linspace(-1, 1, 401)
    curves = {line.get_label(): line.get_ydata() for line in cube.lines}
    np.testing.assert_allclose(curves["out"], x**3)
    np.testing.assert_allclose(curves["slope"], 3 * x**2)
    assert (cube.get_title(), half.get_title()) == ("cube", "half")


def test_panels_without_a_function_are_empty():
    plot_activation_functions({name: HALF for name in "abcd"})
    assert [panel.axison for panel in drawn()] == [True] * 4 + [False] * 2


def test_a_function_that_is_not_written_yet_leaves_room():
    plot_activation_functions({"none": (lambda x: (None, None), lambda dout, _: dout), "half": HALF})
    none, half = drawn()
    assert [text.get_text() for text in none.texts] == ["not written yet"] and not half.texts
    assert half.get_legend() is not None


def test_functions_that_change_the_shape_are_refused():
    with pytest.raises(ValueError, match="sum: forward should give 401 numbers"):
        plot_activation_functions({"sum": (lambda x: (x.sum(), None), lambda dout, _: dout)})
    with pytest.raises(ValueError, match="no functions"):
        plot_activation_functions({})


def test_several_runs_are_thin_lines_and_a_thick_mean():
    runs = np.array([[1.0, 2.0, 3.0], [3.0, 4.0, 5.0]])
    plot_lines({"two runs": runs, "one": np.array([9.0, 9.0])}, "step", "loss", title="lines", log=True, start=5)
    (ax,) = drawn()
    lines = [line.get_ydata().tolist() for line in ax.lines]
    assert lines == [[1, 2, 3], [3, 4, 5], [2, 3, 4], [9, 9]]
    assert ax.lines[2].get_linewidth() > ax.lines[0].get_linewidth()
    assert ax.lines[2].get_xdata().tolist() == [5, 6, 7]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["two runs", "one"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale(), ax.get_title()) == ("step", "loss", "log", "lines")


def test_numbers_that_were_taken_now_and_then_stand_at_their_steps():
    plot_lines({"one": np.array([4.0, 5.0, 6.0])}, "step", "loss", every=10, start=5)
    assert drawn()[0].lines[0].get_xdata().tolist() == [5, 15, 25]


def test_paths_end_where_they_end():
    path = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    plot_zigzag({"one": path, "other": 2 * path}, np.array([1.0, 2.0]), title="paths")
    one, other = drawn()
    np.testing.assert_array_equal(one.lines[0].get_xydata(), path)
    assert one.get_title() == "one\n2 steps, 1 left to go" and other.get_title() == "other\n2 steps, 1 left to go"


def test_nothing_to_draw_is_refused():
    with pytest.raises(ValueError, match="no lines"):
        plot_lines({}, "x", "y")
    with pytest.raises(ValueError, match="no paths"):
        plot_zigzag({}, np.zeros(2))
