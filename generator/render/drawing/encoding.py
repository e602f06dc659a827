"""Pixels to files' bytes: PNG, WebP and JPEG, the same bytes each time, with no metadata."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from generator.photos.images import Pixels

WEBP_SIDE = 16383  # the longest side that the WebP format can hold
_EFFORT = 1  # of a lossy WebP: half the time of 4, as good, at most a tenth more bytes


@dataclass(frozen=True)
class Drawn:
    """A drawn picture: the bytes of a file, and what a page must know about it.

    ``low`` and ``high`` are the values at the two ends of its colours, where one scale holds over
    the whole picture. ``still`` is a WebP that stands there until it is played; ``small``, a
    copy for a card.
    """

    image_bytes: bytes
    suffix: str  # ".png", ".webp" or ".jpg"
    width: int  # pixels
    height: int
    low: float | None = None
    high: float | None = None
    still: bytes | None = None
    small: Drawn | None = None
    pixels: Pixels | None = field(default=None, repr=False, compare=False)


def png(pixels: Pixels) -> bytes:
    """Lossless PNG of uint8 ``(H, W, 3)`` or ``(H, W, 4)``, without channels that hold nothing."""
    return saved(_in_smallest_mode(pixels), "PNG", compress_level=6)


def webp(pixels: Pixels, *, quality: int | None, effort: int = 1) -> bytes:
    """WebP of uint8 ``(H, W, 3)`` or ``(H, W, 4)``.

    Args:
        pixels: the picture.
        quality: 0 to 100, with losses: it keeps one colour for four pixels. ``None``: lossless.
        effort: 0 to 6, of a lossless one. For a made picture, 0 takes a third of the time of 1 and
            a seventh more bytes; for even colours, as of maps, twice the bytes.
    """
    image = Image.fromarray(pixels)
    if quality is None:
        return saved(image, "WEBP", lossless=True, quality=0, method=effort)
    return saved(image, "WEBP", quality=quality, method=_EFFORT)


def jpeg(pixels: Pixels, *, quality: int) -> bytes:
    """JPEG of uint8 ``(H, W, 3)`` at ``quality``, 0 to 100, its colours at full resolution."""
    return saved(Image.fromarray(pixels), "JPEG", quality=quality, subsampling=0, optimize=True)


def animation(frames: Sequence[Pixels], milliseconds: Sequence[int], *, lossless: bool) -> bytes:
    """An animated WebP that repeats: frames, uint8 ``(H, W, 3)``, each shown for its time."""
    first, *rest = [Image.fromarray(frame) for frame in frames]
    return saved(
        first,
        "WEBP",
        save_all=True,
        append_images=rest,
        duration=list(milliseconds),
        loop=0,
        lossless=lossless,
        quality=60 if lossless else 85,
        method=_EFFORT,
    )


def _in_smallest_mode(pixels: Pixels) -> Image.Image:
    """As L, LA, RGB or RGBA: whichever holds these pixels exactly and is smallest."""
    color, alpha = pixels[..., :3], pixels[..., 3:]
    if _is_gray(color[::16, ::16]) and _is_gray(color):  # few pixels tell colour nearly always
        color = color[..., :1]
    if alpha.size and bool((alpha == 255).all()):
        alpha = alpha[..., :0]
    if color.shape[-1] + alpha.shape[-1] == pixels.shape[-1]:
        return Image.fromarray(pixels)
    kept = np.concatenate([color, alpha], axis=-1)
    return Image.fromarray(kept[..., 0] if kept.shape[-1] == 1 else kept)


def _is_gray(color: Pixels) -> bool:
    return bool((color == color[..., :1]).all())


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """An image as the bytes of a file; ``options`` are those of Pillow's writer of the kind."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
