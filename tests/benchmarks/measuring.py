"""What every part of the benchmark shares: units, clocks, the judge, and a table."""

from __future__ import annotations

import math
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from generator.model.network import Network
from generator.visualizations.maximization.transforms import View, look

Result = TypeVar("Result")
Picture = npt.NDArray[np.uint8]
SHARES = {3: 2, 10: 2, 15: 3, 22: 3, 28: 2}  # of every twelve units, by layer of ``features``


@dataclass(frozen=True, order=True)
class Unit:
    """A channel of ``features.LAYER``."""

    layer: int
    channel: int

    def __str__(self) -> str:
        return f"{self.layer}:{self.channel}"

    @property
    def name(self) -> str:
        return f"features.{self.layer}"


def draw_units(network: Network, count: int, seed: int, layers: Sequence[int]) -> list[Unit]:
    """Units at random, by the seed alone: in every twelve, as many a layer as `SHARES` says."""
    draw = random.Random(seed)
    units: list[Unit] = []
    for layer in layers:
        share = -(-count * SHARES.get(layer, 2) // 12)
        width = network.layer(f"features.{layer}").channels
        units += [Unit(layer, channel) for channel in sorted(draw.sample(range(width), share))]
    return units


@dataclass(frozen=True)
class Seconds:
    """How long something took: by the clock, and of processor time on all cores together."""

    wall: float
    cpu: float

    def __mul__(self, factor: float) -> Seconds:
        return Seconds(self.wall * factor, self.cpu * factor)

    def __sub__(self, other: Seconds) -> Seconds:
        return Seconds(self.wall - other.wall, self.cpu - other.cpu)


def timed(work: Callable[[], Result]) -> tuple[Result, Seconds]:
    """What the work gives, and how long it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, Seconds(time.perf_counter() - wall, time.process_time() - cpu)


def median(rounds: Sequence[Seconds]) -> Seconds:
    walls, cpus = [one.wall for one in rounds], [one.cpu for one in rounds]
    return Seconds(statistics.median(walls), statistics.median(cpus))


def judging_views(size: int) -> list[View]:
    """Sixteen views that neither a schedule nor the gallery's own scores use."""
    draw = random.Random(987654)
    views = []
    for _ in range(16):
        across, down, side, angle = (draw.uniform(-1, 1) for _ in range(4))
        views.append(
            View(0.5 + across * 8 / size, 0.5 + down * 8 / size, 1 + side / 10, angle * 8, size)
        )
    return views


class Judge:
    """Grades pictures by the plain network: no trunk, no slicing, float32."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def activations(self, unit: Unit, picture: Picture) -> tuple[float, float]:
        """Of the picture as it is, and the mean over sixteen views of it."""
        values = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            plain = self._mean(unit, values)
            views = judging_views(picture.shape[0])
            robust = [self._mean(unit, look(values, view)) for view in views]
        return plain, statistics.fmean(robust)

    def _mean(self, unit: Unit, values: Tensor) -> float:
        maps = bare(self._network, unit.layer)(self._network.normalise(values))
        return float(maps[0, unit.channel].mean())


def bare(network: Network, layer: int) -> nn.Module:
    """The network's own modules as far as the layer, and nothing else."""
    features = network.submodule("features")
    assert isinstance(features, nn.Sequential)
    return features[: layer + 1]


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; numbers with three digits."""
    lines = [head, ["---"] * len(head), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return ""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
