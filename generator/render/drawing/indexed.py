"""Pictures of so few colours that they fit a palette, as indexed-colour PNGs: maps, mostly.

Such a PNG is half as large as one in true colour, is written in a third of the time, and read in a
tenth. A colormap has 255 colours, so that a sheet has one more index for what lies between its
tiles.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from generator.photos.images import Pixels
from generator.render.drawing.encoding import saved
from generator.render.drawing.sheets import sheet

_MOST = 255


class Indexed(NamedTuple):
    """A picture as a palette, and an index into it for each pixel."""

    indices: Pixels  # (H, W): for each pixel, the index of its colour
    palette: Pixels  # (N, 3), at most 255 colours
    clear: bool  # whether there is one more index, N: what is transparent


def indexed(tiles: Sequence[Pixels], factor: int, *, as_sheet: bool) -> Indexed | None:
    """Tiles, enlarged, as one indexed picture; ``None`` where they have more than 255 colours.

    Args:
        tiles: uint8 ``(h, w, 3)``, all of one shape.
        factor: by which each side is enlarged: a pixel becomes a square of so many.
        as_sheet: put the tiles on a sheet; otherwise there is but one.
    """
    red, green, blue = np.moveaxis(np.stack(tiles).astype(np.uint32), -1, 0)
    found, places = np.unique(red << 16 | green << 8 | blue, return_inverse=True)
    if len(found) > _MOST:
        return None
    indices = places.astype(np.uint8).reshape(red.shape)
    large = indices.repeat(factor, axis=1).repeat(factor, axis=2)
    palette = np.stack([found >> 16, found >> 8, found], axis=-1).astype(np.uint8)
    whole = sheet(list(large), len(found)) if as_sheet else large[0]
    return Indexed(whole, palette, clear=as_sheet)


def indexed_png(picture: Indexed) -> bytes:
    """Lossless PNG with a palette."""
    image = Image.fromarray(picture.indices)
    image.putpalette(picture.palette.tobytes() + bytes(3) * picture.clear)
    clear = {"transparency": len(picture.palette)} if picture.clear else {}
    return saved(image, "PNG", compress_level=6, **clear)
