"""What leads to a layer, call by call: found in a trial run, and walked back from the layer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from generator.model.hooks import hooked
from generator.model.relu6 import is_depthwise

# Each output channel of these depends on the input channel of the same number alone, so that they
# can run on a few channels of a layer as on all.
_CHANNELWISE = (
    nn.ReLU,
    nn.ReLU6,
    nn.LeakyReLU,
    nn.ELU,
    nn.GELU,
    nn.SiLU,
    nn.Hardswish,
    nn.Sigmoid,
    nn.Tanh,
    nn.Softplus,
    nn.Identity,
    nn.Dropout,
    nn.MaxPool2d,
    nn.AvgPool2d,
)


@dataclass(frozen=True)
class Cut:
    """A convolution, and the channelwise modules that follow it up to the layer."""

    convolution: str
    tail: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """One module's run in a trial forward: what it read, what it gave, and whether untouched."""

    name: str
    read: Tensor
    gave: Tensor
    fresh: bool  # nobody wrote into what it read since another module gave it


def find_cut(network: nn.Module, layer: str, calls: Sequence[Call]) -> Cut | None:
    """Walk back from the layer to a convolution, over channelwise modules that run once."""
    tail: list[str] = []
    name = layer
    while True:
        own = [position for position, call in enumerate(calls) if call.name == name]
        if len(own) != 1:
            return None
        call = calls[own[0]]
        module = network.get_submodule(name)
        if isinstance(module, nn.Conv2d):
            plain = type(module) is nn.Conv2d and module.padding_mode == "zeros"
            alone = module.groups == 1 and not module._forward_hooks
            return Cut(name, tuple(reversed(tail))) if plain and alone else None
        if type(module) not in _CHANNELWISE or not call.fresh:
            return None
        tail.append(name)
        givers = [other for other in calls[: own[0]] if other.gave is call.read]
        if not givers:
            return None
        name = givers[-1].name


def find_only_source(network: nn.Module, layer: str, calls: Sequence[Call]) -> nn.Module | None:
    """The ReLU6 whose channel is all that a filter of the layer reads, if there is one.

    It feeds a depthwise convolution, that the layer is, or that it follows after normalisation.
    """
    name, convolved = layer, False
    while True:
        own = [position for position, call in enumerate(calls) if call.name == name]
        if len(own) != 1:
            return None
        module = network.get_submodule(name)
        if convolved:
            return module if isinstance(module, nn.ReLU6) else None
        convolved = is_depthwise(module)
        if not convolved and not isinstance(module, nn.ReLU6 | nn.BatchNorm2d):
            return None
        givers = [other for other in calls[: own[0]] if other.gave is calls[own[0]].read]
        if not givers:
            return None
        name = givers[-1].name


class _Enough(BaseException):
    """Ends a trial at its last layer; a network's ``except Exception`` lets it pass."""


def trial(network: nn.Module, zeros: Tensor, last: str | None = None) -> list[Call]:
    """A forward on zeros, written down. Tensors are kept, so that each is itself alone.

    It ends where the module named ``last`` has run for the first time, if that has no parts.
    """
    calls: list[Call] = []
    versions: dict[int, int] = {}
    reading: list[tuple[Tensor, bool]] = []

    def enter(_: str, inputs: tuple[Any, ...]) -> None:
        read = inputs[0] if len(inputs) == 1 and isinstance(inputs[0], Tensor) else torch.empty(0)
        reading.append((read, versions.get(id(read)) == read._version))

    def leave(name: str, _: tuple[Any, ...], gave: Any) -> None:
        read, fresh = reading.pop()
        if isinstance(gave, Tensor):
            versions[id(gave)] = gave._version
            calls.append(Call(name, read, gave, fresh))
        if name == last:
            raise _Enough

    parts = network.named_modules()
    leaves = [(name, part) for name, part in parts if next(part.children(), None) is None]
    with hooked(leaves, enter=enter, leave=leave), torch.no_grad(), suppress(_Enough):
        network(zeros)
    return calls
