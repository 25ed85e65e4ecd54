from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n_utils.plots import plot_sizes, show_clouds, show_depth


def drawn():
    plt.gcf().canvas.draw()
    return plt.gcf().axes


def test_there_is_a_histogram_for_each_layer():
    outputs = np.array([[0.0, 0.5, -0.5, 9.0]])
    show_depth(
        {"one": [outputs, 2 * outputs], "other": [np.zeros((2, 2)), np.ones((2, 2))]}, limits=(-1, 1), source="stand-in"
    )
    panels = drawn()
    assert len(panels) == 4
    bars = panels[0].patches[0].get_data()
    assert bars.values.sum() == pytest.approx(75)  # in percent; a quarter is exactly 0
    assert bars.values[-1] == pytest.approx(25)  # what lies beyond stands at the edge
    assert panels[0].get_title() == f"layer 1\nrms {np.sqrt((outputs**2).mean()):.2g}, 25 % zero"
    assert panels[2].get_title() == "rms 0, 100 % zero" and panels[2].patches[0].get_data().values.sum() == 0
    assert [panels[0].get_ylabel(), panels[2].get_ylabel()] == ["one", "other"]
    assert any("stand-in" in text.get_text() for text in plt.gcf().texts)


def test_the_panels_share_a_label_and_nothing_overlaps():
    # Eight layers, four networks: the size that the notebook draws.
    runs = {name: [np.where(np.arange(99) % 2, np.linspace(-0.004, 0.004, 99), 0)] * 8 for name in "abcd"}
    show_depth(runs, title="eight layers", source="CIFAR-10")
    panels = drawn()
    assert len(panels) == 16 and [one.get_title().split("\n")[0] for one in panels[:4]] == [
        f"layer {number}" for number in (1, 2, 4, 8)
    ]
    figure = plt.gcf()
    (note,) = (text.get_window_extent() for text in figure.texts if "CIFAR-10" in text.get_text())
    (label,) = (text.get_window_extent() for text in figure.findobj(plt.Text) if text.get_text() == "output of a unit")
    assert not any(box.overlaps(note) for box in [label, *(panel.get_tightbbox() for panel in panels)])
    titles = [panel.title.get_window_extent() for panel in panels[:4]]
    assert not any(one.overlaps(other) for one, other in pairwise(titles))


@pytest.mark.parametrize("runs", [{}, {"a": []}, {"a": [np.ones(2)], "b": [np.ones(2)] * 2}])
def test_networks_of_different_depth_are_refused(runs):
    with pytest.raises(ValueError, match="the networks need the same depth"):
        show_depth(runs)


def test_sizes_are_drawn_by_layer_and_zeros_said_in_words():
    plot_sizes({"He": [1.0, 0.5, 0.25], "zero": [0.0, 0.0, 0.0]}, "size of dW", title="gradients")
    (axes,) = drawn()
    he, zero = axes.lines
    np.testing.assert_allclose(he.get_xydata(), [(1, 1), (2, 0.5), (3, 0.25)])
    assert np.isnan(zero.get_ydata()).all()
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["He", "zero: 0 in every layer"]
    assert axes.get_yscale() == "log" and axes.get_ylabel() == "size of dW"
    with pytest.raises(ValueError, match="nothing to show"):
        plot_sizes({}, "size")


def test_clouds_share_the_scale_of_their_axes_and_show_their_mean():
    cloud = np.array([[1.0, 10.0], [3.0, 30.0]])
    show_clouds({"raw": cloud, "moved": cloud - 2}, names=("x", "y"))
    raw, _ = drawn()
    np.testing.assert_allclose(raw.collections[0].get_offsets(), cloud)
    np.testing.assert_allclose(raw.lines[-1].get_xydata(), [[2.0, 20.0]])
    assert raw.get_xlim() == raw.get_ylim() == (-31.5, 31.5) and raw.get_title() == "raw" and raw.get_xlabel() == "x"
    with pytest.raises(ValueError, match=r"bad has \(5,\)"):
        show_clouds({"bad": np.ones(5)})
    with pytest.raises(ValueError, match="there are none"):
        show_clouds({})
