"""Wheels of packages as they are here, and the versions of what they need: what another machine installs."""

from __future__ import annotations

import calendar
import email
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import autograder
import cs231n_utils
from autograder.course import CourseError

FIRST = (1980, 1, 1, 0, 0, 0)  # the date of everything in a zip, so that the same content is the same file
LINUX = {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"}
NOT_PACKED = ("direct_url.json", "INSTALLER", "REQUESTED", "RECORD")  # what pip notes when it installs a wheel


def build_wheel(package: Path, folder: Path) -> list[Path]:
    """Build the wheel of a package from its source; its pyproject.toml is in the package or in the folder above it.

    Parameters
    ----------
    folder : Path
        Where to put it.

    Returns
    -------
    list of Path
        The wheels in that folder.

    Raises
    ------
    CourseError
        If there is no pyproject.toml, or pip cannot build it.
    """
    projects = [place for place in (package, package.parent) if (place / "pyproject.toml").is_file()]
    if not projects:
        raise CourseError(
            f"there is no pyproject.toml in or above the package {package.name}, so students could not install it"
        )
    before = {*folder.glob("*.whl")}
    with tempfile.TemporaryDirectory() as room:
        copy = Path(room) / package.name  # a build leaves things behind
        shutil.copytree(package, copy, ignore=shutil.ignore_patterns("tests", "__pycache__", "*.egg-info", "build"))
        project = copy if projects[0] == package else copy.parent
        if project != copy:
            shutil.copyfile(projects[0] / "pyproject.toml", project / "pyproject.toml")
        build = [sys.executable, "-P", "-m", "pip", "wheel", "-q", "--no-deps", "--no-index", "--no-build-isolation"]
        epoch = str(calendar.timegm(FIRST + (0, 0, 0)))
        done = subprocess.run(
            [*build, "-w", str(folder), str(project)],
            env=os.environ | {"SOURCE_DATE_EPOCH": epoch},
            capture_output=True,
            text=True,
        )
    wheels = sorted({*folder.glob("*.whl")} - before)
    if done.returncode or not wheels:
        raise CourseError(f"pip could not build a wheel of {package.name}: {last_line(done.stderr)}")
    return wheels


def own_wheels(folder: Path) -> list[Path]:
    """Wheels of the grader and of the package that it shares with students, as they are here."""
    return [_wheel_of(Path(autograder.__path__[0]), folder), wheel_for_students(folder)]


def wheel_for_students(folder: Path) -> Path:
    """The wheel of the package that the grader shares with students."""
    return _wheel_of(Path(cs231n_utils.__path__[0]), folder)


def _wheel_of(package: Path, folder: Path) -> Path:
    if (package / "pyproject.toml").is_file():
        return build_wheel(package, folder)[0]
    return _pack_again(package.name, folder)


def _pack_again(name: str, folder: Path) -> Path:
    """The wheel that an installed package came from, made of its files.

    Raises
    ------
    CourseError
        If pip has not noted which those are.
    """
    distribution = importlib.metadata.distribution(name)
    files = [path for path in distribution.files or [] if ".." not in path.parts and path.suffix != ".pyc"]
    about = next((path.parts[0] for path in files if path.name == "METADATA"), "")
    if not about:
        raise CourseError(f"{name} was not installed by pip: its files are not known")
    wheel = folder / f"{about.removesuffix('.dist-info')}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        record = ""
        for path in sorted(files):
            if path.parts[0] == about and path.name in NOT_PACKED:
                continue
            archive.writestr(zipped(path.as_posix()), Path(str(path.locate())).read_bytes())
            record += f"{path.as_posix()},,\n"
        archive.writestr(zipped(f"{about}/RECORD"), f"{record}{about}/RECORD,,\n")
    return wheel


def zipped(name: str, mode: int = 0o644) -> zipfile.ZipInfo:
    """A zip's entry that is the same whenever it is made."""
    about = zipfile.ZipInfo(name, FIRST)
    about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, (0o100000 | mode) << 16
    return about


def brought(wheel: Path) -> Iterator[Requirement]:
    """What a wheel asks for."""
    with zipfile.ZipFile(wheel) as content:
        [about] = [name for name in content.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = email.message_from_bytes(content.read(about))
    for asked in metadata.get_all("Requires-Dist", []):
        yield Requirement(asked)


def pins(wheels: list[Path], also: Iterable[str] = ()) -> list[str]:
    """What wheels need on Linux, directly or not, in the versions that are installed here.

    A distribution that this machine does not need, and so does not have, is named without a version.

    Parameters
    ----------
    also : iterable of str
        Names of what else is needed.
    """
    own = {canonicalize_name(wheel.name.split("-")[0]) for wheel in wheels}
    todo = [*map(Requirement, also), *(one for wheel in wheels for one in brought(wheel) if _is_asked(one))]
    seen: set[tuple[str, str]] = set()
    found: dict[str, str] = {}
    while todo:
        one = todo.pop()
        name = canonicalize_name(one.name)
        for extra in ("", *sorted(one.extras)):
            if name in own or (name, extra) in seen:
                continue
            seen.add((name, extra))
            try:
                distribution = importlib.metadata.distribution(name)
            except importlib.metadata.PackageNotFoundError:
                found[name] = name
                continue
            found[name] = f"{name}=={distribution.version}"
            todo += [need for need in map(Requirement, distribution.requires or []) if _is_asked(need, extra)]
    return sorted(found.values())


def _is_asked(need: Requirement, extra: str = "") -> bool:
    return need.marker is None or need.marker.evaluate({**LINUX, "extra": extra})


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it says nothing"])[-1]
