"""Transformers and their like, so small that they run in milliseconds."""

from __future__ import annotations

import torch
from torch import Tensor, nn

SIZE = (24, 24)  # of their input; all of them cut it into 3x3 patches of 8 pixels


def seeded(kind: type[nn.Module], seed: int = 0) -> nn.Module:
    """One of the networks below, its weights from a seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return kind().eval().requires_grad_(False)


class Block(nn.Module):
    """Attention and a perceptron, each beside a way around, as in a vision transformer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, 2, batch_first=True)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, tokens: Tensor) -> Tensor:
        read = self.norm(tokens)
        seen = tokens + self.attention(read, read, read, need_weights=False)[0]
        answer: Tensor = seen + self.mlp(seen)
        return answer


class Transformer(nn.Module):
    """Patches by a convolution, a class token before them, positions, two blocks, a classifier."""

    extra = 1

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 10, 8, stride=8)
        self.extras = nn.Parameter(torch.randn(1, self.extra, 10))
        self.positions = nn.Parameter(torch.randn(1, 9 + self.extra, 10))
        self.drop = nn.Dropout(0.1)
        self.blocks = nn.Sequential(Block(10), Block(10))
        self.head = nn.Linear(10, 4)

    def forward(self, images: Tensor) -> Tensor:
        assert images.shape[2:] == SIZE, "no other size"
        tokens = self.patches(images).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.extras.expand(len(tokens), -1, -1), tokens], dim=1)
        tokens = self.blocks(self.drop(tokens + self.positions))
        answer: Tensor = self.head(tokens[:, 0])
        return answer


class Registers(Transformer):
    """With four more tokens that belong to no patch."""

    extra = 5


class Mixer(nn.Module):
    """Patches by a fully connected layer; tokens are mixed turned over, as ``(N, D, T)``."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Linear(3 * 8 * 8, 12)
        self.norm = nn.LayerNorm(12)
        self.mix = nn.Sequential(nn.Linear(9, 7), nn.GELU(), nn.Linear(7, 9))
        self.mlp = nn.Sequential(nn.Linear(12, 20), nn.GELU(), nn.Linear(20, 12))
        self.head = nn.Linear(12, 4)

    def forward(self, images: Tensor) -> Tensor:
        cut = images.unfold(2, 8, 8).unfold(3, 8, 8)  # (N, 3, rows, columns, 8, 8)
        tokens = self.patches(cut.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2))
        tokens = tokens + self.mix(self.norm(tokens).transpose(1, 2)).transpose(1, 2)
        tokens = tokens + self.mlp(tokens)
        answer: Tensor = self.head(tokens.mean(dim=1))
        return answer


class ChannelsLast(nn.Module):
    """As a ConvNeXt's block, and a layer that sees windows, which are no batch of pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 4, stride=4)
        self.norm = nn.LayerNorm(6)
        self.up = nn.Linear(6, 8)
        self.act = nn.GELU()
        self.windows = nn.Linear(8, 8)
        self.down = nn.Linear(8, 6)
        self.last = nn.Conv2d(6, 5, 1)

    def forward(self, images: Tensor) -> Tensor:
        maps = self.stem(images)
        inside = self.act(self.up(self.norm(maps.permute(0, 2, 3, 1))))
        count, height, width, depth = inside.shape
        cut = inside.view(count, height // 2, 2, width // 2, 2, depth).transpose(2, 3)
        cut = self.windows(cut.reshape(-1, 4, depth))
        inside = inside + cut.view(count, height // 2, width // 2, 2, 2, depth).transpose(
            2, 3
        ).reshape(inside.shape)
        answer: Tensor = self.last(maps + self.down(inside).permute(0, 3, 1, 2))
        return answer
