"""How far a layer's output sees: receptive fields, and whether values can be below zero.

A receptive field grows by ``(kernel - 1) * dilation`` steps at each convolution or pooling, where
a step is the product of the strides so far (Araujo, Norris & Sim 2019, "Computing Receptive Fields
of Convolutional Neural Networks", https://distill.pub/2019/computing-receptive-fields/).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from torch import nn

_Conv = (nn.Conv2d,)
_Pool = (nn.MaxPool2d, nn.AvgPool2d, nn.LPPool2d)
_Rectifier = (nn.ReLU, nn.ReLU6, nn.Sigmoid, nn.Hardsigmoid)
# One value in, one value out, of either sign.
_Pointwise = (
    nn.BatchNorm2d,
    nn.CELU,
    nn.ELU,
    nn.GELU,
    nn.Hardswish,
    nn.Hardtanh,
    nn.LeakyReLU,
    nn.Mish,
    nn.PReLU,
    nn.SELU,
    nn.SiLU,
    nn.Softplus,
    nn.Tanh,
)
# Each place stays where it is, and keeps its sign.
_Keeping = (nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.LocalResponseNorm)
# Mixes places over the whole map, or forgets where they were, but keeps signs.
_Gathering = (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, nn.Flatten)


@dataclass(frozen=True)
class Reach:
    """What is known of a tensor: by default nothing.

    ``field``, ``step`` and ``start`` are ``(vertical, horizontal)`` in pixels of the input: how
    much one value sees, how far apart two neighbours look, and where the first one begins to: below
    zero where it sees padding.
    """

    field: tuple[int, int] | None = None
    step: tuple[int, int] = (1, 1)
    start: tuple[int, int] = (0, 0)
    signed: bool = True


def after(module: nn.Module, before: Reach) -> Reach:
    """The reach of a module's output, given that of its input."""
    if isinstance(module, _Conv):
        return replace(_slid(module, before), signed=True)
    if isinstance(module, _Pool):
        return _slid(module, before)
    # Hardtanh's subclass ReLU6 has to be met before Hardtanh.
    if isinstance(module, _Rectifier):
        return rectified(before)
    if isinstance(module, _Pointwise):
        return replace(before, signed=True)
    if isinstance(module, _Keeping):
        return before
    if isinstance(module, nn.ZeroPad2d):
        left, _, above, _ = module.padding
        start = (before.start[0] - above * before.step[0], before.start[1] - left * before.step[1])
        return replace(before, start=start)
    if isinstance(module, _Gathering):
        return Reach(signed=before.signed)
    return Reach()


def rectified(before: Reach) -> Reach:
    """After a ReLU: each place sees what it saw, and nothing is below zero."""
    return replace(before, signed=False)


def joined(reaches: Sequence[Reach]) -> Reach:
    """Of a sum of maps, or of maps side by side: a value sees what any of them sees there."""
    signed = any(each.signed for each in reaches)
    spans = [_span(reaches, axis) for axis in (0, 1)]
    steps = {each.step for each in reaches}
    if len(steps) != 1 or spans[0] is None or spans[1] is None:
        return Reach(signed=signed)
    (top, height), (left, width) = spans[0], spans[1]
    return Reach((height, width), steps.pop(), (top, left), signed)


def _span(reaches: Sequence[Reach], axis: int) -> tuple[int, int] | None:
    """Where the first of several fields begins along an axis, and how far all of them reach."""
    ends = [each.start[axis] + each.field[axis] for each in reaches if each.field is not None]
    if not ends or len(ends) < len(reaches):
        return None
    start = min(each.start[axis] for each in reaches)
    return start, max(ends) - start


def pair(value: Any) -> tuple[int, int]:
    """``(vertical, horizontal)`` from torch's "one number or two"."""
    if isinstance(value, int):
        return (value, value)
    vertical, horizontal = value
    return (int(vertical), int(horizontal))


def padding(module: Any) -> tuple[int, int]:
    """How many rows a convolution or a pooling adds above its input, and columns to the left."""
    written = getattr(module, "padding", 0)
    if written == "valid":
        return (0, 0)
    if written == "same":
        # An odd total puts the extra pixel below and to the right; this is the side above.
        kernel, dilation = pair(module.kernel_size), pair(module.dilation)
        return (dilation[0] * (kernel[0] - 1) // 2, dilation[1] * (kernel[1] - 1) // 2)
    return pair(written)


def _slid(module: Any, before: Reach) -> Reach:
    kernel, stride = pair(module.kernel_size), pair(module.stride or module.kernel_size)
    dilation, added = pair(getattr(module, "dilation", 1)), padding(module)
    step = (before.step[0] * stride[0], before.step[1] * stride[1])
    if before.field is None:
        return replace(before, step=step)
    start = (
        before.start[0] - added[0] * before.step[0],
        before.start[1] - added[1] * before.step[1],
    )
    vertical, horizontal = (
        before.field[axis] + (kernel[axis] - 1) * dilation[axis] * before.step[axis]
        for axis in (0, 1)
    )
    return replace(before, field=(vertical, horizontal), step=step, start=start)
