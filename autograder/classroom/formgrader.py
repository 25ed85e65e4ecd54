"""nbgrader's formgrader on a course: marking schemes in its pages, and buttons that do what the command line does.

A Jupyter server extension that replaces nbgrader's own; `jupyter/jupyter_server_config.json` enables it.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import nbformat
import nbgrader
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.server_extensions.formgrader.base import BaseApiHandler, check_notebook_dir, check_xsrf
from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension
from tornado import web

from autograder import database
from autograder.authoring.notebook import grade_id_of, is_manual, read_notebook, without_delimiters
from autograder.classroom.feedback import Resources, make_safe
from autograder.classroom.gradebook import opened
from autograder.course import JUPYTER_CONFIG, Course, can_be_student
from autograder.terminal import plain

SCRIPT = Path(str(nbgrader.__file__)).parent / "server_extensions" / "formgrader" / "static" / "js" / "formgrade.js"


def open_formgrader(course: Course) -> None:
    """Start JupyterLab on the course's folder, with nbgrader configured for it.

    Raises
    ------
    CourseError
        If the gradebook is damaged, or cannot be reached: each page would fail.
    """
    if database.is_there(course.gradebook_url):
        with opened(course):
            pass
    path = os.pathsep.join(filter(None, [str(JUPYTER_CONFIG), os.environ.get("JUPYTER_CONFIG_PATH")]))
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    try:
        subprocess.run(
            [sys.executable, "-P", "-m", "jupyterlab", "--LabApp.default_url=/formgrader", *as_root],
            cwd=course.root,
            env=os.environ | {"JUPYTER_CONFIG_PATH": path},
            check=False,
        )
    except KeyboardInterrupt:
        pass


class MarkingSchemes(Preprocessor):
    """Show its marking scheme after each written answer: in the page, never in a file that somebody could be given."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        assert self.parent is not None  # it is the CourseFormgrader
        course = Course(Path(self.parent.coursedir.root))
        make_safe(nb, resources)
        path = course.solutions / resources["assignment_id"] / f"{resources['notebook_id']}.ipynb"
        schemes = marking_schemes(path, path.stat().st_mtime_ns) if path.is_file() else {}
        nb.cells = [one for cell in nb.cells for one in (cell, schemes.get(grade_id_of(cell))) if one is not None]
        return nb, resources


@lru_cache(maxsize=64)
def marking_schemes(path: Path, changed: int = 0) -> dict[str, NotebookNode]:
    """Sample answer and marking scheme of each manually graded cell, by grade id."""
    return {
        grade_id_of(cell): nbformat.v4.new_markdown_cell(
            "**For the grader only.** " + without_delimiters(cell.source).strip(),
            **({"attachments": cell.attachments} if cell.get("attachments") else {}),
        )
        for cell in read_notebook(path).cells
        if is_manual(cell)
    }


class CommandHandler(BaseApiHandler):
    """A button that runs one of our commands in its own process, and shows what it printed."""

    def words(self, assignment: str, student: str | None = None) -> list[str]:
        raise NotImplementedError

    @web.authenticated
    @check_xsrf
    @check_notebook_dir
    async def post(self, assignment: str, student: str | None = None) -> None:
        if student is not None and not can_be_student(student):
            raise web.HTTPError(404)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "autograder",
            *self.words(assignment, student),
            cwd=self.coursedir.root,
            env=os.environ | {"COLUMNS": "100"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said = plain((await process.communicate())[0].decode("utf-8", "replace"))
        if self.settings["nbgrader_gradebook"] is not None:
            self.settings["nbgrader_gradebook"].db.rollback()  # what it remembers of the gradebook is out of date
        done = process.returncode == 0
        self.write(json.dumps({"success": done, "log" if done else "error": said}))


class GradeHandler(CommandHandler):
    def words(self, assignment: str, student: str | None = None) -> list[str]:
        return ["grade", f"--student={student}", "--", assignment]


class FeedbackHandler(CommandHandler):
    def words(self, assignment: str, student: str | None = None) -> list[str]:
        return ["feedback", *([f"--student={student}"] if student else []), "--", assignment]


class ReleaseHandler(CommandHandler):
    def words(self, assignment: str, student: str | None = None) -> list[str]:
        return ["release", "--", assignment]


class SubmissionsHandler(BaseApiHandler):
    """An assignment's hand-ins, less folders that cannot be a student's: nbgrader puts their names into HTML."""

    @web.authenticated
    @check_xsrf
    @check_notebook_dir
    def get(self, assignment: str) -> None:
        self.write(json.dumps([one for one in self.api.get_submissions(assignment) if can_be_student(one["student"])]))


# The formgrader fetches MathJax from the web. Where there is none, formulas stay as they were typed, but its own script
# would stop, and no points could be given.
WITHOUT_MATHJAX = """\
window.MathJax = window.MathJax || { Hub: { Queue() {}, Startup: { signal: { Interest(tell) { tell("End"); } } } } };
"""


class ScriptHandler(BaseApiHandler):
    """The formgrader's script, which then does without MathJax."""

    @web.authenticated
    def get(self) -> None:
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.finish(WITHOUT_MATHJAX + SCRIPT.read_text(encoding="utf-8"))


HANDLERS = [
    (r"/formgrader/static/js/formgrade\.js", ScriptHandler),
    (r"/formgrader/api/assignment/([^/]+)/assign", ReleaseHandler),
    (r"/formgrader/api/assignment/([^/]+)/generate_feedback", FeedbackHandler),
    (r"/formgrader/api/assignment/([^/]+)/([^/]+)/generate_feedback", FeedbackHandler),
    (r"/formgrader/api/submission/([^/]+)/([^/]+)/autograde", GradeHandler),
    (r"/formgrader/api/submissions/([^/]+)", SubmissionsHandler),
]


class CourseFormgrader(FormgradeExtension):
    """nbgrader's formgrader with our pages and buttons."""

    debug = False  # nbgrader would show its whole configuration, and fails where that names a class

    def init_tornado_settings(self, webapp: web.Application) -> None:
        super().init_tornado_settings(webapp)
        webapp.settings["nbgrader_exporter"].register_preprocessor(MarkingSchemes(parent=self), enabled=True)

    def init_handlers(self, webapp: web.Application) -> None:
        # If two handlers match an address, the first one answers.
        webapp.add_handlers(
            ".*$", [(url_path_join(webapp.settings["base_url"], address), handler) for address, handler in HANDLERS]
        )
        super().init_handlers(webapp)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "autograder.classroom.formgrader"}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    formgrader = CourseFormgrader(parent=server)
    formgrader.root_dir = server.root_dir
    formgrader.log = server.log
    formgrader.initialize([])
    formgrader.init_tornado_settings(server.web_app)
    formgrader.init_handlers(server.web_app)
