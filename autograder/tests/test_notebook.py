"""Hand-ins as files, and what grading makes of their cells."""

import copy
import json
import os
import time
import tracemalloc
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.authoring.notebook import (
    BadNotebook,
    defined_names,
    grade_id_of,
    is_check,
    is_manual,
    plan,
    points_of,
    read_notebook,
    read_submitted,
)
from cs231n_utils.submit import limits, reading

# Files


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


GOOD = json.dumps(
    {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {
                "cell_type": "code",
                "id": "a",
                "metadata": {},
                "source": ["x = 1\n", "y = 2"],
                "outputs": [],
                "execution_count": None,
            }
        ],
    }
)


def test_a_good_file_is_read(tmp_path):
    (cell,) = read_notebook(write(tmp_path / "a.ipynb", GOOD)).cells
    assert cell.source == "x = 1\ny = 2"


@pytest.mark.parametrize(
    "content, sentence",
    [
        (b"", "a.ipynb is empty"),
        (b" \n\t", "a.ipynb is empty"),
        (b"\xef\xbb\xbf", "a.ipynb is empty"),
        (b"\xff\xfe{", "a.ipynb is not text in UTF-8"),
        (b'"\xfc"', "a.ipynb is not text in UTF-8"),
        ("음수".encode("cp949"), "a.ipynb is not text in UTF-8"),
        (b"\xff\xfe{}", "a.ipynb is not a notebook: the file is broken JSON (line 1)"),
        (GOOD[: len(GOOD) // 2], "a.ipynb is not a notebook: the file is broken JSON (line 1)"),
        ("<<<<<<< HEAD\n" + GOOD, "a.ipynb is not a notebook: the file is broken JSON (line 1)"),
        ("[" * 100_000, "a.ipynb is not a notebook: the file is broken JSON"),
        ("[1, 2]", "a.ipynb is not a notebook: it is JSON of some other kind"),
        ("3", "a.ipynb is not a notebook: it is JSON of some other kind"),
        ('{"cells": []}', "a.ipynb is not a notebook: it is JSON of some other kind"),
        ('{"nbformat": "4", "cells": []}', "a.ipynb is not a notebook: it is JSON of some other kind"),
        ('{"nbformat": 3, "worksheets": []}', "a.ipynb is in notebook format 3; open it in Jupyter and save it again"),
        ('{"nbformat": 4}', "a.ipynb is not a valid notebook: it has no cells"),
        ('{"nbformat": true, "cells": []}', "a.ipynb is not a notebook: it is JSON of some other kind"),
        ('{"nbformat": 5, "cells": []}', "a.ipynb is not a valid notebook: its format is newer than 4, or none"),
        ('{"nbformat": 4, "cells": ["text"]}', "a.ipynb is not a valid notebook: its cell number 1 has no text"),
        (
            '{"nbformat": 4, "cells": [{"cell_type": "code", "source": [1]}]}',
            "a.ipynb is not a valid notebook: its cell number 1 has no text",
        ),
        (
            '{"nbformat": 4, "cells": [{}, {"cell_type": "code", "source": null}]}',
            "a.ipynb is not a valid notebook: its cell number 2 has no text",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_broken_files_are_told_apart(tmp_path, content, sentence):
    with pytest.raises(BadNotebook) as caught:
        read_submitted(write(tmp_path / "a.ipynb", content))
    assert str(caught.value) == sentence


def test_missing(tmp_path):
    with pytest.raises(BadNotebook, match=r"^a\.ipynb is missing$"):
        read_notebook(tmp_path / "a.ipynb")


def test_links_and_folders_are_no_hand_ins(tmp_path):
    write(tmp_path / "there.ipynb", GOOD)
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "there.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    os.mkfifo(tmp_path / "pipe.ipynb")
    for name in ("link", "folder", "pipe"):
        with pytest.raises(BadNotebook, match=f"^{name}.ipynb is not a plain file$"):
            read_notebook(tmp_path / f"{name}.ipynb")


def test_too_large(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "MAX_BYTES", 2**20)
    with pytest.raises(BadNotebook, match=r"^a\.ipynb is too large \(2 MiB; the limit is 1 MiB\)\. In Jupyter: "):
        read_submitted(write(tmp_path / "a.ipynb", GOOD + " " * 2**21))


def of_cells(*cells, **more):
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [
                {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": [], "execution_count": None} | cell
                for cell in cells
            ],
        }
        | more
    )


@pytest.mark.parametrize("marks", ["", "\ufeff"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_files_of_other_systems_are_read(tmp_path, encoding, marks):
    content = (marks + of_cells({"source": "ü = '😀'"})).encode(encoding)
    (cell,) = read_submitted(write(tmp_path / "a.ipynb", content)).cells
    assert cell.source == "ü = '😀'"


@pytest.mark.parametrize(
    "odd",
    [
        {"metadata": None},
        {"metadata": []},
        {"metadata": {"tags": "long"}},
        {"metadata": {"tags": [1, {}], "nbgrader": [1]}},
        {"id": ["a"]},
        {"id": {"a": 1}},
        {"id": 7},
        {"id": "with spaces"},
        {"id": "x" * 65},
        {"id": ""},
        {"id": "same"},
        {"outputs": None},
        {"outputs": {"a": 1}},
        {"execution_count": "x"},
        {"attachments": 3},
        {"cell_type": "heading"},
        {"cell_type": []},
        {"cell_type": "markdown", "attachments": []},
        {"cell_type": "markdown", "attachments": {"a": 1, "b": {"image/png": 2}, "c": {"image/png": ["iV", "BO"]}}},
    ],
    ids=str,
)
@pytest.mark.filterwarnings("error")
def test_cells_of_an_odd_kind_are_mended(tmp_path, odd):
    book = read_submitted(write(tmp_path / "a.ipynb", of_cells({"id": "same"}, odd, {"id": "cell-2"})))
    nbformat.validate(book)
    assert [one.source for one in book.cells] == ["x = 1"] * 3 and len({one.id for one in book.cells}) == 3
    assert (book.cells[0].id, book.cells[2].id) == ("same", "cell-2")
    steps, _ = plan(released(), book)
    assert [one.cell.source for one in steps[:3]] == ["x = 1"] * 3


def test_cells_without_anything_are_mended_and_old_formats_are_read(tmp_path):
    bare = json.dumps(
        {"nbformat": 4, "cells": [{"cell_type": "code", "source": ["x = 1\n", "y = 2"]}, {"cell_type": "markdown"}, {}]}
    )
    book = read_submitted(write(tmp_path / "a.ipynb", bare))
    assert [(one.cell_type, one.source) for one in book.cells] == [
        ("code", "x = 1\ny = 2"),
        ("markdown", ""),
        ("raw", ""),
    ]
    nbformat.validate(book)


def test_of_a_hand_in_only_what_is_asked_for_is_read(tmp_path):
    about = {"grade_id": "double", "points": 99, "grade": True, "solution": [1], "schema_version": 3}
    metadata = {"nbgrader": about, "tags": ["a"], "colab": {"base_uri": "x"}, "executionInfo": [1] * 50}
    path = write(
        tmp_path / "a.ipynb",
        of_cells({"metadata": metadata, "outputs": [{"output_type": "stream"}]}, metadata={"widgets": {}}),
    )
    book = read_submitted(path)
    assert book.metadata == {} and book.cells[0].outputs == []
    assert book.cells[0].metadata == {"nbgrader": {"grade_id": "double", "grade": True, "points": 99}, "tags": ["a"]}
    assert read_notebook(path).cells[0].metadata == metadata and read_notebook(path).cells[0].outputs == [
        {"output_type": "stream"}
    ]


M = 2**20


@pytest.mark.parametrize(
    "content, sentence",
    [
        (b'{"nbformat": 4, "metadata": [' + b"[]," * 8 * M + b"0]}", "it holds more than 1,000,000 texts and numbers"),
        (
            b'{"nbformat": 4, "metadata": [' + b'{"a":1},' * 3 * M + b"0]}",
            "it holds more than 1,000,000 texts and numbers",
        ),
        (
            b'{"nbformat": 4, "metadata": {' + b'"a":1,' * 4 * M + b'"a":1}}',
            "it holds more than 1,000,000 texts and numbers",
        ),
        (b'{"nbformat": 4, "cells": [' + b'{"source":""},' * 1001 + b"{}]}", "it has 1,002 cells; the limit is 1,000"),
        (b"[" * 30 * M, "it holds more than 1,000,000 texts and numbers"),
        (b'"' + b'\\"' * 15 * M, "the file is broken JSON"),
        (b'"' + b"\\" * 30 * M, "the file is broken JSON"),
        (b'"' * 30 * M, "it holds more than 1,000,000 texts and numbers"),
        (b'{"nbformat": ' + b"9" * 30 * M + b"}", "the file is broken JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value[:40]),
)
def test_files_that_would_fill_the_memory_are_refused_unread(tmp_path, content, sentence):
    tracemalloc.start()
    began = time.process_time()
    try:
        with pytest.raises(BadNotebook, match=sentence):
            read_submitted(write(tmp_path / "a.ipynb", content))
        assert tracemalloc.get_traced_memory()[1] < 200 * M and time.process_time() - began < 20
    finally:
        tracemalloc.stop()


def test_a_job_without_memory_says_so(tmp_path, monkeypatch):
    def no_memory(*args):
        raise MemoryError

    monkeypatch.setattr(reading.json, "loads", no_memory)
    with pytest.raises(BadNotebook, match="^a.ipynb is not a valid notebook: reading it takes too much memory$"):
        read_submitted(write(tmp_path / "a.ipynb", GOOD))


def test_odd_grading_metadata_counts_as_none(tmp_path):
    for about in (None, [], "solution", {"grade_id": 3}, {"grade_id": ""}, {"grade_id": ["double"]}):
        assert grade_id_of(new_code_cell("", metadata={"nbgrader": about})) == ""


# What to do with each cell


def graded(grade_id, source, *, grade=False, solution=False, locked=False, points=0, kind=new_code_cell, tags=()):
    about = {
        "grade_id": grade_id,
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "points": points,
        "schema_version": 3,
    }
    return kind(source, metadata={"nbgrader": about, "tags": list(tags)})


def released():
    return new_notebook(
        cells=[
            new_markdown_cell("# Doubling"),
            new_code_cell("import numpy as np"),
            graded("double_code", "def double(x):\n    # TODO\n    ...", solution=True),
            graded("double", "print(double(2))", grade=True, locked=True, points=2),
            graded("why", "Write here.", grade=True, solution=True, points=1, kind=new_markdown_cell),
            new_code_cell("train_for_hours()", metadata={"tags": ["skip-execution"]}),
            graded("tuning_code", "results = {}", solution=True, tags=["skip-execution"]),
            graded("halve_code", "@add_to_class(Net)\ndef halve(self): ...", solution=True),
            graded("halve", "print(halve(2))", grade=True, locked=True, points=1),
        ]
    )


def handed_in():
    return copy.deepcopy(released())


def cell(book, grade_id):
    return next(one for one in book.cells if grade_id_of(one) == grade_id)


def step(steps, grade_id):
    (found,) = [one for one in steps if one.grade_id == grade_id]
    return found


def actions(steps):
    return [(one.grade_id, one.action) for one in steps]


AS_RELEASED = [
    ("", "show"),
    ("", "run"),
    ("double_code", "run"),
    ("double", "check"),
    ("why", "show"),
    ("", "skip"),
    ("tuning_code", "skip"),
    ("halve_code", "run"),
    ("halve", "check"),
]


def test_a_hand_in_as_released():
    steps, remarks = plan(released(), handed_in())
    assert actions(steps) == AS_RELEASED and remarks == []
    assert [one.grade_id for one in steps if one.untouched] == ["double_code", "why", "tuning_code", "halve_code"]
    assert step(steps, "double_code").names == ["double"] and step(steps, "halve_code").names == ["Net.halve"]


def test_a_todo_cell_that_was_filled_in():
    book = handed_in()
    cell(book, "double_code").source = "def double(x):\n    return 2 * x"
    steps, remarks = plan(released(), book)
    assert not step(steps, "double_code").untouched and step(steps, "double_code").names == []
    assert step(steps, "double_code").cell.source == "def double(x):\n    return 2 * x" and remarks == []


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text + "\n\n",
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "  \n"),
        lambda text: "",
        lambda text: text.replace("    # TODO\n", ""),
        lambda text: text.replace("(x)", "( x )"),
        lambda text: "# mine\n" + text,
    ],
    ids=["lines", "CR LF", "spaces", "nothing", "no comment", "formatted", "a comment"],
)
def test_layout_does_not_count_as_work(change):
    book = handed_in()
    cell(book, "double_code").source = change(cell(book, "double_code").source)
    found = step(plan(released(), book)[0], "double_code")
    assert found.untouched and found.names == ["double"]


def test_layout_does_not_count_as_an_edit():
    book = handed_in()
    for one in book.cells:
        one.source = one.source.replace("\n", "\r\n") + "  \r\n"
    steps, remarks = plan(released(), book)
    assert remarks == [] and actions(steps) == AS_RELEASED


def test_missing_cells():
    book = handed_in()
    book.cells = [one for one in book.cells if grade_id_of(one) not in ("double", "why", "halve_code")]
    steps, remarks = plan(released(), book)
    assert remarks == ["the cell double is missing", "the cell why is missing", "the cell halve_code is missing"]
    assert actions(steps)[-2:] == [("double", "check"), ("why", "show")]
    assert not any(one.grade_id == "halve_code" for one in steps)


def test_an_empty_hand_in_still_has_every_check():
    steps, remarks = plan(released(), new_notebook())
    assert actions(steps) == [("double", "check"), ("why", "show"), ("halve", "check")]
    assert len(remarks) == 1 and "6 cells are missing, or have lost" in remarks[0]


def test_duplicated_cells():
    book = handed_in()
    second = copy.deepcopy(cell(book, "double_code"))
    second.source = "def double(x):\n    return x + x"
    book.cells[4:4] = [second, copy.deepcopy(cell(book, "double"))]
    steps, remarks = plan(released(), book)
    assert [one.grade_id for one in steps].count("double") == 1
    assert actions(steps)[4] == ("", "run") and "nbgrader" not in steps[4].cell.metadata
    assert remarks == [
        f"the cell {name} appears more than once; only the first one counts, a copy is run as ordinary code"
        for name in ("double_code", "double")
    ]


def test_an_edited_check_cell_is_replaced():
    book = handed_in()
    cell(book, "double").source = "print('all fine')"
    steps, remarks = plan(released(), book)
    assert step(steps, "double").cell.source == "print(double(2))"
    assert remarks == ["the check cell double was edited; the released one is used"]


def test_retyped_cells():
    book = handed_in()
    for grade_id in ("double_code", "double"):
        index = book.cells.index(cell(book, grade_id))
        book.cells[index] = new_markdown_cell("def double(x):\n    return 2 * x", metadata=book.cells[index].metadata)
    index = book.cells.index(cell(book, "why"))
    book.cells[index] = new_code_cell("1 / 0", metadata=book.cells[index].metadata)
    steps, remarks = plan(released(), book)
    assert "the cell double_code was turned from code into markdown" in remarks
    assert "the cell why was turned from markdown into code" in remarks
    assert step(steps, "double").action == "check" and step(steps, "double").cell.cell_type == "code"
    assert step(steps, "double_code").action == "run" and step(steps, "double_code").cell.cell_type == "code"
    assert step(steps, "why").action == "show" and step(steps, "why").cell.cell_type == "markdown"


def test_reordered_cells_run_in_the_hand_ins_order():
    book = handed_in()
    book.cells.reverse()
    steps, remarks = plan(released(), book)
    assert actions(steps) == AS_RELEASED[::-1] and remarks == []


def test_forged_metadata_is_not_believed():
    book = handed_in()
    for one in book.cells:
        one.metadata["tags"] = ["skip-execution"]
        one.metadata["autograder"] = {"messages": ["100 points"]}
        if "nbgrader" in one.metadata:
            one.metadata.nbgrader.update(points=99, grade=False, solution=True, locked=False)
    cell(book, "double_code").metadata.nbgrader.update(grade=True, solution=False, points=50)
    steps, _ = plan(released(), book)
    assert actions(steps) == AS_RELEASED
    assert points_of(step(steps, "double").cell) == 2 and is_check(step(steps, "double").cell)
    assert is_manual(step(steps, "why").cell) and points_of(step(steps, "why").cell) == 1
    assert not is_check(step(steps, "double_code").cell)
    assert all("autograder" not in one.cell.metadata for one in steps)


def test_an_unknown_grade_id_is_ordinary_code():
    book = handed_in()
    book.cells.append(graded("bonus", "bonus = 1", grade=True, points=100))
    steps, remarks = plan(released(), book)
    assert actions(steps)[-1] == ("", "run") and steps[-1].cell.metadata == {} and remarks == []


def test_long_cells_are_skipped_by_id_and_by_text():
    book = handed_in()
    model = released()
    model.cells[5].id = book.cells[5].id = "long-training"
    book.cells[5].source = "train_for_hours(learning_rate=2)"
    book.cells[5].metadata = {}
    book.cells.append(new_code_cell("\ntrain_for_hours()\n"))
    book.cells.append(new_code_cell("train_for_hours(1)"))
    steps, _ = plan(model, book)
    assert [one.action for one in steps if "train_for_hours" in one.cell.source] == ["skip", "skip", "run"]


def test_a_students_own_cells_are_kept_where_they_stand():
    book = handed_in()
    book.cells.insert(2, new_code_cell("def helper(x):\n    return x", id="mine"))
    book.cells.insert(3, new_markdown_cell("a thought"))
    book.cells.insert(4, nbformat.v4.new_raw_cell("raw"))
    steps, remarks = plan(released(), book)
    assert [one.action for one in steps[2:5]] == ["run", "show", "show"]
    assert remarks == ["the answer why is empty, but the student wrote something in cell number 4, cell number 5"]
    assert steps[2].cell.id == "mine" and steps[2].cell.source.startswith("def helper")


# Answers that stand elsewhere

ANSWER = "Because it is twice."


def place(book, grade_id):
    return book.cells.index(cell(book, grade_id))


def beside(new, after=True):
    return lambda book: book.cells.insert(place(book, "why") + after, new())


def retyped(kind):
    def change(book):
        book.cells[place(book, "why")] = kind(ANSWER, metadata=cell(book, "why").metadata)

    return change


def in_place(grade_id, text):
    def change(book):
        one = cell(book, grade_id) if grade_id else book.cells[0]
        one.source = text.replace("OLD", one.source)

    return change


def anew(book):
    book.cells[place(book, "why")] = new_markdown_cell(ANSWER)


@pytest.mark.parametrize(
    "change, number",
    [
        (beside(lambda: new_markdown_cell(ANSWER)), 6),
        (beside(lambda: new_markdown_cell(ANSWER), after=False), 5),
        (anew, 5),
        (beside(lambda: nbformat.v4.new_raw_cell(ANSWER)), 6),
        (beside(lambda: new_code_cell("# " + ANSWER)), 6),
        (beside(lambda: new_code_cell('"""' + ANSWER + '"""')), 6),
        (beside(lambda: new_code_cell(ANSWER)), 6),
        (beside(lambda: new_code_cell("%%markdown\n" + ANSWER)), 6),
        (beside(lambda: new_code_cell(f'print("{ANSWER} {ANSWER}")')), 6),
        (beside(lambda: new_markdown_cell("", attachments={"a.png": {"image/png": "iVBO"}})), 6),
        (in_place(None, "OLD\n\n" + ANSWER), 1),
        (in_place("double", "OLD  # " + ANSWER), 4),
        (beside(lambda: new_code_cell('answer = "twice as much"')), 6),
        (beside(lambda: new_code_cell("k = 2\nprint(f'{k} times as much')")), 6),
        (in_place("double_code", "def double(x):\n    return 2 * x  # " + ANSWER[:-1]), 3),
        (in_place("double_code", "OLD\n# " + ANSWER), 3),
        (
            in_place(
                "double_code",
                "def double(x):\n    # " + ANSWER + "\n    # And twice is what was asked for.\n    return 2 * x",
            ),
            3,
        ),
    ],
)
def test_an_answer_beside_its_cell_is_found(change, number):
    book = handed_in()
    change(book)
    steps, remarks = plan(released(), book)
    found = step(steps, "why")
    assert found.untouched and found.elsewhere == [f"cell number {number}"]
    assert remarks[-1] == f"the answer why is empty, but the student wrote something in cell number {number}"
    assert ANSWER[:-1] in steps[number - 1].cell.source or number in (4, 6), "what stands there is shown"


@pytest.mark.parametrize(
    "change",
    [
        lambda book: None,
        in_place("why", ""),
        in_place("why", "  Write\r\nhere. "),
        beside(lambda: new_markdown_cell("")),
        beside(lambda: new_code_cell("x = 2  # try it")),
        beside(lambda: new_markdown_cell("#  Doubling ")),
        in_place("double_code", "def double(x):\n    # twice\n    return 2 * x"),
        in_place(None, ""),
        lambda book: book.cells.remove(cell(book, "why")),
    ],
)
def test_a_hand_in_without_words_of_its_own_has_none_elsewhere(change):
    book = handed_in()
    change(book)
    steps, _ = plan(released(), book)
    assert step(steps, "why").untouched and step(steps, "why").elsewhere == []


@pytest.mark.parametrize(
    "change",
    [
        in_place("why", ANSWER),
        in_place("why", "OLD " + ANSWER),
        retyped(new_code_cell),
        retyped(nbformat.v4.new_raw_cell),
        lambda book: cell(book, "why").update(attachments={"a.png": {"image/png": "iVBO"}}),
    ],
)
def test_an_answer_in_its_cell_is_an_answer(change):
    book = handed_in()
    change(book)
    book.cells.append(new_markdown_cell("a thought"))
    found = step(plan(released(), book)[0], "why")
    assert not found.untouched and found.elsewhere == [] and found.cell.cell_type == "markdown"


def test_the_first_written_copy_of_an_answer_counts_and_none_is_thrown_away():
    book = handed_in()
    for text in (ANSWER, "Another one."):
        book.cells.insert(place(book, "why") + 1, nbformat.from_dict(cell(book, "why") | {"source": text}))
    steps, remarks = plan(released(), book)
    assert step(steps, "why").cell.source == "Another one." and not step(steps, "why").untouched
    assert [one.cell.source for one in steps[4:7]] == ["Write here.", "Another one.", ANSWER]
    assert [one.action for one in steps[4:7]] == ["show"] * 3 and len(steps) == len(book.cells)
    assert (
        remarks == ["the cell why appears more than once; the first copy that was written in counts as the answer"] * 2
    )


def test_pictures_in_answers_and_text_are_kept_up_to_a_number_and_size(monkeypatch):
    book = handed_in()
    pictures = {f"{number}.png": {"image/png": "iVBO"} for number in range(4)}
    cell(book, "why").attachments = copy.deepcopy(pictures)
    book.cells[0].attachments = copy.deepcopy(pictures)
    steps, remarks = plan(released(), book)
    assert step(steps, "why").cell.attachments == pictures == steps[0].cell.attachments and remarks == []
    monkeypatch.setattr(limits, "MAX_PICTURES", 6)
    steps, remarks = plan(released(), book)
    assert len(steps[0].cell.attachments) == 4 and len(step(steps, "why").cell.attachments) == 2
    assert remarks == ["cell number 5 lacks 2 of its pictures: the limit is 6 in a notebook, and 16 MiB"]
    monkeypatch.setattr(limits, "MAX_PICTURE_BYTES", 20)
    assert len(plan(released(), book)[0][0].cell.attachments) == 1


# Limits


def test_cells_that_are_too_long_are_cut_and_the_others_graded(monkeypatch):
    book = handed_in()
    long = "x = 1\n" * 20_000
    cell(book, "double_code").source = long
    cell(book, "why").source = "because " * 20_000
    book.cells[1].source = long
    book.cells.append(new_markdown_cell("![a](data:image/png;base64," + "A" * 200_000 + ")"))
    steps, remarks = plan(released(), book)
    assert [one.action for one in steps[:5]] == ["show", "skip", "skip", "check", "show"]
    assert all(len(one.cell.source) < 2200 for one in steps[:5])
    assert steps[1].cell.source.endswith("\n\n# … cut here: cell number 2 has 120,000 characters; the limit is 100,000")
    assert not step(steps, "why").untouched and len(steps[-1].cell.source) > 200_000
    assert remarks == [
        f"cell number {number} has {length} characters; the limit is 100,000: it was {what}"
        for number, length, what in (
            (2, "120,000", "not run, and is shown cut"),
            (3, "120,000", "not run, and is shown cut"),
            (5, "160,000", "cut"),
        )
    ]


def test_code_has_a_limit_over_all_cells():
    book = handed_in()
    cell(book, "why").source = ANSWER
    book.cells += [new_code_cell("x = 1\n" * 15_000) for _ in range(6)]
    steps, remarks = plan(released(), book)
    assert [one.action for one in steps[-6:]] == ["run"] * 5 + ["skip"]
    assert remarks == [
        "cell number 15 has 90,000 characters; the limit is 500,000 for all code together: "
        "it was not run, and is shown cut"
    ]


def test_remarks_are_not_without_end():
    book = handed_in()
    book.cells += [copy.deepcopy(cell(book, "double_code")) for _ in range(900)]
    _, remarks = plan(released(), book)
    assert len(remarks) == 51 and remarks[-1] == "… and 850 more remarks like these"


def test_copies_of_empty_cells_hide_nothing():
    book = handed_in()
    second = copy.deepcopy(cell(book, "double_code"))
    cell(book, "double_code").source = "def double(x):\n    return 2 * x"
    lost = nbformat.from_dict(second | {"metadata": {}})
    tuning = nbformat.from_dict(cell(book, "tuning_code") | {"source": "train_for_hours()  # and hours"})
    book.cells[3:3] = [second, lost, tuning]
    steps, _ = plan(released(), book)
    assert [(one.action, one.untouched, one.names) for one in steps[2:6]] == [
        ("run", False, []),
        ("run", True, ["double"]),
        ("run", True, ["double"]),
        ("skip", False, []),
    ]


def test_outputs_of_a_hand_in_are_forgotten():
    book = handed_in()
    cell(book, "double").outputs = [nbformat.v4.new_output("stream", text="2 / 2 points")]
    cell(book, "double_code").outputs = [nbformat.v4.new_output("stream", text="2 / 2 points")]
    assert all(not one.cell.get("outputs") for one in plan(released(), book)[0])


def test_planning_changes_neither_notebook():
    model, book = released(), handed_in()
    before = copy.deepcopy(model), copy.deepcopy(book)
    steps, _ = plan(model, book)
    steps[2].cell.metadata["nbgrader"]["points"] = 77
    assert (model, book) == before


def test_cells_without_an_id_are_not_all_alike():
    model, book = released(), handed_in()
    for one in (*model.cells, *book.cells):
        del one["id"]
    assert actions(plan(model, book)[0]) == AS_RELEASED


def test_defined_names():
    source = "import x\nA = B = 1\n@add_to_class(Net)\ndef loss(self): ...\nclass Net: ...\ndef f(): ...\n(a, b) = 1, 2"
    assert defined_names(source) == ["A", "B", "Net.loss", "Net", "f"]


# Files of any kind: either one sentence, or a plan of our own cells that can be graded and written

RELEASED = Path(__file__).parents[2] / "assignment" / "two_layer_net" / "layers.ipynb"
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["code", "markdown", "raw", "cells", "id", "affine_forward", "affine_forward_code", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=4)
            | st.sampled_from(["cells", "metadata", "nbgrader", "grade_id", "source", "tags", "id"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@st.composite
def spoiled_notebooks(draw):
    """The released notebook with a few places in its JSON replaced, taken out or doubled."""
    notebook = json.loads(RELEASED.read_text(encoding="utf-8"))
    for _ in range(draw(st.integers(1, 4))):
        place, key = None, None
        node = notebook
        while isinstance(node, (dict, list)) and node and (place is None or draw(st.integers(0, 4))):
            place, key = node, draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
            node = node[key]
        match draw(st.sampled_from(["replace", "remove", "double"])):
            case "replace":
                place[key] = draw(anything)
            case "remove":
                del place[key]
            case "double" if isinstance(place, list):
                place.insert(draw(st.integers(0, len(place))), copy.deepcopy(node))
    return json.dumps(notebook).encode()


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(content=spoiled_notebooks() | st.binary(max_size=300) | anything.map(lambda value: json.dumps(value).encode()))
def test_any_file_is_a_sentence_or_a_plan(tmp_path_factory, content):
    path = write(tmp_path_factory.getbasetemp() / "any.ipynb", content)
    try:
        submitted = read_submitted(path)
    except BadNotebook as error:
        assert str(error).startswith("any.ipynb ") and "\n" not in str(error)
        return
    released = read_notebook(RELEASED)
    steps, remarks = plan(released, submitted)
    graded = [step for step in steps if step.grade_id and (is_check(step.cell) or is_manual(step.cell))]
    models = {grade_id_of(cell): cell for cell in released.cells if is_check(cell) or is_manual(cell)}
    assert sorted(step.grade_id for step in graded) == sorted(models)  # each of our cells, once
    for step in graded:
        model = models[step.grade_id]
        assert step.cell.metadata == model.metadata and step.cell.cell_type == model.cell_type
        assert step.cell.source == model.source or is_manual(model)
    assert all(isinstance(remark, str) for remark in remarks)
    for number, step in enumerate(steps):
        step.cell.id = f"c{number}"
    nbformat.validate(nbformat.reads(nbformat.writes(new_notebook(cells=[step.cell for step in steps])), 4))
