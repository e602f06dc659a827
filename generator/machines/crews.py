"""Who runs batches: this process, or others, behind the interface of ``concurrent.futures``."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import replace
from functools import partial
from typing import Any, Protocol, TypeVar

from generator.errors import GalleryError, WorkersError
from generator.machines.batches import Outcome
from generator.machines.failures import words_of
from generator.machines.parallel import ended, threads
from generator.machines.worker import Order, use_threads

Made = TypeVar("Made")

LOST = "Its worker was lost twice: killed, or out of memory."


class TimeIsUp(Exception):
    """What is under way is not waited for any longer; what it would give is lost."""


class Crew(Protocol):
    """Runs orders, some at a time.

    Attributes:
        lost: the errors of a call whose worker went away. It may well succeed elsewhere.
    """

    lost: tuple[type[BaseException], ...]

    @property
    def at_once(self) -> int:
        """How many orders keep everybody busy."""

    def submit(self, order: Order) -> Future[list[Outcome]]:
        """Have an order run.

        Raises:
            Exception: one of `lost`, where that is seen already.
        """

    def mend(self) -> None:
        """Make ready for more after a call was lost.

        Raises:
            WorkersError: nobody is left who could run anything.
        """


class Here:
    """This process: in its only thread, in order, or in several.

    Args:
        run: what an order comes to.
        jobs: how many threads; in the one of the caller if 1, so that Ctrl-C stops a call in its
            midst.
        threaded: in a thread of its own even then, so that a call can be left behind.
        share: torch's threads in each of several.
    """

    lost: tuple[type[BaseException], ...] = ()

    def __init__(
        self,
        run: Callable[[Order], list[Outcome]],
        jobs: int = 1,
        *,
        threaded: bool = False,
        share: int | None = None,
    ) -> None:
        self._run = run
        begin = None if share is None else partial(use_threads, share)
        self._executor: Executor = threads(jobs, begin) if threaded or jobs > 1 else InPlace()
        self.at_once = jobs

    def submit(self, order: Order) -> Future[list[Outcome]]:
        return self._executor.submit(self._run, order)

    def mend(self) -> None:
        """Nothing here is ever lost."""

    def close(self) -> None:
        """Start no more calls; those under way are not waited for."""
        self._executor.shutdown(wait=False, cancel_futures=True)


class InPlace(Executor):
    """Runs each call at once, where it is submitted."""

    def submit(self, fn: Callable[..., Made], /, *args: Any, **kwargs: Any) -> Future[Made]:
        future: Future[Made] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def outcomes(
    crew: Crew, orders: Iterable[Order], until: float | None = None
) -> Iterator[tuple[Order, list[Outcome]]]:
    """Each order with what became of its tasks, as soon as that is known, in any order.

    What was under way when a worker was lost runs again at the end, one order at a time, so that
    it shows which of them it is. An order that loses its worker alone as well is taken apart; a
    task that does so has failed.

    Args:
        crew: who runs them. Never more than ``crew.at_once`` are under way, so memory stays flat.
        orders: taken only as there is room.
        until: as ``time.monotonic`` has it, until when to wait; for ever when left out.

    Raises:
        TimeIsUp: it is, and something is under way.
        GalleryError: nobody is left to run anything, or the workers cannot make what was ordered;
            what ended beside that is given before.
    """
    under_way: dict[Future[list[Outcome]], Order] = {}
    suspects: deque[Order] = deque()
    for order in orders:
        _start(crew, order, under_way, suspects)
        while len(under_way) >= crew.at_once:
            yield from _ended(crew, under_way, suspects, until)
    while under_way:
        yield from _ended(crew, under_way, suspects, until)
    while suspects:
        order = suspects.popleft()
        yield order, _alone(crew, order)


def _start(
    crew: Crew,
    order: Order,
    under_way: dict[Future[list[Outcome]], Order],
    suspects: deque[Order],
) -> None:
    try:
        under_way[crew.submit(order)] = order
    except crew.lost:
        crew.mend()
        suspects.append(order)


def _ended(
    crew: Crew,
    under_way: dict[Future[list[Outcome]], Order],
    suspects: deque[Order],
    until: float | None,
) -> Iterator[tuple[Order, list[Outcome]]]:
    """Wait until a call ends; take those that ended out of ``under_way``."""
    done = ended(under_way, None if until is None else max(0.0, until - time.monotonic()))
    if not done:
        raise TimeIsUp
    lost = False
    for order, future in done:
        try:
            yield order, future.result()
        except crew.lost:
            suspects.append(order)
            lost = True
        except Exception as error:
            raise _refused(crew, error) from error
    if lost:
        crew.mend()


def _alone(crew: Crew, order: Order) -> list[Outcome]:
    """What becomes of an order with which nothing else runs."""
    try:
        return crew.submit(order).result()
    except crew.lost:
        crew.mend()
    except Exception as error:
        raise _refused(crew, error) from error
    if len(order.tasks) == 1:
        return [Outcome(0, 0.0, failure=LOST)]
    found = []
    for place, (task, key) in enumerate(zip(order.tasks, order.keys, strict=True)):
        for each in _alone(crew, replace(order, tasks=(task,), keys=(key,))):
            found.append(replace(each, place=place))
    return found


def _refused(crew: Crew, error: Exception) -> Exception:
    """Why workers cannot do what they are told: what is wrong with the set-up, not with a task."""
    if isinstance(error, GalleryError) or isinstance(crew, Here):
        return error
    return WorkersError(
        f"A worker could not take up its work: {words_of(error)}",
        "Install the same version of cnn-gallery there, and all that your network needs.",
    )
