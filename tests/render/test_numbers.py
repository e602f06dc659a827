"""Grids of numbers: how a number is written, and when it is left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from generator.render.drawing import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (-0.001, "0"),
        (0.125, "0.12"),
        (-1.5, "-1.50"),
        (9.996, "10.0"),
        (-12.34, "-12.3"),
        (99.96, "100"),
        (-123.7, "-124"),
        (5e7, "5e7"),
    ],
)
def test_short_numbers(value: float, text: str) -> None:
    assert numbers.short(value) == text


@given(st.floats(-99_998, 99_998))
def test_short_numbers_are_short_and_near(value: float) -> None:
    text = numbers.short(value)
    assert len(text.lstrip("-")) <= 5
    assert abs(float(text) - value) <= max(0.005001, abs(value) * 0.0051)


def test_every_sign_that_is_written_has_a_shape_in_the_font() -> None:
    font = numbers.font(20)
    unknown = bytes(font.getmask("\ufffe"))
    for sign in "0123456789-.e()*=+·…":
        assert bytes(font.getmask(sign)) != unknown, sign


def test_numbers_are_left_out_where_they_would_not_be_legible() -> None:
    image = Image.new("RGB", (40, 40))
    for cell, inked in ((12, False), (40, True)):
        grid = numbers.NumberGrid(0, 0, cell, (1, 1))
        grid.draw(ImageDraw.Draw(image), np.array([[0.5]]), np.full((1, 1, 3), 255, np.uint8))
        inside = np.array(image)[2 : cell - 2, 2 : cell - 2]
        assert bool(inside.min() < 100) is inked
