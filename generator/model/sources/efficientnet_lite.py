"""EfficientNet-Lite0: a classifier of depthwise convolutions and linear bottlenecks.

Tan & Le 2019, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
https://arxiv.org/abs/1905.11946; the Lite variants leave out squeeze-and-excitation, and use ReLU6
for swish. Its blocks are those of Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear
Bottlenecks", https://arxiv.org/abs/1801.04381.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from torch import Tensor, nn

_EPSILON = 1e-3  # of batch normalisation, as it was trained in TensorFlow
STEM, HEAD = 32, 1280  # filters of the first and of the last convolution


class Stage(NamedTuple):
    """Blocks in a row; the first of them has the stride."""

    blocks: int
    kernel: int
    stride: int
    expansion: int  # how many times wider a block is inside than its input
    filters: int  # that it gives


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


class Block(nn.Sequential):
    """An inverted residual: wider, a convolution in each channel alone, and narrow again.

    Its end is linear: no ReLU follows ``project_norm``, so that what it gives is of either sign.
    Where it keeps the shape of its input, it adds it.
    """

    def __init__(self, depth: int, stage: Stage, stride: int) -> None:
        inside = depth * stage.expansion
        parts: OrderedDict[str, nn.Module] = OrderedDict()
        if stage.expansion > 1:
            parts["expand"] = nn.Conv2d(depth, inside, 1, bias=False)
            parts["expand_norm"] = _norm(inside)
            parts["expand_act"] = nn.ReLU6(inplace=True)
        if stride > 1:
            parts["pad"] = _pad(stage.kernel)
        parts["depthwise"] = nn.Conv2d(
            inside,
            inside,
            stage.kernel,
            stride,
            padding=0 if stride > 1 else stage.kernel // 2,
            groups=inside,
            bias=False,
        )
        parts["depthwise_norm"] = _norm(inside)
        parts["depthwise_act"] = nn.ReLU6(inplace=True)
        parts["project"] = nn.Conv2d(inside, stage.filters, 1, bias=False)
        parts["project_norm"] = _norm(stage.filters)
        super().__init__(parts)
        self.residual = stride == 1 and depth == stage.filters

    def forward(self, maps: Tensor) -> Tensor:
        """``(N, depth, H, W)`` to ``(N, filters, H / stride, W / stride)``."""
        path = maps
        for part in self:
            path = part(path)
        return maps + path if self.residual else path


class EfficientNetLite0(nn.Module):
    """``(N, 3, H, W)`` to logits ``(N, 1000)``; sides are multiples of 32 pixels, 224 in training.

    Of other sides it pads one row and column less than TensorFlow would.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem_pad = _pad(3)
        self.stem = nn.Conv2d(3, STEM, 3, stride=2, bias=False)
        self.stem_norm = _norm(STEM)
        self.stem_act = nn.ReLU6(inplace=True)
        blocks: list[nn.Module] = []
        depth = STEM
        for stage in STAGES:
            for number in range(stage.blocks):
                blocks.append(Block(depth, stage, stage.stride if number == 0 else 1))
                depth = stage.filters
        self.blocks = nn.Sequential(*blocks)
        self.head = nn.Conv2d(depth, HEAD, 1, bias=False)
        self.head_norm = _norm(HEAD)
        self.head_act = nn.ReLU6(inplace=True)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.flatten = nn.Flatten()
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(HEAD, 1000)

    def forward(self, images: Tensor) -> Tensor:
        """The logits of ImageNet's 1000 classes."""
        maps = self.stem_act(self.stem_norm(self.stem(self.stem_pad(images))))
        maps = self.head_act(self.head_norm(self.head(self.blocks(maps))))
        logits: Tensor = self.classifier(self.dropout(self.flatten(self.pool(maps))))
        return logits


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=_EPSILON, momentum=0.01)


def _pad(kernel: int) -> nn.ZeroPad2d:
    """What TensorFlow's SAME puts around even sides before stride 2: less above than below."""
    before, after = (kernel - 2) // 2, (kernel - 1) // 2
    return nn.ZeroPad2d((before, after, before, after))
