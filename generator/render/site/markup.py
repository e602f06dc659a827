"""What a page holds that can be wrong: its anchors, what it refers to, and its scripts.

Nearly all tags of a site are written by templates, plainly: those are taken apart by one regular
expression, which either accounts for every character of a page or gives it up. Pages that it gives
up, such as hand-written ones with attributes out of line, go through Python's own parser, which
takes four times as long and comes to the same.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple

_CSS_URL = re.compile(r"""url\(\s*(["']?)(?P<url>.*?)\1\s*\)|@import\s+(["'])(?P<file>.*?)\3""")
_LOADED = ("data", "poster", "src")  # fetched by the browser without being asked
_LINKS = ("href", "xlink:href")
_HINTS = {"preload", "prefetch", "preconnect", "dns-prefetch", "modulepreload"}
_LINKS_LOADED = frozenset({"stylesheet", "icon", "manifest", *_HINTS})
_ATTRIBUTES = r"""(?:\s+[^\s"'<>/=]+(?:="[^"]*"|=[^\s"'<>=`]+)?)*\s*/?"""
_TOKEN = re.compile(
    rf"""[^<]*(?:\Z|<(?:
        /[a-zA-Z][^\s"'<>/=]*\s*>
      | !doctype\ html>
      | !--(?!-?>)(?:(?!--!?>).)*-->
      | (?P<raw>script|style)(?P<options>{_ATTRIBUTES})>(?P<text>.*?)</(?P=raw)\s*>
      | (?!script\b|style\b)(?P<tag>[a-zA-Z][^\s"'<>/=]*)(?P<attributes>{_ATTRIBUTES})>
    ))""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_TELLING = re.compile(r"\b(?:id|name|href|src|srcset|style|poster|data)=", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:="([^"]*)"|=([^\s"'<>=`]+))?""")


class Reference(NamedTuple):
    """An address that a page, or a style on it, refers to."""

    url: str
    loaded: bool  # by the browser itself, rather than when a reader clicks


@dataclass
class Markup:
    """The anchors, references and scripts of one page."""

    anchors: set[str] = field(default_factory=set)
    references: list[Reference] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)

    def add_tag(self, tag: str, values: dict[str, str]) -> None:
        """What a start tag says by its attributes."""
        named = ("id", "name") if tag == "a" else ("id",)
        self.anchors.update(values[name] for name in named if values.get(name))
        self._refer(_LOADED, values, loaded=True)
        # rel="canonical" and the like load nothing
        if tag != "link" or _LINKS_LOADED.intersection(values.get("rel", "").split()):
            self._refer(_LINKS, values, loaded=tag not in {"a", "area"})
        if "srcset" in values:
            for candidate in re.split(r",\s+", values["srcset"].strip(", ")):
                if candidate:
                    self.references.append(Reference(candidate.split()[0], loaded=True))
        if "style" in values:
            self.add_style(values["style"])

    def add_style(self, text: str) -> None:
        """What a stylesheet, or a ``style`` attribute, refers to."""
        self.references.extend(Reference(url, loaded=True) for url in css_urls(text))

    def _refer(self, names: Iterable[str], values: dict[str, str], *, loaded: bool) -> None:
        for name in names:
            if name in values:
                self.references.append(Reference(values[name].strip(), loaded))


def read_markup(text: str) -> Markup:
    """What a page of HTML holds."""
    return _plainly_read(text) or _thoroughly_read(text)


def css_urls(text: str) -> list[str]:
    """The addresses in a stylesheet."""
    if "url(" not in text and "@import" not in text:
        return []
    return [match["url"] or match["file"] or "" for match in _CSS_URL.finditer(text)]


def _plainly_read(text: str) -> Markup | None:
    """What a page holds whose every character is as expected; ``None`` of any other."""
    found, end = Markup(), 0
    for match in _TOKEN.finditer(text):
        if match.start() != end:
            return None
        end = match.end()
        raw, tag = match["raw"], match["tag"]
        if tag and _TELLING.search(match["attributes"]):
            found.add_tag(tag.lower(), dict(_values(match["attributes"])))
        elif raw:
            found.add_tag(raw.lower(), dict(_values(match["options"])))
            if raw.lower() == "style":
                found.add_style(match["text"])
            elif match["text"]:
                found.scripts.append(match["text"])
    return found if end == len(text) else None


def _values(attributes: str) -> Iterator[tuple[str, str]]:
    for name, quoted, bare in _ATTRIBUTE.findall(attributes):
        value = quoted or bare
        yield name.lower(), html.unescape(value) if "&" in value else value


def _thoroughly_read(text: str) -> Markup:
    parser = _Parser()
    parser.feed(text)
    parser.close()
    return parser.found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Markup()
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.found.add_tag(tag, {name: value or "" for name, value in attrs})

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.found.add_style(data)
        elif self._inside == "script":
            self.found.scripts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""
