"""Surfaces of two variables to walk down on, and pictures of the walks.

A surface stands for a loss with two weights. `descend` lets any update rule walk on it, `show_paths` draws several walks
on one map, `animate_paths` lets them run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from cs231n_utils.plots.vis import _tidy

# Okabe and Ito's colours, which colour-blind eyes tell apart; each path has a marker of its own as well.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "osD^vPX"

Rule = Callable[[np.ndarray, np.ndarray, dict], tuple[np.ndarray, dict]]


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
        What of it a map shows: left, right, bottom, top.
    """

    name: str
    height: Callable
    gradient: Callable[[np.ndarray], np.ndarray]
    hessian: Callable[[np.ndarray], np.ndarray]
    start: tuple[float, float]
    lowest: tuple[float, float]
    window: tuple[float, float, float, float]


def _valley_height(x, y):
    return 0.025 * x**2 + y**2


def _saddle_height(x, y):
    return 0.5 * x**2 - 0.5 * y**2 + 0.05 * y**4 + 1.25


def _beale_height(x, y):
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def _beale_parts(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the three numbers whose squares Beale's function adds up, and their derivatives, (3, 2)."""
    x, y = w
    power = np.arange(1, 4)
    return np.array([1.5, 2.25, 2.625]) - x + x * y**power, np.stack([y**power - 1, x * power * y ** (power - 1)], axis=1)


def _beale_gradient(w: np.ndarray) -> np.ndarray:
    parts, slopes = _beale_parts(w)
    return 2 * parts @ slopes


def _beale_hessian(w: np.ndarray) -> np.ndarray:
    (parts, slopes), (x, y), power = _beale_parts(w), w, np.arange(1, 4)
    mixed = parts @ (power * y ** (power - 1))
    bend = parts[1:] @ (x * np.array([2.0, 6.0 * y]))
    return 2 * (slopes.T @ slopes + np.array([[0.0, mixed], [mixed, bend]]))


SURFACES: dict[str, Surface] = {
    "valley": Surface(
        "a long valley", _valley_height, lambda w: np.array([0.05, 2.0]) * w, lambda w: np.diag([0.05, 2.0]),
        start=(-7.0, 2.0), lowest=(0.0, 0.0), window=(-8.0, 4.0, -3.0, 3.0)),
    "saddle": Surface(
        "a saddle", _saddle_height, lambda w: np.array([w[0], -w[1] + 0.2 * w[1] ** 3]),
        lambda w: np.diag([1.0, -1.0 + 0.6 * w[1] ** 2]),
        start=(-2.5, 0.01), lowest=(0.0, 5**0.5), window=(-3.0, 2.0, -1.5, 3.5)),
    "beale": Surface(
        "Beale's function", _beale_height, _beale_gradient, _beale_hessian,
        start=(0.7, 1.4), lowest=(3.0, 0.5), window=(-1.0, 4.5, -1.5, 2.0)),
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


def show_paths(surface: Surface, paths: Mapping[str, np.ndarray], title: str | None = None, *, ax=None) -> None:
    """Draw walks on a map of the surface, and beside it how high each is above the lowest place after each step.

    Parameters
    ----------
    surface : Surface
    paths : dict of str to ndarray, shape (steps + 1, 2)
        The walks, by the name of their rule; see `descend`.
    title : str, optional
        Above the map; the surface's name if not given.
    ax : two matplotlib Axes, optional
        Where to draw; a new figure if not given.

    Raises
    ------
    ValueError
        If there are no walks.
    """
    if not paths:
        raise ValueError("there are no paths to show")
    if ax is None:
        import matplotlib.pyplot as plt

        ax = plt.subplots(1, 2, figsize=(12, 4.6), layout="constrained", width_ratios=[1.35, 1])[1]
    left, right = ax
    draw_map(surface, left)
    floor = surface.height(*surface.lowest)
    for (name, path), colour, marker in zip(paths.items(), COLOURS, MARKERS, strict=False):
        path = np.asarray(path, dtype=float)
        every = max(len(path) // 12, 1)
        left.plot(*path.T, color=colour, marker=marker, markersize=5, markevery=every, linewidth=1.5, label=name)
        above = np.maximum(surface.height(*path.T) - floor, 1e-12)
        right.plot(above, color=colour, marker=marker, markersize=5, markevery=every, label=name)
    left.set_title(surface.name if title is None else title)
    right.set(yscale="log", xlabel="step", ylabel="height above the lowest place", title="how far down")
    right.legend(frameon=False, fontsize=9)
    _tidy(right)


def draw_map(surface: Surface, ax, *, lines: int = 18, filled: bool = True) -> None:
    """Draw contour lines, denser where it is low, the start as a ring and the lowest place as a star."""
    x, y = np.meshgrid(np.linspace(*surface.window[:2], 241), np.linspace(*surface.window[2:], 241))
    height = surface.height(x, y) - surface.height(*surface.lowest)
    low, high = max(height.min(), 1e-3 * height.max()), height.max()
    levels = np.geomspace(low, high, lines)
    if filled:
        ax.contourf(x, y, height, levels=levels, cmap="Greys", alpha=0.35, extend="both")
    ax.contour(x, y, height, levels=levels, colors="#808080", linewidths=0.5)
    ax.plot(*surface.start, "o", markersize=13, fillstyle="none", color="black")
    ax.plot(*surface.lowest, "*", markersize=16, color="#F0E442", markeredgecolor="black")
    ax.set(xlim=surface.window[:2], ylim=surface.window[2:], xlabel="first weight", ylabel="second weight")


class Film:
    """An animation that a notebook shows with buttons; its pictures are made when it is shown.

    Parameters
    ----------
    surface : Surface
    paths : dict of str to ndarray, shape (steps + 1, 2)
    frames : int
        How many pictures at most.
    """

    def __init__(self, surface: Surface, paths: Mapping[str, np.ndarray], frames: int):
        self.surface, self.paths = surface, {name: np.asarray(path, dtype=float) for name, path in paths.items()}
        longest = max(len(path) for path in self.paths.values())
        self.shown = np.unique(np.linspace(0, longest - 1, min(frames, longest)).astype(int))

    def _repr_html_(self) -> str:
        import matplotlib.pyplot as plt
        from matplotlib.animation import FuncAnimation

        figure, ax = plt.subplots(figsize=(5.6, 3.8), dpi=72, layout="constrained")
        try:
            draw_map(self.surface, ax, lines=9, filled=False)
            lines = [ax.plot([], [], color=colour, linewidth=1.5, marker=marker, markevery=[-1], label=name)[0]
                     for name, colour, marker in zip(self.paths, COLOURS, MARKERS, strict=False)]
            ax.legend(frameon=False, fontsize=9, loc="lower left")

            def draw(step: int) -> list:
                ax.set_title(f"{self.surface.name}, step {step}")
                for line, path in zip(lines, self.paths.values(), strict=False):
                    line.set_data(*path[: step + 1].T)
                return lines

            return FuncAnimation(figure, draw, frames=self.shown, interval=200).to_jshtml(default_mode="once")
        finally:
            plt.close(figure)


def animate_paths(surface: Surface, paths: Mapping[str, np.ndarray], frames: int = 25) -> Film:
    """Let walks run on a map: make it the last line of a cell.

    The pictures become part of the notebook, about 1.5 MB for 25 of them: clear the cell's output before you hand it in.

    Parameters
    ----------
    surface : Surface
    paths : dict of str to ndarray, shape (steps + 1, 2)
        The walks, by the name of their rule; see `descend`.
    frames : int
        How many pictures at most.

    Returns
    -------
    Film
        A notebook shows it with buttons to play it, to stop it, and to go step by step.

    Raises
    ------
    ValueError
        If there are no walks.
    """
    if not paths:
        raise ValueError("there are no paths to show")
    return Film(surface, paths, frames)
