"""Pictures and data go round the program that makes the pages, and are laid out while it runs.

It would ask of each of thousands of files what kind of page it is, and copy it once more.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

from generator.cache.known import Known
from generator.utils.stamps import tree

# ``[words](address)`` and ``[name]: address``: links that the builder looks after.
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)|^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)", re.MULTILINE)


def stand_in(docs: Path, names: Iterable[str]) -> None:
    """Put an empty file where a page names in Markdown what will be laid out aside.

    Of links that lead nowhere the builder complains. On the site is the file itself, see `join`.

    Args:
        docs: the pages.
        names: paths below it of the files to come.

    Raises:
        OSError: a page cannot be read, or a file not be written.
    """
    named = {file for file, _ in linked(docs)}
    for name in names:
        if name.rpartition("/")[2] in named and not (docs / name).exists():
            (docs / name).parent.mkdir(parents=True, exist_ok=True)
            (docs / name).touch()


def lay_out(
    folder: Path,
    files: Mapping[str, bytes | Path],
    before: Path | None = None,
    known: Known | None = None,
    album: Path | None = None,
) -> None:
    """Write files below a folder, by their paths there.

    Args:
        folder: may be new.
        files: as bytes, or files to copy.
        before: an older folder. What is the same there becomes a second name of that file, where
            the disk can do that: nothing is written, and its time stays.
        known: what is known of files, so that they need not be read to be compared.
        album: likewise, files below it get a second name. Who changes one under either name changes
            both: an album looks at its files before it uses them.

    Raises:
        OSError: a file cannot be read or written.
    """
    made: set[str] = set()
    known = known or Known()
    own, old = (_inside(each) if each else "" for each in (album, before))
    for name, content in files.items():
        target = os.path.join(folder, name)  # noqa: PTH118 (by the thousand)
        _make_parent(target, made)
        if isinstance(content, bytes):
            Path(target).write_bytes(content)
            continue
        file = os.path.abspath(content)  # noqa: PTH100
        # First the older one, whose time the site's file would be given: an album's stays its own.
        if old and _linked_again(old + name, file, target, known):
            continue
        if not (own and file.startswith(own) and _linked(file, target)):
            shutil.copyfile(file, target)


def join(pages: Path, built: Path) -> None:
    """Move what the builder made to its place on a site, but for what stands in for files there.

    Raises:
        OSError: it cannot be written there.
    """
    made, site = (os.path.join(folder, "") for folder in (pages, built))  # noqa: PTH118
    parents: set[str] = set()
    for name in tree(made):
        if os.path.lexists(site + name):  # what is laid out is the file itself
            continue
        _make_parent(site + name, parents)
        try:
            os.replace(made + name, site + name)  # noqa: PTH105
        except OSError:  # on another disk
            shutil.move(made + name, site + name)


def _inside(folder: Path) -> str:
    return os.path.join(os.path.abspath(folder), "")  # noqa: PTH100, PTH118 (for names below it)


def _make_parent(target: str, made: set[str]) -> None:
    parent = os.path.dirname(target)  # noqa: PTH120 (by the thousand)
    if parent not in made:
        os.makedirs(parent, exist_ok=True)  # noqa: PTH103
        made.add(parent)


def linked(docs: Path) -> Iterator[tuple[str, str]]:
    """Where Markdown links lead: the file's name without its folders, and the place in it.

    Raises:
        OSError: a page cannot be read.
    """
    for page in docs.rglob("*.md"):
        for match in _LINK.finditer(page.read_text(encoding="utf-8", errors="replace")):
            file, _, place = (match[1] or match[2]).partition("#")
            yield unquote(file).rpartition("/")[2], unquote(place)


def _linked_again(old: str, file: str, target: str, known: Known) -> bool:
    """Give the older of two files a second name, if they have the same bytes."""
    with suppress(OSError):  # it is not there
        return known.digest(old) == known.digest(file) and _linked(old, target)
    return False


def _linked(file: str, target: str) -> bool:
    """Give a file a second name, if the disk knows such."""
    with suppress(OSError):
        os.link(file, target)
        return True
    return False
