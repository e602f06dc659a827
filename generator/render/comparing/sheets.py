"""Which filters' tiles changed most between two sheets of the same layer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageChops

from generator.render.drawing.tiles import tile_at
from generator.render.gallery import Shown

_LARGEST = 1_000_000  # pixels of a sheet that is looked through: larger ones take too long


def changed_channels(before: Path, after: Path, shown: Shown) -> tuple[int, ...]:
    """The channels whose tiles differ, those first that differ most.

    Args:
        before: the file of the older sheet.
        after: that of the newer one.
        shown: the newer sheet, as the gallery has it.

    Returns:
        Nothing where the sheets are not of one size, too large, or cannot be read.
    """
    if not shown.tiles or shown.width * shown.height > _LARGEST:
        return ()
    try:
        with Image.open(before) as old, Image.open(after) as new:
            if old.size != new.size:
                return ()
            apart = ImageChops.difference(old.convert("RGB"), new.convert("RGB"))
    except Exception:  # decoders raise whatever a damaged file makes them
        return ()
    squares = np.asarray(apart, dtype=np.float32) ** 2
    far: dict[int, float] = {}
    for place, channel in enumerate(shown.channels):
        tile = tile_at(shown, place)
        inside = squares[tile.top : tile.top + tile.height, tile.left : tile.left + tile.width]
        far[channel] = float(inside.mean())
    return tuple(sorted((c for c in far if far[c] > 0), key=lambda c: far[c], reverse=True))
