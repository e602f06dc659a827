"""Python's garbage collector, which looks for cycles, made to run less often."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# As gc.set_threshold takes them. With the usual ones (700, 10, 10) a gallery of thousands of units
# spends an eighth of its time on collections; with these it takes no notice of them.
_SELDOM = (200_000, 50, 100)


@contextmanager
def infrequent_gc() -> Iterator[None]:
    """Collect seldom within the block, in which many objects are made that stay.

    Not for where large tensors come and go, which are to be freed soon.
    """
    usual = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # what somebody else froze is not ours to thaw
            gc.freeze()  # all that there is counts as old, else it would be looked through at once
            gc.unfreeze()
        gc.set_threshold(*usual)
