"""Where channels, rows and columns are in a layer's answer, when it is not ``(N, C, H, W)``.

Transformers answer with tokens, ``(N, T, D)``: one vector a patch of the picture, row by row, often
after a class token and others that belong to no patch (Dosovitskiy et al. 2021, "An Image is Worth
16x16 Words", https://arxiv.org/abs/2010.11929). Mixers mix the tokens by ``(N, D, T)``. Others,
such as Swin, keep the picture's rows and columns and put channels last, ``(N, H, W, C)``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from torch import Tensor, nn

from generator.model.layers import Layout

# Tokens before those of patches: a class token, one for distillation, four registers. Others are no
# tokens: an embedding may happen to be a little wider than there are patches.
_EXTRAS = (0, 1, 2, 4, 5)
_FEWEST = 4  # places of a grid
# What these give is (N, C, H, W), whatever its sides are.
_FIRST = (
    nn.Conv2d,
    nn.ConvTranspose2d,
    nn.BatchNorm2d,
    nn.GroupNorm,
    nn.InstanceNorm2d,
    nn.MaxPool2d,
    nn.AvgPool2d,
    nn.LPPool2d,
    nn.AdaptiveAvgPool2d,
    nn.AdaptiveMaxPool2d,
    nn.Upsample,
    nn.PixelShuffle,
)


def layout_of(
    module: nn.Module,
    read: Layout | None,
    same: bool,
    output: Tensor,
    grids: Sequence[tuple[int, int]],
    size: tuple[int, int],
) -> Layout | None:
    """How a module's answer to one picture becomes maps; ``None`` where it is maps, or cannot.

    Args:
        module: the layer.
        read: the layout of what it read, where ``same``.
        same: whether it read one tensor, of a known layout, as large as its answer.
        output: the answer, with a batch of one.
        grids: heights and widths of the maps that earlier layers gave, the latest first.
        size: height and width of the network's input.
    """
    if len(output) != 1 or isinstance(module, _FIRST):
        return None
    if output.dim() == 4:
        last = _channels_last(module, tuple(output.shape[1:]), size)
        if last is None and same:
            return read
        if last is None:
            last = _looks_last(output, size)
        return Layout("channels last") if last else None
    if output.dim() == 3:
        return _tokens(module, tuple(output.shape[1:]), grids, size)
    return None


def _channels_last(module: nn.Module, sides: tuple[int, ...], size: tuple[int, int]) -> bool | None:
    """What a module's kind says: whether channels are last of three sides; ``None`` for nothing."""
    if isinstance(module, nn.Linear):
        return _fits(sides[0], sides[1], size)
    if isinstance(module, nn.LayerNorm) and len(module.normalized_shape) == 1:
        own = module.normalized_shape[0]
        if own == sides[2] and (own != sides[0] or type(module) is nn.LayerNorm):
            return _fits(sides[0], sides[1], size)
        # Some turn the channels to the end and back.
        return False if own == sides[0] else None
    return None


def _looks_last(output: Tensor, size: tuple[int, int]) -> bool:
    """Whether the first two of three sides have the picture's proportions, and the last two not."""
    one, two, three = output.shape[1:]
    return _fits(one, two, size) and not _fits(two, three, size)


def _fits(height: int, width: int, size: tuple[int, int]) -> bool:
    """Whether a map has the picture's proportions, as far as whole numbers can."""
    return abs(height * size[1] - width * size[0]) < max(size)


def _tokens(
    module: nn.Module,
    sides: tuple[int, ...],
    grids: Sequence[tuple[int, int]],
    size: tuple[int, int],
) -> Layout | None:
    """Tokens by rows; or turned, where the last side is a grid and the first is none."""
    first, last = sides
    known = [grid for grid in grids if math.prod(grid) >= _FEWEST]
    turned = [grid for grid in known if math.prod(grid) == last]
    if isinstance(module, nn.Flatten) and turned:
        return Layout("channels first", turned[0])
    for grid in known or _guessed(first, size):
        extra = first - math.prod(grid)
        if extra in _EXTRAS:
            return Layout("tokens", grid, extra)
    return Layout("channels first", turned[0]) if turned else None


def _guessed(tokens: int, size: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Grids of the picture's proportions for so many tokens, or for all but a class token."""
    for count in (tokens, tokens - 1):
        height = round(math.sqrt(count * size[0] / size[1])) if count >= _FEWEST else 0
        if height and count % height == 0 and _fits(height, count // height, size):
            yield height, count // height
