"""Reading a saved network that somebody sends: submit and the grader do it with this one function."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from cs231n_utils.files import opened_zip
from cs231n_utils.training.params import load_info, load_params

MAX_ARRAYS = 64
MAX_BYTES = 64 * 2**20  # packed or unpacked: a hidden layer of 1000 units takes 25 MB in float64


def read_saved_net(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Parameters and words of a saved net.

    Raises
    ------
    ValueError
        With a sentence about the file.
    """
    try:
        with opened_zip(path) as archive:
            sizes = [entry.file_size for entry in archive.infolist()]
    except Exception:  # zipfile fails in many ways on a forged file
        raise ValueError(f"{path.name} is not a file that save_params wrote") from None
    if len(sizes) > MAX_ARRAYS:
        raise ValueError(f"{path.name} holds {len(sizes)} arrays; the limit is {MAX_ARRAYS}")
    size = sum(sizes)
    if size > MAX_BYTES:
        raise ValueError(f"{path.name} holds {size / 2**20:.0f} MiB; the limit is {MAX_BYTES // 2**20} MiB")
    try:
        params, info = load_params(path), load_info(path)
        sound = isinstance(info, dict) and all(value.dtype.kind in "iuf" for value in params.values())
    except Exception:  # zlib, zipfile, NumPy and json each fail in ways of their own on a forged file
        sound = False
    if not sound:
        raise ValueError(f"{path.name} is damaged, or not a file that save_params wrote")
    return params, info
