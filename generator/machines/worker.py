"""A batch of tasks on its way to another process, and what that process does with it."""

from __future__ import annotations

import functools
import tempfile
import threading
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from generator.errors import WorkersError
from generator.machines.batches import Outcome, run_batch
from generator.model.network import Network
from generator.model.parcel import Parcel, unpack
from generator.photos.images import Picture
from generator.planning.identity import plan_task
from generator.utils.files import digest_file
from generator.utils.report import hush_pillow
from generator.visualizations import registry
from generator.visualizations.base import Task


@dataclass(frozen=True)
class Order:
    """A batch of tasks that need no others, with all that another process has to be told.

    Attributes:
        tasks: the batch.
        keys: the tasks' keys, which the worker has to come to as well.
        network: the digest of the network's parcel.
        pictures: those that the tasks look at, by name.
        threads: torch's, in the worker; its own number when left out.
    """

    tasks: tuple[Task, ...]
    keys: tuple[str, ...]
    network: str = ""
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    threads: int | None = None


def run(
    order: Order, parcel: Parcel | None = None, contents: Mapping[str, bytes] | None = None
) -> list[Outcome]:
    """Do what an order says.

    Args:
        order: the batch.
        parcel: the network, where this process may not have it yet.
        contents: pictures by their digests, where their files may not be on this machine.

    Raises:
        GalleryError: this process cannot make what was ordered: it lacks code or weights.
    """
    shelf = _shelf()
    if order.threads is not None:
        use_threads(order.threads)
    network = shelf.network(order.network, parcel)
    sent = tempfile.TemporaryDirectory(prefix="cnn-gallery-") if contents else nullcontext("")
    with sent as folder:
        pictures = {
            name: _in_file(picture, (contents or {}).get(picture.digest), folder)
            for name, picture in order.pictures.items()
        }
        _check(order, network, pictures)
        kind = registry()[order.tasks[0].visualization]
        return run_batch(kind, network, order.tasks, pictures)


def _in_file(picture: Picture, content: bytes | None, folder: str) -> Picture:
    """A picture that was sent, in a file in that folder; another is in its own."""
    if content is None:
        return picture
    path = Path(folder, picture.digest + picture.path.suffix)
    path.write_bytes(content)
    return replace(picture, path=path)


def keep(parcel: Parcel) -> None:
    """Put a network on the shelf, to be unpacked when it is first needed."""
    _shelf().keep(parcel)


class _Shelf:
    """What this process was sent, by digest. Threads may share it."""

    def __init__(self) -> None:
        hush_pillow()
        self._lock = threading.Lock()
        self._parcel: Parcel | None = None
        self._network: tuple[str, Network] | None = None  # one: of an earlier build, room is made

    def keep(self, parcel: Parcel) -> None:
        self._parcel = parcel

    def network(self, digest: str, parcel: Parcel | None) -> Network:
        with self._lock:
            if self._network is None or self._network[0] != digest:
                found = parcel or self._parcel
                if found is None or found.digest != digest:
                    raise WorkersError("A worker was not sent the network that it is to look at.")
                self._network = (digest, unpack(found))
            return self._network[1]


@functools.cache
def _shelf() -> _Shelf:
    """The one shelf of this process."""
    return _Shelf()


def use_threads(number: int) -> None:
    """Have torch compute with so many threads, in this thread and in ones that start later."""
    import torch

    if torch.get_num_threads() != number:
        torch.set_num_threads(number)


def _check(order: Order, network: Network, pictures: Mapping[str, Picture]) -> None:
    """That this process comes to the same keys: then it makes the same results.

    Raises:
        WorkersError: it does not.
    """
    for picture in pictures.values():
        try:
            same = digest_file(picture.path) == picture.digest
        except OSError:
            same = False
        if not same:
            raise WorkersError(f"The picture '{picture.path.name}' changed while it was built.")
    for task, key in zip(order.tasks, order.keys, strict=True):
        planned = plan_task(task, registry(), network, pictures)
        if planned.key != key:
            raise WorkersError(
                f"A worker would make something else of {task.visualization} {task.layer}.",
                "Install the same versions of cnn-gallery, torch and torchvision there, and the "
                "same code of your own.",
            )
