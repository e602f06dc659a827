"""What there is on this machine, what a build would use, and what would stop it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generator.doctor.finding import Finding
from generator.doctor.gallery import whole_gallery
from generator.doctor.machine import computing, packages, program
from generator.doctor.plugins import visualizations

__all__ = ["Finding", "diagnose"]


def diagnose(path: Path, *, asked: bool) -> Iterator[Finding]:
    """Everything, each finding as soon as it is known. Nothing is built or fetched.

    Args:
        path: the gallery's config.
        asked: whether the user named it; else there need be none.
    """
    yield from program()
    yield from packages()
    yield from computing()
    yield from visualizations()
    yield from whole_gallery(path, asked=asked)
