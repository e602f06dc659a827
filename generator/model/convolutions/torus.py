"""Convolutions on a torus: a map goes on at the other side of each of its edges."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from generator.model.convolutions.fast import (
    Convolve,
    FastConvolution,
    convolving,
    fast_convolution_of,
    keeps_size,
)


@contextmanager
def on_a_torus(module: nn.Module) -> Iterator[None]:
    """Within the block, what pads with zeros pads with the other side instead: convolutions, and
    ``nn.ZeroPad2d`` where it stands for a convolution's uneven padding.

    torch's own circular padding would do, but it copies maps once an edge and the gradients again:
    on a processor that doubles a step's time. Weights must not ask for gradients.
    """
    with ExitStack() as undo:
        for part in module.modules():
            if isinstance(part, nn.ZeroPad2d):
                part.forward = functools.partial(_around, part.padding)  # type: ignore[method-assign]
                undo.callback(delattr, part, "forward")
            rim = _zero_rim(part)
            if rim is not None and isinstance(part, nn.Conv2d):
                undo.enter_context(convolving(part, _endless(part, rim)))
        yield


def _around(padding: Sequence[int], maps: Tensor) -> Tensor:
    """Maps with rims of ``(left, right, above, below)`` from the other sides."""
    return functional.pad(maps, list(padding), mode="circular")


def _zero_rim(part: nn.Module) -> tuple[int, int] | None:
    """The height and width of a convolution's zero padding, where it has some."""
    if not isinstance(part, nn.Conv2d) or part.padding_mode != "zeros":
        return None
    if isinstance(part.padding, str) or not any(part.padding):
        return None
    return (part.padding[0], part.padding[1])


def _endless(part: nn.Conv2d, rim: tuple[int, int]) -> Convolve:
    """A convolution's work with its rim from the other sides."""
    if keeps_size(part):
        fast = fast_convolution_of(part)

        def same(maps: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
            own = fast if weight is part.weight else FastConvolution(part, weight, bias)
            return own.convolve(maps, rimmed)

        return same

    def wrapped(maps: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        wider = wrap(maps, *rim)
        return functional.conv2d(wider, weight, bias, part.stride, 0, part.dilation, part.groups)

    return wrapped


def wrap(maps: Tensor, height: int, width: int) -> Tensor:
    """``(N, C, H, W)`` to ``(N, C, H + 2 height, W + 2 width)``, the rim from the other sides.

    A rim wider than the map goes round more than once. Gradients flow, once.
    """
    wrapped: Tensor = _Wrap.apply(maps, height, width)  # type: ignore[no-untyped-call]
    return wrapped


def rimmed(maps: Tensor, height: int, width: int) -> Tensor:
    """As :func:`wrap`, without a gradient."""
    n, channels, rows, columns = maps.shape
    if height > rows or width > columns:
        down, across = _round(rows, height, maps.device), _round(columns, width, maps.device)
        return maps[:, :, down][..., across].contiguous(memory_format=torch.channels_last)
    shape = (n, channels, rows + 2 * height, columns + 2 * width)
    out = torch.empty(
        shape, dtype=maps.dtype, device=maps.device, memory_format=torch.channels_last
    )
    out[:, :, height : height + rows, width : width + columns] = maps
    if height:
        out[:, :, :height] = out[:, :, rows : rows + height]
        out[:, :, rows + height :] = out[:, :, height : 2 * height]
    if width:
        out[..., :width] = out[..., columns : columns + width]
        out[..., columns + width :] = out[..., width : 2 * width]
    return out


def _round(size: int, rim: int, device: torch.device) -> Tensor:
    """Where each place of a rimmed side comes from."""
    return torch.arange(-rim, size + rim, device=device) % size


class _Wrap(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, maps: Tensor, height: int, width: int) -> Tensor:
        context.rim = (height, width)
        return rimmed(maps, height, width)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = gradients
        height, width = context.rim
        rows, columns = gradient.shape[2] - 2 * height, gradient.shape[3] - 2 * width
        if height > rows or width > columns:
            return _folded(gradient, height, width), None, None
        folded = gradient[:, :, height : height + rows].clone(memory_format=torch.channels_last)
        if height:
            folded[:, :, rows - height :] += gradient[:, :, :height]
            folded[:, :, :height] += gradient[:, :, rows + height :]
        inner = folded[..., width : width + columns]
        if width:
            inner[..., columns - width :] += folded[..., :width]
            inner[..., :width] += folded[..., columns + width :]
        return inner.contiguous(memory_format=torch.channels_last), None, None


def _folded(gradient: Tensor, height: int, width: int) -> Tensor:
    """The gradient of a map from that of the rimmed one, each side folded as often as it has to."""
    for axis, rim in ((2, height), (3, width)):
        size = gradient.shape[axis] - 2 * rim
        shape = list(gradient.shape)
        shape[axis] = size
        places = _round(size, rim, gradient.device)
        gradient = gradient.new_zeros(shape).index_add_(axis, places, gradient)
    return gradient.contiguous(memory_format=torch.channels_last)
