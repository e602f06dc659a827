"""What one of a layer's channels is called, wherever pages, cards and scripts speak of it.

A filter answers to a picture with a map. A layer that gives one number for each channel has
outputs, and tokens have channels. Outputs that stand for classes are called so where their names
are known: see `Catalogue.noun`.
"""

from __future__ import annotations

from generator.model.layers import Layer


def one(layer: Layer | None) -> str:
    """A channel that has a number: ``filter``, ``channel`` or ``output``.

    A ReLU's are called like those of the convolution that it follows.
    """
    if layer is None or layer.convolution:
        return "filter"
    if len(layer.shape) == 1:
        return "output"
    return "channel" if layer.layout and layer.layout.grid else "filter"


def every(layer: Layer) -> str:
    """All of a layer's channels together: ``filters``, of a convolution alone; ``outputs``."""
    noun = one(layer)
    return plural("channel" if noun == "filter" and not layer.convolution else noun)


def has_maps(noun: str) -> bool:
    """Whether what is called so answers with a map; an output or a class has one number."""
    return noun not in ("output", "class")


def plural(noun: str) -> str:
    """``filters``, ``classes``."""
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"
