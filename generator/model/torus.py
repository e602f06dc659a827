"""Convolutions on a torus: a map goes on at the other side of each of its edges."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn


@contextmanager
def on_a_torus(module: nn.Module) -> Iterator[None]:
    """Within the block, convolutions that pad with zeros pad with the other side instead.

    torch's own circular padding would do, but it copies maps once an edge and the gradients again:
    on a processor that doubles a step's time.
    """
    with ExitStack() as undo:
        for part in module.modules():
            rim = _zero_rim(part)
            if rim is not None and isinstance(part, nn.Conv2d):
                undo.callback(setattr, part, "padding", part.padding)
                undo.callback(part.register_forward_pre_hook(_wrapping(*rim)).remove)
                part.padding = (0, 0)
        yield


def _zero_rim(part: nn.Module) -> tuple[int, int] | None:
    """The height and width of a convolution's zero padding, where it has some."""
    if not isinstance(part, nn.Conv2d) or part.padding_mode != "zeros":
        return None
    if isinstance(part.padding, str) or not any(part.padding):
        return None
    return (part.padding[0], part.padding[1])


def _wrapping(height: int, width: int) -> Any:
    def hook(_: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
        return wrap(inputs[0], height, width)

    return hook


def wrap(maps: Tensor, height: int, width: int) -> Tensor:
    """``(N, C, H, W)`` to ``(N, C, H + 2 height, W + 2 width)``, the rim from the other sides.

    The rim must not be wider than the map. Gradients flow, once.
    """
    wrapped: Tensor = _Wrap.apply(maps, height, width)  # type: ignore[no-untyped-call]
    return wrapped


class _Wrap(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, maps: Tensor, height: int, width: int) -> Tensor:
        context.rim = (height, width)
        n, channels, rows, columns = maps.shape
        out = maps.new_empty(
            (n, channels, rows + 2 * height, columns + 2 * width),
        ).to(memory_format=torch.channels_last)
        out[:, :, height : height + rows, width : width + columns] = maps
        if height:
            out[:, :, :height] = out[:, :, rows : rows + height]
            out[:, :, rows + height :] = out[:, :, height : 2 * height]
        if width:
            out[..., :width] = out[..., columns : columns + width]
            out[..., columns + width :] = out[..., width : 2 * width]
        return out

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        (gradient,) = gradients
        height, width = context.rim
        rows, columns = gradient.shape[2] - 2 * height, gradient.shape[3] - 2 * width
        folded = gradient[:, :, height : height + rows].clone(memory_format=torch.channels_last)
        if height:
            folded[:, :, rows - height :] += gradient[:, :, :height]
            folded[:, :, :height] += gradient[:, :, rows + height :]
        inner = folded[..., width : width + columns]
        if width:
            inner[..., columns - width :] += folded[..., :width]
            inner[..., :width] += folded[..., columns + width :]
        return inner.contiguous(memory_format=torch.channels_last), None, None
