import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n_utils.plots import show_study

RUNS = {
    0.1: {
        "train_acc_history": [0.1, 0.3, 0.5, 0.7],
        "val_acc_history": [0.1, 0.2, 0.3, 0.4],
        "train_acc": 0.6,
        "val_acc": 0.4,
    },
    10.0: {"train_acc_history": [0.1, 0.1], "val_acc_history": [0.1, 0.1], "train_acc": 0.1, "val_acc": 0.05},
}


def test_each_training_is_a_line_in_both_panels_and_a_point_in_the_third():
    show_study(RUNS, "learning rate", "a title", source="stand-in")
    training, validation, last = plt.gcf().axes
    for panel, what in ((training, "train_acc_history"), (validation, "val_acc_history")):
        for line, run in zip(panel.lines, RUNS.values(), strict=True):
            np.testing.assert_array_equal(line.get_ydata(), run[what])
    np.testing.assert_allclose(last.lines[0].get_ydata(), [0.6, 0.1])
    np.testing.assert_allclose(last.lines[1].get_ydata(), [0.4, 0.05])
    assert [tick.get_text() for tick in last.get_xticklabels()] == ["0.1", "10"]
    assert [text.get_text() for text in training.get_legend().get_texts()] == ["0.1", "10"]
    assert training.get_ylim() == validation.get_ylim() == last.get_ylim()
    assert "data: stand-in" in [text.get_text() for text in plt.gcf().texts]
    assert plt.gcf().get_suptitle() == "a title"


def test_it_draws_where_it_is_told():
    axes = plt.subplots(1, 3)[1]
    show_study(RUNS, "reg", ax=axes)
    assert axes[2].get_xlabel() == "reg" and len(plt.get_fignums()) == 1


def test_without_trainings_it_says_so():
    with pytest.raises(ValueError, match="no trainings"):
        show_study({}, "reg")
