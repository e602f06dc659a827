"""Pictures with a palette: pixel for pixel what they would be without."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generator.render.drawing import color, pictures
from generator.render.drawing.indexed import indexed, indexed_png
from generator.visualizations.base import Drawing, Figure, Task

TASK = Task("activations", "features.0", "prefix")


def decoded(content: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(content)) as image:
        return np.array(image.convert("RGBA"))


@given(
    st.sampled_from(["heat", "signed", "gray"]),
    st.sampled_from(["each", "layer"]),
    st.integers(1, 9),
    st.sampled_from([0, 6, 20]),
    st.booleans(),
)
def test_a_sheet_shows_the_pixels_that_it_would_show_without(
    style: Any, scale: Any, count: int, tile: int, broken: bool
) -> None:
    maps = np.random.default_rng(count).normal(size=(count, 5, 6))
    maps[0, 1, 1] = np.nan if broken else 0
    drawing = Drawing(style, scale=scale, sheet=True, tile=tile, pixelated=True)
    figure = Figure(TASK, "maps", "maps", drawing)
    drawn = pictures.draw({"maps": maps}, figure)
    assert (decoded(drawn.image_bytes) == pictures.pixels_of({"maps": maps}, figure)).all()


@pytest.mark.parametrize("style", ["heat", "signed"])
def test_a_sheet_with_every_colour_of_a_map_has_room_for_what_lies_between(style: Any) -> None:
    maps = np.linspace(-1 if style == "signed" else 0, 1, 2000).reshape(2, 25, 40)
    figure = Figure(TASK, "maps", "maps", Drawing(style, scale="layer", sheet=True, pixelated=True))
    with Image.open(io.BytesIO(pictures.draw({"maps": maps}, figure).image_bytes)) as image:
        assert image.mode == "P"
    assert len(np.unique(color.SEQUENTIAL, axis=0)) == len(np.unique(color.DIVERGING, axis=0))


def test_a_map_alone_has_no_transparent_colour() -> None:
    tile = color.sequential(np.arange(12.0).reshape(3, 4), 0, 11)
    picture = indexed([tile], 7, as_sheet=False)
    assert picture is not None and not picture.clear
    expected = tile.repeat(7, axis=0).repeat(7, axis=1)
    assert (decoded(indexed_png(picture))[..., :3] == expected).all()
    with Image.open(io.BytesIO(indexed_png(picture))) as image:
        assert image.size == (28, 21) and not image.has_transparency_data


def test_colours_that_are_too_many_are_not_indexed() -> None:
    pixels = np.zeros((16, 16, 3), np.uint8)
    pixels[..., 0] = np.arange(256).reshape(16, 16)
    assert indexed([pixels], 1, as_sheet=False) is None
    pixels[0, 0] = pixels[0, 1]
    assert indexed([pixels], 1, as_sheet=False) is not None
