"""How far two pictures are apart.

As a program, this file reads a list of pairs in JSON, ``[[before, its SHA-256, after], …]`` with
the paths of files, and says how far each two are apart: a number, or one of two words.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import sys
from pathlib import Path

from PIL import Image, ImageChops

SAME, UNKNOWN = "same", "unknown"  # what is said where there is no number

_FORMATS = ("WEBP", "PNG", "JPEG")  # of a gallery's pictures, so that no others are tried


def difference(before: bytes, after: bytes) -> float | None:
    """The root mean square of the difference of all red, green and blue values, in 0..255.

    ``None`` where the two show the same pixels, however their files say it. A picture of another
    size is resized to the size of ``after`` first. Animations are compared frame by frame; the
    shorter one rests on its last.

    Args:
        before, after: the contents of two picture files.

    Raises:
        ValueError: one of them cannot be decoded.
    """
    try:
        with _opened(before) as old, _opened(after) as new:
            frames = max(_frames(old), _frames(new))
            means = [
                _mean_square(_frame(old, at, new.size), _frame(new, at)) for at in range(frames)
            ]
            alike = old.size == new.size and _frames(old) == _frames(new)
    except Exception as error:  # decoders raise whatever a damaged file makes them
        raise ValueError(f"a picture cannot be decoded: {error}") from error
    mean = math.fsum(means) / frames
    return None if alike and mean == 0 else math.sqrt(mean)


def apart(before: str, digest: str, after: str) -> float | str:
    """How far two files are apart: see :func:`difference`.

    ``SAME`` where they show the same pixels, ``UNKNOWN`` where one of them is gone or damaged, or
    the first does not have its SHA-256.
    """
    try:
        old = Path(before).read_bytes()
        if hashlib.sha256(old).hexdigest() != digest:
            return UNKNOWN
        far = difference(old, Path(after).read_bytes())
    except (OSError, ValueError):
        return UNKNOWN
    return SAME if far is None else far


def _opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture), formats=_FORMATS)


def _frames(image: Image.Image) -> int:
    return int(getattr(image, "n_frames", 1))


def _frame(image: Image.Image, at: int, size: tuple[int, int] | None = None) -> Image.Image:
    """A frame in red, green and blue, at ``size`` (width, height) where one is given."""
    image.seek(min(at, _frames(image) - 1))
    frame = image.convert("RGB")
    if size is not None and frame.size != size:
        frame = frame.resize(size, Image.Resampling.BILINEAR)
    return frame


def _mean_square(before: Image.Image, after: Image.Image) -> float:
    """Of all values' differences. Pillow counts how often each occurs, so the sum is exact."""
    counts = ImageChops.difference(before, after).histogram()  # 256 a colour
    total = sum(count * (value % 256) ** 2 for value, count in enumerate(counts))
    return total / sum(counts)


if __name__ == "__main__":
    json.dump([apart(*pair) for pair in json.load(sys.stdin)], sys.stdout)
