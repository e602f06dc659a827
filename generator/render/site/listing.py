"""Which files of a finished site the gallery put there: a list that lies in the site itself.

What is not on it is somebody else's, and no build and no publication may remove it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from generator.utils.files import is_litter

FILES = "gallery-files.json"


def written_list(names: Iterable[str]) -> bytes:
    """The list of a site's files, and of itself, by their paths in the site."""
    return json.dumps(sorted({*names, FILES}), indent=0).encode() + b"\n"


def read_list(content: bytes) -> frozenset[str] | None:
    """The paths on a list; ``None`` where it is damaged."""
    try:
        names = json.loads(content)
    except (ValueError, RecursionError):
        return None
    sound = isinstance(names, list) and all(isinstance(name, str) for name in names)
    return frozenset(names) if sound else None


def listed_in(site: Path) -> frozenset[str] | None:
    """The files that the gallery put into a site; ``None`` where an earlier version built it."""
    try:
        return read_list((site / FILES).read_bytes())
    except OSError:
        return None


def of_host(name: str) -> bool:
    """Whether a file is about a site's host, and stays: a ``CNAME``, or what is hidden at the root.

    Such as ``.nojekyll``, ``.htaccess`` and ``.well-known/security.txt``: a user's docs give no
    hidden files to a site.
    """
    return name == "CNAME" or (name.startswith(".") and not is_litter(name))


def strangers(names: Iterable[str], listed: frozenset[str]) -> list[str]:
    """Those of a site's files that are somebody's and matter to them, in order."""
    others = set(names) - listed
    return sorted(name for name in others if not (of_host(name) or is_litter(name)))
