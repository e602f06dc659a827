"""What cameras and editors hide in pictures: found, and taken out before a picture is published."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif"})  # what browsers show

# Where Pillow leaves EXIF, XMP, IPTC and comments, in the formats of SUFFIXES.
_PRIVATE = ("exif", "xmp", "XML:com.adobe.xmp", "Raw profile type exif", "photoshop", "comment")
_ORIENTATION = 0x0112  # the EXIF tag


def has_metadata(path: Path) -> bool:
    """Whether a picture holds EXIF, XMP, IPTC or a comment. False for what is not a picture."""
    try:
        with Image.open(path) as image:
            return _holds_private(image)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return False


def without_metadata(path: Path) -> bytes:
    """The picture's bytes without its metadata; the file's own bytes when it has none.

    A picture that EXIF says is rotated is turned first, so that it still stands upright. JPEGs
    keep their quantisation tables, and all pictures keep their colour profile.
    """
    try:
        with Image.open(path) as image:
            if not _holds_private(image):
                return path.read_bytes()
            return _saved_again(image)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return path.read_bytes()  # not a picture, whatever it is called


def _holds_private(image: Image.Image) -> bool:
    return bool(image.getexif()) or any(image.info.get(name) for name in _PRIVATE)


def _saved_again(image: Image.Image) -> bytes:
    turned = image.getexif().get(_ORIENTATION, 1) != 1
    options: dict[str, Any] = {"icc_profile": image.info.get("icc_profile")}
    if image.format == "JPEG":
        options |= {"quality": 95} if turned else {"quality": "keep", "subsampling": "keep"}
    elif image.format == "WEBP":
        options |= {"quality": 95, "method": 4}
    elif image.format == "MPO":
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
