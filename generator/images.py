"""The user's pictures: found, opened, checked, and brought to the network's input size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Picture:
    """One configured picture. ``name`` is unique, and safe in file names and URLs."""

    name: str
    title: str
    path: Path
    digest: str  # SHA-256 of the file's bytes
    alt: str = ""
    credit: str = ""
