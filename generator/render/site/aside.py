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
from generator.stamps import tree

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
) -> None:
    """Write files below a folder, by their paths there.

    Args:
        folder: may be new.
        files: as bytes, or files to copy.
        before: the folder that this one will take the place of. A file then gets a second name,
            where the disk can do that: nothing is written, and its time stays. Who changes it
            under one name changes both, so it has to be one that is looked at before it is used,
            as those of an album are. A file on another disk is copied, but for one that is the
            same in the folder before.
        known: what is known of files, so that they need not be read to be compared.

    Raises:
        OSError: a file cannot be read or written.
    """
    made: set[str] = set()
    known = known or Known()
    old = os.path.join(os.path.abspath(before), "") if before else ""  # noqa: PTH100, PTH118
    for name, content in files.items():
        target = os.path.join(folder, name)  # noqa: PTH118 (by the thousand)
        _make_parent(target, made)
        if isinstance(content, bytes):
            Path(target).write_bytes(content)
        elif not old or not _named_again(content, old + name, target, known):
            shutil.copyfile(content, target)


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


def _named_again(content: Path, old: str, target: str, known: Known) -> bool:
    """Give a file a second name, or the one of the same bytes that is in its place now."""
    if _linked(str(content), target):
        return True
    with suppress(OSError):  # it is not there
        same = known.digest(old) == known.digest(os.path.abspath(content))  # noqa: PTH100
        return same and _linked(old, target)
    return False


def _linked(file: str, target: str) -> bool:
    with suppress(OSError):  # the disk knows no second names, or it is another one
        os.link(file, target)
        return True
    return False
