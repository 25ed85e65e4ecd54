"""The documentation's site: it builds without a warning, gives nothing away, and its commands do what it says.

A page's ```sh blocks are run in their order, in one shell. A ```text block after one is what it prints: each of its
lines occurs in the output, with any words in place of "…". What a reader has at hand and a page does not show is in
lines that the site leaves out: `% $ command` is run, `% exits: 1` is how the next block ends.
"""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest
from conftest import REPOSITORY

from autograder.authoring.leak import hidden_lines, normal
from autograder.authoring.new import ASSIGNMENT, NOTEBOOK, new_course
from autograder.authoring.notebook import read_notebook
from autograder.authoring.release import release
from autograder.course import Course

SITE = REPOSITORY / ".github" / "site"
OPTIONS = "-E -a -n -W --keep-going -q"
INSTRUCTORS = "tutorials/instructors"
HOW_TO = sorted(f"how-to/{path.stem}" for path in (SITE / "how-to").glob("*.md") if path.stem != "index")

# What a page tells a reader to type and a test cannot do as it is written, and what is done instead.
INSTEAD = {
    "python -m cs231n_utils.data download": "python -m cs231n_utils.data download --help",  # no network
    "autograder formgrader": "comes_up autograder formgrader",  # until somebody presses Ctrl-C
    "jupyter lab solutions": "comes_up jupyter lab --allow-root solutions",
    ".venv/bin/jupyter lab assignment": "comes_up .venv/bin/jupyter lab --allow-root assignment",
}
SHELL = """\
set -euo pipefail
comes_up() {
  BROWSER=true setsid "$@" >"$TMPDIR/server.txt" 2>&1 &
  for _ in $(seq 300); do grep -q 'is running at' "$TMPDIR/server.txt" && break; sleep 0.2; done
  kill -TERM -- -$!
  wait $! || true
  grep 'is running at' "$TMPDIR/server.txt" || { cat "$TMPDIR/server.txt"; return 1; }
}
"""
PART = re.compile(
    r"^% \$ (?P<before>[^\n]+)$|^% exits: (?P<exits>\d+)$|^```(?P<kind>sh|text)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def steps(page):
    """What a page has a reader type: commands, the exit status, what is printed."""
    found, exits = [], 0
    for part in PART.finditer((SITE / f"{page}.md").read_text(encoding="utf-8")):
        if part["before"]:
            found.append([part["before"], 0, ""])
        elif part["exits"]:
            exits = int(part["exits"])
        elif part["kind"] == "sh":
            found.append([part["text"].rstrip("\n"), exits, ""])
            exits = 0
        else:
            found[-1][2] = part["text"]
    return found


def squeezed(text):
    return " ".join(text.replace("│", " ").split())


def follow(page, folder):
    """Type what a page says in a folder, and compare what comes with what it shows."""
    todo = steps(page)
    assert todo, f"{page} has no commands"
    script = SHELL
    for commands, exits, _ in todo:
        commands = "\n".join(INSTEAD.get(line, line) for line in commands.splitlines())
        if exits:
            script += f"set +e\n{commands}\n[ $? -eq {exits} ] || exit 99\nset -e\n"
        else:
            script += f"{commands}\n"
        script += "printf '\\036'\n"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with tempfile.TemporaryDirectory() as tmp:
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"PATH": path, "COLUMNS": "120", "TMPDIR": tmp},
        )
    assert done.returncode == 0, f"{page}: {done.stdout}"
    assert "Traceback" not in done.stdout
    for (commands, _, shown), printed in zip(todo, done.stdout.split("\036")):
        for line in filter(str.strip, shown.splitlines()):
            pattern = re.escape(squeezed(line)).replace("…", ".*")
            assert re.search(pattern, squeezed(printed)), f"{page} says {line!r}, but {commands!r} prints\n{printed}"


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """The course that the instructors' tutorial makes."""
    folder = tmp_path_factory.mktemp("taught")
    follow(INSTRUCTORS, folder)
    return folder / "first_course"


@pytest.mark.exhaustive
def test_the_instructors_tutorial_does_what_it_says(taught):
    assert (taught / "feedback" / "cleo" / "first_steps" / "temperature.html").is_file()


@pytest.mark.exhaustive
@pytest.mark.parametrize("page", ["tutorials/course", "tutorials/authors"])
def test_a_tutorial_for_authors_does_what_it_says(page, tmp_path):
    follow(page, tmp_path)


@pytest.mark.exhaustive
def test_the_students_tutorial_does_what_it_says(tmp_path):
    for name in ("assignment", "cs231n_utils"):
        shutil.copytree(
            REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("build", "*.egg-info", "tests", "*.npz")
        )
    follow("tutorials/students", tmp_path)


@pytest.mark.exhaustive
@pytest.mark.parametrize("page", HOW_TO)
def test_a_how_to_does_what_it_says(page, taught, tmp_path):
    shutil.copytree(taught, tmp_path / "course")
    follow(page, tmp_path / "course")


def test_no_page_has_commands_that_are_not_run():
    followed = {INSTRUCTORS, "tutorials/course", "tutorials/authors", "tutorials/students", *HOW_TO}
    for path in SITE.rglob("*.md"):
        page = path.relative_to(SITE).with_suffix("").as_posix()
        if not page.startswith("notebooks/"):
            assert page in followed or not steps(page), f"the commands of {page} are run by no test"
            for command in re.findall(r"^```shell\n(.*?) && source", path.read_text(encoding="utf-8"), re.MULTILINE):
                assert command in (REPOSITORY / "README.md").read_text(encoding="utf-8")  # whose commands .ci/run types


# The site itself.


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as .ci/site builds it."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", *OPTIONS.split(), "-d", folder / "trees", SITE, folder / "site"],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    return folder / "site"


def test_it_is_what_the_script_builds():
    assert f"sphinx {OPTIONS} " in (REPOSITORY / ".ci" / "site").read_text(encoding="utf-8")


def test_nothing_of_a_solution_is_on_a_page(site):
    kinds = (".html", ".js", ".ipynb", ".txt")
    pages = {path: squeezed(shown(path)) for path in site.rglob("*") if path.suffix in kinds}
    secrets = {
        line: f"{path.parent.name}/{path.stem}"
        for path in sorted(Course(REPOSITORY).solutions.glob("*/*.ipynb"))
        for cell in read_notebook(path).cells
        for line in hidden_lines(cell.source)
        if "grade_cell" not in line  # the same in every hidden test
    }
    given = {normal(line) for path in (REPOSITORY / "assignment").glob("*/*.ipynb") for line in lines(path)}
    assert len(secrets) > 500
    for line, notebook in secrets.items():
        if line not in given:
            told = [path.relative_to(site) for path, text in pages.items() if line in text]
            assert not told, f"a line of the solution of {notebook} is in {told}: {line}"


def lines(path):
    return [line for cell in read_notebook(path).cells for line in cell.source.splitlines()]


def shown(path):
    """What a file of the site says: a page without its tags, a notebook's cells."""
    if path.suffix == ".ipynb":
        return "\n".join(map(normal, lines(path)))
    text = path.read_text(encoding="utf-8")
    return html.unescape(re.sub(r"<[^>]*>", "", text)) if path.suffix == ".html" else text


def test_every_command_and_setting_is_in_the_reference(site):
    from autograder import cli, settings

    page = squeezed(shown(site / "reference" / "command-line.html"))
    for command in cli.app.registered_commands:
        assert f"autograder {command.callback.__name__.replace('_', '-')}" in page
    page = squeezed(shown(site / "reference" / "settings.html"))
    for name in settings.Settings.__dataclass_fields__:
        assert name == "solutions" or name in page


def test_addresses_elsewhere_are_whole():
    for path in [*SITE.rglob("*.md"), *REPOSITORY.glob("*/*.md"), REPOSITORY / "README.md"]:
        for address in re.findall(r"\]\((\w+:[^)]*)\)", path.read_text(encoding="utf-8")):
            assert re.fullmatch(r"(https://[\w.-]+\.\w+(/\S*)?|mailto:\S+@\S+)", address), f"{path}: {address}"


def test_the_cells_to_copy_are_nbgraders(tmp_path):
    """Released, the four kinds of cells that CONTRIBUTING shows are what it says they are."""
    text = (REPOSITORY / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
    to_write, check, answer, to_read = [json.loads(block) for block in re.findall(r"```json\n([^`]*)```", text)]
    new_course(tmp_path / "course")
    course = Course(tmp_path / "course")
    path = course.source(ASSIGNMENT, NOTEBOOK)
    notebook = nbformat.read(path, as_version=4)
    asked = f'grade_cell("{ASSIGNMENT}/{NOTEBOOK}", "softmax_loss", globals())'
    hidden = f"\n### BEGIN HIDDEN TESTS\n{asked}\n### END HIDDEN TESTS"
    kept = "### BEGIN SOLUTION\nthe key\n### END SOLUTION"
    notebook.cells += [
        nbformat.v4.new_code_cell(kept, metadata=to_write),
        nbformat.v4.new_code_cell("softmax_loss" + hidden, metadata=check),
        nbformat.v4.new_markdown_cell(kept, metadata=answer),
        nbformat.v4.new_code_cell("given = 1", metadata=to_read),
    ]
    nbformat.write(notebook, path)
    rubric = path.with_suffix("") / "rubric.py"
    rubric.write_text(
        rubric.read_text(encoding="utf-8")
        + '\n\n@rubric.check(cell="softmax_loss", points=2)\ndef loss(draw):\n    return lambda code: 1\n',
        encoding="utf-8",
    )
    release(course, ASSIGNMENT)
    released = nbformat.read(course.released / ASSIGNMENT / f"{NOTEBOOK}.ipynb", as_version=4).cells[-4:]
    assert not any("the key" in cell.source or "HIDDEN" in cell.source for cell in released)
    assert [cell.metadata.nbgrader.locked for cell in released] == [False, True, False, True]
    assert [cell.metadata.get("editable", True) for cell in released] == [True, False, True, False]
    assert released[3].source == "given = 1"
