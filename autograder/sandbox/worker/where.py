"""Where in a notebook's own code an exception was raised."""

from __future__ import annotations

import traceback

_PYTHON_S = ("<frozen ", "<__array_function__")  # names of files that are no notebook's either


def where(error: BaseException) -> tuple[str, str]:
    """The last line of the notebook's own code that an exception passed through, and the functions that it passed
    through, outermost first: "train loss". Both are empty where there are none.
    """
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "ipykernel" in frame.filename
        or "ipython-input" in frame.filename
        or (frame.filename.startswith("<") and not frame.filename.startswith(_PYTHON_S))
    ]
    line = (own[-1].line or "").strip()[:200] if own else ""
    return line, " ".join(frame.name for frame in own if frame.name.isidentifier())[:1000]
