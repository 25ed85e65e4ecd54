"""Training: the Solver, many trainings at once, update rules and surfaces to try them on, saved networks, devices."""

from cs231n_utils.training.devices import best_device, library_of, to_device, to_numpy
from cs231n_utils.training.optim import sgd
from cs231n_utils.training.params import load_info, load_params, save_params
from cs231n_utils.training.reading import Cause, what_the_curve_says
from cs231n_utils.training.solver import Solver
from cs231n_utils.training.surfaces import SURFACES, Surface, descend
from cs231n_utils.training.sweep import Swept, grid, sweep
from cs231n_utils.training.tensors import takes_tensors
from cs231n_utils.training.trainings import Trainings

__all__ = [
    "SURFACES",
    "Cause",
    "Solver",
    "Surface",
    "Swept",
    "Trainings",
    "best_device",
    "descend",
    "grid",
    "library_of",
    "load_info",
    "load_params",
    "save_params",
    "sgd",
    "sweep",
    "takes_tensors",
    "to_device",
    "to_numpy",
    "what_the_curve_says",
]
