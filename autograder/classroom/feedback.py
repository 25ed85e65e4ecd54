"""From autograded/ to feedback/: a page for each notebook, and beside it the same as text, JSON and a notebook."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from textwrap import shorten
from typing import Any

from nbconvert.exporters import Exporter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor
from traitlets import Integer, Type, Unicode

from autograder import database
from autograder.authoring.converter import run_converter
from autograder.authoring.notebook import BadNotebook, grade_id_of, is_check, read_notebook
from autograder.classroom import feedback_forms
from autograder.classroom.attempts import TIMESTAMP, Attempt, attempts
from autograder.classroom.feedback_page import PageExporter
from autograder.classroom.gradebook import opened
from autograder.classroom.picking import MAX_SECRET, SECRET
from autograder.course import Course, CourseError, can_be_student
from autograder.grading.graded import safe_cells
from autograder.grading.job import Jobs, Lost
from autograder.grading.ledger import wrote
from autograder.grading.results import cell_from_json
from autograder.grading.wording import RUNGS, points, verdict_output
from autograder.terminal import one_line, plain

TEMPLATES = Path(__file__).parent / "templates"
SECONDS = 120.0  # for the pages of one student
Resources = dict[str, Any]  # what nbconvert's preprocessors hand on


class CutLadder(NbGraderPreprocessor):
    """Rewrite the verdicts for students: hints one by one, and no more of them than the instructor wants."""

    hints = Integer(len(RUNGS), help="How many of the hints students may see.").tag(config=True)

    def preprocess_cell(self, cell: NotebookNode, resources: Resources, index: int) -> tuple[NotebookNode, Resources]:
        if is_check(cell) and "result" in cell.metadata.get("autograder", {}):
            verdict = verdict_output(cell_from_json(cell.metadata["autograder"]["result"]), self.hints, folded=True)
            cell.outputs = [*cell.outputs[:-1], verdict]
        return cell, resources


class GetGradesAndState(GetGrades):
    """nbgrader's grades and comments, whether a cell still awaits a person, and what the score covers."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        nb, resources = super().preprocess(nb, resources)
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            submission = gradebook.find_submission(about["assignment"], about["student"])
            student = submission.student
            name = " ".join(filter(None, [student.first_name, student.last_name]))
            about["called"] = f"{plain(name)} ({student.id})" if name else student.id
            score = submission.score - submission.late_submission_penalty
            about["covers"] = [f"{points(score)} of {points(submission.max_score)} in the whole assignment"]
            if len(submission.notebooks) == 1:
                about["covers"] = []
            course = Course(Path(resources["metadata"]["path"]).parents[2])
            about["covers"] += which_counts(attempts(course, about["assignment"], student.id), submission.timestamp)
            awaited = sum(
                cell.metadata.nbgrader["points"]
                for cell in nb.cells
                if cell.metadata.get("nbgrader", {}).get("awaits_person")
            )
            if awaited:
                about["covers"].append(f"{points(awaited)} points here still to be given by a person")
        return nb, resources

    def _get_score(self, cell: NotebookNode, resources: Resources) -> None:
        super()._get_score(cell, resources)
        grade = self.gradebook.find_grade(
            cell.metadata["nbgrader"]["grade_id"], self.notebook_id, self.assignment_id, self.student_id
        )
        cell.metadata.nbgrader["awaits_person"] = grade.auto_score is None and grade.manual_score is None


def which_counts(all_of_them: list[Attempt], graded: datetime | None) -> list[str]:
    """At most one phrase: which of several attempts was graded, by its time, which the gradebook has in UTC."""
    times = [one.submitted.astimezone(UTC).replace(tzinfo=None) if one.submitted else None for one in all_of_them]
    if graded is None or graded not in times or len(times) < 2:
        return []
    return [f"attempt {times.index(graded) + 1} of {len(times)} counts"]


class AddOtherForms(NbGraderPreprocessor):
    """Have the page's content written beside it in other forms; and tell the page how each question stands."""

    hints = Integer(len(RUNGS), help="How many of the hints students may see.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        for cell in filter(feedback_forms.is_question, nb.cells):
            cell.metadata.nbgrader["state"] = feedback_forms.state_of(cell)
        record = feedback_forms.record_of(nb, resources["nbgrader"], self.hints)
        forms = {
            "json": feedback_forms.as_json(record),
            "txt": feedback_forms.as_text(record),
            "ipynb": feedback_forms.as_notebook(nb, record),
        }
        name = resources["nbgrader"]["notebook"]
        resources["outputs"] = {f"{name}.{form}": text.encode() for form, text in forms.items()}
        return nb, resources


def make_safe(notebook: NotebookNode, resources: Resources) -> None:
    """Make a notebook in autograded/ safe to show unless it is as we wrote it: another command may have put it there
    just as it was handed in."""
    path = Path(resources["metadata"]["path"]) / f"{resources['metadata']['name']}.ipynb"
    course = Course(path.parents[3])
    if wrote(course, path):
        return
    try:
        released = read_notebook(course.released / path.parent.name / path.name)
    except BadNotebook:
        released = new_notebook()
    for cell in notebook.cells:
        cell.metadata.pop("autograder", None)
    notebook.cells = safe_cells(notebook.cells, released)


class MakeSafe(NbGraderPreprocessor):
    """See `make_safe`."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        make_safe(nb, resources)
        return nb, resources


class Feedback(GenerateFeedback):
    """nbgrader's feedback converter with our page."""

    title = Unicode(help="The course's name.").tag(config=True)
    exporter_class = Type(PageExporter, klass=Exporter).tag(config=True)
    preprocessors = [MakeSafe, CutLadder, GetGradesAndState, AddOtherForms, CSSHTMLHeaderPreprocessor]

    def init_single_notebook_resources(self, notebook_filename: str) -> Resources:
        resources: Resources = super().init_single_notebook_resources(notebook_filename)
        resources["nbgrader"]["course"] = self.title
        return resources


def write_feedback(
    course: Course, assignment: str, student: str = "*", hints: int = len(RUNGS)
) -> tuple[list[Path], list[str]]:
    """Write feedback pages, each student's in a job of its own, so that one failure costs nobody else a page.

    Parameters
    ----------
    hints : int
        How far up the ladder of hints it goes, see `autograder.grading.wording.verdict_output`.

    Returns
    -------
    pages : list of Path
    problems : list of str
        A sentence for each student whose pages could not be made, and one for all who are not in the gradebook.

    Raises
    ------
    CourseError
        If nothing has been graded yet, or the gradebook is damaged.
    """
    course.notebooks(assignment)
    students = sorted(
        {
            path.parent.parent.name
            for path in course.autograded.glob(f"*/{assignment}/*.ipynb")
            if student in ("*", path.parent.parent.name) and can_be_student(path.parent.parent.name)
        }
    )
    if not students:
        whose = "" if student == "*" else f" of {student}"
        raise CourseError(
            f"no graded notebook{whose} in {course.autograded}: run `autograder grade {assignment}` first"
        )
    with opened(course) as gradebook:  # one sentence if that fails, and not one for each student
        recorded = {one.student.id for one in gradebook.assignment_submissions(assignment)}
    pages: list[Path] = []
    problems: dict[str, str] = {}
    if absent := [one for one in students if one not in recorded]:  # the gradebook was removed, and made anew
        students = [one for one in students if one in recorded]
        where = course.gradebook.name if course.gradebook else database.shown(course.gradebook_url)
        problems[""] = (
            f"no feedback for {shorten(', '.join(absent), 300, placeholder=' ...')}: {where} has no "
            f"grades of theirs for {assignment}. Run `autograder grade {assignment}` first"
        )
        if not students:
            raise CourseError(problems[""])
    with Jobs(min(os.cpu_count() or 1, len(students)), SECONDS, imports=(__name__,)) as pool:
        for one in students:
            pool.submit(one, feedback_of, course, assignment, one, hints)
        for one, outcome in pool.results():
            if isinstance(outcome, list):
                pages += outcome
                continue
            if isinstance(outcome, Lost):
                shutil.rmtree(course.feedback / one / assignment, ignore_errors=True)  # some of it may be there
                outcome = f"the work on it {outcome.reason}"
            elif isinstance(outcome, OSError):  # a full disk: the next student would fare no better
                raise outcome
            elif not isinstance(outcome, CourseError):
                outcome = shorten(f"the grader itself failed: {outcome!r}", 300)
            problems[one] = f"no feedback for {one}: {outcome}"
    return sorted(pages), [problems[one] for one in sorted(problems)]


def feedback_of(course: Course, assignment: str, student: str, hints: int = len(RUNGS)) -> list[Path]:
    """Write one student's feedback pages; returns their paths.

    Raises
    ------
    CourseError
        If they cannot be made; then none are left behind.
    """
    _require_known_cells(course, assignment, student)
    config = course.nbgrader_config()
    config.CourseDirectory.assignment_id = assignment
    config.CourseDirectory.student_id = student
    config.CutLadder.hints = config.AddOtherForms.hints = hints
    config.Feedback.title = course.settings.title
    config.HTMLExporter.template_name = "coursework"
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES)]
    run_converter(Feedback, config)
    _note_for_the_exchange(course, assignment, student)
    return sorted(course.feedback.glob(f"{student}/{assignment}/*.html"))


def _require_known_cells(course: Course, assignment: str, student: str) -> None:
    """Refuse graded notebooks with questions that are not in the gradebook: it was made anew, from other solutions."""
    with opened(course) as gradebook:
        known = {
            (notebook.name, cell.name)
            for notebook in gradebook.find_assignment(assignment).notebooks
            for cell in notebook.grade_cells
        }
    for path in sorted(course.autograded.glob(f"{student}/{assignment}/*.ipynb")):
        with suppress(BadNotebook):  # what is wrong with it is said when its page is made
            for cell in filter(feedback_forms.is_question, read_notebook(path).cells):
                if (path.stem, grade_id_of(cell)) not in known:
                    raise CourseError(
                        f"{path.stem} was graded with a question {one_line(grade_id_of(cell))}, which is not in the "
                        f"gradebook. Run `autograder grade {assignment}` first"
                    )


def _note_for_the_exchange(course: Course, assignment: str, student: str) -> None:
    """Put beside the pages what `nbgrader release_feedback` needs to send them back, if the hand-in came that way."""
    for name in (TIMESTAMP, SECRET):
        path = course.submitted / student / assignment / name
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= MAX_SECRET:
            shutil.copyfile(path, course.feedback / student / assignment / name)
