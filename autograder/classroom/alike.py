"""Hand-ins that have more in common than the exercise explains: for a person to look at, never a verdict.

What students wrote is compared by winnowing (Schleimer, Wilkerson and Aiken, "Winnowing: local algorithms for document
fingerprinting", SIGMOD 2003), which other names, comments and another layout do not hide. Left out is what has an
innocent reason: what was handed out, what the solution or a known right variant says, and what many in the class have.
Hidden inputs are drawn for each student, so equal wrong numbers are not to be had; equal rare mistakes are.
"""

from __future__ import annotations

import hashlib
import html
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import ClassVar

from copydetect import CodeFingerprint, compare_files
from nbformat import NotebookNode

from autograder.authoring.notebook import BadNotebook, grade_id_of, is_manual, read_notebook, without_delimiters
from autograder.authoring.rubric import load_rubric
from autograder.authoring.variant import load_corpus
from autograder.classroom.standing import Standing
from autograder.course import Course
from autograder.grading.ledger import wrote
from autograder.terminal import plain

K, WINDOW = 25, 4  # characters of a fingerprint, names counting one; how many of them one is kept of
K_TEXT = 40  # the same for written answers, in which every character counts
LEAST = 80  # characters in common, of what is not common to many: below that it is nothing
SHARE = 0.3  # of the shorter one's, as well
COMMON = 0.1  # of a class: what more of them have is nobody's in particular
AT_LEAST = 3
MAX_CHARACTERS = 60_000  # of one student's code in a notebook, or words
MOST = 40  # pairs on the page
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Part:
    """A cell's text, cut where it is the other one's too: every second piece is."""

    where: str
    pieces: list[str]


@dataclass(frozen=True)
class Pair:
    """Two students whose work is alike.

    Attributes
    ----------
    weight : float
        By which pairs are ordered: characters in common that few others have.
    reasons : list of str
        What is alike, a phrase each.
    left, right : list of Part
        The cells where it is.
    """

    students: tuple[str, str]
    weight: float
    reasons: list[str]
    left: list[Part] = field(default_factory=list)
    right: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class _Text:
    """What somebody wrote in a notebook, of one kind: its cells, one after the other, and its fingerprint."""

    cells: list[tuple[str, str]]
    print: CodeFingerprint
    between: ClassVar[str] = "\ue000"  # stands between cells; of private use, so that nobody types it

    @classmethod
    def of(cls, cells: list[tuple[str, str]], code: bool) -> _Text:
        text = cls.between.join(source for _, source in cells)[:MAX_CHARACTERS]
        return cls(cells, CodeFingerprint("code.py", K if code else K_TEXT, WINDOW, filter=code, fp=io.StringIO(text)))

    def without(self, common: set[int]) -> None:
        """Forget what is nobody's in particular, and what reaches from one cell into the next."""
        mine = self.print
        kept: dict[int, list[int]] = {}
        for one, places in mine.hash_idx.items():
            inside = [place for place in places if self.between not in mine.filtered_code[place : place + mine.k]]
            if inside and one not in common:
                kept[one] = inside
        mine.hash_idx, mine.hashes = kept, set(kept)
        covered = {spot for places in kept.values() for place in places for spot in range(place, place + mine.k)}
        mine.token_coverage = len(covered)

    def parts(self, slices: Iterable[tuple[int, int]]) -> list[Part]:
        """The cells that some of these stretches of the whole text are in."""
        found, begin = [], 0
        stretches = sorted(slices)
        for where, source in self.cells:
            end = begin + len(source)
            inside = [(max(a, begin) - begin, min(b, end) - begin) for a, b in stretches if a < end and b > begin]
            pieces, last = [], 0
            for a, b in inside:
                pieces += [source[last:a], source[a:b]]
                last = b
            if inside:
                found.append(Part(where, [plain(piece) for piece in [*pieces, source[last:]]]))
            begin = end + 1
        return found


@dataclass(frozen=True)
class _Sign:
    """One thing that two hand-ins have in common; one that is `strong` is enough to show them."""

    students: tuple[str, str]
    weight: float
    reason: str
    strong: bool = True
    left: list[Part] = field(default_factory=list)
    right: list[Part] = field(default_factory=list)


def alike(course: Course, assignment: str, standings: list[Standing]) -> list[Pair]:
    """The pairs that are most alike, the most striking first."""
    students = [one.student for one in standings]
    limit = max(AT_LEAST, int(COMMON * len(students)))
    signs: dict[tuple[str, str], list[_Sign]] = {}
    for sign in [
        *(
            sign
            for name in course.notebooks(assignment)
            for sign in _same_words(course, assignment, name, students, limit)
        ),
        *_same_files(course, assignment, students, limit),
        *_same_mistakes(standings),
    ]:
        signs.setdefault(sign.students, []).append(sign)
    pairs = [
        Pair(
            pair,
            sum(sign.weight for sign in found),
            [sign.reason for sign in found],
            [part for sign in found for part in sign.left],
            [part for sign in found for part in sign.right],
        )
        for pair, found in signs.items()
        if any(sign.strong for sign in found)
    ]
    return sorted(pairs, key=lambda pair: (-pair.weight, pair.students))[:MOST]


def _same_words(course: Course, assignment: str, name: str, students: list[str], limit: int) -> Iterator[_Sign]:
    """Pairs whose code, or whose written answers, are alike in a notebook."""
    released = read_notebook(course.released / assignment / f"{name}.ipynb")
    graded = {student: _graded(course, assignment, name, student) for student in students}
    for code in (True, False):
        innocent = _Text.of(_innocent(course, assignment, name, released, code), code).print.hashes
        texts = {
            student: _Text.of(cells, code)
            for student, notebook in graded.items()
            if notebook is not None and (cells := _written(notebook, released, name, code))
        }
        kind = "code" if code else "words"
        yield from _compared(texts, set(innocent), limit, f"of the {kind} in {name} that few others have")


def _graded(course: Course, assignment: str, name: str, student: str) -> NotebookNode | None:
    """A graded notebook, if it is as we wrote it: then nothing in it takes long to read."""
    path = course.autograded / student / assignment / f"{name}.ipynb"
    try:
        return read_notebook(path) if wrote(course, path) else None
    except BadNotebook:
        return None


def _written(notebook: NotebookNode, released: NotebookNode, name: str, code: bool) -> list[tuple[str, str]]:
    """What a student wrote in a notebook, cell by cell: code, or words."""
    handed_out = {cell.source for cell in released.cells}
    cells = [cell for cell in notebook.cells if cell.source not in handed_out and (cell.cell_type == "code") == code]
    return [
        (
            f"{name}: {grade_id_of(cell).removesuffix('_code').replace('_', ' ') or 'a cell of their own'}",
            cell.source if code else _words(cell),
        )
        for cell in cells
        if code or is_manual(cell)
    ]


def _words(cell: NotebookNode) -> str:
    """A text without its markup: an answer has become HTML on its way here, the solution's is Markdown."""
    return " ".join(re.sub(r"[*_`]", "", html.unescape(_TAG.sub(" ", cell.source))).split())


def _innocent(course: Course, assignment: str, name: str, released: NotebookNode, code: bool) -> list[tuple[str, str]]:
    """What two students may both have without having seen each other's work."""
    path = course.source(assignment, name)
    cells = [*released.cells, *read_notebook(path).cells]
    if not code:
        return [("", _words(cell)) for cell in cells if cell.cell_type != "code"]
    texts = [without_delimiters(cell.source) for cell in cells if cell.cell_type == "code"]
    texts += [source for variant in load_corpus(path) for source in map(variant.code, variant.cells)]
    return [("", text) for text in texts]


def _compared(texts: dict[str, _Text], innocent: set[int], limit: int, what: str) -> Iterator[_Sign]:
    """The pairs of texts that have much in common which few others have."""
    carried = Counter(one for text in texts.values() for one in set(text.print.hashes))
    common = innocent | {one for one, count in carried.items() if count > limit}
    owners: dict[int, list[str]] = {}
    for student, text in texts.items():
        text.without(common)
        for one in text.print.hashes:
            owners.setdefault(one, []).append(student)
    for first, second in sorted({pair for there in owners.values() for pair in combinations(sorted(there), 2)}):
        both = texts[first], texts[second]
        overlap, shares, slices = compare_files(both[0].print, both[1].print)
        if overlap >= LEAST and max(shares) >= SHARE:
            left, right = (text.parts(zip(*found.astype(int))) for text, found in zip(both, slices))
            share = 100 * min(max(shares), 1.0)
            yield _Sign((first, second), float(overlap), f"{share:.0f} % {what}", True, left, right)


def _same_files(course: Course, assignment: str, students: list[str], limit: int) -> Iterator[_Sign]:
    """Pairs with the same saved file: two trainings hardly ever end in the same bytes."""
    for name in course.notebooks(assignment):
        for file in load_rubric(course.source(assignment, name)).files():
            owners: dict[bytes, list[str]] = {}
            for student in students:
                if content := _digest(course.submitted / student / assignment / file):
                    owners.setdefault(content, []).append(student)
            for there in owners.values():
                if 1 < len(there) <= limit:
                    for first, second in combinations(sorted(there), 2):
                        yield _Sign((first, second), LEAST, f"{file} is the same, byte for byte")


def _digest(path: Path) -> bytes:
    """Of a file's content; empty if there is none."""
    if path.is_symlink() or not path.is_file():
        return b""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def _same_mistakes(standings: list[Standing]) -> Iterator[_Sign]:
    """Pairs that alone made a mistake: no more than a second sign."""
    owners: dict[tuple[str, str], list[str]] = {}
    for one in standings:
        for result in one.notebooks:
            for name in {check.misconception for cell in result.cells for check in cell.checks if check.misconception}:
                owners.setdefault((result.name, name), []).append(one.student)
    for (notebook, mistake), there in owners.items():
        if len(there) == 2:
            first, second = sorted(there)
            said = f"nobody else has the mistake “{mistake.replace('_', ' ')}” in {notebook}"
            yield _Sign((first, second), LEAST, said, strong=False)
