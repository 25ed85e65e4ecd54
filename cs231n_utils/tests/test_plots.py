import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from cs231n_utils.plots import (
    plot_history,
    plot_tuning,
    show_activations,
    show_confusion,
    show_images,
    show_weights,
    visualize_grid,
)
from cs231n_utils.plots.history import history_as_png
from cs231n_utils.plots.style import PAPER


def drawn():
    """Return the axes of the current figure, drawn, so that an error in drawing is an error here."""
    plt.gcf().canvas.draw()
    return plt.gcf().axes


def test_grid_places_and_stretches_each_image():
    images = np.random.default_rng(0).standard_normal((5, 4, 6, 3))
    grid = visualize_grid(images, ubound=100.0, padding=2)
    assert grid.shape == (3 * 4 + 2 * 2, 3 * 6 + 2 * 2, 3)
    fourth = grid[6:10, 0:6]
    expected = 100 * (images[3] - images[3].min()) / (images[3].max() - images[3].min())
    np.testing.assert_allclose(fourth, expected)
    assert (grid[4:6] == 0).all()
    assert (grid[12:] == 0).all()  # no image there


def test_grid_of_an_image_of_one_colour_is_black_not_nan():
    assert (visualize_grid(np.full((1, 2, 2, 3), 7.0)) == 0).all()
    with pytest.raises(ValueError, match=r"\(N, H, W, C\)"):
        visualize_grid(np.zeros((4, 4)))


@pytest.mark.parametrize("image_shape", [(32, 32, 3), (3, 32, 32)])
def test_weights_are_unfolded_as_they_were_flattened(image_shape):
    picture = np.zeros((32, 32, 3))
    picture[3:9, 20:30, 0] = 1.0  # a red patch, upper right
    flat = picture if image_shape == (32, 32, 3) else picture.transpose(2, 0, 1)
    show_weights(np.stack([flat.ravel()] * 3, axis=1), image_shape)
    (axes,) = drawn()
    shown = axes.images[0].get_array()
    np.testing.assert_allclose(shown[:32, 33:65], picture)
    assert axes.get_title() == "First-layer weights, 3 hidden units"


def test_rows_without_weights_are_left_out():
    show_weights(np.random.default_rng(0).standard_normal((3072, 5)))
    grid = drawn()[0].images[0].get_array()
    assert grid.shape == (65, 98, 3)
    # Nor is the place of a picture that is not there black, as a unit without weights would be.
    np.testing.assert_allclose(grid[33:, 65:], np.broadcast_to(to_rgb(PAPER), (32, 33, 3)))
    assert grid[33:, :65].min() == 0 and (grid[:32, 65] == 0).all()


def test_weights_of_the_wrong_size_are_refused():
    with pytest.raises(ValueError, match="needs 3072 rows"):
        show_weights(np.zeros((50, 3072)))


class Trained:
    loss_history = [2.3, 2.0, 1.5, float("nan")]
    train_acc_history = [0.1, 0.5]
    val_acc_history = [0.1, 0.4]


@pytest.mark.parametrize(
    "stats", [Trained, {name: getattr(Trained, name) for name in dir(Trained) if "history" in name}]
)
def test_history_shows_what_happened(stats):
    plot_history(stats, title="hidden 50")
    left, right = drawn()
    assert (left.get_xlabel(), left.get_ylabel()) == ("step", "loss")
    assert (right.get_xlabel(), right.get_ylabel()) == ("epoch", "accuracy")
    np.testing.assert_array_equal(left.lines[0].get_ydata(), Trained.loss_history)
    np.testing.assert_array_equal(right.lines[1].get_ydata(), [0.1, 0.4])
    assert left.get_title() == "Loss: not a number from step 4 on"
    assert [text.get_text() for text in right.get_legend().get_texts()] == ["training", "validation", "best: 0.400"]
    assert plt.gcf().get_suptitle() == "hidden 50"


def test_long_histories_are_smoothed_and_given_axes_are_used():
    losses = np.linspace(2.3, 1.3, 1000)
    _, axes = plt.subplots(1, 2)
    plot_history({"loss_history": losses, "train_acc_history": [], "val_acc_history": []}, ax=axes)
    assert len(plt.get_fignums()) == 1
    smooth = axes[0].lines[1]
    assert smooth.get_label() == "mean of 20 steps"
    np.testing.assert_allclose(smooth.get_ydata()[0], losses[:20].mean())
    assert smooth.get_xdata()[0] == 20
    drawn()


def test_tuning_ranks_the_settings_and_marks_the_winner():
    results = {(1e-3, 50, 1): 0.45, (1e-4, 50, 1): 0.29, (1e-3, 100, 2): 0.48, (5e-3, 50, 1): float("nan")}
    plot_tuning(results, names=("learning rate", "hidden", "epochs"))
    (axes,) = drawn()
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert [label.split() for label in labels[:2]] == [["learning", "rate", "hidden", "epochs"], ["0.001", "100", "2"]]
    assert labels[-1].split() == ["0.005", "50", "1"] and len({len(label) for label in labels}) == 1
    assert [text.get_text() for text in axes.texts] == ["best: 0.480"]
    assert axes.get_xlabel() == "validation accuracy"


def frames(axes):
    """The places framed in a map, (column, row)."""
    return [
        (round(patch.get_x() + patch.get_width() / 2), round(patch.get_y() + patch.get_height() / 2))
        for patch in axes.patches
    ]


def test_two_hyperparameters_make_a_map_with_the_winner_marked():
    nan = float("nan")
    results = {(1e-3, 50): 0.45, (1e-2, 50): nan, (1e-4, 100): 0.29, (1e-4, 50): 0.2, (1e-3, 100): 0.48}
    plot_tuning(results, names=("learning rate", "hidden units"), source="stand-in")
    axes, bar = drawn()
    np.testing.assert_array_equal(axes.images[0].get_array().filled(nan), [[0.2, 0.29], [0.45, 0.48], [nan, nan]])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["0.0001", "0.001", "0.01"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["50", "100"]
    assert (axes.get_ylabel(), axes.get_xlabel(), bar.get_ylabel()) == (
        "learning rate",
        "hidden units",
        "validation accuracy",
    )
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["0.200", "0.290", "0.450", "0.480", "diverged", "not tried", "best"]
    assert frames(axes) == [(1, 1)]
    assert [text.get_text() for text in plt.gcf().texts] == ["data: stand-in"]


def test_a_map_of_two_of_three_shows_the_best_of_each_field():
    results = {("sgd", 1, 0.1): 0.3, ("sgd", 2, 0.1): 0.4, ("sgd", 1, 0.2): 0.35, ("adam", 1, 0.2): 0.5}
    names = ("rule", "epochs", "rate")
    plot_tuning(results, names=names, by=("rate", "rule"))
    axes, _ = drawn()
    np.testing.assert_array_equal(axes.images[0].get_array().filled(0), [[0, 0.4], [0.5, 0.35]])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["adam", "sgd"]
    assert frames(axes) == [(0, 1)]
    for by in (("rate",), ("rate", "rate"), ("rate", "depth")):
        with pytest.raises(ValueError, match="two of the names"):
            plot_tuning(results, names=names, by=by)


def test_pairs_make_two_maps_with_one_scale_and_the_winner_of_the_validation_in_both():
    nan = float("nan")
    results = {(1, 10): (0.9, 0.4), (1, 20): (0.5, 0.45), (2, 10): (0.3, 0.2), (2, 20): (nan, nan)}
    plot_tuning(results, names=("rate", "reg"), title="SVM", source="stand-in")
    training, validation, *bars = drawn()
    np.testing.assert_array_equal(training.images[0].get_array().filled(nan), [[0.9, 0.5], [0.3, nan]])
    np.testing.assert_array_equal(validation.images[0].get_array().filled(nan), [[0.4, 0.45], [0.2, nan]])
    names = ["training accuracy", "validation accuracy"]
    assert [axes.get_title() for axes in (training, validation)] == [f"SVM: {name}" for name in names]
    assert [bar.get_ylabel() for bar in bars] == names
    assert training.images[0].get_clim() == validation.images[0].get_clim() == (0.2, 0.9)
    assert frames(training) == frames(validation) == [(1, 0)]
    assert [text.get_text() for text in plt.gcf().texts] == ["data: stand-in"]


def test_a_map_where_everything_diverged_has_no_winner():
    plot_tuning({(a, b): float("nan") for a in (1, 2) for b in (1, 2)})
    axes, _ = drawn()
    assert [text.get_text() for text in axes.texts] == ["diverged"] * 4
    assert frames(axes) == []


def test_tuning_with_one_hyperparameter_and_too_many_settings():
    plot_tuning({rate: rate for rate in np.linspace(0.1, 0.2, 40)}, top=10)
    (axes,) = drawn()
    assert len(axes.get_yticklabels()) == 10
    assert "the best 10 of 40" in axes.get_title()
    with pytest.raises(ValueError, match="no results"):
        plot_tuning({})


def test_images_stand_in_the_row_of_their_class():
    X = np.zeros((5, 4, 4, 3), np.uint8)
    X[:] = np.arange(5, dtype=np.uint8)[:, None, None, None]
    show_images(X, np.array([1, 0, 1, 1, 0]), ("cat", "dog"), per_class=2)
    (axes,) = drawn()
    sheet = axes.images[0].get_array()
    assert [sheet[0, 0, 0], sheet[0, 6, 0], sheet[6, 0, 0], sheet[6, 6, 0]] == [1, 4, 0, 2]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog"]


def test_a_mean_that_is_nearly_zero_has_no_long_tail_of_digits():
    show_activations(
        {
            "centred": np.array([[-2.0, 2.0 - 3e-16]]),
            "nearly": np.array([[-20.0, 20.000246]]),
            "constant": np.full((2, 2), 0.5),
        }
    )
    assert [panel.get_title().split("\n")[1] for panel in drawn()] == [
        "mean 0, standard deviation 2",
        "mean 0, standard deviation 20",
        "mean 0.5, standard deviation 0",
    ]


def test_activations_are_shares_of_all_entries_and_zeros_are_told():
    hidden = np.array([[0.0, 0.0, 1.0, 3.0], [0.0, 2.0, 0.0, 1.0]])
    show_activations(
        {"hidden layer": hidden, "scores": np.array([[-1.0, 1.0], [-1.0, np.nan]])}, title="net", source="CIFAR-10"
    )
    left, right = drawn()
    assert left.get_title() == "hidden layer\nmean 0.875, standard deviation 1.05\n50 % are 0; 1 of 4 units always"
    assert right.get_title() == "scores\nmean nan, standard deviation nan\n25 % are not finite"
    assert sum(bar.get_height() for bar in left.patches) == pytest.approx(50)  # the others, in % of all
    heights = [bar.get_height() for bar in right.patches]
    assert (heights[0], heights[-1], sum(heights)) == (50, 25, 75)
    assert left.get_xlabel() == "activation"
    assert left.get_ylabel() == "share of the entries in %"
    assert plt.gcf().get_suptitle() == "net"
    assert [text.get_text() for text in plt.gcf().texts][-1] == "data: CIFAR-10"
    with pytest.raises(ValueError, match="no activations"):
        show_activations({})


@pytest.mark.parametrize("form", ["uint8", "channels first", "rows"])
def test_confusions_are_counted_and_shown_with_their_images(form):
    y = np.array([0, 0, 0, 0, 1, 1, 2, 2])
    predicted = np.array([0, 1, 1, 2, 1, 0, 2, 2])
    X = np.zeros((8, 4, 4, 3), np.uint8)
    X[:, 0, 0] = 255
    X[1, :2] = 255  # tells the images apart
    X = {"uint8": X, "channels first": X.transpose(0, 3, 1, 2) / 9 - 7, "rows": X.reshape(8, -1).astype(float)}[form]
    show_confusion(y, predicted, X, ("cat", "dog", "ship"), worst=2, per_row=3, source="stand-in")
    matrix, images = drawn()
    np.testing.assert_allclose(matrix.images[0].get_array(), [[0.25, 0.5, 0.25], [0.5, 0.5, 0], [0, 0, 1]])
    assert [text.get_text() for text in matrix.texts] == ["1", "2", "1", "1", "1", "2"]
    assert (matrix.get_xlabel(), matrix.get_ylabel()) == ("predicted class", "right class")
    assert matrix.get_title() == "50.0 % of 8 right"
    assert frames(matrix) == [(1, 0), (2, 0)]
    labels = [label.get_text() for label in images.get_yticklabels()]
    assert labels == ["cat\ntaken for dog\n(2 of 4)", "cat\ntaken for ship\n(1 of 4)"]
    sheet = images.images[0].get_array()
    assert sheet.shape == (12, 18, 3)
    np.testing.assert_array_equal(sheet[:4, :4, 0], [[1] * 4] * 2 + [[0] * 4] * 2)  # image 1
    np.testing.assert_array_equal(sheet[:4, 6:10, 0].sum(), 1)  # image 2
    assert (sheet[6:, 6:] == 1).all()  # there is only one of these
    assert plt.gcf().texts[-1].get_text() == "data: stand-in"


def test_confusions_without_images_or_without_mistakes():
    show_confusion(np.array([0, 1]), np.array([1, 0]))
    (axes,) = drawn()
    assert axes.get_xticklabels()[9].get_text() == "truck"
    show_confusion(np.array([0, 1]), np.array([0, 1]), np.zeros((2, 3072)))
    assert drawn()[0].get_title() == "100.0 % of 2 right"
    assert len(plt.gcf().axes) == 1
    for wrong in ((np.zeros(3, int), None), (np.zeros(2, int), np.zeros((3, 3072)))):
        with pytest.raises(ValueError, match="one prediction and one image"):
            show_confusion(np.array([0, 1]), *wrong)


def test_the_data_in_use_is_told_on_every_picture_of_it():
    Trained.source = "stand-in"
    plot_history(Trained)
    assert [text.get_text() for text in plt.gcf().texts] == ["data: stand-in"]
    del Trained.source
    plot_history(Trained)
    assert plt.gcf().texts == []
    X = np.zeros((2, 4, 4, 3), np.uint8)
    for draw in (
        lambda: show_images(X, np.array([0, 1]), ("cat", "dog"), source="CIFAR-10"),
        lambda: show_weights(np.random.default_rng(0).standard_normal((48, 2)), (4, 4, 3), source="CIFAR-10"),
        lambda: plot_tuning({1: 0.5}, source="CIFAR-10"),
    ):
        draw()
        drawn()
        assert [text.get_text() for text in plt.gcf().texts] == ["data: CIFAR-10"]


@pytest.mark.parametrize(
    "draw",
    [
        lambda: show_weights(np.random.default_rng(0).standard_normal((3072, 36)), source="stand-in"),
        lambda: show_confusion(np.arange(60) % 10, np.arange(60) % 9, np.zeros((60, 3072)), source="stand-in"),
        lambda: plot_history(vars(Trained), source="stand-in"),
    ],
)
def test_the_data_in_use_is_neither_on_the_picture_nor_cut_off(draw):
    draw()
    figure = plt.gcf()
    figure.canvas.draw()
    (said,) = (text.get_window_extent() for text in figure.texts if "stand-in" in text.get_text())
    assert not any(axes.get_tightbbox().overlaps(said) for axes in figure.axes)
    # A notebook shows no more of a figure than this.
    shown = figure.get_tightbbox().transformed(figure.dpi_scale_trans).padded(0.1)
    assert shown.contains(said.x0, said.y0) and shown.contains(said.x1, said.y1)


def labelled(panel):
    """The places of a panel and of its only label, in pixels."""
    panel.figure.canvas.draw()
    return panel.get_window_extent(), panel.texts[0].get_window_extent()


def test_the_best_setting_is_named_inside_the_panel():
    settings = [(rate, 128, reg, decay) for rate in (0.5, 1.0) for reg in (1e-4, 1e-3) for decay in (0.9, 0.97)]
    plot_tuning(
        dict(zip(settings, np.linspace(0.39, 0.45, 8))),
        names=("learning rate", "hidden units", "regularization", "decay"),
    )
    panel, label = labelled(drawn()[0])
    assert panel.x0 < label.x0 < label.x1 < panel.x1


def test_a_history_as_png_opens_no_figure():
    png = base64.b64decode(history_as_png(Trained))
    assert plt.get_fignums() == []
    assert plt.imread(io.BytesIO(png)).shape[:2] == (273, 792)
