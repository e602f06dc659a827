"""What a file was like when it was last looked at: its size, its time, and the digest of its bytes.

Whether a file is still the same is asked by size and time first, which takes microseconds. Its
bytes are read only where those cannot tell.
"""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from generator.utils.files import digest_file

# Within this long before it was looked at, a file may have been written twice with one time. A
# clock tick is at most 10 ms; file systems that keep whole seconds may have only the even ones.
_TICK = 100_000_000  # nanoseconds
_COARSE_TICK = 2_000_000_000
_SECOND = 1_000_000_000


class Stamp(NamedTuple):
    """A file's size in bytes, its time of modification in nanoseconds, and its SHA-256.

    An empty digest means that the bytes are not known: such a file is the same only by its time.
    """

    size: int
    time: int
    digest: str = ""


def stamp(path: str | Path) -> Stamp:
    """A file as it is now, with its digest. What is written to it meanwhile shows as a change.

    Raises:
        OSError: it cannot be read.
    """
    found = os.stat(path)  # noqa: PTH116 (paths come as text, by the thousand)
    return Stamp(found.st_size, found.st_mtime_ns, digest_file(Path(path)))


def bare_stamp(path: str | Path) -> Stamp:
    """A file as it is now, unread.

    Raises:
        OSError: it is not there.
    """
    found = os.stat(path)  # noqa: PTH116
    return Stamp(found.st_size, found.st_mtime_ns)


def settled(known: Stamp, looked: int) -> bool:
    """Whether a file's time tells all later writes from those before it was looked at.

    Args:
        known: the file as it was then.
        looked: when that was, in nanoseconds since 1970.
    """
    tick = _TICK if known.time % _SECOND else _COARSE_TICK
    return known.time < looked - tick


def let_settle(paths: Iterable[str]) -> None:
    """Wait until the times of files tell all later writes from those before: a tick at most."""
    newest = max((bare_stamp(path).time for path in paths), default=0)
    left = newest + _TICK - time.time_ns()
    time.sleep(min(max(left, 0), _TICK) / _SECOND)


def stale(known: Mapping[str, Stamp], looked: int, fresh: dict[str, Stamp]) -> Iterator[str]:
    """The files that are not what they were, in order, each as soon as it is found.

    Args:
        known: files by path, as they were.
        looked: when that was, in nanoseconds since 1970.
        fresh: is given a new stamp for each file that is the same, but had to be read to know.
    """
    for path, before in known.items():
        try:
            now = os.stat(path)  # noqa: PTH116
            if now.st_size != before.size:
                yield path
            elif now.st_mtime_ns != before.time or not settled(before, looked):
                again = stamp(path)
                if not before.digest or again.digest != before.digest:
                    yield path
                else:
                    fresh[path] = again
        except OSError:
            yield path


def listed(folder: str, pattern: str | None) -> tuple[str, ...]:
    """The files that a path or a glob names, as paths relative to the folder, sorted.

    ``**`` reaches into folders. A file whose own name looks like a glob (``[1].jpg``) is found by
    that name. Without a pattern: all files below the folder that are not hidden.
    """
    if pattern is None:
        return tuple(name for name in tree(folder) if "/." not in f"/{name}")
    if Path(folder, pattern).is_file():
        return (pattern,)
    return tuple(name for name in _globbed(folder, pattern) if Path(folder, name).is_file())


def dead_links(folder: str, pattern: str | None) -> tuple[str, ...]:
    """The links to nothing among what a glob names, as paths relative to the folder, sorted; none
    without a pattern.
    """
    if pattern is None:
        return ()
    paths = {name: Path(folder, name) for name in _globbed(folder, pattern)}
    return tuple(name for name, path in paths.items() if path.is_symlink() and not path.exists())


def _globbed(folder: str, pattern: str) -> list[str]:
    """What a glob names, sorted. ``**`` follows links to folders, but no loop of them, which would
    take forever.
    """
    parts = pattern.replace(os.sep, "/").split("/")
    if "**" not in parts:
        return sorted(glob.glob(pattern, root_dir=folder))  # noqa: PTH207 (that refuses absolute ones)
    at = parts.index("**")
    before, after = "/".join(parts[:at]), "/".join(parts[at + 1 :]) or "*"
    above = "" if at == 0 else f"{before}/"
    starts = glob.glob(above, root_dir=folder) if above else [""]  # noqa: PTH207
    found = {
        f"{inside}{name}"
        for start in starts
        for inside in _folders(folder, start)
        for name in _globbed(os.path.join(folder, inside), after)  # noqa: PTH118
    }
    return sorted(found)


def _folders(root: str, start: str) -> Iterator[str]:
    """A folder and all that are not hidden below it, each with a slash at its end, as a path from
    the root. None is entered again from within itself.
    """
    waiting = [(start, os.path.realpath(os.path.join(root, start)), frozenset[str]())]  # noqa: PTH118
    while waiting:
        here, real, around = waiting.pop()
        if real in around:
            continue
        yield here
        within = around | {real}
        with suppress(OSError), os.scandir(real) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and entry.is_dir():
                    linked = entry.is_symlink()
                    place = os.path.realpath(entry.path) if linked else entry.path
                    waiting.append((f"{here}{entry.name}/", place, within))


def tree(folder: str) -> list[str]:
    """Every file below a folder, hidden ones too, by its path there, sorted; none without one."""
    found: list[str] = []
    waiting = [("", folder)]
    while waiting:
        prefix, here = waiting.pop()
        with suppress(OSError), os.scandir(here) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((f"{prefix}{entry.name}/", entry.path))
                else:
                    found.append(prefix + entry.name)
    return sorted(found)
