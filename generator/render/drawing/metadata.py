"""What cameras and editors hide in pictures: found, and taken out before a picture is published."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from generator.errors import SiteError
from generator.photos.images import readable_formats

# What browsers show.
SUFFIXES = frozenset({".jpg", ".jpeg", ".jfif", ".png", ".apng", ".webp", ".gif", ".avif"})

# Where Pillow leaves EXIF, XMP, IPTC and comments, in the formats of SUFFIXES other than PNG.
_PRIVATE = ("exif", "xmp", "photoshop", "comment")
_ORIENTATION = 0x0112  # the EXIF tag

_PNG = b"\x89PNG\r\n\x1a\n"
# The chunks of a PNG that browsers need to show it. Others tell of people, programs and places.
_SHOWN = frozenset(
    b"IHDR PLTE IDAT IEND tRNS bKGD sPLT hIST pHYs sBIT "
    b"gAMA cHRM sRGB iCCP cICP mDCV cLLI acTL fcTL fdAT".split()
)


def has_metadata(path: Path) -> bool:
    """Whether a picture holds EXIF, XMP, IPTC, a comment or other text. False for no picture."""
    data = path.read_bytes()
    if data.startswith(_PNG):
        return _without_text(data) != data
    try:
        image = _opened(path, data)
    except SiteError:
        return False
    if image is None:
        return False
    with image:
        return _holds_private(image)


def without_metadata(path: Path) -> bytes:
    """The picture's bytes without its metadata; the file's own bytes when it has none.

    A picture that EXIF says is rotated is turned first, so that it still stands upright. JPEGs
    keep their quantisation tables, PNGs their pixels, and all pictures their colour profile.

    Raises:
        SiteError: it has metadata and is damaged, so that it cannot be saved again without; or it
            is too large to be looked through.
    """
    data = path.read_bytes()
    png = data.startswith(_PNG)
    bare = _without_text(data) if png else data
    if png and bare == data:
        return data
    image = _opened(path, data)
    if image is None:
        return bare  # not a picture, whatever it is called
    with image:
        if not png and not _holds_private(image):
            return data
        try:
            turned = image.getexif().get(_ORIENTATION, 1) != 1
            return bare if png and not turned else _saved_again(image, turned)
        except Exception as error:  # decoders raise whatever a damaged file makes them
            raise SiteError(
                f"The picture '{path}' holds EXIF or other metadata, and cannot be saved again "
                f"without it: {str(error).strip().rstrip('.') or type(error).__name__}.",
                "Save it again as JPEG or PNG, or take it out of docs/.",
            ) from error


def _opened(path: Path, data: bytes) -> Image.Image | None:
    """The picture with its header read; ``None`` of what is not a picture."""
    try:
        return Image.open(io.BytesIO(data), formats=readable_formats())
    except Image.DecompressionBombError as error:
        raise SiteError(
            f"The picture '{path}' is too large to be searched for EXIF and other metadata.",
            "Make it smaller, or take it out of docs/.",
        ) from error
    except Exception:  # header parsers, too, raise whatever a damaged file makes them
        return None


def _holds_private(image: Image.Image) -> bool:
    return bool(image.getexif()) or any(image.info.get(name) for name in _PRIVATE)


def _without_text(png: bytes) -> bytes:
    """A PNG's bytes with no chunk but those that show it, and with nothing behind its end."""
    return _PNG + b"".join(chunk for kind, chunk in _chunks(png) if kind in _SHOWN)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG in their order: the kind of each, and all of its bytes."""
    at, kind = len(_PNG), b""
    while len(png) - at >= 8 and kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", png, at)
        yield kind, png[at : at + 12 + length]  # its length, kind, content and checksum
        at += 12 + length
    if at < len(png):
        yield (b"" if kind == b"IEND" else kind), png[at:]  # hidden behind its end, or cut short


def _saved_again(image: Image.Image, turned: bool) -> bytes:
    options: dict[str, Any] = {"icc_profile": image.info.get("icc_profile")}
    if image.format == "JPEG":
        options |= {"quality": 95} if turned else {"quality": "keep", "subsampling": "keep"}
    elif image.format == "WEBP":
        options |= {"quality": 95, "method": 4}
    elif image.format in ("MPO", "AVIF"):
        options |= {"quality": 95}
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        options |= {"save_all": True}
    image_format = "JPEG" if image.format == "MPO" else image.format  # a phone's JPEG with extras
    bare = ImageOps.exif_transpose(image) if turned else image
    for name in _PRIVATE:
        bare.info.pop(name, None)
    written = io.BytesIO()
    bare.save(written, format=image_format, exif=b"", **options)
    return written.getvalue()
