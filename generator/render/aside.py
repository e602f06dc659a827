"""Pictures and data go round the program that makes the pages, and are laid out while it runs.

It would ask of each of thousands of files what kind of page it is, and copy it once more.
"""

from __future__ import annotations

import filecmp
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote

from generator.stamps import tree

ASIDE = "aside"  # beside ``docs`` in a staged tree
# ``[words](address)`` and ``[name]: address``: links that the builder looks after.
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)|^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)", re.MULTILINE)


def stand_in(docs: Path, names: Iterable[str]) -> None:
    """Put an empty file where a page names in Markdown what will be laid out aside.

    Of links that lead nowhere the builder complains. `bring_back` puts the file itself there.

    Args:
        docs: the pages.
        names: paths below it of the files to come.

    Raises:
        OSError: a page cannot be read, or a file not be written.
    """
    linked = set(_linked(docs))
    for name in names:
        if name.rpartition("/")[2] in linked and not (docs / name).exists():
            (docs / name).parent.mkdir(parents=True, exist_ok=True)
            (docs / name).touch()


def lay_out(folder: Path, files: Mapping[str, bytes | Path], before: Path | None = None) -> None:
    """Write files below a folder, by their paths there.

    Args:
        folder: may be new.
        files: as bytes, or files to copy.
        before: an older folder. What is the same there becomes a second name of that file, where
            the disk can do that: nothing is written, and its time stays.

    Raises:
        OSError: a file cannot be read or written.
    """
    made: set[str] = set()
    for name, content in files.items():
        target = os.path.join(folder, name)  # noqa: PTH118 (by the thousand)
        parent = os.path.dirname(target)  # noqa: PTH120
        if parent not in made:
            os.makedirs(parent, exist_ok=True)  # noqa: PTH103
            made.add(parent)
        if isinstance(content, bytes):
            Path(target).write_bytes(content)
        elif before is None or not _linked_again(before / name, content, target):
            shutil.copyfile(content, target)


def bring_back(staged: Path, built: Path) -> None:
    """Move what was laid out aside to its place on the built site, over what stands in for it.

    Raises:
        OSError: it cannot be written there.
    """
    aside = staged / ASIDE
    made: set[Path] = set()
    for name in tree(str(aside)):
        target = built / name
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        try:
            os.replace(aside / name, target)  # noqa: PTH105 (by the thousand)
        except OSError:  # on another disk
            shutil.move(aside / name, target)


def _linked(docs: Path) -> Iterator[str]:
    """The names of files that Markdown links lead to, without their folders."""
    for page in docs.rglob("*.md"):
        for match in _LINK.finditer(page.read_text(encoding="utf-8", errors="replace")):
            yield unquote((match[1] or match[2]).partition("#")[0]).rpartition("/")[2]


def _linked_again(old: Path, content: Path, target: str) -> bool:
    with suppress(OSError):  # it is not there, or the disk knows no second names
        if filecmp.cmp(old, content, shallow=False):
            os.link(old, target)
            return True
    return False
