"""Several calls under way at once, in threads, with few waiting, so that memory stays flat.

Threads suit this program: Pillow's encoders and torch let go of the interpreter while they work.
What is made is the same whatever the number of threads; only the order in which it comes differs.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

_NAME = "cnn-gallery-job"  # of threads


def cores() -> int:
    """How many processors this process may use: at least one."""
    if hasattr(os, "sched_getaffinity"):  # fewer than the machine has, in a container
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def as_made(
    make: Callable[[Item], Made], items: Iterable[Item], jobs: int
) -> Iterator[tuple[Item, Made]]:
    """Each item with what ``make`` made of it, as soon as that is there, in any order.

    With one job, calls run here and in order, so that Ctrl-C stops one in its midst. With more,
    whatever ends the iteration early, an error or Ctrl-C, no further call starts, and those under
    way are not waited for: what they would give is lost.

    Args:
        make: called with one item, in a thread; it must not change what others read.
        items: taken only as calls start.
        jobs: how many calls are under way at a time, at least 1.

    Raises:
        Exception: the first that a call raises; what ended beside it is given before.
    """
    if jobs == 1:
        yield from ((item, make(item)) for item in items)
        return
    pool = threads(jobs)
    under_way: dict[Future[Made], Item] = {}
    try:
        for item in items:
            under_way[pool.submit(make, item)] = item
            if len(under_way) >= jobs:
                yield from _made(under_way)
        while under_way:
            yield from _made(under_way)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def threads(jobs: int, begin: Callable[[], None] | None = None) -> ThreadPoolExecutor:
    """So many threads, which `under_way` knows of; each of them begins with that call."""
    return ThreadPoolExecutor(jobs, thread_name_prefix=_NAME, initializer=begin)


def under_way() -> bool:
    """Whether calls of an iteration that ended early are still under way."""
    return any(thread.name.startswith(_NAME) for thread in threading.enumerate())


def ended(
    under_way: dict[Future[Made], Item], seconds: float | None = None
) -> list[tuple[Item, Future[Made]]]:
    """Wait until a call ends; take those that ended out of ``under_way``, failures last.

    So what was made is not lost to the failure of another. None where none ends in so many seconds.
    """
    done, _ = wait(under_way, timeout=seconds, return_when=FIRST_COMPLETED)
    return [(under_way.pop(future), future) for future in sorted(done, key=_failed)]


def _failed(future: Future[Made]) -> bool:
    return future.cancelled() or future.exception() is not None


def _made(under_way: dict[Future[Made], Item]) -> Iterator[tuple[Item, Made]]:
    for item, future in ended(under_way):
        yield item, future.result()
