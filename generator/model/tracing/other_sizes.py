"""Which layers run on pictures of another size than the network's own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor, nn

from generator.model.hooks import hooked
from generator.model.layers import Layer

_SHARE = 0.75  # of the network's own size
_STEP = 32  # pixels: networks halve a picture five times


def sized(module: nn.Module, layers: Sequence[Layer], shape: tuple[int, int, int]) -> set[str]:
    """The names of the layers that run on one size only, found by running the network once more.

    A forward pass of another size goes as far as it does: convolutions run on any, and the layer at
    which it ends, with all that come after it, does not. Nor does one of tokens, whose grid is
    known for the network's own size alone.

    Args:
        module: the network, in evaluation mode.
        layers: its layers.
        shape: its input's ``(C, H, W)``.
    """
    by_name = {layer.name: layer for layer in layers}
    heard: set[str] = set()

    def hear(name: str, _: tuple[Any, ...], output: Any) -> None:
        if isinstance(output, Tensor) and _alike(by_name[name], output):
            heard.add(name)

    parts = [(name, module.get_submodule(name)) for name in by_name]
    zeros = torch.zeros(1, shape[0], _other(shape[1]), _other(shape[2]))
    with (
        hooked(parts, leave=hear),
        torch.no_grad(),
        torch.random.fork_rng(devices=[]),
        suppress(Exception),  # where it ends is what is asked
    ):
        module(zeros)
    return by_name.keys() - heard


def _other(side: int) -> int:
    """A smaller side that the usual strides divide, if there is one."""
    smaller = int(side * _SHARE)
    return max(1, smaller // _STEP * _STEP or smaller)


def _alike(layer: Layer, output: Tensor) -> bool:
    """Whether it answers as to a picture of the network's size, but for the map's sides."""
    if layer.layout is not None and layer.layout.grid is not None:
        return False
    return layer.maps(output).shape[1] == layer.channels
