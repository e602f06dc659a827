"""Natural examples: the pieces of real pictures that drive each unit most, and least."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from generator.errors import LayerError, PictureError
from generator.model.layers import Layer
from generator.photos.images import Picture
from generator.visualizations.base import (
    Drawing,
    Fact,
    Figure,
    PoolOptions,
    Request,
    Result,
    Task,
    Visualization,
)
from generator.visualizations.exemplars.best import KEPT
from generator.visualizations.exemplars.chunks import chunks
from generator.visualizations.exemplars.reading import Reading, map_size, reading, sight

if TYPE_CHECKING:
    from generator.model.network import Network

_UNITS = 64  # put together at a time, so that a picture that several need is opened once

Count = Annotated[int, Field(ge=0, le=KEPT, strict=True)]


class ExemplarsOptions(PoolOptions):
    """``kind: exemplars``: natural examples of the chosen filters."""

    kind: Literal["exemplars"]
    top: Annotated[int, Field(ge=1, le=KEPT, strict=True)] = Field(
        9, description=f"How many of the pieces that drive a filter most, 1 to {KEPT}."
    )
    bottom: Count = Field(3, description=f"How many of those that drive it least, 0 to {KEPT}.")


class Exemplars(Visualization[ExemplarsOptions]):
    """For each unit, where in many pictures it answers most and least, and what is seen there.

    Two kinds of tasks. One of a layer and some ``pictures`` *ranks* them: see `ranking.rank`. One
    of a unit ``needs`` all of its layer's rankings: tensor ``crops``, uint8 ``(h, w * n, 3)``, the
    pieces side by side, those that drive it most first; facts ``top`` and ``bottom``, of each piece
    its ``picture``, ``value`` and ``box`` (left, top, right, bottom, as shares of the picture; it
    may reach beyond); ``whole``, whether each is a whole picture; ``pictures``, how many were seen;
    and ``histogram``: see `histogram.histogram`.
    """

    name = "exemplars"
    version = 1
    title = "Natural examples"
    Options = ExemplarsOptions

    def tasks(self, options: ExemplarsOptions, request: Request) -> Iterable[Task]:
        if not request.pool:
            raise PictureError(
                "Natural examples need pictures.",
                hint="List some under 'exemplars' or 'images' in the config.",
            )
        names = chunks(request.pool)
        for layer in request.layers:
            _check(layer)
            rankings = self._rankings(layer, request, names)
            yield from rankings
            yield from self._units(options, layer, request, rankings)

    def figures(self, options: ExemplarsOptions, request: Request) -> Iterable[Figure]:
        for layer in request.layers:
            for task in self._units(options, layer, request):
                drawing = Drawing("rgb", photo=True)
                yield Figure(task, "exemplars", "crops", drawing, channel=task.channel)

    def batches(self, tasks: Sequence[Task]) -> Iterable[Sequence[Task]]:
        """All layers of some pictures together: one forward pass; and some units of a layer."""
        chunked: dict[tuple[str, ...], list[Task]] = {}
        units: dict[tuple[str, str], list[Task]] = {}
        for task in tasks:
            if task.channel is None:
                chunked.setdefault(task.pictures, []).append(task)
            else:  # of different entries, the same unit may be shown with more pieces or fewer
                units.setdefault((task.layer, repr(task.parameters)), []).append(task)
        yield from chunked.values()
        for group in units.values():
            for first in range(0, len(group), _UNITS):
                yield group[first : first + _UNITS]

    def effort(self, network: Network, tasks: Sequence[Task]) -> float:
        return super().effort(network, tasks) * max(1, len(tasks[0].pictures))

    def compute(
        self, network: Network, tasks: Sequence[Task], pictures: Mapping[str, Picture]
    ) -> Iterator[tuple[Task, Result]]:
        from generator.visualizations.exemplars.ranking import rank  # brings torch

        readings = {task.layer: _reading(network.layer(task.layer), task) for task in tasks}
        results = rank(network, readings, [pictures[name] for name in tasks[0].pictures])
        for task in tasks:
            yield task, results[task.layer]

    def combine(
        self,
        tasks: Sequence[Task],
        read: Callable[[Task], Result],
        pictures: Mapping[str, Picture],
    ) -> Iterator[tuple[Task, Result]]:
        from generator.visualizations.exemplars.gathering import gather

        return gather(tasks, read, pictures)

    def together(
        self,
        options: ExemplarsOptions,
        request: Request,
        facts: Mapping[Task, Mapping[str, Fact]],
    ) -> Mapping[Task, Mapping[str, Fact]]:
        """The titles of the pictures that each unit's pieces are from, by the pictures' names; and
        an output's class by name."""
        titles = {picture.name: picture.title for picture in request.pool}
        found: dict[Task, dict[str, Fact]] = {}
        for task, own in facts.items():
            if task.channel is None:
                continue
            known: dict[str, Fact] = {name: titles[name] for name in _shown(own) if name in titles}
            found[task] = {"titles": known}
            if name := request.class_name(task.layer, task.channel):
                found[task]["class_name"] = name
        return found

    def _rankings(
        self, layer: Layer, request: Request, names: Iterable[tuple[str, ...]]
    ) -> tuple[Task, ...]:
        parameters = reading(layer, request.size, len(request.pool)).parameters()
        return tuple(
            Task(self.name, layer.name, "prefix", parameters=parameters, pictures=chunk)
            for chunk in names
        )

    def _units(
        self,
        options: ExemplarsOptions,
        layer: Layer,
        request: Request,
        rankings: tuple[Task, ...] = (),
    ) -> Iterator[Task]:
        parameters: dict[str, Fact] = {
            "top": options.top,
            "bottom": options.bottom,
            "pool": _digest(request.pool),
            "sight": sight(layer, request.size).parameters(),
        }
        for channel in request.channels[layer.name]:
            yield Task(self.name, layer.name, "prefix", channel, None, parameters, (), rankings)


def _digest(pool: Iterable[Picture]) -> str:
    """SHA-256 of what pictures there are, whatever they are called."""
    return hashlib.sha256("".join(sorted({each.digest for each in pool})).encode()).hexdigest()


def _check(layer: Layer) -> None:
    if len(layer.shape) not in (1, 3):
        raise LayerError(
            f"Layer '{layer.name}' ({layer.type}) gives {layer.shape}: neither maps nor one value "
            "a filter.",
            hint="Choose layers whose output has a height and a width, or one number a filter.",
        )


def _reading(layer: Layer, task: Task) -> Reading:
    share, apart = task.parameters["share"], task.parameters["apart"]
    assert isinstance(share, int) and isinstance(apart, list)
    down, across = (int(str(each)) for each in apart)
    return Reading(layer.name, layer.channels, map_size(layer), share, (down, across))


def _shown(facts: Mapping[str, Fact]) -> list[str]:
    """The names of the pictures that a unit's pieces are from."""
    pieces = [piece for side in ("top", "bottom") for piece in _list(facts.get(side))]
    return sorted({str(piece["picture"]) for piece in pieces if isinstance(piece, dict)})


def _list(fact: Fact) -> list[Fact]:
    return fact if isinstance(fact, list) else []
