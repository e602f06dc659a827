"""The user's own folder of pages: which of its files a site takes in, and in which order."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator.render.comparing.changes import CHANGES
from generator.render.data_files.manifest import MANIFEST
from generator.render.site.listing import FILES
from generator.render.site.swap import is_gallery

_FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n(?:---|\.\.\.)\s*\n", re.DOTALL)
_ORDER = re.compile(r"^order:\s*(-?\d+)\s*$", re.MULTILINE)
_NOWHERE = "the page for addresses that lead nowhere is made of templates/theme/404.html."
_OURS = "every gallery has a file of this name, which programs read."
_RESERVED = {
    MANIFEST: _OURS,
    CHANGES: _OURS,
    FILES: _OURS,
    "404.html": _NOWHERE,
    "404.md": _NOWHERE,
}


@dataclass(frozen=True)
class OwnFiles:
    """The files that a site takes in.

    Attributes:
        files: by their POSIX paths relative to ``docs``, which are those on the site, sorted.
        left_out: a line on each thing that the site does not take in.
    """

    files: Mapping[str, Path] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def guide(self) -> list[str]:
        """The hand-written pages, as paths for the menu.

        Pages with ``order: N`` in their front matter come first, lowest first; the rest follow by
        path.
        """
        pages = [name for name in self.files if name.endswith(".md")]
        return sorted(pages, key=lambda name: (_order(self.files[name]), name))


def own_files(docs: Path | None) -> OwnFiles:
    """The files below ``docs`` that a site takes in.

    Left out are what the gallery itself has by the same name and cannot do without, and folders
    that hold a gallery's pages, staged there as a section of another site. Hidden files are left
    out without a word.

    Args:
        docs: the folder; it need not be there.
    """
    if docs is None or not docs.is_dir():
        return OwnFiles()
    found: list[str] = []
    notes: list[str] = []
    for here, folders, names in os.walk(docs):
        inside = sorted(name for name in folders if not name.startswith("."))
        sections = [name for name in inside if _is_section(Path(here, name))]
        notes += [
            f"docs/{_within(docs, here, name)} is left out: it is a gallery's section, which "
            "'stage' put there."
            for name in sections
        ]
        folders[:] = [name for name in inside if name not in sections]
        found += [
            _within(docs, here, name)
            for name in names
            if not name.startswith(".") and Path(here, name).is_file()
        ]
    notes += [f"docs/{name} is left out: {_RESERVED[name]}" for name in found if name in _RESERVED]
    files = {name: docs / name for name in sorted(found) if name not in _RESERVED}
    return OwnFiles(files, tuple(notes))


def _within(docs: Path, here: str, name: str) -> str:
    return Path(here, name).relative_to(docs).as_posix()


def _is_section(folder: Path) -> bool:
    """Whether it holds a gallery's pages before a site is made of them."""
    return (folder / "index.md").is_file() and is_gallery(folder)


def _order(page: Path) -> float:
    front = _FRONT_MATTER.match(page.read_text(encoding="utf-8", errors="replace"))
    order = _ORDER.search(front[1]) if front else None
    return float(order[1]) if order else float("inf")
