import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n_utils.plots import show_study

RUNS = {
    0.1: {"loss_history": [2.3, 2.0, 1.5], "val_acc_history": [0.1, 0.2, 0.3, 0.4], "train_acc": 0.6, "val_acc": 0.4},
    10.0: {"loss_history": [2.3, 1e9, float("nan")], "val_acc_history": [0.1, 0.1], "train_acc": 0.1, "val_acc": 0.05},
}


def test_each_run_is_a_line_in_two_panels_and_a_point_in_the_third():
    show_study(RUNS, "learning rate", "a title", source="stand-in")
    loss, validation, last = plt.gcf().axes
    for line, run in zip(validation.lines, RUNS.values(), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), run["val_acc_history"])
    np.testing.assert_array_equal(loss.lines[0].get_ydata(), RUNS[0.1]["loss_history"])
    np.testing.assert_allclose(last.lines[0].get_ydata(), [0.6, 0.1])
    np.testing.assert_allclose(last.lines[1].get_ydata(), [0.4, 0.05])
    assert [tick.get_text() for tick in last.get_xticklabels()] == ["0.1", "10"]
    assert [text.get_text() for text in loss.get_legend().get_texts()] == ["0.1", "10"]
    assert validation.get_ylim() == last.get_ylim()
    assert "data: stand-in" in [text.get_text() for text in plt.gcf().texts]
    assert plt.gcf().get_suptitle() == "a title"


def test_a_run_that_diverges_is_marked_and_leaves_room_for_the_others():
    show_study(RUNS, "learning rate")
    loss = plt.gcf().axes[0]
    assert loss.get_ylim()[1] == pytest.approx(1.3 * 2.3)
    crosses = [line for line in loss.lines if line.get_marker() == "x"]
    assert [line.get_xdata()[0] for line in crosses] == [3]
    assert loss.texts[0].get_text() == "10: no number\nfrom step 3 on"


def test_long_losses_are_smoothed_and_the_axis_says_so():
    show_study({1: {**RUNS[0.1], "loss_history": np.linspace(2.3, 1.3, 600)}}, "units")
    loss = plt.gcf().axes[0]
    assert loss.get_ylabel() == "loss (mean of 12 steps)"
    np.testing.assert_allclose(loss.lines[0].get_ydata()[0], np.linspace(2.3, 1.3, 600)[:12].mean())


def test_it_draws_where_it_is_told():
    axes = plt.subplots(1, 3)[1]
    show_study(RUNS, "reg", ax=axes)
    assert axes[2].get_xlabel() == "reg" and len(plt.get_fignums()) == 1


def test_without_runs_it_says_so():
    with pytest.raises(ValueError, match="no runs"):
        show_study({}, "reg")
