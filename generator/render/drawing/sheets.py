"""Where each tile of a sheet stands: in rows of as many as leave few places empty, gaps between."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from generator.photos.images import Pixels

_ONE_ROW = 7  # up to so many tiles stand side by side


@cache  # asked of every tile of a sheet
def grid(count: int) -> tuple[int, int]:
    """Rows and columns for so many tiles: up to seven in a row, else as square as leaves no gap.

    The widest that is allowed is about four times as wide as high: 64 tiles make 8 x 8, 512 make
    16 x 32, and 13, a prime, 2 x 7 with one place empty.
    """
    if count <= _ONE_ROW:
        return 1, max(1, count)
    squarest, widest = math.ceil(math.sqrt(count)), math.ceil(2 * math.sqrt(count))
    columns = min(range(squarest, widest + 1), key=lambda wide: (-count % wide, wide))
    return math.ceil(count / columns), columns


def sheet_cell(position: int, count: int, tile: tuple[int, int]) -> tuple[int, int]:
    """Where a sheet's tile stands: the left and top pixel of tile ``position`` of ``count``.

    Args:
        tile: the drawn tile's height and width in pixels.
    """
    row, column = divmod(position, grid(count)[1])
    gap = _gap(tile)
    return column * (tile[1] + gap), row * (tile[0] + gap)


@cache  # asked of every tile of a sheet
def sheet_tile(width: int, height: int, count: int) -> tuple[int, int]:
    """The height and width in pixels of each of ``count`` tiles of a sheet of this size.

    Raises:
        ValueError: no sheet of so many tiles has this size.
    """
    rows, columns = grid(count)
    for gap in range(1, max(width, height) + 1):
        tile = ((height + gap) // rows - gap, (width + gap) // columns - gap)
        whole = (rows * (tile[0] + gap) - gap, columns * (tile[1] + gap) - gap) == (height, width)
        if whole and _gap(tile) == gap:
            return tile
    raise ValueError(f"no sheet of {count} tiles is {width} x {height} pixels")


def sheet(tiles: Sequence[Pixels], background: int | tuple[int, ...]) -> Pixels:
    """Tiles in reading order on one picture, with gaps between them.

    Args:
        tiles: uint8, all of one shape ``(h, w)`` or ``(h, w, C)``.
        background: what the gaps are filled with: a value, or one for each of C.

    Returns:
        uint8 ``(H, W)`` or ``(H, W, C)``.
    """
    height, width = tiles[0].shape[:2]
    rows, columns = grid(len(tiles))
    gap = _gap((height, width))
    size = (rows * (height + gap) - gap, columns * (width + gap) - gap)
    pixels: Pixels = np.full((*size, *tiles[0].shape[2:]), background, np.uint8)
    for position, tile in enumerate(tiles):
        left, top = sheet_cell(position, len(tiles), (height, width))
        pixels[top : top + height, left : left + width] = tile
    return pixels


def _gap(tile: tuple[int, int]) -> int:
    return math.ceil(max(tile) / 28)  # still to be seen on a sheet that a page makes smaller
