"""Memory that was freed, kept for the next map.

A step of gradient ascent on a picture of 224 pixels takes and frees hundreds of megabytes. The C
library gives pieces of that size back to the system at once, which clears them anew, page by page,
when the next one is asked for: a tenth to a third of a step's time. The chain of convolutions,
whose maps are as large as the picture, loses a fifth of its time to that.
"""

from __future__ import annotations

import ctypes
import sys

_TRIM, _MMAP, _HEAPS = -1, -3, -8  # glibc's M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX
_KEPT = 1 << 30  # bytes free at the end of the heap, beyond which the rest is given back
_PIECES = (1 << 30, 1 << 25)  # bytes that count as large; an older glibc takes no more than 32 MiB


def give_freed_memory_back() -> bool:
    """Give back all that is kept by now: between two long works, so that gaps do not add up.

    Returns:
        Whether the C library can be told so.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    return trim is not None and bool(trim(0))


def keep_freed_memory() -> bool:
    """Have this process keep the memory that it frees, up to a gigabyte, from now on.

    What it has at its peak hardly changes; less of it goes back in between. Threads that begin
    after this share one heap: heaps of their own would be small, and give back what is large.

    Returns:
        Whether it does; only glibc, the C library of most Linux systems, can be told so.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # musl
        return False
    kept = any(mallopt(_MMAP, size) for size in _PIECES) and mallopt(_TRIM, _KEPT)
    return bool(kept and mallopt(_HEAPS, 1))
