"""A student's day in a browser: unpack the hand-out, install it, meet a failing check, write the answers, hand in.

Chromium drives JupyterLab as a person would, through its own commands; nothing is fetched from outside. JupyterLab runs
in a fresh environment that has the helper package from the zip and nothing of the grader. With SCREENSHOTS set to a
folder, pictures of each stage are kept there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest
from conftest import end_server, new_course

from autograder.authoring.hand_in import filled_in
from autograder.authoring.misconception import load_catalogue
from autograder.authoring.notebook import grade_id_of, is_check, is_skipped, is_todo, read_notebook
from autograder.authoring.release import release
from autograder.authoring.rubric import load_rubric
from autograder.classroom import handout
from autograder.course import Course
from autograder.evidence.road import ROAD
from autograder.tests.sample_class import ASSIGNMENT, SOLUTIONS
from cs231n_utils.training import save_params

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="Chromium and its driver are not installed")

TOKEN = "a-test-of-our-own"
NAMES = ("layers", "two_layer_net")

# What the page is asked to do. A notebook is reached through JupyterLab's own model, as its commands reach it.
TOOLS = """
window.course = {
  panel: () => window.jupyterapp.shell.currentWidget,
  cells: () => Array.from(window.course.panel().content.widgets),
  outputs: cell => JSON.stringify(cell.outputArea ? cell.outputArea.model.toJSON() : []),
  run: async index => {
    const notebook = window.course.panel().content;
    notebook.activeCellIndex = index;
    notebook.deselectAll();
    await window.jupyterapp.commands.execute('notebook:run-cell');
    return window.course.outputs(window.course.cells()[index]);
  },
};
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The folder in which a student unpacks what is handed out."""
    return tmp_path_factory.mktemp("home")


def handed_out(course, assignment, home, monkeypatch):
    """Unpack an assignment's hand-out; its trial is left out, of which this here is a longer one."""
    monkeypatch.setattr(handout, "_try", lambda *parts: None)
    handout.hand_out(course, assignment)
    with zipfile.ZipFile(course.root / "handout" / f"{assignment}.zip") as archive:
        archive.extractall(home)
    return home / assignment


@pytest.fixture(scope="module")
def student(tmp_path_factory, home, trained_net):
    """A student's folder as it is handed out, with the nets that long training would save there."""
    course = new_course(tmp_path_factory.mktemp("browser"))
    with pytest.MonkeyPatch.context() as monkeypatch:
        folder = handed_out(course, ASSIGNMENT, home, monkeypatch)
    params, source = trained_net
    for name in NAMES:
        for file in load_rubric(SOLUTIONS / f"{name}.ipynb").files():
            save_params(folder / file, params, data=source)
    return course, folder


@pytest.fixture(scope="module")
def python(student, tmp_path_factory):
    """A fresh environment's Python: the helper package is the hand-out's, the rest comes from here without network."""
    _, folder = student
    venv.create(tmp_path_factory.mktemp("fresh") / ".venv", symlinks=True)
    python = tmp_path_factory.getbasetemp() / "fresh0" / ".venv" / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*install, *folder.glob("*.whl")], check=True)
    return python


# What a fresh environment would install by itself.
BORROWED = {
    "PYTHONPATH": sysconfig.get_path("purelib"),
    "JUPYTERLAB_DIR": str(Path(sys.prefix) / "share" / "jupyter" / "lab"),
}


@pytest.fixture(scope="module")
def lab(student, python, home, tmp_path_factory):
    """JupyterLab on that folder, with settings of its own; its address."""
    folder, home = home, tmp_path_factory.mktemp("settings")
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text(
        json.dumps({"fetchNews": "false", "checkForUpdates": False})
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = (
        os.environ
        | BORROWED
        | {
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_DATA_DIR": str(home / "data"),
            "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
            "IPYTHONDIR": str(home / "ipython"),
        }
    )
    with open(home / "log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(
            [
                python,
                "-m",
                "jupyterlab",
                "--no-browser",
                "--allow-root",
                "--expose-app-in-browser",
                "--JupyterNotebookApp.expose_app_in_browser=True",
                f"--port={port}",
                "--ServerApp.port_retries=0",
                f"--IdentityProvider.token={TOKEN}",
                "--LabApp.extension_manager=readonly",
                "--ServerApp.jpserver_extensions=notebook=True",
                f"--ServerApp.root_dir={folder}",
            ],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=5).close()
                break
            except OSError:
                assert server.poll() is None, (home / "log").read_text(encoding="utf-8")
                time.sleep(0.25)
        yield address
    finally:
        end_server(server)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-sync",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--window-size=1280,1000",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(argument)
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    driver.set_script_timeout(600)
    yield driver
    driver.quit()


def call(browser, script, *arguments):
    """Run an asynchronous function body in the page; its value, or the page's own error."""
    answer = browser.execute_async_script(
        "const [args, done] = [Array.from(arguments).slice(0, -1), arguments[arguments.length - 1]];"
        "(async (...args) => {"
        + script
        + "})(...args).then(value => done({value}), error => done({error: String(error)}));",
        *arguments,
    )
    assert "error" not in answer, answer
    return answer.get("value")


def wait(browser, condition, seconds=300):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if browser.execute_script(f"try {{ return Boolean({condition}); }} catch (error) {{ return false; }}"):
            return
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} seconds: {condition}")


def open_notebook(browser, lab, name, assignment=ASSIGNMENT):
    browser.get(f"{lab}/lab/tree/{assignment}/{name}.ipynb?token={TOKEN}&reset")
    wait(browser, "window.jupyterapp && window.jupyterapp.shell.currentWidget.content.widgets.length > 20")
    browser.execute_script(TOOLS)
    wait(browser, "window.course.panel().sessionContext.session.kernel.status === 'idle'")
    call(browser, "if (window.jupyterapp.shell.leftCollapsed === false) window.jupyterapp.shell.collapseLeft();")


def picture(browser, name):
    if folder := os.environ.get("SCREENSHOTS"):
        time.sleep(1)
        Path(folder).mkdir(parents=True, exist_ok=True)
        browser.save_screenshot(str(Path(folder) / f"{name}.png"))


def short_cells(notebook):
    """Numbers of the code cells that take no long training."""
    return [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code" and not is_skipped(cell)]


def outputs_until(browser, notebook, stop):
    """Run the short cells in order until `stop` says so of an output; the grade id of that cell, and its output."""
    for index in short_cells(notebook):
        output = call(browser, "return await window.course.run(args[0]);", index)
        if stop(output):
            call(
                browser,
                "const cell = window.course.cells()[args[0]]; cell.node.scrollIntoView({block: 'center'});",
                index,
            )
            return grade_id_of(notebook.cells[index]), output
    return None, ""


def test_the_first_failing_check_shows_what_to_do(browser, lab, student):
    _, folder = student
    open_notebook(browser, lab, "layers")
    grade_id, output = outputs_until(browser, read_notebook(folder / "layers.ipynb"), lambda output: "○" in output)
    picture(browser, "not-written")
    assert grade_id == "affine_forward" and "not written yet" in output


@pytest.mark.exhaustive
def test_notebook_7_shows_it_as_well(browser, lab, student):
    _, folder = student
    shutil.copy(folder / "layers.ipynb", folder / "seven.ipynb")
    try:
        browser.get(f"{lab}/notebooks/{ASSIGNMENT}/seven.ipynb?token={TOKEN}")
        wait(
            browser,
            "window.jupyterapp && window.jupyterapp.shell.currentWidget.context.isReady "
            "&& window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'",
        )
        browser.execute_script(TOOLS)
        grade_id, output = outputs_until(browser, read_notebook(folder / "seven.ipynb"), lambda output: "○" in output)
        picture(browser, "notebook-7")
        assert (
            browser.title.startswith("seven")
            and browser.execute_script("return document.querySelectorAll('.jp-OutputArea-output table').length") > 0
        )
        assert grade_id == "affine_forward" and "not written yet" in output
    finally:
        (folder / "seven.ipynb").unlink()


@pytest.mark.exhaustive
def test_a_mistake_gets_a_hint_that_names_it(browser, lab, student):
    """The bias gradient with one axis too many, as many students write it."""
    course, folder = student
    open_notebook(browser, lab, "layers")
    released = read_notebook(folder / "layers.ipynb")
    answers = filled_in(released, read_notebook(course.solutions / ASSIGNMENT / "layers.ipynb"))
    for index, cell in enumerate(answers.cells):
        if is_todo(cell):
            source = cell.source.replace("dout.sum(axis=0)", "dout.sum(axis=0, keepdims=True)")
            write_into(browser, index, source)
    grade_id, output = outputs_until(browser, released, lambda output: "✗" in output)
    picture(browser, "a-hint")
    assert grade_id == "affine_backward" and "there is an axis of length 1 too many: is it keepdims" in output


def write_into(browser, index, source):
    call(browser, "window.course.cells()[args[0]].model.sharedModel.setSource(args[1]);", index, source)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", NAMES)
def test_the_references_answers_pass_every_visible_check(browser, lab, student, name):
    course, folder = student
    open_notebook(browser, lab, name)
    released = read_notebook(folder / f"{name}.ipynb")
    answers = filled_in(released, read_notebook(course.source(ASSIGNMENT, name)))
    for index, (cell, before) in enumerate(zip(answers.cells, released.cells)):
        if cell.source != before.source:
            write_into(browser, index, cell.source)
    shown = []
    assert outputs_until(browser, released, lambda output: shown.append(output) or "✗" in output or "○" in output) == (
        None,
        "",
    )
    assert sum(output.count("✓") for output in shown) > 10
    picture(browser, f"{name}-done")
    call(browser, "await window.jupyterapp.commands.execute('docmanager:save');")
    assert [cell.source for cell in read_notebook(folder / f"{name}.ipynb").cells] == [
        cell.source for cell in answers.cells
    ]


def submitted(python, folder, *words, status):
    """What submit says in a student's folder."""
    made = subprocess.run(
        [python, "-m", "cs231n_utils.submit", *words],
        cwd=folder,
        env=os.environ | BORROWED,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert made.returncode == status and not made.stderr, made.stdout + made.stderr
    return made.stdout


@pytest.mark.exhaustive
def test_the_zip_is_graded_with_all_points(student, python):
    course, folder = student
    submitted(python, folder, status=0)
    (archive,) = folder.glob("*.zip")
    shutil.copy(archive, course.root / "ada.zip")
    for command in (["collect", ASSIGNMENT, "ada.zip", "--student", "ada"], ["grade", ASSIGNMENT, "--json", "r.json"]):
        run = subprocess.run(
            [sys.executable, "-m", "autograder", *command], cwd=course.root, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stdout + run.stderr
    (result,) = json.loads((course.root / "r.json").read_text(encoding="utf-8"))["submissions"]
    automatic = [cell for notebook in result["notebooks"] for cell in notebook["cells"] if cell["checks"]]
    assert result["student"] == "ada" and sum(cell["max_score"] for cell in automatic) == 39
    assert all(cell["score"] == cell["max_score"] for cell in automatic)


COMMANDS = "return window.jupyterapp.commands.listCommands();"
COURSE = Course(Path(__file__).parents[2])
FIRST_HINT = """
const panel = window.course.panel(), cells = window.course.cells();
await panel.content.scrollToItem(args[0] - 1);
const text = cells.slice(0, args[0]).reverse().find(cell => cell.model.type === 'markdown'
                                                            && cell.model.sharedModel.getSource().includes('Hint 1'));
for (let tries = 0; tries < 100 && !text.node.querySelector('details'); tries++)
    await new Promise(done => setTimeout(done, 100));
const hint = text.node.querySelector('details');
hint.querySelector('summary').click();
return hint.open ? hint.innerText : '';
"""


@pytest.mark.exhaustive
@pytest.mark.parametrize("assignment", COURSE.assignments())
def test_the_whole_way_to_the_first_points(browser, lab, python, home, autograder, tmp_path, monkeypatch, assignment):
    """One question of each assignment, from the hand-out to the feedback; a known mistake is made on the way."""
    course = COURSE.copied(tmp_path / "course", assignment)
    release(course, assignment)
    name = next(iter(ROAD[assignment].notebooks))
    folder = home / assignment
    if not folder.exists():
        handed_out(course, assignment, home, monkeypatch)
    for other in [*folder.glob("*.ipynb"), *folder.glob("*.npz")]:  # one notebook is enough
        if other.stem != name:
            other.unlink()
    shutil.copy(course.released / assignment / f"{name}.ipynb", folder)
    solution = read_notebook(course.source(assignment, name))
    released = read_notebook(folder / f"{name}.ipynb")
    answers = filled_in(released, solution)
    place = next(index for index, cell in enumerate(released.cells) if is_todo(cell) and not is_skipped(cell))
    check = next(index for index in range(place, len(released.cells)) if is_check(released.cells[index]))
    grade_id = grade_id_of(released.cells[check])
    mistake = next(one for one in load_catalogue(course.source(assignment, name)) if one.cell == grade_id)
    wrong = answers.cells[place].source
    for old, new in mistake.edits.items():
        wrong = wrong.replace(old, new)

    open_notebook(browser, lab, name, assignment)
    assert not [one for one in browser.execute_script(COMMANDS) if "nbgrader" in one or "assignment" in one.lower()]
    seen = []
    for source in (None, wrong, answers.cells[place].source):
        if source is not None:
            write_into(browser, place, source)
        for index in short_cells(released) if source is None else (place, check):
            if index <= check:
                output = call(browser, "return await window.course.run(args[0]);", index)
        seen.append(output)
        picture(browser, f"{assignment}-{len(seen)}")
        if len(seen) == 2:
            assert len(call(browser, FIRST_HINT, place)) > 30
    assert "not written yet" in seen[0] and "✗" in seen[1] and "not written yet" not in seen[1]
    assert "✓" in seen[2] and "✗" not in seen[2]
    call(browser, "await window.jupyterapp.commands.execute('docmanager:save');")

    said = submitted(python, folder, "--incomplete", status=1)
    assert re.search(rf"^  ✓ {grade_id}$", said, re.MULTILINE), said
    for command, ends in (
        (["collect", assignment, str(folder / f"{assignment}.zip"), "--student", "ada"], 0),
        (["grade", assignment, "--json", "r.json"], 1),  # the other notebooks are missing
        (["feedback", assignment], 0),
    ):
        status, said = autograder(course.root, *command)
        assert status == ends, said
    (result,) = json.loads((course.root / "r.json").read_text(encoding="utf-8"))["submissions"]
    (book,) = (book for book in result["notebooks"] if book["name"] == name)
    worth = released.cells[check].metadata.nbgrader.points
    assert {cell["grade_id"]: cell["score"] for cell in book["cells"] if cell["score"]} == {grade_id: worth}
    assert result["score"] == worth
    (page,) = (course.root / "feedback" / "ada" / assignment).glob(f"{name}.html")
    assert grade_id in page.read_text(encoding="utf-8")
