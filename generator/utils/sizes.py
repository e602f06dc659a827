"""Sizes of files, as people write and read them: ``2 GB`` is 2,000,000,000 bytes."""

from __future__ import annotations

import re

_UNITS = ("B", "kB", "MB", "GB", "TB")
_FACTORS = {
    **{unit.lower(): 1000**power for power, unit in enumerate(_UNITS)},
    **{f"{unit[0].lower()}ib": 1024**power for power, unit in enumerate(_UNITS) if power},
}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)?", re.IGNORECASE)


def shown_size(size: int) -> str:
    """Bytes in a unit that suits them: ``999 B``, ``1.2 MB``."""
    value, power = float(size), 0
    while round(value, 1) >= 1000 and power < len(_UNITS) - 1:
        value, power = value / 1000, power + 1
    return f"{value:.1f} {_UNITS[power]}" if power else f"{size} B"


def read_size(text: str) -> int:
    """The bytes that ``2GB``, ``1.5 GiB`` or ``500000`` name.

    Raises:
        ValueError: it is no size.
    """
    match = _SIZE.fullmatch(text.strip())
    factor = _FACTORS.get((match[2] or "B").lower()) if match else None
    if match is None or factor is None:
        raise ValueError(f"'{text}' is no size; write it like 2GB, 500MB or 1.5GiB")
    return int(float(match[1]) * factor)
