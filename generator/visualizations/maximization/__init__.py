"""Activation maximisation: the picture that a filter answers to most strongly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from generator.errors import LayerError
from generator.model.layers import Layer
from generator.photos.images import Picture
from generator.visualizations.activations import means_task
from generator.visualizations.base import (
    Drawing,
    Fact,
    Figure,
    Request,
    Result,
    Task,
    Visualization,
    reach,
)
from generator.visualizations.maximization.options import MaximizationOptions
from generator.visualizations.maximization.presets import Settings, coarse

if TYPE_CHECKING:
    from generator.model.network import Network

_BETWEEN, _SMALL = 3, 112  # pictures of how one emerged, beside its start and end; pixels of each

# Pictures at a time. With more, a GPU is faster; a processor is not, and takes more memory.
_BATCH = {"cpu": 4, "cuda": 64}


class Maximization(Visualization[MaximizationOptions]):
    """Pictures made by gradient ascent on one unit's activation (Erhan et al. 2009).

    Tensors: ``picture`` uint8 ``(H, W, 3)``; ``noise``, where it started, alike; ``steps`` uint8
    ``(n, H, W, 3)``, the picture at ``facts["iterations"]``, which count from 1; where there are
    several facets, ``facets`` uint8 ``(k, H, W, 3)``, of which ``picture`` is the first. Facts: see
    `scores.Scores`; ``facets``, the same of each; ``photo``, the best activation that any
    of so many configured ``photos`` reaches; and ``class_name`` of an output, where it has a name.
    """

    name = "maximization"
    version = 8
    title = "Activation maximisation"
    Options = MaximizationOptions

    def tasks(self, options: MaximizationOptions, request: Request) -> Iterable[Task]:
        yield from self._units(options, request)
        for layer in request.layers:
            if len(layer.shape) == 3:
                yield from (means_task(layer, picture) for picture in request.pictures)

    def figures(self, options: MaximizationOptions, request: Request) -> Iterable[Figure]:
        kept = {layer.name: _kept(_settings(options, request, layer)) for layer in request.layers}
        facets = options.settings(request.size).facets
        for task in self._units(options, request):
            yield Figure(task, "picture", "picture", Drawing("rgb"), channel=task.channel)
            for facet in range(1, facets):
                drawing = Drawing("rgb")
                yield Figure(task, "facet", "facets", drawing, (facet,), task.channel, facet + 1)
            if options.snapshots or options.stills:
                yield Figure(task, "noise", "noise", Drawing("rgb"), channel=task.channel)
            if options.snapshots:
                yield Figure(task, "steps", "steps", Drawing("frames"), channel=task.channel)
            steps = kept[task.layer]
            for place in _evenly_spaced(len(steps), options.stills):
                drawing, step = Drawing("rgb"), steps[place]
                yield Figure(task, "step", "steps", drawing, (place,), task.channel, step)
            if options.snapshots and not options.stills:
                yield from _emerging(task, steps)

    def batches(self, tasks: Sequence[Task]) -> Iterable[Sequence[Task]]:
        """Units of one layer and one set of settings, a few at a time."""
        groups: dict[str, list[Task]] = {}
        for task in tasks:
            groups.setdefault(f"{task.layer} {sorted(task.parameters.items())}", []).append(task)
        for group in groups.values():
            size = batch_size(Settings.model_validate(group[0].parameters))
            for first in range(0, len(group), size):
                yield group[first : first + size]

    def effort(self, network: Network, tasks: Sequence[Task]) -> float:
        from generator.visualizations.maximization.effort import passes  # brings torch

        settings = Settings.model_validate(tasks[0].parameters)
        layer = network.layer(tasks[0].layer)
        each = passes(settings, layer, network.preprocessing.size)
        return len(tasks) * each * reach(network, layer.name)

    def coarse(self, task: Task, layer: Layer) -> Task | None:
        """The unit's picture, smaller and in fewer steps; none where there are few already."""
        if task.visualization != self.name or task.channel is None:
            return None
        settings = Settings.model_validate(task.parameters)
        cheaper = coarse(settings, smaller=layer.any_size and layer.scalable)
        if cheaper == settings:
            return None
        return replace(task, parameters=cheaper.parameters())

    def compute(
        self, network: Network, tasks: Sequence[Task], pictures: Mapping[str, Picture]
    ) -> Iterator[tuple[Task, Result]]:
        from generator.visualizations.maximization.grading import maximise  # brings torch

        settings = Settings.model_validate(tasks[0].parameters)
        channels = [task.channel for task in tasks if task.channel is not None]
        units = maximise(network, tasks[0].layer, channels, settings)
        broken = []
        for task, unit in zip(tasks, units, strict=True):
            if unit.finite:
                yield task, unit.result()
            else:
                broken.append(task)
        for task in broken:
            raise LayerError(
                f"The answer of filter {task.channel} of layer '{task.layer}' is not a number, "
                "so no picture can raise it."
            )

    def together(
        self,
        options: MaximizationOptions,
        request: Request,
        facts: Mapping[Task, Mapping[str, Fact]],
    ) -> Mapping[Task, Mapping[str, Fact]]:
        """The best activation that a configured photo reaches, and an output's class by name."""
        best: dict[str, list[float]] = {}
        photos: dict[str, int] = {}
        for layer in request.layers:
            rows = [
                facts[means_task(layer, picture)].get("means")
                for picture in request.pictures
                if means_task(layer, picture) in facts
            ]
            means = [row for row in rows if isinstance(row, list)]
            photos[layer.name] = len(means)
            best[layer.name] = [max(map(_number, column)) for column in zip(*means, strict=True)]
        found: dict[Task, dict[str, Fact]] = {}
        for task in self._units(options, request):
            if task.channel is not None and best[task.layer]:
                own = {"photo": best[task.layer][task.channel], "photos": photos[task.layer]}
                found.setdefault(task, {}).update(own)
            if name := request.class_name(task.layer, task.channel):
                found.setdefault(task, {})["class_name"] = name
        return found

    def _units(self, options: MaximizationOptions, request: Request) -> Iterator[Task]:
        for layer in request.layers:
            parameters = _settings(options, request, layer).parameters()
            for channel in request.channels[layer.name]:
                yield Task(self.name, layer.name, "prefix", channel, parameters=parameters)


def _settings(options: MaximizationOptions, request: Request, layer: Layer) -> Settings:
    return options.settings_for(layer, request.size, request.input_channels)


def _kept(settings: Settings) -> list[int]:
    """The steps after which the emerging picture is kept, however many are made.

    A retried picture takes more; and the last is kept in any case.
    """
    sketched = settings.sketch_steps if settings.sketch else 0
    return [step for step in range(1, sketched + settings.steps + 1) if settings.keeps(step)]


def _evenly_spaced(count: int, wanted: int) -> Sequence[int]:
    """Places equally far apart, at most so many as wanted; the last is among them.

    Of 10 and 6 wanted, every second, which are 5.
    """
    apart = math.ceil(count / wanted) if wanted else 0
    return range(count - 1, -1, -apart)[::-1] if apart else ()


def _emerging(task: Task, steps: Sequence[int]) -> Iterator[Figure]:
    """The picture between its start and its end, small; the last kept is like the finished one."""
    places = tuple(_evenly_spaced(len(steps) - 1, _BETWEEN))
    if places:
        drawing = Drawing("rgb", sheet=True, tile=_SMALL, photo=True)
        between = tuple(steps[place] for place in places)
        yield Figure(task, "emerging", "steps", drawing, (places,), task.channel, steps=between)


def batch_size(settings: Settings) -> int:
    """How many units are best computed together, each with all of its facets."""
    return max(1, _BATCH[settings.device] // settings.facets)


def _number(fact: Fact) -> float:
    return float(fact) if isinstance(fact, int | float) else 0.0
