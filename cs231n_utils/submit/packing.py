"""The zip that is handed in: the files and a manifest."""

from __future__ import annotations

import hashlib
import json
import platform
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

import cs231n_utils
from cs231n_utils.files import written_whole
from cs231n_utils.submit.hand_in import HandIn
from cs231n_utils.training.params import load_info

MANIFEST = "manifest.json"


def pack(hand_in: HandIn, target: Path) -> None:
    """Write the zip: the declared files that are there, and a manifest. The same files give the same bytes."""
    files: list[dict[str, Any]] = []
    for name in sorted(hand_in.contents):
        content = hand_in.contents[name]
        files.append({"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
        if not name.endswith(".ipynb"):
            files[-1]["data"] = source_of(hand_in.folder / name)
    manifest = {"schema": 1, "assignment": hand_in.assignment, "files": files, "versions": _versions()}
    entries = {MANIFEST: (json.dumps(manifest, indent=1) + "\n").encode()}
    entries |= {file["name"]: hand_in.contents[file["name"]] for file in files}
    with written_whole(target) as file, zipfile.ZipFile(file, "w") as archive:  # stored: compressors differ
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, content)


def source_of(path: Path) -> str | None:
    """The data that a network was trained on, as far as its file says."""
    try:
        source = load_info(path).get("data")
    except Exception:  # a damaged file may fail in many ways
        return None
    return source if isinstance(source, str) else None


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), "numpy": np.__version__, "cs231n_utils": str(cs231n_utils.__version__)}
