"""What teachers and students see in a browser: hand-ins are data there, and the formgrader's buttons are ours.

A real Jupyter server with our configuration, its REST interface, and Chromium on its pages and on feedback pages.
"""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

import nbformat
import pytest
from conftest import end_server, new_course
from nbgrader.api import Gradebook
from test_browser import CHROMIUM, DRIVER, browser, wait  # noqa: F401, a fixture
from test_sanitize import PNG, Looked, encoded

from autograder.authoring.hand_in import write_notebook
from autograder.authoring.notebook import grade_id_of, is_manual, read_notebook
from autograder.classroom.feedback import write_feedback
from autograder.classroom.gradebook import GradebookWriter
from autograder.course import JUPYTER_CONFIG, Course
from autograder.grading.grade import grade_class
from autograder.sandbox.isolation import best_level, strict_works
from autograder.tests.sample_class import ASSIGNMENT

needs_a_browser = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="Chromium and its driver are not installed")
needs_strict = pytest.mark.skipif(strict_works() is not None, reason="level strict is not to be had here")
TOKEN = "a-test-of-our-own"
ANSWER = "inline_question_1_explanation"
NAMES = ("layers", "two_layer_net")
KEY_PICTURE = encoded(size=(5, 7))  # attached to the sample answer
DO = "window.pwned=(window.pwned||0)+1;document.title='pwned'"


class Listener(http.server.BaseHTTPRequestHandler):
    """Notes what is asked of it."""

    asked: list[str] = []

    def do_GET(self):
        self.asked.append(self.path)
        self.send_response(204)
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def listener():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def hostile(listener):
    """Texts of a hand-in that would do something in a page; the first is as it was met."""
    return [
        "<script>document.title='pwned-md'</script><img src=x onerror=\"document.title='pwned-img'\"> "
        "[link](javascript:alert(1)) **bold** $x<y$ `a<b`",
        f"<script>{DO}</script>",
        f'<img src=x onerror="{DO}">',
        f'<svg onload="{DO}"></svg>',
        f'<body onload="{DO}">',
        f'<details open ontoggle="{DO}">x</details>',
        f'<input autofocus onfocus="{DO}">',
        f'<iframe srcdoc="<script>parent.{DO}</script>"></iframe>',
        f'<iframe src="{listener}/frame"></iframe>',
        f"![remote]({listener}/markdown.png)",
        f'<img src="{listener}/html.png" srcset="{listener}/set.png 2x">',
        f'<form action="{listener}/form" id=f><input type=submit></form><script>f.submit()</script>',
        f"<style>@import '{listener}/style.css'; .summary, .navbar {{ display: none !important }}</style>",
        f'<link rel=stylesheet href="{listener}/link.css"><meta http-equiv=refresh content="0;url={listener}/refresh">',
        f'<object data="{listener}/object"></object><embed src="{listener}/embed">'
        f'<video autoplay src="{listener}/video"></video>',
        f'<div style="position:fixed;inset:0;z-index:9999;background:url({listener}/background)" '
        'class="navbar">overlay</div>',
        f'[x](javascript:{DO}) <a href="java&#10;script:{DO}">y</a>',
        f'<base href="{listener}/"><img src="base.png">',
        f"$\\href{{javascript:{DO}}}{{x}}$ $$\\bbox[background:url({listener}/bbox)]{{x}}$$",
        f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={DO}&gt;">',
        f'<noscript><p title="</noscript><img src=x onerror={DO}>">',
        f"`</code><script>{DO}</script>`",
        f"```html\n</code></pre><script>{DO}</script>\n```",
        f"<textarea class=comment></textarea></div></div><script>{DO}</script>",
        f'![" onerror="{DO}](attachment:a.png)',
    ]


@pytest.fixture(scope="module")
def course(tmp_path_factory, listener):
    """A course with two graded hand-ins: one hostile, one with a picture in its answer."""
    folder = tmp_path_factory.mktemp("pages")
    made = new_course(folder)
    source = made.solutions / ASSIGNMENT / "layers.ipynb"
    notebook = read_notebook(source)
    sample = next(cell for cell in notebook.cells if grade_id_of(cell) == ANSWER)
    sample.source = sample.source.replace(
        "### BEGIN SOLUTION", "### BEGIN SOLUTION\nA drawing: ![key](attachment:key.png)\n", 1
    )
    sample.attachments = {"key.png": {"image/png": KEY_PICTURE}}
    write_notebook(source, notebook)
    command(made, "release", ASSIGNMENT)
    for student in ("ada", "mallory"):
        shutil.copytree(made.released / ASSIGNMENT, made.submitted / student / ASSIGNMENT)
    edit(
        made,
        "ada",
        lambda cell: cell.update(
            source="On paper:\n\n![paper](attachment:paper.png)", attachments={"paper.png": {"image/png": PNG}}
        ),
    )

    def attack(cell):
        cell.update(source="\n\n".join(hostile(listener)), attachments={"a.png": {"image/png": 'x" onerror="' + DO}})

    edit(
        made,
        "mallory",
        attack,
        [nbformat.v4.new_markdown_cell(text) for text in hostile(listener)]
        + [
            nbformat.v4.new_raw_cell(
                f"<script>{DO}</script>", metadata={"raw_mimetype": "text/html", "tags": [f'"><script>{DO}</script>']}
            ),
            nbformat.v4.new_code_cell(
                f"# <script>{DO}</script>\nfrom IPython.display import HTML, Markdown, SVG, Javascript, display\n"
                f"x = {hostile(listener)[2]!r}\nprint(x, '\\x1b[38m')\ndisplay(HTML(x), Markdown(x), "
                f"Javascript({DO!r}))\n"
                f"display({{'image/png': {chr(34) + ' onerror=' + chr(34) + DO!r}}}, raw=True)\n"
                f"import os\nprint('open' if os.path.exists({str(made.solutions)!r}) else 'shut')\nraise ValueError(x)"
            ),
        ],
    )
    with GradebookWriter(made) as gradebook:
        for result in grade_class(made, ASSIGNMENT, ["ada", "mallory"], level=best_level()):
            gradebook.record(ASSIGNMENT, result)
    pages, problems = write_feedback(made, ASSIGNMENT)
    assert len(pages) == 4 and problems == []
    return made


def edit(course, student, change, more=()):
    path = course.submitted / student / ASSIGNMENT / "layers.ipynb"
    notebook = read_notebook(path)
    change(next(cell for cell in notebook.cells if grade_id_of(cell) == ANSWER))
    notebook.cells[3:3] = more
    path.write_text(json.dumps(notebook), encoding="utf-8")


def command(course, *words, **more):
    return subprocess.run(
        [sys.executable, "-m", "autograder", *words], cwd=course.root, check=True, capture_output=True, **more
    )


def serving(course, home, **environment):
    """A Jupyter server on the course, as `autograder formgrader` starts it; gives the process and its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = (
        os.environ
        | {
            "JUPYTER_CONFIG_PATH": str(JUPYTER_CONFIG),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "IPYTHONDIR": str(home / "ipython"),
        }
        | environment
    )
    with open(home / "log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "jupyterlab",
                "--no-browser",
                "--allow-root",
                f"--port={port}",
                "--ServerApp.port_retries=0",
                f"--IdentityProvider.token={TOKEN}",
                "--LabApp.extension_manager=readonly",
            ],
            cwd=course.root,
            env=environment,
            stdout=log,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}"
    for _ in range(1200):
        try:
            urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=5).close()
            return server, address
        except OSError:
            assert server.poll() is None, (home / "log").read_text(encoding="utf-8")
            time.sleep(0.25)
    raise AssertionError((home / "log").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def formgrader(course, tmp_path_factory):
    server, address = serving(course, tmp_path_factory.mktemp("home"))
    yield f"{address}/formgrader"
    end_server(server)


def ask(formgrader, path, method="GET"):
    request = urllib.request.Request(
        f"{formgrader}/api/{path}", method=method, headers={"Authorization": f"token {TOKEN}"}
    )
    with urllib.request.urlopen(request, timeout=500) as answer:
        return json.load(answer)


def page_of(course, student, name="layers"):
    with Gradebook(course.gradebook_url) as gradebook:
        return f"submissions/{gradebook.find_submission_notebook(name, ASSIGNMENT, student).id}/?token={TOKEN}"


def look(browser, address):  # noqa: F811
    """Open a page and wait until all that could happen in it has happened."""
    Listener.asked.clear()
    browser.get(address)
    wait(browser, "document.readyState === 'complete'")
    time.sleep(2)
    assert browser.execute_script("return window.pwned") is None  # fails as well if a dialog is open
    assert Listener.asked == []


PICTURES = "return Array.from(document.images).map(image => [image.src.split(',')[1], image.naturalWidth])"


@needs_a_browser
def test_a_hand_in_does_nothing_in_the_formgrader(course, formgrader, browser):  # noqa: F811
    look(browser, f"{formgrader}/{page_of(course, 'mallory')}")
    assert browser.title == "layers" and "bold" in browser.page_source
    assert browser.execute_script("return document.querySelectorAll('.navbar').length") == 1
    assert (
        browser.execute_script(
            "return document.querySelectorAll('iframe, form, object, a[href^=\"javascript\"]').length"
        )
        == 0
    )
    assert "[a picture from elsewhere is not shown" in browser.find_element("tag name", "body").text


@needs_a_browser
def test_a_hand_in_does_nothing_in_a_feedback_page(course, browser):  # noqa: F811
    look(browser, (course.feedback / "mallory" / ASSIGNMENT / "layers.html").as_uri())
    assert browser.title == "layers"
    whose = f"{course.settings.title} · {ASSIGNMENT} · mallory"
    assert course.settings.title and browser.find_element("class name", "whose").text == whose
    assert browser.find_element("class name", "summary").is_displayed()
    assert (
        browser.execute_script(
            "return document.querySelectorAll('iframe, form, input, a[href^=\"javascript\"]').length"
        )
        == 0
    )


@needs_a_browser
def test_a_picture_in_an_answer_is_seen_by_both(course, formgrader, browser):  # noqa: F811
    for address in (
        f"{formgrader}/{page_of(course, 'ada')}",
        (course.feedback / "ada" / ASSIGNMENT / "layers.html").as_uri(),
    ):
        look(browser, address)
        assert [PNG, 3] in browser.execute_script(PICTURES)


@needs_a_browser
def test_the_marking_scheme_is_for_the_grader_only(course, formgrader, browser):  # noqa: F811
    look(browser, f"{formgrader}/{page_of(course, 'ada')}")
    assert "Marking scheme" in browser.find_element("tag name", "body").text and [
        KEY_PICTURE,
        5,
    ] in browser.execute_script(PICTURES)
    look(browser, (course.feedback / "ada" / ASSIGNMENT / "layers.html").as_uri())
    assert "Marking scheme" not in browser.page_source and KEY_PICTURE not in browser.page_source


def secrets(course):
    """Lines that stand in a sample answer or a marking scheme only, and the picture there."""
    found = {KEY_PICTURE}
    for name in NAMES:
        released = (course.released / ASSIGNMENT / f"{name}.ipynb").read_text(encoding="utf-8")
        for cell in read_notebook(course.source(ASSIGNMENT, name)).cells:
            if is_manual(cell):
                found |= {
                    line.strip()
                    for line in cell.source.splitlines()
                    if len(line) > 30 and json.dumps(line)[1:-1] not in released
                }
    return found


def assert_nothing_of_the_key(*folders):
    files = [path for folder in folders for path in Path(folder).rglob("*") if path.is_file()]
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8", errors="replace")
        for secret in SECRETS:
            assert not any(words in text for words in (secret, json.dumps(secret, ensure_ascii=False)[1:-1])), (
                path,
                secret,
            )
        assert "Marking scheme" not in text and "MARK SCHEME" not in text


SECRETS: set[str] = set()


@pytest.fixture(scope="module", autouse=True)
def known_secrets(course):
    SECRETS.update(secrets(course))
    assert len(SECRETS) > 4


def test_nothing_of_the_key_is_in_what_was_released_graded_and_answered(course):
    assert_nothing_of_the_key(course.released, course.autograded, course.feedback)


@pytest.mark.exhaustive
@needs_strict
def test_the_buttons_do_what_the_command_line_does(course, formgrader):
    for folder in (course.autograded, course.feedback):
        shutil.rmtree(folder)
    shutil.rmtree(course.root / ".grading")
    for student in ("mallory", "ada"):
        answer = ask(formgrader, f"submission/{ASSIGNMENT}/{student}/autograde", "POST")
        assert answer["success"] and student in answer["log"], answer
    notebook = nbformat.read(course.autograded / "mallory" / ASSIGNMENT / "layers.ipynb", 4)
    assert any("autograder" in cell.metadata for cell in notebook.cells)
    shown = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    assert "shut" in shown and "open" not in shown
    [grades] = [one for one in ask(formgrader, f"submissions/{ASSIGNMENT}") if one["student"] == "ada"]
    assert grades["autograded"] and grades["needs_manual_grade"]
    assert ask(formgrader, f"assignment/{ASSIGNMENT}/ada/generate_feedback", "POST")["success"]
    assert [path.parent.parent.name for path in course.feedback.rglob("layers.html")] == ["ada"]
    assert ask(formgrader, f"assignment/{ASSIGNMENT}/generate_feedback", "POST")["success"]
    assert "summary" in (course.feedback / "mallory" / ASSIGNMENT / "layers.html").read_text(encoding="utf-8")
    before = (course.released / ASSIGNMENT / "layers.ipynb").read_bytes()
    (course.released / ASSIGNMENT / "layers.ipynb").unlink()
    assert ask(formgrader, f"assignment/{ASSIGNMENT}/assign", "POST")["success"]
    assert (course.released / ASSIGNMENT / "layers.ipynb").read_bytes() == before
    assert_nothing_of_the_key(course.released, course.autograded, course.feedback)


def test_a_button_that_fails_says_why(formgrader):
    answer = ask(formgrader, f"submission/{ASSIGNMENT}/nobody/autograde", "POST")
    assert not answer["success"] and "no hand-in from nobody" in answer["error"]
    answer = ask(formgrader, "assignment/--help/generate_feedback", "POST")
    assert not answer["success"] and "there is no assignment '--help'" in answer["error"]
    for student in ("--student=ada", "<img src=x>", "..", "*"):
        with pytest.raises(urllib.error.HTTPError):
            ask(formgrader, f"submission/{ASSIGNMENT}/{quote(student, safe='')}/autograde", "POST")


def test_a_folder_that_is_nobodys_is_not_listed(course, formgrader):
    odd = course.submitted / "<img src=x onerror=alert(1)>"
    shutil.copytree(course.submitted / "ada", odd)
    try:
        assert {one["student"] for one in ask(formgrader, f"submissions/{ASSIGNMENT}")} == {"ada", "mallory"}
        assert course.students(ASSIGNMENT) == ["ada", "mallory"] and course.nobodys(ASSIGNMENT) == [odd.name]
    finally:
        shutil.rmtree(odd)


def test_without_strict_isolation_the_button_grades_nothing(course, tmp_path):
    graded = course.autograded / "ada" / ASSIGNMENT / "layers.ipynb"
    before = graded.stat().st_mtime_ns
    server, address = serving(course, tmp_path, PATH=str(tmp_path))  # no bubblewrap there
    try:
        answer = ask(f"{address}/formgrader", f"submission/{ASSIGNMENT}/ada/autograde", "POST")
    finally:
        end_server(server)
    assert not answer["success"] and "isolation" in answer["error"]
    assert graded.stat().st_mtime_ns == before


@pytest.mark.exhaustive
def test_stock_commands_give_nothing_of_the_key_away(course, tmp_path):
    """On a copy: what we graded, answered and released by nbgrader; then graded by nbgrader as well."""
    copy = Course(tmp_path / "course")
    shutil.copytree(course.root, copy.root, ignore=shutil.ignore_patterns(".grading"))
    environment = os.environ | {
        "JUPYTER_CONFIG_PATH": str(JUPYTER_CONFIG),
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)

    def nbgrader(name, *words):
        run = subprocess.run(
            [
                sys.executable,
                "-m",
                "nbgrader",
                name,
                ASSIGNMENT,
                "--CourseDirectory.course_id=c",
                f"--Exchange.root={exchange}",
                *words,
            ],
            cwd=copy.root,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stdout + run.stderr

    shutil.rmtree(copy.feedback, ignore_errors=True)
    nbgrader("generate_feedback", "--force")
    page = (copy.feedback / "mallory" / ASSIGNMENT / "layers.html").read_text(encoding="utf-8")
    assert f"<script>{DO}" not in page and not any(
        name.startswith("on") for _, given in Looked(page).found for name in given
    )
    nbgrader("generate_assignment", "--force")
    nbgrader("release_assignment", "--force")
    assert_nothing_of_the_key(copy.released, copy.feedback, exchange)
    for folder in (copy.submitted, copy.autograded, copy.feedback):
        shutil.rmtree(folder / "mallory")
    # As for a hand-in that came by nbgrader's own exchange.
    for name, text in {"timestamp.txt": "2026-01-01 00:00:00 UTC\n", "submission_secret.txt": 128 * "a"}.items():
        (copy.submitted / "ada" / ASSIGNMENT / name).write_text(text, encoding="utf-8")
    nbgrader("autograde", "--force")
    nbgrader("generate_feedback", "--force")
    nbgrader("release_feedback")
    assert_nothing_of_the_key(copy.released, copy.feedback, exchange)


def test_what_another_command_has_graded_is_shown_as_data_all_the_same(course, listener, tmp_path):
    """Stock nbgrader keeps a hand-in's cells as they came, with whatever they say about points."""
    copy = Course(tmp_path / "course")
    shutil.copytree(course.root, copy.root)
    path = copy.autograded / "mallory" / ASSIGNMENT / "layers.ipynb"
    notebook = nbformat.read(path, 4)
    raw = read_notebook(copy.submitted / "mallory" / ASSIGNMENT / "layers.ipynb")
    notebook.cells[3:3] = [cell for cell in raw.cells if cell.cell_type != "code" and f"{DO}" in cell.source]
    check = next(cell for cell in notebook.cells if "autograder" in cell.metadata)
    check.metadata.autograder.messages = ["a forged message"]
    check.outputs = [nbformat.v4.new_output("display_data", {"text/html": f"<script>{DO}</script>", "text/plain": "x"})]
    nbformat.write(notebook, path)
    pages, problems = write_feedback(copy, ASSIGNMENT, "mallory")
    assert len(pages) == 2 and problems == []
    page = pages[0].read_text(encoding="utf-8")
    assert f"<script>{DO}" not in page and "a forged message" not in page
    assert not any(name.startswith("on") for _, given in Looked(page).found for name in given)


def test_feedback_that_cannot_be_made_is_named_and_the_rest_is_made(course, tmp_path):
    copy = Course(tmp_path / "course")
    shutil.copytree(course.root, copy.root)
    (copy.autograded / "mallory" / ASSIGNMENT / "layers.ipynb").write_text("{", encoding="utf-8")
    shutil.rmtree(copy.feedback, ignore_errors=True)
    run = subprocess.run(
        [sys.executable, "-m", "autograder", "feedback", ASSIGNMENT], cwd=copy.root, capture_output=True, text=True
    )
    assert run.returncode == 1 and "no feedback for mallory: " in run.stderr and "2 feedback pages" in run.stdout
    assert {path.parent.parent.name for path in copy.feedback.rglob("*.html")} == {"ada"}


@pytest.mark.exhaustive
def test_feedback_that_takes_too_long_is_given_up_and_the_rest_is_made(course, tmp_path, monkeypatch):
    """nbconvert's Markdown is quadratic in this text, which no notebook that we graded holds."""
    copy = Course(tmp_path / "course")
    shutil.copytree(course.root, copy.root)
    path = copy.autograded / "mallory" / ASSIGNMENT / "layers.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("\\\\(" * 1_000_000))
    nbformat.write(notebook, path)
    kept = copy.root / ".grading" / ASSIGNMENT / "mallory" / "layers.json"
    entry = json.loads(kept.read_text(encoding="utf-8"))
    kept.write_text(json.dumps(entry | {"graded": hashlib.sha256(path.read_bytes()).hexdigest()}), encoding="utf-8")
    monkeypatch.setattr("autograder.classroom.feedback.SECONDS", 120.0)
    began = time.monotonic()
    pages, problems = write_feedback(copy, ASSIGNMENT)
    assert time.monotonic() - began < 300
    assert len(problems) == 1 and problems[0].startswith("no feedback for mallory: the work on it took more than")
    assert {page.parent.parent.name for page in pages} == {"ada"} and not (
        copy.feedback / "mallory" / ASSIGNMENT
    ).exists()
