"""Pictures lose all that does not show them, and not one bit of their pixels."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image, ImageSequence, features

from generator.render.drawing.containers import shown_only

SECRET = b"59.91N 10.75E, by Ada"


def colourful(mode: str = "RGB", shift: int = 0) -> Image.Image:
    image = Image.effect_noise((40, 24), 60).convert("RGB")
    image.paste((20 + shift, 60, 200), (0, 0, 20 + shift % 9, 12))
    return image.convert(mode)


def saved(kind: str, mode: str = "RGB", frames: int = 1, **options: object) -> bytes:
    written = io.BytesIO()
    first, *more = (colourful(mode, 30 * at) for at in range(frames))
    moving = {"save_all": True, "append_images": more, "duration": [50, 90, 130]} if more else {}
    first.save(written, format=kind, **moving, **options)
    return written.getvalue()


def decoded(data: bytes) -> list[tuple[str, tuple[int, int], object, bytes]]:
    """What each frame looks like, and how long it does."""
    with Image.open(io.BytesIO(data)) as image:
        return [
            (frame.mode, frame.size, frame.info.get("duration"), frame.tobytes())
            for frame in ImageSequence.Iterator(image)
        ]


def segment(kind: int, content: bytes) -> bytes:
    return bytes([0xFF, kind]) + (len(content) + 2).to_bytes(2) + content


def chunk(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


JPEGS = {
    "baseline": saved("JPEG", quality=70),
    "progressive": saved("JPEG", progressive=True, icc_profile=b"a profile" * 9000),
    "restarts": saved("JPEG", restart_marker_blocks=1, subsampling=0),
    "gray": saved("JPEG", "L", dpi=(144, 144)),
    "four inks": saved("JPEG", "CMYK"),
}
HIDDEN = {  # before the tables
    "C2PA": segment(0xEB, b"JP\0\1" + SECRET),
    "EXIF": segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + SECRET),
    "more pictures": segment(0xE2, b"MPF\0" + SECRET),
    "a thumbnail of JFXX": segment(0xE0, b"JFXX\0\x13\1\1" + SECRET),
    "IPTC": segment(0xED, b"Photoshop 3.0\0" + SECRET),
    "a program's own": segment(0xEE, b"Ducky" + SECRET),
    "a comment": b"\xff\xff\xff" + segment(0xFE, SECRET),
    "no segment": SECRET,
}


@pytest.mark.parametrize("jpeg", JPEGS)
def test_a_jpeg_keeps_what_decodes_it_and_nothing_else(jpeg: str) -> None:
    clean = JPEGS[jpeg]
    assert shown_only(clean) == clean
    at = clean.index(b"\xff\xdb")
    scan = clean.rindex(b"\xff\xda")
    for hidden in HIDDEN.values():
        for place in {at, scan}:  # in a progressive one, between two scans
            assert shown_only(clean[:place] + hidden + clean[place:]) == clean
    assert shown_only(clean + b"\xff\xd8" + SECRET) == clean, "behind its end"
    assert decoded(shown_only(clean)) == decoded(clean)


def test_a_jpeg_loses_its_thumbnail_and_keeps_its_density() -> None:
    clean = JPEGS["gray"]
    assert clean[2:4] == b"\xff\xe0"
    head = clean[4:6], clean[6:18], clean[20:]
    thumbnail = b"\7\1" + SECRET  # seven pixels of three bytes
    stuffed = clean[:4] + (16 + 21).to_bytes(2) + head[1] + thumbnail + head[2]
    assert shown_only(stuffed) == clean
    with Image.open(io.BytesIO(shown_only(stuffed))) as image:
        assert image.info["dpi"] == (144, 144)


def test_what_adobe_says_of_the_colours_stays_and_no_more() -> None:
    clean = JPEGS["four inks"]
    at = clean.index(b"\xff\xee\x00\x0eAdobe")
    stuffed = clean[:at] + segment(0xEE, clean[at + 4 : at + 16] + SECRET) + clean[at + 16 :]
    assert shown_only(stuffed) == clean


@pytest.mark.parametrize("frames", [1, 3])
def test_a_gif_keeps_its_frames_and_how_often_they_are_repeated(frames: int) -> None:
    clean = saved("GIF", "P", frames, loop=2, transparency=3, disposal=2)
    assert shown_only(clean) == clean
    at = clean.index(b"\x21\xf9")
    xmp = b"\x21\xff\x0bXMP DataXMP" + SECRET + bytes([1, *range(255, -1, -1), 0])
    comment = b"\x21\xfe" + bytes([len(SECRET)]) + SECRET + b"\0"
    plain = b"\x21\xf9\x04\0\xff\xff\0\0\x21\x01\x0c" + b"\0" * 12 + comment[2:]
    loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x02\0"
    for hidden in (xmp, comment, plain, b"\x21\xff\x0bSOMEPROGRAM" + comment[2:]):
        assert shown_only(clean[:at] + hidden + clean[at:]) == clean
    longer = clean.replace(loop + b"\0", loop + comment[2:])
    assert shown_only(longer) == clean
    assert shown_only(clean + SECRET) == clean
    assert decoded(shown_only(clean[:at] + plain + clean[at:])) == decoded(clean)


@pytest.mark.skipif(not features.check("webp"), reason="no WebP")
@pytest.mark.parametrize("lossless", [False, True])
@pytest.mark.parametrize(("mode", "frames"), [("RGB", 1), ("RGBA", 1), ("RGB", 3), ("RGBA", 3)])
def test_a_webp_keeps_its_pictures_and_says_no_more_that_there_is_exif(
    mode: str, frames: int, lossless: bool
) -> None:
    profile = saved("WEBP", mode, frames, lossless=lossless, icc_profile=b"a profile")
    assert shown_only(profile) == profile
    stuffed = saved("WEBP", mode, frames, lossless=lossless, exif=b"Exif\0\0" + SECRET, xmp=SECRET)
    more = stuffed[:30] + chunk(b"C2PA", SECRET) + stuffed[30:]
    for each in (stuffed, _sized(more), stuffed + SECRET):
        bare = shown_only(each)
        assert not bare[20] & 0x2C and bare[20] & 0x12 == stuffed[20] & 0x12
        assert SECRET not in bare and decoded(bare) == decoded(stuffed)
        assert int.from_bytes(bare[4:8], "little") == len(bare) - 8


@pytest.mark.skipif(not features.check("webp"), reason="no WebP")
def test_what_hides_in_a_frame_of_a_webp_goes() -> None:
    clean = saved("WEBP", "RGB", 3)
    at = clean.index(b"ANMF")
    length = int.from_bytes(clean[at + 4 : at + 8], "little")
    end, hidden = at + 8 + length, chunk(b"MINE", SECRET)
    longer = clean[at + 8 : end] + hidden
    stuffed = _sized(clean[:at] + chunk(b"ANMF", longer) + clean[end:])
    assert shown_only(stuffed) == clean


def _sized(webp: bytes) -> bytes:
    return webp[:4] + (len(webp) - 8).to_bytes(4, "little") + webp[8:]


@pytest.mark.skipif(not features.check("avif"), reason="no AVIF")
def test_what_lies_beside_the_picture_in_an_avif_is_blanked() -> None:
    clean = saved("AVIF")
    size = int.from_bytes(clean[:4])
    signed = (8 + len(SECRET)).to_bytes(4) + b"uuid" + SECRET
    for stuffed in (clean + signed, clean + SECRET):
        assert shown_only(stuffed) == clean
    large = b"\0\0\0\1uuid" + (16 + len(SECRET)).to_bytes(8) + SECRET
    for hidden in (signed, large):
        bare = shown_only(clean[:size] + hidden + clean[size:])
        assert SECRET not in bare and len(bare) == len(clean) + len(hidden)
        assert shown_only(bare) == bare


FILES = {
    **JPEGS,
    "GIF": saved("GIF", "P", 3, comment=SECRET),
    "PNG": saved("PNG", exif=b"Exif\0\0" + SECRET),
    "WebP": saved("WEBP", "RGBA", 3, xmp=SECRET) if features.check("webp") else b"RIFF",
    "AVIF": saved("AVIF") if features.check("avif") else b"\0\0\0\0ftyp",
}


@pytest.mark.parametrize("name", FILES)
def test_damaged_files_are_read_to_their_end_and_not_twice_otherwise(name: str) -> None:
    whole = FILES[name]
    chance = random.Random(name)
    broken = [whole[:length] for length in range(min(len(whole), 900))]
    for _ in range(300):
        torn = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            torn[chance.randrange(min(len(torn), 1200))] = chance.choice(
                [0, 1, 255, chance.randrange(256)]
            )
        broken.append(bytes(torn))
    for each in broken:
        bare = shown_only(each)
        assert len(bare) <= len(each) + 1 and shown_only(bare) == bare
