"""Pictures of so few colours that each pixel is a number in a list of them: maps, mostly.

A PNG that holds such numbers is half as large as one that spells every colour out, is written in a
third of the time, and read in a tenth. A colormap has 255 colours, so that a sheet has one more
number for what lies between its tiles.
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


class Numbered(NamedTuple):
    """A picture by the numbers of its colours."""

    numbers: Pixels  # (H, W)
    colours: Pixels  # (N, 3): at most 255
    clear: bool  # whether there is one more number, N: what is transparent


def numbered(tiles: Sequence[Pixels], factor: int, *, as_sheet: bool) -> Numbered | None:
    """Tiles whose pixels become squares, as one picture; ``None`` where they have more colours.

    Args:
        tiles: uint8 ``(h, w, 3)``, all of one shape.
        factor: how many pixels wide and high each of theirs is drawn.
        as_sheet: put them on a sheet; otherwise there is one.
    """
    red, green, blue = np.moveaxis(np.stack(tiles).astype(np.uint32), -1, 0)
    found, places = np.unique(red << 16 | green << 8 | blue, return_inverse=True)
    if len(found) > _MOST:
        return None
    numbers = places.astype(np.uint8).reshape(red.shape)
    large = numbers.repeat(factor, axis=1).repeat(factor, axis=2)
    colours = np.stack([found >> 16, found >> 8, found], axis=-1).astype(np.uint8)
    whole = sheet(list(large), len(found)) if as_sheet else large[0]
    return Numbered(whole, colours, clear=as_sheet)


def numbered_png(picture: Numbered) -> bytes:
    """Lossless PNG with a palette."""
    image = Image.fromarray(picture.numbers)
    image.putpalette(picture.colours.tobytes() + bytes(3) * picture.clear)
    clear = {"transparency": len(picture.colours)} if picture.clear else {}
    return saved(image, "PNG", compress_level=6, **clear)
