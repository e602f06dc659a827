"""The escaping that lets any text show as text, in Markdown and in HTML."""

from __future__ import annotations

import re
import string

from markupsafe import Markup, escape

# What Markdown, its extensions or HTML may read: all marks but those of sentences, hyphens and
# underscores within words, and a number with a dot that begins a line, as in a list.
_MARKS = re.compile(r"^\d+[.)]|(?<![^\W_])[-_]|[-_](?![^\W_])|[^\w\s.,'()/;%?@-]|(?<=/)/", re.ASCII)


def escape_md(value: object) -> Markup:
    """Any text, on one line, so that neither Markdown nor HTML reads anything into it.

    Every ASCII punctuation mark becomes a numeric character reference, which Markdown passes on
    untouched and the browser shows as the mark itself.
    """
    # The result holds no mark but those of the references themselves.
    return Markup(_references(_one_line(value)))


def editable_md(value: object) -> Markup:
    """The same for a page that people go on to write: marks that mean nothing in words stay."""
    return Markup(_MARKS.sub(lambda mark: _references(mark[0]), _one_line(value)))


def _one_line(value: object) -> str:
    return " ".join(plain_text(value).split())


def _references(text: str) -> str:
    return "".join(f"&#{ord(c)};" if c in string.punctuation else c for c in text)


def breakable(value: object) -> Markup:
    """Words as HTML, in which a dotted name of three parts or more may break after its dots.

    A shorter name goes on to the next line whole. What is HTML already stays as it is.
    """
    return Markup(re.sub(r"\S+", _after_dots, escape(value)))


def _after_dots(word: re.Match[str]) -> str:
    broken, dots = re.subn(r"(\.|&#46;)(?=[\w&])", r"\1<wbr>", word[0])
    return broken if dots > 1 else word[0]


def plain_text(value: object) -> str:
    """The text itself, without the control characters that HTML cannot hold."""
    text = str(value)
    if text.isprintable():
        return text
    return "".join(c for c in text if c.isprintable() or c.isspace())
