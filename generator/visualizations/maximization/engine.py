"""The engine: many units' pictures at once, each the same as if made alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from generator.model.trunk import Trunk
from generator.visualizations.base import Array
from generator.visualizations.maximization.ascent import Ascent
from generator.visualizations.maximization.objective import Alone, Objective, objective
from generator.visualizations.maximization.parametrisation import (
    Parametrisation,
    as_bytes,
    parametrisation,
    unit_seed,
)
from generator.visualizations.maximization.presets import Settings
from generator.visualizations.maximization.stages import Stage, stages
from generator.visualizations.maximization.transforms import look, spread

_LEAK = 0.1  # of what a ReLU at the layer lets through below zero, at first
_WITNESS = -1  # the attempt whose start only the second sketch has
_ROUGH = 4  # times fewer steps on it


@dataclass(frozen=True)
class Climb:
    """How a batch of pictures emerged: uint8, ``noise`` and ``pictures`` ``(N, H, W, C)``.

    ``C`` is what the network reads. ``steps`` is ``(n, N, H, W, C)``, taken after the
    ``iterations``, which count from 1; the last are the finished pictures.
    """

    noise: Array
    pictures: Array
    steps: Array
    iterations: tuple[int, ...]


@dataclass(frozen=True)
class Sketch:
    """Pictures after the first of two stages; with ``values`` none where there is no such stage.

    Attributes:
        seeds: of each picture's start.
        values: ``(N, C, s, s)``, to be spread.
        heights: what each stands at, seen as it is; nothing where there are no values.
        film: how they emerged.
    """

    seeds: tuple[int, ...]
    values: Tensor | None
    heights: tuple[float, ...]
    film: Film

    def of(self, places: Sequence[int]) -> Sketch:
        """Some of the pictures."""
        return Sketch(
            tuple(self.seeds[place] for place in places),
            None if self.values is None else self.values[list(places)],
            tuple(self.heights[place] for place in places) if self.heights else (),
            self.film.of(places),
        )


def climb(trunk: Trunk, channels: Sequence[int], settings: Settings, attempt: int = 0) -> Climb:
    """Gradient ascent on one channel a picture (Erhan et al. 2009), a batch at a time.

    No picture's numbers meet another's, but for the facets of one unit.

    Args:
        trunk: the network, cut at the layer.
        channels: one for each picture of the batch, or for each unit's facets; fewer at a time
            take less memory.
        settings: how.
        attempt: 0, or more to start from other noise.
    """
    return ascend(trunk, objective(trunk, channels, settings), settings, attempt)


def ascend(trunk: Trunk, goal: Objective, settings: Settings, attempt: int = 0) -> Climb:
    """Gradient ascent on any objective: a sketch, where there is to be one, and the rest.

    Each picture starts from a seed of its own, made from the settings' seed, the objective's name
    for it and the attempt; all see the same schedule of views.
    """
    return finish(trunk, goal, settings, sketch(trunk, goal, settings, attempt))


def sketch(trunk: Trunk, goal: Objective, settings: Settings, attempt: int) -> Sketch:
    """The first of two stages; only the starts' seeds where there is one stage."""
    seeds = tuple(unit_seed(settings, start, attempt) for start in goal.starts)
    film = Film(settings)
    if not _can_sketch(trunk, settings):
        return Sketch(seeds, None, (), film)
    stage = stages(settings, trunk.stride, sketched=True)[0]
    trunk.check_sketch(stage.size)
    way = parametrisation(settings, stage.size, trunk.device)
    point = way.start(seeds)
    film.show(way, point)
    point = _run(trunk, goal, settings, stage, way, point, film)
    with torch.no_grad(), trunk.endless():
        heights = tuple(goal.heights(way.pictures(point), 0.0).tolist())
        return Sketch(seeds, way.values(point), heights, film)


def finish(trunk: Trunk, goal: Objective, settings: Settings, drawn: Sketch) -> Climb:
    """The last stage: the whole picture, on the network as it is.

    Args:
        trunk, goal, settings: as for the sketch; the goal of as many pictures as there are.
        drawn: what it begins with.
    """
    stage = stages(settings, trunk.stride, sketched=drawn.values is not None)[-1]
    way = parametrisation(settings, stage.size, trunk.device)
    point = way.start(drawn.seeds)
    if drawn.values is not None:
        point = way.point(spread(drawn.values, stage.size, settings.seed)) + point
    drawn.film.show(way, point)
    _run(trunk, goal, settings, stage, way, point, drawn.film)
    return drawn.film.developed()


def _run(
    trunk: Trunk,
    goal: Objective,
    settings: Settings,
    stage: Stage,
    way: Parametrisation,
    point: Tensor,
    film: Film | None,
) -> Tensor:
    """One stage; the point that it ends with."""
    ascent = Ascent(settings, way, point)
    total = len(stage.views)
    with trunk.endless(stage.endless):
        for step, (view, rate) in enumerate(zip(stage.views, stage.rates, strict=True)):
            leak = _leak(settings.redirect * total, step)
            variable = point.requires_grad_(True)
            seen = look(way.pictures(variable), view, endless=stage.endless)
            (gradient,) = torch.autograd.grad(goal.heights(seen, leak).sum(), variable)
            with torch.no_grad():
                point = ascent.climb(point.detach(), gradient, rate)
                if film is not None:
                    film.step(way, point, last=not stage.endless and step == total - 1)
    return point


def sketch_responses(trunk: Trunk, channels: Sequence[int], settings: Settings) -> list[Array]:
    """What the whole layer answers to another start's sketch: each channel's mean, ``(C,)`` each.

    A rough sketch, of a quarter of the steps, from a start that no attempt has: enough to see
    whether another start leads to the same.
    Empty where the network cannot run on one.
    """
    if not _can_sketch(trunk, settings):
        return []
    rough = settings.model_copy(update={"sketch_steps": max(1, settings.sketch_steps // _ROUGH)})
    stage = stages(rough, trunk.stride, sketched=True)[0]
    way = parametrisation(rough, stage.size, trunk.device)
    goal = Alone(trunk, channels, rough)
    point = way.start([unit_seed(rough, start, _WITNESS) for start in goal.starts])
    point = _run(trunk, goal, rough, stage, way, point, None)
    with torch.inference_mode(), trunk.endless():
        pictures = way.pictures(point)
        return [trunk.means(picture[None]) for picture in pictures]


class Film:
    """Keeps the emerging pictures, as they would be saved."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._noise: Array | None = None
        self._frames: list[Array] = []
        self._iterations: list[int] = []
        self._count = 0

    def of(self, places: Sequence[int]) -> Film:
        """Of some of the pictures."""
        film = Film(self._settings)
        if self._noise is not None:
            film._noise = self._noise[list(places)]
        film._frames = [frame[list(places)] for frame in self._frames]
        film._iterations, film._count = list(self._iterations), self._count
        return film

    def show(self, way: Parametrisation, point: Tensor) -> None:
        """The start of a stage; the first one's is the noise."""
        if self._noise is None:
            self._noise = self._frame(way, point)

    def step(self, way: Parametrisation, point: Tensor, *, last: bool) -> None:
        self._count += 1
        if self._count % self._settings.keep_every == 0 or last:
            self._frames.append(self._frame(way, point))
            self._iterations.append(self._count)

    def developed(self) -> Climb:
        assert self._noise is not None
        return Climb(self._noise, self._frames[-1], np.stack(self._frames), tuple(self._iterations))

    def _frame(self, way: Parametrisation, point: Tensor) -> Array:
        pictures = way.pictures(point)
        if pictures.shape[-1] != self._settings.size:
            pictures = spread(pictures, self._settings.size, self._settings.seed)
        return as_bytes(pictures)


def _can_sketch(trunk: Trunk, settings: Settings) -> bool:
    """Whether there is to be a sketch, and the network runs on pictures of another size."""
    return bool(settings.sketch and settings.sketch_steps) and trunk.takes_any_size


def _leak(steps: float, step: int) -> float:
    """What a ReLU at the layer lets through at a step: it falls to nothing within the steps."""
    return _LEAK * max(0.0, 1 - step / steps) if steps else 0.0
