import builtins
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cs231n_utils.data import CLASSES, cifar10, get_cifar10_data, load_cifar10, standin
from cs231n_utils.data.__main__ import main

FILES = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]


@pytest.fixture(autouse=True)
def nobody_elses_files(tmp_path, monkeypatch):
    """No test sees the data sets of the machine it runs on."""
    monkeypatch.delenv("CIFAR10_DIR", raising=False)
    for module in (cifar10, standin):
        monkeypatch.setattr(module, "user_cache_dir", lambda name: str(tmp_path / "cache" / name))


def write_folder(folder, rows=6, protocol=2, as_bytes=True):
    """Write a tiny data set in the official layout; return its images (N, 32, 32, 3) and labels."""
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    images = rng.integers(256, size=(6 * rows, 32, 32, 3), dtype=np.uint8)
    labels = rng.integers(10, size=6 * rows)
    for number, file in enumerate(FILES):
        part = slice(number * rows, (number + 1) * rows)
        batch = {"data": images[part].transpose(0, 3, 1, 2).reshape(rows, 3072).copy(), "labels": labels[part].tolist()}
        if as_bytes:
            batch = {key.encode(): value for key, value in batch.items()}
        (folder / file).write_bytes(pickle.dumps(batch, protocol=protocol))
    return images, labels


@pytest.fixture
def folder(tmp_path):
    write_folder(tmp_path / "cifar-10-batches-py")
    return tmp_path / "cifar-10-batches-py"


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("as_bytes", [True, False])
def test_official_files_are_read(tmp_path, protocol, as_bytes):
    images, labels = write_folder(tmp_path / "here", protocol=protocol, as_bytes=as_bytes)
    X_train, y_train, X_test, y_test, source = load_cifar10(tmp_path / "here")
    np.testing.assert_array_equal(X_train, images[:30])
    np.testing.assert_array_equal(X_test, images[30:])
    np.testing.assert_array_equal(np.concatenate([y_train, y_test]), labels)
    assert (X_train.dtype, y_train.dtype, source) == (np.uint8, np.int64, "CIFAR-10")


def python_2_pickle(array, labels):
    """Return what Python 2's cPickle wrote for {"data": array, "labels": labels}: strings, not bytes."""

    def string(raw):
        return b"T" + len(raw).to_bytes(4, "little") + raw

    state = b"(K\x01" + b"(" + b"".join(b"M" + n.to_bytes(2, "little") for n in array.shape) + b"t"
    dtype = b"cnumpy\ndtype\n(" + string(b"u1") + b"K\x00K\x01tR(K\x03" + string(b"|") + b"NNNJ\xff\xff\xff\xff" * 2
    dtype = dtype.replace(b"NNNJ\xff\xff\xff\xff" * 2, b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb")
    made = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00t" + string(b"b") + b"tR"
    array_part = made + state + dtype + b"\x89" + string(array.tobytes()) + b"tb"
    labels_part = b"(" + b"".join(b"K" + bytes([label]) for label in labels) + b"l"
    return b"\x80\x02}(" + string(b"data") + array_part + string(b"labels") + labels_part + b"u."


def test_files_as_python_2_wrote_them_are_read(folder):
    rows = np.arange(300 * 3072, dtype=np.uint32).astype(np.uint8).reshape(300, 3072)
    (folder / "test_batch").write_bytes(python_2_pickle(rows, [7] * 300))
    loaded = load_cifar10(folder)
    np.testing.assert_array_equal(loaded.X_test.transpose(0, 3, 1, 2).reshape(300, 3072), rows)
    assert loaded.y_test.tolist() == [7] * 300


def test_the_folder_above_will_do(folder):
    assert load_cifar10(folder.parent).source == "CIFAR-10"


class Attack:
    def __reduce__(self):
        return os.system, ("echo run > run-by-the-attack",)


class CodecAttack:
    def __reduce__(self):
        import codecs

        return codecs.encode, ("eJwDAAAAAAE=", "zlib")


ATTACKS = {
    "os.system": pickle.dumps(Attack(), protocol=2),
    "hidden behind the data": pickle.dumps({"data": np.zeros((1, 3072), np.uint8), "labels": [Attack()]}, protocol=2),
    "builtins.eval": b"cbuiltins\neval\n(Vopen('run-by-the-attack','w')\ntR.",
    "builtins.getattr": b"cbuiltins\ngetattr\n(cnumpy\nndarray\nVdump\ntR.",
    "numpy.load": b"cnumpy\nload\n(Vx\ntR.",
    "a dotted name": b"\x80\x04\x8c\x05numpy\x8c\x0cndarray.dump\x93.",
    "another codec": pickle.dumps(CodecAttack(), protocol=2),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_pickle_that_wants_to_run_something_runs_nothing(folder, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    calls = []
    monkeypatch.setattr(f"{os.name}.system", calls.append)  # where a pickle finds it
    monkeypatch.setattr(builtins, "eval", calls.append)
    (folder / "data_batch_3").write_bytes(ATTACKS[name])
    with pytest.raises(ValueError, match="data_batch_3 was not loaded: it asks for "):
        load_cifar10(folder)
    assert calls == []
    assert not (tmp_path / "run-by-the-attack").exists()


def test_the_attack_is_real(monkeypatch):
    # Plain pickle does run it; otherwise the test above would show nothing.
    calls = []
    monkeypatch.setattr(f"{os.name}.system", calls.append)
    pickle.loads(ATTACKS["os.system"])
    assert calls == ["echo run > run-by-the-attack"]


@pytest.mark.parametrize("keep", [0, 10, 200, -1])
def test_a_file_cut_off_is_named(folder, keep):
    path = folder / "data_batch_2"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match="data_batch_2 is damaged or cut off"):
        load_cifar10(folder)


GOOD = np.zeros((2, 3072), np.uint8)


@pytest.mark.parametrize(
    "batch",
    [
        [],
        {},
        {"data": GOOD, "labels": [1]},
        {"data": GOOD, "labels": [1, 10]},
        {"data": GOOD, "labels": [1, "2"]},
        {"data": GOOD.astype(float), "labels": [1, 2]},
        {"data": GOOD[:, :-1], "labels": [1, 2]},
        {"data": [1, 2], "labels": [1, 2]},
        {"data": GOOD, "labels": [[1], [2]]},
    ],
)
def test_a_file_of_something_else_is_refused(folder, batch):
    (folder / "test_batch").write_bytes(pickle.dumps(batch, protocol=2))
    with pytest.raises(ValueError, match="test_batch is not a batch of CIFAR-10"):
        load_cifar10(folder)


def test_files_of_unequal_length_are_refused(folder, tmp_path):
    write_folder(tmp_path / "other", rows=4)
    os.replace(tmp_path / "other" / "data_batch_4", folder / "data_batch_4")
    with pytest.raises(ValueError, match="data_batch_4 has 4 images, but data_batch_1 has 6"):
        load_cifar10(folder)


def test_wrong_folders_are_explained(folder, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="directory is .*nowhere, but there is no such folder"):
        load_cifar10(tmp_path / "nowhere")
    (folder / "data_batch_4").unlink()
    with pytest.raises(ValueError, match="it has no data_batch_4$"):
        load_cifar10(folder)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("CIFAR10_DIR", "~/nowhere")
    with pytest.raises(ValueError, match=f"CIFAR10_DIR is {tmp_path}/nowhere, but there is no such folder"):
        load_cifar10()


def test_the_order_of_the_places(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(standin, "load", lambda *numbers: (0, 0, 0, 0))
    assert load_cifar10().source == "stand-in"
    monkeypatch.setenv("CIFAR10_DIR", "")  # counts as unset
    assert load_cifar10().source == "stand-in"
    write_folder(tmp_path / "cache" / "cs231n_utils" / "cifar-10-batches-py", rows=2)
    assert len(load_cifar10().X_train) == 10
    write_folder(tmp_path / "named", rows=3)
    monkeypatch.setenv("CIFAR10_DIR", str(tmp_path / "named"))
    assert len(load_cifar10().X_train) == 15
    assert len(load_cifar10(folder).X_train) == 30


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_splits_layouts_and_mean(tmp_path, monkeypatch, capsys, dtype):
    images, labels = write_folder(tmp_path / "named")
    monkeypatch.setenv("CIFAR10_DIR", str(tmp_path / "named"))
    got = get_cifar10_data(20, 8, 5, dtype=dtype)
    assert capsys.readouterr().out == "Using CIFAR-10: 20 training, 8 validation, 5 test images\n"
    assert list(got) == ["X_train", "y_train", "X_val", "y_val", "X_test", "y_test", "source"]
    mean = images[:20].astype(np.float64).mean(axis=0)
    for name, part in (("train", slice(0, 20)), ("val", slice(20, 28)), ("test", slice(30, 35))):
        assert got[f"X_{name}"].dtype == dtype
        np.testing.assert_allclose(got[f"X_{name}"], (images[part] - mean).reshape(-1, 3072), atol=2e-5)
        np.testing.assert_array_equal(got[f"y_{name}"], labels[part])

    raw = get_cifar10_data(20, 8, 5, subtract_mean=False, layout="channels_first", dtype=dtype)
    np.testing.assert_array_equal(raw["X_val"], images[20:28].transpose(0, 3, 1, 2))
    centred = get_cifar10_data(20, 8, 5, layout="channels_first", dtype=dtype)
    np.testing.assert_array_equal(centred["X_test"].transpose(0, 2, 3, 1).reshape(5, 3072), got["X_test"])
    assert centred["X_train"].flags.c_contiguous


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pixels_from_0_to_1_without_their_mean_colour(tmp_path, monkeypatch, dtype):
    images, _ = write_folder(tmp_path / "named")
    monkeypatch.setenv("CIFAR10_DIR", str(tmp_path / "named"))
    got = get_cifar10_data(20, 8, 5, subtract_mean="colour", unit_range=True, dtype=dtype)
    colour = images[:20].reshape(-1, 3).mean(axis=0) / 255
    assert got["X_val"].dtype == dtype
    np.testing.assert_allclose(got["X_val"], (images[20:28] / 255 - colour).reshape(-1, 3072), atol=1e-6)
    np.testing.assert_allclose(got["X_train"].reshape(-1, 3).mean(axis=0, dtype=float), 0, atol=1e-6)
    raw = get_cifar10_data(20, 8, 5, subtract_mean=False, unit_range=True, dtype=dtype)
    np.testing.assert_allclose(raw["X_test"], images[30:35].reshape(-1, 3072) / 255, atol=1e-7)


def test_too_many_images_and_unknown_layouts_are_refused(tmp_path, monkeypatch):
    write_folder(tmp_path / "named")
    monkeypatch.setenv("CIFAR10_DIR", str(tmp_path / "named"))
    with pytest.raises(ValueError, match="50,000 training and validation images.*only 30"):
        get_cifar10_data()
    with pytest.raises(ValueError, match="7 test images were asked for, but there are only 6"):
        get_cifar10_data(20, 8, 7)
    with pytest.raises(ValueError, match="layout must be"):
        get_cifar10_data(layout="columns")
    with pytest.raises(ValueError, match="images of uint8 cannot be below 0: ask for subtract_mean=False"):
        get_cifar10_data(20, 8, 5, dtype=np.uint8)
    with pytest.raises(ValueError, match="images of uint8 have nothing between 0 and 1"):
        get_cifar10_data(20, 8, 5, dtype=np.uint8, subtract_mean=False, unit_range=True)
    with pytest.raises(ValueError, match="subtract_mean must be True, False or \"colour\", got 'mean'"):
        get_cifar10_data(20, 8, 5, subtract_mean="mean")
    assert get_cifar10_data(20, 8, 5, dtype=np.uint8, subtract_mean=False)["X_train"].dtype == np.uint8


@pytest.mark.parametrize(
    "damage",
    [
        *(lambda content, keep=keep: content[:keep] for keep in (0, 5, 100, 2000)),
        lambda content: content[:9000] + bytes([content[9000] ^ 1]) + content[9001:],
    ],
    ids=["empty", "5 bytes", "100 bytes", "2000 bytes", "one bit"],
)
def test_a_damaged_cache_of_the_stand_in_is_made_again(tiny, capsys, damage):
    whole = load_cifar10().X_train.tolist()
    (cached,) = Path(cifar10.user_cache_dir("cs231n_utils")).glob("standin-*train*")
    content = cached.read_bytes()
    cached.write_bytes(damage(content))
    for times, said in ((2, "The cached stand-in is damaged, so it is made again.\n"), (2, "")):
        capsys.readouterr()
        assert load_cifar10().X_train.tolist() == whole
        assert capsys.readouterr().out.startswith(said) and len(tiny) == times
    assert cached.read_bytes() == content


def test_the_command_prepares_the_data_says_where_they_are_and_clears_the_cache(tiny, monkeypatch, capsys):
    cache = Path(cifar10.user_cache_dir("cs231n_utils"))
    monkeypatch.setattr("cs231n_utils.data.__main__.user_cache_dir", cifar10.user_cache_dir)

    def said(command):
        assert main([command]) == 0
        return capsys.readouterr().out.strip().splitlines()[-1]

    assert said("where") == f"the stand-in for CIFAR-10, which the first notebook that needs it makes, in {cache}"
    for command in ("prepare", "where"):
        assert said(command) == f"the stand-in for CIFAR-10, in {cache}"
    (cache / "cifar-10-python.tar.gz.part").write_bytes(b"half of it")
    (cache / "kept").write_bytes(b"somebody else's")
    assert said("clear").startswith("removed 3 files, 0 MB")
    assert [path.name for path in cache.iterdir()] == ["kept"]
    monkeypatch.setenv("CIFAR10_DIR", "/nowhere")
    assert main(["where"]) == 1 and "there is no such folder" in capsys.readouterr().err


def test_what_is_not_the_fault_of_the_cache_is_not_hidden(monkeypatch):
    def broken(*numbers):
        raise ValueError("something else")

    monkeypatch.setattr(standin, "load", broken)
    with pytest.raises(ValueError, match="something else"):
        load_cifar10()


# Run in a process of its own: prints by how many bytes memory rose at most. On Linux VmHWM is the process's alone,
# while getrusage may also report the peak of the process that started it.
PEAK = """
import re, sys
from pathlib import Path
import numpy as np
from cs231n_utils.data import get_cifar10_data
from cs231n_utils.data import standin

def peak():
    return 1024 * int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])

images = [np.load(file, mmap_mode="r") for file in sys.argv[3:]]
if images:
    standin.load = lambda *numbers: (images[0], np.zeros(50000, np.int64), images[1], np.zeros(10000, np.int64))
before = peak()
data = get_cifar10_data(dtype=sys.argv[1], subtract_mean=sys.argv[1] != "uint8", layout=sys.argv[2])
assert data["X_train"].shape[0] == 49000 and data["source"] == ("stand-in" if images else "CIFAR-10")
print(peak() - before)
"""


@pytest.fixture(scope="module")
def full_size(tmp_path_factory):
    """Return a folder with an official data set and a cached stand-in of full size, all black."""
    folder = tmp_path_factory.mktemp("full")
    batch = python_2_pickle(np.zeros((10_000, 3072), np.uint8), [3] * 10_000)
    for file in FILES:
        (folder / file).write_bytes(batch)
    for name, count in (("train.npy", 50_000), ("test.npy", 10_000)):
        np.lib.format.open_memmap(folder / name, "w+", np.uint8, (count, 32, 32, 3))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak of memory is measured on Linux")
@pytest.mark.parametrize(("dtype", "layout"), [("float32", "rows"), ("uint8", "channels_first")])
@pytest.mark.parametrize("source", ["CIFAR-10", "stand-in"])
def test_loading_takes_little_more_memory_than_the_images_themselves(full_size, source, dtype, layout):
    official = source == "CIFAR-10"
    files = [] if official else [str(full_size / name) for name in ("train.npy", "test.npy")]
    environment = os.environ | {"CIFAR10_DIR": str(full_size) if official else ""}
    done = subprocess.run(
        [sys.executable, "-c", PEAK, dtype, layout, *files], env=environment, capture_output=True, text=True, check=True
    )
    size = 49_000 * 3072 * 4  # in float32
    used = int(done.stdout.split()[-1])
    assert size / 4 < used < 1.5 * size


def test_classes():
    assert len(CLASSES) == 10
    assert (CLASSES[0], CLASSES[3], CLASSES[9]) == ("airplane", "cat", "truck")


REAL = os.environ.get("CIFAR10_DIR")  # read before the fixture takes it away


@pytest.mark.skipif(not REAL, reason="CIFAR10_DIR does not name the real data set")
def test_the_real_data_set():
    images = load_cifar10(REAL)
    assert images.X_train.shape == (50000, 32, 32, 3)
    assert images.X_test.shape == (10000, 32, 32, 3)
    # The published share of class 0, which is what a diverged network scores.
    assert np.mean(images.y_train[49000:] == 0) == 0.087
    assert np.mean(images.y_train[:49000] == 0) == pytest.approx(0.100265, abs=1e-6)
    assert np.mean(images.y_test[:1000] == 0) == 0.103
    assert np.bincount(images.y_train[49000:]).tolist() == list(standin._VALIDATION_COUNTS)
    assert np.bincount(images.y_test[:1000]).tolist() == list(standin._TEST_COUNTS)


def test_a_contact_sheet_of_the_data_in_use(tmp_path, monkeypatch, capsys):
    write_folder(tmp_path / "cifar")
    monkeypatch.setenv("CIFAR10_DIR", str(tmp_path / "cifar"))
    assert main(["sheet", str(tmp_path / "sheet.png")]) == 0
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")
    assert main(["sheet", str(tmp_path / "nowhere" / "sheet.png")]) == 1
    assert "cannot be written" in capsys.readouterr().err
