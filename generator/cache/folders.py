"""A folder of what was made, and perhaps a second one that is only read."""

from __future__ import annotations

import os
from pathlib import Path

from generator.cache.known import Known

STAGED = "staged-"  # and a random part: where the pages of a build are put together


class Folders:
    """Where things are kept.

    Args:
        folder: what is made goes here.
        fallback: where to look for what ``folder`` lacks. It need not exist.
        known: what is known of their files; all others are read and hashed.
    """

    def __init__(
        self, folder: Path, fallback: Path | None = None, known: Known | None = None
    ) -> None:
        self.folder = folder
        self.fallback = fallback
        self.known = known or Known()
        self._layers = (folder,) if fallback is None else (folder, fallback)
        self._bases = tuple(map(os.path.abspath, self._layers))
