"""Small networks whose forward pass is more than a row of modules."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from generator.model.network import Card, Network, Preprocessing
from generator.model.tracing.trace import trace


class Residual(nn.Module):
    """A stem; a block whose input is added to its output; a ReLU after the sum; a head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 12, 3, padding=1)
        self.first = nn.Conv2d(12, 12, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)
        self.second = nn.Conv2d(12, 12, 3, padding=1)
        self.after = nn.ReLU(inplace=True)
        self.head = nn.Conv2d(12, 9, 1)

    def forward(self, images: Tensor) -> Tensor:
        came = self.stem(images)
        out = self.second(self.relu(self.first(came)))
        out += came
        heads: Tensor = self.head(self.after(out))
        return heads


class Functional(nn.Module):
    """Between a convolution and a pool, and between two convolutions, are ReLUs of no module."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 10, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.second = nn.Conv2d(10, 11, 3, padding=1)
        self.gate = nn.Sigmoid()

    def forward(self, images: Tensor) -> Tensor:
        pooled = self.pool(functional.relu(self.first(images)))
        gated: Tensor = self.gate(functional.relu_(self.second(pooled)))
        return gated


class Twice(nn.Module):
    """One convolution and one ReLU, used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.shared = nn.Conv2d(8, 8, 3, padding=1)
        self.relu = nn.ReLU()

    def forward(self, images: Tensor) -> Tensor:
        once = self.relu(self.shared(self.stem(images)))
        again: Tensor = self.relu(self.shared(once))
        return again


class Choosing(nn.Module):
    """Which of two convolutions runs depends on the picture: on zeros, as in a trial, ``dark``."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.dark = nn.Conv2d(8, 9, 3, padding=1)
        self.bright = nn.Conv2d(8, 9, 3, padding=1)
        self.relu = nn.ReLU()

    def forward(self, images: Tensor) -> Tensor:
        stem = self.stem(images)
        chosen = self.bright(stem) if bool(images.mean() > 0.5) else self.dark(stem)
        rectified: Tensor = self.relu(chosen)
        return rectified


class Classifier(nn.Module):
    """Convolution, ReLU, mean over the map, and five classes."""

    def __init__(self, colours: int = 3) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(colours, 8, 3, padding=1), nn.ReLU(inplace=True))
        self.classes = nn.Linear(8, 5)

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.classes(self.features(images).mean(dim=(2, 3)))
        return scores


class Row(nn.Module):
    """Convolution, in-place ReLU, pool, convolution, and a part that counts how often it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 10, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(2),
            nn.Conv2d(10, 12, 3, padding=1),
            nn.ReLU(inplace=True),
        )

    def forward(self, images: Tensor) -> Tensor:
        out: Tensor = self.features(images)
        return out


class Forked(nn.Module):
    """A stem; two branches, of which the left one runs first; a head that reads their sum."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.left = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.ReLU())
        self.right = nn.Sequential(nn.Conv2d(8, 8, 1), nn.Tanh())
        self.head = nn.Conv2d(8, 6, 1)

    def forward(self, images: Tensor) -> Tensor:
        stem = self.stem(images)
        answer: Tensor = self.head(self.left(stem) + self.right(stem))
        return answer


def as_network(
    module: nn.Module, side: int = 24, colours: int = 3, seed: int = 3, initialise: bool = True
) -> Network:
    """A module as the loader would hand it over, with weights from a seed, or as they are."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for parameter in module.parameters() if initialise else ():
            nn.init.normal_(parameter, std=0.2)
    module.eval().requires_grad_(False)
    mean, std = (0.5, 0.4, 0.3)[:colours], (0.2, 0.25, 0.5)[:colours]
    preprocessing = Preprocessing(size=(side, side), mean=mean, std=std)
    traced = trace(module, (colours, side, side))
    return Network(module, Card("small", "test"), preprocessing, traced)
