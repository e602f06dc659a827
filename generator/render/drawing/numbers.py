"""Grids of numbers in coloured cells: how an animation shows a plane, a kernel or a response."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from PIL import ImageDraw, ImageFont

from generator.errors import SiteError
from generator.photos.images import Pixels
from generator.visualizations.base import Array

Box: TypeAlias = tuple[int, int, int, int]  # left, top, right, bottom

INK = (32, 33, 36)
PAPER = (255, 255, 255)
FAINT = (105, 107, 112)
LINE = (205, 207, 211)

_WIDEST = "-88.8"  # the longest that `short` usually writes


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font, so that pictures are the same on every machine.

    Raises:
        SiteError: this Pillow was built without FreeType.
    """
    found = ImageFont.load_default(size=size)
    if not isinstance(found, ImageFont.FreeTypeFont):
        raise SiteError(
            "This Pillow cannot draw text: it was built without FreeType.",
            hint="Install Pillow's own wheel: pip install --force-reinstall pillow",
        )
    return found


def short(value: float) -> str:
    """A number with three digits and at most two decimals: ``-0.12``, ``12.3``, ``128``."""
    size = abs(value)
    digits = 2 if size < 9.995 else 1 if size < 99.95 else 0
    text = f"{size:.{digits}f}" if size < 99_999 else f"{size:.0e}".replace("e+0", "e")
    if float(text) == 0:
        return "0"
    return f"-{text}" if value < 0 else text


@dataclass(frozen=True)
class NumberGrid:
    """Where a grid of square cells stands, all in pixels."""

    left: int
    top: int
    cell: int
    shape: tuple[int, int]  # rows, columns

    @property
    def width(self) -> int:
        return self.cell * self.shape[1]

    @property
    def height(self) -> int:
        return self.cell * self.shape[0]

    def box(self, row: int, column: int, shape: tuple[int, int] = (1, 1)) -> Box:
        """The pixels of ``shape`` cells from this one on, their right and bottom included."""
        left, top = self.left + column * self.cell, self.top + row * self.cell
        return left, top, left + shape[1] * self.cell, top + shape[0] * self.cell

    def draw(self, canvas: ImageDraw.ImageDraw, values: Array, colours: Pixels) -> None:
        """Every cell: its colour ``(rows, columns, 3)``, and its number where that is legible."""
        for place in self._places():
            self.draw_cell(canvas, place, values[place], colours[place])

    def draw_empty(self, canvas: ImageDraw.ImageDraw) -> None:
        """Every cell without a number yet."""
        for place in self._places():
            canvas.rectangle(self.box(*place), fill=PAPER, outline=LINE)

    def draw_cell(
        self, canvas: ImageDraw.ImageDraw, place: tuple[int, int], value: float, colour: Array
    ) -> None:
        """One cell, its number black or white, whichever is easier to read on its colour."""
        box = self.box(*place)
        fill = (int(colour[0]), int(colour[1]), int(colour[2]))
        canvas.rectangle(box, fill=fill, outline=LINE)
        size = _font_size(self.cell)
        if size:
            middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
            ink = INK if _luminance(fill) > 0.35 else PAPER
            canvas.text(middle, short(value), fill=ink, font=font(size), anchor="mm")

    def outline(
        self,
        canvas: ImageDraw.ImageDraw,
        place: tuple[int, int],
        shape: tuple[int, int],
        colour: tuple[int, int, int],
    ) -> None:
        """A frame around ``shape`` cells from ``place`` on, white at its edges to stand out."""
        left, top, right, bottom = self.box(*place, shape)
        canvas.rectangle((left - 3, top - 3, right + 3, bottom + 3), outline=PAPER, width=7)
        canvas.rectangle((left - 2, top - 2, right + 2, bottom + 2), outline=colour, width=5)

    def _places(self) -> list[tuple[int, int]]:
        return [(row, column) for row in range(self.shape[0]) for column in range(self.shape[1])]


@cache
def _font_size(cell: int) -> int:
    """The largest size at which the longest number fits a cell; 0 where none is legible."""
    return next((size for size in range(20, 7, -1) if text_width(_WIDEST, size) <= cell - 6), 0)


def text_width(text: str, size: int) -> float:
    """The width of a line of text in pixels."""
    return font(size).getlength(text)


def _luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance, 0..1, by the weights of ITU-R BT.709 and a gamma of 2.2."""
    red, green, blue = (math.pow(value / 255, 2.2) for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
