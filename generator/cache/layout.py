"""Which files of a folder are a cache's: told by their places and names, whoever wrote the others.

::

    locks/       gate.lock, site-<site>.lock, build-<site>-<process>-<token>.lock
    builds/      <config>/<UTC time>-<n>.json
    known/       <config>.json
    objects/     <aa>/<sha256>.safetensors
    pictures/    <key>.png, <key>-small.webp, <key>.3.json and the like
    records/     <key>.json, <key>.2.json
    staged-<8>/  docs/, site/ and the like: the pages of a build while MkDocs is at work

A file that is being written is called as it will be, with a dot before it and ``.<token>.tmp``
after it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from generator.cache.folders import STAGED
from generator.errors import CacheError
from generator.utils.files import is_litter

_KEY = "[0-9a-f]{64}"
_SHORT = "[0-9a-f]{12}"
_NAMES = {
    "builds": re.compile(rf"{_SHORT}/\d+T\d+Z-\d+\.json"),
    "known": re.compile(rf"{_SHORT}\.json"),
    "objects": re.compile(rf"[0-9a-f]{{2}}/{_KEY}\.safetensors"),
    "pictures": re.compile(rf"{_KEY}(-[a-z]+)?(\.\d+)?\.[a-z0-9]+"),
    "records": re.compile(rf"{_KEY}(\.\d+)?\.json"),
}
_LOCK = re.compile(r"(gate|site-\w+|build-\w+-\d+-\w+)\.lock")
_HALF = re.compile(r"(.*/)?\.([^/]+)\.[0-9a-f]{8}\.tmp")

_STAGED = re.compile(
    rf"{re.escape(STAGED)}\w{{8}}(/(docs|mkdocs\.yml|pages|site|theme|\.cache)(/.*)?)?", re.DOTALL
)

ROOMS = tuple(_NAMES)  # the folders in which a cache keeps things


def is_kept(room: str, name: str) -> bool:
    """Whether a file is one that a cache keeps, by its path in a room."""
    return bool(_NAMES[room].fullmatch(name))


def is_half_written(room: str, name: str) -> bool:
    """Whether a file is one that is being written to a cache, or was when a build was killed."""
    half = _HALF.fullmatch(name) if name.endswith(".tmp") else None  # few files are
    return half is not None and is_kept(room, f"{half[1] or ''}{half[2]}")


def is_staged(name: str) -> bool:
    """Whether a folder or file is one in which pages are laid out, by its path in the cache."""
    return bool(_STAGED.fullmatch(name))


def check_folder(folder: Path) -> None:
    """Make sure that a folder may be used as a cache: it is one, or there is nothing in it yet.

    Hidden files may lie in it, such as a ``.gitignore``, litter, and pages of a killed build. A
    folder that holds a cache and other files is one: earlier versions took any.

    Raises:
        CacheError: it holds somebody's files, and no cache.
    """
    if any(_LOCK.fullmatch(name) for name in _below(folder / "locks")):
        return
    if any(is_kept(room, name) for room in ROOMS for name in _below(folder / room)):
        return
    theirs = next((name for name in _below(folder) if not _is_nobodys(name)), None)
    if theirs is not None:
        raise CacheError(
            f"The cache folder '{folder}' is not empty and holds no cache: there is '{theirs}'.",
            "Nothing in it was touched. Choose a folder of its own under output: cache.",
        )


def _is_nobodys(name: str) -> bool:
    return name.startswith(".") or is_litter(name) or is_staged(name)


def _below(folder: Path) -> Iterator[str]:
    """The files below a folder by their paths there, one by one; none where there is no folder."""
    for here, _, names in os.walk(folder):
        for name in names:
            yield Path(here, name).relative_to(folder).as_posix()
