"""Being asked to stop: by Ctrl-C, by whoever started the program, by a terminal that closes."""

from __future__ import annotations

import atexit
import gc
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from generator.machines import parallel

_ASKED = ("SIGTERM", "SIGHUP")  # where the system knows them
_SIGNALLED = 128  # and the signal's number: the exit status that shells give


class Asked(KeyboardInterrupt):
    """A signal asked the program to stop. It clears up, as it does after Ctrl-C."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def stopping_when_asked() -> Iterator[None]:
    """Take the signals that ask a program to stop as a Ctrl-C, in the main thread.

    One that is ignored, as after ``nohup``, or that somebody else handles, is left alone.
    """
    known = (getattr(signal, name) for name in _ASKED if hasattr(signal, name))
    taken = [number for number in known if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _ask)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _ask(number: int, _: FrameType | None) -> None:
    raise Asked(number)


def exit_status(stopped: BaseException) -> int:
    """The status to end with: 130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.

    Args:
        stopped: what ended the command; click wraps it into an error of its own.
    """
    cause = stopped.__cause__ or stopped
    return _SIGNALLED + (cause.number if isinstance(cause, Asked) else signal.SIGINT)


def end(status: int) -> NoReturn:
    """End the process, without the minutes that batches under way in threads may still need."""
    if parallel.under_way():
        sys.stderr.flush()  # what is printed on the standard output is not kept back
        os._exit(status)  # sys.exit would wait for them; they write nothing
    # Python would look through all there is for garbage, thrice, and then end anyway. Not sooner:
    # whoever called `main` may go on, and what is frozen is not found by `gc.get_objects`.
    atexit.register(gc.freeze)
    sys.exit(status)
