import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n_utils.checks import eval_numerical_gradient
from cs231n_utils.plots import animate_paths, show_paths
from cs231n_utils.training import SURFACES, descend, sgd


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_derivatives_and_lowest_places(surface):
    for w in np.random.default_rng(0).uniform(-2, 2, size=(5, 2)):
        numeric = eval_numerical_gradient(lambda w: surface.height(*w), w)
        np.testing.assert_allclose(surface.gradient(w), numeric, rtol=1e-6, atol=1e-6)
        bends = [(surface.gradient(w + 1e-5 * e) - surface.gradient(w - 1e-5 * e)) / 2e-5 for e in np.eye(2)]
        np.testing.assert_allclose(surface.hessian(w), bends, rtol=1e-5, atol=1e-5)
    lowest = np.array(surface.lowest)
    np.testing.assert_allclose(surface.gradient(lowest), 0, atol=1e-12)
    assert np.linalg.eigvalsh(surface.hessian(lowest)).min() > 0
    left, right, bottom, top = surface.window
    x, y = np.meshgrid(np.linspace(left, right, 101), np.linspace(bottom, top, 101))
    assert surface.height(x, y).min() >= surface.height(*lowest) - 1e-12
    for point in (surface.start, surface.lowest):
        assert left < point[0] < right and bottom < point[1] < top


def test_a_walk_notes_every_place_and_passes_config_on():
    surface, seen = SURFACES["valley"], []

    def rule(w, dw, config):
        seen.append(dict(config))
        config["count"] = config.get("count", 0) + 1
        w -= config["learning_rate"] * dw  # in place, as sgd does
        return w, config

    path = descend(rule, surface, 3, learning_rate=0.5)
    assert path.shape == (4, 2) and tuple(path[0]) == surface.start
    np.testing.assert_allclose(path[1], np.array(surface.start) * [0.975, 0.0])
    assert [config.get("count", 0) for config in seen] == [0, 1, 2] and seen[0] == {"learning_rate": 0.5}


def test_a_walk_that_runs_away_ends_early():
    path = descend(sgd, SURFACES["valley"], 500, learning_rate=5.0)
    assert 1 < len(path) < 100 and np.isfinite(path).all()


def test_all_walks_are_drawn_on_the_map_and_beside_it():
    surface = SURFACES["beale"]
    paths = {name: descend(sgd, surface, steps, learning_rate=0.01) for name, steps in (("few", 5), ("many", 40))}
    show_paths(surface, paths, title="two walks")
    left, right = plt.gcf().axes
    plt.gcf().canvas.draw()
    drawn = {line.get_label(): line for line in left.lines}
    for name, path in paths.items():
        np.testing.assert_allclose(drawn[name].get_xydata(), path)
    beside = {line.get_label(): line.get_ydata() for line in right.lines}
    np.testing.assert_allclose(beside["few"], surface.height(*paths["few"].T))
    assert left.get_title() == "two walks" and right.get_yscale() == "log"
    assert len({line.get_color() for line in right.lines}) == 2 == len({line.get_marker() for line in right.lines})


def test_nothing_to_draw_is_refused():
    with pytest.raises(ValueError, match="no paths"):
        show_paths(SURFACES["valley"], {})
    with pytest.raises(ValueError, match="no paths"):
        animate_paths(SURFACES["valley"], {})


def test_a_film_has_few_pictures_from_the_first_to_the_last_and_leaves_no_figure():
    surface = SURFACES["valley"]
    film = animate_paths(surface, {"sgd": descend(sgd, surface, 60, learning_rate=0.5)}, frames=3)
    assert film.shown[0] == 0 and film.shown[-1] == 60 and len(film.shown) == 3
    before = plt.get_fignums()
    html = film._repr_html_()
    assert html.count("data:image/png;base64") == 3 and plt.get_fignums() == before


def test_a_walk_that_has_arrived_does_not_run_along_the_edge():
    surface = SURFACES["valley"]
    show_paths(surface, {"Newton": np.array([surface.start, surface.lowest, surface.lowest])})
    heights = plt.gcf().axes[1].lines[0].get_ydata()
    assert heights[1] == 1e-12 and np.isnan(heights[2])


def test_steps_are_whole_numbers_also_where_there_is_only_one():
    surface = SURFACES["valley"]
    show_paths(surface, {"Newton": np.array([surface.start, surface.lowest])})
    plt.gcf().canvas.draw()
    ticks = plt.gcf().axes[1].get_xticks()
    assert len(ticks) > 1 and (ticks == np.round(ticks)).all()
