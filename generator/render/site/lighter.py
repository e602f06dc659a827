"""What the theme does on every page and the gallery can do without, taken out of the built site.

Each costs a phone time before a page can be used: an index of some hundred kilobytes fetched for a
search that nobody has opened, and the whole page styled anew when nothing about it has changed. The
patterns are of the theme's minified files and name no variable of theirs. Where one is not found,
as in another version of the theme, a page is slower and otherwise the same; a test says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

# The search's index is fetched when the search is opened, as in pages opened from a file.
_INDEX_AT_ONCE = re.compile(r'location\.protocol!=="file:"(?=\),\w+\("search"\))')
# A colour scheme for the page, told by its header's. The stylesheets say it already.
_COLOUR_SCHEME = re.compile(
    r'(?P<made>(?P<name>\w+)=\w+\("meta",\{name:"color-scheme"\}\);)'
    r"document\.head\.appendChild\((?P=name)\);"
)
# No transitions while colours are switched, which on every page happens once, from its own to its
# own. Without the rule some words fade in an eighth of a second.
_SWITCHING = re.compile(r"\[data-md-color-switching\] \*[^{}]*\{[^{}]*\}")


def lighten(built: Path) -> None:
    """Change the theme's script and stylesheet in a site that MkDocs or Zensical has built.

    Args:
        built: the site's folder.

    Raises:
        OSError: a file cannot be read or written.
    """
    for script in sorted((built / "assets" / "javascripts").glob("bundle.*.js")):
        _change(script, _lighter_script)
    for sheet in sorted((built / "assets" / "stylesheets").rglob("palette.*.css")):
        _change(sheet, _lighter_stylesheet)


def _lighter_script(text: str) -> str:
    return _COLOUR_SCHEME.sub(r"\g<made>", _INDEX_AT_ONCE.sub("!1", text))


def _lighter_stylesheet(text: str) -> str:
    return _SWITCHING.sub("", text)


def _change(file: Path, how: Callable[[str], str]) -> None:
    text = file.read_text(encoding="utf-8")
    changed = how(text)
    if changed != text:
        file.write_text(changed, encoding="utf-8")
