"""How long work tells what it is doing, without printing: the command line decides how it looks."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeAlias

Say: TypeAlias = Callable[[str], None]
"""Is given one line for the user."""


def silent(message: str) -> None:
    """A `Say` for callers that have nobody to tell."""


class Advance(Protocol):
    """Moves a stage on by so many steps; ``work`` is what they came to, where steps differ."""

    def __call__(self, steps: int, work: float = 0.0, /) -> None: ...


class Report(Protocol):
    """What a build says while it runs."""

    @property
    def detailed(self) -> bool:
        """Whether anybody asked for details: what takes a while to find out is left, else."""

    def say(self, message: str) -> None:
        """One line that matters to everyone."""

    def detail(self, message: str) -> None:
        """One line for those who asked for more."""

    def warn(self, message: str) -> None:
        """One line about something that was put right, or that the user should look at."""

    def stage(self, title: str, total: int, work: float = 0.0) -> AbstractContextManager[Advance]:
        """A stage of ``total`` steps; the value given by ``with`` moves it on.

        ``work`` is what they all come to, in any unit, where some take much longer than others:
        the time left is told by it then.
        """


def hush_pillow() -> None:
    """Leave Pillow's remarks, on odd metadata say, untold: it is the pixels that count.

    Once and for all of the process, before it starts threads: they share its warnings' filters, and
    what each changes for a while does not come out as it was.
    """
    warnings.filterwarnings("ignore", module=r"PIL\.")


class Silent:
    """A report that nobody reads."""

    detailed = False

    def say(self, message: str) -> None:
        pass

    def detail(self, message: str) -> None:
        pass

    def warn(self, message: str) -> None:
        pass

    @contextmanager
    def stage(self, title: str, total: int, work: float = 0.0) -> Iterator[Advance]:
        yield lambda steps, work=0.0: None
