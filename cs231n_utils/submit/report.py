"""The report on a hand-in, in a terminal: what was found, what nobody has looked at yet, and where the zip is."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import textwrap
import time
from pathlib import Path

from cs231n_utils.submit.files import ago, look_at_file, look_at_net, size
from cs231n_utils.submit.hand_in import HandIn, read_hand_in
from cs231n_utils.submit.looking import NotebookReport, Remark, look_at
from cs231n_utils.submit.packing import pack
from cs231n_utils.submit.rehearsal import CannotRun

_COLOURS = {"✓": "32", "✗": "31", "○": "33", "!": "33", "bold": "1", "dim": "2"}


def submit(
    folder: Path, *, whole: bool = False, check_only: bool = False, incomplete: bool = False, github: bool = False
) -> bool:
    """Look at a hand-in, print what is found, make the zip; return whether all that is visible is right.

    Parameters
    ----------
    folder : Path
        With the notebooks.
    whole : bool
        Run long cells, too. The saved networks are not touched.
    check_only : bool
        Make no zip.
    incomplete : bool
        Make the zip from the files that are there, even if one is missing.
    github : bool
        Say how many points the visible checks would give, in a form that GitHub Actions shows.

    Raises
    ------
    CannotSubmit
        If this is not the folder of an assignment.
    """
    hand_in = read_hand_in(folder)
    now = time.time()
    nets = [name for name in hand_in.declared if not name.endswith(".ipynb")]
    reports: list[NotebookReport] = []
    right = True
    print(_paint(f"{hand_in.assignment}: your notebooks, run from top to bottom in a fresh kernel", "bold"))
    for name in hand_in.declared:
        if name in nets:
            continue
        print()
        if name in hand_in.problems:
            _print(Remark("✗", f"{name} {hand_in.problems[name]}"))
            right = False
            continue
        if name not in hand_in.notebooks:
            lost = f"{name} has lost the course's notes, so it can't be looked at here"
            _print(Remark("!", f"{lost}: it is handed in as it is, and graded by its name and what its cells define"))
            right = False
            continue
        path = folder / name
        about = f" · {ago(now, path)} · {size(len(hand_in.contents[name]))}"
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as room:
            for net in nets:
                if net in hand_in.contents:
                    (Path(room) / net).write_bytes(hand_in.contents[net])
            try:
                report = look_at(hand_in.notebooks[name], Path(room), folder, whole=whole, title=name)
            except CannotRun as error:
                report = NotebookReport([Remark("✗", f"could not be run: {error}")])
        print(_paint(name, "bold") + _paint(about, "dim"))
        remarks = look_at_file(path, now) + report.remarks
        for remark in remarks:
            _print(remark)
        if report.checks:
            written = f", {report.written} of {report.to_write} written answers are there" if report.to_write else ""
            print("  " + _paint(f"{report.passed} of {report.checks} visible checks pass{written}", "bold"))
        right &= all(remark.sign in "✓·" for remark in remarks)
        reports.append(report)
    if nets:
        print("\n" + _paint("saved networks", "bold"))
    for name in nets:
        remark = look_at_net(folder / name, hand_in.notebooks)
        _print(remark)
        right &= remark.sign == "✓"
    print()
    unseen = [name for name in hand_in.declared if name.endswith(".ipynb") and name not in hand_in.notebooks]
    _print_limits(reports, bool(nets), unseen)
    if github:
        _notify(hand_in, reports, unseen)
    return _finish(hand_in, check_only, incomplete) and right


def _print_limits(reports: list[NotebookReport], nets: bool, unseen: list[str]) -> None:
    """Print how much passes, and what nobody has looked at yet."""
    passed, checks = sum(report.passed for report in reports), sum(report.checks for report in reports)
    written, long = sum(report.written for report in reports), sum(report.long for report in reports)
    noted = sum(report.noted for report in reports)
    limits = ["your code on other inputs: hidden checks run when you hand in"]
    if noted:
        limits.append(f"whether your choice in {noted} question{'s' * (noted > 1)} is right, which you learn later")
    if nets:
        limits.append("how well the saved networks do on pictures that you have not seen")
    if written:
        limits.append(f"your {written} written answer{'s' * (written > 1)}, which a person reads")
    if long:
        limits.append(
            f"cells that load, train, tune or draw ({long} in all): they are not run again, neither here "
            "nor in grading (--all runs them here)"
        )
    print(
        _paint(
            f"{passed} of {checks} visible checks pass{_without(unseen)}.",
            "✓" if passed == checks and not unseen else "✗",
        )
        + " Not looked at here:"
    )
    for limit in limits:
        print(_filled(limit, "  - ", "    "))


def _without(unseen: list[str]) -> str:
    """Which notebooks are not in a sum."""
    return f", without those of {' and '.join(unseen)}" if unseen else ""


def _notify(hand_in: HandIn, reports: list[NotebookReport], unseen: list[str]) -> None:
    """Print notices as GitHub's own reporter of points does, and write the run's summary."""
    points, most = sum(report.points for report in reports), sum(report.most for report in reports)
    print(f"::notice title=Autograding complete::Points {points:g}/{most:g}")
    print("::notice title=Autograding report::" + json.dumps({"totalPoints": points, "maxPoints": most}))
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(summary, "a", encoding="utf-8") as file:
            file.write(
                f"### {hand_in.assignment}: {points:g} of {most:g} points by the visible checks"
                f"{_without(unseen)}\n\n"
                "The grade is found out later, with other inputs; a person reads written answers.\n"
            )


def _finish(hand_in: HandIn, check_only: bool, incomplete: bool) -> bool:
    """Make the zip if it is wanted and possible, and say so; return whether all files can be handed in."""
    target = hand_in.folder / f"{hand_in.assignment}.zip"
    lacking = [name for name in hand_in.declared if name not in hand_in.contents or name in hand_in.problems]
    print()
    if check_only:
        print("No zip was made: --check-only.")
    elif lacking and not (incomplete and hand_in.contents):
        problems = "; ".join(f"{name} {hand_in.problems[name]}" for name in lacking)
        print(_paint("No zip was made: ", "✗") + f"{problems}.")
        print("To hand in only the files that are there, add --incomplete.")
    else:
        pack(hand_in, target)
        print(
            _paint(f"{target.name} is ready", "✓")
            + f": {len(hand_in.contents)} file{'s' * (len(hand_in.contents) != 1)}, {size(target.stat().st_size)}. "
            "Hand in this one file."
        )
        print(_paint(str(target.resolve()), "dim"))
    return not lacking


def _print(remark: Remark) -> None:
    print(
        _filled(f"{remark.sign} {remark.text}", "  ", "    ").replace(remark.sign, _paint(remark.sign, remark.sign), 1)
    )
    for line in remark.details:
        indent = " " * (6 + len(line) - len(line.lstrip()))
        print(_filled(line.strip(), indent, indent + "  "))


def _filled(text: str, first: str, rest: str) -> str:
    """The text in lines that fit the terminal."""
    width = min(110, shutil.get_terminal_size((100, 24)).columns - 1)
    return textwrap.fill(
        text,
        max(width, 50),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _paint(text: str, style: str) -> str:
    """The text in colour, if it goes to a terminal that understands colours."""
    plain = (
        os.environ.get("NO_COLOR")
        or not sys.stdout.isatty()
        or (os.name == "nt" and not os.environ.keys() & {"WT_SESSION", "TERM_PROGRAM"})
    )
    return text if plain or style not in _COLOURS else f"\033[{_COLOURS[style]}m{text}\033[0m"
