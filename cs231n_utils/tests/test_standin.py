import hashlib
import math
import os
import subprocess
import sys

import numpy as np
import pytest

from cs231n_utils.data import drawings, standin

# A student's saved network is judged on these very images, so they may never change unnoticed. On purpose:
# raise standin._VERSION and write the new digests here.
PREFIX = "6f4c2ec4707bc295918b0e9568804c64b45fae78bc08733c1dafd83c7b15e99f"
SLICE = "0d131847b8cee1a767d32161ec852025f6cd834344a70f1334bff8b1bd165ac3"
TEST_PREFIX = "3ddebc3cf642a11ed3fdac9322ba876b94be816fdc4344340bbca42157c0e8ec"
WHOLE = "00c1139fc2d4011d8ed9ba7341cdd73a58fe436d0ce4f9025b0261abf657a49a"


def digest(array):
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


@pytest.fixture(scope="module")
def small():
    return standin.generate(300, 50, verbose=False)


def test_the_images_are_the_pinned_ones(small):
    assert digest(small[0]) == PREFIX
    assert digest(small[2]) == TEST_PREFIX
    labels = standin._train_labels()[40_000:40_100]
    assert digest(standin.draw(standin._TRAIN_KEY, 40_000, labels)) == SLICE


# Run in a process of its own: prints by how many bytes memory rose at most (see test_data.py).
PEAK = """
import re
from pathlib import Path
from cs231n_utils.data import standin

def peak():
    return 1024 * int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])

before = peak()
standin.load()
print(peak() - before)
"""


@pytest.mark.exhaustive
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak of memory is measured on Linux")
def test_the_whole_is_the_pinned_one_and_takes_no_memory(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    done = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) < 40e6  # of 184 MB
    X_train, y_train, X_test, y_test = standin.load()
    whole = hashlib.sha256()
    for array in (X_train, y_train.astype("<i8"), X_test, y_test.astype("<i8")):
        whole.update(array.tobytes())
    assert whole.hexdigest() == WHOLE


def test_a_smaller_set_is_the_beginning_of_a_larger_one(small):
    fewer = standin.generate(7, 3, verbose=False)
    for few, many in zip(fewer, small, strict=True):
        np.testing.assert_array_equal(few, many[: len(few)])
    # also where a piece begins in the middle of a batch
    np.testing.assert_array_equal(standin.draw(standin._TRAIN_KEY, 251, small[1][251:260]), small[0][251:260])


def test_shapes_and_labels(small):
    X_train, y_train, X_test, y_test = small
    assert X_train.shape == (300, 32, 32, 3)
    assert X_test.shape == (50, 32, 32, 3)
    assert X_train.dtype == X_test.dtype == np.uint8
    assert y_train.dtype == y_test.dtype == np.int64
    assert len(np.unique(X_train.reshape(300, -1), axis=0)) == 300
    assert not np.array_equal(X_train[:50], X_test)


def test_classes_are_balanced_as_in_cifar_10_and_shuffled():
    train, test = standin._train_labels(), standin._test_labels()
    assert np.bincount(train).tolist() == [5000] * 10
    assert np.bincount(test).tolist() == [1000] * 10
    assert np.mean(train[49_000:] == 0) == 0.087
    assert np.mean(test[:1000] == 0) == 0.103
    for piece in np.split(train[:49_000], 49):
        assert np.bincount(piece, minlength=10).min() > 50


def test_it_has_the_statistics_of_photographs():
    X = standin.generate(1000, 0, verbose=False)[0].reshape(1000, -1).astype(np.float32)
    X -= X.mean(axis=0)
    assert X.std() == pytest.approx(63, abs=4)  # CIFAR-10: 63
    variances = np.linalg.eigvalsh(X @ X.T)[::-1]
    shares = variances[:5] / variances.sum()
    np.testing.assert_allclose(shares, [0.29, 0.11, 0.07, 0.04, 0.035], atol=0.025)  # CIFAR-10's


def test_too_many_are_refused():
    with pytest.raises(ValueError, match="50,000 training"):
        standin.generate(50_001, 0)


def test_no_cosine_is_so_near_a_half_that_two_machines_could_round_it_apart():
    exact = [1024 * math.cos(math.pi * (2 * x + 1) * u / 64) for x in range(32) for u in range(16)]
    assert min(abs(value % 1 - 0.5) for value in exact) > 1e-3


def test_every_number_in_a_matrix_product_stays_exact():
    largest = 510 * standin._LIGHT.sum() * 1024**2
    assert largest < 2**53


def test_every_drawing_has_a_body_inside_its_sheet():
    sheets = drawings.sheets()
    assert sheets.shape == (30, 66, 66)
    for sheet in sheets:
        assert 200 < np.count_nonzero(sheet) < 3000
        assert np.count_nonzero(sheet == 1) > 100
        assert not sheet[[0, -1]].any()
        assert not sheet[:, [0, -1]].any()
    assert len(np.unique(sheets.reshape(30, -1), axis=0)) == 30


def test_a_drawn_shape_has_the_area_of_geometry():
    assert drawings._ellipse(32, 32, 20, 10).sum() == pytest.approx(math.pi * 200, rel=0.01)
    assert drawings._polygon((10, 10, 50, 10, 50, 30, 10, 30)).sum() == 800
    assert drawings._polygon((10, 10, 50, 50, 10, 50)).sum() == pytest.approx(800, rel=0.03)


def test_it_is_made_once_and_mapped_from_the_cache(tiny, tmp_path, small):
    for _ in range(2):
        X_train, y_train, X_test, y_test = standin.load()
        np.testing.assert_array_equal(X_train, small[0][:20])
        np.testing.assert_array_equal(X_test, small[2][:10])
        assert isinstance(X_train, np.memmap)
        assert not X_train.flags.writeable
        assert (len(y_train), len(y_test)) == (20, 10)
    assert len(tiny) == 1
    names = sorted(os.listdir(tmp_path / "cache" / "cs231n_utils"))
    assert [name.rpartition("-")[0] for name in names] == ["standin-v2-test", "standin-v2-train"]


def test_a_few_images_do_not_wait_for_all_of_them(tiny, tmp_path, small):
    for kind in (np.ndarray, np.memmap):
        X_train, y_train, X_test, y_test = standin.load(4, 2)
        np.testing.assert_array_equal(X_train, small[0][:4])
        np.testing.assert_array_equal(X_test, small[2][:2])
        assert (y_train.tolist(), y_test.tolist()) == (small[1][:4].tolist(), small[3][:2].tolist())
        assert type(X_train) is kind and not X_train.flags.writeable
        assert len(tiny) == (kind is np.memmap)
        standin.load(4, 3)  # one more than a few


def test_what_older_versions_cached_goes(tiny, tmp_path):
    folder = tmp_path / "cache" / "cs231n_utils"
    folder.mkdir(parents=True)
    for name in ("standin-v1-train.npy", "standin-v2-test.npy", "standin-v2-train-01234567.npy", "kept.npy"):
        (folder / name).write_bytes(b"old")
    standin.load()
    assert len(list(folder.glob("standin-v2-*-*.npy"))) == len(list(folder.glob("standin-*"))) == 2
    assert (folder / "kept.npy").exists()


def test_without_a_cache_it_stays_in_memory_and_says_so(tiny, tmp_path, capsys):
    (tmp_path / "cache").write_text("a file where the folder should be")
    X_train, *_ = standin.load()
    assert X_train.shape == (20, 32, 32, 3)
    out, err = capsys.readouterr()
    assert out.startswith("The stand-in stays in memory: ")
    assert err == ""


def test_the_progress_bar_is_on_stdout(capfd):
    standin.generate(20, 0)
    out, err = capfd.readouterr()
    assert "Drawing the stand-in" in out
    assert err == ""
