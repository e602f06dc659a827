"""Python's search for garbage that refers to itself, put off while much is made that stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects until the next search, and searches until one of all objects: of these a gallery of
# thousands of units takes no notice, where the usual ones (700, 10, 10) take an eighth of its time.
_SELDOM = (200_000, 50, 100)


@contextmanager
def patience() -> Iterator[None]:
    """Search seldom. Not for where large tensors come and go, which are to be let go of soon."""
    usual = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # what somebody else froze is not ours to thaw
            gc.freeze()  # all that there is counts as old, else it would be searched at once
            gc.unfreeze()
        gc.set_threshold(*usual)
