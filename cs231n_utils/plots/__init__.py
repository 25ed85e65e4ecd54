"""Plots, one line of code each. Those of results from the data take a `source`, `data["source"]`, and name it."""

from cs231n_utils.plots.activation_functions import plot_activation_functions, plot_lines, plot_zigzag
from cs231n_utils.plots.confusion import show_confusion
from cs231n_utils.plots.depth import plot_sizes, show_activations, show_clouds, show_depth
from cs231n_utils.plots.features import plot_by_class, show_hues, show_strokes
from cs231n_utils.plots.graphs import draw_graph, draw_nodes
from cs231n_utils.plots.history import plot_history
from cs231n_utils.plots.images import show_images, show_weights, visualize_grid
from cs231n_utils.plots.layers import draw_layers
from cs231n_utils.plots.linear import plot_descent, plot_kink, plot_weights, show_templates
from cs231n_utils.plots.neighbours import (
    disguises,
    plot_cross_validation,
    plot_speed,
    show_disguises,
    show_distances,
    show_neighbours,
    show_numbers,
)
from cs231n_utils.plots.points import show_points, show_regions
from cs231n_utils.plots.runs import plot_against, plot_runs
from cs231n_utils.plots.search import plot_search, show_coverage
from cs231n_utils.plots.setup import set_up_pictures
from cs231n_utils.plots.sliders import slide
from cs231n_utils.plots.study import show_study
from cs231n_utils.plots.surfaces import animate_paths, show_paths
from cs231n_utils.plots.tuning import plot_tuning
from cs231n_utils.plots.uncertainty import show_uncertainty

__all__ = [
    "animate_paths",
    "disguises",
    "draw_graph",
    "draw_layers",
    "draw_nodes",
    "plot_activation_functions",
    "plot_against",
    "plot_by_class",
    "plot_cross_validation",
    "plot_descent",
    "plot_history",
    "plot_kink",
    "plot_lines",
    "plot_runs",
    "plot_search",
    "plot_sizes",
    "plot_speed",
    "plot_tuning",
    "plot_weights",
    "plot_zigzag",
    "set_up_pictures",
    "show_activations",
    "show_clouds",
    "show_confusion",
    "show_coverage",
    "show_depth",
    "show_disguises",
    "show_distances",
    "show_hues",
    "show_images",
    "show_neighbours",
    "show_numbers",
    "show_paths",
    "show_points",
    "show_regions",
    "show_strokes",
    "show_study",
    "show_templates",
    "show_uncertainty",
    "show_weights",
    "slide",
    "visualize_grid",
]
