"""What the plan would hand to a visualization, without a plan."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from generator.model.layers import select
from generator.model.network import Card, Network, Preprocessing
from generator.model.tracing.trace import trace
from generator.photos.images import Picture
from generator.visualizations.base import Request


def small_network(seed: int = 0, std: tuple[float, float, float] = (0.2, 0.25, 0.5)) -> Network:
    """features.0 conv 3->4, .1 ReLU, .2 pool, .3 conv of two groups 4->6, .4 ReLU, .5 conv 6->8."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = nn.Sequential()
        module.features = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(4, 6, 3, padding=1, groups=2),
            nn.ReLU(inplace=True),
            nn.Conv2d(6, 8, 3, padding=1, stride=2),
        )
    module.eval().requires_grad_(False)
    preprocessing = Preprocessing(size=(16, 20), mean=(0.5, 0.4, 0.3), std=std)
    return Network(module, Card("small", "test"), preprocessing, trace(module, (3, 16, 20)))


def request(
    network: Network,
    *names: str,
    channels: Sequence[int] | None = None,
    pictures: Sequence[Picture] = (),
) -> Request:
    """A request for these layers, and for all of their filters where none are named."""
    layers = select(network.layers, names)
    return Request(
        layers,
        {layer.name: tuple(channels or range(layer.channels)) for layer in layers},
        tuple(pictures),
        network.preprocessing.size,
    )
