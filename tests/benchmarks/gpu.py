"""On a GPU: units a second over all convolutions, and the share of the bare trunk's rate."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from functools import partial

import torch
from measuring import bare, table

from generator.model.network import Network
from generator.visualizations.maximization import MaximizationOptions, batch_size
from generator.visualizations.maximization.grading import maximise
from generator.visualizations.maximization.presets import Settings
from generator.visualizations.maximization.stages import stages


def rates(network: Network, layers: Sequence[int] | None, limit: int | None) -> str:
    """A row a convolution. ``limit`` is how many units in all, spread over the layers."""
    names = [f"features.{layer}" for layer in layers] if layers else _convolutions(network)
    settings = MaximizationOptions(
        kind="maximization", layers=names, device="cuda", second_seed=False
    ).settings()
    rows: list[list[object]] = []
    total, spent, floor = 0, 0.0, 0.0
    for name in names:
        width = network.layer(name).channels
        count = width if limit is None else min(width, max(1, limit // len(names)))
        seconds = _clocked(partial(_all, network, name, count, settings))
        least = _bare_seconds(network, name, count, settings)
        rows.append([name, count, count / seconds, least / seconds])
        total, spent, floor = total + count, spent + seconds, floor + least
        print(f"{name}: {count} units, {seconds:.1f} s", flush=True)
    rows.append(["all", total, total / spent, floor / spent])
    head = ["layer", "units", "units a second", "share of the bare trunk's rate"]
    return f"{table(head, rows)}\n{total} units in {spent:.1f} s.\n"


def _convolutions(network: Network) -> list[str]:
    return [layer.name for layer in network.layers if layer.ordinal is not None]


def _clocked(work: Callable[[], object]) -> float:
    torch.cuda.synchronize()
    start = time.perf_counter()
    work()
    torch.cuda.synchronize()
    return time.perf_counter() - start


def _all(network: Network, name: str, count: int, settings: Settings) -> None:
    size = batch_size(settings)
    for first in range(0, count, size):
        maximise(network, name, list(range(first, min(first + size, count))), settings)


def _bare_seconds(network: Network, name: str, count: int, settings: Settings) -> float:
    """The bare trunk's forward and backward, as often and as large as the engine's steps."""
    layer, size = int(name.split(".")[1]), batch_size(settings)
    dtype = getattr(torch, settings.precision)
    pieces = copy.deepcopy(bare(network, layer)).to(
        "cuda", dtype, memory_format=torch.channels_last
    )
    stride = round(network.preprocessing.size[0] / network.layer(name).shape[1])
    seconds = 0.0
    for stage in stages(settings, stride, sketched=True):
        shape = (min(size, count), 3, stage.size, stage.size)
        images = torch.rand(shape, device="cuda", dtype=dtype)
        images = images.contiguous(memory_format=torch.channels_last).requires_grad_()

        def step(images: torch.Tensor = images) -> None:
            torch.autograd.grad(pieces(images).mean(), images)

        for _ in range(3):
            step()
        once = _clocked(lambda step=step: [step() for _ in range(10)]) / 10
        seconds += once * len(stage.views) * count / shape[0]
    return seconds
