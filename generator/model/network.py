"""A loaded network, and what the gallery has to know about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Reference:
    """A paper or a page to cite."""

    title: str
    url: str
    authors: str = ""
    year: int | None = None


@dataclass(frozen=True)
class Card:
    """What the site says about where a network came from."""

    name: str  # "VGG16 (HED)"
    source: str  # as the config names it: "vgg16-hed"
    description: str = ""
    weights: str = ""  # what the weights are, in words
    licence: str = ""
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True)
class Preprocessing:
    """How a picture becomes input: resized to ``size``, scaled to 0..1, then ``(x - mean) / std``."""

    size: tuple[int, int]  # height, width in pixels
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def channels(self) -> int:
        return len(self.mean)


# PEP 563 keeps `Network` below light to import: torch is named only in annotations.
_ = (Mapping, field)
