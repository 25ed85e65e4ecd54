"""What a hand-in shows is data: in a page, in a notebook that is opened again, in a terminal.

A text cell of a hand-in is rendered here, cleaned, and kept as a single line of HTML that begins with `<div`. Such a
line is one block for every reader of CommonMark, which hands it on as it is: nbconvert (the formgrader, feedback, stock
nbgrader) and JupyterLab cannot read anything else into it, and need no time for it.
"""

from __future__ import annotations

import base64
import io
import re
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape, unescape
from typing import Any
from urllib.parse import quote, unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode
from PIL import Image

from autograder.terminal import plain

MAX_TEXT = 20_000  # characters of a text cell, or of one output
MAX_PICTURE = 8 * 2**20  # bytes of one picture
MAX_PIXELS = 40_000_000  # a small file may unfold to a picture that fills a browser's memory
MAX_SHOWN = 20 * 2**20  # bytes of all that the cells of one notebook show
MAX_OUTPUTS = 200  # of one cell
_ELEMENT = 100  # bytes that each element of a page counts as, besides its letters: readers make an object of it
_OUTPUT = 10 * _ELEMENT  # as many elements are around an output

PICTURES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}


class Room:
    """How much one notebook may still show; shared by its cells.

    Parameters
    ----------
    size : int
        In bytes.
    """

    def __init__(self, size: int = MAX_SHOWN):
        self.left = size

    def take(self, size: int) -> bool:
        """Take up `size` bytes, if there is room for them."""
        if size > self.left:
            self.left = 0  # whatever comes later is not even read
            return False
        self.left -= size
        return True


# Text -----------------------------------------------------------------------------------------------------------------


def _text(value: Any, room: Room) -> str:
    """What a cell printed, or said of itself, as text of a limited length."""
    if isinstance(value, list):
        value = "".join(part for part in value if isinstance(part, str))
    if not isinstance(value, str):
        return ""
    cut = len(value) > MAX_TEXT
    text = plain(value[:MAX_TEXT].replace("\r\n", "\n").replace("\r", "\n"))
    if not room.take(len(text)):
        return "[not shown: this notebook shows too much]"
    return text + "\n[cut: what follows is too long]" * cut


# Pictures -------------------------------------------------------------------------------------------------------------


def picture(kind: str, data: Any, room: Room) -> str | None:
    """A picture as canonical base64, if it is a picture of that kind and not too large; None otherwise.

    It takes up its room before it is looked at, which costs time, however often a text names the same one.
    """
    if isinstance(data, list):
        data = "".join(part for part in data if isinstance(part, str))
    if kind not in PICTURES or not isinstance(data, str) or len(data) > MAX_PICTURE * 4 // 3 + 2**16:
        return None
    if not room.take(len(data)):
        return None
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
        pixels = _pixels(kind, content)
    except Exception:  # there are many ways not to be a picture
        return None
    return None if len(content) > MAX_PICTURE or pixels > MAX_PIXELS else base64.b64encode(content).decode()


def _pixels(kind: str, content: bytes) -> int:
    """How many pixels a picture has, by how it begins."""
    if kind == "image/png":  # Pillow would also unpack what else a PNG may hold: some megabytes, to gigabytes
        start, width, height = struct.unpack_from(">16sII", content)
        if start != b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR":
            raise ValueError("no PNG")
        return int(width * height)
    with Image.open(io.BytesIO(content), formats=[PICTURES[kind]]) as image:
        return int(image.width * image.height)


# Outputs --------------------------------------------------------------------------------------------------------------


def safe_outputs(outputs: Iterable[Mapping[str, Any]], room: Room) -> list[NotebookNode]:
    """Outputs of a code cell: text and pictures, each checked and limited, and nothing else.

    Parameters
    ----------
    room : Room
        Shared by all cells of a notebook.
    """
    outputs = list(outputs)
    shown: list[NotebookNode] = []
    for output in outputs[:MAX_OUTPUTS]:
        if not room.take(_OUTPUT):  # an empty output costs a page something too
            return [*shown, _said("[more of this cell is not shown: this notebook shows too much]")]
        if (safe := _safe_output(output, room)) is not None:
            shown.append(safe)
    if len(outputs) > MAX_OUTPUTS:
        shown.append(_said(f"[{len(outputs) - MAX_OUTPUTS} more outputs of this cell are not shown]"))
    return shown


def _safe_output(output: Any, room: Room) -> NotebookNode | None:
    kind = output.get("output_type") if isinstance(output, Mapping) else None
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return _output("stream", name=name, text=_text(output.get("text"), room))
    if kind == "error":
        lines = output.get("traceback")
        lines = lines[:50] if isinstance(lines, list) else []
        return _output(
            "error",
            ename=_text(output.get("ename"), room),
            evalue=_text(output.get("evalue"), room),
            traceback=[_text(line, room) for line in lines],
        )
    if kind not in ("display_data", "execute_result") or not isinstance(output.get("data"), Mapping):
        return None
    data: dict[str, str] = {}
    for mime in ("image/png", "image/jpeg"):
        if mime in output["data"] and not data:
            checked = picture(mime, output["data"][mime], room)
            if checked is None:
                return _said("[a picture that is not shown: it is damaged, or too large]")
            data[mime] = checked
    if "text/plain" in output["data"]:
        data["text/plain"] = _text(output["data"]["text/plain"], room)
    if not data:
        return None
    if kind == "display_data":
        return _output(kind, data=data)
    count = output.get("execution_count")
    return _output(kind, data=data, execution_count=count if type(count) is int and 0 <= count < 10**6 else None)


def _said(sentence: str) -> NotebookNode:
    return _output("stream", name="stdout", text=sentence + "\n")


def _output(kind: str, **about: Any) -> NotebookNode:
    if kind == "display_data" or kind == "execute_result":
        about = {"metadata": NotebookNode(), **about, "data": NotebookNode(about["data"])}
    return NotebookNode(output_type=kind, **about)  # made by hand: nbformat would check each against a schema


# Text cells -----------------------------------------------------------------------------------------------------------

_TAGS = set(
    "a b blockquote br caption code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp "
    "small span strong sub sup table tbody td tfoot th thead tr u ul var".split()
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
}
_GONE = {"script", "style", "svg", "math", "template", "iframe", "object", "noscript", "title", "textarea", "select"}
_LINK = re.compile(r"(?:https?://|mailto:)[^\s]", re.IGNORECASE)
_IMG = re.compile(r'<img((?: [a-z]+="[^"]*")*)>')  # as nh3 writes it: a `<` of the text would be `&lt;`
_ATTRIBUTE = re.compile(r'([a-z]+)="([^"]*)"')
_PASTED = re.compile(r"data:(image/(?:png|jpeg|gif|webp));base64,([A-Za-z0-9+/]+={0,2})")
# Commands of MathJax that are more than mathematics: links, styles, classes, ids, files, further extensions.
_POWERS = re.compile(
    r"\\(?=(?:href|url|style|class|cssId|id|require|unicode|html[A-Za-z]*|data|bbox|f?colorbox|mmlToken|texttip|"
    r"mathtip|toggle|action|actiontype|includegraphics|begingroup|Tooltip|newcommand|renewcommand|def|gdef|let|"
    r"newenvironment|renewenvironment|csname)(?![A-Za-z]))"
)
_ONE_LINE = '<div style="contain:content;overflow:auto">{}</div>'  # whatever it draws stays inside
_NO_MATH = "<span>$</span>"  # MathJax pairs delimiters within one element only


def safe_text_cell(cell: NotebookNode, room: Room | None = None) -> NotebookNode:
    """A text cell of a hand-in as a Markdown cell that any reader of notebooks can be shown.

    Its text is rendered and cleaned; pictures that were pasted into it are part of it, so it has no attachments any
    more. Id and metadata are kept as they are.

    Parameters
    ----------
    room : Room, optional
        What the notebook may still show; a room of its own if left out.
    """
    safe = NotebookNode({key: value for key, value in cell.items() if key in ("id", "metadata")})
    safe.cell_type = "markdown"
    source = cell.get("source")
    safe.source = safe_html(source if isinstance(source, str) else "", cell.get("attachments"), room or Room())
    return safe


def safe_html(source: str, attachments: Any = None, room: Room | None = None) -> str:
    """Markdown of a hand-in as one line of harmless HTML; empty if there is nothing to show.

    Nothing stays unseen: pictures that the text does not name come after it, and what is invisible, such as a comment,
    is shown as it was typed.
    """
    room = room or Room()
    pictures: dict[str, Any] = dict(attachments) if isinstance(attachments, Mapping) else {}

    def set_aside(match: re.Match[str]) -> str:
        name = f"pasted-in-{len(pictures)}"
        pictures[name] = {match[1]: match[2]}
        return f"attachment:{name}"

    source = _PASTED.sub(set_aside, source)  # as Colab pastes them; they do not count as text
    cut = len(source) > MAX_TEXT
    source = plain(source[:MAX_TEXT].replace("\r\n", "\n").replace("\r", "\n"))
    unnamed = [name for name in pictures if name not in unquote(source)]
    if not source.strip() and not unnamed:
        return ""
    if not room.left:
        return _ONE_LINE.format(_bracketed("not shown: this notebook shows too much"))
    try:
        html = _MARKDOWN.render(source).replace(' style="text-align:', ' align="')
    except Exception:  # a text that the renderer stumbles over is shown as it was typed
        html = f"<pre>{escape(source)}</pre>"
    html = _clean(html).strip() or (_clean(f"<pre>{escape(source)}</pre>") if source.strip() else "")
    # Only now there are no more ways to spell a character: a line that ends would end the block, too.
    html = _POWERS.sub("＼", plain(html.replace("\r", "\n")))
    html = _no_links(html)
    html = _IMG.sub(lambda match: _embedded(match[1], pictures, room), html.strip())
    html += "".join(_embedded(f' src="attachment:{quote(name)}"', pictures, room) for name in unnamed)
    if cut:
        html += _bracketed(f"cut: only the first {MAX_TEXT} characters of this cell are shown")
    if not room.take(len(html) + _ELEMENT * html.count("<")):
        html = _bracketed("not shown: this notebook shows too much")
    return _ONE_LINE.format(html.replace("\n", "&#10;"))


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_GONE,
        attributes={"*": set(), **_ATTRIBUTES},  # "*": nh3 would let `lang` and `title` stand on any tag
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "attachment"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if _LINK.match(value) else None
    if name in ("width", "height", "colspan", "rowspan", "start"):
        return value if re.fullmatch(r"\d{1,4}", value) else None
    if name == "align":
        return value if value in ("left", "right", "center") else None
    return value


def _embedded(attributes: str, pictures: Mapping[str, Any], room: Room) -> str:
    """The picture that an <img> names, as part of the page; or a sentence where there is none to show."""
    given = {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
    address = given.pop("src", "")
    if not address.lower().startswith("attachment:"):
        what = f": {address}" if address else ""
        return _bracketed(f"a picture from elsewhere is not shown{what}")
    name = address[len("attachment:") :]
    kinds = pictures.get(name, pictures.get(unquote(name)))
    if not isinstance(kinds, Mapping):
        return _bracketed(f"the picture {unquote(name)} is not in the notebook")
    for kind in PICTURES:
        if kind in kinds and (data := picture(kind, kinds[kind], room)) is not None:
            more = "".join(f' {key}="{escape(value)}"' for key, value in sorted({"alt": "", **given}.items()))
            return f'<img src="data:{kind};base64,{data}"{_no_links(more)}>'
    return _bracketed(f"the picture {unquote(name)} is not shown: it is damaged, too large, or of another kind")


def _bracketed(sentence: str) -> str:
    words = escape(plain(sentence[:300]).replace("\n", " ")).replace("\\", "＼").replace("$", _NO_MATH)
    return f"<em>{_no_links(f'[{words}]')}</em>"


def _no_links(html: str) -> str:
    """The same page, in which nbconvert finds no links: it takes "files/" out of them, and looks at the whole line from
    each [ on."""
    return html.replace("[", "&#91;").replace("files/", "files&#47;")


def _math(opening: str, closing: str) -> Callable[..., str]:
    """A rule for markdown-it that leaves mathematics to MathJax.

    Its < and > are spelled out, which MathJax reads anywhere.
    """

    def rule(renderer: object, tokens: Sequence[Token], index: int, options: object, env: object) -> str:
        body = tokens[index].content.replace("<", r"\lt ").replace(">", r"\gt ")
        return opening + escape(body, quote=False) + closing

    return rule


def _text_rule(renderer: object, tokens: Sequence[Token], index: int, options: object, env: object) -> str:
    return escape(tokens[index].content, quote=False).replace("$", _NO_MATH)


def _markdown() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": True, "maxNesting": 20}).enable(["table", "strikethrough"])
    reader.use(dollarmath_plugin, allow_labels=False, double_inline=True).use(amsmath_plugin)
    for name, rule in {
        "math_inline": _math("$", "$"),
        "math_inline_double": _math("$$", "$$"),
        "math_block": _math("<p>$$", "$$</p>"),
        "amsmath": _math("<p>", "</p>"),
        "text": _text_rule,
    }.items():
        reader.add_render_rule(name, rule)
    return reader


_MARKDOWN = _markdown()
