"""nbgrader's converters, run quietly: from solutions/ to assignment/, and from autograded/ to feedback/."""

from __future__ import annotations

import logging
import re
from typing import Any

from nbformat import NotebookNode
from nbgrader import api
from nbgrader.converters import BaseConverter, GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets.config import Config

from autograder import database
from autograder.authoring.leak import unshown_pictures
from autograder.course import CourseError

__all__ = ["DropHiddenPictures", "GenerateAssignment", "run_converter"]

api.get_alembic_version = database.newest_revision


def run_converter(kind: type[BaseConverter], config: Config) -> None:
    """Run one of nbgrader's converters quietly.

    Raises
    ------
    CourseError
        With what nbgrader logged as the error.
    """
    log = logging.getLogger("autograder.nbgrader")
    errors = _Errors()
    log.handlers, log.propagate = [errors], False
    log.setLevel(logging.ERROR)
    converter = kind(coursedir=CourseDirectory(config=config, log=log), config=config, log=log)
    converter.force = True
    try:
        converter.start()
    except (NbGraderException, SystemExit):
        raise CourseError(f"nbgrader: {errors.summary()}") from None


class _Errors(logging.Handler):
    """Keeps the errors that a converter logs: they say what went wrong."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())

    def summary(self) -> str:
        """The last line of the first traceback if there is one, else the first message."""
        for message in self.messages:
            if message.startswith("Traceback"):
                return re.sub(r"^\S*\.(\w+):", r"\1:", message.strip().splitlines()[-1])
        return self.messages[0] if self.messages else "it failed without saying why"


class DropHiddenPictures(NbGraderPreprocessor):
    """Leave out pictures attached to a sample answer or a marking scheme. nbgrader removes the text that showed them;
    `jupyter/nbgrader_config.py` makes it remove the pictures too."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], cell_index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        for name in unshown_pictures(cell):
            del cell.attachments[name]
        if not cell.get("attachments", True):
            del cell["attachments"]
        return cell, resources
