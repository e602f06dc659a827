"""How far a picture is from another that should be the same, value by value."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageSequence

CLOSE = 2  # of 255: what one rounding more or less can do to a value, coded with loss
SHARE = 0.999  # of all values that must be close where not all are
MEAN = 0.5  # of 255: the mean difference of all values that is allowed then

Values = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Distance:
    """The differences of all red, green, blue and alpha values of two pictures, each 0 to 255."""

    largest: int
    mean: float
    close: float  # share of the values that differ by no more than `CLOSE`, 0 to 1

    @property
    def nothing(self) -> bool:
        """Whether the pixels are the same."""
        return self.largest == 0

    @property
    def small(self) -> bool:
        """Whether this is what another processor's last digits can do, and no more."""
        return self.largest <= CLOSE or (self.close >= SHARE and self.mean <= MEAN)

    def __str__(self) -> str:
        if self.nothing:
            return "nothing"
        return f"{self.largest} at most, {self.mean:.2g} on average"


def distance(one: bytes, other: bytes) -> Distance | None:
    """How far two pictures' pixels are apart, over all of their frames.

    What cannot be seen does not count: where both are transparent, colours are the same.

    Args:
        one, other: the contents of two picture files.

    Returns:
        ``None`` where their sizes or their numbers of frames differ.

    Raises:
        ValueError: one of them cannot be decoded.
    """
    frames, others = _frames(one), _frames(other)
    if [frame.shape for frame in frames] != [frame.shape for frame in others]:
        return None
    differences = [np.abs(a - b) for a, b in zip(frames, others, strict=True)]
    size = sum(each.size for each in differences)
    return Distance(
        largest=max(int(each.max()) for each in differences),
        mean=sum(int(each.sum(dtype=np.int64)) for each in differences) / size,
        close=sum(int((each <= CLOSE).sum()) for each in differences) / size,
    )


def _frames(content: bytes) -> list[Values]:
    """Each frame ``(H, W, 4)``, black where it is transparent."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            return [_values(frame) for frame in ImageSequence.Iterator(image)]
    except Exception as error:  # decoders raise whatever a damaged file makes them
        raise ValueError(f"cannot be decoded: {error}") from error


def _values(frame: Image.Image) -> Values:
    values = np.array(frame.convert("RGBA"), dtype=np.int16)
    values[values[..., 3] == 0] = 0
    return values
