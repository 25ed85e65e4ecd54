"""A picture's description says what is drawn; the course's colours can be read on its paper."""

from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from cs231n_utils.plots import (
    draw_graph,
    plot_history,
    plot_runs,
    plot_speed,
    plot_tuning,
    set_up_pictures,
    show_images,
    style,
)
from cs231n_utils.plots.words import in_words
from cs231n_utils.tests.eyes import complaints


def words():
    return in_words(plt.gcf())


def test_curves_are_told_by_their_names_ends_and_extremes():
    stats = {"loss_history": [2.3, 3.0, 1.25], "train_acc_history": [0.1, 0.5], "val_acc_history": [0.1, 0.4]}
    plot_history(stats, title="first run", source="stand-in")
    assert words() == (
        "Picture. first run. Panel 1 of 2: Loss. loss against step. line: from 2.3 to 1.25, highest 3. "
        'Panel 2 of 2: Accuracy. accuracy against epoch. line "training": from 0.1 to 0.5. '
        'line "validation": from 0.1 to 0.4. data: stand-in.'
    )


def test_bars_fields_and_images_are_told_by_their_labels():
    plot_speed({"two loops": 2.0, "no loops": 0.01})
    assert "bars: two loops 2, no loops 0.01" in words()
    tried = {(1e-3, 0.1): 0.4, (1e-2, 0.1): 0.3, (1e-3, 1.0): 0.2, (1e-2, 1.0): 0.1}
    plot_tuning(tried, names=("learning rate", "reg"))
    assert all(part in words() for part in ("0.400", "rows 0.001, 0.01", "a scale of colours, validation accuracy"))
    plot_tuning({(1e-3, 64, 5): 0.4, (1e-2, 32, 5): 0.3, (1e-2, 64, 9): 0.1}, names=("rate", "units", "epochs"))
    assert "points: 0.001 64 5 0.4; 0.01 32 5 0.3; 0.01 64 9 0.1. 1 point. written in it: best: 0.400" in words()
    show_images(np.zeros((2, 4, 4, 3), np.uint8), np.array([0, 1]), ("cat", "ship"))
    assert words() == "Picture. an image; rows cat, ship."


def test_many_images_are_counted():
    for axes, label in zip(plt.subplots(1, 3)[1], ("", "", "cat"), strict=True):
        axes.imshow(np.zeros((2, 2, 3)))
        axes.set_xlabel(label)
    assert words() == "Picture. cat. an image. 2 images without a title."


def test_a_circuit_is_told_gate_by_gate():
    draw_graph({"f": ("×", "x", "y")}, values={"x": 2, "y": 3, "f": 6}, gradients={"x": 3}, title="a gate")
    assert words() == (
        "Picture. a gate. a circuit: input x, value 2.00, gradient 3.00; input y, value 3.00; "
        "f is × of x and y, value 6.00."
    )


def test_a_description_has_an_end():
    plt.figure()
    plt.title("word " * 1000)
    assert len(words()) <= 1200 and words().endswith("word …")


@pytest.mark.parametrize("colour", [style.INK, style.GREY, *style.COLOURS])
def test_what_is_written_or_drawn_can_be_read(colour):
    assert style.contrast(colour, style.PAPER) >= 4.5


def test_no_two_lines_differ_by_colour_alone():
    runs = {f"run {k}": {"loss_history": [2.0, 1.0], "val_acc_history": [0.1, 0.2]} for k in range(len(style.COLOURS))}
    plot_runs(runs)
    for one, other in combinations(plt.gcf().axes[0].lines, 2):
        assert (one.get_marker(), one.get_linestyle()) != (other.get_marker(), other.get_linestyle())


def test_pictures_bring_their_own_paper():
    with plt.rc_context():
        set_up_pictures()
        figure, axes = plt.subplots()
        assert {*map(to_rgb, (figure.get_facecolor(), axes.get_facecolor()))} == {to_rgb(style.PAPER)}
        assert plt.rcParams["savefig.facecolor"] == "auto" and not plt.rcParams["savefig.transparent"]


def test_what_cannot_be_read_is_complained_about():
    figure, (left, right) = plt.subplots(1, 2, figsize=(14, 3))
    left.plot([0, 1], color="#E69F00", label="pale")
    left.text(0, 0, "tiny", fontsize=5)
    right.imshow([[0.0, 1.0]], cmap="Blues")
    right.text(1, 0, "dark on dark", color="black")
    assert [words.split(" has ")[0] for words in complaints(figure)] == [
        "it is 14.0 inches wide", "'tiny'", "'dark on dark'", "the line 'pale'",
    ]  # fmt: skip
    plt.close(figure)


def test_contrasts_are_those_of_wcag():
    assert style.contrast("black", "white") == pytest.approx(21)
    assert style.contrast("#767676", "white") == pytest.approx(4.54, abs=0.005)
    assert min(style.contrast(style.ink_on(grey), grey) for grey in np.linspace(0, 1, 256).astype(str)) >= 4.5
