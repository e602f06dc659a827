"""The layers of an exported program, as torch's own modules where one operation says it all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx, nn


def restore_layers(module: nn.Module) -> None:
    """Put torch's own modules in place of those of an unflattened program.

    A program knows operations, not modules: a convolution has no kernels there, and nobody knows
    what one of its values sees. Where a module of it does one operation with its own parameters,
    torch's module does the same, and says so.
    """
    for name, part in list(module.named_modules()):
        layer = _layer(part)
        if name and layer is not None:
            module.set_submodule(name, layer.eval())


def _layer(part: nn.Module) -> nn.Module | None:
    """torch's module for a part that is a single known operation; None for all others."""
    graph = getattr(part, "graph", None)
    if not isinstance(graph, fx.Graph) or any(True for _ in part.children()):
        return None
    calls = [node for node in graph.nodes if node.op == "call_function"]
    inputs = [node for node in graph.nodes if node.op == "placeholder"]
    if len(calls) != 1 or len(inputs) != 1 or calls[0].args[:1] != (inputs[0],):
        return None
    make = _LAYERS.get(str(calls[0].target))
    if make is None or calls[0].kwargs:
        return None
    return make(*(_value(part, argument) for argument in calls[0].args[1:]))


def _value(part: nn.Module, argument: Any) -> Any:
    """An argument of the operation: a tensor that the part holds, or numbers."""
    if isinstance(argument, fx.Node):
        return getattr(part, str(argument.target))
    return tuple(argument) if isinstance(argument, Sequence) else argument


def _convolution(
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = (1, 1),
    padding: Any = (0, 0),
    dilation: Any = (1, 1),
    groups: int = 1,
) -> nn.Module:
    read = weight.shape[1] * groups
    kernel = (int(weight.shape[2]), int(weight.shape[3]))
    with torch.device("meta"):
        layer = nn.Conv2d(
            read, len(weight), kernel, stride, padding, dilation, groups, bias is not None
        )
    return _holding(layer, weight=weight, bias=bias)


def _linear(weight: Tensor, bias: Tensor | None = None) -> nn.Module:
    with torch.device("meta"):
        layer = nn.Linear(weight.shape[1], len(weight), bias is not None)
    return _holding(layer, weight=weight, bias=bias)


def _batch_norm(
    weight: Tensor | None,
    bias: Tensor | None,
    mean: Tensor,
    variance: Tensor,
    training: bool,
    momentum: float,
    eps: float,
    _: bool = False,
) -> nn.Module | None:
    if training or weight is None or bias is None:
        return None
    layer = nn.BatchNorm2d(len(mean), eps, momentum)
    return _holding(layer, weight=weight, bias=bias, running_mean=mean, running_var=variance)


def _max_pool(
    kernel: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil: bool = False
) -> nn.Module:
    return nn.MaxPool2d(kernel, stride or None, padding, dilation, ceil_mode=ceil)


def _holding(layer: nn.Module, **tensors: Tensor | None) -> nn.Module:
    for name, tensor in tensors.items():
        if tensor is not None:
            setattr(layer, name, tensor)
    return layer


_LAYERS: Mapping[str, Callable[..., nn.Module | None]] = {
    "aten.conv2d.default": _convolution,
    "aten.conv2d.padding": _convolution,
    "aten.linear.default": _linear,
    "aten.batch_norm.default": _batch_norm,
    "aten.max_pool2d.default": _max_pool,
    "aten.relu.default": nn.ReLU,
    "aten.relu_.default": lambda: nn.ReLU(inplace=True),
    "aten.silu.default": nn.SiLU,
    "aten.gelu.default": nn.GELU,
    "aten.sigmoid.default": nn.Sigmoid,
}
