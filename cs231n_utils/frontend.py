"""Whether there is a notebook, and places in a cell's output that can be written again and again."""

import sys
import uuid
from collections.abc import Callable
from typing import Any


def in_notebook() -> bool:
    """Return whether a notebook shows what is displayed: a Jupyter kernel runs this code, not a plain shell."""
    return _kernel_shell() is not None


class Place:
    """A place in the output of the running cell; each `show` replaces what was there.

    It needs no JavaScript: the frontends of Jupyter, VS Code and Colab can all update a display, and a
    saved or exported notebook contains what was shown last.
    """

    def __init__(self) -> None:
        self._id, self._shown = uuid.uuid4().hex, False

    def show(self, data: dict[str, str | bytes]) -> None:
        """Show what is given by MIME type: "text/html", "image/png"; "text/plain" for those who can't see these."""
        metadata = {"image/png": {"alt": data["text/plain"]}} if "image/png" in data else {}
        # IPython is looked up, never imported: where no notebook runs, nothing of it is needed.
        display = sys.modules["IPython"].display
        function = display.update_display if self._shown else display.display
        function(data, metadata=metadata, raw=True, display_id=self._id)
        self._shown = True


def on_display(kind: type, bundle: Callable[[Any], tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """Add to what a notebook stores of objects of a kind: `bundle` gives data, and metadata, by MIME type."""
    if in_notebook():
        _kernel_shell().display_formatter.mimebundle_formatter.for_type(kind, bundle)


def at_end_of_cell(call: Callable[[], object]) -> None:
    """Call a function without arguments once, when the running cell has ended, however it ends."""
    events = _kernel_shell().events

    def once() -> None:
        events.unregister("post_execute", once)
        call()

    events.register("post_execute", once)


def _kernel_shell() -> Any:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell if getattr(shell, "kernel", None) is not None else None
