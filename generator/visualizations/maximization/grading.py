"""Pictures, graded, and made again where they failed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from generator.model.network import Network
from generator.model.trunk import Trunk
from generator.visualizations.base import Array, Fact, Result
from generator.visualizations.maximization.engine import (
    Climb,
    Sketch,
    ascend,
    begin_sketch,
    finish_picture,
    finish_sketch,
    sketch,
    sketch_responses,
)
from generator.visualizations.maximization.objective import Shared, objective
from generator.visualizations.maximization.presets import Settings
from generator.visualizations.maximization.scores import DEAD, Scores, score


@dataclass(frozen=True)
class Graded:
    """A unit's picture with its scores, and how it emerged (see `engine.Climb`).

    Arrays are as people are shown them, RGB; ``read`` is the picture as the network reads it,
    ``(H, W, C)``.
    """

    picture: Array
    read: Array
    noise: Array
    steps: Array
    iterations: tuple[int, ...]
    scores: Scores
    attempts: int  # how many starts were tried

    def facts(self) -> dict[str, Fact]:
        """What the cache keeps besides arrays."""
        own: dict[str, Fact] = {"attempts": self.attempts, "iterations": list(self.iterations)}
        return {**self.scores.facts(), **own}


@dataclass(frozen=True)
class Unit:
    """The pictures of one unit: one, or several facets.

    ``sketched`` is the objective of its picture's sketch, ``None`` where there was none.
    """

    facets: tuple[Graded, ...]
    sketched: float | None

    @property
    def finite(self) -> bool:
        """Whether the unit's activations are finite numbers."""
        return all(math.isfinite(each.scores.activation) for each in self.facets)

    def result(self) -> Result:
        """What the cache keeps: the first picture, all that the network reads of it where that is
        more than is shown, and ``facets`` where there are several."""
        first = self.facets[0]
        tensors = {"picture": first.picture, "noise": first.noise, "steps": first.steps}
        if first.read.shape[-1] not in (1, 3):
            tensors["read"] = first.read
        if len(self.facets) == 1:
            return Result(tensors, first.facts())
        tensors["facets"] = np.stack([facet.picture for facet in self.facets])
        scores: list[Fact] = [facet.scores.facts() for facet in self.facets]
        return Result(tensors, {**first.facts(), "facets": scores})


def maximise(
    network: Network, layer: str, channels: Sequence[int], settings: Settings
) -> list[Unit]:
    """Graded pictures for each channel, all in one batch.

    What fails a threshold is tried again from other noise, as often as the settings say; a unit's
    facets are tried again together.

    A retry has half the learning rate, which saturates less, and lets gradient through silent ReLUs
    to the end. For a filter that was not lifted above zero, it stops after half of its sketch
    unless that is above zero, and after the sketch unless that beats the one before. The try with
    the highest robust activation is kept, with its flags if it still has any: a unit that stays at
    zero on every try is marked dead, and the number of tries is the evidence.

    Args:
        network: the network.
        layer: the layer's name.
        channels: N of its channels.
        settings: how.

    Returns:
        N units, in the order of ``channels``.

    Raises:
        LayerError: no such layer, or one that does not run.
    """
    trunk = _trunk(network, layer, settings)
    second = sketch_responses(trunk, channels, settings) if settings.second_seed else []
    drawn = sketch(trunk, objective(trunk, channels, settings), settings, 0)
    found = _finished(trunk, channels, settings, second, drawn, 0)
    gentle = settings.model_copy(
        update={"learning_rate": settings.learning_rate / 2, "redirect": 1.0}
    )
    for attempt in range(1, settings.retries + 1):
        failed = [place for place, unit in enumerate(found) if not _unflagged(unit)]
        if not failed:
            break
        for place, unit in _retried(trunk, channels, gentle, second, found, failed, attempt):
            best = max(found[place], unit, key=_quality)
            facets = tuple(replace(facet, attempts=attempt + 1) for facet in best.facets)
            found[place] = replace(best, facets=facets)
    return found


def _retried(
    trunk: Trunk,
    channels: Sequence[int],
    settings: Settings,
    second: Sequence[Array],
    found: Sequence[Unit],
    failed: Sequence[int],
    attempt: int,
) -> list[tuple[int, Unit]]:
    """A retry of some units, with their places; those of no promise stay as they were found."""
    before = [found[place] for place in failed]
    trying = [channels[place] for place in failed]
    hopeful, drawn = _sketched_retry(trunk, trying, settings, before, attempt)
    units: Iterator[Unit] = iter(())
    if hopeful:
        beside = [second[failed[number]] for number in hopeful] if second else []
        own = [trying[number] for number in hopeful]
        units = iter(_finished(trunk, own, settings, beside, drawn, attempt))
    return [
        (place, next(units) if number in hopeful else before[number])
        for number, place in enumerate(failed)
    ]


def _sketched_retry(
    trunk: Trunk,
    channels: Sequence[int],
    settings: Settings,
    before: Sequence[Unit],
    attempt: int,
) -> tuple[list[int], Sketch]:
    """New sketches of the units that they may improve, and the numbers of these."""
    begun = begin_sketch(trunk, objective(trunk, channels, settings), settings, attempt)
    rising = _hopeful(before, begun.objectives, finished=False)
    if not rising:
        return [], Sketch((), None, (), begun.film)
    if len(rising) < len(channels):
        begun = begun.select(rising)
    goal = objective(trunk, [channels[number] for number in rising], settings)
    drawn = finish_sketch(trunk, goal, begun)
    hopeful = _hopeful([before[number] for number in rising], drawn.objectives, finished=True)
    if len(hopeful) < len(rising):
        drawn = drawn.select(hopeful)
    return [rising[number] for number in hopeful], drawn


def _hopeful(units: Sequence[Unit], objectives: Sequence[float], *, finished: bool) -> list[int]:
    """The numbers of the units whose retry may be better than what was found.

    Where a filter was not lifted above zero, half of the new sketch has to, and all of it has to
    beat the sketch before. Where it has other flags, it may lose them on a lower picture.

    Args:
        units: as they were found.
        objectives: of their new sketches; empty where there are none.
        finished: whether these sketches are finished, or half done.
    """
    return [
        number
        for number, unit in enumerate(units)
        if not objectives
        or unit.sketched is None
        or len(unit.facets) > 1
        or unit.facets[0].scores.activation > DEAD
        or objectives[number] > (unit.sketched if finished else DEAD)
    ]


def maximise_together(
    network: Network, layer: str, channels: Sequence[int], settings: Settings
) -> list[Graded]:
    """One picture that drives all of the channels, graded for each of them. It is not retried.

    Raises:
        LayerError: no such layer, or one that does not run.
    """
    trunk = _trunk(network, layer, settings)
    climbed = ascend(trunk, Shared(trunk, channels, settings), settings)
    pictures = climbed.pictures.repeat(len(channels), axis=0)
    noise = climbed.noise.repeat(len(channels), axis=0)
    scores = score(trunk, channels, pictures, noise)
    return [_graded(trunk, climbed, 0, own, attempt=0) for own in scores]


def _trunk(network: Network, layer: str, settings: Settings) -> Trunk:
    dtype = getattr(torch, settings.precision)
    return Trunk(network, layer, torch.device(settings.device), dtype)


def _unflagged(unit: Unit) -> bool:
    return not any(facet.scores.flags for facet in unit.facets)


def _quality(unit: Unit) -> tuple[bool, float]:
    robust = [facet.scores.robust for facet in unit.facets]
    return (_unflagged(unit), sum(robust) / len(robust))


def _finished(
    trunk: Trunk,
    channels: Sequence[int],
    settings: Settings,
    second: Sequence[Array],
    drawn: Sketch,
    attempt: int,
) -> list[Unit]:
    """Pictures made from the sketches of some units, and graded."""
    count = settings.facets
    climbed = finish_picture(trunk, objective(trunk, channels, settings), settings, drawn)
    scores = score(
        trunk,
        [channel for channel in channels for _ in range(count)],
        climbed.pictures,
        climbed.noise,
        [response for response in second for _ in range(count)],
    )
    graded = [_graded(trunk, climbed, place, own, attempt) for place, own in enumerate(scores)]
    return [
        Unit(tuple(graded[at : at + count]), drawn.objectives[at] if drawn.objectives else None)
        for at in range(0, len(graded), count)
    ]


def _graded(trunk: Trunk, climbed: Climb, place: int, scores: Scores, attempt: int) -> Graded:
    return Graded(
        picture=_shown(trunk, climbed.pictures[place]),
        read=climbed.pictures[place],
        noise=_shown(trunk, climbed.noise[place]),
        steps=_shown(trunk, climbed.steps[:, place]),
        iterations=climbed.iterations,
        scores=scores,
        attempts=attempt + 1,
    )


def _shown(trunk: Trunk, pictures: Array) -> Array:
    """Pictures ``(..., C)`` as people are shown them, ``(..., 3)``."""
    return np.ascontiguousarray(pictures[..., list(trunk.shown)])
