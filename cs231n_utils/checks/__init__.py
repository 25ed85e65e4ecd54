"""Checks that a notebook shows, of values, statements and gradients, with a hint at what went wrong."""

from cs231n_utils.checks.choice import note, note_choice
from cs231n_utils.checks.gradient_check import (
    complex_step_gradient,
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    grad_check_sparse,
    rel_error,
)
from cs231n_utils.checks.overflow import overflows
from cs231n_utils.checks.visible import attempt, check, check_gradients, check_that

__all__ = [
    "attempt",
    "check",
    "check_gradients",
    "check_that",
    "complex_step_gradient",
    "eval_numerical_gradient",
    "eval_numerical_gradient_array",
    "grad_check_sparse",
    "note",
    "note_choice",
    "overflows",
    "rel_error",
]
