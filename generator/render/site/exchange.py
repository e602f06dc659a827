"""Two folders that trade places in one step, where the system knows how."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

_EXCHANGE = 2  # RENAME_EXCHANGE of Linux and RENAME_SWAP of macOS
_HERE = -100  # AT_FDCWD: paths are as this process sees them


def exchange(one: Path, other: Path) -> bool:
    """Let two paths trade places: at no instant is either of them without its folder.

    Returns:
        Whether they did. Not every system and not every file system can; then nothing happened.
    """
    if sys.platform not in ("linux", "darwin"):
        return False
    system = ctypes.CDLL(None)
    paths = os.fsencode(one), os.fsencode(other)
    if hasattr(system, "renameat2"):
        status = system.renameat2(_HERE, paths[0], _HERE, paths[1], ctypes.c_uint(_EXCHANGE))
    elif hasattr(system, "renamex_np"):
        status = system.renamex_np(*paths, ctypes.c_uint(_EXCHANGE))
    else:
        return False
    return bool(status == 0)
