"""The database that the gradebook is in, at any URL that nbgrader takes: a file beside solutions/, or a server's.

    python -m autograder.database FROM TO

copies a gradebook from one URL to another that has none: from a file to a server, or back.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import sqlite3
import sys
import tomllib
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.settings import CourseError

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

PACKAGES = {"psycopg": "autograder[postgres]"}  # how a driver is installed, if not by its own name

# A course that has no name for nbgrader. It notes its assignments, and not the course itself: servers insist on that.
UNNAMED = {"id": ""}


@lru_cache(maxsize=16)
def normal(text: str, root: Path) -> str:
    """A gradebook's URL, in which the path of a file begins at the course's folder.

    Raises
    ------
    CourseError
        If it is none.
    """
    from sqlalchemy.exc import NoSuchModuleError

    url = _parsed(text)
    try:
        url.get_dialect().import_dbapi()
    except NoSuchModuleError:
        raise CourseError(f"{shown(text)} is of a kind of database that SQLAlchemy does not know") from None
    except ModuleNotFoundError as error:
        package = PACKAGES.get(error.name or "", error.name)
        raise CourseError(f'the gradebook {shown(text)} needs {error.name}: pip install "{package}"') from None
    if url.get_backend_name() != "sqlite":
        return text
    if not url.database or url.database.startswith((":memory:", "file:")):
        raise CourseError(f"{shown(text)} is no place for a gradebook: nothing there would last")
    return url.set(database=str(root / url.database)).render_as_string(hide_password=False)


def file_of(url: str) -> Path | None:
    """The file with a gradebook; None if it is on a server."""
    plain = re.fullmatch("sqlite:///([^?%]+)", url)  # what nearly every course has, without loading a library for it
    if plain:
        return Path(plain[1])
    parsed = _parsed(url)
    return Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None


def shown(url: str) -> str:
    """A URL for people: without its password."""
    return _parsed(url).render_as_string(hide_password=True)


def _parsed(text: str) -> URL:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        return make_url(text)
    except (ArgumentError, ValueError):  # the text may have a password in it, and is not shown
        raise CourseError(
            "the gradebook's address is no URL such as postgresql+psycopg://grader@db.example.edu/intro"
        ) from None


@contextlib.contextmanager
def in_words(url: str) -> Iterator[None]:
    """Raise a `CourseError` in place of what a database may raise."""
    from sqlalchemy.exc import DBAPIError

    where = str(file_of(url) or shown(url))
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise CourseError(f"the gradebook {where} cannot be used: {error}") from None
    except DBAPIError as error:
        raise CourseError(f"the gradebook {where} cannot be used: {' '.join(str(error.orig).split())}") from None


@contextlib.contextmanager
def _connected(url: str) -> Iterator[Connection]:
    from sqlalchemy import NullPool, create_engine

    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


def is_there(url: str) -> bool:
    """Whether there is a gradebook with an assignment in it; looking makes none.

    Raises
    ------
    CourseError
        If the server cannot be asked.
    """
    if file := file_of(url):
        return file.is_file() and file.stat().st_size > 0
    from sqlalchemy import inspect, text

    with in_words(url), _connected(url) as connection:
        return inspect(connection).has_table("assignment") and bool(
            connection.execute(text("SELECT count(*) FROM assignment")).scalar()
        )


def newest_revision() -> str | None:
    """The revision that nbgrader notes in a new gradebook.

    nbgrader asks a program, `alembic`, which it starts by name. That takes a second, and works only if the program is
    on the path, and in a folder whose name can be spelled in the locale's encoding.
    """
    from alembic.script import ScriptDirectory  # takes a while, and is needed once in a course's life

    from autograder.bare_nbgrader import dbutil

    return ScriptDirectory(dbutil.ALEMBIC_DIR).get_current_head()


def gradebook(url: str) -> Any:
    """nbgrader's gradebook, made if there is none."""
    from autograder.bare_nbgrader import api

    api.get_alembic_version = newest_revision
    opened = api.Gradebook(url)
    if file_of(url) is None:
        opened.db.merge(api.Course(**UNNAMED))
        opened.db.commit()
    return opened


def copy(source: str, target: str) -> None:
    """Copy what one gradebook holds into another, in place of what that one has: all of it or nothing.

    Raises
    ------
    sqlite3.DatabaseError, sqlalchemy.exc.DBAPIError
        If it is damaged, wherever in it, or one of them cannot be used.
    """
    here, there = file_of(source), file_of(target)
    if here and there:
        with closing(sqlite3.connect(here)) as one, closing(sqlite3.connect(there)) as other:
            one.backup(other)
            if other.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise sqlite3.DatabaseError("database disk image is malformed")
        return
    from autograder.bare_nbgrader import api

    for url in (source, target):
        gradebook(url).close()  # with all its tables
    with _connected(source) as one_end, _connected(target) as other_end:
        for table in reversed(api.Base.metadata.sorted_tables):
            other_end.execute(table.delete())
        for table in api.Base.metadata.sorted_tables:
            rows = [dict(row._mapping) for row in one_end.execute(table.select())]
            if table.name == "course" and UNNAMED not in rows:
                rows.append(UNNAMED)
            if rows:
                other_end.execute(table.insert(), rows)


class Turn(AbstractContextManager[object]):
    """Whose turn it is to write to a server's gradebook, whatever machine they are on: PostgreSQL's advisory lock.

    It is free again when its holder's connection ends. Other servers have no such lock that we know of: there, graders
    of one folder take turns, by the folder's lock, and those of other folders do not.
    """

    def __init__(self, url: str, folder: AbstractContextManager[object]):
        self.url, self.folder, self.depth = url, folder, 0
        self.connection: Connection | None = None

    def __enter__(self) -> Turn:
        self.folder.__enter__()
        try:
            if self.depth == 0 and _parsed(self.url).get_backend_name() == "postgresql":
                with in_words(self.url):
                    self._ask("pg_advisory_lock")
        except BaseException:
            self.folder.__exit__(*sys.exc_info())
            raise
        self.depth += 1
        return self

    def __exit__(self, *exception: Any) -> None:
        self.depth -= 1
        if self.depth == 0 and self.connection is not None:
            try:
                self._ask("pg_advisory_unlock")
            except Exception:  # the connection is lost, and the lock with it
                self.connection = None
        self.folder.__exit__(*exception)

    def _ask(self, function: str) -> None:
        from sqlalchemy import NullPool, create_engine, text
        from sqlalchemy.exc import DBAPIError

        number = int.from_bytes(hashlib.sha256(b"autograder").digest()[:7])
        for last in (False, True):
            if self.connection is None:  # kept open: a class has thousands of turns
                engine = create_engine(self.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
                self.connection, last = engine.connect(), True
            try:
                self.connection.execute(text(f"SELECT {function}({number})"))
                return
            except DBAPIError:
                self.connection = None
                if last or function != "pg_advisory_lock":
                    raise


@lru_cache(maxsize=16)
def turn(url: str, folder: AbstractContextManager[object]) -> Turn:
    """This process's place in the queue for a server's gradebook, and for a course's folder."""
    return Turn(url, folder)


def refuse_to_leave(beside: Path, url: str) -> None:
    """Refuse to begin a gradebook elsewhere as long as there is one in the course's folder.

    Raises
    ------
    CourseError
        With the command that copies it.
    """
    here = f"sqlite:///{beside}"
    if file_of(url) != beside and is_there(here) and not is_there(url):
        raise CourseError(
            f"{beside.name} has grades, and {shown(url)} has none: `python -m autograder.database "
            f"sqlite:///{beside.name} {shown(url)}` copies them; or put that file elsewhere"
        )


def without_address(settings: str) -> str:
    """The text of a course.toml without its gradebook: a copy of the course must not write to the course's own."""
    kept = re.sub(r"^\s*[\"']?gradebook[\"']?\s*=.*$", "", settings, flags=re.MULTILINE)
    if tomllib.loads(kept).get("gradebook"):
        raise CourseError("the setting gradebook in course.toml should stand in a line of its own")
    return kept


def main(words: list[str]) -> int:
    if len(words) != 2:
        print("python -m autograder.database FROM TO: the URLs of two gradebooks", file=sys.stderr)
        return 2
    try:
        source, target = (normal(word, Path.cwd()) for word in words)
        if not is_there(source):
            raise CourseError(f"there is no gradebook at {shown(source)}")
        if is_there(target):
            raise CourseError(f"there is a gradebook at {shown(target)} already")
        with in_words(target), in_words(source):
            copy(source, target)
    except CourseError as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 2
    print(f"{shown(target)} has what {shown(source)} has")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
