"""How a build looks in a terminal: bars with counts and time left there, plain lines elsewhere.

Rich is imported when the first line is printed: most of what a command with nothing to do would
otherwise wait for.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from generator.utils.report import Advance

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

_SECONDS_BETWEEN_LINES = 10.0


class ConsoleReport:
    """A report on the standard error, so that what a command prints can be piped."""

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self._quiet = quiet
        self.detailed = verbose and not quiet

    @cached_property
    def console(self) -> Console:
        """Where lines go, and bars."""
        from rich.console import Console

        return Console(stderr=True, highlight=False, emoji=False, soft_wrap=True)

    def say(self, message: str) -> None:
        """Print a line, unless asked to be quiet."""
        if not self._quiet:
            self.console.print(_plain(message))

    def detail(self, message: str) -> None:
        """Print a line for those who asked for more."""
        if self.detailed:
            self.console.print(f"[dim]{_plain(message)}[/dim]")

    def warn(self, message: str) -> None:
        """Print a line, quiet or not."""
        self.console.print(f"[yellow]Note:[/yellow] {_plain(message)}")

    @contextmanager
    def stage(self, title: str, total: int, work: float = 0.0) -> Iterator[Advance]:
        """Show how far a stage is; nothing for a stage without steps."""
        if self._quiet or not total:
            yield lambda steps, work=0.0: None
        elif self.console.is_terminal:
            yield from self._bars(title, total, work)
        else:
            yield from self._lines(title, total, work)

    def _bars(self, title: str, total: int, work: float) -> Iterator[Advance]:
        with self._bar() as bar:
            task = bar.add_task(_plain(title), total=work or total, done=0, steps=total)
            done = 0

            def advance(steps: int, share: float = 0.0) -> None:
                nonlocal done
                done += steps
                bar.update(task, advance=share if work else steps, done=done)

            yield advance

    def _bar(self) -> Progress:
        from rich import progress

        return progress.Progress(
            progress.TextColumn("{task.description:<26}"),
            progress.BarColumn(bar_width=30),
            progress.TextColumn("{task.fields[done]}/{task.fields[steps]}"),
            progress.TimeElapsedColumn(),
            progress.TextColumn("left"),
            progress.TimeRemainingColumn(),
            console=self.console,
        )

    def _lines(self, title: str, total: int, work: float) -> Iterator[Advance]:
        """A line now and then, for logs: not more than one in ten seconds, and one at the end."""
        started = said = time.monotonic()
        done, worked, whole = 0, 0.0, work or total

        def advance(steps: int, share: float = 0.0) -> None:
            nonlocal done, worked, said
            done, worked = done + steps, worked + (share if work else steps)
            now = time.monotonic()
            if now - said >= _SECONDS_BETWEEN_LINES and done < total and worked:
                left = max(0.0, (now - started) / worked * (whole - worked))
                self.say(f"{title}: {done}/{total}, about {left:.0f} s left")
                said = now

        yield advance
        self.say(f"{title}: {done}/{total} in {time.monotonic() - started:.1f} s")


def _plain(text: str) -> str:
    """A text in which no bracket means a colour."""
    from rich.markup import escape

    return escape(text)
