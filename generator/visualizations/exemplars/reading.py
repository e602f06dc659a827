"""How a layer's maps are read: where a place of a map looks in the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from generator.model.layers import Layer
from generator.visualizations.base import Fact
from generator.visualizations.exemplars.best import KEPT

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the network's input; it may reach beyond the picture."""


@dataclass(frozen=True)
class Reading:
    """A layer's maps beside the network's input; pairs are ``(vertical, horizontal)``.

    ``share`` is how many places one picture may give a unit, at least ``apart`` rows or columns
    of the map from each other.
    """

    layer: str
    channels: int
    map: tuple[int, int]
    share: int
    apart: tuple[int, int]

    def parameters(self) -> dict[str, Fact]:
        """What of it a task's result depends on, besides the network."""
        return {"share": self.share, "apart": list(self.apart)}


@dataclass(frozen=True)
class Sight:
    """What a place of a layer's map sees of an input of ``size``; the whole where unknown."""

    size: tuple[int, int]
    width: int  # of the map
    field: tuple[int, int] | None
    step: tuple[int, int] = (1, 1)
    start: tuple[int, int] = (0, 0)

    def box(self, spot: int) -> Box:
        """What the place sees that is ``spot`` values after the map's first."""
        if self.field is None:
            return (0, 0, self.size[1], self.size[0])
        row, column = divmod(spot, self.width)
        top = self.start[0] + row * self.step[0]
        left = self.start[1] + column * self.step[1]
        return (left, top, left + self.field[1], top + self.field[0])

    def parameters(self) -> dict[str, Fact]:
        """As JSON values, from which :meth:`of` makes it again."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(self).items()
        }

    @classmethod
    def of(cls, parameters: Any) -> Sight:
        """What :meth:`parameters` gave, again."""
        lists = {name: value for name, value in parameters.items() if isinstance(value, list)}
        return cls(**{**parameters, **{name: tuple(value) for name, value in lists.items()}})


def sight(layer: Layer, size: tuple[int, int]) -> Sight:
    """What a layer's places see of an input ``(H, W)``.

    The whole, too, where a place sees more than there is in both directions.
    """
    field = layer.receptive_field if len(layer.shape) == 3 else None
    if field is None or (field[0] >= size[0] and field[1] >= size[1]):
        return Sight(size, map_size(layer)[1], None)
    return Sight(size, map_size(layer)[1], field, layer.field_step, layer.field_start)


def reading(layer: Layer, size: tuple[int, int], pictures: int) -> Reading:
    """How a layer is read when there are so many pictures.

    With fewer pictures than places are kept, each may give several, which do not overlap; where
    what a place sees is large, they overlap, but are a quarter of the picture apart.
    """
    seen = sight(layer, size)
    share = 1 if seen.field is None else math.ceil(KEPT / max(1, pictures))
    if share == 1 or seen.field is None:
        return Reading(layer.name, layer.channels, map_size(layer), 1, (0, 0))
    apart = [math.ceil(min(seen.field[axis], size[axis] / 4) / seen.step[axis]) for axis in (0, 1)]
    return Reading(layer.name, layer.channels, map_size(layer), share, (apart[0], apart[1]))


def map_size(layer: Layer) -> tuple[int, int]:
    """Height and width of a layer's maps; of a layer that gives none, one place."""
    return (layer.shape[1], layer.shape[2]) if len(layer.shape) == 3 else (1, 1)
