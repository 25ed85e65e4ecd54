"""A small assignment of one notebook and one saved network, handed in in many states."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cs231n_utils.submit import rehearsal
from cs231n_utils.submit.__main__ import main
from cs231n_utils.submit.files import ago, look_at_file
from cs231n_utils.submit.hand_in import read_hand_in
from cs231n_utils.submit.untouched import digest
from cs231n_utils.training import load_params, save_params

STUB = "def double(x):\n    # TODO\n    ..."
RIGHT = "def double(x):\n    return 2 * x"
CHECK = 'with attempt("double"):\n    check("double(2)", double(2), 4)\n    check("double(-1)", double(-1), -2)'
CHECK_TWICE = 'with attempt("twice"):\n    check("four times", double(double(1)), 4)'
EMPTY = "*(write your answer here)*"
SAVE = 'save_params("toy_net.npz", {"w": np.ones(3)}, data="stand-in")'


def graded(cell, grade_id, grade, solution):
    cell.metadata.nbgrader = {"grade_id": grade_id, "grade": grade, "solution": solution, "cell_type": cell.cell_type}
    return cell


def handed_out():
    cells = [
        new_code_cell(
            "import numpy as np\nfrom cs231n_utils.checks import attempt, check\n"
            "from cs231n_utils.training import save_params"
        ),
        graded(new_code_cell(STUB), "double_code", False, True),
        graded(new_code_cell(CHECK), "double", True, False),
        graded(new_code_cell(CHECK_TWICE), "twice", True, False),
        graded(new_markdown_cell(EMPTY), "why", True, True),
        new_code_cell(SAVE, metadata={"tags": ["skip-execution"]}),
    ]
    notes = {
        "assignment": "toy",
        "notebook": "toy",
        "hand_in": ["toy.ipynb", "toy_net.npz"],
        "checks": {"double": digest(CHECK), "twice": digest(CHECK_TWICE)},
        "answers": {
            "double_code": {"digest": digest(STUB), "defines": ["double"]},
            "why": {"digest": digest(EMPTY, "markdown"), "defines": []},
        },
    }
    return new_notebook(cells=cells, metadata={"coursework": notes})


def cell_of(notebook, grade_id):
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def solved():
    notebook = handed_out()
    cell_of(notebook, "double_code").source = RIGHT
    cell_of(notebook, "why").source = "Because it is twice as much."
    return notebook


@pytest.fixture
def submit(tmp_path, capsys, monkeypatch):
    """Write a hand-in, submit it; gives the exit status, what was printed, and the zip's path."""

    def run(notebook, *words, net="stand-in"):
        if notebook is not None:
            nbformat.write(notebook, tmp_path / "toy.ipynb")
        if net:
            save_params(tmp_path / "toy_net.npz", {"w": np.zeros(3)}, data=net)
        status = main([str(tmp_path), *words])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return SimpleNamespace(
            status=status,
            lines=out.splitlines(),
            shown=" ".join(out.split()),
            folder=tmp_path,
            zip=tmp_path / "toy.zip",
        )

    monkeypatch.setenv("COLUMNS", "100")
    return run


def test_a_finished_hand_in(submit):
    done = submit(solved())
    assert done.status == 0
    assert "  ✓ double" in done.lines and "  ✓ twice" in done.lines
    for words in (
        "2 of 2 visible checks pass, 1 of 1 written answers are there",
        "toy_net.npz: 1 kB, trained on the stand-in",
        "2 of 2 visible checks pass. Not looked at here:",
        "hidden checks run when you hand in",
        "your 1 written answer, which a person reads",
        "cells that load, train, tune or draw (1 in all): they are not run again",
        "toy.zip is ready: 2 files",
    ):
        assert words in done.shown
    with zipfile.ZipFile(done.zip) as archive:
        assert archive.namelist() == ["manifest.json", "toy.ipynb", "toy_net.npz"]
        manifest = json.loads(archive.read("manifest.json"))
        for file in manifest["files"]:
            content = archive.read(file["name"])
            assert content == (done.folder / file["name"]).read_bytes()
            assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert manifest["assignment"] == "toy" and manifest["files"][1]["data"] == "stand-in"
    assert manifest["versions"]["numpy"] == np.__version__
    before = done.zip.read_bytes()
    assert submit(solved_again(done)).zip.read_bytes() == before, "the same files give the same bytes"
    assert sorted(path.name for path in done.folder.iterdir()) == ["toy.ipynb", "toy.zip", "toy_net.npz"]


def solved_again(done):
    """The very notebook of before: new ones have new cell ids."""
    return nbformat.read(done.folder / "toy.ipynb", 4)


def test_nothing_written_and_no_network(submit):
    done = submit(handed_out(), net=None)
    assert done.status == 1 and not done.zip.exists()
    assert done.lines.count("  ○ double: not written yet") == 1
    for words in (
        "why: no answer yet",
        "0 of 2 visible checks pass, 0 of 1 written answers are there",
        "toy_net.npz: not there yet: run the cell in toy.ipynb that saves it",
        "No zip was made: toy_net.npz is missing.",
        "add --incomplete",
    ):
        assert words in done.shown
    done = submit(None, "--incomplete", net=None)
    assert done.status == 1, "still not all that is visible is right"
    with zipfile.ZipFile(done.zip) as archive:
        assert archive.namelist() == ["manifest.json", "toy.ipynb"]


@pytest.mark.parametrize("asked", [True, False])
def test_saved_networks_are_spoken_of_where_one_is_asked_for(submit, asked):
    notebook = solved()
    if not asked:
        notebook.metadata.coursework.hand_in = ["toy.ipynb"]
    done = submit(notebook, net="stand-in" if asked else None)
    assert done.status == 0 and ("saved networks" in done.shown) == asked


def test_a_check_that_needs_the_network_waits_for_it(submit):
    notebook = solved()
    check = 'with attempt("saved"):\n    check("w", load_params("toy_net.npz")["w"], [0.0, 0.0, 0.0])'
    notebook.cells[0].source += ", load_params"
    notebook.cells.append(graded(new_code_cell(check), "saved", True, False))
    notebook.metadata.coursework["checks"]["saved"] = digest(check)
    done = submit(notebook, net=None)
    assert "○ saved: waits for toy_net.npz" in done.shown and "2 of 3 visible checks pass" in done.shown
    assert "3 of 3 visible checks pass" in submit(None).shown


def test_a_choice_is_noted_and_not_called_right(submit):
    notebook = solved()
    check = "note_choice({2}, options=3)"
    notebook.cells[0].source += "\nfrom cs231n_utils.checks import note_choice"
    notebook.cells.append(graded(new_code_cell(check), "choice", True, False))
    notebook.metadata.coursework["checks"]["choice"] = digest(check)
    done = submit(notebook)
    assert "· choice: noted, and graded after you hand in" in done.shown and "✓ choice" not in done.shown
    assert "whether your choice in 1 question is right" in " ".join(done.shown.split())
    assert "3 of 3 visible checks pass" in done.shown and done.status == 0


def test_a_wrong_answer_is_told_with_its_check_and_handed_in_all_the_same(submit):
    notebook = solved()
    cell_of(notebook, "double_code").source = "def double(x):\n    return abs(2 * x)"
    done = submit(notebook)
    assert done.status == 1 and done.zip.exists()
    assert "1 of 2 visible checks pass" in done.shown and "✗ double(-1): got 2, expected -2" in done.shown
    assert "✓ double(2)" not in done.shown


@pytest.fixture(scope="module")
def messy(tmp_path_factory):
    """One notebook with many accidents; gives the lines that were printed."""
    folder = tmp_path_factory.mktemp("messy")
    notebook = solved()
    cell_of(notebook, "double_code").source = "def double(x):\n    return factor * x"
    cell_of(notebook, "twice").source = "print('✓ fine')"
    notebook.cells += [
        new_code_cell(source)
        for source in (
            "double(3)",
            "factor = 2",
            "from helper import *",
            "print(lost)",
            "print(open('own.csv').read())",
            "x = = 1",
        )
    ]
    notebook.cells.append(new_code_cell("results = {}", metadata={"tags": ["skip-execution"]}))
    notebook.cells.append(new_code_cell("print(results)"))
    notebook.cells.append(new_code_cell("%matplotlib inline\n2 * factor"))
    notebook.cells.remove(cell_of(notebook, "why"))
    nbformat.write(notebook, folder / "toy.ipynb")
    (folder / "helper.py").write_text("y = 1")
    (folder / "own.csv").write_text("1,2")
    save_params(folder / "toy_net.npz", {"w": np.full(3, np.nan)})
    out = subprocess.run(
        [sys.executable, "-m", "cs231n_utils.submit", "--check-only"],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert out.returncode == 1 and not out.stderr and not (folder / "toy.zip").exists()
    return " ".join(out.stdout.split())


@pytest.mark.parametrize(
    "sentence",
    [
        (
            "✗ double ✗ double: NameError: name 'factor' is not defined in double, line 2: return factor * x → factor "
            "is made further down, by the cell “factor = 2”: a notebook has to work from top to bottom"
        ),
        "! twice: you have changed this check cell. That breaks nothing: the grader uses the original one.",
        "! why: the cell for this answer is gone.",
        (
            "✗ the cell “from helper import *” stops with ModuleNotFoundError: No module named 'helper' → helper.py is "
            "not part of the hand-in"
        ),
        "✗ the cell “print(lost)” stops with NameError: name 'lost' is not defined → no cell makes lost",
        "→ own.csv is not part of the hand-in",
        "✗ the cell “x = = 1” stops with SyntaxError",
        (
            "· the cell “print(results)” stops with NameError: name 'results' is not defined → results comes from the "
            "cell “results = {}”, a long cell, which is not run again: this costs nothing"
        ),
        "0 of 2 visible checks pass",
        "! toy_net.npz: 1 kB, trained on data that it doesn't name. It contains NaN or infinity: the training diverged",
        "No zip was made: --check-only.",
    ],
)
def test_each_accident_has_its_sentence(messy, sentence):
    assert sentence in messy


def test_what_works_is_not_spoken_of(messy):
    assert "2 * factor" not in messy and "import numpy" not in messy
    assert "✗ the cell “double(3)” stops with NameError: name 'factor' is not defined ✗" in messy
    assert messy.count("→ factor is made further down") == 1, "one reason is given once"


def test_a_cell_that_is_no_python_is_named_where_its_function_is_missed(submit):
    notebook = solved()
    cell_of(notebook, "double_code").source = "def double(x)\n    return 2 * x"
    shown = submit(notebook).shown
    assert "✗ your cell double stops with SyntaxError: expected ':' (line 1) ✗ double" in shown
    assert "→ double is made by the cell “def double(x)”, which stops with an error" in shown
    assert "no cell makes" not in shown and "no cell above" not in shown


def test_a_long_line_of_a_check_is_broken_only_where_the_terminal_ends(submit):
    notebook = solved()
    cell_of(notebook, "double_code").source = "def double(x):\n    return np.full((1, 4), 2.0)"
    cell_of(notebook, "double").source = check = CHECK.replace("double(2), 4", "double(2), np.full(4, 2.0)")
    notebook.metadata.coursework["checks"]["double"] = digest(check)
    lines = submit(notebook).lines
    first = next(number for number, line in enumerate(lines) if "the numbers are right" in line)
    assert [line.strip() for line in lines[first : first + 2]] == [
        "the numbers are right, but there is an axis of length 1 too many: is it keepdims, a slice",
        "that keeps its axis, or a 1 in a shape?",
    ]


def test_nobody_answers_input(submit):
    notebook = solved()
    notebook.cells.insert(1, new_code_cell("start = input()"))
    assert "→ nobody can answer input() here, nor in grading" in submit(notebook).shown


def test_an_endless_loop_and_a_crash_cost_their_own_cells_only(submit, monkeypatch):
    monkeypatch.setattr(rehearsal, "CELL_SECONDS", 2)
    notebook = solved()
    notebook.cells.insert(1, new_code_cell("while True:\n    pass"))
    notebook.cells.insert(2, new_code_cell("import os\nos._exit(1)"))
    done = submit(notebook)
    assert done.status == 1 and "2 of 2 visible checks pass" in done.shown
    assert "✗ the cell “while True:”: it ran for more than 2 seconds and was stopped: an endless loop?" in done.shown
    assert "✗ the cell “import os”: it ended the whole kernel: a crash, or out of memory?" in done.shown


def test_code_written_in_another_cell_is_not_hidden_by_the_empty_one(submit):
    notebook = solved()
    notebook.cells.insert(1, new_code_cell(RIGHT))
    for left in (STUB, ""):
        cell_of(notebook, "double_code").source = left
        done = submit(notebook)
        assert done.status == 0 and "not written" not in done.shown


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "  \n") + "\n",
        lambda text: text.replace("    # TODO\n", ""),
    ],
    ids=["CR LF", "spaces", "no comment"],
)
def test_layout_is_neither_work_nor_an_edit(submit, change):
    notebook = solved()
    notebook.cells.insert(1, new_code_cell(RIGHT))
    cell_of(notebook, "double_code").source = STUB
    for cell in notebook.cells:
        cell.source = change(cell.source)
    done = submit(notebook)
    assert (
        done.status == 0 and "changed this check cell" not in done.shown and "2 of 2 visible checks pass" in done.shown
    )


def test_copies_of_cells_count_as_in_grading(submit):
    notebook = solved()
    stub, answer = nbformat.from_dict(cell_of(notebook, "double_code")), nbformat.from_dict(cell_of(notebook, "why"))
    stub.update(source=STUB, id="stub")
    answer.id = "copy"
    cell_of(notebook, "why").source = EMPTY
    notebook.cells.insert(2, stub)
    notebook.cells.append(answer)
    done = submit(notebook)
    assert done.status == 0 and "2 of 2 visible checks pass, 1 of 1 written answers are there" in done.shown


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_of_other_systems_are_read(submit, encoding):
    done = submit(solved())
    path = done.folder / "toy.ipynb"
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))
    assert submit(None).status == 0


def test_odd_ids_and_cells_are_mended_without_a_word(tmp_path):
    notebook = json.loads(nbformat.writes(solved()))
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = ["same", "with spaces", "x" * 65, 7, "same", None][number % 6]
        cell.pop("outputs", None), cell.pop("execution_count", None)
    notebook["cells"] += [{"cell_type": "code"}, {"cell_type": "markdown", "source": "a", "metadata": []}]
    (tmp_path / "toy.ipynb").write_text(json.dumps(notebook))
    save_params(tmp_path / "toy_net.npz", {"w": np.zeros(3)}, data="stand-in")
    out = subprocess.run(
        [sys.executable, "-m", "cs231n_utils.submit", "--check-only"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert (
        out.returncode == 0
        and not out.stderr
        and "2 of 2 visible checks pass, 1 of 1 written" in " ".join(out.stdout.split())
    )


def test_a_cell_too_long_for_the_grader_is_named(submit):
    notebook = solved()
    notebook.cells.insert(1, new_code_cell("table = 1\n" * 12_000))
    done = submit(notebook)
    assert done.status == 1
    assert (
        "✗ cell number 2 has 120,000 characters; the limit is 100,000: it was not run, and is shown cut" in done.shown
    )


def test_cells_that_were_deleted_or_turned_into_text(submit):
    notebook = solved()
    notebook.cells.remove(cell_of(notebook, "twice"))
    for cell in (cell_of(notebook, "double_code"), cell_of(notebook, "double")):
        cell.cell_type = "markdown"
        del cell["outputs"], cell["execution_count"]
    done = submit(notebook)
    assert done.status == 1 and "0 of 2 visible checks pass" in done.shown
    assert (
        done.shown.count("✗ double: the cell was turned from code into markdown; in Jupyter, select it and press Y")
        == 2
    )
    assert "! twice: this check cell is gone. The grader has its own: no points are lost" in done.shown


def test_all_runs_long_cells_and_leaves_the_saved_network_alone(submit):
    notebook = solved()
    notebook.cells[-1].source += '\nprint("✓ trained", np.load("toy_net.npz")["w"])'
    notebook.cells.append(new_code_cell('assert np.load("toy_net.npz")["w"][0] == 1'))
    done = submit(notebook, "--all")
    assert done.status == 0 and "are not run again" not in done.shown
    assert (load_params(done.folder / "toy_net.npz")["w"] == 0).all()


def test_a_damaged_network_and_one_of_no_known_data(submit):
    done = submit(solved(), net="my own pictures")
    assert "trained on data that it doesn't name" in done.shown
    (done.folder / "toy_net.npz").write_bytes(b"PK")
    done = submit(None, net=None)
    assert done.status == 1 and "toy_net.npz is not a file that save_params wrote" in done.shown
    assert "toy.zip is ready" in done.shown


@pytest.mark.parametrize(
    "content, sentence",
    [
        (
            '{"cells": [',
            "toy.ipynb is not a notebook: the file is broken JSON (line 1). In Jupyter, look for an earlier version",
        ),
        ("[]", "toy.ipynb is not a notebook: it is JSON of some other kind"),
        ("", "toy.ipynb is empty"),
        (None, "no notebook of an assignment is in"),
    ],
)
def test_without_a_notebook_there_is_one_sentence(tmp_path, capsys, content, sentence):
    if content is not None:
        (tmp_path / "toy.ipynb").write_text(content)
    assert main([str(tmp_path)]) == 2
    out = capsys.readouterr().out
    assert sentence in out and len(out.splitlines()) == 1


def test_the_folder_above_and_no_folder(tmp_path, capsys):
    (tmp_path / "week 1").mkdir()
    nbformat.write(handed_out(), tmp_path / "week 1" / "toy.ipynb")
    assert main([str(tmp_path)]) == 2
    assert f"one folder further down: cd {tmp_path / 'week 1'}" in capsys.readouterr().out
    assert main([str(tmp_path / "nowhere")]) == 2
    assert "there is no folder" in capsys.readouterr().out


def test_a_renamed_notebook_is_recognized(tmp_path):
    nbformat.write(handed_out(), tmp_path / "toy (1).ipynb")
    hand_in = read_hand_in(tmp_path)
    assert hand_in.problems["toy.ipynb"] == "is missing; toy (1).ipynb seems to be it: give it this name"


def test_notes_that_name_a_file_elsewhere_are_not_believed(tmp_path, capsys):
    notebook = handed_out()
    notebook.metadata.coursework.hand_in = ["toy.ipynb", "../secret.npz"]
    nbformat.write(notebook, tmp_path / "toy.ipynb")
    assert main([str(tmp_path)]) == 2
    assert "no notebook of an assignment" in capsys.readouterr().out


def test_a_file_older_than_its_checkpoint(tmp_path):
    path = tmp_path / "toy.ipynb"
    path.write_text("old" * 100)
    now = path.stat().st_mtime
    assert look_at_file(path, now) == []
    checkpoint = tmp_path / ".ipynb_checkpoints" / "toy-checkpoint.ipynb"
    checkpoint.parent.mkdir()
    checkpoint.write_text("new")
    os.utime(path, (now - 7200, now - 7200))
    assert "newer (saved just now, the file saved 2 hours ago)" in look_at_file(path, now)[0].text
    os.utime(checkpoint, (now - 7200, now - 7200))
    assert look_at_file(path, now) == [], "Jupyter writes both when it saves"


def test_a_file_that_nobody_has_opened_is_as_it_was_handed_out(tmp_path):
    """A hand-out's zip has no dates, which is the first of 1980 in the time of wherever it is unpacked."""
    path = tmp_path / "toy.ipynb"
    path.write_text("new")
    assert ago(path.stat().st_mtime, path) == "saved just now"
    os.utime(path, (315532800 + 12 * 3600,) * 2)
    assert ago(1.8e9, path) == "as it was handed out"


def test_a_notebook_too_large_for_the_grader(submit, monkeypatch):
    monkeypatch.setattr("cs231n_utils.submit.reading.MAX_BYTES", 2**20)
    notebook = solved()
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", text="x" * 2**21)]
    done = submit(notebook)
    assert done.status == 2 and "toy.ipynb is too large (2 MiB; the limit is 1 MiB). In Jupyter: Edit" in done.shown


def test_a_network_too_large_for_the_grader(submit, tmp_path, monkeypatch):
    monkeypatch.setattr("cs231n_utils.submit.nets.MAX_BYTES", 2**20)
    monkeypatch.setattr("cs231n_utils.submit.looking.rehearse", lambda cells, *rest, **more: rehearsal.Rehearsal(cells))
    save_params(tmp_path / "toy_net.npz", {"w": np.zeros(2**18)})
    done = submit(solved(), net=None)
    assert "toy_net.npz is too large (2 MiB; the limit is 1 MiB)" in done.shown and not done.zip.exists()


def test_without_a_kernel_the_zip_is_made_all_the_same(submit, monkeypatch):
    def none_there(*args, **options):
        raise rehearsal.CannotRun("no fresh kernel could be started (no ipykernel)")

    monkeypatch.setattr("cs231n_utils.submit.looking.rehearse", none_there)
    done = submit(solved())
    assert done.status == 1 and "could not be run: no fresh kernel could be started (no ipykernel)" in done.shown
    assert done.zip.exists()


def test_ctrl_c_says_so(submit, monkeypatch):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("cs231n_utils.submit.looking.rehearse", interrupted)
    done = submit(solved())
    assert done.status == 130 and "stopped; no zip was made" in done.shown and not done.zip.exists()


def test_a_notebook_with_odd_values_in_it_gives_sentences_only(tmp_path, capsys, monkeypatch):
    """Each value of a notebook in turn is replaced by others: never a traceback, and never a file elsewhere."""

    def as_if_run(cells, folder, **options):
        for cell in cells:
            cell.outputs = []
        return rehearsal.Rehearsal(cells)

    def places(value, way=()):
        for key, below in (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        ):
            yield (*way, key)
            yield from places(below, (*way, key))

    monkeypatch.setattr("cs231n_utils.submit.looking.rehearse", as_if_run)
    save_params(tmp_path / "toy_net.npz", {"w": np.zeros(3)})
    original = json.loads(nbformat.writes(solved()))
    for *way, last in list(places(original)):
        for odd in (None, 7, "../x", [], {}, [[1]], {"a": None}):
            changed = json.loads(json.dumps(original))
            part = changed
            for key in way:
                part = part[key]
            part[last] = odd
            (tmp_path / "toy.ipynb").write_text(json.dumps(changed))
            assert main([str(tmp_path)]) in (0, 1, 2), (way, last, odd)
            assert capsys.readouterr().out.strip()
    assert {path.name for path in tmp_path.iterdir()} <= {"toy.ipynb", "toy_net.npz", "toy.zip"}
