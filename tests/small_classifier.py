"""A classifier that runs in milliseconds, and knows the names of its five classes."""

from __future__ import annotations

import torch
from torch import nn

from generator.model.network import Card, Network, Preprocessing
from generator.model.tracing.trace import trace

NAMES = ("tabby", "Egyptian cat", "espresso", "cup", "rocket")


def small_classifier(seed: int = 0, names: tuple[str, ...] = NAMES) -> Network:
    """features.0 conv 3->4, .1 ReLU, .2 conv 4->6, .3 ReLU; pool, flatten, classifier 6->5."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = nn.Sequential()
        module.features = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(4, 6, 3, padding=1, stride=2),
            nn.ReLU(inplace=True),
        )
        module.pool = nn.AdaptiveAvgPool2d(1)
        module.flatten = nn.Flatten()
        module.classifier = nn.Linear(6, len(NAMES))
    module.eval().requires_grad_(False)
    preprocessing = Preprocessing(size=(16, 20), mean=(0.5, 0.4, 0.3), std=(0.2, 0.25, 0.5))
    traced = trace(module, (3, 16, 20))
    return Network(module, Card("small", "test"), preprocessing, traced, names)
