"""From autograded/ to feedback/: a page for each notebook; and the way into the formgrader."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor
from traitlets import Integer

from autograder.course import JUPYTER_CONFIG, Course, CourseError
from autograder.notebook import FOR_THE_GRADER, is_check
from autograder.release import run_converter
from autograder.report import RUNGS, verdict_output
from autograder.results import cell_from_json

TEMPLATES = Path(__file__).parent / "templates"


class DropGraderCells(NbGraderPreprocessor):
    """Leave out the marking schemes, which stand in graded notebooks for the formgrader."""

    def preprocess(self, nb, resources):
        nb.cells = [cell for cell in nb.cells if FOR_THE_GRADER not in cell.metadata.get("tags", [])]
        return nb, resources


class CutLadder(NbGraderPreprocessor):
    """Write the verdicts anew for students: hints one by one, and no more of them than the instructor wants."""

    hints = Integer(len(RUNGS), help="How many of the hints students may see.").tag(config=True)

    def preprocess_cell(self, cell, resources, index):
        if is_check(cell) and "result" in cell.metadata.get("autograder", {}):
            verdict = verdict_output(cell_from_json(cell.metadata["autograder"]["result"]), self.hints, folded=True)
            cell.outputs = [*cell.outputs[:-1], verdict]
        return cell, resources


class GetGradesAndState(GetGrades):
    """nbgrader's grades and comments, and whether a cell still awaits a person."""

    def _get_score(self, cell, resources):
        super()._get_score(cell, resources)
        grade = self.gradebook.find_grade(cell.metadata["nbgrader"]["grade_id"], self.notebook_id,
                                          self.assignment_id, self.student_id)
        cell.metadata.nbgrader["awaits_person"] = grade.auto_score is None and grade.manual_score is None


class Feedback(GenerateFeedback):
    """nbgrader's feedback converter with our page."""

    preprocessors = [DropGraderCells, CutLadder, GetGradesAndState, CSSHTMLHeaderPreprocessor]


def write_feedback(course: Course, assignment: str, student: str = "*", hints: int = len(RUNGS)) -> list[Path]:
    """Write feedback pages; returns their paths.

    Parameters
    ----------
    hints : int
        How far the ladder of hints goes, see `autograder.report.verdict_output`.

    Raises
    ------
    CourseError
        If nothing has been graded yet.
    """
    course.notebooks(assignment)
    if not list(course.autograded.glob(f"{student}/{assignment}/*.ipynb")):
        whose = "" if student == "*" else f" of {student}"
        raise CourseError(f"no graded notebook{whose} in {course.autograded}: run `autograder grade {assignment}` first")
    config = course.nbgrader_config()
    config.CourseDirectory.assignment_id = assignment
    config.CourseDirectory.student_id = student
    config.CutLadder.hints = hints
    config.HTMLExporter.template_name = "coursework"
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES)]
    run_converter(Feedback, config)
    return sorted(course.feedback.glob(f"{student}/{assignment}/*.html"))


def open_formgrader(course: Course) -> None:
    """Start JupyterLab on the course's folder, with nbgrader configured for it."""
    path = os.pathsep.join(filter(None, [str(JUPYTER_CONFIG), os.environ.get("JUPYTER_CONFIG_PATH")]))
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    try:
        subprocess.run([sys.executable, "-m", "jupyterlab", "--LabApp.default_url=/formgrader", *as_root],
                       cwd=course.root, env=os.environ | {"JUPYTER_CONFIG_PATH": path}, check=False)
    except KeyboardInterrupt:
        pass
