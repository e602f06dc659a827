"""Whole pictures as files that are no larger than they are shown: photos, and thumbnails."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from generator.photos.images import Pixels
from generator.render.drawing.encoding import Drawn, jpeg, webp
from generator.visualizations.base import Figure

CARD_SIDE = 160  # pixels: a picture on its card, at most
_ON_CARDS = frozenset({"picture", "facet"})  # roles


def is_on_card(figure: Figure) -> bool:
    """Whether a figure stands on a card, where a smaller copy of it will do."""
    return figure.role in _ON_CARDS


def draw_photo(pixels: Pixels, longest: int) -> Drawn:
    """A photo, uint8 ``(H, W, 3)``, as a WebP whose longest side is at most ``longest``."""
    pixels = _shrunk(pixels, longest, Image.Resampling.LANCZOS)
    return Drawn(webp(pixels, quality=90), ".webp", pixels.shape[1], pixels.shape[0])


def draw_for_card(picture: Drawn) -> Drawn | None:
    """A made picture as a JPEG whose longest side is ``CARD_SIDE``; ``None`` of one that is small.

    Of strong colours that change from pixel to pixel this keeps most, at little cost: over the
    default gallery's pictures 24 dB (peak signal-to-noise ratio), where a WebP of three quarters
    of the bytes keeps 21 dB.
    """
    if max(picture.width, picture.height) <= CARD_SIDE:
        return None
    pixels = _shrunk(_pixels(picture), CARD_SIDE, Image.Resampling.BICUBIC)
    return Drawn(jpeg(pixels, quality=75), ".jpg", pixels.shape[1], pixels.shape[0])


def _pixels(picture: Drawn) -> Pixels:
    """A picture's pixels: those at hand, if they are what its file holds, or those of the file."""
    if picture.pixels is not None:
        return picture.pixels
    with Image.open(io.BytesIO(picture.image_bytes)) as image:
        return np.asarray(image.convert("RGB"))


def _shrunk(pixels: Pixels, longest: int, way: Image.Resampling) -> Pixels:
    height, width = pixels.shape[:2]
    if max(height, width) <= longest:
        return pixels
    share = longest / max(height, width)
    size = (max(1, round(width * share)), max(1, round(height * share)))
    return np.asarray(Image.fromarray(pixels).resize(size, way))
