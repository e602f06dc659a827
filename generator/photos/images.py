"""The user's pictures: found, opened, checked, and brought to the network's input size."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from generator.errors import PictureError
from generator.photos import stacks
from generator.photos.stacks import Stack, is_stack, open_stack, shown_stack
from generator.utils.slugs import short
from generator.utils.stamps import dead_links, listed

Pixels: TypeAlias = npt.NDArray[np.uint8]

MAX_PIXELS = 64_000_000  # 256 MB once decoded with alpha: more than any camera's photo needs

# Pillow also knows formats that start other programs (EPS) or are no photos: those stay closed.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF", "JPEG2000")

# In a folder, other files than these are no pictures, and nobody meant them to be.
SUFFIXES = (
    *stacks.SUFFIXES,
    *(".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".ppm", ".pgm"),
    *(".avif", ".jp2", ".jpx"),
)

_AGAIN = "Save it again as JPEG or PNG, or leave it out."


@dataclass(frozen=True)
class Picture:
    """One configured picture. ``name`` is unique, and safe in file names and URLs.

    ``bands`` are the channels, counted from 0, in which it is shown where it is an array of them;
    ``gray`` says that it is shown gray, as the network sees it.
    """

    name: str
    title: str
    path: Path
    digest: str  # SHA-256 of the file's bytes
    alt: str = ""
    credit: str = ""
    bands: tuple[int, ...] = (0, 1, 2)
    gray: bool = False


def find(patterns: Sequence[str], folder: Path) -> list[Path]:
    """The files that paths and globs name, in the order of the patterns, each once.

    Patterns are relative to ``folder``; ``**`` reaches into its folders. What one glob matches is
    sorted by name, so that every machine lists it alike. A file whose own name looks like a glob
    (``[1].jpg``) is found by that name.

    Raises:
        PictureError: a pattern matches no file; the message names it.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        matches = [folder / name for name in listed(str(folder), pattern)]
        if not matches:
            raise _nothing(pattern, folder)
        found.update(dict.fromkeys(matches))
    return list(found)


def _nothing(pattern: str, folder: Path) -> PictureError:
    if (folder / pattern).is_dir():
        inside = f"{pattern.rstrip('/')}/*.jpg"
        return PictureError(
            f"'{pattern}' is a folder, not a picture.", hint=f"Write '{inside}' for what it holds."
        )
    for name in dead_links(str(folder), pattern):
        return PictureError(
            f"'{name}' is a link to nothing: {(folder / name).readlink()}.",
            hint="Put the picture where it leads, or take the link away.",
        )
    return PictureError(
        f"No picture matches '{pattern}'.",
        hint=f"Paths and globs are relative to '{folder.resolve()}'.",
    )


def meant(path: Path) -> bool:
    """Whether a file in a folder is there as a picture: it is called like one, or is one."""
    if path.suffix.lower() in SUFFIXES:
        return True
    try:
        with opened(path):
            return True
    except PictureError:
        return False


def describe(path: Path, *, title: str = "", alt: str = "", credit: str = "") -> Picture:
    """A picture's record. Reads the file once for its digest, and its header, but no pixels.

    Raises:
        PictureError: the file cannot be read, is no picture, or is too large.
    """
    if is_stack(path):
        _array(path)
    else:
        with opened(path):
            pass
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    # A name that is not UTF-8 reaches Python with lone surrogates, which no page can hold.
    stem = os.fsencode(path.stem).decode("utf-8", "replace")
    words = re.sub(r"[\s_-]+", " ", stem).strip()
    return Picture(
        name=short(_slug(stem), stem) or f"picture-{digest[:8]}",
        title=title or words[:1].upper() + words[1:] or "Picture",
        path=path,
        digest=digest,
        alt=alt,
        credit=credit,
    )


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def unique(pictures: Iterable[Picture]) -> list[Picture]:
    """The pictures with distinct names: the first of a name keeps it, the next get ``-2``, ``-3``.

    The result depends on the names and their order alone, and never takes a name that another
    picture has by itself.
    """
    given = list(pictures)
    theirs = {picture.name for picture in given}
    taken: set[str] = set()
    named = []
    for picture in given:
        name, number = picture.name, 2
        while name in taken or (name != picture.name and name in theirs):
            name, number = f"{picture.name}-{number}", number + 1
        taken.add(name)
        named.append(replace(picture, name=name))
    return named


def open_pixels(picture: Picture | Path) -> Pixels:
    """The picture as a person sees it, uint8 RGB of shape ``(H, W, 3)``.

    Turned as its EXIF says; laid over white where it is transparent; the first frame of an
    animation; 16-bit gray scaled so that 65535 is white. Colour profiles are not applied, as they
    are not when networks are trained.

    Raises:
        PictureError: the file cannot be read, is no picture, is truncated, or has more than
            ``MAX_PIXELS`` pixels, which its header tells before anything is decoded.
    """
    path = picture.path if isinstance(picture, Picture) else picture
    if is_stack(path):
        bands = picture.bands if isinstance(picture, Picture) else Picture.bands
        return shown_stack(_array(path), bands)
    with opened(path) as image:
        return _rgb(image)


def _array(path: Path) -> Stack:
    _check_file(path)
    return open_stack(path)


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """The picture with its header read and its size checked, its pixels still on disk.

    Raises:
        PictureError: it cannot be opened, or not be decoded by what is done within the block.
    """
    _check_file(path)
    with _header(path) as image:
        if image.width * image.height > MAX_PIXELS:
            raise _too_large(path, image.size)
        try:
            yield image
        except PictureError:
            raise
        except Exception as error:  # decoders raise whatever a damaged file makes them
            raise PictureError(
                f"The picture '{path}' is damaged or incomplete: {_reason(error)}.", hint=_AGAIN
            ) from error


def _header(path: Path) -> Image.Image:
    try:
        return Image.open(path, formats=readable_formats())
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(path) from error
    except UnidentifiedImageError as error:
        raise PictureError(
            f"'{path}' is not a picture, or not of a kind that can be read.",
            hint=f"Pictures may be {', '.join(FORMATS[:-1])} or {FORMATS[-1]}. {_AGAIN}",
        ) from error
    except PermissionError as error:
        raise _unreadable(path) from error
    except Exception as error:  # header parsers, too, raise whatever a damaged file makes them
        raise PictureError(
            f"The picture '{path}' is damaged: {_reason(error)}.", hint=_AGAIN
        ) from error


def _check_file(path: Path) -> None:
    """That there is a regular file with bytes in it: anything else may block or mislead."""
    try:
        if path.is_dir():
            raise PictureError(f"'{path}' is a folder, not a picture.", hint=f"Write '{path}/*'.")
        if not path.is_file():
            raise PictureError(
                f"There is no picture '{path}'.", hint="Check how its path is written."
            )
        if path.stat().st_size == 0:
            raise PictureError(f"The picture '{path}' is empty: it has 0 bytes.", hint=_AGAIN)
    except PermissionError as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> PictureError:
    return PictureError(f"The picture '{path}' may not be read.", hint="Check its permissions.")


def _too_large(path: Path, size: tuple[int, int] | None = None) -> PictureError:
    measured = f"{size[0]}x{size[1]} pixels" if size else "far more pixels than a photo"
    return PictureError(
        f"The picture '{path}' is too large: it has {measured}.",
        hint=f"At most {MAX_PIXELS // 1_000_000} megapixels are read; make it smaller.",
    )


def _reason(error: Exception) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__


def readable_formats() -> list[str]:
    """Those of our formats that this Pillow was built with."""
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def _rgb(image: Image.Image) -> Pixels:
    turned = ImageOps.exif_transpose(image)
    if turned.mode in ("I", "F") or turned.mode.startswith("I;16"):
        gray = _eight_bits(np.asarray(turned))
        return np.repeat(gray[:, :, None], 3, axis=2)
    if turned.has_transparency_data:
        turned = turned.convert("RGBA")
        white = Image.new("RGBA", turned.size, "white")
        turned = Image.alpha_composite(white, turned)
    return np.array(turned.convert("RGB"))


def _eight_bits(gray: npt.NDArray[np.generic]) -> Pixels:
    """Deep gray to 0..255: by its range where the format fixes one, else by its own values."""
    values = np.nan_to_num(gray.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    whole = np.issubdtype(gray.dtype, np.integer)
    nominal = 65535.0 if whole else 1.0
    if low >= 0 and high <= nominal:
        low, high = 0.0, nominal
    return np.rint((values - low) / ((high - low) or 1) * 255).astype(np.uint8)


def resize(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """Squished to ``size`` as ``(H, W)``: bilinear, antialiased, whatever the proportions were.

    Args:
        pixels: uint8 of shape ``(h, w, 3)``.
        size: height and width of the result, in pixels.

    Returns:
        uint8 of shape ``(H, W, 3)``, the same bytes on every run.
    """
    height, width = size
    image = Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR)
    return np.array(image)
