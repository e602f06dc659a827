"""Arrays to pictures: the one place that knows how a figure's tensor becomes pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
from PIL import Image

from generator.errors import SiteError
from generator.render.drawing import color
from generator.render.drawing.animation import draw_convolution, draw_frames
from generator.render.drawing.encoding import WEBP_SIDE, Drawn, Pixels, png, webp
from generator.visualizations.base import Array, Drawing, Fact, Figure

__all__ = [
    "VERSION",
    "Drawn",
    "draw",
    "grid",
    "pixels_of",
    "sheet_cell",
    "sheet_tile",
]

VERSION = 3  # bumped when the same arrays would give other pixels

Index: TypeAlias = tuple[int | tuple[int, ...] | None, ...]

_DETAIL = 1 << 17  # values up to which hard pixels are kept exactly, as PNG
_SMALL = 1 << 16  # pixels up to which a lossless WebP costs little
_EXACT = 1 << 19  # pixels up to which a made picture is kept as it was made
_ONE_ROW = 7  # up to so many tiles stand side by side


@dataclass(frozen=True)
class _Range:
    """The values at the two ends of the colours."""

    low: float
    high: float


def draw(
    tensors: Mapping[str, Array], figure: Figure, facts: Mapping[str, Fact] | None = None
) -> Drawn:
    """The figure, drawn from its task's tensors.

    Args:
        tensors: the task's result, as ``Result.tensors``.
        figure: what is shown, and how; see ``Drawing`` for the styles.
        facts: the task's ``Result.facts``, of which ``convolution`` reads ``stride``.

    Returns:
        PNG for pixelated drawings of no more than ``_DETAIL`` values, WebP for all others: exact
        for pictures that were made, since WebP with losses halves the resolution of colours, and
        theirs change from pixel to pixel.
        ``low`` and ``high`` are ``None`` for ``rgb`` with uint8, for animations, and where each
        tile of several has its own scale.

    Raises:
        SiteError: the tensor is missing, or has no shape that the style can draw.
    """
    with _fitting(figure):
        if figure.drawing.style == "convolution":
            return draw_convolution(tensors, facts or {}, figure.drawing.still)
        tensor = np.asarray(tensors[figure.tensor])
        chosen = _indexed(tensor, figure.index)
        if figure.drawing.style == "frames":
            return draw_frames(chosen, figure.drawing.still)
        pixels, known = _paint_still(chosen, _scale_over(tensor, figure), figure.drawing)
        detail = min(chosen.size, pixels.size)
        lossless = figure.drawing.pixelated and detail <= _DETAIL
        return _encoded(pixels, figure.drawing, known, lossless=lossless)


def pixels_of(tensors: Mapping[str, Array], figure: Figure) -> Pixels:
    """A still figure as :func:`draw` would show it, uint8 ``(H, W, 3)`` or ``(H, W, 4)``.

    Raises:
        SiteError: the tensor is missing, or has no shape that the style can draw.
    """
    with _fitting(figure):
        tensor = np.asarray(tensors[figure.tensor])
        chosen = _indexed(tensor, figure.index)
        return _paint_still(chosen, _scale_over(tensor, figure), figure.drawing)[0]


@contextmanager
def _fitting(figure: Figure) -> Iterator[None]:
    """Within the block, a figure that does not fit its arrays is said to be so."""
    try:
        yield
    except (KeyError, IndexError, ValueError) as error:
        raise SiteError(
            f"The figure '{figure.role}' of {figure.task.visualization} on layer "
            f"'{figure.task.layer}' cannot be drawn from its arrays: {error}.",
            hint="If a plugin made this figure, its tensor, index and style do not fit together.",
        ) from error


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


def _gap(tile: tuple[int, int]) -> int:
    return math.ceil(max(tile) / 28)  # still to be seen on a sheet that a page makes smaller


def _indexed(tensor: Array, index: Index) -> Array:
    """Axis by axis from the last, so that each place still means its own axis."""
    for axis, place in reversed(list(enumerate(index))):
        if place is not None:
            tensor = tensor.take(place, axis=axis)
    return tensor


def _scale_over(tensor: Array, figure: Figure) -> Array | None:
    """The values that share one scale: for ``layer``, the same part of every filter."""
    if figure.drawing.scale == "each":
        return None
    return _indexed(tensor, (None, *figure.index[1:]) if figure.index else ())


def _paint_still(
    chosen: Array, shared: Array | None, drawing: Drawing
) -> tuple[Pixels, _Range | None]:
    """The picture, and the ends of its colours where one scale holds over all of it."""
    tiles = chosen if drawing.sheet else chosen[None]
    if chosen.size == 0 or tiles.ndim != (4 if drawing.style == "rgb" else 3):
        raise ValueError(
            f"an array of shape {chosen.shape} has no picture in style {drawing.style}"
        )
    common = None if shared is None else _range(shared, drawing)
    painted = [_paint(tile, common or _range(tile, drawing), drawing) for tile in tiles]
    sized = [
        _hatched(_resized(pixels, drawing), tile, drawing)
        for pixels, tile in zip(painted, tiles, strict=True)
    ]
    pixels = _sheet(sized) if drawing.sheet else sized[0]
    known = common or (_range(tiles[0], drawing) if len(tiles) == 1 else None)
    if drawing.style == "rgb" and chosen.dtype == np.uint8:
        known = None
    return pixels, known


def _range(values: Array, drawing: Drawing) -> _Range:
    """The ends of the colours for these values, by the style; of finite values alone."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return _Range(0.0, 0.0)
    low, high = float(finite.min()), float(finite.max())
    if drawing.style == "signed":
        limit = max(abs(low), abs(high))
        return _Range(-limit, limit)
    if drawing.style == "heat":
        return _Range(0.0, max(0.0, high))
    return _Range(low, high)


def _paint(tile: Array, over: _Range, drawing: Drawing) -> Pixels:
    """One tile in colour at the array's own size, uint8 ``(h, w, 3)``."""
    if drawing.style == "gray":
        return color.gray(tile, over.low, over.high)
    if drawing.style == "signed":
        return color.diverging(tile, over.high)
    if drawing.style == "heat":
        return color.sequential(tile, over.low, over.high)
    if tile.dtype == np.uint8:
        return _last_axis(tile, tile.shape[-1] == 3)
    return color.channels(_last_axis(tile, tile.shape[0] != 3), over.low, over.high)


def _last_axis(tile: Array, colors_are_last: bool) -> Array:
    """RGB as ``(h, w, 3)``. A float tile of 3 x 3 x 3 is a kernel, with its channels first."""
    pixels = tile if colors_are_last else np.moveaxis(tile, 0, -1)
    if pixels.shape[-1] != 3:
        raise ValueError(f"an array of shape {tile.shape} has no three colours")
    return pixels


def _resized(pixels: Pixels, drawing: Drawing) -> Pixels:
    """With the longest side at ``drawing.tile``; hard pixels grow by whole numbers alone."""
    height, width = pixels.shape[:2]
    longest = max(height, width)
    if drawing.tile in (0, longest):
        return pixels
    if drawing.pixelated and drawing.tile > longest:
        factor = drawing.tile // longest
        return pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    share = drawing.tile / longest
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))


def _hatched(pixels: Pixels, tile: Array, drawing: Drawing) -> Pixels:
    """The drawn tile with stripes where the array holds no number, or an infinite one."""
    broken = np.logical_not(np.isfinite(tile))
    if not broken.any():
        return pixels
    if drawing.style == "rgb":
        broken = np.any(_last_axis(broken, tile.shape[0] != 3), axis=-1)
    mask = np.repeat((broken * np.uint8(255))[:, :, None], 3, axis=2)
    where = _resized(mask, drawing)[:, :, :1] > 0
    return np.where(where, color.hatching(*pixels.shape[:2]), pixels)


def _sheet(tiles: list[Pixels]) -> Pixels:
    """The tiles in reading order on a transparent ground, uint8 ``(H, W, 4)``."""
    height, width = tiles[0].shape[:2]
    rows, columns = grid(len(tiles))
    gap = _gap((height, width))
    size = (rows * (height + gap) - gap, columns * (width + gap) - gap)
    pixels = np.zeros((*size, 4), np.uint8)
    for position, tile in enumerate(tiles):
        left, top = sheet_cell(position, len(tiles), (height, width))
        pixels[top : top + height, left : left + width, :3] = tile
        pixels[top : top + height, left : left + width, 3] = 255
    return pixels


def _encoded(pixels: Pixels, drawing: Drawing, known: _Range | None, *, lossless: bool) -> Drawn:
    height, width = pixels.shape[:2]
    low, high = (known.low, known.high) if known else (None, None)
    if lossless or max(height, width) > WEBP_SIDE:
        return Drawn(png(pixels), ".png", width, height, low, high)
    return Drawn(_webp(pixels, drawing), ".webp", width, height, low, high)


def _webp(pixels: Pixels, drawing: Drawing) -> bytes:
    """Lossless for made pictures, and for small maps: their colours stay on the colormap."""
    size = pixels.shape[0] * pixels.shape[1]
    if drawing.style != "rgb":
        return webp(pixels, quality=None if size <= _SMALL else 90)
    if drawing.photo or size > _EXACT:
        return webp(pixels, quality=92)
    return webp(pixels, quality=None, effort=0)
