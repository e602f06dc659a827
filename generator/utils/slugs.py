"""Names of layers and photos, as they stand in the names of a site's files and in addresses."""

from __future__ import annotations

import hashlib

LONGEST = 100  # letters: with all that is added to it, a file's name stays within 255 bytes
# No file on Windows may be called so, whatever follows after a dot: a zip would not unpack there.
DEVICES = frozenset(
    {"aux", "con", "nul", "prn"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)}
)
_DIGITS = 8


def short(slug: str, name: str) -> str:
    """The slug as it is; of one that is too long the beginning, with some of its name's digest."""
    return slug if len(slug) <= LONGEST else told_apart(slug, name)


def told_apart(slug: str, name: str) -> str:
    """A slug that other names may have as well, with some of its own name's digest."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{slug[: LONGEST - _DIGITS - 1].rstrip('-')}-{digest[:_DIGITS]}"
