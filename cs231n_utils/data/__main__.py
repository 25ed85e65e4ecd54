"""``python -m cs231n_utils.data download``: fetch CIFAR-10 itself; ``... sheet FILE``: a picture of the data in use."""

import argparse
import sys
from collections.abc import Sequence

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
    options = parser.parse_args(arguments)
    return _sheet(options.file) if options.command == "sheet" else _download(options)


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
