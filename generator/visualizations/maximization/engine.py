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
from generator.visualizations.maximization.objective import Objective, Separate, objective
from generator.visualizations.maximization.parametrisation import (
    Parametrisation,
    as_bytes,
    parametrisation_for,
    unit_seed,
)
from generator.visualizations.maximization.presets import Settings
from generator.visualizations.maximization.stages import Stage, stages
from generator.visualizations.maximization.transforms import look, spread

_SECOND_SKETCH = -1  # the attempt number from which it takes its noise; others count from 0
_FEWER_STEPS = 4  # times: the second sketch is only compared with, never shown


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
class HalfSketch:
    """Sketches after half of their steps, so that those of no promise need not be finished.

    Without a sketch, ``rest``, ``ascent`` and ``point`` are ``None``.

    Attributes:
        seeds: of each picture's start.
        objectives: the objective of each sketch so far, without any transform; empty without one.
        film: how they emerge.
        rest: the steps to come.
        ascent: the optimiser's state.
        point: where the optimisation is, ``(N, ...)``.
    """

    seeds: tuple[int, ...]
    objectives: tuple[float, ...]
    film: Film
    rest: Stage | None = None
    ascent: Ascent | None = None
    point: Tensor | None = None

    def select(self, places: Sequence[int]) -> HalfSketch:
        """Some of the pictures."""
        return HalfSketch(
            tuple(self.seeds[place] for place in places),
            tuple(self.objectives[place] for place in places) if self.objectives else (),
            self.film.select(places),
            self.rest,
            None if self.ascent is None else self.ascent.select(places),
            None if self.point is None else self.point[list(places)],
        )


@dataclass(frozen=True)
class Sketch:
    """The small pictures that are made first, or, where there are none, the seeds alone.

    Attributes:
        seeds: of each picture's start.
        values: ``(N, C, s, s)``, before they are squashed into 0..1; ``None`` without a sketch.
        objectives: the objective of each, without any transform; empty without a sketch.
        film: how they emerged.
    """

    seeds: tuple[int, ...]
    values: Tensor | None
    objectives: tuple[float, ...]
    film: Film

    def select(self, places: Sequence[int]) -> Sketch:
        """Some of the pictures."""
        return Sketch(
            tuple(self.seeds[place] for place in places),
            None if self.values is None else self.values[list(places)],
            tuple(self.objectives[place] for place in places) if self.objectives else (),
            self.film.select(places),
        )


def climb(trunk: Trunk, channels: Sequence[int], settings: Settings, attempt: int = 0) -> Climb:
    """Gradient ascent on one channel a picture (Erhan et al. 2009), a batch at a time.

    Pictures of a batch do not influence each other, except for the facets of one unit.

    Args:
        trunk: the network, cut at the layer.
        channels: one for each picture of the batch, or for each unit's facets; fewer at a time
            take less memory.
        settings: how.
        attempt: 0, or more to start from other noise.

    Returns:
        The pictures, uint8, and how they emerged.
    """
    return ascend(trunk, objective(trunk, channels, settings), settings, attempt)


def ascend(trunk: Trunk, goal: Objective, settings: Settings, attempt: int = 0) -> Climb:
    """Gradient ascent on any objective: a sketch, where there is to be one, and the rest.

    Each picture starts from a seed of its own, made from the settings' seed, the objective's name
    for it and the attempt; all see the same schedule of views.
    """
    return finish_picture(trunk, goal, settings, sketch(trunk, goal, settings, attempt))


def sketch(trunk: Trunk, goal: Objective, settings: Settings, attempt: int) -> Sketch:
    """The whole sketch; only the starts' seeds where there is to be none."""
    return finish_sketch(trunk, goal, begin_sketch(trunk, goal, settings, attempt))


def begin_sketch(trunk: Trunk, goal: Objective, settings: Settings, attempt: int) -> HalfSketch:
    """The first half of a sketch; only the starts' seeds where there is to be none."""
    seeds = tuple(unit_seed(settings, start, attempt) for start in goal.starts)
    film = Film(settings)
    if not _can_sketch(trunk, settings):
        return HalfSketch(seeds, (), film)
    stage = stages(settings, trunk.stride, sketched=True)[0]
    trunk.check_sketch(stage.size)
    parametrisation = parametrisation_for(settings, stage.size, trunk.device)
    point = parametrisation.start(seeds)
    film.begin_stage(parametrisation, point)
    ascent = Ascent(settings, parametrisation, point)
    first, rest = stage.halves()
    point = _run(trunk, goal, first, ascent, point, film)
    return HalfSketch(
        seeds, _objectives(trunk, goal, parametrisation, point), film, rest, ascent, point
    )


def finish_sketch(trunk: Trunk, goal: Objective, begun: HalfSketch) -> Sketch:
    """The second half of a sketch.

    Args:
        trunk: as in the first half.
        goal: the objective, for as many pictures as ``begun`` has.
        begun: the first half.
    """
    if begun.rest is None or begun.ascent is None or begun.point is None:
        return Sketch(begun.seeds, None, (), begun.film)
    parametrisation = begun.ascent.parametrisation
    point = _run(trunk, goal, begun.rest, begun.ascent, begun.point, begun.film)
    with torch.no_grad():
        values = parametrisation.values(point)
    return Sketch(begun.seeds, values, _objectives(trunk, goal, parametrisation, point), begun.film)


def _objectives(
    trunk: Trunk, goal: Objective, parametrisation: Parametrisation, point: Tensor
) -> tuple[float, ...]:
    """The objective of each sketch, without any transform."""
    with torch.no_grad(), trunk.endless():
        return tuple(goal.evaluate(parametrisation.pictures(point), 0.0).tolist())


def finish_picture(trunk: Trunk, goal: Objective, settings: Settings, drawn: Sketch) -> Climb:
    """The last stage: the whole picture, on the network as it is.

    Args:
        trunk, goal, settings: as for the sketch; ``goal`` has one objective for each of ``drawn``.
        drawn: the sketches to begin with.
    """
    stage = stages(settings, trunk.stride, sketched=drawn.values is not None)[-1]
    parametrisation = parametrisation_for(settings, stage.size, trunk.device)
    point = parametrisation.start(drawn.seeds)
    if drawn.values is not None:
        point = parametrisation.point(spread(drawn.values, stage.size, settings.seed)) + point
    drawn.film.begin_stage(parametrisation, point)
    _run(trunk, goal, stage, Ascent(settings, parametrisation, point), point, drawn.film, last=True)
    return drawn.film.as_climb()


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
    """All steps of a stage. Returns the point after them; of the ``last`` stage, film keeps it."""
    parametrisation, total = ascent.parametrisation, len(stage.views)
    moves = zip(stage.views, stage.rates, stage.leaks, strict=True)
    with trunk.endless(stage.endless):
        for step, (view, rate, leak) in enumerate(moves, start=1):
            variable = point.requires_grad_(True)
            seen = look(parametrisation.pictures(variable), view, endless=stage.endless)
            with flowing(f"layer '{trunk.layer}'"):
                (gradient,) = torch.autograd.grad(goal.evaluate(seen, leak).sum(), variable)
            with torch.no_grad():
                point = ascent.climb(point.detach(), gradient, rate)
                if film is not None:
                    film.step(parametrisation, point, last=last and step == total)
    return point


def sketch_responses(trunk: Trunk, channels: Sequence[int], settings: Settings) -> list[Array]:
    """What the whole layer answers to a second sketch of each channel.

    It has a quarter of the steps and starts from noise that no attempt uses: enough to see whether
    another start leads to the same picture.

    Returns:
        For each of ``channels``, the mean of every channel of the layer, ``(C,)``; empty where the
        network cannot run on a sketch.
    """
    if not _can_sketch(trunk, settings):
        return []
    steps = max(1, settings.sketch_steps // _FEWER_STEPS)
    rough = settings.model_copy(update={"sketch_steps": steps})
    stage = stages(rough, trunk.stride, sketched=True)[0]
    parametrisation = parametrisation_for(rough, stage.size, trunk.device)
    goal = Separate(trunk, channels, rough)
    point = parametrisation.start(
        [unit_seed(rough, start, _SECOND_SKETCH) for start in goal.starts]
    )
    point = _run(trunk, goal, stage, Ascent(rough, parametrisation, point), point, None)
    with torch.inference_mode(), trunk.endless():
        pictures = parametrisation.pictures(point)
        return [trunk.means(picture[None]) for picture in pictures]


class Film:
    """Keeps the emerging pictures, as they would be saved."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._noise: Array | None = None
        self._frames: list[Array] = []
        self._iterations: list[int] = []
        self._count = 0

    def select(self, places: Sequence[int]) -> Film:
        """The frames of some of the pictures."""
        film = Film(self._settings)
        if self._noise is not None:
            film._noise = self._noise[list(places)]
        film._frames = [frame[list(places)] for frame in self._frames]
        film._iterations, film._count = list(self._iterations), self._count
        return film

    def begin_stage(self, parametrisation: Parametrisation, point: Tensor) -> None:
        """Called before a stage; the first point ever seen is the noise."""
        if self._noise is None:
            self._noise = self._frame(parametrisation, point)

    def step(self, parametrisation: Parametrisation, point: Tensor, *, last: bool) -> None:
        """Called after each step; keeps a frame where the settings ask for one, and the last."""
        self._count += 1
        if self._settings.keeps(self._count) or last:
            self._frames.append(self._frame(parametrisation, point))
            self._iterations.append(self._count)

    def as_climb(self) -> Climb:
        """All that was kept, once the last stage is over."""
        assert self._noise is not None
        return Climb(self._noise, self._frames[-1], np.stack(self._frames), tuple(self._iterations))

    def _frame(self, parametrisation: Parametrisation, point: Tensor) -> Array:
        pictures = parametrisation.pictures(point)
        if pictures.shape[-1] != self._settings.size:
            pictures = spread(pictures, self._settings.size, self._settings.seed)
        return as_bytes(pictures)


def _can_sketch(trunk: Trunk, settings: Settings) -> bool:
    """Whether there is to be a sketch, and the network runs on pictures of another size."""
    return bool(settings.sketch and settings.sketch_steps) and trunk.takes_any_size
