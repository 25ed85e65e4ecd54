"""The page that is made faster is the page that nbconvert makes."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.classroom.feedback import TEMPLATES
from autograder.classroom.feedback_page import PageExporter, clean
from autograder.grading.results import CellResult, CheckResult
from autograder.grading.wording import verdict_html

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def notebook():
    outputs = [
        new_output("stream", text="a > b & c < d\n\x1b[31mred\x1b[0m"),
        new_output("display_data", data={"image/png": PIXEL}),
        new_output("display_data", data={"image/png": PIXEL}, metadata={"image/png": {"width": 3}}),
        new_output("display_data", data={"text/html": '<div class="jp-OutputArea-output">own</div>'}),
        new_output("error", ename="ValueError", evalue="<b>", traceback=["ValueError: <b>"]),
    ]
    code = 'page = "<script>alert(1)</script><img src=x onerror=y>"  # <b>\nprint(f"{page}")'
    book = new_notebook(
        cells=[
            new_markdown_cell('A picture: <img src="data:,a>b"> and <img title="no alt=" src="data:,x">'),
            new_markdown_cell('<img src="data:,y" alt="described">'),
            new_code_cell(code, outputs=outputs),
            new_code_cell("1 +", outputs=[]),
        ]
    )
    book.metadata["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    return book


def test_it_is_nbconverts_page():
    book = notebook()
    ours, theirs = (
        BeautifulSoup(kind().from_notebook_node(book)[0], "html.parser") for kind in (PageExporter, HTMLExporter)
    )
    for image in (*ours("img"), *theirs("img")):
        assert image["alt"]
        if image["alt"] in ("a picture", "No description has been provided for this image"):
            image["alt"] = ""
    assert [image["alt"] for image in ours("img")] == ["", "", "described", "", ""]
    assert str(ours) == str(theirs)
    assert len(ours.select('[tabindex="0"]')) >= 7 and "<script>alert" not in str(ours)


@pytest.mark.parametrize(
    "said, alt",
    [('Losses of two runs: "a" > b', 'Losses of two runs: "a" > b'), ("<Figure size 640x480>", "a picture")],
)
def test_a_picture_is_described_as_it_describes_itself(said, alt):
    book = new_notebook(
        cells=[
            new_code_cell("plot()", outputs=[new_output("display_data", data={"image/png": PIXEL, "text/plain": said})])
        ]
    )
    exporter = PageExporter(template_name="coursework", extra_template_basedirs=[str(TEMPLATES)])
    about = {"nbgrader": {"notebook": "a", "student": "b", "assignment": "c", "score": 0, "max_score": 0}}
    page = BeautifulSoup(exporter.from_notebook_node(book, about)[0], "html.parser")
    assert [image["alt"] for image in page("img")] == [alt]


@pytest.mark.parametrize(
    "html, cleaned",
    [
        ('<span class="k">if</span> &lt;b&gt;', '<span class="k">if</span> &lt;b&gt;'),
        (b'<a href="javascript:x">x</a><script>alert(1)</script>', "<a>x</a>"),
        ('<div onclick="x" style="color:red" id="a">y</div><iframe src="z"></iframe>', '<div id="a">y</div>'),
    ],
)
def test_what_is_not_harmless_goes(html, cleaned):
    assert clean(html) == cleaned


def test_a_dark_page_has_colours_of_its_own_for_those_that_verdicts_bring():
    """A verdict's colours are made for white paper: on a dark page they had a contrast of less than 4."""
    page = (TEMPLATES / "coursework" / "index.html.j2").read_text(encoding="utf-8")
    dark = page[page.index("prefers-color-scheme: dark") : page.index(".summary {")]
    cell = CellResult(
        "one", 1.0, 2.0, False, [CheckResult("a", "a", True, 1.0), CheckResult("b", "b", False, 1.0, "it is 3")]
    )
    brought = set(re.findall(r"[;\"](color:#\w{6})", verdict_html(cell)))
    assert len(brought) == 3 and all(f'[style*="{colour}"]' in dark for colour in brought)
