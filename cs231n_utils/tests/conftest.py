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
    """Look at what a test has drawn, and leave no figure to the next one."""
    import matplotlib.pyplot as plt

    from cs231n_utils.tests.eyes import look_at_open_figures

    yield
    try:
        look_at_open_figures()
    finally:
        plt.close("all")
