"""All files of a platform's download, sorted into hand-ins: which belong together, and what says whose they are."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autograder.classroom.people import People
from autograder.classroom.picking import COPY, OTHER_ARCHIVES, SLACK, is_junk
from autograder.classroom.platforms import SUBMISSIONS, Claim, claim_of, submissions
from autograder.classroom.unpacking import BadHandIn, Entry, is_archive, is_notebook, moment, stem_of, unpacked
from autograder.course import CourseError
from autograder.terminal import one_line

MAX_CLASS = 100_000  # files in a platform's download
MAX_DOWNLOAD = 2**36
# Folders that say nothing about whose something is.
_GENERIC = re.compile(
    r"(?i)(?:(?:my|the|your|all|new|old|final|copy|work|code|homework|hw|week|assignments?|submissions?|submitted|submit|"
    r"inbound|re-?submissions?|re-?submit|attempts?|versions?|v|fixed|updated|latest|last|draft|copie|copia|kopie|of|de|"
    r"von|labs?|projects?|exercises?|parts?|temp|tmp|test|untitled|unnamed|students?|cs|hand[ _-]?ins?|"
    r"downloads?|notebooks?|files?|export|zips?|archive|desktop|documents|solutions?)(?:[\W_]*+\d++)?+|[\W_])+"
)


@dataclass(frozen=True)
class Collected:
    """What became of one hand-in, or of one file that is none.

    Attributes
    ----------
    path : str
        Where it was.
    student : str
        Whose it is; empty if that is not known.
    refused : str
        Why it was not taken; empty if it was.
    remarks : tuple of str
        What a person may want to know about one that was taken.
    files, taken : int
        How many files came in with it, and how many of those were taken.
    ask : bool
        Whether a question about it is in roster/hand_ins.csv.
    quiet : bool
        Whether it is a file of the platform's or the computer's own, which nobody misses.
    """

    path: str
    student: str = ""
    refused: str = ""
    remarks: tuple[str, ...] = ()
    files: int = 1
    taken: int = 0
    ask: bool = False
    quiet: bool = False


@dataclass
class Unit:
    """Files that were handed in together: a folder, an archive, or files of which a platform says so."""

    where: str
    claim: Claim
    entries: list[Entry] = field(default_factory=list)  # with the paths that they have in the hand-in
    seen: datetime = datetime(1, 1, 1, tzinfo=UTC)
    certain: bool = True  # whether the claim is a platform's, or a name in front of the assignment's
    sums: str = ""
    given: dict[str, Path] = field(default_factory=dict)  # files and folders as the platform calls them

    @property
    def label(self) -> str:
        """How it is called in hand_ins.csv: by its content, if no platform gives it a number."""
        return one_line(self.claim.label if self.claim.platform else f"{self.where} [{self.sums}]")


@dataclass
class _Piece:
    """A file that came in."""

    origin: Path  # the folder or file that was named
    parts: tuple[str, ...]  # below it
    path: Path
    seen: datetime
    within: int = 0  # how many of its parts are in an archive

    @property
    def shown(self) -> str:
        return "/".join(self.parts)


class Download:
    """All files that came in, sorted into hand-ins."""

    def __init__(
        self, assignment: str, limits: dict[str, int], people: People, pattern: str, platform: str, room: Path
    ):
        self.assignment, self.limits, self.people = assignment, limits, people
        self.pattern, self.platform, self.room = pattern, platform, room
        self.pieces: list[_Piece] = []
        self.strays: list[Collected] = []
        self.gradescope: dict[tuple[Path, tuple[str, ...]], Claim] = {}
        self.clones: dict[tuple[Path, tuple[str, ...]], Claim] = {}
        self.rooms = 0
        stems = "|".join([re.escape(assignment), *(re.escape(stem_of(name)) for name in limits)])
        self.named = re.compile(rf"(?i)(?:copy of )?(?:(?P<name>.*?)[-_ ]+)?(?:{stems}){COPY}")

    def add(self, path: Path) -> None:
        """Note all files in a folder, or one file; platforms' archives are opened."""
        if path.is_dir():
            self._add_clones(path)
            for file, unfit in _all_in(path):
                parts = tuple(unicodedata.normalize("NFC", part) for part in file.relative_to(path).parts)
                if unfit:
                    self.strays.append(Collected("/".join(parts) or str(path), refused=unfit))
                else:
                    self._add(_Piece(path, parts, file, _written(file)))
        elif path.is_file():
            self._add(_Piece(path, (unicodedata.normalize("NFC", path.name),), path, _written(path)))
        else:
            raise CourseError(f"there is no file {path}")

    def _add(self, piece: _Piece) -> None:
        if self._opens(piece):
            return
        if piece.parts[-1] == SUBMISSIONS and self.platform in ("", "gradescope"):
            try:
                for folder, claim in submissions(piece.path).items():
                    self.gradescope[piece.origin, (*piece.parts[:-1], folder)] = claim
            except BadHandIn as error:
                self.strays.append(Collected(piece.shown, refused=str(error)))
            else:
                self.strays.append(Collected(piece.shown, quiet=True))
            return
        self.pieces.append(piece)

    def _opens(self, piece: _Piece) -> bool:
        """Add what is in a piece if that is an archive of many students' hand-ins; whether it was."""
        outermost = len(piece.parts) - piece.within == 1 or (piece.within == 1 and len(piece.parts) == 2)
        if not is_archive(piece.parts[-1]) or not outermost or self.pattern:
            return False
        try:
            if claim_of(piece.parts[-1], self.platform, self.assignment) or self._prefix(piece.parts[-1]):
                return False
            names = unpacked(piece.path, self.room, lambda name: None, MAX_CLASS, MAX_DOWNLOAD)
            if not self._many(names):
                return False
            most = sum(self.limits.values()) + SLACK
            self.rooms += 1
            room = self.room / f"download-{self.rooms}"
            room.mkdir()
            entries = unpacked(piece.path, room, lambda name: most, MAX_CLASS, MAX_DOWNLOAD)
        except BadHandIn:
            return False  # it is refused like any hand-in, when it is opened as one
        for entry in entries:
            parts = (*piece.parts, *entry.parts)
            if entry.path is None:
                self.strays.append(Collected("/".join(parts), refused=entry.refused))
            else:
                seen = entry.time.astimezone(UTC) if entry.time else piece.seen
                self._add(_Piece(piece.origin, parts, entry.path, seen, piece.within + len(entry.parts)))
        return True

    def _many(self, entries: list[Entry]) -> bool:
        """Whether these are the files of several students' hand-ins, not of one."""
        folders: set[str] = set()
        for entry in entries:
            if entry.parts[-1] == SUBMISSIONS or any(claim_of(part, self.platform) for part in entry.parts):
                return True
            name = entry.parts[-1]
            if is_archive(name) and (self._prefix(name) or self.people.of(Claim("", stem_of(name)))):
                return True
            if len(entry.parts) > 1 and (is_archive(name) or self.assignment in entry.parts[1:-1]):
                folders.add(entry.parts[0])
            if any(self.people.of(Claim("", part)) for part in entry.parts[:-1]):
                return True
        return len(folders) > 1

    def _prefix(self, name: str) -> str:
        """The student's name in front of the assignment's in a file's name; empty if there is none."""
        found = self.named.fullmatch(stem_of(name))
        who = (found["name"] or "").strip() if found else ""
        return "" if not who or _GENERIC.fullmatch(who) else who

    def _add_clones(self, folder: Path) -> None:
        """Note GitHub Classroom's clones: the folder's name ends in the login, after the assignment's."""
        if self.platform not in ("", "github-classroom"):
            return
        clones = [path.parent for path in sorted(folder.rglob(".git")) if path.parent != folder]
        for clone in clones:
            slugs = [
                path.parent.name.removesuffix("-submissions") + "-" for path in clones if path.parent == clone.parent
            ]
            name = unicodedata.normalize("NFC", clone.name)
            login = name.removeprefix(slugs[0]) if slugs and name.startswith(slugs[0]) else ""
            ends = [name[place + 1 :] for place, sign in enumerate(name) if sign == "-"]
            keys = (f"repository:{name}", *(f"github:{end}" for end in ([login] if login else ends)))
            claim = Claim(name, login, keys, platform="github-classroom")
            self.clones[folder, clone.relative_to(folder).parts] = claim

    def units(self, student: str = "") -> list[Unit]:
        """The hand-ins, in the order of their names. What is none is added to `strays`."""
        units: dict[object, Unit] = {}
        waiting: list[_Piece] = []
        for piece in self.pieces:
            try:
                found = (student, Claim(student, student), 0, True) if student else self._whose(piece)
            except BadHandIn as error:
                self.strays.append(Collected(piece.shown, refused=str(error)))
                continue
            if found is None:
                waiting.append(piece)
                continue
            key, claim, depth, certain = found
            unit = units.setdefault(key, Unit("", claim, certain=certain))
            rest = piece.parts[depth + 1 :] if depth + 1 < len(piece.parts) else (claim.file or piece.parts[-1],)
            if not unit.entries:
                unit.where = piece.shown
            unit.entries.append(Entry(rest, piece.path))
            if claim.platform:
                unit.given[piece.parts[depth]] = piece.path
            unit.seen = max(unit.seen, piece.seen)
            if len(unit.entries) == 2:  # the part that they share
                unit.where = "/".join(piece.parts[: depth + 1])
        for piece in waiting:
            self._wait(piece, units)
        for unit in units.values():
            digest = hashlib.sha256()
            for entry in unit.entries:
                assert entry.path is not None
                # Names in another encoding come with halves of characters, which UTF-8 has not.
                name = "/".join(entry.parts).encode(errors="surrogateescape")
                digest.update(name + hashlib.sha256(entry.path.read_bytes()).digest())
            unit.sums = digest.hexdigest()[:8]
        return sorted(units.values(), key=lambda unit: (unit.claim.number, unit.where))

    def _whose(self, piece: _Piece) -> tuple[object, Claim, int, bool] | None:
        """A key for its hand-in, what is said of its owner, how deep the part is that says so, and if it is certain."""
        parts, origin = piece.parts, piece.origin
        if self.pattern:
            return self._by_pattern(piece)
        for depth, part in enumerate(parts):
            here = (origin, parts[: depth + 1])
            if claim := self.gradescope.get(here) or self.clones.get(here):
                return here, claim, depth, True
            if claim := claim_of(part, self.platform, self.assignment):
                # Moodle makes a folder for the files, and another one for what was typed.
                beside = depth + 1 == len(parts) or claim.platform == "moodle"
                key = (claim.platform, claim.label, claim.time, claim.number if is_archive(part) else 0)
                return (origin, parts[:depth], key) if beside else here, claim, depth, True
        if self.platform and self.platform != "nbgrader":
            return None
        return self._by_name(piece)

    def _by_name(self, piece: _Piece) -> tuple[object, Claim, int, bool] | None:
        """As `_whose`, if only a person has named files and folders."""
        parts, origin = piece.parts, piece.origin
        archive = next((depth for depth, part in enumerate(parts) if is_archive(part)), None)
        last = len(parts) - 1
        inside = piece.within > 0
        if inside:  # the first archive is the download
            archive = next(
                (depth for depth, part in enumerate(parts) if is_archive(part) and depth > last - piece.within), None
            )
        depth = last if archive is None else archive
        begin = last - piece.within + 1 if inside else 0
        folders = [place for place in range(begin, depth) if not self._says_nothing(parts[place])]
        prefix = self._prefix(parts[depth])
        candidates = [(place, Claim("", parts[place])) for place in folders]
        if prefix or archive is not None or is_notebook(parts[depth]):
            candidates.append((depth, Claim("", prefix or stem_of(parts[depth]))))
        if self.people.students:
            known = {one.folder: (place, claim) for place, claim in candidates if (one := self.people.of(claim))}
            if len(known) == 1:
                [(place, claim)] = known.values()
                return (origin, parts[: place + 1]), claim, place, True
            if len(known) > 1:
                return None
        if prefix and (archive is not None or not folders):
            return (origin, parts[: depth + 1]), Claim("", prefix), depth, True
        if folders and not inside:
            place = folders[-1] if archive is not None else folders[0]
            return (origin, parts[: place + 1]), Claim("", parts[place]), place, True
        if inside and folders and (archive is not None or self.assignment in parts[folders[0] + 1 :]):
            return (origin, parts[: folders[0] + 1]), Claim("", parts[folders[0]]), folders[0], True
        return None

    def _says_nothing(self, folder: str) -> bool:
        return bool(_GENERIC.fullmatch(folder) or re.fullmatch(rf"(?i){re.escape(self.assignment)}{COPY}", folder))

    def _by_pattern(self, piece: _Piece) -> tuple[object, Claim, int, bool]:
        """As `_whose`, if a regular expression says so: of the archive's name, or of the first folder's."""
        parts = piece.parts
        depth = next((depth for depth, part in enumerate(parts) if is_archive(part)), 0)
        folder = piece.origin if piece.origin.is_dir() else piece.origin.parent
        name = student_of(folder.joinpath(*parts[: depth + 1]), self.assignment, self.pattern)
        key = parts[: depth + 1] if len(parts) > 1 or is_archive(parts[0]) else ("", name)
        return (piece.origin, key), Claim("", name), depth, True

    def _wait(self, piece: _Piece, units: dict[object, Unit]) -> None:
        """What to do with a file that says nothing about whose it is."""
        parts, name = piece.parts, piece.parts[-1]
        depth = next((place for place, part in enumerate(parts) if is_archive(part)), len(parts) - 1)
        if is_junk(parts) or (
            name.casefold() == "index.html" and any(unit.claim.platform == "brightspace" for unit in units.values())
        ):
            self.strays.append(Collected(piece.shown, quiet=True))
        elif self.platform and self.platform != "nbgrader":
            self.strays.append(Collected(piece.shown, refused=f"it is not as {self.platform} names files"))
        elif is_archive(name) or is_notebook(name) or name in self.limits:
            claim = self._root(piece, units)
            key = (piece.origin, "root") if claim.name else (piece.origin, parts[: depth + 1])
            unit = units.setdefault(key, Unit(piece.shown, claim, certain=bool(claim.name)))
            unit.entries.append(Entry((name,), piece.path))
            unit.seen = max(unit.seen, piece.seen)
        elif name.casefold().endswith(OTHER_ARCHIVES):
            self.strays.append(
                Collected(piece.shown, refused="it is no zip, and cannot be opened here: unpack it first")
            )
        else:
            self.strays.append(Collected(piece.shown, refused="it is no hand-in: neither an archive nor a notebook"))

    def _root(self, piece: _Piece, units: dict[object, Unit]) -> Claim:
        """The folder that was named may be one student's own: then nothing in it belongs to anybody else."""
        folder = piece.origin.resolve() if piece.origin.is_dir() else piece.origin.resolve().parent
        stem = re.sub(r"(?:[-_ ]\d{1,2}| ?\(\d+\))$", "", stem_of(piece.parts[-1]))
        own = len(piece.parts) == 1 and (piece.parts[-1] in self.limits or stem == self.assignment)
        alone = all(key == (piece.origin, "root") for key in units if isinstance(key, tuple) and key[0] == piece.origin)
        name = unicodedata.normalize("NFC", folder.name)
        if own and alone and not self._says_nothing(name):
            return Claim("", name)
        return Claim("")


def _all_in(folder: Path) -> list[tuple[Path, str]]:
    """All that is in a folder, at any depth, and why it cannot be taken; folders only if they cannot be read."""
    found = []

    def unreadable(error: OSError) -> None:
        found.append((Path(error.filename), f"it cannot be read ({error.strerror})"))

    for at, folders, files in os.walk(folder, onerror=unreadable):
        for path in (Path(at, name) for name in (*folders, *files)):
            if path.is_symlink():
                found.append((path, "it is a link to somewhere else"))
            elif path.is_file():
                found.append(
                    (path, "" if os.access(path, os.R_OK) else "it cannot be read (its owner does not allow it)")
                )
            elif not path.is_dir():
                found.append((path, "it is not a plain file"))
        folders[:] = [name for name in folders if name != ".git"]
    return sorted(found)


def _written(file: Path) -> datetime:
    """When a file was written, as far as it says so: now, if it says what cannot be."""
    return moment(file.stat().st_mtime) or datetime.now(UTC)


def student_of(path: Path, assignment: str, pattern: str) -> str:
    """The student whose archive it is, from its name less the assignment's, or from its folder's.

    Raises
    ------
    BadHandIn
        If the pattern does not match.
    """
    ending = re.compile(rf"[-_ ]*{re.escape(assignment)}[-_ ]*\(?\d*\)?$")  # a browser or a platform may add a number
    name = ending.sub("", stem_of(unicodedata.normalize("NFC", path.name))) or path.resolve().parent.name
    if not (found := re.search(pattern, name)):
        raise BadHandIn(f"the pattern matches nothing in {name!r}")
    return found[1] or "" if found.re.groups else found[0]
