"""The places that drive each unit of a layer most, or least, kept as pictures stream by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from generator.visualizations.base import Array

KEPT = 16  # places of a unit

Side: TypeAlias = Literal["top", "bottom"]
SIDES: tuple[Side, Side] = ("top", "bottom")


@dataclass(frozen=True)
class Places:
    """Places in pictures, some for each unit: arrays ``(C, n)``, the best first.

    ``values`` are what the unit answers there, float32, not finite where there is no place;
    ``lots`` decide between equal values, float32; ``pictures`` count from 0; ``spots`` are rows of
    the map times its width plus columns.
    """

    values: npt.NDArray[np.float32]
    lots: npt.NDArray[np.float32]
    pictures: npt.NDArray[np.int32]
    spots: npt.NDArray[np.int32]

    @classmethod
    def none(cls, channels: int) -> Places:
        """No place for any unit."""
        floats, whole = np.zeros((channels, 0), np.float32), np.zeros((channels, 0), np.int32)
        return cls(floats, floats, whole, whole)

    def of(self, channels: Sequence[int]) -> Places:
        """Those of some units."""
        rows = list(channels)
        return Places(*(array[rows] for array in vars(self).values()))

    def later(self, pictures: int) -> Places:
        """The same, where so many pictures come before."""
        return Places(self.values, self.lots, self.pictures + np.int32(pictures), self.spots)

    def arrays(self, side: Side) -> dict[str, Array]:
        """As tensors of a result."""
        return {f"{side}_{name}": array for name, array in vars(self).items()}

    @classmethod
    def read(cls, tensors: Mapping[str, Array], side: Side) -> Places:
        """What :meth:`arrays` wrote."""
        return cls(*(tensors[f"{side}_{name}"] for name in cls.__dataclass_fields__))


def best(side: Side, *several: Places) -> Places:
    """Of each unit, the ``KEPT`` best places of all: the same in whichever order they come."""
    parts = [vars(places) for places in several]
    joined = {name: np.concatenate([part[name] for part in parts], axis=1) for name in parts[0]}
    values = -joined["values"] if side == "top" else joined["values"]
    values = np.where(np.isfinite(values), values, np.inf)
    # Ties of ties, which lots leave hardly ever, fall to the order in the map.
    order = np.lexsort((joined["spots"], joined["lots"], values), axis=1)[:, :KEPT]
    return Places(**{name: np.take_along_axis(array, order, 1) for name, array in joined.items()})
