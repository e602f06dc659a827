"""One pass over a chunk of pictures: where each unit of some layers answers most and least.

Nothing is kept of a map but its best places and a count of its values, so that memory depends
neither on the number of pictures nor on that of layers.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from generator.errors import PictureError
from generator.model.capture import summarise
from generator.model.network import Network
from generator.model.run_mode import takes_several
from generator.photos import seeing
from generator.photos.images import Picture
from generator.visualizations.base import Array, Fact, Result
from generator.visualizations.exemplars.best import SIDES, Places, Side, best
from generator.visualizations.exemplars.histogram import BINS, EDGES
from generator.visualizations.exemplars.reading import Reading

_AT_ONCE = 4  # pictures in a forward pass: a processor is no faster with more
_SAMPLED = 28  # rows and columns of a map whose values are counted, at most


def rank(
    network: Network, readings: Mapping[str, Reading], pictures: Sequence[Picture]
) -> dict[str, Result]:
    """The best places of each unit of some layers in these pictures, by the layer's name.

    Args:
        network: the network.
        readings: how each layer's maps are read, by its name.
        pictures: the chunk. One that cannot be opened is left out, and told of in the facts.

    Returns:
        Tensors: `Places` of each side; ``counts`` int32 ``(C, BINS)``. Facts: ``pictures``, how
        many were seen; ``unreadable``, the names of the others.
    """
    tallies = {name: _Tally(reading) for name, reading in readings.items()}
    unreadable: list[Fact] = []
    batch: list[tuple[int, str, Tensor]] = []
    read = network.preprocessing
    at_once = _AT_ONCE if takes_several(network.module, (read.channels, *read.size)) else 1
    for number, picture in enumerate(pictures):
        try:
            pixels = seeing.seen(picture, read.size, read.channels)
        except PictureError:
            unreadable.append(picture.name)
            continue
        batch.append((number, picture.digest, network.input(pixels)))
        if len(batch) == at_once:
            _see(network, tallies, batch)
            batch = []
    if batch:
        _see(network, tallies, batch)
    seen = len(pictures) - len(unreadable)
    facts: dict[str, Fact] = {"pictures": seen, "unreadable": unreadable}
    return {name: tally.result(facts) for name, tally in tallies.items()}


def _see(
    network: Network, tallies: Mapping[str, _Tally], batch: Sequence[tuple[int, str, Tensor]]
) -> None:
    """Show the network some pictures, each with its number and its digest."""
    inputs = torch.cat([pixels for _, _, pixels in batch])
    seen = [(number, digest) for number, digest, _ in batch]

    def add(seen: Sequence[tuple[int, str]], name: str, answer: Tensor) -> None:
        tallies[name].add(seen, network.layer(name).maps(answer))

    summarise(network.module, inputs, list(tallies), partial(add, seen))


class _Tally:
    """What is known of a layer's units so far."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._places: dict[Side, Places] = {side: Places.none(reading.channels) for side in SIDES}
        self._counts = torch.zeros((reading.channels, BINS), dtype=torch.int64)
        self._edges = torch.tensor(EDGES[1:-1], dtype=torch.float32)

    def add(self, seen: Sequence[tuple[int, str]], answer: Tensor) -> None:
        """Look at a batch's answers ``(N, C, H, W)`` or ``(N, C)``."""
        maps = answer.float().reshape(len(answer), self._reading.channels, *self._reading.map)
        self._count(maps)
        for (number, digest), own in zip(seen, maps, strict=True):
            chance = np.random.default_rng(_lot(digest, self._reading.layer))
            # Where a map is all zero, as after a ReLU, the first of equals would be its corner.
            start = int(chance.integers(maps[0, 0].numel()))
            turned = own.flatten(1).roll(-start, dims=1)
            for side in SIDES:
                values, spots = self._look(turned, start, side)
                lots = chance.random(values.shape, dtype=np.float32)
                pictures = np.full(values.shape, number, np.int32)
                found = Places(values, lots, pictures, spots)
                self._places[side] = best(side, self._places[side], found)

    def result(self, facts: Mapping[str, Fact]) -> Result:
        arrays = [self._places[side].arrays(side) for side in SIDES]
        counts = self._counts.numpy().astype(np.int32)
        return Result({**arrays[0], **arrays[1], "counts": counts}, facts)

    def _look(self, turned: Tensor, start: int, side: Side) -> tuple[Array, Array]:
        """The best places of a picture's maps, as many as it may give, apart from each other.

        Args:
            turned: the maps, ``(C, H * W)``, each from its place ``start`` on and then around.

        Returns:
            The values there, float32, and the places, int32, both ``(C, share)``.
        """
        if self._reading.share > 1:
            turned = turned.clone()
        values, spots = [], []
        for turn in range(self._reading.share):
            at = turned.argmax(dim=1) if side == "top" else turned.argmin(dim=1)
            values.append(turned.gather(1, at[:, None])[:, 0])
            spots.append((at + start) % turned.shape[1])
            if turn + 1 < self._reading.share:
                near = self._near(spots[-1]).roll(-start, dims=1)
                turned[near] = -math.inf if side == "top" else math.inf
        stacked = torch.stack(spots, dim=1).numpy().astype(np.int32)
        return torch.stack(values, dim=1).numpy().copy(), stacked

    def _near(self, spots: Tensor) -> Tensor:
        """Which places are too near to one for another crop: ``(C, H * W)``."""
        (height, width), (apart_down, apart_across) = self._reading.map, self._reading.apart
        rows = (torch.arange(height)[None] - spots[:, None] // width).abs() < apart_down
        columns = (torch.arange(width)[None] - spots[:, None] % width).abs() < apart_across
        return (rows[:, :, None] & columns[:, None, :]).flatten(1)

    def _count(self, maps: Tensor) -> None:
        rows, columns = (_spread(side) for side in self._reading.map)
        values = maps[:, :, rows][:, :, :, columns].contiguous()
        bins = torch.bucketize(values, self._edges, out_int32=True, right=True)
        bins += (torch.arange(maps.shape[1], dtype=torch.int32) * BINS)[:, None, None]
        if not torch.isfinite(values.sum()):
            bins = bins[torch.isfinite(values)]
        counted = torch.bincount(bins.flatten(), minlength=self._counts.numel())
        self._counts += counted.view_as(self._counts)


def _spread(length: int) -> Tensor:
    """At most ``_SAMPLED`` of so many rows, evenly spread."""
    count = min(length, _SAMPLED)
    return torch.tensor([(2 * place + 1) * length // (2 * count) for place in range(count)])


def _lot(digest: str, layer: str) -> int:
    """A seed that depends on the picture and the layer, and not on what else is looked at."""
    return int(hashlib.sha256(f"{digest} {layer}".encode()).hexdigest()[:16], 16)
