"""How far two pictures are apart, and what counts as no difference."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generator.photos.images import Pixels
from generator.proof.distance import Distance, distance
from generator.render.drawing.encoding import animation, png, webp

SIDE = 40
GRAY = np.full((SIDE, SIDE, 3), 100, np.uint8)


def moved(values: int, by: int) -> Pixels:
    """The gray picture with so many of its values moved."""
    pixels = GRAY.copy()
    pixels.reshape(-1)[:values] += by
    return pixels


def far(one: Pixels, other: Pixels) -> Distance:
    found = distance(png(one), png(other))
    assert found is not None
    return found


def test_the_same_pixels_in_other_files_are_no_distance_apart() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    found = distance(png(pixels), webp(pixels, quality=None))
    assert found == Distance(0, 0.0, 1.0)
    assert found.nothing and found.small
    assert str(found) == "nothing"


@pytest.mark.parametrize(
    ("values", "by", "small"),
    [
        (GRAY.size, 2, True),  # a faint tint that is within the limit everywhere
        (GRAY.size, 3, False),
        (6, 90, True),  # of 6,400 values with alpha: fewer than one in a thousand
        (7, 90, False),
        (6, 155, True),
    ],
)
def test_what_counts_as_small(values: int, by: int, small: bool) -> None:
    found = far(GRAY, moved(values, by))
    assert not found.nothing
    assert found.small is small
    assert found.largest == by


def test_a_small_share_does_not_hide_a_tint() -> None:
    """All values within 2 but a few, and yet more than half a step brighter on average."""
    pixels = moved(GRAY.size, 2)
    pixels[0, 0] = 120
    found = far(GRAY, pixels)
    assert found.close > 0.999 and found.mean > 0.5
    assert not found.small


def test_the_distance_is_told_in_numbers() -> None:
    assert str(far(GRAY, moved(1600, 20))) == "20 at most, 5 on average"


def test_colours_that_cannot_be_seen_do_not_count() -> None:
    hidden, other = np.zeros((2, 8, 8, 4), np.uint8)
    other[..., 0] = 200
    assert far(hidden, other).nothing
    other[..., 3] = 255
    assert not far(hidden, other).small


def test_every_frame_counts() -> None:
    frames = [np.full((16, 16, 3), value, np.uint8) for value in (10, 60, 110)]
    one = animation(frames, [40, 40, 40], lossless=True)
    frames[2] = np.full((16, 16, 3), 180, np.uint8)
    found = distance(one, animation(frames, [40, 40, 40], lossless=True))
    assert found is not None and found.largest == 70
    assert distance(one, animation(frames[:2], [40, 40], lossless=True)) is None


def test_pictures_of_other_sizes_have_no_distance() -> None:
    assert distance(png(GRAY), png(GRAY[:-1])) is None


@pytest.mark.parametrize("content", [b"", b"not a picture", png(GRAY)[:60]])
def test_what_cannot_be_decoded_is_said(content: bytes) -> None:
    with pytest.raises(ValueError, match="cannot be decoded"):
        distance(png(GRAY), content)


@given(st.binary(max_size=200))
def test_no_damaged_file_does_anything_worse(content: bytes) -> None:
    written = bytearray(webp(GRAY, quality=90))
    written[20 : 20 + len(content)] = content
    try:
        distance(bytes(written), png(GRAY))
    except ValueError as error:
        assert "cannot be decoded" in str(error)


@given(st.integers(0, 2**32 - 1), st.integers(1, 255))
def test_a_distance_is_the_same_both_ways(seed: int, most: int) -> None:
    chance = np.random.default_rng(seed)
    one, other = chance.integers(0, most + 1, (2, 5, 6, 3)).astype(np.uint8)
    found = far(one, other)
    assert found == far(other, one)
    exact = np.abs(one.astype(int) - other.astype(int))
    assert found.largest == exact.max() <= most
    assert found.mean == pytest.approx(exact.sum() / (5 * 6 * 4))  # alpha is the fourth


def test_gray_files_are_compared_as_what_they_show() -> None:
    file = io.BytesIO()
    Image.fromarray(GRAY[..., 0]).save(file, "PNG")
    found = distance(file.getvalue(), webp(GRAY, quality=None))
    assert found is not None and found.nothing
