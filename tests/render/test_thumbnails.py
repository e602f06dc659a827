"""Smaller copies of pictures: made once, the same bytes, and none where a picture is small."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.cache.store import Cache
from generator.proof.remake import Remade
from generator.render.data_files.manifest import THUMB, Listed
from generator.render.drawing.album import Album, Print
from generator.render.drawing.copies import CARD_SIDE, draw_for_card
from generator.render.drawing.darkroom import draw_figures
from generator.render.drawing.encoding import Drawn, webp
from generator.utils.report import Silent
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


def card(side: int = 224) -> Drawn:
    copy = draw_for_card(drawn(side))
    assert copy is not None
    return copy


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album(tmp_path / "album")


def print_of(figure: Figure, cache: Cache, album: Album, side: int = 224) -> Print:
    """A figure of a picture of stripes, drawn and filed."""
    cache.store(KEY, {}, Result({"picture": stripes(side)}), 0.0)
    (found,) = draw_figures(OneEntry(figure), cache, album, Silent()).values()
    return found


def figure(role: str = "picture", *, photo: bool = False) -> Figure:
    return Figure(TASK, role, "picture", Drawing("rgb", photo=photo), channel=3)


def test_a_large_picture_has_a_copy_that_is_made_once(
    cache: Cache, album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = print_of(figure(), cache, album)
    assert first.small is not None
    assert (first.small.width, first.small.height) == (CARD_SIDE, CARD_SIDE)
    assert first.small.path.read_bytes() == card().image_bytes
    # It may not be asked again.
    monkeypatch.setattr("generator.render.drawing.copies.draw_for_card", None)
    assert print_of(figure(), cache, album) == first


@pytest.mark.parametrize(("photo", "decoded"), [(False, 0), (True, 1)])
def test_a_picture_that_is_kept_exactly_is_not_read_again_for_its_copy(
    cache: Cache, album: Album, monkeypatch: pytest.MonkeyPatch, photo: bool, decoded: int
) -> None:
    opened: list[object] = []
    monkeypatch.setattr(
        "generator.render.drawing.copies.Image.open",
        lambda file, load=Image.open: opened.append(file) or load(file),
    )
    found = print_of(figure(photo=photo), cache, album)
    monkeypatch.undo()
    content = found.path.read_bytes()
    copy = draw_for_card(Drawn(content, ".webp", found.width, found.height))
    assert found.small is not None and copy is not None
    assert found.small.path.read_bytes() == copy.image_bytes and len(opened) == decoded


@pytest.mark.parametrize(("side", "role"), [(CARD_SIDE, "picture"), (224, "noise")])
def test_small_pictures_and_those_on_no_card_have_none(
    cache: Cache, album: Album, side: int, role: str
) -> None:
    assert print_of(figure(role), cache, album, side).small is None


def test_what_stands_on_a_card_and_elsewhere_has_its_copy_on_the_card(
    cache: Cache, album: Album
) -> None:
    assert print_of(figure("noise"), cache, album).small is None
    assert print_of(figure("picture"), cache, album).small is not None
    assert print_of(figure("noise"), cache, album).small is None


def test_the_same_picture_gives_the_same_copy() -> None:
    assert card() == card()
    with Image.open(io.BytesIO(card().image_bytes)) as image:
        assert (image.format, image.size) == ("JPEG", (160, 160))


def test_a_copy_keeps_its_colours_at_full_resolution() -> None:
    with Image.open(io.BytesIO(card().image_bytes)) as image:
        found = np.asarray(image.convert("RGB"), float)
    wanted = Image.fromarray(stripes(224)).resize((160, 160), Image.Resampling.LANCZOS)
    off = np.sqrt(np.mean((found - np.asarray(wanted, float)) ** 2))
    assert off < 8  # 48 with one colour for four pixels


def test_a_copy_can_be_made_again_from_its_picture() -> None:
    listed = Listed(
        file="a-small.webp",
        visualization="maximization",
        role=f"picture{THUMB}",
        width=160,
        height=160,
        bytes=1,
        digest="",
    )
    assert Remade(listed, (drawn(224),)).contents == (card().image_bytes,)
    assert Remade(listed, (drawn(CARD_SIDE),)).contents == ()
