"""What is maximised: one filter a picture, several by one picture, or facets of one filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from generator.model.trunk import Trunk
from generator.visualizations.maximization.presets import Settings

_LEAST_SCALE = 0.1  # of the mean size: without it, a channel near zero would outweigh all others


class Objective(Protocol):
    """One number for each picture of a batch, to be made as large as possible."""

    @property
    def starts(self) -> Sequence[str]:
        """For each picture, what its seed is made from besides the settings: ``features.3:7``."""

    def evaluate(self, pictures: Tensor, leak: float) -> Tensor:
        """The objective of each picture, differentiable.

        Args:
            pictures: ``(N, C, H, W)``, as the parametrisation gives them: about 0..1.
            leak: the slope of a ReLU at the layer below zero, 0 for the network as it is.

        Returns:
            ``(N,)`` float32.
        """


def objective(trunk: Trunk, channels: Sequence[int], settings: Settings) -> Objective:
    """A picture for each channel, or as many facets of each as the settings say."""
    if settings.facets > 1:
        return Facets(trunk, channels, settings)
    return Separate(trunk, channels, settings)


class Separate:
    """One channel for each picture, whatever the other pictures of the batch are."""

    def __init__(self, trunk: Trunk, channels: Sequence[int], settings: Settings) -> None:
        self._trunk, self._channels, self._settings = trunk, channels, settings

    @property
    def starts(self) -> Sequence[str]:
        return [f"{self._trunk.layer}:{channel}" for channel in self._channels]

    def evaluate(self, pictures: Tensor, leak: float) -> Tensor:
        overflow = self._settings.overflow
        maps = self._trunk.units(pictures, self._channels, leak, overflow)
        return _objective_of(maps, self._settings)


class Shared:
    """Several channels for one picture.

    Each channel's activation is divided by its present size, so that one of small activations
    counts as much as one of large ones.
    """

    def __init__(self, trunk: Trunk, channels: Sequence[int], settings: Settings) -> None:
        self._trunk, self._channels, self._settings = trunk, list(channels), settings

    @property
    def starts(self) -> Sequence[str]:
        return [f"{self._trunk.layer}:{'+'.join(map(str, self._channels))}"]

    def evaluate(self, pictures: Tensor, leak: float) -> Tensor:
        overflow = self._settings.overflow
        if leak > 0 or overflow > 0:
            copies = pictures.expand(len(self._channels), -1, -1, -1)
            maps = self._trunk.units(copies, self._channels, leak, overflow)
        else:
            maps = self._trunk.maps(pictures)[0, self._channels]
        values = _objective_of(maps, self._settings)
        size = values.detach().abs()
        return (values / (size + _LEAST_SCALE * size.mean() + 1e-12)).mean(dim=0, keepdim=True)


class Facets:
    """Several pictures of each channel, pushed apart (Olah et al. 2017, "Diversity").

    The objective is each picture's activation, less a penalty for being like the other facets of
    its unit: the mean cosine between the Gram matrices of the layer's maps, which say what occurs
    together in a picture and not where. The penalty is multiplied by ``diversity``, and by the
    activation's own size, so that one setting suits layers of small and of large activations.
    """

    def __init__(self, trunk: Trunk, channels: Sequence[int], settings: Settings) -> None:
        self._trunk, self._units, self._settings = trunk, channels, settings
        self._channels = [channel for channel in channels for _ in range(settings.facets)]

    @property
    def starts(self) -> Sequence[str]:
        first = Separate(self._trunk, self._units, self._settings).starts
        more = range(1, self._settings.facets)
        return [start for unit in first for start in (unit, *(f"{unit}/{n}" for n in more))]

    def evaluate(self, pictures: Tensor, leak: float) -> Tensor:
        maps = self._trunk.maps(pictures)
        own = maps[torch.arange(len(maps), device=maps.device), self._channels]
        overflow = self._settings.overflow
        if leak > 0 or overflow > 0:
            own = self._trunk.units(pictures, self._channels, leak, overflow)
        values = _objective_of(own, self._settings)
        alike = likeness(maps.float(), self._settings.facets)
        return values - self._settings.diversity * values.detach().abs() * alike


def likeness(maps: Tensor, facets: int) -> Tensor:
    """How alike each picture's maps are to those of the other facets of its unit, ``(N,)``.

    The mean cosine between Gram matrices: 1 where all facets are the same, 0 where they have no
    two channels in common.

    Args:
        maps: ``(N, C, ...)``, unit by unit, each with ``facets`` pictures in a row.
        facets: two or more.
    """
    flat = maps.flatten(2) if maps.dim() > 2 else maps[..., None]
    grams = torch.nn.functional.normalize((flat @ flat.transpose(1, 2)).flatten(1), dim=1)
    units = grams.reshape(-1, facets, grams.shape[1])
    cosines = units @ units.transpose(1, 2)
    others = cosines.sum(dim=2) - cosines.diagonal(dim1=1, dim2=2)
    return (others / (facets - 1)).flatten()


def _objective_of(maps: Tensor, settings: Settings) -> Tensor:
    maps = maps.float()
    if settings.objective == "centre" and maps.dim() == 3:
        return maps[:, maps.shape[1] // 2, maps.shape[2] // 2]
    return maps.flatten(1).mean(dim=1) if maps.dim() > 1 else maps
