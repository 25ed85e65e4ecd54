"""What the assignment notebooks import: data, gradient checks, visible checks, training, plots."""

from importlib.metadata import PackageNotFoundError, version

from cs231n_utils.activation_plots import overflows, plot_activation_functions, plot_lines, plot_zigzag
from cs231n_utils.checks import attempt, check, check_gradients, check_that
from cs231n_utils.compare_runs import plot_against, plot_runs
from cs231n_utils.data import CLASSES, Cifar10, get_cifar10_data, load_cifar10
from cs231n_utils.depth import plot_sizes, show_clouds, show_depth
from cs231n_utils.devices import best_device, library_of, to_device, to_numpy
from cs231n_utils.gradient_check import (
    complex_step_gradient,
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    grad_check_sparse,
    rel_error,
)
from cs231n_utils.graphs import draw_graph, draw_nodes
from cs231n_utils.linear import plot_descent, plot_kink, plot_weights, show_templates
from cs231n_utils.neighbours import (
    disguises,
    plot_cross_validation,
    plot_speed,
    show_disguises,
    show_distances,
    show_neighbours,
    show_numbers,
)
from cs231n_utils.notebook import add_to_class
from cs231n_utils.optim import sgd
from cs231n_utils.params import load_info, load_params, save_params
from cs231n_utils.points import make_clouds, make_rings, make_spirals, show_points, show_regions
from cs231n_utils.search import plot_search, show_coverage
from cs231n_utils.solver import Solver
from cs231n_utils.study_curves import show_study
from cs231n_utils.surfaces import SURFACES, Surface, animate_paths, descend, show_paths
from cs231n_utils.trainings import Trainings
from cs231n_utils.uncertainty import show_uncertainty
from cs231n_utils.vis import (
    plot_history,
    plot_tuning,
    show_activations,
    show_confusion,
    show_images,
    show_weights,
    visualize_grid,
)

try:
    __version__ = version("cs231n_utils")
except PackageNotFoundError:  # a folder that somebody copied, not installed
    __version__ = "unknown"

__all__ = [
    "CLASSES",
    "SURFACES",
    "Cifar10",
    "Solver",
    "Surface",
    "Trainings",
    "add_to_class",
    "animate_paths",
    "attempt",
    "best_device",
    "check",
    "check_gradients",
    "check_that",
    "complex_step_gradient",
    "descend",
    "disguises",
    "draw_graph",
    "draw_nodes",
    "eval_numerical_gradient",
    "eval_numerical_gradient_array",
    "get_cifar10_data",
    "grad_check_sparse",
    "library_of",
    "load_cifar10",
    "load_info",
    "load_params",
    "make_clouds",
    "make_rings",
    "make_spirals",
    "overflows",
    "plot_activation_functions",
    "plot_against",
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
    "rel_error",
    "save_params",
    "sgd",
    "show_activations",
    "show_clouds",
    "show_confusion",
    "show_coverage",
    "show_depth",
    "show_disguises",
    "show_distances",
    "show_images",
    "show_neighbours",
    "show_numbers",
    "show_paths",
    "show_points",
    "show_regions",
    "show_study",
    "show_templates",
    "show_uncertainty",
    "show_weights",
    "to_device",
    "to_numpy",
    "visualize_grid",
]
