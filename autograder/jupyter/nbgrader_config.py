"""How nbgrader sees a course folder. Read by `autograder`, by `autograder formgrader`, and by nbgrader's own
commands when JUPYTER_CONFIG_PATH names this folder."""

from pathlib import Path

from autograder.course import Course, unreleased

c = get_config()  # noqa: F821, defined by the loader

c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignment"
c.CourseDirectory.ignore.extend(unreleased())  # a course's own Python, in nbgrader's source folder
if Path("solutions").is_dir():
    c.CourseDirectory.db_url = Course(Path.cwd()).gradebook_url
# A starter line is a comment and `...`: a function that is not written yet gives None instead of raising,
# so the parts already written can be tried.
c.ClearSolutions.code_stub = {"python": "# TODO: write your code here\n..."}
c.ClearSolutions.text_stub = "*(write your answer here)*"
# By its name: most commands that read this release nothing.
c.GenerateAssignment.preprocessors.append("autograder.authoring.converter.DropHiddenPictures")
