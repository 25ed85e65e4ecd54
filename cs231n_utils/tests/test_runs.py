import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n_utils.plots import plot_runs


class Solver:
    loss_history = [4.0, 3.0, 2.0, 1.0]
    val_acc_history = [0.1, 0.5]
    source = "stand-in"


def test_trainings_are_drawn_side_by_side():
    plot_runs({"a solver": Solver(), "a dictionary": {"loss_history": list(np.arange(100.0) / 10)}}, title="two")
    left, right = plt.gcf().axes
    plt.gcf().canvas.draw()
    first, second = left.lines
    np.testing.assert_allclose(first.get_xydata(), [(1, 4), (2, 3), (3, 2), (4, 1)])
    np.testing.assert_allclose(second.get_ydata()[0], 0.2)  # of a hundred losses, five at a time
    assert second.get_xdata()[0] == 5 and second.get_xdata()[-1] == 100
    (accuracies,) = right.lines
    np.testing.assert_allclose(accuracies.get_ydata(), [0.1, 0.5])
    assert [text.get_text() for text in left.get_legend().get_texts()] == ["a solver", "a dictionary"]
    assert plt.gcf()._suptitle.get_text() == "two"
    assert any("stand-in" in text.get_text() for text in plt.gcf().texts)


def test_a_loss_that_is_no_number_is_said_in_words():
    plot_runs({"lost": {"loss_history": [2.0, float("inf"), float("nan")], "val_acc_history": [0.1]}}, log=True)
    left, _ = plt.gcf().axes
    assert (
        left.get_legend().get_texts()[0].get_text() == "lost (no number from step 2 on)" and left.get_yscale() == "log"
    )


def test_a_loss_that_runs_away_leaves_room_for_the_others():
    plot_runs({"good": {"loss_history": [2.0, 1.0]}, "high": {"loss_history": [2.0, 30.0, 50.0, 1e200]}})
    left, _ = plt.gcf().axes
    plt.gcf().canvas.draw()
    np.testing.assert_allclose(left.lines[1].get_ydata(), [2, 30, np.nan, np.nan])
    assert left.get_legend().get_texts()[1].get_text() == "high (beyond the picture from step 3 on)"
    assert left.get_ylim()[1] < 40


def test_no_trainings_are_refused():
    with pytest.raises(ValueError, match="no trainings"):
        plot_runs({})
