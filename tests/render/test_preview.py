"""The icon and the preview picture: made from the wall, the same each time, whatever the name."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pretend_gallery import gallery

from generator.errors import SiteError
from generator.render.arranging.catalogue import Catalogue
from generator.render.pages import preview
from generator.render.pages.preview import FAVICON, PREVIEW, previews


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A picture of its own colour for each that the pretended gallery shows."""
    folder = tmp_path_factory.mktemp("pictures")
    found: dict[str, Path] = {}
    for number, shown in enumerate(gallery().pictures()):
        path = folder / f"{number}.png"
        Image.new("RGB", (40, 30), (number * 37 % 256, 90, 200)).save(path)
        found[shown.src] = path
    return found


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_both_have_the_sizes_that_are_asked_for(files: dict[str, Path]) -> None:
    made = previews(Catalogue(gallery()), files)
    assert opened(made[FAVICON]).size == (64, 64)
    shared = opened(made[PREVIEW])
    assert (shared.format, shared.size) == ("JPEG", (1200, 630))
    assert not shared.getexif()
    corner, middle = (
        opened(made[FAVICON]).getpixel((0, 0)),
        opened(made[FAVICON]).getpixel((48, 48)),
    )
    assert isinstance(corner, tuple) and isinstance(middle, tuple)
    assert (corner[3], middle[3]) == (0, 255), "its corners are round"


def test_the_same_gallery_gives_the_same_bytes(files: dict[str, Path]) -> None:
    assert previews(Catalogue(gallery()), files) == previews(Catalogue(gallery()), files)


def test_the_pictures_hang_on_the_wall_above_the_name(files: dict[str, Path]) -> None:
    made = previews(Catalogue(gallery()), files)
    wall = np.asarray(opened(made[PREVIEW]).convert("RGB")).astype(int)
    coloured = (wall.max(axis=2) - wall.min(axis=2)) > 60
    assert coloured[:500].mean() > 0.2
    assert coloured[520:].mean() == 0, "the words have no colour"
    assert (wall[520:].min(axis=2) > 180).any(), "but they are there"


@pytest.mark.parametrize("name", ["画廊", "\u202eمعرض", "a\u0301 " * 300, "", "\n", "🖼"])
def test_any_name_gives_a_picture(files: dict[str, Path], name: str) -> None:
    made = previews(Catalogue(replace(gallery(), name=name)), files)
    assert opened(made[PREVIEW]).size == (1200, 630)


def test_a_gallery_without_pictures_has_none() -> None:
    assert previews(Catalogue(replace(gallery(), pages=())), {}) == {}


def test_a_picture_that_is_gone_is_told(files: dict[str, Path]) -> None:
    gone = {src: path.with_name("gone.png") for src, path in files.items()}
    with pytest.raises(SiteError, match=r"preview cannot be made.*gone\.png"):
        previews(Catalogue(gallery()), gone)


@pytest.mark.parametrize("count", [1, 2, 5, 13, 28])
def test_a_full_grid_fits_its_room(count: int) -> None:
    columns, rows, side = preview._grid(count, 1144, 456)
    assert 0 < columns * rows <= count
    assert columns * side + (columns - 1) * 12 <= 1144
    assert rows * side + (rows - 1) * 12 <= 456
