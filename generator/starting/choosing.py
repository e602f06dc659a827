"""Which layers a new gallery shows, found from what a network's trace says of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from generator.model.layers import Layer

MOST = 5  # layers, so that a first build is a matter of minutes
_BENT = frozenset({"GELU", "ReLU", "SiLU", "QuickGELU", "GELUTanh", "Hardswish", "ELU", "Tanh"})
_SHRUNK = 0.7  # of a stage's first maps: a side shorter than that begins the next
_MOSTLY = 8  # layers of tokens to a convolution: from there on it is a transformer
_FEWEST = 3  # ends of stages; with fewer, layers between them are taken as well


@dataclass(frozen=True)
class Choice:
    """What a new gallery shows of a network, and why, in a sentence or two.

    ``kernels`` is the layer whose weights are pictures; ``maps`` are layers whose answers are maps;
    ``units`` those for whose units pictures are made. Each may be nothing.
    """

    kernels: Layer | None
    maps: tuple[Layer, ...]
    units: tuple[Layer, ...]
    why: str

    @property
    def shown(self) -> tuple[Layer, ...]:
        """Every layer that is chosen, once, in the order of execution."""
        found = {layer.index: layer for layer in (*self.maps, *self.units)}
        if self.kernels is not None:
            found[self.kernels.index] = self.kernels
        return tuple(found[index] for index in sorted(found))


def choose(layers: Sequence[Layer]) -> Choice:
    """The ends of a network's stages, or what comes closest to them, of its layers as they run."""
    convolutions = [layer for layer in layers if layer.convolution and _has_maps(layer)]
    kernels = convolutions[0] if convolutions else None
    turned = [layer for layer in layers if layer.layout]
    if len(turned) > _MOSTLY * len(convolutions):
        several = stage_ends(convolutions)[-1:] if len(convolutions) > 1 else ()
        chosen = (*several, *spread(_hidden(turned), MOST - 1 - len(several)))
        return Choice(kernels, chosen, chosen, _words_for_tokens(chosen, len(convolutions)))
    if convolutions:
        ends = stage_ends(convolutions)
        return Choice(kernels, ends, ends, _words_for(ends))
    maps = [layer for layer in layers if _has_maps(layer)]
    if maps:
        chosen = spread(maps, MOST)
        return Choice(None, chosen, chosen, _NO_CONVOLUTIONS)
    vectors = [layer for layer in layers if len(layer.shape) == 1 and layer.parameters]
    chosen = spread(vectors, _FEWEST)
    if not chosen:
        return Choice(None, (), (), _NOTHING)
    return Choice(None, (), chosen, _NO_MAPS)


_NO_CONVOLUTIONS = (
    "The network has no convolutions, so there are no kernels to show; shown are layers that "
    "answer with maps."
)
_NO_MAPS = (
    "The network has no convolutions, and no layer answers with maps: there are no kernels and no "
    "activation maps to show, only pictures made for units of its fully connected layers."
)
_NOTHING = (
    "None of the network's layers answers with maps, or with one number a unit: there is nothing "
    "to show of it yet but the list of its layers."
)


def stage_ends(convolutions: Sequence[Layer]) -> tuple[Layer, ...]:
    """The last convolution of each stage: before the maps shrink.

    Where there are few stages, convolutions between their ends as well; where there are many, some.

    Args:
        convolutions: whose answers are maps, as they run; at least one.
    """
    # A map of one value (squeeze and excitation) lies beside the stages, not at their end.
    wide = [layer for layer in convolutions if layer.shape[1] * layer.shape[2] > 1] or convolutions
    stage = _stages(wide)
    last = {stage[layer.shape[1:]]: layer for layer in wide}  # of each, the one that runs last
    ends = tuple(sorted(last.values(), key=lambda layer: layer.index))
    if len(ends) < _FEWEST:
        between = {layer.index: layer for layer in (*spread(wide, _FEWEST), *ends)}
        ends = tuple(between[index] for index in sorted(between))
    return spread(ends, MOST)


def spread(layers: Sequence[Layer], count: int) -> tuple[Layer, ...]:
    """At most ``count`` of the layers, evenly from the first to the last, which is among them."""
    if len(layers) <= count:
        return tuple(layers)
    # In whole numbers, rounded up: of 29 layers and 7, seven sevenths are more than 29 as floats.
    return tuple(layers[-(-place * len(layers) // count) - 1] for place in range(1, count + 1))


def _has_maps(layer: Layer) -> bool:
    return len(layer.shape) == 3


def _stages(layers: Sequence[Layer]) -> dict[tuple[int, ...], int]:
    """The stage of each size of map. Within one, maps may lose a rim, but not a third of a side."""
    found: dict[tuple[int, ...], int] = {}
    first = math.inf
    for size in sorted({layer.shape[1:] for layer in layers}, key=math.prod, reverse=True):
        side = math.sqrt(math.prod(size))
        if side < _SHRUNK * first:
            first = side
        found[size] = round(first)
    return found


def _hidden(layers: Sequence[Layer]) -> Sequence[Layer]:
    """The wide layers inside a transformer's perceptrons, after what makes them bend if it is seen.

    Where a function bends them, which is not seen, those that have weights: what comes after it may
    be a layer too, a dropout say, which would be another view of the same.

    These look for something each, where those between the blocks add all up (Ghiasi et al. 2022,
    "What do Vision Transformers Learn?", https://arxiv.org/abs/2212.06727).
    """
    bent = [layer for layer in layers if layer.type in _BENT]
    weighed = [layer for layer in layers if layer.parameters] or layers
    wide = max(layer.channels for layer in weighed)
    return bent or [layer for layer in weighed if layer.channels == wide]


def _words_for_tokens(chosen: Sequence[Layer], convolutions: int) -> str:
    tokens = any(layer.layout and layer.layout.grid for layer in chosen)
    what = "tokens, one for each patch of the picture" if tokens else "maps whose channels are last"
    kernels = {
        0: "It has no convolutions, so there are no kernels to show.",
        1: "Its one convolution cuts the picture into patches: its kernels are shown.",
    }.get(
        convolutions, "Of its few convolutions, the first one's kernels and one's maps are shown."
    )
    return (
        f"Most of the network's layers answer with {what}. {kernels} Maps and pictures are of "
        "single channels of layers from its beginning to its end, inside its blocks, where these "
        "are widest."
    )


def _words_for(ends: Sequence[Layer]) -> str:
    if len(ends) == 1:
        return "Shown is the network's one convolution."
    return (
        "Shown are the first convolution's kernels, and the last convolutions of the network's "
        "stages: those before its maps shrink."
    )
