"""Arrays to pictures: the one place that knows how a figure's tensor becomes pixels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from PIL import Image

from generator.errors import SiteError
from generator.photos.images import Pixels
from generator.render.drawing import color
from generator.render.drawing.animation import draw_convolution, draw_frames
from generator.render.drawing.encoding import WEBP_SIDE, Drawn, png, webp
from generator.render.drawing.indexed import indexed, indexed_png
from generator.render.drawing.sheets import sheet
from generator.visualizations.base import Array, Drawing, Fact, Figure

VERSION = 8  # bumped when the same arrays would give other pixels, or other files

Index: TypeAlias = tuple[int | tuple[int, ...] | None, ...]

_DETAIL = 1 << 17  # values up to which hard pixels are kept exactly, as PNG
_SMALL = 1 << 16  # pixels up to which a lossless WebP costs little
_EXACT = 1 << 19  # pixels up to which a made picture is kept as it was made


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
        painted = _painted(chosen, _scale_over(tensor, figure), figure.drawing)
        return _as_indexed(painted, figure.drawing) or _as_true_colour(painted, figure.drawing)


def pixels_of(tensors: Mapping[str, Array], figure: Figure) -> Pixels:
    """A still figure as :func:`draw` would show it, uint8 ``(H, W, 3)`` or ``(H, W, 4)``.

    Raises:
        SiteError: the tensor is missing, or has no shape that the style can draw.
    """
    with _fitting(figure):
        tensor = np.asarray(tensors[figure.tensor])
        chosen = _indexed(tensor, figure.index)
        painted = _painted(chosen, _scale_over(tensor, figure), figure.drawing)
        return _whole(painted, figure.drawing)


@contextmanager
def _fitting(figure: Figure) -> Iterator[None]:
    """Turns whatever a figure that does not fit its arrays raises into a `SiteError`."""
    try:
        yield
    except (KeyError, IndexError, ValueError) as error:
        raise SiteError(
            f"The figure '{figure.role}' of {figure.task.visualization} on layer "
            f"'{figure.task.layer}' cannot be drawn from its arrays: {error}.",
            hint="If a plugin made this figure, its tensor, index and style do not fit together.",
        ) from error


def _indexed(tensor: Array, index: Index) -> Array:
    """The part of a tensor that a figure shows. ``None`` of an index takes the whole axis.

    Axis by axis from the last: taking a place removes its axis, which would renumber later ones.
    """
    for axis, place in reversed(list(enumerate(index))):
        if place is not None:
            tensor = tensor.take(place, axis=axis)
    return tensor


def _scale_over(tensor: Array, figure: Figure) -> Array | None:
    """The values that share one scale: for ``layer``, the same part of every filter."""
    if figure.drawing.scale == "each":
        return None
    return _indexed(tensor, (None, *figure.index[1:]) if figure.index else ())


@dataclass(frozen=True)
class _Painted:
    """Tiles in colour, one pixel for each value, and the values themselves.

    ``known`` is what the ends of the colours stand for, where one scale holds for all tiles.
    """

    values: Array  # (tiles, h, w), or with three colours more
    tiles: list[Pixels]  # each uint8 (h, w, 3)
    known: _Range | None


def _painted(chosen: Array, shared: Array | None, drawing: Drawing) -> _Painted:
    values = chosen if drawing.sheet else chosen[None]
    if chosen.size == 0 or values.ndim != (4 if drawing.style == "rgb" else 3):
        raise ValueError(
            f"an array of shape {chosen.shape} has no picture in style {drawing.style}"
        )
    if drawing.style == "rgb" and chosen.dtype == np.uint8:  # colours already
        return _Painted(values, [_last_axis(tile, tile.shape[-1] == 3) for tile in values], None)
    common = None if shared is None else _range(shared, drawing)
    tiles = [_paint(tile, common or _range(tile, drawing), drawing) for tile in values]
    known = common or (_range(values[0], drawing) if len(values) == 1 else None)
    return _Painted(values, tiles, known)


def _whole(painted: _Painted, drawing: Drawing) -> Pixels:
    """The picture, uint8 ``(H, W, 3)``; of a sheet ``(H, W, 4)``, transparent between tiles."""
    sized = [
        _hatched(_resized(pixels, drawing), values, drawing)
        for pixels, values in zip(painted.tiles, painted.values, strict=True)
    ]
    if not drawing.sheet:
        return sized[0]
    opaque = np.full((*sized[0].shape[:2], 1), 255, np.uint8)
    return sheet([np.concatenate([tile, opaque], axis=-1) for tile in sized], 0)


def _as_indexed(painted: _Painted, drawing: Drawing) -> Drawn | None:
    """The picture as an indexed PNG; ``None`` unless it is hard pixels of at most 255 colours."""
    factor = _factor(painted.tiles[0], drawing) if drawing.pixelated else None
    gray = drawing.style == "gray" and not drawing.sheet  # is smaller without a palette
    if factor is None or gray or painted.values.size > _DETAIL:
        return None
    if not np.isfinite(painted.values).all():  # stripes are drawn over it
        return None
    picture = indexed(painted.tiles, factor, as_sheet=drawing.sheet)
    if picture is None:
        return None
    height, width = picture.indices.shape
    low, high = _ends(painted.known)
    return Drawn(indexed_png(picture), ".png", width, height, low, high)


def _as_true_colour(painted: _Painted, drawing: Drawing) -> Drawn:
    """The picture as PNG or WebP with each pixel's own colour."""
    pixels = _whole(painted, drawing)
    height, width = pixels.shape[:2]
    low, high = _ends(painted.known)
    exact = drawing.pixelated and min(painted.values.size, pixels.size) <= _DETAIL
    if exact or max(height, width) > WEBP_SIDE:
        return Drawn(png(pixels), ".png", width, height, low, high)
    return _as_webp(pixels, drawing, Drawn(b"", ".webp", width, height, low, high))


def _ends(known: _Range | None) -> tuple[float | None, float | None]:
    return (known.low, known.high) if known else (None, None)


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
    return color.channels(_last_axis(tile, tile.shape[0] != 3), over.low, over.high)


def _last_axis(tile: Array, colors_are_last: bool) -> Array:
    """RGB as ``(h, w, 3)``. A float tile of 3 x 3 x 3 is a kernel, with its channels first."""
    pixels = tile if colors_are_last else np.moveaxis(tile, 0, -1)
    if pixels.shape[-1] != 3:
        raise ValueError(f"an array of shape {tile.shape} has no three colours")
    return pixels


def _factor(pixels: Pixels, drawing: Drawing) -> int | None:
    """How many times larger pixels are drawn; ``None`` where they blend into each other."""
    longest = max(pixels.shape[:2])
    if drawing.tile in (0, longest):
        return 1
    return drawing.tile // longest if drawing.pixelated and drawing.tile > longest else None


def _resized(pixels: Pixels, drawing: Drawing) -> Pixels:
    """With the longest side at ``drawing.tile``; hard pixels grow by whole numbers alone."""
    factor = _factor(pixels, drawing)
    if factor is not None:
        return pixels if factor == 1 else pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    height, width = pixels.shape[:2]
    share = drawing.tile / max(height, width)
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


def _as_webp(pixels: Pixels, drawing: Drawing, drawn: Drawn) -> Drawn:
    """Lossless for made pictures, and for small maps: their colours stay on the colormap."""
    size = pixels.shape[0] * pixels.shape[1]
    if drawing.style != "rgb":
        return replace(drawn, image_bytes=webp(pixels, quality=None if size <= _SMALL else 90))
    if drawing.photo or size > _EXACT:
        return replace(drawn, image_bytes=webp(pixels, quality=92))
    return replace(drawn, image_bytes=webp(pixels, quality=None, effort=0), pixels=pixels)
