"""How far two pictures are apart."""

from __future__ import annotations

import io
import math

import numpy as np
import numpy.typing as npt
from PIL import Image


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
        with Image.open(io.BytesIO(before)) as old, Image.open(io.BytesIO(after)) as new:
            frames = max(_frames(old), _frames(new))
            means = [
                _mean_square(_frame(old, at, new.size), _frame(new, at)) for at in range(frames)
            ]
            alike = old.size == new.size and _frames(old) == _frames(new)
    except Exception as error:  # decoders raise whatever a damaged file makes them
        raise ValueError(f"a picture cannot be decoded: {error}") from error
    mean = math.fsum(means) / frames
    return None if alike and mean == 0 else math.sqrt(mean)


def _frames(image: Image.Image) -> int:
    return int(getattr(image, "n_frames", 1))


def _frame(
    image: Image.Image, at: int, size: tuple[int, int] | None = None
) -> npt.NDArray[np.uint8]:
    """A frame's pixels ``(H, W, 3)``, at ``size`` (width, height) where one is given."""
    image.seek(min(at, _frames(image) - 1))
    frame = image.convert("RGB")
    if size is not None and frame.size != size:
        frame = frame.resize(size, Image.Resampling.BILINEAR)
    return np.asarray(frame)


def _mean_square(before: npt.NDArray[np.uint8], after: npt.NDArray[np.uint8]) -> float:
    apart = np.subtract(before, after, dtype=np.int16)
    # As whole numbers, so that the sum does not depend on its order.
    return int(np.square(apart, dtype=np.int32).sum(dtype=np.int64)) / before.size
