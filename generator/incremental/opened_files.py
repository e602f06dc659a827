"""Which files Python code reads: a network's author may load anything, from anywhere."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from generator.utils.stamps import Stamp, bare_stamp

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@contextmanager
def opened_files() -> Iterator[dict[str, Stamp]]:
    """The files that are opened for reading while the block lasts, as they are just then.

    Absolute paths, with stamps that have no digest. What Python compiled is not among them, nor
    are files that compiled code opens by itself: Python is not told of those.
    """
    listening = _listener().listening
    found: dict[str, Stamp] = {}
    listening.append(found)
    try:
        yield found
    finally:
        listening[:] = [each for each in listening if each is not found]


class _Listener:
    def __init__(self) -> None:
        self.listening: list[dict[str, Stamp]] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.listening or event != "open":
            return
        path, _, flags = arguments
        if isinstance(path, str | bytes) and not flags & _WRITING and not _is_compiled(path):
            with suppress(OSError, ValueError):
                absolute = os.path.abspath(os.fsdecode(path))  # noqa: PTH100
                seen = bare_stamp(absolute)
                for found in self.listening:
                    found[absolute] = seen


def _is_compiled(path: str | bytes) -> bool:
    return os.fsdecode(path).endswith(".pyc")


@functools.cache
def _listener() -> _Listener:
    """The one listener of this process: Python never lets go of an audit hook."""
    listener = _Listener()
    sys.addaudithook(listener)
    return listener
