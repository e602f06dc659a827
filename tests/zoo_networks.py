"""Networks of users' own: small, and unlike those of libraries."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LeNet(nn.Module):
    """LeNet-5 (LeCun et al. 1998) for gray pictures of 28x28; its tanh is a function."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.pool = nn.AvgPool2d(2)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, images: Tensor) -> Tensor:
        maps = self.pool(torch.tanh(self.conv1(images)))
        maps = self.pool(torch.tanh(self.conv2(maps)))
        values = torch.tanh(self.fc1(maps.flatten(1)))
        answer: Tensor = self.fc3(torch.tanh(self.fc2(values)))
        return answer


def four_channels(width: int = 8) -> nn.Module:
    """For pictures of red, green, blue and infrared, say."""
    return nn.Sequential(
        nn.Conv2d(4, width, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(width, width, 3, stride=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(width, 3),
    )


class TwoInputs(nn.Module):
    """Compares two pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, left: Tensor, right: Tensor) -> Tensor:
        difference: Tensor = self.conv(left) - self.conv(right)
        return difference


class Branching(nn.Module):
    """Looks at bright pictures in another way than at dark ones."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.bright = nn.Conv2d(8, 8, 3, padding=1)
        self.dark = nn.Conv2d(8, 8, 3, padding=1)
        self.head = nn.Conv2d(8, 8, 1)

    def forward(self, images: Tensor) -> Tensor:
        maps = self.stem(images).relu()
        maps = self.bright(maps) if images.mean() > 100 else self.dark(maps)
        answer: Tensor = self.head(maps.relu())
        return answer
