"""Networks that run in milliseconds, for the tests of the model room."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from generator.model.network import Card, Network, Preprocessing
from generator.model.tracing.trace import trace

PREPROCESSING = Preprocessing(size=(16, 20), mean=(0.5, 0.4, 0.3), std=(0.2, 0.25, 0.5))


class Small(nn.Module):
    """Conv, in-place ReLU, pool, conv of two groups, ReLU, a linear classifier."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.features = nn.Sequential(
                nn.Conv2d(3, 4, kernel_size=3, padding=1),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(2),
                nn.Conv2d(4, 6, kernel_size=(3, 5), stride=2, dilation=(2, 1), groups=2),
                nn.ReLU(inplace=True),
            )
            self.pool = nn.AdaptiveAvgPool2d(1)
            self.classifier = nn.Linear(6, 5)

    def forward(self, images: Tensor) -> Tensor:
        pooled = self.pool(self.features(images))
        scores: Tensor = self.classifier(pooled.flatten(1))
        return scores


def network(
    module: nn.Module | None = None, preprocessing: Preprocessing = PREPROCESSING
) -> Network:
    """A module (by default a Small) as the loader would hand it over."""
    module = (module or Small()).eval().requires_grad_(False)
    shape = (preprocessing.channels, *preprocessing.size)
    return Network(module, Card("small", "test"), preprocessing, trace(module, shape))
