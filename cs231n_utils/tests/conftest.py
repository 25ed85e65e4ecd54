"""How all tests of the package see pictures and time."""

from collections.abc import Iterator

import matplotlib
import pytest
from hypothesis import settings

matplotlib.use("Agg")  # no window, and before anything imports pyplot
settings.register_profile("no deadline", deadline=None)  # a busy machine is slow, and that is nobody's mistake
settings.load_profile("no deadline")


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    """Leave no figure to the next test."""
    import matplotlib.pyplot as plt

    yield
    plt.close("all")
