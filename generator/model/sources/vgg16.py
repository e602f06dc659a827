"""The convolutional part of VGG16, its modules numbered as everyone numbers them.

Simonyan & Zisserman 2015, "Very Deep Convolutional Networks for Large-Scale Image Recognition",
https://arxiv.org/abs/1409.1556, configuration D.
"""

from __future__ import annotations

from torch import Tensor, nn

# Filters of each block's convolutions, all of 3x3; a block ends with a 2x2 max pooling.
BLOCKS = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


class Vgg16Features(nn.Module):
    """``(N, 3, H, W)`` to ``(N, 512, H/32, W/32)`` through ``features.0`` to ``features.30``."""

    def __init__(self) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        depth = 3
        for block in BLOCKS:
            for filters in block:
                parts += [
                    nn.Conv2d(depth, filters, kernel_size=3, padding=1),
                    nn.ReLU(inplace=True),
                ]
                depth = filters
            parts.append(nn.MaxPool2d(kernel_size=2, stride=2))
        self.features = nn.Sequential(*parts)

    def forward(self, images: Tensor) -> Tensor:
        """The last block's pooled maps."""
        features: Tensor = self.features(images)
        return features


def convolution_names() -> list[list[str]]:
    """The dotted names of the convolutions, block by block: ``features.0``, ``features.2``, …"""
    names: list[list[str]] = []
    place = 0
    for block in BLOCKS:
        names.append([f"features.{place + 2 * index}" for index in range(len(block))])
        place += 2 * len(block) + 1
    return names
