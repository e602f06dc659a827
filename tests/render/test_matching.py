"""Which picture of the site before is which picture now."""

from __future__ import annotations

from pathlib import Path

import pretend_gallery as pretend
import pytest
from pretend_sites import FIRST, SECOND, Album, gallery_of, png

from generator.render.comparing.matching import Matches, match
from generator.render.data_files.manifest import THUMB, Listed, read_manifest
from generator.render.gallery import Shown


@pytest.fixture
def album(tmp_path: Path) -> Album:
    return Album(tmp_path / "album")


def matched(album: Album, before: list[Shown], now: list[Shown]) -> Matches:
    album.replace_site(gallery_of(before), album.folder.with_name("site"))
    return match(read_manifest(album.folder.with_name("site")).pictures, now)


def named(matches: Matches) -> list[tuple[str, str]]:
    return [(old.digest, new.digest) for old, new in matches.pairs]


def test_a_unit_finds_its_picture_whatever_its_pixels_and_its_settings(album: Album) -> None:
    old = album.figure(SECOND, 3, png(1), parameters={"steps": 50})
    new = album.figure(SECOND, 3, png(2), parameters={"steps": 100})
    assert named(matched(album, [old], [new])) == [(old.digest, new.digest)]


@pytest.mark.parametrize(
    "other",
    [
        {"layer": FIRST},
        {"channel": 4},
        {"role": "noise"},
        {"visualization": "activations"},
        {"step": 5},
    ],
)
def test_another_subject_is_another_picture(album: Album, other: dict[str, object]) -> None:
    old = album.figure(SECOND, 3, png(1))
    new = album.figure(**{"layer": SECOND, "channel": 3, "content": png(1), **other})  # type: ignore[arg-type]
    found = matched(album, [old], [new])
    assert found.pairs == ()
    assert [listed.digest for listed in found.removed] == [old.digest]
    assert found.added == (new,)


def test_photos_of_a_layer_are_told_apart(album: Album) -> None:
    cat, dog = pretend.photo("cat"), pretend.photo("dog")
    more = {"visualization": "activations", "role": "map"}
    old = album.figure(FIRST, 3, png(1), picture=cat, **more)
    new = album.figure(FIRST, 3, png(2), picture=dog, **more)
    assert matched(album, [old], [new]).added == (new,)


def test_photos_themselves_are_told_apart_by_their_names() -> None:
    fields = {"visualization": "photo", "role": "seen", "width": 8, "height": 8, "bytes": 9}
    old = Listed(file="pictures/photos/cat-seen.11111111.webp", digest="1" * 64, **fields)
    cat = pretend.shown("pictures/photos/cat-seen.22222222.webp", "seen", "photo")
    dog = pretend.shown("pictures/photos/dog-seen.11111111.webp", "seen", "photo", digest="1" * 64)
    found = match([old], [dog, cat])
    assert found.pairs == ((old, cat),)
    assert found.added == (dog,)


def test_of_several_pictures_of_a_unit_each_finds_its_own_kind(album: Album) -> None:
    def made(preset: str, steps: int, value: int) -> Shown:
        return album.figure(FIRST, 1, png(value), parameters={"preset": preset, "steps": steps})

    before = [made("classic", 50, 10), made("fourier", 256, 20)]
    now = [made("fourier", 300, 30), made("classic", 60, 40)]
    assert set(named(matched(album, before, now))) == {
        (before[0].digest, now[1].digest),
        (before[1].digest, now[0].digest),
    }


@pytest.mark.parametrize("turn", [1, -1])
def test_drawings_of_one_task_are_told_apart_by_their_style(album: Album, turn: int) -> None:
    def drawn(style: str, value: int) -> Shown:
        return album.figure(
            FIRST, None, png(value), visualization="kernels", role="kernels", style=style
        )

    before, now = [drawn("gray", 1), drawn("signed", 2)], [drawn("signed", 3), drawn("gray", 4)]
    found = matched(album, before, now[::turn])
    assert [old.style for old, _ in found.pairs] == [new.style for _, new in found.pairs]


def test_the_same_pixels_belong_together_first(album: Album) -> None:
    before = [album.figure(FIRST, 1, png(v), parameters={"seed": v}) for v in (1, 2)]
    now = [album.figure(FIRST, 1, png(v), parameters={"seed": 3 - v}) for v in (1, 2)]
    assert all(old == new for old, new in named(matched(album, before, now)))


def test_a_thumbnail_neither_comes_nor_goes(album: Album) -> None:
    old = album.figure(SECOND, 3, png(1))
    album.replace_site(gallery_of([old]), album.folder.with_name("site"))
    (listed,) = read_manifest(album.folder.with_name("site")).pictures
    small = listed.model_copy(update={"role": f"picture{THUMB}", "file": "small.webp"})
    found = match([listed, small], [old])
    assert (len(found.pairs), found.removed, found.added) == (1, (), ())
