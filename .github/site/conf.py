"""The documentation's site: `.ci/site` builds it.

Sphinx, because it reads docstrings, checks every link and reference by itself, and has been maintained since 2008; with
MyST, because the pages are the Markdown files that people read in the repository anyway.

No page is written twice. One that exists in the repository is included here by a page of two lines; where it links to a
file, the site links to the page that includes that file. The notebooks are those that students get.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import nbformat
import typer
from nbconvert import MarkdownExporter
from sphinx.application import Sphinx
from sphinx.util import logging

from autograder import __version__, cli

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]

project = "autograder"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
source_suffix = {".md": "markdown", ".ipynb": "markdown"}
exclude_patterns = ["notebooks/README.md", "**/.ipynb_checkpoints"]

myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 4
suppress_warnings = ["myst.header"]  # a notebook may use a smaller heading than the next one

smartquotes_action = "qe"  # quotes and ellipses, but `--yes` is an option and no dash
default_role = "code"  # of docstrings, where `x` is code
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say what things are
napoleon_google_docstring = napoleon_use_rtype = False
napoleon_use_ivar = True
# References to what is not documented here (NumPy's, Python's) would need a network to be looked up.
nitpick_ignore_regex = [("py:.*", r"(?!(autograder|cs231n_utils)\.).*")]

html_theme = "furo"
html_title = "autograder"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = html_show_sphinx = html_show_copyright = False
html_theme_options = {"navigation_with_keys": True}

WHOLE = re.compile(r"\A```\{include\} (\S+)\n```")
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
CODE_OR_MARK = re.compile(r"`[^`]*`|([\\*_\[\]<>^{}$])")


def pages() -> dict[Path, str]:
    """The repository's files that are pages of the site, and the pages."""
    found = {REPOSITORY / "README.md": "/index"}
    for page in HERE.rglob("*.md"):
        for name in WHOLE.findall(page.read_text(encoding="utf-8")):
            found[(page.parent / name).resolve()] = f"/{page.relative_to(HERE).with_suffix('').as_posix()}"
    notebooks = HERE / "notebooks"
    for notebook in notebooks.glob("*/*.ipynb"):
        found[notebook.resolve()] = f"/{notebook.relative_to(HERE).with_suffix('').as_posix()}"
    return found


def relink(text: str, folder: Path) -> str:
    """The Markdown of a file in `folder`, its links leading to the site's pages."""

    def led(link: re.Match[str]) -> str:
        picture, words, target = link.groups()
        name, _, part = target.partition("#")
        if not name or ":" in name:
            return link[0]
        path = (folder / name).resolve()
        if not path.exists():
            logging.getLogger(__name__).warning("a page in %s links to %s, which does not exist", folder, name)
            return words
        if picture:
            return f"![{words}](/{Path(os.path.relpath(path, HERE)).as_posix()})"
        page = PAGES.get(path)
        if page is None:
            return words
        if page.startswith("/notebooks/"):  # behind a symbolic link, where MyST's own links do not lead
            return f"{{doc}}`{words} <{page}>`"
        return f"[{words}]({page}.md{'#' * bool(part)}{part})"

    return LINK.sub(led, text)


PAGES = pages()


def read_included(app: Sphinx, path: Path, page: str, content: list[str]) -> None:
    """Lead the links of an included file to pages."""
    content[0] = relink(content[0], (HERE / path).resolve().parent)


def read_source(app: Sphinx, page: str, content: list[str]) -> None:
    """Make Markdown of what is not: notebooks, and the commands' own descriptions of themselves."""
    if page.startswith("notebooks/"):
        name = f"{page.rpartition('/')[2]}.ipynb"
        text, _ = MarkdownExporter().from_notebook_node(nbformat.reads(content[0], as_version=4))
        title, _, rest = text.strip().partition("\n")
        content[0] = f"{title}\n\nThis page is for reading. To work on it, get {{download}}`{name}`.\n{rest}"
    if page == "reference/command-line":
        app.env.note_dependency(cli.__file__)
        content[0] += command_line()


def command_line() -> str:
    """Each command and what it takes, as `--help` says it."""
    group = typer.main.get_command(cli.app)
    assert isinstance(group, typer.core.TyperGroup)
    above = group.context_class(group, info_name="autograder")
    return "".join(described(group.get_command(above, name), above) for name in group.list_commands(above))


def described(command: typer.core.TyperCommand, above: typer.Context) -> str:
    context = command.context_class(command, info_name=command.name, parent=above)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    text = f"\n## {context.command_path}\n\n{plain(command.help or '')}\n\n```text\n{usage}\n```\n"
    for parameter in command.get_params(context):
        names, words = parameter.get_help_record(context) or ("", "")
        if parameter.name != "help" and names:
            text += f"\n`{names}`\n: {plain(words)}\n"
    return text


def plain(words: str) -> str:
    """Words in which nothing but `code` is Markdown."""
    return CODE_OR_MARK.sub(lambda found: f"\\{found[1]}" if found[1] else found[0], words)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("include-read", read_included)
    app.connect("source-read", read_source)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
