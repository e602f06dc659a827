"""Walls of cards go round the program that makes the pages, which would take every tag apart.

A wall is a block of plain HTML that the search passes over: from a line such as ``<div
class="cg-cards" data-search-exclude>`` to the one that closes it. No builder changes a letter of
it, but Python-Markdown parses it three times, and the search's indexer once more. So the builder is
given an empty element in its place, and the wall is put back into the finished page.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from generator.errors import SiteError

_OPENING = re.compile(r'<(?P<tag>[a-z]+) class="cg-[^>]*\bdata-search-exclude\b[^>]*>')
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_PLACE = re.compile(r'<div data-cg-wall="(\d+)">.*?</div>')
_ID = re.compile(r'\sid="([^"]+)"')
_LEAST = 2000  # characters; with less there is nothing to save


def take_down(docs: Path, anchors: Collection[str]) -> dict[str, str]:
    """Put an empty element in the place of each wall on the pages of a staged tree.

    Args:
        docs: the pages, which are written again.
        anchors: where links in Markdown lead. The builder complains of those that lead nowhere, so
            the empty element has the names of those places among them that are on the wall.

    Returns:
        The walls, by the number that stands in their place.

    Raises:
        OSError: a page cannot be read or written.
    """
    walls: dict[str, str] = {}
    for page in sorted(docs.rglob("*.md")):
        text = page.read_bytes().decode("utf-8", errors="surrogateescape")
        without = "\n".join(_without_walls(text, walls, anchors))
        if without != text:
            page.write_bytes(without.encode("utf-8", errors="surrogateescape"))
    return walls


def put_up(built: Path, walls: Mapping[str, str]) -> None:
    """Put the walls back into the finished pages.

    Raises:
        OSError: a page cannot be read or written.
        SiteError: the builder has lost one.
    """
    lost = set(walls)
    for page in sorted(built.rglob("*.html")) if walls else ():
        text = page.read_bytes().decode("utf-8", errors="surrogateescape")
        found = lost.intersection(_PLACE.findall(text))
        if found:
            whole = _PLACE.sub(lambda match: walls.get(match[1], match[0]), text)
            page.write_bytes(whole.encode("utf-8", errors="surrogateescape"))
            lost -= found
    if lost:
        raise SiteError(
            f"{len(lost)} of {len(walls)} tables of pictures are missing on the finished pages.",
            "What builds the site takes them out. Is a plug-in of yours at work?",
        )


def _without_walls(text: str, walls: dict[str, str], anchors: Collection[str]) -> Iterator[str]:
    """The lines of a page, with a place for each wall, which is added to the others."""
    lines, fence, above = iter(text.split("\n")), "", ""
    for line in lines:
        fence = _fence_after(line, fence)
        opening = None if fence or above.strip() else _OPENING.fullmatch(line)
        above = line
        if opening is None:
            yield line
            continue
        wall = "\n".join([line, *_to_its_end(opening["tag"], lines)])
        above = wall
        if len(wall) < _LEAST or not wall.endswith(f"</{opening['tag']}>") or " markdown" in wall:
            yield wall
            continue
        names = [name for name in _ID.findall(wall) if name in anchors] if anchors else []
        places = "".join(f'<a id="{name}"></a>' for name in names)
        yield f'<div data-cg-wall="{len(walls)}">{places}</div>'
        walls[str(len(walls))] = wall


def _to_its_end(tag: str, lines: Iterator[str]) -> Iterator[str]:
    """The lines of an element that was opened, to the one that closes it, or to the last."""
    depth = 1
    for line in lines:
        yield line
        depth += line.count(f"<{tag} ") + line.count(f"<{tag}>") - line.count(f"</{tag}>")
        if depth <= 0:
            return


def _fence_after(line: str, fence: str) -> str:
    """What encloses a block of code that goes on after a line; nothing where none does."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        return found[1]
    return "" if found[1].startswith(fence) else fence
