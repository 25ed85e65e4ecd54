"""What a hand-in shows stays data, whatever reads it afterwards."""

from __future__ import annotations

import base64
import io
import time
from html.parser import HTMLParser

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.filters.ansi import ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.filters.strings import strip_files_prefix
from PIL import Image

from autograder.grading import graded, sanitize
from autograder.grading.sanitize import Room, picture, safe_html, safe_outputs, safe_text_cell
from autograder.terminal import Console, plain
from autograder.tests.beyond import unfolding_png


def encoded(kind="PNG", size=(3, 2)):
    data = io.BytesIO()
    Image.new("RGB", size).save(data, kind)
    return base64.b64encode(data.getvalue()).decode()


PNG = encoded()


def as_nbconvert_shows(html):
    """What nbgrader's and our templates make of a Markdown cell."""
    return strip_files_prefix(MarkdownWithMath(renderer=IPythonRenderer(escape=False)).render(html))


class Looked(HTMLParser):
    """Every element and attribute of a page."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.found, self.text, self.code = [], [], 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        self.code += tag in ("pre", "code")
        self.text.append("|")  # MathJax takes nothing together across an element

    def handle_endtag(self, tag):
        self.code -= tag in ("pre", "code")
        self.text.append("|")

    def handle_data(self, data):
        if not self.code:
            self.text.append(data)

    def handle_comment(self, data):
        self.found.append(("comment", {}))

    handle_decl = handle_pi = unknown_decl = handle_comment


def assert_harmless(source, attachments=None):
    html = safe_html(source, attachments)
    assert "\n" not in html and (html == "" or html.startswith("<div"))
    shown = as_nbconvert_shows(html)
    assert shown.strip() == html
    for number, (tag, attributes) in enumerate(Looked(shown).found):
        if number == 0:
            assert (tag, attributes) == ("div", {"style": "contain:content;overflow:auto"})
            continue
        assert tag in sanitize._TAGS
        assert attributes.keys() <= sanitize._ATTRIBUTES.get(tag, set()) | ({"rel"} if tag == "a" else set())
        if "href" in attributes:
            assert attributes["href"].lower().startswith(("http://", "https://", "mailto:"))
            assert attributes["rel"] == "noopener noreferrer"
        if tag == "img":
            kind, _, data = attributes["src"].removeprefix("data:").partition(";base64,")
            assert picture(kind, data, Room()) == data
    assert "\\href" not in "".join(Looked(shown).text)
    assert plain(html) == html and "\r" not in html and "[" not in html
    return html


@pytest.mark.parametrize(
    ("source", "attachments", "shown"),
    [
        ("", {"on paper.png": {"image/png": PNG}}, PNG),
        ("see below", {"a.png": {"image/png": PNG}}, PNG),
        ("<!-- it is flat -->", None, "it is flat"),
        ("[it is flat]: http://example.org", None, "it is flat"),
        ("<script>flat()</script>", {'"><script>x': {"image/png": PNG}}, "flat()"),
    ],
)
def test_an_answer_that_would_be_invisible_is_shown(source, attachments, shown):
    assert_harmless(source, attachments)
    assert shown in safe_html(source, attachments)
    assert safe_html(" \n", {}) == ""


def test_a_picture_is_shown_where_the_text_names_it_and_once():
    assert safe_html("![](attachment:on%20paper.png)", {"on paper.png": {"image/png": PNG}}).count(PNG) == 1


HOSTILE = [
    "<script>document.title='x'</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href=vbscript:x>x</a>",
    "<iframe src=//a.b>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=x>",
    "<embed src=x>",
    "<base href=//a.b>",
    "<form action=//a.b><input name=x><button>x</button></form>",
    "<style>*{display:none}</style>",
    "<link rel=stylesheet href=//a.b>",
    "<meta http-equiv=refresh content='0;url=//a.b'>",
    "<div style='position:fixed;inset:0'>x</div>",
    "<p id=score class=panel name=x>",
    "![x](http://a.b/c.png)",
    "<img src=//a.b/c.png srcset='//a.b/d.png 2x'>",
    "<video src=//a.b autoplay>",
    "<a href=x ping=//a.b>",
    "`[x](javascript:alert(1))`",
    "``` \n<script>alert(1)</script>\n```",
    "<!-- <script>alert(1)</script> -->",
    "<!--",
    "-->",
    "]]>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?php alert(1) ?>",
    "<!DOCTYPE html>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "$\\href{javascript:alert(1)}{x}$",
    "\\hr<b></b>ef{x}",
    "&#92;href{javascript:x}{y}",
    "\\hr<!-- -->ef{javascript:x}{y}",
    "$$\\style{position:fixed}{x}$$",
    "\\\\(\\href{javascript:alert(1)}{x}\\\\)",
    "\\begin{align}\\href{javascript:alert(1)}{x}\\end{align}",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea></textarea><script>alert(1)</script>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<table><tr><td>x</table><script>alert(1)</script>",
    "<details open ontoggle=alert(1)>",
    "<x onclick=alert(1)>y</x>",
    "</div></div></body><script>alert(1)</script>",
    "> <script>alert(1)\n> </script>",
    "- <img\n  src=x\n  onerror=alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "![x](attachment:a.png)",
    "![x](attachment:a.svg)",
    "<img src='attachment:\" onerror=alert(1) x=\"'>",
    '![" onerror=alert(1)](attachment:a.png)',
    "<plaintext>",
    "<xmp><script>alert(1)</script></xmp>",
    "\x00<scr\x00ipt>",
    "<scr<script>ipt>alert(1)</script>",
    "\u2028<script>",
    "\ud800<img src=x onerror=alert(1)>",
    "[a](files/x) src=files/x",
    "$`$<script>`$`",
    "\r<script>\r",
    "<p>a&#13;&#13;b ` <a href='http://a.b' title='`<img src=x onerror=alert(1)>'>c</a></p>",
    "&#13;&#13;```&#13;",
    "<p>&#x0d;&#13;</p>",
    "&#27;[2J &#8238;x",
    "<img src='[a](files/x'>",
    "{{ 7*7 }} {% raw %}",
]
ATTACHED = {"a.png": {"image/png": PNG}, "a.svg": {"image/svg+xml": "PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+"}}


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_text_becomes_data(source):
    assert_harmless(source, ATTACHED)
    assert_harmless(f"before {source} after\n\n{source}\n", ATTACHED)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(HOSTILE) | st.text(max_size=30) | st.sampled_from(list("<>\"'`$\\&#[]()!*_ \n\t|-=")),
        max_size=12,
    )
)
def test_no_mixture_of_them_gets_through(parts):
    assert_harmless("".join(parts), ATTACHED)


def test_no_tag_keeps_an_attribute_that_is_not_its_own():
    assert 'title="x"' in safe_html("<a href='https://example.org' title='x'>a</a>")
    assert "title" not in safe_html("<p title='x' lang='x'>a</p>") + safe_html("<svg><noscript><p title='x'>a")


def test_an_honest_answer_reads_as_it_was_meant():
    html = safe_html(
        "The loss is **larger**, since $a<b$ and `x & y`:\n\n$$\\frac{a_1}{b_2}$$\n\n| x | y |\n|--:|---|\n"
        "| 1 | 2 |\n\n```python\nfor x in y:\n    z()\n```\n\n- it costs \\$5\n- [here](https://example.org)"
    )
    for words in (
        "<strong>larger</strong>",
        r"$a\lt b$",
        "<code>x &amp; y</code>",
        r"$$\frac{a_1}{b_2}$$",
        '<td align="right">1</td>',
        "<pre><code>for x in y:&#10;    z()&#10;</code></pre>",
        "<li>it costs <span>$</span>5</li>",
        '<a href="https://example.org" rel="noopener noreferrer">here</a>',
    ):
        assert words in html


@pytest.mark.parametrize(
    "source",
    [
        "![paper](attachment:paper.png)",
        '<img src="attachment:paper.png" width=300>',
        "![my%20paper](attachment:my%20paper.png)",
        f"![x](data:image/png;base64,{PNG})",
        f"![x][1]\n\n[1]: data:image/png;base64,{PNG}",
    ],
)
def test_a_pasted_picture_is_part_of_the_cell(source):
    cell = nbformat.v4.new_markdown_cell(
        source, attachments={"paper.png": {"image/png": PNG}, "my paper.png": {"image/png": PNG}}
    )
    safe = safe_text_cell(cell)
    assert f'<img src="data:image/png;base64,{PNG}"' in safe.source and "attachments" not in safe
    assert (safe.id, safe.cell_type) == (cell.id, "markdown")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_pictures_of_each_kind_are_known_by_their_content(kind):
    data = encoded(kind)
    assert picture(f"image/{kind.lower()}", data, Room()) == data
    assert all(picture(other, data, Room()) is None for other in sanitize.PICTURES if other != f"image/{kind.lower()}")


@pytest.mark.parametrize(
    "attachments, words",
    [
        (None, "the picture a.png is not in the notebook"),
        ({"a.png": {"image/png": "no picture"}}, "is not shown"),
        ({"a.png": {"image/png": base64.b64encode(b"<svg onload=alert(1)>").decode()}}, "is not shown"),
        ({"a.png": {"image/svg+xml": "PHN2Zz4="}}, "is not shown"),
        ({"a.png": {"image/png": PNG + '" onerror="alert(1)'}}, "is not shown"),
        ({"a.png": ["image/png"]}, "is not in the notebook"),
        ([1], "is not in the notebook"),
        ({"a.png": {"image/png": 7}}, "is not shown"),
        ({"a.png": {"image/png": encoded(size=(9000, 9000))}}, "is not shown"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_a_sentence(attachments, words):
    assert words in assert_harmless("![x](attachment:a.png)", attachments)


def test_a_picture_from_elsewhere_is_named_and_not_fetched():
    assert "a picture from elsewhere is not shown: http://a.b/c.png?d=1&amp;e]" in safe_html(
        "![x](http://a.b/c.png?d=1&e)"
    )


@pytest.mark.parametrize(
    "unit",
    [
        "\\\\(",
        "$ ",
        "$$ ",
        "\\begin{a}",
        "> ",
        "*a ",
        "**a *b ",
        "[",
        "[a](",
        "![a](",
        "`a",
        "<",
        "<!-- ",
        "<div>",
        "- ",
        "_a",
        "~~a",
        "&#",
        "|a",
        "<a href=http://x>",
        "<![CDATA[",
        "# a\n",
        "* a\n",
        f"<img src='{'[' * 300}'>",
        f"![](attachment:{'%5B' * 100})",
    ],
)
def test_no_text_takes_long(unit):
    """nbconvert's Markdown takes a second for 16 kB of some of these, and the square of that for more."""
    began = time.process_time()
    as_nbconvert_shows(safe_html(unit * 1_000_000))
    assert time.process_time() - began < 4


@pytest.mark.parametrize(
    "kind, content",
    [
        ("image/png", unfolding_png(60)),
        ("image/png", unfolding_png(5000)),
        ("image/jpeg", b"\xff\xd8" + b"\xff\xfe\0\3a" * 150_000),
        ("image/jpeg", b"\xff\xd8" + b"\xff" * 600_000),
        ("image/gif", b"GIF89a\1\0\1\0\0\0\0" + b"!\xfe\1a\0" * 150_000 + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0;"),
    ],
)
def test_no_picture_takes_long(kind, content):
    """However often it is named, and whether or not it is one."""
    began, room = time.process_time(), Room(sanitize.MAX_SHOWN // 4)
    pasted = {"a": {kind: base64.b64encode(content).decode()}}
    for _ in range(10):
        safe_html("![](attachment:a)" * 900, pasted, room)
    assert time.process_time() - began < 5


def test_what_is_too_long_is_cut_with_a_sentence():
    html = safe_html("a" * 30_000)
    assert len(html) < 21_000 and "only the first 20000 characters" in html
    room = Room(5000)
    assert "shows too much" not in safe_html("a" * 3000, room=room)
    assert "shows too much" in safe_html("a" * 3000, room=room) and "shows too much" in safe_html("a", room=room)


def test_a_page_has_not_too_many_elements():
    """A table of 20 kB may have a hundred thousand cells, and whatever reads the page makes an object of each."""
    room, table = Room(), "|a" * 2000 + "\n" + "|-" * 2000 + "\n" + "|b\n" * 2000
    pages = "".join(safe_html(table, room=room) for _ in range(20))
    assert pages.count("<") < sanitize.MAX_SHOWN // 100 and "shows too much" in pages


def test_outputs_are_text_and_pictures():
    outputs = safe_outputs(
        [
            {
                "output_type": "stream",
                "name": 'x"><script>',
                "text": "\x1b[31mred\x1b[0m \x1b[38m <b> \x07\u202e\ud800",
            },
            {
                "output_type": "display_data",
                "data": {"text/html": "<script>", "image/svg+xml": "<svg>", "application/javascript": "1"},
            },
            {
                "output_type": "display_data",
                "data": {"image/png": PNG, "text/plain": "figure"},
                "metadata": {"image/png": {"width": "1 onload=x"}},
            },
            {"output_type": "display_data", "data": {"image/png": '" onerror="alert(1)'}},
            {"output_type": "execute_result", "data": {"text/plain": ["4", "2"]}, "execution_count": "<script>"},
            {"output_type": "error", "ename": 7, "evalue": "\x1b]0;title\x07", "traceback": ["\x1b[38mline", 8]},
            {"output_type": "update", "text": "x"},
            None,
            7,
            {"output_type": "display_data", "data": []},
        ],
        Room(),
    )
    assert [output.output_type for output in outputs] == ["stream", "display_data", "stream", "execute_result", "error"]
    stream, figure, damaged, result, error = outputs
    assert (stream.name, stream.text) == ("stdout", "red  <b> \ufffd\ufffd\ufffd")
    assert figure.data == {"image/png": PNG, "text/plain": "figure"} and figure.metadata == {}
    assert "damaged" in damaged.text and result.data["text/plain"] == "42" and result.execution_count is None
    assert error.traceback == ["line", ""] and error.ename == ""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=outputs)])
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode()
    assert [ansi2html(text) for text in (stream.text, error.traceback[0])] == [
        "red  &lt;b&gt; \ufffd\ufffd\ufffd",
        "line",
    ]


def test_pictures_of_all_cells_share_a_room():
    room = Room(3 * (len(PNG) + sanitize._OUTPUT))
    figure = {"output_type": "display_data", "data": {"image/png": PNG}}
    shown = [output for _ in range(3) for output in safe_outputs([figure, figure], room)]
    assert 1 <= sum(output.output_type == "display_data" for output in shown) <= 3
    assert "too much" in shown[-1].text


def test_outputs_that_are_empty_take_room_as_well():
    empty = {"output_type": "display_data", "data": {"text/plain": ""}}
    room = Room(100_000)
    assert sum(len(safe_outputs([empty] * 50, room)) for _ in range(6)) <= 110
    assert "shows too much" in safe_outputs([empty], room)[0].text


@given(st.text(st.characters(), max_size=200) | st.text("\x1b[]0123;mHJ\x07\x9b\r\n\t\u202e", max_size=60))
def test_nothing_steers_a_terminal(text):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=False, width=80)
    for shown in (plain(text), (console.print(text, markup=False, highlight=False), stream.getvalue())[1]):
        assert not any(
            (ord(char) < 32 and char not in "\n\t")
            or 127 <= ord(char) < 160
            or 0xD800 <= ord(char) < 0xE000
            or char in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f\u2028"
            for char in shown
        )
        shown.encode()


def test_cells_that_are_alike_take_their_time_on_a_page_once_each(monkeypatch):
    """Colouring one is tried once, but a page colours them all."""

    def slow(*_):
        until = time.process_time() + 0.15
        while time.process_time() < until:
            pass

    monkeypatch.setattr(graded, "highlight", slow)
    monkeypatch.setattr(graded, "COLOUR_SECONDS", 0.4)
    cells = [nbformat.v4.new_code_cell("slow = 'to colour, and alike'") for _ in range(6)]
    shown = graded.safe_cells(cells, nbformat.v4.new_notebook())
    assert ["take too long to colour" in cell.source for cell in shown] == [False] * 2 + [True] * 4
