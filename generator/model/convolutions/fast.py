"""Convolutions that keep their maps' size, forward and backward, by Winograd where that is faster.

Their backward pass is such a convolution too, by the flipped weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from generator.model.convolutions.winograd import Winograd, large_enough, suits

Convolve = Callable[[Tensor, Tensor, Tensor | None], Tensor]
"""What a convolution does with maps, weights and bias, as ``nn.Conv2d._conv_forward``."""

Rim = Callable[[Tensor, int, int], Tensor]
"""Maps ``(N, C, H, W)`` to ``(N, C, H + 2 height, W + 2 width)``, without a gradient."""


def keeps_size(part: nn.Conv2d) -> bool:
    """Whether a convolution's maps are as large as what it reads, by a rim that is even."""
    if isinstance(part.padding, str) or part.padding_mode != "zeros":
        return False
    same = all(
        2 * side == far * (size - 1)
        for side, far, size in zip(part.padding, part.dilation, part.kernel_size, strict=True)
    )
    return same and part.stride == (1, 1) and part.groups == 1


class FastConvolution:
    """A convolution that keeps its maps' size, by given weights: forward, and back to its maps.

    Weights get no gradient, and must not change. The module itself is not kept here, as it keeps
    this: a network that refers to itself is freed late.
    """

    def __init__(self, part: nn.Conv2d, weight: Tensor, bias: Tensor | None) -> None:
        assert not isinstance(part.padding, str)
        self._padding, self._dilation = part.padding, part.dilation
        self._weight, self._bias = weight.detach(), bias
        self._quick = suits(part) and weight.shape == part.weight.shape

    def convolve(self, maps: Tensor, rim: Rim) -> Tensor:
        """The convolution's answer, on maps with that rim."""
        result: Tensor = _Differentiable.apply(maps, self, rim)  # type: ignore[no-untyped-call]
        return result

    def forward(self, maps: Tensor, rim: Rim) -> Tensor:
        """The answer, without a gradient."""
        return self._convolve(maps, rim, self._weight, self._bias, forward=True)

    def backward(self, gradient: Tensor, rim: Rim) -> Tensor:
        """The gradient of the maps, from that of the answer."""
        return self._convolve(gradient, rim, self._flipped, None, forward=False)

    def _convolve(
        self, maps: Tensor, rim: Rim, weight: Tensor, bias: Tensor | None, *, forward: bool
    ) -> Tensor:
        wider = rim(maps, *self._padding)
        if self._quick and large_enough(maps):
            return (self._winograd_forward if forward else self._winograd_backward)(wider)
        return functional.conv2d(wider, weight, bias, 1, 0, self._dilation)

    @cached_property
    def _flipped(self) -> Tensor:
        """Weights ``(O, I, kH, kW)`` for the backward pass: ``(I, O, kH, kW)``, turned by 180°."""
        back = self._weight.transpose(0, 1).flip(2, 3)
        return back.contiguous(memory_format=torch.channels_last)

    @cached_property
    def _winograd_forward(self) -> Winograd:
        return Winograd(self._weight, self._bias)

    @cached_property
    def _winograd_backward(self) -> Winograd:
        return Winograd(self._flipped, None)


class _Differentiable(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, maps: Tensor, fast: FastConvolution, rim: Rim) -> Tensor:
        context.fast, context.rim = fast, rim
        return fast.forward(maps, rim)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        return context.fast.backward(gradients[0], context.rim), None, None


class _FastForward:
    """In place of ``nn.Conv2d._conv_forward``: zeros beyond the maps' edges, as there."""

    def __init__(self, part: nn.Conv2d) -> None:
        self._weight, self._padding, self._dilation = part.weight, part.padding, part.dilation
        self.fast = FastConvolution(part, part.weight, part.bias)

    def __call__(self, maps: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if weight is self._weight and large_enough(maps):
            return self.fast.convolve(maps, _zeros)
        return functional.conv2d(maps, weight, bias, 1, self._padding, self._dilation)


def _can_be_faster(part: nn.Conv2d) -> bool:
    return suits(part) and keeps_size(part)


def speed_up(module: nn.Module) -> None:
    """Have a module's convolutions computed as fast as they can be, from now on.

    Their weights must not change any more, and get no gradient.
    """
    for part in module.modules():
        if isinstance(part, nn.Conv2d) and _can_be_faster(part):
            part._conv_forward = _FastForward(part)  # type: ignore[method-assign, assignment]


def convolve_fast(part: nn.Module, maps: Tensor) -> Tensor:
    """What a convolution gives, as fast as it can be computed, once and without a gradient."""
    if isinstance(part, nn.Conv2d) and _can_be_faster(part) and large_enough(maps):
        return Winograd(part.weight, part.bias)(_zeros(maps, 1, 1))
    return cast(Tensor, part(maps))


def fast_convolution_of(part: nn.Conv2d) -> FastConvolution:
    """A convolution by its own weights: the one that it was sped up by, if it was."""
    own = vars(part).get("_conv_forward")
    if isinstance(own, _FastForward):
        return own.fast
    return FastConvolution(part, part.weight, part.bias)


@contextmanager
def convolving(part: nn.Conv2d, convolve: Convolve) -> Iterator[None]:
    """Within the block, a convolution computes in another way."""
    # On the instance, over the class's own; every call of the module goes through it.
    before = vars(part).get("_conv_forward")
    part._conv_forward = convolve  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        del part._conv_forward
        if before is not None:
            part._conv_forward = before  # type: ignore[method-assign]


def _zeros(maps: Tensor, height: int, width: int) -> Tensor:
    return functional.pad(maps, (width, width, height, height))
