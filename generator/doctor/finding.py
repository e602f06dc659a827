"""One fact about this machine or this gallery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["well", "note", "stop"]


@dataclass(frozen=True)
class Finding:
    """``note`` is worth a look; ``stop`` would stop a build. ``hint`` says what to do."""

    group: str
    name: str
    value: str
    state: State = "well"
    hint: str = ""
