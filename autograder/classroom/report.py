"""A class as a table in a terminal, and what a teacher should look at."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten

from rich.table import Table
from rich.text import Text

from autograder.authoring.handed_out import EARLIER, UNKNOWN
from autograder.grading.results import SubmissionResult
from autograder.grading.wording import TEST_SET, UNWRITTEN, points
from autograder.terminal import Console

NARROW = 64  # columns; in fewer there is no room for a table


def print_class(console: Console, results: list[SubmissionResult]) -> None:
    """A table of the class, a row for each hand-in; just lines where the terminal is too narrow for one."""
    if console.width < NARROW:
        for result in sorted(results, key=lambda result: result.student):
            score = f"{points(result.score)} / {points(result.max_score)}"
            left = f", {points(by_hand(result))} by hand" if by_hand(result) else ""
            console.print(
                Text.assemble((result.student, "bold"), f" {score}{left}: ", (_summary(result), _style(result)))
            )
        return
    table = Table(title=None, header_style="bold", pad_edge=False)
    table.add_column("student")
    table.add_column("score", justify="right")
    table.add_column("by hand", justify="right")
    table.add_column("seconds", justify="right")
    table.add_column("what was found", overflow="fold", ratio=1)
    for result in sorted(results, key=lambda result: result.student):
        style = _style(result)
        table.add_row(
            Text(result.student),
            Text(f"{points(result.score)} / {points(result.max_score)}", style),
            points(by_hand(result)),
            f"{result.seconds:.1f}",
            Text(_summary(result), style),
        )
    console.print(table)


def print_failed(console: Console, results: list[SubmissionResult]) -> None:
    """A line for each hand-in that could not be graded."""
    for result in sorted(results, key=lambda result: result.student):
        if result.status == "failed":
            console.print(f"{result.student}: {_summary(result)}", style="red", soft_wrap=True, markup=False)


def print_tampering(console: Console, results: list[SubmissionResult]) -> None:
    """What looks like an attempt on the grader, for a person to judge; nothing if there is nothing."""
    suspects = [
        result
        for result in sorted(results, key=lambda result: result.student)
        if any(notebook.tamper for notebook in result.notebooks)
    ]
    if not suspects:
        return
    console.print("\n[bold]For you to look at[/bold] (no points depend on it; there may be a good reason)")
    for result in suspects:
        console.print(Text(f"  {result.student}", "bold"))
        for notebook in result.notebooks:
            for sentence in notebook.tamper[:8]:
                console.print(Text(f"    {notebook.name}: {sentence}"))
            if len(notebook.tamper) > 8:
                console.print(f"    {notebook.name}: ... and {len(notebook.tamper) - 8} more, in the results file")


def by_hand(result: SubmissionResult) -> float:
    """Points that a person still has to give."""
    return sum(cell.max_score for notebook in result.notebooks for cell in notebook.cells if cell.needs_manual_grade)


def _findings(result: SubmissionResult) -> list[str]:
    """What cost points, a phrase for each thing."""
    found, unwritten = [], 0
    for notebook in result.notebooks:
        for cell in notebook.cells if notebook.status == "graded" else []:
            failed = [check for check in cell.checks if not check.passed]
            if not failed:
                continue
            if failed[0].message.startswith(UNWRITTEN):
                unwritten += 1
                continue
            named = failed[0].misconception
            found.append(
                named.replace("_", " ")
                if named
                else f"{cell.grade_id}: {shorten(failed[0].message, 72, placeholder=' …')}"
            )
    if unwritten:
        found.insert(0, f"{unwritten} cell{'s' if unwritten > 1 else ''} not written yet")
    return list(dict.fromkeys(found))


def _style(result: SubmissionResult) -> str:
    return "red" if result.status == "failed" else "" if _findings(result) else "green"


def _summary(result: SubmissionResult) -> str:
    return "; ".join([*_remarkable(result), _verdict(result)])


def _remarkable(result: SubmissionResult) -> Iterator[str]:
    """What a teacher should know though it costs no points: tuning by the test set, another release, which attempt."""
    if any(TEST_SET in remark for one in result.notebooks for remark in one.remarks):
        yield TEST_SET
    phrases = {EARLIER: "from an earlier release", UNKNOWN: "from another release, not kept here"}
    yield from dict.fromkeys(phrases[one.release] for one in result.notebooks if one.release in phrases)
    for number, attempt in enumerate(result.attempts, 1):
        if attempt.counts:
            yield f"attempt {number} of {len(result.attempts)}"


def _verdict(result: SubmissionResult) -> str:
    found = _findings(result)
    if result.status == "failed":
        return "could not be graded in full: " + "; ".join([result.reason, *found[:1]])
    if not found:
        return "all checks passed"
    rest = [f"and {len(found) - 2} more"] if len(found) > 2 else []
    return "; ".join([*found[:2], *rest])
