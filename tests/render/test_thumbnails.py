"""Smaller copies of pictures: made once, the same bytes, and none where a picture is small."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.cache.store import Cache
from generator.proof.remake import Remade
from generator.render.drawing.album import Album, Print, drawing_key
from generator.render.drawing.darkroom import (
    THUMB_SIDE,
    draw_figures,
    thumbnail,
)
from generator.render.drawing.encoding import Drawn, webp
from generator.render.manifest import THUMB, Listed
from generator.report import Silent
from generator.visualizations.base import Drawing, Figure, Result, Task

TASK = Task("maximization", "features.0", "prefix", 3)
KEY = "ab" * 32


class OneEntry:
    """As much of a plan as thumbnails ask for."""

    def __init__(self, *figures: Figure) -> None:
        self.entries = (self,)
        self.figures = figures
        self.keys = {TASK: KEY}


def stripes(side: int) -> np.ndarray:
    """Red and blue, each four pixels wide: as strongly coloured as made pictures are."""
    red = (np.arange(side) // 4 % 2)[None].repeat(side, axis=0)
    return np.stack([red * 255, red * 0, 255 - red * 255], axis=-1).astype(np.uint8)


def drawn(side: int) -> Drawn:
    return Drawn(webp(stripes(side), quality=None), ".webp", side, side)


def made(folder: Path, side: int, role: str = "picture") -> tuple[OneEntry, Album]:
    """A plan of one figure, and an album that has it."""
    figure = Figure(TASK, role, "picture", Drawing("rgb"), channel=3)
    album = Album(folder)
    album.add(drawing_key(figure, KEY), drawn(side))
    return OneEntry(figure), album


def small_copies(plan: OneEntry, album: Album) -> Mapping[str, Print]:
    return draw_figures(plan, Cache(album.folder / "cache"), album, Silent()).small


def test_a_large_picture_has_a_thumbnail_that_is_made_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, album = made(tmp_path, 224)
    (digest, small), *rest = small_copies(plan, album).items()
    assert not rest and digest == hashlib.sha256(drawn(224).image_bytes).hexdigest()
    assert (small.width, small.height) == (THUMB_SIDE, THUMB_SIDE)
    # It may not be asked again.
    monkeypatch.setattr("generator.render.drawing.darkroom.thumbnail", None)
    assert small_copies(plan, album) == {digest: small}


@pytest.mark.parametrize(("photo", "decoded"), [(False, 0), (True, 1)])
def test_a_picture_that_is_kept_exactly_is_not_read_again_for_its_thumbnail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photo: bool, decoded: int
) -> None:
    figure = Figure(TASK, "picture", "picture", Drawing("rgb", photo=photo), channel=3)
    cache, album = Cache(tmp_path / "cache"), Album(tmp_path / "album")
    cache.store(KEY, {}, Result({"picture": stripes(224)}), 0.0)
    read: list[bytes] = []
    monkeypatch.setattr(
        "generator.render.drawing.darkroom.thumbnail",
        lambda content: read.append(content) or thumbnail(content),
    )
    prints = draw_figures(OneEntry(figure), cache, album, Silent())
    (picture,), (small,) = prints.figures.values(), prints.small.values()
    expected = thumbnail(picture.path.read_bytes())
    assert small.path.read_bytes() == expected.image_bytes and len(read) == decoded


@pytest.mark.parametrize(("side", "role"), [(THUMB_SIDE, "picture"), (224, "noise")])
def test_small_pictures_and_those_on_no_card_have_none(
    tmp_path: Path, side: int, role: str
) -> None:
    assert small_copies(*made(tmp_path, side, role)) == {}


def test_the_same_picture_gives_the_same_thumbnail() -> None:
    first, second = thumbnail(drawn(224).image_bytes), thumbnail(drawn(224).image_bytes)
    assert first == second
    with Image.open(io.BytesIO(first.image_bytes)) as image:
        assert (image.format, image.size) == ("JPEG", (160, 160))


def test_a_thumbnail_keeps_its_colours_at_full_resolution() -> None:
    with Image.open(io.BytesIO(thumbnail(drawn(224).image_bytes).image_bytes)) as image:
        found = np.asarray(image.convert("RGB"), float)
    wanted = Image.fromarray(stripes(224)).resize((160, 160), Image.Resampling.LANCZOS)
    off = np.sqrt(np.mean((found - np.asarray(wanted, float)) ** 2))
    assert off < 8  # 48 with one colour for four pixels


def test_a_thumbnail_can_be_made_again_from_its_picture() -> None:
    listed = Listed(
        file="a-small.webp",
        visualization="maximization",
        role=f"picture{THUMB}",
        width=160,
        height=160,
        bytes=1,
        digest="",
    )
    again = Remade(listed, (drawn(224),))
    assert again.contents == (thumbnail(drawn(224).image_bytes).image_bytes,)
