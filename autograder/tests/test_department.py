"""The gradebook on a server: PostgreSQL, as Debian has it, started here for these tests."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from conftest import graded_small_course
from sqlalchemy import NullPool, text
from sqlalchemy import create_engine as pooled

from autograder import database
from autograder.authoring import release as releasing
from autograder.classroom.change import change, changes
from autograder.classroom.gradebook import GradebookWriter
from autograder.course import JUPYTER_CONFIG, Course, CourseError

ASSIGNMENT = "first_steps"
PASSWORD = "beforenoon"
create_engine = partial(pooled, poolclass=NullPool)  # no connection of these tests stays open
GRADES = """
    SELECT s.student_id, n.name, b.name, g.auto_score, g.manual_score, g.needs_manual_grade
    FROM grade g JOIN base_cell b ON b.id = g.cell_id JOIN submitted_notebook sn ON sn.id = g.notebook_id
    JOIN submitted_assignment s ON s.id = sn.assignment_id JOIN notebook n ON n.id = sn.notebook_id
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A PostgreSQL server; its URL without a database's name, and a function that runs pg_ctl."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(subprocess.run(["mktemp", "-d"], capture_output=True, text=True, check=True).stdout.strip())
    other = []
    if os.geteuid() == 0:  # which PostgreSQL refuses to run as
        shutil.chown(folder, "postgres")
        other = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]

    def run(program, *words):
        command = [*other, programs[-1] / program, "-D", folder / "data", *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")

    def control(*words):
        run("pg_ctl", "-w", "-l", folder / "log", "-o", f"-p {port} -k {folder} -c fsync=off", *words)

    run("initdb", "-A", "trust", "-U", "grader", "--no-sync")
    control("start")
    yield f"postgresql+psycopg://grader:{PASSWORD}@localhost:{port}", control
    control("stop", "-m", "immediate")
    shutil.rmtree(folder)


@pytest.fixture
def url(server, request):
    """An empty database."""
    address, _ = server
    name = f"d{abs(hash(request.node.name))}"
    with create_engine(f"{address}/postgres", isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    return f"{address}/{name}"


def on_server(folder, url, *, students=()):
    """The small course with its gradebook on a server, nothing graded yet."""
    course = graded_small_course(folder)
    (course.root / "gradebook.db").unlink()
    shutil.rmtree(course.root / ".grading")
    shutil.rmtree(course.autograded)
    for student in students:
        shutil.copytree(course.submitted / "ada", course.submitted / student)
    if url:
        path = course.solutions / "course.toml"
        path.write_text(f'gradebook = "{url}"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    return course


def grades(course):
    with create_engine(course.gradebook_url).connect() as connection:
        return sorted(map(tuple, connection.execute(text(GRADES)).all()), key=repr)


def tables(url):
    with create_engine(url).connect() as connection:
        return connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar()


def grade(course, *students, **options):
    words = [word for student in students for word in ("--student", student)]
    command = [sys.executable, "-m", "autograder", "grade", ASSIGNMENT, "--jobs", "1", "--isolation", "process", *words]
    return subprocess.Popen(command, cwd=course.root, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)


def recorded(url):
    with create_engine(url).connect() as connection:
        return connection.execute(text("SELECT count(*) FROM grade WHERE auto_score IS NOT NULL")).scalar()


@pytest.mark.exhaustive
def test_two_graders_at_once_one_killed_end_as_with_a_file(tmp_path, url):
    """On two machines: each has a folder of its own, and hand-ins of its own; they share the database alone."""
    half = [[f"{side}{number}" for number in range(6)] for side in ("left", "right")]
    everyone = [*half[0], *half[1], "ada", "bob", "zoë"]
    alone = on_server(tmp_path / "alone", "", students=half[0] + half[1])
    assert grade(alone).wait() == 1  # zoë's is no notebook
    both = [on_server(tmp_path / side[0], url, students=half[0] + half[1]) for side in half]
    for course in both:
        shutil.copy(alone.secret_file, course.secret_file)
    first, second = (grade(course, *side) for course, side in zip(both, half))
    deadline = time.monotonic() + 60
    while not tables(url) or recorded(url) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    second.send_signal(signal.SIGKILL)
    assert first.wait() == 0 and second.wait() == -signal.SIGKILL
    assert {student for student, *_ in grades(both[0])} < set(everyone)  # it was killed in the middle
    assert grade(both[1], *half[1]).wait() == 0
    assert grade(both[0], "ada", "bob", "zoë").wait() == 1
    assert grades(both[0]) == grades(both[1]) == grades(alone)
    assert {student for student, *_ in grades(alone)} == set(everyone)


@pytest.mark.exhaustive
def test_one_writes_at_a_time_whatever_folder_they_are_in(tmp_path, url):
    course, other = (on_server(tmp_path / name, url) for name in ("one", "other"))
    wait = "from autograder.course import Course\nwith Course.find().lock(): print('mine', flush=True)"
    with course.lock(), course.lock():  # one process may take it again
        waiting = subprocess.Popen([sys.executable, "-c", wait], cwd=other.root, stdout=subprocess.PIPE, text=True)
        time.sleep(2)
        assert waiting.poll() is None
    assert waiting.communicate(timeout=20)[0] == "mine\n"


@pytest.mark.exhaustive
def test_what_a_teacher_does_with_a_gradebook_works_with_a_server(tmp_path, url, autograder):
    course = on_server(tmp_path, url)
    assert "there are no grades yet in postgresql+psycopg://grader:***@" in autograder(course.root, "export")[1]
    assert tables(url) == 0  # looking has made nothing
    assert autograder(course.root, "grade", ASSIGNMENT, "--isolation", "process")[0] == 1
    assert not (course.root / "gradebook.db").exists()
    with GradebookWriter(course) as gradebook:
        by_hand = gradebook.gradebook.find_grade("to_celsius", "temperature", ASSIGNMENT, "ada")
        by_hand.manual_score = 0.5
        gradebook.gradebook.db.commit()
    before = grades(course)
    status, said = autograder(course.root, "grade", ASSIGNMENT, "--isolation", "process")
    assert grades(course) == before and "0.5" in repr(before)
    assert autograder(course.root, "export", "--to", "grades.csv")[0] == 0
    rows = list(csv.DictReader(io.StringIO((course.root / "grades.csv").read_text(encoding="utf-8-sig"))))
    assert [row["student_id"] for row in rows] == ["ada", "bob", "zoë"]
    assert autograder(course.root, "feedback", ASSIGNMENT)[0] == 0
    assert (course.feedback / "ada" / ASSIGNMENT / "temperature.html").is_file()
    assert autograder(course.root, "clean", "--yes")[0] == 0 and grades(course) == before
    _, said = autograder(course.root, "backup", str(tmp_path / "all.tar.gz"))
    assert "gradebook.db, a copy of postgresql+psycopg://grader:***@" in said and PASSWORD not in said
    (tmp_path / "back").mkdir()
    subprocess.run(["tar", "--no-same-owner", "-xf", tmp_path / "all.tar.gz", "-C", tmp_path / "back"], check=True)
    copy = Course(tmp_path / "back" / course.root.name)
    assert copy.gradebook_url == course.gradebook_url
    (copy.solutions / "course.toml").write_text("", encoding="utf-8")
    assert grades(copy) == before


@pytest.mark.exhaustive
def test_a_release_that_fails_leaves_a_servers_gradebook_as_it_was(tmp_path, url, monkeypatch):
    course = on_server(tmp_path, url)
    assert grade(course).wait() == 1
    before = grades(course)
    source = course.source(ASSIGNMENT, "temperature")
    for path in (source, *source.with_suffix("").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace('"to_celsius', '"in_celsius'), encoding="utf-8")
    found = changes(course, ASSIGNMENT)
    assert found[0].renamed and grades(course) == before  # to find out, a release was made elsewhere

    def fails(*_):
        assert "in_celsius" in repr(grades(course))  # it is in the gradebook already
        raise CourseError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(releasing, "_add_notes", fails)
        with pytest.raises(CourseError, match="no room"):
            change(course, ASSIGNMENT, found)
    assert grades(course) == before
    change(course, ASSIGNMENT, found)
    assert grades(course) == [(one, two, "in_celsius", *rest) for one, two, _, *rest in before]


def test_a_gradebook_moves_to_a_server_and_back(tmp_path, url, autograder):
    course = graded_small_course(tmp_path)
    before = grades(course)
    path = course.solutions / "course.toml"
    path.write_text(f'gradebook = "{url}"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    for words in (("grade", ASSIGNMENT), ("release", ASSIGNMENT)):
        status, said = autograder(course.root, *words)
        assert status == 2 and "gradebook.db has grades, and postgresql" in said and "copies them" in said
    assert tables(url) == 0

    def copy(*words):
        done = subprocess.run(
            [sys.executable, "-m", "autograder.database", *words], cwd=course.root, capture_output=True, text=True
        )
        assert "Traceback" not in done.stderr and PASSWORD not in done.stdout + done.stderr
        return done.returncode, done.stdout + done.stderr

    status, said = copy("sqlite:///gradebook.db", url)
    assert status == 0, said
    assert grades(course) == before
    status, said = copy("sqlite:///gradebook.db", url)
    assert status == 2 and "already" in said
    assert copy(url, "sqlite:///again.db")[0] == 0
    path.write_text('gradebook = "sqlite:///again.db"\n', encoding="utf-8")
    assert course.gradebook == course.root / "again.db" and grades(course) == before


@pytest.mark.exhaustive
def test_nbgraders_own_commands_and_configuration_find_the_server(tmp_path, url, autograder):
    course = on_server(tmp_path, "")
    own = course.root / "nbgrader_config.py"
    own.write_text(
        f'c = get_config()\nc.CourseDirectory.db_url = "{url}"\nc.CourseDirectory.source_directory = "elsewhere"\n'
        'c.ClearSolutions.code_stub = {"python": "# yours"}\nc.ExportApp.exporter_class = "x"\n',
        encoding="utf-8",
    )
    assert course.gradebook is None and course.nbgrader_config().CourseDirectory.db_url == url
    assert course.nbgrader_config().CourseDirectory.source_directory == "solutions"  # a course is laid out as it is
    own.write_text(f'c = get_config()\nc.CourseDirectory.db_url = "{url}"\n', encoding="utf-8")
    autograder(course.root, "grade", ASSIGNMENT, "--isolation", "process")
    path = course.solutions / "course.toml"
    for by_setting in (False, True):
        if by_setting:
            own.unlink()
            path.write_text(f'gradebook = "{url}"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
        (course.root / "grades.csv").unlink(missing_ok=True)
        subprocess.run(
            [sys.executable, "-m", "nbgrader", "export"],
            cwd=course.root,
            env=os.environ | {"JUPYTER_CONFIG_PATH": str(JUPYTER_CONFIG)},
            check=True,
            capture_output=True,
        )
        assert "zoë" in (course.root / "grades.csv").read_text(encoding="utf-8")
    own.write_text('c = get_config()\nc.CourseDirectory.db_url = "sqlite:///x.db"\n', encoding="utf-8")
    assert "names another gradebook" in autograder(course.root, "export")[1]
    own.write_text("1 / 0\n", encoding="utf-8")
    assert "nbgrader_config.py stops with ZeroDivisionError" in autograder(course.root, "export")[1]


@pytest.mark.exhaustive
def test_a_server_that_is_gone_is_one_sentence(tmp_path, server, url, autograder):
    course = on_server(tmp_path, url)
    assert autograder(course.root, "grade", ASSIGNMENT, "--isolation", "process")[0] == 1
    before = grades(course)
    with GradebookWriter(course) as gradebook:
        server[1]("restart", "-m", "immediate")  # what was open is lost, and found again
        with pytest.raises(CourseError, match="the gradebook"):
            gradebook.record(ASSIGNMENT, no_result())
        gradebook.record(ASSIGNMENT, no_result())
    server[1]("stop", "-m", "immediate")
    try:
        for words in (
            ("export",), ("grade", ASSIGNMENT), ("release", ASSIGNMENT), ("feedback", ASSIGNMENT),
            ("backup",), ("formgrader",), ("change", ASSIGNMENT),
        ):  # fmt: skip
            status, said = autograder(course.root, *words)
            assert status == 2, (words, said)
            assert re.search(r"the gradebook postgresql\+psycopg://grader:\*\*\*@\S+ cannot be used: connection ", said)
            assert PASSWORD not in said
    finally:
        server[1]("start")
    assert set(before) <= set(grades(course))


def no_result():
    from autograder.grading.results import SubmissionResult

    return SubmissionResult("ada", 0, 0, "graded", "", 0, [])


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("grades", "is no URL such as"),
        ("sqlite://", "nothing there would last"),
        ("oracle9://x/y", "a kind of database that SQLAlchemy does not know"),
        ("postgresql+pg8000://grader:beforenoon@x/y", 'needs pg8000: pip install "pg8000"'),
    ],
)
def test_an_address_that_is_none_is_one_sentence(tmp_path, autograder, address, sentence):
    course = on_server(tmp_path, address)
    for words in (("export",), ("grade", ASSIGNMENT), ("backup",)):
        status, said = autograder(course.root, *words)
        assert status == 2 and sentence in said and PASSWORD not in said


def test_no_copy_of_a_course_knows_where_the_gradebook_is():
    settings = 'title = "x"\ngradebook = "postgresql://a@b/c"\n[deadlines]\ngradebook_1 = 2026-10-31T23:59:00\n'
    kept = database.without_address(settings)
    assert "postgresql" not in kept and "gradebook_1" in kept and "title" in kept
    with pytest.raises(CourseError, match="a line of its own"):
        database.without_address('title = "x"\n"grade\\u0062ook" = "postgresql://a@b/c"\n')
