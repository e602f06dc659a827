"""What a gallery looks like from outside: in a browser's tab, and where somebody shares a link.

Both pictures are made from the wall of the front page, by Pillow, so that the same gallery gives
the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from generator.errors import SiteError
from generator.render.arranging.catalogue import Catalogue
from generator.render.gallery import Shown

FAVICON = "assets/favicon.png"  # what stands for the gallery in a browser's tab
PREVIEW = "assets/preview.jpg"  # and where a link to it is shared

SIZE = (1200, 630)  # what those who show links ask for

_TAB = 64  # pixels: sharp in a tab on any screen
_MOST = 28  # pictures on the wall
_GROUND, _INK, _MUTED = "#141412", "#e9e6df", "#a5a095"  # as colours.css has them in the dark
_MARGIN, _GAP, _STRIP = 28, 12, 118  # pixels; the strip at the bottom holds the words
_NAME, _BELOW = 46, 26  # sizes of type in pixels
_ABSENT = "\U0010ffff"  # no font draws it: what it looks like is how missing letters look


def previews(catalogue: Catalogue, files: Mapping[str, Path]) -> dict[str, bytes]:
    """The icon and the preview picture by their paths on the site; none without pictures.

    Args:
        catalogue: what the site shows.
        files: its pictures by their paths on the site.

    Raises:
        SiteError: a picture cannot be read.
    """
    gallery, wall = catalogue.gallery, catalogue.wall(_MOST)
    if not wall:
        return {}
    try:
        pictures = [_square(files[shown.src], shown) for shown in wall]
    except OSError as error:
        raise SiteError(f"The preview cannot be made, because of a picture: {error}.") from error
    best = max(range(len(wall)), key=lambda index: _contrast(pictures[index]))
    return {
        FAVICON: _icon(pictures[best]),
        PREVIEW: _hung(pictures, gallery.name, gallery.card.name),
    }


def _square(path: Path, shown: Shown) -> Image.Image:
    """The middle of a picture, large enough for the wall."""
    with Image.open(path) as image:
        way = Image.Resampling.NEAREST if shown.pixelated else Image.Resampling.LANCZOS
        return ImageOps.fit(image.convert("RGB"), (256, 256), way)


def _contrast(picture: Image.Image) -> float:
    """How much there is to see in a tab: how far its pixels lie apart."""
    pixels = picture.convert("L").resize((16, 16)).tobytes()
    mean = sum(pixels) / len(pixels)
    return sum((value - mean) ** 2 for value in pixels)


def _icon(picture: Image.Image) -> bytes:
    """A picture with round corners."""
    corners = Image.new("L", (4 * _TAB, 4 * _TAB))
    ImageDraw.Draw(corners).rounded_rectangle((0, 0, *(4 * _TAB - 1,) * 2), radius=_TAB, fill=255)
    icon = picture.resize((_TAB, _TAB), Image.Resampling.LANCZOS)
    icon.putalpha(corners.resize((_TAB, _TAB), Image.Resampling.LANCZOS))
    file = io.BytesIO()
    icon.save(file, "PNG", optimize=True)
    return file.getvalue()


def _hung(pictures: Sequence[Image.Image], name: str, below: str) -> bytes:
    """The pictures on a dark wall, as large as they can be, above the gallery's name."""
    wall = Image.new("RGB", SIZE, _GROUND)
    words = _write(wall, name, below)
    width, height = SIZE[0] - 2 * _MARGIN, SIZE[1] - 2 * _MARGIN - (_STRIP if words else 0)
    columns, rows, side = _grid(len(pictures), width, height)
    left = (SIZE[0] - columns * side - (columns - 1) * _GAP) // 2
    top = _MARGIN + (height - rows * side - (rows - 1) * _GAP) // 2
    hung = columns * rows
    for number in range(hung):
        picture = pictures[number * len(pictures) // hung]  # of all layers, early and late
        row, column = divmod(number, columns)
        place = (left + column * (side + _GAP), top + row * (side + _GAP))
        wall.paste(picture.resize((side, side), Image.Resampling.LANCZOS), place)
    file = io.BytesIO()
    wall.save(file, "JPEG", quality=88)
    return file.getvalue()


def _grid(count: int, width: int, height: int) -> tuple[int, int, int]:
    """Columns, rows and side of the full grid of at most ``count`` squares that covers most."""
    best = (1, 1, 0)
    for rows in range(1, count + 1):
        for columns in range(1, count // rows + 1):
            side = min(
                (width - (columns - 1) * _GAP) // columns,
                (height - (rows - 1) * _GAP) // rows,
            )
            if columns * rows * side**2 > best[0] * best[1] * best[2] ** 2:
                best = (columns, rows, side)
    return best


def _write(wall: Image.Image, name: str, below: str) -> bool:
    """The words under the pictures. Without a letter for each character they are left out."""
    try:
        large, small = ImageFont.load_default(_NAME), ImageFont.load_default(_BELOW)
    except ImportError:  # a Pillow without FreeType
        return False
    if not isinstance(large, ImageFont.FreeTypeFont) or not isinstance(
        small, ImageFont.FreeTypeFont
    ):
        return False
    if not _has(large, name):
        return False
    draw = ImageDraw.Draw(wall)
    bottom, room = SIZE[1] - _MARGIN, SIZE[0] - 2 * _MARGIN
    draw.text((_MARGIN, bottom - 48), _fitting(name, large, room), _INK, large, anchor="ls")
    if _has(small, below):
        draw.text((_MARGIN, bottom - 8), _fitting(below, small, room), _MUTED, small, anchor="ls")
    return True


def _has(font: ImageFont.FreeTypeFont, text: str) -> bool:
    """Whether a font can draw a text: it has all letters, and they run from left to right."""
    absent = bytes(font.getmask(_ABSENT))
    return all(
        character.isspace() or bytes(font.getmask(character)) != absent for character in text
    )


def _fitting(text: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    """A text on one line, cut where it would be wider than ``room`` pixels."""
    line = " ".join(text.split())
    if font.getlength(line) <= room:
        return line
    while line and font.getlength(f"{line}…") > room:
        line = line[:-1]
    return f"{line.rstrip()}…"
