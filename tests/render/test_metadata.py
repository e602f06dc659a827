"""Pictures lose what cameras and editors hid in them, and nothing else."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from generator.render.drawing.metadata import has_metadata, without_metadata


def exif(**tags: object) -> Image.Exif:
    found = Image.Exif()
    found[0x013B] = "Ada"  # the artist
    for number, value in tags.items():
        found[int(number, 16)] = value
    return found


def striped(size: tuple[int, int] = (40, 24)) -> Image.Image:
    image = Image.new("RGB", size, (200, 40, 40))
    image.paste((20, 60, 200), (0, 0, size[0] // 2, size[1] // 2))
    return image


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_exif_goes_and_the_picture_stays(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo.{suffix}"
    striped().save(path, exif=exif())
    assert has_metadata(path)
    bare = tmp_path / f"bare.{suffix}"
    bare.write_bytes(without_metadata(path))
    assert not has_metadata(bare)
    assert b"Ada" not in bare.read_bytes()
    with Image.open(path) as before, Image.open(bare) as after:
        assert after.size == before.size
        assert after.convert("RGB").getpixel((30, 20)) == pytest.approx(
            before.convert("RGB").getpixel((30, 20)), abs=6
        )


def test_a_jpeg_keeps_its_quantisation_and_its_colour_profile(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    striped().save(path, exif=exif(), quality=61, icc_profile=b"a profile")
    with Image.open(path) as before, Image.open(io.BytesIO(without_metadata(path))) as after:
        assert after.quantization == before.quantization
        assert after.info["icc_profile"] == b"a profile"


def test_a_picture_that_exif_turns_stands_upright_without_it(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    striped((40, 24)).save(path, exif=exif(**{"0x0112": 6}))  # turn a quarter clockwise
    with Image.open(io.BytesIO(without_metadata(path))) as after:
        assert after.size == (24, 40)
        red, _, blue = after.getpixel((20, 4))
        assert blue > red, "what was at the top left is now at the top right"


def test_a_comment_and_xmp_are_metadata_too(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    striped().save(path, comment=b"by Ada", xmp=b"<x:xmpmeta>Ada</x:xmpmeta>")
    assert has_metadata(path)
    assert b"Ada" not in without_metadata(path)


def test_bytes_without_metadata_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    striped().save(path, quality=61)
    assert without_metadata(path) == path.read_bytes()


def test_what_is_no_picture_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.png"
    path.write_bytes(b"these are notes")
    assert not has_metadata(path)
    assert without_metadata(path) == b"these are notes"


def test_an_animation_keeps_its_frames(tmp_path: Path) -> None:
    path = tmp_path / "moving.webp"
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (0, 120, 240)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=80, exif=exif())
    assert has_metadata(path)
    with Image.open(io.BytesIO(without_metadata(path))) as after:
        assert after.n_frames == 3
        assert not after.getexif()
