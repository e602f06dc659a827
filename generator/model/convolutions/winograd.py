"""Convolutions of 3x3 by a quarter of the multiplications (Lavin and Gray 2016).

A map is cut into tiles of 6x6 that overlap by two. Each tile ``d`` becomes ``B d B'``; its 36
values are multiplied by those of the transformed weights, ``G g G'``, and summed over the channels,
which is 36 products of matrices; ``A m A'`` then are 4x4 values of the convolution's answer. This
is F(4x4, 3x3) of "Fast Algorithms for Convolutional Neural Networks", after Winograd 1980
(https://arxiv.org/abs/1509.09308). What it gives differs from the direct way's by about 1e-5 of the
largest value.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

_READ, _GIVEN = 6, 4  # sides of a tile, and of what is made of it
_ENOUGH = 64 * 128  # pairs of channels: with fewer, transforming costs what multiplying saves
_SMALLEST = 5  # side of a map: on smaller ones each weight is used for too few tiles
_AT_ONCE = 1 << 21  # numbers of transformed tiles, so that they stay near the processor
# Tiles for each thread, at least: the library multiplies fewer in another way, rounded otherwise.
_ROWS = 8

_B = [
    [4, 0, -5, 0, 1, 0],
    [0, -4, -4, 1, 1, 0],
    [0, 4, -4, -1, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 2, -1, -2, 1, 0],
    [0, 4, 0, -5, 0, 1],
]
_G24 = [[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]  # 24 times G
_A = [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]


def suits(part: nn.Module) -> bool:
    """Whether a convolution is quicker this way, on maps that are not tiny.

    Where torch comes without MKL, products of matrices are not quick enough.
    """
    return (
        type(part) is nn.Conv2d
        and part.kernel_size == (3, 3)
        and part.stride == part.dilation == (1, 1)
        and part.groups == 1
        and part.in_channels * part.out_channels >= _ENOUGH
        and part.weight.device.type == "cpu"
        and part.weight.dtype == torch.float32
        and torch.backends.mkl.is_available()  # type: ignore[no-untyped-call]
    )


def large_enough(maps: Tensor) -> bool:
    """Whether maps ``(N, C, H, W)`` are not tiny. It does not depend on how many there are."""
    return min(maps.shape[2:]) >= _SMALLEST


class Winograd:
    """A convolution's weights, transformed: they take four times the memory.

    Args:
        weight: ``(O, I, 3, 3)``, float32.
        bias: ``(O,)``, or none.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        matrix = torch.tensor(_G24, dtype=torch.float64) / 24
        narrow = torch.einsum("ai,bj,ocij->abco", matrix, matrix, weight.double())
        self._weight = narrow.flatten(0, 1).float().contiguous()  # (36, I, O)
        self._bias = bias
        square, over = torch.tensor(_B, dtype=torch.float32), torch.tensor(_A, dtype=torch.float32)
        self._into, self._out_of = torch.kron(square, square), torch.kron(over, over)

    def __call__(self, rimmed: Tensor) -> Tensor:
        """The convolution's answer ``(N, O, H, W)`` to maps ``(N, I, H + 2, W + 2)``.

        Each picture's values are the same whatever it is computed beside.
        """
        height, width = rimmed.shape[2] - 2, rimmed.shape[3] - 2
        tiles = _tiles(rimmed)
        count, down, across = tiles.shape[:3]
        outputs = self._weight.shape[2]
        shape = (count, outputs, down * _GIVEN, across * _GIVEN)
        maps = torch.empty(shape, memory_format=torch.channels_last)
        given = maps.permute(0, 2, 3, 1).view(count, down, _GIVEN, across, _GIVEN, outputs)
        for pictures, rows in _chunks(count, down, across, max(rimmed.shape[1], outputs)):
            part = tiles[pictures, rows]
            made = self._convolve(part.reshape(-1, _READ**2, part.shape[-1]))
            made = made.view(*part.shape[:3], _GIVEN, _GIVEN, outputs)
            given[pictures, rows] = made.transpose(2, 3)
        if (height, width) == shape[2:]:
            return maps
        return maps[:, :, :height, :width].clone(memory_format=torch.channels_last)

    def _convolve(self, tiles: Tensor) -> Tensor:
        """Tiles ``(T, 36, I)`` to the answer's ``(T, 16, O)``."""
        count, outputs = len(tiles), self._weight.shape[2]
        rows = max(count, _ROWS * max(2, torch.get_num_threads()))
        read = tiles.new_empty((rows, *tiles.shape[1:]))
        read[count:] = 0
        torch.bmm(self._into.expand(count, -1, -1), tiles, out=read[:count])
        products = tiles.new_empty((rows, _READ**2, outputs))
        torch.bmm(read.transpose(0, 1), self._weight, out=products.transpose(0, 1))
        made = torch.bmm(self._out_of.expand(count, -1, -1), products[:count])
        return made if self._bias is None else made.add_(self._bias)


def _tiles(rimmed: Tensor) -> Tensor:
    """Views of maps ``(N, C, H + 2, W + 2)`` as tiles ``(N, down, across, 6, 6, C)``."""
    height, width = rimmed.shape[2] - 2, rimmed.shape[3] - 2
    if height % _GIVEN or width % _GIVEN:
        rimmed = functional.pad(rimmed, (0, -width % _GIVEN, 0, -height % _GIVEN))
    maps = rimmed.permute(0, 2, 3, 1)
    return maps.unfold(1, _READ, _GIVEN).unfold(2, _READ, _GIVEN).permute(0, 1, 2, 4, 5, 3)


def _chunks(count: int, down: int, across: int, channels: int) -> Iterator[tuple[slice, slice]]:
    """Which pictures, and which rows of their tiles, are transformed at a time."""
    most = max(1, _AT_ONCE // (_READ**2 * channels))
    pictures, rows = max(1, most // (down * across)), min(down, max(1, most // across))
    for first in range(0, count, pictures):
        for top in range(0, down, rows):
            yield slice(first, first + pictures), slice(top, top + rows)
