"""What a build's outcome may owe to the machine: Python, the installed packages, variables."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# Where weights are kept, and what a ~ in the config means.
_VARIABLES = ("CNN_GALLERY_HOME", "HOME", "TORCH_HOME", "XDG_CACHE_HOME")
_INSTALLED = (".dist-info", ".egg-info")


def environment() -> dict[str, str]:
    """Everything by name: ``Python``, ``machine``, variables, and each package's version.

    Packages are named by the folders that pip keeps of them, which takes no import.
    """
    found = {"Python": sys.version, "machine": platform.machine()}
    found |= {f"variable {name}": os.environ.get(name, "") for name in _VARIABLES}
    for path in _packages():
        name, _, version = path.stem.partition("-")
        found[f"package {name}"] = version
    return found


def entry_points(group: str) -> list[Path]:
    """The files in which installed packages offer something under a group."""
    found = []
    for path in _packages():
        with suppress(OSError, UnicodeDecodeError):
            file = path / "entry_points.txt"
            if f"[{group}]" in file.read_text("utf-8"):
                found.append(file)
    return found


def _packages() -> Iterator[Path]:
    """The folders of metadata on the import path; of packages found twice, those that win last."""
    for folder in reversed(sys.path):
        with suppress(OSError):
            for name in sorted(os.listdir(folder or os.curdir)):  # noqa: PTH208 (names alone)
                if name.endswith(_INSTALLED):
                    yield Path(folder, name)
