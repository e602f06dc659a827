"""Pictures go round the program that makes the pages.

It would ask of each of thousands of files what kind of page it is, and copy it once more.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

from generator.errors import SiteError

_ASIDE = "pictures-aside"  # beside ``docs`` in the staged tree
# ``[words](address)`` and ``[name]: address``: links that the builder looks after.
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)|^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)", re.MULTILINE)


def set_aside(staged: Path, pictures: Iterable[str]) -> frozenset[str]:
    """Move pictures out of a staged tree's ``docs``, so that its builder does not see them.

    One that a page names in Markdown stays: of links that lead nowhere, the builder complains.

    Args:
        staged: the tree.
        pictures: paths below its ``docs``.

    Returns:
        Those that were moved.

    Raises:
        OSError: a file cannot be read or moved.
    """
    docs, aside = staged / "docs", staged / _ASIDE
    linked = set(_linked(docs))
    moved = frozenset(name for name in pictures if name.rpartition("/")[2] not in linked)
    for name in sorted(moved):
        _move(docs / name, aside / name)
    return moved


def bring_back(staged: Path, built: Path) -> None:
    """Move what was set aside to its place on the built site.

    Raises:
        SiteError: it cannot be written there.
    """
    aside = staged / _ASIDE
    try:
        for here, _, names in os.walk(aside):
            for name in names:
                path = Path(here, name)
                _move(path, built / path.relative_to(aside))
    except OSError as error:
        raise SiteError(
            f"A picture could not be put on the site: {error.strerror or error}.",
            "Make room, or choose another folder in the config under output: site.",
        ) from error


def _linked(docs: Path) -> Iterator[str]:
    """The names of files that Markdown links lead to, without their folders."""
    for page in docs.rglob("*.md"):
        for match in _LINK.finditer(page.read_text(encoding="utf-8", errors="replace")):
            yield unquote((match[1] or match[2]).partition("#")[0]).rpartition("/")[2]


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except FileNotFoundError:  # the first of its folder
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)
    except OSError:  # on another disk
        shutil.move(source, target)
