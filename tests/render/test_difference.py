"""How far pictures are apart: by pixels alone, whatever their files say."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from pretend_sites import png

from generator.render.comparing.difference import difference


def file_of(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


PICTURES = arrays(np.uint8, (4, 5, 3), elements=st.integers(0, 255))


@given(PICTURES, PICTURES)
def test_it_is_the_root_mean_square_of_all_values(one: np.ndarray, other: np.ndarray) -> None:
    found = difference(file_of(one), file_of(other))
    expected = np.sqrt(np.mean((one.astype(float) - other.astype(float)) ** 2))
    assert found == pytest.approx(expected) if (one != other).any() else found is None


def test_black_and_white_are_255_apart() -> None:
    assert difference(png(0), png(255)) == 255


def test_the_same_pixels_in_another_file_are_the_same() -> None:
    one, other = png(7), png(7, packed=False)
    assert one != other
    assert difference(one, other) is None


def test_another_size_is_another_picture_even_of_the_same_colour() -> None:
    assert difference(png(7), png(7, size=(16, 8))) == 0
    assert difference(png(0), png(10, size=(16, 8))) == 10


def test_animations_are_compared_frame_by_frame() -> None:
    assert difference(png(0, 10, 20), png(0, 10, 20)) is None
    # Frames differ by 0, 0 and 30; the shorter one rests on its last.
    assert difference(png(0, 10), png(0, 10, 40)) == pytest.approx(np.sqrt(30**2 / 3))
    assert difference(png(0, 10, 20), png(0, 10, 50)) == pytest.approx(np.sqrt(30**2 / 3))


@pytest.mark.parametrize("broken", [b"", b"no picture", png(3)[:50]])
def test_what_is_no_picture_is_said(broken: bytes) -> None:
    with pytest.raises(ValueError, match="a picture cannot be decoded"):
        difference(broken, png(1))
