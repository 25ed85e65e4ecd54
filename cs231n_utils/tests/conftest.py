"""How all tests of the package see pictures and time."""

import signal
import zlib
from collections.abc import Iterator

import matplotlib
import pytest
from hypothesis import settings

from cs231n_utils.data import standin

matplotlib.use("Agg")  # no window, and before anything imports pyplot
settings.register_profile("no deadline", deadline=None)  # a busy machine is slow, and that is nobody's mistake
settings.load_profile("no deadline")
signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's background job is started deaf to Ctrl-C


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


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """Make the whole stand-in small, and its cache a folder of the test; the list grows with each time it is made."""
    X_train, y_train, X_test, y_test = standin.generate(20, 10, verbose=False)
    make, made = standin._make, []
    monkeypatch.setattr(standin, "_make", lambda *files: made.append(1) or make(*files))
    for name, value in {
        "NUM_TRAIN": 20,
        "NUM_TEST": 10,
        "A_FEW": 6,
        "_train_labels": lambda: y_train,
        "_test_labels": lambda: y_test,
        "_CHECKSUMS": {"train": zlib.crc32(X_train.data), "test": zlib.crc32(X_test.data)},
        "user_cache_dir": lambda name: str(tmp_path / "cache" / name),
    }.items():
        monkeypatch.setattr(standin, name, value)
    return made
