"""Look at your work as the grader will, and make the zip to hand in.

Type `python -m cs231n_utils.submit` in the folder with your notebooks, or name that folder. Each notebook runs
from top to bottom in a fresh kernel, your files stay as they are, and nothing is sent anywhere.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
import sys
import tempfile
import textwrap
import time
import zipfile
from collections.abc import Container
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cs231n_utils.files import written_whole
from cs231n_utils.params import load_info, load_params
from cs231n_utils.progress import progress
from cs231n_utils.signatures import UNMADE
from cs231n_utils.untouched import digest, names_made, untouched

try:
    from nbformat import NotebookNode

    from cs231n_utils.reading import MAX_SOURCE, NOTES, Damaged, check_size, read_cells
    from cs231n_utils.rehearsal import CannotRun, Rehearsal, is_long, rehearse
except ModuleNotFoundError as error:
    raise SystemExit(f"submit: the package {error.name} is missing, which comes with JupyterLab: "
                     "pip install jupyterlab") from None

MANIFEST = "manifest.json"


class CannotSubmit(Exception):
    """There is nothing to look at; the message says what to do."""


# What is found out

@dataclass
class Finding:
    """One line of the report, with what helps below it.

    Attributes
    ----------
    sign : str
        ✓ is right, ✗ is wrong, ○ is missing, ! is worth a look, and · costs nothing.
    """

    sign: str
    text: str
    details: list[str] = field(default_factory=list)


@dataclass
class Look:
    """What a look at one notebook found."""

    findings: list[Finding]
    passed: int = 0
    checks: int = 0
    written: int = 0
    to_write: int = 0
    long: int = 0


@dataclass
class HandIn:
    """The files of a hand-in, read once, so that what is looked at is what is packed.

    Attributes
    ----------
    folder : Path
    assignment : str
    declared : list of str
        Names of all files that belong to it.
    contents : dict of str to bytes
        Those that can be read.
    notebooks : dict of str to NotebookNode
        The notebooks among them that are notebooks, by file name.
    problems : dict of str to str
        What is wrong with each of the others.
    """

    folder: Path
    assignment: str
    declared: list[str]
    contents: dict[str, bytes] = field(default_factory=dict)
    notebooks: dict[str, NotebookNode] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def read_hand_in(folder: Path) -> HandIn:
    """Read the files of the assignment in a folder.

    Raises
    ------
    CannotSubmit
        If no notebook there was handed out by a course.
    """
    if not folder.is_dir():
        raise CannotSubmit(f"there is no folder {folder}")
    contents, notebooks, problems, strays = {}, {}, {}, {}
    for path in sorted(folder.glob("*.ipynb")):
        try:
            check_size(path.stat().st_size)
            contents[path.name] = path.read_bytes()
            notebooks[path.name] = read_cells(contents[path.name])
        except OSError as error:
            problems[path.name] = f"cannot be read: {error.strerror or error}"
        except Damaged as error:
            problems[path.name] = (f"{error}. In Jupyter, look for an earlier version with File → Revert Notebook "
                                   "to Checkpoint")
        except ValueError as error:
            problems[path.name] = str(error)
    notes = {name: found for name, notebook in notebooks.items() if (found := notes_of(notebook))}
    if not notes:
        raise CannotSubmit(_nothing_here(folder, problems))
    names = [found["assignment"] for found in notes.values()]
    assignment = max(names, key=names.count)
    declared = next(found["hand_in"] for found in notes.values() if found["assignment"] == assignment)
    for name, found in notes.items():
        if name not in declared and found["assignment"] == assignment:
            strays.setdefault(f"{found['notebook']}.ipynb", name)
    hand_in = HandIn(folder, assignment, declared)
    for name in declared:
        if name in notebooks and name not in notes:
            problems[name] = ("does not look like the notebook that was handed out: it has lost the course's notes. "
                              "Copy your answers into a fresh one")
        if not name.endswith(".ipynb"):
            try:
                contents[name] = (folder / name).read_bytes()
            except FileNotFoundError:
                pass
            except OSError as error:
                problems[name] = f"cannot be read: {error.strerror or error}"
        if name in contents:
            hand_in.contents[name] = contents[name]
        elif name not in problems:
            problems[name] = "is missing" + (f"; {strays[name]} seems to be it: give it this name" if name in strays
                                             else "")
        if name in problems:
            hand_in.problems[name] = problems[name]
        elif name in notebooks:
            hand_in.notebooks[name] = notebooks[name]
    return hand_in


def notes_of(notebook: NotebookNode) -> dict | None:
    """What the course wrote into a notebook's metadata; None if there is nothing sound."""
    notes = notebook.metadata.get(NOTES)
    sound = isinstance(notes, dict) and isinstance(notes.get("hand_in"), list) and all(
        isinstance(notes.get(key), kind)
        for key, kind in (("assignment", str), ("notebook", str), ("checks", dict), ("answers", dict)))
    if not sound or not all(
            isinstance(answer, dict) and isinstance(answer.get("digest"), str) and isinstance(answer.get("defines"), list)
            and all(isinstance(name, str) for name in answer["defines"]) for answer in notes["answers"].values()):
        return None
    names = [*notes["hand_in"], notes["assignment"]]
    return notes if all(isinstance(name, str) and re.fullmatch(r"\w[\w.-]*", name) for name in names) else None


def _nothing_here(folder: Path, problems: dict[str, str]) -> str:
    if problems:
        name, problem = next(iter(problems.items()))
        return f"{name} {problem}"
    for path in sorted(folder.glob("*/*.ipynb")):
        try:
            check_size(path.stat().st_size)
            if notes_of(read_cells(path.read_bytes())):
                return f"the notebooks are one folder further down: cd {path.parent}"
        except (OSError, ValueError):
            continue
    return (f"no notebook of an assignment is in {folder.resolve()}: go to the folder with your notebooks, "
            "and try again")


# A notebook

def look_at(notebook: NotebookNode, folder: Path, own_folder: Path, *, whole: bool = False, title: str = "") -> Look:
    """Run a notebook in `folder` and find out what a grader would see.

    Parameters
    ----------
    folder : Path
        Holds a copy of the saved networks, and nothing else.
    own_folder : Path
        The student's, to tell what else the notebook would need from there.
    whole : bool
        Run long cells, too.
    title : str
        Stands before the progress bar.
    """
    notes = notes_of(notebook)
    cells = notebook.cells
    left = _left(cells, notes)
    ids = _graded_cells(cells, left)
    with progress(range(len(cells)), desc=title, leave=False, disable=not sys.stdout.isatty(),
                  bar_format="{desc}  {bar:30}  cell {n_fmt} of {total_fmt}") as bar:
        def show(number: int) -> None:
            bar.n = number + 1
            bar.refresh()
        ran = rehearse(cells, folder, whole=whole, untouched=left, progress=show)

    look = Look([], checks=len(notes["checks"]), long=len(ran.long))
    todo_empty = False  # whether the last answer cell above is as it was handed out
    for number, cell in enumerate(cells):
        grade_id = ids.get(number)
        if grade_id and (kind := _kind(cell)) != cell.cell_type:
            look.findings.append(Finding("✗", f"{_plain(grade_id)}: the cell was turned from {kind} into "
                                         f"{cell.cell_type}; in Jupyter, select it and press "
                                         f"{'Y' if kind == 'code' else 'M'}"))
            todo_empty = False
            continue
        if cell.cell_type == "code" and len(cell.source) > MAX_SOURCE:
            look.findings.append(Finding("✗", f"{_called(cell, grade_id)} has {len(cell.source):,} characters; the grader "
                                         f"runs no cell with more than {MAX_SOURCE:,}"))
        if grade_id in notes["answers"]:
            todo_empty = number in left and number not in ran.elsewhere
            read = _is_read(cell)
            look.to_write += read
            look.written += read and not todo_empty
            if todo_empty:
                what = "no answer" if read else "not written"
                look.findings.append(Finding("○", f"{_plain(grade_id)}: {what} yet"))
        if grade_id in notes["checks"]:
            finding = _check(number, grade_id, notes, ran, todo_empty, own_folder)
            look.passed += finding.sign == "✓"
            if not (todo_empty and finding.sign == "○"):
                look.findings.append(finding)
        elif number in ran.stopped and cell.cell_type == "code":
            look.findings.append(Finding("✗", f"{_called(cell, grade_id)}: {ran.stopped[number]}"))
        elif cell.cell_type == "code" and (error := _error(cell)):
            sign, why = _why(error, number, ran, own_folder)
            look.findings.append(Finding(sign, f"{_called(cell, grade_id)} stops with {_short(error)}", why))
    _say_once(look.findings)
    gone = [grade_id for grade_id in (*notes["checks"], *notes["answers"]) if grade_id not in ids.values()]
    look.findings += [Finding("!", f"{_plain(grade_id)}: " + (
        "this check cell is gone. The grader has its own: no points are lost" if grade_id in notes["checks"] else
        "the cell for this answer is gone. Take it from a fresh copy of the notebook")) for grade_id in gone]
    return look


def _say_once(findings: list[Finding]) -> None:
    """Leave out reasons that stand further up: one mistake may stop many cells."""
    said: set[str] = set()
    for finding in findings:
        finding.details = [line for line in finding.details if not line.startswith("→") or line not in said]
        said.update(finding.details)


def _left(cells: list[NotebookNode], notes: dict) -> dict[int, list[str]]:
    """Cells that are empty or as they were handed out, and what they define: those for answers, and copies of them."""
    functions = {answer["digest"]: answer["defines"] for answer in notes["answers"].values() if answer["defines"]}
    left = {}
    for number, cell in enumerate(cells):
        answer = notes["answers"].get(_grade_id(cell))
        if answer and untouched(cell.source, _kind(cell), answer["digest"]):
            left[number] = answer["defines"]
        elif cell.cell_type == "code" and "def " in cell.source and digest(cell.source) in functions:
            left[number] = functions[digest(cell.source)]
    return left


def _graded_cells(cells: list[NotebookNode], left: Container[int]) -> dict[int, str]:
    """Grade ids by the cells' places; of two with the same id the first one counts, as in grading.

    Of two cells for a written answer it is the first that was written.
    """
    first: dict[str, int] = {}
    for number, cell in enumerate(cells):
        if grade_id := _grade_id(cell):
            before = first.setdefault(grade_id, number)
            if before in left and number not in left and _is_read(cells[before]):
                first[grade_id] = number
    return {number: grade_id for grade_id, number in first.items()}


def _is_read(cell: NotebookNode) -> bool:
    """Whether a person reads and grades a cell."""
    return bool(cell.metadata.nbgrader.get("grade"))


def _grade_id(cell: NotebookNode) -> str:
    about = cell.metadata.get("nbgrader", {})
    return str(about.get("grade_id", ""))


def _kind(cell: NotebookNode) -> str:
    """The type that a cell of ours was handed out with."""
    return str(cell.metadata.nbgrader.get("cell_type", cell.cell_type))


def _check(number: int, grade_id: str, notes: dict, ran: Rehearsal, todo_empty: bool, own_folder: Path) -> Finding:
    """What a check cell shows, in one finding."""
    cell, name = ran.cells[number], _plain(grade_id)
    if digest(cell.source) != notes["checks"][grade_id]:
        return Finding("!", f"{name}: you have changed this check cell. That breaks nothing: the grader uses the "
                       "original one. But what it shows here is not what counts")
    if number in ran.stopped:
        return Finding("✗", f"{name}: {ran.stopped[number]}")
    if error := _error(cell):
        return Finding("✗", f"{name} stops with {_short(error)}", _why(error, number, ran, own_folder)[1])
    verdicts = _verdicts(cell)
    wrong = [lines for lines in verdicts if lines[0].startswith("✗")]
    if not verdicts:
        return Finding("✗", f"{name}: it shows nothing")
    if not wrong:
        return Finding("✓", name)
    if all("not written yet" in " ".join(lines) for lines in wrong) and todo_empty:
        return Finding("○", f"{name}: not written yet")
    if file := next((file for file in notes["hand_in"] if f"there is no file {file}:" in wrong[0][-2:][0]), None):
        return Finding("○", f"{name}: waits for {file}")
    details, reasons = [line for lines in wrong for line in lines], []
    for line in details:
        if "Error" in line:
            reasons += [why for why in _why(line, number, ran, own_folder)[1] if why not in reasons]
    if reasons:  # they say more than the check could know
        details = [line for line in details if UNMADE not in line]
    return Finding("✗", name, details + reasons)


def _verdicts(cell: NotebookNode) -> list[list[str]]:
    """The lines of each visible check: the one with its sign, and those that explain it."""
    verdicts: list[list[str]] = []
    for output in cell.outputs:
        text = output.text if output.output_type == "stream" else output.get("data", {}).get("text/plain", "")
        for line in str(text).splitlines():
            if line.startswith(("✓ ", "✗ ")):
                verdicts.append([line])
            elif verdicts and line.startswith("    ") and line.strip():
                verdicts[-1].append(line)
    return verdicts


def _error(cell: NotebookNode) -> str | None:
    for output in cell.get("outputs", []):
        if output.output_type == "error":
            return f"{output.ename}: {output.evalue}".removesuffix(": ")
    return None


def _why(error: str, number: int, ran: Rehearsal, own_folder: Path) -> tuple[str, list[str]]:
    """What a fresh start has to do with an error, if anything: a sign, and a sentence."""
    if name := _match(r"name '(\w+)' is not defined", error):
        makers = [other for other, cell in enumerate(ran.cells)
                  if cell.cell_type == "code" and name in names_made(cell.source)]
        if not makers:
            return "✗", [f"→ no cell makes {name}: was its cell changed or deleted after it had been run?"]
        if long := [other for other in makers if other in ran.long]:
            return "·", [(f"→ {name} comes from {_called(ran.cells[long[0]])}, a long cell, which is not run again: "
                          "this costs nothing")]
        if min(makers) > number:
            return "✗", [(f"→ {name} is made further down, by {_called(ran.cells[makers[0]])}: a notebook has to work "
                          "from top to bottom, so move one of the two")]
    if (name := _match(r"No module named '(\w+)", error)) and (own_folder / f"{name}.py").is_file():
        return "✗", [f"→ {name}.py is not part of the hand-in: put what you need of it into the notebook"]
    if (name := _match(r"No such file or directory: '([^']+)'", error)) and (own_folder / name).exists():
        return "✗", [f"→ {name} is not part of the hand-in: the notebook has to work without it"]
    return "✗", []


def _match(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text)
    return found[1] if found else None


def _plain(grade_id: str) -> str:
    return grade_id.removesuffix("_code")


def _called(cell: NotebookNode, grade_id: str | None = None) -> str:
    """A name for a cell that a reader of the notebook finds."""
    if grade_id:
        return f"your cell {_plain(grade_id)}"
    first = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
    return f"the cell “{textwrap.shorten(first, 50, placeholder=' …')}”"


def _short(error: str) -> str:
    return textwrap.shorten(error, 150, placeholder=" …")


# The other files

def look_at_net(path: Path, notebooks: dict[str, NotebookNode]) -> Finding:
    """Whether a saved network is there and holds numbers."""
    saver = next((name for name, notebook in notebooks.items() for cell in notebook.cells
                  if is_long(cell) and path.name in cell.source), None)
    if not path.is_file():
        where = f": run the cell in {saver} that saves it" if saver else ""
        return Finding("○", f"{path.name}: not there yet{where}")
    try:
        finite = all(np.isfinite(value).all() for value in load_params(path).values())
    except Exception:  # zipfile, zlib and NumPy each fail in ways of their own on a damaged file
        return Finding("✗", f"{path.name}: is damaged, or was not written by save_params")
    about = f"{_size(path.stat().st_size)}, trained on {_data(_source_of(path))}"
    if not finite:
        return Finding("!", f"{path.name}: {about}. It contains NaN or infinity: the training diverged")
    return Finding("✓", f"{path.name}: {about}")


def _data(source: str | None) -> str:
    return {"CIFAR-10": "CIFAR-10", "stand-in": "the stand-in"}.get(source, "data that it doesn't name")


def look_at_file(path: Path, now: float) -> list[Finding]:
    """Whether a notebook's file is older than its checkpoint."""
    findings = []
    saved = path.stat().st_mtime
    checkpoint = path.parent / ".ipynb_checkpoints" / f"{path.stem}-checkpoint.ipynb"
    if checkpoint.is_file() and checkpoint.stat().st_mtime > saved + 5 and checkpoint.read_bytes() != path.read_bytes():
        findings.append(Finding("!", f"Jupyter has a checkpoint of it that is newer ({_ago(now, checkpoint)}, the file "
                                f"{_ago(now, path)}). Is this the version that you mean?"))
    return findings


def _ago(now: float, path: Path) -> str:
    minutes = max(0, int(now - path.stat().st_mtime) // 60)
    for count, unit in ((minutes // 1440, "day"), (minutes // 60, "hour"), (minutes, "minute")):
        if count:
            return f"saved {count} {unit}{'s' * (count > 1)} ago"
    return "saved just now"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{max(1, round(count / 1e3))} kB"


# The zip

def pack(hand_in: HandIn, target: Path) -> None:
    """Write the zip: the declared files that are there, and a manifest. The same files give the same bytes."""
    files = []
    for name in sorted(hand_in.contents):
        content = hand_in.contents[name]
        files.append({"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
        if not name.endswith(".ipynb"):
            files[-1]["data"] = _source_of(hand_in.folder / name)
    manifest = {"schema": 1, "assignment": hand_in.assignment, "files": files, "versions": _versions()}
    entries = {MANIFEST: (json.dumps(manifest, indent=1) + "\n").encode()}
    entries |= {file["name"]: hand_in.contents[file["name"]] for file in files}
    with written_whole(target) as file, zipfile.ZipFile(file, "w") as archive:  # stored: compressors differ
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, content)


def _source_of(path: Path) -> str | None:
    """The data that a network was trained on, as far as its file says."""
    try:
        source = load_info(path).get("data")
    except Exception:  # as above
        return None
    return source if isinstance(source, str) else None


def _versions() -> dict[str, str]:
    try:
        own = importlib.metadata.version("cs231n_utils")
    except importlib.metadata.PackageNotFoundError:
        own = "unknown"
    return {"python": platform.python_version(), "numpy": np.__version__, "cs231n_utils": own}


# The report

_COLOURS = {"✓": "32", "✗": "31", "○": "33", "!": "33", "bold": "1", "dim": "2"}


def _paint(text: str, style: str) -> str:
    """The text in colour, if a terminal shows it that understands colours."""
    plain = os.environ.get("NO_COLOR") or not sys.stdout.isatty() or (
        os.name == "nt" and not os.environ.keys() & {"WT_SESSION", "TERM_PROGRAM"})
    return text if plain or style not in _COLOURS else f"\033[{_COLOURS[style]}m{text}\033[0m"


def _print(finding: Finding) -> None:
    print(_filled(f"{finding.sign} {finding.text}", "  ", "    ").replace(
        finding.sign, _paint(finding.sign, finding.sign), 1))
    for line in finding.details:
        indent = " " * (6 + len(line) - len(line.lstrip()))
        print(_filled(line.strip(), indent, indent + "  "))


def _filled(text: str, first: str, rest: str) -> str:
    """The text in lines that the terminal holds."""
    width = min(110, shutil.get_terminal_size((100, 24)).columns - 1)
    return textwrap.fill(text, max(width, 50), initial_indent=first, subsequent_indent=rest,
                         break_long_words=False, break_on_hyphens=False)


def submit(folder: Path, *, whole: bool = False, check_only: bool = False, incomplete: bool = False) -> bool:
    """Look at a hand-in, print what is found, make the zip; return whether all that is visible is right.

    Parameters
    ----------
    folder : Path
        With the notebooks.
    whole : bool
        Run long cells, too. Your saved networks are not touched by it.
    check_only : bool
        Make no zip.
    incomplete : bool
        Make the zip also if a file is missing, of those that are there.

    Raises
    ------
    CannotSubmit
        If this is not the folder of an assignment.
    """
    hand_in = read_hand_in(folder)
    now = time.time()
    nets = [name for name in hand_in.declared if not name.endswith(".ipynb")]
    looks: list[Look] = []
    right = True
    print(_paint(f"{hand_in.assignment}: your notebooks, run from top to bottom in a fresh kernel", "bold"))
    for name in hand_in.declared:
        if name in nets:
            continue
        print()
        if name in hand_in.problems:
            _print(Finding("✗", f"{name} {hand_in.problems[name]}"))
            right = False
            continue
        path = folder / name
        about = f" · {_ago(now, path)} · {_size(len(hand_in.contents[name]))}"
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as room:
            for net in nets:
                if net in hand_in.contents:
                    (Path(room) / net).write_bytes(hand_in.contents[net])
            try:
                look = look_at(hand_in.notebooks[name], Path(room), folder, whole=whole, title=name)
            except CannotRun as error:
                look = Look([Finding("✗", f"could not be run: {error}")])
        print(_paint(name, "bold") + _paint(about, "dim"))
        findings = look_at_file(path, now) + look.findings
        for finding in findings:
            _print(finding)
        if look.checks:
            written = f", {look.written} of {look.to_write} written answers are there" if look.to_write else ""
            print("  " + _paint(f"{look.passed} of {look.checks} visible checks pass{written}", "bold"))
        right &= all(finding.sign in "✓·" for finding in findings)
        looks.append(look)
    if nets:
        print("\n" + _paint("saved networks", "bold"))
    for name in nets:
        finding = look_at_net(folder / name, hand_in.notebooks)
        _print(finding)
        right &= finding.sign == "✓"
    print()
    _print_limits(looks, bool(nets))
    return _finish(hand_in, check_only, incomplete) and right


def _print_limits(looks: list[Look], nets: bool) -> None:
    """Print how much passes, and what nobody has looked at yet."""
    passed, checks = sum(look.passed for look in looks), sum(look.checks for look in looks)
    written, long = sum(look.written for look in looks), sum(look.long for look in looks)
    limits = ["your code on other inputs: hidden checks run when you hand in"]
    if nets:
        limits.append("how well the saved networks do on pictures that you have not seen")
    if written:
        limits.append(f"your {written} written answer{'s' * (written > 1)}, which a person reads")
    if long:
        limits.append(f"cells that load, train, tune or draw ({long} in all): they are not run again, neither here "
                      "nor in grading (--all runs them here)")
    print(_paint(f"{passed} of {checks} visible checks pass.", "✓" if passed == checks else "✗")
          + " Not looked at here:")
    for limit in limits:
        print(_filled(limit, "  - ", "    "))


def _finish(hand_in: HandIn, check_only: bool, incomplete: bool) -> bool:
    """Make the zip if it is wanted and possible, and say so; return whether nothing is in its way."""
    target = hand_in.folder / f"{hand_in.assignment}.zip"
    lacking = [name for name in hand_in.declared if name not in hand_in.contents or name in hand_in.problems]
    print()
    if check_only:
        print("No zip was made: --check-only.")
    elif lacking and not (incomplete and hand_in.contents):
        problems = "; ".join(f"{name} {hand_in.problems[name]}" for name in lacking)
        print(_paint("No zip was made: ", "✗") + f"{problems}.")
        print("To hand in what there is all the same, add --incomplete.")
    else:
        pack(hand_in, target)
        print(_paint(f"{target.name} is ready", "✓")
              + f": {len(hand_in.contents)} files, {_size(target.stat().st_size)}. Hand in this one file.")
        print(_paint(str(target.resolve()), "dim"))
    return not lacking


def main(arguments: list[str] | None = None) -> int:
    """Run the command; a problem that a person can solve is one sentence, not a traceback."""
    parser = argparse.ArgumentParser(
        prog="python -m cs231n_utils.submit", description="Look at your work as the grader will, and make the zip to "
        "hand in. Save your notebooks first. Nothing in them is changed, and nothing is sent.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(),
                        help="the folder with your notebooks; this one if left out")
    parser.add_argument("--all", action="store_true",
                        help="run long cells, too (training, tuning); your saved networks stay as they are")
    parser.add_argument("--check-only", action="store_true", help="make no zip")
    parser.add_argument("--incomplete", action="store_true", help="make the zip even if a file is missing")
    chosen = parser.parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # an old terminal may not know ✓
    try:
        right = submit(chosen.folder, whole=chosen.all, check_only=chosen.check_only, incomplete=chosen.incomplete)
        return 0 if right else 1
    except CannotSubmit as error:
        print(f"submit: {error}")
        return 2
    except KeyboardInterrupt:
        print("\nsubmit: stopped; no zip was made")
        return 130
    except OSError as error:
        print(f"submit: {error.strerror or error}" + (f" ({error.filename})" if error.filename else ""))
        return 2


if __name__ == "__main__":
    sys.exit(main())
