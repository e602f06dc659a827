"""What it costs to have others run tasks: a driver's time and memory, bytes, the writer's rate.

    python tests/benchmarks/scheduling.py [--tasks 4224] [--batch 4] [--workers 2]

Tasks of no work go through a Dask cluster of this machine's own, by the way that a build takes.
The target is at most 10 ms a task, and a driver whose memory stays flat. A batch of 4 is what
activation maximisation has on processors; of 1 is the dearest that there is.
"""

from __future__ import annotations

import argparse
import pickle
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
from torch import nn

from generator.cache.store import Cache, as_bytes
from generator.machines.cluster import cluster
from generator.machines.crews import outcomes
from generator.machines.worker import Order
from generator.model import load
from generator.model.network import Network
from generator.model.parcel import Parcel, pack
from generator.planning.identity import plan_task
from generator.visualizations import registry
from generator.visualizations.base import Task
from generator.visualizations.maximization.presets import FOURIER

MOST_MS = 10.0
FLAT = 20.0  # MB by which a driver's memory may grow from a quarter of the tasks to the end


def nothing() -> nn.Module:
    """A network whose kernels are read in no time."""
    return nn.Sequential(nn.Conv2d(3, 2, 3))


def orders(network: Network, count: int, batch: int) -> Iterator[Order]:
    """So many tasks, some to an order, as batches are."""
    tasks = [Task("kernels", "0", "layer", number) for number in range(count)]
    for first in range(0, count, batch):
        own = tuple(tasks[first : first + batch])
        yield Order(own, tuple(plan_task(each, registry(), network, {}).key for each in own))


def schedule(network: Network, parcel: Parcel, count: int, batch: int, workers: int) -> None:
    """Run tasks of no work; print what each costs, and how the driver's memory grows."""
    with cluster(parcel, address=None, scheduler_file=None, number=workers, threads=1) as crew:
        for _ in outcomes(crew, orders(network, 8 * workers, 1)):
            pass  # each worker imports torch, and builds the network
        process = psutil.Process()
        sizes: list[float] = []
        started, busy = time.perf_counter(), time.process_time()
        for done, _ in enumerate(outcomes(crew, orders(network, count, batch))):
            if done % max(1, count // batch // 20) == 0:
                sizes.append(process.memory_info().rss / 1e6)
        each = (time.perf_counter() - started) / count * 1000
        own = (time.process_time() - busy) / count * 1000
    grown = sizes[-1] - sizes[len(sizes) // 4]
    print(f"{count} tasks in batches of {batch} through Dask, {workers} workers: ", end="")
    print(f"{each:.2f} ms a task (at most {MOST_MS}), of which this process works {own:.2f}")
    print(f"driver's memory: {sizes[0]:.0f} MB at first, {sizes[-1]:.0f} MB at the end, ", end="")
    print(f"{grown:+.1f} MB from a quarter of the tasks on (at most {FLAT})")
    assert each <= MOST_MS and grown <= FLAT


def travel(parcel: Parcel) -> None:
    """Print what goes to a worker and what comes back, in bytes."""
    settings = FOURIER.model_dump(mode="json")
    tasks = tuple(
        Task("maximization", "features.15", "prefix", n, parameters=settings) for n in range(4)
    )
    order = Order(tasks, ("0" * 64,) * 4, parcel.digest)
    print(f"an order of four pictures: {len(pickle.dumps(order))} bytes")
    network = pack(load("vgg16-hed", weights="none"))
    sent = pickle.dumps(replace(network, request=parcel.request))
    print(f"VGG16's convolutions, once a worker: {len(sent) / 1e6:.1f} MB")


def write(count: int = 200) -> None:
    """Print how fast results of maximisation's size are filed."""
    random = np.random.default_rng(0)
    side = FOURIER.size
    tensors = {
        "picture": random.integers(0, 256, (side, side, 3), dtype=np.uint8),
        "noise": random.integers(0, 256, (side, side, 3), dtype=np.uint8),
        "steps": random.integers(0, 256, (10, side, side, 3), dtype=np.uint8),
    }
    content = as_bytes(tensors)
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder))
        started = time.perf_counter()
        for number in range(count):
            own = bytes([number]) + content[1:]  # each an object of its own
            cache.file(f"{number:064x}", {"number": number}, own, {}, 1.0)
        seconds = (time.perf_counter() - started) / count
    rate = len(content) / seconds / 1e6
    print(f"a result of {len(content) / 1e6:.2f} MB is filed in {1000 * seconds:.1f} ms: ", end="")
    print(f"{1 / seconds:.0f} a second, {rate:.0f} MB/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=4224)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    source = f"{Path(__file__).stem}:nothing"
    network = load(source, folder=Path(__file__).parent, size=(8, 8))
    parcel = pack(network)
    travel(parcel)
    write()
    schedule(network, parcel, given.tasks, given.batch, given.workers)


if __name__ == "__main__":
    main()
