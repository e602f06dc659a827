"""A network whose input nobody wrote down: tried with what is usual, until it runs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from generator import model
from generator.config.network import Model
from generator.errors import InputError
from generator.model.network import Network
from generator.utils.report import Report

_SIDES = (32, 28, 64, 96, 128, 299)  # pixels: of CIFAR, MNIST and their like
_CHANNELS = (None, 1, 4)  # the source's own, gray, and colour with a fourth


@dataclass(frozen=True)
class Wanted:
    """What of a network's input is given; ``None`` is what its source says."""

    size: tuple[int, int] | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    channels: int | None = None


@dataclass(frozen=True)
class Fitting:
    """A network that runs, with what its config has to say about its input.

    ``tried`` says that the input was found by trying, and may not be what it was trained with.
    """

    network: Network
    wanted: Wanted
    tried: bool


def load_fitting(
    source: Model, weights: str, wanted: Wanted, folder: Path, report: Report
) -> Fitting:
    """Load a network; where it does not run on its source's own input, try others.

    Args:
        source, weights: as ``model`` and ``weights`` in a config.
        wanted: what is known of its input.
        folder: the config's.
        report: told what takes a while.

    Raises:
        ModelError: it cannot be loaded, or runs on none of them: the first try's error.
    """
    try:
        return Fitting(_load(source, weights, wanted, folder, report), wanted, tried=False)
    except InputError as error:
        first = error
    for other in _others(wanted):
        try:
            network = _load(source, weights, other, folder, report)
        except InputError:
            continue
        return Fitting(network, other, tried=True)
    raise first


def _load(source: Model, weights: str, wanted: Wanted, folder: Path, report: Report) -> Network:
    return model.load(
        source.source,
        args=source.args,
        weights=weights,
        size=wanted.size,
        mean=wanted.mean,
        std=wanted.std,
        channels=wanted.channels,
        folder=folder,
        report=report.say,
    )


def _others(wanted: Wanted) -> Iterator[Wanted]:
    """What to try besides: gray pictures and others, then other sizes of each."""
    channels: Sequence[int | None] = _CHANNELS
    if wanted.channels or len(wanted.mean or ()) > 1 or len(wanted.std or ()) > 1:
        channels = [wanted.channels]
    elif wanted.mean or wanted.std:
        channels = (None, 3)  # one number is for gray pictures, or for all three channels
    sizes = [wanted.size, *((side, side) for side in _SIDES if wanted.size is None)]
    pairs = itertools.product(sizes, channels)
    next(pairs)  # that was tried
    for size, count in pairs:
        yield replace(wanted, size=size, channels=count)
