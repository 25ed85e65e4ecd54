"""The one way this package shows progress: a bar or, where none can be drawn, its last line."""

import html
import sys
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm

from cs231n_utils.frontend import Place, in_notebook


def progress(iterable: Iterable[Any] | None, **options: Any) -> tqdm:
    """Return a tqdm bar over `iterable`, drawn on stdout: stderr is for things that went wrong.

    In a notebook it is one display that is updated, so it is one line in an exported page too. In a file or a pipe,
    where a line can't be redrawn, only the last state is printed.
    """
    kind = _NotebookBar if in_notebook() else _Bar if sys.stdout.isatty() else _LastLine
    return kind(iterable, file=sys.stdout, mininterval=0.5, **options)


class _Bar(tqdm):
    monitor_interval = 0  # no helper thread: a process with few rights may not be allowed to start one

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, dynamic_ncols=True, **options)


class _LastLine(tqdm):
    monitor_interval = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, gui=True, **options)  # gui: nothing is written to the terminal by tqdm itself
        if not self.disable:
            self.display()

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        """Wait for the end."""

    def clear(self, nolock: bool = False) -> None:
        """Do nothing: nothing has been written that would have to be removed."""

    def close(self) -> None:
        open_ = not self.disable
        super().close()
        if open_:
            self._finish()

    def _finish(self) -> None:
        if self.leave:
            print(self, file=self.fp)


class _NotebookBar(_LastLine):
    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        if not hasattr(self, "_place"):
            self._place = Place()
        state = self.format_dict
        done = min(state["n"] / state["total"], 1) if state["total"] else 0
        goes_on = done < 1 and not self.disable
        time = "in {elapsed}" if not goes_on else "{elapsed}, {remaining} to go" if state["total"] else "{elapsed}"
        counts = "{n_fmt} of {total_fmt} {unit}" if state["total"] else "{n_fmt} {unit}"
        state["prefix"] = what = state["prefix"].removesuffix(": ")
        state["bar_format"] = ("{desc}: " if what else "") + f"{counts}, {time}" + "{postfix}"
        words = self.format_meter(**state)
        bar = (
            f'<div role="progressbar" aria-label="progress" aria-valuenow="{done * 100:.0f}" style="width:12em;'
            'height:.7em;border:1px solid currentColor;border-radius:.4em;overflow:hidden;flex:none">'
            f'<div style="width:{done:.1%};height:100%;background:#0072B2"></div></div>'
        )
        self._place.show(
            {
                "text/html": '<div style="display:flex;align-items:center;flex-wrap:wrap;gap:.2em .8em;'
                f'font-variant-numeric:tabular-nums">{bar if state["total"] else ""}'
                f"<span>{html.escape(words)}</span></div>",
                "text/plain": words,
            }
        )

    def _finish(self) -> None:
        if self.leave:
            self.display()
        else:
            self._place.show({"text/html": "", "text/plain": ""})
