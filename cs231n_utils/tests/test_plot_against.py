import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n_utils.plots import plot_against, plot_runs


def test_a_panel_for_each_kind_and_a_line_for_each_name():
    plot_against(
        [1, 10, 100],
        {"training": {"with": [0.5, 0.6, 0.7], "without": [0.1, 0.2, 0.3]}, "validation": {"with": [0.4, 0.4, 0.4]}},
        xlabel="rate",
        title="t",
        source="stand-in",
    )
    figure = plt.gcf()
    left, right = figure.axes
    assert [line.get_label() for line in left.lines] == ["with", "without"]
    assert left.lines[1].get_ydata().tolist() == [0.1, 0.2, 0.3] and left.lines[1].get_xdata().tolist() == [1, 10, 100]
    assert (left.get_title(), right.get_title()) == ("training", "validation")
    assert (left.get_xlabel(), left.get_ylabel(), left.get_xscale()) == ("rate", "accuracy", "log")
    assert figure.texts[-1].get_text() == "data: stand-in"
    colours = {line.get_color() for line in left.lines}
    assert len(colours) == 2 and len({line.get_marker() for line in left.lines}) == 2


def test_repeated_trainings_become_a_mean_and_a_band():
    _, ax = plt.subplots()
    plot_against([50, 100], {"test": {"scratch": [[0.2, 0.4], [0.5, 0.5]]}}, xlabel="pictures", ax=ax, log=False)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), [0.3, 0.5])
    band = ax.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == 0.2 and band[:, 1].max() == 0.5
    assert ax.get_xscale() == "linear"


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="no panels"):
        plot_against([1], {}, xlabel="x")
    with pytest.raises(ValueError, match="a has 1 entries for 2 values"):
        plot_against([1, 2], {"p": {"a": [1]}}, xlabel="x")


def test_runs_can_show_the_training_accuracy_too():
    run = {"loss_history": [2.0, 1.0], "train_acc_history": [0.1, 0.9], "val_acc_history": [0.1, 0.5]}
    plot_runs({"with": run, "without": {**run, "train_acc_history": []}}, training=True)
    _, middle, right = plt.gcf().axes
    assert middle.get_title() == "Training accuracy" and middle.lines[0].get_ydata().tolist() == [0.1, 0.9]
    assert len(middle.lines) == 1 and len(right.lines) == 2


def test_few_values_are_named_and_one_panel_has_one_title():
    plot_against([20, 100, 2500], {"four classes": {"scratch": [0.1, 0.2, 0.3]}}, xlabel="pictures", title="worth")
    figure = plt.gcf()
    figure.canvas.draw()
    (panel,) = figure.axes
    assert [label.get_text() for label in panel.get_xticklabels()] == ["20", "100", "2500"]
    assert panel.get_title() == "worth: four classes" and figure.get_suptitle() == ""
    plt.close("all")
