"""nbgrader's gradebook, without its web servers.

`import nbgrader` also loads its extensions of a Jupyter server, and with them exporters of pages: half of what a
command that reads a gradebook takes to begin. Here its parts are loaded below an empty package of that name, which is
taken away again: whoever imports nbgrader afterwards gets all of it, and these same parts.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from importlib.util import find_spec, module_from_spec

__all__ = ["api", "dbutil", "plugins", "utils"]


@contextlib.contextmanager
def _bare(name: str) -> Iterator[None]:
    """Nothing is run when the package is imported, unless it has been already."""
    spec = find_spec(name)
    if name in sys.modules or spec is None:
        yield
        return
    sys.modules[name] = module_from_spec(spec)
    try:
        yield
    finally:
        del sys.modules[name]


with _bare("nbgrader"):
    from nbgrader import api, dbutil, plugins, utils
