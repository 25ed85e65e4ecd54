import errno
import gzip
import hashlib
import io
import itertools
import os
import pickle
import re
import shutil
import socket
import tarfile
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from cs231n_utils.data import __main__ as command
from cs231n_utils.data import cifar10, load_cifar10
from cs231n_utils.data import download as module
from cs231n_utils.data.download import DownloadError

FILES = [*cifar10.TRAIN_FILES, cifar10.TEST_FILE]
PART = "cifar-10-python.tar.gz.part"


def archive_of(files, links=()):
    """Return a tar.gz with the files {name: content} and the links (name, target)."""
    with io.BytesIO() as packed:
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for name, content in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
            for name, target in links:
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = tarfile.SYMTYPE, target
                archive.addfile(entry)
        return packed.getvalue()


def official_files():
    rng = np.random.default_rng(0)
    files = {f"{cifar10.FOLDER}/batches.meta": b"meta", f"{cifar10.FOLDER}/readme.html": b"read me"}
    for file in FILES:
        images = rng.integers(256, size=(20, 3072), dtype=np.uint8)
        files[f"{cifar10.FOLDER}/{file}"] = pickle.dumps({b"data": images, b"labels": [1] * 20}, protocol=2)
    return files


ARCHIVE = archive_of(official_files())
SIZE, HALF = len(ARCHIVE), len(ARCHIVE) // 2
WRONG = ARCHIVE[:HALF] + bytes(SIZE - HALF)
get = partial(module.download, size=SIZE, sha256=hashlib.sha256(ARCHIVE).hexdigest())


class Handler(BaseHTTPRequestHandler):
    """Each method named after a path is one kind of server."""

    def do_GET(self):
        self.server.requests.append((self.path, self.headers.get("Range")))
        getattr(self, self.path.strip("/"))()

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def start(self):
        told = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        return int(told[1]) if told else 0

    def ranges(self, stop=SIZE, body=ARCHIVE):
        """Answer as a good server does, but stop before the byte `stop`."""
        start = self.start()
        said = {"Content_Range": f"bytes {start}-{SIZE - 1}/{SIZE}"} if start else {}
        self.reply(206 if start else 200, body[start:stop], Content_Length=SIZE - start, **said)

    good = ranges

    def breaks(self):
        self.ranges(stop=self.start() + SIZE // 3)

    def stalls(self):
        self.ranges(stop=HALF)
        self.server.over.wait(5)

    def silent(self):
        self.server.over.wait(5)

    def no_ranges(self):
        self.reply(200, ARCHIVE, Content_Length=SIZE)

    def refuses_ranges(self):
        if self.start():
            self.reply(416)
        else:
            self.good()

    def no_length(self):
        self.reply(200, ARCHIVE)

    def redirects(self):
        self.reply(302, Location="/good", Content_Length=0)

    def circles(self):
        self.reply(302, Location="/circles", Content_Length=0)

    def missing(self):
        self.reply(404, b"<html>", Content_Length=6)

    def busy(self):
        self.reply(503)

    def shorter(self):
        self.reply(200, ARCHIVE[:HALF], Content_Length=HALF)

    def promises_more(self):
        self.reply(200, ARCHIVE, Content_Length=SIZE + 1000)

    def sends_more(self):
        self.reply(200, ARCHIVE + b"more")

    def wrong(self):
        self.ranges(body=WRONG)

    def login(self):
        self.reply(200, b"<html>Please log in</html>", Content_Type="text/html")

    def other_part(self):
        self.reply(206, ARCHIVE[:10], Content_Range=f"bytes {self.start() + 5}-{SIZE - 1}/{SIZE}")

    def other_file(self):
        self.reply(206, ARCHIVE[:10], Content_Range=f"bytes {self.start()}-{SIZE}/{SIZE + 1}")

    def lying_part(self):
        if self.start():
            start = self.start()
            self.reply(206, ARCHIVE[: SIZE - start], Content_Range=f"bytes {start}-{SIZE - 1}/{SIZE}")
        else:
            self.good()

    def no_http(self):
        self.wfile.write(b"what?\r\n\r\n")

    def drips(self):
        self.reply(200, Content_Length=SIZE)
        for piece in range(0, SIZE, SIZE // 20):
            self.wfile.write(ARCHIVE[piece : piece + SIZE // 20])
            if self.server.over.wait(0.05):
                return


class Server(ThreadingHTTPServer):
    def handle_error(self, *_):  # the client went away, as it may
        pass


@pytest.fixture(scope="module")
def running():
    server = Server(("127.0.0.1", 0), Handler)
    server.over = threading.Event()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def server(running, monkeypatch):
    """Return a local server: `server(path)` is an address of it, `server.requests` is what it was asked."""
    running.requests = []
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(module, "_PAUSE", 0)

    def address(path):
        return f"http://127.0.0.1:{running.server_port}/{path}"

    address.requests = running.requests
    return address


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Return the cache folder of the test; no test sees the one of the machine."""
    monkeypatch.delenv("CIFAR10_DIR", raising=False)
    for part in (cifar10, module):
        monkeypatch.setattr(part, "user_cache_dir", lambda name: str(tmp_path / "cache" / name))
    return tmp_path / "cache" / "cs231n_utils"


def closed_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


def leave(folder, content):
    """Leave `content` as what an earlier download got."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PART).write_bytes(content)


def listing(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


WHOLE = sorted([cifar10.FOLDER, *(f"{cifar10.FOLDER}/{file}" for file in (*FILES, "batches.meta"))])


def test_the_data_set_lands_where_the_notebooks_look(server, cache, capsys):
    assert get(urls=[server("good")]) == cache / cifar10.FOLDER
    assert listing(cache) == WHOLE
    images = load_cifar10()
    assert (images.source, len(images.X_train), len(images.X_test)) == ("CIFAR-10", 100, 20)
    out, err = capsys.readouterr()
    assert "100%" in out
    assert out.endswith(f"CIFAR-10 is in {cache / cifar10.FOLDER}\n")
    assert err == ""


@pytest.mark.parametrize("how", ["cache", "to", "to the folder itself", "CIFAR10_DIR", "CIFAR10_DIR, not there yet"])
def test_what_is_there_is_not_fetched_again(server, cache, tmp_path, monkeypatch, capsys, how):
    to = None if how == "cache" else tmp_path / "own"
    if how == "CIFAR10_DIR, not there yet":
        monkeypatch.setenv("CIFAR10_DIR", str(to / cifar10.FOLDER))
        to = None
    folder = get(to, urls=[server("good")])
    assert folder == (cache if how == "cache" else tmp_path / "own") / cifar10.FOLDER
    if how == "CIFAR10_DIR":
        monkeypatch.setenv("CIFAR10_DIR", str(to))
        to = None
    if how == "to the folder itself":
        to = folder
    capsys.readouterr()
    assert get(to, urls=[closed_port()]) == folder
    assert capsys.readouterr().out == f"CIFAR-10 is there already: {folder}\n"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("good", [("/good", f"bytes={HALF}-")]),
        ("redirects", [("/redirects", f"bytes={HALF}-"), ("/good", f"bytes={HALF}-")]),
        ("no_ranges", [("/no_ranges", f"bytes={HALF}-")]),
        ("no_length", [("/no_length", f"bytes={HALF}-")]),
        ("refuses_ranges", [("/refuses_ranges", f"bytes={HALF}-"), ("/refuses_ranges", None)]),
        ("lying_part", [("/lying_part", f"bytes={HALF}-"), ("/lying_part", None)]),
    ],
)
def test_it_goes_on_where_an_earlier_one_stopped(server, cache, path, asked):
    leave(cache, ARCHIVE[:HALF])
    get(urls=[server(path)])
    assert server.requests == asked
    assert listing(cache) == WHOLE


@pytest.mark.parametrize("content", [bytes(HALF), WRONG, ARCHIVE + b"more"])
def test_a_wrong_beginning_costs_a_second_try_and_no_more(server, cache, capsys, content):
    leave(cache, content)
    get(urls=[server("good")])
    assert server.requests[-1] == ("/good", None)
    assert listing(cache) == WHOLE
    assert "The checksum is wrong, so what there was is thrown away" in capsys.readouterr().out


def test_a_connection_that_breaks_is_taken_up_again(server, cache, capsys):
    get(urls=[server("breaks")])
    third = SIZE // 3
    starts = [None] + [f"bytes={start}-" for start in range(third, SIZE, third)]
    assert [asked for _, asked in server.requests] == starts
    assert "127.0.0.1 ended the connection too early. Going on from 0.1 of 0.4 MB" in capsys.readouterr().out


def test_the_next_server_completes_what_the_first_one_began(server, cache, monkeypatch, capsys):
    monkeypatch.setattr(module, "_SILENCE", 0.5)
    get(urls=[server("stalls"), server("good")])
    # The second connection to the first server brings nothing, so that it is given up.
    assert server.requests == [("/stalls", None), ("/stalls", f"bytes={HALF}-"), ("/good", f"bytes={HALF}-")]
    assert "127.0.0.1 was silent for 0.5 seconds. Going on from 0." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("missing", "answered 404 (Not Found)"),
        ("busy", "answered 503 (Service Unavailable)"),
        ("circles", "answered 302 (Found)"),
        ("shorter", f"has a file of {HALF} bytes there, and CIFAR-10 has {SIZE}"),
        ("promises_more", f"has a file of {SIZE + 1000} bytes there, and CIFAR-10 has {SIZE}"),
        ("login", "sent no archive. If this network asks you to log in, do that first"),
        ("wrong", "sent something other than CIFAR-10 (its checksum is wrong), so it was thrown away"),
        ("silent", "was silent for 0.5 seconds"),
        ("no_http", "failed (what?"),
    ],
)
def test_a_server_that_will_not_do_is_named_and_the_next_one_asked(server, cache, monkeypatch, capsys, path, said):
    if path == "silent":
        monkeypatch.setattr(module, "_SILENCE", 0.5)
    with pytest.raises(DownloadError, match="could not be downloaded.*notebooks work without it") as failure:
        get(urls=[server(path)])
    assert f"127.0.0.1 {said}" in capsys.readouterr().out
    assert ("Is this computer online?" in str(failure.value)) == (path in ("silent", "no_http"))
    assert "are kept" not in str(failure.value)
    assert [path for path in listing(cache) if path != PART] == []

    get(urls=[server(path), server("good")])
    assert listing(cache) == WHOLE


@pytest.mark.parametrize("path", ["other_part", "other_file", "missing"])
def test_a_useless_answer_leaves_what_there_was(server, cache, path):
    leave(cache, ARCHIVE[:HALF])
    with pytest.raises(DownloadError, match=r"0\.2 of 0\.4 MB are kept, and the same command goes on from there"):
        get(urls=[server(path)])
    assert (cache / PART).read_bytes() == ARCHIVE[:HALF]


def test_a_server_that_sends_more_than_the_file_does_no_harm(server, cache):
    get(urls=[server("sends_more")])
    assert listing(cache) == WHOLE


def test_without_network_it_asks_whether_there_is_one(cache, monkeypatch, capsys):
    def unknown(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(DownloadError, match="Is this computer online.*--url.*notebooks work without it"):
        get()
    assert "www.cs.toronto.edu was not found." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nowhere", "nowhere is not an address; one begins with https://"),
        ("x://y/z", "x://y/z is not an address"),
        ("http://[", "[ failed (Invalid IPv6 URL)"),
        ("http://", "http:// failed (no host given)"),
        ("http://a b/", "a b failed (URL can't contain control characters"),
        ("http://x/\u1234", "x failed ("),
        ("file:///no/file", "file:///no/file failed ("),
        (None, "127.0.0.1 failed (Connection refused)"),
    ],
)
def test_a_wrong_address_is_explained(server, capsys, url, said):
    with pytest.raises(DownloadError, match="could not be downloaded"):
        get(urls=[url or closed_port()])
    assert said in capsys.readouterr().out


def test_a_copy_on_a_stick_will_do(tmp_path, cache):
    (tmp_path / "copy.tar.gz").write_bytes(ARCHIVE)
    get(urls=[(tmp_path / "copy.tar.gz").as_uri()])
    assert listing(cache) == WHOLE


def test_a_slow_server_is_left_for_a_faster_one(server, cache, monkeypatch, capsys):
    monkeypatch.setattr(module, "_JUDGED_AFTER", 0.2)
    monkeypatch.setattr(module, "_LONG", 0.1)
    get(urls=[server("drips"), server("good")])
    (_, first), (path, asked) = server.requests
    assert (first, path) == (None, "/good")
    assert 0 < int(asked[6:-1]) < SIZE
    assert "127.0.0.1 is slow: about 0 minutes to go at this speed" in capsys.readouterr().out


def test_if_all_are_slow_the_fastest_is_waited_for_and_the_time_left_told(server, cache, monkeypatch, capsys):
    monkeypatch.setattr(module, "_JUDGED_AFTER", 0.2)
    monkeypatch.setattr(module, "_LONG", 0.1)
    get(urls=[server("drips"), server("missing")])
    assert [path for path, _ in server.requests] == ["/drips", "/missing", "/drips"]
    out = capsys.readouterr().out
    assert "Still about 0 minutes to go at this speed. Ctrl-C stops it and keeps what has arrived. The notebooks" in out
    assert out.count("Still about") == 1


def test_ctrl_c_keeps_what_has_arrived(server, cache, monkeypatch, capsys):
    pieces = itertools.count()
    read = module._next_piece

    def interrupted(response):
        if next(pieces) == 2:
            raise KeyboardInterrupt
        return read(response)

    monkeypatch.setattr(module, "_next_piece", interrupted)
    with pytest.raises(DownloadError, match=r"^Stopped. 0\.\d of 0\.4 MB are kept, and the same command goes on"):
        get(urls=[server("good")])
    assert listing(cache) == [PART]
    get(urls=[server("good")])
    assert server.requests[-1][1].startswith("bytes=")
    assert listing(cache) == WHOLE


class FullDisk:
    """A file that takes so many bytes and no more."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def __getattr__(self, name):
        return getattr(self.file, name)

    def write(self, content):
        if len(content) > self.room:
            self.file.write(content[: self.room])
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= len(content)
        return self.file.write(content)


@pytest.mark.parametrize("file", [PART, "data_batch_3"])
def test_a_full_disk_is_explained_and_the_next_call_goes_on(server, cache, monkeypatch, file):
    def full(path, mode):
        opened = open(path, mode)  # noqa: SIM115
        return FullDisk(opened, room=40_000) if path.name == file and mode == "wb" else opened

    monkeypatch.setattr(module, "open", full, raising=False)
    with pytest.raises(DownloadError, match=r"not enough space in .*needs \d+ MB in all.*--to.*of 0.4 MB are kept"):
        get(urls=[server("good")])
    assert listing(cache) == [PART]

    monkeypatch.delattr(module, "open")
    have = (cache / PART).stat().st_size
    assert have == (40_000 if file == PART else SIZE)
    get(urls=[server("good")])
    assert [asked for _, asked in server.requests] == ([None, "bytes=40000-"] if file == PART else [None])
    assert listing(cache) == WHOLE


def test_too_little_room_is_said_before_the_long_wait(server, cache, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**6, 10**6, SIZE))
    with pytest.raises(DownloadError, match="not enough space"):
        get(urls=[server("good")])
    assert server.requests == []


def test_a_folder_that_cannot_be_written_to_is_explained(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match=r"file cannot be written to \(.*Another folder can be chosen with --to"):
        get(tmp_path / "file", urls=[server("good")])


def test_an_incomplete_folder_is_replaced_and_other_files_in_it_are_kept(server, cache, capsys):
    folder = get(urls=[server("good")])
    for damage in ((folder / "data_batch_4").unlink, partial((folder / "test_batch").write_bytes, b"damaged")):
        damage()
        get(urls=[server("good")])
        assert listing(cache) == WHOLE
        assert load_cifar10().source == "CIFAR-10"
    (folder / "data_batch_4").unlink()
    (folder / "notes.txt").write_text("mine")
    capsys.readouterr()
    get(urls=[server("good")])
    (old,) = cache.glob("*.old")
    assert listing(old) == ["notes.txt"]
    assert f"There were other files in {folder}: they are in {old} now" in capsys.readouterr().out
    assert load_cifar10().source == "CIFAR-10"


@pytest.mark.parametrize(
    ("archive", "said"),
    [
        (archive_of({"../evil": b"x", "/evil": b"x", f"{cifar10.FOLDER}/../evil": b"x"}), "it has no data_batch_1"),
        (archive_of(official_files() | {f"{cifar10.FOLDER}/test_batch": b"cos\nsystem\n."}), "asks for os.system"),
        (
            archive_of({name: content for name, content in official_files().items() if "test" not in name},
                       links=[(f"{cifar10.FOLDER}/test_batch", f"{cifar10.FOLDER}/data_batch_1")]),
            "it has no test_batch",
        ),
        (gzip.compress(b"no tar"), "The archive cannot be used"),
    ],
    ids=["paths", "pickle", "link", "no tar"],
)  # fmt: skip
def test_an_archive_of_something_else_leaves_nothing_behind(tmp_path, archive, said):
    to = tmp_path / "a" / "b"
    leave(to, archive)
    with pytest.raises(DownloadError, match=said):
        module.download(to, urls=[closed_port()], size=len(archive), sha256=hashlib.sha256(archive).hexdigest())
    assert listing(tmp_path) == ["a", "a/b", f"a/b/{PART}"]
    assert not os.path.exists("/evil")


def test_the_command(server, cache, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "download", get)
    assert command.main(["download", "--url", server("missing")]) == 1
    out, err = capsys.readouterr()
    assert "answered 404" in out
    assert err.startswith("CIFAR-10 could not be downloaded.")
    assert "Traceback" not in out + err

    assert command.main(["download", "--url", server("good")]) == 0
    assert capsys.readouterr().out.endswith("notebooks use it from now on: run the cell that loads the data again.\n")

    to = tmp_path / "elsewhere"
    for named in ("", str(tmp_path / "nowhere")):
        monkeypatch.setenv("CIFAR10_DIR", named)
        assert command.main(["download", "--to", str(to), "--url", server("good")]) == 0
        assert capsys.readouterr().out.endswith(f"set the environment variable CIFAR10_DIR to {to / cifar10.FOLDER}\n")
    monkeypatch.setenv("CIFAR10_DIR", str(to))
    assert len(load_cifar10().X_train) == 100


def test_the_official_archive_is_the_one_everybody_knows():
    assert module.URLS[0] == "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    assert len(module.SHA256) == 64
    assert len({module._server(url) for url in module.URLS}) == len(module.URLS)
