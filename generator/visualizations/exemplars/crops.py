"""What a unit saw: pieces of the photos themselves, as sharp as those are."""

from __future__ import annotations

import numpy as np
from PIL import Image

from generator.photos.images import Pixels
from generator.visualizations.exemplars.reading import Box

SIDE = 96  # pixels: the longer side of a crop

_STRIPES = ((112, 112, 112), (144, 144, 144))  # gray on gray, seen in light and dark
_STRIPE = 6  # pixels


def crop(photo: Pixels, box: Box, size: tuple[int, int]) -> Pixels:
    """A piece of a photo, as the network sees it but sharper: squished to the input's shape.

    Args:
        photo: uint8 ``(h, w, 3)``, of any size.
        box: the piece, in pixels of the network's input.
        size: height and width of that input.

    Returns:
        uint8, its longer side of ``SIDE`` pixels. What lies outside the photo is striped.
    """
    left, top, right, bottom = box
    scale = SIDE / max(right - left, bottom - top)
    height, width = crop_size(box)
    canvas = Image.fromarray(_striped(height, width))
    inside = (max(left, 0), max(top, 0), min(right, size[1]), min(bottom, size[0]))
    if inside[0] >= inside[2] or inside[1] >= inside[3]:
        return np.array(canvas)
    x, y = round((inside[0] - left) * scale), round((inside[1] - top) * scale)
    wide = max(1, round((inside[2] - left) * scale) - x)
    high = max(1, round((inside[3] - top) * scale) - y)
    across, down = photo.shape[1] / size[1], photo.shape[0] / size[0]
    source = (inside[0] * across, inside[1] * down, inside[2] * across, inside[3] * down)
    piece = Image.fromarray(photo).resize((wide, high), Image.Resampling.BICUBIC, box=source)
    canvas.paste(piece, (x, y))
    return np.array(canvas)


def crop_size(box: Box) -> tuple[int, int]:
    """Height and width of the crop of a box."""
    left, top, right, bottom = box
    scale = SIDE / max(right - left, bottom - top)
    return max(1, round((bottom - top) * scale)), max(1, round((right - left) * scale))


def _striped(height: int, width: int) -> Pixels:
    diagonal = np.add.outer(np.arange(height), np.arange(width)) // _STRIPE % 2
    striped: Pixels = np.array(_STRIPES, np.uint8)[diagonal]
    return striped
