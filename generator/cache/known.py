"""What files said when they were last read, so that none is read twice while it is the same.

A file is the same while its size and its time are, see `generator.utils.stamps`. What it said is
its digest, or what stood in it; nobody is told of a file that proved damaged. It is kept from build
to build in one sealed file a config, ``cache/known/<config>.json``. Without that file all is read
again, and that is all: it may be deleted at any time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from generator.cache.ledger import builds_folder
from generator.cache.sealed import Unsound, seal, unseal
from generator.errors import CacheError, reason_of
from generator.utils import quick_json
from generator.utils.files import digest_file, write_atomically
from generator.utils.stamps import Stamp, bare_stamp, let_settle, settled

ROOM = "known"  # the folder of a cache in which these files are
FORMAT = 1

_T = TypeVar("_T")


class _Note(NamedTuple):
    """A file's size in bytes, its time in nanoseconds, and what it said, as JSON has it."""

    size: int
    time: int
    said: Any


class Known:
    """What is known of files. Several threads may ask.

    Files that are so young that they could be written again without their time telling are read
    each time.
    """

    def __init__(self, notes: Mapping[str, _Note] | None = None) -> None:
        self._notes = dict(notes or {})
        self._young: dict[str, Callable[[str], Any]] = {}
        self._news = False  # whether there is more to keep than was kept

    def recall(self, path: str, read: Callable[[str], _T]) -> _T:
        """What a file says: as it was read before, or read now.

        Args:
            path: absolute.
            read: reads it; what it returns can be said in JSON, and is changed by nobody.

        Raises:
            OSError: the file is not there.
            Exception: whatever ``read`` raises. Of that nothing is kept.
        """
        found = os.stat(path)  # noqa: PTH116 (by the thousand)
        note = self._notes.get(path)
        if note is not None and note[0] == found.st_size and note[1] == found.st_mtime_ns:
            said: _T = note[2]
            return said
        return self._learn(path, read)

    def digest(self, path: str) -> str:
        """The SHA-256 of a file's bytes, in hex.

        Raises:
            OSError: it cannot be read.
        """
        return self.recall(path, _digest)

    def stamp(self, path: str) -> Stamp:
        """A file as it was when it was recalled, or as it is now.

        Raises:
            OSError: it is not there.
        """
        note = self._notes.get(path)
        if note is None or path in self._young:
            return bare_stamp(path)
        return Stamp(note.size, note.time)

    def expect(self, path: str, read: Callable[[str], Any] | None = None) -> None:
        """A file was just written: it is read once it is old enough to be kept.

        Without ``read`` its digest is wanted.
        """
        self._young[path] = read or _digest

    def remember(self, files: Mapping[str, Stamp], looked: int) -> None:
        """Take over digests that were found out elsewhere, and when that was."""
        for path, stamp in files.items():
            if stamp.digest and settled(stamp, looked):
                self._notes[path] = _Note(*stamp)

    def save(self, place: Path, paths: Iterable[str]) -> None:
        """Keep what is known of some files. Those that were too young are read once more.

        Raises:
            OSError: ``place`` cannot be written.
        """
        kept = list(paths)
        young = self._young.keys() & set(kept)
        with suppress(OSError):  # one is gone: it will not be kept
            let_settle(young)
        for path in young:
            with suppress(OSError, ValueError):
                self._learn(path, self._young[path])
        if self._news or not place.is_file():
            root = _root(place)
            notes = {
                path.removeprefix(root): self._notes[path] for path in kept if path in self._notes
            }
            write_atomically(
                place, seal({"format": FORMAT, "files": notes}, quick_json.written), flush=False
            )
            self._news = False

    def _learn(self, path: str, read: Callable[[str], _T]) -> _T:
        before, looked = bare_stamp(path), time.time_ns()
        said = read(path)
        if settled(before, looked):
            self._notes[path] = _Note(before.size, before.time, said)
            self._young.pop(path, None)
            self._news = True
        else:
            self._young[path] = read
        return said


def known_place(cache: Path, config: Path) -> Path:
    """Where a cache keeps what is known for the builds of a config."""
    return cache / ROOM / f"{builds_folder(cache, config).name}.json"


def read_known(place: Path) -> Known:
    """What an earlier build kept; nothing where that is damaged, or of another version."""
    with suppress(OSError, Unsound):
        fields = unseal(place.read_bytes(), quick_json.read)
        if fields["format"] == FORMAT:
            root, files = _root(place), fields["files"]
            return Known({os.path.join(root, name): _Note(*files[name]) for name in files})  # noqa: PTH118
    return Known()


def _root(place: Path) -> str:
    """The cache's folder: paths in it are kept without it, so that it may be moved."""
    return os.path.join(os.path.abspath(place.parent.parent), "")  # noqa: PTH100, PTH118


def _digest(path: str) -> str:
    return digest_file(Path(path))


def forget(cache: Path, config: Path) -> None:
    """Let the next build of a config read all files again.

    Raises:
        CacheError: the file that says what is known cannot be removed.
    """
    place = known_place(cache, config)
    try:
        place.unlink(missing_ok=True)
    except OSError as error:
        raise CacheError(f"The cache cannot be written: {place}: {reason_of(error)}.") from error
