"""Pictures lose what cameras and editors hid in them, and nothing else."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import EpsImagePlugin, Image, PngImagePlugin, features

from generator.errors import SiteError
from generator.render.drawing.metadata import SUFFIXES, has_metadata, without_metadata


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


AVIF = pytest.param("avif", marks=pytest.mark.skipif(not features.check("avif"), reason="no AVIF"))


@pytest.mark.parametrize("suffix", ["jpg", "jfif", "png", "apng", "webp", AVIF])
def test_exif_goes_and_the_picture_stays(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo.{suffix}"
    striped().save(path, exif=exif())
    assert path.suffix in SUFFIXES and has_metadata(path)
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


@pytest.mark.parametrize("suffix", ["jpg", "gif"])
def test_what_pillow_does_not_see_goes_as_well_and_no_pixel_changes(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"photo.{suffix}"
    striped().save(path)
    clean = path.read_bytes()
    signed = b"\xff\xeb\x00\x08JP\x00Ada" if suffix == "jpg" else b"!\xff\x0bPROGRAM 1.0\x03Ada\0"
    at = 2 if suffix == "jpg" else clean.index(b",")
    path.write_bytes(clean[:at] + signed + clean[at:] + b"Ada")
    assert has_metadata(path) and without_metadata(path) == clean
    path.write_bytes(clean)
    assert not has_metadata(path)


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


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("name", ["Author", "Comment", "Raw profile type iptc"])
def test_a_png_loses_all_text_and_keeps_how_it_looks(
    tmp_path: Path, name: str, after: bool
) -> None:
    path = tmp_path / "plot.png"
    info = PngImagePlugin.PngInfo()
    info.add_text(name, "Ada, 59.91N 10.75E", zip=name != "Author")
    info.add(b"gAMA", (45455).to_bytes(4, "big"))
    info.add(b"caBX", b"who signed it", after_idat=after)  # a chunk that Pillow knows nothing of
    striped().save(path, pnginfo=info, dpi=(144, 144), icc_profile=b"a profile")
    assert has_metadata(path)
    bare = tmp_path / "bare.png"
    bare.write_bytes(without_metadata(path))
    assert not has_metadata(bare) and without_metadata(bare) == bare.read_bytes()
    assert not any(each in bare.read_bytes() for each in (name.encode(), b"Ada", b"caBX"))
    with Image.open(path) as before, Image.open(bare) as kept:
        assert kept.tobytes() == before.tobytes() and not kept.text
        assert kept.info.keys() == {"gamma", "dpi", "icc_profile"}


def test_what_lies_behind_the_end_of_a_png_goes(tmp_path: Path) -> None:
    path = tmp_path / "cropped.png"
    striped().save(path)
    whole = path.read_bytes()
    path.write_bytes(whole + b"what was cropped away")
    assert has_metadata(path) and without_metadata(path) == whole
    path.write_bytes(whole[:-20])  # cut short, there is nothing behind
    assert not has_metadata(path) and without_metadata(path) == whole[:-20]


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_a_damaged_picture_is_not_published_with_its_metadata(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"photo.{suffix}"
    Image.effect_noise((300, 300), 90).save(path, exif=exif(**{"0x0112": 6}))
    path.write_bytes(path.read_bytes()[:-4000])
    assert has_metadata(path)
    with pytest.raises(SiteError, match=rf"photo\.{suffix}' holds EXIF or other metadata") as told:
        without_metadata(path)
    assert told.value.hint == "Save it again as JPEG or PNG, or take it out of docs/."


def test_a_picture_that_is_too_large_to_open_is_not_published_unsearched(tmp_path: Path) -> None:
    path = tmp_path / "vast.gif"
    striped().save(path)
    data = bytearray(path.read_bytes())
    data[6:10] = b"\xff\xff\xff\xff"  # its header says 65,535 x 65,535 pixels
    path.write_bytes(bytes(data))
    with pytest.raises(SiteError, match=r"vast\.gif' is too large to be searched for EXIF"):
        without_metadata(path)


def test_formats_that_photos_may_not_have_are_not_opened_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "figure.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n")

    def refused(image: object) -> None:
        pytest.fail("Pillow reads EPS, with the help of another program")

    monkeypatch.setattr(EpsImagePlugin.EpsImageFile, "_open", refused)
    assert without_metadata(path) == path.read_bytes()
