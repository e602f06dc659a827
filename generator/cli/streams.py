"""Where a command's own words go, kept apart from what a network prints meanwhile."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from io import UnsupportedOperation
from typing import Any, TextIO

import click

from generator.errors import GalleryError, reason_of

_STDOUT = "cnn-gallery.stdout"
_OUT, _ERR = 1, 2  # as the system counts them


@contextmanager
def sound_streams() -> Iterator[None]:
    """Within the block, writing to the standard error fails no command, nor the network it runs.

    Where a stream was closed, nothing else takes its place: the next file that is opened would
    have its number, and with it what code below Python prints.
    """
    for number in (0, _OUT, _ERR):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
    if sys.stderr is None:
        with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):  # noqa: PTH123
            yield
    else:
        with redirect_stderr(_Forgiving(sys.stderr)):
            yield


class _Forgiving:
    """A stream that is done without once it takes no more. A pipe that nobody reads still ends."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._tried(self._stream.write, text)
        return len(text)

    def flush(self) -> None:
        self._tried(self._stream.flush)

    def _tried(self, action: Callable[..., object], *given: str) -> None:
        try:
            action(*given)
        except BrokenPipeError:
            raise
        except OSError:
            _leave(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def own_output() -> Iterator[None]:
    """Within the block, the standard output is the command's: what anything else prints goes to the
    standard error, also what is printed below Python.
    """
    context = click.get_current_context()
    stream = sys.stdout
    with _elsewhere(stream) as own, redirect_stdout(sys.stderr):
        context.meta[_STDOUT] = own
        try:
            yield
        finally:
            context.meta[_STDOUT] = stream


@contextmanager
def _elsewhere(stream: TextIO | None) -> Iterator[TextIO | None]:
    """A stream of the same place, whose number is another, while its own is the standard error's.

    One that is no file of the system's is left as it is.
    """
    try:
        number = stream.fileno() if stream is not None else None
    except (UnsupportedOperation, AttributeError, ValueError):
        number = None
    if stream is None or number != _OUT:
        yield stream
        return
    with suppress(OSError):  # what it holds goes first
        stream.flush()
    kept = os.dup(_OUT)
    os.dup2(_ERR, _OUT)
    own = open(kept, "w", encoding=stream.encoding, errors=stream.errors)  # noqa: PTH123, SIM115
    try:
        yield own
    finally:
        os.dup2(kept, _OUT)
        with suppress(OSError):
            own.close()


@contextmanager
def standard_output() -> Iterator[TextIO]:
    """Where a command prints to.

    Raises:
        GalleryError: it is closed, or takes no more. That nobody reads on (``| head``) is left to
            click, which ends without a word.
    """
    context = click.get_current_context(silent=True)
    stream = context.meta.get(_STDOUT, sys.stdout) if context else sys.stdout
    if stream is None:
        raise GalleryError("Nothing can be printed: the standard output is closed.")
    try:
        yield stream
    except BrokenPipeError:
        raise
    except OSError as error:
        _leave(stream)
        raise GalleryError(f"The standard output cannot be written: {reason_of(error)}.") from error


def _leave(stream: TextIO) -> None:
    """What is not written yet is given up: Python would try again at its end, and complain."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
