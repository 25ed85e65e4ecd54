"""What the notebooks import, by topic: data, checks, training, plots; and `submit`, which makes the zip to hand in."""

from importlib import import_module
from importlib.util import find_spec

_TOPICS = ("data", "checks", "training", "plots", "notebook")


def __getattr__(name: str) -> object:
    """Find a name in its topic, so that notebooks that say `from cs231n_utils import check` still work."""
    if name == "__version__":
        from importlib import metadata  # imported late: it takes as long as everything else

        try:
            return metadata.version("cs231n_utils")
        except metadata.PackageNotFoundError:
            return "unknown"
    if name == "__all__":
        return sorted(offered for topic in _TOPICS for offered in import_module(f"{__name__}.{topic}").__all__)
    if not name.startswith("_"):
        if find_spec(f"{__name__}.{name}"):
            return import_module(f"{__name__}.{name}")
        for topic in _TOPICS:
            module = import_module(f"{__name__}.{topic}")
            if name in module.__all__:
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
