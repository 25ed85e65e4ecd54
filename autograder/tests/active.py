"""What of a page would run, load or cover something in a browser: found by reading it as a browser does."""

from __future__ import annotations

import re
from html.parser import HTMLParser

# Elements that have no place in what a student wrote, whatever their attributes.
_ELEMENTS = {
    "script",
    "style",
    "iframe",
    "frame",
    "frameset",
    "object",
    "embed",
    "portal",
    "applet",
    "base",
    "meta",
    "link",
    "form",
    "input",
    "button",
    "select",
    "textarea",
    "svg",
    "math",
    "video",
    "audio",
    "source",
    "noscript",
    "xmp",
}
_LINKS = {"href", "xlink:href", "cite"}
_LOADED = {
    "src",
    "srcset",
    "background",
    "poster",
    "data",
    "action",
    "formaction",
    "srcdoc",
    "ping",
    "lowsrc",
    "dynsrc",
}
_SAFE_LINK = re.compile(r"(https?:|mailto:|#|[\w./-]*(\?|#|$))", re.IGNORECASE)
_TYPESET = re.compile(r"\\(href|url|require|style|class|cssId|unicode|def|newcommand|includegraphics)\b")


class _Finder(HTMLParser):
    """Reads a page and keeps what is active and has the mark in it, or around it."""

    def __init__(self, mark: str):
        super().__init__(convert_charrefs=True)
        self.mark, self.found, self.within = mark, [], ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.within = tag if tag in ("script", "style") else ""
        if self.mark not in " ".join([tag, *(f"{name}={value}" for name, value in attributes)]):
            return
        if tag in _ELEMENTS:
            self.found.append(f"<{tag}>")
        for name, value in attributes:
            plain = re.sub(r"[\x00-\x20]", "", value or "")
            if (
                name.startswith("on")
                or name == "style"
                or (name in _LOADED and not re.match(r"data:image/(png|jpeg|gif|webp);", plain))
                or (name in _LINKS and not _SAFE_LINK.fullmatch(plain[: plain.find(":") + 1] or (plain[:1] and "#")))
            ):
                self.found.append(f"<{tag} {name}>")

    handle_startendtag = handle_starttag

    def handle_endtag(self, tag: str) -> None:
        self.within = ""

    def handle_data(self, data: str) -> None:
        if self.mark in data and self.within:
            self.found.append(f"<{self.within}>")


def active(page: str, mark: str, typeset: bool = False) -> list[str]:
    """What of a page is active and bears the mark: "<img onerror>", for example.

    Parameters
    ----------
    mark : str
        Stands in all that the attacks would run or load.
    typeset : bool
        Whether formulas count, too: the page has them typeset by a MathJax that takes every command.
    """
    finder = _Finder(mark)
    finder.feed(page)
    finder.close()
    if typeset:
        finder.found += [
            f"\\{found.group(1)}"
            for found in re.finditer(_TYPESET, page)
            if mark in page[found.start() : found.start() + 80]
        ]
    return list(dict.fromkeys(finder.found))
