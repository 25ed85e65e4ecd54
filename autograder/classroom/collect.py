"""What students handed in, as platforms give it, becomes submitted/STUDENT/ASSIGNMENT/; every file is accounted for.

A download is somebody else's work on the instructor's own machine. No name in it is used as a path, sizes are limited
before and during unpacking, and a hand-in that looks forged is refused as a whole, with a sentence that says why. Whose
something is, is read and never guessed: what nobody says is asked in roster/hand_ins.csv.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from autograder.authoring.rubric import declared_files
from autograder.classroom.attempts import Attempt, keep, settle
from autograder.classroom.download import Collected, Download, Unit
from autograder.classroom.people import FOLDER, HAND_INS, NOBODY, Answer, People, deadline
from autograder.classroom.picking import Picked, pick
from autograder.classroom.platforms import PLATFORMS, time_from
from autograder.classroom.unpacking import BadHandIn, Entry, is_archive
from autograder.course import Course, CourseError, why_no_student
from cs231n_utils.submit.limits import most_bytes


class _Unknown(BadHandIn):
    """Nobody says whose it is, or not clearly: a teacher is asked."""


def collect(
    course: Course, assignment: str, paths: Iterable[Path], pattern: str = "", student: str = "", platform: str = ""
) -> Iterator[Collected]:
    """Take hand-ins; what counts of a student's attempts goes to submitted/STUDENT/ASSIGNMENT/.

    Parameters
    ----------
    paths : iterable of Path
        Archives, notebooks, or folders that hold them at any depth: a platform's download, unpacked or not. If there
        are none, the attempts that are kept are looked at again, by the deadlines and settings as they are now.
    pattern : str
        A regular expression for the part of an archive's name that is the student: its first group, or all it matches.
    student : str
        Whose hand-in it is, whatever its name.
    platform : str
        The one whose download it is, one of `PLATFORMS`; by default, it is recognized.

    Raises
    ------
    CourseError
        If there is no such assignment or file, nothing to collect, or the pattern is not a regular expression.
    """
    limits = limits_of(course, assignment)
    try:
        re.compile(pattern)
    except re.error as error:
        raise CourseError(f"{pattern!r} is not a regular expression: {error}") from None
    if platform and platform not in PLATFORMS:
        raise CourseError(f"there is no platform {platform!r}; there are {', '.join(PLATFORMS)}")
    people = People(course)
    if not (paths := list(paths)):
        for name in sorted(path.parent.name for path in course.root.glob(f"attempts/*/{assignment}")):
            settle(course, assignment, name)
        return
    own = course.root.resolve()
    for path in paths:
        at = path.resolve()
        if (
            at == own
            or at in own.parents
            or at.is_relative_to(own / "solutions")
            or at.is_relative_to(own / "assignment")
        ):
            raise CourseError(
                f"{path} is the course's own folder: name the download, or a folder that has nothing else in it"
            )
    with tempfile.TemporaryDirectory() as folder:
        found = Download(assignment, limits, people, pattern, platform, Path(folder))
        for path in paths:
            found.add(path)
        if not found.pieces and not found.strays:
            raise CourseError("there is no zip to collect, nor a notebook")
        archives = [piece for piece in found.pieces if is_archive(piece.parts[-1])]
        if student and len(archives) > 1:
            raise CourseError(f"one student, but {len(archives)} zips: collect them one by one")
        units = found.units(student)
        yield from found.strays
        yield from _take(course, assignment, units, limits, people, Path(folder), bool(student))


def limits_of(course: Course, assignment: str) -> dict[str, int]:
    """The files that a hand-in consists of, and the most bytes that each may have."""
    return {name: most_bytes(name) for name in declared_files(course, assignment)}


def _take(
    course: Course, assignment: str, units: list[Unit], limits: dict[str, int], people: People, folder: Path, told: bool
) -> Iterator[Collected]:
    owners = _owners(units)
    questions: dict[str, Answer] = {}
    taken: dict[str, tuple[Unit, Attempt]] = {}
    folders: dict[str, set[str]] = {}  # of students who have handed in, by their names in small letters
    for path in (*course.submitted.glob("*"), *course.root.glob("attempts/*")):
        folders.setdefault(path.name.casefold(), set()).add(path.name)
    for unit in units:
        names: list[str] = []
        files = len(unit.entries)
        answer = people.answers.get((assignment, unit.label), Answer("", "", ""))
        try:
            with tempfile.TemporaryDirectory(dir=folder) as room:
                unknown = None
                try:
                    names = [unit.claim.name] if told else _students(unit, people, answer, owners, folders)
                except _Unknown as error:
                    unknown = error
                picked = pick(unit.entries, assignment, limits, Path(room))
                files = picked.files
                if answer.student == NOBODY:
                    yield Collected(unit.where, files=files, quiet=True)
                    continue
                if unknown:
                    questions[unit.label] = Answer("", answer.submitted, str(unknown))
                    raise unknown
                for name in names:
                    if why := why_no_student(name):
                        wrong, names = name, []
                        raise BadHandIn(f"{wrong!r} cannot be a student's name, because {why}")
                time = _time(course, unit, people, answer)
                remarks = list(picked.remarks)
                if not time and (said := people.time_of(unit.claim) or unit.claim.said):
                    remarks.append(f"when it came in cannot be read: {said!r}")
                if len(names) > 1:
                    remarks.append(f"handed in together by {', '.join(names)}")
                if picked.left_out:
                    remarks.append(_listed(picked))
                ask = False
                for name in names:
                    if until := deadline(course, assignment, name):
                        if time and time > until:
                            remarks.append(f"late by {_length((time - until).total_seconds())}")
                        elif unit.claim.late and not time:
                            ask = True
                            questions[unit.label] = Answer(
                                name, "", "the platform says that it is late: submitted when?"
                            )
                    if other := taken.get(name.casefold()):
                        _require_order(name, unit, other[0], time, other[1], picked)
                contents = {path: path.read_bytes() for path in unit.given.values()}
                given = {
                    part: next((name for name, content in picked.contents.items() if content == contents[path]), "")
                    for part, path in unit.given.items()
                }
                for name in names:
                    attempt = keep(
                        course,
                        assignment,
                        name,
                        picked.contents,
                        unit.seen,
                        time,
                        unit.claim.late,
                        unit.claim.number,
                        unit.claim.platform,
                        given,
                    )
                    counts = settle(course, assignment, name)
                    taken[name.casefold()] = unit, attempt
                    folders.setdefault(name.casefold(), set()).add(name)
                    if counts and counts.folder != attempt.folder and course.settings.counts != "best":
                        remarks.append("kept, but another attempt counts")
                yield Collected(unit.where, ", ".join(names), "", tuple(remarks), files, picked.taken, ask)
        except BadHandIn as error:
            if answer.student == NOBODY:
                yield Collected(unit.where, files=files, quiet=True)
                continue
            yield Collected(unit.where, ", ".join(names), str(error), files=files, ask=isinstance(error, _Unknown))
    if questions:
        people.ask(assignment, questions)


def _owners(units: list[Unit]) -> dict[str, set[tuple[str, ...]]]:
    """Which ids claim each name: two students may be called the same."""
    owners: dict[str, set[tuple[str, ...]]] = {}
    for unit in units:
        if unit.claim.platform and unit.claim.name:
            owners.setdefault(unit.claim.name.casefold(), set()).add(unit.claim.keys)
    return owners


def _students(
    unit: Unit, people: People, answer: Answer, owners: dict[str, set[tuple[str, ...]]], folders: dict[str, set[str]]
) -> list[str]:
    """Whose hand-in it is."""
    if answer.student == NOBODY:
        return []
    if answer.student:
        if people.students and not (known := people.called(answer.student)):
            raise BadHandIn(f"{FOLDER}/{HAND_INS} says {answer.student!r}, who is in no list of {FOLDER}/")
        return [known.folder if people.students and known else answer.student]
    names = []
    for claim in (unit.claim, *unit.claim.others):
        if people.students:
            if not (one := people.of(claim)):
                who = " ".join(word for word in (claim.name, *claim.keys) if word)
                raise _Unknown(
                    f"whose is it? {who!r} is not, or not clearly, in the lists of {FOLDER}/" if who else "whose is it?"
                )
            names.append(one.folder)
        elif not claim.name or not (unit.certain or claim.platform):
            raise _Unknown("whose is it?")
        elif claim.platform and claim.platform != "gradescope" and len(owners[claim.name.casefold()]) > 1:
            raise _Unknown(f"whose is it? More than one student is called {claim.name}")
        elif claim.platform == "gradescope" and claim.keys:
            names.append(claim.keys[0].partition(":")[2])
        else:
            names.append(unicodedata.normalize("NFC", claim.name))
        if not people.students and names[-1] not in (there := folders.get(names[-1].casefold(), {names[-1]})):
            raise _Unknown(f"whose is it? There is a student {min(there)!r} already")
    return names


def _time(course: Course, unit: Unit, people: People, answer: Answer) -> datetime | None:
    """When it came in, as far as the teacher, a list or the platform says."""
    time = time_from(answer.submitted or people.time_of(unit.claim)) or (None if answer.submitted else unit.claim.time)
    if answer.submitted and not time:
        raise BadHandIn(
            f"{FOLDER}/{HAND_INS} says that it was submitted {answer.submitted!r}: write it as 2026-10-05 12:00"
        )
    return course.settings.with_zone(time) if time else None


def _require_order(name: str, unit: Unit, other: Unit, time: datetime | None, before: Attempt, picked: Picked) -> None:
    """Refuse a second hand-in if nothing says which of the two came later."""
    if (time and before.submitted) or unit.claim.number != other.claim.number:
        return
    there = {path.name: path.read_bytes() for path in before.folder.iterdir() if path.name in picked.contents}
    if there != picked.contents:
        raise BadHandIn(f"{name} has another hand-in here, {other.where!r}: collect the one that counts")


def _listed(picked: Picked) -> str:
    shown = ", ".join(repr(name) for name in picked.left_out[:3])
    more = len(picked.left_out) - 3
    return f"left out: {shown}" + (f" and {more} more" if more > 0 else "")


def _length(seconds: float) -> str:
    minutes = int(seconds // 60)
    days, hours = minutes // 1440, minutes // 60 % 24
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def unpack(path: Path, assignment: str, limits: dict[str, int]) -> tuple[dict[str, bytes], list[str]]:
    """The declared files in one hand-in's archive, and remarks about it; see `autograder.classroom.picking.pick`."""
    with tempfile.TemporaryDirectory() as room:
        picked = pick([Entry((path.name,), path)], assignment, limits, Path(room))
    return picked.contents, picked.remarks
