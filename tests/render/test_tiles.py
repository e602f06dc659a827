"""Where each filter stands on a sheet, found from the sheet's size alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pretend_gallery as pretend
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.render.drawing.sheets import sheet, sheet_tile
from generator.render.drawing.tiles import tile_of


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 600), st.integers(1, 60), st.integers(1, 60))
def test_a_sheets_tiles_are_found_from_its_size(count: int, height: int, width: int) -> None:
    whole = sheet([np.zeros((height, width, 3), np.uint8)] * count, 0)
    assert sheet_tile(whole.shape[1], whole.shape[0], count) == (height, width)


def test_a_size_that_no_sheet_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no sheet of 101 tiles is 1000 x 8 pixels"):
        sheet_tile(1000, 8, 101)


def test_a_tile_as_a_css_background_shows_its_own_place() -> None:
    shown = pretend.shown("k.png", "kernels", "kernels", width=254, height=254, tiles=64)
    tile = tile_of(replace(shown, channels=tuple(range(10, 74))), 10 + 63)
    assert tile is not None and (tile.left, tile.top, tile.width) == (224, 224, 30)
    assert tile.style == ("background-size:846.667% 846.667%;background-position:100% 100%")


def test_a_filter_that_a_sheet_lacks_has_no_tile_and_a_picture_of_one_is_all_its_own() -> None:
    sheet = pretend.shown("k.png", "kernels", "kernels", tiles=2, channels=(4, 9))
    assert tile_of(sheet, 5) is None
    alone = pretend.shown("m.png", "map", "activations", channel=5, width=24, height=20)
    assert tile_of(alone, 6) is None
    tile = tile_of(alone, 5)
    assert tile is not None and (tile.left, tile.top, tile.width, tile.height) == (0, 0, 24, 20)
    assert tile.style == "background-size:100% 100%;background-position:0% 0%"
