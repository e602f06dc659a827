"""Several processes of this machine, each with the network and its share of the processors."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from types import FrameType

from generator.errors import WorkersError
from generator.machines import worker
from generator.machines.batches import Outcome
from generator.machines.worker import Order
from generator.model.parcel import Parcel

_AHEAD = 1  # orders that wait for each worker, so that none waits for the one who files results
_STOPS = ("SIGINT", "SIGTERM", "SIGHUP")  # where the system knows them
_DEATHS = 100  # of pools, until it is plain that none will last


class Processes:
    """A crew of processes.

    They are started anew, not forked: what threads of this process hold would stay locked for ever.

    Args:
        parcel: the network; each process is sent it once, as it starts.
        number: how many processes.
        threads: of torch, in each.
    """

    lost: tuple[type[BaseException], ...] = (BrokenProcessPool,)

    def __init__(self, parcel: Parcel, number: int, threads: int) -> None:
        self._parcel, self._number, self._threads = parcel, number, threads
        self._deaths = 0
        self._pool = self._started()

    @property
    def at_once(self) -> int:
        return self._number * (1 + _AHEAD)

    def submit(self, order: Order) -> Future[list[Outcome]]:
        own = replace(order, network=self._parcel.digest, threads=self._threads)
        with _uninterrupted():  # it may start a process
            return self._pool.submit(worker.run, own)

    def mend(self) -> None:
        """Start other processes: where one dies, the pool is of no more use."""
        self._deaths += 1
        if self._deaths > _DEATHS:
            raise WorkersError(
                "The processes that compute die again and again.",
                "Is there enough memory? Give them less to do at once: compute: {workers: 1}.",
            )
        self.close()
        self._pool = self._started()

    def close(self) -> None:
        """End the processes, whatever they are at: what they have not given yet is lost."""
        own = self._children()
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in own:
            process.kill()

    def _started(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._number,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(self._parcel,),
        )

    def _children(self) -> list[BaseProcess]:
        # There is no public way to a pool's processes before Python 3.14.
        return list((self._pool._processes or {}).values())


@contextmanager
def processes(parcel: Parcel, number: int, threads: int) -> Iterator[Processes]:
    """A crew of processes, which ends with the block."""
    crew = Processes(parcel, number, threads)
    try:
        yield crew
    finally:
        crew.close()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """What would stop the program waits for the end of the block, in which processes are started.

    One that is told only half of what it needs ends in a traceback of its own. And a Ctrl-C in a
    terminal goes to them too: until they ignore it themselves, they do not hear of it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals interrupt the main thread alone
        return
    came: list[tuple[int, FrameType | None]] = []
    known = [getattr(signal, name) for name in _STOPS if hasattr(signal, name)]
    before = {number: found for number in known if callable(found := signal.getsignal(number))}
    for number in before:
        signal.signal(number, lambda *given: came.append(given))
    try:
        with _deaf_children():
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number, frame in came:
            before[number](number, frame)


@contextmanager
def _deaf_children() -> Iterator[None]:
    """What is started in the block inherits that Ctrl-C is kept from it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(parcel: Parcel) -> None:
    """The first thing that a process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started it, who ends it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    worker.keep(parcel)


def _end_with_parent() -> None:
    """No process outlives the one that it works for, however that ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
