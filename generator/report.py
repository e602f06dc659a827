"""How long work tells what it is doing, without printing: the command line decides how it looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]


def counted(number: int, noun: str) -> str:
    """``1 task``, ``2 tasks``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class Report(Protocol):
    """What a build says while it runs."""

    def say(self, message: str) -> None:
        """One line that matters to everyone."""

    def detail(self, message: str) -> None:
        """One line for those who asked for more."""

    def warn(self, message: str) -> None:
        """One line about something that was put right, or that the user should look at."""

    def stage(self, title: str, total: int) -> AbstractContextManager[Advance]:
        """A stage of ``total`` steps; the value given by ``with`` moves it on."""


class Silent:
    """A report that nobody reads."""

    def say(self, message: str) -> None:
        pass

    def detail(self, message: str) -> None:
        pass

    def warn(self, message: str) -> None:
        pass

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Advance]:
        yield lambda steps: None
