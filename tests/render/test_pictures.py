"""Arrays to pictures, read back pixel by pixel."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generator.errors import SiteError
from generator.render.drawing import color, encoding, pictures, sheets
from generator.render.drawing.copies import draw_photo
from generator.render.drawing.encoding import Drawn
from generator.visualizations.base import Drawing, Figure, Task

TASK = Task("kernels", "features.0", "layer")
KERNELS = np.random.default_rng(1).normal(size=(64, 3, 3, 3)).astype(np.float32)


def draw(tensor: np.ndarray, style: Any, *, index: tuple = (), **drawing: Any) -> Drawn:
    figure = Figure(TASK, "sheet", "values", Drawing(style, **drawing), index=index)
    return pictures.draw({"values": tensor}, figure)


def opened(drawn: Drawn) -> Image.Image:
    image = Image.open(io.BytesIO(drawn.image_bytes))
    assert image.size == (drawn.width, drawn.height)
    assert image.format == {".png": "PNG", ".webp": "WEBP"}[drawn.suffix]
    return image


def rgb(drawn: Drawn) -> np.ndarray:
    return np.array(opened(drawn).convert("RGB"))


# --- one tile -----------------------------------------------------------------------------------


def test_gray_runs_from_the_least_to_the_greatest() -> None:
    values = np.array([[-1.0, 0.0], [1.0, 3.0]])
    drawn = draw(values, "gray", pixelated=True)
    assert rgb(drawn)[..., 0].tolist() == [[0, 64], [128, 255]]
    assert (drawn.low, drawn.high, drawn.suffix, drawn.still) == (-1.0, 3.0, ".png", None)
    assert opened(drawn).mode == "L"


def test_signed_is_symmetric_about_zero() -> None:
    values = np.array([[-1.0, 0.0, 4.0]])
    drawn = draw(values, "signed", pixelated=True)
    assert (rgb(drawn)[0] == color.diverging(values[0], 4.0)).all()
    assert (drawn.low, drawn.high) == (-4.0, 4.0)


def test_heat_starts_at_zero_not_at_the_least() -> None:
    values = np.array([[2.0, 4.0]])
    drawn = draw(values, "heat", pixelated=True)
    assert (rgb(drawn)[0] == color.SEQUENTIAL[[127, 254]]).all()
    assert (drawn.low, drawn.high) == (0.0, 4.0)
    dead = draw(np.full((3, 3), -2.0), "heat", pixelated=True)
    assert (rgb(dead) == color.SEQUENTIAL[0]).all() and (dead.low, dead.high) == (0.0, 0.0)


def test_small_maps_keep_their_exact_colours_as_webp() -> None:
    values = np.random.default_rng(0).normal(size=(56, 56))
    drawn = draw(values, "signed")
    assert drawn.suffix == ".webp"
    assert (rgb(drawn) == color.diverging(values, float(np.abs(values).max()))).all()


def test_a_made_picture_is_kept_as_it_was_made_and_a_photograph_nearly_so() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
    made, photo = draw(pixels, "rgb"), draw(pixels, "rgb", photo=True)
    assert made.suffix == photo.suffix == ".webp"
    assert (rgb(made) == pixels).all()
    assert len(photo.image_bytes) < len(made.image_bytes) / 2


def test_uint8_rgb_is_shown_as_it_is() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    drawn = draw(pixels, "rgb", pixelated=True)
    assert (rgb(drawn) == pixels).all()
    assert (drawn.low, drawn.high) == (None, None)


def test_float_rgb_is_scaled_and_a_3x3x3_kernel_has_its_channels_first() -> None:
    kernel = KERNELS[5]
    share = (kernel - kernel.min()) / np.ptp(kernel)
    drawn = draw(KERNELS, "rgb", index=(5,), pixelated=True)
    assert np.abs(rgb(drawn) - np.moveaxis(share, 0, -1) * 255).max() <= 0.51
    last = np.moveaxis(np.concatenate([kernel, kernel], axis=1), 0, -1)  # (6, 3, 3)
    assert (rgb(draw(last, "rgb", pixelated=True))[:3] == rgb(drawn)).all()


def test_what_is_not_finite_is_marked_and_does_not_set_the_scale() -> None:
    values = np.array([[0.0, 1.0, np.nan, np.inf]])
    drawn = draw(values, "gray", pixelated=True)
    striped = color.hatching(1, 4)[0].tolist()
    assert rgb(drawn)[0].tolist() == [[0] * 3, [255] * 3, *striped[2:]]
    assert (drawn.low, drawn.high) == (0.0, 1.0)
    whole = rgb(draw(np.full((2, 2), np.nan), "signed", pixelated=True))
    assert (whole == color.hatching(2, 2)).all()


@pytest.mark.parametrize("tile", [4, 40])
def test_stripes_cover_all_that_a_broken_value_was_blended_into(tile: int) -> None:
    values = np.ones((20, 20))
    values[:10, 3] = np.nan
    pixels = rgb(draw(values, "signed", pixelated=True, tile=tile))
    striped = (pixels == color.hatching(tile, tile)).all(axis=2)
    assert striped.any() and not striped[-tile // 4 :].any()
    assert not (pixels == color.MARK).all(axis=2).any()
    plain = rgb(draw(np.ones((20, 20)), "signed", pixelated=True, tile=tile))
    assert (pixels[~striped] == plain[~striped]).all()


def test_broken_colours_are_striped_too() -> None:
    values = np.random.default_rng(0).uniform(size=(8, 8, 3))
    values[2, 2, 1] = np.inf
    pixels = rgb(draw(values, "rgb", pixelated=True))
    assert (pixels[2, 2] == color.hatching(8, 8)[2, 2]).all()


def test_layer_scale_holds_for_one_filter_as_for_all() -> None:
    limit = float(np.abs(KERNELS[:, 0]).max())
    drawn = draw(KERNELS, "signed", index=(7, 0), scale="layer", pixelated=True)
    assert (drawn.low, drawn.high) == (-limit, limit)
    assert (rgb(drawn) == color.diverging(KERNELS[7, 0], limit)).all()
    some = draw(KERNELS, "signed", index=((1, 2), 0), scale="layer", sheet=True, pixelated=True)
    assert (some.low, some.high) == (-limit, limit)


# --- sizes --------------------------------------------------------------------------------------


def test_hard_pixels_grow_by_whole_numbers() -> None:
    drawn = draw(KERNELS, "gray", index=(0, 0), tile=32, pixelated=True)
    small = rgb(draw(KERNELS, "gray", index=(0, 0), pixelated=True))
    assert (rgb(drawn) == small.repeat(10, axis=0).repeat(10, axis=1)).all()


def test_larger_maps_are_averaged_down() -> None:
    stripes = np.tile([0.0, 1.0], (8, 64))  # (8, 128)
    drawn = draw(stripes, "gray", tile=16, pixelated=True)
    assert (drawn.height, drawn.width) == (1, 16)
    assert np.abs(rgb(drawn).astype(int) - 128).max() <= 16


def test_smooth_pictures_may_grow() -> None:
    drawn = draw(np.eye(10), "gray", tile=25)
    assert (drawn.height, drawn.width) == (25, 25)
    assert len(np.unique(rgb(drawn))) > 10


# --- sheets -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, (1, 1)),
        (7, (1, 7)),
        (8, (2, 4)),
        (12, (3, 4)),
        (13, (2, 7)),
        (64, (8, 8)),
        (96, (8, 12)),
        (128, (8, 16)),
        (256, (16, 16)),
        (512, (16, 32)),
    ],
)
def test_grids_are_what_a_person_would_choose(count: int, expected: tuple[int, int]) -> None:
    assert sheets.grid(count) == expected


@given(st.integers(1, 5000))
def test_grids_hold_all_tiles_with_no_empty_row(count: int) -> None:
    rows, columns = sheets.grid(count)
    assert (rows - 1) * columns < count <= rows * columns
    assert count <= 7 or rows <= columns <= 4 * rows + 1


def test_a_sheet_has_each_kernel_at_its_place_on_a_transparent_ground() -> None:
    drawn = draw(KERNELS, "gray", index=(None, 0), sheet=True, tile=30, pixelated=True)
    pixels = np.array(opened(drawn).convert("RGBA"))
    covered = np.zeros(pixels.shape[:2], bool)
    for number, kernel in enumerate(KERNELS[:, 0]):
        left, top = sheets.sheet_cell(number, 64, (30, 30))
        place = np.s_[top : top + 30, left : left + 30]
        share = (kernel - kernel.min()) / np.ptp(kernel)
        assert np.abs(pixels[place][5::10, 5::10, 0] - share * 255).max() <= 0.51
        covered[place] = True
    assert (pixels[..., 3] == np.where(covered, 255, 0)).all()
    assert pixels.shape == (8 * 32 - 2, 8 * 32 - 2, 4)
    assert (drawn.low, drawn.high) == (None, None)  # each tile has its own scale
    assert opened(drawn).mode == "P"  # a list of colours, the last of them transparent


def test_chosen_tiles_come_in_the_order_they_were_chosen() -> None:
    drawn = draw(KERNELS, "rgb", index=((9, 2, 30),), sheet=True, pixelated=True)
    pixels = rgb(drawn)
    assert pixels.shape == (3, 11, 3)
    for place, number in enumerate((9, 2, 30)):
        one = rgb(draw(KERNELS, "rgb", index=(number,), pixelated=True))
        assert (pixels[:, place * 4 : place * 4 + 3] == one).all()


def test_an_index_between_kept_axes_still_means_its_own_axis() -> None:
    stack = np.arange(4 * 2 * 3 * 3, dtype=np.float32).reshape(4, 2, 3, 3)
    picked = pictures._indexed(stack, ((0, 3), None, 1))
    assert (picked == stack[[0, 3]][:, :, 1]).all()


def test_a_large_sheet_of_maps_is_lossy_and_one_beyond_webp_is_png() -> None:
    maps = np.random.default_rng(0).random((40, 64, 64), np.float32)
    assert draw(maps, "heat", sheet=True, pixelated=True).suffix == ".webp"
    wide = np.zeros((2, encoding.WEBP_SIDE + 1), np.float32)
    assert draw(wide, "gray").suffix == ".png"


# --- photos -------------------------------------------------------------------------------------


def test_photos_shrink_but_never_grow() -> None:
    pixels = np.full((300, 450, 3), 90, np.uint8)
    drawn = draw_photo(pixels, 150)
    assert (drawn.width, drawn.height, drawn.suffix) == (150, 100, ".webp")
    assert np.abs(rgb(drawn).astype(int) - 90).max() <= 2
    assert draw_photo(pixels, 640).width == 450


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("pixelated", [True, False])
def test_the_same_array_gives_the_same_bytes_without_metadata(pixelated: bool) -> None:
    values = np.random.default_rng(3).normal(size=(4, 20, 20))
    first, second = (draw(values, "signed", sheet=True, pixelated=pixelated) for _ in range(2))
    assert first == second
    assert not opened(first).getexif() and not {"exif", "xmp", "icc_profile"} & set(
        opened(first).info
    )


# --- figures that cannot be drawn ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("tensor", "style", "options"),
    [
        (np.zeros((3, 4, 5)), "gray", {}),
        (np.zeros((4, 5)), "gray", {"sheet": True}),
        (np.zeros((4, 5)), "rgb", {}),
        (np.zeros((4, 5, 6)), "rgb", {}),
        (np.zeros((0, 5)), "heat", {}),
        (np.zeros((3, 4, 5)), "signed", {"index": (9,)}),
    ],
)
def test_a_figure_that_does_not_fit_says_which(tensor: Any, style: Any, options: Any) -> None:
    with pytest.raises(SiteError, match=r"'sheet' of kernels on layer 'features\.0'") as caught:
        draw(tensor, style, **options)
    assert "plugin" in caught.value.hint


def test_a_missing_tensor_is_named() -> None:
    figure = Figure(TASK, "sheet", "absent", Drawing("gray"))
    with pytest.raises(SiteError, match="absent"):
        pictures.draw({"values": np.zeros((2, 2))}, figure)
