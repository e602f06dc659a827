"""The engine: many units' pictures at once, each the same as if made alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from generator.model.gradients import flowing
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
class Begun:
    """Pictures after half of the first stage's steps; without ``rest`` there is no such stage.

    Attributes:
        seeds: of each picture's start.
        heights: what each stands at by now, seen as it is; nothing where there is no such stage.
        film: how they emerge.
        rest: the steps to come, from ``point`` on, by ``ascent``.
    """

    seeds: tuple[int, ...]
    heights: tuple[float, ...]
    film: Film
    rest: Stage | None = None
    ascent: Ascent | None = None
    point: Tensor | None = None

    def of(self, places: Sequence[int]) -> Begun:
        """Some of the pictures."""
        return Begun(
            tuple(self.seeds[place] for place in places),
            tuple(self.heights[place] for place in places) if self.heights else (),
            self.film.of(places),
            self.rest,
            None if self.ascent is None else self.ascent.of(places),
            None if self.point is None else self.point[list(places)],
        )


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
    return go_on(trunk, goal, begin(trunk, goal, settings, attempt))


def begin(trunk: Trunk, goal: Objective, settings: Settings, attempt: int) -> Begun:
    """The first half of a sketch; only the starts' seeds where there is none."""
    seeds = tuple(unit_seed(settings, start, attempt) for start in goal.starts)
    film = Film(settings)
    if not _can_sketch(trunk, settings):
        return Begun(seeds, (), film)
    stage = stages(settings, trunk.stride, sketched=True)[0]
    trunk.check_sketch(stage.size)
    way = parametrisation(settings, stage.size, trunk.device)
    point = way.start(seeds)
    film.show(way, point)
    ascent = Ascent(settings, way, point)
    first, rest = stage.halves()
    point = _run(trunk, goal, first, ascent, point, film)
    return Begun(seeds, _stand_at(trunk, goal, way, point), film, rest, ascent, point)


def go_on(trunk: Trunk, goal: Objective, begun: Begun) -> Sketch:
    """The second half of a sketch.

    Args:
        trunk: as in the first half.
        goal: of as many pictures as there are now.
        begun: the first half.
    """
    if begun.rest is None or begun.ascent is None or begun.point is None:
        return Sketch(begun.seeds, None, (), begun.film)
    way = begun.ascent.way
    point = _run(trunk, goal, begun.rest, begun.ascent, begun.point, begun.film)
    with torch.no_grad():
        values = way.values(point)
    return Sketch(begun.seeds, values, _stand_at(trunk, goal, way, point), begun.film)


def _stand_at(
    trunk: Trunk, goal: Objective, way: Parametrisation, point: Tensor
) -> tuple[float, ...]:
    """How high pictures without edges stand, seen as they are."""
    with torch.no_grad(), trunk.endless():
        return tuple(goal.heights(way.pictures(point), 0.0).tolist())


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
    _run(trunk, goal, stage, Ascent(settings, way, point), point, drawn.film, last=True)
    return drawn.film.developed()


def _run(
    trunk: Trunk,
    goal: Objective,
    stage: Stage,
    ascent: Ascent,
    point: Tensor,
    film: Film | None,
    *,
    last: bool = False,
) -> Tensor:
    """The steps of a stage; the point that it ends with. After the last stage it is kept."""
    way, total = ascent.way, len(stage.views)
    moves = zip(stage.views, stage.rates, stage.leaks, strict=True)
    with trunk.endless(stage.endless):
        for step, (view, rate, leak) in enumerate(moves, start=1):
            variable = point.requires_grad_(True)
            seen = look(way.pictures(variable), view, endless=stage.endless)
            with flowing(f"layer '{trunk.layer}'"):
                (gradient,) = torch.autograd.grad(goal.heights(seen, leak).sum(), variable)
            with torch.no_grad():
                point = ascent.climb(point.detach(), gradient, rate)
                if film is not None:
                    film.step(way, point, last=last and step == total)
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
    point = _run(trunk, goal, stage, Ascent(rough, way, point), point, None)
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
        if self._settings.keeps(self._count) or last:
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
