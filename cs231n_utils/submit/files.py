"""What is to be said of the files of a hand-in: of a saved network, and of when a notebook was saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from nbformat import NotebookNode

from cs231n_utils.submit.looking import Remark
from cs231n_utils.submit.nets import read_saved_net
from cs231n_utils.submit.reading import SKIP_TAG

_HANDED_OUT_BEFORE = 366 * 86400 * 11  # 1981: what is unpacked from a zip without dates is said to be from 1980


def look_at_net(path: Path, notebooks: dict[str, NotebookNode]) -> Remark:
    """Whether a saved network is there and holds numbers."""
    saver = next(
        (
            name
            for name, notebook in notebooks.items()
            for cell in notebook.cells
            if SKIP_TAG in cell.metadata.get("tags", []) and path.name in cell.source
        ),
        None,
    )
    if not path.is_file():
        where = f": run the cell in {saver} that saves it" if saver else ""
        return Remark("○", f"{path.name}: not there yet{where}")
    try:
        params, info = read_saved_net(path)
    except ValueError as error:
        return Remark("✗", str(error))
    about = f"{size(path.stat().st_size)}, trained on {_data(info.get('data'))}"
    if not all(np.isfinite(value).all() for value in params.values()):
        return Remark("!", f"{path.name}: {about}. It contains NaN or infinity: the training diverged")
    return Remark("✓", f"{path.name}: {about}")


def _data(source: object) -> str:
    return {"CIFAR-10": "CIFAR-10", "stand-in": "the stand-in"}.get(str(source), "data that it doesn't name")


def look_at_file(path: Path, now: float) -> list[Remark]:
    """Whether a notebook's file is older than its checkpoint."""
    remarks = []
    saved = path.stat().st_mtime
    checkpoint = path.parent / ".ipynb_checkpoints" / f"{path.stem}-checkpoint.ipynb"
    if checkpoint.is_file() and checkpoint.stat().st_mtime > saved + 5 and checkpoint.read_bytes() != path.read_bytes():
        remarks.append(
            Remark(
                "!",
                f"Jupyter has a checkpoint of it that is newer ({ago(now, checkpoint)}, the file "
                f"{ago(now, path)}). Is this the version that you mean?",
            )
        )
    return remarks


def ago(now: float, path: Path) -> str:
    """How long ago a file was saved, in words."""
    saved = path.stat().st_mtime
    if saved < _HANDED_OUT_BEFORE:
        return "as it was handed out"
    minutes = max(0, int(now - saved) // 60)
    for count, unit in ((minutes // 1440, "day"), (minutes // 60, "hour"), (minutes, "minute")):
        if count:
            return f"saved {count} {unit}{'s' * (count > 1)} ago"
    return "saved just now"


def size(count: int) -> str:
    """A number of bytes, in kB or MB."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"
