"""What lies in a cache folder: every file of it, by what it is for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from generator.cache.folders import STAGED
from generator.cache.known import ROOM as KNOWN
from generator.cache.layout import ROOMS, is_half_written, is_kept, is_staged
from generator.cache.ledger import Ledger, number_of, read
from generator.cache.sealed import Unsound
from generator.cache.store import FORMAT, Record, SetAside, read_record


class File(NamedTuple):
    """A file, its size in bytes, and its time of modification in nanoseconds."""

    path: Path
    size: int
    time: int


@dataclass(frozen=True)
class Filed:
    """A record in its file. ``record`` is ``None`` where it is damaged or another version's."""

    file: File
    key: str
    record: Record | None
    strange: bool  # whether another version of this program wrote it, in a format of its own


@dataclass(frozen=True, eq=False)
class Build:
    """A ledger in its file. ``ledger`` is ``None`` where it is damaged or another version's."""

    file: File
    ledger: Ledger | None


@dataclass(frozen=True)
class Holdings:
    """The files of a cache."""

    folder: Path
    records: tuple[Filed, ...] = ()
    objects: tuple[File, ...] = ()  # named by the SHA-256 of their bytes
    pictures: tuple[File, ...] = ()  # drawn pictures and what is known of each, named by its key
    builds: Mapping[str, tuple[Build, ...]] = field(default_factory=dict)  # by config, newest first
    known: tuple[File, ...] = ()  # what was read of files, by config
    leftovers: tuple[File, ...] = ()  # of killed builds, if none runs

    @property
    def size(self) -> int:
        """All of it, in bytes."""
        builds = [build.file for builds in self.builds.values() for build in builds]
        records = [filed.file for filed in self.records]
        rest = (*self.pictures, *self.known, *self.leftovers)
        return total([*records, *self.objects, *builds, *rest])


def total(files: Iterable[File]) -> int:
    """The size of files, in bytes."""
    return sum(file.size for file in files)


def key_of(path: Path) -> str:
    """The key, or the digest, that a file of a cache is named by."""
    return path.name.partition(".")[0].partition("-")[0]


def take_stock(folder: Path) -> Holdings:
    """What a cache folder holds now; nothing where there is none. Records and ledgers are read.

    Files that are not a cache's own are none of it, and so are never removed.
    """
    kept = {room: tuple(_files(folder / room, partial(is_kept, room))) for room in ROOMS}
    return Holdings(
        folder,
        records=tuple(map(_filed, kept["records"])),
        objects=kept["objects"],
        pictures=kept["pictures"],
        builds=_builds(kept["builds"]),
        known=kept[KNOWN],
        leftovers=leftover_files(folder),
    )


def leftover_files(folder: Path) -> tuple[File, ...]:
    """What killed builds left in a cache, or running ones are writing: only locks can tell."""
    beside = [
        file for room in ROOMS for file in _files(folder / room, partial(is_half_written, room))
    ]
    return (*beside, *(file for place in staged(folder) for file in _files(place)))


def staged(folder: Path) -> list[Path]:
    """The folders of a cache in which pages are laid out for MkDocs."""
    return sorted(path for path in folder.glob(f"{STAGED}*") if _is_staged(path))


def _is_staged(path: Path) -> bool:
    if path.is_symlink() or not is_staged(path.name):
        return False
    try:
        return all(is_staged(f"{path.name}/{each.name}") for each in path.iterdir())
    except OSError:  # no folder, or one that a build removes just now
        return False


def _files(folder: Path, wanted: Callable[[str], bool] = lambda _: True) -> Iterator[File]:
    """The files below a folder whose paths there are wanted, by path.

    Those that go meanwhile are passed over.
    """
    for here, folders, names in os.walk(folder):
        folders.sort()
        # A ``Path`` for each of tens of thousands of names would be most of the time.
        inside = "" if here == str(folder) else f"{Path(here).relative_to(folder).as_posix()}/"
        for name in sorted(name for name in names if wanted(inside + name)):
            path = Path(here, name)
            with suppress(OSError):
                found = path.lstat()
                yield File(path, found.st_size, found.st_mtime_ns)


def _filed(file: File) -> Filed:
    key = key_of(file.path)
    strange = file.path.name not in (f"{key}.json", f"{key}.{FORMAT}.json")
    record = None
    try:
        record = read_record(file.path) if not strange else None
    except SetAside:
        strange = True
    except (OSError, Unsound):
        pass
    return Filed(file, key, record, strange)


def _builds(files: Iterable[File]) -> dict[str, tuple[Build, ...]]:
    """The ledgers of each config, newest first."""
    found: dict[str, list[Build]] = {}
    for file in files:
        found.setdefault(file.path.parent.name, []).append(Build(file, read(file.path)))
    for builds in found.values():
        builds.sort(key=lambda build: number_of(build.file.path), reverse=True)
    return {name: tuple(builds) for name, builds in found.items()}
