"""Do the config's folders get in each other's way? A build replaces its output folder whole."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generator.config.places import Keys, dotted
from generator.config.schema import SiteConfig, locate

OWN: tuple[Keys, ...] = (("docs",), ("templates",))  # what the user wrote
MADE: tuple[Keys, ...] = (("output", "site"), ("output", "cache"))  # what a build writes
FALLBACK: Keys = ("output", "cache", "fallback")  # what a build only reads, if it is there


def folder_problems(data: Any, folder: Path) -> Iterator[tuple[Keys, str]]:
    """What is wrong with the folders that a config names, as keys and words.

    Args:
        data: the config as read from its file. Values that are no paths are passed over, being
            problems already.
        folder: the config's own.
    """
    home = _real(folder)
    read = (*OWN, FALLBACK) if _text(data, FALLBACK) else OWN
    own = {keys: _real(locate(_text(data, keys), folder)) for keys in read}
    made = {keys: _real(locate(_text(data, keys), folder)) for keys in MADE}
    for keys, path in own.items():
        if path.exists() and not path.is_dir():
            yield keys, "is a file; expected a folder"
        elif keys in OWN and not path.exists() and _text(data, keys) != _default(keys):
            yield keys, f"no such folder: {_text(data, keys)}"
    for keys in [keys for keys, path in made.items() if home.is_relative_to(path)]:
        yield keys, "would overwrite the folder of the config itself; choose a folder inside it"
        del made[keys]
    for keys, other in _overlaps(own, made):
        yield keys, f"overlaps with '{dotted(other)}' ({_text(data, other)}); keep them apart"


def _overlaps(own: dict[Keys, Path], made: dict[Keys, Path]) -> Iterator[tuple[Keys, Keys]]:
    """Pairs of folders of which one lies in the other, and a build would write to the first."""
    pairs = [*itertools.product(made, own), *itertools.combinations(made, 2)]
    folders = own | made
    for keys, other in pairs:
        path, theirs = folders[keys], folders[other]
        if path.is_relative_to(theirs) or theirs.is_relative_to(path):
            yield keys, other


def _real(path: Path) -> Path:
    # unlike Path.resolve, realpath does not raise on links that lead in circles
    return Path(os.path.realpath(path))


def _text(data: Any, keys: Keys) -> str:
    """The path written at these keys, or the default one."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    if isinstance(data, dict):  # the cache, written with keys of its own
        data = data.get("dir")
    sound = isinstance(data, str) and data.strip() and data.isprintable()
    return str(data) if sound else _default(keys)


def _default(keys: Keys) -> str:
    defaults: Any = SiteConfig()
    for key in keys:
        defaults = getattr(defaults, str(key))
    return str(getattr(defaults, "dir", defaults) or "")
