"""The network as a strip of bars: taller for larger maps, wider for more channels.

Both sides are logarithmic, so that 224 to 7 pixels and 3 to 512 channels fit a line.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from generator.model.layers import Layer
from generator.render.wording import words


@dataclass(frozen=True)
class Bar:
    """One layer in the strip of the network; sides in percent of the largest."""

    layer: Layer
    height: int
    width: int
    shown: bool  # whether the layer has a page
    number: str  # in the layer's own name; or its place: see `numbers_count`


def bars(layers: Sequence[Layer], pages: Container[str]) -> list[Bar]:
    """The strip. Layers that change nothing in shape and have no page are left out.

    Args:
        layers: all of the network's, in order.
        pages: the names of those that have a page.
    """
    drawn = [x for x, before in with_previous(layers) if _is_drawn(x, before, pages)]
    counted = numbers_count(layers)
    tallest = max((_side(layer) for layer in drawn), default=1)
    widest = max((layer.channels for layer in drawn), default=1)
    return [
        Bar(
            layer,
            height=_percent(_side(layer), tallest),
            width=_percent(layer.channels, widest),
            shown=layer.name in pages,
            number=words.place(layer) if counted else words.own_number(layer),
        )
        for layer in drawn
    ]


def numbers_count(layers: Sequence[Layer]) -> bool:
    """Whether bars are numbered by their places among the convolutions.

    So they are where not every convolution has a number of its own in its name.
    """
    return not all(words.own_number(layer) for layer in layers if layer.convolution)


def with_previous(layers: Sequence[Layer]) -> Iterable[tuple[Layer, Layer | None]]:
    """Each layer with the one that ran before it; the first with none."""
    return zip(layers, (None, *layers), strict=False)  # the last has no follower


def _is_drawn(layer: Layer, before: Layer | None, pages: Container[str]) -> bool:
    if layer.name in pages or layer.convolution is not None:
        return True
    return before is None or layer.shape != before.shape


def _side(layer: Layer) -> int:
    return layer.shape[-2] if len(layer.shape) == 3 else 1


def _percent(value: int, largest: int) -> int:
    if largest <= 1:
        return 100
    return max(8, round(100 * math.log2(value + 1) / math.log2(largest + 1)))
