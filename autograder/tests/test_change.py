"""An assignment that was graded gets other cells, and earlier hand-ins are graded as they were handed out.

The course in `data/` was made, released, graded and commented on by the code as it was before any of this existed.
"""

from __future__ import annotations

import copy
import csv
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from test_life_of_a_course import autograder, dump, files

from autograder.authoring.handed_out import as_handed_out, kept_releases
from autograder.authoring.notebook import grade_id_of, read_notebook
from autograder.authoring.release import release
from autograder.classroom import change as changing
from autograder.course import Course, CourseError
from autograder.grading.grade import grade_class

ASSIGNMENT, NOTEBOOK = "first_steps", "temperature"
ARCHIVE = Path(__file__).parent / "data" / "course_of_november_2026.tar.gz"
BY_HAND = {("ada", "why"): 3, ("bob", "why"): 0.5, ("ada", "same_number"): 1, ("bob", "same_number"): 0,
           ("eve", "same_number"): 1, ("bob", "to_celsius"): 0.5}  # fmt: skip
COMMENTS = {"ada": "Well said.", "bob": "Look at what is zero where."}


@pytest.fixture
def course(tmp_path):
    subprocess.run(["tar", "--no-same-owner", "-xf", ARCHIVE, "-C", tmp_path], check=True)
    return Course(tmp_path / "old")


def edit(course, cells=None, rubric=""):
    """Change the solution: `cells` changes its list of cells in place, `rubric` is added to the rubric."""
    path = course.source(ASSIGNMENT, NOTEBOOK)
    notebook = read_notebook(path)
    if cells:
        cells(notebook.cells)
    nbformat.write(notebook, path)
    if rubric:
        with (path.with_suffix("") / "rubric.py").open("a", encoding="utf-8") as file:
            file.write(rubric)


def find(cells, grade_id):
    (cell,) = [cell for cell in cells if grade_id_of(cell) == grade_id]
    return cell


def rename(**names):
    def edit_cells(cells):
        for cell in cells:
            if (grade_id := grade_id_of(cell)) in names:
                cell.metadata.nbgrader.grade_id = names[grade_id]

    return edit_cells


def new_question(cells, grade_id="rankine"):
    cell = copy.deepcopy(next(cell for cell in cells if cell.metadata.get("nbgrader", {}).get("solution")
                              and cell.cell_type == "markdown"))  # fmt: skip
    cell.id, cell.metadata.nbgrader.grade_id, cell.metadata.nbgrader.points = grade_id, grade_id, 2
    cells.append(cell)


def remove(cells, grade_id):
    cells.remove(find(cells, grade_id))


def change(course, **options):
    return changing.change(course, ASSIGNMENT, changing.changes(course, ASSIGNMENT, **options))


def grades(course):
    """What the gradebook says of each cell of each student: automatic and manual score, whether a person is to look."""
    with Gradebook(course.gradebook_url) as gradebook:
        return {
            (submission.student.id, grade.name): (grade.auto_score, grade.manual_score, bool(grade.needs_manual_grade))
            for submission in gradebook.find_assignment(ASSIGNMENT).submissions
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def comment(course, student, cell):
    with Gradebook(course.gradebook_url) as gradebook:
        return gradebook.find_comment(cell, NOTEBOOK, ASSIGNMENT, student).manual_comment


def graded(course):
    return {result.student: result for result in grade_class(course, ASSIGNMENT, course.students(ASSIGNMENT), jobs=1)}


def scores(results):
    return {
        (student, cell.grade_id): cell.score
        for student, result in results.items()
        for cell in result.notebooks[0].cells
    }


def test_a_course_of_an_earlier_version_is_graded_on(course):
    before = grades(course)
    assert {key: by_hand for key, (_, by_hand, _) in before.items() if by_hand is not None} == BY_HAND
    status, said, _ = autograder(course.root, "grade", ASSIGNMENT)
    assert status == 0 and "release" not in said  # what they hand in is from the current one
    assert grades(course) == before
    assert {student: comment(course, student, "why") for student in COMMENTS} == COMMENTS
    _, table, _ = autograder(course.root, "export")
    assert [row.split(",")[5:8] for row in table.splitlines()[1:]] == [
        ["7.0", "7.0", "False"],
        ["2.0", "7.0", "False"],
        ["3.0", "7.0", "False"],
    ]


def test_a_change_is_shown_then_done_and_what_was_given_stays(course):
    def cells(cells):
        rename(why="reason")(cells)
        remove(cells, "same_number")
        new_question(cells)

    edit(course, cells)
    before, released = dump(course), files(course.released)
    status, _, said = autograder(course.root, "release", ASSIGNMENT)
    assert status == 2 and f"autograder change {ASSIGNMENT}" in said
    status, shown, _ = autograder(course.root, "change", ASSIGNMENT)
    assert status == 0 and shown.splitlines()[:3] == [
        "temperature: renamed why to reason; kept: 1 automatic grade, 2 grades by hand, 2 comments",
        "temperature: removed same_number (written answer, 1 point); goes to backups/removed-grades.csv: 3 grades by "
        "hand, 1 comment",
        "temperature: added rankine (written answer, 2 points)",
    ]
    assert "7 points before, 8 now. 3 hand-ins" in shown and "Nothing is changed yet" in shown
    assert dump(course) == before and files(course.released) == released

    status, said, _ = autograder(course.root, "change", ASSIGNMENT, "--yes")
    assert status == 0 and "released assignment/first_steps" in said
    (kept,) = course.root.glob("backups/gradebook-*.db")
    assert dump_of(kept) == before
    status, said, _ = autograder(course.root, "grade", ASSIGNMENT)
    assert status == 0 and said.count("from an earlier") == 3
    now = grades(course)
    assert {cell for _, cell in now} == {"to_celsius", "to_kelvin", "reason", "rankine"}
    assert now["ada", "reason"] == (None, 3, False) and now["bob", "reason"] == (None, 0.5, False)
    assert now["bob", "to_celsius"] == (0, 0.5, False) and now["ada", "rankine"] == (0, None, False)
    assert {student: comment(course, student, "reason") for student in COMMENTS} == COMMENTS
    with (course.root / "backups" / changing.HISTORY).open(encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert {name: (row["cell"], row["manual_score"], row["comment"]) for name, row in rows.items()} == {
        "ada": ("same_number", "1.0", ""),
        "bob": ("same_number", "0.0", "At 0 °F it is far below freezing."),
        "eve": ("same_number", "1.0", ""),
    }
    status, said, _ = autograder(course.root, "feedback", ASSIGNMENT)
    assert status == 0 and said.startswith("3 feedback pages")
    _, said, _ = autograder(course.root, "change", ASSIGNMENT)
    assert said.startswith("No graded cell")


def dump_of(gradebook):
    return dump(type("Copy", (), {"gradebook": gradebook}))


def test_a_change_that_cannot_be_released_changes_nothing(course, monkeypatch):
    edit(course, rename(why="reason"))
    before, released = dump(course), files(course.released)
    found = changing.changes(course, ASSIGNMENT)

    def fails(*_):
        raise CourseError("no")

    monkeypatch.setattr(changing, "release", fails)
    with pytest.raises(CourseError, match="no"):
        changing.change(course, ASSIGNMENT, found)
    assert dump(course) == before and files(course.released) == released
    monkeypatch.undo()
    changing.change(course, ASSIGNMENT, found)  # and a second attempt succeeds
    assert grades(course)["ada", "reason"] == (None, 3, False)


def test_two_cells_may_swap_their_names(course):
    before = grades(course)
    edit(course, rename(why="same_number", same_number="why"))
    found = changing.changes(course, ASSIGNMENT)
    assert not found[0].renamed  # the names are there still: nothing says that they have moved
    assert {new for _, new in found[0].altered} == {"why", "same_number"}
    found[0].renamed = {"why": "same_number", "same_number": "why"}
    changing.change(course, ASSIGNMENT, found)
    now = grades(course)
    assert now["ada", "same_number"] == before["ada", "why"] and now["ada", "why"] == before["ada", "same_number"]


@pytest.mark.exhaustive
def test_a_renamed_cell_that_jupyter_does_not_know_is_named_by_hand(course):
    def cells(cells):
        rename(why="reason")(cells)
        find(cells, "reason").id = "another"

    edit(course, cells)
    assert not changing.changes(course, ASSIGNMENT)[0].renamed
    status, said, _ = autograder(course.root, "change", ASSIGNMENT, "--rename", "why=reason")
    assert status == 0 and "renamed why to reason" in said
    for wrong in ("why=elsewhere", "to_celsius=reason", "why"):
        status, _, said = autograder(course.root, "change", ASSIGNMENT, "--rename", wrong)
        assert status == 2 and said.count("\n") == 1


CHANGED = (
    "def to_celsius(fahrenheit):\n    ### BEGIN SOLUTION\n    return (fahrenheit - 32) / 1.8\n    ### END SOLUTION"
)

ANOTHER_CHECK = '''

@rubric.check(cell="both_ways", points=1)
def knows_where_both_are_the_same(draw):
    """to_celsius(-40) is -40"""
    return lambda code: {"there": code.to_celsius(-40.0)}
'''


def both_ways(cells):
    """Another check of a function that was asked for before."""
    cell = copy.deepcopy(find(cells, "to_celsius"))
    cell.id = cell.metadata.nbgrader.grade_id = "both_ways"
    cell.metadata.nbgrader.points = 1
    cell.source = cell.source.replace('"to_celsius", globals', '"both_ways", globals')
    cells.append(cell)


def test_an_added_check_gives_earlier_hand_ins_what_they_get(course):
    before = scores(graded(course))
    edit(course, both_ways, ANOTHER_CHECK)
    change(course)
    now = graded(course)
    assert scores(now) == before | {("ada", "both_ways"): 1, ("bob", "both_ways"): 0, ("eve", "both_ways"): 1}
    assert {result.notebooks[0].release for result in now.values()} == {"earlier"}
    assert all(result.max_score == 8 for result in now.values())


def test_a_renamed_check_and_code_cell_are_found_in_earlier_hand_ins(course):
    before = scores(graded(course))
    rubric = course.source(ASSIGNMENT, NOTEBOOK).with_suffix("") / "rubric.py"
    rubric.write_text(rubric.read_text(encoding="utf-8").replace('"to_celsius"', '"celsius"'), encoding="utf-8")

    def cells(cells):
        rename(to_celsius="celsius", to_celsius_code="celsius_code")(cells)
        cell = find(cells, "celsius")
        cell.source = cell.source.replace('"to_celsius", globals', '"celsius", globals')

    edit(course, cells)
    for _ in range(2):  # and once more, so that a name has changed twice
        change(course)
        now = graded(course)
        assert {result.notebooks[0].release for result in now.values()} == {"earlier"}
        after = scores(now)
        assert {key: after[key[0], {"to_celsius": "celsius"}.get(key[1], key[1])] for key in before} == before
        assert not any("missing" in remark for result in now.values() for remark in result.notebooks[0].remarks)
        edit(course, rename(celsius_code="first_code"))


def test_a_hand_in_is_graded_by_the_text_that_its_student_was_given(course):
    """What is new in a release, another name for instance, is not taken for a student's work, or a lack of it."""
    untouched = course.submitted / "zoe" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    untouched.parent.mkdir(parents=True)
    shutil.copy(course.released / ASSIGNMENT / untouched.name, untouched)

    def cells(cells):
        cell = find(cells, "to_celsius_code")
        cell.source = cell.source.replace("    celsius", "    degrees").replace("return celsius", "return degrees")

    edit(course, cells)
    release(course, ASSIGNMENT)  # no cell is another: nothing to change
    (result,) = grade_class(course, ASSIGNMENT, ["zoe"], jobs=1)
    assert result.notebooks[0].release == "earlier"
    assert result.notebooks[0].cells[0].checks[0].message.startswith("not written yet")


def test_hand_ins_from_before_releases_had_names_are_of_the_current_one_if_it_asks_the_same(course):
    release(course, ASSIGNMENT)
    assert {result.notebooks[0].release for result in graded(course).values()} == {"current"}


def test_a_release_that_is_not_kept_is_said(course):
    edit(course, lambda cells: find(cells, "to_celsius_code").update(source=CHANGED))
    release(course, ASSIGNMENT)
    for path in kept_releases(course, ASSIGNMENT, NOTEBOOK):
        path.unlink()
    results = graded(course)
    assert {result.notebooks[0].release for result in results.values()} == {"unknown"}
    status, said, _ = autograder(course.root, "grade", ASSIGNMENT)
    assert status == 0 and said.count("from another release") == 3


@pytest.mark.parametrize("notes", [None, [], "earlier", {"release": "../../../secret"}, {"release": 7}])
def test_what_a_hand_in_says_of_its_release_is_not_believed(course, notes):
    path = course.submitted / "ada" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    notebook = read_notebook(path)
    notebook.metadata["coursework"] = notes
    nbformat.write(notebook, path)
    before = scores(graded(course))
    assert before["ada", "to_celsius"] == 2 and before["ada", "to_kelvin"] == 1


def test_notes_that_are_lists_in_lists_are_no_notes():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    notebook = NotebookNode(metadata={"coursework": {"deep": deep}}, cells=[])
    current = NotebookNode(metadata={"coursework": {}}, cells=[])
    assert as_handed_out(Course(Path("nowhere")), ASSIGNMENT, NOTEBOOK, current, notebook) == (current, "current")


def test_what_is_removed_is_no_formula(course):
    edit(course, lambda cells: remove(cells, "why"))
    with Gradebook(course.gradebook_url) as gradebook:
        gradebook.find_comment("why", NOTEBOOK, ASSIGNMENT, "ada").manual_comment = "=1+1"
        gradebook.db.commit()
    change(course)
    assert ",'=1+1" in (course.root / "backups" / changing.HISTORY).read_text(encoding="utf-8")


def test_a_notebook_comes_and_goes(course):
    source = course.source(ASSIGNMENT, NOTEBOOK)
    second = source.with_name("second.ipynb")
    shutil.copytree(source.with_suffix(""), second.with_suffix(""))
    second.write_text(
        source.read_text(encoding="utf-8").replace("first_steps/temperature", "first_steps/second"), encoding="utf-8"
    )
    change(course)
    assert len(graded(course)["ada"].notebooks) == 2
    status, _, _ = autograder(course.root, "grade", ASSIGNMENT)
    assert status == 1  # nobody has handed that one in
    with Gradebook(course.gradebook_url) as gradebook:
        assert gradebook.find_grade("to_celsius", "second", ASSIGNMENT, "ada").auto_score == 0
    second.unlink()
    shutil.rmtree(second.with_suffix(""))
    change(course)
    with Gradebook(course.gradebook_url) as gradebook, pytest.raises(MissingEntry):
        gradebook.find_notebook("second", ASSIGNMENT)
    assert grades(course)["ada", "why"] == (None, 3, False)
    assert not (course.released / ASSIGNMENT / "second.ipynb").exists()


def test_what_was_never_released_is_said(course):
    shutil.copytree(course.solutions / ASSIGNMENT, course.solutions / "second_steps")
    for path in (course.solutions / "second_steps").glob("*.ipynb"):
        path.write_text(path.read_text(encoding="utf-8").replace(f"{ASSIGNMENT}/", "second_steps/"), encoding="utf-8")
    status, _, said = autograder(course.root, "change", "second_steps")
    assert status == 2 and "autograder release second_steps" in said and said.count("\n") == 1
