"""A user's mistakes, gathered so that all of them are told at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from generator.errors import GalleryError


class Mistakes:
    """What went wrong so far, a line each: where, what, and what to do."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    @contextmanager
    def noted(self, where: str) -> Iterator[None]:
        """Note the mistake that ends the block, with the place in the config, and go on after."""
        try:
            yield
        except GalleryError as error:
            self.note(where, error)

    def note(self, where: str, error: GalleryError) -> None:
        """Note a mistake with its place in the config."""
        self._lines.append(" ".join(filter(None, (f"{where}: {error.message}", error.hint))))

    def raise_any(self, kind: type[GalleryError]) -> None:
        """Raise one error that lists them all, if there are any."""
        if self._lines:
            raise kind("\n".join(self._lines))
