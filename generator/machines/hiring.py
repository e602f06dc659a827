"""Who computes, as the config says it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from generator.config.schema import SiteConfig, locate
from generator.machines.crews import Crew
from generator.machines.parallel import cores
from generator.model.arithmetic import best_device

if TYPE_CHECKING:
    from generator.model.network import Network


def hired(config: SiteConfig, network: Network) -> AbstractContextManager[Crew | None]:
    """The crew that a config asks for, for as long as the block lasts; none for this process.

    Raises:
        WorkersError: it cannot be had.
        ModelError: the network cannot be sent to others.
    """
    wanted = config.compute
    if wanted.executor == "local":
        return nullcontext()
    from generator.model.parcel import pack

    number = wanted.workers or cores()
    if wanted.executor == "processes":
        from generator.machines.processes import processes

        return processes(pack(network), number, wanted.threads or _share(number))
    from generator.machines.cluster import cluster

    file = wanted.dask.scheduler_file
    ours = wanted.dask.address is None and file is None
    return cluster(
        pack(network),
        address=wanted.dask.address,
        scheduler_file=locate(file, config.folder) if file is not None else None,
        number=number,
        threads=wanted.threads or (_share(number) if ours else None),
    )


def at_once() -> int:
    """How many batches this process computes at a time where nobody says so.

    Two halves of the processors do more than the whole: threads that share one small convolution
    wait for each other, and for Python, above all where other programs run beside. More than two
    would each take memory for weights of their own. A GPU is kept busy by one.
    """
    import torch

    alone = best_device() == "cuda" or torch.get_num_threads() == 1
    return 1 if alone else 2


@contextmanager
def shared_threads(number: int) -> Iterator[int]:
    """Torch's threads for each of so many batches at a time; afterwards all are as before."""
    import torch

    before = torch.get_num_threads()
    try:
        yield _share(number)
    finally:
        torch.set_num_threads(before)


def _share(number: int) -> int:
    """Threads of torch for each of so many at a time."""
    import torch

    return max(1, torch.get_num_threads() // number)
