"""``python -m cs231n_utils.data``: fetch CIFAR-10, make the stand-in, say where they are, remove them, draw them."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_cache_dir

from cs231n_utils import data
from cs231n_utils.data.download import URLS, DownloadError, download


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m cs231n_utils.data",
        description="The data of the notebooks. They need no download: without CIFAR-10 they use a built-in stand-in.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    fetch = commands.add_parser("download", help="fetch CIFAR-10 itself, 170 MB; you can stop it and go on later")
    fetch.add_argument("--to", metavar="DIR", help="where to put it (default: CIFAR10_DIR if set, else a cache folder)")
    fetch.add_argument("--url", help="where to find cifar-10-python.tar.gz, instead of the usual servers")
    sheet = commands.add_parser("sheet", help="draw a dozen images of each class of the data in use")
    sheet.add_argument("file", help="the picture to write, for example sheet.png")
    commands.add_parser("prepare", help="make sure that the data in use are there, so that no notebook waits for them")
    commands.add_parser("where", help="say which data are in use, and where they are")
    commands.add_parser("clear", help="remove the stand-in and what was downloaded from the cache folder")
    options = parser.parse_args(arguments)
    try:
        if options.command == "download":
            return _download(options)
        if options.command == "sheet":
            return _sheet(options.file)
        return {"prepare": _prepare, "where": _where, "clear": _clear}[options.command]()
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _prepare() -> int:
    data.load_cifar10()
    return _where()


def _where() -> int:
    cache = Path(user_cache_dir("cs231n_utils"))
    official = data.official_folder()
    if official is not None:
        print(f"CIFAR-10, in {official}")
    elif list(cache.glob("standin-*.npy")):
        print(f"the stand-in for CIFAR-10, in {cache}")
    else:
        print(f"the stand-in for CIFAR-10, which the first notebook that needs it makes, in {cache}")
    return 0


def _clear() -> int:
    cache = Path(user_cache_dir("cs231n_utils"))
    kept = [*cache.glob("standin-*"), *cache.glob("cifar-10*")]
    files = [file for one in kept for file in (one.rglob("*") if one.is_dir() else [one]) if file.is_file()]
    size = sum(file.stat().st_size for file in files)
    for one in kept:
        if one.is_dir():
            shutil.rmtree(one)
        else:
            one.unlink()
    print(f"removed {len(files)} files, {size / 1e6:.0f} MB, from {cache}")
    return 0


def _sheet(file: str) -> int:
    import matplotlib.pyplot as plt  # imported late: a download needs no pictures

    from cs231n_utils.plots import show_images

    try:
        images = data.load_cifar10()
        plt.switch_backend("agg")
        show_images(images.X_train[:1000], images.y_train[:1000], data.CLASSES, per_class=12, source=images.source)
        plt.savefig(file, dpi=72)
    except (ValueError, OSError) as error:
        print(f"The picture cannot be written: {error}", file=sys.stderr)
        return 1
    return 0


def _download(options: argparse.Namespace) -> int:
    try:
        folder = download(options.to, [options.url] if options.url else URLS)
    except DownloadError as error:
        print(error, file=sys.stderr)
        return 1
    try:
        used = data.official_folder()
    except ValueError:  # CIFAR10_DIR names something else
        used = None
    if used is not None and used.samefile(folder):
        print("The notebooks use it from now on: run the cell that loads the data again.")
    else:
        print(f"For the notebooks to use it, set the environment variable CIFAR10_DIR to {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
