"""Walks down a surface of two variables: several on one map, or animated."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cs231n_utils.plots.style import COLOURS, GREY, LINE_STYLES, MARKERS, new_axes, tidy
from cs231n_utils.training.surfaces import Surface


def show_paths(surface: Surface, paths: Mapping[str, np.ndarray], title: str | None = None, *, ax: Any = None) -> None:
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
        ax = new_axes(1, 2, figsize=(12, 4.6), width_ratios=[1.35, 1])
    left, right = ax
    draw_map(surface, left)
    floor = surface.height(*surface.lowest)
    for (name, path), colour, marker, dashes in zip(paths.items(), COLOURS, MARKERS, LINE_STYLES, strict=False):
        path = np.asarray(path, dtype=float)
        every = max(len(path) // 12, 1)
        style = {"color": colour, "marker": marker, "markersize": 5, "linestyle": dashes, "linewidth": 1.5}
        left.plot(*path.T, markevery=every, label=name, **style)
        above = np.maximum(surface.height(*path.T) - floor, 1e-12)
        arrived = np.cumsum(above == 1e-12) > 1  # a line ends at the edge of the picture, and does not run along it
        right.plot(np.where(arrived, np.nan, above), markevery=every, label=name, **style)
    left.set_title(surface.name if title is None else title)
    right.set(yscale="log", xlabel="step", ylabel="height above the lowest place (down to 1e-12)", title="how far down")
    right.legend(frameon=False, fontsize=9)
    right.xaxis.get_major_locator().set_params(integer=True)
    tidy(right)


def draw_map(surface: Surface, ax: Any, *, lines: int = 18, filled: bool = True) -> None:
    """Draw contour lines, denser where the surface is low, the start as a ring and the lowest place as a star."""
    x, y = np.meshgrid(np.linspace(*surface.window[:2], 241), np.linspace(*surface.window[2:], 241))
    height = surface.height(x, y) - surface.height(*surface.lowest)
    low, high = max(height.min(), 1e-3 * height.max()), height.max()
    levels = np.geomspace(low, high, lines)
    if filled:
        ax.contourf(x, y, height, levels=levels, cmap="Greys", alpha=0.35, extend="both")
    ax.contour(x, y, height, levels=levels, colors=GREY, linewidths=0.5)
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
            lines = [
                ax.plot([], [], color=colour, linewidth=1.5, marker=marker, markevery=[-1], label=name)[0]
                for name, colour, marker in zip(self.paths, COLOURS, MARKERS, strict=False)
            ]
            ax.legend(frameon=False, fontsize=9, loc="lower left")

            def draw(step: int) -> list[Any]:
                ax.set_title(f"{self.surface.name}, step {step}")
                for line, path in zip(lines, self.paths.values(), strict=False):
                    line.set_data(*path[: step + 1].T)
                return lines

            return FuncAnimation(figure, draw, frames=self.shown, interval=200).to_jshtml(default_mode="once")
        finally:
            plt.close(figure)


def animate_paths(surface: Surface, paths: Mapping[str, np.ndarray], frames: int = 25) -> Film:
    """Animate walks on a map: make this call the last line of a cell.

    The pictures become part of the notebook, about 1.5 MB for 25 of them: clear the cell's output before you hand
    it in.

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
