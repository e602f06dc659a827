"""What cameras and editors hide in pictures: found, and taken out before a picture is published."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from generator.errors import SiteError
from generator.photos.images import readable_formats
from generator.render.drawing.containers import shown_only

# What browsers show.
SUFFIXES = frozenset({".jpg", ".jpeg", ".jfif", ".png", ".apng", ".webp", ".gif", ".avif"})

# Where Pillow leaves EXIF, XMP, IPTC and comments, of those that lie within the picture itself.
_PRIVATE = ("exif", "xmp", "photoshop", "comment")
_ORIENTATION = 0x0112  # the EXIF tag
# Formats that lie bare once their containers do; of others, Pillow knows what lies within.
_BARE = frozenset({"PNG", "JPEG", "MPO", "GIF", "WEBP"})


def has_metadata(path: Path) -> bool:
    """Whether a picture holds EXIF, XMP, IPTC, a comment, or anything but what shows it. False for
    no picture.
    """
    data = path.read_bytes()
    if shown_only(data) != data:
        return True
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

    A picture that EXIF says is rotated is turned first, so that it still stands upright, and saved
    again, as is an AVIF; all others keep their pixels bit by bit. All keep their colour profile.

    Raises:
        SiteError: it has metadata and is damaged, so that it cannot be saved again without; or it
            is too large to be looked through.
    """
    data = path.read_bytes()
    bare = shown_only(data)
    image = _opened(path, data)
    if image is None:
        return bare  # not a picture, whatever it is called
    with image:
        if bare == data and image.format in _BARE:
            return data
        try:
            turned = image.getexif().get(_ORIENTATION, 1) != 1
            again = turned or _holds_private(image)
            return shown_only(_saved_again(image, turned)) if again else bare
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
    """Whether there is metadata that `shown_only` does not see."""
    if image.format in _BARE:
        return False
    return bool(image.getexif()) or any(image.info.get(name) for name in _PRIVATE)


def _saved_again(image: Image.Image, turned: bool) -> bytes:
    options: dict[str, Any] = {"icc_profile": image.info.get("icc_profile")}
    if image.format in ("JPEG", "MPO", "AVIF", "WEBP"):
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
