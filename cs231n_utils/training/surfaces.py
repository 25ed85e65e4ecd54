"""Surfaces of two variables, each like a loss with two weights: any update rule can walk down them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Rule = Callable[[np.ndarray, np.ndarray, dict[str, Any]], tuple[np.ndarray, dict[str, Any]]]


@dataclass(frozen=True)
class Surface:
    """A function of two variables, with its derivatives.

    Attributes
    ----------
    name : str
    height : callable
        ``height(x, y)`` for numbers or arrays.
    gradient : callable
        ``gradient(w)`` of shape (2,), for w of shape (2,).
    hessian : callable
        ``hessian(w)`` of shape (2, 2).
    start : tuple of two floats
        Where walks begin.
    lowest : tuple of two floats
        A place where the surface is lowest.
    window : tuple of four floats
        The part that a map shows: left, right, bottom, top.
    """

    name: str
    height: Callable[..., Any]
    gradient: Callable[[np.ndarray], np.ndarray]
    hessian: Callable[[np.ndarray], np.ndarray]
    start: tuple[float, float]
    lowest: tuple[float, float]
    window: tuple[float, float, float, float]


def _valley_height(x: Any, y: Any) -> Any:
    return 0.025 * x**2 + y**2


def _saddle_height(x: Any, y: Any) -> Any:
    return 0.5 * x**2 - 0.5 * y**2 + 0.05 * y**4 + 1.25


def _beale_height(x: Any, y: Any) -> Any:
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _beale_parts(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the three numbers whose squares Beale's function adds up, and their derivatives, (3, 2)."""
    x, y = w
    power = np.arange(1, 4)
    return np.array([1.5, 2.25, 2.625]) - x + x * y**power, np.stack(
        [y**power - 1, x * power * y ** (power - 1)], axis=1
    )


def _beale_gradient(w: np.ndarray) -> np.ndarray:
    parts, slopes = _beale_parts(w)
    gradient: np.ndarray = 2 * parts @ slopes
    return gradient


def _beale_hessian(w: np.ndarray) -> np.ndarray:
    (parts, slopes), (x, y), power = _beale_parts(w), w, np.arange(1, 4)
    mixed = parts @ (power * y ** (power - 1))
    bend = parts[1:] @ (x * np.array([2.0, 6.0 * y]))
    hessian: np.ndarray = 2 * (slopes.T @ slopes + np.array([[0.0, mixed], [mixed, bend]]))
    return hessian


SURFACES: dict[str, Surface] = {
    "valley": Surface(
        "a long valley",
        _valley_height,
        lambda w: np.array([0.05, 2.0]) * w,
        lambda w: np.diag([0.05, 2.0]),
        start=(-7.0, 2.0),
        lowest=(0.0, 0.0),
        window=(-8.0, 4.0, -3.0, 3.0),
    ),
    "saddle": Surface(
        "a saddle",
        _saddle_height,
        lambda w: np.array([w[0], -w[1] + 0.2 * w[1] ** 3]),
        lambda w: np.diag([1.0, -1.0 + 0.6 * w[1] ** 2]),
        start=(-2.5, 0.01),
        lowest=(0.0, 5**0.5),
        window=(-3.0, 2.0, -1.5, 3.5),
    ),
    "beale": Surface(
        "Beale's function",
        _beale_height,
        _beale_gradient,
        _beale_hessian,
        start=(0.7, 1.4),
        lowest=(3.0, 0.5),
        window=(-1.0, 4.5, -1.5, 2.0),
    ),
}


def descend(rule: Rule, surface: Surface, steps: int = 100, **config: float) -> np.ndarray:
    """Walk down a surface with an update rule.

    Parameters
    ----------
    rule : callable
        rule(w, dw, config) -> next_w, config.
    surface : Surface
        For example ``SURFACES["valley"]``; the walk begins at its start.
    steps : int
        How many steps. A walk that goes beyond all bounds ends early.
    **config : float
        What the rule is given: ``learning_rate=0.1`` and so on.

    Returns
    -------
    ndarray, shape (steps + 1, 2)
        Where it was before the first step and after each.
    """
    w, state = np.array(surface.start), dict(config)
    path = [w.copy()]
    for _ in range(steps):
        w, state = rule(w, surface.gradient(w), state)
        if not np.isfinite(w).all() or np.abs(w).max() > 1e3:
            break
        path.append(np.array(w, dtype=float))
    return np.array(path)
