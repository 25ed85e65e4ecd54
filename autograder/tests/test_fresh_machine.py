"""Both wheels on somebody else's machine, under the newest Python: an ordinary user, a folder with a difficult name, no
bubblewrap, no network, no UTF-8, a Python that finds its library through LD_LIBRARY_PATH only.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from conftest import REPOSITORY
from test_wheel import hand_in

USER = 61_003
FEW = ("reference", "factor-two", "broken-file")  # of the sample class; .ci/run grades all of it

# Root runs this in namespaces that end with it, so that the machine itself stays as it is. Python may be in root's
# home, where nobody else can read it, so it gets another place; the network has nobody on it; bubblewrap is hidden.
ENTER = """
set -e
mount --bind "$1" "$2"
shift 2
ip link set lo up
for bwrap in $(command -v bwrap); do mount --bind /dev/null "$bwrap"; done
exec setpriv --reuid "$USER" --regid "$USER" --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
"""


LOCALE = {"LC_ALL": "C"}  # where Python takes UTF-8 for itself; programs that it starts may not


def newest():
    """The newest Python of those that README.md names."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    [tested] = re.findall(r"^Tested with Python (.*) on Linux", readme, re.MULTILINE)
    return tested.split()[-1]


def place_of(version):
    """The folder of a Python, which is on the path or one of pyenv's."""
    name = f"python{version}"
    for path in [shutil.which(name), *Path.home().glob(f".pyenv/versions/{version}.*/bin/{name}")]:
        if path:
            asked = subprocess.run([path, "-c", "import sys; print(sys.base_prefix)"], capture_output=True, text=True)
            if asked.returncode == 0:
                return asked.stdout.strip()
    pytest.skip(f"there is no Python {version} here")


class Machine:
    """What somebody has who installs the wheels.

    Attributes
    ----------
    folder : Path
        Where they type commands.
    """

    def __init__(self, root, version, wheels):
        self.folder = root / "hôme dir" / "Kürs"
        self.folder.mkdir(parents=True)
        place, here, packages = place_of(version), root / "python", root / "packages"
        here.mkdir()
        root.chmod(0o755)
        self._enter = ["unshare", "--mount", "--net", "sh", "-c", ENTER, "enter", place, str(here)]
        self._environment = {
            "USER": str(USER),
            "HOME": str(self.folder.parent),
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "COLUMNS": "200",
            "LD_LIBRARY_PATH": str(here / "lib"),
            "OMP_NUM_THREADS": "1",
        }
        # What they need comes over the network, in the versions of our lock; it is installed without.
        lock = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")
        (root / "lock.txt").write_text("".join(line for line in lock.splitlines(True) if not line.startswith("-e")))
        pip = [f"{place}/bin/python{version}", "-m", "pip", "download", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "-d", packages, "-c", root / "lock.txt", *wheels], check=True, capture_output=True)
        self.own(self.folder.parent)
        python = here / "bin" / f"python{version}"
        self.type(python, "-m", "venv", "--without-pip", ".venv")
        pip = [python, "-m", "pip", "--python", ".venv/bin/python", "install", "-q", "--no-compile", "--no-index"]
        self.type(*pip, "--find-links", packages, "autograder", "cs231n_utils")
        self._environment |= LOCALE  # not before: venv and pip cannot bear it in such a folder

    def own(self, folder):
        """Give a folder to the user."""
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, USER, USER, follow_symlinks=False)

    def type(self, *words, folder=None, status=0):
        """Type a command; gives what it printed."""
        done = subprocess.run(
            [*self._enter, *map(str, words)],
            cwd=folder or self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert done.returncode == status and "Traceback" not in done.stdout + done.stderr, done
        return done.stdout + done.stderr

    def python(self, *words, folder=None):
        return self.type(self.folder / ".venv" / "bin" / "python", *words, folder=folder)

    def autograder(self, *words, folder=None, status=0):
        return self.type(self.folder / ".venv" / "bin" / "autograder", *words, folder=folder, status=status)


@pytest.fixture(scope="module")
def machine(wheels):
    if os.geteuid() != 0:
        pytest.skip("only root can be another user")
    if subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True).returncode:
        pytest.skip("no namespaces of mounts and networks can be had here")
    with tempfile.TemporaryDirectory(prefix="machine-") as root:
        yield Machine(Path(root), newest(), wheels)


@pytest.mark.exhaustive
def test_it_is_such_a_machine(machine):
    look = (
        "import autograder, os, shutil, socket\n"
        "print(os.getuid(), shutil.which('bwrap'), autograder.__file__.startswith(os.environ['HOME']))\n"
        "try: socket.create_connection(('192.0.2.1', 80), 5)\n"
        "except OSError as error: print(error.strerror)"
    )
    assert machine.python("-c", look).splitlines() == [f"{USER} None True", "Network is unreachable"]
    assert machine.autograder("--version").startswith("autograder ")


@pytest.mark.exhaustive
def test_the_doctor_says_what_it_lacks(machine):
    said = machine.autograder("doctor", status=1)
    assert "Level strict is not available here: bubblewrap is not installed" in said and said.count("holds") == 7


@pytest.mark.exhaustive
def test_a_new_course_is_released_proved_graded_answered_and_exported(machine):
    machine.autograder("new", "neu")
    course = machine.folder / "neu"
    assert "released assignment/first_steps/temperature.ipynb" in machine.autograder("release", folder=course)
    machine.autograder("check", folder=course)
    # Ada's work comes as the zip that she makes of it, Bob's as it is.
    hand_in(course, "first_steps", "temperature", "ada", "celsius = (fahrenheit - 32) / 1.8")
    hand_in(course, "first_steps", "temperature", "bob", "celsius = fahrenheit - 32 * 5 / 9")
    (course / "submitted" / "ada").rename(course / "ada")
    machine.own(course)
    said = machine.python("-m", "cs231n_utils.submit", folder=course / "ada" / "first_steps")
    assert "1 of 1 visible checks pass" in said
    said = machine.autograder("collect", "first_steps", "--student", "ada", "ada", folder=course)
    assert said.startswith("collected  ada from first_steps")

    said = machine.autograder("grade", "first_steps", folder=course, status=2)
    assert said.count("\n") == 1 and "bubblewrap is not installed" in said and "--isolation process" in said
    said = machine.autograder("grade", "first_steps", "--isolation", "process", "--json", "r.json", folder=course)
    assert "multiplies before subtracting" in said
    results = json.loads((course / "r.json").read_text(encoding="utf-8"))["submissions"]
    assert {one["student"]: (one["score"], one["status"]) for one in results} == {
        "ada": (2.0, "graded"),
        "bob": (0.0, "graded"),
    }
    assert "2 feedback pages in feedback/" in machine.autograder("feedback", "first_steps", folder=course)
    pages = [(course / "feedback" / one / "first_steps" / "temperature.html") for one in ("ada", "bob")]
    assert ["Subtract 32 first" in page.read_text(encoding="utf-8") for page in pages] == [False, True]
    rows = csv.DictReader(machine.autograder("export", folder=course).splitlines())
    assert {row["student_id"]: row["score"] for row in rows} == {"ada": "2.0", "bob": "0.0"}


@pytest.mark.exhaustive
def test_the_demo_runs_with_the_solutions_beside_it(machine):
    shutil.copytree(REPOSITORY / "solutions", machine.folder / "solutions")
    with (machine.folder / "solutions" / "two_layer_net" / "samples.py").open("a", encoding="utf-8") as file:
        file.write(f"\n\nSAMPLES = [sample for sample in SAMPLES if sample.student in {FEW}]\n")
    machine.own(machine.folder / "solutions")
    said = machine.autograder("demo")
    assert "Isolation level process" in said and "penalty gradient without 2" in said
    demo = machine.folder / "demo"
    page = demo / "feedback" / "factor-two" / "two_layer_net" / "two_layer_net.html"
    assert "Differentiate your own penalty" in page.read_text(encoding="utf-8")
    rows = csv.DictReader(machine.autograder("export", folder=demo).splitlines())
    assert {row["student_id"]: float(row["score"]) for row in rows} == {
        "reference": 39.0,
        "factor-two": 37.0,
        "broken-file": 17.0,
    }
