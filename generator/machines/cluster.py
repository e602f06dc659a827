"""Dask's workers, of a cluster that runs already or of one of this machine's own."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.errors import PictureError, WorkersError, first_line, reason_of
from generator.machines import worker
from generator.machines.batches import Outcome
from generator.machines.worker import Order
from generator.model.parcel import Parcel
from generator.photos.images import Picture

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

_AHEAD = 3  # orders that wait for each thread of a worker, none of which is ever idle
_RECENT = 5.0  # seconds for which the number of workers is taken to be the same
_PATIENCE = 30  # seconds to wait for the scheduler, and for the first worker


class Cluster:
    """A crew of Dask's workers, by its executor.

    The network and pictures are scattered: each worker fetches each of them once, from this process
    or from another worker, and refers to it by digest afterwards.

    Args:
        client: connected to the scheduler.
        parcel: the network.
        threads: of torch, in each worker; as the worker has it when left out.
    """

    lost: tuple[type[BaseException], ...]

    def __init__(self, client: Client, parcel: Parcel, threads: int | None) -> None:
        from distributed import KilledWorker

        self.lost = (CancelledError, KilledWorker)
        self._client, self._parcel, self._threads = client, parcel, threads
        self._executor = client.get_executor(pure=False)
        self._sent: dict[str, Any] = {}  # handles of what was scattered, by digest
        self._threads_there, self._counted = 1, float("-inf")

    @property
    def at_once(self) -> int:
        """Enough for every thread of the workers that there are now."""
        now = time.monotonic()
        if now - self._counted > _RECENT:  # workers come and go
            with suppress(OSError):  # a scheduler that is gone is noticed soon enough
                self._threads_there = max(1, sum(self._client.nthreads().values()))
            self._counted = now
        return self._threads_there * (1 + _AHEAD)

    def submit(self, order: Order) -> Future[list[Outcome]]:
        self._check()
        parcel = self._handle(self._parcel.digest, self._parcel)
        contents = {each.digest: self._picture(each) for each in order.pictures.values()}
        # Where the files lie on this machine is nobody's business there.
        bare = {name: _without_folder(each) for name, each in order.pictures.items()}
        own = replace(order, network=self._parcel.digest, threads=self._threads, pictures=bare)
        future: Future[list[Outcome]] = self._executor.submit(worker.run, own, parcel, contents)
        return future

    def mend(self) -> None:
        """Send again what may be lost with the workers that had it."""
        self._check()
        self._sent.clear()

    def _handle(self, digest: str, content: Any) -> Any:
        if digest not in self._sent:
            try:
                self._sent[digest] = self._client.scatter(content, hash=False)
            except OSError as error:  # before the client itself has found out
                raise _lost() from error
        return self._sent[digest]

    def _picture(self, picture: Picture) -> Any:
        if picture.digest not in self._sent:
            try:
                content = picture.path.read_bytes()
            except OSError as error:
                raise PictureError(
                    f"The picture '{picture.path}' cannot be read any more: {reason_of(error)}.",
                    hint="What was done is kept: put it back, then run the same command.",
                ) from error
            self._handle(picture.digest, content)
        return self._sent[picture.digest]

    def _check(self) -> None:
        if self._client.status != "running":
            raise _lost()


def _lost() -> WorkersError:
    return WorkersError(
        "The connection to Dask's scheduler was lost.",
        "What was done is kept: start the scheduler again, then run the same command.",
    )


@contextmanager
def cluster(
    parcel: Parcel,
    *,
    address: str | None,
    scheduler_file: Path | None,
    number: int,
    threads: int | None,
) -> Iterator[Cluster]:
    """A crew of a cluster's workers.

    Args:
        parcel: the network.
        address, scheduler_file: where the scheduler is; with neither, a cluster of this machine's
            own is started, and ends with the block.
        number, threads: how many processes that has, and of torch's threads in each. Workers of
            another cluster keep their number of threads where ``threads`` is left out.

    Raises:
        WorkersError: Dask is not installed, or no scheduler or worker can be reached.
    """
    _check_installed()
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is told by errors
    with ExitStack() as ends:
        home = None
        if address is None and scheduler_file is None:
            home = _own_cluster(number)
            ends.callback(home.close, timeout=5)
        client = _connected(home, address, scheduler_file)
        ends.callback(client.close, timeout=2)
        _wait_for_workers(client)
        yield Cluster(client, parcel, threads)


def _own_cluster(number: int) -> LocalCluster:
    import dask
    from distributed import LocalCluster

    # A task may lose its worker once; the second time it is run alone, see `crews.outcomes`.
    with dask.config.set({"distributed.scheduler.allowed-failures": 1}):
        return LocalCluster(
            n_workers=number,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )


def _connected(
    home: LocalCluster | None, address: str | None, scheduler_file: Path | None
) -> Client:
    from distributed import Client

    if scheduler_file is not None and not scheduler_file.is_file():
        raise WorkersError(
            f"There is no file '{scheduler_file}' to say where Dask's scheduler is.",
            "Start the scheduler: dask scheduler --scheduler-file FILE.",
        )
    try:
        return Client(
            home or address,
            scheduler_file=str(scheduler_file) if scheduler_file else None,
            timeout=_PATIENCE,
            set_as_default=False,
        )
    except (OSError, ValueError) as error:
        raise WorkersError(
            f"Dask's scheduler cannot be reached: {address or scheduler_file}: {first_line(error)}",
            "Check compute: dask: in the config, and that the scheduler runs.",
        ) from error


def _wait_for_workers(client: Client) -> None:
    try:
        client.wait_for_workers(1, timeout=_PATIENCE)
    except TimeoutError as error:
        raise WorkersError(
            f"Dask's scheduler has no workers, after {_PATIENCE} seconds.",
            "Start some: dask worker ADDRESS --nthreads 1.",
        ) from error


def _check_installed() -> None:
    from importlib.util import find_spec

    if find_spec("distributed") is None:
        raise WorkersError(
            "The config's compute.executor is dask, which is not installed.",
            "Install it (pip install 'cnn-gallery[dask]'), or leave the key out.",
        )


def _without_folder(picture: Picture) -> Picture:
    return replace(picture, path=Path(f"{picture.name}{picture.path.suffix}"))
