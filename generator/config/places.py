"""Where something stands in the config: keys as people write them, and lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

Keys: TypeAlias = tuple[str | int, ...]

_PLAIN_KEY = re.compile(r"[\w-]+")


def dotted(keys: Keys) -> str:
    """The keys as one word: ``("visualizations", 2, "layers")`` is ``visualizations[2].layers``."""
    word = ""
    for key in keys:
        if isinstance(key, int):
            word += f"[{key}]"
        elif _PLAIN_KEY.fullmatch(key):
            word += f".{key}" if word else key
        else:
            word += f"[{key!r}]"
    return word


@dataclass(frozen=True)
class Places:
    """The config's file, as it was read, and the line of each of its keys and list items, from 1.

    Where a config stands is no part of what it says: all places compare equal, so that two configs
    are equal when they ask for the same gallery.
    """

    path: Path = field(default=Path("site_config.yml"), compare=False)
    lines: Mapping[Keys, int] = field(default_factory=dict, compare=False)
    digest: str = field(default="", compare=False)  # SHA-256 of the file's bytes, as it was read

    def line(self, keys: Keys) -> int:
        """The line of a key, or of the nearest key around it; 0 where none is in the file."""
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.lines:
                return self.lines[keys[:length]]
        return 0

    def where(self, keys: Keys) -> str:
        """File, line and key: ``site_config.yml:41: visualizations[2].layers``."""
        line = self.line(keys)
        parts = [f"{self.path}:{line}" if line else str(self.path)]
        return ": ".join([*parts, dotted(keys)] if keys else parts)
